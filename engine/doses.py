"""How much of an exercise: its scheme within every bound, the load that the equipment allows, and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any

from prehab.graph.frozen import FrozenDict
from prehab.graph.schema import Exercise, altered, make
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.rules.vocabulary import Scheme

__all__ = ["Doses", "Timed", "TimedDoses"]

Bounds = tuple[tuple[str, Any], ...]
Timed = tuple[Dose, float]

SCHEME_CHANNELS = frozenset(
    {"sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s", "external_load", "pain_limit"}
)


class Doses:
    """The doses of one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises: tuple[Exercise, ...] = tuple(pack.catalogue.exercises.values())
        self.load_words = list(pack.channels["external_load"].values)
        self.light = {
            item: str(entry["most_load"])
            for item, entry in pack.catalogue.words["equipment"].items()
            if "most_load" in entry
        }
        self.everyday = pack.catalogue.everyday()
        needs = [set(options) for exercise in self.exercises for options in exercise.needs]
        self.telling = frozenset().union(*(options for options in needs if not options.isdisjoint(self.light)))
        self._timed = lru_cache(maxsize=512)(partial(TimedDoses, self))
        self.equipment_for = lru_cache(maxsize=4096)(self._equipment_for)

    def timed(self, scheme: str, bounds: Bounds, owned: Iterable[str]) -> TimedDoses:
        """The doses for a scheme and its bounds, remembered between runners.

        They depend on no more than these, and on what is owned only where that may be too light for the load.
        """
        return self._timed(scheme, bounds, tuple(sorted(self.telling.intersection(owned))))

    def dose(self, exercise: Exercise, scheme_name: str, bounds: Bounds, owned: tuple[str, ...]) -> Dose:
        """The scheme of an exercise narrowed by every bound."""
        scheme = self.program.pack.schemes[scheme_name]
        bound = dict(bounds)
        load, load_text = self._load(scheme, exercise, bound.get("external_load"), owned)
        return make(
            Dose,
            scheme=scheme_name,
            sets=_capped(scheme.sets, bound.get("sets")),
            reps=_capped(scheme.reps, None) if scheme.reps else None,
            hold_s=_capped(scheme.hold_s, bound.get("hold_s")) if scheme.hold_s else None,
            contacts=_capped(scheme.contacts, bound.get("contacts")) if scheme.contacts else None,
            effort_rpe=_capped(scheme.effort_rpe, bound.get("effort_rpe")),
            reps_in_reserve=_floored(scheme.reps_in_reserve, bound.get("reps_in_reserve"))
            if scheme.reps_in_reserve
            else None,
            load=load,
            load_text=load_text,
            tempo=scheme.tempo,
            rest_s=_capped(scheme.rest_s, None),
            pain_limit=min(scheme.pain_limit, bound.get("pain_limit", scheme.pain_limit)),
            bounds=FrozenDict((channel, value) for channel, value in bounds if channel not in SCHEME_CHANNELS),
        )

    def minutes(self, exercise: Exercise, dose: Dose) -> float:
        """About how long an exercise takes, rests and change-over included."""
        numbers = self.program.parameters
        sets = math.ceil(_middle(dose.sets))
        if dose.contacts:
            work = _middle(dose.contacts) * numbers["session.contact_s"] / sets
        elif dose.hold_s:
            work = _middle(dose.hold_s)
        else:
            usual = numbers["session.rep_s"]
            work = _middle(dose.reps or (0, 0)) * (self.program.pack.schemes[dose.scheme].rep_s or usual)
        if exercise.sides != "both":
            work *= 2
        seconds = sets * work + (sets - 1) * _middle(dose.rest_s) + numbers["session.change_over_s"]
        return round(seconds / 60, 1)

    def _equipment_for(self, exercise: str, owned: tuple[str, ...]) -> tuple[str, ...]:
        """Of each thing that an exercise needs, the one to use: what the runner named before what every home has."""
        chosen = []
        for options in self.program.pack.catalogue.exercises[exercise].needs:
            named = [o for o in options if o in owned]
            chosen.append((named or [o for o in options if o in self.everyday] or list(options))[0])
        return tuple(chosen)

    def _load(self, scheme: Scheme, exercise: Exercise, bound: str | None, owned: tuple[str, ...]) -> tuple[str, str]:
        """The outside load and how it is said: as much as scheme, bound and equipment allow."""
        if exercise.external_load == "none" or scheme.load[1] == "none":
            return "none", scheme.load_text if scheme.load[1] == "none" else "body weight"
        words = self.load_words
        most = words.index(scheme.load[1])
        if bound is not None:
            most = min(most, words.index(bound))
        if most == 0:
            return "none", "body weight only"
        text = scheme.load_text
        for item in self.equipment_for(exercise.id, owned):
            heaviest = self.light.get(item)
            if heaviest is not None and words.index(heaviest) < most:
                most = words.index(heaviest)
                text = f"as heavy as the {item} gets; if that feels light, go slower and up to 15"
        return words[most], text


class TimedDoses:
    """The doses of exercises under one scheme and its bounds, each with its minutes; made when first asked for."""

    def __init__(self, doses: Doses, scheme: str, bounds: Bounds, owned: tuple[str, ...]) -> None:
        self._doses = doses
        self._about = (scheme, bounds, owned)
        self._known: dict[int, tuple[Timed, Timed]] = {}

    def of(self, bit: int) -> tuple[Timed, Timed]:
        """The dose of an exercise and its minutes; in full, and with the fewest sets."""
        found = self._known.get(bit)
        if found is None:
            exercise = self._doses.exercises[bit]
            full = self._doses.dose(exercise, *self._about)
            short = altered(full, sets=(full.sets[0], full.sets[0]))
            minutes = self._doses.minutes
            both = ((full, minutes(exercise, full)), (short, minutes(exercise, short)))
            found = self._known.setdefault(bit, both)
        return found


def _capped(span: list[Any], bound: Any) -> tuple[float, float]:
    return span[0], span[1] if bound is None else min(span[1], bound)


def _floored(span: list[Any], bound: Any) -> tuple[float, float]:
    return span[0] if bound is None else max(span[0], bound), span[1]


def _middle(span: tuple[float, float]) -> float:
    return (span[0] + span[1]) / 2
