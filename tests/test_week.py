"""The week: its builder against brute force, its doses, its minutes, its days."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from click.testing import CliRunner

from prehab.cli import main
from prehab.engine import Engine
from prehab.graph.schema import altered, make
from prehab.judge import Plan
from prehab.population import random_runner
from prehab.recommendation import Dose, Given, Recommendation, Start
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.testing.pairs import one_step, worsened
from prehab.week.days import WEEKDAYS, choose_days, hours_until, spread
from prehab.week.planner import _Builder
from prehab.week.ranking import Ranking
from prehab.week.sessions import Offer, Place, Room, fill
from tests.support import engine_of, tries

RUNNERS = tries(150)
SMALL_WEEKS = tries(100, 100)
WORSENINGS = tries(800)


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


# -- one session against brute force ----------------------------------------------------------------------------------


Way = tuple[bool, int]
"""Whether an exercise is done as it begins, and which."""


@dataclass(frozen=True)
class Small:
    """A small session to be filled: places with the exercises that fit, the minutes of a set, the most sets.

    ``begun`` are the minutes by which a set is shorter where an exercise begins.
    """

    places: tuple[int, ...]
    asked: tuple[int, ...]
    per_set: tuple[int, ...]
    begun: tuple[int, ...]
    most: tuple[int, ...]
    weights: tuple[int, ...]
    minutes: int
    exercises: int

    @classmethod
    def drawn(cls, rng: random.Random) -> Small:
        """A random one, with up to four places and five exercises."""
        count, exercises = rng.randint(1, 4), 5
        return cls(
            places=tuple(rng.randrange(1, 1 << exercises) for _ in range(count)),
            asked=tuple(rng.randint(1, 4) for _ in range(count)),
            per_set=tuple(rng.randint(1, 4) for _ in range(exercises)),
            begun=tuple(rng.randint(0, 2) for _ in range(exercises)),
            most=tuple(rng.randint(2, 4) for _ in range(exercises)),
            weights=tuple(rng.randint(0, 2) for _ in range(exercises)),
            minutes=rng.randint(3, 30),
            exercises=rng.randint(1, 4),
        )

    def dosed(self, bit: int, sets: int, share: float) -> tuple[Dose, int]:
        dose = make(Dose, scheme="any", start=make(Start, sets=sets, reps=8, effort_rpe=5, rest_s=0))
        return dose, sets * self.minutes_of_set(bit, begins=share == 0)

    def minutes_of_set(self, bit: int, *, begins: bool) -> int:
        return max(1, self.per_set[bit] - begins * self.begun[bit])

    def offer(self, bit: int, begins: bool) -> Offer | None:
        if begins and not self.begun[bit]:
            return None
        return Offer(self.dosed(bit, 2, 0)[0], self.most[bit], float(not begins))

    def built(self) -> list[tuple[int, int, int]]:
        """What the builder makes of it: place, exercise, sets."""
        places = [
            (Place(n, f"place {n}", mask, asked, each_session=False, concluded=()), mask, asked)
            for n, (mask, asked) in enumerate(zip(self.places, self.asked, strict=True))
        ]
        ranking = Ranking.of(((weight, 1 << bit) for bit, weight in enumerate(self.weights)), ())
        picks = fill(Room(self.minutes, self.exercises, 99), [], places, ranking, self.offer, self.dosed)
        return [(int(pick.place.order), pick.bit, pick.dose.start.sets) for pick in picks if pick.place]

    def sessions(self) -> Iterator[tuple[list[Way | None], list[int]]]:
        """Every session that there is room for: of each place the exercise or nothing, and the sets."""
        choices: list[list[Way | None]] = [
            [None, *((begins, b) for b in range(5) if mask >> b & 1 for begins in (False, True))]
            for mask in self.places
        ]
        for chosen in product(*choices):
            used = [way[1] for way in chosen if way is not None]
            if len(set(used)) < len(used) or len(used) > self.exercises:
                continue
            counts = [
                [0] if way is None else range(2, max(2, min(self.most[way[1]], self.asked[n])) + 1)
                for n, way in enumerate(chosen)
            ]
            for sets in product(*counts):
                took = [
                    s * self.minutes_of_set(way[1], begins=way[0])
                    for s, way in zip(sets, chosen, strict=True) if way is not None
                ]  # fmt: skip
                if sum(took) <= self.minutes:
                    yield list(chosen), list(sets)

    def worth(self, chosen: Sequence[Way | None], sets: Sequence[int]) -> tuple[Any, ...]:
        """The written order: place by place the better exercise as far as grown, then as begun, then more sets."""
        exercises = tuple((-1,) if way is None else (1 - way[0], self.weights[way[1]], -way[1]) for way in chosen)
        return exercises, tuple(sets)


def test_a_session_equals_brute_force_under_the_written_order() -> None:
    rng = random.Random("sessions")
    for _ in range(600):
        small = Small.drawn(rng)
        chosen, sets = max(small.sessions(), key=lambda session: small.worth(*session))
        best = [(n, way[1], s) for n, (way, s) in enumerate(zip(chosen, sets, strict=True)) if way is not None]
        assert small.built() == best, small


# -- whole weeks against brute force ----------------------------------------------------------------------------------


@dataclass
class SmallWeek:
    """A week of a runner who refuses all but a few exercises: few enough to try everything.

    What it reads of the builder: the days, what treats, and how long so many sets of an exercise take. It finds anew
    what may be done, the order of the places, and the best choice of exercises and sets in each session.
    """

    engine: Engine
    runner: Runner

    def __post_init__(self) -> None:
        parts = self.engine._parts
        self.decisions = self.engine._decide(self.runner)
        self.numbers = parts.program.parameters
        self.builder = _Builder(parts.planner, self.decisions, self.runner)
        self.week = self.builder.week()
        self.exercises = tuple(self.engine.catalogue.exercises.values())
        self.sets: Counter[str] = Counter()
        self.used: Counter[int] = Counter()
        self.lifts: dict[tuple[str, bool], int] = {}

    def may_do(self) -> set[int]:
        """Allowed, with what is at hand, and not refused."""
        strength = self.runner.strength
        there = {*(strength.equipment or ()), *self.engine.catalogue.everyday()} - {*strength.lacks}
        there |= {*(strength.equipment or ())}
        return {
            bit
            for bit, one in enumerate(self.exercises)
            if self.decisions.allowed >> bit & 1
            and all(there & {*options} for options in one.needs)
            and one.id not in strength.refuses
        }

    def better(self, bit: int) -> tuple[Any, ...]:
        """The written order of exercises."""
        one = self.exercises[bit]
        weight = sum(self.numbers[c.effect.data["weight"]] for c in self.decisions.of("prefer") if c.mask >> bit & 1)
        if bit in self.used and bit not in self.lifts.values():
            weight -= self.numbers["prefer.slight"]  # accessories take turns
        lately = {
            key for session in self.decisions.inference.facts.log
            if (session.days_ago or 0) <= self.numbers["growth.recent_days"] for key in session.exercises
        }  # fmt: skip
        primary = sum(role == "primary" for role in one.trains.values())
        fills = sum(place.mask >> bit & 1 for place in self.week.places)
        return weight, fills, one.id not in lately, -min(one.skill, 4), min(primary, 4) if primary > 1 else 1, -bit

    def turns(self, number: int, most: int, treats: set[int]) -> list[Place]:
        """The main lifts of this session, then what the week has nothing of, then what it has too little of."""
        lacking = [
            place for place in self.week.places
            if self.sets[place.name] < place.sets and not any(place.mask >> bit & 1 for bit in treats)
        ]  # fmt: skip
        main = [place for place in lacking if place.each_session]
        two = most == 2
        if len(main) > max(1, most // 2):
            first = number % len(main)
            main = [*main[first:], *main[:first]][: max(1, most // 2)]
        rest = [place for place in lacking if place not in main]
        return [
            *main,
            *sorted(rest, key=lambda one: (self.sets[one.name] > 0, two and one.each_session, one.order, one.name)),
        ]

    def pool(self, number: int) -> set[int]:
        """What may stand in a session: not what treats, nor what has been done often enough or too shortly before."""
        when, decisions = self.week.when, self.decisions
        assert when is not None
        days = [WEEKDAYS.index(day) for day in when.days] or [n * 7 // when.count for n in range(when.count)]
        found = self.may_do()
        treating = {pick.bit for pick in self.week.picks() if pick.treats}
        for bit in sorted(found):
            dose, bounds = self.builder.dosed(bit), decisions.bounds_of(bit)
            spaced = bounds.get("spacing_h")
            before = [
                days[n] for n, session in enumerate(self.week.sessions[:number])
                if any("spacing_h" in decisions.bounds_of(pick.bit) for pick in session.picks)
            ]  # fmt: skip
            keys = [hours_until(days[number], key) for key in when.keys] if when.days else []
            if (
                bit in treating
                or self.week.new >> bit & 1
                or (dose is not None and self.used[bit] >= dose.sessions_per_week[1])
                or (
                    spaced
                    and any(min((days[number] - d) % 7, (d - days[number]) % 7) * 24 < spaced.value for d in before)
                )
                or ("hours_before_key_run" in bounds and any(h < self.builder._key_runs()[0] for h in keys))
            ):
                found.discard(bit)
        return found

    def best(self, number: int) -> list[tuple[str, int, int]]:
        """The best session by the written order, of all that there are: place, exercise, sets."""
        built = self.week.sessions[number]
        begun = [pick for pick in built.picks if pick.treats]
        daily = list(self.week.daily)
        beside = sum(
            work.pick.minutes * work.times_per_day
            for work in daily
            if work.days_per_week[0] < self.numbers["treatment.daily_days"]
            and (built.day is None or not work.days or built.day in work.days)
        )
        whole = self.builder._minutes()
        whole = max(whole - beside, whole // 2)
        minutes = whole - built.warm_up - sum(pick.minutes for pick in begun)
        each = self.numbers["session.minutes_per_exercise"]
        most = int(max(self.numbers["session.fewest_exercises"],
                       min(self.numbers["session.most_exercises"], round(whole / each))))  # fmt: skip
        pool, treats = self.pool(number), {pick.bit for pick in [*begun, *(work.pick for work in daily)]}
        turns = [
            (place, able) for place in self.turns(number, most, treats)
            if (able := [bit for bit in sorted(pool) if place.mask >> bit & 1 and self.builder._offer(bit)])
        ]  # fmt: skip
        light = built.kept_clear
        begun_with = {p.name: [self.lifts.get((p.name, light)), self.lifts.get((p.name, False))] for p, _ in turns}
        turns = [(p, [lift for lift in begun_with[p.name] if lift in able][:1] or able) for p, able in turns]
        best: tuple[Any, ...] = ()
        chosen: tuple[Way | None, ...] = ()
        ways = [[None, *((begins, b) for b in able for begins in (False, True))] for _, able in turns]
        for several in product(*ways):
            there = [way for way in several if way is not None]
            if len({bit for _, bit in there}) < len(there) or len(there) + len(begun) > most:
                continue
            doses = [self.timed(way, self.least(way[1])) for way in there]
            contacts = sum(dose.start.contacts or 0 for dose, _ in doses)
            if sum(took for _, took in doses) > minutes or contacts > self.numbers["session.most_contacts"]:
                continue
            worth = tuple(() if way is None else (not way[0], *self.better(way[1])) for way in several)
            if not best or worth > best:
                best, chosen = worth, several
        filled = [(place, way) for (place, _), way in zip(turns, chosen, strict=True) if way is not None]
        counts = [
            range(least, max(least, min(self.most(bit), place.sets - self.sets[place.name])) + 1)
            for place, (_, bit) in filled
            if (least := self.least(bit)) is not None
        ]
        fits = [
            sets for sets in product(*counts)
            if sum(self.timed(way, n)[1] for (_, way), n in zip(filled, sets, strict=True)) <= minutes
        ]  # fmt: skip
        return [(place.name, bit, n) for (place, (_, bit)), n in zip(filled, max(fits), strict=True)]

    def least(self, bit: int) -> int:
        offer = self.builder._offer(bit)
        assert offer is not None
        return int(offer.dose.start.sets)

    def most(self, bit: int) -> int:
        offer = self.builder._offer(bit)
        assert offer is not None
        return offer.most_sets

    def timed(self, way: Way, sets: int) -> tuple[Dose, int]:
        begins, bit = way
        return self.builder._with_sets(bit, sets, 0.0 if begins else self.builder.growth.share(bit))

    def took(self, number: int) -> list[tuple[str, int, int]]:
        """What the builder has chosen; it is remembered for the sessions to come."""
        picks = list(self.week.sessions[number].picks)
        found = [(pick.place.name, pick.bit, pick.dose.start.sets) for pick in picks if pick.place is not None]
        for name, bit, sets in found:
            self.sets[name] += sets
            if next(place for place in self.week.places if place.name == name).each_session:
                self.lifts.setdefault((name, self.week.sessions[number].kept_clear), bit)
        self.used.update(pick.bit for pick in picks)
        return found


def test_a_week_equals_brute_force_under_the_written_order(engine: Engine) -> None:
    """With second and third days, treatment beside it, key runs, odd equipment, and nearly everything refused."""
    rng = random.Random("small weeks")
    seen: Counter[str] = Counter()
    for _ in range(SMALL_WEEKS):
        data = dict(random_runner(rng, engine.pack, rng.choice((0, 0, 1))))
        all_of = engine._decide(engine.runner(data))
        may = engine.pack.ids(all_of.available)
        kept = rng.sample(may, min(len(may), rng.randint(4, 8)))
        told = dict(data.get("strength") or {})
        told["minutes_per_session"] = rng.choice((10, 15, 20, 30, 45, 60))
        told["sessions_per_week"] = rng.randint(1, 4)
        runner = engine.runner({**data, "strength": told})
        refused = tuple(key for key in engine.catalogue.ids if key not in kept)  # more than a file may name
        small = SmallWeek(engine, altered(runner, strength=altered(runner.strength, refuses=refused)))
        if small.decisions.status == "stop":
            continue
        assert small.may_do() == {engine.catalogue.ids.index(key) for key in engine.pack.ids(small.decisions.available)}
        for number, session in enumerate(small.week.sessions):
            best = small.best(number)
            assert sorted(small.took(number)) == sorted(best), (number, small.runner)
            seen["sessions"] += 1
            seen["second days"] += bool(number and best)
            seen["equipment"] += any(small.exercises[bit].needs for _, bit, _ in best)
            seen["beside treatment"] += any(pick.treats for pick in session.picks)
            seen["near a key run"] += session.kept_clear
            seen["as it begins"] += any(
                _less_than_grown(small.builder.dosed(pick.bit), pick.dose) for pick in session.picks
            )
    kinds = ("second days", "equipment", "beside treatment", "near a key run", "as it begins")
    assert min(seen[kind] for kind in kinds) >= 3, seen


def _less_than_grown(grown: Dose | None, given: Dose) -> bool:
    return grown is not None and altered(given.start, sets=grown.start.sets) != grown.start


# -- weeks of random runners ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(engine: Engine) -> list[Recommendation]:
    """The answers for random runners."""
    rng = random.Random("weeks")
    return [engine.recommend(random_runner(rng, engine.pack)) for _ in range(RUNNERS)]


def listed(answer: Recommendation) -> list[Given]:
    return [*(answer.daily.exercises if answer.daily else ()), *(g for s in answer.sessions for g in s.exercises)]


def test_minutes_are_the_sum_of_what_is_listed(answers: list[Recommendation]) -> None:
    for answer in answers:
        for session in answer.sessions:
            assert session.minutes == session.warm_up_min + sum(given.minutes for given in session.exercises)
            told = answer.runner.strength.minutes_per_session
            assert told is None or session.minutes <= max(told, 0), "a session keeps to the time there is"
        if answer.daily:
            assert answer.daily.minutes == sum(g.minutes * g.times_per_day for g in answer.daily.exercises)


def test_a_session_holds_few_exercises_each_with_sets_of_use(engine: Engine, answers: list[Recommendation]) -> None:
    schemes = engine.pack.schemes
    for answer in answers:
        for session in answer.sessions:
            assert len(session.exercises) <= 7
        for given in listed(answer):
            least = min(schemes[given.dose.scheme].sets[0], given.dose.sets[1])
            assert given.dose.start.sets >= least


def test_what_is_begun_with_lies_in_its_range(answers: list[Recommendation]) -> None:
    for answer in answers:
        for given in listed(answer):
            start, dose = given.dose.start, given.dose
            for name in ("sets", "reps", "hold_s", "contacts", "effort_rpe"):
                span, value = getattr(dose, name), getattr(start, name)
                assert (span is None) == (value is None), (given.exercise, name)
                if span is not None:
                    assert span[0] <= value <= span[1], (given.exercise, name, span, value)


def test_treatment_stands_first(answers: list[Recommendation]) -> None:
    treated = 0
    for answer in answers:
        for session in answer.sessions:
            first = [bool(given.treats) for given in session.exercises]
            assert first == sorted(first, reverse=True)
            treated += sum(first)
    assert treated > 20


def test_no_exercise_stands_twice_in_a_session(answers: list[Recommendation]) -> None:
    for answer in answers:
        for session in answer.sessions:
            ids = [given.exercise for given in session.exercises]
            assert len(set(ids)) == len(ids)


# -- law 15 -----------------------------------------------------------------------------------------------------------

STRONG: Mapping[str, Any] = {
    "strength": {"weeks_trained": 40, "sessions_per_week": 2, "minutes_per_session": 60,
                 "equipment": ["barbell", "squat_rack", "dumbbell"]},
    "legs": {side: {"calf_raises": 30, "balance_s": 60} for side in ("left", "right")},
    "screens": dict.fromkeys(("squat", "hinge", "push", "pull", "rotate", "lunge", "single_leg"), "competent"),
}  # fmt: skip


def test_what_has_just_opened_begins_at_its_lowest(engine: Engine, answers: list[Recommendation]) -> None:
    """Law 15: nothing that a runner's log does not know is begun above its lowest."""
    for answer in answers:
        if answer.runner.recent_sessions or engine._decide(answer.runner).familiar:
            continue
        for given in listed(answer):
            if not given.treats:
                assert given.dose.start.sets == given.dose.sets[0], given.exercise
                assert given.dose.start.effort_rpe == given.dose.effort_rpe[0], given.exercise


