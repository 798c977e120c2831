"""Runners of an Arrow record batch, in columns. Its fields are those of a runner file, sections as structs.

Only what the pack asks for is read. A row that a runner file could not hold so is set aside, never read as something
else; a null is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from prehab.columns.told import SIDES, Array, Columns, Source, Sources, mask_words
from prehab.dates import MOST_DAYS
from prehab.graph.faults import Fault, InputError
from prehab.runner import Runner

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError as error:
    _help = "Install it with: pip install 'prehab[batch]'"
    raise InputError([Fault("no-pyarrow", f"pyarrow cannot be imported ({error})", help=_help)]) from error

if TYPE_CHECKING:
    from prehab.rules.vocabulary import Field

__all__ = ["columns_of_arrow"]

MOST_LISTED, MOST_SESSIONS = 50, 500
"""How many complaints or words a list of a runner file may hold, and how many sessions."""


def columns_of_arrow(sources: Sources, batch: Any) -> tuple[Columns, Array]:
    """The runners of a record batch.

    Args:
        sources: The columns that the pack asks for.
        batch: A record batch (or struct array) with the fields of a runner file. One that is not there is unknown.

    Returns:
        The columns, and the row of each runner in them. Rows that are not there cannot be read: a word that the pack
        does not know, a number out of range, a complaint without a place.

    Raises:
        InputError: A field is of another type than a runner file holds there, or pyarrow is not installed.
    """
    array = batch.to_struct_array() if isinstance(batch, pa.RecordBatch) else batch
    rows = np.arange(len(array))
    read = _Reading(sources, array)
    columns = read.columns()
    if read.bad.any():
        rows = rows[~read.bad]
        columns = _Reading(sources, array.take(pa.array(rows))).columns()
    return columns, rows


class _Reading:
    """One batch being read; ``bad`` are the rows that cannot be."""

    def __init__(self, sources: Sources, array: Any) -> None:
        self.sources = sources
        self.array = array
        self.count = len(array)
        self.bad = np.zeros(self.count, bool)
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
            masks = self._masks(_field(self.array, path), names, everyone, path)
            for one in of_path:
                place = names.index(str(one.listed))
                told = masks[:, place >> 6] >> np.uint64(place & 63) & np.uint64(1)
                runner[one.place] = np.where(told == 1, 1, -1).astype(one.dtype)
        today = self._days(_field(self.array, "today"), everyone, "today")
        self._race(runner, today)
        pregnant = self._words(_field(self.array, "medical.pregnant"), (False, True), everyone, "medical.pregnant")
        complaints, whose = self._list("complaints", MOST_LISTED)
        injury, region, side = (
            self._words(_field(complaints, name), words, whose, f"complaints.{name}")
            for name, words in (
                ("injury", self.sources.injuries),
                ("region", self.sources.regions),
                ("side", SIDES),
            )
        )
        self.bad[whose[(injury < 0) & (region < 0)]] = True
        complaint = {
            one.place[2]: self._values(complaints, one, whose, under="complaints.") for one in self.sources.complaint
        }
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
        )

    def _with_sessions(self, columns: Columns, today: Array) -> Columns:
        """The same with the log. A session whose age cannot be counted is left out."""
        log = "recent_sessions."
        sessions, whose = self._list("recent_sessions", MOST_SESSIONS)
        ago = self._numbers(_field(sessions, "days_ago"), (0, MOST_DAYS), whose, f"{log}days_ago", whole=True)
        day = self._days(_field(sessions, "date"), whose, f"{log}date")
        then = today[whose] - day
        self.bad[whose[(np.isnan(ago) == np.isnan(day)) | (then < 0)]] = True
        ago = np.where(np.isnan(ago), np.minimum(then, MOST_DAYS), ago)
        done, hurt = (
            self._masks(_field(sessions, name), words, whose, log + name)
            for name, words in (("exercises", self.sources.exercises), ("pain_where", self.sources.regions))
        )
        session = {}
        for one in self.sources.session:
            kind, _, name = one.place
            told = ago if one.path == "days_ago" else self._values(sessions, one, whose, under=log)
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

    def _list(self, name: str, most: int) -> tuple[Any, Array]:
        """The entries of a list, and whose each is."""
        listed = _field(self.array, name)
        if listed is None or pa.types.is_null(listed.type):
            return None, np.zeros(0, np.int64)
        _check(_is_list(listed.type) and pa.types.is_struct(listed.type.value_type), name, "a list of structs")
        whose = _numpy(pc.list_parent_indices(listed)).astype(np.int64)
        entries = pc.list_flatten(listed)
        self.bad[np.bincount(whose, minlength=self.count) > most] = True
        self.bad[whose[~_numpy(pc.is_valid(entries))]] = True
        return entries, whose

    def _values(self, array: Any, source: Source, whose: Array, unknown: float | None = None, under: str = "") -> Array:
        """A column. ``whose`` are the rows that are set aside where a value cannot be."""
        kind, key, name = source.place
        field: Field = self.kinds[kind].fields[name]
        told = _field(array, source.path) if array is not None else None
        if source.words is None:
            low, high = field.range or (-np.inf, np.inf)
            values = self._numbers(told, (low, high), whose, under + source.path, whole=field.type == "integer")
            return values if unknown is None else np.where(np.isnan(values), unknown, values)
        also = ("not_assessed",) if key is not None else ()
        return self._words(told, source.words, whose, under + source.path, also).astype(source.dtype)

    def _numbers(self, array: Any, span: tuple[float, float], whose: Array, path: str, *, whole: bool) -> Array:
        if array is None or pa.types.is_null(array.type):
            return np.full(len(whose), np.nan)
        number = pa.types.is_integer(array.type) or pa.types.is_floating(array.type)
        _check(number, path, "a number")
        known = _numpy(pc.is_valid(array))
        values = _numpy(pc.fill_null(pc.cast(array, pa.float64()), float("nan")))
        wrong = ~((values >= span[0]) & (values <= span[1]))
        if whole:
            wrong |= values != np.floor(values)
        self.bad[whose[known & wrong]] = True
        return values

    def _words(self, array: Any, words: Sequence[Any], whose: Array, path: str, also: Sequence[str] = ()) -> Array:
        """Words by their number, -1 for unknown; ``also`` are words that say that it is unknown."""
        if array is None or pa.types.is_null(array.type):
            return np.full(len(whose), -1, np.int64)
        if pa.types.is_dictionary(array.type):
            array = pc.cast(array, array.type.value_type)
        if isinstance(words[0], bool):
            _check(pa.types.is_boolean(array.type), path, "true or false")
        else:
            _check(pa.types.is_string(array.type) or pa.types.is_large_string(array.type), path, "text")
        known = _numpy(pc.is_valid(array))
        found = _numpy(pc.fill_null(pc.index_in(array, value_set=pa.array(words, array.type)), -1)).astype(np.int64)
        wrong = known & (found < 0)
        if also:
            wrong &= ~_numpy(pc.is_in(array, value_set=pa.array(also, array.type)))
        self.bad[whose[wrong]] = True
        return found

    def _names_of(self, kind: str) -> tuple[str, ...]:
        return tuple(next(iter(self.kinds[kind].keys.values())))

    def _masks(self, array: Any, words: Sequence[str], whose: Array, path: str) -> Array:
        """Lists of words as masks."""
        made = np.zeros((len(whose), -(-len(words) // 64)), np.uint64)
        if array is None or pa.types.is_null(array.type):
            return made
        _check(_is_list(array.type), path, "a list of text")
        rows = _numpy(pc.list_parent_indices(array)).astype(np.int64)
        entries = pc.list_flatten(array)
        self.bad[whose[np.bincount(rows, minlength=len(whose)) > MOST_LISTED]] = True
        self.bad[whose[rows[~_numpy(pc.is_valid(entries))]]] = True
        number = self._words(entries, words, whose[rows], path)
        table = np.array([mask_words(1 << place, made.shape[1]) for place in range(len(words))], np.uint64)
        named = number >= 0
        np.bitwise_or.at(made, rows[named], table[number[named]])
        return made

    def _days(self, array: Any, whose: Array, path: str) -> Array:
        """Dates as a count of days, NaN for none."""
        if array is None or pa.types.is_null(array.type):
            return np.full(len(whose), np.nan)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            table = array.dictionary_encode()
            days = np.array([*(_day(word) for word in table.dictionary.to_pylist()), np.nan])
            values = days[_numpy(pc.fill_null(table.indices, len(days) - 1))]
        else:
            _check(pa.types.is_date32(array.type), path, "a date")
            days = pc.cast(pc.cast(array, pa.int32()), pa.float64())
            values = _numpy(pc.fill_null(days, float("nan")))
        self.bad[whose[_numpy(pc.is_valid(array)) & np.isnan(values)]] = True
        return values

    def _race(self, runner: Mapping[Any, Array], today: Array) -> None:
        """The days to and since a race, from its date (``prehab.dates``)."""
        race = self._days(_field(self.array, "running.race_date"), np.arange(self.count), "running.race_date")
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
        if array is None or pa.types.is_null(array.type):
            return None
        _check(pa.types.is_struct(array.type), path, "inside a struct")
        if array.type.get_field_index(part) < 0:
            return None
        array = pc.struct_field(array, part)
    return array


def _numpy(array: Any) -> Array:
    found: Array = np.array(array.to_numpy(zero_copy_only=False))
    return found


def _is_list(kind: Any) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _day(word: str) -> float:
    try:
        day = date.fromisoformat(word)
    except ValueError:
        return float("nan")
    return float((day - date(1970, 1, 1)).days) if day.isoformat() == word else float("nan")


def _check(fits: bool, path: str, what: str) -> None:
    """Raise where a field of a batch is of another type."""
    if not fits:
        raise InputError([Fault("wrong-type", f"`{path}` must be {what}", path="/" + path.replace(".", "/"))])
