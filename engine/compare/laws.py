"""Laws that a change breaks: tried on the runners for whom it changes the advice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prehab.compare.differences import Pair
from prehab.compare.sides import Side
from prehab.population import changed, places
from prehab.statements import broken_statements

__all__ = ["LAWS", "Broken", "Law", "broken", "promises_are_kept", "worse_is_never_looser"]

Law = Callable[[Side, Mapping[str, Any]], Iterable[str]]
"""Names what breaks a law for one runner on one side; nothing where it holds."""


@dataclass(frozen=True)
class Broken:
    """A law that holds for a runner under the old pack and not under the new one."""

    law: str
    says: str
    runner: Mapping[str, Any]


def broken(laws: Iterable[Law], old: Side, new: Side, runners: Sequence[Mapping[str, Any]]) -> Iterator[Broken]:
    """The laws that the new side breaks for some runners, and the old one does not; each law once."""
    for law in laws:
        for data in runners:
            faults = list(law(new, data))
            if faults and not list(law(old, data)):
                yield Broken(law.__name__, faults[0], data)
                break


def worse_is_never_looser(side: Side, data: Mapping[str, Any]) -> Iterator[str]:
    """Law 4: whatever gets worse for a runner, nothing is decided less carefully."""
    runner = side.runner(data)
    if runner is None:
        return
    before, pair = side.answer(runner), Pair(side, side)
    for place in places(side.drawn_from, data):
        worse = place.worse()
        for value in {worse[0], worse[-1]} if worse else ():
            other = side.runner(changed(data, place.path, value))
            if other is None:
                continue
            for one in pair.differences(before, side.answer(other), asked=False, planned=False):
                if one.way == "looser":
                    yield f"{place} = {value}: {one.about} went from {one.old} to {one.new}"


def promises_are_kept(side: Side, data: Mapping[str, Any]) -> Iterator[str]:
    """What the authors of a pack promise of it, in the statements beside its rules."""
    runner = side.runner(data)
    if runner is not None:
        for statement, words in broken_statements(side.statements, side.answer(runner).decisions):
            yield f"{statement.id}: {words}. {statement.says}"


LAWS: tuple[Law, ...] = (worse_is_never_looser, promises_are_kept)
"""What is asked of every change."""
