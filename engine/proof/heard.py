"""Law 17: whatever is asked matters to somebody. Shown by two runners who differ in the answer alone.

Some rule speaks for one of them and not for the other, and every evaluator says so. What only the week looks at, or a
count over the log, or another question, is no matter for formulas; `prehab.testing.find_witness` shows it by a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import z3

from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.proof.claims import primed, swapped, within
from prehab.proof.confirm import EVALUATORS
from prehab.proof.directions import Directions
from prehab.proof.encoding import Encoding
from prehab.proof.symbols import either, every, exact, implies, no
from prehab.proof.witness import runner_of, whole_numbers
from prehab.rules.pack import Pack

__all__ = ["Heard"]

Place = tuple[str, str, str]
MOST_STEPS = 50_000_000
"""How much work z3 may spend on one rule, by its own count."""
TRIES = 8
"""So many rules are put to the evaluators, each with runners for whom it speaks and does not."""


class Heard:
    """Looks for runners who are told other things for one other answer.

    Args:
        encoding: The formulas.
    """

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding
        pack = encoding.pack
        fired = {number: either(*(way.when for way in ways)) for number, ways in encoding.fired.items()}
        self._fired = {number: term for number, term in fired.items() if not isinstance(term, bool)}
        self._directions = Directions(self._fired.values(), ())
        self._solver = z3.Solver()
        self._solver.set("rlimit", MOST_STEPS)
        own = (term == exact(pack.parameters[name].value) for name, term in encoding.parameters.free.items())
        constraints = (term for term in encoding.constraints if term is not True)
        self._solver.add(*constraints, *own, *whole_numbers(encoding))
        self._engines = list(_engines(pack))

    def asked(self) -> Iterator[Place]:
        """Every answer with a question at which some rule looks; of kinds with several facts the first fact's."""
        seen = set()
        patterns = {pattern for variant in self.encoding.pack.variants for pattern in variant.patterns}
        looked_at = {(pattern.kind, test.field) for pattern in patterns for test in pattern.tests}
        for (kind, fact, name), answer in self.encoding.runner.told.items():
            if answer.field.ask and (kind, name) not in seen:
                seen.add((kind, name))
                if (kind, name) in looked_at or self._reading((kind, fact, name)):
                    yield kind, fact, name

    def _reading(self, place: Place) -> list[int]:
        """The variants that an answer has to do with; first those that have to do with little else."""
        answer = self.encoding.runner.told[place]
        above = set(self._directions.above(swapped(answer, primed(answer))))
        found = [n for n, term in self._fired.items() if self._directions.place(term) in above]
        return sorted(found, key=lambda number: len(self.encoding.pack.variants[number].patterns))

    def matters(self, place: Place) -> bool | None:
        """Whether an answer matters to somebody; None where that could not be found out."""
        kind, fact, _ = place
        before = self.encoding.runner.told[place]
        after = primed(before)
        exists = next(one.exists for one in self.encoding.facts[kind] if one.name == fact)
        always = every(exists, *within(before, after), *whole_numbers(self.encoding, after)[-1:])
        if kind == "fault":  # named, or not spoken of
            always = every(always, implies(after.known, after.value))
        sure, tried = True, 0
        for number in self._reading(place):
            term = self._fired[number]
            other = z3.substitute(term, *swapped(before, after))
            found = self._solver.check(every(always, either(every(term, no(other)), every(other, no(term)))))
            if found == z3.sat:
                model = self._solver.model()
                if self._differ(*(runner_of(self.encoding, model, {place: one}) for one in (before, after))):
                    return True
                tried += 1
            sure = sure and found == z3.unsat
            if tried == TRIES:
                break
        return False if sure else None

    def _differ(self, one: Any, other: Any) -> bool:
        """Whether all evaluators say that other rules speak for one runner than for the other."""
        return all(_speaking(engine, one) != _speaking(engine, other) for engine in self._engines)


def _engines(pack: Pack) -> Iterator[Engine]:
    for name in EVALUATORS:
        with suppress(InputError):  # durable-rules cannot be had here
            yield Engine(pack=pack, evaluator=name)  # type: ignore[arg-type]


def _speaking(engine: Engine, data: Mapping[str, Any]) -> Sequence[int]:
    firings = engine._decide(engine.runner(data)).inference.firings
    return sorted({firing.variant for firing in firings})
