"""The shape of ``vocabulary.yaml``, ``parameters.yaml`` and ``schemes.yaml``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field as Bounds

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
]

Number = int | float
Worse = Literal["higher", "lower", "neither"]


class Field(Strict):
    """One field of a kind: its type, range, direction and question."""

    type: Literal["integer", "number", "boolean", "choice", "ref"]
    to: str | None = None
    unit: str | None = None
    range: list[Number] | None = None
    values: list[str] = []
    worse: Worse = "neither"
    change: Literal["training", "time", "no", "ask"] = "ask"
    always: bool = False
    source: str | None = Bounds(default=None, alias="from")
    label: str | None = None
    ask: str | None = None
    how: str | dict[str, str] | None = None
    ask_if: dict[str, list[str]] = {}

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


class Careful(Strict):
    """Two answers that cannot both be true, and which fields then take their worst value."""

    when: dict[str, Any]
    read_worst: list[str]
    say: str


class Run(Strict):
    """A field counted from the latest facts of a kind on, while they meet a test."""

    into: str
    of: str
    test: dict[str, Any] = Bounds(alias="while")


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


_SPOKEN = frozenset({"sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s"})
