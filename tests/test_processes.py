"""Processes: what crosses between them, what a fork finds, what an interrupt leaves, and what memory many engines take.

What forks, interrupts or measures runs in a process of its own.
"""

from __future__ import annotations

import copy
import ctypes
import functools
import gc
import importlib
import inspect
import json
import multiprocessing
import os
import pickle
import pkgutil
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import prehab
from prehab import Engine, Fault, InputError, PackError, PrehabError
from prehab.engine import MOST_PARTS, load_bundled_pack
from prehab.population import random_runner
from prehab.program import Program
from prehab.rules.pack import Pack
from prehab.tested import MOST_VALUES
from tests.support import engine_of, tries, without

ROOT = Path(__file__).resolve().parent.parent
EVALUATORS = ("compiled", "durable")
KNEE = {"complaints": [{"region": "knee"}]}
SORE = {"complaints": [{"injury": "achilles_tendinopathy_midportion", "side": "left", "pain": {"during": 4}}]}


def alone(call: str, *, seconds: float = 300) -> Any:
    """What a function of this file gives, as JSON, in a process of its own; it must end in time and say nothing."""
    code = f"import json; from tests.test_processes import *; print(json.dumps({call}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-3000:]
    return json.loads(done.stdout)


def needs(evaluator: str) -> None:
    if evaluator == "durable":
        pytest.importorskip("durable_rules_engine")


