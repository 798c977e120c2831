"""Law 16: a sign that is told counts at every place and under every name, or the answer says that it does not.

The table of what each sign leads to stands in ``signs.yaml``; the engine is held to it. Beside it stand the properties
that no table shows: a name never weakens a sign, and a sign that is not used is said to be so.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import pytest
import yaml

from prehab.decide import STATUSES, URGENCIES
from prehab.engine import Engine
from prehab.graph.catalogue import TELLS
from prehab.graph.faults import PackError
from prehab.rules.pack import Pack
from tests import signs
from tests.support import bundled_pack, engine_of, without

PAINS = (1, 3, 6)
BONE = ("focal_bone_tenderness", "limp", "pain_walking", "pain_hopping", "pain_at_rest", "pain_at_night")

try:
    NAMED = [injury for injury in bundled_pack().catalogue.injuries.values() if not injury.unnamed]
except PackError:  # told by the tests that load the pack, with every fault
    NAMED = []


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(evaluator="compiled")


def test_the_table_is_what_the_engine_says(engine: Engine) -> None:
    assert yaml.safe_load(signs.FILE.read_text(encoding="utf-8")) == signs.table(engine), (
        "run `make signs`, and read it"
    )


def test_every_cell_has_one_of_the_answers(pack: Pack) -> None:
    told = yaml.safe_load(signs.FILE.read_text(encoding="utf-8"))
    assert told.keys() == signs.signs(pack).keys()
    known = {key for key, _ in signs.names(pack)}
    for sign, row in told.items():
        assert {row["all others"], *row} - {"all others"} <= set(signs.ANSWERS), sign
        listed = [name for kind, names in row.items() if kind != "all others" for name in names]
        assert len(listed) == len(set(listed)), sign
        assert set(listed) <= known, sign


def test_every_place_says_which_bone_lies_under_it(pack: Pack) -> None:
    for key, region in pack.catalogue.words["regions"].items():
        assert not region.get("tells") or region.get("bone"), key
        assert "bone" not in region or region["tells"].get("focal_bone_tenderness") == "any", key


# -- a name never weakens a sign ---------------------------------------------------------------------------------------


def complaint(told: dict[str, str], pains: dict[str, int], yes: tuple[str, ...]) -> dict[str, Any]:
    pain = {"during": 1, "next_morning": 0, "walking": 0, "hopping": 0, "at_rest": 0, "at_night": 0, **pains}
    return {**told, "side": "left", "pain": pain, "signs": {sign: sign in yes for sign in BONE[:2]}}


@cache
def severity(
    engine: Engine, name: tuple[str, str], first: str | None, second: str | None, pain: int
) -> tuple[int, int]:
    """How a complaint of a name is taken, of which one or two signs are told."""
    told = [sign for sign in (first, second) if sign]
    pains = {sign.removeprefix("pain_"): pain for sign in told if sign not in BONE[:2]}
    data = complaint(dict([name]), pains, tuple(sign for sign in told if sign in BONE[:2]))
    decided = engine._decide(engine.runner({"complaints": [data]}))
    return STATUSES.index(decided.status), URGENCIES.index(decided.urgency) if decided.urgency else -1


@pytest.mark.parametrize("injury", NAMED, ids=lambda injury: injury.id)
def test_a_name_never_weakens_what_the_place_alone_gives_for_a_sign(injury: Any, engine: Engine) -> None:
    """Unless the graph says that the sign belongs to the injury; then it says why, and the sign is still limited."""
    known = engine.catalogue.known_of(injury)
    place = engine.catalogue.known_of(
        engine.catalogue.injuries[engine.catalogue.words["regions"][injury.region]["presume"]]
    )
    usual = {one.sign for one in injury.usual_signs}
    for sign in BONE:
        field = f"{sign}_tells"
        weaker = TELLS.index(known[field]) < TELLS.index(place[field])
        assert not weaker or sign in usual, f"{injury.id}: {sign} counts less than at the {injury.region}, unsaid"
    heard = [sign for sign in BONE if sign not in usual]
    for first, second in combinations([*heard, None], 2):
        for pain in PAINS if {first, second} - {*BONE[:2], None} else PAINS[:1]:
            alone = severity(engine, ("region", injury.region), first, second, pain)
            if alone[1] >= URGENCIES.index("urgent"):
                named = severity(engine, ("injury", injury.id), first, second, pain)
                said = f"{first} and {second} at {pain} give {named}, the {injury.region} alone {alone}"
                assert named >= alone, f"{injury.id}: {said}"


def test_no_sign_is_weaker_under_a_friendly_name(engine: Engine) -> None:
    """The examples that people gave: a heel bone taken for heel pain, a sacrum for a tendon, a femur for a strain."""
    heel = {"during": 6, "walking": 4, "next_morning": 2, "at_rest": 3, "at_night": 2, "hopping": 8}
    told = {"injury": "plantar_heel_pain", "side": "left", "weeks": 4, "pain": heel}
    answer = engine.recommend({"complaints": [told]})
    assert [one.region for one in answer.referrals if one.urgency == "urgent"] == ["heel"]
    assert not {"bodyweight_squat", "split_squat", "calf_isometric_bilateral"} & set(answer.allowed)


# -- what is not used is said ------------------------------------------------------------------------------------------


def test_a_sign_without_meaning_is_said_to_be_unused(engine: Engine) -> None:
    answer = engine.recommend({"complaints": [{"region": "calf", "signs": {"locking": True}}]})
    assert "'locking' was told of the calf; it means nothing there and was not used." in answer.notes
    answer = engine.recommend({"complaints": [{"region": "knee", "signs": {"locking": True}}]})
    assert not any("means nothing" in note for note in answer.notes)
    answer = engine.recommend({"complaints": [{"region": "calf", "signs": {"locking": False}}]})
    assert not any("means nothing" in note for note in answer.notes)


def test_a_sign_that_only_a_careful_reading_hears_is_not_called_unused(pack: Pack) -> None:
    """Getting worse quickly makes the trend count as worsening, even where no rule reads the sign itself."""
    poor = engine_of(without(pack, "triage.failing", "triage.nerves-getting-worse"))
    answer = poor.recommend({"complaints": [{"region": "calf", "signs": {"rapidly_worsening": True}}]})
    assert not any("means nothing" in note for note in answer.notes)


def test_each_complaint_is_looked_at_by_itself(engine: Engine) -> None:
    told = {"locking": True}
    answer = engine.recommend({"complaints": [{"region": "calf", "signs": told}, {"region": "knee", "signs": told}]})
    assert [note for note in answer.notes if "means nothing" in note] == [
        "'locking' was told of the calf; it means nothing there and was not used."
    ]
