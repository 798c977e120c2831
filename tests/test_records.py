"""Records: kept whole, masked on wish, and repeated byte for byte; where the pack is another, what that changes."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prehab import render
from prehab.cli import main
from prehab.engine import Engine, evaluators
from prehab.graph.faults import InputError
from prehab.population import random_runner
from prehab.records import Record, Replay
from prehab.records.masking import PERSONAL
from prehab.records.models import seal_of
from prehab.rules.pack import Pack
from prehab.schemas import schema_of
from tests.support import engine_of, tries, without

ROOT = Path(__file__).parents[1]
SORE = ROOT / "examples" / "sore-achilles.yaml"
RACER = ROOT / "examples" / "racer.yaml"


@pytest.fixture(scope="module")
def engines(pack: Pack) -> list[Engine]:
    names = [one.name for one in evaluators(engine_of(pack)._program)]
    return [engine_of(pack, name) for name in names]


@pytest.fixture(scope="module")
def told(pack: Pack) -> list[dict[str, Any]]:
    """Random runners."""
    rng = random.Random(41)
    return [random_runner(rng, pack) for _ in range(tries(30, 6))]


def shuffled(data: Any, rng: random.Random) -> Any:
    """The same data, with the fields of every object in another order."""
    if isinstance(data, dict):
        return {key: shuffled(data[key], rng) for key in rng.sample(list(data), len(data))}
    return [shuffled(one, rng) for one in data] if isinstance(data, list) else data


def altered(record: Record, **changes: Any) -> Record:
    """A record with other values, sealed anew."""
    made = record.model_copy(update=changes)
    return made.model_copy(update={"seal": seal_of(made)})


def test_a_record_is_the_same_and_repeated_by_every_evaluator(
    engines: list[Engine], told: list[dict[str, Any]]
) -> None:
    rng = random.Random(7)
    for data in told:
        mask = rng.choice((False, True, ("/age_years", "/strength")))
        records = [engine.record(data, mask=mask) for engine in engines]
        assert len({one.to_json() for one in records}) == 1
        text = records[0].to_json(indent=rng.choice((None, 2)))
        read = Record.from_json(text)
        assert read == records[0]
        assert read.to_json() == records[0].to_json()
        turned = Record.from_json(json.dumps(shuffled(json.loads(text), rng)))
        for engine in engines:
            for one in (read, turned):
                outcome = engine.replay(one)
                assert outcome.outcome == ("same" if read.can_be_repeated else "impossible"), outcome.says
        again = engines[0].record(shuffled(json.loads(json.dumps(data)), rng), mask=mask)
        assert again.to_json() == records[0].to_json()


def test_the_parameters_of_a_record_decide_when_it_is_repeated(pack: Pack, engines: list[Engine]) -> None:
    other = engine_of(pack, parameters={"plyo.calf_raises": 22})
    record = other.record(other.read_file(SORE))
    assert record.provenance.overrides == {"plyo.calf_raises": 22}
    assert engines[0].replay(record).outcome == "same"


def test_whatever_python_hashes_by_it_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    code = (
        "import sys; from prehab import Engine, Record; from pathlib import Path; e = Engine()\n"
        "path = Path(sys.argv[1]); made = e.record(e.read_file(sys.argv[2]), mask=True, day=None).to_json()\n"
        "path.exists() or path.write_text(made)\n"
        "print(path.read_text() == made, e.replay(Record.read_file(path)).outcome)"
    )
    for seed in ("0", "1", "31337"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(path), str(RACER)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == "True same\n"


# -- masked ------------------------------------------------------------------------------------------------------------


def values(data: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a runner's file, by its place."""
    if isinstance(data, dict):
        for key, one in data.items():
            yield from values(one, f"{at}/{key}")
    elif isinstance(data, list) and data and isinstance(data[0], dict):
        for number, one in enumerate(data):
            yield from values(one, f"{at}/{number}")
    else:
        yield at, data


def is_personal(at: str) -> bool:
    dated = at in ("/today", "/running/race_date") or at.endswith("/date")
    named = at.startswith(
        tuple(one for one in PERSONAL if one not in ("/today", "/running/race_date", "/recent_sessions"))
    )
    return dated or named


