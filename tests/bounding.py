"""What ``boundaries`` promises, checked from outside: each changes the advice as told, and none is passed over.

Every value is written into the runner's file and decided anew, by every evaluator; nothing is remembered in between.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from prehab.boundaries import Boundaries, Boundary, Crossing
from prehab.boundaries.advice import Advice
from prehab.engine import Engine
from prehab.rules.vocabulary import Field
from prehab.runner import Runner
from tests.unlocking import field_at, tellable, write

MOST_BETWEEN = 25
"""So many values are tried where no boundary is told, or where there are more than that before one."""

MOST_FIELDS = 8
"""Of so many fields of a runner all that is told is held against what lies between."""

NEVER = ("/age_years", "/sex", "/medical/pregnant", "/medical/surgery")


def advice_of(engine: Engine, data: Mapping[str, Any]) -> Advice:
    """The advice for a runner's file."""
    runner = engine.runner(data)
    return engine._parts.boundaries.adviser.advice(engine._decide(runner), runner)


def changed(data: Mapping[str, Any], at: str, value: Any) -> dict[str, Any]:
    """A runner's file with another value at a place."""
    made: dict[str, Any] = copy.deepcopy(dict(data))
    word = at.removeprefix("/faults/")
    if word == at:
        write(made, at, value)
    else:
        made["faults"] = [one for one in made.get("faults") or () if one != word] + [word] * bool(value)
    return made


def broken(engines: Sequence[Engine], data: Mapping[str, Any], rng: random.Random) -> Iterator[str]:
    """Every promise that an answer breaks."""
    first = engines[0]
    runner = first.runner(data)
    answer = first.boundaries(runner)
    told = runner.model_dump(mode="json", exclude_unset=True)
    bases = [advice_of(engine, told) for engine in engines]
    for engine, base in zip(engines, bases, strict=True):
        for boundary in answer.boundaries:
            for crossing in boundary.crossings:
                yield from _broken_by(engine, told, base, boundary, crossing)
    places = [boundary.changes for boundary in answer.boundaries]
    if len(set(places)) < len(places):
        yield "the same is told twice"
    for boundary in answer.boundaries:
        for crossing in boundary.crossings:
            yield from _unfair(first, crossing)
    yield from _passed_over(first, told, bases[0], answer, rng)


def _broken_by(
    engine: Engine, data: Mapping[str, Any], base: Advice, boundary: Boundary, crossing: Crossing
) -> Iterator[str]:
    where = f"{crossing.at} {crossing.way} {crossing.value} ({engine.evaluator})"
    there = advice_of(engine, changed(data, crossing.at, crossing.value))
    words = engine._parts.boundaries.words
    if there.projection == base.projection:
        yield f"{where}: nothing changes"
    elif tuple(words.changes(base, there, engine.runner(data))) != boundary.changes:
        yield f"{where}: something else changes"
    if crossing.before is None:
        return
    field = field_at(engine.pack, crossing.at)
    assert field is not None
    if abs(order(field, crossing.value) - order(field, crossing.before)) > step_of(field, crossing) + 1e-9:
        yield f"{where}: {crossing.before} is more than a step away"
    before = advice_of(engine, changed(data, crossing.at, crossing.before))
    if before.projection != base.projection and not before.gravity < there.gravity > base.gravity:
        yield f"{where}: changed at {crossing.before} already"


def _unfair(engine: Engine, crossing: Crossing) -> Iterator[str]:
    field = field_at(engine.pack, crossing.at)
    assert field is not None
    if crossing.at in NEVER or field.change == "no":
        yield f"{crossing.at} is nothing to be changed"
    if crossing.now is True and field.change == "ask" and field.worse == "higher":
        yield f"{crossing.at} was seen, and would be denied"


