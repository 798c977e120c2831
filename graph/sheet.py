"""Everything the graph says about one node, as data and as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prehab.graph.relations import RELATIONS, Edge, Node
from prehab.graph.schema import Source

__all__ = ["Sheet", "Statement", "cited", "wrapped"]

WIDTH = 80

SCALES = {
    "impact": "0 none to 4 drops and sprints",
    "skill": "1 taught in one session to 4 months of practice",
    "osteogenic": "stimulus to bone: 0 none to 3 high impact",
}
"""What the least and the most of a number mean, of those that are levels."""


@dataclass(frozen=True)
class Statement:
    """An edge seen from one of its ends; ``other`` is the node at the far end."""

    edge: Edge
    other: Node
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Give the statement as JSON-ready data."""
        return {
            "relation": self.edge.relation,
            "says": self.sentence,
            "kind": self.other.kind,
            "id": self.other.id,
            "name": self.other.name,
            **{k: list(v) if isinstance(v, tuple) else v for k, v in self.edge.attributes.items() if v is not None},
            "sources": list(self.edge.sources),
            "consensus": self.edge.consensus,
        }


@dataclass(frozen=True)
class Sheet:
    """Everything about a node. ``print(sheet)`` shows it at 80 columns.

    Attributes:
        node: The node and its fields.
        outgoing: What it says of others.
        incoming: What others say of it.
        sources: What it and its outgoing statements rest on.
    """

    node: Node
    outgoing: tuple[Statement, ...]
    incoming: tuple[Statement, ...]
    sources: tuple[Source, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give the sheet as JSON-ready data."""
        return {
            "kind": self.node.kind,
            "id": self.node.id,
            "name": self.node.name,
            "fields": self.node.fields,
            "outgoing": [statement.as_dict() for statement in self.outgoing],
            "incoming": [statement.as_dict() for statement in self.incoming],
            "sources": [{**source.model_dump(), "citation": source.citation()} for source in self.sources],
        }

    def __str__(self) -> str:
        lines = wrapped(f"{self.node.name} · {self.node.kind} {self.node.id}", first="", then="  ")
        for name, texts in self.about():
            label = f"  {name:<16}"
            for text in texts:
                lines += wrapped(text, first=label, then=" " * 18)
                label = " " * 18
        for name, relation in RELATIONS.items():
            says = [(s.edge, s.other.name, self.cite(s.edge)) for s in self.outgoing if s.edge.relation == name]
            lines += _part(relation.says, relation.layout, says)
            if name == "supports":  # the sources below say it
                continue
            heard = [(s.edge, s.other.name, "") for s in self.incoming if s.edge.relation == name]
            layout = "inline" if relation.layout == "alternatives" else relation.layout
            lines += _part(relation.reverse, layout, sorted(heard, key=lambda said: said[0].detail))
        if self.sources:
            lines += ["", "SOURCES"]
            for source in self.sources:
                lines += wrapped(f"{source.id}: {source.citation()}", first="  ", then="    ")
        return "\n".join(lines)

    def about(self) -> Iterator[tuple[str, list[str]]]:
        """Yield what its fields say, each under a label."""
        for name, value in self.node.fields.items():
            if lines := _plain(value):
                yield name.replace("_", " "), [f"{value} ({SCALES[name]})"] if name in SCALES else lines

    def cite(self, edge: Edge) -> str:
        """Name what a statement rests on, where that is not what the whole node rests on."""
        whole = tuple(s.other.id for s in self.incoming if s.edge.relation == "supports" and not s.edge.detail)
        known = edge.sources == whole if edge.sources else self.node.fields.get("consensus")
        return "" if known or edge.relation == "supports" else cited(edge)


def cited(edge: Edge) -> str:
    """Name what a statement rests on, in brackets; nothing for what is so by definition."""
    if edge.sources:
        return f" [{', '.join(edge.sources)}]"
    return " [consensus]" if edge.consensus else ""


def _part(title: str, layout: str, said: list[tuple[Edge, str, str]]) -> Iterator[str]:
    if not said:
        return
    yield ""
    yield title.upper()
    if layout == "detail":
        groups = _grouped((edge.detail, name + cite) for edge, name, cite in said)
        entries = [f"{detail}: {'; '.join(names)}" for detail, names in groups]
    elif layout == "name":
        groups = _grouped((name, edge.detail + cite) for edge, name, cite in said)
        entries = [f"{name}: {'; '.join(filter(None, details))}".removesuffix(": ") for name, details in groups]
    elif layout == "alternatives":
        groups = _grouped((str(edge.attributes["group"]), name) for edge, name, _ in said)
        entries = [" or ".join(names) for _, names in groups]
    else:
        shown = [(name, f" ({edge.detail})" if edge.detail else "", cite) for edge, name, cite in said]
        entries = ["; ".join("".join(parts) for parts in shown)]
    for entry in entries:
        yield from wrapped(entry, first="  ", then="    ")


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for name, member in pairs:
        groups.setdefault(name, []).append(member)
    return groups.items()


def _plain(value: Any) -> list[str]:
    """Put a field into lines: sentences one by one, words together, and nothing for what is not so."""
    if value is None or value is False or value == []:
        return []
    if isinstance(value, list):
        return value if any(len(item) > 40 for item in value) else ["; ".join(value)]
    return ["yes" if value is True else str(value)]


def wrapped(text: str, *, first: str, then: str) -> list[str]:
    """Break a text into lines of 80 columns, the first indented by ``first``, the others by ``then``."""
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=first, subsequent_indent=then,
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
