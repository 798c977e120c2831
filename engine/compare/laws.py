"""Laws that a change breaks: tried on the runners for whom it changes the advice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prehab.compare.differences import Pair
from prehab.compare.sides import Side
from prehab.population import changed, places, shrunk
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
    """The laws that the new side breaks for some runner, and the old one does not; each once, with a small runner."""
    for law in laws:

        def breaks(data: Any, law: Law = law) -> bool:
            if old.runner(data) is None or new.runner(data) is None:
                return False
            return any(law(new, data)) and not any(law(old, data))

        found = next((data for data in runners if breaks(data)), None)
        if found is not None:
            small = shrunk(found, breaks)
            yield Broken(law.__name__, next(iter(law(new, small))), small)


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
