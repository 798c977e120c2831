"""What the checks conclude about conditions is so: on random runners, and for any values of any field.

The checks reason about rules without running them. Here the rules are run, by the reference evaluator.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prehab.decide import Decider
from prehab.fact_builder import FactBuilder
from prehab.graph.index import bits_of
from prehab.graph.load import GRAPH_FOLDER
from prehab.inference import infer
from prehab.population import random_runner
from prehab.program import Program
from prehab.reference import Reference
from prehab.rules.checks.logic import Logic, Orders
from prehab.rules.checks.overlaps import check_overlaps
from prehab.rules.language import Pattern
from prehab.rules.language import Test as RuleTest
from prehab.rules.load import RULES_FOLDER, load_pack, load_with_places
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field, Parameter
from prehab.runner import Runner
from prehab.testing.packs import random_pack
from tests.support import tries, without
from tests.test_defects import DEFECTS, edited

FOREIGN = Path(__file__).resolve().parent.parent / "examples" / "foreign-pack"
RUNNERS = tries(600)


@pytest.fixture(scope="module")
def small() -> Pack:
    """A pack with joins, derived facts, gates and `unless`."""
    return load_pack(FOREIGN / "rules", FOREIGN / "graph")


def wrong_about(pack: Pack, runners: int, rng: random.Random) -> tuple[list[str], int, int]:
    """What the checks say of the variants of a pack that a runner disproves; how much they say; how many variants fire.

    Wherever one rule's conditions imply another's, no runner may meet the first and not the second; and what can
    never fire may not.
    """
    logic, ways = Logic(pack), pack.variants
    follows = [
        (one, other)
        for one, way in enumerate(ways)
        for other, into in enumerate(ways)
        if one != other and logic.implies(way.patterns, into.patterns) is not None
    ]
    dead = {
        number
        for number, way in enumerate(ways)
        if logic.where(way.patterns).apart is not None or any(map(logic.clash, way.patterns))
    }
    program = Program(pack)
    builder, evaluator = FactBuilder(program), Reference(program)
    seen: set[int] = set()
    wrong = []
    for _ in range(runners):
        runner = Runner.model_validate(random_runner(rng, pack))
        fired = {firing.variant for firing in infer(program, builder.build(runner), evaluator).firings}
        seen |= fired
        wrong += [f"{one} implies {other}" for one, other in follows if one in fired and other not in fired]
        wrong += [f"{number} never fires" for number in fired & dead]
    return wrong, len(follows) + len(dead), len(seen)


def test_what_is_said_of_the_rules_of_a_pack_is_so(small: Pack) -> None:
    wrong, said, fired = wrong_about(small, RUNNERS, random.Random(1))
    assert not wrong
    assert said > 300
    assert fired > 0.9 * len(small.variants)


def test_what_is_said_of_the_rules_of_random_packs_is_so() -> None:
    rng = random.Random(3)
    said = 0
    for _ in range(RUNNERS // 40):
        pack = random_pack(rng)
        wrong, more, _ = wrong_about(pack, 40, rng)
        assert not wrong, [rule.text for rule in pack.rules]
        said += more
    assert said > RUNNERS


def test_a_rule_that_another_makes_needless_can_go(tmp_path: Path) -> None:
    """Without it, random runners are decided alike: in the bundled rules, and where a fault makes one needless."""
    folders = [(RULES_FOLDER, GRAPH_FOLDER)]
    for number, entry in enumerate(DEFECTS.values()):
        if entry["caught_by"].get("check") == "overlap":
            made = edited(entry, tmp_path / str(number))
            folders.append((made / "rules", made / "graph"))
    assert len(folders) > 2
    for rules, graph in folders:
        loaded = load_with_places(rules, graph)
        pack, rng = loaded.pack, random.Random(2)
        runners = [random_runner(rng, pack, 2) for _ in range(RUNNERS // 10)]
        whole = decided(pack, runners)
        for fault in check_overlaps(pack, Logic(pack), loaded.where):
            if fault.code == "overlap":
                assert decided(without(pack, fault.path.rpartition("/")[2]), runners) == whole, fault


def decided(pack: Pack, runners: list[Any]) -> list[tuple[Any, ...]]:
    """What is decided about runners, but for the reasons."""
    program = Program(pack)
    builder, evaluator, decider = FactBuilder(program), Reference(program), Decider(program)
    found = []
    for data in runners:
        inference = infer(program, builder.build(Runner.model_validate(data)), evaluator)
        made = decider.decide(inference, ())
        bounds = [{name: bound.value for name, bound in made.bounds_of(bit).items()} for bit in bits_of(made.allowed)]
        found.append((made.allowed, made.schemes, made.status, made.urgency, made.phase, bounds))
    return found


# -- one field, any values ---------------------------------------------------------------------------------------------

NUMBERS = {
    "low": Parameter.model_validate({"value": 2, "unit": "x", "range": [1, 4], "at_most": "middle"}),
    "middle": Parameter.model_validate({"value": 5, "unit": "x", "range": [2, 6]}),
    "high": Parameter.model_validate({"value": 8, "unit": "x", "range": [6, 10]}),
    "odd": Parameter.model_validate({"value": 3, "unit": "x", "range": [0, 10]}),
}
FIELDS = {
    "number": Field.model_validate({"type": "number", "range": [0, 10], "worse": "higher"}),
    "sure": Field.model_validate({"type": "integer", "range": [0, 10], "always": True}),
    "grade": Field.model_validate({"type": "choice", "values": ["poor", "fair", "good"], "worse": "lower"}),
    "sign": Field.model_validate({"type": "boolean", "worse": "higher"}),
}


@st.composite
def some_tests(draw: st.DrawFn, name: str, most: int) -> list[RuleTest]:
    """Some tests of one field."""
    field = FIELDS[name]
    if field.range:
        one = st.builds(
            RuleTest,
            st.just("kind"),
            st.just(name),
            st.sampled_from(["at_least", "above", "at_most", "below"]),
            parameter=st.sampled_from(sorted(NUMBERS)),
            unknown=st.booleans(),
        )
    else:
        values: list[Any] = field.values or [True, False]
        words = st.lists(st.sampled_from(values), min_size=1, unique=True).map(tuple)
        one = st.builds(
            RuleTest, st.just("kind"), st.just(name), st.sampled_from(["is", "is_not"]), words, unknown=st.booleans()
        )
    known = st.builds(RuleTest, st.just("kind"), st.just(name), st.sampled_from(["known", "unknown"]))
    return draw(st.lists(one | known, min_size=1, max_size=most))


def value_of(name: str) -> st.SearchStrategy[Any]:
    """A value of a field, or none where there may be none."""
    field = FIELDS[name]
    if field.range:
        values: st.SearchStrategy[Any] = st.integers(0, 20).map(lambda half: half / 2)
        values = values if field.type == "number" else st.integers(0, 10)
    else:
        values = st.sampled_from(list(field.values) or [True, False])
    return values if field.always else values | st.none()


@st.composite
def chosen(draw: st.DrawFn) -> dict[str, float]:
    """Values of the parameters, inside their ranges and in order."""
    values = {
        name: draw(st.integers(int(2 * one.range[0]), int(2 * one.range[1]))) / 2 for name, one in NUMBERS.items()
    }
    return {**values, "low": min(values["low"], values["middle"])}


def logic_of(small: Pack, *, at_values: bool = False) -> Logic:
    logic = Logic(small)
    logic.orders = Orders(NUMBERS, at_values=at_values)
    return logic


@given(data=st.data(), name=st.sampled_from(sorted(FIELDS)), parameters=chosen())
def test_what_is_said_of_one_field_is_so(small: Pack, data: st.DataObject, name: str, parameters: Any) -> None:
    """Whatever the parameters are: no value meets what is called impossible, all meet what is called met by all."""
    logic, field = logic_of(small), FIELDS[name]
    tests, wanted = data.draw(some_tests(name, 3)), data.draw(some_tests(name, 1))[0]
    value = data.draw(value_of(name))
    met = all(test.met(value, parameters) for test in tests)
    if met:
        assert logic.possible(field, tests)
        assert wanted.met(value, parameters) or not logic.follows(field, tests, wanted)
    if value is not None:
        assert wanted.met(value, parameters) or not logic.met_by_all(field, wanted)


def test_what_can_be_told_is_told(small: Pack) -> None:
    """By hand: what is impossible, what follows, and what is met by all, for the parameters above."""
    logic, now = logic_of(small), logic_of(small, at_values=True)

    def test(op: Any, name: str, *, unknown: bool = False) -> RuleTest:
        return RuleTest("kind", "number", op, parameter=name, unknown=unknown)

    number = FIELDS["number"]
    assert not logic.possible(number, [test("at_least", "high"), test("below", "middle")])
    assert not logic.possible(number, [test("at_least", "middle"), test("below", "low")])
    assert logic.possible(number, [test("at_least", "odd"), test("below", "low")])
    assert not now.possible(number, [test("at_least", "odd"), test("below", "low")])
    assert logic.possible(number, [test("at_least", "high", unknown=True), test("below", "low", unknown=True)])
    assert logic.follows(number, [test("above", "middle")], test("at_least", "low"))
    assert not logic.follows(number, [test("above", "low")], test("at_least", "middle"))
    assert not logic.follows(number, [test("above", "middle", unknown=True)], test("at_least", "low"))
    assert not logic.met_by_all(number, test("at_least", "odd"))
    assert logic.clash(Pattern("leg")) is None
