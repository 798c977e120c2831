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
        parameters = self.program.parameters
        for pattern, as_bits in zip(self.program.source[variant].patterns, self.program.variants[variant], strict=True):
            keys = self.kinds[pattern.kind].keys
            for fact in decisions.inference.facts.by_kind[pattern.kind]:
                values = fact.values
                if bound and any(bound.get(name, values[field]) != values[field] for field, name in pattern.binds):
                    continue
                if fact.meets & as_bits.bit:
                    break
                if any(not t.met(values[t.field], parameters) for t in pattern.tests if t.field in keys):
                    continue
                found += [(fact, t) for t in pattern.tests if not t.met(values.get(t.field), parameters)]
                break
        return found

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
