"""A strict reader for data files: YAML and JSON, every value with its line and column.

YAML is friendlier to write than safe to read. Refused here, each with its place: repeated keys, anchors and
aliases (and so "YAML bombs"), tags, words that turn into booleans (``no``), octal and base-60 numbers, numbers
that are not finite, more than one document, deep nesting, and files that are far too large.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from prehab.graph.faults import Fault, InputError, PrehabError, nearest, pointer

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["MAX_BYTES", "Document", "Place", "read_path", "read_text"]

MAX_BYTES = 1_000_000
MAX_DEPTH = 40

Place = tuple[str | int, ...]
Mark = tuple[int, int]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_TRAPS = re.compile(
    r"(?:yes|no|on|off|y|n|true|false|null|[-+]?0[0-9_]+|[-+]?0[xob][0-9a-f_]+|[-+]?[0-9]+(?::[0-9]+)+"
    r"|[-+]?[0-9][0-9_]*_[0-9_]*|\+[0-9.]+|[-+]?\.(?:inf|nan)|nan|[-+]?inf(?:inity)?)\Z",
    re.IGNORECASE,
)


@dataclass
class Document:
    """What a file said, and where it said it."""

    data: Any
    file: str | None = None
    values: dict[Place, Mark] = field(default_factory=dict)
    keys: dict[Place, Mark] = field(default_factory=dict)
    relocate: Callable[[], Document] | None = None

    def where(self, place: Place, *, key: bool = False) -> dict[str, Any]:
        """``file``, ``line``, ``column`` and ``path`` of a place, for a Fault; the nearest known one above it."""
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
        self, error: ValidationError, root: Any, *, at: Place = (), also: dict[str, dict[str, str]] | None = None
    ) -> list[Fault]:
        """Translate pydantic's findings into faults with places, allowed values and nearest names.

        Args:
            error: What pydantic raised.
            root: The type that was validated; it tells which fields exist where.
            at: Where in this document the validated part begins.
            also: Per fault code, other names people use for allowed values.
        """
        return [self._translate(item, root, at, also or {}) for item in error.errors(include_url=False)]

    def _translate(self, item: Any, root: Any, at: Place, also: dict[str, dict[str, str]]) -> Fault:
        place = _follow(self.data, (*at, *item["loc"]))
        context = item.get("ctx") or {}
        kind, name = item["type"], str(item["loc"][-1]) if item["loc"] else "the file"
        shown = _shorten(item.get("input"))
        allowed = tuple(context.get("allowed", ()))
        if kind == "extra_forbidden":
            fields = _fields(root, item["loc"][:-1])
            return self.fault(
                "unknown-field", f"unknown field `{name}`", place, key=True, value=name,
                allowed=fields, did_you_mean=nearest(name, fields),
            )  # fmt: skip
        if kind == "missing":
            return self.fault("missing-field", f"`{name}` is missing", place[:-1] if len(place) else place)
        if allowed:
            code = str(kind).replace("_", "-")
            word = str(item.get("input"))
            return self.fault(
                code, item["msg"], place, value=shown, allowed=allowed,
                did_you_mean=nearest(word, allowed, also.get(code)),
            )  # fmt: skip
        if kind in ("literal_error", "enum"):
            options = tuple(re.findall(r"'([^']*)'", str(context.get("expected", ""))))
            return self.fault(
                "unknown-word", f"{shown} is not one of the words for `{name}`", place, value=shown,
                allowed=options, did_you_mean=nearest(str(item.get("input")), options),
            )  # fmt: skip
        limits = {
            "greater_than_equal": ("out-of-range", f"{shown} is below the least allowed, {context.get('ge')}"),
            "greater_than": ("out-of-range", f"{shown} must be above {context.get('gt')}"),
            "less_than_equal": ("out-of-range", f"{shown} is above the most allowed, {context.get('le')}"),
            "less_than": ("out-of-range", f"{shown} must be below {context.get('lt')}"),
            "finite_number": ("not-finite", "a number must be finite"),
            "too_long": ("too-long", f"`{name}` is too long: at most {context.get('max_length')}"),
            "string_too_long": ("too-long", f"`{name}` is too long: at most {context.get('max_length')} characters"),
            "model_type": ("not-a-mapping", f"`{name}` must be a mapping (name: value), not {_kind(item.get('input'))}"),
            "dict_type": ("not-a-mapping", f"`{name}` must be a mapping (name: value), not {_kind(item.get('input'))}"),
            "tuple_type": ("not-a-list", f"`{name}` must be a list, not {_kind(item.get('input'))}"),
            "list_type": ("not-a-list", f"`{name}` must be a list, not {_kind(item.get('input'))}"),
        }
        if kind in limits:
            code, message = limits[kind]
            return self.fault(code, message, place, value=shown)
        if kind.startswith("date"):
            return self.fault("not-a-date", f"{shown} is not a date; write it as 2026-11-23", place, value=shown)
        wanted = {"int": "a whole number", "float": "a number", "bool": "true or false", "string": "text"}
        for stem, words in wanted.items():
            if kind.startswith(stem):
                return self.fault("wrong-type", f"`{name}` must be {words}, not {shown}", place, value=shown)
        message = str(item["msg"]).removeprefix("Value error, ")
        return self.fault(kind.replace("_", "-"), message[:1].lower() + message[1:], place, value=shown)


def read_path(path: str | Path, *, limit: int = MAX_BYTES) -> Document:
    """Read a data file.

    Raises:
        InputError: It is not there, not a file, too large, not UTF-8, or not valid YAML or JSON.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(limit + 1)
    except OSError as error:
        reason = {"FileNotFoundError": "there is no such file", "IsADirectoryError": "that is a folder, not a file"}
        text = reason.get(type(error).__name__, (error.strerror or str(error)).lower())
        raise InputError([Fault("unreadable-file", f"cannot read `{path}`: {text}", file=str(path))]) from None
    except ValueError as error:
        raise InputError([Fault("unreadable-file", f"cannot read the file: {error}")]) from None
    return read_text(raw, file=str(path), limit=limit)


