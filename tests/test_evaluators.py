"""Two evaluators, one meaning: they agree on every runner, in whatever order, thread or process.

Judged from outside by a third: an evaluator of a few lines that reads the definition off the page, without bits, layers
or an order of its own. And what is known to go wrong in durable-rules is kept away.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prehab.compiled import Compiled
from prehab.decide import Decider, Decisions
from prehab.engine import evaluators
from prehab.fact_builder import FactBuilder
from prehab.inference import Evaluator, infer
from prehab.population import random_runner, shape_of, shrunk
from prehab.program import Program
from prehab.reference import Reference
from prehab.rules.load import load_pack
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.testing import runners
from tests.plain import conclusions, derived, differs_from_plain, in_order
from tests.support import engine_of, most_memory, of_rules, tries, words_context

RUNNERS = tries(600)
PARTS = 2
SEED = 20_260_301
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def durable(program: Program) -> Any:
    """The durable-rules evaluator; where that package cannot be imported there is nothing to compare."""
    return durable_evaluator(program)


def durable_evaluator(program: Program) -> Any:
    try:
        from prehab.durable import Durable
    except ImportError as error:
        pytest.skip(f"durable-rules cannot be imported here ({error}); the rules run in pure Python")
    return Durable(program)


def told(pack: Pack, data: Mapping[str, Any]) -> Runner:
    return Runner.model_validate(data, context=words_context(pack))


# -- the two agree ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(PARTS))
def test_the_evaluators_agree_on_many_random_runners(
    part: int, pack: Pack, program: Program, builder: FactBuilder, durable: Any
) -> None:
    """The same firings in the same order, gates and derived facts; the same bytes for every tenth runner.

    What follows the inference is one piece of code that is not told which evaluator ran.
    """
    able = Reference(program), Compiled(program), durable
    engines = engine_of(pack, "compiled"), engine_of(pack, "durable")
    seed = SEED + part
    print(f"seed {seed}")
    rng = random.Random(seed)
    for number in range(RUNNERS // PARTS):
        data = random_runner(rng, pack)

        def differ(data: Any) -> bool:
            runner = told(pack, data)
            found = [infer(program, builder.build(runner), e) for e in able]
            told_of = [(in_order(one), one.gates, derived(one)) for one in found]
            return any(one != told_of[0] for one in told_of)

        if differ(data):
            pytest.fail(f"seed {seed}, runner {number}: {json.dumps(shrunk(data, differ))}")
        if number % 10 == 0:
            one, other = (engine.recommend(data).to_json() for engine in engines)
            assert one == other, f"seed {seed}, runner {number}: {json.dumps(data)}"
    assert durable.fallbacks == 0
    assert engines[1]._parts.evaluator.fallbacks == 0  # type: ignore[attr-defined]


@settings(max_examples=30)
@given(drawing=st.data())
def test_the_evaluators_agree(drawing: Any, pack: Pack, program: Program, builder: FactBuilder, durable: Any) -> None:
    runner = told(pack, drawing.draw(runners(pack)))
    one, *others = (infer(program, builder.build(runner), e) for e in (Reference(program), Compiled(program), durable))
    for other in others:
        assert conclusions(one) == conclusions(other)
        assert in_order(one) == in_order(other)
    assert durable.fallbacks == 0


# -- an evaluator of a few lines --------------------------------------------------------------------------------------


@pytest.mark.parametrize("complaints", range(5))
def test_the_reference_evaluates_the_definition(
    complaints: int, pack: Pack, program: Program, builder: FactBuilder
) -> None:
    rng = random.Random(complaints)
    for _ in range(25):
        data = random_runner(rng, pack, complaints)
        found = infer(program, builder.build(told(pack, data)), Reference(program))
        assert not differs_from_plain(found, builder.build(told(pack, data))), json.dumps(data)


# -- order never matters ----------------------------------------------------------------------------------------------


def decided(decisions: Decisions) -> dict[str, Any]:
    """What was decided, whatever the order it was found in."""
    pack = decisions.program.pack
    bits = range(len(pack.catalogue.ids))
    return {
        "allowed": decisions.allowed, "status": decisions.status, "urgency": decisions.urgency,
        "phase": decisions.phase, "gates": decisions.inference.gates,
        "schemes": [decisions.scheme_of(bit) for bit in bits],
        "bounds": [{c: b.value for c, b in decisions.bounds_of(bit).items()} for bit in bits],
        "week": {channel: bound.value for channel, bound in decisions.runner_bounds.items()},
    }  # fmt: skip


def decide(program: Program, runner: Runner, evaluator: Evaluator) -> Decisions:
    inference = infer(program, FactBuilder(program).build(runner), evaluator)
    return Decider(program).decide(inference, runner.strength.equipment or ())


@pytest.mark.parametrize(("seed", "name"), [(1, "reference"), (2, "compiled"), (3, "durable")])
def test_the_order_of_rules_changes_no_conclusion(seed: int, name: str, pack: Pack, program: Program) -> None:
    rng = random.Random(seed)
    order, variants = list(range(len(pack.rules))), list(pack.variants)
    rng.shuffle(order)
    rng.shuffle(variants)
    shuffled = Program(of_rules(pack, order, variants))
    assert [rule.id for rule in shuffled.pack.rules] != [rule.id for rule in pack.rules]
    if name == "durable":
        durable_evaluator(shuffled)
    (evaluator,) = (one for one in evaluators(shuffled) if one.name == name)
    for _ in range(30):
        data = random_runner(rng, pack)
        seen = []
        for made, which in ((program, Compiled(program)), (shuffled, evaluator)):
            decisions = decide(made, told(pack, data), which)
            by_rule = Counter(
                (made.rule(f.variant).id, made.source[f.variant].origin, tuple((x.kind, x.name) for x in f.facts))
                for f in decisions.inference.firings
            )
            seen.append((by_rule, decided(decisions)))
        assert seen[0] == seen[1], json.dumps(data)


def test_the_order_of_complaints_changes_no_decision(pack: Pack, program: Program) -> None:
    rng = random.Random(SEED)
    for _ in range(60):
        data = random_runner(rng, pack, rng.choice((2, 3, 4)))
        mixed = {**data, "complaints": rng.sample(data["complaints"], len(data["complaints"]))}
        one, other = (decide(program, told(pack, d), Compiled(program)) for d in (data, mixed))
        assert decided(one) == decided(other), json.dumps(data)


def test_the_order_of_the_log_changes_no_fact(pack: Pack, builder: FactBuilder) -> None:
    """Two sessions of one day have no order: the one that went worse counts first."""
    rng = random.Random(SEED)
    tied = 0
    for _ in range(400):
        data = random_runner(rng, pack, 1)
        log = data.get("recent_sessions", [])
        tied += len({session["days_ago"] for session in log}) < len(log)
        mixed = {**data, "recent_sessions": rng.sample(log, len(log))}
        one, other = (builder.build(told(pack, d)).by_kind["complaint"][0].values for d in (data, mixed))
        assert one == other, json.dumps(data)
    assert tied > 20


# -- numbers at their bounds ------------------------------------------------------------------------------------------


def test_every_number_is_cut_exactly_at_its_bounds(program: Program) -> None:
    """The bits kept per interval equal the plain comparison at each bound, just below, just above, and at the ends."""
    cut = 0
    for kind, fields in program.fields.items():
        for name, tests in fields.items():
            field = program.pack.kinds[kind].fields[name]
            bounds = {program.parameters[t.parameter] for _, t in tests.field.numbered if t.parameter}
            values: set[Any] = set(field.range or ()) if bounds else set(field.values or (False, True))
            if field.type == "ref":
                values = {"c1", "left", *(str(w) for _, t in tests.field.numbered for w in t.words)}
            for bound in bounds:
                cut += 1
                values |= {bound, int(bound), float(bound), bound - 1, bound + 1}
                values |= {math.nextafter(bound, math.inf), math.nextafter(bound, -math.inf)}
            for value in sorted(values, key=str, reverse=True) + [None]:  # noqa: RUF005
                met, meets, possible = program.bits(kind, {name: value})
                for bit, test in tests.field.numbered:
                    expected = test.met(value, program.parameters)
                    assert bool(met >> bit & 1) == expected, (kind, name, value, test)
                for index in range(len(program.pack.numbering.patterns)):
                    pattern, own = program.patterns[index], program.pattern_tests[index]
                    if pattern.kind == kind:
                        told = {t: value if t.field == name else None for t in own}
                        failed = [t for t in own if not t.met(told[t], program.parameters)]
                        assert bool(meets & pattern.bit) == (not failed), (kind, name, value, own)
                        assert bool(possible & pattern.bit) == all(told[t] is None for t in failed)
                if value is not None:
                    mine = tests.answer(value) & (1 << program.widths[kind]) - 1
                    assert mine == met & mine
    assert cut > 50


# -- durable-rules, boxed in ------------------------------------------------------------------------------------------


def test_only_whole_numbers_reach_durable_rules(
    pack: Pack, program: Program, builder: FactBuilder, durable: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No text, float, boolean or null; few names, all ours; an id each; the sentinel first."""
    import durable_rules_engine as rete

    calls: list[list[dict[str, Any]]] = []
    assert_facts = rete.assert_facts

    def listen(handle: int, messages: str) -> Any:
        calls.append(json.loads(messages))
        return assert_facts(handle, messages)

    monkeypatch.setattr(rete, "assert_facts", listen)
    rng = random.Random(SEED)
    for _ in range(200):
        infer(program, builder.build(told(pack, random_runner(rng, pack))), durable)
    assert len(calls) > 500
    names: set[str] = set()
    for messages in calls:
        assert messages[0]["s"] == 1, "the sentinel comes first"
        assert len({message["id"] for message in messages}) == len(messages)
        assert len({message["sid"] for message in messages}) == 1
        for message in messages:
            names |= message.keys()
            assert len(message) <= 200
            assert all(type(value) is int and 0 <= value < 2**31 for value in message.values()), message
    assert all(re.fullmatch(r"id|sid|s|[akj]\d+", name) for name in names), names


