"""``prehab rules prove``: what holds for every runner and every value of the parameters."""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prehab.cli.common import (
    folder_argument,
    folder_type,
    json_option,
    pack_folders,
    print_json,
    reports_faults,
    say_pack,
    write_file,
    write_out,
)
from prehab.graph.extras import needed
from prehab.graph.faults import Fault, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prehab.proof.confirm import Witness
    from prehab.proof.findings import Finding
    from prehab.proof.prover import Proof

__all__ = ["prove"]


@click.command()
@folder_argument
@click.option("--graph", type=folder_type, help="The graph of FOLDER.")
@click.option("--complaints", type=click.IntRange(0, 6), default=4, show_default=True, help="Complaints at the most.")
@click.option("--processes", type=click.IntRange(1, 64), help="Processes to share the work; by default one a core.")
@click.option("--claim", metavar="TEXT", help="Only claims whose name holds TEXT, such as pain_during.")
@click.option("--certificate", type=click.Path(dir_okay=False, path_type=Path), help="Write the record here, whole.")
@click.option("--all", "everything", is_flag=True, help="List every claim, not only those that do not hold.")
@json_option
@reports_faults
def prove(
    folder: Path | None, graph: Path | None, complaints: int, processes: int | None, claim: str | None,
    certificate: Path | None, everything: bool, as_json: bool,
) -> None:  # fmt: skip
    """Prove the laws for the rules in FOLDER, or the bundled ones.

    For all runners with up to four complaints and any log, every answer known
    or not, and every value that may be given to a parameter: the laws that
    every pack owes, and what its authors promise in statements.yaml. The
    levels by which selectors choose exercises, and the ranges of the dose
    schemes, are held as they stand in the files. Also told are rules that no
    runner meets and rules that decide nothing by themselves. A claim that
    does not hold is shown by the smallest runner that the evaluators confirm,
    as a runner file. Needs prehab[prove]. Exit status 1 when something does
    not hold, is not known, or is dead.

    \b
    Example:
      prehab rules prove my-rules/ --graph my-graph/ --certificate proof.json
      prehab rules prove --claim sleep_h --complaints 1 --all
    """
    needed("z3", "prove", "Proofs")
    from prehab.proof.certificate import certificate as record
    from prehab.proof.prover import prove as prove_all
    from prehab.rules.load import load_pack
    from prehab.rules.statements import load_statements

    rules, graph = pack_folders(folder, graph)
    pack = load_pack(rules, graph)
    say_pack(rules, pack.digest)
    statements = load_statements(pack, rules)
    start = time.perf_counter()
    found = prove_all(
        pack, statements, complaints=complaints, processes=processes or os.cpu_count() or 1, only=claim,
        progress=_progress if sys.stderr.isatty() else None,
    )  # fmt: skip
    if not found:
        raise InputError([Fault("unknown-claim", f"no claim is called anything with `{claim}`", value=claim)])
    seconds = time.perf_counter() - start
    data = record(pack, found, statements, complaints=complaints, seconds=seconds)
    if certificate is not None:
        write_file(certificate, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    if as_json:
        print_json(data)
    else:
        write_out("\n".join(_report(found, data, everything=everything)) + "\n")
    if not data["proved"] or any(one["kind"].startswith("dead") for one in data["findings"]):
        sys.exit(1)


def _progress(done: int, of: int) -> None:
    click.echo(f"\r{done} of {of} tasks", nl=done == of, err=True)


def _report(found: Sequence[Proof | Finding], data: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    from prehab.proof.findings import Finding
    from prehab.proof.prover import Proof

    proofs = [one for one in found if isinstance(one, Proof)]
    findings = [one for one in found if isinstance(one, Finding)]
    for proof in proofs:
        if proof.verdict != "proved":
            yield from _broken(proof)
        elif everything:
            yield f"proved: {proof.claim} ({proof.seconds:.1f} s): {proof.says}"
    for finding in findings:
        yield f"{finding.kind}: {finding.rule} ({finding.file}:{finding.line}): {finding.says}"
    held = [one for one in proofs if one.verdict == "proved"]
    laws = sorted({law for one in held for law in one.laws} - {law for o in proofs if o not in held for law in o.laws})
    dead = sum(one.kind == "dead-rule" for one in findings)
    yield f"{len(held)} of {len(proofs)} claims hold for {_whom(data)} ({data['seconds']:.0f} s)."
    yield f"They carry the laws {', '.join(map(str, laws)) or 'none'}. {dead} dead rule{'s' if dead != 1 else ''}."


def _whom(data: Mapping[str, Any]) -> str:
    """For whom the claims hold, with what is held fixed."""
    complaints, numbers = data["complaints"], data["parameters"]
    lists = (f"up to {of['most']} {kind}s" for kind, of in data["lists"].items() if of["most"] is not None)
    whom = " and ".join([f"up to {complaints} complaint{'s' if complaints != 1 else ''}", *lists])
    fixed = len(numbers["fixed"])
    held = f"; {fixed} that select exercises are held at theirs, and so are the dose schemes" if fixed else ""
    return f"every runner with {whom} and every value of {numbers['every_value']} parameters{held}"


def _broken(proof: Proof) -> Iterator[str]:
    if proof.verdict == "undecided":
        yield f"NOT PROVED: {proof.claim}: {proof.says}\n  {proof.why}."
    else:
        yield f"BROKEN: {proof.claim}: {proof.says}"
    if proof.witness is not None:
        yield from _witness(proof.witness)


def _witness(witness: Witness) -> Iterator[str]:
    import yaml

    def shown(data: Any) -> str:
        return textwrap.indent(yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True), "  ").rstrip()

    most = 3
    yield from (f"  {words}" for words in witness.words[:most])
    if len(witness.words) > most:
        yield f"  and {len(witness.words) - most} more"
    by = " and ".join(witness.confirmed_by)
    yield (f"  # confirmed by {by}" if by else "  # what z3 found, and no evaluator confirms")
    yield shown(witness.before)
    if witness.after is not None:
        yield "  # and the second runner, for whom it is softer"
        yield shown(witness.after)
    yield from (f"  # with --parameter {name}={value:g}" for name, value in witness.parameters.items())
