"""How what goes in and what comes out is written as JSON, and read back: every thing once, by its id.

In Python an answer holds its exercises, doses and reasons where they belong. As JSON it names them there, and
tells each once under ``by_id``: by the id of the exercise, the scheme or the rule, and from the second one of the same
id on by that id with ``#2``, ``#3``. What has its default is left out, and a whole number is written as one.

A recommendation tells what was decided for this runner. What the pack says to everybody stands in the pack, and is
found there by id: how an exercise is done, what a rule rests on, how a source is cited. What was told stands where it
was told. Written ``whole``, it holds all of that too, and needs neither to be read.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import copy
from functools import cache, reduce
from itertools import pairwise
from json.encoder import encode_basestring as _quoted
from operator import or_
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError, create_model

from prehab.accounts.models import Account, Part, Point
from prehab.conditions import Seen, conditions, looked_at
from prehab.fields import fields_of
from prehab.graph.defaults import default_of
from prehab.graph.faults import InputError
from prehab.graph.files import Document, read_text
from prehab.graph.frozen import FrozenList, frozen, is_sealed
from prehab.graph.models import REQUIRED, Field, declared
from prehab.graph.once import ByNeed
from prehab.graph.schema import Strict, Word, make
from prehab.recommendation import (
    ANY_TEXT,
    Answer,
    Ask,
    Block,
    Condition,
    Daily,
    Dose,
    Explanation,
    Given,
    Reason,
    Recommendation,
    Referral,
    Running,
    Session,
    SourceText,
    Told,
)
from prehab.runner import Runner

if TYPE_CHECKING:
    from prehab.rules.pack import Pack

__all__ = ["SCHEMA_VERSION", "WIDTH", "check_version", "data_of", "from_document", "from_json", "to_json", "wired"]

SCHEMA_VERSION = "2.1"
"""Of the schemas: fields and words are only added within the number before the point. CHANGELOG.md tells them all."""

WIDTH = 120
"""What fits into a line of so many characters is written in one."""

Model = TypeVar("Model", bound=BaseModel)

_ROWS: Mapping[str, tuple[type[BaseModel], str]] = {
    "exercises": (Given, "exercise"),
    "doses": (Dose, "scheme"),
    "reasons": (Reason, "rule"),
    "answers": (Answer, "type"),
}
"""What is told once: the table, what stands in it, and the field that its ids are made of."""

_NAMED: Mapping[type[BaseModel], Mapping[str, str]] = {
    Block: {"exercises": "exercises"},
    Daily: {"exercises": "exercises"},
    Given: {"dose": "doses", "reasons": "reasons"},
    Running: {"reasons": "reasons", "rules": "reasons"},
    Ask: {"answer": "answers"},
    Recommendation: {"advice": "reasons"},
    Explanation: {"dose": "doses", "reasons": "reasons", "permits": "reasons"},
    Point: {"reasons": "reasons"},
}
"""The fields that hold what is told once, with its table."""

_WHOLE = (Recommendation, Explanation, Account)
"""What has tables of its own, and a version. Its ``sources`` stand in them."""

_OF_THE_PACK: Mapping[type[BaseModel], tuple[str, ...]] = {
    Given: ("says", "cues", "progress", "step_back"),
    Reason: ("evidence", "sources", "seeds", "conditions"),
    Referral: ("evidence", "sources", "conditions"),
    Ask: ("answer", "label"),
    Recommendation: ("allowed",),
}
"""What the pack tells, and is only written where the whole is wanted; the first of them always is then."""

_SEEING = (Reason, Referral)
"""What has conditions. Where they are left out, ``seen`` holds what they saw: the rest of them stands in the pack."""

_SHARED = (Reason, Dose, Ask)
"""What an engine remembers and puts into many answers. Unless it is written whole, it holds nothing told once."""

MOST_TEXTS = 2048
"""The texts of so many shared values are kept, with the values, by which they are known."""

_texts: dict[int, tuple[BaseModel, str]] = {}

_REWRITTEN: tuple[type[BaseModel], ...] = (*_NAMED, Session, Dose, Reason, Referral, Part, Account)
_NAMES: Mapping[type[BaseModel], str] = {Running: "RunningAdvice"}
"""Names in the schema, where a runner's part of the same name stands beside it."""


