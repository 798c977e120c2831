"""What an account promises, checked from outside: it names what fired and what is met, and is asked for again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from prehab.accounts import Account
from prehab.accounts.asked import WHOLE
from prehab.engine import Engine
from prehab.inference import Inference
from prehab.recommendation import Condition, Recommendation
from prehab.rules.language import Test
from prehab.runner import Runner
from prehab.week import WEEKDAYS

ALONE = ("daily", "stage", "running")
"""What there need not be one of."""


def said(answer: Recommendation) -> Iterator[str]:
    """The place of everything that a recommendation says."""
    yield from (f"/{name}" for name in ("status", "headline", "phase", "sessions", "uncovered", "filters", "notes"))
    yield from WEEKDAYS
    for number, session in enumerate(answer.sessions):
        yield f"/sessions/{number}"
        for place in range(len(session.exercises)):
            yield from (f"/sessions/{number}/exercises/{place}", f"/sessions/{number}/exercises/{place}/dose")
        for block, one in enumerate(session.blocks):
            yield f"/sessions/{number}/blocks/{block}/exercises/{len(one.exercises) - 1}/dose/sets"
    if answer.daily is not None:
        yield "/daily"
        for place in range(len(answer.daily.exercises)):
            yield from (f"/daily/exercises/{place}", f"/daily/exercises/{place}/dose")
    if answer.running is not None:
        yield from ("/running", "/running/reasons/0")
    yield "/referrals"
    for name in ("referrals", "treatment", "withheld", "asks", "advice"):
        yield from (f"/{name}/{number}" for number in range(len(getattr(answer, name))))


def others(rng: random.Random, engine: Engine) -> Iterator[str]:
    """Some of what can be asked besides."""
    pack = engine.pack
    one, other = rng.sample(engine.catalogue.ids, 2)
    yield from (one, f"dose {one}", f"choice {one}", f"{one} vs {other}")
    yield from (*rng.sample(list(pack.gates), min(1, len(pack.gates))), f"limit {rng.choice(list(pack.channels))}")
    yield from rng.sample(sorted(pack.by_id), min(3, len(pack.by_id)))


def untrue(engine: Engine, inference: Inference, account: Account, fired: set[str]) -> Iterator[str]:
    """Everything in an account that is not so, by what was inferred."""
    facts = {(fact.kind, fact.name): fact for facts in inference.facts.by_kind.values() for fact in facts}
    for part in account.parts:
        if part.rule is not None and part.kind == "lacks":
            if not part.points:
                yield f"{part.rule} is said to lack nothing"
            elif part.rule in fired and account.kind == "rule":
                yield f"{part.rule} fired, and is said to lack something"
        for point in part.points:
            for told in point.reasons:
                if told.rule not in fired:
                    yield f"{told.rule} did not fire"
                yield from (f"{told.rule}: {one.label} is not met" for one in told.conditions if not one.met)
                yield from (wrong for one in told.conditions for wrong in differs(engine, facts, one))
            for one in point.conditions:
                yield from differs(engine, facts, one)
                unmet = point.stands == "unmet" or (point.stands == "unknown" and part.kind == "lacks")
                if one.met == unmet:
                    yield f"{point.says} is said to be {point.stands}, and that is {one.met}"


def differs(engine: Engine, facts: dict[tuple[str, str], Any], one: Condition) -> Iterator[str]:
    """What a condition tells otherwise than it is."""
    fact = facts.get((one.kind, one.fact))
    if fact is None:
        yield f"there is no {one.kind} {one.fact}"
        return
    if one.field is None:
        return
    value = fact.values.get(one.field)
    if value != one.told:
        yield f"{one.label} is {value}, not {one.told}"
    parameters = engine._program.parameters
    test = Test(one.kind, one.field, one.operator, one.words, one.parameter)
    if value is not None and test.met(value, parameters) != one.met:
        yield f"{one.label}: {value} is said to be met: {one.met}"


def broken(engines: list[Engine], runner: Runner, about: str, inference: Inference) -> Iterator[str]:
    """Every promise that one account breaks."""
    first, *rest = engines
    account = first.account(runner, about)
    fired = {first._program.rule(firing.variant).id for firing in inference.firings}
    yield from untrue(first, inference, account, fired)
    if first.account(runner, account.about) != account:
        yield f"`{account.about}` gives another account"
    for engine in rest:
        if engine.account(runner, about) != account:
            yield f"{engine.evaluator} gives another account"
    for point in (point for part in account.parts for point in part.points):
        if point.about is not None and first.account(runner, point.about).about != point.about:
            again = first.account(runner, point.about).about
            if first.account(runner, again).about != again:
                yield f"`{point.about}` is asked for as `{again}`"
        if not point.says.strip() or "{" in point.says or "None" in point.says:
            yield f"said: {point.says!r}"


def without_one(answer: Recommendation) -> set[str]:
    """What there is none of in an answer."""
    treated = {one.complaint for one in answer.treatment}
    none = {"daily"} if answer.daily is None else set()
    none |= {"running"} if answer.running is None else set()
    return none | ({"stage"} if len(answer.runner.complaints) != 1 or len(treated) != 1 else set())


def wholes(answer: Recommendation) -> list[str]:
    """What there is one of."""
    return [name for name in WHOLE if name not in without_one(answer)]
