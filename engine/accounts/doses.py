"""Why so much: of each amount the rule, the parameter, the way of dosing or the growth that decides it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, bounded, capital, channel_name, counted, ends, say
from prehab.accounts.models import Part, Point
from prehab.conditions import amount, plain
from prehab.decide import Bound, Concluded
from prehab.graph.schema import altered
from prehab.recommendation import Dose
from prehab.rules.messages import english
from prehab.week import Pick, Place
from prehab.week.growth import Growth

__all__ = ["DoseTeller"]

AMOUNTS = {
    "sets": ("Sets", "sets"),
    "reps": ("Repetitions", None),
    "hold_s": ("Hold", "seconds"),
    "contacts": ("Landings", "contacts a session"),
    "effort_rpe": ("Effort", "effort 0-10"),
}
"""What has a place to begin, and a range: what it is called, and its unit."""

REST = {
    "reps_in_reserve": ("Left in reserve", "repetitions"),
    "load": ("Load", None),
    "rest_s": ("Rest", "seconds"),
    "sessions_per_week": ("Days a week", None),
    "pain_limit": ("Pain", "pain 0-10"),
}

CHANNELS = {"load": "external_load"}
"""The channel that bounds an amount, where it has another name."""


class DoseTeller:
    """Tells one dose of a runner."""

    def __init__(self, case: Case, asked: Asked) -> None:
        self.case = case
        self.asked = asked
        self.bit = case.bit(asked.key)
        self.dosing = case.decisions.dosing(self.bit)
        self.growth = Growth(case.planner.ladders, case.decisions, case.runner)
        self.picks = {place: pick for place, _, pick in case.given() if pick.bit == self.bit}
        self.pick: Pick | None = self.picks.get(asked.place) or next(iter(self.picks.values()), None)
        self.dose = self.pick.dose if self.pick else case.planner.dose(case.decisions, self.bit, case.runner)
        strength = case.runner.strength
        self._owned = (tuple(strength.equipment or ()), tuple(strength.lacks))

    def parts(self) -> Iterator[Part]:
        """What decides the dose, amount by amount."""
        case, dose = self.case, self.dose
        if dose is None:
            return
        yield from case.part("because", "How it is done", self._way_of_dosing(dose))
        yield from case.part("amounts", "How much, and why", [*self._begun(dose), *self._bounded(dose)])
        yield from case.part("because", "How far you have come with it", [self._growing(), *self._not_grown(dose)])
        scheme = case.pack.schemes[dose.scheme]
        yield from case.part("on", "More", [say(scheme.progress)])
        yield from case.part("back", "Less", [say(scheme.step_back)])

    # -- what says how ------------------------------------------------------------------------------------------------

    def _way_of_dosing(self, dose: Dose) -> Iterator[Point]:
        """The scheme that says how, and the others that say how much at most."""
        schemes = self.case.pack.schemes
        for number, name in enumerate(self.dosing.schemes):
            told = [self.case.reasons.of(one) for one in self._prescribing(name)][:1]
            text = "No more than this gives." if number else "This says how, and how much where nothing else is named."
            why = f" {told[0].because}" if told else ""
            yield say(text + why, title=capital(schemes[name].name), about=told[0].rule if told else None, reasons=told)

    def _prescribing(self, scheme: str) -> list[Concluded]:
        concluded = [
            one
            for one in self.case.decisions.of("prescribe")
            if one.mask >> self.bit & 1 and one.effect.data["scheme"] == scheme
        ]
        return self.case.reasons.ordered(concluded)

    # -- amounts ------------------------------------------------------------------------------------------------------

    def _begun(self, dose: Dose) -> Iterator[Point]:
        for name, (title, unit) in AMOUNTS.items():
            span = getattr(dose, name)
            if span is None:
                continue
            now = getattr(dose.start, name)
            least, most = span
            whole = amount(now, unit, english()) if unit else plain(now, english())
            room = f", up to {most:g} in time" if most > now else ", which is the most for now" if most > least else ""
            why, about, reasons = self._most(name, most)
            texts = [f"{whole}{room}.", self._why_now(name, now, span), why]
            yield say(" ".join(filter(None, texts)), title=title, about=about, reasons=reasons)

    def _bounded(self, dose: Dose) -> Iterator[Point]:
        for name, (title, unit) in REST.items():
            value = getattr(dose, name)
            if value is None:
                continue
            if name == "rest_s":
                said = amount(dose.start.rest_s, unit, english())
            elif name == "load":
                said = dose.load_text
            elif isinstance(value, tuple):
                said = ends(value) + (f" {unit}" if unit else "")
            else:
                said = f"up to {amount(value, unit, english())}"
            why, about, reasons = self._most(name, value)
            yield say(f"{said}. {why}".strip(), title=title, about=about, reasons=reasons)
        for channel in dose.bounds:
            bound = self.dosing.bounds[channel]
            yield self._of_bound(bound)

    def _of_bound(self, bound: Bound) -> Point:
        """A bound of a rule that no scheme speaks about."""
        told = self.case.reasons.of(bound.concluded)
        said = f"{bounded(self.case, bound)}. {told.because}"
        return say(said, title=channel_name(bound.channel), about=f"limit {bound.channel}", reasons=(told,))

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
                return f"A rule bounds it to {bounded(case, bound)}: {told.because}", f"limit {channel}", (told,)
        for other in self.dosing.schemes[1:]:
            both = self._with((self.dosing.schemes[0], other), ())
            if _at(both, name) == _at(final, name):
                reasons = tuple(case.reasons.of(one) for one in self._prescribing(other)[:1])
                said = f"{schemes[other].name} gives no more."
                return said, reasons[0].rule if reasons else None, reasons
        return "What you have allows no more." if name == "load" else "", None, ()

    def _with(self, schemes: tuple[str, ...], bounds: tuple[tuple[str, Any], ...]) -> Dose:
        return self.case.planner.doses.dose(self.bit, schemes, bounds, self._owned)

    # -- where to begin -----------------------------------------------------------------------------------------------

    def _why_now(self, name: str, now: Any, span: tuple[float, float]) -> str:
        pick = self.pick
        if pick is not None and pick.treats:
            first, *_ = sorted(pick.treats, key=lambda one: -one.work.sets[1]) if name == "sets" else pick.treats
            asked, programme = first, getattr(first.work, name, None)
            if programme is not None:
                return f"The programme of stage {plain(asked.stage, english())} asks for {ends(programme)}."
        if name == "sets" and pick is not None and pick.place is not None:
            return self._why_sets(pick, pick.place, int(now), span)
        if span[0] == span[1] or self.growth.share(self.bit) > 0:
            return ""
        return "It begins at its lowest." if now == span[0] else "It begins with a light weight."

    def _why_sets(self, pick: Pick, place: Place, now: int, span: tuple[float, float]) -> str:
        """Why a session holds so many sets of an exercise: what the week asks for, growth, or the time."""
        wanted = f"The week asks for {counted(place.sets, 'set')} of {place.name}"
        had = 0
        for session in self.case.week.sessions:
            if any(one is pick for one in session.picks):
                break
            had += sum(one.dose.start.sets for one in session.picks if one.place and one.place.name == place.name)
        if had:
            wanted += f", and earlier sessions hold {had}"
        grown = self.growth.amount(span[0], span[1], self.bit)
        if now >= place.sets - had:
            return f"{wanted}."
        if now >= grown:
            return f"{wanted}; this is as many as you have grown to."
        return f"{wanted}; there is no time for more."

    def _growing(self) -> Point:
        """How far the runner has come with the exercise."""
        case, numbers = self.case, self.case.decisions.program.parameters
        share, done = self.growth.share(self.bit), self.growth.sessions(self.bit)
        top = numbers["growth.sessions_to_top"]
        days = numbers["growth.recent_days"]
        log = f"Your log of the last {days:g} days holds {counted(done, 'calm session')} of it, or of a harder form"
        at_least = case.planner.ladders.at_least[self.bit]
        familiar = [one for one in case.decisions.of("familiar") if one.mask & at_least]
        if familiar and share > done / top:
            told = case.reasons.of(familiar[0])
            return say(
                f"{told.because} So it begins {share:.0%} of the way from the least to the most.",
                about=told.rule, reasons=(told,),
            )  # fmt: skip
        if not share:
            return say(f"{log}, so it begins where it is easiest. {top:g} lead to the most that may be given.")
        return say(f"{log}, of {top:g} that lead to the most that may be given.")

    def _not_grown(self, dose: Dose) -> Iterator[Point]:
        """That a session had no room for as much as the runner has grown to."""
        if self.pick is None or self.pick.treats:
            return
        grown = self.case.planner.dose(self.case.decisions, self.bit, self.case.runner)
        if grown is not None and altered(grown.start, sets=dose.start.sets) != dose.start:
            yield say("The session has no room for as much as that, so it is done as it begins.")

    def summary(self) -> str:
        """The dose in a sentence, or why there is none."""
        if self.dose is None:
            return "No dose: no rule says how much of it."
        start = self.dose.start
        amounts = (
            f"{start.contacts} contacts in {start.sets} sets"
            if start.contacts
            else f"{start.sets} x {start.hold_s} s" if start.hold_s else f"{start.sets} x {start.reps}"
        )  # fmt: skip
        return f"{amounts}, effort {start.effort_rpe:g} of 10, to begin with."


def _at(dose: Dose, name: str) -> Any:
    """The end of an amount that may be bounded."""
    value = getattr(dose, name)
    if isinstance(value, tuple):
        return value[0] if name == "reps_in_reserve" else value[1]
    return value
