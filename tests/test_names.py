"""What people call injuries and exercises leads to the right entry, or honestly to none."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from prehab import Engine, InputError
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault
from prehab.graph.files import read_path
from prehab.graph.naming import Naming

NAMES: dict[str, Any] = read_path(Path(__file__).parent / "names.yaml").data
WORSE = ["ruptured", "avulsion", "fracture", "broken", "dislocation", "replacement"]


@cache
def naming() -> Naming:
    return Naming(Engine().catalogue)


def told(injury: str) -> Fault:
    with pytest.raises(InputError) as caught:
        Engine().runner({"complaints": [{"injury": injury}]})
    (fault,) = caught.value.faults
    return fault


def test_there_are_enough() -> None:
    groups = ([n for g in ("injuries", "regions") for n in NAMES[g].values()], [NAMES["clinician"], NAMES["nothing"]])
    injuries = [name for group in groups for names in group for name in names]
    assert len(set(injuries)) == len(injuries) >= 300
    assert len([*NAMES["not_there"], *(name for names in NAMES["exercises"].values() for name in names)]) >= 60


@pytest.mark.parametrize("entry", NAMES["injuries"])
def test_a_name_leads_to_its_entry_first(entry: str) -> None:
    injuries = Engine().catalogue.injuries
    for name in NAMES["injuries"][entry]:
        names = naming().injury(name).names
        assert names[:1] == (entry,), (name, names)
        assert {injuries[other].region for other in names} == {injuries[entry].region}, (name, names)


@pytest.mark.parametrize("region", NAMES["regions"])
def test_without_an_entry_the_place_is_asked_for(region: str) -> None:
    for name in NAMES["regions"][region]:
        meant = naming().injury(name)
        assert not meant.names, (name, meant)
        assert not meant.severe, (name, meant)
        assert region in (meant.regions or ()), (name, meant)


@pytest.mark.parametrize("name", NAMES["clinician"])
def test_what_is_severe_and_has_no_entry_is_for_a_clinician(name: str) -> None:
    fault = told(name)
    assert (fault.did_you_mean, fault.allowed) == ((), ())
    assert fault.help == "See a clinician first; no plan here fits it."


@pytest.mark.parametrize("name", NAMES["nothing"])
def test_of_nothing_known_nothing_is_offered(name: str) -> None:
    meant = naming().injury(name)
    assert (meant.names, meant.regions or ()) == ((), ())


def test_a_worse_word_is_never_answered_with_something_milder() -> None:
    """Every name of every injury, with each word for what is worse: offered is only what says so of itself."""
    for injury in Engine().catalogue.injuries.values():
        for said in (injury.name, *injury.aliases):
            for worse in WORSE:
                for name in naming().injury(f"{said} {worse}").names:
                    assert not name.endswith(("_strain", "_sprain", "_tendinopathy")), (said, worse, name)
                    other = Engine().catalogue.injuries[name]
                    own = " ".join((name, other.name, *other.aliases)).casefold().replace("_", " ")
                    alike = {
                        "ruptured": ("rupt", "avuls", "off the bone"), "avulsion": ("rupt", "avuls", "off the bone"),
                        "fracture": ("fract",), "broken": ("fract", "broken"),
                        "dislocation": ("disloc", "sublux", "popped"), "replacement": ("surg", "repair"),
                    }[worse]  # fmt: skip
                    assert any(word in own for word in alike), (said, worse, name)


def test_every_name_of_an_entry_leads_to_it_alone() -> None:
    """However it is written; two entries only where both go by that name."""
    injuries = Engine().catalogue.injuries.values()
    for injury in injuries:
        for said in () if injury.unnamed else (injury.id, injury.name, *injury.aliases):
            for written in (said.upper(), said.replace(" ", "-"), f"left {said}"):
                names = naming().injury(written).names
                assert injury.id in names, (written, names)
                assert {Engine().catalogue.injuries[name].region for name in names} == {injury.region}, (written, names)


def test_a_misspelt_name_never_leads_to_another_place() -> None:
    """One letter left out, here and there in any name of two words or more."""
    injuries = Engine().catalogue.injuries
    for injury in injuries.values():
        for said in () if injury.unnamed else injury.aliases:
            for at in range(1, len(said), 5):
                if len(said.split()) > 1 and said[at] != " " and len(said) > 10:
                    names = naming().injury(said[:at] + said[at + 1 :]).names
                    assert all(injuries[name].region == injury.region for name in names), (said, at, names)


@pytest.mark.parametrize("entries", NAMES["exercises"])
def test_a_name_leads_to_its_exercises(entries: str) -> None:
    for name in NAMES["exercises"][entries]:
        assert naming().exercise(name) == tuple(entries.split()), name


@pytest.mark.parametrize("name", NAMES["not_there"])
def test_an_exercise_that_is_not_there_is_not_guessed_at(name: str) -> None:
    assert naming().exercise(name) == ()


def test_the_place_is_named_in_the_help() -> None:
    fault = told("cuboid syndrome")
    assert fault.help == "No entry goes by that name. Leave `injury` out and give `region: foot`, where it hurts."
    injuries = Engine().catalogue.injuries
    assert {injuries[name].region for name in fault.allowed} == {"foot"}
    assert told("tennis elbow").help == "No entry fits it, and no region here covers that place."


def test_an_exercise_is_named_wherever_one_is_read() -> None:
    for ask in (
        lambda: Engine().explain({}, "planks"),
        lambda: Engine().runner({"strength": {"refuses": ["planks"]}}),
        lambda: Engine().runner({"recent_sessions": [{"days_ago": 1, "exercises": ["planks"]}]}),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        assert caught.value.faults[0].did_you_mean == ("front_plank", "side_plank")


def test_a_graph_without_the_lists_goes_by_the_spelling() -> None:
    bundled = Engine().catalogue
    bare = {
        key: {} if key in ("places", "severe", "same_words", "asides") else part for key, part in bundled.words.items()
    }
    tables = {table: getattr(bundled, table) for table in ("exercises", "injuries", "sources", "claims", "orders")}
    plain = Naming(Catalogue(words=bare, **tables))
    assert plain.injury("shin splint").names == ("medial_tibial_stress_syndrome",)
    assert plain.exercise("goblet squad")[0] == "goblet_squat"
