"""Which answers would matter: rules that fail, or hold, only for want of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.facts import Fact
from prehab.inference import Firing, Inference
from prehab.program import Program
from prehab.reference import Reference

__all__ = ["Asking", "unanswered"]


class Asking:
    """Finds the variants that would fire if some unknown value were known and met the test."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reference = Reference(program)
        self.wanting_possible = [
            any(program.test_of(p.kind, bit).op != "unknown" for p in patterns for bit in _bits(p.mask))
            for patterns in program.variants
        ]

    def near(self, inference: Inference, variants: list[int]) -> Iterator[Firing]:
        """Every match of these variants in which at least one test is met only by an unknown value."""
        candidates: dict[int, list[Fact]] = {}
        for variant in variants:
            short = False
            for pattern in self.program.variants[variant]:
                found = candidates.get(pattern.index)
                if found is None:
                    mask = pattern.mask
                    found = [
                        fact for fact in inference.facts.by_kind[pattern.kind]
                        if (fact.bits | fact.wanting) & mask == mask
                    ]  # fmt: skip
                    candidates[pattern.index] = found
                if not found:
                    short = True
                    break
            if short:
                continue
            for firing in self.reference.matches([variant], inference.facts, candidates):
                if any(
                    fact.bits & pattern.mask != pattern.mask
                    for pattern, fact in zip(self.program.variants[variant], firing.facts, strict=True)
                ):
                    yield firing


def unanswered(program: Program, firing: Firing) -> Iterator[tuple[Fact, str]]:
    """The facts and fields whose missing value a match rests on."""
    for pattern, fact in zip(program.variants[firing.variant], firing.facts, strict=True):
        for bit in _bits(pattern.mask):
            field = program.test_of(pattern.kind, bit).field
            if fact.values.get(field) is None:
                yield fact, field


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
