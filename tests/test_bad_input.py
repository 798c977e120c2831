# ruff: noqa: E501 - whole messages, one beside the other
"""Bad runner files: each is refused with its place and a kind sentence, and nothing else happens.

Every message is compared whole, because messages are part of the product: what was wrong, where, what is allowed, and
the nearest name. What is odd but valid (an empty file, two complaints on one site, answers that cannot both be true)
is accepted, and the runner is told how it was read.
"""

from __future__ import annotations

import datetime
import json
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prehab import Engine
from prehab.cli import main
from prehab.graph.faults import Fault, InputError
from prehab.graph.files import MAX_BYTES, MAX_DEPTH, MAX_FAULTS
from prehab.runner import Complaint, Runner

NAME = "runner.yaml"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(evaluator="compiled")


def refused(call: Callable[..., Any], *given: Any, **named: Any) -> InputError:
    """The error that a call raises; its text and its JSON can always be printed."""
    with pytest.raises(InputError) as caught:
        call(*given, **named)
    str(caught.value).encode()
    json.loads(caught.value.to_json().encode())
    return caught.value


def only(error: InputError) -> Fault:
    """The single fault of an error."""
    (fault,) = error.faults
    return fault


# -- one fault in a file ----------------------------------------------------------------------------------------------

YES_OR_NO = "\n  Write true or false; if the word itself is meant, put it in quotes."
PLAIN_NUMBER = "\n  Write a plain number such as 12 or 0.5; if text is meant, put it in quotes."
NO_QUOTES = "\n  Write a plain number such as 12 or 0.5, without quotes."
NOT_KNOWN = "\n  Leave it out when it is not known; if text is meant, put it in quotes."
INDENT = "\n  Check the indentation, and put text that holds a colon in quotes."
GOALS = "\n  allowed: race_performance, durability, body_composition, bone_health, general_fitness"
NAME_VALUE = "\n  Write `name: value`, such as `age_years: …`."
DEEP_LIST = "/" + "/".join(["0"] * MAX_DEPTH)
DEEP_MAP = "/" + "/".join(["a"] * MAX_DEPTH)
BOMB = "a: &a [x, x]\n" + "".join(
    f"{c}: &{c} [*{b}, *{b}, *{b}]\n" for b, c in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD: dict[str, tuple[str | bytes, str, str]] = {
    # not data at all
    "an open list": (
        "strength:\n  equipment: [band\ngoal: durability\n", "not-yaml",
        ":3:5: this is not valid YAML: a list opened with `[` is not closed, or lacks a comma (it begins on line 2)" + INDENT,
    ),
    "an open mapping": (
        "running: {years: 3\n", "not-yaml",
        ":2:1: this is not valid YAML: a mapping opened with `{` is not closed, or lacks a comma (it begins on line 1)" + INDENT,
    ),
    "JSON cut short": (
        '{"age_years": 33', "not-yaml",
        ":2:1: this is neither valid JSON nor valid YAML: a mapping opened with `{` is not closed, or lacks a comma"
        " (it begins on line 1)" + INDENT,
    ),
    "two colons": ("goal: one: two\n", "not-yaml", ":1:10: this is not valid YAML: a colon cannot stand here" + INDENT),
    "an open quote": (
        'goal: "dura\n', "not-yaml",
        ":2:1: this is not valid YAML: a quote is opened and not closed (it begins on line 1)" + INDENT,
    ),
    "a tab": ("running:\n\tyears: 3\n", "not-yaml", ":2:1: this is not valid YAML: a tab is used for indentation\n  Indent with spaces."),
    "a crooked line": (
        "running:\n  years: 3\n age_years: 30\n", "not-yaml",
        ":3:2: this is not valid YAML: this line is not indented like those it belongs to" + INDENT,
    ),
    "no colon": (
        "running:\n  years\n  km_per_week: 3\n", "not-yaml",
        ":3:14: this is not valid YAML: a colon cannot stand here" + INDENT,
    ),
    "a sign": (
        "goal: @durability\n", "not-yaml",
        ":1:7: this is not valid YAML: text cannot begin with this character unless it is put in quotes" + INDENT,
    ),
    "two JSON values": (
        '{"age_years": 33}\n{"age_years": 34}', "not-yaml",
        ":2:1: this is neither valid JSON nor valid YAML: something follows where the data has ended" + INDENT,
    ),
    "two documents": ("age_years: 33\n---\nage_years: 34\n", "two-documents", ":2:1: only one document is allowed in a file"),
    # not text
    "invalid UTF-8": (
        b"sex: male\nage_years: \xff\n", "not-utf-8", ":2:12: this is not UTF-8 text (byte 0xff)\n  Save the file as UTF-8."
    ),
    "Latin-1": (b"# caf\xe9\n", "not-utf-8", ":1:6: this is not UTF-8 text (byte 0xe9)\n  Save the file as UTF-8."),
    "UTF-16": (
        "age_years: 33\n".encode("utf-16"), "not-utf-8", ":1:1: this is not UTF-8 text, but UTF-16\n  Save the file as UTF-8."
    ),
    "a NUL byte": (
        b"age_years: 33\ngoal: \x00\n", "not-text",
        ":2:7: this holds a character that is not text (U+0000)\n  Save the file as plain UTF-8 text.",
    ),
    "a bell": (
        "goal: \x07\n", "not-text",
        ":1:7: this holds a character that is not text (U+0007)\n  Save the file as plain UTF-8 text.",
    ),
    "a NUL in JSON": (
        '{"goal": "\x00"}', "not-text",
        ":1:11: this holds a character that is not text (U+0000)\n  Save the file as plain UTF-8 text.",
    ),
    "half a character": (
        "goal: \ud800\n", "not-text",
        ":1:7: this holds a character that is not text (U+D800)\n  Save the file as plain UTF-8 text.",
    ),
    "a terminal command": (
        '{"goal": "\\u001b[31mred\\nhot"}', "unknown-word",
        ":1:10 at /goal: `\\u001b[31mred\\u000ahot` is not one of the words for `goal`" + GOALS,
    ),
    # the YAML that is never needed
    "an anchor": (
        "goal: &g durability\n", "anchor",
        ":1:7 at /goal: names for parts of the file (`&name`) are not allowed; write it out",
    ),
    "an alias": (
        "faults:\n  - *f\n", "alias",
        ":2:5 at /faults/0: references to other parts of the file (`*name`) are not allowed; write it out",
    ),
    "a YAML bomb": (BOMB, "anchor", ":1:4 at /a: names for parts of the file (`&name`) are not allowed; write it out"),
    "a Python tag": (
        "goal: !!python/object/apply:os.system ['true']\n", "tag",
        ":1:7 at /goal: `!!python/object/apply:os.system` is not allowed here; write plain values",
    ),
    "a Python tag at the top": (
        "!!python/object:os.system {}\n", "tag",
        ":1:1: `!!python/object:os.system` is not allowed here; write plain values",
    ),
    "a type tag": ("age_years: !!int '33'\n", "tag", ":1:12 at /age_years: `!!int` is not allowed here; write plain values"),
    "a key that is a list": ("? [a, b]\n: 1\n", "strange-key", ":1:3: a name must be a plain word, not a list or mapping"),
    "a merge key": ("<<: {sex: male}\n", "unknown-field", ":1:1 at /<<: unknown field `<<`"),
    "deep YAML lists": ("[" * 100_000 + "]" * 100_000, "too-deep", f":1:41 at {DEEP_LIST}: this is nested more than 40 levels deep"),
    "deep YAML steps": ("- " * 100_000, "too-deep", f":1:81 at {DEEP_LIST}: this is nested more than 40 levels deep"),
    "deep YAML mappings": (
        "a: {" + "a: {" * 100_000 + "}" * 100_001, "too-deep", f":1:160 at {DEEP_MAP}: this is nested more than 40 levels deep"
    ),
    "deep YAML indents": (
        "\n".join(" " * depth + "a:" for depth in range(900)), "too-deep",
        f":41:41 at {DEEP_MAP}: this is nested more than 40 levels deep",
    ),
    "deep JSON": (
        '{"a":' * 100_000 + "1" + "}" * 100_000, "too-deep", f":1:201 at {DEEP_MAP}: this is nested more than 40 levels deep"
    ),
    "a repeated key": (
        "age_years: 33\nsex: male\nage_years: 34\n", "repeated-key",
        ":3:1 at /age_years: `age_years` is here twice (first on line 1)",
    ),
    "a repeated key inside": (
        "running:\n  years: 3\n  'years': 4\n", "repeated-key", ":3:3 at /running/years: `years` is here twice (first on line 2)"
    ),
    "a repeated JSON key": (
        '{"complaints": [{"region": "shin",\n "region": "knee"}]}', "repeated-key",
        ":2:2 at /complaints/0/region: `region` is here twice (first on line 1)",
    ),
    # words that mean one thing here and another there
    "no": ("alarms:\n  chest_pain: no\n", "ambiguous-word",
           ":2:15 at /alarms/chest_pain: `no` is read differently by different programs" + YES_OR_NO),
    "on as a name": ("on: 3\n", "ambiguous-word", ":1:1 at /on: `on` is read differently by different programs" + YES_OR_NO),
    "True": ("alarms: {chest_pain: True}\n", "ambiguous-word",
             ":1:22 at /alarms/chest_pain: `True` is read differently by different programs" + YES_OR_NO),
    "NULL": ("goal: NULL\n", "ambiguous-word",
             ":1:7 at /goal: `NULL` is read differently by different programs\n  Leave it out, or write null."),
    "012": ("age_years: 012\n", "ambiguous-word",
            ":1:12 at /age_years: `012` is read differently by different programs" + PLAIN_NUMBER),
    "012 in JSON": ('{"age_years": 012}', "ambiguous-word",
                    ":1:15 at /age_years: `012` is read differently by different programs" + PLAIN_NUMBER),
    "0x1F": ("age_years: 0x1F\n", "ambiguous-word",
             ":1:12 at /age_years: `0x1F` is read differently by different programs" + PLAIN_NUMBER),
    "1_000": ("running: {km_per_week: 1_00}\n", "ambiguous-word",
              ":1:24 at /running/km_per_week: `1_00` is read differently by different programs" + PLAIN_NUMBER),
    "1:30": ("running:\n  pain_free_run_min: 1:30\n", "ambiguous-word",
             ":2:22 at /running/pain_free_run_min: `1:30` is read differently by different programs" + PLAIN_NUMBER),
    # numbers that are none
    "NaN": ("running: {years: NaN}\n", "not-finite", ":1:18 at /running/years: `NaN` is not a finite number" + NOT_KNOWN),
    ".nan": ("running: {years: .nan}\n", "not-finite", ":1:18 at /running/years: `.nan` is not a finite number" + NOT_KNOWN),
    "NaN in JSON": ('{"running": {"years": NaN}}', "not-finite",
                    ":1:23 at /running/years: `NaN` is not a finite number" + NOT_KNOWN),
    "infinity": ("running: {years: -.inf}\n", "not-finite",
                 ":1:18 at /running/years: `-.inf` is not a finite number" + NOT_KNOWN),
    "infinity in JSON": ('{"running": {"years": Infinity}}', "not-finite",
                         ":1:23 at /running/years: `Infinity` is not a finite number" + NOT_KNOWN),
    "1e400": ("running: {years: 1e400}\n", "not-finite", ":1:18 at /running/years: `1e400` is too large a number"),
    "1e400 in JSON": ('{"running": {"years": 1e400}}', "not-finite", ":1:23 at /running/years: `1e400` is too large a number"),
    "30 digits": ("age_years: " + "1" * 30, "out-of-range",
                  f":1:12 at /age_years: `age_years` is {'1' * 30}, but must be from 8 to 100" + "\n  Its unit: years."),
    "30 digits in JSON": ('{"age_years": ' + "1" * 30 + "}", "out-of-range",
                          f":1:15 at /age_years: `age_years` is {'1' * 30}, but must be from 8 to 100" + "\n  Its unit: years."),
    "100,000 digits": ("age_years: " + "1" * 100_000, "not-finite",
                       f":1:12 at /age_years: `{'1' * 59}…` is too large a number"),
    "100,000 digits in JSON": ('{"age_years": ' + "1" * 100_000 + "}", "not-finite",
                               f":1:15 at /age_years: `{'1' * 59}…` is too large a number"),
    # out of range
    "pain of 11": (
        "complaints:\n  - region: shin\n    pain: {during: 11}\n", "out-of-range",
        ":3:20 at /complaints/0/pain/during: `during` is 11, but must be from 0 to 10",
    ),
    "pain of 11 in JSON": (
        '{"complaints": [{"region": "shin",\n  "pain": {"during": 11}}]}', "out-of-range",
        ":2:22 at /complaints/0/pain/during: `during` is 11, but must be from 0 to 10",
    ),
    "negative weeks": (
        "complaints: [{region: shin, weeks: -3}]\n", "out-of-range",
        ":1:36 at /complaints/0/weeks: `weeks` is -3, but must be from 0 to 2000" + "\n  Its unit: weeks.",
    ),
    "eight key days": (
        "running: {key_days: [mon, tue, wed, thu, fri, sat, sun, mon]}\n", "too-long",
        ":1:21 at /running/key_days: `key_days` must have at most 7 entries, but has 8",
    ),
    "51 faults": (
        "faults: [" + "hip_drop, " * 51 + "]\n", "too-long", ":1:9 at /faults: `faults` must have at most 50 entries, but has 51"
    ),
    # the wrong kind of value
    "a list at the top": ("- age_years\n- 33\n", "not-a-mapping", ":1:1: the file must be a mapping (name: value), but is a list" + NAME_VALUE),
    "a JSON list at the top": ("[1, 2]", "not-a-mapping", ":1:1: the file must be a mapping (name: value), but is a list" + NAME_VALUE),
    "text at the top": (
        "My knee hurts.\n", "not-a-mapping", ":1:1: the file must be a mapping (name: value), but is the text `My knee hurts.`" + NAME_VALUE
    ),
    "a list for a mapping": (
        "running:\n  - 3\n", "not-a-mapping", ":2:3 at /running: `running` must be a mapping (name: value), but is a list" + "\n  allowed: years, km_per_week, days_per_week, longest_run_km, longest_run_jump_pct, running_now, pain_free_run_min, days_since_hard_run, days_since_race, last_race_km, terrain, days_to_race, race_date, key_days"
    ),
    "a mapping for a list": (
        "complaints: {region: shin}\n", "not-a-list", ":1:13 at /complaints: `complaints` must be a list, but is a mapping" + "\n  Begin each entry of the list with `- `."
    ),
    "a word for a list": (
        "strength: {equipment: band}\n", "not-a-list",
        ":1:23 at /strength/equipment: `equipment` must be a list, but is the text `band`" + "\n  Write a list: `[band]`.",
    ),
    "a word for a complaint": (
        "complaints:\n  - {region: knee}\n  - shin\n", "not-a-mapping",
        ":3:5 at /complaints/1: entry 2 of `complaints` must be a mapping (name: value), but is the text `shin`" + "\n  allowed: injury, region, side, pain, trend, weeks, signs, imaging_grade, clinician_cleared, cleared_for, cleared_by, unloaded, calm_sessions_in_row, flares",
    ),
    "an empty complaint": (
        "complaints:\n  -\n", "not-a-mapping",
        ":2:4 at /complaints/0: entry 1 of `complaints` must be a mapping (name: value), but is empty" + "\n  allowed: injury, region, side, pain, trend, weeks, signs, imaging_grade, clinician_cleared, cleared_for, cleared_by, unloaded, calm_sessions_in_row, flares",
    ),
    "text for a number": (
        "running: {years: five}\n", "wrong-type", ":1:18 at /running/years: `years` must be a number, but is the text `five`" + "\n  Write a plain number such as 12 or 0.5, without unit or words. Its unit: years."
    ),
    "a quoted number": (
        "age_years: '33'\n", "wrong-type",
        ":1:12 at /age_years: `age_years` must be a whole number, but is the text `33`" + NO_QUOTES + " Its unit: years.",
    ),
    "a decimal comma": (
        "running:\n  years: 1,5\n", "wrong-type", ":2:10 at /running/years: `years` must be a number, but is the text `1,5`" + NO_QUOTES + " Its unit: years."
    ),
    "half a year": ("age_years: 33.5\n", "wrong-type", ":1:12 at /age_years: `age_years` must be a whole number, but is 33.5" + "\n  Its unit: years."),
    "true for a number": ("age_years: true\n", "wrong-type", ":1:12 at /age_years: `age_years` must be a whole number, but is true" + "\n  Its unit: years."),
    "1 for true": ("alarms: {chest_pain: 1}\n", "wrong-type",
                   ":1:22 at /alarms/chest_pain: `chest_pain` must be true or false, but is 1"),
    "a word for true": ("alarms: {chest_pain: sometimes}\n", "wrong-type",
                        ":1:22 at /alarms/chest_pain: `chest_pain` must be true or false, but is the text `sometimes`"),
    "a quoted true": ('{"alarms": {"chest_pain": "true"}}', "wrong-type",
                      ":1:27 at /alarms/chest_pain: `chest_pain` must be true or false, but is the text `true`"
                      "\n  Write it without quotes."),
    "a list for a word": ("goal: [durability]\n", "unknown-word",
                          ":1:7 at /goal: a list is not one of the words for `goal`" + GOALS),
    "no such day": (
        "running: {race_date: 2026-02-30}\n", "not-a-date",
        ":1:22 at /running/race_date: `2026-02-30` is not a date; write it as 2026-11-23",
    ),
    "a date in words": ("today: next Sunday\n", "not-a-date", ":1:8 at /today: `next Sunday` is not a date; write it as 2026-11-23"),
    "a date the other way": ("today: 23.11.2026\n", "not-a-date", ":1:8 at /today: `23.11.2026` is not a date; write it as 2026-11-23"),
    "a date as a number": ("today: 0\n", "not-a-date", ":1:8 at /today: 0 is not a date; write it as 2026-11-23"),
    "a date as seconds": ('{"today": "1767225600"}', "not-a-date", ":1:11 at /today: `1767225600` is not a date; write it as 2026-11-23"),
    "a date with a time": (
        "today: 2026-11-23T00:00:00\n", "not-a-date", ":1:8 at /today: `2026-11-23T00:00:00` is not a date; write it as 2026-11-23"
    ),
    # names
    "an unknown field": (
        "running:\n  years: 3\n  km_per_wek: 40\n", "unknown-field",
        ":3:3 at /running/km_per_wek: unknown field `km_per_wek`\n  did you mean `km_per_week`?",
    ),
    "half a field": ("age: 33\n", "unknown-field", ":1:1 at /age: unknown field `age`\n  did you mean `age_years`?"),
    "a field in the wrong place": (
        "complaints: [{region: shin, during: 4}]\n", "unknown-field",
        ":1:29 at /complaints/0/during: unknown field `during`\n  `during` belongs under `complaints.pain`.",
    ),
    "a field with signs": ('{"a/b~c": 1}', "unknown-field", ":1:2 at /a~1b~0c: unknown field `a/b~c`"),
    "an unknown injury": (
        "complaints:\n  - injury: shin splnt\n", "unknown-injury",
        ":2:13 at /complaints/0/injury: unknown injury `shin splnt`\n  did you mean `medial_tibial_stress_syndrome`?\n"
        "  Not sure of its name? Leave `injury` out and give `region`, where it hurts.",
    ),
    "an unknown region": (
        "complaints: [{region: knees}]\n", "unknown-region",
        ":1:23 at /complaints/0/region: unknown region `knees`\n  did you mean `knee`?",
    ),
    "unknown equipment": (
        "strength:\n  equipment: [band, dumbell]\n", "unknown-equipment",
        ":2:21 at /strength/equipment/1: unknown equipment `dumbell`\n  did you mean `dumbbell`?",
    ),
    "an unknown weekday": (
        "running: {key_days: [tue, thursday]}\n", "unknown-word",
        ":1:27 at /running/key_days/1: `thursday` is not one of the words for `key_days`\n  did you mean `thu`?",
    ),
    "an unknown grade": (
        "screens: {squat: competant}\n", "unknown-word",
        ":1:18 at /screens/squat: `competant` is not one of the words for `squat`\n  did you mean `competent`?",
    ),
    "an unknown side": (
        "complaints: [{region: shin, side: lefft}]\n", "unknown-word",
        ":1:35 at /complaints/0/side: `lefft` is not one of the words for `side`\n  did you mean `left`?",
    ),
    "an unknown fault": ("faults: [hip_dropp]\n", "unknown-fault", ":1:10 at /faults/0: unknown fault `hip_dropp`\n  did you mean `hip_drop`?"),
    "an unknown exercise": (
        "recent_sessions: [{days_ago: 1, exercises: [side_plankk]}]\n", "unknown-exercise",
        ":1:45 at /recent_sessions/0/exercises/0: unknown exercise `side_plankk`\n  did you mean `side_plank`",
    ),
    "an unknown goal": ("goal: winning\n", "unknown-word", ":1:7 at /goal: `winning` is not one of the words for `goal`" + GOALS),
    "a long word": (
        "goal: " + "x" * 100_000, "unknown-word", f":1:7 at /goal: `{'x' * 59}…` is not one of the words for `goal`" + GOALS
    ),
    "a complaint without a place": (
        "complaints:\n  - side: left\n", "missing-field",
        ":2:5 at /complaints/0: a complaint needs `injury` (its name) or `region` (where it hurts)",
    ),
    "a session without a day": (
        "recent_sessions:\n  - sets: 3\n", "missing-field",
        ":2:5 at /recent_sessions/0: a session needs `days_ago` or `date`: when it was",
    ),
    "a session of two days": (
        "recent_sessions:\n  - {days_ago: 3, date: 2026-03-01}\n", "two-answers",
        ":2:5 at /recent_sessions/0: a session needs one of `days_ago` and `date`, not both",
    ),
    "a session of tomorrow": (
        "today: 2026-03-01\nrecent_sessions:\n  - date: 2026-02-27\n  - date: 2026-03-02\n", "not-yet",
        ":4:11 at /recent_sessions/1/date: a session of 2026-03-02 is after `today`, 2026-03-01",
    ),
    "a session in days to come": (
        "recent_sessions: [{days_ago: -1}]\n", "out-of-range",
        ":1:30 at /recent_sessions/0/days_ago: `days_ago` is -1, but must be from 0 to 3650" + "\n  Its unit: days.",
    ),
    "a place that a session hurt at": (
        "recent_sessions: [{days_ago: 1, pain_where: [knees]}]\n", "unknown-region",
        ":1:46 at /recent_sessions/0/pain_where/0: unknown region `knees`\n  did you mean `knee`?",
    ),
}  # fmt: skip

MAY_GO_ON = {"a merge key", "a field with signs", "an unknown exercise"}
"""What follows in the message is the list of what is allowed, which grows with the knowledge."""


@pytest.mark.parametrize("name", BAD)
def test_one_fault(name: str, engine: Engine) -> None:
    text, code, message = BAD[name]
    error = refused(engine.read_text, text, name=NAME)
    assert only(error).code == code
    said = str(error)
    assert (said[: len(NAME + message)] if name in MAY_GO_ON else said) == NAME + message


@pytest.mark.parametrize("name", BAD)
def test_every_fault_has_a_line_and_a_column(name: str, engine: Engine) -> None:
    fault = only(refused(engine.read_text, BAD[name][0], name=NAME))
    assert fault.file == NAME
    assert (fault.line or 0) > 0
    assert (fault.column or 0) > 0


@pytest.mark.parametrize("name", BAD)
def test_it_is_quick(name: str, engine: Engine) -> None:
    began = time.perf_counter()
    refused(engine.read_text, BAD[name][0], name=NAME)
    assert time.perf_counter() - began < 2


def test_a_fault_for_programs(engine: Engine) -> None:
    error = refused(engine.read_text, '{"complaints": [{"injury": "shin splnt"}]}')
    (entry,) = json.loads(error.to_json())["errors"]
    assert entry.items() >= {
        "path": "/complaints/0/injury", "code": "unknown-injury", "value": "shin splnt", "line": 1, "column": 28,
    }.items()  # fmt: skip
    assert entry["did_you_mean"] == ["medial_tibial_stress_syndrome"]
    assert "tibial_bone_stress_injury" in entry["allowed"]
    assert not [name for name in entry["allowed"] if name.startswith("unnamed_")], "these are what `region` is for"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("complaints: [{region: shin, pain: {during: 11}}]", "11"), ("age_years: true", "true"), ("goal: [a]", None),
        ("goal: '`'", "`"), ("running: {years: 1e400}", "1e400"), ("sex: no", "no"), ("agee_years: 3", "agee_years"),
        ("complaints: [null]", "null"), ("running: {years: -0.5}", "-0.5"),
    ],
)  # fmt: skip
def test_the_value_is_told_as_it_stands(text: str, value: str | None, engine: Engine) -> None:
    assert only(refused(engine.read_text, text)).value == value


