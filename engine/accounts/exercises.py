"""Why an exercise is given, allowed or withheld, in parts; and why one was chosen and not another."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, listed, say
from prehab.accounts.doses import DoseTeller
from prehab.accounts.models import Part, Point
from prehab.recommendation import Explanation

__all__ = ["VERDICTS", "choice_parts", "choice_summary", "exercise_parts", "rival_of"]

VERDICTS = {
    "given": "given", "allowed": "allowed", "refused": "not wanted", "no_equipment": "without its equipment",
    "withheld": "withheld",
}  # fmt: skip
"""How an exercise stands, in words."""


# -- one exercise ------------------------------------------------------------------------------------------------------


def exercise_parts(case: Case, told: Explanation) -> Iterator[Part]:
    """What an exercise lacks, what holds it back or permits it, why it was chosen, how much, what stands in for it."""
    bit = case.bit(told.exercise)
    if told.missed:
        yield from case.ways("To be permitted it lacks this", case.explainer.permitting(bit))
    yield from case.part("holds", "What holds it back", [case.because(one) for one in told.reasons])
    if told.verdict != "withheld":
        yield from case.part("because", "What permits it", [case.because(one) for one in told.permits])
    if told.choice is not None:
        rival = rival_of(case, bit)
        about = f"{told.exercise} vs {case.catalogue.ids[rival]}" if rival is not None else None
        yield from case.part("because", "Why it was chosen, or was not", [say(told.choice, about=about)])
    if told.dose is not None:
        teller = DoseTeller(case, Asked("dose", "", told.exercise))
        yield from case.part("amounts", "How much", [say(teller.summary(), about=f"dose {told.exercise}")])
    others = told.instead or (told.easier if told.verdict == "withheld" else ())
    title = "Allowed now in its place" if told.instead else "The step before it"
    names = case.catalogue.exercises
    yield from case.part("next", title, [say(f"{names[key].name}.", about=key) for key in others])


# -- one and not another -----------------------------------------------------------------------------------------------


def rival_of(case: Case, bit: int) -> int | None:
    """What an exercise stands against: of a given one the next in line, else the one that came first."""
    if any(pick.bit == bit for _, _, pick in case.given()):
        pick = next(pick for _, _, pick in case.given() if pick.bit == bit)
        if pick.instead is not None:
            return pick.instead
        places = case.week.serves(bit)
        rivals = places[0].mask & case.decisions.available & ~(1 << bit) if places else 0
        return case.week.ranking.best(rivals) if rivals else None
    mine = [place.mask for place in case.week.serves(bit)]
    return next((p.bit for _, _, p in case.given() if any(mask >> p.bit & 1 for mask in mine)), None)


def choice_summary(case: Case, one: int, other: int | None) -> str:
    """Which of two comes first, and by what, in a sentence."""
    if other is None:
        return f"Nothing stands against {case.name(one)} in this week."
    held = [bit for bit in (one, other) if not case.decisions.available >> bit & 1 or case.stopped]
    if held:
        return f"{listed([case.name(bit) for bit in held])} may not be chosen now."
    first, second = (one, other) if case.week.ranking.best(1 << one | 1 << other) == one else (other, one)
    return f"{case.name(first)} comes before {case.name(second)}: {_by(case, first, second)}"


def choice_parts(case: Case, one: int, other: int | None) -> Iterator[Part]:
    """How each of two exercises stands, what tells them apart, and what became of it in this week."""
    if other is None:
        told = case.explainer.choice(case.decisions, case.week, one)
        yield from case.part("because", "How it stands", [say(told.says, about=case.catalogue.ids[one])])
        return
    for bit in (one, other):
        yield from case.part("because", case.name(bit), _stands(case, bit))
    both = all(case.decisions.available >> bit & 1 for bit in (one, other)) and not case.stopped
    if both:
        shared = [p.name for p in case.week.serves(one) if p.mask >> other & 1]
        points = [say(f"Both can fill {listed(shared)}." if shared else "They fill different places of the week.")]
        first, second = (one, other) if case.week.ranking.best(1 << one | 1 << other) == one else (other, one)
        points.append(say(_by(case, first, second)))
        given = {pick.bit for _, _, pick in case.given()}
        if second in given and first not in given:
            points.append(
                say(f"{case.name(second)} was given all the same: it fits the time, the days or other places better.")
            )
        if {first, second} <= given:
            points.append(say("Both are in this week."))
        yield from case.part("because", "What tells them apart", points)


def _stands(case: Case, bit: int) -> Iterator[Point]:
    key = case.catalogue.ids[bit]
    told = case.explainer.explain(case.decisions, case.week, case.runner, key)
    yield say(told.summary, about=key, reasons=told.reasons[:1])
    if told.choice:
        yield say(told.choice)
    for one in case.decisions.of("prefer"):
        if one.mask >> bit & 1:
            reason = case.reasons.of(one)
            weight = case.decisions.program.parameters[one.effect.data["weight"]]
            yield say(f"{reason.because} That weighs {weight:g}.", about=reason.rule, reasons=[reason])
    places = list(dict.fromkeys(place.name for place in case.week.serves(bit)))
    yield say(f"It can fill {listed(places)}." if places else "No place of the week asks for it.")


def _by(case: Case, first: int, second: int) -> str:
    """What puts one exercise before another."""
    ranking, what = case.week.ranking, case.week.ranking.apart(first, second)
    kind, number = what
    if kind == "weight":
        return f"what speaks for it weighs {ranking.weight(first):g}, against {ranking.weight(second):g}."
    if kind == "places":
        return "it fills more places of the week."
    if kind == "ties":
        return _TIES[case.planner.tie(number, ranking.ties)]
    return "they are alike in all that counts; it is listed first."


_TIES = {
    "lately": "the other one was trained lately.",
    "simpler": "it takes less skill.",
    "muscles": "it trains more muscles first of all.",
}
