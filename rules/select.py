"""Selectors: from attributes of exercises to a bit mask over the catalogue (bit i is the i-th id in sorted order)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any, NamedTuple

from prehab.graph.budgets import BINDINGS, SELECTED_IN_ALL, SELECTOR_PARTS
from prehab.graph.catalogue import Catalogue
from prehab.graph.index import union
from prehab.rules.schema import Selector

__all__ = ["SCALES", "Masks", "Scale", "variables_of"]


class Scale(NamedTuple):
    """The levels that a selector compares with a named number."""

    unit: str
    range: tuple[float, float]


SCALES = {
    "loads": Scale("load 0-5", (0, 5)),
    "impact": Scale("impact 0-4", (0, 4)),
    "skill": Scale("skill level 1-4", (1, 4)),
    "osteogenic": Scale("level 0-3", (0, 3)),
}
"""What an exercise has levels of, as the graph counts them."""


def variables_of(selector: Selector) -> dict[str, str]:
    """The variables of a selector, each with the word list it ranges over."""
    found: dict[str, str] = {}
    pairs = [
        (selector.screen, "screens"),
        (selector.treats, "injuries"),
        (selector.loads and selector.loads.structure, "structures"),
        (selector.loads and selector.loads.region, "regions"),
    ]
    for value, kind in pairs:
        if isinstance(value, str):
            found[value] = kind
    for inner in (*([selector.none_of] if selector.none_of else ()), *(selector.any_of or ())):
        found.update(variables_of(inner))
    return found


def _parts_of(selector: Selector) -> int:
    """The lines of a selector, and of those in it."""
    inner = (*([selector.none_of] if selector.none_of else ()), *(selector.any_of or ()))
    return len(selector.model_fields_set) + sum(map(_parts_of, inner))


class Masks:
    """Compiles selectors against one catalogue and one set of parameters, remembering which parameters were used."""

    def __init__(self, catalogue: Catalogue, parameters: Mapping[str, float]) -> None:
        self.catalogue = catalogue
        self.parameters = parameters
        self.used: set[str] = set()
        self.unknown: set[str] = set()
        self.work = 0

    def too_much(self, selector: Selector) -> str | None:
        """Why a selector is not worked out: it, or all of them together, would take too long."""
        parts = _parts_of(selector)
        ways = prod(len(self._domain(kind)) for kind in variables_of(selector).values())
        if parts > SELECTOR_PARTS:
            return f"the selector has {parts:,} lines, and one has at most {SELECTOR_PARTS}"
        if ways > BINDINGS:
            return (
                f"the variables of the selector can be bound in {ways:,} ways, and those of one in at most {BINDINGS:,}"
            )
        self.work += parts * ways
        if self.work > SELECTED_IN_ALL:
            return f"with this one the selectors take more than {SELECTED_IN_ALL:,} steps, the most that a pack may"
        return None

    def table(self, selector: Selector) -> tuple[tuple[str, ...], dict[tuple[str, ...], int]]:
        """The variables (in name order) and the mask for every binding that selects anything."""
        ranges = variables_of(selector)
        names = tuple(sorted(ranges))
        domains = [self._domain(ranges[name]) for name in names]
        table = {}
        for values in product(*domains):
            mask = self.mask(selector, dict(zip(names, values, strict=True)))
            if mask:
                table[values] = mask
        return names, table

    def mask(self, selector: Selector, binding: Mapping[str, str]) -> int:
        """The exercises that a selector selects, given values for its variables."""
        masks = list(self._parts(selector, binding))
        if not masks and not selector.everything:
            return 0
        found = self.catalogue.index.everything
        for mask in masks:
            found &= mask
        return found

    def _domain(self, kind: str) -> tuple[str, ...]:
        if kind == "injuries":
            return tuple(self.catalogue.injuries)
        return tuple(self.catalogue.words[kind])

    def _number(self, name: str) -> float:
        self.used.add(name)
        if name not in self.parameters:
            self.unknown.add(name)
            return 0
        return self.parameters[name]

    def _parts(self, selector: Selector, binding: Mapping[str, str]) -> Iterator[int]:
        """One mask for each thing that the selector asks; an exercise must be in all of them."""
        catalogue, index = self.catalogue, self.catalogue.index

        def values(named: Any, there: Collection[str]) -> list[str]:
            """The names; without those that stand in what could not be read of the graph."""
            return [binding[named]] if isinstance(named, str) else [name for name in named if name in there]

        if selector.ids:
            yield index.named(values(selector.ids, catalogue.exercises))
        for name, attribute in _ATTRIBUTES.items():
            if words := getattr(selector, name):
                yield index.having(attribute, *words)
        if selector.slot:
            yield index.filling(*selector.slot)
        if selector.screen:
            yield index.screened(*values(selector.screen, catalogue.words["screens"]))
        if selector.sole_mode:
            yield index.purely(selector.sole_mode)
        if selector.trains:
            yield union(index.training(muscle) for muscle in values(selector.trains, catalogue.muscle_family))
        for attribute in ("impact", "skill", "osteogenic"):
            if bound := getattr(selector, attribute):
                yield index.reaching(attribute, self._number(bound.at_least))
        if selector.loads:
            structures = (
                values(selector.loads.structure, catalogue.words["structures"]) if selector.loads.structure else []
            )
            for region in values(selector.loads.region, catalogue.structures_of) if selector.loads.region else ():
                structures += catalogue.structures_of[region]
            yield index.loading(structures, self._number(selector.loads.at_least))
        if selector.treats:
            yield index.treating(values(selector.treats, catalogue.injuries), selector.stage)
        if selector.none_of:
            yield index.everything & ~self.mask(selector.none_of, binding)
        if selector.any_of:
            yield union(self.mask(one, binding) for one in selector.any_of)


# what a selector asks of an exercise, and the attribute that must be, or hold, one of the words given
_ATTRIBUTES = {
    "pattern": "pattern", "phase": "phase", "explosive": "explosive", "external_load": "external_load",
    "sides": "sides", "position": "position", "mode": "modes", "feature": "features", "builds": "builds",
}  # fmt: skip
