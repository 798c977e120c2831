"""``prehab graph export``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prehab.cli.common import complete, json_option, print_json, reports_faults, write_file, write_out
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
        write_out(text, as_it_is=True)
        return
    size = write_file(Path(output), text)
    if as_json:
        print_json({"file": output, "format": form, "nodes": nodes, "edges": edges, "bytes": size})
        return
    write_out(f"{output}: {nodes} nodes, {edges} edges, {size} bytes\n")
