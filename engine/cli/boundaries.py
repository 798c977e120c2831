"""``prehab boundaries``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from prehab.cli.common import (
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

__all__ = ["boundaries"]


@click.command()
@click.argument("runner", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Tell all of it, and why something is not shown.")
@date_option
@pack_options
@parameter_option
@language_option
@json_option
@reports_faults
def boundaries(
    runner: str,
    everything: bool,
    on: datetime | None,
    rules: Path | None,
    graph: Path | None,
    parameters: tuple[str, ...],
    language: str | None,
    as_json: bool,
) -> None:
    """Say what would change the advice for RUNNER: the nearest boundaries.

    Of each number and word that is told it names the nearest value, up and
    down, at which the advice is another, and what changes; of what the answer
    asks for what each reply would change. What would stop or refer comes
    first, then what opens. Nobody is told to change an age, a sex or a
    diagnosis: such things are not shown.

    \b
    Example:
      prehab boundaries examples/sore-achilles.yaml
      prehab boundaries examples/novice.yaml --all
      prehab boundaries examples/novice.yaml --language de
    """
    engine = make_engine(parameters, rules=rules, graph=graph, language=language)
    answer = engine.boundaries(read_runner(engine, runner, on))
    if as_json:
        write_out(answer.to_json())
        return
    from prehab import render

    width, messages = render.terminal_width(), engine.messages
    render.print_lines(render.boundaries(answer, everything=everything, width=width, messages=messages))
