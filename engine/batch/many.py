"""Many runners in, as many answers out, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from prehab.batch.spread import checked_processes, spread
from prehab.graph.faults import InputError
from prehab.recommendation import Recommendation

if TYPE_CHECKING:
    from prehab.engine import Engine, RunnerLike

__all__ = ["CHUNK", "recommend_many"]

CHUNK = 32
"""Runners that a process gets at a time."""


class _Answering:
    """Answers a chunk of runners; of one who cannot be read, the error stands in the place of the answer."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, runners: Iterable[RunnerLike]) -> list[Recommendation | InputError]:
        return list(map(self.one, runners))

    def one(self, runner: RunnerLike) -> Recommendation | InputError:
        try:
            return self._engine.recommend(runner)
        except InputError as error:
            return error.with_traceback(None)


def recommend_many(
    engine: Engine, runners: Iterable[RunnerLike], processes: int
) -> Iterator[Recommendation | InputError]:
    """See ``Engine.recommend_many``."""
    answering = _Answering(engine)
    if checked_processes(processes) == 1:
        return map(answering.one, runners)
    return (one for done in spread(answering, _chunks(runners), processes) for one in done)


def _chunks(runners: Iterable[RunnerLike]) -> Iterator[list[RunnerLike]]:
    """The runners, some at a time; what reading them raises comes after those before it."""
    reading, failed = iter(runners), None
    while failed is None:
        chunk: list[RunnerLike] = []
        try:
            chunk.extend(islice(reading, CHUNK))
        except Exception as error:
            failed = error
        if chunk:
            yield chunk
        elif failed is None:
            return
    raise failed
