"""The order in which questions come, and how to do what is asked for.

An emergency that fits what was told comes first, then what may allow the most, then the rest; after a stop nothing.
"""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.population import changed, random_runner
from prehab.recommendation import Answer, Ask, Recommendation
from prehab.rules.pack import Pack
from tests.support import engine_of

Data = dict[str, Any]
URGENT_FIRST = 4
TWO_LINES = 160
TESTED = ("/screens/", "/legs/")


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


@pytest.fixture(scope="module")
def answers(engine: Engine) -> list[tuple[Data, Recommendation]]:
    """Random runners, of whom more or less is known, with what they are told."""
    rng = random.Random(11)
    runners = [random_runner(rng, engine.pack, rng.choice((0, 1, 2))) for _ in range(200)]
    return [(data, engine.recommend(data)) for data in runners]


def test_after_a_stop_nothing_is_asked(answers: list[tuple[Data, Recommendation]]) -> None:
    stopped = [answer for _, answer in answers if answer.status == "stop"]
    assert len(stopped) > 10
    assert [answer.asks for answer in stopped if answer.asks] == []


STRONG: Data = {
    "age_years": 34, "sex": "female", "running": {"running_now": True, "pain_free_run_min": 60},
    "strength": {"weeks_trained": 60, "weeks_off": 0, "squat_bw": 1.6, "deadlift_bw": 1.9,
                 "low_plyometric_weeks": 0, "moderate_plyometric_weeks": 0},
    "legs": {side: {"calf_raises": 30, "balance_s": 45} for side in ("left", "right")},
    "screens": dict.fromkeys(
        ("squat", "hinge", "lunge", "push", "pull", "rotate", "single_leg", "landing"), "competent"
    ),
}  # fmt: skip
HOPS = {f"/legs/{side}/pain_free_hops" for side in ("left", "right")}


@pytest.mark.parametrize(
    "told",
    [
        {"medical": {"pregnant": True, "weeks_pregnant": 34, "pregnancy_warning": False}},
        {"medical": {"weeks_post_partum": 6}},
        {"medical": {"pelvic_floor_symptoms": True}},
        {"medical": {"heart_condition": True}},
        {"readiness": {"illness": "fever_or_chest"}},
        {"readiness": {"soreness": 6}},
        {"alarms": {"painkillers_to_run": True}},
    ],
    ids=str,
)
def test_who_is_not_to_jump_is_not_asked_to_hop(told: Data, engine: Engine) -> None:
    """What a test comes to is nothing for whom the same answer withholds it."""
    assert {ask.about for ask in engine.recommend(STRONG).asks} & HOPS, "it is asked of whoever may"
    assert not {ask.about for ask in engine.recommend(STRONG | told).asks} & HOPS


LANDING = {key: grade for key, grade in STRONG["screens"].items() if key != "landing"}
USED_TO_IT: Data = {
    **STRONG,
    "goal": "durability",
    "sex": "male",
    "running": {"running_now": True, "km_per_week": 35, "days_per_week": 4, "pain_free_run_min": 30},
    "strength": {"weeks_trained": 12, "weeks_off": 0, "equipment": ["dumbbell"]},
    "alarms": dict.fromkeys(
        (
            "chest_pain",
            "fainting",
            "unusual_breathlessness",
            "calf_hot_swollen",
            "bladder_bowel_saddle",
            "fever_or_unwell",
            "unexplained_weight_loss",
            "painkillers_to_run",
        ),
        False,
    ),
    "bone": {"past_stress_fracture": False, "low_energy": False, "osteoporosis": False},
    "readiness": {"sleep_h": 7.5, "soreness": 2, "illness": "none"},
    "complaints": [],
}


@pytest.mark.parametrize(
    ("told", "waits", "at"),
    [
        (STRONG | {"screens": LANDING}, {"medical": {"pelvic_floor_symptoms": True}}, "/screens/landing"),
        (STRONG | {"screens": LANDING}, {"bone": {"vertebral_fracture": True}}, "/screens/landing"),
        (USED_TO_IT, {"readiness": {"illness": "fever_or_chest"}}, "/strength/squat_bw"),
        (USED_TO_IT, {"running": {"days_since_race": 1, "last_race_km": 100}}, "/strength/squat_bw"),
    ],
    ids=str,
)
def test_nobody_is_asked_to_try_what_waits(told: Data, waits: Data, at: str, engine: Engine) -> None:
    """Neither a landing nor a heavy lift, where the same answer withholds what the test comes to."""
    assert at in {ask.about for ask in engine.recommend(told).asks}, "it is asked of whoever may"
    assert at not in {ask.about for ask in engine.recommend(told | waits).asks}


@pytest.mark.parametrize(
    ("medical", "asked"),
    [
        ({}, {"pregnant"}),
        ({"pregnant": True}, {"pregnancy_warning"}),
        ({"pregnant": False}, set()),
        ({"after_menopause": True}, set()),
    ],
    ids=str,
)
def test_who_is_not_pregnant_is_not_asked_about_the_pregnancy(medical: Data, asked: set[str], engine: Engine) -> None:
    """After a no, or past the change of life, no question begins with "If you are pregnant"."""
    names = {"pregnant", "pregnancy_warning", "weeks_pregnant"}
    asks = engine.recommend({"sex": "female", "medical": medical}).asks
    assert {ask.about.rpartition("/")[2] for ask in asks} & names == asked


def test_what_may_open_most_is_among_the_first(answers: list[tuple[Data, Recommendation]]) -> None:
    """However much is feared, after four questions of safety what may allow more has its turn.

    What can only allow less is asked after all of safety.
    """
    for data, answer in answers:
        first = opens_with_safety(answer.asks)
        assert first <= URGENT_FIRST or not any(ask.safety for ask in answer.asks[first:]), json.dumps(data)


