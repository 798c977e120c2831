"""A number may be anything inside its range, in the orders that are asked for: an engine is made, and it answers."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.population import random_runner
from prehab.recommendation import Dose
from prehab.rules.pack import Pack
from prehab.testing import random_pack
from tests.attack import with_other_numbers
from tests.support import tries

TOGETHER = 12
"""So many numbers are set in one engine."""


def numbers(pack: Pack, rng: random.Random) -> dict[str, float]:
    """A value for each parameter that may be set, often at an end of its range."""
    drawn = with_other_numbers(pack, rng)
    return {name: one.value for name, one in drawn.parameters.items() if name not in pack.fixed_parameters}


def in_order(pack: Pack, name: str, value: float) -> dict[str, float]:
    """A value for one parameter, and for those that an order ties to it the nearest that goes with it."""
    told = {name: value}
    waiting = [name]
    while waiting:
        here = waiting.pop()
        for other, one in pack.parameters.items():
            if one.at_most == here and told.get(other, one.value) > told[here]:
                told[other] = told[here]
                waiting.append(other)
        above = pack.parameters[here].at_most
        if above is not None and told.get(above, pack.parameters[above].value) < told[here]:
            told[above] = told[here]
            waiting.append(above)
    return told


def near(pack: Pack, names: Iterable[str]) -> set[str]:
    """Parameters, and all that an order ties to one of them."""
    found = set(names)
    while True:
        more = {one.at_most for name, one in pack.parameters.items() if name in found and one.at_most}
        more |= {name for name, one in pack.parameters.items() if one.at_most in found}
        if more <= found:
            return found
        found |= more


def counted(dose: Dose) -> list[float]:
    """What a dose counts."""
    return [end for span in (dose.sets, dose.reps, dose.contacts, dose.reps_in_reserve) if span for end in span]


def answers(engine: Engine, rng: random.Random, runners: int) -> None:
    """It answers, and its doses are whole where they count, and in order."""
    for _ in range(runners):
        answer = engine.recommend(random_runner(rng, engine.pack))
        given = [one for session in answer.sessions for one in session.exercises]
        for one in (*given, *(answer.daily.exercises if answer.daily else ())):
            spans = (one.dose.sets, one.dose.reps, one.dose.hold_s, one.dose.contacts, one.dose.effort_rpe)
            assert all(0 <= low <= high for low, high in filter(None, spans)), one
            assert all(end == int(end) for end in counted(one.dose)), one
        assert answer.to_json()


def test_each_end_of_each_range_is_accepted(pack: Pack) -> None:
    """Several at once, of which none is tied to another by an order."""
    rng = random.Random(1)
    free = [name for name in pack.parameters if name not in pack.fixed_parameters]
    ends = [(name, value) for value in (0, 1) for name in rng.sample(free, len(free))]
    while ends:
        told: dict[str, float] = {}
        left = []
        for name, end in ends:
            value = pack.parameters[name].range[end]
            tied = in_order(pack, name, value)
            if len(told) < TOGETHER and told.keys().isdisjoint(near(pack, tied)):
                told |= tied
            else:
                left.append((name, end))
        assert len(left) < len(ends)
        ends = left
        answers(Engine(pack=pack, parameters=told, evaluator="compiled"), rng, 1)


@pytest.mark.parametrize("seed", range(tries(6)))
def test_all_numbers_at_once_may_be_anything_inside_their_ranges(seed: int, pack: Pack) -> None:
    rng = random.Random(seed)
    for one in (pack, random_pack(rng, pack.catalogue)):
        answers(Engine(pack=one, parameters=numbers(one, rng), evaluator="compiled"), rng, 6)


def test_half_a_set_more_is_no_set_more(pack: Pack) -> None:
    """Bounds on what is counted fall to the whole number on their safe side."""
    halves: dict[str, Any] = {
        effect.data["at_most"]: pack.parameters[effect.data["at_most"]].range[0] + 0.5
        for rule in pack.rules
        for effect in rule.effects
        if effect.type == "limit" and effect.data["channel"] in ("sets", "contacts")
    }
    halves = {name: value for name, value in halves.items() if value <= pack.parameters[name].range[1]}
    assert len(halves) >= 3
    told: dict[str, float] = {}
    for name, value in halves.items():
        told |= in_order(pack, name, value)
    answers(Engine(pack=pack, parameters=told, evaluator="compiled"), random.Random(2), 60)


def test_a_number_that_selects_exercises_may_be_given_as_it_is(pack: Pack) -> None:
    name = pack.fixed_parameters[0]
    own = pack.parameters[name].value
    assert Engine(pack=pack, parameters={name: own}, evaluator="compiled").recommend({})
    with pytest.raises(InputError, match="fixed when a pack is compiled"):
        Engine(pack=pack, parameters={name: own + 1 if own < pack.parameters[name].range[1] else own - 1})
