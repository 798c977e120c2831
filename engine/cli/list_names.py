"""``prehab list``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prehab.cli.common import json_option, make_engine, pack_options, print_json, reports_faults, write_out

if TYPE_CHECKING:
    from prehab.engine import Engine

__all__ = ["list_names"]

TABLES = ("injuries", "regions", "equipment", "faults", "screens", "parameters", "findings", "exercises", "languages")


@click.command("list")
@click.argument("what", type=click.Choice(TABLES), metavar="WHAT")
@pack_options
@json_option
@reports_faults
def list_names(what: str, rules: Path | None, graph: Path | None, as_json: bool) -> None:
    """List all WHAT that may be named: ids, names and aliases.

    WHAT is one of injuries, regions, equipment, faults, screens, parameters,
    findings, exercises, languages.

    Each line: the id, its name, then in brackets what else it is called. Any
    of them is understood in runner files and plans, whatever its case; a name
    that several share is left out.

    \b
    Example:
      prehab list regions
      prehab list equipment --json
      prehab list exercises
    """
    entries = list(_entries(make_engine(rules=rules, graph=graph), what))
    if as_json:
        print_json({"what": what, "count": len(entries), "entries": entries})
        return
    write_out("".join(f"{_line(entry)}\n" for entry in entries))


def _entries(engine: Engine, what: str) -> Iterator[dict[str, Any]]:
    """The entries of a table: id, name, aliases, and what else there is to say."""
    from prehab.engine import known_words
    from prehab.graph.called import names_of

    catalogue = engine.catalogue
    if what == "parameters":
        for key, one in engine.pack.parameters.items():
            about = {"value": one.value, "unit": one.unit, "range": list(one.range)}
            said = f"{one.value:g} {one.unit}, {one.range[0]:g} to {one.range[1]:g}"
            yield {"id": key, "name": said, "aliases": [], **about}
    elif what == "languages":
        from prehab.rules.languages import coverage, languages

        for key in languages(engine.pack):
            part = coverage(engine.pack, key)
            said = f"{part.translated} of {part.texts} texts"
            yield {"id": key, "name": said, "aliases": [], "translated": part.translated, "texts": part.texts}
    elif what == "findings":
        from prehab.rules.checks.findings import findings

        for code, found in findings().items():
            yield {"id": code, "name": found.title, "aliases": []}
    else:
        words = known_words(catalogue).get(what)
        for key in catalogue.names(what) if words is None else words:
            told = [name for name in names_of(catalogue, what, key) if words is None or words.meant(name) == key]
            name, *aliases = dict.fromkeys(told or [key])
            yield {"id": key, "name": name, "aliases": aliases}


def _line(entry: dict[str, Any]) -> str:
    aliases = f" ({'; '.join(entry['aliases'])})" if entry["aliases"] else ""
    return f"{entry['id']}  {entry['name']}{aliases}"
