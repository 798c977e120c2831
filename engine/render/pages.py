"""The pages behind the screen: the week in full, how to do it and what waits, and every reason with its sources."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Given, Reason, Recommendation
from prehab.render.lines import WIDTH, Line, Page
from prehab.render.screen import missing, referrals
from prehab.render.words import asked, dose, equipped, how_often, joined, named, purpose, reason, span, untils, word

__all__ = ["details", "week", "why"]

NAMED = 4
"""Of how many exercises that wait for the same the names are told; `prehab explain` tells of any."""


def week(answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH) -> Iterator[Line]:
    """Every session and the daily work, each exercise with its dose in full."""
    page = Page(width)
    if answer.daily is not None:
        yield Line("")
        often = f"{span(answer.daily.days_per_week)} days a week"
        yield from page.wrapped(joined(("DAILY WORK", often, f"{answer.daily.minutes} min")), style="bold")
        for number, given in enumerate(answer.daily.exercises, 1):
            yield from _given(number, given, answer, catalogue, page)
    for session in answer.sessions:
        yield Line("")
        day = session.day.capitalize() if session.day else ""
        yield from page.wrapped(joined((f"SESSION {session.name}", day, f"{session.minutes} min")), style="bold")
        yield from page.wrapped(f"Warm up for {session.warm_up_min} min with easy movement.", indent=2)
        if session.note:
            yield from page.wrapped(session.note, indent=2)
        for number, given in enumerate(session.exercises, 1):
            yield from _given(number, given, answer, catalogue, page)
    yield from page.section("MISSING FROM THE WEEK", missing(answer))
    yield from page.section("NOTES", answer.notes)


def _given(number: int, given: Given, answer: Recommendation, catalogue: Catalogue, page: Page) -> Iterator[Line]:
    what = purpose(given, answer, catalogue)
    name = equipped(given, catalogue)
    yield from page.wrapped(f"{number:>2} {name}" + (f" ({what})" if what else ""), hang=3, style="bold")
    if given.days_per_week is not None:
        yield from page.wrapped(how_often(given), indent=5)
    yield from page.wrapped(dose(given.dose, given.sides), indent=5)
    if given.ramp_pct:
        ramp = ", ".join(map(str, given.ramp_pct))
        yield from page.wrapped(f"before it, lighter sets of {ramp} % of the weight", indent=5)
    if given.last:
        yield from page.wrapped(given.last, indent=5)


def details(answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH) -> Iterator[Line]:
    """How each exercise is done and goes on or back, where each complaint stands, what waits, and what to tell."""
    page = Page(width)
    yield from _treatment(answer, page)
    yield from _how(answer, catalogue, page)
    if answer.running is not None:
        yield from page.section("RUNNING", [one.because for one in answer.running.rules])
    yield from page.section("KEEP IN MIND", [one.because for one in answer.advice])
    yield from page.section("NOTES", answer.notes)
    yield from page.section("NOT NOW", _withheld(answer, catalogue))
    yield from page.section("WORTH TELLING", [f"{'Safety: ' if ask.safety else ''}{asked(ask)}" for ask in answer.asks])


def _treatment(answer: Recommendation, page: Page) -> Iterator[Line]:
    for one in answer.treatment:
        yield Line("")
        title = joined((one.name, f"stage: {word(one.stage)}", f"{one.sets_per_week} sets a week"))
        yield from page.wrapped(title, style="bold")
        yield from page.wrapped(one.goal, indent=2)
        until = f" ({untils(one.until)})" if one.until else ""
        yield from page.wrapped(f"On when: {one.move_on}{until}", indent=2)
        yield from page.wrapped(f"Back when: {one.step_back}", indent=2)
        if one.missing:
            yield from page.wrapped(f"Not this week: {', '.join(one.missing)}.", indent=2)


def _chosen(answer: Recommendation) -> dict[str, Given]:
    """Every exercise of the week once."""
    daily = answer.daily.exercises if answer.daily is not None else ()
    every = (*daily, *(given for session in answer.sessions for given in session.exercises))
    return {given.exercise: given for given in reversed(every)}


def _how(answer: Recommendation, catalogue: Catalogue, page: Page) -> Iterator[Line]:
    """Each exercise once; how a kind of work goes on and back is told once for all that share it."""
    chosen = list(reversed(_chosen(answer).values()))
    if not chosen:
        return
    yield Line("")
    yield from page.wrapped("HOW", style="bold")
    shared: dict[tuple[str, str], list[str]] = {}
    for given in chosen:
        yield from page.wrapped(given.name, indent=1, style="bold")
        yield from page.wrapped("; ".join(given.cues), indent=3)
        steps = [f"in time: {named(given.progress_to, catalogue)}" if given.progress_to else ""]
        steps.append(f"easier: {named(given.step_back_to, catalogue)}" if given.step_back_to else "")
        instead = given.instead not in (None, *given.progress_to, *given.step_back_to)
        steps.append(f"in its place: {named([given.instead], catalogue)}" if given.instead and instead else "")
        yield from page.wrapped(joined(steps), indent=3, hang=2)
        shared.setdefault((given.progress, given.step_back), []).append(given.name)
    yield from page.section(
        "ON AND BACK",
        [f"{', '.join(names)}. On: {on} Back: {back}" for (on, back), names in shared.items()],
    )


def _withheld(answer: Recommendation, catalogue: Catalogue) -> Iterator[str]:
    for group in answer.withheld:
        until = f" Until: {untils(group.until)}." if group.until and answer.status != "stop" else ""
        more = len(group.exercises) - NAMED
        others = f" and {more} more" if more > 0 else ""
        yield f"{group.because}{until} ({named(group.exercises[:NAMED], catalogue)}{others})"


def why(answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH) -> Iterator[Line]:
    """Every reason once, with what it was a reason for, then the sources."""
    page = Page(width)
    if answer.referrals:
        yield Line("")
        yield from referrals(answer, catalogue, page)
    given: dict[str, tuple[Reason, list[str]]] = {}
    for name, told in _reasons(answer):
        names = given.setdefault(reason(told, rests=True), (told, []))[1]
        if name not in names:
            names.append(name)
    yield from page.section("WHY", [f"{', '.join(names)}: {text}{_saw(told)}" for text, (told, names) in given.items()])
    yield from page.section(
        "NOT NOW", [f"{one.because} [{one.rule}]" for one in answer.withheld if one.rule is not None]
    )
    yield from page.section("SOURCES", [f"{source.id}: {source.citation}" for source in answer.sources])


def _reasons(answer: Recommendation) -> Iterator[tuple[str, Reason]]:
    if answer.running is not None:
        for told in (*answer.running.reasons, *answer.running.rules):
            yield "Running", told
    for given in reversed(_chosen(answer).values()):
        for told in given.reasons:
            yield given.name, told
    for told in answer.advice:
        yield "Keep in mind", told


def _saw(told: Reason) -> str:
    return f" Seen: {untils(told.saw)}." if told.saw else ""