def read_text(raw: bytes | str, *, file: str | None = None, limit: int = MAX_BYTES) -> Document:
    """Read YAML or JSON text; see ``read_path``."""
    if len(raw) > limit:
        message = f"the file is larger than {limit:,} bytes, far more than it can need"
        raise InputError([Fault("too-large", message, file=file)])
    if isinstance(raw, bytes):
        try:
            raw = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            message = f"the file is not UTF-8 text (byte {error.start + 1})"
            raise InputError([Fault("not-utf-8", message, file=file, line=line)]) from None
    if raw.lstrip()[:1] in ("{", "["):
        try:
            data = json.loads(
                raw, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite, parse_int=_whole
            )
            _measure(data)
        except (ValueError, RecursionError):
            pass  # the YAML reader below finds the same fault, with its place
        else:
            return Document(data, file, relocate=lambda: _read_yaml(raw, file))
    return _read_yaml(raw, file)


class _BadJSON(ValueError):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _BadJSON("repeated key")
    return result


def _refuse(_: str) -> NoReturn:
    raise _BadJSON("not finite")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _BadJSON("not finite")
    return value


def _whole(text: str) -> int:
    if len(text) > 19:
        raise _BadJSON("too large")
    return int(text)


def _measure(data: Any) -> None:
    todo = [(data, 1)]
    while todo:
        item, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise _BadJSON("too deep")
        inside = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        todo.extend((child, depth + 1) for child in inside)


def _read_yaml(text: str, file: str | None) -> Document:
    from yaml import SafeLoader, YAMLError, parse

    try:
        from yaml import CSafeLoader as Loader
    except ImportError:  # pragma: no cover - PyYAML built without libyaml
        Loader = SafeLoader  # type: ignore[assignment,misc]

    document = Document(None, file)
    faults: list[Fault] = []
    try:
        _Builder(document, faults).build(parse(text, Loader=Loader))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        faults.append(
            Fault(
                "not-yaml", f"this is not valid YAML: {said}", file,
                mark.line + 1 if mark else None, mark.column + 1 if mark else None,
                help="Check the indentation, and put text that holds a colon in quotes.",
            )
        )  # fmt: skip
    if faults:
        raise InputError(faults)
    return document


