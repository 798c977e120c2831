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
        self.fields: list[tuple[str, ...]] = []
        self.held_fields: list[tuple[str, ...]] = []
        for p in program.patterns:
            kind = program.pack.kinds[p.kind]
            tests = [t for t, bit in program.numbers[p.kind].items() if p.mask >> bit & 1 and not kind.fields[t.field].always]
            self.fields.append(tuple(dict.fromkeys(t.field for t in tests if not t.unknown)))
            self.held_fields.append(tuple(dict.fromkeys(t.field for t in tests if t.unknown or t.op == "unknown")))
        self.open_patterns = [
            (p.index, p.kind, p.mask)
            for p in program.patterns
            if any(
                p.mask >> bit & 1 and test.op != "unknown" and not test.unknown
                for test, bit in program.numbers[p.kind].items()
                if not program.pack.kinds[p.kind].fields[test.field].always
            )
        ]
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
        for index, kind, mask in self.open_patterns:
            for fact in by_kind[kind]:
                bits = fact.bits & mask
                if bits != mask and (bits | fact.wanting) & mask == mask:
                    found = [f for f in by_kind[kind] if (f.bits | f.wanting) & mask == mask]
                    candidates[index] = found
                    variants.update(self.readers[index])
                    break
        for variant in sorted(variants if among is None else variants & among):
            patterns = self.program.variants[variant]
            options = []
            for pattern in patterns:
                met = candidates.get(pattern.index)
                if met is None:
                    met = [fact for fact in by_kind[pattern.kind] if fact.bits & pattern.mask == pattern.mask]
                    candidates[pattern.index] = met
                if not met:
                    break
                options.append(met)
            for chosen in choices(patterns, options) if len(options) == len(patterns) else ():
                if any(fact.bits & p.mask != p.mask for p, fact in zip(patterns, chosen, strict=True)):
                    yield Firing(variant, chosen)

    def unanswered(self, firing: Firing, *, fired: bool) -> Iterator[tuple[Fact, str]]:
        """The facts and fields whose missing value a match rests on, whether it fired or nearly did."""
        fields = self.held_fields if fired else self.fields
        for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True):
            for field in fields[pattern.index]:
                if fact.values.get(field) is None:
                    yield fact, field
