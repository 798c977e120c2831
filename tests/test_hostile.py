"""Hostile packs, and packs with random damage: told what is wrong, where, in seconds and in little memory."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prehab import Engine
from prehab.cli import main
from prehab.graph.faults import InputError, PackError
from prehab.graph.files import read_text
from prehab.graph.text import hidden, is_id, visible
from prehab.rules.checks import overlaps
from prehab.rules.checks.report import check_rules
from prehab.rules.load import load_pack
from tests.hostile import EXTRA, FIT, FOREIGN, HOSTILE, copy_to, rule, topic
from tests.mutating import Mutant
from tests.support import most_memory, tries

SECONDS, MEGABYTES = 10, 500
MUTANTS = tries(30)


def found(folder: Path) -> tuple[Any, ...]:
    """Every finding of a pack, each in words that can be printed anywhere."""
    try:
        report = check_rules(folder / "rules", folder / "graph")
        faults = (*report.errors, *report.remarks)
    except PackError as error:
        faults = error.faults
    told = PackError(faults)
    assert all(sign.isprintable() or sign == "\n" for sign in str(told) + told.to_json())
    return faults


def test_there_are_enough_of_them() -> None:
    assert len(HOSTILE) >= 60


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What is found of every one of them, in a process that is given little memory."""
    code = (
        "import json, sys; from pathlib import Path; from tests.test_hostile import all_of_them\n"
        "print(json.dumps(all_of_them(Path(sys.argv[1]))))"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path_factory.mktemp("hostile"))], preexec_fn=limit, capture_output=True,
        text=True, check=False, cwd=FOREIGN.parent.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def all_of_them(folder: Path) -> dict[str, Any]:
    """What is found of each, the seconds that it took, and the most bytes that the process had at once."""
    packs: dict[str, Any] = {}
    for number, (name, one) in enumerate(HOSTILE.items()):
        made = copy_to(folder / str(number))
        one.make(made)
        began = time.process_time()
        faults = [(fault.code, str(fault.file), fault.line, fault.message) for fault in found(made)]
        packs[name] = {"seconds": time.process_time() - began, "faults": faults}
    return {"packs": packs, "bytes": most_memory()}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_pack_ends_in_a_located_finding(name: str, told: Any) -> None:
    one, pack = HOSTILE[name], told["packs"][name]
    assert pack["seconds"] < SECONDS
    expected = [line for code, file, line, _ in pack["faults"] if code == one.code and file.startswith(one.file)]
    assert expected, pack["faults"]
    assert expected[0] or one.code in ("unreadable-file", "too-large", "ignored-file")


def test_all_of_them_fit_into_little_memory(told: Any) -> None:
    """The largest of them is refused before it grows."""
    assert told["bytes"] < MEGABYTES << 20


def test_damaged_packs_are_told_apart_from_sound_ones(tmp_path: Path) -> None:
    """A few; thousands more by `make campaign MUTANTS=20000`."""
    rng, mutant = random.Random(0), Mutant(tmp_path)
    for number in range(MUTANTS):
        mutant.damage(rng)
        began = time.process_time()
        wrong = mutant.wrong()
        assert not wrong, f"mutant {number}: {wrong}"
        assert time.process_time() - began < SECONDS


# -- the largest packs that are let through --------------------------------------------------------------------------

SHIN = "{fact: complaint, key: $c, region: shin}"


def test_a_pack_as_large_as_may_be_is_checked_in_time(tmp_path: Path) -> None:
    """Near every limit at once: rules that all look at the same, alternatives, a selector with two variables."""
    folder = copy_to(tmp_path / "pack")
    tests = [f"{{fact: leg, side: left, balance_s: {{below: extra.n{i}}}}}" for i in range(90)]
    numbers = [f"{{value: {i}, unit: seconds, range: [{i}, {i}], consensus: true}}" for i in range(1, 91)]
    caution = {"advise": "", "unknown": "asks", "forbid": "{exercises: {phase: base}}"}
    rules = [rule(f"r{i}", when=f"[{tests[i % 90]}]", **caution) for i in range(900)]
    wide = [rule(f"w{i}", when="", any=f"[{', '.join(tests)}]", **caution) for i in range(25)]
    parameters = "".join(f"  extra.n{i}: {one}\n" for i, one in enumerate(numbers))
    (folder / EXTRA).write_text(topic(*rules, *wide, parameters=parameters), encoding="utf-8")
    began = time.process_time()
    faults = found(folder)
    assert {fault.code for fault in faults} & {"duplicate", "overlap"}
    assert time.process_time() - began < SECONDS


def test_a_check_that_takes_too_long_says_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlaps, "CHECK_SECONDS", -1)
    (ended,) = [one for one in check_rules(FOREIGN / "rules", FOREIGN / "graph").remarks if one.code == "too-many"]
    assert ended.file == "rules/base.yaml"
    assert "from here on no rule was compared" in ended.message


# -- what goes out ----------------------------------------------------------------------------------------------------

LEGITIMATE = ("é ° – ’ ½ 深蹲", "👩\u200d⚕️ 🏃🏽\u200d♀️", "می\u200cخواهم", "क्\u200dष", "5\u00a0kg", "Größe", "")
STRANGE = (
    "\x1b[2J",
    "\x9b1m",
    "a\u202eb",
    "\u200b",
    "\u2028",
    "\r",
    "\x00",
    "\ufffe",
    "\ud800",
    "e\u200dx",
    "\U000e0041",
    "\x7f",
)


