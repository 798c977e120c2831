"""Every case beside a rule, and every rule has the cases it owes.

The reference is slow; it is held to the cases by ``prehab rules test``, which the tests of the documents run.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from prehab.graph.faults import PackError
from prehab.rules.load import LocatedCase, load_cases
from prehab.rules.pack import Pack
from prehab.trials import Trials
from tests.support import bundled_pack

try:
    CASES = load_cases(bundled_pack())
except PackError:  # told by the tests that load the pack, with every fault
    CASES = []


@pytest.fixture(scope="module")
def trials(pack: Pack) -> Trials:
    return Trials(pack, CASES)


BY_FILE: dict[str, list[LocatedCase]] = {
    str(file): list(cases)
    for file, cases in groupby(sorted(CASES, key=lambda one: str(one.file)), lambda one: one.file)
}


@pytest.mark.parametrize("file", BY_FILE)
def test_cases(file: str, trials: Trials, able: list[Any]) -> None:
    fast = [one for one in able if one.name != "reference"]
    wrong = [
        f"{located.file}:{located.line}: {located.case.rule}: {located.case.case}: {failure}"
        for located in BY_FILE[file]
        for failure in trials.failures(located, fast)
    ]
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_of_them() -> None:
    assert len(CASES) > 2500


def test_every_rule_has_the_cases_it_owes(trials: Trials) -> None:
    lacking = [f"{one.rule}: {lack}" for one in trials.coverage() for lack in one.lacks]
    assert not lacking, "\n".join(lacking)


def test_the_cases_catch_the_faults_put_into_the_rules(trials: Trials) -> None:
    made = [mutant for rule in trials.pack.rules for mutant in trials.mutants(rule)]
    missed = [f"{one.rule}: {one.fault}" for one in made if not one.caught]
    assert len(made) > 2000
    assert len(missed) <= 0.05 * len(made), "\n".join(missed)
