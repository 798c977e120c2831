"""Recommendations and explanations as text for people: 80 columns, the same words on a terminal and in a pipe."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prehab.graph.catalogue import Catalogue
from prehab.graph.text import visible
from prehab.recommendation import Ask, Dose, Explanation, Given, Recommendation, Withheld

__all__ = ["Line", "explanation", "print_lines", "recommendation"]

WIDTH = 80
MOST_NAMED = 4
MOST_ASKED = 5
MOST_WITHHELD = 8


class Line(NamedTuple):
    """A line of text and how it may be emphasised; the emphasis never carries meaning of its own."""

    text: str
    style: str = ""


def recommendation(answer: Recommendation, catalogue: Catalogue, *, details: bool = False) -> Iterator[Line]:
    """A recommendation as lines of text.

    Args:
        answer: What was recommended.
        catalogue: The catalogue it came from, for names.
        details: Add how to do each exercise, how to go on and back, every reason, and the sources.
    """
    yield Line("prehab · guidance, not a diagnosis")
    yield Line("")
    phase = "" if answer.status == "stop" else f" · phase: {_word(answer.phase.today)}"
    yield Line(f"{answer.status.upper()}{phase}", "bold red" if answer.status == "stop" else "bold")
    yield from _wrapped(answer.headline)
    yield from _referrals(answer, catalogue)
    yield from _running(answer)
    yield from _treatment(answer)
    if answer.daily is not None:
        yield Line("")
        minutes = answer.daily.minutes
        yield Line(f"ON DAYS OF ITS OWN · {_span(answer.daily.days_per_week)} days a week · {minutes} min", "bold")
        for number, given in enumerate(answer.daily.exercises, 1):
            yield from _given(number, given, catalogue, details=details)
    for session in answer.sessions:
        yield Line("")
        day = session.day.capitalize() if session.day else ""
        yield Line(
            " · ".join(part for part in (f"SESSION {session.name}", day, f"{session.minutes} min") if part), "bold"
        )
        yield from _wrapped(f"Warm up for {session.warm_up_min} min with easy movement.", indent=2)
        if session.note:
            yield from _wrapped(session.note, indent=2)
        number = 0
        for block in session.blocks:
            for given in block.exercises:
                number += 1
                yield from _given(number, given, catalogue, details=details)
    yield from _section("MISSING FROM IT", _missing(answer))
    yield from _section("KEEP IN MIND", [f"{reason.because} [{reason.rule}]" for reason in answer.advice])
    yield from _withheld(answer.withheld, catalogue, details=details, stopped=answer.status == "stop")
    asks = answer.asks if details else answer.asks[:MOST_ASKED]
    yield from _section("WORTH ANSWERING NEXT", map(_asked, asks))
    yield from _section("NOTES", answer.notes)
    if answer.status != "stop":
        steps = answer.filters if details else [answer.filters[0], *(f for f in answer.filters[1:] if f.removed)]
        chain = " -> ".join(f"{step.left} {step.step}" for step in steps)
        yield from _section("FROM THE CATALOGUE", [chain])
        yield from _section("PHASE", [_phase(answer)])
    if details:
        yield from _section("SOURCES", [f"{source.id}: {source.citation}" for source in answer.sources])


def _missing(answer: Recommendation) -> list[str]:
    """What the week lacks, together where the reason is the same."""
    by_reason: dict[str, list[str]] = {}
    for one in answer.uncovered:
        by_reason.setdefault(one.because, []).append(one.what)
    return [f"{', '.join(whats)}: {because}" for because, whats in by_reason.items()]


def explanation(answer: Explanation, catalogue: Catalogue) -> Iterator[Line]:
    """An explanation as lines of text."""
    yield Line(f"{answer.name} ({answer.exercise})", "bold")
    yield from _wrapped(answer.summary, style="bold")
    if answer.choice:
        yield from _wrapped(answer.choice)
    for reason in answer.reasons:
        yield from _wrapped(f"✗ {reason.because} [{reason.rule}]", indent=2)
        for saw in reason.saw:
            yield from _wrapped(saw, indent=6)
    for missed in answer.missed:
        yield from _wrapped(f"It would be permitted by {missed.rule}: {missed.because}", indent=2)
        for unmet in missed.unmet:
            mark = "?" if "(not known)" in unmet else "✗"
            yield from _wrapped(f"{mark} {unmet}", indent=4)
    for permit in answer.permits if not answer.reasons else ():
        yield from _wrapped(f"✓ {permit.because} [{permit.rule}]", indent=2)
    if answer.dose is not None:
        yield from _wrapped("Dose: " + _dose(answer.dose), indent=2)
    if answer.instead:
        names = ", ".join(catalogue.exercises[key].name for key in answer.instead)
        yield from _wrapped(f"Allowed now in its place: {names}", indent=2)
    elif answer.easier and answer.verdict == "withheld":
        names = ", ".join(catalogue.exercises[key].name for key in answer.easier)
        yield from _wrapped(f"The step before it: {names}", indent=2)
    yield from _section("SOURCES", [f"{source.id}: {source.citation}" for source in answer.sources])


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines: with emphasis on a terminal that wants it, as plain UTF-8 text everywhere else."""
    import os

    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False)
        for line in lines:
            console.print(Text(visible(line.text), style=line.style), soft_wrap=True)
    else:
        from prehab.cli.common import write_out

        write_out("".join(f"{line.text}\n" for line in lines))


