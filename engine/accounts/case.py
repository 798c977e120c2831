"""What was decided for one runner, and the sentences that every account is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from prehab.accounts.models import Part, PartKind, Point
from prehab.conditions import amount, places_of, plain
from prehab.decide import Bound, Concluded, Decider, Decisions
from prehab.explain import Explainer
from prehab.fact import Fact
from prehab.graph.catalogue import Catalogue
from prehab.graph.schema import make
from prehab.lacking import Lacking
from prehab.reasons import Reasons, each_once
from prehab.recommendation import Condition, Given, Reason, Recommendation
from prehab.rules.language import Test
from prehab.rules.messages import Messages, capital
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import channel_word
from prehab.runner import Runner
from prehab.week import Pick, Planner, Week

__all__ = ["Case", "point"]

Asks = Literal["needs", "applies"]
"""Whether a rule needs something, or is a caution that applies when it is so."""

BOUNDS = ("at_least", "at_most", "above", "below")
"""The operators that hold a value against a bound."""


@dataclass(frozen=True)
class Case:
    """One runner with all that was decided and said: accounts are only made of this."""

    explainer: Explainer
    decider: Decider
    planner: Planner
    decisions: Decisions
    week: Week
    answer: Recommendation
    runner: Runner

    @property
    def pack(self) -> Pack:
        return self.explainer.pack

    @property
    def say(self) -> Messages:
        """The sentences of the language."""
        return self.explainer.pack.messages

    @property
    def catalogue(self) -> Catalogue:
        return self.explainer.pack.catalogue

    @property
    def reasons(self) -> Reasons:
        return self.explainer.reasons

    @property
    def lacking(self) -> Lacking:
        return self.explainer.lacking

    @property
    def stopped(self) -> bool:
        """Whether no exercise is given at all."""
        return self.decisions.status == "stop"

    @property
    def places(self) -> dict[str, str]:
        """Where each complaint is, by the name of its fact."""
        complaints = self.decisions.inference.facts.by_kind["complaint"]
        return places_of(self.say, self.catalogue.words, complaints, self.runner.complaints)

    def bit(self, exercise: str) -> int:
        return self.explainer.bits[exercise]

    def name(self, bit: int) -> str:
        return self.planner.exercises[bit].name

    def given(self) -> Iterator[tuple[str, Given, Pick]]:
        """Every exercise of the week: its place in the answer, what is said of it, and what the planner chose."""
        if self.answer.daily is not None:
            for number, (one, work) in enumerate(zip(self.answer.daily.exercises, self.week.daily, strict=True)):
                yield f"/daily/exercises/{number}", one, work.pick
        for place, (session, picked) in enumerate(zip(self.answer.sessions, self.week.sessions, strict=True)):
            for number, one in enumerate(session.exercises):
                pick = next(pick for pick in picked.picks if self.catalogue.ids[pick.bit] == one.exercise)
                yield f"/sessions/{place}/exercises/{number}", one, pick

    # -- points -------------------------------------------------------------------------------------------------------

    def ruled(self, concluded: Iterable[Concluded], *, about: bool = True) -> tuple[Point, ...]:
        """A point for each conclusion, the hardest to lift first; those that read the same, once."""
        told = each_once(map(self.reasons.of, self.reasons.ordered(list(concluded))))
        return tuple(self.because(one, about=about) for one in told)

    def because(self, told: Reason, *, about: bool = True, title: str | None = None) -> Point:
        """A point that a rule makes."""
        return make(Point, says=told.because, title=title, about=told.rule if about else None, reasons=(told,))

    def ways(self, title: str, variants: Iterable[tuple[int, dict[str, str]]]) -> tuple[Part, ...]:
        """Rules that did not fire, the nearest to it first, each with what it lacks."""
        found = (self.lacks(title, number, bound) for number, bound in variants)
        return tuple(sorted((part for part in found if part.points), key=lambda part: len(part.points)))

    def lacks(self, title: str, variant: int, bound: dict[str, str]) -> Part:
        """A rule that did not fire, with each thing that it lacks, through the gates that it rests on."""
        rule = self.pack.rules[self.explainer.program.source[variant].rule]
        asks: Asks = "applies" if rule.side == "caution" else "needs"
        points = self._underived(variant) if rule.side == "caution" else ()
        if not points:
            closing, tests = self.lacking.leaves(variant, self.decisions, bound)
            needed = dict.fromkeys(self.needed(fact, test, asks) for fact, test in tests)
            points = (*self.ruled(closing), *needed)
        because = None if "{" in rule.because else self.say("account.once", because=rule.because)
        return make(Part, kind="lacks", title=title, says=because, rule=rule.id, points=points)

    def _underived(self, variant: int) -> tuple[Point, ...]:
        """What no rule concludes, and a variant looks for: that is told in place of all that would lead to it."""
        derived, found = self.pack.derived, self.decisions.inference.facts.by_kind
        kinds = dict.fromkeys(pattern.kind for pattern in self.explainer.program.source[variant].patterns)
        return tuple(
            make(Point, says=self.say("account.not_concluded", what=derived[kind].says), stands="unmet")
            for kind in kinds
            if kind in derived and not found[kind]
        )

    def needed(self, fact: Fact, test: Test, asks: Asks = "needs") -> Point:
        """What a test asks for and does not find, in a sentence."""
        condition = self.reasons.condition(fact, test)
        about = condition.fact if condition.kind == "gate" else None
        stands = "unknown" if condition.told is None else "unmet"
        said = self._needed(fact, condition, asks)
        return make(Point, says=said, stands=stands, about=about, conditions=(condition,))

    def kept(self, conditions: Iterable[Condition]) -> tuple[Point, ...]:
        """What has to stay as it is for a rule to go on applying, each value once."""
        found: dict[str, Point] = {}
        for one in conditions:
            if one.field is None or one.kind not in self.pack.kinds or self._is_fixed(one):
                continue
            if one.operator in BOUNDS:
                wanted = self._bound(one, one.unit)
            elif one.words:
                wanted = self._any_of(one)
                wanted = self.say("account.not", words=wanted) if one.operator == "is_not" else wanted
            else:
                continue
            text = self.say("account.has_to_stay", told=capital(self._is_now(one.label, one)), wanted=wanted)
            stands = "unknown" if one.told is None else "met" if one.met else "unmet"
            found.setdefault(text, make(Point, says=text, stands=stands, conditions=(one,)))
        return tuple(found.values())

    def _is_fixed(self, one: Condition) -> bool:
        """Whether a condition is about something that never changes, such as what a complaint is."""
        return one.field is not None and self.pack.kinds[one.kind].fields[one.field].always

    def _is_now(self, what: str, one: Condition) -> str:
        """What was told of something."""
        if one.told is None:
            return self.say("account.untold", what=what)
        value = amount(one.told, _of_ten(one.unit), self.say)
        return self.say("account.now", what=what, value=value)

    def _bound(self, one: Condition, unit: str | None) -> str:
        return self.say(f"bound.{one.operator}", value=amount(one.bound, unit, self.say))

    def _any_of(self, one: Condition) -> str:
        """The words of a condition, one of which is wanted."""
        return self.say("joining.or").join(plain(word, self.say) for word in one.words)

    def _needed(self, fact: Fact, one: Condition, asks: Asks) -> str:
        """What is so, and what a rule needs; or of a caution, when it applies."""
        if one.kind == "gate":
            return self.say("account.gate_closed", gate=capital(one.label))
        told, unit = self._told(fact, one)
        many = False
        if one.operator in BOUNDS:
            wanted = self._bound(one, unit)
            if asks == "needs" and one.operator in ("at_most", "below"):
                return self.say("account.has_to_be", told=told, wanted=wanted)
            many = _of_ten(unit) is None
        elif one.words:
            wanted = self._any_of(one)
            wanted = self.say("account.anything_but", words=wanted) if one.operator == "is_not" else wanted
        else:
            wanted = self.say("account.an_answer" if one.operator == "known" else "account.no_answer")
        if asks == "applies":
            return self.say("account.applies_at", told=told, wanted=wanted)
        return self.say("account.are_needed" if many else "account.is_needed", told=told, wanted=wanted)

    def _told(self, fact: Fact, one: Condition) -> tuple[str, str | None]:
        """What is so of a fact, in the words of the vocabulary where it has some; and the unit of what is needed.

        Of the weaker leg it is told which one that is, and of what cannot be true that it is read the careful way.
        """
        kind, name, key, label = fact.kind, str(one.field), fact.name, one.label
        about = self.pack.aggregates.get(kind)
        if about is not None:
            of, _, inner = about.fields[name.removesuffix("_so_far")].of.partition(".")
            facts = self.decisions.inference.facts.by_kind[of] if inner else []
            those = [each for each in facts if each.values.get(inner) == one.told]
            if len(those) == 1:
                fact = those[0]
                kind, name, key = of, inner, fact.name
                label = self.reasons.label(kind, key, name)
        place = f"{self.place(fact)}: " if kind == "complaint" and len(self.runner.complaints) > 1 else ""
        says = self.pack.kinds[kind].fields[name].says if kind in self.pack.kinds else None
        of_each = says is not None and "{key}" in says and kind in self.pack.aggregates  # it is told of one leg alone
        if one.told is None or says is None or of_each:
            told, unit = self._is_now(place + label, one), one.unit
        else:
            said = says.replace("{key}", self.say.word(key)).replace("{value}", plain(one.told, self.say))
            told, unit = place + said, _of_ten(one.unit)
        careful = one.told is not None and self._is_careful(kind, key, name, one.told)
        return capital(self.say("account.careful", told=told) if careful else told), unit

    def _is_careful(self, kind: str, key: str, name: str, value: object) -> bool:
        """Whether a value is the worst there is, though another was told: beside what is worse it cannot be true."""
        if kind not in self.pack.kinds or not self.reasons.fields.has_place(kind, name):
            return False
        field = self.pack.kinds[kind].fields[name]
        if field.worse == "neither" or value != field.worst():
            return False
        told: object = self.runner
        for part in self.reasons.fields.about(kind, key, name)[1:].split("/"):
            told = told[int(part)] if isinstance(told, tuple) and part.isdigit() else getattr(told, part, None)
        return told not in (None, value, "not_assessed")

    def place(self, complaint: Fact) -> str:
        """Where a complaint is, as the runner would call it."""
        return self.places[complaint.name]

    def part(self, kind: PartKind, title: str, points: Iterable[Point]) -> tuple[Part, ...]:
        """A part with points; none where there are none."""
        made = tuple(points)
        return (make(Part, kind=kind, title=title, points=made),) if made else ()

    # -- words --------------------------------------------------------------------------------------------------------

    def listed(self, words: Sequence[str]) -> str:
        """Words in a row: a, b and c."""
        return self.say("joining.and").join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""

    def span(self, span: Sequence[float]) -> str:
        """From and to, or one number where they are the same."""
        least, most = (f"{end:g}" for end in span)
        return least if least == most else self.say("account.span", least=least, most=most)

    def some(self, mask: int, most: int = 3) -> str:
        """How many exercises these are, and the names of the first; nothing where there are none."""
        names = [self.catalogue.exercises[key].name for key in self.pack.ids(mask)]
        more = [self.say("count.more", count=len(names) - most)] if len(names) > most else []
        told = self.say("count.exercises", count=len(names))
        return f"{told} ({self.listed([*names[:most], *more])})" if names else ""

    def channel(self, channel: str) -> str:
        """What a channel is called."""
        return capital(self.say.word(channel_word(channel)))

    def bounded(self, bound: Bound) -> str:
        """A bound in words, with the parameter that it comes from."""
        channel, data = self.pack.channels[bound.channel], bound.concluded.effect.data
        value = amount(bound.value, None if channel.unit == "word" else channel.unit, self.say)
        name = data.get("at_most", data.get("at_least"))
        named = f" ({name})" if name in self.pack.parameters else ""
        return self.say("bound.at_most" if channel.safe == "cap" else "bound.at_least", value=value + named)


def _of_ten(unit: str | None) -> str | None:
    """A unit of a scale to ten; none of others."""
    return unit if unit is not None and unit.endswith("0-10") else None


def point(text: str, *, title: str | None = None, about: str | None = None, reasons: Iterable[Reason] = ()) -> Point:
    """A point that is so."""
    return make(Point, says=capital(text), title=title, about=about, reasons=tuple(reasons))
