"""Which values of a field have to be tried, so that no change of the advice is passed over.

Rules compare a number only with their thresholds, so between two of these all values lead to the same advice: one value
for each threshold and one beyond it are enough. A few numbers are also counted with, and tried step by step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from prehab.graph.catalogue import Catalogue
from prehab.rules.vocabulary import Field
from prehab.runner import Complaint, Runner
from prehab.unlock.conditions import Fields, told_at
from prehab.unlock.formulas import Slot
from prehab.week.days import WEEKDAYS

__all__ = ["Spot", "Values", "is_ordered", "order_of", "place_of", "spots", "tellable"]

COUNTED = {
    ("strength", "minutes_per_session"): math.inf,
    ("strength", "sessions_per_week"): math.inf,
    ("running", "days_to_race"): len(WEEKDAYS) + 1,
}
"""Fields that the week counts with, up to what value: each whole number of them may lead to another week."""

DECIMALS = 4
"""Numbers are told apart to so many places at most."""

SINCE = ("complaint", "weeks")
"""The field that says which sessions of the log can have loaded what hurts."""


class Spot(NamedTuple):
    """A value of a runner: of which fact, which field, where it stands, and what is told; None where nothing is."""

    kind: str
    fact: str
    name: str
    field: Field
    slot: Slot
    now: Any

    @property
    def at(self) -> str:
        """Where it stands, as a JSON pointer; a fault by its name."""
        return "/" + "/".join(map(str, self.slot))

    @property
    def is_counted(self) -> bool:
        """Whether the week counts with it."""
        return (self.kind, self.name) in COUNTED


def spots(fields: Fields, runner: Runner) -> Iterator[Spot]:
    """Every value that a runner told, lists of words but the faults apart; in the order of the vocabulary."""
    return (spot for spot in tellable(fields, runner) if spot.now is not None)


def tellable(fields: Fields, runner: Runner) -> Iterator[Spot]:
    """The same with those that he can tell and did not."""
    for kind, about in fields.kinds.items():
        if kind in fields.not_told:
            continue
        names = [kind]
        if kind == "complaint":
            names = [f"c{number}" for number in range(1, len(runner.complaints) + 1)]
        elif about.keys:
            (names,) = map(list, about.keys.values())
        for fact in names:
            for name, field in about.fields.items():
                if field.always or field.type == "ref" or name in about.keys:
                    continue
                slot = fields.slot(kind, fact, name)
                yield Spot(kind, fact, name, field, slot, told_at(runner, slot))


def is_ordered(field: Field) -> bool:
    """Whether the values of a field have an order: numbers, and words of which one is worse than the other."""
    return field.type in ("integer", "number") or (field.type == "choice" and field.worse != "neither")


def order_of(field: Field) -> Callable[[Any], float]:
    """The place of a value of an ordered field among the others."""
    return field.values.index if field.type == "choice" else float


class Values:
    """The values to try, for one program."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields

    def near(self, spot: Spot, runner: Runner) -> list[tuple[Any, Any]]:
        """The values of an ordered field that have to be tried, in order, each with the value just below it.

        They begin with the least value there is, whose value below is None.
        """
        field = spot.field
        if field.type == "choice":
            return list(zip(field.values, [None, *field.values], strict=False))
        low, high = field.range or (0, 0)
        cuts = self._cuts(spot, runner)
        step = self.step(spot, cuts)
        tried = {low}
        for cut in cuts:
            on = self._typed(field, math.ceil(round(cut / step, DECIMALS)) * step)
            tried |= {on, self._typed(field, on + step)}
        kept = sorted(self._typed(field, value) for value in tried if low <= value <= high)
        return [(value, None if value == low else self._typed(field, value - step)) for value in kept]

    def step(self, spot: Spot, cuts: Iterable[float]) -> float:
        """By how much the values of a number differ at least: 1, or as finely as the thresholds and what is told."""
        if spot.field.type == "integer":
            return 1
        told = [spot.now] if isinstance(spot.now, int | float) else []
        return float(10.0 ** -max(1, *(_decimals(value) for value in (*cuts, *told))))

    def _cuts(self, spot: Spot, runner: Runner) -> list[float]:
        """The numbers at which something may change; those of the log only where a field reads it by its days."""
        cuts = set(self.fields.cuts.get(f"{spot.kind}.{spot.name}", ()))
        _, high = spot.field.range or (0, 0)
        if spot.is_counted:
            most = min(high, COUNTED[spot.kind, spot.name])
            cuts.update(range(int(most) + 1))
        if (spot.kind, spot.name) == SINCE:
            cuts.update(round(one.days_ago / 7, 1) for one in runner.recent_sessions if one.days_ago is not None)
            cuts.update(
                round((runner.today - one.date).days / 7, 1)
                for one in runner.recent_sessions
                if one.date is not None and runner.today is not None
            )
        return sorted(cuts)

    @staticmethod
    def _typed(field: Field, value: float) -> float:
        return int(value) if field.type == "integer" else round(float(value), DECIMALS)

    def has_cuts(self, spot: Spot) -> bool:
        """Whether a rule compares the field with some number."""
        return f"{spot.kind}.{spot.name}" in self.fields.cuts

    def is_cut(self, spot: Spot, value: Any) -> bool:
        """Whether a rule compares the field with just this number."""
        return value in self.fields.cuts.get(f"{spot.kind}.{spot.name}", ())


def place_of(complaint: Complaint, catalogue: Catalogue) -> str:
    """What the place of a complaint is called."""
    region = complaint.region if complaint.injury is None else catalogue.injuries[complaint.injury].region
    return str(catalogue.words["regions"][region]["name"])


def _decimals(value: float) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return min(DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0
