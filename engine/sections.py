"""The parts of a runner as facts: a section, a list, a section for each word, a word each.

What many runners tell alike is made once, and is remembered by what was told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from marshal import dumps
from operator import attrgetter
from typing import Any, Generic, TypeVar

from prehab.fact import Fact, Made
from prehab.facts import Facts
from prehab.graph.once import ByNeed
from prehab.graph.schema import make
from prehab.program import Program
from prehab.runner import Runner

__all__ = ["Lately", "alone", "in_order", "keyed_of", "listed_of", "reader", "section_of", "values_of", "words_of"]

Reader = Callable[[Any], dict[str, Any]]
Telling = Callable[[Runner, Facts], None]
"""Tells facts of a runner."""
Kept = TypeVar("Kept")
MOST_KEPT = 16
"""How many facts, or groups of facts, of each kind are remembered by what was told."""


class Lately(Generic[Kept]):
    """Remembers what was made lately, by what was told: to the letter, for 4 is told otherwise than 4.0.

    Args:
        make: Makes it, for a program.
        most: At least so many are remembered, and at most twice as many.
    """

    def __init__(self, make: Callable[[Program, tuple[Any, ...]], Kept], most: int = MOST_KEPT) -> None:
        self._make = make
        self._most = most
        self._young: dict[bytes, Kept] = {}
        self._old: dict[bytes, Kept] = {}

    def of(self, told: tuple[Any, ...], program: Program) -> Kept:
        """What was made of what was told, or else is now."""
        try:
            key = dumps(told, _AS_IT_IS)
        except ValueError:  # nothing of a runner that was checked
            return self._make(program, told)
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key) or self._make(program, told)
            if len(self._young) >= self._most:
                self._old, self._young = self._young, {}
            self._young[key] = found
        return found


_AS_IT_IS = 2
"""The version of ``marshal`` that writes numbers as they are, and nothing of where else a value is used."""


def alone(program: Program, kind: str, values: dict[str, Any]) -> Made:
    """The fact of a kind of which there is one."""
    return Made([Fact(kind, kind, values, program.bits(kind, values), program.first_numbers[kind])])


def values_of(sources: Mapping[str, str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads the values of fields off an object, each from its own place there; from a part of it, all in one go."""
    parts: list[tuple[str, list[str]]] = []
    for source in sources.values():
        part, _, name = source.rpartition(".")
        if not parts or parts[-1][0] != part:
            parts.append((part, []))
        parts[-1][1].append(name)
    readers = [(attrgetter(part) if part else None, _attributes(names)) for part, names in parts]
    if len(readers) == 1 and readers[0][0] is None:
        return readers[0][1]

    def read(told: Any) -> tuple[Any, ...]:
        found: tuple[Any, ...] = ()
        for get_part, get in readers:
            found += get(told if get_part is None else get_part(told))
        return found

    return read


def _attributes(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads attributes off an object, of which there may be one."""
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda told: (get(told),)


def reader(sources: Mapping[str, str]) -> Reader:
    """The same, by the names of the fields."""
    names, read = tuple(sources), values_of(sources)
    return lambda told: dict(zip(names, read(told), strict=True))


def section_of(program: Program, kind: str, source: str, sources: Mapping[str, str]) -> Telling:
    """The fact of a section."""
    get_section: Callable[[Any], Any] = attrgetter(source) if source else lambda runner: runner
    names, read = tuple(sources), values_of(sources)
    blank = get_section(make(Runner))

    def made(program: Program, told: tuple[Any, ...]) -> Made:
        return alone(program, kind, dict(zip(names, told, strict=True)))

    untold: ByNeed[str, Made] = ByNeed(lambda _: made(program, read(blank)))
    lately = Lately(made)

    def tell(runner: Runner, facts: Facts) -> None:
        section = get_section(runner)
        facts.put(kind, untold[kind] if section is blank else lately.of(read(section), facts.program))

    return tell


def listed_of(kind: str, source: str, read: Reader) -> Telling:
    """Facts of a list, in an order of their own."""

    def tell(runner: Runner, facts: Facts) -> None:
        if entries := getattr(runner, source):
            told = sorted(map(read, entries), key=in_order)  # whatever order they were listed in
            for position, values in enumerate(told, 1):
                facts.add(kind, f"{kind}{position}", values)

    return tell


def in_order(values: dict[str, Any]) -> list[tuple[bool, Any]]:
    """What values are ordered by: those that are told first."""
    return [(value is None, 0 if value is None else value) for value in values.values()]


def keyed_of(program: Program, kind: str, source: str, key: str) -> Telling:
    """Facts of a kind that has one for each of some words, each with a section of its own."""
    about = program.pack.kinds[kind]
    names = tuple(name for name in about.fields if name != key)
    words, first = tuple(about.keys[key]), program.first_numbers[kind]
    readers = [(attrgetter(f"{source}.{word}"), values_of({name: name for name in names})) for word in words]

    def made(program: Program, told: tuple[tuple[Any, ...], ...]) -> Made:
        facts = []
        for number, (word, one) in enumerate(zip(words, told, strict=True), first):
            values = {key: word, **dict(zip(names, one, strict=True))}
            facts.append(Fact(kind, word, values, program.bits(kind, values), number))
        return Made(facts)

    lately = Lately(made)

    def tell(runner: Runner, facts: Facts) -> None:
        told = tuple([read(get_section(runner)) for get_section, read in readers])
        facts.put(kind, lately.of(told, facts.program))

    return tell


def words_of(program: Program, kind: str, source: str, key: str) -> Telling:
    """Facts of one word each."""
    about = program.pack.kinds[kind]
    words = tuple(about.keys[key])
    (name,) = about.fields.keys() - {key}

    def made(program: Program, told: tuple[str | bool | None, ...]) -> Made:
        facts = Facts(program)
        for word, value in zip(words, told, strict=True):
            facts.add_words(kind, word, **{key: word, name: None if value == "not_assessed" else value})
        return Made(facts.by_kind[kind])

    lately = Lately(made, 4 * MOST_KEPT)

    def tell(runner: Runner, facts: Facts) -> None:
        section = getattr(runner, source)
        if isinstance(section, tuple):
            told = tuple([word in section or None for word in words])
        else:
            told = tuple([getattr(section, word) for word in words])
        facts.put(kind, lately.of(told, facts.program))

    return tell
