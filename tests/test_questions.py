"""Questions that follow the edges: path, substitutes, relate, rests-on; and what they cost in a large catalogue."""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from prehab import InputError, load_graph
from prehab.cli import main
from prehab.graph import laws
from prehab.graph.catalogue import Catalogue
from prehab.graph.files import Document
from prehab.graph.load import load_catalogue
from prehab.graph.network import KnowledgeGraph
from prehab.graph.schema import Order
from prehab.rules.pack import Pack

SOUND = Path(__file__).parent / "broken" / "graph" / "sound"
GRAPH = load_graph()
EXERCISES = GRAPH.catalogue.exercises
exercise_ids = st.sampled_from(sorted(EXERCISES))


def call(*arguments: str) -> Result:
    with patch("prehab.graph.network.load_graph", return_value=GRAPH):  # making it anew each time is not the point
        return CliRunner().invoke(main, ["graph", *arguments])


def as_json(*arguments: str) -> Any:
    told = call(*arguments, "--json")
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


@pytest.fixture(scope="module")
def small() -> KnowledgeGraph:
    return load_graph(load_catalogue(SOUND))


# -- path -------------------------------------------------------------------------------------------------------------


@cache
def distances(start: str) -> dict[str, int]:
    """How many steps up it is to everything above an exercise."""
    found, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        for harder in EXERCISES[here].progresses_to:
            if harder not in found:
                found[harder] = found[here] + 1
                queue.append(harder)
    return found


@given(start=exercise_ids, end=exercise_ids)
def test_a_path_is_the_shortest_way_up_or_else_down(start: str, end: str) -> None:
    up, down = distances(start).get(end), distances(end).get(start)
    found = GRAPH.path(start, end)
    if found is None:
        assert up is None
        assert down is None
        return
    ids = [step.exercise for step in found.steps]
    assert (ids[0], ids[-1]) == (start, end)
    if found.direction == "harder":
        assert len(ids) - 1 == up
        assert all(harder in EXERCISES[easier].progresses_to for easier, harder in pairwise(ids))
    else:
        assert up is None
        assert len(ids) - 1 == down
        assert all(harder in EXERCISES[easier].progresses_to for harder, easier in pairwise(ids))
    for (before, step), now in zip(pairwise(found.steps), ids[1:], strict=True):
        one, other = EXERCISES[before.exercise], EXERCISES[now]
        expected = {
            name: (one.loads.get(name, 0), other.loads.get(name, 0))
            for name in {*one.loads, *other.loads}
            if one.loads.get(name, 0) != other.loads.get(name, 0)
        }
        if one.impact != other.impact:
            expected["impact"] = (one.impact, other.impact)
        assert step.changes == expected


def test_most_pairs_on_one_ladder_have_a_path() -> None:
    found = [GRAPH.path(key, harder) for key in EXERCISES for harder in EXERCISES[key].progresses_to]
    assert len(found) > 150
    assert all(path is not None and path.direction == "harder" and len(path.steps) == 2 for path in found)


def test_path_by_hand(small: KnowledgeGraph) -> None:
    up = small.path("wall_sit", "small_jump")
    assert up is not None
    assert str(up).splitlines() == [
        "Wall sit · wall_sit",
        "Squat · squat",
        "    kneecap 2 to 3, hip joint 0 to 1",
        "Small jump · small_jump",
        "    kneecap 3 to 4, hip joint 1 to 2, shin 1 to 2, impact 0 to 1",
    ]
    down = small.path("small_jump", "wall_sit")
    assert down is not None
    assert (down.direction, [step.exercise for step in down.steps]) == ("easier", ["small_jump", "squat", "wall_sit"])
    assert small.path("wall_sit", "floor_bridge") is None
    alone = small.path("squat", "squat")
    assert alone is not None
    assert [step.exercise for step in alone.steps] == ["squat"]
    with pytest.raises(InputError) as caught:
        small.path("wal_sit", "sqat")
    assert [fault.did_you_mean[:1] for fault in caught.value.faults] == [("wall_sit",), ("squat",)]


@given(start=exercise_ids, end=exercise_ids)
def test_the_path_command_agrees_with_python(start: str, end: str) -> None:
    found = GRAPH.path(start, end)
    told = call("path", start, end, "--json")
    assert told.exit_code == (0 if found else 1)
    assert json.loads(told.stdout) == (found.as_dict() if found else {"direction": None, "steps": []})
    assert call("path", start, end).stdout == f"{found or f'No ladder joins {start} and {end}.'}\n"


