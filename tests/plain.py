"""An evaluator of a few lines, the definition read off the page, and what an inference concluded, to be compared."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import Any

from prehab.fact import Fact
from prehab.facts import Facts
from prehab.inference import Inference
from prehab.program import Program
from prehab.rules.language import Pattern

__all__ = ["Plain", "conclusions", "derived", "differs_from_plain", "in_order"]


def conclusions(inference: Inference) -> dict[str, Any]:
    """All that an inference concluded, by name, so that two runs can be compared."""
    return {
        "firings": Counter((f.variant, tuple((fact.kind, fact.name) for fact in f.facts)) for f in inference.firings),
        "gates": inference.gates,
        "derived": derived(inference),
    }


def derived(inference: Inference) -> dict[str, list[dict[str, Any]]]:
    kinds = inference.facts.program.pack.derived
    return {kind: [fact.values for fact in inference.facts.by_kind[kind]] for kind in kinds}


def in_order(inference: Inference) -> list[tuple[int, tuple[int, ...]]]:
    return [(f.variant, tuple(fact.number for fact in f.facts)) for f in inference.firings]


class Plain:
    """The definition of section 2, read literally: raw values, every combination of facts, gates when asked for."""

    def __init__(self, program: Program, facts: Facts) -> None:
        self.pack, self.parameters = program.pack, program.parameters
        self.facts = {kind: list(made) for kind, made in facts.by_kind.items()}
        self.open: dict[str, bool] = {}
        self.made: dict[str, list[Fact]] = {}

    def candidates(self, pattern: Pattern) -> list[Fact]:
        if pattern.kind == "gate":
            named = [str(w) for t in pattern.tests if t.field == "gate" for w in t.words]
            found = [Fact("gate", g, {"gate": g, "open": self.gate(g)}, (0, 0, 0)) for g in named]
        elif pattern.kind in self.pack.derived:
            found = self.derived(pattern.kind)
        else:
            found = self.facts[pattern.kind]
        return [fact for fact in found if all(t.met(fact.values.get(t.field), self.parameters) for t in pattern.tests)]

    def matches(self, variant: int) -> Iterator[tuple[tuple[Fact, ...], dict[str, str]]]:
        patterns = self.pack.variants[variant].patterns
        for chosen in itertools.product(*map(self.candidates, patterns)):
            pairs = [
                (variable, fact.values[field])
                for pattern, fact in zip(patterns, chosen, strict=True)
                for field, variable in pattern.binds
            ]
            if len({id(fact) for fact in chosen}) == len(chosen) and len(set(pairs)) == len({v for v, _ in pairs}):
                yield chosen, dict(pairs)

    def concluding(self, effect: str, key: str, word: str) -> Iterator[tuple[int, Any]]:
        for number, variant in enumerate(self.pack.variants):
            for one in self.pack.rules[variant.rule].effects:
                if one.type == effect and one.data[key] == word:
                    yield number, one

    def gate(self, name: str) -> bool:
        if name not in self.open:
            opened, closed = (
                any(True for number, _ in self.concluding(effect, "gate", name) for _ in self.matches(number))
                for effect in ("open", "close")
            )
            self.open[name] = opened and not closed
        return self.open[name]

    def derived(self, kind: str) -> list[Fact]:
        if kind not in self.made:
            found: dict[str, Fact] = {}
            for number, effect in self.concluding("derive", "fact", kind):
                for _, bound in self.matches(number):
                    values = {k: bound.get(v, v) for k, v in effect.data.items() if k != "fact"}
                    name = "/".join(values.values())
                    found.setdefault(name, Fact(kind, name, values, (0, 0, 0)))
            self.made[kind] = list(found.values())
        return self.made[kind]

    def firings(self) -> Counter[tuple[int, tuple[tuple[str, str], ...]]]:
        return Counter(
            (number, tuple((fact.kind, fact.name) for fact in chosen))
            for number in range(len(self.pack.variants))
            for chosen, _ in self.matches(number)
        )


def differs_from_plain(found: Inference, facts: Facts) -> list[str]:
    """What an inference concluded otherwise than the definition says, of the facts as they were built."""
    program = found.facts.program
    plain = Plain(program, facts)
    wrong = []
    if conclusions(found)["firings"] != plain.firings():
        wrong.append("firings")
    wrong += [gate for gate in program.pack.gates if found.gates[gate] != plain.gate(gate)]
    for kind in program.pack.derived:
        if {fact.name for fact in found.facts.by_kind[kind]} != {fact.name for fact in plain.derived(kind)}:
            wrong.append(kind)
    return wrong
