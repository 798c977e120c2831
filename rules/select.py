"""Selectors: from attributes of exercises to a bit mask over the catalogue (bit i is the i-th id in sorted order)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any, NamedTuple

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


class Masks:
    """Compiles selectors against one catalogue and one set of parameters, remembering which parameters were used."""

    def __init__(self, catalogue: Catalogue, parameters: Mapping[str, float]) -> None:
        self.catalogue = catalogue
        self.parameters = parameters
        self.used: set[str] = set()
        self.unknown: set[str] = set()

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

        def values(named: Any) -> list[str]:
            return [binding[named]] if isinstance(named, str) else list(named)

        if selector.ids:
            yield index.named(selector.ids)
        for name, attribute in _ATTRIBUTES.items():
            if words := getattr(selector, name):
                yield index.having(attribute, *words)
        if selector.slot:
            yield index.filling(*selector.slot)
        if selector.screen:
            yield index.screened(*values(selector.screen))
        if selector.sole_mode:
            yield index.purely(selector.sole_mode)
        if selector.trains:
            yield union(index.training(muscle) for muscle in selector.trains)
        for attribute in ("impact", "skill", "osteogenic"):
            if bound := getattr(selector, attribute):
                yield index.reaching(attribute, self._number(bound.at_least))
        if selector.loads:
            structures = values(selector.loads.structure) if selector.loads.structure else []
            for region in values(selector.loads.region) if selector.loads.region else ():
                structures += catalogue.structures_of[region]
            yield index.loading(structures, self._number(selector.loads.at_least))
        if selector.treats:
            yield index.treating(values(selector.treats), selector.stage)
        if selector.none_of:
            yield index.everything & ~self.mask(selector.none_of, binding)
        if selector.any_of:
            yield union(self.mask(one, binding) for one in selector.any_of)


# what a selector asks of an exercise, and the attribute that must be, or hold, one of the words given
_ATTRIBUTES = {
    "pattern": "pattern", "phase": "phase", "explosive": "explosive", "external_load": "external_load",
    "sides": "sides", "position": "position", "mode": "modes", "feature": "features", "builds": "builds",
}  # fmt: skip
