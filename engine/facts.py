"""The facts of a run."""

from __future__ import annotations

from typing import Any

from prehab.fact import Fact, Made
from prehab.graph.budgets import LISTED
from prehab.graph.index import union
from prehab.program import Program
from prehab.runner import LoggedSession

__all__ = ["PLACE", "Facts", "position_of"]

PLACE = "/place"
"""How the key of a complaint ends that stands for the place beside a name from elsewhere."""


def position_of(key: str) -> int:
    """Where the complaint of a key stands in the runner file, from 0."""
    return int(key[1:].partition("/")[0]) - 1


class Facts:
    """All facts of a run, by kind; ``notes`` says what was read carefully.

    ``shared`` has the kinds of which all facts were made before; ``met`` are the patterns that some fact meets; ``log``
    holds the sessions that are recent enough to say something, ``whole`` the lists of which ``by_kind`` holds only a
    part: whoever looks for other patterns than the rules do has to look there.
    """

    __slots__ = ("_reread", "by_kind", "log", "met", "notes", "program", "shared", "whole")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_kind: dict[str, list[Fact]] = {kind: [] for kind in program.pack.kinds}
        self.shared: dict[str, Made] = {}
        self.met = 0
        self.notes: list[str] = []
        self.log: tuple[LoggedSession, ...] = ()
        self.whole: dict[str, list[Fact]] = {}
        self._reread: dict[Fact, dict[str, Any]] = {}

    def add(self, kind: str, name: str, values: dict[str, Any]) -> Fact:
        """Add a fact after those of its kind; its bits are worked out here, once."""
        found, program = self.by_kind[kind], self.program
        fact = Fact(kind, name, values, program.bits(kind, values), program.first_numbers[kind] + len(found))
        found.append(fact)
        self.met |= fact.meets
        self.shared.pop(kind, None)
        return fact

    def add_words(self, kind: str, name: str, **values: str | bool | None) -> None:
        """Add a fact of words alone; few of them are told apart, and they are made once."""
        found, program = self.by_kind[kind], self.program
        fact = program.in_words(kind, name, program.first_numbers[kind] + len(found), **values)
        found.append(fact)
        self.met |= fact.meets
        self.shared.pop(kind, None)

    def put(self, kind: str, made: Made) -> None:
        """Add facts that were made before, under the numbers that they have."""
        found = self.by_kind[kind]
        if found:
            self.shared.pop(kind, None)
        else:
            self.shared[kind] = made
        found += made.facts
        self.met |= made.met

    @property
    def lacking(self) -> int:
        """The patterns that some fact fails only for want of an answer."""
        return union([fact.possible ^ fact.meets for found in self.by_kind.values() for fact in found])

    def read(self, fact: Fact) -> dict[str, Any]:
        """The values of a fact as they are to be read: as told, unless they were read otherwise since."""
        return self._reread.get(fact, fact.values)

    def reread(self, fact: Fact, values: dict[str, Any]) -> None:
        """Read other values in place of some of a fact's; they count after ``settle``."""
        self._reread[fact] = {**self.read(fact), **values}

    def settle(self) -> None:
        """Put facts with the values that are to be read in place of those that were told."""
        if not self._reread:
            return
        for fact, values in self._reread.items():
            found = self.by_kind[fact.kind]
            met = self.program.bits(fact.kind, values)
            self.shared.pop(fact.kind, None)
            found[found.index(fact)] = Fact(fact.kind, fact.name, values, met, fact.number)
        self._reread = {}
        self.met = union([fact.meets for found in self.by_kind.values() for fact in found])

    def shorten(self) -> None:
        """Leave of each long list as many facts as rules can tell apart, the first ones (``prehab.rules.lists``).

        For each pattern enough are left that meet it, and that may, once more is known; for each aggregate one that is
        to be asked for.
        """
        for kind, taken in self.program.taken.items():
            facts = self.by_kind[kind]
            if len(facts) <= LISTED:
                continue
            wanted = self.program.listed[kind]
            left = [[most, most] for _, most in wanted]
            unsaid = set(taken)
            kept: list[Fact] = []
            for fact in facts:
                ways = [2 if fact.meets & bit else 1 if fact.possible & bit else 0 for bit, _ in wanted]
                serving = [(number, way - 1) for number, way in enumerate(ways) if way and left[number][way - 1]]
                for number, way in serving:
                    left[number][way] -= 1
                lacking = {name for name in unsaid if fact.values.get(name) is None}
                unsaid -= lacking
                if serving or lacking:
                    kept.append(fact)
            self.whole[kind], self.by_kind[kind] = facts, kept
            self.shared.pop(kind, None)
