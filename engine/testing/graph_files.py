"""Random small graphs that pass the checks: a handful of exercises on ladders, what hurts, what is owned."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from prehab.graph.catalogue import Catalogue
from prehab.graph.load import load_catalogue
from prehab.population import Choose

__all__ = ["GraphFiles", "make_graph", "random_graph"]

Text = dict[str, Any]

REGIONS = ("knee", "shin", "achilles")
TISSUES = {"knee": "joint", "shin": "bone", "achilles": "tendon"}
STRUCTURES = {"knee": "kneecap", "shin": "tibia", "achilles": "achilles_tendon"}
RUNGS = ("easy", "harder", "hardest")
FLOOR = "floor_0"
"""What can always be done: lying, without equipment, loading nothing above the lowest level."""


@dataclass(frozen=True)
class GraphFiles:
    """What the files of a graph folder hold, by path in the folder; it reads as its exercises do."""

    files: Mapping[str, Any]

    def write(self, folder: Path) -> None:
        """Write the files. JSON is YAML, and quicker to read."""
        for name, data in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(data), encoding="utf-8")

    @cached_property
    def catalogue(self) -> Catalogue:
        """The checked contents."""
        with TemporaryDirectory() as folder:
            self.write(Path(folder))
            return load_catalogue(Path(folder))

    def __repr__(self) -> str:
        shown = {name: data for name, data in self.files.items() if name != "words.yaml"}
        return "".join(f"# {name}\n{yaml.safe_dump(data, sort_keys=False)}" for name, data in shown.items())

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # what hypothesis asks for when it reports
        printer.text(repr(self))


def random_graph(rng: random.Random) -> Catalogue:
    """A random small graph, through the real loader.

    Args:
        rng: Where the choices come from; the same seed gives the same graph.
    """
    return GraphFiles(make_graph(rng.choice)).catalogue


def make_graph(choose: Choose) -> Text:
    """The files of a random graph. The first option of every choice gives the smallest one."""
    regions = REGIONS[: choose((1, 2, 3))]
    exercises = _floor()
    for pattern in ("squat", "hinge", "calf", "jump")[: choose((1, 2, 3, 4))]:
        exercises |= _ladder(choose, pattern, choose((1, 2, 3)))
    injuries: Text = {}
    for region in regions:
        injuries[f"unnamed_{region}_pain"] = _injury(choose, region, exercises, unnamed=True)
        if choose((False, True)):
            injuries[f"sore_{region}"] = _injury(choose, region, exercises, unnamed=False)
    return {
        "words.yaml": _words(choose, regions),
        "exercises/made.yaml": exercises,
        "injuries/made.yaml": injuries,
    }


def _floor() -> Text:
    lying = {"pattern": "floor", "position": "lying", "trains": {"gluteals": "primary"}, "loads": {"kneecap": 1}}
    alone = {"free_standing": "Nothing here is harder."}
    return {FLOOR: {**_exercise(FLOOR), **lying, **alone, "needs": [], "osteogenic": 0, "phase": "base"}}


def _exercise(name: str) -> Text:
    return {
        "name": name.replace("_", " ").capitalize(), "pattern": "squat", "phase": "base", "modes": ["dynamic"],
        "sides": "both", "position": "standing", "impact": 0, "skill": 1, "external_load": "none", "explosive": "none",
        "needs": [], "trains": {"quadriceps": "primary"}, "loads": {"kneecap": 1, "tibia": 1}, "osteogenic": 1,
        "cues": ["Slowly"], "consensus": True,
    }  # fmt: skip


def _ladder(choose: Choose, pattern: str, rungs: int) -> Text:
    """Exercises of one pattern, each a little harder than the one before."""
    names = [f"{pattern}_{rung}" for rung in RUNGS[:rungs]]
    made: Text = {}
    for level, name in enumerate(names):
        one = _exercise(name)
        springy = pattern == "jump"
        one |= {"pattern": pattern, "phase": "spring" if springy else ("base", "strength", "strength")[level]}
        one["loads"] = {
            "kneecap": choose((1, 2)) + level, "tibia": 1 + level, "achilles_tendon": choose((1, 2)) + level,
        }  # fmt: skip
        one["skill"] = choose((1, 2, 3))
        one["sides"] = choose(("both", "each", "split"))
        if springy:
            one |= {"modes": ["plyometric"], "explosive": ("low", "moderate", "moderate")[level], "impact": 1 + level}
        else:
            one["external_load"] = choose(("none", "optional", "required")) if level else "none"
            one["modes"] = choose((["dynamic"], ["isometric"], ["isometric", "dynamic"]))
            one["osteogenic"] = 0 if one["modes"] == ["isometric"] else choose((0, 1, 2))
        if choose((False, True)):
            one["needs"] = [choose((["chair"], ["band"], ["chair", "band"]))]
        if level + 1 < len(names):
            one["progresses_to"] = [names[level + 1]]
        made[name] = one
    if rungs == 1:
        made[names[0]]["free_standing"] = "Nothing here is harder."
    return made


def _injury(choose: Choose, region: str, exercises: Text, *, unnamed: bool) -> Text:
    others = [name for name in exercises if name != FLOOR]
    treated = [{"exercise": FLOOR, "stage": "calm"}]
    if choose((False, True)):
        treated.append({"exercise": choose(others), "stage": "calm"})
    return {
        "name": f"{region} pain" if unnamed else f"sore {region}", "plain": f"a sore {region}", "unnamed": unnamed,
        "region": region, "tissue": TISSUES[region], "affects": {STRUCTURES[region]: "main"},
        "high_risk": False if unnamed else choose((False, True)), "treated_by": treated, "consensus": True,
        "stages": {"calm": {"goal": "Settle it", "move_on": "It is quiet", "step_back": "It is not"}},
    }  # fmt: skip


def _words(choose: Choose, regions: tuple[str, ...]) -> Text:
    def plain(*words: str) -> dict[str, str]:
        return {word: word.capitalize() for word in words}

    shown = ["squat", "hinge", *(["landing"] if choose((True, False)) else [])]
    screened = {"squat": "squat", "hinge": "hinge", "jump": "landing"}
    patterns = {
        name: {"name": name, "slot": "main", **({"screen": screened[name]} if screened.get(name) in shown else {})}
        for name in ("squat", "hinge", "calf", "jump", "floor")
    }
    structures = {
        name: {"name": name, "tissue": TISSUES[region], "region": region if region in regions else regions[0]}
        for region, name in STRUCTURES.items()
    }
    return {
        "phases": plain("base", "strength", "spring"), "modes": plain("dynamic", "isometric", "plyometric"),
        "explosive": plain("none", "low", "moderate"), "external_load": plain("none", "optional", "required"),
        "sides": plain("both", "each", "split"), "positions": plain("standing", "lying"), "screens": plain(*shown),
        "slots": plain("main"), "patterns": patterns,
        "regions": {
            name: {"name": name, "presume": f"unnamed_{name}_pain", "tells": choose(({}, {"limp": "any"}))}
            for name in regions
        },
        "tissues": plain("joint", "bone", "tendon"), "structures": structures,
        "muscles": {name: {"name": name} for name in ("quadriceps", "gluteals")},
        "faults": {name: {"name": name, "points_at": ["gluteals"]} for name in ("hip_drop", "stiff_landing")},
        "features": plain("balance"),
        "equipment": {"chair": {"name": "chair", "everyday": True}, "band": {"name": "band"}},
        "adaptations": plain("strength"), "stages": plain("calm"), "doses": plain("easy"),
        "tests": {"raises": {"name": "raises", "of": "leg", "how": "Count them"}}, "red_flags": plain("limp"),
        "bone_signs": {"limp": choose(("any", "some"))},
        "study_kinds": plain("rct"),
    }  # fmt: skip
