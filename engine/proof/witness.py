"""Between variables and runners: a runner file out of a model, and the values of the variables for a runner."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import z3

from prehab.fact import Fact
from prehab.facts import Facts, position_of
from prehab.fields import Place, place_of, section_of
from prehab.proof.encoding import Encoding
from prehab.proof.logs import kept
from prehab.proof.symbols import SIDES, Answer, Term, exact
from prehab.rules.language import Pattern
from prehab.runner import Runner

__all__ = ["is_true", "parameters_of", "runner_of", "values_of", "whole_numbers"]


def runner_of(
    encoding: Encoding, model: Any, answers: Mapping[tuple[str, str, str], Answer] | None = None, filler: int = 0
) -> Any:
    """The runner of a model, as data of a runner file.

    Args:
        encoding: The encoding whose variables the model is about.
        model: A model.
        answers: Answers in place of the encoding's own, by kind, fact and field: those of a second runner.
        filler: Which of the facts of a list is repeated where the list is longer than what is drawn of it.
    """
    pack = encoding.pack
    data: dict[str, Any] = {}
    complaints = _complaints(encoding, model)
    if complaints:
        data["complaints"] = complaints
    for (kind, fact, name), told in encoding.runner.told.items():
        answer = (answers or {}).get((kind, fact, name), told)
        if not is_true(model, answer.known):
            continue
        path = place_of(pack, kind, fact, name)
        value = _plain(answer, model)
        if kind == "fault":
            data.setdefault("faults", []).append(fact)
        elif kind == "complaint" and int(fact[1:]) > len(complaints):
            continue
        elif pack.kinds[kind].cardinality == "many" and kind != "complaint":
            if is_true(model, z3.Bool(f"{kind} {fact}")):
                _listed(data, path, value)
        else:
            _put(data, path, value)
    for kind, length in encoding.runner.lengths.items():
        entries = data.get(section_of(pack, kind), [])
        missing = model.eval(length, True).as_long() - len(entries) if entries else 0
        entries += [copy.deepcopy(entries[filler % len(entries)]) for _ in range(missing)]
    return data


def _complaints(encoding: Encoding, model: Any) -> list[dict[str, Any]]:
    injuries = list(encoding.pack.catalogue.injuries.values())
    found: list[dict[str, Any]] = []
    for exists, injury, side in encoding.runner.complaints:
        if is_true(model, exists):
            node = injuries[model.eval(injury, True).as_long()]
            found.append({"region": node.region} if node.unnamed else {"injury": node.id})
            if "side" not in encoding.pack.kinds["complaint"].fields:  # otherwise it is told among the answers
                found[-1]["side"] = SIDES[model.eval(side, True).as_long()]
    return found


def is_true(model: Any, term: Term) -> bool:
    """Whether a term holds in a model."""
    return term if isinstance(term, bool) else z3.is_true(model.eval(term, True))


def _plain(answer: Answer, model: Any) -> Any:
    value = model.eval(answer.value, True)
    if answer.field.type == "boolean":
        return z3.is_true(value)
    if answer.field.type == "choice":
        return answer.field.values[value.as_long()]
    return _number(value)


def _number(value: Any) -> int | float:
    exact = Fraction(value.numerator_as_long(), value.denominator_as_long())
    return int(exact) if exact.denominator == 1 else float(exact)


def _put(data: dict[str, Any], path: Place, value: Any) -> None:
    here: Any = data
    for part in path[:-1]:
        here = here[part] if isinstance(part, int) else here.setdefault(part, {})
    here[path[-1]] = value


def _listed(data: dict[str, Any], path: Place, value: Any) -> None:
    section, number, *rest = path
    entries = data.setdefault(str(section), [])
    while len(entries) <= int(number):
        entries.append({})
    _put(entries[int(number)], tuple(rest), value)


def whole_numbers(encoding: Encoding, *others: Answer) -> list[Any]:
    """That answers which are whole numbers are so: a proof does not need it, a runner file does."""
    answers = [*encoding.runner.told.values(), *others]
    return [z3.IsInt(answer.value) for answer in answers if answer.field.type == "integer"]


def parameters_of(encoding: Encoding, model: Any) -> dict[str, float]:
    """The parameters of a model that are not as in the pack."""
    found = {name: _number(model.eval(term, True)) for name, term in encoding.parameters.free.items()}
    return {name: value for name, value in found.items() if value != encoding.pack.parameters[name].value}


# -- from a runner to the variables -----------------------------------------------------------------------------------


def values_of(encoding: Encoding, runner: Runner, facts: Facts, parameters: Mapping[str, float]) -> list[Any]:
    """Each variable with its value for a runner and a choice of parameters, to be put in its place.

    Args:
        encoding: The encoding.
        runner: The runner. Of a log that is longer than what is drawn, a part that says the same is put in its place.
            There are no more complaints than the encoding has; a name beside another place counts as two.
        facts: The runner's facts, before any answer is read carefully: the formulas do that themselves.
        parameters: The value of every parameter.
    """
    return list(_values_of(encoding, runner, facts, parameters))


def _values_of(
    encoding: Encoding, runner: Runner, facts: Facts, parameters: Mapping[str, float]
) -> Iterator[tuple[Any, Any]]:
    pack = encoding.pack
    injuries = list(pack.catalogue.injuries)
    for name, term in encoding.parameters.free.items():
        yield term, exact(parameters[name])
    sore = facts.by_kind["complaint"]
    if len(sore) > len(encoding.runner.complaints):
        raise ValueError(f"there are {len(sore)} complaints, and the formulas have {len(encoding.runner.complaints)}")
    for number, (exists, injury, side) in enumerate(encoding.runner.complaints):
        there = number < len(sore)
        yield exists, z3.BoolVal(there)
        if there:
            complaint = runner.complaints[position_of(sore[number].name)]
            yield injury, z3.BitVecVal(injuries.index(sore[number].values["injury"]), injury.size())
            yield side, z3.BitVecVal(SIDES.index(complaint.side or "both"), side.size())
    by_name = {(fact.kind, fact.name): fact for found in facts.by_kind.values() for fact in found}
    by_name |= {("complaint", f"c{number}"): fact for number, fact in enumerate(sore, 1)}
    for kind in encoding.runner.drawn:
        drawn = _drawn(encoding, kind, facts.by_kind[kind], parameters)
        for number, one in enumerate(encoding.facts[kind]):
            by_name.pop((kind, one.name), None)
            yield one.exists, z3.BoolVal(number < len(drawn))
            if number < len(drawn):
                by_name[kind, one.name] = drawn[number]
        if kind in encoding.runner.lengths:
            yield encoding.runner.lengths[kind], exact(len(facts.by_kind[kind]))
    for (kind, fact, name), answer in encoding.runner.told.items():
        value = by_name[kind, fact].values.get(name) if (kind, fact) in by_name else None
        if answer.known is not True:
            yield answer.known, z3.BoolVal(value is not None)
        if value is not None:
            yield answer.value, answer.at(value)


def _drawn(encoding: Encoding, kind: str, facts: Sequence[Fact], parameters: Mapping[str, float]) -> list[Fact]:
    """The facts of a list that stand for all of it."""

    def meets(pattern: Pattern, fact: Fact) -> bool:
        return all(test.met(fact.values.get(test.field), parameters) for test in pattern.tests)

    there = kept(encoding.pack, kind, facts, meets, encoding.runner.also)
    if len(there) > len(encoding.facts[kind]):
        raise ValueError(f"of {kind} only {len(encoding.facts[kind])} facts are drawn, and {len(there)} are needed")
    return there
