"""What would change an answer, as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from prehab.boundaries.models import Boundaries, Kind
from prehab.render.lines import WIDTH, Line, Page

__all__ = ["boundaries"]

TITLES: dict[Kind, str] = {
    "stops": "THIS WOULD STOP EVERYTHING",
    "refers": "WITH THIS SOMEBODY SHOULD LOOK AT IT, OR SOONER",
    "opens": "THIS WOULD OPEN MORE",
    "withholds": "THIS WOULD HOLD MORE BACK",
    "doses": "THIS WOULD CHANGE HOW MUCH",
    "week": "THIS WOULD CHANGE THE WEEK",
}

MOST = 4
"""So many of a kind are told unless all are asked for."""


def boundaries(answer: Boundaries, *, everything: bool = False, width: int = WIDTH) -> Iterator[Line]:
    """What would change an answer, as lines of text.

    Args:
        answer: What was found.
        everything: Tell all of it, and what is left out; else of each kind the first.
        width: Columns, from 40 to 120.
    """
    page = Page(width)
    yield from page.wrapped("What would change this advice. Each line alone would, and all the rest as it is.")
    if not answer.boundaries:
        yield from page.wrapped("Nothing that was told or asked for would, by itself.")
    for kind, alike in groupby(answer.boundaries, key=lambda one: one.kind):
        told = list(alike)
        shown = told if everything else told[:MOST]
        yield Line("")
        yield from page.wrapped(TITLES[kind], style="bold")
        for one in shown:
            for crossing in one.crossings:
                yield from page.wrapped(crossing.says, indent=2, hang=2)
            yield from page.wrapped(f"→ {one.says}", indent=4, hang=2)
        if len(shown) < len(told):
            yield from page.wrapped(f"and {len(told) - len(shown)} more (--all)", indent=2)
    if everything and answer.left_out:
        yield from page.section(
            "Not shown", (f"{one.label[:1].upper()}{one.label[1:]}: {one.why}" for one in answer.left_out)
        )
    elif answer.left_out:
        yield Line("")
        names = ", ".join(dict.fromkeys(one.label for one in answer.left_out))
        yield from page.wrapped(f"Not shown, as nobody can or should change it: {names}.")