def test_what_people_write_is_left_alone() -> None:
    for text in LEGITIMATE:
        assert hidden(text) is None
        assert visible(text) == text


def test_what_steers_or_hides_is_shown() -> None:
    for text in STRANGE:
        assert hidden(text) is not None
        assert hidden(visible(text)) is None
        assert visible(text).isprintable()


def test_ids_have_one_grammar() -> None:
    for name in ("phase/heavy_strength", "plyo.calf_raises", "beyer2015", "000-bone-exercises", "x"):
        assert is_id(name)
    for name in ("", "Squat", "a b", "a__b", "_a", "a/", "../a", "a\n", "é", "a" * 81, "٣"):
        assert not is_id(name)


COMMAND_LINES = [
    ["\x1b[2J"], ["recommend", "\x1b[2J"], ["graph", "show", "\u202eevil"], ["rules", "show", "\x9b1m"],
    ["graph", "find", "--\x1b[2J"], ["graph", "export", "--format", "\x1b[2J"], ["graph", "show", "[red]x[/red]"],
    ["recommend", "-", "--\u2066"], ["recommend", "-", "-p", "\x1b[2J=1"],
]  # fmt: skip


@pytest.mark.parametrize("words", COMMAND_LINES)
def test_no_word_of_a_command_line_steers_the_terminal(words: list[str]) -> None:
    for more in ([], ["--json"]):
        result = CliRunner().invoke(main, [*words, *more], input="{}")
        assert result.exit_code == 2
        assert hidden(result.output) is None


# -- files of something else, and what is no file ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (FIT, "this is a FIT activity, not a runner file"),
        (b"PK\x03\x04" + bytes(60) + b"12345.fit", "this is a FIT activity (a zip archive), not a runner file"),
        (b"<?xml version='1.0'?>\n<gpx version='1.1'>", "this is a GPX track, not a runner file"),
        (b"<?xml version='1.0'?>\n<TrainingCenterDatabase>", "this is a TCX activity, not a runner file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "this is a PDF document, not a runner file"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "this is a JPEG image, not a runner file"),
        (bytes(range(256)) * 4, "this is a binary file, not a runner file"),
        ("sex: male\n".encode("utf-16-le"), "this is not UTF-8 text, but UTF-16"),
        ("sex: male\n".encode("utf-32"), "this is not UTF-8 text, but UTF-32"),
    ],
)  # fmt: skip
def test_a_runner_file_of_another_format_is_told_what_it_is(raw: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "runner.yaml"
    path.write_bytes(raw)
    with pytest.raises(InputError) as caught:
        Engine(evaluator="compiled").read_file(path)
    (fault,) = caught.value.faults
    assert fault.message == says
    assert ("UTF-8" in str(fault.help)) == says.endswith(("UTF-16", "UTF-32"))


def test_text_is_never_taken_for_a_binary_file() -> None:
    for text in ("goal: durability\n", "# ½ 深蹲 ↔ é\ngoal: durability\n", "BMI: 3\n", "MZ: 3\n", "{}", "a: '<gpx'\n"):
        for encoding in ("utf-8", "utf-8-sig"):
            assert read_text(text.encode(encoding)).data is not None


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "gone").symlink_to("nowhere")
    for name, says in [
        ("pipe", "a pipe"),
        ("loop", "too many levels"),
        ("gone", "a link to something"),
        (".", "a folder"),
    ]:
        result = CliRunner().invoke(main, ["recommend", str(tmp_path / name)])
        assert (result.exit_code, says in result.stderr) == (2, True), result.stderr
    result = CliRunner().invoke(main, ["recommend", "/dev/zero"])
    assert (result.exit_code, "that is a device, not a file" in result.stderr) == (2, True)


def test_nothing_is_written_into_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    words = ["graph", "export", "--format", "dot", "--around", "soleus", "-o", str(tmp_path / "pipe")]
    result = CliRunner().invoke(main, words)
    assert (result.exit_code, "a pipe that nobody reads" in result.stderr) == (2, True)


# -- what a pack that is let through costs ----------------------------------------------------------------------------


@pytest.mark.parametrize("evaluator", ["compiled", None])
def test_the_fullest_runner_of_the_widest_pack_is_answered_in_seconds(evaluator: Any, tmp_path: Path) -> None:
    folder = copy_to(tmp_path / "pack")
    joined = [
        rule(f"r{i}", when="[{fact: complaint}, {fact: session}]", advise=f'{{say: "Say {i}."}}') for i in range(6)
    ]
    (folder / EXTRA).write_text(topic(*joined), encoding="utf-8")
    pack = load_pack(folder / "rules", folder / "graph")
    engine = Engine(pack=pack, evaluator=evaluator)
    regions = list(pack.catalogue.words["regions"])
    runner = engine.runner({
        "complaints": [{"region": regions[i % len(regions)], "pain": {"during": i % 4}} for i in range(50)],
        "recent_sessions": [{"days_ago": i % 30} for i in range(500)],
    })  # fmt: skip
    began = time.process_time()
    assert engine.recommend(runner).advice
    assert time.process_time() - began < SECONDS / 2
