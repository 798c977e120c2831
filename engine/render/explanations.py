"""The explanation of a decision about one exercise, as text."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Explanation
from prehab.render.lines import WIDTH, Line, Page
from prehab.render.words import dose, named, reason
from prehab.rules.messages import Messages, capital

__all__ = ["WHOLE", "explanation"]

WHOLE = 2
"""The depth at which everything is told."""


def explanation(
    answer: Explanation,
    catalogue: Catalogue,
    *,
    depth: int = WHOLE,
    width: int = WIDTH,
    messages: Messages | None = None,
) -> Iterator[Line]:
    """An explanation as lines of text.

    Args:
        answer: What was explained.
        catalogue: The catalogue it came from, for names.
        depth: 1 for what is nearest to being done and what is hardest to lift, with the count of the rest; 2 for every
            reason, what it saw and what it rests on.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    unknown = f"({page.say('need.unknown')})"
    if depth < WHOLE and answer.verdict == "withheld":
        yield from _in_short(answer, catalogue, page)
        return
    wrapped = page.wrapped
    yield from wrapped(f"{answer.name} ({answer.exercise})", style="bold")
    yield from wrapped(answer.summary, style="bold")
    if answer.choice:
        yield from wrapped(answer.choice)
    for told in answer.reasons:
        yield from wrapped(f"✗ {reason(told)}", indent=2)
        for saw in told.saw:
            yield from wrapped(saw, indent=6)
    for missed in answer.missed:
        yield from wrapped(page.say("explain.by_rule", rule=missed.rule, because=missed.because), indent=2)
        for unmet in missed.unmet:
            mark = "?" if unknown in unmet else "✗"
            yield from wrapped(f"{mark} {unmet}", indent=4)
    for permit in answer.permits if not answer.reasons else ():
        yield from wrapped(f"✓ {reason(permit)}", indent=2)
    if answer.dose is not None:
        yield from wrapped(page.say("explain.dose", dose=dose(answer.dose, messages=page.say)), indent=2)
    if answer.instead:
        yield from wrapped(page.say("explain.instead", names=named(answer.instead, catalogue)), indent=2)
    elif answer.easier and answer.verdict == "withheld":
        yield from wrapped(page.say("explain.before", names=named(answer.easier, catalogue)), indent=2)
    yield from page.section(page.say("title.sources"), [f"{source.id}: {source.citation}" for source in answer.sources])


def _in_short(answer: Explanation, catalogue: Catalogue, page: Page) -> Iterator[Line]:
    """Why something is withheld: what it lacks to be permitted, what is hardest to lift, how much more there is."""
    yield from page.wrapped(f"{answer.name} ({answer.exercise})", style="bold")
    yield from page.wrapped(page.say("explain.not_yet"), style="bold")
    unknown = f"({page.say('need.unknown')})"
    nearest = answer.missed[0] if answer.missed else None
    if nearest is not None:
        yield from page.wrapped(page.say("explain.lacks", rule=nearest.rule), indent=2)
        for unmet in nearest.unmet:
            mark = "?" if unknown in unmet else "✗"
            yield from page.wrapped(f"{mark} {unmet}", indent=4, hang=2)
    if answer.reasons:
        hardest = answer.reasons[0]
        also = page.say("explain.also_held") if nearest is not None else page.say("explain.held")
        yield from page.wrapped(f"{also}: {hardest.because} [{hardest.rule}]", indent=2)
    others = [
        page.say(f"explain.more_{what}", count=count)
        for what, count in (("reasons", len(answer.reasons) - 1), ("ways", len(answer.missed) - 1))
        if count > 0
    ]
    told = page.say("joining.and").join(others) or page.say("explain.sources")
    yield from page.wrapped(page.say("explain.depth", told=capital(told)), indent=2)
    if answer.instead:
        yield from page.wrapped(page.say("explain.instead", names=named(answer.instead, catalogue)), indent=2)
    elif answer.easier:
        yield from page.wrapped(page.say("explain.before", names=named(answer.easier, catalogue)), indent=2)
