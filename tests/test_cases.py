"""Every case beside a rule, on every evaluator; and every rule has the cases it owes."""

from __future__ import annotations

from typing import Any

import pytest

from prehab.asking import Asking
from prehab.decide import Decider
from prehab.graph.faults import PackError
from prehab.inference import infer
from prehab.rules.load import LocatedCase, load_cases, load_pack
from prehab.rules.pack import Pack
from prehab.runner import Runner
from tests.support import words_context

try:
    CASES = load_cases(load_pack())
except PackError:  # told by the tests that load the pack, with every fault
    CASES = []


def name(located: LocatedCase) -> str:
    return f"{located.case.rule}: {located.case.case}"


@pytest.mark.parametrize("located", CASES, ids=name)
def test_case(located: LocatedCase, program: Any, builder: Any, both: list[Any]) -> None:
    case = located.case
    runner = Runner.model_validate(case.runner, context=words_context(program.pack))
    index = next(i for i, rule in enumerate(program.pack.rules) if rule.id == case.rule)
    variants = [i for i, v in enumerate(program.source) if v.rule == index]
    for evaluator in both:
        inference = infer(program, builder.build(runner), evaluator)
        fired = any(f.variant in variants for f in inference.firings)
        assert fired == (case.outcome == "fires"), f"{evaluator.name}: {located.file}:{located.line}"
        if case.outcome == "asks":
            assert any(Asking(program).near(inference, frozenset(variants))), (
                f"nothing to ask: {located.file}:{located.line}"
            )
        for gate in case.gates:
            assert inference.gates[gate], f"{gate} is closed"
        decisions = Decider(program).decide(inference, runner.strength.equipment or ())
        allowed = program.pack.ids(decisions.allowed)
        assert set(case.allows) <= set(allowed), f"not allowed: {set(case.allows) - set(allowed)}"
        assert not set(case.forbids) & set(allowed), f"allowed: {set(case.forbids) & set(allowed)}"
        assert case.status in (None, decisions.status)


def always(pack: Pack, index: int) -> bool:
    """Whether a rule is without condition."""
    variants = [v for v in pack.variants if v.rule == index]
    return any(not p.tests for v in variants if len(v.patterns) == 1 for p in v.patterns if p.kind == "runner")


def test_every_rule_has_a_case_that_fires_and_one_that_does_not(pack: Pack) -> None:
    outcomes: dict[str, set[str]] = {rule.id: set() for rule in pack.rules}
    for located in CASES:
        outcomes[located.case.rule].add(located.case.outcome)
    lacking = []
    for index, rule in enumerate(pack.rules):
        if "fires" not in outcomes[rule.id]:
            lacking.append(f"{rule.id}: no case that fires")
        if not always(pack, index) and not outcomes[rule.id] & {"silent", "asks"}:
            lacking.append(f"{rule.id}: no case that does not fire")
    assert not lacking, "\n".join(lacking)
