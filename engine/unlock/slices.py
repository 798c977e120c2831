"""A slice of the rules: those that can bear on some exercises, gates or stages. It decides these as all the rules do.

A way is tried with and without each of its steps, so what is asked of the rules a few dozen times is cut to what
matters.
"""

from __future__ import annotations

from collections.abc import Iterable

from prehab.compiled import Some
from prehab.decide import Decider, Decisions
from prehab.fact_builder import FactBuilder
from prehab.facts import Facts
from prehab.inference import Firing, infer
from prehab.program import Program
from prehab.rules.language import Effect
from prehab.runner import Runner

__all__ = ["Slice", "Slices"]

_ON_EXERCISES = frozenset({"permit", "forbid", "limit", "prescribe"})


class Slice:
    """An evaluator of some of the rules.

    Args:
        program: The program.
        rules: The rules, by their places in the pack.
    """

    name = "slice"

    def __init__(self, program: Program, rules: Iterable[int]) -> None:
        wanted, source = frozenset(rules), program.source
        self._layers = [
            Some(program.layout, (one for one in layer if source[one].rule in wanted)) for layer in program.by_layer
        ]

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which these variants of a layer are matched."""
        return self._layers[layer].fire(facts)


class Slices:
    """Makes slices of one program, and decides with them."""

    def __init__(self, program: Program, builder: FactBuilder, decider: Decider) -> None:
        self.program = program
        self.builder = builder
        self.decider = decider
        self._rules = program.pack.rules
        self._read: list[tuple[frozenset[str], frozenset[str]]] = []
        kinds: dict[int, set[str]] = {}
        for variant in program.source:
            kinds.setdefault(variant.rule, set()).update(pattern.kind for pattern in variant.patterns)
        for index in range(len(self._rules)):
            gates = frozenset(program.gates_read.get(index, ()))
            self._read.append((gates, frozenset(kinds.get(index, ())) & program.pack.derived.keys()))

    def about(self, mask: int = 0, gates: Iterable[str] = (), *, stages: bool = False) -> Slice:
        """What can bear on some exercises, some gates, or the stages of complaints."""
        wanted: set[int] = set()
        left = [
            index for index, rule in enumerate(self._rules) if any(self._bears(e, mask, stages) for e in rule.effects)
        ]
        seen_gates, seen_kinds = set(gates), set[str]()
        left += self._making(seen_gates, seen_kinds)
        while left:
            index = left.pop()
            if index in wanted:
                continue
            wanted.add(index)
            more_gates, more_kinds = self._read[index][0] - seen_gates, self._read[index][1] - seen_kinds
            seen_gates |= more_gates
            seen_kinds |= more_kinds
            left += self._making(more_gates, more_kinds)
        return Slice(self.program, wanted)

    def decide(self, slice_: Slice, runner: Runner) -> Decisions:
        """What is decided of a runner, as far as a slice bears on it."""
        return self.decider.decided_of(runner, infer(self.program, self.builder.build(runner), slice_))

    def _bears(self, effect: Effect, mask: int, stages: bool) -> bool:
        if effect.type in _ON_EXERCISES:
            return bool(effect.mask & mask)
        return (effect.type == "refer" and bool(mask)) or (stages and effect.type in ("reach", "stay"))

    def _making(self, gates: Iterable[str], kinds: Iterable[str]) -> list[int]:
        """The rules that open or close some gates, or derive facts of some kinds."""
        gates, kinds = frozenset(gates), frozenset(kinds)
        if not gates and not kinds:
            return []
        return [
            index
            for index, rule in enumerate(self._rules)
            if any(
                (e.type in ("open", "close") and e.data["gate"] in gates)
                or (e.type == "derive" and e.data["fact"] in kinds)
                for e in rule.effects
            )
        ]
