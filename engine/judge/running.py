"""Whether the runs of a plan are what is decided about running: as usual, easy only, in turns with walking, or none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from prehab.decide import Concluded
from prehab.judge.plan import PlannedRun
from prehab.judge.seen import Raw, Remedy, Seen

__all__ = ["on_runs"]

FAST = ("hard", "race")


def on_runs(seen: Seen) -> Iterator[Raw]:
    """The breaches of each run."""
    bounds = seen.bounds
    words, index = bounds.catalogue.words.get("running", {}), bounds.catalogue.index
    if not seen.plan.runs or not {"continuous", "in_turns"} <= words.keys():
        return
    easy, turns = index.named([words["continuous"]]), index.named([words["in_turns"]])
    decisions = bounds.decisions
    allowed = 0 if decisions.status == "stop" else decisions.allowed
    fast = index.having("modes", "sprint")
    counted = 0
    for number, run in enumerate(seen.plan.runs):
        if run.mode == "walk":
            continue
        if not allowed & (easy | turns):
            why = _why(seen, turns)
            yield _told(seen, number, seen.say("judge.no_running"), why, _leave_out(seen, number))
            continue
        if not allowed & easy:
            if run.mode == "run" or run.kind not in (None, "easy"):
                says = seen.say("judge.run_walk")
                yield _told(seen, number, says, _why(seen, easy), _as(seen, number, mode="run_walk", kind="easy"))
                continue
            counted += 1
            yield from _paced(seen, number, run, turns, counted)
            continue
        held = [one for one in _holding(seen, fast) if one.heeds_health(seen.bounds.program)]
        if held and run.kind in FAST:
            yield _told(seen, number, seen.say("judge.run_easy"), held[0], _as(seen, number, kind="easy"))


def _paced(seen: Seen, number: int, run: PlannedRun, mask: int, counted: int) -> Iterator[Raw]:
    """Runs in turns with walking: how long, and how many a week."""
    dosage = seen.bounds.dosage(mask.bit_length() - 1)
    if dosage is None or "reps" not in dosage.spans:
        return
    most = dosage.spans["reps"].most
    if run.minutes is not None and run.minutes > most:
        says = seen.say("judge.run_too_long", minutes=run.minutes, most=most)
        yield _told(seen, number, says, dosage.spans["reps"].by, _as(seen, number, minutes=most))
    if counted > dosage.days:
        says = seen.say("judge.run_too_often", number=counted, days=dosage.days)
        yield _told(seen, number, says, dosage.by, _leave_out(seen, number))


def _told(seen: Seen, number: int, says: str, why: Concluded | None, *remedies: Remedy) -> Raw:
    reason = None if why is None else seen.bounds.reason(why)
    because = reason.because if reason else seen.say("judge.not_permitted")
    tries = (*remedies, *([] if remedies[0].steps[0][0] == "remove" else [_leave_out(seen, number)]))
    return Raw(
        "running", ("runs", number), says, because, reason.rule if reason else None, remedies=partial(tuple, tries)
    )


def _leave_out(seen: Seen, number: int) -> Remedy:
    return Remedy(seen.say("judge.leave_out_run"), (("remove", ("runs", number), None),))


def _as(seen: Seen, number: int, **fields: Any) -> Remedy:
    said = ", ".join(f"{name}: {value}" for name, value in fields.items())
    return Remedy(
        seen.say("judge.make_it", value=said),
        tuple(("add", ("runs", number, name), value) for name, value in fields.items()),
    )


def _why(seen: Seen, mask: int) -> Concluded | None:
    """What holds running back, the hardest to lift first."""
    held = list(_holding(seen, mask))
    return seen.bounds.reasons.ordered(held)[0] if held else None


def _holding(seen: Seen, mask: int) -> Iterator[Concluded]:
    """What refers or forbids all of some exercises; a routine referral lets them go on."""
    for kind in ("refer", "forbid"):
        for one in seen.bounds.decisions.of(kind):
            if one.mask & mask == mask and not (kind == "refer" and one.effect.data["urgency"] == "routine"):
                yield one
