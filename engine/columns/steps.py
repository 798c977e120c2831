"""Random runners one step further, in columns: the steps of the laws about two runners (``prehab.testing.pairs``).

A step puts another value in one place of a runner, or adds a complaint or a fault. The values are those that the laws
step to; which of them comes out is another matter, for the numbers are drawn in another order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from prehab.columns.population import random_columns, source_of
from prehab.columns.told import Array, Columns, Sources
from prehab.columns.values import blank_of, is_unknown
from prehab.population import Question, shape_of
from prehab.runner import Runner
from prehab.testing.pairs import Moves, Step, bettered, forgotten, learnt, worsened

__all__ = ["MOVES", "Stepped", "Steps", "step_between"]

MOVES: tuple[Moves, ...] = (worsened, bettered, forgotten, learnt)
"""The ways to step, in the order of their numbers."""

_ROUNDS = 4
"""How often another place is drawn for a runner who has no such step at the first."""

_COMPLAINTS = 0.6
"""How often a step is one of a complaint, where there is one."""

_STEPPING = 1
"""What stands after a seed, so that runners of the same seed and their steps have nothing to do with each other."""

_NEW_COMPLAINT, _NEW_FAULT = 0.1, 0.02
"""How often whoever gets worse has a complaint more, or a fault."""


@dataclass(frozen=True)
class Stepped:
    """Runners one step further.

    Attributes:
        columns: The runners after the step.
        moves: Which way each went, by number (``MOVES``); -1 for those who stay as they are.
    """

    columns: Columns
    moves: Array


@dataclass(frozen=True)
class _Field:
    """A column with a direction, and its values from the best to the worst, as numbers that grow that way."""

    table: str
    place: Any
    sign: int
    keys: Array
    boolean: bool

    def moved(self, move: int, values: Array, chance: Array) -> tuple[Array, Array]:
        """Where some values can go one way, and the values then.

        Args:
            move: Which way.
            values: The values.
            chance: Of each a number from 0 to 1, which says to which of several values it goes.
        """
        way, unknown, most = MOVES[move], is_unknown(values), len(self.keys)
        keys = np.where(unknown, self.keys[0], self.sign * values.astype(np.float64))
        if way is forgotten:
            return ~unknown & (keys == self.keys[0]), np.full(len(values), blank_of(values), values.dtype)
        if way is learnt:
            return unknown, self._told(np.zeros(len(values), np.int64), values)
        low = np.searchsorted(self.keys, keys, "right") if way is worsened else np.zeros(len(values), np.int64)
        high = np.full(len(values), most) if way is worsened else np.searchsorted(self.keys, keys, "left")
        able = ~unknown & (low < high)
        if way is worsened and self.boolean and self.sign > 0:
            able |= unknown
            low = np.where(unknown, most - 1, low)
        place = low + (chance * (high - low)).astype(np.int64)
        return able, self._told(np.minimum(place, most - 1), values)

    def _told(self, place: Array, values: Array) -> Array:
        """The values at some places of the order, as they stand in the column."""
        found: Array = (self.sign * self.keys[place]).astype(values.dtype)
        return found


class Steps:
    """Draws steps for the runners of a pack.

    Args:
        sources: The columns of the pack.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        shape = shape_of(sources.pack)
        told = [question for _, section in shape.sections for question in section]
        self._of_runner = list(self._fields("runner", told))
        self._of_complaint = list(self._fields("complaint", [one for _, group in shape.groups for one in group]))
        self._of_session = list(self._fields("session", shape.logged))
        self._faults = [one.place for one in sources.runner if one.place[0] == "fault"]

    def _fields(self, table: str, told: Sequence[Question]) -> Iterator[_Field]:
        for question in told:
            if question.field.worse == "neither":
                continue
            source = source_of(self.sources, question)
            if table == "runner" and not is_unknown(np.array(source.reader()(Runner()), source.dtype)):
                continue  # it is known, too, where nobody tells it
            kind, _, name = source.place
            place: Any = {"runner": source.place, "complaint": name, "session": (kind, name)}[table]
            sign = 1 if question.field.worse == "higher" else -1
            values = [one for one in question.values if source.words is None or one in source.words]
            codes = [float(one if source.words is None else source.words.index(one)) for one in values]
            keys = np.sort(sign * np.array(codes))
            yield _Field(table, place, sign, keys, question.field.type == "boolean")

    def taken(self, columns: Columns, seed: int | tuple[int, ...]) -> Stepped:
        """Runners, each one step further where he has such a step.

        Args:
            columns: The runners.
            seed: A number or several, none below 0. The same seed gives the same steps.
        """
        numbers = seed if isinstance(seed, tuple) else (seed,)
        return _Stepping(self, columns, (*numbers, _STEPPING)).stepped()


