"""Law 17: every answer that is asked for is looked at, and changes what some runner is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prehab.engine import Engine, load_bundled_pack
from prehab.graph.files import read_path
from prehab.rules.checks.questions import fields_read
from prehab.rules.pack import Pack
from prehab.testing import Witness, asked_fields, find_witness
from tests.support import engine_of

WITNESSES: dict[str, dict[str, Any]] = read_path(Path(__file__).parent / "witnesses.yaml").data
FIELDS = [name for name, _ in asked_fields(load_bundled_pack())]
STEERING = {"runner.sex"}
"""Answers that only steer which questions are put next."""


def witness(name: str) -> Witness:
    told = WITNESSES[name]
    path = tuple(int(part) if part.isdigit() else part for part in told["path"].split("/"))
    return Witness(name, told["runner"], path, tuple(told["answers"]), told.get("steers", False))


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    return engine_of(pack)


@pytest.mark.parametrize("name", FIELDS)
def test_every_answer_changes_what_some_runner_is_told(name: str, engine: Engine) -> None:
    assert name in WITNESSES, "find a witness with prehab.testing.find_witness, and add it to tests/witnesses.yaml"
    assert witness(name).holds(engine)


def test_the_table_holds_no_more_than_is_asked() -> None:
    assert set(WITNESSES) <= set(FIELDS)
    assert {name for name, told in WITNESSES.items() if told.get("steers")} == STEERING


def test_every_question_is_read(pack: Pack) -> None:
    asked = {(kind, name) for kind, about in pack.kinds.items() for name, field in about.fields.items() if field.ask}
    unread = asked - fields_read(pack) - {(kind, name) for kind, name in asked if kind in pack.aggregates}
    assert not unread


def test_a_question_without_use_has_no_witness(pack: Pack) -> None:
    """The search would notice: with no rule about the terrain, no answer about it changes anything."""
    rules = [index for index, rule in enumerate(pack.rules) if rule.id == "week.long-descents"]
    without = replace(pack, variants=tuple(v for v in pack.variants if v.rule not in rules), stored_digest=None)
    engine = engine_of(without)
    terrain = next(question for name, question in asked_fields(without) if name == "running.terrain")
    assert ("running", "terrain") not in fields_read(without)
    assert not witness("running.terrain").holds(engine)
    assert find_witness(engine, terrain) is None
