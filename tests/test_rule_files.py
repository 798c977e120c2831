# ruff: noqa: E501 - whole rules and whole messages, one beside the other
"""Broken rule files: the loader and the check name every fault with its file and line, and never a traceback.

Each test adds one small wrong thing to sound rules: a rule in a file of its own (``trial.yaml``), or a line in
``vocabulary.yaml`` or ``schemes.yaml``. Exactly the fault that was put in must be found, and nothing that follows
from it. (One sample of each finding stands on its page and is tried in ``test_findings``; here are the other ways to
come by it.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import prehab.graph.load
import prehab.rules.load
from prehab.cli import main
from prehab.graph.faults import Fault, PackError
from prehab.graph.load import GRAPH_FOLDER, GraphRead, load_catalogue
from prehab.rules.checks import ENGINE_PARAMETERS, direction
from prehab.rules.language import Test as RuleTest
from prehab.rules.load import RULES_FOLDER, load_cases, load_pack
from prehab.rules.pack import Pack
from prehab.rules.select import Masks
from prehab.rules.vocabulary import Field
from tests.hostile import FOREIGN
from tests.packs import copy_of, found_in, quickly
from tests.support import tries

HEAD = """\
about: A trial of the checks.
parameters:
  trial.limit: {value: 2, unit: weeks, range: [1, 3], consensus: true}
rules:
  trial.other:
    because: It uses the parameter, whatever the other rule does.
    when: [{fact: strength, weeks_off: {above: trial.limit}}]
    advise: {say: "Welcome back."}
    evidence: consensus
    consensus: true
"""
RULE = {
    "because": "Nothing but a trial of the checks.",
    "when": "[{fact: strength, weeks_off: {above: trial.limit}}]",
    "unknown": "asks",
    "forbid": "{exercises: {pattern: squat}}",
    "evidence": "consensus",
    "consensus": "true",
}
PERMIT = {"unknown": None, "forbid": None, "permit": "{exercises: {pattern: squat}}"}
KNEE = "[{fact: complaint, key: $c, region: knee}]"


NEEDS_THE_BUNDLED = (
    "test_one_wrong_thing[an opened gate for", "test_one_wrong_thing[a caution until a sign",
    "test_one_wrong_thing[a caution lifted by asking", "test_one_wrong_thing[a caution for an open gate",
    "test_a_dose_that_does_not_fit", "test_the_nearest_name[changes9", "test_what_is_right_is_let_through[changes8",
    "test_a_gate_that_needs_itself", "test_a_parameter_that_the_engine_needs",
    "test_a_wrong_line_in_the_vocabulary[age_years:-      today: {type: boolean, ask_if",
    "test_a_wrong_line_in_the_vocabulary[^runs:", "test_a_value_that_is_not_asked_for",
    "test_an_exercise_that_no_rule_reaches", "test_a_right_case", "test_rules_check_names_the_faults",
)  # fmt: skip
"""The tests, or cases of one, about something that only the bundled rules have, or that read them by default."""


@cache
def small(name: str) -> str:
    return (FOREIGN / "rules" / name).read_text(encoding="utf-8")


work_once = pytest.fixture(autouse=True)(quickly)


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of rules, to be broken, with their graph beside it: of the small pack, where that will do."""
    whole = request.node.name.startswith(NEEDS_THE_BUNDLED)
    rules, graph = (RULES_FOLDER, GRAPH_FOLDER) if whole else (FOREIGN / "rules", FOREIGN / "graph")
    (tmp_path / "graph").symlink_to(graph, target_is_directory=True)
    return copy_of(rules, tmp_path / "rules")


def load(folder: Path) -> Pack:
    """The pack of a folder of rules and the graph beside it."""
    return load_pack(folder, folder.parent / "graph")


def add_rule(folder: Path, changes: dict[str, str | None], name: str = "trial.one") -> dict[str, int]:
    """Add a rule in a file of its own; gives the line of each of its parts, and of its name as ``""``."""
    parts = {key: value for key, value in {**RULE, **changes}.items() if value is not None}
    lines = [f"  {name}:", *(f"    {key}: {value}" for key, value in parts.items())]
    (folder / "trial.yaml").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
    return {key: HEAD.count("\n") + 1 + i for i, key in enumerate(["", *parts])}


def put(folder: Path, file: str, after: str, text: str) -> int:
    """Put a line after the first that matches, and give its number."""
    path = folder / file
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if re.search(after, line)) + 1
    lines[at:at] = [text]
    path.write_text("\n".join(lines), encoding="utf-8")
    return at + 1


def change(folder: Path, file: str, where: str, becomes: str) -> int:
    """Change the first line that matches, and give its number."""
    path = folder / file
    lines = path.read_text(encoding="utf-8").split("\n")
    at = next(i for i, line in enumerate(lines) if re.search(where, line))
    lines[at] = re.sub(where, becomes, lines[at], count=1)
    path.write_text("\n".join(lines), encoding="utf-8")
    return at + 1


def faults(folder: Path) -> tuple[Fault, ...]:
    """What is wrong with a folder; every fault has a place and can be printed."""
    with pytest.raises(PackError) as caught:
        load(folder)
    for fault in caught.value.faults:
        assert fault.file
        assert fault.line or fault.code in ("missing-file", "unreadable-file", "too-large")
    assert str(caught.value)
    assert caught.value.to_json()
    return caught.value.faults


def found(folder: Path) -> list[tuple[str, str | None, int | None, str]]:
    return [(fault.code, fault.file, fault.line, fault.message) for fault in faults(folder)]


def test_the_trial_itself_is_right(folder: Path) -> None:
    add_rule(folder, {})
    assert "trial.one" in load(folder).by_id


# -- one wrong thing in one rule --------------------------------------------------------------------------------------

NUMBERED = "a number in a rule has a name: put {} under `parameters:` and write the name here"
SOURCE = "name `sources`, or say `consensus: true`"

