"""A week as anybody may write it: a coach, an app, a language model, or the builder of weeks itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from prehab.graph.models import Field
from prehab.graph.schema import Input, Listed, make
from prehab.recommendation import Given, Recommendation
from prehab.runner import Weekday
from prehab.units import In
from prehab.written import Written

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


class PlannedExercise(Input):
    """One exercise and its dose.

    ``exercise`` is the id or a name of it. Amounts are of each side; exactly one of ``reps``, ``hold_s`` (seconds) and
    ``contacts`` (landings of all sets together) belongs to an exercise. ``load`` is the outside load in a word;
    ``load_kg`` may stand beside it, kilograms alone cannot be judged where load is bounded. ``effort_rpe`` and the
    ``pain_limit`` go from 0 to 10. ``ramp_sets`` are lighter sets before the first working set.
    """

    exercise: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="The exercise, by its id or a name of it; one that is not known is reported."
    )
    sets: Annotated[int, Field(ge=1, le=100)] | None = Field(default=None, description="Working sets, of each side.")
    reps: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None, description="Repetitions of a set, of each side."
    )
    hold_s: Annotated[int, Field(ge=1, le=3600)] | None = Field(
        default=None, description="Seconds that a set is held, on each side."
    )
    contacts: Annotated[int, Field(ge=1, le=2000)] | None = Field(
        default=None, description="Landings of all sets together."
    )
    load: Literal["none", "light", "moderate", "heavy"] | None = Field(
        default=None, description="The outside load in a word."
    )
    load_kg: Annotated[float, Field(ge=0, le=500), In("kg")] | None = Field(
        default=None, description="The outside load. Unit: kg. It cannot be judged alone where load is bounded."
    )
    effort_rpe: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="How hard, from 0 (rest) to 10 (all that there is)."
    )
    reps_in_reserve: Annotated[float, Field(ge=0, le=20)] | None = Field(
        default=None, description="Repetitions that could still be done after a set."
    )
    pain_limit: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="The most pain in it, from 0 (none) to 10."
    )
    knee_bend_deg: Annotated[float, Field(ge=0, le=180)] | None = Field(
        default=None, description="How far the knee bends at most. Unit: degrees."
    )
    rest_s: Annotated[float, Field(ge=0, le=1800)] | None = Field(
        default=None, description="Seconds of rest between sets."
    )
    ramp_sets: Annotated[int, Field(ge=0, le=10)] = Field(
        default=0, description="Lighter sets before the first working set."
    )
    note: Note = Field(default=None, description="Text for whoever reads the plan; it is never judged.")


class OtherWork(PlannedExercise):
    """Work on other days than the sessions: on ``days``, or on so many ``days_per_week`` (a number, or from and to)."""

    days: Annotated[Listed[Weekday], Field(strict=False, max_length=7)] = Field(
        default=(), description="The days of the week."
    )
    days_per_week: Often | None = Field(
        default=None, description="On how many days a week: a number, or the least and the most."
    )
    times_per_day: Annotated[int, Field(ge=1, le=10)] = Field(1, description="How often on such a day.")


class PlannedSession(Input):
    """A strength session. ``minutes`` and ``warm_up_min`` are what the plan says; the judge counts for itself."""

    day: Weekday | None = Field(default=None, description="The day of the week.")
    minutes: Annotated[float, Field(ge=0, le=600)] | None = Field(
        default=None, description="How long it takes, warm-up included. Unit: minutes."
    )
    warm_up_min: Annotated[float, Field(ge=0, le=60)] | None = Field(
        default=None, description="How long the warm-up takes. Unit: minutes."
    )
    exercises: Annotated[Listed[PlannedExercise], Field(strict=False, max_length=MOST_LISTED)] = Field(
        default=(), description="The exercises, in order."
    )
    note: Note = Field(default=None, description="Text for whoever reads the plan; it is never judged.")


class PlannedRun(Input):
    """A run, in turns with walking (``run_walk``) or a walk; ``long``, ``hard`` and ``race`` are key runs."""

    day: Weekday | None = Field(default=None, description="The day of the week.")
    mode: Literal["run", "run_walk", "walk"] = Field(
        "run", description="A run, running in turns with walking, or a walk."
    )
    kind: Literal["easy", "long", "hard", "race"] | None = Field(
        default=None, description="Easy, or a key run: long, hard or a race."
    )
    minutes: Annotated[float, Field(ge=0, le=3000)] | None = Field(
        default=None, description="How long it takes. Unit: minutes."
    )
    note: Note = Field(default=None, description="Text for whoever reads the plan; it is never judged.")


class Plan(Input, Written):
    """A week: strength sessions, work on other days, and runs."""

    sessions: Annotated[Listed[PlannedSession], Field(strict=False, max_length=MOST_SESSIONS)] = Field(
        default=(), description="The strength sessions of the week."
    )
    other_days: Annotated[Listed[OtherWork], Field(strict=False, max_length=MOST_LISTED)] = Field(
        default=(), description="Work on other days than the sessions."
    )
    runs: Annotated[Listed[PlannedRun], Field(strict=False, max_length=MOST_RUNS)] = Field(
        default=(), description="The runs of the week."
    )
    note: Note = Field(default=None, description="Text for whoever reads the plan; it is never judged.")

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
