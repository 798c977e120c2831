"""Why something is so, as text: first what is nearest to being done, then what is hardest to lift, then the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.render.lines import WIDTH, Line, Page
from prehab.rules.messages import Messages

if TYPE_CHECKING:
    from prehab.accounts.models import Account, Part, Point

__all__ = ["MARKS", "account"]

MARKS = {"met": "✓", "unmet": "✗", "unknown": "?", "so": "-"}

MOST = 8
"""How many points of a part are told in short."""


def account(answer: Account, *, depth: int = 2, width: int = WIDTH, messages: Messages | None = None) -> Iterator[Line]:
    """An account as lines of text.

    Args:
        answer: What was explained.
        depth: 1 for the nearest permit, the hardest reason and the count of the rest; 2 for everything, with what each
            rule saw, how well it is supported, and the sources.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    yield from page.wrapped(f"{answer.name} ({answer.about})", style="bold")
    yield from page.wrapped(answer.summary, style="bold")
    left: dict[str, int] = {}
    seen: set[str] = set()
    for part in answer.parts:
        if depth == 1 and part.kind == "lacks" and part.kind in seen:
            left["ways"] = left.get("ways", 0) + 1
            continue
        seen.add(part.kind)
        most = len(part.points) if depth > 1 else 1 if part.kind == "holds" else MOST
        more = len(part.points) - most
        if more > 0:
            what = "reasons" if part.kind == "holds" else "lines"
            left[what] = left.get(what, 0) + more
        yield from _part(part, page, most, whole=depth > 1)
    rest = [page.say(f"more.{what}", count=count) for what, count in left.items()]
    if depth == 1:
        told = page.say("account_page.sources")
        if rest:
            told = page.say("joining.and").join(filter(None, (", ".join(rest[:-1]), rest[-1])))
        yield from page.wrapped(page.say("explain.depth", told=told))
    else:
        yield from page.section(
            page.say("title.sources"), [f"{source.id}: {source.citation}" for source in answer.sources]
        )


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
        rests = ", ".join(told.sources) or page.say("evidence.consensus")
        evidence = page.say("account_page.evidence", evidence=page.say(f"evidence.{told.evidence}"))
        yield from page.wrapped(f"{told.rule}: {evidence}, {rests}", indent=7, hang=2)
