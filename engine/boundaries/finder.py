"""Finds what would change an answer: one value after another is tried alone, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from prehab.boundaries.advice import Advice, Adviser
from prehab.boundaries.models import KINDS, Boundaries, Boundary, Changed, LeftOut
from prehab.boundaries.values import Spot, Values, is_ordered, order_of, spots
from prehab.boundaries.words import Words
from prehab.compiled import Compiled
from prehab.decide import Decider
from prehab.fact_builder import FactBuilder
from prehab.facts import Facts
from prehab.fields import fields_of
from prehab.graph.schema import make
from prehab.inference import infer
from prehab.program import Program
from prehab.questions import Questions
from prehab.runner import Runner
from prehab.unlock.conditions import Fields, told_at, with_at
from prehab.week import Planner

__all__ = ["Finder", "Found"]

WHAT_ONE_IS = frozenset({("runner", "age_years"), ("runner", "sex"), ("medical", "pregnant"), ("medical", "surgery")})
"""What nobody can change, or what happened, beside what the vocabulary says does not change."""


class Found(NamedTuple):
    """A boundary that was found: where, on which side, at which value, which one is just before it, and what follows.

    ``before`` is None where the values have no order, and where nothing is told.
    """

    spot: Spot
    way: str
    value: Any
    before: Any
    advice: Advice


class Finder:
    """Finds the boundaries of answers, for one program."""

    def __init__(
        self, program: Program, builder: FactBuilder, decider: Decider, planner: Planner, questions: Questions
    ) -> None:
        self.program = program
        self.builder = builder
        self.decider = decider
        self.questions = questions
        self.adviser = Adviser(program, planner)
        self.evaluator = Compiled(program)
        self.fields = Fields(program)
        self.values = Values(self.fields)
        self.places = fields_of(program.pack)
        self.words = Words(program, self.adviser)

    def advice(self, runner: Runner) -> Advice:
        """The advice for a runner."""
        return self.decided(runner, self.builder.build(runner))

    def decided(self, runner: Runner, facts: Facts) -> Advice:
        """The advice for a runner of whom these are the facts."""
        inference = infer(self.program, facts, self.evaluator)
        return self.adviser.advice(self.decider.decided_of(runner, inference), runner)

    def find(self, runner: Runner) -> Boundaries:
        """The boundaries of the answer for a runner."""
        task = _Task(self, runner)
        groups: dict[tuple[Changed, ...], list[Found]] = {}
        told: dict[int, tuple[Changed, ...]] = {}
        for found in task.found():
            changes = told.get(id(found.advice))
            if changes is None:
                changes = told[id(found.advice)] = tuple(self.words.changes(task.base, found.advice, runner))
            groups.setdefault(changes, []).append(found)
        made: list[tuple[tuple[Any, ...], Boundary]] = []
        for changes, alike in groups.items():
            kind = self.words.kind(task.base, alike[0].advice)
            alike.sort(key=lambda one: (one.spot.now is None, self._distance(one, runner)))
            grave = -alike[0].advice.gravity[0], -alike[0].advice.gravity[1]
            order = KINDS.index(kind), grave, alike[0].spot.now is None, self._distance(alike[0], runner), len(made)
            crossings = tuple(self.words.crossing(one, self.values, runner) for one in alike)
            says = self.words.sentence(changes)
            made.append((order, make(Boundary, kind=kind, says=says, changes=changes, crossings=crossings)))
        made.sort(key=lambda one: one[0])
        return make(Boundaries, boundaries=tuple(one for _, one in made), left_out=tuple(task.left_out()))

    def _distance(self, one: Found, runner: Runner) -> int:
        """How many values that may matter lie between what is told and a boundary."""
        if one.spot.now is None or not is_ordered(one.spot.field):
            return 0
        values = [value for value, _ in self.values.near(one.spot, runner)]
        order = order_of(one.spot.field)
        ends = sorted((order(one.spot.now), order(one.value)))
        return sum(ends[0] < order(value) < ends[1] for value in values)


class _Task:
    """One runner."""

    def __init__(self, finder: Finder, runner: Runner) -> None:
        self.finder = finder
        self.runner = runner
        self.builder = finder.builder.remembering()
        self._known: dict[tuple[Any, ...], Advice] = {}
        self.base = self._advice(runner)

    # -- trying -------------------------------------------------------------------------------------------------------

    def _at(self, spot: Spot, value: Any) -> Advice:
        """The advice with another value of one field."""
        runner = with_at(self.runner, spot.slot, value)
        if not spot.is_counted:
            return self._advice(runner)
        if spot.kind == "strength" and not self.finder.values.has_cuts(spot):  # no rule compares it with anything
            return self.finder.adviser.advice(self.base.decisions, runner)
        return self.finder.decided(runner, self.builder.build(runner))

    def _advice(self, runner: Runner) -> Advice:
        """The advice for a runner. Facts that meet the same patterns lead to the same, which is then drawn once."""
        facts = self.builder.build(runner)
        met = tuple([(fact.name, fact.meets) for kind in facts.by_kind.values() for fact in kind])
        known = self._known.get(met)
        if known is None:
            known = self._known[met] = self.finder.decided(runner, facts)
        return known

    # -- what is told and what is asked for ---------------------------------------------------------------------------

    def found(self) -> Iterator[Found]:
        """Every boundary: of what is told in the order of the vocabulary, then of what is asked for."""
        for spot in spots(self.finder.fields, self.runner):
            if not _is_fixed(spot):
                yield from self._told(spot)
        for ask in self.finder.questions.asks(self.base.decisions, self.runner.complaints):
            place = self.finder.places.at(ask.about)
            if place is not None:
                field = self.finder.fields.kinds[place.kind].fields[place.field]
                slot = self.finder.fields.slot(*place)
                spot = Spot(place.kind, place.fact, place.field, field, slot, told_at(self.runner, slot))
                if spot.now is None and not _is_fixed(spot):
                    yield from self._asked(spot)

    def left_out(self) -> Iterator[LeftOut]:
        """What is told and left out, with the reason."""
        for spot in spots(self.finder.fields, self.runner):
            fixed = _is_fixed(spot)
            if fixed or self._hides(spot):
                why = self.finder.words.say("boundary.fixed" if fixed else "boundary.seen")
                yield make(LeftOut, at=spot.at, label=self.finder.words.label(spot, self.runner), why=why)

    @staticmethod
    def _hides(spot: Spot) -> bool:
        """Whether it is a sign that is there: then nothing is shown for its not being there."""
        field = spot.field
        return field.type == "boolean" and field.change == "ask" and field.worse == "higher" and spot.now is True

    def _told(self, spot: Spot) -> Iterator[Found]:
        if not is_ordered(spot.field):
            if not self._hides(spot):
                yield from self._each(spot)
            return
        near = self.finder.values.near(spot, self.runner)
        order = order_of(spot.field)
        now = order(spot.now)
        above = [(value, _nearer(before, spot.now, order, 1)) for value, before in near if order(value) > now]
        yield from self._along(spot, "up", above)
        below = [
            (before, _nearer(value, spot.now, order, -1))
            for value, before in reversed(near)
            if before is not None and order(before) < now
        ]
        yield from self._along(spot, "down", below)

    def _each(self, spot: Spot) -> Iterator[Found]:
        """Every other value of a field without an order that leads to another advice."""
        for value in [False, True] if spot.field.type == "boolean" else spot.field.values:
            if value != spot.now and not (advice := self._at(spot, value)).same_as(self.base):
                yield Found(spot, "other", value, None, advice)

    def _along(self, spot: Spot, way: str, values: list[tuple[Any, Any]]) -> Iterator[Found]:
        """The nearest change in a direction, and beyond it, where it gets worse that way, each that is graver.

        What is worse is never less grave, so where the last value is no graver none before it is.
        """
        better = {"higher": "down", "lower": "up"}.get(spot.field.worse)
        gravest, found = self.base.gravity, False
        for value, before in values:
            advice = self._at(spot, value)
            if (not found and not advice.same_as(self.base)) or advice.gravity > gravest:
                yield Found(spot, way, value, before, advice)
                found, gravest = True, max(gravest, advice.gravity)
            if found and better and (way == better or self._at(spot, values[-1][0]).gravity <= gravest):
                return

    def _asked(self, spot: Spot) -> Iterator[Found]:
        """What an answer would change: of numbers and ordered words the least and the most, each as far as it goes."""
        if not is_ordered(spot.field):
            yield from self._each(spot)
            return
        near = self.finder.values.near(spot, self.runner)
        least = self._at(spot, near[0][0])
        last = near[-1][0]
        for value, before in near[1:]:
            if not self._at(spot, value).same_as(least):
                last = before
                break
        if not least.same_as(self.base):
            yield Found(spot, "down", last, None, least)
        if last == near[-1][0]:
            return
        first, _ = near[-1]
        most = self._at(spot, first)
        for value, _ in reversed(near[:-1]):
            if not self._at(spot, value).same_as(most):
                break
            first = value
        if not most.same_as(self.base):
            yield Found(spot, "up", first, None, most)


def _is_fixed(spot: Spot) -> bool:
    return spot.field.change == "no" or (spot.kind, spot.name) in WHAT_ONE_IS


def _nearer(value: Any, now: Any, order: Callable[[Any], float], way: int) -> Any:
    """A value, or what is told where that lies nearer to the next one."""
    return now if value is None or (order(value) - order(now)) * way < 0 else value
