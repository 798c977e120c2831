"""Both evaluators and the plain definition agree on random packs, in which every part of the language is used.

The bundled pack is one pack; what it does not happen to say (two gates in a row, a join of three, a test of an unknown
value under `unless`) is said here. And since random packs pass the checks, the laws that the checks promise must hold.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from prehab.engine import evaluators
from prehab.facts import FactBuilder
from prehab.graph.catalogue import Catalogue
from prehab.inference import infer
from prehab.population import random_runner, shrunk
from prehab.program import Program
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.testing import LAWS, Bench, check_laws
from prehab.testing.graph_files import GraphFiles
from prehab.testing.packs import EVERYTHING, PackFiles, census, random_files, random_pack
from prehab.testing.strategies import complaints, graphs, logs, rule_packs, runners
from tests.plain import derived, differs_from_plain, in_order
from tests.support import tries, words_context

PACKS = tries(20, least=20)
RUNNERS = 25
PROMISED = [law for law in LAWS if law.number[0] in "3456" or law.number == "13"]
"""What passing the checks promises of any pack; the other laws ask for rules that a random pack may not have."""


@pytest.fixture(scope="module")
def packs(pack: Pack) -> list[Pack]:
    """Random packs over the bundled graph: not too many, for a ruleset of durable-rules is never freed."""
    return [random_pack(random.Random(seed), pack.catalogue) for seed in range(PACKS)]


def test_random_packs_use_all_of_the_language(packs: list[Pack]) -> None:
    found: Counter[str] = Counter()
    for pack in packs:
        found.update(census(pack))
    assert not EVERYTHING - found.keys()
    assert not found.keys() - EVERYTHING
    assert min(found.values()) >= 3, found
    assert len({pack.digest for pack in packs}) == len(packs)


@pytest.mark.parametrize("seed", range(PACKS))
def test_all_evaluators_agree_on_a_random_pack(seed: int, packs: list[Pack]) -> None:
    pack = packs[seed]
    program = Program(pack)
    builder, all_of_them = FactBuilder(program), evaluators(program)
    rng = random.Random(seed)
    for number in range(RUNNERS):
        data = random_runner(rng, pack)

        def differ(data: Any) -> list[str]:
            runner = Runner.model_validate(data, context=words_context(pack))
            found = [infer(program, builder.build(runner), evaluator) for evaluator in all_of_them]
            same = all(
                in_order(one) == in_order(found[0]) and (one.gates, derived(one)) == (found[0].gates, derived(found[0]))
                for one in found
            )
            return differs_from_plain(found[0], builder.build(runner)) + ([] if same else ["evaluators"])

        if differ(data):
            small = shrunk(data, lambda one: _tried(differ, one))
            pytest.fail(f"seed {seed}, runner {number}: {differ(small)}: {json.dumps(small)}")
    assert all(getattr(evaluator, "fallbacks", 0) == 0 for evaluator in all_of_them)


def _tried(check: Any, data: Any) -> bool:
    with suppress(ValueError):  # what was left out made it no runner
        return bool(check(data))
    return False


@pytest.mark.parametrize("seed", range(0, PACKS, 4))
def test_the_promised_laws_hold_for_a_random_pack(seed: int, packs: list[Pack]) -> None:
    """The polarity check is the proof of laws 4 to 6 for anyone's pack: here it is put to the test."""
    bench = Bench.of(packs[seed])
    for law in PROMISED:
        breach = bench.try_law(law, 12 if law.number == "13" else 60, seed)
        assert breach is None, f"{random_files(random.Random(seed), packs[seed].catalogue)}\n{breach}"


# -- what hypothesis draws --------------------------------------------------------------------------------------------

SMALL = settings(max_examples=15, suppress_health_check=list(HealthCheck))


@SMALL
@given(files=graphs())
def test_drawn_graphs_are_sound_and_carry_packs(files: GraphFiles) -> None:
    catalogue: Catalogue = files.catalogue
    assert 2 <= len(catalogue.exercises) <= 13
    pack = random_pack(random.Random(len(catalogue.exercises)), catalogue)
    assert not check_laws(pack, runners=3, laws=PROMISED)
    assert "quadriceps" in repr(files)


@SMALL
@given(files=rule_packs())
def test_drawn_packs_load_and_read_as_rules(files: PackFiles) -> None:
    assert len(files.pack.rules) >= 10
    assert repr(files).startswith("# random.yaml\nabout: Random rules.")
    assert "&id" not in repr(files)


def test_what_is_drawn_shrinks_to_little(pack: Pack) -> None:
    from hypothesis import find

    quiet = settings(max_examples=300, database=None, suppress_health_check=list(HealthCheck))
    assert find(runners(pack), lambda data: True, settings=quiet) == {}
    sore = find(runners(pack), lambda data: len(data.get("complaints", ())) >= 2, settings=quiet)
    first = pack.catalogue.words["regions"]
    assert sore == {"complaints": [{"region": next(iter(first))}] * 2}
    assert find(complaints(pack), lambda data: "side" in data, settings=quiet)["side"] == "left"
    assert find(logs(pack), lambda data: bool(data), settings=quiet) == [{"days_ago": 0}]
    plainest = find(rule_packs(), lambda files: True, settings=quiet)
    assert len(plainest.pack.rules) <= 18
    assert "fact: runner" in repr(plainest)
    assert len(find(graphs(), lambda files: True, settings=quiet).catalogue.exercises) == 2