def opens_with_safety(asks: tuple[Ask, ...]) -> int:
    """With how many questions of safety the list begins."""
    return next((place for place, ask in enumerate(asks) if not ask.safety), len(asks))


@pytest.mark.parametrize("known", [False, True])
def test_an_emergency_that_fits_comes_first(known: bool, engine: Engine) -> None:
    """Of every injury: what the graph calls an emergency for it is asked before anything that only opens training."""
    sound: Data = {"strength": {"weeks_trained": 30}, "screens": {"squat": "competent"}} if known else {}
    for key, injury in engine.catalogue.injuries.items():
        if injury.unnamed:
            continue
        answer = engine.recommend({**sound, "complaints": [{"injury": key, "side": "left"}]})
        feared = {one.flag for one in injury.red_flags if one.urgency == "emergency"}
        if not feared or answer.status == "stop":
            continue
        first = answer.asks[: opens_with_safety(answer.asks)]
        assert feared & {ask.about.rsplit("/", 1)[-1] for ask in first}, key


def test_a_told_emergency_ends_the_questions(engine: Engine) -> None:
    for key, injury in engine.catalogue.injuries.items():
        for one in injury.red_flags:
            if one.urgency != "emergency" or injury.unnamed:
                continue
            kind = "alarms" if one.flag in engine.pack.kinds["alarm"].fields else "signs"
            told: Data = {"complaints": [{"injury": key, "side": "left"}]}
            if kind == "alarms":
                told["alarms"] = {one.flag: True}
            elif one.flag in engine.pack.kinds["complaint"].fields:
                told["complaints"][0]["signs"] = {one.flag: True}
            else:
                continue
            answer = engine.recommend(told)
            assert (answer.status, answer.asks) == ("stop", ()), (key, one.flag)


def test_a_test_that_is_asked_for_comes_with_how_to_do_it(answers: list[tuple[Data, Recommendation]]) -> None:
    seen = set()
    for _, answer in answers:
        for ask in answer.asks:
            if ask.about.startswith(TESTED):
                seen.add(ask.about.rsplit("/", 1)[-1])
                assert ask.how, ask.about
                assert len(ask.how) <= TWO_LINES, ask.how
    assert {"squat", "landing", "calf_raises"} <= seen


def values(answer: Answer) -> list[Any]:
    """Some values that may be answered, at the ends of the range and between."""
    if answer.type == "boolean":
        return [False, True]
    if answer.type == "choice":
        return [one.value for one in answer.choices]
    assert answer.range is not None
    low, high = answer.range
    return [int(value) if answer.type == "integer" else value for value in (low, (low + high) / 2, high)]


def answered(data: Data, ask: Ask, value: Any) -> Data:
    """The runner who has answered a question."""
    if ask.place[0] == "faults":
        return {**data, "faults": [*data.get("faults", ()), ask.place[1]]} if value else data
    told: Data = changed(data, ask.place, value)
    return told


def test_a_question_says_all_that_a_form_needs(engine: Engine, answers: list[tuple[Data, Recommendation]]) -> None:
    for _, answer in answers:
        for ask in answer.asks:
            assert ask.label
            assert ask.answer.type in ("integer", "number", "boolean", "choice")
            assert (ask.answer.range is not None) == (ask.answer.unit is not None) == ("er" in ask.answer.type[-2:])
            assert bool(ask.answer.choices) == (ask.answer.type == "choice")
            assert (ask.calls_for is not None) == ask.safety
            if ask.place[0] == "complaints":
                complaint = answer.runner.complaints[ask.place[1]]  # type: ignore[index]
                assert (ask.complaint, ask.side) == (ask.place[1], complaint.side)
                injury = engine.catalogue.injuries.get(complaint.injury or "")
                assert ask.region in (complaint.region, injury and injury.region)
            else:
                assert (ask.complaint, ask.region) == (None, None)
                assert ask.side == (ask.place[1] if ask.place[0] == "legs" else None)


def test_an_answer_that_is_read_is_taken_where_it_belongs(
    engine: Engine, answers: list[tuple[Data, Recommendation]]
) -> None:
    for data, answer in answers[:40]:
        for ask in answer.asks:
            for number, value in enumerate(values(ask.answer), 1):
                typed = {"boolean": "y" if value else "n", "choice": str(number)}.get(ask.answer.type, str(value))
                read = ask.answer.read(typed)
                assert read == value
                engine.runner(answered(data, ask, read))


def test_an_answer_changes_no_more_than_the_question_says(
    engine: Engine, answers: list[tuple[Data, Recommendation]]
) -> None:
    ranks = (None, "routine", "urgent", "stop", "emergency")
    opened = called = 0
    for data, answer in answers[:24]:
        now = engine._decide(answer.runner)
        told = [one.effect.data for one in now.of("refer")]
        for ask in answer.asks:
            for value in values(ask.answer):
                then = engine._decide(engine.runner(answered(data, ask, value)))
                more = 0 if then.status == "stop" else (then.allowed & ~now.allowed).bit_count()
                opened += more > 0
                assert more <= ask.opens, (data, ask.about, value)
                for refer in (one.effect.data for one in then.of("refer")):
                    if refer not in told:
                        rank = (
                            "stop" if refer.get("everything") and refer["urgency"] != "emergency" else refer["urgency"]
                        )
                        called += 1
                        assert ranks.index(rank) <= ranks.index(ask.calls_for), (data, ask.about, value)
    assert opened > 5
    assert called > 5
