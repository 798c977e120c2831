"""Goes on where something is wrong, so that all faults of a pack are told at once and none hides another.

What has the wrong shape is told and taken out, and the rest is read on. Whatever was taken out is remembered by the
words in it: what could follow from its absence (an exercise that nothing permits, a name that nothing declares) is then
not told, since nobody can know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from prehab.graph.budgets import FAULTS
from prehab.graph.faults import Fault
from prehab.graph.files import Document, Place
from prehab.graph.translate import follow, told

__all__ = ["Broken", "EnoughError", "Faults", "Salvaged", "salvage", "words_in"]

_ROUNDS = 12
"""How often what is left is looked at again; each round takes out what the one before made incomplete."""


DOUBTS = frozenset({"ambiguous-word", "not-finite"})
"""Faults of a value that something stands in for; what is wrong with that is nobody's fault."""


class EnoughError(Exception):
    """There are more faults than are told."""


class Faults(list[Fault]):
    """Faults as they are collected: only so many, since in a pack with thousands the rest mostly follows from one.

    Remarks are not counted. What a value is taken for that cannot be read as it is meant is not told beside that.
    """

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        super().__init__(faults)
        self.errors = sum(fault.severity == "error" for fault in self)
        self.doubtful = {_place(fault) for fault in self if fault.code in DOUBTS}

    def append(self, fault: Fault) -> None:
        if fault.code in DOUBTS:
            self.doubtful.add(_place(fault))
        elif _place(fault) in self.doubtful:
            return
        super().append(fault)
        self.errors += fault.severity == "error"
        if self.full:
            raise EnoughError

    def extend(self, faults: Iterable[Fault]) -> None:
        for fault in faults:
            self.append(fault)

    @property
    def full(self) -> bool:
        """Whether there are so many that no more is looked for."""
        return self.errors >= FAULTS

    @contextmanager
    def enough(self) -> Iterator[None]:
        """Stop what is done within once there are so many; say, at the last of them, that there are more."""
        try:
            yield
        except EnoughError:
            last = self[-1]
            message = f"these are {FAULTS} faults, and the rest is not told; put them right first"
            super().append(Fault("more-faults", message, last.file, last.line, last.column, last.path))


def _place(fault: Fault) -> tuple[Any, ...]:
    return fault.file, fault.line, fault.column


@dataclass
class Broken:
    """What could not be read.

    Attributes:
        names: What may be declared in it.
        words: Every word in it: what they name, or say, is not known to be absent.
        files: The topics (names of rule files, without their endings) of which nothing could be read; "" is any.
        kinds: The kinds of things in the graph (`injuries`) of which not every file could be read.
        misnamed: The topics in which something stands where the name of a parameter should.
        flawed: Parameters and schemes that were read, and have faults of their own.
    """

    names: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    misnamed: set[str] = field(default_factory=set)
    flawed: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.names or self.words or self.files or self.kinds)

    def may_say(self, *words: str) -> bool:
        """Whether one of these could stand in what was not read."""
        return bool(self.files) or not (self.words | self.names).isdisjoint(words)

    def may_declare(self, name: str) -> bool:
        """Whether a name could be declared there; a parameter or rule stands in the file of its topic."""
        return name in self.names or "" in self.files or name.partition(".")[0] in self.files

    def may_use(self, name: str) -> bool:
        """Whether a parameter could be used there, or where something stands in place of its name."""
        return self.may_say(name) or name.partition(".")[0] in self.misnamed

    def add(self, name: str, data: Any = None) -> None:
        """Something that could not be read: its name, and what stands under it."""
        self.names.add(name)
        self.words.update(words_in(data))

    def join(self, other: Broken) -> None:
        """What another part could not read either."""
        self.names |= other.names
        self.words |= other.words
        self.files |= other.files
        self.kinds |= other.kinds
        self.misnamed |= other.misnamed


@dataclass(frozen=True)
class Salvaged:
    """What is left of a part of a file.

    Attributes:
        value: It, read; ``None`` where nothing is left.
        data: The same as plain data.
        document: The file. It knows the places of what is left by where they are now.
        without: The places (in the part) of what was taken out.
    """

    value: Any
    data: Any
    document: Document
    without: frozenset[Place] = frozenset()

    def lacks(self, *names: str) -> bool:
        """Whether something was taken out in one of these parts, or all of it."""
        return any(not place or place[0] in names for place in self.without)


