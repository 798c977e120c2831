"""From what is allowed to a week: days, sessions, doses. Deterministic, and able to say why this one and not that."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from typing import Any

from prehab.decide import Bound, Concluded, Decisions
from prehab.graph.schema import Exercise
from prehab.inference import binding
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.rules.vocabulary import Scheme
from prehab.runner import Runner

__all__ = ["WEEKDAYS", "Planner", "Requirement", "Week", "WeekSession"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something a session should cover, in order of importance."""

    order: float
    name: str
    mask: int
    concluded: Concluded


@dataclass(slots=True)
class Pick:
    """An exercise that was chosen, for what, and what stood next in line."""

    bit: int
    serves: list[Requirement]
    dose: Dose
    minutes: float
    score: float
    next_best: tuple[int, ...] = ()


@dataclass(slots=True)
class WeekSession:
    """The picks of one session. ``kept_clear`` tells that a key run was too near for heavy or springy leg work."""

    days: list[str]
    picks: list[Pick]
    minutes: float
    kept_clear: bool = False
    skipped: list[Requirement] = field(default_factory=list)


@dataclass(slots=True)
class Week:
    """Sessions, daily work, and what could not be covered."""

    sessions: list[WeekSession]
    count: int
    daily: list[Pick]
    uncovered: list[Requirement]
    requirements: list[Requirement]
    scores: dict[int, float]
    crowded: bool = False


