"""``prehab graph export``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prehab.cli.common import complete, json_option, print_json, reports_faults, write_out
from prehab.graph.faults import Fault, InputError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

__all__ = ["export"]


def _kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from prehab.graph.relations import KINDS

    return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["graphml", "json", "dot", "mermaid", "html"]),
    required=True,
    help="html is one page to explore the graph in, which needs no network.",
)
@click.option("-o", "--output", metavar="FILE", default="-", help="Where to write it; - is standard output.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", shell_complete=_kinds,
              help="Only nodes of this kind, such as exercise. Repeatable.")  # fmt: skip
@click.option("--around", metavar="ID", shell_complete=complete("nodes"), help="Only the neighbourhood of a node.")
@click.option("--steps", type=click.IntRange(0, 99), help="With --around: how many steps away, 1 unless told.")
@json_option
@reports_faults
def export(
    form: str, output: str, kinds: tuple[str, ...], around: str | None, steps: int | None, as_json: bool
) -> None:
    """Write the graph for other programs, or as a page to explore it in.

    A file is written whole or not at all. With --kind, --around goes by way of
    nodes of those kinds only. --json tells what was written, or the faults.

    \b
    Example:
      prehab graph export --format html --output my-explorer.html
      prehab graph export --format dot --around soleus --kind injury
      prehab graph export --format mermaid --around goblet_squat
    """
    from prehab.engine import load_bundled_pack
    from prehab.graph import export as writer
    from prehab.graph.network import load_graph

    if steps is not None and around is None:
        raise InputError([Fault("bad-option", "`--steps` goes with `--around`")])
    graph = load_graph(load_bundled_pack().catalogue)
    text = writer.export(graph, form, kinds=kinds, around=around, steps=1 if steps is None else steps)
    part = writer.part_of(graph, kinds=kinds, around=around, steps=1 if steps is None else steps)
    nodes, edges = part.number_of_nodes(), part.number_of_edges()
    if form == "mermaid" and (edges > writer.MERMAID_EDGES or len(text) > writer.MERMAID_LETTERS):
        click.echo(
            f"Mermaid draws at most {writer.MERMAID_EDGES} edges and {writer.MERMAID_LETTERS} letters unless it is told"
            f" otherwise; this has {edges} and {len(text)}. `--kind` and `--around` make it smaller.",
            err=True,
        )
    if output == "-":
        write_out(text)
        return
    size = _write(Path(output), text)
    if as_json:
        print_json({"file": output, "format": form, "nodes": nodes, "edges": edges, "bytes": size})
        return
    write_out(f"{output}: {nodes} nodes, {edges} edges, {size} bytes\n")


def _write(path: Path, text: str) -> int:
    """Write a file whole or not at all: beside its place first, then moved there. Gives its size."""
    data = text.encode("utf-8")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if (
            path.exists() and not path.is_file()
        ):  # a pipe or a device can only be written to; a folder says that it is one
            path.write_bytes(data)
            return len(data)
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except FileNotFoundError:
        fault = Fault("no-folder", f"there is no folder `{path.parent}` to write `{path.name}` into",
                      value=str(path), help="Make the folder first, or name another one.")  # fmt: skip
        raise InputError([fault]) from None
    except OSError as error:
        said = f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}"
        raise InputError([Fault("cannot-write", said, value=str(path))]) from None
    return len(data)