def test_the_names_that_reach_durable_rules_have_different_hashes(durable: Any) -> None:
    """It compares names by a 32-bit hash only."""
    names = {"id", "sid", "s", "$s", "p0", "p1", "p2", "p3", "p4", "p5"}
    names |= {f"{letter}{number}" for letter in "akj" for number in range(512)}

    def fnv(name: str) -> int:
        value = 0x811C9DC5
        for byte in name.encode():
            value = (value ^ byte) * 16777619 & 0xFFFFFFFF
        return value

    assert fnv("costarring") == fnv("liquid")
    assert len({fnv(name) for name in names}) == len(names)


def shards(durable: Any) -> list[list[Any]]:
    """Every ruleset of a plan over all variants by layer, those too that nobody needed so far."""
    plan = durable._plan
    layers = [plan.layers[number] for number in range(plan.layout.layers)]
    return [[layer.shards[number] for number in range(len(layer.groups))] for layer in layers]


def test_rulesets_stay_small_and_plain(program: Program, durable: Any) -> None:
    """At most 40 variants, 64 conditions that one fact can meet, 512 in all; nothing but equalities."""
    seen: list[int] = []
    for layer in shards(durable):
        for shard in layer:
            definition = json.loads(shard.rulesets.definition)
            assert definition.pop("sentinel") == {"pri": 1000, "all": [{"p0": {"s": 1}}]}
            assert all(rule.keys() == {"all"} for rule in definition.values()), "the sentinel alone has a priority"
            rules = {name: rule["all"] for name, rule in definition.items()}
            assert len(rules) <= 40
            seen += [int(name.removeprefix("v")) for name in rules]
            met: dict[str, int] = defaultdict(int)
            for kind, mask in {(p.kind, p.mask) for name in rules for p in program.variants[int(name[1:])]}:
                met[kind] |= mask
            assert all(mask.bit_count() + 1 <= 64 for mask in met.values())
            conditions = {json.dumps(test) for tests in rules.values() for one in tests for test in _equalities(one)}
            assert len(conditions) + 1 <= 512
            for number, patterns in rules.items():
                for pattern in program.variants[int(number.removeprefix("v"))]:
                    variables = [variable for _, variable in pattern.binds]
                    assert len(set(variables)) == len(variables)
                assert len(patterns) == len(program.variants[int(number.removeprefix("v"))])
    assert len(set(seen)) == len(seen)
    assert sorted(twin for first in seen for twin in program.twins[first]) == list(range(len(program.source)))
    for first, twins in program.twins.items():
        assert {program.source[twin].layer for twin in twins} == {program.source[first].layer}
        assert {program.source[twin].patterns for twin in twins} == {program.source[first].patterns}


