"""JSON lines: a file of rows, one JSON object a line, read in blocks of lines, whatever their length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from prehab.graph.faults import Fault, InputError
from prehab.graph.files import MAX_BYTES, Document, read_text
from prehab.graph.kinds_of_file import binary_kind, unicode_kind

__all__ = ["CHUNK", "Lines", "Place", "blocks", "read_line"]

CHUNK = 64
"""Rows that are answered, and written, at a time."""

BLOCK_BYTES = 1_000_000
"""After so many bytes a block ends, however few its lines are."""

READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines: the number of the first, from 1, and each without its end; a blank one is empty."""

    first: int
    lines: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a file is read: lines, bytes, and the SHA-256 of those bytes, by which it is known again."""

    lines: int = 0
    bytes: int = 0
    sha256: str = sha256().hexdigest()


def read_line(line: bytes) -> Document:
    """What a line says.

    Raises:
        InputError: It is not a JSON object, or none that a runner file may hold; the fault tells the column.
    """
    try:
        document = read_text(line, what="a line of JSON lines")
    except InputError as error:
        if all(fault.code != "not-yaml" for fault in error.faults):
            raise
        raise InputError([_no_object(line) or error.faults[0]]) from None
    if document.relocate is None and (fault := _no_object(line)):  # it was YAML
        raise InputError([fault])
    return document


def _no_object(line: bytes) -> Fault | None:
    """Why a line is not a JSON object."""
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        help_text = "Each line holds one runner as a JSON object."
        message = f"this is not valid JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        return Fault("not-json", message, line=1, column=error.colno, help=help_text)
    except (ValueError, RecursionError):
        return None
    if isinstance(data, dict):
        return None
    kind = "empty" if data is None else "a list" if isinstance(data, list) else "a single value"
    return Fault("not-a-mapping", f"each line must hold a JSON object, but this is {kind}", line=1, column=1)


def blocks(
    stream: BinaryIO, after: Place, name: str, rows: int = CHUNK, size_bytes: int = BLOCK_BYTES
) -> Iterator[tuple[Lines, Place]]:
    """The lines of a stream, block by block, each with the place after it. Of a line that is far too long, the rest is
    passed over.

    Args:
        stream: Stands at its beginning.
        after: Where to begin; what stands before it is read, and has to be the same.
        name: What the stream is called in messages.
        rows: How many lines a block has at the most.
        size_bytes: After so many bytes a block ends, however few its lines are.

    Raises:
        InputError: It is no text in lines, cannot be read, or has changed.
    """
    seen, number, size = sha256(), after.lines, 0
    while size < after.bytes and (passed := stream.read(min(READ_BYTES, after.bytes - size))):
        seen.update(passed)
        size += len(passed)
    if size < after.bytes or seen.hexdigest() != after.sha256:
        raise changed(name, f"its first {after.lines:,} lines are not those")
    more = True
    while more:
        first, held = number + 1, 0
        lines: list[bytes] = []
        while len(lines) < rows and held < size_bytes:
            raw = stream.readline(MAX_BYTES + 4)
            more = bool(raw)
            if not more:
                break
            part = raw
            seen.update(raw)
            size += len(raw)
            while not part.endswith(b"\n") and (part := stream.readline(READ_BYTES)):
                seen.update(part)
                size += len(part)
            if not number:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
                _looked_at(raw, name)
            number += 1
            held += len(raw)
            lines.append(b"" if raw.isspace() else raw.rstrip(b"\r\n"))
        if lines:
            yield Lines(first, tuple(lines)), Place(number, size, seen.copy().hexdigest())


def _looked_at(first: bytes, name: str) -> None:
    """Refuse a file whose first line shows that it is not JSON lines at all."""
    if kind := binary_kind(first):
        raise InputError([Fault("not-data", f"this is {kind}, not JSON lines", name, help=_FORMATS)])
    if other := unicode_kind(first):
        message = f"this is not UTF-8 text, but {other}"
        raise InputError([Fault("not-utf-8", message, name, 1, 1, help="Save the file as UTF-8.")])
    if first.lstrip()[:1] == b"[":
        told = f"Write each of its objects in a line of its own: `jq -c '.[]' {name}`."
        raise InputError([Fault("not-lines", "this is one JSON array, not JSON lines", name, 1, 1, help=told)])


_FORMATS = "Give its format with `--from` where its name does not tell it."


def changed(name: str, how: str) -> InputError:
    """The error that an input is not the one that was begun with."""
    told = "Give the input that was begun with, or begin anew with `--restart`."
    message = f"this has changed since it was begun with: {how} that were answered"
    return InputError([Fault("changed-input", message, name, help=told)])
