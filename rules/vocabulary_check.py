"""What must hold of a vocabulary before rules are read against it: its parts exist, and a runner can tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from prehab.graph.catalogue import Catalogue
from prehab.graph.contents import check_ids, check_most
from prehab.graph.faults import Fault, nearest
from prehab.graph.files import Document, Place
from prehab.graph.salvage import Broken, words_in
from prehab.rules.tables import LOADS
from prehab.rules.vocabulary import Channel, Field, Kind, Vocabulary

__all__ = ["check_vocabulary", "unusable"]

_JOINED = frozenset({"affects", "sore_leg"})
"""Kinds that the engine makes of others; no runner tells them."""


_RESERVED = ("fact", "id", "sid")
"""Names that a field cannot have: what a pattern is about, and what durable-rules keeps for itself."""

_SO_FAR = "_so_far"
"""What the second bound of an aggregate is called after it."""


_READ_AS: Mapping[str, Channel] = {
    "sets": Channel(unit="sets", safe="cap"),
    "effort_rpe": Channel(unit="effort 0-10", safe="cap"),
    "reps_in_reserve": Channel(unit="repetitions", safe="floor"),
    "external_load": Channel(unit="word", safe="cap", values=list(LOADS)),
    "contacts": Channel(unit="contacts a session", safe="cap"),
    "pain_limit": Channel(unit="pain 0-10", safe="cap"),
    "knee_bend_deg": Channel(unit="degrees", safe="cap"),
    "hold_s": Channel(unit="seconds", safe="cap"),
    "spacing_h": Channel(unit="hours", safe="floor"),
    "hours_before_key_run": Channel(unit="hours", safe="floor"),
    "sessions_per_week": Channel(unit="sessions a week", safe="cap", runner=True),
    "usual_sessions": Channel(unit="sessions a week", safe="cap", runner=True),
    "session_minutes": Channel(unit="minutes", safe="cap", runner=True),
    "hours_after_run": Channel(unit="hours", safe="floor", runner=True),
    "daily_blocks": Channel(unit="days a week", safe="cap", runner=True),
}
"""The channels that the engine reads itself, as it reads them; the range is the pack's own affair."""


def check_vocabulary(vocabulary: Vocabulary, catalogue: Catalogue, document: Document) -> Iterator[Fault]:
    """Every fault of a vocabulary whose shape is right.

    Args:
        vocabulary: What ``vocabulary.yaml`` says.
        catalogue: The graph, whose word lists it uses.
        document: The file, for the places of faults.
    """
    yield from _names(vocabulary, document)
    yield from _parts(vocabulary, catalogue, document)


def unusable(data: Any, faults: Iterable[Fault], broken: Broken) -> tuple[Any, bool]:
    """A vocabulary without the parts that rules cannot be read against, and whether there were any.

    Args:
        data: What is left of the file.
        faults: What was found in it.
        broken: Where what is taken out is remembered.
    """
    taken = False
    for fault in faults:
        place = [part.replace("~1", "/").replace("~0", "~") for part in fault.path.split("/")[1:]]
        deep = 2 if len(place) == 2 or place[:1] == ["channels"] or place[2:3] == ["keys"] else 4
        if fault.code not in _UNUSABLE or not {"ask_if", "tried_by"}.isdisjoint(place) or len(place) < deep:
            continue
        inside = data
        for part in place[: deep - 1]:
            inside = inside.get(part, {}) if isinstance(inside, dict) else {}
        if isinstance(inside, dict) and place[deep - 1] in inside:
            broken.names.update((place[1], place[deep - 1]))
            broken.words.update(words_in(inside.pop(place[deep - 1])))
            taken = True
    return data, taken


_UNUSABLE = frozenset({
    "unknown-word-list", "incomplete-field", "incomplete-channel", "channel-meaning",
    "unknown-target", "unknown-fact",
    "unknown-fact-field", "empty-range", "reserved-name", "repeated-id", "untold",
})  # fmt: skip


def _names(vocabulary: Vocabulary, document: Document) -> Iterator[Fault]:
    """Names that are not ids, that mean something else, and more of them than there may be."""
    for part in ("kinds", "aggregates", "derived", "gates", "channels"):
        table = getattr(vocabulary, part)
        yield from check_ids(table, document, (part,))
        yield from check_most(part, len(table), document, (part,))
        for name, about in table.items():
            place: Place = (part, name, "fields")
            fields = getattr(about, "fields", {})
            taken = {*_RESERVED, *getattr(about, "keys", ())}
            if part == "aggregates":
                taken |= {f"{field}{_SO_FAR}" for field in fields}
            yield from check_ids(fields, document, place, reserved=taken)
            yield from check_most("fields", len(fields), document, place)
            for key, field in fields.items():
                values = getattr(field, "values", [])
                yield from check_ids(values, document, (*place, key, "values"), key=False)
                yield from check_most("values", len(values), document, (*place, key, "values"))
            if part == "channels":
                yield from check_ids(about.values, document, (part, name, "values"), key=False)
    for name, kind in vocabulary.kinds.items():
        for key, words in kind.keys.items():
            yield from check_ids((key,), document, ("kinds", name, "keys"), reserved=_RESERVED)
            if isinstance(words, list):
                yield from check_ids(words, document, ("kinds", name, "keys", key), key=False)