class Planner:
    """Builds weeks for one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises: tuple[Exercise, ...] = tuple(pack.catalogue.exercises.values())
        self.slot_order = {slot: i for i, slot in enumerate(pack.catalogue.words["slots"])}
        self.patterns = pack.catalogue.words["patterns"]
        self._load_words = list(pack.channels["external_load"].values)

    # -- the week ---------------------------------------------------------------------------------------------------

    def week(self, decisions: Decisions, runner: Runner) -> Week:
        """The week for what was decided."""
        requirements = self.requirements(decisions)
        scores = self.scores(decisions)
        if decisions.status == "stop":
            return Week([], 0, [], requirements, requirements, scores)
        available = decisions.available
        daily_mask = 0
        for name, mask in decisions.schemes.items():
            if self.program.pack.schemes[name].daily:
                daily_mask |= mask
        uncovered = [r for r in requirements if not r.mask & available]
        daily = self._daily(decisions, available & daily_mask, available, requirements, scores)
        covered = {id(r) for pick in daily for r in pick.serves}
        wanted = [r for r in requirements if r.mask & available & ~daily_mask and id(r) not in covered]
        count = self.count(decisions, runner)
        key_days = runner.running.key_days
        days, crowded = _choose_days(count, tuple(sorted(set(key_days or ()))), self._hours(decisions)) if key_days else ((), False)
        sessions: list[WeekSession] = []
        used: dict[int, int] = {}
        before: set[int] = set()
        springy_days: list[int] = []
        for number in range(count):
            day = WEEKDAYS.index(days[number]) if days else None
            pool = available & ~daily_mask
            near = day is not None and not self._clear(day, key_days or (), self._hours(decisions))
            if near:
                pool &= ~self._protected(decisions)
            if day is not None:
                pool &= ~self._spaced_out(decisions, day, springy_days)
            pool &= ~self._used_up(decisions, used)
            session = self._session(decisions, pool, wanted, scores, before, runner)
            session.days = [days[number]] if days else []
            session.kept_clear = near
            if not session.picks:
                continue
            before = {pick.bit for pick in session.picks}
            for bit in before:
                used[bit] = used.get(bit, 0) + 1
            if day is not None and any("spacing_h" in decisions.bounds_of(bit) for bit in before):
                springy_days.append(day)
            sessions.append(session)
        return Week(_grouped(sessions), len(sessions), daily, uncovered, requirements, scores, crowded)

    def requirements(self, decisions: Decisions) -> list[Requirement]:
        """What a session should cover, most important first."""
        found = [
            Requirement(self.program.parameters[c.effect.data["order"]], self._name(c), c.mask, c)
            for c in decisions.of("require")
        ]
        return sorted(found, key=lambda r: r.order)

    def scores(self, decisions: Decisions) -> dict[int, float]:
        """The summed weight of what prefers each available exercise."""
        scores: dict[int, float] = {}
        available = decisions.available
        for concluded in decisions.of("prefer"):
            weight = self.program.parameters[concluded.effect.data["weight"]]
            for bit in _bits(concluded.mask & available):
                scores[bit] = scores.get(bit, 0) + weight
        return scores

    def count(self, decisions: Decisions, runner: Runner) -> int:
        """Sessions a week: what the runner has time for, inside what the rules allow."""
        bounds = decisions.runner_bounds
        most = int(bounds["sessions_per_week"].value) if "sessions_per_week" in bounds else 7
        usual = int(bounds["usual_sessions"].value) if "usual_sessions" in bounds else most
        told = runner.strength.sessions_per_week
        return min(most, usual if told is None else told)

    def _name(self, concluded: Concluded) -> str:
        name = str(concluded.effect.data["name"])
        if "{" in name:
            for variable, value in binding(self.program, concluded.firing).items():
                name = name.replace("{" + variable[1:] + "}", value)
        return name

    # -- daily work -------------------------------------------------------------------------------------------------

    def _daily(
        self, decisions: Decisions, pool: int, available: int, requirements: list[Requirement], scores: dict[int, float]
    ) -> list[Pick]:
        bound = decisions.runner_bounds.get("daily_blocks")
        if not pool or (bound is not None and bound.value < 1):
            return []
        picks: list[Pick] = []
        for requirement in requirements:
            if any(requirement.mask >> pick.bit & 1 for pick in picks):
                continue
            best = self._ranked(requirement.mask & pool, scores, requirements, set())
            everything = self._ranked(requirement.mask & available, scores, requirements, set())
            if not best or everything[0] != best[0]:
                continue
            pick = self._pick(decisions, best[0], requirements, scores, short=False, used=0)
            if pick is not None:
                pick.next_best = tuple(best[1:4])
                picks.append(pick)
        return picks

    # -- one session ------------------------------------------------------------------------------------------------

    def _session(
        self, decisions: Decisions, pool: int, wanted: list[Requirement], scores: dict[int, float], before: set[int],
        runner: Runner,
    ) -> WeekSession:  # fmt: skip
        told = runner.strength.minutes_per_session
        budget = float(told) if told is not None else self.program.parameters["session.default_minutes"]
        session = self._fill(decisions, pool, wanted, scores, before, budget, short=False)
        if session.skipped:
            shorter = self._fill(decisions, pool, wanted, scores, before, budget, short=True)
            if len(shorter.skipped) < len(session.skipped):
                session = shorter
        return session

    def _fill(
        self, decisions: Decisions, pool: int, wanted: list[Requirement], scores: dict[int, float], before: set[int],
        budget: float, *, short: bool,
    ) -> WeekSession:  # fmt: skip
        picks: list[Pick] = []
        skipped: list[Requirement] = []
        chosen = 0
        contacts = 0.0
        minutes = 0.0
        most = int(self.program.parameters["session.most_exercises"])
        for requirement in wanted:
            if requirement.mask & chosen:
                continue
            ranked = self._ranked(requirement.mask & pool, scores, wanted, before)
            if not ranked:
                continue
            if len(picks) >= most:
                skipped.append(requirement)
                continue
            for bit in ranked:
                pick = self._pick(decisions, bit, wanted, scores, short=short, used=contacts)
                if pick is None:
                    continue
                if picks and minutes + pick.minutes > budget:
                    continue
                pick.next_best = tuple(other for other in ranked if other != bit)[:3]
                picks.append(pick)
                chosen |= 1 << bit
                minutes += pick.minutes
                contacts += pick.dose.contacts[1] if pick.dose.contacts else 0
                break
            else:
                skipped.append(requirement)
        picks.sort(key=lambda p: (self.slot_order[self.patterns[self.exercises[p.bit].pattern]["slot"]], p.bit))
        return WeekSession([], picks, minutes, skipped=skipped)

    def _ranked(
        self, mask: int, scores: dict[int, float], requirements: list[Requirement], before: set[int]
    ) -> list[int]:
        slight = self.program.parameters["prefer.slight"]

        def key(bit: int) -> tuple[float, int, int]:
            again = slight if bit in before else 0.0
            serves = sum(1 for r in requirements if r.mask >> bit & 1)
            return again - scores.get(bit, 0.0), -serves, bit

        return sorted(_bits(mask), key=key)

    def _pick(
        self, decisions: Decisions, bit: int, requirements: list[Requirement], scores: dict[int, float], *, short: bool,
        used: float,
    ) -> Pick | None:  # fmt: skip
        dose = self.dose(decisions, bit, short=short, used=used)
        if dose is None:
            return None
        serves = [r for r in requirements if r.mask >> bit & 1]
        return Pick(bit, serves, dose, self._minutes(self.exercises[bit], dose), scores.get(bit, 0.0))

    # -- doses ------------------------------------------------------------------------------------------------------

    def dose(self, decisions: Decisions, bit: int, *, short: bool = False, used: float = 0) -> Dose | None:
        """The dose of an exercise: its scheme, narrowed by every bound. None when jumps have used up the contacts."""
        name = decisions.scheme_of(bit)
        if name is None:
            return None
        scheme = self.program.pack.schemes[name]
        bounds = decisions.bounds_of(bit)
        exercise = self.exercises[bit]
        sets = _narrow(scheme.sets, bounds.get("sets"), cap=True)
        if short:
            sets = (sets[0], sets[0])
        contacts = _narrow(scheme.contacts, bounds.get("contacts"), cap=True) if scheme.contacts else None
        if contacts is not None and used:
            contacts = (contacts[0], contacts[1] - used)
            if contacts[1] < contacts[0]:
                return None
        load = self._load(scheme, exercise, bounds.get("external_load"))
        text = scheme.load_text if load != "none" or scheme.load[1] == "none" else "body weight only"
        own = {"sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s", "external_load", "pain_limit"}
        return Dose.model_construct(
            scheme=name, sets=sets, reps=_span(scheme.reps),
            hold_s=_narrow(scheme.hold_s, bounds.get("hold_s"), cap=True) if scheme.hold_s else None,
            contacts=contacts, effort_rpe=_narrow(scheme.effort_rpe, bounds.get("effort_rpe"), cap=True),
            reps_in_reserve=_narrow(scheme.reps_in_reserve, bounds.get("reps_in_reserve"), cap=False)
            if scheme.reps_in_reserve else None,
            load=load, load_text=text, tempo=scheme.tempo, rest_s=(scheme.rest_s[0], scheme.rest_s[1]),
            pain_limit=min(scheme.pain_limit, bounds["pain_limit"].value) if "pain_limit" in bounds else scheme.pain_limit,
            bounds={channel: bound.value for channel, bound in sorted(bounds.items()) if channel not in own},
        )  # fmt: skip

    def _load(self, scheme: Scheme, exercise: Exercise, bound: Bound | None) -> str:
        if exercise.external_load == "none":
            return "none"
        most = self._load_words.index(scheme.load[1])
        if bound is not None:
            most = min(most, self._load_words.index(bound.value))
        return self._load_words[most]

    def _minutes(self, exercise: Exercise, dose: Dose) -> float:
        numbers = self.program.parameters
        sets = math.ceil(_middle(dose.sets))
        if dose.contacts:
            work = _middle(dose.contacts) * numbers["session.contact_s"] / sets
        elif dose.hold_s:
            work = _middle(dose.hold_s)
        else:
            work = _middle(dose.reps or (8, 8)) * numbers["session.rep_s"]
        if exercise.sides != "both":
            work *= 2
        seconds = sets * work + (sets - 1) * _middle(dose.rest_s) + numbers["session.change_over_s"]
        return round(seconds / 60, 1)

    # -- days -------------------------------------------------------------------------------------------------------

    def _hours(self, decisions: Decisions) -> float:
        values = [
            float(self.program.parameters[c.effect.data["at_least"]])
            for c in decisions.of("limit")
            if c.effect.data["channel"] == "hours_before_key_run"
        ]
        return max(values, default=0)

    def _protected(self, decisions: Decisions) -> int:
        mask = 0
        for concluded in decisions.of("limit"):
            if concluded.effect.data["channel"] == "hours_before_key_run":
                mask |= concluded.mask
        return mask

    def _clear(self, day: int, key_days: tuple[str, ...], hours: float) -> bool:
        return all(_hours_until(day, key) >= hours for key in key_days)

    def _spaced_out(self, decisions: Decisions, day: int, springy_days: list[int]) -> int:
        if not springy_days:
            return 0
        mask = 0
        gaps = [min((day - other) % 7, (other - day) % 7) * 24 for other in springy_days]
        for concluded in decisions.of("limit"):
            data = concluded.effect.data
            if data["channel"] == "spacing_h" and min(gaps) < self.program.parameters[data["at_least"]]:
                mask |= concluded.mask
        return mask

    def _used_up(self, decisions: Decisions, used: dict[int, int]) -> int:
        mask = 0
        for bit, times in used.items():
            name = decisions.scheme_of(bit)
            if name is not None and times >= self.program.pack.schemes[name].sessions_per_week[1]:
                mask |= 1 << bit
        return mask


@lru_cache(maxsize=512)
def _choose_days(count: int, key_days: tuple[str, ...], hours: float) -> tuple[tuple[str, ...], bool]:
    """The best days for a number of sessions, and whether some had to stand too near to a key run.

    Days clear of key runs count first, then days without a key run, then the widest gaps between sessions; of equal
    choices the earliest in the week.
    """
    if not count:
        return (), False

    def quality(days: tuple[int, ...]) -> tuple[Any, ...]:
        clear = sum(1 for day in days if all(_hours_until(day, key) >= hours for key in key_days))
        free = sum(1 for day in days if WEEKDAYS[day] not in key_days)
        gaps = [(days[(i + 1) % len(days)] - day) % 7 or 7 for i, day in enumerate(days)]
        return count > 3 or min(gaps) >= 2, clear, free, min(gaps), tuple(-day for day in days)

    best = max(combinations(range(7), min(count, 7)), key=quality)
    crowded = not all(_hours_until(day, key) >= hours for day in best for key in key_days)
    return tuple(WEEKDAYS[day] for day in best), crowded


def _hours_until(day: int, key: str) -> float:
    """Hours from a session to the next key run; a key run on the same day comes first, so it is a week away."""
    return ((WEEKDAYS.index(key) - day) % 7 or 7) * 24


def _grouped(sessions: list[WeekSession]) -> list[WeekSession]:
    """Sessions with the same content become one with several days."""
    groups: dict[tuple[Any, ...], WeekSession] = {}
    for session in sessions:
        key = (session.kept_clear, *((p.bit, p.dose.sets, p.dose.contacts) for p in session.picks))
        if key in groups:
            groups[key].days.extend(session.days)
        else:
            groups[key] = session
    return list(groups.values())


def _narrow(span: list[Any], bound: Bound | None, *, cap: bool) -> tuple[float, float]:
    low, high = span[0], span[1]
    if bound is not None:
        if cap:
            high = min(high, bound.value)
        else:
            low = max(low, bound.value)
    return low, high


def _span(span: list[Any] | None) -> tuple[float, float] | None:
    return (span[0], span[1]) if span else None


def _middle(span: tuple[float, float]) -> float:
    return (span[0] + span[1]) / 2


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
