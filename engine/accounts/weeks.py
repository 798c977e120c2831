"""Why these days, why so many sessions, what each holds, and what the week gave up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, point
from prehab.accounts.models import Part, Point
from prehab.decide import Concluded
from prehab.recommendation import Given
from prehab.rules.messages import capital
from prehab.week import WEEKDAYS, DailyWork, Pick, WeekSession
from prehab.week.days import Suits, free_among, hours_until, suits
from prehab.week.planner import When

__all__ = ["WeekTeller", "bound_on"]


class WeekTeller:
    """Tells the week of one runner, and each of its days."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.say = case.say
        self.when: When | None = case.week.when

    # -- a week -------------------------------------------------------------------------------------------------------

    def week(self) -> Iterator[Part]:
        """How many sessions, on which days, what they hold, and what was given up."""
        case = self.case
        yield from case.part("because", self.say("account_week.how_many"), self._how_many())
        yield from case.part("days", self.say("account_week.which_days"), self._which_days())
        yield from case.part("holds_what", self.say("account_week.holds"), self._everything())
        yield from case.part("given_up", self.say("account_week.given_up"), self._given_up())
        yield from case.part("because", self.say("account_week.to_know"), map(point, case.answer.notes))
        yield from case.part("because", self.say("account_week.filters"), self._filters())

    def week_summary(self) -> str:
        """The week in a sentence."""
        case = self.case
        if case.stopped:
            return self.say("account_week.stopped")
        sessions = self.say("count.sessions", count=len(case.week.sessions))
        held = self.say("account_week.and_daily", sessions=sessions) if case.week.daily else f"{sessions}."
        given_up = sum(1 for _ in self._given_up())
        rest = self.say("account_week.lost", count=given_up) if given_up else self.say("account_week.nothing_lost")
        return f"{held} {rest}"

    def _how_many(self) -> Iterator[Point]:
        """The sessions a week: what was told, what rules bound, what the days hold."""
        case = self.case
        told = case.runner.strength.sessions_per_week
        most, usual = (bound_on(case, name) for name in ("sessions_per_week", "usual_sessions"))
        if case.stopped:
            yield from case.ruled(case.decider.deciding(case.decisions))
            return
        if told is not None:
            yield point(self.say("account_week.have_time", count=told))
        elif usual is not None:
            reason = case.reasons.of(usual)
            said = self.say("account_week.usual", because=reason.because)
            yield point(said, about=reason.rule, reasons=[reason])
        if most is not None and (told is None or told > case.decisions.runner_bounds["sessions_per_week"].value):
            reason = case.reasons.of(most)
            value = case.decisions.runner_bounds["sessions_per_week"].value
            said = self.say("account_week.at_most", most=value, because=reason.because)
            yield point(said, about="limit sessions_per_week", reasons=[reason])
        when = self.when
        if when is not None and when.wanted > when.count:
            why = self.say("account_week.race_near" if when.race_week else "account_week.no_free_days")
            yield point(self.say("account_week.fit", count=when.wanted, have=when.count, why=why))
        elif len(case.week.sessions) < case.week.asked:
            yield point(self.say("account_week.filled", count=case.week.asked, have=len(case.week.sessions)))

    def _which_days(self) -> Iterator[Point]:
        case, when = self.case, self.when
        if case.stopped or when is None or not case.week.sessions:
            return
        if not when.days:
            yield point(self.say("account_week.no_days"))
            return
        for number, session in enumerate(case.week.sessions):
            why = " ".join(point.says for point in self._why_day(session))
            name = case.answer.sessions[number].name
            said = self.say("account_day.session", name=name)
            yield point(f"{said}. {why}", title=self._named(str(session.day)), about=session.day)
        if when.crowded:
            yield point(self.say("account_week.crowded"))

    def _everything(self) -> Iterator[Point]:
        seen: set[int] = set()
        for _, given, pick in self.case.given():
            if pick.bit not in seen:
                seen.add(pick.bit)
                yield self._of_given(given, pick)

    def _of_given(self, given: Given, pick: Pick) -> Point:
        """Why an exercise is there: the complaint that it treats, or the place that it fills."""
        case, reasons = self.case, list(given.reasons[:1])
        if pick.treats:
            plain = case.catalogue.injuries
            treats = (
                self.say("account_week.treats", injury=plain[one.injury.id].plain, what=one.work.what)
                for one in pick.treats
            )
            stage = self.say("account_week.stage", stage=self.say.word(pick.treats[0].stage))
            text = " ".join((*treats, stage))
        elif pick.place is not None:
            text = self.say("account_week.for_place", place=self.say.word(pick.place.name), because=given.because)
            reasons = [case.reasons.of(one) for one in pick.place.concluded if one.mask >> pick.bit & 1][:1]
        else:
            text = given.because
        return point(text, title=given.name, about=given.exercise, reasons=reasons)

    def _given_up(self) -> Iterator[Point]:
        """What the week should hold and does not, and what it was built around."""
        case, week = self.case, self.case.week
        if case.stopped:
            return
        places = {self.say.word(place.name): place.name for place in (*week.places, *week.skipped)}
        for one in case.answer.uncovered:
            name = places[one.what]
            lacks = week.room.short.get(name) if week.room is not None else None
            skipped = all(place.name != name for place in week.uncovered)
            more = f" {self.say(f'last_session.{lacks}')}" if lacks is not None and skipped else ""
            asks = [place for place in week.places if place.name == name]
            told = [case.reasons.of(c) for place in asks for c in place.concluded][:1]
            yield point(
                f"{one.because}{more}", title=capital(one.what), about=told[0].rule if told else None, reasons=told
            )
        for asked in dict.fromkeys(week.untreated):
            injury, what = case.catalogue.injuries[asked.injury.id].plain, asked.work.what
            yield point(
                f"{self.say('account_week.treats', injury=injury, what=what)} {self.say('account_week.no_step')}",
                about=f"stage {asked.injury.id}" if len(case.runner.complaints) == 1 else None,
            )
        for session in week.sessions:
            if session.kept_clear and session.day:
                yield point(
                    self.say("account_week.kept_clear", day=self._named(session.day)),
                    reasons=[case.reasons.of(one) for one in self._protecting()[:1]],
                    about="limit hours_before_key_run",
                )

    def _filters(self) -> Iterator[Point]:
        for one in self.case.answer.filters:
            because = f" {one.because}" if one.because else ""
            said = self.say("account_week.left", left=one.left, out=one.removed)
            yield point(said + because, title=capital(one.step))

    # -- a day --------------------------------------------------------------------------------------------------------

    def day(self, asked: Asked) -> Iterator[Part]:
        """Why a session or other work stands on a day, or why none does; what it holds; why not another day."""
        case = self.case
        here = self._sessions(asked)
        named = asked.key in WEEKDAYS
        if case.stopped:
            ruled = case.ruled(case.decider.deciding(case.decisions))
            yield from case.part("holds", self.say("account_day.why_nothing"), ruled)
            return
        for session in here:
            yield from case.part("days", self.say("account_day.why_this"), self._why_day(session))
        if not here and named:
            yield from case.part("days", self.say("account_day.why_none"), self._why_none(asked.key))
        working = [work for work in case.week.daily if not work.days or asked.key in work.days]
        held = self._held(here, working if named else [])
        yield from case.part("holds_what", self.say("account_day.holds"), held)
        if here and self.when is not None and self.when.days:
            yield from case.part("days", self.say("account_day.why_not_another"), self._others(here[0]))

    def day_name(self, asked: Asked) -> str:
        if asked.key in WEEKDAYS:
            return self._named(asked.key)
        if not asked.place:
            return asked.about
        return self.say("account_day.session", name=self.case.answer.sessions[int(asked.place)].name)

    def _named(self, day: str) -> str:
        return self.say(f"weekday.{day}")

    def standing(self, asked: Asked) -> list[str]:
        """What stands on a day, thing by thing."""
        case = self.case
        told = [
            self.say("account_day.held", name=case.answer.sessions[number].name, minutes=session.minutes)
            for number, session in enumerate(case.week.sessions)
            if session in self._sessions(asked)
        ]
        often = [work for work in case.week.daily if asked.key in work.days or not work.days]
        if often and asked.key in WEEKDAYS:
            chosen = all(not work.days for work in often)
            told.append(self.say("account_day.daily_of_choice" if chosen else "account_day.daily"))
        return told

    def day_summary(self, asked: Asked) -> str:
        """What stands on a day, in a sentence."""
        told = self.standing(asked)
        return f"{capital(self.case.listed(told))}." if told else self.say("account_day.nothing")

    def _sessions(self, asked: Asked) -> list[WeekSession]:
        if asked.place:
            return [self.case.week.sessions[int(asked.place)]]
        return [session for session in self.case.week.sessions if session.day == asked.key]

    def _held(self, sessions: list[WeekSession], working: list[DailyWork]) -> Iterator[Point]:
        """Everything of a day."""
        numbers = [n for n, one in enumerate(self.case.week.sessions) if any(one is session for session in sessions)]
        here = tuple(f"/sessions/{number}/" for number in numbers)
        for place, given, pick in self.case.given():
            if place.startswith(here) if place.startswith("/sessions") else any(pick is one.pick for one in working):
                yield self._of_given(given, pick)

    def _why_day(self, session: WeekSession) -> tuple[Point, ...]:
        """What speaks for the day of a session: the hours to key runs, rest between, the days that there are."""
        case, when = self.case, self.when
        if when is None or session.day is None:
            return (point(self.say("account_day.none_named")),)
        day = WEEKDAYS.index(session.day)
        points = []
        if when.free:
            points.append(point(self.say("account_day.free", days=self._days(when.free))))
        if when.keys:
            hours = min(hours_until(day, key) for key in when.keys)
            key = min(when.keys, key=lambda key: hours_until(day, key))
            protecting = [case.reasons.of(one) for one in self._protecting()[:1]]
            name, away = self._named(key), self.say("count.days", count=hours / 24)
            if when.hours and hours >= when.hours:
                text = self.say("account_day.key_run_clear", key=name, away=away, hours=when.hours)
            elif when.hours:
                text = self.say("account_day.key_run_near", key=name, away=away, hours=when.hours)
            else:
                text, protecting = self.say("account_day.key_run", key=name), []
            points.append(point(text, about="limit hours_before_key_run" if protecting else None, reasons=protecting))
        apart = [one for one in when.days if one != session.day]
        if apart:
            gap = min(min((WEEKDAYS.index(one) - day) % 7, (day - WEEKDAYS.index(one)) % 7) for one in apart)
            text = self.say("account_day.no_rest") if gap == 1 else self.say("account_day.apart", days=gap)
            points.append(point(text))
        if session.after_run is not None:
            text = self.say("account_day.after_run", hours=session.after_run)
            points.append(point(text, about="limit hours_after_run"))
        return tuple(points)

    def _days(self, days: Iterable[str]) -> str:
        """The names of some days."""
        return self.case.listed([self._named(day) for day in days])

    def _protecting(self) -> list[Concluded]:
        """What asks for hours before a key run, the most of them first."""
        return [one.concluded for one in self.case.decisions.limits if one.channel == "hours_before_key_run"]

    def _others(self, session: WeekSession) -> Iterator[Point]:
        """For every other day what would be worse, had the session been put there."""
        when = self.when
        assert when is not None
        assert session.day is not None
        mine = WEEKDAYS.index(session.day)
        rest = [WEEKDAYS.index(day) for day in when.days if day != session.day]
        best = suits(tuple(sorted([mine, *rest])), when.keys, when.hours)
        for day, name in enumerate(WEEKDAYS):
            if name in when.days:
                continue
            if day not in free_among(when.free):
                near_race = when.race_week and not self._has(name)
                text = self.say("account_day.near_race" if near_race else "account_day.not_yours")
            else:
                text = self._worse(best, suits(tuple(sorted([day, *rest])), when.keys, when.hours), day)
            yield point(text, title=self._named(name), about=name)

    def _has(self, day: str) -> bool:
        return not self.case.runner.strength.days or day in self.case.runner.strength.days

    def _worse(self, best: Suits, other: Suits, day: int) -> str:
        """The first thing in which one set of days suits better than another."""
        when = self.when
        assert when is not None
        if best.rested and not other.rested:
            return self.say("account_day.would_not_rest")
        if best.clear != other.clear:
            near = [key for key in when.keys if hours_until(day, key) < when.hours]
            if near:
                return self.say("account_day.too_near", hours=when.hours, days=self._days(near))
            return self.say("account_day.nearer")
        if best.no_run != other.no_run:
            return self.say("account_day.run_on_it")
        if best.gap != other.gap:
            return self.say("account_day.closer")
        return self.say("account_day.as_well")

    def _why_none(self, day: str) -> Iterator[Point]:
        """Why there is no session on a day."""
        case, when = self.case, self.when
        if when is None or not case.week.sessions:
            text = case.answer.filters[-2].because if len(case.answer.filters) > 1 else None
            yield point(text or self.say("account_day.no_session"), about="week")
            return
        if not when.days:
            yield point(self.say("account_day.none_named_for_any"), about="week")
            return
        if day in when.keys:
            yield point(self.say("account_day.run_on_it"))
        for session in case.week.sessions:
            for other in self._others(session):
                if other.about == day:
                    said = self.say("account_day.in_place", day=self._named(str(session.day)), why=other.says)
                    yield point(said, about=session.day)
        yield point(self.say("account_day.week_has", count=len(case.week.sessions)), about="week")

    # -- work on other days -------------------------------------------------------------------------------------------

    def daily(self) -> Iterator[Part]:
        """Why work is due on so many days, and on which."""
        case = self.case
        points = []
        for number, work in enumerate(case.week.daily):
            given = case.answer.daily.exercises[number] if case.answer.daily else None
            asked = work.pick.treats[0]
            least, most = (max(one.work.days_per_week[n] for one in work.pick.treats) for n in (0, 1))
            text = self.say(
                "account_daily.due",
                often=case.span(work.days_per_week),
                stage=self.say.word(asked.stage),
                due=case.span((least, most)),
            )
            if work.times_per_day > 1:
                text += self.say("screen.times_a_day", times=work.times_per_day)
            if work.days_per_week != (least, most):
                text += self.say("account_daily.no_other")
            text += "."
            if work.days and len(work.days) < 7:
                text += f" {self.say('account_daily.days', days=self._days(work.days))}"
            points.append(point(
                text, title=case.name(work.pick.bit), about=case.catalogue.ids[work.pick.bit],
                reasons=given.reasons[:1] if given else (),
            ))  # fmt: skip
        yield from case.part("because", self.say("account_daily.why"), points)
        bound = case.decisions.runner_bounds.get("daily_blocks")
        if bound is not None:
            yield from case.part("holds", self.say("account_daily.bounds"), case.ruled([bound.concluded]))


def bound_on(case: Case, channel: str) -> Concluded | None:
    """What bounds a channel of the runner, if anything does."""
    bound = case.decisions.runner_bounds.get(channel)
    return None if bound is None else bound.concluded