WRONG: dict[str, tuple[dict[str, str | None], str, str, str]] = {
    # the rule as a whole
    "no source": ({"consensus": None}, "no-source", "", SOURCE),
    "evidence without a source": ({"evidence": "low"}, "no-source", "evidence", "evidence is `low`, so `sources` must name it"),
    "one leg twice": (
        {"when": "[{fact: leg, side: left, balance_s: {below: trial.limit}}, {fact: leg, side: left, calf_raises: {below: trial.limit}}]"},
        "same-fact-twice", "", "two patterns are about the same `leg`; write them as one",
    ),
    # the shape
    "a name of the code": ({"any_off": "[]"}, "unknown-field", "any_off", "unknown field `any_off`"),
    "an unknown grade": ({"evidence": "weak"}, "unknown-word", "evidence", "`weak` is not one of the words for `evidence`"),
    "a word for a pattern": (
        {"when": "[runner]"}, "not-a-mapping", "when", "entry 1 of `when` must be a mapping (name: value), but is the text `runner`"
    ),
    "an unknown effect on exercises": (
        {"forbid": "{exercises: {patern: squat}}"}, "unknown-field", "forbid", "unknown field `patern`"
    ),
    "everything, or not": (
        {"forbid": "{exercises: {everything: false}}"}, "unknown-word", "forbid", "`everything` can only be true, or left out"
    ),
    "an unknown gate": ({"forbid": None, "close": "{gate: plyo/lo}"}, "unknown-gate", "close", "unknown gate `plyo/lo`"),
    # patterns
    "an unknown fact in any": ({"any": "[{fact: legs}]"}, "unknown-fact", "any", "unknown fact `legs`"),
    "an unknown fact in unless": ({"unless": "[{fact: legs}]"}, "unknown-fact", "unless", "unknown fact `legs`"),
    "an unknown word in a list": (
        {"when": "[{fact: runner, goal: [durability, winning]}]"}, "unknown-word", "when", "`winning` is not a value of `goal`"
    ),
    "a list in a list": (
        {"when": "[{fact: leg, side: [[left]], balance_s: {below: trial.limit}}]"}, "unknown-side", "when", "`['left']` is not a value of `side`"
    ),
    "a mapping as a word": (
        {"when": "[{fact: runner, goal: {is: {a: 1}}}]"}, "unknown-test", "when", "unknown test `a`"
    ),
    "a word for true": ({"when": "[{fact: alarm, chest_pain: 'true'}]"}, "unknown-word", "when", "`true` is not a value of `chest_pain`"),
    "a number for true": ({"when": "[{fact: alarm, chest_pain: 1}]"}, "unknown-word", "when", "`1` is not a value of `chest_pain`"),
    "true for a word": ({"when": "[{fact: runner, goal: true}]"}, "unknown-word", "when", "`True` is not a value of `goal`"),
    "an unknown injury": ({"when": "[{fact: complaint, injury: gout}]"}, "unknown-injury", "when", "`gout` is not a value of `injury`"),
    "an unknown side": (
        {"when": "[{fact: leg, side: both, balance_s: {below: trial.limit}}]"}, "unknown-side", "when", "`both` is not a value of `side`"
    ),
    "an order where there is none": (
        {"when": "[{fact: alarm, chest_pain: {at_least: true}}]"}, "unknown-test", "when",
        "`chest_pain` is a boolean and has no order; write its value",
    ),
    "an empty comparison": ({"when": "[{fact: strength, weeks_off: {}}]"}, "unknown-test", "when", "say what `weeks_off` is tested for"),
    "only what is unknown": (
        {"when": "[{fact: strength, weeks_off: {unknown: asks}}]"}, "unknown-test", "when", "say what `weeks_off` is tested for"
    ),
    "known, perhaps": (
        {"when": "[{fact: strength, weeks_off: {known: perhaps}}]"}, "unknown-test", "when", "`known` stands alone and is true or false"
    ),
    "known, and more": (
        {"when": "[{fact: strength, weeks_off: {known: true, above: trial.limit}}]"}, "unknown-test", "when",
        "`known` stands alone and is true or false",
    ),
    "an unknown way with the unknown": (
        {"when": "[{fact: strength, weeks_off: {above: trial.limit, unknown: maybe}}]"}, "unknown-word", "when", "`unknown` is `holds` or `asks`"
    ),
    "none of no words": ({"when": "[{fact: runner, goal: []}]"}, "never-met", "when", "`goal` can be none of no values"),
    # numbers
    "a bare number": ({"when": "[{fact: strength, weeks_off: {above: 3}}]"}, "bare-number", "when", NUMBERED.format(3)),
    "a bare list": ({"when": "[{fact: strength, weeks_off: {above: [3]}}]"}, "bare-number", "when", NUMBERED.format("it")),
    "a number as a value": (
        {"when": "[{fact: strength, weeks_off: 3}]"}, "bare-number", "when",
        "compare `weeks_off` by at_least, above, at_most or below with a named parameter",
    ),
    "a bare number in a limit": (
        {"forbid": None, "limit": "{channel: sets, at_most: 2, exercises: {pattern: squat}}"}, "bare-number", "limit", NUMBERED.format(2)
    ),
    "a bare number as a weight": (
        {"forbid": None, "unknown": None, "prefer": "{weight: 0.5, exercises: {pattern: squat}}"}, "bare-number", "prefer", NUMBERED.format(0.5)
    ),
    "an unknown parameter": (
        {"when": "[{fact: strength, weeks_off: {above: trial.limits}}]"}, "unknown-parameter", "when", "unknown parameter `trial.limits`"
    ),
    "an unknown parameter in a selector": (
        {"forbid": "{exercises: {not: {skill: {at_least: trial.limits}}}}"}, "unknown-parameter", "forbid", "unknown parameter `trial.limits`"
    ),
    "an unknown parameter in a limit": (
        {"forbid": None, "limit": "{channel: sets, at_most: trial.limits, exercises: {pattern: squat}}"},
        "unknown-parameter", "limit", "unknown parameter `trial.limits`",
    ),
    "an unknown weight": (
        {"forbid": None, "unknown": None, "prefer": "{weight: trial.limits, exercises: {pattern: squat}}"},
        "unknown-parameter", "prefer", "unknown parameter `trial.limits`",
    ),
    "an unknown order": (
        {"forbid": None, "unknown": None, "require": "{name: legs, order: trial.limits, exercises: {pattern: squat}}"},
        "unknown-parameter", "require", "unknown parameter `trial.limits`",
    ),
    # variables
    "a variable for a number": (
        {"when": "[{fact: strength, weeks_off: $w}]"}, "bad-variable", "when",
        "a variable can stand only for a reference, and `weeks_off` is a number",
    ),
    "a badly written variable": ({"when": "[{fact: complaint, key: $C}]"}, "bad-variable", "when", "a variable is written like $c, not `$C`"),
    "a variable twice": (
        {"when": "[{fact: complaint, key: $c, injury: $c}]"}, "bad-variable", "when", "`$c` stands twice in one pattern"
    ),
    "a variable for the wrong thing": (
        {"when": KNEE, "unknown": None, "forbid": "{exercises: {treats: $c}}"}, "bad-variable", "forbid",
        "`$c` stands for one complaint, and one injury is needed here",
    ),
    "a region for a complaint": (
        {"when": "[{fact: complaint, key: $c, region: $r}]", "forbid": None, "derive": "{fact: irritable, complaint: $r}"},
        "bad-variable", "derive", "`$r` stands for one region, and one complaint is needed here",
    ),
    "a complaint for a region": (
        {"when": KNEE, "forbid": None, "refer": "{urgency: urgent, region: $c, who: a doctor, tell: it hurts}"},
        "bad-variable", "refer", "`$c` stands for one complaint, and one region is needed here",
    ),
    "an unbound variable": (
        {"forbid": "{exercises: {treats: $i}}"}, "unbound-variable", "forbid", "`$i` is not bound by a pattern under `when`"
    ),
    "a variable bound by one way only": (
        {"when": "[{fact: runner}]", "any": "[{fact: complaint, injury: $i}, {fact: strength, weeks_off: {above: trial.limit}}]",
         "forbid": "{exercises: {treats: $i}}"},
        "unbound-variable", "forbid", "`$i` is not bound by a pattern under `when`",
    ),
    "an unbound word in the sentence": (
        {"because": "Your {injury} needs some rest."}, "unbound-variable", "because", "the sentence names `{injury}`, which no pattern binds"
    ),
    "an unbound variable in unless": (
        {"when": KNEE, "unless": "[{fact: complaint, key: $c, region: $r, pain_during: {at_most: trial.limit}}]"},
        "unbound-variable", "unless", "`$r` is not bound by `when`",
    ),
    # unless
    "unless some complaint": (
        {"unless": "[{fact: complaint, pain_during: {at_most: trial.limit}}]"}, "unless-unbound", "unless",
        "an `unless` about a complaint needs one that `when` binds",
    ),
    # effects
    "nothing is selected": (
        {"forbid": "{exercises: {pattern: squat, not: {pattern: squat}}}"}, "selects-nothing", "forbid", "`forbid` selects no exercise"
    ),
    "an empty selector": ({"forbid": "{exercises: {}}"}, "selects-nothing", "forbid", "`forbid` selects no exercise"),
    "the wrong way of a floor": (
        {"forbid": None, "limit": "{channel: spacing_h, at_most: trial.limit, exercises: {pattern: squat}}"},
        "limit-direction", "limit", "`spacing_h` is a floor: give `at_least` and nothing else",
    ),
    "both ways": (
        {"forbid": None, "limit": "{channel: sets, at_most: trial.limit, at_least: trial.limit, exercises: {pattern: squat}}"},
        "limit-direction", "limit", "`sets` is a cap: give `at_most` and nothing else",
    ),
    "a limit on the week with exercises": (
        {"forbid": None, "limit": "{channel: sessions_per_week, at_most: trial.limit, exercises: {pattern: squat}}"},
        "limit-scope", "limit", "`sessions_per_week` takes no `exercises`, it bounds the runner's week",
    ),
    "an unknown bound": (
        {"forbid": None, "limit": "{channel: external_load, at_most: tiny, exercises: {pattern: squat}}"},
        "unknown-word", "limit", "`tiny` is not one of none, light, moderate, heavy",
    ),
    "a referral for nothing": (
        {"forbid": None, "refer": "{urgency: urgent, who: a doctor, tell: it hurts}"}, "refer-what", "refer",
        "`refer` names a `region`, or says `everything: true` or `whole_person: true`",
    ),
    "a referral for all and some": (
        {"forbid": None, "refer": "{urgency: urgent, region: knee, everything: true, who: a doctor, tell: it hurts}"}, "refer-what", "refer",
        "`refer` names a `region`, or says `everything: true` or `whole_person: true`",
    ),
    "a small emergency": (
        {"forbid": None, "refer": "{urgency: emergency, region: knee, who: a doctor, tell: it hurts}"}, "refer-what", "refer",
        "an emergency stops everything: say `everything: true`",
    ),
    "more than the conclusion": (
        {"when": "[{fact: complaint, key: $c, region: $r}]", "forbid": None, "derive": "{fact: irritable, complaint: $c, region: $r}"},
        "derive-fields", "derive", "`derive` must give exactly complaint, see `region`",
    ),
    "a conclusion about no complaint": (
        {"when": KNEE, "forbid": None, "derive": "{fact: irritable, complaint: knee}"}, "derive-fields", "derive",
        "`complaint` must be a variable such as $c that `when` binds",
    ),
    # what needs the whole pack: which way a value is worse, and what is not known
    "a permit for getting worse": (
        {**PERMIT}, "polarity", "", "a permit may test `strength.weeks_off` only in its better direction"
    ),
    "a permit for worse words": (
        {**PERMIT, "when": "[{fact: screen, screen: squat, grade: [poor, compensated]}]"}, "polarity", "",
        "a permit may test `screen.grade` only in its better direction",
    ),
    "a permit for middling words": (
        {**PERMIT, "when": "[{fact: screen, screen: squat, grade: compensated}]"}, "polarity", "",
        "a permit may test `screen.grade` only in its better direction",
    ),
    "a permit by goal": (
        {**PERMIT, "when": "[{fact: runner, goal: durability}]"}, "polarity", "", "a permit may test `runner.goal` only in its better direction"
    ),
    "a permit for the unknown": (
        {**PERMIT, "when": "[{fact: strength, weeks_off: {known: false}}]"}, "polarity", "",
        "a permit may test `strength.weeks_off` only in its better direction",
    ),
    "a permit for a fault": (
        {**PERMIT, "when": "[{fact: fault, fault: hip_drop, present: true}]"}, "polarity", "",
        "a permit may test `fault.present` only in its better direction",
    ),
    "a permit for whoever was asked about a fault": (
        {**PERMIT, "when": "[{fact: fault, fault: hip_drop, present: {known: true}}]"}, "polarity", "",
        "a permit may test `fault.present` only in its better direction",
    ),
    "an opened gate for getting worse": (
        {"unknown": None, "forbid": None, "open": "{gate: plyo/low}"}, "polarity", "",
        "a permit may test `strength.weeks_off` only in its better direction",
    ),
    "a permit that holds when unknown": (
        {**PERMIT, "unknown": "holds", "when": "[{fact: strength, weeks_off: {at_most: trial.limit}}]"}, "permit-on-unknown", "",
        "a permit must not hold while `strength.weeks_off` is unknown",
    ),
    "a permit about an alarm": (
        {**PERMIT, "when": "[{fact: alarm, chest_pain: false}]"}, "permit-on-complaint", "", "a permit must not depend on `alarm`"
    ),
    "a permit about a sore leg": (
        {**PERMIT, "when": "[{fact: sore_leg, side: left}]"}, "permit-on-complaint", "", "a permit must not depend on `sore_leg`"
    ),
    "a caution for getting better": (
        {"when": "[{fact: strength, weeks_trained: {at_least: trial.limit}}]"}, "polarity", "",
        "a caution may test `strength.weeks_trained` only in its worse direction",
    ),
    "a caution for better words": (
        {"when": "[{fact: screen, screen: squat, grade: competent}]"}, "polarity", "",
        "a caution may test `screen.grade` only in its worse direction",
    ),
    "a caution for middling words": (
        {"when": "[{fact: screen, screen: squat, grade: compensated}]"}, "polarity", "",
        "a caution may test `screen.grade` only in its worse direction",
    ),
    "a caution for all words": (
        {"when": "[{fact: screen, screen: squat, grade: {at_least: poor}}]"}, "polarity", "",
        "a caution may test `screen.grade` only in its worse direction",
    ),
    "a caution for the known": (
        {"when": "[{fact: strength, weeks_off: {known: true}}]"}, "polarity", "",
        "a caution may test `strength.weeks_off` only in its worse direction",
    ),
    "a caution until a sign was asked for": (
        {"when": "[{fact: complaint, swelling: {known: false}}]"}, "polarity", "",
        "a caution may test `complaint.swelling` only in its worse direction",
    ),
    "a caution lifted by asking for a sign": (
        {"when": "[{fact: complaint, key: $c}]", "unknown": None, "unless": "[{fact: complaint, key: $c, limp: {known: true}}]"}, "polarity", "",
        "a caution may test `complaint.limp` only in its worse direction",
    ),
    "a caution for an open gate": (
        {"when": "[{fact: gate, gate: plyo/low, open: true}]", "unknown": None}, "polarity", "",
        "a caution may test `gate.open` only in its worse direction",
    ),
    "a caution lifted by getting worse": (
        {"when": "[{fact: runner}]", "unknown": None, "unless": "[{fact: strength, weeks_off: {above: trial.limit}}]"}, "polarity", "",
        "a caution may test `strength.weeks_off` only in its worse direction",
    ),
    "the unknown undeclared beside unless": (
        {"unknown": None, "unless": "[{fact: strength, weeks_off: {at_most: trial.limit}}]"}, "unknown-undeclared", "",
        "say what an unknown value does: `unknown: holds` or `unknown: asks`",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_one_wrong_thing(name: str, folder: Path) -> None:
    changes, code, at, message = WRONG[name]
    lines = add_rule(folder, changes)
    others = ("unit-differs",)  # the one number of the trial is in weeks, whatever it stands beside
    assert [one for one in found(folder) if one[0] not in others or one[0] == code] == [
        (code, "rules/trial.yaml", lines[at], message)
    ]


def test_a_dose_that_does_not_fit(folder: Path) -> None:
    lines = add_rule(folder, {"forbid": None, "prescribe": "{scheme: mobility, exercises: {explosive: high}}"})
    ((code, file, line, message),) = found(folder)
    assert (code, file, line) == ("scheme-misfit", "rules/trial.yaml", lines["prescribe"])
    assert message.startswith("scheme `mobility` does not fit the modes of ")


@pytest.mark.parametrize("name", ["week.one", "trial", "trial.", "trial.One", "trial.one_two", "one"])
def test_a_rule_is_named_after_its_file(name: str, folder: Path) -> None:
    lines = add_rule(folder, {}, name)
    message = "a rule of trial.yaml is called `trial.some-words` (lower case, digits, hyphens)"
    assert found(folder) == [("bad-rule-name", "rules/trial.yaml", lines[""], message)]


def test_a_rule_that_exists(folder: Path) -> None:
    first = add_rule(folder, {})[""]
    second = (folder / "trial.yaml").read_text().replace("trial.limit", "trial.most").replace("trial.other", "z.other")
    (folder / "z.yaml").write_text(second)
    assert found(folder) == [
        ("repeated-id", "rules/z.yaml", first, f"`trial.one` exists already (rules/trial.yaml:{first})")
    ]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"when": "[{fact: strength, weeks_of: 3}]"}, {"did_you_mean": ("weeks_off",)}),
        ({"when": "[{fact: runner, goal: durabilty}]"}, {"did_you_mean": ("durability",)}),
        ({"when": "[{fact: complaint, region: knees}]"}, {"did_you_mean": ("knee",)}),
        ({"when": "[{fact: alarm, chest_pain: 1}]"}, {"allowed": ("true", "false")}),
        ({"when": "[{fact: legs}]"}, {"did_you_mean": ("leg", "both_legs")}),
        ({"when": "[{fact: strength, weeks_off: {above: trial.limits}}]"}, {"did_you_mean": ("trial.limit",)}),
        ({"forbid": "{exercises: {patern: squat}}"}, {"did_you_mean": ("pattern",)}),
        ({"unles": "[]"}, {"did_you_mean": ("unless",)}),
        ({"anny": "[]"}, {"did_you_mean": ("any",)}),
        ({"forbid": None, "close": "{gate: plyo/lo}"}, {"did_you_mean": ("plyo/low",)}),
    ],
)  # fmt: skip
def test_the_nearest_name(changes: dict[str, str | None], fields: dict[str, Any], folder: Path) -> None:
    add_rule(folder, changes)
    (fault,) = faults(folder)
    assert {name: getattr(fault, name)[:2] for name in fields} == fields


