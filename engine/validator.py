"""The validator of runners, ready made.

pydantic works out what to check from the models, in every process anew and for longer than an answer takes; the
validator itself is built of the result at once. So the result is kept in the compiled pack, with the versions of
pydantic that it was made with. Elsewhere, and with any other version, pydantic works it out: the checks are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, reduce
from importlib import import_module
from typing import Any

from pydantic import VERSION
from pydantic_core import SchemaValidator, __version__

from prehab.graph.pack_file import bundled_pack_file
from prehab.graph.schema import Word
from prehab.runner import Runner, blank_of
from prehab.units import In

__all__ = ["PART", "kept_schema", "runner_validator", "validator_of"]

PART = "runner"
"""The part of the compiled pack that holds it."""

_MARK = "$"
_MADE_WITH = [VERSION, __version__]


@cache
def runner_validator() -> SchemaValidator:
    """Validates the data of runners; the words that they may name are its context."""
    file = bundled_pack_file()
    kept = None if file is None or PART not in file else validator_of(file.part(PART))
    if kept is not None:
        return kept
    Runner.model_rebuild()
    own: Any = Runner.__pydantic_validator__
    return own  # type: ignore[no-any-return]


def validator_of(kept: Mapping[str, Any]) -> SchemaValidator | None:
    """The validator of a kept schema; None where it was made with other versions of pydantic."""
    if kept["made_with"] != _MADE_WITH:
        return None
    schema: Any = _made(kept["schema"])
    model = schema
    while model["type"] != "model":
        model = model["schema"]
    return SchemaValidator(schema, model["config"])


def kept_schema() -> dict[str, Any]:
    """What pydantic worked out of the models, as plain data, which ``validator_of`` takes."""
    Runner.model_rebuild()
    return {"made_with": _MADE_WITH, "schema": _told(Runner.__pydantic_core_schema__)}


def _told(part: Any) -> Any:
    """A part of a schema as plain data; what is no data in it by where it is found."""
    if isinstance(part, dict):
        return {key: _told(value) for key, value in part.items() if key != "metadata"}  # of JSON Schemas
    if type(part) is list:
        return [_told(one) for one in part]
    if part is None or isinstance(part, str | int | float):
        return part
    return {_MARK: _named(part)}


def _named(part: Any) -> list[Any]:
    owner = getattr(part, "__self__", None)
    if type(part) is tuple:
        return ["tuple", *map(_told, part)]
    if isinstance(owner, Word):
        return ["word", owner.kind]
    if isinstance(owner, In):
        return ["in", owner.unit]
    if getattr(part, "section", None) is not None:
        return ["blank", *_named(part.section)[1:]]
    name = part.__qualname__ if owner is None else f"{owner.__qualname__}.{part.__name__}"
    way = part.__module__, *name.split(".")
    if "<" in name or _at(*way) != part:
        raise TypeError(f"{part!r} cannot be kept")
    return ["at", *way]


def _at(module: str, *names: str) -> Any:
    return reduce(getattr, names, import_module(module))


_KINDS: Mapping[str, Callable[..., Any]] = {
    "tuple": lambda *parts: tuple(map(_made, parts)),
    "word": lambda kind: Word(kind)._check,
    "in": lambda unit: In(unit)._read,
    "blank": lambda *place: blank_of(_at(*place)),
    "at": _at,
}


def _made(part: Any) -> Any:
    """The inverse of ``_told``."""
    if type(part) is dict:
        named = part.get(_MARK)
        if named is not None:
            return _KINDS[named[0]](*named[1:])
        return {key: _made(value) if type(value) in (dict, list) else value for key, value in part.items()}
    return [_made(one) if type(one) in (dict, list) else one for one in part]
