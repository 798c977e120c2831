"""A log of any length: evaluators are given as much of it as rules can tell apart, and conclude the same."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

import prehab.facts
from prehab.engine import Engine, evaluators
from prehab.fact_builder import FactBuilder
from prehab.graph.budgets import LISTED
from prehab.inference import infer
from prehab.population import build_log, shape_of
from prehab.program import Program
from prehab.rules.lists import kept_at_most
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.testing import random_pack
from prehab.testing.packs import census
from tests.attack import logged
from tests.support import words_context


def long_log(rng: random.Random, pack: Pack, sessions: int) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = []
    while len(log) < sessions:
        log += build_log(lambda options: options[int(rng.random() * len(options))], shape_of(pack))
    return log[:sessions]


@pytest.mark.parametrize("seed", range(10))
def test_what_is_left_of_a_long_log_says_what_all_of_it_says(
    seed: int, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rules fire, and what misses an answer of the log still misses it."""
    rng = random.Random(seed)
    other = random_pack(rng, pack.catalogue)
    while not {"one session", "two sessions"} & census(other).keys():
        other = random_pack(rng, pack.catalogue)
    engine = Engine(pack=other, evaluator="compiled")

    def concluded(data: dict[str, Any]) -> tuple[set[int], int, Any]:
        decisions = engine._decide(engine.runner(data))
        lacking = 0
        for fact in decisions.inference.facts.by_kind["session"]:
            lacking |= fact.possible & ~fact.meets
        fired = {firing.variant for firing in decisions.inference.firings}
        return fired, lacking, (decisions.allowed, decisions.status, decisions.phase)

    for _ in range(3):
        data = {**logged(rng, other, rng.randrange(3)), "recent_sessions": long_log(rng, other, LISTED + 6)}
        short = concluded(data)
        with monkeypatch.context() as patched:
            patched.setattr(prehab.facts, "LISTED", 10**6)
            assert concluded(data) == short


@pytest.mark.parametrize("seed", range(4))
def test_the_longest_log_takes_no_longer_than_a_long_one(seed: int, pack: Pack) -> None:
    """Three sessions of five hundred can be chosen in twenty million ways."""
    rng = random.Random(seed)
    other = random_pack(rng, pack.catalogue)
    while "three sessions" not in census(other):
        other = random_pack(rng, pack.catalogue)
    program = Program(other)
    data = {"recent_sessions": long_log(rng, other, 500)}
    facts = FactBuilder(program).build(Runner.model_validate(data, context=words_context(other)))
    assert kept_at_most(other, "session") <= LISTED
    assert len(facts.by_kind["session"]) <= kept_at_most(other, "session") + len(program.taken["session"])
    for evaluator in evaluators(program):
        start = time.process_time()
        infer(program, facts, evaluator)
        assert time.process_time() - start < 5
        facts = FactBuilder(program).build(Runner.model_validate(data, context=words_context(other)))
