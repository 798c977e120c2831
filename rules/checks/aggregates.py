"""Aggregates: what may be taken of what, which way is then worse, and what stands for no facts at all.

The proof of laws 4 to 6 looks at directions only, and an aggregate has the direction that it gets from what it is
taken of: the field that it is taken of, and, of a kind of which one more is worse or better, how it moves when one more
comes. Where the two disagree no direction is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prehab.graph.faults import Fault
from prehab.rules.checks.places import Where
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate, Field, Kind

__all__ = ["check_aggregates", "directions", "empty_value"]

_OPPOSITE = {"higher": "lower", "lower": "higher"}


def check_aggregates(pack: Pack, where: Where) -> Iterator[Fault]:
    """Every aggregate that cannot be worked out, or whose direction or value for no facts would break a law."""
    for name, about in pack.aggregates.items():
        for key, one in about.fields.items():
            for code, message, part in _faults(pack, key, one):
                yield Fault(code, f"`{name}.{key}`: {message}", **where("aggregates", name, "fields", key, *part))


def _faults(pack: Pack, key: str, one: Aggregate) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    if key.endswith("_so_far"):
        yield "aggregate-name", "`_so_far` is what its known part is called; give it another name", ()
    kind_name, _, name = one.of.partition(".")
    kind = pack.kinds[kind_name]
    field = None if one.take == "count" else kind.fields[name]
    if field is not None and (field.type == "ref" or (one.take == "any" and field.type != "boolean")):
        what = "numbers, words and yes or no" if one.take != "any" else "yes or no"
        yield "aggregate-type", f"`{one.take}` is taken of {what}, and `{one.of}` is a {field.type}", ("take",)
        return
    wanted = directions(kind, field, one.take)
    if len(wanted) > 1:
        message = (
            f"one {kind_name} more moves it one way, and a worse `{one.of}` the other, so no direction would be right"
        )
        yield "aggregate-direction", message, ("worse",)
        return
    (right,) = wanted or {"neither"}
    if one.worse != right:
        because = f"`{one.of}` is so itself" if field is not None and field.worse == right else _more(kind_name, kind)
        yield "aggregate-direction", f"{right} is worse here, not {one.worse}, since {because}", ("worse",)
    elif kind.cardinality == "many":
        yield from _empty(kind_name, kind, field, one)


def directions(kind: Kind, field: Field | None, take: str) -> set[str]:
    """Which way is worse, by the field and by what one more does: one way, neither (then none), or both."""
    found: set[str] = {field.worse} if field is not None and field.worse != "neither" else set()
    if kind.cardinality == "many" and kind.more != "neither":
        grows = "lower" if take == "min" else "higher"
        found.add(grows if kind.more == "worse" else _OPPOSITE[grows])
    return found


def _more(name: str, kind: Kind) -> str:
    return f"one {name} more is {'neither better nor worse' if kind.more == 'neither' else kind.more}"


def _empty(name: str, kind: Kind, field: Field | None, one: Aggregate) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """What stands for no facts: a value of the field; where one more is worse or better the end that this leaves."""
    if field is None:
        if one.empty not in (None, 0) or isinstance(one.empty, bool):
            yield "aggregate-empty", "where there are none their count is 0", ("empty",)
        return
    if one.empty is not None and not _is_value(one.empty, field):
        yield "aggregate-empty", f"`{_said(one.empty)}` is not a value of `{one.of}`", ("empty",)
        return
    if kind.more == "neither":
        return
    end = empty_value(kind, field, one.worse)
    if one.empty is None or one.empty != end:
        message = (
            f"say `empty: {_said(end)}`, its {'best' if kind.more == 'worse' else 'worst'} value; with another one, or "
            f"none, the first {name} would be {'good' if kind.more == 'worse' else 'bad'} news"
        )
        yield "aggregate-empty", message, ("empty",) if one.empty is not None else ()


def empty_value(kind: Kind, field: Field, worse: str) -> Any:
    """What stands for no facts of a kind of which one more is worse, or better: its best value, or its worst."""
    directed = field.model_copy(update={"worse": worse})
    return directed.best() if kind.more == "worse" else directed.worst()


def _is_value(value: Any, field: Field) -> bool:
    if field.type == "boolean":
        return isinstance(value, bool)
    if field.type == "choice":
        return value in field.values
    low, high = field.range or (0, 0)
    whole = field.type != "integer" or value == int(value) if isinstance(value, int | float) else False
    return not isinstance(value, bool) and whole and bool(low <= value <= high)


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