class _List(list[Any]):
    """A list from which entries may be taken out; it knows where those that are left stood."""

    def __init__(self, entries: Any) -> None:
        super().__init__(entries)
        self.stood = list(range(len(self)))

    def pop(self, at: Any = -1) -> Any:
        del self.stood[at]
        return super().pop(at)


def salvage(
    kind: Any,
    data: Any,
    document: Document,
    faults: list[Fault],
    broken: Broken,
    *,
    at: Place = (),
    context: Mapping[str, Any] | None = None,
    filler: Mapping[str, Any] | None = None,
    quiet: bool = False,
    declares: bool = False,
) -> Salvaged:
    """Read a part of a file; what is wrong in it is told, and taken out.

    Args:
        kind: The model or type that it should be.
        data: What stands there.
        document: The file, for the places of faults.
        faults: Where they are collected.
        broken: Where the words of what is taken out are.
        at: Where in the document the part begins.
        context: The word lists.
        filler: What stands in for fields without which nothing else of the part could be read.
        quiet: Whether to tell nothing, since the cause was told elsewhere.
        declares: Whether the names in it are declared by standing there.

    Returns:
        What is left, ``None`` where nothing is.
    """
    adapter = _adapter(kind)
    without: set[Place] = set()
    for number in range(_ROUNDS):
        try:
            value = adapter.validate_python(data, context=context)
            left = replace(document, moved=_where_it_stood(data, at, document.moved)) if without else document
            return Salvaged(value, data, left, frozenset(without))
        except ValidationError as error:
            if number == 0 and not quiet:
                faults.extend(document.faults(error, kind, at=at))
            if number == 0:
                data = _copied(data)
            found = {(follow(data, loc, item["type"]), item["type"]): loc for loc, item in told(error)}
        for place, what in sorted(found, key=lambda pair: _order(pair[0]), reverse=True):
            missing = str(found[place, what][-1]) if what == "missing" else None
            if missing is not None and place[-1:] == (missing,):
                place = place[:-1]
            if missing is not None and not place and filler and missing in filler:
                data[missing] = filler[missing]
                without.add((missing,))
            elif not place:
                broken.words.update(words_in(data))
                return Salvaged(None, None, document, frozenset({()}))
            else:
                without.add(place)
                _take_out(data, place, broken, declares=declares)
    broken.words.update(words_in(data))
    return Salvaged(None, None, document, frozenset({()}))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def words_in(data: Any) -> Iterator[str]:
    """Every name and every text in plain data."""
    todo = [data]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            yield from (key for key in item if isinstance(key, str))
            todo.extend(item.values())
        elif isinstance(item, list | tuple):
            todo.extend(item)


def _order(place: Place) -> tuple[tuple[bool, int, str], ...]:
    """Places in an order in which what stands later in a list comes later."""
    return tuple((isinstance(part, int), part if isinstance(part, int) else 0, str(part)) for part in place)


def _take_out(data: Any, place: Place, broken: Broken, *, declares: bool) -> None:
    for part in place[:-1]:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return  # it went with something around it
    last = place[-1]
    try:
        taken = data.pop(last)
    except (KeyError, IndexError, TypeError):
        return
    broken.words.update(words_in({last: taken}))
    if declares:
        broken.names.update(words_in({last: taken}))


def _copied(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _copied(value) for key, value in data.items()}
    return _List(map(_copied, data)) if isinstance(data, list) else data


def _where_it_stood(data: Any, at: Place, before: Callable[[Place], Place] | None) -> Callable[[Place], Place]:
    """The place in the file of what is left, for its place in what is left."""

    def moved(place: Place) -> Place:
        found, inside = list(place[: len(at)]), data
        for part in place[len(at) :]:
            if isinstance(inside, _List) and isinstance(part, int) and part < len(inside):
                found.append(inside.stood[part])
            else:
                found.append(part)
            try:
                inside = inside[part]
            except (KeyError, IndexError, TypeError):
                inside = None
        return before(tuple(found)) if before else tuple(found)

    return moved
