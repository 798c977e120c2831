"""The laws, as properties of random runners of the bundled pack.

The laws themselves are in ``prehab.testing``, for any pack; what only this pack can be asked is in ``bundled_laws``.
Here each is tried, and each check is shown to notice a pack in which the law does not hold. Laws 10 and 11 belong to
the sessions and are checked by ``check-plan``.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from prehab.decide import Decider
from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.population import changed, places, random_runner, shape_of
from prehab.program import Program
from prehab.rules.load import RULES_FOLDER, load_pack
from prehab.rules.pack import Pack
from prehab.testing import LAWS, Bench, Law, PairLaw, Seen, check_laws, runners
from prehab.testing import pairs as steps
from prehab.testing.laws import (
    begins_at_its_lowest,
    everything_has_a_reason,
    gates_for_springs,
    high_risk_is_referred,
    holds_are_no_bone_work,
    referrals_withhold,
    same_answer_however_told,
    screens_before_load,
    something_is_left,
)
from prehab.testing.seen import softer, softer_as_written
from prehab.week.growth import Growth
from tests.bundled_laws import (
    OWN_LAWS,
    bones_get_no_impact,
    irritable_tendons_hold_still,
    isometrics_build_no_bone,
    springs_have_a_base,
)
from tests.support import engine_of, flipped, retested, tries, with_rule, without

RUNNERS = tries(160)
"""Random runners for each law."""

ROOT = Path(__file__).resolve().parent.parent
LAW = {law.number: law for law in (*LAWS, *OWN_LAWS)}
SLOW = {"13": 8, "5, equipment": 4, "6, held back": 2}
"""Laws that are dear to try, or seldom put to the test by chance, on fewer runners."""
LAWS_OF_ONE = [law for law in LAW.values() if isinstance(law, Law)]


@pytest.fixture(scope="module")
def engine(pack: Pack) -> Engine:
    """The bundled pack, evaluated in plain Python."""
    return engine_of(pack)


@pytest.fixture(scope="module")
def bench(pack: Pack) -> Bench:
    """The same with engines that must answer alike."""
    return Bench.of(pack)


def notices(check: Callable[[Seen], Iterable[str]], engine: Engine, words: str, most: int = 6000) -> bool:
    """Whether a check finds fault with an engine in which its law does not hold."""
    rng = random.Random(words)
    drawn = (Seen(engine, random_runner(rng, engine.pack)) for _ in range(most))
    return any(words in fault for seen in drawn for fault in check(seen))


def only(field: str, moves: steps.Moves) -> steps.Moves:
    """Steps of one named field, so that a check is soon put to the test."""
    return lambda place: moves(place) if place.question.name == field else ()


def notices_steps(number: str, moves: steps.Moves, pack: Pack, most: int = 3000) -> bool:
    """Whether a law about two runners finds fault with a pack, on some steps."""
    law = LAW[number]
    assert isinstance(law, PairLaw)
    return Bench(engine_of(pack)).try_law(replace(law, **steps.stepping(moves)), most) is not None


@pytest.mark.parametrize("number", LAW)
def test_law(number: str, bench: Bench) -> None:
    breach = bench.try_law(LAW[number], RUNNERS // SLOW.get(number, 1))
    assert breach is None, f"\n{breach}"


@settings(max_examples=tries(10))
@pytest.mark.parametrize("law", LAWS_OF_ONE, ids=lambda law: law.number)
@given(drawing=st.data())
def test_laws_about_one_runner(law: Law, engine: Engine, drawing: Any) -> None:
    """The same checks on runners that shrink to readable data."""
    assert not list(law.breaks(Seen(engine, drawing.draw(runners(engine.pack)))))


@settings(max_examples=tries(30))
@pytest.mark.parametrize(("moves", "better"), [(steps.worsened, False), (steps.bettered, True)])
@given(drawing=st.data())
def test_laws_about_two_runners(moves: steps.Moves, better: bool, engine: Engine, drawing: Any) -> None:
    """Laws 4 and 5, where both runner and step shrink."""
    data = drawing.draw(runners(engine.pack))
    place = drawing.draw(st.sampled_from([None, *(p for p in places(engine.pack, data) if moves(p))]))
    if place is not None:
        after = changed(data, place.path, drawing.draw(st.sampled_from(moves(place))))
        pair = Seen(engine, data), Seen(engine, after)
        assert not list(softer_as_written(*(reversed(pair) if better else pair)))


def test_a_breach_is_told_with_the_smallest_runner(pack: Pack) -> None:
    """As a runner file, whatever the law; a law of the author's own is tried beside those for every pack."""
    from_unknown = {"phases.open-heavy", "plyometrics.open-moderate"}
    easy = pack
    for rule in from_unknown:
        easy = retested(easy, rule, lambda t: replace(t, op="unknown", parameter=None) if t.parameter else t)
    never = Law("mine", "Nobody lies on the side.", lambda seen: seen.allowed & {"side_plank"})
    found = check_laws(easy, runners=6000, laws=[LAW["6"]], also=[never])
    assert [breach.law.number for breach in found] == ["6", "mine"]
    about_two, mine = map(str, found)
    assert about_two.startswith(f"# law 6: {LAW['6'].title}\n")
    assert "/strength/weeks_trained:" in about_two
    assert mine == "# law mine: Nobody lies on the side.\n# side_plank\n{}\n"
    for breach in found:
        assert Engine(pack=easy).recommend(yaml.safe_load(str(breach)))
        assert len(json.dumps(breach.runner)) < 400


