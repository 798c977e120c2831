"""Errors as part of the product: every fault says what, where, what is allowed, and the nearest name.

Faults are collected and raised together, never one at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from prehab.graph.record import Record, record
from prehab.graph.text import escape

__all__ = ["Fault", "InputError", "PackError", "PrehabError", "nearest", "pointer", "shorten"]


@record()
class Fault(Record):
    """One thing that is wrong.

    Attributes:
        code: A stable word for programs, such as ``unknown-injury``.
        message: One sentence without a full stop, in the reader's words.
        file: The file it is in, or ``None`` where there is none.
        line: Line, counted from 1.
        column: Column, counted from 1.
        path: JSON pointer into the file (RFC 6901), ``""`` for the whole.
        value: The offending value, shortened.
        allowed: The values that would have been accepted, when they can be listed.
        did_you_mean: The nearest allowed values, best first.
        help: What to do about it.
        severity: An ``error`` keeps the files from being used; a ``remark`` is for their author to weigh.
    """

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = ""
    value: str | None = None
    allowed: tuple[str, ...] = ()
    did_you_mean: tuple[str, ...] = ()
    help: str | None = None
    severity: Literal["error", "remark"] = "error"

    def as_dict(self) -> dict[str, Any]:
        """The fault as JSON-ready data; empty parts are left out."""
        parts = {
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "path": self.path,
            "value": self.value,
            "allowed": list(self.allowed),
            "did_you_mean": list(self.did_you_mean),
            "help": self.help,
        }
        return {key: part for key, part in parts.items() if part not in (None, [])}

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        path = self.path if len(self.path) <= 200 else self.path[:199] + "…"
        where = " ".join(part for part in (place, f"at {path}" if path else "") if part)
        lines = [f"{where}: {self.message}" if where else self.message]
        if self.did_you_mean:
            lines.append("  did you mean " + " or ".join(f"`{name}`" for name in self.did_you_mean) + "?")
        elif self.allowed:
            lines.append(f"  allowed: {', '.join(self.allowed)}")
        if self.help:
            lines.append(f"  {self.help}")
        return "\n".join(_printable(line) for line in lines)


class PrehabError(Exception):
    """What prehab raises for anything a user can put right. ``faults`` holds every fault found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(
            sorted(faults, key=lambda f: (f.file or "", f.line or 0, f.column or 0, f.path, f.code))
        )
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.faults,), self.__dict__  # as it is raised, so that it can come from another process

    def to_json(self) -> str:
        """The faults as a JSON object ``{"errors": [...]}``."""
        text = json.dumps({"errors": [fault.as_dict() for fault in self.faults]}, indent=2, ensure_ascii=False)
        return "\n".join(_printable(line) for line in text.split("\n"))


class InputError(PrehabError):
    """The runner, a name or an option given by the caller cannot be used."""


class PackError(PrehabError):
    """A rule pack or graph (YAML files) has faults; nothing of it was loaded."""


def _printable(line: str) -> str:
    """A line without characters that would end it, steer a terminal or not be encodable: escaped as in JSON."""
    return line if line.isprintable() else "".join(sign if sign.isprintable() else escape(sign) for sign in line)


def nearest(word: str, allowed: Iterable[str], also: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The allowed names closest to ``word``, best first, at most three; far-fetched guesses are left out.

    Args:
        word: What was written.
        allowed: The names that exist.
        also: Other names people use, each with the allowed name it stands for.
    """
    from collections import Counter
    from difflib import SequenceMatcher

    spoken = {name: name for name in allowed}
    spoken.update(also or {})
    wanted = _plain(word.replace("_", " "))[:200]
    letters = Counter(wanted)
    one = _singular(wanted)
    found: dict[str, float] = {}
    for name, target in spoken.items():
        other = _plain(name.replace("_", " "))
        together = len(wanted) + len(other)
        score = 0.0
        if wanted and 2 * min(len(wanted), len(other)) >= 0.7 * together:  # else it cannot be near enough
            shared = sum(min(number, letters[sign]) for sign, number in Counter(other).items())
            if 2 * shared >= 0.7 * together:
                score = SequenceMatcher(None, wanted, other, autojunk=False).ratio()
        near = (len(wanted) >= 4 and wanted in other) or _begins(wanted, other) or _begins(other, wanted)
        if near or (one != wanted and (_begins(one, other) or (len(one) >= 4 and one in other))):
            score = max(score, 0.75)
        if score >= 0.7:
            found[target] = max(score, found.get(target, 0.0))
    return tuple(sorted(found, key=lambda name: (-found[name], name))[:3])


def _plain(text: str) -> str:
    """A name as it is compared: small letters, digits and spaces."""
    return "".join(character for character in text.casefold() if character.isalnum() or character == " ")


def _singular(word: str) -> str:
    """One of what a word names several of: `calf` for `calves`, `quad` for `quads`."""
    if word.endswith("ves"):
        return word[:-3] + "f"
    return word.removesuffix("s")


def _begins(short: str, long: str) -> bool:
    return len(short) >= 3 and long.startswith(short)


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) for a path of keys and indices."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def shorten(text: str) -> str:
    """Text as it is repeated in a message: at most sixty characters."""
    return text if len(text) <= 60 else text[:59] + "…"
