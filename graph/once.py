"""What is worked out once, when it is first asked for. Nothing here takes a lock.

A process that is forked while another thread holds a lock would wait for it for ever. Without one, two threads may both
work something out; they find the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload
from weakref import WeakValueDictionary

from prehab.graph.frozen import frozen

__all__ = ["ByNeed", "OfEach", "Once", "SharedBy"]

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

    As many keys may be asked for as there are, so whoever tells a runner's values must not choose among them. It does
    not know its keys: whatever else is asked of it would be answered from those that came so far, and is refused.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[Key], Made]) -> None:
        super().__init__()
        self._work = work

    def __missing__(self, key: Key) -> Made:
        return dict.setdefault(self, key, self._work(key))

    if not TYPE_CHECKING:  # a type checker knows a dictionary

        def _refuse(self, *_, **__):
            raise TypeError("this only knows what it is made of by `[]`")

        __contains__ = __iter__ = __len__ = __reversed__ = __eq__ = __or__ = __ror__ = _refuse
        copy = get = items = keys = pop = popitem = setdefault = update = values = _refuse
        __hash__ = object.__hash__

        def __bool__(self):
            return True


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


class OfEach(Generic[Owner, Value]):
    """What is worked out for each of some objects when it is first asked for, and kept.

    Args:
        work: Works it out, never as None. The objects have to be there for as long as this: they are known by number.
    """

    def __init__(self, work: Callable[[Owner], Value]) -> None:
        self._work = work
        self._made: dict[int, Value] = {}

    def __call__(self, one: Owner) -> Value:
        found = self._made.get(id(one))
        return self._made.setdefault(id(one), self._work(one)) if found is None else found
