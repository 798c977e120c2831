"""What differs between two answers, effect by effect, and in which direction: looser, stricter, or neither.

The two answers are those of two packs about one runner, or those of one pack about two runners.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from prehab.compare.sides import Answer, Side
from prehab.decide import STATUSES, URGENCIES
from prehab.graph.index import bits_of
from prehab.rules.vocabulary import Channel, Scheme

__all__ = ["EFFECTS", "Difference", "Pair", "Way"]

Way = Literal["looser", "stricter", "other"]

EFFECTS = ("allowed", "status", "gates", "scheme", "bounds", "questions", "advice", "session")
"""What can differ for a runner. The first five have a direction; the session is looked at only where all else is the
same."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is decided otherwise: its effect, which way, what it is about, before and after."""

    effect: str
    way: Way
    about: str
    old: Any
    new: Any

    def as_dict(self) -> dict[str, Any]:
        """The difference as JSON-ready data."""
        return {name: getattr(self, name) for name in ("effect", "way", "about", "old", "new")}


class Pair:
    """Compares answers of two sides. Exercises are told apart by their ids, so the catalogues may differ."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new
        ids = old.pack.catalogue.ids, new.pack.catalogue.ids
        self.ids = ids[0] if ids[0] == ids[1] else tuple(sorted({*ids[0], *ids[1]}))
        place = {key: bit for bit, key in enumerate(self.ids)}
        self._places = [None if one == self.ids else [place[key] for key in one] for one in ids]
        self.phases = [list(side.pack.catalogue.words["phases"]) for side in (old, new)]
        channels = {**old.pack.channels, **new.pack.channels}
        self.channels = channels
        schemes = old.pack.schemes, new.pack.schemes
        self.altered = {
            name: ways
            for name in schemes[0].keys() & schemes[1].keys()
            if (ways := tuple(_scheme_ways(schemes[0][name], schemes[1][name], channels)))
        }

    def differences(self, old: Answer, new: Answer, *, asked: bool = True, planned: bool = True) -> list[Difference]:
        """Everything that differs.

        Args:
            old: The answer of the old side.
            new: The answer of the new one.
            asked: Compare the questions as well.
            planned: Compare the sessions as well, where all else is the same.
        """
        found = [*self._allowed(old, new), *self._status(old, new), *self._gates(old, new), *self._schemes(old, new)]
        found += [*self._bounds(old, new), *self._advice(old, new)]
        if asked:
            found += _sets("questions", old.asked, new.asked)
        if planned and not found and old.allowed:
            weeks = old.week, new.week
            names = sorted(name for name in {*weeks[0], *weeks[1]} if weeks[0].get(name) != weeks[1].get(name))
            found += [
                Difference("session", "other", name, weeks[0].get(name, []), weeks[1].get(name, [])) for name in names
            ]
        return found

    # -- effect by effect ---------------------------------------------------------------------------------------------

    def _common(self, which: int, mask: int) -> int:
        """A mask of one side over the exercises of both."""
        places = self._places[which]
        return mask if places is None else sum(1 << places[bit] for bit in bits_of(mask))

    def _allowed(self, old: Answer, new: Answer) -> Iterator[Difference]:
        before, after = self._common(0, old.allowed), self._common(1, new.allowed)
        for bit in bits_of(after & ~before):
            yield Difference("allowed", "looser", self.ids[bit], "withheld", "allowed")
        for bit in bits_of(before & ~after):
            yield Difference("allowed", "stricter", self.ids[bit], "allowed", "withheld")

    def _status(self, old: Answer, new: Answer) -> Iterator[Difference]:
        before, after = old.decisions, new.decisions
        yield from _ranked("status", "status", before.status, after.status, STATUSES.index, lower_is="looser")
        yield from _ranked("status", "urgency", before.urgency, after.urgency, URGENCIES.index, lower_is="looser")
        for key in sorted(old.referrals.keys() ^ new.referrals.keys()):
            gone = key in old.referrals
            what = f"{key[1]} referral, {key[0]}"
            yield Difference(
                "status", "looser" if gone else "stricter", what, *(("yes", "no") if gone else ("no", "yes"))
            )
        for key in sorted(old.referrals.keys() & new.referrals.keys()):
            said = old.referrals[key], new.referrals[key]
            if said[0] != said[1]:
                what = f"what is said of the {key[1]} referral, {key[0]}"
                yield Difference("advice", "other", what, *(sorted(map(list, one)) for one in said))

    def _gates(self, old: Answer, new: Answer) -> Iterator[Difference]:
        before, after = old.decisions.inference.gates, new.decisions.inference.gates
        for gate in sorted({*before, *after}):
            was, now = before.get(gate, False), after.get(gate, False)
            if was != now:
                words = ("open", "closed") if was else ("closed", "open")
                yield Difference("gates", "looser" if now else "stricter", gate, *words)
        phases = old.decisions.phase, new.decisions.phase
        order = self.phases[1] if phases[0] in self.phases[1] else self.phases[0]
        place = order.index if set(phases) <= set(order) else None
        yield from _ranked("gates", "phase", *phases, place, lower_is="stricter")

    def _schemes(self, old: Answer, new: Answer) -> Iterator[Difference]:
        both = self._common(0, old.allowed) & self._common(1, new.allowed)
        before = {name: self._common(0, mask) & both for name, mask in old.decisions.schemes.items()}
        after = {name: self._common(1, mask) & both for name, mask in new.decisions.schemes.items()}
        if before == after and not self.altered:
            return
        for name, mask in before.items():
            for other, its in after.items():
                same = bits_of(mask & its)
                ways = self.altered.get(name, ()) if name == other else (self._scheme_way(name, other),) if same else ()
                yield from (Difference("scheme", way, self.ids[bit], name, other) for bit in same for way in ways)

    def _scheme_way(self, before: str, after: str) -> Way:
        """Which of two schemes is the more careful: by the new order, or by the old one where that lacks one."""
        tables = [side.pack.schemes for side in (self.new, self.old)]
        order = next((one for one in tables if before in one and after in one), None)
        ranks = (
            (order[before].caution, order[after].caution)
            if order
            else (tables[1][before].caution, tables[0][after].caution)
        )
        return "other" if ranks[0] == ranks[1] else "looser" if ranks[1] < ranks[0] else "stricter"

    def _bounds(self, old: Answer, new: Answer) -> Iterator[Difference]:
        both = self._common(0, old.allowed) & self._common(1, new.allowed)
        before = {key: self._common(0, mask) & both for key, mask in old.limits.items()}
        after = {key: self._common(1, mask) & both for key, mask in new.limits.items()}
        for channel in sorted({key[0] for key in {*before, *after} if before.get(key, 0) != after.get(key, 0)}):
            was, now = (self._safest(channel, one) for one in (before, after))
            for bit in bits_of(both):
                yield from self._bound(channel, self.ids[bit], was.get(bit), now.get(bit))
        week = old.decisions.runner_bounds, new.decisions.runner_bounds
        for channel in sorted({*week[0], *week[1]}):
            values = [one[channel].value if channel in one else None for one in week]
            yield from self._bound(channel, "the week", *values)

    def _safest(self, channel: str, limits: dict[tuple[str, Any], int]) -> dict[int, Any]:
        """The safest value of a channel for each exercise that it is bounded for."""
        found: dict[int, Any] = {}
        bounds = [
            (self._care(channel, value), value, mask) for (name, value), mask in limits.items() if name == channel
        ]
        for _, value, mask in sorted(bounds, key=lambda one: one[0]):
            found |= dict.fromkeys(bits_of(mask), value)
        return found

    def _care(self, channel: str, value: Any) -> float:
        """A bound as a number that is higher the more careful it is."""
        one = self.channels[channel]
        place = one.values.index(value) if one.values else value
        return float(-place if one.safe == "cap" else place)

    def _bound(self, channel: str, whose: str, old: Any, new: Any) -> Iterator[Difference]:
        if old == new:
            return
        looser = new is None or (old is not None and self._care(channel, new) < self._care(channel, old))
        yield Difference("bounds", "looser" if looser else "stricter", f"{whose}: {channel}", old, new)

    def _advice(self, old: Answer, new: Answer) -> Iterator[Difference]:
        yield from _sets("advice", old.advice, new.advice)


def _sets(effect: str, old: frozenset[str], new: frozenset[str]) -> Iterator[Difference]:
    yield from (Difference(effect, "other", about, "yes", "no") for about in sorted(old - new))
    yield from (Difference(effect, "other", about, "no", "yes") for about in sorted(new - old))


def _ranked(
    effect: str, about: str, old: Any, new: Any, place: Callable[[Any], int] | None, *, lower_is: Way
) -> Iterator[Difference]:
    """The difference between two words that have an order; None stands before all of them."""
    if old == new:
        return
    if place is None:
        yield Difference(effect, "other", about, old, new)
        return
    before, after = (-1 if one is None else place(one) for one in (old, new))
    higher: Way = "stricter" if lower_is == "looser" else "looser"
    yield Difference(effect, lower_is if after < before else higher, about, old, new)


_SPANS = ("sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s")
_WORDS = ("reps", "rep_s", "rest_s", "sessions_per_week", "daily", "modes")


def _scheme_ways(old: Scheme, new: Scheme, channels: dict[str, Channel]) -> Iterator[Way]:
    """Which ways a scheme of the same name changed; by the end of each range that a bound would cut."""
    ways: set[Way] = set()
    for name in (*_SPANS, "load", "pain_limit"):
        channel = channels.get("external_load" if name == "load" else name)
        spans = [_span(getattr(one, name), channel) for one in (old, new)]
        if spans[0] == spans[1]:
            continue
        if None in spans or channel is None:
            ways.add("other")
            continue
        before, after = (span[1] if channel.safe == "cap" else -span[0] for span in spans if span)
        ways.add("other" if before == after else "looser" if after > before else "stricter")
    if any(getattr(old, name) != getattr(new, name) for name in _WORDS):
        ways.add("other")
    yield from sorted(ways)


def _span(value: Any, channel: Channel | None) -> tuple[float, float] | None:
    if value is None:
        return None
    low, high = value if isinstance(value, list | tuple) else (value, value)
    if channel is not None and channel.values:
        low, high = channel.values.index(low), channel.values.index(high)
    return low, high
