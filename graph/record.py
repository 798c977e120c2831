"""Classes of values which cost little to define: records, that cannot be changed, and structs, that can.

``dataclass`` compiles half a dozen methods for each class, for a millisecond of every process that imports it. Here
they are written once. For ``dataclasses`` these classes are its own: ``replace`` and ``fields`` take them. Of what is
made again and again, a constructor is compiled then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from functools import partial
from operator import attrgetter
from types import MemberDescriptorType
from typing import Any, ClassVar, NoReturn, TypeVar, dataclass_transform

__all__ = ["Record", "Struct", "record", "struct"]

Made = TypeVar("Made", bound="Struct")

OFTEN = 24
"""Of a class of which so many were made, a constructor is compiled, which takes as long as to make some hundred."""

_put = object.__setattr__


class Struct:
    """What structs can do: all that dataclasses can but stand in an order."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _compared: ClassVar[Callable[[Struct], Any]]
    _count: ClassVar[int]

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        kind._count += 1
        if kind._count == OFTEN:
            kind.__init__ = _constructor(kind)  # type: ignore[method-assign]
        known = self.__dataclass_fields__
        if len(values) > len(known):
            raise TypeError(f"{kind.__name__} takes {len(known)} values at the most, and {len(values)} were given")
        for number, (name, one) in enumerate(known.items()):
            if number < len(values):
                if name in named:
                    raise TypeError(f"{kind.__name__} was given `{name}` twice")
                _put(self, name, values[number])
            elif name in named:
                _put(self, name, named.pop(name))
            elif one.default is not MISSING:
                _put(self, name, one.default)
            elif one.default_factory is not MISSING:
                _put(self, name, one.default_factory())
            else:
                raise TypeError(f"{kind.__name__} needs `{name}`")
        if named:
            raise TypeError(f"{kind.__name__} has no {' or '.join(f'`{name}`' for name in named)}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """For what is to be seen to once the values are there."""

    def __eq__(self, other: object) -> bool:
        if other.__class__ is not self.__class__:
            return NotImplemented
        compared = type(self)._compared
        return bool(compared(self) == compared(other))

    def __repr__(self) -> str:
        told = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return f"{type(self).__qualname__}({told})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self.__dataclass_fields__)


class Record(Struct):
    """What records can do: all that frozen dataclasses can but stand in an order."""

    __slots__ = ()

    def __hash__(self) -> int:
        return hash(type(self)._compared(self))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"`{name}` of a {type(self).__name__} cannot be set")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"`{name}` of a {type(self).__name__} cannot be deleted")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(*, slots: bool = True, eq: bool = True) -> Callable[[type[Made]], type[Made]]:
    """Make a record of a class: its annotations are its fields.

    Args:
        slots: Whether it has slots for them, and room for nothing else.
        eq: Whether those of the same values are equal; or else each equals itself alone.
    """
    return partial(_made, slots, eq)


@dataclass_transform(field_specifiers=(field,))
def struct(*, slots: bool = True, eq: bool = True) -> Callable[[type[Made]], type[Made]]:
    """Make a struct of a class, likewise."""
    return partial(_made, slots, eq)


def _made(slots: bool, eq: bool, kind: type[Made]) -> type[Made]:
    made = dataclass(init=False, repr=False, eq=False, slots=slots)(kind)
    made._compared = attrgetter(*[one.name for one in fields(made) if one.compare])
    made._count = 0
    if not eq:
        made.__eq__, made.__hash__ = object.__eq__, object.__hash__  # type: ignore[method-assign]
    return made


def _constructor(kind: type[Struct]) -> Callable[..., None]:
    """The constructor that a dataclass would have; slots are filled directly."""
    known: dict[str, Any] = {"put": _put, "factory": object()}
    takes, lines = ["self"], []
    for name, one in kind.__dataclass_fields__.items():
        default = ""
        if one.default is not MISSING:
            known[f"default_{name}"], default = one.default, f"=default_{name}"
        elif one.default_factory is not MISSING:
            known[f"make_{name}"], default = one.default_factory, "=factory"
            lines.append(f" if {name} is factory: {name} = make_{name}()")
        takes.append(name + default)
        slot = getattr(kind, name, None)
        if isinstance(slot, MemberDescriptorType):
            known[f"put_{name}"] = slot.__set__
            lines.append(f" put_{name}(self, {name})")
        else:
            lines.append(f" put(self, {name!r}, {name})")
    if kind.__post_init__ is not Struct.__post_init__:
        lines.append(" self.__post_init__()")
    exec("\n".join((f"def __init__({', '.join(takes)}):", *lines)), known)
    made: Callable[..., None] = known["__init__"]
    return made
