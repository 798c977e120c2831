"""Law 17: whatever is asked changes what some runner is told. A witness is a runner and two answers that tell apart.

Which answers are asked for is read off the vocabulary, so a new question is under the law without a change here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.population import Question, changed, random_runner, shape_of, shrunk
from prehab.rules.pack import Pack

__all__ = ["Witness", "asked_fields", "find_witness"]

TRIES = 400
ECHOED = frozenset({"runner", "provenance"})
"""The parts of an answer that repeat what was put in."""


@dataclass(frozen=True)
class Witness:
    """A runner who is told one thing with one answer and another thing with the other.

    Attributes:
        field: Kind and field, such as ``running.terrain``.
        runner: The rest of the runner file.
        path: Where the answer stands in it.
        answers: Two answers; ``None`` for none.
        steers: Whether only the questions differ that are put next (whether somebody is pregnant is not asked of men).
    """

    field: str
    runner: dict[str, Any]
    path: tuple[str | int, ...]
    answers: tuple[Any, Any]
    steers: bool = False

    def holds(self, engine: Engine) -> bool:
        """Whether the two answers are told different things."""
        one, other = (self._told(engine, answer) for answer in self.answers)
        return one != other

    def _told(self, engine: Engine, answer: Any) -> dict[str, Any]:
        told: dict[str, Any] = engine.recommend(changed(self.runner, self.path, answer)).model_dump()
        left_out = ECHOED if self.steers else ECHOED | {"asks"}
        return {part: value for part, value in told.items() if part not in left_out}


def asked_fields(pack: Pack) -> Iterator[tuple[str, Question]]:
    """Every answer of a runner file that has a question, by kind and field; of a kind with keys the first key's."""
    shape = shape_of(pack)
    groups = [group for _, group in (*shape.sections, *shape.groups)]
    seen = set()
    for question in (*(one for group in groups for one in group), *shape.logged):
        name = f"{question.kind}.{question.name}"
        if question.field.ask and name not in seen:
            seen.add(name)
            yield name, question


def find_witness(engine: Engine, question: Question, seed: int = 1) -> Witness | None:
    """A witness for a question, as small as leaving things out makes it; none where none was found."""
    rng, pack = random.Random(seed), engine.pack
    inside: tuple[str | int, ...] = {"complaint": ("complaints", 0), "session": ("recent_sessions", 0)}.get(
        question.kind, ()
    )
    for number in range(2 * TRIES):
        steers = number >= TRIES  # with two answers that are known, for a question that is answered is not put again
        values = [*question.values] if steers or question.field.always else [None, *question.values]
        data = random_runner(rng, pack)
        if inside and not data.get(str(inside[0])):
            continue
        path = (*inside, *question.path)
        one, other = rng.sample(values, 2)
        found = Witness(f"{question.kind}.{question.name}", data, path, (one, other), steers)
        if found.holds(engine):
            return _smaller(engine, found)
    return None


def _smaller(engine: Engine, witness: Witness) -> Witness:
    def still(data: Any) -> bool:
        try:
            return replace(witness, runner=data).holds(engine)
        except (InputError, KeyError, IndexError):  # what was left out is needed for a runner file
            return False

    return replace(witness, runner=shrunk(witness.runner, still))
