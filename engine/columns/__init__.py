"""Many runners at once: columns in, decisions out (``prehab[batch]``)."""

from prehab.columns.decided import Decided, decide_columns
from prehab.columns.plan import Plan
from prehab.columns.told import Columns, Sources

__all__ = ["Columns", "Decided", "Plan", "Sources", "decide_columns"]
