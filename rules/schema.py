"""The shape of a rule file. What the words mean together is checked in ``prehab.rules.load`` and ``check``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, ConfigDict, Discriminator, Tag
from pydantic_core import PydanticCustomError

from prehab.graph.models import Field
from prehab.graph.schema import Strict, Word
from prehab.rules.vocabulary import Parameter

__all__ = [
    "Advise",
    "Case",
    "CaseFile",
    "Derive",
    "ExercisesEffect",
    "GateEffect",
    "Limit",
    "Loads",
    "Outline",
    "PatternText",
    "Prefer",
    "Prescribe",
    "Reach",
    "Refer",
    "Require",
    "RuleFile",
    "RuleText",
    "Selector",
]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def Words(kind: str) -> Any:  # noqa: N802 - reads as a type
    """One word of a list, or several."""
    return Annotated[list[Annotated[str, Word(kind)]], BeforeValidator(_listed), Field(min_length=1)]


def WordsOrVariable(kind: str) -> Any:  # noqa: N802 - reads as a type
    """One word, several, or a variable such as ``$s``."""
    variable = Annotated[str, Field(pattern=r"^\$[a-z][a-z0-9_]*$"), Tag("variable")]
    words = Annotated[Words(kind), Tag("words")]  # type: ignore[valid-type]

    def which(value: Any) -> str:
        return "variable" if isinstance(value, str) and value.startswith("$") else "words"

    return Annotated[variable | words, Discriminator(which)]


def _named(value: Any) -> Any:
    if isinstance(value, int | float):
        message = "a number in a rule has a name: put {number} under `parameters:` and write the name here"
        raise PydanticCustomError("bare_number", message, {"number": str(value)})
    return value


PatternText = dict[str, Any]
Alternatives = Annotated[list[PatternText], BeforeValidator(_listed), Field(min_length=1)]
Bound = Annotated[str, BeforeValidator(_named)]
ParameterName = Annotated[Bound, Field(pattern=r"^[a-z0-9][a-z0-9_./-]*$")]


class AtLeast(Strict):
    """From a named number on."""

    at_least: ParameterName


class Loads(Strict):
    """Loads a structure, or any structure of a region, at or above a named level."""

    structure: WordsOrVariable("structures") | None = None  # type: ignore[valid-type]
    region: WordsOrVariable("regions") | None = None  # type: ignore[valid-type]
    at_least: ParameterName


class Selector(Strict):
    """Exercises by their attributes; every line given must hold, and within a list any one is enough."""

    model_config = ConfigDict(populate_by_name=True)

    everything: Literal[True] | None = None
    ids: Words("exercises") | None = None  # type: ignore[valid-type]
    pattern: Words("patterns") | None = None  # type: ignore[valid-type]
    slot: Words("slots") | None = None  # type: ignore[valid-type]
    screen: WordsOrVariable("screens") | None = None  # type: ignore[valid-type]
    phase: Words("phases") | None = None  # type: ignore[valid-type]
    mode: Words("modes") | None = None  # type: ignore[valid-type]
    sole_mode: Annotated[str, Word("modes")] | None = None
    explosive: Words("explosive") | None = None  # type: ignore[valid-type]
    external_load: Words("external_load") | None = None  # type: ignore[valid-type]
    sides: Words("sides") | None = None  # type: ignore[valid-type]
    position: Words("positions") | None = None  # type: ignore[valid-type]
    trains: Words("muscles") | None = None  # type: ignore[valid-type]
    builds: Words("adaptations") | None = None  # type: ignore[valid-type]
    feature: Words("features") | None = None  # type: ignore[valid-type]
    impact: AtLeast | None = None
    skill: AtLeast | None = None
    osteogenic: AtLeast | None = None
    loads: Loads | None = None
    treats: WordsOrVariable("injuries") | None = None  # type: ignore[valid-type]
    stage: Annotated[list[str], BeforeValidator(_listed)] | None = None
    none_of: Selector | None = Field(default=None, alias="not")
    any_of: list[Selector] | None = Field(default=None, alias="any")


class ExercisesEffect(Strict):
    """permit, forbid, familiar."""

    exercises: Selector


class GateEffect(Strict):
    """open, close."""

    gate: Annotated[str, Word("gates")]


class Limit(Strict):
    """A bound on a channel, for some exercises or for the runner's week."""

    channel: Annotated[str, Word("channels")]
    at_most: Bound | None = None
    at_least: Bound | None = None
    exercises: Selector | None = None


class Prescribe(Strict):
    """A dose scheme for some exercises."""

    scheme: Annotated[str, Word("schemes")]
    exercises: Selector


class Prefer(Strict):
    """Weight in the choice between allowed exercises."""

    weight: ParameterName
    exercises: Selector


class Require(Strict):
    """A place in the week; ``order`` decides who is served first when time is short.

    ``sets`` are the working sets a week that it asks for. ``each_session`` is for what every session holds.
    """

    name: str
    order: ParameterName
    sets: ParameterName | None = None
    each_session: Literal[True] | None = None
    exercises: Selector


