"""What is worked out once, when it is first asked for. Nothing here takes a lock.

A process that is forked while another thread holds a lock would wait for it for ever. Without one, two threads may both
work something out; they find the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload
from weakref import WeakValueDictionary

from prehab.graph.frozen import frozen

__all__ = ["Once", "SharedBy"]

Owner = TypeVar("Owner")
Value = TypeVar("Value", covariant=True)


class Once(Generic[Value]):
    """A property that is worked out when it is first asked for, frozen, and kept.

    As ``functools.cached_property``, without the lock that it takes in Python 3.11.
    """

    def __init__(self, work: Callable[[Any], Value]) -> None:
        self.work = work
        self.name = work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> Once[Value]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object | None, owner: type) -> Once[Value] | Value:
        if instance is None:
            return self
        found: Value = frozen(self.work(instance))
        dict.__setitem__(instance.__dict__, self.name, found)  # which may be one that cannot be changed otherwise
        return found


class SharedBy(Generic[Owner, Value]):
    """What is made once for an object, however often it is asked for, and kept for as long as anything uses it.

    Args:
        make: Makes it. What it makes has to hold the object: then no other can come by its number meanwhile.
    """

    def __init__(self, make: Callable[[Owner], Value]) -> None:
        self._make = make
        self._made: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def __call__(self, owner: Owner) -> Value:
        found: Value | None = self._made.get(id(owner))
        if found is None:
            found = self._made[id(owner)] = self._make(owner)
        return found
