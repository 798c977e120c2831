"""A runner and all that was answered, and what became softer from one runner to the next."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from prehab.decide import STATUSES, URGENCIES, Decisions
from prehab.engine import Engine
from prehab.fact_builder import presumed
from prehab.graph.schema import Exercise, Injury
from prehab.recommendation import Given, Recommendation
from prehab.rules.pack import Pack
from prehab.runner import Complaint, Runner

__all__ = ["Seen", "softer", "softer_as_written", "wider"]


@dataclass(frozen=True)
class Seen:
    """A runner, and all that was answered. Each part is worked out when it is first asked for.

    ``others`` are engines for the same pack that must answer alike.
    """

    engine: Engine
    data: Mapping[str, Any]
    others: tuple[Engine, ...] = ()

    @cached_property
    def runner(self) -> Runner:
        """The runner, read and checked."""
        return self.engine.runner(self.data)

    @cached_property
    def answer(self) -> Recommendation:
        """The recommendation."""
        return self.engine.recommend(self.runner)

    @cached_property
    def decisions(self) -> Decisions:
        """What was decided, before a week is made of it."""
        return self.engine._decide(self.runner)

    @cached_property
    def allowed(self) -> frozenset[str]:
        """What ``answer.allowed`` says, without writing the answer."""
        stopped = self.decisions.status == "stop"
        return frozenset(self.pack.ids(0 if stopped else self.decisions.allowed))

    @cached_property
    def doses(self) -> dict[str, tuple[int, dict[str, float]]]:
        """The caution of each allowed exercise's scheme, and its bounds as numbers that grow with care."""
        decisions = self.decisions
        found = {}
        for bit, key in enumerate(self.pack.catalogue.ids):
            if key in self.allowed:
                scheme = decisions.scheme_of(bit)
                assert scheme is not None
                bounds = {c: _care(self.pack, c, bound.value) for c, bound in decisions.bounds_of(bit).items()}
                found[key] = self.pack.schemes[scheme].caution, bounds
        return found

    @cached_property
    def most(self) -> dict[str, dict[str, float]]:
        """The most that may be given of each allowed exercise, by channel; worked out anew, not read off a dose."""
        decisions, words = self.decisions, self.pack.channels["external_load"].values
        found: dict[str, dict[str, float]] = {}
        for bit, key in enumerate(self.pack.catalogue.ids):
            if key not in self.allowed:
                continue
            dosing = decisions.dosing(bit)
            schemes = [self.pack.schemes[name] for name in dosing.schemes]
            ends: dict[str, list[float]] = {"external_load": [words.index(one.load[1]) for one in schemes]}
            for name in ("sets", "reps", "hold_s", "contacts", "effort_rpe", "sessions_per_week"):
                ends[name] = [getattr(one, name)[1] for one in schemes if getattr(one, name) is not None]
            ends["pain_limit"] = [one.pain_limit for one in schemes if one.pain_limit is not None]
            for channel, bound in dosing.bounds.items():
                if self.pack.channels[channel].safe == "cap":
                    ends.setdefault(channel, []).append(-_care(self.pack, channel, bound.value))
            found[key] = {channel: min(values) for channel, values in ends.items() if values}
        return found

    @cached_property
    def week(self) -> dict[str, float]:
        """The bounds on the week as numbers that grow with care."""
        bounds = self.decisions.runner_bounds.items()
        return {channel: _care(self.pack, channel, bound.value) for channel, bound in bounds}

    @property
    def pack(self) -> Pack:
        """The pack that was asked."""
        return self.engine.pack

    @property
    def given(self) -> list[Given]:
        """The exercises of the daily work and of all sessions."""
        daily = self.answer.daily.exercises if self.answer.daily else ()
        return [*daily, *(one for session in self.answer.sessions for one in session.exercises)]

    def some(self, keys: list[str]) -> list[str]:
        """One of them, the same for the same runner: what is too slow to look at for all."""
        return random.Random(json.dumps(self.data)).sample(keys, min(1, len(keys)))

    def exercise(self, key: str) -> Exercise:
        """An exercise of the graph."""
        return self.engine.catalogue.exercises[key]

    def number(self, name: str) -> float:
        """The value of a parameter, overrides included."""
        return self.engine._program.parameters[name]

    def complaints(self) -> Iterator[tuple[Complaint, Injury]]:
        """Each complaint with the injury that it is handled as."""
        regions = self.engine.catalogue.words["regions"]
        for complaint in self.runner.complaints:
            pregnant = self.runner.medical.pregnant is True
            key = complaint.injury or presumed(regions[complaint.region], complaint, pregnant=pregnant)
            yield complaint, self.engine.catalogue.injuries[key]

    def urgent_regions(self) -> set[str]:
        """The regions that somebody must look at first."""
        return {r.region for r in self.answer.referrals if r.urgency != "routine" and r.region is not None}