def memory_mb() -> float:
    """What this process holds in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


on_linux = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read off /proc, as Linux has it")


# -- errors cross ------------------------------------------------------------------------------------------------------


def error_classes() -> Iterator[type[BaseException]]:
    """Every exception class that any module of the package defines."""
    for module in pkgutil.walk_packages(prehab.__path__, "prehab."):
        for found in vars(importlib.import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, BaseException) and found.__module__ == module.name:
                yield found


def some_error(kind: type[BaseException]) -> BaseException:
    faults = (
        Fault("unknown-injury", "unknown injury `x`", "a.yaml", 3, 4, "/x", "x", ("a", "b"), ("a",), "Look."),
        Fault("wrong", "this is wrong", severity="remark"),
    )
    if issubclass(kind, PrehabError):
        return kind(faults)
    wanted = len(inspect.signature(kind).parameters) if "__init__" in vars(kind) else 1
    return kind(*("text", OSError(28, "no space"))[:wanted])


ERRORS = sorted(set(error_classes()), key=lambda kind: kind.__qualname__)


def test_the_errors_are_found() -> None:
    assert {InputError, PackError, PrehabError} <= set(ERRORS)
    assert len(ERRORS) >= 6


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.__qualname__)
def test_every_error_can_be_pickled_and_copied(kind: type[BaseException]) -> None:
    error = some_error(kind)
    error.add_note("said on the way")
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        for again in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error), copy.deepcopy(error)):
            assert type(again) is kind
            assert str(again) == str(error)
            assert repr(again.args) == repr(error.args)
            assert again.__notes__ == ["said on the way"]
            assert repr(vars(again)) == repr(vars(error))


def refuse(what: str) -> None:
    engine = Engine()
    if what == "runner":
        engine.recommend({"complaints": [{"injury": "shin splint"}], "age_years": -1})
    if what == "exercise":
        engine.explain({}, "pogo hop")
    if what == "parameter":
        Engine(parameters={"no.such": 1, "tendon.pain_limit": 99})
    Engine(rules=ROOT / "tests", graph=ROOT / "tests")


METHODS = [method for method in ("spawn", "fork") if method in multiprocessing.get_all_start_methods()]


def pool_of(method: str) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, multiprocessing.get_context(method))


def across(method: str) -> list[Any]:
    """Each error as it is raised here, and as it comes from a process pool."""
    found = []
    with pool_of(method) as pool:
        for what in ("runner", "exercise", "parameter", "pack"):
            told = []
            for work in (refuse, lambda w: pool.submit(refuse, w).result()):
                try:
                    work(what)
                except PrehabError as error:
                    told.append([type(error).__name__, error.to_json(), str(error)])
            found.append(told)
    return found


@pytest.mark.parametrize("method", METHODS)
def test_errors_come_out_of_a_process_pool_as_they_went_in(method: str) -> None:
    for here, there in alone(f"across({method!r})"):
        assert here == there


# -- engines cross -----------------------------------------------------------------------------------------------------


def test_an_engine_is_its_own_copy(pack: Pack) -> None:
    for engine in (Engine(), engine_of(pack)):
        assert copy.copy(engine) is copy.deepcopy(engine) is engine


def test_an_engine_is_pickled_with_little_more_than_its_parameters(pack: Pack) -> None:
    runner, values = SORE, {"tendon.pain_limit": 4, "pain.calm": 1.5}
    bundled = Engine(parameters=values, evaluator="compiled")
    assert len(pickle.dumps(bundled)) < 500
    for engine in (bundled, engine_of(without(pack, "tendon.only-holds"), parameters=values), Engine()):
        again = pickle.loads(pickle.dumps(engine))
        assert again.evaluator == engine.evaluator
        assert again.digest == engine.digest
        assert again.recommend(runner).to_json() == engine.recommend(runner).to_json()


def test_an_engine_of_another_bundled_pack_is_refused() -> None:
    made = pickle.dumps(Engine())
    with pytest.raises(InputError, match="another bundled pack"):
        pickle.loads(made.replace(Engine().digest.encode(), b"0" * 64))


def answer(engine: Engine, runner: Any) -> str:
    return engine.recommend(runner).to_json()


def engines_across(method: str) -> bool:
    engine = Engine(parameters={"tendon.pain_limit": 4})
    runners = [SORE, KNEE, {}]
    expected = [answer(engine, runner) for runner in runners]
    with pool_of(method) as pool:
        return list(pool.map(answer, [engine] * 3, runners)) == expected


@pytest.mark.parametrize("method", METHODS)
def test_an_engine_answers_in_a_process_pool(method: str) -> None:
    assert alone(f"engines_across({method!r})")


# -- a fork ------------------------------------------------------------------------------------------------------------


def forked(evaluator: str, times: int, seconds: float) -> dict[str, int]:
    """Fork while threads evaluate, explain and make engines; in each child an engine answers, or it hangs."""
    warnings.simplefilter("ignore")  # that a fork is at odds with threads, newer Pythons say themselves
    pack = load_bundled_pack()
    engine = engine_of(pack, evaluator)
    expected = answer(engine, SORE)
    over = threading.Event()

    def work(number: int) -> None:
        rng = random.Random(number)
        while not over.is_set():
            fresh = engine_of(pack, evaluator, {"pain.calm": rng.choice((1.0, 1.5, 2.0))})
            for one in (engine, fresh):
                data = random_runner(rng, pack)
                one.recommend(data)
                one.explain(data, rng.choice(pack.catalogue.ids))

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(2)]
    for thread in threads:
        thread.start()
    hung = wrong = 0
    for number in range(times):
        child = os.fork()
        if not child:
            fresh = engine if number % 10 else engine_of(replace(pack), evaluator)
            os._exit(0 if answer(engine, SORE) == answer(fresh, SORE) == expected else 1)
        until = time.monotonic() + seconds
        status = None
        while status is None and time.monotonic() < until:
            done, code = os.waitpid(child, os.WNOHANG)
            status = code if done else None
            time.sleep(0.002)
        if status is None:
            hung += 1
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        else:
            wrong += status != 0
    over.set()
    for thread in threads:
        thread.join()
    return {"hung": hung, "wrong": wrong}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_fork_while_others_evaluate_neither_hangs_nor_errs(evaluator: str) -> None:
    needs(evaluator)
    assert alone(f"forked({evaluator!r}, {tries(30)}, 60)") == {"hung": 0, "wrong": 0}


def test_nothing_that_answers_takes_a_lock() -> None:
    """The modules that an answer needs hold no lock, and make no property with one (as Python 3.11 does)."""
    code = (
        "import sys, prehab; prehab.Engine().recommend({}); prehab.Engine().explain({}, 'side_plank')\n"
        "import inspect; print('\\n'.join(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'prehab'))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split("\n")
    assert len(found) > 30
    for path in filter(None, found):
        text = Path(path).read_text(encoding="utf-8")
        assert "cached_property" not in text.replace("``functools.cached_property``", ""), path
        assert "threading" not in text, path


# -- an interrupt ------------------------------------------------------------------------------------------------------


MOST_RULESETS = 2 * 16 + 24
"""Those of the first sets of variants, one or two for each, and those of all variants."""


def rulesets() -> list[Any]:
    """Every compiled ruleset that is alive."""
    from prehab import durable

    return [one for one in gc.get_objects() if isinstance(one, durable._Ruleset)]


def interrupted(evaluator: str, times: int) -> dict[str, Any]:
    """Interrupt evaluation at random moments, by a signal; what is lost, and whether it still answers."""
    engine = engine_of(load_bundled_pack(), evaluator)
    rng = random.Random(5)
    runners = [engine.runner(random_runner(rng, engine.pack)) for _ in range(40)]
    untouched = engine_of(replace(engine.pack))
    expected = [answer(untouched, runner) for runner in runners]
    assert [answer(engine, runner) for runner in runners] == expected

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, stop)
    kept: list[BaseException] = []
    wrong = hits = number = 0
    before = memory_mb()
    while hits < times:
        number = (number + 1) % len(runners)
        try:
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-6, 2e-3))
            found = answer(engine, runners[number])
            signal.setitimer(signal.ITIMER_REAL, 0)
            wrong += found != expected[number]
        except KeyboardInterrupt as error:
            hits += 1
            kept = [*kept[-5:], error]  # whoever logs one keeps its frames for a while
        if hits % 50 == 0:
            wrong += answer_undisturbed(engine, runners[number]) != expected[number]
    signal.setitimer(signal.ITIMER_REAL, 0)
    grown = memory_mb() - before
    kept.clear()
    gc.collect()
    wrong += sum(answer(engine, runner) != right for runner, right in zip(runners, expected, strict=True))
    told: dict[str, Any] = {"wrong": wrong, "grown_mb": grown}
    if evaluator == "durable":
        told["rulesets"] = len(rulesets())
        told["fallbacks"] = engine._parts.evaluator.fallbacks  # type: ignore[attr-defined]
    return told


def answer_undisturbed(engine: Engine, runner: Any) -> str:
    signal.setitimer(signal.ITIMER_REAL, 0)
    return answer(engine, runner)


@on_linux
@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_hundreds_of_interrupts_lose_nothing(evaluator: str) -> None:
    needs(evaluator)
    told = alone(f"interrupted({evaluator!r}, {tries(600)})")
    assert told["wrong"] == 0
    assert told["grown_mb"] < 20
    if evaluator == "durable":
        assert told["rulesets"] <= MOST_RULESETS
        assert told["fallbacks"] == 0


def interrupted_at_every_line() -> dict[str, int]:
    """Interrupt at each line that the adapter of durable-rules runs for some runners, one after another."""
    from prehab import durable

    engine = engine_of(load_bundled_pack(), "durable")
    expected = [answer(engine, runner) for runner in (SORE, KNEE)]
    lines = wrong = 0
    for runner, right in zip((SORE, KNEE), expected, strict=True):
        at = 0
        while True:
            left = at

            def trace(frame: Any, event: str, _: Any) -> Any:
                nonlocal left
                if frame.f_code.co_filename != durable.__file__:
                    return None
                if event != "call":
                    left -= 1
                    if left == 0:
                        sys.settrace(None)
                        raise KeyboardInterrupt
                return trace

            try:
                sys.settrace(trace)
                engine.recommend(runner)
                sys.settrace(None)
            except KeyboardInterrupt:
                pass
            sys.settrace(None)
            if left > 0:
                break
            at += 1 + at // 40  # every line at first, then ever fewer: it is the same ones again
            lines += 1
            wrong += answer(engine, runner) != right
    return {"lines": lines, "wrong": wrong, "rulesets": len(rulesets())}


def test_an_interrupt_at_any_line_of_the_adapter_is_survived() -> None:
    needs("durable")
    told = alone("interrupted_at_every_line()")
    assert told["lines"] > 200
    assert told["wrong"] == 0
    assert told["rulesets"] <= MOST_RULESETS


def interrupted_thread(times: int) -> dict[str, Any]:
    """The same in another thread, by an exception raised in it from outside."""
    engine = engine_of(load_bundled_pack(), "durable")
    right = answer(engine, SORE)
    state = {"hits": 0, "wrong": 0}
    over = False

    def work() -> None:
        while not over:
            try:
                while not over:
                    state["wrong"] += answer(engine, SORE) != right
            except KeyboardInterrupt:
                state["hits"] += 1

    thread = threading.Thread(target=work)
    thread.start()
    rng = random.Random(3)
    tried = 0
    while state["hits"] < times and tried < 20 * times:
        tried += 1
        time.sleep(rng.uniform(0, 2e-3))
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident or 0), ctypes.py_object(KeyboardInterrupt)
        )
    over = True
    thread.join()
    gc.collect()
    return {
        "wrong": state["wrong"] + (answer(engine, SORE) != right),
        "rulesets": len(rulesets()),
        "hits": state["hits"],
    }


def test_a_thread_that_is_interrupted_leaves_the_engine_whole() -> None:
    needs("durable")
    told = alone("interrupted_thread(200)")
    assert told["hits"] >= 200
    assert told["wrong"] == 0
    assert told["rulesets"] <= MOST_RULESETS


# -- many engines ------------------------------------------------------------------------------------------------------


def many(evaluator: str, count: int, answering: int) -> dict[str, float]:
    """Engines of one pack with parameters of their own; the first of them also answer."""
    engine = Engine(evaluator=evaluator)  # type: ignore[arg-type]
    for runner in (SORE, KNEE, {}):
        engine.recommend(runner)
    gc.collect()
    before = memory_mb()
    start = time.process_time()
    values = ({"plyo.calf_raises": 15 + number / 100, "pain.calm": 1 + number / 2000} for number in range(count))
    engines = [Engine(evaluator=evaluator, parameters=one) for one in values]  # type: ignore[arg-type]
    making = (time.process_time() - start) * 1000 / count
    for one in engines[:answering]:
        one.recommend(SORE)
    return {"grown_mb": memory_mb() - before, "making_ms": making}


@on_linux
@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_a_thousand_engines_with_overrides_take_little_memory(evaluator: str) -> None:
    needs(evaluator)
    told = alone(f"many({evaluator!r}, 1000, 60)")
    assert told["grown_mb"] < 50
    assert told["making_ms"] < 5


def test_programs_of_a_pack_share_what_hangs_on_no_parameter(pack: Pack) -> None:
    one, other = Program(pack), Program(pack, {"pain.calm": 1})
    assert one.layout is other.layout
    own = {"overrides", "parameters", "fields", "_asked", "_met", "in_words", "gate_facts"}
    assert {name for name in vars(one) if vars(one)[name] is not vars(other)[name]} == own
    assert Program(replace(pack)).layout is not one.layout


def test_engines_beyond_those_kept_ready_answer_the_same(pack: Pack) -> None:
    engines = [engine_of(pack, parameters={"pain.calm": 1 + n / 100}) for n in range(MOST_PARTS + 4)]
    first = [answer(engine, SORE) for engine in engines]
    assert [answer(engine, SORE) for engine in engines] == first
    assert len({id(engine._parts) for engine in engines[-MOST_PARTS:]}) == MOST_PARTS


def test_a_whole_number_is_written_as_one_however_it_was_given(pack: Pack) -> None:
    for value, said in ((4, "4"), (4.0, "4"), (3.5, "3.5")):
        engine = engine_of(pack, parameters={"tendon.pain_limit": value})
        assert f'"tendon.pain_limit":{said}}}' in engine.recommend({}).to_json()


def test_rulesets_are_compiled_once_for_all_engines_and_freed_with_the_last(
    pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("durable")
    import durable_rules_engine as rete

    from prehab import durable

    made: list[int] = []
    freed: list[int] = []
    create, delete = rete.create_ruleset, rete.delete_ruleset

    def creating(*told: Any) -> int:
        made.append(create(*told))
        return made[-1]

    def deleting(handle: int) -> None:
        freed.append(handle)
        delete(handle)

    gc.collect()  # the engines of other tests
    monkeypatch.setattr(rete, "create_ruleset", creating)
    monkeypatch.setattr(durable._Ruleset, "_delete_ruleset", staticmethod(deleting))
    smaller = without(pack, "tendon.only-holds")  # rulesets that no other test has
    engines = [engine_of(replace(smaller), "durable", {"pain.calm": 1 + n / 10}) for n in range(6)]
    engines += [engine_of(smaller, "durable", {"pain.calm": 1 + n / 10}) for n in range(6)]
    told = [answer(engine, SORE) for engine in engines]
    assert told[:6] == told[6:]
    once = len(made)
    plan: Any = engines[0]._parts.evaluator._plan  # type: ignore[attr-defined]
    assert 0 < once <= sum(map(len, plan.own.values()))
    del plan
    del engines[1:]
    gc.collect()
    assert freed == []
    assert answer(engines[0], SORE) == told[0]
    assert len(made) == once
    engines.clear()
    gc.collect()
    assert sorted(freed) == sorted(made)


# -- caches ------------------------------------------------------------------------------------------------------------

BOUND_BY_THE_PACK = {
    "_having": "the attributes of an exercise",
    "_table_of": "the attributes of an exercise",
    "_emptied_by": "the bounds that the rules name",
    "_outline": "an exercise and a scheme",
    "runner_shape": "nothing at all",
    "_adapter": "the fields of the files",
    "_defaults": "the models of an answer",
    "_fields_of": "the models of an answer",
    "_by_id": "one",
    "_models": "one",
    "load_bundled_pack": "one",
    "bundled_catalogue": "one",
    "bundled_pack_file": "one",
    "runner_validator": "one",
    "blank_of": "a section of a runner file",
    "english": "one",
    "_bundled_names": "one",
    "_headed": "the words of a status",
    "_staged": "the stages of the injuries",
    "_one_referral": "the referrals of the rules",
    "_bundled": "the languages of a pack",
    "_said": "the languages of a pack",
}
"""Caches without a limit of their own, and what limits what they can be asked."""

AUTHORS = ("prehab.cli.", "prehab.compare.", "prehab.proof.", "prehab.testing.", "prehab.rules.checks.")
"""Tools for authors, which no stranger's input reaches."""


