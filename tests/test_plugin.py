"""The pytest plugin: a foreign pack is under the laws with a few lines, and a broken one fails with the law named."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from prehab.testing import LAWS, check_laws

ROOT = Path(__file__).resolve().parent.parent
FOREIGN = ROOT / "examples" / "foreign-pack"


def run(folder: Path, *options: str) -> tuple[int, str]:
    """Run pytest in a process of its own, as an author would; the exit status and what was said."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "prehab_runners=60", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A copy of the foreign pack, to be broken."""
    return Path(shutil.copytree(FOREIGN, tmp_path / "pack"))


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1, before
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_the_foreign_pack_holds_under_its_few_lines(foreign: Path) -> None:
    lines = (FOREIGN / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 10
    cases = sum(len(yaml.safe_load(path.read_text())["cases"]) for path in foreign.glob("rules/*.cases.yaml"))
    statements = len(yaml.safe_load((foreign / "rules" / "statements.yaml").read_text())["statements"])
    status, said = run(foreign, "-q", "-o", "prehab_runners=20")
    assert status == 0, said
    assert f"{cases + len(LAWS) + statements + 1} passed" in said


def test_a_broken_law_is_named_with_the_smallest_runner(foreign: Path) -> None:
    """And without a word of Python."""
    triage = foreign / "rules" / "triage.yaml"
    edit(triage, 'urgent, region: $r, who: "a sports doctor', 'routine, region: $r, who: "a sports doctor')
    edit(triage, "    unless: [{fact: complaint, key: $c, clinician_cleared: true}]\n", "")
    edit(triage, "{fact: bone_stress, complaint: $c}\n", "{fact: irritable, complaint: $c}\n")
    status, said = run(foreign, "-k", "law", "--tb=long")
    assert status == 1
    assert re.search(r"FAILED .*vocabulary\.yaml::law 9", said), said
    assert "1 failed" in said
    assert "# law 9: An injury at a high-risk site is always referred, in haste while not cleared." in said
    assert "# femoral_neck_bone_stress is not referred" in said
    told = said[said.index("# law 9") : said.index("short test summary")].rpartition("=")[0].rstrip("= \n")
    assert yaml.safe_load(told) == {"complaints": [{"injury": "femoral_neck_bone_stress"}]}
    assert "Traceback" not in said
    assert ".py" not in said.partition("FAILURES")[2].partition("short test summary")[0]


def test_a_broken_case_is_told_with_its_runner(foreign: Path) -> None:
    edit(foreign / "rules" / "base.yaml", "base.balance_s: {value: 30", "base.balance_s: {value: 31")
    status, said = run(foreign, "rules/base.cases.yaml")
    assert status == 1
    assert "Good screens and steady legs open strength work and the kit bag" in said
    assert "# the rule does not fire" in said
    assert "legs:\n  left:\n    balance_s: 30" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("which", ["rules/vocabulary.yaml", "rules/pain.cases.yaml", "."])
def test_a_pack_that_does_not_load_says_why_and_nothing_passes(which: str, foreign: Path) -> None:
    edit(foreign / "rules" / "pain.yaml", "tissue: bone}", "tissue: bones}")
    status, said = run(foreign, which)
    assert status == 1
    assert "`bones` is not a value of `tissue`" in said
    assert "did you mean `bone`" in said
    assert "passed" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("prehab_rules=nowhere", "prehab_rules: there is no folder"),
        ("prehab_graph=nowhere", "prehab_graph: there is no folder"),
        ("prehab_runners=many", "prehab_runners is a whole number, not `many`"),
    ],
)
def test_wrong_settings_are_told(setting: str, words: str, foreign: Path) -> None:
    status, said = run(foreign, "-o", setting)
    assert status == 4
    assert words in said
    assert "Traceback" not in said


def test_without_a_pack_the_plugin_imports_next_to_nothing(tmp_path: Path) -> None:
    test = """
    import sys
    def test_it(request):
        assert request.config.pluginmanager.has_plugin("prehab")
        heavy = {"prehab.engine", "prehab.testing.check", "prehab.graph.catalogue", "pydantic", "hypothesis.strategies"}
        assert not heavy & sys.modules.keys()
    """
    (tmp_path / "test_it.py").write_text("\n".join(line[4:] for line in test.splitlines()), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_laws_can_be_checked_from_python_too() -> None:
    assert check_laws(FOREIGN / "rules", graph=FOREIGN / "graph", runners=30, seed=5) == []
