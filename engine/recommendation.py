"""What comes out: a recommendation, and the explanation of a decision about one exercise.

Both are values: nothing in them can be changed, so an engine may share their parts between answers.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from prehab.graph.frozen import FrozenDict, Table
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
    "Running",
    "Session",
    "SourceText",
    "Start",
    "Treatment",
    "Treats",
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


class Start(Strict):
    """What to begin with now: one number for each thing. Exactly one of reps, hold_s and contacts is given.

    ``contacts`` are those of all sets together. ``effort_rpe`` goes from 0 to 10.
    """

    sets: int
    reps: int | None = None
    hold_s: int | None = None
    contacts: int | None = None
    effort_rpe: float
    rest_s: int


class Dose(Strict):
    """How much: where to begin, and the range that it may move in. Spans are (least, most).

    Exactly one of reps, hold_s and contacts is given. ``load`` names the most outside load (none, light, moderate,
    heavy); ``pain_limit`` is None where nothing hurts that the exercise loads (new pain ends the set); ``bounds`` holds
    what rules bound beyond the scheme itself, by channel.
    """

    scheme: str
    start: Start
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
    sessions_per_week: Span
    pain_limit: float | None = None
    bounds: Table[str, float] = FrozenDict()


class Treats(Strict):
    """What an exercise does for a complaint: the complaint's place in the runner's list, from 0, and the stage."""

    complaint: int
    injury: str
    stage: str
    what: str


class Given(Strict):
    """One exercise of a session: what, how much, how, why, and what comes after.

    ``ramp_pct`` are the lighter sets before the first working set, in percent of the working weight. ``minutes`` are
    those of one bout as it is begun. ``days_per_week``, ``times_per_day`` and ``days`` are told of work that is due on
    other days than the sessions. ``instead`` is the next best exercise for the same purpose. ``last`` is what the log
    says of it, if it was done lately: what was done, and whether to go on, repeat or step back.
    """

    exercise: str
    name: str
    sides: Literal["both", "each", "split"]
    equipment: tuple[str, ...]
    dose: Dose
    says: str
    cues: tuple[str, ...]
    serves: tuple[str, ...]
    treats: tuple[Treats, ...] = ()
    ramp_pct: tuple[int, ...] = ()
    days_per_week: Span | None = None
    times_per_day: int = 1
    days: tuple[str, ...] = ()
    because: str
    reasons: tuple[Reason, ...]
    progress: str
    progress_to: tuple[str, ...]
    step_back: str
    step_back_to: tuple[str, ...]
    minutes: int
    instead: str | None = None
    last: str | None = None


class Block(Strict):
    """Exercises of one kind inside a session."""

    slot: str
    name: str
    exercises: tuple[Given, ...]


class Session(Strict):
    """A strength session. ``day`` is None when no day could be named.

    ``minutes`` are those of the warm-up and of everything listed, together.
    """

    name: str
    day: str | None
    minutes: int
    warm_up_min: int
    note: str | None = None
    blocks: tuple[Block, ...]

    @property
    def exercises(self) -> tuple[Given, ...]:
        """The exercises of all blocks, in order."""
        return tuple(given for block in self.blocks for given in block.exercises)


class Daily(Strict):
    """Work that is due more often than there are sessions: what treats a sore place. Counted apart from sessions.

    Each exercise says on how many days a week. ``minutes`` are those of a day on which all of it is done.
    """

    days_per_week: Span
    minutes: int
    exercises: tuple[Given, ...]


class Treatment(Strict):
    """Where a complaint stands: its stage, what it is trained with now, and what ends the stage.

    ``complaint`` is its place in the runner's list, from 0. ``sets_per_week`` are the working sets for it that this
    week holds, of one side. ``until`` are the conditions of the next stage that are not met or not known; ``missing``
    is what its programme asks for and this week cannot give.
    """

    complaint: int
    injury: str
    name: str
    stage: str
    stages: tuple[str, ...]
    goal: str
    weeks: Span | None = None
    sets_per_week: int
    move_on: str
    until: tuple[str, ...] = ()
    step_back: str
    missing: tuple[str, ...] = ()


class Running(Strict):
    """What to do about running: ``as_usual``, ``easy_only``, in turns with walking (``run_walk``), or ``none``.

    ``minutes`` are those of one run to begin with and the most for now, walking included; ``pain_limit`` is the most
    pain in it (None where nothing hurts); ``until`` are the conditions that hold the rest back; ``rules`` are the
    sentences that go with it, each with its reason.
    """

    mode: Literal["as_usual", "easy_only", "run_walk", "none"]
    says: str
    minutes: Span | None = None
    days_per_week: Span | None = None
    pain_limit: float | None = None
    reasons: tuple[Reason, ...] = ()
    until: tuple[str, ...] = ()
    rules: tuple[Reason, ...] = ()


class Phase(Strict):
    """Where the runner stands: overall, for the legs today, per screened movement, and per sore region.

    ``overall`` is what the runner is trained for, whatever hurts; ``today`` is the highest phase of which some work
    that the legs bear is allowed.
    """

    overall: str
    today: str
    patterns: Table[str, str] = FrozenDict()
    regions: Table[str, str] = FrozenDict()


class Withheld(Strict):
    """Exercises that are not given, for one reason. ``until`` says what would lift it, where that can be said."""

    kind: Literal["referred", "forbidden", "gate", "not_permitted", "dose", "refused", "equipment"]
    because: str
    rule: str | None
    exercises: tuple[str, ...]
    until: tuple[str, ...] = ()


class Ask(Strict):
    """A question worth answering, with how many exercises its answer could concern.

    ``about`` is where the answer belongs in the runner file, ``how`` tells how to do a test or a screen.
    """

    question: str
    about: str
    how: str | None = None
    why: str
    safety: bool = False
    concerns: int


class Filter(Strict):
    """How many exercises were left after a step. ``because`` is told where no exercise is at fault, but the week."""

    step: str
    removed: int
    left: int
    because: str | None = None


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
    overrides: Table[str, float] = FrozenDict()


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
    running: Running | None
    treatment: tuple[Treatment, ...]
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
    verdict: Literal["given", "allowed", "refused", "no_equipment", "withheld"]
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
