"""The shape of the graph's files: one pydantic model per kind of node.

The same classes serve authors (validated, with the word lists as context) and a running program (built without
validation from the compiled pack, whose contents were validated when it was compiled).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from prehab.graph.frozen import Told, Values, frozen
from prehab.graph.models import REQUIRED, Field, Made, declared

__all__ = [
    "READ_AS",
    "Aggravator",
    "Claim",
    "Contrast",
    "Exercise",
    "Implication",
    "Injury",
    "Input",
    "Listed",
    "Order",
    "RedFlag",
    "Source",
    "Sourced",
    "Stage",
    "Strict",
    "Treatment",
    "UsualSign",
    "Word",
    "Work",
    "altered",
    "make",
    "noun",
    "validated",
]


Model = TypeVar("Model", bound=BaseModel)
Item = TypeVar("Item")

if TYPE_CHECKING:
    Listed = Sequence[Item]
    """A list, as it may be given; it is kept as a tuple."""
else:
    Listed = tuple[Item, ...]

_set_values, _set_told, _set_extra, _set_private = (
    BaseModel.__dict__[slot].__set__
    for slot in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)


def make(model: type[Model], /, **values: Any) -> Model:
    """An instance of values that are right by construction: ``model_construct``, several times faster.

    A pack and a recommendation hold hundreds of small objects; building them is most of the time. A test compares what
    is made here with what validation makes of the same values. Whatever is made so can be shared: it is sealed.
    """
    blank, every = _blanks[model]
    return _made(model, blank, values, every if len(values) == len(every) else Told(values))


def altered(instance: Model, /, **changes: Any) -> Model:
    """A copy with other values, which are right by construction."""
    told = instance.__pydantic_fields_set__
    if type(told) is not Told or not told.issuperset(changes):
        told = Told(told | changes.keys())
    return _made(type(instance), instance.__dict__, changes, told)


def _made(model: type[Model], values: dict[str, Any], changes: dict[str, Any], told: set[str]) -> Model:
    instance = object.__new__(model)
    made = Values(values)
    dict.update(made, changes)  # which it refuses to whoever asks it
    _set_values(instance, made)
    _set_told(instance, told)
    _set_extra(instance, None)
    _set_private(instance, None)
    return instance


class _Blanks(dict[type[BaseModel], tuple[dict[str, Any], set[str]]]):
    """Every field in its order, with its default; and their names, which all instances with every field told share."""

    def __missing__(self, model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
        blank = {name: None if told is REQUIRED else frozen(told) for name, told in declared(model).items()}
        self[model] = blank, Told(blank)
        return self[model]


_blanks = _Blanks()


class Strict(BaseModel, metaclass=Made):  # type: ignore[metaclass]
    """A frozen model that refuses unknown fields and does not bend types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True, allow_inf_nan=False)

    def __hash__(self) -> int:
        return hash(frozenset(self.__dict__.items()))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """As ever, once the defaults that are models can be written: before 2.14 pydantic does not see to that."""
        for field in cls.model_fields.values():
            if isinstance(field.default, BaseModel):
                type(field.default).model_rebuild()
        return handler(schema)

    if not TYPE_CHECKING:  # a type checker knows already that it is frozen

        def __setattr__(self, name: str, value: Any) -> None:
            if name.startswith("_"):  # which pydantic lets through, even in a frozen model
                raise AttributeError(f"`{name}` of a {type(self).__name__} cannot be set")
            super().__setattr__(name, value)

        def __delattr__(self, name: str) -> None:
            if name.startswith("_"):
                raise AttributeError(f"`{name}` of a {type(self).__name__} cannot be deleted")
            super().__delattr__(name)


