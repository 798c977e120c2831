"""A runner of whom nothing is settled yet: for every answer a variable, and a bit that tells whether it is known.

What the fact builder does with answers is done here with variables: keys, aggregates, what the graph knows of a
complaint, careful readings. Of a log as many sessions are drawn as rules can tell apart (``prehab.proof.logs``). What
is counted from it for a complaint is a variable like any other, which allows for more runners than there can be, never
for fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import z3

from prehab.proof.logs import aggregates_of, enough
from prehab.rules.language import CarefulReading, Pattern, Test
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
    "exact",
    "implies",
    "no",
]

SIDES = ("left", "right", "both")
MOST_LISTED = 12
"""So many facts of a list, such as logged sessions, are drawn at the most; a proof that would need more says so."""

LONGEST = 500
"""The longest list that a runner file may hold."""

Term = Any
"""A z3 term, or ``True`` or ``False`` where it is plainly so: most of a pack is, and is then not built at all."""


def every(*terms: Term) -> Term:
    """All of them."""
    kept = [term for term in terms if term is not True]
    if any(term is False for term in kept):
        return False
    return kept[0] if len(kept) == 1 else _joined(z3.Z3_mk_and, kept) if kept else True


def either(*terms: Term) -> Term:
    """Any of them."""
    kept = [term for term in terms if term is not False]
    if any(term is True for term in kept):
        return True
    return kept[0] if len(kept) == 1 else _joined(z3.Z3_mk_or, kept) if kept else False


def _joined(make: Any, terms: Sequence[Any]) -> Any:
    """Terms as one, made at once: ``z3.And`` looks at each argument several times, which takes longer than a proof."""
    context = z3.main_ctx()
    return z3.BoolRef(make(context.ref(), len(terms), (z3.Ast * len(terms))(*(term.ast for term in terms))), context)


def no(term: Term) -> Term:
    """Not this."""
    return not term if isinstance(term, bool) else z3.Not(term)


def implies(one: Term, other: Term) -> Term:
    """If one, then the other."""
    return either(no(one), other)


def exact(value: float) -> Any:
    """A number as it is written: a tenth is a tenth."""
    return z3.RealVal(str(Fraction(str(value))))


class Parameters:
    """The named numbers: those that an app may set are variables within their ranges and orders, the rest are fixed."""

    def __init__(self, pack: Pack) -> None:
        self.constraints: list[Any] = []
        self.free: dict[str, Any] = {}
        self._of: dict[str, Any] = {}
        for name, parameter in pack.parameters.items():
            if name in pack.fixed_parameters:
                self._of[name] = exact(parameter.value)
                continue
            self._of[name] = self.free[name] = term = z3.Real(f"parameter {name}")
            low, high = parameter.range
            self.constraints += [term >= exact(low), term <= exact(high)]
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
        return exact(value)

    def worse_than(self, other: Answer) -> Any:
        """When this value, of a field with a direction, is worse than the other one."""
        return other.below(self) if self.field.worse == "higher" else self.below(other)

    def below(self, other: Answer) -> Any:
        """When this value comes before the other one in the order of the field."""
        if self.field.type == "boolean":
            return every(no(self.value), other.value)
        return z3.ULT(self.value, other.value) if self.field.type == "choice" else self.value < other.value


@dataclass(frozen=True)
class Cases:
    """A value that is always known and one of a few: each with the condition under which it is that one."""

    of: Mapping[Any, Any]

    def meets(self, test: Test, parameters: Parameters) -> Any:
        """When the test is met."""
        return either(*(when for value, when in self.of.items() if test.met(value, {})))

    def as_answer(self, field: Field) -> Answer:
        """The same as an answer, whose value is chosen by the conditions."""
        blank = _blank(field)
        value = blank.value
        for one, when in self.of.items():
            value = _choose(when, blank.at(one), value)
        return replace(blank, known=True, value=value)


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

    Args:
        pack: The pack.
        complaints: How many complaints there may be.
        also: Patterns that are looked for together besides those of the rules.

    Attributes:
        facts: By kind.
        drawn: Of each kind of which a list is told how many facts are drawn, and how many would be enough.
        lengths: Of such a kind, where it is counted, how many facts there are.
        also: As given.
        told: Every answer by its kind, the name of its fact, and its field: as it is told, before any careful reading.
        implied: When another answer speaks for one that was not told.
        complaints: For each possible complaint: whether it is there, its injury's number, its side's number.
        constraints: Ranges, orders, one value of a choice.
        met: When a fact meets a pattern, as far as that was asked for.
    """

    def __init__(self, pack: Pack, complaints: int, also: Iterable[Sequence[Pattern]] = ()) -> None:
        self.pack = pack
        self.drawn: dict[str, tuple[int, int]] = {}
        self.lengths: dict[str, Any] = {}
        self.also = tuple(also)
        self.parameters = Parameters(pack)
        self.constraints: list[Any] = list(self.parameters.constraints)
        self.facts: dict[str, list[SymbolicFact]] = {kind: [] for kind in pack.kinds}
        self.told: dict[tuple[str, str, str], Answer] = {}
        self.met: dict[tuple[Pattern, SymbolicFact], Term] = {}
        self.implied: dict[tuple[str, str, str], list[Term]] = {}
        self.complaints: list[tuple[Any, Any, Any]] = []
        for name, kind in pack.kinds.items():
            made = (kind.source or "").startswith("@") or name == "gate" or name in pack.aggregates
            if made or name in pack.derived or name == "complaint":
                continue
            if kind.cardinality == "many":
                self._list(name, kind, enough(pack, name, self.also))
            elif kind.cardinality == "one":
                self._add(name, name, True, self._answers(name, kind, name))
            else:
                ((key, values),) = kind.keys.items()
                for value in values:
                    self._add(name, str(value), True, {key: value, **self._answers(name, kind, str(value))})
        for number in range(complaints):
            self._complaint(number)
        self._read_carefully()
        for name, aggregate in pack.aggregates.items():
            fields: dict[str, Any] = {}
            for field, one in aggregate.fields.items():
                fields |= self._aggregate(pack.kinds[name].fields[field], field, one)
            self._add(name, name, True, fields)

    def _add(self, kind: str, name: str, exists: Any, values: Mapping[str, Any]) -> None:
        self.facts[kind].append(SymbolicFact(kind, name, exists, values))

    def _list(self, name: str, kind: Kind, needed: int) -> None:
        """The facts of a list, in an order that means nothing."""
        drawn = min(needed, MOST_LISTED)
        self.drawn[name] = drawn, needed
        there: list[Any] = []
        for place in range(1, drawn + 1):
            fact = f"{name}{place}"
            there.append(z3.Bool(f"{name} {fact}"))
            self._add(name, fact, there[-1], self._answers(name, kind, fact))
            if place > 1:
                self.constraints.append(implies(there[-1], there[-2]))
        if not any(one.take == "count" for one in aggregates_of(self.pack, name)):
            return
        self.lengths[name] = length = z3.Real(f"how many {name}")
        counted = z3.Sum([_choose(one, exact(1), exact(0)) for one in there])
        self.constraints += [
            either(length == counted, every(*there, length >= drawn)), length <= LONGEST, z3.IsInt(length),
        ]  # fmt: skip

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
                self.constraints += [value >= exact(low), value <= exact(high)]
        return Answer(field, True if field.always else z3.Bool(f"{name}?"), value)

    # -- complaints ---------------------------------------------------------------------------------------------------

    def _complaint(self, number: int) -> None:
        pack = self.pack
        key = f"c{number + 1}"
        exists = z3.Bool(f"complaint {key}")
        injuries = pack.catalogue.injuries
        injury = z3.BitVec(f"complaint {key} injury", max(1, (len(injuries) - 1).bit_length()))
        answers = self._answers("complaint", pack.kinds["complaint"], key)
        told = answers.get("side")
        side = z3.BitVec(f"complaint {key} side", 2) if told is None else told.value
        self.constraints += [z3.ULE(injury, len(injuries) - 1), z3.ULE(side, len(SIDES) - 1)]
        if told is not None:  # whose side is not told is about both legs
            self.constraints.append(implies(no(told.known), side == SIDES.index("both")))
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
        values = self._read_implied(key, exists, values | answers)
        self._add("complaint", key, exists, values)
        for position, name in enumerate(SIDES[:2]):
            sore = every(exists, side != 1 - position)
            self._add("sore_leg", f"{key}/{name}", sore, {"complaint": key, "side": name})
        for structure in pack.catalogue.words["structures"]:
            whens = [is_one[name] for name, node in injuries.items() if structure in node.affects]
            if whens:
                there = every(exists, either(*whens))
                self._add("affects", f"{key}/{structure}", there, {"complaint": key, "structure": structure})

    def _read_implied(self, key: str, exists: Any, values: dict[str, Any]) -> dict[str, Any]:
        for pattern, names in self.pack.implied:
            told = SymbolicFact("complaint", key, exists, values).meets(pattern, self.parameters)
            values = dict(values)
            for name in names:
                answer: Answer = values[name]
                self.implied.setdefault(("complaint", key, name), []).append(told)
                values[name] = replace(
                    answer,
                    known=either(answer.known, told),
                    value=_choose(answer.known, answer.value, answer.at(answer.field.best())),
                )
        return values

    def _read_carefully(self) -> None:
        """What ``prehab.fact_builder`` does where answers cannot all be true, reading by reading."""
        for reading in self.pack.careful:
            facts = self.facts[reading.of]
            for place, fact in enumerate(facts):
                upset = self._upset(reading, fact)
                if upset is not False:
                    facts[place] = replace(fact, values={**fact.values, **_worst(fact, reading.fields, upset)})

    def _upset(self, reading: CarefulReading, fact: SymbolicFact) -> Term:
        """When a fact is to be read carefully."""
        whens = [fact.exists if reading.own is None else fact.meets(reading.own, self.parameters)]
        of_a_leg = "side" in self.pack.kinds[reading.of].keys
        for pattern in reading.others:
            there = []
            for other in self.facts[pattern.kind]:
                when = other.meets(pattern, self.parameters)
                if pattern.kind == "complaint" and of_a_leg:
                    legs = (leg for leg in self.facts["sore_leg"] if leg.values["complaint"] == other.values["key"])
                    same = (leg.exists for leg in legs if leg.values["side"] == fact.values["side"])
                    when = every(when, either(*same))
                there.append(when)
            whens.append(either(*there))
        return every(*whens)

    # -- aggregates ---------------------------------------------------------------------------------------------------

    def _aggregate(self, field: Field, name: str, one: Aggregate) -> dict[str, Any]:
        kind, _, of = one.of.partition(".")
        members = self.facts[kind]
        if one.take == "count":
            length = self.lengths.get(kind)
            if length is None:
                length = z3.Sum([_choose(fact.exists, exact(1), exact(0)) for fact in members] or [exact(0)])
            answer = Answer(field, True, length)
            return {name: answer, f"{name}_so_far": answer}
        parts = [(fact.exists, _as_answer(fact.values[of], self.pack.kinds[kind].fields[of])) for fact in members]
        some = either(*(exists for exists, _ in parts))
        told = [every(exists, answer.known) for exists, answer in parts]
        whole = every(*(implies(exists, answer.known) for exists, answer in parts))
        empty = every(no(some), one.empty is not None)
        if one.take == "any":
            true = either(*(every(here, answer.value) for here, (_, answer) in zip(told, parts, strict=True)))
            value = _choose(some, true, bool(one.empty))
            return {
                name: Answer(field, either(true, every(some, whole), empty), value),
                f"{name}_so_far": Answer(field, either(true, empty), value),
            }
        best, found = _blank(field), False
        if one.empty is not None:
            best = replace(best, value=best.at(one.empty))
        for here, (_, answer) in zip(told, parts, strict=True):
            nearer = answer.below(best) if one.take == "min" else best.below(answer)
            best = replace(best, value=_choose(every(here, either(no(found), nearer)), answer.value, best.value))
            found = either(found, here)
        return {
            name: replace(best, known=either(every(some, whole), empty)),
            f"{name}_so_far": replace(best, known=either(found, empty)),
        }


def _as_answer(value: Any, field: Field) -> Answer:
    return value.as_answer(field) if isinstance(value, Cases) else value


def _blank(field: Field) -> Answer:
    """An answer with some value, as yet of no meaning."""
    blank = Answer(field, False, z3.BitVec("nothing", max(1, (len(field.values) - 1).bit_length())))
    first: Any = {"boolean": False, "choice": (field.values or [""])[0]}.get(field.type, 0)
    return replace(blank, value=blank.at(first))


def _worst(fact: SymbolicFact, names: Sequence[str], when: Term) -> dict[str, Answer]:
    """Some answers of a fact that take their worst value at times."""
    found: dict[str, Answer] = {}
    for name in names:
        answer: Answer = fact.values[name]
        value = _choose(when, answer.at(answer.field.worst()), answer.value)
        found[name] = replace(answer, known=either(answer.known, when), value=value)
    return found


def _choose(when: Term, one: Term, other: Term) -> Term:
    if isinstance(when, bool):
        return one if when else other
    return z3.If(when, one, other)
