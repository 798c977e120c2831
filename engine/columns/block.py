"""The facts of a block of runners as columns: what was told, what the log answers, careful readings, aggregates.

Runners stand in the order of how many complaints they have, most first. The first complaints of all of them are then
the first rows of the table of complaints, the second ones the next, and each of these *ranks* is about the runners who
stand first. So what is said of runners is said of a rank by its first rows, and what of complaints, of runners by
laying the ranks over one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np

from prehab.columns.bits import Bits, is_some, packed, unpacked, words_for
from prehab.columns.log import LogColumns
from prehab.columns.plan import Key, Plan
from prehab.columns.told import SIDES, Array, Columns, Place
from prehab.columns.values import as_column, as_numbers, blank_of, code, is_unknown, joined, met, united
from prehab.rules.language import Pattern, Test
from prehab.rules.vocabulary import Aggregate

__all__ = ["Block", "Space"]


class Space:
    """Memory for columns, used again by each block: asking the system for it anew would take longer than filling it."""

    def __init__(self) -> None:
        self._held: dict[Key, Array] = {}

    def taken(self, mark: Key, told: Array, rows: Array, size: int) -> Array:
        """Some rows of a column, in memory that is at hand.

        Args:
            mark: What it is used for.
            told: The column.
            rows: Which rows of it.
            size: How long the array is to be; what is beyond the rows is unknown.
        """
        held = self._held.get(mark)
        if held is None or len(held) < size:
            held = self._held[mark] = np.empty(size, told.dtype)
        found = held[:size]
        np.take(told, rows, out=found[: len(rows)], mode="clip")
        found[len(rows) :] = blank_of(told)
        return found


class Block:
    """The facts of some runners that stand together in columns.

    Attributes:
        count: How many runners.
        order: For each row the runner who stands there, counted from the first of the block.
        spans: For each rank its words in a column of complaints: from, to.
        fact_of: Of each fact about a complaint whose it is, counted from the first of the block.
        fact_told: Which complaint of the columns it came from.
        fact_place: Whether it stands for the place beside a name from elsewhere.
        fact_row: Its row in a column of complaints.
        injury: For each row of complaints the number of its injury, -1 where there is none.
    """

    def __init__(self, plan: Plan, columns: Columns, start: int, stop: int, space: Space) -> None:
        self.plan = plan
        self.space = space
        self.columns = columns
        self.count = stop - start
        self.words = words_for(self.count)
        self.parameters = plan.program.parameters
        self.kinds = plan.pack.kinds
        self._tests: dict[Key, Bits] = {}
        self._columns: dict[Key, Bits | None] = {}
        self.gates: dict[str, Bits] = {}
        self.gathered: list[Bits | None] = []
        self._stand(columns, start, stop)
        self.everyone = packed(np.arange(self.words * 64) < self.count)
        self.runner: dict[Place, Array] = {}
        self.complaint: dict[str, Array] = {}
        self.log = LogColumns(self, columns, start, stop)
        self._imply()
        self.log.read()
        self._read_carefully()

    # -- who stands where ---------------------------------------------------------------------------------------------

    def _stand(self, columns: Columns, start: int, stop: int) -> None:
        low, high = np.searchsorted(columns.complaint_of, (start, stop))
        told = np.arange(low, high)
        whose = columns.complaint_of[low:high] - start
        named, region, side = columns.injury[low:high], columns.region[low:high], columns.side[low:high]
        plan = self.plan
        regions = plan.sources.regions
        number = {name: place for place, name in enumerate(plan.sources.injuries)}
        words = plan.pack.catalogue.words["regions"]
        region_of = np.array([regions.index(one["region"]) for one in plan.known], np.int16)
        presumed = np.array([number[str(words[name]["presume"])] for name in regions], np.int16)
        common = [words[name].get("in_pregnancy") for name in regions]
        pregnant = np.array(
            [presumed[place] if one is None else number[str(one)] for place, one in enumerate(common)], np.int16
        )
        unnamed = named < 0
        injury = named.copy()
        with_child = columns.pregnant[start:stop][whose] & (side == SIDES.index("both"))
        injury[unnamed] = np.where(with_child, pregnant[region], presumed[region])[unnamed]
        beside = ~unnamed & (region >= 0) & (region != region_of[named])
        turn = np.argsort(np.concatenate([np.arange(len(told)), np.flatnonzero(beside)]), kind="stable")
        self.fact_told = np.concatenate([told, told[beside]])[turn]
        self.fact_of = np.concatenate([whose, whose[beside]])[turn]
        self.fact_place = np.concatenate([np.zeros(len(told), bool), np.ones(int(beside.sum()), bool)])[turn]
        injuries = np.concatenate([injury, presumed[region[beside]]])[turn]
        many = np.bincount(self.fact_of, minlength=self.count)
        self.order = np.argsort(-many, kind="stable")
        stands = np.empty(self.count, np.int64)
        stands[self.order] = np.arange(self.count)
        first = np.cumsum(many) - many
        rank = np.arange(len(self.fact_of)) - first[self.fact_of]
        most = int(many.max(initial=0))
        widths = [words_for(int((many > one).sum())) for one in range(most)]
        ends = np.cumsum([0, *widths])
        self.spans = [(int(ends[one]), int(ends[one + 1])) for one in range(most)]
        self.fact_row = ends[rank] * 64 + stands[self.fact_of]
        self.row_count = int(ends[-1]) * 64
        self.injury = np.full(self.row_count, -1, np.int16)
        self.injury[self.fact_row] = injuries
        self._empty = np.flatnonzero(self.injury < 0)
        self._told_at = np.full(self.row_count, low)
        self._told_at[self.fact_row] = self.fact_told
        self.sides = columns.side[self._told_at]
        self.runner_of_fact = stands[self.fact_of]
        self.stands = stands
        self._start, self._stop = start, stop

    # -- values -------------------------------------------------------------------------------------------------------

    def of_runner(self, place: Place) -> Array:
        """A column of runners, in the order in which they stand here."""
        found = self.runner.get(place)
        if found is None and place[0] in self.plan.pack.aggregates:
            kind, _, name = place
            field = name.removesuffix("_so_far")
            made = self._aggregated(self.plan.pack.aggregates[kind].fields[field])
            self.runner[kind, None, field], self.runner[kind, None, f"{field}_so_far"] = made
            found = self.runner[place]
        elif found is None:
            told = self.columns.runner[place][self._start : self._stop]
            found = self.runner[place] = self.space.taken(place, told, self.order, self.words * 64)
        return found

    def of_complaint(self, name: str) -> Array:
        """A column of complaints."""
        found = self.complaint.get(name)
        if found is None and name not in self.columns.complaint:  # the graph knows it
            about = self.kinds["complaint"].fields[name]
            known = np.array([*(code(about, one[name]) for one in self.plan.known), code(about, None)])
            found = self.complaint[name] = known[self.injury]
        elif found is None:
            told = self.columns.complaint[name]
            found = self.complaint[name] = self.space.taken((name,), told, self._told_at, self.row_count)
            found[self._empty] = blank_of(told)
        return found

    def values(self, kind: str, key: str | None, name: str) -> Array:
        """A column of whatever has the field."""
        return self.of_complaint(name) if kind == "complaint" else self.of_runner((kind, key, name))

    # -- tests and patterns -------------------------------------------------------------------------------------------

    def test(self, kind: str, key: str | None, test: Test) -> Bits:
        """Where a test is met."""
        mark = (kind, key, test.field, test)
        found = self._tests.get(mark)
        if found is None:
            found = self._tests[mark] = met(
                test,
                self.values(kind, key, test.field),
                self.kinds[kind].fields[test.field],
                self.parameters,
                lambda what, make: self._memo((kind, key, test.field, what), make),
            )
        return found

    def forget(self, kind: str, key: str | None, name: str) -> None:
        """Forget what was found of a field, for its values were changed."""
        self._tests = {mark: found for mark, found in self._tests.items() if mark[:3] != (kind, key, name)}
        self._columns = {mark: found for mark, found in self._columns.items() if mark[0] not in ("fact", "complaint")}

    def _memo(self, mark: Key, make: Callable[[], Bits]) -> Bits:
        found = self._tests.get(mark)
        if found is None:
            found = self._tests[mark] = make()
        return found

    def column(self, key: Key) -> Bits | None:
        """A column that a rule joins; None where it is nowhere so."""
        if key in self._columns:
            return self._columns[key]
        found = self._made(key)
        if found is not None and not is_some(found):
            found = None
        if key[0] not in ("made", "gate"):
            self._columns[key] = found
        return found

    def _made(self, key: Key) -> Bits | None:
        what = key[0]
        if what == "fact":
            _, kind, fact, tests = key
            return joined([self.test(kind, fact, test) for test in tests], self.everyone)
        if what == "complaint":
            _, injuries, tests = key
            having = self.column(("injuries", injuries))
            return None if having is None else joined([self.test("complaint", None, test) for test in tests], having)
        if what == "injuries":
            return self._having(key[1])
        if what == "side":
            other = SIDES.index("right" if key[1] == "left" else "left")
            known = self.column(("injuries", None))
            return None if known is None else known & packed(self.sides != other)
        if what == "gate":
            return self.gates[key[1]] if key[2] else self.everyone & ~self.gates[key[1]]
        if what == "listed":
            return self.log.found(key[1], key[2])
        return self.gathered[self.plan.numbers[key]]  # what rules of earlier layers derived

    def _having(self, injuries: frozenset[int] | None) -> Bits | None:
        """Where there is a complaint with one of some injuries."""
        if injuries is None:
            return packed(self.injury >= 0)
        if len(injuries) == 1:
            (one,) = injuries
            return packed(self.injury == one)
        parts = self.plan.injury_unions.get(injuries) or [frozenset([one]) for one in injuries]
        return united([self.column(("injuries", part)) for part in parts])

    def any_complaint(self, bits: Bits) -> Bits:
        """Of runners, where some complaint is so."""
        made = np.zeros(self.words, np.uint64)
        for begin, end in self.spans:
            first = made[: end - begin]
            np.bitwise_or(first, bits[begin:end], out=first)
        return made

    def of_ranks(self, bits: Bits) -> Bits:
        """What is said of runners, said of each of their complaints."""
        return np.concatenate([bits[: end - begin] for begin, end in self.spans]) if self.spans else bits[:0]

    # -- what is read otherwise than it was told ----------------------------------------------------------------------

    def meets(self, pattern: Pattern, key: str | None = None) -> Bits:
        """Where a fact meets a pattern, as its values stand now."""
        ways = self.plan.ways_of(Pattern(pattern.kind, pattern.tests))
        found: Bits | None = None
        for way in ways:
            if len(way.fact) == 1 or way.fact[1] == key:
                found = self.everyone if way.column is None else self.column(way.column)
        size = self.row_count // 64 if pattern.kind == "complaint" else self.words
        return np.zeros(size, np.uint64) if found is None else found

    def _imply(self) -> None:
        """What was not told, but follows from what was."""
        for pattern, names in self.plan.pack.implied:
            if pattern.kind != "complaint":  # the only kind that it is done for
                continue
            here = unpacked(self.meets(pattern))
            for name in names:
                about = self.kinds["complaint"].fields[name]
                values = self.of_complaint(name)
                values[here & is_unknown(values)] = code(about, about.best())
                self.forget("complaint", None, name)

    def _read_carefully(self) -> None:
        """Read the more careful of answers that cannot all be true."""
        for reading in self.plan.pack.careful:
            about = self.kinds[reading.of]
            fixed = about.cardinality == "fixed"
            for key in self._facts_of(reading.of) if fixed else (None,):
                here = self.meets(reading.own, key) if reading.own is not None else None
                for pattern in reading.others:
                    there = self._beside(pattern, key if "side" in about.keys else None)
                    if reading.of == "complaint":
                        there = self.of_ranks(there)
                    here = there if here is None else here & there
                if here is None or not is_some(here):
                    continue
                rows = unpacked(here)
                if reading.of == "complaint":
                    rows = rows & (self.injury >= 0)
                for name in reading.fields:
                    self.values(reading.of, key, name)[rows] = code(about.fields[name], about.fields[name].worst())
                    self.forget(reading.of, key, name)

    def _facts_of(self, kind: str) -> Sequence[str]:
        return tuple(next(iter(self.kinds[kind].keys.values())))

    def _beside(self, pattern: Pattern, side: str | None) -> Bits:
        """Of runners, where some fact meets a pattern; a complaint about a leg, where one is read."""
        if pattern.kind in self.plan.listed:
            found = self.log.found(pattern.kind, (pattern.tests,))
            return np.zeros(self.words, np.uint64) if found is None else found
        if pattern.kind == "complaint":
            there = self.meets(pattern)
            if side is not None:
                sore = self.column(("side", side))
                there = there & sore if sore is not None else np.zeros_like(there)
            return self.any_complaint(there)
        pack = self.plan.pack
        if pattern.kind == "gate" or pattern.kind in (*pack.aggregates, *pack.derived):
            return np.zeros(self.words, np.uint64)  # there are none yet
        keys = self._facts_of(pattern.kind) if self.kinds[pattern.kind].cardinality == "fixed" else (None,)
        return reduce(np.bitwise_or, [self.meets(pattern, key) for key in keys])

    # -- aggregates ---------------------------------------------------------------------------------------------------

    def _aggregated(self, one: Aggregate) -> tuple[Array, Array]:
        """What is taken of all facts of a kind, once all are known, and of those that are."""
        kind, _, name = one.of.partition(".")
        if one.take == "count":
            counts = self._members(kind).astype(np.float64)
            return counts, counts
        about = self.kinds[kind].fields[name]
        members = np.zeros(self.words * 64, np.int64)
        known = np.zeros(self.words * 64, np.int64)
        best = np.full(self.words * 64, np.nan)
        pick: Any = np.fmin if one.take == "min" else np.fmax
        for values, rows in self._parts(kind, name):
            told = as_numbers(values)
            members[: len(told)] += rows
            known[: len(told)] += rows & ~np.isnan(told)
            best[: len(told)] = pick(best[: len(told)], np.where(rows, told, np.nan))
        if one.take == "any":
            best[best == 0] = np.nan
            complete = np.where(np.isnan(best) & (known == members), 0.0, best)
        else:
            complete = np.where(known == members, best, np.nan)
        empty = code(about, one.empty)
        alone = members == 0
        return tuple(
            as_column(np.where(alone, np.nan if one.empty is None else empty, part), about) for part in (complete, best)
        )  # type: ignore[return-value]

    def _parts(self, kind: str, name: str) -> Iterator[tuple[Array, Array]]:
        """The values of a field, fact by fact: for each the runners who stand first, and which of them have it."""
        if kind == "complaint":
            values = self.of_complaint(name)
            for begin, end in self.spans:
                rows = slice(begin * 64, end * 64)
                yield values[rows], self.injury[rows] >= 0
        elif kind in self.plan.listed:
            yield from self.log.parts(kind, name)
        else:
            everyone = unpacked(self.everyone)
            for key in self._facts_of(kind) if self.kinds[kind].cardinality == "fixed" else (None,):
                yield self.of_runner((kind, key, name)), everyone

    def _members(self, kind: str) -> Array:
        """How many facts of a kind each runner has."""
        made = np.zeros(self.words * 64, np.int64)
        if kind in self.plan.listed:
            return self.log.counts()
        if kind in ("complaint", "affects", "sore_leg"):
            weights = {
                "complaint": np.ones(len(self.plan.injuries), np.int64),
                "affects": np.array([len(one.affects) for one in self.plan.injuries]),
                "sore_leg": np.ones(len(self.plan.injuries), np.int64),
            }[kind]
            for begin, end in self.spans:
                rows = slice(begin * 64, end * 64)
                there = self.injury[rows] >= 0
                weight = weights[self.injury[rows]]
                if kind == "sore_leg":
                    weight = 1 + ((self.sides[rows] < 0) | (self.sides[rows] == SIDES.index("both")))
                made[: end * 64 - begin * 64] += np.where(there, weight, 0)
            return made
        size = len(self._facts_of(kind)) if self.kinds[kind].cardinality == "fixed" else 1
        return made + size
