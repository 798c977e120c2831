"""Values that cannot be changed: what an engine shares is made of them, so that no answer can reach into the next.

They are the usual containers, except that whatever would change one raises ``TypeError``. So they are read, compared,
written as JSON and pickled as ever. A copy of a list or a dictionary is an ordinary one, and may be changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, Self, TypeVar, get_args

from pydantic import BaseModel, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from prehab.graph.record import Record

__all__ = ["Frozen", "FrozenDict", "FrozenList", "Table", "Told", "Values", "frozen", "is_sealed", "unlooked"]

Key = TypeVar("Key")
Value = TypeVar("Value")
Model = TypeVar("Model", bound=BaseModel)
Kind = TypeVar("Kind")

_set_values, _set_told = (BaseModel.__dict__[slot].__set__ for slot in ("__dict__", "__pydantic_fields_set__"))


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError("this cannot be changed; change a copy of it")


class FrozenDict(dict[Key, Value]):
    """A dictionary that cannot be changed. It can be hashed if its values can."""

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> dict[Key, Value]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenDict[Key, Value]:
        from copy import deepcopy

        return FrozenDict(deepcopy(dict(self), memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validated, written and described as the dictionary that it is."""
        schema = handler.generate_schema(dict[get_args(source) or (Any, Any)])  # type: ignore[misc]
        return core_schema.no_info_after_validator_function(cls, schema)


class FrozenList(list[Value]):
    """A list that cannot be changed. It can be hashed if its items can."""

    __slots__ = ()
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))

    def __copy__(self) -> list[Value]:
        return list(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenList[Value]:
        from copy import deepcopy

        return FrozenList(deepcopy(list(self), memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenList, (list(self),)


class Values(dict[str, Any]):
    """The values of a sealed model, which cannot be changed by way of ``vars`` either.

    Any copy, as of a model that is copied, is an ordinary dictionary.
    """

    __slots__ = ()
    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        from copy import deepcopy

        return deepcopy(dict(self), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Told(set[str]):
    """The names of the fields that were told to a sealed model. Any copy is an ordinary set."""

    __slots__ = ()
    __iand__ = __ior__ = __isub__ = __ixor__ = _refuse
    add = clear = difference_update = discard = intersection_update = pop = remove = _refuse
    symmetric_difference_update = update = _refuse

    def __copy__(self) -> set[str]:
        return set(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> set[str]:
        return set(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return set, (list(self),)


_PLAIN = frozenset((str, int, float, bool, type(None)))
_FROZEN = {*_PLAIN, FrozenDict, FrozenList}


def unlooked(kind: type[Kind]) -> type[Kind]:
    """Mark a class whose objects are frozen as they are: nothing looks into them."""
    _FROZEN.add(kind)
    return kind


def frozen(value: Any) -> Any:
    """The same with everything inside frozen: lists and dictionaries made anew, models sealed where they are.

    Nothing that is frozen already is looked into again. What is neither a container nor a model is left as it is.
    """
    kind = type(value)
    if kind in _FROZEN:
        return value
    if kind is list:
        return FrozenList([one if type(one) in _FROZEN else frozen(one) for one in value])
    if kind is dict:
        return FrozenDict({key: one if type(one) in _FROZEN else frozen(one) for key, one in value.items()})
    if kind is tuple:
        return tuple([one if type(one) in _FROZEN else frozen(one) for one in value])
    if hasattr(value, "__pydantic_fields_set__"):  # a model; asked so for speed
        _seal(value)
    return value


def is_sealed(model: BaseModel) -> bool:
    """Whether a model cannot be changed by way of ``vars`` either. What is in it, one has to have frozen oneself."""
    return type(vars(model)) is Values


def _seal(model: BaseModel) -> None:
    """Freeze the values of a model, and the model itself, in place."""
    _set_values(model, Values({n: v if type(v) in _FROZEN else frozen(v) for n, v in vars(model).items()}))
    if type(model.__pydantic_fields_set__) is not Told:
        _set_told(model, Told(model.__pydantic_fields_set__))


class Frozen(Record):
    """A record whose fields are frozen when it is made. Its copy is itself; only its fields are pickled."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for name in self._takes:
            value = getattr(self, name)
            if type(value) not in _FROZEN:
                object.__setattr__(self, name, frozen(value))
        if hasattr(self, "__dict__"):
            object.__setattr__(self, "__dict__", Values(vars(self)))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


Table = Annotated[Mapping[Key, Value], FrozenDict]
"""A mapping as a field of a model; its values are frozen dictionaries."""
