"""Comparing packs: the direction of known changes, who is skipped and why, the smallest runner, the words."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from prehab.cli import main
from prehab.cli.common import Progress
from prehab.compare import (
    EFFECTS,
    Comparison,
    Side,
    broken,
    compare,
    firing_share,
    promises_are_kept,
    worse_is_never_looser,
)
from prehab.compare.changes import changes
from prehab.compare.differences import Pair
from prehab.compare.people import placed_runners, random_runners
from prehab.compare.report import _together
from prehab.compare.screening import Screening
from prehab.compare.telling import runner_text, tell
from prehab.engine import Engine, evaluators
from prehab.graph.faults import InputError
from prehab.graph.load import GRAPH_FOLDER
from prehab.population import changed, random_runner
from prehab.program import Program
from prehab.rules.language import OPPOSITE, Rule
from prehab.rules.load import RULES_FOLDER, load_cases
from prehab.rules.pack import Pack
from prehab.rules.statements import load_statements
from tests.packs import quickly
from tests.support import retested, tries, with_rule, without

work_once = pytest.fixture(autouse=True)(quickly)

BACKWARDS = {"looser": "stricter", "stricter": "looser"}


@pytest.fixture(scope="module")
def old(pack: Pack) -> Side:
    """The bundled pack with its cases."""
    return Side(pack, cases=load_cases(pack))


def against(old: Side, pack: Pack, runners: int = 150, **more: Any) -> Comparison:
    """The bundled pack compared with another one."""
    return compare(old, Side(pack, cases=old.cases), runners=runners, **{"laws": (), **more})


def able(raises: int) -> dict[str, Any]:
    """A runner who may do small jumps if so many heel raises are enough."""
    screens = ("squat", "hinge", "push", "pull", "rotate", "landing")
    leg = {"balance_s": 40, "calf_raises": raises}
    return {
        "strength": {"weeks_trained": 8},
        "screens": dict.fromkeys(screens, "competent"),
        "legs": {"left": leg, "right": {**leg, "calf_raises": 40}},
    }


def differences(old: Side, new: Side, data: Mapping[str, Any]) -> list[Any]:
    """Everything that differs for a runner, decided in full on both sides."""
    before, after = old.runner(data), new.runner(data)
    assert before is not None
    assert after is not None
    return Pair(old, new).differences(old.answer(before), new.answer(after))


def edited(rng: random.Random, pack: Pack) -> tuple[str, Side]:
    """A random edit: a rule dropped, a condition dropped or turned round, a number moved."""
    rule = rng.choice(pack.rules)
    kind = rng.choice(("drop", "forget", "turn", "ask", "number", "number"))
    if kind == "drop":
        return f"without {rule.id}", Side(without(pack, rule.id))
    if kind == "number":
        while True:
            name = rng.choice([name for name in pack.parameters if name not in pack.fixed_parameters])
            try:
                number = pack.parameters[name]
                return name, Side(pack, {name: rng.choice([end for end in number.range if end != number.value])})
            except InputError:  # it would be out of order
                continue
    tests = [t for v in pack.variants if pack.rules[v.rule] is rule for p in v.patterns for t in p.tests]
    keys = {field for name in pack.kinds for field in pack.kinds[name].keys}
    free = [test for test in tests if test.field not in keys]
    if not free:
        return edited(rng, pack)
    chosen = rng.choice(free)
    made = {
        "forget": None,
        "turn": replace(chosen, op=OPPOSITE[chosen.op]),
        "ask": replace(chosen, unknown=not chosen.unknown),
    }
    return f"{kind} {chosen} in {rule.id}", Side(retested(pack, rule.id, lambda t: made[kind] if t == chosen else t))


# -- known changes ----------------------------------------------------------------------------------------------------


def test_a_number_touches_those_between_the_old_value_and_the_new(old: Side, pack: Pack) -> None:
    new = Side(pack, {"plyo.calf_raises": 25})
    for raises in range(15, 32):
        found = differences(old, new, able(raises))
        assert bool(found) == (20 <= raises < 25), raises
        assert {one.way for one in found} <= {"stricter"}
        assert ("pogo_hops" in {one.about for one in found}) == (20 <= raises < 25)


def test_a_number_is_told_with_whom_it_touches(old: Side, pack: Pack) -> None:
    found = compare(old, Side(pack, {"plyo.calf_raises": 25}, cases=old.cases), runners=3000)
    assert found.verdict == found.effects["allowed"] == found.effects["gates"] == "stricter"
    touched = {effect for effect in EFFECTS if found.effects[effect] != "equivalent"}
    assert touched == {"allowed", "gates", "questions"}
    assert (found.random.tried, found.random.sooner) == (3000, 0)
    assert 0 < found.random.changed < 300
    assert found.cases.changed
    assert found.placed.later
    assert next(iter(found.rules)) == "plyometrics.open-low"
    assert found.exercises["pogo_hops"]["later"]
    assert found.smallest.keys() == {"stricter"}
    assert not found.laws
    assert found.laws_tried > 5


def test_what_forbids_is_stricter_to_add_and_looser_to_remove(old: Side, pack: Pack) -> None:
    freed = Side(without(pack, "tendon.only-holds"), cases=old.cases)
    found, backwards = (compare(*sides, runners=150, laws=()) for sides in ((old, freed), (freed, old)))
    assert (found.verdict, backwards.verdict) == ("looser", "stricter")
    assert found.random.sooner == backwards.random.later == found.random.changed > 0
    assert found.rules["tendon.only-holds"] == backwards.rules["tendon.only-holds"] > found.random.changed
    assert [(one.id, one.how) for one in found.changes] == [("tendon.only-holds", "removed")]
    assert [(one.id, one.how) for one in backwards.changes] == [("tendon.only-holds", "added")]


def test_another_sentence_changes_no_decision(old: Side, pack: Pack) -> None:
    rule = pack.by_id["tendon.only-holds"]
    text = {**rule.text, "because": "It is sore, so it holds still.", "sources": ["rio2015"]}
    found = against(old, with_rule(pack, replace(rule, because=text["because"], text=text)))
    assert (found.verdict, found.exact, found.random.tried) == ("equivalent", True, 0)
    assert [(one.id, {part.name for part in one.parts}) for one in found.changes] == [(rule.id, {"because", "sources"})]
    assert "only words, sources or statements differ" in " ".join(tell(found))


def test_other_advice_has_no_direction(old: Side, pack: Pack) -> None:
    rule = next(rule for rule in pack.rules if [effect.type for effect in rule.effects] == ["advise"])
    effect = replace(rule.effects[0], data={**rule.effects[0].data, "say": "Rest well."})
    text = {**rule.text, "advise": {"say": "Rest well."}}
    found = against(old, with_rule(pack, replace(rule, effects=(effect,), text=text)), runners=600)
    assert found.verdict == "other"
    assert {effect for effect, way in found.effects.items() if way != "equivalent"} == {"advice"}
    assert found.smallest["other"].differences[1].about == "Rest well."
    assert set(found.rules) == {rule.id}


def test_a_rule_under_another_name_decides_the_same(old: Side, pack: Pack) -> None:
    rules = tuple(replace(r, id="tendon.hold-still") if r.id == "tendon.only-holds" else r for r in pack.rules)
    found = against(old, replace(pack, rules=rules, stored_digest="0" * 64))
    (change,) = found.changes
    assert (change.how, change.id, change.to) == ("renamed", "tendon.only-holds", "tendon.hold-still")
    assert found.verdict == "equivalent"
    assert found.random.tried == 150
    assert not found.rules


def test_a_weight_changes_only_what_is_chosen(old: Side, pack: Pack) -> None:
    found = against(old, without(pack, "session.prefer-bone"), runners=300)
    assert found.verdict == "other"
    assert {effect for effect, way in found.effects.items() if way != "equivalent"} == {"session"}
    assert re.search(r"\n  session · (most days|session \d|days of session \d)[^:]*: ", "\n".join(tell(found)))
    json.dumps(found.as_dict())


def test_a_scheme_is_compared_by_what_it_allows(old: Side, pack: Pack) -> None:
    nobody = old.runner({})
    assert nobody is not None
    used = next(iter(old.answer(nobody).decisions.schemes))
    scheme = pack.schemes[used]
    for sets, way in (([scheme.sets[0], scheme.sets[1] + 1], "looser"), ([1, scheme.sets[1] - 1], "stricter")):
        schemes = {**pack.schemes, used: scheme.model_copy(update={"sets": sets})}
        found = differences(old, Side(replace(pack, schemes=schemes)), {})
        assert {(one.effect, one.way) for one in found} == {("scheme", way)}
    found = against(old, replace(pack, schemes=schemes, stored_digest="0" * 64), runners=20)
    assert (found.verdict, found.changes[0].table, found.changes[0].id) == ("stricter", "scheme", used)
    assert found.cases.changed
    assert found.rules


def test_an_exercise_that_only_one_graph_holds_is_no_error(old: Side, pack: Pack) -> None:
    first = pack.catalogue.ids[0]
    kept = {key: one for key, one in pack.catalogue.exercises.items() if key != first}
    fewer = replace(pack.catalogue, exercises=kept)

    def without_it(rule: Rule) -> Rule:
        effects = (replace(e, masks={key: mask >> 1 for key, mask in e.masks.items()}) for e in rule.effects)
        return replace(rule, effects=tuple(effects))

    rules = tuple(map(without_it, pack.rules))
    new = Side(replace(pack, catalogue=fewer, rules=rules, stored_digest="0" * 64))
    for data in ({}, able(30)):
        found = differences(old, new, data)
        allowed = bool(old.answer(old.runner(data)).allowed & 1)  # type: ignore[arg-type]
        gone = [one.about for one in found if one.effect == "allowed"]
        assert gone == ([first] if allowed else [])
    assert new.runner({"recent_sessions": [{"days_ago": 1, "exercises": [first]}]}) is None


# -- all changes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(tries(5)))
def test_a_comparison_read_backwards_says_the_opposite(
    seed: int, old: Side, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prehab.compare.people._MOST_PLACED", 150)  # a number may be read by sixty rules
    what, new = edited(random.Random(seed), pack)
    found, back = (compare(*sides, runners=60, laws=()) for sides in ((old, new), (new, old)))
    for effect in EFFECTS:
        assert back.effects[effect] == BACKWARDS.get(found.effects[effect], found.effects[effect]), (what, effect)
    assert (found.random.sooner, found.random.later) == (back.random.later, back.random.sooner), what
    assert found.random.changed == back.random.changed
    assert {BACKWARDS.get(way, way) for way in found.smallest} == set(back.smallest)
    assert found.rules == back.rules
    assert len(found.changes) == len(back.changes) >= 1


def test_who_is_skipped_would_be_told_the_same(old: Side, pack: Pack) -> None:
    """What `Screening` calls untouched, or asked the same, is so when it is decided in full."""
    rng = random.Random(5)
    skipped = asked = touched = 0
    for _ in range(8):
        what, new = edited(rng, pack)
        screening = Screening(old, new, changes(old.program, new.program))
        for data in random_runners((old, new), 12, rng.randrange(1000)):
            runner = old.runner(data)
            assert runner is not None
            facts = old.builder.build(runner)
            passed = screening.passed(facts)
            early = not passed and not screening.within_reach(facts)
            answers = old.answer(runner), new.answer(runner)
            gates = answers[0].decisions.inference.gates
            late = not passed and not screening.within_reach(answers[0].decisions.inference.facts, gates)
            assert late or not early
            found = Pair(old, new).differences(*answers)
            touched += bool(found)
            if late:
                skipped += 1
                assert not found, (what, json.dumps(data))
            elif screening.same_questions(*answers):
                asked += 1
                assert answers[0].asked == answers[1].asked, (what, json.dumps(data))
            if not screening.sessions:
                assert not any(one.effect == "session" for one in found), (what, json.dumps(data))
    assert skipped > 30
    assert asked > 3
    assert touched > 3


def test_what_is_compared_twice_comes_out_the_same(old: Side, pack: Pack) -> None:
    new = Side(pack, {"plyo.run_calf_raises": 20}, cases=old.cases)
    told = [json.dumps(compare(old, new, runners=80, seed=3).as_dict()) for _ in range(2)]
    assert told[0] == told[1]
    assert json.loads(told[0])["runners"]["random"]["seed"] == 3


def test_the_same_pack_needs_no_runner(old: Side, pack: Pack) -> None:
    def never(done: int, total: int) -> None:
        pytest.fail("a runner was tried")

    found = compare(old, Side(pack), progress=never)
    assert (found.verdict, found.exact, found.changes) == ("equivalent", True, ())
    assert list(tell(found)) == ["EQUIVALENT: nothing differs."]


def test_every_pair_of_directions_has_a_word() -> None:
    assert _together(["equivalent", "looser"]) == "looser"
    assert _together(["looser", "stricter"]) == _together(["mixed", "other"]) == "mixed"
    assert _together(["other", "stricter"]) == "stricter"
    assert _together(["other"]) == "other"
    assert _together([]) == "equivalent"


# -- whom it tries ----------------------------------------------------------------------------------------------------


def test_runners_are_placed_on_both_bounds_and_next_to_them(old: Side, pack: Pack) -> None:
    new = Side(pack, {"plyo.calf_raises": 25}, cases=old.cases)
    placed = placed_runners((old, new), {"plyometrics.open-low"}, 0)
    assert placed == placed_runners((new, old), {"plyometrics.open-low"}, 0)
    told = {one.get("legs", {}).get("left", {}).get("calf_raises") for one in placed}
    assert told >= {None, 19, 20, 21, 24, 25, 26}
    assert all(old.runner(one) is not None for one in placed)


def test_random_runners_come_from_both_sides(old: Side, pack: Pack) -> None:
    new = Side(pack, {"plyo.calf_raises": 17})
    people = list(random_runners((old, new), 400, 1))
    assert people == list(random_runners((new, old), 400, 1))
    raises = {one.get("legs", {}).get("left", {}).get("calf_raises") for one in people}
    assert {16, 17, 18} <= raises
    assert {19, 20, 21} <= raises


def test_a_rule_fires_for_a_share_of_random_runners(old: Side) -> None:
    rng = random.Random(0)
    people = [old.runner(random_runner(rng, old.pack)) for _ in range(200)]
    answers = [old.answer(one) for one in people if one is not None]
    fired = sum(bool(old.fired(one, ["tendon.only-holds"])) for one in answers)
    assert firing_share(old, "tendon.only-holds", runners=200) == fired / 200
    assert 0 < fired < 200
    with pytest.raises(InputError, match=r"tendon\.only-holds"):
        firing_share(old, "tendon.only-hold")


# -- the smallest runner ----------------------------------------------------------------------------------------------


def smaller(data: Any) -> list[Any]:
    """The same with one thing left out, in every way."""
    if isinstance(data, list):
        parts = [(number, value) for number, value in enumerate(data)]
        left = [data[:number] + data[number + 1 :] for number in range(len(data))]
    elif isinstance(data, dict):
        parts = list(data.items())
        left = [{k: v for k, v in data.items() if k != key} for key in data]
    else:
        return []
    return left + [changed(data, (key,), inner) for key, value in parts for inner in smaller(value)]


@pytest.mark.parametrize(
    ("edit", "way"),
    [
        (lambda pack: Side(without(pack, "tendon.only-holds")), "looser"),
        (lambda pack: Side(pack, {"plyo.calf_raises": 25}), "stricter"),
        (lambda pack: Side(without(pack, "bone.high-risk-site", "bone.femoral-neck", "bone.not-cleared")), "looser"),
    ],
)
def test_the_smallest_runner_is_smallest_and_differs_on_both_evaluators(
    edit: Any, way: str, old: Side, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = edit(pack)
    new.cases = old.cases
    example = compare(old, new, runners=200, laws=()).smallest[way]  # type: ignore[index]
    ways = {(one.effect, one.way) for one in example.differences}
    wanted = next((effect, way) for effect in EFFECTS if (effect, way) in ways)
    for data in smaller(example.runner):
        if old.runner(data) is not None:
            assert wanted not in {(one.effect, one.way) for one in differences(old, new, data)}, data
    read = Engine(evaluator="compiled").read_text(runner_text(example.runner))
    assert read.model_dump(exclude_unset=True) == old.runner(example.runner).model_dump(exclude_unset=True)  # type: ignore[union-attr]
    for pair in zip(evaluators(old.program), evaluators(new.program), strict=True):
        for side, evaluator in zip((old, new), pair, strict=True):
            monkeypatch.setattr(side, "evaluator", evaluator)
        assert differences(old, new, example.runner) == list(example.differences)


# -- laws -------------------------------------------------------------------------------------------------------------


def test_a_change_that_breaks_a_law_is_told(old: Side, pack: Pack) -> None:
    turned = retested(pack, "pain.hurts-to-walk", lambda t: replace(t, op=OPPOSITE[t.op]) if t.parameter else t)
    found = compare(old, Side(turned, cases=old.cases), runners=150)
    assert found.verdict == "mixed"
    (law,) = found.laws
    assert law.law == "worse_is_never_looser"
    assert "went from" in law.says
    assert list(worse_is_never_looser(Side(turned), law.runner))
    assert not list(worse_is_never_looser(old, law.runner))
    assert "A LAW IS BROKEN" in "\n".join(tell(found))


def test_a_promise_of_the_authors_that_is_no_longer_kept_is_told(pack: Pack) -> None:
    statements = load_statements(pack)
    old, new = Side(pack, statements=statements), Side(without(pack, "tendon.only-holds"), statements=statements)
    (law,) = compare(old, new, runners=150, laws=[promises_are_kept]).laws
    assert "is allowed" in law.says
    assert any(law.says.startswith(f"{one.id}: ") and law.says.endswith(one.says) for one in statements)
    assert list(promises_are_kept(new, law.runner))
    assert not list(promises_are_kept(old, law.runner))


def test_a_promise_that_is_gone_is_told(pack: Pack) -> None:
    statements = load_statements(pack)
    found = compare(Side(pack, statements=statements), Side(pack, statements=statements[1:]))
    assert [(one.table, one.id, one.how) for one in found.changes] == [("statement", statements[0].id, "removed")]
    assert (found.verdict, found.exact) == ("equivalent", True)


def test_any_law_can_be_asked_for(pack: Pack) -> None:
    def nobody_hops(side: Side, data: Mapping[str, Any]) -> list[str]:
        runner = side.runner(data)
        assert runner is not None
        hops = "pogo_hops" in side.pack.ids(side.answer(runner).allowed)
        return ["pogo_hops is allowed"] if hops else []

    old, new = Side(pack), Side(pack, {"plyo.calf_raises": 25})
    assert [one.says for one in broken([nobody_hops], new, old, [able(20)])] == ["pogo_hops is allowed"]
    assert not list(broken([nobody_hops], new, old, [able(30), able(10)]))
    assert compare(new, old, runners=0, laws=[nobody_hops]).laws[0].law == "nobody_hops"
    assert not compare(old, new, runners=0, laws=[nobody_hops]).laws


# -- at the command line ----------------------------------------------------------------------------------------------


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["rules", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The bundled rules, to be changed."""
    shutil.copytree(RULES_FOLDER, tmp_path / "rules", ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.md"))
    return tmp_path / "rules"


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_try_says_it_in_a_few_lines() -> None:
    code, out, err = run("try", "plyo.run_calf_raises=20", "--runners", "300", "--seed", "4")
    assert code == 0
    assert err.startswith("pack: ")
    assert len(err.splitlines()) == 1  # the same pack with another number
    assert out.startswith("parameter plyo.run_calf_raises: value 10 -> 20\n\nSTRICTER")
    assert "300 random runners (seed 4): " in out
    assert "0 laws broken" in out
    assert "THE SMALLEST RUNNER, stricter\n" in out
    assert all(len(line) <= 80 for line in out.splitlines())


def test_the_exit_status_says_looser_where_it_is_asked_to() -> None:
    some = ("--runners", "50")
    assert run("try", "plyo.run_calf_raises=5", *some)[0] == 0
    assert run("try", "plyo.run_calf_raises=5", *some, "--exit-code")[0] == 1
    assert run("try", "plyo.run_calf_raises=20", *some, "--exit-code")[0] == 0


def test_the_json_keys_are_those_of_the_help() -> None:
    code, out, _ = run("try", "plyo.run_calf_raises=20", "--runners", "50", "--json")
    data = json.loads(out)
    help_text = run("diff", "--help")[1]
    named = help_text.partition("JSON keys:")[2].partition(".")[0]
    assert code == 0
    assert set(re.findall(r"\w+", re.sub(r"\(.*?\)", "", named, flags=re.DOTALL))) == set(data)
    assert set(data["runners"]) == {"cases", "placed", "random"}
    assert data["new"]["parameters"] == {"plyo.run_calf_raises": 20}
    assert data["smallest"]["stricter"]["differences"][0]["way"] == "stricter"


def test_the_smallest_runner_can_be_saved(tmp_path: Path) -> None:
    path = tmp_path / "runner.yaml"
    words = ("--runners", "50", "--runner-file", str(path))
    code, out, _ = run("try", "plyo.run_calf_raises=20", *words)
    assert code == 0
    assert path.read_text(encoding="utf-8").replace("\n", "\n  ").strip() in out
    allowed = [Engine(parameters=p, evaluator="compiled").recommend(Engine().read_file(path)).allowed
               for p in ({}, {"plyo.run_calf_raises": 20})]  # fmt: skip
    assert set(allowed[1]) < set(allowed[0])
    path.unlink()
    code, _, err = run("try", "plyo.run_calf_raises=10", *words)
    assert (code, path.exists()) == (0, False)
    assert "was not written" in err
    code, _, err = run(
        "try", "plyo.run_calf_raises=20", "--runners", "50", "--runner-file", str(tmp_path / "no" / "r.yaml")
    )
    assert code == 2
    assert "there is no folder" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plyo.calf_raise=20"], ["unknown parameter `plyo.calf_raise`", "did you mean `plyo.calf_raises`"]),
        (["plyo.calf_raises=99"], ["`plyo.calf_raises` may go from 15 to 35 repetitions, not 99"]),
        (["plyo.calf_raises=30"], ["`plyo.calf_raises` = 30.0 is above `plyo.calf_raises_high` = 25"]),
        (["plyo.calf_raises=many", "pain.none"], ["`plyo.calf_raises=many` is not NAME=NUMBER", "`pain.none` is not"]),
        (["plyo.calf_raises=22", "plyo.calf_raises=23"], ["`plyo.calf_raises` was given already"]),
        (["referral.load_min=9", "x=1"], ["`referral.load_min` may go from 2 to 3", "unknown parameter `x`"]),
        (["plyo.calf_raises=nan"], ["must be a number"]),
    ],
)
def test_a_number_that_cannot_be_is_told(words: list[str], told: list[str]) -> None:
    code, out, err = run("try", *words)
    assert (code, out) == (2, "")
    assert all(part in err for part in told), err