def squat(answer: Recommendation) -> Given:
    return next(given for given in listed(answer) if given.exercise == "back_squat")


def test_doses_grow_by_calm_sessions_of_the_exercise_and_by_nothing_else(engine: Engine) -> None:
    def with_log(count: int, **more: Any) -> Start:
        log = [{"days_ago": 3 * n + 1, "exercises": ["back_squat"], **more} for n in range(count)]
        return squat(engine.recommend({**STRONG, "recent_sessions": log})).dose.start

    fresh, half, grown = with_log(0), with_log(6), with_log(12)
    assert (fresh.sets, fresh.effort_rpe) == (2, 7)
    assert fresh.effort_rpe < half.effort_rpe < grown.effort_rpe
    assert with_log(12, pain_during=6) == fresh, "a session that hurt is no step forward"
    stale = [{"days_ago": 200 + n, "exercises": ["back_squat"]} for n in range(12)]
    stale.append({"days_ago": 2, "exercises": ["pull_up"]})
    assert squat(engine.recommend({**STRONG, "recent_sessions": stale})).dose.start == fresh
    longer = {**STRONG, "strength": {**STRONG["strength"], "weeks_trained": 400}}
    assert squat(engine.recommend(longer)).dose.start == fresh


def test_a_dose_grows_by_calm_sessions_of_the_exercise_for_every_runner(engine: Engine) -> None:
    """Law 15 for random runners: calm sessions bring each channel from its lowest to its top, sore ones do not."""
    rng = random.Random("growth")
    top = int(engine.pack.parameters["growth.sessions_to_top"].value)
    compared: Counter[str] = Counter()

    def dose_of(data: Mapping[str, Any], key: str, count: int, pain: int) -> tuple[Dose | None, bool]:
        log = [{"days_ago": 3 * n + 1, "exercises": [key], "pain_during": pain, "pain_next_morning": pain}
               for n in range(count)]  # fmt: skip
        runner = engine.runner({**data, "recent_sessions": log})
        decisions, bit = engine._decide(runner), engine.catalogue.ids.index(key)
        harder = {key, *engine.catalogue.above(key)}
        known = not harder.isdisjoint(engine.pack.ids(decisions.familiar))
        return engine._parts.planner.dose(decisions, bit, runner), known

    for _ in range(tries(100)):
        data = random_runner(rng, engine.pack)
        allowed = engine.recommend({**data, "recent_sessions": []}).allowed
        if not allowed:
            continue
        key = rng.choice(allowed)
        fresh, known = dose_of(data, key, 0, 0)
        if fresh is None:
            continue
        steps = [dose for count in (top // 2, top) if (dose := dose_of(data, key, count, 0)[0]) is not None]
        sore = dose_of(data, key, top, 9)[0]
        for name in ("reps", "hold_s", "contacts", "effort_rpe"):
            span, begun = getattr(fresh, name), getattr(fresh.start, name)
            if span is None:
                continue
            high = engine.pack.schemes[fresh.scheme].start_reps if name == "reps" else None
            falls = high is not None and min(high, span[1]) > span[0]
            begins, ends = (min(high, span[1]), span[0]) if falls and high is not None else span
            if not known:
                assert begun == int(begins), f"{key}: {name} begins at {begun}\n{data}"
            alike = [
                d for d in steps if (d.scheme, getattr(d, name)) == (fresh.scheme, span)
            ]  # rules read the log, too
            way = [begun, *(getattr(dose.start, name) for dose in alike)]
            assert way == sorted(way, reverse=falls), f"{key}: {name} goes {way}\n{data}"
            if len(alike) == 2:
                assert way[-1] == int(ends), f"{key}: {name} ends at {way[-1]}\n{data}"
                compared["grown"] += way[-1] != way[0]
            if sore is not None and (sore.scheme, getattr(sore, name)) == (fresh.scheme, span):
                assert getattr(sore.start, name) == begun, f"{key}: {name} grows by sessions that hurt\n{data}"
                compared["sore"] += 1
    assert compared["grown"] > 40, compared
    assert compared["sore"] > 40, compared


# -- days -------------------------------------------------------------------------------------------------------------


def test_days_keep_clear_of_key_runs_and_to_the_days_there_are() -> None:
    rng = random.Random("days")
    for _ in range(300):
        keys = tuple(sorted(rng.sample(WEEKDAYS, rng.randint(0, 3))))
        free = tuple(rng.sample(WEEKDAYS, rng.randint(0, 7)))
        count = rng.randint(0, 5)
        days, crowded = choose_days(count, keys, free, 36)
        assert len(days) == min(count, len(free) or 7)
        assert set(days) <= set(free or WEEKDAYS)
        assert crowded == any(hours_until(WEEKDAYS.index(day), key) < 36 for day in days for key in keys)
        if not crowded:
            assert not any((WEEKDAYS.index(day) + 1) % 7 == WEEKDAYS.index(key) for day in days for key in keys)


def test_work_between_sessions_is_spread_evenly() -> None:
    assert spread(7, ("mon",)) == WEEKDAYS
    assert spread(3, ("mon", "thu")) == ("mon", "thu", "sat") or "mon" in spread(3, ("mon", "thu"))
    for count in range(2, 6):
        places = [WEEKDAYS.index(day) for day in spread(count, ("tue",))]
        gaps = [(places[(i + 1) % count] - place) % 7 or 7 for i, place in enumerate(places)]
        assert max(gaps) - min(gaps) <= 1


def test_no_session_stands_in_the_last_days_before_a_race(engine: Engine) -> None:
    for days in range(8):
        told = {**STRONG, "today": "2026-11-23", "running": {"race_date": f"2026-11-{23 + days}"}}
        answer = engine.recommend(told)
        for session in answer.sessions:
            assert session.day is not None
            assert WEEKDAYS.index(session.day) <= days - 3, f"{days} days before the race, on {session.day}"
        if days < 3:
            assert not answer.sessions
            assert any("race" in note for note in answer.notes)
            (step,) = [step for step in answer.filters if step.because]
            assert step.because in answer.notes


@pytest.mark.parametrize("days", range(7))
def test_nothing_stands_on_the_day_of_a_race_or_the_day_after(days: int, engine: Engine) -> None:
    sore = {"injury": "achilles_tendinopathy_midportion", "side": "left", "pain": {"during": 1, "next_morning": 1}}
    race = {"race_date": f"2026-11-{23 + days}", "key_days": ["thu"]}
    answer = engine.recommend({**STRONG, "today": "2026-11-23", "running": race, "complaints": [sore]})
    raced = {*WEEKDAYS[days : days + 2]}
    assert (answer.daily is None) == (days < 2)  # the last two days before it are for rest
    for given in answer.daily.exercises if answer.daily is not None else ():
        assert given.days
        assert raced.isdisjoint(given.days)
    assert raced.isdisjoint(session.day for session in answer.sessions)


@pytest.mark.parametrize("days", range(7))
def test_the_week_of_a_race_is_clean_to_the_judge(days: int, engine: Engine) -> None:
    """What is due every day is not due on the day of the race and the day after, for either of them."""
    sore = {"injury": "plantar_heel_pain", "side": "left", "pain": {"during": 1, "next_morning": 1, "walking": 0}}
    race = {"race_date": f"2026-11-{23 + days}", "key_days": ["thu"]}
    answer = engine.recommend({**STRONG, "today": "2026-11-23", "running": race, "complaints": [sore]})
    assert engine.check_plan(answer.runner, Plan.of(answer)).findings == ()


def test_a_light_session_before_a_key_run_leaves_the_others_heavy(engine: Engine) -> None:
    """Whatever the order in which they stand in the week."""
    for free, clear in ((["mon", "thu"], "thu"), (["mon", "fri"], "mon")):
        told = {
            **STRONG,
            "strength": {**STRONG["strength"], "days": free},
            "running": {"key_days": ["tue"] if clear == "thu" else ["sat"]},
        }
        sessions = {session.day: session for session in engine.recommend(told).sessions}
        for day, session in sessions.items():
            lifts = [given for given in session.exercises if given.serves[0] in ("squat", "hinge or bridge")]
            assert len(lifts) == 2
            assert {given.dose is not None and given.dose.load == "heavy" for given in lifts} == {day == clear}


def test_fifteen_minutes_hold_what_matters_most(engine: Engine) -> None:
    told = {**STRONG, "strength": {**STRONG["strength"], "minutes_per_session": 15}}
    answer = engine.recommend(told)
    for session in answer.sessions:
        assert 2 <= len(session.exercises) <= 3
        assert session.minutes <= 15
    assert any("calf" in given.serves for given in listed(answer))


def test_one_short_session_a_week_trains_the_calf(engine: Engine) -> None:
    told = {**STRONG, "strength": {**STRONG["strength"], "minutes_per_session": 15, "sessions_per_week": 1}}
    (session,) = engine.recommend({**told, "strength": {**told["strength"], "weeks_trained": 2}}).sessions
    assert [given.serves[0] for given in session.exercises][1:] == ["calf"]


def test_the_main_lifts_are_the_same_in_every_session(engine: Engine) -> None:
    sessions = engine.recommend(STRONG).sessions
    lifts = [{g.exercise for g in s.exercises if g.serves[0] in ("squat", "hinge or bridge")} for s in sessions]
    assert len(lifts) == 2
    assert lifts[0] == lifts[1]


# -- another one instead ----------------------------------------------------------------------------------------------


def test_another_one_serves_the_same_purpose(engine: Engine, answers: list[Recommendation]) -> None:
    """It is allowed, not in the week already, and fills the place or treats the injury that the first one did."""
    catalogue, found = engine.catalogue, 0
    requires = [effect for rule in engine.pack.rules for effect in rule.effects if effect.type == "require"]
    for answer in answers:
        week = {given.exercise for given in listed(answer)}
        for given in listed(answer):
            if given.instead is None:
                continue
            found += 1
            assert given.instead in answer.allowed
            assert given.instead not in week
            assert given.instead not in answer.runner.strength.refuses
            if given.treats:
                injury = catalogue.injuries[given.treats[0].injury]
                steps = [
                    key for work in injury.stages[given.treats[0].stage].programme for s in work.steps for key in s
                ]
                assert given.instead in {*steps, *(edge.exercise for edge in injury.treated_by)}
            else:
                (place,) = given.serves
                masks = [m for e in requires if e.data["name"] == place for m in e.masks.values()]
                assert any(given.instead in engine.pack.ids(mask) for mask in masks)
    assert found > 200


def test_who_refuses_an_exercise_gets_the_one_instead(engine: Engine) -> None:
    answer = engine.recommend(STRONG)
    for given in {one.exercise: one for one in listed(answer)}.values():
        if given.instead is None:
            continue
        told = {**STRONG, "strength": {**STRONG["strength"], "refuses": [given.exercise]}}
        week = {one.exercise for one in listed(engine.recommend(told))}
        assert given.exercise not in week
        assert given.instead in week, given.exercise


def every_given(answer: Recommendation) -> Iterator[Given]:
    """Every exercise of every session."""
    return (one for session in answer.sessions for one in session.exercises)


def test_the_command_line_gives_another_one() -> None:
    runner = json.dumps({"goal": "durability"})
    first = CliRunner().invoke(main, ["recommend", "-", "--json", "--details"], input=runner)
    given = next(every_given(Recommendation.from_json(first.stdout)))
    words = ["recommend", "-", "--json", "--details", "--instead", given.exercise]
    done = CliRunner().invoke(main, words, input=runner)
    week = {one.exercise for one in every_given(Recommendation.from_json(done.stdout))}
    assert given.exercise not in week
    assert given.instead in week
    wrong = CliRunner().invoke(main, ["recommend", "-", "--instead", "bak_squat"], input=runner)
    assert wrong.exit_code == 2
    assert "unknown exercise `bak_squat`" in wrong.stderr


# -- stages -----------------------------------------------------------------------------------------------------------


def test_a_worse_answer_never_moves_a_complaint_on(engine: Engine) -> None:
    rng = random.Random("stages")
    order = list(engine.catalogue.words["stages"])
    compared = moved = 0
    for _ in range(WORSENINGS):
        data = random_runner(rng, engine.pack, rng.choice((1, 1, 2)))
        step = one_step(rng, engine.pack, data, worsened)
        if step is None:
            continue
        before = engine._decide(engine.runner(data)).stages
        after = engine._decide(engine.runner(step.taken(data))).stages
        for key, stage in after.items():
            compared += 1
            moved += before[key] != stage
            assert order.index(stage) <= order.index(before[key]), f"{step.told(data)}\n{data}"
    assert compared > WORSENINGS // 2
    assert moved


@pytest.mark.parametrize(
    "sign",
    [
        {"pain": {"at_rest": 6}}, {"pain": {"at_night": 6}}, {"pain": {"after": 7}}, {"pain": {"next_morning": 7}},
        {"pain": {"during": 7}}, {"trend": "worsening"},
    ],
    ids=str,
)  # fmt: skip
def test_no_complaint_is_loaded_while_it_is_unsettled(sign: dict[str, Any], engine: Engine) -> None:
    """Whatever it is: none goes further than being calmed while one of these is bad."""
    calm = {"during": 1, "after": 1, "next_morning": 1, "at_rest": 0, "at_night": 0, "walking": 0, "hopping": 0}
    order = list(engine.catalogue.words["stages"])
    for key, injury in engine.catalogue.injuries.items():
        if injury.unnamed:
            continue
        well: dict[str, Any] = {"injury": key, "pain": calm, "trend": "improving", "calm_sessions_in_row": 20,
                                "clinician_cleared": True, "weeks": 30}  # fmt: skip
        bad = {**well, **sign, "pain": {**calm, **sign.get("pain", {})}}
        answer = engine.recommend({"complaints": [bad], "running": {"pain_free_run_min": 60}})
        for treatment in answer.treatment:
            assert order.index(treatment.stage) <= order.index("calm") or treatment.stage == treatment.stages[0], key


# -- around races -----------------------------------------------------------------------------------------------------


def test_the_taper_keeps_the_lifts_and_cuts_the_sets(engine: Engine) -> None:
    """To three days before the race: the same lifts and load, and no more than six tenths of the repetitions."""
    usual = engine.recommend({**STRONG, "running": {"days_to_race": 60}})

    def lifts(answer: Recommendation) -> dict[str, str]:
        return {g.exercise: g.dose.load for g in listed(answer) if {"squat", "hinge or bridge"} & set(g.serves)}

    def volume(answer: Recommendation) -> int:
        return sum(given.dose.start.sets * (given.dose.start.reps or 0) for given in listed(answer))

    assert lifts(usual)
    for days in range(3, 15):
        answer = engine.recommend({**STRONG, "running": {"days_to_race": days}})
        assert lifts(answer) == lifts(usual), f"{days} days before the race"
        assert volume(answer) <= 0.6 * volume(usual)
        if days <= 7:
            assert len(answer.sessions) == 1
            assert answer.sessions[0].minutes <= 30


def test_nothing_new_is_begun_in_the_last_week(engine: Engine) -> None:
    log = [{"days_ago": 3 * n + 1, "exercises": ["back_squat", "side_plank"]} for n in range(6)]
    told = {**STRONG, "recent_sessions": log, "running": {"days_to_race": 6}}
    answer = engine.recommend(told)
    done = {"back_squat", "side_plank"}
    for given in listed(answer):
        easier = set(engine.catalogue.above(given.exercise))
        assert (
            given.exercise in done
            or easier & done
            or engine._decide(answer.runner).familiar >> (engine.catalogue.ids.index(given.exercise)) & 1
        ), given.exercise
    assert any("nothing new" in one.because for one in answer.uncovered)


@pytest.mark.parametrize(
    ("race", "sessions", "heavy"),
    [
        ({"days_since_race": 2, "last_race_km": 42.2}, 0, False), ({"days_since_race": 2}, 0, False),
        ({"days_since_race": 7, "last_race_km": 42.2}, 2, False), ({"days_since_race": 7}, 2, False),
        ({"days_since_race": 2, "last_race_km": 21}, 2, False), ({"days_since_race": 5, "last_race_km": 21}, 2, True),
        ({"days_since_race": 1, "last_race_km": 10}, 2, False), ({"days_since_race": 2, "last_race_km": 10}, 2, True),
        ({"days_since_race": 20}, 2, True),
    ],
    ids=str,
)  # fmt: skip
def test_after_a_race_recovery_goes_by_its_length(
    race: dict[str, float], sessions: int, heavy: bool, engine: Engine
) -> None:
    answer = engine.recommend({**STRONG, "running": race})
    assert len(answer.sessions) == sessions
    assert ("back_squat" in answer.allowed) == heavy
    assert bool(answer.sessions) or any("race" in note for note in answer.notes)


def test_on_a_day_with_a_key_run_the_run_comes_first(engine: Engine) -> None:
    told = {**STRONG, "strength": {**STRONG["strength"], "days": ["tue", "fri"]}, "running": {"key_days": ["tue"]}}
    notes = {session.day: session.note or "" for session in engine.recommend(told).sessions}
    assert "run first, and leave 6 hours" in notes["tue"]
    assert "run first" not in notes["fri"]


def test_what_the_days_do_not_allow_is_said(engine: Engine) -> None:
    told = {**STRONG, "strength": {**STRONG["strength"], "days": ["tue"]}}
    assert any("hold 1 of 2 sessions" in note for note in engine.recommend(told).notes)
    told = {**STRONG, "strength": {**STRONG["strength"], "days": ["tue", "wed"]}}
    assert any("no rest between" in note for note in engine.recommend(told).notes)


def test_treatment_that_the_week_has_no_room_for_is_said(engine: Engine, answers: list[Recommendation]) -> None:
    short = 0
    for answer in answers:
        for treatment in answer.treatment:
            programme = engine.catalogue.injuries[treatment.injury].stages[treatment.stage].programme
            for given in listed(answer):
                for treats in given.treats:
                    if treats.complaint == treatment.complaint:
                        work = next((work for work in programme if work.what == treats.what), None)
                        if work is None or treats.injury != treatment.injury:
                            continue
                        inside = sum(given.exercise in {g.exercise for g in s.exercises} for s in answer.sessions)
                        had = given.days_per_week[0] if given.days_per_week else inside
                        if had < work.days_per_week[0]:
                            short += 1
                            assert any(note.startswith(f"{given.name} is due on") for note in answer.notes)
    assert short


def test_what_is_due_every_second_day_stands_on_no_two_days_in_a_row(
    engine: Engine, answers: list[Recommendation]
) -> None:
    for answer in answers:
        on: dict[str, list[int]] = {}
        for session in answer.sessions:
            for given in session.exercises:
                if given.treats and session.day is not None:
                    on.setdefault(given.exercise, []).append(WEEKDAYS.index(session.day))
        for given in answer.daily.exercises if answer.daily else ():
            if given.days and len(given.days) <= 3:
                on.setdefault(given.exercise, []).extend(WEEKDAYS.index(day) for day in given.days)
        for key, days in on.items():
            often = max(
                (w.days_per_week[1] for t in answer.treatment
                 for w in engine.catalogue.injuries[t.injury].stages[t.stage].programme
                 if any(key in step for step in w.steps)), default=7,
            )  # fmt: skip
            if often <= 3:
                assert not any((day + 1) % 7 in days for day in days), (key, days)
