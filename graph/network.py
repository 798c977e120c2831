"""The knowledge graph as a network: typed nodes and edges, and the questions that follow the edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Unpack

from prehab.graph.catalogue import Catalogue, bundled_catalogue
from prehab.graph.chains import Backing, Chain, Path, chains_of, ladder_path
from prehab.graph.faults import Fault, InputError, PackError, nearest
from prehab.graph.find import Criteria, Found, find_exercises, find_injuries, unknown
from prehab.graph.frozen import Frozen
from prehab.graph.once import Once
from prehab.graph.record import record
from prehab.graph.relations import KINDS, RELATIONS, Edge, Node, edges_of, nodes_of
from prehab.graph.schema import Injury
from prehab.graph.sheet import Sheet, Statement
from prehab.graph.substitutes import Substitute, substitutes

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph

__all__ = ["KnowledgeGraph", "Ladder", "build_network", "load_graph"]


def load_graph(catalogue: Catalogue | None = None) -> KnowledgeGraph:
    """Open the knowledge graph.

    Args:
        catalogue: Its contents; by default those that come with prehab.

    Raises:
        PackError: The files have faults; all of them are listed.

    >>> from prehab import load_graph
    >>> graph = load_graph()
    >>> print(graph.show("soleus").outgoing[0].sentence)
    soleus is part of calf muscles
    """
    return KnowledgeGraph(bundled_catalogue() if catalogue is None else catalogue)


@dataclass(frozen=True)
class Ladder:
    """The steps below and above an exercise, as ids; the nearest step first, each a tuple of choices."""

    exercise: str
    easier: tuple[tuple[str, ...], ...]
    harder: tuple[tuple[str, ...], ...]


@record(slots=False)
class KnowledgeGraph(Frozen):
    """What exists and how it relates. Immutable; networkx is imported when the edges are first needed."""

    catalogue: Catalogue

    @Once
    def network(self) -> MultiDiGraph[str]:
        """The frozen network: nodes named ``kind:id`` with ``kind``, ``id``, ``name`` and ``fields``; edges numbered by
        their keys, with ``relation``, ``sources``, ``consensus`` and what that relation adds (``role``, ``level`` …).

        Raises:
            PackError: An edge leads to or from something that does not exist.
        """
        return build_network(self._nodes.values(), edges_of(self.catalogue))

    def show(self, name: str) -> Sheet:
        """Tell everything about a node.

        Args:
            name: Its id, its id with the kind (``muscle:foot``), its name or an alias.

        Raises:
            InputError: Nothing, or more than one thing, is called that.
        """
        key = self.resolve(name)
        outgoing = _in_order(self.network, self.network.out_edges(key, keys=True))
        incoming = _in_order(self.network, self.network.in_edges(key, keys=True))
        rests_on = [*outgoing, *(edge for edge in incoming if edge.relation == "supports")]
        sources = {source for edge in rests_on for source in edge.sources}
        node = self._nodes[key]
        return Sheet(
            node,
            tuple(self._statement(edge, reverse=False) for edge in outgoing),
            tuple(self._statement(edge, reverse=True) for edge in incoming),
            tuple(source for name, source in self.catalogue.sources.items() if name in sources and name != node.id),
        )

    def find(self, **criteria: Unpack[Criteria]) -> Found:
        """Find the exercises that meet every criterion, in id order; see ``prehab.graph.find.find_exercises``.

        Raises:
            InputError: A name does not exist.
        """
        return find_exercises(self.catalogue, **criteria)

    def find_injuries(
        self, *, region: str | None = None, structure: str | None = None, text: str | None = None
    ) -> tuple[Injury, ...]:
        """Find the injuries of a region, that affect a structure, or whose names hold all words of a text.

        Raises:
            InputError: There is no such region or structure.
        """
        return find_injuries(self.catalogue, region=region, structure=structure, text=text)

    def ladder(self, exercise: str) -> Ladder:
        """Tell what leads up to an exercise and what it leads to.

        Raises:
            InputError: There is no such exercise.
        """
        if exercise not in self.catalogue.exercises:
            raise InputError([unknown(self.catalogue, "exercises", exercise)])
        harder = {key: tuple(node.progresses_to) for key, node in self.catalogue.exercises.items()}
        return Ladder(exercise, _steps(exercise, self.catalogue.easier), _steps(exercise, harder))

    def path(self, start: str, end: str) -> Path | None:
        """Tell the shortest way along the ladders from one exercise up to another, or else down to it.

        Returns:
            The way, with what every step changes; ``None`` when no ladder joins the two.

        Raises:
            InputError: There is no such exercise.
        """
        exercises = self.catalogue.exercises
        if faults := [unknown(self.catalogue, "exercises", name) for name in (start, end) if name not in exercises]:
            raise InputError(faults)
        return ladder_path(exercises, self._ladders, start, end)

    def substitutes(
        self, exercise: str, *, spare: Iterable[str] = (), equipment: Iterable[str] | None = None
    ) -> tuple[Substitute, ...]:
        """Find what can stand in for an exercise; see ``prehab.graph.substitutes.substitutes``.

        Raises:
            InputError: A name does not exist.
        """
        return substitutes(self.catalogue, exercise, spare=spare, equipment=equipment)

    def relate(self, one: str, other: str) -> tuple[Chain, ...]:
        """Tell what two things have to do with each other: every chain of one or two statements that joins them.

        Args:
            one: An id, ``kind:id``, name or alias; say an injury.
            other: The same; say an exercise.

        Raises:
            InputError: Nothing, or more than one thing, is called that; or both are the same.
        """
        start, end = self.resolve(one), self.resolve(other)
        if start == end:
            raise InputError([Fault("same-thing", f"`{one}` and `{other}` are the same thing", value=other)])
        chains = []
        for edges in chains_of(self.network, start, end):
            here, statements = start, []
            for edge in edges:
                reverse = edge[0] != here
                statements.append(self._statement(_edge(self.network, edge), reverse=reverse))
                here = edge[0] if reverse else edge[1]
            chains.append(Chain(tuple(statements)))
        return tuple(chains)

    def rests_on(self, source: str) -> tuple[Backing, ...]:
        """Tell what rests on a publication, for the day it is retracted: what has no other backing comes first.

        Raises:
            InputError: There is no such source.
        """
        if source not in self.catalogue.sources:
            raise InputError([unknown(self.catalogue, "sources", source)])
        found = [
            Backing(self._nodes[end], data.get("statement", ""), data["others"], data["consensus"])
            for _, end, data in self.network.out_edges(f"source:{source}", data=True)
        ]
        return tuple(sorted(found, key=lambda b: (not b.bare, b.node.kind, b.node.id, b.statement)))

    def resolve(self, name: str) -> str:
        """Turn what people type (an id, ``kind:id``, a name or an alias) into the key of a node.

        Raises:
            InputError: Nothing, or more than one thing, is called that.
        """
        if name in self._nodes:
            return name
        found = self._by_id.get(name) or self._by_name.get(name.casefold(), ())
        if len(found) == 1:
            return found[0]
        if found:
            kinds = ", ".join(key.partition(":")[0] for key in found)
            raise InputError([
                Fault("ambiguous-name", f"`{name}` names more than one thing ({kinds})", value=name, allowed=found,
                      help=f"Say which, as in `{found[0]}`.")
            ])  # fmt: skip
        word = name.partition(":")[2] if name.partition(":")[0] in KINDS else name
        message = f"nothing in the graph is called `{name}`"
        close, lists = self._meant(word), "`prehab list exercises` and `prehab list injuries` name what there is."
        raise InputError([Fault("unknown-name", message, value=name, did_you_mean=close, help=lists)])

    def _meant(self, word: str) -> tuple[str, ...]:
        """What a name may stand for: an injury or exercise by its meaning, anything else by the spelling."""
        from prehab.graph.naming import Naming

        naming = Naming(self.catalogue)
        named = (*naming.injury(word).names, *naming.exercise(word)) if naming.by_meaning else ()
        others = {
            key: node for key, node in self._nodes.items()
            if not (naming.by_meaning and node.kind in ("injury", "exercise"))
        }  # fmt: skip
        spoken = {said: others[keys[0]].id for said, keys in self._by_name.items() if keys[0] in others}
        return (*named, *nearest(word, [node.id for node in others.values()], spoken))[:3]

    @Once
    def _ladders(self) -> DiGraph[str]:
        """The exercises and their progressions alone."""
        import networkx

        steps: dict[str, Iterable[str]] = {key: one.progresses_to for key, one in self.catalogue.exercises.items()}
        return networkx.DiGraph(steps)

    @Once
    def _nodes(self) -> dict[str, Node]:
        return {node.key: node for node in nodes_of(self.catalogue)}

    @Once
    def _by_id(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, node in self._nodes.items():
            found[node.id] = (*found.get(node.id, ()), key)
        return found

    @Once
    def _by_name(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for key, node in self._nodes.items():
            for said in dict.fromkeys(text.casefold() for text in (node.name, *node.aliases)):
                found[said] = (*found.get(said, ()), key)
        return found

    def _statement(self, edge: Edge, *, reverse: bool) -> Statement:
        start, end = self._nodes[edge.start], self._nodes[edge.end]
        return Statement(edge, start if reverse else end, edge.sentence(start.name, end.name, reverse=reverse))


def build_network(nodes: Iterable[Node], edges: Iterable[Edge]) -> MultiDiGraph[str]:
    """Make a frozen network, the only place where edges are added.

    Raises:
        PackError: An edge is of no known relation, or an end of it does not exist or is of the wrong kind (networkx
            itself would make up the missing node); all of them are listed.
    """
    import networkx

    network: MultiDiGraph[str] = networkx.MultiDiGraph()
    for node in nodes:
        network.add_node(node.key, kind=node.kind, id=node.id, name=node.name, fields=node.fields)
    faults: list[Fault] = []
    for number, edge in enumerate(edges):
        wrong = list(_wrong(network, edge))
        faults += wrong
        if not wrong:
            network.add_edge(
                edge.start, edge.end, key=number,
                relation=edge.relation, sources=edge.sources, consensus=edge.consensus, **edge.attributes,
            )  # fmt: skip
    if faults:
        raise PackError(faults)
    networkx.freeze(network)
    return network


def _wrong(network: MultiDiGraph[str], edge: Edge) -> Iterator[Fault]:
    said = f"the edge `{edge.start}` {edge.relation} `{edge.end}`"
    relation = RELATIONS.get(edge.relation)
    if relation is None:
        yield Fault("unknown-relation", f"{said} is of no known relation", value=edge.relation,
                    allowed=tuple(RELATIONS), did_you_mean=nearest(edge.relation, RELATIONS))  # fmt: skip
        return
    for end, kinds in ((edge.start, relation.starts), (edge.end, relation.ends)):
        if end not in network:
            kind, _, name = end.partition(":")
            close = nearest(name, [data["id"] for _, data in network.nodes(data=True) if data["kind"] == kind])
            yield Fault("unknown-end", f"{said} has an end that does not exist, `{end}`", value=end, did_you_mean=close)
        elif network.nodes[end]["kind"] not in kinds:
            yield Fault("wrong-end", f"{said} has an end of the wrong kind, `{end}`", value=end, allowed=kinds)


def _in_order(network: MultiDiGraph[str], found: Iterable[tuple[str, str, int]]) -> list[Edge]:
    """Read edges back in the order in which they were added; networkx keeps them by neighbour."""
    return [_edge(network, edge) for edge in sorted(found, key=lambda edge: edge[2])]


def _edge(network: MultiDiGraph[str], edge: tuple[str, str, int]) -> Edge:
    data = network.edges[edge]
    attributes = {name: value for name, value in data.items() if name not in ("relation", "sources", "consensus")}
    return Edge(edge[0], data["relation"], edge[1], attributes, data["sources"], data["consensus"])


def _steps(start: str, links: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    seen, steps = {start}, []
    step = links[start]
    while step:
        steps.append(step)
        seen.update(step)
        step = tuple(dict.fromkeys(end for key in step for end in links[key] if end not in seen))
    return tuple(steps)
