"""A plan as the judge reads it: every exercise with its place, its days and its minutes, counted anew."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prehab.graph.index import union
from prehab.graph.schema import make
from prehab.judge.bounds import AMOUNTS, WEEKDAYS, Bounds
from prehab.judge.names import Names
from prehab.judge.plan import OtherWork, Plan, PlannedExercise
from prehab.rules.messages import Messages

__all__ = ["WEEKDAYS", "Item", "Path", "Raw", "Remedy", "Seen", "Step", "hours_until"]

KEY_KINDS = ("long", "hard", "race")

Path = tuple[str | int, ...]
Step = tuple[str, Path, Any]
"""``add`` or ``remove``, where, and what is put there; or ``move``, whereto, and wherefrom."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way to put something right."""

    says: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """A finding before its repair is known; ``remedies`` are tried in order. ``short`` is by how much it is thin."""

    code: str
    at: Path
    says: str
    because: str
    rule: str | None = None
    names: tuple[str, ...] = ()
    short: int = 1
    remedies: Callable[[], Iterable[Remedy]] = tuple


@dataclass(frozen=True, slots=True)
class Item:
    """One exercise of a plan: in a session, or else on so many other days. ``bit`` is None where nobody knows it."""

    path: Path
    planned: PlannedExercise
    bit: int | None
    minutes: int
    session: int | None = None
    days: tuple[str, ...] = ()
    often: tuple[int, int] = (1, 1)
    times: int = 1

    @property
    def mask(self) -> int:
        """The exercise as a mask; none where nobody knows it."""
        return 0 if self.bit is None else 1 << self.bit

    def drop(self) -> Step:
        """The step that takes it out."""
        return ("remove", self.path, None)


