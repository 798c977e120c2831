"""What each sign of a complaint leads to, at every place and under every name: the table of law 16, made anew.

``python -m tests.signs`` writes ``tests/signs.yaml``; a test holds the engine to it. Read the difference as a physician
would before keeping it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from prehab.engine import Engine
from prehab.rules.pack import Pack
from prehab.testing import Seen
from prehab.testing.seen import softer

__all__ = ["ANSWERS", "FILE", "names", "signs", "table"]

FILE = Path(__file__).parent / "signs.yaml"

ANSWERS = ("stop", "urgent", "routine", "limited", "noted", "already")
"""Everything stops; the place is referred, urgently or not; less is allowed or in a more careful way; the answer says
that the sign means nothing there; the injury by itself stops everything or is waiting for a clinician already."""

PAIN = 6
"""A pain that is there beyond doubt."""

COMPLAINT: dict[str, Any] = {
    "side": "left", "weeks": 4, "trend": "improving", "calm_sessions_in_row": 12,
    "pain": {"during": 0, "after": 0, "next_morning": 0, "walking": 0, "hopping": 0, "at_rest": 0, "at_night": 0},
    "signs": dict.fromkeys(("swelling", "locking", "loss_of_function", "focal_bone_tenderness", "limp"), False),
}  # fmt: skip
"""A complaint that troubles a strong runner little."""

RUNNER: dict[str, Any] = {
    "age_years": 34,
    "running": {"years": 10, "running_now": True, "pain_free_run_min": 90},
    "strength": {
        "weeks_trained": 60, "squat_bw": 1.6, "deadlift_bw": 1.8, "limb_symmetry_pct": 98, "low_plyometric_weeks": 30,
        "moderate_plyometric_weeks": 20,
    },
    "legs": {side: {"calf_raises": 32, "balance_s": 60, "clean_step_downs": 20} for side in ("left", "right")},
    "screens": dict.fromkeys(
        ("squat", "hinge", "lunge", "push", "pull", "rotate", "single_leg", "landing"), "competent"
    ),
}  # fmt: skip


def signs(pack: Pack) -> dict[str, tuple[str, ...]]:
    """Each sign that may be told of a complaint, and where it stands there."""
    fields = pack.kinds["complaint"].fields.items()
    told = {name: (field.source or name).split(".") for name, field in fields if not field.always}
    yes = {name for name, field in fields if field.type == "boolean" and field.worse == "higher"}
    return {
        name: tuple(path)
        for name, path in told.items()
        if name in yes or name in pack.catalogue.words["bone_signs"]
    }  # fmt: skip


def names(pack: Pack) -> Iterator[tuple[str, dict[str, str]]]:
    """Each name that a complaint may have, the place alone included, with what a runner file says."""
    for key, injury in pack.catalogue.injuries.items():
        yield key, {"region": injury.region} if injury.unnamed else {"injury": key}


def table(engine: Engine) -> dict[str, dict[str, list[str] | str]]:
    """For each sign the names that lead to each answer; the most frequent answer is that of all others."""
    found: dict[str, dict[str, list[str] | str]] = {}
    without = {key: Seen(engine, _runner(told, None)) for key, told in names(engine.pack)}
    for sign, path in signs(engine.pack).items():
        answers = {key: _answer(without[key], Seen(engine, _runner(told, path))) for key, told in names(engine.pack)}
        usual, _ = Counter(answers.values()).most_common(1)[0]
        found[sign] = {"all others": usual}
        for kind in dict.fromkeys((*ANSWERS, *answers.values())):
            if kind != usual and (listed := [key for key, answer in answers.items() if answer == kind]):
                found[sign][kind] = listed
    return found


def _answer(before: Seen, after: Seen) -> str:
    if after.answer.status == "stop":
        return "already" if before.answer.status == "stop" else "stop"
    new = {(one.rule, one.urgency) for one in after.answer.referrals}
    new -= {(one.rule, one.urgency) for one in before.answer.referrals}
    for urgency in ("urgent", "routine"):
        if any(one == urgency for _, one in new):
            return urgency
    if any("means nothing there" in note for note in after.answer.notes):
        return "noted"
    if _cautions(after) - _cautions(before) or list(softer(after, before)):
        return "limited"
    return "already" if before.answer.status == "refer" else "nothing"


def _cautions(seen: Seen) -> set[str]:
    """The rules that withhold or limit something for a runner."""
    return {
        seen.engine._program.rule(firing.variant).id
        for kind in ("forbid", "limit", "prescribe", "close")
        for one in seen.decisions.of(kind)
        for firing in one.firings
    }


def _runner(told: dict[str, str], sign: tuple[str, ...] | None) -> dict[str, Any]:
    complaint: dict[str, Any] = {**deepcopy(COMPLAINT), **told}
    if sign is not None:
        *above, last = sign
        into = complaint
        for part in above:
            into = into[part]
        into[last] = PAIN if "pain" in above else True
    return {**RUNNER, "complaints": [complaint]}


def main() -> None:
    """Write the table."""
    head = "".join(f"# {line}\n" for line in (
        "What a sign that is told of a complaint leads to: at every place (names that begin with unnamed_) and under",
        "every name. Written by `make signs`; tests/signs.py says what the words mean. Nothing may lead to nothing.",
    ))  # fmt: skip
    engine = Engine(evaluator="compiled")
    text = yaml.safe_dump(table(engine), sort_keys=False, width=118, default_flow_style=None)
    FILE.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