# -- substitutes ------------------------------------------------------------------------------------------------------

structures = st.lists(st.sampled_from(sorted(GRAPH.catalogue.words["structures"])), max_size=3, unique=True)
items = st.none() | st.lists(st.sampled_from(sorted(GRAPH.catalogue.words["equipment"])), max_size=4, unique=True)
CLASSES = ["none", "low", "moderate", "high"]


@given(key=exercise_ids, spare=structures, equipment=items)
def test_a_substitute_keeps_the_purpose_and_loads_no_more(
    key: str, spare: list[str], equipment: list[str] | None
) -> None:
    node = EXERCISES[key]
    main_muscles = {muscle for muscle, role in node.trains.items() if role == "primary"}
    everyday = GRAPH.catalogue.everyday()
    found = GRAPH.substitutes(key, spare=spare, equipment=equipment)
    offered = {one.exercise for one in found}
    assert len(offered) == len(found)
    for other in EXERCISES.values():
        named = other.id in node.substitutes or key in other.substitutes
        trained = {muscle for muscle in other.trains if main_muscles & family_of(muscle)}
        first = {muscle for muscle, role in other.trains.items() if role == "primary"} & main_muscles
        keeps = (
            bool(main_muscles)
            and all(any(muscle in GRAPH.catalogue.muscle_family[m] for muscle in other.trains) for m in main_muscles)
            and (not node.builds or bool({*node.builds} & {*other.builds}))
            and (node.explosive == "none" or other.explosive != "none")
            and (node.modes == ["mobility"] or other.modes != ["mobility"])
            and 2 * len(first) >= len(main_muscles)
        )
        fits = (
            other.id not in distances(key)
            and other.impact <= node.impact
            and CLASSES.index(other.explosive) <= CLASSES.index(node.explosive)
            and all(other.loads.get(s, 0) <= node.loads.get(s, 0) for s in spare)
            and (equipment is None or all({*options} & {*equipment, *everyday} for options in other.needs))
        )
        assert (other.id in offered) == (fits and (named or keeps)), (other.id, trained)
    for one in found:
        assert one.loads == {s: (node.loads.get(s, 0), EXERCISES[one.exercise].loads.get(s, 0)) for s in spare}
    assert [one.declared for one in found] == sorted((one.declared for one in found), reverse=True)


def family_of(muscle: str) -> set[str]:
    return {group for group, members in GRAPH.catalogue.muscle_family.items() if muscle in members}


@given(key=exercise_ids, spare=structures, equipment=items)
def test_the_substitutes_command_agrees_with_python(key: str, spare: list[str], equipment: list[str] | None) -> None:
    options = [part for name in spare for part in ("--spare", name)]
    options += [part for name in equipment or () for part in ("--equipment", name)]
    found = GRAPH.substitutes(key, spare=spare, equipment=equipment or None)
    told = as_json("substitutes", key, *options)
    assert told["substitutes"] == [one.as_dict() for one in found]
    assert told["count"] == len(found)
    shown = call("substitutes", key, *options).stdout
    assert all(f"· {one.exercise}" in shown for one in found)
    assert found or shown == f"Nothing keeps the purpose of {key} within these bounds.\n"


def test_substitutes_by_hand(small: KnowledgeGraph) -> None:
    assert [one.exercise for one in small.substitutes("squat")] == ["leg_press"]
    assert [one.exercise for one in small.substitutes("leg_press")] == ["squat", "wall_sit"]
    assert [one.exercise for one in small.substitutes("wall_sit")] == ["leg_press"]  # the squat is the next step up
    assert [one.exercise for one in small.substitutes("leg_press", spare=["hip_joint"])] == ["wall_sit"]
    assert [one.exercise for one in small.substitutes("squat", equipment=[])] == []
    with pytest.raises(InputError) as caught:
        small.substitutes("sqat", spare=["knecap"], equipment=["stol"])
    assert {fault.code for fault in caught.value.faults} == {
        "unknown-exercise", "unknown-structure", "unknown-equipment",
    }  # fmt: skip


# -- relate -----------------------------------------------------------------------------------------------------------


