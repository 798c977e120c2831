"""Lists that a runner tells: whether rules look for more of them at once than evaluators are given."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.budgets import LISTED
from prehab.graph.faults import Fault
from prehab.rules.checks.places import Where, rule_fault
from prehab.rules.lists import groups, kept_at_most, listed_kinds
from prehab.rules.pack import Pack

__all__ = ["check_lists"]


def check_lists(pack: Pack, where: Where) -> Iterator[Fault]:
    """A list that rules look at in too many ways, at the last rule that does."""
    for kind in listed_kinds(pack):
        most = kept_at_most(pack, kind)
        if most > LISTED:
            last = next(v for v in reversed(pack.variants) if groups([v.patterns], kind))
            message = f"rules can tell {most} of the facts of `{kind}` apart, and of a list at most {LISTED}"
            yield rule_fault(where, pack.rules[last.rule], "too-many-listed", message, "when")
