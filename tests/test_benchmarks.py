"""What ``make bench`` compares does the same work, and its tables tell what they say."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.growing import more_exercises, more_rules
from benchmarks.peers import Clips, Closures, Zen
from benchmarks.run import RESULTS, table
from benchmarks.timing import in_turn, once_each, processes
from prehab.fact_builder import FactBuilder
from prehab.inference import Inference, infer
from prehab.population import random_runner
from prehab.program import Program
from prehab.reference import Reference
from prehab.rules.pack import Pack
from tests.support import engine_of


@pytest.fixture(scope="module")
def found(pack: Pack, program: Program) -> list[Inference]:
    """What is inferred of some random runners."""
    rng, builder, evaluator = random.Random(3), FactBuilder(program), Reference(program)
    engine = engine_of(pack)
    return [infer(program, builder.build(engine.runner(random_runner(rng, pack))), evaluator) for _ in range(20)]


def test_functions_match_what_the_reference_matches(program: Program, found: list[Inference]) -> None:
    peer = Closures(program)
    assert [peer.count(peer.ready(one.facts)) for one in found] == [len(one.firings) for one in found]


@pytest.mark.parametrize(("peer", "package"), [(Clips, "clips"), (Zen, "zen")])
def test_a_peer_that_is_not_there_is_said_to_be_missing(
    peer: Any, package: str, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=package):
        peer(program)


def test_more_rules_decide_nothing_otherwise(pack: Pack) -> None:
    few, many = engine_of(pack), engine_of(more_rules(pack, 3))
    assert len(many.pack.rules) == 3 * len(pack.rules)
    rng = random.Random(4)
    for _ in range(20):
        data = random_runner(rng, pack)
        one, other = (engine._decide(engine.runner(data)) for engine in (few, many))
        assert (one.allowed, one.status, one.stages) == (other.allowed, other.status, other.stages)


def test_more_exercises_are_as_many(pack: Pack) -> None:
    assert len(more_exercises(pack.catalogue, 3).exercises) == 3 * len(pack.catalogue.exercises)


def test_times_are_taken_of_every_row() -> None:
    calls: list[str] = []
    rows = {name: [lambda name=name: calls.append(name)] for name in ("one", "other")}
    for taken in (in_turn(rows, rounds=2, times=2), once_each(rows)):
        assert list(taken) == ["one", "other"]
        assert all(0 <= one < 1000 for one in taken.values())
    assert calls.count("one") == calls.count("other") == 6


def test_a_process_is_told_by_its_own_time_and_memory() -> None:
    made = processes(
        {"small": [sys.executable, "-c", "pass"], "big": [sys.executable, "-c", "a = b'1' * 200_000_000"]}, rounds=1
    )
    assert made["small"].peak_mb < 60
    assert made["big"].peak_mb > 190
    with pytest.raises(SystemExit, match="ended with 3"):
        processes({"wrong": [sys.executable, "-c", "raise SystemExit(3)"]}, rounds=1)


def test_a_table_is_one() -> None:
    def lines() -> Iterator[str]:
        yield from table(("", "ms"), [("one", "1.0")])

    assert list(lines()) == ["|  | ms |", "| --- | ---: |", "| one | 1.0 |", ""]


def test_the_results_that_are_kept_tell_of_everything() -> None:
    told = RESULTS.read_text(encoding="utf-8")
    for title in ("One runner", "The same rules in other hands", "Whole processes", "Memory", "Growth", "Many runners"):
        assert f"## {title}" in told
    assert "Python" in told
    assert "cores" in told
