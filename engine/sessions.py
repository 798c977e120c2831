"""From what is allowed to a week: days, sessions, doses. Deterministic, and able to say why this one and not that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import Any

from prehab.decide import Concluded, Decisions
from prehab.graph.index import bits_of
from prehab.graph.schema import Exercise, make
from prehab.inference import binding
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.rules.vocabulary import Scheme
from prehab.runner import Runner

__all__ = ["WEEKDAYS", "Pick", "Planner", "Requirement", "Week", "WeekSession"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SCHEME_CHANNELS = frozenset(
    {"sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s", "external_load", "pain_limit"}
)


@dataclass(slots=True, eq=False)
class Requirement:
    """Something a session should cover, in order of importance."""

    order: float
    name: str
    mask: int
    concluded: Concluded


@dataclass(slots=True)
class Pick:
    """An exercise that was chosen, and its dose."""

    bit: int
    dose: Dose
    minutes: float


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
    scores: Mapping[int, float]
    crowded: bool = False

    def serves(self, bit: int) -> list[Requirement]:
        """The places of a session that an exercise can fill, most important first."""
        return [requirement for requirement in self.requirements if requirement.mask >> bit & 1]

    def picks(self) -> list[Pick]:
        """Everything that was chosen."""
        return [*self.daily, *(pick for session in self.sessions for pick in session.picks)]


class Planner:
    """Builds weeks and doses for one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises: tuple[Exercise, ...] = tuple(pack.catalogue.exercises.values())
        slots = {slot: i for i, slot in enumerate(pack.catalogue.words["slots"])}
        patterns = pack.catalogue.words["patterns"]
        self.slot_order = [slots[patterns[e.pattern]["slot"]] for e in self.exercises]
        self.load_words = list(pack.channels["external_load"].values)
        self.light = {
            item: str(entry["most_load"])
            for item, entry in pack.catalogue.words["equipment"].items()
            if "most_load" in entry
        }
        self.everyday = pack.catalogue.everyday()
        self.timed_dose = lru_cache(maxsize=8192)(self._timed_dose)
        self.scores = lru_cache(maxsize=512)(_scores)

    def week(self, decisions: Decisions, runner: Runner) -> Week:
        """The week for what was decided."""
        return _Builder(self, decisions, runner).week()

    def dose(self, decisions: Decisions, bit: int, runner: Runner) -> Dose | None:
        """The dose of one exercise, or None when no scheme is prescribed for it."""
        found = _Builder(self, decisions, runner).dosed(bit)
        return found[0] if found else None

    def equipment_for(self, exercise: Exercise, owned: tuple[str, ...]) -> tuple[str, ...]:
        """Of each thing that an exercise needs, the one to use: what the runner named before what every home has."""
        chosen = []
        for options in exercise.needs:
            named = [o for o in options if o in owned]
            chosen.append((named or [o for o in options if o in self.everyday] or list(options))[0])
        return tuple(chosen)

    def _timed_dose(
        self, bit: int, scheme_name: str, bounds: tuple[tuple[str, Any], ...], owned: tuple[str, ...], short: bool
    ) -> tuple[Dose, float]:
        """The dose of an exercise, its scheme narrowed by every bound, and its minutes.

        It depends on these few things only, so it is remembered between runners. A short dose has the fewest sets.
        """
        scheme = self.program.pack.schemes[scheme_name]
        exercise = self.exercises[bit]
        bound = dict(bounds)
        load, load_text = self._load(scheme, exercise, bound.get("external_load"), owned)
        sets = _capped(scheme.sets, bound.get("sets"))
        dose = make(
            Dose,
            scheme=scheme_name,
            sets=(sets[0], sets[0]) if short else sets,
            reps=_capped(scheme.reps, None) if scheme.reps else None,
            hold_s=_capped(scheme.hold_s, bound.get("hold_s")) if scheme.hold_s else None,
            contacts=_capped(scheme.contacts, bound.get("contacts")) if scheme.contacts else None,
            effort_rpe=_capped(scheme.effort_rpe, bound.get("effort_rpe")),
            reps_in_reserve=_floored(scheme.reps_in_reserve, bound.get("reps_in_reserve"))
            if scheme.reps_in_reserve
            else None,
            load=load,
            load_text=load_text,
            tempo=scheme.tempo,
            rest_s=_capped(scheme.rest_s, None),
            pain_limit=min(scheme.pain_limit, bound.get("pain_limit", scheme.pain_limit)),
            bounds={channel: value for channel, value in bounds if channel not in SCHEME_CHANNELS},
        )
        return dose, self.minutes(exercise, dose)

    def _load(self, scheme: Scheme, exercise: Exercise, bound: str | None, owned: tuple[str, ...]) -> tuple[str, str]:
        """The outside load and how it is said: as much as scheme, bound and equipment allow."""
        if exercise.external_load == "none" or scheme.load[1] == "none":
            return "none", scheme.load_text if scheme.load[1] == "none" else "body weight"
        words = self.load_words
        most = words.index(scheme.load[1])
        if bound is not None:
            most = min(most, words.index(bound))
        if most == 0:
            return "none", "body weight only"
        text = scheme.load_text
        for item in self.equipment_for(exercise, owned):
            heaviest = self.light.get(item)
            if heaviest is not None and words.index(heaviest) < most:
                most = words.index(heaviest)
                text = f"as heavy as the {item} gets; if that feels light, go slower and up to 15"
        return words[most], text

    def minutes(self, exercise: Exercise, dose: Dose) -> float:
        """About how long an exercise takes, rests and change-over included."""
        numbers = self.program.parameters
        sets = math.ceil(_middle(dose.sets))
        if dose.contacts:
            work = _middle(dose.contacts) * numbers["session.contact_s"] / sets
        elif dose.hold_s:
            work = _middle(dose.hold_s)
        else:
            usual = numbers["session.rep_s"]
            work = _middle(dose.reps or (0, 0)) * (self.program.pack.schemes[dose.scheme].rep_s or usual)
        if exercise.sides != "both":
            work *= 2
        seconds = sets * work + (sets - 1) * _middle(dose.rest_s) + numbers["session.change_over_s"]
        return round(seconds / 60, 1)


