"""What came of repeating a record, as text."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.records.models import Differing, Replay
from prehab.render.lines import WIDTH, Line, Page

__all__ = ["replay"]

MOST = 20
"""So many differences are told; all of them stand in the JSON."""


def replay(outcome: Replay, *, width: int = WIDTH) -> Iterator[Line]:
    """What came of repeating a record, as lines of text.

    Args:
        outcome: What came of it.
        width: Columns, from 40 to 120.
    """
    page = Page(width)
    yield from page.wrapped(outcome.says, style="bold")
    for note in outcome.notes:
        yield from page.wrapped(note)
    found = outcome.differences
    told = [_told(one) for one in found[:MOST]]
    if len(found) > MOST:
        told.append(f"and {len(found) - MOST} more (--json has them all)")
    yield from page.section("Decided or told otherwise", told)
    yield from page.section("Rules that no longer speak", outcome.rules_gone)
    yield from page.section("Rules that speak now", outcome.rules_new)
    yield from page.section("Rules that were rewritten", outcome.rules_rewritten)


def _told(one: Differing) -> str:
    about = f" {one.about}" if one.about else ""
    if one.before is None and one.after is None:
        return f"{one.what}{about}: told otherwise"
    rule = f" [{one.rule}]" if one.rule else ""
    return f"{one.what}{about}: {one.before or 'none'} → {one.after or 'none'}{rule}"
