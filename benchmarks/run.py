"""Everything that ``make bench`` takes the time of, as tables. Timings are of this machine; the ratios travel."""

from __future__ import annotations

import gc
import json
import os
import platform
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.growing import more_exercises, more_rules
from benchmarks.peers import Clips, Closures, Zen, bare_rulesets, shards_of
from benchmarks.timing import in_turn, once_each, processes, run
from prehab import Engine, Runner
from prehab.inference import infer
from prehab.population import random_runner
from prehab.rules.load import load_pack

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results.md"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))
STRANGERS = 300
EVALUATORS = ("compiled", "durable", "reference")
MOST_COMPLAINTS = 8

PARSING = "parsing: `engine.runner(data)`"

Rows = Sequence[tuple[str, ...]]


def table(heads: Sequence[str], rows: Rows) -> Iterator[str]:
    """A table in Markdown; all columns but the first are numbers."""
    yield f"| {' | '.join(heads)} |"
    yield f"| --- |{' ---: |' * (len(heads) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def number(value: float) -> str:
    """Milliseconds, as exactly as they are worth it."""
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def ratio(value: float, base: float) -> str:
    """A time beside another one."""
    return f"{value / base:.2f}"


def beside(taken: Mapping[str, float], base: str) -> Rows:
    """Each time with what it is beside one of them."""
    return [(name, number(value), ratio(value, taken[base])) for name, value in taken.items()]


# -- one runner -------------------------------------------------------------------------------------------------------


def steps(engines: Mapping[str, Engine], runners: Sequence[Runner]) -> dict[str, list[Any]]:
    """What is done for one runner: from his data to an answer as JSON."""
    first = engines["compiled"]
    told = [runner.model_dump(mode="json", exclude_unset=True) for runner in runners]
    texts = [json.dumps(data) for data in told]
    rows: dict[str, list[Any]] = {
        "pydantic alone: `Runner.model_validate(data)`": [partial(Runner.model_validate, data) for data in told],
        PARSING: [partial(first.runner, data) for data in told],
        "facts": [partial(first._parts.builder.build, runner) for runner in runners],
    }
    for name, engine in engines.items():
        parts = engine._parts

        def inferred(runner: Runner, parts: Any = parts) -> Any:
            return infer(parts.program, parts.builder.build(runner), parts.evaluator)

        rows[f"facts and inference, {name}"] = [partial(inferred, runner) for runner in runners]
    rows["and decisions, compiled"] = [partial(first._decide, runner) for runner in runners]
    rows["and the week, compiled"] = [partial(first._week, runner) for runner in runners]
    for name, engine in engines.items():
        if name != "reference":
            rows[f"`recommend(runner)`, {name}"] = [partial(engine.recommend, runner) for runner in runners]
    answers = [first.recommend(runner) for runner in runners]
    rows["`answer.to_json()`"] = [answer.to_json for answer in answers]
    rows["pydantic alone: `answer.model_dump_json()`"] = [
        partial(answer.model_dump_json, warnings=False) for answer in answers
    ]
    rows["JSON to JSON, compiled"] = [lambda text=text: first.recommend(json.loads(text)).to_json() for text in texts]
    return rows


def one_runner(engines: Mapping[str, Engine], examples: Sequence[Runner]) -> Iterator[str]:
    """What one answer takes, step by step."""
    known = in_turn(steps(engines, examples))
    first, rng = engines["compiled"], random.Random(1)
    strange = once_each(steps(engines, [first.runner(random_runner(rng, first.pack)) for _ in range(STRANGERS)]))
    yield "## One runner"
    yield ""
    yield f"The {len(examples)} examples, again and again, and {STRANGERS} random runners, once each."
    yield ""
    rows = [
        (
            name,
            number(value),
            ratio(value, known[PARSING]),
            number(strange[name]),
            ratio(strange[name], strange[PARSING]),
        )
        for name, value in known.items()
    ]
    yield from table(("", "examples, ms", "to parsing", "strangers, ms", "to parsing"), rows)


