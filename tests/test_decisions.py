"""Decisions about many rows at once: row by row what ``recommend`` decides; nothing is read that it does not read."""

from __future__ import annotations

import json
import pickle
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from annotated_types import Gt
from pydantic import Strict

from prehab import Engine, Recommendation
from prehab.batch import Rows
from prehab.batch.part import Part
from prehab.batch.rows import DECISIONS, Outcome, faults_as_data, summary_of
from prehab.columns import Columns
from prehab.columns.json_lines import LineReader
from prehab.columns.shape import Shape, runner_shape
from prehab.columns.shape import _of as shape_of_annotation
from prehab.dates import as_of
from prehab.engine import known_words
from prehab.facts import position_of
from prehab.population import random_runner
from prehab.runner import Runner
from tests.alone import alone
from tests.support import tries
from tests.test_batch import DAY, call, lines_of, table_of, write_lines, write_table
from tests.test_columns import same

ON = date.fromisoformat(DAY)
SEED = 20_261_130
ENGINE = Engine(evaluator="compiled")
RUNNERS = tries(200)


def decided(answer: Recommendation) -> dict[str, Any]:
    """What an answer tells of decisions, as a row of decisions does."""
    told = summary_of(answer)
    names = ("status", "urgency", "running", "stages", "referrals", "allowed")
    return {"what": "decisions", **{name: told[name] for name in names}, "phase": answer.phase.overall}


def in_order(told: dict[str, Any]) -> dict[str, Any]:
    """The same with the places that one complaint stands for in one order."""
    return {**told, "stages": sorted(told["stages"], key=lambda one: (one["complaint"], one["injury"]))}


def one_by_one(rows: Sequence[bytes], on: date | None = ON, named: str | None = None) -> Iterator[Any]:
    """Of each row what is decided of it alone by ``recommend``, or its faults."""
    asked = Rows(ENGINE, on=on, id_field=named)
    for number, line in enumerate(rows, 1):
        one = asked.of_line(number, line)
        if one.told is None:
            yield one
        else:
            data = json.loads(line)
            data.pop(named, None)
            yield decided(ENGINE.recommend(as_of(ENGINE, ENGINE.runner(data), on)))


def check(lines: Sequence[bytes], on: date | None = ON, named: str | None = None) -> list[Outcome]:
    rows = Rows(ENGINE, what="decisions", on=on, id_field=named)
    found = rows.of_lines(1, lines, text=False)
    texts = rows.of_lines(1, lines, text=True)
    assert len(found) == len(texts) == len(lines)
    for line, one, text, other in zip(lines, found, texts, one_by_one(lines, on, named), strict=True):
        if isinstance(other, Outcome):
            assert one == text == other, line
            continue
        assert one.faults == text.faults == (), line
        assert isinstance(one.told, dict), line
        assert in_order(one.told) == in_order(other), line
        assert json.loads(f"{{{text.told}}}") == one.told, line
        assert (one.row, one.key) == (text.row, text.key)
    return found


def some_lines(count: int, seed: int = SEED) -> list[dict[str, Any]]:
    """Random runners, some of them with dates."""
    rng, found = random.Random(seed), []
    for _ in range(count):
        data = random_runner(rng, ENGINE.pack)
        if rng.random() < 0.4:
            data["today"] = f"2026-{rng.choice((10, 11, 12))}-{rng.randint(1, 28):02}"
        for session in data.get("recent_sessions", ()):
            if rng.random() < 0.4:
                del session["days_ago"]
                session["date"] = f"2026-{rng.choice((9, 10, 11))}-{rng.randint(1, 30):02}"
        if rng.random() < 0.2:
            data.setdefault("running", {})["race_date"] = f"2026-{rng.choice((10, 11, 12))}-{rng.randint(1, 30):02}"
        found.append(data)
    return found


def written(rows: Sequence[Any]) -> list[bytes]:
    return [json.dumps(row, ensure_ascii=False).encode() for row in rows]


