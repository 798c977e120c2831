"""Reads the graph's files into one checked ``Catalogue``. All faults of all files come together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from prehab.graph.catalogue import Catalogue
from prehab.graph.contents import check_contents, check_folder, check_ids, check_most
from prehab.graph.faults import Fault, InputError, PackError
from prehab.graph.files import Document, read_path
from prehab.graph.frozen import FrozenDict
from prehab.graph.laws import check
from prehab.graph.salvage import Broken, Faults, Salvaged, salvage
from prehab.graph.schema import Claim, Exercise, Injury, Order, Source, Strict, altered
from prehab.graph.words import WordLists

__all__ = ["GRAPH_FOLDER", "GraphRead", "load_catalogue", "read_folder", "read_graph"]

GRAPH_FOLDER = Path(__file__).parent

_FILES = {
    "words": "words.yaml", "exercises": "exercises/*.yaml", "injuries": "injuries/*.yaml",
    "sources": "sources/*.yaml", "claims": "claims.yaml", "orders": "orders.yaml",
}  # fmt: skip
_MODELS: Mapping[str, type[Strict]] = {
    "exercises": Exercise, "injuries": Injury, "sources": Source, "claims": Claim, "orders": Order,
}  # fmt: skip
_FIELDS_ADDED = ("id", "family")

_NEEDS_ALL = frozenset({"no-ladder", "idle-stand-in", "order-disagrees", "stage-without-exercise"})
"""Laws that what could not be read might keep."""
_TOLD = frozenset({
    "name", "plain", "aliases", "sources", "consensus", "note", "seeds", "cues", "step_notes", "load_basis",
    "free_standing", "told_apart_from", "red_flags", "implicates", "aggravated_by",
})  # fmt: skip
"""Parts of an exercise or injury that no rule selects by."""
_RESTS_ON = {
    "no-source": ("sources", "consensus", "implicates", "aggravated_by", "treated_by", "red_flags", "stages"),
    "explosive-class": ("modes",),
    "isometric-osteogenic": ("modes",),
    "lying-osteogenic": ("position",),
    "missing-bone-load": ("position",),
    "missing-landing-load": ("impact",),
    "missing-muscle-load": ("trains",),
    "missing-feature-load": ("features",),
    "basis-without-load": ("loads",),
    "idle-step-note": ("progresses_to",),
    "steep-step": ("step_notes", "impact", "loads"),
    "step-and-substitute": ("substitutes",),
    "stage-not-used": ("stages",),
}
"""What else a law looks at in an entry, besides the part at which it is told."""


def read_folder(
    folder: Path, pattern: str, faults: list[Fault], *, what: str = "a graph file", unread: set[str] | None = None
) -> Iterator[tuple[Path, Document]]:
    """Every file of ``folder`` that fits ``pattern``, in name order; what cannot be read is added to ``faults``.

    Args:
        folder: The folder.
        pattern: As in a shell.
        faults: Where they are collected.
        what: What the files should be.
        unread: Where the names of files are collected of which nothing could be read, without their endings.
    """
    paths = sorted(folder.glob(pattern))
    bytes_read = values = 0
    for number, path in enumerate(paths):
        file = path.relative_to(folder.parent).as_posix()
        over = list(check_folder(file, number, bytes_read, values))
        faults.extend(over)
        if over:
            if unread is not None:
                unread.update(one.name.partition(".")[0] for one in paths[number:])
            return
        try:
            document = read_path(path, what=what, lenient=True)
        except InputError as error:
            faults.extend(replace(fault, file=file) for fault in error.faults)
            if unread is not None:
                unread.add(path.name.partition(".")[0])
            continue
        document.file = file
        faults.extend(replace(fault, file=file) for fault in document.doubts)
        bytes_read += len(document.text)
        values += document.size
        faults.extend(check_contents(document))
        if isinstance(document.data, dict):
            yield path, document
        else:
            faults.append(document.fault("not-a-mapping", "the file must be a mapping (name: value)"))
            if unread is not None:
                unread.add(path.name.partition(".")[0])


def load_catalogue(folder: Path = GRAPH_FOLDER) -> Catalogue:
    """Read and check every file of a graph folder.

    Raises:
        PackError: With every fault found: unreadable files, unknown words, dangling ids, broken laws.
    """
    read = read_graph(folder)
    if read.faults:
        raise PackError(read.faults)
    return read.catalogue


@dataclass
class GraphRead:
    """A graph folder as far as it could be read.

    Attributes:
        catalogue: What could be read; consistent in itself.
        faults: What is wrong.
        broken: What could not be read.
        whole: Whether that leaves out nothing by which exercises are selected.
        places: The file in which each entry stands, by the kind of entry and its name.
    """

    catalogue: Catalogue
    faults: list[Fault] = field(default_factory=list)
    broken: Broken = field(default_factory=Broken)
    whole: bool = True
    places: dict[tuple[str, str], Document] = field(default_factory=dict)


def read_graph(folder: Path = GRAPH_FOLDER) -> GraphRead:
    """Read and check every file of a graph folder, as far as it goes."""
    return _Reader(folder).read()


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults = Faults()
        self.broken = Broken()
        self.places: dict[tuple[str, str], Document] = {}
        self.left: dict[tuple[str, str], Salvaged] = {}

    def read(self) -> GraphRead:
        files = self._files()
        words_document = files["words"][0][1] if files["words"] else Document({})
        known = {kind: tuple(entries) for kind, entries in words_document.data.items() if isinstance(entries, dict)}
        for kind in _MODELS.keys() - self.broken.kinds:  # of what could not be read, no name can be called unknown
            known[kind] = tuple(sorted(key for _, document in files[kind] for key in document.data))
        words = Salvaged({}, _no_words(), words_document)
        with self.faults.enough():
            if files["words"]:
                words = self._words(words_document, known)
            for kind, model in _MODELS.items():
                self._nodes(kind, model, files[kind], known)
        if self.faults:
            words = self._consistent(words)
        tables: dict[str, Any] = {kind: self._made(kind) for kind in _MODELS}
        structures = words.data["structures"]
        tables["exercises"] = {key: _with_neighbours(made, structures) for key, made in tables["exercises"].items()}
        catalogue = Catalogue(words=words.data, **tables)
        with self.faults.enough():
            if files["words"] and not self.faults.full:
                self.faults.extend(self._laws(catalogue, words))
        return GraphRead(catalogue, list(self.faults), self.broken, self._whole(), self.places)

    def _files(self) -> dict[str, list[tuple[Path, Document]]]:
        """The documents of each kind."""
        files: dict[str, list[tuple[Path, Document]]] = {}
        for kind, pattern in _FILES.items():
            topics: set[str] = set()
            files[kind] = list(read_folder(self.folder, pattern, self.faults, unread=topics))
            if topics:
                self.broken.kinds.add(kind)
        if not files["words"] and not (self.folder / "words.yaml").is_file():
            self.faults.append(
                Fault("missing-file", "a graph folder needs a `words.yaml`", f"{self.folder.name}/words.yaml")
            )
        return files

    def _words(self, document: Document, known: Mapping[str, Any]) -> Salvaged:
        for kind, entries in document.data.items():
            if isinstance(entries, dict) and kind in WordLists.model_fields:
                self.faults.extend(check_ids(entries, document, (kind,)))
                self.faults.extend(check_most("words", len(entries), document, (kind,)))
        return self._read_words(Salvaged(None, document.data, document), known, quiet=False)

    def _read_words(self, left: Salvaged, known: Mapping[str, Any], *, quiet: bool) -> Salvaged:
        read = salvage(
            WordLists, left.data, left.document, self.faults, self.broken,
            context=known, filler=_no_words(), declares=True, quiet=quiet,
        )  # fmt: skip
        return read if read.value is not None else Salvaged({}, _no_words(), left.document, read.without)

    def _nodes(
        self, kind: str, model: type[Strict], files: list[tuple[Path, Document]], known: Mapping[str, Any]
    ) -> None:
        number = 0
        for path, document in files:
            number += len(document.data)
            over = list(check_most(kind, number, document, ()))
            self.faults.extend(over)
            if over:
                self.broken.kinds.add(kind)
                return
            self.faults.extend(check_ids(document.data, document, ()))
            for key, entry in document.data.items():
                if (kind, key) in self.places:
                    first = self.places[kind, key].where((key,), key=True)
                    message = f"`{key}` exists already ({first['file']}:{first['line']})"
                    self.faults.append(document.fault("repeated-id", message, (key,), key=True))
                    continue
                self.places[kind, key] = document
                if not isinstance(entry, dict):
                    message = f"`{key}` must be a mapping (name: value)"
                    self.faults.append(document.fault("not-a-mapping", message, (key,)))
                    self.broken.add(key, entry)
                    continue
                for name in _FIELDS_ADDED:
                    if name in entry:
                        message = f"unknown field `{name}` (it comes from the key and the file)"
                        self.faults.append(document.fault("unknown-field", message, (key, name), key=True))
                added = {"id": key, "family": path.stem} if model is Exercise else {"id": key}
                data = {**entry, **added}
                left = salvage(model, data, document, self.faults, self.broken, at=(key,), context=known)
                if left.value is None:
                    self.broken.add(key, entry)
                else:
                    self.left[kind, key] = left

    def _made(self, kind: str) -> dict[str, Any]:
        made = {key: left.value for (of, key), left in self.left.items() if of == kind}
        return dict(sorted(made.items()))

    def _consistent(self, words: Salvaged) -> Salvaged:
        """Take out what names what could not be read, until everything that is named is there."""
        while True:
            known = {name: tuple(entries) for name, entries in words.data.items() if isinstance(entries, dict)}
            known |= {kind: tuple(self._made(kind)) for kind in _MODELS}
            before = sum(map(len, known.values()))
            words = self._read_words(words, known, quiet=True)
            for (kind, key), left in list(self.left.items()):
                again = salvage(
                    _MODELS[kind],
                    left.data,
                    left.document,
                    self.faults,
                    self.broken,
                    at=(key,),
                    context=known,
                    quiet=True,
                )
                if again.value is None:
                    self.broken.names.add(key)
                    del self.left[kind, key]
                else:
                    self.left[kind, key] = replace(again, without=again.without | left.without)
            after = sum(len(words.data.get(name, ())) for name in WordLists.model_fields) + len(self.left)
            if after >= before:
                return words

    def _whole(self) -> bool:
        """Whether whatever was taken out is told to people only."""
        told = all(place and place[0] in _TOLD for left in self.left.values() for place in left.without)
        return told and not (self.broken.names or self.broken.kinds)

    def _laws(self, catalogue: Catalogue, words: Salvaged) -> Iterator[Fault]:
        """The broken laws; without those that what could not be read might keep."""
        places = {place: left.document for place, left in self.left.items()}
        touched = {(left.document.file, key): left for (_, key), left in self.left.items() if left.without}
        for fault in check(catalogue, places, words.document):
            if self.broken and fault.code in _NEEDS_ALL:
                continue
            _, key, *inside = [*fault.path.split("/"), ""]
            left = touched.get((fault.file, key))
            if left is None or not left.lacks(inside[0], *_RESTS_ON.get(fault.code, ())):
                yield fault


def _no_words() -> dict[str, Any]:
    """Word lists with nothing in them."""
    return {name: {} for name, field in WordLists.model_fields.items() if field.is_required()}


def _with_neighbours(exercise: Exercise, structures: Mapping[str, Any]) -> Exercise:
    """The exercise with the loads of structures that are loaded as a neighbour is, unless it names them itself."""
    borrowed = {
        name: exercise.loads[about["loaded_as"]]
        for name, about in structures.items()
        if about.get("loaded_as") in exercise.loads and name not in exercise.loads
    }
    return altered(exercise, loads=FrozenDict(exercise.loads | borrowed)) if borrowed else exercise