def test_the_place_in_json_with_escapes_that_yaml_does_not_know(engine: Engine) -> None:
    text = json.dumps({"goal": "run 🏃 far", "age_years": 3, "sex": "🏃"})
    places = [(fault.path, fault.column) for fault in refused(engine.read_text, text).faults]
    assert places == [("/goal", 10), ("/age_years", 47), ("/sex", 57)]


# -- several faults ---------------------------------------------------------------------------------------------------


def test_all_faults_come_together_in_order_of_place(engine: Engine) -> None:
    text = """\
age_years: 300
running: {years: -1, km_per_week: lots, runing_now: true}
complaints:
  - injury: achiles
  - side: left
  - pain: {during: 11}
    region: knea
alarms: {chest_pain: 1}
"""
    error = refused(engine.read_text, text, name=NAME)
    assert [(fault.line, fault.column, fault.code, fault.path) for fault in error.faults] == [
        (1, 12, "out-of-range", "/age_years"),
        (2, 18, "out-of-range", "/running/years"),
        (2, 35, "wrong-type", "/running/km_per_week"),
        (2, 41, "unknown-field", "/running/runing_now"),
        (4, 13, "unknown-injury", "/complaints/0/injury"),
        (5, 5, "missing-field", "/complaints/1"),
        (6, 20, "out-of-range", "/complaints/2/pain/during"),
        (7, 13, "unknown-region", "/complaints/2/region"),
        (8, 22, "wrong-type", "/alarms/chest_pain"),
    ]


