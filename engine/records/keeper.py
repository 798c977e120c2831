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
        rules = self.rules(base)
        if masked:  # what only those rules tell that look at something masked is told by none
            without = self.rules(self.finder.advice(kept))
            rules = tuple(one for one in rules if one in without)
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
            "rules": rules,
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

    def rules(self, advice: Advice) -> tuple[str, ...]:
        """The rules that fired, in order."""
        firings = advice.decisions.inference.firings
        return tuple(sorted({self.program.rule(firing.variant).id for firing in firings}))