def test_every_cache_is_bounded() -> None:
    """By a number, or by what the pack holds: never by what runners may say."""
    engine = Engine()
    engine.explain(SORE, "side_plank")
    found = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    ours = [one for one in found if str(one.__module__).startswith("prehab.")]
    assert len(ours) > 15
    for one in ours:
        if one.cache_parameters()["maxsize"] is None and not one.__module__.startswith(AUTHORS):
            assert one.__name__ in BOUND_BY_THE_PACK, (one.__module__, one.__name__)


def test_only_so_many_numbers_have_cells_of_their_own(pack: Pack) -> None:
    program = Program(pack)
    counted = 0
    rng = random.Random(2)
    for kind, fields in program.fields.items():
        for name, tests in fields.items():
            field = pack.kinds[kind].fields[name]
            if field.type not in ("number", "integer"):
                continue
            low, high = field.range or (0, 100)
            for _ in range(3000):
                value = rng.uniform(low, high) if field.type == "number" else rng.randint(int(low), int(high))
                program.bits(kind, {name: value})
            counted += 1
            assert len(tests.cells) <= 2 * len(tests.cuts) + 1 + MOST_VALUES + 1, (kind, name)
    assert counted > 20


@on_linux
def test_strangers_take_no_memory_once_there_have_been_some() -> None:
    """The campaign meets many more: `make campaign STRANGERS=100000`."""
    assert alone("strangers('compiled', 1000, 1000)")["grown_mb"] < 6


def strangers(evaluator: str, warm: int, more: int) -> dict[str, float]:
    """Memory after some random runners, and how much it grows by others."""
    engine = Engine(evaluator=evaluator)  # type: ignore[arg-type]
    rng = random.Random(17)
    ids = engine.catalogue.ids

    def meet(count: int) -> float:
        for number in range(count):
            data = random_runner(rng, engine.pack)
            engine.recommend(data)
            if number % 10 == 0:
                engine.explain(data, rng.choice(ids))
        gc.collect()
        return memory_mb()

    before = meet(warm)
    return {"before_mb": before, "grown_mb": meet(more) - before}
