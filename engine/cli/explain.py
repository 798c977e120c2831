"""``prehab explain``."""

from __future__ import annotations

from pathlib import Path

import click

from prehab.cli.common import About, about_runner, at_hand, complete, write_file, write_out
from prehab.graph.faults import Fault, InputError

__all__ = ["explain"]


@click.command()
@click.argument("runner", type=click.Path())
@click.argument("what", nargs=-1, required=True, shell_complete=complete("explained"))
@click.option(
    "--depth",
    type=click.IntRange(1, 2),
    default=1,
    show_default=True,
    help="1: the nearest permit, the hardest reason, the count of the rest. 2: all.",
)
@click.option("--html", "page", metavar="FILE", help="Write it as one page to open in a browser; - is standard output.")
@about_runner
def explain(
    about: About,
    what: tuple[str, ...],
    depth: int,
    page: str | None,
) -> None:
    """Say why WHAT is as it is for RUNNER.

    WHAT is an exercise; or status, week, a day (mon), running, referral,
    daily, `stage INJURY`, `dose EXERCISE`, `limit sets`, `A vs B`, a gate
    (plyo/low), a rule, or a place of the answer (/sessions/0/exercises/1/dose).
    What stands in brackets can be asked in turn.

    First what the permit lacks that is nearest to being given, then the reason
    that is hardest to lift. With --depth 2 every reason is named with its rule,
    what it saw and its sources. `prehab unlock` says what would change it.

    \b
    Example:
      prehab explain examples/sore-achilles.yaml pogo_hops
      prehab explain examples/sore-achilles.yaml dose goblet squat
      prehab explain examples/sore-achilles.yaml week --html my-week.html
      prehab explain examples/sore-achilles.yaml stage --language de
    """
    asked, path = " ".join(what), about.path
    if path != "-" and not Path(at_hand(path)).exists() and Path(asked).is_file():
        message = f"there is no file `{path}`, but `{asked}` is one: the runner comes first"
        raise InputError([Fault("swapped", message, value=path, help=f"prehab explain {asked} {path}")])
    if about.as_json and page is not None:
        raise InputError([Fault("bad-option", "`--json` and `--html` do not go together")])
    engine, runner = about.engine, about.runner
    if about.as_json:
        write_out(engine.explain(runner, asked).to_json())
        return
    from prehab import render

    answer, messages = engine.account(runner, asked), engine.messages
    if page is None:
        render.print_lines(render.account(answer, depth=depth, width=render.terminal_width(), messages=messages))
    elif page == "-":
        write_out(render.account_page(answer, messages=messages), as_it_is=True)
    else:
        size = write_file(Path(page), render.account_page(answer, messages=messages))
        write_out(f"{page}: {answer.name}, {size} bytes\n")
