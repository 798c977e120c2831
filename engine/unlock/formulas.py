"""Formulas of what has to become so: values to be reached, joined by `all` and `any`; without negation.

A formula is ``MET``, a ``No`` with what stands against it, a ``Needs``, an ``All`` or an ``Any``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = [
    "MET",
    "All",
    "AnyOf",
    "Formula",
    "Goal",
    "Needs",
    "No",
    "Slot",
    "State",
    "all_of",
    "any_of",
    "holds",
    "needs_in",
]

Slot = tuple[str | int, ...]
"""Where a value stands in a runner: the parts of its path."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A value to be reached. Of one slot the better one has the higher ``rank``; what has no order has none."""

    value: Any
    rank: float | None


State = Mapping[Slot, Goal]
"""What is to be reached, by slot."""


@dataclass(frozen=True, slots=True)
class No:
    """What cannot become so: whatever stands against it."""

    because: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Needs:
    """A slot has to come as far as a goal."""

    slot: Slot
    goal: Goal


@dataclass(frozen=True, slots=True)
class All:
    """All of the parts."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts at least."""

    parts: tuple[Formula, ...]


MET = All(())
Formula = No | Needs | All | AnyOf


def all_of(parts: Iterable[Formula]) -> Formula:
    """All of these; what cannot be is told of all that stands against it."""
    kept: dict[Formula, None] = {}
    against: dict[Any, None] = {}
    for part in parts:
        if type(part) is No:
            against.update(dict.fromkeys(part.because))
        else:
            kept.update(dict.fromkeys(part.parts if type(part) is All else (part,)))
    if against:
        return No(tuple(against))
    return next(iter(kept)) if len(kept) == 1 else All(tuple(kept))


def any_of(parts: Iterable[Formula], because: tuple[Any, ...] = ()) -> Formula:
    """One of these; where none can be, ``because`` stands against it, or else what stands against each."""
    kept: dict[Formula, None] = {}
    against: dict[Any, None] = {}
    for part in parts:
        if part == MET:
            return MET
        if type(part) is No:
            against.update(dict.fromkeys(part.because))
        else:
            kept.update(dict.fromkeys(part.parts if type(part) is AnyOf else (part,)))
    if not kept:
        return No(because or tuple(against))
    return next(iter(kept)) if len(kept) == 1 else AnyOf(tuple(kept))


def holds(formula: Formula, there: Callable[[Needs], bool]) -> bool:
    """Whether a formula is so, where ``there`` tells of each need whether it is met."""
    kind = type(formula)
    if kind is Needs:
        return there(formula)  # type: ignore[arg-type]
    if kind is All:
        return all(holds(part, there) for part in formula.parts)  # type: ignore[union-attr]
    if kind is AnyOf:
        return any(holds(part, there) for part in formula.parts)  # type: ignore[union-attr]
    return False


def needs_in(formula: Formula) -> Iterator[Needs]:
    """Every need that a formula names."""
    if isinstance(formula, Needs):
        yield formula
    elif not isinstance(formula, No):
        for part in formula.parts:
            yield from needs_in(part)