class Input(Strict):
    """A model that people fill in. Whoever makes one gets an ``InputError`` with every fault and its place.

    So it is however it is made: ``Runner(…)``, ``Runner.model_validate(…)``, ``engine.runner(…)``. Inside another
    pydantic model, as in a web framework, pydantic collects what is wrong as of any field, and raises its own error.
    """

    if not TYPE_CHECKING:  # a type checker knows the fields from their declarations

        def __init__(self, /, **data):
            try:
                super().__init__(**data)
            except ValidationError as error:
                raise _told(error, type(self), data) from None

        __init__.__pydantic_base_init__ = True  # so that pydantic does not call it for a field of another model

        @classmethod
        def model_validate(cls, obj, **how):
            try:
                return super().model_validate(obj, **how)
            except ValidationError as error:
                raise _told(error, cls, obj) from None

        @classmethod
        def model_validate_json(cls, json_data, **how):
            try:
                return super().model_validate_json(json_data, **how)
            except ValidationError as error:
                from pydantic_core import from_json

                broken = any(one["type"] == "json_invalid" for one in error.errors(include_url=False))
                raise _told(error, cls, None if broken else from_json(json_data)) from None


def _told(error: ValidationError, model: type[BaseModel], data: Any) -> Exception:
    from prehab.graph.faults import InputError
    from prehab.graph.files import Document

    return InputError(Document(data).faults(error, model))


def validated(model: type[Model], data: Any, context: Mapping[str, Any] | None = None) -> Model:
    """A model of data, with the words that it may name.

    Raises:
        ValidationError: What pydantic found, for whoever knows more of where the data came from.
    """
    made: Model = model.__pydantic_validator__.validate_python(data, context=context)
    return made


def noun(kind: str) -> str:
    """Name one word of a list: ``injury`` for ``injuries``."""
    return (kind[:-3] + "y" if kind.endswith("ies") else kind.removesuffix("s")).replace("_", " ")


class Word:
    """Text that must be one of the words of ``kind``; the words come in the validation context.

    Where the context knows what else they are called (``prehab.graph.called``), a name becomes the id it stands for.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def _check(self, word: str, info: ValidationInfo) -> str:
        known = (info.context or {}).get(self.kind)
        if known is not None and word not in known:
            meant = getattr(known, "meant", None)
            if meant is not None and (found := meant(word)) is not None:
                return str(found)
            code = f"unknown_{noun(self.kind).replace(' ', '_')}"
            said = f"unknown {noun(self.kind)} `{{word}}`"
            raise PydanticCustomError(code, said, {"word": word, "allowed": tuple(known)})
        return word

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Text, marked with its list: the words are another matter."""
        return {**handler(schema), "x-word": self.kind}


Text = Annotated[str, Field(min_length=1, max_length=1000)]
Basis = Literal["measured", "placed", "judged"]


class Sourced(Strict):
    """What has to say what it rests on: publications, or openly the consensus of those who wrote it."""

    sources: list[Annotated[str, Word("sources")]] = []
    consensus: bool = False


class Exercise(Sourced):
    """One exercise: what it is, what it trains, what it loads and what follows it."""

    id: str
    family: str
    name: Text
    aliases: list[Text] = []
    pattern: Annotated[str, Word("patterns")]
    phase: Annotated[str, Word("phases")]
    modes: Annotated[list[Annotated[str, Word("modes")]], Field(min_length=1)]
    sides: Annotated[str, Word("sides")]
    position: Annotated[str, Word("positions")]
    impact: Annotated[int, Field(ge=0, le=4)]
    skill: Annotated[int, Field(ge=1, le=4)]
    external_load: Annotated[str, Word("external_load")]
    explosive: Annotated[str, Word("explosive")]
    needs: list[Annotated[list[Annotated[str, Word("equipment")]], Field(min_length=1)]]
    trains: dict[Annotated[str, Word("muscles")], Literal["primary", "secondary"]]
    loads: dict[Annotated[str, Word("structures")], Annotated[int, Field(ge=1, le=5)]]
    load_basis: dict[Annotated[str, Word("structures")], Basis] = {}
    features: list[Annotated[str, Word("features")]] = []
    osteogenic: Annotated[int, Field(ge=0, le=3)]
    builds: list[Annotated[str, Word("adaptations")]] = []
    progresses_to: list[Annotated[str, Word("exercises")]] = []
    substitutes: list[Annotated[str, Word("exercises")]] = []
    step_notes: dict[Annotated[str, Word("exercises")], Text] = {}
    free_standing: Text | None = None
    cues: Annotated[list[Text], Field(min_length=1, max_length=4)]
    seeds: list[Annotated[str, Word("claims")]] = []


