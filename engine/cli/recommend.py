"""``prehab recommend``."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from prehab.cli.common import About, about_runner, write_file, write_out

__all__ = ["recommend"]


@click.command()
@click.argument("runner", type=click.Path())
@click.option(
    "--week", "pages", flag_value="week", multiple=True, help="Every session of the week, with doses in full."
)
@click.option("--details", "pages", flag_value="details", multiple=True, help="How to do it and go on, and what waits.")
@click.option("--why", "pages", flag_value="why", multiple=True, help="Every reason, and the sources.")
@click.option(
    "--instead", metavar="EXERCISE", multiple=True,
    help="Give another one of the same purpose instead of this exercise. May be repeated.",
)  # fmt: skip
@click.option(
    "--record", type=click.Path(path_type=Path), metavar="FILE", help="Keep a record of it; see prehab replay."
)
@click.option("--masked", is_flag=True, help="Keep it without age, sex, dates and the history of illnesses.")
@about_runner
def recommend(
    about: About,
    pages: tuple[str, ...],
    instead: tuple[str, ...],
    record: Path | None,
    masked: bool,
) -> None:
    """Say on one screen what RUNNER may do now, how much, why, and what waits.
    The rest stands on the pages --week, --details and --why.

    RUNNER is a YAML or JSON file, or - for standard input. Whatever it leaves
    out is unknown; an empty file is valid.

    \b
    Example:
      prehab recommend examples/sore-achilles.yaml
      prehab recommend examples/racer.yaml --instead goblet_squat
      prehab recommend examples/novice.yaml --language de
      prehab recommend my-runner.yaml --record my-record.json --masked
      prehab recommend my-runner.yaml --rules my-rules/ --graph my-graph/
      echo '{"complaints": [{"region": "knee"}]}' | prehab recommend - --json
    """
    if masked and record is None:
        raise click.UsageError("`--masked` needs `--record FILE`: only what is kept is masked.")
    engine, who = about.engine, about.runner
    who = engine.without(who, *instead) if instead else who
    answer = engine.recommend(who)
    if record is not None:
        day = date.today() if about.on is None else about.on.date()
        write_file(record, engine.record(who, mask=masked, day=day).to_json(indent=2))
    if about.as_json:
        write_out(answer.to_json(whole="details" in pages))
        return
    from prehab import render

    width, messages = render.terminal_width(), engine.messages
    lines = list(
        render.opening(answer, width=width, messages=messages)
        if pages
        else render.recommendation(answer, engine.catalogue, width=width, messages=messages)
    )
    for name in dict.fromkeys(pages):
        lines += getattr(render, name)(answer, engine.catalogue, width=width, messages=messages)
    render.print_lines(lines)
