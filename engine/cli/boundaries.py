"""``prehab boundaries``."""

from __future__ import annotations

import click

from prehab.cli.common import About, about_runner, write_out

__all__ = ["boundaries"]


@click.command()
@click.argument("runner", type=click.Path())
@click.option("--all", "everything", is_flag=True, help="Tell all of it, and why something is not shown.")
@about_runner
def boundaries(
    about: About,
    everything: bool,
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
    answer = about.engine.boundaries(about.runner)
    if about.as_json:
        write_out(answer.to_json())
        return
    from prehab import render

    width, messages = render.terminal_width(), about.engine.messages
    render.print_lines(render.boundaries(answer, everything=everything, width=width, messages=messages))