@dataclass(slots=True)
class Seen:
    """A plan for one runner."""

    plan: Plan
    bounds: Bounds
    names: Names
    items: list[Item] = field(default_factory=list)
    by_session: list[list[Item]] = field(default_factory=list)
    others: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, session in enumerate(self.plan.sessions):
            days: tuple[str, ...] = (session.day,) if session.day else ()
            self.by_session.append([
                self._item(("sessions", number, "exercises", place), planned, number, days)
                for place, planned in enumerate(session.exercises)
            ])  # fmt: skip
        for place, work in enumerate(self.plan.other_days):
            days = tuple(dict.fromkeys(work.days))
            self.others.append(self._item(("other_days", place), work, None, days, _often(work), work.times_per_day))
        self.items = [*(item for items in self.by_session for item in items), *self.others]

    def _item(
        self,
        path: Path,
        planned: PlannedExercise,
        session: int | None,
        days: tuple[str, ...],
        often: tuple[int, int] = (1, 1),
        times: int = 1,
    ) -> Item:
        bit = self.names.bit(planned.exercise)
        return Item(path, planned, bit, self._minutes(planned, bit), session, days, often, times)

    # -- time ---------------------------------------------------------------------------------------------------------

    def _minutes(self, planned: PlannedExercise, bit: int | None) -> int:
        """How long an exercise takes, rests and change-over included, in whole minutes, rounded up."""
        numbers = self.bounds.numbers
        dosage = None if bit is None else self.bounds.dosage(bit)
        sets = planned.sets or (int(dosage.spans["sets"].least) if dosage else 1)
        if planned.contacts:
            work = planned.contacts * numbers["session.contact_s"] / sets
        elif planned.hold_s:
            work = planned.hold_s
        else:
            work = (planned.reps or 0) * (dosage.rep_s if dosage else numbers["session.rep_s"])
        if bit is not None and self.bounds.exercises[bit].sides != "both":
            work *= 2
        rest = planned.rest_s if planned.rest_s is not None else dosage.rest_s if dosage else 0
        seconds = sets * work + (sets - 1) * rest + numbers["session.change_over_s"]
        return math.ceil((seconds + planned.ramp_sets * numbers["session.ramp_set_s"]) / 60)

    def minutes_of(self, fields: dict[str, Any], bit: int | None) -> int:
        """The minutes of an exercise that is not in the plan yet, by its fields."""
        return self._minutes(make(PlannedExercise, **fields), bit)

    @property
    def told_minutes(self) -> int | None:
        """The minutes that the runner has for a session."""
        return self.bounds.runner.strength.minutes_per_session

    @property
    def usual_minutes(self) -> int:
        """The same, or what is assumed where he does not say; no more than rules allow."""
        told = self.told_minutes
        bound = self.bounds.decisions.runner_bounds.get("session_minutes")
        minutes = self.bounds.numbers["session.default_minutes"] if told is None else told
        return int(minutes if bound is None else min(minutes, bound.value))

    def warm_up(self, number: int) -> float:
        """The minutes of a session's warm-up; those that are usual where the plan does not say."""
        told = self.plan.sessions[number].warm_up_min
        return self.usual_warm_up() if told is None else told

    def usual_warm_up(self) -> float:
        """The minutes that a warm-up takes in the time there is."""
        short = self.usual_minutes <= self.bounds.numbers["session.short_minutes"]
        return self.bounds.numbers["session.short_warm_up_min" if short else "session.warm_up_min"]

    def length(self, number: int) -> float:
        """The minutes of a session."""
        return self.warm_up(number) + sum(item.minutes for item in self.by_session[number])

    def left(self, day: str | None) -> float:
        """The minutes that a session may have beside the other work of its day; of any day where none is named.

        What is done on most days has a time of its own.
        """
        often = self.bounds.numbers["treatment.daily_days"]
        beside = sum(
            item.minutes * item.times
            for item in self.others
            if item.often[0] < often and (day is None or not item.days or day in item.days)
        )
        return max(self.usual_minutes - beside, self.usual_minutes // 2)

    def most_exercises(self, minutes: float) -> int:
        """How many exercises a session of so many minutes may hold."""
        numbers = self.bounds.numbers
        by_time = round(minutes / numbers["session.minutes_per_exercise"])
        return int(max(numbers["session.fewest_exercises"], min(numbers["session.most_exercises"], by_time)))

    # -- words --------------------------------------------------------------------------------------------------------

    @property
    def say(self) -> Messages:
        """The sentences of the pack's language."""
        return self.bounds.pack.messages

    def spoken(self, *days: str) -> str:
        """The names of days."""
        return ", ".join(self.say(f"weekday.{day}") for day in days)

    # -- days ---------------------------------------------------------------------------------------------------------

    def key_days(self) -> dict[str, str]:
        """The days of key runs and of a race within the week, each with what stands there."""
        found: dict[str, str] = dict.fromkeys(self.bounds.runner.running.key_days or (), self.say("judge.a_key_run"))
        for run in self.plan.runs:
            if run.day is not None and run.mode == "run" and run.kind in KEY_KINDS:
                found[run.day] = self.say("judge.a_race") if run.kind == "race" else self.say(f"judge.a_{run.kind}_run")
        left, today = self.bounds.days_to_race, self.bounds.runner.today
        if left is not None and today is not None and left < len(WEEKDAYS):
            found[WEEKDAYS[(today.weekday() + left) % 7]] = self.say("judge.the_race")
        return found

    def raced(self) -> frozenset[str]:
        """The day of a race and the day after it, where they are within the week: nothing is due on them."""
        left, today = self.bounds.days_to_race, self.bounds.runner.today
        if left is None or today is None:
            return frozenset()
        return frozenset(WEEKDAYS[(today.weekday() + day) % 7] for day in (left, left + 1) if day < len(WEEKDAYS))

    def free_days(self) -> tuple[str, ...]:
        """The days on which a session may stand: those that the runner has, and none in the last days before a race."""
        told = self.bounds.runner.strength.days
        left, today = self.bounds.days_to_race, self.bounds.runner.today
        last = len(WEEKDAYS) - 1
        gap = int(self.bounds.numbers["session.days_before_race"])
        if left is not None and left <= len(WEEKDAYS):
            if left < gap:
                return ()
            if today is not None:
                named = [WEEKDAYS[(today.weekday() + day) % 7] for day in range(min(left - gap, last) + 1)]
                return tuple(day for day in named if not told or day in told)
        return tuple(day for day in WEEKDAYS if not told or day in told)

    def protected(self, item: Item) -> float:
        """So many hours before a key run are to be kept clear of an exercise; 0 where that does not matter."""
        dosage = None if item.bit is None else self.bounds.dosage(item.bit)
        return dosage.hours("hours_before_key_run") if dosage else 0.0

    # -- what is in it ------------------------------------------------------------------------------------------------

    def mask(self, items: Iterable[Item] | None = None) -> int:
        """The exercises of some items, or of all."""
        return union(item.mask for item in (self.items if items is None else items))

    def able(self) -> list[Item]:
        """The exercises that may be done at all: of the others nothing else needs to be said."""
        return [item for item in self.items if item.mask & self.bounds.decisions.available]

    def days_of(self, bit: int) -> int:
        """On how many days a week an exercise stands at most."""
        return sum(item.often[1] for item in self.items if item.bit == bit)

    def name(self, item: Item) -> str:
        """What an exercise is called."""
        return item.planned.exercise if item.bit is None else self.bounds.exercises[item.bit].name

    def treats(self, item: Item) -> bool:
        """Whether an exercise is there for what hurts."""
        return item.bit is not None and bool(self.bounds.treating(item.bit))

    def spare(self, number: int) -> Iterator[Item]:
        """What a session may lose, the last first: what does not treat, then what does."""
        yield from sorted(self.by_session[number], key=lambda item: (self.treats(item), -int(item.path[-1])))


def _often(work: OtherWork) -> tuple[int, int]:
    """On how many days a week, from and to; where the plan does not say, it is taken to be daily."""
    if work.days:
        named = len(set(work.days))
        return named, max(named, work.days_per_week[1] if work.days_per_week else named)
    return (work.days_per_week[0], work.days_per_week[1]) if work.days_per_week else (7, 7)


def hours_until(day: str, key: str) -> int:
    """Hours from work on a day to the next run on a key day; on the same day the run comes first."""
    return ((WEEKDAYS.index(key) - WEEKDAYS.index(day)) % 7 or 7) * 24


def unit_of(planned: PlannedExercise) -> Sequence[str]:
    """The units that an exercise is dosed in."""
    return [name for name in AMOUNTS if getattr(planned, name) is not None]
