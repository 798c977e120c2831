"""The shape of ``vocabulary.yaml``, ``parameters.yaml`` and ``schemes.yaml``."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from prehab.graph.models import Field as Bounds
from prehab.graph.schema import Strict, Word

__all__ = [
    "Aggregate",
    "AggregateKind",
    "Careful",
    "Channel",
    "Derived",
    "Field",
    "Gate",
    "Implied",
    "Kind",
    "Parameter",
    "Run",
    "Scheme",
    "Vocabulary",
    "channel_word",
    "one_of",
]

Number = int | float
Worse = Literal["higher", "lower", "neither"]


class Field(Strict):
    """One field of a kind: its type, range, direction and question.

    ``tried_by`` is an exercise that finding the answer out comes to, for a kind with keys one for each that has one:
    whoever is not to do that is not asked.
    """

    type: Literal["integer", "number", "boolean", "choice", "ref"]
    to: str | None = None
    unit: str | None = None
    range: list[Number] | None = None
    values: list[str] = []
    worse: Worse = "neither"
    change: Literal["training", "time", "no", "ask"] = "ask"
    counts_time: bool = False
    health: bool = False
    always: bool = False
    source: str | None = Bounds(default=None, alias="from")
    label: str | None = None
    says: str | None = None
    ask: str | None = None
    how: str | dict[str, str] | None = None
    ask_if: dict[str, list[str | bool]] = {}
    tried_by: str | dict[str, str] | None = None

    def worst(self) -> Any:
        """The value that calls for the most care, or ``None`` where no direction is given."""
        if self.worse == "neither":
            return None
        last = self.worse == "higher"
        if self.type == "boolean":
            return last
        if self.type == "choice":
            return self.values[-1 if last else 0]
        return (self.range or [0, 0])[1 if last else 0]

    def worse_of(self, one: Any, other: Any) -> Any:
        """Which of two known values of a field with a direction is worse."""
        if self.type == "choice":
            return (max if self.worse == "higher" else min)(one, other, key=self.values.index)
        return (max if self.worse == "higher" else min)(one, other)

    def best(self) -> Any:
        """The value that calls for the least care, or ``None`` where no direction is given."""
        if self.worse == "neither":
            return None
        last = self.worse == "lower"
        if self.type == "boolean":
            return last
        if self.type == "choice":
            return self.values[-1 if last else 0]
        return (self.range or [0, 0])[1 if last else 0]


class Kind(Strict):
    """A kind of fact."""

    cardinality: Literal["one", "fixed", "many"] = Bounds(alias="is")
    keys: dict[str, list[str] | str] = {}
    more: Literal["worse", "better", "neither"] = "neither"
    health: bool = False
    source: str | None = Bounds(default=None, alias="from")
    fields: dict[str, Field]


class Aggregate(Strict):
    """A field worked out over all facts of a kind: the greatest or least value, words in the order of the vocabulary;
    how many facts there are; whether anything is so of any.

    ``empty`` is its value where there is no fact; unknown where it is left out.
    """

    take: Literal["max", "min", "count", "any"]
    of: str
    worse: Worse
    empty: Number | bool | str | None = None


class AggregateKind(Strict):
    """A fact of kind ``one`` whose fields are aggregates."""

    fields: dict[str, Aggregate]


class Implied(Strict):
    """An answer that speaks for others which were not given: those then take their best value."""

    when: dict[str, Any]
    read_best: list[str]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class Careful(Strict):
    """Answers that cannot all be true, and the fields that then take their worst value.

    ``when``: patterns of which each finds a fact. ``of``: the kind whose answers are read; by default that of the first
    pattern. A pattern of that kind is about the very fact that is read. Where a leg is read because of a complaint, it
    is the leg that the complaint is about.
    """

    when: Annotated[list[dict[str, Any]], BeforeValidator(_listed), Bounds(min_length=1)]
    of: str | None = None
    read_worst: list[str] = []
    say: str


class Run(Strict):
    """A field that the log answers too. Of what is told and what the log shows the worse one counts.

    ``take``: ``days_in_row``, on how many of the latest days a session met ``while``, one after the other; ``days``, on
    how many days one met ``while``, a pattern or several of which one is enough; ``latest``, the worst value of the
    field ``of`` on the latest day; ``weeks_since``, how long ago the latest session was.

    ``loads`` names the load from which on a session counts for a complaint: with an exercise that puts so much on a
    structure that its injury affects. Then only sessions count since it began, or of the last ``new_days`` where nobody
    said when. ``within_days`` bounds their age. ``next_day`` are fields that nobody can know on the day of the session.
    ``say`` tells the runner that the log decided, ``lacks`` that a session said too little to count.
    """

    into: str
    of: str
    take: Literal["days_in_row", "days", "latest", "weeks_since"] = "days_in_row"
    test: Annotated[list[dict[str, Any]], BeforeValidator(_listed)] = Bounds(default=[], alias="while")
    loads: str | None = None
    within_days: str | None = None
    new_days: str | None = None
    next_day: list[str] = []
    say: str = "The log shows {log}; you say {told}. The more careful one counts."
    lacks: str | None = None


class Derived(Strict):
    """A kind of fact that rules conclude."""

    side: Literal["permit", "caution"]
    says: str
    fields: dict[str, Field]


class Gate(Strict):
    """Something that opens and closes: a phase or a class of jumps."""

    name: str
    phase: Annotated[str, Word("phases")] | None = None


class Channel(Strict):
    """What a limit may bound."""

    unit: str
    safe: Literal["cap", "floor"]
    range: list[Number] | None = None
    values: list[str] = []
    runner: bool = False


def channel_word(channel: str) -> str:
    """The word for what a channel bounds: its id without its unit."""
    return re.sub("_(deg|h|s|rpe)$", "", channel)


def one_of(unit: str) -> str:
    """A unit of which there is one: a day a week, where days a week are many."""
    what, each, rest = unit.partition(" a ")
    return unit if unit.endswith("0-10") else f"{what.removesuffix('s')}{each}{rest}"


class Vocabulary(Strict):
    """All of ``vocabulary.yaml``."""

    kinds: dict[str, Kind]
    aggregates: dict[str, AggregateKind]
    runs: list[Run]
    implied: list[Implied] = []
    careful: list[Careful]
    derived: dict[str, Derived]
    gates: dict[str, Gate]
    channels: dict[str, Channel]


class Parameter(Strict):
    """A number that rules use: its value, unit, permitted range and source."""

    value: Number
    unit: str
    range: Annotated[list[Number], Bounds(min_length=2, max_length=2)]
    note: str | None = None
    at_most: str | None = None
    sources: list[Annotated[str, Word("sources")]] = []
    consensus: bool = False
    seeds: list[Annotated[str, Word("claims")]] = []


Span = Annotated[list[Number], Bounds(min_length=2, max_length=2)]


class Scheme(Strict):
    """A way of dosing: ranges for everything, where to start, and how careful it is.

    ``caution`` orders the schemes: of several prescribed for one exercise the highest says how it is done, and the
    lowest end of any of them is the most that may be given. ``start_reps`` are the repetitions to begin with where
    those that go with a light weight are not the fewest. ``pain_limit`` is given by schemes for what hurts.
    ``ramp_pct`` are the lighter sets before the first set of a main lift, in percent of the working weight. ``rep_s``
    is about how long a repetition takes, where that is not what most take.
    """

    name: str
    says: str
    caution: Annotated[int, Bounds(ge=1, le=100)]
    modes: Annotated[list[Annotated[str, Word("modes")]], Bounds(min_length=1)]
    sets: Span
    reps: Span | None = None
    start_reps: Annotated[int, Bounds(ge=1, le=100)] | None = None
    hold_s: Span | None = None
    contacts: Span | None = None
    rep_s: Annotated[float, Bounds(gt=0, le=600)] | None = None
    effort_rpe: Span
    reps_in_reserve: Span | None = None
    load: Annotated[list[Literal["none", "light", "moderate", "heavy"]], Bounds(min_length=2, max_length=2)]
    load_text: str
    tempo: str | None = None
    ramp_pct: Annotated[list[Annotated[int, Bounds(ge=10, le=95)]], Bounds(max_length=5)] = []
    rest_s: Span
    sessions_per_week: Span
    pain_limit: Annotated[int, Bounds(ge=0, le=10)] | None = None
    daily: bool = False
    progress: str
    step_back: str
    evidence: Literal["high", "moderate", "low", "consensus"]
    sources: list[Annotated[str, Word("sources")]] = []
    consensus: bool = False
    seeds: list[Annotated[str, Word("claims")]] = []

    def span(self, channel: str) -> tuple[Any, Any] | None:
        """The range of a channel that the scheme itself speaks about, numbers or words of load, the lower end first."""
        if channel == "external_load":
            return self.load[0], self.load[1]
        found = getattr(self, channel) if channel in _SPOKEN else None
        return (found[0], found[1]) if found else None

    def most(self) -> dict[str, Any]:
        """The most that the scheme itself gives, by what is given: numbers, and a word of load."""
        spans = {name: getattr(self, name) for name in _MEASURED}
        found = {name: span[1] for name, span in spans.items() if span}
        found["external_load"] = self.load[1]
        return found if self.pain_limit is None else {**found, "pain_limit": self.pain_limit}


_MEASURED = ("sets", "reps", "hold_s", "contacts", "effort_rpe", "sessions_per_week")
_SPOKEN = frozenset({"sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s"})
