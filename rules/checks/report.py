"""Everything that can be said of a folder of rules without a proof: `prehab rules check`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault, PackError
from prehab.graph.load import GRAPH_FOLDER
from prehab.graph.salvage import Faults
from prehab.rules.checks import check_whole
from prehab.rules.checks.findings import findings
from prehab.rules.languages import read_languages
from prehab.rules.load import RULES_FOLDER, LoadedPack, LocatedCase, read_cases, read_pack
from prehab.rules.pack import Pack
from prehab.rules.statements import STATEMENTS_FILE, Statement, read_statements

__all__ = ["Report", "check_rules"]

WEAK = ("low", "consensus")


@dataclass(frozen=True)
class Report:
    """What a check found: ``errors`` keep a pack from being used, ``remarks`` are for its author to weigh."""

    pack: Pack
    cases: tuple[LocatedCase, ...]
    statements: tuple[Statement, ...]
    errors: tuple[Fault, ...]
    remarks: tuple[Fault, ...]

    def counts(self) -> dict[str, int]:
        """The figures of the summary."""
        rules = self.pack.rules
        return {
            "rules": len(rules),
            "parameters": len(self.pack.parameters),
            "cases": len(self.cases),
            "statements": len(self.statements),
            "errors": len(self.errors),
            "overlaps": sum(fault.code == "overlap" for fault in self.remarks),
            "remarks": len(self.remarks),
            "without_a_source": sum(not (rule.sources or rule.consensus) for rule in rules),
            "consensus_only": sum(rule.consensus and not rule.sources for rule in rules),
            "weak_evidence": sum(rule.evidence in WEAK for rule in rules),
        }


def check_rules(rules: Path = RULES_FOLDER, graph: Path | Catalogue = GRAPH_FOLDER) -> Report:
    """Check a folder of rules, its cases and its statements, each rule alone and beside the others.

    Raises:
        PackError: The pack cannot be loaded; with whatever else can be told of it.
    """
    try:
        loaded = read_pack(rules, graph)
    except PackError as error:
        raise PackError(map(_with_remedy, error.faults)) from None
    found = Faults()
    cases: list[LocatedCase] = []
    statements: tuple[Statement, ...] = ()
    with found.enough():
        if STATEMENTS_FILE in loaded.documents:
            document = loaded.documents[STATEMENTS_FILE]
            statements = read_statements(loaded.pack, document, found, loaded.broken)
        cases = read_cases(loaded.pack, rules, loaded.documents, found, loaded.broken)
        if not (loaded.faults or found):
            found.extend(_without_a_case(loaded, cases))
            found.extend(read_languages(rules, loaded.pack))
        found.extend(check_whole(_unflawed(loaded), loaded.where, loaded.broken))
    if loaded.faults:
        errors = [fault for fault in found if fault.severity == "error"]
        raise PackError(map(_with_remedy, (*loaded.faults, *errors)))
    ordered = PackError(map(_with_remedy, found)).faults
    return Report(
        loaded.pack,
        tuple(cases),
        statements,
        tuple(fault for fault in ordered if fault.severity == "error"),
        tuple(fault for fault in ordered if fault.severity == "remark"),
    )


def _without_a_case(loaded: LoadedPack, cases: list[LocatedCase]) -> Iterator[Fault]:
    """A remark for each rule that no case is about."""
    told = {located.case.rule for located in cases}
    for rule in loaded.pack.rules:
        if rule.id not in told:
            message = f"no case shows what `{rule.id}` does"
            yield Fault("no-case", message, **loaded.where("rules", rule.id), severity="remark")


def _unflawed(loaded: LoadedPack) -> Pack:
    """The pack without the rules about which something was told: nothing is concluded from them."""
    pack = loaded.pack
    if not loaded.flawed:
        return pack
    kept = [number for number, rule in enumerate(pack.rules) if rule.id not in loaded.flawed]
    place = {number: new for new, number in enumerate(kept)}
    variants = tuple(replace(one, rule=place[one.rule]) for one in pack.variants if one.rule in place)
    return replace(pack, rules=tuple(pack.rules[number] for number in kept), variants=variants)


def _with_remedy(fault: Fault) -> Fault:
    """A fault with what to do about it, where it does not say so itself."""
    known = findings().get(fault.code)
    return fault if fault.help or known is None else replace(fault, help=known.remedy)
