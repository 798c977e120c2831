"""Records are what `dataclass(frozen=True, slots=True)` would have made."""

from __future__ import annotations

import pickle
from copy import deepcopy
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from prehab.graph.record import Record, record


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
