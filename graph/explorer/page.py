"""Puts the explorer together: the sheets as data, the page's own code and style, and the library that draws."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prehab.graph.bundled import read_bundled
from prehab.graph.explorer.ladders import LADDER, Drawn, ladders
from prehab.graph.network import KnowledgeGraph
from prehab.graph.relations import KINDS, RELATIONS
from prehab.graph.schema import Source
from prehab.graph.sheet import Sheet, Statement
from prehab.graph.text import visible

if TYPE_CHECKING:
    from networkx import MultiDiGraph

__all__ = ["contents", "page"]

FOLDER = Path(__file__).parent
SCRIPTS = ("vendor/cytoscape.min.js", "drawing.js", "explorer.js")
# cytoscape would add this rule itself, which the page's security policy does not let it do
CYTOSCAPE_STYLE = ".__________cytoscape_container { position: relative; }"


def page(graph: KnowledgeGraph, part: MultiDiGraph[str]) -> str:
    """Write a part of the graph as one HTML page that needs nothing else and asks for nothing else.

    The page may run and use only what is written into it: its security policy names every script and style by its hash
    and permits no connection.
    """
    from prehab import __version__

    scripts = [_read(name) for name in SCRIPTS]
    styles = {"explorer": _read("explorer.css"), "__________cytoscape_stylesheet": CYTOSCAPE_STYLE}
    policy = "; ".join([
        "default-src 'none'",
        "script-src " + " ".join(map(_hash, scripts)),
        "style-src " + " ".join(map(_hash, styles.values())),
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ])  # fmt: skip
    parts = {
        "policy": escape(policy),
        "styles": "\n".join(f'<style id="{name}">{text}</style>' for name, text in styles.items()),
        "data": _in_script(contents(graph, part)),
        "scripts": "\n".join(f"<script>{text}</script>" for text in scripts),
        "version": escape(__version__),
        "nodes": str(part.number_of_nodes()),
        "edges": str(part.number_of_edges()),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda mark: parts[mark[1]], _read("explorer.html"))


def contents(graph: KnowledgeGraph, part: MultiDiGraph[str]) -> dict[str, Any]:
    """Everything that the page tells, as JSON-ready data; nodes are named by their numbers in ``nodes``."""
    numbers = {key: number for number, key in enumerate(part)}
    sheets = {key: graph.show(key) for key in part}
    sources = {source.id: source for sheet in sheets.values() for source in sheet.sources}
    present = {data["kind"] for _, data in part.nodes(data=True)}
    return {
        "kinds": [kind for kind in KINDS if kind in present],
        "relations": {name: [relation.says, relation.reverse] for name, relation in RELATIONS.items()},
        "ladder": LADDER,
        "nodes": [_told(sheet, numbers) for sheet in sheets.values()],
        "sources": {name: _cited(source) for name, source in sorted(sources.items())},
        "ladders": [_numbered(drawn, numbers) for drawn in ladders(part)],
    }


def _told(sheet: Sheet, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "key": sheet.node.key,
        "kind": sheet.node.kind,
        "id": sheet.node.id,
        "name": sheet.node.name,
        "aliases": list(sheet.node.aliases),
        "about": [[label, lines] for label, lines in sheet.about()],
        "says": [_stated(one, numbers, sheet.cite(one.edge)) for one in sheet.outgoing],
        "hears": [_stated(one, numbers, "") for one in sheet.incoming],
        "sources": [source.id for source in sheet.sources],
    }


def _stated(one: Statement, numbers: dict[str, int], cite: str) -> list[Any]:
    """A statement: its relation, the number or (outside of this part) the name of the other node, and its sentence."""
    return [one.edge.relation, numbers.get(one.other.key, one.other.name), one.sentence + cite]


def _cited(source: Source) -> list[str]:
    """A source as text, and its address where it has one."""
    text, link, doi = source.citation().partition(" https://doi.org/")
    return [text, link.strip() + doi]


def _numbered(drawn: Drawn, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "family": drawn.family,
        "places": [[numbers[key], rank, row] for key, (rank, row) in drawn.places.items()],
        "lines": [[numbers[a], numbers[b], bends] for a, b, bends in drawn.lines],
        "guests": sorted(numbers[key] for key in drawn.guests),
        "alone": [numbers[key] for key in drawn.alone],
    }


def _read(name: str) -> str:
    text = read_bundled(FOLDER / name)
    if text is None:
        raise FileNotFoundError(FOLDER / name)
    return text


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _shown(data: Any) -> Any:
    """The same data with the hidden signs in its texts shown: the page puts texts where people read them."""
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {_shown(key): _shown(value) for key, value in data.items()}
    return [_shown(value) for value in data] if isinstance(data, list | tuple) else data


def _in_script(data: dict[str, Any]) -> str:
    """JSON for a script element: no name in it can end the element, open a comment or steer what shows it."""
    text = json.dumps(_shown(data), ensure_ascii=False, separators=(",", ":"))
    return re.sub(r"[<>&]", lambda sign: f"\\u{ord(sign[0]):04x}", text)
