"""What changes at a boundary, as data and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prehab.boundaries.advice import Advice, Adviser
from prehab.boundaries.models import Changed, Crossing, Kind
from prehab.boundaries.values import Spot, Values, place_of
from prehab.conditions import amount, plain
from prehab.decide import URGENCIES
from prehab.facts import PLACE, position_of
from prehab.fields import fields_of
from prehab.graph.index import bits_of
from prehab.graph.schema import make
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.rules.language import WHOLE_PERSON
from prehab.rules.messages import english
from prehab.runner import Runner
from prehab.unlock.unlocker import MODES

if TYPE_CHECKING:
    from prehab.boundaries.finder import Found

__all__ = ["Words"]

STATUS = {
    "train": "nothing calls for special care any more",
    "modify": "the week is adapted, and goes on",
    "refer": "have it looked at first",
    "stop": "everything stops",
}
URGENCY = {
    None: "nobody needs to look at it",
    "routine": "somebody should look at it, without haste",
    "urgent": "somebody has to look at it within days",
    "emergency": "it is an emergency: get help now",
}
RUNNING = {
    "none": "no running",
    "run_walk": "running only in turns with walking",
    "easy_only": "easy running only",
    "as_usual": "running as usual",
}
DOSE = {
    "scheme": "way of dosing",
    "sets": "sets",
    "reps": "repetitions",
    "hold_s": "seconds of a hold",
    "contacts": "landings",
    "effort_rpe": "effort 0-10",
    "reps_in_reserve": "repetitions in reserve",
    "load": "load",
    "sessions_per_week": "days a week",
    "pain_limit": "pain limit 0-10",
}
"""The parts of a dose that are told; what else differs in it follows from them, or from a bound beyond the scheme."""

MOST_NAMED = 2
MOST_SAID = 3


class Words:
    """Says what changes, for one program."""

    def __init__(self, program: Program, adviser: Adviser) -> None:
        self.program = program
        self.pack = program.pack
        self.adviser = adviser
        self.catalogue = program.pack.catalogue
        self.places = fields_of(program.pack)

    # -- what changes -------------------------------------------------------------------------------------------------

    def kind(self, base: Advice, other: Advice) -> Kind:
        """What a change comes to; what is more careful is named before what is less."""
        if other.status == "stop" != base.status:
            return "stops"
        if other.gravity > base.gravity or other.referrals - base.referrals:
            return "refers"
        if base.allowed & ~other.allowed or self._runs(other) < self._runs(base):
            return "withholds"
        if other.allowed & ~base.allowed or self._runs(other) > self._runs(base) or other.gravity < base.gravity:
            return "opens"
        stages = [(self._stage(base, key), self._stage(other, key)) for key in base.stages.keys() & other.stages.keys()]
        if any(then != now for now, then in stages):
            return "withholds" if any(then < now for now, then in stages) else "opens"
        return "doses" if base.redosed(other) or base.referrals != other.referrals else "week"

    @staticmethod
    def _runs(advice: Advice) -> int:
        return -1 if advice.running is None else MODES.index(advice.running)

    def _stage(self, advice: Advice, key: str) -> int:
        return list(self.catalogue.words["stages"]).index(advice.stages[key])

    def changes(self, base: Advice, other: Advice, runner: Runner) -> Iterator[Changed]:
        """Everything that changes, the most important first."""
        if other.status != base.status:
            says = STATUS[other.status]
            yield _changed("status", says, base.status, other.status)
        if other.urgency != base.urgency:
            yield _changed("urgency", URGENCY[other.urgency], base.urgency, other.urgency)
        yield from self._referrals(base, other)
        if other.running != base.running:
            says = RUNNING.get(other.running or "", "nothing is said of running")
            yield _changed("running", says, base.running, other.running)
        for key in sorted(base.stages.keys() & other.stages.keys()):
            now, then = base.stages[key], other.stages[key]
            if now != then:
                about = runner.complaints[position_of(key)]
                place = place_of(about, self.catalogue) if not key.endswith(PLACE) else self._region(about.region)
                yield _changed("stage", f"{place}: the stage is {then}, not {now}", now, then)
        withheld, opened = base.allowed & ~other.allowed, other.allowed & ~base.allowed
        if withheld and other.status != "stop":
            yield self._exercises("withheld", withheld, base.given, "not for you then: {}")
        if opened:
            yield self._exercises("opened", opened, other.given, "{} opens", "{} open")
        yield from self._doses(base, other, base.redosed(other))
        if other.status != "stop" and base.week != other.week:
            yield from self._week(base, other)

    def _region(self, region: str | None) -> str:
        return "" if region is None else str(self.catalogue.words["regions"][region]["name"])

    def _referrals(self, base: Advice, other: Advice) -> Iterator[Changed]:
        come, gone = other.referrals - base.referrals, base.referrals - other.referrals
        for referrals, text in ((come, "{}see {}"), (gone, "{}no longer: see {}")):
            for place, urgency, who in sorted(referrals, key=lambda one: (-URGENCIES.index(one[1]), one)):
                about = "" if place in (WHOLE_PERSON, "everything") else f"{self._region(place)}: "
                now, then = (None, urgency) if referrals is come else (urgency, None)
                yield _changed("referral", text.format(about, who.replace("; ", ", ")), now, then)

    def _doses(self, base: Advice, other: Advice, mask: int) -> Iterator[Changed]:
        """The exercises with another dose, together where the same of it becomes the same."""
        groups: dict[tuple[tuple[str, str, str], ...], int] = {}
        both = base.given & other.given
        for bit in bits_of(mask):
            parts = tuple(self._parts(base.dose(bit), other.dose(bit)))
            groups[parts] = groups.get(parts, 0) | 1 << bit
        ordered = sorted(groups.items(), key=lambda one: (-(one[1] & both).bit_count(), -one[1].bit_count()))
        for parts, together in ordered:
            part, before, after = parts[0] if parts else ("", "", "")
            if part == "scheme":
                schemes = self.pack.schemes
                yield self._exercises(
                    "dose",
                    together,
                    both,
                    f"{{}}: {schemes[after].name}, not {schemes[before].name}",
                    None,
                    before,
                    after,
                )
            elif parts:
                said = ", ".join(f"{DOSE[name]} {then}, not {now}" for name, now, then in parts[:MOST_NAMED])
                yield self._exercises("dose", together, both, f"{{}}: {said}")
            else:
                yield self._exercises("dose", together, both, "{}: other bounds of the dose")

    @staticmethod
    def _parts(old: Dose, new: Dose) -> Iterator[tuple[str, str, str]]:
        for name in DOSE:
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                yield name, _span(before), _span(after)

    def _week(self, base: Advice, other: Advice) -> Iterator[Changed]:
        gone, come = base.given & ~other.given, other.given & ~base.given
        sessions = len(base.week[1]), len(other.week[1])
        if sessions[0] != sessions[1]:
            says = f"{sessions[1]} session{'s' if sessions[1] != 1 else ''} a week, not {sessions[0]}"
            yield _changed("week", says, str(sessions[0]), str(sessions[1]))
        if gone and come:
            says = f"in the week {self._named(come)}, not {self._named(gone)}"
            yield _changed("week", says, exercises=self.pack.ids(gone | come))
        elif gone or come:
            says = f"in the week also {self._named(come)}" if come else f"no longer in the week: {self._named(gone)}"
            yield _changed("week", says, exercises=self.pack.ids(gone | come))
        elif sessions[0] == sessions[1]:
            yield _changed("week", "the same exercises, on other days or in another amount")

    def _exercises(
        self, kind: str, mask: int, first: int, one: str, more: str | None = None, before: str | None = None,
        after: str | None = None,
    ) -> Changed:  # fmt: skip
        """What becomes of some exercises; those of ``first`` are named before the others."""
        text = one if more is None or mask.bit_count() == 1 else more
        return _changed(kind, text.format(self._named(mask, first)), before, after, self.pack.ids(mask))

    def _named(self, mask: int, first: int = 0) -> str:
        ids = (*self.pack.ids(mask & first), *self.pack.ids(mask & ~first))
        names = [self.catalogue.exercises[key].name for key in ids[:MOST_NAMED]]
        rest = len(ids) - len(names)
        return f"{', '.join(names)} and {rest} more" if rest else " and ".join(names)

    @staticmethod
    def sentence(changes: Iterable[Changed]) -> str:
        """What changes, in a sentence: the first of each kind first.

        A new referral says itself how soon, and a stop that nobody runs.
        """
        told = list(changes)
        said_by = {"urgency": any(one.kind == "referral" and one.after for one in told),
                   "running": any(one.kind == "status" and one.after == "stop" for one in told)}  # fmt: skip
        told = [one for one in told if not said_by.get(one.kind)]
        first = {one.kind: one for one in reversed(told)}
        said = [one.says for one in sorted(told, key=lambda one: one is not first[one.kind])]
        rest = len(said) - MOST_SAID
        text = "; ".join(said[:MOST_SAID]) + (f"; and {rest} more change{'s' if rest > 1 else ''}" if rest > 0 else "")
        return f"{text[:1].upper()}{text[1:]}."

    # -- where --------------------------------------------------------------------------------------------------------

    def label(self, spot: Spot, runner: Runner) -> str:
        """What a value is called; of several complaints with the place."""
        if spot.kind == "fault":
            return str(self.catalogue.words["faults"][spot.fact]["name"])
        label = self.places.label(spot.kind, spot.fact, spot.name)
        if spot.kind == "complaint" and len(runner.complaints) > 1:
            return f"{place_of(runner.complaints[position_of(spot.fact)], self.catalogue)}: {label}"
        return label

    def crossing(self, found: Found, values: Values, runner: Runner) -> Crossing:
        """Where a boundary lies."""
        spot, label = found.spot, self.label(found.spot, runner)
        return make(
            Crossing,
            at=spot.at,
            label=label,
            now=spot.now,
            way=found.way,
            value=found.value,
            before=found.before,
            says=f"{label[:1].upper()}{label[1:]}: {self._reached(found, values)} ({self._now(found)}).",
        )

    @staticmethod
    def _now(found: Found) -> str:
        spot = found.spot
        if spot.now is None:
            return "not told yet"
        told = f"now {_amount(spot.now, spot.field.unit)}"
        if spot.field.type == "integer" and spot.field.worse == "lower" and found.way == "up":
            return f"{told}: {found.value - spot.now} more"
        return told

    @staticmethod
    def _reached(found: Found, values: Values) -> str:
        """The values of which it holds, in words: at a threshold, or beyond it."""
        spot, way = found.spot, found.way
        unit = spot.field.unit
        if way == "other":
            return plain(found.value, english())
        if spot.field.type == "choice":
            last = found.value == spot.field.values[-1 if way == "up" else 0]
            worse = (spot.field.worse == "higher") == (way == "up")
            return (
                plain(found.value, english())
                if last
                else f"{plain(found.value, english())} or {'worse' if worse else 'better'}"
            )
        if spot.field.type == "number" and not values.is_cut(spot, found.value) and found.before is not None:
            beyond = found.before if values.is_cut(spot, found.before) else None
            if beyond is not None:
                return f"{'more' if way == 'up' else 'less'} than {_amount(beyond, unit)}"
        return f"{'at least' if way == 'up' else 'at most'} {_amount(found.value, unit)}"


def _changed(
    kind: str, says: str, before: str | None = None, after: str | None = None, exercises: tuple[str, ...] = ()
) -> Changed:
    return make(Changed, kind=kind, says=says, before=before, after=after, exercises=exercises)


def _amount(value: Any, unit: str | None) -> str:
    """A value with its unit, which is one of it where it is one."""
    if value == 1 and unit is not None and not isinstance(value, bool):
        first, space, rest = unit.partition(" ")
        unit = f"{first.removesuffix('s')}{space}{rest}" if not unit.endswith("0-10") else unit
    return amount(value, unit, english())


def _span(value: Any) -> str:
    """A part of a dose in words."""
    if isinstance(value, tuple):
        low, high = (plain(float(end), english()) for end in value)
        return low if low == high else f"{low} to {high}"
    return "none" if value is None else str(value) if isinstance(value, str) else plain(float(value), english())
