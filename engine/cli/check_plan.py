"""``prehab check-plan``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prehab.cli.common import About, about_runner, read_plan, write_file, write_out

if TYPE_CHECKING:
    from prehab.judge import Plan

__all__ = ["check_plan"]


@click.command("check-plan")
@click.argument("runner", type=click.Path())
@click.argument("plan", type=click.Path())
@click.option("--repair", type=click.Path(path_type=Path), metavar="FILE", help="Write a plan that passes.")
@about_runner
def check_plan(
    about: About,
    plan: str,
    repair: Path | None,
) -> None:
    """Judge a week that somebody planned for RUNNER: what is unsafe in PLAN, and
    what is too little.

    PLAN is a YAML or JSON file in the shape of `prehab schema plan`: from a
    coach, an app or a language model. Exercises may go by id or by name; what
    is not known is reported, never passed. Notes in a plan change nothing.
    Each finding has its place, its rule, its reason and the smallest repair.
    Exit status 1 when something was found.

    \b
    Example:
      prehab check-plan examples/novice.yaml examples/plans/novice.yaml
      prehab check-plan my-runner.yaml my-plan.json --repair better.yaml
    """
    if about.path == plan == "-":
        raise click.UsageError("only one of RUNNER and PLAN can be standard input")
    engine = about.engine
    who, week = about.runner, read_plan(engine, plan)
    verdict = engine.check_plan(who, week)
    written = None
    if repair is not None:
        written = engine.repair_plan(who, week)
        write_file(repair, _text(written, as_json=repair.suffix == ".json"))
    if about.as_json:
        write_out(verdict.to_json())
    else:
        from prehab import render

        render.print_lines(render.verdict(verdict, width=render.terminal_width(), messages=engine.messages))
        if repair is not None:
            write_out(f"A plan that passes was written to {repair}.\n")
    if not verdict.clean:
        sys.exit(1)


def _text(plan: Plan, *, as_json: bool) -> str:
    """A plan as a file that can be read again."""
    if as_json:
        return plan.to_json(indent=2)
    import yaml

    from prehab.wire import data_of

    return yaml.safe_dump(data_of(plan), sort_keys=False, width=120)
