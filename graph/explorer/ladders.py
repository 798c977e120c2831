"""Ladders as drawings: what is harder stands further on, and what belongs together stands together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from networkx import DiGraph, MultiDiGraph

__all__ = ["LADDER", "Drawn", "ladders"]

LADDER, FAMILY = "progresses_to", "family"
SWEEPS = 6  # passes over the ranks to untangle the lines; more changes nothing

Stop = tuple[str, ...]  # a node, as (key,), or a bend of a line, as (start, end, rank)


@dataclass(frozen=True)
class Drawn:
    """The ladders of one family.

    Attributes:
        family: Its name.
        places: For each node its rank, which rises along every step, and its row; a row may be between two others.
        lines: Each step from easier to harder, with the places where its line bends.
        guests: The nodes of other families that it leads to or comes from.
        alone: The nodes of the family that no step leads to or from.
    """

    family: str
    places: dict[str, tuple[int, float]]
    lines: tuple[tuple[str, str, tuple[tuple[int, float], ...]], ...]
    guests: frozenset[str]
    alone: tuple[str, ...]


def ladders(network: MultiDiGraph[str]) -> tuple[Drawn, ...]:
    """Draw the ladders of every family that has any, by name of the family."""
    import networkx

    steps: DiGraph[str] = networkx.DiGraph()
    steps.add_edges_from((a, b) for a, b, data in network.edges(data=True) if data["relation"] == LADDER)
    families: dict[str, list[str]] = {}
    for key, data in network.nodes(data=True):
        if FAMILY in data["fields"]:
            families.setdefault(data["fields"][FAMILY], []).append(key)
    return tuple(
        _drawn(family, families[family], steps)
        for family in sorted(families)
        if any(m in steps for m in families[family])
    )


def _drawn(family: str, members: list[str], steps: DiGraph[str]) -> Drawn:
    import networkx

    inside = set(members)
    shown: DiGraph[str] = networkx.DiGraph()
    shown.add_edges_from((a, b) for a, b in steps.edges if a in inside or b in inside)
    places: dict[str, tuple[int, float]] = {}
    lines: list[tuple[str, str, tuple[tuple[int, float], ...]]] = []
    top = 0.0
    groups = sorted(networkx.weakly_connected_components(shown), key=lambda group: (-len(group), min(group)))
    for group in groups:
        ladder = shown.subgraph(group)
        rank = _ranks(ladder)
        rows = _rows(ladder, rank)
        first, last = min(rows.values()), max(rows.values())
        rows = {stop: row - first + top for stop, row in rows.items()}
        top += last - first + 2
        places |= {key: (rank[key], rows[key,]) for key in sorted(group)}
        for a, b in sorted(ladder.edges):
            bends = tuple((between, rows[a, b, str(between)]) for between in range(rank[a] + 1, rank[b]))
            lines.append((a, b, bends))
    return Drawn(
        family, places, tuple(lines), frozenset(places) - inside, tuple(key for key in members if key not in shown)
    )


def _ranks(ladder: DiGraph[str]) -> dict[str, int]:
    """How many steps lead up to each node, at most; where none does, it stands right before the first it leads to."""
    import networkx

    rank: dict[str, int] = {}
    for key in networkx.topological_sort(ladder):
        rank[key] = max((rank[easier] + 1 for easier in ladder.predecessors(key)), default=0)
    for key in ladder:
        if not ladder.in_degree(key):
            rank[key] = min(rank[harder] for harder in ladder.successors(key)) - 1
    return rank


def _rows(ladder: DiGraph[str], rank: dict[str, int]) -> dict[Stop, float]:
    """Rows in which few lines cross: each rank is put in the order of the middle of what it is joined to, and again."""
    levels: list[list[Stop]] = [[] for _ in range(max(rank.values()) + 1)]
    near: dict[Stop, list[Stop]] = {}
    for key in sorted(ladder):
        levels[rank[key]].append((key,))
    for a, b in sorted(ladder.edges):
        path = [(a,), *((a, b, str(between)) for between in range(rank[a] + 1, rank[b])), (b,)]
        for between, stop in zip(range(rank[a] + 1, rank[b]), path[1:-1], strict=True):
            levels[between].append(stop)
        for one, two in pairwise(path):
            near.setdefault(one, []).append(two)
            near.setdefault(two, []).append(one)
    row = {stop: float(place) for level in levels for place, stop in enumerate(level)}
    for sweep in range(SWEEPS):
        for level in levels if sweep % 2 == 0 else reversed(levels):
            wish = {stop: sum(row[other] for other in near[stop]) / len(near[stop]) for stop in level}
            level.sort(key=lambda stop: (wish[stop], stop))
            row |= dict(zip(level, _apart([wish[stop] for stop in level]), strict=True))
    return {stop: round(2 * at) / 2 for stop, at in row.items()} if _distinct(levels, row) else row


def _apart(wishes: list[float]) -> list[float]:
    """The rows nearest to those wished for, in the same order, at least one apart: blocks that touch move together."""
    blocks: list[tuple[float, int]] = []  # the first row of each block and its length
    for wish in wishes:
        start, length = wish, 1
        while blocks and blocks[-1][0] + blocks[-1][1] > start:
            before, many = blocks.pop()
            start = (before * many + (start - many) * length) / (many + length)
            length += many
        blocks.append((start, length))
    return [start + place for start, length in blocks for place in range(length)]


def _distinct(levels: list[list[Stop]], row: dict[Stop, float]) -> bool:
    """Whether rows rounded to halves are still one apart."""
    return all(round(2 * row[b]) - round(2 * row[a]) >= 2 for level in levels for a, b in pairwise(level))
