"""The advice: of an answer, what a runner is told to do. Whatever is not in here may differ without a change of advice.

That is: the status and its urgency; who should look at what, how soon; running; the stage of each complaint; what is
allowed, and how much of it; what stands in the week, on which days, how much. Sentences, reasons, sources, questions,
phases and gates are how it is explained, and no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prehab.decide import STATUSES, URGENCIES, Decisions
from prehab.graph.index import bits_of
from prehab.graph.once import Once
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.runner import Runner
from prehab.week import Planner
from prehab.week.doses import owned_by
from prehab.week.running import Running

__all__ = ["Advice", "Adviser"]


class Advice:
    """The advice for one runner.

    Attributes:
        gravity: How grave it is: the status, then the urgency.
        referrals: The place, how soon and who, of each referral.
        running: The mode of running; None where nothing is said of it.
        stages: The stage of each complaint, by its key.
        allowed: The exercises that are allowed.
        week: What is done daily and in each session, with doses and days.
    """

    def __init__(self, adviser: Adviser, decisions: Decisions, runner: Runner) -> None:
        self._adviser = adviser
        self.decisions = decisions
        stopped = decisions.status == "stop"
        self.status = decisions.status
        self.urgency = decisions.urgency
        self.gravity = STATUSES.index(self.status), 1 + URGENCIES.index(self.urgency) if self.urgency else 0
        self.referrals = frozenset(
            (place, urgency, who) for (place, urgency), told in decisions.referrals.items() for who, _ in told
        )
        run = adviser.running.decide(decisions)
        self.running = None if run is None else run.mode
        self.stages = {} if stopped else decisions.stages
        self.allowed = 0 if stopped else decisions.allowed
        self.owned = owned_by(runner)
        self._runner = runner

    @Once
    def week(self) -> tuple[Any, ...]:
        """What is done daily, then what in each session."""
        week = self._adviser.planner.week(self.decisions, self._runner)
        daily = ((one.pick.bit, one.pick.dose, one.days_per_week, one.times_per_day, one.days) for one in week.daily)
        sessions = (
            (one.day, one.after_run, tuple((pick.bit, pick.dose) for pick in one.picks)) for one in week.sessions
        )
        return tuple(daily), tuple(sessions)

    @property
    def given(self) -> int:
        """The exercises of the week."""
        daily, sessions = self.week
        bits = {bit for bit, *_ in daily} | {bit for *_, picks in sessions for bit, _ in picks}
        return sum(1 << bit for bit in bits)

    def dose(self, bit: int) -> Dose:
        """How much is allowed of an exercise that is allowed."""
        dosing = self.decisions.dosing(bit)
        return self._adviser.planner.doses.dose(bit, dosing.schemes, dosing.values(), self.owned)

    @property
    def projection(self) -> Mapping[str, Any]:
        """All of it as plain values: two answers give the same advice where these are equal."""
        return {
            "status": self.status,
            "urgency": self.urgency,
            "referrals": self.referrals,
            "running": self.running,
            "stages": dict(self.stages),
            "allowed": self.allowed,
            "doses": {bit: self.dose(bit) for bit in bits_of(self.allowed)},
            "week": self.week,
        }

    @Once
    def _dosed(self) -> tuple[tuple[tuple[str, int], ...], tuple[tuple[str, Any, int], ...]]:
        """What doses are made of: the exercises of each scheme, and those of each bound."""
        decisions, allowed = self.decisions, self.allowed
        schemes = ((name, mask & allowed) for name, mask in decisions.prescribed.items())
        safest: dict[str, int] = {}
        bounds: list[tuple[str, Any, int]] = []
        for bound in decisions.limits:
            seen = safest.get(bound.channel, 0)
            new = bound.concluded.mask & allowed & ~seen
            if new:
                safest[bound.channel] = seen | new
                if bounds and bounds[-1][:2] == (bound.channel, bound.value):
                    new |= bounds.pop()[2]
                bounds.append((bound.channel, bound.value, new))
        return tuple((name, mask) for name, mask in schemes if mask), tuple(bounds)

    def redosed(self, other: Advice) -> int:
        """What both allow and dose differently."""
        both = self.allowed & other.allowed
        if self._dosed == other._dosed and self.owned == other.owned:
            return 0
        return sum(1 << bit for bit in bits_of(both) if self.dose(bit) != other.dose(bit))

    def same_as(self, other: Advice) -> bool:
        """Whether two answers give the same advice: ``projection`` is equal, found sooner."""
        return (
            self.gravity == other.gravity
            and self.allowed == other.allowed
            and self.running == other.running
            and self.referrals == other.referrals
            and self.stages == other.stages
            and not self.redosed(other)
            and self.week == other.week
        )


class Adviser:
    """Says what the advice is, for one program."""

    def __init__(self, program: Program, planner: Planner) -> None:
        self.program = program
        self.planner = planner
        self.running = Running(program)

    def advice(self, decisions: Decisions, runner: Runner) -> Advice:
        """The advice for a runner of whom this was decided."""
        return Advice(self, decisions, runner)
