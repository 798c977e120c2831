"""The verdict on a plan, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page
from prehab.rules.messages import Messages

if TYPE_CHECKING:
    from prehab.judge import Finding, Verdict

__all__ = ["verdict"]


def verdict(judged: Verdict, *, width: int = WIDTH, messages: Messages | None = None) -> Iterator[Line]:
    """A verdict on a plan as lines of text.

    Args:
        judged: What was found.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    if judged.clean:
        yield from page.wrapped(page.say("judged.clean"))
        return
    for what, found in ((page.say("judged.unsafe"), judged.breaches), (page.say("judged.thin"), judged.thin)):
        if found:
            yield Line(f"{what} · {len(found)}", "bold")
            for one in found:
                yield from _finding(one, page)
            yield Line("")
    yield from page.wrapped(page.say("judged.counts", breaches=len(judged.breaches), thin=len(judged.thin)))


def _finding(found: Finding, page: Page) -> Iterator[Line]:
    """One finding: its place, what is wrong and why, and the repair."""
    yield from page.wrapped(f"{found.at or '/'}  [{found.code}]", indent=2)
    rule = f" [{found.rule}]" if found.rule else ""
    yield from page.wrapped(f"{found.says} {found.because}{rule}", indent=4)
    if found.did_you_mean:
        yield from page.wrapped(
            page.say(
                "judged.did_you_mean", names=page.say("joining.or").join(f"`{name}`" for name in found.did_you_mean)
            ),
            indent=4,
        )
    if found.repair is not None:
        yield from page.wrapped(f"-> {found.repair.says}", indent=4)
