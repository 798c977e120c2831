"""Answers are values: whatever is done to one, or to what was asked, the next answers are what they would have been."""

from __future__ import annotations

import copy
import json
import pickle
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

import prehab.recommendation
from prehab import Complaint, Engine, Explanation, InputError, Recommendation, Runner, load_graph
from prehab.graph.frozen import Frozen, FrozenDict, FrozenList, frozen
from prehab.graph.once import ByNeed
from prehab.graph.schema import altered, make
from prehab.population import random_runner
from prehab.recommendation import Dose, Phase, Provenance
from prehab.rules.pack import Pack
from prehab.runner import Running
from prehab.testing import runners
from tests.changing import changed, reachable
from tests.support import engine_of, tries

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
ANSWERS = tries(200, least=50)
STRICT = {"tendon.pain_limit": 4, "pain.calm": 1}
KNEE = {"complaints": [{"injury": "patellofemoral_pain", "pain": {"during": 5}}],
        "strength": {"equipment": ["dumbbell", "band"]}}  # fmt: skip


def engine_with(pack: Pack, evaluator: str) -> Engine:
    if evaluator == "durable":
        pytest.importorskip("durable_rules_engine")
    return engine_of(pack, evaluator, STRICT)


# -- an answer cannot be changed, so the next cannot either ------------------------------------------------------------


def test_a_bound_of_a_dose_and_an_override_cannot_be_edited() -> None:
    engine = Engine(parameters=STRICT)
    answer = engine.recommend(KNEE)
    before = answer.to_json()
    dose = next(g.dose for s in answer.sessions for g in s.exercises)
    for attempt in (
        lambda: dose.bounds.__setitem__("knee_bend_deg", 160),  # type: ignore[attr-defined]
        lambda: answer.provenance.overrides.__setitem__("x", 1),  # type: ignore[attr-defined]
        lambda: vars(dose).update(load="heavy"),
        lambda: answer.model_fields_set.clear(),
        lambda: setattr(dose, "__dict__", {}),
        lambda: setattr(dose, "load", "heavy"),
    ):
        with pytest.raises((TypeError, AttributeError, ValueError)):
            attempt()
    assert answer.to_json() == before == engine.recommend(KNEE).to_json()


@pytest.mark.parametrize("evaluator", ["compiled", "durable"])
def test_nothing_in_an_answer_can_be_changed_and_the_next_ones_stay_the_same(evaluator: str, pack: Pack) -> None:
    engine, untouched = engine_with(pack, evaluator), engine_with(replace(pack), "compiled")
    rng = random.Random(11)
    told: list[Any] = [engine.read_file(path) for path in EXAMPLES]
    told += [random_runner(rng, pack) for _ in range(ANSWERS - len(told))]
    exercises = [rng.choice(pack.catalogue.ids) for _ in told]
    worked: set[str] = set()
    edited = 0
    for runner, exercise in list(zip(told, exercises, strict=True))[: len(EXAMPLES) + 12]:
        for answer in (engine.recommend(runner), engine.explain(runner, exercise)):
            before = answer.to_json()
            for part in reachable(answer):
                edited += 1
                worked.update(changed(part))
            assert answer.to_json() == before
    assert edited > 5000
    assert not worked
    for number, (runner, exercise) in enumerate(zip(told, exercises, strict=True)):
        assert engine.recommend(runner).to_json() == untouched.recommend(runner).to_json()
        if number % 10 == 0:
            assert engine.explain(runner, exercise).to_json() == untouched.explain(runner, exercise).to_json()


def test_nothing_in_a_pack_or_a_graph_can_be_changed(pack: Pack) -> None:
    engine = engine_of(pack)
    compiled = Engine().pack
    for whole in (engine.pack, engine.catalogue, compiled):
        data = json.dumps(whole.as_data())
        parts = [part for part in reachable(whole) if not isinstance(part, tuple)]
        assert len(parts) > 5000
        assert {way for part in parts for way in changed(part)} == set()
        assert json.dumps(whole.as_data()) == data


# -- nor can what was asked change it later ----------------------------------------------------------------------------


def spoil(data: Any) -> None:
    """Change everything that can be changed in plain data."""
    for part in list(reachable(data)):
        changed(part)


@settings(max_examples=40)
@given(drawing=st.data())
def test_editing_what_was_told_changes_no_answer(drawing: Any, pack: Pack) -> None:
    engine = engine_of(pack)
    data = drawing.draw(runners(pack))
    kept = copy.deepcopy(data)
    asked: list[tuple[Any, Callable[[], Any]]] = [(data, lambda: data), (engine.runner(kept), lambda: None)]
    for given_data, own in asked:
        answer = engine.recommend(given_data)
        before, runner = answer.to_json(), answer.runner.model_dump_json()
        spoil(own())
        assert answer.to_json() == before
        assert answer.runner.model_dump_json() == runner
        assert engine.recommend(kept).to_json() == before
        assert engine.recommend(answer.runner).to_json() == before


