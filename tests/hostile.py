"""Packs that were made to do harm: to hang, to fill memory, to steer a terminal, to be read as something else.

Each is a copy of the running club's pack with one thing in it, and says which finding it must end in.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import socket
import sqlite3
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FOREIGN", "HOSTILE", "Hostile", "copy_to", "rule", "topic"]

FOREIGN = Path(__file__).parent.parent / "examples" / "foreign-pack"

EXTRA = "rules/extra.yaml"
LEGS, WORDS, VOCABULARY, SCHEMES, BASE = (
    "graph/exercises/legs.yaml", "graph/words.yaml", "rules/vocabulary.yaml", "rules/schemes.yaml", "rules/base.yaml"
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """What is done to a copy of the pack, the code that is found, and the file in which it is."""

    make: Callable[[Path], object]
    code: str
    file: str


def copy_to(folder: Path) -> Path:
    """A copy of the pack, to be spoilt."""
    shutil.copytree(FOREIGN, folder)
    return folder


def rule(name: str = "one", /, **parts: str) -> str:
    """A rule as text; ``parts`` replace what is plain in it."""
    told = {
        "because": "Nothing but a trial of the checks.", "when": "[{fact: runner}]", "advise": '{say: "Go on."}',
        "evidence": "consensus", "consensus": "true", **parts,
    }  # fmt: skip
    return f"  extra.{name}:\n" + "".join(f"    {key}: {value}\n" for key, value in told.items() if value)


def topic(*rules: str, parameters: str = "") -> str:
    """A rule file as text."""
    numbers = f"parameters:\n{parameters}" if parameters else ""
    return f"about: Extra.\n{numbers}rules:\n" + "".join(rules)


def _writes(text: str | bytes, code: str, file: str = EXTRA) -> Hostile:
    def make(folder: Path) -> None:
        raw = text if isinstance(text, bytes) else text.encode("utf-8", errors="surrogatepass")
        (folder / file).write_bytes(raw)

    return Hostile(make, code, file)


def _edits(file: str, old: str, new: str, code: str) -> Hostile:
    def make(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode("utf-8", errors="surrogatepass"))

    return Hostile(make, code, file)


def _links(target: str, file: str = EXTRA) -> Hostile:
    return Hostile(lambda folder: (folder / file).symlink_to(target), "unreadable-file", file)


def _listens(folder: Path) -> None:
    here = Path.cwd()
    os.chdir(folder / "rules")  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("extra.yaml")
    finally:
        os.chdir(here)


def _sparse(folder: Path) -> None:
    with (folder / EXTRA).open("wb") as stream:
        stream.truncate(10**12)


def _many_files(folder: Path) -> None:
    for number in range(600):
        (folder / "rules" / f"x{number:03}.yaml").write_text("about: One of many.\n", encoding="utf-8")


def _many_values(folder: Path) -> None:
    for number in range(3):
        (folder / "rules" / f"x{number}.yaml").write_text("about: [" + "1, " * 200_000 + "]\n", encoding="utf-8")


def _zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "nothing")
    return made.getvalue()


def _database(folder: Path) -> None:
    with sqlite3.connect(folder / EXTRA) as database:
        database.execute("create table rules (name text)")
    database.close()


def _unless(number: int) -> str:
    return "[" + ", ".join("{fact: readiness, sleep_h: {known: true}}" for _ in range(number)) + "]"


def _exercises(number: int) -> str:
    text = (FOREIGN / LEGS).read_text(encoding="utf-8")
    one = text[text.index("wall_sit:") : text.index("chair_squat:")]
    return "\n".join(one.replace("wall_sit:", f"extra_{i}:") for i in range(number))


COMPLAINT, SESSION, SCREEN = "{fact: complaint}", "{fact: session}", "{fact: screen, grade: poor}"
CAUTION = {"unknown": "asks", "advise": "", "forbid": "{exercises: {phase: base}}"}
ALL_OF = ", ".join(f"{{loads: {{structure: ${name}, at_least: week.heavy}}}}" for name in "abcdef")
DEEP = "{not: " * 36 + "{phase: base}" + "}" * 36
LAUGHS = zip("abcdefgh", "bcdefghi", strict=True)
BOMB = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{b}, *{b}, *{b}]\n" for b, c in LAUGHS)
FIT = bytes([14, 16, 0x5C, 8, 0x10, 0, 0, 0]) + b".FIT" + bytes(range(200))

HOSTILE: dict[str, Hostile] = {
    # texts that do not show what they say
    "a sentence turned round": _writes(topic(rule(because="Squats are \u202eylno erofeb")), "hidden-character"),
    "a command to the terminal": _writes(topic(rule(because='"\\e[2JNothing to see here."')), "hidden-character"),
    "a command of one byte": _writes(topic(rule(advise='{say: "\\x9b2JNothing here."}')), "hidden-character"),
    "a space of no width": _writes(topic(rule(because="Squat\u200bs are not for today.")), "hidden-character"),
    "an isolate in a comment": _writes("# safe \u2066 unsafe\n" + topic(rule()), "hidden-character"),
    "a line in a line": _writes(topic(rule(advise='{say: "One\u2028two"}')), "hidden-character"),
    "a carriage that returns": _writes(topic(rule(advise='{say: "One\\rtwo"}')), "hidden-character"),
    "letters of tags": _writes(topic(rule(because="Squats\U000e0041 are not for today.")), "hidden-character"),
    "a filler": _writes(topic(rule(because="Squats \u3164 are not for today.")), "hidden-character"),
    "no character at all": _writes(topic(rule(because='"Squats \\uFDD0 are not for today."')), "hidden-character"),
    "half a character": _writes(json.dumps({"about": "\ud800", "rules": {}}), "not-yaml"),
    "half a character as bytes": _writes(b"about: \xed\xa0\x80\n", "not-utf-8"),
    "a hidden sign in a name": _edits(LEGS, "name: Wall sit", "name: Wall\u2060 sit", "hidden-character"),
    "a hidden sign in a cue": _edits(LEGS, "Back flat", "Back\u00ad flat", "hidden-character"),
    "a hidden sign in a word": _edits(WORDS, "Squat", "Squat\u061c", "hidden-character"),
    "a hidden sign in a case": _edits("rules/base.cases.yaml", "- case: ", "- case: \u200f", "hidden-character"),
    "a hidden sign in a statement": _edits("rules/statements.yaml", "says: ", "says: \u202a", "hidden-character"),
    "a bell": _writes("about: \x07\n", "not-text"),
    "a NUL": _writes(b"about: one\ntwo: \x00\n", "not-text"),
    "a sentence without end": _writes(topic(rule(note="no " * 20_000)), "too-long"),
    "a name without end": _writes("n" * 500 + ": 1\n", "too-long"),
    # names
    "a name in capitals": _edits(LEGS, "wall_sit:", "Wall_Sit:", "bad-id"),
    "a name that climbs": _edits(VOCABULARY, "  spring/low:", "  ../../spring:", "bad-id"),
    "a name of another alphabet": _edits(LEGS, "wall_sit:", "w\u0430ll_sit:", "bad-id"),
    "a name of a hundred letters": _edits(LEGS, "wall_sit:", "w" * 100 + ":", "bad-id"),
    "a name of markup": _edits(VOCABULARY, "  spring/low:", "  '[red]low[/red]':", "bad-id"),
    "a field called fact": _edits(
        VOCABULARY, "aggregates:\n  both_legs:\n    fields:\n",
        "aggregates:\n  both_legs:\n    fields:\n      fact: {take: min, of: leg.balance_s, worse: lower}\n",
        "reserved-name",
    ),
    "a kind called gate": _edits(VOCABULARY, "\nkinds:\n", "\nkinds:\n  gate: {is: one, fields: {}}\n", "repeated-id"),
    # numbers
    "half a set": _edits(SCHEMES, "sets: [2, 3]", "sets: [2, 2.5]", "not-whole"),
    "sets the wrong way": _edits(SCHEMES, "sets: [2, 3]", "sets: [3, 2]", "empty-range"),
    "less than nothing": _edits(SCHEMES, "reps: [6, 12]", "reps: [-6, 12]", "out-of-range"),
    "a million contacts": _edits(SCHEMES, "contacts: [15, 50]", "contacts: [15, 1000000]", "out-of-range"),
    "a rest for ever": _edits(SCHEMES, "rest_s: [60, 120]", "rest_s: [60, .inf]", "not-finite"),
    "a rest beyond the sun": _edits(SCHEMES, "rest_s: [60, 120]", "rest_s: [60, 1.0e+308]", "out-of-range"),
    "a range of nothing": _edits(BASE, "range: [15, 60]", "range: [.nan, 60]", "not-finite"),
    "a number of 400 digits": _edits(BASE, "range: [15, 60]", "range: [15, " + "9" * 400 + "]", "not-finite"),
    "a number of 290 digits": _edits(BASE, "range: [15, 60]", "range: [15, " + "9" * 290 + "]", "out-of-range"),
    "seconds in base 60": _edits(BASE, "{value: 30,", "{value: 1:30,", "ambiguous-word"),
    "seconds in octal": _edits(BASE, "{value: 30,", "{value: 030,", "ambiguous-word"),
    "seconds or not": _edits(BASE, "{value: 30,", "{value: yes,", "ambiguous-word"),
    "seconds that are true": _edits(BASE, "{value: 30,", "{value: true,", "wrong-type"),
    "a fraction of a repetition": _writes(topic(
        rule(), parameters="  extra.reps: {value: 2.5, unit: repetitions, range: [1, 3], consensus: true}\n",
    ), "not-whole"),
    # too much
    "40 alternatives under 40 exceptions": _writes(topic(rule(
        **CAUTION, any="[" + ", ".join([SCREEN] * 40) + "]", unless=_unless(40))), "too-many"),
    "150 alternatives under 150 exceptions": _writes(topic(rule(
        **CAUTION, any="[" + ", ".join([SCREEN] * 150) + "]", unless=_unless(150))), "too-many"),
    "six patterns that nothing joins": _writes(topic(rule(
        when="[" + ", ".join([COMPLAINT] * 6) + "]")), "too-many-ways"),
    "a session and two complaints": _writes(topic(rule(
        when=f"[{COMPLAINT}, {COMPLAINT}, {SESSION}]")), "too-many-ways"),
    "many rules of many ways": _writes(topic(*(
        rule(f"r{i}", when=f"[{SESSION}, {SESSION}, {SESSION}]") for i in range(40))), "too-many"),
    "a hundred patterns": _writes(topic(rule(when="[" + ", ".join([SCREEN] * 100) + "]")), "too-many"),
    "three thousand rules": _writes(topic(*(rule(f"r{i}") for i in range(3000))), "too-many"),
    "five thousand alternatives": _writes(topic(*(
        rule(f"r{i}", any="[" + ", ".join(["{fact: alarm, chest_pain: true}"] * 90) + "]", when="[]") for i in range(60)
    )), "too-many"),
    "three thousand numbers": _writes("about: x\nparameters:\n" + "".join(
        f"  extra.n{i}: {{value: 1, unit: weeks, range: [1, 2], consensus: true}}\n" for i in range(3000)), "too-many"),
    "two thousand exercises more": _writes(_exercises(2050), "too-many", "graph/exercises/many.yaml"),
    "three hundred schemes": _edits(
        SCHEMES, "springs:\n", "".join(f"s{i}: {{}}\n" for i in range(300)) + "springs:\n", "too-many"),
    "six variables in a selector": _writes(topic(rule(
        advise="", forbid=f"{{exercises: {{any: [{ALL_OF}]}}}}")), "too-many"),
    "a selector of a thousand lines": _writes(topic(rule(
        advise="", permit="{exercises: {any: [" + ", ".join(["{phase: base}"] * 1000) + "]}}")), "too-many"),
    "a selector of no and no and no": _writes(topic(rule(advise="", permit=f"{{exercises: {DEEP}}}")), "too-deep"),
    "a hundred effects": _writes(topic(rule(advise="[" + ", ".join(['{say: "On."}'] * 100) + "]")), "too-many"),
    "ten thousand words": _writes(topic(rule(
        when="[{fact: runner, goal: [" + ", ".join(f"w{i}" for i in range(10_000)) + "]}]")), "too-many"),
    "ten thousand unknown fields": _writes("".join(f"k{i}: 1\n" for i in range(10_000)), "more-faults"),
    "six hundred faulty rules": _writes(topic(*(
        rule(f"r{i}", when=f"[{{fact: nothing_{i}}}]") for i in range(600))), "more-faults"),
    "a file of a megabyte": _writes("# " + "x" * 1_000_000 + "\n", "too-large"),
    "a file without end": Hostile(_sparse, "too-large", EXTRA),
    "a quarter of a million values": _writes("about: [" + "1, " * 260_000 + "]\n", "too-large"),
    "six hundred files": Hostile(_many_files, "too-many", "rules/x"),
    "values in many files": Hostile(_many_values, "too-many", "rules/x2.yaml"),
    "a well of brackets": _writes("about: " + "[" * 50_000 + "]" * 50_000 + "\n", "too-deep"),
    "a billion laughs": _writes(BOMB, "anchor"),
    "a number that never ends": _writes("about: " + "1_" * 400_000 + "x\n", "too-long"),
    "a command of Python": _writes("about: !!python/object/apply:os.system ['true']\n", "tag"),
    "a circle of rules": _writes(topic(
        rule(when="[{fact: gate, gate: spring/low, open: true}]", advise="", open="{gate: spring/moderate}"),
        rule("two", when="[{fact: gate, gate: spring/moderate, open: true}]", advise="", open="{gate: spring/low}"),
    ), "recursion"),
    # files that are none
    "a pipe": Hostile(lambda folder: os.mkfifo(folder / EXTRA), "unreadable-file", EXTRA),
    "a pipe in the graph": Hostile(
        lambda folder: os.mkfifo(folder / "graph/exercises/x.yaml"), "unreadable-file", "graph/exercises/x.yaml"),
    "a pipe for a vocabulary": Hostile(
        lambda folder: ((folder / VOCABULARY).unlink(), os.mkfifo(folder / VOCABULARY)), "unreadable-file", VOCABULARY),
    "a socket": Hostile(_listens, "unreadable-file", EXTRA),
    "a folder": Hostile(lambda folder: (folder / EXTRA).mkdir(), "unreadable-file", EXTRA),
    "a link to nothing": _links("nowhere.yaml"),
    "a link to itself": _links("extra.yaml"),
    "a link to a device": _links("/dev/zero"),
    # files of something else
    "an archive": _writes(_zipped("a.txt"), "not-data"),
    "a workbook": _writes(_zipped("[Content_Types].xml", "xl/workbook.xml"), "not-data"),
    "an activity": _writes(FIT, "not-data"),
    "a packed file": _writes(gzip.compress(b"about: x" * 100), "not-data"),
    "a database": Hostile(_database, "not-data", EXTRA),
    "a picture": _writes(b"\x89PNG\r\n\x1a\n" + bytes(100), "not-data"),
    "noise": _writes(bytes(i * i * 7 % 251 for i in range(4000)), "not-data"),
    "text of 16 bits": _writes("about: x\n".encode("utf-16"), "not-utf-8"),
    "the wrong ending": _writes("about: x\n", "ignored-file", "rules/extra.yml"),
}  # fmt: skip
