"""What is read and written as JSON: by its schema, and back again."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator, FormatChecker

from prehab.cli import main
from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.judge import Plan, Verdict
from prehab.population import random_runner
from prehab.recommendation import Explanation, Recommendation
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.schemas import MODELS, schema_of
from prehab.wire import SCHEMA_VERSION, data_of
from tests.schemas import READ, lost, publishable, published
from tests.support import tries

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
RUNNERS = tries(50, least=40)


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    return Engine(pack=pack)


@pytest.fixture(scope="module")
def answers(engine: Engine) -> list[Recommendation]:
    """The answers to the examples and to random runners."""
    rng = random.Random(13)
    told = [engine.read_file(path) for path in EXAMPLES]
    return [engine.recommend(one) for one in (*told, *(random_runner(rng, engine.pack) for _ in range(RUNNERS)))]


@pytest.fixture(scope="module")
def schemas(engine: Engine) -> dict[str, Draft202012Validator]:
    """What validates by each schema."""
    made = {}
    for what in MODELS:
        schema = schema_of(what, engine.pack)
        Draft202012Validator.check_schema(schema)
        made[what] = Draft202012Validator(schema, format_checker=FormatChecker())
    return made


def wrong(validator: Draft202012Validator, data: Any) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(data)]


def test_every_answer_is_as_its_schema_says(
    answers: list[Recommendation], schemas: dict[str, Draft202012Validator]
) -> None:
    for answer in answers:
        for whole in (False, True):
            assert wrong(schemas["recommendation"], json.loads(answer.to_json(whole=whole))) == []
        assert wrong(schemas["runner"], json.loads(answer.runner.to_json())) == []
        assert wrong(schemas["plan"], json.loads(Plan.of(answer).to_json())) == []


def test_every_explanation_and_verdict_is_as_its_schema_says(
    engine: Engine, answers: list[Recommendation], schemas: dict[str, Draft202012Validator]
) -> None:
    rng = random.Random(5)
    codes = set()
    for answer, other in pairwise(answers):
        explained = engine.explain(answer.runner, rng.choice(engine.catalogue.ids))
        assert wrong(schemas["explanation"], json.loads(explained.to_json())) == []
        assert Explanation.from_json(explained.to_json()) == explained
        assert Explanation.from_json(explained.to_json()).to_json() == explained.to_json()
        if answer is answers[40]:
            break
        verdict = engine.check_plan(answer.runner, Plan.of(other))
        codes |= {one.code for one in verdict.findings}
        assert wrong(schemas["verdict"], json.loads(verdict.to_json())) == []
        assert Verdict.from_json(verdict.to_json()) == verdict
    assert len(codes) > 5


def test_an_answer_is_read_back_as_it_was(answers: list[Recommendation]) -> None:
    for answer in answers:
        text, whole = answer.to_json(), answer.to_json(whole=True)
        read = Recommendation.from_json(text, runner=answer.runner)
        assert read == answer
        assert hash(read) == hash(answer)
        assert read.to_json() == text
        assert Recommendation.from_json(whole) == answer
        assert Recommendation.from_json(whole).to_json(whole=True) == whole
        assert Recommendation.from_json(answer.to_json(indent=2, whole=True)) == answer


def test_a_runner_and_a_plan_are_read_back_as_they_were(engine: Engine, answers: list[Recommendation]) -> None:
    for answer in answers:
        runner, plan = answer.runner, Plan.of(answer)
        assert Runner.from_json(runner.to_json()) == runner == engine.read_text(runner.to_json())
        assert Runner.from_json(runner.to_json()).to_json() == runner.to_json()
        assert Plan.from_json(plan.to_json()) == plan
        assert Plan.from_json(plan.to_json()).to_json() == plan.to_json()


def test_nothing_read_can_be_changed(answers: list[Recommendation]) -> None:
    read = Recommendation.from_json(answers[0].to_json())
    with pytest.raises(TypeError):
        read.phase.patterns["squat"] = "power"  # type: ignore[index]
    with pytest.raises(TypeError):
        vars(read)["status"] = "train"


def test_an_answer_is_short(answers: list[Recommendation]) -> None:
    examples, drawn = answers[: len(EXAMPLES)], answers[len(EXAMPLES) :]
    sizes = [len(answer.to_json().encode()) for answer in examples]
    before = [len(answer.model_dump_json(indent=2, exclude={"runner"}).encode()) for answer in examples]
    assert median(sizes) < 20_000
    assert max(sizes) < 25_000
    assert median(sizes) < median(before) / 3
    assert median(len(answer.to_json().encode()) for answer in drawn) < 20_000


def test_nothing_is_told_twice(answers: list[Recommendation]) -> None:
    for answer in answers:
        tables = data_of(answer, whole=True)["by_id"]
        for name in ("exercises", "doses", "reasons"):
            rows = [(key.partition("#")[0], json.dumps(row)) for key, row in tables.get(name, {}).items()]
            assert len(set(rows)) == len(rows), name


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in the data, with those that hold others."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from leaves(one, (*path, key))


def test_whole_numbers_are_whole_and_what_says_nothing_is_left_out(answers: list[Recommendation]) -> None:
    for answer in answers:
        data = data_of(answer, whole=True)
        for path in leaves(data):
            one: Any = data
            for key in path:
                one = one[key]
            assert one is not None, path
            assert not (isinstance(one, float) and one.is_integer()), path


def changed(rng: random.Random, data: Any, values: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """The data with one value replaced, or a field taken out or put in."""
    data = deepcopy(data)
    path = rng.choice([*leaves(data)] or [()])
    one = data
    for key in path[:-1]:
        one = one[key]
    if not path or (isinstance(one, dict) and rng.random() < 0.15):
        one["no_such_field"] = 1
    elif isinstance(one, dict) and rng.random() < 0.2:
        del one[path[-1]]
    else:
        one[path[-1]] = rng.choice(values)
    return data, path


ODD = (None, -1, 0, 1, 5, 11, 10**6, 2.5, True, "x", "", [], {}, ["x"], {"x": 1}, [1, 2], "2026-02-30", "2026-02-03")


def test_a_runner_and_a_plan_are_refused_as_their_schemas_refuse_them(
    engine: Engine, answers: list[Recommendation], schemas: dict[str, Draft202012Validator]
) -> None:
    rng = random.Random(7)
    refused = 0
    for answer in answers * 6:
        for what, read, value in (("runner", engine.runner, answer.runner), ("plan", engine.plan, Plan.of(answer))):
            data, path = changed(rng, data_of(value), ODD)
            try:
                read(data)  # type: ignore[operator]
                faults: tuple[Any, ...] = ()
            except InputError as error:
                faults = error.faults
            if any("is after" in fault.message for fault in faults):
                continue  # which JSON Schema cannot say
            found = wrong(schemas[what], data)
            assert bool(found) == bool(faults), (what, path, data, found, [str(fault) for fault in faults])
            refused += bool(found)
    assert refused > len(answers)


def test_an_answer_is_refused_as_its_schema_refuses_it(
    answers: list[Recommendation], schemas: dict[str, Draft202012Validator]
) -> None:
    """What is not the shape of an answer; ids of other packs are read, and their schema is another one."""
    rng = random.Random(8)
    shapes = tuple(one for one in ODD if not isinstance(one, str | list | dict))
    refused = 0
    for answer in answers * 3:
        data, path = changed(rng, data_of(answer, whole=True), shapes)
        found = wrong(schemas["recommendation"], data)
        faults: tuple[Any, ...] = ()
        try:
            Recommendation.from_json(json.dumps(data))
        except InputError as error:
            faults = error.faults
        dangling = any(fault.code.startswith("unknown-") and "by_id" in str(fault.path) for fault in faults)
        assert bool(found) == bool(faults) or dangling, (path, found, [str(fault) for fault in faults])
        refused += bool(found)
    assert refused > len(answers)


@pytest.mark.parametrize("what", MODELS)
def test_every_field_of_a_schema_is_described(engine: Engine, what: str) -> None:
    schema = schema_of(what, engine.pack)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:prehab:{what}:{SCHEMA_VERSION}"
    parts = {what: schema, **schema["$defs"]}
    for name, part in parts.items():
        assert part.get("description"), name
        for field, told in part.get("properties", {}).items():
            assert len(told.get("description", "")) > 5, (name, field)


@pytest.mark.parametrize("what", MODELS)
def test_a_schema_is_printed(engine: Engine, what: str) -> None:
    told = CliRunner().invoke(main, ["schema", what])
    assert json.loads(told.stdout) == schema_of(what, engine.pack)


def test_the_ids_of_another_pack_are_those_of_its_schema() -> None:
    folder = ROOT / "examples" / "foreign-pack"
    told = CliRunner().invoke(
        main, ["schema", "runner", "--rules", str(folder / "rules"), "--graph", str(folder / "graph")]
    )
    assert told.exit_code == 0, told.output
    other = Engine(rules=folder / "rules", graph=folder / "graph")
    assert json.loads(told.stdout)["$defs"]["ExerciseId"]["enum"] == list(other.catalogue.exercises)


# -- versions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", MODELS)
def test_nothing_is_lost_within_a_major_version(what: str) -> None:
    old, new = published(what), publishable(what)
    if old["$id"].rpartition(":")[2].partition(".")[0] == SCHEMA_VERSION.partition(".")[0]:
        assert list(lost(old, new, read=what in READ)) == []


@pytest.mark.parametrize("what", MODELS)
def test_the_schema_kept_is_the_schema_made(what: str) -> None:
    """A field that is added is told in CHANGELOG.md, with the next minor version; then `make schemas`."""
    assert published(what) == publishable(what)
    assert f"## Schema {SCHEMA_VERSION}" in (ROOT / "CHANGELOG.md").read_text()


def test_what_is_lost_is_seen() -> None:
    new = publishable("runner")
    for spoil, said in (
        (lambda one: one["properties"].pop("age_years"), "/age_years: gone"),
        (lambda one: one["$defs"]["Pain"]["properties"].pop("stairs"), "/complaints/*/pain/stairs: gone"),
        (lambda one: one["properties"]["sex"]["anyOf"][0]["enum"].remove("other"), "/sex: no longer 'other'"),
        (
            lambda one: one["properties"]["age_years"]["anyOf"][0].update(maximum=90),
            "/age_years: maximum is 90, was 100",
        ),
        (lambda one: one.update(required=["sex"]), "/sex: needed now"),
        (lambda one: one["properties"]["age_years"]["anyOf"].pop(0), "/age_years: no longer ['integer']"),
    ):
        spoiled = deepcopy(new)
        spoil(spoiled)  # type: ignore[no-untyped-call]
        assert list(lost(new, spoiled, read=True)) == [said]
        assert list(lost(spoiled, new, read=True)) == []


# -- errors ------------------------------------------------------------------------------------------------------------


def test_another_version_is_told(answers: list[Recommendation]) -> None:
    data = data_of(answers[0]) | {"schema_version": "3.1"}
    with pytest.raises(InputError, match=r"version 3\.1 of the schema; here it is 2\.1") as caught:
        Recommendation.from_json(json.dumps(data))
    assert caught.value.faults[0].code == "other-version"


def test_what_another_pack_wrote_is_read_with_it_or_whole(answers: list[Recommendation]) -> None:
    folder = ROOT / "examples" / "foreign-pack"
    other = Engine(rules=folder / "rules", graph=folder / "graph")
    answer = other.recommend({})
    with pytest.raises(InputError, match="another pack") as caught:
        Recommendation.from_json(answer.to_json())
    assert "whole=True" in str(caught.value)
    assert Recommendation.from_json(answer.to_json(), runner=answer.runner, pack=other.pack) == answer
    assert Recommendation.from_json(answer.to_json(whole=True)) == answer


def test_an_id_that_is_not_told_is_named(answers: list[Recommendation]) -> None:
    data = data_of(answers[0])
    data["by_id"]["reasons"].pop(next(iter(data["by_id"]["reasons"])))
    with pytest.raises(InputError, match="is named, and is not told in `by_id`"):
        Recommendation.from_json(json.dumps(data))


@pytest.mark.parametrize("text", ["", "[]", "7", "{", "null", "{}", b"\xff", '{"status": "train"}'])
@pytest.mark.parametrize("model", [Recommendation, Explanation, Verdict])
def test_what_is_no_answer_is_refused(model: Any, text: str | bytes) -> None:
    with pytest.raises(InputError):
        model.from_json(text)
