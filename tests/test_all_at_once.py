# ruff: noqa: E501 - whole texts, one beside the other
"""Faults of a pack come all at once: whatever else is wrong, in whatever file, each is told, at its place, in one run.

What one fault truly makes undecidable (nothing can be said against a vocabulary that cannot be read) is not planted
beside it; the README of the rules says what that is.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from prehab.graph.faults import Fault, PackError
from prehab.rules.checks.report import check_rules
from prehab.rules.load import load_pack
from tests.hostile import copy_to

ROUNDS = 40


class Plant(NamedTuple):
    """A fault: the text that it replaces (or all of a new file), and the text on whose line it is told, if any."""

    code: str
    file: str
    old: str
    new: str
    at: str | None


def _added(code: str, file: str, text: str, at: str | None = None) -> Plant:
    return Plant(code, file, "", text, at)


PAIN, SPRING, BASE, TRIAGE, WEEK = (f"rules/{name}.yaml" for name in ("pain", "spring", "base", "triage", "week"))
LEGS, CALF, NAMED = "graph/exercises/legs.yaml", "graph/exercises/calf_trunk.yaml", "graph/injuries/named.yaml"
VOCABULARY, SCHEMES = "rules/vocabulary.yaml", "rules/schemes.yaml"

PLANTS = [
    # files
    _added("not-yaml", "rules/extra.yaml", "about: [one\n", ""),
    _added("not-yaml", "graph/exercises/extra.yaml", "a: [one\n", ""),
    _added("not-data", "rules/more.yaml", "<html></html>\n", "<html>"),
    _added("ignored-file", "rules/old.yml", "about: x\n"),
    _added("missing-field", "rules/third.yaml", "rules: {}\n", "rules"),
    # the graph: shape, names, laws
    Plant("unknown-muscle", LEGS, "trains: {quadriceps: primary}\n  loads: {kneecap_joint: 2, tibia: 1, femoral_neck: 1}",
          "trains: {quadricep: primary}\n  loads: {kneecap_joint: 2, tibia: 1, femoral_neck: 1}", "quadricep:"),
    Plant("unknown-field", CALF, "  cues:", "  cuse: [x]\n  cues:", "cuse"),
    Plant("unknown-source", NAMED, "  sources: [silbernagel2007]\n\n", "  sources: [silbernagel2070]\n\n", "silbernagel2070"),
    Plant("stage-not-used", NAMED, "{exercise: heel_raise_hold, stage: calm, consensus: true}",
          "{exercise: heel_raise_hold, stage: protect, consensus: true}", "stage: protect, consensus"),
    Plant("out-of-range", "graph/sources/papers.yaml", "year: 2009", "year: 3009", "year: 3009"),
    Plant("wrong-type", "graph/words.yaml", "hinge: {name: Hip hinge,", "hinge: {name: 7,", "name: 7"),
    # the vocabulary and the schemes
    Plant("unknown-field", VOCABULARY, "label: weaker leg compared", "lable: x, label: weaker leg compared", "lable"),
    Plant("unknown-fact-field", VOCABULARY, "of: leg.balance_s, worse: lower}", "of: leg.balance, worse: lower}", "leg.balance,"),
    Plant("not-whole", SCHEMES, "contacts: [15, 50]", "contacts: [15.5, 50]", "15.5"),
    Plant("empty-range", SCHEMES, "effort_rpe: [5, 8]", "effort_rpe: [8, 5]", "[8, 5]"),
    # parameters
    Plant("out-of-range", PAIN, "pain.many: {value: 3,", "pain.many: {value: 7,", "value: 7"),
    Plant("wrong-type", SPRING, "spring.weeks: {value: 12, unit: weeks,", "spring.weeks: {value: 12, unit: 7,", "unit: 7"),
    Plant("unit-differs", SPRING, "spring.balance_s: {value: 30, unit: seconds", "spring.balance_s: {value: 30, unit: minutes", "balance_s: {at_least: spring.balance_s"),
    Plant("unknown-parameter", PAIN, "at_most: pain.limit, consensus", "at_most: pain.limitt, consensus", "pain.limitt"),
    Plant("unused-parameter", WEEK, "rules:\n  week.nights:",
          "  week.spare: {value: 2, unit: weeks, range: [1, 3], consensus: true}\n\nrules:\n  week.nights:", "week.spare"),
    # rules: their shape, names, numbers, and what they mean
    Plant("unknown-explosive", WEEK, "{any: [{explosive: [low, moderate]}, {external_load: required}]}}\n    advise",
          "{any: [{explosive: [low, high]}, {external_load: required}]}}\n    advise", "[low, high]"),
    Plant("unknown-parameter", TRIAGE, "{above: triage.night_pain}", "{above: triage.missing}", "triage.missing"),
    Plant("unknown-fact", TRIAGE, "{fact: medical, heart_condition: true}", "{fact: medicine, heart_condition: true}", "medicine"),
    Plant("bare-number", PAIN, "{impact: {at_least: pain.bone_impact}}", "{impact: {at_least: 1}}", "at_least: 1}"),
    Plant("unknown-word", WEEK, "{at_least: head_cold}", "{at_least: cold}", "cold}"),
    Plant("unbound-variable", TRIAGE, "refer: {urgency: routine, region: $r", "refer: {urgency: routine, region: $x", "region: $x"),
    Plant("no-source", WEEK, "    evidence: moderate\n    sources: [bosquet2007]\n\n", "    evidence: moderate\n    consensus: true\n\n", "evidence: moderate\n    consensus"),
    Plant("repeated-key", WEEK, "  week.short-sleep:", "  week.ill:\n    {because: Nothing but a trial., evidence: consensus}\n\n  week.short-sleep:",
          "week.ill:\n    because"),
    Plant("ambiguous-word", PAIN, "pain.run_min: {value: 20,", "pain.run_min: {value: 020,", "020"),
    Plant("polarity", PAIN, "balance_s: {below: base.balance_s}", "balance_s: {above: base.balance_s}", "pain.flaring-leg-not-alone"),
    Plant("unknown-undeclared", PAIN, "    unknown: asks\n    limit: {channel: sets", "    limit: {channel: sets", "pain.many-places"),
    Plant("limit-direction", WEEK, "reps_in_reserve, at_least:", "reps_in_reserve, at_most:", "- {channel: reps_in_reserve, at_most"),
    Plant("selects-nothing", BASE, "{exercises: {pattern: carry, not:", "{exercises: {pattern: carry, slot: power, not:", "- {exercises: {pattern: carry, slot: power"),
    Plant("hidden-character", WEEK, "because: So close to a race", "because: So close\u200b to a race", "So close"),
    # rules beside one another
    Plant("duplicate", WEEK, "  week.key-runs:", "  week.snow:\n    because: For bone, choose loaded work on your feet.\n    when: [{fact: runner, goal: bone_health}]\n    prefer: {weight: prefer.clear, exercises: {osteogenic: {at_least: bone.osteogenic}, position: standing}}\n    evidence: consensus\n    consensus: true\n\n  week.key-runs:", "week.snow"),
    # cases and statements
    Plant("unknown-rule", "rules/base.cases.yaml", "rule: base.strength-work\n    runner: {screens: {squat: competent, hinge: competent}, legs: {left: {balance_s: 30}, right: {balance_s: 30}}}",
          "rule: base.strength\n    runner: {}", "rule: base.strength\n"),
    Plant("unknown-word", "rules/base.cases.yaml", "runner: {screens: {squat: poor, hinge: poor}}", "runner: {screens: {squat: bad, hinge: poor}}", "squat: bad"),
    Plant("unknown-gate", "rules/statements.yaml", "unless: [{fact: gate, gate: spring/moderate, open: true}]",
          "unless: [{fact: gate, gate: spring/medium, open: true}]", "spring/medium"),
    Plant("unknown-field", "rules/statements.yaml", "    laws: [1]\n    when", "    lawz: [1]\n    when", "lawz"),
]  # fmt: skip
HIDES = {
    "unused-parameter": {"not-yaml", "not-data", "ignored-file"},
    "selects-nothing": {"not-yaml", "unknown-muscle", "wrong-type"},
}
"""What cannot be told beside others: of rules or exercises of which something was not read, all may be used."""


def together(plants: Sequence[Plant]) -> list[Plant]:
    """Those that can all be told in one run."""
    codes = {one.code for one in plants}
    return [one for one in plants if codes.isdisjoint(HIDES.get(one.code, ()))]


def planted(folder: Path, plants: Sequence[Plant]) -> list[tuple[str, str, int | None]]:
    """Plant faults in a copy of the club's pack; where each must be told."""
    for one in plants:
        path = folder / one.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        assert one.old in text, one
        path.write_text(text.replace(one.old, one.new, 1) if one.old else one.new, encoding="utf-8")
    places: list[tuple[str, str, int | None]] = []
    for one in plants:
        text = (folder / one.file).read_text(encoding="utf-8")
        line = text.count("\n", 0, text.index(one.at)) + 1 if one.at else None
        places.append((one.code, one.file, line))
    return places


