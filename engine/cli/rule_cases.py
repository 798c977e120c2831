"""``prehab rules test|coverage``: the cases beside the rules."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prehab.cli.common import (
    complete,
    fail_check,
    folder_argument,
    graph_option,
    json_option,
    pack_folders,
    print_json,
    reports_faults,
    say_pack,
    write_out,
)
from prehab.graph.faults import Fault, InputError, PackError, nearest

if TYPE_CHECKING:
    from prehab.rules.language import Rule
    from prehab.trials import Coverage, Trials

__all__ = ["CASE_COMMANDS"]

rule_option = click.option(
    "--rule",
    metavar="RULE",
    shell_complete=complete("rules"),
    help="Only a rule, or the rules of a topic such as tendon.",
)


@click.command()
@folder_argument
@graph_option
@rule_option
@json_option
@reports_faults
def test(folder: Path | None, graph: Path | None, rule: str | None, as_json: bool) -> None:
    """Try all cases in FOLDER, or the bundled ones, on every evaluator.

    Exit status 1 when a case does not hold.

    \b
    Example:
      prehab rules test
      prehab rules test --rule tendon
      prehab rules test my-rules/ --json
    """
    from prehab.engine import evaluators

    trials = _trials(folder, graph, as_json=as_json)
    chosen = {one.id for one in _chosen(trials, rule)}
    cases = [located for located in trials.cases if located.case.rule in chosen]
    able = evaluators(trials.program)
    failed = [
        Fault("case-fails", f"{located.case.rule}: {located.case.case}: {'; '.join(why)}", located.file, located.line)
        for located in cases
        if (why := trials.failures(located, able))
    ]
    if failed:
        fail_check(PackError(failed), as_json=as_json)
    names = [evaluator.name for evaluator in able]
    if as_json:
        print_json({"faults": 0, "cases": len(cases), "evaluators": names})
        return
    write_out(f"{len(cases)} cases hold on {' and '.join(names)}.\n")


@click.command()
@folder_argument
@graph_option
@rule_option
@click.option("--mutants", is_flag=True, help="Also put faults into the rules, and count those the cases catch.")
@click.option("--all", "everything", is_flag=True, help="List every rule, not only those that lack something.")
@json_option
@reports_faults
def coverage(
    folder: Path | None, graph: Path | None, rule: str | None, mutants: bool, everything: bool, as_json: bool
) -> None:
    """Show what the cases in FOLDER, or the bundled ones, show of each rule.

    Every rule owes a case that fires, one that does not, and one with an
    answer missing; and each of its conditions one that flips when that
    condition alone is left out. Exit status 1 when something is owed.

    \b
    Example:
      prehab rules coverage
      prehab rules coverage --rule achilles --all
      prehab rules coverage --mutants
    """
    trials = _trials(folder, graph, as_json=as_json)
    chosen = _chosen(trials, rule)
    ids = {one.id for one in chosen}
    found = [one for one in trials.coverage() if one.rule in ids]
    made = [mutant for one in chosen for mutant in trials.mutants(one)] if mutants else []
    shown = sum(sum(one.conditions.values()) for one in found)
    total = sum(len(one.conditions) for one in found)
    missed = [mutant for mutant in made if not mutant.caught]
    if as_json:
        data = {
            "rules": [{**vars(one), "lacks": list(one.lacks)} for one in found],
            "conditions": {"all": total, "shown": shown},
        }
        if mutants:
            told = [{"rule": one.rule, "fault": one.fault} for one in missed]
            data["mutants"] = {"all": len(made), "caught": len(made) - len(missed), "missed": told}
        print_json(data)
    else:
        lines = [line for one in found if everything or one.lacks for line in _shown(one)]
        lines += [f"{one.rule}: no case catches: {one.fault}" for one in missed]
        cases = sum(one.fires + one.silent for one in found)
        lines.append(f"{len(found)} rules, {cases} cases; {shown} of {total} conditions are shown to matter.")
        if mutants:
            share = 100 * (len(made) - len(missed)) / max(1, len(made))
            lines.append(
                f"{len(made) - len(missed)} of {len(made)} faults put into the rules are caught: {share:.1f} %."
            )
        write_out("\n".join(lines) + "\n")
    if any(one.lacks for one in found):
        sys.exit(1)


def _trials(folder: Path | None, graph: Path | None, *, as_json: bool) -> Trials:
    from prehab.rules.load import load_cases, load_pack
    from prehab.trials import Trials

    rules, graph = pack_folders(folder, graph)
    try:
        pack = load_pack(rules, graph)
        say_pack(rules, pack.digest)
        return Trials(pack, load_cases(pack, rules))
    except PackError as error:
        fail_check(error, as_json=as_json)


def _chosen(trials: Trials, name: str | None) -> list[Rule]:
    rules = trials.pack.rules
    chosen = [one for one in rules if name in (None, one.id, one.id.partition(".")[0])]
    if not chosen and name is not None:
        topics = {one.id.partition(".")[0] for one in rules}
        close = nearest(name, sorted({*trials.pack.by_id, *topics}))
        raise InputError([Fault("unknown-rule", f"unknown rule or topic `{name}`", value=name, did_you_mean=close)])
    return chosen


def _shown(one: Coverage) -> list[str]:
    matter = f"{sum(one.conditions.values())} of {len(one.conditions)} conditions matter"
    counts = f"{one.fires} fire, {one.silent} do not, {one.unknown} with an answer missing; {matter}"
    return [f"{one.rule}: {counts}", *(f"  lacks {lack}" for lack in one.lacks)]


CASE_COMMANDS = (test, coverage)
