"""Every claim that the project set out to embody changes what some runner is told.

``claims.yaml`` beside this file says how. A claim about what to do has pairs of runners who are told different things,
and the rules that make the difference: with those taken out both are told the same. A claim about what exists has the
statements of the knowledge graph that say it, and a pair of runners wherever a rule or a dose carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from prehab.engine import Engine
from prehab.graph.files import read_path
from prehab.graph.network import KnowledgeGraph
from prehab.graph.schema import Exercise
from prehab.recommendation import Dose, Given
from prehab.rules.pack import Pack
from tests.support import engine_of, without

FILE = read_path(Path(__file__).with_name("claims.yaml")).data
RUNNERS: dict[str, Any] = FILE["runners"]
COMPLAINTS: dict[str, Any] = FILE["complaints"]
CLAIMS: dict[str, Any] = FILE["claims"]
PAIRS = [(claim, number) for claim, entry in CLAIMS.items() for number in range(len(entry.get("shows", ())))]
SAYINGS = [claim for claim, entry in CLAIMS.items() if "says" in entry]
URGENCIES = (None, "routine", "urgent", "emergency")


# -- what a runner is told -------------------------------------------------------------------------------------------


class Told:
    """What an engine tells a runner, as far as it is asked."""

    def __init__(self, engine: Engine, runner: dict[str, Any]) -> None:
        self.engine = engine
        self.runner = engine.runner(runner)
        self.catalogue = engine.catalogue

    @cached_property
    def all(self) -> Any:
        return self.engine.recommend(self.runner)

    @cached_property
    def given(self) -> list[Given]:
        daily = self.all.daily.exercises if self.all.daily else ()
        return [*(one for session in self.all.sessions for one in session.exercises), *daily]

    @cached_property
    def advice(self) -> list[Any]:
        return [*self.all.advice, *(self.all.running.rules if self.all.running else ())]

    def dose(self, exercise: str) -> Dose | None:
        return self.engine.explain(self.runner, exercise).dose

    def among(self, ids: Iterable[str], wanted: str | list[str] | Mapping[str, Any]) -> int:
        """How many of these exercises are the wanted one, one of the wanted, or of the wanted sort."""
        if isinstance(wanted, list):
            return sum(self.among(ids, one) for one in wanted)
        if isinstance(wanted, str):
            assert wanted in self.catalogue.exercises, f"no such exercise: {wanted}"
            return sum(one == wanted for one in ids)
        return sum(_is(self.catalogue.exercises[one], wanted) for one in ids)

    def referred(self, region: str | None) -> str | None:
        found = [one.urgency for one in self.all.referrals if region is None or one.region in (None, region)]
        return max(found, key=URGENCIES.index, default=None)


def _is(exercise: Exercise, wanted: Mapping[str, Any]) -> bool:
    for name, values in wanted.items():
        value = exercise.trains if name == "trains" else getattr(exercise, name)
        if name == "trains":
            value = [muscle for muscle, role in exercise.trains.items() if role == "primary"]
        have = set(value) if isinstance(value, list | tuple) else {value}
        if not have & set(values if isinstance(values, list) else [values]):
            return False
    return True


def _dosed(field: str) -> Callable[[Told, Any], Any]:
    def look(told: Told, exercise: Any) -> Any:
        dose = told.dose(exercise)
        value = None if dose is None else getattr(dose, field)
        return list(value) if isinstance(value, tuple) else value

    return look


# What may differ. Where a sort of exercise may stand in place of one id, it is a mapping of fields to values.
LOOKS: dict[str, Callable[[Told, Any], Any]] = {
    "status": lambda told, _: told.all.status,
    "phase": lambda told, _: told.all.phase.overall,
    "sessions": lambda told, _: told.all.sessions_per_week,
    "days_with": lambda told, wanted: [
        one.day for one in told.all.sessions if told.among([g.exercise for g in one.exercises], wanted)
    ],
    "referral": lambda told, region: told.referred(region),
    "allowed": lambda told, wanted: told.among(told.all.allowed, wanted) > 0,
    "allowed_count": lambda told, wanted: told.among(told.all.allowed, wanted),
    "given": lambda told, wanted: told.among({one.exercise for one in told.given}, wanted) > 0,
    "given_count": lambda told, wanted: told.among({one.exercise for one in told.given}, wanted),
    "times": lambda told, wanted: told.among([one.exercise for one in told.given], wanted),
    "different_exercises": lambda told, _: len({one.exercise for one in told.given}),
    "first_in_session": lambda told, _: told.all.sessions[0].exercises[0].exercise,
    "place": lambda told, name: any(name in one.serves for one in told.given),
    "advice": lambda told, text: any(text in one.because for one in told.advice),
    "asked": lambda told, about: any(one.about == about for one in told.all.asks),
    **{field: _dosed(field) for field in (
        "scheme", "sets", "reps", "hold_s", "contacts", "effort_rpe", "load", "pain_limit", "bounds",
    )},
}  # fmt: skip


# -- the pairs -------------------------------------------------------------------------------------------------------


def merged(base: Any, change: Any) -> Any:
    """The base with the change laid over it."""
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return change
    return {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}


def pair_of(shown: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    base = merged(RUNNERS[shown["runner"]], shown.get("base", {}))
    return _spelt_out(base), _spelt_out(merged(base, shown["change"]))


def _spelt_out(runner: dict[str, Any]) -> dict[str, Any]:
    """The runner with each complaint that is `like` one of the file laid over that one."""
    made = []
    for told in runner.get("complaints", ()):
        own = {name: value for name, value in told.items() if name != "like"}
        made.append(merged(COMPLAINTS[told["like"]], own) if "like" in told else own)
    return {**runner, "complaints": made} if made else runner


def looked(engine: Engine, shown: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Any, Any]]:
    """Each stated difference, with what the first and what the second runner of the pair is told."""
    base, change = (Told(engine, runner) for runner in pair_of(shown))
    for stated in shown["differs"]:
        look = LOOKS[stated["what"]]
        yield stated, look(base, stated.get("of")), look(change, stated.get("of"))


EngineWithout = Callable[[Iterable[str], Iterable[str]], Engine]


@pytest.fixture(scope="module")
def engine_without(pack: Pack) -> EngineWithout:
    """Makes engines without some rules, and with some parameters set to nothing; each of them once."""

    @cache
    def made(rules: frozenset[str], nulled: frozenset[str]) -> Engine:
        none = {name: pack.parameters[name].model_copy(update={"value": 0.0}) for name in nulled}
        return engine_of(replace(without(pack, *rules), parameters={**pack.parameters, **none}))

    return lambda rules, nulled: made(frozenset(rules), frozenset(nulled))


def mentions(text: Any, name: str) -> bool:
    """Whether a rule's text names a parameter or a scheme."""
    if isinstance(text, dict):
        return any(mentions(value, name) for value in text.values())
    if isinstance(text, list | tuple):
        return any(mentions(value, name) for value in text)
    return bool(text == name)


