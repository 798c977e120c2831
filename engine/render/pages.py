"""The pages behind the screen: the week in full, how to do it and what waits, and every reason with its sources."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.catalogue import Catalogue
from prehab.recommendation import Given, Reason, Recommendation
from prehab.render.lines import WIDTH, Line, Page
from prehab.render.screen import missing, referrals
from prehab.render.words import asked, dose, equipped, how_often, joined, named, purpose, reason, span, untils
from prehab.rules.messages import Messages

__all__ = ["details", "week", "why"]

NAMED = 4
"""Of how many exercises that wait for the same the names are told; `prehab explain` tells of any."""


def week(
    answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH, messages: Messages | None = None
) -> Iterator[Line]:
    """Every session and the daily work, each exercise with its dose in full."""
    page = Page(width, messages)
    if answer.daily is not None:
        yield Line("")
        often = page.say("page.days_a_week", days=span(answer.daily.days_per_week))
        yield from page.wrapped(
            joined((page.say("title.daily_work"), often, page.say("page.minutes", minutes=answer.daily.minutes))),
            style="bold",
        )
        for number, given in enumerate(answer.daily.exercises, 1):
            yield from _given(number, given, answer, catalogue, page)
    for session in answer.sessions:
        yield Line("")
        day = page.say(f"day.{session.day}") if session.day else ""
        yield from page.wrapped(
            joined(
                (page.say("page.session", name=session.name), day, page.say("page.minutes", minutes=session.minutes))
            ),
            style="bold",
        )
        yield from page.wrapped(page.say("page.warm_up", minutes=session.warm_up_min), indent=2)
        if session.note:
            yield from page.wrapped(session.note, indent=2)
        for number, given in enumerate(session.exercises, 1):
            yield from _given(number, given, answer, catalogue, page)
    yield from page.section(page.say("title.missing_from_the_week"), missing(answer))
    yield from page.section(page.say("title.notes"), answer.notes)


def _given(number: int, given: Given, answer: Recommendation, catalogue: Catalogue, page: Page) -> Iterator[Line]:
    what = purpose(given, answer, catalogue, page.say)
    name = equipped(given, catalogue)
    yield from page.wrapped(f"{number:>2} {name}" + (f" ({what})" if what else ""), hang=3, style="bold")
    if given.days_per_week is not None:
        yield from page.wrapped(how_often(given, page.say), indent=5)
    yield from page.wrapped(dose(given.dose, given.sides, messages=page.say), indent=5)
    if given.ramp_pct:
        ramp = ", ".join(map(str, given.ramp_pct))
        yield from page.wrapped(page.say("page.ramp", ramp=ramp), indent=5)
    if given.last:
        yield from page.wrapped(given.last, indent=5)


def details(
    answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH, messages: Messages | None = None
) -> Iterator[Line]:
    """How each exercise is done and goes on or back, where each complaint stands, what waits, and what to tell."""
    page = Page(width, messages)
    yield from _treatment(answer, page)
    yield from _how(answer, catalogue, page)
    if answer.running is not None:
        yield from page.section(page.say("title.running"), [one.because for one in answer.running.rules])
    yield from page.section(page.say("title.keep_in_mind"), [one.because for one in answer.advice])
    yield from page.section(page.say("title.notes"), answer.notes)
    yield from page.section(page.say("title.not_now"), _withheld(answer, catalogue, page))
    yield from page.section(
        page.say("title.worth_telling"),
        [f"{page.say('page.safety') if ask.safety else ''}{asked(ask)}" for ask in answer.asks],
    )


def _treatment(answer: Recommendation, page: Page) -> Iterator[Line]:
    for one in answer.treatment:
        yield Line("")
        title = joined(
            (
                one.name,
                page.say("page.stage", stage=page.say.word(one.stage)),
                page.say("page.sets_a_week", sets=one.sets_per_week),
            )
        )
        yield from page.wrapped(title, style="bold")
        yield from page.wrapped(one.goal, indent=2)
        until = f" ({untils(one.until)})" if one.until else ""
        yield from page.wrapped(page.say("page.on_when", on=one.move_on, until=until), indent=2)
        yield from page.wrapped(page.say("page.back_when", back=one.step_back), indent=2)
        if one.missing:
            yield from page.wrapped(page.say("page.not_this_week", names=", ".join(one.missing)), indent=2)


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
    yield from page.wrapped(page.say("title.how"), style="bold")
    shared: dict[tuple[str, str], list[str]] = {}
    for given in chosen:
        yield from page.wrapped(given.name, indent=1, style="bold")
        yield from page.wrapped("; ".join(given.cues), indent=3)
        steps = [page.say("page.in_time", names=named(given.progress_to, catalogue)) if given.progress_to else ""]
        steps.append(page.say("page.easier", names=named(given.step_back_to, catalogue)) if given.step_back_to else "")
        instead = given.instead not in (None, *given.progress_to, *given.step_back_to)
        steps.append(
            page.say("page.instead", names=named([given.instead], catalogue)) if given.instead and instead else ""
        )
        yield from page.wrapped(joined(steps), indent=3, hang=2)
        shared.setdefault((given.progress, given.step_back), []).append(given.name)
    yield from page.section(
        page.say("title.on_and_back"),
        [
            page.say("page.on_and_back", names=", ".join(names), on=on, back=back)
            for (on, back), names in shared.items()
        ],
    )


def _withheld(answer: Recommendation, catalogue: Catalogue, page: Page) -> Iterator[str]:
    for group in answer.withheld:
        until = page.say("page.until", until=untils(group.until)) if group.until and answer.status != "stop" else ""
        more = len(group.exercises) - NAMED
        others = page.say("page.more_names", count=more) if more > 0 else ""
        yield f"{group.because}{until} ({named(group.exercises[:NAMED], catalogue)}{others})"


def why(
    answer: Recommendation, catalogue: Catalogue, *, width: int = WIDTH, messages: Messages | None = None
) -> Iterator[Line]:
    """Every reason once, with what it was a reason for, then the sources."""
    page = Page(width, messages)
    if answer.referrals:
        yield Line("")
        yield from referrals(answer, catalogue, page)
    given: dict[str, tuple[Reason, list[str]]] = {}
    for name, told in _reasons(answer, page):
        names = given.setdefault(reason(told, rests=True, messages=page.say), (told, []))[1]
        if name not in names:
            names.append(name)
    yield from page.section(
        page.say("title.why"),
        [f"{', '.join(names)}: {text}{_saw(told, page)}" for text, (told, names) in given.items()],
    )
    yield from page.section(
        page.say("title.not_now"), [f"{one.because} [{one.rule}]" for one in answer.withheld if one.rule is not None]
    )
    yield from page.section(page.say("title.sources"), [f"{source.id}: {source.citation}" for source in answer.sources])


def _reasons(answer: Recommendation, page: Page) -> Iterator[tuple[str, Reason]]:
    if answer.running is not None:
        for told in (*answer.running.reasons, *answer.running.rules):
            yield page.say("page.running"), told
    for given in reversed(_chosen(answer).values()):
        for told in given.reasons:
            yield given.name, told
    for told in answer.advice:
        yield page.say("page.keep_in_mind"), told


def _saw(told: Reason, page: Page) -> str:
    return page.say("page.seen", saw=untils(told.saw)) if told.saw else ""
