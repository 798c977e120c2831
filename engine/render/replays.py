"""What came of repeating a record, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page
from prehab.rules.messages import Messages

if TYPE_CHECKING:
    from prehab.records.models import Differing, Replay

__all__ = ["replay"]

MOST = 20
"""So many differences are told; all of them stand in the JSON."""


def replay(outcome: Replay, *, width: int = WIDTH, messages: Messages | None = None) -> Iterator[Line]:
    """What came of repeating a record, as lines of text.

    Args:
        outcome: What came of it.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    say = page.say
    yield from page.wrapped(outcome.says, style="bold")
    for note in outcome.notes:
        yield from page.wrapped(note)
    found = outcome.differences
    told = [_told(one, say) for one in found[:MOST]]
    if len(found) > MOST:
        told.append(say("replay.more", count=len(found) - MOST))
    yield from page.section(say("replay.differences"), told)
    yield from page.section(say("replay.rules_gone"), outcome.rules_gone)
    yield from page.section(say("replay.rules_new"), outcome.rules_new)
    yield from page.section(say("replay.rules_rewritten"), outcome.rules_rewritten)


def _told(one: Differing, say: Messages) -> str:
    about = f" {one.about}" if one.about else ""
    if one.before is None and one.after is None:
        return say("replay.part_otherwise", what=one.what + about)
    rule = f" [{one.rule}]" if one.rule else ""
    nothing = say("boundary.no_value")
    return f"{one.what}{about}: {one.before or nothing} → {one.after or nothing}{rule}"
