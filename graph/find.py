"""Questions that need only the catalogue: which exercises, which injuries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, overload

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.index import bits_of, words_in
from prehab.graph.schema import Exercise, Injury, noun

__all__ = ["Criteria", "Found", "find_exercises", "find_injuries", "unknown"]


@dataclass(frozen=True)
class Found(Sequence[Exercise]):
    """The exercises that a question selected, in id order: counted at once, looked up only when they are read."""

    catalogue: Catalogue = field(repr=False)
    mask: int = field(repr=False)

    @property
    def ids(self) -> tuple[str, ...]:
        """Their ids."""
        return tuple(self.catalogue.ids[bit] for bit in bits_of(self.mask))

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __iter__(self) -> Iterator[Exercise]:
        return (self.catalogue.exercises[key] for key in self.ids)

    @overload
    def __getitem__(self, at: int) -> Exercise: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Exercise, ...]: ...
    def __getitem__(self, at: int | slice) -> Exercise | tuple[Exercise, ...]:
        chosen = self.ids[at]
        if isinstance(chosen, str):
            return self.catalogue.exercises[chosen]
        return tuple(self.catalogue.exercises[key] for key in chosen)

    def __repr__(self) -> str:
        return f"Found({list(self.ids)})"


class Criteria(TypedDict, total=False):
    """What ``find_exercises`` can be asked; ``None``, or leaving it out, does not ask."""

    trains: str | None
    any_role: bool
    max_load: Mapping[str, int] | None
    pattern: str | None
    phase: str | None
    max_impact: int | None
    equipment: Iterable[str] | None
    explosive: str | None
    mode: str | None
    text: str | None


def find_exercises(
    catalogue: Catalogue,
    *,
    trains: str | None = None,
    any_role: bool = False,
    max_load: Mapping[str, int] | None = None,
    pattern: str | None = None,
    phase: str | None = None,
    max_impact: int | None = None,
    equipment: Iterable[str] | None = None,
    explosive: str | None = None,
    mode: str | None = None,
    text: str | None = None,
) -> Found:
    """Find the exercises that meet every criterion, in id order.

    The time does not depend on how many exercises there are; only reading the answer depends on how many were found.

    Args:
        catalogue: Where to look.
        trains: A muscle, or a group of muscles: any of its members will do.
        any_role: Count what is trained in second place too, not only what is trained first of all.
        max_load: For each structure named, the highest load level allowed (0 to 5).
        pattern: The movement pattern.
        phase: The first phase in which the exercise is useful.
        max_impact: The highest impact allowed (0 to 4).
        equipment: What there is besides what every home has; an empty list asks for what needs nothing more.
        explosive: The class of fast work.
        mode: A way of working that the exercise offers.
        text: Words that must all begin a word of its id, name or aliases.

    Raises:
        InputError: A name does not exist, or a load level is not one; all of them are told.
    """
    owned = None if equipment is None else frozenset(equipment)
    faults = [
        unknown(catalogue, kind, word)
        for kind, words in {
            "muscles": [trains], "structures": max_load or (), "patterns": [pattern], "phases": [phase],
            "equipment": sorted(owned or ()), "explosive": [explosive], "modes": [mode],
        }.items()
        for word in words
        if word is not None and word not in catalogue.words[kind]
    ]  # fmt: skip
    for structure, level in (max_load or {}).items():
        if not 0 <= level <= 5:
            message = f"the load on `{structure}` must be a level from 0 to 5, not {level}"
            faults.append(Fault("out-of-range", message, value=str(level)))
    if faults:
        raise InputError(faults)

    index = catalogue.index
    found = index.everything
    if trains is not None:
        found &= index.training(trains, any_role=any_role)
    for structure, level in (max_load or {}).items():
        found &= ~index.loading([structure], level + 1)
    for attribute, word in (("pattern", pattern), ("phase", phase), ("explosive", explosive), ("modes", mode)):
        if word is not None:
            found &= index.having(attribute, word)
    if max_impact is not None:
        found &= ~index.reaching("impact", max_impact + 1)
    if owned is not None:
        found &= index.usable(owned)
    if text is not None:
        found &= index.mentioning(text)
    return Found(catalogue, found)


def find_injuries(
    catalogue: Catalogue, *, region: str | None = None, structure: str | None = None, text: str | None = None
) -> tuple[Injury, ...]:
    """Find the injuries of a region, that affect a structure, or whose id, name or aliases hold all words of a text.

    Raises:
        InputError: There is no such region or structure.
    """
    faults = [
        unknown(catalogue, kind, word)
        for kind, word in (("regions", region), ("structures", structure))
        if word is not None and word not in catalogue.words[kind]
    ]
    if faults:
        raise InputError(faults)
    return tuple(
        injury
        for injury in catalogue.injuries.values()
        if region in (None, injury.region)
        and (structure is None or structure in injury.affects)
        and (text is None or _mentions(injury, text))
    )


def unknown(catalogue: Catalogue, kind: str, word: str) -> Fault:
    """Build the fault for a word that is not in a word list or table: its code, what is allowed, the nearest names."""
    from prehab.graph.naming import Naming

    entries: Mapping[str, Any] = catalogue.words[kind] if kind in catalogue.words else getattr(catalogue, kind)
    spoken: dict[str, str] = {}
    for key, entry in entries.items():
        if isinstance(entry, dict):
            spoken[entry["name"]] = key
    return Fault(
        f"unknown-{noun(kind)}", f"unknown {noun(kind)} `{word}`", value=word, allowed=tuple(entries),
        did_you_mean=Naming(catalogue).exercise(word) if kind == "exercises" else nearest(word, entries, spoken),
    )  # fmt: skip


def _mentions(injury: Injury, text: str) -> bool:
    spoken = {word for said in (injury.id, injury.name, *injury.aliases) for word in words_in(said)}
    return all(any(word.startswith(start) for word in spoken) for start in words_in(text))