# -- each check notices -----------------------------------------------------------------------------------------------


def test_law_1_is_checked(pack: Pack) -> None:
    seen_to_be_poor = without(pack, "plyometrics.landing-seen-to-be-poor")
    unlanded = retested(seen_to_be_poor, "plyometrics.open-low", lambda test: None if test.kind == "screen" else test)
    assert notices(springs_have_a_base, engine_of(unlanded), "without a soft landing")
    ungated = retested(pack, "plyometrics.low-class", lambda test: None if test.field == "open" else test)
    assert notices(springs_have_a_base, engine_of(ungated), "its gate is closed")
    assert notices(gates_for_springs, engine_of(ungated), "plyometrics.low-class permits it without a gate")


def test_law_2_is_checked(pack: Pack) -> None:
    unscreened = without(pack, "movement.no-load-before-screen", "movement.practise-first")
    assert notices(screens_before_load, engine_of(unscreened), "load")
    open_to_all = retested(unscreened, "movement.load-after-screen", lambda test: None)
    assert notices(screens_before_load, engine_of(open_to_all), "needs load and is allowed")


def test_law_3_is_checked(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    heedless = engine_of(replace(pack))  # engines of one pack share what is changed here
    decider = heedless._parts.decider
    decider.region_masks = dict.fromkeys(decider.region_masks, 0)
    assert notices(referrals_withhold, heedless, "which is referred")
    monkeypatch.setattr(Decider, "_status", lambda *_: "modify")
    assert notices(referrals_withhold, engine_of(replace(pack)), "and the status is modify")


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ("pain.joint-sore", "pain_during"), ("readiness.very-sore", "soreness"),
        ("readiness.short-sleep", "sleep_h"),
    ],
)  # fmt: skip
def test_law_4_is_checked(rule: str, field: str, pack: Pack) -> None:
    assert notices_steps("4", only(field, steps.worsened), flipped(pack, rule))


def test_law_4_compares_doses_bounds_and_status(engine: Engine) -> None:
    """Not only what is allowed: shown by runners on either side of a rule, compared the wrong way round."""
    able: dict[str, Any] = {"strength": {"weeks_trained": 100}, "screens": {"hinge": "competent"}}
    sore: dict[str, Any] = {"complaints": [{"region": "knee", "pain": {"during": 9, "next_morning": 9}}]}
    calm: dict[str, Any] = {"complaints": [{"region": "knee", "pain": {"during": 0, "next_morning": 0}}]}
    for careful, soft, words in (
        ({"readiness": {"soreness": 4}}, {"readiness": {"soreness": 0}}, "the bound on sets became looser"),
        (
            {"medical": {"weeks_post_partum": 1}},
            {"medical": {"weeks_post_partum": 60}},
            "the bound on external_load became looser",
        ),
        ({"medical": {"pregnant": True}}, {"medical": {"pregnant": False}}, "the status went"),
        (sore, calm, "came to be allowed"),
        (sore, calm, "the scheme became less careful"),
    ):
        faults = list(softer(Seen(engine, able | careful), Seen(engine, able | soft)))
        assert any(words in fault for fault in faults), (words, faults)


