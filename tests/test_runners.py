"""Runners with different needs: each gets a week of its own, and the week fits the need."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.recommendation import Given, Recommendation
from prehab.rules.pack import Pack
from tests.support import engine_of

SCREENED = dict.fromkeys(
    ("squat", "hinge", "lunge", "push", "pull", "rotate", "single_leg", "landing"), "competent"
)  # fmt: skip
GYM: dict[str, Any] = {
    "screens": SCREENED,
    "strength": {"weeks_trained": 40, "weeks_off": 0, "sessions_per_week": 2, "minutes_per_session": 45,
                 "squat_bw": 1.3, "low_plyometric_weeks": 12,
                 "equipment": ["barbell", "squat_rack", "dumbbell", "band", "plyo_box"]},
    "legs": {side: {"calf_raises": 28, "balance_s": 45} for side in ("left", "right")},
    "running": {"years": 6, "km_per_week": 45, "running_now": True, "pain_free_run_min": 60},
}  # fmt: skip
HOME: dict[str, Any] = {"strength": {"weeks_trained": 6, "minutes_per_session": 30, "equipment": ["band", "dumbbell"]},
                        "screens": SCREENED}  # fmt: skip
SETTLING = {"during": 2, "after": 1, "next_morning": 1, "walking": 0, "at_rest": 0, "at_night": 0}


def sore(injury: str, base: Mapping[str, Any] = GYM, pain: Mapping[str, float] | None = None, **more: Any) -> Any:
    """A runner with one complaint."""
    told = {"injury": injury, "trend": "improving", "weeks": 8, "pain": {**SETTLING, **(pain or {})}, **more}
    return {**base, "complaints": [told]}


RAISED = [
    {"days_ago": 2 * n + 2, "pain_during": 1, "pain_next_morning": 1,
     "exercises": ["double_leg_calf_raise", "floor_eccentric_heel_drop", "seated_soleus_raise"]}
    for n in range(8)
]  # fmt: skip
"""Some weeks of the first steps of a programme for the Achilles tendon, all calm."""

RUNNERS: dict[str, Any] = {
    "new to it all": {},
    "racer, far from a race": {**GYM, "goal": "race_performance"},
    "racer, ten days before": {**GYM, "goal": "race_performance", "running": {**GYM["running"], "days_to_race": 10}},
    "racer, five days before": {**GYM, "goal": "race_performance", "running": {**GYM["running"], "days_to_race": 5}},
    "racer, a day before": {**GYM, "goal": "race_performance", "running": {**GYM["running"], "days_to_race": 1}},
    "a week after a marathon": {**GYM, "running": {**GYM["running"], "days_since_race": 7, "last_race_km": 42}},
    "body composition": {**GYM, "goal": "body_composition", "strength": {**GYM["strength"], "sessions_per_week": 4}},
    "strong bones": {**GYM, "goal": "bone_health", "age_years": 55},
    "seventy years old": {**HOME, "age_years": 70},
    "fifteen, without a coach": {**GYM, "age_years": 15},
    "fifteen minutes": {**GYM, "strength": {**GYM["strength"], "minutes_per_session": 15}},
    "at home": HOME,
    "pregnant": {**HOME, "sex": "female", "medical": {"pregnant": True, "weeks_pregnant": 24}},
    "middle of the Achilles": sore("achilles_tendinopathy_midportion", {**GYM, "recent_sessions": RAISED}),
    "heel end of the Achilles": sore("achilles_tendinopathy_insertional", {**GYM, "recent_sessions": RAISED}),
    "irritable Achilles": sore("achilles_tendinopathy_midportion", pain={"during": 7, "next_morning": 7}),
    "tendon below the kneecap": sore("patellar_tendinopathy"),
    "kneecap": sore("patellofemoral_pain"),
    "band at the knee": sore("iliotibial_band_syndrome"),
    "heel": sore("plantar_heel_pain"),
    "pulled hamstring": sore("hamstring_strain", weeks=2, pain={"during": 1}),
    "groin": sore("adductor_related_groin_pain"),
    "side of the hip": sore("gluteal_tendinopathy"),
    "sprained ankle": sore("lateral_ankle_sprain", weeks=3),
    "low back": sore("low_back_pain_nonspecific"),
    "shins": sore("medial_tibial_stress_syndrome"),
    "bone of the foot, not cleared": sore("metatarsal_bone_stress_injury", clinician_cleared=False),
    "bone of the foot, cleared": sore("metatarsal_bone_stress_injury", clinician_cleared=True, pain={
        "during": 0, "after": 0, "next_morning": 0, "hopping": 0}),
}  # fmt: skip

NEEDS: dict[str, set[str]] = {
    "middle of the Achilles": {"calf"}, "heel end of the Achilles": {"calf"}, "irritable Achilles": {"calf"},
    "tendon below the kneecap": {"squat", "knee_extension", "step", "lunge"}, "heel": {"calf", "foot"},
    "kneecap": {"hip_abduction", "squat", "step", "knee_extension"},
    "band at the knee": {"hip_abduction", "hip_extension"},
    "pulled hamstring": {"hip_extension", "knee_flexion", "hinge"},
    "groin": {"hip_adduction"}, "side of the hip": {"hip_abduction", "hip_extension", "squat"},
    "sprained ankle": {"balance", "calf"}, "low back": {"hinge", "anti_lateral_flexion", "anti_extension"},
    "shins": {"calf"},
}  # fmt: skip
"""For each sore runner, movements of which the week's first work for the injury holds one."""


