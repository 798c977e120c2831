"""Small helpers of the tests."""

from __future__ import annotations

from typing import Any

from prehab.rules.pack import Pack

__all__ = ["words_context"]


def words_context(pack: Pack) -> dict[str, Any]:
    """The word lists that a runner file is checked against."""
    return {
        "injuries": tuple(pack.catalogue.injuries),
        "regions": tuple(pack.catalogue.words["regions"]),
        "equipment": tuple(pack.catalogue.words["equipment"]),
        "faults": tuple(pack.catalogue.words["faults"]),
        "exercises": tuple(pack.catalogue.exercises),
    }