class Implication(Sourced):
    """A muscle that an injury involves."""

    muscle: Annotated[str, Word("muscles")]
    role: Literal["weak", "target", "protective"]


class Aggravator(Sourced):
    """Something that makes an injury worse: a feature, or load on a structure from a level on."""

    feature: Annotated[str, Word("features")] | None = None
    load: Annotated[str, Word("structures")] | None = None
    at_least: Annotated[int, Field(ge=1, le=5)] | None = None


class Treatment(Sourced):
    """An exercise that serves an injury at a stage."""

    exercise: Annotated[str, Word("exercises")]
    stage: Annotated[str, Word("stages")]


def _steps(value: Any) -> Any:
    """A step with one exercise may be written as that exercise."""
    return [[one] if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


Amounts = Annotated[list[Annotated[int, Field(ge=1, le=300)]], Field(min_length=2, max_length=2)]


class Work(Sourced):
    """One thing that a stage of an injury should be trained with: which exercises, how much, how often.

    ``steps`` go from the easiest to the hardest; those of one step do the same with other tools. Amounts are what to
    begin with and what to work up to, of each side: ``reps`` may fall while the weight grows. ``days_per_week`` goes
    from the fewest to the most.
    """

    what: Text
    steps: Annotated[
        list[Annotated[list[Annotated[str, Word("exercises")]], Field(min_length=1)]],
        BeforeValidator(_steps),
        Field(min_length=1),
    ]
    sets: Amounts
    reps: Amounts | None = None
    hold_s: Amounts | None = None
    contacts: Amounts | None = None
    days_per_week: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(min_length=2, max_length=2)]
    times_per_day: Annotated[int, Field(ge=1, le=4)] = 1
    note: Text | None = None


class Stage(Sourced):
    """One stage of getting over an injury: what it is for, what to train it with, how it is dosed, and what ends it.

    ``weeks`` is how long it takes from the fewest weeks to the most, where that is known.

    The criteria are in words and in tests; the numbers they are held to have their one home in the rules.
    """

    goal: Text
    programme: list[Work] = []
    weeks: Annotated[list[Annotated[int, Field(ge=0, le=104)]], Field(min_length=2, max_length=2)] | None = None
    doses: list[Annotated[str, Word("doses")]] = []
    tests: list[Annotated[str, Word("tests")]] = []
    move_on: Text
    step_back: Text


class RedFlag(Sourced):
    """A sign that sends a runner with this injury to a clinician."""

    flag: Annotated[str, Word("red_flags")]
    urgency: Literal["routine", "urgent", "emergency"]
    why: Text


class UsualSign(Sourced):
    """A sign of bone that belongs to an injury anyway: how little of it speaks for the bone in spite of that, and why.

    ``some``: what the rules call more than a little (of a sign that is there or not: beside pain at rest or at night);
    ``much``: what they call a lot; ``nothing``: it says nothing about the bone here.
    """

    sign: Annotated[str, Word("bone_signs")]
    tells: Literal["nothing", "much", "some"]
    why: Text


class Contrast(Strict):
    """How two injuries that feel alike are told apart."""

    injury: Annotated[str, Word("injuries")]
    how: Text


