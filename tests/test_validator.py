"""The validator that is kept with the compiled pack checks what pydantic's own does."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from pydantic import ValidationError

from prehab import Engine, Runner
from prehab.engine import known_words
from prehab.population import random_runner
from prehab.rules.pack import Pack
from prehab.validator import _told, kept_schema, runner_validator, validator_of
from tests.support import tries

KEPT = json.loads(json.dumps(kept_schema()))


def plain(validator: str) -> Counter[str]:
    """All that a validator checks, without where its parts are in memory, or in which order its tables hold them."""
    return Counter(re.findall(r"\w+", re.sub(r"0x[0-9a-f]+", "", validator)))


def test_it_is_built_of_the_same_parts() -> None:
    """In a process of its own, for pydantic takes the validators of parts that are ready made."""
    told = "from prehab.validator import *; from prehab import Runner; import json, sys\n"
    kept = f"{told}print(repr(validator_of(json.load(sys.stdin))))"
    own = f"{told}Runner.model_rebuild(); print(repr(Runner.__pydantic_validator__))"
    said = [
        subprocess.run([sys.executable, "-c", code], input=json.dumps(KEPT), capture_output=True, text=True, check=True)
        for code in (kept, own)
    ]
    assert plain(said[0].stdout) == plain(said[1].stdout)
    assert kept_schema() == KEPT


ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 1e400, 10**400, "", "knee", "left", "12 mi", "12 kg", "12 stone", "2026-11-28", "none", (),
    [], {}, [None], ["knee"], {"left": 1}, {"region": "knee"}, b"x",
)  # fmt: skip


def spoiled(data: Any, rng: random.Random) -> Any:
    """The same data with one thing in it that may be wrong."""
    if isinstance(data, dict) and data and rng.random() < 0.85:
        key = rng.choice(list(data))
        if rng.random() < 0.1:
            return {**data, rng.choice(("nonsense", *Runner.model_fields)): rng.choice(ODD)}
        return {**data, key: spoiled(data[key], rng)}
    if isinstance(data, list | tuple) and data and rng.random() < 0.8:
        place = rng.randrange(len(data))
        return [spoiled(one, rng) if number == place else one for number, one in enumerate(data)]
    return rng.choice(ODD)


def outcome(validator: Any, data: Any, words: Any) -> Any:
    try:
        made = validator.validate_python(data, context=words)
    except ValidationError as error:
        return error.title, error.errors(include_url=False)
    return repr(made), made, made.model_fields_set


def test_it_takes_and_refuses_the_same(pack: Pack) -> None:
    rng, words = random.Random(41), known_words(pack.catalogue)
    kept, own = validator_of(KEPT), Runner.__pydantic_validator__
    refused = 0
    for _ in range(tries(3000)):
        data: Any = random_runner(rng, pack)
        data = data.model_dump(exclude_unset=True) if isinstance(data, Runner) else data
        for _ in range(rng.randrange(3)):
            data = spoiled(data, rng)
        one, other = outcome(kept, data, words), outcome(own, data, words)
        assert repr(one) == repr(other)
        assert type(one[1]) is type(other[1])
        if isinstance(one[1], Runner):
            assert one == other
        else:
            refused += 1
    assert tries(3000) // 5 < refused < tries(3000)


def test_one_of_other_versions_of_pydantic_is_not_used() -> None:
    assert validator_of({**KEPT, "made_with": ["2.0.0", "2.0.1"]}) is None
    assert validator_of(KEPT) is not None


def test_an_engine_uses_it_where_the_pack_is_compiled() -> None:
    engine = Engine()
    runner = engine.runner({"age_years": 40, "legs": {"left": {"balance_s": 3}}})
    assert runner == Runner(age_years=40, legs={"left": {"balance_s": 3}})  # type: ignore[arg-type]
    assert isinstance(runner_validator().validate_python({}), Runner)


def test_what_cannot_be_found_again_by_its_name_is_not_kept() -> None:
    with pytest.raises(TypeError, match="cannot be kept"):
        _told({"function": lambda one: one})
