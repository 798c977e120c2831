"""prehab tells a runner which strength work is safe and useful now, why, and what would unlock the next step.

>>> from prehab import Engine
>>> engine = Engine()
>>> answer = engine.recommend({"complaints": [{"region": "knee"}]})
>>> answer.status
'modify'
"""

from __future__ import annotations

TYPE_CHECKING = False  # what a type checker takes for true, without the time that it takes to import `typing`

__all__ = [
    "Account",
    "Alarms",
    "Ask",
    "Block",
    "Bone",
    "Boundaries",
    "Change",
    "Clot",
    "Complaint",
    "Daily",
    "Dose",
    "Engine",
    "Explanation",
    "Fault",
    "Filter",
    "Finding",
    "Given",
    "InputError",
    "Leg",
    "Legs",
    "LoggedSession",
    "Medical",
    "Missed",
    "OtherWork",
    "PackError",
    "Pain",
    "Phase",
    "Plan",
    "PlannedExercise",
    "PlannedRun",
    "PlannedSession",
    "PrehabError",
    "Provenance",
    "Readiness",
    "Reason",
    "Recommendation",
    "Record",
    "Referral",
    "Repair",
    "Replay",
    "Runner",
    "Running",
    "RunningAdvice",
    "Screens",
    "Session",
    "Signs",
    "SourceText",
    "Start",
    "Strength",
    "Treatment",
    "Treats",
    "Uncovered",
    "Unlock",
    "Verdict",
    "Withheld",
    "__version__",
    "load_graph",
]

__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import Any

    from prehab.accounts import Account
    from prehab.boundaries import Boundaries
    from prehab.engine import Engine
    from prehab.graph.faults import Fault, InputError, PackError, PrehabError
    from prehab.graph.network import load_graph
    from prehab.judge import Plan, Verdict
    from prehab.judge.plan import OtherWork, PlannedExercise, PlannedRun, PlannedSession
    from prehab.judge.verdict import Change, Finding, Repair
    from prehab.recommendation import (
        Ask,
        Block,
        Daily,
        Dose,
        Explanation,
        Filter,
        Given,
        Missed,
        Phase,
        Provenance,
        Reason,
        Recommendation,
        Referral,
        Session,
        SourceText,
        Start,
        Treatment,
        Treats,
        Uncovered,
        Withheld,
    )
    from prehab.recommendation import Running as RunningAdvice
    from prehab.records import Record, Replay
    from prehab.runner import (
        Alarms,
        Bone,
        Clot,
        Complaint,
        Leg,
        Legs,
        LoggedSession,
        Medical,
        Pain,
        Readiness,
        Runner,
        Running,
        Screens,
        Signs,
        Strength,
    )
    from prehab.unlock import Unlock

_HOMES = {
    "prehab.accounts": "Account",
    "prehab.boundaries": "Boundaries",
    "prehab.engine": "Engine",
    "prehab.graph.faults": "Fault InputError PackError PrehabError",
    "prehab.graph.network": "load_graph",
    "prehab.judge": "Plan Verdict",
    "prehab.judge.plan": "OtherWork PlannedExercise PlannedRun PlannedSession",
    "prehab.judge.verdict": "Change Finding Repair",
    "prehab.recommendation": (
        "Ask Block Daily Dose Explanation Filter Given Missed Phase Provenance Reason Recommendation Referral Session"
        " SourceText Start Treatment Treats Uncovered Withheld"
    ),
    "prehab.records": "Record Replay",
    "prehab.runner": (
        "Alarms Bone Clot Complaint Leg Legs LoggedSession Medical Pain Readiness Runner Running Screens Signs Strength"
    ),
    "prehab.unlock": "Unlock",
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names.split()}
_MODULES["RunningAdvice"] = "prehab.recommendation"
_CALLED = {"RunningAdvice": "Running"}
"""Names at home, where a runner's part has the same."""


if not TYPE_CHECKING:  # or else a type checker would take any name that is misspelt

    def __getattr__(name: str) -> Any:
        """Names are imported when first used, so that ``import prehab`` costs nothing."""
        if name not in _MODULES:
            raise AttributeError(f"module 'prehab' has no attribute {name!r}")
        import gc
        from importlib import import_module

        collecting = gc.isenabled()
        gc.disable()  # while thousands of objects are made that all stay
        try:
            value = getattr(import_module(_MODULES[name]), _CALLED.get(name, name))
        finally:
            if collecting:
                gc.enable()
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
