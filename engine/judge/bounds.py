"""What may be given of each exercise, counted from the decisions alone: the least, the most, and the most for now.

Of several schemes the lowest end of each counts, and of schemes and bounds the safer one. What the log does not know
begins at its lowest (law 15): calm sessions of an exercise, or of a harder one on its ladder, move it on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from prehab.decide import Bound, Concluded, Decisions
from prehab.graph.schema import Injury, Work
from prehab.reasons import Reasons
from prehab.recommendation import Reason
from prehab.runner import LoggedSession, Runner

__all__ = ["AMOUNTS", "WEEKDAYS", "Asked", "Bounds", "Dosage", "Span"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

AMOUNTS = ("reps", "hold_s", "contacts")
"""The units in which exercises are dosed."""

SPANS = ("sets", *AMOUNTS, "effort_rpe")


@dataclass(frozen=True, slots=True)
class Span:
    """A channel of a dose: the least that is of use, the most for now, the most at all; what sets the most."""

    least: float
    now: float
    most: float
    by: Concluded


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that the programme of a complaint asks for now, and the exercises that would do."""

    key: str
    rank: int
    injury: Injury
    work: Work
    mask: int


@dataclass(frozen=True, slots=True)
class Dosage:
    """All that bounds the dose of one exercise. Loads are places in the list of load words."""

    bit: int
    spans: dict[str, Span]
    unit: str
    loads: tuple[int, int]
    load_by: Concluded
    load_bounded: bool
    reserve: float
    pain_limit: float | None
    knee_bend_deg: float | None
    rest_s: float
    days: int
    times_per_day: int
    ramp_sets: int
    rep_s: float
    bounds: dict[str, Bound]
    by: Concluded

    def hours(self, channel: str) -> float:
        """The hours of a channel that spaces work out; none where it is not bounded."""
        bound = self.bounds.get(channel)
        return 0.0 if bound is None else float(bound.value)