@given(injury=st.sampled_from(sorted(GRAPH.catalogue.injuries)), exercise=exercise_ids)
def test_chains_join_their_ends_and_miss_nothing(injury: str, exercise: str) -> None:
    start, end = f"injury:{injury}", f"exercise:{exercise}"
    chains = GRAPH.relate(start, end)
    back = GRAPH.relate(end, start)
    assert {frozenset(map(str, edges_of(c))) for c in chains} == {frozenset(map(str, edges_of(c))) for c in back}
    for chain in chains:
        here = start
        for said in chain.statements:
            assert here in (said.edge.start, said.edge.end)
            here = said.other.key
        assert here == end
        assert len(chain.statements) <= 2
    about, node = GRAPH.catalogue.injuries[injury], EXERCISES[exercise]
    told = [tuple((said.edge.relation, said.other.id) for said in chain.statements) for chain in chains]
    for treatment in about.treated_by:
        if treatment.exercise == exercise:
            assert (("treated_by", exercise),) in told
        elif exercise in EXERCISES[treatment.exercise].progresses_to:
            assert (("treated_by", treatment.exercise), ("progresses_to", exercise)) in told
    for structure in about.affects:
        assert ((("affects", structure), ("loads", exercise)) in told) == (structure in node.loads)
    for entry in about.implicates:
        assert ((("implicates", entry.muscle), ("trains", exercise)) in told) == (entry.muscle in node.trains)
    for cause in about.aggravated_by:
        if cause.feature:
            expected = cause.feature in node.features
            assert ((("aggravated_by", cause.feature), ("has_feature", exercise)) in told) == expected
        elif cause.load:
            expected = node.loads.get(cause.load, 0) >= (cause.at_least or 0)
            assert ((("aggravated_by", cause.load), ("loads", exercise)) in told) == expected


def edges_of(chain: Any) -> list[Any]:
    return [said.edge for said in chain.statements]


def test_relate_by_hand(small: KnowledgeGraph) -> None:
    chains = small.relate("sore kneecap", "exercise:squat")
    assert [" / ".join(said.sentence for said in chain.statements) for chain in chains] == [
        "Sore kneecap is treated by Wall sit (stage load) / Wall sit progresses to Squat",
        "Sore kneecap is treated by Leg press (stage load) / Leg press can replace Squat",
        "Sore kneecap is aggravated by deep bend / deep bend is a feature of Squat",
        "Sore kneecap implicates gluteals (weak) / gluteals is trained by Squat (secondary)",
        "Sore kneecap affects kneecap joint (main) / kneecap joint is loaded by Squat (level 3 of 5, measured)",
        "Sore kneecap is aggravated by kneecap joint (loaded at level 3 or more)"
        " / kneecap joint is loaded by Squat (level 3 of 5, measured)",
    ] or sorted(map(str, chains))
    assert chains[0].sources == ("smith2001",)
    assert small.relate("floor_bridge", "shin") == ()
    with pytest.raises(InputError, match="same thing"):
        small.relate("sore_kneecap", "Sore kneecap")


@given(injury=st.sampled_from(sorted(GRAPH.catalogue.injuries)), exercise=exercise_ids)
def test_the_relate_command_agrees_with_python(injury: str, exercise: str) -> None:
    chains = GRAPH.relate(injury, f"exercise:{exercise}")
    told = as_json("relate", injury, f"exercise:{exercise}")
    assert told == json.loads(json.dumps({"count": len(chains), "chains": [chain.as_dict() for chain in chains]}))
    shown = call("relate", injury, f"exercise:{exercise}").stdout
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert chains or f"{injury} and exercise:{exercise}" in " ".join(shown.split())
    for chain in chains:
        for said in chain.statements:
            assert "".join(said.sentence.split()) in "".join(shown.split())


# -- rests-on ---------------------------------------------------------------------------------------------------------


