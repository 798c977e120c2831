"""One side of a comparison: a pack with its parameters, ready to decide about runners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from prehab.compiled import Compiled
from prehab.decide import Decider, Decisions
from prehab.engine import known_words
from prehab.fact_builder import FactBuilder
from prehab.facts import Facts
from prehab.graph.schema import validated
from prehab.inference import Evaluator, Inference, infer
from prehab.population import with_numbers
from prehab.program import Program
from prehab.questions import Questions, questions_of
from prehab.rules.load import LocatedCase
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement
from prehab.runner import Runner
from prehab.week import Planner

__all__ = ["Answer", "Side"]


class Side:
    """A pack with its parameters, ready to decide about runners.

    Args:
        pack: The compiled pack.
        parameters: Values that replace those of named parameters.
        name: What it is called in the report.
        cases: The cases beside its rules; their runners are tried too.
        statements: What its authors promise of it.
        evaluator: Finds what fires; plain Python unless told otherwise.

    Raises:
        InputError: A parameter does not exist, is out of range, out of order, or fixed when a pack is compiled.
    """

    def __init__(
        self,
        pack: Pack,
        parameters: Mapping[str, float] | None = None,
        *,
        name: str = "",
        cases: Sequence[LocatedCase] = (),
        statements: Sequence[Statement] = (),
        evaluator: Evaluator | None = None,
    ) -> None:
        self.name = name
        self.cases = cases
        self.statements = statements
        self.pack = pack
        self.program = Program(pack, parameters)
        self.builder = FactBuilder(self.program)
        self.decider = Decider(self.program)
        self.evaluator = evaluator or Compiled(self.program)
        self.words = known_words(pack.catalogue)

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, float], ...]]:
        """What tells two sides apart: the pack's digest and the parameters that were replaced."""
        return self.pack.digest, tuple(self.program.overrides.items())

    @cached_property
    def drawn_from(self) -> Pack:
        """The pack with this side's numbers as its own, so that runners are drawn at the bounds that count here."""
        return with_numbers(self.pack, self.program.parameters) if self.program.overrides else self.pack

    @cached_property
    def planner(self) -> Planner:
        """Builds the week."""
        return Planner(self.program)

    @cached_property
    def questions(self) -> Questions:
        """Finds what is asked."""
        return questions_of(self.program.layout)

    def runner(self, data: Any) -> Runner | None:
        """The runner, or None where it is none or names something that this pack's graph does not hold."""
        try:
            runner: Runner = validated(Runner, data, self.words)
        except ValidationError:
            return None
        return runner

    def infer(self, facts: Facts) -> Inference:
        """What is concluded from facts; what is derived is added to them."""
        return infer(self.program, facts, self.evaluator)

    def decide(self, runner: Runner, inference: Inference) -> Answer:
        """What is decided from what was concluded."""
        return Answer(self, runner, self.decider.decided_of(runner, inference))

    def answer(self, runner: Runner) -> Answer:
        """What is decided about a runner."""
        return self.decide(runner, self.infer(self.builder.build(runner)))

    def fired(self, answer: Answer, rules: Iterable[str]) -> set[tuple[str, tuple[str, ...]]]:
        """The firings of some rules: the rule, and the names of the facts that matched."""
        wanted = frozenset(rules)
        return {
            (rule, tuple(fact.name for fact in firing.facts))
            for firing in answer.decisions.inference.firings
            if (rule := self.program.rule(firing.variant).id) in wanted
        }


@dataclass
class Answer:
    """What is decided about one runner. What costs more is worked out only when it is looked at."""

    side: Side
    runner: Runner
    decisions: Decisions

    @property
    def allowed(self) -> int:
        """The exercises allowed, as bits of this side's catalogue."""
        return 0 if self.decisions.status == "stop" else self.decisions.allowed

    @cached_property
    def limits(self) -> dict[tuple[str, Any], int]:
        """The exercises under each bound."""
        found: dict[tuple[str, Any], int] = {}
        for concluded in self.decisions.of("limit"):
            if concluded.mask:
                data = concluded.effect.data
                bound = data.get("at_most", data.get("at_least"))
                key = data["channel"], self.side.program.parameters.get(bound, bound)
                found[key] = found.get(key, 0) | concluded.mask
        return found

    @cached_property
    def referrals(self) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
        """By place (or ``everything``, or the whole person) and urgency, who should look and what to say there."""
        return self.decisions.referrals

    @cached_property
    def advice(self) -> frozenset[str]:
        """The sentences that may be said."""
        return frozenset(concluded.effect.data["say"] for concluded in self.decisions.of("advise"))

    @cached_property
    def asked(self) -> frozenset[str]:
        """Where the answers to the questions asked would stand in the runner file."""
        return frozenset(ask.about for ask in self.side.questions.asks(self.decisions))

    @cached_property
    def week(self) -> dict[str, list[Any]]:
        """The days of each session, and what is chosen for it and for most days, with its dose."""
        week = self.side.planner.week(self.decisions, self.runner)
        ids = self.side.pack.catalogue.ids
        told = {
            "most days": [work.pick for work in week.daily],
            **{f"session {n}": s.picks for n, s in enumerate(week.sessions, 1)},
        }
        days: dict[str, list[Any]] = {f"day of session {n}": [s.day] for n, s in enumerate(week.sessions, 1)}
        return days | {
            name: [{"exercise": ids[pick.bit], **pick.dose.model_dump(exclude_none=True)} for pick in picks]
            for name, picks in told.items()
        }
