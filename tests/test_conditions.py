"""Reasons as data: the conditions of a rule with what a runner told, the phrases made of them, and both read back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from prehab.conditions import phrases
from prehab.engine import Engine
from prehab.population import random_runner, read_at
from prehab.recommendation import Condition, Reason, Recommendation, Referral
from prehab.rules.language import Test as RuleTest
from prehab.rules.messages import english
from prehab.rules.pack import Pack
from tests.support import engine_of

EXAMPLE = Path(__file__).parents[1] / "examples" / "sore-achilles.yaml"
RUNNERS = 60


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    return engine_of(pack)


@pytest.fixture(scope="module")
def answers(engine: Engine) -> list[Recommendation]:
    rng = random.Random(21)
    return [engine.recommend(random_runner(rng, engine.pack, number % 3)) for number in range(RUNNERS)]


def reasons(answer: Recommendation) -> list[Reason | Referral]:
    given = [one for session in answer.sessions for one in session.exercises]
    given += answer.daily.exercises if answer.daily else ()
    running = (*answer.running.reasons, *answer.running.rules) if answer.running else ()
    return [*(reason for one in given for reason in one.reasons), *running, *answer.advice, *answer.referrals]


def test_conditions_are_those_of_the_rule_and_met(engine: Engine, answers: list[Recommendation]) -> None:
    pack, parameters = engine.pack, {name: one.value for name, one in engine.pack.parameters.items()}
    seen = 0
    for answer in answers:
        for reason in reasons(answer):
            patterns = pack.ways[reason.rule][reason.alternative].patterns
            tests = [test for pattern in patterns for test in pattern.tests]
            for one in reason.conditions:
                seen += 1
                assert one.met
                if one.field is None:
                    assert one.kind in pack.derived
                    continue
                shape = (one.kind, one.field, one.operator, one.words, one.parameter)
                (test, *_) = [t for t in tests if (t.kind, t.field, t.op, t.words, t.parameter) == shape]
                assert isinstance(test, RuleTest)
                assert test.met(one.told, parameters)
                assert one.bound == (None if one.parameter is None else parameters[one.parameter])
                assert one.unit == pack.kinds[one.kind].fields[one.field].unit
    assert seen > 500


def test_what_was_told_stands_where_the_condition_says(answers: list[Recommendation]) -> None:
    """But for answers that are old or cannot all be true: those are read the careful way, and notes tell of it."""
    found = differ = 0
    for answer in answers:
        told = answer.runner.model_dump(mode="json")
        if answer.runner.recent_sessions:
            continue
        for one in (one for reason in reasons(answer) for one in reason.conditions if one.about):
            place = tuple(int(part) if part.isdigit() else part for part in str(one.about)[1:].split("/"))
            if place[0] == "faults":
                continue
            assert place[0] != "recent_sessions"  # nothing says which session's
            found += 1
            differ += read_at(told, place) not in (one.told, "not_assessed")
    assert found > 20
    assert differ <= found // 4, (differ, found)


def test_phrases_are_made_of_the_conditions(answers: list[Recommendation]) -> None:
    for answer in answers:
        for reason in reasons(answer):
            if isinstance(reason, Reason):
                assert reason.saw == tuple(phrases(reason.conditions, english()))


def test_a_missed_rule_says_which_conditions_are_not_met(engine: Engine, answers: list[Recommendation]) -> None:
    rng = random.Random(2)
    unmet = 0
    for answer in answers:
        for missed in engine.explain(answer.runner, rng.choice(engine.catalogue.ids)).missed:
            assert bool(missed.conditions) == bool(missed.unmet)
            assert not any(one.met for one in missed.conditions)
            assert {one.field for one in missed.conditions if one.told is None} >= set(missed.unknown)
            unmet += len(missed.conditions)
    assert unmet > 20


def test_conditions_come_back_from_the_short_form_with_other_parameters(pack: Pack) -> None:
    engine = Engine(pack=pack, parameters={"tendon.pain_limit": 4}, evaluator="compiled")
    answer = engine.recommend(engine.read_file(EXAMPLE))
    short = answer.to_json()
    assert "conditions" not in short
    read = Recommendation.from_json(short, runner=answer.runner, pack=pack)
    assert read == answer
    looked = [one for reason in reasons(read) for one in reason.conditions]
    assert {one.bound for one in looked if one.parameter == "tendon.pain_limit"} == {4}


def test_a_condition_in_words() -> None:
    one = Condition(
        kind="complaint", fact="c1", field="pain_during", label="pain during exercise", operator="above", bound=5,
        parameter="tendon.pain_limit", unit="pain 0-10", told=7, met=True,
    )  # fmt: skip
    assert list(phrases([one, one], english())) == [
        "pain during exercise: 7 of 10 (counts when above 5 of 10, tendon.pain_limit)"
    ]
