"""``prehab graph``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prehab.cli.common import complete, fail_check, folder_argument, json_option, print_json, reports_faults, write_out
from prehab.cli.graph_export import export
from prehab.cli.graph_questions import QUESTIONS
from prehab.graph.faults import Fault, InputError, PackError

if TYPE_CHECKING:
    from prehab.graph.catalogue import Catalogue
    from prehab.graph.schema import Exercise

__all__ = ["graph"]


@click.group()
def graph() -> None:
    """Look things up in the knowledge graph: exercises, injuries, sources.

    \b
    Example:
      prehab graph show goblet_squat
      prehab graph find --trains soleus --equipment dumbbell
      prehab graph relate patellofemoral_pain goblet_squat
      prehab graph check
    """


graph.add_command(export)


@graph.command()
@click.argument("name", metavar="ID", shell_complete=complete("nodes"))
@json_option
@reports_faults
def show(name: str, as_json: bool) -> None:
    """Show everything about ID: what it is, what it relates to, its sources.

    ID is an exercise, injury, structure, muscle, pattern, fault, phase, item
    of equipment, adaptation, feature, region, source or claim. Where several
    share an id, put the kind before it: muscle:foot.

    \b
    Example:
      prehab graph show goblet_squat
      prehab graph show "sore achilles"
      prehab graph show muscle:foot --json
    """
    from prehab.graph.network import load_graph

    sheet = load_graph().show(name)
    if as_json:
        print_json(sheet.as_dict())
        return
    write_out(f"{sheet}\n")


@graph.command()
@click.option(
    "--trains",
    metavar="MUSCLE",
    shell_complete=complete("muscles"),
    help="A muscle or group of muscles that it trains first of all.",
)
@click.option("--any-role", is_flag=True, help="With --trains: count what it trains in second place too.")
@click.option(
    "--max-load",
    "max_loads",
    multiple=True,
    metavar="STRUCTURE=N",
    shell_complete=complete("structures"),
    help="Load on a structure at most N, 0 to 5. Repeatable.",
)
@click.option("--pattern", shell_complete=complete("patterns"), help="Movement pattern.")
@click.option("--phase", shell_complete=complete("phases"), help="First phase in which it is useful.")
@click.option("--max-impact", type=click.IntRange(0, 4), help="Highest impact, 0 (none) to 4 (drops, sprints).")
@click.option(
    "--equipment",
    multiple=True,
    metavar="ITEM",
    shell_complete=complete("equipment"),
    help="What you have, besides what every home has. Repeatable.",
)
@click.option("--no-equipment", is_flag=True, help="Only what needs nothing but what every home has.")
@click.option("--explosive", metavar="CLASS", shell_complete=complete("explosive"), help="Class of fast work, or none.")
@click.option("--mode", shell_complete=complete("modes"), help="A way of working that it offers.")
@click.option("--text", help="Words in its id, name or aliases.")
@json_option
@reports_faults
def find(
    trains: str | None,
    any_role: bool,
    max_loads: tuple[str, ...],
    pattern: str | None,
    phase: str | None,
    max_impact: int | None,
    equipment: tuple[str, ...],
    no_equipment: bool,
    explosive: str | None,
    mode: str | None,
    text: str | None,
    as_json: bool,
) -> None:
    """Find the exercises that meet every criterion given.

    \b
    Example:
      prehab graph find --trains gluteus_medius --equipment band
      prehab graph find --trains thigh --max-load patellofemoral_joint=2
      prehab graph find --phase power --no-equipment --json
    """
    from prehab.graph.catalogue import bundled_catalogue
    from prehab.graph.find import find_exercises

    if equipment and no_equipment:
        raise InputError([Fault("bad-option", "`--equipment` and `--no-equipment` contradict each other")])
    loads = _loads(max_loads)
    catalogue = bundled_catalogue()
    found = find_exercises(
        catalogue,
        trains=trains,
        any_role=any_role,
        max_load=loads,
        pattern=pattern,
        phase=phase,
        max_impact=max_impact,
        equipment=equipment if equipment or no_equipment else None,
        explosive=explosive,
        mode=mode,
        text=text,
    )
    if as_json:
        print_json({"count": len(found), "exercises": [exercise.model_dump() for exercise in found]})
        return
    write_out("\n".join(_listed(catalogue, found)) + "\n")


@graph.command()
@folder_argument
@json_option
@reports_faults
def check(folder: Path | None, as_json: bool) -> None:
    """Check the graph files in FOLDER, or the bundled ones.

    Shape, names, and the laws: no dangling id, ladders that climb in steps
    and never in circles, an exercise for every stage of every injury, levels
    that agree with published orders, a source or a stated consensus for
    everything. Exit status 1 when something was found.

    \b
    Example:
      prehab graph check
      prehab graph check my-graph/
    """
    from prehab.graph.bundled import bundled_folder
    from prehab.graph.load import GRAPH_FOLDER, load_catalogue

    folder = folder or bundled_folder(GRAPH_FOLDER)
    try:
        catalogue = load_catalogue(folder)
    except PackError as error:
        fail_check(error, as_json=as_json)
    counts = {
        "exercises": len(catalogue.exercises),
        "injuries": len(catalogue.injuries),
        "words": sum(len(words) for words in catalogue.words.values()),
        "sources": len(catalogue.sources),
        "claims": len(catalogue.claims),
        "orders": len(catalogue.orders),
    }
    agreement = {key: order.agreement(catalogue.exercises) for key, order in catalogue.orders.items()}
    if as_json:
        print_json({"faults": 0, **counts, "agreement": {key: round(value, 2) for key, value in agreement.items()}})
        return
    lines = [", ".join(f"{count} {name}" for name, count in counts.items()) + ": no faults"]
    if agreement:
        lines.append("Our levels beside published orders (Spearman's rank correlation):")
    for key, order in catalogue.orders.items():
        held = f"{len(order.values)} exercises, at least {order.agrees_at_least:g}"
        lines.append(f"  {agreement[key]:5.2f}  {key}: {held}")
    write_out("\n".join(lines) + "\n")


for question in QUESTIONS:
    graph.add_command(question)


def _loads(texts: tuple[str, ...]) -> dict[str, int]:
    loads: dict[str, int] = {}
    faults = []
    for text in texts:
        structure, _, level = text.partition("=")
        try:
            bound = int(level)
        except ValueError:
            faults.append(Fault("bad-option", f"`--max-load {text}` is not STRUCTURE=N with a whole number N"))
            continue
        structure = structure.strip()
        loads[structure] = min(bound, loads.get(structure, bound))
    if faults:
        raise InputError(faults)
    return loads


def _listed(catalogue: Catalogue, found: Sequence[Exercise]) -> Iterator[str]:
    """List exercises under their phases, each with its id and name."""
    width = max((len(exercise.id) for exercise in found), default=0) + 2
    for phase in catalogue.words["phases"]:
        here = [exercise for exercise in found if exercise.phase == phase]
        if not here:
            continue
        yield phase.upper().replace("_", " ")
        for exercise in here:
            yield from textwrap.wrap(
                f"{exercise.id:<{width}}{exercise.name}", 80, initial_indent="  ", subsequent_indent=" " * (width + 2)
            )
        yield ""
    yield f"{len(found)} exercise{'s' if len(found) != 1 else ''}"
