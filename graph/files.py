"""A strict reader for data files: YAML and JSON, every value with its line and column.

YAML is friendlier to write than safe to read. Refused here, each with its place: repeated keys, anchors and
aliases (and so "YAML bombs"), tags, words that turn into booleans (``no``), octal and base-60 numbers, numbers
that are not finite, more than one document, deep nesting, and files that are far too large.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from prehab.graph.faults import Fault, InputError, PrehabError, nearest, pointer

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["MAX_BYTES", "Document", "Place", "read_path", "read_text"]

MAX_BYTES = 1_000_000
MAX_DEPTH = 40
MAX_DIGITS = 300
MAX_FAULTS = 100

Place = tuple[str | int, ...]
Mark = tuple[int, int]

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.?(?:inf|nan|infinity)\Z", re.IGNORECASE)
_ODD_NUMBER = re.compile(
    r"(?:[-+]?0[0-9_]+|[-+]?0[xob][0-9a-f_]+|[-+]?[0-9]+(?::[0-9]+)+|[-+]?[0-9][0-9_]*_[0-9_]*|\+[0-9.]+)\Z",
    re.IGNORECASE,
)
_SWITCH = re.compile(r"(?:yes|no|on|off|y|n|true|false|null)\Z", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(r"[-+]?[0-9.,]+\Z")
_NOT_TEXT = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PAIR = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


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
        found = [(_follow(self.data, (*at, *item["loc"])), item) for item in error.errors(include_url=False)]
        if len(found) > MAX_FAULTS:
            wheres = [self.where(place, key=item["type"] == "extra_forbidden") for place, item in found]
            order = sorted(range(len(found)), key=lambda i: (wheres[i]["line"] or 0, wheres[i]["column"] or 0, i))
            found = [found[i] for i in order]
        faults = [self._translate(place, item, root, also or {}, helps or {}) for place, item in found[:MAX_FAULTS]]
        if len(found) > MAX_FAULTS:
            place, item = found[MAX_FAULTS]
            message = f"from here on there are {len(found) - MAX_FAULTS:,} more faults; put the ones above right first"
            faults.append(self.fault("more-faults", message, place, key=item["type"] == "extra_forbidden"))
        return faults

    def _translate(
        self, place: Place, item: Any, root: Any, also: dict[str, dict[str, str]], helps: dict[str, str]
    ) -> Fault:
        kind, loc, given, context = item["type"], item["loc"], item.get("input"), item.get("ctx") or {}
        name = _named(place) if place else "the file" if self.file else "the data"

        def fault(code: str, message: str, **more: Any) -> Fault:
            return self.fault(code, message, place, **{"value": _value(given), "help": helps.get(code), **more})

        if kind == "extra_forbidden":
            fields, word = _fields(root, loc[:-1]), str(loc[-1])
            return fault(
                "unknown-field", f"unknown field `{_cut(word)}`", key=True, value=_cut(word),
                allowed=fields, did_you_mean=nearest(word, fields),
            )  # fmt: skip
        if kind == "missing":
            return self.fault("missing-field", f"`{loc[-1]}` is missing", place[:-1], key=True)
        if allowed := tuple(context.get("allowed", ())):
            code, word = str(kind).replace("_", "-"), str(context["word"])
            close = nearest(word, allowed, also.get(code))
            return fault(code, item["msg"].replace(word, _cut(word)), allowed=allowed, did_you_mean=close)
        if kind == "literal_error":
            options = tuple(re.findall(r"'([^']*)'", context["expected"]))
            if not options:
                return fault("unknown-word", f"{name} can only be {context['expected'].lower()}, or left out")
            whose = next(f"`{part}`" for part in reversed(place) if isinstance(part, str))
            close = nearest(given, options) if isinstance(given, str) else ()
            return fault("unknown-word", f"{_shown(given)} is not one of the words for {whose}",
                         allowed=options, did_you_mean=close)  # fmt: skip
        if kind in ("greater_than_equal", "less_than_equal"):
            return fault("out-of-range", f"{name} is {_shown(given)}, but must be {_bounds(root, loc)}")
        if kind == "finite_number" or (isinstance(given, float) and not math.isfinite(given)):
            message = f"{name} is {_shown(given)}, but must be a finite number"
            return fault("not-finite", message, help="Leave it out when it is not known.")
        counts = {
            "too_long": ("too-long", "at most", "max_length", "entries"),
            "string_too_long": ("too-long", "at most", "max_length", "characters"),
            "too_short": ("too-short", "at least", "min_length", "entries"),
            "string_too_short": ("too-short", "at least", "min_length", "characters"),
        }
        if kind in counts:
            code, most, limit, what = counts[kind]
            if context[limit] == 1:
                what = {"entries": "entry", "characters": "character"}[what]
            return fault(code, f"{name} must have {most} {context[limit]} {what}, but has {len(given)}")
        if kind == "string_unicode":
            return fault("not-text", f"{name} holds a character that is not text", value=None)
        if kind == "string_pattern_mismatch":
            return fault("wrong-form", f"{_shown(given)} does not have the form of {name} ({context['pattern']})")
        if kind == "invalid_key":
            return fault("strange-key", f"a name must be text, but {_shown(loc[-1])} is not", key=True)
        if kind.startswith("date"):
            return fault("not-a-date", f"{_shown(given)} is not a date; write it as 2026-11-23")
        wanted = {
            "model_type": ("not-a-mapping", "a mapping (name: value)"),
            "dict_type": ("not-a-mapping", "a mapping (name: value)"),
            "tuple_type": ("not-a-list", "a list"), "list_type": ("not-a-list", "a list"),
            "int": ("wrong-type", "a whole number"), "float": ("wrong-type", "a number"),
            "bool": ("wrong-type", "true or false"), "string": ("wrong-type", "text"),
        }  # fmt: skip
        for stem, (code, words) in wanted.items():
            if kind.startswith(stem):
                more = {}
                if isinstance(given, str) and "number" in words and _LIKE_A_NUMBER.match(given):
                    more["help"] = "Write a plain number such as 12 or 0.5, without quotes."
                if given in ("true", "false"):
                    more["help"] = "Write it without quotes."
                is_text = "the text " if isinstance(given, str) else ""
                return fault(code, f"{name} must be {words}, but is {is_text}{_shown(given)}", **more)
        message = str(item["msg"]).removeprefix("Value error, ")
        return fault(kind.replace("_", "-"), message[:1].lower() + message[1:])


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
        raise InputError([Fault("unreadable-file", f"cannot read it: {text}", file=str(path))]) from None
    except ValueError as error:
        raise InputError([Fault("unreadable-file", f"cannot read it: {error}", file=str(path))]) from None
    return read_text(raw, file=str(path), limit=limit)


def read_text(raw: bytes | str, *, file: str | None = None, limit: int = MAX_BYTES) -> Document:
    """Read YAML or JSON text; see ``read_path``."""
    if len(raw) > limit:
        message = f"this is larger than {limit:,} bytes, far more than it can need"
        raise InputError([Fault("too-large", message, file)])
    if isinstance(raw, bytes):
        try:
            raw = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            place = _mark(error.object[: error.start].decode("utf-8"))
            message = f"this is not UTF-8 text (byte {error.object[error.start]:#04x})"
            raise InputError([Fault("not-utf-8", message, file, *place, help="Save the file as UTF-8.")]) from None
    text = str(raw).removeprefix("\ufeff")
    if strange := _NOT_TEXT.search(text):
        message = f"this holds a character that is not text (U+{ord(strange.group()):04X})"
        raise InputError([
            Fault("not-text", message, file, *_mark(text[: strange.start()]), help="Save the file as plain UTF-8 text.")
        ])  # fmt: skip
    if text.lstrip()[:1] in ("{", "["):
        try:
            data = json.loads(
                text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite, parse_int=_whole
            )
            _measure(data)
        except (ValueError, RecursionError):
            pass  # the YAML reader below finds the same fault, with its place
        else:
            return Document(data, file, relocate=lambda: _read_yaml(_PAIR.sub(r"\\u25a1\\u25a1", text), file))
    return _read_yaml(text, file)


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


def _measure(data: Any) -> None:
    todo = [(data, 1)]
    while todo:
        item, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise _BadJSONError("too deep")
        if isinstance(item, str) and not item.isascii():
            item.encode()  # a lone surrogate is no text
        inside = (*item, *item.values()) if isinstance(item, dict) else item if isinstance(item, list) else ()
        todo.extend((child, depth + 1) for child in inside)


def _read_yaml(text: str, file: str | None) -> Document:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = Document(None, file)
    faults: list[Fault] = []
    try:
        _Builder(document, faults).build(yaml.parse(text, Loader=loader))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        faults.append(_explain(error, text, file))
    if faults:
        raise InputError(faults)
    document.values.setdefault((), (1, 1))
    return document


_PROBLEMS = (
    ("or ']'", "a list opened with `[` is not closed, or lacks a comma"),
    ("or '}'", "a mapping opened with `{` is not closed, or lacks a comma"),
    ("mapping values are not allowed", "a colon cannot stand here"),
    ("expected ':'", "a name is not followed by a colon"),
    ("end of stream", "a quote is opened and not closed"),
    ("document start", "something follows where the data has ended"),
    ("expected key", "this line is not indented like those it belongs to"),
    ("block end", "this line is not indented like those it belongs to"),
    ("'-' indicator", "this line is not indented like those it belongs to"),
    ("start any token", "text cannot begin with this character unless it is put in quotes"),
)


def _explain(error: Any, text: str, file: str | None) -> Fault:
    """What the YAML parser stumbled over, in plain words."""
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    help_text = "Check the indentation, and put text that holds a colon in quotes."
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    said = next((words for sign, words in _PROBLEMS if sign in said), said)
    if mark and opened and "closed" in said and opened.line != mark.line:
        said += f" (it begins on line {opened.line + 1})"
    if mark and "\t" in "".join(text.split("\n")[mark.line : mark.line + 1])[: mark.column + 1]:
        said, help_text = "a tab is used for indentation", "Indent with spaces."
    what = "neither valid JSON nor valid YAML" if text.lstrip()[:1] in ("{", "[") else "not valid YAML"
    place = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return Fault("not-yaml", f"this is {what}: {said}", file, *place, help=help_text)


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
                continue
            if not isinstance(event, kinds.NodeEvent):
                if isinstance(event, kinds.SequenceEndEvent | kinds.MappingEndEvent):
                    stack.pop()
                    keys.pop()
                continue
            parent, above = stack[-1] if stack else (None, ())
            is_key = isinstance(parent, dict) and keys[-1] is None
            place: Place = above
            if isinstance(parent, list):
                place = (*above, len(parent))
            elif stack and not is_key:
                place = (*above, keys[-1])
            if isinstance(event, kinds.AliasEvent):
                message = "references to other parts of the file (`*name`) are not allowed; write it out"
                self._stop("alias", message, mark, place)
            self._refuse_decoration(event, mark, place)
            if isinstance(event, kinds.ScalarEvent):
                if is_key:
                    keys[-1] = self._key(event, stack[-1], mark)
                    continue
                made = self._scalar(event, mark, place)
            elif is_key:
                self._stop("strange-key", "a name must be a plain word, not a list or mapping", mark, place)
            elif len(stack) >= MAX_DEPTH:
                self._stop("too-deep", f"this is nested more than {MAX_DEPTH} levels deep", mark, place)
            else:
                made = {} if isinstance(event, kinds.MappingStartEvent) else []
                stack.append((made, place))
                keys.append(None)
            self.document.values[place] = mark
            if parent is None:
                self.document.data = made
            elif isinstance(parent, list):
                parent.append(made)
            else:
                parent[place[-1]] = made
                keys[len(above)] = None

    def _stop(self, code: str, message: str, mark: Mark, place: Place = ()) -> NoReturn:
        self.faults.append(Fault(code, message, self.document.file, *mark, path=pointer(place)))
        raise InputError(self.faults)

    def _note(
        self, code: str, message: str, mark: Mark, place: Place, value: str, help_text: str | None = None
    ) -> None:
        if len(self.faults) == MAX_FAULTS:
            message = "there are more faults from here on; put the ones above right first"
            self._stop("more-faults", message, mark, place)
        where = pointer(place)
        self.faults.append(Fault(code, message, self.document.file, *mark, where, value=value, help=help_text))

    def _refuse_decoration(self, event: Any, mark: Mark, place: Place) -> None:
        if event.anchor is not None:
            self._stop("anchor", "names for parts of the file (`&name`) are not allowed; write it out", mark, place)
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._stop("tag", f"`{_cut(tag)}` is not allowed here; write plain values", mark, place)

    def _key(self, event: Any, open_mapping: tuple[Any, Place], mark: Mark) -> str:
        mapping, above = open_mapping
        key = str(event.value)
        place = (*above, key)
        if event.implicit[0]:
            self._trap(key, mark, place)
        if key in mapping:
            first = self.document.keys[place][0]
            self._note("repeated-key", f"`{_cut(key)}` is here twice (first on line {first})", mark, place, _cut(key))
        else:
            self.document.keys[place] = mark
        return key

    def _trap(self, text: str, mark: Mark, place: Place) -> bool:
        code, message = "ambiguous-word", f"`{_cut(text)}` is read differently by different programs"
        if text in ("true", "false", "null"):
            return False
        if _NOT_FINITE.match(text):
            code, message = "not-finite", f"`{text}` is not a finite number"
            help_text = "Leave it out when it is not known; if text is meant, put it in quotes."
        elif _ODD_NUMBER.match(text):
            help_text = "Write a plain number such as 12 or 0.5; if text is meant, put it in quotes."
        elif _SWITCH.match(text):
            help_text = "Write true or false; if the word itself is meant, put it in quotes."
            if text.lower() == "null":
                help_text = "Leave it out, or write null."
        else:
            return False
        self._note(code, message, mark, place, _cut(text), help_text)
        return True

    def _scalar(self, event: Any, mark: Mark, place: Place) -> Any:
        text = str(event.value)
        if not event.implicit[0]:
            return text
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if self._trap(text, mark, place):
            return text
        if _INTEGER.match(text) and len(text) <= MAX_DIGITS:
            return int(text)
        if _FLOAT.match(text):
            value = float(text)
            if not math.isfinite(value):
                self._note("not-finite", f"`{_cut(text)}` is too large a number", mark, place, _cut(text))
            return value
        return text


def _follow(data: Any, loc: tuple[str | int, ...]) -> Place:
    """Keep the parts of pydantic's location that exist in the data (it adds names of union members)."""
    place: list[str | int] = []
    current = data
    last = len(loc) - 1
    for position, part in enumerate(loc):
        listed = isinstance(current, list | tuple) and isinstance(part, int) and part < len(current)
        if listed or (isinstance(current, Mapping) and part in current):
            current = current[part]
            place.append(part)
        elif position == last and isinstance(current, Mapping):
            place.append(part)
    return tuple(place)


