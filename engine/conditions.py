"""The conditions of a rule with what a runner told, as data and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from prehab.fact import Fact
from prehab.facts import position_of
from prehab.fields import Fields
from prehab.graph.schema import make
from prehab.recommendation import Condition, Told
from prehab.rules.language import Test
from prehab.rules.messages import Messages
from prehab.rules.pack import Pack
from prehab.runner import Complaint

__all__ = ["Looks", "Seen", "amount", "condition", "conditions", "looked_at", "phrases", "places_of", "plain", "sided"]

Seen = tuple[tuple[str, Told], ...]
"""What a rule saw: for each of its conditions the name of the fact that it looked at, and the value."""

Looks = tuple[Test | None, ...]
"""The conditions of a pattern: its tests, save those that only say which thing is meant; None: that there is a fact."""


def looked_at(pack: Pack, kind: str, tests: Iterable[Test]) -> Looks:
    """What a pattern looks at."""
    fields = pack.kinds[kind].fields
    first = (None,) if kind in pack.derived else ()
    return (*first, *(test for test in tests if fields[test.field].type != "ref"))


def conditions(
    fields: Fields, parameters: Mapping[str, float], patterns: Iterable[tuple[str, Looks]], seen: Seen
) -> Iterator[Condition]:
    """The conditions of a rule with what it saw.

    Args:
        fields: The fields of the pack.
        parameters: The values of its parameters.
        patterns: The kind of fact that each pattern looks for, and its conditions.
        seen: What was seen, as many values as there are conditions.
    """
    looks = ((kind, test) for kind, tests in patterns for test in tests)
    for (kind, test), (fact, told) in zip(looks, seen, strict=True):
        yield condition(fields, parameters, kind, fact, test, told)


def condition(
    fields: Fields, parameters: Mapping[str, float], kind: str, fact: str, test: Test | None, told: Told
) -> Condition:
    """One condition, and whether what was told meets it.

    Of equal amounts, such as 0, 0.0 and -0.0, the same is said: what was made of one is remembered for all of them.
    """
    if test is None:
        return make(Condition, kind=kind, fact=fact, label=fields.pack.derived[kind].says, told=told, met=bool(told))
    field = fields.pack.kinds[kind].fields[test.field]
    if field.type == "number" and told is not None:
        told = float(told) + 0.0
    return make(
        Condition,
        kind=kind,
        fact=fact,
        field=test.field,
        label=fields.pack.gates[fact].name if kind == "gate" else fields.label(kind, fact, test.field),
        about=fields.about(kind, fact, test.field) if fields.has_place(kind, test.field) else None,
        operator=test.op,
        words=test.words,
        bound=None if test.parameter is None else parameters[test.parameter],
        parameter=test.parameter,
        unit=field.unit,
        told=told,
        met=test.met(told, parameters),
    )


def phrases(seen: Iterable[Condition], say: Messages) -> Iterator[str]:
    """What was looked at in short phrases, each value once."""
    told = {(one.kind, one.fact, one.field): one for one in tuple(seen)[::-1]}
    for one in tuple(told.values())[::-1]:
        if one.field is None:
            yield say("saw.derived", label=one.label)
        elif one.kind == "gate":
            yield say("saw.open" if one.told else "saw.closed", gate=one.label)
        else:
            yield f"{one.label}: {amount(one.told, one.unit, say)}{_compared(one, say)}"


def _compared(one: Condition, say: Messages) -> str:
    if one.parameter is None:
        return ""
    bound = amount(one.bound, one.unit, say) if (one.unit or "").endswith("0-10") else plain(one.bound, say)
    return say(f"counts.{one.operator}", bound=bound, parameter=one.parameter)


def amount(value: object, unit: str | None, say: Messages) -> str:
    """A value with its unit."""
    if value is None:
        return say("need.unknown")
    if unit is None:
        return plain(value, say)
    shown = plain(value, say)
    return say("need.of_10", value=shown) if unit.endswith("0-10") else f"{shown} {say.word(unit)}"


def plain(value: object, say: Messages) -> str:
    """A value in plain words."""
    if isinstance(value, bool):
        return say("answer.so" if value else "answer.not_so")
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return say.word(str(value))


def places_of(
    say: Messages, words: Mapping[str, Any], complaints: Iterable[Fact], told: Sequence[Complaint]
) -> dict[str, str]:
    """Where each complaint is, with its side, by the name of its fact.

    Args:
        say: The sentences.
        words: The word lists of the catalogue.
        complaints: The facts.
        told: What was told of them, which says on which side they are.
    """
    regions = words["regions"]
    found = ((one.name, told[position_of(one.values["key"])].side, one.values["region"]) for one in complaints)
    return {name: sided(say, side, regions[region]["name"]) for name, side, region in found}


def sided(say: Messages, side: str | None, place: str) -> str:
    """What a place is called, with its side where it is on one."""
    return say(f"place.{side}", place=place) if side in ("left", "right") else place
