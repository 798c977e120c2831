"""What is wrong with one exercise of a plan: whether it may be done at all, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

from prehab.graph.faults import shorten
from prehab.graph.index import bits_of
from prehab.graph.substitutes import substitutes
from prehab.judge.bounds import AMOUNTS, Dosage
from prehab.judge.seen import Item, Raw, Remedy, Seen, unit_of

__all__ = ["on_exercises", "spoken", "swapped"]

MOST_SWAPS = 4


def spoken(seen: Seen, channel: str, value: float) -> str:
    """An amount in words."""
    return seen.say(f"amount.{channel}", count=value)


def _dosed_in(seen: Seen, unit: str) -> str:
    """What is counted of an exercise, in words."""
    return seen.say(f"dosed_in.{unit}")


def on_exercises(seen: Seen) -> Iterator[Raw]:
    """The breaches of each exercise for itself, in the order of the plan."""
    for items in (*seen.by_session, seen.others):
        before = 0
        for item in items:
            if item.mask & before and item.session is not None:
                yield _raw("twice", item, seen.say("judge.twice", name=seen.name(item)),
                           seen.say("judge.twice_because"), None,
                           tuple(_dropped(seen, item)))  # fmt: skip
            before |= item.mask
            held = _held(seen, item)
            if held is not None:
                yield held
            else:
                yield from _dose(seen, item)


def _raw(
    code: str, item: Item, says: str, because: str, rule: str | None, remedies: Iterable[Remedy] | Any, *field: str
) -> Raw:
    tries = remedies if callable(remedies) else partial(tuple, remedies)
    return Raw(code, (*item.path, *field), says, because, rule, remedies=tries)


# -- whether ----------------------------------------------------------------------------------------------------------


def _held(seen: Seen, item: Item) -> Raw | None:
    """Why an exercise may not be done, the hardest reason to lift first."""
    bounds = seen.bounds
    decisions, reasons = bounds.decisions, bounds.reasons
    swaps = partial(swapped, seen, item)
    if item.bit is None:
        name = shorten(item.planned.exercise)
        near = seen.names.nearest(item.planned.exercise)
        return Raw("unknown-exercise", (*item.path, "exercise"), seen.say("judge.unknown", name=name),
                   seen.say("judge.unknown_because"),
                   names=near, remedies=swaps)  # fmt: skip
    mask, name = item.mask, seen.name(item)
    if mask & decisions.allowed:
        return _unwanted(seen, item, swaps)
    for code, kind, says in (
        ("referred", "refer", seen.say("judge.referred", name=name)),
        ("forbidden", "forbid", seen.say("judge.forbidden", name=name)),
    ):
        against = [
            one for one in decisions.of(kind)
            if one.mask & mask and not (kind == "refer" and one.effect.data["urgency"] == "routine")
        ]  # fmt: skip
        if against:
            first = reasons.of(reasons.ordered(against)[0])
            return _raw(code, item, says, first.because, first.rule, swaps)
    if mask & decisions.permitted:
        bound = next((b for b in decisions.limits if b.concluded.mask & mask), None)
        says = seen.say("judge.no_dose", name=name)
        if bound is None or not mask & decisions.emptied:
            return _raw("no-dose", item, says, seen.say("judge.no_scheme"), None, swaps)
        why = reasons.of(bound.concluded)
        return _raw("no-dose", item, says, why.because, why.rule, swaps)
    return _raw("not-open", item, seen.say("judge.not_open", name=name), _closed(seen, mask), None, swaps)


def _closed(seen: Seen, mask: int) -> str:
    """The first gate that is closed on the way to an exercise."""
    program, gates = seen.bounds.program, seen.bounds.decisions.inference.gates
    for number, rule in enumerate(program.pack.rules):
        if rule.mask & mask and any(effect.type == "permit" for effect in rule.effects):
            closed = next((gate for gate in program.gates_read[number] if not gates[gate]), None)
            if closed is not None:
                return seen.say("withheld.gate", gate=program.pack.gates[closed].name)
    return seen.say("judge.no_screen")


def _unwanted(seen: Seen, item: Item, swaps: Any) -> Raw | None:
    """Allowed, and yet not to be given: refused, or without its equipment."""
    bounds, name = seen.bounds, seen.name(item)
    if item.mask & bounds.decisions.refused:
        return _raw(
            "refused", item, seen.say("judge.refused", name=name), seen.say("judge.refused_because"), None, swaps
        )
    if item.mask & bounds.new and not seen.treats(item):
        because = seen.say("judge.new_because")
        return _raw("new-before-the-race", item, seen.say("judge.new", name=name), because, None, swaps)
    if item.mask & ~bounds.decisions.equipped:
        words, strength = bounds.catalogue.words["equipment"], bounds.runner.strength
        there = bounds.catalogue.everyday().difference(strength.lacks).union(strength.equipment or ())
        missing = [options for options in bounds.exercises[item.bit or 0].needs if there.isdisjoint(options)]
        lacking = ", ".join(
            seen.say("joining.or").join(str(words[one]["name"]) for one in options) for options in missing
        )
        return _raw("no-equipment", item, seen.say("judge.no_equipment", name=name, lacking=lacking),
                    seen.say("judge.equipment_because"), None, swaps)  # fmt: skip
    return None


def _dropped(seen: Seen, item: Item) -> Iterator[Remedy]:
    yield Remedy(seen.say("judge.leave_out", name=shorten(seen.name(item))), (item.drop(),))


def swapped(seen: Seen, item: Item) -> Iterator[Remedy]:
    """In its place the nearest exercise of the same purpose that may be done; else it is left out."""
    bounds = seen.bounds
    catalogue = bounds.catalogue
    taken = seen.mask(seen.others if item.session is None else seen.by_session[item.session])
    able = bounds.may_fill & ~taken
    for bit in islice(_alike(seen, item, able), MOST_SWAPS):
        fields = bounds.begun(bit)
        if item.session is None:
            kept = item.planned.model_dump(include={"days", "days_per_week", "times_per_day"}, exclude_defaults=True)
            fields |= kept
        says = seen.say("judge.swap", name=catalogue.exercises[catalogue.ids[bit]].name)
        yield Remedy(says, (item.drop(), ("add", item.path, fields)))
    yield from _dropped(seen, item)


def _alike(seen: Seen, item: Item, able: int) -> Iterator[int]:
    """The exercises that could stand in, the nearest first, each once."""
    bounds = seen.bounds
    catalogue = bounds.catalogue
    index = {key: bit for bit, key in enumerate(catalogue.ids)}
    found: dict[int, None] = {}
    if item.bit is None:
        near = [index[key] for key in seen.names.nearest(item.planned.exercise)]
        found.update(dict.fromkeys(near))
    else:
        for asked in bounds.treating(item.bit):
            found.update(dict.fromkeys(bits_of(asked.mask & able)))
        near = [item.bit]
    for bit in near[:1]:
        key = catalogue.ids[bit]
        found.update((index[one.exercise], None) for one in substitutes(catalogue, key, within=able))
        steps = [key]
        for _ in range(3):
            steps = [easier for step in steps for easier in catalogue.easier[step]]
            found.update((index[easier], None) for easier in steps)
    for bit in found:
        if able >> bit & 1 and bounds.dosage(bit) is not None:
            yield bit


# -- how much ---------------------------------------------------------------------------------------------------------


def _set(item: Item, says: str, **fields: Any) -> Remedy:
    """Fields of an exercise put to other values; None takes one out."""
    steps = []
    for name, value in fields.items():
        if value is not None:
            steps.append(("add", (*item.path, name), value))
        elif getattr(item.planned, name) is not None:
            steps.append(("remove", (*item.path, name), None))
    return Remedy(says, tuple(steps))


def _dose(seen: Seen, item: Item) -> Iterator[Raw]:
    """What is wrong with how much."""
    assert item.bit is not None
    dosage = seen.bounds.dosage(item.bit)
    assert dosage is not None, "what is allowed has a dose"
    yield from _missing(seen, item, dosage)
    yield from _above(seen, item, dosage)
    yield from _load(seen, item, dosage)
    yield from _pain(seen, item, dosage)
    planned, name = item.planned, seen.name(item)
    if planned.rest_s is not None and planned.rest_s < dosage.rest_s and (planned.sets or 2) > 1:
        says = seen.say("judge.short_rest", name=name, rest=planned.rest_s, least=dosage.rest_s)
        why = seen.bounds.reason(dosage.by)
        fix = _set(item, seen.say("judge.rest", rest=dosage.rest_s), rest_s=dosage.rest_s)
        yield _raw("rest-too-short", item, says, why.because, why.rule, (fix, *_dropped(seen, item)), "rest_s")


def _missing(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Sets or an amount that are not said, or said in another unit."""
    planned, name, unit = item.planned, seen.name(item), dosage.unit
    told = unit_of(planned)
    if planned.sets is None:
        fix = _set(
            item, seen.say("judge.do_sets", sets=int(dosage.spans["sets"].least)), sets=int(dosage.spans["sets"].least)
        )
        yield _raw("dose-missing", item, seen.say("judge.sets_missing", name=name),
                   seen.say("judge.missing_because"), None, (fix, *_dropped(seen, item)))  # fmt: skip
    amount = seen.bounds.begun(dosage.bit)[unit]
    others: dict[str, Any] = {other: None for other in AMOUNTS if other != unit}
    fix = _set(item, seen.say("judge.do_amount", amount=spoken(seen, unit, amount)), **{unit: amount}, **others)
    if not told:
        yield _raw("dose-missing", item, seen.say("judge.amount_missing", name=name),
                   seen.say("judge.missing_because"), None, (fix, *_dropped(seen, item)))  # fmt: skip
    elif told != [unit]:
        if unit in told:
            fix = _set(item, seen.say("judge.keep_only", unit=_dosed_in(seen, unit)), **others)
        said = seen.say("joining.and").join(_dosed_in(seen, one) for one in told)
        yield _raw("wrong-unit", item, seen.say("judge.wrong_unit", name=name, unit=_dosed_in(seen, unit), said=said),
                   seen.say("judge.unit_because"), None, (fix, *_dropped(seen, item)))  # fmt: skip


