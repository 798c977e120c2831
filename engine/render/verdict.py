"""The verdict on a plan, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page

if TYPE_CHECKING:
    from prehab.judge import Finding, Verdict

__all__ = ["verdict"]


def verdict(judged: Verdict, *, width: int = WIDTH) -> Iterator[Line]:
    """A verdict on a plan as lines of text.

    Args:
        judged: What was found.
        width: Columns, from 40 to 120.
    """
    page = Page(width)
    if judged.clean:
        yield from page.wrapped(
            "The plan is clean: nothing in it is unsafe, and nothing is missing that it has room for."
        )
        return
    for what, found in (("UNSAFE, OR NOT WHAT WAS DECIDED", judged.breaches), ("TOO LITTLE", judged.thin)):
        if found:
            yield Line(f"{what} · {len(found)}", "bold")
            for one in found:
                yield from _finding(one, page)
            yield Line("")
    yield from page.wrapped(f"{len(judged.breaches)} unsafe, {len(judged.thin)} too little. Guidance, not a diagnosis.")


def _finding(found: Finding, page: Page) -> Iterator[Line]:
    """One finding: its place, what is wrong and why, and the repair."""
    yield from page.wrapped(f"{found.at or '/'}  [{found.code}]", indent=2)
    rule = f" [{found.rule}]" if found.rule else ""
    yield from page.wrapped(f"{found.says} {found.because}{rule}", indent=4)
    if found.did_you_mean:
        yield from page.wrapped(
            "Did you mean " + " or ".join(f"`{name}`" for name in found.did_you_mean) + "?", indent=4
        )
    if found.repair is not None:
        yield from page.wrapped(f"-> {found.repair.says}", indent=4)