@pytest.fixture(scope="module")
def answers(pack: Pack) -> dict[str, Recommendation]:
    engine: Engine = engine_of(pack)
    return {name: engine.recommend(runner) for name, runner in RUNNERS.items()}


def work(answer: Recommendation) -> list[Given]:
    return [*(answer.daily.exercises if answer.daily else ()), *(g for s in answer.sessions for g in s.exercises)]


def content(answer: Recommendation) -> tuple[Any, ...]:
    """What is trained, how much and how often: what a runner would notice."""
    sessions = [
        [(g.exercise, g.dose.start.model_dump_json()) for g in session.exercises] for session in answer.sessions
    ]
    daily = [(g.exercise, g.days_per_week) for g in answer.daily.exercises] if answer.daily else []
    return sessions, daily


def test_no_two_with_different_needs_get_the_same_week(answers: dict[str, Recommendation]) -> None:
    assert len(answers) >= 24
    same = [(one, other) for one, other in combinations(answers, 2) if content(answers[one]) == content(answers[other])]
    assert not same


@pytest.mark.parametrize("name", NEEDS)
def test_what_hurts_is_trained_by_what_it_needs(name: str, answers: dict[str, Recommendation], pack: Pack) -> None:
    exercises = pack.catalogue.exercises
    treating = [exercises[given.exercise].pattern for given in work(answers[name]) if given.treats]
    assert set(treating) & NEEDS[name], treating
    (treatment,) = answers[name].treatment
    assert treatment.sets_per_week >= 9


@pytest.mark.parametrize("name", RUNNERS)
def test_every_week_is_one_to_sign(name: str, answers: dict[str, Recommendation], pack: Pack) -> None:
    """Few exercises, no more minutes than there are, what treats first, and a reason where there is nothing."""
    answer = answers[name]
    minutes = answer.runner.strength.minutes_per_session or 45
    for session in answer.sessions:
        assert session.minutes <= minutes
        assert len(session.exercises) <= 7
        assert [bool(given.treats) for given in session.exercises] == sorted(
            (bool(given.treats) for given in session.exercises), reverse=True
        )
    if not answer.sessions:
        assert any(step.because for step in answer.filters)
    impact = [pack.catalogue.exercises[given.exercise].impact for given in work(answer)]
    if name.startswith("bone of the foot"):
        assert max(impact) <= (0 if name.endswith("not cleared") else 1)


def test_only_the_middle_of_the_achilles_is_lowered_below_the_step(answers: dict[str, Recommendation]) -> None:
    below = {"eccentric_heel_drop_straight", "eccentric_heel_drop_bent"}
    assert below & {given.exercise for given in work(answers["middle of the Achilles"])}
    assert "eccentric_heel_drop_straight" not in answers["heel end of the Achilles"].allowed