def _parts(vocabulary: Vocabulary, catalogue: Catalogue, document: Document) -> Iterator[Fault]:
    """Parts that do not exist, or that no runner can tell."""
    taken = {"gate": "the gates"}
    for part in ("kinds", "aggregates", "derived"):
        for name in getattr(vocabulary, part):
            if name in taken:
                message = f"`{name}` is the name of something else already, one of {taken[name]}"
                yield document.fault("repeated-id", message, (part, name), key=True)
            taken.setdefault(name, f"the {part}")
    for name, kind in vocabulary.kinds.items():
        place: Place = ("kinds", name)
        for key, words in kind.keys.items():
            if isinstance(words, str) and not isinstance(catalogue.words.get(words), dict):
                lists = tuple(k for k, entries in catalogue.words.items() if isinstance(entries, dict))
                yield document.fault(
                    "unknown-word-list",
                    f"the graph has no word list `{words}`",
                    (*place, "keys", key),
                    value=words,
                    did_you_mean=nearest(words, lists),
                )
        for key, field in kind.fields.items():
            yield from _field(vocabulary, catalogue, field, document, (*place, "fields", key))
        if name not in _JOINED:
            yield from _told(name, kind, catalogue, document, place)
    if "complaint" in vocabulary.kinds:
        known = {"key"}.union(*(catalogue.known_of(injury) for injury in list(catalogue.injuries.values())[:1]))
        for key, field in vocabulary.kinds["complaint"].fields.items():
            if field.always and key not in known:
                message = f"the graph does not know `{key}` of a complaint, so it is not always known"
                yield document.fault("untold", message, ("kinds", "complaint", "fields", key), key=True)
    for name, derived in vocabulary.derived.items():
        for key, field in derived.fields.items():
            yield from _field(vocabulary, catalogue, field, document, ("derived", name, "fields", key))
    for name, aggregate in vocabulary.aggregates.items():
        for key, one in aggregate.fields.items():
            of_kind, _, of_field = one.of.partition(".")
            if one.take != "count" or of_kind not in vocabulary.kinds:
                yield from _known(vocabulary, of_kind, of_field, document, ("aggregates", name, "fields", key, "of"))
    for name, channel in vocabulary.channels.items():
        if (channel.range is None) == (not channel.values):
            message = "a channel has a `range` of numbers, or `values` from the least to the most"
            yield document.fault("incomplete-channel", message, ("channels", name), key=True)
        elif channel.range is not None and (len(channel.range) != 2 or channel.range[0] > channel.range[1]):
            message = "`range` must go from the lower to the higher number"
            yield document.fault("empty-range", message, ("channels", name, "range"))
        yield from _as_read(name, channel, document)


def _as_read(name: str, channel: Channel, document: Document) -> Iterator[Fault]:
    """Whether a channel that the engine reads itself means what it is read as."""
    read = _READ_AS.get(name, channel)
    for part in ("unit", "safe", "values", "runner"):
        meant = getattr(read, part)
        if getattr(channel, part) != meant:
            word = f"[{', '.join(meant)}]" if isinstance(meant, list) else str(meant).lower()
            message = f"the engine reads `{name}` with `{part}: {word}`"
            yield document.fault("channel-meaning", message, ("channels", name), key=True)


def _known(vocabulary: Vocabulary, kind: str, field: str, document: Document, place: Place) -> Iterator[Fault]:
    kinds = vocabulary.kinds
    if kind not in kinds:
        close = nearest(kind, kinds)
        yield document.fault("unknown-fact", f"unknown fact `{kind}`", place, value=kind, did_you_mean=close)
    elif field not in kinds[kind].fields:
        fields = kinds[kind].fields
        yield document.fault(
            "unknown-fact-field",
            f"`{kind}` has no field `{field}`",
            place,
            value=field,
            allowed=tuple(fields),
            did_you_mean=nearest(field, fields),
        )


