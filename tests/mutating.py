"""Random damage to a pack: bytes of its files, or parts of what they say."""

from __future__ import annotations

import copy
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from prehab.graph.faults import Fault, PackError
from prehab.rules.checks.report import check_rules
from tests.hostile import FOREIGN

__all__ = ["Mutant"]

NO_LINE = frozenset({
    "missing-file", "unreadable-file", "too-large", "ignored-file", "missing-parameter", "more-faults", "too-many",
})  # fmt: skip
"""Findings about a file as a whole, or about something that is not there."""

WEIRD: tuple[Any, ...] = (
    None, "", 0, -1, 1e308, 10**40, 2.5, True, [], {}, [[]], {"a": 1}, "x" * 5000, "\u202e", "\x1b[2J", "$c", "no",
    "fact",
    ["$c", "$c"], {"fact": "complaint"}, [{"fact": "complaint"}] * 7, "../..", "complaint", float("inf"), "1:30",
)  # fmt: skip
ODD_BYTES = (
    b"\x00",
    b"\xff",
    b"\x1b",
    b"&a ",
    b"*a ",
    b"!!x ",
    b"{",
    b"]",
    b"\t",
    b": ",
    b"- ",
    b"\n---\n",
    b'"',
    b"9" * 50,
)


class Mutant:
    """A copy of the club's pack in a folder, damaged and mended again as often as one likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(FOREIGN, folder, dirs_exist_ok=True)
        self.files = sorted([*folder.glob("rules/*.yaml"), *folder.glob("graph/**/*.yaml")])
        self.sound = {path: path.read_bytes() for path in self.files}

    def damage(self, rng: random.Random) -> None:
        """Mend what was damaged before, and damage one to three files."""
        for path in self.files:
            if path.read_bytes() != self.sound[path]:
                path.write_bytes(self.sound[path])
        for path in rng.sample(self.files, rng.choice((1, 1, 1, 2, 3))):
            hurt: Callable[[random.Random, bytes], bytes] = rng.choice((_bytes, _data, _data))
            path.write_bytes(hurt(rng, self.sound[path]))

    def wrong(self) -> list[str]:
        """What is wrong with how the damage is told; nothing, mostly."""
        try:
            report = check_rules(self.folder / "rules", self.folder / "graph")
            found: tuple[Fault, ...] = (*report.errors, *report.remarks)
        except PackError as error:
            found = error.faults
            if not found:
                return ["refused without a reason"]
        told = PackError(found)
        said = [str(told), told.to_json()]
        strange = [text for text in said if any(not (sign.isprintable() or sign == "\n") for sign in text)]
        nowhere = [
            f"{f.code} has no place: {f.message}" for f in found if not f.file or not (f.line or f.code in NO_LINE)
        ]
        return nowhere + ["a hidden sign is told as it is"] * len(strange)


def _bytes(rng: random.Random, raw: bytes) -> bytes:
    made = bytearray(raw)
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        at = rng.randrange(len(made) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            made[at:at] = rng.choice(ODD_BYTES)
        elif kind == 1:
            del made[at : at + rng.choice((1, 2, 10, 200))]
        elif kind == 2 and made:
            made[at % len(made)] = rng.randrange(256)
        else:
            start = rng.randrange(len(made) + 1)
            made[at:at] = made[start : start + rng.choice((3, 30, 300))]
    return bytes(made)


def _data(rng: random.Random, raw: bytes) -> bytes:
    data = yaml.safe_load(raw)
    for _ in range(rng.choice((1, 1, 2, 3))):
        places = list(_places(data))
        if places:
            _hurt(rng, *rng.choice(places))
    return yaml.safe_dump(data, sort_keys=False, allow_unicode=rng.random() < 0.5).encode("utf-8", "surrogatepass")


def _places(data: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    todo = [data]
    while todo:
        item = todo.pop()
        parts = (
            list(item.items()) if isinstance(item, dict) else list(enumerate(item)) if isinstance(item, list) else []
        )
        found += [(item, key) for key, _ in parts]
        todo += [value for _, value in parts]
    return found


def _hurt(rng: random.Random, inside: Any, key: Any) -> None:
    kind = rng.randrange(6)
    if kind == 0:
        del inside[key]
    elif kind == 1 and isinstance(inside, dict):
        inside[rng.choice(("x", "fact", "Not An Id", "a/b", "\u200b", key + "x" if isinstance(key, str) else "y"))] = (
            inside.pop(key)
        )
    elif kind == 2 and isinstance(inside, list):
        inside[key:key] = [copy.deepcopy(inside[key]) for _ in range(rng.choice((1, 1, 3, 60)))]
    elif kind == 3:
        others = _places(inside)
        holder, other = rng.choice(others)
        inside[key] = yaml.safe_load(yaml.safe_dump(holder[other]))
    else:
        inside[key] = copy.deepcopy(rng.choice(WEIRD))  # or it would be hurt for all that come after, and hold itself