def _parts(kind: Any) -> Iterator[Any]:
    """A type, what it is made of, and what is noted about it."""
    from typing import get_args

    yield kind
    for inner in (*get_args(kind), *getattr(kind, "metadata", ())):
        yield from _parts(inner)


def _types(root: Any, loc: tuple[str | int, ...]) -> list[Any]:
    """The types that stand where ``loc`` leads to, with all their parts."""
    found = list(_parts(root))
    for name in loc:
        inside = [
            part
            for model in found
            for key, field in getattr(model, "model_fields", {}).items()
            if name in (key, field.alias)
            for part in (*_parts(field.annotation), *_parts(field))
        ]
        found = inside or found
    return found


def _fields(root: Any, loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """The names of the fields that the model at ``loc`` has."""
    models = [model for model in _types(root, loc) if hasattr(model, "model_fields")]
    return tuple(dict.fromkeys(field.alias or name for model in models for name, field in model.model_fields.items()))


def _bounds(root: Any, loc: tuple[str | int, ...]) -> str:
    """The range of the number at ``loc``, in words."""
    types = _types(root, loc)
    least, most = (next((getattr(part, end) for part in types if hasattr(part, end)), None) for end in ("ge", "le"))
    if least is not None and most is not None:
        return f"from {least:g} to {most:g}"
    return f"at least {least:g}" if least is not None else f"at most {most:g}"


def _named(place: Place) -> str:
    """How a sentence calls the value at a place."""
    if isinstance(place[-1], str):
        return f"`{_cut(place[-1])}`"
    whose = next((f" of `{_cut(part)}`" for part in reversed(place) if isinstance(part, str)), "")
    return f"entry {place[-1] + 1}{whose}"


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _value(given: Any) -> str | None:
    """A plain value as text; what is not plain is not repeated."""
    if isinstance(given, str):
        return _cut(given)
    if isinstance(given, bool) or given is None:
        return {True: "true", False: "false", None: "null"}[given]
    if isinstance(given, int) and given.bit_length() > 64:
        return _cut(str(given)) if given.bit_length() < 1024 else "a number with hundreds of digits"
    return str(given) if isinstance(given, int | float) else None


def _shown(given: Any) -> str:
    """A value as it stands in a sentence."""
    if isinstance(given, str):
        return f"`{_cut(given)}`"
    if given is None:
        return "empty"
    if isinstance(given, Mapping):
        return "a mapping"
    if isinstance(given, list | tuple | set | frozenset):
        return "a list"
    return _value(given) or f"a value of type {type(given).__name__}"
