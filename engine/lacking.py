"""What is still missing: the unmet conditions of permits and gates, in words."""

from __future__ import annotations

from collections.abc import Mapping

from prehab.decide import Decisions
from prehab.facts import Fact
from prehab.program import Program
from prehab.reasons import Reasons
from prehab.rules.language import Test

__all__ = ["Lacking"]


class Lacking:
    """Finds and words unmet conditions for one program."""

    def __init__(self, program: Program, reasons: Reasons) -> None:
        self.program = program
        self.reasons = reasons
        self.kinds = program.pack.kinds
        self._tests = [self._numbered(tests) for tests in program.pattern_tests]
        self.openers: dict[str, list[int]] = {name: [] for name in program.pack.gates}
        self.gates_read: dict[int, tuple[str, ...]] = {}
        for number, variant in enumerate(program.source):
            for effect in program.effects[variant.rule]:
                if effect.type == "open":
                    self.openers[effect.data["gate"]].append(number)
            named = [
                str(word)
                for pattern in variant.patterns
                if pattern.kind == "gate"
                for test in pattern.tests
                if test.field == "gate"
                for word in test.words
            ]
            self.gates_read[variant.rule] = tuple(dict.fromkeys((*self.gates_read.get(variant.rule, ()), *named)))

    def unmet(
        self, variant: int, decisions: Decisions, bound: Mapping[str, str] | None = None
    ) -> list[tuple[Fact, Test]]:
        """The tests of a variant that its facts do not meet, given values for its variables."""
        found: list[tuple[Fact, Test]] = []
        for pattern in self.program.variants[variant]:
            keys, tests = self._tests[pattern.index]
            for fact in decisions.inference.facts.by_kind[pattern.kind]:
                values = fact.values
                if bound and any(bound.get(name, values[field]) != values[field] for field, name in pattern.binds):
                    continue
                if fact.meets & pattern.bit:
                    break
                if fact.bits & keys == keys:
                    found += [(fact, test) for test, bit in tests if not fact.bits & bit]
                    break
        return found

    def _numbered(self, tests: tuple[Test, ...]) -> tuple[int, tuple[tuple[Test, int], ...]]:
        """The bits of a pattern's tests: those that say which fact is meant, and each one's own."""
        numbered = tuple((test, 1 << self.program.numbers[test.kind][test]) for test in tests)
        return sum({bit for test, bit in numbered if test.field in self.kinds[test.kind].keys}), numbered

    def gate(self, gate: str, decisions: Decisions, *, deep: bool = False) -> list[str]:
        """What a closed gate lacks: what closed it, and the way in that lacks least.

        Args:
            gate: The gate.
            decisions: What was decided.
            deep: Follow the gates that this one rests on down to the runner's own values.
        """
        closing = [c for c in decisions.of("close") if c.effect.data["gate"] == gate]
        closed = [self.reasons.because(c.firing) for c in self.reasons.ordered(closing)]
        ways = []
        for variant in self.openers[gate]:
            lacks: list[str] = []
            for fact, test in self.unmet(variant, decisions):
                if deep and fact.kind == "gate":
                    lacks += self.gate(fact.name, decisions, deep=True)
                else:
                    lacks.append(self.reasons.need(fact, test))
            ways.append(list(dict.fromkeys(lacks)))
        return [*closed, *min(ways, key=len, default=[])]
