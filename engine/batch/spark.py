"""Many runners on a cluster of Spark: the extra ``spark`` brings what it takes besides Java."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from prehab.batch.rows import Rows

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

__all__ = ["recommended"]


def recommended(frame: DataFrame, rows: Rows) -> DataFrame:
    """A frame with a row for each row of ``frame``, as calling ``rows`` makes it; lazily, as Spark does all work.

    Spark tries again what was lost with an executor: each row is answered by itself, and so again as before.

    Args:
        frame: Rows of runners.
        rows: What is asked of each.

    Raises:
        InputError: The columns are no runners; every one that does not belong there is named.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    schema = rows.schema(to_arrow_schema(frame.schema))
    return frame.mapInArrow(partial(_batches, rows=rows), from_arrow_schema(schema))


def _batches(batches: Iterable[pa.RecordBatch], rows: Rows) -> Iterator[pa.RecordBatch]:
    """The batches of a partition."""
    return map(rows, batches)
