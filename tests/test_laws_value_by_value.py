"""Laws 4 to 7 value by value: from a runner at the best of everything, every single step, not only random ones."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.graph.schema import Injury
from prehab.population import Question, changed, places, shape_of
from prehab.rules.pack import Pack
from prehab.testing import Seen
from prehab.testing.laws import something_is_left
from prehab.testing.seen import softer
from tests.support import engine_of, flipped, tries


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


def at_best(pack: Pack, *injuries: str) -> dict[str, Any]:
    """A runner of whom only the best is known, with calm and cleared complaints: there every rule is seen by itself."""
    nodes = [pack.catalogue.injuries[key] for key in injuries]
    data: dict[str, Any] = {
        "complaints": [
            {"region" if node.unnamed else "injury": node.region if node.unnamed else node.id, "side": "left"}
            for node in nodes
        ]
    }
    for question in told_of(pack, len(injuries)):
        if question.field.worse != "neither":
            data = changed(data, question.path, question.field.best())
        elif question.name == "weeks":
            data = changed(data, question.path, question.values[-1])
    return data


def told_of(pack: Pack, complaints: int) -> list[Question]:
    """Every question about a runner with so many complaints, each with its place."""
    shape = shape_of(pack)
    sore = [question for _, group in shape.groups for question in group]
    return [question for _, section in shape.sections for question in section] + [
        replace(question, path=("complaints", number, *question.path))
        for number in range(complaints)
        for question in sore
    ]


def sweep(engine: Engine, *injuries: str) -> Iterator[str]:
    """Every field of such a runner, from its best value to its worst, step by step; unknown beside the best; and one
    complaint more, of which only its place is known.
    """
    pack = engine.pack
    best = Seen(engine, at_best(pack, *injuries))
    for another in pack.catalogue.injuries:
        more = at_best(pack, *injuries, another)
        bare = {key: more["complaints"][-1][key] for key in ("injury", "region") if key in more["complaints"][-1]}
        for data in (more, {**more, "complaints": [*more["complaints"][:-1], bare]}):
            yield from (f"and {another}: {fault}" for fault in softer(best, Seen(engine, data)))
    for place in places(pack, best.data):
        before = best
        for value in place.worse():
            after = Seen(engine, changed(best.data, place.path, value))
            yield from (f"{place} down to {value}: {fault}" for fault in softer(before, after))
            before = after
        unknown = Seen(engine, changed(best.data, place.path, None))
        yield from (f"{place} unknown: {fault}" for fault in softer(best, unknown))


def some_of_each(pack: Pack, usual: int) -> list[str]:
    """So many injuries, of different tissues first, then of different regions; all with enough tries."""
    nodes = random.Random(4).sample(list(pack.catalogue.injuries.values()), len(pack.catalogue.injuries))
    ways: tuple[Callable[[Injury], object], ...] = (
        lambda node: node.tissue, lambda node: (node.tissue, node.region, node.high_risk), lambda node: node.id,
    )  # fmt: skip
    ordered = [node.id for way in ways for node in {way(node): node for node in nodes}.values()]
    return list(dict.fromkeys(ordered))[: tries(usual)]


def test_laws_4_to_6_value_by_value(engine: Engine) -> None:
    """From a runner at the best of everything, no step of one value to the worse softens anything, nor its loss.

    For a few injuries of different tissues: for all of them, and from everywhere, it is proved (``test_proof``).
    """
    for injuries in ((), *((key,) for key in some_of_each(engine.pack, 4))):
        for fault in sweep(engine, *injuries):
            pytest.fail(f"{injuries}: {fault}")


@pytest.mark.parametrize(
    ("rule", "injuries"),
    [
        ("achilles.own-weight-before-heavy", ["achilles_tendinopathy_midportion"]),
        ("pain.joint-sore", ["patellofemoral_pain"]),
        ("knee.clean-step-downs-first", ["patellofemoral_pain"]),
        ("phases.open-heavy", []),
    ],
)
def test_laws_4_to_6_value_by_value_is_checked(rule: str, injuries: list[str], pack: Pack) -> None:
    assert next(sweep(engine_of(flipped(pack, rule)), *injuries), None) is not None


def test_law_6_where_answers_contradict(engine: Engine) -> None:
    """So it is where two answers contradict each other: leaving one out allows no more than giving its best value."""
    pack = engine.pack
    tried = 0
    injuries = some_of_each(pack, 12)
    for injury in injuries:
        data = at_best(pack, injury)
        told = [(place.question.kind, place.question.name, place) for place in places(pack, data)]
        for reading in pack.careful:
            upset = data
            tested = {(test.kind, test.field) for pattern in reading.when for test in pattern.tests}
            for kind, name, place in told:
                if (kind, name) in tested:
                    upset = changed(upset, place.path, place.question.field.worst())
            for kind, name, place in told:
                if kind == reading.of and name in reading.fields:
                    unknown = changed(upset, place.path, None)
                    assert not list(softer(Seen(engine, upset), Seen(engine, unknown))), json.dumps(unknown)
                    tried += 1
    assert tried >= len(injuries) * len(pack.careful)


def test_law_7_under_all_that_withholds(engine: Engine) -> None:
    """Answer by answer the one that leaves least, as long as it does not stop everything: something is left."""
    pack, rng = engine.pack, random.Random(7)
    fewest = len(pack.catalogue.ids)
    for injury in some_of_each(pack, 15):
        seen = Seen(engine, {"complaints": at_best(pack, injury)["complaints"]})
        for question in rng.sample(told_of(pack, 1), len(told_of(pack, 1))):
            field = question.field
            values = question.values if field.worse == "neither" else (field.worst(),)
            tried = [Seen(engine, changed(seen.data, question.path, value)) for value in values]
            left = [one for one in (seen, *tried) if one.decisions.status != "stop"]
            seen = min(left, key=lambda one: len(one.allowed), default=seen)
        assert not list(something_is_left(seen)), json.dumps(seen.data)
        if seen.decisions.status != "stop":
            fewest = min(fewest, len(seen.allowed))
    assert 1 <= fewest < 30
