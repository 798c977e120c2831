"""Answers of random runners before a change of the code and after it, to be compared to the letter.

``python -m tests.answers keep FILE`` writes them; ``python -m tests.answers compare FILE`` answers the same runners
again and tells which differ, and where. A change that was to make something faster changes none. (What a change of the
*rules* does to whom, tells ``prehab rules diff``.)
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prehab import Engine, render
from tests.write_examples import EXAMPLES

EVALUATORS = ("compiled", "durable", "reference")
MOST_SHOWN = 10


def answers(runners: int, seed: int) -> Iterator[tuple[str, Any]]:
    """The examples and random runners, answered by each evaluator: the name of each, and all that is told of it."""
    from prehab.population import random_runner

    engines = [Engine(evaluator=one) for one in EVALUATORS]  # type: ignore[arg-type]
    german = Engine(language="de")
    for path in sorted(EXAMPLES.glob("*.yaml")):
        for engine in engines:
            yield f"{path.name}, {engine.evaluator}", told(engine, engine.read_file(path))
        yield f"{path.name}, in German", told(german, german.read_file(path))
    rng = random.Random(seed)
    for number in range(runners):
        data = random_runner(rng, german.pack)
        engine = engines[number % 2 if number % 20 else 2]  # the reference is slow
        yield f"runner {number} of seed {seed}, {engine.evaluator}", told(engine, engine.runner(data))


def told(engine: Engine, runner: Any) -> Any:
    """All that is told of a runner: the answer as data, whole and as it is written, and as it is printed."""
    answer = engine.recommend(runner)
    printed = "\n".join(line.text for line in render.recommendation(answer, engine.catalogue, messages=engine.messages))
    return [answer.to_json(), json.loads(answer.to_json(whole=True)), printed]


def where(kept: Any, now: Any, path: str = "") -> Iterator[str]:
    """Where two answers differ."""
    if isinstance(kept, dict) and isinstance(now, dict):
        for key in {**kept, **now}:
            yield from where(kept.get(key), now.get(key), f"{path}/{key}")
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for place, (one, other) in enumerate(zip(kept, now, strict=True)):
            yield from where(one, other, f"{path}/{place}")
    elif kept != now:
        yield f"{path}: {json.dumps(kept)[:150]} is now {json.dumps(now)[:150]}"


def main(argv: list[str] | None = None) -> int:
    """Keep answers, or compare them with those that were kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=("keep", "compare"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--runners", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(argv)
    if asked.do == "keep":
        kept = dict(answers(asked.runners, asked.seed))
        with gzip.open(asked.file, "wt") as file:
            json.dump({"runners": asked.runners, "seed": asked.seed, "answers": kept}, file)
        print(f"{len(kept)} answers are kept.")
        return 0
    with gzip.open(asked.file, "rt") as file:
        before = json.load(file)
    differ = 0
    for name, now in answers(before["runners"], before["seed"]):
        if before["answers"][name] != now:
            differ += 1
            if differ <= MOST_SHOWN:
                print(name, *list(where(before["answers"][name], now))[:5], sep="\n  ")
    print(f"{differ} of {len(before['answers'])} answers differ.")
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main())
