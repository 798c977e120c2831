"""Records are what `dataclass(frozen=True, slots=True)` would have made."""

from __future__ import annotations

import copy
import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from prehab.graph.record import OFTEN, Record, Struct, names_of, record, struct


@record()
class Told(Record):
    """A record with every kind of field."""

    first: str
    second: tuple[int, ...] = ()
    third: list[int] = field(default_factory=list)
    apart: str | None = field(default=None, compare=False)
    hidden: int = field(default=0, repr=False)


@dataclass(frozen=True, slots=True)
class Usual:
    """The same as a dataclass."""

    first: str
    second: tuple[int, ...] = ()
    third: list[int] = field(default_factory=list)
    apart: str | None = field(default=None, compare=False)
    hidden: int = field(default=0, repr=False)


BOTH = pytest.mark.parametrize("kind", [Told, Usual])


def values(one: Any) -> list[Any]:
    return [getattr(one, each.name) for each in fields(one)]


@pytest.mark.parametrize(
    ("told", "named"),
    [(("a",), {}), ((), {"first": "a", "hidden": 3}), (("a", (1,)), {"apart": "x"}), (("a", (), [1], "b", 2), {})],
)
def test_a_record_is_filled_as_a_dataclass_is(told: tuple[Any, ...], named: dict[str, Any]) -> None:
    made, usual = Told(*told, **named), Usual(*told, **named)
    assert values(made) == values(usual)
    assert repr(made).removeprefix("Told") == repr(usual).removeprefix("Usual")
    assert not hasattr(made, "__dict__")


@BOTH
@pytest.mark.parametrize(
    ("told", "named"),
    [((), {}), (("a", (), [], None, 0, 1), {}), (("a",), {"first": "b"}), (("a",), {"fourth": 1})],
    ids=["too few", "too many", "twice", "unknown"],
)
def test_what_does_not_fit_is_refused(kind: Any, told: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(*told, **named)


@BOTH
def test_it_is_compared_by_its_values_and_cannot_be_changed(kind: Any) -> None:
    one = kind("a", (1,))
    assert one == kind("a", (1,), apart="told")
    assert one != kind("a", (2,))
    assert one != ("a", (1,), [], None, 0)
    assert (Told("a") == Usual("a")) is False
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    assert hash(replace(one, third=())) == hash(kind("a", (1,), (), apart="x"))
    for change in (lambda: setattr(one, "first", "b"), lambda: delattr(one, "first")):
        with pytest.raises(FrozenInstanceError):
            change()
    assert replace(one, first="b") == kind("b", (1,))
    assert pickle.loads(pickle.dumps(one)) == deepcopy(one) == one
    match one:
        case kind(first, second):
            assert (first, second) == ("a", (1,))


@record()
class More(Told):
    """A record with more than the one that it is of."""

    fourth: int = 4
    second: tuple[int, ...] = (2,)


@dataclass(frozen=True, slots=True)
class UsualMore(Usual):
    """The same as a dataclass."""

    fourth: int = 4
    second: tuple[int, ...] = (2,)


@pytest.mark.parametrize(("kind", "usual"), [(Told, Usual), (More, UsualMore)])
def test_its_fields_are_those_of_a_dataclass(kind: Any, usual: Any) -> None:
    told = [
        [
            (one.name, one.type, one.default, one.default_factory, one.compare, one.repr, one.init)
            for one in fields(each)
        ]
        for each in (kind, usual)
    ]
    assert told[0] == told[1]
    assert is_dataclass(kind)
    assert list(names_of(kind)) == [name for name, *_ in told[1]]
    assert kind.__match_args__ == usual.__match_args__
    assert kind("a") == replace(kind("b"), first="a")
    assert repr(kind("a")).partition("(")[2] == repr(usual("a")).partition("(")[2]


def test_what_is_made_often_says_nothing_of_what_has_more() -> None:
    """The constructor compiled for the one was taken for the other, and knew nothing of its fields."""

    @record()
    class Often(Record):
        first: int

    @record()
    class Before(Often):
        second: int = 2

    for number in range(OFTEN + 1):
        Often(number)

    @record()
    class After(Often):
        second: int = 2

    assert [Before(1, 3).second, After(1, 3).second, Before(1).second, After(first=1).second] == [3, 3, 2, 2]


def test_a_constructor_of_ones_own_stays() -> None:
    class Own(Told):
        __slots__ = ()

        def __init__(self, first: str) -> None:
            super().__init__(first, hidden=7)

    assert {Own("a").hidden for _ in range(2 * OFTEN)} == {7}


@pytest.mark.skipif(not hasattr(copy, "replace"), reason="Python 3.13 brings it")
@BOTH
def test_copy_can_replace_what_it_holds(kind: Any) -> None:
    assert copy.replace(kind("a", (1,)), first="b") == kind("b", (1,))  # type: ignore[attr-defined]


@struct()
class Changing(Struct):
    """A struct."""

    first: str
    second: list[int] = field(default_factory=list)


@struct(slots=False, eq=False)
class Own(Struct):
    """A struct that equals itself alone, and has room for more."""

    first: str
    second: int = 0


def test_a_struct_can_be_changed_and_equal_ones_cannot_be_told_apart() -> None:
    one, other = Changing("a"), Changing("a")
    assert one == other
    one.second.append(1)
    assert (one.second, other.second) == ([1], [])
    one.first = "b"
    assert repr(replace(one, second=[])) == "Changing(first='b', second=[])"
    assert pickle.loads(pickle.dumps(one)) == deepcopy(one) == one
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    assert not hasattr(one, "__dict__")


def test_a_struct_may_equal_itself_alone() -> None:
    one = Own("a")
    assert one == one
    assert one != Own("a")
    assert len({one, Own("a"), one}) == 2
    one.more = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("make", [record, struct])
@pytest.mark.parametrize("slots", [True, False])
def test_what_is_made_often_is_made_alike_by_a_constructor_of_its_own(make: Any, slots: bool) -> None:
    """What it takes, what it leaves to its defaults, what is done after, and what it refuses: as before."""

    @make(slots=slots)
    class Often(Record if make is record else Struct):  # type: ignore[misc]
        first: str
        second: tuple[int, ...] = ()
        third: list[int] = field(default_factory=list)

        def __post_init__(self) -> None:
            if not self.first:
                raise ValueError("nothing")

    early = Often.__init__
    first = [Often("a"), Often(first="b", third=[2]), Often("c", (1,), [3])]
    for _ in range(OFTEN):
        Often("a")
    assert Often.__init__ is not early
    later = [Often("a"), Often(first="b", third=[2]), Often("c", (1,), [3])]
    assert later == first
    assert later[0].third is not Often("a").third
    with pytest.raises(ValueError, match="nothing"):
        Often("")
    for told, named in (((), {}), (("a", (), [], 1), {}), (("a",), {"first": "b"}), (("a",), {"fourth": 1})):
        with pytest.raises(TypeError):
            Often(*told, **named)