def _field(
    vocabulary: Vocabulary, catalogue: Catalogue, field: Field, document: Document, place: Place
) -> Iterator[Fault]:
    lacks = {
        "choice": ("`values`, from the lowest to the highest", not field.values),
        "ref": ("`to`: what it refers to", not field.to),
        "integer": ("a `range` of two numbers", len(field.range or ()) != 2),
        "number": ("a `range` of two numbers", len(field.range or ()) != 2),
    }
    words, lacking = lacks.get(field.type, ("", False))
    if lacking:
        yield document.fault("incomplete-field", f"a field of type {field.type} needs {words}", place, key=True)
    elif field.range and field.range[0] > field.range[1]:
        yield document.fault("empty-range", "`range` must go from the lower to the higher number", (*place, "range"))
    elif field.type == "integer" and any(number != int(number) for number in field.range or ()):
        yield document.fault("not-whole", "`range` is of an integer, so both numbers must be whole", (*place, "range"))
    elif field.type == "ref":
        keys = {key for kind in vocabulary.kinds.values() for key in kind.keys}
        lists = {words.removesuffix("s") for words in catalogue.words}
        targets = sorted({"complaint", "injury", "gate"} | keys | lists)
        if field.to not in targets:
            yield document.fault(
                "unknown-target",
                f"nothing is called a `{field.to}`",
                (*place, "to"),
                value=field.to,
                did_you_mean=nearest(str(field.to), targets),
            )
    for path, values in field.ask_if.items():
        kind, _, name = path.partition(".")
        here: Place = (*place, "ask_if", path)
        unknown = list(_known(vocabulary, kind, name, document, here))
        yield from unknown
        for position, value in enumerate(() if unknown else values):
            asked = vocabulary.kinds[kind].fields[name]
            known = catalogue.words.get(f"{asked.to}s", {}) if asked.type == "ref" else asked.values
            allowed = ("false", "true") if asked.type == "boolean" else tuple(known)
            told = str(value).lower() if isinstance(value, bool) else value
            if told not in allowed or isinstance(value, bool) != (asked.type == "boolean"):
                yield document.fault(
                    "unknown-word",
                    f"`{told}` is not a value of `{name}`",
                    (*here, position),
                    value=told,
                    allowed=allowed,
                    did_you_mean=nearest(told, allowed),
                )
    tried = field.tried_by if isinstance(field.tried_by, dict) else {None: field.tried_by}
    for key, exercise in tried.items():
        if exercise is not None and exercise not in catalogue.exercises:
            yield document.fault(
                "unknown-exercise",
                f"unknown exercise `{exercise}`",
                (*place, "tried_by", *(() if key is None else (key,))),
                value=exercise,
                did_you_mean=nearest(exercise, catalogue.exercises),
            )


def _told(name: str, kind: Kind, catalogue: Catalogue, document: Document, place: Place) -> Iterator[Fault]:
    """What a kind takes from the runner file must be there to be told."""
    from prehab.runner import Runner

    source = name if kind.source is None else kind.source
    section = _at(Runner, source)
    if section is None:
        yield document.fault("untold", f"a runner file has no `{source}`", place, key=True)
        return
    if kind.cardinality != "fixed":
        first = next(iter(catalogue.injuries.values()), None)
        known = {"key", *catalogue.known_of(first)} if first else set()
        for key, field in kind.fields.items():
            path = field.source or key
            if field.always and name == "complaint":
                if known and key not in known:
                    message = f"the graph does not know of a complaint what `{key}` is"
                    yield document.fault("untold", message, (*place, "fields", key), value=key, key=True)
            elif key not in _RESERVED and _at(section, path) is None:
                message = f"a runner file has no `{path}`" + (f" under `{source}`" if source else "")
                yield document.fault("untold", message, (*place, "fields", key), key=True)
        return
    values = [field for field in kind.fields.values() if field.source == ""]
    for key, words in kind.keys.items():
        keys: Mapping[str, Any] | list[str] = catalogue.words.get(words, {}) if isinstance(words, str) else words
        for word in keys if hasattr(section, "model_fields") else ():
            entry = _at(section, word)
            if entry is None:
                message = f"a runner file has no `{word}` under `{source}`"
                yield document.fault("untold", message, (*place, "keys", key))
            elif not values:
                for one in kind.fields:
                    if _at(entry, one) is None:
                        message = f"a runner file has no `{one}` under `{source}.{word}`"
                        yield document.fault("untold", message, (*place, "fields", one), key=True)


def _at(model: Any, path: str) -> Any:
    """The model, or the type, that stands at a path of a model; ``None`` when nothing does."""
    for part in path.split(".") if path else ():
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            return None
        model = next((kind for kind in _kinds(field.annotation) if hasattr(kind, "model_fields")), field.annotation)
    return model


def _kinds(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from _kinds(inner)
