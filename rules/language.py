"""The rule language: tests, patterns, effects, rules, and the variants that the evaluators run.

A rule is a list of patterns over facts and one or several effects. It is positive and conjunctive: ``any`` and
``unless`` are expanded into *variants*, each a plain conjunction, that keep the rule's own name and wording.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from prehab.graph.frozen import Frozen, FrozenDict, unlooked
from prehab.graph.record import Record, record
from prehab.graph.unread import Unread

__all__ = [
    "CAUTIONS",
    "EARNS",
    "PERMITS",
    "WHOLE_PERSON",
    "CarefulReading",
    "Effect",
    "LogReading",
    "Pattern",
    "Rule",
    "Test",
    "Variant",
]  # fmt: skip

Op = Literal["is", "is_not", "at_least", "above", "at_most", "below", "known", "unknown"]

PERMITS = frozenset({"permit", "open"})
EARNS = frozenset({"reach", "familiar"})
"""What moves a runner on inside what is permitted: earned like a permit, but it may look at a complaint."""
CAUTIONS = frozenset({"forbid", "close", "limit", "refer", "prescribe", "stay"})

WHOLE_PERSON = "whole_person"
"""In place of a region: what a referral of the whole person is about. It withholds nothing by itself."""

OPPOSITE: Mapping[Op, Op] = {
    "is": "is_not",
    "is_not": "is",
    "at_least": "below",
    "below": "at_least",
    "above": "at_most",
    "at_most": "above",
    "known": "unknown",
    "unknown": "known",
}


@unlooked
@record()
class Test(Record):
    """One test of one field. A missing value meets no comparison, unless ``unknown`` says that it counts as met."""

    kind: str
    field: str
    op: Op
    words: tuple[str | bool, ...] = ()
    parameter: str | None = None
    unknown: bool = False

    @property
    def met_unknown(self) -> bool:
        """Whether a missing value meets the test."""
        return self.unknown or self.op == "unknown"

    def met(self, value: Any, parameters: Mapping[str, float]) -> bool:
        """Whether a value meets the test. This is the definition that both evaluators share."""
        if value is None:
            return self.met_unknown
        if self.op == "is":
            return value in self.words
        if self.op == "is_not":
            return value not in self.words
        if self.parameter is None:
            return self.op == "known"
        bound = parameters[self.parameter]
        if self.op == "at_least":
            return bool(value >= bound)
        if self.op == "above":
            return bool(value > bound)
        if self.op == "at_most":
            return bool(value <= bound)
        return bool(value < bound)

    def opposite(self) -> Test:
        """Met exactly when this one is not known to be met."""
        return Test(self.kind, self.field, OPPOSITE[self.op], self.words, self.parameter, unknown=True)


@unlooked
@record()
class Pattern(Record):
    """A fact to be found: its kind, the tests it must meet, the variables it binds (field -> variable)."""

    kind: str
    tests: tuple[Test, ...] = ()
    binds: tuple[tuple[str, str], ...] = ()


@unlooked
@record()
class CarefulReading(Record):
    """Answers that cannot all be true: where every pattern finds a fact, fields of a kind take their worst value."""

    when: tuple[Pattern, ...]
    of: str
    fields: tuple[str, ...]
    say: str

    @property
    def own(self) -> Pattern | None:
        """The pattern about the very fact that is read; none where the patterns are about other kinds."""
        return next((pattern for pattern in self.when if pattern.kind == self.of), None)

    @property
    def others(self) -> tuple[Pattern, ...]:
        """The patterns about other facts."""
        return tuple(pattern for pattern in self.when if pattern.kind != self.of)


@unlooked
@record()
class LogReading(Record):
    """A field that the log answers too; what each part means is told where it is written (``vocabulary.Run``)."""

    kind: str
    field: str
    take: str
    of: str
    tests: tuple[Pattern, ...]
    loads: str | None
    within_days: str | None
    new_days: str | None
    next_day: tuple[str, ...]
    say: str
    lacks: str | None


@unlooked
@record()
class Effect(Frozen):
    """What a rule concludes.

    ``masks`` holds, for effects on exercises, the selected exercises as a bit mask for each binding of
    ``variables`` (a single entry with the empty tuple where there are none).
    """

    type: str
    data: Mapping[str, Any]
    variables: tuple[str, ...] = ()
    masks: Mapping[tuple[str, ...], int] = FrozenDict()

    @property
    def mask(self) -> int:
        """Every exercise that the effect can be about, whatever its variables stand for."""
        if type(self.masks) is Unread:  # of a compiled pack, where that is known before they are read
            known: int = self.masks.about
            return known
        mask = 0
        for one in self.masks.values():
            mask |= one
        return mask


@unlooked
@record()
class Rule(Frozen):
    """One rule as its author wrote it, with its place."""

    id: str
    because: str
    effects: tuple[Effect, ...]
    side: Literal["permit", "caution", "earned", "other"]
    evidence: str
    sources: tuple[str, ...]
    consensus: bool
    seeds: tuple[str, ...]
    unknown: str | None
    file: str
    line: int
    text: Mapping[str, Any]

    @property
    def mask(self) -> int:
        """Every exercise that the rule can be about, whatever its variables stand for."""
        mask = 0
        for effect in self.effects:
            mask |= effect.mask
        return mask


@unlooked
@record()
class Variant(Record):
    """One plain conjunction of a rule. ``origin`` names the ``any`` or ``unless`` entry that made it."""

    rule: int
    patterns: tuple[Pattern, ...]
    layer: int = 0
    origin: str | None = None
