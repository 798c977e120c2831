"""Safety statements: how they are read, what is wrong with one, and what breaks one for a runner."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from prehab.engine import Engine
from prehab.graph.faults import PackError
from prehab.population import random_runner
from prehab.rules.load import RULES_FOLDER
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement, load_statements
from prehab.statements import broken_statements
from tests.support import engine_of, without

SORE = {"complaints": [{"injury": "achilles_tendinopathy_midportion", "side": "left", "pain": {"during": 8}}]}
TENDON = [
    {"fact": "complaint", "key": "$c", "tissue": "tendon"},
    {"fact": "affects", "complaint": "$c", "structure": "$s"},
]


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


def read(pack: Pack, folder: Path, **text: Any) -> Statement:
    """One statement, read from a file."""
    whole = {"says": "Something that always holds.", "consensus": True, **text}
    return read_all(pack, folder, {"trial": whole})[0]


def read_all(pack: Pack, folder: Path, statements: Any) -> tuple[Statement, ...]:
    made = {"about": "A trial.", "statements": statements}
    (folder / "statements.yaml").write_text(yaml.safe_dump(made, sort_keys=False), encoding="utf-8")
    return load_statements(pack, folder)


def broken(statement: Statement, engine: Engine, data: Any) -> list[str]:
    return [words for _, words in broken_statements([statement], engine._decide(engine.runner(data)))]


def always(**promise: Any) -> dict[str, Any]:
    return {"when": [{"fact": "runner"}], **promise}


# -- what breaks one --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [3, 31, 120, 500])
def test_sessions_are_found_in_a_log_however_long_it_is(
    length: int, pack: Pack, engine: Engine, tmp_path: Path
) -> None:
    """Rules are given a part of a long log, of which they tell no more apart. Statements look for other things."""
    number = next(name for name, one in pack.parameters.items() if one.unit == "days" and one.value <= 30)
    old = [{"fact": "session", "days_ago": {"above": number}} for _ in range(2)]
    statement = read(pack, tmp_path, when=old, unknown="asks", withheld={"exercises": {"everything": True}})
    for place in (0, length // 2, length - 1):
        log = [{"days_ago": 0} for _ in range(length)]
        log[place] = {"days_ago": 40}
        assert not broken(statement, engine, {"recent_sessions": log})
        log[place - 1] = {"days_ago": 40}
        assert broken(statement, engine, {"recent_sessions": log})


def test_withheld(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    jumps = read(pack, tmp_path, **always(withheld={"exercises": {"explosive": ["low", "moderate", "high"]}}))
    bridges = read(pack, tmp_path, **always(withheld={"exercises": {"ids": ["glute_bridge", "pogo_hops"]}}))
    assert broken(jumps, engine, {}) == []
    assert broken(bridges, engine, {}) == ["glute_bridge is allowed"]
    assert broken(bridges, engine, {"alarms": {"chest_pain": True}}) == []  # nothing is allowed after a stop


def test_kept(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    hops = read(pack, tmp_path, **always(kept={"exercises": {"ids": "pogo_hops"}}))
    assert broken(hops, engine, {}) == ["none of what should be kept is allowed"]
    assert broken(hops, engine, {"alarms": {"chest_pain": True}}) == []
    either = read(pack, tmp_path, **always(kept={"exercises": {"ids": ["pogo_hops", "glute_bridge"]}}))
    assert broken(either, engine, {}) == []


def test_closed(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    gate = read(pack, tmp_path, **always(closed=[{"gate": "plyo/low"}, {"gate": "phase/strength_foundation"}]))
    screens = dict.fromkeys(("squat", "hinge", "push", "pull", "rotate"), "competent")
    able = {"screens": screens, "legs": {side: {"balance_s": 60} for side in ("left", "right")}}
    assert broken(gate, engine, {}) == []
    assert broken(gate, engine, able) == ["the gate phase/strength_foundation is open"]


def test_referred(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    """At least so urgent; of everything covers every region; a variable stands for each region in turn."""
    when = {"when": [{"fact": "complaint", "region": "$r"}]}
    urgent = read(pack, tmp_path, **when, referred={"urgency": "urgent", "region": "$r"})
    everything = read(pack, tmp_path, **when, referred={"urgency": "urgent", "everything": True})
    hip = {"complaints": [{"injury": "femoral_neck_bone_stress_injury"}]}
    assert broken(urgent, engine, hip) == broken(everything, engine, hip) == []
    assert broken(urgent, engine, SORE) == ["there is no urgent referral of the achilles"]
    assert broken(everything, engine, SORE) == ["there is no urgent referral of everything"]
    assert broken(urgent, engine, {"alarms": {"chest_pain": True}, **SORE}) == []


def test_bounded(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    """By a limit, or by the dose scheme itself; of exercises, or of the week."""
    loads = {"channel": "external_load", "at_most": "none", "exercises": {"ids": ["goblet_squat", "bodyweight_squat"]}}
    none = read(pack, tmp_path, **always(bounded={**loads, "exercises": {"screen": "squat"}}))
    assert broken(none, engine, {}) == []
    able = {"screens": {"squat": "competent"}}
    assert "goblet_squat keeps to no such bound on external_load" in broken(none, engine, able)
    week = read(pack, tmp_path, **always(bounded={"channel": "sessions_per_week", "at_most": "week.racer_sessions"}))
    assert set(broken(week, engine, {})) <= {"the week keeps to no such bound on sessions_per_week"}
    assert broken(week, engine, {"goal": "general_fitness"}) == ["the week keeps to no such bound on sessions_per_week"]


def test_variables_and_unknown(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    """It is about every complaint that meets it, and about the unknown where it says so."""
    about = {"when": TENDON, "any": [{"fact": "complaint", "key": "$c", "pain_during": {"above": "tendon.pain_limit"}}]}
    loaded = {"structure": "$s", "at_least": "tendon.irritable_load"}
    moved = {"exercises": {"loads": loaded, "not": {"sole_mode": "isometric"}}}
    calm = {"complaints": [{**SORE["complaints"][0], "pain": {"during": 0, "next_morning": 0}, "trend": "improving"}]}
    unknown = {"complaints": [{"injury": "achilles_tendinopathy_midportion"}]}
    asks = read(pack, tmp_path, **about, unknown="asks", kept=moved)
    holds = read(pack, tmp_path, **about, unknown="holds", kept=moved)
    assert [bool(broken(one, engine, calm)) for one in (asks, holds)] == [False, False]
    assert [bool(broken(one, engine, unknown)) for one in (asks, holds)] == [False, True]
    assert [bool(broken(one, engine, SORE)) for one in (asks, holds)] == [True, True]


def test_unless_asks_for_what_is_known_and_met(pack: Pack, engine: Engine, tmp_path: Path) -> None:
    lifted = always(unless=[{"fact": "screen", "screen": "squat", "grade": "competent"}])
    statement = read(pack, tmp_path, **lifted, withheld={"exercises": {"ids": "glute_bridge"}})
    grades = ("poor", "compensated", "competent")
    found = [bool(broken(statement, engine, {"screens": {"squat": grade}})) for grade in grades]
    assert found == [True, True, False]
    assert broken(statement, engine, {})


# -- the bundled ones -------------------------------------------------------------------------------------------------


def test_the_bundled_statements_hold_for_random_runners(pack: Pack, engine: Engine) -> None:
    statements = load_statements(pack)
    rng = random.Random(0)
    for _ in range(600):
        data = random_runner(rng, pack)
        assert not list(broken_statements(statements, engine._decide(engine.runner(data)))), data


@pytest.mark.parametrize(
    ("statement", "rules"),
    [
        ("irritable-tendon-holds-still", ["tendon.only-holds"]),
        ("no-load-on-an-unscreened-movement", ["movement.unscreened-stays-light", "movement.practise-first"]),
        ("no-load-on-a-movement-that-fails", ["movement.no-load-before-screen", "movement.practise-first"]),
        (
            "no-impact-on-a-bone-not-cleared",
            ["bone.no-impact", "bone.nothing-on-a-sore-bone", "bone.light-until-cleared"],
        ),
        ("alarms-stop-everything", ["triage.chest-pain"]),
    ],
)
def test_a_bundled_statement_notices_that_its_rules_are_gone(statement: str, rules: list[str], pack: Pack) -> None:
    other = engine_of(without(pack, *rules))
    (wanted,) = (one for one in load_statements(pack) if one.id == statement)
    rng = random.Random(1)
    assert any(broken(wanted, other, random_runner(rng, pack)) for _ in range(1500))


# -- what is wrong with one -------------------------------------------------------------------------------------------

JUMPS = {"withheld": {"exercises": {"explosive": "high"}}}
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing promised": (always(), "no-promise", "the statement promises nothing"),
    "no source": ({**always(**JUMPS), "consensus": False}, "no-source", "name `sources`, or say `consensus: true`"),
    "an unknown value of which nothing is said": (
        {"when": [{"fact": "alarm", "chest_pain": True}], **JUMPS}, "unknown-undeclared",
        "say what an unknown value does",
    ),
    "an unknown fact": ({"when": [{"fact": "runer"}], **JUMPS}, "unknown-fact", "unknown fact `runer`"),
    "an unknown gate": (always(closed={"gate": "plyo/lo"}), "unknown-gate", "unknown gate `plyo/lo`"),
    "an unknown exercise": (
        always(withheld={"exercises": {"ids": "pogo"}}), "unknown-exercise", "unknown exercise `pogo`",
    ),
    "an unknown parameter": (
        always(withheld={"exercises": {"impact": {"at_least": "bone.impact"}}}), "unknown-parameter",
        "unknown parameter `bone.impact`",
    ),
    "a parameter that may be overridden": (
        always(withheld={"exercises": {"impact": {"at_least": "tendon.rest_limit"}}}), "free-parameter",
        "`tendon.rest_limit` may be overridden, so it cannot select exercises here",
    ),
    "a bare number": (
        always(withheld={"exercises": {"impact": {"at_least": 1}}}), "bare-number", "a number in a rule has a name",
    ),
    "an unbound variable": (
        always(referred={"urgency": "urgent", "region": "$r"}), "unbound-variable", "`$r` is not bound by a pattern",
    ),
    "a referral of nothing": (always(referred={"urgency": "urgent"}), "refer-what", "`referred` names a `region`"),
    "a bound the wrong way": (
        always(bounded={"channel": "sets", "at_least": "week.racer_sessions", "exercises": {"everything": True}}),
        "limit-direction", "`sets` is a cap: give `at_most` and nothing else",
    ),
    "a bound on the wrong thing": (
        always(bounded={"channel": "sets", "at_most": "week.racer_sessions"}), "limit-scope",
        "`sets` takes `exercises`",
    ),
    "a word that is none of the channel": (
        always(bounded={"channel": "external_load", "at_most": "huge", "exercises": {"everything": True}}),
        "unknown-word", "`huge` is not one of none, light, moderate, heavy",
    ),
    "no exercise selected": (
        always(withheld={"exercises": {"pattern": "squat", "explosive": "high", "phase": "movement_quality"}}),
        "selects-nothing", "`withheld` selects no exercise",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_statement_is_told_with_its_place(what: str, pack: Pack, tmp_path: Path) -> None:
    text, code, words = WRONG[what]
    with pytest.raises(PackError) as raised:
        read(pack, tmp_path, **text)
    (fault,) = raised.value.faults
    assert fault.code == code, fault
    assert words in fault.message
    assert fault.file == f"{tmp_path.name}/statements.yaml"
    assert fault.line
    assert fault.path.startswith("/statements/trial")


def test_all_faults_come_at_once(pack: Pack, tmp_path: Path) -> None:
    one = {"says": "Something that always holds.", "consensus": True}
    with pytest.raises(PackError) as raised:
        read_all(pack, tmp_path, {"a": {**one, **always()}, "b": {**one, "when": [{"fact": "runer"}], **JUMPS}})
    assert [fault.code for fault in raised.value.faults] == ["no-promise", "unknown-fact"]


def test_a_folder_without_statements_promises_nothing(pack: Pack, tmp_path: Path) -> None:
    assert load_statements(pack, tmp_path) == ()


def test_the_statement_in_the_guide_can_be_read(pack: Pack, tmp_path: Path) -> None:
    guide = (RULES_FOLDER / "README.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(statements:\n.*?)```", guide, flags=re.DOTALL)
    (statement,) = read_all(pack, tmp_path, yaml.safe_load(shown)["statements"])
    assert statement.laws == (9,)