def test_a_fault_points_into_the_rule(folder: Path) -> None:
    lines = add_rule(folder, {"when": "[{fact: runner}, {fact: strength, weeks_of: {above: trial.limit}}]"})
    (fault,) = faults(folder)
    assert (fault.path, fault.line, fault.column) == ("/rules/trial.one/when/1/weeks_of", lines["when"], 55)


@pytest.mark.parametrize(
    "changes",
    [
        {"when": "[{fact: strength, weeks_off: {above: trial.limit, unknown: holds}}]", "unknown": None},
        {"when": "[{fact: strength, weeks_off: {known: false}}]", "unknown": None},
        {"when": "[{fact: runner, goal: {is: durability, unknown: holds}}]", "unknown": None},
        {"when": "[{fact: runner, goal: {is: durability}}]"},
        {"when": "[{fact: screen, screen: squat, grade: {below: competent}}]"},
        {"when": "[{fact: complaint, region: knee}]", "unknown": None},
        {**PERMIT, "when": "[{fact: strength, limb_symmetry_pct: {known: true}}]"},
        {**PERMIT, "when": "[{fact: strength, weeks_off: {below: trial.limit}}]"},
        {**PERMIT, "when": "[{fact: both_legs, balance_s: {at_least: phase.balance_s}}]"},
        {"when": "[{fact: complaint, key: $c, injury: $i}]", "unknown": None, "forbid": "{exercises: {treats: $i}}"},
    ],
)  # fmt: skip
def test_what_is_right_is_let_through(changes: dict[str, str | None], folder: Path) -> None:
    add_rule(folder, changes)
    assert "trial.one" in load(folder).by_id


