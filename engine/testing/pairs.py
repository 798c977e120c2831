"""The laws about two runners that differ in one step: 4, 5 and 6, for any pack.

A step is one field of the runner file changed, or a complaint, a fault or a piece of equipment more. Which steps there
are is read off the vocabulary, so a new field is under the laws without a change here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prehab.population import Place, changed, per_pack, places, random_runner, read_at, shape_of
from prehab.rules.language import Rule
from prehab.rules.pack import Pack
from prehab.testing.seen import Seen, softer, softer_as_written, wider

__all__ = [
    "LAWS_OF_TWO", "Moves", "PairLaw", "Step", "bettered", "forgotten", "held_back", "holding", "learnt",
    "never_softer", "never_softer_back", "never_wider", "one_step", "same_for_equipment", "stepping", "worsened",
]  # fmt: skip

Runner = dict[str, Any]
Moves = Callable[[Place], tuple[Any, ...]]
"""The values that a field may be moved to; None takes the answer away."""


@dataclass(frozen=True)
class Step:
    """One change of a runner: a value put at a path of the runner file (None: left out), or added to a list there."""

    path: tuple[str | int, ...]
    value: Any
    added: bool = False

    def taken(self, data: Mapping[str, Any]) -> Runner:
        """The runner after the step."""
        value = [*(read_at(data, self.path) or ()), self.value] if self.added else self.value
        made: Runner = changed(data, self.path, value)
        return made

    def told(self, data: Mapping[str, Any]) -> str:
        """The step in words."""
        before = read_at(data, self.path)
        if self.added:
            return f"/{'/'.join(map(str, self.path))}: {self.value} is added"
        words = ["unknown" if value is None else str(value) for value in (before, self.value)]
        return f"/{'/'.join(map(str, self.path))}: {words[0]} becomes {words[1]}"


@dataclass(frozen=True)
class PairLaw:
    """A law about a runner and the same runner one step further.

    Attributes:
        number: What the law is called in reports.
        title: The law in one sentence.
        draw: A runner and a step, made from a random runner; None where it has no such step.
        fits: Whether a step is one of this law's steps for a runner: the question when a breach is made smaller.
        breaks: Yields what breaks the law, given both and the step; the last argument says to look at
            the written answers too.
    """

    number: str
    title: str
    draw: Callable[[random.Random, Pack, Runner], tuple[Runner, Step] | None]
    fits: Callable[[Pack, Runner, Step], bool]
    breaks: Callable[[Seen, Seen, Step, bool], Iterable[str]]


# -- steps ------------------------------------------------------------------------------------------------------------


def worsened(place: Place) -> tuple[Any, ...]:
    """To every worse value; and what nobody spoke of turns out to be so."""
    field = place.question.field
    if place.value is None:
        return (True,) if field.type == "boolean" and field.worse == "higher" else ()
    return (*place.worse(), field.worst()) if place.worse() else ()


def bettered(place: Place) -> tuple[Any, ...]:
    """To every better value."""
    return (*place.better(), place.question.field.best()) if place.better() else ()


def forgotten(place: Place) -> tuple[Any, ...]:
    """The best value is not known any more."""
    return (None,) if place.value is not None and place.value == place.question.field.best() else ()


def learnt(place: Place) -> tuple[Any, ...]:
    """What was unknown turns out to be the best."""
    return place.from_unknown()


def stepping(moves: Moves, *, more: bool = False) -> dict[str, Any]:
    """How to draw the steps of some moves, and how to know one; with ``more``, complaints and faults are added too."""

    def draw(rng: random.Random, pack: Pack, data: Runner) -> tuple[Runner, Step] | None:
        step = one_step(rng, pack, data, moves, more=more)
        return None if step is None else (data, step)

    def fits(pack: Pack, data: Runner, step: Step) -> bool:
        if step.added:
            return True
        found = (place for place in places(pack, data) if place.path == step.path)
        return any(step.value in moves(place) for place in found)

    return {"draw": draw, "fits": fits}


def one_step(rng: random.Random, pack: Pack, data: Runner, moves: Moves, *, more: bool = False) -> Step | None:
    """A random step: as often of a complaint as of anything else, and now and then a complaint or a fault more."""
    way = rng.random()
    if more and way < 0.1:
        return Step(("complaints",), random_runner(rng, pack, 1)["complaints"][0], added=True)
    faults = shape_of(pack).faults
    if more and way < 0.12 and faults:
        return Step(("faults",), rng.choice(faults), added=True)
    found = [place for place in places(pack, data) if moves(place)]
    sore = [place for place in found if place.path[0] == "complaints"]
    if sore and rng.random() < 0.6:
        found = sore
    if not found:
        return None
    place = rng.choice(found)
    return Step(place.path, rng.choice(moves(place)))


# -- laws -------------------------------------------------------------------------------------------------------------


def never_wider(before: Seen, after: Seen, step: Step, written: bool) -> Iterator[str]:
    """Nothing may be given more of after the step."""
    return wider(before, after)


def never_softer(before: Seen, after: Seen, step: Step, written: bool) -> Iterator[str]:
    """Nothing becomes softer by the step."""
    return (softer_as_written if written else softer)(before, after)


def never_softer_back(before: Seen, after: Seen, step: Step, written: bool) -> Iterator[str]:
    """Nothing was softer before the step."""
    for sentence in never_softer(after, before, step, written):
        yield f"undoing it: {sentence}"


EQUIPMENT = ("strength", "equipment")


def _one_item_more(rng: random.Random, pack: Pack, data: Runner) -> tuple[Runner, Step] | None:
    items = shape_of(pack).equipment
    return (data, Step(EQUIPMENT, rng.choice(items), added=True)) if items else None


def same_for_equipment(before: Seen, after: Seen, step: Step, written: bool) -> Iterator[str]:
    """More equipment changes nothing that is allowed, and everything that was possible stays so."""
    old, new = before.decisions, after.decisions
    if before.allowed != after.allowed:
        yield f"{', '.join(sorted(before.allowed ^ after.allowed))}: allowed or not by what is owned"
    if (old.phase, old.status) != (new.phase, new.status):
        yield f"{old.phase}, {old.status} became {new.phase}, {new.status}"
    yield from (f"{key} is no longer possible" for key in before.pack.ids(old.available & ~new.available))
    if written and before.answer.phase != after.answer.phase:
        yield "the phase of a movement or a region changed"


def held_back(before: Seen, after: Seen, step: Step, written: bool) -> Iterator[str]:
    """What applies to the worst value and is said to hold, applies to the unknown one."""
    question = next(place for place in places(before.pack, before.data) if place.path == step.path).question
    rules = holding(before.pack).get((question.kind, question.name), frozenset())
    lost = _applied(before, after, rules, question.name) - _applied(after, before, rules, question.name)
    yield from (f"{rule} no longer applies to {', '.join(facts)}" for rule, facts in sorted(lost))


def _applied(seen: Seen, other: Seen, rules: frozenset[str], field: str) -> set[tuple[str, tuple[str, ...]]]:
    """The firings of some rules on facts that the other runner shares, but for one field and what follows from it.

    What was inferred before, or was read carefully because of that field, is another matter: other rules speak of it.
    """
    program, theirs = seen.engine._program, other.decisions.inference.facts.by_kind
    found = set()
    for firing in seen.decisions.inference.firings:
        rule = program.rule(firing.variant).id
        if rule in rules:
            told = [fact for fact in firing.facts if fact.kind not in seen.pack.aggregates]
            if all(any(_alike(fact.values, one.values, field) for one in theirs[fact.kind]) for fact in told):
                found.add((rule, tuple(fact.name for fact in firing.facts)))
    return found


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], field: str) -> bool:
    return all(value == other[name] for name, value in one.items() if name != field)


def _worst_to_unknown(rng: random.Random, pack: Pack, data: Runner) -> tuple[Runner, Step] | None:
    data = {key: value for key, value in data.items() if key != "recent_sessions"}  # a log answers what is not told
    found = [p for p in places(pack, data) if (p.question.kind, p.question.name) in holding(pack)]
    if not found:
        return None
    place = rng.choice(found)
    data = changed(_not_implied(pack, data, place), place.path, place.question.field.worst())
    return data, Step(place.path, None)


def _not_implied(pack: Pack, data: Runner, place: Place) -> Runner:
    """The runner without the answers that would speak for one that is not told."""
    speaking = {
        (pattern.kind, test.field)
        for pattern, names in pack.implied
        if pattern.kind == place.question.kind and place.question.name in names
        for test in pattern.tests
    }
    for other in places(pack, data):
        told = (other.question.kind, other.question.name) in speaking and other.value is not None
        if told and other.path[:2] == place.path[:2]:
            data = changed(data, other.path, None)
    return data


def _is_worst(pack: Pack, data: Runner, step: Step) -> bool:
    found = (place for place in places(pack, data) if place.path == step.path)
    return "recent_sessions" not in data and any(
        place.value == place.question.field.worst() and _not_implied(pack, data, place) == data for place in found
    )


@per_pack
def holding(pack: Pack) -> dict[tuple[str, str], frozenset[str]]:
    """For each field that may be left out, the rules that say that they apply where it is unknown."""
    found: dict[tuple[str, str], set[str]] = {}
    for rule in pack.rules:
        for pattern in patterns_of(rule):
            for name in pattern:
                field = pack.kinds[str(pattern["fact"])].fields.get(name)
                if (field is None or not field.always) and holds_when_unknown(rule, str(pattern.get("fact")), name):
                    found.setdefault((str(pattern["fact"]), name), set()).add(rule.id)
    return {key: frozenset(rules) for key, rules in found.items()}


def patterns_of(rule: Rule) -> list[Mapping[str, Any]]:
    """The patterns of a rule as they are written: under `when`, `any` and `unless`."""
    entries = (*rule.text.get("when", ()), *rule.text.get("any", ()), *rule.text.get("unless", ()))
    return [pattern for entry in entries for pattern in (entry if isinstance(entry, list) else [entry])]


def holds_when_unknown(rule: Rule, kind: str, field: str) -> bool:
    """Whether a rule says that it applies where a field is unknown; in `unless`, unknown is always unmet."""
    said: list[str | None] = []
    for pattern in patterns_of(rule):
        if pattern.get("fact") == kind and field in pattern:
            wanted = pattern[field]
            own = wanted.get("unknown", rule.unknown) if isinstance(wanted, dict) else rule.unknown
            said.append("holds" if pattern in rule.text.get("unless", ()) else own)
    return bool(said) and all(word == "holds" for word in said) and rule.side == "caution"


LAWS_OF_TWO = (
    PairLaw(
        "4", "Whoever gets worse, or has one complaint, sign or risk more, is allowed nothing more, in no softer way.",
        **stepping(worsened, more=True), breaks=never_softer,
    ),
    PairLaw(
        "14", "Whoever gets worse may be given more of nothing, on no channel.",
        **stepping(worsened, more=True), breaks=never_wider,
    ),
    PairLaw(
        "5", "Whoever gets better or stronger loses nothing that was allowed.",
        **stepping(bettered), breaks=never_softer_back,
    ),
    PairLaw(
        "5, equipment", "Whoever owns more loses nothing that was possible, and is allowed the same.",
        draw=_one_item_more, fits=lambda pack, data, step: True, breaks=same_for_equipment,
    ),
    PairLaw(
        "6", "Whoever leaves out the best answer is allowed nothing more.",
        **stepping(forgotten), breaks=never_softer,
    ),
    PairLaw(
        "6, learnt", "Whoever gives the best answer loses nothing that was allowed without it.",
        **stepping(learnt), breaks=never_softer_back,
    ),
    PairLaw(
        "6, held back", "Where a rule says that unknown holds, an unknown answer is held to what the worst one is.",
        draw=_worst_to_unknown, fits=_is_worst, breaks=held_back,
    ),
)  # fmt: skip