def test_law_5_equipment_is_put_to_the_test(engine: Engine) -> None:
    """Equipment more often makes something possible than not."""
    rng = random.Random(5)
    items = list(shape_of(engine.pack).equipment)
    gained = 0
    for _ in range(300):
        data = random_runner(rng, engine.pack)
        after = steps.Step(("strength", "equipment"), rng.choice(items), added=True).taken(data)
        gained += Seen(engine, data).decisions.available != Seen(engine, after).decisions.available
    assert gained > 20


@pytest.mark.parametrize(
    ("rule", "field"), [("phases.open-heavy", "weeks_trained"), ("phases.open-foundation", "balance_s")]
)
def test_law_5_is_checked(rule: str, field: str, pack: Pack) -> None:
    assert notices_steps("5", only(field, steps.bettered), flipped(pack, rule))


def test_law_6_is_checked(pack: Pack) -> None:
    shy = retested(pack, "phases.open-heavy", lambda t: replace(t, op="unknown", parameter=None) if t.parameter else t)
    assert notices_steps("6", only("weeks_trained", steps.forgotten), shy)
    assert notices_steps("6, learnt", only("weeks_trained", steps.learnt), shy)
    assert len(steps.holding(pack)) >= 10
    forgetful = retested(pack, "movement.practise-first", lambda t: replace(t, unknown=False))
    assert Bench(engine_of(forgetful)).try_law(LAW["6, held back"], 3000) is not None


def test_law_7_is_checked(pack: Pack) -> None:
    floor = "movement.easy-work", "movement.body-weight", "phases.running-drills", "movement.load-without-screen"
    barren = without(pack, *floor)
    assert notices(something_is_left, engine_of(barren), "nothing is allowed")
    assert notices(silenced, engine_of(pack), "no reason is given")
    assert notices(given_nothing, engine_of(pack), "and nothing is given")


def silenced(seen: Seen) -> Iterator[str]:
    """Law 7, of an answer that keeps its reasons to itself."""
    seen.__dict__["answer"] = seen.answer.model_copy(update={"withheld": (), "uncovered": ()})
    yield from something_is_left(seen)


def given_nothing(seen: Seen) -> Iterator[str]:
    """Law 7, of an answer that loses its sessions."""
    seen.__dict__["answer"] = seen.answer.model_copy(update={"sessions": (), "daily": None})
    yield from something_is_left(seen)


def test_law_8_is_checked(engine: Engine, pack: Pack) -> None:
    assert notices(irritable_tendons_hold_still, engine_of(without(pack, "tendon.only-holds")), "moves an irritable")
    assert not list(isometrics_build_no_bone(pack))
    exercises = {
        key: exercise.model_copy(update={"osteogenic": 2}) for key, exercise in pack.catalogue.exercises.items()
    }
    stiff = replace(pack, catalogue=replace(pack.catalogue, exercises=exercises))
    assert any("bone loading" in fault for fault in isometrics_build_no_bone(stiff))
    assert notices(holds_are_no_bone_work, engine_of(stiff), "counts as bone loading")


def test_law_9_is_checked(pack: Pack) -> None:
    jarring = without(pack, "bone.no-impact", "bone.nothing-on-a-sore-bone", "bone.light-until-cleared")
    assert notices(bones_get_no_impact, engine_of(jarring), "has impact")
    unsent = without(
        pack, "bone.high-risk-site", "bone.high-risk-known", "bone.femoral-neck", "bone.not-cleared", "bone.sign"
    )
    assert notices(high_risk_is_referred, engine_of(unsent), "is not referred")


