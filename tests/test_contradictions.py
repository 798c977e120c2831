"""Answers that cannot all be true: the more careful one counts, and is said; no order of telling changes the work."""

from __future__ import annotations

import itertools
import json
import random
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.population import build_complaint, changed, random_runner, shape_of
from prehab.program import Program
from prehab.proof.encoding import Encoding
from prehab.rules.language import CarefulReading
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.testing.laws import same_answer_however_told, unnumbered
from prehab.testing.seen import Seen, softer
from tests.support import engine_of, words_context
from tests.translation import Translated

Data = dict[str, Any]


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


# -- a name beside another place --------------------------------------------------------------------------------------

GROIN = {"region": "groin", "pain": {"walking": 5, "at_night": 5}, "signs": {"limp": True}}


def test_a_name_from_elsewhere_does_not_soften_the_place(engine: Engine) -> None:
    alone = engine.recommend({"complaints": [GROIN]})
    both = engine.recommend({"complaints": [{**GROIN, "injury": "plantar_heel_pain"}]})
    assert (alone.status, both.status) == ("stop", "stop")
    assert any("Both count, as if they were two complaints" in note for note in both.notes)
    assert set(both.phase.regions) == {"groin", "heel"}
    assert {ask.about.split("/")[2] for ask in both.asks if ask.about.startswith("/complaints/")} <= {"0"}


@pytest.mark.parametrize("seed", range(4))
def test_a_name_and_a_place_are_as_careful_as_each(seed: int, engine: Engine) -> None:
    """Random complaints that name an injury and any place: never softer than the name alone, nor the place alone."""
    rng = random.Random(seed)
    shape = shape_of(engine.pack)
    apart = 0
    for _ in range(80):
        data = random_runner(rng, engine.pack, rng.choice((1, 2)))
        complaint = {**build_complaint(rng.choice, shape), "injury": rng.choice(shape.injuries)}
        region = rng.choice(shape.regions)
        named, placed = {**complaint}, {**complaint, "region": region}
        named.pop("region", None)
        placed.pop("injury")
        told = [{**data, "complaints": [*data["complaints"], one]} for one in (named, placed)]
        both = Seen(engine, {**data, "complaints": [*data["complaints"], {**complaint, "region": region}]})
        home = engine.catalogue.injuries[complaint["injury"]].region == region
        apart += not home
        for one in told[: 1 if home else 2]:
            assert not list(softer(Seen(engine, one), both)), json.dumps(both.data)
    assert apart > 50


def test_questions_about_the_place_belong_to_the_complaint_that_names_it(engine: Engine) -> None:
    data = {"complaints": [{"region": "shin"}, {"injury": "plantar_heel_pain", "region": "groin"}]}
    answer = engine.recommend(data)
    places = {ask.about.split("/")[2] for ask in answer.asks if ask.about.startswith("/complaints/")}
    assert places <= {"0", "1"}
    assert "1" in places


def test_the_formulas_take_a_name_and_a_place_for_two(pack: Pack) -> None:
    translated = Translated(Encoding(pack, 2), Program(pack))
    rng = random.Random(2)
    for _ in range(3):
        data = {**random_runner(rng, pack, 1), "recent_sessions": []}
        data = changed(changed(data, ("complaints", 0, "injury"), "calf_strain"), ("complaints", 0, "region"), "groin")
        assert not translated.differences(Runner.model_validate(data, context=words_context(pack))), json.dumps(data)


# -- careful readings -------------------------------------------------------------------------------------------------


def upset(rng: random.Random, pack: Pack, reading: CarefulReading, data: Data) -> Data:
    """The runner, told so that a careful reading applies."""
    for pattern in reading.when:
        kind = pack.kinds[pattern.kind]
        section = pattern.kind if kind.source is None else kind.source
        if pattern.kind == "complaint":
            injuries = [
                one for one in pack.catalogue.injuries.values()
                if all(t.met(known[t.field], {}) for known in (pack.catalogue.known_of(one),)
                       for t in pattern.tests if t.field in known)
            ]  # fmt: skip
            injury = rng.choice(injuries)
            told = {"region": injury.region} if injury.unnamed else {"injury": injury.id}
            complaint = {k: v for k, v in data["complaints"][0].items() if k not in ("injury", "region")} | told
            data = {**data, "complaints": [complaint, *data["complaints"][1:]]}
        for test in pattern.tests:
            field = kind.fields[test.field]
            if field.always:
                continue
            value = field.worst() if field.worst() is not None else test.words[0]
            source = (field.source if field.source is not None else test.field).split(".")
            top = ("complaints", 0) if pattern.kind == "complaint" else tuple(part for part in (section,) if part)
            data = changed(data, (*top, *source), value)
    return data


