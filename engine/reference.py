"""The reference evaluator: the meaning of a rule, in plain Python. It judges every other evaluator.

A variant fires for every choice of facts, one for each pattern and no fact twice, such that each fact meets the tests
of its pattern and each variable stands for the same value wherever it is bound. That is all.
"""

from __future__ import annotations

from collections.abc import Iterator

from prehab.facts import Fact, Facts
from prehab.inference import Firing
from prehab.program import Program

__all__ = ["Reference"]


class Reference:
    """Evaluates rules by their definition. Holds no state between runs, so threads may share it."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        self.program = program

    def fire(self, layer: int, facts: Facts) -> Iterator[Firing]:
        """Every way in which the variants of a layer are matched."""
        yield from self.matches(self.program.by_layer[layer], facts, {})

    def matches(self, variants: list[int], facts: Facts, wanting: dict[int, list[Fact]]) -> Iterator[Firing]:
        """The matches of some variants; ``wanting`` may give candidates for patterns by index beforehand."""
        candidates = wanting
        by_kind, patterns_of = facts.by_kind, self.program.variants
        for variant in variants:
            patterns = patterns_of[variant]
            choices = []
            for pattern in patterns:
                found = candidates.get(pattern.index)
                if found is None:
                    mask = pattern.mask
                    found = [fact for fact in by_kind[pattern.kind] if fact.bits & mask == mask]
                    candidates[pattern.index] = found
                if not found:
                    break
                choices.append(found)
            else:
                if len(choices) == 1:
                    for fact in choices[0]:
                        yield Firing(variant, (fact,))
                else:
                    for chosen in self._join(variant, choices, (), {}):
                        yield Firing(variant, chosen)

    def _join(
        self, variant: int, choices: list[list[Fact]], chosen: tuple[Fact, ...], bound: dict[str, str]
    ) -> Iterator[tuple[Fact, ...]]:
        position = len(chosen)
        if position == len(choices):
            yield chosen
            return
        binds = self.program.variants[variant][position].binds
        for fact in choices[position]:
            if fact in chosen:
                continue
            added = {variable: fact.values[field] for field, variable in binds}
            if all(bound.get(variable, value) == value for variable, value in added.items()):
                yield from self._join(variant, choices, (*chosen, fact), {**bound, **added})