def _referrals(answer: Recommendation, catalogue: Catalogue) -> Iterator[Line]:
    """The first referral of each place in full, each of the whole person too; what else is as urgent in a line."""
    told: dict[str | None, str] = {}
    for referral in answer.referrals:
        place = referral.rule if referral.whole_person else referral.region
        before = told.get(None) or told.get(place)
        if before is not None:
            if before == referral.urgency:
                yield from _wrapped(f"Also: {referral.because} [{referral.rule}]", indent=2)
            continue
        told[place] = referral.urgency
        yield Line("")
        where = f" · {catalogue.words['regions'][referral.region]['name']}" if referral.region else ""
        yield from _wrapped(f"{referral.urgency.upper()}{where} · see {referral.who}", style="bold red")
        yield from _wrapped(f"{referral.because} [{referral.rule}]", indent=2)
        yield from _wrapped(referral.tell, indent=2)


def _running(answer: Recommendation) -> Iterator[Line]:
    """What to do about running."""
    run = answer.running
    if run is None or answer.status == "stop":
        return
    yield Line("")
    parts = [run.says]
    if run.minutes is not None and run.days_per_week is not None:
        parts.append(f"{_span(run.minutes)} minutes, {_span(run.days_per_week)} days a week.")
    if run.pain_limit is not None and run.mode != "none":
        parts.append(f"Pain in it up to {run.pain_limit:g} of 10, and as usual the next morning.")
    yield from _wrapped("RUNNING · " + " ".join(parts), style="bold")
    if run.reasons:
        until = f" Until: {'; '.join(run.until)}." if run.until else ""
        yield from _wrapped(f"{run.reasons[0].because} [{run.reasons[0].rule}]{until}", indent=2)
    for rule in run.rules:
        yield from _wrapped(f"{rule.because} [{rule.rule}]", indent=2)


def _treatment(answer: Recommendation) -> Iterator[Line]:
    """Where each complaint stands, and what would move it on."""
    for one in answer.treatment:
        yield Line("")
        yield Line(f"{one.name.upper()} · stage: {_word(one.stage)} · {one.sets_per_week} sets a week", "bold")
        yield from _wrapped(one.goal, indent=2)
        until = f" ({'; '.join(one.until)})" if one.until else ""
        yield from _wrapped(f"On when: {one.move_on}{until}", indent=2)
        yield from _wrapped(f"Back when: {one.step_back}", indent=2)
        if one.missing:
            yield from _wrapped(f"Not this week: {', '.join(one.missing)}.", indent=2)


def _given(number: int, given: Given, catalogue: Catalogue, *, details: bool) -> Iterator[Line]:
    equipment = catalogue.words["equipment"]
    using = ", ".join(str(equipment[item]["name"]) for item in given.equipment if item not in ("wall", "hill", "track"))
    name = f"{given.name}, {using}" if using else given.name
    yield from _wrapped(f"{number:>2} {name}", hang=3, style="bold")
    if given.days_per_week is not None:
        yield from _wrapped(_often(given), indent=5)
    yield from _wrapped(_dose(given.dose, given.sides, ranges=details), indent=5)
    if given.last:
        yield from _wrapped(given.last, indent=5)
    if details:
        for cue in given.cues:
            yield from _wrapped(f"- {cue}", indent=5, hang=2)
        yield from _wrapped(f"On: {given.progress}{_names(' Then: ', given.progress_to, catalogue)}", indent=5)
        yield from _wrapped(f"Back: {given.step_back}{_names(' Or: ', given.step_back_to, catalogue)}", indent=5)
        if given.instead:
            yield from _wrapped(f"Or another one: {catalogue.exercises[given.instead].name}", indent=5)
        for reason in given.reasons:
            rests = ", ".join(reason.sources) or "consensus"
            yield from _wrapped(f"Why: {reason.because} [{reason.rule}; {reason.evidence}: {rests}]", indent=5)
    elif given.treats:
        yield from _wrapped(f"for {catalogue.injuries[given.treats[0].injury].name}: {given.treats[0].what}", indent=5)
    elif given.reasons[0].saw:
        yield from _wrapped(f"{given.because} [{given.reasons[0].rule}]", indent=5)
    else:
        yield from _wrapped(f"for {', '.join(given.serves)} [{given.reasons[0].rule}]", indent=5)


