"""Random runners, drawn from the vocabulary: every told field, every value that a rule can tell apart, and unknown.

A runner is plain data, as it would stand in a runner file. One description builds it from single choices:
``random.Random`` makes them here, where many runners are needed; ``prehab.testing`` lets hypothesis make them, where a
failure should shrink to something readable.
Numbers are drawn at, just below and just above the bounds that the rules compare them with, and at the ends of range.

What is drawn here comes from the pack alone: a field that is added to the vocabulary is drawn without a change here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar

from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field, Kind

__all__ = [
    "COMPLAINTS", "LOGGED", "MOODS", "Choose", "Place", "Question", "Shape", "build_complaint", "build_log",
    "build_runner", "changed", "per_pack", "places", "random_runner", "read_at", "shape_of",
    "shrunk", "told_kinds", "with_numbers",
]  # fmt: skip

T = TypeVar("T")
Choose = Callable[[Sequence[Any]], Any]
LAST_PACKS = 8

JOINED = frozenset({"affects", "sore_leg", "gate"})
"""Kinds that the engine makes itself: they are not told."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TODAY = date(2026, 3, 1)

COMPLAINTS = (0, 1, 2, 3, 4, 1)
"""How many complaints a runner tells."""

LOGGED = (0, 0, 0, 0, 1, 2, 3, 6)
"""How many sessions he noted: mostly none."""

# How a section is told: not at all; with the best values; with values from the better half; some of it; as good as can
# be with one bad answer; anything.
MOODS: Mapping[str, tuple[str, ...]] = {
    "able": ("unknown", "best", "best", "best", "good", "good", "some", "some", "one_bad", "any"),
    "health": (*["unknown"] * 8, *["best"] * 5, "good", "good", "some", "some", "one_bad", "one_bad", "any"),
    "pain": ("unknown", "best", "best", "good", "good", "some", "some", "one_bad", "any"),
    "signs": (*["unknown"] * 9, *["best"] * 6, "some", "some", "one_bad", "one_bad", "any"),
}


@dataclass(frozen=True)
class Question:
    """One value that a runner may tell: where it stands, and the values worth drawing, simplest first."""

    kind: str
    name: str
    path: tuple[Any, ...]
    field: Field
    values: tuple[Any, ...]
    good: tuple[Any, ...]
    best: tuple[Any, ...]
    bad: tuple[Any, ...]


@dataclass(frozen=True)
class Shape:
    """Everything that can be told, by section."""

    sections: tuple[tuple[str, tuple[Question, ...]], ...]
    groups: tuple[tuple[str, tuple[Question, ...]], ...]
    logged: tuple[Question, ...]
    faults: tuple[str, ...]
    injuries: tuple[str, ...]
    regions: tuple[str, ...]
    equipment: tuple[str, ...]
    everyday: tuple[str, ...]
    exercises: tuple[str, ...]
    days_to_race: tuple[int, ...]


def told_kinds(pack: Pack) -> dict[str, Kind]:
    """The kinds of fact that a runner tells, by name."""
    made = {*pack.aggregates, *pack.derived, *JOINED}
    return {name: kind for name, kind in pack.kinds.items() if name not in made}


def per_pack(work: Callable[[Pack], T]) -> Callable[[Pack], T]:
    """What is worked out of a pack, once for each of the last few packs."""
    made: dict[int, tuple[Pack, T]] = {}

    def found(pack: Pack) -> T:
        known = made.get(id(pack))
        if known is None or known[0] is not pack:
            if len(made) >= LAST_PACKS:
                made.pop(next(iter(made)))
            known = made[id(pack)] = (pack, work(pack))
        return known[1]

    return found


def with_numbers(pack: Pack, numbers: Mapping[str, float]) -> Pack:
    """The pack with other numbers as its own, so that runners are drawn at the bounds that count."""
    made = {name: one.model_copy(update={"value": numbers[name]}) for name, one in pack.parameters.items()}
    return replace(pack, parameters=made)


def shape_of(pack: Pack) -> Shape:
    """The shape of a pack's runners; worked out once for each pack."""
    return _shape_of(pack)


