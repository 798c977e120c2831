"""Lists that a runner tells, such as the log: how many of their facts rules can tell apart.

Rules are positive, and each looks for different facts, one for each of its patterns. So of a list, however long, those
facts are enough that meet each pattern, as many as stand together with it in any rule: where one fact was passed over,
there are enough others. Evaluators are given no more, and a rule is refused that would take too many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prehab.rules.language import Pattern
from prehab.rules.pack import Pack

__all__ = ["Group", "groups", "kept_at_most", "listed_kinds", "together"]

Group = tuple[Pattern, ...]
"""Patterns over one kind that stand together."""


def listed_kinds(pack: Pack) -> list[str]:
    """The kinds of which a runner tells a list, but for complaints."""
    made = {*pack.aggregates, *pack.derived, "gate", "complaint"}
    return [
        name
        for name, kind in pack.kinds.items()
        if kind.cardinality == "many" and name not in made and not (kind.source or "").startswith("@")
    ]


def groups(told: Iterable[Sequence[Pattern]], kind: str) -> set[Group]:
    """The patterns over a kind that stand together in rules or in whatever else is told, each combination once."""
    found = ([p for p in patterns if p.kind == kind] for patterns in told)
    return {tuple(sorted(group, key=repr)) for group in found if group}


def together(found: Iterable[Group]) -> dict[Pattern, int]:
    """For each pattern how many stand together with it at the most, itself counted."""
    most: dict[Pattern, int] = {}
    for group in found:
        for pattern in group:
            most[pattern] = max(most.get(pattern, 0), len(group))
    return most


def kept_at_most(pack: Pack, kind: str) -> int:
    """How many facts of a list are looked at by rules at the most: those that meet a pattern, and those that may."""
    return 2 * sum(together(groups((variant.patterns for variant in pack.variants), kind)).values())
