"""Facts that runners share: made once for what many tell alike, never taken for what somebody else told."""

from __future__ import annotations

import gc
import random
from collections.abc import Iterator
from dataclasses import replace
from functools import _lru_cache_wrapper
from typing import Any

from prehab.compiled import Compiled
from prehab.engine import Engine
from prehab.fact import Fact
from prehab.fact_builder import FactBuilder
from prehab.inference import Evaluator, infer
from prehab.population import random_runner
from prehab.program import Program
from prehab.reference import Reference
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.sections import MOST_KEPT, Lately
from tests.support import engine_of, tries, words_context


def test_facts_are_shared_by_those_who_tell_the_same_to_the_letter(pack: Pack) -> None:
    """Zero and its negative are equal, and so are 7 and 7.0; but a text says what was told."""
    builder = FactBuilder(Program(pack))

    def fact(slept: float) -> Fact:
        told = Runner.model_validate({"readiness": {"soreness": 1}})
        readiness = told.readiness.model_copy(update={"sleep_h": slept})
        (found,) = builder.build(told.model_copy(update={"readiness": readiness})).by_kind["readiness"]
        return found

    values = [0.0, -0.0, 7, 7.0, True, 1.0]
    facts = [fact(value) for value in values]
    assert [repr(one.values["sleep_h"]) for one in facts] == list(map(repr, values))
    assert [fact(value) for value in values] == facts, "they are remembered"


def caches_of(engine: Engine) -> Iterator[_lru_cache_wrapper[Any]]:
    """All that an engine remembers of what it was asked."""
    found: set[int] = set()
    left: list[Any] = [engine._parts]
    while left:
        one = left.pop()
        if id(one) not in found and not isinstance(one, (type, type(gc))):
            found.add(id(one))
            left += gc.get_referents(one)
            if isinstance(one, _lru_cache_wrapper):
                yield one


def test_what_is_remembered_is_to_the_letter_what_would_be_worked_out_anew(pack: Pack) -> None:
    """Of zero told and zero read out of something else too: they are equal, and one may be remembered for the other."""
    warm, forgetful = engine_of(replace(pack)), engine_of(replace(pack))
    forgetful.recommend({})
    caches = list(caches_of(forgetful))
    assert len(caches) > 50
    rng = random.Random(5)
    zeros: list[dict[str, Any]] = [
        {"strength": {"weeks_trained": 0.0}}, {"strength": {"weeks_off": 3000}}, {"strength": {"weeks_trained": -0.0}},
        {"strength": {"weeks_trained": 0}},
    ]  # fmt: skip
    for data in (*zeros, *(random_runner(rng, pack) for _ in range(tries(60)))):
        for cache in caches:
            cache.cache_clear()
        asked = {"runner"}  # where he is told his own words again
        assert warm.recommend(data).model_dump_json(exclude=asked) == forgetful.recommend(data).model_dump_json(
            exclude=asked
        ), data


def test_only_so_many_facts_are_remembered(pack: Pack) -> None:
    program = Program(pack)
    kept: Lately[list[Any]] = Lately(lambda _program, told: list(told))
    first = kept.of((0,), program)
    assert kept.of((0,), program) is first
    for number in range(10 * MOST_KEPT):
        assert kept.of((number,), program) == [number]
        assert len(kept._young) + len(kept._old) <= 2 * MOST_KEPT
    assert kept.of((0,), program) is not first


def test_what_cannot_be_told_to_the_letter_is_not_remembered(pack: Pack) -> None:
    kept: Lately[list[Any]] = Lately(lambda _program, told: list(told))
    odd = object()
    assert kept.of((odd,), Program(pack)) == [odd]
    assert not kept._young


def test_what_a_log_says_otherwise_fires_otherwise(pack: Pack) -> None:
    """The facts of one runner are those of the next, but where a log is heard: then nothing remembered fires."""
    program = Program(pack)
    builder, compiled, reference = FactBuilder(program), Compiled(program), Reference(program)
    complaint = {"region": "heel", "weeks": 8, "pain": {"during": 1}}
    session = {"days_ago": 1, "exercises": ["double_leg_calf_raise"], "pain_during": 8, "pain_next_morning": 8}

    def fired(evaluator: Evaluator, **more: Any) -> list[Any]:
        told = Runner.model_validate({"complaints": [complaint], **more}, context=words_context(pack))
        found = infer(program, builder.build(told), evaluator).firings
        return [(one.variant, [(fact.kind, fact.name, fact.values) for fact in one.facts]) for one in found]

    calm = fired(compiled)
    assert fired(compiled) == calm == fired(reference)
    flared = fired(compiled, recent_sessions=[session])
    assert flared == fired(reference, recent_sessions=[session])
    assert {variant for variant, _ in flared} != {variant for variant, _ in calm}
    assert fired(compiled) == calm
