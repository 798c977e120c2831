"""What a catalogue a hundred times larger costs: masks make finding and deciding nearly free of its size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.graph.catalogue import Catalogue
from prehab.graph.find import find_exercises
from prehab.rules.load import load_pack
from prehab.rules.pack import Pack
from tests.support import engine_of

TIMES = 100
LIMIT = 5


def copies(catalogue: Catalogue) -> Catalogue:
    """The catalogue with every exercise a hundred times, under ids of their own."""
    made = {}
    for number in range(TIMES):
        for key, exercise in catalogue.exercises.items():
            mine = f"{key}_{number:02}" if number else key
            steps = [f"{harder}_{number:02}" if number else harder for harder in exercise.progresses_to]
            made[mine] = exercise.model_copy(update={"id": mine, "progresses_to": steps})
    return replace(catalogue, exercises=dict(sorted(made.items())))


@pytest.fixture(scope="module")
def large(pack: Pack) -> Pack:
    return load_pack(graph=copies(pack.catalogue))


def taken(call: Callable[[], Any]) -> float:
    call()
    times = []
    for _ in range(30):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return median(times)


def ratio(small: Callable[[], Any], big: Callable[[], Any]) -> float:
    """The least of three ratios of medians: a busy machine can only make it worse."""
    return min(taken(big) / taken(small) for _ in range(3))


QUESTIONS: list[dict[str, Any]] = [
    {"trains": "gluteus_medius", "max_load": {"patellofemoral_joint": 2}, "equipment": ["band"]},
    {"trains": "thigh", "any_role": True, "max_impact": 1, "explosive": "none"},
    {"text": "single squat", "phase": "strength_foundation", "mode": "dynamic"},
    {"pattern": "calf", "max_load": {"achilles_tendon": 3, "tibia": 1}},
    {},
]


@pytest.mark.parametrize("asked", QUESTIONS, ids=str)
def test_find_costs_at_most_five_times_as_much(pack: Pack, large: Pack, asked: dict[str, Any]) -> None:
    few, many = (find_exercises(one.catalogue, **asked) for one in (pack, large))
    assert len(many) == TIMES * len(few)
    assert {exercise.name for exercise in many} == {exercise.name for exercise in few}

    def ask(catalogue: Catalogue) -> int:
        return len(find_exercises(catalogue, **asked))

    assert ratio(lambda: ask(pack.catalogue), lambda: ask(large.catalogue)) <= LIMIT


RUNNERS: list[dict[str, Any]] = [
    {},
    {"complaints": [{"injury": "patellofemoral_pain", "pain": {"during": 4}}], "strength": {"equipment": ["band"]}},
    {"strength": {"weeks_trained": 30, "equipment": ["barbell", "squat_rack"]}, "screens": {"squat": "competent"}},
]


@pytest.mark.parametrize("runner", RUNNERS, ids=str)
def test_deciding_costs_at_most_five_times_as_much(pack: Pack, large: Pack, runner: dict[str, Any]) -> None:
    few, many = engine_of(pack), engine_of(large)
    original, answer = allowed(few, runner), allowed(many, runner)
    assert answer & few.pack.catalogue.exercises.keys() == original
    assert len(answer) > TIMES / 2 * len(original)  # rules that name an exercise by its id do not know its copies
    assert ratio(lambda: decide(few, runner), lambda: decide(many, runner)) <= LIMIT


def decide(engine: Engine, runner: dict[str, Any]) -> Any:
    return engine._decide(engine.runner(runner))


def allowed(engine: Engine, runner: dict[str, Any]) -> set[str]:
    return set(engine.pack.ids(decide(engine, runner).available))
