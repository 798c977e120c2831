"""Two packs, or two sets of numbers, over as many random runners as one likes: for how many other things are decided.

Only what columns hold is compared (``prehab.columns.Decided``): exercises, status, gates, stages, referrals, and what
bounds the week. Doses, questions and sentences are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prehab.columns.decided import BLOCK, Decided, decide_columns
from prehab.columns.plan import Plan
from prehab.columns.population import random_columns
from prehab.columns.told import Array, Sources
from prehab.decide import STATUSES
from prehab.graph.faults import Fault, InputError
from prehab.program import Program
from prehab.rules.pack import Pack

__all__ = ["Many", "compare_many"]


_EFFECTS = ("allowed", "status", "gates", "stages", "week", "referrals")


@dataclass
class Many:
    """What came out over many runners.

    Attributes:
        tried: How many there were.
        changed: For how many something is decided otherwise.
        sooner: Who may do some exercise that they might not.
        later: Who may no longer do some exercise.
        effects: For how many each effect differs.
        exercises: By exercise for how many it is allowed sooner, and later.
        rules: Of each rule for how many it fires on the old side and on the new one, where that is not the same for
            everybody.
    """

    tried: int = 0
    changed: int = 0
    sooner: int = 0
    later: int = 0
    effects: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_EFFECTS, 0))
    exercises: dict[str, tuple[int, int]] = field(default_factory=dict)
    rules: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def ways(self) -> tuple[str, ...]:
        """Which ways something differs, by what may be done; ``other`` where only something else does."""
        found = tuple(way for way, count in (("looser", self.sooner), ("stricter", self.later)) if count)
        return found or (("other",) if self.changed else ())

    def as_dict(self) -> dict[str, Any]:
        """The counts as JSON-ready data."""
        return {
            "tried": self.tried,
            "same": self.tried - self.changed,
            "changed": self.changed,
            "sooner": self.sooner,
            "later": self.later,
            "effects": self.effects,
            "exercises": {key: {"sooner": one, "later": other} for key, (one, other) in self.exercises.items()},
            "rules": {key: {"old": one, "new": other} for key, (one, other) in self.rules.items()},
        }


def compare_many(
    old: tuple[Program, Pack],
    new: tuple[Program, Pack],
    count: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Many:
    """Compare two programs over random runners, drawn by turns at the bounds of the one and of the other.

    The same programs, seed and count give the same; with the programs exchanged it says the opposite.

    Args:
        old: The program as it was, and the pack whose numbers its runners are drawn at.
        new: The same as it would be.
        count: How many runners.
        seed: Which.
        progress: Told how many of all have been tried.

    Raises:
        InputError: The two packs have other words for injuries, places, exercises or answers; or columns cannot hold
            what one of them derives.
    """
    plans = Plan(old[0]), Plan(new[0])
    told = Sources(old[1]), Sources(new[1])
    if told[0].asked != told[1].asked:
        message = (
            "the two packs do not ask their runners the same, or have other exercises, so columns cannot hold both"
        )
        raise InputError([Fault("not-in-columns", message, help="Compare them over fewer runners, without --many.")])
    drawn = sorted(zip((old, new), told, strict=True), key=lambda one: _identity(one[0][0]))
    found = _Counting(plans)
    for number, start in enumerate(range(0, count, BLOCK)):
        size = min(BLOCK, count - start)
        columns = random_columns(drawn[number % 2][1], size, (seed, number))
        found.add(*(decide_columns(plan, columns) for plan in plans))
        if progress is not None:
            progress(start + size, count)
    return found.counted()


def _identity(program: Program) -> tuple[str, tuple[tuple[str, float], ...]]:
    return program.pack.digest, tuple(program.overrides.items())


class _Counting:
    """What differs, added up."""

    def __init__(self, plans: tuple[Plan, Plan]) -> None:
        self.plans = plans
        self.many = Many()
        exercises = len(plans[0].sources.exercises)
        self.sooner = np.zeros(exercises, np.int64)
        self.later = np.zeros(exercises, np.int64)
        rules = sorted({rule.id for plan in plans for rule in plan.pack.rules})
        self.fires = {rule: [0, 0] for rule in rules}
        self.other: set[str] = set()

    def add(self, old: Decided, new: Decided) -> None:
        """Count what two decisions about the same runners have not in common."""
        many = self.many
        before, after = (_allowed(one) for one in (old, new))
        sooner, later = after & ~before, before & ~after
        stages = np.bincount(old.fact_of[_stages(old) != _stages(new)], minlength=len(old)) > 0
        differ = {
            "allowed": (sooner | later).any(axis=1),
            "status": (old.status != new.status) | (old.urgency != new.urgency),
            "gates": _other(old.gates, list(old.plan.pack.gates), new.gates, list(new.plan.pack.gates)),
            "stages": stages,
            "week": _bounds(old, new),
            "referrals": _referrals(old, new),
        }
        many.tried += len(old)
        many.changed += int(np.logical_or.reduce(list(differ.values())).sum())
        many.sooner += int(sooner.any(axis=1).sum())
        many.later += int(later.any(axis=1).sum())
        for name, rows in differ.items():
            many.effects[name] += int(rows.sum())
        self.sooner += _each_bit(sooner, len(self.sooner))
        self.later += _each_bit(later, len(self.later))
        self._count_rules(old, new)

    def _count_rules(self, old: Decided, new: Decided) -> None:
        places = [{rule.id: place for place, rule in enumerate(one.plan.pack.rules)} for one in (old, new)]
        alike = len({tuple(place) for place in places}) == 1
        differ = np.bitwise_or.reduce(old.fired ^ new.fired, axis=0) if alike else None
        for rule, fires in self.fires.items():
            for side, one in enumerate((old, new)):
                if (place := places[side].get(rule)) is not None:
                    fires[side] += int(one.fired_counts[place])
            if differ is None or int(differ[places[0][rule] >> 6]) >> (places[0][rule] & 63) & 1:
                self.other.add(rule)

    def counted(self) -> Many:
        """All of it."""
        names = self.plans[0].sources.exercises
        order = np.argsort(-(self.sooner + self.later), kind="stable")
        self.many.exercises = {
            names[place]: (int(self.sooner[place]), int(self.later[place]))
            for place in order
            if self.sooner[place] or self.later[place]
        }
        fires = {rule: (one, other) for rule, (one, other) in self.fires.items() if rule in self.other}
        self.many.rules = dict(sorted(fires.items(), key=lambda one: (-abs(one[1][0] - one[1][1]), one[0])))
        return self.many


def _allowed(decided: Decided) -> Array:
    """The exercises allowed; after a stop none."""
    return np.where((decided.status == STATUSES.index("stop"))[:, None], np.uint64(0), decided.allowed)


def _stages(decided: Decided) -> Array:
    names = np.array(list(decided.plan.pack.catalogue.words["stages"]))
    found: Array = names[decided.stage] if len(decided.stage) else decided.stage
    return found


def _referrals(old: Decided, new: Decided) -> Array:
    """Who is to have something else looked at, or by somebody else, or is to say something else there."""
    count = len(old)
    number: dict[Any, int] = {}
    told = [_told(one, number) for one in (old, new)]
    before, after = (_each_once(runner * len(number) + referral) for runner, referral in told)
    differ = np.zeros(count, bool)
    differ[np.setxor1d(before, after, assume_unique=True) // max(len(number), 1)] = True
    return differ


def _each_once(values: Array) -> Array:
    """The values in order, each once: what ``np.unique`` gives, which takes several times as long."""
    values.sort()
    return values[np.concatenate([[True], values[1:] != values[:-1]])] if len(values) else values


def _told(decided: Decided, number: dict[Any, int]) -> tuple[Array, Array]:
    """Each referral of each runner: whose it is, and its number."""
    plan = decided.plan
    anywhere = np.array([number.setdefault(key[:4], len(number)) for key in plan.referrals], np.int64)
    there = np.array(
        [
            [number.setdefault((one["region"], *key[:3]), len(number)) for key in plan.referrals_there]
            for one in plan.known
        ],
        np.int64,
    )
    runner, key = np.nonzero(_bits(decided.referred, len(anywhere)))
    fact, other = np.nonzero(_bits(decided.referred_there, len(plan.referrals_there)))
    return (
        np.concatenate([runner, decided.fact_of[fact]]),
        np.concatenate([anywhere[key], there[decided.injury[fact], other]]),
    )


def _bits(masks: Array, count: int) -> Array:
    """For each mask which of so many bits it has."""
    told = np.ascontiguousarray(masks.astype("<u8")).view(np.uint8)
    return np.unpackbits(told, axis=1, bitorder="little")[:, :count]


def _other(before: Array, names: Sequence[Any], after: Array, others: Sequence[Any]) -> Array:
    """Which masks stand for other sets of names."""
    if list(names) == list(others):
        found: Array = (before != after).any(axis=1)
        return found
    differ = np.zeros(len(before), bool)
    for name in {*names, *others}:
        differ |= _bit(before, names, name) != _bit(after, others, name)
    return differ


def _bit(masks: Array, names: Sequence[Any], name: Any) -> Array:
    if name not in names:
        return np.zeros(len(masks), bool)
    place = names.index(name)
    found: Array = (masks[:, place >> 6] >> np.uint64(place & 63) & np.uint64(1)).astype(bool)
    return found


def _bounds(old: Decided, new: Decided) -> Array:
    """Whose week is bounded otherwise."""
    differ = np.zeros(len(old), bool)
    for channel in {*old.plan.bound_values, *new.plan.bound_values}:
        one, other = (_bound(decided, channel) for decided in (old, new))
        differ |= one != other
    return differ


def _bound(decided: Decided, channel: str) -> Array:
    """What bounds a channel, as a number that is the same on both sides."""
    values: Mapping[str, list[tuple[float, Any]]] = decided.plan.bound_values
    if channel not in values:
        return np.full(len(decided), -np.inf)
    danger = np.array([*(danger for danger, _ in values[channel]), -np.inf])
    found: Array = danger[decided.bounds[:, list(values).index(channel)]]
    return found


def _each_bit(masks: Array, count: int) -> Array:
    """For each bit how many masks have it."""
    found: Array = _bits(masks[masks.any(axis=1)], count).sum(axis=0, dtype=np.int64)
    return found
