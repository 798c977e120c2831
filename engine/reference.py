"""The reference evaluator: the meaning of a rule, in plain Python. It judges every other evaluator.

A variant fires for every choice of facts, one for each pattern and no fact twice, such that each fact meets the tests
of its pattern and each variable stands for the same value wherever it is bound. That is all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from prehab.facts import Fact, Facts
from prehab.inference import Firing, fired
from prehab.program import Binding, Filed, Layout, Program, Shared, shared
from prehab.rules.language import Pattern

__all__ = ["Reference", "choices", "found_by", "matched", "matches"]


class Reference:
    """Evaluates rules by their definition. Holds no state between runs, so threads may share it."""

    name = "reference"

    def __init__(self, program: Program) -> None:
        self.program = program

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which the variants of a layer are matched."""
        return matched(self.program, self.program.twins, self.program.plan[layer], facts)


def matched(program: Layout, twins: Mapping[int, tuple[int, ...]], filed: Filed, facts: Facts) -> list[Firing]:
    """Every way in which some variants are matched.

    Args:
        program: Where they are from.
        twins: Of each variant all those alike that fire with it.
        filed: The variants, by the patterns that they need.
        facts: The facts.
    """
    found: list[Firing] = []
    for pattern, (variant,) in filed.alone(facts.met):
        for fact in facts.meeting(pattern):
            found += fired(twins[variant], (fact,))
    for variant in filed.joined(facts.met):
        for several in matches(program, variant, [facts.meeting(p) for p in program.variants[variant]]):
            found += fired(twins[variant], several)
    return found


def matches(program: Layout, variant: int, candidates: Sequence[Sequence[Fact]]) -> Iterable[tuple[Fact, ...]]:
    """The choices for a variant; where any facts go together, all of them."""
    if program.independent[variant]:
        return product(*candidates)
    return _joined(program.shared[variant], candidates)


def found_by(patterns: Sequence[Pattern], facts: Facts, parameters: Mapping[str, float]) -> Iterator[dict[str, str]]:
    """What the variables of any patterns stand for, for each way to match them: read off the values, without bits.

    Of a long list as many facts count for a pattern as stand together with it: where one was passed over, there are
    enough others.
    """
    candidates = []
    for p in patterns:
        of = facts.whole.get(p.kind)
        meeting = (
            f for f in of or facts.by_kind[p.kind] if all(t.met(f.values.get(t.field), parameters) for t in p.tests)
        )
        most = None if of is None or p.binds else sum(other.kind == p.kind for other in patterns)
        candidates.append(list(islice(meeting, most)))
    for chosen in choices(patterns, candidates):
        yield {name: fact.values[field] for p, fact in zip(patterns, chosen, strict=True) for field, name in p.binds}


def choices(patterns: Sequence[Binding], candidates: Sequence[Sequence[Fact]]) -> Iterable[tuple[Fact, ...]]:
    """Every choice of one fact for each pattern: no fact twice, and each variable standing for one value."""
    return _joined(shared(patterns), candidates)


def _joined(patterns: Sequence[Shared], candidates: Sequence[Sequence[Fact]]) -> list[tuple[Fact, ...]]:
    found: list[tuple[Fact, ...]] = [()]
    for values, facts in zip(patterns, candidates, strict=True):
        found = [(*chosen, fact) for chosen in found for fact in facts if fact not in chosen]
        for field, place, other in values:
            found = [chosen for chosen in found if chosen[-1].values[field] == chosen[place].values[other]]
    return found
