"""What is still missing: the unmet conditions of permits and gates, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from prehab.decide import Concluded, Decisions
from prehab.fact import Fact
from prehab.graph.once import ByNeed, SharedBy
from prehab.graph.schema import make
from prehab.inference import Firing, binding
from prehab.program import Layout, Program
from prehab.reasons import Reasons
from prehab.recommendation import Condition, Missed
from prehab.rules.language import OPPOSITE, Pattern, Test

__all__ = ["Lacking"]


class _Conditions:
    """The conditions of a layout's rules: their tests by number, and who opens which gate and derives which fact."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.tests: ByNeed[int, tuple[int, tuple[tuple[Test, int], ...]]] = ByNeed(self._numbered)
        self.openers: dict[str, list[int]] = {name: [] for name in layout.pack.gates}
        self.makers: dict[str, list[tuple[int, Mapping[str, str]]]] = {name: [] for name in layout.pack.derived}
        self.reaching: list[tuple[int, str, tuple[str, ...]]] = []
        looked_at = set(layout.pack.doing("open", "derive", "reach"))
        for number, rule in enumerate(layout.rule_of):
            if rule not in looked_at:
                continue
            for effect in layout.effects[rule]:
                if effect.type == "open":
                    self.openers[effect.data["gate"]].append(number)
                elif effect.type == "derive":
                    self.makers[effect.data["fact"]].append((number, effect.data))
                elif effect.type == "reach":
                    self.reaching.append((number, effect.data["complaint"], tuple(effect.data["stage"])))

    def _numbered(self, pattern: int) -> tuple[int, tuple[tuple[Test, int], ...]]:
        """The bits of a pattern's tests: those that say which fact is meant, and each one's own."""
        bits = (1 << self.layout.test_numbers[place] for place in self.layout.pack.numbering.tests_of[pattern])
        numbered = tuple(zip(self.layout.pattern_tests[pattern], bits, strict=True))
        keys = {bit for test, bit in numbered if test.field in self.layout.pack.kinds[test.kind].keys}
        return sum(keys), numbered


_conditions_of = SharedBy(_Conditions)


