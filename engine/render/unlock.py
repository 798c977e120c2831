"""What would unlock something, as text."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.render.lines import WIDTH, Line, Page
from prehab.unlock.models import StepKind, Unlock, Way

__all__ = ["unlock"]

MARKS: dict[StepKind, str] = {
    "training": "train",
    "test": "test",
    "answer": "tell",
    "time": "wait",
    "equipment": "get",
    "healing": "heal",
}


def unlock(answer: Unlock, *, width: int = WIDTH) -> Iterator[Line]:
    """What would unlock something, as lines of text.

    Args:
        answer: What was found.
        width: Columns, from 40 to 120.
    """
    page = Page(width)
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
        yield from wrapped(f"{number}. {_headline(way)}", hang=3, style="bold")
        for place, step in enumerate(way.steps, 1):
            yield from wrapped(f"{place:>2} {MARKS[step.kind]:<6}{step.says}", indent=2, hang=9)
            if step.how and step.how not in tested:
                tested.add(step.how)
                yield from wrapped(step.how, indent=11)
        for rung in way.rungs:
            asks = ", ".join(map(str, rung.demands))
            yield from wrapped(f"On the way {rung.name} opens: it asks for {asks}.", indent=2, hang=2)
    if answer.ways:
        yield Line("")
        yield from wrapped("Each way was tried: with it you may, without any one of its steps you may not.")
    if answer.ways and not answer.complete:
        yield from wrapped("There may be other ways.")


def _headline(way: Way) -> str:
    count = f"{len(way.steps)} step{'s' if len(way.steps) != 1 else ''}"
    if way.not_before is not None:
        return f"{count}, not before {way.not_before}"
    if way.days is not None:
        return f"{count}, not in less than {way.days} day{'s' if way.days != 1 else ''}"
    return count