def _often(given: Given) -> str:
    """How often work that has days of its own is due."""
    days = ", ".join(day.capitalize() for day in given.days) if given.days and len(given.days) < 7 else ""
    times = f"{given.times_per_day} times a day, " if given.times_per_day > 1 else ""
    how_often = f"{times}{_span(given.days_per_week or (0, 0))} days a week"
    return f"{how_often}: {days}" if days else how_often


def _dose(dose: Dose, sides: str = "both", *, ranges: bool = False) -> str:
    """What to begin with; with ``ranges`` how far it may go, too."""
    start, each = dose.start, " each side" if sides != "both" else ""
    if dose.contacts:
        parts = [f"{start.contacts} contacts in all, in {start.sets} sets"]
        most = f"{dose.contacts[1]:g} contacts in {dose.sets[1]:g} sets"
    elif dose.hold_s:
        parts = [f"{start.sets} x {start.hold_s} s hold{each}"]
        most = f"{dose.sets[1]:g} x {dose.hold_s[1]:g} s"
    else:
        parts = [f"{start.sets} x {start.reps}{each}"]
        most = f"{dose.sets[1]:g} sets of {_span(dose.reps or (0, 0))}"
    parts.append(f"rest {start.rest_s} s")
    parts.append(f"effort {start.effort_rpe:g}/10")
    parts.append(dose.load_text)
    if dose.tempo:
        parts.append(dose.tempo)
    if dose.pain_limit is not None:
        parts.append(f"pain up to {dose.pain_limit:g}/10" if dose.pain_limit else "no pain")
    if "knee_bend_deg" in dose.bounds:
        parts.append(f"bend the knee to {dose.bounds['knee_bend_deg']:g} degrees at most")
    if ranges:
        parts.append(f"in time up to {most}, effort {dose.effort_rpe[1]:g}/10")
    return ", ".join(parts)


def _asked(ask: Ask) -> str:
    """A question, with how to find out."""
    parts = ("Safety: " if ask.safety else "", ask.question, f" {ask.how}" if ask.how else "", f" ({ask.about})")
    return "".join(parts)


def _withheld(groups: tuple[Withheld, ...], catalogue: Catalogue, *, details: bool, stopped: bool) -> Iterator[Line]:
    """What is not given. A gate that waits for another gate is only counted, unless details are asked for."""
    later = [group for group in groups if not details and any(u.endswith(" must be open") for u in group.until)]
    shown = [group for group in groups if group not in later]
    entries = []
    for group in shown if details else shown[:MOST_WITHHELD]:
        until = f" Until: {'; '.join(group.until)}." if group.until and not stopped else ""
        rule = f" [{group.rule}]" if group.rule else ""
        names = _names("", group.exercises, catalogue, most=len(group.exercises) if details else MOST_NAMED)
        entries.append(f"{group.because}{rule}{until} ({names})")
    if later:
        names = ", ".join(group.because.removeprefix("Not open yet: ").rstrip(".") for group in later)
        entries.append(f"Further on ({sum(len(group.exercises) for group in later)} more): {names}")
    more = 0 if details else sum(len(group.exercises) for group in shown[MOST_WITHHELD:])
    if more:
        entries.append(f"and {more} more; --details lists them")
    yield from _section("NOT NOW", entries)


def _names(lead: str, keys: tuple[str, ...], catalogue: Catalogue, *, most: int = 3) -> str:
    if not keys:
        return ""
    text = ", ".join(catalogue.exercises[key].name for key in keys[:most])
    return f"{lead}{text}" + (f" and {len(keys) - most} more" if len(keys) > most else "")


def _phase(answer: Recommendation) -> str:
    overall, today = _word(answer.phase.overall), _word(answer.phase.today)
    parts = [f"overall {overall}" + (f", today {today}" if today != overall else "")]
    by_level: dict[str, list[str]] = {}
    for pattern, level in answer.phase.patterns.items():
        by_level.setdefault(level, []).append(_word(pattern))
    parts += [f"{', '.join(patterns)}: {_word(level)}" for level, patterns in by_level.items()]
    parts += [f"{_word(region)} region: {_word(level)}" for region, level in answer.phase.regions.items()]
    return " · ".join(parts)


def _section(title: str, entries: Iterable[str]) -> Iterator[Line]:
    entries = list(entries)
    if entries:
        yield Line("")
        yield Line(title, "bold")
        for entry in entries:
            yield from _wrapped(f"- {entry}", indent=1, hang=2)


def _wrapped(text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> Iterator[Line]:
    lead = " " * indent
    for line in textwrap.wrap(
        text,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=lead + " " * hang,
        break_long_words=False,
        break_on_hyphens=False,
    ):
        yield Line(line, style)


def _span(span: tuple[float, float]) -> str:
    low, high = span
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


def _word(name: str) -> str:
    return name.replace("_", " ")
