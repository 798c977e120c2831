"""The documents are true: code and commands of the README run, examples in the help work, answers are current."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from prehab.cli import COMMANDS, main
from tests.packs import quickly
from tests.write_examples import answers

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


work_once = pytest.fixture(autouse=True)(quickly)


MOST = "100"
"""Of so many random runners at most: a command that works for them works for a million, in more time."""


@cache
def told(words: tuple[str, ...], given: str | None = None) -> Any:
    """What a command says; one that stands in several documents is run once."""
    fewer = [
        min(word, MOST, key=int) if before in ("--runners", "--many") else word
        for before, word in zip(("", *words), words, strict=False)
    ]
    return CliRunner().invoke(main, fewer, input=given)


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


FOLDERS = ("engine/testing", "examples/foreign-pack")
OTHERS = [(ROOT / folder / "README.md").read_text(encoding="utf-8") for folder in FOLDERS]

GUIDE = (ROOT / "EMBEDDING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [code for text in (README, *OTHERS) for code in blocks("python", text)])
def test_python_in_the_readmes_runs(code: str) -> None:
    exec(compile(code, "README.md", "exec"), {})


@pytest.mark.parametrize("code", blocks("python", GUIDE))
def test_programs_in_the_guide_run(code: str, tmp_path: Path) -> None:
    """Each in a process of its own: pools of processes import the file that started them."""
    path = tmp_path / "program.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def type_checked(folder: Path) -> subprocess.CompletedProcess[str]:
    cache = ROOT / ".mypy_cache" / "guide"
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", f"--cache-dir={cache}", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_programs_in_the_guide_are_typed_without_a_plugin(tmp_path: Path) -> None:
    """Lists and mappings are accepted where the types say so, by a type checker that knows nothing of pydantic."""
    for number, code in enumerate(blocks("python", GUIDE)):
        (tmp_path / f"program_{number}.py").write_text(code, encoding="utf-8")
    done = type_checked(tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_misspelt_name_is_told_by_a_type_checker(tmp_path: Path) -> None:
    """What imports its names late would otherwise pass for having them all."""
    homes = ("prehab", "prehab.render", "prehab.testing")
    code = "".join(f"import {home}\n\n{home}.recomendation\n" for home in homes)
    (tmp_path / "program.py").write_text(code, encoding="utf-8")
    done = type_checked(tmp_path)
    assert done.stdout.count('has no attribute "recomendation"') == len(homes), done.stdout


def test_the_settings_of_the_plugin_are_the_same_everywhere() -> None:
    real = (ROOT / "examples" / "foreign-pack" / "pyproject.toml").read_text(encoding="utf-8")
    lines = real.splitlines()[1:]
    for text in (README, OTHERS[0]):
        shown = [line.partition("#")[0].rstrip() for line in blocks("toml", text)[0].splitlines()]
        assert shown == lines


def commands() -> list[str]:
    texts = (README, GUIDE, *OTHERS)
    lines = [line for text in texts for block in blocks("console", text) for line in block.splitlines()]
    return list(dict.fromkeys(line[2:].partition("#")[0].strip() for line in lines if line.startswith("$ prehab")))


@pytest.mark.parametrize("command", commands())
def test_commands_in_the_readme_run(command: str) -> None:
    result = told(tuple(shlex.split(command.partition(">")[0])[1:]))
    assert result.exit_code == 0, result.output
    assert result.stdout.strip()


def test_the_readme_names_the_two_commands() -> None:
    made = {line.split()[2] for block in blocks("console") for line in block.splitlines() if line.startswith("$ make")}
    assert made == {"demo", "test"}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{target}:", makefile, flags=re.MULTILINE) for target in made)


def test_the_runner_in_the_readme_is_valid(tmp_path: Path) -> None:
    for number, text in enumerate(blocks("yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        result = CliRunner().invoke(main, ["recommend", str(path)])
        assert result.exit_code == 0, result.output


def tree(command: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [(path, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += tree(inner, (*path, name))
    return found


@pytest.mark.parametrize(
    ("path", "command"), tree(main), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_with_examples_that_work(path: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(main, [*path, "--help"])
    assert result.exit_code == 0
    assert all(len(line) <= 80 for line in result.output.splitlines())
    examples = re.findall(r"^\s*(prehab .*|echo .*)$", result.output.partition("Example")[2], flags=re.MULTILINE)
    assert examples, f"{' '.join(path)} shows no example"
    for example in examples:
        text, given = example.strip(), None
        if text.startswith("echo "):
            said, _, text = text.partition("|")
            given = shlex.split(said)[1]
        words = shlex.split(text.partition(">")[0])[1:]
        if any("my-" in word or word == "runner.yaml" for word in words):
            continue  # names a file of the reader's own
        answer = told(tuple(words), given)
        assert answer.exit_code == 0, f"{text}: {answer.output}"


def test_every_command_of_the_help_exists() -> None:
    context = click.Context(main)
    assert all(isinstance(main.get_command(context, name), click.Command) for name in COMMANDS)


@pytest.mark.parametrize(("path", "text"), answers().items(), ids=lambda value: getattr(value, "stem", ""))
def test_the_answer_beside_each_example_is_current(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "read the new answer, then `make examples`"


def test_no_line_of_an_answer_is_too_wide() -> None:
    for path, text in answers().items():
        wide = [line for line in text.splitlines() if len(line) > 80]
        assert not wide, f"{path.name}: {wide}"
