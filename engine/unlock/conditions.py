"""What has to become so for something to be allowed: every reason against it that was concluded, turned round.

A caution is lifted by any of its conditions no longer being met, a permit earned by all of its own. What an aggregate
takes, what is read as its worst beside a worse answer, and what one answer says about another, is followed down to
what a runner tells. Only what can honestly change is asked for: never what no training, test or time changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from prehab.decide import Concluded, Decider, Decisions
from prehab.fact import Fact
from prehab.fields import place_of
from prehab.graph.schema import altered
from prehab.inference import Firing, binding
from prehab.lacking import Lacking
from prehab.program import Program
from prehab.rules.language import Pattern, Test
from prehab.rules.vocabulary import Aggregate, Field
from prehab.unlock.formulas import MET, Formula, Goal, Needs, No, Slot, all_of, any_of

__all__ = ["EQUIPMENT", "Conditions", "Fields", "told_at", "with_at"]

EQUIPMENT = "equipment"
"""How a slot begins that is an item of equipment."""

STEPS = (1.0, 0.5, 0.1, 0.05, 0.01)
"""How far beyond a bound a number lies that has to be more, or less, than it; the first that crosses no other bound."""

Binding = Mapping[str, str]


class Fields:
    """Where the fields of facts stand in a runner, and how far each can be moved; for one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.kinds = program.pack.kinds
        made = {name for name, kind in self.kinds.items() if (kind.source or "").startswith("@")}
        lists = {name for name, kind in self.kinds.items() if kind.cardinality == "many" and name != "complaint"}
        self.not_told = {"gate", *program.pack.aggregates, *program.pack.derived, *made, *lists}
        self.variants: list[list[int]] = [[] for _ in program.pack.rules]
        for number, variant in enumerate(program.source):
            self.variants[variant.rule].append(number)
        self.cuts: dict[str, set[float]] = {}
        numbers = program.parameters
        for test in [*program.pack.numbering.tests, *(t for pattern in program.pack.read_first for t in pattern.tests)]:
            if test.parameter is not None:
                taken = program.pack.aggregates.get(test.kind)
                of = taken.fields[test.field.removesuffix("_so_far")].of if taken else f"{test.kind}.{test.field}"
                self.cuts.setdefault(of, set()).add(numbers[test.parameter])
        self.logged = {
            self.slot(one.kind, one.kind, one.field): one for one in program.pack.runs if one.kind != "complaint"
        }
        self.logged_of_complaints = {
            self.slot("complaint", "c1", one.field)[2:]: one for one in program.pack.runs if one.kind == "complaint"
        }

    def slot(self, kind: str, fact: str, name: str) -> Slot:
        """Where a field of a fact stands in a runner."""
        return place_of(self.program.pack, kind, fact, name)

    def reading(self, slot: Slot) -> Any:
        """How the log answers a slot too; None where it does not."""
        return self.logged_of_complaints.get(slot[2:]) if slot[0] == "complaints" else self.logged.get(slot)

    def goal(self, test: Test, wanted: bool, field: Field) -> Goal | None:
        """The nearest better value that meets a test, or fails it; None where no better one does."""
        value = self._value(test, wanted, field)
        return None if value is None else Goal(value, self.rank(field, value))

    def rank(self, field: Field, value: Any) -> float | None:
        """How good a value is beside others of its field; None where they have no order."""
        if field.worse == "neither" and not field.counts_time:
            return None
        place = field.values.index(value) if field.type == "choice" else float(value)
        return -place if field.worse == "higher" else place

    def _value(self, test: Test, wanted: bool, field: Field) -> Any:
        if field.type in ("choice", "boolean"):
            order: list[Any] = list(field.values) if field.type == "choice" else [False, True]
            if field.worse == "higher":
                order.reverse()
            return next((one for one in order if test.met(one, self.program.parameters) == wanted), None)
        low, high = field.range or (0, 0)
        upward = field.worse == "lower" or field.counts_time
        if test.parameter is None:
            comes_known = (test.op == "known") == wanted
            return self._typed(field, high if field.worse == "higher" else low) if comes_known else None
        bound = self.program.parameters[test.parameter]
        above = (test.op in ("at_least", "above")) == wanted
        if above != upward and field.worse != "neither":
            return None
        strict = (test.op in ("above", "below")) == wanted
        value = self._beyond(field, test, bound, 1 if above else -1) if strict else self._typed(field, bound, above)
        return value if value is not None and low <= value <= high else None

    def _beyond(self, field: Field, test: Test, bound: float, way: int) -> Any:
        if field.type == "integer":
            return math.floor(bound) + 1 if way > 0 else math.ceil(bound) - 1
        low, high = field.range or (-math.inf, math.inf)
        cuts = self.cuts[f"{test.kind}.{test.field}"]
        for step in STEPS:
            value = round(bound + way * step, 4)
            if low <= value <= high and not any(
                min(bound, value) <= cut <= max(bound, value) for cut in cuts - {bound}
            ):
                return value
        return None

    @staticmethod
    def _typed(field: Field, bound: float, above: bool = True) -> Any:
        if field.type == "integer":
            return math.ceil(bound) if above else math.floor(bound)
        return float(bound)


