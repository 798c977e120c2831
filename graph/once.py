"""What is worked out once, when it is first asked for. Nothing here takes a lock.

A process that is forked while another thread holds a lock would wait for it for ever. Without one, two threads may both
work something out; they find the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar, overload
from weakref import WeakValueDictionary

from prehab.graph.frozen import frozen

__all__ = ["ByNeed", "Once", "SharedBy"]

Owner = TypeVar("Owner")
Value = TypeVar("Value", covariant=True)
Key = TypeVar("Key")
Made = TypeVar("Made")


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
        return self.known(instance, self.work(instance))

    def known(self, instance: object, value: Any) -> Value:
        """Keep what was worked out, or was known before."""
        found: Value = frozen(value)
        dict.__setitem__(instance.__dict__, self.name, found)  # which may be one that cannot be changed otherwise
        return found


class ByNeed(dict[Key, Made]):
    """What is worked out for each key when it is first looked up by ``[]``, and kept.

    As many keys may be asked for as there are, so whoever tells a runner's values must not choose among them. There is
    no other way to look into it, for what it holds depends on who has asked before.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[Key], Made]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, key: Key) -> Made:
        return self.setdefault(key, self._work(key))

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("this holds what was asked for so far: ask by `[]`")

    __iter__ = __len__ = __contains__ = __eq__ = __or__ = __ror__ = __reversed__ = _refuse
    get = keys = values = items = copy = _refuse
    __hash__ = None


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
