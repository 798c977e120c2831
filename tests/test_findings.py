"""Every finding of `prehab rules check` has a page, and the sample on it raises that finding and no other."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from prehab import runner
from prehab.cli import main
from prehab.engine import load_bundled_pack
from prehab.graph import contents, files, laws, load, salvage, translate, yaml_reader
from prehab.graph.faults import Fault
from prehab.graph.load import GRAPH_FOLDER
from prehab.graph.schema import Word, noun
from prehab.rules.checks.findings import Sample, findings, markdown, read_findings
from prehab.rules.checks.report import check_rules
from prehab.rules.load import RULES_FOLDER
from prehab.rules.schema import CaseFile, RuleFile
from prehab.rules.vocabulary import Scheme, Vocabulary
from prehab.runner import Runner
from tests.hostile import FOREIGN
from tests.packs import Edit, copy_of, found_in, quickly

work_once = pytest.fixture(autouse=True)(quickly)


NEEDS_THE_BUNDLED = frozenset({
    "aggregate-direction", "aggregate-name", "asked-for-nothing", "bad-careful", "contradiction", "equal-rank",
    "free-parameter", "impossible-order", "limit-forbids", "limit-idle-now", "limit-never-binds", "limit-on-nothing",
    "met-by-worst", "missing-parameter", "more-faults", "never-dosed", "never-met-now", "never-open",
    "never-permitted", "never-together", "no-promise", "no-question", "opened-in-vain", "overlap", "permit-beaten",
    "range-refused", "recursion", "red-flag-unheard", "refer-without-consequence", "reserved-name", "scheme-misfit",
    "scheme-outranked", "selects-nothing", "too-many-listed", "unless-always-met", "unless-on-permit",
    "unless-unbound", "wrong-order",
})  # fmt: skip
"""The findings whose samples are about something that only the bundled rules have."""

BUNDLED = (RULES_FOLDER, GRAPH_FOLDER)
SMALL = (FOREIGN / "rules", FOREIGN / "graph")


def with_topic(rules: Path, to: Path) -> Path:
    """A copy of some rules with the sound topic of the pages beside them."""
    copied = copy_of(rules, to, cases=False)
    told = read_findings()
    (copied / "trial.yaml").write_text(told.rules, encoding="utf-8")
    (copied / "trial.cases.yaml").write_text(told.cases, encoding="utf-8")
    return copied


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The bundled rules with that topic."""
    return with_topic(RULES_FOLDER, tmp_path / "rules")


def make(sample: Sample, folder: Path) -> None:
    """Make the edit of a sample."""
    path = folder / sample.file
    path.parent.mkdir(parents=True, exist_ok=True)
    if sample.remove:
        path.unlink()
    elif sample.folder:
        path.mkdir()
    elif sample.find is None:
        path.write_bytes((sample.replace * sample.times).encode(sample.encoding))
    else:
        Edit(sample.file, sample.find, sample.replace).make(folder)
    if sample.also is not None:
        make(sample.also, folder)


@cache
def sound(rules: Path, graph: Path) -> Counter[tuple[str, str, str]]:
    """What is found before any edit."""
    with TemporaryDirectory() as place:
        return Counter(map(known, found_in(with_topic(rules, Path(place) / "rules"), graph)))


def known(fault: Fault) -> tuple[str, str, str]:
    return fault.code, fault.message, str(fault.file)


@pytest.mark.parametrize("pack", [BUNDLED, SMALL], ids=["bundled", "small"])
def test_the_sound_topic_is_sound(pack: tuple[Path, Path], tmp_path: Path) -> None:
    faults = found_in(with_topic(pack[0], tmp_path / "rules"), pack[1])
    assert not [fault for fault in faults if fault.severity == "error" or "trial" in str(fault.file)]


@pytest.mark.parametrize("code", sorted(findings()))
def test_the_sample_of_a_page_raises_its_finding_and_no_other(code: str, tmp_path: Path) -> None:
    """Beside the small pack of the examples where that will do, which is read and checked in no time."""
    rules, graph = BUNDLED if code in NEEDS_THE_BUNDLED else SMALL
    folder = with_topic(rules, tmp_path / "rules")
    page = findings()[code]
    make(page.sample, folder)
    faults = [fault for fault in found_in(folder, graph) if not sound(rules, graph)[known(fault)]]
    if code == "more-faults":
        assert {fault.code for fault in faults[:-1]} == {"ambiguous-word"}
        faults = faults[-1:]
    assert [(fault.code, fault.severity) for fault in faults] == [(code, page.severity)], faults
    assert faults[0].message == page.sample.says
    assert faults[0].file
    assert faults[0].help


# -- every code has a page ---------------------------------------------------------------------------------------------

