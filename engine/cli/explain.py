"""``prehab explain``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from prehab.cli.common import (
    at_hand,
    complete,
    date_option,
    json_option,
    make_engine,
    pack_options,
    parameter_option,
    read_runner,
    reports_faults,
    write_out,
)
from prehab.graph.faults import Fault, InputError

__all__ = ["explain"]


@click.command()
@click.argument("runner", type=click.Path())
@click.argument("exercise", shell_complete=complete("exercises"))
@click.option(
    "--depth",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="1: the nearest permit, the hardest reason, the count of the rest. 2: all.",
)
@date_option
@pack_options
@parameter_option
@json_option
@reports_faults
def explain(
    runner: str,
    exercise: str,
    depth: int,
    on: datetime | None,
    rules: Path | None,
    graph: Path | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say why EXERCISE is given to RUNNER, allowed, or withheld.

    First what the permit lacks that is nearest to being given, then the reason
    that is hardest to lift. With --depth 2 every reason is named with its rule,
    what it saw and its sources. `prehab unlock` says what would change it.

    \b
    Example:
      prehab explain examples/sore-achilles.yaml pogo_hops
      prehab explain examples/sore-achilles.yaml pogo_hops --depth 2
    """
    if runner != "-" and not Path(at_hand(runner)).exists() and Path(exercise).is_file():
        message = f"there is no file `{runner}`, but `{exercise}` is one: the runner comes first"
        raise InputError([Fault("swapped", message, value=runner, help=f"prehab explain {exercise} {runner}")])
    engine = make_engine(parameters, rules=rules, graph=graph)
    answer = engine.explain(read_runner(engine, runner, on), exercise)
    if as_json:
        write_out(answer.to_json())
        return
    from prehab import render

    render.print_lines(render.explanation(answer, engine.catalogue, depth=depth, width=render.terminal_width()))
