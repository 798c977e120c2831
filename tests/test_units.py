"""Miles and pounds at the edge, and one shape of error however a model that people fill in is made."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, ValidationError

from prehab.engine import Engine, load_bundled_pack
from prehab.graph.faults import Fault, InputError
from prehab.judge import Plan
from prehab.population import random_runner
from prehab.recommendation import Answer
from prehab.rules.pack import Pack
from prehab.runner import Complaint, LoggedSession, Runner, Running
from prehab.schemas import schema_of
from prehab.units import UNITS
from tests.support import engine_of

Data = dict[str, Any]


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    return engine_of(pack)


def faults(make: Callable[[], object]) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        make()
    return caught.value.faults


def without_units(told: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Faults as a model tells them, which knows no vocabulary: an engine adds the unit of a number."""
    return tuple(replace(one, help=re.sub(r" ?Its unit: .*", "", one.help or "") or None) for one in told)


# -- units -------------------------------------------------------------------------------------------------------------


@given(st.integers(0, 240), st.sampled_from([*UNITS["km"]]), st.sampled_from(["", " "]))
def test_a_distance_is_read_in_its_unit_and_written_in_kilometres(number: int, unit: str, space: str) -> None:
    runner = Runner.model_validate({"running": {"km_per_week": f"{number}{space}{unit}"}})
    assert runner.running.km_per_week == pytest.approx(number * (1.609344 if unit.startswith("mi") else 1))
    assert Runner.from_json(runner.to_json()) == runner
    told = json.loads(runner.to_json())["running"]["km_per_week"]
    assert told == runner.running.km_per_week
    assert not isinstance(told, str)


def test_a_load_is_read_in_its_unit() -> None:
    assert LoggedSession(days_ago=1, load_kg="45 lb").load_kg == pytest.approx(20.41165665)  # type: ignore[arg-type]
    plan = Plan.model_validate({"sessions": [{"exercises": [{"exercise": "goblet_squat", "load_kg": "26.5 lbs"}]}]})
    assert plan.sessions[0].exercises[0].load_kg == pytest.approx(12.0202, abs=1e-4)


def test_the_advice_is_the_same_in_miles(engine: Engine) -> None:
    one = engine.recommend({"running": {"km_per_week": 30 * 1.609344}})
    assert engine.recommend({"running": {"km_per_week": "30 mi"}}).to_json() == one.to_json()


def test_another_unit_is_refused_with_those_that_are_allowed(engine: Engine) -> None:
    (fault,) = faults(lambda: engine.read_text("running:\n  km_per_week: 12 milse\n", name="me.yaml"))
    assert (fault.code, fault.path, fault.line) == ("unknown-unit", "/running/km_per_week", 2)
    assert fault.allowed == tuple(UNITS["km"])
    assert "miles" in fault.did_you_mean
    (fault,) = faults(lambda: engine.runner({"recent_sessions": [{"days_ago": 1, "load_kg": "3 stone"}]}))
    assert (fault.code, fault.allowed) == ("unknown-unit", tuple(UNITS["kg"]))


def test_what_is_out_of_range_is_told_as_it_was_written(engine: Engine) -> None:
    (fault,) = faults(lambda: engine.runner({"running": {"km_per_week": "600 mi"}}))
    assert fault.message == "`km_per_week` is `600 mi` (965.606), but must be from 0 to 400"


@pytest.mark.parametrize("text", ["far", "12", "12  mi", "mi", "1e2 km", "1_0 km", " 12 km", "12 km ", "٣ km", ""])
def test_what_is_no_quantity_is_refused(engine: Engine, text: str) -> None:
    (fault,) = faults(lambda: engine.runner({"running": {"km_per_week": text}}))
    assert fault.code == "wrong-type"
    assert "number" in str(fault.help)


@given(st.from_regex(r"-?[0-9]{1,2}(\.[0-9]{1,2})? ?(km|mi|miles|kg|lb|Mi|m|)", fullmatch=True))
def test_the_schema_takes_the_units_that_are_taken(text: str) -> None:
    for data in ({"running": {"km_per_week": text}}, {"recent_sessions": [{"days_ago": 1, "load_kg": text}]}):
        try:
            Runner.model_validate(data)
            taken = True
        except InputError:
            taken = False
        assert schema().is_valid(data) == taken, (data, taken)


@cache
def schema() -> Draft202012Validator:
    return Draft202012Validator(schema_of("runner", load_bundled_pack()))


def test_an_answer_that_is_typed_may_have_another_unit() -> None:
    answer = Answer(type="number", unit="km", range=(0, 100))
    assert answer.read("10 mi") == pytest.approx(16.09344)
    assert answer.read("10 km") == answer.read("10") == 10
    for text in ("10 lb", "100 mi"):
        with pytest.raises(InputError, match="0 to 100"):
            answer.read(text)


# -- one shape of error ------------------------------------------------------------------------------------------------

WRONG: tuple[Data, ...] = (
    {"age_years": 200},
    {"age_years": "forty", "agee": 3},
    {"running": {"km_per_week": -1, "terrain": "hily"}},
    {"running": 7},
    {"complaints": [{"side": "left"}, {"region": "knee", "pain": {"during": 11}}]},
    {"complaints": {"region": "knee"}},
    {"today": "yesterday"},
    {"recent_sessions": [{"sets": 3}]},
    {"today": "2026-01-01", "recent_sessions": [{"date": "2026-01-02"}]},
    {"strength": {"squat_bw": float("nan")}},
)


@pytest.mark.parametrize("data", WRONG)
def test_a_runner_is_refused_alike_however_it_is_made(engine: Engine, data: Data) -> None:
    ours = without_units(faults(lambda: engine.runner(data)))
    assert faults(lambda: Runner.model_validate(data)) == ours
    assert faults(lambda: Runner(**data)) == ours
    if "squat_bw" not in str(data):
        assert faults(lambda: Runner.model_validate_json(json.dumps(data))) == ours


def test_random_runners_are_refused_alike(engine: Engine) -> None:
    rng = random.Random(6)
    refused = 0
    for _ in range(100):
        data = random_runner(rng, engine.pack)
        section = data.get(rng.choice(list(data)))
        if isinstance(section, dict) and section:
            section[rng.choice(list(section))] = rng.choice((-1, 10**6, "x", [], {}, True, 2.5))
        ours, theirs = (told(make, data) for make in (engine.runner, Runner.model_validate))
        assert without_units(ours) == theirs
        refused += bool(ours)
    assert refused > 20


def told(make: Callable[[Any], object], data: Data) -> tuple[Fault, ...]:
    try:
        make(data)
    except InputError as error:
        return error.faults
    return ()


def test_a_part_and_a_plan_are_refused_so_too(engine: Engine) -> None:
    assert faults(lambda: Running(km_per_week=900))[0].path == "/km_per_week"
    assert faults(lambda: Complaint(side="left"))[0].code == "missing-field"
    wrong = {"sessions": [{"exercises": [{"exercise": "squat", "sets": 0}]}]}
    assert faults(lambda: Plan.model_validate(wrong)) == faults(lambda: engine.plan(wrong))


def test_inside_another_model_pydantic_tells_it() -> None:
    class Body(BaseModel):
        runner: Runner

    assert Body(runner={"age_years": 40}).runner.age_years == 40  # type: ignore[arg-type]
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"runner": {"age_years": 200}})
    assert caught.value.errors()[0]["loc"] == ("runner", "age_years")


def test_what_is_no_json_is_told() -> None:
    (fault,) = faults(lambda: Runner.model_validate_json("{"))
    assert fault.code == "json-invalid"
