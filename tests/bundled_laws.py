"""The laws as far as they name what only the bundled pack has: its parameters, its screens, its gates.

A check knows what a law asks for from the runner's own data; it does not ask the rules.
"""

from __future__ import annotations

from collections.abc import Iterator

from prehab.rules.pack import Pack
from prehab.testing import Law, Seen

__all__ = [
    "OWN_LAWS", "bones_get_no_impact", "irritable_tendons_hold_still", "isometrics_build_no_bone",
    "springs_have_a_base",
]  # fmt: skip

SCREENS_OF_FOUNDATION = ("squat", "hinge", "push", "pull", "rotate")


STRIDES = "strides"
"""A step of the run that a runner does anyway, a little faster: a running base opens it as jumps do."""


def known(value: float | None, least: float) -> bool:
    return value is not None and value >= least


def known_at_most(value: float | None, most: float) -> bool:
    return value is not None and value <= most


def springs_have_a_base(seen: Seen) -> Iterator[str]:
    """Law 1."""
    runner, legs = seen.runner, (seen.runner.legs.left, seen.runner.legs.right)
    strength = runner.strength
    base = {
        "good movement": all(getattr(runner.screens, s) == "competent" for s in SCREENS_OF_FOUNDATION),
        "a soft landing": runner.screens.landing == "competent"
        or (
            runner.screens.landing in (None, "not_assessed")
            and all(known(leg.pain_free_hops, seen.number("plyo.hops")) for leg in legs)
        ),
        "weeks of strength work": known(strength.weeks_trained, seen.number("plyo.low_weeks")),
        "balance on both legs": all(known(leg.balance_s, seen.number("phase.balance_s")) for leg in legs),
        "calves on both legs": all(known(leg.calf_raises, seen.number("plyo.calf_raises")) for leg in legs),
    }
    moderate = base | {
        "a landing that was seen": runner.screens.landing == "competent",
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
        if key == STRIDES and seen.decisions.inference.gates["run/strides"]:
            yield from (f"{key} is allowed without {what}" for what, met in runs_enough(seen).items() if not met)
            continue
        if not seen.decisions.inference.gates[f"plyo/{exercise.explosive}"]:
            yield f"{key} is allowed and its gate is closed"
        yield from (f"{key} is allowed without {what}" for what, met in asked[exercise.explosive].items() if not met)


def runs_enough(seen: Seen) -> dict[str, bool]:
    """What opens strides to a runner who never jumped."""
    running = seen.runner.running
    return {
        "years of running": known(running.years, seen.number("plyo.strides_years")),
        "kilometres a week": known(running.km_per_week, seen.number("plyo.strides_km")),
        "running now": running.running_now is not False,
        "nothing sore": not seen.runner.complaints,
    }


def irritable_tendons_hold_still(seen: Seen) -> Iterator[str]:
    """Law 8."""
    level = seen.number("tendon.irritable_load")
    for complaint, injury in seen.complaints():
        pain = complaint.pain
        irritable = injury.tissue in ("tendon", "fascia") and (
            not known_at_most(pain.during, seen.number("tendon.pain_limit"))
            or not known_at_most(pain.next_morning, seen.number("tendon.morning_limit"))
            or complaint.trend == "worsening"
            or (pain.at_rest or 0) > seen.number("tendon.rest_limit")
        )
        if not irritable:
            continue
        for key in sorted(seen.allowed):
            exercise = seen.exercise(key)
            loads = [s for s in injury.affects if exercise.loads.get(s, 0) >= level]
            if loads and exercise.modes != ["isometric"]:
                yield f"{key} moves an irritable {loads[0]}"


def isometrics_build_no_bone(pack: Pack) -> Iterator[str]:
    """Law 8, second half: of the catalogue, and of what is preferred for bone."""
    for bit, (key, exercise) in enumerate(pack.catalogue.exercises.items()):
        if exercise.modes != ["isometric"]:
            continue
        if exercise.osteogenic or "bone" in exercise.builds:
            yield f"{key} is isometric and counts as bone loading"
        for effect in pack.by_id["session.prefer-bone"].effects:
            if any(mask >> bit & 1 for mask in effect.masks.values()):
                yield f"{key} is isometric and is preferred for bone"


def bones_get_no_impact(seen: Seen) -> Iterator[str]:
    """Law 9."""
    none = seen.number("pain.none")
    for complaint, injury in seen.complaints():
        pain = complaint.pain
        bone = injury.tissue == "bone" or (
            injury.tissue == "shin"
            and ((pain.at_rest or 0) > none or (pain.at_night or 0) > none or complaint.signs.focal_bone_tenderness)
        )
        if not bone:
            continue
        free = all(known_at_most(getattr(pain, name), none) for name in ("during", "next_morning", "walking"))
        cleared = complaint.clinician_cleared or (
            complaint.clinician_cleared is None and complaint.cleared_for in ("strength", "running", "jumps")
        )
        free = free and cleared is True and not complaint.signs.focal_bone_tenderness
        if not free:
            for key in sorted(seen.allowed):
                if seen.exercise(key).impact >= 1:
                    yield f"{key} has impact, and {injury.id} is not cleared and free of pain"


OWN_LAWS = (
    Law("1, bundled", "No jump, throw or sprint without strength base and movement quality.", springs_have_a_base),
    Law("8, bundled", "What loads an irritable tendon is held still.", irritable_tendons_hold_still),
    Law("9, bundled", "A bone gets no impact until it is cleared and free of pain.", bones_get_no_impact),
)  # fmt: skip