# -- writing -----------------------------------------------------------------------------------------------------------


def to_json(value: BaseModel, *, indent: int | None = None, whole: bool = True) -> str:
    """A value as JSON; the same value gives the same bytes. Without ``indent`` it is one line."""
    text = _Writer(whole).whole(value)
    if indent is not None:
        text = _laid_out(json.loads(text), indent, 0, 0)
    return text + "\n"


def data_of(value: BaseModel, *, whole: bool = True) -> dict[str, Any]:
    """What is written of a value, as plain data: the same as reading ``to_json`` again."""
    data: dict[str, Any] = json.loads(_Writer(whole).whole(value))
    return data


class _Writer:
    """Writes one value; what is told once goes to its tables, which hold texts already."""

    def __init__(self, whole: bool) -> None:
        self.tables: dict[str, dict[str, str]] = {name: {} for name in _ROWS}
        self._whole = whole
        self._known: dict[tuple[str, int], str] = {}

    def whole(self, value: BaseModel) -> str:
        """A value with its version, its sources and its tables, if it is one that has them."""
        if not isinstance(value, _WHOLE):
            return self.model(value)
        parts = [f'"schema_version":{_quoted(SCHEMA_VERSION)}', *self._fields(value)]
        if value.sources:
            parts.append(f'"sources":[{",".join([_quoted(source.id) for source in value.sources])}]')
        tables = dict(self.tables)
        if self._whole:
            tables["sources"] = {source.id: _quoted(source.citation) for source in value.sources}
        told = [f"{_quoted(name)}:{_object(table)}" for name, table in tables.items() if table]
        return "{" + ",".join((*parts, f'"by_id":{{{",".join(told)}}}')) + "}"

    def model(self, value: BaseModel) -> str:
        if self._whole:
            return "{" + ",".join(self._fields(value)) + "}"
        known = _texts.get(id(value))
        if known is None:
            known = value, "{" + ",".join(self._fields(value)) + "}"
            if type(value) in _SHARED and is_sealed(value):
                if len(_texts) >= MOST_TEXTS:
                    _texts.clear()
                _texts[id(value)] = known
        return known[1]

    def _fields(self, value: BaseModel) -> list[str]:
        kind, told = type(value), vars(value)
        written = _fields_of(kind, self._whole)(self, told)
        if not self._whole and kind in _SEEING and told["conditions"]:
            seen = [f"[{_quoted(one.fact)},{self.plain(one.told)}]" for one in told["conditions"]]
            written.append(f'"seen":[{",".join(seen)}]')
        return written

    def plain(self, one: Any) -> str:
        kind = type(one)
        if kind is str:
            return _quoted(one)
        if kind in _kinds:
            return self.model(one)
        if kind is tuple or kind is FrozenList or kind is list:
            return f"[{','.join([_quoted(inner) if type(inner) is str else self.plain(inner) for inner in one])}]"
        if one is None or one is True or one is False:
            return _WORDS[one]
        if kind is int:
            return repr(one)
        if kind is float:
            return repr(int(one) if one.is_integer() else one)
        if isinstance(one, BaseModel):
            _kinds.add(kind)  # of which pydantic takes long to tell it
            return self.model(one)
        if isinstance(one, Mapping):
            return _object({key: self.plain(inner) for key, inner in one.items()})
        return _quoted(one.isoformat())

    def row(self, table: str, value: BaseModel) -> str:
        """The id under which a value is told, as JSON; it is told now if it was not yet."""
        known = self._known.get((table, id(value)))
        if known is None:
            rows, own, row = self.tables[table], getattr(value, _ROWS[table][1]), self.model(value)
            name, number = own, 1
            while rows.setdefault(name, row) != row:
                number += 1
                name = f"{own}#{number}"
            known = self._known[table, id(value)] = _quoted(name)
        return known