# -- which way a value is worse ---------------------------------------------------------------------------------------

NUMBER, GRADE, SIGN = (
    {"type": "number", "range": [0, 9], "worse": "higher"},
    {"type": "choice", "values": ["poor", "fair", "good"], "worse": "lower"},
    {"type": "boolean", "worse": "higher"},
)


@pytest.mark.parametrize(
    ("field", "test", "way"),
    [
        (NUMBER, {"op": "at_least", "parameter": "p"}, "worse"), (NUMBER, {"op": "above", "parameter": "p"}, "worse"),
        (NUMBER, {"op": "at_most", "parameter": "p"}, "better"), (NUMBER, {"op": "below", "parameter": "p"}, "better"),
        ({**NUMBER, "worse": "lower"}, {"op": "at_least", "parameter": "p"}, "better"),
        ({**NUMBER, "worse": "lower"}, {"op": "below", "parameter": "p"}, "worse"),
        ({**NUMBER, "worse": "neither"}, {"op": "below", "parameter": "p"}, "neither"),
        (NUMBER, {"op": "known"}, "better"), (NUMBER, {"op": "unknown"}, "worse"),
        (GRADE, {"op": "is", "words": ("poor",)}, "worse"), (GRADE, {"op": "is", "words": ("poor", "fair")}, "worse"),
        (GRADE, {"op": "is", "words": ("good",)}, "better"), (GRADE, {"op": "is", "words": ("fair",)}, "mixed"),
        (GRADE, {"op": "is", "words": ("poor", "good")}, "mixed"), (GRADE, {"op": "is", "words": ("poor", "fair", "good")}, "mixed"),
        (GRADE, {"op": "is_not", "words": ("poor",)}, "better"), (GRADE, {"op": "is_not", "words": ("good",)}, "worse"),
        ({**GRADE, "worse": "higher"}, {"op": "is", "words": ("poor",)}, "better"),
        (SIGN, {"op": "is", "words": (True,)}, "worse"), (SIGN, {"op": "is", "words": (False,)}, "better"),
        ({**SIGN, "worse": "lower"}, {"op": "is", "words": (True,)}, "better"),
        ({"type": "ref", "to": "region"}, {"op": "is", "words": ("knee",)}, "fixed"),
        ({**SIGN, "worse": "neither", "always": True}, {"op": "is", "words": (True,)}, "fixed"),
    ],
)  # fmt: skip
def test_direction(field: dict[str, Any], test: dict[str, Any], way: str) -> None:
    assert direction(RuleTest("kind", "field", **test), Field.model_validate(field)) == way


# -- circles ----------------------------------------------------------------------------------------------------------


def test_a_gate_that_needs_itself(folder: Path) -> None:
    changes = {
        "when": "[{fact: gate, gate: plyo/low, open: true}]",
        "unknown": None,
        "forbid": None,
        "open": "{gate: plyo/low}",
    }
    lines = add_rule(folder, changes)
    message = "rules depend on one another in a circle: gate/plyo/low -> gate/plyo/low, by `trial.one`"
    assert found(folder) == [("recursion", "rules/trial.yaml", lines[""], message)]


