"""What hurts is treated: for each complaint the programme of its stage, and one week of them all.

An exercise that serves several complaints stands once and counts for each. What is not allowed, or needs equipment that
is not there, is replaced by the next step of the programme that is, and where none is, that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field

from prehab.decide import Decisions
from prehab.graph.record import Record, Struct, record, struct
from prehab.graph.schema import Injury, Work
from prehab.week.growth import Growth

__all__ = ["Asked", "Treated", "asked_of", "treatment"]


@record()
class Asked(Record):
    """One thing that the programme of a complaint asks for. ``rank`` is its place in the programme, the first is 0."""

    complaint: str
    injury: Injury
    stage: str
    rank: int
    work: Work


@struct()
class Treated(Struct):
    """An exercise that treats, and all that it serves."""

    bit: int
    serves: list[Asked] = field(default_factory=list)

    @property
    def work(self) -> Work:
        """What says how much: the first of the programmes that it serves."""
        return self.serves[0].work

    @property
    def days(self) -> tuple[int, int]:
        """On how many days a week: as often as the programme that asks most often."""
        spans = [asked.work.days_per_week for asked in self.serves]
        return max(span[0] for span in spans), max(span[1] for span in spans)


def asked_of(decisions: Decisions) -> list[Asked]:
    """Everything that the programmes ask for, first things first; of one injury in two places the earlier stage first.

    What is told of a complaint matters through its stage alone.
    """
    stages = list(decisions.program.pack.catalogue.words["stages"])
    found = [
        Asked(fact.name, injury, stage, rank, work)
        for fact, injury, stage in decisions.treated()
        for rank, work in enumerate(injury.stages[stage].programme)
    ]
    return sorted(found, key=lambda asked: (asked.rank, asked.injury.id, stages.index(asked.stage)))


def treatment(
    asked: Sequence[Asked], decisions: Decisions, growth: Growth, most: int, able: int
) -> tuple[list[Treated], list[Asked]]:
    """The exercises that treat, the most important first, and what could not be served.

    Args:
        asked: What the programmes ask for.
        decisions: What was decided.
        growth: How far the runner has come with each exercise.
        most: So many different exercises at most, but for the first thing that each complaint needs.
        able: What may be done on some day.
    """
    chosen: dict[int, Treated] = {}
    unserved = []
    for one in asked:
        steps = list(_steps(one.work, decisions, able))
        shared = next((bit for step in steps for bit in step if bit in chosen), None)
        bit = shared if shared is not None else _step(steps, growth)
        if bit is None or (bit not in chosen and len(chosen) >= most and one.rank):
            unserved.append(one)
            continue
        chosen.setdefault(bit, Treated(bit)).serves.append(one)
    return list(chosen.values()), unserved


def _steps(work: Work, decisions: Decisions, able: int) -> Iterator[list[int]]:
    """The steps of a programme as far as they are allowed and equipped, and some day is clear for them."""
    index = decisions.program.pack.catalogue.index
    for step in work.steps:
        bits = [index.named([key]).bit_length() - 1 for key in step]
        there = [bit for bit in bits if able >> bit & 1]
        if there:
            yield there


def _step(able: list[list[int]], growth: Growth) -> int | None:
    """The first step, or a later one when the runner is at home in the one before it."""
    if not able:
        return None
    place = 0
    while place + 1 < len(able) and any(growth.known(bit) for bit in able[place]):
        place += 1
    return max(able[place], key=lambda bit: (growth.sessions(bit), -able[place].index(bit)))
