"""Which way formulas turn when some of their variables change, as far as that is plain from how they are built.

Conclusions are put together by ``and`` and ``or`` from tests, each of which a worse answer can turn in one way only. A
formula turns no other way than its parts do, so most claims about two runners need no search. Whatever is not plain is
left to z3: a part as small as a test at once, the rest when the claim is put.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import z3

__all__ = ["FALLS", "RISES", "Directions", "Pairs", "Turned", "variables"]

RISES, FALLS = 1, 2
"""Marks, to be combined: that a formula may become true or a number grow, and that it may become false or shrink."""

EITHER = RISES | FALLS
TURNED = (0, FALLS, RISES, EITHER)

MOST_ASKED = 80
"""The largest part of a formula, in nodes, of which z3 is asked at once."""

SMALL = 12
"""What has no more nodes is looked at whole. Of what is larger only that counts which way it turns."""

Pairs = Sequence[tuple[Any, Any]]
"""Variables, each with what is put in its place."""


class Directions:
    """The nodes of some formulas, each once and after what it is built from.

    Args:
        terms: The formulas.
        constraints: What always holds.
    """

    def __init__(self, terms: Iterable[Any], constraints: Iterable[Any]) -> None:
        self._nodes: list[Any] = []
        self._children: list[list[int]] = []
        self._parents: list[list[int]] = []
        self._place: dict[int, int] = {}
        self._about: dict[int, list[Any]] = {}
        for term in terms:
            self._read(term)
        for constraint in constraints:
            for variable in variables([constraint]):
                self._about.setdefault(variable, []).append(constraint)

    def _read(self, term: Any) -> None:
        left = [(term, False)]
        while left:
            node, ready = left.pop()
            key = node.get_id()
            if key in self._place:
                continue
            parts = node.children()
            if not ready:
                left.append((node, True))
                left += [(part, False) for part in parts]
                continue
            place = self._place[key] = len(self._nodes)
            self._nodes.append(node)
            self._children.append([self._place[part.get_id()] for part in parts])
            self._parents.append([])
            for child in set(self._children[place]):
                self._parents[child].append(place)

    def turned(self, pairs: Pairs, supposed: Sequence[Any]) -> Turned:
        """How the formulas turn when variables are put in place of others.

        Args:
            pairs: Each variable that changes, and what it becomes.
            supposed: What holds of them.
        """
        return Turned(self, pairs, supposed)

    def above(self, pairs: Pairs) -> list[int]:
        """The places of the nodes that hold some of the variables, each after what it is built from."""
        left = [self._place[one.get_id()] for one, _ in pairs if one.get_id() in self._place]
        seen = set(left)
        while left:
            for parent in self._parents[left.pop()]:
                if parent not in seen:
                    seen.add(parent)
                    left.append(parent)
        return sorted(seen)

    def place(self, term: Any) -> int:
        """Where a formula stands."""
        return self._place[term.get_id()]

    def part(self, place: int) -> tuple[Any, list[int]]:
        """A node, and the places of what it is built from."""
        return self._nodes[place], self._children[place]

    def holding(self, node: Any) -> list[Any]:
        """What always holds of a variable."""
        return self._about.get(node.get_id(), [])

    def is_small(self, place: int) -> bool:
        """Whether a formula has few nodes."""
        seen, left = {place}, [place]
        while left and len(seen) <= SMALL:
            new = set(self._children[left.pop()]) - seen
            seen |= new
            left += new
        return len(seen) <= SMALL


def variables(terms: Iterable[Any]) -> set[int]:
    """The variables of some terms, by their numbers in z3."""
    found, seen, left = set[int](), set[int](), [term for term in terms if not isinstance(term, bool)]
    while left:
        node = left.pop()
        if node.get_id() not in seen:
            seen.add(node.get_id())
            left += node.children()
            if z3.is_const(node) and node.decl().kind() == z3.Z3_OP_UNINTERPRETED:
                found.add(node.get_id())
    return found


class Turned:
    """How formulas turn by one change."""

    def __init__(self, of: Directions, pairs: Pairs, supposed: Sequence[Any]) -> None:
        self._of = of
        self._pairs = [(one, other) for one, other in pairs if not one.eq(other)]
        self._solver = z3.Solver()
        self._solver.add(*(term for term in supposed if term is not True))
        self._variables = {one.get_id() for one, _ in self._pairs}
        self._marks: dict[int, int] = {}
        for place in of.above(self._pairs):
            self._marks[place] = self._mark(place)

    def of(self, term: Any) -> int:
        """How a formula may turn; 0 where it stays as it is."""
        return 0 if isinstance(term, bool) else self._marks.get(self._of.place(term), 0)

    def _mark(self, place: int) -> int:
        node, children = self._of.part(place)
        mark = EITHER if node.get_id() in self._variables else self._plainly(node, children)
        return self._asked(place) if mark == EITHER and not z3.is_bv(node) else mark

    def _plainly(self, node: Any, children: list[int]) -> int:
        """How a node turns, from how its parts do."""
        marks = [self._marks.get(child, 0) for child in children]
        kind = node.decl().kind()
        if kind in (z3.Z3_OP_AND, z3.Z3_OP_OR, z3.Z3_OP_ADD):
            return _any(marks)
        if kind == z3.Z3_OP_NOT:
            return TURNED[marks[0]]
        if kind in (z3.Z3_OP_GE, z3.Z3_OP_GT):
            return marks[0] | TURNED[marks[1]]
        if kind in (z3.Z3_OP_LE, z3.Z3_OP_LT):
            return TURNED[marks[0]] | marks[1]
        if kind == z3.Z3_OP_ITE and not marks[0]:
            return marks[1] | marks[2]
        return EITHER if any(marks) else 0

    def _asked(self, place: int) -> int:
        """How a node may turn, by z3; of its larger parts no more is told than how they turn themselves.

        Where that is too little, the parts that turn are looked at more closely.
        """
        opened = {place}
        while (parts := self._parts(opened)) is not None:
            mark = self._asked_with(place, *parts)
            opened = parts[0] | {part for part in parts[1] if self._marks.get(part, 0)}
            if mark != EITHER or len(opened) == len(parts[0]):
                return mark
        return EITHER

    def _asked_with(self, place: int, whole: set[int], cut: set[int]) -> int:
        known = [term for part in whole for term in self._of.holding(self._of.part(part)[0])]
        before, after = [], list(self._pairs)
        for part in cut:
            node, mark = self._of.part(part)[0], self._marks.get(part, 0)
            one = z3.Bool(f"part {part}")
            other = z3.Bool(f"part {part}'") if mark else one
            before.append((node, one))
            after.append((node, other))
            if mark:
                known.append(z3.Implies(one, other) if mark == RISES else z3.Implies(other, one))
        node = self._of.part(place)[0]
        one, other = z3.substitute(node, *before), z3.substitute(node, *after)
        if z3.is_bool(node):
            ways = z3.And(other, z3.Not(one)), z3.And(one, z3.Not(other))
        else:
            ways = other > one, one > other
        marks = zip((RISES, FALLS), ways, strict=True)
        return _any([mark for mark, way in marks if self._solver.check(way, *known) != z3.unsat])

    def _parts(self, opened: set[int]) -> tuple[set[int], set[int]] | None:
        """What is looked at, some nodes at least, and below it what is not; nothing where that were too much."""
        whole, cut, left = set(opened), set[int](), list(opened)
        while left:
            for part in self._of.part(left.pop())[1]:
                if part in whole or part in cut:
                    continue
                is_test = z3.is_bool(self._of.part(part)[0])
                if is_test and self._marks.get(part, 0) != EITHER and not self._of.is_small(part):
                    cut.add(part)
                else:
                    whole.add(part)
                    left.append(part)
            if len(whole) + len(cut) > MOST_ASKED:
                return None
        return whole, cut


def _any(marks: Iterable[int]) -> int:
    found = 0
    for mark in marks:
        found |= mark
    return found
