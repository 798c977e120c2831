"""The reference evaluator: the meaning of a rule, in plain Python. It judges every other evaluator.

A variant fires for every choice of facts, one for each pattern and no fact twice, such that each fact meets the tests
of its pattern and each variable stands for the same value wherever it is bound. That is all, and here it is done so:
by the values of facts, without anything that was worked out before but which patterns are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from prehab.fact import Fact
from prehab.facts import Facts
from prehab.inference import Firing
from prehab.program import Binding, Program, shared
from prehab.rules.language import Pattern

__all__ = ["Reference", "choices", "found_by"]


class Reference:
    """Evaluates rules by their definition. Holds no state between runs, so threads may share it."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        self.program = program
        numbers: dict[Pattern, int] = {}
        self._numbers = [[numbers.setdefault(one, len(numbers)) for one in v.patterns] for v in program.source]

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which the variants of a layer are matched, in order."""
        program, meeting = self.program, dict[int, list[Fact]]()
        found: list[Firing] = []
        for variant in program.by_layer[layer]:
            patterns, numbers = program.source[variant].patterns, self._numbers[variant]
            for number, pattern in zip(numbers, patterns, strict=True):
                if number not in meeting:
                    meeting[number] = list(_meeting(pattern, facts.by_kind[pattern.kind], program.parameters))
            candidates = [meeting[number] for number in numbers]
            if all(candidates):
                found += [Firing(variant, chosen) for chosen in choices(patterns, candidates)]
        return found


def _meeting(pattern: Pattern, facts: Sequence[Fact], parameters: Mapping[str, float]) -> Iterator[Fact]:
    return (fact for fact in facts if all(test.met(fact.values.get(test.field), parameters) for test in pattern.tests))


def found_by(patterns: Sequence[Pattern], facts: Facts, parameters: Mapping[str, float]) -> Iterator[dict[str, str]]:
    """What the variables of any patterns stand for, for each way to match them: read off the values, without bits.

    Of a long list as many facts count for a pattern as stand together with it: where one was passed over, there are
    enough others.
    """
    candidates = []
    for p in patterns:
        of = facts.whole.get(p.kind)
        meeting = _meeting(p, of or facts.by_kind[p.kind], parameters)
        most = None if of is None or p.binds else sum(other.kind == p.kind for other in patterns)
        candidates.append(list(islice(meeting, most)))
    for chosen in choices(patterns, candidates):
        yield {name: fact.values[field] for p, fact in zip(patterns, chosen, strict=True) for field, name in p.binds}


def choices(patterns: Sequence[Binding], candidates: Sequence[Sequence[Fact]]) -> list[tuple[Fact, ...]]:
    """Every choice of one fact for each pattern: no fact twice, and each variable standing for one value."""
    found: list[tuple[Fact, ...]] = [()]
    for values, facts in zip(shared(patterns), candidates, strict=True):
        found = [(*chosen, fact) for chosen in found for fact in facts if fact not in chosen]
        for field, place, other in values:
            found = [chosen for chosen in found if chosen[-1].values[field] == chosen[place].values[other]]
    return found
