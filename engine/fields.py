"""The fields that rules read: where each stands in a runner file, what it is called, and how it is answered."""

from __future__ import annotations

from typing import NamedTuple

from prehab.graph.once import Once, SharedBy
from prehab.graph.schema import make
from prehab.recommendation import Answer, Choice
from prehab.rules.messages import Messages
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field

__all__ = ["FieldAt", "Fields", "Place", "answer_to", "fields_of", "place_of", "section_of"]

Place = tuple[str | int, ...]
"""Where something stands in a runner file."""


class FieldAt(NamedTuple):
    """A field of a fact: the kind of the fact, its name, the field."""

    kind: str
    fact: str
    field: str


class Fields:
    """The fields of a pack's vocabulary."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def about(self, kind: str, fact: str, field: str) -> str:
        """Where the value of a field stands in the runner file, as a JSON pointer; of a fault, its name in the list."""
        return "/" + "/".join(map(str, place_of(self.pack, kind, fact, field)))

    def is_told(self, kind: str, field: str) -> bool:
        """Whether the value stands in the runner file, and is not worked out or known from the graph."""
        if kind in self.pack.aggregates or kind in self.pack.derived or kind == "gate":
            return False
        about = self.pack.kinds[kind]
        return not (about.source or "").startswith("@") and not about.fields[field].always

    def has_place(self, kind: str, field: str) -> bool:
        """Whether the value stands at one known place of the runner file: of a log, nothing says which session's."""
        return self.is_told(kind, field) and (kind == "complaint" or self.pack.kinds[kind].cardinality != "many")

    def label(self, kind: str, fact: str, field: str) -> str:
        """What a value is called, and whose it is where that is not plain."""
        say = self.pack.messages
        name = self.pack.kinds[kind].fields[field].label or field.removesuffix("_so_far").replace("_", " ")
        if kind == "both_legs":
            return say("label.weaker_leg", name=name)
        if kind == "leg":
            return say(f"label.{fact}_leg", name=name)
        if self.pack.kinds[kind].keys:
            return say("label.of", key=say.word(fact), name=name)
        return name

    def answer(self, kind: str, field: str) -> Answer:
        """How a question for a field is answered."""
        return self._answers[kind, field]

    def at(self, about: str) -> FieldAt | None:
        """The field whose value stands at a place of the runner file; none where no rule reads it."""
        first, *rest = about[1:].split("/")
        fact = ""
        if first == "complaints" and len(rest) > 1 and rest[0].isdigit():
            fact, rest = f"c{int(rest[0]) + 1}", rest[1:]
        elif (first, "/".join(rest)) not in self._by_path and rest:
            fact, rest = rest[0], rest[1:]
        found = self._by_path.get((first, "/".join(rest)))
        return None if found is None else FieldAt(found[0], fact or found[0], found[1])

    @Once
    def _answers(self) -> dict[tuple[str, str], Answer]:
        kinds = self.pack.kinds.items()
        return {
            (kind, name): answer_to(one, self.pack.messages)
            for kind, about in kinds
            for name, one in about.fields.items()
        }

    @Once
    def _by_path(self) -> dict[tuple[str, str], tuple[str, str]]:
        """Each field that is told, by the first part of its place and the rest, apart from the name of its fact."""
        found = {}
        for kind, about in self.pack.kinds.items():
            for name in about.fields:
                if self.is_told(kind, name):
                    first, *rest = _parts(self.pack, kind, name)
                    found[first, "/".join(rest)] = kind, name
        return found


fields_of = SharedBy(Fields)
"""The fields of a pack."""


def section_of(pack: Pack, kind: str) -> str:
    """Where the facts of a kind stand in a runner file."""
    source = pack.kinds[kind].source
    return kind if source is None else source


def place_of(pack: Pack, kind: str, fact: str, field: str) -> Place:
    """Where the value of a field stands in a runner file: the steps that lead to it."""
    about, parts = pack.kinds[kind], _parts(pack, kind, field)
    fact_at: Place = (fact,) if about.keys else ()
    if about.cardinality == "many" and kind not in pack.derived:  # named by the number of an entry, as c1 or session2
        fact_at = (int("".join(filter(str.isdigit, fact.partition("/")[0]))) - 1,)
    before = len([part for part in section_of(pack, kind).split(".") if part])
    return (*parts[:before], *fact_at, *parts[before:])


def _parts(pack: Pack, kind: str, field: str) -> list[str]:
    """The steps to a value, apart from the one to its fact."""
    source = pack.kinds[kind].fields[field].source
    way = f"{section_of(pack, kind)}.{field if source is None else source}"
    return [part for part in way.split(".") if part]


def answer_to(field: Field, say: Messages) -> Answer:
    """How a question for a field is answered, out of the vocabulary."""
    return make(
        Answer,
        type="text" if field.type == "ref" else field.type,
        unit=field.unit,
        range=None if field.range is None else (field.range[0], field.range[1]),
        choices=tuple(make(Choice, value=word, label=say.word(word)) for word in field.values),
        worse=field.worse,
    )
