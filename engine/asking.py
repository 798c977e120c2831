"""Which answers would matter: rules that fail, or hold, only for want of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.facts import Fact
from prehab.inference import Firing, Inference
from prehab.program import Program
from prehab.reference import matches

__all__ = ["Asking"]


class Asking:
    """Finds the variants that would fire if some unknown value were known and met the test."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fields: list[tuple[str, ...]] = []
        self.held_fields: list[tuple[str, ...]] = []
        for pattern, tests in zip(program.patterns, program.pattern_tests, strict=True):
            fields = program.pack.kinds[pattern.kind].fields
            told = [test for test in tests if not fields[test.field].always]
            held = [test.field for test in told if test.unknown or test.op == "unknown"]
            wanted = [test.field for test in told if not test.unknown]
            self.fields.append(tuple(dict.fromkeys(wanted)))
            self.held_fields.append(tuple(dict.fromkeys(held)))
        self.readers = program.file(v for v in range(len(program.variants)) if program.rule(v).side != "other")
        self.holding = frozenset(
            variant
            for variant, patterns in enumerate(program.variants)
            if any(self.held_fields[pattern.index] for pattern in patterns)
        )

    def near(self, inference: Inference, among: frozenset[int] | None = None) -> Iterator[Firing]:
        """Every match in which at least one test is met only by an unknown value, of all variants or some."""
        facts = inference.facts
        for variant in self.readers.within(facts.met | facts.lacking):
            if facts.lacking & self.program.needed[variant] and (among is None or variant in among):
                patterns = self.program.variants[variant]
                for chosen in matches(self.program, variant, [facts.nearly_meeting(p) for p in patterns]):
                    if not all(fact.meets & p.bit for p, fact in zip(patterns, chosen, strict=True)):
                        yield Firing(variant, chosen)

    def unanswered(self, firing: Firing, *, fired: bool) -> Iterator[tuple[Fact, str]]:
        """The facts and fields whose missing value a match rests on, whether it fired or nearly did."""
        fields = self.held_fields if fired else self.fields
        for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True):
            for field in fields[pattern.index]:
                if fact.values.get(field) is None:
                    yield fact, field