def peers(engines: Mapping[str, Engine], examples: Sequence[Runner]) -> Iterator[str]:
    """The same conditions in other hands."""
    parts = engines["compiled"]._parts
    program = parts.program
    found = [infer(program, parts.builder.build(runner), parts.evaluator) for runner in examples]
    rows: dict[str, list[Any]] = {PARSING: [
        partial(engines["compiled"].runner, runner.model_dump(mode="json", exclude_unset=True)) for runner in examples
    ]}  # fmt: skip
    notes = []
    for name, engine in engines.items():
        evaluator = engine._parts.evaluator

        def fire(facts: Any, evaluator: Any = evaluator) -> None:
            for layer in range(program.layers):
                evaluator.fire(layer, facts)

        if name == "durable":
            told = [list(bare_rulesets(evaluator, program.layers, one.facts)) for one in found]
            rows["durable-rules, the bare rulesets"] = [
                lambda told=told: [rulesets.run(text) for rulesets, text in told] for told in told
            ]
            for shard in shards_of(evaluator):
                shard.found = shard.found.__wrapped__  # nothing is remembered
        rows[f"prehab, {name}"] = [partial(fire, one.facts) for one in found]
    for make in (Closures, Clips, Zen):
        try:
            peer = make(program)
        except ImportError as error:
            notes.append(f"{make.name} is not there: {error}.")
            continue
        wanted = set(peer.variants)
        ready = [peer.ready(one.facts) for one in found]
        for one, told in zip(found, ready, strict=True):
            fired = [firing for firing in one.firings if firing.variant in wanted]
            count = len({firing.variant for firing in fired}) if make is Zen else len(fired)
            if peer.count(told) != count:
                sys.exit(f"{peer.name} does not match what the reference matches")
        rows[peer.name] = [partial(peer.count, told) for told in ready]
        if len(wanted) < len(program.source):
            notes.append(f"{peer.name} has {len(wanted)} of {len(program.source)}: those whose facts share no value.")
    yield "## The same rules in other hands"
    yield ""
    yield f"{len(program.source)} variants of rules, matched with the facts of the examples as they are in the end."
    yield from notes
    yield ""
    yield from table(("", "ms", "to parsing"), beside(in_turn(rows), PARSING))


# -- start and memory -------------------------------------------------------------------------------------------------


def start() -> Iterator[str]:
    """Whole processes."""
    python, binary = sys.executable, str(Path(sys.executable).parent / "prehab")
    example = str(ROOT / "examples" / "sore-achilles.yaml")
    asked = "recommend({'complaints': [{'region': 'heel', 'pain': {'during': 3}}]})"
    taken = processes({
        "an empty process": [python, "-c", "pass"],
        "`import prehab`": [python, "-c", "import prehab"],
        "`import click`": [python, "-c", "import click"],
        "`prehab --help`": [binary, "--help"],
        "`import pydantic`": [python, "-c", "import pydantic; pydantic.BaseModel"],
        "`import click, pydantic`": [python, "-c", "import click, pydantic; pydantic.BaseModel"],
        "`Engine()`": [python, "-c", "from prehab import Engine; Engine()"],
        "`Engine().recommend(…)`": [python, "-c", f"from prehab import Engine; Engine().{asked}"],
        "the same, compiled": [python, "-c", f"from prehab import Engine; Engine(evaluator='compiled').{asked}"],
        "`prehab recommend FILE`": [binary, "recommend", example],
        "`prehab recommend FILE --json`": [binary, "recommend", example, "--json"],
    })  # fmt: skip
    base = taken["`import click, pydantic`"].cpu_ms
    yield "## Whole processes"
    yield ""
    yield "CPU time, its ratio to `import click, pydantic`, and the most memory held."
    yield ""
    rows = [(name, number(one.cpu_ms), f"{one.cpu_ms / base:.2f}", f"{one.peak_mb:.0f}") for name, one in taken.items()]
    yield from table(("", "ms", "ratio", "MB"), rows)


