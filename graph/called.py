"""From what things are called to their ids: exact, or the same but for case, spaces and marks; never guessed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from prehab.graph.once import Once

if TYPE_CHECKING:
    from prehab.graph.catalogue import Catalogue

__all__ = ["Called", "names_of"]


class Called(tuple[str, ...]):
    """The ids of a table or word list, which also knows what else each is called.

    Args:
        catalogue: Whose table it is.
        table: The table or word list, such as ``injuries`` or ``regions``.
        ids: Those that may be named; by default all.
    """

    catalogue: Catalogue
    table: str

    def __new__(cls, catalogue: Catalogue, table: str, ids: Iterable[str] | None = None) -> Called:
        called = super().__new__(cls, catalogue.entries_of(table) if ids is None else ids)
        called.catalogue, called.table = catalogue, table
        return called

    def meant(self, name: str) -> str | None:
        """The id that a name stands for; None where none or several go by it. An id stands for itself."""
        return name if name in self else self._spoken.get(_plain(name))

    @Once
    def _spoken(self) -> dict[str, str]:
        spoken: dict[str, set[str]] = {}
        for key in self:
            for catalogue in filter(None, (self.catalogue, self.catalogue.origin)):
                for name in (key, *names_of(catalogue, self.table, key)):
                    spoken.setdefault(_plain(name), set()).add(key)
        return {name: min(keys) for name, keys in spoken.items() if len(keys) == 1}


def names_of(catalogue: Catalogue, table: str, key: str) -> tuple[str, ...]:
    """What an entry is called besides its id: its name first, then its aliases."""
    entry = catalogue.entries_of(table)[key]
    if isinstance(entry, str):
        return (entry,)
    if isinstance(entry, Mapping):
        return (str(entry["name"]),)
    return (entry.name, *entry.aliases)


def _plain(name: str) -> str:
    from prehab.graph.index import words_in

    return " ".join(words_in(name.replace("_", " ").replace("'", "").replace("’", "")))
