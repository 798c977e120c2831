"""Random rule packs, and what of the language they use."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from prehab.graph.catalogue import Catalogue, bundled_catalogue
from prehab.program import Program
from prehab.rules.language import Test, Variant
from prehab.rules.load import compile_pack
from prehab.rules.pack import Pack
from prehab.rules.schema import EFFECTS
from prehab.testing.making import make_files

__all__ = ["EVERYTHING", "PackFiles", "census", "random_files", "random_pack"]

KNOWING = ("known", "unknown")
OPERATORS = ("is", "is_not", "at_least", "above", "at_most", "below", *KNOWING)
SHAPES = (
    "one", "fixed", "many", "aggregate", "joined in", "derived", "gate", "one pattern", "side by side", "join of 2",
    "join of 3", "two of a kind", "any", "unless", "twins", "gate on gate", "derived on derived", "layer 2",
    "variable in a selector", "careful of complaint", "careful of leg", "careful of another kind", "run",
    "from several layers", "two of one injury", "day of the race", "one session", "two sessions", "three sessions",
)  # fmt: skip
TAKEN = (
    *(f"{take} of {kind}" for take in ("max", "min") for kind in ("number", "integer", "boolean", "choice")),
    "any of boolean", *(f"count of {kind}" for kind in ("complaint", "session", "affects", "sore_leg")),
)  # fmt: skip
EVERYTHING = frozenset((
    *(f"test {op}" for op in OPERATORS),
    *(f"test {op}, unknown holds" for op in OPERATORS if op not in KNOWING),
    *(f"effect {name}" for name in EFFECTS),
    *(f"refer {urgency}" for urgency in ("routine", "urgent", "emergency")),
    *SHAPES,
    *TAKEN,
))  # fmt: skip
"""What ``census`` may find: all that random packs must show between them."""


@dataclass(frozen=True)
class PackFiles:
    """What the rule files of a pack hold, by name of file; it reads as its rules do."""

    files: Mapping[str, Any]
    catalogue: Catalogue

    @cached_property
    def pack(self) -> Pack:
        """The checked and compiled pack."""
        return compile_pack(self.files, self.catalogue)

    def __repr__(self) -> str:
        topics = {name: data for name, data in self.files.items() if name not in ("vocabulary.yaml", "schemes.yaml")}
        return "".join(f"# {n}\n{yaml.dump(d, sort_keys=False, Dumper=_Plain)}" for n, d in topics.items())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # what hypothesis asks for when it reports
        printer.text(repr(self))


class _Plain(yaml.SafeDumper):
    """Writes what stands twice twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def random_files(rng: random.Random, catalogue: Catalogue | None = None) -> PackFiles:
    """The files of a random pack over a graph; by default the bundled one."""
    catalogue = catalogue or bundled_catalogue()
    return PackFiles(make_files(rng.choice, catalogue), catalogue)


def random_pack(rng: random.Random, catalogue: Catalogue | None = None) -> Pack:
    """A random pack of some 20 rules that passes the checks, through the real loader.

    Args:
        rng: Where the choices come from; the same seed gives the same pack.
        catalogue: The graph whose words and exercises it is about; by default the bundled one.
    """
    return random_files(rng, catalogue).pack


def census(pack: Pack) -> Counter[str]:
    """How often a pack uses each part of the language, by the names in ``EVERYTHING``."""
    found: Counter[str] = Counter()
    for variant in pack.variants:
        found.update(_shapes(pack, variant))
        for pattern in variant.patterns:
            found[_kind(pack, pattern.kind)] += 1
            for test in pattern.tests:
                if test.kind in pack.aggregates:
                    found[_taken(pack, test)] += 1
                if test.field not in pack.kinds[test.kind].keys:
                    found[f"test {test.op}"] += 1
                    found[f"test {test.op}, unknown holds"] += test.unknown and test.op not in KNOWING
    for rule in pack.rules:
        for effect in rule.effects:
            found[f"effect {effect.type}"] += 1
            found["variable in a selector"] += bool(effect.variables and effect.masks)
            if effect.type == "refer":
                found[f"refer {effect.data['urgency']}"] += 1
    found["twins"] += sum(len(same) > 1 for same in Program(pack).twins.values())
    found.update(f"careful of {one.of if one.of in ('complaint', 'leg') else 'another kind'}" for one in pack.careful)
    found["run"] += len(pack.runs)
    layers: dict[str, set[int]] = {}
    for variant in pack.variants:
        for effect in pack.rules[variant.rule].effects:
            if effect.type == "derive":
                layers.setdefault(effect.data["fact"], set()).add(variant.layer)
    found["from several layers"] += sum(len(of) > 1 for of in layers.values())
    return +found


def _taken(pack: Pack, test: Test) -> str:
    """What an aggregate that a test reads takes of what."""
    one = pack.aggregates[test.kind].fields[test.field.removesuffix("_so_far")]
    kind, _, name = one.of.partition(".")
    return f"{one.take} of {kind if one.take == 'count' else pack.kinds[kind].fields[name].type}"


def _kind(pack: Pack, name: str) -> str:
    if name in pack.aggregates:
        return "aggregate"
    if name in pack.derived:
        return "derived"
    if name == "gate":
        return "gate"
    kind = pack.kinds[name]
    return "joined in" if (kind.source or "").startswith("@") else kind.cardinality


def _shapes(pack: Pack, variant: Variant) -> Iterator[str]:
    patterns = variant.patterns
    uses = Counter(variable for pattern in patterns for _, variable in pattern.binds)
    linked = [pattern for pattern in patterns if any(uses[variable] > 1 for _, variable in pattern.binds)]
    if len(patterns) == 1:
        yield "one pattern"
    elif not linked:
        yield "side by side"
    if len(linked) >= 2:
        yield f"join of {len(linked)}"
    if len({p.kind for p in patterns}) < len(patterns):
        yield "two of a kind"
    sessions = sum(pattern.kind == "session" for pattern in patterns)
    if sessions:
        yield ("one session", "two sessions", "three sessions")[min(sessions, 3) - 1]
    injuries = [dict(pattern.binds).get("injury") for pattern in patterns]
    if len([one for one in injuries if one]) > len({one for one in injuries if one}):
        yield "two of one injury"
    if any(test.field == "days_to_race" for pattern in patterns for test in pattern.tests):
        yield "day of the race"
    for word in ("any", "unless"):
        if word in (variant.origin or ""):
            yield word
    if variant.layer >= 2:
        yield "layer 2"
    effects = {effect.type for effect in pack.rules[variant.rule].effects}
    if effects & {"open", "close"} and any(p.kind == "gate" for p in patterns):
        yield "gate on gate"
    if "derive" in effects and any(p.kind in pack.derived for p in patterns):
        yield "derived on derived"
