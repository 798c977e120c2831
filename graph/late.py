"""Models whose fields are collected when they are first asked for.

pydantic reads the annotations of a model where the class stands, which takes most of the time that it takes to define
seventy of them, and most of a process's models are only written out, by ``prehab.graph.schema.make``, which needs the
names of the fields and their defaults. So a class of ours is made without pydantic at first, as a plain class with the
slots of a model; whatever asks pydantic for more of it (validation, a schema, ``model_fields``) completes it before.
Until then nothing is imported that pydantic describes fields with, either.

Completing runs pydantic's own metaclass over the class as it was written, and has it work on the class that is there.
"""

from __future__ import annotations

import os
from _thread import RLock
from abc import ABCMeta
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, dataclass_transform

import pydantic
from pydantic import VERSION, BaseModel
from pydantic._internal._mock_val_ser import MockCoreSchema, MockValSer
from pydantic._internal._model_construction import ModelMetaclass, build_lenient_weakvaluedict
from pydantic._internal._typing_extra import parent_frame_namespace

from prehab.graph.defaults import REQUIRED, default_of

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["Late", "Said", "declared"]

_OURS = "prehab."
_UNFIT = frozenset({"__init_subclass__", "__eq__", "model_post_init"})
"""What a class may not declare if it is to be made late."""


class Said:
    """What a class says of a field, as it would say it to pydantic's ``Field``, which gets it if that is needed.

    In an annotation it stands for its constraints, as ``GroupedMetadata`` of annotated_types does, which pydantic
    knows; anything else that is said of a field has to stand in the place of its default.
    """

    __slots__ = ("default", "told")
    __is_annotated_types_grouped_metadata__ = True

    def __init__(self, default: Any = REQUIRED, **told: Any) -> None:
        self.default = default
        self.told = told

    def said(self) -> FieldInfo:
        """The same as pydantic has it."""
        told = self.told if self.default is REQUIRED else {"default": self.default, **self.told}
        made: FieldInfo = pydantic.Field(**told)
        return made

    @property
    def metadata(self) -> list[Any]:
        """The constraints, as pydantic has them."""
        return self.said().metadata

    def __iter__(self) -> Iterator[Any]:
        return iter(self.metadata)

    def blank(self) -> Any:
        """The default, or ``REQUIRED``."""
        factory = self.told.get("default_factory")
        return self.told.get("default", self.default) if factory is None else factory()


class _There(ABCMeta):
    """Gives pydantic's metaclass, which asks for a new class, the one that is there to be completed."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **more: Any) -> Any:
        there = _completing.get(namespace.pop(_MARK, None))
        if there is None:
            return super().__new__(mcs, name, bases, namespace, **more)
        for key, value in namespace.items():
            if key not in _GIVEN:
                type.__setattr__(there, key, value)
        return there


@dataclass_transform(kw_only_default=True, field_specifiers=(Said,))  # which type checkers do not inherit
class Late(ModelMetaclass, _There):
    """The metaclass of models that are completed when that is needed; of others than ours it makes usual models."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **more: Any) -> Any:
        declared: dict[str, Any] = namespace.get("__annotations__", {})
        fit = namespace["__module__"].startswith(_OURS) and _UNFIT.isdisjoint(namespace)
        if more or not fit or not all(isinstance(said, str) for said in declared.values()):
            for base in bases:
                complete(base)
            namespace = _said(namespace)
            if "__pydantic_reset_parent_namespace__" not in more:  # the names around the class, one frame farther off
                around = parent_frame_namespace(parent_depth=2)
                namespace["__pydantic_parent_namespace__"] = build_lenient_weakvaluedict(around)
                more["__pydantic_reset_parent_namespace__"] = False
            return super().__new__(mcs, name, bases, namespace, **more)
        plain = {key: value for key, value in namespace.items() if key not in declared}
        waiting: dict[str, Any] = {key: _Waiting(key) for key in (_FIRST if BaseModel in bases else _WAITING)}
        if "model_config" in namespace:  # which pydantic puts together with that of the bases
            waiting["model_config"] = _Waiting("model_config")
        if BaseModel in bases:
            waiting["__pydantic_generic_metadata__"] = {"origin": None, "args": (), "parameters": ()}  # for comparing
            if not _TAKES_TURNS:
                plain["model_rebuild"] = classmethod(_rebuild)
        made: Any = ABCMeta.__new__(mcs, name, bases, {**plain, **waiting, "__pydantic_complete__": False})
        cannot: Any = {"error_message": f"{name} cannot be completed", "code": "class-not-fully-defined"}
        made.__pydantic_core_schema__ = MockCoreSchema(**cannot, attempt_rebuild=partial(_core_schema, made))
        made.__pydantic_validator__ = MockValSer(  # before 2.12 `isinstance` looks whether there is one
            **cannot, val_or_ser="validator", attempt_rebuild=partial(_validator, made)
        )
        _written[made] = dict(namespace)
        return made

    def __delattr__(cls, name: str) -> None:
        """What stands for a schema or a validator stays until there is one, as it does in pydantic from 2.14 on.

        Before, it is taken away while they are built, and another thread finds those of the base.
        """
        if not isinstance(vars(cls).get(name), (MockCoreSchema, MockValSer)):
            super().__delattr__(name)


