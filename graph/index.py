"""Which exercises have what, as bit masks: bit i is the i-th exercise in id order.

Selecting is then a handful of integer operations, for any size of catalogue. The questions (``prehab.graph.find``), the
selectors of the rules and the engine's equipment all select here, so they cannot mean different things.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from prehab.graph.frozen import FrozenDict
from prehab.graph.once import Once

if TYPE_CHECKING:
    from prehab.graph.catalogue import Catalogue
    from prehab.graph.schema import Exercise

__all__ = ["Index", "bits_of", "chosen", "union", "words_in"]

_DIGITS = bytes.maketrans(b"01", b"\0\1")
_Item = TypeVar("_Item")


@lru_cache(maxsize=4096)
def bits_of(mask: int) -> tuple[int, ...]:
    """The numbers of the bits that are set, from the lowest; remembered, for the masks of rules come back."""
    text = bin(mask)[:1:-1]
    found = []
    bit = text.find("1")
    while bit >= 0:
        found.append(bit)
        bit = text.find("1", bit + 1)
    return tuple(found)


def chosen(items: Iterable[_Item], mask: int) -> tuple[_Item, ...]:
    """The items whose bits are set, in their order."""
    return tuple(compress(items, f"{mask:b}"[::-1].encode().translate(_DIGITS)))


KEPT = ("pattern", "phase", "modes", "skill", "loads", "trains")
"""The attributes whose tables a compiled pack keeps: of these every engine asks something."""


class Index:
    """The masks of one catalogue; each table is made when it is first asked for, and none can be replaced.

    Args:
        catalogue: The catalogue.
        kept: Tables that were made before: what ``tables`` gave.
    """

    everything: int
    ids: Callable[[int], tuple[str, ...]]
    _catalogue: Catalogue
    _kept: Mapping[str, Sequence[Any]]
    _having: Callable[[str], Mapping[Hashable, int]]

    def __init__(self, catalogue: Catalogue, kept: Mapping[str, Sequence[Any]] = FrozenDict()) -> None:
        vars(self).update(
            _catalogue=catalogue,
            _kept=kept,
            everything=(1 << len(catalogue.exercises)) - 1,
            _having=cache(self._table_of),
            ids=lru_cache(maxsize=4096)(self._ids),
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"`{name}` of an index cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"`{name}` of an index cannot be deleted")

    def _ids(self, mask: int) -> tuple[str, ...]:
        """The ids of the exercises of a mask, in their order; remembered, for the masks of rules come back."""
        return chosen(self._catalogue.exercises, mask)

    def tables(self) -> dict[str, list[list[Any]]]:
        """The tables of the attributes that every engine asks about, and of what exercises need, as plain data."""
        tables: dict[str, Mapping[Any, int]] = {name: self._having(name) for name in KEPT}
        tables["needs"] = {tuple(sorted(options)): mask for options, mask in self._needs.items()}
        return {name: [[value, hex(mask)] for value, mask in table.items()] for name, table in tables.items()}

    def having(self, attribute: str, *words: str) -> int:
        """The exercises whose attribute is one of the words, or holds one of them."""
        table = self._having(attribute)
        return union(table.get(word, 0) for word in words)

    def purely(self, mode: str) -> int:
        """The exercises with this one mode and no other."""
        return self._sole_modes.get((mode,), 0)

    def filling(self, *slots: str) -> int:
        """The exercises whose pattern has its place in one of the slots of a session."""
        return self._by_pattern("slot", slots)

    def screened(self, *screens: str) -> int:
        """The exercises whose pattern is gated by one of the screens."""
        return self._by_pattern("screen", screens)

    def reaching(self, attribute: str, least: float) -> int:
        """The exercises whose ordinal (impact, skill, osteogenic) is at least this."""
        return union(mask for level, mask in self._having(attribute).items() if level >= least)  # type: ignore[operator]

    def up_to(self, attribute: str, most: float) -> int:
        """The exercises whose ordinal is at most this."""
        return union(mask for level, mask in self._having(attribute).items() if level <= most)  # type: ignore[operator]

    def training_at_least(self, count: int) -> int:
        """The exercises that train so many muscles first of all."""
        found = [self.everything] + [0] * count
        table: Mapping[Any, int] = self._having("trains")
        for (_, role), mask in table.items():
            if role == "primary":
                for number in range(count, 0, -1):
                    found[number] |= found[number - 1] & mask
        return found[count]

    def loading(self, structures: Iterable[str], least: float) -> int:
        """The exercises that load one of the structures at this level or above; level 0 is met by all."""
        if least <= 0:
            return self.everything
        return union(mask for name in structures for level, mask in self._loads.get(name, {}).items() if level >= least)

    def training(self, muscle: str, *, any_role: bool = False) -> int:
        """The exercises that train a muscle, or a member of the group, first of all; or in any role."""
        roles = ("primary", "secondary") if any_role else ("primary",)
        table = self._having("trains")
        return union(table.get((name, role), 0) for name in self._catalogue.muscle_family[muscle] for role in roles)

    def usable(self, owned: Iterable[str], lacks: Iterable[str] = ()) -> int:
        """The exercises that need nothing but what is owned and what every home has, but for what this one lacks."""
        there = self._catalogue.everyday().difference(lacks).union(owned)
        return self.everything & ~union(mask for options, mask in self._needs.items() if there.isdisjoint(options))

    def treating(self, injuries: Iterable[str], stages: Iterable[str] | None = None) -> int:
        """The exercises that serve one of the injuries, at one of the stages or at any."""
        wanted = None if stages is None else frozenset(stages)
        return self.named(
            edge.exercise
            for injury in injuries
            for edge in self._catalogue.injuries[injury].treated_by
            if wanted is None or edge.stage in wanted
        )

    def named(self, ids: Iterable[str]) -> int:
        """The exercises with these ids."""
        return _mask(self._place[key] for key in ids)

    def mentioning(self, text: str) -> int:
        """The exercises in whose id, name or aliases every word of the text begins a word."""
        return _all((self._beginning(word) for word in words_in(text)), self.everything)

    def _by_pattern(self, key: str, wanted: tuple[str, ...]) -> int:
        patterns = self._catalogue.words["patterns"].items()
        return self.having("pattern", *(name for name, about in patterns if about.get(key) in wanted))

    def _beginning(self, start: str) -> int:
        words, masks = self._spoken
        found, place = 0, bisect_left(words, start)
        while place < len(words) and words[place].startswith(start):
            found |= masks[place]
            place += 1
        return found

    def _table_of(self, attribute: str) -> Mapping[Hashable, int]:
        def values(exercise: Exercise) -> Iterable[Hashable]:
            value = getattr(exercise, attribute)
            if isinstance(value, dict):
                return value.items()
            return value if isinstance(value, list) else (value,)

        if attribute in self._kept:
            kept = self._kept[attribute]
            return {tuple(value) if isinstance(value, list) else value: int(mask, 16) for value, mask in kept}
        return self._table(values)

    def _table(self, values: Callable[[Exercise], Iterable[Hashable]]) -> dict[Hashable, int]:
        bits: dict[Hashable, list[int]] = defaultdict(list)
        for bit, exercise in enumerate(self._exercises):
            for value in values(exercise):
                bits[value].append(bit)
        return {value: _mask(found) for value, found in bits.items()}

    @Once
    def _exercises(self) -> tuple[Exercise, ...]:
        return tuple(self._catalogue.exercises.values())

    @Once
    def _place(self) -> dict[str, int]:
        return {key: bit for bit, key in enumerate(self._catalogue.exercises)}

    @Once
    def _loads(self) -> dict[str, dict[int, int]]:
        tables: dict[str, dict[int, int]] = defaultdict(dict)
        loads: Any = self._having("loads")
        for (structure, level), mask in loads.items():
            tables[structure][level] = mask
        return tables

    @Once
    def _needs(self) -> Mapping[frozenset[str], int]:
        if "needs" in self._kept:
            return {frozenset(options): int(mask, 16) for options, mask in self._kept["needs"]}
        return self._table(lambda exercise: {frozenset(options) for options in exercise.needs})  # type: ignore[return-value]

    @Once
    def _sole_modes(self) -> Mapping[Hashable, int]:
        return self._table(lambda exercise: [tuple(exercise.modes)])

    @Once
    def _spoken(self) -> tuple[list[str], list[int]]:
        table = self._table(lambda e: {word for said in (e.id, e.name, *e.aliases) for word in words_in(said)})
        words = sorted(table)  # type: ignore[type-var]
        return words, [table[word] for word in words]  # type: ignore[return-value]


def words_in(text: str) -> list[str]:
    """The words of a text as they are compared: small letters, nothing but letters and digits."""
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()


def _mask(bits: Iterable[int]) -> int:
    field = bytearray()
    for bit in bits:
        if bit >> 3 >= len(field):
            field.extend(bytes((bit >> 3) + 1 - len(field)))
        field[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(field, "little")


def union(masks: Iterable[int]) -> int:
    """Every exercise of every mask."""
    found = 0
    for mask in masks:
        found |= mask
    return found


def _all(masks: Iterable[int], everything: int) -> int:
    found = everything
    for mask in masks:
        found &= mask
    return found