# -- equal to what is decided one by one -------------------------------------------------------------------------------


@pytest.mark.parametrize("on", [ON, None])
def test_each_row_is_decided_about_as_recommend_decides(on: date | None) -> None:
    found = check(written(some_lines(RUNNERS)), on)
    assert 0 < sum(one.told is None for one in found) < RUNNERS / 2  # sessions after the day that is asked about


def test_each_row_is_decided_about_as_the_reference_decides() -> None:
    rows = Rows(ENGINE, what="decisions", on=ON)
    lines = written(some_lines(RUNNERS, 3))
    told = [(line, one.told) for line, one in zip(lines, rows.of_lines(1, lines, text=False), strict=True) if one.told]
    people = [as_of(ENGINE, ENGINE.runner(json.loads(line)), ON) for line, _ in told]
    for (line, one), other in zip(told, alone(rows.decisions.plan, people), strict=True):
        assert isinstance(one, dict)
        stopped = other["status"] == "stop"
        assert one["allowed"] == ([] if stopped else list(other["allowed"])), line
        assert [one[name] for name in ("status", "urgency", "running", "phase")] == [
            other[name] for name in ("status", "urgency", "running", "phase")
        ]
        assert [tuple(about.values()) for about in one["referrals"]] == list(other["referred_by"])
        keys = sorted(other["stages"], key=lambda key: (position_of(key), len(key)))
        assert [(about["complaint"], about["stage"]) for about in one["stages"]] == [
            (position_of(key), other["stages"][key]) for key in ([] if stopped else keys)
        ]


def test_nearly_every_row_is_read_in_columns() -> None:
    """What is decided fast is to be what people send; the rest is read one by one."""
    rows = Rows(ENGINE, what="decisions", on=ON)
    reader = LineReader(rows.decisions.plan.sources, None, ON)
    lines = written(some_lines(200))
    good = [place for place, line in enumerate(lines) if rows.of_line(place, line).told is not None]
    assert sorted(place for part in reader.read(lines) for place in part.rows.tolist()) == good


# -- what cannot be read -----------------------------------------------------------------------------------------------

