"""Dates in a runner file, counted in days. Only here, and never by a clock: whoever calls says which day it is.

What is old counts less, never more: a race that is over, a log that ended, answers given on another day.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from prehab.rules.messages import Messages
from prehab.runner import LoggedSession, Runner

if TYPE_CHECKING:
    from prehab.engine import Engine

__all__ = ["as_of", "counted", "on_day"]

MOST_DAYS = 3650


def counted(runner: Runner, notes: list[str], say: Messages) -> Runner:
    """The runner with the days to and since a race and the age of each logged session, counted from ``today``.

    Args:
        runner: The runner as told.
        notes: Remarks for the runner are added here.
        say: The sentences of their language.
    """
    if runner.told_days_ago:
        notes.append(say("notes.old_answers", days=_days(runner.told_days_ago, say)))
    if runner.running.race_date is not None:
        runner = _race(runner, runner.running.race_date, notes, say)
    if any(session.days_ago is None for session in runner.recent_sessions):
        runner = _log(runner, notes, say)
    return runner


def _race(runner: Runner, race: date, notes: list[str], say: Messages) -> Runner:
    """Days to the race from its date; where that cannot be counted, or differs from what is told, the nearer counts."""
    running = runner.running
    if runner.today is None:
        if running.days_to_race is not None:
            return runner
        notes.append(say("notes.race_without_today"))
        return _with(runner, days_to_race=0)
    days = (race - runner.today).days
    if days < 0:
        notes.append(say("notes.race_over", days=_days(-days, say)))
        since = min(-days, MOST_DAYS if running.days_since_race is None else running.days_since_race)
        return _with(runner, days_since_race=since)
    if running.days_to_race not in (None, days):
        notes.append(say("notes.race_twice"))
        days = min(days, running.days_to_race)
    return _with(runner, days_to_race=min(days, MOST_DAYS))


def _with(runner: Runner, **days: int) -> Runner:
    return runner.model_copy(update={"running": runner.running.model_copy(update=days)})


def _log(runner: Runner, notes: list[str], say: Messages) -> Runner:
    """The log with every session's age; those whose age cannot be counted are left out."""
    kept: list[LoggedSession] = []
    for session in runner.recent_sessions:
        if session.days_ago is None:
            if session.date is None or runner.today is None:
                continue
            session = session.model_copy(update={"days_ago": min((runner.today - session.date).days, MOST_DAYS)})
        kept.append(session)
    if len(kept) < len(runner.recent_sessions):
        notes.append(say("notes.log_without_today"))
    return runner.model_copy(update={"recent_sessions": tuple(kept)})


def on_day(runner: Runner, day: date) -> Runner:
    """A runner whose file is read on some day: an unset ``today`` becomes that day, and an older one has aged.

    What was counted from an older ``today`` moves with it: the age of the log, the days to the race, and how old the
    answers are. A ``today`` that is still to come stays, for somebody plans ahead.
    """
    dated = runner.running.race_date is not None or any(one.date is not None for one in runner.recent_sessions)
    if runner.today is None:
        return runner.model_copy(update={"today": day}) if dated else runner
    gap = (day - runner.today).days
    if gap <= 0:
        return runner
    log = tuple(
        one if one.days_ago is None else one.model_copy(update={"days_ago": min(one.days_ago + gap, MOST_DAYS)})
        for one in runner.recent_sessions
    )
    aged = {"today": day, "told_days_ago": min(runner.told_days_ago + gap, MOST_DAYS), "recent_sessions": log}
    race = runner.running.days_to_race
    if race is not None:
        left = race - gap
        aged["running"] = runner.running.model_copy(update={"days_to_race": left if left >= 0 else None})
    return runner.model_copy(update=aged)


def as_of(engine: Engine, runner: Runner, day: date | None) -> Runner:
    """The same, checked again by an engine; a runner who is asked about for no day in particular stays as he is.

    Raises:
        InputError: A session of the log is after that day.
    """
    aged = runner if day is None else on_day(runner, day)
    return runner if aged is runner else engine.runner(aged.model_dump(exclude_unset=True))


def _days(count: int, say: Messages) -> str:
    return say("notes.days", count=count)
