"""The judge of weeks: what is unsafe in a plan, and what is too little of it, whoever wrote it.

It shares nothing with the builder of weeks and believes no number that stands on a plan: what may be given follows from
the decisions alone (``bounds``), what each exercise and day of the plan breaks is told by ``exercises``, ``days`` and
``running``, what it leaves out by ``delivery``, and the smallest repair is found by ``repair``.
"""

from prehab.judge.judge import Judge
from prehab.judge.plan import OtherWork, Plan, PlannedExercise, PlannedRun, PlannedSession
from prehab.judge.verdict import CODES, Change, Finding, Repair, Verdict

__all__ = [
    "CODES", "Change", "Finding", "Judge", "OtherWork", "Plan", "PlannedExercise", "PlannedRun",
    "PlannedSession", "Repair", "Verdict",
]  # fmt: skip
