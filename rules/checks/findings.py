"""The pages on findings: for each code what it is, why it matters, what to do, and a sample that raises it.

`FINDINGS.md` is written from them by ``python -m prehab.rules.checks.findings``; `prehab rules explain` prints one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from textwrap import dedent, fill
from typing import Literal

from prehab.graph.files import read_path
from prehab.graph.models import Field
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
        said = [f"{code}: {self.title}", self.why, f"What to do: {self.remedy}"]
        text = "\n\n".join(fill(part, 80, break_on_hyphens=False) for part in said)
        return "\n".join([text, "", *_shown(self.sample)]) + "\n"


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
        lines += [f"## {code}", "", _wrapped(f"{one.title}{mark}. {one.why}"), ""]
        lines += [_wrapped(f"**What to do.** {one.remedy}"), ""]
        lines += [*_shown(one.sample, "```yaml", "```"), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _shown(sample: Sample, before: str = "", after: str = "") -> list[str]:
    """A sample as it is read: where it stands, the lines that it changes, and the message that comes of it."""
    lines: list[str] = []
    for number, edit in enumerate([sample, sample.also] if sample.also else [sample]):
        new, old = _changed(edit)
        where = f"In `{edit.file}`" if number == 0 else f"and in `{edit.file}`"
        if edit.remove:
            lines.append(f"Without `{edit.file}`:")
        elif edit.folder:
            lines.append(f"With a folder `{edit.file}`:")
        elif not new:
            lines.append(f"{where}, without")
        else:
            lines.append(f"{where}:" if sample.times == 1 else f"{where}, {sample.times} times over:")
        if block := new or old:
            lines += ["", *([before] if before else []), *block, *([after] if after else []), ""]
        else:
            lines.append("")
    return [*lines, f"> {sample.says}" if before else f"It says: {sample.says}"]


def _changed(sample: Sample) -> tuple[list[str], list[str]]:
    """The lines that an edit makes, and those that it takes away."""
    if sample.find is None:
        return _plain(sample.replace), []
    told = read_findings()
    text = {"trial.yaml": told.rules, "trial.cases.yaml": told.cases}.get(sample.file, sample.find)
    old, new = text.split("\n"), text.replace(sample.find, sample.replace).split("\n")
    added = [line for line in new if line not in old]
    return _plain("\n".join(added)), _plain("\n".join(line for line in old if line not in new))


def _plain(text: str) -> list[str]:
    """The lines of a text, without the indentation that they share."""
    return dedent(text).strip("\n").split("\n") if text.strip() else []


def _wrapped(text: str) -> str:
    return fill(text, 120, break_on_hyphens=False, break_long_words=False)


if __name__ == "__main__":
    import sys

    sys.stdout.write(markdown())
