"""How long things take, each beside something to compare it with. Timings are of this machine; the ratios travel.

A runner's time is the least of the medians of several rounds, which go round all runners and evaluators in turn: a
machine that is busy for a while then slows none of them alone. What is told of all runners is the median over them.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prehab import Engine, InputError, Runner
from prehab.inference import infer
from prehab.population import random_runner

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
PROCESSES = 11
ROUNDS = 15
TIMES = 20
STRANGERS = 300

Calls = Mapping[str, Mapping[str, Callable[[], Any]]]


def median_ms(call: Callable[[], Any]) -> float:
    """The median time of a call in milliseconds."""
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def timed(columns: Calls) -> dict[str, dict[str, float]]:
    """For each column and row the least of its medians, warm."""
    for rows in columns.values():
        for call in rows.values():
            median_ms(call)
    gc.collect()
    best = {name: dict.fromkeys(rows, float("inf")) for name, rows in columns.items()}
    for _ in range(ROUNDS):
        for name, rows in columns.items():
            for row, call in rows.items():
                best[name][row] = min(best[name][row], median_ms(call))
    return best


def show(title: str, best: Mapping[str, Mapping[str, float]]) -> None:
    """A table, with the median over its rows below."""
    print(f"{title:32}" + "".join(f"{name:>12}" for name in best))
    for row in next(iter(best.values())):
        print(f"{row:32}" + "".join(f"{column[row]:12.3f}" for column in best.values()))
    middle = [statistics.median(column.values()) for column in best.values()]
    print(f"{'median of the examples':32}" + "".join(f"{value:12.3f}" for value in middle) + "\n")


def steps(engine: Engine, runner: Runner) -> dict[str, Callable[[], Any]]:
    """What ``recommend`` does, one step at a time, each on what the steps before it gave."""
    parts = engine._parts
    facts = parts.builder.build(runner)
    equipment = runner.strength.equipment or ()
    inference = infer(parts.program, facts, parts.evaluator)

    def decide() -> Any:
        return parts.decider.decide(inference, equipment)

    decisions = decide()
    week = parts.planner.week(decisions, runner)
    return {
        "facts": lambda: parts.builder.build(runner),
        "+infer": lambda: infer(parts.program, parts.builder.build(runner), parts.evaluator),
        "decide": decide,
        "+week": lambda: parts.planner.week(decide(), runner),
        "write": lambda: parts.writer.recommendation(decisions, week, runner),
        "of it asks": lambda: list(parts.writer.questions.asks(decisions)),
    }


def processes(commands: dict[str, list[str]]) -> dict[str, tuple[float, float]]:
    """The median processor time of whole processes in milliseconds, and their peak memory in MB.

    They run in turn, so that a drifting machine is fair to all.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(PROCESSES):
        for name, command in commands.items():
            with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise SystemExit(f"{name}: status {process.returncode}")
            taken[name].append(((used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024))
    return {name: (statistics.median(ms for ms, _ in told), max(mb for _, mb in told)) for name, told in taken.items()}


def start() -> None:
    """What it takes to start, beside an empty process and what every start has to import."""
    binary = str(Path(sys.executable).parent / "prehab")
    example = str(Path(__file__).parent.parent / "examples" / "sore-achilles.yaml")

    def python(code: str) -> list[str]:
        return [sys.executable, "-c", code]

    engine = "from prehab import Engine; engine = Engine()"
    beside = {"import click, pydantic": "import click, pydantic; pydantic.BaseModel", "import click": "import click"}
    rows = {
        "empty process": (python(""), None),
        "import prehab": (python("import prehab"), "empty process"),
        **{name: (python(code), "empty process") for name, code in beside.items()},
        "prehab --help": ([binary, "--help"], "import click"),
        "import pydantic": (python("import pydantic; pydantic.BaseModel"), "empty process"),
        "Engine()": (python(engine), "import pydantic"),
        "Engine().recommend({})": (python(f"{engine}; engine.recommend({{}})"), "import pydantic"),
        "prehab recommend": ([binary, "recommend", example], "import click, pydantic"),
    }
    taken = processes({name: command for name, (command, _) in rows.items()})
    print(f"{'whole process':32}{'CPU ms':>12}{'peak MB':>12}{'ratio':>12}  to")
    for name, (_, other) in rows.items():
        ms, mb = taken[name]
        ratio = "" if other is None else f"{ms / taken[other][0]:12.2f}  {other}"
        print(f"{name:32}{ms:12.1f}{mb:12.1f}{ratio}")


def strangers(engines: Mapping[str, Engine]) -> None:
    """The same for runners of whom each comes once: nothing that is remembered of one helps him again."""
    rng = random.Random(1)
    pack = next(iter(engines.values())).pack
    runners = [random_runner(rng, pack) for _ in range(STRANGERS)]
    print(f"{f'{STRANGERS} random runners, once each':32}", end="")
    for engine in engines.values():
        taken = []
        for runner in map(engine.runner, runners):
            start = time.perf_counter()
            engine.recommend(runner)
            taken.append((time.perf_counter() - start) * 1000)
        print(f"{statistics.median(taken):12.3f}", end="")
    print("\n")


def main() -> None:
    """Print the tables."""
    engines: dict[str, Engine] = {}
    for name in ("reference", "durable"):
        try:
            engines[name] = Engine(evaluator=name)  # type: ignore[arg-type]
        except InputError as error:
            print(error)
    runners = {path.stem: Engine().read_file(path) for path in EXAMPLES}
    columns: dict[str, dict[str, Callable[[], Any]]] = {
        name: {stem: lambda e=engine, r=runner: e.recommend(r) for stem, runner in runners.items()}  # type: ignore[misc]
        for name, engine in engines.items()
    }
    told = {stem: runner.model_dump(mode="json", exclude_unset=True) for stem, runner in runners.items()}
    columns["parse"] = {stem: lambda d=data: Runner.model_validate(d) for stem, data in told.items()}  # type: ignore[misc]
    answers = {stem: Engine().recommend(runner) for stem, runner in runners.items()}
    columns["to_json"] = {stem: lambda a=answer: a.to_json() for stem, answer in answers.items()}  # type: ignore[misc]
    show("recommend(), ms", timed(columns))
    strangers(engines)
    for name, engine in engines.items():
        each = {stem: steps(engine, runner) for stem, runner in runners.items()}
        labels = list(next(iter(each.values())))
        show(f"its steps, {name}, ms", timed({k: {s: calls[k] for s, calls in each.items()} for k in labels}))
    start()


if __name__ == "__main__":
    main()
