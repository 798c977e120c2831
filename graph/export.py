"""Writes the graph for other programs: GraphML, node-link JSON, DOT, Mermaid, and the HTML explorer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.network import KnowledgeGraph
from prehab.graph.relations import KINDS, RELATIONS, Edge
from prehab.graph.text import visible

if TYPE_CHECKING:
    from networkx import MultiDiGraph

__all__ = ["FORMATS", "MERMAID_EDGES", "MERMAID_LETTERS", "export", "flat", "part_of"]

FORMATS = ("graphml", "json", "dot", "mermaid", "html")
MERMAID_EDGES, MERMAID_LETTERS = 500, 50_000  # what Mermaid draws unless the page that shows it allows more

# light fills, dark letters; a kind that is not named here is grey
_FILLS = {
    "exercise": "#d9ead3", "injury": "#f8d7d3", "structure": "#fbe5cc", "muscle": "#f3dce8", "pattern": "#dce6f5",
    "phase": "#dce6f5", "source": "#ececec", "claim": "#ececec",
}  # fmt: skip
_FILL = "#f2f0e9"


def export(
    graph: KnowledgeGraph, form: str, *, kinds: Sequence[str] = (), around: str | None = None, steps: int = 1
) -> str:
    """Write the graph, or a part of it, as text. The same graph gives the same text.

    Args:
        graph: The graph.
        form: One of ``FORMATS``.
        kinds: Only nodes of these kinds; none means all.
        around: Only the neighbourhood of this node: its id, ``kind:id``, name or alias.
        steps: How many steps the neighbourhood reaches.

    Raises:
        InputError: There is no such format, kind or node.

    >>> from prehab import load_graph
    >>> from prehab.graph.export import export
    >>> print(export(load_graph(), "mermaid", kinds=["phase"], around="phase:power"))
    flowchart LR
      n0["power"]
      classDef kind_phase fill:#dce6f5,stroke:#555,color:#111
      class n0 kind_phase
    <BLANKLINE>
    """
    if form not in FORMATS:
        raise InputError([Fault("unknown-format", f"unknown format `{form}`", value=form, allowed=FORMATS,
                                did_you_mean=nearest(form, FORMATS))])  # fmt: skip
    part = part_of(graph, kinds=kinds, around=around, steps=steps)
    if form == "html":
        from prehab.graph.explorer.page import page

        return page(graph, part)
    return {"graphml": _graphml, "json": _json, "dot": _dot, "mermaid": _mermaid}[form](part)


def part_of(
    graph: KnowledgeGraph, *, kinds: Sequence[str] = (), around: str | None = None, steps: int = 1
) -> MultiDiGraph[str]:
    """The part of the network that is asked for, in the order of the whole.

    The neighbourhood holds what can be reached in ``steps`` edges, in either direction, by way of nodes of ``kinds``.

    Raises:
        InputError: There is no such kind or node.
    """
    import networkx

    faults = [
        Fault("unknown-kind", f"unknown kind `{kind}`", value=kind, allowed=tuple(KINDS),
              did_you_mean=nearest(kind, KINDS, {table: kind for kind, table in KINDS.items()}))
        for kind in kinds if kind not in KINDS
    ]  # fmt: skip
    if faults:
        raise InputError(faults)
    whole = graph.network
    centre = None if around is None else graph.resolve(around)
    kept = {key for key, data in whole.nodes(data=True) if not kinds or data["kind"] in kinds or key == centre}
    if centre is not None:
        near = whole.subgraph(kept).to_undirected(as_view=True)
        kept = set(networkx.single_source_shortest_path_length(near, centre, cutoff=steps))
    part: MultiDiGraph[str] = networkx.MultiDiGraph()
    part.add_nodes_from((key, data) for key, data in whole.nodes(data=True) if key in kept)
    edges = whole.edges(keys=True, data=True)
    for start, end, number, data in sorted(edges, key=lambda edge: edge[2]):
        if start in kept and end in kept:
            part.add_edge(start, end, key=number, **data)
    networkx.freeze(part)
    return part


def flat(data: dict[str, Any]) -> dict[str, str | int | float | bool]:
    """Attributes as GraphML can hold them: JSON text for lists and mappings, nothing for None, each field by itself."""
    fields = {f"fields.{name}": value for name, value in data.get("fields", {}).items()}
    return {
        name: visible(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        if not isinstance(value, int | float)
        else value
        for name, value in {**data, **fields}.items()
        if value is not None and name != "fields"
    }


def _graphml(part: MultiDiGraph[str]) -> str:
    import networkx

    plain: MultiDiGraph[str] = networkx.MultiDiGraph()
    plain.add_nodes_from((key, flat(data)) for key, data in part.nodes(data=True))
    for start, end, number, data in _edges(part):
        plain.add_edge(start, end, key=number, **flat(data))
    written = BytesIO()
    networkx.write_graphml_xml(plain, written)  # not the writer that needs lxml: the same bytes everywhere
    return written.getvalue().decode("utf-8") + "\n"


def _json(part: MultiDiGraph[str]) -> str:
    """Node-link data; read back with ``networkx.node_link_graph(data, name="key", edges="edges")``."""
    import networkx

    data = networkx.node_link_data(part, name="key", edges="edges")
    data["edges"].sort(key=lambda edge: edge["key"])
    return visible(json.dumps(data, ensure_ascii=False, indent=1)) + "\n"


def _dot(part: MultiDiGraph[str]) -> str:
    def quoted(text: str) -> str:
        return '"' + visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'

    lines = [
        "digraph prehab {",
        "  graph [rankdir=LR, overlap=false];",
        f'  node [shape=box, style="rounded,filled", fontname="sans-serif", fillcolor="{_FILL}"];',
        '  edge [fontname="sans-serif", fontsize=10];',
    ]
    for key, data in part.nodes(data=True):
        fill = f', fillcolor="{_FILLS[data["kind"]]}"' if data["kind"] in _FILLS else ""
        lines.append(f"  {quoted(key)} [label={quoted(data['name'])}{fill}];")
    lines += [
        f"  {quoted(start)} -> {quoted(end)} [label={quoted(_said(start, end, data))}];"
        for start, end, _, data in _edges(part)
    ]
    return "\n".join([*lines, "}", ""])


def _mermaid(part: MultiDiGraph[str]) -> str:
    def quoted(text: str) -> str:
        """Everything but letters, digits and harmless marks as a character code: no text can end or style anything."""
        return '"' + re.sub(r"[^\w ,.()/-]", lambda sign: f"#{ord(sign[0])};", " ".join(visible(text).split())) + '"'

    numbers = {key: f"n{number}" for number, key in enumerate(part)}
    members: dict[str, list[str]] = {}
    lines = ["flowchart LR"]
    for key, data in part.nodes(data=True):
        lines.append(f"  {numbers[key]}[{quoted(data['name'])}]")
        members.setdefault(data["kind"], []).append(numbers[key])
    for start, end, _, data in _edges(part):
        lines.append(f"  {numbers[start]} -->|{quoted(_said(start, end, data))}| {numbers[end]}")
    for kind, names in members.items():
        lines.append(f"  classDef kind_{kind} fill:{_FILLS.get(kind, _FILL)},stroke:#555,color:#111")
        lines.append(f"  class {','.join(names)} kind_{kind}")
    return "\n".join([*lines, ""])


def _edges(part: MultiDiGraph[str]) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
    """The edges in the order in which the graph tells them, not by neighbour."""
    yield from sorted(part.edges(keys=True, data=True), key=lambda edge: edge[2])


def _said(start: str, end: str, data: dict[str, Any]) -> str:
    """What stands on an arrow: the sentence of the edge without its two ends."""
    detail = Edge(start, data["relation"], end, data).detail
    return RELATIONS[data["relation"]].says + (f" ({detail})" if detail else "")
