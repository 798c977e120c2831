"""A pack made ready to run: numbers that may be overridden, and a pack that survives being written down."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import InputError
from prehab.population import random_runner
from prehab.program import Program
from prehab.rules.pack import Pack
from tests.support import engine_of

SORE = {
    "strength": {"weeks_trained": 30},
    "screens": {"squat": "competent", "hinge": "competent", "lunge": "competent"},
    "complaints": [{"injury": "achilles_tendinopathy_midportion", "side": "left", "trend": "steady",
                    "pain": {"during": 4, "next_morning": 1, "at_rest": 0}}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "codes"),
    [
        ({"tendon.pain_limitt": 4}, ["unknown-parameter"]),
        ({"tendon.pain_limit": 9}, ["out-of-range"]),
        ({"tendon.pain_limit": float("inf")}, ["out-of-range"]),
        ({"tendon.pain_limit": float("nan")}, ["wrong-type"]),
        ({"tendon.pain_limit": "4"}, ["wrong-type"]),
        ({"tendon.pain_limit": True}, ["wrong-type"]),
        ({"tendon.pain_limit": 3, "tendon.squeezed_limit": 5}, ["wrong-order"]),
        ({"tendon.irritable_load": 2}, ["fixed-parameter"]),
        ({"tendon.pain_limit": 9, "no.such": 1, "tendon.irritable_load": 2},
         ["fixed-parameter", "out-of-range", "unknown-parameter"]),
    ],
)  # fmt: skip
def test_an_override_that_cannot_be_is_refused(pack: Pack, overrides: Mapping[str, Any], codes: list[str]) -> None:
    """All faults at once, each with its code and place."""
    with pytest.raises(InputError) as refused:
        Program(pack, overrides)
    assert sorted(fault.code for fault in refused.value.faults) == codes
    assert all(fault.path.startswith("/parameters/") for fault in refused.value.faults)


def test_a_misspelt_parameter_is_met_with_the_nearest(pack: Pack) -> None:
    with pytest.raises(InputError) as refused:
        Program(pack, {"tendon.pain_limitt": 4})
    assert refused.value.faults[0].did_you_mean[0] == "tendon.pain_limit"


def test_every_parameter_may_go_to_both_ends_of_its_range(pack: Pack) -> None:
    """All together, so that those in order stay in order; those that selectors use are fixed."""
    free = {name: p for name, p in pack.parameters.items() if name not in pack.fixed_parameters}
    tied = {one.at_most for name, one in pack.parameters.items() if name in pack.fixed_parameters}
    tied |= {name for name, one in free.items() if one.at_most in pack.fixed_parameters}
    for end in (0, 1):
        values = {name: parameter.range[end] for name, parameter in free.items() if name not in tied}
        program = Program(pack, values)
        assert {name: program.parameters[name] for name in values} == values
        assert len(values) > 60


def test_an_override_changes_the_answer_and_is_told(pack: Pack) -> None:
    usual, strict = engine_of(pack), engine_of(pack, parameters={"tendon.pain_limit": 3})
    before, after = usual.recommend(SORE), strict.recommend(SORE)
    assert set(after.allowed) < set(before.allowed)
    assert before.provenance.overrides == {}
    assert after.provenance.overrides == {"tendon.pain_limit": 3}
    assert json.loads(after.to_json())["provenance"]["overrides"] == {"tendon.pain_limit": 3}


def test_the_order_of_overrides_changes_no_byte(pack: Pack) -> None:
    values = {"tendon.pain_limit": 4, "pain.calm": 1}
    one, other = (engine_of(pack, parameters=p) for p in (values, dict(reversed(values.items()))))
    assert one.recommend(SORE).to_json() == other.recommend(SORE).to_json()


def test_an_override_with_the_value_that_stands_changes_no_decision(pack: Pack) -> None:
    same = {n: p.value for n, p in pack.parameters.items() if n not in pack.fixed_parameters}
    usual, told = engine_of(pack), engine_of(pack, parameters=same)
    rng = random.Random(7)
    for _ in range(30):
        data = random_runner(rng, pack)
        one, other = (engine.recommend(data).model_dump(exclude={"provenance"}) for engine in (usual, told))
        assert one == other


def test_a_pack_survives_being_written_down(pack: Pack) -> None:
    written = json.dumps(pack.as_data())
    catalogue = Catalogue.from_data(json.loads(json.dumps(pack.catalogue.as_data())))
    assert catalogue == pack.catalogue
    again = Pack.from_data(json.loads(written), catalogue)
    assert again.digest == pack.digest
    assert json.dumps(again.as_data()) == written
    one, other = engine_of(pack), engine_of(again)
    rng = random.Random(8)
    for _ in range(150):
        data = random_runner(rng, pack)
        assert one.recommend(data).to_json() == other.recommend(data).to_json()
        exercise = rng.choice(pack.catalogue.ids)
        assert one.explain(data, exercise).to_json() == other.explain(data, exercise).to_json()


def test_the_digest_hears_of_everything_but_the_place_in_a_file(pack: Pack) -> None:
    def digest(**change: Any) -> str:
        rules = (replace(pack.rules[0], **change), *pack.rules[1:])
        return replace(pack, rules=rules, stored_digest=None).digest

    assert digest() == pack.digest
    assert digest(line=7, file="elsewhere.yaml") == pack.digest
    assert digest(because="Because.") != pack.digest
    assert replace(pack, careful=(), stored_digest=None).digest != pack.digest
    assert replace(pack, runs=(), stored_digest=None).digest != pack.digest
