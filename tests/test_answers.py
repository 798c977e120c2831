"""The command that compares answers before a change and after it."""

import gzip
import json
from pathlib import Path

import pytest

from tests.answers import main


def test_the_same_code_gives_the_same_answers_and_another_answer_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "kept.gz"
    assert main(["keep", str(kept), "--runners", "3"]) == 0
    assert main(["compare", str(kept)]) == 0
    assert "0 of " in capsys.readouterr().out
    with gzip.open(kept, "rt") as file:
        told = json.load(file)
    told["answers"]["novice.yaml, durable"][1]["status"] = "stop"
    with gzip.open(kept, "wt") as file:
        json.dump(told, file)
    assert main(["compare", str(kept)]) == 1
    out = capsys.readouterr().out
    assert 'novice.yaml, durable\n  /1/status: "stop" is now "' in out
    assert "\n1 of " in out
