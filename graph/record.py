"""Classes of values which cost little to define: records, that cannot be changed, and structs, that can.

``dataclass`` looks at each field and compiles half a dozen methods for each class, for a millisecond of every process
that imports it. Here the methods are written once, and ``dataclasses`` is asked about the fields of a class only when
somebody asks it: for it these classes are its own, and ``replace`` and ``fields`` take them. Of what is made again and
again, a constructor is compiled then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields, replace
from functools import partial
from operator import attrgetter
from types import MemberDescriptorType
from typing import Any, ClassVar, NoReturn, Self, TypeVar, dataclass_transform

__all__ = ["Record", "Struct", "names_of", "record", "struct"]

Made = TypeVar("Made", bound="Struct")

OFTEN = 64
"""Of a class of which so many were made, a constructor is compiled, which takes as long as to make some hundred."""

_put = object.__setattr__


_Takes = tuple[Any, Any, bool]
"""What a constructor takes: a default, or what makes one, or neither; and whether it counts in a comparison."""


class Struct:
    """What structs can do: all that dataclasses can but stand in an order."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    _takes: ClassVar[dict[str, _Takes]] = {}
    _compared: ClassVar[Callable[[Struct], Any]]
    _count: ClassVar[int]

    def __init__(self, *values: Any, **named: Any) -> None:
        kind = type(self)
        kind._count += 1
        if kind._count >= OFTEN and kind.__init__ is Struct.__init__:
            kind.__init__ = _constructor(kind)  # type: ignore[method-assign]
        known = kind._takes
        if len(values) > len(known):
            raise TypeError(f"{kind.__name__} takes {len(known)} values at the most, and {len(values)} were given")
        for number, (name, (default, factory, _)) in enumerate(known.items()):
            if number < len(values):
                if name in named:
                    raise TypeError(f"{kind.__name__} was given `{name}` twice")
                _put(self, name, values[number])
            elif name in named:
                _put(self, name, named.pop(name))
            elif default is not MISSING:
                _put(self, name, default)
            elif factory is not MISSING:
                _put(self, name, factory())
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

    def __replace__(self, /, **changes: Any) -> Self:
        """For ``copy.replace``, which there is from Python 3.13 on."""
        return replace(self, **changes)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(getattr(self, name) for name in self._takes)


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


def names_of(kind: type[Struct]) -> tuple[str, ...]:
    """The names of the fields of a record or a struct, in order."""
    return tuple(kind._takes)


def _made(slots: bool, eq: bool, kind: Any) -> Any:
    declared = [name for name, said in kind.__annotations__.items() if not str(said).startswith("ClassVar")]
    written = dict(vars(kind))
    own = {name: _taken(written.get(name, MISSING)) for name in declared}
    takes = {**kind._takes, **own}
    later = _Later({name: written[name] for name in declared if name in written})
    made = kind
    if slots:
        for name in (*declared, "__dict__", "__weakref__"):
            written.pop(name, None)
        room = tuple([name for name in declared if name not in kind._takes])  # the others have it from their base
        made = type(kind)(kind.__name__, kind.__bases__, {**written, "__slots__": room})
        made.__qualname__ = kind.__qualname__
    else:
        for name, (default, *_) in own.items():
            if default is not MISSING:
                setattr(made, name, default)
            elif name in written:
                delattr(made, name)
    later.kind = made
    made._takes, made.__dataclass_fields__ = takes, later
    made.__match_args__ = tuple(takes)  # type: ignore[misc]
    made._compared = attrgetter(*[name for name, (*_, compared) in takes.items() if compared])
    made._count = 0
    if "__init__" not in written:  # a constructor that was compiled for its base knows nothing of its own fields
        made.__init__ = Struct.__init__
    if not eq:
        made.__eq__, made.__hash__ = object.__eq__, object.__hash__
    return made


def _taken(told: Any) -> _Takes:
    if isinstance(told, Field):
        return told.default, told.default_factory, told.compare
    return told, MISSING, True


class _Later:
    """Stands for the fields of a class as ``dataclasses`` has them, until somebody asks for those."""

    kind: type[Struct]

    def __init__(self, defaults: dict[str, Any]) -> None:
        self._defaults = defaults

    def __get__(self, instance: object, owner: type) -> dict[str, Field[Any]]:
        kind = self.kind
        about = {"__annotations__": kind.__annotations__, "__doc__": "It has one, or else one would be written."}
        told: Any = dataclass(init=False, repr=False, eq=False)(type(kind.__name__, (), {**about, **self._defaults}))
        known: dict[str, Field[Any]] = {}
        for base in reversed(kind.__mro__[1:]):
            known.update(getattr(base, "__dataclass_fields__", {}))
        kind.__dataclass_params__ = told.__dataclass_params__  # type: ignore[attr-defined]
        kind.__dataclass_fields__ = {**known, **told.__dataclass_fields__}
        return kind.__dataclass_fields__


def _constructor(kind: type[Struct]) -> Callable[..., None]:
    """The constructor that a dataclass would have; slots are filled directly."""
    known: dict[str, Any] = {"put": _put, "factory": object()}
    takes, lines = ["self"], []
    for name, (default, factory, _) in kind._takes.items():
        otherwise = ""
        if default is not MISSING:
            known[f"default_{name}"], otherwise = default, f"=default_{name}"
        elif factory is not MISSING:
            known[f"make_{name}"], otherwise = factory, "=factory"
            lines.append(f" if {name} is factory: {name} = make_{name}()")
        takes.append(name + otherwise)
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
