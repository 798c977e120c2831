"""What newcomers get wrong is told in a line, with what to do about it: tests/mistakes.yaml."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from prehab.cli import main

KINDS: dict[str, list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parent / "mistakes.yaml").read_text(encoding="utf-8")
)
MISTAKES = {f"{kind}: {one['mistake']}": one for kind, every in KINDS.items() for one in every}


def test_there_are_many_mistakes_of_every_kind() -> None:
    assert set(KINDS) == {"files", "names", "units", "commands"}
    assert all(len(every) >= 10 for every in KINDS.values())
    assert len(MISTAKES) == sum(map(len, KINDS.values())) >= 60
    assert len({(one.get("file"), one.get("words")) for one in MISTAKES.values()}) == len(MISTAKES)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_remedy(mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = MISTAKES[mistake]
    (tmp_path / "runner.yaml").write_text(one.get("file", "age_years: 30\n"), encoding="utf-8")
    done = CliRunner().invoke(main, shlex.split(one.get("words", "recommend runner.yaml")), prog_name="prehab")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == one["says"]
    first, *remedy = done.stderr.splitlines()
    assert not first.startswith(" ")
    assert len(remedy) <= 2
    assert all(line.startswith("  ") for line in remedy)
