"""What the values of a fact's fields meet, by table.

A value is looked up once: it meets some tests, and fails every pattern that has one of the others; its answer is one
integer. A number matters only through the bounds it is compared with, so answers are worked out per interval between
bounds. Fields of few values each are looked up several at a time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from prehab.rules.language import Test
from prehab.rules.vocabulary import Field

__all__ = ["FieldTests", "GroupTests", "TestedField", "grouped"]

MOST_VALUES = 100
"""A whole number of a wider range than this is looked up by the interval that it lies in; so many are remembered."""

MOST_TOGETHER = 81
"""So many combinations of values of a group of fields are remembered."""


class TestedField:
    """The tests of one field, with their bits, and how its values are told apart, whatever the parameters.

    ``failing`` are the patterns that each test keeps from being met. ``countable`` values are few enough for each to
    have an answer of its own; ``ways`` is how many there are if these are few words, no value counted, or else 0.
    ``when_unknown`` is the answer for no value.
    """

    __slots__ = ("countable", "failing", "numbered", "ways", "when_unknown", "width")

    def __init__(self, numbered: list[tuple[int, Test]], field: Field, failing: list[int], width: int) -> None:
        self.numbered = numbered
        self.failing = failing
        self.width = width
        low, high = field.range or (0, 0)
        self.countable = field.type != "number" and high - low <= MOST_VALUES
        words = 2 if field.type == "boolean" else len(field.values) if field.type == "choice" else 0
        self.ways = words + 1 if 0 < words < MOST_TOGETHER else 0
        self.when_unknown = self.answer(None, {})

    def answer(self, value: Any, parameters: Mapping[str, float]) -> int:
        """The tests that a value meets and, in the bits beyond the ``width`` of these, the patterns that it fails."""
        met = failed = 0
        for (bit, test), failing in zip(self.numbered, self.failing, strict=True):
            if test.met(value, parameters):
                met |= 1 << bit
            else:
                failed |= failing
        return failed << self.width | met


class FieldTests:
    """The tests of one field with the parameters of a program. Each answer is worked out once.

    As many answers are kept as there are countable values, or intervals between the numbers compared with, and those of
    the first ``MOST_VALUES`` numbers beside: whoever tells a runner's values cannot add to them.
    """

    __slots__ = ("cells", "cuts", "field", "parameters")

    def __init__(self, field: TestedField, parameters: Mapping[str, float]) -> None:
        self.field = field
        self.parameters = parameters
        self.cuts: list[float] = []
        if not field.countable:
            self.cuts = sorted({parameters[t.parameter] for _, t in field.numbered if t.parameter is not None})
        self.cells: dict[Any, int] = {}

    def answer(self, value: Any) -> int:
        """The tests that a known value meets, and the patterns that it fails."""
        cell: Any = value
        if not self.field.countable:
            cell = (bisect_left(self.cuts, value), bisect_right(self.cuts, value))
        found = self.cells.get(cell)
        if found is None:
            found = self.cells[cell] = self.field.answer(value, self.parameters)
        if len(self.cells) < MOST_VALUES:
            self.cells[value] = found
        return found


class GroupTests:
    """The tests of some fields of few values each, taken together: of what they say one after the other the answers.

    ``first`` and ``last`` are where their values stand among those of the kind's tested fields.
    """

    __slots__ = ("cells", "fields", "first", "last")

    def __init__(self, fields: Sequence[FieldTests], first: int) -> None:
        self.fields = fields
        self.first = first
        self.last = first + len(fields)
        self.cells: dict[tuple[Any, ...], tuple[int, int]] = {}

    def answer(self, values: tuple[Any, ...]) -> tuple[int, int]:
        """The answers for the values that are known, and for those that are not."""
        known = unknown = 0
        for tests, value in zip(self.fields, values, strict=True):
            if value is None:
                unknown |= tests.field.when_unknown
            else:
                known |= tests.answer(value)
        if len(self.cells) < MOST_TOGETHER:
            self.cells[values] = known, unknown
        return known, unknown


def grouped(fields: Sequence[FieldTests]) -> tuple[list[GroupTests], list[tuple[int, FieldTests]]]:
    """The fields of a kind in groups, and those that stay alone, each with its place; those of groups come first."""
    groups: list[list[FieldTests]] = []
    ways = MOST_TOGETHER
    alone = []
    for place, tests in enumerate(fields):
        mine = tests.field.ways
        if not mine:
            alone.append((place, tests))
            continue
        if ways * mine > MOST_TOGETHER:
            groups.append([])
            ways = 1
        groups[-1].append(tests)
        ways *= mine
    first, made = 0, []
    for group in groups:
        made.append(GroupTests(group, first))
        first += len(group)
    return made, alone
