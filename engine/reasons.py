"""Reasons: from a firing to the sentence, what it saw, and what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from prehab.conditions import Looks, Seen, amount, condition, conditions, looked_at, phrases, plain
from prehab.decide import Concluded
from prehab.fact import Fact
from prehab.fields import fields_of
from prehab.graph.once import ByNeed
from prehab.graph.schema import make
from prehab.inference import Firing, binding
from prehab.program import Program
from prehab.recommendation import Condition, Reason, Referral, SourceText
from prehab.rules.language import Rule, Test, Variant
from prehab.rules.messages import capital, english
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field

__all__ = ["Reasons", "each_once"]

_HARDNESS = {"no": 3, "time": 2, "training": 1, "ask": 0}

_WAYS = {"at_least": "more", "above": "more", "at_most": "less", "below": "less"}

_COMPLAINT = re.compile(r"\bc\d+")
"""What a complaint is called in the names of facts: by its number, which means nothing."""


class Reasons:
    """Writes the reasons of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = program.pack
        self.say = program.pack.messages
        self._citations = ByNeed(self._citation)
        self._plain_reasons: dict[int, Reason] = {}
        self.fields = fields_of(self.pack)
        self._looks = ByNeed(self._looks_at)
        self._hardest = ByNeed(self._hardest_of)
        self._lifts = ByNeed(self._lifted)
        self.label = lru_cache(maxsize=4096)(self.fields.label)
        self.need_of = lru_cache(maxsize=2048)(self._need_of)
        self.written = lru_cache(maxsize=1024)(self._written)
        self.conditions = lru_cache(maxsize=256)(self._conditions)
        self._named: dict[str, dict[str, Any]] = {
            "structure": self.pack.catalogue.words["structures"],
            "region": self.pack.catalogue.words["regions"],
        }

    def leading(self, concluded: Concluded) -> Firing:
        """The firing that is told of those that conclude the same: the hardest to lift.

        Of equally hard ones it is that of the alternative written first, and of one alternative's that which saw the
        least. So it changes nothing in which order the facts came, nor in which language it is told.
        """
        firings = concluded.firings
        if len(firings) == 1:
            return firings[0]
        hardness = [self.hardness(firing) for firing in firings]
        most = max(hardness)
        hardest = [firing for firing, hard in zip(firings, hardness, strict=True) if hard == most]
        variant = min(firing.variant for firing in hardest)
        left = [firing for firing in hardest if firing.variant == variant]
        for apart in (self._what_it_saw, _names_of, _complaints_of, self._what_is_meant):
            if len(left) == 1:
                break
            told: list[Any] = [apart(firing) for firing in left]
            least = min(told)
            left = [firing for firing, one in zip(left, told, strict=True) if one == least]
        return left[0]

    def _what_it_saw(self, firing: Firing) -> list[tuple[str, str]]:
        """What tells a firing from another one of its variant; of those that saw the same see further on."""
        kinds, say, looks = self.pack.kinds, english(), self._looks
        return [
            (fact.name if kinds[fact.kind].keys else "", plain(test is None or fact.values.get(test.field), say))
            for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True)
            for test in looks[pattern.index]
        ]

    def _what_is_meant(self, firing: Firing) -> list[tuple[str, str]]:
        """Which ids the variables of a firing stand for."""
        return sorted(self._meant(*one, firing) for one in binding(self.program, firing).items())

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
        if not made.conditions and "{" not in self.program.rule(firing.variant).because:  # the same for everybody
            self._plain_reasons[firing.variant] = made
        return made

    def saying(self, firing: Firing, say: str) -> Reason:
        """The reason that a firing gives, in another sentence."""
        return self.written(firing.variant, say, self.seen(firing))

    def _written(self, variant: int, because: str, seen: Seen) -> Reason:
        rule, told = self.program.rule(variant), self.conditions(variant, seen)
        return make(
            Reason,
            rule=rule.id,
            because=because,
            saw=tuple(phrases(told, self.say)),
            evidence=rule.evidence,
            sources=rule.sources,
            seeds=rule.seeds,
            alternative=self.pack.alternatives[variant],
            conditions=told,
        )

    def because(self, firing: Firing) -> str:
        """The rule's sentence with its variables named in the runner's words."""
        text = self.program.rule(firing.variant).because
        if "{" not in text:
            return text
        for variable, value in binding(self.program, firing).items():
            text = text.replace("{" + variable[1:] + "}", self.word(variable, value, firing))
        return capital(text)

    def word(self, variable: str, value: str, firing: Firing) -> str:
        """What a value is called in plain words."""
        to, meant = self._meant(variable, value, firing)
        if to == "injury":
            return self.pack.catalogue.injuries[meant].plain
        return str(self._named[to][meant]["name"]) if to in self._named else self.say.word(meant)

    def _meant(self, variable: str, value: str, firing: Firing) -> tuple[str, str]:
        """What a variable stands for: of which list, and which of it; for a complaint its injury."""
        for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True):
            for field, name in pattern.binds:
                if name != variable:
                    continue
                to = str(self.pack.kinds[pattern.kind].fields[field].to)
                if to != "complaint":
                    return to, value
                owner = self._complaint(firing, value) or fact
                return ("injury", owner.values["injury"]) if "injury" in owner.values else ("", value)
        return "", value

    def saw(self, firing: Firing) -> tuple[str, ...]:
        """What the rule looked at, as short phrases; each one once."""
        return tuple(phrases(self.conditions(firing.variant, self.seen(firing)), self.say))

    def seen(self, firing: Firing) -> Seen:
        """What the rule looked at: of each condition the fact, and its value."""
        looks = self._looks
        return tuple([
            (fact.name, True if test is None else fact.values.get(test.field))
            for pattern, fact in zip(self.program.variants[firing.variant], firing.facts, strict=True)
            for test in looks[pattern.index]
        ])  # fmt: skip

    def _conditions(self, variant: int, seen: Seen) -> tuple[Condition, ...]:
        """The conditions of a variant with what it saw; it comes back, for many runners are alike in that."""
        patterns = ((pattern.kind, self._looks[pattern.index]) for pattern in self.program.variants[variant])
        return tuple(conditions(self.fields, self.program.parameters, patterns, seen))

    def condition(self, fact: Fact, test: Test) -> Condition:
        """One condition with what is so of a fact."""
        told = fact.values.get(test.field)
        return condition(self.fields, self.program.parameters, fact.kind, fact.name, test, told)

    def need(self, fact: Fact, test: Test) -> str:
        """A condition that is to be met, with where the runner stands."""
        return self.need_of(fact.kind, fact.name, test, fact.values.get(test.field))

    def _need_of(self, kind: str, fact: str, test: Test, value: object) -> str:
        if kind == "gate":
            return self.say("need.gate", gate=self.pack.gates[fact].name)
        say = self.say
        have = say("need.unknown") if value is None else say("need.now", value=plain(value, say))
        label = self.label(kind, fact, test.field)
        if test.parameter is not None:
            wanted = amount(self.program.parameters[test.parameter], self.pack.kinds[kind].fields[test.field].unit, say)
            return say(f"lacks.{test.op}", label=label, wanted=wanted, have=have)
        words = say("joining.or").join(plain(word, say) for word in test.words)
        if not words:
            return say("lacks.is", label=label, wanted=say.word(test.op), have=have)
        return say("lacks.is_not" if test.op == "is_not" else "lacks.is", label=label, wanted=words, have=have)

    def hardness(self, firing: Firing) -> int:
        """How hard a reason is to lift: 3 cannot be changed, 2 takes time, 1 takes training, 0 takes an answer."""
        facts = firing.facts
        for place, field, hardness in self._hardest[firing.variant]:
            if facts[place].values.get(field) is not None:
                return hardness
        return 0

    def _citation(self, source: str) -> SourceText:
        return make(SourceText, id=source, citation=self.pack.catalogue.sources[source].citation())

    def _looks_at(self, pattern: int) -> Looks:
        return looked_at(self.pack, self.pack.numbering.kinds_of[pattern], self.program.pattern_tests[pattern])

    def _lifted(self, variant: int) -> tuple[int, Test] | None:
        lifts = _lifting(self.pack, self.program.source[variant])
        return lifts or _only_amount(self.pack, self.program.source[variant])

    def _hardest_of(self, variant: int) -> tuple[tuple[int, str, int], ...]:
        tests = self.program.pattern_tests
        return _hardest_first(self._changes_of(tests[pattern.index]) for pattern in self.program.variants[variant])

    def _changes_of(self, tests: Iterable[Test]) -> tuple[tuple[str, int], ...]:
        """The fields that a pattern looks at and a runner may not have told, and how hard each is to change."""
        fields = ((test.field, self.pack.kinds[test.kind].fields[test.field]) for test in tests)
        return tuple({name: _HARDNESS[field.change] for name, field in fields if not field.always}.items())

    def ordered(self, concluded: list[Concluded]) -> list[Concluded]:
        """The hardest to lift first, then by rule. All that concludes something has to be lifted."""
        return sorted(concluded, key=lambda c: (-max(map(self.hardness, c.firings)), self.rule(c).id))

    def until(self, *concluded: Concluded, places: Mapping[str, str]) -> tuple[str, ...]:
        """What has to be otherwise for conclusions to be lifted, the hardest to lift first: all that is told, together.

        That is what the ``unless`` of a rule still asks for; without one, the only amount in its conditions that
        training or time can change. Nothing where there is no such thing, or where it takes more than one.

        Args:
            concluded: What is to be lifted.
            places: Where each complaint is, by the name of its fact. It is only said where there are several.
        """
        wanted: dict[tuple[Any, ...], tuple[Fact, Test]] = {}
        for one in concluded:
            firings = one.firings
            if len(firings) > 1:
                firings = sorted(firings, key=lambda firing: (-self.hardness(firing), firing.variant))
            for fact, test in filter(None, map(self.lifting, firings)):
                key = (fact, test.field, _WAYS[test.op]) if test.parameter is not None else (fact, test)
                if key not in wanted or (test.parameter is not None and self._asks_more(test, wanted[key][1])):
                    wanted[key] = fact, test
        pairs, told = list(wanted.values()), places if len(set(places.values())) > 1 else {}
        order = list(told)
        pairs.sort(key=lambda one: order.index(one[0].name) if one[0].name in told else -1)
        return tuple(dict.fromkeys(self._placed(fact, self.need(fact, test), told) for fact, test in pairs))

    def _placed(self, fact: Fact, need: str, places: Mapping[str, str]) -> str:
        """A condition with the place that it is about, where that is to be said."""
        place = places.get(fact.name)
        return need if place is None else self.say("need.at_place", place=place, need=need)

    def lifting(self, firing: Firing) -> tuple[Fact, Test] | None:
        """What would lift one firing: the test that its fact has to meet."""
        lifts = self._lifts[firing.variant]
        return None if lifts is None else (firing.facts[lifts[0]], lifts[1])

    def _asks_more(self, one: Test, other: Test) -> bool:
        """Whether one of two tests that want more of a field, or less of it, is met later than the other."""
        bound, than = (self.program.parameters[str(test.parameter)] for test in (one, other))
        if bound == than:
            return one.op in ("above", "below") and other.op not in ("above", "below")
        return (bound > than) == (_WAYS[one.op] == "more")

    def cite(self, told: Iterable[Reason | Referral]) -> tuple[SourceText, ...]:
        """The sources of what was told, cited in full, in id order."""
        ids = set().union(*[one.sources for one in told])
        return tuple([self._citations[name] for name in sorted(ids)])

    def _complaint(self, firing: Firing, key: str) -> Fact | None:
        for fact in firing.facts:
            if fact.kind == "complaint" and fact.values["key"] == key:
                return fact
        return None


