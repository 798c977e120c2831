"""Hypothesis strategies, drawn from a pack: whatever its vocabulary and graph hold is drawn without a change here.

What is drawn is plain data, as it would stand in a file, and shrinks towards as little as can be said.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from prehab.graph.catalogue import Catalogue, bundled_catalogue
from prehab.population import Choose, build_complaint, build_log, build_runner, shape_of
from prehab.rules.pack import Pack
from prehab.testing.graph_files import GraphFiles, make_graph
from prehab.testing.making import make_files
from prehab.testing.packs import PackFiles

__all__ = ["complaints", "graphs", "logs", "rule_packs", "runners"]


@st.composite
def runners(draw: st.DrawFn, pack: Pack, complaints: int | None = None) -> dict[str, Any]:
    """Runners, as they would stand in a runner file; they shrink towards the empty runner.

    Args:
        draw: Given by hypothesis.
        pack: The pack whose vocabulary and words are drawn from.
        complaints: How many complaints; by default 0 to 4.
    """
    return build_runner(_choosing(draw), shape_of(pack), complaints)


@st.composite
def complaints(draw: st.DrawFn, pack: Pack) -> dict[str, Any]:
    """Complaints, as they stand under `complaints:` of a runner file; they shrink towards a region of which no more is
    known.
    """
    return build_complaint(_choosing(draw), shape_of(pack))


@st.composite
def logs(draw: st.DrawFn, pack: Pack) -> list[dict[str, Any]]:
    """Logged sessions, as they stand under `recent_sessions:` of a runner file; they shrink towards none."""
    return build_log(_choosing(draw), shape_of(pack))


@st.composite
def rule_packs(draw: st.DrawFn, catalogue: Catalogue | None = None) -> PackFiles:
    """Rule packs that pass the checks, as files; ``.pack`` is the compiled one. They shrink towards few, short rules.

    Args:
        draw: Given by hypothesis.
        catalogue: The graph that they are about; by default the bundled one.
    """
    catalogue = catalogue or bundled_catalogue()
    return PackFiles(make_files(_choosing(draw), catalogue), catalogue)


@st.composite
def graphs(draw: st.DrawFn) -> GraphFiles:
    """Small graphs that pass the checks, as files; ``.catalogue`` holds their contents. They shrink towards two
    exercises and one sore region.
    """
    return GraphFiles(make_graph(_choosing(draw)))


def _choosing(draw: st.DrawFn) -> Choose:
    return lambda options: options[draw(_INDEX[len(options)])]


class _Indices(dict[int, st.SearchStrategy[int]]):
    def __missing__(self, size: int) -> st.SearchStrategy[int]:
        self[size] = st.integers(0, size - 1)
        return self[size]


_INDEX = _Indices()