TEXTS = [
    b"",
    b"{}",
    b" {}",
    b"{} ",
    b"{}{}",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b'{"age_years": 30,}',
    b"{'sex': 1}",
    b'{"age_years": 30, "age_years": 31}',
    b'{"running": {"years": 1, "years": 1}}',
    b'{"age_years": 30.0}',
    b'{"age_years": "30"}',
    b'{"age_years": true}',
    b'{"age_years": NaN}',
    b'{"running": {"km_per_week": NaN}}',
    b'{"running": {"km_per_week": Infinity}}',
    b'{"running": {"km_per_week": 1e999}}',
    b'{"running": {"years": 1e-999}}',
    b'{"running": {"years": 1}}',
    b'{"running": {"years": 1.0}}',
    b'{"running": {"years": "1"}}',
    b'{"age_years": 3e1}',
    b'{"running": {"km_per_week": "12 mi"}}',
    b'{"running": {"km_per_week": "12 miles a week"}}',
    b'{"running": null}',
    b'{"running": []}',
    b'{"running": {}}',
    b'{"legs": {"left": null}}',
    b'{"legs": {"left": {"calf_raises": null}}}',
    b'{"strength": {"lacks": null}}',
    b'{"strength": {"refuses": null}}',
    b'{"strength": {"equipment": null}}',
    b'{"strength": {"equipment": []}}',
    b'{"strength": {"equipment": [null]}}',
    b'{"strength": {"equipment": ["x"]}}',
    b'{"faults": null}',
    b'{"complaints": null}',
    b'{"complaints": [null]}',
    b'{"complaints": [{}]}',
    b'{"x": null}',
    b'{"x": 1}',
    b'{"running": {"x": null}}',
    b'{"running": {"x": 1}}',
    b'{"complaints": [{"region": "knee", "x": null}]}',
    b'{"complaints": [{"region": "knee", "pain": null, "injury": null}]}',
    b'{"complaints": [{"region": "Knee"}]}',
    b'{"complaints": [{"region": "knee", "pain": {"x": null}}]}',
    b'{"complaints": {"region": "knee"}}',
    b'{"complaints": [{"injury": "unnamed_knee_pain"}]}',
    b'{"complaints": [{"injury": "runners knee"}]}',
    b'{"complaints": [{"region": "kn\\u0065e"}]}',
    b'{"str\\u0065ngth": {"lacks": null}}',
    b'{"sex": "male\\u0000"}',
    b'{"sex": "male\x7f"}',
    b'{"sex": "ma\tle"}',
    b'{"sex": "\xff"}',
    b'{"sex": "\xed\xa0\x80"}',
    '{"sex": "é"}'.encode(),
    '{"sex": "\x85"}'.encode(),
    b'{"today": "2026-11-31"}',
    b'{"today": "2026-1-1"}',
    b'{"today": 20261101}',
    b'{"today": "2026-11-01T00:00:00"}',
    b'{"today": "2026-11-27", "recent_sessions": [{"date": "2026-11-28"}]}',
    b'{"recent_sessions": [{"date": "2026-11-28"}]}',
    b'{"recent_sessions": [{"date": "2026-11-29"}]}',
    b'{"recent_sessions": [{"days_ago": 1, "date": "2026-11-01"}]}',
    b'{"recent_sessions": [{}]}',
    b'{"recent_sessions": [{"days_ago": 3, "exercises": null}]}',
    b'{"told_days_ago": null}',
    b'{"told_days_ago": 3651}',
    b'{"today": "2020-01-01", "told_days_ago": 3650, "recent_sessions": [{"days_ago": 3000}]}',
    b"{}\r",
    b"\xef\xbb\xbf{}",
    b'{"today": "2030-01-01", "running": {"race_date": "2030-02-01", "days_to_race": 3}}',
    b'{"age_years": -0}',
    b'{"age_years": 030}',
    b'{"age_years": ' + b"1" * 400 + b"}",
    b'{"running": {"years": 0.' + b"1" * 400 + b"}}",
    b'{"' + b"k" * 301 + b'": null}',
    b'{"a":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}',
    b'{"screens": {"squat": "not_assessed"}}',
    b'{"screens": {"squat": "good"}}',
    b'{"strength": {"days": ["mon", "mon"]}}',
    b'{"strength": {"days": ["mon", "mon", "mon", "mon", "mon", "mon", "mon", "mon"]}}',
    b'{"a": 1} // x',
    b'{"a": 1, "a": "x"}',
]


def in_columns(rows: Rows, groups: Iterable[Sequence[bytes]]) -> tuple[int, int]:
    """How many lines are read in columns, each group together, and how many at all. Nothing else is read of them."""
    plan = rows.decisions.plan
    reader = LineReader(plan.sources, rows.id_field, rows.on)
    parts, people, readable = [], [], 0
    for lines in groups:
        alone = [rows.of_line(number, line) for number, line in enumerate(lines)]
        readable += sum(one.told is not None for one in alone)
        for part in reader.read(lines):
            parts.append(part.columns)
            for row in part.rows.tolist():
                assert isinstance(alone[row].told, Runner), lines[row]
                people.append(alone[row].told)
    same(Columns.joined(parts), Columns.of(plan.sources, people))  # type: ignore[arg-type]
    return len(people), readable


@pytest.mark.parametrize("on", [ON, None])
def test_lines_that_could_be_read_in_two_ways_are_read_as_ever(on: date | None) -> None:
    lines = [line for line in TEXTS if line]
    check(lines, on)
    in_columns(Rows(ENGINE, what="decisions", on=on), [lines, *([line] for line in lines)])