def test_a_number_that_selects_exercises_is_compiled_anew(pack: Pack) -> None:
    name = "tendon.irritable_load"
    assert name in pack.fixed_parameters
    assert pack.parameters[name].value > pack.parameters[name].range[0]
    code, out, _ = run("try", f"{name}={pack.parameters[name].range[0]}", "--runners", "100", "--json")
    data = json.loads(out)
    assert (code, data["verdict"]) == (0, "stricter")
    assert {one["id"] for one in data["changes"]} >= {name, "tendon.only-holds"}
    assert data["old"]["digest"] != data["new"]["digest"]


def test_diff_of_folders(folder: Path) -> None:
    assert run("diff", "bundled", str(folder))[1] == "EQUIVALENT: nothing differs.\n"
    rewrite(
        folder / "heel.yaml",
        "calf_raises: {at_least: plyo.calf_raises}",
        "calf_raises: {at_least: plyo.calf_raises_high}",
    )
    rewrite(folder / "plyometrics.yaml", "because: A strength base", "because: Yes, a strength base")
    code, out, _ = run("diff", "bundled", str(folder.parent), "--runners", "50", "--json")
    data = json.loads(out)
    assert (code, data["verdict"], data["old"]["name"]) == (0, "stricter", "bundled")
    assert [(one["id"], [part["part"] for part in one["parts"]]) for one in data["changes"]] == [
        ("heel.calf-before-springs", ["unless"]),
        ("plyometrics.open-low", ["because"]),
    ]
    assert data["runners"]["cases"]["tried"] >= 2
    assert data["runners"]["placed"]["later"]  # random runners hardly ever have all that it takes
    assert data["smallest"]["stricter"]["runner"]["strength"]["weeks_trained"] < 100
    assert list(data["rules"]) == ["heel.calf-before-springs"]