class _Waiting(dict[str, Any]):
    """Stands for what pydantic knows of a class that is not completed; to pydantic, which completes it: nothing yet."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __get__(self, instance: Any, owner: type) -> Any:
        complete(owner)
        there = vars(owner).get(self.name)  # still this one while pydantic completes it, which looks at the bases then
        return getattr(super(owner, owner), self.name) if there is self else getattr(owner, self.name)


def _core_schema(model: type[BaseModel]) -> Any:
    complete(model)
    found: Any = model.__pydantic_core_schema__
    return found.rebuild() if isinstance(found, MockCoreSchema) else found


def _validator(model: type[BaseModel], **_: int) -> Any:
    complete(model)
    return model.__pydantic_validator__


_WAITING = (
    "__pydantic_fields__",
    "__pydantic_decorators__",
    "__pydantic_serializer__",
    "__pydantic_computed_fields__",
)
_FIRST = (
    *_WAITING,
    "__class_vars__",
    "__private_attributes__",
    "__pydantic_custom_init__",
    "__pydantic_post_init__",
    "__pydantic_setattr_handlers__",
)
"""What a class has of its own, too, that is the first of ours: the others have it from there."""
_GIVEN = frozenset({"__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__classcell__"})
_MARK = "__completes__"
_written: dict[type, dict[str, Any]] = {}
"""What each class that is not completed was written with."""
_completing: dict[object, type] = {}


def declared(model: type[BaseModel]) -> dict[str, Any]:
    """Every field of a model with its default, or ``REQUIRED``, in order. It does not complete the model."""
    found: dict[str, Any] = {}
    for one in reversed(model.__mro__):
        written = _written.get(one)
        if written is not None:
            for name in written.get("__annotations__", ()):
                default = written.get(name, REQUIRED)
                found[name] = default.blank() if isinstance(default, Said) else default
        else:
            found.update((name, default_of(field)) for name, field in vars(one).get("__pydantic_fields__", {}).items())
    return found


def _said(namespace: dict[str, Any]) -> dict[str, Any]:
    """What a class is written with, with its fields as pydantic has them."""
    return {key: value.said() if isinstance(value, Said) else value for key, value in namespace.items()}


def complete(model: type) -> None:
    """Have pydantic collect what there is to know of a model, and of those that it is made of."""
    for one in reversed(model.__mro__):
        if one in _written:
            with _turn:
                _complete(one)


def _complete(model: type) -> None:
    namespace, kind = _written.get(model), type(model)
    if namespace is None or not issubclass(kind, Late) or model in _completing.values():  # done meanwhile, or at it
        return
    mark = object()
    _completing[mark] = model
    try:
        named = {**_said(namespace), _MARK: mark}
        super(Late, kind).__new__(
            kind, model.__name__, model.__bases__, named, __pydantic_reset_parent_namespace__=False
        )
    finally:
        del _completing[mark]
    _written.pop(model, None)


def _rebuild(model: type[BaseModel], /, *, _parent_namespace_depth: int = 2, **how: Any) -> bool | None:
    """What pydantic does, by one thread at a time; the names around whoever asks for it are one frame farther off."""
    with _turn:
        complete(model)
        depth = _parent_namespace_depth and _parent_namespace_depth + 1
        rebuilt: bool | None = _pydantics(model, _parent_namespace_depth=depth, **how)
        return rebuilt


_pydantics: Any = vars(BaseModel)["model_rebuild"].__func__
_turn = RLock()
_TAKES_TURNS = tuple(int(part) for part in VERSION.split(".")[:2]) >= (2, 14)
"""Whether pydantic itself lets one thread at a time build what a model is validated with."""


def _anew() -> None:
    """In a child that was forked while somebody completed a class: nobody there will give his turn back."""
    global _turn
    _turn = RLock()
    _completing.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_anew)
