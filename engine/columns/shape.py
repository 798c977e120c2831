"""The shape of a runner file: every field with what it may hold, as ``prehab.runner`` declares it.

Whoever reads runners otherwise than by ``Engine.read`` checks them against it. A declaration that is not understood
here is an error, so that nothing is read that was not checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, GroupedMetadata, Le, MaxLen
from pydantic import Strict
from pydantic.fields import FieldInfo

from prehab.graph.schema import Input, Word
from prehab.runner import Day, Runner, Section
from prehab.units import In

__all__ = ["Shape", "runner_shape"]

_CHECKED = {"_nothing_is_unknown", "_empty_is_unknown", "_has_a_place", "_has_a_day", "_nothing_was_done_tomorrow"}
"""The checks of whole models; ``prehab.columns.arrow`` knows them."""


@dataclass(frozen=True)
class Shape:
    """What a place of a runner file may hold.

    Attributes:
        kind: ``object``, ``list``, ``number``, ``integer``, ``boolean``, ``word`` or ``day``.
        fields: The fields of an object.
        entries: What stands in a list.
        least: The smallest number.
        most: The largest number, or of a list the most entries.
        words: The words themselves, or the name of a list of words that the pack has.
        null: Whether a null says the same as leaving it out.
    """

    kind: str
    fields: Mapping[str, Shape] = field(default_factory=dict)
    entries: Shape | None = None
    least: float = float("-inf")
    most: float = float("inf")
    words: tuple[str, ...] | str = ()
    null: bool = True

    def never_null(self) -> Iterator[str]:
        """The names of the fields, at whatever depth, that may be left out and not be null."""
        for name, one in self.fields.items():
            if not one.null:
                yield name
            yield from one.never_null()
        if self.entries is not None:
            yield from self.entries.never_null()


@cache
def runner_shape() -> Shape:
    """The shape of a whole runner.

    Raises:
        TypeError: A field is declared in a way that is not known here.
    """
    return _object(Runner)


def _object(model: type[Input]) -> Shape:
    told = model.__pydantic_decorators__
    checks = {*told.model_validators, *told.validators, *told.root_validators, *told.field_validators}
    if unknown := checks - _CHECKED:
        raise TypeError(f"{model.__name__} is checked by {min(unknown)}")
    fields = {}
    for name, about in model.model_fields.items():
        shape = _of(about.annotation, list(about.metadata))
        if not shape.null and issubclass(model, Section):  # in which a null is nothing told
            shape = _with(shape, null=True)
        fields[name] = shape
    return Shape("object", fields)


def _with(shape: Shape, **changes: Any) -> Shape:
    return Shape(**{**vars(shape), **changes})


def _of(told: Any, metadata: list[Any]) -> Shape:
    """The shape of an annotation."""
    if told == Day:
        return Shape("day", null=False)
    origin, parts = get_origin(told), get_args(told)
    if origin is Annotated:
        base, *more = parts
        return _of(base, [*more, *metadata])
    if origin in (Union, UnionType):
        others = [one for one in parts if one is not NoneType]
        if len(others) != 1 or len(others) == len(parts):
            raise TypeError(f"{told} is not one type or nothing")
        return _with(_of(others[0], metadata), null=True)
    bounds = _bounds(metadata)
    words = bounds.pop("words", None)
    if origin is tuple and len(parts) == 2 and parts[1] is Ellipsis and words is None:
        bounds.pop("bends", None)  # any list is a tuple then, which JSON has no other name for
        return Shape("list", entries=_of(parts[0], []), null=False, **bounds)
    if origin is Literal and all(isinstance(one, str) for one in parts) and not bounds and words is None:
        return Shape("word", words=parts, null=False)
    if told is str and words is not None and not bounds:
        return Shape("word", words=words, null=False)
    if bounds.pop("bends", False):
        raise TypeError(f"{told} takes what is no {told}")
    if told in (int, float) and words is None:
        return Shape("integer" if told is int else "number", null=False, **bounds)
    if told is bool and words is None and not bounds:
        return Shape("boolean", null=False)
    if isinstance(told, type) and issubclass(told, Input) and words is None and not bounds:
        shape = _object(told)
        return _with(shape, null=False)
    raise TypeError(f"{told} is not known in a runner")


def _bounds(metadata: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in metadata:
        if isinstance(one, FieldInfo):
            found |= _bounds(list(one.metadata))
        elif isinstance(one, GroupedMetadata):
            found |= _bounds(list(one))
        elif isinstance(one, Ge):
            found["least"] = float(one.ge)  # type: ignore[arg-type]
        elif isinstance(one, Le):
            found["most"] = float(one.le)  # type: ignore[arg-type]
        elif isinstance(one, MaxLen):
            found["most"] = float(one.max_length)
        elif isinstance(one, Word):
            found["words"] = one.kind
        elif isinstance(one, Strict):
            found["bends"] = not one.strict
        elif not isinstance(one, In):  # text with a unit is set aside here, and read by whoever reads one by one
            raise TypeError(f"{one} is not known in a runner")
    return found