def _equalities(condition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    ((name, tests),) = condition.items()
    assert re.fullmatch(r"p\d+", name)
    for test in tests.get("$and", [tests]):
        ((field, value),) = test.items()
        assert re.fullmatch(r"[ak]\d+|j\d+", field)
        if isinstance(value, dict):
            ((where, joined),) = value.items()
            assert re.fullmatch(r"p\d+", where)
            assert re.fullmatch(r"j\d+", joined)
        else:
            assert value == 1
            assert type(value) is int
            yield test


def test_rulesets_of_the_first_runners_and_those_of_all_find_the_same(
    pack: Pack, program: Program, builder: FactBuilder, durable: Any
) -> None:
    """The first sets of variants have rulesets of their own, as many as a number says; then all are split."""
    from prehab.durable import MAX_VARIANTS, MOST_OWN

    evaluator = type(durable)(program)
    evaluator._plan = plan = type(durable._plan)(program.layout)
    rng = random.Random(SEED)
    compiled = Compiled(program)
    for number in range(40):
        runner = told(pack, random_runner(rng, pack))
        one, other = (infer(program, builder.build(runner), each) for each in (compiled, evaluator))
        assert conclusions(one) == conclusions(other)
        if number == 0:
            definitions = [json.loads(shard.rulesets.definition) for own in plan.own.values() for shard, _ in own]
            assert sum(map(len, definitions)) < 150
            assert not dict.__len__(plan.layers)
    assert len(plan.own) == MOST_OWN
    assert dict.__len__(plan.layers)
    assert evaluator.fallbacks == 0
    for own in plan.own.values():
        for shard, _ in own:
            assert len(json.loads(shard.rulesets.definition)) <= MAX_VARIANTS + 1


def test_dropped_results_are_noticed(
    pack: Pack, program: Program, builder: FactBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the sentinel is not the last to fire, the definition answers, and those rulesets are not used again."""
    evaluator = durable_evaluator(program)
    import durable_rules_engine as rete

    rng = random.Random(SEED)
    runners = [told(pack, random_runner(rng, pack)) for _ in range(12)]
    expected = [conclusions(infer(program, builder.build(r), Compiled(program))) for r in runners]
    for runner in runners:  # so that rulesets of their own and those of all are asked
        infer(program, builder.build(runner), evaluator)
    mine = [shard for own in evaluator._plan.own.values() for shard, _ in own]
    assert mine
    every = [*mine, *(shard for layer in shards(evaluator) for shard in layer)]
    lent = [shard.rulesets for shard in every]
    for shard in every:  # what was found before
        shard.rulesets.free.clear()
        shard.found.cache_clear()

    def first_only(handle: int, state: int) -> None:
        """Everything after the first is dropped, as when the clock jumps between two."""

    for name, dropping in (("start_action_for_state", lambda *_: None), ("complete_and_start_action", first_only)):
        before = evaluator.fallbacks
        with monkeypatch.context() as failing:
            for rulesets in lent:  # one that is made while nothing is told does not become warm
                rulesets.free.clear()
            failing.setattr(rete, name, dropping)
            assert [conclusions(infer(program, builder.build(r), evaluator)) for r in runners[:2]] == expected[:2]
        assert evaluator.fallbacks > before + 1
    before = evaluator.fallbacks
    assert [conclusions(infer(program, builder.build(r), evaluator)) for r in runners] == expected
    assert evaluator.fallbacks == before
    assert {len(rulesets.free) for rulesets in lent} <= {0, 1}


def run_in_a_child(count: int, rounds: int) -> None:
    """What the child process does: both evaluators agree, and running on and on takes no more memory."""
    pack = load_pack()
    program = Program(pack)
    builder, compiled, evaluator = FactBuilder(program), Compiled(program), durable_evaluator(program)
    rng = random.Random(SEED)
    runners = [told(pack, random_runner(rng, pack)) for _ in range(count)]
    for runner in runners:
        one, other = (infer(program, builder.build(runner), e) for e in (compiled, evaluator))
        assert conclusions(one) == conclusions(other)
    before = most_memory()
    for _ in range(rounds):
        for runner in runners:
            infer(program, builder.build(runner), evaluator)
    grown = most_memory() - before
    print(json.dumps({"fallbacks": evaluator.fallbacks, "grown_mb": grown / 2**20}))


def test_no_use_of_freed_memory_and_no_growth(durable: Any) -> None:
    """Runners under ``MALLOC_PERTURB_``, which turns a use of freed memory into a crash, and four times as many."""
    count = min(1000, tries(300))
    done = subprocess.run(
        [sys.executable, "-c", f"from tests.test_evaluators import run_in_a_child; run_in_a_child({count}, 4)"],
        cwd=ROOT, env={**os.environ, "MALLOC_PERTURB_": "165"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["fallbacks"] == 0
    assert told["grown_mb"] < 8


# -- engines and threads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["compiled", "durable"])
def test_eight_threads_on_one_engine_give_what_one_gives(name: str, pack: Pack, program: Program) -> None:
    if name == "durable":
        durable_evaluator(program)
    engine = engine_of(pack, name)
    rng = random.Random(SEED)
    runners = [engine.runner(random_runner(rng, pack)) for _ in range(60)]
    expected = [engine.recommend(runner).to_json() for runner in runners]

    def work(offset: int) -> bool:
        turned = range(offset * 7, offset * 7 + len(runners))
        return all(engine.recommend(runners[i % 60]).to_json() == expected[i % 60] for i in turned)

    fresh = engine_of(pack, name)
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
        assert list(pool.map(lambda r: fresh.recommend(r).to_json(), runners)) == expected
    if name == "durable":
        assert engine._parts.evaluator.fallbacks == 0  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["compiled", "durable"])
def test_two_engines_in_one_process_keep_apart(name: str, pack: Pack, program: Program) -> None:
    """Rulesets of one name, numbers of one meaning: neither engine hears of the other's parameters."""
    if name == "durable":
        durable_evaluator(program)
    strict = {"tendon.pain_limit": 3.0, "pain.calm": 1.0}
    rng = random.Random(SEED)
    runners = [random_runner(rng, pack, 2) for _ in range(80)]
    alone = [engine_of(pack, "compiled", p) for p in (None, strict)]
    expected = [[engine.recommend(runner).to_json() for runner in runners] for engine in alone]
    together = [engine_of(pack, name, p) for p in (None, strict)]
    found: list[list[str]] = [[], []]
    for runner in runners:
        for number, engine in enumerate(together):
            found[number].append(engine.recommend(runner).to_json())
    assert found == expected
    assert sum(a != b for a, b in zip(*found, strict=True)) > 10


def test_the_shape_of_the_runners_is_that_of_the_pack(pack: Pack) -> None:
    """The runners above are drawn from this pack's words, so none was refused before it was compared."""
    shape = shape_of(pack)
    assert set(shape.injuries) <= set(pack.catalogue.injuries)
    assert all(field.values for _, section in shape.sections for field in section)
