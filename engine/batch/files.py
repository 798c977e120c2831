"""A file of runners in, a file of answers out: whole or not at all, in constant memory, gone on with after a crash."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from prehab.batch.lines import READ_BYTES, Lines, Place, blocks, changed
from prehab.batch.part import Part, Reached
from prehab.batch.rows import Rows, What
from prehab.batch.spread import checked_processes, spread
from prehab.graph.faults import Fault, InputError
from prehab.graph.files import open_path

if TYPE_CHECKING:
    import pyarrow as pa

    from prehab.engine import Engine

__all__ = ["FORMATS", "Batch", "Summary", "format_of"]

FORMATS: Mapping[str, tuple[str, ...]] = {
    "jsonl": (".jsonl", ".ndjson"),
    "parquet": (".parquet", ".pq"),
    "arrow": (".arrow", ".feather", ".ipc"),
    "arrows": (".arrows",),
}
"""The formats, each with the suffixes that tell it: JSON lines, Parquet, an Arrow (IPC) file, an Arrow stream."""

STANDARD = "-"
_HASHED = 1 << 20


def format_of(path: str, given: str | None, option: str) -> str:
    """The format of a file: the one given, or the one that its name tells; standard streams are JSON lines.

    Raises:
        InputError: Its name tells none.
    """
    if given is not None:
        return given
    suffix = Path(path).suffix.lower()
    found = next((name for name, suffixes in FORMATS.items() if suffix in suffixes), None)
    if found is None and path != STANDARD:
        known = ", ".join(one for suffixes in FORMATS.values() for one in suffixes)
        message = f"the name of `{path}` does not tell its format ({known})"
        raise InputError([Fault("unknown-format", message, allowed=tuple(FORMATS), help=f"Give it with `{option}`.")])
    return found or "jsonl"


@dataclass(frozen=True)
class Summary:
    """What came of a batch.

    Attributes:
        answered: Rows that were answered.
        set_aside: Rows that could not be read.
        before: How many of both an earlier run had done.
    """

    answered: int
    set_aside: int
    before: int


Progress = Callable[[int, int, int], None]
"""Is told the rows that are done, and how much of how much of the input they were: bytes or rows; 0 if not known."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some rows on their way to a process: lines, or a batch as ``as_stream`` makes it with the number of its first."""

    told: Lines | tuple[int, bytes]
    place: Place
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a chunk."""

    chunk: _Chunk
    rows: bytes
    faults: bytes
    answered: int
    set_aside: int


class _Work:
    """What a process does with a chunk: bytes in, bytes out."""

    def __init__(self, rows: Rows, schema: pa.Schema | None) -> None:
        self._rows = rows
        self._schema = schema

    def __call__(self, chunk: _Chunk) -> _Done:
        rows, told = self._rows, chunk.told
        if isinstance(told, Lines):
            found = rows.of_lines(told.first, told.lines, text=self._schema is None)
        else:
            from prehab.batch.tables import outcomes, rows_of

            found = outcomes(rows, rows_of(told[1]), told[0], text=self._schema is None)
        answered = sum(one.told is not None for one in found)
        if self._schema is None:
            written = rows.as_lines(found)
        else:
            from prehab.batch.tables import as_message, good_batch

            written = as_message(good_batch(rows, found, self._schema)) if answered else b""
        empty = replace(chunk, told=Lines(0, ()))
        return _Done(empty, written, rows.faults_as_lines(found), answered, len(found) - answered)


class Batch:
    """A file of runners, and where their answers go.

    Args:
        engine: Answers.
        source: The file of runners; ``-`` for standard input.
        out: The file of answers; ``-`` for standard output. It gets its name once it is whole.
        faults: The file about rows that could not be read: JSON lines. By default the output's name with
            ``.faults.jsonl`` behind it.
        what: The ``answer`` of each row, a ``summary``, or ``decisions``.
        id_field: The field that names a row; by default they are numbered.
        on: The day that the answers are for; by default ``today``, or the day of the run that is gone on with.
        today: This machine's date.
        source_format: One of ``FORMATS``; by default by the name of the file.
        out_format: Likewise.

    Raises:
        InputError: Something of that cannot be.
    """

    def __init__(
        self,
        engine: Engine,
        source: str,
        out: str,
        *,
        today: date,
        faults: Path | None = None,
        what: What = "answer",
        id_field: str | None = None,
        on: date | None = None,
        source_format: str | None = None,
        out_format: str | None = None,
    ) -> None:
        self.source, self.out = source, out
        self.source_format = format_of(source, source_format, "--from")
        self.out_format = format_of(out, out_format, "--to")
        for name, kind in ((source, self.source_format), (out, self.out_format)):
            if name == STANDARD and kind != "jsonl":
                message = "standard input and output hold JSON lines; tables need a file"
                raise InputError([Fault("bad-option", message, value=kind)])
        self.streams = out == STANDARD or (Path(out).exists() and not Path(out).is_file())
        self.faults = faults if faults is not None or self.streams else Path(f"{out}.faults.jsonl")
        written = [path for path in (None if self.streams else Path(out), self.faults) if path is not None]
        for at, path in enumerate(written):
            if any(_same(path, other) for other in (Path(source), *written[:at])):
                message = f"`{path}` would be written over what is read, or what is written beside it"
                raise InputError([Fault("bad-option", message, value=str(path))])
        self.part = None if self.streams or self.faults is None else Part(Path(out), self.faults)
        kept = self.part.kept() if self.part else None
        if on is None:
            on = date.fromisoformat(kept["on"]) if kept and "on" in kept else today
        self.rows = Rows(engine, what=what, id_field=id_field, on=on)

    def run(
        self,
        *,
        processes: int,
        restart: bool,
        progress: Progress,
        say: Callable[[str], None],
        write: Callable[[bytes], Any],
        tell: Callable[[bytes], Any],
    ) -> Summary:
        """Answer every row that is not answered yet.

        Args:
            processes: Over how many to spread the work; with one, all is done in this one.
            restart: Whether to forget what an earlier run has written.
            progress: Is told how far it is, after each chunk.
            say: Is told, in a sentence, that an earlier run is gone on with.
            write: Gets what is answered, where that goes to standard output.
            tell: Gets what is said of rows that could not be read, where there is no file for it.

        Raises:
            InputError: The input cannot be read, or is no rows; what an earlier run has written was made otherwise; the
                output cannot be written; or a process was killed.
        """
        checked_processes(processes)
        self.rows.prepare()
        with _whatever_fails(self.out):
            schema = self._schema()
            if self.part is None:
                return self._stream(schema, processes, progress, write, tell)
            if restart:
                self.part.remove()
            try:
                return self._file(self.part, schema, processes, progress, say)
            finally:
                self.part.close()

    def _schema(self) -> pa.Schema | None:
        """The schema of the output, where that is a table; a table that comes in is looked at."""
        told = None
        if self.source_format != "jsonl":
            from prehab.batch.tables import checked_columns, schema_in

            open_path(Path(self.source), "a table of runners").close()
            told = schema_in(Path(self.source), self.source_format)
            checked_columns(told, self.rows, self.source)
        if self.out_format == "jsonl":
            return None
        from prehab.batch.tables import good_schema

        return good_schema(self.rows, told)

    def _stream(
        self,
        schema: pa.Schema | None,
        processes: int,
        progress: Progress,
        write: Callable[[bytes], Any],
        tell: Callable[[bytes], Any],
    ) -> Summary:
        if schema is not None:
            raise InputError([Fault("bad-option", f"`{self.out}` is no file, and only a file can hold a table")])
        answered = set_aside = 0
        with ExitStack() as files:
            if self.out != STANDARD:
                write = files.enter_context(open(self.out, "wb", buffering=0)).write  # noqa: PTH123
            if self.faults is not None:
                tell = files.enter_context(self.faults.open("wb")).write
            for done in spread(_Work(self.rows, None), self._chunks(Reached()), processes):
                answered, set_aside = answered + done.answered, set_aside + done.set_aside
                for put, data in ((write, done.rows), (tell, done.faults)):
                    if data:
                        put(data)
                progress(answered + set_aside, done.chunk.done, done.chunk.total)
        return Summary(answered, set_aside, 0)

    def _file(
        self,
        part: Part,
        schema: pa.Schema | None,
        processes: int,
        progress: Progress,
        say: Callable[[str], None],
    ) -> Summary:
        asked = self._asked()
        kept = part.kept()
        if kept is not None and kept != asked:
            raise _asked_otherwise(part, kept, asked)
        part.begin(asked, b"" if schema is None else bytes(schema.serialize()))
        reached = part.reached
        before = reached.answered + reached.set_aside
        if before:
            say(f"going on after {before:,} rows that {part.folder} holds already")
        for done in spread(_Work(self.rows, schema), self._chunks(reached), processes):
            reached = Reached(
                done.chunk.place,
                reached.rows + len(done.rows),
                reached.faults + len(done.faults),
                reached.answered + done.answered,
                reached.set_aside + done.set_aside,
            )
            part.add(done.rows, done.faults, reached)
            progress(reached.answered + reached.set_aside, done.chunk.done, done.chunk.total)
        if not reached.over:
            part.add(b"", b"", replace(reached, over=True))
        convert = None
        if schema is not None:
            from prehab.batch.tables import write_table

            convert = partial(write_table, kind=self.out_format, schema=schema)
        part.finish(convert)
        return Summary(reached.answered, reached.set_aside, before)

    def _asked(self) -> dict[str, Any]:
        """What is asked: with anything else, what was written is of no use."""
        made = self.rows.engine.provenance
        asked: dict[str, Any] = {
            "pack": made.pack,
            "library": made.library,
            "overrides": dict(made.overrides),
            "language": made.language,
            "what": self.rows.what,
            "id": self.rows.id_field,
            "on": self.rows.on and self.rows.on.isoformat(),
            "from": self.source_format,
            "to": self.out_format,
        }
        if self.source_format != "jsonl":
            seen = sha256()
            with open_path(Path(self.source), "a table of runners") as stream:
                while data := stream.read(_HASHED):
                    seen.update(data)
            asked["input"] = seen.hexdigest()
        return asked

    def _chunks(self, reached: Reached) -> Iterator[_Chunk]:
        """What is left of the input, chunk by chunk. Where all was read, it is only made sure that it is the same."""
        if self.source_format != "jsonl":
            from prehab.batch.tables import as_stream, pieces

            for before, total, batch in pieces(
                Path(self.source), self.source_format, reached.place.lines, self.rows.at_once[0]
            ):
                after = before + batch.num_rows
                yield _Chunk((before + 1, as_stream(batch)), Place(after), after, total)
            return
        with self._opened() as (stream, name, size):
            for lines, place in blocks(stream, reached.place, name, *self.rows.at_once):
                if reached.over:
                    raise changed(name, "it has more lines than those")
                yield _Chunk(lines, place, place.bytes, size)

    @contextmanager
    def _opened(self) -> Iterator[tuple[BinaryIO, str, int]]:
        """The input as a stream of bytes, its name in messages, and its size where that is known."""
        if self.source == STANDARD:
            name = "<standard input>"
            if sys.stdin is None:
                raise InputError([Fault("unreadable-file", "cannot read it: it is closed", name)])
            with _read(name):
                yield sys.stdin.buffer, name, 0
            return
        with open_path(Path(self.source), "a file of runners") as stream, _read(self.source):
            yield BufferedReader(stream, READ_BYTES), self.source, os.fstat(stream.fileno()).st_size  # type: ignore[type-var]


def _same(one: Path, other: Path) -> bool:
    """Whether two paths lead to the same file."""
    return one.resolve() == other.resolve() or (one.exists() and other.exists() and one.samefile(other))


@contextmanager
def _read(name: str) -> Iterator[None]:
    """An input that cannot be read any further is told by its name."""
    try:
        yield
    except OSError as error:
        said = f"cannot read it: {(error.strerror or str(error)).lower()}"
        raise InputError([Fault("unreadable-file", said, name)]) from None


@contextmanager
def _whatever_fails(out: str) -> Iterator[None]:
    """A disk that is full and a process that was killed are told as faults; what was written before stays."""
    told = "What was answered is kept: the same command goes on from there."
    try:
        yield
    except BrokenProcessPool:
        message = "a process that answered was killed, perhaps for want of memory"
        raise InputError([Fault("process-killed", message, help=told)]) from None
    except FileNotFoundError:
        folder = Path(out).parent
        raise InputError([Fault("no-folder", f"there is no folder `{folder}` to write `{Path(out).name}` into",
                                value=out, help="Make the folder first, or name another one.")]) from None  # fmt: skip
    except OSError as error:
        said = f"`{out}` cannot be written: {(error.strerror or str(error)).lower()}"
        raise InputError([Fault("cannot-write", said, value=out, help=told)]) from None


def _asked_otherwise(part: Part, kept: Mapping[str, Any], asked: Mapping[str, Any]) -> InputError:
    """The error that what is there was made otherwise: everything that differs."""
    said = {
        "pack": "other rules", "library": "another version of prehab", "overrides": "other parameters",
        "language": "another language", "what": "another `--what`", "id": "another `--id`", "on": "another day",
        "from": "another format of the input", "to": "another format of the output", "input": "another input",
    }  # fmt: skip
    told = "Give what was given then to go on, or begin anew with `--restart`."
    faults = []
    for name, words in said.items():
        then, now = kept.get(name), asked.get(name)
        if then != now:
            values = "" if name in ("pack", "input") else f" ({_shown(then)} then, {_shown(now)} now)"
            message = f"`{part.folder}` was begun with {words}{values}"
            faults.append(Fault("changed-input" if name == "input" else "other-run", message, help=told))
    return InputError(faults)


def _shown(value: Any) -> str:
    """A value as it was asked for."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={number:g}" for name, number in value.items()) or "none"
    return "none" if value is None else str(value)
