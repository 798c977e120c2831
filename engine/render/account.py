"""Why something is so, as text: first what is nearest to being done, then what is hardest to lift, then the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page

if TYPE_CHECKING:
    from prehab.accounts.models import Account, Part, Point

__all__ = ["MARKS", "account"]

MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "so": "-"}

MOST = 8
"""How many points of a part are told in short."""


def account(answer: Account, *, depth: int = 2, width: int = WIDTH) -> Iterator[Line]:
    """An account as lines of text.

    Args:
        answer: What was explained.
        depth: 1 for the nearest permit, the hardest reason and the count of the rest; 2 for everything, with what each
            rule saw, how well it is supported, and the sources.
        width: Columns, from 40 to 120.
    """
    page = Page(width)
    yield from page.wrapped(f"{answer.name} ({answer.about})", style="bold")
    yield from page.wrapped(answer.summary, style="bold")
    left: dict[str, int] = {}
    seen: set[str] = set()
    for part in answer.parts:
        if depth == 1 and part.kind == "lacks" and part.kind in seen:
            left["way"] = left.get("way", 0) + 1
            continue
        seen.add(part.kind)
        most = len(part.points) if depth > 1 else 1 if part.kind == "holds" else MOST
        more = len(part.points) - most
        if more > 0:
            what = "reason" if part.kind == "holds" else "line"
            left[what] = left.get(what, 0) + more
        yield from _part(part, page, most, whole=depth > 1)
    rest = [f"{count} more {what}{'s' if count > 1 else ''}" for what, count in left.items()]
    if depth == 1:
        told = " and ".join(filter(None, (", ".join(rest[:-1]), rest[-1]))) if rest else "Sources"
        yield from page.wrapped(f"{told}: --depth 2.")
    else:
        yield from page.section("SOURCES", [f"{source.id}: {source.citation}" for source in answer.sources])


def _part(part: Part, page: Page, most: int, *, whole: bool) -> Iterator[Line]:
    rule = f" [{part.rule}]" if part.rule is not None else ""
    yield from page.wrapped(f"{part.title}{':' if part.kind == 'lacks' else ''}{rule}", indent=1, hang=2)
    if part.says is not None and whole:
        yield from page.wrapped(part.says, indent=3)
    for point in part.points[:most]:
        yield from _point(point, page, whole=whole)


def _point(point: Point, page: Page, *, whole: bool) -> Iterator[Line]:
    title = f"{point.title}: " if point.title else ""
    about = f" [{point.about}]" if point.about else ""
    yield from page.wrapped(f"{MARKS[point.stands]} {title}{point.says}{about}", indent=3, hang=2)
    if not whole:
        return
    for told in point.reasons:
        for saw in told.saw:
            yield from page.wrapped(saw, indent=7, hang=2)
        rests = ", ".join(told.sources) or "consensus"
        yield from page.wrapped(f"{told.rule}: {told.evidence} evidence, {rests}", indent=7, hang=2)