def carriers(pack: Pack, claim: str) -> tuple[set[str], set[str]]:
    """The rules that carry a claim, by themselves or by a parameter or scheme that they use; and those parameters."""
    tables: tuple[Mapping[str, Any], ...] = (pack.parameters, pack.schemes)
    named = {name for table in tables for name, one in table.items() if claim in one.seeds}
    rules = {rule.id for rule in pack.rules if claim in rule.seeds}
    rules |= {rule.id for rule in pack.rules if any(mentions(rule.text, name) for name in named)}
    return rules, named & set(pack.parameters)


def pair_name(value: Any) -> str:
    return str(value)


# -- tests -----------------------------------------------------------------------------------------------------------


def test_every_claim_has_an_entry_of_its_kind(pack: Pack) -> None:
    claims = pack.catalogue.claims
    assert list(CLAIMS) == list(claims), "the entries are those of graph/claims.yaml, in its order"
    for name, claim in claims.items():
        rules, _ = carriers(pack, name)
        entry = CLAIMS[name]
        assert entry.keys() <= {"shows", "says"}, name
        assert "shows" in entry or (claim.about == "exist" and not rules), f"{name} changes nobody's advice"
        if claim.about == "exist" and carrying(pack, name):
            assert "says" in entry, f"{name}: what carries it in the graph must say it"


