"""Standard streams that are closed, full or gone, for every command: a line at most, the right status, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import prehab
from prehab import Engine
from prehab.cli import main

ROOT = Path(__file__).resolve().parent.parent
SORE = "examples/sore-achilles.yaml"
RECORD = "a record"
PACK = ["--graph", "examples/foreign-pack/graph"]

WORDS: dict[str, list[str]] = {
    "intake": [],
    "list": ["regions"],
    "recommend": [SORE],
    "batch": ["examples/runners.jsonl", "-", "--id", "runner_id", "--processes", "1"],
    "replay": [RECORD],
    "check-plan": ["examples/novice.yaml", "examples/plans/novice.yaml"],
    "explain": [SORE, "pogo_hops"],
    "unlock": [SORE, "pogo_hops"],
    "boundaries": [SORE],
    "schema": ["runner"],
    "graph show": ["soleus"],
    "graph find": ["--trains", "soleus"],
    "graph check": ["examples/foreign-pack/graph"],
    "graph export": ["--format", "dot", "--around", "soleus"],
    "graph ladder": ["goblet_squat"],
    "graph path": ["sit_to_stand", "back_squat"],
    "graph substitutes": ["back_squat"],
    "graph relate": ["soleus", "tibial_bone_stress_injury"],
    "graph rests-on": ["beyer2015"],
    "rules list": ["--topic", "tendon"],
    "rules show": ["tendon.only-holds"],
    "rules check": ["examples/foreign-pack/rules", *PACK],
    "rules explain": ["never-met"],
    "rules test": ["examples/foreign-pack/rules", *PACK],
    "rules coverage": ["examples/foreign-pack/rules", *PACK],
    "rules laws": ["examples/foreign-pack/rules", *PACK, "--many", "50"],
    "rules prove": ["examples/foreign-pack/rules", *PACK, "--claim", "something-is-left", "--complaints", "0",
                    "--processes", "1"],
    "rules diff": ["bundled", "bundled"],
    "rules try": ["plyo.calf_raises=25", "--runners", "5"],
}  # fmt: skip
"""Every command with words that make it print something soon."""

SLOW = ("rules try", "rules diff", "rules test", "rules coverage", "rules laws", "rules prove")


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, ...]]:
    """Every command, by its path."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if isinstance(found, click.Group):
            yield from commands(found, *above, name)
        else:
            yield *above, name


def test_every_command_is_tried() -> None:
    assert sorted(WORDS) == sorted(" ".join(path) for path in commands(main))


# -- every command, in a process that is forked for each from one that has everything loaded ---------------------------

CONDITIONS = ("full", "closed", "gone", "no input")


def prepare(condition: str, err: int) -> None:
    """Give this process a standard output that is full, closed or gone, or no input; and standard error to ``err``."""
    os.dup2(err, 2)
    if condition == "full":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    elif condition == "gone":
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, 1)
    elif condition == "closed":
        os.close(1)
    else:
        os.close(0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.stdin = None if condition == "no input" else os.fdopen(0, closefd=False)  # type: ignore[assignment]
    sys.stdout = None if condition == "closed" else os.fdopen(1, "w", encoding="utf-8", closefd=False)  # type: ignore[assignment]
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)


def run_here(words: list[str]) -> int:
    """Run the program in this process; its exit status, 120 where something escapes it."""
    from prehab.cli import run

    sys.argv = ["prehab", *words]
    try:
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        return 120
    return 0


