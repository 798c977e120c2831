"""Many runners on a cluster of Ray: the extra ``ray`` brings what it takes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from prehab.batch.rows import Rows
from prehab.batch.tables import checked_columns, imported

if TYPE_CHECKING:
    import pyarrow as pa
    from ray.data import Dataset

__all__ = ["recommended"]


def recommended(dataset: Dataset, rows: Rows, **how: Any) -> Dataset:
    """A data set with a row for each row of ``dataset``, as calling ``rows`` makes it; lazily, as Ray does all work.

    Ray tries again what was lost with a process or a machine: each row is answered by itself, and so again as before.

    Args:
        dataset: Rows of runners.
        rows: What is asked of each.
        how: What else ``Dataset.map_batches`` takes, such as ``num_cpus`` or ``concurrency``; without a ``batch_size``,
            256 rows are answered at a time, and thousands decided about.

    Raises:
        InputError: The columns are no runners; every one that does not belong there is named.
    """
    schema = dataset.schema(fetch_if_missing=False)  # to fetch it, Ray may begin to work
    told = getattr(schema, "base_schema", None)
    if isinstance(told, imported().Schema):
        checked_columns(told, rows)
    how = {"batch_size": max(256, rows.at_once[0]), **how}
    return dataset.map_batches(partial(_table, rows=rows), batch_format="pyarrow", **how)


def _table(table: pa.Table, rows: Rows) -> pa.Table:
    """The same for what Ray calls a batch."""
    pa = imported()
    batches = [rows(batch) for batch in table.combine_chunks().to_batches()]
    return pa.Table.from_batches(batches, rows.schema(table.schema))