def _passed_over(
    engine: Engine, data: Mapping[str, Any], base: Advice, answer: Boundaries, rng: random.Random
) -> Iterator[str]:
    """Values nearer than what is told, or on a side of which nothing is told, at which the advice is another."""
    crossings = [crossing for boundary in answer.boundaries for crossing in boundary.crossings]
    left_out = {one.at for one in answer.left_out}
    runner = engine.runner(data)
    told = [(at, field, now) for at, field in tellable(engine.pack, runner) if (now := told_at(runner, at)) is not None]
    for at, field, now in rng.sample(told, min(len(told), MOST_FIELDS)):
        here = [one for one in crossings if one.at == at]
        if at in left_out:
            if here:
                yield f"{at} is left out, and told"
            continue
        if field.type == "boolean" or (field.type == "choice" and field.worse == "neither"):
            others = [value for value in (field.values or [False, True]) if value != now]
            tried = [value for value in others if value not in [one.value for one in here]]
        else:
            tried = []
            for way in ("up", "down"):
                mine = [order(field, one.value) for one in here if one.way == way]
                tried += list(between(field, now, way, (min if way == "up" else max)(mine, default=None), rng))
        for value in tried:
            if advice_of(engine, changed(data, at, value)).projection != base.projection:
                yield f"{at}: {value} was passed over"
    for one in crossings:
        if one.now is None and one.way != "other":
            yield from _answered(engine, data, one, rng)


def _answered(engine: Engine, data: Mapping[str, Any], one: Crossing, rng: random.Random) -> Iterator[str]:
    """Of what nobody told: whether the same holds from a boundary to the end, and not one step before it."""
    field = field_at(engine.pack, one.at)
    assert field is not None
    there = advice_of(engine, changed(data, one.at, one.value)).projection
    for value in between(field, one.value, one.way, None, rng):
        if advice_of(engine, changed(data, one.at, value)).projection != there:
            yield f"{one.at}: not the same at {value} as at {one.value}"
    values = grid(field, Decimal(str(one.value)) if field.type != "choice" else Decimal(0))
    place = values.index(one.value) + (-1 if one.way == "up" else 1)
    if 0 <= place < len(values) and advice_of(engine, changed(data, one.at, values[place])).projection == there:
        yield f"{one.at}: the same at {values[place]}, one step before {one.value}"


def told_at(runner: Runner, at: str) -> Any:
    """What a runner tells at a place."""
    there: Any = runner
    for part in at[1:].split("/"):
        there = there[int(part)] if part.isdigit() else getattr(there, part)
    return None if there == "not_assessed" else there


def order(field: Field, value: Any) -> float:
    """The place of a value among the others."""
    return field.values.index(value) if field.type == "choice" else float(value)


def step_of(field: Field, crossing: Crossing) -> float:
    """By how much the values of a field differ, as far as they are told."""
    if field.type != "number":
        return 1
    return 0.1 if _decimals(crossing.value) <= 1 and _decimals(crossing.before) <= 1 else 0.01


def _decimals(value: Any) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def grid(field: Field, *values: Decimal) -> list[Any]:
    """All values of a field that has an order, as finely as some of them are."""
    if field.type == "choice":
        return list(field.values)
    low, high = field.range or (0, 0)
    if field.type == "integer":
        return list(range(int(low), int(high) + 1))
    parts = 10 ** max(1, *(min(2, _decimals(value)) for value in values))
    return [number / parts for number in range(int(low * parts), int(high * parts) + 1)]


def between(field: Field, now: Any, way: str, end: float | None, rng: random.Random) -> Iterator[Any]:
    """Values beyond what is told on one side, before an end where there is one: all, or some of many."""
    place = order(field, now)
    values = [
        value
        for value in grid(field, Decimal(str(now)) if field.type != "choice" else Decimal(0))
        if (place < order(field, value) if way == "up" else order(field, value) < place)
        and (end is None or (order(field, value) < end if way == "up" else order(field, value) > end))
    ]
    if len(values) > MOST_BETWEEN:
        ends = [*values[:3], *values[-3:]]
        values = [*ends, *rng.sample(values[3:-3], MOST_BETWEEN - len(ends))]
    yield from values
