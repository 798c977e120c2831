"""The graph: its laws and loader, finding, the network, and the commands."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import prehab
from prehab.cli import main
from prehab.graph import laws
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import InputError, PackError
from prehab.graph.files import Document
from prehab.graph.find import Criteria, find_exercises, find_injuries
from prehab.graph.load import GRAPH_FOLDER, load_catalogue
from prehab.graph.network import KnowledgeGraph, build_network, load_graph
from prehab.graph.relations import KINDS, RELATIONS, Edge, Node, edges_of, nodes_of
from prehab.graph.schema import Exercise, Injury, noun
from prehab.graph.words import WordLists
from prehab.rules.load import load_pack

BROKEN = Path(__file__).parent / "broken" / "graph"
SOUND = BROKEN / "sound"
CASES = sorted(path for path in BROKEN.glob("*/*.yaml") if path.parent != SOUND)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="module")
def graph(catalogue: Catalogue) -> KnowledgeGraph:
    return load_graph(catalogue)


@pytest.fixture(scope="module")
def small() -> KnowledgeGraph:
    return load_graph(load_catalogue(SOUND))


# -- laws and loader --------------------------------------------------------------------------------------------------


def break_it(case: dict[str, Any], folder: Path) -> int | None:
    """Make a graph with one fault in ``folder``; the line on which it is to be reported."""
    shutil.copytree(SOUND, folder)
    path = folder / case["file"]
    if case.get("remove"):
        path.unlink()
        return None
    text: str = case["to"] * case.get("times", 1)
    begins = 0
    if "change" in case:
        before = path.read_text(encoding="utf-8")
        assert before.count(case["change"]) == 1, "the text to change must stand there once"
        begins = before.index(case["change"])
        text = before.replace(case["change"], text)
    path.write_text(text, encoding=case.get("encoding", "utf-8"))
    if "at" in case:
        if case["at"] is None:
            return None
        begins = text.index(case["at"])
    return text.count("\n", 0, begins) + 1


def test_the_sound_graph_is_sound() -> None:
    without = set(load_catalogue().words) - set(load_catalogue(SOUND).words)
    assert not [name for name in without if WordLists.model_fields[name].is_required()]


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_fault_is_found_and_located(path: Path, tmp_path: Path) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    line = break_it(case, tmp_path / "sound")
    with pytest.raises(PackError) as caught:
        load_catalogue(tmp_path / "sound")
    assert [fault.code for fault in caught.value.faults] == [path.parent.name], str(caught.value)
    fault = caught.value.faults[0]
    assert case["message"] in fault.message
    assert fault.file is not None
    assert fault.file.endswith(f"sound/{case['file']}")
    assert fault.line == line
    if "suggests" in case:
        assert fault.did_you_mean[:1] == (case["suggests"],)


def test_a_structure_that_no_exercise_names_is_loaded_as_its_neighbour(tmp_path: Path) -> None:
    shutil.copytree(SOUND, tmp_path / "sound")
    words = tmp_path / "sound" / "words.yaml"
    shin = "  shin: {name: shin bone, tissue: joint, region: knee, weight_bearing: true}\n"
    ankle = "  ankle: {name: ankle bone, tissue: joint, region: knee, loaded_as: shin}\n"
    words.write_text(words.read_text(encoding="utf-8").replace(shin, shin + ankle), encoding="utf-8")
    plain, more = load_catalogue(SOUND), load_catalogue(tmp_path / "sound")
    for key, exercise in more.exercises.items():
        own = plain.exercises[key].loads
        assert exercise.loads == (own | {"ankle": own["shin"]} if "shin" in own else own)


def test_every_law_and_every_word_list_has_a_broken_fixture() -> None:
    codes = set()
    for module in ("laws.py", "load.py"):
        codes |= set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', (GRAPH_FOLDER / module).read_text(encoding="utf-8")))
    named = re.findall(r'Word\("(\w+)"\)', (GRAPH_FOLDER / "schema.py").read_text(encoding="utf-8"))
    codes |= {f"unknown-{noun(kind)}".replace(" ", "-") for kind in named}
    assert codes - {path.parent.name for path in CASES} == set()


def test_all_faults_come_together(tmp_path: Path) -> None:
    folder = tmp_path / "sound"
    shutil.copytree(SOUND, folder)
    for name, wrong, right in (
        ("words.yaml", "parent: thihg", "parent: thigh"),
        ("exercises/legs.yaml", "impact: 9", "impact: 1"),
        ("injuries/knee.yaml", "muscle: glutes", "muscle: gluteals"),
    ):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8").replace(right, wrong), encoding="utf-8")
    (folder / "claims.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_catalogue(folder)
    codes = {fault.code for fault in caught.value.faults}
    assert codes == {"unknown-muscle", "out-of-range", "not-yaml"}


def test_word_lists_without_words_are_told_and_not_stumbled_over(tmp_path: Path) -> None:
    folder = tmp_path / "sound"
    shutil.copytree(SOUND, folder)
    (folder / "words.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_catalogue(folder)
    assert {fault.code for fault in caught.value.faults} == {"missing-field"}


def test_a_ladder_without_circles_is_quick_to_check() -> None:
    """Many ways from bottom to top: 2 to the power of 40 of them."""
    exercise = next(iter(load_catalogue(SOUND).exercises.values()))
    levels = [[f"e{level:02}{side}" for side in "ab"] for level in range(40)]
    made = {
        key: exercise.model_copy(
            update={"id": key, "free_standing": None, "progresses_to": levels[i + 1] if i < 39 else []}
        )
        for i, level in enumerate(levels)
        for key in level
    }
    sound = load_catalogue(SOUND)
    places = dict.fromkeys((("exercises", key) for key in made), Document({}))
    found = laws.check(replace(sound, exercises={**sound.exercises, **made}), places, Document({}))
    assert list(found) == []


def test_a_coach_adds_an_exercise_as_the_readme_says(tmp_path: Path) -> None:
    folder = tmp_path / "graph"
    for path in [*GRAPH_FOLDER.glob("*.yaml"), *GRAPH_FOLDER.glob("*/*.yaml")]:
        (folder / path.relative_to(GRAPH_FOLDER)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, folder / path.relative_to(GRAPH_FOLDER))
    family = folder / "exercises" / "squat.yaml"
    text = family.read_text(encoding="utf-8")
    neighbour = re.search(r"^front_squat:\n(?:  .*\n)+", text, re.M)
    assert neighbour
    mine = neighbour[0].replace("front_squat:", "zercher_squat:").replace("Barbell front squat", "Zercher squat")
    mine = re.sub(r"  aliases: .*\n", "", mine)
    text = text.rstrip() + "\n\n" + mine
    family.write_text(text, encoding="utf-8")
    with pytest.raises(PackError, match="it is on no ladder"):
        load_catalogue(folder)
    steps = re.search(r"^goblet_squat:\n(?:  .*\n)*?  progresses_to: \[", text, re.M)
    assert steps
    text = text[: steps.end()] + "zercher_squat, " + text[steps.end() :]
    family.write_text(text, encoding="utf-8")
    graph = load_graph(load_catalogue(folder))
    assert "zercher_squat" in graph.find(pattern="squat", equipment=["barbell", "squat_rack"]).ids
    assert "zercher_squat" in load_pack(graph=folder).catalogue.ids  # some rule permits it, some rule doses it
    family.write_text(text.replace(mine, mine.replace("quadriceps: primary", "quadricep: primary")), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_catalogue(folder)
    (fault,) = caught.value.faults
    assert (fault.code, fault.did_you_mean[0], fault.file) == (
        "unknown-muscle",
        "quadriceps",
        "graph/exercises/squat.yaml",
    )
    assert fault.line == text[: text.index(mine)].count("\n") + 1 + mine[: mine.index("quadriceps:")].count("\n")


# -- find -------------------------------------------------------------------------------------------------------------

WORDS: dict[str, Any] = load_catalogue().words


def optional(kind: str) -> st.SearchStrategy[Any]:
    return st.none() | st.sampled_from(sorted(WORDS[kind]))


criteria = st.fixed_dictionaries(
    {},
    optional={
        "trains": optional("muscles"),
        "any_role": st.booleans(),
        "max_load": st.none()
        | st.dictionaries(st.sampled_from(sorted(WORDS["structures"])), st.integers(0, 5), max_size=3),
        "pattern": optional("patterns"),
        "phase": optional("phases"),
        "max_impact": st.none() | st.integers(0, 4),
        "equipment": st.none() | st.lists(st.sampled_from(sorted(WORDS["equipment"])), max_size=5),
        "explosive": optional("explosive"),
        "mode": optional("modes"),
        "text": st.none() | st.sampled_from(["squat", "Calf raise", "single leg", "hold wall", "", "zzz"]),
    },
)


def below(group: str) -> set[str]:
    return {group}.union(*(below(m) for m, entry in WORDS["muscles"].items() if entry.get("parent") == group))


def fits(e: Exercise, c: dict[str, Any]) -> bool:
    """Whether an exercise meets the criteria, one plain question after the other."""
    if c.get("trains") is not None:
        roles = {"primary", "secondary"} if c.get("any_role") else {"primary"}
        if not any(muscle in e.trains and e.trains[muscle] in roles for muscle in below(c["trains"])):
            return False
    for structure, level in (c.get("max_load") or {}).items():
        if structure in e.loads and e.loads[structure] > level:
            return False
    for name in ("pattern", "phase", "explosive"):
        if c.get(name) is not None and getattr(e, name) != c[name]:
            return False
    if c.get("max_impact") is not None and e.impact > c["max_impact"]:
        return False
    if c.get("equipment") is not None:
        for options in e.needs:
            if not any(item in c["equipment"] or WORDS["equipment"][item].get("everyday", False) for item in options):
                return False
    if c.get("mode") is not None and c["mode"] not in e.modes:
        return False
    said = [e.id, e.id.replace("_", " "), e.name, *e.aliases]
    spoken = re.split(r"[\W_]+", " ".join(said).lower())
    asked = filter(None, re.split(r"[\W_]+", (c.get("text") or "").lower()))
    return all(any(word.startswith(start) for word in spoken) for start in asked)


@given(asked=criteria)
def test_find_agrees_with_a_brute_force_filter(graph: KnowledgeGraph, asked: dict[str, Any]) -> None:
    expected = [e.id for e in graph.catalogue.exercises.values() if fits(e, asked)]
    assert [e.id for e in graph.find(**asked)] == expected
    assert [e.id for e in find_exercises(graph.catalogue, **asked)] == expected


def test_find_takes_every_criterion_that_it_declares() -> None:
    parameters = set(find_exercises.__annotations__) - {"catalogue", "return"}
    assert parameters == set(Criteria.__annotations__)
    with pytest.raises(TypeError):
        load_graph(load_catalogue(SOUND)).find(train="quadriceps")  # type: ignore[call-arg]


def test_find_by_hand(small: KnowledgeGraph) -> None:
    def ids(**asked: Any) -> list[str]:
        return [e.id for e in small.find(**asked)]

    assert ids() == ["floor_bridge", "leg_press", "small_jump", "squat", "wall_sit"]
    assert ids(trains="thigh") == ["leg_press", "small_jump", "squat", "wall_sit"]
    assert ids(trains="gluteals") == ["floor_bridge"]
    assert ids(trains="gluteals", any_role=True) == ["floor_bridge", "squat"]
    assert ids(max_load={"kneecap": 2, "hip_joint": 0}) == ["wall_sit"]
    assert ids(equipment=[]) == ["floor_bridge", "small_jump", "squat", "wall_sit"]
    assert ids(equipment=["machine"]) == ids()
    assert ids(max_impact=0, explosive="none", phase="early", pattern="squat", mode="dynamic") == ["leg_press", "squat"]
    assert ids(text="knee bend") == ["squat"]
    assert ids(text="leg_press") == ids(text="PRESS leg") == ["leg_press"]


def test_find_tells_every_unknown_name_at_once(small: KnowledgeGraph) -> None:
    with pytest.raises(InputError) as caught:
        small.find(
            trains="thig", max_load={"knecap": 2, "hip_joint": 6}, pattern="bridges", phase="laet",
            equipment=["leg press", "chiar"], explosive="loww", mode="held",
        )  # fmt: skip
    told = {(fault.code, fault.value): fault.did_you_mean for fault in caught.value.faults}
    assert told == {
        ("unknown-muscle", "thig"): ("thigh",),
        ("unknown-structure", "knecap"): ("kneecap",),
        ("out-of-range", "6"): (),
        ("unknown-pattern", "bridges"): ("bridge",),
        ("unknown-phase", "laet"): ("late",),
        ("unknown-equipment", "leg press"): ("machine",),
        ("unknown-equipment", "chiar"): ("chair",),
        ("unknown-explosive", "loww"): ("low",),
        ("unknown-mode", "held"): (),
    }
    assert all(fault.allowed for fault in caught.value.faults if fault.code != "out-of-range")


def test_find_injuries(small: KnowledgeGraph) -> None:
    def ids(**asked: Any) -> list[str]:
        return [injury.id for injury in small.find_injuries(**asked)]

    assert ids() == ids(region="knee") == ["knee_pain", "sore_kneecap"]
    assert ids(structure="hip_joint") == ["knee_pain"]
    assert ids(text="RUNNER'S") == ["sore_kneecap"]
    with pytest.raises(InputError) as caught:
        find_injuries(small.catalogue, region="nee", structure="hip")
    assert [fault.code for fault in caught.value.faults] == ["unknown-region", "unknown-structure"]


# -- the network ------------------------------------------------------------------------------------------------------


def ends(graph: KnowledgeGraph, key: str, relation: str) -> Counter[tuple[Any, ...]]:
    """Count the edges of a relation that start at a node, each as the id of its end and its attributes."""
    return Counter(
        (
            end.partition(":")[2],
            *(value for name, value in data.items() if name not in ("relation", "sources", "consensus")),
        )
        for _, end, data in graph.network.out_edges(key, data=True)
        if data["relation"] == relation
    )


def test_the_edges_of_an_exercise_mirror_the_catalogue(graph: KnowledgeGraph, catalogue: Catalogue) -> None:
    for key, e in catalogue.exercises.items():
        me = f"exercise:{key}"
        assert ends(graph, me, "trains") == Counter(e.trains.items())
        assert ends(graph, me, "loads") == Counter((s, n, e.load_basis.get(s, "judged")) for s, n in e.loads.items())
        needs = [
            (item, group, tuple(other for other in options if other != item))
            for group, options in enumerate(e.needs)
            for item in options
        ]
        assert ends(graph, me, "needs") == Counter(needs)
        for relation, ids in {
            "of_pattern": [e.pattern], "in_phase": [e.phase], "builds": e.builds, "has_feature": e.features,
            "substitutes": e.substitutes,
        }.items():  # fmt: skip
            assert ends(graph, me, relation) == Counter((name,) for name in ids)
        steps = [(name, e.step_notes[name]) if name in e.step_notes else (name,) for name in e.progresses_to]
        assert ends(graph, me, "progresses_to") == Counter(steps)
        for _, _, data in graph.network.out_edges(me, data=True):
            assert (data["sources"], data["consensus"]) == (tuple(e.sources), e.consensus)


def test_the_edges_of_an_injury_mirror_the_catalogue(graph: KnowledgeGraph, catalogue: Catalogue) -> None:
    for key, i in catalogue.injuries.items():
        me = f"injury:{key}"
        assert ends(graph, me, "at_region") == Counter([(i.region,)])
        assert ends(graph, me, "affects") == Counter(i.affects.items())
        assert ends(graph, me, "implicates") == Counter((x.muscle, x.role) for x in i.implicates)
        assert ends(graph, me, "aggravated_by") == Counter((x.feature or x.load, x.at_least) for x in i.aggravated_by)
        assert ends(graph, me, "treated_by") == Counter((x.exercise, x.stage) for x in i.treated_by)
        assert ends(graph, me, "told_apart_from") == Counter((x.injury, x.how) for x in i.told_apart_from)
        assert ends(graph, me, "warned_by") == Counter((x.flag, x.urgency, x.why) for x in i.red_flags)
        assert ends(graph, me, "has_stage") == Counter(
            (name, stage.goal, stage.move_on, stage.step_back) for name, stage in i.stages.items()
        )
        for relation, told in (("dosed_by", "doses"), ("judged_by", "tests")):
            assert ends(graph, me, relation) == Counter(
                (word, name) for name, stage in i.stages.items() for word in getattr(stage, told)
            )
        treated = {(x.exercise, x.stage): x for x in i.treated_by}
        for _, end, data in graph.network.out_edges(me, data=True):
            if data["relation"] == "treated_by":
                entry = treated[end.partition(":")[2], data["stage"]]
                rests_on = entry if entry.sources or entry.consensus else i
                assert (data["sources"], data["consensus"]) == (tuple(rests_on.sources), rests_on.consensus)


def test_words_sources_and_claims_mirror_the_catalogue(graph: KnowledgeGraph, catalogue: Catalogue) -> None:
    words = catalogue.words
    for key, entry in words["muscles"].items():
        assert ends(graph, f"muscle:{key}", "part_of") == Counter([(entry["parent"],)] if "parent" in entry else [])
    for key, entry in words["faults"].items():
        assert ends(graph, f"fault:{key}", "points_at") == Counter((name,) for name in entry["points_at"])
    for key, entry in words["tests"].items():
        assert ends(graph, f"test:{key}", "measures") == Counter((name,) for name in entry.get("measures", ()))
    for key, entry in words["equipment"].items():
        assert ends(graph, f"equipment:{key}", "stands_in_for") == Counter(entry.get("stands_in_for", {}).items())
    for key, entry in words["structures"].items():
        assert ends(graph, f"structure:{key}", "in_region") == Counter([(entry["region"],)])
    for key, entry in words["regions"].items():
        assert ends(graph, f"region:{key}", "presumes") == Counter([(entry["presume"],)])
        assert ends(graph, f"region:{key}", "tells") == Counter(entry.get("tells", {}).items())
    rests: dict[str, Counter[str]] = {name: Counter() for name in catalogue.sources}
    carried: dict[str, set[tuple[str]]] = {name: set() for name in catalogue.claims}
    nodes: list[Exercise | Injury] = [*catalogue.exercises.values(), *catalogue.injuries.values()]
    for node in nodes:
        parts: list[Any] = [node]
        if isinstance(node, Injury):
            parts += [*node.implicates, *node.aggravated_by, *node.treated_by, *node.stages.values()]
            parts += [*node.red_flags, *node.usual_signs]
            parts += [work for stage in node.stages.values() for work in stage.programme]
        for part in parts:
            for source in part.sources:
                rests[source][node.id] += 1
        for claim in node.seeds:
            carried[claim].add((node.id,))
    for order in catalogue.orders.values():
        rests[order.source][order.id] += 1
        assert ends(graph, f"order:{order.id}", "ranks") == Counter(
            (
                key,
                value,
                catalogue.exercises[key].loads.get(order.structure, 0)
                if order.structure
                else catalogue.exercises[key].impact,
            )
            for key, value in order.values.items()
        )
        assert ends(graph, f"order:{order.id}", "ranks_by") == Counter([(order.structure,)] if order.structure else [])
    for name, expected in rests.items():
        assert Counter(end[0] for end in ends(graph, f"source:{name}", "supports").elements()) == expected
    for name, claimed in carried.items():
        assert set(ends(graph, f"claim:{name}", "carried_by")) == claimed


def test_nodes_are_typed_and_edges_join_the_kinds_they_may(graph: KnowledgeGraph) -> None:
    network = graph.network
    assert {data["kind"] for _, data in network.nodes(data=True)} == set(KINDS)
    for key, data in network.nodes(data=True):
        assert key == f"{data['kind']}:{data['id']}"
        assert data["name"]
    for start, end, data in network.edges(data=True):
        relation = RELATIONS[data["relation"]]
        assert network.nodes[start]["kind"] in relation.starts
        assert network.nodes[end]["kind"] in relation.ends
    assert {data["relation"] for *_, data in network.edges(data=True)} == set(RELATIONS)


def test_the_network_cannot_be_changed(small: KnowledgeGraph) -> None:
    import networkx

    with pytest.raises(networkx.NetworkXError):
        small.network.add_edge("muscle:thigh", "muscle:thihg")


@pytest.mark.parametrize(
    ("edge", "code", "close"),
    [
        (Edge("exercise:squat", "trains", "muscle:thihg"), "unknown-end", ("thigh",)),
        (Edge("exercise:squatt", "trains", "muscle:thigh"), "unknown-end", ("squat",)),
        (Edge("exercise:squat", "trains", "structure:kneecap"), "wrong-end", ()),
        (Edge("exercise:squat", "trians", "muscle:thigh"), "unknown-relation", ("trains",)),
    ],
)
def test_a_misspelt_end_is_refused(small: KnowledgeGraph, edge: Edge, code: str, close: tuple[str, ...]) -> None:
    nodes = list(nodes_of(small.catalogue))
    with pytest.raises(PackError) as caught:
        build_network(nodes, [*edges_of(small.catalogue), edge])
    assert [(fault.code, fault.did_you_mean[:1]) for fault in caught.value.faults] == [(code, close)]
    assert edge.start in caught.value.faults[0].message


def test_a_catalogue_with_a_dangling_id_gives_no_network(small: KnowledgeGraph) -> None:
    sound = small.catalogue
    squat = sound.exercises["squat"].model_copy(update={"trains": {"thihg": "primary"}})
    with pytest.raises(PackError, match="muscle:thihg"):
        _ = load_graph(replace(sound, exercises={**sound.exercises, "squat": squat})).network


# -- show and ladder --------------------------------------------------------------------------------------------------


def test_a_sheet_says_everything_in_sentences(small: KnowledgeGraph) -> None:
    sheet = small.show("exercise:squat")
    assert [s.sentence for s in sheet.outgoing] == [
        "Squat follows the pattern Squat",
        "Squat is useful from the phase early",
        "Squat trains quadriceps (primary)",
        "Squat trains gluteals (secondary)",
        "Squat loads kneecap joint (level 3 of 5, measured)",
        "Squat loads hip joint (level 1 of 5, judged)",
        "Squat loads shin bone (level 1 of 5, judged)",
        "Squat needs chair (or stool)",
        "Squat needs stool (or chair)",
        "Squat builds strength",
        "Squat has the feature deep bend",
        "Squat progresses to Small jump",
        "Squat can be replaced by Leg press",
    ]
    assert {s.sentence for s in sheet.incoming} == {
        "Squat is a progression of Wall sit", "Squat is supported by smith2001", "Squat carries squats-help",
        "Squat is ranked by knee_ranks (2; our level 3)",
    }  # fmt: skip
    assert [source.id for source in sheet.sources] == ["smith2001"]


def test_a_sheet_from_the_other_side(small: KnowledgeGraph) -> None:
    said = {s.sentence for s in small.show("kneecap").incoming}
    assert "kneecap joint aggravates Sore kneecap (loaded at level 3 or more)" in said
    assert "kneecap joint is loaded by Small jump (level 4 of 5, judged)" in said
    assert "smith2001 supports Sore kneecap (is treated by Wall sit (stage load))" in {
        s.sentence for s in small.show("smith2001").outgoing
    }


def test_a_sheet_as_text_and_as_data(graph: KnowledgeGraph) -> None:
    for key in graph.network.nodes:
        sheet = graph.show(key)
        assert all(len(line) <= 80 or " " not in line.strip() for line in str(sheet).splitlines())
        text = " ".join(str(sheet).split())
        assert text.startswith(f"{sheet.node.name} · {sheet.node.kind} {sheet.node.id}")
        for statement in (*sheet.outgoing, *(s for s in sheet.incoming if s.edge.relation != "supports")):
            assert statement.other.name in text
        data = json.loads(json.dumps(sheet.as_dict()))
        assert len(data["outgoing"]) == graph.network.out_degree(key)
        assert len(data["incoming"]) == graph.network.in_degree(key)


def test_a_sheet_groups_what_belongs_together(small: KnowledgeGraph) -> None:
    assert str(small.show("sore_kneecap")).splitlines()[:40] == [
        "Sore kneecap · injury sore_kneecap",
        "  plain           pain around the kneecap",
        "  aliases         runner's knee",
        "  tissue          joint",
        "",
        "IS FELT AT THE",
        "  knee",
        "",
        "AFFECTS",
        "  main: kneecap joint",
        "",
        "IMPLICATES",
        "  weak: gluteals",
        "",
        "IS AGGRAVATED BY",
        "  deep bend [consensus]; kneecap joint (loaded at level 3 or more) [consensus]",
        "",
        "IS TREATED BY",
        "  stage calm: Floor bridge [consensus]",
        "  stage load: Wall sit; Leg press [consensus]",
        "",
        "HAS THE STAGE",
        "  calm: Settle it Moving on: It is quiet Stepping back: It is not [consensus]",
        "  load: Build it Moving on: It is strong Stepping back: It is sore",
        "",
        "IS DOSED BY",
        "  stage calm: holds [consensus]",
        "",
        "IS JUDGED BY",
        "  stage load: sit-downs",
        "",
        "GOES TO A CLINICIAN IF",
        "  locking: urgent: Something is caught [consensus]",
        "",
        "HAS BY ITSELF",
        "  locking: much of it counts for the bone: A sore kneecap catches now and then",
        "    [consensus]",
        "",
        "IS TOLD APART FROM",
        "  Knee pain, cause not known: It hurts in front.",
    ]


def test_names_people_type(small: KnowledgeGraph) -> None:
    assert small.resolve("wall_sit") == small.resolve("Wall sit") == small.resolve("exercise:wall_sit")
    assert small.resolve("RUNNER'S KNEE") == "injury:sore_kneecap"
    with pytest.raises(InputError) as caught:
        small.resolve("squat")
    assert caught.value.faults[0].code == "ambiguous-name"
    assert caught.value.faults[0].allowed == ("exercise:squat", "pattern:squat")
    for typed, meant in (("kneecop", "kneecap"), ("muscle:thigs", "thigh"), ("runners knee", "sore_kneecap")):
        with pytest.raises(InputError) as caught:
            small.show(typed)
        assert caught.value.faults[0].code == "unknown-name"
        assert meant in caught.value.faults[0].did_you_mean


def test_every_id_of_the_bundled_graph_can_be_shown(graph: KnowledgeGraph) -> None:
    called = Counter(node.id for node in nodes_of(graph.catalogue))
    for node in nodes_of(graph.catalogue):
        assert graph.resolve(node.key) == node.key
        if called[node.id] == 1:
            assert graph.resolve(node.id) == node.key
            continue
        with pytest.raises(InputError) as caught:
            graph.resolve(node.id)
        assert node.key in caught.value.faults[0].allowed


def test_ladder(small: KnowledgeGraph, graph: KnowledgeGraph) -> None:
    ladder = small.ladder("squat")
    assert (ladder.easier, ladder.harder) == ((("wall_sit",),), (("small_jump",),))
    for key in graph.catalogue.exercises:
        ladder = graph.ladder(key)
        for harder in (step for steps in ladder.harder for step in steps):
            assert any(key in steps for steps in graph.ladder(harder).easier)
        flat = [step for steps in (*ladder.easier, *ladder.harder) for step in steps]
        assert len(flat) == len(set(flat))
        assert key not in flat
    with pytest.raises(InputError) as caught:
        small.ladder("squatt")
    assert (caught.value.faults[0].code, caught.value.faults[0].did_you_mean) == ("unknown-exercise", ("squat",))


def test_the_same_graph_from_files_and_from_compiled_data(graph: KnowledgeGraph, catalogue: Catalogue) -> None:
    again = load_graph(Catalogue.from_data(json.loads(json.dumps(catalogue.as_data()))))
    assert list(again.network.edges(data=True)) == list(graph.network.edges(data=True))
    assert again.network.nodes(data=True) == graph.network.nodes(data=True)


def test_load_graph_by_default_opens_the_bundled_graph(catalogue: Catalogue) -> None:
    assert prehab.load_graph().catalogue.exercises == catalogue.exercises


def test_a_node_has_a_key_of_its_own() -> None:
    assert Node("muscle", "foot", "foot muscles", {}).key == "muscle:foot"


# -- the commands -----------------------------------------------------------------------------------------------------


def call(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["graph", *arguments])


def test_find_command(graph: KnowledgeGraph) -> None:
    asked = ("--trains", "gluteus_medius", "--max-load", "patellofemoral_joint=2", "--equipment", "band")
    expected = graph.find(trains="gluteus_medius", max_load={"patellofemoral_joint": 2}, equipment=["band"])
    assert len(expected) > 3
    told = call("find", *asked)
    assert told.exit_code == 0
    assert told.stdout.endswith(f"{len(expected)} exercises\n")
    assert all(re.search(rf"^  {e.id} +{re.escape(e.name)}$", told.stdout, re.MULTILINE) for e in expected)
    assert max(map(len, told.stdout.splitlines())) <= 80
    data = json.loads(call("find", *asked, "--json").stdout)
    assert data == {"count": len(expected), "exercises": [e.model_dump() for e in expected]}


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ((), {}),
        (("--no-equipment",), {"equipment": []}),
        (("--trains", "thigh", "--any-role"), {"trains": "thigh", "any_role": True}),
        (("--max-load", "tibia=3", "--max-load", "tibia=1"), {"max_load": {"tibia": 1}}),
        (
            ("--pattern", "squat", "--phase", "strength_foundation"),
            {"pattern": "squat", "phase": "strength_foundation"},
        ),
        (("--max-impact", "1", "--explosive", "low"), {"max_impact": 1, "explosive": "low"}),
        (("--text", "calf", "--mode", "isometric"), {"text": "calf", "mode": "isometric"}),
    ],
)
def test_find_options(graph: KnowledgeGraph, options: tuple[str, ...], asked: Any) -> None:
    data = json.loads(call("find", *options, "--json").stdout)
    assert [e["id"] for e in data["exercises"]] == [e.id for e in graph.find(**asked)]


def test_find_command_refuses_what_it_cannot_use() -> None:
    told = call("find", "--trains", "soleuss")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "unknown muscle `soleuss`\n  did you mean `soleus`?" in told.stderr
    told = call("find", "--max-load", "tibia", "--max-load", "tibia=x", "--json")
    assert told.exit_code == 2
    assert [error["code"] for error in json.loads(told.stdout)["errors"]] == ["bad-option", "bad-option"]
    assert call("find", "--equipment", "band", "--no-equipment").exit_code == 2
    assert call("find", "--max-impact", "5").exit_code == 2
    assert call("find", "--text", "zzz").stdout == "0 exercises\n"


def test_show_command(graph: KnowledgeGraph) -> None:
    told = call("show", "goblet_squat")
    assert (told.exit_code, told.stdout) == (0, f"{graph.show('goblet_squat')}\n")
    assert json.loads(call("show", "Goblet squat", "--json").stdout) == graph.show("goblet_squat").as_dict()
    told = call("show", "foot")
    assert told.exit_code == 2
    assert "muscle:foot, pattern:foot, region:foot" in told.stderr
    told = call("show", "goblet_squad", "--json")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["errors"][0]["did_you_mean"] == ["goblet_squat"]


def test_check_command(catalogue: Catalogue, tmp_path: Path) -> None:
    told = call("check")
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{len(catalogue.exercises)} exercises, {len(catalogue.injuries)} injuries, ")
    assert told.stdout.splitlines()[0].endswith(": no faults")
    for key, order in catalogue.orders.items():
        assert f"{order.agreement(catalogue.exercises):.2f}  {key}: {len(order.values)} exercises" in told.stdout
    assert json.loads(call("check", str(SOUND), "--json").stdout) == {
        "faults": 0, "exercises": 5, "injuries": 2, "words": 43, "sources": 1, "claims": 1, "orders": 1,
        "agreement": {"knee_ranks": 1.0},
    }  # fmt: skip
    folder = tmp_path / "mine"
    shutil.copytree(SOUND, folder)
    path = folder / "exercises" / "legs.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("impact: 1", "impact: 7"), encoding="utf-8")
    told = call("check", str(folder))
    assert (told.exit_code, told.stdout) == (1, "")
    assert "mine/exercises/legs.yaml:52:11 at /small_jump/impact: " in told.stderr
    assert told.stderr.endswith("1 fault\n")
    told = call("check", str(folder), "--json")
    assert told.exit_code == 1
    assert [error["line"] for error in json.loads(told.stdout)["errors"]] == [52]
    assert call("check", str(tmp_path / "nowhere")).exit_code == 2


@pytest.mark.parametrize("command", [(), ("show",), ("find",), ("check",)])
def test_help_has_an_example(command: tuple[str, ...]) -> None:
    told = call(*command, "--help")
    assert told.exit_code == 0
    assert re.search(r"\n  Example:\n    prehab graph \w+", told.stdout)


def test_ids_are_completed() -> None:
    from prehab.cli.graph import find, show

    def offered(command: Any, name: str, incomplete: str) -> set[str]:
        parameter = next(p for p in command.params if p.name == name)
        return {
            item.value
            for item in parameter.shell_complete(command.make_context("x", [], resilient_parsing=True), incomplete)
        }

    assert offered(find, "trains", "gluteus_m") == {"gluteus_maximus", "gluteus_medius", "gluteus_minimus"}
    assert offered(find, "phase", "p") == {"power"}
    assert {"hip_drop", "hip_joint", "hip_hitch"} <= offered(show, "name", "hip_")


def test_find_does_not_import_networkx() -> None:
    code = (
        "import sys; from prehab.cli import main\n"
        "try: main(['graph', 'find', '--trains', 'soleus'])\n"
        "finally: assert 'networkx' not in sys.modules, 'networkx'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
