"""The reference evaluator: the meaning of a rule, in plain Python. It judges every other evaluator.

A variant fires for every choice of facts, one for each pattern and no fact twice, such that each fact meets the tests
of its pattern and each variable stands for the same value wherever it is bound. That is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Protocol

from prehab.facts import Fact, Facts
from prehab.inference import Firing
from prehab.program import Program
from prehab.rules.language import Pattern

__all__ = ["Binding", "Reference", "choices", "found_by", "matches"]


class Reference:
    """Evaluates rules by their definition. Holds no state between runs, so threads may share it."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        self.program = program

    def fire(self, layer: int, facts: Facts) -> Iterator[Firing]:
        """Every way in which the variants of a layer are matched."""
        program = self.program
        for variant in program.plan[layer].within(facts.met):
            for chosen in matches(program, variant, [facts.meeting(p) for p in program.variants[variant]]):
                for twin in program.twins[variant]:
                    yield Firing(twin, chosen)


class Binding(Protocol):
    """A pattern as far as joining goes: the variables that it binds (field, variable)."""

    @property
    def binds(self) -> tuple[tuple[str, str], ...]: ...


def matches(program: Program, variant: int, candidates: list[list[Fact]]) -> Iterable[tuple[Fact, ...]]:
    """The choices for a variant; where any facts go together, all of them."""
    if program.independent[variant]:
        return product(*candidates)
    return choices(program.variants[variant], candidates)


def found_by(patterns: Sequence[Pattern], facts: Facts, parameters: Mapping[str, float]) -> Iterator[dict[str, str]]:
    """What the variables of any patterns stand for, for each way to match them: read off the values, without bits."""
    candidates = [
        [f for f in facts.by_kind[p.kind] if all(t.met(f.values.get(t.field), parameters) for t in p.tests)]
        for p in patterns
    ]
    for chosen in choices(patterns, candidates):
        yield {name: fact.values[field] for p, fact in zip(patterns, chosen, strict=True) for field, name in p.binds}


def choices(patterns: Sequence[Binding], candidates: list[list[Fact]]) -> Iterator[tuple[Fact, ...]]:
    """Every choice of one fact for each pattern: no fact twice, and each variable standing for one value."""
    if len(patterns) == 1:
        for fact in candidates[0]:
            yield (fact,)
    else:
        yield from _join(patterns, candidates, (), {})


def _join(
    patterns: Sequence[Binding], candidates: list[list[Fact]], chosen: tuple[Fact, ...], bound: dict[str, str]
) -> Iterator[tuple[Fact, ...]]:
    position = len(chosen)
    if position == len(patterns):
        yield chosen
        return
    binds = patterns[position].binds
    for fact in candidates[position]:
        if fact in chosen:
            continue
        added = {variable: fact.values[field] for field, variable in binds}
        if all(bound.get(variable, value) == value for variable, value in added.items()):
            yield from _join(patterns, candidates, (*chosen, fact), {**bound, **added})
