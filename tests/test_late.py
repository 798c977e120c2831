"""Models that are completed when that is needed are the models that they would have been."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, create_model

from prehab import Complaint, Engine, Runner
from prehab.graph.models import REQUIRED, TRIED
from prehab.graph.schema import Strict
from prehab.recommendation import Dose, Phase, Start

ROOT = Path(__file__).resolve().parent.parent
START = "from prehab.graph import late; from prehab.recommendation import Dose, Recommendation, Start\n"


def alone(code: str, told: str = "") -> str:
    """What code prints in a process of its own, where no model was completed before."""
    asked = [sys.executable, "-c", START + code]
    return subprocess.run(asked, input=told, capture_output=True, text=True, check=True).stdout


def test_an_answer_completes_no_model_of_outputs() -> None:
    code = (
        "from prehab import Engine\n"
        "answer = Engine().recommend({'complaints': [{'injury': 'patellofemoral_pain'}]})\n"
        "hash(answer.sessions), answer == answer, repr(type(answer))\n"
        "waiting = {model.__name__ for model in late._written}\n"
        "print({'Recommendation', 'Condition', 'Dose', 'Given', 'Exercise', 'Injury', 'Field', 'Scheme'} - waiting)"
    )
    assert alone(code) == "set()\n"


WAYS = {
    "model_fields": "sorted(Dose.model_fields)",
    "model_json_schema": "sorted(Dose.model_json_schema()['properties'])",
    "validator": "sorted(Dose.__pydantic_validator__ and Dose.model_fields)",
    "core_schema": "sorted(Dose.__pydantic_core_schema__.rebuild() and Dose.model_fields)",
    "adapter": "__import__('pydantic').TypeAdapter(Dose).json_schema() and sorted(Dose.model_fields)",
    "annotations": "sorted(Dose.__annotations__)",
    "subclass": "sorted(type('More', (Dose,), {'__module__': 'elsewhere', '__annotations__': {}}).model_fields)",
}


@pytest.mark.parametrize("way", WAYS.values(), ids=list(WAYS))
def test_whatever_asks_for_a_model_completes_it(way: str) -> None:
    assert alone(f"print({way})") == f"{sorted(Dose.model_fields)}\n"


def test_a_late_model_is_as_it_would_have_been() -> None:
    class Usual(BaseModel):
        overall: str

    assert Phase.model_config["frozen"]
    assert Phase.model_config["extra"] == "forbid"
    assert Phase.__doc__
    assert Usual.model_fields["overall"].annotation is Phase.model_fields["overall"].annotation is str
    assert not hasattr(Start, "sets"), "defaults are no attributes of the class"
    assert TypeAdapter(list[Complaint]).validate_python([{"region": "knee"}])[0].region == "knee"
    again = pickle.loads(pickle.dumps(Runner(age_years=30)))
    assert again == Runner(age_years=30)
    assert hash(again) == hash(Runner(age_years=30))
    assert hash(again) != hash(Runner(age_years=31))


def test_a_subclass_of_somebody_else_is_a_usual_model() -> None:
    local = int

    class Mine(Runner):
        shoes: local = 2  # type: ignore[valid-type]

    assert Mine(age_years=40).shoes == 2
    assert list(Mine.model_fields) == [*Runner.model_fields, "shoes"]

    made = create_model("Made", __base__=Runner, shoes=(int, 3))
    assert made(age_years=40).shoes == 3

    class Plain(Strict):
        one: int
        two: Phase | None = None

    assert Plain(one=1) == Plain.model_validate({"one": 1})


def test_a_configuration_of_its_own_adds_to_that_of_the_bases() -> None:
    asked = "from prehab.rules.schema import RuleText; print(RuleText.model_config['extra'], len(late._written) > 0)"
    assert alone(asked) == "forbid True\n"
    nested = (
        "from prehab.rules.schema import RuleFile\n"
        "try: RuleFile.model_validate({'rules': {'a': {'any_off': []}}})\n"
        "except Exception as error: print('any_off' in str(error))"
    )
    assert alone(nested) == "True\n"


THREADS = """
import sys, threading
from pydantic import TypeAdapter
from prehab import Complaint, InputError
sys.setswitchinterval(1e-6)
found, start = [], threading.Barrier(8)
def fields():
    return len(Recommendation.model_fields), Dose.model_fields["tempo"].is_required()