def _shape(pack: Pack) -> Shape:
    cuts = _cuts(pack)
    sections: list[tuple[str, tuple[Question, ...]]] = []
    groups: dict[str, list[Question]] = {"pain": [], "signs": [], "able": []}
    logged: tuple[Question, ...] = ()
    for name, kind in told_kinds(pack).items():
        told = [(n, f) for n, f in kind.fields.items() if n not in kind.keys and not (name == "complaint" and f.always)]
        source = name if kind.source is None else kind.source
        top = (source,) if source else ()
        if name == "complaint":
            for n, f in told:
                question = _question(name, n, (), f, cuts)
                group = question.path[0] if len(question.path) > 1 or n == "side" else "able"
                groups.setdefault(group, []).append(question)
        elif kind.cardinality == "many":
            logged = tuple(_question(name, n, (), f, cuts) for n, f in told)
        elif kind.cardinality == "one":
            mood = "health" if kind.health else "able"
            sections.append((mood, tuple(_question(name, n, top, f, cuts) for n, f in told)))
        elif name != "fault":
            (values,) = kind.keys.values()
            made = (_question(name, n, (*top, key), f, cuts) for key in values for n, f in told)
            sections.append(("able", tuple(made)))
    days = next((q.values for _, section in sections for q in section if q.name == "days_to_race"), (0, 7, 42))
    words = pack.catalogue.words
    return Shape(
        sections=tuple(sections),
        groups=tuple((name, tuple(group)) for name, group in groups.items()),
        logged=logged,
        faults=tuple(pack.kinds["fault"].keys["fault"]) if "fault" in pack.kinds else (),
        injuries=pack.catalogue.named_injuries,
        regions=tuple(words["regions"]),
        equipment=tuple(words["equipment"]),
        everyday=tuple(sorted(pack.catalogue.everyday())),
        exercises=tuple(pack.catalogue.exercises)[::11],
        days_to_race=tuple(days),
    )


_shape_of = per_pack(_shape)


def _cuts(pack: Pack) -> dict[tuple[str, str], set[float]]:
    """The numbers that the rules compare each told field with, directly or through an aggregate."""
    cuts: dict[tuple[str, str], set[float]] = {}
    patterns = [pattern for variant in pack.variants for pattern in variant.patterns]
    patterns += pack.read_first
    for pattern in patterns:
        for test in pattern.tests:
            if test.parameter is None:
                continue
            kind, name = test.kind, test.field
            if kind in pack.aggregates:
                of = pack.aggregates[kind].fields[name.removesuffix("_so_far")].of
                kind, _, name = of.partition(".")
            cuts.setdefault((kind, name), set()).add(pack.parameters[test.parameter].value)
    return cuts


def _question(
    kind: str, name: str, top: tuple[str, ...], field: Field, cuts: Mapping[tuple[str, str], set[float]]
) -> Question:
    source = name if field.source is None else field.source
    path = (*top, *(part for part in source.split(".") if part))
    values: list[Any]
    bounds = sorted(cuts.get((kind, name), ()))
    if field.type == "boolean":
        values = [False, True]
    elif field.type == "choice":
        values = list(field.values)
    else:
        values = _numbers(field, bounds)
    best = good = bad = values
    if field.worse != "neither":
        ordered = values if field.worse == "higher" else values[::-1]
        half = (len(ordered) + 1) // 2
        good, bad = ordered[:half], ordered[half:]
        best = ordered[:1]
        if bounds and field.type in ("number", "integer"):
            beyond = [v for v in ordered if (v <= bounds[0] if field.worse == "higher" else v >= bounds[-1])]
            best = beyond or best
    if kind == "screen":
        values = [*values, "not_assessed"]
    return Question(kind, name, path, field, tuple(values), tuple(good), tuple(best), tuple(bad))