def test_all_doubtful_words_come_together(engine: Engine) -> None:
    text = "age_years: 012\nsex: no\nage_years: 3\nrunning: {years: .inf}\n"
    error = refused(engine.read_text, text)
    assert [(fault.line, fault.code) for fault in error.faults] == [
        (1, "ambiguous-word"), (2, "ambiguous-word"), (3, "repeated-key"), (4, "not-finite"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"k{i}: {i}" for i in range(50_000)),
        "strength:\n  equipment: [" + ", ".join(f"k{i}" for i in range(100_000)) + "]",
        '{"strength": {"equipment": [' + ", ".join(f'"k{i}"' for i in range(100_000)) + "]}}",
        "a: [" + "no, " * 200_000 + "]",
        "a: 1\n" * 150_000,
    ],
    ids=["fields", "equipment", "JSON", "words", "repeated"],
)
def test_very_many_faults_are_cut_short(text: str, engine: Engine) -> None:
    began = time.process_time()
    error = refused(engine.read_text, text, name=NAME)
    assert time.process_time() - began < 10
    assert len(error.faults) == MAX_FAULTS + 1
    assert {fault.code for fault in error.faults[:-1]} != {"more-faults"}
    assert error.faults[-1].code == "more-faults"
    places = [(fault.line or 0, fault.column or 0) for fault in error.faults]
    assert places == sorted(places)


