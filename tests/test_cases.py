"""Every case beside a rule, on every evaluator; and every rule has the cases it owes."""

from __future__ import annotations

from typing import Any

import pytest

from prehab.graph.faults import PackError
from prehab.rules.load import LocatedCase, load_cases, load_pack
from prehab.rules.pack import Pack
from prehab.trials import Trials

try:
    CASES = load_cases(load_pack())
except PackError:  # told by the tests that load the pack, with every fault
    CASES = []


@pytest.fixture(scope="module")
def trials(pack: Pack) -> Trials:
    return Trials(pack, CASES)


def name(located: LocatedCase) -> str:
    return f"{located.case.rule}: {located.case.case}"


@pytest.mark.parametrize("located", CASES, ids=name)
def test_case(located: LocatedCase, trials: Trials, both: list[Any]) -> None:
    assert not trials.failures(located, both), f"{located.file}:{located.line}"


def test_every_rule_has_the_cases_it_owes(trials: Trials) -> None:
    lacking = [f"{one.rule}: {lack}" for one in trials.coverage() for lack in one.lacks]
    assert not lacking, "\n".join(lacking)


def test_the_cases_catch_the_faults_put_into_the_rules(trials: Trials) -> None:
    made = [mutant for rule in trials.pack.rules for mutant in trials.mutants(rule)]
    missed = [f"{one.rule}: {one.fault}" for one in made if not one.caught]
    assert len(made) > 2000
    assert len(missed) <= 0.05 * len(made), "\n".join(missed)