def test_diff_of_graphs(tmp_path: Path) -> None:
    graph = tmp_path / "graph"
    shutil.copytree(GRAPH_FOLDER, graph, ignore=shutil.ignore_patterns("*.py", "__pycache__", "explorer", "*.md"))
    rewrite(graph / "exercises" / "calf_foot.yaml", "impact: 0", "impact: 1")
    code, out, _ = run("diff", "bundled", "bundled", "--new-graph", str(graph), "--runners", "40", "--json")
    data = json.loads(out)
    assert code == 0, out
    tables = {(one["table"], one["id"]): one for one in data["changes"]}
    (exercise,) = [one for (table, _), one in tables.items() if table == "exercise"]
    assert exercise["parts"] == [{"part": "impact", "old": 0, "new": 1}]
    assert any(
        part["part"] == "selects" for (table, _), one in tables.items() if table == "rule" for part in one["parts"]
    )
    assert not data["exact"]


def test_a_folder_that_is_no_pack_is_told(tmp_path: Path, folder: Path) -> None:
    code, _, err = run("diff", "bundled", str(tmp_path / "nowhere"))
    assert code == 2
    assert "there is no folder" in err
    assert "`bundled`" in err
    (tmp_path / "empty").mkdir()
    code, _, err = run("diff", str(tmp_path / "empty"), "bundled")
    assert code == 2
    assert "holds no rule pack" in err
    rewrite(folder / "heel.yaml", "fact: complaint", "fact: complain")
    code, out, err = run("diff", "bundled", str(folder))
    assert (code, out) == (2, "")
    assert f"{folder}/heel.yaml:" in err
    assert "did you mean `complaint`" in err
    code, out, _ = run("diff", str(tmp_path / "nowhere"), str(folder), "--json")
    assert code == 2
    assert [(one["code"], one.get("file")) for one in json.loads(out)["errors"]] == [
        ("no-folder", None),
        ("unknown-fact", f"{folder}/heel.yaml"),
    ]


