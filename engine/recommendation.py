"""What comes out: a recommendation, and the explanation of a decision about one exercise.

Both are values: nothing in them can be changed, so an engine may share their parts between answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from prehab.graph.frozen import FrozenDict, Table
from prehab.graph.models import Field
from prehab.graph.schema import Strict, Word, make
from prehab.runner import Runner
from prehab.written import Written

if TYPE_CHECKING:
    from prehab.rules.pack import Pack

__all__ = [
    "Answer",
    "Ask",
    "Block",
    "Choice",
    "Condition",
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
    "Told",
    "Treatment",
    "Treats",
    "Uncovered",
    "Withheld",
]

Span = tuple[float, float]
Status = Literal["train", "modify", "refer", "stop"]
Urgency = Literal["routine", "urgent", "emergency"]
Evidence = Literal["high", "moderate", "low", "consensus"]
Told = bool | int | float | str | None
"""A value as a runner told it; None where he did not."""

ExerciseId = Annotated[str, Word("exercises")]
InjuryId = Annotated[str, Word("entries")]
RegionId = Annotated[str, Word("regions")]
EquipmentId = Annotated[str, Word("equipment")]
PhaseId = Annotated[str, Word("phases")]
RuleId = Annotated[str, Word("rules")]
SchemeId = Annotated[str, Word("schemes")]
SourceId = Annotated[str, Word("sources")]
ParameterId = Annotated[str, Word("parameters")]


class Condition(Strict):
    """A condition of a rule: what it looks at, what it asks of it, and what is so."""

    kind: str = Field(description="The kind of fact that it looks at, such as complaint, leg, screen or gate.")
    fact: str = Field(description="Which one: c1 is the first complaint, left a leg; else the name of the kind.")
    field: str | None = Field(
        None, description="The field of it; none where it counts that another rule has concluded such a fact."
    )
    label: str = Field(description="What the value is called.")
    about: str | None = Field(
        None, description="Where the value stands in the runner file, as a JSON pointer; none where it is worked out."
    )
    operator: Literal["is", "is_not", "at_least", "above", "at_most", "below", "known", "unknown"] = Field(
        "is", description="How the value is compared with `words` or with `bound`."
    )
    words: tuple[str | bool, ...] = Field((), description="The values of which it is to be one, or none.")
    bound: float | None = Field(None, description="The number that it is compared with, in `unit`.")
    parameter: ParameterId | None = Field(None, description="The parameter that the number comes from.")
    unit: str | None = Field(None, description="The unit of the value and of the number.")
    told: Told = Field(None, description="What is so of this runner; none where it is not known.")
    met: bool = Field(
        description="Whether the condition is met. What is not known may meet it too, where the rule takes the careful "
        "side."
    )


class Reason(Strict):
    """Why: a rule, its sentence, what it saw, and what it rests on."""

    rule: RuleId = Field(description="The rule; `prehab rules show` prints it.")
    because: str = Field(description="Its sentence, with this runner's words in it.")
    saw: tuple[str, ...] = Field((), description="What of the runner met its conditions, with bound and parameter.")
    evidence: Evidence = Field(description="How well it is supported.")
    sources: tuple[SourceId, ...] = Field((), description="The publications that it rests on.")
    seeds: tuple[str, ...] = Field((), description="The claims of the articles it started from.")
    alternative: int = Field(
        0, ge=0, description="Which way of meeting the rule it was, of those that `any` and `unless` give, from 0."
    )
    conditions: tuple[Condition, ...] = Field((), description="The conditions of the rule, with what met them.")


class Referral(Strict):
    """Somebody should look at this."""

    urgency: Urgency = Field(description="How soon: routine, urgent (within days) or emergency (now).")
    region: RegionId | None = Field(None, description="The place it is about; none when it is the whole runner.")
    whole_person: bool = Field(
        False,
        description="Of the whole runner, yet training goes on as far as the rules let it; else everything stops.",
    )
    because: str = Field(description="Why that is, in a sentence.")
    who: str = Field(description="Who should look at it.")
    tell: str = Field(description="What to tell them.")
    rule: RuleId = Field(description="The rule that refers.")
    evidence: Evidence = Field(description="How well that rule is supported.")
    sources: tuple[SourceId, ...] = Field((), description="The publications that it rests on.")
    alternative: int = Field(
        0, ge=0, description="Which way of meeting the rule it was, of those that `any` and `unless` give, from 0."
    )
    conditions: tuple[Condition, ...] = Field((), description="The conditions of the rule, with what met them.")


class Start(Strict):
    """What to begin with now: one number for each thing. Exactly one of reps, hold_s and contacts is given."""

    sets: int = Field(ge=1, description="Working sets, of each side.")
    reps: int | None = Field(None, ge=1, description="Repetitions of a set, of each side.")
    hold_s: int | None = Field(None, ge=1, description="Seconds that a set is held, on each side.")
    contacts: int | None = Field(None, ge=1, description="Landings of all sets together.")
    effort_rpe: float = Field(ge=0, le=10, description="How hard, from 0 (rest) to 10 (all that there is).")
    rest_s: int = Field(ge=0, description="Seconds of rest between sets.")


class Dose(Strict):
    """How much: where to begin, and the range that it may move in. Spans are (least, most).

    Exactly one of reps, hold_s and contacts is given.
    """

    scheme: SchemeId = Field(description="The way of dosing.")
    start: Start = Field(description="What to begin with now.")
    sets: Span = Field(description="Working sets, of each side.")
    reps: Span | None = Field(None, description="Repetitions of a set, of each side.")
    hold_s: Span | None = Field(None, description="Seconds that a set is held, on each side.")
    contacts: Span | None = Field(None, description="Landings of all sets together.")
    effort_rpe: Span = Field(description="How hard, from 0 (rest) to 10 (all that there is).")
    reps_in_reserve: Span | None = Field(None, description="Repetitions that could still be done after a set.")
    load: str = Field(description="The most outside load in a word: none, light, moderate or heavy.")
    load_text: str = Field(description="The outside load, told to the runner.")
    tempo: str | None = Field(None, description="How fast.")
    rest_s: Span = Field(description="Seconds of rest between sets.")
    sessions_per_week: Span = Field(description="On how many days a week.")
    pain_limit: float | None = Field(
        None, ge=0, le=10,
        description="The most pain in it, 0 to 10; none where nothing hurts that it loads: new pain ends the set.",
    )  # fmt: skip
    bounds: Table[str, float] = Field(
        FrozenDict(), description="What rules bound beyond the scheme itself: the bound, by channel."
    )


class Treats(Strict):
    """What an exercise does for a complaint."""

    complaint: int = Field(ge=0, description="The complaint's place in the runner's list, from 0.")
    injury: InjuryId = Field(description="What the complaint counts as.")
    stage: str = Field(description="The stage of its treatment.")
    what: str = Field(description="What the exercise does for it.")


class Given(Strict):
    """One exercise of a week: what, how much, how, why, and what comes after."""

    exercise: ExerciseId = Field(description="The exercise.")
    name: str = Field(description="What it is called.")
    sides: Literal["both", "each", "split"] = Field(
        description="Both legs together, each side after the other, or one in front of the other."
    )
    equipment: tuple[EquipmentId, ...] = Field((), description="What it is done with.")
    dose: Dose = Field(description="How much.")
    says: str = Field(description="How to choose the load, and when to stop.")
    cues: tuple[str, ...] = Field((), description="How it is done, in order.")
    serves: tuple[str, ...] = Field((), description="What it is in the week for.")
    treats: tuple[Treats, ...] = Field((), description="What it does for which complaint.")
    ramp_pct: tuple[int, ...] = Field(
        (), description="The lighter sets before the first working set, in percent of the working weight."
    )
    days_per_week: Span | None = Field(
        None, description="On how many days a week, least and most, of work on other days than the sessions."
    )
    times_per_day: int = Field(1, ge=1, description="How often on such a day.")
    days: tuple[str, ...] = Field((), description="The days of such work, where it has days of its own.")
    because: str = Field(description="Why it is in the week, in a sentence.")
    reasons: tuple[Reason, ...] = Field((), description="The reasons: what permits it, and what shapes its dose.")
    progress: str = Field(description="When and how to do more.")
    progress_to: tuple[ExerciseId, ...] = Field((), description="The harder exercises that are allowed already.")
    step_back: str = Field(description="When and how to do less.")
    step_back_to: tuple[ExerciseId, ...] = Field((), description="The easier exercises that are allowed.")
    minutes: int = Field(ge=0, description="Minutes of one bout as it is begun.")
    instead: ExerciseId | None = Field(None, description="The next best exercise for the same purpose.")
    last: str | None = Field(
        None, description="What the log says of it, if it was done lately, and whether to go on, repeat or step back."
    )


class Block(Strict):
    """Exercises of one kind inside a session."""

    slot: str = Field(description="The kind, in a word.")
    name: str = Field(description="What that kind is called.")
    exercises: tuple[Given, ...] = Field((), description="The exercises, in order.")


class Session(Strict):
    """A strength session."""

    name: str = Field(description="What it is called.")
    day: str | None = Field(None, description="The day of the week, mon to sun; none when no day could be named.")
    minutes: int = Field(ge=0, description="Minutes of the warm-up and of everything listed, together.")
    warm_up_min: int = Field(ge=0, description="Minutes of warm-up, part of `minutes`.")
    note: str | None = Field(None, description="What else to know of it.")
    blocks: tuple[Block, ...] = Field((), description="What is done, in order.")

    @property
    def exercises(self) -> tuple[Given, ...]:
        """The exercises of all blocks, in order."""
        return tuple(given for block in self.blocks for given in block.exercises)


class Daily(Strict):
    """Work that is due more often than there are sessions: what treats a sore place. Counted apart from sessions.

    Each exercise says on how many days a week.
    """

    days_per_week: Span = Field(description="On how many days a week there is some of it, least and most.")
    minutes: int = Field(ge=0, description="Minutes of a day on which all of it is done.")
    exercises: tuple[Given, ...] = Field((), description="The exercises, in order.")


class Treatment(Strict):
    """Where a complaint stands: its stage, what it is trained with now, and what ends the stage."""

    complaint: int = Field(ge=0, description="The complaint's place in the runner's list, from 0.")
    injury: InjuryId = Field(description="What the complaint counts as.")
    name: str = Field(description="What that is called.")
    stage: str = Field(description="The stage of its treatment now.")
    stages: tuple[str, ...] = Field((), description="All stages, in order.")
    goal: str = Field(description="What this stage is for.")
    weeks: Span | None = Field(None, description="How many weeks it usually takes, least and most.")
    sets_per_week: int = Field(ge=0, description="Working sets for it that this week holds, of one side.")
    move_on: str = Field(description="What ends the stage.")
    until: tuple[str, ...] = Field((), description="Conditions of the next stage that are not met, or not known.")
    step_back: str = Field(description="What leads back to the stage before.")
    missing: tuple[str, ...] = Field((), description="What its programme asks for, and this week cannot give.")


class Running(Strict):
    """What to do about running."""

    mode: Literal["as_usual", "easy_only", "run_walk", "none"] = Field(
        description="As usual, easy runs only, in turns with walking, or none."
    )
    says: str = Field(description="The same in a sentence.")
    minutes: Span | None = Field(
        None,
        description="Minutes of one run to begin with, and the most for now, walking included; none where only the "
        "pace is held back.",
    )
    days_per_week: Span | None = Field(None, description="On how many days a week, least and most.")
    pain_limit: float | None = Field(
        None, ge=0, le=10, description="The most pain in it, 0 to 10; none where nothing hurts."
    )
    reasons: tuple[Reason, ...] = Field((), description="Why it is no more.")
    until: tuple[str, ...] = Field((), description="The conditions that hold the rest back.")
    rules: tuple[Reason, ...] = Field((), description="The sentences that go with it, each with its reason.")


class Phase(Strict):
    """Where the runner stands: overall, for the legs today, per screened movement, and per sore region."""

    overall: PhaseId = Field(description="What the runner is trained for, whatever hurts.")
    today: PhaseId = Field(description="The highest phase of which some work that the legs bear is allowed.")
    patterns: Table[str, PhaseId] = Field(FrozenDict(), description="The phase by movement.")
    regions: Table[RegionId, PhaseId] = Field(FrozenDict(), description="The phase by sore region.")


class Withheld(Strict):
    """Exercises that are not given, for one reason."""

    kind: Literal["referred", "forbidden", "gate", "not_permitted", "dose", "refused", "equipment"] = Field(
        description="The kind of reason: referred, held back by a rule, a gate that is not open, no rule that permits, "
        "no dose that fits every bound, not wanted, or no equipment."
    )
    because: str = Field(description="The reason, in a sentence.")
    rule: RuleId | None = Field(None, description="The rule, if one decides it.")
    exercises: tuple[ExerciseId, ...] = Field(description="The exercises.")
    until: tuple[str, ...] = Field((), description="What would lift it, where that can be said.")


class Choice(Strict):
    """A word that may be answered."""

    value: str = Field(description="The word, as it stands in a runner file.")
    label: str = Field(description="What it is called.")


class Answer(Strict):
    """How a question is answered."""

    type: Literal["integer", "number", "boolean", "choice", "list", "text"] = Field(
        description="A whole number, a number, yes or no, one of the choices, some or none of them, or free text."
    )
    unit: str | None = Field(None, description="The unit of a number, such as km.")
    range: Span | None = Field(None, description="The least and the greatest number.")
    choices: tuple[Choice, ...] = Field((), description="What may be chosen, in order.")
    worse: Literal["higher", "lower", "neither"] = Field(
        "neither",
        description="Which answers call for more care: of numbers the higher or the lower, of choices the later "
        "(higher) or the earlier, of yes and no yes (higher) or no.",
    )

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        from prehab.answers import allowed

        return allowed(self)

    def read(self, text: str) -> Any:
        """The value that a text stands for, as it stands in a runner file.

        Raises:
            InputError: It stands for none; what is allowed is told.
        """
        from prehab.answers import read

        return read(self, text)


ANY_TEXT = make(Answer, type="text")


class Ask(Strict):
    """A question worth answering: what is asked, how it is answered, and what the answer could change."""

    question: str = Field(description="The question, in the runner's words.")
    about: str = Field(
        description="Where the answer belongs in the runner file, as a JSON pointer; of a fault of movement, the name "
        "that joins the list where it is so."
    )
    label: str = Field("", description="What the value is called, in a few words.")
    answer: Answer = Field(ANY_TEXT, description="How it is answered.")
    complaint: int | None = Field(
        None, ge=0, description="The place of the complaint that it is about in the runner's list, from 0."
    )
    region: RegionId | None = Field(None, description="Where that complaint is.")
    side: Literal["left", "right", "both"] | None = Field(
        None, description="The side of the complaint, where it was told, or the leg that is tested."
    )
    how: str | None = Field(None, description="How to do the test or the screen that it asks for.")
    why: str = Field(description="Why it matters.")
    safety: bool = Field(False, description="Whether it is about safety.")
    calls_for: Literal["routine", "urgent", "stop", "emergency"] | None = Field(
        None,
        description="The most that an answer could call for: a routine or an urgent referral, a stop of everything "
        "until somebody has looked, an emergency; none where it calls for none.",
    )
    opens: int = Field(0, ge=0, description="How many exercises more its answer could help to allow, at the most.")
    concerns: int = Field(ge=0, description="How many exercises its answer could concern.")

    @property
    def place(self) -> tuple[str | int, ...]:
        """Where the answer belongs, as the names and positions on the way there."""
        return tuple(int(part) if part.isdigit() else part for part in self.about[1:].split("/"))


class Filter(Strict):
    """How many exercises were left after a step of the choice."""

    step: str = Field(description="The step.")
    removed: int = Field(ge=0, description="How many exercises it took out.")
    left: int = Field(ge=0, description="How many were left.")
    because: str | None = Field(None, description="Why, where no exercise is at fault, but the week.")


class Uncovered(Strict):
    """Something a session should cover and could not, and why."""

    what: str = Field(description="What is not covered.")
    because: str = Field(description="Why that is, in a sentence.")


class SourceText(Strict):
    """A source as it is cited."""

    id: SourceId = Field(description="Its id in the graph.")
    citation: str = Field(description="How it is cited.")


class Provenance(Strict):
    """What made this answer; the evaluator is not part of it, since it cannot change the answer."""

    pack: str = Field(description="SHA-256 of everything in the rules and the graph that can change an answer.")
    library: str = Field(description="The version of prehab.")
    overrides: Table[ParameterId, float] = Field(
        FrozenDict(), description="The parameters that were given another value: the value by name."
    )
    language: str = Field("en", description="The language of its texts, where it is not English.")


class Recommendation(Strict):
    """What a runner may do now, how much, why, what is withheld and why, and what to watch."""

    status: Status = Field(
        description="train; modify: adapted to what is sore; refer: something must be looked at first; "
        "stop: nothing is given."
    )
    urgency: Urgency | None = Field(None, description="The most urgent referral, if any.")
    headline: str = Field(description="The status in a sentence.")
    referrals: tuple[Referral, ...] = Field((), description="Who should look at what, the most urgent first.")
    phase: Phase = Field(description="Where the runner stands.")
    running: Running | None = Field(None, description="What to do about running; none where nothing is to be said.")
    treatment: tuple[Treatment, ...] = Field((), description="Where each complaint stands that is treated.")
    sessions_per_week: int = Field(ge=0, description="How many strength sessions a week.")
    sessions: tuple[Session, ...] = Field((), description="The strength sessions of the week.")
    daily: Daily | None = Field(None, description="Work that is due more often than there are sessions.")
    withheld: tuple[Withheld, ...] = Field((), description="What is not given, grouped by reason.")
    uncovered: tuple[Uncovered, ...] = Field((), description="What the week should train and cannot.")
    filters: tuple[Filter, ...] = Field((), description="How the choice went from every exercise to the week.")
    asks: tuple[Ask, ...] = Field((), description="Questions worth answering, the first matters most.")
    advice: tuple[Reason, ...] = Field((), description="What else to know and to watch, each with its reason.")
    notes: tuple[str, ...] = Field((), description="What was assumed or read the careful way.")
    allowed: tuple[ExerciseId, ...] = Field(
        (), description="Every exercise that the rules allow, whether or not it was chosen or its equipment is there."
    )
    sources: tuple[SourceText, ...] = Field((), description="The publications that the reasons name.")
    provenance: Provenance = Field(description="What made this answer.")
    runner: Runner = Field(repr=False, description="What was told.")

    def to_json(self, *, indent: int | None = None, whole: bool = False) -> str:
        """The recommendation as JSON, as `prehab schema recommendation` describes it.

        The same recommendation gives the same bytes, and ``from_json`` reads them back.

        Args:
            indent: By how much what does not fit into a line is set in; without it all is one line.
            whole: Whether it should hold what was told, and what the pack says to everybody (how an exercise is done,
                what a rule rests on, how a source is cited), so as to be read without either.
        """
        from prehab.wire import to_json

        return to_json(self, indent=indent, whole=whole)

    @classmethod
    def from_json(cls, text: str | bytes, *, runner: Runner | None = None, pack: Pack | None = None) -> Recommendation:
        """The recommendation that ``to_json`` wrote.

        Args:
            text: The JSON.
            runner: Who it is for, unless it was written ``whole``; by default a runner who told nothing.
            pack: The pack that it was made with, unless it was written ``whole``; by default the bundled one.

        Raises:
            InputError: It is not one, or was made with another pack; every fault is listed with its place.
        """
        from prehab.wire import from_json

        return from_json(cls, text, runner=runner, pack=pack)


class Missed(Strict):
    """A rule that would have permitted the exercise, and the conditions it still lacks."""

    rule: RuleId = Field(description="The rule.")
    because: str = Field(description="Its sentence.")
    unmet: tuple[str, ...] = Field((), description="Conditions that are not met, with what is so now.")
    unknown: tuple[str, ...] = Field((), description="Conditions of which nobody told whether they are met.")
    conditions: tuple[Condition, ...] = Field((), description="The conditions that are not met, as data.")


class Explanation(Strict, Written):
    """The decision about one exercise for one runner, with all its reasons."""

    exercise: ExerciseId = Field(description="The exercise.")
    name: str = Field(description="What it is called.")
    verdict: Literal["given", "allowed", "refused", "no_equipment", "withheld"] = Field(
        description="In the week; allowed, but not chosen; not wanted; without its equipment; or withheld."
    )
    summary: str = Field(description="The verdict in a sentence.")
    reasons: tuple[Reason, ...] = Field((), description="What is against it, the hardest to lift first.")
    missed: tuple[Missed, ...] = Field((), description="Rules that would have permitted it, the nearest first.")
    permits: tuple[Reason, ...] = Field((), description="What permits it.")
    dose: Dose | None = Field(None, description="How much, unless it is withheld.")
    choice: str | None = Field(None, description="Why it was chosen, or was not.")
    easier: tuple[ExerciseId, ...] = Field((), description="Easier exercises of the same kind that are allowed.")
    instead: tuple[ExerciseId, ...] = Field((), description="What can stand in for it, of what is allowed.")
    sources: tuple[SourceText, ...] = Field((), description="The publications that the reasons name.")
