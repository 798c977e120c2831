"""Types that a generator makes of the published schemas compile, read well, and fit what is written."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from prehab import Engine, Recommendation
from prehab.schemas import MODELS, schema_of
from tests.browser import tool

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "tests" / "typescript" / "week.ts"
VAGUE = {"verdict": ["Change"], "record": ["Record"]}
"""What holds whatever something else does: a change what a plan does, a record what an answer does."""
BIN = "typescript/node_modules/.bin"


def run(*command: str | Path, given: str | None = None) -> str:
    done = subprocess.run([*map(str, command)], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="module")
def types(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the types of every schema, made as the guide says."""
    folder = tmp_path_factory.mktemp("types")
    for what in MODELS:
        (folder / f"{what}.json").write_text(json.dumps(schema_of(what, engine.pack)), encoding="utf-8")
    run(tool("node"), tool(f"{BIN}/json2ts"), "--maxItems", "2", "-i", str(folder), "-o", str(folder))
    return folder


@pytest.fixture(scope="module")
def compiled(types: Path) -> Path:
    """The program in JavaScript, beside the types that it was compiled with."""
    (types / PROGRAM.name).write_text(PROGRAM.read_text(encoding="utf-8"), encoding="utf-8")
    strict = ("--strict", "--noUncheckedIndexedAccess", "--target", "es2022", "--module", "commonjs")
    run(tool("node"), tool(f"{BIN}/tsc"), *strict, types / PROGRAM.name)
    return types / "week.js"


def call(compiled: Path, what: str, given: str = "null") -> object:
    code = f"const told = JSON.parse(require('fs').readFileSync(0, 'utf-8')); const is = require('{compiled}').{what};"
    shown = "console.log(JSON.stringify(typeof is === 'function' ? is(told) : is))"
    return json.loads(run(tool("node"), "-e", code + shown, given=given))


def refers(schema: Any) -> set[str]:
    """The definitions that a schema refers to; not for the names of keys, which are strings to the generator."""
    if isinstance(schema, list):
        return {name for one in schema for name in refers(one)}
    if not isinstance(schema, dict):
        return set()
    own = {schema["$ref"].rpartition("/")[2]} if isinstance(schema.get("$ref"), str) else set()
    return own | {name for key, one in schema.items() if key != "propertyNames" for name in refers(one)}


def test_types_have_names_of_their_own_and_say_what_they_hold(types: Path) -> None:
    for what in MODELS:
        text = (types / f"{what}.d.ts").read_text(encoding="utf-8")
        names = set(re.findall(r"^export (?:interface|type) (\w+)", text, flags=re.MULTILINE))
        schema = json.loads((types / f"{what}.json").read_text(encoding="utf-8"))
        assert names == {schema["title"]} | refers(schema), what
        assert not [name for name in names if name[-1].isdigit()]
        vague = [name for name in names if "[k: string]: unknown" in body(text, name)]
        assert vague == VAGUE.get(what, []), what
        assert max(map(len, text.splitlines())) < 400
        lists = [name for name in names if name.endswith("Id")]
        assert [name for name in lists if text.count(name) < 2] == [], "a list of ids that nothing names was copied out"


def body(text: str, name: str) -> str:
    """What stands in a type."""
    found = re.search(rf"^export (?:interface|type) {name}\b.*?^(?=export|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("example", ["sore-achilles", "racer", "groin-underfuelled"])
def test_a_program_reads_an_answer_by_its_types(compiled: Path, engine: Engine, example: str) -> None:
    answer = engine.recommend(engine.read_file(ROOT / "examples" / f"{example}.yaml"))
    assert call(compiled, "week", answer.to_json()) == list(lines(answer))


def lines(answer: Recommendation) -> list[str]:
    """The same as `week` of the program says."""
    said = [f"{answer.status}: {answer.headline}"]
    for session in answer.sessions:
        said.append(f"{session.day or 'any day'}, {session.minutes} min")
        for given in session.exercises:
            start = given.dose.start
            much = f"{start.sets} x {start.reps or start.hold_s or start.contacts}, rest {given.dose.rest_s[0]:g} s"
            said.append(f"  {given.name}, {much}: {given.because}")
    return said + [f"not {len(group.exercises)}: {group.because}" for group in answer.withheld]


def test_a_runner_that_a_program_writes_is_read(compiled: Path, engine: Engine) -> None:
    runner = engine.read_text(json.dumps(call(compiled, "me")))
    assert engine.recommend(runner).status == "modify"


def test_a_program_reads_a_verdict_by_its_types(compiled: Path, engine: Engine) -> None:
    verdict = engine.check_plan({}, {"sessions": [{"day": "tue", "exercises": [{"exercise": "depth_jump"}]}]})
    found = call(compiled, "unsafe", verdict.to_json())
    assert isinstance(found, list)
    assert len(found) == len([one for one in verdict.findings if one.severity == "breach"]) > 0
