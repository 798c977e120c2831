"""How many ways the facts of the fullest runner have of meeting a rule: what it costs at most.

The patterns of a rule are joined one after another. Each finds as many facts as a runner can have of its kind, or as
few as a variable that is bound already leaves. So the largest number of ways that are ever held at once is a product
that can be told from the rule alone, and a rule that would take minutes is refused when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from prehab.graph.budgets import LISTED
from prehab.graph.catalogue import Catalogue
from prehab.rules.language import Pattern
from prehab.rules.vocabulary import Field, Kind

__all__ = ["Joins"]

_SIDES = 2
"""Legs that can be sore of one complaint."""


class Joins:
    """Counts for one vocabulary and one graph.

    Args:
        kinds: Every kind of fact.
        catalogue: The graph's contents.
    """

    def __init__(self, kinds: Mapping[str, Kind], catalogue: Catalogue) -> None:
        self.kinds = kinds
        self.catalogue = catalogue
        self.affected = max((len(injury.affects) for injury in catalogue.injuries.values()), default=1) or 1

    def ways(self, patterns: Iterable[Pattern]) -> int:
        """The most ways in which the patterns, or the first of them, can be met at once."""
        bound: set[str] = set()
        found, most = 1, 1
        for pattern in patterns:
            if pattern.kind in self.kinds:
                found *= self._facts(pattern, bound)
                most = max(most, found)
                bound.update(variable for _, variable in pattern.binds)
        return most

    def _facts(self, pattern: Pattern, bound: set[str]) -> int:
        """The most facts that a pattern finds once some variables are bound."""
        kind = self.kinds[pattern.kind]
        fixed = {field for field, variable in pattern.binds if variable in bound}
        if kind.cardinality == "one":
            return 1
        if kind.cardinality == "fixed":
            named = {test.field: len(test.words) for test in pattern.tests if test.op == "is"}
            return prod(
                1 if key in fixed else min(len(words), named.get(key, len(words))) for key, words in kind.keys.items()
            )
        complaint = next((name for name, field in kind.fields.items() if field.to == "complaint"), None)
        if (kind.source or "").startswith("@"):  # what is joined in of each complaint
            complaints = 1 if complaint in fixed else self._told("complaints")
            others = [name for name in kind.fields if name != complaint]
            of_each = self.affected if "structure" in others else _SIDES
            return complaints * (1 if others and fixed.issuperset(others) else of_each)
        if pattern.kind == "complaint" and complaint in fixed:
            return 1
        if kind.source is None and not kind.keys and self._derived(kind):
            return prod(1 if name in fixed else self._values(field) for name, field in kind.fields.items())
        told = self._told(pattern.kind if kind.source is None else kind.source)
        return told if pattern.kind == "complaint" else min(told, LISTED)

    def _derived(self, kind: Kind) -> bool:
        """Whether a kind is concluded: then all that it holds are references."""
        return bool(kind.fields) and all(field.type == "ref" for field in kind.fields.values())

    def _values(self, field: Field) -> int:
        if field.to == "complaint":
            return self._told("complaints")
        if field.to == "injury":
            return max(1, len(self.catalogue.injuries))
        keys = [len(kind.keys[field.to]) for kind in self.kinds.values() if field.to in kind.keys]
        return max(1, keys[0] if keys else len(self.catalogue.words.get(f"{field.to}s", ())))

    def _told(self, source: str) -> int:
        """How many entries a runner file may have in a list."""
        from prehab.runner import Runner

        about: Any = Runner.model_fields.get(source)
        limits = [one.max_length for one in getattr(about, "metadata", ()) if getattr(one, "max_length", None)]
        return min(limits, default=50)
