"""The library as an app developer uses it: the names exported, what they do, how they behave under threads."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import prehab
from prehab import Engine, InputError, PackError, Recommendation, Runner
from prehab.recommendation import Explanation

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
SORE = {"complaints": [{"injury": "achilles_tendinopathy_midportion", "pain": {"during": 7, "next_morning": 6}}]}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


def test_every_exported_name_is_there() -> None:
    for name in prehab.__all__:
        assert getattr(prehab, name) is not None
    assert set(prehab.__all__) <= set(dir(prehab))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        prehab.nothing  # noqa: B018


def test_importing_prehab_imports_nothing_else() -> None:
    code = (
        "import sys, prehab; "
        "print({'pydantic', 'yaml', 'networkx', 'click', 'durable_rules_engine'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_an_engine_needs_neither_yaml_nor_networkx_when_its_pack_is_compiled(tmp_path: Path) -> None:
    file = tmp_path / "pack.data"
    file.write_bytes(Engine().pack.compiled(""))
    code = (
        "import sys, pathlib, prehab.engine as e, prehab.graph.pack_file as c\n"
        f"c.PACK_FILE = pathlib.Path({str(file)!r})\n"
        "a = e.Engine().recommend({'complaints': [{'region': 'knee'}]})\n"
        "print(a.status, [m for m in sys.modules if m.split('.')[0] in ('yaml', 'networkx', 'rich', 'hypothesis')])"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "modify []\n"
    )


def test_nothing_known_is_a_valid_runner(engine: Engine) -> None:
    answer = engine.recommend({})
    assert answer.status == "train"
    assert answer.sessions
    assert answer.asks
    assert engine.recommend(Runner()).to_json() == answer.to_json()


def test_data_and_models_are_the_same_runner(engine: Engine) -> None:
    assert engine.recommend(SORE).to_json() == engine.recommend(Runner.model_validate(SORE)).to_json()


def test_names_are_checked_in_a_runner_built_in_python(engine: Engine) -> None:
    runner = Runner.model_validate({"complaints": [{"injury": "shin splnt"}]})
    with pytest.raises(InputError) as caught:
        engine.recommend(runner)
    fault = caught.value.faults[0]
    assert (fault.code, fault.path, fault.value) == ("unknown-injury", "/complaints/0/injury", "shin splnt")
    assert fault.did_you_mean[0] == "medial_tibial_stress_syndrome"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_made_without_validation_is_what_validation_makes(engine: Engine, path: Path) -> None:
    answer = engine.recommend(engine.read_file(path))
    assert Recommendation.model_validate_json(answer.model_dump_json()) == answer
    for exercise in ("pogo_hops", "goblet_squat", "side_plank", "back_squat"):
        explained = engine.explain(answer.runner, exercise)
        assert Explanation.model_validate_json(explained.model_dump_json()) == explained


@pytest.mark.parametrize("evaluator", ["reference", "compiled", "durable"])
def test_eight_threads_on_one_engine_answer_as_one_does(evaluator: Any) -> None:
    if evaluator == "durable":
        pytest.importorskip("durable_rules_engine")
    engine = Engine(evaluator=evaluator)
    runners = [engine.read_file(path) for path in EXAMPLES]
    expected = [engine.recommend(runner).to_json() for runner in runners]
    with ThreadPoolExecutor(max_workers=8) as pool:
        rounds = [list(pool.map(lambda r: engine.recommend(r).to_json(), runners)) for _ in range(6)]
        together = list(pool.map(lambda r: engine.recommend(r).to_json(), runners * 6))
    assert all(answers == expected for answers in rounds)
    assert together == expected * 6


def test_two_engines_do_not_disturb_each_other() -> None:
    one, other = Engine(), Engine(parameters={"phase.balance_s": 60})
    runner = one.read_file(next(path for path in EXAMPLES if path.stem == "no-equipment"))
    before = one.recommend(runner).to_json()
    assert other.recommend(runner).to_json() != before
    assert one.recommend(runner).to_json() == before


def test_an_override_is_told_and_checked() -> None:
    engine = Engine(parameters={"plyo.calf_raises": 22})
    assert engine.recommend({}).provenance.overrides == {"plyo.calf_raises": 22}
    with pytest.raises(InputError) as caught:
        Engine(parameters={"plyo.calf_raises": 99, "plyo.calf_rises": 20, "tendon.irritable_load": 2})
    assert [fault.code for fault in caught.value.faults] == ["out-of-range", "unknown-parameter", "fixed-parameter"]


def test_an_evaluator_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InputError, match="unknown evaluator `prolog`"):
        Engine(evaluator="prolog")  # type: ignore[arg-type]


def test_a_folder_without_rules_is_told(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="missing"):
        Engine(rules=tmp_path)


def test_explain_refuses_an_exercise_that_does_not_exist(engine: Engine) -> None:
    with pytest.raises(InputError) as caught:
        engine.explain({}, "pogo hop")
    assert caught.value.faults[0].did_you_mean[0] == "pogo_hops"


def test_explain_says_what_stands_in_the_way_and_what_would_do(engine: Engine) -> None:
    why = engine.explain(SORE, "pogo_hops")
    assert why.verdict == "withheld"
    assert why.reasons
    assert why.missed
    assert any("heel raises" in unmet for unmet in why.missed[0].unmet)
    assert set(why.instead) <= set(engine.recommend(SORE).allowed)


def test_explain_agrees_with_recommend_for_every_exercise(engine: Engine) -> None:
    for path in EXAMPLES:
        answer = engine.recommend(engine.read_file(path))
        given = {g.exercise for s in answer.sessions for g in s.exercises}
        given |= {g.exercise for g in (answer.daily.exercises if answer.daily else ())}
        for exercise in engine.catalogue.exercises:
            why = engine.explain(answer.runner, exercise)
            assert (why.verdict == "given") == (exercise in given)
            assert (why.verdict == "withheld") == (exercise not in answer.allowed)
            assert why.verdict != "withheld" or why.reasons or why.missed
            assert why.verdict == "withheld" or why.dose is not None


def test_every_dose_stays_inside_its_scheme_and_bounds(engine: Engine) -> None:
    for path in EXAMPLES:
        answer = engine.recommend(engine.read_file(path))
        for given in [g for s in answer.sessions for g in s.exercises] + list(
            answer.daily.exercises if answer.daily else ()
        ):
            scheme = engine.pack.schemes[given.dose.scheme]
            for name in ("sets", "reps", "hold_s", "contacts", "effort_rpe", "rest_s", "sessions_per_week"):
                span, wide = getattr(given.dose, name), getattr(scheme, name)
                assert (span is None) == (wide is None)
                if span is not None:
                    assert span[0] <= wide[0], "the lower end gives way to a lower bound, and to nothing else"
                    assert span[0] == wide[0] or span[0] == span[1]
                    assert span[1] <= wide[1]
            if scheme.pain_limit is not None:
                assert given.dose.pain_limit is not None
                assert given.dose.pain_limit <= scheme.pain_limit


def test_sessions_fit_the_time_and_keep_clear_of_key_runs(engine: Engine) -> None:
    for path in EXAMPLES:
        runner = engine.read_file(path)
        answer = engine.recommend(runner)
        budget = runner.strength.minutes_per_session or 40
        week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        protected = {
            key for key, e in engine.catalogue.exercises.items() if e.phase == "heavy_strength" or e.explosive != "none"
        }
        for session in answer.sessions:
            assert session.minutes <= budget
            if session.day is not None:
                before = {(week.index(key) - week.index(session.day)) % 7 for key in runner.running.key_days or ()}
                if 1 in before:
                    assert not protected & {g.exercise for g in session.exercises}
