"""What a campaign once found stays mended."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from prehab.engine import load_bundled_pack
from prehab.lacking import Lacking
from prehab.testing.packs import random_files
from tests import campaign
from tests.campaign import CORPUS, Find, Trial, fewest_rules, pieces, replay

FINDS = sorted(CORPUS.glob("*.yaml"))


@pytest.mark.parametrize("path", FINDS, ids=lambda path: path.stem)
def test_a_find_is_mended(path: Path) -> None:
    assert replay(path) == []


def test_replaying_would_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the mending taken back, what it mended is found again."""
    monkeypatch.setattr(Lacking, "_together", lambda *_: ())
    assert any(
        "no reason is given" in fault for path in FINDS if path.stem.startswith("law-12") for fault in replay(path)
    )


def test_a_find_is_written_small_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seeded difference of the evaluators: a rule goes unseen by one of them."""
    made = random_files(random.Random(3), load_bundled_pack().catalogue)
    blind = {"rule": ""}

    def differ(trial: Trial, data: object, *, plainly: bool = True) -> list[str]:
        return ["blind"] if blind["rule"] in trial.pack.by_id else []

    monkeypatch.setattr(Trial, "differ", differ)
    blind["rule"] = list(made.files["random.yaml"]["rules"])[-1]
    files = fewest_rules(made.files, lambda smaller: bool(campaign.trial_of(smaller).differ({})))
    assert blind["rule"] in files["random.yaml"]["rules"]
    assert len(files["random.yaml"]["rules"]) < len(made.files["random.yaml"]["rules"])
    path = Find("evaluators", "blind", {"age_years": 30}, None, files).write(tmp_path)
    assert replay(path) == ["blind"]


def test_a_small_campaign_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One piece of each kind of work, smaller than in a campaign."""
    monkeypatch.setattr(
        campaign,
        "PIECE",
        {
            "runners": 50,
            "laws": 2,
            "packs": 1,
            "proofs": 20,
            "mutants": 8,
            "weeks": 20,
            "unlocks": 4,
            "boundaries": 1,
            "columns": 20,
        },
    )
    for work in campaign.WORK.values():
        counts, finds = work("suite")
        assert finds == []
        assert sum(counts.values()) > 0


def test_so_many_runners_and_no_fewer() -> None:
    assert [kind for kind, _ in pieces(1, {"runners": 4001})] == ["runners"] * 3
    assert len({seed for _, seed in pieces(1, {"runners": 10**6})}) == 500