_kinds: set[type] = set()
"""The kinds of models that were written."""

_WORDS = {None: "null", True: "true", False: "false"}


def _object(told: Mapping[str, str]) -> str:
    """A JSON object of texts."""
    return "{" + ",".join([f"{_quoted(name)}:{text}" for name, text in told.items()]) + "}"


@cache
def _fields_of(kind: type[BaseModel], whole: bool) -> Callable[[_Writer, Mapping[str, Any]], list[str]]:
    """Writes the fields that a value of this kind has, each with its name: code that is made for the kind.

    What the writer is given are the fields of the value, by name.
    """
    shared = _OF_THE_PACK.get(kind, ())
    left_out = set() if whole else {*shared, "runner"}
    named, always = _NAMED.get(kind, {}), shared[:1] if whole else ()
    known: dict[str, Any] = {"quoted": _quoted}
    lines = ["def fields(writer, told):", " written, plain, row = [], writer.plain, writer.row"]
    for number, (name, default) in enumerate(_defaults(kind).items()):
        if name in left_out:
            continue
        known[f"key{number}"], known[f"default{number}"] = _quoted(name) + ":", default
        if default is _NONE or name in always:
            asked = "True"
        elif default is None:
            asked = "one is not None"
        else:
            asked = f"one is not default{number} and (type(one) is not type(default{number}) or one != default{number})"
        if kind is Given and name == "because":
            asked = "not told['reasons'] or one != told['reasons'][0].because"
        text = "quoted(one) if type(one) is str else plain(one)"
        if name in named:
            row = f"row({named[name]!r}, one)"
            rows = f"'[' + ','.join([{row} for one in one]) + ']'"
            text = f"{rows} if type(one) is tuple else plain(one) if one is None else {row}"
        lines += [f" one = told[{name!r}]", f" if {asked}:", f"  text = {text}"]
        told = "if text != '{}': " if default is _SECTION else ""
        lines.append(f"  {told}written.append(key{number} + text)")
    exec("\n".join((*lines, " return written")), known)
    made: Callable[[_Writer, Mapping[str, Any]], list[str]] = known["fields"]
    return made


_NONE, _SECTION = object(), object()
"""Of a field without a default; and of one whose default is a section of a runner of which nothing was told."""


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """The fields that are written, in order, each with its default; the id of what is told once stands before it."""
    ids = [field for row, field in _ROWS.values() if row is model and model in _REWRITTEN]
    ids += ["sources"] * (model in _WHOLE)
    return {
        name: _NONE if default is REQUIRED else _SECTION if isinstance(default, BaseModel) else default
        for name, default in declared(model).items()
        if name not in ids
    }


def _laid_out(data: Any, indent: int, depth: int, used: int) -> str:
    """JSON text in lines that are filled: ``used`` characters of the first are taken already."""
    flat = json.dumps(data, ensure_ascii=False)
    if not isinstance(data, dict | list) or not data or len(flat) + used < WIDTH:
        return flat
    pad, ends, parts = " " * indent * (depth + 1), "[]", []
    if isinstance(data, dict):
        ends = "{}"
        for key, one in data.items():
            name = json.dumps(key, ensure_ascii=False) + ": "
            parts.append(name + _laid_out(one, indent, depth + 1, len(pad) + len(name)))
    else:
        parts = [_laid_out(one, indent, depth + 1, len(pad)) for one in data]
    lines = [pad + parts[0]]
    for before, part in pairwise(parts):
        fits = len(lines[-1]) + len(part) + 3 <= WIDTH and "\n" not in before and "\n" not in part
        if fits:
            lines[-1] += ", " + part
        else:
            lines[-1] += ","
            lines.append(pad + part)
    return "\n".join((ends[0], *lines, pad[indent:] + ends[1]))


# -- reading -----------------------------------------------------------------------------------------------------------


