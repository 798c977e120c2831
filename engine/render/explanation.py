"""The explanation of a decision about one exercise, as text."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Explanation
from prehab.render.lines import WIDTH, Line, Page
from prehab.render.words import dose, named, reason

__all__ = ["explanation"]


def explanation(answer: Explanation, catalogue: Catalogue, *, width: int = WIDTH) -> Iterator[Line]:
    """An explanation as lines of text.

    Args:
        answer: What was explained.
        catalogue: The catalogue it came from, for names.
        width: Columns, from 40 to 120.
    """
    page = Page(width)
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
        yield from wrapped(f"It would be permitted by {missed.rule}: {missed.because}", indent=2)
        for unmet in missed.unmet:
            mark = "?" if "(not known)" in unmet else "✗"
            yield from wrapped(f"{mark} {unmet}", indent=4)
    for permit in answer.permits if not answer.reasons else ():
        yield from wrapped(f"✓ {reason(permit)}", indent=2)
    if answer.dose is not None:
        yield from wrapped(f"Dose: {dose(answer.dose)}", indent=2)
    if answer.instead:
        yield from wrapped(f"Allowed now in its place: {named(answer.instead, catalogue)}", indent=2)
    elif answer.easier and answer.verdict == "withheld":
        yield from wrapped(f"The step before it: {named(answer.easier, catalogue)}", indent=2)
    yield from page.section("SOURCES", [f"{source.id}: {source.citation}" for source in answer.sources])
