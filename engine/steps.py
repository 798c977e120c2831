"""An exercise that was done lately: whether to go on, to do the same again, or to step back.

What was asked of it is its dose, so the dose is what the log is held to: the pain it allows, the effort and the
repetitions it asks for. Nothing here allows more; it says how to use what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prehab.recommendation import Dose
from prehab.rules.messages import Messages
from prehab.runner import LoggedSession

__all__ = ["Step", "last_step"]

BACK, AGAIN, ON = range(3)


class Step(NamedTuple):
    """What to do next, and why: ``kind`` is 0 to step back, 1 for the same again, 2 to go on."""

    kind: int
    says: str


def last_step(
    log: Iterable[LoggedSession], exercise: str, dose: Dose, *, calm: float, sore: bool, say: Messages
) -> Step | None:
    """What the latest session with an exercise says about the next one; of one day's sessions the worst counts.

    Args:
        log: The sessions that are recent enough to count, each with its age.
        exercise: The exercise.
        dose: How much of it is allowed now.
        calm: So much pain is none to speak of, where the dose gives no limit because nothing was sore.
        sore: Whether something hurts: then nobody goes on without having told pain, and the next morning.
        say: The sentences of the language.
    """
    done = [session for session in log if exercise in session.exercises]
    latest = min((session.days_ago or 0 for session in done), default=None)
    limit = calm if dose.pain_limit is None else dose.pain_limit
    steps = [_step(session, dose, limit, say, sore=sore) for session in done if session.days_ago == latest]
    return min(steps, default=None)


def _step(session: LoggedSession, dose: Dose, pain_limit: float, say: Messages, *, sore: bool) -> Step:
    days = session.days_ago or 0
    ago = say("ago.days", days=days) if days > 1 else say("ago.yesterday" if days else "ago.today")
    lead = say("last.lead", ago=ago, told=", ".join(_told(session, say)) or say("last.nothing"))
    pains = (session.pain_during, session.pain_next_morning)
    if any(pain is not None and pain > pain_limit for pain in pains):
        return Step(BACK, say("last.hurt", lead=lead))
    if session.effort_rpe is not None and session.effort_rpe > dose.effort_rpe[1]:
        return Step(AGAIN, say("last.harder", lead=lead))
    if sore and session.days_ago and None in pains:
        return Step(AGAIN, say("last.not_noted", lead=lead))
    asked = dose.start
    full = asked.reps is None or (session.reps is not None and session.reps >= asked.reps)
    enough = session.sets is None or session.sets >= asked.sets
    if full and enough and session.effort_rpe is not None and session.days_ago:
        return Step(ON, say("last.go_on", lead=lead))
    return Step(AGAIN, say("last.again", lead=lead))


def _told(session: LoggedSession, say: Messages) -> Iterator[str]:
    """What was noted of a session, in short."""
    if session.sets is not None and session.reps is not None:
        yield f"{session.sets} x {session.reps}"
    elif session.sets is not None or session.reps is not None:
        yield say("last.sets", sets=session.sets) if session.sets is not None else say("last.reps", reps=session.reps)
    if session.load_kg:
        yield say("last.load", kg=session.load_kg)
    if session.effort_rpe is not None:
        yield say("last.effort", effort=session.effort_rpe)
    if session.pain_during is not None:
        yield say("last.pain", pain=session.pain_during)
    if session.pain_next_morning is not None:
        yield say("last.next_morning", pain=session.pain_next_morning)
