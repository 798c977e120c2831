"""The smallest parts of an answer as text: its headline, a dose, a reason, a name."""

from __future__ import annotations

from collections.abc import Iterable

from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Ask, Dose, Given, Reason, Recommendation

__all__ = [
    "asked", "complaint", "dose", "equipped", "headline", "how_often", "joined", "named", "purpose", "reason", "span",
    "untils", "word",
]  # fmt: skip

IN_EVERY_HOME = ("wall", "hill", "track")

SHORT = 30
"""Letters up to which a load is told as it is written; a longer one is told by the repetitions left in reserve."""


def headline(answer: Recommendation) -> str:
    """The status in capitals, and in a sentence what it means for this runner."""
    return f"{answer.status.upper()} · {answer.headline}"


def reason(told: Reason, *, rests: bool = False) -> str:
    """A reason with its rule; with ``rests`` also how well it is supported and by which sources."""
    if not rests:
        return f"{told.because} [{told.rule}]"
    return f"{told.because} [{told.rule}; {told.evidence}: {', '.join(told.sources) or 'consensus'}]"


def dose(dose: Dose, sides: str = "both", *, short: bool = False, ranges: bool = False) -> str:
    """What to begin with.

    Args:
        dose: The dose.
        sides: Whether it is done with both sides together (``both``), or with each (``each``, ``split``).
        short: Leave out how fast, and say the load in few words.
        ranges: Add how far it may go in time.
    """
    start, each = dose.start, " each side" if sides != "both" else ""
    if dose.contacts:
        parts = [f"{start.contacts} contacts in {start.sets} sets"]
        most = f"{dose.contacts[1]:g} contacts in {dose.sets[1]:g} sets"
    elif dose.hold_s:
        parts = [f"{start.sets} x {start.hold_s} s hold{each}"]
        most = f"{dose.sets[1]:g} x {dose.hold_s[1]:g} s"
    else:
        parts = [f"{start.sets} x {start.reps}{each}"]
        most = f"{dose.sets[1]:g} x {span(dose.reps or (0, 0))}"
    parts += [f"rest {start.rest_s} s", f"effort {start.effort_rpe:g}/10"]
    parts.append(_load(dose) if short else dose.load_text)
    if dose.tempo and not short:
        parts.append(dose.tempo)
    if dose.pain_limit is not None:
        parts.append(f"pain up to {dose.pain_limit:g}/10" if dose.pain_limit else "no pain")
    if "knee_bend_deg" in dose.bounds:
        parts.append(f"bend the knee to {dose.bounds['knee_bend_deg']:g} degrees at most")
    if ranges:
        parts.append(f"in time up to {most}, effort {dose.effort_rpe[1]:g}/10")
    return ", ".join(parts)


def _load(dose: Dose) -> str:
    """The load in few words: repetitions in reserve say it for a weight."""
    text = dose.load_text.partition(";")[0]
    if len(text) > SHORT and dose.reps_in_reserve is not None:
        return f"{span(dose.reps_in_reserve)} left in reserve"
    return text


def how_often(given: Given) -> str:
    """How often work that has days of its own is due."""
    days = ", ".join(day.capitalize() for day in given.days) if given.days and len(given.days) < 7 else ""
    times = f"{given.times_per_day} times a day, " if given.times_per_day > 1 else ""
    return f"{times}{span(given.days_per_week or (0, 0))} days a week" + (f": {days}" if days else "")


def equipped(given: Given, catalogue: Catalogue) -> str:
    """The name of an exercise with what has to be there for it."""
    using = [str(catalogue.words["equipment"][item]["name"]) for item in given.equipment if item not in IN_EVERY_HOME]
    return ", ".join((given.name, *using))


def complaint(answer: Recommendation, number: int, injury: str, catalogue: Catalogue) -> str:
    """A complaint as the runner would call it: its side and its place."""
    told = answer.runner.complaints[number] if number < len(answer.runner.complaints) else None
    region = (told.region if told is not None else None) or catalogue.injuries[injury].region
    side = told.side if told is not None and told.side in ("left", "right") else ""
    return f"{side} {catalogue.words['regions'][region]['name']}".strip()


def purpose(given: Given, answer: Recommendation, catalogue: Catalogue) -> str:
    """What an exercise is for: a complaint, or a part of a session."""
    if given.treats:
        first = given.treats[0]
        return f"{complaint(answer, first.complaint, first.injury, catalogue)}: {first.what}"
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


def word(name: str) -> str:
    """An id of a stage, a phase or a day as words."""
    return name.replace("_", " ")
