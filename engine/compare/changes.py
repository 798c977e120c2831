"""What differs between two packs as they are written: rules, parameters, schemes, vocabulary and graph, by id.

No runner is needed for this. It also says whether only words changed: then every runner gets the same answer, which
is then known and not merely tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from prehab.graph.catalogue import Catalogue
from prehab.program import Program
from prehab.rules.language import Rule
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement

__all__ = ["Change", "Part", "changes", "promised", "rewritten", "selected"]

_RESTS_ON = frozenset({"sources", "consensus", "seeds", "evidence", "note"})
_WORDS: Mapping[str, frozenset[str]] = {
    "rule": _RESTS_ON | {"because"},
    "parameter": _RESTS_ON | {"unit", "range", "at_most"},
    "scheme": _RESTS_ON | {"name", "says", "load_text", "tempo", "progress", "step_back"},
    "exercise": _RESTS_ON | {"name", "aliases", "cues", "load_basis", "step_notes", "progresses_to", "substitutes"},
    "injury": _RESTS_ON | {"name", "plain", "aliases", "told_apart_from"},
    "gate": frozenset({"name"}),
    "derived": frozenset({"says"}),
}
"""The parts of each kind of entry that are told to people and decide nothing."""

_ONLY_WORDS = frozenset({"source", "claim", "order", "statement"})


@dataclass(frozen=True)
class Part:
    """One part of an entry, before and after; None where it is not there."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Change:
    """One entry that was added, removed, changed or renamed (``to`` is then its new id)."""

    table: str
    id: str
    how: Literal["added", "removed", "changed", "renamed"]
    parts: tuple[Part, ...] = ()
    to: str | None = None

    @property
    def words_only(self) -> bool:
        """Whether it can change no decision, only what is said about one."""
        if self.table in _ONLY_WORDS:
            return True
        return self.how == "changed" and {part.name for part in self.parts} <= _WORDS.get(self.table, frozenset())

    def as_dict(self) -> dict[str, Any]:
        """The change as JSON-ready data; empty parts are left out."""
        parts = [{"part": part.name, "old": part.old, "new": part.new} for part in self.parts]
        told = {"table": self.table, "id": self.id, "how": self.how, "to": self.to, "parts": parts}
        return {key: value for key, value in told.items() if value not in (None, [])}


def changes(old: Program, new: Program) -> tuple[Change, ...]:
    """Every entry that differs between two packs and their parameters: rules first, each table in id order."""
    before, after = _tables(old), _tables(new)
    if old.pack.catalogue is not new.pack.catalogue:
        before |= _graph(old.pack.catalogue)
        after |= _graph(new.pack.catalogue)
    found = [one for table in before for one in _changed(table, before[table], after[table])]
    return (*found, *_reordered(old.pack.catalogue.words, new.pack.catalogue.words))


def promised(old: Iterable[Statement], new: Iterable[Statement]) -> tuple[Change, ...]:
    """The statements of the authors that differ. They decide nothing, but one that is gone is no longer watched."""
    tables = [
        {
            one.id: {
                "says": one.says,
                "laws": list(one.laws),
                "about": str(one.alternatives),
                "promises": [
                    [promise.kind, {key: str(value) for key, value in promise.data.items()}] for promise in one.promises
                ],
            }
            for one in statements
        }
        for statements in (old, new)
    ]
    return tuple(_changed("statement", *tables))