class Injury(Sourced):
    """One injury, or pain known only by its place (``unnamed``)."""

    id: str
    name: Text
    plain: Text
    aliases: list[Text] = []
    region: Annotated[str, Word("regions")]
    tissue: Annotated[str, Word("tissues")]
    high_risk: bool = False
    unnamed: bool = False
    affects: Annotated[dict[Annotated[str, Word("structures")], Literal["main", "also"]], Field(min_length=1)]
    implicates: list[Implication] = []
    aggravated_by: list[Aggravator] = []
    stages: Annotated[dict[Annotated[str, Word("stages")], Stage], Field(min_length=1)]
    treated_by: list[Treatment] = []
    red_flags: list[RedFlag] = []
    usual_signs: list[UsualSign] = []
    told_apart_from: list[Contrast] = []
    note: Text | None = None
    seeds: list[Annotated[str, Word("claims")]] = []


READ_AS = {
    "full_text": "read: the full text",
    "abstract": "read: the abstract",
    "guideline_summary": "read: a summary of the guideline",
    "secondary": "read: what others report of it",
}


class Source(Strict):
    """A publication.

    Attributes:
        doi: Only where it was confirmed beside the title.
        read_as: How much of it whoever cites it has read; where that is not certain, the weaker. From the strongest:
            ``full_text``, ``abstract``, ``guideline_summary``, ``secondary`` (other publications, a record of its
            title). ``None``: not said.
    """

    id: str
    authors: Text
    year: Annotated[int, Field(ge=1900, le=2100)] | None
    title: Text
    journal: Text | None
    doi: Annotated[str, Field(pattern=r"^10\.\d{4,9}/\S+$")] | None
    kind: Annotated[str, Word("study_kinds")]
    size: Text | None = None
    read_as: Literal["full_text", "abstract", "guideline_summary", "secondary"] | None = None

    def citation(self) -> str:
        """Authors. Title. Journal, year. What was read of it. DOI link where there is one."""
        parts = [self.authors.rstrip("."), self.title.rstrip(".")]
        where = ", ".join(str(part) for part in (self.journal, self.year) if part)
        link = f" https://doi.org/{self.doi}" if self.doi else ""
        read = f" [{READ_AS[self.read_as]}]" if self.read_as else ""
        return ". ".join(part for part in [*parts, where] if part) + "." + read + link


class Order(Strict):
    """A published ranking of exercises by the load on a structure, or by impact where it names none.

    ``values`` are what the publication gives, in ``unit``; the middle stands for a range. Our levels must
    rank the same exercises alike: Spearman's coefficient at least ``agrees_at_least``.
    """

    id: str
    source: Annotated[str, Word("sources")]
    structure: Annotated[str, Word("structures")] | None = None
    measures: Text
    unit: Text
    sample: Text
    values: Annotated[dict[Annotated[str, Word("exercises")], float], Field(min_length=3)]
    agrees_at_least: Annotated[float, Field(ge=0, le=1)]
    note: Text | None = None

    def levels(self, exercises: Mapping[str, Exercise]) -> dict[str, int]:
        """Our level for each exercise that it ranks."""
        if self.structure is None:
            return {key: exercises[key].impact for key in self.values}
        return {key: exercises[key].loads.get(self.structure, 0) for key in self.values}

    def agreement(self, exercises: Mapping[str, Exercise]) -> float:
        """Spearman's rank correlation of what was published with our levels, -1 to 1; 0 where one side is all equal."""
        from statistics import StatisticsError, correlation

        levels = self.levels(exercises)
        ranks = [_ranks([float(table[key]) for key in self.values]) for table in (self.values, levels)]
        try:
            return correlation(*ranks)
        except StatisticsError:
            return 0.0


def _ranks(values: list[float]) -> list[float]:
    """The place of each value; equal values share the middle of their places."""
    order = sorted(values)
    return [order.index(value) + (order.count(value) + 1) / 2 for value in values]


class Claim(Strict):
    """One claim that the project set out to embody."""

    id: str
    about: Literal["exist", "do"]
    says: Text
