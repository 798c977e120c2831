"""How much of an exercise: what its schemes and every bound leave, the load that the equipment allows, the minutes.

Of several schemes that are prescribed the most careful says how the work is done, and all of them say how much at most:
the lowest end of each counts. So one more prescription, like one more bound, never widens what may be given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from prehab.graph.frozen import FrozenDict
from prehab.graph.once import ByNeed
from prehab.graph.schema import Exercise, altered, make
from prehab.program import Program
from prehab.recommendation import Dose, Start
from prehab.rules.vocabulary import Scheme
from prehab.runner import Runner
from prehab.week.growth import grown

__all__ = ["DoseKey", "Doses", "owned_by"]

Bounds = tuple[tuple[str, Any], ...]
Owned = tuple[tuple[str, ...], tuple[str, ...]]
"""What the runner named, and what every other home has and his has not."""

DoseKey = tuple[int, tuple[str, ...], Bounds, Owned, float]
"""All that a dose depends on: the exercise, its schemes and bounds, what is owned, and how far the runner has come."""

SCHEME_CHANNELS = frozenset(
    {"sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s", "external_load", "pain_limit"}
)


COUNTED = frozenset({"sets", "contacts"})
"""The channels that count things."""


def owned_by(runner: Runner) -> Owned:
    """What a runner named, and what he lacks of what every home has."""
    return tuple(runner.strength.equipment or ()), tuple(runner.strength.lacks)


class Doses:
    """The doses of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises = ByNeed(pack.catalogue.exercise_at)
        self.load_words = list(pack.channels["external_load"].values)
        self.light = {
            item: str(entry["most_load"])
            for item, entry in pack.catalogue.words["equipment"].items()
            if "most_load" in entry
        }
        self.everyday = pack.catalogue.everyday()
        self.dose = lru_cache(maxsize=256)(self._dose)
        self.begun = lru_cache(maxsize=2048)(self._begun)
        self.in_session = lru_cache(maxsize=1024)(self._in_session)
        self._spans = lru_cache(maxsize=1024)(self._narrowed)
        self.equipment_for = lru_cache(maxsize=4096)(self._equipment_for)

    def _dose(self, bit: int, schemes: tuple[str, ...], bounds: Bounds, owned: Owned) -> Dose:
        """The dose of an exercise; it depends on no more than this, so it is remembered between runners."""
        pack = self.program.pack
        all_of = [pack.schemes[name] for name in schemes]
        first = all_of[0]
        bound = dict(bounds)
        exercise, spans = self.exercises[bit], self._spans(schemes, bounds)
        load, load_text = self._load(all_of, exercise, bound.get("external_load"), owned)
        limits = [one.pain_limit for one in all_of if one.pain_limit is not None]
        reserves = [one.reps_in_reserve[0] for one in all_of if one.reps_in_reserve]
        floor = max([*reserves, _whole(bound.get("reps_in_reserve", 0), math.ceil)])
        return make(
            Dose,
            scheme=schemes[0],
            **spans,
            start=self._start(first, spans),
            reps_in_reserve=(floor, max(floor, first.reps_in_reserve[1])) if first.reps_in_reserve else None,
            load=load,
            load_text=load_text,
            tempo=first.tempo,
            rest_s=(first.rest_s[0], first.rest_s[1]),
            pain_limit=min([*limits, *([bound["pain_limit"]] if "pain_limit" in bound else [])], default=None),
            bounds=FrozenDict((channel, value) for channel, value in bounds if channel not in SCHEME_CHANNELS),
        )

    def _narrowed(self, schemes: tuple[str, ...], bounds: Bounds) -> dict[str, tuple[float, float] | None]:
        """The ranges that schemes and bounds leave, whatever the exercise."""
        all_of, bound = [self.program.pack.schemes[name] for name in schemes], dict(bounds)
        return {
            name: _narrowed(all_of, name, _whole(bound.get(name), math.floor) if name in COUNTED else bound.get(name))
            for name in ("sets", "reps", "hold_s", "contacts", "effort_rpe", "sessions_per_week")
        }

    def _begun(self, bit: int, schemes: tuple[str, ...], bounds: Bounds, owned: Owned, share: float) -> Dose:
        """The dose of an exercise as far as a runner has grown into it: ``share`` goes from 0 to 1."""
        return grown(self.dose(bit, schemes, bounds, owned), share)

    def _in_session(self, of: DoseKey, sets: int, main: bool) -> tuple[Dose, int]:
        """A dose begun with so many sets, and its minutes; of a main lift with its lighter sets before it."""
        dose = self.begun(*of)
        dose = dose if sets == dose.start.sets else altered(dose, start=altered(dose.start, sets=sets))
        return dose, self.minutes(self.exercises[of[0]], dose, len(self.ramp_pct(dose)) if main else 0)

    def _start(self, scheme: Scheme, spans: dict[str, Any]) -> Start:
        """Where a scheme begins: at its lowest, or with the repetitions of a light weight where it says so."""

        def least(name: str) -> int | None:
            return None if spans[name] is None else int(spans[name][0])

        reps = least("reps")
        if reps is not None and scheme.start_reps is not None:
            reps = int(min(scheme.start_reps, spans["reps"][1]))
        return make(
            Start,
            sets=least("sets"),
            reps=reps,
            hold_s=least("hold_s"),
            contacts=least("contacts"),
            effort_rpe=spans["effort_rpe"][0],
            rest_s=int(scheme.rest_s[0]),
        )

    def ramp_pct(self, dose: Dose) -> tuple[int, ...]:
        """The lighter sets before the first set of a main lift, in percent of the working weight."""
        return tuple(self.program.pack.schemes[dose.scheme].ramp_pct) if dose.load in self.load_words[2:] else ()

    def minutes(self, exercise: Exercise, dose: Dose, ramp_sets: int = 0) -> int:
        """How long an exercise takes as it is begun, in whole minutes: rests and change-over included, rounded up."""
        numbers, start = self.program.parameters, dose.start
        if start.contacts:
            work = start.contacts * numbers["session.contact_s"] / start.sets
        elif start.hold_s:
            work = start.hold_s
        else:
            usual = numbers["session.rep_s"]
            work = (start.reps or 0) * (self.program.pack.schemes[dose.scheme].rep_s or usual)
        if exercise.sides != "both":
            work *= 2
        seconds = start.sets * work + (start.sets - 1) * start.rest_s + numbers["session.change_over_s"]
        seconds += ramp_sets * numbers["session.ramp_set_s"]
        return math.ceil(seconds / 60)

    def _equipment_for(self, exercise: str, owned: Owned) -> tuple[str, ...]:
        """Of each thing that an exercise needs, the one to use: what the runner named before what every home has."""
        has, lacks = owned
        chosen = []
        for options in self.program.pack.catalogue.exercises[exercise].needs:
            named = [o for o in options if o in has]
            found = named or [o for o in options if o in self.everyday and o not in lacks]
            chosen.append((found or list(options))[0])
        return tuple(chosen)

    def _load(self, schemes: Sequence[Scheme], exercise: Exercise, bound: str | None, owned: Owned) -> tuple[str, str]:
        """The outside load and how it is said: as much as schemes, bound and equipment allow."""
        first, words, say = schemes[0], self.load_words, self.program.pack.messages
        most = min(words.index(one.load[1]) for one in schemes)
        if exercise.external_load == "none" or most == 0:
            return "none", first.load_text if first.load[1] == "none" else say("load.body_weight")
        if bound is not None:
            most = min(most, words.index(bound))
        if most == 0:
            return "none", say("load.body_weight_only")
        text = first.load_text
        for item in self.equipment_for(exercise.id, owned):
            heaviest = self.light.get(item)
            if heaviest is not None and words.index(heaviest) < most:
                most = words.index(heaviest)
                text = say("load.heaviest", item=say.word(item))
        return words[most], text


def _whole(bound: Any, to: Callable[[float], int]) -> Any:
    """A bound on what is counted, as a whole number on its safe side: two sets and a half are two."""
    return bound if bound is None or bound == int(bound) else to(bound)


def _narrowed(schemes: Sequence[Scheme], name: str, bound: Any) -> tuple[float, float] | None:
    """A range of the first scheme, up to the lowest end that any scheme or bound sets."""
    span = getattr(schemes[0], name)
    if span is None:
        return None
    ends = [getattr(one, name)[1] for one in schemes if getattr(one, name) is not None]
    most = min([*ends, *([] if bound is None else [bound])])
    return min(span[0], most), most
