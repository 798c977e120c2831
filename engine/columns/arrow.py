"""Runners of an Arrow record batch, in columns. Its fields are those of a runner file, sections as structs.

Every field is checked as a runner file is, also those that no rule looks at. A row that this does not find right is
left out: it may still be one that ``Engine.read`` takes, such as one that calls an injury by another name, or tells a
distance with its unit. A null is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from prehab.columns.shape import Shape, runner_shape
from prehab.columns.told import SIDES, Array, Columns, Source, Sources, mask_words
from prehab.dates import MOST_DAYS
from prehab.engine import known_words
from prehab.graph.extras import needed
from prehab.runner import Runner

needed("pyarrow", "batch", "Columns of tables and of JSON lines")

import pyarrow as pa  # noqa: E402  (which is there, then)
import pyarrow.compute as pc  # noqa: E402

if TYPE_CHECKING:
    from prehab.rules.vocabulary import Field

__all__ = ["columns_of_arrow"]


def columns_of_arrow(
    sources: Sources, batch: Any, *, on: date | None = None, vouched: Array | None = None
) -> tuple[Columns, Array]:
    """The runners of a record batch.

    Args:
        sources: The columns that the pack asks for.
        batch: A record batch (or struct array) with the fields of a runner file. One that is not there is unknown.
        on: The day that the runners are asked about, as ``prehab.dates.on_day`` counts it; by default no day in
            particular.
        vouched: Of rows that come from JSON, whether each holds no null, which an unknown field might be. A whole
            number is then one that is written as one; in a table it may stand among floats.

    Returns:
        The columns, and the row of each runner in them. Rows that are not there are not found right: a word that the
        pack does not know, a number out of range, a complaint without a place, a field of another type.

    Raises:
        InputError: pyarrow is not installed.
    """
    array = batch.to_struct_array() if isinstance(batch, pa.RecordBatch) else batch
    checking = _Checking(sources, array)
    checking.check(vouched, on)
    rows = np.flatnonzero(~checking.bad)
    while True:
        read = _Reading(sources, array if len(rows) == len(array) else array.take(pa.array(rows)), on)
        columns = read.columns()
        if not read.bad.any():
            return columns, rows
        rows = rows[~read.bad]


class _Rows:
    """A batch being looked at; ``bad`` are the rows that are not found right."""

    def __init__(self, sources: Sources, array: Any) -> None:
        self.sources = sources
        self.array = array
        self.count = len(array)
        self.bad = np.zeros(self.count, bool)

    def _given(self, array: Any, whose: Array) -> None:
        """Set aside the rows that tell something."""
        self.bad[whose[_numpy(pc.is_valid(array))]] = True

    def _entries(self, array: Any, whose: Array, most: float) -> tuple[Any, Array]:
        """What stands in lists, and of which row each entry is."""
        if array is None or pa.types.is_null(array.type):
            return None, np.zeros(0, np.int64)
        if not _is_list(array.type):
            self._given(array, whose)
            return None, np.zeros(0, np.int64)
        at = _numpy(pc.list_parent_indices(array)).astype(np.int64)
        entries = pc.list_flatten(array)
        if len(at) != len(entries):  # something stands behind a null
            self._given(array, whose)
            return None, np.zeros(0, np.int64)
        self.bad[whose[np.bincount(at, minlength=len(whose)) > most]] = True
        self.bad[whose[at[~_numpy(pc.is_valid(entries))]]] = True
        return entries, at

    def _numbers(self, array: Any, span: tuple[float, float], whose: Array, *, whole: bool) -> Array:
        if array is None or pa.types.is_null(array.type):
            return np.full(len(whose), np.nan)
        if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
            self._given(array, whose)
            return np.full(len(whose), np.nan)
        known = _numpy(pc.is_valid(array))
        values = _numpy(pc.fill_null(pc.cast(array, pa.float64(), safe=False), float("nan")))
        wrong = ~((values >= span[0]) & (values <= span[1]))
        if whole:
            wrong |= values != np.floor(values)
        self.bad[whose[known & wrong]] = True
        return values

    def _words(self, array: Any, words: Sequence[Any], whose: Array, also: Sequence[str] = ()) -> Array:
        """Words by their number, -1 for unknown; ``also`` are words that say that it is unknown."""
        if array is None or pa.types.is_null(array.type):
            return np.full(len(whose), -1, np.int64)
        if pa.types.is_dictionary(array.type):
            array = pc.cast(array, array.type.value_type)
        truths = tuple(words) == (False, True)
        if truths:
            fits = pa.types.is_boolean(array.type)
        else:
            fits = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
        if not fits:
            self._given(array, whose)
            return np.full(len(whose), -1, np.int64)
        known = _numpy(pc.is_valid(array))
        if truths:
            return np.where(known, _numpy(pc.fill_null(array, False)), -1).astype(np.int64)
        found = _numpy(pc.fill_null(pc.index_in(array, value_set=pa.array(words, array.type)), -1)).astype(np.int64)
        wrong = known & (found < 0)
        if also and wrong.any():
            wrong &= ~_numpy(pc.is_in(array, value_set=pa.array(also, array.type)))
        self.bad[whose[wrong]] = True
        return found

    def _days(self, array: Any, whose: Array) -> Array:
        """Dates as a count of days, NaN for none."""
        if array is None or pa.types.is_null(array.type):
            return np.full(len(whose), np.nan)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            table = array.dictionary_encode()
            days = np.array([*(_day(word) for word in table.dictionary.to_pylist()), np.nan])
            values = days[_numpy(pc.fill_null(table.indices, len(days) - 1))]
        elif pa.types.is_date32(array.type):
            days = pc.cast(pc.cast(array, pa.int32()), pa.float64())
            values = _numpy(pc.fill_null(days, float("nan")))
        else:
            values = np.full(len(whose), np.nan)
        self.bad[whose[_numpy(pc.is_valid(array)) & np.isnan(values)]] = True
        return values


class _Checking(_Rows):
    """Every field of a batch, checked as a runner file is."""

    def __init__(self, sources: Sources, array: Any) -> None:
        super().__init__(sources, array)
        self.known = known_words(sources.pack.catalogue)

    def check(self, vouched: Array | None, on: date | None) -> None:
        """Find the rows that are not right."""
        self.written = vouched is not None
        self.may_be_null = np.ones(self.count, bool) if vouched is None else vouched
        everyone = np.arange(self.count)
        self._place(self.array, runner_shape(), everyone)
        complaints, whose = self._entries(_field(self.array, "complaints"), everyone, np.inf)
        if complaints is not None:
            lacking = [~_told(_field(complaints, name), len(whose)) for name in ("injury", "region")]
            self.bad[whose[lacking[0] & lacking[1]]] = True
        sessions, whose = self._entries(_field(self.array, "recent_sessions"), everyone, np.inf)
        if sessions is not None:
            dated, ago = (_told(_field(sessions, name), len(whose)) for name in ("date", "days_ago"))
            self.bad[whose[dated == ago]] = True
            today = self._days(_field(self.array, "today"), everyone)
            then = self._days(_field(sessions, "date"), whose)
            self.bad[whose[today[whose] < then]] = True
            if on is not None:
                self.bad[whose[_read_on(today, on)[whose] < then]] = True

    def _place(self, array: Any, shape: Shape, whose: Array) -> None:
        """Check one place of the runners, and what is in it."""
        if array is None or pa.types.is_null(array.type):
            return
        if shape.kind == "object":
            if not pa.types.is_struct(array.type):
                self._given(array, whose)
                return
            for number in range(array.type.num_fields):
                name = array.type.field(number).name
                inside = pc.struct_field(array, [number])
                if name in shape.fields:
                    self._place(inside, shape.fields[name], whose)
                else:
                    self._given(inside, whose)
                    self.bad |= ~self.may_be_null
        elif shape.entries is not None:
            entries, at = self._entries(array, whose, shape.most)
            self._place(entries, shape.entries, whose[at])
        elif shape.kind == "day":
            self._days(array, whose)
        elif shape.kind == "boolean":
            self._words(array, (False, True), whose)
        elif shape.kind == "word":
            self._words(array, self.known[shape.words] if isinstance(shape.words, str) else shape.words, whose)
        elif shape.kind == "integer" and self.written and not pa.types.is_integer(array.type):
            self._given(array, whose)
        else:
            self._numbers(array, (shape.least, shape.most), whose, whole=shape.kind == "integer")


class _Reading(_Rows):
    """What the pack asks for, read off a batch that was checked."""

    def __init__(self, sources: Sources, array: Any, on: date | None) -> None:
        super().__init__(sources, array)
        self.on = on
        self.kinds = sources.pack.kinds

    def columns(self) -> Columns:
        """All that is asked for."""
        everyone = np.arange(self.count)
        blank = Runner()
        runner = {}
        for one in self.sources.runner:
            if one.listed is None:
                runner[one.place] = self._values(self.array, one, everyone, one.reader()(blank))
        listed = [one for one in self.sources.runner if one.listed is not None]
        for path in dict.fromkeys(one.path for one in listed):
            of_path = [one for one in listed if one.path == path]
            names = self._names_of(of_path[0].place[0])
            masks = self._masks(_field(self.array, path), names, everyone)
            for one in of_path:
                place = names.index(str(one.listed))
                told = masks[:, place >> 6] >> np.uint64(place & 63) & np.uint64(1)
                runner[one.place] = np.where(told == 1, 1, -1).astype(one.dtype)
        today = self._days(_field(self.array, "today"), everyone)
        aged = np.zeros(self.count)
        if self.on is not None:
            now = _read_on(today, self.on)
            aged = np.where(np.isnan(today), 0, now - today)
            today = now
            self._age(runner, aged)
        self._race(runner, today)
        pregnant = self._words(_field(self.array, "medical.pregnant"), (False, True), everyone)
        complaints, whose = self._entries(_field(self.array, "complaints"), everyone, np.inf)
        injury, region, side = (
            self._words(_field(complaints, name), words, whose)
            for name, words in (
                ("injury", self.sources.injuries),
                ("region", self.sources.regions),
                ("side", SIDES),
            )
        )
        complaint = {one.place[2]: self._values(complaints, one, whose) for one in self.sources.complaint}
        return self._with_sessions(
            Columns(
                sources=self.sources,
                count=self.count,
                runner=runner,
                pregnant=pregnant == 1,
                complaint=complaint,
                complaint_of=whose,
                injury=injury.astype(np.int16),
                region=region.astype(np.int16),
                side=side.astype(np.int8),
                session={},
                session_of=np.zeros(0, np.int64),
                days_ago=np.zeros(0, np.int64),
                done=np.zeros((0, 0), np.uint64),
                hurt=np.zeros((0, 0), np.uint64),
            ),
            today,
            aged,
        )

    def _with_sessions(self, columns: Columns, today: Array, aged: Array) -> Columns:
        """The same with the log. A session whose age cannot be counted is left out."""
        sessions, whose = self._entries(_field(self.array, "recent_sessions"), np.arange(self.count), np.inf)
        ago = self._numbers(_field(sessions, "days_ago"), (0, MOST_DAYS), whose, whole=True)
        ago = np.minimum(ago + aged[whose], MOST_DAYS)
        then = today[whose] - self._days(_field(sessions, "date"), whose)
        ago = np.where(np.isnan(ago), np.minimum(then, MOST_DAYS), ago)
        done, hurt = (
            self._masks(_field(sessions, name), words, whose)
            for name, words in (("exercises", self.sources.exercises), ("pain_where", self.sources.regions))
        )
        session = {}
        for one in self.sources.session:
            kind, _, name = one.place
            told = ago if one.path == "days_ago" else self._values(sessions, one, whose)
            session[kind, name] = told
        kept = ~np.isnan(ago)
        return replace(
            columns,
            session={place: values[kept] for place, values in session.items()},
            session_of=whose[kept],
            days_ago=ago[kept].astype(np.int64),
            done=done[kept],
            hurt=hurt[kept],
        )

    # -- parts of it --------------------------------------------------------------------------------------------------

    def _values(self, array: Any, source: Source, whose: Array, unknown: float | None = None) -> Array:
        """A column. ``whose`` are the rows that are set aside where a value cannot be."""
        kind, key, name = source.place
        field: Field = self.kinds[kind].fields[name]
        told = _field(array, source.path) if array is not None else None
        if source.words is None:
            low, high = field.range or (-np.inf, np.inf)
            values = self._numbers(told, (low, high), whose, whole=field.type == "integer")
            return values if unknown is None else np.where(np.isnan(values), unknown, values)
        also = ("not_assessed",) if key is not None else ()
        return self._words(told, source.words, whose, also).astype(source.dtype)

    def _names_of(self, kind: str) -> tuple[str, ...]:
        return tuple(next(iter(self.kinds[kind].keys.values())))

    def _masks(self, array: Any, words: Sequence[str], whose: Array) -> Array:
        """Lists of words as masks."""
        made = np.zeros((len(whose), -(-len(words) // 64)), np.uint64)
        entries, at = self._entries(array, whose, np.inf)
        if entries is None or not words:
            return made
        number = self._words(entries, words, whose[at])
        table = np.array([mask_words(1 << place, made.shape[1]) for place in range(len(words))], np.uint64)
        named = number >= 0
        np.bitwise_or.at(made, at[named], table[number[named]])
        return made

    def _age(self, runner: Mapping[Any, Array], aged: Array) -> None:
        """What was told some days ago: how old it is, and the days that were left to a race."""
        for one in self.sources.runner:
            told = runner[one.place]
            if one.path == "told_days_ago":
                told[:] = np.where(aged > 0, np.minimum(told + aged, MOST_DAYS), told)
            elif one.path == "running.days_to_race":
                told[:] = np.where(told >= aged, told - aged, np.nan)

    def _race(self, runner: Mapping[Any, Array], today: Array) -> None:
        """The days to and since a race, from its date (``prehab.dates``)."""
        race = self._days(_field(self.array, "running.race_date"), np.arange(self.count))
        to, since = (runner.get(("running", None, name)) for name in ("days_to_race", "days_since_race"))
        dated = ~np.isnan(race)
        days = race - today
        over, coming = dated & (days < 0), dated & (days >= 0)
        if to is not None:
            to[dated & np.isnan(today) & np.isnan(to)] = 0
            to[coming] = np.minimum(np.fmin(days, to), MOST_DAYS)[coming]
        if since is not None:
            since[over] = np.fmin(np.minimum(-days, MOST_DAYS), since)[over]


def _field(array: Any, path: str) -> Any:
    """A field of a struct array, of a section of it, or None where there is none."""
    for part in path.split("."):
        if array is None or not pa.types.is_struct(array.type) or array.type.get_field_index(part) < 0:
            return None
        array = pc.struct_field(array, part)
    return array


def _told(array: Any, count: int) -> Array:
    """Where something is told."""
    return np.zeros(count, bool) if array is None else _numpy(pc.is_valid(array))


def _numpy(array: Any) -> Array:
    found: Array = np.array(array.to_numpy(zero_copy_only=False))
    return found


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


EPOCH = date(1970, 1, 1)


def _day(word: str | None) -> float:
    try:
        day = date.fromisoformat(word or "")
    except ValueError:
        return float("nan")
    return float((day - EPOCH).days) if day.isoformat() == word else float("nan")


def _read_on(today: Array, on: date) -> Array:
    """The days as of which runners are read on some day: an older one becomes that day, and so does an untold one."""
    return np.fmax(today, float((on - EPOCH).days))
