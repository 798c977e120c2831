"""The smallest parts of an answer as text: its headline, a dose, a reason, a name."""

from __future__ import annotations

from collections.abc import Iterable

from prehab.conditions import sided
from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Ask, Dose, Given, Reason, Recommendation
from prehab.rules.messages import Messages, english

__all__ = [
    "asked", "complaint", "dose", "equipped", "headline", "how_often", "joined", "named", "purpose", "reason", "span",
    "untils",
]  # fmt: skip

IN_EVERY_HOME = ("wall", "hill", "track")

SHORT = 30
"""Letters up to which a load is told as it is written; a longer one is told by the repetitions left in reserve."""


def headline(answer: Recommendation, messages: Messages | None = None) -> str:
    """The status in capitals, and in a sentence what it means for this runner."""
    say = messages or english()
    return f"{say(f'status.{answer.status}')} · {answer.headline}"


def reason(told: Reason, *, rests: bool = False, messages: Messages | None = None) -> str:
    """A reason with its rule; with ``rests`` also how well it is supported and by which sources."""
    if not rests:
        return f"{told.because} [{told.rule}]"
    say = messages or english()
    evidence, consensus = say(f"evidence.{told.evidence}"), say("evidence.consensus")
    return f"{told.because} [{told.rule}; {evidence}: {', '.join(told.sources) or consensus}]"


def dose(
    dose: Dose,
    sides: str = "both",
    *,
    short: bool = False,
    ranges: bool = False,
    messages: Messages | None = None,
) -> str:
    """What to begin with.

    Args:
        dose: The dose.
        sides: Whether it is done with both sides together (``both``), or with each (``each``, ``split``).
        short: Leave out how fast, and say the load in few words.
        ranges: Add how far it may go in time.
        messages: The sentences of the language; by default English.
    """
    say = messages or english()
    start, each = dose.start, say("dose.each_side") if sides != "both" else ""
    if dose.contacts:
        parts = [say("dose.contacts", contacts=start.contacts, sets=start.sets)]
        most = say("dose.contacts_most", contacts=dose.contacts[1], sets=dose.sets[1])
    elif dose.hold_s:
        parts = [say("dose.hold", sets=start.sets, hold=start.hold_s, each=each)]
        most = say("dose.hold_most", sets=dose.sets[1], hold=dose.hold_s[1])
    else:
        parts = [say("dose.reps", sets=start.sets, reps=start.reps, each=each)]
        most = say("dose.reps_most", sets=dose.sets[1], reps=span(dose.reps or (0, 0)))
    parts += [say("dose.rest", rest=start.rest_s), say("dose.effort", effort=start.effort_rpe)]
    parts.append(_load(dose, say) if short else dose.load_text)
    if dose.tempo and not short:
        parts.append(dose.tempo)
    if dose.pain_limit is not None:
        parts.append(say("dose.pain", pain=dose.pain_limit) if dose.pain_limit else say("dose.no_pain"))
    if "knee_bend_deg" in dose.bounds:
        parts.append(say("dose.knee_bend", degrees=dose.bounds["knee_bend_deg"]))
    if ranges:
        parts.append(say("dose.in_time", most=most, effort=dose.effort_rpe[1]))
    return ", ".join(parts)


def _load(dose: Dose, say: Messages) -> str:
    """The load in few words: repetitions in reserve say it for a weight."""
    text = dose.load_text.partition(";")[0]
    if len(text) > SHORT and dose.reps_in_reserve is not None:
        return say("dose.in_reserve", reps=span(dose.reps_in_reserve))
    return text


def how_often(given: Given, say: Messages) -> str:
    """How often work that has days of its own is due."""
    days = ", ".join(say(f"day.{day}") for day in given.days) if given.days and len(given.days) < 7 else ""
    times = say("dose.times_a_day", times=given.times_per_day) if given.times_per_day > 1 else ""
    return say("dose.how_often", times=times, days=span(given.days_per_week or (0, 0))) + (f": {days}" if days else "")


def equipped(given: Given, catalogue: Catalogue) -> str:
    """The name of an exercise with what has to be there for it."""
    using = [str(catalogue.words["equipment"][item]["name"]) for item in given.equipment if item not in IN_EVERY_HOME]
    return ", ".join((given.name, *using))


def complaint(answer: Recommendation, number: int, injury: str, catalogue: Catalogue, say: Messages) -> str:
    """A complaint as the runner would call it: its side and its place."""
    told = answer.runner.complaints[number] if number < len(answer.runner.complaints) else None
    region = (told.region if told is not None else None) or catalogue.injuries[injury].region
    place = str(catalogue.words["regions"][region]["name"])
    return place if told is None else sided(say, told.side, place)


def purpose(given: Given, answer: Recommendation, catalogue: Catalogue, say: Messages) -> str:
    """What an exercise is for: a complaint, or a part of a session."""
    if given.treats:
        first = given.treats[0]
        return f"{complaint(answer, first.complaint, first.injury, catalogue, say)}: {first.what}"
    return ", ".join(given.serves)


def asked(ask: Ask) -> str:
    """A question with how to find out, and where in the runner file its answer belongs."""
    return f"{ask.question}{f' {ask.how}' if ask.how else ''} ({ask.about})"


def named(keys: Iterable[str], catalogue: Catalogue) -> str:
    """The names of exercises."""
    return ", ".join(catalogue.exercises[key].name for key in keys)


def untils(conditions: Iterable[str]) -> str:
    """Conditions, all of which have to be met."""
    return "; ".join(one.removesuffix(".") for one in conditions)


def joined(parts: Iterable[str]) -> str:
    """Parts of a line, without the empty ones."""
    return " · ".join(part for part in parts if part)


def span(span: tuple[float, float]) -> str:
    """From and to, or one number where they are the same."""
    low, high = span
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"
