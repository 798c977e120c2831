"""Many runners as a stream: the answers are those of ``recommend``, in order, however many processes work."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from prehab import Engine, InputError, Recommendation
from prehab.batch.many import CHUNK
from prehab.population import random_runner
from tests.support import tries

ROOT = Path(__file__).resolve().parent.parent
SPOILS = ({"age_years": -1}, {"goal": "fame"}, {"shoes": 2}, {"complaints": [{"region": "kneee"}]}, {"today": "soon"})


def some_runners(count: int, seed: int, engine: Engine) -> list[Any]:
    """Random runners, some of them as ``Runner``; one in four cannot be read, for one reason or for several."""
    rng = random.Random(seed)
    found: list[Any] = []
    for _ in range(count):
        told = random_runner(rng, engine.pack)
        if rng.random() < 0.25:
            for spoil in rng.sample(SPOILS, rng.randint(1, 3)):
                told |= spoil
            found.append(told)
        else:
            found.append(engine.runner(told) if rng.random() < 0.3 else told)
    return found


def alone(engine: Engine, runner: Any) -> Any:
    """What ``recommend`` says of one runner; of one who cannot be read, the faults."""
    try:
        return engine.recommend(runner)
    except InputError as error:
        return error.faults


def plainly(answers: Iterator[Recommendation | InputError]) -> list[Any]:
    return [one.faults if isinstance(one, InputError) else one for one in answers]


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_answers_are_those_of_each_alone_in_the_same_order(processes: int) -> None:
    engine = Engine()
    for seed in range(tries(4)):
        runners = some_runners(random.Random(seed).choice((0, 1, CHUNK - 1, CHUNK, 3 * CHUNK + 5)), seed, engine)
        found = plainly(engine.recommend_many(iter(runners), processes=processes))
        assert found == [alone(engine, runner) for runner in runners]
        assert all(
            a.runner == engine.runner(r) for a, r in zip(found, runners, strict=True) if not isinstance(a, tuple)
        )


@pytest.mark.parametrize("processes", [1, 2])
def test_a_stream_without_end_is_read_as_it_is_asked_for(processes: int) -> None:
    read = 0

    def runners() -> Iterator[dict[str, Any]]:
        nonlocal read
        for read in itertools.count(1):
            yield {"age_years": 20 + read % 50}

    answers = Engine().recommend_many(runners(), processes=processes)
    assert read == 0
    taken = list(itertools.islice(answers, 100))
    assert [one.runner.age_years for one in taken if isinstance(one, Recommendation)] == [
        20 + number % 50 for number in range(1, 101)
    ]
    assert read <= 100 + (0 if processes == 1 else CHUNK * (2 * processes + 2))
    del answers
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("processes", [1, 2])
def test_what_reading_them_raises_comes_after_the_answers_before_it(processes: int) -> None:
    def runners() -> Iterator[dict[str, Any]]:
        yield from ({} for _ in range(CHUNK + 3))
        raise ValueError("the file ends here")

    answers = Engine().recommend_many(runners(), processes=processes)
    assert len(list(itertools.islice(answers, CHUNK + 3))) == CHUNK + 3
    with pytest.raises(ValueError, match="the file ends here"):
        next(answers)


def test_at_least_one_process_has_to_work() -> None:
    with pytest.raises(InputError, match="at least one process has to work, not 0"):
        Engine().recommend_many([], processes=0)


def test_an_error_that_stands_for_an_answer_keeps_nothing_alive() -> None:
    (error,) = Engine().recommend_many([{"age_years": -1}])
    assert isinstance(error, InputError)
    assert error.__traceback__ is None


class Killer(Engine):
    """Kills the process that would answer a runner of 77."""

    def recommend(self, runner: Any) -> Recommendation:
        if multiprocessing.parent_process() is not None and runner.get("age_years") == 77:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().recommend(runner)

    def __reduce__(self) -> tuple[Any, ...]:
        return Killer, ()

    def for_many(self) -> Engine:
        return self


def test_a_process_that_is_killed_is_told_and_nothing_hangs() -> None:
    runners = [{"age_years": 77 if number == 50 else 40} for number in range(200)]
    with pytest.raises(BrokenProcessPool):
        list(Killer().recommend_many(runners, processes=2))
    assert not multiprocessing.active_children()


PROGRAM = """
import json, multiprocessing, sys
from prehab import Engine, InputError

if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    runners = [{"age_years": 5 + number} for number in range(40)]
    engine = Engine(parameters={"tendon.pain_limit": 4}, language="de")
    told = lambda answers: [one.to_json() for one in answers]
    print(json.dumps([told(engine.recommend_many(runners, processes=n)) for n in (1, 2)]))
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_may_be_started_in_every_way(method: str, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", path, method], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    one, two = json.loads(done.stdout)
    assert one == two
    assert sum("errors" in json.loads(text) for text in one) == 3
