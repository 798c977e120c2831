"""What can stand in for an exercise: the same purpose, and no more load where that matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import InputError
from prehab.graph.find import unknown
from prehab.graph.index import bits_of
from prehab.graph.schema import Exercise

__all__ = ["Substitute", "substitutes"]

EXPLOSIVE = ("none", "low", "moderate", "high")


@dataclass(frozen=True)
class Substitute:
    """An exercise that keeps the purpose of another, and how the two compare.

    Attributes:
        exercise: Its id.
        declared: The files name it as a substitute, one way or the other.
        same_pattern: It follows the same movement pattern.
        shares: The muscles that both train first of all.
        loads: For each structure asked for: the level in the original, and in this one.
    """

    exercise: str
    declared: bool
    same_pattern: bool
    shares: tuple[str, ...]
    loads: dict[str, tuple[int, int]]

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready data."""
        return {
            "exercise": self.exercise,
            "declared": self.declared,
            "same_pattern": self.same_pattern,
            "shares": list(self.shares),
            "loads": {name: {"before": before, "after": after} for name, (before, after) in self.loads.items()},
        }


def substitutes(
    catalogue: Catalogue,
    exercise: str,
    *,
    spare: Iterable[str] = (),
    equipment: Iterable[str] | None = None,
    within: int | None = None,
) -> tuple[Substitute, ...]:
    """Find what can stand in for an exercise, the closest first.

    It keeps the purpose: the files name it, or it builds the same thing (strength, power, control) in the same muscles,
    half of them at least first of all and the others in second place. Mobility work does not stand in for training,
    nor slow work for fast. Nothing stands higher on its ladder, is of a faster class or has more impact.

    Args:
        catalogue: Where to look.
        exercise: What is to be replaced.
        spare: Structures that must not be loaded more than now.
        equipment: What there is besides what every home has; ``None`` does not ask.
        within: A mask of the exercises that may be offered; ``None`` offers all.

    Raises:
        InputError: The exercise, a structure or an item of equipment does not exist.
    """
    spared = tuple(dict.fromkeys(spare))
    faults = [unknown(catalogue, "exercises", exercise)] if exercise not in catalogue.exercises else []
    faults += [unknown(catalogue, "structures", s) for s in spared if s not in catalogue.words["structures"]]
    faults += [unknown(catalogue, "equipment", e) for e in equipment or () if e not in catalogue.words["equipment"]]
    if faults:
        raise InputError(faults)
    node = catalogue.exercises[exercise]
    index = catalogue.index
    fits = index.everything if within is None else within
    fits &= ~index.named([exercise, *catalogue.above(exercise)]) & ~index.reaching("impact", node.impact + 1)
    fits &= index.having("explosive", *EXPLOSIVE[: EXPLOSIVE.index(node.explosive) + 1])
    if equipment is not None:
        fits &= index.usable(equipment)
    for structure in spared:
        fits &= ~index.loading([structure], node.loads.get(structure, 0) + 1)
    declared = index.named(node.substitutes) | index.named(catalogue.replaces[exercise])
    main = [muscle for muscle, role in node.trains.items() if role == "primary"]
    keeps = index.everything if main else 0
    for muscle in main:
        keeps &= index.training(muscle, any_role=True)
    if node.builds:
        keeps &= index.having("builds", *node.builds)
    if node.explosive != "none":
        keeps &= ~index.having("explosive", "none")
    if node.modes != ["mobility"]:
        keeps &= ~index.purely("mobility")
    found = fits & (declared | keeps)
    return tuple(_ranked(catalogue, node, found, declared, spared))


def _ranked(
    catalogue: Catalogue, node: Exercise, found: int, declared: int, spared: tuple[str, ...]
) -> Iterator[Substitute]:
    main = {muscle for muscle, role in node.trains.items() if role == "primary"}
    phases = list(catalogue.words["phases"])

    def compared(bit: int) -> tuple[Any, ...]:
        other = catalogue.exercises[catalogue.ids[bit]]
        shared = tuple(muscle for muscle, role in other.trains.items() if role == "primary" and muscle in main)
        apart = abs(phases.index(other.phase) - phases.index(node.phase)) + abs(other.skill - node.skill)
        loads = {name: (node.loads.get(name, 0), other.loads.get(name, 0)) for name in spared}
        made = Substitute(other.id, bool(declared >> bit & 1), other.pattern == node.pattern, shared, loads)
        return not made.declared, not made.same_pattern, -len(shared), apart, other.id, made

    for *_, made in sorted(compared(bit) for bit in bits_of(found)):
        if made.declared or 2 * len(made.shares) >= len(main):
            yield made