READERS = (translate, files, yaml_reader, load, contents, salvage, runner)
CALLS = ("fault", "Fault", "rule_fault", "_fault", "_stop", "_note")
NO_CODES = {"utf-8"}
"""Words with a hyphen that are no codes."""


def codes(tree: ast.AST) -> Iterator[str]:
    """Every word in a module that is, or looks like, the code of a fault."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if re.fullmatch(r"[a-z]+(-[a-z0-9]+)+", node.value):
                yield node.value
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if name in CALLS and words and re.fullmatch(r"[a-z]+", words[0]):
                yield words[0]


def words_of(model: Any) -> Iterator[str]:
    """The kinds of words that a model takes from the word lists."""
    from prehab.graph.translate import _parts

    seen: set[Any] = set()
    queue = [model]
    while queue:
        for part in _parts(queue.pop()):
            if isinstance(part, Word):
                yield part.kind
            if isinstance(part, type) and issubclass(part, BaseModel) and part not in seen:
                seen.add(part)
                queue += [one for field in part.model_fields.values() for one in (field.annotation, *field.metadata)]


def raised() -> set[str]:
    """Every code that reading and checking the rules of a pack can raise; the laws of the graph explain themselves."""
    paths = [*RULES_FOLDER.glob("*.py"), *(RULES_FOLDER / "checks").glob("*.py")]
    paths += [Path(str(module.__file__)) for module in READERS]
    of = {path: set(codes(ast.parse(path.read_text(encoding="utf-8")))) for path in [*paths, Path(str(laws.__file__))]}
    of[Path(str(load.__file__))] -= of[Path(str(laws.__file__))]  # it says what each of the laws looks at
    found = set().union(*(of[path] for path in paths))
    for model in (RuleFile, CaseFile, Vocabulary, Scheme, Runner):
        found |= {f"unknown-{noun(kind).replace(' ', '-').replace('_', '-')}" for kind in words_of(model)}
    targets = {field.to for kind in load_bundled_pack().kinds.values() for field in kind.fields.values() if field.to}
    return (found | {f"unknown-{to}" for to in targets}) - NO_CODES


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert raised() == set(findings()) >= NEEDS_THE_BUNDLED


def test_the_scan_sees_codes_and_word_lists() -> None:
    """It would notice a code in a call, a code of two words anywhere, and a new word list of a model."""
    assert {*codes(ast.parse("yield Fault('trial', 'x')\ncode = 'new-code'"))} == {"trial", "new-code"}
    assert {"exercises", "regions", "gates"} <= {*words_of(RuleFile)} | {*words_of(CaseFile)}


def test_the_printed_pages_are_those_of_the_file() -> None:
    assert (RULES_FOLDER / "FINDINGS.md").read_text(encoding="utf-8") == markdown()


def test_a_page_can_be_read_at_the_command_line() -> None:
    result = CliRunner().invoke(main, ["rules", "explain", "never-met"])
    assert result.exit_code == 0
    assert result.output.startswith("never-met: ")
    assert findings()["never-met"].sample.says in result.output
    result = CliRunner().invoke(main, ["rules", "explain", "never-meet"])
    assert result.exit_code == 2
    assert "did you mean `never-met`" in result.output


# -- the bundled rules ------------------------------------------------------------------------------------------------


def test_the_bundled_rules_have_no_errors_and_every_rule_a_case() -> None:
    report = check_rules()
    assert not report.errors
    assert {fault.code for fault in report.remarks} <= {"overlap", "selects-twice", "scheme-outranked"}
    counts = report.counts()
    assert counts["without_a_source"] == counts["errors"] == 0
    assert counts["remarks"] == len(report.remarks)


def test_the_summary_tells_errors_and_remarks_apart(folder: Path) -> None:
    """Remarks are told and change nothing; one error does."""
    result = CliRunner().invoke(main, ["rules", "check", str(folder)])
    assert result.exit_code == 0
    assert re.search(r"^\d+ rules, \d+ parameters, 2 cases: 0 errors\.$", result.stdout, re.MULTILINE)
    summary = re.search(
        r"^(\d+) overlaps? \(same verdict\), \d+ other remarks\. 0 without", result.stdout, re.MULTILINE
    )
    assert summary
    assert "no case shows what" in result.stderr
    told = json.loads(CliRunner().invoke(main, ["rules", "check", str(folder), "--json"]).stdout)
    assert (told["faults"], told["errors"], told["overlaps"]) == (0, 0, int(summary[1]))
    assert told["remarks"]
    make(findings()["duplicate"].sample, folder)
    result = CliRunner().invoke(main, ["rules", "check", str(folder)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.rstrip().endswith("1 fault. More: prehab rules explain duplicate")
