"""Runners for a cluster, and rows that kill whoever answers them, once each."""

from __future__ import annotations

import json
import os
import random
import re
import signal
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from prehab import Engine
from prehab.batch import Rows
from prehab.batch.rows import What, as_json
from prehab.population import random_runner

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "runner_id"


@cache
def engine() -> Engine:
    """The one of this process, which a worker keeps from task to task."""
    return Engine()


def runners(count: int) -> pa.Table:
    """A table of random runners as JSON text; every tenth cannot be read."""
    rng = random.Random(11)
    told = [random_runner(rng, engine().pack) for _ in range(count)]
    for one in told[5::10]:
        one["age_years"] = -1
    names = [f"r{number:04}" for number in range(count)]
    return pa.table({NAME: names, "runner": [json.dumps(one) for one in told]})


def locally(table: pa.Table, what: What) -> list[str]:
    """What is told of the rows of a table in this process."""
    rows = Rows(engine(), what=what, id_field=NAME)
    return told(pa.Table.from_batches([rows(batch) for batch in table.combine_chunks().to_batches()]))


def told(table: pa.Table) -> list[str]:
    """The rows of a table as lines of JSON, in the order of their names."""
    return list(map(as_json, table.sort_by(NAME).to_pylist()))


def program(name: str, folder: Path) -> str:
    """The program of the README that is marked with a name, with a folder in the place of its bucket."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```python {name}\n(.*?)```", text, flags=re.DOTALL)
    return re.sub(r"s3a?://my-bucket", str(folder), found)


def answers_of_the_readme(name: str, folder: Path) -> tuple[list[str], list[str]]:
    """What the program of the README that is marked with a name makes of some runners, and what one process does."""
    table = runners(40)
    (folder / "runners").mkdir()
    for number in range(2):
        parquet.write_table(table.slice(20 * number, 20), folder / f"runners/{number}.parquet")
    exec(compile(program(name, folder), "README.md", "exec"), {})
    found = parquet.read_table(folder / "answers")
    return told(found), locally(table, "summary")


class Killing(Rows):
    """The same as ``Rows``, but that some rows kill a process when they are first come upon.

    Args:
        folder: Where it is noted who was killed.
        at: Whom a row kills, by its name.
        asked: What else ``Rows`` takes.
    """

    def __init__(self, folder: Path, at: Mapping[str, Callable[[], int]], **asked: Any) -> None:
        super().__init__(engine(), id_field=NAME, **asked)
        self.folder, self.at, self.asked = folder, at, asked

    def __reduce__(self) -> tuple[Any, ...]:
        return _killing, (self.folder, self.at, self.asked)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        found = super().__call__(batch)
        for name in set(self.at) & set(batch.column(NAME).to_pylist()):
            note = self.folder / name
            if not note.exists():
                victim = self.at[name]()
                note.write_text(str(victim), encoding="utf-8")
                os.kill(victim, signal.SIGKILL)
                signal.pause()  # whoever is not killed at once is so soon
        return found


def _killing(folder: Path, at: Mapping[str, Callable[[], int]], asked: Mapping[str, Any]) -> Killing:
    return Killing(folder, at, **asked)


def executor() -> int:
    """The Java process that started the daemon that started this one."""
    daemon = os.getppid()
    return int(Path(f"/proc/{daemon}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1])
