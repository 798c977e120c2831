"""Selectors: from attributes of exercises to a bit mask over the catalogue (bit i is the i-th id in sorted order)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

from prehab.graph.catalogue import Catalogue
from prehab.graph.schema import Exercise
from prehab.rules.schema import Selector

__all__ = ["Masks", "variables_of"]


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
        return self.catalogue.mask(self._test(selector, binding))

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

    def _test(self, selector: Selector, binding: Mapping[str, str]) -> Callable[[Exercise], bool]:
        catalogue, words = self.catalogue, self.catalogue.words
        tests: list[Callable[[Exercise], bool]] = []

        def values(named: Any) -> frozenset[str]:
            return frozenset({binding[named]} if isinstance(named, str) else named)

        def among(named: list[str], attribute: str) -> None:
            tests.append(lambda e: getattr(e, attribute) in named)

        if selector.ids:
            among(selector.ids, "id")
        for attribute in ("pattern", "phase", "explosive", "external_load", "sides", "position"):
            if named := getattr(selector, attribute):
                among(named, attribute)
        if selector.slot:
            slots = selector.slot
            tests.append(lambda e: words["patterns"][e.pattern]["slot"] in slots)
        if selector.screen:
            screens = values(selector.screen)
            tests.append(lambda e: words["patterns"][e.pattern].get("screen") in screens)
        if selector.mode:
            modes = set(selector.mode)
            tests.append(lambda e: bool(modes & set(e.modes)))
        if selector.sole_mode:
            sole = [selector.sole_mode]
            tests.append(lambda e: e.modes == sole)
        if selector.feature:
            features = set(selector.feature)
            tests.append(lambda e: bool(features & set(e.features)))
        if selector.builds:
            builds = set(selector.builds)
            tests.append(lambda e: bool(builds & set(e.builds)))
        if selector.trains:
            muscles = frozenset().union(*(catalogue.muscle_family[m] for m in selector.trains))
            tests.append(lambda e: any(role == "primary" and m in muscles for m, role in e.trains.items()))
        for attribute in ("impact", "skill", "osteogenic"):
            if bound := getattr(selector, attribute):
                least = self._number(bound.at_least)
                tests.append(lambda e, attribute=attribute, least=least: getattr(e, attribute) >= least)  # type: ignore[misc]
        if selector.loads:
            structures = set(values(selector.loads.structure)) if selector.loads.structure else set()
            for region in values(selector.loads.region) if selector.loads.region else ():
                structures.update(catalogue.structures_of[region])
            level = self._number(selector.loads.at_least)
            tests.append(lambda e: any(e.loads.get(s, 0) >= level for s in structures))
        if selector.treats:
            injuries, stages = values(selector.treats), selector.stage
            chosen = {
                edge.exercise
                for injury in injuries
                for edge in catalogue.injuries[injury].treated_by
                if stages is None or edge.stage in stages
            }
            tests.append(lambda e: e.id in chosen)
        if selector.none_of:
            inner = self._test(selector.none_of, binding)
            tests.append(lambda e: not inner(e))
        if selector.any_of:
            inners = [self._test(one, binding) for one in selector.any_of]
            tests.append(lambda e: any(inner(e) for inner in inners))
        if not tests and not selector.everything:
            return lambda e: False
        return lambda e: all(test(e) for test in tests)
