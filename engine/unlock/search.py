"""The ways to meet a formula, the cheapest first: a search for minimal hitting sets that makes them one by one.

Whoever tries a way and finds that it does not do can ``refine`` it: the search then goes on from there with what is
missing still. Past its budget of nodes it ends and is ``cut``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Any

from prehab.unlock.formulas import All, AnyOf, Formula, Goal, Needs, No, Slot, State, holds, needs_in

__all__ = ["MOST_NODES", "Search"]

MOST_NODES = 4000
"""So many nodes are looked at before the search is cut."""

Pending = tuple[Formula, ...]


class Search:
    """Finds what to reach so that a formula holds, in the order of cost.

    Args:
        formula: What has to hold.
        told: The rank of what a slot holds now, beside a goal for it; None where it is not known or has no order.
        cost: What it costs to move a slot at all, however far.
        most_nodes: The budget.
    """

    def __init__(
        self,
        formula: Formula,
        told: Callable[[Slot], Goal | None],
        cost: Callable[[Slot], int],
        most_nodes: int = MOST_NODES,
    ) -> None:
        self.cut = False
        self._told, self._cost = told, cost
        self._left = most_nodes
        self._number = count()
        self._queue: list[tuple[int, int, dict[Slot, Goal], Pending, Pending]] = []
        self._seen: set[tuple[frozenset[tuple[Slot, Goal]], Pending, tuple[int, ...]]] = set()
        self._found: set[frozenset[tuple[Slot, Goal]]] = set()
        self._asks: dict[frozenset[tuple[Slot, Goal]], Pending] = {}
        self._push({}, (formula,), (formula,))

    def refine(self, way: State, formula: Formula) -> None:
        """Go on from a way that does not do yet with what is still missing there."""
        asks = self._asks.pop(frozenset(way.items()), ())
        self._push(dict(way), (formula,), (*asks, formula))

    def __iter__(self) -> Iterator[dict[Slot, Goal]]:
        while self._queue:
            if not self._left:
                self.cut = True
                return
            self._left -= 1
            _, _, state, pending, asks = heappop(self._queue)
            if pending:
                ways = pending[0]
                assert isinstance(ways, AnyOf)
                for part in ways.parts:
                    self._push(state, (part, *pending[1:]), asks)
                continue
            way = self._least(state, asks)
            key = frozenset(way.items())
            if key not in self._found:
                self._found.add(key)
                self._asks[key] = asks
                yield way

    def is_met(self, need: Needs, state: State) -> bool:
        """Whether a slot has come as far as is needed."""
        reached = state.get(need.slot) or self._told(need.slot)
        if reached is None:
            return False
        if reached.rank is None or need.goal.rank is None:
            return bool(reached.value == need.goal.value)
        return reached.rank >= need.goal.rank

    def _push(self, state: dict[Slot, Goal], pending: Pending, asks: Pending) -> None:
        """A node: what has to be is taken on at once; what leaves a choice stays, the fewest ways first."""
        reached = dict(state)
        left, choices = list(pending), dict[AnyOf, None]()
        while left:
            formula = left.pop()
            if isinstance(formula, No):
                return
            if isinstance(formula, All):
                left += formula.parts
            elif isinstance(formula, AnyOf):
                choices[formula] = None
            elif not self.is_met(formula, reached):
                before = reached.get(formula.slot)
                if before is not None and before.rank is None:
                    return  # it would have to be two things at once
                reached[formula.slot] = formula.goal
        open_ways = [one for one in choices if not holds(one, lambda need: self.is_met(need, reached))]
        open_ways.sort(key=lambda one: len(one.parts))
        mark = frozenset(reached.items()), tuple(open_ways), tuple(map(id, asks))
        if mark in self._seen:
            return
        self._seen.add(mark)
        cost = sum(map(self._cost, reached))
        heappush(self._queue, (cost, next(self._number), reached, tuple(open_ways), asks))

    def _least(self, state: dict[Slot, Goal], asks: Pending) -> dict[Slot, Goal]:
        """The same without what turns out not to be needed, and each slot moved no further than is needed."""
        goals: dict[Slot, dict[Goal, None]] = {}
        for formula in asks:
            for need in needs_in(formula):
                goals.setdefault(need.slot, {})[need.goal] = None

        def does(trial: dict[Slot, Goal]) -> bool:
            return all(holds(one, lambda need: self.is_met(need, trial)) for one in asks)

        way = dict(state)
        for slot in sorted(state, key=lambda one: (-self._cost(one), tuple(map(str, one)))):
            goal = way[slot]
            without = {name: one for name, one in way.items() if name != slot}
            if does(without):
                way = without
                continue
            lower = [one for one in goals.get(slot, ()) if _below(one, goal)]
            for one in sorted(lower, key=_rank):
                if does({**way, slot: one}):
                    way[slot] = one
                    break
        return way


def _below(one: Goal, other: Goal) -> bool:
    return one.rank is not None and other.rank is not None and one.rank < other.rank


def _rank(goal: Goal) -> Any:
    return goal.rank
