"""A week as anybody may write it: a coach, an app, a language model, or the builder of weeks itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from prehab.graph.schema import Strict, make
from prehab.recommendation import Given, Recommendation
from prehab.runner import Weekday

__all__ = ["OtherWork", "Plan", "PlannedExercise", "PlannedRun", "PlannedSession"]

MOST_SESSIONS, MOST_LISTED, MOST_RUNS = 14, 20, 21

Note = Annotated[str, Field(max_length=4000)] | None
"""Free text for whoever reads the plan. It is never judged, and changes no verdict."""


def _pair(value: Any) -> Any:
    """A number of days stands for exactly so many."""
    return [value, value] if isinstance(value, int) and not isinstance(value, bool) else value


Days = Annotated[int, Field(ge=1, le=7)]
Often = Annotated[
    tuple[Days, Days], Field(strict=False), BeforeValidator(_pair, json_schema_input_type=Days | tuple[Days, Days])
]


class PlannedExercise(Strict):
    """One exercise and its dose.

    ``exercise`` is the id or a name of it. Amounts are of each side; exactly one of ``reps``, ``hold_s`` (seconds) and
    ``contacts`` (landings of all sets together) belongs to an exercise. ``load`` is the outside load in a word;
    ``load_kg`` may stand beside it, kilograms alone cannot be judged where load is bounded. ``effort_rpe`` and the
    ``pain_limit`` go from 0 to 10. ``ramp_sets`` are lighter sets before the first working set.
    """

    exercise: Annotated[str, Field(min_length=1, max_length=200)]
    sets: Annotated[int, Field(ge=1, le=100)] | None = None
    reps: Annotated[int, Field(ge=1, le=1000)] | None = None
    hold_s: Annotated[int, Field(ge=1, le=3600)] | None = None
    contacts: Annotated[int, Field(ge=1, le=2000)] | None = None
    load: Literal["none", "light", "moderate", "heavy"] | None = None
    load_kg: Annotated[float, Field(ge=0, le=500)] | None = None
    effort_rpe: Annotated[float, Field(ge=0, le=10)] | None = None
    reps_in_reserve: Annotated[float, Field(ge=0, le=20)] | None = None
    pain_limit: Annotated[float, Field(ge=0, le=10)] | None = None
    knee_bend_deg: Annotated[float, Field(ge=0, le=180)] | None = None
    rest_s: Annotated[float, Field(ge=0, le=1800)] | None = None
    ramp_sets: Annotated[int, Field(ge=0, le=10)] = 0
    note: Note = None


class OtherWork(PlannedExercise):
    """Work on other days than the sessions: on ``days``, or on so many ``days_per_week`` (a number, or from and to)."""

    days: Annotated[tuple[Weekday, ...], Field(strict=False, max_length=7)] = ()
    days_per_week: Often | None = None
    times_per_day: Annotated[int, Field(ge=1, le=10)] = 1


class PlannedSession(Strict):
    """A strength session. ``minutes`` and ``warm_up_min`` are what the plan says; the judge counts for itself."""

    day: Weekday | None = None
    minutes: Annotated[float, Field(ge=0, le=600)] | None = None
    warm_up_min: Annotated[float, Field(ge=0, le=60)] | None = None
    exercises: Annotated[tuple[PlannedExercise, ...], Field(strict=False, max_length=MOST_LISTED)] = ()
    note: Note = None


class PlannedRun(Strict):
    """A run, in turns with walking (``run_walk``) or a walk; ``long``, ``hard`` and ``race`` are key runs."""

    day: Weekday | None = None
    mode: Literal["run", "run_walk", "walk"] = "run"
    kind: Literal["easy", "long", "hard", "race"] | None = None
    minutes: Annotated[float, Field(ge=0, le=3000)] | None = None
    note: Note = None


class Plan(Strict):
    """A week: strength sessions, work on other days, and runs."""

    sessions: Annotated[tuple[PlannedSession, ...], Field(strict=False, max_length=MOST_SESSIONS)] = ()
    other_days: Annotated[tuple[OtherWork, ...], Field(strict=False, max_length=MOST_LISTED)] = ()
    runs: Annotated[tuple[PlannedRun, ...], Field(strict=False, max_length=MOST_RUNS)] = ()
    note: Note = None

    @classmethod
    def of(cls, answer: Recommendation) -> Plan:
        """The week of an answer, as it is begun."""
        return make(
            cls,
            sessions=tuple(
                make(
                    PlannedSession,
                    day=session.day,
                    minutes=session.minutes,
                    warm_up_min=session.warm_up_min,
                    exercises=tuple(make(PlannedExercise, **_begun(given)) for given in session.exercises),
                )
                for session in answer.sessions
            ),
            other_days=tuple(
                make(
                    OtherWork,
                    **_begun(given),
                    days=given.days,
                    days_per_week=None if given.days_per_week is None else tuple(map(int, given.days_per_week)),
                    times_per_day=given.times_per_day,
                )
                for given in (answer.daily.exercises if answer.daily else ())
            ),
            runs=tuple(_runs(answer)),
        )


def _begun(given: Given) -> dict[str, Any]:
    """An exercise of an answer as it is begun."""
    dose, start = given.dose, given.dose.start
    return {
        "exercise": given.exercise,
        "sets": start.sets,
        "reps": start.reps,
        "hold_s": start.hold_s,
        "contacts": start.contacts,
        "load": dose.load,
        "effort_rpe": start.effort_rpe,
        "reps_in_reserve": dose.reps_in_reserve and dose.reps_in_reserve[0],
        "pain_limit": dose.pain_limit,
        "knee_bend_deg": dose.bounds.get("knee_bend_deg"),
        "rest_s": start.rest_s,
        "ramp_sets": len(given.ramp_pct),
    }


def _runs(answer: Recommendation) -> Iterator[PlannedRun]:
    """The runs that an answer counts: of running as usual nothing is prescribed."""
    run = answer.running
    if run is None or run.minutes is None or run.days_per_week is None or answer.status == "stop":
        return
    mode: Literal["run", "run_walk"] = "run_walk" if run.mode == "run_walk" else "run"
    for _ in range(int(run.days_per_week[0])):
        yield make(PlannedRun, mode=mode, kind="easy", minutes=run.minutes[0])