def test_show_counts_cases_and_random_runners() -> None:
    code, out, _ = run("show", "plyometrics.open-low", "--population")
    assert code == 0
    assert "\nCASES     " in out
    assert "of 1,000 random runners\n" in out
    data = json.loads(run("show", "plyometrics.open-low", "--json")[1])
    assert data["cases"] >= 3
    assert "fires_for" not in data


def test_progress_is_shown_only_on_a_terminal_and_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    for stream, waited, shown in ((Terminal(), 2, True), (Terminal(), 0, False), (StringIO(), 2, False)):
        monkeypatch.setattr(sys, "stderr", stream)
        progress = Progress()
        progress.begun -= waited
        progress(1200, 10_000)
        assert ("1,200 of 10,000 runners" in stream.getvalue()) == shown
        progress.clear()
        assert stream.getvalue().endswith("\r") == shown


def test_it_needs_no_testing_extra() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = sys.modules['pytest'] = sys.modules['z3'] = None\n"
        "from prehab.cli import main\n"
        "main(['rules', 'try', 'plyo.run_calf_raises=20', '--runners', '5'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "STRICTER" in done.stdout


def test_a_side_refuses_what_a_program_refuses(pack: Pack) -> None:
    with pytest.raises(InputError) as refused:
        Side(pack, {"plyo.calf_raises": 99})
    with pytest.raises(InputError) as likewise:
        Program(pack, {"plyo.calf_raises": 99})
    assert str(refused.value) == str(likewise.value)
