"""What a process imports: no more than what it was asked for needs. How long that takes, ``make bench`` tells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from prehab import Engine
from prehab.graph.files import read_text

EXAMPLES = Path(__file__).parent.parent / "examples"
HEAVY = frozenset({
    "annotated_types", "asyncio", "concurrent", "durable_rules_engine", "hashlib", "html", "hypothesis",
    "importlib.metadata", "multiprocessing", "networkx", "numpy", "pyarrow", "pydantic", "pydantic.fields", "pytest",
    "ray", "rich", "typing", "yaml", "z3",
})  # fmt: skip
"""Modules that take long to import, or that only some question needs."""
CLICK = {"typing"}
ANSWER = CLICK | {"pydantic", "durable_rules_engine"}
FIELDS = {"annotated_types", "hashlib", "pydantic.fields"}
"""What only a model is completed with (`prehab.graph.late`)."""


def imported(code: str, *words: str) -> set[str]:
    """Which of the heavy modules a program has imported at its end."""
    ending = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print(*({set(HEAVY)!r} & sys.modules.keys()), file=sys.__stderr__))\n"
    )
    command = [sys.executable, "-c", ending + code, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=EXAMPLES.parent)
    return set(done.stderr.split("\n")[-2].split())


def program(*words: str) -> set[str]:
    """The same of the program, for a command."""
    return imported("from prehab.cli import run\nsys.argv[0] = 'prehab'\nrun()", *words)


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("json") / "runner.json"
    told = Engine().read_file(EXAMPLES / "sore-achilles.yaml").model_dump(mode="json", exclude_unset=True)
    path.write_text(json.dumps(told), encoding="utf-8")
    return str(path)


def test_importing_prehab_imports_nothing() -> None:
    assert imported("import prehab") == set()
    assert imported("import prehab.graph, prehab.rules") == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["recommend", "--help"]], ids=" ".join)
def test_help_imports_click_and_nothing_else(words: list[str]) -> None:
    assert program(*words) <= CLICK


def test_an_engine_reads_no_yaml_and_looks_for_no_plugins() -> None:
    assert imported("from prehab import Engine; Engine().recommend({'complaints': [{'region': 'knee'}]})") <= ANSWER


@pytest.mark.parametrize("more", [[], ["--json"], ["--week", "--why"], ["--language", "de"]], ids=" ".join)
def test_a_recommendation_imports_yaml_for_a_yaml_file_only(more: list[str], as_json: str) -> None:
    assert program("recommend", as_json, *more) <= ANSWER
    assert program("recommend", "examples/sore-achilles.yaml", *more) <= ANSWER | {"yaml"}


@pytest.mark.parametrize("words", [["tue"], ["dose", "goblet", "squat"], ["goblet_squat"]], ids=" ".join)
def test_an_explanation_imports_no_more(words: list[str], as_json: str) -> None:
    assert program("explain", as_json, *words) <= ANSWER | FIELDS


def test_a_boundary_imports_no_more(as_json: str) -> None:
    assert program("boundaries", as_json) <= ANSWER | FIELDS


def test_yaml_is_parsed_in_c_where_that_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    used = []
    usual = yaml.parse

    def noting(text: str, Loader: type) -> object:  # noqa: N803 - as it is called there
        used.append(Loader)
        return usual(text, Loader=Loader)

    monkeypatch.setattr(yaml, "parse", noting)
    assert read_text("age_years: 30\n").data == {"age_years": 30}
    assert used == [getattr(yaml, "CSafeLoader", yaml.SafeLoader)]
