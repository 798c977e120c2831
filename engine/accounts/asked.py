"""What somebody asks about: by a name, a few words, or its place in the answer. Whatever is printed is understood.

``dose goblet squat``, ``limit sets``, ``stage of achilles``, ``plyo/low``, ``monday``, ``A vs B``, ``/sessions/0``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from prehab.accounts.models import AccountKind
from prehab.fact import Fact
from prehab.facts import position_of
from prehab.graph.called import Called
from prehab.graph.faults import Fault, InputError, nearest
from prehab.named import gate_meant, plainly, stage_meant
from prehab.recommendation import Recommendation
from prehab.rules.pack import Pack
from prehab.week import WEEKDAYS

__all__ = ["DAYS", "WHOLE", "Asked", "Asking", "words_after"]

WHOLE = ("status", "week", "running", "referral", "daily", "stage")
"""What there is one of, and is asked for by its name."""

WITH_NAME = ("dose", "limit", "stage", "choice")
"""Words that stand before a name."""

DAYS = dict(zip(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), WEEKDAYS, strict=True))

SAME = {
    "headline": "status", "urgency": "status", "phase": "status", "phases": "status", "run": "running",
    "sessions": "week", "plan": "week", "sessions_per_week": "week", "referrals": "referral", "daily_work": "daily",
    "treatment": "stage", "stages": "stage",
}  # fmt: skip
"""Other words for them."""

PARTS = {"uncovered": "week", "filters": "week", "notes": "week", "allowed": "week"}
"""Parts of an answer that are told of with something else."""

NEAR = 0.8
"""How alike (0 to 1) a word is that is offered before any exercise."""

VERSUS = re.compile(r"\s+(?:vs\.?|versus|against|instead\s+of|rather\s+than)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked about.

    Attributes:
        kind: What kind of thing.
        about: The words that ask for it again.
        key: The id of the exercise, gate, rule, channel or stage; the day; empty where there is one of the kind.
        place: The place in the week of an exercise that is asked about there, or the number of a session or a question.
        other: The exercise that another one is held against.
        sore: The complaints whose stage is asked for.
    """

    kind: AccountKind
    about: str
    key: str = ""
    place: str = ""
    other: str | None = None
    sore: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """Understands what is asked of one answer.

    Args:
        pack: The pack.
        exercises: The exercises and what they are called.
        injuries: The injuries and what they are called.
        close: Which exercises a name that is not known may mean.
        waits_for: The gate that an exercise waits for.
        answer: What was said.
        sore: The complaints.
    """

    pack: Pack
    exercises: Called
    injuries: Called
    close: Callable[[str], tuple[str, ...]]
    waits_for: Callable[[str], str | None]
    answer: Recommendation
    sore: list[Fact]

    def meant(self, text: str) -> Asked:
        """What somebody means.

        Raises:
            InputError: It is nothing that can be explained, or several things; what is near is named.
        """
        text = " ".join(text.split())
        key = self.exercises.meant(text)
        if key is not None:
            return Asked("exercise", key, key)
        said = plainly(text).strip("/")
        first, _, rest = said.partition("/")
        if text in self.pack.gates:
            return Asked("gate", text, text)
        if text.startswith("/") or (rest and first in (*SAME, *PARTS, "daily", "withheld", "asks", "advice")):
            return self._at(text, said.split("/"))
        found = self._whole(text, SAME.get(said, said)) or self._between(text) or self._with_word(text)
        return found or self._named(text) or self._unknown(text)

    # -- by words -----------------------------------------------------------------------------------------------------

    def _whole(self, text: str, said: str) -> Asked | None:
        if said == "stage":
            return self._stage(text, self.sore)
        if said in WHOLE:
            return self._checked(text, Asked(said, said))  # type: ignore[arg-type]
        day = self._days().get(said, said)
        if day in WEEKDAYS:
            return Asked("day", day, day)
        say, session = self.pack.messages, said.removeprefix("session_")
        for number, one in enumerate(self.answer.sessions):
            if one.name.lower() == session or plainly(say("account_day.session", name=one.name)) == said:
                return Asked("day", f"/sessions/{number}", one.day or "", str(number))
        return None

    def _days(self) -> dict[str, str]:
        """The days by their names, in English and in the language of the answer."""
        say = self.pack.messages
        named = {plainly(say(f"weekday.{day}")): day for day in WEEKDAYS}
        return {**named, **{plainly(say(f"day.{day}")): day for day in WEEKDAYS}, **DAYS}

    def _checked(self, text: str, asked: Asked) -> Asked:
        if asked.kind == "running" and self.answer.running is None:
            raise self._fault(text, "nothing is said about running here", ())
        if asked.kind == "daily" and self.answer.daily is None:
            raise self._fault(text, "there is no daily work in this week", ())
        return asked

    def _between(self, text: str) -> Asked | None:
        parts = VERSUS.split(text.removeprefix("choice "))
        if len(parts) != 2:
            return None
        one, other = map(self._exercise, parts)
        return Asked("choice", f"{one} vs {other}", one, other=other)

    def _with_word(self, text: str) -> Asked | None:
        """A word that says what kind of thing is meant, and its name."""
        word, _, name = text.partition(" ")
        word, name = word.lower(), name.removeprefix("of ")
        if not name:
            return None
        if word == "dose":
            key = self._exercise(name)
            return Asked("dose", f"dose {key}", key)
        if word == "choice":
            key = self._exercise(name)
            return Asked("choice", f"choice {key}", key)
        if word == "limit" and (channel := self._channel(name)):
            return Asked("limit", f"limit {channel}", channel)
        if word == "stage":
            return self._stage_of(name)
        if word in ("gate", "rule", "exercise", "day", "session"):
            return self.meant(name)
        return None

    def _named(self, text: str) -> Asked | None:
        """The name of a gate, a rule, a channel, an injury or a stage."""
        gate = gate_meant(self.pack, text)
        if gate is not None:
            return Asked("gate", gate, gate)
        if text in self.pack.by_id:
            return Asked("rule", text, text)
        channel = self._channel(text)
        if channel is not None:
            return Asked("limit", f"limit {channel}", channel)
        return self._stage_of(text)

    def _stage_of(self, text: str) -> Asked | None:
        """The stage that a complaint is in, by its injury or its region; or a stage by its name."""
        found = stage_meant(self.pack, lambda: self.sore, text)
        if found is not None:
            facts, stage = found
            return Asked("stage", f"{position_of(facts[0].name) + 1}/{stage}", stage, sore=tuple(facts))
        said = plainly(text).removeprefix("the_")
        injury = self.injuries.meant(text)
        catalogue = self.pack.catalogue
        regions = [one.words["regions"] for one in (catalogue, catalogue.origin or catalogue)]
        sore = [
            fact
            for fact in self.sore
            if fact.values["injury"] in (injury, said)
            or said == fact.values["region"]
            or said in (plainly(str(words[fact.values["region"]]["name"])) for words in regions)
        ]
        if sore:
            return self._stage(text, sore)
        if injury is not None:
            name = self.pack.catalogue.injuries[injury].name
            raise self._fault(text, f"{name} is not among the complaints", tuple(map(self._name_of, self.sore)))
        return None

    def _stage(self, text: str, sore: list[Fact]) -> Asked:
        if not sore:
            raise self._fault(text, "nothing is sore here, so there is no stage", ())
        if len({position_of(fact.name) for fact in sore}) > 1:
            raise self._fault(text, "there is more than one complaint", tuple(map(self._name_of, sore)))
        about = self._name_of(sore[0]) if len(sore) == 1 else f"/complaints/{position_of(sore[0].name)}"
        return Asked("stage", about, sore=tuple(sore))

    def _name_of(self, fact: Fact) -> str:
        """The words that ask for the stage of a complaint."""
        alike = [one for one in self.sore if one.values["injury"] == fact.values["injury"]]
        if len({position_of(one.name) for one in alike}) == 1:
            return f"stage {fact.values['injury']}"
        return f"/complaints/{position_of(fact.name)}"

    def _channel(self, text: str) -> str | None:
        said = plainly(text)
        return said if said in self.pack.channels else None

    def _exercise(self, text: str) -> str:
        key = self.exercises.meant(text)
        if key is None:
            raise self._fault(text, f"unknown exercise `{text}`", (), self.close(text), code="unknown-exercise")
        return key

    # -- by place -----------------------------------------------------------------------------------------------------

    def _at(self, text: str, parts: list[str]) -> Asked:
        """What stands at a place of the answer, or the nearest around it that can be explained."""
        first, *rest = parts
        numbers = [int(part) for part in rest if part.isdigit()]
        if first in ("sessions", "daily") and rest:
            return self._in_week(text, first, rest, numbers)
        if first in ("treatment", "complaints") and numbers:
            if first == "treatment":
                self._within(text, numbers[0], len(self.answer.treatment), first)
                treated = self.answer.treatment[numbers[0]]
                here = [f for f in self.sore if position_of(f.name) == treated.complaint]
                sore = [f for f in here if f.values["injury"] == treated.injury]
            else:
                sore = [f for f in self.sore if position_of(f.name) == numbers[0]]
                self._within(text, numbers[0], len({position_of(f.name) for f in self.sore}), first)
            return Asked("stage", f"/{first}/{numbers[0]}", sore=tuple(sore))
        if first in ("referrals", "advice", "withheld", "asks") and numbers:
            entries = getattr(self.answer, first)
            self._within(text, numbers[0], len(entries), first)
            if first == "asks":
                return Asked("question", f"/asks/{numbers[0]}", place=str(numbers[0]))
            if first == "withheld":
                return self._withheld(numbers[0])
            rule = entries[numbers[0]].rule
            return Asked("rule", rule, rule)
        said = SAME.get(first, PARTS.get(first, first))
        if first == "limits" and rest and (channel := self._channel(rest[0])):
            return Asked("limit", f"limit {channel}", channel)
        found = self._whole(text, said)
        if found is None:
            raise self._unknown_fault(text)
        return found

    def _in_week(self, text: str, first: str, rest: list[str], numbers: list[int]) -> Asked:
        entries: tuple[str, ...]
        if first == "daily":
            if self.answer.daily is None:
                raise self._fault(text, "there is no daily work in this week", ())
            entries, place = tuple(one.exercise for one in self.answer.daily.exercises), "/daily"
        else:
            if not numbers:
                return Asked("week", "week")
            number = numbers.pop(0)
            self._within(text, number, len(self.answer.sessions), first)
            session = self.answer.sessions[number]
            place = f"/sessions/{number}"
            if len(rest) > 1 and rest[1] == "blocks" and numbers:
                block = numbers.pop(0)
                self._within(text, block, len(session.blocks), "blocks")
                before = sum(len(one.exercises) for one in session.blocks[:block])
                numbers = [number + before for number in numbers]
            entries = tuple(one.exercise for one in session.exercises)
            if not numbers:
                return Asked("day", place, session.day or "", str(number))
        if not numbers:
            return Asked("daily", "daily")
        self._within(text, numbers[0], len(entries), "exercises")
        key, here = entries[numbers[0]], f"{place}/exercises/{numbers[0]}"
        if "dose" in rest:
            return Asked("dose", f"{here}/dose", key, here)
        return Asked("exercise", key, key)

    def _withheld(self, number: int) -> Asked:
        group = self.answer.withheld[number]
        if group.rule is not None:
            return Asked("rule", group.rule, group.rule)
        gate = self.waits_for(group.exercises[0]) if group.kind == "gate" else None
        if gate is not None:
            return Asked("gate", gate, gate)
        return Asked("exercise", group.exercises[0], group.exercises[0])

    def _within(self, text: str, number: int, count: int, what: str) -> None:
        if number >= count:
            there = f"/{what}/0 to /{what}/{count - 1}" if count else "none"
            message = f"there is no number {number} among the {what} here, which are counted from 0"
            raise InputError([Fault("unknown-target", message, value=text, help=f"There: {there}.")])

    # -- what is not understood ---------------------------------------------------------------------------------------

    def _unknown(self, text: str) -> Asked:
        raise self._unknown_fault(text)

    def _unknown_fault(self, text: str) -> InputError:
        words = (word for word in words_after((), self.pack).keys() - self.exercises if ("." in word) == ("." in text))
        limits = (f"limit {channel}" for channel in self.pack.channels)
        said, others = plainly(text), sorted((*words, *DAYS, *limits))
        near = (*get_close_matches(said, others, 1, NEAR), *(self.close(text) or nearest(said, others)))
        return self._fault(text, f"unknown exercise `{text}`", (), tuple(dict.fromkeys(near)), code="unknown-exercise")

    def _fault(
        self,
        text: str,
        message: str,
        allowed: tuple[str, ...],
        near: tuple[str, ...] = (),
        code: str = "unknown-target",
    ) -> InputError:
        lists = "`prehab list exercises` names them all, `prehab explain --help` what else can be asked."
        return InputError([
            Fault(code, message, value=text, allowed=allowed, did_you_mean=near, help=None if allowed else lists)
        ])  # fmt: skip


def words_after(before: tuple[str, ...], pack: Pack) -> dict[str, str]:
    """The words that may come next, with what they mean, after those that were said."""
    catalogue = pack.catalogue
    if before:
        word = before[-1].lower()
        tables = {"dose": "exercises", "choice": "exercises", "vs": "exercises", "stage": "injuries"}
        if word == "limit":
            return dict.fromkeys(pack.channels, "")
        if word in tables:
            return dict(catalogue.names(tables[word]))
        return {"vs": "another exercise"} if before[0] in catalogue.exercises else {}
    gates = {name: gate.name for name, gate in pack.gates.items()}
    rules = {rule.id: rule.because for rule in pack.rules}
    words = dict.fromkeys((*WHOLE, *WITH_NAME, *WEEKDAYS), "")
    return {**words, **gates, **rules, **catalogue.names("exercises")}