def softer(before: Seen, after: Seen) -> Iterator[str]:
    """What became softer from one runner to the next: allowed, schemes, bounds, the phase, the status."""
    yield from (f"{key} came to be allowed" for key in sorted(after.allowed - before.allowed))
    old, new = before.decisions, after.decisions
    if STATUSES.index(new.status) < STATUSES.index(old.status):
        yield f"the status went from {old.status} to {new.status}"
    if old.urgency and (not new.urgency or URGENCIES.index(new.urgency) < URGENCIES.index(old.urgency)):
        yield f"the urgency went from {old.urgency} to {new.urgency}"
    order = list(before.engine.catalogue.words["phases"])
    if order.index(new.phase) > order.index(old.phase):
        yield f"the phase went from {old.phase} to {new.phase}"
    yield from _softer_doses(before, after)


def softer_as_written(before: Seen, after: Seen) -> Iterator[str]:
    """The same of the written answers, with the phases of movements and of the sore regions."""
    yield from softer(before, after)
    order = list(before.engine.catalogue.words["phases"])
    for seen in (before, after):
        if frozenset(seen.answer.allowed) != seen.allowed:
            yield "what is written as allowed is not what was decided"
        if (seen.answer.status, seen.answer.phase.overall) != (seen.decisions.status, seen.decisions.phase):
            yield "the status or the phase is not written as it was decided"

    def level(phase: str | None) -> int:
        return -1 if phase is None else order.index(phase)

    old, new = before.answer.phase, after.answer.phase
    for screen in new.patterns:
        if level(new.patterns[screen]) > level(old.patterns.get(screen)):
            yield f"the phase of {screen} went up to {new.patterns[screen]}"
    for region in old.regions:
        if level(new.regions.get(region)) > level(old.regions[region]):
            yield f"the phase of the {region} went up to {new.regions[region]}"


def _softer_doses(before: Seen, after: Seen) -> Iterator[str]:
    for key, (caution, bounds) in after.doses.items():
        if key in before.doses:
            least, old = before.doses[key]
            if caution < least:
                yield f"{key}: the scheme became less careful"
            for channel, place in old.items():
                if bounds.get(channel, -math.inf) < place:
                    yield f"{key}: the bound on {channel} became looser"
    for channel, place in before.week.items():
        if after.week.get(channel, -math.inf) < place:
            yield f"the bound on {channel} became looser"


def wider(before: Seen, after: Seen) -> Iterator[str]:
    """Of what may more be given from one runner to the next, on which channel."""
    for key, most in after.most.items():
        for channel, end in before.most.get(key, {}).items():
            if most.get(channel, math.inf) > end:
                yield f"{key}: the most {channel} went from {end:g} to {most.get(channel, math.inf):g}"


def _care(pack: Pack, channel: str, value: Any) -> float:
    """A bound as a number that is higher the more careful it is."""
    one = pack.channels[channel]
    place = one.values.index(value) if one.values else value
    return float(-place if one.safe == "cap" else place)
