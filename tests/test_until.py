"""What is said to lift what a rule holds back does lift it, and nobody is told how to be rid of a referral."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any

import pytest

from prehab import Engine
from prehab.compiled import Compiled
from prehab.decide import Decider, Decisions
from prehab.fact import Fact
from prehab.fact_builder import FactBuilder
from prehab.inference import Firing, infer
from prehab.population import changed, random_runner
from prehab.program import Program
from prehab.reasons import Reasons
from prehab.rules.language import Test as RuleTest
from tests.support import bundled_pack, tries

Place = tuple[str, str, str]
"""A fact, by kind and name, and a field of it."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(pack=bundled_pack(), evaluator="compiled")


@pytest.fixture(scope="module")
def reasons() -> Reasons:
    return Reasons(deciding()[0])


@cache
def deciding() -> tuple[Program, FactBuilder, Compiled, Decider]:
    program = Program(bundled_pack())
    return program, FactBuilder(program), Compiled(program), Decider(program)


def decided(engine: Engine, data: Any) -> Decisions:
    program, builder, evaluator, decider = deciding()
    runner = engine.runner(data)
    return decider.decided_of(runner, infer(program, builder.build(runner), evaluator))


def met(reasons: Reasons, test: RuleTest) -> Any:
    """A value that meets a test: the bound, or the next one on the side that is asked for."""
    field = reasons.pack.kinds[test.kind].fields[test.field]
    if test.parameter is None:
        if test.op == "is":
            return test.words[0]
        values = [False, True] if field.type == "boolean" else list(field.values)
        return next((one for one in values if one not in test.words), None)
    step = {"above": 1, "below": -1}.get(test.op, 0) * (1 if field.type == "integer" else 0.01)
    return reasons.program.parameters[test.parameter] + step


def named(firing: Firing) -> tuple[int, tuple[str, ...]]:
    return firing.variant, tuple(fact.name for fact in firing.facts)


def otherwise(reasons: Reasons, data: Any, told: Sequence[tuple[Fact, RuleTest]]) -> tuple[Any, dict[Place, Any]]:
    """The runner who has done all that he was told, and what is different; nothing where it stands in no one place."""
    wanted: dict[Place, list[RuleTest]] = {}
    for fact, test in told:
        if not reasons.fields.has_place(fact.kind, test.field):
            return data, {}
        wanted.setdefault((fact.kind, fact.name, test.field), []).append(test)
    put: dict[Place, Any] = {}
    for (kind, name, field), tests in wanted.items():
        values = [met(reasons, test) for test in tests]
        fits = [one for one in values if all(test.met(one, reasons.program.parameters) for test in tests)]
        if not fits or fits[0] is None:
            return data, {}
        parts = reasons.fields.about(kind, name, field)[1:].split("/")
        data = changed(data, [int(part) if part.isdigit() else part for part in parts], fits[0])
        put[kind, name, field] = fits[0]
    return data, put


def read(decisions: Decisions, kind: str, name: str, field: str) -> Any:
    facts = decisions.inference.facts.by_kind[kind]
    return next((fact.values.get(field) for fact in facts if fact.name == name), None)


def test_whoever_does_all_that_is_said_to_lift_a_rule_is_not_held_back_by_it_for_that(
    engine: Engine, reasons: Reasons
) -> None:
    rng, seen = random.Random(11), 0
    for _ in range(tries(100)):
        data = random_runner(rng, engine.pack)
        decisions = decided(engine, data)
        for one in [*decisions.of("forbid"), *decisions.of("limit")]:
            lifts = [reasons.lifting(firing) for firing in one.firings]
            other, put = otherwise(reasons, data, [pair for pair in lifts if pair is not None])
            if not put or None in lifts:
                continue
            again = decided(engine, other)
            if any(read(again, *place) != value for place, value in put.items()):
                continue  # beside his other answers this one is read the careful way
            still = {named(firing) for c in again.of(one.effect.type) for firing in c.firings}
            for firing in one.firings:
                assert named(firing) not in still, (reasons.rule(one).id, reasons.until(one), data)
            seen += 1
    assert seen > tries(100)


def test_nobody_is_told_an_amount_that_would_rid_him_of_a_referral(reasons: Reasons) -> None:
    referring = [
        number
        for number, variant in enumerate(reasons.pack.variants)
        if any(effect.type == "refer" for effect in reasons.pack.rules[variant.rule].effects)
        and "unless/" not in (variant.origin or "")
    ]
    assert referring
    assert not any(reasons._lifts[number] for number in referring)


def test_running_is_held_back_until_the_amount_that_holds_it_back_has_changed(engine: Engine) -> None:
    pain = {"running": 3, "walking": 0, "next_morning": 0, "during": 0, "at_rest": 0}
    legs = {side: {"calf_raises": 25} for side in ("left", "right")}
    data = {"legs": legs, "complaints": [{"injury": "patellofemoral_pain", "side": "right", "pain": pain}]}
    running = engine.recommend(data).running
    assert running is not None
    assert running.mode == "none"
    assert running.until == ("pain when running: at most 2 of 10 (now 3)",)


def test_of_two_amounts_of_one_thing_the_one_that_is_reached_later_is_told(engine: Engine) -> None:
    running = engine.recommend({"sex": "female", "medical": {"weeks_post_partum": 3}}).running
    assert running is not None
    assert [one for one in running.until if "birth" in one] == ["weeks since the birth: at least 12 weeks (now 3)"]


def test_with_two_sore_places_each_amount_says_which_it_is_about(engine: Engine) -> None:
    knee = {"injury": "patellofemoral_pain", "side": "right", "pain": {"running": 3, "walking": 0, "next_morning": 0}}
    heel = {"injury": "plantar_heel_pain", "side": "left", "pain": {"running": 4, "walking": 0, "next_morning": 0}}
    legs = {side: {"calf_raises": 25} for side in ("left", "right")}
    running = engine.recommend({"legs": legs, "complaints": [knee, heel]}).running
    assert running is not None
    assert set(running.until) >= {
        "right knee, pain when running: at most 2 of 10 (now 3)",
        "left heel or sole, pain when running: at most 2 of 10 (now 4)",
    }


def test_what_two_complaints_of_one_place_have_in_common_is_said_once(engine: Engine) -> None:
    knee = {"injury": "patellofemoral_pain", "side": "right", "pain": {"running": 3, "walking": 0, "next_morning": 0}}
    legs = {side: {"calf_raises": 25} for side in ("left", "right")}
    running = engine.recommend({"legs": legs, "complaints": [knee, knee]}).running
    assert running is not None
    assert running.until == ("pain when running: at most 2 of 10 (now 3)",)
