"""Every warning sign that the graph names for an injury sends a runner who reports it to somebody, soon enough.

The graph says of each injury which signs are warnings and how urgent they are; the rules decide what a runner is told.
Each pair of injury and sign is tried with a runner who has that complaint, hurts little, and reports that one sign:
some rule that reads the sign must refer at least as urgently as the graph says. The same runner without the sign must
not be sent away in haste, unless the injury by itself is a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest

from prehab.engine import Engine
from prehab.graph.faults import PackError
from prehab.graph.schema import Injury, RedFlag
from prehab.population import told_kinds
from prehab.recommendation import Referral
from prehab.rules.checks.referrals import check_red_flags
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field
from prehab.runner import Runner
from prehab.testing import Seen
from prehab.testing.laws import red_flags_are_heard
from tests.support import bundled_pack, engine_of, without, words_context

URGENCIES = ("routine", "urgent", "emergency")

LOW = {"during": 1, "after": 0, "next_morning": 0, "walking": 0, "at_rest": 0, "at_night": 0}
"""A complaint that hurts a little in exercise and at no other time."""

SIGN_OF_PAIN = 3
"""Pain that is a warning in itself, at rest or at night, is one from three of ten on."""

SEVERE, SEVERE_PAIN = "severe_", 8
"""A flag of this name is the pain of the same name, badly."""

try:
    INJURIES = list(bundled_pack().catalogue.injuries.values())
except PackError:  # told by the tests that load the pack, with every fault
    INJURIES = []
PAIRS = [(injury, flag) for injury in INJURIES for flag in injury.red_flags]


def pair_name(value: Injury | RedFlag) -> str:
    return value.flag if isinstance(value, RedFlag) else value.id


def place(pack: Pack, flag: str) -> tuple[str, Field, tuple[str, ...]]:
    """The kind of fact that holds a sign, its field, and where it stands in a runner file (a complaint's: in it)."""
    flag = flag.removeprefix(SEVERE)
    found = [(name, kind, kind.fields[flag]) for name, kind in told_kinds(pack).items() if flag in kind.fields]
    assert len(found) == 1, f"`{flag}` must be one field of one kind of fact, not {[name for name, *_ in found]}"
    name, kind, field = found[0]
    assert kind.cardinality == "one" or name == "complaint", f"`{flag}` cannot be told once for one complaint"
    assert field.worse == "higher", f"`{flag}` does not get worse by being there"
    top = () if name == "complaint" else (name if kind.source is None else kind.source,)
    inner = flag if field.source is None else field.source
    return name, field, (*top, *inner.split("."))


def runner_with(pack: Pack, injury: Injury, flag: str | None = None) -> Runner:
    """A runner whose only complaint is this injury, mild, with this one sign or none."""
    complaint: dict[str, Any] = {"side": "left", "pain": dict(LOW)}
    if injury.unnamed:
        complaint["region"] = injury.region
    else:
        complaint["injury"] = injury.id
    data: dict[str, Any] = {"complaints": [complaint]}
    if flag is not None:
        kind, field, path = place(pack, flag)
        *above, last = path
        into = complaint if kind == "complaint" else data
        for part in above:
            into = into.setdefault(part, {})
        pain = SEVERE_PAIN if flag.startswith(SEVERE) else SIGN_OF_PAIN
        into[last] = True if field.type == "boolean" else pain
    return Runner.model_validate(data, context=words_context(pack))


def referrals(engine: Engine, runner: Runner, least: Literal["routine", "urgent", "emergency"]) -> list[Referral]:
    enough = URGENCIES[URGENCIES.index(least) :]
    return [one for one in engine.recommend(runner).referrals if one.urgency in enough]


def patterns_of(pack: Pack, rule: str) -> Iterator[dict[str, Any]]:
    text = pack.by_id[rule].text
    for part in ("when", "any"):
        for entry in text.get(part) or ():
            yield from entry if isinstance(entry, list) else [entry]


def reads(pack: Pack, rule: str, kind: str, flag: str) -> bool:
    """Whether a rule tests a sign, or how its ground was derived does."""
    flag = flag.removeprefix(SEVERE)
    for pattern in patterns_of(pack, rule):
        if pattern["fact"] == kind and flag in pattern:
            return True
        if pattern["fact"] in pack.derived and any(
            other.id != rule and reads(pack, other.id, kind, flag)
            for other in pack.rules
            if any(effect.type == "derive" and effect.data["fact"] == pattern["fact"] for effect in other.effects)
        ):
            return True
    return False


def about_the_injury_itself(pack: Pack, rule: str) -> bool:
    """Whether a rule asks only what the injury is, not how the runner fares (a clearance may still lift it)."""
    fields = pack.kinds["complaint"].fields
    return all(
        pattern["fact"] == "complaint" and all(fields[name].always for name in pattern if name != "fact")
        for pattern in patterns_of(pack, rule)
    )


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(evaluator="compiled")


@pytest.mark.parametrize(("injury", "flag"), PAIRS, ids=pair_name)
def test_the_sign_is_referred_soon_enough(injury: Injury, flag: RedFlag, engine: Engine) -> None:
    pack = engine.pack
    kind, _, _ = place(pack, flag.flag)
    told = referrals(engine, runner_with(pack, injury, flag.flag), flag.urgency)
    because = [one.rule for one in told if reads(pack, one.rule, kind, flag.flag)]
    assert because, f"{injury.id} with {flag.flag} is not referred as {flag.urgency} by a rule that reads the sign"


@pytest.mark.parametrize("injury", INJURIES, ids=pair_name)
def test_without_a_sign_nobody_is_sent_away_in_haste(injury: Injury, engine: Engine) -> None:
    pack = engine.pack
    hasty = [one.rule for one in referrals(engine, runner_with(pack, injury), "urgent")]
    unasked = [rule for rule in hasty if not about_the_injury_itself(pack, rule)]
    assert not unasked, f"{injury.id} without any sign is sent away by {unasked}"
    if injury.unnamed:
        assert not hasty, f"{injury.id} has no name yet and is sent away by {hasty}"


def test_each_sign_stands_once_and_a_bone_that_may_break_says_so() -> None:
    for injury in INJURIES:
        flags = [one.flag for one in injury.red_flags]
        assert len(flags) == len(set(flags)), injury.id
        assert not injury.high_risk or {"cannot_bear_weight", "deformity"} <= set(flags), injury.id


def test_the_check_of_any_pack_finds_the_same(pack: Pack) -> None:
    """`rules check` asks it of every pack, without a runner; here one rule is left out at a time."""

    def where(*_: object) -> dict[str, object]:
        return {}

    assert not list(check_red_flags(pack, where))
    for rule, flag in (("triage.cold-foot", "cold_or_pale"), ("bone.sign", "focal_bone_tenderness")):
        told = [fault.message for fault in check_red_flags(without(pack, rule), where)]
        assert told
        assert all(f"`{flag}`" in message or rule == "bone.sign" for message in told)
    urgent = INJURIES[0].model_copy(
        update={"red_flags": [RedFlag(flag="pop", urgency="emergency", why="It may be torn.")]}
    )
    catalogue = replace(pack.catalogue, injuries={**pack.catalogue.injuries, urgent.id: urgent})
    (fault,) = check_red_flags(replace(pack, catalogue=catalogue), where)
    assert fault.message == (
        f"`{urgent.id}` has the red flag `pop` (emergency), for which the rules refer only as urgent"
    )
    unheard = urgent.model_copy(update={"red_flags": [RedFlag(flag="green_hair", urgency="routine", why="Odd.")]})
    catalogue = replace(pack.catalogue, injuries={**pack.catalogue.injuries, urgent.id: unheard})
    (fault,) = check_red_flags(replace(pack, catalogue=catalogue), where)
    assert "no answer is called that" in fault.message


def test_the_law_of_any_pack_notices_a_missing_rule(pack: Pack) -> None:
    for runner in (
        {"complaints": [{"injury": "lateral_ankle_sprain", "signs": {"cold_or_pale": True}}]},
        {"complaints": [{"region": "foot", "pain": {"at_night": 10}}]},
        {"complaints": [{"injury": "calf_strain"}], "alarms": {"calf_hot_swollen": True}},
    ):
        assert not list(red_flags_are_heard(Seen(engine_of(pack), runner)))
    poor = without(pack, "triage.cold-foot", "triage.cannot-walk")
    (told,) = red_flags_are_heard(
        Seen(engine_of(poor), {"complaints": [{"injury": "lateral_ankle_sprain", "signs": {"cold_or_pale": True}}]})
    )
    assert told == "lateral_ankle_sprain: `cold_or_pale` is told and not referred, at least as emergency"
    cleared = {"injury": "lateral_ankle_sprain", "signs": {"cold_or_pale": True}, "clinician_cleared": True}
    assert not list(red_flags_are_heard(Seen(engine_of(poor), {"complaints": [cleared]})))


def test_a_missing_rule_is_noticed(pack: Pack) -> None:
    poor = engine_of(without(pack, "triage.cold-foot"))
    cold = next(injury for injury in INJURIES if any(one.flag == "cold_or_pale" for one in injury.red_flags))
    assert not referrals(poor, runner_with(pack, cold, "cold_or_pale"), "emergency")
    assert referrals(engine_of(pack), runner_with(pack, cold, "cold_or_pale"), "emergency")
    assert about_the_injury_itself(pack, "bone.high-risk-site")
    assert not about_the_injury_itself(pack, "bone.sign-there")
    assert not about_the_injury_itself(pack, "triage.fever")
    assert reads(pack, "triage.fever", "alarm", "fever_or_unwell")
    assert not reads(pack, "triage.fever", "bone", "low_energy")


WITHIN_H = (
    (", now", 0), ("today or tomorrow", 36), ("within a day or two", 48), ("within a day", 24), ("today", 12),
    ("within one to three days", 72), ("within two weeks", 336), ("within two to four weeks", 672),
)  # fmt: skip
"""Words of a referral, and the hours that they stand for; of several the first in this order."""
USUAL_H = {"emergency": 12, "urgent": 120, "routine": 672}


def test_how_soon_is_told_in_hours_as_in_words(pack: Pack) -> None:
    """Of what is urgent or an emergency; what a rule does not say in hours is what is usual of its urgency."""
    wrong = {}
    for rule in pack.rules:
        for effect in rule.effects:
            if effect.type != "refer" or (urgency := effect.data["urgency"]) == "routine":
                continue
            who = effect.data["who"].partition(";")[0]
            soon = next((hours for words, hours in WITHIN_H if words in who), USUAL_H[urgency])
            told = effect.data.get("within_h")
            if (USUAL_H[urgency] if told is None else told) != soon:
                wrong[rule.id] = (who, told, soon)
    assert wrong == {}


@pytest.mark.parametrize(
    ("complaint", "first"),
    [
        (
            {
                "region": "shin",
                "signs": {"tight_bursting": True, "neurological": True, "rapidly_worsening": True},
                "pain": {"at_rest": 8},
            },
            "emergency care, now",
        ),
        (
            {"region": "ankle", "signs": {"cannot_bear_weight": True, "focal_bone_tenderness": True}},
            "a doctor or urgent care for an X-ray, today or tomorrow",
        ),
    ],
    ids=("now before today", "today or tomorrow before some days"),
)
def test_of_two_that_are_equally_urgent_the_sooner_is_told_first(
    complaint: dict[str, Any], first: str, engine: Engine
) -> None:
    answer = engine.recommend({"complaints": [{"side": "left", **complaint}]})
    told = [one.who for one in answer.referrals if one.urgency == answer.urgency]
    assert len(told) > 1
    assert told[0].startswith(first)


def test_where_somebody_must_look_first_nothing_is_treated(engine: Engine) -> None:
    """A place without an urgent referral keeps its programme beside it."""
    torn = {"region": "thigh_back", "side": "left", "pain": {"walking": 4}, "signs": {"pop": True, "limp": True}}
    sore = {"injury": "plantar_heel_pain", "side": "right", "pain": {"during": 1, "next_morning": 1, "walking": 0}}
    answer = engine.recommend({"complaints": [torn, sore]})
    assert answer.status == "refer"
    given = [one for session in answer.sessions for one in session.exercises]
    given += answer.daily.exercises if answer.daily is not None else ()
    assert {treats.injury for one in given for treats in one.treats} == {"plantar_heel_pain"}
