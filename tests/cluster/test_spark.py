"""Spark: the README's program runs, and the answers are those of one process, whoever is killed on the way."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from prehab import InputError
from prehab.batch import Rows
from prehab.batch.spark import recommended
from tests.cluster.killing import NAME, ROOT, Killing, answers_of_the_readme, engine, executor, locally, runners, told


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ |= {"PYTHONPATH": str(ROOT), "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "8",
        "spark.executorEnv.PYTHONPATH": str(ROOT),
        "spark.sql.shuffle.partitions": "4",
    }
    session = SparkSession.builder.master("local-cluster[2,1,1024]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def test_with_an_executor_killed_the_decisions_are_those_of_one_process(spark: SparkSession, tmp_path: Path) -> None:
    table = runners(96)
    frame = spark.createDataFrame(table).repartition(6)
    found = recommended(frame, Killing(tmp_path, {"r0050": executor}, what="decisions")).toArrow()
    (note,) = tmp_path.iterdir()
    assert not Path(f"/proc/{note.read_text(encoding='utf-8')}").exists()
    assert told(found) == locally(table, "decisions")


def test_answers_are_those_of_one_process(spark: SparkSession) -> None:
    table = runners(24)
    found = recommended(spark.createDataFrame(table).repartition(2), Rows(engine(), id_field=NAME)).toArrow()
    assert told(found) == locally(table, "answer")


@pytest.mark.usefixtures("spark")
def test_the_program_in_the_readme_runs(tmp_path: Path) -> None:
    found, expected = answers_of_the_readme("spark", tmp_path)
    assert found == expected


def test_columns_that_are_no_runners_are_refused_before_any_work(spark: SparkSession) -> None:
    with pytest.raises(InputError, match="a runner has no field `age`"):
        recommended(spark.createDataFrame([(30,)], "age int"), Rows(engine()))
