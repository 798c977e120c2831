"""``prehab rules diff|try``: what a change of rules or numbers means."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from prehab.cli.common import (
    Progress,
    complete,
    folder_type,
    json_option,
    print_json,
    read_numbers,
    reports_faults,
    say_bundled_pack,
    say_pack,
    write_file,
    write_out,
)

if TYPE_CHECKING:
    from prehab.compare import Side

__all__ = ["CHANGE_COMMANDS"]

F = TypeVar("F", bound=Callable[..., Any])


def _options(command: F) -> F:
    """What both commands take."""
    for option in (
        json_option,
        click.option("--exit-code", is_flag=True, help="Exit 1 where something became looser or a law is broken."),
        click.option("--runner-file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
                     help="Save the smallest runner; the looser one of two."),
        click.option("--many", type=click.IntRange(0, 1_000_000_000), default=0,
                     help="How many more to try in columns; needs prehab[batch]."),
        click.option("--seed", type=int, default=0, show_default=True, help="Which random runners are drawn."),
        click.option("--runners", type=click.IntRange(0, 10_000_000), default=10_000, show_default=True,
                     help="How many random runners to try."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@click.argument("old")
@click.argument("new")
@click.option("--old-graph", type=folder_type, help="The graph files that go with OLD.")
@click.option("--new-graph", type=folder_type, help="The graph files that go with NEW.")
@_options
@reports_faults
def diff(old: str, new: str, old_graph: Path | None, new_graph: Path | None, **options: Any) -> None:
    """Say what it means to go from the rules of OLD to those of NEW.

    Each is a folder of rule files, a folder that holds rules/ and perhaps
    graph/, or the word bundled. Both decide about the runners of the cases of
    every rule that differs, about runners placed around whatever those rules
    test, and about random ones. Told are what was changed, whether that is
    equivalent, stricter, looser or mixed, for how many, which rules explain
    it, and the smallest runner for whom the advice changes. What is said to be
    equivalent was found so on these runners; where only words differ, it is
    certain. With --many a million more are tried in seconds; of these only
    exercises, status, gates, stages, referrals and what bounds the week are
    compared.

    Exit status 0 whether or not something differs; see --exit-code.

    JSON keys: old, new, verdict, exact, effects, changes, runners (cases,
    placed, random), exercises, injuries, rules, smallest, laws. With --many
    also many.

    \b
    Example:
      prehab rules diff bundled rules
      prehab rules diff bundled my-rules/ --runner-file my-runner.yaml
      prehab rules diff my-old-pack/ my-pack/ --json --exit-code
    """
    from prehab.compare.loading import load_sides

    _compare(*load_sides((old, old_graph), (new, new_graph)), **options)


@click.command("try")
@click.argument("numbers", nargs=-1, required=True, metavar="PARAMETER=VALUE...", shell_complete=complete("parameters"))
@click.option("--rules", "where", default="bundled", metavar="FOLDER", help="Other rules than the bundled ones.")
@click.option("--graph", type=folder_type, help="Other graph files than the bundled ones.")
@_options
@reports_faults
def try_numbers(numbers: tuple[str, ...], where: str, graph: Path | None, **options: Any) -> None:
    """Say what another value of a PARAMETER would mean, before it is saved.

    A value must lie in the permitted range. Told is what `prehab rules diff`
    tells, with the same JSON keys and exit status.

    \b
    Example:
      prehab rules try plyo.run_calf_raises=12 --runners 500
      prehab rules try plyo.run_calf_raises=12 --runners 100 --many 1000000
      prehab rules try calf.raises_before_running=15 --runners 50 --json
    """
    from prehab.compare.loading import load_side, with_numbers

    values = read_numbers(numbers)
    side = load_side(where, graph)
    _compare(side, with_numbers(side, where, values, graph), **options)


def _compare(
    old: Side, new: Side, *, runners: int, many: int, seed: int, runner_file: Path | None, exit_code: bool,
    as_json: bool,
) -> None:  # fmt: skip
    from prehab.compare import compare
    from prehab.compare.telling import runner_text, tell

    say_sides(old, new)
    progress = Progress()
    found = compare(old, new, runners=runners, many=many, seed=seed, progress=progress)
    progress.clear()
    if as_json:
        print_json(found.as_dict())
    else:
        write_out("\n".join(tell(found)) + "\n")
    if runner_file is not None:
        example = next(iter(found.smallest.values()), None)
        if example is None:
            click.echo(f"No advice changes, so `{runner_file}` was not written.", err=True)
        else:
            write_file(runner_file, runner_text(example.runner))
    if exit_code and (found.verdict in ("looser", "mixed") or found.laws):
        sys.exit(1)


def say_sides(old: Side, new: Side) -> None:
    """Say which packs are compared; the same pack with other numbers is one."""
    for side in {one.pack.digest: one for one in (old, new)}.values():
        name = side.name.partition(" with ")[0]
        if name == "bundled":
            say_bundled_pack()
        else:
            say_pack(Path(name).absolute(), side.pack.digest)


CHANGE_COMMANDS = (diff, try_numbers)
