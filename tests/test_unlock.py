"""What would unlock something: each way does, each step is needed, and RC2 finds none that is cheaper or missing."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prehab import render
from prehab.cli import main
from prehab.engine import Engine, evaluators
from prehab.graph.faults import InputError
from prehab.population import random_runner, shrunk
from prehab.rules.pack import Pack
from prehab.schemas import schema_of
from prehab.testing.packs import random_pack
from prehab.unlock import Unlock
from tests.support import engine_of
from tests.unlocking import Oracle, broken, targets, told_in_full, without_clocks

ROOT = Path(__file__).parents[1]
SORE = ROOT / "examples" / "sore-achilles.yaml"
PAIRS = 140
SMALL_PACKS = 12
PER_PACK = 8


@pytest.fixture(scope="module")
def engines(pack: Pack) -> list[Engine]:
    names = [one.name for one in evaluators(engine_of(pack)._program)]
    return [engine_of(pack, name) for name in names]


@pytest.mark.parametrize("part", range(4))
def test_every_way_does_and_every_step_is_needed(engines: list[Engine], part: int) -> None:
    rng = random.Random(part)
    for _ in range(PAIRS // 4):
        data = random_runner(rng, engines[0].pack)
        target = targets(rng, engines[0], engines[0].runner(data))
        if found := list(broken(engines, data, target)):
            small = shrunk(data, partial(_breaks, engines, target))
            pytest.fail(f"{target}: {found}: {json.dumps(small)}")


def _breaks(engines: list[Engine], target: str, data: Any) -> bool:
    try:
        return bool(list(broken(engines, data, target)))
    except InputError:
        return False


@pytest.mark.parametrize("seed", range(SMALL_PACKS))
def test_rc2_finds_the_same_ways_on_small_packs(pack: Pack, seed: int) -> None:
    pytest.importorskip("pysat")
    small = without_clocks(random_pack(random.Random(seed), pack.catalogue))
    engine = engine_of(small)
    rng = random.Random(seed)
    counts: Counter[str] = Counter()
    while counts["tried"] < PER_PACK and counts["drawn"] < 10 * PER_PACK:
        counts["drawn"] += 1
        data = told_in_full(rng, small)
        target = rng.choice([*engine.catalogue.ids, *small.gates])
        answer = engine.unlock(data, target, most=1000)
        if answer.open:
            continue
        counts["tried"] += 1
        assert answer.complete
        oracle = Oracle(engine, data, answer)
        ways = [frozenset((step.at, oracle.level(step)) for step in way.steps) for way in answer.ways]
        assert set(ways) == set(oracle.ways()), (target, json.dumps(data))
        assert len(ways) == len(set(ways))
        counts["ways"] += len(ways)


def test_it_is_quick(engines: list[Engine]) -> None:
    """Beside a recommendation, which is measured in the same moment: the machine may be busy."""
    engine = engines[0]
    rng = random.Random(3)
    asked = [
        (engine.runner(random_runner(rng, engine.pack)), rng.choice(engine.catalogue.ids[::7])) for _ in range(120)
    ]
    for runner, target in asked[:20]:
        engine.unlock(runner, target)
    unlocks, recommends = [], []
    for runner, target in asked:
        begun = time.perf_counter()
        answer = engine.unlock(runner, target)
        unlocks.append(time.perf_counter() - begun)
        if answer.open:
            unlocks.pop()
        begun = time.perf_counter()
        engine.recommend(runner)
        recommends.append(time.perf_counter() - begun)
    unlock, recommend = (sorted(times)[int(len(times) * 0.95)] for times in (unlocks, recommends))
    assert unlock < max(0.050, 6 * recommend), f"unlock {unlock * 1e3:.1f} ms, recommend {recommend * 1e3:.1f} ms"


# -- single answers ----------------------------------------------------------------------------------------------------


def test_a_sore_achilles_asks_what_opens_hops(engines: list[Engine]) -> None:
    answer = engines[0].unlock(engines[0].read_file(SORE), "pogo hops")
    assert (answer.target, answer.kind, answer.open, answer.complete) == ("pogo_hops", "exercise", False, True)
    first, second = answer.ways
    steps = {step.at: step for step in first.steps}
    assert steps["/legs/left/calf_raises"].says == "Single-leg heel raises, left leg: at least 20 repetitions (now 9)."
    assert steps["/legs/left/calf_raises"].kind == "training"
    assert steps["/screens/landing"].kind == "test"
    assert steps["/screens/landing"].how is not None
    assert steps["/complaints/0/pain/during"].kind == "healing"
    assert steps["/strength/weeks_trained"].days == 7 == first.days
    assert "/screens/landing" not in {step.at for step in second.steps}
    gates = {rung.id: [first.steps[n - 1].at for n in rung.demands] for rung in first.rungs if rung.kind == "gate"}
    assert gates["phase/strength_foundation"] == ["/legs/left/balance_s"]
    assert "/legs/left/calf_raises" in gates["plyo/low"]


def test_a_day_is_told_where_today_is(engines: list[Engine]) -> None:
    runner = {**engines[0].read_file(SORE).model_dump(mode="json", exclude_unset=True), "today": "2026-11-30"}
    (way, *_) = engines[0].unlock(runner, "plyo/low").ways
    assert way.not_before == date(2026, 12, 7)


def test_running_opens_by_one_step_at_a_time(engines: list[Engine]) -> None:
    engine = engines[0]
    answer = engine.unlock(engine.read_file(SORE), "running")
    assert answer.summary == "Not yet. One way leads to running in turns with walking."
    after = engine.after(engine.read_file(SORE), answer.ways[0])
    assert engine.recommend(after).running.mode == "run_walk"  # type: ignore[union-attr]
    assert engine.unlock({}, "running").open is (engine.recommend({}).running.mode == "as_usual")  # type: ignore[union-attr]


def test_what_nothing_changes_is_told_and_not_offered(engines: list[Engine]) -> None:
    child = engines[0].unlock({"age_years": 12, "strength": {"coached": False}}, "phase/heavy_strength")
    assert not child.ways
    assert child.summary == "Not for you while this is so."
    assert any("18" in held.says for held in child.held)
    assert child.held[0].rule is not None


def test_what_is_allowed_is_answered_apart(engines: list[Engine]) -> None:
    engine = engines[0]
    week = engine.recommend({})
    given = week.sessions[0].exercises[0].exercise
    assert engine.unlock({}, given).choice.kind == "given"  # type: ignore[union-attr]
    refused = {"strength": {"refuses": [given]}}
    assert engine.unlock(refused, given).choice.kind == "refused"  # type: ignore[union-attr]
    kinds = Counter(
        answer.choice.kind for key in engine.catalogue.ids if (answer := engine.unlock({}, key)).choice is not None
    )
    assert kinds["given"]
    assert kinds["better"]


def test_equipment_is_a_step(engines: list[Engine]) -> None:
    engine = engines[0]
    wanting = [
        answer
        for key in engine.catalogue.ids
        if (answer := engine.unlock({}, key)).ways and answer.ways[0].steps[0].kind == "equipment"
    ]
    assert wanting
    way = wanting[0].ways[0]
    after = engine.after({}, way)
    assert after.strength.equipment
    assert engine.explain(after, wanting[0].target).verdict in ("given", "allowed")


def test_a_stage_of_one_of_two_complaints(engines: list[Engine]) -> None:
    engine = engines[0]
    runner = {
        "complaints": [
            {"injury": "achilles_tendinopathy_midportion", "pain": {"during": 7, "next_morning": 6}},
            {"region": "knee", "pain": {"during": 2, "next_morning": 1, "walking": 0}},
        ]
    }
    with pytest.raises(InputError, match="more than one complaint") as caught:
        engine.unlock(runner, "load")
    assert caught.value.faults[0].allowed == ("1/load", "2/load")
    answer = engine.unlock(runner, "1/load")
    assert {step.at for way in answer.ways for step in way.steps} >= {"/complaints/0/pain/during"}
    assert not any(step.at.startswith("/complaints/1") for way in answer.ways for step in way.steps)
    with pytest.raises(InputError, match="no complaint here"):
        engine.unlock({}, "load")


def test_what_is_no_target_names_the_nearest(engines: list[Engine]) -> None:
    with pytest.raises(InputError, match="nothing to unlock is called") as caught:
        engines[0].unlock({}, "plyo/lo")
    assert "plyo/low" in caught.value.faults[0].did_you_mean
    with pytest.raises(InputError, match="at least one way"):
        engines[0].unlock({}, "plyo/low", most=0)


def test_it_is_json_and_text_and_a_command(engines: list[Engine], pack: Pack) -> None:
    from jsonschema import Draft202012Validator

    schema = Draft202012Validator(schema_of("unlock", pack))
    rng = random.Random(9)
    for _ in range(40):
        runner = random_runner(rng, pack)
        answer = engines[0].unlock(runner, targets(rng, engines[0], engines[0].runner({})))
        assert list(schema.iter_errors(json.loads(answer.to_json()))) == []
        assert Unlock.from_json(answer.to_json()) == answer
        assert all(len(line.text) <= 60 for line in render.unlock(answer, width=60))
    told = CliRunner().invoke(main, ["unlock", str(SORE), "running"])
    assert told.exit_code == 0
    assert "heal  Pain the next morning: at most 2 of 10 (now 6)." in told.output
    told = CliRunner().invoke(main, ["unlock", str(SORE), "running", "--json"])
    assert Unlock.from_json(told.output) == engines[0].unlock(engines[0].read_file(SORE), "running")
    told = CliRunner().invoke(main, ["unlock", str(SORE), "pogo"])
    assert told.exit_code == 2
    assert "pogo_hops" in told.output
