"""The command line: exit status, what goes where, JSON for programs, completion."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from prehab import Engine
from prehab.cli import main

ROOT = Path(__file__).resolve().parent.parent
SORE = str(ROOT / "examples" / "sore-achilles.yaml")


def run(*words: str, given: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(words), input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_recommend_prints_text_and_nothing_on_stderr() -> None:
    code, out, err = run("recommend", SORE)
    assert (code, err) == (0, "")
    assert "MODIFY" in out
    assert "Two-leg heel-raise hold" in out
    assert "NOT YET" in out


def test_recommend_as_json_is_the_library_s_answer() -> None:
    code, out, _ = run("recommend", SORE, "--json")
    engine = Engine()
    assert code == 0
    assert out == engine.recommend(engine.read_file(SORE)).to_json()


def test_standard_input_is_a_runner_file() -> None:
    code, out, _ = run("recommend", "-", "--json", given='{"complaints": [{"region": "knee"}]}')
    assert code == 0
    assert json.loads(out)["status"] == "modify"


def test_a_misspelt_injury_is_told_with_the_nearest_name() -> None:
    code, out, _ = run("recommend", "-", "--json", given='{"complaints": [{"injury": "shin splnt"}]}')
    assert code == 2
    (error,) = json.loads(out)["errors"]
    assert (error["path"], error["code"]) == ("/complaints/0/injury", "unknown-injury")
    assert error["did_you_mean"][0] == "medial_tibial_stress_syndrome"
    code, out, err = run("recommend", "-", given='{"complaints": [{"injury": "shin splnt"}]}')
    assert (code, out) == (2, "")
    assert "did you mean `medial_tibial_stress_syndrome`" in err


def test_the_pages_hold_what_the_screen_has_no_room_for() -> None:
    screen, week, details, why = (
        run("recommend", SORE, *page)[1] for page in ((), ("--week",), ("--details",), ("--why",))
    )
    assert not any(word in screen for word in ("SOURCES", "Back:", "SESSION B"))
    assert "SESSION B" in week
    assert "Back:" in details
    assert "https://doi.org/" in why
    together = run("recommend", SORE, "--why", "--week", "--why")[1]
    assert together == why + week.partition("\n\n")[2].join(("\n", ""))


def test_a_stop_shows_no_exercise() -> None:
    code, out, _ = run("recommend", str(ROOT / "examples" / "groin-underfuelled.yaml"))
    assert code == 0
    assert "STOP" in out
    assert "SESSION" not in out
    assert "URGENT" in out
    assert len(out.splitlines()) <= 12


def test_a_parameter_can_be_tried_and_is_checked() -> None:
    code, out, _ = run("recommend", SORE, "--json", "-p", "plyo.calf_raises=22")
    assert code == 0
    assert json.loads(out)["provenance"]["overrides"] == {"plyo.calf_raises": 22}
    code, _, err = run("recommend", SORE, "-p", "plyo.calf_raises=99")
    assert code == 2
    assert "may go from 15 to 35 repetitions" in err
    code, _, err = run("recommend", SORE, "-p", "nonsense")
    assert code == 2
    assert "NAME=NUMBER" in err


def test_explain_text_and_json() -> None:
    code, out, _ = run("explain", SORE, "pogo_hops")
    assert code == 0
    assert out.startswith("Two-leg pogo hops (pogo_hops)\nNot for you yet.")
    assert "4 more reasons: --depth 2." in out
    assert len(out.splitlines()) <= 15
    code, out, _ = run("explain", SORE, "pogo_hops", "--depth", "2")
    assert out.startswith("Two-leg pogo hops (pogo_hops)\nNot for you yet.")
    assert "SOURCES" in out
    assert "tendon.springs-last" in out
    code, out, _ = run("explain", SORE, "pogo_hops", "--json")
    assert json.loads(out)["verdict"] == "withheld"
    code, _, err = run("explain", SORE, "pogo")
    assert code == 2
    assert "pogo_hops" in err


def test_rules_list_show_check() -> None:
    code, out, _ = run("rules", "list", "--topic", "plyometrics")
    assert code == 0
    assert "plyometrics.open-low" in out
    assert "tendon." not in out
    code, out, _ = run("rules", "list", "--weak", "--json")
    assert {rule["evidence"] for rule in json.loads(out)} <= {"low", "consensus"}
    code, _, err = run("rules", "list", "--topic", "plyometric")
    assert code == 2
    assert "did you mean `plyometrics`" in err
    code, out, _ = run("rules", "show", "tendon.only-holds")
    assert code == 0
    for part in ("WHEN", "FORBID", "EVIDENCE", "FILE"):
        assert part in out
    code, out, _ = run("rules", "show", "tendon.only-holds", "--json")
    assert json.loads(out)["rule"] == "tendon.only-holds"
    code, _, err = run("rules", "show", "tendon.only-hold")
    assert code == 2
    assert "tendon.only-holds" in err
    code, out, _ = run("rules", "check", "--json")
    assert code == 0
    assert json.loads(out)["faults"] == 0


def test_every_rule_can_be_shown() -> None:
    for rule in Engine().pack.rules:
        code, out, _ = run("rules", "show", rule.id)
        assert code == 0
        assert all(len(line) <= 80 for line in out.splitlines() if "https://" not in line), rule.id


def test_rules_check_finds_a_fault_and_says_where(tmp_path: Path) -> None:
    import shutil

    from prehab.rules.load import RULES_FOLDER

    folder = tmp_path / "rules"
    shutil.copytree(RULES_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    page = folder / "plyometrics.yaml"
    text = page.read_text(encoding="utf-8")
    page.write_text(
        text.replace("screen: landing, grade: competent", "screen: landing, grade: competant", 1), encoding="utf-8"
    )
    code, out, err = run("rules", "check", str(folder))
    assert (code, out) == (1, "")
    line = text[: text.index("screen: landing")].count("\n") + 1
    assert f"rules/plyometrics.yaml:{line}:" in err
    assert "did you mean `competent`" in err


@pytest.mark.parametrize("what", ["runner", "recommendation", "explanation"])
def test_schemas_are_json_schema(what: str) -> None:
    code, out, _ = run("schema", what)
    assert code == 0
    schema = json.loads(out)
    assert schema["type"] == "object"
    assert schema["properties"]


def test_an_unknown_command_names_the_nearest() -> None:
    code, _, err = run("recomend", SORE)
    assert code == 2
    assert "Did you mean `recommend`?" in err


@pytest.mark.parametrize(
    ("words", "point", "expected"),
    [
        ("prehab explain runner.yaml pogo", 3, "pogo_hops"),
        ("prehab rules show plyometrics.open-l", 3, "plyometrics.open-low"),
        ("prehab graph show achilles_tendinopathy_m", 3, "achilles_tendinopathy_midportion"),
    ],
)
def test_names_complete(words: str, point: int, expected: str) -> None:
    environment = {**os.environ, "_PREHAB_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(point)}
    code = "from prehab.cli import main; main(prog_name='prehab')"
    result = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert f"plain,{expected}" in result.stdout.split()


def terminal(environment: dict[str, str]) -> str:
    """What the program prints on a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from prehab.cli import run; run()", "recommend", SORE],
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(follower)
    chunks = []
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        chunks.append(chunk)
    process.wait()
    os.close(leader)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def test_a_terminal_gets_emphasis_and_the_same_words() -> None:
    import re

    plain = run("recommend", SORE)[1]
    coloured = terminal({"NO_COLOR": ""})
    assert "\x1b[1m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured).rstrip() == plain.rstrip()
    assert "\x1b[" not in terminal({"NO_COLOR": "1"})
