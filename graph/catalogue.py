"""The graph's contents as plain, typed tables: what the rules and the engine read.

(The networkx view of the same contents is ``prehab.graph.network``; only questions about the graph pay for it.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cache
from typing import Any

from prehab.graph.frozen import Frozen, FrozenDict, FrozenList, frozen
from prehab.graph.index import Index
from prehab.graph.once import Once
from prehab.graph.pack_file import PackFile, bundled_pack_file
from prehab.graph.record import record
from prehab.graph.schema import (
    Aggravator,
    Claim,
    Contrast,
    Exercise,
    Implication,
    Injury,
    Order,
    RedFlag,
    Source,
    Stage,
    Strict,
    Treatment,
    UsualSign,
    Work,
    make,
)

__all__ = ["TELLS", "Catalogue", "bundled_catalogue"]

TELLS = ("nothing", "much", "some", "any")
"""How little of a sign of bone counts, from the last to the first to do so."""


@record(slots=False)
class Catalogue(Frozen):
    """Word lists, exercises, injuries, sources, claims and published orders, each keyed by id in sorted order.

    Nothing in it can be changed: its mappings and lists refuse it. ``origin`` is the same catalogue in the language in
    which it was written, where it is told in another one.
    """

    words: Mapping[str, Any]
    exercises: Mapping[str, Exercise]
    injuries: Mapping[str, Injury]
    sources: Mapping[str, Source]
    claims: Mapping[str, Claim]
    orders: Mapping[str, Order]
    origin: Catalogue | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self.exercises)} exercises and {len(self.injuries)} injuries>"

    def as_data(self) -> dict[str, Any]:
        """JSON-ready data, for the compiled pack."""
        return {
            "words": self.words,
            **{
                t: {key: node.model_dump(exclude_defaults=True) for key, node in getattr(self, t).items()}
                for t in _MAKERS
            },
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Catalogue:
        """The inverse of ``as_data``. The data is trusted: it was checked when it was compiled."""
        tables: dict[str, Any] = {
            name: FrozenDict({key: made(one) for key, one in data[name].items()}) for name, made in _MAKERS.items()
        }
        return cls(words=data["words"], **tables)

    def entries(self) -> dict[str, dict[str, Any]]:
        """For the compiled pack, the tables of which each entry is read alone."""
        data = self.as_data()
        return {name: data[name] for name in _MAKERS}

    @classmethod
    def of_file(cls, pack: PackFile) -> Catalogue:
        """The graph of a compiled pack; entries are made when they are first asked for."""
        tables: dict[str, Any] = {name: pack.table(name, made) for name, made in _MAKERS.items()}
        found = cls(words=pack.part("words"), **tables)
        cls.named_injuries.known(found, tuple(pack.part("named_injuries")))
        cls.index.known(found, Index(found, frozen(pack.part("index"))))
        cls.easier.known(found, {key: tuple(others) for key, others in pack.part("easier").items()})
        return found

    @Once
    def index(self) -> Index:
        """Which exercises have what, as bit masks."""
        return Index(self)

    def entries_of(self, table: str) -> Mapping[str, Any]:
        """The entries of a table or word list, by id."""
        found: Mapping[str, Any] = self.words[table] if table in self.words else getattr(self, table)
        return found

    def names(self, table: str) -> dict[str, str]:
        """What each entry of a table or word list is called, by id."""
        entries = self.entries_of(table)
        if table in self.words:
            return {key: str(e["name"] if isinstance(e, dict) else e) for key, e in entries.items()}
        return {key: str(getattr(e, "name", None) or getattr(e, "title", key)) for key, e in entries.items()}

    @Once
    def named_injuries(self) -> tuple[str, ...]:
        """The injuries that a runner may name: all but those that stand for a place."""
        return tuple(key for key, injury in self.injuries.items() if not injury.unnamed)

    @Once
    def ids(self) -> tuple[str, ...]:
        """The exercises in the order of their bits."""
        return tuple(self.exercises)

    def exercise_at(self, bit: int) -> Exercise:
        """The exercise of a bit."""
        return self.exercises[self.ids[bit]]

    @Once
    def easier(self) -> Mapping[str, tuple[str, ...]]:
        """For each exercise the ones that progress to it (the mirror of ``progresses_to``)."""
        return self._mirror("progresses_to")

    def above(self, exercise: str) -> set[str]:
        """Everything that a ladder leads up to from an exercise."""
        found: set[str] = set()
        queue = [exercise]
        while queue:
            steps = self._harder[queue.pop()]
            queue += [harder for harder in steps if harder not in found]
            found.update(steps)
        return found

    @Once
    def _harder(self) -> Mapping[str, list[str]]:
        """For each exercise those that it progresses to: no exercise has to be read for that."""
        found: dict[str, list[str]] = {key: [] for key in self.exercises}
        for key, others in self.easier.items():
            for other in others:
                found[other].append(key)
        return found

    @Once
    def replaces(self) -> Mapping[str, tuple[str, ...]]:
        """For each exercise the ones that name it as a substitute (the mirror of ``substitutes``)."""
        return self._mirror("substitutes")

    def _mirror(self, attribute: str) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {key: [] for key in self.exercises}
        for key, exercise in self.exercises.items():
            for other in getattr(exercise, attribute):
                found[other].append(key)
        return {key: tuple(others) for key, others in found.items()}

    @Once
    def muscle_family(self) -> Mapping[str, frozenset[str]]:
        """For each muscle or group: itself and every muscle below it."""
        muscles = self.words["muscles"]
        family: dict[str, set[str]] = {name: {name} for name in muscles}
        for name in muscles:
            above, seen = muscles[name].get("parent"), {name}
            while above in muscles and above not in seen:  # a circle is told of by the laws
                family[above].add(name)
                seen.add(above)
                above = muscles[above].get("parent")
        return {name: frozenset(members) for name, members in family.items()}

    @Once
    def structures_of(self) -> Mapping[str, tuple[str, ...]]:
        """For each region the structures that lie in it."""
        structures = self.words["structures"].items()
        return {
            region: tuple(key for key, entry in structures if entry["region"] == region)
            for region in self.words["regions"]
        }

    def known_of(self, injury: Injury) -> dict[str, Any]:
        """What the graph knows of a complaint with this injury, by field of the facts.

        ``SIGN_tells`` says how little of a sign of bone counts there: ``any``, ``some``, ``much`` or ``nothing``. The
        place decides, under whichever name; only what an injury says of its usual signs makes one count later.
        """
        tells = self.words["regions"][injury.region].get("tells", {})
        usual = {one.sign: one.tells for one in injury.usual_signs}
        found: dict[str, Any] = {
            name: getattr(injury, name) for name in ("region", "tissue", "high_risk", "unnamed")
        } | {"injury": injury.id}
        for sign, of_bone in self.words.get("bone_signs", {}).items():
            of_place = usual.get(sign) or tells.get(sign, TELLS[0])
            if injury.tissue == "bone":
                of_place = max(of_place, of_bone, key=TELLS.index)
            found[f"{sign}_tells"] = of_place
        return found

    def everyday(self) -> frozenset[str]:
        """The equipment that every home has."""
        return frozenset(key for key, entry in self.words["equipment"].items() if entry.get("everyday"))


_INSIDE: dict[str, Any] = {
    "implicates": Implication,
    "aggravated_by": Aggravator,
    "treated_by": Treatment,
    "red_flags": RedFlag,
    "usual_signs": UsualSign,
    "told_apart_from": Contrast,
}


def _plain(model: type[Strict]) -> Callable[[Mapping[str, Any]], Any]:
    """Makes an entry that holds no other models."""
    return lambda entry: make(model, **{name: frozen(value) for name, value in entry.items()})


def _injury(entry: Mapping[str, Any]) -> Injury:
    inside = {name: _each(made, entry[name]) for name, made in _PARTS.items() if name in entry}
    stages = FrozenDict({name: _stage(one) for name, one in entry["stages"].items()})
    rest = {name: frozen(value) for name, value in entry.items() if name not in inside}
    return make(Injury, **{**rest, **inside, "stages": stages})


def _stage(entry: Mapping[str, Any]) -> Stage:
    rest = {name: frozen(value) for name, value in entry.items() if name != "programme"}
    told = {"programme": _each(_work, entry["programme"])} if "programme" in entry else {}
    return make(Stage, **rest, **told)


def _each(made: Callable[[Mapping[str, Any]], Any], entries: Iterable[Mapping[str, Any]]) -> FrozenList[Any]:
    return FrozenList([made(one) for one in entries])


_PARTS = {name: _plain(model) for name, model in _INSIDE.items()}
_work = _plain(Work)
_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "exercises": _plain(Exercise),
    "injuries": _injury,
    "sources": _plain(Source),
    "claims": _plain(Claim),
    "orders": _plain(Order),
}


@cache
def bundled_catalogue() -> Catalogue:
    """The graph that comes with prehab, loaded once: compiled at the install, or from the files of a checkout.

    Raises:
        PackError: The compiled pack is damaged, or was made of something else.
    """
    pack = bundled_pack_file()
    if pack is None:
        from prehab.graph.load import load_catalogue

        return load_catalogue()
    return Catalogue.of_file(pack)
