"""``prehab unlock``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from prehab.cli.common import (
    complete,
    date_option,
    json_option,
    language_option,
    make_engine,
    pack_options,
    parameter_option,
    read_runner,
    reports_faults,
    write_out,
)

__all__ = ["unlock"]


@click.command()
@click.argument("runner", type=click.Path())
@click.argument("target", shell_complete=complete("exercises"))
@click.option("--most", type=click.IntRange(min=1), default=3, show_default=True, help="How many ways to tell.")
@date_option
@pack_options
@parameter_option
@language_option
@json_option
@reports_faults
def unlock(
    runner: str,
    target: str,
    most: int,
    on: datetime | None,
    rules: Path | None,
    graph: Path | None,
    parameters: tuple[str, ...],
    language: str | None,
    as_json: bool,
) -> None:
    """Say what would unlock TARGET for RUNNER: the smallest honest changes.

    TARGET is an exercise, a gate such as plyo/low or power, a stage of a
    complaint (load, or 2/load for that of the second one), or running. Each
    way was tried: with it the engine allows the target, without any one of
    its steps it does not. What needs training comes first, then tests, time
    and equipment; pain goes only by healing. A day is a floor, no promise.

    \b
    Example:
      prehab unlock examples/sore-achilles.yaml pogo_hops
      prehab unlock examples/sore-achilles.yaml running
    """
    engine = make_engine(parameters, rules=rules, graph=graph, language=language)
    answer = engine.unlock(read_runner(engine, runner, on), target, most=most)
    if as_json:
        write_out(answer.to_json())
        return
    from prehab import render

    render.print_lines(render.unlock(answer, width=render.terminal_width(), messages=engine.messages))
