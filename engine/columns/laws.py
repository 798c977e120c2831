"""The laws over as many runners as one likes, as far as they can be said of what columns hold.

Looked at are the exercises allowed, the status, the urgency, the phase, the gates, the referrals and what bounds the
week; neither doses nor sentences nor the days of a week. Numbers and titles are those of ``prehab.testing``, whose laws
about one runner, or two, look at all of it. As there, what comes out is held against the graph and against what was
told; the rules are not asked what should have come out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from prehab.columns.block import Block, Space
from prehab.columns.decided import Decided, Deciding, deciding_blocks
from prehab.columns.plan import Plan, Ways
from prehab.columns.population import random_columns
from prehab.columns.steps import MOVES, Stepped, Steps, step_between
from prehab.columns.told import Array, Columns, Sources, mask_words
from prehab.columns.values import code
from prehab.decide import STATUSES, URGENCIES
from prehab.graph.faults import InputError
from prehab.graph.schema import Exercise
from prehab.rules.checks.referrals import sign_of
from prehab.rules.language import WHOLE_PERSON, Pattern, Test
from prehab.rules.statements import Promise, Statement
from prehab.statements import as_safe
from prehab.testing.check import LAWS, AnyLaw
from prehab.testing.laws import Law, law_of
from prehab.testing.pairs import PairLaw, Step, bettered, forgotten, learnt, worsened

__all__ = ["ColumnLaws", "Left", "ManySeen", "Tally", "softer"]

STOP = STATUSES.index("stop")
EVERYTHING = "everything"

AT_ONCE = 1 << 16
"""How many runners are decided about at once, twice: enough to hide what a step costs by itself, and few to be held."""

_LOOKED_AT = 16
"""Of so many runners who break a law the one who tells least is kept."""

Breaks = Callable[["ManySeen"], Array]
"""For each of many runners whether a law is broken."""


class ManySeen:
    """Some runners and what was decided of them; row i is runner i. Each part is worked out when it is first asked for.

    Args:
        deciding: The runners, being decided about.
    """

    def __init__(self, deciding: Deciding) -> None:
        self.plan: Plan = deciding.plan
        self.deciding = deciding
        self.decided: Decided = deciding.decided()

    @property
    def block(self) -> Block:
        """What they told, and what follows from it."""
        return self.deciding.block

    @cached_property
    def stopped(self) -> Array:
        """For whom everything stops."""
        found: Array = self.decided.status == STOP
        return found

    @cached_property
    def allowed(self) -> Array:
        """The exercises that each may do, as a mask; after a stop none."""
        return np.where(self.stopped[:, None], np.uint64(0), self.decided.allowed)

    def may_do(self, mask: int) -> Array:
        """Who may do one of some exercises."""
        return _meets(self.allowed, mask)

    @cached_property
    def _urgency_of(self) -> Array:
        """For each runner how urgently each place is referred, by number; -1 where it is not."""
        plan, decided = self.plan, self.decided
        found = np.full((len(decided), len(self._place)), -1, np.int8)
        region = np.array([self._place[one["region"]] for one in plan.known])[decided.injury]
        for number, urgency in enumerate(URGENCIES):
            for place, column in self._place.items():
                mask = sum(1 << n for n, key in enumerate(plan.referrals) if key[:2] == (place, urgency))
                if mask:
                    found[_meets(decided.referred, mask), column] = number
            mask = sum(1 << n for n, key in enumerate(plan.referrals_there) if key[0] == urgency)
            rows = _meets(decided.referred_there, mask)
            found[decided.fact_of[rows], region[rows]] = number
        return found

    @cached_property
    def _place(self) -> dict[str, int]:
        places = (EVERYTHING, WHOLE_PERSON, *self.plan.sources.regions)
        return {place: number for number, place in enumerate(places)}

    def urgency_of(self, place: str) -> Array:
        """How urgently a place is referred, or everything, or the whole person: by number, -1 where it is not."""
        found: Array = self._urgency_of[:, self._place[place]]
        return found

    @cached_property
    def urgency_of_facts(self) -> Array:
        """How urgently the place of each complaint is referred, or everything, or the whole person."""
        decided = self.decided
        region = np.array([self._place[one["region"]] for one in self.plan.known])[decided.injury]
        everywhere = self._urgency_of[:, : self._place[WHOLE_PERSON] + 1].max(axis=1)
        found: Array = np.maximum(everywhere[decided.fact_of], self._urgency_of[decided.fact_of, region])
        return found

    def told_of_facts(self, name: str) -> Array:
        """What is told of each complaint, or known of it, in a field."""
        found: Array = self.block.of_complaint(name)[self.block.fact_row]
        return found

    @cached_property
    def cleared(self) -> Array:
        """Which complaints somebody has cleared (``prehab.testing.laws.is_cleared``)."""
        found = np.zeros(len(self.decided.fact_of), bool)
        for name, field in self.plan.pack.kinds["complaint"].fields.items():
            if field.type == "boolean" and field.worse == "lower":
                found |= self.told_of_facts(name) == 1
        return found

    def whose(self, facts: Array) -> Array:
        """Who has one of some complaints."""
        found = np.zeros(len(self.decided), bool)
        found[self.decided.fact_of[facts]] = True
        return found

    def where(self, ways: Iterable[Ways]) -> Array:
        """For whom patterns are matched in one of some ways."""
        found = np.zeros(len(self.decided), bool)
        for one in ways:
            bits = self.deciding.where(one)
            if bits is not None:
                found |= self.deciding.runners(bits)
        return found


def _meets(masks: Array, mask: int) -> Array:
    """Which masks have one of some bits."""
    found = np.zeros(len(masks), bool)
    for place, word in enumerate(mask_words(mask, masks.shape[1])):
        if word:
            found |= masks[:, place] & np.uint64(word) != 0
    return found


# -- laws about one runner --------------------------------------------------------------------------------------------


def gates_for_springs(plan: Plan) -> Breaks:
    """Law 1: a permit of jumps and sprints that rests on no open gate."""
    pack, program = plan.pack, plan.program
    explosive = _exercises(plan, lambda one: one.explosive != "none")
    found: dict[int, list[Ways]] = {}
    for variant in pack.variants:
        for effect in program.effects[variant.rule]:
            if effect.type == "permit" and effect.mask & explosive:
                for ways in plan.in_words([_ungated(one) for one in variant.patterns], effect.variables):
                    mask = effect.masks.get(_words(ways, effect.variables), 0) & explosive
                    if mask:
                        found.setdefault(mask, []).append(ways)
    return lambda seen: _any(seen, (seen.where(ways) & seen.may_do(mask) for mask, ways in found.items()))


def _ungated(pattern: Pattern) -> Pattern:
    """A pattern that finds no open gate."""
    if pattern.kind != "gate":
        return pattern
    return replace(pattern, tests=(*pattern.tests, Test("gate", "open", "is", (False,))))


def referrals_withhold(plan: Plan) -> Breaks:
    """Law 3."""
    level = plan.program.parameters["referral.load_min"]
    loading = {}
    for region, structures in plan.pack.catalogue.structures_of.items():
        loading[region] = _exercises(plan, partial(_loads, structures=structures, level=level))
    urgent = URGENCIES.index("urgent")

    def breaks(seen: ManySeen) -> Array:
        status, urgency = seen.decided.status, seen.decided.urgency
        referred = np.zeros(len(status), bool)
        for place in (EVERYTHING, WHOLE_PERSON, *plan.sources.regions):
            referred |= seen.urgency_of(place) >= 0
        found = ((urgency > urgent) | (seen.urgency_of(EVERYTHING) >= 0)) & ~seen.stopped
        found |= (urgency == urgent) & (status < STATUSES.index("refer"))
        found |= referred & (status == STATUSES.index("train"))
        found |= (urgency >= 0) != referred
        for region, mask in loading.items():
            found |= (seen.urgency_of(region) >= urgent) & seen.may_do(mask)
        return found

    return breaks


def _loads(exercise: Exercise, structures: Iterable[str], level: float) -> bool:
    return any(exercise.loads.get(name, 0) >= level for name in structures)


def something_is_left(plan: Plan) -> Breaks:
    """Law 7, as far as it is about what is allowed at all."""
    return lambda seen: ~seen.stopped & ~seen.allowed.any(axis=1)


def holds_are_no_bone_work(plan: Plan) -> Breaks:
    """Law 8."""
    mask = _exercises(plan, lambda one: one.modes == ["isometric"] and bool(one.osteogenic))
    return lambda seen: seen.may_do(mask)


def high_risk_is_referred(plan: Plan) -> Breaks:
    """Law 9."""
    high_risk = np.array([one.high_risk for one in plan.injuries], bool)

    def breaks(seen: ManySeen) -> Array:
        least = np.where(seen.cleared, URGENCIES.index("routine"), URGENCIES.index("urgent"))
        return seen.whose(high_risk[seen.decided.injury] & (seen.urgency_of_facts < least))

    return breaks


def red_flags_are_heard(plan: Plan) -> Breaks:
    """Law 16."""
    flags: dict[tuple[str, str, str], list[int]] = {}
    signs = {}
    for number, injury in enumerate(plan.injuries):
        for flag in injury.red_flags:
            sign = sign_of(plan.pack, flag.flag)
            if sign is not None:
                signs[sign.kind, sign.name] = code(sign.field, sign.there)
                flags.setdefault((sign.kind, sign.name, flag.urgency), []).append(number)

    def breaks(seen: ManySeen) -> Array:
        decided = seen.decided
        found = np.zeros(len(decided.fact_of), bool)
        for (kind, name, urgency), injuries in flags.items():
            if kind == "complaint":
                told = seen.told_of_facts(name) == signs[kind, name]
            else:
                values = seen.block.of_runner((kind, None, name))[: seen.block.count]
                rows = np.empty(len(decided), bool)
                rows[seen.block.order] = values == signs[kind, name]
                told = rows[decided.fact_of]
            facts = np.flatnonzero(told & (seen.urgency_of_facts < URGENCIES.index(urgency)))
            found[facts[np.isin(decided.injury[facts], injuries)]] = True
        return seen.whose(found & ~seen.cleared)

    return breaks


def _exercises(plan: Plan, chosen: Callable[[Exercise], bool]) -> int:
    """Some exercises as a mask."""
    exercises = plan.pack.catalogue.exercises
    return sum(1 << bit for bit, key in enumerate(plan.pack.catalogue.ids) if chosen(exercises[key]))


def _words(ways: Ways, variables: Iterable[str]) -> tuple[Any, ...]:
    """What some variables stand for in one way to match patterns, each a word."""
    return tuple(ways.bound[name][1] for name in variables)


def _any(seen: ManySeen, found: Iterable[Array]) -> Array:
    """For whom one of several things is so."""
    made = np.zeros(len(seen.decided), bool)
    for one in found:
        made |= one
    return made


OF_ONE: Mapping[str, Callable[[Plan], Breaks]] = {
    "1": gates_for_springs,
    "3": referrals_withhold,
    "7": something_is_left,
    "8": holds_are_no_bone_work,
    "9": high_risk_is_referred,
    "16": red_flags_are_heard,
}
"""The laws about one runner that are looked at, by number."""


# -- statements -------------------------------------------------------------------------------------------------------


def _statement(plan: Plan, statement: Statement, promises: Sequence[Promise]) -> Breaks:
    """What breaks some promises of a statement."""
    names = tuple(dict.fromkeys(name for promise in promises for name in promise.names))
    found: dict[tuple[str, ...], list[Ways]] = {}
    for patterns in statement.alternatives:
        for ways in plan.in_words(patterns, names):
            found.setdefault(_words(ways, names), []).append(ways)
    told = [
        (ways, [_kept(plan, promise, dict(zip(names, words, strict=True))) for promise in promises])
        for words, ways in found.items()
    ]

    def breaks(seen: ManySeen) -> Array:
        broken = np.zeros(len(seen.decided), bool)
        for ways, each in told:
            about = seen.where(ways)
            if about.any():
                for kept in each:
                    broken |= about & ~kept(seen)
        return broken

    return breaks


def _kept(plan: Plan, promise: Promise, bound: Mapping[str, str]) -> Breaks:
    """For whom a promise is kept, for what its variables stand for."""
    data = promise.data
    if promise.kind in ("withheld", "kept"):
        mask = promise.mask(bound)
        if promise.kind == "withheld":
            return lambda seen: ~seen.may_do(mask)
        return lambda seen: seen.stopped | seen.may_do(mask)
    if promise.kind == "closed":
        gate = 1 << list(plan.pack.gates).index(data["gate"])
        return lambda seen: ~_meets(seen.decided.gates, gate)
    if promise.kind == "referred":
        least = URGENCIES.index(data["urgency"])
        places = [(EVERYTHING, *((region,) if region else ())) for region in promise.regions(bound)]
        return lambda seen: np.logical_and.reduce(
            [np.maximum.reduce([seen.urgency_of(place) for place in among]) >= least for among in places]
        )
    values = plan.bound_values.get(data["channel"], [])
    safe_as = partial(as_safe, plan.pack.channels[data["channel"]], plan.program.parameters, promise)
    safe = np.array([*(safe_as(value) for _, value in values), False])
    place = list(plan.bound_values).index(data["channel"]) if values else 0
    return lambda seen: safe[seen.decided.bounds[:, place]] if values else np.zeros(len(seen.decided), bool)


# -- laws about two runners -------------------------------------------------------------------------------------------


def softer(before: ManySeen, after: ManySeen) -> Array:
    """For whom something became softer: what is allowed, the status, the urgency, the phase, a bound on the week."""
    old, new = before.decided, after.decided
    found = np.zeros(len(old), bool)
    found |= (after.allowed & ~before.allowed).any(axis=1)
    found |= (new.status < old.status) | (new.urgency < old.urgency) | (new.phase > old.phase)
    for place, values in enumerate(before.plan.bound_values.values()):
        looseness = np.arange(len(values) + 1)  # the last one where nothing bounds it
        found |= looseness[new.bounds[:, place]] > looseness[old.bounds[:, place]]
    return found


def _harder(before: ManySeen, after: ManySeen) -> Array:
    return softer(after, before)


OF_TWO: Mapping[str, tuple[int, Callable[[ManySeen, ManySeen], Array]]] = {
    "4": (MOVES.index(worsened), softer),
    "5": (MOVES.index(bettered), _harder),
    "6": (MOVES.index(forgotten), softer),
    "6, learnt": (MOVES.index(learnt), _harder),
}
"""The laws about two runners that are looked at, by number: the way to step, and what breaks them."""


# -- all of them ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Left:
    """Something that authors promise and columns cannot tell: the statement, and why."""

    statement: str
    why: str


@dataclass
class Tally:
    """A law over many runners.

    Attributes:
        law: The law.
        tried: On how many it was tried: of a law about two, those who went such a step.
        broken: How many of them break it.
        runner: One who does, as he would stand in a runner file.
        step: For a law about two, what makes the second of the first.
    """

    law: AnyLaw
    tried: int = 0
    broken: int = 0
    runner: Mapping[str, Any] | None = None
    step: Step | None = None

    def add(self, tried: int, rows: Array, told: Callable[[int], tuple[Mapping[str, Any], Step | None]]) -> None:
        """Count some more.

        Args:
            tried: How many.
            rows: Those who break it.
            told: Tells one of them, and his step.
        """
        self.tried += tried
        self.broken += len(rows)
        if self.runner is None and len(rows):
            some = [told(int(row)) for row in rows[:_LOOKED_AT]]
            self.runner, self.step = min(some, key=lambda one: len(str(one[0])))


class ColumnLaws:
    """The laws, and what the authors of a pack promise, laid out for columns.

    Args:
        plan: The program, laid out for columns.
        statements: What the authors promise.
        chosen: The laws to try; those of which columns can tell nothing are left out.
        drawn: The columns of the pack whose runners are drawn, where its numbers are others.

    Attributes:
        of_one: The laws about one runner, with what breaks them.
        of_two: The laws about two, with the way to step from the one to the other.
        left: What of the statements columns cannot tell.
    """

    def __init__(
        self,
        plan: Plan,
        statements: Sequence[Statement] = (),
        *,
        chosen: Iterable[AnyLaw] = LAWS,
        drawn: Sources | None = None,
    ) -> None:
        self.plan = plan
        self.drawn = drawn or plan.sources
        self.steps = Steps(plan.sources)
        self.left: list[Left] = []
        self.of_one: list[tuple[Law, Breaks]] = []
        self.of_two: list[tuple[PairLaw, int, Callable[[ManySeen, ManySeen], Array]]] = []
        for law in chosen:
            if isinstance(law, PairLaw) and law.number in OF_TWO:
                self.of_two.append((law, *OF_TWO[law.number]))
            elif isinstance(law, Law) and law.number in OF_ONE:
                self.of_one.append((law, OF_ONE[law.number](plan)))
        self.of_one += self._of_statements(statements)

    def _of_statements(self, statements: Sequence[Statement]) -> Iterator[tuple[Law, Breaks]]:
        channels = self.plan.pack.channels
        for statement in statements:
            promises = [
                one for one in statement.promises if one.kind != "bounded" or channels[one.data["channel"]].runner
            ]
            if len(promises) < len(statement.promises):
                self.left.append(Left(statement.id, "columns hold no bounds on exercises"))
            if promises:
                try:
                    yield law_of(statement), _statement(self.plan, statement, promises)
                except InputError as error:
                    self.left.append(Left(statement.id, error.faults[0].message))

    def tried(
        self, runners: int, seed: int, progress: Callable[[int, int], None] | None = None, *, block: int = AT_ONCE
    ) -> list[Tally]:
        """Try all laws on random runners, and on each of them one step further.

        Args:
            runners: How many runners.
            seed: Which. The same runners, seed and block give the same.
            progress: Told how many of all have been tried.
            block: How many are decided about at once.
        """
        found = {law: Tally(law) for law in self.laws}
        space = Space()
        for number, start in enumerate(range(0, runners, block)):
            columns = random_columns(self.drawn, min(block, runners - start), (seed, number))
            stepped = self.steps.taken(columns, (seed, number))
            for law, rows, broken in self.breaking(columns, stepped, space):
                found[law].add(rows, broken, partial(_told, columns, stepped if isinstance(law, PairLaw) else None))
            if progress is not None:
                progress(start + columns.count, runners)
        return list(found.values())

    @property
    def laws(self) -> list[AnyLaw]:
        """All of them, by number, and the statements after them."""
        every: list[AnyLaw] = [*(law for law, _ in self.of_one), *(law for law, _, _ in self.of_two)]
        return sorted(every, key=lambda law: LAWS.index(law) if law in LAWS else len(LAWS))

    def breaking(
        self, columns: Columns, stepped: Stepped, space: Space | None = None
    ) -> Iterator[tuple[AnyLaw, int, Array]]:
        """Each law, on how many runners it was tried, and which of them break it.

        Args:
            columns: Some runners, few enough to be decided about at once.
            stepped: The same one step further.
            space: Memory to be used again.
        """
        space = Space() if space is None else space
        before = self._seen(columns, space)
        for law, breaks in self.of_one:
            yield law, columns.count, np.flatnonzero(breaks(before))
        after = self._seen(stepped.columns, space)
        for pair, move, breaks_two in self.of_two:
            went = stepped.moves == move
            yield pair, int(went.sum()), np.flatnonzero(went & breaks_two(before, after))

    def _seen(self, columns: Columns, space: Space) -> ManySeen:
        (deciding,) = deciding_blocks(self.plan, columns, block=max(columns.count, 1), space=space)
        return ManySeen(deciding)


def _told(columns: Columns, stepped: Stepped | None, row: int) -> tuple[Mapping[str, Any], Step | None]:
    """What a runner tells, and the step that he goes."""
    runner = columns.told(row)
    return runner, None if stepped is None else step_between(runner, stepped.columns.told(row))
