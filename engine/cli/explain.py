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
    language_option,
    make_engine,
    pack_options,
    parameter_option,
    read_runner,
    reports_faults,
    write_file,
    write_out,
)
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
@date_option
@pack_options
@parameter_option
@language_option
@json_option
@reports_faults
def explain(
    runner: str,
    what: tuple[str, ...],
    depth: int,
    page: str | None,
    on: datetime | None,
    rules: Path | None,
    graph: Path | None,
    parameters: tuple[str, ...],
    language: str | None,
    as_json: bool,
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
    about = " ".join(what)
    if runner != "-" and not Path(at_hand(runner)).exists() and Path(about).is_file():
        message = f"there is no file `{runner}`, but `{about}` is one: the runner comes first"
        raise InputError([Fault("swapped", message, value=runner, help=f"prehab explain {about} {runner}")])
    if as_json and page is not None:
        raise InputError([Fault("bad-option", "`--json` and `--html` do not go together")])
    engine = make_engine(parameters, rules=rules, graph=graph, language=language)
    told = read_runner(engine, runner, on)
    if as_json:
        write_out(engine.explain(told, about).to_json())
        return
    from prehab import render

    answer, messages = engine.account(told, about), engine.messages
    if page is None:
        render.print_lines(render.account(answer, depth=depth, width=render.terminal_width(), messages=messages))
    elif page == "-":
        write_out(render.account_page(answer, messages=messages), as_it_is=True)
    else:
        size = write_file(Path(page), render.account_page(answer, messages=messages))
        write_out(f"{page}: {answer.name}, {size} bytes\n")