def test_what_is_personal_is_masked_and_the_decision_stays(engines: list[Engine], told: list[dict[str, Any]]) -> None:
    repeated = 0
    engine = engines[0]
    finder = engine._parts.boundaries
    for data in told:
        runner = engine.runner(data)
        record = engine.record(runner, mask=True, day=date(2026, 3, 1))
        how = {one.at: one for one in record.masked}
        before = dict(values(json.loads(runner.to_json())))
        after = dict(values(json.loads(record.runner.to_json())))
        assert record.day is None
        counted = {"/running/days_to_race", "/running/days_since_race", *(at for at in after if "days_ago" in at)}
        for at, value in before.items():
            if is_personal(at):
                assert at in how, at
                assert at not in after or how[at].how == "alike", at
            elif at not in counted:
                assert after[at] == value, at
        assert not [at for at in after if at not in before and at not in counted]
        repeated += record.can_be_repeated
        assert record.can_be_repeated == (not any(one.decides for one in record.masked))
        same = finder.advice(engine.runner(record.runner)).same_as(finder.advice(runner))
        assert same == record.can_be_repeated
        assert record.decision == engine.record(runner).decision
        if not record.can_be_repeated:
            assert record.result is record.digest is None
            outcome = engine.replay(record)
            assert outcome.outcome == "impossible"
            assert all(one.at in outcome.says for one in record.masked if one.decides)
    assert repeated


def test_an_age_becomes_the_least_that_rules_take_alike(engines: list[Engine]) -> None:
    records = [engines[0].record({"age_years": age}, mask=True) for age in (23, 41, 64)]
    assert len({one.to_json() for one in records}) == 1
    assert records[0].runner.age_years == 19
    assert engines[0].record({"age_years": 41}, mask="/age_years").runner.age_years == 19


def test_what_decides_and_has_no_double_is_left_out_and_that_is_said(engines: list[Engine]) -> None:
    record = engines[0].record({"medical": {"heart_condition": True}}, mask=True)
    assert not record.can_be_repeated
    assert "heart_condition" not in record.runner.to_json()
    assert not [rule for rule in record.rules if "heart" in rule]
    outcome = engines[0].replay(record)
    assert outcome.says.endswith("(/medical/heart_condition).")


def test_a_place_that_there_is_not_is_no_place_to_mask(engines: list[Engine]) -> None:
    with pytest.raises(InputError) as caught:
        engines[0].record({}, mask=["/age_year"])
    assert caught.value.faults[0].did_you_mean == ("/age_years",)


# -- another pack, another version -------------------------------------------------------------------------------------


def test_another_pack_says_what_changed_and_by_which_rule(pack: Pack, engines: list[Engine]) -> None:
    engine = engines[0]
    record = engine.record(engine.read_file(SORE))
    other = engine_of(without(pack, "tendon.only-holds"))
    outcome = other.replay(record)
    assert outcome.outcome == "differs"
    assert outcome.rules_gone == ("tendon.only-holds",)
    assert any(note.startswith("The pack is another") for note in outcome.notes)
    opened = [one for one in outcome.differences if one.what == "allowed"]
    assert opened
    assert any(one.rule == "tendon.only-holds" for one in opened)
    compared = other.replay(record, then=engine)
    assert {one.about for one in compared.differences if one.what == "allowed"} == {one.about for one in opened}
    assert "tendon.only-holds" in compared.rules_gone
    with pytest.raises(InputError, match="made with another"):
        engine.replay(record, then=other)
    text = "\n".join(line.text for line in render.replay(outcome))
    assert "tendon.only-holds" in text


def test_another_version_that_decides_the_same_is_said(engines: list[Engine]) -> None:
    record = engines[0].record({"complaints": [{"region": "knee"}]})
    result = json.loads(json.dumps(record.result))
    result["provenance"]["library"] = "0.0.9"
    old = altered(record, result=result, digest="0" * 64,
                  provenance=record.provenance.model_copy(update={"library": "0.0.9"}))  # fmt: skip
    outcome = engines[0].replay(old)
    assert (outcome.outcome, outcome.notes) == ("same", ("prehab is another: 0.0.9 then, 0.1.0 now.",))