def from_json(
    model: type[Model], text: str | bytes, *, runner: Runner | None = None, pack: Pack | None = None
) -> Model:
    """What ``to_json`` wrote.

    Names of exercises, injuries and rules are not looked up where all is told: another pack may have others.

    Args:
        model: What was written.
        text: What it was written as.
        runner: Who a recommendation is for, if that is not told in it.
        pack: Where to find what is not told in it; by default the bundled one.

    Raises:
        InputError: It is not such a value; every fault is listed with its place.
    """
    return from_document(model, read_text(text, what=_said(model)), runner=runner, pack=pack)


def from_document(
    model: type[Model], document: Document, *, runner: Runner | None = None, pack: Pack | None = None
) -> Model:
    """The same, of what was read of a file already."""
    data = document.data
    if model in _WHOLE and isinstance(data, Mapping):
        check_version(document)
    try:
        read: Any = wired(model).__pydantic_validator__.validate_json(json.dumps(data, default=str))
    except ValidationError as error:
        raise InputError(document.faults(error, wired(model))) from None
    if model not in _WHOLE:
        return frozen(read)  # type: ignore[no-any-return]
    return frozen(_Reader(document, read, pack).whole(model, read, runner))  # type: ignore[no-any-return]


def _said(model: type[BaseModel]) -> str:
    name = model.__name__.lower()
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def check_version(document: Document) -> None:
    """Refuse what was written in another major version of the schema."""
    version = document.data.get("schema_version")
    if isinstance(version, str) and version.partition(".")[0] != SCHEMA_VERSION.partition(".")[0]:
        message = f"this was written in version {version} of the schema; here it is {SCHEMA_VERSION}"
        told = "Read it with the version of prehab that wrote it, or ask for the answer anew."
        raise InputError([document.fault("other-version", message, ("schema_version",), value=version, help=told)])


