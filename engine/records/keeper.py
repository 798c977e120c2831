"""Makes records of decisions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from prehab.boundaries.advice import Advice
from prehab.boundaries.finder import Finder
from prehab.graph.frozen import frozen
from prehab.graph.schema import altered, make
from prehab.program import Program
from prehab.recommendation import Provenance, Recommendation
from prehab.records.masking import PERSONAL, Mask, within
from prehab.records.models import Decision, Masked, Record, seal_of
from prehab.runner import Runner
from prehab.wire import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Keeper"]


class Keeper:
    """Makes the records of one program.

    Args:
        program: The program.
        finder: Knows what the advice is, and which values lead to the same.
        provenance: What decides.
    """

    def __init__(self, program: Program, finder: Finder, provenance: Provenance) -> None:
        self.program = program
        self.finder = finder
        self.provenance = provenance
        self.mask = Mask(finder)

    def record(
        self,
        runner: Runner,
        recommend: Callable[[Runner], Recommendation],
        mask: bool | Iterable[str] = False,
        day: date | None = None,
    ) -> Record:
        """The record of what is decided of a runner.

        Args:
            runner: Who it is.
            recommend: Answers him.
            mask: Whether to mask what is personal, or the places to mask.
            day: The day that it is for; by default the one that the runner tells.
        """
        base = self.finder.advice(runner)
        places = () if mask is False else PERSONAL if mask is True else tuple(mask)
        kept, masked = self.mask.masked(runner, base, places) if places else (runner, tuple[Masked, ...]())
        told = {}
        if not any(one.decides for one in masked):
            text = recommend(kept).to_json()
            told = {"result": frozen(json.loads(text)), "digest": sha256(text.encode()).hexdigest()}
        values: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "day": None if within("/today", places) else day or runner.today,
            "provenance": self.provenance,
            "runner": frozen(kept),
            "masked": masked,
            "decision": self.decision(base),
            "rules": self.rules(base, {one.at for one in masked if one.how == "left_out"}),
            "result": None,
            "digest": None,
            "seal": "0" * 64,
            **told,
        }
        record = make(Record, **values)
        return altered(record, seal=seal_of(record))

    def decision(self, advice: Advice) -> Decision:
        """What was decided, without sentences."""
        ids = self.program.pack.ids
        return make(
            Decision,
            status=advice.status,
            urgency=advice.urgency,
            running=advice.running,
            allowed=ids(advice.allowed),
            given=ids(advice.given),
        )

    def rules(self, advice: Advice, hidden: Iterable[str] = ()) -> tuple[str, ...]:
        """The rules that fired, in order; without those that looked at something hidden.

        Args:
            advice: What was decided.
            hidden: Places of the runner, as JSON pointers.
        """
        out_of_sight, program = frozenset(hidden), self.program
        found: dict[str, None] = {}
        shy: set[str] = set()
        for firing in advice.decisions.inference.firings:
            rule = program.rule(firing.variant).id
            found[rule] = None
            for pattern, fact in zip(program.source[firing.variant].patterns, firing.facts, strict=True):
                fields = {test.field for test in pattern.tests}
                if any(self.finder.places.about(pattern.kind, fact.name, name) in out_of_sight for name in fields):
                    shy.add(rule)
        return tuple(sorted(found.keys() - shy))
