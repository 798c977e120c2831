"""Files of runners: formats, faults, and what a crash, a full disk or an interrupt leaves."""

from __future__ import annotations

import io
import itertools
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from pyarrow import parquet

from prehab import Engine, InputError, Recommendation
from prehab.batch import Rows
from prehab.batch.lines import CHUNK, Place, blocks
from prehab.batch.part import Part
from prehab.batch.rows import MOST_LATELY
from prehab.batch.tables import outcomes
from prehab.cli import main
from prehab.cli.batch import _Shown as shown_on_the_way
from prehab.dates import as_of
from prehab.graph.text import hidden
from prehab.population import random_runner
from tests.support import tries

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = (sys.executable, "-c", "import sys; sys.argv[0] = 'prehab'; from prehab.cli import run; run()")
DAY = "2026-11-28"
KNEE = {"complaints": [{"region": "knee"}]}
SUFFIXES = (".jsonl", ".parquet", ".arrow", ".arrows")


def call(*words: Any, given: bytes | str | None = None) -> Result:
    return CliRunner().invoke(main, ["batch", *map(str, words), "--on", DAY], input=given)


def write_lines(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def table_of(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return parquet.read_table(path)
    make = pa.ipc.open_file if path.suffix == ".arrow" else pa.ipc.open_stream
    with pa.OSFile(str(path)) as file:
        return make(file).read_all()


def write_table(path: Path, table: pa.Table, rows: int = 50) -> Path:
    """A table with several row groups or batches, none of them as long as what is worked on at a time."""
    if path.suffix == ".parquet":
        parquet.write_table(table, path, row_group_size=rows)
        return path
    make = pa.ipc.new_file if path.suffix == ".arrow" else pa.ipc.new_stream
    with pa.OSFile(str(path), "wb") as file, make(file, table.schema) as writer:
        writer.write_table(table, rows)
    return path


def written(path: Path) -> list[dict[str, Any]]:
    """What was written, whatever the format, as it stands in JSON lines."""
    if path.suffix == ".jsonl":
        return lines_of(path)
    rows = table_of(path).to_pylist()
    for row in rows:
        for name in ("answer", "provenance"):
            if name in row:
                row[name] = json.loads(row[name])
    return rows


def some_rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Random runners with names; one in seven cannot be read."""
    rng, pack = random.Random(seed), Engine().pack
    rows = [{"name": f"r{number}", **random_runner(rng, pack)} for number in range(count)]
    for row in rows[3::7]:
        row |= {"age_years": -1, "shoes": "red"}
    return rows


# -- what comes out ----------------------------------------------------------------------------------------------------


@cache
def one_by_one(count: int) -> tuple[list[Any], list[Any]]:
    """Of some rows the answers, each with its name, and the faults, each with the number and the name of its row."""
    engine, answers, faults = Engine(), [], []
    for number, row in enumerate(some_rows(count), 1):
        told = {key: one for key, one in row.items() if key != "name"}
        try:
            answer = engine.recommend(as_of(engine, engine.runner(told), date.fromisoformat(DAY)))
        except InputError as error:
            faults.append((number, row["name"], [fault.as_dict() for fault in error.faults]))
        else:
            answers.append((row["name"], json.loads(answer.to_json())))
    return answers, faults


@pytest.mark.parametrize("source", SUFFIXES)
@pytest.mark.parametrize("out", SUFFIXES)
def test_every_format_gives_each_row_what_recommend_says(source: str, out: str, tmp_path: Path) -> None:
    rows, (answers, faults), engine = some_rows(30), one_by_one(30), Engine()
    if source == ".jsonl":
        path = write_lines(tmp_path / "in.jsonl", rows)
    else:
        texts = [json.dumps({key: one for key, one in row.items() if key != "name"}) for row in rows]
        table = pa.table({"name": [row["name"] for row in rows], "runner": texts})
        path = write_table(tmp_path / f"in{source}", table, 12)
    done = call(path, tmp_path / f"out{out}", "--id", "name", "--processes", "1")
    assert done.exit_code == 1, done.output
    assert [(one["name"], one["answer"]) for one in written(tmp_path / f"out{out}")] == answers
    set_aside = lines_of(tmp_path / f"out{out}.faults.jsonl")
    for one in set_aside:
        assert one.pop("provenance") == {"pack": engine.digest, "library": engine.provenance.library}
        for fault in one["faults"]:
            assert fault.pop("column") > 1
    assert [(one["row"], one["name"], one["faults"]) for one in set_aside] == faults
    there = {f"in{source}", f"out{out}", f"out{out}.faults.jsonl"}
    assert {path.name for path in tmp_path.iterdir()} == there


def test_an_answer_is_byte_for_byte_what_recommend_prints(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", [KNEE])
    call(path, tmp_path / "out.jsonl")
    alone = CliRunner().invoke(main, ["recommend", "-", "--on", DAY, "--json"], input=json.dumps(KNEE)).stdout
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == f'{{"row":1,"answer":{alone.rstrip()}}}\n'
    read = Recommendation.from_json(json.dumps(lines_of(tmp_path / "out.jsonl")[0]["answer"]))
    assert read.provenance.pack == Engine().digest


def test_a_summary_is_the_same_in_lines_and_in_a_table(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", some_rows(40))
    for suffix in SUFFIXES:
        call(path, tmp_path / f"out{suffix}", "--id", "name", "--what", "summary", "-p", "tendon.pain_limit=4")
    lines = written(tmp_path / "out.jsonl")
    assert lines[0]["provenance"]["overrides"] == {"tendon.pain_limit": 4}
    assert any(one["week"] and one["allowed"] for one in lines)
    for suffix in SUFFIXES[1:]:
        assert written(tmp_path / f"out{suffix}") == lines
        told = table_of(tmp_path / f"out{suffix}").schema.metadata[b"prehab"]
        assert json.loads(told) == lines[0]["provenance"]


def test_the_number_of_processes_changes_no_byte(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", some_rows(2 * CHUNK + 1))
    for suffix in SUFFIXES:
        found = set()
        for processes in (1, 2):
            out = tmp_path / f"{processes}{suffix}"
            call(path, out, "--id", "name", "--what", "summary", "--processes", processes)
            found.add((out.read_bytes(), Path(f"{out}.faults.jsonl").read_bytes()))
        assert len(found) == 1


def test_the_summary_at_the_end_as_text_and_as_json(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "in.jsonl", [{}, {"age_years": -1}, KNEE])
    out = tmp_path / "out.jsonl"
    done = call(path, out, "--processes", "1")
    assert (done.exit_code, done.stderr) == (1, "")
    assert done.stdout == f"2 rows answered; pack {Engine().digest[:12]}\n1 row set aside: {out}.faults.jsonl\n"
    done = call(path, out, "--json")
    told = {"answered": 2, "set_aside": 1, "before": 0, "out": str(out), "faults": f"{out}.faults.jsonl"}
    made = {"pack": Engine().digest, "library": Engine().provenance.library}
    assert json.loads(done.stdout) == {**told, "provenance": made}


def test_standard_input_and_output_hold_lines_and_faults_go_to_standard_error() -> None:
    done = call("-", "-", "--id", "n", given='{"n": 7}\n\n{"n": 8, "age_years": -1}\n{"n": "x"}')
    assert done.exit_code == 1
    assert [json.loads(line)["n"] for line in done.stdout.splitlines()] == [7, "x"]
    wrong, *end = done.stderr.splitlines()
    assert (json.loads(wrong)["row"], json.loads(wrong)["n"]) == (3, 8)
    assert end == [f"2 rows answered; pack {Engine().digest[:12]}", "1 row set aside"]


@pytest.mark.parametrize("what", ["answer", "summary", "decisions"])
def test_a_name_commands_no_terminal(what: str) -> None:
    """What a stranger calls himself stands in lines that are shown on one: the same data, and nothing hidden in it."""
    name = "n\u009b31m\u202e\u2028\u200b"
    rows = [{name: name}, {name: name, "goal": name}]
    done = call("-", "-", "--id", name, "--what", what, given="".join(f"{json.dumps(row)}\n" for row in rows))
    assert json.loads(done.stdout)[name] == json.loads(done.stderr.splitlines()[0])[name] == name
    assert hidden(done.stdout) is hidden(done.stderr) is None


def test_no_rows_give_a_file_without_any(tmp_path: Path) -> None:
    for text in ("", "\n \n", "\ufeff", "\ufeff\n"):
        (tmp_path / "in.jsonl").write_text(text, encoding="utf-8")
        for suffix in SUFFIXES:
            out = tmp_path / f"out{suffix}"
            assert call(tmp_path / "in.jsonl", out).exit_code == 0
            assert written(out) == []
            assert call("-", out, given=text).exit_code == 0
    schema = pa.schema([("name", pa.string()), ("age_years", pa.int64())])
    for suffix in SUFFIXES[1:]:
        path = write_table(tmp_path / f"none{suffix}", schema.empty_table())
        assert call(path, tmp_path / "out.jsonl", "--id", "name").exit_code == 0
        assert (tmp_path / "out.jsonl").read_bytes() == b""


# -- lines -------------------------------------------------------------------------------------------------------------

BAD_LINES: list[tuple[bytes, str, str]] = [
    (b"null", "not-a-mapping", "must hold a JSON object, but this is empty"),
    (b"7", "not-a-mapping", "but this is a single value"),
    (b'"age_years: 34"', "not-a-mapping", "but this is a single value"),
    (b"age_years: 34", "not-json", "this is not valid JSON: expecting value"),
    (b"{age_years: 34}", "not-json", "expecting property name enclosed in double quotes"),
    (b"{'age_years': 34}", "not-json", "expecting property name enclosed in double quotes"),
    (b'{"age_years": 34,}', "not-json", "this is not valid JSON"),
    (b'{"age_years": 34', "not-json", "this is not valid JSON"),
    (b"{} {}", "not-json", "extra data"),
    (b'{"age_years": NaN}', "not-finite", "`NaN` is not a finite number"),
    (b'{"age_years": 1e999}', "not-finite", "too large a number"),
    (b'{"age_years": 34, "age_years": 35}', "repeated-key", "`age_years` is here twice"),
    (b'{"goal": "\xff"}', "not-utf-8", "byte 0xff"),
    (b'{"faults": ["\\ud800"]}', "not-yaml", "invalid Unicode"),
    (b'{"faults": ["' + b"x" * 3_000_000 + b'"]}', "too-large", "larger than 1,000,000 bytes"),
    (b'{"a":' * 50 + b"1" + b"}" * 50, "too-deep", "deep"),
    (b"\0", "not-text", ""),
]


def test_lines_that_are_no_runners_are_set_aside_and_the_rest_is_answered(tmp_path: Path) -> None:
    lines = [line for bad, _, _ in BAD_LINES for line in (bad, b'{"age_years": 30}', b"")]
    for end in (b"\n", b"\r\n"):
        path = tmp_path / "in.jsonl"
        path.write_bytes(b"\xef\xbb\xbf{}" + end + end.join(lines))
        done = call(path, tmp_path / "out.jsonl")
        assert done.exit_code == 1, done.output
        rows = [one["row"] for one in lines_of(tmp_path / "out.jsonl")]
        assert rows == [1, *range(3, 3 * len(BAD_LINES) + 2, 3)]
        wrong = lines_of(tmp_path / "out.jsonl.faults.jsonl")
        assert [one["row"] for one in wrong] == list(range(2, 3 * len(BAD_LINES) + 2, 3))
        for one, (line, code, message) in zip(wrong, BAD_LINES, strict=True):
            assert [fault["code"] for fault in one["faults"]] == [code], (line[:30], one)
            assert message in one["faults"][0]["message"], line[:30]


def test_a_row_tells_every_fault_and_that_its_name_is_missing_or_no_name(tmp_path: Path) -> None:
    bad = [{"age_years": -1, "goal": "fame"}, {"n": None}, {"n": [1]}, {"n": True, "shoes": 1}, {"n": 1.5}]
    path = write_lines(tmp_path / "in.jsonl", [*bad, {"n": 2**70}])
    assert call(path, tmp_path / "out.jsonl", "--id", "n").exit_code == 1
    assert [one["n"] for one in lines_of(tmp_path / "out.jsonl")] == [2**70]
    told = [[fault["path"] for fault in one["faults"]] for one in lines_of(tmp_path / "out.jsonl.faults.jsonl")]
    assert told == [["/n", "/age_years", "/goal"], ["/n"], ["/n"], ["/n", "/shoes"], ["/n"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"age_years": 30},\n{}]', "this is one JSON array, not JSON lines"),
        (b"PAR1\x15\x04", "this is a Parquet table, not JSON lines"),
        (b"\x1f\x8b\x08\0\0\0", "this is a gzip archive, not JSON lines"),
        ('{"age_years": 30}\n'.encode("utf-16"), "this is not UTF-8 text, but UTF-16"),
    ],
)
def test_a_file_that_is_no_lines_at_all_is_refused_whole(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(content)
    done = call(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_lines_are_read_alike_wherever_one_begins(tmp_path: Path) -> None:
    """From any place that was reached, what is left is cut as it was, however long the lines are."""
    rng = random.Random(2)
    for _ in range(tries(8)):
        lines = [b" " * rng.choice((0, 3, 3, 3, 40_000, 1_200_000)) + b"{}" for _ in range(rng.randint(0, 150))]
        path = tmp_path / "in.jsonl"
        path.write_bytes(b"\n".join(lines))
        with path.open("rb") as stream:
            whole = list(blocks(stream, Place(), "in"))
        assert sum(len(block.lines) for block, _ in whole) == len(lines)
        for number, (_, place) in enumerate(whole):
            with path.open("rb") as stream:
                assert list(blocks(stream, place, "in")) == whole[number + 1 :]


# -- tables ------------------------------------------------------------------------------------------------------------


def test_a_table_of_columns_says_what_a_runner_file_says(tmp_path: Path) -> None:
    rows = [
        {"name": 1, "age_years": 34, "complaints": [{"injury": "knee_osteoarthritis", "pain": {"during": 4}}],
         "strength": {"equipment": ["dumbbell"], "weeks_trained": 14}},
        {"name": 2, "running": {"years": 6, "race_date": "2027-03-14"}},
        {"name": 3, "age_years": 50, "complaints": [{"region": "shin"}, {"region": "knee", "pain": {"during": 2}}]},
    ]  # fmt: skip
    lines = write_lines(tmp_path / "in.jsonl", rows)
    assert call(lines, tmp_path / "out.jsonl", "--id", "name").exit_code == 0
    names = ("name", "age_years", "complaints", "strength", "running")
    columns = pa.Table.from_pylist([{name: row.get(name) for name in names} for row in rows])
    structs = [{"name": row["name"], "runner": {k: v for k, v in row.items() if k != "name"}} for row in rows]
    floats = columns.set_column(1, "age_years", columns["age_years"].cast(pa.float64()))  # as nulls make it in pandas
    coded = columns.set_column(0, "name", columns["name"].cast(pa.string()).dictionary_encode())
    for table in (columns, pa.Table.from_pylist(structs), floats, coded):
        for suffix in SUFFIXES[1:]:
            path = write_table(tmp_path / f"in{suffix}", table, 2)
            done = call(path, tmp_path / "table.jsonl", "--id", "name")
            assert done.exit_code == 0, done.output + (tmp_path / "table.jsonl.faults.jsonl").read_text(
                encoding="utf-8"
            )
            found = [{**one, "name": int(one["name"])} for one in lines_of(tmp_path / "table.jsonl")]
            assert found == lines_of(tmp_path / "out.jsonl")


def test_random_runners_say_the_same_in_columns_as_in_lines() -> None:
    engine, rng = Engine(), random.Random(8)
    told = [random_runner(rng, engine.pack) for _ in range(tries(200))]
    names = list(dict.fromkeys(name for one in told for name in one))
    table = pa.Table.from_pylist([{name: one.get(name) for name in names} for one in told])
    rows = Rows(engine, what="summary")
    found = [one for batch in table.to_batches() for one in outcomes(rows, batch, 1)]
    fresh = Rows(engine, what="summary")  # which knows none of them yet
    assert [one.told for one in found] == [fresh.of_line(1, json.dumps(one).encode()).told for one in told]
    assert all(one.told for one in found)


def test_values_of_the_wrong_type_are_faults_of_their_rows(tmp_path: Path) -> None:
    table = pa.table({
        "name": ["a", None, "c", "d"],
        "age_years": [30.5, 31.0, float("nan"), None],
        "goal": ["fame", None, None, None],
        "complaints": ["knee", None, None, None],
    })  # fmt: skip
    for suffix in SUFFIXES[1:]:
        path = write_table(tmp_path / f"in{suffix}", table)
        assert call(path, tmp_path / "out.parquet", "--id", "name").exit_code == 1
        assert [one["name"] for one in written(tmp_path / "out.parquet")] == ["d"]
        told = [(one["row"], [fault["path"] for fault in one["faults"]])
                for one in lines_of(tmp_path / "out.parquet.faults.jsonl")]  # fmt: skip
        assert told == [(1, ["/age_years", "/complaints", "/goal"]), (2, ["/name"]), (3, ["/age_years"])]
    texts = pa.table({"runner": ["{}", None, "null", "{", b'{"age_years": 30}'.decode()]})
    path = write_table(tmp_path / "in.arrow", texts)
    assert call(path, tmp_path / "out.jsonl").exit_code == 1
    assert [one["row"] for one in lines_of(tmp_path / "out.jsonl")] == [1, 5]


def test_columns_that_are_no_runners_are_refused_all_at_once(tmp_path: Path) -> None:
    path = write_table(tmp_path / "in.parquet", pa.table({"age_yeers": [1], "email": ["a"], "nam": [1.5]}))
    done = call(path, tmp_path / "out.jsonl", "--id", "name", "--json")
    told = {(one["code"], one["message"]): one for one in json.loads(done.stdout)["errors"]}
    assert done.exit_code == 2
    assert {message for _, message in told} == {
        "there is no column `name`", "a runner has no field `age_yeers`", "a runner has no field `email`",
        "a runner has no field `nam`",
    }  # fmt: skip
    assert told["unknown-column", "a runner has no field `age_yeers`"]["did_you_mean"] == ["age_years"]
    done = call(path, tmp_path / "out.jsonl", "--id", "nam")
    assert "`nam`, which names the rows, must hold whole numbers or text, but holds double" in done.stderr
    path = write_table(tmp_path / "in.parquet", pa.table({"runner": [1]}))
    assert "`runner` must hold runners as JSON text or as structs, but holds int64" in call(path, "-").stderr
    for name in ("in.parquet", "in.arrow", "in.arrows"):
        (tmp_path / name).write_bytes(b"nothing of that kind")
        done = call(tmp_path / name, tmp_path / "out.jsonl")
        assert (done.exit_code, "cannot be read as" in done.stderr) == (2, True), done.output


def test_a_function_of_batches_keeps_every_row_and_is_small_when_pickled() -> None:
    rows = Rows(Engine(evaluator="reference"), id_field="name")
    table = pa.table({"name": ["a", "b", "c"], "age_years": [30, -1, None]})
    (batch,) = table.to_batches()
    found = rows(batch)
    assert found.schema == rows.schema(batch.schema)
    assert found.schema.metadata == rows.schema(batch.schema).metadata
    assert found.column("name").to_pylist() == ["a", "b", "c"]
    assert found.column("answer").to_pylist()[::2] == [
        Engine().recommend(one).to_json().rstrip("\n") for one in ({"age_years": 30}, {})
    ]
    assert [json.loads(one)[0]["path"] if one else None for one in found.column("faults").to_pylist()] == [
        None, "/age_years", None,
    ]  # fmt: skip
    sent = pickle.dumps(rows)
    assert len(sent) < 700
    again, twice = pickle.loads(sent), pickle.loads(sent)
    assert again(batch) == found
    assert twice.engine is again.engine
    with pytest.raises(InputError, match="another bundled pack"):
        pickle.loads(sent.replace(Engine().digest.encode(), b"0" * 64))


def test_a_name_that_is_told_of_every_row_cannot_name_the_rows() -> None:
    for name in ("status", "row", "answer", "faults", "age_years", "runner"):
        with pytest.raises(InputError, match=f"`{name}` cannot name the rows"):
            Rows(Engine(), id_field=name)
    with pytest.raises(InputError, match="not `everything`"):
        Rows(Engine(), what="everything")  # type: ignore[arg-type]


def test_without_pyarrow_it_is_said_which_extra_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = write_lines(tmp_path / "in.jsonl", [{}])
    assert call(path, tmp_path / "out.jsonl").exit_code == 0
    done = call(path, tmp_path / "out.parquet")
    assert (done.exit_code, "pip install 'prehab[batch]'" in done.stderr) == (2, True)


# -- a run that ends early ---------------------------------------------------------------------------------------------

WAYS = {
    "lines": (".jsonl", ".jsonl", ()),
    "lines to a table": (".jsonl", ".parquet", ("--what", "summary")),
    "a table": (".parquet", ".arrow", ("--id", "name")),
}


def prepared(way: str, folder: Path, count: int) -> tuple[Path, Path, list[str], dict[str, bytes]]:
    """A file to answer, where to, with what options, and what an undisturbed run writes."""
    source, out, _ = WAYS[way]
    read, options, expected = undisturbed(way, count)
    path = folder / f"in{source}"
    path.write_bytes(read)
    return path, folder / f"out{out}", [*options, "--on", DAY, "--processes", "2"], expected


@cache
def undisturbed(way: str, count: int) -> tuple[bytes, Sequence[str], dict[str, bytes]]:
    """So many rows in a file, the options to answer them with, and what is written then."""
    source, out, options = WAYS[way]
    rows = [
        {"name": f"r{number}", "age_years": 5 + number % 90, "running": {"km_per_week": number / 10}, **KNEE}
        for number in range(count)  # no two tell the same, so that no answer is at hand
    ]
    texts = [json.dumps(row) for row in rows]
    with TemporaryDirectory() as place:
        path, calm = Path(place) / f"in{source}", Path(place) / f"calm{out}"
        if source == ".jsonl":
            path.write_text("\n".join(texts), encoding="utf-8")
            options = ("--id", "name", *options)
        else:
            plain = [{k: v for k, v in row.items() if k != "name"} for row in rows]
            names = [row["name"] for row in rows]
            write_table(path, pa.table({"name": names, "runner": list(map(json.dumps, plain))}), 100)
        assert call(path, calm, *options, "--processes", "1").exit_code == 1
        return path.read_bytes(), options, whole(calm)


SHORT = 16
"""Rows of a chunk where what becomes of chunks is tried again and again."""


@pytest.fixture
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of fewer rows, in this process."""
    monkeypatch.setattr("prehab.batch.rows.CHUNK", SHORT)


def whole(out: Path) -> dict[str, bytes]:
    return {more: Path(f"{out}{more}").read_bytes() for more in ("", ".faults.jsonl")}


def noted(out: Path) -> int:
    """How many lines the journal has."""
    journal = Path(f"{out}.part/journal")
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def started(*words: Any) -> subprocess.Popen[str]:
    """A run that hears an interrupt, even where the tests are run in the background of a shell, which hears none."""
    return subprocess.Popen(
        [*PROGRAM, "batch", *map(str, words)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def gone(group: int, seconds: float = 10) -> bool:
    """Whether every process of a group ends by itself."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened() and time.monotonic() < until:
        time.sleep(0.002)


class _Killed(BaseException):
    """Stands for a kill: nothing catches it."""


def begun_and_killed(path: Path, out: Path, options: Sequence[str], lines: int) -> None:
    """Leave what a run leaves that is killed once its journal has so many lines."""
    real = Part._note

    def note(self: Part, text: str) -> None:
        real(self, text)
        if noted(out) == lines:
            raise _Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Part, "_note", note)
        with pytest.raises(_Killed):
            main.main(["batch", str(path), str(out), *options[:-1], "1"], standalone_mode=False)


@pytest.mark.parametrize("way", WAYS)
def test_killed_at_any_moment_and_begun_again_it_ends_in_the_same_bytes(way: str, tmp_path: Path) -> None:
    path, out, options, expected = prepared(way, tmp_path, 6 * CHUNK)
    out.write_text("before", encoding="utf-8")
    rng, killed = random.Random(way), 0
    while killed < 3:
        run, at = started(path, out, *options), noted(out) + rng.randint(1, 2)
        wait_for(lambda run=run, at=at: noted(out) >= at or run.poll() is not None)  # type: ignore[misc]
        time.sleep(rng.uniform(0, 0.05))
        run.kill()
        run.communicate()
        assert gone(run.pid), "a process outlives the one that started it"
        if run.returncode != -signal.SIGKILL:
            break
        killed += 1
        assert out.read_bytes() == b"before" or not Path(f"{out}.part/rows").exists() or whole(out) == expected
    assert killed >= 2
    if killed == 3:
        run = started(path, out, *options)
        _, said = run.communicate()
        assert run.returncode == 1, said
    assert whole(out) == expected
    assert not Path(f"{out}.part").exists()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.usefixtures("short_chunks")
def test_killed_at_any_step_of_the_end_it_ends_in_the_same_bytes(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out, options, expected = prepared(way, tmp_path, SHORT + 5)
    options = [*options[:-1], "1"]
    for step in itertools.count(1):
        left = step

        def stepping(real: Callable[..., Any]) -> Callable[..., Any]:
            def stepped(*given: Any, **more: Any) -> Any:
                nonlocal left
                left -= 1
                if left == 0:
                    raise _Killed
                return real(*given, **more)

            return stepped

        with monkeypatch.context() as patch:
            for name in ("replace", "unlink", "write_bytes", "write_text"):
                patch.setattr(Path, name, stepping(getattr(Path, name)))
            for name in ("_note", "close"):
                patch.setattr(Part, name, stepping(getattr(Part, name)))
            patch.setattr("shutil.rmtree", stepping(__import__("shutil").rmtree))
            patch.setattr("os.fsync", stepping(os.fsync))
            try:
                main.main(["batch", str(path), str(out), *options], standalone_mode=False)
            except _Killed:
                pass
            except SystemExit:
                break
        done = CliRunner().invoke(main, ["batch", str(path), str(out), *options])
        assert (done.exit_code, whole(out)) == (1, expected), (step, done.output)
        assert not Path(f"{out}.part").exists()
        out.unlink()
    assert step > 8


@pytest.mark.usefixtures("short_chunks")
def test_a_journal_that_was_torn_is_believed_as_far_as_it_is_whole(tmp_path: Path) -> None:
    path, out, options, expected = prepared("lines", tmp_path, 4 * SHORT)
    begun_and_killed(path, out, options, 4)
    part = Path(f"{out}.part")
    kept = {name: (part / name).read_bytes() for name in ("journal", "rows", "faults")}
    rng = random.Random(4)
    for _ in range(tries(16)):
        part.mkdir(exist_ok=True)
        name = rng.choice(sorted(kept))
        for other, data in kept.items():
            cut = rng.randrange(len(data) + 1) if other == name else len(data)
            tail = rng.choice((b"", b"\0\0\0", b"{", b"x\n")) if name == "journal" == other else b""
            (part / other).write_bytes(data[:cut] + tail)
        done = CliRunner().invoke(main, ["batch", str(path), str(out), *options[:-1], "1"])
        assert (done.exit_code, whole(out)) == (1, expected), done.output


def test_an_interrupt_says_how_to_go_on(tmp_path: Path) -> None:
    path, out, options, expected = prepared("lines", tmp_path, 6 * CHUNK)
    run = started(path, out, *options)
    wait_for(lambda: noted(out) >= 2)
    os.killpg(run.pid, signal.SIGINT)
    told, said = run.communicate()
    assert (run.returncode, told) == (130, "")
    assert said == f"Interrupted. `{out}.part` keeps what was answered; the same command goes on.\n"
    assert gone(run.pid)
    assert not out.exists()
    done = CliRunner().invoke(main, ["batch", str(path), str(out), *options])
    assert (done.exit_code, whole(out)) == (1, expected)
    assert "going on after" in done.stderr


def test_a_disk_that_is_full_is_told_and_the_same_command_goes_on(tmp_path: Path) -> None:
    path, out, options, expected = prepared("lines", tmp_path, 4 * CHUNK)
    blocks_of = len(expected[""]) // 1024 // 2
    words = " ".join(map(str, (path, out, *options)))
    line = f"ulimit -f {blocks_of}; exec {sys.executable} -m prehab batch {words}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"`{out}` cannot be written: file too large",
        "  What was answered is kept: the same command goes on from there.",
    ]
    assert not out.exists()
    again = CliRunner().invoke(main, ["batch", str(path), str(out), *options])
    assert (again.exit_code, whole(out)) == (1, expected)


@pytest.mark.usefixtures("short_chunks")
def test_what_differs_from_the_run_that_is_gone_on_with_is_refused(tmp_path: Path) -> None:
    path, out, options, expected = prepared("lines", tmp_path, 4 * SHORT)
    begun_and_killed(path, out, options, 3)
    invoke = CliRunner().invoke
    words = ["batch", str(path), str(out)]
    done = invoke(main, [*words, "--on", "2026-11-29", "--what", "summary", "-p", "tendon.pain_limit=4", "--json"])
    told = [one["message"] for one in json.loads(done.stdout)["errors"]]
    assert done.exit_code == 2
    assert sorted(told) == sorted([
        f"`{out}.part` was begun with other parameters (none then, tendon.pain_limit=4 now)",
        f"`{out}.part` was begun with another `--what` (answer then, summary now)",
        f"`{out}.part` was begun with another `--id` (name then, none now)",
        f"`{out}.part` was begun with another day ({DAY} then, 2026-11-29 now)",
    ])  # fmt: skip
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"r3"', '"R3"'), encoding="utf-8")
    done = invoke(main, [*words, "--id", "name"])
    assert (done.exit_code, "this has changed since it was begun with" in done.stderr) == (2, True)
    path.write_text(text[:400], encoding="utf-8")
    assert invoke(main, [*words, "--id", "name"]).exit_code == 2
    grown = '\n{"name": "more"}'
    path.write_text(text + grown, encoding="utf-8")
    done = invoke(main, [*words, "--id", "name"])  # the day is that of the run that is gone on with
    assert done.exit_code == 1
    assert out.read_bytes().startswith(expected[""])
    assert lines_of(out)[-1]["name"] == "more"


@pytest.mark.usefixtures("short_chunks")
def test_a_table_that_has_changed_is_refused_until_it_is_begun_anew(tmp_path: Path) -> None:
    path, out, options, _ = prepared("a table", tmp_path, 4 * SHORT)
    begun_and_killed(path, out, options, 2)
    write_table(path, pa.table({"name": ["a"], "runner": ["{}"]}))
    done = CliRunner().invoke(main, ["batch", str(path), str(out), *options])
    assert (done.exit_code, "was begun with another input" in done.stderr) == (2, True)
    done = CliRunner().invoke(main, ["batch", str(path), str(out), *options, "--restart"])
    assert (done.exit_code, [one["name"] for one in written(out)]) == (0, ["a"])


def test_two_at_once_do_not_write_the_same(tmp_path: Path) -> None:
    path, out, options, expected = prepared("lines", tmp_path, 6 * CHUNK)
    run = started(path, out, *options)
    wait_for(lambda: noted(out) >= 2)
    os.kill(run.pid, signal.SIGSTOP)
    done = CliRunner().invoke(main, ["batch", str(path), str(out), *options])
    os.kill(run.pid, signal.SIGCONT)
    assert (done.exit_code, done.stderr) == (2, f"another process is writing `{out}` just now\n")
    run.communicate()
    assert (run.returncode, whole(out)) == (1, expected)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("in.jsonl", "out.txt"), "the name of `out.txt` does not tell its format"),
        (("in.yaml", "out.jsonl"), "the name of `in.yaml` does not tell its format"),
        (("in.jsonl", "-", "--to", "parquet"), "standard input and output hold JSON lines; tables need a file"),
        (("nobody.jsonl", "out.jsonl"), "there is no such file"),
        (("in.jsonl", "in.jsonl"), "`in.jsonl` would be written over what is read"),
        (("in.jsonl", "out.jsonl", "--faults", "out.jsonl"), "`out.jsonl` would be written over what is read, or what"),
        (("in.jsonl", "no/where.jsonl"), "there is no folder `no` to write `where.jsonl` into"),
        (("in.jsonl", "/dev/full"), "`/dev/full` cannot be written: no space left on device"),
        (("in.jsonl", "/dev/null", "--to", "parquet"), "only a file can hold a table"),
        ((".", "out.jsonl", "--from", "jsonl"), "that is a folder, not a file"),
    ],
)
def test_what_cannot_be_read_or_written_is_told(
    words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_lines(tmp_path / "in.jsonl", [{}])
    done = call(*words, *(() if "--to" in words or "/dev" not in words[1] else ("--to", "jsonl")))
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert message in done.stderr


# -- what is shown on the way ------------------------------------------------------------------------------------------


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_is_drawn_on_a_terminal_alone_and_goes_away(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, clock = _Terminal() if terminal else io.StringIO(), itertools.count()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("prehab.cli.batch.monotonic", lambda: float(next(clock)))
    monkeypatch.setenv("TERM", "xterm")
    shown = shown_on_the_way()
    for done in range(100, 1100, 100):
        shown(done, done, 1000)
    shown.clear()
    text = stream.getvalue()
    assert ("1,000 rows" in text) == terminal
    assert (text == "") == (not terminal)
    assert threading.active_count() == 1


# -- who tells the same ------------------------------------------------------------------------------------------------


def test_rows_that_tell_the_same_get_the_same_whatever_stands_between_them() -> None:
    engine = Engine()
    told = [{}, {"age_years": 40}, {"age_years": -1}, {"age_years": 40.0}, {"age_years": True}, KNEE, {"today": DAY}]
    rng = random.Random(6)
    for what in ("answer", "summary"):
        rows = Rows(engine, what=what, id_field="name")  # type: ignore[arg-type]
        fresh = [
            Rows(engine, what=what, id_field="name").of_line(1, json.dumps({"name": 1, **one}).encode()) for one in told
        ]  # type: ignore[arg-type]
        for number in range(tries(400)):
            at = rng.randrange(len(told))
            row = {
                "name": number,
                **told[at],
                **({"running": {"km_per_week": number % 300}} if rng.random() < 0.5 else {}),
            }
            found = rows.of_line(number, json.dumps(row).encode())
            if "running" not in row:
                assert (found.told, len(found.faults)) == (fresh[at].told, len(fresh[at].faults))
            assert (found.row, found.key) == (number, number)
            assert len(rows._lately) <= MOST_LATELY
