"""Taking times: CPU time, in turn, so that a machine that is busy for a while slows none of what is compared alone."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Process", "in_turn", "once_each", "processes", "run"]

Call = Callable[[], Any]

RUN = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
print()
print((used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024)
sys.exit(os.waitstatus_to_exitcode(status))
"""
"""Runs a process from a small one, for it is said to have held at least what its parent did."""


def in_turn(calls: Mapping[str, Sequence[Call]], *, rounds: int = 9, times: int = 5) -> dict[str, float]:
    """The milliseconds of CPU time of each row: the median over its calls, of each the least of several rounds."""
    best = {name: [float("inf")] * len(row) for name, row in calls.items()}
    for row in calls.values():
        for call in row:
            call()
    gc.collect()
    for _ in range(rounds):
        for name, row in calls.items():
            for number, call in enumerate(row):
                start = time.process_time_ns()
                for _ in range(times):
                    call()
                taken = (time.process_time_ns() - start) / times / 1e6
                best[name][number] = min(best[name][number], taken)
    return {name: statistics.median(taken) for name, taken in best.items()}


def once_each(calls: Mapping[str, Sequence[Call]]) -> dict[str, float]:
    """The same, of calls that are made once: nothing that is remembered of one helps it again."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for name, row in calls.items():
        for call in row:
            start = time.process_time_ns()
            call()
            taken[name].append((time.process_time_ns() - start) / 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


class Process(NamedTuple):
    """What a whole process takes, with those that it starts: CPU time, the most memory that one held, what it said."""

    cpu_ms: float
    peak_mb: float
    said: str = ""


def run(command: Sequence[str]) -> Process:
    """Run a process."""
    done = subprocess.run([sys.executable, "-ISc", RUN, *command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"this ended with {done.returncode}: {' '.join(command)}\n{done.stderr}")
    said, _, used = done.stdout.rstrip().rpartition("\n")
    cpu_ms, peak_mb = map(float, used.split())
    return Process(cpu_ms, peak_mb, said)


def processes(commands: Mapping[str, Sequence[str]], *, rounds: int = 11) -> dict[str, Process]:
    """The medians of whole processes, run in turn."""
    taken: dict[str, list[Process]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(run(command))
    return {
        name: Process(statistics.median(one.cpu_ms for one in found), statistics.median(one.peak_mb for one in found))
        for name, found in taken.items()
    }