class _Reader:
    """Puts what is told once back where it belongs, and what the pack says to everybody."""

    def __init__(self, document: Document, read: Any, pack: Pack | None) -> None:
        self._document = document
        provenance = getattr(read, "provenance", None)
        self._digest = provenance.pack if provenance else None
        self._overrides: Mapping[str, float] = provenance.overrides if provenance else {}
        self._language = provenance.language if provenance else None
        self._whole = getattr(read, "runner", None) is not None
        self._given = pack
        self._checked: Pack | None = None
        self._tables: dict[str, dict[str, Any]] = {}
        self._citations = read.by_id.sources
        for table in tuple(_ROWS)[::-1]:  # reasons and doses first: exercises hold them
            own = _ROWS[table][1]
            rows = getattr(read.by_id, table).items()
            self._tables[table] = {name: self._value(row, {own: name.partition("#")[0]}) for name, row in rows}

    def whole(self, model: type[Model], read: Any, runner: Runner | None) -> Model:
        told = {name: one for name, one in vars(read).items() if name not in ("schema_version", "by_id", "sources")}
        fields = self._fields(model, told)
        if model is Recommendation:
            fields["runner"] = fields["runner"] or runner or Runner()
        return make(model, **fields, sources=tuple(map(self._source, read.sources)))

    def _value(self, one: Any, more: Mapping[str, Any] | None = None) -> Any:
        if type(one) is tuple:
            return tuple(map(self._value, one))
        model = _models().get(type(one))
        return one if model is None else make(model, **self._fields(model, {**(more or {}), **vars(one)}))

    def _fields(self, model: type[BaseModel], told: Mapping[str, Any]) -> dict[str, Any]:
        named = _NAMED.get(model, {})
        made = {}
        for name, one in told.items():
            if name == "seen":
                continue
            if name not in named or one is None:
                made[name] = self._value(one)
            elif type(one) is tuple:
                made[name] = tuple(self._told(named[name], inner) for inner in one)
            else:
                made[name] = self._told(named[name], one)
        if model is Given and made["because"] is None:
            made["because"] = made["reasons"][0].because if made["reasons"] else ""
        shared = _OF_THE_PACK.get(model, ())
        if model is Ask and self._whole and made["answer"] is None:  # so it was up to version 2.0 of the schema
            made["answer"] = ANY_TEXT
        if shared and made[shared[0]] is None:
            made |= self._of_the_pack(model, made, told.get("seen", ()))
        elif shared:
            made |= {name: model.model_fields[name].default for name in shared if made[name] is None}
        return made

    def _of_the_pack(self, model: type[BaseModel], made: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
        """What the pack says of an exercise done in a way, of a rule, of a question, and of what nothing holds back."""
        pack = self._pack()
        if model is Ask:
            return self._of_a_field(made["about"])
        if model is Recommendation:
            kept_back = [one.exercises for one in made["withheld"] if one.kind not in ("refused", "equipment")]
            return {
                "allowed": tuple(key for key in pack.catalogue.exercises if not any(key in ids for ids in kept_back))
            }
        if model is not Given:
            rule = self._in(pack.by_id, "rule", made["rule"])
            told = {name: getattr(rule, name) for name in _OF_THE_PACK[model] if name != "conditions"}
            return {**told, "conditions": self._conditions(rule.id, made["alternative"], seen)}
        exercise = self._in(pack.catalogue.exercises, "exercise", made["exercise"])
        scheme = self._in(pack.schemes, "scheme", made["dose"].scheme)
        told = {name: getattr(scheme, name) for name in ("says", "progress", "step_back")}
        return {**told, "cues": tuple(exercise.cues)}

    def _of_a_field(self, about: str) -> dict[str, Any]:
        """What the pack says of the field that a question asks for."""
        fields = fields_of(self._pack())
        place = fields.at(about)
        if place is None:
            raise InputError([self._document.fault("unknown-field", f"no rule reads `{about}`", value=about)])
        return {"answer": fields.answer(place.kind, place.field), "label": fields.label(*place)}

    def _conditions(self, rule: str, alternative: int, seen: Seen) -> tuple[Condition, ...]:
        """The conditions of a rule with what was seen."""
        if not seen:
            return ()
        pack = self._pack()
        values = {**pack.values, **self._overrides}
        ways = pack.ways[rule]
        patterns = ways[alternative].patterns if alternative < len(ways) else ()
        looks = [(pattern.kind, looked_at(pack, pattern.kind, pattern.tests)) for pattern in patterns]
        if sum(len(tests) for _, tests in looks) != len(seen):
            message = f"`{rule}` has no such conditions"
            raise InputError([self._document.fault("unknown-condition", message, value=rule)])
        try:
            return tuple(conditions(fields_of(pack), values, looks, seen))
        except (KeyError, TypeError, ValueError) as error:
            message = f"what `{rule}` saw does not belong to its conditions"
            raise InputError([self._document.fault("unknown-condition", message, value=rule)]) from error

    def _source(self, name: str) -> SourceText:
        told = self._citations.get(name)
        if told is None:
            told = self._in(self._pack().catalogue.sources, "source", name).citation()
        return make(SourceText, id=name, citation=told)

    def _pack(self) -> Pack:
        """The pack to look into: the one that the answer was made with."""
        if self._checked is None:
            from prehab.engine import languages_of, load_bundled_pack

            pack = self._given or load_bundled_pack()
            if self._digest not in (None, pack.digest):
                message = (
                    f"this was written with another pack ({self._digest[:12]}, not {pack.digest[:12]}), and not whole"
                )
                told = "Give that pack, or write answers that are to outlive it with `to_json(whole=True)`."
                raise InputError([self._document.fault("other-pack", message, ("provenance", "pack"), help=told)])
            if self._language not in (None, pack.messages.language):
                pack = languages_of(pack).said(self._language)
            self._checked = pack
        return self._checked

    def _in(self, there: Mapping[str, Any], kind: str, name: str) -> Any:
        if name not in there:
            raise InputError([self._document.fault(f"unknown-{kind}", f"the pack has no {kind} `{name}`", value=name)])
        return there[name]

    def _told(self, table: str, name: str) -> Any:
        rows = self._tables[table]
        if name not in rows:
            message = f"`{name}` is named, and is not told in `by_id`"
            place = ("by_id", table)
            raise InputError(
                [self._document.fault(f"unknown-{table[:-1]}", message, place, value=name, allowed=tuple(rows))]
            )
        return rows[name]


# -- the shape that is written -----------------------------------------------------------------------------------------


def wired(model: type[BaseModel]) -> type[BaseModel]:
    """The shape of a model as it is written: what is told once is named by its id."""
    return _wired[model] if model in _REWRITTEN else model


def _rewire(model: type[BaseModel]) -> type[BaseModel]:
    named, shared = _NAMED.get(model, {}), _OF_THE_PACK.get(model, ())
    fields: dict[str, Any] = {"schema_version": _VERSION} if model in _WHOLE else {}
    for name in _defaults(model):
        field: Any = model.model_fields[name]
        kind, default, said = _rewritten(field.annotation, by_name=name in named), default_of(field), field.description
        if name in named:
            said = f"{said} Named by its id in `by_id.{named[name]}`."
        if name in shared or (name in _KNOWN and model in (Given, Recommendation)):
            kind, default, said = kind | None, None, f"{said} {_KNOWN.get(name, _PACKED)}"
        fields[name] = (kind, copy(field) if said == field.description else Field(default, description=said))
    if model in _SEEING:
        fields["seen"] = (tuple[tuple[str, Told], ...], Field(default=(), description=_SEEN))
    if model in _WHOLE:
        said = str(model.model_fields["sources"].description)
        fields["sources"] = (tuple[_SOURCE, ...], Field(default=(), description=said))
        fields["by_id"] = (_by_id(), Field(description="Everything that is named above, told once."))
    made: Any = create_model(_NAMES.get(model, model.__name__), __base__=Strict, __doc__=model.__doc__, **fields)
    return made


_wired = ByNeed(_rewire)
"""Threads that ask at once are given the same one: what was read is told by its class."""

_KNOWN = {
    "allowed": "Only where the whole was asked for: else it is every exercise of the graph that `withheld` does not "
    "name, or only as refused or for want of equipment.",
    "because": "Left out where it is the sentence of the first of its reasons.",
    "runner": "Only where the whole was asked for.",
}
_PACKED = "Only where the whole was asked for: it is the same for everybody, and stands in the pack."
_SEEN = (
    "Where the conditions are left out: of each the fact that it looked at, and the value that was told; in the order "
    "of the rule."
)
_SOURCE = Annotated[str, Word("sources")]
_NAME = Annotated[str, Field(min_length=1)]
_VERSION = (
    Annotated[str, Field(pattern=r"^2\.[0-9]+$")],
    Field(description="The version of this shape: fields are only added within the number before the point."),
)


@cache
def _by_id() -> type[BaseModel]:
    told = {
        "exercises": "The exercises of the week.",
        "doses": "How much of them.",
        "reasons": "Every reason that is given.",
        "answers": f"How the questions are answered. {_PACKED}",
    }
    more = " By id; from the second one of the same id on with #2, #3."
    fields: dict[str, Any] = {
        name: (dict[str, wired(_ROWS[name][0])], Field(default={}, description=text + more))  # type: ignore[misc]
        for name, text in told.items()
    }
    fields["sources"] = (dict[str, str], Field(default={}, description=f"How the publications are cited. {_PACKED}"))
    return create_model("ById", __base__=Strict, __doc__="What is told once, by id.", **fields)


@cache
def _models() -> dict[type[BaseModel], type[BaseModel]]:
    """What each rewritten shape stands for."""
    return {wired(model): model for model in _REWRITTEN}


def _rewritten(annotation: Any, *, by_name: bool) -> Any:
    """The type of a field as it is written: with names of what it holds, or with that rewritten in turn."""
    if by_name and annotation in (row for row, _ in _ROWS.values()):
        return _NAME
    if annotation in _REWRITTEN:
        return wired(annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return tuple[tuple(_rewritten(part, by_name=by_name) for part in parts)]  # type: ignore[misc]
    if origin in (Union, UnionType):
        return reduce(or_, (_rewritten(part, by_name=by_name) for part in parts))
    return annotation
