"""Whom to try: the runners of the cases, runners placed around every number that counts, and random ones.

All of it is the same whichever side is called the old one, so that a comparison read backwards says the opposite.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from typing import Any

from prehab.compare.sides import Side
from prehab.population import Question, changed, random_runner, read_at, shape_of
from prehab.rules.language import Test

__all__ = ["case_runners", "placed_runners", "random_runners"]

_MOST_PLACED = 2000
_ABOUT_ONE_RULE = 400
_RANDOM_BASES = 3

Runner = dict[str, Any]


def random_runners(sides: tuple[Side, Side], count: int, seed: int) -> Iterator[Runner]:
    """Random runners, by turns at the bounds of the one side and of the other."""
    rng = random.Random(seed)
    packs = [side.drawn_from for side in _in_order(sides)]
    for number in range(count):
        yield random_runner(rng, packs[number % 2])


def case_runners(sides: tuple[Side, Side], rules: Iterable[str]) -> list[Runner]:
    """The runners of the cases of some rules, each once."""
    wanted = frozenset(rules)
    return _once(one.case.runner for side in _in_order(sides) for one in side.cases if one.case.rule in wanted)


def placed_runners(sides: tuple[Side, Side], rules: Iterable[str], seed: int) -> list[Runner]:
    """Runners placed around whatever some rules test: every word, each bound of either side, just below, just above.

    They start from the cases of the rule, the empty runner and a few random ones, each as it is and with all that it
    does not tell at its best, and change one value.
    """
    ordered = _in_order(sides)
    rng = random.Random(seed)
    bases = [{}, *(random_runner(rng, ordered[n % 2].drawn_from) for n in range(_RANDOM_BASES))]
    by_rule: list[list[Runner]] = []
    for rule in sorted(rules):
        tests = [(side, test) for side in ordered for test in _tests(side, rule)]
        begin = [*case_runners(sides, (rule,)), *bases]
        begin = _once([*begin, *(_able(ordered[0], base) for base in begin)])
        made = begin + [
            runner
            for questions in _questions(tests)
            for value in _values(questions[0], tests)
            for base in begin
            for runner in _placed(base, list(_places(ordered, base, questions)), value)
        ]
        by_rule.append(_spread(_once(made), _ABOUT_ONE_RULE))
    by_turns = (one for row in zip_longest(*by_rule) for one in row if one is not None)
    return _once(by_turns)[:_MOST_PLACED]


def _able(side: Side, base: Runner) -> Runner:
    """A runner of whom all that is not told is at its best, so that nothing else stands in the way."""
    shape = shape_of(side.drawn_from)
    told: list[tuple[tuple[Any, ...], Question]] = [(q.path, q) for _, section in shape.sections for q in section]
    for number, _ in enumerate(base.get("complaints", ())):
        told += [(("complaints", number, *q.path), q) for _, group in shape.groups for q in group]
    for path, question in told:
        if question.field.worse != "neither" and read_at(base, path) is None:
            base = changed(base, path, question.best[0])
    return base


def _in_order(sides: tuple[Side, Side]) -> list[Side]:
    return sorted(sides, key=lambda side: side.identity)


def _once(runners: Iterable[Runner]) -> list[Runner]:
    return list({json.dumps(one, sort_keys=True, default=str): one for one in runners}.values())


def _tests(side: Side, rule: str) -> Iterator[Test]:
    """The tests of a rule."""
    pack = side.pack
    for variant in pack.variants:
        if pack.rules[variant.rule].id == rule:
            for pattern in variant.patterns:
                yield from pattern.tests


def _told(side: Side, test: Test) -> tuple[str, str]:
    """The kind and field that a test is about; of an aggregate, those of its parts."""
    aggregate = side.pack.aggregates.get(test.kind)
    if aggregate is None:
        return test.kind, test.field
    kind, _, field = aggregate.fields[test.field.removesuffix("_so_far")].of.partition(".")
    return kind, field


def _questions(tests: list[tuple[Side, Test]]) -> list[list[Question]]:
    """Everything that a runner may tell which some tests are about: by field, once for each key (a side, a screen)."""
    about = {_told(side, test) for side, test in tests}
    found: dict[tuple[str, str], dict[tuple[Any, ...], Question]] = {}
    for side in dict.fromkeys(side for side, _ in tests):
        shape = shape_of(side.drawn_from)
        for _, section in (*shape.sections, *shape.groups, ("", shape.logged)):
            for question in section:
                if (question.kind, question.name) in about:
                    found.setdefault((question.kind, question.name), {}).setdefault(question.path, question)
    return [list(questions.values()) for _, questions in sorted(found.items())]


def _places(sides: list[Side], base: Runner, questions: list[Question]) -> Iterator[tuple[Any, ...]]:
    """Where a field stands in a runner's data: once for each key, or for each complaint or session there is."""
    name = questions[0].kind
    kind = next(side.pack.kinds[name] for side in sides if name in side.pack.kinds)
    if kind.cardinality == "many":
        yield from (
            (kind.source, number, *questions[0].path) for number, _ in enumerate(base.get(kind.source or "", ()))
        )
    else:
        yield from (question.path for question in questions)


def _spread(runners: list[Runner], most: int) -> list[Runner]:
    """At most so many of them, taken evenly."""
    return runners if len(runners) <= most else [runners[place * len(runners) // most] for place in range(most)]


def _values(question: Question, tests: list[tuple[Side, Test]]) -> list[Any]:
    """Unknown, and every value worth trying: of a number, the bounds of either side and what is next to them."""
    field = question.field
    if field.type not in ("number", "integer"):
        return [None, *question.values]
    step = 1.0 if field.type == "integer" else 0.1
    low, high = field.range or (0, 0)
    found: set[float] = set()
    for side, test in tests:
        if test.parameter is not None and _told(side, test) == (question.kind, question.name):
            bound = side.program.parameters[test.parameter]
            found.update(round(one, 6) for one in (bound - step, bound, bound + step) if low <= one <= high)
    whole = [int(one) if one == int(one) else one for one in sorted(found)]
    return [None, *(one for one in whole if field.type == "number" or isinstance(one, int))]


def _placed(base: Runner, places: list[tuple[Any, ...]], value: Any) -> Iterator[Runner]:
    """A runner with a value in each of some places, and in all of them together."""
    for place in places:
        yield _put(base, place, value)
    if len(places) > 1:
        everywhere = base
        for place in places:
            everywhere = _put(everywhere, place, value)
        yield everywhere


def _put(base: Runner, place: tuple[Any, ...], value: Any) -> Runner:
    return base if value is None and read_at(base, place) is None else changed(base, place, value)