def outcome(words: list[str], condition: str) -> tuple[int, str]:
    """The exit status and what standard error got."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        prepare(condition, writing)
        os._exit(run_here(words))
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        text = said.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def words_of(name: str, folder: Path) -> list[str]:
    """The words of a command; a record of a decision is written into a folder for it."""
    engine, record = Engine(), folder / "record.json"
    if RECORD in WORDS[name]:
        record.write_text(engine.record(engine.read_file(ROOT / SORE)).to_json(), encoding="utf-8")
    return [str(record) if word == RECORD else word for word in WORDS[name]]


def drive(names: Sequence[str], folder: str) -> list[Any]:
    """Commands under every condition, plain, with ``--json`` and with ``--help``; slow ones under fewer."""
    tries = [(more, condition) for more in ([], ["--json"], ["--help"]) for condition in CONDITIONS]
    fewer = [(more, condition) for more, condition in tries if more == ["--help"] or (not more and condition == "full")]
    lines = [
        ([*name.split(), *words_of(name, Path(folder)), *more], condition)
        for name in names
        for more, condition in (fewer if name in SLOW else tries)
    ]
    for name in names:
        if name not in SLOW:  # so that what it needs is loaded once and not in each fork
            CliRunner().invoke(main, [*name.split(), *words_of(name, Path(folder))])
    return [[" ".join(line), condition, *outcome(line, condition)] for line, condition in lines]


pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


GROUPS = {name.split()[0]: [one for one in WORDS if one.split()[0] == name.split()[0]] for name in WORDS if " " in name}
GROUPS["alone"] = [name for name in WORDS if " " not in name]


@pytest.mark.parametrize("group", GROUPS)
def test_a_command_whose_output_cannot_be_written_says_so_in_a_line(group: str, tmp_path: Path) -> None:
    names = GROUPS[group]
    code = f"import json; from tests.test_streams import drive; print(json.dumps(drive({names!r}, {str(tmp_path)!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert len(found) == sum(5 if name in SLOW else 12 for name in names)
    for line, condition, status, said in found:
        told = said.splitlines()
        assert "Traceback" not in said, (line, condition, said)
        if condition == "full":
            assert (status, told[-1]) == (2, "standard output cannot be written: no space left on device"), line
        elif condition == "closed":
            assert (status, told[-1]) == (2, "standard output cannot be written: it is closed"), line
        elif condition == "gone":
            assert status == 0, (line, said)
            assert not any("pipe" in one.lower() or "Exception" in one for one in told), line
        else:
            assert status == 0, (line, said)


# -- whole processes, with what Python itself does at their end --------------------------------------------------------


def shell(command: str, **more: Any) -> tuple[int, str, str]:
    program = f"{sys.executable} -c 'import sys; sys.argv[0] = \"prehab\"; from prehab.cli import run; run()'"
    done = subprocess.run(
        ["bash", "-c", command.replace("prehab ", program + " ")],
        cwd=ROOT, capture_output=True, text=True, check=False, **more,
    )  # fmt: skip
    return done.returncode, done.stdout, without_pack(done.stderr)


def without_pack(said: str) -> str:
    """What standard error got besides the line that says which rules were looked at, and where."""
    return "".join(line for line in said.splitlines(keepends=True) if not line.startswith("pack: "))


NO_SPACE = "standard output cannot be written: no space left on device\n"
CLOSED = "standard output cannot be written: it is closed\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (f"prehab recommend {SORE} >/dev/full", (2, "", NO_SPACE)),
        (f"prehab recommend {SORE} --json >/dev/full", (2, "", NO_SPACE)),
        ("prehab --help >/dev/full", (2, "", NO_SPACE)),
        (f"prehab recommend {SORE} >&-", (2, "", CLOSED)),
        ("prehab --version >&-", (2, "", CLOSED)),
        (f"prehab recommend {SORE} >/dev/full 2>/dev/full", (2, "", "")),
        (f"prehab recommend {SORE} >&- 2>&- <&-", (2, "", "")),
        ("prehab recommend nobody.yaml 2>/dev/full", (2, "", "")),
        ("prehab recommend nobody.yaml 2>&-", (2, "", "")),
        ("prehab recommend nobody.yaml --json >/dev/full", (2, "", NO_SPACE)),
        ("prehab recommend - <&-", (2, "", "<standard input>: cannot read it: it is closed\n")),
        (
            f"prehab recommend {SORE} | head -1; exit ${{PIPESTATUS[0]}}",
            (0, "prehab · guidance, not a diagnosis\n", ""),
        ),
        ("prehab graph export --format html | head -c 9; exit ${PIPESTATUS[0]}", (0, "<!doctype", "")),
        ("prehab rules list | true; exit ${PIPESTATUS[0]}", (0, "", "")),
        ("_PREHAB_COMPLETE=bash_source prehab >/dev/full", (2, "", NO_SPACE)),
    ],
)
def test_a_stream_that_fails_ends_in_one_line(command: str, expected: tuple[int, str, str]) -> None:
    assert shell(command) == expected


def test_a_file_that_is_opened_does_not_take_the_place_of_a_closed_output(tmp_path: Path) -> None:
    path = tmp_path / "soleus.dot"
    assert shell(f"prehab graph export --format dot --around soleus -o {path} >&-") == (2, "", CLOSED)
    usual = shell("prehab graph export --format dot --around soleus")
    assert (0, path.read_text(encoding="utf-8"), "") == usual


# -- a zip -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the built wheel holds, in a zip that nobody unpacks."""
    folder = Path(prehab.__file__).parent
    if not (folder / "pack.data").is_file():
        pytest.skip("a source checkout has no compiled pack; the built package is what goes into a zip")
    path = tmp_path_factory.mktemp("zip") / "prehab.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, Path("prehab") / file.relative_to(folder))
    return path