class Bounds:
    """What may be given to one runner."""

    def __init__(self, decisions: Decisions, runner: Runner, reasons: Reasons) -> None:
        self.decisions = decisions
        self.runner = runner
        self.reasons = reasons
        self.program = program = decisions.program
        self.pack = program.pack
        self.numbers = program.parameters
        self.catalogue = self.pack.catalogue
        self.exercises = tuple(self.catalogue.exercises.values())
        self.words = list(self.pack.channels["external_load"].values) if "external_load" in self.pack.channels else []
        self.prescribing: dict[str, list[Concluded]] = {}
        for one in decisions.of("prescribe"):
            self.prescribing.setdefault(one.effect.data["scheme"], []).append(one)
        self.asked = tuple(sorted(self._asked(), key=lambda asked: (asked.rank, asked.injury.id)))
        self._done = tuple(self._calm_sessions())
        running = decisions.inference.facts.by_kind.get("running")
        self.days_to_race: int | None = running[0].values.get("days_to_race") if running else None
        self.race_is_near = self.days_to_race is not None and self.days_to_race <= len(WEEKDAYS)
        self.new = self._untried() if self.race_is_near else 0
        self.may_fill = decisions.available & ~self.new
        self._dosages: dict[int, Dosage | None] = {}

    # -- what treats --------------------------------------------------------------------------------------------------

    def _asked(self) -> Iterable[Asked]:
        index = self.catalogue.index
        for fact, injury, stage in self.decisions.treated():
            for rank, work in enumerate(injury.stages[stage].programme):
                mask = index.named(key for step in work.steps for key in step)
                yield Asked(fact.name, rank, injury, work, mask)

    def treating(self, bit: int) -> list[Asked]:
        """What an exercise would do for what hurts."""
        return [one for one in self.asked if one.mask >> bit & 1]

    # -- how far the runner has come ----------------------------------------------------------------------------------

    def _calm_sessions(self) -> Iterable[int]:
        recent, calm = self.numbers["growth.recent_days"], self.numbers["growth.calm_pain"]
        sore = bool(self.runner.complaints)
        for session in self.decisions.inference.facts.log:
            if session.exercises and (session.days_ago or 0) <= recent and _was_calm(session, calm, sore=sore):
                yield self.catalogue.index.named(session.exercises)

    def share(self, bit: int) -> float:
        """How far on the way from the least to the most, 0 to 1."""
        key = self.catalogue.ids[bit]
        at_least = self.catalogue.index.named([key, *self.catalogue.above(key)])
        known = min(1.0, self.numbers["growth.familiar_share"]) if self.decisions.familiar & at_least else 0.0
        sessions = sum(1 for done in self._done if done & at_least)
        return max(known, min(1.0, sessions / self.numbers["growth.sessions_to_top"]))

    def _untried(self) -> int:
        """What no session of the log held lately, nor a harder form of it; nothing where no session names exercises."""
        recent = self.numbers["growth.recent_days"]
        lately = [one.exercises for one in self.decisions.inference.facts.log if (one.days_ago or 0) <= recent]
        named = self.catalogue.index.named
        done = named(key for keys in lately for key in keys)
        if not done:
            return 0
        done |= self.decisions.familiar
        return named(key for key in self.catalogue.ids if not done & named([key, *self.catalogue.above(key)]))

    # -- doses --------------------------------------------------------------------------------------------------------

    def dosage(self, bit: int) -> Dosage | None:
        """What bounds the dose of an exercise; None where no scheme is prescribed for it."""
        if bit not in self._dosages:
            self._dosages[bit] = self._dosage(bit)
        return self._dosages[bit]

    def _dosage(self, bit: int) -> Dosage | None:
        dosing = self.decisions.dosing(bit)
        if not dosing.schemes:
            return None
        schemes = [self.pack.schemes[name] for name in dosing.schemes]
        first, bounds = schemes[0], dosing.bounds
        unit = next(name for name in AMOUNTS if getattr(first, name) is not None)
        treating = self.treating(bit)
        share = self.share(bit)
        spans = {}
        for name in SPANS:
            own = getattr(first, name)
            if own is None:
                continue
            ends = [
                (float(getattr(scheme, name)[1]), self._prescribed(key, bit))
                for key, scheme in zip(dosing.schemes, schemes, strict=True)
                if getattr(scheme, name) is not None
            ]
            if name in bounds:
                value = bounds[name].value
                ends.append((math.floor(value) if name in ("sets", "contacts") else value, bounds[name].concluded))
            most, by = min(ends, key=lambda end: end[0])
            least = min(own[0], most)
            falls = name == "reps" and first.start_reps is not None
            now = min(first.start_reps or most, most) if falls else int(least + (most - least) * share)
            for asked in treating:
                amounts = getattr(asked.work, name, None)
                if amounts is not None:
                    begun = max(amounts[0], int(amounts[0] + (amounts[1] - amounts[0]) * share))
                    now = max(now, min(begun, most))
            spans[name] = Span(least, max(now, least), most, by)
        loads, load_by = self._loads(dosing.schemes, bit, bounds.get("external_load"))
        reserves = [scheme.reps_in_reserve[0] for scheme in schemes if scheme.reps_in_reserve]
        if "reps_in_reserve" in bounds:
            reserves.append(math.ceil(bounds["reps_in_reserve"].value))
        pains = [float(scheme.pain_limit) for scheme in schemes if scheme.pain_limit is not None]
        if "pain_limit" in bounds:
            pains.append(float(bounds["pain_limit"].value))
        return Dosage(
            bit=bit,
            spans=spans,
            unit=unit,
            loads=loads,
            load_by=load_by,
            load_bounded="external_load" in bounds,
            reserve=max(reserves, default=0),
            pain_limit=min(pains, default=None),
            knee_bend_deg=float(bounds["knee_bend_deg"].value) if "knee_bend_deg" in bounds else None,
            rest_s=first.rest_s[0],
            days=int(min(scheme.sessions_per_week[1] for scheme in schemes)),
            times_per_day=max((asked.work.times_per_day for asked in treating), default=1),
            ramp_sets=len(first.ramp_pct),
            rep_s=first.rep_s or self.numbers["session.rep_s"],
            bounds=bounds,
            by=self._prescribed(dosing.schemes[0], bit),
        )

    def _prescribed(self, scheme: str, bit: int) -> Concluded:
        return next(one for one in self.prescribing[scheme] if one.mask >> bit & 1)

    def _loads(self, schemes: tuple[str, ...], bit: int, bound: Bound | None) -> tuple[tuple[int, int], Concluded]:
        """The least and the most outside load, as places in the list of words, and what sets the most."""
        exercise, words = self.exercises[bit], self.words
        tops = [(words.index(self.pack.schemes[name].load[1]), self._prescribed(name, bit)) for name in schemes]
        if bound is not None:
            tops.append((words.index(bound.value), bound.concluded))
        most, by = min(tops, key=lambda top: top[0])
        if exercise.external_load == "none":
            return (0, 0), by
        most = min(most, self._heaviest(bit))
        least = words.index(self.pack.schemes[schemes[0]].load[0])
        if exercise.external_load == "required":
            least = max(least, min(1, most))
        return (min(least, most), most), by

    def _heaviest(self, bit: int) -> int:
        """The most load that the equipment gives, as a place in the list of words."""
        strength, about = self.runner.strength, self.catalogue.words["equipment"]
        there = self.catalogue.everyday().difference(strength.lacks).union(strength.equipment or ())
        heaviest = len(self.words) - 1
        for options in self.exercises[bit].needs:
            tools = [about[item].get("most_load") for item in options if item in there]
            if tools:
                heaviest = min(heaviest, max(heaviest if one is None else self.words.index(one) for one in tools))
        return heaviest

    def begun(self, bit: int) -> dict[str, Any]:
        """The fields of a plan for an exercise as it is begun: the least of everything, or what treats asks for."""
        dosage = self.dosage(bit)
        assert dosage is not None
        spans = dosage.spans
        fields: dict[str, Any] = {"exercise": self.catalogue.ids[bit], "sets": int(spans["sets"].least)}
        amount = spans[dosage.unit]
        fields[dosage.unit] = math.ceil(amount.now if self.treating(bit) else amount.least)
        if self.treating(bit):
            fields["sets"] = int(spans["sets"].now)
        if self.words:
            fields["load"] = self.words[dosage.loads[0]]
        fields["effort_rpe"] = spans["effort_rpe"].least
        fields["rest_s"] = dosage.rest_s
        for name, value in (("pain_limit", dosage.pain_limit), ("knee_bend_deg", dosage.knee_bend_deg)):
            if value is not None:
                fields[name] = value
        return fields

    # -- words --------------------------------------------------------------------------------------------------------

    def reason(self, concluded: Concluded) -> Reason:
        """The rule of a conclusion and its sentence."""
        return self.reasons.of(concluded)


def _was_calm(session: LoggedSession, calm: float, *, sore: bool) -> bool:
    """Whether a session hurt little, then and the next morning; who is sore has to have said so."""
    pains = (session.pain_during, session.pain_next_morning)
    return all(not sore if pain is None else pain <= calm for pain in pains)
