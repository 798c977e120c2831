"""Random runners in columns: those of ``prehab.population``, many at once.

Choices are made as often and among the same values; which runners come out is another matter, for the numbers are drawn
in another order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from prehab.columns.told import SIDES, Array, Columns, Source, Sources, mask_words
from prehab.columns.values import blank_of
from prehab.dates import MOST_DAYS
from prehab.population import COMPLAINTS, LOGGED, MOODS, Question, Shape, shape_of
from prehab.runner import Runner

__all__ = ["random_columns", "random_parts", "source_of"]

PART = 1 << 16
"""How many runners are drawn at once where no more of them are to be held."""

_OPTIONS = ("any", "best", "good", "bad", "some", "open", "unknown")
"""The ways of answering a question; one without a direction is mostly left open."""


def random_columns(sources: Sources, count: int, seed: int | tuple[int, ...]) -> Columns:
    """Random runners.

    Args:
        sources: The columns of the pack whose vocabulary is drawn from.
        count: How many.
        seed: A number or several, none below 0. The same seed gives the same runners.
    """
    return _Drawing(sources, count, seed).columns()


def random_parts(sources: Sources, count: int, seed: int, *, part: int = PART) -> Iterator[Columns]:
    """Random runners in parts, of which no more is held than the one that is asked for.

    Args:
        sources: The columns of the pack whose vocabulary is drawn from.
        count: How many.
        seed: A number, not below 0. The same seed gives the same runners for parts of the same size.
        part: How many are drawn at once.
    """
    for number, start in enumerate(range(0, count, part)):
        yield random_columns(sources, min(part, count - start), (seed, number))


def source_of(sources: Sources, question: Question) -> Source:
    """The column of a question: of several facts of a kind the one whose answer stands in its place.

    Args:
        sources: The columns of the pack.
        question: What a runner may tell.
    """
    for one in (*sources.runner, *sources.complaint, *sources.session):
        kind, key, name = one.place
        if (kind, name) == (question.kind, question.name) and (key is None or key in question.path):
            return one
    raise KeyError(question.path)


class _Drawing:
    def __init__(self, sources: Sources, count: int, seed: int | tuple[int, ...]) -> None:
        self.sources = sources
        self.count = count
        self.shape: Shape = shape_of(sources.pack)
        self.rng = np.random.Generator(np.random.SFC64(seed))

    def columns(self) -> Columns:
        """All of them."""
        count = self.count
        runner = self._runners()
        hurting = self.chosen(COMPLAINTS, count)
        complaint_of = np.repeat(np.arange(count), hurting)
        position = np.arange(len(complaint_of)) - np.repeat(np.cumsum(hurting) - hurting, hurting)
        injury, region = self._named(position)
        side = self.chosen((-1, *range(len(SIDES))), len(complaint_of)).astype(np.int8)
        complaint: dict[str, Array] = {}
        for name, group in self.shape.groups:
            if name == "side":
                complaint["side"] = side
                continue
            moods = MOODS["signs" if name == "signs" else "pain"]
            told = self.told(group, self.chosen(range(len(moods)), len(complaint_of)), moods)
            complaint |= {question.name: values for question, values in told}
        logged = self.chosen(LOGGED, count) if self.shape.logged else np.zeros(count, np.int64)
        session_of = np.repeat(np.arange(count), logged)
        session = self._sessions(len(session_of))
        days = next((one.values for one in self.shape.logged if one.name == "days_ago"), ())
        days_ago = self.chosen((0, 1, 1, 2, 3, 7, *days), len(session_of)).astype(np.int64)
        for kind, name in session:
            if name == "days_ago":
                session[kind, name] = days_ago.astype(np.float64)
        self._race(runner)
        return Columns(
            sources=self.sources,
            count=count,
            runner=runner,
            pregnant=self._pregnant(runner),
            complaint=complaint,
            complaint_of=complaint_of,
            injury=injury,
            region=region,
            side=side,
            session=session,
            session_of=session_of,
            days_ago=days_ago,
            done=self._done(len(session_of)),
            hurt=np.zeros((len(session_of), -(-len(self.sources.regions) // 64)), np.uint64),
        )

    def chosen(self, options: Sequence[Any], times: int) -> Array:
        """One of some numbers, so many times."""
        found: Array = np.array(options)[self.rng.integers(0, len(options), times, np.int32)]
        return found

    # -- sections -----------------------------------------------------------------------------------------------------

    def told(self, section: Sequence[Question], mood: Array, moods: Sequence[str]) -> Iterable[tuple[Question, Array]]:
        """The answers of a section, question by question.

        Args:
            section: The questions.
            mood: For each who answers how he tells it, by number.
            moods: What the numbers stand for.
        """
        wrong = self.rng.integers(0, max(len(section), 1), len(mood), np.int32)
        one_bad = np.array([name == "one_bad" for name in moods])[mood]
        for number, question in enumerate(section):
            values, first, many = self._options(question)
            ways = np.array([_OPTIONS.index(_way(question, name)) for name in moods])[mood]
            if question.field.worse != "neither":
                ways[one_bad & (wrong == number)] = _OPTIONS.index("bad")
            place = (self.rng.random(len(mood), np.float32) * many[ways]).astype(np.int64)
            yield question, values[first[ways] + np.minimum(place, many[ways] - 1)]

    def _options(self, question: Question) -> tuple[Array, Array, Array]:
        """All values that may be chosen in any way, where those of each way begin, and how many they are."""
        values, good = question.values, question.good
        worst = question.bad[-1:] if question.field.type in ("number", "integer") else ()
        ways: list[Sequence[Any]] = [
            (None, *values),
            question.best,
            good,
            question.bad or values,
            (None, None, good[0], good[-1], *worst),
            (None, None, *values),
            (None,),
        ]
        source = source_of(self.sources, question)
        many = np.array([len(way) for way in ways])
        table = np.array([self._as_told(source, value) for way in ways for value in way], source.dtype)
        return table, np.cumsum(many) - many, many

    def _as_told(self, source: Source, value: Any) -> float:
        """How a value stands in a column; one that is not told as it is read then."""
        if value is None:
            if source.place[0] in ("complaint", *(kind for kind, _, _ in self._listed())):
                return float(blank_of(np.empty(0, source.dtype)))
            return source.reader()(Runner())
        if source.words is None:
            return float(value)
        return float(source.words.index(value)) if value in source.words else -1.0

    def _listed(self) -> Iterable[tuple[str, str | None, str]]:
        return [one.place for one in self.sources.session]

    def _runners(self) -> dict[Any, Array]:
        """The columns of the runners themselves."""
        count = self.count
        found: dict[Any, Array] = {}
        strong = self.chosen((0, 0, 1), count)
        for mood, section in self.shape.sections:
            usual = MOODS[mood]
            moods: Sequence[str] = usual
            drawn = self.chosen(range(len(usual)), count)
            if mood == "able":
                strongly = ("best", "best", "best", "one_bad")
                moods = (*usual, *strongly)
                drawn = np.where(strong == 1, len(usual) + self.chosen(range(len(strongly)), count), drawn)
            found |= {
                source_of(self.sources, question).place: values for question, values in self.told(section, drawn, moods)
            }
        found |= self._faults()
        for one in self.sources.runner:
            if one.place not in found:
                found[one.place] = np.full(count, one.reader()(Runner()), one.dtype)
        return found

    def _faults(self) -> dict[Any, Array]:
        """What somebody saw: mostly nothing."""
        names = self.shape.faults
        if not names:
            return {}
        many = self.chosen((0, 0, 0, 1, 2, 4), self.count)
        found: dict[Any, Array] = {}
        for one in self.sources.runner:
            if one.place[0] == "fault":
                found[one.place] = np.full(self.count, -1, one.dtype)
        for time in range(4):
            drawn = np.where(many > time, self.chosen(range(len(names)), self.count), -1)
            for place, values in found.items():
                values[drawn == names.index(str(place[1]))] = 1
        return found

    def _race(self, runner: Mapping[Any, Array]) -> None:
        """The days to and since a race whose date is told."""
        to, since = ("running", None, "days_to_race"), ("running", None, "days_since_race")
        if to not in runner or since not in runner:
            return
        how = self.rng.integers(0, 9, self.count, np.int32)  # most tell none
        days = self.chosen(self.shape.days_to_race, self.count).astype(np.float64)
        dated, undated, past = how == 6, how == 7, how == 8
        runner[to][dated] = np.fmin(runner[to], np.minimum(days, MOST_DAYS))[dated]
        runner[to][undated & np.isnan(runner[to])] = 0
        runner[since][past] = np.fmin(runner[since], 1)[past]

    def _pregnant(self, runner: Mapping[Any, Array]) -> Array:
        told = runner.get(("medical", None, "pregnant"))
        return np.zeros(self.count, bool) if told is None else told == 1

    # -- complaints and sessions --------------------------------------------------------------------------------------

    def _named(self, position: Array) -> tuple[Array, Array]:
        """The injury and the region of complaints; one in four has what the one before it has."""
        many = len(position)
        injuries = [self.sources.injuries.index(name) for name in self.shape.injuries]
        known = self.chosen((0, 1, 0, 1, 2), many)  # the place, the injury, both
        by_name = (known > 0) & bool(injuries)
        injury = np.where(by_name, self.chosen(injuries or (0,), many), -1).astype(np.int16)
        region = np.where((known != 1) | (not injuries), self.chosen(range(len(self.sources.regions)), many), -1)
        region = region.astype(np.int16)
        again = (self.rng.integers(0, 4, many, np.int32) == 3) & (position > 0)
        for place in range(1, int(position.max(initial=0)) + 1):
            rows = np.flatnonzero(again & (position == place))
            for told in (injury, region):
                told[rows] = np.where(told[rows - 1] >= 0, told[rows - 1], told[rows])
        return injury, region

    def _sessions(self, many: int) -> dict[tuple[str, str], Array]:
        moods = ("some", "best", "good", "any")
        told = self.told(self.shape.logged, self.chosen(range(len(moods)), many), moods)
        return {(question.kind, question.name): values for question, values in told}

    def _done(self, many: int) -> Array:
        """Which exercise a session names; every other one names none."""
        number = {name: place for place, name in enumerate(self.sources.exercises)}
        wide = -(-len(number) // 64)
        masks = [0] * len(self.shape.exercises) + [1 << number[name] for name in self.shape.exercises]
        table = np.array([mask_words(mask, wide) for mask in masks], np.uint64).reshape(len(masks), wide)
        if not masks:
            return np.zeros((many, wide), np.uint64)
        found: Array = table[self.rng.integers(0, len(masks), many, np.int32)]
        return found


def _way(question: Question, mood: str) -> str:
    """How a question is answered in a mood, but for the one that is answered badly."""
    if mood == "unknown":
        return "unknown"
    if question.field.worse == "neither" and mood != "any":
        return "open"
    return "best" if mood == "one_bad" else mood
