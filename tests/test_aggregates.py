"""Aggregates: of every type, in the order of the vocabulary, with the direction of what they are taken of."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.fact_builder import FactBuilder
from prehab.facts import Facts
from prehab.graph.salvage import Broken
from prehab.population import places
from prehab.program import Program
from prehab.proof.prover import Proof, Prover
from prehab.rules.checks import check_pack
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate, AggregateKind, Field
from prehab.runner import Runner
from prehab.testing import random_pack
from prehab.testing.pairs import Step
from tests.attack import logged
from tests.support import words_context

PACKS = 12
RUNNERS = 25


def plain(one: Aggregate, field: Field | None, values: list[Any]) -> tuple[Any, Any]:
    """What is known for sure, and what is known so far, read off the definition."""
    known = [value for value in values if value is not None]
    if one.take == "count":
        return len(values), len(values)
    if not values:
        return one.empty, one.empty
    if one.take == "any":
        return (True, True) if True in known else (False if len(known) == len(values) else None, None)
    assert field is not None
    order: list[Any] = list(field.values) if field.type == "choice" else sorted(set(known))
    ranked = sorted(known, key=order.index)
    so_far = (ranked[0] if one.take == "min" else ranked[-1]) if ranked else None
    return so_far if len(known) == len(values) else None, so_far


def facts_of(pack: Pack, data: Mapping[str, Any]) -> Facts:
    return FactBuilder(Program(pack)).build(Runner.model_validate(data, context=words_context(pack)))


@pytest.mark.parametrize("seed", range(PACKS))
def test_every_aggregate_is_what_its_definition_says(seed: int, pack: Pack) -> None:
    rng = random.Random(seed)
    other = random_pack(rng, pack.catalogue)
    for _ in range(RUNNERS):
        facts = facts_of(other, logged(rng, other, rng.randrange(4)))
        for name, about in other.aggregates.items():
            (fact,) = facts.by_kind[name]
            for key, one in about.fields.items():
                kind, _, of = one.of.partition(".")
                field = None if one.take == "count" else other.kinds[kind].fields[of]
                values = [member.values.get(of) for member in facts.by_kind[kind]]
                assert (fact.values[key], fact.values[f"{key}_so_far"]) == plain(one, field, values), key


@pytest.mark.parametrize("seed", range(PACKS))
def test_whatever_gets_worse_makes_no_aggregate_better(seed: int, pack: Pack) -> None:
    """Nor does one complaint more: what is known for sure moves the declared way, or comes to be unknown."""
    rng = random.Random(seed)
    other = random_pack(rng, pack.catalogue)
    other = replace(other, careful=(), runs=(), stored_digest="0" * 64)
    for _ in range(RUNNERS):
        data = logged(rng, other, rng.randrange(3))
        worse = [place for place in places(other, data) if place.worse()]
        steps = [Step(place.path, rng.choice(place.worse())) for place in rng.sample(worse, min(3, len(worse)))]
        steps.append(Step(("complaints",), logged(rng, other, 1)["complaints"][0], added=True))
        before = facts_of(other, data)
        for step in steps:
            after = facts_of(other, step.taken(data))
            for name, about in other.aggregates.items():
                for key in about.fields:
                    field = other.kinds[name].fields[key]
                    one, two = (facts.by_kind[name][0].values[key] for facts in (before, after))
                    assert two is None or not _better(field, one, two), (key, step)


def _better(field: Field, one: Any, two: Any) -> bool:
    """Whether the second value is better than the first; an unknown one is worse than any but the worst."""
    if field.worse == "neither":
        return False
    if one is None:
        return bool(two != field.worst())
    places = [field.values.index(v) if field.type == "choice" else v for v in (one, two)]
    return bool(places[1] < places[0] if field.worse == "higher" else places[1] > places[0])


def with_aggregate(pack: Pack, **about: Any) -> Pack:
    """The pack with one more aggregate kind, `taken`, of one field."""
    made = AggregateKind.model_validate({"fields": {"it": about}})
    return replace(pack, aggregates={**pack.aggregates, "taken": made}, stored_digest="0" * 64)


@pytest.mark.parametrize(("take", "right"), [("min", "poor"), ("max", "competent")])
def test_words_count_in_the_order_of_the_vocabulary(take: str, right: str, pack: Pack) -> None:
    """By the alphabet the least of poor and competent would be competent."""
    taken = with_aggregate(pack, take=take, of="screen.grade", worse="lower")
    told = dict.fromkeys(pack.kinds["screen"].keys["screen"], "compensated")
    program_of = replace(taken, kinds={**taken.kinds, "taken": taken.kinds["both_legs"]})
    (fact,) = facts_of(program_of, {"screens": {**told, "squat": "poor", "hinge": "competent"}}).by_kind["taken"]
    assert fact.values["it"] == right


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"take": "max", "of": "complaint.pain_after", "worse": "lower", "empty": 0}, "aggregate-direction"),
        ({"take": "max", "of": "complaint.pain_after", "worse": "neither", "empty": 0}, "aggregate-direction"),
        ({"take": "min", "of": "leg.calf_raises", "worse": "higher"}, "aggregate-direction"),
        ({"take": "count", "of": "complaint", "worse": "lower"}, "aggregate-direction"),
        ({"take": "count", "of": "session", "worse": "higher"}, "aggregate-direction"),
        ({"take": "min", "of": "complaint.pain_after", "worse": "higher", "empty": 0}, "aggregate-direction"),
        ({"take": "max", "of": "complaint.clinician_cleared", "worse": "lower", "empty": True}, "aggregate-direction"),
        ({"take": "max", "of": "complaint.pain_after", "worse": "higher"}, "aggregate-empty"),
        ({"take": "max", "of": "complaint.trend", "worse": "higher", "empty": "steady"}, "aggregate-empty"),
        ({"take": "any", "of": "complaint.limp", "worse": "higher", "empty": True}, "aggregate-empty"),
        ({"take": "count", "of": "complaint", "worse": "higher", "empty": 2}, "aggregate-empty"),
        ({"take": "max", "of": "session.pain_during", "worse": "higher", "empty": 11}, "aggregate-empty"),
        ({"take": "any", "of": "complaint.pain_after", "worse": "higher", "empty": False}, "aggregate-type"),
        ({"take": "max", "of": "complaint.injury", "worse": "neither"}, "aggregate-type"),
        ({"take": "max", "of": "complaint.trend", "worse": "higher", "empty": "improving"}, None),
        ({"take": "max", "of": "session.pain_during", "worse": "higher"}, None),
        ({"take": "max", "of": "complaint.weeks", "worse": "higher", "empty": 0}, None),
        ({"take": "count", "of": "session", "worse": "neither"}, None),
    ],
)
def test_a_direction_that_does_not_follow_is_a_finding(about: Any, code: str | None, pack: Pack) -> None:
    found = check_pack(with_aggregate(pack, **about), {}, lambda *_: {}, Broken())
    assert {fault.code for fault in found} - {"unused-parameter"} == ({code} if code else set())


@pytest.mark.parametrize("seed", range(4))
def test_every_claim_about_every_aggregate_gets_a_verdict(seed: int, pack: Pack) -> None:
    """`prove` came to nothing on words and on yes or no."""
    other = random_pack(random.Random(f"verdicts {seed}"), pack.catalogue)
    prover = Prover(other, (), 1)
    found = [one for task in prover.tasks() if task[0] in ("more", "left", "dosed") for one in prover.work(task)]
    assert all(isinstance(one, Proof) and one.verdict != "undecided" for one in found)
    assert Engine(pack=other, evaluator="compiled").recommend({})