def test_how_many_more_there_are(engine: Engine) -> None:
    text = "\n".join(f"k{i}: {i}" for i in range(1_234))
    last = refused(engine.read_text, text, name=NAME).faults[-1]
    assert str(last) == (
        f"{NAME}:101:1 at /k100: from here on there are 1,134 more faults; put the ones above right first"
    )


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_missing_file(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "nobody.yaml"
    error = refused(engine.read_file, path)
    assert only(error).code == "unreadable-file"
    assert (
        str(error)
        == f"{path}: cannot read it: there is no such file\n  `prehab intake my-runner.yaml` asks what matters and writes one."
    )


def test_a_folder(engine: Engine, tmp_path: Path) -> None:
    error = refused(engine.read_file, tmp_path)
    assert only(error).code == "unreadable-file"
    assert str(error) == f"{tmp_path}: cannot read it: that is a folder, not a file\n  Name one of the files in it."


def test_a_file_below_a_file(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refused(engine.read_file, tmp_path / "file" / "runner.yaml")
    assert str(error).endswith("cannot read it: not a directory")


@pytest.mark.parametrize("name", ["a\0b", "n" * 5_000, "\udcff.yaml", "\x1b[2J.yaml"])
def test_a_name_that_no_file_can_have(name: str, engine: Engine) -> None:
    error = refused(engine.read_file, name)
    assert only(error).code == "unreadable-file"
    assert "\x1b" not in str(error)


def test_50_megabytes(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "runner.yaml"
    with path.open("wb") as stream:
        stream.truncate(50_000_000)
    began = time.perf_counter()
    error = refused(engine.read_file, path)
    assert time.perf_counter() - began < 0.5
    assert only(error).code == "too-large"
    assert str(error) == f"{path}: this is larger than 1,000,000 bytes, far more than it can need"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no file without an end here")
def test_a_device_is_not_read(engine: Engine) -> None:
    error = refused(engine.read_file, "/dev/zero")
    assert only(error).code == "unreadable-file"
    assert str(error) == "/dev/zero: cannot read it: that is a device, not a file"


def test_the_largest_file(engine: Engine) -> None:
    assert engine.read_text("#" * MAX_BYTES) == Runner()
    assert only(refused(engine.read_text, "#" * (MAX_BYTES + 1))).code == "too-large"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end(encoding: str, end: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "runner.yaml"
    path.write_bytes(f"# größer{end}age_years: 33{end}sex: man{end}".encode(encoding))
    fault = only(refused(engine.read_file, path))
    assert (fault.line, fault.column, fault.path) == (3, 6, "/sex")


# -- valid, though there is little in it ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "", " \n\n", "# nothing yet\n# really\n", "---\n", "null\n", "{}", '{"running": null, "complaints": []}',
        "running:\nstrength:\nlegs:\n  left:\ncomplaints:\n", "\ufeff", b"\xef\xbb\xbf# a mark\n", b"",
    ],
)  # fmt: skip
def test_saying_nothing_is_valid(text: str | bytes, engine: Engine) -> None:
    runner = engine.read_text(text)
    assert runner.model_dump() == Runner().model_dump()
    assert engine.recommend(runner).to_json() == engine.recommend({}).to_json()


def test_empty_parts_say_nothing(engine: Engine) -> None:
    text = "complaints:\n  - region: shin\n    pain:\n    signs:\nrecent_sessions:\n  - days_ago: 1\n    exercises:\n"
    runner = engine.read_text(text)
    assert runner.complaints == (Complaint(region="shin"),)
    assert runner.recent_sessions[0].exercises == ()


def test_json_may_be_a_little_loose(engine: Engine) -> None:
    assert engine.read_text('{"age_years": 33,} # mine').age_years == 33


# -- data given in Python ---------------------------------------------------------------------------------------------


class Stranger:
    """Nothing that a runner could be made of."""


def ring() -> list[Any]:
    """A list that holds itself."""
    made: list[Any] = []
    made.append(made)
    return made


def well() -> dict[str, Any]:
    """A mapping far too deep to be walked."""
    made: dict[str, Any] = {}
    for _ in range(100_000):
        made = {"pain": made}
    return made


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        ([], "not-a-mapping", "the data must be a mapping (name: value), but is a list" + NAME_VALUE),
        ("runner", "not-a-mapping", "the data must be a mapping (name: value), but is the text `runner`" + NAME_VALUE),
        (Stranger(), "not-a-mapping", "the data must be a mapping (name: value), but is a value of type Stranger" + NAME_VALUE),
        ({1: 2}, "strange-key", "at /1: a name must be text, but 1 is not"),
        ({"running": {"years": float("nan")}}, "not-finite",
         "at /running/years: `years` is nan, but must be a finite number\n  Leave it out when it is not known."),
        ({"running": {"years": float("inf")}}, "not-finite",
         "at /running/years: `years` is inf, but must be a finite number\n  Leave it out when it is not known."),
        ({"age_years": float("nan")}, "not-finite",
         "at /age_years: `age_years` is nan, but must be a finite number\n  Leave it out when it is not known."),
        ({"age_years": 10**5000}, "out-of-range",
         "at /age_years: `age_years` is a number with hundreds of digits, but must be from 8 to 100\n  Its unit: years."),
        ({"running": {"years": 10**5000}}, "wrong-type",
         "at /running/years: `years` must be a number, but is a number with hundreds of digits\n  Its unit: years."),
        ({"goal": ring()}, "unknown-word", "at /goal: a list is not one of the words for `goal`" + GOALS),
        ({"complaints": well()}, "not-a-list", "at /complaints: `complaints` must be a list, but is a mapping\n  Begin each entry of the list with `- `."),
        ({"goal": Stranger()}, "unknown-word", "at /goal: a value of type Stranger is not one of the words for `goal`" + GOALS),
        ({"goal": b"durability"}, "unknown-word", "at /goal: a value of type bytes is not one of the words for `goal`" + GOALS),
        ({"goal": "\ud800"}, "not-text", "at /goal: `goal` holds a character that is not text"),
        ({"age_years": "3"}, "wrong-type", "at /age_years: `age_years` must be a whole number, but is the text `3`" + NO_QUOTES + " Its unit: years."),
        ({"today": datetime.datetime(2026, 1, 1, 12)}, "not-a-date",
         "at /today: a value of type datetime is not a date; write it as 2026-11-23"),
        ({"complaints": ({"region": "knee"}, {"region": "knea"})}, "unknown-region",
         "at /complaints/1/region: unknown region `knea`\n  did you mean `knee`?"),
    ],
    ids=lambda value: "" if not isinstance(value, str) else value[:40],
)  # fmt: skip
def test_bad_data(data: Any, code: str, message: str, engine: Engine) -> None:
    error = refused(engine.recommend, data)
    assert only(error).code == code
    assert str(error) == message