def test_a_circle_of_two(folder: Path) -> None:
    put(
        folder,
        "vocabulary.yaml",
        r"^derived:",
        '  guarded: {side: caution, says: "is guarded", fields: {complaint: {type: ref, to: complaint, always: true}}}',
    )
    add_rule(
        folder,
        {
            "when": "[{fact: guarded, complaint: $c}]",
            "unknown": None,
            "forbid": None,
            "derive": "{fact: irritable, complaint: $c}",
        },
    )
    with (folder / "trial.yaml").open("a") as stream:
        stream.write(
            "  trial.two:\n    because: The other half of the circle.\n    when: [{fact: irritable, complaint: $c}]\n"
            "    derive: {fact: guarded, complaint: $c}\n    evidence: consensus\n    consensus: true\n"
        )
    ((code, file, line, message),) = found(folder)
    assert (code, file) == ("recursion", "rules/trial.yaml")
    assert line in (HEAD.count("\n") + 1, HEAD.count("\n") + 7)
    assert "irritable -> guarded" in message or "guarded -> irritable" in message
    assert "`trial.one`" in message
    assert "`trial.two`" in message


# -- parameters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{value: 4, unit: weeks, range: [1, 3], consensus: true}", "out-of-range", "the value 4 is outside its own range 1 to 3"),
        ("{value: 2, unit: weeks, range: [3, 1], consensus: true}", "empty-range", "`range` must go from the lower to the higher number"),
        ("{value: 2, unit: weeks, range: [1], consensus: true}", "too-short", "`range` must have at least 2 entries, but has 1"),
        ("{value: 2, unit: weeks, range: [1, 3]}", "no-source", SOURCE),
        ("{value: two, unit: weeks, range: [1, 3], consensus: true}", "wrong-type", "`value` must be a number, but is the text `two`"),
        ("{value: 2, range: [1, 3], consensus: true}", "missing-field", "`unit` is missing"),
        ("{value: 2, unit: weeks, range: [1, 3], sources: [nobody1999]}", "unknown-source", "unknown source `nobody1999`"),
        ("{value: 2, unit: weeks, range: [1, 3], consensus: true, at_most: trial.most}", "unknown-parameter", "unknown parameter `trial.most`"),
        ("{value: 3, unit: weeks, range: [1, 3], consensus: true, at_most: trial.less}", "wrong-order", "its value 3 is above trial.less = 2"),
    ],
)  # fmt: skip
def test_a_wrong_parameter(text: str, code: str, message: str, folder: Path) -> None:
    add_rule(folder, {})
    line = change(folder, "trial.yaml", r"trial\.limit: .*", f"trial.limit: {text}")
    if "trial.less" in text:
        put(
            folder,
            "trial.yaml",
            r"trial\.limit: ",
            "  trial.less: {value: 2, unit: weeks, range: [1, 3], consensus: true}",
        )
    assert (code, "rules/trial.yaml", line, message) in found(folder)
    assert {fault.line for fault in faults(folder) if fault.code != "unused-parameter"} == {line}


def test_a_parameter_that_exists(folder: Path) -> None:
    add_rule(folder, {})
    line = HEAD.split("\n").index("  trial.limit: {value: 2, unit: weeks, range: [1, 3], consensus: true}") + 1
    (folder / "z.yaml").write_text(HEAD.replace("trial.other", "z.other"))
    message = f"`trial.limit` exists already (rules/trial.yaml:{line})"
    assert found(folder) == [("repeated-id", "rules/z.yaml", line, message)]


def test_a_parameter_that_nobody_uses(folder: Path) -> None:
    add_rule(folder, {})
    line = put(
        folder, "trial.yaml", r"^parameters:", "  trial.spare: {value: 2, unit: weeks, range: [1, 3], consensus: true}"
    )
    assert found(folder) == [
        ("unused-parameter", "rules/trial.yaml", line, "parameter `trial.spare` is used by no rule")
    ]


def test_a_parameter_that_the_engine_needs(folder: Path) -> None:
    name = "referral.load_min"
    assert name in ENGINE_PARAMETERS
    (folder / "referral.yaml").write_text("about: Nothing is left of it.\nrules: {}\n")
    assert found(folder) == [
        ("missing-parameter", "rules/referral.yaml", 1, f"the engine needs the parameter `{name}`")
    ]


# -- schemes ----------------------------------------------------------------------------------------------------------

