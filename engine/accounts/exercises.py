"""Why an exercise is given, allowed or withheld, in parts; and why one was chosen and not another."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, point
from prehab.accounts.doses import DoseTeller
from prehab.accounts.models import Part, Point
from prehab.recommendation import Explanation

__all__ = ["choice_parts", "choice_summary", "exercise_parts", "rival_of"]

# -- one exercise ------------------------------------------------------------------------------------------------------


def exercise_parts(case: Case, told: Explanation) -> Iterator[Part]:
    """What an exercise lacks, what holds it back or permits it, why it was chosen, how much, what stands in for it."""
    bit = case.bit(told.exercise)
    if told.missed:
        yield from case.ways(case.say("account.lacks"), case.explainer.permitting(bit))
    yield from case.part("holds", case.say("account.held"), [case.because(one) for one in told.reasons])
    if told.verdict != "withheld":
        permits = [case.because(one) for one in told.permits]
        yield from case.part("because", case.say("account_exercise.permits"), permits)
    if told.choice is not None:
        rival = rival_of(case, bit)
        about = f"{told.exercise} vs {case.catalogue.ids[rival]}" if rival is not None else None
        yield from case.part("because", case.say("account_exercise.chosen"), [point(told.choice, about=about)])
    if told.dose is not None:
        teller = DoseTeller(case, Asked("dose", "", told.exercise))
        how_much = [point(teller.summary(), about=f"dose {told.exercise}")]
        yield from case.part("amounts", case.say("account.how_much"), how_much)
    others = told.instead or (told.easier if told.verdict == "withheld" else ())
    title = case.say("account_exercise.instead" if told.instead else "account_exercise.before")
    names = case.catalogue.exercises
    yield from case.part("next", title, [point(f"{names[key].name}.", about=key) for key in others])


# -- one and not another -----------------------------------------------------------------------------------------------


def rival_of(case: Case, bit: int) -> int | None:
    """What an exercise stands against: of a given one the next in line, else the one that came first."""
    pick = next((pick for _, _, pick in case.given() if pick.bit == bit), None)
    if pick is not None:
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
        return case.say("account_choice.no_rival", name=case.name(one))
    held = [bit for bit in (one, other) if not case.decisions.available >> bit & 1 or case.stopped]
    if held:
        return case.say("account_choice.held", names=case.listed([case.name(bit) for bit in held]))
    first, second = _in_order(case, one, other)
    by = _by(case, first, second)
    return case.say("account_choice.before", first=case.name(first), second=case.name(second), by=by)


def choice_parts(case: Case, one: int, other: int | None) -> Iterator[Part]:
    """How each of two exercises stands, what tells them apart, and what became of it in this week."""
    if other is None:
        told = case.explainer.choice(case.decisions, case.week, one)
        points = [point(told.says, about=case.catalogue.ids[one])]
        yield from case.part("because", case.say("account_choice.stands"), points)
        return
    for bit in (one, other):
        yield from case.part("because", case.name(bit), _stands(case, bit))
    both = all(case.decisions.available >> bit & 1 for bit in (one, other)) and not case.stopped
    if both:
        shared = [p.name for p in case.week.serves(one) if p.mask >> other & 1]
        if shared:
            points = [point(case.say("account_choice.both_fill", places=_places(case, shared)))]
        else:
            points = [point(case.say("account_choice.different"))]
        first, second = _in_order(case, one, other)
        points.append(point(_by(case, first, second)))
        given = {pick.bit for _, _, pick in case.given()}
        if second in given and first not in given:
            points.append(point(case.say("account_choice.all_the_same", name=case.name(second))))
        if {first, second} <= given:
            points.append(point(case.say("account_choice.both")))
        yield from case.part("because", case.say("account_choice.apart"), points)


def _stands(case: Case, bit: int) -> Iterator[Point]:
    key = case.catalogue.ids[bit]
    told = case.explainer.explain(case.decisions, case.week, case.runner, key)
    yield point(told.summary, about=key, reasons=told.reasons[:1])
    if told.choice:
        yield point(told.choice)
    for one in case.decisions.of("prefer"):
        if one.mask >> bit & 1:
            reason = case.reasons.of(one)
            weight = case.decisions.program.parameters[one.effect.data["weight"]]
            said = case.say("account_choice.weighs", because=reason.because, weight=weight)
            yield point(said, about=reason.rule, reasons=[reason])
    places = list(dict.fromkeys(place.name for place in case.week.serves(bit)))
    if places:
        yield point(case.say("account_choice.fills", places=_places(case, places)))
    else:
        yield point(case.say("account_choice.unasked"))


def _in_order(case: Case, one: int, other: int) -> tuple[int, int]:
    """Two exercises, the one that comes first before the other."""
    return (one, other) if case.week.ranking.best(1 << one | 1 << other) == one else (other, one)


def _places(case: Case, names: list[str]) -> str:
    """Places of the week in words."""
    return case.listed([case.say.word(name) for name in names])


def _by(case: Case, first: int, second: int) -> str:
    """What puts one exercise before another."""
    ranking, what = case.week.ranking, case.week.ranking.apart(first, second)
    kind, number = what
    if kind == "weight":
        return case.say("account_choice.weight", mine=ranking.weight(first), theirs=ranking.weight(second))
    if kind == "places":
        return case.say("account_choice.places")
    if kind == "ties":
        return case.say(f"tie.{case.planner.tie(number, ranking.ties)}")
    return case.say("account_choice.alike")
