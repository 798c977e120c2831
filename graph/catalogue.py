"""The graph's contents as plain, typed tables: what the rules and the engine read.

(The networkx view of the same contents is ``prehab.graph.network``; only questions about the graph pay for it.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from prehab.graph.schema import (
    Aggravator,
    Claim,
    Contrast,
    Exercise,
    Implication,
    Injury,
    Order,
    RedFlag,
    Source,
    Stage,
    Treatment,
    make,
)

__all__ = ["Catalogue", "bits_of"]


@lru_cache(maxsize=4096)
def bits_of(mask: int) -> tuple[int, ...]:
    """The numbers of the bits that are set, from the lowest; remembered, for the masks of rules come back."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)


@dataclass(frozen=True)
class Catalogue:
    """Word lists, exercises, injuries, sources, claims and published orders, each keyed by id in sorted order."""

    words: dict[str, Any]
    exercises: dict[str, Exercise]
    injuries: dict[str, Injury]
    sources: dict[str, Source]
    claims: dict[str, Claim]
    orders: dict[str, Order]

    def as_data(self) -> dict[str, Any]:
        """JSON-ready data, for the compiled pack."""
        tables = ("exercises", "injuries", "sources", "claims", "orders")
        return {
            "words": self.words,
            **{
                t: {key: node.model_dump(exclude_defaults=True) for key, node in getattr(self, t).items()}
                for t in tables
            },
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Catalogue:
        """The inverse of ``as_data``. The data is trusted: it was checked when it was compiled."""
        injuries = {}
        for key, entry in data["injuries"].items():
            entry = dict(entry)
            for name, model in _INSIDE.items():
                entry[name] = [make(model, **item) for item in entry.get(name, ())]
            entry["stages"] = {stage: make(Stage, **about) for stage, about in entry["stages"].items()}
            injuries[key] = make(Injury, **entry)
        return cls(
            words=data["words"],
            exercises={key: make(Exercise, **entry) for key, entry in data["exercises"].items()},
            injuries=injuries,
            sources={key: make(Source, **entry) for key, entry in data["sources"].items()},
            claims={key: make(Claim, **entry) for key, entry in data["claims"].items()},
            orders={key: make(Order, **entry) for key, entry in data["orders"].items()},
        )

    def mask(self, wanted: Callable[[Exercise], bool]) -> int:
        """The exercises that fit, as bits: bit i is the i-th exercise in id order."""
        return sum(1 << bit for bit, exercise in enumerate(self.exercises.values()) if wanted(exercise))

    @cached_property
    def easier(self) -> dict[str, tuple[str, ...]]:
        """For each exercise the ones that progress to it (the mirror of ``progresses_to``)."""
        found: dict[str, list[str]] = {key: [] for key in self.exercises}
        for key, exercise in self.exercises.items():
            for harder in exercise.progresses_to:
                found[harder].append(key)
        return {key: tuple(easier) for key, easier in found.items()}

    @cached_property
    def muscle_family(self) -> dict[str, frozenset[str]]:
        """For each muscle or group: itself and every muscle below it."""
        muscles = self.words["muscles"]

        def below(name: str) -> set[str]:
            children = [child for child, entry in muscles.items() if entry.get("parent") == name]
            return {name}.union(*(below(child) for child in children))

        return {name: frozenset(below(name)) for name in muscles}

    @cached_property
    def structures_of(self) -> dict[str, tuple[str, ...]]:
        """For each region the structures that lie in it."""
        structures = self.words["structures"].items()
        return {
            region: tuple(key for key, entry in structures if entry["region"] == region)
            for region in self.words["regions"]
        }

    def everyday(self) -> frozenset[str]:
        """The equipment that every home has."""
        return frozenset(key for key, entry in self.words["equipment"].items() if entry.get("everyday"))


_INSIDE: dict[str, Any] = {
    "implicates": Implication,
    "aggravated_by": Aggravator,
    "treated_by": Treatment,
    "red_flags": RedFlag,
    "told_apart_from": Contrast,
}
