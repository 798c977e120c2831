"""The fields that rules read: where each stands in a runner file, what it is called, and how it is answered."""

from __future__ import annotations

from typing import NamedTuple

from prehab.facts import position_of
from prehab.graph.once import Once, SharedBy
from prehab.graph.schema import make
from prehab.recommendation import Answer, Choice
from prehab.rules.messages import Messages
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field

__all__ = ["FieldAt", "Fields", "answer_to", "fields_of"]


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
        section, path = self._path(kind, field)
        if kind == "complaint":
            section = f"complaints/{position_of(fact)}"
        elif self.pack.kinds[kind].keys:
            section = f"{section}/{fact}"
        return "/" + "/".join(part for part in (section, path) if part)

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

    def _path(self, kind: str, field: str) -> tuple[str, str]:
        """The section of the runner file, and the way from there."""
        about = self.pack.kinds[kind]
        source = about.fields[field].source
        return kind if about.source is None else about.source, (field if source is None else source).replace(".", "/")

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
                    section, path = self._path(kind, name)
                    first, _, rest = "/".join(part for part in (section, path) if part).partition("/")
                    found[first, rest] = kind, name
        return found


fields_of = SharedBy(Fields)
"""The fields of a pack."""


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
