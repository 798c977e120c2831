"""Pydantic's findings in the reader's words: where in the file, what is allowed, the nearest name."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prehab.graph.faults import Fault, nearest, shorten
from prehab.graph.files import MAX_FAULTS

if TYPE_CHECKING:
    from pydantic import ValidationError

    from prehab.graph.files import Document, Place

__all__ = ["follow", "told", "translate"]

_LIKE_A_NUMBER = re.compile(r"[-+]?[0-9.,]+\Z")


def translate(
    document: Document,
    error: ValidationError,
    root: Any,
    at: Place,
    also: Mapping[str, Mapping[str, str]],
    helps: Mapping[str, str],
) -> list[Fault]:
    """See ``Document.faults``."""
    found = [(follow(document.data, (*at, *loc), item["type"]), item) for loc, item in told(error)]
    if len(found) > MAX_FAULTS:
        wheres = [document.where(place, key=item["type"] == "extra_forbidden") for place, item in found]
        order = sorted(range(len(found)), key=lambda i: (wheres[i]["line"] or 0, wheres[i]["column"] or 0, i))
        found = [found[i] for i in order]
    faults = [_translate(document, place, item, root, also, helps) for place, item in found[:MAX_FAULTS]]
    if len(found) > MAX_FAULTS:
        place, item = found[MAX_FAULTS]
        message = f"from here on there are {len(found) - MAX_FAULTS:,} more faults; put the ones above right first"
        faults.append(document.fault("more-faults", message, place, key=item["type"] == "extra_forbidden"))
    return faults


def _translate(
    document: Document,
    place: Place,
    item: Any,
    root: Any,
    also: Mapping[str, Mapping[str, str]],
    helps: Mapping[str, str],
) -> Fault:
    kind, loc, given, context = item["type"], item["loc"], item.get("input"), item.get("ctx") or {}
    name = _named(place) if place else "the file" if document.file else "the data"

    def fault(code: str, message: str, **more: Any) -> Fault:
        return document.fault(code, message, place, **{"value": _value(given), "help": helps.get(code), **more})

    if kind == "extra_forbidden":
        fields, word = _fields(root, loc[:-1]), str(loc[-1])
        belongs = _belongs(word, root)
        return fault(
            "unknown-field", f"unknown field `{shorten(word)}`", key=True, value=shorten(word),
            allowed=() if belongs else fields, did_you_mean=nearest(word, fields), help=belongs,
        )  # fmt: skip
    if kind == "missing":
        return document.fault("missing-field", f"`{loc[-1]}` is missing", place[:-1], key=True)
    if allowed := tuple(context.get("allowed", ())):
        code, word = str(kind).replace("_", "-"), str(context["word"])
        close = nearest(word, allowed, also.get(code))
        return fault(code, item["msg"].replace(word, shorten(word)), allowed=allowed, did_you_mean=close)
    if kind == "literal_error":
        options = tuple(re.findall(r"'([^']*)'", context["expected"]))
        if not options:
            return fault("unknown-word", f"{name} can only be {context['expected'].lower()}, or left out")
        whose = next(f"`{part}`" for part in reversed(place) if isinstance(part, str))
        close = nearest(given, options) if isinstance(given, str) else ()
        return fault("unknown-word", f"{_shown(given)} is not one of the words for {whose}",
                     allowed=options, did_you_mean=close)  # fmt: skip
    if kind in ("greater_than_equal", "less_than_equal"):
        shown, written = _shown(given), _at(document.data, place)
        if isinstance(written, str):  # with its unit
            shown = f"{_shown(written)} ({given:g})"
        return fault("out-of-range", f"{name} is {shown}, but must be {_bounds(root, loc)}")
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
            more: dict[str, Any] = {}
            if isinstance(given, str) and "number" in words and _LIKE_A_NUMBER.match(given):
                more["help"] = "Write a plain number such as 12 or 0.5, without quotes."
            elif isinstance(given, str) and (unit := _unit(root, loc)):
                more["help"] = f"Write a plain number in {unit}, or one with its unit, such as 12 {unit}."
            elif isinstance(given, str) and "number" in words:
                such = "12" if "whole" in words else "12 or 0.5"
                more["help"] = f"Write a plain number such as {such}, without unit or words."
            if given in ("true", "false"):
                more["help"] = "Write it without quotes."
            if code == "not-a-list" and isinstance(given, str | int | float):
                inside = _fields(root, loc)
                one = f"{{{inside[0]}: …}}" if inside else shorten(str(given))
                more["help"] = f"Write a list: `[{one}]`."
            if code == "not-a-list" and isinstance(given, Mapping):
                more["help"] = "Begin each entry of the list with `- `."
            if code == "not-a-mapping" and (inside := _fields(root, loc)):
                more |= {"allowed": inside} if place else {"help": f"Write `name: value`, such as `{inside[0]}: …`."}
            is_text = "the text " if isinstance(given, str) else ""
            return fault(code, f"{name} must be {words}, but is {is_text}{_shown(given)}", **more)
    message = str(item["msg"]).removeprefix("Value error, ")
    return fault(kind.replace("_", "-"), message[:1].lower() + message[1:])


def told(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """What pydantic found, each with its place, and the way on that a check of several fields has named (``at``).

    What is neither a whole nor another number is found twice, and told once.
    """
    items = [((*item["loc"], *(item.get("ctx") or {}).get("at", ())), item) for item in error.errors(include_url=False)]
    floats = {loc[:-1] for loc, _ in items if loc[-1:] == ("float",)}
    for loc, item in items:
        if not (loc[-1:] == ("int",) and loc[:-1] in floats):
            yield loc, item


def follow(data: Any, loc: tuple[str | int, ...], kind: str) -> Place:
    """Keep the parts of pydantic's location that exist in the data (it adds names of union members).

    Of what is missing the last part, of course, does not exist.
    """
    place: list[str | int] = []
    current = data
    last = len(loc) - 1
    for position, part in enumerate(loc):
        listed = isinstance(current, list | tuple) and isinstance(part, int) and part < len(current)
        if listed or (isinstance(current, Mapping) and part in current):
            current = current[part]
            place.append(part)
        elif position == last and kind == "missing" and isinstance(current, Mapping):
            place.append(part)
    return tuple(place)


def _at(data: Any, place: Place) -> Any:
    """The value at a place of the data."""
    for part in place:
        data = data[part]
    return data


def _unit(root: Any, loc: tuple[str | int, ...]) -> str | None:
    """The unit of the number at ``loc``, where it may be written with one."""
    return next((part.unit for part in _types(root, loc) if isinstance(getattr(part, "unit", None), str)), None)


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


def _belongs(word: str, root: Any) -> str | None:
    """Where a field belongs that stands at the wrong place; what to do about a decimal comma."""
    if word.isdigit():
        return "In brackets a comma begins something new: write a number with a point, such as 7.5."
    places = [".".join(place) for place in _places(word, root, ()) if place]
    return f"`{shorten(word)}` belongs under {' or '.join(f'`{place}`' for place in places[:3])}." if places else None


def _places(word: str, kind: Any, at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The places of all objects, down to the third level, that have a field of this name."""
    for model in dict.fromkeys(part for part in _parts(kind) if hasattr(part, "model_fields")):
        for name, field in model.model_fields.items():
            if word in (name, field.alias):
                yield at
            if len(at) < 3:
                yield from _places(word, field.annotation, (*at, field.alias or name))


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
        return f"`{shorten(place[-1])}`"
    whose = next((f" of `{shorten(part)}`" for part in reversed(place) if isinstance(part, str)), "")
    return f"entry {place[-1] + 1}{whose}"


def _value(given: Any) -> str | None:
    """A plain value as text; what is not plain is not repeated."""
    if isinstance(given, str):
        return shorten(given)
    if isinstance(given, bool) or given is None:
        return {True: "true", False: "false", None: "null"}[given]
    if isinstance(given, int) and given.bit_length() > 64:
        return shorten(str(given)) if given.bit_length() < 1024 else "a number with hundreds of digits"
    return str(given) if isinstance(given, int | float) else None


def _shown(given: Any) -> str:
    """A value as it stands in a sentence."""
    if isinstance(given, str):
        return f"`{shorten(given)}`"
    if given is None:
        return "empty"
    if isinstance(given, Mapping):
        return "a mapping"
    if isinstance(given, list | tuple | set | frozenset):
        return "a list"
    return _value(given) or f"a value of type {type(given).__name__}"
