"""What would change an answer: each boundary does, just before it nothing changes, none nearer by is passed over."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from prehab import render
from prehab.boundaries import Boundaries, Boundary, Crossing
from prehab.boundaries.models import KINDS
from prehab.boundaries.values import Values
from prehab.cli import main
from prehab.engine import Engine, evaluators
from prehab.population import random_runner, shrunk
from prehab.rules.pack import Pack
from prehab.schemas import schema_of
from tests.bounding import broken
from tests.support import engine_of, tries

ROOT = Path(__file__).parents[1]
SORE = ROOT / "examples" / "sore-achilles.yaml"
TENDON: dict[str, Any] = {
    "age_years": 40,
    "complaints": [
        {
            "injury": "achilles_tendinopathy_midportion",
            "side": "left",
            "pain": {"during": 2, "next_morning": 2},
            "weeks": 8,
            "calm_sessions_in_row": 1,
        }
    ],
}


@pytest.fixture(scope="module")
def engines(pack: Pack) -> list[Engine]:
    names = [one.name for one in evaluators(engine_of(pack)._program)]
    return [engine_of(pack, name) for name in names]


def crossings(answer: Boundaries, at: str) -> list[tuple[Boundary, Crossing]]:
    return [(one, crossing) for one in answer.boundaries for crossing in one.crossings if crossing.at == at]


def test_every_boundary_changes_the_advice_and_none_is_passed_over(engines: list[Engine]) -> None:
    rng = random.Random(14)
    for _ in range(tries(4, 2)):
        data, number = random_runner(rng, engines[0].pack), rng.getrandbits(32)
        if found := list(broken(engines, data, random.Random(number))):
            small = shrunk(data, lambda smaller, number=number: _breaks(engines, smaller, number))
            pytest.fail(f"{found[:3]}: {json.dumps(small)}")


def _breaks(engines: list[Engine], data: Any, number: int) -> bool:
    try:
        return bool(list(broken(engines, data, random.Random(number))))
    except ValueError:  # what was left out made it no runner
        return False


def test_a_threshold_that_is_not_tried_would_be_noticed(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = engine_of(pack)
    real = Values._cuts
    monkeypatch.setattr(Values, "_cuts", lambda self, spot, runner: real(self, spot, runner)[1::2])
    found = [said for number in range(2) for said in broken([engine], TENDON, random.Random(number))]
    assert any("passed over" in said or "step" in said or "already" in said for said in found)


def test_a_worse_morning_leaves_holds_only(engines: list[Engine]) -> None:
    answer = engines[0].boundaries(TENDON)
    (boundary, crossing), *_ = [
        (b, c) for b, c in crossings(answer, "/complaints/0/pain/next_morning") if c.way == "up"
    ]
    assert (crossing.before, crossing.value) == (5.0, 5.1)
    assert crossing.says == "Pain the next morning: more than 5 of 10 (now 2 of 10)."
    assert boundary.kind == "withholds"


def test_the_most_important_comes_first_and_nothing_is_told_twice(engines: list[Engine]) -> None:
    rng = random.Random(3)
    for _ in range(tries(4, 2)):
        answer = engines[0].boundaries(random_runner(rng, engines[0].pack))
        kinds = [KINDS.index(one.kind) for one in answer.boundaries]
        assert kinds == sorted(kinds)
        assert len({one.changes for one in answer.boundaries}) == len(answer.boundaries)
        for boundary in answer.boundaries:
            assert boundary.crossings
            assert boundary.changes
            told = [crossing.now is not None for crossing in boundary.crossings]
            assert told == sorted(told, reverse=True)


def test_nobody_is_told_to_change_what_he_is(engines: list[Engine]) -> None:
    answer = engines[0].boundaries(
        {
            "age_years": 17,
            "sex": "female",
            "bone": {"osteoporosis": True},
            "medical": {"pregnant": False, "heart_condition": True},
            "alarms": {"painkillers_to_run": True},
        }
    )
    left_out = {one.at for one in answer.left_out}
    assert left_out == {
        "/age_years", "/sex", "/bone/osteoporosis", "/medical/pregnant", "/medical/heart_condition",
        "/alarms/painkillers_to_run",
    }  # fmt: skip
    assert not [one for at in left_out for one in crossings(answer, at)]


def test_the_order_of_what_is_told_changes_nothing(engines: list[Engine]) -> None:
    turned = {key: TENDON[key] for key in reversed(TENDON)}
    assert engines[0].boundaries(turned).to_json() == engines[-1].boundaries(TENDON).to_json()


def test_as_json_and_as_text(engines: list[Engine]) -> None:
    engine = engines[0]
    answer = engine.boundaries(engine.read_file(SORE))
    assert Boundaries.from_json(answer.to_json()) == answer
    jsonschema.validate(json.loads(answer.to_json()), schema_of("boundaries", engine.pack))
    for everything in (False, True):
        text = [line.text for line in render.boundaries(answer, everything=everything, width=60)]
        assert all(len(line) <= 60 for line in text)
    result = CliRunner().invoke(main, ["boundaries", str(SORE), "--json"])
    assert result.exit_code == 0
    assert Boundaries.from_json(result.stdout) == answer
    result = CliRunner().invoke(main, ["boundaries", str(SORE)])
    assert result.stdout.index("STOP EVERYTHING") < result.stdout.index("OPEN MORE")


def test_the_minutes_of_a_week_that_is_not_there_do_not_matter(engines: list[Engine]) -> None:
    """Where everything stops there is no week whose minutes could matter."""
    answer = engines[0].boundaries({"alarms": {"chest_pain": True}, "strength": {"minutes_per_session": 45}})
    assert not crossings(answer, "/strength/minutes_per_session")
