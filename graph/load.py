"""Reads the graph's files into one checked ``Catalogue``. All faults of all files come together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault, InputError, PackError
from prehab.graph.files import Document, read_path
from prehab.graph.laws import check
from prehab.graph.schema import Claim, Exercise, Injury, Order, Source, Strict
from prehab.graph.words import WordLists

__all__ = ["GRAPH_FOLDER", "load_catalogue", "read_folder"]

GRAPH_FOLDER = Path(__file__).parent

_FILES = {
    "words": "words.yaml", "exercises": "exercises/*.yaml", "injuries": "injuries/*.yaml",
    "sources": "sources/*.yaml", "claims": "claims.yaml", "orders": "orders.yaml",
}  # fmt: skip
_FIELDS_ADDED = ("id", "family")


def read_folder(folder: Path, pattern: str, faults: list[Fault]) -> Iterator[tuple[Path, Document]]:
    """Every file of ``folder`` that fits ``pattern``, in name order; what cannot be read is added to ``faults``."""
    for path in sorted(folder.glob(pattern)):
        file = path.relative_to(folder.parent).as_posix()
        try:
            document = read_path(path)
        except InputError as error:
            faults.extend(replace(fault, file=file) for fault in error.faults)
            continue
        document.file = file
        if isinstance(document.data, dict):
            yield path, document
        else:
            faults.append(document.fault("not-a-mapping", "the file must be a mapping (name: value)"))


def load_catalogue(folder: Path = GRAPH_FOLDER) -> Catalogue:
    """Read and check every file of a graph folder.

    Raises:
        PackError: With every fault found: unreadable files, unknown words, dangling ids, broken laws.
    """
    faults: list[Fault] = []
    read: dict[str, list[tuple[Path, Document]]] = {}
    unread: set[str] = set()
    for kind, pattern in _FILES.items():
        before = len(faults)
        read[kind] = list(read_folder(folder, pattern, faults))
        if len(faults) > before:
            unread.add(kind)
    if not (folder / "words.yaml").is_file():
        faults.append(Fault("missing-file", "a graph folder needs a `words.yaml`", f"{folder.name}/words.yaml"))
    words_document = read["words"][0][1] if read["words"] else Document({})
    words: dict[str, Any] = words_document.data
    known: dict[str, Any] = {kind: tuple(entries) for kind, entries in words.items() if isinstance(entries, dict)}
    for kind in read.keys() - {"words"} - unread:  # of what could not be read, no name can be called unknown
        known[kind] = tuple(sorted(key for _, document in read[kind] for key in document.data))
    if read["words"]:
        try:
            WordLists.model_validate(words, context=known)
        except ValidationError as error:
            faults.extend(words_document.faults(error, WordLists))

    places: dict[tuple[str, str], Document] = {}

    def nodes(kind: str, model: type[Strict]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path, document in read[kind]:
            for key, entry in document.data.items():
                if (kind, key) in places:
                    first = places[kind, key].where((key,), key=True)
                    faults.append(
                        document.fault("repeated-id", f"`{key}` exists already ({first['file']}:{first['line']})",
                                       (key,), key=True)
                    )  # fmt: skip
                    continue
                places[kind, key] = document
                if not isinstance(entry, dict):
                    faults.append(document.fault("not-a-mapping", f"`{key}` must be a mapping (name: value)", (key,)))
                    continue
                for name in _FIELDS_ADDED:
                    if name in entry:
                        message = f"unknown field `{name}` (it comes from the key and the file)"
                        faults.append(document.fault("unknown-field", message, (key, name), key=True))
                added = {"id": key, "family": path.stem} if model is Exercise else {"id": key}
                try:
                    made[key] = model.model_validate({**entry, **added}, context=known)
                except ValidationError as error:
                    faults.extend(document.faults(error, model, at=(key,)))
        return dict(sorted(made.items()))

    catalogue = Catalogue(
        words=words,
        exercises=nodes("exercises", Exercise),
        injuries=nodes("injuries", Injury),
        sources=nodes("sources", Source),
        claims=nodes("claims", Claim),
        orders=nodes("orders", Order),
    )
    if not faults:
        faults.extend(check(catalogue, places, words_document))
    if faults:
        raise PackError(faults)
    return catalogue
