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

from prehab.graph.extras import needed

needed("numpy", "batch", "Columns")

from prehab.columns.decided import Decided, decide_columns, decided_blocks  # noqa: E402  (all of it rests on numpy)
from prehab.columns.plan import Plan  # noqa: E402
from prehab.columns.told import Columns, Sources  # noqa: E402

__all__ = ["Columns", "Decided", "Plan", "Sources", "decide_columns", "decided_blocks"]
