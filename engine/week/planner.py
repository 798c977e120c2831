"""From what is allowed to a week. Deterministic, and able to say why this one and not that."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from prehab.decide import Concluded, Decisions
from prehab.graph.index import Index, union
from prehab.graph.once import ByNeed, OfEach
from prehab.graph.record import Record, Struct, record, struct
from prehab.graph.schema import altered
from prehab.inference import Firing, binding
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.rules.language import Effect
from prehab.runner import Runner
from prehab.week.days import WEEKDAYS, choose_days, hours_until, spread
from prehab.week.doses import DoseKey, Doses, owned_by
from prehab.week.growth import Growth, Ladders
from prehab.week.ranking import Ranking
from prehab.week.sessions import Offer, Pick, Place, Room, fill
from prehab.week.treatment import Asked, Treated, asked_of, treatment

__all__ = ["Planner", "Week", "WeekSession"]

SKILLS = (1, 2, 3)
"""The levels of skill that decide between equals."""


@struct()
class WeekSession(Struct):
    """The picks of one session.

    ``kept_clear`` tells that a key run was too near for heavy or springy leg work, ``after_run`` the hours to leave
    after the key run of the same day.
    """

    day: str | None
    picks: list[Pick]
    minutes: int
    warm_up: int
    kept_clear: bool = False
    after_run: int | None = None


@record()
class When(Record):
    """How many sessions, on which days (none where nothing is known of the week), and the days of key runs.

    ``wanted`` are the sessions that there would be with more free days, ``race_week`` tells that a race is no more than
    a week away, and ``raced`` are its day and the day after, where they are less than a week away. ``free`` are the
    days that could be taken, all where it is empty; so many ``hours`` before a key run are kept clear.
    """

    count: int
    days: tuple[str, ...]
    keys: tuple[str, ...]
    wanted: int
    crowded: bool = False
    race_week: bool = False
    free: tuple[str, ...] = ()
    hours: float = 0
    raced: tuple[str, ...] = ()


@struct()
class DailyWork(Struct):
    """Work that is due more often than there are sessions, on days of its own."""

    pick: Pick
    days_per_week: tuple[int, int]
    times_per_day: int
    days: tuple[str, ...]


@struct()
class Week(Struct):
    """Sessions, work on other days, and what could not be had.

    ``when`` tells how many sessions there are and what the days did not allow; it is None where everything stops.
    ``asked`` are the sessions that there would be if there were something to do in each, and days for all.
    ``new`` are the exercises that were left out because a race is too near for anything new. ``room`` is what the last
    session had left, and knows what each place that it left out lacked.
    """

    sessions: list[WeekSession]
    daily: list[DailyWork]
    places: list[Place]
    uncovered: list[Place]
    skipped: list[Place]
    untreated: list[Asked]
    ranking: Ranking
    when: When | None = None
    new: int = 0
    room: Room | None = None
    asked: int = 0

    def serves(self, bit: int) -> list[Place]:
        """The places that an exercise can fill, most important first."""
        return [place for place in self.places if place.mask >> bit & 1]

    def sets_for(self, complaint: str) -> int:
        """The working sets that treat a complaint, of one side."""
        often = [(work.pick, work.days_per_week[0] * work.times_per_day) for work in self.daily]
        often += [(pick, 1) for session in self.sessions for pick in session.picks]
        return sum(
            pick.dose.start.sets * times
            for pick, times in often
            if any(asked.complaint == complaint for asked in pick.treats)
        )

    def picks(self) -> list[Pick]:
        """Everything that was chosen."""
        return [*(one.pick for one in self.daily), *(pick for session in self.sessions for pick in session.picks)]


class Planner:
    """Builds weeks and doses for one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises = ByNeed(pack.catalogue.exercise_at)
        slots = {slot: i for i, slot in enumerate(pack.catalogue.words["slots"])}
        patterns = pack.catalogue.words["patterns"]
        self.turn: ByNeed[int, int] = ByNeed(lambda bit: slots[patterns[self.exercises[bit].pattern]["slot"]])
        self.doses = Doses(program)
        self.ladders = Ladders(program)
        self.ties = tuple(_ties(pack.catalogue.index))
        self.required = OfEach(self._required)
        self.steps = lru_cache(maxsize=4096)(self._steps)

    def _required(self, effect: Effect) -> tuple[str, float, int | None, bool]:
        """What an effect asks of a week: the name of the place, its order, its sets, and whether it is in each session.

        The name may hold variables.
        """
        data, numbers = effect.data, self.program.parameters
        sets = int(numbers[data["sets"]]) if "sets" in data else None
        return str(data["name"]), numbers[data["order"]], sets, bool(data.get("each_session"))

    def _steps(self, injury: str, stage: str, rank: int) -> tuple[tuple[int, ...], int]:
        """The exercises of each step of a work of a programme, and all that treat the injury at its stage."""
        catalogue = self.program.pack.catalogue
        steps = catalogue.injuries[injury].stages[stage].programme[rank].steps
        return tuple(map(catalogue.index.named, steps)), catalogue.index.treating([injury], [stage])

    def tie(self, number: int, ties: int) -> Literal["lately", "simpler", "muscles"]:
        """What decides between equals by one of the ties of a week: what was not trained lately, and so on."""
        place = number - (ties - len(self.ties))
        return "lately" if place < 0 else "simpler" if place < len(SKILLS) else "muscles"

    def week(self, decisions: Decisions, runner: Runner) -> Week:
        """The week for what was decided."""
        return _Builder(self, decisions, runner).week()

    def dose(self, decisions: Decisions, bit: int, runner: Runner) -> Dose | None:
        """The dose of one exercise, or None when no scheme is prescribed for it."""
        return _Builder(self, decisions, runner).dosed(bit)