def in_zip(zipped: Path, code: str, *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(zipped)!r})\n{code}", *words],
        cwd=zipped.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("evaluator", ["compiled", None])
def test_an_engine_answers_from_a_zip(zipped: Path, evaluator: str | None) -> None:
    code = (
        "import prehab; assert '.whl' in prehab.__file__\n"
        "runner = {'complaints': [{'region': 'knee'}]}\n"
        f"engine = prehab.Engine(evaluator={evaluator!r})\n"
        "print(engine.recommend(runner).to_json(), engine.explain(runner, 'pogo_hops').to_json(), sep='', end='')"
    )
    engine, runner = Engine(), {"complaints": [{"region": "knee"}]}
    expected = engine.recommend(runner).to_json() + engine.explain(runner, "pogo_hops").to_json()
    assert in_zip(zipped, code) == (0, expected, "")


RUN = "from prehab.cli import run; run()"


NOT_FROM_ZIP = ("recommend", "explain", "rules explain", "rules check", "graph check", *SLOW)


def test_commands_work_from_a_zip_as_ever(zipped: Path, tmp_path: Path) -> None:
    """One after another in one process."""
    names = [name for name in WORDS if name not in NOT_FROM_ZIP]
    lines = [
        [*name.split(), *[str(ROOT / word) if word.startswith("examples/") else word for word in words]]
        for name in names
        for words in [words_of(name, tmp_path)]
    ]
    code = (
        "import json; from click.testing import CliRunner; from prehab.cli import main; import prehab\n"
        "assert '.whl' in prehab.__file__\n"
        "found = [CliRunner().invoke(main, words) for words in json.loads(sys.argv[1])]\n"
        "print(json.dumps([[one.exit_code, one.stdout, one.stderr] for one in found]), end='')"
    )
    status, out, said = in_zip(zipped, code, json.dumps(lines))
    assert (status, said) == (0, "")
    for words, (code_there, told, warned) in zip(lines, json.loads(out), strict=True):
        usual = CliRunner().invoke(main, words)
        assert usual.exit_code == 0
        assert (code_there, told, without_pack(warned)) == (0, usual.stdout, without_pack(usual.stderr)), words


def test_the_explorer_can_be_written_from_a_zip(zipped: Path) -> None:
    code, out, err = in_zip(zipped, RUN, "graph", "export", "--format", "html", "--around", "soleus")
    assert (code, err) == (0, "")
    assert "cytoscape" in out


@pytest.mark.parametrize(
    "words", ["rules check", "rules test", "rules coverage", "rules laws", "rules prove", "graph check"]
)
def test_what_needs_the_files_says_that_they_are_in_a_zip(zipped: Path, words: str) -> None:
    code, out, err = in_zip(zipped, RUN, *words.split())
    assert (code, out) == (2, "")
    assert err.startswith("prehab runs from a zip, so its bundled files cannot be read")
    assert "Traceback" not in err


def test_an_engine_with_rules_of_its_own_works_from_a_zip(zipped: Path) -> None:
    pack = ROOT / "examples" / "foreign-pack"
    code = f"import prehab; print(prehab.Engine(rules={str(pack / 'rules')!r}, graph={str(pack / 'graph')!r}).digest)"
    expected = Engine(rules=pack / "rules", graph=pack / "graph").digest
    assert in_zip(zipped, code) == (0, f"{expected}\n", "")
