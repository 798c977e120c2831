"""From names in a plan to exercises: exact, or the same but for case, spaces and marks; else unknown, never guessed."""

from __future__ import annotations

from functools import lru_cache

from prehab.graph.called import Called
from prehab.graph.catalogue import Catalogue
from prehab.graph.naming import Naming

__all__ = ["Names"]


class Names:
    """The exercises of one catalogue by what people call them; a name of several stands for none."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._ids = {key: bit for bit, key in enumerate(catalogue.ids)}
        self._called = Called(catalogue, "exercises")
        self._naming = Naming(catalogue)
        self.nearest = lru_cache(maxsize=256)(self._nearest)

    def bit(self, name: str) -> int | None:
        """The exercise that a name stands for, by its bit; None where none or several do."""
        found = self._ids.get(name)
        return self._ids.get(self._called.meant(name) or "") if found is None else found

    def _nearest(self, name: str) -> tuple[str, ...]:
        """The ids of what may have been meant."""
        return self._naming.exercise(name)