def test_a_runner_with_a_misspelt_name(engine: Engine) -> None:
    runner = Runner(complaints=(Complaint(injury="achiles"),))
    assert only(refused(engine.recommend, runner)).code == "unknown-injury"


def test_any_mapping_will_do(engine: Engine) -> None:
    assert engine.runner(MappingProxyType({"age_years": 33})).age_years == 33
    assert engine.runner({"today": datetime.date(2026, 1, 2), "strength": {"equipment": ("band",)}}).today is not None


# -- accepted, and the runner is told ---------------------------------------------------------------------------------

SHIN = {"region": "shin"}


def notes(engine: Engine, data: dict[str, Any]) -> tuple[str, ...]:
    """What the runner is told about how the data was read; what every runner is told is left out."""
    usual = set(engine.recommend({}).notes)
    return tuple(note for note in engine.recommend(data).notes if note not in usual)


@pytest.mark.parametrize(
    "complaints",
    [
        [{**SHIN, "side": "left"}, {**SHIN, "side": "left"}],
        [{**SHIN, "side": "left"}, {**SHIN, "side": "both"}],
        [SHIN, {**SHIN, "side": "right"}],
        [SHIN, {"injury": "medial_tibial_stress_syndrome", "side": "right"}],
        [SHIN, SHIN, SHIN],
    ],
)
def test_several_complaints_on_one_site(complaints: list[dict[str, Any]], engine: Engine) -> None:
    told = "There is more than one complaint about the shin; each counts, and the most careful of them decides."
    assert notes(engine, {"complaints": complaints}).count(told) == 1