MEMORY = """
import gc, random, resource, sys
from prehab import Engine
from prehab.population import random_runner
engine, rng = Engine(evaluator=sys.argv[1]), random.Random(3)
def held():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 2**20
def meet(count):
    for _ in range(count):
        engine.recommend(random_runner(rng, engine.pack)).to_json()
    return held()
made, first, rest = held(), meet(3000), meet(6000)
print(made, first, rest - first)
"""


def memory() -> Iterator[str]:
    """What engines hold."""
    if not Path("/proc/self/statm").exists():
        return
    yield "## Memory"
    yield ""
    rows = []
    for name in EVALUATORS[:2]:
        done = subprocess.run([sys.executable, "-c", MEMORY, name], check=True, capture_output=True, text=True)
        rows.append((name, *(f"{float(one):.1f}" for one in done.stdout.split())))
    yield from table(("MB of a process", "engine", "after 3,000 strangers", "more by 6,000 others"), rows)


# -- growth -----------------------------------------------------------------------------------------------------------


def growth(examples: Sequence[Runner]) -> Iterator[str]:
    """What more of everything costs: facts, inference and decisions."""
    pack = load_pack()
    told = [runner.model_dump(mode="json", exclude_unset=True) for runner in examples]
    yield "## Growth"
    yield ""
    yield "Facts, inference and decisions of the examples, compiled; milliseconds, and ratios to the bundled pack."
    yield ""
    packs = {"the bundled pack": pack}
    packs |= {f"{times} times the rules": more_rules(pack, times) for times in (4, 16)}
    packs["100 times the exercises"] = load_pack(graph=more_exercises(pack.catalogue, 100))
    rows = {}
    for name, one in packs.items():
        engine = Engine(pack=one, evaluator="compiled")
        rows[name] = [partial(engine._decide, engine.runner(data)) for data in told]
    yield from table(("", "ms", "ratio"), beside(in_turn(rows), "the bundled pack"))
    yield "Laying out the rules of a pack, once for each pack and process:"
    yield ""
    laid = {
        name: [lambda one=one: Engine(pack=replace(one), evaluator="compiled")._parts] for name, one in packs.items()
    }
    yield from table(("", "ms", "ratio"), beside(in_turn(laid, rounds=3, times=1), "the bundled pack"))
    yield "By complaints of a random runner, compiled; each once:"
    yield ""
    engine, rng = Engine(evaluator="compiled"), random.Random(5)
    crowds = {
        f"{count} complaints": [
            partial(engine._decide, engine.runner(random_runner(rng, pack, count))) for _ in range(STRANGERS // 3)
        ]
        for count in (0, 1, 2, 4, MOST_COMPLAINTS)
    }
    for row in crowds.values():
        for call in row[:20]:
            call()
    yield from table(("", "ms", "ratio"), beside(once_each(crowds), "0 complaints"))


# -- many runners -----------------------------------------------------------------------------------------------------


def many() -> Iterator[str]:
    """Files of many runners, and columns of them."""
    yield "## Many runners"
    yield ""
    yield f"`prehab batch` of random runners, JSON lines to JSON lines; {os.cpu_count()} cores."
    yield ""
    binary, rng, pack = str(Path(sys.executable).parent / "prehab"), random.Random(9), load_pack()
    lines = [json.dumps(random_runner(rng, pack)) for _ in range(DECISIONS[0])]
    most, many = BATCHES[-1], DECISIONS[0]
    asked = [("answer", 1, count) for count in BATCHES] + [("answer", 2, most), ("summary", 2, most)]
    asked += [("decisions", 1, many), *(("decisions", 2, count) for count in DECISIONS)]
    rows: list[tuple[str, ...]] = []
    for what, workers, count in asked:
        with TemporaryDirectory() as folder:
            told, out = (str(Path(folder) / f"{name}.jsonl") for name in ("runners", "answers"))
            with Path(told).open("w", encoding="utf-8") as file:
                for start in range(0, count, len(lines)):  # told again, each is decided about again
                    file.writelines(f"{line}\n" for line in lines[: count - start])
            begun = time.perf_counter()
            used = run([binary, "batch", told, out, "--what", what, "--processes", str(workers)])
            taken = time.perf_counter() - begun
        name = f"{count:,} rows, {what}, {workers} process{'es' * (workers > 1)}"
        pace = f"{count / taken:,.0f}"
        rows.append((name, number(taken), pace, number(used.cpu_ms / count), f"{used.peak_mb:.0f}"))
    yield from table(("", "s", "rows a second", "CPU ms a row", "MB of one process"), rows)
    yield "Columns to packed decisions, on one core."
    yield ""
    rows = []
    for count in COLUMNS:
        used = run([sys.executable, "-c", DECIDE, str(count)])
        drawn, decided = map(float, used.said.split())
        laws = run([sys.executable, "-c", LAWS, str(count)])
        rows.append((f"{count:,} random runners", number(drawn), number(decided), f"{used.peak_mb:.0f}",
                     number(float(laws.said)), f"{laws.peak_mb:.0f}"))  # fmt: skip
    yield from table(("", "drawing them, s", "deciding, s", "MB", "all of it and the laws, s", "MB"), rows)


BATCHES = (1_000, 4_000)
DECISIONS = (100_000, 1_000_000)
COLUMNS = (100_000, 1_000_000)
DECIDE = """
import sys, time
from prehab.columns import Plan, decided_blocks
from prehab.columns.population import random_columns, random_parts
from prehab.engine import load_bundled_pack
from prehab.program import Program
plan = Plan(Program(load_bundled_pack()))
list(decided_blocks(plan, random_columns(plan.sources, 1000, 1)))
took = 0
def drawn():
    global took
    parts = random_parts(plan.sources, int(sys.argv[1]), 7)
    while True:
        begun = time.process_time()
        part = next(parts, None)
        took += time.process_time() - begun
        if part is None:
            return
        yield part
        del part
start = time.process_time()
for block in decided_blocks(plan, drawn()):
    del block
print(took, time.process_time() - start - took)
"""

LAWS = """
import sys, time
from prehab.columns import Plan
from prehab.columns.laws import ColumnLaws
from prehab.engine import load_bundled_pack
from prehab.program import Program
from prehab.rules.statements import load_statements
pack = load_bundled_pack()
laws = ColumnLaws(Plan(Program(pack)), load_statements(pack))
laws.tried(1000, 1)
start = time.process_time()
laws.tried(int(sys.argv[1]), 7)
print(time.process_time() - start)
"""


def machine() -> Iterator[str]:
    """What all of it ran on."""
    yield "# Benchmarks"
    yield ""
    yield "Made by `make bench`. Timings are of the machine that it ran on; the ratios travel."
    yield ""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    yield f"- {cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    names = ("prehab", "pydantic", "click", "durable-rules", "clipspy", "zen-engine", "numpy", "pyarrow")
    yield f"- {', '.join(f'{name} {_version(name)}' for name in names)}"
    yield ""


def _version(name: str) -> str:
    try:
        return version(name)
    except ImportError:
        return "not there"


def main() -> None:
    """Print every table, and write them into results.md."""
    engines = {name: Engine(evaluator=name) for name in EVALUATORS}
    examples = [engines["compiled"].read_file(path) for path in EXAMPLES]
    lines = []
    for part in (
        machine(),
        one_runner(engines, examples),
        peers(engines, examples),
        start(),
        memory(),
        growth(examples),
        many(),
    ):
        for line in part:
            print(line, flush=True)
            lines.append(line)
        gc.collect()
    RESULTS.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
