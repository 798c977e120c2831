"""Many runners at once: columns in, decisions out (``prehab[batch]``).

What is decided is, bit for bit, what the reference decides of each runner by himself; a test compares them.

>>> from prehab.columns import Columns, Plan, decide_columns
>>> from prehab.engine import load_bundled_pack
>>> from prehab.program import Program
>>> from prehab.runner import Runner
>>> plan = Plan(Program(load_bundled_pack()))
>>> decided = decide_columns(plan, Columns.of(plan.sources, [Runner(), Runner(age_years=30)]))
>>> decided.of(1)["status"]
'modify'

Raises:
    InputError: numpy is not installed.
"""

from prehab.graph.faults import Fault, InputError

try:
    import numpy as _numpy  # noqa: F401 - all of this rests on it
except ImportError as error:
    _help = "Install it with: pip install 'prehab[batch]'"
    raise InputError([Fault("no-numpy", f"numpy cannot be imported ({error})", help=_help)]) from error

from prehab.columns.decided import Decided, decide_columns, decided_blocks
from prehab.columns.plan import Plan
from prehab.columns.told import Columns, Sources

__all__ = ["Columns", "Decided", "Plan", "Sources", "decide_columns", "decided_blocks"]
