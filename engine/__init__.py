"""prehab tells a runner which strength work is safe and useful now, why, and what would unlock the next step.

>>> from prehab import Engine
>>> engine = Engine()
>>> answer = engine.recommend({"complaints": [{"region": "knee"}]})
>>> answer.status
'modify'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "Complaint",
    "Engine",
    "Explanation",
    "Fault",
    "InputError",
    "PackError",
    "Plan",
    "PrehabError",
    "Recommendation",
    "Runner",
    "Unlock",
    "Verdict",
    "__version__",
    "load_graph",
]

__version__ = "0.1.0"

if TYPE_CHECKING:
    from prehab.engine import Engine
    from prehab.graph.faults import Fault, InputError, PackError, PrehabError
    from prehab.graph.network import load_graph
    from prehab.judge import Plan, Verdict
    from prehab.recommendation import Explanation, Recommendation
    from prehab.runner import Complaint, Runner
    from prehab.unlock import Unlock

_HOMES = {
    "Complaint": "prehab.runner",
    "Engine": "prehab.engine",
    "Explanation": "prehab.recommendation",
    "Fault": "prehab.graph.faults",
    "InputError": "prehab.graph.faults",
    "PackError": "prehab.graph.faults",
    "Plan": "prehab.judge",
    "PrehabError": "prehab.graph.faults",
    "Recommendation": "prehab.recommendation",
    "Runner": "prehab.runner",
    "Unlock": "prehab.unlock",
    "Verdict": "prehab.judge",
    "load_graph": "prehab.graph.network",
}


def __getattr__(name: str) -> Any:
    """Names are imported when first used, so that ``import prehab`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'prehab' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