def told(folder: Path) -> tuple[Fault, ...]:
    try:
        report = check_rules(folder / "rules", folder / "graph")
    except PackError as error:
        return error.faults
    return report.errors


def missing(folder: Path, plants: Sequence[Plant]) -> list[tuple[str, str, int | None]]:
    """The planted faults that were not told, or not at their place."""
    places = planted(folder, plants)
    found = told(folder)
    here = {(fault.code, fault.file, fault.line) for fault in found}
    anywhere = {(fault.code, fault.file) for fault in found}
    return [
        (code, file, line) for code, file, line in places
        if ((code, file, line) not in here if line is not None and line > 1 else (code, file) not in anywhere)
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(len(PLANTS)))
def test_each_fault_alone_is_told_and_no_other_kind_of_it(number: int, tmp_path: Path) -> None:
    plant = PLANTS[number]
    folder = copy_to(tmp_path / "pack")
    assert not missing(folder, [plant])
    assert {fault.code for fault in told(folder)} == {plant.code}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_several_faults_are_told_in_one_run(number: int, tmp_path: Path) -> None:
    rng = random.Random(number)
    plants = together(rng.sample(PLANTS, rng.choice((2, 3, 4))))
    assert not missing(copy_to(tmp_path / "pack"), plants), plants


def test_all_of_them_are_told_in_one_run(tmp_path: Path) -> None:
    assert not missing(copy_to(tmp_path / "pack"), together(PLANTS))


def test_two_faults_in_one_rule(tmp_path: Path) -> None:
    """The rule of the report: an unknown word hid an unknown parameter."""
    folder = copy_to(tmp_path / "pack")
    (folder / "rules/extra.yaml").write_text(
        "about: Extra.\nrules:\n  extra.one:\n    because: Two faults in one rule.\n"
        "    when: [{fact: complaint, key: $c, pain_during: {above: extra.missing}}]\n    unknown: asks\n"
        "    forbid: {exercises: {explosive: [low, high]}}\n    evidence: consensus\n    consensus: true\n",
        encoding="utf-8",
    )
    for read in (load_pack, check_rules):
        with pytest.raises(PackError) as caught:
            read(folder / "rules", folder / "graph")
        found = [(fault.code, fault.line) for fault in caught.value.faults]
        assert found == [("unknown-parameter", 5), ("unknown-explosive", 7)]
