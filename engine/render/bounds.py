"""What would change an answer, as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page
from prehab.rules.messages import Messages, capital

if TYPE_CHECKING:
    from prehab.boundaries.models import Boundaries

__all__ = ["boundaries"]

MOST = 4
"""So many of a kind are told unless all are asked for."""


def boundaries(
    answer: Boundaries, *, everything: bool = False, width: int = WIDTH, messages: Messages | None = None
) -> Iterator[Line]:
    """What would change an answer, as lines of text.

    Args:
        answer: What was found.
        everything: Tell all of it, and what is left out; else of each kind the first.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    yield from page.wrapped(page.say("boundaries.what"))
    if not answer.boundaries:
        yield from page.wrapped(page.say("boundaries.nothing"))
    for kind, alike in groupby(answer.boundaries, key=lambda one: one.kind):
        told = list(alike)
        shown = told if everything else told[:MOST]
        yield Line("")
        yield from page.wrapped(page.say(f"boundaries_title.{kind}"), style="bold")
        for one in shown:
            for crossing in one.crossings:
                yield from page.wrapped(crossing.says, indent=2, hang=2)
            yield from page.wrapped(f"→ {one.says}", indent=4, hang=2)
        if len(shown) < len(told):
            yield from page.wrapped(page.say("boundaries.more", count=len(told) - len(shown)), indent=2)
    if everything and answer.left_out:
        yield from page.section(
            page.say("boundaries.not_shown"), (f"{capital(one.label)}: {one.why}" for one in answer.left_out)
        )
    elif answer.left_out:
        yield Line("")
        names = ", ".join(dict.fromkeys(one.label for one in answer.left_out))
        yield from page.wrapped(page.say("boundaries.not_shown_as", names=names))
