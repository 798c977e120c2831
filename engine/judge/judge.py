"""The judge itself: every check, and for each finding the first repair that makes the plan better.

How bad a plan is, is told by its breaches, then its lesser ones, then what it leaves out, by weight. A repair has to
lower them, in that order. A breach can always be repaired: what breaks something can be left out. What is too little is
only told where a repair was found, so that a plan which holds as much as there is room for is clean. Since each repair
lowers whole numbers, repairing ends, and what it ends with is clean.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any

from prehab.decide import Decisions
from prehab.graph.faults import pointer
from prehab.graph.schema import make
from prehab.judge.bounds import Bounds
from prehab.judge.days import on_days
from prehab.judge.delivery import on_delivery
from prehab.judge.exercises import on_exercises
from prehab.judge.names import Names
from prehab.judge.plan import Plan
from prehab.judge.running import on_runs
from prehab.judge.seen import Path, Raw, Remedy, Seen, Step
from prehab.judge.verdict import CODES, Change, Finding, Repair, Verdict
from prehab.program import Program
from prehab.reasons import Reasons
from prehab.runner import Runner

__all__ = ["Judge"]

Badness = tuple[int, int, int]
"""How many breaches, how many lesser ones, and how much is left out."""


class Judge:
    """Judges plans for one program."""

    def __init__(self, program: Program, reasons: Reasons) -> None:
        self.reasons = reasons
        self.names = Names(program.pack.catalogue)

    def verdict(self, decisions: Decisions, runner: Runner, plan: Plan) -> Verdict:
        """What is wrong with a plan, each finding with its smallest repair."""
        return _Case(self, decisions, runner).verdict(plan)

    def repaired(self, decisions: Decisions, runner: Runner, plan: Plan) -> Plan:
        """The plan with what is wrong put right, by one smallest repair after another. It is clean."""
        return _Case(self, decisions, runner).repaired(plan)


class _Case:
    """The plans of one runner."""

    def __init__(self, judge: Judge, decisions: Decisions, runner: Runner) -> None:
        self.names = judge.names
        self.bounds = Bounds(decisions, runner, judge.reasons)

    def verdict(self, plan: Plan) -> Verdict:
        found = self._found(plan)
        bad = _badness(found)
        told = [(raw, self._repair(plan, raw, bad)) for raw in found]
        kept = [(raw, repair) for raw, repair in told if repair is not None or CODES[raw.code].severity == "breach"]
        kept.sort(key=lambda one: CODES[one[0].code].severity)
        findings = tuple(_finding(raw, repair) for raw, repair in kept)
        return make(Verdict, clean=not findings, findings=findings)

    def repaired(self, plan: Plan) -> Plan:
        while True:
            found = self._found(plan)
            found.sort(key=lambda raw: (CODES[raw.code].severity, CODES[raw.code].lesser, -CODES[raw.code].weight))
            bad = _badness(found)
            better = next((one for raw in found if (one := self._better(plan, raw, bad)) is not None), None)
            if better is None:
                return plan
            plan = better[1]

    def _found(self, plan: Plan) -> list[Raw]:
        return list(self._checks(Seen(plan, self.bounds, self.names)))

    def _checks(self, seen: Seen) -> Iterator[Raw]:
        """Every finding, whether or not it can be repaired."""
        if self.bounds.decisions.status == "stop":
            yield from _stopped(seen)
            return
        yield from on_exercises(seen)
        yield from on_days(seen)
        yield from on_runs(seen)
        yield from on_delivery(seen)

    def _repair(self, plan: Plan, raw: Raw, bad: Badness) -> Remedy | None:
        better = self._better(plan, raw, bad)
        return None if better is None else better[0]

    def _better(self, plan: Plan, raw: Raw, bad: Badness) -> tuple[Remedy, Plan] | None:
        """The first remedy of a finding that leaves less to be found, and the plan that it makes."""
        code = CODES[raw.code]
        heeded = 3 if code.severity == "thin" else 2 if code.lesser else 1
        for remedy in map(partial(self._timed, plan), raw.remedies()):
            changed = _changed(plan, remedy.steps)
            if _badness(self._found(changed))[:heeded] < bad[:heeded]:
                return remedy, changed
        return None

    def _timed(self, plan: Plan, remedy: Remedy) -> Remedy:
        """A remedy that leaves the minutes true which the plan states for a session."""
        paths = {path[:2]: path for _, path, _ in remedy.steps if path[0] == "sessions"}
        if any(len(path) == 2 for path in paths.values()):
            return remedy  # of whole sessions
        told = {path[-1] for _, path, _ in remedy.steps}
        touched = [int(path[1]) for path in paths if plan.sessions[int(path[1])].minutes is not None]
        if not touched or "minutes" in told:
            return remedy
        seen = Seen(_changed(plan, remedy.steps), self.bounds, self.names)
        true: list[Step] = [("add", ("sessions", number, "minutes"), seen.length(number)) for number in touched]
        return Remedy(remedy.says, (*remedy.steps, *true))


def _stopped(seen: Seen) -> Iterator[Raw]:
    """Where everything stops, nothing may be trained and no run done."""
    says, because = seen.say("judge.stopped"), seen.say("headline.stop")
    for kind in ("sessions", "other_days", "runs"):
        for number, one in enumerate(getattr(seen.plan, kind)):
            if kind == "runs" and one.mode == "walk":
                continue
            out = Remedy(seen.say("judge.leave_it_out"), (("remove", (kind, number), None),))
            yield Raw("stopped", (kind, number), says, because, remedies=lambda out=out: (out,))  # type: ignore[misc]


def _badness(found: list[Raw]) -> Badness:
    codes = [CODES[raw.code] for raw in found]
    breaches = [code.lesser for code in codes if code.severity == "breach"]
    thin = sum(code.weight * raw.short for code, raw in zip(codes, found, strict=True))
    return len(breaches) - sum(breaches), sum(breaches), thin


def _changed(plan: Plan, steps: tuple[Step, ...]) -> Plan:
    """The plan after some steps, one after another."""
    data = plan.model_dump(exclude_defaults=True)
    data = {key: list(value) if isinstance(value, tuple) else value for key, value in data.items()}
    for op, path, value in steps:
        if op == "move":
            op, value = "add", _step(data, "remove", value)
        _step(data, op, path, deepcopy(value))
    changed: Plan = Plan.model_validate(data)
    return changed


def _step(data: Any, op: str, path: Path, value: Any = None) -> Any:
    """One step in plain data; gives what was taken out."""
    *way, last = path
    for part in way:
        if isinstance(data, dict) and part not in data:
            data[part] = []
        if isinstance(data[part], tuple):
            data[part] = list(data[part])
        data = data[part]
    if op == "remove":
        return data.pop(last)
    if isinstance(data, list):
        data.insert(int(last), value)
    else:
        data[last] = value
    return None


def _finding(raw: Raw, remedy: Remedy | None) -> Finding:
    code = CODES[raw.code]
    repair = remedy and make(
        Repair,
        says=remedy.says,
        changes=tuple(
            make(Change, op=op, path=pointer(path), origin=pointer(value))
            if op == "move"
            else make(Change, op=op, path=pointer(path), value=value)
            for op, path, value in remedy.steps
        ),
    )
    return make(
        Finding,
        code=raw.code,
        severity=code.severity,
        at=pointer(raw.at),
        says=raw.says,
        because=raw.because,
        rule=raw.rule,
        law=code.law,
        did_you_mean=raw.names,
        repair=repair,
    )
