"""The pages on findings: for each code what it is, why it matters, what to do, and a sample that raises it.

`FINDINGS.md` is written from them by ``python -m prehab.rules.checks.findings``; `prehab rules explain` prints one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from prehab.graph.files import read_path
from prehab.graph.schema import Strict

__all__ = ["Finding", "Findings", "Sample", "findings", "markdown", "read_findings"]

FILE = Path(__file__).parent / "findings.yaml"


class Sample(Strict):
    """An edit of the sound topic that raises one finding: text that stands once in a file, and what replaces it.

    Without ``find`` the file is made, or added to. ``remove`` deletes it, ``folder`` makes a folder of that name.
    ``times`` repeats the text. ``says`` is the message that comes of it.
    """

    file: str = "trial.yaml"
    find: str | None = None
    replace: str = ""
    remove: bool = False
    folder: bool = False
    times: int = 1
    encoding: str = "utf-8"
    also: Sample | None = Field(default=None, alias="and")
    says: str = ""


class Finding(Strict):
    """One code."""

    title: str
    severity: Literal["error", "remark"] = "error"
    why: str
    remedy: str
    sample: Sample

    def page(self, code: str) -> str:
        """The page as text."""
        lines = [f"{code}: {self.title}", "", self.why, "", f"What to do: {self.remedy}", "", *_shown(self.sample)]
        return "\n".join(lines) + "\n"


class Findings(Strict):
    """All of ``findings.yaml``."""

    about: str
    rules: str
    cases: str
    findings: dict[str, Finding]


@cache
def read_findings() -> Findings:
    """The file, read once."""
    return Findings.model_validate(read_path(FILE).data)


def findings() -> dict[str, Finding]:
    """Every page, by code."""
    return read_findings().findings


def markdown() -> str:
    """``FINDINGS.md``."""
    told = read_findings()
    lines = ["# What `prehab rules check` can find", "", told.about.strip(), ""]
    for name, text in (("trial.yaml", told.rules), ("trial.cases.yaml", told.cases)):
        lines += [f"`{name}`:", "", "```yaml", text.strip("\n"), "```", ""]
    for code, one in sorted(told.findings.items()):
        mark = "" if one.severity == "error" else " (a remark)"
        lines += [f"## {code}", "", f"{one.title}{mark}. {one.why}", "", f"**What to do.** {one.remedy}", ""]
        lines += [*_shown(one.sample, "```yaml", "```"), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _shown(sample: Sample, before: str = "", after: str = "") -> list[str]:
    """A sample as it is read: where it stands, the text, and the message that comes of it."""
    block = _plain(sample.replace if sample.times == 1 else sample.replace[:60] + " …")
    lines = [f"For example, without `{sample.file}`:"] if sample.remove else [f"For example, in `{sample.file}`:"]
    if not sample.remove:
        lines += ["", *([before] if before else []), *block, *([after] if after else [])]
    return [*lines, "", f"> {sample.says}" if before else f"says: {sample.says}"]


def _plain(text: str) -> list[str]:
    """The lines of a text, without the indentation that they share."""
    from textwrap import dedent

    lines = dedent(text).strip("\n").split("\n")
    return lines if text.strip() else ["# (an empty line)"]


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
