"""A fact, and facts that many runners share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prehab.graph.index import union

__all__ = ["Fact", "Made"]


class Fact:
    """One fact: its kind, a name that is unique within the run, and its values. Facts are ordered by their numbers.

    A fact is not changed once it is made, for what many runners tell alike is one fact for all of them. ``bits`` are
    the tests that it meets, ``meets`` the patterns, ``possible`` those that no known value of it fails.
    """

    __slots__ = ("bits", "kind", "meets", "name", "number", "possible", "values")

    def __init__(
        self, kind: str, name: str, values: dict[str, Any], met: tuple[int, int, int], number: int = 0
    ) -> None:
        self.kind = kind
        self.name = name
        self.values = values
        self.bits, self.meets, self.possible = met
        self.number = number

    def __lt__(self, other: Fact) -> bool:
        return self.number < other.number

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} {self.values}>"


class Made:
    """Facts that were made for what many runners tell alike: all of one kind, and the patterns that they meet.

    ``firings`` is where evaluators remember what fires for one of these facts alone.
    """

    __slots__ = ("facts", "firings", "met")

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = tuple(facts)
        self.met = union([fact.meets for fact in facts])
        self.firings: dict[object, Any] = {}
