"""Many runners: streams of them, files of them, and tables on one machine or on many.

``Engine.recommend_many`` answers an iterable, ``prehab batch`` a file. ``Rows`` is a function from one
``pyarrow.RecordBatch`` to another, for whatever spreads tables over machines; ``prehab.batch.ray`` and
``prehab.batch.spark`` hand it to Ray Data and to Spark.
"""

from prehab.batch.rows import Rows, What

__all__ = ["Rows", "What"]
