"""Finds what would change an answer: one value after another is tried alone, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from prehab.boundaries.advice import GRAVEST, Advice, Adviser
from prehab.boundaries.models import KINDS, Boundaries, Boundary, Changed, LeftOut
from prehab.boundaries.values import Spot, Values, is_ordered, order_of, spots
from prehab.boundaries.words import Words
from prehab.decide import Decider
from prehab.facts import FactBuilder
from prehab.fields import fields_of
from prehab.graph.schema import make
from prehab.inference import infer
from prehab.program import Program
from prehab.questions import Questions
from prehab.reference import Reference
from prehab.runner import Runner
from prehab.unlock.conditions import Fields, told_at, with_at
from prehab.week import Planner

__all__ = ["Finder", "Found"]

WHAT_ONE_IS = frozenset({("runner", "age_years"), ("runner", "sex"), ("medical", "pregnant"), ("medical", "surgery")})
"""What nobody can change, or what happened, beside what the vocabulary says does not change."""

FIXED = "It is what you are or what happened to you, and nothing to be changed."
SEEN = "It was seen or felt. That it were not so is nothing to aim for: tell it anew when it is gone."


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
        self.evaluator = Reference(program)
        self.fields = Fields(program)
        self.values = Values(self.fields)
        self.places = fields_of(program.pack)
        self.words = Words(program, self.adviser)

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
        made = [self._boundary(task.base, changes, found, runner) for changes, found in groups.items()]
        made.sort(key=lambda one: (KINDS.index(one.kind), one.crossings[0].now is None))
        return make(Boundaries, boundaries=tuple(made), left_out=tuple(task.left_out()))

    def _boundary(
        self, base: Advice, changes: tuple[Changed, ...], found: list[Found], runner: Runner
    ) -> Boundary:
        found = sorted(found, key=lambda one: (one.spot.now is None, self._distance(one, runner)))
        crossings = tuple(self.words.crossing(one, self.values, runner) for one in found)
        return make(
            Boundary,
            kind=self.words.kind(base, found[0].advice),
            says=self.words.sentence(changes),
            changes=changes,
            crossings=crossings,
        )

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
        self._known: dict[tuple[Any, ...], Advice] = {}
        self.base = self._advice(runner)

    # -- trying -------------------------------------------------------------------------------------------------------

    def _at(self, spot: Spot, value: Any) -> Advice:
        """The advice with another value of one field."""
        return self._advice(with_at(self.runner, spot.slot, value), counted=spot.kind if spot.is_counted else None)

    def _advice(self, runner: Runner, *, counted: str | None = None) -> Advice:
        """The advice for another runner; ``counted`` is the kind of fact that the week counts with, where that differs.

        Facts that meet the same patterns lead to the same conclusions, so these are drawn once.
        """
        finder = self.finder
        facts = finder.builder.build(runner)
        met = tuple([(fact.name, fact.meets) for kind in facts.by_kind.values() for fact in kind])
        known = self._known.get(met)
        if known is not None and counted is None:
            return known
        strength = runner.strength
        if known is not None and counted == "strength":
            decisions = known.decisions
        else:
            inference = infer(finder.program, facts, finder.evaluator)
            decisions = finder.decider.decide(inference, strength.equipment or (), strength.lacks, strength.refuses)
        advice = finder.adviser.advice(decisions, runner)
        if counted is None:
            self._known[met] = advice
        return advice

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
            why = FIXED if _is_fixed(spot) else SEEN if self._hides(spot) else None
            if why is not None:
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
        """The nearest change in a direction, and beyond it, where it gets worse that way, each that is graver."""
        improves = {"higher": "down", "lower": "up"}.get(spot.field.worse) == way
        gravest, found = self.base.gravity, False
        for value, before in values:
            advice = self._at(spot, value)
            if (not found and not advice.same_as(self.base)) or advice.gravity > gravest:
                yield Found(spot, way, value, before, advice)
                found, gravest = True, max(gravest, advice.gravity)
            if gravest == GRAVEST or (found and improves):
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
