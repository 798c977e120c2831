"""What would unlock something, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page
from prehab.rules.messages import Messages

if TYPE_CHECKING:
    from prehab.unlock.models import Unlock, Way

__all__ = ["unlock"]

MARK = 6
"""Columns for the word that says what a step takes."""


def unlock(answer: Unlock, *, width: int = WIDTH, messages: Messages | None = None) -> Iterator[Line]:
    """What would unlock something, as lines of text.

    Args:
        answer: What was found.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    wrapped = page.wrapped
    yield from wrapped(f"{answer.name} ({answer.target})", style="bold")
    yield from wrapped(answer.summary, style="bold")
    if answer.choice is not None:
        yield from wrapped(answer.choice.says)
    for held in answer.held:
        yield from wrapped(f"✗ {held.says}" + (f" [{held.rule}]" if held.rule else ""), indent=2, hang=2)
    tested: set[str] = set()
    for number, way in enumerate(answer.ways, 1):
        yield Line("")
        yield from wrapped(f"{number}. {_headline(way, page.say)}", hang=3, style="bold")
        for place, step in enumerate(way.steps, 1):
            yield from wrapped(f"{place:>2} {page.say(f'mark.{step.kind}'):<{MARK}}{step.says}", indent=2, hang=9)
            if step.how and step.how not in tested:
                tested.add(step.how)
                yield from wrapped(step.how, indent=11)
        for rung in way.rungs:
            asks = ", ".join(map(str, rung.demands))
            yield from wrapped(page.say("unlock.rung", name=rung.name, asks=asks), indent=2, hang=2)
    if answer.ways:
        yield Line("")
        yield from wrapped(page.say("unlock.tried"))
    if answer.ways and not answer.complete:
        yield from wrapped(page.say("unlock.others"))


def _headline(way: Way, say: Messages) -> str:
    count = say("unlock.steps", count=len(way.steps))
    if way.not_before is not None:
        return say("unlock.not_before", steps=count, day=way.not_before)
    if way.days is not None:
        return say("unlock.days", steps=count, count=way.days)
    return count
