"""Why these days, why so many sessions, what each holds, and what the week gave up."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.accounts.asked import DAYS, Asked
from prehab.accounts.case import Case, capital, counted, ends, listed, say
from prehab.accounts.models import Part, Point
from prehab.decide import Concluded
from prehab.recommendation import Given
from prehab.week import WEEKDAYS, DailyWork, Pick, WeekSession
from prehab.week.days import Suits, free_among, hours_until, suits
from prehab.week.planner import When
from prehab.week.sessions import Short

__all__ = ["WeekTeller", "bound_on"]

NAMES = {short: name.capitalize() for name, short in DAYS.items()}

LACKED: dict[Short, str] = {
    "exercises": "the session held as many exercises as fit",
    "minutes": "there were no minutes left",
    "contacts": "there were no landings left",
    "choice": "nothing that trains it may stand on that day, or all of it stands in the week already",
}


class WeekTeller:
    """Tells the week of one runner, and each of its days."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.when: When | None = case.week.when

    # -- a week -------------------------------------------------------------------------------------------------------

    def week(self) -> Iterator[Part]:
        """How many sessions, on which days, what they hold, and what was given up."""
        case = self.case
        yield from case.part("because", "How many sessions", self._how_many())
        yield from case.part("days", "On which days", self._which_days())
        yield from case.part("holds_what", "What it holds, and why", self._everything())
        yield from case.part("given_up", "What was given up", self._given_up())
        yield from case.part("because", "Also to know", map(say, case.answer.notes))
        yield from case.part("because", "From every exercise to this week", self._filters())

    def week_summary(self) -> str:
        """The week in a sentence."""
        case = self.case
        if case.stopped:
            return "No week: everything stops until somebody has looked."
        sessions = counted(len(case.week.sessions), "session")
        also = " and work on other days" if case.week.daily else ""
        given_up = sum(1 for _ in self._given_up())
        rest = f" {counted(given_up, 'thing')} could not be had." if given_up else " Nothing was given up."
        return f"{sessions}{also}.{rest}"

    def _how_many(self) -> Iterator[Point]:
        """The sessions a week: what was told, what rules bound, what the days hold."""
        case = self.case
        told = case.runner.strength.sessions_per_week
        most, usual = (bound_on(case, name) for name in ("sessions_per_week", "usual_sessions"))
        if case.stopped:
            yield from case.ruled(case.decider.deciding(case.decisions))
            return
        if told is not None:
            yield say(f"You have time for {counted(told, 'session')} a week.")
        elif usual is not None:
            reason = case.reasons.of(usual)
            yield say(
                f"You did not say how many you have time for. {reason.because}", about=reason.rule, reasons=[reason]
            )
        if most is not None and (told is None or told > case.decisions.runner_bounds["sessions_per_week"].value):
            reason = case.reasons.of(most)
            value = case.decisions.runner_bounds["sessions_per_week"].value
            yield say(f"At most {value:g} a week: {reason.because}", about="limit sessions_per_week", reasons=[reason])
        when = self.when
        if when is not None and when.wanted > when.count:
            why = "the race is near" if when.race_week else "you have no more free days"
            yield say(f"{counted(when.wanted, 'session')} would do, and {when.count} fit: {why}.")
        elif len(case.week.sessions) < case.week.asked:
            said = f"{counted(case.week.asked, 'session')} would do, and {len(case.week.sessions)} have something to do"
            yield say(f"{said} that is allowed and that fits.")

    def _which_days(self) -> Iterator[Point]:
        case, when = self.case, self.when
        if case.stopped or when is None or not case.week.sessions:
            return
        if not when.days:
            yield say("You named neither key runs nor free days, so no day is named: keep a day between sessions.")
            return
        for number, session in enumerate(case.week.sessions):
            why = " ".join(point.says for point in self._why_day(session))
            name = case.answer.sessions[number].name
            yield say(f"Session {name}. {why}", title=NAMES[str(session.day)], about=session.day)
        if when.crowded:
            yield say(
                "Your key runs leave too few days clear, so a session near one leaves heavy and springy work out."
            )

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
            text = " ".join(f"For {plain[one.injury.id].plain}: {one.work.what}." for one in pick.treats)
            text += f" Stage {pick.treats[0].stage.replace('_', ' ')}."
        elif pick.place is not None:
            text = f"for {pick.place.name}. {given.because}"
            reasons = [case.reasons.of(one) for one in pick.place.concluded if one.mask >> pick.bit & 1][:1]
        else:
            text = given.because
        return say(text, title=given.name, about=given.exercise, reasons=reasons)

    def _given_up(self) -> Iterator[Point]:
        """What the week should hold and does not, and what it was built around."""
        case, week = self.case, self.case.week
        if case.stopped:
            return
        for one in case.answer.uncovered:
            lacks = week.room.short.get(one.what) if week.room is not None else None
            skipped = all(place.name != one.what for place in week.uncovered)
            more = f" In the last session {LACKED[lacks]}." if lacks is not None and skipped else ""
            asks = [place for place in week.places if place.name == one.what]
            told = [case.reasons.of(c) for place in asks for c in place.concluded][:1]
            yield say(
                f"{one.because}{more}", title=capital(one.what), about=told[0].rule if told else None, reasons=told
            )
        for asked in dict.fromkeys(week.untreated):
            yield say(
                f"For {case.catalogue.injuries[asked.injury.id].plain}: {asked.work.what}. "
                "No step of it is allowed, equipped and has room in this week.",
                about=f"stage {asked.injury.id}" if len(case.runner.complaints) == 1 else None,
            )
        for session in week.sessions:
            if session.kept_clear and session.day:
                yield say(
                    f"{NAMES[session.day]} leaves out heavy and springy leg work: a key run is too near.",
                    reasons=[case.reasons.of(one) for one in self._protecting()[:1]],
                    about="limit hours_before_key_run",
                )

    def _filters(self) -> Iterator[Point]:
        for one in self.case.answer.filters:
            because = f" {one.because}" if one.because else ""
            yield say(f"{one.left} left, {one.removed} taken out.{because}", title=capital(one.step))

    # -- a day --------------------------------------------------------------------------------------------------------

    def day(self, asked: Asked) -> Iterator[Part]:
        """Why a session or other work stands on a day, or why none does; what it holds; why not another day."""
        case = self.case
        here = self._sessions(asked)
        named = asked.key in WEEKDAYS
        if case.stopped:
            yield from case.part("holds", "Why nothing stands on it", case.ruled(case.decider.deciding(case.decisions)))
            return
        for session in here:
            yield from case.part("days", "Why this day", self._why_day(session))
        if not here and named:
            yield from case.part("days", "Why no session", self._why_none(asked.key))
        working = [work for work in case.week.daily if not work.days or asked.key in work.days]
        yield from case.part("holds_what", "What stands on it, and why", self._held(here, working if named else []))
        if here and self.when is not None and self.when.days:
            yield from case.part("days", "Why not another day", self._others(here[0]))

    def day_name(self, asked: Asked) -> str:
        if asked.key in NAMES:
            return NAMES[asked.key]
        return f"Session {self.case.answer.sessions[int(asked.place)].name}" if asked.place else asked.about

    def day_summary(self, asked: Asked) -> str:
        """What stands on a day, in a sentence."""
        case = self.case
        told = [
            f"session {case.answer.sessions[number].name} ({session.minutes} min)"
            for number, session in enumerate(case.week.sessions)
            if session in self._sessions(asked)
        ]
        often = [work for work in case.week.daily if asked.key in work.days or not work.days]
        if often and asked.key in WEEKDAYS:
            told.append("daily work" if any(work.days for work in often) else "daily work, on days of your choice")
        return f"{capital(listed(told))}." if told else "Nothing stands on it."

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
            return (say("No day is named for it: you named neither key runs nor free days."),)
        day = WEEKDAYS.index(session.day)
        points = []
        if when.free:
            points.append(say(f"It is one of the days that you have: {listed([NAMES[one] for one in when.free])}."))
        if when.keys:
            hours = min(hours_until(day, key) for key in when.keys)
            key = min(when.keys, key=lambda key: hours_until(day, key))
            protecting = [case.reasons.of(one) for one in self._protecting()[:1]]
            away = counted(hours / 24, "day")
            if when.hours and hours >= when.hours:
                text = f"The next key run, on {NAMES[key]}, is {away} later: {when.hours:g} hours are to be clear."
            elif when.hours:
                text = f"The key run on {NAMES[key]} is only {away} later, and {when.hours:g} hours are to be clear."
            else:
                text, protecting = f"The next key run is on {NAMES[key]}.", []
            points.append(say(text, about="limit hours_before_key_run" if protecting else None, reasons=protecting))
        apart = [one for one in when.days if one != session.day]
        if apart:
            gap = min(min((WEEKDAYS.index(one) - day) % 7, (day - WEEKDAYS.index(one)) % 7) for one in apart)
            text = "No day of rest lies between it and the nearest session." if gap == 1 else (
                f"The nearest other session is {gap} days away."
            )  # fmt: skip
            points.append(say(text))
        if session.after_run is not None:
            points.append(
                say(
                    f"There is a key run that day: leave {session.after_run} hours after it.",
                    about="limit hours_after_run",
                )
            )
        return tuple(points)

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
                near = (
                    "it is too near the race" if when.race_week and not self._has(name) else "you do not have that day"
                )
                yield say(f"{capital(near)}.", title=NAMES[name], about=name)
                continue
            other = suits(tuple(sorted([day, *rest])), when.keys, when.hours)
            yield say(self._worse(best, other, day), title=NAMES[name], about=name)

    def _has(self, day: str) -> bool:
        return not self.case.runner.strength.days or day in self.case.runner.strength.days

    def _worse(self, best: Suits, other: Suits, day: int) -> str:
        """The first thing in which one set of days suits better than another."""
        when = self.when
        assert when is not None
        if best.rested and not other.rested:
            return "No day of rest would lie between two sessions."
        if best.clear != other.clear:
            near = [NAMES[key] for key in when.keys if hours_until(day, key) < when.hours]
            return (
                f"It is less than {when.hours:g} hours before a key run ({listed(near)})."
                if near
                else "It is nearer to a key run."
            )
        if best.no_run != other.no_run:
            return "There is a key run on it."
        if best.gap != other.gap:
            return "The sessions would stand nearer together."
        return "It would suit as well; the earlier days of the week are taken."

    def _why_none(self, day: str) -> Iterator[Point]:
        """Why there is no session on a day."""
        case, when = self.case, self.when
        if when is None or not case.week.sessions:
            text = case.answer.filters[-2].because if len(case.answer.filters) > 1 else None
            yield say(text or "There is no session in this week.", about="week")
            return
        if not when.days:
            yield say("No day is named for any session: you named neither key runs nor free days.", about="week")
            return
        if day in when.keys:
            yield say("There is a key run on it.")
        for session in case.week.sessions:
            for point in self._others(session):
                if point.about == day:
                    yield say(f"In place of {NAMES[str(session.day)]}: {point.says}", about=session.day)
        yield say(f"The week has {counted(len(case.week.sessions), 'session')}.", about="week")

    # -- work on other days -------------------------------------------------------------------------------------------

    def daily(self) -> Iterator[Part]:
        """Why work is due on so many days, and on which."""
        case = self.case
        points = []
        for number, work in enumerate(case.week.daily):
            given = case.answer.daily.exercises[number] if case.answer.daily else None
            asked = work.pick.treats[0]
            least, most = (max(one.work.days_per_week[n] for one in work.pick.treats) for n in (0, 1))
            often = ends(work.days_per_week)
            stage = asked.stage.replace("_", " ")
            text = f"{often} days a week. The programme of stage {stage} asks for {ends((least, most))}"
            had = (
                ""
                if work.days_per_week == (least, most)
                else "; its dose, the rest that a rule asks for or your key runs allow no other"
            )
            times = f", {work.times_per_day} times a day" if work.times_per_day > 1 else ""
            days = f" On {listed([NAMES[day] for day in work.days])}." if work.days and len(work.days) < 7 else ""
            points.append(say(
                f"{text}{times}{had}.{days}", title=case.name(work.pick.bit), about=case.catalogue.ids[work.pick.bit],
                reasons=given.reasons[:1] if given else (),
            ))  # fmt: skip
        yield from case.part("because", "Why so often", points)
        bound = case.decisions.runner_bounds.get("daily_blocks")
        if bound is not None:
            yield from case.part("holds", "What bounds it", case.ruled([bound.concluded]))


def bound_on(case: Case, channel: str) -> Concluded | None:
    """What bounds a channel of the runner, if anything does."""
    bound = case.decisions.runner_bounds.get(channel)
    return None if bound is None else bound.concluded
