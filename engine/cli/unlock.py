"""``prehab unlock``."""

from __future__ import annotations

import click

from prehab.cli.common import About, about_runner, complete, write_out

__all__ = ["unlock"]


@click.command()
@click.argument("runner", type=click.Path())
@click.argument("target", shell_complete=complete("exercises"))
@click.option("--most", type=click.IntRange(min=1), default=3, show_default=True, help="How many ways to tell.")
@about_runner
def unlock(
    about: About,
    target: str,
    most: int,
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
    answer = about.engine.unlock(about.runner, target, most=most)
    if about.as_json:
        write_out(answer.to_json())
        return
    from prehab import render

    render.print_lines(render.unlock(answer, width=render.terminal_width(), messages=about.engine.messages))
