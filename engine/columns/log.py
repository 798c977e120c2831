"""What the logs of many runners answer, as ``prehab.history`` reads the log of one: the same rules, in columns.

What a reading finds is worked out over pairs of a fact and a session that may say something of it, the sessions of a
runner in the order of their days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from prehab.columns.bits import Bits, packed
from prehab.columns.told import Array, Columns, mask_words
from prehab.columns.values import as_numbers, truth
from prehab.rules.language import LogReading, Test

if TYPE_CHECKING:
    from prehab.columns.block import Block

__all__ = ["LogColumns"]

LONGEST_DAYS = 3650


class LogColumns:
    """The logged sessions of a block of runners, in the order of the runners' rows and of the days."""

    def __init__(self, block: Block, columns: Columns, start: int, stop: int) -> None:
        self.block = block
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
        weeks = self.block.of_complaint("weeks").copy() if "weeks" in self.block.columns.complaint else None
        for reading in runs:
            self._answer(reading, weeks)

    def _answer(self, reading: LogReading, weeks: Array | None) -> None:
        about = self.plan.pack.kinds[reading.kind].fields[reading.field]
        shown = self._shown(reading, weeks)
        told = self.block.values(reading.kind, None, reading.field)
        worse = (np.fmax if about.worse == "higher" else np.fmin)(told, shown)  # of one that is unknown the other
        told[:] = worse
        self.block.forget(reading.kind, None, reading.field)

    def _shown(self, reading: LogReading, weeks: Array | None) -> Array:
        """What the log shows of each fact; NaN where it shows nothing."""
        size = len(self.block.values(reading.kind, None, reading.field))
        shown = np.full(size, np.nan)
        recent = self.days <= self._number(reading.within_days)
        fact, session = self._pairs(reading.kind, recent)
        if reading.take == "weeks_since":
            ago = np.array([round(days / 7, 1) for days in range(LONGEST_DAYS + 1)])
            latest = _first_of(fact)
            shown[fact[latest]] = ago[self.days[session[latest]]]
            return shown
        heard = np.unique(fact)
        if reading.loads is not None:
            since = np.full(size, np.nan) if weeks is None else weeks * 7
            since[np.isnan(since)] = self._number(reading.new_days)
            kept = self.days[session] <= since[fact]
            fact, session = fact[kept], session[kept]
        loaded, maybe, better = self._concerns(reading, fact, session)
        meets, fails = self._met(reading, session, better)
        late = np.zeros(len(self.row), bool)
        for name in reading.next_day:
            late |= (self.days == 0) & np.isnan(self._values["session", name])
        kept = ~late[session] | fails
        if reading.loads is not None:
            kept &= loaded | maybe | self._named(fact, session)
        fact, session = fact[kept], session[kept]
        loaded, maybe, better, meets, fails = (one[kept] for one in (loaded, maybe, better, meets, fails))
        if reading.take == "latest":
            return self._latest(reading, shown, fact, session, maybe, better)
        shown[heard] = 0
        if not len(fact):
            return shown
        begins = np.flatnonzero(np.diff(fact * (LONGEST_DAYS + 1) + self.days[session], prepend=-1))
        whose = fact[begins]
        if reading.take == "days":
            good = np.logical_or.reduceat(meets, begins)
        else:
            stops = np.logical_or.reduceat(fails | (loaded & ~meets), begins)
            before = np.cumsum(stops)
            start = _first_of(whose)
            until = (before - stops)[start]
            good = np.logical_or.reduceat(loaded, begins)
            good &= before == np.repeat(until, np.diff(start, append=len(whose)))
        shown += np.where(np.isnan(shown), 0, np.bincount(whose[good], minlength=size))
        return shown

    def _latest(
        self, reading: LogReading, shown: Array, fact: Array, session: Array, maybe: Array, better: Array
    ) -> Array:
        """The worst value of the latest day on which a session surely concerns the fact."""
        fact, session, better = fact[~maybe], session[~maybe], better[~maybe]
        if not len(fact):
            return shown
        start = _first_of(fact)
        latest = np.repeat(self.days[session[start]], np.diff(start, append=len(fact)))
        that_day = self.days[session] == latest
        fact, session, better = fact[that_day], session[that_day], better[that_day]
        place = ("session", reading.of)
        values = np.where(better, self._bettered[place][session], self._values[place][session])
        worse = self.plan.pack.kinds[reading.kind].fields[reading.field].worse
        start = _first_of(fact)
        shown[fact[start]] = (np.fmax if worse == "higher" else np.fmin).reduceat(values, start)
        return shown

    def _pairs(self, kind: str, recent: Array) -> tuple[Array, Array]:
        """Each fact of a kind with each recent session of its runner, day by day."""
        session = np.flatnonzero(recent)
        if kind != "complaint":
            return self.row[session], session
        many = np.bincount(self.row[session], minlength=len(self.many))
        first = np.cumsum(many) - many
        rows, whose = self.block.fact_row, self.block.runner_of_fact
        times = many[whose]
        ends = np.cumsum(times)
        place = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - times, times)
        return np.repeat(rows, times), session[np.repeat(first[whose], times) + place]

    def _concerns(self, reading: LogReading, fact: Array, session: Array) -> tuple[Array, Array, Array]:
        """Where a session loaded what is sore; where it says neither that nor where it hurt; and where it says that it
        hurt, and not there.
        """
        if reading.loads is None:
            nothing = np.zeros(len(fact), bool)
            return ~nothing, nothing, nothing
        catalogue = self.plan.pack.catalogue
        level = self.parameters[reading.loads]
        loading = np.array(
            [
                mask_words(catalogue.index.loading(one.affects, level), self.done.shape[1])
                for one in self.plan.injuries
            ],
            np.uint64,
        )
        loaded = (loading[self.block.injury[fact]] & self.done[session]).any(axis=1)
        named = self._named(fact, session)
        something = self.done.any(axis=1)[session]
        hurting = self.hurt.any(axis=1)[session]
        return loaded, ~loaded & ~named & ~something, hurting & ~named

    def _named(self, fact: Array, session: Array) -> Array:
        """Where a session names the place of a complaint as one that hurt."""
        number = {name: place for place, name in enumerate(self.plan.sources.regions)}
        regions = np.array(
            [mask_words(1 << number[one["region"]], self.hurt.shape[1]) for one in self.plan.known], np.uint64
        )
        named: Array = (regions[self.block.injury[fact]] & self.hurt[session]).any(axis=1)
        return named

    def _met(self, reading: LogReading, session: Array, better: Array) -> tuple[Array, Array]:
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
        return (
            np.where(better, meets_better[session], meets[session]),
            np.where(better, fails_better[session], fails[session]),
        )

    def _number(self, name: str | None) -> float:
        return float("inf") if name is None else self.parameters[name]


def _first_of(whose: Array) -> Array:
    """Where each run of the same number begins."""
    return np.flatnonzero(np.diff(whose, prepend=-1))
