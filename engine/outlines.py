"""What there is to say of an exercise whoever does it: how it is done, and its neighbours on the ladder."""

from __future__ import annotations

from functools import cache, lru_cache

from prehab.graph.index import union
from prehab.graph.once import ByNeed
from prehab.graph.schema import make
from prehab.program import Program
from prehab.recommendation import Given

__all__ = ["Outlines"]

Ids = tuple[str, ...]


class Outlines:
    """The outlines of one program, each made when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.pack = pack = program.pack
        self.exercises = ByNeed(pack.catalogue.exercise_at)
        self.easier = pack.catalogue.easier
        self.bits = {key: 1 << bit for bit, key in enumerate(pack.catalogue.ids)}
        self._beside = ByNeed(self._beside_of)
        self.outline = cache(self._outline)
        self._steps = lru_cache(maxsize=4096)(self._steps_among)

    def _outline(self, bit: int, scheme_name: str) -> Given:
        """An exercise under a dose scheme; what depends on the runner is blank."""
        exercise, scheme = self.exercises[bit], self.pack.schemes[scheme_name]
        return make(
            Given,
            exercise=exercise.id,
            name=exercise.name,
            sides=exercise.sides,
            equipment=(),
            dose=None,
            says=scheme.says,
            cues=tuple(exercise.cues),
            serves=(),
            treats=(),
            ramp_pct=(),
            because="",
            reasons=(),
            progress=scheme.progress,
            progress_to=(),
            step_back=scheme.step_back,
            step_back_to=(),
            minutes=0,
            instead=None,
            last=None,
        )

    def steps(self, bit: int, allowed: int) -> tuple[Ids, Ids]:
        """The allowed exercises to progress to, and those to step back to."""
        return self._steps(bit, allowed & self._beside[bit])

    def _beside_of(self, bit: int) -> int:
        one = self.exercises[bit]
        return union(self.bits[key] for key in (*one.progresses_to, *self.easier[one.id]))

    def _steps_among(self, bit: int, allowed: int) -> tuple[Ids, Ids]:
        exercise = self.exercises[bit]
        harder, easier = exercise.progresses_to, self.easier[exercise.id]
        return (
            tuple(key for key in harder if allowed & self.bits[key]),
            tuple(key for key in easier if allowed & self.bits[key]),
        )
