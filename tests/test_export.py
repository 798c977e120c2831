"""The exports: other programs read back what the graph holds, and a file is written whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import networkx
import pytest
from click.testing import CliRunner

from prehab.cli import main
from prehab.cli.graph_export import export as command
from prehab.graph.export import FORMATS, MERMAID_EDGES, export, flat, part_of
from prehab.graph.faults import InputError
from prehab.graph.load import load_catalogue
from prehab.graph.network import KnowledgeGraph, load_graph
from prehab.graph.relations import KINDS
from prehab.graph.text import hidden, visible
from tests.browser import Chromium, chromium, tool

SQUAT: dict[str, Any] = {"around": "exercise:goblet_squat", "kinds": ["exercise"]}
HOSTILE = [
    'say "hello" \\ and \\"more\\"', "</script><!-- <b>&amp;", "a -->|x| b]; end", "`**bold**` #quot; #35; ;",
    "style x:y#abc;", "Größe ½ 深蹲 ↔", "ends with \\", "%%{init: {}}%%", "new\nline \\n \\N \\G", "{a|b}<c>", "]]>",
    "\u202eevil \x1b[2J \u2028 \u200b",
]  # fmt: skip


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return load_graph(load_catalogue())


@pytest.fixture(scope="module")
def browser() -> Any:
    with chromium() as driver:
        yield driver


def named(graph: KnowledgeGraph, name: str, key: str = "goblet_squat") -> KnowledgeGraph:
    """The graph in which an exercise has this name, and no other does."""
    exercises = graph.catalogue.exercises
    renamed = exercises[key].model_copy(update={"name": name, "aliases": [name]})
    return load_graph(replace(graph.catalogue, exercises={**exercises, key: renamed}))


_odd: dict[str, KnowledgeGraph] = {}


def with_odd(graph: KnowledgeGraph, name: str) -> KnowledgeGraph:
    """The graph with that name, made once for all that it is written into."""
    if name not in _odd:
        _odd[name] = named(graph, name)
    return _odd[name]


def listed(value: Any) -> Any:
    """What JSON makes of a value."""
    return json.loads(json.dumps(value))


# -- the parts --------------------------------------------------------------------------------------------------------


def test_a_part_is_in_the_order_of_the_whole(graph: KnowledgeGraph) -> None:
    whole = part_of(graph)
    assert list(whole.nodes(data=True)) == list(graph.network.nodes(data=True))
    assert set(whole.edges(keys=True)) == set(graph.network.edges(keys=True))
    part = part_of(graph, kinds=["muscle", "exercise"])
    assert list(part) == [key for key in whole if key.startswith(("exercise:", "muscle:"))]
    assert {data["relation"] for *_, data in part.edges(data=True)} >= {"trains", "part_of", "progresses_to"}


@pytest.mark.parametrize("steps", [0, 1, 2])
@pytest.mark.parametrize("kinds", [(), ("exercise",), ("injury", "muscle")])
def test_a_neighbourhood_is_what_the_steps_reach(graph: KnowledgeGraph, kinds: tuple[str, ...], steps: int) -> None:
    network, reached = graph.network, {"muscle:soleus"}
    for _ in range(steps):
        near = {b for a in reached for b in (*network.successors(a), *network.predecessors(a))}
        reached |= {key for key in near if not kinds or key.partition(":")[0] in kinds}
    part = part_of(graph, kinds=kinds, around="soleus", steps=steps)
    assert set(part) == reached
    assert part.number_of_edges() == network.subgraph(reached).number_of_edges()


def test_what_does_not_exist_is_told_with_the_nearest_name(graph: KnowledgeGraph) -> None:
    with pytest.raises(InputError) as caught:
        part_of(graph, kinds=["exercises", "injjury", "muscle"])
    assert [(f.value, f.did_you_mean) for f in caught.value.faults] == [
        ("exercises", ("exercise",)), ("injjury", ("injury",)),
    ]  # fmt: skip
    with pytest.raises(InputError, match="soleuss"):
        part_of(graph, around="soleuss")
    with pytest.raises(InputError, match="graphml"):
        export(graph, "graphmll")


def test_the_same_graph_gives_the_same_text(graph: KnowledgeGraph) -> None:
    """Whatever the order of sets may be in another process."""
    code = (
        "import sys; from prehab.graph.export import FORMATS, export; from prehab.graph.network import load_graph\n"
        "graph = load_graph()\n"
        "for form in FORMATS: sys.stdout.buffer.write(export(graph, form, around='soleus', steps=2).encode())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": "7"})
    assert done.stdout.decode() == "".join(export(graph, form, around="soleus", steps=2) for form in FORMATS)


# -- GraphML and JSON -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [{}, {"kinds": ["exercise"]}, {"around": "soleus", "steps": 1}])
def test_graphml_read_back_is_the_same_graph(graph: KnowledgeGraph, parts: dict[str, Any]) -> None:
    part = part_of(graph, **parts)
    text = export(graph, "graphml", **parts).encode()
    read = networkx.read_graphml(BytesIO(text), edge_key_type=int, force_multigraph=True)
    assert dict(read.nodes(data=True)) == {key: flat(data) for key, data in part.nodes(data=True)}
    assert {(a, b, k): data for a, b, k, data in read.edges(keys=True, data=True)} == {
        (a, b, k): flat(data) for a, b, k, data in part.edges(keys=True, data=True)
    }


def test_flat_attributes_lose_nothing(graph: KnowledgeGraph) -> None:
    for _, data in graph.network.nodes(data=True):
        told = flat(data)
        for name, value in data["fields"].items():
            if value is None:
                assert f"fields.{name}" not in told
                continue
            kept = told[f"fields.{name}"]
            assert (json.loads(str(kept)) if isinstance(value, list | dict) else kept) == listed(value)


@pytest.mark.parametrize("parts", [{}, {"kinds": ["exercise"]}, {"around": "soleus", "steps": 1}])
def test_json_read_back_is_the_same_graph(graph: KnowledgeGraph, parts: dict[str, Any]) -> None:
    part = part_of(graph, **parts)
    read = networkx.node_link_graph(json.loads(export(graph, "json", **parts)), name="key", edges="edges")
    assert (read.is_directed(), read.is_multigraph()) == (True, True)
    assert list(read.nodes(data=True)) == listed(list(part.nodes(data=True))) or dict(read.nodes(data=True)) == {
        key: listed(data) for key, data in part.nodes(data=True)
    }
    assert {(a, b, k): data for a, b, k, data in read.edges(keys=True, data=True)} == {
        (a, b, k): listed(data) for a, b, k, data in part.edges(keys=True, data=True)
    }


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_graphml_or_json(graph: KnowledgeGraph, name: str) -> None:
    odd = with_odd(graph, name)
    xml = networkx.read_graphml(BytesIO(export(odd, "graphml", **SQUAT).encode()), force_multigraph=True)
    assert xml.nodes["exercise:goblet_squat"]["name"] == visible(name)
    assert json.loads(xml.nodes["exercise:goblet_squat"]["fields.aliases"]) == [name]
    data = networkx.node_link_graph(json.loads(export(odd, "json", **SQUAT)), name="key", edges="edges")
    assert data.nodes["exercise:goblet_squat"]["name"] == name


@pytest.mark.parametrize("form", ["graphml", "json", "dot", "mermaid"])
def test_nothing_that_is_exported_steers_what_shows_it(graph: KnowledgeGraph, form: str) -> None:
    for name in HOSTILE:
        assert hidden(export(with_odd(graph, name), form, **SQUAT)) is None


# -- DOT, read by graphviz --------------------------------------------------------------------------------------------


def dot(text: str, form: str) -> str:
    done = subprocess.run(
        [tool("dot"), f"-T{form}"], input=text, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_graphviz_reads_the_whole_graph(graph: KnowledgeGraph) -> None:
    """Counted by graphviz, not laid out: that would take it minutes."""
    done = subprocess.run(
        [tool("gc"), "-n", "-e"], input=export(graph, "dot"), capture_output=True, text=True, check=True
    )
    nodes, edges = map(int, done.stdout.split()[:2])
    assert (nodes, edges, done.stderr) == (len(graph.network), graph.network.number_of_edges(), "")


def test_graphviz_sees_the_nodes_edges_and_words(graph: KnowledgeGraph) -> None:
    part = part_of(graph, around="goblet_squat")
    read = json.loads(dot(export(graph, "dot", around="goblet_squat"), "json0"))
    names = {node["_gvid"]: node["name"] for node in read["objects"]}
    assert {node["name"]: node["label"] for node in read["objects"]} == dict(part.nodes(data="name"))
    edges = [(names[edge["tail"]], names[edge["head"]]) for edge in read["edges"]]
    assert sorted(edges) == sorted((a, b) for a, b in part.edges())
    assert {"progresses to", "trains (primary)"} <= {edge["label"] for edge in read["edges"]}


def test_no_name_breaks_dot(graph: KnowledgeGraph) -> None:
    for name in HOSTILE:
        read = json.loads(dot(export(with_odd(graph, name), "dot", **SQUAT), "json0"))
        label = next(node["label"] for node in read["objects"] if node["name"] == "exercise:goblet_squat")
        assert label == visible(name).replace("\\", "\\\\").replace("\n", "\\n"), "as graphviz escapes a label"


# -- Mermaid, read by Mermaid -----------------------------------------------------------------------------------------

DRAW = """
const [text, draw, done] = arguments;
const shown = ({svg}) => {
  document.body.innerHTML = svg;
  return [...document.querySelectorAll('.nodeLabel')].map((label) => label.textContent).join('\\n');
};
mermaid.initialize({startOnLoad: false, maxEdges: 1e6, maxTextSize: 1e8});
const read = () => mermaid.parse(text).then((parsed) => parsed.diagramType);
const told = draw ? mermaid.render('drawn', text).then(shown) : read();
told.then(done, (error) => done('FAILED ' + error));
"""


@pytest.fixture(scope="module")
def mermaid(browser: Chromium, tmp_path_factory: pytest.TempPathFactory) -> Any:
    page = tmp_path_factory.mktemp("mermaid") / "page.html"
    script = Path(tool("mermaid.min.js")).as_uri()
    page.write_text(f'<!doctype html><meta charset="utf-8"><script src="{script}"></script>', encoding="utf-8")
    browser.open(page)
    return lambda text, draw: browser.execute_async_script(DRAW, text, draw)


def test_mermaid_reads_the_whole_graph(graph: KnowledgeGraph, mermaid: Any) -> None:
    assert mermaid(export(graph, "mermaid"), False) == "flowchart-v2"


def test_no_name_breaks_mermaid(graph: KnowledgeGraph, mermaid: Any) -> None:
    """Several at once, for drawing takes long."""
    keys = [key.partition(":")[2] for key in part_of(graph, **SQUAT)]
    for names in (HOSTILE[place : place + len(keys)] for place in range(0, len(HOSTILE), len(keys))):
        made = graph
        for key, name in zip(keys, names, strict=False):
            made = named(made, name, key)
        text = mermaid(export(made, "mermaid", **SQUAT), True)
        assert {" ".join(visible(name).split()) for name in names} <= set(text.split("\n"))


# -- the command ------------------------------------------------------------------------------------------------------


def call(*words: str) -> Any:
    return CliRunner().invoke(main, ["graph", "export", *words])


def test_the_command_offers_every_format() -> None:
    form = next(parameter for parameter in command.params if parameter.name == "form")
    assert tuple(form.type.choices) == FORMATS  # type: ignore[attr-defined]


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_writes_what_the_library_gives(graph: KnowledgeGraph, form: str, tmp_path: Path) -> None:
    words = ("--format", form, "--around", "goblet_squat", "--kind", "exercise", "--steps", "2")
    expected = export(graph, form, around="goblet_squat", kinds=["exercise"], steps=2)
    assert call(*words).stdout == call(*words, "--output", "-").stdout == expected
    path = tmp_path / "graph.txt"
    path.write_text("before", encoding="utf-8")
    told = call(*words, "--output", str(path), "--json")
    assert path.read_bytes() == expected.encode()
    assert json.loads(told.stdout)["bytes"] == len(expected.encode())
    assert [p.name for p in tmp_path.iterdir()] == ["graph.txt"]
    assert call(*words, "-o", str(path)).stdout.startswith(f"{path}: ")


@pytest.mark.usefixtures("full_disk")
def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    told = call("--format", "dot", "--around", "soleus", "-o", str(tmp_path / "no" / "where.dot"))
    assert (told.exit_code, told.stdout) == (2, "")
    assert f"there is no folder `{tmp_path / 'no'}`" in told.stderr
    told = call("--format", "dot", "--around", "soleus", "-o", str(tmp_path), "--json")
    assert (told.exit_code, json.loads(told.stdout)["errors"][0]["code"]) == (2, "cannot-write")
    path = tmp_path / "graph.dot"
    path.write_text("before", encoding="utf-8")
    told = call("--format", "dot", "--around", "soleus", "-o", str(path))
    assert (told.exit_code, path.read_text(encoding="utf-8")) == (2, "before")
    assert "no space left" in told.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["graph.dot"]


def test_a_device_is_written_to_and_not_replaced() -> None:
    assert call("--format", "json", "--around", "soleus", "-o", "/dev/null").exit_code == 0
    assert Path("/dev/null").is_char_device()


def test_the_command_refuses_what_it_cannot_use() -> None:
    for words, said in [
        (["--kind", "exercises"], "did you mean `exercise`?"),
        (["--around", "goblet_squad"], "did you mean `goblet_squat`?"),
        (["--around", "foot"], "names more than one thing"),
        (["--steps", "2"], "`--steps` goes with `--around`"),
    ]:
        told = call("--format", "dot", *words)
        assert (told.exit_code, told.stdout) == (2, "")
        assert said in told.stderr
    assert call("--format", "svg").exit_code == 2


def test_mermaid_s_own_limit_is_told() -> None:
    assert f"at most {MERMAID_EDGES} edges" in call("--format", "mermaid", "-o", "/dev/null").stderr
    assert call("--format", "mermaid", "--around", "goblet_squat").stderr == ""


def test_kinds_are_completed() -> None:
    kinds = next(parameter for parameter in command.params if parameter.name == "kinds")
    offered = kinds.shell_complete(command.make_context("x", [], resilient_parsing=True), "")
    assert [item.value for item in offered] == list(KINDS)
