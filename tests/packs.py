"""Copies of rule packs with something changed in them, and what is found there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import prehab.graph.load
import prehab.rules.checks.selectors
import prehab.rules.load
from prehab.graph.faults import Fault, PackError
from prehab.graph.files import Document, read_path
from prehab.graph.load import read_graph
from prehab.rules.checks.report import check_rules
from prehab.rules.schema import Selector
from prehab.rules.select import Masks

__all__ = ["Edit", "copy_of", "found_in", "quickly"]


@dataclass(frozen=True)
class Edit:
    """Text that stands once in a file of a pack, and what replaces it; without ``find``, text that is added.

    With ``every`` the text may stand more than once, and is replaced wherever it does.
    """

    file: str
    find: str | None = None
    replace: str = ""
    every: bool = False

    def make(self, folder: Path) -> None:
        """Make the edit in a folder."""
        path = folder / self.file
        if self.find is None:
            old = path.read_text(encoding="utf-8") if path.exists() else ""
            path.write_text(old + self.replace, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        times = text.count(self.find)
        assert times == 1 or (self.every and times), f"{self.file} has {times} times: {self.find}"
        path.write_text(text.replace(self.find, self.replace), encoding="utf-8")


def copy_of(folder: Path, to: Path, *, cases: bool = True) -> Path:
    """A copy of the data files of a folder, to be changed."""
    for path in sorted(folder.rglob("*.yaml")):
        if "checks" in path.relative_to(folder).parts or (not cases and path.name.endswith(".cases.yaml")):
            continue
        copied = to / path.relative_to(folder)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copied)
    return to


def found_in(rules: Path, graph: Path) -> tuple[Fault, ...]:
    """Every error and remark of a pack; whatever is found can be printed."""
    try:
        report = check_rules(rules, graph)
    except PackError as error:
        found = error.faults
    else:
        found = (*report.errors, *report.remarks)
    assert PackError(found).to_json()
    return found


# -- what does not change is read and worked out once ------------------------------------------------------------------


class RememberedMasks(Masks):
    """Masks that are worked out once for each catalogue, selector and set of parameters."""

    seen: ClassVar[dict[Any, tuple[Any, set[str], set[str]]]] = {}

    def table(self, selector: Selector) -> Any:
        key = id(self.catalogue), selector.model_dump_json(), frozenset(self.parameters.items())
        if key not in self.seen:
            fresh = Masks(self.catalogue, self.parameters)
            self.seen[key] = fresh.table(selector), fresh.used, fresh.unknown
        table, used, unknown = self.seen[key]
        self.used |= used
        self.unknown |= unknown
        return table


_documents: dict[bytes, Document] = {}
_graphs: dict[bytes, Any] = {}


def _read(path: Path, **more: Any) -> Document:
    if not path.is_file():
        return read_path(path, **more)
    raw = path.name.encode() + path.read_bytes()
    if raw not in _documents:
        _documents[raw] = read_path(path, **more)
    return _documents[raw]


def _graph(folder: Path) -> Any:
    """A graph, read once however often it is copied."""
    raw = b"".join(path.read_bytes() for path in sorted(folder.rglob("*.yaml")) if path.parent.name != "checks")
    if raw not in _graphs:
        _graphs[raw] = read_graph(folder)
    return _graphs[raw]


@cache
def _patches() -> tuple[Any, ...]:
    return (
        (prehab.graph.load, "read_path", _read),
        (prehab.rules.load, "read_graph", _graph),
        (prehab.rules.load, "Masks", RememberedMasks),
        (prehab.rules.checks.selectors, "Masks", RememberedMasks),
    )


def quickly() -> Iterator[None]:
    """While it lasts, files and graphs that did not change are read once, and selectors worked out once."""
    patches = [patch.object(module, name, made) for module, name, made in _patches()]
    for one in patches:
        one.start()
    yield
    for one in patches:
        one.stop()
