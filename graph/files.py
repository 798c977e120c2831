"""A strict reader for data files: YAML and JSON, every value with its line and column.

YAML is friendlier to write than safe to read. Refused here, each with its place: repeated keys, anchors and
aliases (and so "YAML bombs"), tags, words that turn into booleans (``no``), octal and base-60 numbers, numbers
that are not finite, more than one document, deep nesting, and files that are far too large.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from prehab.graph.budgets import VALUES
from prehab.graph.faults import Fault, InputError, PrehabError, nearest, pointer
from prehab.graph.kinds_of_file import SOME_BINARY, binary_kind, special_kind, text_kind, unicode_kind
from prehab.graph.record import Struct, struct

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_FAULTS",
    "Document",
    "Mark",
    "Place",
    "is_text",
    "open_path",
    "read_path",
    "read_text",
]

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_DIGITS = 300
MAX_KEY = 300
MAX_FAULTS = 100

Place = tuple[str | int, ...]
Mark = tuple[int, int]


@struct(slots=False)
class Document(Struct):
    """What a file said, and where it said it.

    Attributes:
        data: What it said.
        file: Its name in messages.
        values: Where each value stands, by its place in the data.
        keys: Where each name stands, likewise.
        relocate: Reads the file again for the places, where they were not needed so far.
        text: The text that was read.
        size: How many values there are.
        moved: The place in the file, for the place in ``data`` where that is only a part of it.
        doubts: What was read, and should have been written otherwise: names that stand twice, words that are read
            differently by different programs.
    """

    data: Any
    file: str | None = None
    values: dict[Place, Mark] = field(default_factory=dict)
    keys: dict[Place, Mark] = field(default_factory=dict)
    relocate: Callable[[], Document] | None = None
    text: str = ""
    size: int = 0
    moved: Callable[[Place], Place] | None = None
    doubts: tuple[Fault, ...] = ()

    def where(self, place: Place, *, key: bool = False) -> dict[str, Any]:
        """``file``, ``line``, ``column`` and ``path`` of a place, for a Fault; the nearest known one above it."""
        if self.moved is not None:
            place = self.moved(place)
        if self.relocate is not None and not self.values:
            try:
                located = self.relocate()
                self.values, self.keys = located.values, located.keys
            except PrehabError:
                self.relocate = None
        mark: Mark | None = None
        for end in range(len(place), -1, -1):
            first, second = (self.keys, self.values) if key or end < len(place) else (self.values, self.keys)
            mark = first.get(place[:end]) or second.get(place[:end])
            if mark:
                break
        line, column = mark or (None, None)
        return {"file": self.file, "line": line, "column": column, "path": pointer(place)}

    def fault(self, code: str, message: str, place: Place = (), *, key: bool = False, **more: Any) -> Fault:
        """A Fault at a place of this document."""
        return Fault(code=code, message=message, **{**self.where(place, key=key), **more})

    def faults(
        self,
        error: ValidationError,
        root: Any,
        *,
        at: Place = (),
        also: dict[str, dict[str, str]] | None = None,
        helps: dict[str, str] | None = None,
    ) -> list[Fault]:
        """Translate pydantic's findings into faults with places, allowed values and nearest names, in order of place.

        Of a great many the first hundred are told, and how many more there are.

        Args:
            error: What pydantic raised.
            root: The type that was validated; it tells which fields exist where.
            at: Where in this document the validated part begins.
            also: Per fault code, other names people use for allowed values.
            helps: Per fault code, what to do about it.
        """
        from prehab.graph.translate import translate

        return translate(self, error, root, at, also or {}, helps or {})


def read_path(
    path: str | Path, *, limit: int = MAX_BYTES, what: str = "a data file", lenient: bool = False
) -> Document:
    """Read a data file.

    Args:
        path: Where it is. Pipes, devices and sockets are not opened, unless they are standard input.
        limit: The most bytes that it may have.
        what: What it should be, for the sentence that tells what it is instead.
        lenient: Whether doubts stand in the document instead of being raised.

    Raises:
        InputError: It is not there, not a file, too large, not UTF-8, or not valid YAML or JSON.
    """
    path = Path(path)
    try:
        with open_path(path, what) as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from None
    return read_text(raw, file=str(path), limit=limit, what=what, lenient=lenient)


def open_path(path: Path, what: str) -> BinaryIO:
    """A data file, opened to be read.

    Raises:
        InputError: It is not there, not a file, or cannot be opened.
    """
    try:
        if special := special_kind(path):
            asks = "Name one of the files in it." if special == "a folder" else None
            raise _unreadable(path, f"that is {special}, not a file", help=asks)
        return path.open("rb")
    except FileNotFoundError:
        raise _gone(path, what) from None
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from None
    except ValueError as error:
        raise _unreadable(path, str(error)) from None


def _unreadable(path: Path, reason: str, **more: Any) -> InputError:
    return InputError([Fault("unreadable-file", f"cannot read it: {reason}", file=str(path), **more)])


def _gone(path: Path, what: str) -> InputError:
    """That a file is not there, and which one beside it may be meant."""
    if path.is_symlink():
        return _unreadable(path, "it is a link to something that is not there")
    beside = [one for one in path.parent.glob("*") if one.suffix in (".yaml", ".yml", ".json", path.suffix)]
    close = nearest(path.name, (one.name for one in beside))
    meant = tuple(str(path.parent / name) for name in close)
    asks = "`prehab intake my-runner.yaml` asks what matters and writes one." if what == "a runner file" else None
    return _unreadable(path, "there is no such file", did_you_mean=meant, help=None if meant else asks)


def read_text(
    raw: bytes | str,
    *,
    file: str | None = None,
    limit: int = MAX_BYTES,
    what: str = "a data file",
    lenient: bool = False,
) -> Document:
    """Read YAML or JSON text; see ``read_path``."""
    kind = binary_kind(raw) if isinstance(raw, bytes) else None
    if kind and not (kind == SOME_BINARY and len(raw) > limit):
        raise _other_format(kind, what, file)
    if len(raw) > limit:
        message = f"this is larger than {limit:,} bytes, far more than it can need"
        raise InputError([Fault("too-large", message, file)])
    if isinstance(raw, bytes):
        try:
            if other := unicode_kind(raw):
                message = f"this is not UTF-8 text, but {other}"
                raise InputError([Fault("not-utf-8", message, file, 1, 1, help="Save the file as UTF-8.")])
            raw = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            place = _mark(error.object[: error.start].decode("utf-8"))
            message = f"this is not UTF-8 text (byte {error.object[error.start]:#04x})"
            raise InputError([Fault("not-utf-8", message, file, *place, help="Save the file as UTF-8.")]) from None
    text = str(raw).removeprefix("\ufeff")
    if kind := text_kind(text):
        raise _other_format(kind, what, file)
    if (at := _not_text(text)) is not None:
        message = f"this holds a character that is not text (U+{ord(text[at]):04X})"
        raise InputError([
            Fault("not-text", message, file, *_mark(text[:at]), help="Save the file as plain UTF-8 text.")
        ])  # fmt: skip
    if text.lstrip()[:1] in ("{", "["):
        try:
            data = json.loads(
                text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite, parse_int=_whole
            )
            size = _measure(data)
        except (ValueError, RecursionError):
            pass  # the YAML reader below finds the same fault, with its place
        else:
            return Document(data, file, relocate=lambda: _read_yaml(_without_pairs(text), file), text=text, size=size)
    document = _read_yaml(text, file)
    if document.doubts and not lenient:
        raise InputError(document.doubts)
    document.text, document.size = text, len(document.values)
    return document


def _other_format(kind: str, what: str, file: str | None) -> InputError:
    ask = " `prehab intake` asks for what it holds and writes one." if what == "a runner file" else ""
    help_text = f"{what[:1].upper()}{what[1:]} is text, in YAML or JSON.{ask}"
    return InputError([Fault("not-data", f"this is {kind}, not {what}", file, 1, 1, help=help_text)])


def _read_yaml(text: str, file: str | None) -> Document:
    from prehab.graph.yaml_reader import read_yaml

    return read_yaml(text, file)


def is_text(text: str) -> bool:
    """Whether every character is one that a text file may hold."""
    return _not_text(text) is None


def _not_text(text: str) -> int | None:
    """Where a character stands that no text file holds."""
    if text.isascii() and text.translate({9: None, 10: None, 13: None}).isprintable():
        return None  # nearly always so, and far quicker than compiling the expression below
    strange = re.search("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return strange.start() if strange else None


def _without_pairs(text: str) -> str:
    """JSON text with its surrogate pairs replaced by as many other escapes: YAML does not know them."""
    return re.sub(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}", r"\\u25a1\\u25a1", text)


def _mark(before: str) -> Mark:
    """Line and column of what follows a text."""
    return before.count("\n") + 1, len(before) - before.rfind("\n")


class _BadJSONError(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _BadJSONError("repeated key")
    return result


def _refuse(_: str) -> NoReturn:
    raise _BadJSONError("not finite")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _BadJSONError("not finite")
    return value


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _BadJSONError("too large")
    return int(text)


def _measure(data: Any) -> int:
    """How many values there are; what the YAML reader would refuse is an error."""
    todo = [([data], 0)]
    values = 0
    while todo:
        inside, depth = todo.pop()
        values += len(inside)
        if values > VALUES:
            raise _BadJSONError("too many values")
        if inside and depth == MAX_DEPTH:
            raise _BadJSONError("too deep")
        for one in inside:
            if isinstance(one, str):
                if not one.isascii():
                    one.encode()  # a lone surrogate is no text
            elif isinstance(one, list):
                todo.append((one, depth + 1))
            elif isinstance(one, dict):
                if one and max(map(len, one)) > MAX_KEY:
                    raise _BadJSONError("a name too long")
                todo.append(([*one, *one.values()], depth + 1))
    return values