def test_lines_between_which_others_stand_are_not_read_as_one() -> None:
    check([b'{"age_years": 30', b"}", b"{}{}"])
    check([b"{}", b'{"running": {', b'"years": 1}}', b'{"sex": "male"}', b'{"a":1}{"a":2}'])


def places(shape: Shape, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Shape]]:
    yield at, shape
    for name, one in shape.fields.items():
        yield from places(one, (*at, name))
    if shape.entries is not None:
        yield from places(shape.entries, (*at, 0))


def values_of(shape: Shape) -> list[Any]:
    """Values at the bounds of what a place may hold, and beyond."""
    found: list[Any] = [None, True, 1, 1.0, 1.5, "x", [], {}, [None], {"x": None}, {"x": 1}, "2026-11-01", -1]
    if shape.kind in ("number", "integer"):
        span = (shape.least, shape.most)
        found += [kind(bound + step) for bound in span for step in (-1, 0, 1) for kind in (int, float)]
    if shape.kind == "word":
        words = known_words(ENGINE.catalogue)[shape.words] if isinstance(shape.words, str) else shape.words
        found += [words[0], words[-1], str(words[0]).upper()]
        if shape.words == "injuries":
            found += [next(key for key, one in ENGINE.catalogue.injuries.items() if one.unnamed)]
    if shape.entries is not None:
        inside = {"days_ago": 1, "region": "knee"}
        one: Any = {key: inside[key] for key in inside if key in shape.entries.fields}
        if shape.entries.kind == "word":
            words = shape.entries.words
            one = (known_words(ENGINE.catalogue)[words] if isinstance(words, str) else words)[0]
        found += [[one], [one] * int(shape.most), [one] * (int(shape.most) + 1), [one, None], [one, 3]]
    return found


def put(at: tuple[Any, ...], value: Any) -> Any:
    for name in reversed(at):
        if name == 0:
            value = [value]
        elif isinstance(value, dict) and name in ("complaints", "recent_sessions"):
            value = {name: value}
        else:
            value = {name: value}
    return value


def test_every_field_is_checked_as_a_runner_file_is() -> None:
    """At the bounds of each, and with values of other types; nothing that is read in columns would not be read."""
    tried: dict[type, list[Any]] = {}
    for at, shape in places(runner_shape()):
        for value in values_of(shape):
            data = put(at, value)
            for name, needed in (("complaints", {"region": "knee"}), ("recent_sessions", {"days_ago": 2})):
                if at[:2] == (name, 0) and len(at) > 2:
                    data[name] = [{**({} if at[2] == "date" else needed), **data[name][0]}]
            tried.setdefault(type(value), []).append(data)
    fast, readable = in_columns(Rows(ENGINE, what="decisions"), map(written, tried.values()))
    assert 0.9 * readable < fast < 0.5 * sum(map(len, tried.values()))


def test_rows_with_names_keep_them_whatever_else_stands_in_the_file() -> None:
    names: list[Any] = ["a", "2026-11-01", 3, None, True, 1.5, "é", 'q"', 10**30, "x"]
    rows = some_lines(len(names))
    lines = written([{"name": name, **row} for name, row in zip(names, rows, strict=True)] + [{"sex": "male"}])
    found = check(lines, named="name")
    assert [one.key for one in found] == ["a", "2026-11-01", 3, None, None, None, "é", 'q"', 10**30, "x", None]
    check(written([{"name": f"2026-11-{day:02}", **row} for day, row in enumerate(rows, 1)]), named="name")
    check(written([{"name": number, **row} for number, row in enumerate(rows, 1)]), named="name")


def test_any_mixture_of_good_and_bad_lines_is_told_apart() -> None:
    rng = random.Random(SEED)
    good, bad = written(some_lines(60)), [line for line in TEXTS if line]
    for _ in range(tries(6)):
        lines = [rng.choice(bad) if rng.random() < 0.3 else rng.choice(good) for _ in range(80)]
        check(lines)