class Reach(Strict):
    """A complaint has come to a stage, if it has come to all that stand before it."""

    complaint: Annotated[str, Field(pattern=r"^\$[a-z]\w*$")]
    stage: Annotated[list[Annotated[str, Word("stages")]], BeforeValidator(_listed), Field(min_length=1)]


class Stay(Strict):
    """A complaint goes no further than a stage for now, whatever it has come to."""

    complaint: Annotated[str, Field(pattern=r"^\$[a-z]\w*$")]
    stage: Annotated[str, Word("stages")]


class Refer(Strict):
    """Send the runner to a clinician: about a region, about everything, or as a whole person while training goes on.

    ``within_h``: in how many hours, as ``who`` says in words; of two that are equally urgent the sooner is told first.
    Left out, an emergency counts as 12, what is urgent as 120 (some days), and a routine visit as 672 (four weeks).
    """

    urgency: Literal["routine", "urgent", "emergency"]
    within_h: Annotated[int, Field(ge=0, le=672)] | None = None
    region: WordsOrVariable("regions") | None = None  # type: ignore[valid-type]
    everything: Literal[True] | None = None
    whole_person: Literal[True] | None = None
    who: str
    tell: str


class Advise(Strict):
    """One sentence for the runner.

    ``training`` advice is kept back where an urgent referral of the place comes first, ``running`` advice where one of
    any place does; it stands with what is decided about running, and is kept back where there is none.
    """

    say: str
    training: Literal[True] | None = None
    running: Literal[True] | None = None


class Derive(Strict):
    """Conclude a fact that other rules read."""

    model_config = ConfigDict(extra="allow")

    fact: Annotated[str, Word("derived")]


def Some(model: Any) -> Any:  # noqa: N802 - reads as a type
    """One of these or a list of them."""
    return Annotated[list[model], BeforeValidator(_listed), Field(min_length=1)]


EffectName = Literal[
    "permit", "forbid", "open", "close", "limit", "prescribe", "prefer", "require", "reach", "stay", "familiar",
    "refer", "derive", "advise",
]  # fmt: skip
EFFECTS: tuple[EffectName, ...] = get_args(EffectName)


class RuleText(Strict):
    """One rule of a rule file."""

    model_config = ConfigDict(populate_by_name=True)

    because: Annotated[str, Field(min_length=10, max_length=400)]
    note: str | None = None
    when: list[PatternText] = []
    any_of: list[Alternatives] | None = Field(default=None, alias="any")
    unless: list[PatternText] = []
    unknown: Literal["holds", "asks"] | None = None
    permit: Some(ExercisesEffect) | None = None  # type: ignore[valid-type]
    forbid: Some(ExercisesEffect) | None = None  # type: ignore[valid-type]
    open: Some(GateEffect) | None = None  # type: ignore[valid-type]
    close: Some(GateEffect) | None = None  # type: ignore[valid-type]
    limit: Some(Limit) | None = None  # type: ignore[valid-type]
    prescribe: Some(Prescribe) | None = None  # type: ignore[valid-type]
    prefer: Some(Prefer) | None = None  # type: ignore[valid-type]
    require: Some(Require) | None = None  # type: ignore[valid-type]
    reach: Some(Reach) | None = None  # type: ignore[valid-type]
    stay: Some(Stay) | None = None  # type: ignore[valid-type]
    familiar: Some(ExercisesEffect) | None = None  # type: ignore[valid-type]
    refer: Some(Refer) | None = None  # type: ignore[valid-type]
    derive: Some(Derive) | None = None  # type: ignore[valid-type]
    advise: Some(Advise) | None = None  # type: ignore[valid-type]
    evidence: Literal["high", "moderate", "low", "consensus"]
    sources: list[Annotated[str, Word("sources")]] = []
    consensus: bool = False
    seeds: list[Annotated[str, Word("claims")]] = []


class Outline(Strict):
    """A rule file before each of its parameters and rules is read."""

    about: str
    parameters: dict[str, Any] = {}
    rules: dict[str, Any] = {}


class RuleFile(Strict):
    """A topic: what it is about, its parameters and its rules."""

    about: str
    parameters: dict[str, Parameter] = {}
    rules: dict[str, RuleText] = {}


class Case(Strict):
    """A runner, a rule, and whether it fires for that runner.

    ``forbids``, ``allows``, ``gates`` and ``status`` are about what all rules decide together. ``concludes`` is about
    this rule alone: for a kind of effect some of the exercises, or the scheme, bound or urgency, that it names.
    """

    case: str
    rule: str
    runner: dict[str, Any]
    outcome: Literal["fires", "silent", "asks"]
    forbids: list[Annotated[str, Word("exercises")]] = []
    allows: list[Annotated[str, Word("exercises")]] = []
    gates: list[Annotated[str, Word("gates")]] = []
    status: Literal["train", "modify", "refer", "stop"] | None = None
    concludes: dict[EffectName, list[str]] = {}


class CaseFile(Strict):
    """All of a ``*.cases.yaml``."""

    cases: list[Case]