class _Builder:
    """One week in the making."""

    def __init__(self, planner: Planner, decisions: Decisions, runner: Runner) -> None:
        self.planner = planner
        self.doses = planner.doses
        self.numbers = planner.program.parameters
        self.decisions = decisions
        self.runner = runner
        self.equipment = owned_by(runner)
        self.growth = Growth(planner.ladders, decisions, runner)
        self._keys: dict[int, DoseKey | None] = {}

    def week(self) -> Week:
        decisions = self.decisions
        places = list(self._places())
        self.lifts = union(place.mask for place in places if place.each_session)
        preferred = ((self.numbers[c.effect.data["weight"]], c.mask) for c in decisions.of("prefer"))
        ranking = Ranking.of(preferred, (place.mask for place in places), self._ties())
        if decisions.status == "stop":
            return Week([], [], places, places, [], [], ranking)
        most = int(self.numbers["treatment.most_exercises"])
        hours, protected = self._key_runs()
        count, aside = self._count(), 0
        when = self._when(hours, count)
        able = decisions.available if self._clear_days(when, hours) else decisions.available & ~protected
        treated, untreated = treatment(asked_of(decisions), decisions, self.growth, most, able)
        while True:  # seldom twice: each turn has fewer sessions, or more of the treatment on days of its own
            daily = self._daily(treated, when, (hours, protected), aside)
            inside = [one for one in treated if one.bit not in {work.pick.bit for work in daily}]
            new = self.growth.untried() if when.race_week else 0
            sessions, skipped, room = self._sessions(places, inside, ranking, daily, when, (hours, protected), new)
            if 0 < len(sessions) < when.count:  # some held nothing: their days are not taken from the others
                when = self._when(hours, len(sessions))
                continue
            crowded_out = self._crowded_out(inside, sessions, when, (hours, protected)) & ~aside
            if not crowded_out:
                break
            aside |= crowded_out
        week = Week(
            sessions=sessions,
            daily=daily,
            places=places,
            uncovered=[place for place in places if not place.mask & decisions.available],
            skipped=skipped,
            untreated=untreated,
            ranking=ranking,
            when=when,
            new=new,
            room=room,
            asked=count,
        )
        given = {pick.bit for pick in week.picks()}
        week.untreated += [asked for one in inside if one.bit not in given for asked in one.serves]
        self._alternatives(week)
        return week

    # -- what the week should hold ------------------------------------------------------------------------------------

    def _places(self) -> Iterator[Place]:
        """What rules ask for, by name; of several that ask for one place the first decides when its turn comes."""
        usual = int(self.numbers["session.accessory_sets"])
        required = self.planner.required
        asked: dict[str, list[tuple[float, int | None, bool, Concluded]]] = {}
        for concluded in self.decisions.of("require"):
            name, order, sets, each = required(concluded.effect)
            if "{" in name:
                name = min(self._filled(name, firing) for firing in concluded.firings)
            asked.setdefault(name, []).append((order, sets, each, concluded))
        places = []
        for name, ones in asked.items():
            if len(ones) == 1:
                ((order, sets, each, concluded),) = ones
                places.append(Place(order, name, concluded.mask, usual if sets is None else sets, each, (concluded,)))
                continue
            ones.sort(key=lambda one: (one[0], min(firing.variant for firing in one[3].firings)))
            most = max((sets for _, sets, _, _ in ones if sets is not None), default=usual)
            each = any(each for _, _, each, _ in ones)
            every = tuple(concluded for *_, concluded in ones)
            places.append(Place(ones[0][0], name, union(c.mask for c in every), most, each, every))
        yield from sorted(places, key=attrgetter("order", "name"))

    def _ties(self) -> tuple[int, ...]:
        """What decides between equals: what was not trained lately, then the simpler, then what trains more."""
        lately = union(
            self.planner.ladders.bits[key]
            for session in self.decisions.inference.facts.log
            if (session.days_ago or 0) <= self.numbers["growth.recent_days"]
            for key in session.exercises
        )
        return (~lately, *self.planner.ties) if lately else self.planner.ties

    def _filled(self, name: str, firing: Firing) -> str:
        for variable, value in binding(self.planner.program, firing).items():
            name = name.replace("{" + variable[1:] + "}", value)
        return name

    # -- treatment ----------------------------------------------------------------------------------------------------

    def _treating(self, one: Treated, *, in_session: bool = False) -> Pick | None:
        """An exercise that treats, with the amounts of its programme inside what its schemes and bounds leave.

        In a session a main lift has its lighter sets before it.
        """
        dose = self.dosed(one.bit)
        if dose is None:
            return None
        work, bit = one.work, one.bit
        sets = max(self._between(asked.work.sets, dose.sets, bit) for asked in one.serves)
        start = altered(
            dose.start,
            sets=sets,
            **{
                name: self._between(amounts, getattr(dose, name), bit)
                for name in ("reps", "hold_s", "contacts")
                if (amounts := getattr(work, name)) is not None and getattr(dose, name) is not None
            },
        )
        dose = altered(dose, start=start)
        ramp = self._ramp(bit, dose) if in_session else ()
        minutes = self.doses.minutes(self.planner.exercises[bit], dose, len(ramp))
        return Pick(bit, dose, minutes, treats=tuple(one.serves))

    def _between(self, amounts: list[int], span: tuple[float, float], bit: int) -> int:
        """How much a programme asks for so far, inside a range."""
        wanted = self.growth.amount(amounts[0], amounts[1], bit)
        return int(max(span[0], min(wanted, span[1])))

    def _daily(self, treated: list[Treated], when: When, runs: tuple[float, int], aside: int) -> list[DailyWork]:
        """What is due more often than there are sessions, or has no room in them (``aside``).

        What is due equally often stands on the same days. What has to keep clear of key runs stands by itself: the rest
        is not cut for its sake.
        """
        hours, protected = runs
        bound = self.decisions.runner_bounds.get("daily_blocks")
        ceiling = int(bound.value) if bound is not None else len(WEEKDAYS)
        due: dict[tuple[int, int], list[tuple[Treated, Pick, int]]] = {}
        for one in treated:
            pick = self._treating(one)
            if pick is not None:
                often = min(ceiling, self._most_days(pick))
                least, most = (min(int(n), often) for n in one.days)
                if least > when.count or aside >> one.bit & 1:
                    due.setdefault((least, protected >> one.bit & 1), []).append((one, pick, most))
        found = []
        for (least, heavy), ones in due.items():
            days: tuple[str, ...] = ()
            if when.days or when.keys:
                among = self._clear_days(when, hours if heavy else 0)
                days = spread(least, when.days, when.keys, among)
                ones = [(one, pick, min(most, len(among))) for one, pick, most in ones]
            often = len(days) if when.days or when.keys else least
            found += [
                DailyWork(pick, (often, max(often, most)), one.work.times_per_day, days)
                for one, pick, most in ones
                if often
            ]
        return sorted(found, key=lambda work: [one.bit for one in treated].index(work.pick.bit))

    def _most_days(self, pick: Pick) -> int:
        """On how many days of a week an exercise may stand, by its schemes and the hours that have to lie between."""
        often, spacing = int(pick.dose.sessions_per_week[1]), self.decisions.bounds_of(pick.bit).get("spacing_h")
        return min(often, int(len(WEEKDAYS) * 24 // max(24, spacing.value))) if spacing else often

    def _crowded_out(
        self, treated: list[Treated], sessions: list[WeekSession], when: When, runs: tuple[float, int]
    ) -> int:
        """What treats and stands in fewer sessions than it is due on days, while a week has more days for it."""
        hours, protected = runs
        found = 0
        for one in treated:
            had = [pick for session in sessions for pick in session.picks if pick.bit == one.bit]
            if len(had) < one.days[0] and (pick := had[0] if had else self._treating(one)) is not None:
                clear = len(self._clear_days(when, hours if protected >> one.bit & 1 else 0))
                if len(had) < min(one.days[0], self._most_days(pick), clear):
                    found |= 1 << one.bit
        return found

    def _clear_days(self, when: When, hours: float) -> tuple[str, ...]:
        """The days with so many hours to the next key run, but for the day of a race and the day after it."""
        return tuple(
            day
            for n, day in enumerate(WEEKDAYS)
            if day not in when.raced and all(hours_until(n, key) >= hours for key in when.keys)
        )

    # -- sessions -----------------------------------------------------------------------------------------------------

    def _sessions(
        self, places: list[Place], treated: list[Treated], ranking: Ranking, daily: list[DailyWork],
        when: When, runs: tuple[float, int], new: int,
    ) -> tuple[list[WeekSession], list[Place], Room | None]:  # fmt: skip
        hours, protected = runs
        days, keys, count = when.days, when.keys, when.count
        minutes = self._minutes()
        warm_up = self._warm_up(minutes)
        done = union(1 << work.pick.bit for work in daily)
        treating = [(one, pick) for one in treated if (pick := self._treating(one, in_session=True)) is not None]
        sessions: list[WeekSession] = []
        sets: dict[str, int] = {}
        lifts: dict[tuple[str, bool], int] = {}
        used: dict[int, int] = {}
        springy: list[int] = []
        treated_on: dict[int, set[int]] = {}
        skipped: list[Place] = []
        room: Room | None = None
        for number in range(count):
            day = WEEKDAYS.index(days[number]) if days else None
            near = day is not None and any(hours_until(day, key) < hours for key in keys)
            apart = number * len(WEEKDAYS) // count if day is None else day  # where no day is known, evenly spread
            pool = self.decisions.available & ~done & ~self._used_up(used) & ~self._too_soon(apart, springy)
            if near:
                pool &= ~protected
            begun = [
                pick
                for one, pick in treating
                if len(treated_on.get(one.bit, ())) < one.days[1] and pool >> pick.bit & 1
                and not self._day_between(one, day, treated_on)
            ]  # fmt: skip
            beside = self._beside(daily, days[number] if days else None)
            left = max(minutes - beside, minutes // 2)  # what treats comes first, and the rest keeps half of the time
            room = Room(left - warm_up, self._most_exercises(left), self._contacts())
            begun = _as_fit(begun, room)
            treats = union(1 << pick.bit for pick in begun) | done
            pool &= ~new & ~union(1 << pick.bit for _, pick in treating)  # what treats is done as often as it is due
            wanted = self._turns(places, sets, number, room.exercises, treats)
            lower = union(1 << bit for bit in used) & ~union(1 << bit for bit in lifts.values())
            order = ranking.lowering(lower, self.numbers["prefer.slight"])  # so that accessories take turns
            picks = fill(
                room, begun, [(p, self._able(p, pool, lifts, near), p.sets - sets.get(p.name, 0)) for p in wanted],
                order, self._offer, self._with_sets,
            )  # fmt: skip
            skipped = room.skipped if number == count - 1 else skipped
            if not picks:
                continue
            for pick in begun:
                treated_on.setdefault(pick.bit, set()).add(number if day is None else day)
            for pick in picks:
                pick.ramp_pct = self._ramp(pick.bit, pick.dose)
                used[pick.bit] = used.get(pick.bit, 0) + 1
                if pick.place is not None:
                    sets[pick.place.name] = sets.get(pick.place.name, 0) + pick.dose.start.sets
                    if pick.place.each_session:
                        lifts.setdefault((pick.place.name, near), pick.bit)
            if any("spacing_h" in self.decisions.bounds_of(pick.bit) for pick in picks):
                springy.append(apart)
            turn = self.planner.turn
            picks.sort(key=lambda pick: (not pick.treats, turn[pick.bit]))
            length = warm_up + sum(pick.minutes for pick in picks)
            after = self._after_run() if day is not None and days[number] in keys else None
            sessions.append(WeekSession(days[number] if days else None, picks, length, warm_up, near, after))
        return sessions, [place for place in skipped if place.name not in sets], room

    def _minutes(self) -> int:
        """How long a session is: what the runner has, or usual ones, and no longer than rules allow."""
        told = self.runner.strength.minutes_per_session
        bound = self.decisions.runner_bounds.get("session_minutes")
        minutes = told if told is not None else self.numbers["session.default_minutes"]
        return int(minutes if bound is None else min(minutes, bound.value))

    def _after_run(self) -> int | None:
        """The hours to leave between a run and a session on the same day, where a rule asks for some."""
        bound = self.decisions.runner_bounds.get("hours_after_run")
        return None if bound is None else int(bound.value)

    def _day_between(self, one: Treated, day: int | None, treated_on: dict[int, set[int]]) -> bool:
        """Whether what is due on every second day at most was done the day before, or is done the day after."""
        if day is None or one.days[1] > len(WEEKDAYS) // 2 + 1:
            return False
        return any((day - other) % 7 in (1, 6) for other in treated_on.get(one.bit, ()))

    # -- another one instead ------------------------------------------------------------------------------------------

    def _alternatives(self, week: Week) -> None:
        """For each exercise the next best of the same purpose, among those that the week has not taken."""
        taken = union(1 << pick.bit for pick in week.picks())
        rest = self.decisions.available & ~taken & ~week.new
        for pick in week.picks():
            if pick.treats:
                pick.instead = self._treating_instead(pick, rest, week.ranking)
            elif pick.place is not None:
                rivals = pick.place.mask & rest
                pick.instead = week.ranking.best(rivals) if rivals else None

    def _treating_instead(self, pick: Pick, rest: int, ranking: Ranking) -> int | None:
        """Another exercise of the same work of a programme, else one that treats the same at this stage."""
        asked = pick.treats[0]
        steps, treating = self.planner.steps(asked.injury.id, asked.stage, asked.rank)
        own = next((n for n, step in enumerate(steps) if step >> pick.bit & 1), 0)
        near = sorted(range(len(steps)), key=lambda n: (abs(n - own), n > own))
        pools = [*(steps[n] & rest for n in near if n <= own), treating & rest]
        return next((ranking.best(pool) for pool in pools if pool), None)

    def _beside(self, daily: list[DailyWork], day: str | None) -> int:
        """The minutes of other work on the day of a session, or on some day where none is named.

        What is done on most days has a time of its own.
        """
        often = self.numbers["treatment.daily_days"]
        return sum(
            work.pick.minutes * work.times_per_day
            for work in daily
            if work.days_per_week[0] < often and (day is None or not work.days or day in work.days)
        )

    def _turns(self, places: list[Place], sets: dict[str, int], number: int, most: int, treats: int) -> list[Place]:
        """The places in the order of their turn: the main lifts of this session, then what the week still lacks."""
        open_places = [p for p in places if not p.mask & treats and p.sets > sets.get(p.name, 0)]
        main = [p for p in open_places if p.each_session]
        room = max(1, most // 2)
        if len(main) > room:  # a short session takes turns with the main lifts, too
            at = number % len(main)
            main = (main[at:] + main[:at])[:room]
        others = [p for p in open_places if p not in main]
        two = most == 2  # one main lift, and beside it the calf or what else the week lacks
        others.sort(key=lambda p: (p.name in sets, two and p.each_session, p.order, p.name))
        return [*main, *others]

    def _able(self, place: Place, pool: int, lifts: dict[tuple[str, bool], int], near: bool) -> int:
        """The exercises that may fill a place: of a main lift the one that this week has begun with.

        What had to be light because a key run is near (``near``) is no measure for the other sessions.
        """
        for lift in (lifts.get((place.name, near)), lifts.get((place.name, False))):
            if lift is not None and pool >> lift & 1:
                return 1 << lift
        return place.mask & pool

    def _when(self, hours: float, count: int) -> When:
        """On which days so many sessions stand, or as many as may: clear of key runs, and of a race that is near."""
        free: tuple[str, ...] = tuple(self.runner.strength.days or ())
        keys: tuple[str, ...] = tuple(sorted(set(self.runner.running.key_days or ())))
        left = self.decisions.inference.facts.by_kind["running"][0].values["days_to_race"]
        near = left is not None and left <= len(WEEKDAYS)
        raced: tuple[str, ...] = ()
        if near:
            last = left - int(self.numbers["session.days_before_race"])
            today = self.runner.today
            if today is not None:
                named = [WEEKDAYS[(today.weekday() + day) % 7] for day in range(left + 1)]
                if left < len(WEEKDAYS):
                    keys = tuple(sorted({*keys, named[-1]}))
                    raced = tuple(WEEKDAYS[(today.weekday() + day) % 7] for day in (left, left + 1) if day < 7)
                free = tuple(day for day in named[: max(0, last + 1)] if not free or day in free)
                last = len(free) - 1
            if last < 0:
                return When(0, (), keys, count, race_week=True, free=free, hours=hours, raced=raced)
        if not count or not (keys or free):
            return When(count, (), keys, count, race_week=near, free=free, hours=hours, raced=raced)
        days, crowded = choose_days(count, keys, free, hours)
        return When(len(days), days, keys, count, crowded, near, free, hours, raced)

    def _count(self) -> int:
        """Sessions a week: what the runner has time for, inside what the rules allow."""
        bounds = self.decisions.runner_bounds
        most = int(bounds["sessions_per_week"].value) if "sessions_per_week" in bounds else 7
        usual = int(bounds["usual_sessions"].value) if "usual_sessions" in bounds else most
        told = self.runner.strength.sessions_per_week
        return min(most, usual if told is None else told)

    def _most_exercises(self, minutes: int) -> int:
        each, fewest, most = (
            self.numbers[f"session.{name}"] for name in ("minutes_per_exercise", "fewest_exercises", "most_exercises")
        )
        return int(max(fewest, min(most, round(minutes / each))))

    def _warm_up(self, minutes: int) -> int:
        short = minutes <= self.numbers["session.short_minutes"]
        return int(self.numbers["session.short_warm_up_min" if short else "session.warm_up_min"])

    def _contacts(self) -> float:
        return self.numbers["session.most_contacts"]

    # -- doses --------------------------------------------------------------------------------------------------------

    def dosed(self, bit: int) -> Dose | None:
        """The dose as far as the runner has grown into it; None when no scheme is prescribed."""
        key = self._key(bit)
        return None if key is None else self.doses.begun(*key)

    def _key(self, bit: int) -> DoseKey | None:
        """What the dose of an exercise depends on; None when no scheme is prescribed for it."""
        if bit not in self._keys:
            dosing = self.decisions.dosing(bit)
            self._keys[bit] = (
                (bit, dosing.schemes, dosing.values(), self.equipment, self.growth.share(bit))
                if dosing.schemes
                else None
            )
        return self._keys[bit]

    def _offer(self, bit: int, begins: bool = False) -> Offer | None:
        """How an exercise is done so far; or as it begins, where the runner has come further than that."""
        key = self._key(bit)
        if key is None or (begins and not key[-1]):
            return None
        share = 0.0 if begins else key[-1]
        dose = self.doses.begun(*key[:-1], share)
        return Offer(dose, self.growth.amount(dose.start.sets, dose.sets[1], bit), share)

    def _with_sets(self, bit: int, sets: int, share: float) -> tuple[Dose, int]:
        key = self._key(bit)
        assert key is not None
        return self.doses.in_session((*key[:-1], share), sets, bool(self.lifts >> bit & 1))

    def _ramp(self, bit: int, dose: Dose) -> tuple[int, ...]:
        """The lighter sets that come before a main lift."""
        return self.doses.ramp_pct(dose) if self.lifts >> bit & 1 else ()

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
        return max((hours for hours, _ in limits), default=0.0), union(mask for _, mask in limits)

    def _too_soon(self, day: int, springy: list[int]) -> int:
        """What must not be done so soon before or after the days that had it already."""
        if not springy:
            return 0
        gap = min(min((day - other) % 7, (other - day) % 7) for other in springy) * 24
        return union(mask for hours, mask in self._channel("spacing_h") if gap < hours)

    def _used_up(self, used: dict[int, int]) -> int:
        """What has been given as often as its schemes allow in a week."""
        mask = 0
        for bit, times in used.items():
            dose = self.dosed(bit)
            if dose is not None and times >= dose.sessions_per_week[1]:
                mask |= 1 << bit
        return mask


def _ties(index: Index) -> Iterator[int]:
    """The exercises of little skill, each level of it, then those that train many muscles first of all."""
    yield from (index.up_to("skill", level) for level in SKILLS)
    yield from map(index.training_at_least, (4, 3, 2))


def _as_fit(begun: list[Pick], room: Room) -> list[Pick]:
    """Of what treats, as much as there is room for, the first first."""
    kept: list[Pick] = []
    for pick in begun:
        if len(kept) < room.exercises and pick.minutes <= room.minutes:
            kept.append(pick)
            room.minutes -= pick.minutes
    return kept