def _names_of(firing: Firing) -> list[str]:
    """What the facts of a firing are called, but for the numbers of complaints."""
    return [_COMPLAINT.sub("c", fact.name) for fact in firing.facts]


def _complaints_of(firing: Firing) -> list[list[tuple[str, str]]]:
    """All that is told of the complaints of a firing, but for their numbers."""
    complaints = (fact.values for fact in firing.facts if fact.kind == "complaint")
    return [sorted((name, str(value)) for name, value in one.items() if name != "key") for one in complaints]


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


def _only_amount(pack: Pack, variant: Variant) -> tuple[int, Test] | None:
    """The only amount that a variant holds something back for, turned round, and its pattern's place.

    Of what somebody has to look at, nobody is told how to be rid of it.
    """
    if any(effect.type == "refer" for effect in pack.rules[variant.rule].effects):
        return None
    found = [
        (place, test.opposite())
        for place, pattern in enumerate(variant.patterns)
        for test in pattern.tests
        if test.parameter is not None and _passes(pack.kinds[test.kind].fields[test.field], test.op)
    ]
    return found[0] if len(found) == 1 else None


def _passes(field: Field, op: str) -> bool:
    """Whether training or time leads out of the amounts that a test holds something back for."""
    if field.change not in ("training", "time"):
        return False
    worse = "lower" if field.counts_time else field.worse
    return worse == ("higher" if op in ("above", "at_least") else "lower")


def each_once(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Reasons without those that read like an earlier one."""
    found: dict[tuple[str, str, tuple[str, ...]], Reason] = {}
    for one in reasons:
        found.setdefault((one.rule, one.because, one.saw), one)
    return tuple(found.values())