def test_a_runner_built_in_python_is_taken_as_it_is_and_then_sealed(pack: Pack) -> None:
    engine = engine_of(pack)
    running = Running(km_per_week=40.0)
    runner = Runner(goal="durability", running=running, complaints=(Complaint(region="knee"),))
    answer = engine.recommend(runner)
    assert answer.runner is runner
    for model in (runner, running, runner.complaints[0]):
        assert not changed(model)
        assert not changed(vars(model))
    loose = Runner.model_construct(complaints=[Complaint(region="knee")])
    answer = engine.recommend(loose)
    before = answer.to_json()
    loose.complaints.append(Complaint(region="shin"))  # type: ignore[attr-defined]
    assert len(answer.runner.complaints) == 1
    assert answer.to_json() == before != engine.recommend(loose).to_json()
    with pytest.raises(InputError):
        engine.recommend(Runner.model_construct(age_years=["old"]))


# -- values travel -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_answer_survives_every_copy(path: Path) -> None:
    engine = Engine(parameters=STRICT)
    answer = engine.recommend(engine.read_file(path))
    explained = engine.explain(answer.runner, "goblet_squat")
    for value, read in (
        (answer, Recommendation.from_json(answer.to_json(whole=True))),
        (explained, Explanation.from_json(explained.to_json())),
    ):
        copies = [
            pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value), value.model_copy(),
            value.model_copy(deep=True), value.model_copy(update={}), type(value).model_validate(value),
        ]  # fmt: skip
        for other in (read, *copies):
            assert other == value
            assert hash(other) == hash(value)
            assert other.to_json() == value.to_json()
            assert other.model_dump() == value.model_dump()
        for other in copies:
            assert other.model_dump_json(exclude_unset=True) == value.model_dump_json(exclude_unset=True)


def test_a_copy_may_be_altered() -> None:
    answer = Engine().recommend(KNEE)
    assert answer.model_copy(update={"headline": "Mine."}).headline == "Mine."
    assert answer.headline != "Mine."
    bounds = answer.sessions[0].exercises[0].dose.bounds
    assert {**bounds, "mine": 1.0} == bounds | {"mine": 1.0}
    mine = copy.copy(bounds)
    mine["mine"] = 1.0  # type: ignore[index]
    assert "mine" not in bounds


def test_tables_are_objects_in_the_schema() -> None:
    tables = [(Dose, "bounds"), (Phase, "patterns"), (Phase, "regions"), (Provenance, "overrides")]
    for mode in ("validation", "serialization"):
        for model, name in tables:
            about = model.model_json_schema(mode=mode)["properties"][name]  # type: ignore[arg-type]
            assert about["type"] == "object"
            assert about["default"] == {}
            assert about["additionalProperties"]["type"] in ("number", "string")


def test_no_model_of_an_answer_has_a_field_that_could_be_edited() -> None:
    """Of every model that validation makes, too: no list, set or dictionary of its own."""
    models = [m for m in vars(prehab.recommendation).values() if isinstance(m, type) and issubclass(m, BaseModel)]
    assert len(models) > 15
    for model in models:
        for name, field in model.model_fields.items():
            shown = str(field.annotation)
            assert not any(word in shown for word in ("list[", "dict[", "set[")), (model, name)
            if not field.is_required() and field.default_factory is None:
                hash(field.default)


# -- the containers themselves -----------------------------------------------------------------------------------------

PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(NESTED)
def test_what_is_frozen_is_the_same_and_cannot_be_changed(data: Any) -> None:
    kept = copy.deepcopy(data)
    made = frozen(data)
    assert made == data == kept
    assert frozen(made) is made
    assert {way for part in reachable(made) for way in changed(part)} == set()
    assert json.dumps(made) == json.dumps(data)
    assert hash(made) == hash(frozen(copy.deepcopy(data)))
    for other in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert other == made
        assert type(other) is type(made)
    spoil(data)
    assert made == kept


def test_what_is_made_or_altered_is_sealed() -> None:
    phase = make(Phase, overall="base")
    for one in (phase, altered(phase, overall="power")):
        assert not [way for part in reachable(one) for way in changed(part)]
    assert altered(phase, overall="power").model_dump() == {**phase.model_dump(), "overall": "power"}


def test_a_frozen_dataclass_is_its_own_copy_and_pickles_by_its_fields(pack: Pack) -> None:
    graph = load_graph(pack.catalogue)
    assert pickle.loads(pickle.dumps(graph)) == graph
    for whole in (pack, pack.catalogue, graph, pack.rules[0], pack.rules[0].effects[0]):
        assert isinstance(whole, Frozen)
        assert copy.copy(whole) is copy.deepcopy(whole) is whole
    again = pickle.loads(pickle.dumps(pack))
    assert again.as_data() == pack.as_data()
    assert again.catalogue == pack.catalogue
    assert isinstance(again.rules[0].text, FrozenDict)
    assert isinstance(next(iter(again.catalogue.exercises.values())).cues, FrozenList)


def test_what_is_worked_out_by_need_is_asked_for_by_key_and_no_other_way() -> None:
    """It was gone through once as if it held everything, and held what came so far."""
    squares = ByNeed(lambda number: number * number)
    assert [squares[number] for number in (3, 4, 3)] == [9, 16, 9]
    refused: list[Callable[[Any], object]] = [
        list, len, reversed, enumerate, lambda one: one.copy(), lambda one: 3 in one, lambda one: one.get(3),
        lambda one: one.items(), lambda one: one.values(), lambda one: one.keys(), lambda one: one == {},
        lambda one: one | {}, lambda one: one.setdefault(3, 1), lambda one: one.update({}), lambda one: one.pop(3),
    ]  # fmt: skip
    for ask in refused:
        with pytest.raises(TypeError, match=r"only knows what it is made of by `\[\]`"):
            ask(squares)
