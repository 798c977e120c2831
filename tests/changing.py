"""Every ordinary way to change a value, and everything that can be reached from one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel

from prehab.graph.once import Once

__all__ = ["changed", "reachable"]

STRANGE = "strange"


def reachable(value: Any) -> Iterator[Any]:
    """A value and all that it holds: by attribute, by property, by ``vars``, by key, by place; each object once."""
    seen: dict[int, Any] = {}
    todo = [value]
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, str | int | float | None | type):
            continue
        seen[id(one)] = one
        yield one
        todo += _inside(one)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    elif isinstance(value, BaseModel):
        yield from (getattr(value, name) for name in type(value).model_fields)
        yield value.model_fields_set
    elif is_dataclass(value):
        yield from (getattr(value, one.name) for one in fields(value))
    else:
        return
    for name, found in vars(type(value)).items():
        if isinstance(found, property | Once) and not name.startswith("_"):
            given = getattr(value, name)
            if given is getattr(value, name):  # else it is made anew each time, and belongs to whoever asked
                yield given
    if hasattr(value, "__dict__"):
        yield vars(value)


def changed(value: Any) -> list[str]:
    """Try to change a value in every ordinary way; the ways that worked."""
    return [way for way, change in _ways(value) if _works(change)]


def _works(change: Callable[[], Any]) -> bool:
    try:
        change()
    except (TypeError, AttributeError, ValueError, KeyError, IndexError):
        return False
    return True


def _ways(value: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    kind = type(value).__name__

    def put(target: Any, key: Any, new: Any) -> None:
        target[key] = new

    def drop(target: Any, key: Any) -> None:
        del target[key]

    if isinstance(value, Mapping):
        for key in [*[*value][:3], STRANGE]:
            yield f"{kind}[]=", lambda k=key: put(value, k, 160)  # type: ignore[misc]
            yield f"del {kind}[]", lambda k=key: drop(value, k)  # type: ignore[misc]
            yield f"{kind}.pop", lambda k=key: value.pop(k)  # type: ignore[misc]
        yield f"{kind}.update", lambda: value.update({STRANGE: 1})
        yield f"{kind}.setdefault", lambda: value.setdefault(STRANGE, 1)
        yield f"{kind}|=", lambda: value.__ior__({STRANGE: 1})
        yield f"{kind}.popitem", lambda: value.popitem()
        yield f"{kind}.clear", lambda: value.clear()
    elif isinstance(value, list):
        yield f"{kind}.append", lambda: value.append(STRANGE)
        yield f"{kind}.extend", lambda: value.extend([STRANGE])
        yield f"{kind}.insert", lambda: value.insert(0, STRANGE)
        yield f"{kind}+=", lambda: value.__iadd__([STRANGE])
        yield f"{kind}*=", lambda: value.__imul__(2)
        yield f"{kind}[]=", lambda: put(value, 0, STRANGE)
        yield f"{kind}[:]=", lambda: put(value, slice(0), [STRANGE])
        yield f"del {kind}[]", lambda: drop(value, 0)
        yield f"{kind}.sort", lambda: value.sort(key=str, reverse=True)
        yield f"{kind}.reverse", lambda: value.reverse()
        yield f"{kind}.pop", lambda: value.pop()
        yield f"{kind}.remove", lambda: value.remove(value[0])
        yield f"{kind}.clear", lambda: value.clear()
    elif isinstance(value, set):
        yield f"{kind}.add", lambda: value.add(STRANGE)
        yield f"{kind}.update", lambda: value.update({STRANGE})
        yield f"{kind}|=", lambda: value.__ior__({STRANGE})
        yield f"{kind}-=", lambda: value.__isub__(set(value))
        yield f"{kind}&=", lambda: value.__iand__(set())
        yield f"{kind}^=", lambda: value.__ixor__({STRANGE})
        for name in ("difference_update", "intersection_update", "symmetric_difference_update"):
            yield f"{kind}.{name}", lambda n=name: getattr(value, n)({STRANGE})  # type: ignore[misc]
        yield f"{kind}.pop", lambda: value.pop()
        for name in ("discard", "remove"):
            yield f"{kind}.{name}", lambda n=name: getattr(value, n)(next(iter(value), STRANGE))  # type: ignore[misc]
        yield f"{kind}.clear", lambda: value.clear()
    elif not isinstance(value, tuple | frozenset):
        told = type(value).model_fields if isinstance(value, BaseModel) else ()
        named = [*told] or [one.name for one in fields(value)] if is_dataclass(value) or told else []
        for name in [*named, STRANGE, "_strange", "__dict__", "__class__", "__pydantic_fields_set__"]:
            yield f"{kind}.{name}=", lambda n=name: setattr(value, n, {})  # type: ignore[misc]
            yield f"del {kind}.{name}", lambda n=name: delattr(value, n)  # type: ignore[misc]
