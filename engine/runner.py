"""What a runner tells: the input of everything. Nearly all of it is optional, and what is left out is unknown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError

from prehab.graph.frozen import frozen
from prehab.graph.models import Field
from prehab.graph.schema import Input, Listed, Strict, Word, make
from prehab.units import In
from prehab.written import Written

__all__ = [
    "Alarms",
    "Bone",
    "Clot",
    "Complaint",
    "Leg",
    "Legs",
    "LoggedSession",
    "Medical",
    "Pain",
    "Readiness",
    "Runner",
    "Running",
    "Screens",
    "Section",
    "Signs",
    "Strength",
    "blank_of",
]


def _day(value: Any) -> Any:
    """Only a date or text such as 2026-11-23; not seconds since 1970, and no time of day."""
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII)):
        return value
    raise PydanticCustomError("date", "not a date")


class _WrittenDay:
    """How a day is written, in the JSON Schema."""

    @staticmethod
    def __get_pydantic_json_schema__(schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


Day = Annotated[date, Field(strict=False), _WrittenDay, BeforeValidator(_day)]
PainScore = Annotated[float, Field(ge=0, le=10)] | None
Grade = Literal["poor", "compensated", "competent", "not_assessed"] | None
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LISTED = Field(strict=False, max_length=50)


class _Blank:
    """Gives a section of which nothing was told: one for all runners, for nothing in it can be changed."""

    def __init__(self, section: type[Strict]) -> None:
        self.section = section
        self.made: Strict | None = None

    def __call__(self) -> Strict:
        if self.made is None:
            self.made = frozen(make(self.section))
        return self.made


@cache
def blank_of(section: type[Strict]) -> _Blank:
    """What gives the blank of a section."""
    return _Blank(section)


def Unknown(section: type[Strict]) -> Any:  # noqa: N802 - reads as a value
    """A section of which nothing was told."""
    return Field(default_factory=blank_of(section))


class Section(Input):
    """A part of a runner file. One that stands there empty says nothing: all in it is unknown."""

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_unknown(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data


class Running(Input):
    """Running as it is now. Distances in kilometres, times in the unit of the name.

    A distance may be written as text with its unit, such as `12 mi`; it is read in kilometres.
    """

    years: Annotated[float, Field(ge=0, le=80)] | None = None
    km_per_week: Annotated[float, Field(ge=0, le=400), In("km")] | None = None
    days_per_week: Annotated[int, Field(ge=0, le=7)] | None = None
    longest_run_km: Annotated[float, Field(ge=0, le=300), In("km")] | None = None
    longest_run_jump_pct: Annotated[float, Field(ge=0, le=1000)] | None = None
    running_now: bool | None = None
    pain_free_run_min: Annotated[float, Field(ge=0, le=600)] | None = None
    days_since_hard_run: Annotated[int, Field(ge=0, le=3650)] | None = None
    days_since_race: Annotated[int, Field(ge=0, le=3650)] | None = None
    last_race_km: Annotated[float, Field(ge=0, le=300), In("km")] | None = None
    terrain: Literal["flat", "hilly", "long_descents"] | None = None
    days_to_race: Annotated[int, Field(ge=0, le=3650)] | None = None
    race_date: Day | None = Field(
        default=None, description="The day of the next race; `days_to_race` says the same without dates."
    )
    key_days: Annotated[Listed[Weekday], Field(strict=False, max_length=7)] | None = Field(
        default=None,
        description="The days of the week with a hard or long run, which heavy and springy leg work keeps clear of.",
    )


class Strength(Input):
    """Strength training so far and what it can use: time, equipment, test results."""

    weeks_trained: Annotated[float, Field(ge=0, le=3000)] | None = None
    weeks_off: Annotated[float, Field(ge=0, le=3000)] | None = None
    sessions_per_week: Annotated[int, Field(ge=0, le=7)] | None = None
    minutes_per_session: Annotated[int, Field(ge=5, le=180)] | None = None
    days: Annotated[Listed[Weekday], Field(strict=False, max_length=7)] | None = Field(
        default=None, description="The days of the week that there is time on."
    )
    equipment: Annotated[Listed[Annotated[str, Word("equipment")]], LISTED] | None = Field(
        default=None, description="What there is to train with; an empty list is nothing, left out is unknown."
    )
    lacks: Annotated[Listed[Annotated[str, Word("equipment")]], LISTED] = Field(
        default=(), description="Everyday things that are not there, such as a wall or a step."
    )
    refuses: Annotated[Listed[Annotated[str, Word("exercises")]], LISTED] = Field(
        default=(), description="Exercises that are not wanted."
    )
    coached: bool | None = None
    squat_bw: Annotated[float, Field(ge=0, le=5)] | None = None
    deadlift_bw: Annotated[float, Field(ge=0, le=6)] | None = None
    limb_symmetry_pct: Annotated[float, Field(ge=0, le=150)] | None = None
    low_plyometric_weeks: Annotated[float, Field(ge=0, le=500)] | None = None
    moderate_plyometric_weeks: Annotated[float, Field(ge=0, le=500)] | None = None


class Leg(Input):
    """Tests of one leg."""

    calf_raises: Annotated[int, Field(ge=0, le=200)] | None = None
    balance_s: Annotated[float, Field(ge=0, le=600)] | None = None
    pain_free_hops: Annotated[int, Field(ge=0, le=200)] | None = None
    clean_step_downs: Annotated[int, Field(ge=0, le=200)] | None = None


class Legs(Section):
    """Both legs, each tested alone."""

    left: Leg = Unknown(Leg)
    right: Leg = Unknown(Leg)


class Screens(Input):
    """How basic movements look: poor, compensated or competent; ``not_assessed`` is the same as left out."""

    squat: Grade = None
    hinge: Grade = None
    lunge: Grade = None
    push: Grade = None
    pull: Grade = None
    rotate: Grade = None
    single_leg: Grade = None
    landing: Grade = None


class Pain(Input):
    """Pain from 0 (none) to 10 (the worst imaginable). ``during`` is strength work and other exercise than running."""

    during: PainScore = None
    running: PainScore = None
    after: PainScore = None
    next_morning: PainScore = None
    usual_morning: PainScore = None
    first_steps: PainScore = None
    at_rest: PainScore = None
    at_night: PainScore = None
    walking: PainScore = None
    stairs: PainScore = None
    hopping: PainScore = None
    bending_back: PainScore = None


class Signs(Input):
    """Signs of a complaint: true, false, or left out when nobody looked."""

    sharp: bool | None = None
    swelling: bool | None = None
    loss_of_function: bool | None = None
    neurological: bool | None = None
    rapidly_worsening: bool | None = None
    locking: bool | None = None
    pop: bool | None = None
    cannot_push_off: bool | None = None
    focal_bone_tenderness: bool | None = None
    limp: bool | None = None
    cannot_bear_weight: bool | None = None
    hot_and_red: bool | None = None
    recent_quinolone: bool | None = None
    recent_steroid_injection: bool | None = None
    both_sides_stiff: bool | None = None
    tight_bursting: bool | None = None
    deformity: bool | None = None
    cold_or_pale: bool | None = None


class Complaint(Section):
    """Something that hurts: a named injury, or only the region of the body."""

    injury: Annotated[str, Word("injuries")] | None = Field(
        default=None, description="The injury, where it has a name."
    )
    region: Annotated[str, Word("regions")] | None = Field(default=None, description="Where it hurts.")
    side: Literal["left", "right", "both"] | None = Field(default=None, description="The side of the body.")
    pain: Pain = Unknown(Pain)
    trend: Literal["improving", "steady", "worsening"] | None = None
    weeks: Annotated[float, Field(ge=0, le=2000)] | None = None
    signs: Signs = Unknown(Signs)
    imaging_grade: Annotated[int, Field(ge=1, le=4)] | None = None
    clinician_cleared: bool | None = None
    cleared_for: Literal["nothing", "daily_life", "strength", "running", "jumps"] | None = None
    cleared_by: Literal["nobody", "physiotherapist", "doctor"] | None = None
    unloaded: Literal["none", "boot", "crutches", "no_weight"] | None = None
    calm_sessions_in_row: Annotated[int, Field(ge=0, le=500)] | None = None
    flares: Annotated[int, Field(ge=0, le=50)] | None = None

    @model_validator(mode="after")
    def _has_a_place(self) -> Complaint:
        if self.injury is None and self.region is None:
            raise PydanticCustomError(
                "missing_field", "a complaint needs `injury` (its name) or `region` (where it hurts)"
            )
        return self


class Alarms(Input):
    """General warning signs: true, false, or left out when nobody asked."""

    chest_pain: bool | None = None
    fainting: bool | None = None
    unusual_breathlessness: bool | None = None
    calf_hot_swollen: bool | None = None
    bladder_bowel_saddle: bool | None = None
    fever_or_unwell: bool | None = None
    unexplained_weight_loss: bool | None = None
    dark_urine: bool | None = None
    painkillers_to_run: bool | None = None


class Bone(Input):
    """What puts bone at risk."""

    past_stress_fracture: bool | None = None
    stress_fractures: Annotated[int, Field(ge=0, le=20)] | None = None
    fracture_from_small_fall: bool | None = None
    vertebral_fracture: bool | None = None
    low_energy: bool | None = None
    missed_periods: bool | None = None
    osteoporosis: bool | None = None


class Clot(Input):
    """What makes a clot in a leg likelier."""

    long_trip: bool | None = None
    hormones: bool | None = None
    earlier_clot: bool | None = None


class Readiness(Input):
    """How the runner is this week; ``last_effort``: how hard the last strength session was, 0 to 10."""

    sleep_h: Annotated[float, Field(ge=0, le=24)] | None = None
    soreness: PainScore = None
    illness: Literal["none", "head_cold", "fever_or_chest"] | None = None
    crashes_after_effort: bool | None = None
    last_effort: Annotated[float, Field(ge=0, le=10)] | None = None


class Medical(Input):
    """Conditions that change what is sensible."""

    pregnant: bool | None = None
    pregnancy_warning: bool | None = None
    weeks_pregnant: Annotated[int, Field(ge=0, le=43)] | None = None
    weeks_post_partum: Annotated[float, Field(ge=0, le=500)] | None = None
    pelvic_floor_symptoms: bool | None = None
    uncontrolled_hypertension: bool | None = None
    systolic: Annotated[int, Field(ge=60, le=260)] | None = None
    diastolic: Annotated[int, Field(ge=30, le=160)] | None = None
    heart_condition: bool | None = None
    anticoagulants: bool | None = None
    weeks_since_surgery: Annotated[float, Field(ge=0, le=2000)] | None = None
    surgery: Literal["skin_or_teeth", "arm", "leg", "spine", "belly", "chest", "other"] | None = None
    joint_replacement: bool | None = None
    after_menopause: bool | None = None
    hypermobile: bool | None = None
    falls_last_year: Annotated[int, Field(ge=0, le=50)] | None = None
    cancer: Literal["never", "past", "now"] | None = None
    medically_cleared: bool | None = None


class LoggedSession(Section):
    """A strength session that was done, as the runner noted it.

    When: ``days_ago`` or ``date``. ``exercises`` say what it loaded. ``pain_where`` are the places that hurt, if not
    all that it loaded; at other places it then did not hurt.
    """

    days_ago: Annotated[int, Field(ge=0, le=3650)] | None = Field(
        default=None, description="How many days ago it was. Unit: days."
    )
    date: Day | None = Field(default=None, description="The day it was, such as 2026-11-23.")
    exercises: Annotated[Listed[Annotated[str, Word("exercises")]], LISTED] = Field(
        default=(), description="What was done."
    )
    sets: Annotated[int, Field(ge=1, le=100)] | None = Field(default=None, description="Working sets of each exercise.")
    reps: Annotated[int, Field(ge=1, le=1000)] | None = Field(default=None, description="Repetitions of a set.")
    load_kg: Annotated[float, Field(ge=0, le=500), In("kg")] | None = Field(
        default=None, description="The outside load. Unit: kg."
    )
    effort_rpe: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="How hard it was, from 0 (rest) to 10 (all that there is)."
    )
    pain_during: PainScore = Field(default=None, description="The most pain in it, from 0 (none) to 10.")
    pain_next_morning: PainScore = Field(default=None, description="The pain of the next morning, from 0 (none) to 10.")
    pain_where: Annotated[Listed[Annotated[str, Word("regions")]], LISTED] = Field(
        default=(), description="The places that hurt, if not all that it loaded; at other places it then did not hurt."
    )

    @model_validator(mode="after")
    def _has_a_day(self) -> LoggedSession:
        if self.days_ago is None and self.date is None:
            raise PydanticCustomError("missing_field", "a session needs `days_ago` or `date`: when it was")
        if self.days_ago is not None and self.date is not None:
            raise PydanticCustomError("two_answers", "a session needs one of `days_ago` and `date`, not both")
        return self


class Runner(Section, Written):
    """Everything known about a runner today. An empty runner is valid: everything is unknown."""

    age_years: Annotated[int, Field(ge=8, le=100)] | None = None
    sex: Literal["female", "male", "other"] | None = None
    goal: Literal["race_performance", "durability", "body_composition", "bone_health", "general_fitness"] | None = None
    today: Day | None = Field(
        default=None, description="The day these answers are as of, such as 2026-11-28; dates are counted from it."
    )
    told_days_ago: Annotated[int, Field(ge=0, le=3650)] = 0
    running: Running = Unknown(Running)
    strength: Strength = Unknown(Strength)
    legs: Legs = Unknown(Legs)
    screens: Screens = Unknown(Screens)
    faults: Annotated[Listed[Annotated[str, Word("faults")]], LISTED] = Field(
        default=(), description="What somebody saw when the runner ran or stepped down."
    )
    complaints: Annotated[Listed[Complaint], LISTED] = Field(default=(), description="What hurts.")
    alarms: Alarms = Unknown(Alarms)
    bone: Bone = Unknown(Bone)
    clot: Clot = Unknown(Clot)
    readiness: Readiness = Unknown(Readiness)
    medical: Medical = Unknown(Medical)
    recent_sessions: Annotated[Listed[LoggedSession], Field(strict=False, max_length=500)] = Field(
        default=(), description="The strength sessions that were noted, in any order."
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_unknown(cls, data: Any) -> Any:
        return {} if data is None else data

    @model_validator(mode="after")
    def _nothing_was_done_tomorrow(self) -> Runner:
        for number, session in enumerate(self.recent_sessions):
            if self.today is not None and session.date is not None and session.date > self.today:
                raise PydanticCustomError(
                    "not_yet",
                    f"a session of {session.date} is after `today`, {self.today}",
                    {"at": ("recent_sessions", number, "date")},
                )
        return self
