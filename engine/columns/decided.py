"""Columns in, decisions out: the rules of a program over many runners at once.

Every condition is a column of bits, one for each runner or complaint, and a rule joins columns. That is what the rules
mean (``prehab.reference``), and what is decided (``prehab.decide``), said of 64 rows at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np

from prehab.columns.bits import Bits, counted_bits, is_some, mask_of, to_rows, unpacked
from prehab.columns.block import Block, Space
from prehab.columns.plan import Decisive, Parts, Plan, Ways
from prehab.columns.told import Array, Columns
from prehab.columns.values import united
from prehab.decide import STATUSES, URGENCIES, most_urgent_first
from prehab.facts import PLACE
from prehab.graph.index import bits_of
from prehab.week.running import Mode

__all__ = [
    "BLOCK", "MODES", "Decided", "Deciding", "Referred", "decide_columns", "decided_blocks", "deciding_blocks",
    "in_order", "referred_anywhere", "referred_there",
]  # fmt: skip

BLOCK = 1 << 17
"""How many runners are decided about at once: enough to hide what a step costs by itself, few enough for a cache."""

MODES: tuple[str, ...] = get_args(Mode)
"""How somebody may run, in the order of their numbers."""


@dataclass
class Decided:
    """What is decided of many runners; row i is runner i.

    It holds that part of ``prehab.decide.Decisions`` that fits in columns: neither doses nor bounds on exercises, nor
    what a runner owns or does not want, nor advice (which is that of the rules that fired).

    Attributes:
        plan: The program, laid out for columns.
        status: By number (``prehab.decide.STATUSES``).
        urgency: By number (``prehab.decide.URGENCIES``), -1 where nothing is referred.
        phase: By number, in the order of the word list.
        running: By number (``MODES``), -1 where the graph knows no running.
        allowed: The exercises allowed, as a mask in words of 64 bits, the lowest first.
        fired: The rules that fired, likewise.
        gates: The gates that are open, likewise.
        bounds: For each channel that bounds the runner's week the place of its value in
            ``plan.bound_values``, -1 for none.
        referred: What is referred of a runner, as a mask over ``plan.referrals``.
        fact_of: Of each complaint whose it is. One that names another place beside its name counts as two.
        fact_told: Which complaint of the columns it came from.
        fact_place: Whether it stands for that place.
        injury: The injury that it is handled as, by number.
        stage: Its stage by number, in the order of the word list.
        referred_there: What is referred of the place where it hurts, as a mask over ``plan.referrals_there``.
        fired_counts: For how many runners each rule fired.
    """

    plan: Plan
    status: Array
    urgency: Array
    phase: Array
    running: Array
    allowed: Array
    fired: Array
    gates: Array
    bounds: Array
    referred: Array
    fact_of: Array
    fact_told: Array
    fact_place: Array
    injury: Array
    stage: Array
    referred_there: Array
    fired_counts: Array

    def __len__(self) -> int:
        return len(self.status)

    def of(self, number: int) -> dict[str, Any]:
        """What is decided of one of them, in words.

        Args:
            number: Which runner, from 0.
        """
        pack = self.plan.pack
        rows = np.flatnonzero(self.fact_of == number)
        stages = list(pack.catalogue.words["stages"])
        first = self.fact_told[rows[0]] - 1 if len(rows) else 0
        keys = [f"c{self.fact_told[row] - first}{PLACE if self.fact_place[row] else ''}" for row in rows]
        urgency = int(self.urgency[number])
        open_gates = mask_of(self.gates[number])
        return {
            "status": STATUSES[self.status[number]],
            "urgency": None if urgency < 0 else URGENCIES[urgency],
            "phase": list(pack.catalogue.words["phases"])[self.phase[number]],
            "running": None if self.running[number] < 0 else MODES[self.running[number]],
            "allowed": pack.ids(mask_of(self.allowed[number])),
            "gates": {name: bool(open_gates >> place & 1) for place, name in enumerate(pack.gates)},
            "bounds": {
                channel: values[self.bounds[number, place]][1]
                for place, (channel, values) in enumerate(self.plan.bound_values.items())
                if self.bounds[number, place] >= 0
            },
            "referrals": self._referrals(number, rows),
            "referred_by": self.referred_by(number, rows),
            "stages": {key: stages[self.stage[row]] for key, row in zip(keys, rows, strict=True)},
            "rules": tuple(pack.rules[rule].id for rule in bits_of(mask_of(self.fired[number]))),
        }

    def _referrals(self, number: int, rows: Array) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
        """By place and urgency who should look, and what to say there."""
        plan = self.plan
        told = [plan.referrals[place][:4] for place in bits_of(mask_of(self.referred[number]))]
        for row in rows:
            region = plan.known[self.injury[row]]["region"]
            there = bits_of(mask_of(self.referred_there[row]))
            told += [(region, *plan.referrals_there[place][:3]) for place in there]
        found: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for region, urgency, who, tell in told:
            found.setdefault((region, urgency), set()).add((who, tell))
        return {key: frozenset(said) for key, said in found.items()}

    def referred_by(self, number: int, rows: Array) -> tuple[Referred, ...]:
        """Each referral of one of them, the most urgent first.

        Args:
            number: Which runner, from 0.
            rows: Which facts about complaints are his.
        """
        found = referred_anywhere(self.plan, mask_of(self.referred[number]))
        for row in rows:
            found += referred_there(self.plan, int(self.injury[row]), mask_of(self.referred_there[row]))
        return in_order(self.plan, found)


Referred = tuple[str, str | None, str]
"""How urgently, for which region, if it names one, and by which rule somebody is referred."""


def referred_anywhere(plan: Plan, mask: int) -> list[Referred]:
    """What a mask over ``plan.referrals`` stands for."""
    told = (plan.referrals[place] for place in bits_of(mask))
    return [(urgency, region or None, rule) for _, urgency, _, _, rule, region in told]


def referred_there(plan: Plan, injury: int, mask: int) -> list[Referred]:
    """What a mask over ``plan.referrals_there`` stands for at the place of an injury."""
    region = plan.known[injury]["region"]
    told = (plan.referrals_there[place] for place in bits_of(mask))
    return [(urgency, region, rule) for urgency, _, _, rule in told]


def in_order(plan: Plan, found: list[Referred]) -> tuple[Referred, ...]:
    """Referrals as an answer tells them: the most urgent first, each rule once for a region."""

    def place(one: Referred) -> tuple[int, float, bool, str, str]:
        urgency, region, rule = one
        return most_urgent_first(urgency, plan.soon[rule, urgency], region, rule)

    return tuple({one[1:]: one for one in sorted(found, key=place)}.values())


def decide_columns(plan: Plan, columns: Columns, *, block: int = BLOCK) -> Decided:
    """What the reference decides of each of many runners.

    Args:
        plan: The program, laid out for columns.
        columns: The runners.
        block: How many are decided about at once. It changes no decision.
    """
    return together(decided_blocks(plan, columns, block=block), columns.count)


def decided_blocks(plan: Plan, columns: Columns | Iterable[Columns], *, block: int = BLOCK) -> Iterator[Decided]:
    """The same, block by block: the rows of each are counted from its first runner.

    Args:
        plan: The program, laid out for columns.
        columns: The runners, or a stream of them in parts, each of which is let go of once it is decided about.
        block: How many are decided about at once.
    """
    for one in deciding_blocks(plan, columns, block=block):
        yield one.decided()
        del one


def deciding_blocks(
    plan: Plan, columns: Columns | Iterable[Columns], *, block: int = BLOCK, space: Space | None = None
) -> Iterator[Deciding]:
    """The same, where it is to be seen too what was found on the way.

    Args:
        plan: The program, laid out for columns.
        columns: The runners, or a stream of them in parts.
        block: How many are decided about at once.
        space: Memory to be used again. What was found of a block is gone once the next one is begun.
    """
    space = Space() if space is None else space
    for part in (columns,) if isinstance(columns, Columns) else columns:
        for start in range(0, max(part.count, 1), block):
            yield Deciding(plan, Block(plan, part, start, min(start + block, part.count), space))
        del part


def together(blocks: Iterator[Decided], count: int) -> Decided:
    """The decisions of blocks that follow each other as one.

    Args:
        blocks: The decisions, block by block.
        count: How many runners they are about.
    """
    made: Decided | None = None
    facts: dict[str, list[Array]] = {name: [] for name in _OF_FACTS}
    start = 0
    for part in blocks:
        if made is None and len(part) == count:
            return part
        if made is None:
            empty: dict[str, Any] = {name: _room(getattr(part, name), count) for name in _OF_RUNNERS}
            made = replace(part, **empty, fired_counts=np.zeros_like(part.fired_counts))
        for name in _OF_RUNNERS:
            getattr(made, name)[start : start + len(part)] = getattr(part, name)
        part.fact_of = part.fact_of + start
        for name, found in facts.items():
            found.append(getattr(part, name))
        made.fired_counts += part.fired_counts
        start += len(part)
    assert made is not None  # there is always a block
    joined: dict[str, Any] = {name: np.concatenate(found) for name, found in facts.items()}
    return replace(made, **joined)


_OF_RUNNERS = ("status", "urgency", "phase", "running", "allowed", "fired", "gates", "bounds", "referred")
_OF_FACTS = ("fact_of", "fact_told", "fact_place", "injury", "stage", "referred_there")


def _room(told: Array, count: int) -> Array:
    return np.empty((count, *told.shape[1:]), told.dtype)


class Deciding:
    """One block being decided about.

    Attributes:
        plan: The program, laid out for columns.
        block: The facts of its runners.
    """

    def __init__(self, plan: Plan, block: Block) -> None:
        self.plan = plan
        self.block = block
        self.gathered: list[Bits | None] = [None] * len(plan.numbers)
        block.gathered = self.gathered
        self._unions: dict[Parts, Bits | None] = {}
        self._of_injuries: dict[tuple[int, frozenset[int]], Bits | None] = {}

    def decided(self) -> Decided:
        """Everything that is decided."""
        plan, block = self.plan, self.block
        program = plan.program
        for layer in range(program.layers):
            for name in program.gates_of[layer]:
                block.gates[name] = self._gate(name)
            for step in plan.layers[layer]:
                self._step(step.ways, step.by_runner, step.by_complaint)
        for name in plan.pack.gates:
            if name not in block.gates:
                block.gates[name] = self._gate(name)
        back = np.empty(block.count, np.int64)
        back[block.order] = np.arange(block.count)
        urgency = self._urgency()
        rules = [self._at("rule", number) for number in range(len(plan.pack.rules))]
        gates = [block.gates[name] for name in plan.pack.gates]
        exercises = self._allowed()
        status = self._status(urgency)
        there = [self._at("referral there", *key) for key in plan.referrals_there]
        within = block.everyone
        return Decided(
            plan=plan,
            status=status[back],
            urgency=urgency[back],
            phase=self._phase()[back],
            running=self._running(status, exercises)[back],
            allowed=to_rows(exercises, block.words)[back],
            fired=to_rows(rules, block.words)[back],
            gates=to_rows(list(gates), block.words)[back],
            bounds=self._bounds()[back],
            referred=to_rows([self._at("referral", *key) for key in plan.referrals], block.words)[back],
            fact_of=block.fact_of,
            fact_told=block.fact_told,
            fact_place=block.fact_place,
            injury=block.injury[block.fact_row],
            stage=self._stages()[block.fact_row],
            referred_there=to_rows(there, block.row_count // 64)[block.fact_row],
            fired_counts=np.array([0 if one is None else counted_bits(one & within) for one in rules]),
        )

    # -- inference ----------------------------------------------------------------------------------------------------

    def _at(self, *key: Any) -> Bits | None:
        """What was gathered; None where it is nowhere so."""
        number = self.plan.numbers.get(key)
        return None if number is None else self.gathered[number]

    def _gate(self, name: str) -> Bits:
        opened, closed = self._at("open", name), self._at("close", name)
        if opened is None:
            return np.zeros(self.block.words, np.uint64)
        return opened if closed is None else opened & ~closed

    def _step(self, ways: Ways, by_runner: tuple[int, ...], by_complaint: tuple[tuple[int, int], ...]) -> None:
        """Join the columns of one way to match a variant, and gather where it is matched."""
        joined = self._joined(ways)
        if joined is None:
            return
        for number, place in by_complaint:
            self._add(number, joined[1][place])
        runner = self._matched(*joined)
        if runner is not None:
            for number in by_runner:
                self._add(number, runner)

    def where(self, ways: Ways) -> Bits | None:
        """Of runners, where patterns are matched in one way, once everything is decided; None for nowhere.

        Args:
            ways: The way, of ``Plan.in_words``.
        """
        joined = self._joined(ways)
        return None if joined is None else self._matched(*joined)

    def runners(self, bits: Bits | None) -> Array:
        """For each runner of the block, as they were told, whether something that is said of runners is so.

        Args:
            bits: Of runners, where it is so.
        """
        found = np.empty(self.block.count, bool)
        found[self.block.order] = self._rows(bits)
        return found

    def _joined(self, ways: Ways) -> tuple[Bits | None, list[Bits]] | None:
        """The columns of one way to match patterns: of runners, and of each complaint that it needs."""
        block = self.block
        runner: Bits | None = None
        for key in ways.runner:
            column = block.column(key)
            if column is None:
                return None
            runner = column if runner is None else runner & column
        groups: list[Bits] = []
        for keys in ways.complaints:
            group: Bits | None = None
            for key in keys:
                column = block.column(key)
                if column is None:
                    return None
                group = column if group is None else group & column
            if group is None:
                return None
            groups.append(group)
        if runner is not None and groups:
            if not is_some(runner):
                return None
            groups[0] = groups[0] & block.of_ranks(runner)
        return runner, self._several(groups, ways.apart) if len(groups) > 1 else groups

    def _matched(self, runner: Bits | None, groups: list[Bits]) -> Bits | None:
        """Of runners, where some complaints of theirs go together."""
        if groups:
            return self.block.any_complaint(groups[0]) if is_some(groups[0]) else None
        return self.block.everyone if runner is None else runner

    def _add(self, number: int, bits: Bits) -> None:
        found = self.gathered[number]
        self.gathered[number] = bits if found is None else found | bits

    def _several(self, groups: list[Bits], apart: frozenset[tuple[int, int]]) -> list[Bits]:
        """For each of several complaints that go together, where it does with some others."""
        spans = self.block.spans
        found = [np.zeros_like(one) for one in groups]

        def choose(place: int, chosen: tuple[int, ...], here: Bits | None) -> None:
            if here is not None and not is_some(here):
                return
            if place == len(groups):
                for group, rank in enumerate(chosen):
                    begin, _ = spans[rank]
                    found[group][begin : begin + len(here)] |= here  # type: ignore[arg-type]
                return
            for rank, (begin, end) in enumerate(spans):
                if any(chosen[other] == rank for other in range(place) if (other, place) in apart):
                    continue
                these = groups[place][begin:end]
                if here is not None:
                    width = min(len(here), len(these))
                    these = these[:width] & here[:width]
                choose(place + 1, (*chosen, rank), these)

        choose(0, (), None)
        return found

    # -- what is decided of exercises ---------------------------------------------------------------------------------

    def _allowed(self) -> list[Bits | None]:
        """For each exercise where it is allowed."""
        found: list[Bits | None] = [None] * len(self.plan.sources.exercises)
        for decisive, bits in self.plan.exercises.items():
            allowed = self._allowed_by(decisive)
            for bit in bits:
                found[bit] = allowed
        return found

    def _allowed_by(self, decisive: Decisive) -> Bits | None:
        allowed = self._any(decisive.permit)
        if allowed is None:
            return None
        withheld = self._any(decisive.against)
        if withheld is not None:
            allowed = allowed & ~withheld
        dosed: Bits | None = None
        for given, empty in decisive.schemes:
            here = self._any(given)
            if here is None:
                continue
            dosed = here if dosed is None else dosed | here
            emptied = self._any(empty)
            if emptied is not None:
                allowed = allowed & ~(here & emptied)
        return None if dosed is None else allowed & dosed

    def _any(self, parts: Parts) -> Bits | None:
        """Of runners, where one of some columns is so."""
        if parts in self._unions:
            return self._unions[parts]
        gathered = self.gathered
        found = self._unions[parts] = united([
            gathered[number] if injuries is None else self._column(number, injuries) for number, injuries in parts
        ])  # fmt: skip
        return found

    def _column(self, number: int, injuries: frozenset[int]) -> Bits | None:
        gathered = self.gathered[number]
        if gathered is None:
            return None
        mark = (number, injuries)
        if mark not in self._of_injuries:
            having = self.block.column(("injuries", injuries))
            found = None if having is None else self.block.any_complaint(gathered & having)
            self._of_injuries[mark] = found
        return self._of_injuries[mark]

    # -- what is decided of the runner --------------------------------------------------------------------------------

    def _rows(self, bits: Bits | None) -> Array:
        if bits is None:
            return np.zeros(self.block.count, bool)
        return unpacked(bits)[: self.block.count]

    def _urgency(self) -> Array:
        found = np.full(self.block.count, -1, np.int8)
        for number, name in enumerate(URGENCIES):
            found[self._rows(self._at("urgency", name))] = number
        return found

    def _status(self, urgency: Array) -> Array:
        complaint = self._rows(self.block.any_complaint(every)) if (every := self._complaints()) is not None else False
        modify = complaint | (urgency >= 0) | self._rows(self._at("heeded"))
        found = np.where(modify, STATUSES.index("modify"), STATUSES.index("train")).astype(np.int8)
        found[urgency == URGENCIES.index("urgent")] = STATUSES.index("refer")
        found[self._rows(self._at("stop"))] = STATUSES.index("stop")
        return found

    def _complaints(self) -> Bits | None:
        return self.block.column(("injuries", None))

    def _phase(self) -> Array:
        found = np.zeros(self.block.count, np.int8)
        reached = np.ones(self.block.count, bool)
        _, *higher = self.plan.decider.phases.values()
        for number, gates in enumerate(higher, 1):
            reached &= bool(gates)
            for name in gates:
                reached &= self._rows(self.block.gates[name])
            found[reached] = number
        return found

    def _running(self, status: Array, exercises: list[Bits | None]) -> Array:
        """How he may run, as ``prehab.week.running`` decides it."""
        easy, turns = self.plan.running.continuous, self.plan.running.in_turns
        if easy is None or turns is None:
            return np.full(self.block.count, -1, np.int8)
        found = np.full(self.block.count, MODES.index("none"), np.int8)
        found[self._rows(exercises[turns])] = MODES.index("run_walk")
        given = self._rows(exercises[easy])
        found[given] = MODES.index("as_usual")
        slowed = united([self._at("slowed"), *(self._column(*part) for part in self.plan.slowed)])
        found[given & self._rows(slowed)] = MODES.index("easy_only")
        found[status == STATUSES.index("stop")] = MODES.index("none")
        return found

    def _bounds(self) -> Array:
        """For each channel of the runner's week the place of its safest value among those that rules may set."""
        values = self.plan.bound_values
        found = np.full((self.block.count, len(values)), -1, np.int16)
        for place, (channel, bounds) in enumerate(values.items()):
            for number, (danger, value) in reversed(list(enumerate(bounds))):
                found[self._rows(self._at("bound", channel, danger, value)), place] = number
        return found

    def _stages(self) -> Array:
        """For each row of complaints its stage: the last of an unbroken run that it has come to and may go to."""
        block, order = self.block, self.plan.decider.stage_order
        found = np.full(block.row_count, -1, np.int8)
        alike: dict[tuple[str, ...], set[int]] = {}
        for number, injury in enumerate(self.plan.injuries):
            alike.setdefault(tuple(injury.stages), set()).add(number)
        for (first, *later), injuries in alike.items():
            here = block.column(("injuries", frozenset(injuries)))
            if here is None:
                continue
            found[unpacked(here)] = order.index(first)
            for stage in later:
                reached = self._at("reach", stage)
                if reached is None:
                    break
                here = here & reached
                for held in order[: order.index(stage)]:
                    stays = self._at("stay", held)
                    if stays is not None:
                        here = here & ~stays
                found[unpacked(here)] = order.index(stage)
        return found
