"""Hypothesis strategies, drawn from a pack: whatever its vocabulary and graph hold is drawn without a change here."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from prehab.population import build_runner, shape_of
from prehab.rules.pack import Pack

__all__ = ["runner_data"]


@st.composite
def runner_data(draw: st.DrawFn, pack: Pack, complaints: int | None = None) -> dict[str, Any]:
    """A strategy for runners that shrinks towards the empty runner."""
    return build_runner(lambda options: options[draw(_INDEX[len(options)])], shape_of(pack), complaints)


class _Indices(dict[int, st.SearchStrategy[int]]):
    def __missing__(self, size: int) -> st.SearchStrategy[int]:
        self[size] = st.integers(0, size - 1)
        return self[size]


_INDEX = _Indices()
