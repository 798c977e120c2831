"""Mappings and lists whose contents are made when they are first asked for. Nothing in them can be changed.

They read, compare, copy and pickle as the frozen dictionaries and tuples that they stand for. Nothing here takes a
lock: two threads may both make an entry; the first one that is kept is what everybody gets.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from typing import Any, NoReturn, TypeVar, overload

from prehab.graph.frozen import FrozenDict, frozen, unlooked

__all__ = ["Each", "Rows", "Unread", "thawed"]

Key = TypeVar("Key")
Value = TypeVar("Value")


class _Fixed:
    """What nobody can change."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this cannot be changed; change a copy of it")

    __setitem__ = __delitem__ = _refuse

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"`{name}` cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"`{name}` cannot be deleted")


class _Standing(_Fixed, Mapping[Key, Value]):
    """Stands for a frozen dictionary."""

    __slots__ = ()
    _refuse = _Fixed._refuse
    __ior__ = clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return repr(dict(self))

    def __or__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[Any, Any]) -> dict[Any, Any]:
        return {**other, **self}

    def __copy__(self) -> dict[Key, Value]:
        return dict(self)

    def copy(self) -> dict[Key, Value]:
        """An ordinary dictionary of the same."""
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenDict[Key, Value]:
        from copy import deepcopy

        return FrozenDict(deepcopy(dict(self), memo))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


@unlooked
class Each(_Standing[Key, Value]):
    """A mapping of which each value is made when it is first asked for.

    Args:
        told: What each value is made of.
        make: Makes a value of it.
    """

    __slots__ = ("_made", "_make", "_told")
    _told: Mapping[Key, Any]
    _make: Callable[[Any], Value]
    _made: dict[Key, Value]

    def __init__(self, told: Mapping[Key, Any], make: Callable[[Any], Value]) -> None:
        for name, value in (("_told", told), ("_make", make), ("_made", {})):
            object.__setattr__(self, name, value)

    def __getitem__(self, key: Key) -> Value:
        found = self._made.get(key)
        return self._made.setdefault(key, frozen(self._make(self._told[key]))) if found is None else found

    def __contains__(self, key: object) -> bool:
        return key in self._told

    def __iter__(self) -> Iterator[Key]:
        return iter(self._told)

    def __reversed__(self) -> Iterator[Key]:
        return reversed(list(self._told))

    def __len__(self) -> int:
        return len(self._told)


@unlooked
class Unread(_Standing[Key, Value]):
    """A mapping that is read as a whole when something in it is first asked for.

    Args:
        read: Reads the mappings of which this is one.
        which: Which of them it is.
        about: What is known of it before it is read.
    """

    __slots__ = ("_found", "_read", "_which", "about")
    _read: Callable[[Any], Mapping[Key, Value]]
    _which: Any
    _found: Mapping[Key, Value]
    about: Any

    def __init__(self, read: Callable[[Any], Mapping[Key, Value]], which: Any, about: Any = None) -> None:
        for name, value in (("_read", read), ("_which", which), ("about", about)):
            object.__setattr__(self, name, value)

    def _whole(self) -> Mapping[Key, Value]:
        try:
            return self._found
        except AttributeError:
            object.__setattr__(self, "_found", frozen(self._read(self._which)))
            return self._found

    def __getitem__(self, key: Key) -> Value:
        return self._whole()[key]

    def get(self, key: Key, default: Any = None) -> Any:
        return self._whole().get(key, default)

    def __contains__(self, key: object) -> bool:
        return key in self._whole()

    def __iter__(self) -> Iterator[Key]:
        return iter(self._whole())

    def __reversed__(self) -> Iterator[Key]:
        return reversed(list(self._whole()))

    def __len__(self) -> int:
        return len(self._whole())

    def items(self) -> ItemsView[Key, Value]:
        return self._whole().items()

    def values(self) -> ValuesView[Value]:
        return self._whole().values()


@unlooked
class Rows(_Fixed, Sequence[Value]):
    """A tuple of which each value is made when it is first asked for.

    Args:
        told: What each value is made of.
        make: Makes the value of a number, of what is told there.
    """

    __slots__ = ("_made", "_make", "_told")
    _told: Sequence[Any]
    _make: Callable[[int, Any], Value]
    _made: dict[int, Value]

    def __init__(self, told: Sequence[Any], make: Callable[[int, Any], Value]) -> None:
        for name, value in (("_told", told), ("_make", make), ("_made", {})):
            object.__setattr__(self, name, value)

    @overload
    def __getitem__(self, which: int) -> Value: ...

    @overload
    def __getitem__(self, which: slice) -> tuple[Value, ...]: ...

    def __getitem__(self, which: int | slice) -> Value | tuple[Value, ...]:
        if isinstance(which, slice):
            return tuple([self[number] for number in range(len(self._told))[which]])
        found = self._made.get(which)
        if found is not None:
            return found
        number = range(len(self._told))[which]  # it may be counted from the end
        found = self._made.get(number)
        return self._made.setdefault(number, self._make(number, self._told[number])) if found is None else found

    def __len__(self) -> int:
        return len(self._told)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == (tuple(other) if isinstance(other, Rows) else other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __add__(self, other: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(self) + tuple(other)

    def __radd__(self, other: tuple[Any, ...]) -> tuple[Any, ...]:
        return other + tuple(self)

    def __copy__(self) -> tuple[Value, ...]:
        return tuple(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[Value, ...]:
        from copy import deepcopy

        return deepcopy(tuple(self), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return tuple, (list(self),)


def thawed(mapping: Mapping[Key, Value]) -> dict[Key, Value]:
    """The same as a dictionary, which JSON can hold."""
    return mapping if isinstance(mapping, dict) else dict(mapping)