def told_at(runner: Any, slot: Slot) -> Any:
    """What a runner tells at a slot; of a list of words, whether the word is in it."""
    value = runner
    for part in slot:
        if isinstance(value, tuple):
            value = value[part] if isinstance(part, int) else (part in value or None)
        else:
            value = getattr(value, str(part))
    return None if value == "not_assessed" else value


def with_at(model: Any, slot: Slot, value: Any) -> Any:
    """A copy of a part of a runner with another value at a slot; a word joins its list, or is taken off it."""
    part, *rest = slot
    if isinstance(model, tuple):
        if isinstance(part, int):
            return (*model[:part], with_at(model[part], tuple(rest), value), *model[part + 1 :])
        others = tuple(word for word in model if word != part)
        return (*others, part) if value else others
    told = getattr(model, str(part))
    return altered(model, **{str(part): with_at(told, tuple(rest), value) if rest else value})


class Conditions:
    """The conditions of one runner, as far as what was concluded of him tells them.

    Args:
        fields: Where fields stand.
        lacking: Who opens gates and derives facts.
        decider: What decided.
        decisions: What was decided.
        told: What is told at a slot.
        equipment: What there is, of all that there could be.
        owners: The fact and the field that stand at each slot that is asked for; they are added here.
    """

    def __init__(
        self,
        fields: Fields,
        lacking: Lacking,
        decider: Decider,
        decisions: Decisions,
        told: Callable[[Slot], Any],
        equipment: frozenset[str],
        owners: dict[Slot, tuple[Fact, str]],
    ) -> None:
        self.fields = fields
        self.program = fields.program
        self.pack = fields.program.pack
        self.decider = decider
        self.decisions = decisions
        self.inference = decisions.inference
        self.by_kind = decisions.inference.facts.by_kind
        self._told = told
        self._equipment = equipment
        self._owners = owners
        self._openers, self._makers, self._reaching = lacking.openers, lacking.makers, lacking.reaching
        self._lifts: dict[int, Formula] = {}
        self._literals: dict[tuple[int, Test, bool], Formula] = {}
        self._gates: dict[str, Formula] = {}
        self._deriving: dict[tuple[str, ...], list[Firing]] | None = None

    # -- what may be asked for ----------------------------------------------------------------------------------------

    def exercise(self, bit: int) -> Formula:
        """An exercise is allowed, and what it needs is there."""
        return all_of([self.allowed(bit), self._owned(bit)])

    def allowed(self, bit: int) -> Formula:
        """An exercise is allowed."""
        decisions = self.decisions
        against = [
            c
            for kind in ("refer", "forbid")
            for c in decisions.of(kind)
            if c.mask >> bit & 1 or c.effect.data.get("everything")
        ]
        parts = [self.without(one) for one in against]
        if decisions.undosed >> bit & 1:
            parts.append(No((self.pack.messages("unlock.no_dose"),)))
        if decisions.emptied >> bit & 1:
            parts += self._filled(bit)
        if not decisions.permitted >> bit & 1:
            parts.append(any_of(self._permits(bit), (self.pack.messages("unlock.no_permit"),)))
        return all_of(parts)

    def gate(self, gate: str) -> Formula:
        """A gate is open: a rule opens it, and none closes it."""
        known = self._gates.get(gate)
        if known is None:
            self._gates[gate] = No(
                (self.pack.messages("unlock.rests_on_itself", gate=self.pack.gates[gate].name),)
            )  # which no checked pack has
            known = self._gates[gate] = MET if self.inference.gates[gate] else self._opened(gate)
        return known

    def stage(self, complaint: Fact, stage: str) -> Formula:
        """A complaint has come to a stage, and nothing holds it back before it."""
        order = self.decider.stage_order.index
        stages = list(self.pack.catalogue.injuries[complaint.values["injury"]].stages)
        steps = stages[1 : stages.index(stage) + 1]
        furthest = max(map(order, steps), default=0)
        parts = [
            self.lifted(firing)
            for one in self.decisions.of("stay")
            if order(one.effect.data["stage"]) < furthest
            for firing in one.firings
            if binding(self.program, firing)[one.effect.data["complaint"]] == complaint.name
        ]
        for step in steps:
            ways = [
                formula
                for variant, variable, reached in self._reaching
                if step in reached
                for _, formula in self._ways(variant, {variable: complaint.name})
            ]
            parts.append(any_of(ways, (self.pack.messages("unlock.no_stage", stage=step),)))
        return all_of(parts)

    def without(self, concluded: Concluded) -> Formula:
        """Nothing concludes this any more."""
        return all_of(map(self.lifted, concluded.firings))

    def lifted(self, firing: Firing) -> Formula:
        """A caution no longer fires: one of its conditions is no longer met."""
        known = self._lifts.get(id(firing))
        if known is None:
            parts: list[Formula] = []
            for pattern, fact in zip(self.program.source[firing.variant].patterns, firing.facts, strict=True):
                if pattern.kind in self.pack.derived:
                    parts.append(self._underived(fact))
                else:
                    parts += [self.literal(fact, test, wanted=False) for test in pattern.tests]
            known = self._lifts[id(firing)] = any_of(parts, (firing,))
        return known

    # -- cautions -----------------------------------------------------------------------------------------------------

    def _filled(self, bit: int) -> Iterator[Formula]:
        """No bound leaves nothing of a scheme: either the bound goes, or what prescribes the scheme."""
        prescribing = [c for c in self.decisions.of("prescribe") if c.mask >> bit & 1]
        for bound in self.decisions.limits:
            emptied = self.decider.emptied_by(bound.channel, bound.value)
            if bound.concluded.mask >> bit & 1:
                schemes = [self.without(c) for c in prescribing if c.effect.data["scheme"] in emptied]
                if schemes:
                    yield any_of([self.without(bound.concluded), all_of(schemes)])

    def _underived(self, fact: Fact) -> Formula:
        """Nothing derives a fact any more."""
        if self._deriving is None:
            self._deriving = {}
            deriving = frozenset(self.pack.doing("derive"))
            for firing in self.inference.firings:
                rule = self.program.source[firing.variant].rule
                for effect in self.program.effects[rule] if rule in deriving else ():
                    if effect.type == "derive":
                        bound = binding(self.program, firing)
                        values = [bound.get(v, v) for k, v in effect.data.items() if k != "fact"]
                        self._deriving.setdefault((effect.data["fact"], *values), []).append(firing)
        return all_of(map(self.lifted, self._deriving[fact.kind, *fact.values.values()]))

    # -- permits and gates --------------------------------------------------------------------------------------------

    def _permits(self, bit: int) -> Iterator[Formula]:
        for index, rule in enumerate(self.pack.rules):
            for effect in rule.effects:
                if effect.type != "permit" or not effect.mask >> bit & 1:
                    continue
                for values, mask in effect.masks.items():
                    if mask >> bit & 1:
                        bound = dict(zip(effect.variables, values, strict=True))
                        for number in self.fields.variants[index]:
                            yield from (formula for _, formula in self._ways(number, bound))

    def _opened(self, gate: str) -> Formula:
        decisions = self.decisions
        closing = [self.without(c) for c in decisions.of("close") if c.effect.data["gate"] == gate]
        if any(c.effect.data["gate"] == gate for c in decisions.of("open")):
            return all_of(closing)
        ways = (formula for variant in self._openers[gate] for _, formula in self._ways(variant, {}))
        return all_of(
            [*closing, any_of(ways, (self.pack.messages("unlock.no_opener", gate=self.pack.gates[gate].name),))]
        )

    def _ways(self, number: int, bound: Binding) -> Iterator[tuple[Binding, Formula]]:
        """Each way for a variant to fire: what its variables then stand for, and what has to be so."""
        yield from self._rest(self.program.source[number].patterns, bound, frozenset(), ())

    def _rest(
        self, patterns: Sequence[Pattern], bound: Binding, used: frozenset[Any], parts: tuple[Formula, ...]
    ) -> Iterator[tuple[Binding, Formula]]:
        if not patterns:
            yield bound, all_of(parts)
            return
        pattern, *others = patterns
        for mark, more, formula in self._facts_for(pattern, bound):
            if mark not in used:
                yield from self._rest(others, {**bound, **more}, used | {mark}, (*parts, formula))

    def _facts_for(self, pattern: Pattern, bound: Binding) -> Iterator[tuple[Any, Binding, Formula]]:
        """The facts that can come to meet a pattern: what each is known by, what it binds, what has to be so."""
        if pattern.kind == "gate":
            for name in _gates_of(pattern):
                yield ("gate", name), {}, self.gate(name)
        elif pattern.kind in self.pack.derived:
            yield from self._derivable(pattern, bound)
        else:
            fields = self.fields.kinds[pattern.kind].fields
            for fact in self.by_kind[pattern.kind]:
                values = fact.values
                if any(bound.get(name, values[field]) != values[field] for field, name in pattern.binds):
                    continue
                more = {name: values[field] for field, name in pattern.binds}
                fixed = [t for t in pattern.tests if fields[t.field].type == "ref"]
                if all(t.met(values[t.field], self.program.parameters) for t in fixed):
                    needs = [self.literal(fact, test, wanted=True) for test in pattern.tests]
                    yield (fact.kind, fact.name), more, all_of(needs)

    def _derivable(self, pattern: Pattern, bound: Binding) -> Iterator[tuple[Any, Binding, Formula]]:
        wanted = {field: bound[name] for field, name in pattern.binds if name in bound}
        tested = {test.field: test for test in pattern.tests}
        for variant, data in self._makers[pattern.kind]:
            made = {field: word for field, word in data.items() if field != "fact"}
            inner = {word: wanted[field] for field, word in made.items() if word.startswith("$") and field in wanted}
            for found, formula in self._ways(variant, inner):
                values = {field: found.get(word, word) for field, word in made.items()}
                if any(values[field] != word for field, word in wanted.items()):
                    continue
                if all(tested[f].met(values[f], self.program.parameters) for f in tested):
                    more = {name: values[field] for field, name in pattern.binds}
                    yield (pattern.kind, *values.values()), more, formula

    # -- single values ------------------------------------------------------------------------------------------------

    def literal(self, fact: Fact, test: Test, *, wanted: bool) -> Formula:
        """A fact comes to meet a test, or no longer meets it."""
        if test.met(fact.values.get(test.field), self.program.parameters) == wanted:
            return MET
        key = id(fact), test, wanted
        known = self._literals.get(key)
        if known is None:
            self._literals[key] = No(((fact, test, wanted),))  # nothing comes to be so by itself
            known = self._literals[key] = self._literal(fact, test, wanted)
        return known

    def _literal(self, fact: Fact, test: Test, wanted: bool) -> Formula:
        if fact.kind in self.pack.aggregates:
            return self._taken(fact, test, wanted)
        if fact.kind == "gate" and test.field == "open":
            return self.gate(fact.name)
        return all_of([self._moved(fact, test, wanted), *self._read_as_told(fact, test.field)])

    def _moved(self, fact: Fact, test: Test, wanted: bool = False) -> Formula:
        """What is told comes to meet a test, or no longer meets it; however it is read beside other answers."""
        against = No(((fact, test, wanted),))
        field = self.fields.kinds[fact.kind].fields[test.field]
        if fact.kind in self.fields.not_told or field.always:
            return against
        slot = self.fields.slot(fact.kind, fact.name, test.field)
        self._owners.setdefault(slot, (fact, test.field))
        told = self._told(slot)
        goal = self.fields.goal(test, wanted, field)
        ways: list[Formula] = []
        if _in_a_list(slot):  # the word can only be taken off the list
            if told and test.met(None, self.program.parameters) == wanted:
                ways.append(Needs(slot, Goal(False, self.fields.rank(field, False))))
        elif goal is not None and _may_change(field, told):
            ways.append(Needs(slot, goal))
        if told is None:
            ways += self._implied(fact, test, wanted, field)
        return any_of(ways, against.because)

    def _taken(self, fact: Fact, test: Test, wanted: bool) -> Formula:
        """What an aggregate takes of its parts comes to meet a test, or no longer meets it."""
        name = test.field.removesuffix("_so_far")
        about: Aggregate = self.pack.aggregates[fact.kind].fields[name]
        of, _, part = about.of.partition(".")
        against = No(((fact, test, wanted),))
        if about.take == "count" or of in self.fields.not_told:
            return against
        own = replace(test, kind=of, field=part)
        members = self.by_kind[of]
        if test.field != name:  # what is not known is no part of it
            members = [one for one in members if one.values.get(part) is not None]
        parts = [self.literal(one, own, wanted=wanted) for one in members]
        if not parts:
            return against
        every = (about.take == "any") if about.worse == "higher" else about.take == "min"
        every = every or (about.take == "max" and about.worse == "higher")
        if every:
            return all_of(parts)
        unknown = (one for one in members if one.values.get(part) is None)  # then the whole is not known either
        told = (
            [] if about.take == "any" else [self.literal(one, Test(of, part, "known"), wanted=True) for one in unknown]
        )
        return all_of([any_of(parts, against.because), *told])

    def _implied(self, fact: Fact, test: Test, wanted: bool, field: Field) -> Iterator[Formula]:
        """What is not told, but follows from what may come to be told."""
        if test.met(field.best(), self.program.parameters) == wanted:
            for pattern, names in self.pack.implied:
                if pattern.kind == fact.kind and test.field in names:
                    yield all_of(self.literal(fact, one, wanted=True) for one in pattern.tests)

    def _read_as_told(self, fact: Fact, name: str) -> Iterator[Formula]:
        """A value is no longer read as its worst because of other answers."""
        for reading in self.pack.careful:
            if reading.of != fact.kind or name not in reading.fields:
                continue
            own = reading.own
            if own is not None and not self._meets(fact, own):
                continue
            ways: list[Formula] = []
            if own is not None:
                for test in own.tests:
                    ways.append(
                        self._moved(fact, test) if test.field == name else self.literal(fact, test, wanted=False)
                    )
            for pattern in reading.others:
                there = [one for one in self.by_kind[pattern.kind] if self._meets(one, pattern)]
                if pattern.kind == "complaint" and "side" in fact.values:
                    side = fact.values["side"]
                    legs = {leg.values["complaint"] for leg in self.by_kind["sore_leg"] if leg.values["side"] == side}
                    there = [one for one in there if one.name in legs]
                ways.append(
                    all_of(any_of(self.literal(one, test, wanted=False) for test in pattern.tests) for one in there)
                )
            yield any_of(ways)

    def _meets(self, fact: Fact, pattern: Pattern) -> bool:
        return all(test.met(fact.values.get(test.field), self.program.parameters) for test in pattern.tests)

    def _owned(self, bit: int) -> Formula:
        """What an exercise needs is there: of each need one of the things that do."""
        return all_of(
            any_of(Needs((EQUIPMENT, item), Goal(True, 1.0)) for item in options)
            for options in self.decider.exercises[bit].needs
            if self._equipment.isdisjoint(options)
        )


def _in_a_list(slot: Slot) -> bool:
    return slot[0] == "faults"


def _may_change(field: Field, told: Any) -> bool:
    """Whether a value can honestly become another: by training or time, or by being told where it was not.

    What nothing changes is not even asked for, so nobody is led to tell another age, sex or history than his own.
    """
    if field.change == "no":
        return False
    ordered = field.worse != "neither" or field.counts_time
    if field.change == "time":
        return ordered
    return told is None or (ordered and field.change == "training")


def _gates_of(pattern: Pattern) -> Iterable[str]:
    return [str(word) for test in pattern.tests if test.field == "gate" for word in test.words]
