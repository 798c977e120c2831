"""What a proof finds besides broken claims: rules that can never fire, and rules without which nothing would change."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

import z3

from prehab.compiled import Compiled
from prehab.decide import STATUSES, Decider, Decisions
from prehab.fact_builder import FactBuilder
from prehab.graph.index import bits_of
from prehab.inference import infer
from prehab.population import random_runner
from prehab.program import Program
from prehab.proof.claims import softer
from prehab.proof.directions import variables
from prehab.proof.encoding import Encoding
from prehab.proof.symbols import Term, either, exact
from prehab.proof.witness import runner_of, whole_numbers
from prehab.rules.language import CAUTIONS, PERMITS, Pattern, Rule
from prehab.rules.layers import concluded, needed
from prehab.rules.pack import Pack
from prehab.runner import Runner

__all__ = ["Finding", "Idle", "deciding", "unreachable"]

MOST_COUNTED = 4
"""With more complaints than so many no rule is looked at; of one that takes more nothing is said."""

MOST_STEPS = 50_000_000
"""How much work z3 may spend on whether one rule matters, by its own count: some ten times what any rule took yet.

A count says the same on a machine that has other things to do; a time would not.
"""

FEW = 4
"""About so many of the ways in which a rule may matter are looked at before all of them."""


@dataclass(frozen=True)
class Finding:
    """A rule that is dead (no runner meets it), half dead (one of its alternatives), or idle.

    An idle rule fires for some runners, but whatever it decides another rule decides as well.
    """

    kind: Literal["dead-rule", "dead-alternative", "idle-rule", "undecided-rule"]
    rule: str
    says: str
    file: str
    line: int


def unreachable(pack: Pack) -> Iterator[Finding]:
    """Rules that no runner meets, and alternatives of rules.

    A rule that asks for more complaints, or longer lists, than are drawn is not looked at, nor what is built on it.
    """
    wanted = {place: complaints_of(pack, place) for place in range(len(pack.rules))}
    encoding = Encoding(pack, min(max(wanted.values(), default=1), MOST_COUNTED))
    too_many = {place for place, most in wanted.items() if most > MOST_COUNTED}
    too_many |= {place for place in wanted if any(_longer(encoding, place))}
    too_many |= _built_on(pack, too_many)
    solver = z3.Solver()
    solver.add(*(term for term in encoding.constraints if term is not True))
    alive: dict[int, list[bool]] = {}
    origins: dict[int, list[str | None]] = {}
    for number, variant in enumerate(pack.variants):
        met = either(*(way.when for way in encoding.fired[number]))
        reached = met is True or (met is not False and solver.check(met) != z3.unsat)
        alive.setdefault(variant.rule, []).append(reached)
        origins.setdefault(variant.rule, []).append(variant.origin)
    for index, reached in alive.items():
        rule = pack.rules[index]
        if not all(reached) and index in too_many:
            what = f"more than {MOST_COUNTED} complaints, or a longer list, than is looked at"
            yield _finding("undecided-rule", rule, f"it, or what it rests on, may take {what}")
            continue
        if not any(reached):
            yield _finding("dead-rule", rule, "no runner can meet it")
            continue
        for origin, one in zip(origins[index], reached, strict=True):
            if not one:
                yield _finding("dead-alternative", rule, f"no runner can meet its alternative {origin}")


def complaints_of(pack: Pack, place: int) -> int:
    """With how many complaints a rule can first matter: as many as it speaks of, or counts up to."""
    counts = [1]
    for variant in pack.variants:
        if variant.rule == place:
            counts.append(sum(pattern.kind == "complaint" for pattern in variant.patterns))
            counts += (most for pattern in variant.patterns for most in _counted(pack, pattern))
    return max(counts)


def _longer(encoding: Encoding, place: int) -> Iterator[bool]:
    """For each pattern of a rule over a list: whether it might take more of it than is drawn."""
    short = {kind for kind, (drawn, needed) in encoding.runner.drawn.items() if needed > drawn}
    pack = encoding.pack
    for variant in pack.variants:
        if variant.rule == place:
            for pattern in variant.patterns:
                about = pack.aggregates.get(pattern.kind)
                read = {one.of.partition(".")[0] for one in about.fields.values()} if about else {pattern.kind}
                yield not short.isdisjoint(read)


def _built_on(pack: Pack, places: set[int]) -> set[int]:
    """The rules that read what some rules conclude, and those that read what these conclude, and so on."""
    found, made = set(places), frozenset().union(*(concluded(pack.rules[place]) for place in places))
    while True:
        more = {v.rule for v in pack.variants if v.rule not in found and needed(v, pack) & made}
        if not more:
            return found - places
        found |= more
        made |= frozenset().union(*(concluded(pack.rules[place]) for place in more))


def _counted(pack: Pack, pattern: Pattern) -> Iterator[int]:
    """Up to which number a pattern counts complaints."""
    aggregate = pack.aggregates.get(pattern.kind)
    for test in pattern.tests if aggregate else ():
        one = aggregate.fields[test.field.removesuffix("_so_far")]  # type: ignore[union-attr]
        if one.take == "count" and one.of.partition(".")[0] == "complaint" and test.parameter is not None:
            yield int(pack.parameters[test.parameter].range[1])


def deciding(pack: Pack) -> list[str]:
    """The rules that decide something which others could decide as well.

    Not those that others build on, nor those that hold a stage, of which the formulas say nothing.
    """
    built_on, kinds = {"open", "close", "derive", "stay"}, PERMITS | CAUTIONS
    types = ({effect.type for effect in rule.effects} for rule in pack.rules)
    return [rule.id for rule, found in zip(pack.rules, types, strict=True) if found & kinds and not found & built_on]


class Idle:
    """Finds rules without which nothing that is decided would be any different, for any runner.

    Most rules are shown to matter by a random runner for whom something changes without them; z3 looks for one for
    the rest.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.program = Program(pack)
        self._whole, self._maker = cache(self._switched), cache(self._making)
        self._builder, self._decider = FactBuilder(self.program), Decider(self.program)
        self._evaluator = Compiled(self.program)

    def among(self, rules: Iterable[str]) -> Iterator[Finding]:
        """Those of some rules that are idle."""
        places = {rule.id: place for place, rule in enumerate(self.pack.rules)}
        left = self.unseen([places[name] for name in rules])
        left = [
            place for place in left if not any(place in self._mattering(data, {place}) for data in self._made(place))
        ]
        for place in left:
            rule, complaints = self.pack.rules[place], min(complaints_of(self.pack, place), MOST_COUNTED)
            found = self._looked_for(place, complaints)
            if found == z3.unsat and complaints == complaints_of(self.pack, place):
                yield _finding("idle-rule", rule, "whatever it decides, other rules decide as well")
            elif found != z3.sat:
                yield _finding(
                    "undecided-rule", rule, "whether it decides anything was not found out with the work allowed"
                )

    def _switched(self, complaints: int) -> tuple[Encoding, Any]:
        """The formulas with a switch for every rule, and a solver for which all are on."""
        whole = Encoding(self.pack, complaints, switched=range(len(self.pack.rules)))
        return whole, _remembering((*whole.constraints, *whole.switches.values()))

    def _making(self, complaints: int) -> Any:
        """A solver for runners as they can be told, with the pack's own numbers."""
        whole, _ = self._whole(complaints)
        own = (term == exact(self.pack.parameters[name].value) for name, term in whole.parameters.free.items())
        return _remembering((*whole.constraints, *whole.switches.values(), *whole_numbers(whole), *own))

    def _made(self, place: int) -> Iterator[dict[str, Any]]:
        """Runners who meet a rule, one for each of its alternatives, and are as well as can be otherwise."""
        complaints = min(complaints_of(self.pack, place), MOST_COUNTED)
        whole, solver = self._whole(complaints)[0], self._maker(complaints)
        for number, variant in enumerate(self.pack.variants):
            met = either(*(way.when for way in whole.fired[number])) if variant.rule == place else False
            if met is False or solver.check(z3.And(met)) != z3.sat:
                continue
            looked_at = variables([met])
            well = {
                told: replace(answer, known=True, value=answer.at(answer.field.best()))
                for told, answer in whole.runner.told.items()
                if answer.field.best() is not None and looked_at.isdisjoint(variables([answer.known, answer.value]))
            }
            yield runner_of(whole, solver.model(), well)

    def _looked_for(self, place: int, complaints: int) -> Any:
        """Whether there is a runner for whom something is decided otherwise without a rule: first in a few ways."""
        whole, solver = self._whole(complaints)
        other = whole.outcome.with_other([(whole.switches[place], z3.BoolVal(False))])
        pairs = (whole.outcome, other), (other, whole.outcome)
        differing = [term for one, two in pairs for _, term in softer(whole, one, two) if term is not False]
        found = z3.unsat
        for some in (differing[:: 1 + len(differing) // FEW], differing):
            found = solver.check(either(*some)) if some else z3.unsat
            if found == z3.sat:
                break
        return found

    def unseen(self, rules: Iterable[int], runners: int = 500) -> list[int]:
        """Those of some rules that no random runner shows to matter."""
        left = set(rules)
        rng = random.Random(0)
        for _ in range(runners):
            if not left:
                break
            left -= self._mattering(random_runner(rng, self.pack, rng.choice((0, 1, 1, 2, 3))), left)
        return sorted(left)

    def _mattering(self, data: Mapping[str, Any], rules: set[int]) -> set[int]:
        """Those of some rules without which something else were decided about a runner."""
        inference = infer(self.program, self._builder.build(Runner.model_validate(data)), self._evaluator)
        rule_of = self.program.source
        fired = {rule_of[firing.variant].rule for firing in inference.firings} & rules
        known = _summary(self._decider.decide(inference, ())) if fired else None
        found = set()
        for place in fired:
            others = tuple(firing for firing in inference.firings if rule_of[firing.variant].rule != place)
            if _summary(self._decider.decide(inference._replace(firings=others), ())) != known:
                found.add(place)
        return found


def _remembering(terms: Iterable[Term]) -> Any:
    """A solver that remembers from one question to the next."""
    solver = z3.Solver()
    solver.set("rlimit", MOST_STEPS)
    solver.add(*(term for term in terms if term is not True))
    solver.push()
    return solver


def _summary(decisions: Decisions) -> Any:
    """Everything that is decided, to be compared."""
    given = 0 if decisions.status == STATUSES[-1] else decisions.allowed
    bits = bits_of(given)
    return (
        given, decisions.status, decisions.urgency, decisions.phase,
        [decisions.scheme_of(bit) for bit in bits],
        [{name: bound.value for name, bound in decisions.bounds_of(bit).items()} for bit in bits],
        {name: bound.value for name, bound in decisions.runner_bounds.items()},
    )  # fmt: skip


def _finding(kind: Any, rule: Rule, says: str) -> Finding:
    return Finding(kind, rule.id, says, rule.file, rule.line)