class _Builder:
    """One week in the making."""

    def __init__(self, planner: Planner, decisions: Decisions, runner: Runner) -> None:
        self.planner = planner
        self.program = planner.program
        self.numbers = planner.program.parameters
        self.exercises = planner.exercises
        self.decisions = decisions
        self.runner = runner
        self.equipment = runner.strength.equipment or ()
        self.doses: dict[tuple[int, bool], tuple[Dose, float] | None] = {}

    def week(self) -> Week:
        decisions = self.decisions
        self.requirements = sorted(
            (
                Requirement(self.numbers[c.effect.data["order"]], self._name(c), c.mask, c)
                for c in decisions.of("require")
            ),
            key=lambda r: r.order,
        )
        preferred = ((self.numbers[c.effect.data["weight"]], c.mask) for c in decisions.of("prefer"))
        self.scores = self.planner.scores(tuple(preferred))
        if decisions.status == "stop":
            return Week([], 0, [], self.requirements, self.requirements, self.scores)
        available = decisions.available
        schemes = self.program.pack.schemes
        every_day = 0
        for name, mask in decisions.schemes.items():
            if schemes[name].daily:
                every_day |= mask
        places = dict.fromkeys(bits_of(available), 0)
        for requirement in self.requirements:
            for bit in bits_of(requirement.mask):
                if bit in places:
                    places[bit] -= 1
        ranked = [(-self.scores.get(bit, 0.0), count, bit) for bit, count in places.items()]
        self.rank = {key[2]: key for key in sorted(ranked)}
        daily = self._daily(every_day & available, available)
        done = 0
        for pick in daily:
            done |= 1 << pick.bit
        in_session = available & ~every_day
        wanted = [r for r in self.requirements if r.mask & in_session and not r.mask & done]
        sessions, crowded = self._sessions(in_session, wanted)
        return Week(
            sessions=_grouped(sessions),
            count=len(sessions),
            daily=daily,
            uncovered=[r for r in self.requirements if not r.mask & available],
            requirements=self.requirements,
            scores=self.scores,
            crowded=crowded,
        )

    def _name(self, concluded: Concluded) -> str:
        name = str(concluded.effect.data["name"])
        if "{" in name:
            for variable, value in binding(self.program, concluded.firing).items():
                name = name.replace("{" + variable[1:] + "}", value)
        return name

    def _order(self, pool: int, before: Set[int] = frozenset()) -> list[int]:
        """The exercises of a pool, best first: weight, then how many places they fill, then by id.

        What the session before had counts a little less, so that equals take turns.
        """
        order = [bit for bit in self.rank if pool >> bit & 1]
        again = [bit for bit in order if bit in before]
        if again:
            keys = self.rank.copy()
            for bit in again:
                weight, places, _ = keys[bit]
                keys[bit] = (weight + self.numbers["prefer.slight"], places, bit)
            order.sort(key=keys.__getitem__)
        return order

    # -- daily work and sessions --------------------------------------------------------------------------------------

    def _daily(self, pool: int, available: int) -> list[Pick]:
        """Daily work, where the best choice for a place in the session is of the daily kind."""
        bound = self.decisions.runner_bounds.get("daily_blocks")
        if not pool or (bound is not None and bound.value < 1):
            return []
        picks: list[Pick] = []
        taken = 0
        order = self._order(available)
        for requirement in self.requirements:
            if requirement.mask & taken or not requirement.mask & pool:
                continue
            best = next(bit for bit in order if requirement.mask >> bit & 1)
            found = self.dosed(best) if pool >> best & 1 else None
            if found is not None:
                picks.append(Pick(best, *found))
                taken |= 1 << best
        return picks

    def _sessions(self, pool: int, wanted: list[Requirement]) -> tuple[list[WeekSession], bool]:
        count = self._count()
        keys = tuple(sorted(set(self.runner.running.key_days or ())))
        hours, protected = self._key_runs()
        days, crowded = _choose_days(count, keys, hours) if keys else ((), False)
        told = self.runner.strength.minutes_per_session
        budget = float(told) if told is not None else self.numbers["session.default_minutes"]
        sessions: list[WeekSession] = []
        used: dict[int, int] = {}
        before: set[int] = set()
        springy_days: list[int] = []
        for number in range(count):
            here = pool & ~self._used_up(used)
            near = False
            if days:
                day = WEEKDAYS.index(days[number])
                here &= ~self._too_soon(day, springy_days)
                near = any(_hours_until(day, key) < hours for key in keys)
                if near:
                    here &= ~protected
            choices = self._choices(self._order(here, before), wanted)
            session = self._fill(choices, budget, short=False)
            if session.skipped:
                shorter = self._fill(choices, budget, short=True)
                if len(shorter.skipped) < len(session.skipped):
                    session = shorter
            if not session.picks:
                continue
            session.days = [days[number]] if days else []
            session.kept_clear = near
            before = {pick.bit for pick in session.picks}
            for bit in before:
                used[bit] = used.get(bit, 0) + 1
            if days and any("spacing_h" in self.decisions.bounds_of(bit) for bit in before):
                springy_days.append(day)
            sessions.append(session)
        return sessions, crowded

    def _count(self) -> int:
        """Sessions a week: what the runner has time for, inside what the rules allow."""
        bounds = self.decisions.runner_bounds
        most = int(bounds["sessions_per_week"].value) if "sessions_per_week" in bounds else 7
        usual = int(bounds["usual_sessions"].value) if "usual_sessions" in bounds else most
        told = self.runner.strength.sessions_per_week
        return min(most, usual if told is None else told)

    def _choices(self, order: list[int], wanted: list[Requirement]) -> list[tuple[Requirement, list[int]]]:
        """What could fill each place, best first; places that nothing can fill are left out."""
        place = dict(zip(order, range(len(order)), strict=True))
        found = ((requirement, [bit for bit in bits_of(requirement.mask) if bit in place]) for requirement in wanted)
        return [(requirement, sorted(bits, key=place.__getitem__)) for requirement, bits in found if bits]

    def _fill(self, choices: list[tuple[Requirement, list[int]]], budget: float, *, short: bool) -> WeekSession:
        """One session: the most important place first, for each the best exercise that time and contacts allow."""
        picks: list[Pick] = []
        skipped: list[Requirement] = []
        chosen = 0
        contacts = minutes = 0.0
        most = int(self.numbers["session.most_exercises"])
        for requirement, rivals in choices:
            if requirement.mask & chosen:
                continue
            if len(picks) >= most:
                skipped.append(requirement)
                continue
            for bit in rivals:
                found = self.dosed(bit, short=short, contacts=contacts)
                if found is None or (picks and minutes + found[1] > budget):
                    continue
                picks.append(Pick(bit, *found))
                chosen |= 1 << bit
                minutes += found[1]
                contacts += found[0].contacts[1] if found[0].contacts else 0
                break
            else:
                skipped.append(requirement)
        picks.sort(key=lambda pick: (self.planner.slot_order[pick.bit], pick.bit))
        return WeekSession([], picks, minutes, skipped=skipped)

    def dosed(self, bit: int, *, short: bool = False, contacts: float = 0) -> tuple[Dose, float] | None:
        """The dose and its minutes; None when there is none, or jumps have used up the session's contacts."""
        found = self._whole_dose(bit, short)
        if found is None:
            return None
        dose, minutes = found
        if contacts and dose.contacts is not None:
            least, left = dose.contacts[0], dose.contacts[1] - contacts
            if left < least:
                return None
            dose = make(Dose, **{**dose.__dict__, "contacts": (least, left)})
            minutes = self.planner.minutes(self.exercises[bit], dose)
        return dose, minutes

    def _whole_dose(self, bit: int, short: bool) -> tuple[Dose, float] | None:
        """The dose and its minutes where nothing else was chosen yet."""
        if (bit, short) not in self.doses:
            scheme = self.decisions.scheme_of(bit)
            bounds = tuple((channel, bound.value) for channel, bound in self.decisions.bounds_of(bit).items())
            timed = self.planner.timed_dose
            self.doses[bit, short] = timed(bit, scheme, bounds, self.equipment, short) if scheme else None
        return self.doses[bit, short]

    # -- days ---------------------------------------------------------------------------------------------------------

    def _channel(self, name: str) -> list[tuple[float, int]]:
        return [
            (self.numbers[c.effect.data["at_least"]], c.mask)
            for c in self.decisions.of("limit")
            if c.effect.data["channel"] == name
        ]

    def _key_runs(self) -> tuple[float, int]:
        """How many hours before a key run are protected, and from which exercises."""
        limits = self._channel("hours_before_key_run")
        mask = 0
        for _, one in limits:
            mask |= one
        return max((hours for hours, _ in limits), default=0.0), mask

    def _too_soon(self, day: int, springy_days: list[int]) -> int:
        """What must not be done so soon before or after the days that had it already."""
        if not springy_days:
            return 0
        gap = min(min((day - other) % 7, (other - day) % 7) for other in springy_days) * 24
        mask = 0
        for hours, one in self._channel("spacing_h"):
            if gap < hours:
                mask |= one
        return mask

    def _used_up(self, used: dict[int, int]) -> int:
        """What has been given as often as its scheme allows in a week."""
        mask = 0
        for bit, times in used.items():
            name = self.decisions.scheme_of(bit)
            if name is not None and times >= self.program.pack.schemes[name].sessions_per_week[1]:
                mask |= 1 << bit
        return mask


def _scores(preferred: tuple[tuple[float, int], ...]) -> Mapping[int, float]:
    """The summed weight of what prefers each exercise. It is remembered: runners alike are preferred the same."""
    scores: dict[int, float] = {}
    for weight, mask in preferred:
        for bit in bits_of(mask):
            scores[bit] = scores.get(bit, 0.0) + weight
    return MappingProxyType(scores)


@lru_cache(maxsize=512)
def _choose_days(count: int, key_days: tuple[str, ...], hours: float) -> tuple[tuple[str, ...], bool]:
    """The best days for a number of sessions, and whether some had to stand too near to a key run.

    A day of rest between sessions counts first (up to three a week), then days clear of key runs, then days without
    one, then the widest gaps; of equal choices the earliest in the week.
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


def _capped(span: list[Any], bound: Any) -> tuple[float, float]:
    return span[0], span[1] if bound is None else min(span[1], bound)


def _floored(span: list[Any], bound: Any) -> tuple[float, float]:
    return span[0] if bound is None else max(span[0], bound), span[1]


def _middle(span: tuple[float, float]) -> float:
    return (span[0] + span[1]) / 2
