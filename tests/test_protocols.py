"""The programmes beside the protocols that were tested: exercises, sets a week, days a week, stage by stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from prehab.engine import Engine
from prehab.rules.pack import Pack
from tests.support import engine_of

PROTOCOLS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("protocols.yaml").read_text(encoding="utf-8"))

STRONG: dict[str, Any] = {
    "age_years": 35,
    "strength": {"weeks_trained": 20, "sessions_per_week": 2, "minutes_per_session": 45, "limb_symmetry_pct": 95,
                 "equipment": ["dumbbell", "barbell", "squat_rack", "leg_press_machine", "band"]},
    "running": {"years": 5, "pain_free_run_min": 40},
    "legs": {side: {"calf_raises": 25, "balance_s": 45, "clean_step_downs": 12} for side in ("left", "right")},
    "screens": dict.fromkeys(
        ("squat", "hinge", "push", "pull", "rotate", "lunge", "single_leg", "landing"), "competent"
    ),
}  # fmt: skip
QUIET = {"trend": "improving", "side": "left", "weeks": 10}


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


@pytest.mark.parametrize(
    "one", PROTOCOLS, ids=[f"{one['injury']}, {one['stage']}: {one['protocol']}" for one in PROTOCOLS]
)
def test_a_programme_is_as_it_was_tested(one: dict[str, Any], engine: Engine) -> None:
    answer = engine.recommend(
        {**STRONG, **one.get("runner", {}), "complaints": [{"injury": one["injury"], **QUIET, **one["complaint"]}]}
    )
    (treatment,) = answer.treatment
    assert treatment.stage == one["stage"], treatment.until
    daily = answer.daily.exercises if answer.daily else ()
    treating = [(given, given.days_per_week[0] * given.times_per_day) for given in daily if given.days_per_week]
    treating += [(given, 1) for session in answer.sessions for given in session.exercises if given.treats]
    ids = {given.exercise for given, _ in treating}
    counted = set(one.get("of", ids))
    sets = sum(given.dose.start.sets * times for given, times in treating if given.exercise in counted)
    low, high = one["sets_per_week"]
    assert low <= sets <= high, {given.exercise: given.dose.start.sets * times for given, times in treating}
    often = {key: sum(times for given, times in treating if given.exercise == key) for key in ids & counted}
    low, high = one["days_per_week"]
    assert low <= max(often.values()) <= high, often
    if "includes" in one:
        assert ids & set(one["includes"]), f"none of {one['includes']} in {sorted(ids)}"
    assert not ids & set(one.get("excludes", ())), sorted(ids)


def test_every_stage_of_every_injury_has_a_programme(engine: Engine) -> None:
    bare = [
        f"{injury.id}: {name}"
        for injury in engine.catalogue.injuries.values()
        for name, stage in injury.stages.items()
        if not stage.programme
    ]
    assert not bare


def test_every_named_injury_ends_in_a_little_work_that_keeps_it(engine: Engine) -> None:
    for injury in engine.catalogue.injuries.values():
        if not injury.unnamed:
            assert list(injury.stages)[-1] == "keep", injury.id