SCHEME = """
trial:
  name: a trial
  says: Take it easy.
  caution: 99
  modes: [dynamic]
  sets: [1, 2]
  reps: [6, 10]
  effort_rpe: [1, 3]
  load: [none, none]
  load_text: no load
  rest_s: [15, 30]
  sessions_per_week: [2, 7]
  pain_limit: 2
  progress: Do more.
  step_back: Do less.
  evidence: consensus
  consensus: true
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "message"),
    [
        ("  consensus: true\n", "", "no-source", "trial:", SOURCE),
        ("  reps: [6, 10]\n", "", "scheme-amount", "trial:", "a scheme gives exactly one of `reps`, `hold_s` and `contacts`"),
        ("reps: [6, 10]\n", "reps: [6, 10]\n  hold_s: [5, 9]\n", "scheme-amount", "trial:",
         "a scheme gives exactly one of `reps`, `hold_s` and `contacts`"),
        ("sets: [1, 2]", "sets: [2, 1]", "empty-range", "sets:", "`sets` must go from the lower to the higher number"),
        ("rest_s: [15, 30]", "rest_s: [30, 15]", "empty-range", "rest_s:", "`rest_s` must go from the lower to the higher number"),
        ("sessions_per_week: [2, 7]", "sessions_per_week: [7, 2]", "empty-range", "sessions_per_week:",
         "`sessions_per_week` must go from the lower to the higher number"),
        ("modes: [dynamic]", "modes: [dynamics]", "unknown-mode", "modes:", "unknown mode `dynamics`"),
        ("modes: [dynamic]", "modes: []", "too-short", "modes:", "`modes` must have at least 1 entry, but has 0"),
        ("pain_limit: 2", "pain_limit: 12", "out-of-range", "pain_limit:", "`pain_limit` is 12, but must be from 0 to 10"),
        ("sets: [1, 2]", "sets: [1]", "too-short", "sets:", "`sets` must have at least 2 entries, but has 1"),
        ("sets: [1, 2]", "set: [1, 2]", "unknown-field", "set:", "unknown field `set`"),
    ],
)  # fmt: skip
def test_a_wrong_scheme(old: str, new: str, code: str, at: str, message: str, folder: Path) -> None:
    text = small("schemes.yaml") + SCHEME.replace(old, new)
    (folder / "schemes.yaml").write_text(text)
    line = next(
        i
        for i, row in enumerate(text.split("\n"), 1)
        if row.strip().startswith(at) and i > small("schemes.yaml").count("\n")
    )
    assert (code, "rules/schemes.yaml", line, message) in found(folder)


def test_two_schemes_of_one_rank(folder: Path) -> None:
    first = small("schemes.yaml")
    other = re.search(r"^(\w+):\n(?:  .*\n)*?  caution: (\d+)$", first, re.MULTILINE)
    assert other
    (folder / "schemes.yaml").write_text(first + SCHEME.replace("caution: 99", f"caution: {other[2]}"))
    line = first.count("\n") + 5
    message = f"`trial` and `{other[1]}` have the same caution rank; the order must be total"
    assert found(folder) == [("equal-rank", "rules/schemes.yaml", line, message)]


@pytest.mark.parametrize("entry", ["[1, 2]", "5", "{modes: 5}", "{modes: [[dynamic]]}"])
def test_a_scheme_that_is_none_is_said_once(entry: str, folder: Path) -> None:
    (folder / "schemes.yaml").write_text(small("schemes.yaml") + f"\ntrial: {entry}\n")
    add_rule(folder, {"forbid": None, "prescribe": "{scheme: trial, exercises: {pattern: squat}}"})
    assert {fault.file for fault in faults(folder)} == {"rules/schemes.yaml"}


# -- the vocabulary ---------------------------------------------------------------------------------------------------

HALF = "      trial: {type: number, unit: weeks, range: [0, 9], worse: lower, ask: How many?}"


@pytest.mark.parametrize(
    ("after", "text", "code", "message"),
    [
        (r"^kinds:", "  trial: {is: one, fields: {}}", "untold", "a runner file has no `trial`"),
        (r"^kinds:", "  trial: {is: many, from: recent, fields: {}}", "untold", "a runner file has no `recent`"),
        (r"^derived:", "  both_legs: {side: caution, says: x, fields: {}}", "repeated-id",
         "`both_legs` is the name of something else already, one of the aggregates"),
        (r"^kinds:", "  gate: {is: one, from: strength, fields: {}}", "repeated-id",
         "`gate` is the name of something else already, one of the gates"),
        (r"^kinds:", "  trial: {is: fixed, keys: {trial: things}, from: strength, fields: {}}", "unknown-word-list",
         "the graph has no word list `things`"),
        (r"^kinds:", "  trial: {is: fixed, keys: {trial: [squat, jump]}, from: screens, fields: {grade: {type: boolean, from: ''}}}",
         "untold", "a runner file has no `jump` under `screens`"),
        (r"^kinds:", "  trial: {is: fixed, keys: {trial: [left]}, from: legs, fields: {hops: {type: boolean}}}", "untold",
         "a runner file has no `hops` under `legs.left`"),
        (r"^kinds:", "  trial: {is: some, fields: {}}", "unknown-word", "`some` is not one of the words for `is`"),
        (r"^kinds:", "  trial: {fields: {}}", "missing-field", "`is` is missing"),
        (r"^kinds:", "  trial: 5", "not-a-mapping", "`trial` must be a mapping (name: value), but is 5"),
        (r"weeks_trained:", HALF, "untold", "a runner file has no `trial` under `strength`"),
        (r"pain_during:", HALF.replace("{", "{from: pain.trial, "), "untold", "a runner file has no `pain.trial` under `complaints`"),
        (r"age_years:", HALF, "untold", "a runner file has no `trial`"),
        (r"age_years:", "      today: {type: choice}", "incomplete-field", "a field of type choice needs `values`, from the lowest to the highest"),
        (r"age_years:", "      today: {type: number}", "incomplete-field", "a field of type number needs a `range` of two numbers"),
        (r"age_years:", "      today: {type: integer, range: [3]}", "incomplete-field", "a field of type integer needs a `range` of two numbers"),
        (r"age_years:", "      today: {type: number, range: [3, 1]}", "empty-range", "`range` must go from the lower to the higher number"),
        (r"age_years:", "      today: {type: ref}", "incomplete-field", "a field of type ref needs `to`: what it refers to"),
        (r"age_years:", "      today: {type: ref, to: planet}", "unknown-target", "nothing is called a `planet`"),
        (r"age_years:", "      today: {type: date}", "unknown-word", "`date` is not one of the words for `type`"),
        (r"age_years:", "      today: {type: boolean, ask_if: {runners.sex: [male]}}", "unknown-fact", "unknown fact `runners`"),
        (r"age_years:", "      today: {type: boolean, ask_if: {runner.sexx: [male]}}", "unknown-fact-field", "`runner` has no field `sexx`"),
        (r"age_years:", "      today: {type: boolean, ask_if: {runner.sex: [man]}}", "unknown-word", "`man` is not a value of `sex`"),
        (r"age_years:", "      today: {type: boolean, ask_if: {complaint.region: [knees]}}", "unknown-word", "`knees` is not a value of `region`"),
        (r"^aggregates:", "  trial: {fields: {x: {take: max, of: legs.balance_s, worse: lower}}}", "unknown-fact", "unknown fact `legs`"),
        (r"^aggregates:", "  trial: {fields: {x: {take: max, of: leg.balance, worse: lower}}}", "unknown-fact-field", "`leg` has no field `balance`"),
        (r"^aggregates:", "  trial: {fields: {x: {take: max, of: leg, worse: lower}}}", "unknown-fact-field", "`leg` has no field ``"),
        (r"^aggregates:", "  trial: {fields: {x: {take: count, of: legs, worse: lower}}}", "unknown-fact", "unknown fact `legs`"),
        (r"^aggregates:", "  trial: {fields: {x: {take: mean, of: leg.balance_s, worse: lower}}}", "unknown-word",
         "`mean` is not one of the words for `take`"),
        (r"^runs:", "  - {into: complaint.calm, of: session, while: {fact: session}}", "unknown-fact-field", "there is no `complaint.calm`"),
        (r"^runs:", "  - {into: leg.calf_raises, of: session, while: {fact: session}}", "bad-run",
         "what the log shows belongs to a complaint, or to a kind of which there is one fact"),
        (r"^runs:", "  - {into: complaint.weeks, of: session, while: {fact: session}}", "bad-run",
         "`weeks` has no worse direction, so nobody could say what counts"),
        (r"^runs:", "  - {into: strength.weeks_off, take: weeks_since, of: session, loads: log.load_min}", "bad-run",
         "only a complaint is loaded by a session"),
        (r"^runs:", "  - {into: complaint.flares, take: days, of: session}", "bad-run",
         "`days` counts sessions that meet a test: give `while`"),
        (r"^runs:", "  - {into: complaint.pain_after, take: latest, of: session.pain}", "bad-run",
         "`latest` takes a field of a session, such as `session.days_ago`"),
        (r"^runs:", "  - {into: complaint.calm_sessions_in_row, take: latest, of: session.pain_during}", "bad-run",
         "`session.pain_during` and `complaint.calm_sessions_in_row` are worse in opposite directions"),
        (r"^runs:", "  - {into: strength.weeks_trained, take: weeks_since, of: session}", "bad-run",
         "`weeks_since` fits a field that is worse higher"),
        (r"^runs:", "  - {into: complaint.flares, of: session, while: {fact: session, pain_during: {at_most: pain.calm}}}", "bad-run",
         "`days_in_row` fits a field that is worse lower"),
        (r"^runs:", "  - {into: complaint.flares, take: days, of: session, while: {fact: session, pain_during: {at_most: pain.calm}}}", "bad-run",
         "`days` may test `session.pain_during` only in its worse direction"),
        (r"^runs:", "  - {into: complaint.pain_after, take: latest, of: session.pain_during, within_days: pain.calm}", "unit-differs",
         "`within_days` is counted in days, not in pain 0-10"),
        (r"^runs:", "  - {into: complaint.pain_after, take: latest, of: session.pain_during, within_days: log.day}", "unknown-parameter",
         "unknown parameter `log.day`"),
        (r"^runs:", "  - {into: complaint.pain_after, take: latest, of: session.pain_during, next_day: [pain]}", "unknown-fact-field",
         "`session` has no field `pain`"),
        (r"^runs:", "  - {into: complaint.weeks, of: leg, while: {fact: leg}}", "bad-run",
         "only logged sessions are counted: `of` and `fact` are `session`"),
        (r"^runs:", "  - {into: complaint.weeks, of: session, while: {fact: sessions}}", "unknown-fact", "unknown fact `sessions`"),
        (r"^runs:", "  - {into: complaint.weeks, of: session, while: {pain_during: 3}}", "bad-pattern",
         "a pattern is a mapping that names its `fact`, such as {fact: leg, side: left}"),
        (r"^careful:", "  - {when: {fact: session, pain_during: {above: pain.calm}}, read_worst: [pain_during], say: Hm.}", "bad-careful",
         "`session` is no answer that could be read carefully"),
        (r"^careful:", "  - {when: {fact: complaint, limp: true}, of: affects, read_worst: [structure], say: Hm.}", "bad-careful",
         "`affects` is no kind whose answers could be read carefully"),
        (r"^careful:", "  - {when: {fact: strength, weeks_off: {known: true}}, read_worst: [weeks_trained], say: Hm.}", "bad-careful",
         "a careful reading may look at `strength.weeks_off` only in its worse direction"),
        (r"^careful:", "  - {when: {fact: complaint, trend: improving}, read_worst: [clinician_cleared], say: Hm.}", "bad-careful",
         "a careful reading may look at `complaint.trend` only in its worse direction"),
        (r"^careful:", "  - {when: [{fact: complaint, limp: true}, {fact: complaint, sharp: true}], read_worst: [trend], say: Hm.}", "bad-careful",
         "two patterns are about the same kind; write them as one"),
        (r"^careful:", "  - {when: [], read_worst: [trend], say: Hm.}", "too-short", "`when` must have at least 1 entry, but has 0"),
        (r"^careful:", "  - {when: {fact: complaint, limp: true}, read_worst: [trends], say: Hm.}", "unknown-fact-field",
         "`trends` is not a field of a `complaint` with a worse direction"),
        (r"^careful:", "  - {when: {fact: complaint, limp: true}, read_worst: [weeks], say: Hm.}", "unknown-fact-field",
         "`weeks` is not a field of a `complaint` with a worse direction"),
        (r"^careful:", "  - {when: {fact: complaint, limping: true}, read_worst: [trend], say: Hm.}", "unknown-fact-field",
         "`complaint` has no field `limping`"),
        (r"^careful:", "  - {when: {fact: complaint, pain_during: {above: 3}}, read_worst: [trend], say: Hm.}", "bare-number", NUMBERED.format(3)),
        (r"^derived:", "  trial: {side: caution, says: x, fields: {x: {type: ref, to: planet}}}", "unknown-target", "nothing is called a `planet`"),
        (r"^derived:", "  strength: {side: caution, says: x, fields: {}}", "repeated-id",
         "`strength` is the name of something else already, one of the kinds"),
        (r"^derived:", "  trial: {side: other, says: x, fields: {}}", "unknown-word", "`other` is not one of the words for `side`"),
        (r"^gates:", "  trial: {name: a trial}", "never-open", "no rule opens the gate `trial`"),
        (r"^gates:", "  trial: {name: a trial, phase: heavy}", "unknown-phase", "unknown phase `heavy`"),
        (r"^channels:", "  trial: {unit: sets, safe: cap}", "incomplete-channel",
         "a channel has a `range` of numbers, or `values` from the least to the most"),
        (r"^channels:", "  trial: {unit: sets, safe: cap, range: [1, 2], values: [a, b]}", "incomplete-channel",
         "a channel has a `range` of numbers, or `values` from the least to the most"),
        (r"^channels:", "  trial: {unit: sets, safe: max, range: [1, 2]}", "unknown-word", "`max` is not one of the words for `safe`"),
    ],
)  # fmt: skip
def test_a_wrong_line_in_the_vocabulary(after: str, text: str, code: str, message: str, folder: Path) -> None:
    line = put(folder, "vocabulary.yaml", after, text)
    assert (code, "rules/vocabulary.yaml", line, message) in found(folder)


DERIVED = "  trial: {side: caution, says: is on trial, fields: {complaint: {type: ref, to: complaint, always: true}}}"


def test_a_fact_that_nobody_derives_or_reads(folder: Path) -> None:
    line = put(folder, "vocabulary.yaml", r"^derived:", DERIVED)
    assert found(folder) == [
        ("never-derived", "rules/vocabulary.yaml", line, "no rule derives `trial`"),
        ("never-read", "rules/vocabulary.yaml", line, "no rule reads `trial`"),
    ]


def test_a_fact_that_nobody_reads(folder: Path) -> None:
    line = put(folder, "vocabulary.yaml", r"^derived:", DERIVED)
    add_rule(folder, {"when": KNEE, "forbid": None, "unknown": None, "derive": "{fact: trial, complaint: $c}"})
    assert found(folder) == [("never-read", "rules/vocabulary.yaml", line, "no rule reads `trial`")]


def test_a_value_that_is_not_asked_for(folder: Path) -> None:
    change(folder, "vocabulary.yaml", r"(squat_bw: .*), ask: .*", r"\1}")
    lines = add_rule(folder, {"when": "[{fact: strength, squat_bw: {below: plyo.squat_bw_moderate}}]"})
    message = "`strength.squat_bw` can be unknown but has no `ask` in the vocabulary"
    assert ("no-question", "rules/trial.yaml", lines[""], message) in found(folder)
    assert {fault.code for fault in faults(folder)} == {"no-question"}


def test_parts_of_a_selector_that_stand_empty_say_nothing(folder: Path) -> None:
    told = []
    for selector in ("{pattern: squat, not: , any: }", "{pattern: squat}"):
        add_rule(folder, {"forbid": f"{{exercises: {selector}}}"})
        told.append(found_in(folder, folder.parent / "graph"))
    assert told[0] == told[1]


# -- exercises --------------------------------------------------------------------------------------------------------


def test_an_exercise_that_no_rule_reaches(folder: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    named = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.yaml"))
    lost = next(name for name in pack.catalogue.ids if name not in named)
    family = pack.catalogue.exercises[lost].family
    bit = 1 << pack.catalogue.ids.index(lost)

    class Masked(Masks):
        def mask(self, *given: Any) -> int:
            return super().mask(*given) & ~bit

    monkeypatch.setattr(prehab.rules.load, "Masks", Masked)
    lines = (GRAPH_FOLDER / "exercises" / f"{family}.yaml").read_text(encoding="utf-8").split("\n")
    file, line = f"graph/exercises/{family}.yaml", lines.index(f"{lost}:") + 1
    assert found(folder) == [
        ("never-dosed", file, line, f"no rule prescribes a dose for {lost}"),
        ("never-permitted", file, line, f"no rule permits {lost}"),
    ]


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vocabulary.yaml", "schemes.yaml"])
def test_a_file_that_every_pack_needs(name: str, folder: Path) -> None:
    (folder / name).unlink()
    assert found(folder) == [("missing-file", f"rules/{name}", None, f"`{name}` is missing or cannot be read")]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert {fault.code for fault in faults(tmp_path / "rules")} == {"missing-file"}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("about: [a\n", "not-yaml", 2), ("about: a\nabout: b\n", "repeated-key", 2), ("about: no\n", "ambiguous-word", 1),
        ("about: &a b\n", "anchor", 1), ("- a\n", "not-a-mapping", 1), ("", "not-a-mapping", 1), ("# nothing\n", "not-a-mapping", 1),
        ("about: a\n---\nabout: b\n", "two-documents", 2), ("about: \x00\n", "not-text", 1), ("rules: {}\n", "missing-field", 1),
        ("about: a\nrule: {}\n", "unknown-field", 2), ("about: a\nrules: []\n", "not-a-mapping", 2),
        ("about: a\nparameters: 5\n", "not-a-mapping", 2), ("about: a\nrules:\n  trial.one: null\n", "not-a-mapping", 3),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read(text: str, code: str, line: int, folder: Path) -> None:
    (folder / "trial.yaml").write_text(text)
    assert [(fault.code, fault.file, fault.line) for fault in faults(folder)] == [(code, "rules/trial.yaml", line)]


def test_faults_of_all_files_come_together_by_file_and_line(folder: Path) -> None:
    lines = add_rule(folder, {"because": "No.", "evidence": "weak"})
    (folder / "z.yaml").write_text("about: a\nrule: {}\n")
    (folder / "a.yaml").write_text(
        "about: a\nparameters:\n  a.b: {value: 9, unit: x, range: [1, 2], consensus: true}\n"
    )
    assert [(fault.file, fault.line, fault.code) for fault in faults(folder)] == [
        ("rules/a.yaml", 3, "unused-parameter"),
        ("rules/a.yaml", 3, "out-of-range"),
        ("rules/trial.yaml", lines["because"], "too-short"),
        ("rules/trial.yaml", lines["evidence"], "unknown-word"),
        ("rules/z.yaml", 2, "unknown-field"),
    ]


def test_a_fault_in_a_file_is_not_blamed_on_those_that_use_its_parameters(folder: Path) -> None:
    path = next(p for p in sorted(folder.glob("*.yaml")) if p.name == "pain.yaml")
    path.write_text(path.read_text().replace("about:", "abuot:", 1))
    assert [(fault.file, fault.code) for fault in faults(folder)] == [
        ("rules/pain.yaml", "missing-field"), ("rules/pain.yaml", "unknown-field"),
    ]  # fmt: skip


# -- cases ------------------------------------------------------------------------------------------------------------

CASES = """\
cases:
  - case: Nobody
    rule: week.racer
    runner: {}
    outcome: silent
