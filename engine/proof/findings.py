"""What a proof finds besides broken claims: rules that can never fire, and rules without which nothing would change."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import z3

from prehab.decide import STATUSES, Decider, Decisions
from prehab.facts import FactBuilder
from prehab.graph.index import bits_of
from prehab.inference import infer
from prehab.population import random_runner
from prehab.program import Program
from prehab.proof.claims import softer
from prehab.proof.encoding import Encoding, Outcome
from prehab.proof.symbols import Term, either
from prehab.reference import Reference
from prehab.rules.language import CAUTIONS, PERMITS, Pattern, Rule
from prehab.rules.layers import concluded, needed
from prehab.rules.pack import Pack
from prehab.runner import Runner

__all__ = ["Finding", "Idle", "deciding", "unreachable"]

MOST_COUNTED = 4
"""With more complaints than so many no rule is looked at; of one that takes more nothing is said."""

PATIENCE_S = 5
"""How long z3 may look for a runner for whom one rule matters."""


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
    """The rules that decide something which others could decide as well; not those that others build on."""
    built_on, kinds = {"open", "close", "derive"}, PERMITS | CAUTIONS
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
        self._whole = cache(lambda complaints: Encoding(pack, complaints))

    def among(self, rules: Iterable[str]) -> Iterator[Finding]:
        """Those of some rules that are idle."""
        places = {rule.id: place for place, rule in enumerate(self.pack.rules)}
        left = self.unseen([places[name] for name in rules])
        for place in left:
            rule, complaints = self.pack.rules[place], min(complaints_of(self.pack, place), MOST_COUNTED)
            whole = self._whole(complaints)
            other = Encoding(self.pack, complaints, whole.masks, without=place, of=whole.runner)
            differs = either(*_differing(whole, other), *_differing(other, whole))
            found = z3.unsat if differs is False else self._looked_for(whole, differs)
            if found == z3.unsat and complaints == complaints_of(self.pack, place):
                yield _finding("idle-rule", rule, "whatever it decides, other rules decide as well")
            elif found != z3.sat:
                yield _finding("undecided-rule", rule, "whether it decides anything could not be found out in time")

    def _looked_for(self, whole: Encoding, differs: Term) -> Any:
        solver = z3.Solver()
        solver.set("timeout", PATIENCE_S * 1000)
        solver.add(*(term for term in (*whole.constraints, differs) if term is not True))
        return solver.check()

    def unseen(self, rules: Iterable[int], runners: int = 3000) -> list[int]:
        """Those of some rules that no random runner shows to matter."""
        left = set(rules)
        rng = random.Random(0)
        builder, decider, evaluator = FactBuilder(self.program), Decider(self.program), Reference(self.program)
        for _ in range(runners):
            if not left:
                break
            data = random_runner(rng, self.pack, rng.choice((0, 1, 1, 2, 3)))
            inference = infer(self.program, builder.build(Runner.model_validate(data)), evaluator)
            rule_of = self.program.source
            fired = {rule_of[firing.variant].rule for firing in inference.firings} & left
            known = _summary(decider.decide(inference, ())) if fired else None
            for place in fired:
                others = tuple(firing for firing in inference.firings if rule_of[firing.variant].rule != place)
                if _summary(decider.decide(inference._replace(firings=others), ())) != known:
                    left.discard(place)
        return sorted(left)


def _differing(one: Encoding, other: Encoding) -> list[Term]:
    """What is softer by another encoding of the same runner; the bounds are numbered as in the first one."""
    numbers = {(limit.channel, limit.bound, limit.mask): n for n, limit in enumerate(other.limits)}
    terms = {key: other.outcome.get(*key) for key in one.outcome.terms if key[0] != "limit"}
    for number, limit in enumerate(one.limits):
        place = numbers.get((limit.channel, limit.bound, limit.mask))
        terms["limit", number] = False if place is None else other.outcome["limit", place]
    return [term for _, term in softer(one, one.outcome, Outcome(terms))]


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