def _above(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Amounts above the most, or above the most for now."""
    planned, name = item.planned, seen.name(item)
    for channel, span in dosage.spans.items():
        value = getattr(planned, channel)
        if value is None:
            if channel == "effort_rpe" and channel in dosage.bounds and planned.reps_in_reserve is None:
                why = seen.bounds.reason(dosage.bounds[channel].concluded)
                fix = _set(item, seen.say("judge.keep_effort", effort=span.now), effort_rpe=span.now)
                says = seen.say("judge.effort_missing", name=name, most=span.most)
                yield _raw("not-bounded", item, says, why.because, why.rule, (fix, *_dropped(seen, item)))
            continue
        if value <= span.now:
            continue
        new = span.now if channel == "effort_rpe" else int(span.now)
        fixes = (
            _set(item, seen.say("judge.cut_to", amount=spoken(seen, channel, new)), **{channel: new}),
            *_dropped(seen, item),
        )
        amount = spoken(seen, channel, value)
        if value > span.most:
            why = seen.bounds.reason(span.by)
            yield _raw(
                "too-much",
                item,
                seen.say("judge.too_much", name=name, amount=amount, most=span.most),
                why.because,
                why.rule,
                fixes,
                channel,
            )
        else:
            because = seen.say("judge.too_soon_because")
            yield _raw(
                "too-soon",
                item,
                seen.say("judge.too_soon", name=name, amount=amount, most=span.now),
                because,
                None,
                fixes,
                channel,
            )
    reserve = planned.reps_in_reserve
    if reserve is not None and reserve < dosage.reserve:
        bound = dosage.bounds.get("reps_in_reserve")
        why = seen.bounds.reason(bound.concluded if bound else dosage.by)
        fix = _set(item, seen.say("judge.keep_reserve", reserve=dosage.reserve), reps_in_reserve=dosage.reserve)
        says = seen.say("judge.little_reserve", name=name, reserve=reserve, least=dosage.reserve)
        yield _raw("too-much", item, says, why.because, why.rule, (fix, *_dropped(seen, item)), "reps_in_reserve")


def _load(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Outside load above the most, or not said where it is bounded."""
    words, planned, name = seen.bounds.words, item.planned, seen.name(item)
    if not words:
        return
    most = dosage.loads[1]
    why = seen.bounds.reason(dosage.load_by)
    word = words[most] if planned.load is None or words.index(planned.load) > most else planned.load
    fix = _set(
        item,
        seen.say("judge.set_load", load=seen.say.word(word)),
        load=word,
        **({"load_kg": None} if most == 0 else {}),
    )
    fixes = (fix, *_dropped(seen, item))
    if planned.load is not None and words.index(planned.load) > most:
        says = seen.say("judge.too_heavy", name=name, load=seen.say.word(planned.load), most=seen.say.word(words[most]))
        yield _raw("too-much", item, says, why.because, why.rule, fixes, "load")
    elif planned.load_kg and (most == 0 or planned.load == words[0]):
        says = seen.say("judge.too_heavy_kg", name=name, kg=planned.load_kg, most=seen.say.word(words[most]))
        yield _raw("too-much", item, says, why.because, why.rule, fixes, "load_kg")
    elif planned.load is None and most < len(words) - 1:
        needed = seen.bounds.exercises[dosage.bit].external_load == "required"
        if planned.load_kg or (needed and dosage.load_bounded):
            says = seen.say("judge.load_unclear", name=name, most=seen.say.word(words[most]))
            yield _raw("load-unclear", item, says, why.because, why.rule, fixes)


def _pain(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Bounds that a plan has to name: how much it may hurt, and how far the knee may bend."""
    planned, name = item.planned, seen.name(item)
    for field, most in (("pain_limit", dosage.pain_limit), ("knee_bend_deg", dosage.knee_bend_deg)):
        value = getattr(planned, field)
        if most is None or (value is not None and value <= most):
            continue
        bound = dosage.bounds.get(field)
        why = seen.bounds.reason(bound.concluded if bound else dosage.by)
        told = seen.say("judge.plan_silent") if value is None else seen.say("judge.plan_says", value=value)
        says = seen.say(f"judge.not_bounded_{field}", name=name, most=most, told=told)
        fix = _set(item, seen.say(f"judge.say_{field}", most=most), **{field: most})
        yield _raw("not-bounded", item, says, why.because, why.rule, (fix, *_dropped(seen, item)))
