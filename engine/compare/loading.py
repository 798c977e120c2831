"""From what was named at the command line to the sides of a comparison."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from prehab.compare.sides import Side
from prehab.engine import load_bundled_pack
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault, InputError, PackError, PrehabError
from prehab.graph.files import read_path
from prehab.graph.load import load_catalogue
from prehab.program import Program
from prehab.rules.load import RULES_FOLDER, LocatedCase, load_cases, load_pack
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement, load_statements

__all__ = ["BUNDLED", "load_side", "load_sides", "with_numbers"]

BUNDLED = "bundled"


def load_side(where: str, graph: Path | None = None) -> Side:
    """A pack with its cases.

    Args:
        where: ``bundled``, a folder of rule files, or one that holds ``rules/`` and perhaps ``graph/``.
        graph: A folder of graph files in place of the one beside the rules, or the bundled one.

    Raises:
        InputError: There is no such folder, or it holds no pack.
        PackError: The pack has faults, told with the path of their file.
    """
    rules, catalogue = _folders(where, graph)
    if where == BUNDLED and graph is None:
        cases, statements = _beside_the_bundled()
        return Side(load_bundled_pack(), name=where, cases=cases, statements=statements)
    try:
        pack = load_pack(rules, catalogue)
        statements = load_statements(pack, rules)
        return Side(pack, name=where, cases=load_cases(pack, rules), statements=statements)
    except PackError as error:
        raise _located(error, rules) from None


@cache
def _beside_the_bundled() -> tuple[tuple[LocatedCase, ...], tuple[Statement, ...]]:
    pack = load_bundled_pack()
    return tuple(load_cases(pack)), load_statements(pack)


def load_sides(old: tuple[str, Path | None], new: tuple[str, Path | None]) -> tuple[Side, Side]:
    """Both packs of a comparison, each as ``load_side`` reads it; the faults of both come together."""
    found: list[Side] = []
    errors: list[PrehabError] = []
    for where, graph in (old, new):
        try:
            found.append(load_side(where, graph))
        except PrehabError as error:
            errors.append(error)
    if errors:
        kind = next((type(error) for error in errors if isinstance(error, PackError)), InputError)
        raise kind(fault for error in errors for fault in error.faults)
    return found[0], found[1]


def _folders(where: str, graph: Path | None) -> tuple[Path, Catalogue]:
    rules, beside = RULES_FOLDER, None
    if where != BUNDLED:
        folder = rules = Path(where)
        if not folder.is_dir():
            message = f"there is no folder `{where}`"
            help_text = f"Name a folder of rule files, or `{BUNDLED}` for the pack that comes with prehab."
            raise InputError([Fault("no-folder", message, value=where, help=help_text)])
        if not (folder / "vocabulary.yaml").is_file():
            rules = folder / "rules"
            beside = folder / "graph" if (folder / "graph" / "words.yaml").is_file() else None
        if not (rules / "vocabulary.yaml").is_file():
            message = f"`{where}` holds no rule pack: there is no `vocabulary.yaml` in it or in its `rules/`"
            raise InputError([Fault("no-pack", message, value=where)])
    chosen = graph or beside
    if chosen is None:
        return rules, load_bundled_pack().catalogue
    try:
        return rules, load_catalogue(chosen)
    except PackError as error:
        raise _located(error, chosen) from None


def _located(error: PackError, folder: Path) -> PackError:
    """The faults with the path of their file from here: two packs may have files of one name."""
    beside = folder.parent
    return PackError(replace(one, file=str(beside / one.file)) if one.file else one for one in error.faults)


def with_numbers(side: Side, where: str, numbers: Mapping[str, float], graph: Path | None = None) -> Side:
    """The same pack with other numbers. Those that select exercises are compiled anew.

    Raises:
        InputError: A parameter does not exist, or a value is out of range or order; every fault is told.
        PackError: The pack does not hold together with the numbers.
    """
    pack, statements = side.pack, side.statements
    Program(replace(pack, fixed_parameters=()), numbers)
    fixed = {name: value for name, value in numbers.items() if name in pack.fixed_parameters}
    if fixed:
        rules, catalogue = _folders(where, graph)
        pack = _compiled(rules, catalogue, fixed)
        statements = load_statements(pack, rules)
    free = {name: value for name, value in numbers.items() if name not in fixed}
    said = ", ".join(f"{name}={value:g}" for name, value in sorted(numbers.items()))
    return Side(pack, free, name=f"{side.name} with {said}", cases=side.cases, statements=statements)


def _compiled(rules: Path, catalogue: Catalogue, numbers: Mapping[str, float]) -> Pack:
    """The pack of a folder of which some numbers are written otherwise."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "rules"
        folder.mkdir()
        for path in rules.glob("*.yaml"):
            if path.name.endswith(".cases.yaml"):
                continue
            data: Any = read_path(path).data
            told = data.get("parameters", {})
            mine = {name: value for name, value in numbers.items() if name in told}
            if not mine:
                shutil.copyfile(path, folder / path.name)
                continue
            for name, value in mine.items():
                told[name]["value"] = int(value) if value == int(value) else value
            (folder / path.name).write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return load_pack(folder, catalogue)
