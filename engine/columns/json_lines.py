"""Runners of JSON lines, in columns: read by pyarrow, many at a time.

A line is read here only where ``prehab.batch.lines.read_line`` is sure to read the same: plain text, one object, no
name twice, nothing of another type than a runner file has there. Any other is left to be read by itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from prehab.columns.arrow import columns_of_arrow
from prehab.columns.shape import Shape, runner_shape
from prehab.columns.told import Array, Columns, Sources
from prehab.graph.budgets import VALUES
from prehab.graph.files import is_text
from prehab.graph.kinds_of_file import SIGNS_INSIDE

import pyarrow as pa  # isort: skip - `prehab.columns.arrow` says how to install it
from pyarrow import json as arrow_json  # isort: skip

__all__ = ["LineReader", "Read"]

MOST_AGAIN = 512
"""After a line that cannot be read so many are read at a time, for each costs those behind it."""

_WHERE = re.compile(r"in row (\d+)$")


@dataclass(frozen=True)
class Read:
    """Some rows that were read.

    Attributes:
        columns: The runners.
        rows: The place of each among the rows, from 0.
        keys: The name of each, where a field names them.
    """

    columns: Columns
    rows: Array
    keys: list[Any] | None


class LineReader:
    """Reads JSON lines into columns.

    Args:
        sources: The columns that the pack asks for.
        id_field: The field that names a row and is no part of the runner.
        on: The day that the runners are asked about.
    """

    def __init__(self, sources: Sources, id_field: str | None, on: date | None) -> None:
        self._sources, self._id, self._on = sources, id_field, on
        shape = runner_shape()
        self._fields = [pa.field(name, kind) for name, one in shape.fields.items() if (kind := _type_of(one))]
        self._not_null = tuple(f'"{name}"'.encode() for name in shape.never_null())

    def read(self, lines: Sequence[bytes]) -> Iterator[Read]:
        """Those of some lines that are sure, in parts; the rest is left."""
        nulls = {place for place, line in enumerate(lines) if b"null" in line}
        sure = [place for place, line in enumerate(lines) if self._is_sure(line, null=place in nulls)]
        fields = self._fields
        if sure and self._named_by_text(lines[sure[0]]):
            fields = [*fields, pa.field(self._id, pa.string())]
        how = arrow_json.ParseOptions(explicit_schema=pa.schema(fields), newlines_in_values=False)
        todo = [sure]
        while todo:
            places = todo.pop()
            if not places:
                continue
            text = b"\n".join([lines[place] for place in places]) + b"\n"
            one_block = arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1)
            try:
                table = arrow_json.read_json(pa.BufferReader(text), read_options=one_block, parse_options=how)
            except pa.ArrowInvalid as error:
                where = _WHERE.search(str(error))
                todo += _apart(places, int(where[1]) if where else None)
                continue
            if table.num_rows == len(places):
                yield self._columns(table, np.array(places), nulls)
            else:
                todo += _apart(places, None)

    def _is_sure(self, line: bytes, *, null: bool) -> bool:
        """Whether a line holds nothing that could be read in two ways."""
        if line[:1] != b"{" or line[-1:] != b"}" or len(line) > VALUES or b"\\" in line or b"\n" in line:
            return False
        for at, signs in SIGNS_INSIDE:
            if line.startswith(signs, at):
                return False
        if null and any(name in line for name in self._not_null):
            return False
        if line.isascii():
            return b"\x7f" not in line
        try:
            return is_text(line.decode())
        except UnicodeDecodeError:
            return False

    def _named_by_text(self, line: bytes) -> bool:
        """Whether rows seem to be named by text, which were read as a time otherwise where it looks like one."""
        try:
            return self._id is not None and isinstance(json.loads(line).get(self._id), str)
        except (ValueError, RecursionError):
            return False

    def _columns(self, table: Any, places: Array, nulls: Set[int]) -> Read:
        """What was read, without the rows that are not found right, or have no name."""
        keys, named = None, np.ones(len(places), bool)
        if self._id is not None:
            at = table.schema.get_field_index(self._id)
            kind = pa.null() if at < 0 else table.schema.field(at).type
            if pa.types.is_int64(kind) or pa.types.is_string(kind):
                keys = table.column(at).to_pylist()
                named = np.array([key is not None for key in keys], bool)
            else:
                named[:] = False
            table = table if at < 0 else table.remove_column(at)
        vouched = np.array([place not in nulls for place in places.tolist()], bool)
        array = as_structs(table, len(places))
        if not named.all():
            kept = np.flatnonzero(named)
            array, places, vouched = array.take(pa.array(kept)), places[kept], vouched[kept]
            keys = [keys[one] for one in kept.tolist()] if keys is not None else []
        columns, rows = columns_of_arrow(self._sources, array, on=self._on, vouched=vouched)
        return Read(columns, places[rows], None if keys is None else [keys[row] for row in rows.tolist()])


def as_structs(table: Any, rows: int) -> Any:
    """A table of so many rows as one struct array."""
    if not table.num_columns:
        return pa.array([{}] * rows, pa.struct([]))
    columns = [column.combine_chunks() for column in table.columns]
    return pa.StructArray.from_arrays(columns, fields=list(table.schema))


def _apart(places: list[int], where: int | None) -> list[list[int]]:
    """Rows that cannot be read together, without the one that is at fault, or in halves."""
    if len(places) == 1:
        return []
    if where is None or where >= len(places):
        middle = len(places) // 2
        return [places[middle:], places[:middle]]
    rest = places[where + 1 :]
    return [*(rest[at : at + MOST_AGAIN] for at in range(0, len(rest), MOST_AGAIN)), places[:where]]


def _type_of(shape: Shape) -> Any:
    """The type that JSON is read as; none for whole numbers, of which it is seen whether they are written so."""
    if shape.kind == "object":
        return pa.struct([pa.field(name, kind) for name, one in shape.fields.items() if (kind := _type_of(one))])
    if shape.entries is not None:
        kind = _type_of(shape.entries)
        return pa.list_(kind) if kind else None
    kinds = {"number": pa.float64(), "boolean": pa.bool_(), "word": pa.string(), "day": pa.string()}
    return kinds.get(shape.kind)
