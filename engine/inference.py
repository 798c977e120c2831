"""From facts to conclusions: layer by layer, each layer by one evaluator, gates and derived facts in between.

An evaluator answers one question: which variants of a layer are matched, and by which facts. Everything else is here,
once, so that two evaluators can only differ in that answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product, repeat
from typing import NamedTuple, Protocol

from prehab.fact import Fact
from prehab.facts import Facts
from prehab.program import Program

__all__ = ["Evaluator", "Firing", "Inference", "binding", "fired", "infer"]


class Firing(NamedTuple):
    """A variant and the facts that matched its patterns, in the patterns' order. Firings have an order of their own."""

    variant: int
    facts: tuple[Fact, ...]


def fired(variants: Iterable[int], choices: Iterable[tuple[Fact, ...]]) -> Iterable[Firing]:
    """The firings of variants that are matched by the same choices of facts; in order, if these are.

    They are made without the call that a named tuple costs.
    """
    return map(_new, repeat(Firing), product(variants, choices))


_new: Callable[[type[Firing], tuple[int, tuple[Fact, ...]]], Firing] = tuple.__new__


class Evaluator(Protocol):
    """Finds what fires in a layer."""

    name: str

    def fire(self, layer: int, facts: Facts) -> Sequence[Firing]:
        """Every way in which the variants of a layer are matched, in order; two patterns never by the same fact."""


class Inference(NamedTuple):
    """All that was concluded: the facts with what was derived, the firings in a fixed order, the open gates."""

    facts: Facts
    firings: tuple[Firing, ...]
    gates: dict[str, bool]


def binding(program: Program, firing: Firing) -> dict[str, str]:
    """The variables of a firing and what they stand for."""
    bound: dict[str, str] = {}
    for pattern, fact in zip(program.variants[firing.variant], firing.facts, strict=True):
        for field, variable in pattern.binds:
            bound[variable] = fact.values[field]
    return bound


def infer(program: Program, facts: Facts, evaluator: Evaluator) -> Inference:
    """Run all layers. The result does not depend on the order of rules, facts or files."""
    concluding, concluded = program.concluding, program.concluded
    firings: list[Firing] = []
    gates: dict[str, bool] = {}
    opened: set[str] = set()
    closed: set[str] = set()
    derived: set[tuple[str, ...]] = set()
    for layer in range(program.layers):
        decided = program.gates_of[layer]
        if decided:
            states = [name in opened and name not in closed for name in decided]
            gates.update(zip(decided, states, strict=True))
            facts.put("gate", program.gate_facts(layer, *states))
        found = evaluator.fire(layer, facts)
        firings += found
        for variant, chosen in [one for one in found if one[0] in concluding]:
            for what, name, told in concluded[variant]:
                if what == "open":
                    opened.add(name)
                elif what == "close":
                    closed.add(name)
                else:
                    values = {key: word if place < 0 else chosen[place].values[word] for key, word, place in told}
                    mark = (name, *values.values())
                    if mark not in derived:
                        derived.add(mark)
                        facts.add_words(name, "/".join(values.values()), **values)
    for name in program.pack.gates:
        if name not in gates:
            gates[name] = name in opened and name not in closed
    return Inference(facts, tuple(firings), gates)
