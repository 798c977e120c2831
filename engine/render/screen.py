"""A recommendation on one screen: what to do now, why, what it opens next, what if it hurts."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Ask, Given, Recommendation, Session, Treatment, Withheld
from prehab.render.lines import KEPT, WIDTH, Line, Page
from prehab.render.words import complaint, dose, equipped, headline, joined, purpose, span, untils
from prehab.rules.messages import Messages
from prehab.week.days import WEEKDAYS

__all__ = ["FULL", "missing", "opening", "recommendation", "referrals"]

FULL = 40
"""Lines after which nothing more is added that can be read behind ``--details`` as well."""

MOST_NOT_YET = 3
MOST_STAGES = 2
MOST_REFERRALS = 2


def recommendation(
    answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH, messages: Messages | None = None
) -> Iterator[Line]:
    """A recommendation on one screen; a stop or an urgent referral is short, and only that.

    What would be longer has no empty lines, and tells one place, one thing that waits and one referral, and says where
    the others stand.

    Args:
        answer: What was recommended.
        catalogue: The catalogue it came from, for names.
        width: Columns, from 40 to 120.
        messages: The sentences of the language; by default English.
    """
    page = Page(width, messages)
    screen = _Screen(answer, catalogue, page)
    if answer.status == "stop" or answer.urgency in ("urgent", "emergency"):
        yield from screen.short()
        return
    lines = list(screen.full())
    if len(lines) > FULL:
        lines = list(_Screen(answer, catalogue, page, tight=True).full())
    yield from lines


def opening(answer: Recommendation, *, width: int = WIDTH, messages: Messages | None = None) -> Iterator[Line]:
    """What this is, the status, and why in a sentence: what stands before every page."""
    page = Page(width, messages)
    yield from page.wrapped(page.say("page.what"))
    yield from page.wrapped(headline(answer, messages), style="bold red" if answer.status == "stop" else "bold")


def referrals(answer: Recommendation, catalogue: Catalogue, page: Page, *, brief: bool = False) -> Iterator[Line]:
    """The first referral of each place in full, each of the whole person too.

    What else is as urgent there follows in a line; with ``brief`` it is only said how many more there are.
    """
    told: dict[str | None, str] = {}
    more = 0
    for referral in answer.referrals:
        place = referral.rule if referral.whole_person else referral.region
        before = told.get(None) or told.get(place)
        if before is not None or (brief and len(told) == MOST_REFERRALS):
            if brief:
                more += 1
            elif before == referral.urgency:
                yield from page.wrapped(
                    page.say("referral.also", because=referral.because, rule=referral.rule), indent=2
                )
            continue
        told[place] = referral.urgency
        where = catalogue.words["regions"][referral.region]["name"] if referral.region else ""
        title = joined(
            (page.say(f"urgency_title.{referral.urgency}"), where, page.say("referral.see", who=referral.who))
        )
        yield from page.wrapped(title, style="" if referral.urgency == "routine" else "bold red")
        yield from page.wrapped(f"{referral.because} [{referral.rule}]", indent=2)
        yield from page.wrapped(referral.tell, indent=2)
    if more:
        yield from page.wrapped(page.say("screen.more_reasons", count=more), indent=2)


def missing(answer: Recommendation) -> list[str]:
    """What the whole week lacks, together where the reason is the same."""
    by_reason: dict[str, list[str]] = {}
    for one in answer.uncovered:
        by_reason.setdefault(one.because, []).append(one.what)
    return [f"{', '.join(whats)}: {because}" for because, whats in by_reason.items()]


class _Screen:
    """The parts of one screen."""

    def __init__(self, answer: Recommendation, catalogue: Catalogue, page: Page, *, tight: bool = False) -> None:
        self.tight = tight
        self.answer = answer
        self.catalogue = catalogue
        self.page = page
        today = answer.runner.today
        self.today = WEEKDAYS[today.weekday()] if today is not None else None
        self.daily = answer.daily.exercises if answer.daily is not None else ()

    def opening(self) -> Iterator[Line]:
        """What this is, the status, and why in a sentence."""
        return opening(self.answer, width=self.page.width, messages=self.page.say)

    # -- the whole ----------------------------------------------------------------------------------------------------

    def short(self) -> Iterator[Line]:
        """What has to be looked at, and nothing that could stand before it."""
        answer, page = self.answer, self.page
        yield from self.opening()
        yield Line("")
        yield from referrals(answer, self.catalogue, page, brief=True)
        run = answer.running
        if run is not None and answer.status != "stop":
            yield from page.titled(page.say("title.running"), run.says)
        if not answer.referrals:
            yield from page.entries(one.because for one in answer.withheld)
        week = page.say("screen.week_may_go_on") if self.has_week else ""
        yield from page.wrapped(page.say("screen.more_short", week=week), hang=2)

    def full(self) -> Iterator[Line]:
        """Every section; what can as well be read behind ``--details`` only as far as the screen has room for it."""
        page = self.page
        gap = () if self.tight else (Line(""),)
        lines = [*self.opening(), *gap, *self.now(), *gap]
        lines += [*self.week(), *self.running(), *self.pain(), *self.next_step(), *self.not_yet()]
        watched = [list(page.wrapped(f"- {text}", indent=1, hang=2)) for text in self.watched()]
        first = min(len(self.answer.referrals), 1 if self.tight else MOST_REFERRALS) + 1
        last = list(page.wrapped(page.say("screen.more")))
        room = FULL - len(lines) - len(last) - 1
        kept: list[Line] = []
        for number, one in enumerate(watched):
            if number < first or len(kept) + len(one) <= room:
                kept += one
        if kept:
            lines += [*page.wrapped(page.say("title.watch"), style="bold"), *kept]
        yield from (*lines, *last)

    @property
    def has_week(self) -> bool:
        """Whether anything was planned."""
        return bool(self.answer.sessions or self.daily)

    # -- today --------------------------------------------------------------------------------------------------------

    def session(self) -> Session | None:
        """The session of today, or the next one."""
        sessions = self.answer.sessions
        if self.today is None or not sessions or any(one.day is None for one in sessions):
            return sessions[0] if sessions else None
        now = WEEKDAYS.index(self.today)
        return min(sessions, key=lambda one: (WEEKDAYS.index(one.day or "mon") - now) % 7)

    def now(self) -> Iterator[Line]:
        """Today or the next session: one starting dose an exercise, and what it is for."""
        page, answer = self.page, self.answer
        number = 0
        if answer.daily is not None:
            due = self.today is not None and any(self.today in given.days for given in self.daily)
            title = page.say("title.today") if due else page.say("title.daily_work")
            often = (
                page.say("screen.daily_work")
                if due
                else page.say("page.days_a_week", days=span(answer.daily.days_per_week))
            )
            yield from page.wrapped(
                joined((title, often, page.say("page.minutes", minutes=answer.daily.minutes))), style="bold"
            )
            for given in self.daily:
                number += 1
                yield from self.given(number, given)
        session = self.session()
        if session is not None:
            today = self.today is not None and session.day == self.today
            warm = page.say("screen.session_minutes", minutes=session.minutes, warm_up=session.warm_up_min)
            day = page.say(f"day.{session.day}") if session.day else ""
            parts = (
                page.say("title.today") if today else page.say("title.next_session"),
                page.say("screen.session", name=session.name) if today else session.name,
            )
            yield from page.wrapped(joined((*parts, day, warm)), style="bold")
            if session.note:
                yield from page.wrapped(session.note, indent=3)
            for given in session.exercises:
                number += 1
                yield from self.given(number, given)
        if not number:
            yield from page.titled(page.say("title.today"), page.say("screen.nothing"))
            yield from page.entries(answer.notes)

    def given(self, number: int, given: Given) -> Iterator[Line]:
        """One exercise: its name, what it is for, where to begin, and what the log says of it."""
        what = purpose(given, self.answer, self.catalogue, self.page.say)
        name = equipped(given, self.catalogue)
        yield from self.page.wrapped(f"{number:>2} {name}" + (f" ({what})" if what else ""), hang=3, style="bold")
        times = self.page.say("screen.times_a_day", times=given.times_per_day) if given.times_per_day > 1 else ""
        yield from self.page.wrapped(
            dose(given.dose, given.sides, short=True, messages=self.page.say) + times, indent=3
        )
        if given.last:
            yield from self.page.wrapped(given.last, indent=3)

    # -- the week -----------------------------------------------------------------------------------------------------

    def week(self) -> Iterator[Line]:
        """The days of the week with what is on them, and what the whole week lacks."""
        answer, page = self.answer, self.page
        if not self.has_week:
            return
        days: dict[str, list[str]] = {day: [] for day in WEEKDAYS}
        without: list[str] = []
        every_day = page.say("screen.daily")
        for given in self.daily:
            for day in given.days:
                if every_day not in days[day]:
                    days[day].append(every_day)
        if answer.daily is not None and not any(given.days for given in self.daily):
            without.append(page.say("screen.daily_on", days=span(answer.daily.days_per_week)))
        for session in answer.sessions:
            text = page.say("screen.session_short", name=session.name, minutes=session.minutes)
            days.get(session.day or "", without).append(text)
        told = [f"{page.say(f'day.{day}')} {' + '.join(what)}".replace(" ", KEPT) for day, what in days.items() if what]
        daily = page.say("screen.daily_minutes", minutes=answer.daily.minutes) if answer.daily is not None else ""
        yield from page.titled(page.say("title.this_week"), joined((*told, *without)) + daily)
        absent = [one.what for one in answer.uncovered]
        if absent:
            yield from page.wrapped(page.say("screen.missing", names=", ".join(absent)), indent=2, hang=2)

    # -- running and pain ---------------------------------------------------------------------------------------------

    def running(self) -> Iterator[Line]:
        """What to do about running, why, and all that would lift it."""
        run = self.answer.running
        if run is None:
            return
        parts = [run.says]
        if run.minutes is not None and run.days_per_week is not None:
            parts.append(self.page.say("screen.run_dose", minutes=span(run.minutes), days=span(run.days_per_week)))
        if run.pain_limit is not None and run.mode != "none":
            parts.append(self.page.say("screen.run_pain", limit=run.pain_limit))
        if run.mode != "as_usual" and run.reasons and not (self.tight and run.until):
            parts.append(run.reasons[0].because)
        if run.until:
            parts.append(self.page.say("screen.until", until=untils(run.until)))
        yield from self.page.titled(self.page.say("title.running"), " ".join(parts))

    def pain(self) -> Iterator[Line]:
        """The rule for pain, out of the limits of what is given."""
        if not self.has_week:
            return
        given = (*self.daily, *(one for session in self.answer.sessions for one in session.exercises))
        limits = {one.dose.pain_limit for one in given} - {None}
        if not limits:
            rule = self.page.say("screen.pain_new") if self.answer.treatment else self.page.say("screen.pain_new_none")
        elif limits == {0}:
            rule = self.page.say("screen.pain_none")
        else:
            less = self.page.say("screen.pain_less") if len(limits) > 1 else ""
            rule = self.page.say("screen.pain_limit", limit=max(filter(None, limits)), less=less)
        yield from self.page.titled(self.page.say("title.pain"), rule)

    # -- what comes next ----------------------------------------------------------------------------------------------

    def next_step(self) -> Iterator[Line]:
        """The stage, what moves it on, and the one check worth doing now."""
        answer, page = self.answer, self.page
        most = 1 if self.tight else MOST_STAGES
        stages = [self.stage(one) for one in answer.treatment[:most]]
        if not stages:
            stages = [
                page.say(
                    "screen.your_stage", stage=page.say.word(answer.phase.today), progress=self.progress()
                ).rstrip()
            ]
        if len(answer.treatment) > most:
            stages[-1] += page.say("screen.more_in_details", count=len(answer.treatment) - most)
        for number, text in enumerate(stages):
            yield from (
                page.titled(page.say("title.next_step"), text) if not number else page.wrapped(text, indent=2, hang=2)
            )
        check = self.check()
        if check is not None:
            yield from page.wrapped(page.say("screen.check", question=check.question, how=check.how), indent=2, hang=2)

    def stage(self, one: Treatment) -> str:
        """Where a complaint stands, and all that moves it on."""
        name = complaint(self.answer, one.complaint, one.injury, self.catalogue, self.page.say)
        on = (
            self.page.say("screen.on_when_until", until=untils(one.until))
            if one.until
            else self.page.say("screen.on_when", on=one.move_on)
        )
        return self.page.say("screen.stage", name=name, stage=self.page.say.word(one.stage), on=on)

    def progress(self) -> str:
        """When the first exercise of the next session goes on."""
        session = self.session()
        first = next(iter((*(session.exercises if session is not None else ()), *self.daily)), None)
        return f"{first.name}: {first.progress}" if first is not None else ""

    def check(self) -> Ask | None:
        """The check that could bring the next step nearer; where nothing is sore, else the one that matters most.

        While something hurts only its own next stage counts: nobody sore is asked to land for what comes later.
        """
        answer = self.answer
        checks = [ask for ask in answer.asks if ask.how and not ask.safety]
        lacked = [one.until for one in answer.treatment] or [one.until for one in self.nearest()]
        unknown = f"({self.page.say('need.unknown')})"
        conditions = [condition for until in lacked for condition in until if unknown in condition]
        for ask in checks:
            if any(ask.label in condition for condition in conditions):
                return ask
        return checks[0] if checks and not answer.treatment else None

    def nearest(self) -> list[Withheld]:
        """The closed gates that wait for no other one, those that lack least first."""
        gates = [one for one in self.answer.withheld if one.kind == "gate" and one.until]
        alone = [one for one in gates if all(self.page.say.value("need.gate", c) is None for c in one.until)]
        return sorted(alone, key=_far)[: 1 if self.tight else MOST_NOT_YET]

    def not_yet(self) -> Iterator[Line]:
        """What waits, the nearest first: each with all its conditions, and none that waits for another one first."""
        nearest = self.nearest()
        if nearest:
            yield from self.page.wrapped(self.page.say("screen.not_yet"), style="bold")
            yield from self.page.entries(map(self.waits, nearest))

    def waits(self, group: Withheld) -> str:
        """A gate that is closed, and what it lacks."""
        gate = self.page.say.value("withheld.gate", group.because) or group.because.removesuffix(".")
        return f"{gate}: {untils(group.until)}"

    def watched(self) -> Iterator[str]:
        """Referrals first; then the first safety question, remarks, and what to keep in mind."""
        answer, say = self.answer, self.page.say
        told = []
        most = 1 if self.tight else MOST_REFERRALS
        for one in answer.referrals:
            where = self.catalogue.words["regions"][one.region]["name"] if one.region else ""
            title = joined((say(f"urgency.{one.urgency}"), where, say("referral.see", who=one.who)))
            told.append(f"{title}: {one.because} {one.tell}")
        if len(told) > most:
            told[most - 1] += self.page.say("screen.more_in_why", count=len(told) - most)
        yield from told[:most]
        safety = next((ask for ask in answer.asks if ask.safety), None)
        if safety is not None:
            yield self.page.say("screen.not_told", question=safety.question)
        yield from answer.notes if self.has_week else ()
        yield from (one.because for one in answer.advice)


def _far(group: Withheld) -> tuple[int, int]:
    return len(group.until), -len(group.exercises)
