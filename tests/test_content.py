"""What must hold of graph and rules together: what is cited is there, and what is there is used."""

from __future__ import annotations

from itertools import chain

import pytest
from pydantic import ValidationError

from prehab.graph.schema import READ_AS, Source
from prehab.rules.pack import Pack


def test_every_publication_is_cited_by_something(pack: Pack) -> None:
    catalogue = pack.catalogue
    edges = chain.from_iterable(
        (*i.implicates, *i.aggravated_by, *i.treated_by, *i.stages.values(), *i.red_flags)
        for i in catalogue.injuries.values()
    )
    cited = {
        source
        for node in chain(
            catalogue.exercises.values(), catalogue.injuries.values(), edges,
            pack.rules, pack.parameters.values(), pack.schemes.values(),
        )
        for source in node.sources
    }  # fmt: skip
    cited |= {order.source for order in catalogue.orders.values()}
    assert set(catalogue.sources) == cited


def test_every_claim_is_carried_by_something(pack: Pack) -> None:
    catalogue = pack.catalogue
    carried = {
        seed
        for node in chain(
            catalogue.exercises.values(), catalogue.injuries.values(),
            pack.rules, pack.parameters.values(), pack.schemes.values(),
        )
        for seed in node.seeds
    }  # fmt: skip
    assert set(catalogue.claims) - carried == NOT_YET


NOT_YET: set[str] = set()
"""Claims that wait for injuries or rules of a later slice."""


def test_the_least_of_each_promise_is_there(pack: Pack) -> None:
    catalogue = pack.catalogue
    assert len(catalogue.exercises) >= 180
    named = {key for key, injury in catalogue.injuries.items() if not injury.unnamed}
    assert len(named) >= 29
    assert {region["presume"] for region in catalogue.words["regions"].values()} == set(catalogue.injuries) - named
    for word, attribute in (("patterns", "pattern"), ("phases", "phase"), ("explosive", "explosive")):
        assert {getattr(e, attribute) for e in catalogue.exercises.values()} >= set(catalogue.words[word]) - UNUSED
    assert {gate.phase for gate in pack.gates.values() if gate.phase} == set(list(catalogue.words["phases"])[1:])


UNUSED = {"knee_extension", "hip_flexion", "trunk_extension"}
"""Patterns that the word list keeps ready for exercises still to come."""


def test_every_publication_says_what_was_read_of_it(pack: Pack) -> None:
    sources = pack.catalogue.sources.values()
    assert {source.id for source in sources if source.read_as is None} == set()
    for source in sources:
        assert READ_AS[source.read_as or ""] in source.citation(), source.id
        if source.read_as == "guideline_summary":
            assert source.kind in ("guideline", "consensus"), source.id


@pytest.mark.parametrize("told", ["abstrakt", "the whole thing", 1])
def test_what_was_read_is_one_of_four(told: object) -> None:
    data = {"id": "a", "authors": "A", "year": 2020, "title": "T", "journal": None, "doi": None, "kind": "rct"}
    plain = Source.model_construct(**data)
    assert "[" not in plain.citation()
    with pytest.raises(ValidationError, match="read_as"):
        Source.model_validate({**data, "read_as": told}, context={"study_kinds": ("rct",)})