def without_source(catalogue: Catalogue, source: str) -> Catalogue:
    """The catalogue on the day after a retraction."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            kept = {k: clean(v) for k, v in value.items()}
            return {**kept, "sources": [s for s in kept["sources"] if s != source]} if "sources" in kept else kept
        return [clean(item) for item in value] if isinstance(value, list) else value

    data = catalogue.as_data()
    return Catalogue.from_data({**data, **{t: clean(data[t]) for t in ("exercises", "injuries")}})


@pytest.mark.parametrize("source", random.Random(7).sample(sorted(GRAPH.catalogue.sources), 40))
def test_what_would_stand_on_nothing_is_what_the_laws_find_when_the_source_is_gone(source: str) -> None:
    catalogue = without_source(GRAPH.catalogue, source)
    tables = ("exercises", "injuries", "orders")
    places = dict.fromkeys(((t, key) for t in tables for key in getattr(catalogue, t)), Document({}))
    found = [fault for fault in laws.check(catalogue, places, Document({})) if fault.code == "no-source"]
    bare = [backing for backing in GRAPH.rests_on(source) if backing.bare and backing.node.kind != "order"]
    assert len(found) == len(bare)
    assert {fault.path.split("/")[1] for fault in found if fault.path} == {backing.node.id for backing in bare}


def test_rests_on_by_hand(small: KnowledgeGraph, pack: Pack) -> None:
    assert [(b.node.id, b.statement, b.bare) for b in small.rests_on("smith2001")] == [
        ("squat", "", True),
        ("sore_kneecap", "", True),
        ("sore_kneecap", "has the stage load (Build it Moving on: It is strong Stepping back: It is sore)", True),
        ("sore_kneecap", "implicates gluteals (weak)", True),
        ("sore_kneecap", "is treated by Wall sit (stage load)", True),
        ("knee_ranks", "", True),
    ]
    with pytest.raises(InputError, match="unknown source"):
        small.rests_on("smith2002")


def test_the_rests_on_command_tells_the_rules_too(pack: Pack) -> None:
    for source in ("beyer2015", "silbernagel2007", "warden2021"):
        told = as_json("rests-on", source)
        assert told["graph"] == json.loads(json.dumps([b.as_dict() for b in GRAPH.rests_on(source)]))
        cited = {rule.id for rule in pack.rules if source in rule.sources}
        assert {entry["id"] for entry in told["rules"] if entry["kind"] == "rule"} == cited
        for kind, table in (("parameter", pack.parameters), ("scheme", pack.schemes)):
            expected = {name for name, entry in table.items() if source in entry.sources}
            assert {entry["id"] for entry in told["rules"] if entry["kind"] == kind} == expected
        shown = call("rests-on", source).stdout
        assert all(entry["id"] in shown for entry in (*told["graph"], *told["rules"]))
        bare = [entry for entry in (*told["graph"], *told["rules"]) if entry["bare"]]
        assert ("NOTHING ELSE HOLDS" in shown) == bool(bare)
    told = call("rests-on", "beyer2105")
    assert told.exit_code == 2
    assert "did you mean `beyer2015`" in told.stderr


# -- ladder -----------------------------------------------------------------------------------------------------------


def test_the_ladder_command_agrees_with_python() -> None:
    for key in EXERCISES:
        found = GRAPH.ladder(key)
        assert as_json("ladder", key) == json.loads(
            json.dumps({"exercise": key, "easier": found.easier, "harder": found.harder})
        )
    shown = call("ladder", "goblet_squat").stdout
    assert "> Goblet squat · goblet_squat" in shown
    assert shown.index("· bodyweight_squat") < shown.index("> Goblet") < shown.index("· back_squat")


# -- published orders -------------------------------------------------------------------------------------------------


@given(values=st.lists(st.integers(0, 100), min_size=5, max_size=5, unique=True), shift=st.floats(0.1, 9))
def test_agreement_is_of_ranks_alone(values: list[int], shift: float) -> None:
    levels = [1, 2, 3, 4, 5]
    made = {
        key: EXERCISES["squat" if "squat" in EXERCISES else "goblet_squat"].model_copy(
            update={"loads": {"tibia": level}}
        )
        for key, level in zip("abcde", levels, strict=True)
    }

    def order(numbers: Sequence[float]) -> Order:
        return Order.model_construct(structure="tibia", values=dict(zip("abcde", numbers, strict=True)))

    squares = sum((sorted(values).index(value) + 1 - level) ** 2 for value, level in zip(values, levels, strict=True))
    assert order(values).agreement(made) == pytest.approx(1 - 6 * squares / (5 * 24))
    assert order([shift * value for value in values]).agreement(made) == pytest.approx(order(values).agreement(made))


def test_levels_that_are_all_equal_agree_with_nothing() -> None:
    made = dict.fromkeys("abc", EXERCISES["goblet_squat"])
    assert Order.model_construct(structure="tibia", values={"a": 1.0, "b": 2.0, "c": 3.0}).agreement(made) == 0.0


def test_every_exercise_of_the_graph_that_is_ranked_exists_in_one_order_at_least() -> None:
    assert len(GRAPH.catalogue.orders) >= 4
    for order in GRAPH.catalogue.orders.values():
        assert order.agreement(EXERCISES) >= order.agrees_at_least


def test_a_network_is_only_made_for_questions_that_follow_edges() -> None:
    graph = load_graph(replace(GRAPH.catalogue))
    graph.substitutes("goblet_squat")
    graph.ladder("goblet_squat")
    graph.find(trains="soleus")
    assert "network" not in vars(graph)
