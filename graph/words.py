"""The shape of ``words.yaml``, the closed word lists that everything else is written in."""

from __future__ import annotations

from typing import Annotated, Literal

from prehab.graph.models import Field
from prehab.graph.schema import Strict, Text, Word

__all__ = ["WordLists"]


class _Named(Strict):
    name: Text


class _Pattern(_Named):
    slot: Annotated[str, Word("slots")]
    screen: Annotated[str, Word("screens")] | None = None


class _Region(_Named):
    presume: Annotated[str, Word("injuries")]
    in_pregnancy: Annotated[str, Word("injuries")] | None = None
    bone: Text | None = None
    tells: dict[Annotated[str, Word("bone_signs")], Literal["much", "some", "any"]] = {}


class _Structure(_Named):
    tissue: Annotated[str, Word("tissues")]
    region: Annotated[str, Word("regions")]
    weight_bearing: bool = False
    landing: bool = False
    loaded_as: Annotated[str, Word("structures")] | None = None
    of: list[Annotated[str, Word("muscles")]] = []
    bears: list[Annotated[str, Word("features")]] = []


class _Muscle(_Named):
    parent: Annotated[str, Word("muscles")] | None = None


class _FaultSeen(_Named):
    points_at: Annotated[list[Annotated[str, Word("muscles")]], Field(min_length=1)]


class _Equipment(_Named):
    everyday: bool = False
    most_load: Text | None = None
    stands_in_for: dict[Annotated[str, Word("equipment")], Text] = {}


class _Test(_Named):
    how: Text
    measures: list[Annotated[str, Word("muscles")]] = []
    of: Literal["runner", "leg", "complaint"]


class WordLists(Strict):
    """The shape of ``words.yaml``."""

    phases: dict[str, Text]
    modes: dict[str, Text]
    explosive: dict[str, Text]
    external_load: dict[str, Text]
    sides: dict[str, Text]
    positions: dict[str, Text]
    screens: dict[str, Text]
    slots: dict[str, Text]
    patterns: dict[str, _Pattern]
    regions: dict[str, _Region]
    tissues: dict[str, Text]
    structures: dict[str, _Structure]
    muscles: dict[str, _Muscle]
    faults: dict[str, _FaultSeen]
    features: dict[str, Text]
    equipment: dict[str, _Equipment]
    adaptations: dict[str, Text]
    stages: dict[str, Text]
    doses: dict[str, Text]
    tests: dict[str, _Test]
    red_flags: dict[str, Text]
    bone_signs: dict[Annotated[str, Word("red_flags")], Literal["some", "any"]] = {}
    study_kinds: dict[str, Text]
    running: dict[Literal["continuous", "in_turns"], Text] = {}
    places: dict[str, list[Annotated[str, Word("regions")]]] = {}
    severe: dict[str, list[Text]] = {}
    same_words: dict[str, list[Text]] = {}
    asides: dict[str, list[Text]] = {}
