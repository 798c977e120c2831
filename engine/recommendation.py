"""What comes out: a recommendation, and the explanation of a decision about one exercise."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prehab.graph.schema import Strict
from prehab.runner import Runner

__all__ = [
    "Ask",
    "Block",
    "Daily",
    "Dose",
    "Explanation",
    "Filter",
    "Given",
    "Missed",
    "Phase",
    "Provenance",
    "Reason",
    "Recommendation",
    "Referral",
    "Session",
    "SourceText",
    "Uncovered",
    "Withheld",
]

SCHEMA_VERSION = 1

Span = tuple[float, float]
Status = Literal["train", "modify", "refer", "stop"]
Evidence = Literal["high", "moderate", "low", "consensus"]


class Reason(Strict):
    """Why: a rule, its sentence, what it saw, and what it rests on."""

    rule: str
    because: str
    saw: tuple[str, ...] = ()
    evidence: Evidence
    sources: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()


class Referral(Strict):
    """Somebody should look at this.

    ``region`` is None when it concerns the whole runner: with ``whole_person`` training goes on as far as the rules
    let it, without it everything stops.
    """

    urgency: Literal["routine", "urgent", "emergency"]
    region: str | None
    whole_person: bool = False
    because: str
    who: str
    tell: str
    rule: str
    evidence: Evidence
    sources: tuple[str, ...] = ()


class Dose(Strict):
    """How much. Spans are (least, most). Exactly one of reps, hold_s and contacts is given.

    ``load`` names the outside load (none, light, moderate, heavy); ``bounds`` holds what rules bound beyond the
    scheme itself, by channel.
    """

    scheme: str
    sets: Span
    reps: Span | None = None
    hold_s: Span | None = None
    contacts: Span | None = None
    effort_rpe: Span
    reps_in_reserve: Span | None = None
    load: str
    load_text: str
    tempo: str | None = None
    rest_s: Span
    pain_limit: float
    bounds: dict[str, float] = {}


class Given(Strict):
    """One exercise of a session: what, how much, how, why, and what comes after."""

    exercise: str
    name: str
    sides: Literal["both", "each", "split"]
    equipment: tuple[str, ...]
    dose: Dose
    says: str
    cues: tuple[str, ...]
    serves: tuple[str, ...]
    because: str
    reasons: tuple[Reason, ...]
    progress: str
    progress_to: tuple[str, ...]
    step_back: str
    step_back_to: tuple[str, ...]
    minutes: float


class Block(Strict):
    """Exercises of one kind inside a session."""

    slot: str
    name: str
    exercises: tuple[Given, ...]


class Session(Strict):
    """A strength session. ``days`` is empty when no days could be named."""

    name: str
    days: tuple[str, ...]
    minutes: float
    note: str | None = None
    blocks: tuple[Block, ...]

    @property
    def exercises(self) -> tuple[Given, ...]:
        """The exercises of all blocks, in order."""
        return tuple(given for block in self.blocks for given in block.exercises)


class Daily(Strict):
    """Short work for most days: holds, feet, rehabilitation. Counted apart from sessions."""

    days_per_week: Span
    exercises: tuple[Given, ...]


class Phase(Strict):
    """Where the runner stands: overall, per screened movement, and per sore region."""

    overall: str
    patterns: dict[str, str] = {}
    regions: dict[str, str] = {}


class Withheld(Strict):
    """Exercises that are not given, for one reason. ``until`` says what would lift it, where that can be said."""

    kind: Literal["referred", "forbidden", "gate", "not_permitted", "dose", "equipment"]
    because: str
    rule: str | None
    exercises: tuple[str, ...]
    until: tuple[str, ...] = ()


class Ask(Strict):
    """A question worth answering, with how many exercises its answer could concern."""

    question: str
    about: str
    why: str
    safety: bool = False
    concerns: int


class Filter(Strict):
    """How many exercises were left after a step."""

    step: str
    removed: int
    left: int


class Uncovered(Strict):
    """Something a session should cover and could not, and why."""

    what: str
    because: str


class SourceText(Strict):
    """A source as it is cited."""

    id: str
    citation: str


class Provenance(Strict):
    """What made this answer; the evaluator is not part of it, since it cannot change the answer."""

    schema_version: int = SCHEMA_VERSION
    pack: str
    library: str
    overrides: dict[str, float] = {}


class Recommendation(Strict):
    """What a runner may do now, how much, why, what is withheld and why, and what to watch.

    Attributes:
        status: ``train``, ``modify``, ``refer`` (something must be looked at first) or ``stop`` (nothing is given).
        urgency: The most urgent referral, if any.
        allowed: Every exercise that the rules allow, whether or not it was chosen or its equipment is there.
        runner: What was told; not part of the JSON.
    """

    status: Status
    urgency: Literal["routine", "urgent", "emergency"] | None
    headline: str
    referrals: tuple[Referral, ...]
    phase: Phase
    sessions_per_week: int
    sessions: tuple[Session, ...]
    daily: Daily | None
    withheld: tuple[Withheld, ...]
    uncovered: tuple[Uncovered, ...]
    filters: tuple[Filter, ...]
    asks: tuple[Ask, ...]
    advice: tuple[Reason, ...]
    notes: tuple[str, ...]
    allowed: tuple[str, ...]
    sources: tuple[SourceText, ...]
    provenance: Provenance
    runner: Runner = Field(exclude=True, repr=False)

    def to_json(self, *, indent: int | None = 2) -> str:
        """The recommendation as JSON. The same input gives the same bytes."""
        return self.model_dump_json(indent=indent) + "\n"


class Missed(Strict):
    """A rule that would have permitted the exercise, and the conditions it still lacks."""

    rule: str
    because: str
    unmet: tuple[str, ...]
    unknown: tuple[str, ...] = ()


class Explanation(Strict):
    """The decision about one exercise for one runner, with all its reasons; the hardest to lift first."""

    exercise: str
    name: str
    verdict: Literal["given", "allowed", "no_equipment", "withheld"]
    summary: str
    reasons: tuple[Reason, ...] = ()
    missed: tuple[Missed, ...] = ()
    permits: tuple[Reason, ...] = ()
    dose: Dose | None = None
    choice: str | None = None
    easier: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    sources: tuple[SourceText, ...] = ()

    def to_json(self, *, indent: int | None = 2) -> str:
        """The explanation as JSON."""
        return self.model_dump_json(indent=indent) + "\n"