@pytest.mark.parametrize(
    "complaints", [[SHIN], [{**SHIN, "side": "left"}, {**SHIN, "side": "right"}], [SHIN, {"region": "knee"}]]
)
def test_complaints_on_different_sites(complaints: list[dict[str, Any]], engine: Engine) -> None:
    assert not [note for note in notes(engine, {"complaints": complaints}) if "more than one" in note]


def test_the_more_careful_of_two_complaints_decides(engine: Engine) -> None:
    mild = {"injury": "achilles_tendinopathy_midportion", "side": "left", "pain": {"during": 1, "next_morning": 0}}
    sore = {**mild, "pain": {"during": 8, "next_morning": 8}}
    one, two, both = (withheld(engine, {"complaints": told}) for told in ([mild], [sore], [mild, sore]))
    assert one < both
    assert two <= both


@pytest.mark.parametrize(
    ("told", "but", "note"),
    [
        ({"calm_sessions_in_row": 9}, {"pain": {"walking": 3}}, "It hurts to walk, so no session counts as calm yet."),
        ({"clinician_cleared": True}, {"signs": {"loss_of_function": True}},
         "It is not working as it should, so an earlier clearance no longer counts."),
        ({"clinician_cleared": True}, {"signs": {"focal_bone_tenderness": True}},
         "There is a tender spot on the bone, so an earlier clearance no longer counts."),
        ({"trend": "improving"}, {"signs": {"rapidly_worsening": True}},
         "You say it is getting worse quickly, so the trend counts as worsening, and what was calm or cleared before no "
         "longer counts."),
    ],
)  # fmt: skip
def test_answers_that_cannot_both_be_true(told: dict[str, Any], but: dict[str, Any], note: str, engine: Engine) -> None:
    worst = {"calm_sessions_in_row": 0, "clinician_cleared": False, "trend": "worsening"}
    contradictory = {"complaints": [{**SHIN, **told, **but}]}
    careful = {"complaints": [{**SHIN, **{name: worst[name] for name in told}, **but}]}
    assert note in notes(engine, contradictory)
    assert note not in notes(engine, careful)
    assert note not in notes(engine, {"complaints": [{**SHIN, **told}]})
    assert given_to(engine, contradictory) == given_to(engine, careful)


