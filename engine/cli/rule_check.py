"""``prehab rules check|explain``: what is wrong with rules, and what a finding means."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from prehab.cli.common import (
    folder_argument,
    from_here,
    graph_option,
    json_option,
    pack_folders,
    print_json,
    reports_faults,
    say_pack,
    tell_faults,
    write_out,
)
from prehab.graph.faults import Fault, InputError, PackError, nearest

__all__ = ["CHECK_COMMANDS"]


@click.command()
@folder_argument
@graph_option
@json_option
@reports_faults
def check(folder: Path | None, graph: Path | None, as_json: bool) -> None:
    """Check the rule files in FOLDER, or the bundled ones.

    Shape, names, units and ranges; that permits and cautions test the right
    way and unknowns are declared; that nothing can never fire, always fires,
    is said twice or changes nothing; that everything has a source and every
    case can be read. Exit status 1 when an error was found; remarks are for
    you to weigh.

    \b
    Example:
      prehab rules check
      prehab rules check my-rules/
      prehab rules check my-rules/ --graph my-graph/
    """
    from prehab.rules.checks.report import check_rules

    folders = pack_folders(folder, graph)
    try:
        report = check_rules(*folders)
        if report.errors:
            raise PackError(report.errors)
    except PackError as error:
        tell_faults(error, as_json=as_json)
        if not as_json:
            click.echo(f"{_counted(len(error.faults), 'fault')}. {_hint(error.faults)}".rstrip(), err=True)
        sys.exit(1)
    say_pack(folders[0], report.pack.digest)
    counts = report.counts()
    if as_json:
        remarks = [from_here(fault).as_dict() for fault in report.remarks]
        print_json({"faults": 0, **counts, "remarks": remarks, "digest": report.pack.digest})
        return
    for fault in report.remarks:
        click.echo(str(from_here(fault)), err=True)
    if report.remarks:
        click.echo(_hint(report.remarks), err=True)
    overlaps, others = counts["overlaps"], counts["remarks"] - counts["overlaps"]
    write_out(
        f"{counts['rules']} rules, {counts['parameters']} parameters, {counts['cases']} cases: 0 errors.\n"
        f"{_counted(overlaps, 'overlap')} (same verdict), {_counted(others, 'other remark')}. "
        f"{counts['without_a_source']} without a source, {counts['consensus_only']} openly by consensus.\n"
        f"Weak evidence: {counts['weak_evidence']} rules (prehab rules list --weak).\n"
    )


@click.command()
@click.argument("code")
@json_option
@reports_faults
def explain(code: str, as_json: bool) -> None:
    """Explain a finding of `prehab rules check` by its CODE.

    What it is, why it matters, what to do about it, and a sample that raises
    it. All of them stand in rules/FINDINGS.md.

    \b
    Example:
      prehab rules explain never-together
    """
    from prehab.rules.checks.findings import findings

    found = findings().get(code)
    if found is None:
        close = nearest(code, findings())
        raise InputError([Fault("unknown-code", f"unknown code `{code}`", value=code, did_you_mean=close)])
    if as_json:
        print_json({"code": code, **found.model_dump(exclude_defaults=True, by_alias=True)})
        return
    write_out(found.page(code))


def _hint(faults: Iterable[Fault]) -> str:
    """Where to read more about what was found."""
    from prehab.rules.checks.findings import findings

    codes = [code for code in dict.fromkeys(fault.code for fault in faults) if code in findings()]
    return "More: " + ", ".join(f"prehab rules explain {code}" for code in codes[:3]) if codes else ""


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


CHECK_COMMANDS = (check, explain)
