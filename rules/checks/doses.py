"""Limits beside the schemes that they bound: a bound that never binds, and one that leaves nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from prehab.graph.faults import Fault
from prehab.rules.checks.logic import Logic
from prehab.rules.checks.places import Where, rule_fault
from prehab.rules.language import Effect, Rule
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Channel, Scheme

__all__ = ["check_limits"]

_DOSED = ("sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s", "external_load", "pain_limit")
"""The channels that a scheme speaks about itself."""


@dataclass(frozen=True)
class _Dose:
    """A prescription: what it rests on, and what a scheme says of one channel, from the careful end to the other."""

    rule: int
    effect: Effect
    scheme: str
    span: tuple[float, float]


def check_limits(pack: Pack, logic: Logic, where: Where) -> Iterator[Fault]:
    """Every limit that a scheme makes needless, or that leaves nothing of any scheme it meets."""
    for index, rule in enumerate(pack.rules):
        for effect in rule.effects:
            if effect.type != "limit" or not effect.mask or effect.data["channel"] not in _DOSED:
                continue
            name = effect.data["channel"]
            doses = [dose for dose in _doses(pack, name) if dose.effect.mask & effect.mask]
            bounds = _bounds(pack, logic, effect)
            yield from _never_binds(pack, rule, effect, doses, bounds, where)
            if bounds is not None:
                yield from _empties(pack, logic, index, effect, doses, bounds, where)


def _doses(pack: Pack, channel: str) -> Iterator[_Dose]:
    for index, rule in enumerate(pack.rules):
        for effect in rule.effects:
            if effect.type == "prescribe":
                name = effect.data["scheme"]
                span = _span(pack.channels[channel], pack.schemes[name], channel)
                if span is not None:
                    yield _Dose(index, effect, name, span)


def _span(about: Channel, scheme: Scheme, channel: str) -> tuple[float, float] | None:
    """What a scheme says of a channel, so that more is always less careful."""
    if channel == "pain_limit":  # what gives none sets none
        most = about.range[1] if about.range else math.inf
        return 0.0, float(most if scheme.pain_limit is None else scheme.pain_limit)
    told: Any = scheme.span(channel)
    if told is None:
        return None
    low, high = (float(about.values.index(end) if about.values else end) for end in told)
    return (low, high) if about.safe == "cap" else (-high, -low)


def _bounds(pack: Pack, logic: Logic, effect: Effect) -> tuple[float, float, float] | None:
    """The bound at its most careful, as it is, and at its least careful, so that more is always less careful."""
    channel = pack.channels[effect.data["channel"]]
    named = effect.data.get("at_most", effect.data.get("at_least"))
    if channel.values:
        place = float(channel.values.index(named))
        return (place, place, place)
    low, high, value = logic.orders.low[named], logic.orders.high[named], float(pack.parameters[named].value)
    return (low, value, high) if channel.safe == "cap" else (-high, -value, -low)


def _never_binds(
    pack: Pack, rule: Rule, effect: Effect, doses: list[_Dose], bounds: Any, where: Where
) -> Iterator[Fault]:
    name = effect.data["channel"]
    if not doses:
        message = f"no scheme that is prescribed for these exercises has `{name}`, so there is nothing to limit"
        yield rule_fault(where, rule, "limit-on-nothing", message, "limit")
        return
    loosest = max(dose.span[1] for dose in doses)
    careful, now, _ = bounds
    schemes = ", ".join(f"`{one}`" for one in sorted({dose.scheme for dose in doses}))
    if careful >= loosest:
        message = f"every scheme for these exercises ({schemes}) keeps to this limit of `{name}` anyway"
        yield rule_fault(where, rule, "limit-never-binds", message, "limit", help="Tighten it, or take it out.")
    elif now >= loosest:
        message = f"with the numbers as they are, every scheme ({schemes}) keeps to this limit of `{name}` anyway"
        yield rule_fault(where, rule, "limit-idle-now", message, "limit", severity="remark")


def _empties(
    pack: Pack, logic: Logic, index: int, effect: Effect, doses: list[_Dose], bounds: Any, where: Where
) -> Iterator[Fault]:
    """A limit below the least of schemes that always come with it, for everything that it is about."""
    rule = pack.rules[index]
    ways = [variant for variant in pack.variants if variant.rule == index]
    emptied = 0
    by: list[str] = []
    for dose in doses:
        if bounds[2] >= dose.span[0] or dose.effect.variables:
            continue
        into = [variant for variant in pack.variants if variant.rule == dose.rule]
        if all(any(logic.implies(way.patterns, one.patterns) is not None for one in into) for way in ways):
            emptied |= dose.effect.mask
            by.append(dose.scheme)
    if by and not effect.mask & ~emptied:
        schemes = ", ".join(f"`{one}`" for one in dict.fromkeys(by))
        message = f"it leaves nothing of {schemes}, which its exercises always get: it forbids them all"
        help_text = "Write a `forbid`, which says so, or loosen the limit."
        yield rule_fault(where, rule, "limit-forbids", message, "limit", help=help_text)
