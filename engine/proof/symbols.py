"""A runner of whom nothing is settled yet: for every answer a variable, and a bit that tells whether it is known.

What the fact builder does with answers is done here with variables: keys, aggregates, what the graph knows of a
complaint, careful readings. Of a log only a few sessions are drawn, and the calm ones are not counted anew: their
number is a variable like any other, which allows for more runners than there can be, never for fewer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import z3

from prehab.rules.language import Pattern, Test
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate, Field, Kind

__all__ = [
    "SIDES",
    "Answer",
    "Cases",
    "Parameters",
    "SymbolicFact",
    "SymbolicRunner",
    "Term",
    "either",
    "every",
    "implies",
    "no",
]

SIDES = ("left", "right", "both")
SESSIONS = 2
"""How many logged sessions are drawn, where rules look at single ones."""
Term = Any
"""A z3 term, or ``True`` or ``False`` where it is plainly so: most of a pack is, and is then not built at all."""


def every(*terms: Term) -> Term:
    """All of them."""
    kept = [term for term in terms if term is not True]
    if any(term is False for term in kept):
        return False
    return kept[0] if len(kept) == 1 else z3.And(*kept) if kept else True


def either(*terms: Term) -> Term:
    """Any of them."""
    kept = [term for term in terms if term is not False]
    if any(term is True for term in kept):
        return True
    return kept[0] if len(kept) == 1 else z3.Or(*kept) if kept else False


def no(term: Term) -> Term:
    """Not this."""
    return not term if isinstance(term, bool) else z3.Not(term)


def implies(one: Term, other: Term) -> Term:
    """If one, then the other."""
    return either(no(one), other)


class Parameters:
    """The named numbers: those that an app may set are variables within their ranges and orders, the rest are fixed."""

    def __init__(self, pack: Pack) -> None:
        self.constraints: list[Any] = []
        self.free: dict[str, Any] = {}
        self._of: dict[str, Any] = {}
        for name, parameter in pack.parameters.items():
            if name in pack.fixed_parameters:
                self._of[name] = z3.RealVal(str(parameter.value))
                continue
            self._of[name] = self.free[name] = number = z3.Real(f"parameter {name}")
            low, high = parameter.range
            self.constraints += [number >= z3.RealVal(str(low)), number <= z3.RealVal(str(high))]
        for name, parameter in pack.parameters.items():
            if parameter.at_most is not None:
                self.constraints.append(self._of[name] <= self._of[parameter.at_most])

    def __getitem__(self, name: str) -> Any:
        return self._of[name]


@dataclass(frozen=True)
class Answer:
    """A value that may be unknown: ``known`` tells whether it is told, ``value`` what it is then."""

    field: Field
    known: Any
    value: Any

    def meets(self, test: Test, parameters: Parameters) -> Any:
        """When the test is met: ``Test.met``, said of variables."""
        if test.op == "known":
            return self.known
        if test.op == "unknown":
            return no(self.known)
        met = every(self.known, self._compared(test, parameters))
        return either(no(self.known), met) if test.unknown else met

    def _compared(self, test: Test, parameters: Parameters) -> Any:
        if test.op in ("is", "is_not"):
            told = either(*(self.equals(word) for word in test.words))
            return told if test.op == "is" else no(told)
        bound = parameters[str(test.parameter)]
        if test.op == "at_least":
            return self.value >= bound
        if test.op == "above":
            return self.value > bound
        if test.op == "at_most":
            return self.value <= bound
        return self.value < bound

    def equals(self, word: str | bool) -> Any:
        """When the value is this word."""
        if isinstance(word, bool):
            return self.value if word else no(self.value)
        return self.value == self.field.values.index(word)

    def at(self, value: Any) -> Any:
        """A plain value as a term."""
        if self.field.type == "boolean":
            return z3.BoolVal(bool(value))
        if self.field.type == "choice":
            return z3.BitVecVal(self.field.values.index(value), self.value.size())
        return z3.RealVal(str(value))

    def worse_than(self, other: Answer) -> Any:
        """When this value, of a field with a direction, is worse than the other one."""
        low, high = (other.value, self.value) if self.field.worse == "higher" else (self.value, other.value)
        if self.field.type == "boolean":
            return every(no(low), high)
        return z3.ULT(low, high) if self.field.type == "choice" else low < high


@dataclass(frozen=True)
class Cases:
    """A value that is always known and one of a few: each with the condition under which it is that one."""

    of: Mapping[Any, Any]

    def meets(self, test: Test, parameters: Parameters) -> Any:
        """When the test is met."""
        return either(*(when for value, when in self.of.items() if test.met(value, {})))


@dataclass(frozen=True, eq=False)
class SymbolicFact:
    """A fact that may be there (``exists``) with values that are answers, cases, or plain."""

    kind: str
    name: str
    exists: Any
    values: Mapping[str, Any]

    def meets(self, pattern: Pattern, parameters: Parameters) -> Any:
        """When the fact is there and meets the tests of a pattern; what it binds is looked at apart."""
        return every(self.exists, *(self._meets(test, parameters) for test in pattern.tests))

    def _meets(self, test: Test, parameters: Parameters) -> Any:
        value = self.values[test.field]
        if isinstance(value, Answer | Cases):
            return value.meets(test, parameters)
        return test.met(value, {})


class SymbolicRunner:
    """All facts that are told, for a number of complaints, and what constrains them.

    Attributes:
        facts: By kind.
        told: Every answer by its kind, the name of its fact, and its field: as it is told, before any careful reading.
        complaints: For each possible complaint: whether it is there, its injury's number, its side's number.
        constraints: Ranges, orders, one value of a choice.
        met: When a fact meets a pattern, as far as that was asked for.
    """

    def __init__(self, pack: Pack, complaints: int) -> None:
        self.pack = pack
        self.parameters = Parameters(pack)
        self.constraints: list[Any] = list(self.parameters.constraints)
        self.facts: dict[str, list[SymbolicFact]] = {kind: [] for kind in pack.kinds}
        self.told: dict[tuple[str, str, str], Answer] = {}
        self.met: dict[tuple[Pattern, SymbolicFact], Term] = {}
        self.complaints: list[tuple[Any, Any, Any]] = []
        for name, kind in pack.kinds.items():
            made = (kind.source or "").startswith("@") or name == "gate" or name in pack.aggregates
            if made or name in pack.derived or name == "complaint":
                continue
            if kind.cardinality == "many":
                for number in range(1, SESSIONS + 1 if _looked_at(pack, name) else 1):
                    fact = f"{name}{number}"
                    self._add(name, fact, z3.Bool(f"{name} {fact}"), self._answers(name, kind, fact))
            elif kind.cardinality == "one":
                self._add(name, name, True, self._answers(name, kind, name))
            else:
                ((key, values),) = kind.keys.items()
                for value in values:
                    self._add(name, str(value), True, {key: value, **self._answers(name, kind, str(value))})
        for number in range(complaints):
            self._complaint(number)
        for name, aggregate in pack.aggregates.items():
            fields: dict[str, Any] = {}
            for field, one in aggregate.fields.items():
                fields |= self._aggregate(pack.kinds[name].fields[field], field, one)
            self._add(name, name, True, fields)

    def _add(self, kind: str, name: str, exists: Any, values: Mapping[str, Any]) -> None:
        self.facts[kind].append(SymbolicFact(kind, name, exists, values))

    # -- answers ------------------------------------------------------------------------------------------------------

    def _answers(self, name: str, kind: Kind, fact: str) -> dict[str, Answer]:
        found = {}
        for field, one in kind.fields.items():
            if field in kind.keys or (name == "complaint" and one.always):
                continue
            found[field] = self.told[name, fact, field] = self._variable(f"{name} {fact} {field}", one)
            if name == "fault":  # a fault is named or not spoken of: nobody can tell that it is absent
                self.constraints.append(implies(found[field].known, found[field].value))
        return found

    def _variable(self, name: str, field: Field) -> Answer:
        value: Any
        if field.type == "boolean":
            value = z3.Bool(name)
        elif field.type == "choice":
            value = z3.BitVec(name, max(1, (len(field.values) - 1).bit_length()))
            self.constraints.append(z3.ULE(value, len(field.values) - 1))
        else:
            value = z3.Real(name)
            if field.range is not None:
                low, high = field.range
                self.constraints += [value >= z3.RealVal(str(low)), value <= z3.RealVal(str(high))]
        return Answer(field, True if field.always else z3.Bool(f"{name}?"), value)

    # -- complaints ---------------------------------------------------------------------------------------------------

    def _complaint(self, number: int) -> None:
        pack = self.pack
        key = f"c{number + 1}"
        exists = z3.Bool(f"complaint {key}")
        injuries = pack.catalogue.injuries
        injury = z3.BitVec(f"complaint {key} injury", max(1, (len(injuries) - 1).bit_length()))
        side = z3.BitVec(f"complaint {key} side", 2)
        self.constraints += [z3.ULE(injury, len(injuries) - 1), z3.ULE(side, len(SIDES) - 1)]
        if self.complaints:  # the order of complaints means nothing, so one order is enough
            self.constraints.append(implies(exists, self.complaints[-1][0]))
        self.complaints.append((exists, injury, side))
        is_one = {name: injury == position for position, name in enumerate(injuries)}

        cases: dict[str, dict[Any, list[Any]]] = {}
        for name, node in injuries.items():
            for field, value in pack.catalogue.known_of(node).items():
                cases.setdefault(field, {}).setdefault(value, []).append(is_one[name])
        values: dict[str, Any] = {"key": key}
        for field, known in cases.items():
            values[field] = Cases({value: either(*whens) for value, whens in known.items()})
        values |= self._answers("complaint", pack.kinds["complaint"], key)
        self._add("complaint", key, exists, self._read_carefully(key, exists, values))
        for position, name in enumerate(SIDES[:2]):
            sore = every(exists, side != 1 - position)
            self._add("sore_leg", f"{key}/{name}", sore, {"complaint": key, "side": name})
        for structure in pack.catalogue.words["structures"]:
            whens = [is_one[name] for name, node in injuries.items() if structure in node.affects]
            if whens:
                there = every(exists, either(*whens))
                self._add("affects", f"{key}/{structure}", there, {"complaint": key, "structure": structure})

    def _read_carefully(self, key: str, exists: Any, values: dict[str, Any]) -> dict[str, Any]:
        for pattern, names, _ in self.pack.careful:
            if pattern.kind != "complaint":
                continue
            upset = SymbolicFact("complaint", key, exists, values).meets(pattern, self.parameters)
            values = dict(values)
            for name in names:
                answer: Answer = values[name]
                worst = answer.at(answer.field.worst())
                values[name] = replace(
                    answer, known=either(answer.known, upset), value=_choose(upset, worst, answer.value)
                )
        return values

    # -- aggregates ---------------------------------------------------------------------------------------------------

    def _aggregate(self, field: Field, name: str, one: Aggregate) -> dict[str, Any]:
        kind, _, of = one.of.partition(".")
        members = self.facts[kind]
        if one.take == "count":
            count = z3.Sum([_choose(fact.exists, z3.RealVal(1), z3.RealVal(0)) for fact in members] or [z3.RealVal(0)])
            answer = Answer(field, True, count)
            return {name: answer, f"{name}_so_far": answer}
        parts: Sequence[tuple[Any, Answer]] = [(fact.exists, fact.values[of]) for fact in members]
        some = either(*(exists for exists, _ in parts))
        told = [every(exists, answer.known) for exists, answer in parts]
        whole = every(*(implies(exists, answer.known) for exists, answer in parts))
        if one.take == "any":
            true = either(*(every(here, answer.value) for here, (_, answer) in zip(told, parts, strict=True)))
            empty = every(no(some), one.empty is not None)
            at_empty = bool(one.empty)
            return {
                name: Answer(field, either(true, every(some, whole), empty), _choose(some, true, at_empty)),
                f"{name}_so_far": Answer(field, either(true, empty), _choose(some, true, at_empty)),
            }
        value, found = (z3.RealVal(str(one.empty or 0)), False)
        for here, (_, answer) in zip(told, parts, strict=True):
            nearer = answer.value < value if one.take == "min" else answer.value > value
            value = _choose(every(here, either(no(found), nearer)), answer.value, value)
            found = either(found, here)
        empty = every(no(some), one.empty is not None)
        return {
            name: Answer(field, either(every(some, whole), empty), value),
            f"{name}_so_far": Answer(field, either(found, empty), value),
        }


def _choose(when: Term, one: Term, other: Term) -> Term:
    if isinstance(when, bool):
        return one if when else other
    return z3.If(when, one, other)


def _looked_at(pack: Pack, kind: str) -> bool:
    """Whether a rule or an aggregate looks at single facts of a kind."""
    read = {pattern.kind for variant in pack.variants for pattern in variant.patterns}
    return kind in read | {one.of.partition(".")[0] for a in pack.aggregates.values() for one in a.fields.values()}