"""


@pytest.mark.parametrize(
    ("old", "new", "code", "line", "message"),
    [
        ("week.racer", "week.racers", "unknown-rule", 3, "unknown rule `week.racers`"),
        ("silent", "quiet", "unknown-word", 5, "`quiet` is not one of the words for `outcome`"),
        ("{}", "{age: 33}", "unknown-field", 4, "unknown field `age`"),
        ("{}", "{complaints: [{injury: gout}]}", "unknown-injury", 4, "unknown injury `gout`"),
        ("{}", "{age_years: 333}", "out-of-range", 4, "`age_years` is 333, but must be from 8 to 100"),
        ("{}", "5", "not-a-mapping", 4, "`runner` must be a mapping (name: value), but is 5"),
        ("silent\n", "silent\n    allows: [flying]\n", "unknown-exercise", 6, "unknown exercise `flying`"),
        ("silent\n", "silent\n    gates: [plyo]\n", "unknown-gate", 6, "unknown gate `plyo`"),
        ("    outcome: silent\n", "", "missing-field", 2, "`outcome` is missing"),
        ("cases:", "case:", "unknown-field", 1, "unknown field `case`"),
    ],
)  # fmt: skip
def test_a_wrong_case(old: str, new: str, code: str, line: int, message: str, folder: Path, pack: Pack) -> None:
    (folder / "trial.cases.yaml").write_text(CASES.replace(old, new, 1))
    with pytest.raises(PackError) as caught:
        load_cases(pack, folder)
    told = [(fault.code, fault.file, fault.line, fault.message) for fault in caught.value.faults]
    assert (code, "rules/trial.cases.yaml", line, message) in told


def test_a_right_case(folder: Path, pack: Pack) -> None:
    add_rule(folder, {})
    (folder / "trial.cases.yaml").write_text(CASES)
    assert [(case.file, case.line) for case in load_cases(pack, folder) if case.file.endswith("trial.cases.yaml")] == [
        ("rules/trial.cases.yaml", 2)
    ]


# -- the command line, and anything at all ----------------------------------------------------------------------------


def test_rules_check_names_the_faults(folder: Path) -> None:
    lines = add_rule(folder, {"when": "[{fact: legs}]"})
    result = CliRunner().invoke(main, ["rules", "check", str(folder)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(
        f"{folder}/trial.yaml:{lines['when']}:19 at /rules/trial.one/when/0/fact: unknown fact `legs`\n"
    )
    assert "Traceback" not in result.output


JUNK = st.recursive(
    st.sampled_from([
        None, True, 0, 5, -1.5, "", "x", "$c", "$", "trial.limit", "runner", "complaint", "leg", "gate", "knee", "squat", "holds",
        "plyo/low", "fact", "irritable",
    ]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from([
            "fact", "key", "side", "region", "pain_during", "weeks_off", "grade", "screen", "at_least", "above", "below", "known", "is",
            "unknown", "exercises", "pattern", "loads", "structure", "not", "any", "gate", "channel", "at_most", "scheme", "urgency",
        ]),
        inner,
        max_size=4,
    ),
    max_leaves=8,
)  # fmt: skip
PARTS = ("because", "when", "any", "unless", "unknown", "permit", "forbid", "open", "close", "limit", "prescribe", "prefer",
         "require", "refer", "derive", "advise", "evidence", "sources", "consensus")  # fmt: skip


@pytest.fixture(scope="module")
def loads_with() -> Callable[[dict[str, Any]], None]:
    """Loads the bundled rules with one more, given as data; only a ``PackError`` with places may come of it."""
    files: list[Fault] = []
    graph = GraphRead(load_catalogue(GRAPH_FOLDER))
    documents = {path.name: found for path, found in prehab.graph.load.read_folder(RULES_FOLDER, "*.yaml", files)}
    kept = {
        name: documents[name]
        for name in ("vocabulary.yaml", "schemes.yaml", "referral.yaml", "session.yaml", "dose.yaml")
    }

    def load(rule: dict[str, Any]) -> None:
        head = yaml.safe_load(HEAD)
        head["rules"]["trial.one"] = rule
        trial = prehab.graph.files.read_text(yaml.safe_dump(head, default_flow_style=None), file="rules/trial.yaml")
        with pytest.raises(PackError) as caught:  # the few files that are kept are no whole pack
            prehab.rules.load._Loader(graph, {**kept, "trial.yaml": trial}, GRAPH_FOLDER).load()
        assert all(fault.file and fault.line for fault in caught.value.faults)
        assert caught.value.to_json()

    return load


@given(st.dictionaries(st.sampled_from(PARTS), JUNK, min_size=1, max_size=3))
@settings(max_examples=tries(25))
def test_any_rule(loads_with: Callable[[dict[str, Any]], None], parts: dict[str, Any]) -> None:
    rule = {key: yaml.safe_load(value) for key, value in RULE.items()}
    loads_with({**rule, **parts})


@given(st.lists(st.dictionaries(st.sampled_from(["fact", "key", "side", "region", "injury", "screen", "grade", "weeks_off", "pain_during", "sex"]), JUNK, max_size=4), max_size=3), st.sampled_from(["when", "any", "unless"]))  # fmt: skip
@settings(max_examples=tries(25))
def test_any_pattern(loads_with: Callable[[dict[str, Any]], None], patterns: list[Any], part: str) -> None:
    rule = {key: yaml.safe_load(value) for key, value in RULE.items()}
    loads_with({**rule, part: [{"fact": "complaint", **pattern} for pattern in patterns]})