def carrying(pack: Pack, claim: str) -> set[str]:
    """The exercises and injuries that carry a claim, as keys of nodes."""
    catalogue = pack.catalogue
    return {f"exercise:{key}" for key, one in catalogue.exercises.items() if claim in one.seeds} | {
        f"injury:{key}" for key, one in catalogue.injuries.items() if claim in one.seeds
    }


@pytest.mark.parametrize(("claim", "number"), PAIRS, ids=pair_name)
def test_it_changes_what_a_runner_is_told(claim: str, number: int, engine_without: EngineWithout) -> None:
    shown = CLAIMS[claim]["shows"][number]
    assert shown.keys() <= {"because", "runner", "base", "change", "differs", "rests_on", "nulled"}
    assert len(shown["because"].split()) >= 6
    for stated, base, change in looked(engine_without((), ()), shown):
        assert stated["base"] != stated["change"], f"{stated} is no difference"
        assert (base, change) == (stated["base"], stated["change"]), stated


@pytest.mark.parametrize(("claim", "number"), PAIRS, ids=pair_name)
def test_it_does_so_because_of_what_carries_it(
    claim: str, number: int, pack: Pack, engine_without: EngineWithout
) -> None:
    shown = CLAIMS[claim]["shows"][number]
    rules, parameters = carriers(pack, claim)
    rests_on, nulled = shown.get("rests_on", []), shown.get("nulled", [])
    assert rests_on or nulled
    assert set(rests_on) <= rules, f"these do not carry {claim}"
    assert set(nulled) <= parameters, f"these do not carry {claim}"
    for stated, base, change in looked(engine_without(rests_on, nulled), shown):
        left = stated.get("without")
        assert left != [stated["base"], stated["change"]], f"{stated} is not because of {rests_on or nulled}"
        if left is None:
            assert base == change, f"without {rests_on or nulled} the pair still differs: {stated}"
        else:
            assert [base, change] == left, f"without {rests_on or nulled}: {stated}"
    for stated, base, change in looked(engine_without(rules, parameters), shown):
        assert (base, change) != (stated["base"], stated["change"]), f"without all that carries {claim}: {stated}"


@pytest.fixture(scope="module")
def graph(pack: Pack) -> KnowledgeGraph:
    return KnowledgeGraph(pack.catalogue)


@pytest.mark.parametrize("claim", SAYINGS)
def test_the_graph_says_it(claim: str, pack: Pack, graph: KnowledgeGraph) -> None:
    tagged = carrying(pack, claim)
    nodes = set()
    for one in CLAIMS[claim]["says"]:
        sheet = graph.show(one["node"])
        nodes.add(f"{sheet.node.kind}:{sheet.node.id}")
        sentences = {statement.sentence for statement in (*sheet.outgoing, *sheet.incoming)}
        for sentence in one.get("statements", []):
            assert sentence in sentences, one["node"]
        for field, value in one.get("fields", {}).items():
            assert sheet.node.fields[field] == value, one["node"]
        for text in one.get("texts", []):
            assert text in str(sheet.node.fields), one["node"]
        assert one.keys() - {"node"}, f"{one['node']} says nothing"
    assert nodes & tagged or not tagged, f"{claim}: none of these carries it"


def test_a_rule_that_does_not_carry_the_claim_is_noticed(engine_without: EngineWithout) -> None:
    """Without a rule that has nothing to do with it the pair differs as before."""
    shown = CLAIMS["001-racers-twice"]["shows"][0]
    for stated, base, change in looked(engine_without(["plyometrics.spacing"], ()), shown):
        assert (base, change) == (stated["base"], stated["change"])
