"""Values in columns, and which of them meet a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from prehab.columns.bits import Bits, packed
from prehab.columns.told import Array, words_of
from prehab.rules.language import Test
from prehab.rules.vocabulary import Field

__all__ = ["as_column", "as_numbers", "blank_of", "code", "is_unknown", "joined", "met", "truth", "united"]

Memo = Callable[[Any, Callable[[], Bits]], Bits]
"""Gives the bits of a part of a test, worked out once."""


def blank_of(values: Array) -> Any:
    """What stands in a column for unknown."""
    return np.nan if values.dtype.kind == "f" else -1


def is_unknown(values: Array) -> Array:
    """Where nothing is known."""
    return np.isnan(values) if values.dtype.kind == "f" else values < 0


def code(about: Field, value: Any) -> Any:
    """A value as it stands in a column of its field."""
    words = words_of(about)
    if value is None:
        return np.nan if words is None else -1
    return value if words is None else words.index(value)


def as_numbers(values: Array) -> Array:
    """A column with NaN for what is unknown, whatever it holds."""
    return values if values.dtype.kind == "f" else np.where(values < 0, np.nan, values)


def as_column(values: Array, about: Field) -> Array:
    """Numbers as a column of a field."""
    if words_of(about) is None:
        return values
    return np.where(np.isnan(values), -1, values).astype(np.int8)


_COMPARE: Mapping[str, Any] = {
    "at_least": np.greater_equal,
    "above": np.greater,
    "at_most": np.less_equal,
    "below": np.less,
}


def truth(test: Test, values: Array, about: Field, parameters: Mapping[str, float]) -> Array:
    """Where a test is met, as its definition says (``prehab.rules.language.Test``)."""
    words = words_of(about)
    if words is not None:
        return np.array([test.met(word, parameters) for word in (*words, None)])[values]
    if test.op in _COMPARE:
        known = _COMPARE[test.op](values, parameters[str(test.parameter)])
    elif test.op in ("is", "is_not"):
        known = np.isin(values, [word for word in test.words if not isinstance(word, str)]) == (test.op == "is")
    else:
        known = np.full(len(values), test.op == "known")
    return np.where(is_unknown(values), test.met(None, parameters), known)


def met(test: Test, values: Array, about: Field, parameters: Mapping[str, float], memo: Memo) -> Bits:
    """Where a test is met, as bits; what tests of a field share is worked out once."""
    words = words_of(about)
    blank = test.met(None, parameters)
    if words is None:
        if test.op not in _COMPARE:
            return packed(truth(test, values, about, parameters))
        made = packed(_COMPARE[test.op](values, parameters[str(test.parameter)]))
        return made | memo(None, lambda: packed(np.isnan(values))) if blank else made
    codes = [-1] * blank + [place for place, word in enumerate(words) if test.met(word, parameters)]
    others = [place for place in range(-1, len(words)) if place not in codes]

    def where(places: Sequence[int]) -> Bits:
        found = [memo(place, lambda place=place: packed(values == place)) for place in places]  # type: ignore[misc]
        return reduce(np.bitwise_or, found) if found else np.zeros(len(values) // 64, np.uint64)

    return where(codes) if len(codes) <= len(others) else ~where(others)


def joined(columns: Sequence[Bits], within: Bits) -> Bits:
    """Where all of some columns are so."""
    made = within
    for one in columns:
        made = made & one
    return made


def united(columns: Iterable[Bits | None]) -> Bits | None:
    """Where one of some columns is so."""
    made: Bits | None = None
    for one in columns:
        if one is not None:
            made = one.copy() if made is None else np.bitwise_or(made, one, out=made)
    return made
