"""From what is allowed to a week: days, sessions, doses. Deterministic, and able to say why this one and not that."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations
from operator import attrgetter
from typing import Any

from prehab.decide import Concluded, Decisions
from prehab.doses import Doses, Timed, TimedDoses
from prehab.graph.schema import Exercise, altered
from prehab.inference import Firing, binding
from prehab.program import Program
from prehab.ranking import Ranking
from prehab.recommendation import Dose
from prehab.runner import Runner

__all__ = ["WEEKDAYS", "Pick", "Planner", "Requirement", "Week", "WeekSession"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(slots=True, eq=False)
class Requirement:
    """Something a session should cover, in order of importance."""

    order: float
    name: str
    mask: int
    concluded: Concluded


class Places:
    """Which of some places, named and given by their masks, each exercise can fill."""

    def __init__(self, places: tuple[tuple[str, int], ...]) -> None:
        self._places = places
        self._found: dict[int, tuple[tuple[int, ...], tuple[str, ...]]] = {}

    def of(self, bit: int) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """The places of an exercise by their numbers, most important first, and their names, each once."""
        found = self._found.get(bit)
        if found is None:
            numbers = tuple(number for number, (_, mask) in enumerate(self._places) if mask >> bit & 1)
            names = tuple(dict.fromkeys(self._places[number][0] for number in numbers))
            found = self._found.setdefault(bit, (numbers, names))
        return found


_places = lru_cache(maxsize=128)(Places)


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
    places: Places
    ranking: Ranking
    crowded: bool = False

    def serves(self, bit: int) -> list[Requirement]:
        """The places of a session that an exercise can fill, most important first."""
        return [self.requirements[number] for number in self.places.of(bit)[0]]

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
        slot_of = [slots[patterns[e.pattern]["slot"]] for e in self.exercises]
        in_order = sorted(range(len(slot_of)), key=lambda bit: (slot_of[bit], bit))
        self.turn = {bit: turn for turn, bit in enumerate(in_order)}
        both = pack.catalogue.index.having("sides", "both")
        self.sided = [both if e.sides == "both" else ~both for e in self.exercises]
        self.doses = Doses(program)
        required = (effect for effects in program.effects for effect in effects if effect.type == "require")
        self.orders = {id(effect): program.parameters[effect.data["order"]] for effect in required}

    def week(self, decisions: Decisions, runner: Runner) -> Week:
        """The week for what was decided."""
        return _Builder(self, decisions, runner).week()

    def dose(self, decisions: Decisions, bit: int, runner: Runner) -> Dose | None:
        """The dose of one exercise, or None when no scheme is prescribed for it."""
        found = _Builder(self, decisions, runner).dosed(bit)
        return found[0] if found else None


class _Builder:
    """One week in the making."""

    def __init__(self, planner: Planner, decisions: Decisions, runner: Runner) -> None:
        self.planner = planner
        self.program = planner.program
        self.numbers = planner.program.parameters
        self.exercises = planner.exercises
        self.decisions = decisions
        self.runner = runner
        self.equipment = (runner.strength.equipment or (), runner.strength.lacks)
        self.timed: dict[int, TimedDoses] = {}
        self.doses: dict[int, tuple[Timed, Timed]] = {}
        self.alike: dict[int, int] = {}

    def week(self) -> Week:
        decisions = self.decisions
        self.requirements = sorted(
            (Requirement(self.planner.orders[id(c.effect)], self._name(c), c.mask, c) for c in decisions.of("require")),
            key=attrgetter("order"),
        )
        places = _places(tuple([(r.name, r.mask) for r in self.requirements]))
        preferred = ((self.numbers[c.effect.data["weight"]], c.mask) for c in decisions.of("prefer"))
        self.ranking = Ranking.of(preferred, (r.mask for r in self.requirements))
        if decisions.status == "stop":
            return Week([], 0, [], self.requirements, self.requirements, places, self.ranking)
        available = decisions.available
        schemes = self.program.pack.schemes
        every_day = 0
        for name, mask in decisions.schemes.items():
            if schemes[name].daily:
                every_day |= mask
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
            places=places,
            ranking=self.ranking,
            crowded=crowded,
        )

    def _name(self, concluded: Concluded) -> str:
        name = str(concluded.effect.data["name"])
        return min(self._filled(name, firing) for firing in concluded.firings) if "{" in name else name

    def _filled(self, name: str, firing: Firing) -> str:
        for variable, value in binding(self.program, firing).items():
            name = name.replace("{" + variable[1:] + "}", value)
        return name

    # -- daily work and sessions --------------------------------------------------------------------------------------

    def _daily(self, pool: int, available: int) -> list[Pick]:
        """Daily work, where the best choice for a place in the session is of the daily kind."""
        bound = self.decisions.runner_bounds.get("daily_blocks")
        if not pool or (bound is not None and bound.value < 1):
            return []
        picks: list[Pick] = []
        taken = 0
        for requirement in self.requirements:
            if requirement.mask & taken or not requirement.mask & pool:
                continue
            best = self.ranking.best(requirement.mask & available)
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
        given = 0
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
            ranking = self.ranking.lowering(given, self.numbers["prefer.slight"])  # so that equals take turns
            places = [(requirement, requirement.mask & here) for requirement in wanted if requirement.mask & here]
            session = self._fill(places, ranking, budget, short=False)
            if session.skipped:
                shorter = self._fill(places, ranking, budget, short=True)
                if len(shorter.skipped) < len(session.skipped):
                    session = shorter
            if not session.picks:
                continue
            session.days = [days[number]] if days else []
            session.kept_clear = near
            given = 0
            for pick in session.picks:
                given |= 1 << pick.bit
                used[pick.bit] = used.get(pick.bit, 0) + 1
            if days and any("spacing_h" in self.decisions.bounds_of(pick.bit) for pick in session.picks):
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

    def _fill(
        self, places: list[tuple[Requirement, int]], ranking: Ranking, budget: float, *, short: bool
    ) -> WeekSession:
        """One session: the most important place first, for each the best exercise that time and contacts allow."""
        picks: list[Pick] = []
        skipped: list[Requirement] = []
        chosen = out = 0
        contacts = minutes = 0.0
        most = int(self.numbers["session.most_exercises"])
        for requirement, rivals in places:
            if requirement.mask & chosen:
                continue
            if len(picks) >= most:
                skipped.append(requirement)
                continue
            rivals &= ~out
            while rivals:
                bit = ranking.best(rivals)
                found = self.dosed(bit, short=short, contacts=contacts)
                if found is None or (picks and minutes + found[1] > budget):
                    rivals &= ~(1 << bit)
                    if found is None or found[0].contacts is None:  # so is all that takes as long, and will be
                        out |= self.alike[bit]
                        rivals &= ~out
                    continue
                picks.append(Pick(bit, *found))
                chosen |= 1 << bit
                minutes += found[1]
                contacts += found[0].contacts[1] if found[0].contacts else 0
                break
            else:
                skipped.append(requirement)
        turn = self.planner.turn
        picks.sort(key=lambda pick: turn[pick.bit])
        return WeekSession([], picks, minutes, skipped=skipped)

    def dosed(self, bit: int, *, short: bool = False, contacts: float = 0) -> Timed | None:
        """The dose and its minutes; None when there is none, or jumps have used up the session's contacts."""
        both = self.doses.get(bit) or self._doses_of(bit)
        if both is None:
            return None
        found = both[short]
        dose = found[0]
        if contacts and dose.contacts is not None:
            least, left = dose.contacts[0], dose.contacts[1] - contacts
            if left < least:
                return None
            dose = altered(dose, contacts=(least, left))
            return dose, self.planner.doses.minutes(self.exercises[bit], dose)
        return found

    def _doses_of(self, bit: int) -> tuple[Timed, Timed] | None:
        dosing = self.decisions.dosing(bit)
        self.alike[bit] = dosing.alike & self.planner.sided[bit]
        if dosing.scheme is None:
            return None
        doses = self.timed.get(dosing.alike)
        if doses is None:
            doses = self.planner.doses.timed(dosing.scheme, dosing.values(), self.equipment)
            self.timed[dosing.alike] = doses
        found = self.doses[bit] = doses.of(bit)
        return found

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
