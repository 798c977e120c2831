"""Many runners at once are decided about as one by one: every column against the reference."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from weakref import ref

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prehab.columns import Columns, Plan, decide_columns, decided_blocks
from prehab.columns.arrow import columns_of_arrow
from prehab.columns.compared import Many, compare_many
from prehab.columns.population import random_columns, random_parts
from prehab.compare import Side, compare
from prehab.compare.telling import tell
from prehab.graph.faults import InputError
from prehab.population import random_runner
from prehab.program import Program
from prehab.rules.pack import Pack
from prehab.testing import runners
from prehab.testing.packs import random_pack
from tests.alone import alone, differing, told
from tests.support import tries

RUNNERS = tries(800)
PACKS = tries(24)
SEED = 20_261_129


def check(plan: Plan, people: Sequence[Any], block: int) -> None:
    for data, wrong in differing(plan, people, block):
        pytest.fail(f"{', '.join(wrong)}: {json.dumps(data)}")


@pytest.fixture(scope="module")
def plan(program: Program) -> Plan:
    return Plan(program)


def test_columns_decide_as_the_reference_does(plan: Plan) -> None:
    rng = random.Random(SEED)
    check(plan, [random_runner(rng, plan.pack) for _ in range(RUNNERS)], block=RUNNERS // 3)


@settings(max_examples=25)
@given(drawing=st.data())
def test_columns_decide_as_the_reference_does_about_any_few(drawing: Any, plan: Plan) -> None:
    people = drawing.draw(st.lists(runners(plan.pack), min_size=1, max_size=4))
    check(plan, people, block=drawing.draw(st.sampled_from((1, 2, 64))))


@pytest.mark.parametrize("seed", range(PACKS))
def test_columns_decide_as_the_reference_does_by_random_rules(seed: int) -> None:
    """Every shape of pattern that the language has: joins, lists, facts that rules derive, gates, careful readings."""
    rng = random.Random(SEED + seed)
    pack = random_pack(rng)
    check(Plan(Program(pack)), [random_runner(rng, pack) for _ in range(30)], block=rng.choice((7, 64, 1000)))


def test_columns_follow_the_numbers_of_a_program(pack: Pack) -> None:
    rng = random.Random(SEED)
    plan = Plan(Program(pack, {"plyo.calf_raises": 25, "pain.none": 1}))
    check(plan, [random_runner(rng, pack) for _ in range(60)], block=1000)


def test_nobody_is_decided_about(plan: Plan) -> None:
    assert len(decide_columns(plan, Columns.of(plan.sources, []))) == 0


def test_many_complaints_and_sessions_are_held(plan: Plan) -> None:
    rng = random.Random(SEED)
    people = []
    for count in (50, 1, 17, 0, 50):
        data = random_runner(rng, plan.pack, count)
        data["recent_sessions"] = [{"days_ago": day % 40, "pain_during": day % 5} for day in range(count * 3)]
        people.append(data)
    check(plan, people, block=1000)


def test_a_stream_of_runners_is_decided_about_part_by_part_and_let_go_of(plan: Plan) -> None:
    """Whoever is decided about is gone once the next are: nothing is held until garbage is searched for."""
    parts = list(random_parts(plan.sources, 150, SEED, part=40))
    assert [part.count for part in parts] == [40, 40, 40, 30]
    alone = [decide_columns(plan, part) for part in parts]
    joined = decide_columns(plan, Columns.joined(parts))
    stream = list(decided_blocks(plan, iter(parts), block=25))
    assert [len(one) for one in stream] == [25, 15, 25, 15, 25, 15, 25, 5]
    expected = [one.of(number) for one in alone for number in range(len(one))]
    assert [joined.of(number) for number in range(150)] == expected
    assert [one.of(number) for one in stream for number in range(len(one))] == expected
    del parts, alone, joined, stream
    held: list[Any] = []

    def drawn() -> Iterator[Columns]:
        for part in random_parts(plan.sources, 90, SEED, part=30):
            assert not [one for one in held if one() is not None]
            held.append(ref(part))
            yield part
            del part

    gc.disable()
    try:
        for block in decided_blocks(plan, drawn()):
            del block
    finally:
        gc.enable()
    assert len(held) == 3


def test_rules_are_counted(plan: Plan) -> None:
    rng = random.Random(SEED)
    people = [random_runner(rng, plan.pack) for _ in range(100)]
    decided = decide_columns(plan, Columns.of(plan.sources, told(plan, people)), block=64)
    fired = [decided.of(number)["rules"] for number in range(100)]
    for number, rule in enumerate(plan.pack.rules):
        assert decided.fired_counts[number] == sum(rule.id in rules for rules in fired)


def test_runners_drawn_in_columns_are_those_that_they_tell(plan: Plan) -> None:
    """Told again one by one they are read as the same columns, and nothing that is told is lost."""
    drawn = random_columns(plan.sources, 150, SEED)
    data = [drawn.told(number) for number in range(150)]
    check(plan, data, block=1000)
    again = Columns.of(plan.sources, told(plan, data))
    for one, other in ((drawn.runner, again.runner), (drawn.complaint, again.complaint)):
        for place, values in one.items():
            assert np.array_equal(values, other[place], equal_nan=values.dtype.kind == "f"), place  # type: ignore[index]
    assert np.array_equal(drawn.done, again.done)


def test_runners_are_drawn_in_columns_as_they_are_one_by_one(plan: Plan) -> None:
    """Rules fire for about as many of them: each number is told as often, and as often well."""
    count = 4000
    rng = random.Random(SEED)
    people = told(plan, [random_runner(rng, plan.pack) for _ in range(count)])
    one, other = (
        decide_columns(plan, columns).fired_counts / count
        for columns in (Columns.of(plan.sources, people), random_columns(plan.sources, count, SEED))
    )
    error = 5 * np.sqrt((one * (1 - one) + other * (1 - other)) / count) + 0.002
    wrong = np.flatnonzero(np.abs(one - other) > error)
    assert not len(wrong), [(plan.pack.rules[rule].id, one[rule], other[rule]) for rule in wrong]


# -- from Arrow -------------------------------------------------------------------------------------------------------


def arrow_of(people: Sequence[Any]) -> pa.RecordBatch:
    names = sorted({name for data in people for name in data})
    (batch,) = pa.Table.from_pylist([{name: data.get(name) for name in names} for data in people]).to_batches()
    return batch


def some_runners(plan: Plan, rng: random.Random, count: int) -> list[dict[str, Any]]:
    """Random runners, some of whose sessions have a date and a place that hurt."""
    people = [random_runner(rng, plan.pack) for _ in range(count)]
    for data in people:
        for session in data.get("recent_sessions", ()):
            if rng.random() < 0.3:
                del session["days_ago"]
                session["date"] = f"2026-02-{rng.randint(1, 28):02}"
            if rng.random() < 0.3:
                session["pain_where"] = [rng.choice(plan.sources.regions)]
    return people


def same(one: Columns, other: Columns) -> None:
    for name, values in vars(one).items():
        if name in ("sources", "count"):
            continue
        its = getattr(other, name)
        pairs = [(name, values, its)] if isinstance(values, np.ndarray) else [(k, v, its[k]) for k, v in values.items()]
        for key, mine, theirs in pairs:
            assert mine.dtype == theirs.dtype, key
            assert np.array_equal(mine, theirs, equal_nan=mine.dtype.kind == "f"), key


def test_a_record_batch_is_read_as_runner_files_are(plan: Plan) -> None:
    people = some_runners(plan, random.Random(SEED), 500)
    columns, rows = columns_of_arrow(plan.sources, arrow_of(people))
    assert rows.tolist() == list(range(500))
    same(columns, Columns.of(plan.sources, told(plan, people)))


def _spoil(rng: random.Random, data: dict[str, Any]) -> None:
    """Make a runner one that no file can hold."""
    how = rng.randrange(8)
    if how == 0:
        data["age_years"] = 7
    elif how == 1:
        data.setdefault("complaints", []).append({"injury": "no such thing"})
    elif how == 2:
        data.setdefault("complaints", []).append({"side": "left"})
    elif how == 3:
        data.setdefault("running", {})["km_per_week"] = float("nan")
    elif how == 4:
        data.setdefault("recent_sessions", []).append({"days_ago": 1, "date": "2026-02-01"})
    elif how == 5:
        data.setdefault("recent_sessions", []).append({"date": "2026-03-02"})
        data["today"] = "2026-03-01"
    elif how == 6:
        data["faults"] = ["no such thing"]
    else:
        data["today"] = "2026-02-30"


def test_rows_that_no_runner_file_could_hold_are_set_aside(plan: Plan) -> None:
    rng = random.Random(SEED)
    people = some_runners(plan, rng, 300)
    spoilt = set(rng.sample(range(300), 60))
    for number in spoilt:
        _spoil(rng, people[number])
        with pytest.raises(InputError):
            told(plan, [people[number]])
    columns, rows = columns_of_arrow(plan.sources, arrow_of(people))
    kept = [number for number in range(300) if number not in spoilt]
    assert rows.tolist() == kept
    same(columns, Columns.of(plan.sources, told(plan, [people[number] for number in kept])))


def test_a_field_of_another_type_is_not_read_as_something_else(plan: Plan) -> None:
    for data in ({"age_years": "old"}, {"complaints": [{"injury": 1}]}, {"strength": [1]}, {"legs": {"left": 3}},
                 {"running": {"km_per_week": "12 mi"}}, {"shoes": 1}, {"running": {"shoes": "red"}}):  # fmt: skip
        columns, rows = columns_of_arrow(plan.sources, arrow_of([data, {"sex": "male"}]))
        assert (columns.count, rows.tolist()) == (1, [1]), data


def test_an_empty_batch_is_nobody(plan: Plan) -> None:
    columns, rows = columns_of_arrow(
        plan.sources, pa.RecordBatch.from_pylist([], pa.schema([("age_years", pa.int64())]))
    )
    assert (columns.count, len(rows), len(decide_columns(plan, columns))) == (0, 0, 0)


# -- many compared ----------------------------------------------------------------------------------------------------


def test_what_differs_between_two_numbers_is_counted(pack: Pack) -> None:
    """Told one by one, the runners differ as often and in the same; read backwards it says the opposite."""
    count, numbers = 150, {"referral.load_min": 3, "triage.constant_pain": 2, "log.flares": 1}
    sides = [(program, pack) for program in (Program(pack), Program(pack, numbers))]
    many, back = compare_many(*sides, count, SEED), compare_many(*reversed(sides), count, SEED)
    plans = [Plan(program) for program, _ in sides]
    drawn = random_columns(plans[0].sources, count, (SEED, 0))
    people = told(plans[0], [drawn.told(number) for number in range(count)])
    old, new = (list(alone(plan, people)) for plan in plans)
    for one in (*old, *new):
        one["allowed"] = frozenset(() if one["status"] == "stop" else one["allowed"])
    pairs = list(zip(old, new, strict=True))
    assert many.tried == count
    assert many.changed == sum(
        any(one[what] != other[what] for what in one.keys() - {"rules", "phase"}) for one, other in pairs
    )
    assert many.sooner == sum(bool(other["allowed"] - one["allowed"]) for one, other in pairs)
    assert many.later == sum(bool(one["allowed"] - other["allowed"]) for one, other in pairs)
    assert many.sooner
    assert many.later
    for key, counts in many.exercises.items():
        later = sum(key in one["allowed"] - other["allowed"] for one, other in pairs)
        assert counts == (sum(key in other["allowed"] - one["allowed"] for one, other in pairs), later)
    fired = [Counter(rule for one in side for rule in one["rules"]) for side in (old, new)]
    assert many.rules == {rule: (fired[0][rule], fired[1][rule]) for rule in many.rules}
    assert many.rules.keys() == {rule for one, other in pairs for rule in {*one["rules"]} ^ {*other["rules"]}}
    assert (back.changed, back.sooner, back.later) == (many.changed, many.later, many.sooner)
    assert back.exercises == {key: (later, sooner) for key, (sooner, later) in many.exercises.items()}
    assert back.effects == many.effects


def test_a_change_of_numbers_is_told_of_many(pack: Pack) -> None:
    found = compare(Side(pack), Side(pack, {"plyo.calf_raises": 25}), runners=10, many=3000)
    assert found.many is not None
    assert found.as_dict()["many"]["tried"] == 3000
    assert any("3,000 more in columns (seed 0)" in line for line in tell(found))
    assert Many(10).ways == ()
    assert Many(10, 2).ways == ("other",)
    assert Many(10, 2, 1, 1).ways == ("looser", "stricter")
    found.effects = dict.fromkeys(found.effects, "equivalent")
    found.many.later = 1
    assert found.verdict in ("stricter", "mixed")  # also where only one of many showed it
    assert "many" not in compare(Side(pack), Side(pack, {"plyo.calf_raises": 25}), runners=1).as_dict()


def test_packs_that_ask_their_runners_otherwise_are_not_compared_in_columns(pack: Pack) -> None:
    clot = pack.kinds["clot"]
    fields = {name: one.model_copy(update={"type": "integer", "range": [0, 9]}) for name, one in clot.fields.items()}
    other = replace(pack, kinds={**pack.kinds, "clot": clot.model_copy(update={"fields": fields})})
    with pytest.raises(InputError, match="do not ask their runners the same"):
        compare_many((Program(pack), pack), (Program(other), other), 10, SEED)


@pytest.mark.parametrize(("module", "needs"), [("prehab.columns", "numpy"), ("prehab.columns.arrow", "pyarrow")])
def test_what_is_not_installed_is_named(module: str, needs: str) -> None:
    code = f"""
import sys
sys.modules["{needs}"] = None
from prehab import InputError
try:
    import {module}
except InputError as error:
    (fault,) = error.faults
    print(fault.code, fault.help)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told == f"no-{needs} Install it with: pip install 'prehab[batch]'\n"
