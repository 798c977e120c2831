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
from prehab.rules.messages import capital
from prehab.rules.vocabulary import one_of
from prehab.runner import Runner
from prehab.unlock.unlocker import MODES

if TYPE_CHECKING:
    from prehab.boundaries.finder import Found

__all__ = ["Words"]

DOSE = (
    "scheme", "sets", "reps", "hold_s", "contacts", "effort_rpe", "reps_in_reserve", "load", "sessions_per_week",
    "pain_limit",
)  # fmt: skip
"""The parts of a dose that are told; what else differs in it follows from them, or from a bound beyond the scheme."""

MOST_NAMED = 2
MOST_SAID = 3


class Words:
    """Says what changes, for one program."""

    def __init__(self, program: Program, adviser: Adviser) -> None:
        self.program = program
        self.pack = program.pack
        self.say = program.pack.messages
        self.adviser = adviser
        self.catalogue = program.pack.catalogue
        self.places = fields_of(program.pack)

    # -- what changes -------------------------------------------------------------------------------------------------

    def kind(self, base: Advice, other: Advice) -> Kind:
        """What a change comes to; what is more careful is named before what is less."""
        if other.status == "stop" != base.status:
            return "stops"
        graver = other.gravity > base.gravity
        if other.referrals - base.referrals or (graver and other.urgency is not None):
            return "refers"
        if graver or base.allowed & ~other.allowed or self._runs(other) < self._runs(base):
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
            says = self.say(f"then_status.{other.status}")
            yield _changed("status", says, base.status, other.status)
        if other.urgency != base.urgency:
            says = self.say(f"then_urgency.{other.urgency or 'none'}")
            yield _changed("urgency", says, base.urgency, other.urgency)
        yield from self._referrals(base, other)
        if other.running != base.running:
            says = self.say(f"then_running.{other.running or 'unsaid'}")
            yield _changed("running", says, base.running, other.running)
        for key in sorted(base.stages.keys() & other.stages.keys()):
            now, then = base.stages[key], other.stages[key]
            if now != then:
                about = runner.complaints[position_of(key)]
                place = place_of(about, self.catalogue) if not key.endswith(PLACE) else self._region(about.region)
                words = self.say.word(now), self.say.word(then)
                says = self.say("boundary.stage", place=place, now=words[0], then=words[1])
                yield _changed("stage", says, now, then)
        withheld, opened = base.allowed & ~other.allowed, other.allowed & ~base.allowed
        if withheld and other.status != "stop":
            says = self.say("boundary.withheld", names=self._named(withheld, base.given))
            yield _changed("withheld", says, exercises=self.pack.ids(withheld))
        if opened:
            says = self.say("boundary.opened", count=opened.bit_count(), names=self._named(opened, other.given))
            yield _changed("opened", says, exercises=self.pack.ids(opened))
        yield from self._doses(base, other, base.redosed(other))
        if other.status != "stop" and base.week != other.week:
            yield from self._week(base, other)

    def _region(self, region: str | None) -> str:
        return "" if region is None else str(self.catalogue.words["regions"][region]["name"])

    def _referrals(self, base: Advice, other: Advice) -> Iterator[Changed]:
        come, gone = other.referrals - base.referrals, base.referrals - other.referrals
        for referrals in (come, gone):
            for place, urgency, who in sorted(referrals, key=lambda one: (-URGENCIES.index(one[1]), one)):
                about = "" if place in (WHOLE_PERSON, "everything") else f"{self._region(place)}: "
                now, then = (None, urgency) if referrals is come else (urgency, None)
                says = self.say("boundary.see" if then else "boundary.see_no_more", who=who.replace("; ", ", "))
                yield _changed("referral", about + says, now, then)

    def _doses(self, base: Advice, other: Advice, mask: int) -> Iterator[Changed]:
        """The exercises with another dose, together where the same of it becomes the same."""
        groups: dict[tuple[tuple[str, str, str], ...], int] = {}
        both = base.given & other.given
        for bit in bits_of(mask):
            parts = tuple(self._parts(base.dose(bit), other.dose(bit)))
            groups[parts] = groups.get(parts, 0) | 1 << bit
        ordered = sorted(groups.items(), key=lambda one: (-(one[1] & both).bit_count(), -one[1].bit_count()))
        for parts, together in ordered:
            part, now, then = parts[0] if parts else ("", "", "")
            before, after = (now, then) if part == "scheme" else (None, None)
            if part == "scheme":
                schemes = self.pack.schemes
                said = self.say("boundary.dosed", then=schemes[then].name, now=schemes[now].name)
            elif parts:
                said = ", ".join(
                    self.say("boundary.part", part=self.say(f"boundary_dose.{name}"), then=then, now=now)
                    for name, now, then in parts[:MOST_NAMED]
                )
            else:
                said = self.say("boundary.bounds")
            names = self._named(together, both)
            yield _changed("dose", f"{names}: {said}", before, after, self.pack.ids(together))

    def _parts(self, old: Dose, new: Dose) -> Iterator[tuple[str, str, str]]:
        for name in DOSE:
            before, after = getattr(old, name), getattr(new, name)
            if before != after:
                yield (name, before, after) if name == "scheme" else (name, self._span(before), self._span(after))

    def _week(self, base: Advice, other: Advice) -> Iterator[Changed]:
        gone, come = base.given & ~other.given, other.given & ~base.given
        sessions = len(base.week[1]), len(other.week[1])
        if sessions[0] != sessions[1]:
            says = self.say("boundary.sessions", count=sessions[1], now=sessions[0])
            yield _changed("week", says, str(sessions[0]), str(sessions[1]))
        if gone and come:
            says = self.say("boundary.other", come=self._named(come), gone=self._named(gone))
            yield _changed("week", says, exercises=self.pack.ids(gone | come))
        elif gone or come:
            says = self.say("boundary.also" if come else "boundary.no_longer", names=self._named(come or gone))
            yield _changed("week", says, exercises=self.pack.ids(gone | come))
        elif sessions[0] == sessions[1]:
            yield _changed("week", self.say("boundary.same"))

    def _named(self, mask: int, first: int = 0) -> str:
        """The names of some exercises; those of ``first`` before the others."""
        ids = (*self.pack.ids(mask & first), *self.pack.ids(mask & ~first))
        names = [self.catalogue.exercises[key].name for key in ids[:MOST_NAMED]]
        rest = len(ids) - len(names)
        if rest:
            names = [", ".join(names), self.say("count.more", count=rest)]
        return self.say("joining.and").join(names)

    def sentence(self, changes: Iterable[Changed]) -> str:
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
        more = [self.say("boundary.more_changes", count=rest)] if rest > 0 else []
        return f"{capital('; '.join((*said[:MOST_SAID], *more)))}."

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
            says=f"{capital(label)}: {self._reached(found, values)} ({self._now(found)}).",
        )

    def _now(self, found: Found) -> str:
        spot = found.spot
        if spot.now is None:
            return self.say("boundary.untold")
        told = self.say("need.now", value=self._amount(spot.now, spot.field.unit))
        if spot.field.type == "integer" and spot.field.worse == "lower" and found.way == "up":
            return self.say("boundary.now_more", told=told, more=found.value - spot.now)
        return told

    def _reached(self, found: Found, values: Values) -> str:
        """The values of which it holds, in words: at a threshold, or beyond it."""
        spot, way = found.spot, found.way
        unit = spot.field.unit
        value = plain(found.value, self.say)
        if way == "other":
            return value
        if spot.field.type == "choice":
            last = found.value == spot.field.values[-1 if way == "up" else 0]
            worse = (spot.field.worse == "higher") == (way == "up")
            if last:
                return value
            return self.say("boundary.or_worse" if worse else "boundary.or_better", value=value)
        if spot.field.type == "number" and not values.is_cut(spot, found.value) and found.before is not None:
            beyond = found.before if values.is_cut(spot, found.before) else None
            if beyond is not None:
                return self.say("bound.above" if way == "up" else "bound.below", value=self._amount(beyond, unit))
        return self.say("bound.at_least" if way == "up" else "bound.at_most", value=self._amount(found.value, unit))

    def _amount(self, value: Any, unit: str | None) -> str:
        """A value with its unit, which is one of it where it is one."""
        if value == 1 and unit is not None and not isinstance(value, bool):
            unit = one_of(unit)
        return amount(value, unit, self.say)

    def _span(self, value: Any) -> str:
        """A part of a dose in words."""
        if isinstance(value, tuple):
            low, high = (plain(float(end), self.say) for end in value)
            return low if low == high else self.say("account.span", least=low, most=high)
        if value is None:
            return self.say("boundary.no_value")
        return plain(value if isinstance(value, str) else float(value), self.say)


def _changed(
    kind: str, says: str, before: str | None = None, after: str | None = None, exercises: tuple[str, ...] = ()
) -> Changed:
    return make(Changed, kind=kind, says=says, before=before, after=after, exercises=exercises)
