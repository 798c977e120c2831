"""JSON Schemas (draft 2020-12) of what is read and written, out of the models, the vocabulary and the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from prehab.accounts.models import Account
from prehab.boundaries.models import Boundaries
from prehab.judge import Plan, Verdict
from prehab.judge.verdict import CODES
from prehab.population import told_kinds
from prehab.recommendation import Explanation, Recommendation
from prehab.records.models import Record, Replay
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field
from prehab.runner import Runner, Section
from prehab.unlock.models import Unlock
from prehab.wire import SCHEMA_VERSION, wired

__all__ = ["DRAFT", "MODELS", "schema_of", "told_fields"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

MODELS: Mapping[str, type[BaseModel]] = {
    "runner": Runner,
    "recommendation": Recommendation,
    "explanation": Explanation,
    "account": Account,
    "unlock": Unlock,
    "boundaries": Boundaries,
    "record": Record,
    "replay": Replay,
    "plan": Plan,
    "verdict": Verdict,
}
"""What has a schema."""

Said = dict[str, Any]

_ONE_OF = {
    "Complaint": (("injury", "region"), True),
    "LoggedSession": (("days_ago", "date"), False),
}
"""Fields of which one is needed, and whether it may be both."""

_ANY_VALUE = ["array", "boolean", "null", "number", "object", "string"]
"""What JSON may hold. Generators of types take a part without a type for an object."""


def schema_of(what: str, pack: Pack) -> Said:
    """The JSON Schema of one of ``MODELS``, with the ids of a pack.

    It refuses what prehab refuses, save what JSON Schema cannot say: a session after ``today``, and a whole number that
    is written with a decimal point.
    """
    made = wired(MODELS[what]).model_json_schema()
    schema = {"$schema": DRAFT, "$id": f"urn:prehab:{what}:{SCHEMA_VERSION}", **made}
    parts = {schema["title"]: schema, **schema.get("$defs", {})}
    if "Runner" in parts:
        for path, field, key in told_fields(pack):
            _describe(parts, path, _text(path[-1], field, key))
        for section in Section.__subclasses__():
            _takes_nothing(parts[section.__name__])
        for name, (fields, both) in _ONE_OF.items():
            parts[name]["not"] = _none_or_too_many(fields, both)
    if what == "verdict":
        parts["Finding"]["properties"]["code"]["enum"] = list(CODES)
        parts["Change"]["properties"]["value"]["type"] = _ANY_VALUE
    for part in parts.values():
        for one in part["properties"].values():
            _describe_as_its_type(parts, one)
    used: dict[str, Said] = {}
    told: Said = _with_ids(_tidy(schema), _ids(pack), used)
    if used:
        told["$defs"] = {**told.get("$defs", {}), **dict(sorted(used.items()))}
    return told


def told_fields(pack: Pack) -> Iterator[tuple[tuple[str, ...], Field, tuple[str, ...]]]:
    """Each place in a runner file, without numbers of entries, with its field in the vocabulary and whose it is."""
    for name, kind in told_kinds(pack).items():
        source = name if kind.source is None else kind.source
        if source.startswith("@"):
            continue
        top = tuple(part for part in source.split(".") if part)
        keys: Iterable[tuple[str, ...]] = [()]
        if kind.cardinality == "fixed":
            (values,) = kind.keys.values()
            keys = [(key,) for key in values]
        for label, field in kind.fields.items():
            place = label if field.source is None else field.source
            path = tuple(part for part in place.split(".") if part)
            for key in keys:
                yield (*top, *key, *path), field, key


def _text(label: str, field: Field, key: tuple[str, ...]) -> str:
    """What a field means: its question, how to test it, its unit."""
    said = field.ask or (field.label or label.replace("_", " ")).capitalize() + "."
    how = field.how if isinstance(field.how, str) else (field.how or {}).get(*key) if key else None
    name = "this" if key and key[0] in ("left", "right") else key[0].replace("_", " ") if key else ""
    said = " ".join(filter(None, (said, how))).replace("the {key} leg", "this leg").replace("{key}", name)
    unit = field.unit
    return f"{said} Unit: {unit}." if unit else said


def _describe(parts: Mapping[str, Said], path: tuple[str, ...], text: str) -> None:
    """Say what a place of a runner means, unless the model says it."""
    part: Said = parts["Runner"]
    for number, name in enumerate(path):
        part = _inside(parts, part)
        if name not in part.get("properties", {}):
            return
        part = part["properties"][name]
        if number + 1 == len(path):
            part.setdefault("description", text)


def _describe_as_its_type(parts: Mapping[str, Said], part: Said) -> None:
    """A field that holds an object, and says nothing of its own, means what that means."""
    one = next((one for one in (part, *part.get("anyOf", ())) if "$ref" in one), None)
    if one is not None and "description" not in part:
        part["description"] = parts[one["$ref"].rpartition("/")[2]]["description"]


def _inside(parts: Mapping[str, Said], part: Said) -> Said:
    """The object that a place holds, or a list of them."""
    while True:
        if "$ref" in part:
            part = parts[part["$ref"].rpartition("/")[2]]
        elif "items" in part:
            part = part["items"]
        elif "anyOf" in part and "properties" not in part:
            part = part["anyOf"][0]
        else:
            return part


def _none_or_too_many(fields: Iterable[str], both: bool) -> Said:
    """What is refused of fields of which one is needed. Said so that the object keeps one type in other languages."""
    nothing = {"properties": {field: {"type": "null"} for field in fields}}
    if both:
        return nothing
    each = {"required": list(fields), "properties": {field: {"not": {"type": "null"}} for field in fields}}
    return {"anyOf": [nothing, each]}


def _takes_nothing(part: Said) -> None:
    """A null in a section says as much as leaving it out."""
    for name, one in part["properties"].items():
        if {"type": "null"} in one.get("anyOf", ()):
            continue
        kept = {key: one[key] for key in ("description", "default") if key in one}
        rest = {key: value for key, value in one.items() if key not in kept}
        part["properties"][name] = {**kept, "anyOf": [rest, {"type": "null"}]}


def _tidy(part: Any, *, root: bool = True, named: bool = False) -> Any:
    """The same without titles and defaults that say nothing, and pairs as lists of two."""
    if isinstance(part, list):
        return [_tidy(one, root=False) for one in part]
    if not isinstance(part, dict):
        return part
    if named:  # names of fields or of definitions
        return {name: _tidy(one, root=False) for name, one in part.items()}
    made = {
        word: _tidy(one, root=False, named=word in ("properties", "$defs")) if word not in ("default", "enum") else one
        for word, one in part.items()
        if not (word == "title" and not root) and not (word == "default" and one in (None, [], {}))
    }
    if (items := made.get("prefixItems")) and all(one == items[0] for one in items):
        del made["prefixItems"]
        made["items"] = items[0]
    if made.get("type") == "object" and "properties" not in made:
        made.setdefault("additionalProperties", True)  # which pydantic does not say before 2.11
    return made


def _ids(pack: Pack) -> dict[str, tuple[str, ...]]:
    """The ids of each kind that a schema may name."""
    catalogue = pack.catalogue
    return {
        "exercises": tuple(catalogue.exercises),
        "injuries": catalogue.named_injuries,
        "entries": tuple(catalogue.injuries),
        "regions": tuple(catalogue.words["regions"]),
        "equipment": tuple(catalogue.words["equipment"]),
        "faults": tuple(catalogue.words["faults"]),
        "phases": tuple(catalogue.words["phases"]),
        "rules": tuple(pack.by_id),
        "schemes": tuple(pack.schemes),
        "sources": tuple(catalogue.sources),
        "parameters": tuple(pack.parameters),
    }


_ID_NAMES = {
    "exercises": ("ExerciseId", "An exercise of the graph."),
    "injuries": ("InjuryId", "An injury that a runner may name."),
    "entries": ("EntryId", "An injury of the graph, or what a sore region without a name counts as."),
    "regions": ("RegionId", "A region of the body."),
    "equipment": ("EquipmentId", "An item of equipment."),
    "faults": ("FaultId", "A fault of movement."),
    "phases": ("PhaseId", "A phase of training, the first comes first."),
    "rules": ("RuleId", "A rule of the pack."),
    "schemes": ("SchemeId", "A way of dosing."),
    "sources": ("SourceId", "A publication, or another source, of the graph."),
    "parameters": ("ParameterId", "A number that rules use."),
}


def _with_ids(part: Any, ids: Mapping[str, tuple[str, ...]], used: dict[str, Said]) -> Any:
    """The same with every word of a list as a reference to the list."""
    if isinstance(part, list):
        return [_with_ids(one, ids, used) for one in part]
    if not isinstance(part, dict):
        return part
    if isinstance(kind := part.get("x-word"), str):
        name, text = _ID_NAMES[kind]
        used[name] = {"description": text, "type": "string", "enum": list(ids[kind])}
        rest = {word: one for word, one in part.items() if word not in ("x-word", "type")}
        named = {"$ref": f"#/$defs/{name}"}
        return {**rest, "allOf": [named]} if rest else named  # generators copy out what stands beside other words
    return {word: _with_ids(one, ids, used) for word, one in part.items()}