def given_to(engine: Engine, data: dict[str, Any]) -> tuple[Any, ...]:
    """What an answer comes to: status, exercises given and withheld."""
    answer = engine.recommend(data)
    exercises = [[block.exercise for block in session.exercises] for session in answer.sessions]
    return answer.status, exercises, withheld(engine, data)


def withheld(engine: Engine, data: dict[str, Any]) -> set[str]:
    """The exercises that an answer withholds."""
    return {exercise for entry in engine.recommend(data).withheld for exercise in entry.exercises}


@pytest.mark.parametrize("days", [3, 30])
def test_the_nearer_of_two_races_counts(days: int, engine: Engine) -> None:
    both = {"today": "2026-01-01", "running": {"race_date": "2026-01-11", "days_to_race": days}}
    told = "The race date and the days to the race differ; the nearer one counts."
    assert told in notes(engine, both)
    assert given_to(engine, both) == given_to(engine, {"running": {"days_to_race": min(days, 10)}})
    agree = {"today": "2026-01-01", "running": {"race_date": "2026-01-11", "days_to_race": 10}}
    assert told not in notes(engine, agree)


def test_an_injury_that_belongs_elsewhere(engine: Engine) -> None:
    data = {"complaints": [{"injury": "achilles_tendinopathy_midportion", "region": "knee"}]}
    assert any(
        "this name belongs to the Achilles tendon, but you say it hurts at the knee" in note
        for note in notes(engine, data)
    )


# -- the command line -------------------------------------------------------------------------------------------------

OVER_THERE = {"an open list", "invalid UTF-8", "a NUL byte", "a YAML bomb", "deep JSON", "NaN", "1e400 in JSON",
              "pain of 11", "negative weeks", "a list at the top", "no such day", "an unknown injury",
              "an unknown field", "a terminal command"}  # fmt: skip


