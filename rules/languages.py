"""Another language for a pack: the same decisions, with every text that has a translation replaced. It needs data only.

A language is a folder of YAML files, ``languages/de`` beside the rules, which hold texts by the place of what they
replace: ``exercises``, an exercise, ``name``. What it leaves out stays English. The languages that come with prehab
serve other packs too, wherever these say the same in English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from prehab.graph.bundled import read_bundled
from prehab.graph.faults import Fault, PackError, nearest, shorten
from prehab.graph.files import Document, Place
from prehab.graph.frozen import frozen
from prehab.graph.load import read_folder
from prehab.graph.salvage import Faults
from prehab.graph.schema import altered
from prehab.rules.language import Effect, Rule
from prehab.rules.messages import ENGLISH, LANGUAGES_FOLDER, Messages, flat
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Kind, channel_word, one_of

__all__ = ["NAMES_FILE", "Coverage", "compiled", "coverage", "languages", "read_languages", "texts", "translated"]

NAMES_FILE = LANGUAGES_FOLDER / "names.json"
"""The languages that came with prehab, written at the install: a zip has no folders to look into."""

Tree = dict[str, Any]
"""Texts by the place of what they are texts of: a dictionary for each part of the way, of a list by number."""

Way = tuple[str, ...]

EACH = "*"
TEXT = True

SPOKEN: Mapping[str, Any] = {
    "exercises": {EACH: {"name": TEXT, "cues": TEXT}},
    "injuries": {
        EACH: {
            "name": TEXT,
            "plain": TEXT,
            "stages": {
                EACH: {"goal": TEXT, "move_on": TEXT, "step_back": TEXT, "programme": {EACH: {"what": TEXT}}},
            },
        }
    },
    "phases": TEXT,
    "slots": TEXT,
    **{name: {EACH: {"name": TEXT}} for name in ("regions", "structures", "faults", "equipment")},
    "kinds": {EACH: {"fields": {EACH: dict.fromkeys(("label", "says", "ask", "how"), TEXT)}}},
    "derived": {EACH: {"says": TEXT}},
    "gates": {EACH: {"name": TEXT}},
    "schemes": {EACH: dict.fromkeys(("name", "says", "load_text", "tempo", "progress", "step_back"), TEXT)},
    "careful": {EACH: {"say": TEXT}},
    "runs": {EACH: {"say": TEXT, "lacks": TEXT}},
}
"""Where in a pack the texts stand that an answer is made of."""

IN_EFFECTS = ("who", "tell", "say")
"""The texts of a rule besides its sentence: of the referral or the advice that it gives."""

LISTS = ("phases", "slots", "regions", "structures", "faults", "equipment")
CALLED = frozenset({"name", "plain", "label", "says", "words"})
"""Texts that tell things apart: what differs in English differs in any language, and what is the same is the same."""

_VALUE = re.compile(r"\{(\w+)(:[^}]*)?\}")


# -- what there is to say ----------------------------------------------------------------------------------------------


def texts(pack: Pack) -> Tree:
    """Every text of a pack that an answer can hold, in the language of the pack."""
    tables = {name: pack.catalogue.words.get(name, {}) for name in LISTS}
    for name in ("exercises", "injuries"):
        tables[name] = getattr(pack.catalogue, name)
    found: Tree = {}
    for name, spec in SPOKEN.items():
        found[name] = _found(tables[name] if name in tables else getattr(pack, name), spec)
    for kind, about in pack.kinds.items():
        for name, field in about.fields.items():
            fields = found["kinds"].setdefault(kind, {}).setdefault("fields", {})
            if name.endswith("_so_far"):
                fields.pop(name, None)  # it is called what the whole is called
            elif field.type != "ref" and not field.label:
                fields.setdefault(name, {})["label"] = name.replace("_", " ")
    found["rules"] = {rule.id: _of_rule(rule) for rule in pack.rules}
    found["words"] = {word: pack.messages.word(word) for word in _words(pack)}
    found["messages"] = {}
    for name, text in pack.messages.texts.items():
        topic, _, own = name.partition(".")
        found["messages"].setdefault(topic, {})[own] = text if isinstance(text, str) else dict(text)
    return found


def _found(value: Any, spec: Any) -> Any:
    """The texts in a part of a pack; empty where there are none."""
    if spec is TEXT and (isinstance(value, str) or not value):
        return value
    parts: Iterator[tuple[str, Any]] = iter(())
    if isinstance(value, Mapping):
        parts = iter(value.items())
    elif isinstance(value, list | tuple):
        parts = ((str(number), one) for number, one in enumerate(value))
    else:
        parts = ((name, getattr(value, name)) for name in spec)
    made = {}
    for name, one in parts:
        inside = TEXT if spec is TEXT else spec.get(name, spec.get(EACH))
        told = _found(one, inside) if inside is not None else None
        if told:
            made[name] = told
    return made


def _of_rule(rule: Rule) -> Tree:
    told: Tree = {"because": rule.because}
    for key, effect in _effects(rule):
        said = {name: effect.data[name] for name in IN_EFFECTS if name in effect.data}
        if said:
            told[key] = said
    return told


def _effects(rule: Rule) -> Iterator[tuple[str, Effect]]:
    """The effects of a rule, by what they do; from the second one of a kind on with its number."""
    counts: dict[str, int] = {}
    for effect in rule.effects:
        counts[effect.type] = number = counts.get(effect.type, 0) + 1
        yield effect.type if number == 1 else f"{effect.type}#{number}", effect


def _words(pack: Pack) -> list[str]:
    """The words that programs read and that answers hold too."""
    words = pack.catalogue.words
    found: dict[str, None] = {}
    for about in pack.kinds.values():
        for keys in about.keys.values():
            found.update(dict.fromkeys(words.get(keys, ()) if isinstance(keys, str) else keys))
        for field in about.fields.values():
            found.update(dict.fromkeys(field.values))
            if field.unit and "0-10" not in field.unit:
                found.update(dict.fromkeys((field.unit, one_of(field.unit))))
    for name, channel in pack.channels.items():
        found.update(dict.fromkeys((channel_word(name), *channel.values)))
        if channel.unit != "word" and "0-10" not in channel.unit:
            found[channel.unit] = None
    for name in ("stages", "phases"):
        found.update(dict.fromkeys(words.get(name, ())))
    found.update((key, None) for key, entry in words.get("equipment", {}).items() if "most_load" in entry)
    wanted = (effect.data["name"] for rule in pack.rules for effect in rule.effects if effect.type == "require")
    found.update((name, None) for name in wanted if "{" not in name)
    return [*found, "known", "unknown"]


# -- a pack in a language ----------------------------------------------------------------------------------------------


def languages(pack: Pack) -> tuple[str, ...]:
    """The languages that a pack can be had in: those that come with prehab, and its own."""
    own = () if pack.languages is None else _folders(pack.languages)
    return tuple(sorted({ENGLISH, *_bundled_names(), *own}))


def translated(pack: Pack, language: str) -> Pack:
    """The pack in another language: its ids, its rules and its digest are the same.

    Args:
        pack: The pack as it was written.
        language: One of ``languages``.

    Raises:
        PackError: Its files have faults; all of them are listed.
    """
    told = _told(pack, language)
    return _with(pack, language, told) if told or language != ENGLISH else pack


@dataclass(frozen=True)
class Coverage:
    """How much of a pack a language says: so many texts of all, and those that it leaves in English, by their place."""

    translated: int
    texts: int
    missing: tuple[str, ...]


def coverage(pack: Pack, language: str) -> Coverage:
    """How much of a pack a language says.

    Raises:
        PackError: Its files have faults; all of them are listed.
    """
    places = [way for way, _ in _leaves(texts(pack))]
    told = dict(_leaves(_told(pack, language)))
    missing = tuple("/".join(way) for way in places if way not in told) if language != ENGLISH else ()
    return Coverage(len(places) - len(missing), len(places), missing)


def _told(pack: Pack, language: str) -> Tree:
    """What a language says for a pack: what came with prehab, and over it what stands beside the pack."""
    plain = texts(pack)
    found: Tree = {}
    for way, (meant, said) in _leaves(_bundled(language)) if language != ENGLISH else ():
        if _at(plain, way) == meant:
            _put_at(found, way, said)
    if pack.languages is not None and language in _folders(pack.languages):
        faults = Faults()
        with faults.enough():
            for way, said in _leaves(read_language(pack.languages / language, plain, faults)):
                _put_at(found, way, said)
        if faults:
            raise PackError(faults)
    return found


def _with(pack: Pack, language: str, told: Tree) -> Pack:
    words = pack.catalogue.words
    lists = {name: _put(words[name], told[name]) for name in LISTS if name in told}
    catalogue = replace(
        pack.catalogue,
        words={**words, **lists},
        origin=pack.catalogue.origin or pack.catalogue,
        **{name: _put(getattr(pack.catalogue, name), told.get(name, {})) for name in ("exercises", "injuries")},
    )
    tables = {name: _put(getattr(pack, name), told.get(name, {})) for name in SPOKEN if hasattr(pack, name)}
    tables["kinds"] = {name: _labelled(kind) for name, kind in tables["kinds"].items()}
    rules = told.get("rules", {})
    plain = pack.messages.texts
    said = {name: _put(plain[name], text) for name, text in flat(told.get("messages", {})).items()}
    return replace(
        pack,
        **tables,
        catalogue=catalogue,
        rules=tuple(_rule_with(rule, rules[rule.id]) if rule.id in rules else rule for rule in pack.rules),
        messages=Messages(language, {**plain, **said}, told.get("words", {})),
        stored_digest=pack.digest,
    )


def _labelled(kind: Kind) -> Kind:
    """A kind whose bounds on what is known so far are called what the whole is called."""
    labels = {f"{name}_so_far": field.label for name, field in kind.fields.items()}
    bounds = {name: altered(one, label=labels[name]) for name, one in kind.fields.items() if name in labels}
    return altered(kind, fields=frozen({**kind.fields, **bounds})) if bounds else kind


def _rule_with(rule: Rule, told: Tree) -> Rule:
    effects = (replace(one, data={**one.data, **told.get(key, {})}) for key, one in _effects(rule))
    return replace(rule, because=told.get("because", rule.because), effects=tuple(effects))


def _put(value: Any, told: Any) -> Any:
    """A part of a pack with other texts."""
    if isinstance(told, str):
        return told
    if isinstance(value, Mapping):
        return frozen({**value, **{name: _put(value[name], one) for name, one in told.items()}})
    if isinstance(value, list | tuple):
        made = [_put(one, told[str(number)]) if str(number) in told else one for number, one in enumerate(value)]
        return frozen(tuple(made) if isinstance(value, tuple) else made)
    changes = {name: _put(getattr(value, name), one) for name, one in told.items()}
    return altered(value, **changes) if isinstance(value, BaseModel) else replace(value, **changes)


# -- files -------------------------------------------------------------------------------------------------------------


def read_language(folder: Path, plain: Tree, faults: list[Fault]) -> Tree:
    """What the files of a language say.

    Args:
        folder: The folder of the language.
        plain: The texts that it is about.
        faults: Where what is wrong is added: a place that is none, a value that is left out or that does not exist, an
            empty text, one that is told twice, two things of one name.
    """
    found: Tree = {}
    places: dict[Way, tuple[Document, Place]] = {}
    for _, document in read_folder(folder, "*.yaml", faults, what="a file of a language"):
        for way, said, place in _checked(document, document.data or {}, plain, (), faults):
            if way in places:
                faults.append(document.fault("repeated-text", f"`{'/'.join(way)}` was told already", place, key=True))
            places[way] = document, place
            _put_at(found, way, said)
    faults.extend(_confused(plain, found, places))
    return found


def _checked(
    document: Document, data: Any, plain: Any, way: Way, faults: list[Fault], place: Place = ()
) -> Iterator[tuple[Way, str, Place]]:
    """The texts of a part of a file, each with its way in the pack and its place in the file."""
    if isinstance(plain, str):
        fault = _fault_of(document, data, plain, place)
        if fault is None:
            yield way, data, place
        else:
            faults.append(fault)
        return
    if isinstance(data, list):
        parts = [(str(number), number, one) for number, one in enumerate(data)]
    elif isinstance(data, Mapping):
        parts = [(str(name), name, one) for name, one in data.items()]
    else:
        names = ", ".join(f"`{name}`" for name in list(plain)[:3])
        faults.append(document.fault("not-a-mapping", f"there should be texts by name here, such as {names}", place))
        return
    for name, key, one in parts:
        if name in plain:
            yield from _checked(document, one, plain[name], (*way, name), faults, (*place, key))
            continue
        message = f"there is no text `{'/'.join((*way, shorten(name)))}` to translate"
        faults.append(
            document.fault("unknown-text", message, (*place, key), key=True, did_you_mean=nearest(name, plain))
        )


def _fault_of(document: Document, said: Any, plain: str, place: Place) -> Fault | None:
    """What is wrong with a translation of a text."""
    if not isinstance(said, str) or not said.strip():
        return document.fault("missing-text", f"this says `{shorten(plain)}` in English, and nothing here", place)
    if set("{}") & set(_VALUE.sub("", said)):
        return document.fault("unknown-value", "a brace here belongs to no value such as `{name}`", place)
    wanted, given = ({(one[1], one[2] or "") for one in _VALUE.finditer(text)} for text in (plain, said))
    shown = {one: f"`{{{one[0]}{one[1]}}}`" for one in wanted | given}
    if given - wanted:
        unknown = ", ".join(sorted(shown[one] for one in given - wanted))
        message = f"{unknown} stands for nothing in this text"
        return document.fault("unknown-value", message, place, allowed=tuple(sorted(f"{{{n}{f}}}" for n, f in wanted)))
    if wanted - given:
        lost = ", ".join(sorted(shown[one] for one in wanted - given))
        return document.fault("missing-value", f"the text leaves out {lost}", place, help=f"In English: {plain}")
    return None


def _confused(plain: Tree, found: Tree, places: Mapping[Way, tuple[Document, Place]]) -> Iterator[Fault]:
    """Things that are told apart in English and no more, or the other way round."""
    said: dict[tuple[str, ...], dict[str, tuple[str, Way]]] = {}
    meant: dict[tuple[str, ...], dict[str, str]] = {}
    for way, text in _leaves(found):
        if way[-1] not in CALLED and way[0] not in CALLED:
            continue
        group = (way[0], way[1] if way[0] == "kinds" else "", way[-1] if way[0] != "words" else "")
        english_text = str(_at(plain, way))
        document, place = places[way]
        other, _ = said.setdefault(group, {}).setdefault(text, (english_text, way))
        if other != english_text:
            message = f"`{shorten(text)}` stands for `{shorten(other)}` already, and here for `{shorten(english_text)}`"
            yield document.fault("mixed-names", message, place)
        once = meant.setdefault(group, {}).setdefault(english_text, text)
        if once != text:
            message = f"`{shorten(english_text)}` is `{shorten(once)}` elsewhere, and here `{shorten(text)}`"
            yield document.fault("mixed-names", message, place)


def _folders(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(one.name for one in folder.iterdir() if one.is_dir())) if folder.is_dir() else ()


@cache
def _bundled_names() -> tuple[str, ...]:
    told = read_bundled(NAMES_FILE)
    return _folders(LANGUAGES_FOLDER) if told is None else tuple(json.loads(told))


@cache
def _bundled(language: str) -> Tree:
    """What a language that comes with prehab says: each text with what it stands for in English."""
    if language not in _bundled_names():
        return {}
    told = read_bundled(LANGUAGES_FOLDER / f"{language}.json")
    if told is not None:
        made: Tree = json.loads(told)
        return made
    from prehab.rules.load import load_pack

    return compiled(load_pack(), language)


def compiled(pack: Pack, language: str) -> Tree:
    """What a language that comes with prehab says, from its files, each text with what it stands for in English.

    Raises:
        PackError: The files have faults; all of them are listed.
    """
    plain, faults, found = texts(pack), Faults(), Tree()
    with faults.enough():
        for way, said in _leaves(read_language(LANGUAGES_FOLDER / language, plain, faults)):
            _put_at(found, way, (_at(plain, way), said))
    if faults:
        raise PackError(faults)
    return found


# -- trees -------------------------------------------------------------------------------------------------------------


def _leaves(tree: Tree, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    for name, one in tree.items():
        if isinstance(one, dict):
            yield from _leaves(one, (*way, name))
        else:
            yield (*way, name), one


def _at(tree: Any, way: Way) -> Any:
    for name in way:
        if not isinstance(tree, Mapping) or name not in tree:
            return None
        tree = tree[name]
    return tree


def _put_at(tree: Tree, way: Way, said: Any) -> None:
    for name in way[:-1]:
        tree = tree.setdefault(name, {})
    tree[way[-1]] = said


def read_languages(rules: Path, pack: Pack) -> list[Fault]:
    """What is wrong with the languages beside some rules."""
    faults, plain = Faults(), texts(pack)
    with faults.enough():
        for language in _folders(rules / "languages"):
            read_language(rules / "languages" / language, plain, faults)
    return list(faults)
