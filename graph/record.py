"""Classes of values that cannot be changed, which cost little to define.

``dataclass(frozen=True)`` compiles half a dozen methods for each class, for a millisecond of every process that imports
it. The methods of a record are written once, here. For ``dataclasses`` it is one: ``replace`` and ``fields`` take it.
Whatever is made by the thousand for each runner is better off with methods of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, ClassVar, NoReturn, TypeVar, dataclass_transform

__all__ = ["Record", "record"]

Made = TypeVar("Made", bound="Record")

_put = object.__setattr__


class Record:
    """What records can do: all that frozen dataclasses can but stand in an order."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _compared: ClassVar[Callable[[Record], Any]]

    def __init__(self, *values: Any, **named: Any) -> None:
        known = self.__dataclass_fields__
        if len(values) > len(known):
            raise TypeError(
                f"{type(self).__name__} takes {len(known)} values at the most, and {len(values)} were given"
            )
        for number, (name, one) in enumerate(known.items()):
            if number < len(values):
                if name in named:
                    raise TypeError(f"{type(self).__name__} was given `{name}` twice")
                _put(self, name, values[number])
            elif name in named:
                _put(self, name, named.pop(name))
            elif one.default is not MISSING:
                _put(self, name, one.default)
            elif one.default_factory is not MISSING:
                _put(self, name, one.default_factory())
            else:
                raise TypeError(f"{type(self).__name__} needs `{name}`")
        if named:
            raise TypeError(f"{type(self).__name__} has no {' or '.join(f'`{name}`' for name in named)}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """For what is to be seen to once the values are there."""

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared = type(self)._compared
        return bool(compared(self) == compared(other))

    def __hash__(self) -> int:
        return hash(type(self)._compared(self))

    def __repr__(self) -> str:
        told = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__qualname__}({told})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"`{name}` of a {type(self).__name__} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"`{name}` of a {type(self).__name__} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, slots: bool = True) -> Callable[[type[Made]], type[Made]]:
    """Make a record of a class: its annotations are its fields.

    Args:
        slots: Whether it has slots for them, and room for nothing else.
    """

    def of(kind: type[Made]) -> type[Made]:
        made = dataclass(init=False, repr=False, eq=False, slots=slots)(kind)
        made._compared = attrgetter(*[one.name for one in fields(made) if one.compare])
        return made

    return of
