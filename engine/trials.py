"""The cases beside the rules, tried: which hold, what they show to matter, which faults in a rule they would catch.

A *mutant* is a rule with one fault in it: a condition or an alternative dropped, a comparison turned round, what is
done without an answer turned round, a bound moved by one step, an effect changed. The cases of the rule catch it when
one of them no longer comes out as it should. A condition matters when the mutant without it is caught.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from prehab.asking import Asking
from prehab.decide import URGENCIES, Decider
from prehab.fact import Fact
from prehab.fact_builder import FactBuilder
from prehab.facts import Facts
from prehab.inference import Evaluator, infer
from prehab.program import Program
from prehab.reference import choices
from prehab.rules.language import OPPOSITE, Effect, Pattern, Rule, Test
from prehab.rules.load import LocatedCase
from prehab.rules.pack import Pack
from prehab.runner import Runner

__all__ = ["Coverage", "Mutant", "Trials"]

Patterns = tuple[tuple[Pattern, ...], ...]


@dataclass(frozen=True)
class Mutant:
    """A rule with one fault, and whether a case of the rule catches it."""

    rule: str
    fault: str
    condition: bool
    caught: bool


@dataclass(frozen=True)
class Coverage:
    """What the cases of a rule show.

    Attributes:
        rule: Its id.
        fires: Cases in which it fires.
        silent: Cases in which it does not.
        unknown: Cases in which an answer that it looks at is missing.
        conditions: Each single condition, and whether it is shown to matter.
        lacks: What is owed and not there.
    """

    rule: str
    fires: int
    silent: int
    unknown: int
    conditions: dict[str, bool]
    lacks: tuple[str, ...]


@dataclass(frozen=True)
class _Tried:
    """A case, and all facts of its runner, with what was derived and which gates opened."""

    located: LocatedCase
    facts: Facts
    fires: bool
    refused: int  # the exercises withheld for whatever reason but the want of a permit


class Trials:
    """Tries the cases of a pack.

    Args:
        pack: The compiled pack.
        cases: Its cases.
    """

    def __init__(self, pack: Pack, cases: Sequence[LocatedCase]) -> None:
        from prehab.compiled import Compiled

        self.pack = pack
        self.cases = cases
        self.program = Program(pack)
        self._builder = FactBuilder(self.program)
        self._decider = Decider(self.program)
        self._asking = Asking(self.program)
        self._evaluator = Compiled(self.program)
        self._index = {rule.id: index for index, rule in enumerate(pack.rules)}
        self._variants: dict[str, list[int]] = {rule.id: [] for rule in pack.rules}
        for number, variant in enumerate(pack.variants):
            self._variants[pack.rules[variant.rule].id].append(number)
        self._tried: dict[str, list[_Tried]] = {rule.id: [] for rule in pack.rules}
        self._ready = False

    # -- does a case hold? --------------------------------------------------------------------------------------------

    def failures(self, located: LocatedCase, evaluators: Iterable[Evaluator]) -> list[str]:
        """Why a case does not hold; empty when it holds on every evaluator.

        An evaluator is only named where another one finds something else.
        """
        case, program = located.case, self.program
        runner = self._runner(located)
        variants = frozenset(self._variants[case.rule])
        every: dict[str, list[str]] = {}
        for evaluator in evaluators:
            found = every[evaluator.name] = []
            inference = infer(program, self._builder.build(runner), evaluator)
            fired = [f for f in inference.firings if f.variant in variants]
            if bool(fired) != (case.outcome == "fires"):
                found.append(f"the rule {'fires' if fired else 'does not fire'}")
            if case.outcome == "asks" and not any(self._asking.near(inference, variants)):
                found.append("no answer is missing for it to fire")
            told = self._concluded(
                program.effects[self._index[case.rule]], self._patterns_of(case.rule), inference.facts
            )
            for kind, wanted in case.concludes.items():
                if missing := [word for word in wanted if word not in told.get(kind, ())]:
                    found.append(f"it does not {kind} {', '.join(missing)}")
            found += [f"{gate} is closed" for gate in case.gates if not inference.gates[gate]]
            decisions = self._decider.decide(inference, runner.strength.equipment or ())
            allowed = set(program.pack.ids(decisions.allowed))
            found += [f"{key} is not allowed" for key in case.allows if key not in allowed]
            found += [f"{key} is allowed" for key in case.forbids if key in allowed]
            if case.status not in (None, decisions.status):
                found.append(f"the status is {decisions.status}")
        if len({*map(tuple, every.values())}) == 1:
            return next(iter(every.values()))
        return [f"{name}: {why}" for name, found in every.items() for why in found]

    def _runner(self, located: LocatedCase) -> Runner:
        return Runner.model_validate(located.case.runner)

    # -- what the cases show ------------------------------------------------------------------------------------------

    def coverage(self) -> list[Coverage]:
        """What the cases of each rule show, in id order."""
        self._try_all()
        return [self._coverage(rule) for rule in self.pack.rules]

    def mutants(self, rule: Rule) -> Iterator[Mutant]:
        """Every mutant of a rule, and whether its cases catch it."""
        self._try_all()
        tried = self._tried[rule.id]
        effects = self.program.effects[self._index[rule.id]]
        for fault, condition, variants in self._changed(rule):
            caught = any(
                self._fires(variants, one.facts) != one.fires or self._misled(one, effects, variants) for one in tried
            )
            yield Mutant(rule.id, fault, condition, caught)
        for number, effect in enumerate(effects):
            for fault, other in self._other_effects(effect):
                made = (*effects[:number], *([other] if other else []), *effects[number + 1 :])
                yield Mutant(rule.id, fault, False, any(self._told_apart(one, made) for one in tried))

    def _try_all(self) -> None:
        if self._ready:
            return
        for located in self.cases:
            runner = self._runner(located)
            inference = infer(self.program, self._builder.build(runner), self._evaluator)
            rule, refused = located.case.rule, 0
            if located.case.forbids:
                decisions = self._decider.decide(inference, runner.strength.equipment or ())
                refused = decisions.forbidden | decisions.referred | decisions.undosed | decisions.emptied
            self._tried[rule].append(_Tried(located, inference.facts, located.case.outcome == "fires", refused))
        self._ready = True

    def _coverage(self, rule: Rule) -> Coverage:
        tried = self._tried[rule.id]
        conditions: dict[str, bool] = {}
        for mutant in self.mutants(rule):
            if mutant.condition:
                conditions[mutant.fault] = mutant.caught
        tests = {(p.kind, t.field) for patterns in self._patterns(rule) for p in patterns for t in p.tests}
        open_tests = [(kind, name) for kind, name in tests if not self.pack.kinds[kind].fields[name].always]
        fires = sum(one.fires for one in tried)
        unknown = sum(any(_missing(one.facts, kind, name) for kind, name in open_tests) for one in tried)
        lacks = [] if fires else ["a case that fires"]
        if conditions and len(tried) == fires:
            lacks.append("a case that does not fire")
        if open_tests and not unknown:
            lacks.append("a case with an answer missing")
        lacks += [f"a case that flips on: {condition}" for condition, shown in conditions.items() if not shown]
        return Coverage(rule.id, fires, len(tried) - fires, unknown, conditions, tuple(lacks))

    # -- mutants ------------------------------------------------------------------------------------------------------

    def _patterns(self, rule: Rule) -> Patterns:
        return self._patterns_of(rule.id)

    def _patterns_of(self, rule: str) -> Patterns:
        return tuple(self.pack.variants[number].patterns for number in self._variants[rule])

    def _changed(self, rule: Rule) -> Iterator[tuple[str, bool, Patterns]]:
        """The mutants of a rule's conditions: what the fault is, whether it drops a condition, the patterns."""
        whole = self._patterns(rule)
        if len(whole) > 1:
            for number, one in enumerate(self._variants[rule.id]):
                origin = self.pack.variants[one].origin or "alternative"
                yield f"without {origin}", True, whole[:number] + whole[number + 1 :]
        lifted = self._lifted(rule)  # leaving out what lifts a caution is leaving out its whole alternative
        for test in dict.fromkeys(t for patterns in whole for p in patterns for t in p.tests):
            said = _said(test)
            if (test.kind, test.field) != ("gate", "gate"):  # some gate is open whenever one is that builds on it
                yield f"without {said}", test not in lifted, _with(whole, test, None)
            yield f"{said} turned round", False, _with(whole, test, replace(test, op=OPPOSITE[test.op]))
            field = self.pack.kinds[test.kind].fields[test.field]
            if not field.always and test.op not in ("known", "unknown"):
                yield (
                    f"{said}, unknown turned round",
                    False,
                    _with(whole, test, replace(test, unknown=not test.unknown)),
                )
            if test.parameter is not None:
                value = self.program.parameters[test.parameter]
                step = 1.0 if field.type == "integer" else float(Decimal(1).scaleb(_exponent(value)))
                for moved in (value - step, value + step):
                    if field.range is None or field.range[0] <= moved <= field.range[1]:
                        shifted = replace(test, parameter=f"={moved}")
                        yield f"{said} moved to {moved:g}", False, _with(whole, test, shifted)

    def _lifted(self, rule: Rule) -> set[Test]:
        """The tests that stand for what `unless` asks, turned round."""
        variants = [self.pack.variants[number] for number in self._variants[rule.id]]
        return {
            test
            for variant in variants
            for pattern in variant.patterns
            for test in pattern.tests
            if test.unknown and variant.origin and variant.origin.endswith(f"/{test.field}")
        }

    def _fires(self, variants: Patterns, facts: Facts) -> bool:
        return any(self._matches(patterns, facts) for patterns in variants)

    def _matches(self, patterns: tuple[Pattern, ...], facts: Facts) -> bool:
        candidates = [[f for f in facts.by_kind[p.kind] if self._meets(f, p.tests)] for p in patterns]
        return all(candidates) and any(choices(patterns, candidates))

    def _meets(self, fact: Fact, tests: Iterable[Test]) -> bool:
        for test in tests:
            parameters = self.program.parameters
            if test.parameter and test.parameter.startswith("="):
                parameters = {test.parameter: float(test.parameter[1:])}
            if not test.met(fact.values.get(test.field), parameters):
                return False
        return True

    def _other_effects(self, effect: Effect) -> Iterator[tuple[str, Effect | None]]:
        """The mutants of an effect: ``None`` where it is left out."""
        yield f"without its {effect.type}", None
        data = effect.data
        if effect.type == "prescribe":
            order = sorted(self.pack.schemes, key=lambda name: self.pack.schemes[name].caution)
            place = order.index(data["scheme"])
            other = order[place - 1] if place else order[1]
            yield f"prescribe {other} in place of {data['scheme']}", replace(effect, data={**data, "scheme": other})
        if effect.type == "refer" and data["urgency"] != URGENCIES[0]:
            softer = URGENCIES[URGENCIES.index(data["urgency"]) - 1]
            yield f"refer {softer} in place of {data['urgency']}", replace(effect, data={**data, "urgency": softer})
        if effect.type == "limit":
            word = "at_most" if "at_most" in data else "at_least"
            channel = self.pack.channels[data["channel"]]
            value = self.program.parameters.get(data[word], data[word])
            if channel.values:
                looser: Any = channel.values[min(channel.values.index(value) + 1, len(channel.values) - 1)]
            else:
                looser = value + (1 if channel.safe == "cap" else -1)
            if looser != value:
                yield (
                    f"limit {data['channel']} {looser} in place of {value}",
                    replace(effect, data={**data, word: looser}),
                )
        if effect.type == "prefer":
            weight = self.program.parameters[data["weight"]]
            yield f"prefer by {-weight:g} in place of {weight:g}", replace(effect, data={**data, "weight": -weight})

    def _told_apart(self, one: _Tried, effects: Sequence[Effect]) -> bool:
        told = self._concluded(effects, self._patterns_of(one.located.case.rule), one.facts)
        return any(
            word not in told.get(kind, ()) for kind, wanted in one.located.case.concludes.items() for word in wanted
        )

    def _misled(self, one: _Tried, effects: Sequence[Effect], variants: Patterns) -> bool:
        """Whether a rule with these patterns misses what the case says, though it fires or stays silent as it should.

        A permit of what the case forbids counts where nothing else withholds it; a forbid of what it allows counts.
        """
        case = one.located.case
        if not (case.concludes or case.allows or case.forbids):
            return False
        told = self._concluded(effects, variants, one.facts)
        missed = any(word not in told.get(kind, ()) for kind, wanted in case.concludes.items() for word in wanted)
        open_to_it = set(case.forbids) - set(self.pack.ids(one.refused))
        return missed or bool(open_to_it & told.get("permit", set()) or set(case.allows) & told.get("forbid", set()))

    def _concluded(self, effects: Iterable[Effect], variants: Patterns, facts: Facts) -> dict[str, set[str]]:
        """What a rule concludes, in the words that ``concludes`` of a case may use."""
        told: dict[str, set[str]] = {}
        for patterns in variants:
            candidates = [[f for f in facts.by_kind[p.kind] if self._meets(f, p.tests)] for p in patterns]
            if not all(candidates):
                continue
            for chosen in choices(patterns, candidates):
                bound = {v: fact.values[n] for p, fact in zip(patterns, chosen, strict=True) for n, v in p.binds}
                for effect in effects:
                    told.setdefault(effect.type, set()).update(self._words(effect, bound))
        return told

    def _words(self, effect: Effect, bound: dict[str, str]) -> Iterator[str]:
        data = effect.data
        values = tuple(bound[variable] for variable in effect.variables)
        yield from self.pack.ids(effect.masks.get(values, 0))
        yield from (str(data[name]) for name in ("gate", "scheme", "urgency", "name", "fact") if name in data)
        if "scheme" in data:  # a scheme may be named like an exercise
            yield f"scheme {data['scheme']}"
        stages = data.get("stage", ())
        yield from [stages] if isinstance(stages, str) else stages
        if "channel" in data:
            bound_to = data.get("at_most", data.get("at_least"))
            value = self.program.parameters.get(bound_to, bound_to)
            yield f"{data['channel']} {value:g}" if isinstance(value, float) else f"{data['channel']} {value}"
        if "weight" in data:
            yield f"weight {self.program.parameters.get(data['weight'], data['weight']):g}"
        if "say" in data:
            yield str(data["say"])[:40]


def _with(whole: Patterns, test: Test, other: Test | None) -> Patterns:
    """The patterns with a test replaced wherever it stands, or left out."""

    def changed(pattern: Pattern) -> Pattern:
        made = (other if one == test else one for one in pattern.tests)
        return replace(pattern, tests=tuple(one for one in made if one is not None))

    return tuple(tuple(changed(pattern) for pattern in patterns) for patterns in whole)


def _said(test: Test) -> str:
    words = " or ".join(str(word).lower() for word in test.words)
    return " ".join(part for part in (f"{test.kind}.{test.field}", test.op, words, test.parameter or "") if part)


def _missing(facts: Facts, kind: str, field: str) -> bool:
    return any(fact.values.get(field) is None for fact in facts.by_kind[kind])


def _exponent(value: float) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return min(0, exponent) if isinstance(exponent, int) else 0
