"""How long things take, each beside something to compare it with. Timings are of this machine; the ratios travel."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prehab import Engine, InputError, Runner

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.yaml"))
PROCESSES = 11


def median_ms(call: Callable[[], Any], times: int = 200) -> float:
    """The median time of a call in milliseconds, warm."""
    for _ in range(20):
        call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1000


def processes(commands: dict[str, list[str]]) -> dict[str, float]:
    """The median time of whole processes in milliseconds, run in turn so that a drifting machine is fair to all."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(PROCESSES):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            taken[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    """Print the table."""
    runners = {path.stem: Engine().read_file(path) for path in EXAMPLES}
    columns: dict[str, dict[str, float]] = {}
    for name in ("reference", "durable"):
        try:
            engine = Engine(evaluator=name)  # type: ignore[arg-type]
        except InputError as error:
            print(error)
            continue
        gc.collect()
        columns[name] = {stem: median_ms(lambda e=engine, r=runner: e.recommend(r)) for stem, runner in runners.items()}  # type: ignore[misc]
    columns["parse"] = {}
    for stem, runner in runners.items():
        data = runner.model_dump(mode="json", exclude_unset=True)
        columns["parse"][stem] = median_ms(lambda d=data: Runner.model_validate(d))  # type: ignore[misc]
    print(f"{'recommend(), ms at the median':32}" + "".join(f"{name:>12}" for name in columns))
    for stem in runners:
        print(f"{stem:32}" + "".join(f"{column[stem]:12.3f}" for column in columns.values()))
    print(
        f"{'median of the examples':32}" + "".join(f"{statistics.median(c.values()):12.3f}" for c in columns.values())
    )

    binary = str(Path(sys.executable).parent / "prehab")
    example = str(Path(__file__).parent.parent / "examples" / "sore-achilles.yaml")
    taken = processes(
        {
            "import click, pydantic": [sys.executable, "-c", "import click, pydantic; pydantic.BaseModel"],
            "prehab recommend": [binary, "recommend", example],
            "prehab --help": [binary, "--help"],
        }
    )
    base = taken["import click, pydantic"]
    print(f"\n{'whole process':32}{'ms':>12}{'ratio':>12}")
    for name, value in taken.items():
        print(f"{name:32}{value:12.1f}{value / base:12.2f}")


if __name__ == "__main__":
    main()
