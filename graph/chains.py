"""Questions that follow edges: the way up a ladder, what two things have to do with each other, what rests on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from prehab.graph.relations import Node
from prehab.graph.schema import Exercise
from prehab.graph.sheet import Statement, cited, wrapped

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph

__all__ = ["Backing", "Chain", "Path", "Step", "chains_of", "ladder_path"]

# what may stand between two things in a chain; the others (a phase, a pattern, a source) join nearly everything
LINKS = frozenset({"exercise", "structure", "muscle", "feature", "injury", "fault"})


@dataclass(frozen=True)
class Step:
    """One rung of a path: the exercise, and every level that it raises or lowers against the rung before."""

    exercise: str
    name: str
    changes: dict[str, tuple[int, int]]
    note: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready data."""
        changes = {name: {"before": before, "after": after} for name, (before, after) in self.changes.items()}
        return {"exercise": self.exercise, "name": self.name, "changes": changes, "note": self.note}


@dataclass(frozen=True)
class Path:
    """The shortest way along the ladders from one exercise to another. ``print(path)`` shows it."""

    direction: Literal["harder", "easier"]
    steps: tuple[Step, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready data."""
        return {"direction": self.direction, "steps": [step.as_dict() for step in self.steps]}

    def __str__(self) -> str:
        lines = []
        for step in self.steps:
            lines.append(f"{step.name} · {step.exercise}")
            changed = (f"{name} {before} to {after}" for name, (before, after) in step.changes.items())
            for text in (", ".join(changed).replace("_", " "), step.note or ""):
                lines += wrapped(text, first="    ", then="    ")
        return "\n".join(lines)


@dataclass(frozen=True)
class Chain:
    """What two things have to do with each other, in one or two statements."""

    statements: tuple[Statement, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """What the statements rest on."""
        return tuple(dict.fromkeys(source for said in self.statements for source in said.edge.sources))

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready data."""
        return {"statements": [said.as_dict() for said in self.statements], "sources": list(self.sources)}

    def __str__(self) -> str:
        lines = []
        for depth, said in enumerate(self.statements):
            lines += wrapped(f"{said.sentence}{cited(said.edge)}", first="  " * depth, then="  " * depth + "    ")
        return "\n".join(lines)


@dataclass(frozen=True)
class Backing:
    """Something that rests on a source, and what would still hold it if that fell.

    Attributes:
        node: The exercise, injury or order.
        statement: What is said of it; empty where the node rests on the source as a whole.
        others: The other sources of the same statement.
        consensus: It also stands as a stated consensus.
    """

    node: Node
    statement: str
    others: tuple[str, ...]
    consensus: bool

    @property
    def bare(self) -> bool:
        """Nothing else holds it."""
        return not (self.others or self.consensus)

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready data."""
        return {
            "kind": self.node.kind,
            "id": self.node.id,
            "name": self.node.name,
            "statement": self.statement,
            "others": list(self.others),
            "consensus": self.consensus,
            "bare": self.bare,
        }


def ladder_path(exercises: Mapping[str, Exercise], ladders: DiGraph[str], start: str, end: str) -> Path | None:
    """The shortest way up from one exercise to the other, or else down; ``None`` when no ladder joins them."""
    import networkx

    ways: tuple[tuple[Literal["harder", "easier"], Any], ...] = (
        ("harder", ladders),
        ("easier", ladders.reverse(copy=False)),
    )
    for direction, steps in ways:
        try:
            # of several shortest ways the first in id order, so that the answer never depends on the order of the files
            keys = min(networkx.all_shortest_paths(steps, start, end))
        except networkx.NetworkXNoPath:
            continue
        nodes = [exercises[key] for key in keys]
        return Path(direction, tuple(_steps(nodes, upwards=direction == "harder")))
    return None


def _steps(nodes: list[Exercise], *, upwards: bool) -> Iterator[Step]:
    before: Exercise | None = None
    for node in nodes:
        changes = {}
        if before is not None:
            structures = (*before.loads, *node.loads)
            levels = {name: (before.loads.get(name, 0), node.loads.get(name, 0)) for name in structures}
            levels["impact"] = (before.impact, node.impact)
            changes = {name: pair for name, pair in levels.items() if pair[0] != pair[1]}
        yield Step(node.id, node.name, changes, before.step_notes.get(node.id) if before and upwards else None)
        before = node


def chains_of(network: MultiDiGraph[str], start: str, end: str) -> Iterator[list[tuple[str, str, int]]]:
    """The edges that join two nodes: directly, or over one thing between them, whichever way they point."""
    yield from ([edge] for edge in _between(network, start, end))
    around = set(network.successors(start)) | set(network.predecessors(start))
    for middle in sorted(around & (set(network.successors(end)) | set(network.predecessors(end)))):
        if network.nodes[middle]["kind"] not in LINKS or middle in (start, end):
            continue
        for first in _between(network, start, middle):
            for second in _between(network, middle, end):
                if _says_something(network, first, second):
                    yield [first, second]


def _between(network: MultiDiGraph[str], one: str, other: str) -> Iterable[tuple[str, str, int]]:
    found: list[tuple[str, str, Any]] = [(one, other, key) for key in network.get_edge_data(one, other, default={})]
    found += [(other, one, key) for key in network.get_edge_data(other, one, default={})]
    return sorted(found, key=lambda edge: edge[2])


def _says_something(network: MultiDiGraph[str], *edges: tuple[str, str, int]) -> bool:
    """A load below the level from which the structure aggravates says nothing."""
    told = {data["relation"]: data for data in (network.edges[edge] for edge in edges)}
    if {"aggravated_by", "loads"} <= told.keys():
        return bool(told["loads"]["level"] >= told["aggravated_by"]["at_least"])
    return True
