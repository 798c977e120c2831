"""``prehab graph ladder|path|substitutes|relate|rests-on``: questions that follow the edges of the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from prehab.cli.common import complete, json_option, print_json, reports_faults, write_out

if TYPE_CHECKING:
    from prehab.graph.chains import Backing
    from prehab.graph.substitutes import Substitute

__all__ = ["QUESTIONS"]

exercise_argument = click.argument("exercise", shell_complete=complete("exercises"))


@click.command()
@exercise_argument
@json_option
@reports_faults
def ladder(exercise: str, as_json: bool) -> None:
    """Show what leads up to EXERCISE and what it leads to.

    \b
    Example:
      prehab graph ladder goblet_squat
      prehab graph ladder pogo_hops --json
    """
    from prehab.graph.network import load_graph

    graph = load_graph()
    found = graph.ladder(exercise)
    if as_json:
        print_json({"exercise": exercise, "easier": found.easier, "harder": found.harder})
        return
    rungs = [*reversed(found.easier), (exercise,), *found.harder]
    lines = []
    for rung in rungs:
        for key in rung:
            lines.append(f"{'> ' if key == exercise else '  '}{graph.catalogue.exercises[key].name} · {key}")
        lines.append("")
    write_out("\n".join(lines[:-1]) + "\n")


@click.command()
@click.argument("start", shell_complete=complete("exercises"))
@click.argument("end", shell_complete=complete("exercises"))
@json_option
@reports_faults
def path(start: str, end: str, as_json: bool) -> None:
    """Show the shortest way from START up the ladders to END, or down to it.

    Each step tells which levels of load and impact it changes. Exit status 1
    when no ladder joins the two.

    \b
    Example:
      prehab graph path sit_to_stand back_squat
      prehab graph path pogo_hops single_leg_pogo --json
    """
    from prehab.graph.network import load_graph

    found = load_graph().path(start, end)
    if as_json:
        print_json(found.as_dict() if found else {"direction": None, "steps": []})
    else:
        write_out(f"{found or f'No ladder joins {start} and {end}.'}\n")
    if found is None:
        raise SystemExit(1)


@click.command()
@exercise_argument
@click.option(
    "--spare",
    multiple=True,
    metavar="STRUCTURE",
    shell_complete=complete("structures"),
    help="A structure that must not be loaded more than now. Repeatable.",
)
@click.option(
    "--equipment",
    multiple=True,
    metavar="ITEM",
    shell_complete=complete("equipment"),
    help="What you have, besides what every home has. Repeatable.",
)
@json_option
@reports_faults
def substitutes(exercise: str, spare: tuple[str, ...], equipment: tuple[str, ...], as_json: bool) -> None:
    """Find what can stand in for EXERCISE: the same purpose, no more load.

    What is offered trains the same muscles, is no faster and has no more
    impact. It is not judged for a runner: `prehab explain` does that.

    \b
    Example:
      prehab graph substitutes back_squat --spare lumbar_spine
      prehab graph substitutes leg_press --equipment dumbbell --json
    """
    from prehab.graph.network import load_graph

    graph = load_graph()
    found = graph.substitutes(exercise, spare=spare, equipment=equipment or None)
    if as_json:
        print_json({"exercise": exercise, "count": len(found), "substitutes": [one.as_dict() for one in found]})
        return
    lines = [f"{graph.catalogue.exercises[one.exercise].name} · {one.exercise}{_compared(one)}" for one in found]
    write_out("\n".join(lines or [f"Nothing keeps the purpose of {exercise} within these bounds."]) + "\n")


@click.command()
@click.argument("one", shell_complete=complete("nodes"))
@click.argument("other", shell_complete=complete("nodes"))
@json_option
@reports_faults
def relate(one: str, other: str, as_json: bool) -> None:
    """Show what two things, say an injury and an exercise, have to do with each other.

    Every chain of one or two statements that joins them, with its sources.

    \b
    Example:
      prehab graph relate patellofemoral_pain goblet_squat
      prehab graph relate soleus tibial_bone_stress_injury --json
    """
    from prehab.graph.network import load_graph
    from prehab.graph.sheet import wrapped

    found = load_graph().relate(one, other)
    if as_json:
        print_json({"count": len(found), "chains": [chain.as_dict() for chain in found]})
        return
    nothing = wrapped(f"No chain of one or two statements joins {one} and {other}.", first="", then="  ")
    write_out("\n".join([*map(str, found)] or nothing) + "\n")


@click.command(name="rests-on")
@click.argument("source", shell_complete=complete("sources"))
@json_option
@reports_faults
def rests_on(source: str, as_json: bool) -> None:
    """Show what rests on SOURCE, for the day it is retracted.

    What nothing else holds comes first: in the graph, and in the rules with
    their parameters and dose schemes.

    \b
    Example:
      prehab graph rests-on beyer2015
      prehab graph rests-on warden2021 --json
    """
    from prehab.engine import load_bundled_pack
    from prehab.graph.network import load_graph
    from prehab.graph.sheet import wrapped

    found = load_graph().rests_on(source)
    rules = load_bundled_pack().resting_on(source)
    if as_json:
        print_json({"source": source, "graph": [b.as_dict() for b in found], "rules": [r.as_dict() for r in rules]})
        return
    lines = []
    for bare, title in ((True, "NOTHING ELSE HOLDS"), (False, "OTHERS HOLD TOO")):
        here = [_backing(b) for b in found if b.bare == bare]
        here += [f"{r.kind} {r.id}: {r.says}{_others(r.others, r.consensus)}" for r in rules if r.bare == bare]
        if here:
            lines += [title, *(part for line in here for part in wrapped(line, first="  ", then="    ")), ""]
    write_out("\n".join(lines[:-1]) + "\n")


def _compared(one: Substitute) -> str:
    changes = ", ".join(f"{name} {before} to {after}" for name, (before, after) in one.loads.items())
    return f" ({changes.replace('_', ' ')})" if changes else ""


def _backing(backing: Backing) -> str:
    said = f"{backing.node.kind} {backing.node.id}: {backing.statement or 'as a whole'}"
    return said + _others(backing.others, backing.consensus)


def _others(others: tuple[str, ...], consensus: bool) -> str:
    held = ", ".join((*others, *(["consensus"] if consensus else [])))
    return f" [{held}]" if held else ""


QUESTIONS = (ladder, path, substitutes, relate, rests_on)
