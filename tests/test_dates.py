"""Dates: counted from `today`, never from a clock; what is old counts less, never more, and is said to be old."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prehab.cli import main
from prehab.dates import on_day
from prehab.engine import Engine
from prehab.population import random_runner
from prehab.rules.pack import Pack
from prehab.testing.seen import Seen, softer
from tests.support import engine_of

TODAY = date(2026, 3, 1)
Data = dict[str, Any]


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


def days_to_race(engine: Engine, data: Data) -> Any:
    facts = engine._decide(engine.runner(data)).inference.facts
    return facts.by_kind["running"][0].values["days_to_race"], facts.notes


def test_a_race_without_today_counts_as_if_it_were_today(engine: Engine) -> None:
    said = "A race date is known but not today's date, so the race counts as if it were today."
    days, notes = days_to_race(engine, {"running": {"race_date": "2026-03-20"}})
    assert days == 0
    assert any(note.startswith(said) for note in notes)
    days, notes = days_to_race(engine, {"running": {"race_date": "2026-03-20", "days_to_race": 9}})
    assert (days, notes) == (9, [])


@pytest.mark.parametrize(("today", "race"), [("2026-03-01", "2036-02-27"), ("2026-03-01", "9999-12-31"), (None, None)])
def test_a_race_far_away_stays_within_what_is_declared(today: str | None, race: str | None, engine: Engine) -> None:
    """The proof is about the range of the vocabulary, and no date leads out of it."""
    told = {"days_to_race": 3650} if race is None else {"race_date": race}
    days, notes = days_to_race(engine, {"running": told, **({} if today is None else {"today": today})})
    low, high = engine.pack.kinds["running"].fields["days_to_race"].range or (0, 0)
    assert low <= days <= high
    assert days == high
    assert notes == []


@pytest.mark.parametrize(("told", "counts"), [(None, 5), (30, 5), (2, 2)])
def test_a_race_that_is_over_counts_as_the_last_one(told: int | None, counts: int, engine: Engine) -> None:
    running = {"race_date": "2026-02-24", **({} if told is None else {"days_since_race": told})}
    facts = engine._decide(engine.runner({"today": "2026-03-01", "running": running})).inference.facts
    values = facts.by_kind["running"][0].values
    assert (values["days_to_race"], values["days_since_race"]) == (None, counts)
    assert facts.notes == ["The race was 5 days ago, so it counts as your last one."]


def test_a_log_with_dates(engine: Engine) -> None:
    log = [{"date": "2026-02-27", "exercises": ["nordic_curl"], "effort_rpe": 9}]
    facts = engine._decide(engine.runner({"today": "2026-03-01", "recent_sessions": log})).inference.facts
    assert [fact.values["days_ago"] for fact in facts.by_kind["session"]] == [2]
    undated = engine._decide(engine.runner({"recent_sessions": log})).inference.facts
    assert not undated.by_kind["session"]
    assert any("today's date is not known, so those sessions do not count" in note for note in undated.notes)


def test_an_older_file_has_aged(engine: Engine) -> None:
    data: Data = {
        "today": "2026-01-01", "running": {"days_to_race": 70}, "readiness": {"soreness": 1},
        "recent_sessions": [{"days_ago": 1}, {"date": "2025-12-30"}],
    }  # fmt: skip
    aged = on_day(engine.runner(data), date(2026, 3, 1))
    assert (aged.today, aged.told_days_ago, aged.running.days_to_race) == (date(2026, 3, 1), 59, 11)
    assert aged.recent_sessions[0].days_ago == 60
    assert "These answers are 59 days old." in engine.recommend(aged).notes[0]
    assert on_day(engine.runner({**data, "running": {"days_to_race": 9}}), TODAY).running.days_to_race is None
    same = engine.runner(data)
    assert on_day(same, date(2026, 1, 1)) is same
    assert on_day(same, date(2025, 12, 1)) is same
    plain = engine.runner({"age_years": 30})
    assert on_day(plain, TODAY) is plain


@pytest.mark.parametrize("seed", range(3))
def test_what_is_old_never_allows_more(seed: int, engine: Engine) -> None:
    """Any runner, some days later; races apart, which are nearer then or over, and a log, which says less then."""
    rng = random.Random(seed)
    for _ in range(60):
        data = {**random_runner(rng, engine.pack, rng.choice((0, 1, 2))), "today": TODAY.isoformat()}
        data.pop("recent_sessions", None)
        data["running"] = {k: v for k, v in data.get("running", {}).items() if k not in ("race_date", "days_to_race")}
        before = Seen(engine, data)
        aged = on_day(before.runner, TODAY + timedelta(days=rng.choice((1, 6, 7, 60, 5000))))
        after = Seen(engine, {**data, "told_days_ago": aged.told_days_ago, "today": aged.today.isoformat()})  # type: ignore[union-attr]
        assert not list(softer(before, after)), json.dumps(data)


@pytest.mark.parametrize("seed", range(2))
def test_a_log_that_ended_long_ago_earns_nothing(seed: int, engine: Engine) -> None:
    """Whatever it holds, it is said to be old, and nobody is allowed more with it than without a log."""
    rng = random.Random(seed)
    tried = 0
    while tried < 40:
        data = random_runner(rng, engine.pack, rng.choice((0, 1, 2)))
        log = data.pop("recent_sessions", None)
        if not log:
            continue
        tried += 1
        later = rng.choice((60, 200, 2000))
        old = [
            {**{key: value for key, value in session.items() if key != "date"}, "days_ago": later + place}
            for place, session in enumerate(log)
        ]
        without, with_it = Seen(engine, data), Seen(engine, {**data, "recent_sessions": old})
        assert not list(softer(without, with_it)), json.dumps({**data, "recent_sessions": old})
        said = engine.recommend({**data, "recent_sessions": old}).notes
        assert any(f"The last session of your log was {later} days ago" in note for note in said)


@pytest.mark.parametrize("seed", range(2))
def test_a_race_that_has_passed_earns_nothing(seed: int, engine: Engine) -> None:
    """It is said, counts as a hard run, and allows nobody more than no race does."""
    rng = random.Random(seed)
    for _ in range(40):
        data = {**random_runner(rng, engine.pack, rng.choice((0, 1, 2))), "today": TODAY.isoformat()}
        data.pop("recent_sessions", None)
        running = {k: v for k, v in data.get("running", {}).items() if k not in ("race_date", "days_to_race")}
        since = rng.choice((1, 3, 12, 400))
        passed = {**running, "race_date": (TODAY - timedelta(days=since)).isoformat()}
        without, with_it = Seen(engine, {**data, "running": running}), Seen(engine, {**data, "running": passed})
        assert not list(softer(without, with_it)), json.dumps({**data, "running": passed})
        said = engine.recommend({**data, "running": passed}).notes
        assert any("race" in note and ("ago" in note or "has passed" in note) for note in said)


# -- the command line -------------------------------------------------------------------------------------------------


def run(*words: str, given: Data) -> tuple[int, Any, str]:
    result = CliRunner().invoke(main, ["recommend", "-", "--json", "--details", *words], input=json.dumps(given))
    return result.exit_code, json.loads(result.stdout), result.stderr


def test_a_file_kept_for_eight_weeks_is_noticed() -> None:
    strong: Data = {
        "today": "2026-10-01", "running": {"race_date": "2026-11-30"}, "readiness": {"soreness": 0},
        "strength": {"weeks_trained": 20, "equipment": ["barbell", "squat_rack"]},
        "legs": {side: {"calf_raises": 25, "balance_s": 45} for side in ("left", "right")},
        "screens": dict.fromkeys(("squat", "hinge", "push", "pull", "rotate"), "competent"),
    }  # fmt: skip
    code, then, _ = run("--on", "2026-10-01", given=strong)
    assert code == 0
    assert "back_squat" in then["allowed"]
    assert not [note for note in then["notes"] if "days old" in note]
    code, now, _ = run("--on", "2026-11-28", given=strong)
    assert code == 0
    assert "back_squat" not in now["allowed"]
    assert any(note.startswith("These answers are 58 days old.") for note in now["notes"])


def test_by_default_the_day_is_this_machine_s() -> None:
    yesterday = (date.today() - timedelta(days=1)).isoformat()
    _, told, _ = run(given={"today": yesterday})
    assert any(note.startswith("These answers are 1 day old.") for note in told["notes"])
    _, told, _ = run(given={"running": {"race_date": yesterday}})
    assert any(note.startswith("The race was 1 day ago,") for note in told["notes"])


def test_a_today_that_is_still_to_come_is_believed_and_said() -> None:
    code, _, said = run("--on", "2026-03-01", given={"today": "2026-03-02"})
    assert code == 0
    assert said == "note: `today` is 2026-03-02 in the file, which is after 2026-03-01; the file is believed.\n"


def test_a_logged_session_after_this_machine_s_day_is_refused() -> None:
    code, told, _ = run("--on", "2026-03-01", given={"recent_sessions": [{"date": "2026-03-02"}]})
    assert code == 2
    assert told["errors"][0]["code"] == "not-yet"


def test_explain_takes_a_day_too(tmp_path: Path) -> None:
    path = tmp_path / "runner.yaml"
    path.write_text("today: 2026-01-01\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["explain", str(path), "easy_run", "--on", "2026-02-01"])
    assert result.exit_code == 0
    assert CliRunner().invoke(main, ["explain", str(path), "easy_run", "--on", "tomorrow"]).exit_code == 2
