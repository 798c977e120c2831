"""What the logs of many runners answer, as ``prehab.history`` reads the log of one: the same rules, in columns.

What a reading finds is worked out over pairs of a fact and a session that may say something of it, the sessions of a
runner in the order of their days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any
from weakref import proxy

import numpy as np

from prehab.columns.bits import Bits, packed
from prehab.columns.told import Array, Columns, mask_words
from prehab.columns.values import as_numbers, truth
from prehab.rules.language import LogReading, Test

if TYPE_CHECKING:
    from prehab.columns.block import Block

__all__ = ["LogColumns"]

LONGEST_DAYS = 3650


@dataclass(frozen=True)
class Pairs:
    """Facts and sessions that may say something of them.

    Attributes:
        fact: The row of the fact.
        session: The row of the session.
        days: How many days ago it was.
        loaded: Whether it loaded what is sore.
        maybe: Whether it says neither what it loaded nor that it hurt there.
        elsewhere: Whether it says that it hurt, and not there.
    """

    fact: Array
    session: Array
    days: Array
    loaded: Array
    maybe: Array
    elsewhere: Array

    def where(self, kept: Array) -> Pairs:
        """Some of them."""
        rows = np.flatnonzero(kept)
        return self if len(rows) == len(kept) else Pairs(*[values.take(rows) for values in vars(self).values()])


class LogColumns:
    """The logged sessions of a block of runners, in the order of the runners' rows and of the days."""

    def __init__(self, block: Block, columns: Columns, start: int, stop: int) -> None:
        self.block: Block = proxy(block)  # which holds this: else both were kept until garbage is searched for
        self.plan = block.plan
        self.parameters = block.parameters
        low, high = np.searchsorted(columns.session_of, (start, stop))
        rows = block.stands[columns.session_of[low:high] - start]
        days = columns.days_ago[low:high]
        turn = np.argsort(rows * (LONGEST_DAYS + 1) + days, kind="stable")
        self.row = rows[turn]
        self.days = days[turn]
        self.done = columns.done[low:high][turn]
        self.hurt = columns.hurt[low:high][turn]
        self._values = {place: told[low:high][turn] for place, told in columns.session.items()}
        self.many = np.bincount(self.row, minlength=block.words * 64)
        self.first = np.cumsum(self.many) - self.many
        self._pairs: dict[tuple[str, str | None, str | None], Pairs] = {}
        self._weeks = np.full(block.row_count, np.nan)
        some = np.flatnonzero(self.many)
        self._latest_day = np.full(len(self.many), LONGEST_DAYS + 1)
        self._latest_day[some] = self.days[self.first[some]]

    # -- what rules look for in it ------------------------------------------------------------------------------------

    def values(self, kind: str, name: str) -> Array:
        """A column of sessions."""
        return self._values[kind, name]

    def counts(self) -> Array:
        """How many sessions each runner noted."""
        return self.many

    def parts(self, kind: str, name: str) -> Iterator[tuple[Array, Array]]:
        """The values of a field: those of the first session of each runner, those of the second, and so on."""
        values = as_numbers(self.values(kind, name))
        place = np.arange(len(self.row)) - self.first[self.row]
        for number in range(int(self.many.max(initial=0))):
            here = place == number
            told = np.full(len(self.many), np.nan)
            told[self.row[here]] = values[here]
            yield told, self.many > number

    def found(self, kind: str, patterns: Sequence[tuple[Test, ...]]) -> Bits | None:
        """Of runners, where each of some patterns finds a session of its own.

        It does where any of the patterns together find as many sessions as they are.
        """
        if not len(self.row):
            return None
        each = [self._meeting(kind, tests, self._values) for tests in patterns]
        enough = np.ones(len(self.many), bool)
        for size in range(1, len(each) + 1):
            for some in combinations(each, size):
                meeting = np.logical_or.reduce(some)
                enough &= np.bincount(self.row[meeting], minlength=len(self.many)) >= size
        return packed(enough)

    def _meeting(self, kind: str, tests: Sequence[Test], values: Any) -> Array:
        """The sessions that meet all tests."""
        met = np.ones(len(self.row), bool)
        for test in tests:
            about = self.plan.pack.kinds[kind].fields[test.field]
            met &= truth(test, values[kind, test.field], about, self.parameters)
        return met

    # -- what it answers ----------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Let the log answer what it can."""
        runs = self.plan.pack.runs
        if not (runs and len(self.row)):
            return
        best = {
            ("session", name): field.best()
            for name, field in self.plan.pack.kinds["session"].fields.items()
            if field.worse == "higher"
        }
        self._bettered = {
            place: np.where(np.isnan(told), told, best[place]) if place in best else told
            for place, told in self._values.items()
        }
        if "weeks" in self.block.columns.complaint:
            self._weeks = self.block.of_complaint("weeks").copy()  # as it was told
        for reading in runs:
            self._answer(reading)

    def _answer(self, reading: LogReading) -> None:
        about = self.plan.pack.kinds[reading.kind].fields[reading.field]
        told = self.block.values(reading.kind, None, reading.field)
        shown = self._shown(reading, len(told))
        told[:] = (np.fmax if about.worse == "higher" else np.fmin)(told, shown)  # of one that is unknown the other
        self.block.forget(reading.kind, None, reading.field)

    def _shown(self, reading: LogReading, size: int) -> Array:
        """What the log shows of each fact; NaN where it shows nothing."""
        shown = np.full(size, np.nan)
        rows, ago = self._heard(reading)
        if reading.take == "weeks_since":
            weeks_ago = np.array([round(days / 7, 1) for days in range(LONGEST_DAYS + 1)])
            shown[rows] = weeks_ago[ago]
            return shown
        pairs = self._concerned(reading)
        kept = pairs.days <= self._number(reading.within_days)
        late = np.zeros(len(self.row), bool)  # of which not all can be known yet
        for name in reading.next_day:
            late |= (self.days == 0) & np.isnan(self._values["session", name])
        if reading.take == "latest":
            kept &= ~pairs.maybe
        if not reading.tests:
            kept &= ~late[pairs.session]
        pairs = pairs.where(kept)
        meets = fails = np.zeros(len(pairs.fact), bool)
        if reading.tests:
            meets, fails = self._met(reading, pairs)
            kept = ~late[pairs.session] | fails
            pairs, meets, fails = pairs.where(kept), meets[kept], fails[kept]
        if reading.take == "latest":
            return self._latest(reading, shown, pairs)
        shown[rows] = 0
        if not len(pairs.fact):
            return shown
        begins = np.flatnonzero(np.diff(pairs.fact * (LONGEST_DAYS + 1) + pairs.days, prepend=-1))
        whose = pairs.fact[begins]
        if reading.take == "days":
            good = np.logical_or.reduceat(meets, begins)
        else:
            stops = np.logical_or.reduceat(fails | (pairs.loaded & ~meets), begins)
            before = np.cumsum(stops)
            start = _first_of(whose)
            until = (before - stops)[start]
            good = np.logical_or.reduceat(pairs.loaded, begins)
            good &= before == np.repeat(until, np.diff(start, append=len(whose)))
        counts = np.bincount(whose[good], minlength=size)
        return shown + counts

    def _heard(self, reading: LogReading) -> tuple[Array, Array]:
        """The facts of runners with a session that is recent enough, and how many days ago the latest was."""
        latest = self._latest_day
        if reading.kind == "complaint":
            rows, ago = self.block.fact_row, latest[self.block.runner_of_fact]
        else:
            rows, ago = np.arange(len(latest)), latest
        recent = ago <= min(self._number(reading.within_days), LONGEST_DAYS)
        return rows[recent], ago[recent]

    def _latest(self, reading: LogReading, shown: Array, pairs: Pairs) -> Array:
        """The worst value of the latest day on which a session surely concerns the fact."""
        if not len(pairs.fact):
            return shown
        start = _first_of(pairs.fact)
        latest = np.repeat(pairs.days[start], np.diff(start, append=len(pairs.days)))
        pairs = pairs.where(pairs.days == latest)
        place = ("session", reading.of)
        values = np.where(pairs.elsewhere, self._bettered[place][pairs.session], self._values[place][pairs.session])
        worse = self.plan.pack.kinds[reading.kind].fields[reading.field].worse
        start = _first_of(pairs.fact)
        shown[pairs.fact[start]] = (np.fmax if worse == "higher" else np.fmin).reduceat(values, start)
        return shown

    def _concerned(self, reading: LogReading) -> Pairs:
        """Each fact of a kind with each session of its runner that concerns it, day by day."""
        mark = (reading.kind, reading.loads, reading.new_days)
        if mark not in self._pairs:
            self._pairs[mark] = self._pair(*mark)
        return self._pairs[mark]

    def _pair(self, kind: str, loads: str | None, new_days: str | None) -> Pairs:
        session = np.arange(len(self.row))
        fact = self.row
        if kind == "complaint":
            rows, whose = self.block.fact_row, self.block.runner_of_fact
            times = self.many[whose]
            ends = np.cumsum(times)
            session = np.arange(int(times.sum())) + np.repeat(self.first[whose] - (ends - times), times)
            fact = np.repeat(rows, times)
        days = self.days[session]
        if loads is None:
            no = np.zeros(len(fact), bool)
            return Pairs(fact, session, days, ~no, no, no)
        since = self._weeks * 7  # only what was done since it hurts can have loaded what hurts
        since[np.isnan(since)] = self._number(new_days)
        kept = days <= since[fact]
        fact, session, days = fact[kept], session[kept], days[kept]
        injury = self.block.injury[fact]
        index, level = self.plan.pack.catalogue.index, self.parameters[loads]
        loading = [index.loading(one.affects, level) for one in self.plan.injuries]
        place = {name: 1 << number for number, name in enumerate(self.plan.sources.regions)}
        loaded = _share_a_bit(loading, injury, self.done, session)
        named = _share_a_bit([place[one["region"]] for one in self.plan.known], injury, self.hurt, session)
        something, hurting = (np.bitwise_or.reduce(one, axis=1) != 0 for one in (self.done, self.hurt))
        maybe = ~(loaded | named | something[session])
        pairs = Pairs(fact, session, days, loaded, maybe, hurting[session] & ~named)
        return pairs.where(loaded | named | maybe)

    def _met(self, reading: LogReading, pairs: Pairs) -> tuple[Array, Array]:
        """Where a session meets one of the patterns; where what is known of it fails them all."""
        found = []
        for values in (self._values, self._bettered):
            meets = np.zeros(len(self.row), bool)
            fails = np.full(len(self.row), bool(reading.tests))
            for pattern in reading.tests:
                meets |= self._meeting("session", pattern.tests, values)
                failed = np.zeros(len(self.row), bool)
                for test in pattern.tests:
                    known = ~np.isnan(values["session", test.field])
                    failed |= known & ~self._meeting("session", (test,), values)
                fails &= failed
            found.append((meets, fails))
        (meets, fails), (meets_better, fails_better) = found
        session, elsewhere = pairs.session, pairs.elsewhere
        return (
            np.where(elsewhere, meets_better[session], meets[session]),
            np.where(elsewhere, fails_better[session], fails[session]),
        )

    def _number(self, name: str | None) -> float:
        return float("inf") if name is None else self.parameters[name]


def _first_of(whose: Array) -> Array:
    """Where each run of the same number begins."""
    return np.flatnonzero(np.diff(whose, prepend=-1))


def _share_a_bit(masks: Sequence[int], injury: Array, told: Array, session: Array) -> Array:
    """Where the mask of an injury and that of a session have something in common."""
    wide = told.shape[1]
    table = np.array([mask_words(mask, wide) for mask in masks], np.uint64)
    found = np.zeros(len(injury), bool)
    for word in range(wide):
        if table[:, word].any():
            found |= (table[:, word][injury] & told[:, word][session]) != 0
    return found
