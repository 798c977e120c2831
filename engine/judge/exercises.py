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

UNITS = {"sets": "set", "reps": "repetition", "hold_s": "second of holding", "contacts": "landing"}

DOSED_IN = {"reps": "repetitions", "hold_s": "seconds of holding", "contacts": "landings in all"}


def spoken(channel: str, value: float) -> str:
    """An amount in words."""
    if channel == "effort_rpe":
        return f"an effort of {value:g} of 10"
    first, *rest = UNITS[channel].split(" ", 1)
    return " ".join((f"{value:g}", first if value == 1 else f"{first}s", *rest))


def on_exercises(seen: Seen) -> Iterator[Raw]:
    """The breaches of each exercise for itself, in the order of the plan."""
    for items in (*seen.by_session, seen.others):
        before = 0
        for item in items:
            if item.mask & before and item.session is not None:
                yield _raw("twice", item, f"{seen.name(item)} stands twice in this session.",
                           "Its sets belong together, and each exercise has one place.", None,
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
        return Raw("unknown-exercise", (*item.path, "exercise"), f"`{name}` is not an exercise that is known here.",
                   "What is not known cannot be judged, so it is never passed.",
                   names=near, remedies=swaps)  # fmt: skip
    mask, name = item.mask, seen.name(item)
    if mask & decisions.allowed:
        return _unwanted(seen, item, swaps)
    for code, kind, says in (
        ("referred", "refer", f"{name} loads a place that somebody should look at first."),
        ("forbidden", "forbid", f"{name} is held back now."),
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
        says = f"{name} has no dose that fits what bounds it."
        if bound is None or not mask & decisions.emptied:
            return _raw("no-dose", item, says, "No scheme of dosing fits it.", None, swaps)
        why = reasons.of(bound.concluded)
        return _raw("no-dose", item, says, why.because, why.rule, swaps)
    return _raw("not-open", item, f"{name} is not open yet.", _closed(seen, mask), None, swaps)


def _closed(seen: Seen, mask: int) -> str:
    """The first gate that is closed on the way to an exercise."""
    program, gates = seen.bounds.program, seen.bounds.decisions.inference.gates
    for number, rule in enumerate(program.pack.rules):
        if rule.mask & mask and any(effect.type == "permit" for effect in rule.effects):
            closed = next((gate for gate in program.gates_read[number] if not gates[gate]), None)
            if closed is not None:
                return f"Not open yet: {program.pack.gates[closed].name}."
    return "The movement has not passed its screen."


def _unwanted(seen: Seen, item: Item, swaps: Any) -> Raw | None:
    """Allowed, and yet not to be given: refused, or without its equipment."""
    bounds, name = seen.bounds, seen.name(item)
    if item.mask & bounds.decisions.refused:
        return _raw("refused", item, f"{name} is not wanted.", "You said that you do not want it.", None, swaps)
    if item.mask & bounds.new and not seen.treats(item):
        because = "What the log of the last weeks does not hold may leave you sore at the start."
        return _raw("new-before-the-race", item, f"{name} is new, and the race is this week.", because, None, swaps)
    if item.mask & ~bounds.decisions.equipped:
        words, strength = bounds.catalogue.words["equipment"], bounds.runner.strength
        there = bounds.catalogue.everyday().difference(strength.lacks).union(strength.equipment or ())
        missing = [options for options in bounds.exercises[item.bit or 0].needs if there.isdisjoint(options)]
        lacking = ", ".join(" or ".join(str(words[one]["name"]) for one in options) for options in missing)
        return _raw("no-equipment", item, f"{name} needs equipment that was not named: {lacking}.",
                    "Only what you own, and what every home has, can be used.", None, swaps)  # fmt: skip
    return None


def _dropped(seen: Seen, item: Item) -> Iterator[Remedy]:
    yield Remedy(f"Leave out {shorten(seen.name(item))}.", (item.drop(),))


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
        says = f"Do {catalogue.exercises[catalogue.ids[bit]].name} in its place."
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
        says = f"{name} has {planned.rest_s:g} s of rest; at least {dosage.rest_s:g} s are needed between sets."
        why = seen.bounds.reason(dosage.by)
        fix = _set(item, f"Rest {dosage.rest_s:g} s between sets.", rest_s=dosage.rest_s)
        yield _raw("rest-too-short", item, says, why.because, why.rule, (fix, *_dropped(seen, item)), "rest_s")


def _missing(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Sets or an amount that are not said, or said in another unit."""
    planned, name, unit = item.planned, seen.name(item), dosage.unit
    told = unit_of(planned)
    if planned.sets is None:
        fix = _set(item, f"Do {dosage.spans['sets'].least:g} sets.", sets=int(dosage.spans["sets"].least))
        yield _raw("dose-missing", item, f"It is not said how many sets of {name} to do.",
                   "What is not said cannot be held to a bound.", None, (fix, *_dropped(seen, item)))  # fmt: skip
    amount = seen.bounds.begun(dosage.bit)[unit]
    others: dict[str, Any] = {other: None for other in AMOUNTS if other != unit}
    fix = _set(item, f"Do {spoken(unit, amount)}.", **{unit: amount}, **others)
    if not told:
        yield _raw("dose-missing", item, f"It is not said how much of {name} to do.",
                   "What is not said cannot be held to a bound.", None, (fix, *_dropped(seen, item)))  # fmt: skip
    elif told != [unit]:
        if unit in told:
            fix = _set(item, f"Keep only its {DOSED_IN[unit]}.", **others)
        said = " and ".join(DOSED_IN[one] for one in told)
        yield _raw("wrong-unit", item, f"{name} is dosed in {DOSED_IN[unit]}, not in {said}.",
                   "Amounts of one unit say nothing in another.", None, (fix, *_dropped(seen, item)))  # fmt: skip


def _above(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Amounts above the most, or above the most for now."""
    planned, name = item.planned, seen.name(item)
    for channel, span in dosage.spans.items():
        value = getattr(planned, channel)
        if value is None:
            if channel == "effort_rpe" and channel in dosage.bounds and planned.reps_in_reserve is None:
                why = seen.bounds.reason(dosage.bounds[channel].concluded)
                fix = _set(item, f"Keep the effort to {span.now:g} of 10.", effort_rpe=span.now)
                says = f"The effort of {name} is to stay at {span.most:g} of 10 or less, and the plan does not say so."
                yield _raw("not-bounded", item, says, why.because, why.rule, (fix, *_dropped(seen, item)))
            continue
        if value <= span.now:
            continue
        new = span.now if channel == "effort_rpe" else int(span.now)
        fixes = (_set(item, f"Cut it to {spoken(channel, new)}.", **{channel: new}), *_dropped(seen, item))
        says = f"{name}: {spoken(channel, value)}, above the most"
        if value > span.most:
            why = seen.bounds.reason(span.by)
            yield _raw("too-much", item, f"{says}, which is {span.most:g}.", why.because, why.rule, fixes, channel)
        else:
            because = "Little shows that you have done it, so it begins low and grows by calm sessions."
            yield _raw("too-soon", item, f"{says} for now, which is {span.now:g}.", because, None, fixes, channel)
    reserve = planned.reps_in_reserve
    if reserve is not None and reserve < dosage.reserve:
        bound = dosage.bounds.get("reps_in_reserve")
        why = seen.bounds.reason(bound.concluded if bound else dosage.by)
        fix = _set(item, f"Keep {dosage.reserve:g} repetitions in reserve.", reps_in_reserve=dosage.reserve)
        says = f"{name} leaves {reserve:g} repetitions in reserve; at least {dosage.reserve:g} are to be left."
        yield _raw("too-much", item, says, why.because, why.rule, (fix, *_dropped(seen, item)), "reps_in_reserve")


def _load(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Outside load above the most, or not said where it is bounded."""
    words, planned, name = seen.bounds.words, item.planned, seen.name(item)
    if not words:
        return
    most = dosage.loads[1]
    why = seen.bounds.reason(dosage.load_by)
    word = words[most] if planned.load is None or words.index(planned.load) > most else planned.load
    fix = _set(item, f"Load: {word}.", load=word, **({"load_kg": None} if most == 0 else {}))
    fixes = (fix, *_dropped(seen, item))
    if planned.load is not None and words.index(planned.load) > most:
        says = f"The load of {name} is {planned.load}; the most now is {words[most]}."
        yield _raw("too-much", item, says, why.because, why.rule, fixes, "load")
    elif planned.load_kg and (most == 0 or planned.load == words[0]):
        says = f"{name} is given {planned.load_kg:g} kg; the most now is {words[most]}."
        yield _raw("too-much", item, says, why.because, why.rule, fixes, "load_kg")
    elif planned.load is None and most < len(words) - 1:
        needed = seen.bounds.exercises[dosage.bit].external_load == "required"
        if planned.load_kg or (needed and dosage.load_bounded):
            says = f"The load of {name} may be {words[most]} at most, and the plan does not say it in a word."
            yield _raw("load-unclear", item, says, why.because, why.rule, fixes)


def _pain(seen: Seen, item: Item, dosage: Dosage) -> Iterator[Raw]:
    """Bounds that a plan has to name: how much it may hurt, and how far the knee may bend."""
    planned, name = item.planned, seen.name(item)
    for field, most, what, words in (
        ("pain_limit", dosage.pain_limit, "may hurt", "of 10"),
        ("knee_bend_deg", dosage.knee_bend_deg, "may bend the knee", "degrees"),
    ):
        value = getattr(planned, field)
        if most is None or (value is not None and value <= most):
            continue
        bound = dosage.bounds.get(field)
        why = seen.bounds.reason(bound.concluded if bound else dosage.by)
        told = "the plan does not say so" if value is None else f"the plan says {value:g}"
        says = f"{name} {what} to {most:g} {words} at most, and {told}."
        fix = _set(item, f"Say it: at most {most:g} {words}.", **{field: most})
        yield _raw("not-bounded", item, says, why.because, why.rule, (fix, *_dropped(seen, item)))
