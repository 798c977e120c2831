"""Why so much: of each amount the rule, the parameter, the way of dosing or the growth that decides it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, point
from prehab.accounts.models import Part, Point
from prehab.conditions import amount, plain
from prehab.decide import Bound, Concluded
from prehab.graph.schema import altered
from prehab.recommendation import Dose
from prehab.rules.messages import capital
from prehab.week import Pick, Place
from prehab.week.doses import owned_by
from prehab.week.growth import Growth

__all__ = ["DoseTeller"]

AMOUNTS = {
    "sets": "sets", "reps": None, "hold_s": "seconds", "contacts": "contacts a session", "effort_rpe": "effort 0-10",
}  # fmt: skip
"""What has a place to begin, and a range, with its unit."""

REST = {
    "reps_in_reserve": "repetitions", "load": None, "rest_s": "seconds", "sessions_per_week": None,
    "pain_limit": "pain 0-10",
}  # fmt: skip
"""What has no place to begin, or no range, with its unit."""

CHANNELS = {"load": "external_load"}
"""The channel that bounds an amount, where it has another name."""


class DoseTeller:
    """Tells one dose of a runner."""

    def __init__(self, case: Case, asked: Asked) -> None:
        self.case = case
        self.say = case.say
        self.asked = asked
        self.bit = case.bit(asked.key)
        self.dosing = case.decisions.dosing(self.bit)
        self.growth = Growth(case.planner.ladders, case.decisions, case.runner)
        self.picks = {place: pick for place, _, pick in case.given() if pick.bit == self.bit}
        self.pick: Pick | None = self.picks.get(asked.place) or next(iter(self.picks.values()), None)
        self.dose = self.pick.dose if self.pick else case.planner.dose(case.decisions, self.bit, case.runner)
        self._owned = owned_by(case.runner)

    def parts(self) -> Iterator[Part]:
        """What decides the dose, amount by amount."""
        case, dose = self.case, self.dose
        if dose is None:
            return
        yield from case.part("because", self.say("account_dose.how"), self._way_of_dosing(dose))
        amounts = [*self._begun(dose), *self._bounded(dose)]
        yield from case.part("amounts", self.say("account_dose.how_much_and_why"), amounts)
        grown = [self._growing(), *self._not_grown(dose)]
        yield from case.part("because", self.say("account_dose.how_far"), grown)
        scheme = case.pack.schemes[dose.scheme]
        yield from case.part("on", self.say("account_dose.more"), [point(scheme.progress)])
        yield from case.part("back", self.say("account_dose.less"), [point(scheme.step_back)])

    # -- what says how ------------------------------------------------------------------------------------------------

    def _way_of_dosing(self, dose: Dose) -> Iterator[Point]:
        """The scheme that says how, and the others that say how much at most."""
        schemes = self.case.pack.schemes
        for number, name in enumerate(self.dosing.schemes):
            told = [self.case.reasons.of(one) for one in self._prescribing(name)][:1]
            text = self.say("account_dose.no_more" if number else "account_dose.says_how")
            why = f" {told[0].because}" if told else ""
            yield point(
                text + why, title=capital(schemes[name].name), about=told[0].rule if told else None, reasons=told
            )

    def _prescribing(self, scheme: str) -> list[Concluded]:
        concluded = [
            one
            for one in self.case.decisions.of("prescribe")
            if one.mask >> self.bit & 1 and one.effect.data["scheme"] == scheme
        ]
        return self.case.reasons.ordered(concluded)

    # -- amounts ------------------------------------------------------------------------------------------------------

    def _begun(self, dose: Dose) -> Iterator[Point]:
        for name, unit in AMOUNTS.items():
            span = getattr(dose, name)
            if span is None:
                continue
            now = getattr(dose.start, name)
            least, most = span
            whole = amount(now, unit, self.say) if unit else plain(now, self.say)
            if most > now:
                whole = self.say("account_dose.up_to_in_time", amount=whole, most=most)
            elif most > least:
                whole = self.say("account_dose.most_for_now", amount=whole)
            why, about, reasons = self._most(name, most)
            texts = [f"{whole}.", self._why_now(name, now, span), why]
            title = self.say(f"dose_part.{name}")
            yield point(" ".join(filter(None, texts)), title=title, about=about, reasons=reasons)

    def _bounded(self, dose: Dose) -> Iterator[Point]:
        for name, unit in REST.items():
            value = getattr(dose, name)
            if value is None:
                continue
            if name == "rest_s":
                said = amount(dose.start.rest_s, unit, self.say)
            elif name == "load":
                said = dose.load_text
            elif isinstance(value, tuple):
                said = self.case.span(value) + (f" {self.say.word(unit)}" if unit else "")
            else:
                said = self.say("account_dose.up_to", amount=amount(value, unit, self.say))
            why, about, reasons = self._most(name, value)
            title = self.say(f"dose_part.{name}")
            yield point(f"{said}. {why}".strip(), title=title, about=about, reasons=reasons)
        for channel in dose.bounds:
            bound = self.dosing.bounds[channel]
            yield self._of_bound(bound)

    def _of_bound(self, bound: Bound) -> Point:
        """A bound of a rule that no scheme speaks about."""
        told = self.case.reasons.of(bound.concluded)
        said = f"{self.case.bounded(bound)}. {told.because}"
        return point(said, title=self.case.channel(bound.channel), about=f"limit {bound.channel}", reasons=(told,))

    def _most(self, name: str, value: Any) -> tuple[str, str | None, tuple[Any, ...]]:
        """What makes the end of a range what it is: the scheme itself, a bound of a rule, or another scheme.

        It is asked of whoever makes doses: what, put to the first scheme alone, gives the same as all together.
        """
        case, schemes = self.case, self.case.pack.schemes
        alone = self._with(self.dosing.schemes[:1], ())
        final = self._with(self.dosing.schemes, tuple(self.dosing.values()))
        if _at(alone, name) == _at(final, name):
            return "", None, ()
        channel = CHANNELS.get(name, name)
        bound = self.dosing.bounds.get(channel)
        if bound is not None:
            held = self._with(self.dosing.schemes[:1], ((channel, bound.value),))
            if _at(held, name) == _at(final, name):
                told = case.reasons.of(bound.concluded)
                said = self.say("account_dose.bounded", bound=case.bounded(bound), because=told.because)
                return said, f"limit {channel}", (told,)
        for other in self.dosing.schemes[1:]:
            both = self._with((self.dosing.schemes[0], other), ())
            if _at(both, name) == _at(final, name):
                reasons = tuple(case.reasons.of(one) for one in self._prescribing(other)[:1])
                said = self.say("account_dose.scheme_no_more", scheme=schemes[other].name)
                return said, reasons[0].rule if reasons else None, reasons
        return self.say("account_dose.load_no_more") if name == "load" else "", None, ()

    def _with(self, schemes: tuple[str, ...], bounds: tuple[tuple[str, Any], ...]) -> Dose:
        return self.case.planner.doses.dose(self.bit, schemes, bounds, self._owned)

    # -- where to begin -----------------------------------------------------------------------------------------------

    def _why_now(self, name: str, now: Any, span: tuple[float, float]) -> str:
        pick = self.pick
        if pick is not None and pick.treats:
            first, *_ = sorted(pick.treats, key=lambda one: -one.work.sets[1]) if name == "sets" else pick.treats
            asked, programme = first, getattr(first.work, name, None)
            if programme is not None:
                stage = self.say.word(asked.stage)
                return self.say("account_dose.programme", stage=stage, due=self.case.span(programme))
        if name == "sets" and pick is not None and pick.place is not None:
            return self._why_sets(pick, pick.place, int(now), span)
        if span[0] == span[1] or self.growth.share(self.bit) > 0:
            return ""
        return self.say("account_dose.lowest" if now == span[0] else "account_dose.light")

    def _why_sets(self, pick: Pick, place: Place, now: int, span: tuple[float, float]) -> str:
        """Why a session holds so many sets of an exercise: what the week asks for, growth, or the time."""
        had = 0
        for session in self.case.week.sessions:
            if any(one is pick for one in session.picks):
                break
            had += sum(one.dose.start.sets for one in session.picks if one.place and one.place.name == place.name)
        sets, what = self.say("amount.sets", count=place.sets), self.say.word(place.name)
        wanted = self.say("account_dose.week_asks", sets=sets, place=what)
        if had:
            wanted = self.say("account_dose.week_asks_had", sets=sets, place=what, had=had)
        grown = self.growth.amount(span[0], span[1], self.bit)
        if now >= place.sets - had:
            return f"{wanted}."
        if now >= grown:
            return self.say("account_dose.sets_grown", wanted=wanted)
        return self.say("account_dose.sets_no_time", wanted=wanted)

    def _growing(self) -> Point:
        """How far the runner has come with the exercise."""
        case, numbers = self.case, self.case.decisions.program.parameters
        share, done = self.growth.share(self.bit), self.growth.sessions(self.bit)
        top = numbers["growth.sessions_to_top"]
        days = numbers["growth.recent_days"]
        at_least = case.planner.ladders.at_least[self.bit]
        familiar = [one for one in case.decisions.of("familiar") if one.mask & at_least]
        if familiar and share > done / top:
            told = case.reasons.of(familiar[0])
            said = self.say("account_dose.familiar", because=told.because, percent=100 * share)
            return point(said, about=told.rule, reasons=(told,))
        calm = self.say("count.calm_sessions", count=done)
        if not share:
            return point(self.say("account_dose.easiest", days=days, sessions=calm, top=top))
        return point(self.say("account_dose.growing", days=days, sessions=calm, top=top))

    def _not_grown(self, dose: Dose) -> Iterator[Point]:
        """That a session had no room for as much as the runner has grown to."""
        if self.pick is None or self.pick.treats:
            return
        grown = self.case.planner.dose(self.case.decisions, self.bit, self.case.runner)
        if grown is not None and altered(grown.start, sets=dose.start.sets) != dose.start:
            yield point(self.say("account_dose.no_room"))

    def summary(self) -> str:
        """The dose in a sentence, or why there is none."""
        if self.dose is None:
            return self.say("account_dose.none")
        start = self.dose.start
        if start.contacts:
            amounts = self.say("dose.contacts", contacts=start.contacts, sets=start.sets)
        elif start.hold_s:
            amounts = self.say("dose.hold_most", sets=start.sets, hold=start.hold_s)
        else:
            amounts = self.say("dose.reps_most", sets=start.sets, reps=start.reps)
        return self.say("account_dose.summary", amounts=amounts, effort=start.effort_rpe)


def _at(dose: Dose, name: str) -> Any:
    """The end of an amount that may be bounded."""
    value = getattr(dose, name)
    if isinstance(value, tuple):
        return value[0] if name == "reps_in_reserve" else value[1]
    return value