class _Builder:
    """Builds plain data from YAML events, remembering where each value and key stood."""

    def __init__(self, document: Document, faults: list[Fault]) -> None:
        self.document = document
        self.faults = faults

    def build(self, events: Iterator[Any]) -> None:
        from yaml import events as kinds

        stack: list[tuple[Any, Place]] = []  # the open containers
        keys: list[Any] = []  # the pending key of each open mapping
        documents = 0
        for event in events:
            mark = (event.start_mark.line + 1, event.start_mark.column + 1)
            if isinstance(event, kinds.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._stop("two-documents", "only one document is allowed in a file", mark)
            elif isinstance(event, kinds.AliasEvent):
                self._stop("alias", "references to other parts of the file (`*name`) are not allowed; write it out", mark)
            elif isinstance(event, kinds.ScalarEvent):
                self._refuse_decoration(event, mark)
                if stack and isinstance(stack[-1][0], dict) and keys[-1] is None:
                    keys[-1] = self._key(event, stack[-1], mark)
                else:
                    self._put(stack, keys, self._scalar(event, mark), mark)
            elif isinstance(event, kinds.SequenceStartEvent | kinds.MappingStartEvent):
                self._refuse_decoration(event, mark)
                if len(stack) >= MAX_DEPTH:
                    self._stop("too-deep", f"the file is nested more than {MAX_DEPTH} levels deep", mark)
                if stack and isinstance(stack[-1][0], dict) and keys[-1] is None:
                    self._stop("strange-key", "a key must be a plain word", mark)
                made: Any = {} if isinstance(event, kinds.MappingStartEvent) else []
                place = self._put(stack, keys, made, mark)
                stack.append((made, place))
                keys.append(None)
            elif isinstance(event, kinds.SequenceEndEvent | kinds.MappingEndEvent):
                stack.pop()
                keys.pop()

    def _stop(self, code: str, message: str, mark: Mark) -> NoReturn:
        self.faults.append(Fault(code, message, self.document.file, *mark))
        raise InputError(self.faults)

    def _refuse_decoration(self, event: Any, mark: Mark) -> None:
        if event.anchor is not None:
            self._stop("anchor", "names for parts of the file (`&name`) are not allowed; write it out", mark)
        if event.tag is not None and event.tag != "!":
            self._stop("tag", f"`{event.tag}` is not allowed here; write plain values", mark)

    def _put(self, stack: list[tuple[Any, Place]], keys: list[Any], value: Any, mark: Mark) -> Place:
        if not stack:
            self.document.data = value
            place: Place = ()
        else:
            parent, above = stack[-1]
            if isinstance(parent, list):
                place = (*above, len(parent))
                parent.append(value)
            else:
                place = (*above, keys[-1])
                parent[keys[-1]] = value
                keys[-1] = None
        self.document.values[place] = mark
        return place

    def _key(self, event: Any, open_mapping: tuple[Any, Place], mark: Mark) -> str:
        mapping, above = open_mapping
        key = str(event.value)
        place = (*above, key)
        if event.implicit[0]:
            self._trap(key, mark, pointer(place))
        if key in mapping:
            first = self.document.keys[place][0]
            self.faults.append(
                Fault("repeated-key", f"`{key}` is here twice (first on line {first})", self.document.file, *mark,
                      path=pointer(place))
            )  # fmt: skip
        else:
            self.document.keys[place] = mark
        return key

    def _trap(self, text: str, mark: Mark, path: str = "") -> bool:
        if text in ("true", "false", "null") or not _TRAPS.match(text):
            return False
        helps = "Write true or false; if the word itself is meant, put it in quotes."
        if any(character.isdigit() for character in text):
            helps = "Write a plain number such as 12 or 0.5; if text is meant, put it in quotes."
        elif "n" in text.lower() and "f" in text.lower() and "in" in text.lower():
            helps = "Numbers must be finite."
        elif text.lower().endswith("nan"):
            helps = "Leave the field out when the number is not known."
        self.faults.append(
            Fault("ambiguous-word", f"`{text}` is read differently by different programs", self.document.file, *mark,
                  path=path, value=text, help=helps)
        )  # fmt: skip
        return True

    def _scalar(self, event: Any, mark: Mark) -> Any:
        text = str(event.value)
        if not event.implicit[0]:
            return text
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if self._trap(text, mark):
            return text
        if _INTEGER.match(text):
            return int(text)
        if _FLOAT.match(text):
            value = float(text)
            if not math.isfinite(value):
                self.faults.append(
                    Fault("not-finite", f"`{_shorten(text)}` is too large to be a number", self.document.file, *mark)
                )
            return value
        return text


def _follow(data: Any, loc: tuple[str | int, ...]) -> Place:
    """Keep the parts of pydantic's location that exist in the data (it adds names of union members)."""
    place: list[str | int] = []
    current = data
    last = len(loc) - 1
    for position, part in enumerate(loc):
        if isinstance(current, dict) and part in current:
            current = current[part]
            place.append(part)
        elif isinstance(current, list) and isinstance(part, int) and part < len(current):
            current = current[part]
            place.append(part)
        elif position == last and isinstance(current, dict):
            place.append(part)
    return tuple(place)


def _fields(root: Any, loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The field names of the model that ``loc`` leads to."""
    from typing import get_args

    def models(kind: Any) -> Iterator[Any]:
        if hasattr(kind, "model_fields"):
            yield kind
        for inner in get_args(kind):
            yield from models(inner)

    found = list(models(root))
    for part in loc:
        inside = [model.model_fields[part].annotation for model in found if part in model.model_fields]
        if inside:
            found = [model for kind in inside for model in models(kind)]
    return tuple(dict.fromkeys(name for model in found for name in model.model_fields))


def _shorten(value: Any) -> str:
    text = f"`{value}`" if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(type(value), "a number")
