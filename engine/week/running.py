"""Running, decided once: as usual, easy only, in turns with walking, or not at all. No other sentence may differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from prehab.decide import Concluded, Decisions
from prehab.graph.record import Record, record
from prehab.program import Program

__all__ = ["Mode", "Run", "Running"]

Mode = Literal["as_usual", "easy_only", "run_walk", "none"]


@record()
class Run(Record):
    """What was decided about running: the exercise that stands for it, if any, and what holds the rest back."""

    mode: Mode
    bit: int | None
    because: tuple[Concluded, ...]


class Running:
    """Decides about running for one program; a graph without running exercises decides nothing."""

    def __init__(self, program: Program) -> None:
        catalogue = program.pack.catalogue
        words = catalogue.words.get("running", {})
        index = catalogue.index
        self.program = program
        self.continuous, self.in_turns = (
            index.named([words[name]]).bit_length() - 1 if name in words else None
            for name in ("continuous", "in_turns")
        )
        self.fast = index.having("modes", "sprint")

    def decide(self, decisions: Decisions) -> Run | None:
        """What to do about running, and the rules that hold it back, the most urgent and hardest first."""
        easy, turns = self.continuous, self.in_turns
        if easy is None or turns is None:
            return None
        given = 0 if decisions.status == "stop" else decisions.allowed
        held = tuple(self._holding(decisions, 1 << easy))
        if given >> easy & 1:
            slow = tuple(one for one in self._holding(decisions, self.fast) if one.heeds_health(self.program))
            return Run("easy_only" if slow else "as_usual", easy, slow)
        if given >> turns & 1:
            return Run("run_walk", turns, held)
        return Run("none", None, tuple(self._holding(decisions, 1 << turns)) or held)

    def _holding(self, decisions: Decisions, mask: int) -> Iterator[Concluded]:
        """What refers or forbids, where it is about all of these."""
        for kind in ("refer", "forbid"):
            for one in decisions.of(kind):
                routine = kind == "refer" and one.effect.data["urgency"] == "routine"
                if mask and one.mask & mask == mask and not routine:
                    yield one
