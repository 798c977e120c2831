"""Tables: Parquet and Arrow, read and written in batches by pyarrow, which the extra ``batch`` brings."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prehab.batch.lines import CHUNK
from prehab.batch.rows import COLUMNS, ROW, TABLE_OF, Outcome, Rows, as_json, faults_as_data
from prehab.graph.extras import needed
from prehab.graph.faults import Fault, InputError, nearest, shorten
from prehab.graph.text import visible
from prehab.runner import Runner

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "answered", "answered_schema", "as_message", "as_stream", "checked_columns", "good_batch", "good_schema",
    "imported", "outcomes", "pieces", "rows_of", "schema_in", "write_table",
]  # fmt: skip

METADATA = b"prehab"
"""Under this key of a schema's metadata stands what made the answers, as JSON."""

GROUP_BYTES = 16 << 20
"""Of so many bytes in memory a row group is made, or a batch of an Arrow file."""


def imported() -> Any:
    """Pyarrow.

    Raises:
        InputError: It is not installed.
    """
    return needed("pyarrow", "batch", "Parquet and Arrow")


# -- what comes in -----------------------------------------------------------------------------------------------------


def checked_columns(schema: pa.Schema, rows: Rows, file: str | None = None) -> None:
    """Refuse a table whose columns are not those of runners.

    Raises:
        InputError: Every column that does not belong there, and the one that should name the rows and cannot.
    """
    pa = imported()
    names, faults = schema.names, []
    twice = sorted({name for name in names if names.count(name) > 1})
    faults += [Fault("repeated-key", f"two columns are called `{shorten(name)}`", file) for name in twice]
    if rows.id_field is not None and rows.id_field not in names:
        close = nearest(rows.id_field, names)
        faults.append(Fault("unknown-column", f"there is no column `{rows.id_field}`", file, value=rows.id_field,
                            did_you_mean=close, allowed=tuple(names)))  # fmt: skip
    elif rows.id_field is not None:
        kind = _value_type(schema.field(rows.id_field).type)
        if not (pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            message = f"`{rows.id_field}`, which names the rows, must hold whole numbers or text, but holds {kind}"
            faults.append(Fault("wrong-type", message, file, value=str(kind)))
    if TABLE_OF in names:
        kind = _value_type(schema.field(TABLE_OF).type)
        texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
        if not any(test(kind) for test in (*texts, pa.types.is_struct)):
            message = f"`{TABLE_OF}` must hold runners as JSON text or as structs, but holds {kind}"
            faults.append(Fault("wrong-type", message, file, value=str(kind)))
    else:
        fields = tuple(Runner.model_fields)
        told = f"A column of runners may also be called `{TABLE_OF}`; `--id` names the one that passes through."
        for name in names:
            if name not in fields and name != rows.id_field:
                message = f"a runner has no field `{shorten(name)}`"
                faults.append(Fault("unknown-column", message, file, value=shorten(name), allowed=fields,
                                    did_you_mean=nearest(name, fields), help=told))  # fmt: skip
    if faults:
        raise InputError(faults)


def _value_type(kind: pa.DataType) -> pa.DataType:
    """The type of what stands in a column that may be dictionary-encoded."""
    return kind.value_type if imported().types.is_dictionary(kind) else kind


def outcomes(rows: Rows, batch: pa.RecordBatch, first: int, *, text: bool = False) -> list[Outcome]:
    """What comes of each row of a batch; ``first`` is the number of the first. See ``Rows.of_lines`` for ``text``."""
    if rows.what == "decisions":
        return rows.decisions.of_batch(first, batch, text=text)
    keys, record = records(rows, batch, first)
    return [rows.of_record(first + at, key, record(at)) for at, key in enumerate(keys)]


def records(rows: Rows, batch: pa.RecordBatch, first: int) -> tuple[Sequence[Any], Callable[[int], Any]]:
    """The names of the rows of a batch, and what gives one of them as a runner file would hold it."""
    names = batch.schema.names
    told = [TABLE_OF] if TABLE_OF in names else [name for name in names if name != rows.id_field]
    keys = (
        batch.column(rows.id_field).to_pylist() if rows.id_field is not None else range(first, first + batch.num_rows)
    )
    columns = [batch.column(name) for name in told]
    if told == [TABLE_OF]:
        return keys, lambda at: _plain(columns[0][at].as_py())
    return keys, lambda at: _plain({name: one[at].as_py() for name, one in zip(told, columns, strict=True)})


def _plain(value: Any) -> Any:
    """A value of a table as a runner file would hold it: what is null is not told, and a whole number is one.

    A column that holds numbers and nulls is often one of floats, whatever the numbers are.
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: plain for key, one in value.items() if (plain := _plain(one)) is not None}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value


# -- what comes out ----------------------------------------------------------------------------------------------------


def _told_fields(rows: Rows) -> list[pa.Field]:
    """The columns that are told of every row."""
    pa = imported()
    text, texts = pa.string(), pa.list_(pa.string())
    if rows.what == "answer":
        return [pa.field("answer", text)]
    session = pa.struct([("day", text), ("minutes", pa.int32()), ("exercises", texts)])
    stage = pa.struct([("complaint", pa.int32()), ("injury", text), ("stage", text)])
    referral = pa.struct([("urgency", text), ("region", text), ("rule", text)])
    kinds: dict[str, Any] = {
        "sessions_per_week": pa.int32(),
        "week": pa.list_(session),
        "daily": texts,
        "stages": pa.list_(stage),
        "referrals": pa.list_(referral),
        "allowed": texts,
    }
    return [pa.field(name, kinds.get(name, text)) for name in COLUMNS[rows.what]]


def good_schema(rows: Rows, told: pa.Schema | None) -> pa.Schema:
    """The schema of a file of answers: what names the rows, what is told of them, and in its metadata what made it.

    Args:
        rows: What is asked.
        told: The schema of the rows, if they come from a table; a name out of JSON lines is text.
    """
    pa = imported()
    key = pa.field(ROW, pa.int64(), nullable=False)
    if rows.id_field is not None:
        key = pa.field(
            rows.id_field, pa.string() if told is None else _value_type(told.field(rows.id_field).type), nullable=False
        )
    return pa.schema([key, *_told_fields(rows)], {METADATA: json.dumps(rows.provenance)})


def good_batch(rows: Rows, found: Iterable[Outcome], schema: pa.Schema) -> pa.RecordBatch:
    """The rows that were answered, as a batch of a schema that ``good_schema`` made."""
    pa = imported()
    good = [one for one in found if one.told is not None]
    as_text = pa.types.is_string(schema.field(0).type) or pa.types.is_large_string(schema.field(0).type)
    keys = [str(one.key) if as_text else one.key for one in good]
    return pa.RecordBatch.from_arrays([pa.array(keys, schema.field(0).type), *_told(rows, good, schema)], schema=schema)


def _told(rows: Rows, found: list[Outcome], schema: pa.Schema) -> list[pa.Array]:
    """The columns that are told of every row; null of one that could not be read."""
    pa = imported()
    if rows.what == "answer":
        return [pa.array([one.told for one in found], pa.string())]
    made = as_json(rows.provenance)
    told = [{**one.told, "provenance": made} if isinstance(one.told, dict) else {} for one in found]
    return [pa.array([one.get(name) for one in told], schema.field(name).type) for name in COLUMNS[rows.what]]


def answered_schema(rows: Rows, told: pa.Schema) -> pa.Schema:
    """See ``Rows.schema``."""
    pa = imported()
    checked_columns(told, rows)
    named = [pa.field(rows.id_field, _value_type(told.field(rows.id_field).type))] if rows.id_field is not None else []
    made = {METADATA: json.dumps(rows.provenance)}
    return pa.schema([*named, *_told_fields(rows), pa.field("faults", pa.string())], made)


def answered(rows: Rows, batch: pa.RecordBatch) -> pa.RecordBatch:
    """See ``Rows.__call__``."""
    pa = imported()
    schema = answered_schema(rows, batch.schema)
    found = outcomes(rows, batch, 1)
    named = [batch.column(rows.id_field).cast(schema.field(0).type)] if rows.id_field is not None else []
    faults = [
        None if one.told is not None else visible(json.dumps(faults_as_data(one), ensure_ascii=False)) for one in found
    ]
    return pa.RecordBatch.from_arrays(
        [*named, *_told(rows, found, schema), pa.array(faults, pa.string())], schema=schema
    )


# -- files -------------------------------------------------------------------------------------------------------------


def as_stream(batch: pa.RecordBatch) -> bytes:
    """A batch by itself, as it crosses between processes."""
    pa = imported()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def rows_of(stream: bytes) -> pa.RecordBatch:
    """The batch that ``as_stream`` made bytes of."""
    with imported().ipc.open_stream(stream) as reader:
        return reader.read_next_batch()


def as_message(batch: pa.RecordBatch) -> bytes:
    """A batch without its schema, packed: what is put behind others of the same schema, and can be cut off again."""
    pa = imported()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_batch(batch)
    whole, begin = bytes(sink.getvalue()), bytes(batch.schema.serialize())
    if not whole.startswith(begin) or not whole.endswith(_END):
        raise RuntimeError("an Arrow stream does not begin with its schema and end with its mark")
    return whole[len(begin) : -len(_END)]


_END = b"\xff\xff\xff\xff\0\0\0\0"


def schema_in(path: Path, kind: str) -> pa.Schema:
    """The schema of a file.

    Raises:
        InputError: It is not such a file.
    """
    pa = imported()
    with _readable(path, kind):
        if kind == "parquet":
            from pyarrow import parquet

            return parquet.read_schema(path)
        with pa.OSFile(str(path)) as file, _opened(file) as reader:
            return reader.schema


def pieces(path: Path, kind: str, after: int, rows: int = CHUNK) -> Iterator[tuple[int, int, pa.RecordBatch]]:
    """The rows of a file behind the first ``after``, at most so many at a time: how many stand before them, in all, and
    they.
    """
    pa = imported()
    with _readable(path, kind):
        if kind == "parquet":
            from pyarrow import parquet

            with parquet.ParquetFile(path) as file:
                total, before = file.metadata.num_rows, 0
                for group in range(file.num_row_groups):
                    size = file.metadata.row_group(group).num_rows
                    if before + size > after:
                        batches = file.iter_batches(rows, [group], use_threads=False)
                        for at, batch in _cut(batches, before, rows):
                            if at >= after:
                                yield at, total, batch
                    before += size
            return
        with pa.OSFile(str(path)) as file, _opened(file) as reader:
            if isinstance(reader, pa.ipc.RecordBatchFileReader):
                batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
            else:
                batches = iter(reader)
            for at, batch in _cut(batches, 0, rows):
                if at >= after:
                    yield at, 0, batch


def _cut(batches: Iterable[pa.RecordBatch], before: int, rows: int) -> Iterator[tuple[int, pa.RecordBatch]]:
    """Each batch in pieces of at most so many rows, with how many rows stand before it."""
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            piece = batch.slice(start, rows)
            yield before, piece
            before += piece.num_rows


def _opened(file: Any) -> Any:
    """A reader of an Arrow file, or of an Arrow stream."""
    ipc = imported().ipc
    is_file = file.read(6) == b"ARROW1"
    file.seek(0)
    return ipc.open_file(file) if is_file else ipc.open_stream(file)


class _readable:  # noqa: N801  (used as a function)
    """What pyarrow says of a file that it cannot read, as a fault."""

    def __init__(self, path: Path, kind: str) -> None:
        self._path, self._kind = path, kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: Any) -> None:
        if isinstance(error, imported().ArrowException) or type(error) is OSError:
            said = " ".join(str(error).split())
            table = "a Parquet file" if self._kind == "parquet" else "an Arrow file or stream"
            raise InputError([Fault("not-data", f"this cannot be read as {table}: {said}", str(self._path))]) from None


def write_table(stream: Path, out: Path, kind: str, schema: pa.Schema) -> None:
    """Write the file of a format from the messages behind a schema in ``stream``, in groups of a good size."""
    pa = imported()
    with pa.OSFile(str(stream)) as file, pa.ipc.open_stream(file) as reader, pa.OSFile(str(out), "wb") as sink:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        if kind == "parquet":
            from pyarrow import parquet

            writer: Any = parquet.ParquetWriter(sink, schema, compression="zstd")
        else:
            make = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
            writer = make(sink, schema, options=options)

        def write(batches: list[Any]) -> None:
            table = pa.Table.from_batches(batches).combine_chunks()
            writer.write_table(table, table.num_rows)

        with writer:
            held: list[Any] = []
            size = 0
            for batch in reader:
                held.append(batch)
                size += batch.nbytes
                if size >= GROUP_BYTES:
                    write(held)
                    held, size = [], 0
            if held:
                write(held)
