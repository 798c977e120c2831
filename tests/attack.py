"""The prover under attack: random packs, bent so that some laws break, and random runners against what was proved.

A claim that was proved must hold for every runner; one who breaks it shows that formulas and engine differ. A claim
that is called broken must have a runner that the evaluators confirm. `make campaign` attacks for long, the suite a
little.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from prehab.engine import Engine
from prehab.population import Place, build_log, places, random_runner, shape_of
from prehab.program import Program
from prehab.proof.prover import Proof, Prover
from prehab.rules.language import OPPOSITE, Pattern, Test
from prehab.rules.pack import Pack
from prehab.testing.pairs import Step
from prehab.testing.seen import Seen, softer, wider
from tests.support import words_context
from tests.translation import Translated

__all__ = ["FORMULAS", "Attack", "Wrong", "bent", "logged", "with_other_numbers"]

COMPLAINTS = 2
SESSIONS = 6
FORMULAS = 3
"""Of so many runners formulas and engine are compared whole; it takes half a second each."""

Mark = tuple[str, str, str, str]
"""What is claimed of an answer (``worse``, ``wider``, ``unknown``, ``told``), and of which: its kind, fact, name."""


@dataclass(frozen=True)
class Wrong:
    """A proved claim that a runner breaks, or a difference between formulas and engine."""

    claim: str
    says: str
    runner: Mapping[str, Any]
    step: Step | None
    numbers: Mapping[str, float]


def bent(pack: Pack, rng: random.Random) -> Pack:
    """A pack with a few of its tests turned round, or deaf to the unknown, and a value for no facts that is wrong.

    It would not pass the checks, which is the point: then laws break, and the prover must see which.
    """
    doubtful = {(rule, test) for rule, test in _tests(pack) if rng.random() < 0.12}

    def changed(rule: int, test: Test) -> Test:
        if (rule, test) not in doubtful:
            return test
        if rng_of(rule, test) < 0.6:
            return replace(test, op=OPPOSITE[test.op])
        return replace(test, unknown=not test.unknown and test.op not in ("known", "unknown"))

    def rng_of(rule: int, test: Test) -> float:
        return random.Random(f"{rule}{test}").random()

    def pattern(rule: int, one: Pattern) -> Pattern:
        return replace(one, tests=tuple(changed(rule, test) for test in one.tests))

    aggregates = {}
    for name, about in pack.aggregates.items():
        fields = {}
        for key, one in about.fields.items():
            ways = [one, one.model_copy(update={"empty": None})]
            fields[key] = one if one.take == "count" else rng.choice(ways)
        aggregates[name] = about.model_copy(update={"fields": fields})
    variants = tuple(replace(v, patterns=tuple(pattern(v.rule, p) for p in v.patterns)) for v in pack.variants)
    return replace(pack, variants=variants, aggregates=aggregates, stored_digest="0" * 64)


def _tests(pack: Pack) -> Iterator[tuple[int, Test]]:
    for variant in pack.variants:
        for pattern in variant.patterns:
            fields = pack.kinds[pattern.kind].fields
            yield from ((variant.rule, t) for t in pattern.tests if fields[t.field].type != "ref")


def with_other_numbers(pack: Pack, rng: random.Random) -> Pack:
    """The pack with each number anywhere inside its range, in the orders that are asked for; often at an end."""
    values: dict[str, float] = {}

    def value(name: str) -> float:
        if name not in values:
            one = pack.parameters[name]
            low, high = one.range
            if one.at_most is not None:
                high = min(high, value(one.at_most))
            whole = isinstance(one.value, int) and low == int(low)
            middle = rng.randint(int(low), int(high)) if whole and high >= low else rng.uniform(low, high)
            drawn = rng.choice((low, high, middle, one.value))
            values[name] = one.value if name in pack.fixed_parameters else min(max(drawn, low), high)
        return values[name]

    told = pack.parameters.items()
    made = {name: one.model_copy(update={"value": value(name)}) for name, one in told}
    return replace(pack, parameters=made, stored_digest="0" * 64)


def logged(rng: random.Random, pack: Pack, complaints: int) -> dict[str, Any]:
    """A random runner, often with a log."""
    data = random_runner(rng, pack, complaints)
    if rng.random() < 0.7:
        wanted, log = rng.randint(0, SESSIONS), list[dict[str, Any]]()
        while len(log) < wanted:
            log += build_log(lambda options: options[int(rng.random() * len(options))], shape_of(pack))
        data["recent_sessions"] = log[:wanted]
    return data


class Attack:
    """One pack, what was proved of it, and the runners that try to break it."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.prover = Prover(pack, (), COMPLAINTS)
        self.verdicts: Counter[str] = Counter()
        self.undecided: list[Proof] = []
        self.answers: dict[Mark, str] = {}
        self.claims: dict[str, str] = {}
        for task in self.prover.tasks():
            if task[0] in ("unreachable", "idle", "asked"):
                continue
            for one in self.prover.work(task):
                assert isinstance(one, Proof)
                self.verdicts[one.verdict] += 1
                if one.verdict == "undecided":
                    self.undecided.append(one)
                if one.verdict == "broken":
                    assert one.witness is not None
                    assert "reference" in one.witness.confirmed_by, one
                if task[0] == "answer":
                    self.answers[one.claim.partition(" ")[0], task[1], task[2], task[3]] = one.verdict
                else:
                    self.claims[one.claim] = one.verdict

    def formulas(self, rng: random.Random, runners: int) -> Iterator[Wrong]:
        """Where the formulas say otherwise than the engine."""
        from prehab.runner import Runner

        pack = with_other_numbers(self.pack, rng)
        translated = Translated(self.prover.encoding, Program(pack))
        for _ in range(runners):
            data = logged(rng, pack, rng.randint(0, COMPLAINTS))
            runner = Runner.model_validate(data, context=words_context(pack))
            found = translated.differences(runner) if translated.fits(runner) else []
            if found:
                yield Wrong("formulas", str(found[:5]), data, None, _numbers(pack))

    def runners(self, rng: random.Random, runners: int, each: int = 250) -> Iterator[Wrong]:
        """Who breaks what was proved."""
        for number in range(runners):
            if number % each == 0:
                pack = with_other_numbers(self.pack, rng)
                engine = Engine(pack=pack, evaluator="compiled")
            seen = Seen(engine, logged(rng, pack, rng.randint(0, COMPLAINTS)))
            if _sore(seen) > COMPLAINTS:  # a name beside another place counts as two
                continue
            yield from (Wrong(c, says, seen.data, None, _numbers(pack)) for c, says in self._alone(seen))
            step, claim = self._step(rng, pack, seen)
            if step is not None and claim is not None:
                after = Seen(engine, step.taken(seen.data))
                if _sore(after) <= COMPLAINTS:
                    found = [*softer(seen, after)][:1] + ([*wider(seen, after)][:1] if self._bounds(claim) else [])
                    yield from (Wrong(claim, says, seen.data, step, _numbers(pack)) for says in found)

    def _alone(self, seen: Seen) -> Iterator[tuple[str, str]]:
        decided = seen.decisions
        if self.claims["something-is-left"] == "proved" and decided.status != "stop" and not seen.allowed:
            yield "something-is-left", "nothing is allowed, and nothing stops"
        held = decided.forbidden | decided.referred | decided.emptied
        if self.claims["every-permit-has-a-dose"] == "proved" and decided.permitted & ~held & decided.undosed:
            yield "every-permit-has-a-dose", "only a dose is missing"

    def _step(self, rng: random.Random, pack: Pack, seen: Seen) -> tuple[Step | None, str | None]:
        """A step about which something was proved, and what."""
        data = dict(seen.data)
        if len(data.get("complaints", ())) < COMPLAINTS and rng.random() < 0.2:
            proved = self.claims.get("one complaint more") == "proved"
            step = Step(("complaints",), random_runner(rng, pack, 1)["complaints"][0], added=True)
            return (step, "one complaint more") if proved else (None, None)
        every = list(places(pack, data))
        rng.shuffle(every)
        told = [place for place in every if place.path[0] in ("complaints", "recent_sessions")]
        for place in told[:4] + every[:12]:
            for way, values in _ways(place):
                mark = (way, place.question.kind, self._fact(place), place.question.name)
                if values and self.answers.get(mark, "proved") == "proved":
                    return Step(place.path, rng.choice(values)), " ".join((way, *mark[1:]))
        return None, None

    def _bounds(self, claim: str) -> bool:
        """Whether of the step of a claim it was proved, too, that no dose gets wider by it."""
        way, *mark = claim.split()
        if way == "one":
            return self.claims.get(f"wider by {claim}") == "proved"
        kind, fact, name = (*mark, "", "")[:3]
        return way in ("worse", "told") and self.answers.get(("wider", kind, fact, name), "proved") == "proved"

    def _fact(self, place: Place) -> str:
        """The fact that an answer belongs to, as the prover names it."""
        kind = self.pack.kinds[place.question.kind]
        if kind.cardinality == "many":
            return self.prover.encoding.facts[place.question.kind][0].name if self._drawn(place) else ""
        if kind.keys:
            return next(str(part) for part in place.path if part in next(iter(kind.keys.values())))
        return place.question.kind

    def _drawn(self, place: Place) -> bool:
        return bool(self.prover.encoding.facts[place.question.kind])


def _sore(seen: Seen) -> int:
    return len(seen.decisions.inference.facts.by_kind["complaint"])


def _ways(place: Place) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The steps that the claims about an answer speak of."""
    field = place.question.field
    if place.value is None:
        if field.type == "boolean" and field.worse == "higher":
            yield "told", (True,)
        return
    yield "worse", place.worse()
    if place.value == field.best() and not field.always:
        yield "unknown", (None,)


def _numbers(pack: Pack) -> dict[str, float]:
    return {name: one.value for name, one in pack.parameters.items()}
