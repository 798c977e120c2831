"""Which exercise comes first: by what prefers it, by the places it fills, then by the simpler and the more complete.

Exercises are bits, so those that are equal so far are one mask. The best of a pool is found by narrowing it; nothing is
sorted, whatever the size of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

__all__ = ["Ranking"]


class Ranking:
    """The order of all exercises.

    Args:
        weighed: The exercises of each weight.
        filling: The exercises by the number of places they fill: a mask for each binary digit of it, the highest first.
        ties: What decides between equals: of each mask its exercises come first.
    """

    def __init__(self, weighed: Mapping[float, int], filling: Sequence[int], ties: Sequence[int] = ()) -> None:
        self._weighed = weighed
        self._levels = [mask for _, mask in sorted(weighed.items(), reverse=True)]
        self._filling = filling
        self._ties = ties

    @classmethod
    def of(cls, preferred: Iterable[tuple[float, int]], places: Iterable[int], ties: Sequence[int] = ()) -> Ranking:
        """The order by weights, each with those that it is given to, and by the places that each mask can fill."""
        return cls(_weighed(tuple(preferred)), _counted(tuple(places)), ties)

    @property
    def ties(self) -> int:
        """How many ties there are."""
        return len(self._ties)

    def weight(self, bit: int) -> float:
        """The summed weight of what prefers an exercise."""
        return next(weight for weight, mask in self._weighed.items() if mask >> bit & 1)

    def lowering(self, mask: int, by: float) -> Ranking:
        """The order when some exercises weigh less."""
        if not mask:
            return self
        return Ranking(_moved(self._weighed, mask, -by), self._filling, self._ties)

    def apart(self, one: int, other: int) -> tuple[Literal["weight", "places", "ties", "order"], int]:
        """What tells two exercises apart: their weights, the places they fill, or which of the ties, by its number."""
        if self.weight(one) != self.weight(other):
            return "weight", 0
        by: tuple[tuple[Literal["places", "ties"], Sequence[int]], ...]
        by = ("places", self._filling), ("ties", self._ties)
        for name, masks in by:
            for number, mask in enumerate(masks):
                if (mask >> one ^ mask >> other) & 1:
                    return name, number
        return "order", 0

    def best(self, pool: int) -> int:
        """The first exercise of a pool, which must not be empty."""
        best = 0
        for level in self._levels:
            best = pool & level
            if best:
                break
        for mask in (*self._filling, *self._ties):
            best = best & mask or best
        return (best & -best).bit_length() - 1


@lru_cache(maxsize=512)
def _weighed(preferred: tuple[tuple[float, int], ...]) -> Mapping[float, int]:
    """The exercises by summed weight. It is remembered: runners alike are preferred the same."""
    weighed: Mapping[float, int] = {0.0: -1}
    for weight, mask in preferred:
        weighed = _moved(weighed, mask, weight)
    return MappingProxyType(weighed)


def _moved(weighed: Mapping[float, int], mask: int, by: float) -> dict[float, int]:
    """The exercises by weight, after those of a mask gained or lost some."""
    found: dict[float, int] = {}
    for weight, members in weighed.items():
        inside = members & mask
        if inside:
            found[weight + by] = found.get(weight + by, 0) | inside
        if members != inside:
            found[weight] = found.get(weight, 0) | members ^ inside
    return found


@lru_cache(maxsize=512)
def _counted(masks: tuple[int, ...]) -> tuple[int, ...]:
    """In how many masks each bit is set: one mask for each binary digit of the counts, the most significant first."""
    digits: list[int] = []
    for carry in masks:
        for position, digit in enumerate(digits):
            digits[position], carry = digit ^ carry, digit & carry
        if carry:
            digits.append(carry)
    return tuple(digits[::-1])