class _Stepping:
    """Some runners going one step further."""

    def __init__(self, steps: Steps, columns: Columns, seed: int | tuple[int, ...]) -> None:
        self.steps = steps
        self.before = columns
        self.rng = np.random.Generator(np.random.SFC64(seed))
        self.after = replace(
            columns,
            runner=dict(columns.runner),
            complaint=dict(columns.complaint),
            session=dict(columns.session),
        )
        self.changed: set[tuple[str, Any]] = set()
        self.moves = self.rng.integers(0, len(MOVES), columns.count, np.int32)
        self.left = np.ones(columns.count, bool)

    def stepped(self) -> Stepped:
        """All of them."""
        steps, count = self.steps, self.before.count
        worse = self.moves == MOVES.index(worsened)
        way = self.rng.random(count)
        self._add_fault(np.flatnonzero(worse & (way < _NEW_FAULT)))
        hurting = np.flatnonzero(worse & (way >= _NEW_FAULT) & (way < _NEW_FAULT + _NEW_COMPLAINT))
        self.left[hurting] = False
        for _ in range(_ROUNDS):
            rows = np.flatnonzero(self.left)
            found = self._one_of(self.before.complaint_of, rows)
            sore = (found >= 0) & (self.rng.random(len(rows)) < _COMPLAINTS)
            many, rest = len(steps._of_complaint), len(steps._of_runner) + len(steps._of_session)
            number = (self.rng.random(len(rows)) * np.where(sore, many, rest)).astype(np.int64)
            self._move(steps._of_complaint, rows[sore], found[sore], number[sore])
            rows, number = rows[~sore], number[~sore]
            told = number < len(steps._of_runner)
            self._move(steps._of_runner, rows[told], rows[told], number[told])
            rows, number = rows[~told], number[~told] - len(steps._of_runner)
            found = self._one_of(self.before.session_of, rows)
            self._move(steps._of_session, rows[found >= 0], found[found >= 0], number[found >= 0])
        self._add_complaints(hurting)
        pregnant = self.after.runner.get(("medical", None, "pregnant"))
        if pregnant is not None:
            self.after.pregnant = pregnant == 1
        self.moves[self.left] = -1
        return Stepped(self.after, self.moves)

    def _one_of(self, whose: Array, rows: Array) -> Array:
        """One of the complaints, or sessions, of each of some runners; -1 where there is none."""
        first, last = np.searchsorted(whose, rows, "left"), np.searchsorted(whose, rows, "right")
        place = first + (self.rng.random(len(rows)) * (last - first)).astype(np.int64)
        return np.where(first < last, place, -1)

    def _move(self, fields: Sequence[_Field], rows: Array, places: Array, number: Array) -> None:
        """Move the values of some runners, each in a field of his own.

        Args:
            fields: The fields.
            rows: The runners.
            places: Where the value of each stands in the columns.
            number: Which field each moves in.
        """
        if not fields:
            return
        order = np.argsort(number * len(MOVES) + self.moves[rows], kind="stable")
        marks = (number * len(MOVES) + self.moves[rows])[order]
        for begin, end in _runs(marks):
            field, move = fields[marks[begin] // len(MOVES)], int(marks[begin] % len(MOVES))
            these = order[begin:end]
            values = getattr(self.before, field.table)[field.place][places[these]]
            able, then = field.moved(move, values, self.rng.random(len(these)))
            self._writable(field.table, field.place)[places[these[able]]] = then[able]
            self.left[rows[these[able]]] = False

    def _writable(self, table: str, place: Any) -> Array:
        """A column of the runners after the step, which is theirs alone."""
        columns: dict[Any, Array] = getattr(self.after, table)
        if (table, place) not in self.changed:
            self.changed.add((table, place))
            columns[place] = columns[place].copy()
        return columns[place]

    def _add_fault(self, rows: Array) -> None:
        """Have somebody see a fault more in each of some runners, where it was not seen before."""
        faults = self.steps._faults
        number = (self.rng.random(len(rows)) * len(faults)).astype(np.int64)
        for place, fault in enumerate(faults):
            values = self._writable("runner", fault)
            new = rows[(number == place) & (values[rows] < 1)]
            values[new] = 1
            self.left[new] = False

    def _add_complaints(self, rows: Array) -> None:
        """Give each of some runners a complaint more."""
        if not len(rows):
            return
        after = self.after
        drawn = random_columns(self.steps.sources, len(rows) * 2, tuple(self.rng.integers(0, 1 << 31, 4).tolist()))
        at = np.searchsorted(after.complaint_of, rows, "right")
        new = np.resize(np.arange(len(drawn.complaint_of)), len(rows))

        def added(told: Array, more: Array) -> Array:
            return np.insert(told, at, more)

        after.complaint = {name: added(told, drawn.complaint[name][new]) for name, told in after.complaint.items()}
        for name in ("injury", "region", "side"):
            setattr(after, name, added(getattr(after, name), getattr(drawn, name)[new]))
        after.complaint_of = added(after.complaint_of, rows)


def _runs(marks: Array) -> Iterator[tuple[int, int]]:
    """Where each run of the same number begins and ends."""
    begins = np.flatnonzero(np.diff(marks, prepend=-1))
    ends = np.append(begins[1:], len(marks))
    yield from zip(begins.tolist(), ends[: len(begins)].tolist(), strict=True)


def step_between(before: Any, after: Any, path: tuple[str | int, ...] = ()) -> Step:
    """The one step from a runner to another, both as they would stand in a runner file.

    Args:
        before: The runner before the step.
        after: The runner after it.
        path: Where in the runner both of them stand.
    """
    if isinstance(after, list) and len(after) > len(before or ()):
        return Step(path, next((one for one in after if one not in (before or ())), after[-1]), added=True)
    if isinstance(before, list) and isinstance(after, list):
        place = next(n for n, (one, other) in enumerate(zip(before, after, strict=True)) if one != other)
        return step_between(before[place], after[place], (*path, place))
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = before or {}, after or {}
        name = next(name for name in {**old, **new} if old.get(name) != new.get(name))
        return step_between(old.get(name), new.get(name), (*path, name))
    return Step(path, after)
