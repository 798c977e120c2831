"""``prehab rules laws``: the laws over as many random runners as one likes."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prehab.cli.common import (
    Progress,
    folder_argument,
    graph_option,
    json_option,
    pack_folders,
    parameter_option,
    print_json,
    read_numbers,
    reports_faults,
    say_pack,
    write_out,
)

if TYPE_CHECKING:
    from prehab.testing.many import ManyChecked

__all__ = ["laws"]


@click.command()
@folder_argument
@graph_option
@parameter_option
@click.option(
    "--many",
    type=click.IntRange(1, 1_000_000_000),
    default=1_000_000,
    show_default=True,
    help="How many random runners to try.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Which random runners are drawn.")
@json_option
@reports_faults
def laws(
    folder: Path | None, graph: Path | None, parameters: tuple[str, ...], many: int, seed: int, as_json: bool
) -> None:  # fmt: skip
    """Try the laws on a million runners, for the rules in FOLDER or the bundled.

    Runners are decided about in columns, each as he is and with one answer
    that is worse, better, or left out, so that it takes seconds. Tried are
    the laws that can be said of decisions alone (1, 3, 4, 5, 6, 7, 8, 9 and
    16) and the statements of statements.yaml: exercises, status, gates,
    stages, referrals and what bounds the week; neither doses nor weeks nor
    sentences, which the laws of prehab.testing look at too, one runner after
    another. What is broken is told with the smallest runner who breaks it by
    himself, as a runner file. For all runners at once there is `prehab rules
    prove`. Needs prehab[batch]. Exit status 1 when a law is broken.

    JSON keys: runners, seed, laws (law, title, tried, broken; where it is
    broken says, runner, and step where it takes two runners), left.

    \b
    Example:
      prehab rules laws --many 20000
      prehab rules laws -p plyo.calf_raises=25 --many 20000 --json
      prehab rules laws my-rules/ --graph my-graph/
    """
    from prehab.graph.extras import needed

    needed("numpy", "batch", "The laws over many runners")
    from prehab.rules.load import load_pack
    from prehab.rules.statements import load_statements
    from prehab.testing.many import check_many

    numbers = read_numbers(parameters, "--parameter ")
    rules, graph = pack_folders(folder, graph)
    pack = load_pack(rules, graph)
    say_pack(rules, pack.digest)
    progress = Progress()
    found = check_many(
        pack, runners=many, seed=seed, statements=load_statements(pack, rules), parameters=numbers, progress=progress
    )
    progress.clear()
    if as_json:
        print_json(_as_dict(found))
    else:
        write_out("\n".join(_lines(found)) + "\n")
    if found.breaches:
        sys.exit(1)


def _lines(found: ManyChecked) -> list[str]:
    """What came of it, in words."""
    lines = [f"{found.runners:,} random runners (seed {found.seed}), and each of them one step further:"]
    held = [one for one in found.laws if not one.broken]
    statements = [one for one in held if one.law.number.startswith("statement ")]
    for one in held:
        if one not in statements:
            text = f"law {one.law.number} holds for {one.tried:,}: {one.law.title}"
            lines += textwrap.wrap(text, 80, subsequent_indent="    ")
    if statements:
        lines.append(f"{len(statements)} statement{'s' if len(statements) > 1 else ''} of the authors hold.")
    for left in found.left:
        text = f"Not all is looked at of statement {left.statement}: {left.why}."
        lines += textwrap.wrap(text, 80, subsequent_indent="    ")
    for one, breach in _broken(found):
        name = one.law.number if one.law.number.startswith("statement ") else f"law {one.law.number}"
        lines += ["", f"{name} is broken by {one.broken:,} of {one.tried:,}; the smallest found:", str(breach).rstrip()]
    return lines


def _broken(found: ManyChecked) -> list[tuple[Any, Any]]:
    return list(zip((one for one in found.laws if one.broken), found.breaches, strict=True))


def _as_dict(found: ManyChecked) -> dict[str, Any]:
    """What came of it, as JSON-ready data."""
    told = {id(one): breach for one, breach in _broken(found)}
    laws: list[dict[str, Any]] = []
    for one in found.laws:
        law = {"law": one.law.number, "title": one.law.title, "tried": one.tried, "broken": one.broken}
        breach = told.get(id(one))
        if breach is not None:
            law |= {"says": list(breach.sentences), "runner": breach.runner}
            if breach.step is not None:
                law["step"] = {"at": "/" + "/".join(map(str, breach.step.path)), "value": breach.step.value,
                               "added": breach.step.added}  # fmt: skip
        laws.append(law)
    left = [vars(one) for one in found.left]
    return {"runners": found.runners, "seed": found.seed, "laws": laws, "left": left}
