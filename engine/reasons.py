"""Reasons: from a firing to the sentence, what it saw, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from prehab.decide import Concluded
from prehab.facts import Fact
from prehab.graph.schema import make
from prehab.inference import Firing, binding
from prehab.program import Program
from prehab.recommendation import Reason, Referral, SourceText
from prehab.rules.language import Rule, Test, Variant
from prehab.rules.pack import Pack

__all__ = ["Reasons"]

_HARDNESS = {"no": 3, "time": 2, "training": 1, "ask": 0}


class Reasons:
    """Writes the reasons of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = program.pack
        self._citations = {
            name: make(SourceText, id=name, citation=source.citation())
            for name, source in self.pack.catalogue.sources.items()
        }
        self._plain_reasons: dict[int, Reason] = {}
        self._looks = [self._looks_of(tests) for tests in program.pattern_tests]
        changes = [self._changes_of(tests) for tests in program.pattern_tests]
        self._hardest = [_hardest_first(changes[p.index] for p in patterns) for patterns in program.variants]
        self._lifts = [_lifting(self.pack, variant) for variant in program.source]
        self.label = lru_cache(maxsize=4096)(self._label)
        self.need_of = lru_cache(maxsize=4096)(self._need_of)
        self.written = lru_cache(maxsize=4096)(self._written)
        self.seen = lru_cache(maxsize=4096)(self._seen)
        self._named: dict[str, dict[str, Any]] = {
            "structure": self.pack.catalogue.words["structures"],
            "region": self.pack.catalogue.words["regions"],
        }

    def leading(self, concluded: Concluded) -> Firing:
        """The firing that is told of those that conclude the same: the hardest to lift.

        Of equally hard ones it is that of the alternative written first, and of one alternative's that which reads
        first. So it changes nothing in which order the facts came.
        """
        firings = concluded.firings
        if len(firings) == 1:
            return firings[0]
        hardness = [self.hardness(firing) for firing in firings]
        most = max(hardness)
        hardest = [firing for firing, hard in zip(firings, hardness, strict=True) if hard == most]
        variant = min(firing.variant for firing in hardest)
        left = [firing for firing in hardest if firing.variant == variant]
        return left[0] if len(left) == 1 else min(left, key=lambda one: (self.saw(one), self.because(one)))

    def of(self, concluded: Concluded) -> Reason:
        """The reason for a conclusion."""
        return self.reason(self.leading(concluded))

    def rule(self, concluded: Concluded) -> Rule:
        """The rule that concludes something."""
        return self.program.rule(concluded.firings[0].variant)

    def reason(self, firing: Firing) -> Reason:
        """The reason that a firing gives."""
        known = self._plain_reasons.get(firing.variant)
        if known is not None:
            return known
        made = self.saying(firing, self.because(firing))
        if not made.saw and "{" not in self.program.rule(firing.variant).because:  # the same for everybody
            self._plain_reasons[firing.variant] = made
        return made

    def saying(self, firing: Firing, say: str) -> Reason:
        """The reason that a firing gives, in another sentence."""
        return self.written(firing.variant, say, self.saw(firing))

    def _written(self, variant: int, because: str, saw: tuple[str, ...]) -> Reason:
        rule = self.program.rule(variant)
        return make(
            Reason,
            rule=rule.id,
            because=because,
            saw=saw,
            evidence=rule.evidence,
            sources=rule.sources,
            seeds=rule.seeds,
        )

    def because(self, firing: Firing) -> str:
        """The rule's sentence with its variables named in the runner's words."""
        text = self.program.rule(firing.variant).because
        if "{" not in text:
            return text
        for variable, value in binding(self.program, firing).items():
            text = text.replace("{" + variable[1:] + "}", self.word(variable, value, firing))
        return text[:1].upper() + text[1:]

    def word(self, variable: str, value: str, firing: Firing) -> str:
        """What a value is called in plain words."""
        for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True):
            for field, name in pattern.binds:
                if name != variable:
                    continue
                to = str(self.pack.kinds[pattern.kind].fields[field].to)
                if to == "complaint":
                    owner = self._complaint(firing, value) or fact
                    return (
                        self.pack.catalogue.injuries[owner.values["injury"]].plain
                        if "injury" in owner.values
                        else value
                    )
                if to == "injury":
                    return self.pack.catalogue.injuries[value].plain
                if to in self._named:
                    return str(self._named[to][value]["name"])
        return value.replace("_", " ")

    def saw(self, firing: Firing) -> tuple[str, ...]:
        """What the rule looked at, as short phrases; each one once."""
        told: tuple[str, ...] = ()
        for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True):
            values = tuple([fact.values.get(field) for field, _ in self._looks[pattern.index]])
            told += self.seen(pattern.index, fact.name, values)
        return told

    def _seen(self, pattern: int, fact: str, values: tuple[Any, ...]) -> tuple[str, ...]:
        """What a pattern sees of a fact; it comes back, for many runners are alike in what one rule looks at."""
        kind = self.program.patterns[pattern].kind
        told = [f"it {self.pack.derived[kind].says}"] if kind in self.pack.derived else []
        for (field, compared), value in zip(self._looks[pattern], values, strict=True):
            if kind == "gate":
                told.append(f"{self.pack.gates[fact].name}: {'open' if value else 'not open yet'}")
            else:
                told.append(f"{self.label(kind, fact, field)}: {self.amount(kind, field, value)}{compared}")
        return tuple(told)

    def _looks_of(self, tests: Iterable[Test]) -> tuple[tuple[str, str], ...]:
        """The fields that a pattern looks at, each once, with what it compares them with."""
        looks: dict[str, str] = {}
        for test in tests:
            if test.field not in looks and self.pack.kinds[test.kind].fields[test.field].type != "ref":
                looks[test.field] = self._compared(test)
        return tuple(looks.items())

    def _compared(self, test: Test) -> str:
        if test.parameter is None:
            return ""
        bound = _plain(self.program.parameters[test.parameter])
        if (self.pack.kinds[test.kind].fields[test.field].unit or "").endswith("0-10"):
            bound += " of 10"
        return f" (counts when {test.op.replace('_', ' ')} {bound}, {test.parameter})"

    def need(self, fact: Fact, test: Test) -> str:
        """A condition that is to be met, with where the runner stands."""
        return self.need_of(fact.kind, fact.name, test, fact.values.get(test.field))

    def _need_of(self, kind: str, fact: str, test: Test, value: object) -> str:
        if kind == "gate":
            return f"{self.pack.gates[fact].name} must be open"
        have = "not known" if value is None else f"now {_plain(value)}"
        label = self.label(kind, fact, test.field)
        if test.parameter is not None:
            wanted = self.amount(kind, test.field, self.program.parameters[test.parameter])
            return f"{label}: {test.op.replace('_', ' ')} {wanted} ({have})"
        words = " or ".join(_plain(word) for word in test.words)
        turned = "not " if test.op == "is_not" and words else ""
        return f"{label}: {turned}{words or test.op} ({have})"

    def _label(self, kind: str, fact: str, field: str) -> str:
        """What a value is called, and whose it is where that is not plain."""
        name = self.pack.kinds[kind].fields[field].label or field.removesuffix("_so_far").replace("_", " ")
        if kind == "both_legs":
            return f"{name}, weaker leg"
        if self.pack.kinds[kind].keys:
            return f"{fact.replace('_', ' ')} {name}" if kind != "leg" else f"{name}, {fact} leg"
        return name

    def amount(self, kind: str, field: str, value: object) -> str:
        """A value with its unit."""
        if value is None:
            return "not known"
        unit = self.pack.kinds[kind].fields[field].unit
        if unit is None:
            return _plain(value)
        if unit.endswith("0-10"):
            return f"{_plain(value)} of 10"
        return f"{_plain(value)} {unit}"

    def hardness(self, firing: Firing) -> int:
        """How hard a reason is to lift: 3 cannot be changed, 2 takes time, 1 takes training, 0 takes an answer."""
        facts = firing.facts
        for place, field, hardness in self._hardest[firing.variant]:
            if facts[place].values.get(field) is not None:
                return hardness
        return 0

    def _changes_of(self, tests: Iterable[Test]) -> tuple[tuple[str, int], ...]:
        """The fields that a pattern looks at and a runner may not have told, and how hard each is to change."""
        fields = ((test.field, self.pack.kinds[test.kind].fields[test.field]) for test in tests)
        return tuple({name: _HARDNESS[field.change] for name, field in fields if not field.always}.items())

    def ordered(self, concluded: list[Concluded]) -> list[Concluded]:
        """The hardest to lift first, then by rule. All that concludes something has to be lifted."""
        return sorted(concluded, key=lambda c: (-max(map(self.hardness, c.firings)), self.rule(c).id))

    def until(self, concluded: Concluded) -> tuple[str, ...]:
        """All that the ``unless`` of the rule still asks for, the hardest to lift first; nothing where it has none."""
        if len(concluded.firings) == 1:
            need = self._until(concluded.firings[0])
            return () if need is None else (need,)
        firings = sorted(concluded.firings, key=lambda one: (-self.hardness(one), one.variant))
        needs = dict.fromkeys(need for need in map(self._until, firings) if need is not None)
        return tuple(needs)

    def _until(self, firing: Firing) -> str | None:
        """What would lift one firing."""
        lifts = self._lifts[firing.variant]
        return None if lifts is None else self.need(firing.facts[lifts[0]], lifts[1])

    def cite(self, told: Iterable[Reason | Referral]) -> tuple[SourceText, ...]:
        """The sources of what was told, cited in full, in id order."""
        ids = set().union(*[one.sources for one in told])
        return tuple([self._citations[name] for name in sorted(ids)])

    def _complaint(self, firing: Firing, key: str) -> Fact | None:
        for fact in firing.facts:
            if fact.kind == "complaint" and fact.values["key"] == key:
                return fact
        return None