# -- files and tables --------------------------------------------------------------------------------------------------


def some_rows(count: int) -> list[dict[str, Any]]:
    """Named rows, of which some cannot be read."""
    rows = [{"name": f"r{number}", **row} for number, row in enumerate(some_lines(count))]
    for row in rows[3::7]:
        row |= {"age_years": -1, "shoes": "red"}
    return rows


def told_in(path: Path) -> list[dict[str, Any]]:
    """What was written, as it stands in JSON lines."""
    if path.suffix == ".jsonl":
        return lines_of(path)
    return [{**row, "provenance": json.loads(row["provenance"])} for row in table_of(path).to_pylist()]


@pytest.mark.parametrize("source", [".jsonl", ".parquet", ".arrows"])
@pytest.mark.parametrize("out", [".jsonl", ".parquet", ".arrow"])
def test_every_format_gives_each_row_what_is_decided(source: str, out: str, tmp_path: Path) -> None:
    rows = some_rows(40)
    path = tmp_path / f"in{source}"
    if source == ".jsonl":
        write_lines(path, rows)
    elif source == ".parquet":  # as text
        texts = [json.dumps({key: one for key, one in row.items() if key != "name"}) for row in rows]
        write_table(path, pa.table({"name": [row["name"] for row in rows], "runner": texts}), 12)
    else:  # in columns
        names = sorted({name for row in rows for name in row} - {"shoes"})
        write_table(path, pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows]), 12)
    done = call(path, tmp_path / f"out{out}", "--id", "name", "--what", "decisions", "--processes", "1")
    assert done.exit_code == 1, done.output
    alone = list(one_by_one(written(rows), named="name"))
    told = told_in(tmp_path / f"out{out}")
    named = [row["name"] for row, one in zip(rows, alone, strict=True) if not isinstance(one, Outcome)]
    assert [one.pop("name") for one in told] == named
    assert all(one.pop("provenance")["pack"] == ENGINE.digest for one in told)
    decisions = [one for one in alone if not isinstance(one, Outcome)]
    assert list(map(in_order, told)) == list(map(in_order, decisions))
    set_aside = lines_of(tmp_path / f"out{out}.faults.jsonl")
    bad = [one for one in alone if isinstance(one, Outcome)]
    assert [(one["row"], one["name"]) for one in set_aside] == [(one.row, one.key) for one in bad]
    assert all(one["provenance"]["pack"] == ENGINE.digest for one in set_aside)
    if source == ".jsonl":
        assert [one["faults"] for one in set_aside] == [faults_as_data(one) for one in bad]
    if out == ".parquet":
        assert json.loads(table_of(tmp_path / f"out{out}").schema.metadata[b"prehab"])["pack"] == ENGINE.digest


def test_the_number_of_processes_and_of_rows_at_once_changes_no_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_lines(tmp_path / "in.jsonl", [*some_rows(300), *([{"name": "same"}] * 50)])
    found = []
    for processes, rows in ((1, 8192), (2, 8192), (2, 16), (1, 7)):
        monkeypatch.setattr("prehab.batch.rows.DECIDED_ROWS", rows)
        out = tmp_path / f"{processes}-{rows}.jsonl"
        assert call(path, out, "--what", "decisions", "--id", "name", "--processes", processes).exit_code == 1
        found.append((out.read_bytes(), Path(f"{out}.faults.jsonl").read_bytes()))
    assert len(set(found)) == 1