def test_law_12_is_checked(pack: Pack) -> None:
    unfounded = with_rule(pack, replace(pack.by_id["movement.body-weight"], sources=(), consensus=False))
    assert notices(everything_has_a_reason, engine_of(unfounded), "without a permit that has a source")
    assert notices(told_twice, engine_of(pack), "withheld twice")


def told_twice(seen: Seen) -> Iterator[str]:
    """Law 12, of an answer that says everything twice."""
    seen.__dict__["answer"] = seen.answer.model_copy(update={"withheld": seen.answer.withheld * 2})
    yield from everything_has_a_reason(seen)


def test_law_13_is_checked(engine: Engine, pack: Pack) -> None:
    other = replace(pack, rules=tuple(replace(rule, because=rule.because + " So.") for rule in pack.rules))
    assert digest(engine_of(other), 5) != digest(engine, 5)
    seen = Seen(engine, {"running": {"key_days": ["sat", "tue"]}}, (engine_of(other),))
    assert any("answers otherwise" in fault for fault in same_answer_however_told(seen))


def test_law_15_is_checked(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    hasty = engine_of(replace(pack))  # engines of one pack share the doses that they have worked out
    monkeypatch.setattr(Growth, "share", lambda self, bit: 1.0)
    for name in ("sets", "effort_rpe", "hold_s", "contacts", "reps"):
        assert notices(begins_at_its_lowest, hasty, f"{name} begins at")


# -- with other numbers ------------------------------------------------------------------------------------------------


def other_numbers(rng: random.Random, pack: Pack) -> dict[str, float]:
    """Half of the numbers that may be overridden, each at an end or in the middle of its range, in their order."""
    free = [name for name in pack.parameters if name not in pack.fixed_parameters]
    values: dict[str, float] = {}
    for name in rng.sample(free, len(free) // 2):
        low, high = pack.parameters[name].range
        values[name] = rng.choice((low, high, (low + high) / 2))
    while True:
        try:
            Program(pack, values)
        except InputError as error:
            for fault in error.faults:
                name = fault.path.rpartition("/")[2]
                values.pop(name, None)
                values.pop(str(pack.parameters[name].at_most), None)
        else:
            return values


@pytest.mark.parametrize("seed", range(tries(2)))
def test_the_laws_hold_with_other_numbers(seed: int, pack: Pack) -> None:
    """Whatever an app or a clinician sets inside the ranges."""
    numbers = other_numbers(random.Random(seed), pack)
    assert len(numbers) > 20
    bench = Bench(engine_of(pack, parameters=numbers))
    for law in LAW.values():
        breach = bench.try_law(law, 60 if isinstance(law, Law) else 150, seed)
        assert breach is None, f"{numbers}\n{breach}"


# -- law 13 in other processes and orders ------------------------------------------------------------------------------


def digest(engine: Engine, count: int, seed: int = 13) -> str:
    """What many answers amount to."""
    rng = random.Random(seed)
    found = hashlib.sha256()
    for _ in range(count):
        data = random_runner(rng, engine.pack)
        found.update(engine.recommend(data).to_json().encode())
        found.update(engine.explain(data, rng.choice(engine.pack.catalogue.ids)).to_json().encode())
    return found.hexdigest()


def test_law_13_in_other_processes(engine: Engine) -> None:
    """Nor does it hang on the process: what has no order of its own (sets, hashes) is never written in that order."""
    code = "from tests.test_laws import digest, engine_of, load_pack; print(digest(engine_of(load_pack()), 60))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == digest(engine, 60)


def test_law_13_whatever_the_rule_order(engine: Engine, pack: Pack, tmp_path: Path) -> None:
    """Rule files with their rules in another order are the same pack."""
    rng = random.Random(13)
    folder = tmp_path / "rules"
    shutil.copytree(RULES_FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.cases.yaml"))
    for path in folder.glob("*.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if "rules" in content:
            names = rng.sample(list(content["rules"]), len(content["rules"]))
            content["rules"] = {name: content["rules"][name] for name in names}
            content["parameters"] = dict(reversed(content.get("parameters", {}).items()))
            path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    turned_round = load_pack(folder)
    assert turned_round.digest == pack.digest
    assert digest(engine_of(turned_round), 40) == digest(engine, 40)
