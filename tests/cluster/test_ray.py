"""Ray: the README's program runs, and the answers are those of one process, whoever is killed on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest
import ray

from prehab import InputError
from prehab.batch import Rows
from prehab.batch.ray import recommended
from prehab.batch.rows import What
from tests.cluster.killing import ROOT, Killing, answers_of_the_readme, engine, locally, runners, told


@pytest.fixture(scope="module", autouse=True)
def _cluster() -> Iterator[None]:
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["RAY_AUTH_MODE"] = "disabled"
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.parametrize("what", ["answer", "decisions"])
def test_with_two_workers_killed_what_is_told_is_that_of_one_process(tmp_path: Path, what: What) -> None:
    table = runners(48)
    rows = Killing(tmp_path, {"r0010": os.getpid, "r0040": os.getpid}, what=what)
    parts = [table.slice(start, 16) for start in range(0, 48, 16)]
    dataset = recommended(ray.data.from_arrow(parts), rows, batch_size=8)
    found = pa.concat_tables(ray.get(dataset.to_arrow_refs()))
    assert len({path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} - {str(os.getpid())}) == 2
    assert told(found) == locally(table, what)


def test_the_program_in_the_readme_runs(tmp_path: Path) -> None:
    found, expected = answers_of_the_readme("ray", tmp_path)
    assert found == expected


def test_columns_that_are_no_runners_are_refused_before_any_work() -> None:
    with pytest.raises(InputError, match="a runner has no field `age`"):
        recommended(ray.data.from_arrow(pa.table({"age": [30]})), Rows(engine()))
