"""The laws of design.md, as properties of random runners. Each law has a check that names what breaks it.

A check looks at what comes out (the recommendation, and for doses and bounds the decisions) and at the catalogue, and
knows what a law asks for from the runner's own data; it does not ask the rules. Every check is shown to notice a pack
in which the law does not hold. Laws 10 and 11 belong to the sessions and are checked by ``check-plan``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from prehab.decide import STATUSES, URGENCIES, Decisions
from prehab.engine import Engine
from prehab.graph.schema import Exercise
from prehab.recommendation import Given, Recommendation
from prehab.rules.pack import Pack
from prehab.runner import Runner

RUNNERS = int(os.environ.get("PREHAB_RUNNERS", "20000")) // 10
"""Random runners for each law."""

SCREENS_OF_FOUNDATION = ("squat", "hinge", "push", "pull", "rotate")


@dataclass(frozen=True)
class Seen:
    """A runner, and all that was answered."""

    engine: Engine
    data: Mapping[str, Any]

    @cached_property
    def runner(self) -> Runner:
        return self.engine.runner(self.data)

    @cached_property
    def answer(self) -> Recommendation:
        return self.engine.recommend(self.runner)

    @cached_property
    def decisions(self) -> Decisions:
        return self.engine._decide(self.runner)

    @cached_property
    def allowed(self) -> frozenset[str]:
        return frozenset(self.answer.allowed)

    @property
    def given(self) -> list[Given]:
        daily = self.answer.daily.exercises if self.answer.daily else ()
        return [*daily, *(given for session in self.answer.sessions for given in session.exercises)]

    def exercise(self, key: str) -> Exercise:
        return self.engine.catalogue.exercises[key]

    def number(self, name: str) -> float:
        return self.engine.pack.parameters[name].value

    def structures(self, region: str) -> set[str]:
        words = self.engine.catalogue.words["structures"]
        return {name for name, entry in words.items() if entry["region"] == region}

    def complaints(self) -> Iterator[tuple[Any, Any]]:
        """Each complaint with the injury that it is handled as."""
        regions = self.engine.catalogue.words["regions"]
        for complaint in self.runner.complaints:
            key = complaint.injury or regions[complaint.region]["presume"]
            yield complaint, self.engine.catalogue.injuries[key]

    def urgent_regions(self) -> set[str]:
        return {r.region for r in self.answer.referrals if r.urgency != "routine" and r.region is not None}


Law = Callable[[Seen], Iterator[str]]


def known(value: float | None, least: float) -> bool:
    return value is not None and value >= least


# -- the laws about one runner ---------------------------------------------------------------------------------------


def gates_for_springs(seen: Seen) -> Iterator[str]:
    """Law 1."""
    runner, legs = seen.runner, (seen.runner.legs.left, seen.runner.legs.right)
    strength = runner.strength
    base = {
        "good movement": all(getattr(runner.screens, s) == "competent" for s in SCREENS_OF_FOUNDATION),
        "a soft landing": runner.screens.landing == "competent",
        "weeks of strength work": known(strength.weeks_trained, seen.number("plyo.low_weeks")),
        "balance on both legs": all(known(leg.balance_s, seen.number("plyo.balance_s")) for leg in legs),
        "calves on both legs": all(known(leg.calf_raises, seen.number("plyo.calf_raises")) for leg in legs),
    }
    moderate = base | {
        "a squat of body weight": known(strength.squat_bw, seen.number("plyo.squat_bw_moderate")),
        "weeks of small jumps": known(strength.low_plyometric_weeks, seen.number("plyo.low_before_moderate_weeks")),
    }
    high = moderate | {
        "a heavy squat": known(strength.squat_bw, seen.number("plyo.squat_bw_high")),
        "weeks of full jumps": known(
            strength.moderate_plyometric_weeks, seen.number("plyo.moderate_before_high_weeks")
        ),
        "strong calves": all(known(leg.calf_raises, seen.number("plyo.calf_raises_high")) for leg in legs),
    }
    asked = {"low": base, "moderate": moderate, "high": high}
    for key in sorted(seen.allowed):
        exercise = seen.exercise(key)
        if not {"plyometric", "ballistic", "sprint"} & set(exercise.modes):
            continue
        if not seen.decisions.inference.gates[f"plyo/{exercise.explosive}"]:
            yield f"{key} is allowed and its gate is closed"
        yield from (f"{key} is allowed without {what}" for what, met in asked[exercise.explosive].items() if not met)


def screens_before_load(seen: Seen) -> Iterator[str]:
    """Law 2."""
    patterns = seen.engine.catalogue.words["patterns"]

    def passed(key: str) -> bool:
        screen = patterns[seen.exercise(key).pattern].get("screen")
        return screen is None or getattr(seen.runner.screens, screen) == "competent"

    waiting = [key for key in sorted(seen.allowed) if not passed(key)]
    yield from (f"{key} needs load and is allowed" for key in waiting if seen.exercise(key).external_load == "required")
    for given in seen.given:
        if given.exercise in waiting and given.dose.load != "none":
            yield f"{given.exercise} is given with {given.dose.load} load"
    loadable = [key for key in waiting if seen.exercise(key).external_load == "optional"]
    for key in loadable[:: max(1, len(loadable) // 2)]:
        dose = seen.engine.explain(seen.runner, key).dose
        if dose is not None and dose.load != "none":
            yield f"{key} would be given with {dose.load} load"


def referrals_withhold(seen: Seen) -> Iterator[str]:
    """Law 3."""
    answer = seen.answer
    everything = [r for r in answer.referrals if r.region is None and r.urgency != "routine"]
    if answer.status == "stop" and (answer.allowed or answer.sessions or answer.daily):
        yield "a stop that gives exercises"
    if (answer.urgency == "emergency" or everything) and answer.status != "stop":
        yield f"{answer.urgency} about everything, and the status is {answer.status}"
    if answer.urgency == "urgent" and answer.status not in ("refer", "stop"):
        yield f"an urgent referral, and the status is {answer.status}"
    if answer.referrals and answer.status == "train":
        yield "a referral, and the status is train"
    if (answer.urgency is None) != (not answer.referrals):
        yield "urgency and referrals disagree"
    level = seen.number("referral.load_min")
    for region in sorted(seen.urgent_regions()):
        structures = seen.structures(region)
        for key in sorted(seen.allowed | {given.exercise for given in seen.given}):
            if any(load >= level for name, load in seen.exercise(key).loads.items() if name in structures):
                yield f"{key} is allowed and loads the {region}, which is referred"


def something_is_left(seen: Seen) -> Iterator[str]:
    """Law 7."""
    answer = seen.answer
    if answer.status == "stop":
        return
    if not answer.allowed:
        yield f"nothing is allowed and the status is {answer.status}"
    withheld = {key for entry in answer.withheld for key in entry.exercises if entry.because}
    uncovered = {entry.what for entry in answer.uncovered if entry.because}
    for complaint, injury in seen.complaints():
        if injury.region in seen.urgent_regions():
            continue
        treating = {treatment.exercise for treatment in injury.treated_by}
        if not treating & seen.allowed and "what hurts" not in uncovered and not treating <= withheld:
            yield f"{complaint.injury or complaint.region}: nothing treats it, and no reason is given"
    if not answer.sessions and not answer.daily:
        left = [step.left for step in answer.filters]
        removed = [step.removed for step in answer.filters]
        if left[-1] != 0 or any(a - b != r for a, b, r in zip(left, left[1:], removed[1:], strict=False)):
            yield f"nothing is given, and the steps do not say why: {answer.filters}"
        room = seen.runner.strength.sessions_per_week != 0
        if left[-2] and room:
            yield f"{left[-2]} exercises are there to choose from, and nothing is given"


def irritable_tendons_hold_still(seen: Seen) -> Iterator[str]:
    """Law 8."""
    level = seen.number("tendon.irritable_load")
    for complaint, injury in seen.complaints():
        pain = complaint.pain
        irritable = injury.tissue in ("tendon", "fascia") and (
            not known_at_most(pain.during, seen.number("tendon.pain_limit"))
            or not known_at_most(pain.next_morning, seen.number("tendon.morning_limit"))
            or known(complaint.trend == "worsening", 1)
            or (pain.at_rest or 0) > seen.number("tendon.rest_limit")
        )
        if not irritable:
            continue
        for key in sorted(seen.allowed):
            exercise = seen.exercise(key)
            loads = [s for s in injury.affects if exercise.loads.get(s, 0) >= level]
            if loads and exercise.modes != ["isometric"]:
                yield f"{key} moves an irritable {loads[0]}"


def known_at_most(value: float | None, most: float) -> bool:
    return value is not None and value <= most


def bones_get_no_impact(seen: Seen) -> Iterator[str]:
    """Law 9."""
    none = seen.number("pain.none")
    for complaint, injury in seen.complaints():
        pain = complaint.pain
        bone = injury.tissue == "bone" or (
            injury.tissue == "shin"
            and ((pain.at_rest or 0) > none or (pain.at_night or 0) > none or complaint.signs.focal_bone_tenderness)
        )
        if injury.high_risk:
            referred = seen.answer.status == "stop" or injury.region in seen.urgent_regions()
            if not referred:
                yield f"{injury.id} is not referred"
        if not bone:
            continue
        free = all(known_at_most(getattr(pain, name), none) for name in ("during", "next_morning", "walking"))
        free = free and complaint.clinician_cleared is True and not complaint.signs.focal_bone_tenderness
        if not free:
            for key in sorted(seen.allowed):
                if seen.exercise(key).impact >= 1:
                    yield f"{key} has impact, and {injury.id} is not cleared and free of pain"


def everything_has_a_reason(seen: Seen) -> Iterator[str]:
    """Law 12."""
    answer, pack = seen.answer, seen.engine.pack
    for given in seen.given:
        rules = [pack.by_id[reason.rule] for reason in given.reasons]
        if not any(rule.side == "permit" and (rule.sources or rule.consensus) for rule in rules):
            yield f"{given.exercise} is given without a permit that has a source"
        if any(not (rule.sources or rule.consensus) for rule in rules):
            yield f"{given.exercise} has a reason without a source"
    listed = [key for entry in answer.withheld for key in entry.exercises]
    yield from (f"{key} is withheld twice" for key in sorted({key for key in listed if listed.count(key) > 1}))
    wanting = {key for entry in answer.withheld if entry.kind == "equipment" for key in entry.exercises}
    yield from (f"{key} is withheld and allowed" for key in sorted((set(listed) - wanting) & seen.allowed))
    yield from (f"{key} is withheld without a word" for e in answer.withheld for key in e.exercises if not e.because)
    missing = sorted(set(pack.exercise_ids) - seen.allowed - set(listed))
    sampled = sorted(set(pack.exercise_ids) - seen.allowed)
    for key in {*missing, *sampled[:: max(1, len(sampled) // 2)]}:
        told = seen.engine.explain(seen.runner, key)
        if told.verdict in ("given", "allowed"):
            yield f"{key} is not allowed, and explained as {told.verdict}"
        elif not told.reasons and not any(missed.unmet for missed in told.missed):
            yield f"{key} is not allowed, and no reason is given ({told.summary})"
        if any(not (pack.by_id[r.rule].sources or pack.by_id[r.rule].consensus) for r in told.reasons):
            yield f"{key} is withheld for a reason without a source"


# -- the laws about two runners ----------------------------------------------------------------------------------------


def softer(before: Seen, after: Seen) -> Iterator[str]:
    """What became softer from one runner to the next: allowed, schemes, bounds, phases, status."""
    yield from (f"{key} came to be allowed" for key in sorted(after.allowed - before.allowed))
    old, new = before.answer, after.answer
    if STATUSES.index(new.status) < STATUSES.index(old.status):
        yield f"the status went from {old.status} to {new.status}"
    if old.urgency and URGENCIES.index(new.urgency or "routine") < URGENCIES.index(old.urgency):
        yield f"the urgency went from {old.urgency} to {new.urgency}"
    order = list(before.engine.catalogue.words["phases"])

    def level(phase: str | None) -> int:
        return -1 if phase is None else order.index(phase)

    if level(new.phase.overall) > level(old.phase.overall):
        yield f"the phase went from {old.phase.overall} to {new.phase.overall}"
    for screen in new.phase.patterns:
        if level(new.phase.patterns[screen]) > level(old.phase.patterns.get(screen)):
            yield f"the phase of {screen} went up to {new.phase.patterns[screen]}"
    for region in old.phase.regions:
        if level(new.phase.regions.get(region)) > level(old.phase.regions[region]):
            yield f"the phase of the {region} went up to {new.phase.regions[region]}"
    yield from _softer_doses(before, after)


def _softer_doses(before: Seen, after: Seen) -> Iterator[str]:
    pack, old, new = before.engine.pack, before.decisions, after.decisions
    for bit, key in enumerate(pack.exercise_ids):
        if key not in before.allowed or key not in after.allowed:
            continue
        was, now = old.scheme_of(bit), new.scheme_of(bit)
        assert was is not None and now is not None
        if pack.schemes[now].caution < pack.schemes[was].caution:
            yield f"{key}: the scheme went from {was} to {now}"
        bounds = new.bounds_of(bit)
        for channel, bound in old.bounds_of(bit).items():
            if channel not in bounds or _looser(pack, channel, bound.value, bounds[channel].value):
                yield f"{key}: the bound on {channel} was {bound.value} and is looser"
    for channel, bound in old.runner_bounds.items():
        if channel not in new.runner_bounds or _looser(pack, channel, bound.value, new.runner_bounds[channel].value):
            yield f"the bound on {channel} was {bound.value} and is looser"


def _looser(pack: Pack, channel: str, was: Any, now: Any) -> bool:
    words = pack.channels[channel].values
    if words:
        was, now = words.index(was), words.index(now)
    return bool(now > was if pack.channels[channel].safe == "cap" else now < was)