def test_a_parameter_that_no_longer_is_there_is_said(pack: Pack, engines: list[Engine]) -> None:
    record = engines[0].record({})
    odd = record.provenance.model_copy(update={"overrides": {"plyo.calf_raise": 22.0}})
    outcome = engines[0].replay(altered(record, provenance=odd))
    assert outcome.outcome == "same"
    assert any("plyo.calf_raise" in note for note in outcome.notes)


# -- what is no record -------------------------------------------------------------------------------------------------


def test_what_was_changed_by_hand_is_no_record(engines: list[Engine], told: list[dict[str, Any]]) -> None:
    rng = random.Random(3)
    for data in told[:10]:
        whole = json.loads(engines[0].record({**data, "age_years": 33}).to_json())
        whole["runner"]["age_years"] += 1
        with pytest.raises(InputError) as caught:
            Record.from_json(json.dumps(whole))
        assert [fault.code for fault in caught.value.faults] == ["broken-seal"]
        text = engines[0].record(data).to_json()
        with pytest.raises(InputError):
            Record.from_json(text[: rng.randrange(1, len(text) - 2)])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", None),
        ("[]", None),
        ("{}", None),
        ('{"status": "train"}', None),
        ('{"schema_version": "3.0"}', "other-version"),
        ("\x00\x01", None),
    ],
)
def test_a_foreign_file_is_told_what_it_is_not(text: str, code: str | None, tmp_path: Path) -> None:
    path = tmp_path / "foreign.json"
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["replay", str(path)])
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.output
    result = CliRunner().invoke(main, ["replay", str(path), "--json"])
    assert (result.exit_code, bool(json.loads(result.stdout)["errors"])) == (2, True)
    assert code is None or json.loads(result.stdout)["errors"][0]["code"] == code


def test_an_answer_is_no_record(engines: list[Engine]) -> None:
    with pytest.raises(InputError):
        Record.from_json(engines[0].recommend({}).to_json())


# -- the command line --------------------------------------------------------------------------------------------------


def test_a_record_is_written_beside_the_answer_and_repeated(tmp_path: Path, engines: list[Engine]) -> None:
    from jsonschema import Draft202012Validator

    path = tmp_path / "record.json"
    plain = CliRunner().invoke(main, ["recommend", str(SORE), "--on", "2026-11-28"])
    result = CliRunner().invoke(
        main, ["recommend", str(SORE), "--on", "2026-11-28", "--record", str(path), "--instead", "goblet_squat"]
    )
    assert result.exit_code == 0
    assert result.stdout != plain.stdout
    record = Record.read_file(path)
    assert (record.day, record.runner.strength.refuses) == (date(2026, 11, 28), ("goblet_squat",))
    schema = Draft202012Validator(schema_of("record", engines[0].pack))
    assert list(schema.iter_errors(json.loads(path.read_text(encoding="utf-8")))) == []
    result = CliRunner().invoke(main, ["replay", str(path)])
    assert (result.exit_code, result.stdout) == (0, "The same answer, byte for byte.\n")
    result = CliRunner().invoke(main, ["replay", str(path), "--json"])
    schema = Draft202012Validator(schema_of("replay", engines[0].pack))
    assert list(schema.iter_errors(json.loads(result.stdout))) == []
    assert Replay.from_json(result.stdout).outcome == "same"
    result = CliRunner().invoke(main, ["recommend", str(SORE), "--record", str(path), "--masked"])
    assert result.exit_code == 0
    assert Record.read_file(path).runner.age_years == 19
    assert CliRunner().invoke(main, ["replay", str(path)]).exit_code == 0
    assert CliRunner().invoke(main, ["recommend", str(SORE), "--masked"]).exit_code == 2


@pytest.mark.usefixtures("full_disk")
def test_a_record_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text("before", encoding="utf-8")
    result = CliRunner().invoke(main, ["recommend", str(SORE), "--record", str(path)])
    assert (result.exit_code, path.read_text(encoding="utf-8")) == (2, "before")
    assert "no space left" in result.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["record.json"]
    result = CliRunner().invoke(main, ["recommend", str(SORE), "--record", str(tmp_path / "no" / "record.json")])
    assert result.exit_code == 2
    assert "there is no folder" in result.stderr