class Lacking:
    """Finds and words unmet conditions for one program."""

    def __init__(self, program: Program, reasons: Reasons) -> None:
        self.program = program
        self.reasons = reasons
        self.kinds = program.pack.kinds
        self._conditions = _conditions_of(program.layout)
        self.openers = self._conditions.openers
        self.makers = self._conditions.makers
        self.reaching = self._conditions.reaching

    def unmet(
        self,
        variant: int,
        decisions: Decisions,
        bound: Mapping[str, str] | None = None,
        *,
        every: bool = False,
    ) -> list[tuple[Fact, Test]]:
        """The tests of a variant that its facts do not meet.

        Args:
            variant: The variant.
            decisions: What was decided.
            bound: Values for its variables.
            every: Whether all facts of a kind are wanted, not one of them: what each that fails lacks, is listed.
        """
        found: list[tuple[Fact, Test]] = []
        by_kind = decisions.inference.facts.by_kind
        source = self.program.source[variant].patterns
        for written, pattern in zip(source, self.program.variants[variant], strict=True):
            if pattern.kind in self.makers:
                if sum(bool(fact.meets & pattern.bit) for fact in by_kind[pattern.kind]) < _alike(written, source):
                    found += self._underived(written, decisions)
                continue
            keys, tests = self._conditions.tests[pattern.index]
            for fact in by_kind[pattern.kind]:
                values = fact.values
                if bound and any(bound.get(name, values[field]) != values[field] for field, name in pattern.binds):
                    continue
                if not fact.meets & pattern.bit:
                    if fact.bits & keys != keys:
                        continue
                    found += [(fact, test) for test, bit in tests if not fact.bits & bit]
                if not every:
                    break
        if found or self.program.independent[variant]:
            return found
        return list(self._together(variant, decisions, bound or {}))

    def _together(self, variant: int, decisions: Decisions, bound: Mapping[str, str]) -> Iterator[tuple[Fact, Test]]:
        """What is lacking where each pattern is met by some fact, but no choice of facts goes together."""
        parameters = self.program.parameters
        source, patterns = self.program.source[variant].patterns, self.program.variants[variant]
        candidates = []
        for pattern, as_bits in zip(source, patterns, strict=True):
            keys = self.kinds[pattern.kind].keys
            candidates.append([
                fact
                for fact in decisions.inference.facts.by_kind[pattern.kind]
                if all(bound.get(name, fact.values[field]) == fact.values[field] for field, name in pattern.binds)
                and (
                    fact.meets & as_bits.bit
                    if pattern.kind in self.makers
                    else all(t.met(fact.values[t.field], parameters) for t in pattern.tests if t.field in keys)
                )
            ])  # fmt: skip
        from prehab.reference import choices

        ways = (
            [(fact, test) for one, fact in zip(source, chosen, strict=True) for test in one.tests
             if not test.met(fact.values.get(test.field), parameters)]
            for chosen in choices(patterns, candidates)
        )  # fmt: skip
        yield from min(ways, key=len, default=[])

    def _underived(self, pattern: Pattern, decisions: Decisions) -> Iterator[tuple[Fact, Test]]:
        """What keeps the rules that derive a fact from deriving the one that a pattern wants."""
        wanted = {test.field: str(test.words[0]) for test in pattern.tests if len(test.words) == 1}
        for variant, data in self.makers[pattern.kind]:
            bound = {data[field]: word for field, word in wanted.items()}
            yield from self.unmet(variant, decisions, bound, every=True)

    def missed(self, variant: int, decisions: Decisions, bound: Mapping[str, str] | None = None) -> Missed:
        """A variant that did not fire, with the conditions that it lacks, down to the runner's own values."""
        rule = self.program.rule(variant)
        unmet: list[str] = []
        unknown: list[str] = []
        lacks: list[Condition] = []
        for fact, test in self.unmet(variant, decisions, bound):
            lacks.append(self.reasons.condition(fact, test))
            if fact.kind == "gate":
                unmet += self.gate(fact.name, decisions, deep=True)
            else:
                unmet.append(self.reasons.need(fact, test))
                if fact.values.get(test.field) is None:
                    unknown.append(test.field)
        return make(
            Missed,
            rule=rule.id,
            because=rule.because,
            unmet=tuple(dict.fromkeys(unmet)),
            unknown=tuple(dict.fromkeys(unknown)),
            conditions=tuple(dict.fromkeys(lacks)),
        )

    def leaves(
        self, variant: int, decisions: Decisions, bound: Mapping[str, str] | None = None
    ) -> tuple[list[Concluded], list[tuple[Fact, Test]]]:
        """What a variant lacks in the end, through the gates that it rests on: what closes them, and unmet tests."""
        closing: list[Concluded] = []
        tests: list[tuple[Fact, Test]] = []
        for fact, test in self.unmet(variant, decisions, bound):
            if fact.kind == "gate":
                closes, lacks = self.gate_leaves(fact.name, decisions)
                closing += closes
                tests += lacks
            else:
                tests.append((fact, test))
        return closing, tests

    def gate_leaves(self, gate: str, decisions: Decisions) -> tuple[list[Concluded], list[tuple[Fact, Test]]]:
        """The same for a closed gate: of the ways in the one that lacks least."""
        closed = [c for c in decisions.of("close") if c.effect.data["gate"] == gate]
        ways = (self.leaves(variant, decisions) for variant in self.openers[gate])
        closing, tests = min(ways, key=lambda way: len(way[0]) + len(way[1]), default=([], []))
        return [*self.reasons.ordered(closed), *closing], tests

    def gate(self, gate: str, decisions: Decisions, *, deep: bool = False) -> list[str]:
        """What a closed gate lacks: what closed it, and the way in that lacks least.

        Args:
            gate: The gate.
            decisions: What was decided.
            deep: Follow the gates that this one rests on down to the runner's own values.
        """
        closing = [c for c in decisions.of("close") if c.effect.data["gate"] == gate]
        closed = [self.reasons.because(self.reasons.leading(c)) for c in self.reasons.ordered(closing)]
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

    def stage(self, complaint: str, stage: str, decisions: Decisions) -> list[str]:
        """What a complaint lacks to come to a stage: what holds it back, and the way there that lacks least.

        A sentence is told in place of conditions only where what holds it back rests on another rule alone.
        """
        order = list(self.program.pack.catalogue.words["stages"])
        held: list[tuple[Fact, Test]] = []
        resting: list[str] = []
        for one in decisions.of("stay"):
            if order.index(one.effect.data["stage"]) < order.index(stage):
                named = one.effect.data["complaint"]
                for firing in one.firings:
                    if binding(self.program, firing)[named] == complaint:
                        lifted = list(self._lifting(firing))
                        held += lifted
                        resting += [] if lifted else [self.reasons.because(firing).removesuffix(".")]
        ways = [self.unmet(variant, decisions, bound) for variant, bound in self.reaches(complaint, stage, decisions)]
        lacking = self._strictest([*held, *min(ways, key=len, default=[])])
        return list(dict.fromkeys(self.reasons.need(fact, test) for fact, test in lacking)) or resting

    def _strictest(self, lacking: Iterable[tuple[Fact, Test]]) -> list[tuple[Fact, Test]]:
        """Of several bounds on the same value, in the same direction, the one that asks most."""
        found: dict[Any, tuple[Fact, Test]] = {}
        for fact, test in lacking:
            numbers = self.program.parameters
            key = (fact.kind, fact.name, test.field, test.op, test.words)
            other = found.get(key)
            if other is not None and test.parameter is not None and other[1].parameter is not None:
                upward = test.op in ("at_least", "above")
                if (numbers[test.parameter] > numbers[other[1].parameter]) != upward:
                    continue
            found[key] = fact, test
        return list(found.values())

    def reaches(self, complaint: str, stage: str, decisions: Decisions) -> Iterator[tuple[int, dict[str, str]]]:
        """The variants that lead a complaint to a stage, with what their variables stand for then."""
        for variant, variable, stages in self.reaching:
            if stage in stages and self._about(variant, complaint, variable, decisions):
                yield variant, {variable: complaint}

    def _lifting(self, firing: Firing) -> Iterator[tuple[Fact, Test]]:
        """What would have to be otherwise for a caution not to apply; nothing where it only rests on other rules."""
        for pattern, fact in zip(self.program.source[firing.variant].patterns, firing.facts, strict=True):
            if pattern.kind not in self.makers:
                for test in pattern.tests:
                    if not self.kinds[test.kind].fields[test.field].always:
                        yield fact, replace(test, op=OPPOSITE[test.op])

    def _about(self, variant: int, complaint: str, variable: str, decisions: Decisions) -> bool:
        """Whether a variant is about a complaint: it fails no test of what the complaint is."""
        fields = self.kinds["complaint"].fields
        fact = next(f for f in decisions.inference.facts.by_kind["complaint"] if f.name == complaint)
        return all(
            test.met(fact.values[test.field], self.program.parameters)
            for pattern in self.program.source[variant].patterns
            if pattern.kind == "complaint" and ("key", variable) in pattern.binds
            for test in pattern.tests
            if fields[test.field].always
        )


def _alike(pattern: Pattern, patterns: Sequence[Pattern]) -> int:
    """How many of the patterns want a fact like this one; no two of them may find the same."""
    return sum(one.kind == pattern.kind and one.tests == pattern.tests for one in patterns)