def run(*arguments: str, typed: str | bytes | None = None) -> Result:
    result = CliRunner().invoke(main, arguments, input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def as_bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@pytest.fixture
def folder(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty working folder that must hold only the runner file afterwards."""
    monkeypatch.setattr("prehab.engine.load_bundled_pack", lambda: engine.pack)  # reading it anew is not the point
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert {path.name for path in tmp_path.rglob("*")} <= {NAME}, "something was written"


@pytest.mark.parametrize("name", sorted(OVER_THERE))
def test_recommend_refuses_a_file(name: str, folder: Path) -> None:
    text, _, message = BAD[name]
    (folder / NAME).write_bytes(as_bytes(text))
    result = run("recommend", NAME)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == NAME + message + "\n"


@pytest.mark.parametrize("name", sorted(OVER_THERE))
def test_recommend_refuses_standard_input(name: str, folder: Path) -> None:
    text, _, message = BAD[name]
    result = run("recommend", "-", typed=as_bytes(text))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == "<standard input>" + message + "\n"


@pytest.mark.parametrize("name", sorted(OVER_THERE))
def test_recommend_tells_programs(name: str, folder: Path) -> None:
    text, code, _ = BAD[name]
    (folder / NAME).write_bytes(as_bytes(text))
    for result in (run("recommend", NAME, "--json"), run("recommend", "-", "--json", typed=as_bytes(text))):
        assert result.exit_code == 2
        (entry,) = json.loads(result.stdout)["errors"]
        assert entry["code"] == code
        assert result.stderr == ""


def test_recommend_counts_nothing_as_a_runner(folder: Path) -> None:
    (folder / NAME).write_text("# nothing yet\n")
    assert run("recommend", NAME).exit_code == 0
    assert run("recommend", "-", typed="").exit_code == 0


@pytest.mark.parametrize("path", ["nobody.yaml", "."])
def test_recommend_without_a_file(path: str, folder: Path) -> None:
    result = run("recommend", path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"{path}: cannot read it: ")


def test_recommend_refuses_50_megabytes(folder: Path) -> None:
    with (folder / NAME).open("wb") as stream:
        stream.truncate(50_000_000)
    result = run("recommend", NAME)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{NAME}: this is larger than 1,000,000 bytes, far more than it can need\n"
    typed = run("recommend", "-", typed=b"#" * (MAX_BYTES + 1))
    assert (typed.exit_code, typed.stdout) == (2, "")


def test_all_faults_are_printed(folder: Path) -> None:
    result = run("recommend", "-", typed="age_years: 300\nsex: man\n")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "<standard input>:1:12 at /age_years: `age_years` is 300, but must be from 8 to 100",
        "  Its unit: years.",
        "<standard input>:2:6 at /sex: `man` is not one of the words for `sex`",
        "  allowed: female, male, other",
    ]


# -- anything at all --------------------------------------------------------------------------------------------------


def accepts_or_refuses(call: Callable[..., Any], given: Any) -> None:
    """Either a runner comes of it, or an ``InputError`` that can be printed. Anything else fails the test."""
    refusal: InputError | None = None
    try:
        assert isinstance(call(given), Runner)
    except InputError as error:
        refusal = error
    if refusal:
        assert refusal.faults
        assert json.loads(refusal.to_json().encode())["errors"]
        assert not [sign for sign in str(refusal).encode().decode() if sign != "\n" and not sign.isprintable()]


WORDS = st.sampled_from([
    "age_years", "running", "years", "key_days", "race_date", "today", "complaints", "injury", "region", "shin", "pain", "during",
    "signs", "strength", "equipment", "recent_sessions", "days_ago", "legs", "left", "goal", "durability", "no", "true", "null",
    "2026-02-28", "achilles_tendinopathy_midportion",
])  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.text(max_size=8)
    | st.dates()
    | st.binary(max_size=4)
)
KEYS = WORDS | st.text(max_size=4) | st.integers() | st.none()
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5) | st.tuples(inner),
    max_leaves=12,
)
JSON_DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5),
    max_leaves=12,
)
SNIPPETS = st.lists(
    WORDS
    | st.sampled_from([
        ": ", "\n", "\n  ", "\n    - ", "- ", "{", "}", "[", "]", ", ", "'", '"', "#", "&a ", "*a", "!!str ", "? ", "| ", ">-\n",
        "---\n", "...\n", "%YAML 1.1\n", "\t", "\\", "\\u12", "\\ud800", "@", "`", "12", "-1", "1e999", ".nan", "0x1", "\ufeff", "<<",
        "\x85", "\u2028", "\r", "\0",
    ])
    | st.text(alphabet=string.printable, max_size=3),
    max_size=30,
).map("".join)  # fmt: skip


@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf{")
def test_any_bytes(engine: Engine, raw: bytes) -> None:
    accepts_or_refuses(engine.read_text, raw)


@given(st.text(max_size=200) | SNIPPETS)
@example('{"a"\n: 1}')
@example("a: !<x> 1")
@example("? ")
@example("{? a}")
@example("'\\")
@example('"\\U00110000"')
@settings(max_examples=200)
def test_any_text(engine: Engine, text: str) -> None:
    accepts_or_refuses(engine.read_text, text)


@given(JSON_DATA)
@example({"\ud83c\udfc3": {"": [float("nan")]}})
def test_any_json(engine: Engine, data: Any) -> None:
    accepts_or_refuses(engine.read_text, json.dumps(data))
    accepts_or_refuses(engine.read_text, json.dumps(data, ensure_ascii=False, indent=1))


@given(DATA)
@settings(max_examples=150)
def test_any_data(engine: Engine, data: Any) -> None:
    accepts_or_refuses(engine.runner, data)


@given(st.dictionaries(st.sampled_from(list(Runner.model_fields)), DATA, max_size=4))
@settings(max_examples=150)
def test_any_data_in_known_places(engine: Engine, data: Any) -> None:
    accepts_or_refuses(engine.runner, data)