def _numbers(field: Field, bounds: Sequence[float]) -> list[float]:
    low, high = field.range or (0, 0)
    if field.type == "integer" and high - low <= 10:
        return list(range(int(low), int(high) + 1))
    step = 1.0 if field.type == "integer" else 0.1
    found = {low, high}
    for bound in bounds:
        found.update((bound - step, bound, bound + step))
    if not bounds:
        found.update(low + (high - low) * part // 4 for part in (1, 2))
    inside = {round(float(value), 6) for value in found if low <= value <= high}
    whole = [int(value) if value == int(value) else value for value in inside]
    return sorted(v for v in whole if field.type != "integer" or isinstance(v, int))


# -- one runner out of single choices ---------------------------------------------------------------------------------


def build_runner(choose: Choose, shape: Shape, complaints: int | None) -> dict[str, Any]:
    """A runner. The first option of every choice is the plainest, so that all first options give an empty runner."""
    data: dict[str, Any] = {}
    count = choose(COMPLAINTS) if complaints is None else complaints
    strong = choose((False, False, True))
    for mood, section in shape.sections:
        able = strong and mood == "able"
        _tell(choose, data, section, choose(("best", "best", "best", "one_bad") if able else MOODS[mood]))
    if count:
        data["complaints"] = told = [build_complaint(choose, shape) for _ in range(count)]
        for one, other in pairwise(told):
            if choose((False, False, False, True)):  # the same once more, on the other leg perhaps
                other |= {name: one[name] for name in ("injury", "region") if name in one}
    if faults := _some(choose, shape.faults, (0, 0, 0, 1, 2, 4)):
        data["faults"] = faults
    equipment = choose(("unknown", "none", "some", "some", "all"))
    if equipment != "unknown":
        owned = {"none": [], "all": list(shape.equipment)}.get(equipment)
        data.setdefault("strength", {})["equipment"] = (
            _some(choose, shape.equipment, (1, 2, 3, 6)) if owned is None else owned
        )
    for name, words in (("lacks", shape.everyday), ("refuses", shape.exercises)):
        if picked := _some(choose, words, (0, 0, 0, 0, 0, 0, 1, 2)):
            data.setdefault("strength", {})[name] = picked
    keys = choose((None, None, (), ("sat",), ("tue", "sat"), ("mon", "wed", "fri"), WEEKDAYS))
    if keys is not None:
        data.setdefault("running", {})["key_days"] = list(keys)
    race = choose((None, None, None, None, None, None, "dated", "date only", "past"))
    if race is not None:
        days = -1 if race == "past" else choose(shape.days_to_race)
        data.setdefault("running", {})["race_date"] = (TODAY + timedelta(days=days)).isoformat()
        if race != "date only":
            data["today"] = TODAY.isoformat()
    if log := build_log(choose, shape):
        data["recent_sessions"] = log
    return data


def build_log(choose: Choose, shape: Shape) -> list[dict[str, Any]]:
    """The sessions that a runner noted."""
    count = choose(LOGGED) if shape.logged else 0
    return [_session(choose, shape) for _ in range(count)]


def _tell(choose: Choose, data: dict[str, Any], section: Sequence[Question], mood: str) -> None:
    if mood == "unknown" or not section:
        return
    wrong = choose(range(len(section))) if mood == "one_bad" else None
    for number, question in enumerate(section):
        if number == wrong and question.field.worse != "neither":
            value = choose(question.bad)
        elif question.field.worse == "neither" and mood != "any":
            value = choose((None, None, *question.values))
        elif mood in ("best", "one_bad"):
            value = choose(question.best)
        elif mood == "good":
            value = choose(question.good)
        elif mood == "some":
            bad_too = question.bad[-1:] if question.field.type in ("number", "integer") else ()
            value = choose((None, None, question.good[0], question.good[-1], *bad_too))
        else:
            value = choose((None, *question.values))
        if value is not None:
            _put(data, question.path, value)


def build_complaint(choose: Choose, shape: Shape) -> dict[str, Any]:
    """A complaint: a named injury, a region or both, and some of what can be said of it."""
    data: dict[str, Any] = {}
    known = choose(("region", "injury", "region", "injury", "both"))
    if known != "region" and shape.injuries:
        data["injury"] = choose(shape.injuries)
    if known != "injury" or not shape.injuries:
        data["region"] = choose(shape.regions)
    side = choose((None, "left", "right", "both"))
    if side is not None:
        data["side"] = side
    for name, group in shape.groups:
        if name != "side":
            _tell(choose, data, group, choose(MOODS["signs" if name == "signs" else "pain"]))
    return data


def _session(choose: Choose, shape: Shape) -> dict[str, Any]:
    data: dict[str, Any] = {}
    _tell(choose, data, shape.logged, choose(("some", "best", "good", "any")))
    days = next((question.values for question in shape.logged if question.name == "days_ago"), ())
    data["days_ago"] = choose((0, 1, 1, 2, 3, 7, *days))
    if choose((False, True)):
        data |= {"exercises": [choose(shape.exercises)], "sets": 3, "reps": 10, "load_kg": 12.5}
    return data


def _some(choose: Choose, words: Sequence[str], counts: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(choose(words) for _ in range(choose(counts) if words else 0)))


def _put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for part in path[:-1]:
        data = data.setdefault(part, {})
    data[path[-1]] = value


def random_runner(rng: random.Random, pack: Pack, complaints: int | None = None) -> dict[str, Any]:
    """A random runner, fast: tens of thousands in a few seconds.

    Args:
        rng: Where the choices come from; the same seed gives the same runners.
        pack: The pack whose vocabulary is drawn from.
        complaints: How many complaints; by default 0 to 4.
    """
    draw = rng.random
    return build_runner(lambda options: options[int(draw() * len(options))], shape_of(pack), complaints)


# -- the directed fields of a runner, to be made worse or better ------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A field with a direction, where it stands in one runner's data, and its value there (None: unknown)."""

    path: tuple[str | int, ...]
    question: Question
    value: Any

    def __str__(self) -> str:
        return "/".join(str(part) for part in self.path)

    def worse(self) -> tuple[Any, ...]:
        """The values worse than the one told, from a little worse to the worst; none where it is unknown."""
        return self._beyond(self.question.field.worse == "higher")

    def better(self) -> tuple[Any, ...]:
        """The values better than the one told, from a little better to the best; none where it is unknown."""
        return self._beyond(self.question.field.worse == "lower")

    def from_unknown(self) -> tuple[Any, ...]:
        """The best value, where none is told."""
        return (self.question.field.best(),) if self.value is None else ()

    def _beyond(self, upward: bool) -> tuple[Any, ...]:
        field = self.question.field
        if self.value is None:
            return ()
        order = [v for v in self.question.values if v != "not_assessed"]
        order = order if upward else order[::-1]
        if field.type in ("number", "integer"):
            return tuple(v for v in order if (v > self.value if upward else v < self.value))
        return tuple(order[order.index(self.value) + 1 :])


def places(pack: Pack, data: Mapping[str, Any]) -> Iterator[Place]:
    """Every field with a direction that this runner could tell, told or not."""
    shape = shape_of(pack)
    for _, section in shape.sections:
        yield from _places((), section, data)
    for position, _ in enumerate(data.get("complaints", ())):
        for _, group in shape.groups:
            yield from _places(("complaints", position), group, data)
    for position, _ in enumerate(data.get("recent_sessions", ())):
        yield from _places(("recent_sessions", position), shape.logged, data)


def _places(top: tuple[str | int, ...], section: Sequence[Question], data: Mapping[str, Any]) -> Iterator[Place]:
    for question in section:
        if question.field.worse != "neither":
            path = (*top, *question.path)
            value = read_at(data, path)
            yield Place(path, question, None if value == "not_assessed" else value)


def read_at(data: Any, path: Sequence[str | int]) -> Any:
    """What stands at a path; None where nothing does."""
    for part in path:
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            return None
    return data


def changed(data: Any, path: Sequence[Any], value: Any) -> Any:
    """A runner with one value put in place of another, the rest shared; None takes it away."""
    first, *rest = path
    made = list(data) if isinstance(data, list) else dict(data)
    if rest:
        made[first] = changed(data[first] if isinstance(data, list) else data.get(first, {}), rest, value)
    elif value is None and isinstance(made, dict):
        made.pop(first, None)
    else:
        made[first] = value
    return made


# -- smaller runners --------------------------------------------------------------------------------------------------


def shrunk(data: Any, broken: Callable[[Any], bool]) -> Any:
    """The smallest runner found by leaving things out for which ``broken`` still holds."""
    smaller = True
    while smaller:
        smaller = False
        for one in _without_one(data):
            if broken(one):
                data, smaller = one, True
                break
    return data


def _without_one(data: Any) -> Iterator[Any]:
    if isinstance(data, dict):
        for key in data:
            yield {k: v for k, v in data.items() if k != key}
        for key, value in data.items():
            yield from ({**data, key: inner} for inner in _without_one(value))
    elif isinstance(data, list):
        for position in range(len(data)):
            yield [*data[:position], *data[position + 1 :]]
        for position, value in enumerate(data):
            yield from ([*data[:position], inner, *data[position + 1 :]] for inner in _without_one(value))
