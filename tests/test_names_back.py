"""Whatever `prehab list` prints is understood: in runner files, and on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from prehab.cli import main
from prehab.engine import Engine
from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.files import read_text

TABLES = ("injuries", "regions", "equipment", "faults", "exercises")
OTHERS = ("screens", "parameters", "findings")


@cache
def engine() -> Engine:
    return Engine(evaluator="compiled")


@cache
def listed(what: str) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["list", what, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["count"] == len(found["entries"]) > 0
    entries: list[dict[str, Any]] = found["entries"]
    return entries


def told(table: str, name: str) -> Any:
    """What a runner file that names something is read as."""
    data: Any = {
        "injuries": {"complaints": [{"injury": name}]},
        "regions": {"complaints": [{"region": name}]},
        "equipment": {"strength": {"equipment": [name]}},
        "faults": {"faults": [name]},
        "exercises": {"strength": {"refuses": [name]}},
    }[table]
    runner = engine().runner(data)
    if table in ("injuries", "regions"):
        return runner.complaints[0].injury or runner.complaints[0].region
    return {"faults": runner.faults, "equipment": runner.strength.equipment, "exercises": runner.strength.refuses}[
        table
    ][0]


@given(st.data())
def test_every_id_name_and_alias_is_accepted_back(data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(TABLES))
    entry = data.draw(st.sampled_from(listed(table)))
    name = data.draw(st.sampled_from([entry["id"], entry["name"], *entry["aliases"]]))
    change = data.draw(st.sampled_from((str, str.upper, str.title, lambda text: text.replace(" ", "-"))))
    assert told(table, change(name)) == entry["id"]


def test_all_of_them_by_id_and_name() -> None:
    for table in TABLES:
        for entry in listed(table):
            assert {told(table, name) for name in (entry["id"], entry["name"], *entry["aliases"])} == {entry["id"]}


def test_names_are_understood_on_the_command_line() -> None:
    name = next(one for one in listed("exercises") if one["aliases"])["aliases"][0]
    for words in (["explain", "-", name, "--json"], ["recommend", "-", "--instead", name, "--json"]):
        result = CliRunner().invoke(main, words, input="{}")
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize("what", OTHERS + TABLES)
def test_every_entry_is_a_line(what: str) -> None:
    result = CliRunner().invoke(main, ["list", what])
    assert len(result.stdout.splitlines()) == len(listed(what))


@pytest.mark.parametrize(
    ("kind", "said", "meant"),
    [("muscles", "calves", "plantar_flexors"), ("muscles", "quads", "quadriceps"), ("regions", "calves", "calf"),
     ("regions", "shin splints", "shin")],
)  # fmt: skip
def test_what_people_say_is_suggested(kind: str, said: str, meant: str) -> None:
    names = engine().catalogue.names(kind)
    assert meant in nearest(said, names, {name: key for key, name in names.items()})


def test_shin_splints_are_understood() -> None:
    assert told("injuries", "shin splints") == "medial_tibial_stress_syndrome"


def test_lists_of_what_is_allowed_are_whole() -> None:
    allowed = tuple(f"word{number}" for number in range(50))
    said = str(Fault("unknown-word", "unknown", allowed=allowed))
    assert all(word in said for word in allowed)


FOREIGN = {
    "a FIT activity": b"\x0e\x10\x43\x08\x00\x00\x00\x00.FIT\x00\x00" + bytes(50),
    "a zip archive": b"PK\x03\x04" + bytes(60),
    "a gzip archive": b"\x1f\x8b\x08\x00" + bytes(60),
    "a PDF document": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "a GPX track": b'<?xml version="1.0"?>\n<gpx version="1.1"></gpx>\n',
    "a TCX activity": b'<?xml version="1.0"?>\n<TrainingCenterDatabase></TrainingCenterDatabase>\n',
    "a CSV table of Garmin activities": b"Activity Type,Date,Favorite,Title\nRunning,2026-01-02 07:00:00,false,Run\n",
    "a CSV table of Strava activities": b"Activity ID,Activity Date,Activity Name\n1,Jan 2,Run\n",
    "a CSV table": b"Date;Distance;Time\n2026-01-02;10,2;0:55\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_of_others_are_told_by_name(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_bytes(FOREIGN[kind])
    with pytest.raises(InputError) as caught:
        engine().read_file(path)
    (fault,) = caught.value.faults
    assert kind in fault.message
    assert "prehab intake" in (fault.help or "")


@pytest.mark.parametrize(
    "text", ["age_years: 40", "{age_years: 40,\n running: {years: 3}, goal: durability}\n", "- a, b, c\n- a, b, c\n"]
)
def test_what_is_yaml_is_no_table(text: str) -> None:
    assert read_text(text).data


def test_strategies_are_what_is_imported_by_their_names() -> None:
    from prehab.testing import graphs, runners

    assert callable(graphs)
    assert callable(runners)


def test_the_module_runs_as_the_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "prehab", "list", "regions"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("foot  ")


def test_packs_of_other_kinds_can_be_compared_and_each_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prehab.compare.report.placed_runners", lambda *_: [])  # around every rule, for all are others
    foreign = Path(__file__).parent.parent / "examples" / "foreign-pack"
    done = CliRunner().invoke(main, ["rules", "diff", "bundled", str(foreign), "--runners", "10"])
    assert done.exit_code == 0, done.output
    assert [line.startswith("pack: ") for line in done.stderr.splitlines()] == [True, True]
    assert str(foreign) in done.stderr