def schema():
    return str(Recommendation.model_json_schema())
def adapter():
    return str(TypeAdapter(list[Dose]).json_schema())
def valid():
    try: Complaint.model_validate({"region": "knee", "side": 1})
    except InputError as error: return Complaint(region="hip").region, str(error)
def answer():
    return Recommendation.from_json(text).to_json() == text
text = sys.stdin.read()
def ask():
    start.wait()
    found.append(ways())
threads = [threading.Thread(target=ask) for _ in range(8)]
for one in threads: one.start()
for one in threads: one.join()
print(found == [ways()] * 8)
"""


@pytest.mark.parametrize("way", ["fields", "schema", "adapter", "valid", "answer"])
def test_threads_that_complete_a_model_at_once_find_the_same(way: str) -> None:
    text = Engine().recommend({"complaints": [{"region": "knee"}]}).to_json()
    code = THREADS.replace("ways()", f"{way}()")
    assert [alone(code, text) for _ in range(2)] == ["True\n"] * 2


FORKED = """
import os
late._turn.acquire()  # as if somebody else were completing a model
child = os.fork()
if not child:
    import threading
    done = []
    one = threading.Thread(target=lambda: done.append(len(Dose.model_fields)))
    one.start()
    one.join(20)
    os._exit(0 if done else 1)
print(os.waitpid(child, 0)[1])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_while_somebody_completes_a_model_does_not_hang() -> None:
    assert alone(FORKED) == "0\n"


def fields_of(model: Any) -> dict[str, Any]:
    from prehab.graph.late import declared

    return declared(model)


def test_what_is_declared_is_what_pydantic_finds() -> None:
    for model in (Runner, Complaint, Dose, Start, Phase):
        fields = model.model_fields.items()
        told = {
            n: REQUIRED if f.is_required() else f.get_default(call_default_factory=True, validated_data={})
            for n, f in fields
        }
        assert list(fields_of(model).items()) == list(told.items())
    code = "before = repr(late.declared(Dose)); Dose.model_fields; print(before == repr(late.declared(Dose)))"
    assert alone(code) == "True\n"


def test_with_a_pydantic_that_was_not_tried_models_are_made_at_once() -> None:
    """It answers the same, and nothing inside pydantic is touched."""
    ask = (
        "from prehab import Engine, Recommendation\n"
        "answer = Engine().recommend({'complaints': [{'region': 'knee', 'pain': {'during': 3}}]})\n"
        "assert Recommendation.model_validate_json(answer.model_dump_json()) == answer\n"
        "import sys; print('prehab.graph.late' in sys.modules, answer.to_json())\n"
    )
    now, untried = (
        subprocess.run([sys.executable, "-c", before + ask], capture_output=True, text=True, check=True).stdout
        for before in ("", "import pydantic, pydantic.version as v; pydantic.VERSION = v.VERSION = '2.99.1'\n")
    )
    assert (now[:5], untried[:5]) == ("True ", "False")
    assert now[5:].lstrip() == untried[6:]


def test_the_newest_pydantic_that_was_tried_is_the_pinned_one() -> None:
    (pinned,) = re.findall(r"^pydantic==(\d+)\.(\d+)\.", (ROOT / "tests/requirements.txt").read_text(), re.MULTILINE)
    assert TRIED[1] == tuple(map(int, pinned))


def test_the_oldest_pydantic_that_was_tried_is_the_oldest_that_is_allowed() -> None:
    (oldest,) = re.findall(r'"pydantic>=(\d+)\.(\d+)",$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert TRIED[0] == tuple(map(int, oldest))
