"""Which answers would matter: rules that fail, or hold, only for want of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from prehab.compiled import joins_of
from prehab.fact import Fact
from prehab.graph.index import union
from prehab.graph.once import ByNeed, Once
from prehab.inference import Inference
from prehab.program import Filed, Layout
from prehab.rules.language import Test

__all__ = ["Asking", "Missing"]

Missing = tuple[int, Fact, str]
"""A variant, and the fact and the field whose value it misses."""


class Asking:
    """Finds the values for want of which variants do not fire, or do."""

    def __init__(self, program: Layout) -> None:
        self.program = program
        self._wanted = ByNeed(self._wanted_by)
        heads = program.pack.heads
        deciding = (v for v, rule in enumerate(program.rule_of) if heads[rule].side in ("permit", "caution"))
        self.readers = Filed(program, deciding)
        self.joins = joins_of(program)
        self.reading = {kind: tuple(self._reading(kind, alone)) for kind, alone in self.readers.alone_of.items()}
        self.missed = lru_cache(maxsize=1024)(self._missed)
        self.wanting = ByNeed(self._wanting)
        self.doubts = ByNeed(self._doubts)

    def _reading(self, kind: str, alone: int) -> Iterator[tuple[str, int]]:
        """The fields that a runner may not have told of a kind, each with the patterns, of these, that miss it then."""
        fields = self.program.pack.kinds[kind].fields
        for name, tested in self.program.tested[kind].items():
            if not fields[name].always:
                failing = zip(tested.numbered, tested.failing, strict=True)
                missing = union([patterns for (_, test), patterns in failing if not test.unknown]) & alone
                if missing:
                    yield name, missing

    @Once
    def holding(self) -> dict[int, list[tuple[str, ...]]]:
        """Of each variant that may fire for want of an answer, the fields that each of its patterns is met without."""
        numbered = self.program.pack.numbering
        unknown = frozenset(n for n, test in enumerate(numbered.tests) if test.met_unknown)
        doubtful = (index for index, tests in enumerate(numbered.tests_of) if not unknown.isdisjoint(tests))
        anything = union([1 << index for index in doubtful if self._held_by(index)])
        return {variant: self._held(variant) for variant, needed in enumerate(self.program.needed) if needed & anything}

    def _held(self, variant: int) -> list[tuple[str, ...]]:
        return [self._held_by(pattern.index) for pattern in self.program.variants[variant]]

    def _doubts(self, variant: int) -> tuple[tuple[int, str], ...]:
        """The fields for want of which a variant may have fired, with the place of the pattern that looks at each."""
        return tuple(_places(self._held(variant)))

    def _told(self, pattern: int) -> list[Test]:
        """The tests of a pattern for what a runner may not have told."""
        fields = self.program.pack.kinds[self.program.pack.numbering.kinds_of[pattern]].fields
        return [test for test in self.program.pattern_tests[pattern] if not fields[test.field].always]

    def _wanted_by(self, pattern: int) -> tuple[str, ...]:
        """The fields whose values a pattern misses where they are not told."""
        return tuple(dict.fromkeys(test.field for test in self._told(pattern) if not test.unknown))

    def _held_by(self, pattern: int) -> tuple[str, ...]:
        """The fields that a pattern is met for want of."""
        return tuple(dict.fromkeys(t.field for t in self._told(pattern) if t.met_unknown))

    def _wanting(self, variant: int) -> tuple[tuple[int, str], ...]:
        return tuple(_places([self._wanted[pattern.index] for pattern in self.program.variants[variant]]))

    def near(self, inference: Inference, among: frozenset[int]) -> Iterator[Missing]:
        """What keeps some variants from firing: they would if each value that is named were known and met."""
        for fact, field, patterns in self.near_alone(inference):
            for variants in self.readers.alone(patterns):
                yield from ((variant, fact, field) for variant in variants if variant in among)
        for missing in self.near_joined(inference):
            if missing[0] in among:
                yield missing

    def near_alone(self, inference: Inference) -> Iterator[tuple[Fact, str, int]]:
        """Each unknown value that patterns miss which are all that some variants need, and those patterns."""
        by_kind, missed = inference.facts.by_kind, self.missed
        for kind in self.reading:
            for fact in by_kind[kind]:
                near = fact.possible ^ fact.meets
                if near:
                    told = fact.values.get
                    for field, patterns in missed(kind, near):
                        if told(field) is None:
                            yield fact, field, patterns

    def _missed(self, kind: str, near: int) -> tuple[tuple[str, int], ...]:
        """The fields of a kind for want of which these patterns may fail, each with its patterns of these."""
        return tuple((field, near & patterns) for field, patterns in self.reading[kind] if near & patterns)

    def near_joined(self, inference: Inference) -> Iterator[Missing]:
        """What variants of several patterns miss."""
        facts, program = inference.facts, self.program
        lacking, needed = facts.lacking, program.needed
        for variant in self.readers.joined(facts.met | lacking):
            if lacking & needed[variant]:
                patterns = program.variants[variant]
                join, bits = self.joins.possible[variant]
                for chosen in join(facts.by_kind, bits):
                    for pattern, fact in zip(patterns, chosen, strict=True):
                        if not fact.meets & pattern.bit:
                            yield from _missing(variant, self.wanting[variant], chosen)
                            break

    def held(self, inference: Inference) -> Iterator[Missing]:
        """What the variants that fired did so for want of."""
        doubts = self.doubts
        for variant, chosen in inference.firings:
            places = doubts[variant]
            if places:
                yield from _missing(variant, places, chosen)


def _places(fields: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Each field, with the place of the pattern that looks at it."""
    return ((place, name) for place, names in enumerate(fields) for name in names)


def _missing(variant: int, looks: Sequence[tuple[int, str]], chosen: tuple[Fact, ...]) -> list[Missing]:
    """The fields without a value, of those that a variant looks at."""
    return [(variant, chosen[place], field) for place, field in looks if chosen[place].values.get(field) is None]