def _hardest_first(changes: Iterable[tuple[tuple[str, int], ...]]) -> tuple[tuple[int, str, int], ...]:
    """For each field that the patterns of a variant look at its pattern's place, and how hard it is to change."""
    found = [(place, name, hard) for place, fields in enumerate(changes) for name, hard in fields if hard]
    return tuple(sorted(found, key=lambda one: -one[2]))


def _lifting(pack: Pack, variant: Variant) -> tuple[int, Test] | None:
    """The test of an ``unless`` that made a variant, turned round so that it lifts it, and its pattern's place."""
    _, lifted, place_in_rule = (variant.origin or "").rpartition("unless/")
    if not lifted:
        return None
    number, _, field = place_in_rule.partition("/")
    entry = pack.rules[variant.rule].text["unless"][int(number)]
    variables = {(name, word) for name, word in entry.items() if isinstance(word, str) and word.startswith("$")}
    keys = pack.kinds[entry["fact"]].keys.keys() & entry.keys() - {name for name, _ in variables}
    for place, pattern in enumerate(variant.patterns):
        named = {test.field for test in pattern.tests if test.field in keys and entry[test.field] in test.words}
        if pattern.kind == entry["fact"] and variables <= set(pattern.binds) and named == keys:
            for test in reversed(pattern.tests):  # what `when` says of the same field stands before it
                if test.field == field and test.unknown:
                    return place, test.opposite()
    return None


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value).replace("_", " ")
