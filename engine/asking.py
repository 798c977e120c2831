"""Which answers would matter: rules that fail, or hold, only for want of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.facts import Fact
from prehab.inference import Firing, Inference
from prehab.program import Program
from prehab.reference import choices

__all__ = ["Asking"]


class Asking:
    """Finds the variants that would fire if some unknown value were known and met the test."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fields: list[tuple[str, ...]] = [
            tuple(dict.fromkeys(
                test.field for test, bit in program.numbers[p.kind].items()
                if p.mask >> bit & 1 and not program.pack.kinds[p.kind].fields[test.field].always
            )) for p in program.patterns
        ]  # fmt: skip
        self.readers: list[list[int]] = [[] for _ in program.patterns]
        for variant, patterns in enumerate(program.variants):
            if program.rule(variant).side != "other":
                for pattern in patterns:
                    self.readers[pattern.index].append(variant)

    def near(self, inference: Inference, among: frozenset[int] | None = None) -> Iterator[Firing]:
        """Every match in which at least one test is met only by an unknown value, of all variants or some."""
        by_kind = inference.facts.by_kind
        candidates: dict[int, list[Fact]] = {}
        variants: set[int] = set()
        for pattern in self.program.patterns:
            mask = pattern.mask
            found = []
            for fact in by_kind[pattern.kind]:
                if fact.bits & mask == mask:
                    found.append(fact)
                elif (fact.bits | fact.wanting) & mask == mask:
                    found.append(fact)
                    variants.update(self.readers[pattern.index])
            candidates[pattern.index] = found
        for variant in sorted(variants if among is None else variants & among):
            patterns = self.program.variants[variant]
            for chosen in choices(patterns, [candidates[pattern.index] for pattern in patterns]):
                if any(fact.bits & p.mask != p.mask for p, fact in zip(patterns, chosen, strict=True)):
                    yield Firing(variant, chosen)

    def unanswered(self, firing: Firing) -> Iterator[tuple[Fact, str]]:
        """The facts and fields whose missing value a match rests on."""
        for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True):
            for field in self.fields[pattern.index]:
                if fact.values.get(field) is None:
                    yield fact, field