def _reordered(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Word lists that hold the same words in another order: of phases, for one, the order has a meaning."""
    for name in sorted(old.keys() & new.keys()):
        orders = list(old[name]), list(new[name])
        if orders[0] != orders[1] and old[name] == new[name]:
            yield Change("word", name, "changed", (Part("order", *orders),))


def _changed(table: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    moved = _moved(old, new)
    for key in sorted({*old, *new}):
        if key in moved:
            yield Change(table, key, "renamed", tuple(_parts(old[key], new[moved[key]])), to=moved[key])
        elif key not in new:
            yield Change(table, key, "removed")
        elif key not in old:
            if key not in moved.values():
                yield Change(table, key, "added")
        elif parts := tuple(_parts(old[key], new[key])):
            yield Change(table, key, "changed", parts)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """Entries that stand under another id and are otherwise the same, except perhaps for their sentence."""

    def same(key: str, other: str) -> bool:
        return {part.name for part in _parts(old[key], new[other])} <= {"because"}

    found: dict[str, str] = {}
    for key in sorted(old.keys() - new.keys()):
        rivals = (other for other in sorted(new.keys() - old.keys()) if other not in found.values())
        other = next((other for other in rivals if same(key, other)), None)
        if other is not None:
            found[key] = other
    return found


def _parts(old: Any, new: Any) -> list[Part]:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        old, new = {"": old}, {"": new}
    names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
    if "compiled" in names and not _WORDS["rule"].issuperset(set(names) - {"compiled", "selects"}):
        names.remove("compiled")  # it follows from what is written
    return [Part(name, old.get(name), new.get(name)) for name in names]


# -- the tables of a pack ---------------------------------------------------------------------------------------------


def _tables(program: Program) -> dict[str, dict[str, Any]]:
    pack = program.pack
    data = pack.as_data()
    numbered = {name: {str(place): entry for place, entry in enumerate(data[name])} for name in ("careful", "runs")}
    return {
        "rule": {
            rule.id: {**rule.text, "selects": selected(pack, rule), "compiled": compiled}
            for rule, compiled in zip(pack.rules, _compiled(data), strict=True)
        },
        "parameter": {
            name: {**one.model_dump(exclude_defaults=True), "value": program.parameters[name]}
            for name, one in pack.parameters.items()
        },
        "scheme": data["schemes"],
        "gate": data["gates"],
        "channel": data["channels"],
        "field": {
            f"{kind}.{name}": one for kind, entry in data["kinds"].items() for name, one in entry["fields"].items()
        },
        "kind": {kind: {k: v for k, v in entry.items() if k != "fields"} for kind, entry in data["kinds"].items()},
        "aggregate": data["aggregates"],
        "derived": data["derived"],
        "careful reading": numbered["careful"],
        "run": numbered["runs"],
    }


def _compiled(data: Mapping[str, Any]) -> list[Any]:
    """What each rule came to: its alternatives and effects, without the exercises."""
    found = [{"when": [], "effects": [effect[:3] for effect in rule["effects"]]} for rule in data["rules"]]
    for rule, patterns, _, _ in data["variants"]:
        found[rule]["when"].append(patterns)
    return found


def selected(pack: Pack, rule: Rule) -> list[Any]:
    """The exercises that each effect of a rule is about, by what its variables stand for."""
    return [
        [effect.type, {"/".join(key): list(pack.ids(mask)) for key, mask in effect.masks.items()}]
        for effect in rule.effects
        if effect.masks
    ]


def _graph(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    data = catalogue.as_data()
    words = {
        f"{name}/{key}": entry
        for name, entries in data["words"].items()
        if isinstance(entries, dict)
        for key, entry in entries.items()
    }
    words |= {name: entries for name, entries in data["words"].items() if not isinstance(entries, dict)}
    singular = {
        "exercises": "exercise",
        "injuries": "injury",
        "sources": "source",
        "claims": "claim",
        "orders": "order",
    }
    return {"word": words, **{name: data[table] for table, name in singular.items()}}


# -- the rules that may decide otherwise ------------------------------------------------------------------------------


def rewritten(old: Program, new: Program) -> tuple[frozenset[str], frozenset[str]]:
    """The rules that are not the same in both: first those of another meaning, then those that only read other numbers.

    The meaning is the patterns, and each effect with its numbers and its exercises. A rule of the second sort looks
    for the same patterns and concludes the same in both; only a number in its tests differs.
    """
    patterns = [_patterns(program) for program in (old, new)]
    effects = [
        {rule.id: (_effects(program, rule), selected(program.pack, rule)) for rule in program.pack.rules}
        for program in (old, new)
    ]
    other, moved = set(), set()
    for key in {*patterns[0], *patterns[1]}:
        if patterns[0].get(key) != patterns[1].get(key) or effects[0].get(key) != effects[1].get(key):
            other.add(key)
        elif any(
            test.parameter is not None and old.parameters[test.parameter] != new.parameters[test.parameter]
            for variant in patterns[0][key]
            for pattern in variant
            for test in pattern.tests
        ):
            moved.add(key)
    return frozenset(other), frozenset(moved)


def _patterns(program: Program) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {rule.id: [] for rule in program.pack.rules}
    for variant in program.source:
        found[program.pack.rules[variant.rule].id].append(variant.patterns)
    return found


def _effects(program: Program, rule: Rule) -> list[Any]:
    numbers = program.parameters
    return [
        (
            effect.type,
            effect.variables,
            {k: numbers.get(v, v) if isinstance(v, str) else v for k, v in effect.data.items()},
        )
        for effect in rule.effects
    ]
