"""Faults put into a small pack on purpose: whoever must catch one does, and harmless edits raise no alarm.

The faults, and who must catch each, stand in ``defects.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from prehab.graph.faults import PackError
from prehab.graph.files import read_path
from prehab.program import Program
from prehab.proof.findings import Finding as DeadOrIdle
from prehab.proof.prover import Proof, Prover
from prehab.reference import Reference
from prehab.rules.checks.report import check_rules
from prehab.rules.load import load_pack
from prehab.rules.statements import load_statements
from prehab.testing import LAWS, check_laws
from prehab.trials import Trials
from tests.packs import Edit, copy_of, quickly

BASE = Path(__file__).resolve().parent.parent / "examples" / "foreign-pack"
ENTRIES: Mapping[str, list[dict[str, Any]]] = read_path(Path(__file__).parent / "defects.yaml").data
DEFECTS = {entry["wrong"]: entry for entry in ENTRIES["defects"]}
HARMLESS = {entry["what"]: entry for entry in ENTRIES["harmless"]}

work_once = pytest.fixture(autouse=True)(quickly)


def edits(entry: Mapping[str, Any]) -> Iterator[Edit]:
    """The edits of an entry."""
    yield Edit(entry["file"], entry.get("find", entry.get("every")), entry["replace"], every="every" in entry)
    if "and" in entry:
        yield from edits(entry["and"])


def edited(entry: Mapping[str, Any], folder: Path) -> Path:
    """A copy of the pack with an entry's edits made."""
    made = copy_of(BASE, folder / "pack")
    for edit in edits(entry):
        edit.make(made)
    return made


@cache
def usual_remarks() -> frozenset[str]:
    """What is remarked of the pack as it stands."""
    report = check_rules(BASE / "rules", BASE / "graph")
    assert not report.errors
    return frozenset(fault.message for fault in report.remarks)


# -- who catches: given a folder with a pack and what is looked for (None: anything), each says what it found ----------


def found_by_check(pack: Path, wanted: object = None) -> set[Any]:
    """The codes of `prehab rules check` for what the pack does not have as it stands."""
    try:
        report = check_rules(pack / "rules", pack / "graph")
    except PackError as error:
        return {fault.code for fault in error.faults}
    return {f.code for f in (*report.errors, *report.remarks) if f.message not in usual_remarks()}


def found_by_cases(pack: Path, wanted: object = None) -> set[Any]:
    """``True`` where a case no longer holds."""
    report = check_rules(pack / "rules", pack / "graph")
    trials = Trials(report.pack, report.cases)
    evaluator = Reference(Program(report.pack))
    return {bool(trials.failures(located, [evaluator])) for located in report.cases} & {True}


def found_by_laws(pack: Path, wanted: object = None) -> set[Any]:
    """The numbers of the laws that random runners break: of one law on many, or of all and every statement on a few."""
    if wanted is None:
        breaches = check_laws(pack / "rules", graph=pack / "graph", runners=FEW_RUNNERS)
    else:
        (law,) = (law for law in LAWS if law.number == str(wanted))
        breaches = check_laws(load_pack(pack / "rules", pack / "graph"), runners=MANY_RUNNERS, laws=[law])
    numbers = {breach.law.number for breach in breaches}
    return {int(number) if number.isdigit() else number for number in numbers}


def found_by_proof(pack: Path, wanted: object = None) -> set[Any]:
    """The numbers of the laws that can no longer be proved, and ``dead`` where no runner meets a rule.

    Of one law it is asked with three complaints, of all with one.
    """
    loaded = load_pack(pack / "rules", pack / "graph")
    prover = Prover(loaded, load_statements(loaded, pack / "rules"), 1 if wanted is None else 3)
    found: set[Any] = set()
    for task in prover.tasks():
        if (wanted is None and task[0] != "idle") or wanted in prover.laws(task):
            for one in prover.work(task):
                broken = isinstance(one, Proof) and one.verdict != "proved"
                found |= set(one.laws) if broken else {"dead"} if isinstance(one, DeadOrIdle) else set()  # type: ignore[union-attr]
    return found


MANY_RUNNERS, FEW_RUNNERS = 3000, 10

CATCHERS: Mapping[str, Callable[[Path, Any], set[Any]]] = {
    "check": found_by_check, "cases": found_by_cases, "laws": found_by_laws, "prove": found_by_proof,
}  # fmt: skip


def test_every_catcher_is_asked() -> None:
    named = {name for entry in DEFECTS.values() for name in entry["caught_by"]}
    assert named == CATCHERS.keys()
    assert all(entry["caught_by"] for entry in DEFECTS.values())


def test_there_are_enough_of_them() -> None:
    assert len(DEFECTS) == len(ENTRIES["defects"]) >= 60
    assert len(HARMLESS) == len(ENTRIES["harmless"]) >= 10


CAUGHT = [(wrong, name) for wrong, entry in DEFECTS.items() for name in entry["caught_by"]]


@pytest.mark.parametrize(("wrong", "catcher"), CAUGHT)
def test_a_defect_is_caught(wrong: str, catcher: str, tmp_path: Path) -> None:
    entry = DEFECTS[wrong]
    wanted = entry["caught_by"][catcher]
    follows = set(entry.get("follows", ())) if catcher == "check" else set()
    assert CATCHERS[catcher](edited(entry, tmp_path), wanted) == {wanted, *follows}


@pytest.mark.parametrize("wrong", [wrong for wrong, entry in DEFECTS.items() if "check" not in entry["caught_by"]])
def test_what_no_check_can_see_is_no_error_of_the_files(wrong: str, tmp_path: Path) -> None:
    assert not found_by_check(edited(DEFECTS[wrong], tmp_path))


@pytest.mark.parametrize("what", HARMLESS)
def test_a_harmless_edit_raises_no_alarm(what: str, tmp_path: Path) -> None:
    entry = HARMLESS[what]
    pack = edited(entry, tmp_path)
    silent = [name for name in CATCHERS if not (name == "cases" and entry.get("changes_cases"))]
    assert {name: CATCHERS[name](pack, None) for name in silent} == {name: set() for name in silent}