def test_a_function_of_batches_decides_and_keeps_every_row() -> None:
    rows = pickle.loads(pickle.dumps(Rows(ENGINE, what="decisions", id_field="name", on=ON)))
    people = some_lines(30)
    people[4] = {"age_years": -1}
    structs = pa.array([{name: one.get(name) for name in sorted({n for p in people for n in p})} for one in people])
    batch = pa.RecordBatch.from_pydict({"name": list(range(30)), "runner": structs})
    made = rows(batch)
    assert made.schema.equals(rows.schema(batch.schema), check_metadata=True)
    assert made.schema.names == ["name", *DECISIONS, "faults"]
    told = made.to_pylist()
    assert [one["name"] for one in told] == list(range(30))
    for one, other in zip(told, one_by_one(written(people)), strict=True):
        if isinstance(other, Outcome):
            assert one["status"] is one["allowed"] is None
            assert json.loads(one["faults"])
        else:
            assert one["faults"] is None
            assert in_order({name: one[name] for name in DECISIONS if name != "provenance"}) == in_order(other)


def test_tables_of_types_that_no_runner_file_has_are_read_as_ever() -> None:
    rows, summary = Rows(ENGINE, what="decisions"), Rows(ENGINE, what="summary")
    columns = {
        "age_years": pa.array([30.0, 30.5, None, float("nan")]),
        "sex": pa.array(["male", None, "man", "female"]).dictionary_encode(),
        "today": pa.array([date(2026, 11, 1)] * 4),
        "running": pa.array([{"km_per_week": "12 mi"}, {"km_per_week": "12"}, {"km_per_week": None}, None]),
        "faults": pa.array([[], None, [None], ["no such thing"]]),
        "strength": pa.array([{"lacks": None, "shoes": None}, {"lacks": None, "shoes": 1}, None, None]),
    }
    for name in (None, *columns):
        batch = pa.RecordBatch.from_pydict({key: one for key, one in columns.items() if name in (None, key)})
        one, other = rows(batch).to_pylist(), summary(batch).to_pylist()
        for decided_, told in zip(one, other, strict=True):
            same_names = ("status", "urgency", "running", "referrals", "allowed", "faults")
            assert [decided_[key] for key in same_names] == [told[key] for key in same_names], name


def test_a_run_that_ended_goes_on_and_ends_in_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prehab.batch.rows.DECIDED_ROWS", 16)
    path = write_lines(tmp_path / "in.jsonl", some_rows(100))
    how = ("--what", "decisions", "--processes", "1")
    call(path, tmp_path / "whole.jsonl", *how)
    add, added = Part.add, []

    def ends(part: Part, *told: Any) -> None:
        if len(added) == 3:
            raise KeyboardInterrupt
        added.append(told)
        add(part, *told)

    monkeypatch.setattr(Part, "add", ends)
    assert call(path, tmp_path / "out.jsonl", *how).exit_code == 130
    monkeypatch.setattr(Part, "add", add)
    other = call(path, tmp_path / "out.jsonl", "--what", "summary", "--processes", "1")
    assert other.exit_code == 2
    assert "another `--what` (decisions then, summary now)" in other.stderr
    done = call(path, tmp_path / "out.jsonl", *how)
    assert "going on after 48 rows" in done.stderr
    for name in ("", ".faults.jsonl"):
        assert Path(f"{tmp_path}/out.jsonl{name}").read_bytes() == Path(f"{tmp_path}/whole.jsonl{name}").read_bytes()


@pytest.mark.parametrize("needs", ["numpy", "pyarrow"])
def test_what_is_not_installed_is_named_before_anything_is_written(needs: str, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", [{}])
    code = f"""
import sys
sys.modules["{needs}"] = None
from prehab.cli import run
sys.argv = ["prehab", "batch", "{path}", "{tmp_path / "out.jsonl"}", "--what", "decisions"]
run()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'prehab[batch]'" in done.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_a_field_that_is_declared_in_another_way_is_not_taken_for_known() -> None:
    for annotation, metadata in ((bytes, []), (int | str, []), (str, []), (int, [Strict(strict=False)]),
                                 (float, [Gt(3)]), (tuple[int, str], [])):  # fmt: skip
        with pytest.raises(TypeError):
            shape_of_annotation(annotation, metadata)
