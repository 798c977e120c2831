"""Which runners a change cannot reach: for most of them that is certain, and far quicker than deciding twice.

Rules are acyclic, so what they conclude about a runner is the one set of conclusions in which every rule that can fire
has fired. Where no rule of another meaning can find its facts, not even if what is unknown were known, and no changed
number is passed by a value, both packs have the same rules to apply and the same facts meet them: they conclude the
same and ask the same. A test compares what is skipped here with what is decided in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from prehab.compare.changes import Change, rewritten
from prehab.compare.sides import Answer, Side
from prehab.facts import Facts
from prehab.population import told_kinds
from prehab.rules.checks import ENGINE_PARAMETERS
from prehab.rules.language import Pattern, Test

__all__ = ["Screening"]

_MOST_VARIANTS = 150
_HARMLESS = frozenset({"rule", "parameter"})


class Screening:
    """Finds the runners for whom two sides must decide the same.

    Attributes:
        rules: The rules that are not the same on both sides, or read a number that is not.
        sessions: Whether what is chosen may differ though all that is decided is the same.
    """

    def __init__(self, old: Side, new: Side, told: Iterable[Change]) -> None:
        other, moved = rewritten(old.program, new.program)
        self.rules = other | moved
        self.old = old
        self.numbers = old.program.parameters, new.program.parameters
        elsewhere = any(not one.words_only and one.table not in _HARMLESS for one in told)
        engine = any(self.numbers[0].get(name) != self.numbers[1].get(name) for name in ENGINE_PARAMETERS)
        chosen = {
            effect.type
            for side in (old, new)
            for rule in side.pack.rules
            if rule.id in self.rules
            for effect in rule.effects
        }
        self.sessions = elsewhere or engine or not chosen.isdisjoint({"prefer", "require", "limit"})
        self.told = told_kinds(old.pack).keys() | {"affects", "sore_leg", *old.pack.aggregates}
        self.among: list[list[int]] = []
        for side in (old, new):
            numbered = enumerate(side.pack.variants)
            self.among.append([number for number, one in numbered if side.pack.rules[one.rule].id in other])
        self.variants = [
            [side.pack.variants[number].patterns for number in among]
            for side, among in zip((old, new), self.among, strict=True)
        ]
        tests = {
            test
            for variant in old.pack.variants
            if old.pack.rules[variant.rule].id in moved
            for pattern in variant.patterns
            for test in pattern.tests
            if self._moved(test)
        }
        self.tests: dict[str, list[Test]] = {}
        for test in tests:
            self.tests.setdefault(test.kind, []).append(test)
        self.able = not (
            elsewhere
            or engine
            or not self.told >= self.tests.keys()
            or any(self.numbers[0].get(n) != self.numbers[1].get(n) for n in old.pack.read_first_numbers)
            or self._concerns(old, other) != self._concerns(new, other)
            or sum(map(len, self.variants)) > _MOST_VARIANTS
        )

    @staticmethod
    def _concerns(side: Side, apart_from: frozenset[str]) -> dict[str, tuple[int, int]]:
        """What the questions of each rule count for; a rule behind a gate adds to those that open it."""
        near = (side.questions.near[variant] for variant in range(len(side.program.source)))
        told = {side.pack.rules[one.rule].id: (one.urgency, one.mask) for one in near}
        return {key: about for key, about in told.items() if key not in apart_from}

    def _moved(self, test: Test) -> bool:
        """Whether a test compares with a number that is not the same on both sides."""
        name = test.parameter
        return name is not None and self.numbers[0].get(name) != self.numbers[1].get(name)

    def passed(self, facts: Facts) -> bool:
        """Whether it must be decided twice, whatever the rules conclude: a value lies between two numbers, for one."""
        return not self.able or self._passed(facts)

    def within_reach(self, facts: Facts, gates: Mapping[str, bool] | None = None) -> bool:
        """Whether a rule of another meaning could fire, on either side, or nearly.

        Without ``gates`` no rule has fired yet: then what rules conclude is taken to be as these rules need it.
        """
        by_kind: dict[str, list[Mapping[str, Any]]] = {}

        def found(pattern: Pattern, numbers: Mapping[str, float]) -> bool:
            if gates is None and pattern.kind not in self.told:
                return True
            if pattern.kind not in by_kind:
                values: list[Mapping[str, Any]] = [fact.values for fact in facts.by_kind[pattern.kind]]
                if pattern.kind == "gate":
                    values = [{"gate": name, "open": is_open} for name, is_open in (gates or {}).items()]
                by_kind[pattern.kind] = values
            return any(_possible(pattern, values, numbers) for values in by_kind[pattern.kind])

        return any(
            all(found(pattern, numbers) for pattern in one)
            for variants, numbers in zip(self.variants, self.numbers, strict=True)
            for one in variants
        )

    def same_questions(self, old: Answer, new: Answer) -> bool:
        """Whether both sides must ask the same: no rule of another meaning asks, and all others see the same.

        What is asked first hangs on what is held back, and after a stop nothing is asked.
        """
        held = [(one.status == "stop", one.forbidden | one.referred) for one in (old.decisions, new.decisions)]
        before, after = old.decisions.inference, new.decisions.inference
        if held[0] != held[1] or before.gates != after.gates or self.passed(before.facts):
            return False
        derived = [
            {(fact.kind, fact.name) for kind in side.pack.derived for fact in inference.facts.by_kind[kind]}
            for side, inference in ((old.side, before), (new.side, after))
        ]
        return derived[0] == derived[1] and not any(
            self._asks(one.side, one.decisions.inference.facts, among)
            for one, among in zip((old, new), self.among, strict=True)
        )

    @staticmethod
    def _asks(side: Side, facts: Facts, among: list[int]) -> bool:
        holding, needed = side.questions.asking.holding, side.program.needed
        lacking = facts.lacking
        near = facts.met | lacking
        return any(not needed[one] & ~near and (bool(needed[one] & lacking) or one in holding) for one in among)

    def _passed(self, facts: Facts) -> bool:
        """Whether some value lies between the old number and the new one."""
        old, new = self.numbers
        for kind, tests in self.tests.items():
            for fact in facts.by_kind[kind]:
                for test in tests:
                    value = fact.values.get(test.field)
                    if value is not None and test.met(value, old) != test.met(value, new):
                        return True
        return False


def _possible(pattern: Pattern, values: Mapping[str, Any], numbers: Mapping[str, float]) -> bool:
    """Whether no known value fails a pattern."""
    for test in pattern.tests:
        value = values.get(test.field)
        if value is not None and not test.met(value, numbers):
            return False
    return True