def read_places(pack: Pack, reading: CarefulReading, data: Data) -> list[tuple[tuple[Any, ...], str]]:
    """Where the answers stand that are read carefully, each with its field."""
    kind = pack.kinds[reading.of]
    section = reading.of if kind.source is None else kind.source
    tops: list[tuple[Any, ...]] = [(section,)]
    if reading.of == "complaint":
        tops = [("complaints", 0)]
    elif "side" in kind.keys:
        side = data["complaints"][0].get("side") or "both"
        tops = [(section, one) for one in (("left", "right") if side == "both" else (side,))]
    return [((*top, *(kind.fields[name].source or name).split(".")), name) for top in tops for name in reading.fields]


def test_a_contradicted_answer_earns_nothing(engine: Engine, pack: Pack) -> None:
    """Whatever it is, and left out or not: the same is decided as for the worst; and it is said."""
    rng = random.Random(1)
    for reading in pack.careful:
        for _ in range(12):
            data = upset(rng, pack, reading, random_runner(rng, pack, 1))
            data.pop("recent_sessions", None)
            if not reading.fields:
                assert reading.say in engine.recommend(data).notes
                continue
            for place, name in read_places(pack, reading, data):
                field = pack.kinds[reading.of].fields[name]
                told = [changed(data, place, value) for value in (field.best(), field.worst(), None)]
                seen = [Seen(engine, one) for one in told]
                for one, other in itertools.permutations(seen, 2):
                    assert not list(softer(one, other)), (reading.say, json.dumps(one.data), json.dumps(other.data))
                said = {one.say for one in pack.careful if one.of == reading.of and name in one.fields}
                assert said.intersection(seen[0].answer.notes), (reading.say, json.dumps(told[0]))


def test_the_leg_that_is_not_sore_keeps_its_tests(engine: Engine, pack: Pack) -> None:
    legs = {"left": {"calf_raises": 30}, "right": {"calf_raises": 30}}
    sore = {"injury": "calf_strain", "side": "left", "signs": {"cannot_push_off": True}}
    facts = engine._decide(engine.runner({"legs": legs, "complaints": [sore]})).inference.facts
    assert {fact.name: fact.values["calf_raises"] for fact in facts.by_kind["leg"]} == {"left": 0, "right": 30}
    assert facts.by_kind["both_legs"][0].values["calf_raises"] == 0


def test_two_answers_of_two_kinds_are_said_to_differ(engine: Engine) -> None:
    said = "You say both male and pregnant. Whoever is pregnant trains as this plan says; put right what is not so."
    assert said in engine.recommend({"sex": "male", "medical": {"pregnant": True}}).notes
    for other in ({"sex": "female", "medical": {"pregnant": True}}, {"sex": "male"}, {"medical": {"pregnant": True}}):
        assert said not in engine.recommend(other).notes


# -- order ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_complaints_changes_no_prescribed_work(seed: int, engine: Engine) -> None:
    rng = random.Random(seed)
    for _ in range(12):
        data = random_runner(rng, engine.pack, rng.choice((2, 3, 4)))
        for _ in range(len(data["complaints"])):
            data = {**data, "complaints": [*data["complaints"][1:], data["complaints"][0]]}
            assert not list(same_answer_however_told(Seen(engine, data))), json.dumps(data)


def test_all_orders_of_the_same_complaints(engine: Engine) -> None:
    sore = [
        {"injury": "achilles_tendinopathy_midportion", "side": "left", "pain": {"during": 3}},
        {"injury": "patellofemoral_pain", "side": "right", "pain": {"during": 3}},
        {"region": "low_back"},
        {"injury": "plantar_heel_pain", "region": "shin"},
    ]
    work = set()
    for told in itertools.permutations(sore):
        answer = engine.recommend({"complaints": list(told), "strength": {"sessions_per_week": 3}})
        work.add(json.dumps(unnumbered(answer)))
    assert len(work) == 1
