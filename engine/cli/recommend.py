"""``prehab recommend``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from prehab.cli.common import (
    date_option,
    json_option,
    make_engine,
    pack_options,
    parameter_option,
    read_runner,
    reports_faults,
    write_out,
)

__all__ = ["recommend"]


@click.command()
@click.argument("runner", type=click.Path())
@click.option("--details", is_flag=True, help="Add how to do it, how to go on, every reason and the sources.")
@click.option(
    "--instead", metavar="EXERCISE", multiple=True,
    help="Give another one of the same purpose instead of this exercise. May be repeated.",
)  # fmt: skip
@date_option
@pack_options
@parameter_option
@json_option
@reports_faults
def recommend(
    runner: str,
    details: bool,
    instead: tuple[str, ...],
    on: datetime | None,
    rules: Path | None,
    graph: Path | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say what RUNNER may do now, how much, why, and what is withheld.

    RUNNER is a YAML or JSON file, or - for standard input. Whatever it leaves
    out is unknown; an empty file is valid.

    \b
    Example:
      prehab recommend examples/sore-achilles.yaml
      prehab recommend examples/racer.yaml --instead goblet_squat
      prehab recommend my-runner.yaml --rules my-rules/ --graph my-graph/
      echo '{"complaints": [{"region": "knee"}]}' | prehab recommend - --json
    """
    engine = make_engine(parameters, rules=rules, graph=graph)
    who = read_runner(engine, runner, on)
    answer = engine.recommend(engine.without(who, *instead) if instead else who)
    if as_json:
        write_out(answer.to_json(whole=details))
        return
    from prehab import render

    render.print_lines(render.recommendation(answer, engine.catalogue, details=details))
