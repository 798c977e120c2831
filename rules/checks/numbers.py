"""Parameters: their units and ranges beside what they are compared with, their orders, and who uses them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prehab.graph.faults import Fault
from prehab.graph.salvage import Broken
from prehab.rules.checks.places import Where, condition, rule_fault
from prehab.rules.language import Effect, Rule
from prehab.rules.pack import Pack
from prehab.rules.select import SCALES
from prehab.rules.tables import SPANS

__all__ = ["ENGINE_PARAMETERS", "check_numbers", "same_unit"]

ENGINE_PARAMETERS: Mapping[str, str] = {
    "referral.load_min": SCALES["loads"].unit,
    "session.default_minutes": "minutes",
    "session.change_over_s": "seconds",
    "session.rep_s": "seconds",
    "session.contact_s": "seconds",
    "session.most_exercises": "exercises",
    "session.fewest_exercises": "exercises",
    "session.minutes_per_exercise": "minutes",
    "session.accessory_sets": "sets a week",
    "session.warm_up_min": "minutes",
    "session.short_minutes": "minutes",
    "session.short_warm_up_min": "minutes",
    "session.days_before_race": "days",
    "session.ramp_set_s": "seconds",
    "session.most_contacts": "contacts a session",
    "treatment.most_exercises": "exercises",
    "treatment.daily_days": "days a week",
    "growth.sessions_to_top": "sessions",
    "growth.familiar_share": "share",
    "growth.recent_days": "days",
    "growth.calm_pain": "pain 0-10",
    "prefer.slight": "weight",
}
"""The parameters that the engine itself reads, with their units; every pack must have them."""

EFFECT_UNITS = {"weight": "weight", "order": "place", "sets": "sets a week"}

_SPELT = {
    "%": "percent", "h": "hour", "hr": "hour", "min": "minute", "s": "second", "sec": "second", "rep": "repetition",
    "kilometre": "km", "kilometer": "km", "kilogram": "kg", "bodyweight": "body weight",
}  # fmt: skip


def same_unit(one: str | None, other: str | None) -> bool:
    """Whether two units are the same but for spelling: capitals, spaces, plurals and common abbreviations."""
    return _plain(one or "") == _plain(other or "")


def _plain(unit: str) -> str:
    words = (unit.casefold().replace("per ", "a ").replace("–", "-")).split()
    singular = [word.removesuffix("s") if len(word) > 2 else word for word in words]
    return " ".join(_SPELT.get(word, word) for word in singular)


def check_numbers(pack: Pack, uses: Mapping[str, list[str]], where: Where, broken: Broken) -> Iterator[Fault]:
    """Every parameter that is missing, unused, or compared with what it cannot be compared with.

    Args:
        pack: A pack whose names all exist.
        uses: For each parameter, what uses it.
        where: Tells the place of a rule, a parameter or a scheme.
        broken: What could not be read.
    """
    yield from _tests(pack, where)
    for rule in pack.rules:
        for effect in rule.effects:
            yield from _effect(pack, rule, effect, where)
        yield from _selected(pack, rule, where)
    for name, unit in ENGINE_PARAMETERS.items():
        if name not in pack.parameters and broken.may_declare(name):
            continue
        if name not in pack.parameters:
            yield Fault("missing-parameter", f"the engine needs the parameter `{name}`", **where("parameters", name))
        elif not same_unit(pack.parameters[name].unit, unit):
            message = f"the engine reads `{name}` in {unit}, not in {pack.parameters[name].unit}"
            yield Fault("unit-differs", message, **where("parameters", name, "unit"), help=_UNIT_HELP)
    for name, users in uses.items():
        if not users and name not in ENGINE_PARAMETERS and not broken.may_use(name):
            kept = [other for other, one in pack.parameters.items() if one.at_most == name]
            only = f"; only the order of `{kept[0]}` names it" if kept else ""
            yield Fault("unused-parameter", f"parameter `{name}` is used by no rule{only}", **where("parameters", name))
    for name, scheme in pack.schemes.items():
        for channel, about in pack.channels.items():
            span = getattr(scheme, channel, None)
            if (
                about.range
                and isinstance(span, list)
                and (channel not in SPANS or SPANS[channel].holds(span))  # else that is told already
                and not about.range[0] <= span[0] <= span[1] <= about.range[1]
            ):
                message = f"`{channel}` goes from {span[0]} to {span[1]}, but the channel from {_range(about.range)}"
                yield Fault("range-outside", message, **where("schemes", name, channel))


_UNIT_HELP = "Name a parameter of the same unit, or put its unit right."


def _tests(pack: Pack, where: Where) -> Iterator[Fault]:
    """What the conditions compare."""
    seen: set[tuple[int, str, str, str]] = set()
    for variant in pack.variants:
        for pattern in variant.patterns:
            for test in pattern.tests:
                mark = (variant.rule, pattern.kind, test.field.removesuffix("_so_far"), test.parameter or "")
                if test.parameter is None or mark in seen:
                    continue
                seen.add(mark)
                rule, field = pack.rules[variant.rule], pack.kinds[pattern.kind].fields[test.field]
                place = condition(rule, variant, pattern.kind, test.field)
                name = f"{pattern.kind}.{mark[2]}"
                yield from _compared(pack, where, rule, test.parameter, name, field.unit, field.range, *place)


def _effect(pack: Pack, rule: Rule, effect: Effect, where: Where) -> Iterator[Fault]:
    """What an effect measures: a bound, a weight, an order, and the levels in its selector."""
    for name, unit in EFFECT_UNITS.items():
        if name in effect.data:
            yield from _compared(pack, where, rule, effect.data[name], f"`{name}`", unit, None, effect.type)
    if effect.type == "limit":
        channel = pack.channels[effect.data["channel"]]
        bound = effect.data.get("at_most", effect.data.get("at_least"))
        if not channel.values:
            name = f"the channel `{effect.data['channel']}`"
            yield from _compared(pack, where, rule, str(bound), name, channel.unit, channel.range, effect.type)


def _selected(pack: Pack, rule: Rule, where: Where) -> Iterator[Fault]:
    """What its selectors measure."""
    for effect in dict.fromkeys(effect.type for effect in rule.effects):
        told = rule.text[effect]
        entries = told if isinstance(told, list) else [told]
        for name, parameter in dict.fromkeys(pair for entry in entries for pair in _levels(entry.get("exercises"))):
            scale = SCALES[name]
            about = f"`{name}` of an exercise"
            yield from _compared(pack, where, rule, parameter, about, scale.unit, scale.range, effect)


def _levels(selector: object) -> Iterator[tuple[str, str]]:
    """Every named level in a selector, with what it is a level of."""
    if isinstance(selector, list):
        for one in selector:
            yield from _levels(one)
    elif isinstance(selector, dict):
        for name, value in selector.items():
            if name in SCALES and isinstance(value, dict) and "at_least" in value:
                yield name, str(value["at_least"])
            elif name in ("not", "any"):
                yield from _levels(value)


def _compared(
    pack: Pack,
    where: Where,
    rule: Rule,
    parameter: str,
    name: str,
    unit: str | None,
    span: list[int | float] | tuple[float, float] | None,
    *place: str | int,
) -> Iterator[Fault]:
    one = pack.parameters.get(parameter)
    if one is None or not one.unit:  # it could not be read, which is told where it stands
        return
    name = name if "`" in name else f"`{name}`"
    if not same_unit(one.unit, unit):
        message = f"`{parameter}` is in {one.unit}, and {name} in {unit or 'no unit'}"
        yield rule_fault(where, rule, "unit-differs", message, *place, help=_UNIT_HELP)
    elif span and one.range[0] <= one.range[1] and not span[0] <= one.range[0] <= one.range[1] <= span[1]:
        message = f"`{parameter}` may go from {_range(one.range)}, but {name} only goes from {_range(span)}"
        help_text = "Narrow the range of the parameter: a bound outside means nothing."
        yield Fault("range-outside", message, **where("parameters", parameter, "range"), help=help_text)


def _range(span: list[int | float] | tuple[float, float]) -> str:
    return f"{span[0]:g} to {span[1]:g}"
