"""The durable-rules evaluator. The only module that touches that package, and in one narrow way.

Used otherwise durable-rules 2.0.28 gives wrong answers, hangs or crashes the interpreter. So:

* ``Ruleset`` without ``Host`` (which starts polling threads); nothing fires until ``do_actions`` is called, once.
* Only small integers reach it: 0/1 atoms (this test is met) and numbers for the values that patterns join on. It
  compares names and values by 32-bit hashes and across types, so no text of ours is ever compared.
* Every ruleset has a sentinel rule that always fires, on a fact asserted first; without it ``delete_state`` frees
  memory that was never initialised.
* Rulesets are split by layer and kept small: a fact may meet at most 64 distinct conditions, 513 hang the process.
* A ruleset runs for one thread at a time and under one session id, whose state is deleted after each run. Rulesets
  are never freed, so they are kept and lent out: there are as many sets as threads that ever evaluated at once.
* A fact is asserted only where a pattern could match it; actions only record what matched.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from durable.engine import Ruleset

from prehab.facts import Fact, Facts
from prehab.graph.index import bits_of
from prehab.inference import Firing
from prehab.program import Program, RunnablePattern
from prehab.reference import Reference

__all__ = ["Durable"]

MAX_VARIANTS = 40
MAX_CONDITIONS = 48
SID = 1


class Durable:
    """Evaluates rules on durable-rules. Safe to share between threads: each run borrows rulesets of its own."""

    name = "durable"

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reference = Reference(program)
        self.fallbacks = 0
        self._lock = threading.Lock()
        self._free: list[list[list[_Shard]]] = []
        self._plan = [_split(program, layer) for layer in range(program.layers)]
        self._give_back(self._make())

    def fire(self, layer: int, facts: Facts) -> Iterator[Firing]:
        """Every way in which the variants of a layer are matched."""
        with self._lock:
            shards = self._free.pop() if self._free else None
        if shards is None:
            shards = self._make()
        found: list[Firing] = []
        whole = True
        try:
            for shard in shards[layer]:
                whole = shard.run(facts, found) and whole
        finally:
            self._give_back(shards)
        if not whole:  # the package dropped results (it does when the clock jumps); the definition answers instead
            self.fallbacks += 1
            return self.reference.fire(layer, facts)
        return iter(found)

    def _make(self) -> list[list[_Shard]]:
        return [[_Shard(self.program, variants) for variants in layer] for layer in self._plan]

    def _give_back(self, shards: list[list[_Shard]]) -> None:
        with self._lock:
            self._free.append(shards)


def _split(program: Program, layer: int) -> list[list[int]]:
    """The variants of a layer in groups small enough for one ruleset; those about the same facts stay together.

    Of twins only the first is compiled.
    """
    first = [variant for variant in program.by_layer[layer] if variant in program.twins]
    order = sorted(first, key=lambda v: (tuple(p.kind for p in program.variants[v]), v))
    groups: list[list[int]] = []
    conditions: dict[str, int] = {}
    for variant in order:
        wider = dict(conditions)
        for pattern in program.variants[variant]:
            wider[pattern.kind] = wider.get(pattern.kind, 0) | pattern.mask
        fits = all(mask.bit_count() < MAX_CONDITIONS for mask in wider.values())
        if not groups or len(groups[-1]) >= MAX_VARIANTS or not fits:
            groups.append([])
            wider = {pattern.kind: 0 for pattern in program.variants[variant]}
            for pattern in program.variants[variant]:
                wider[pattern.kind] |= pattern.mask
        groups[-1].append(variant)
        conditions = wider
    return groups


class _Shard:
    """One compiled ruleset and what to assert into it."""

    def __init__(self, program: Program, variants: list[int]) -> None:
        self.program = program
        kinds = {kind: number for number, kind in enumerate(program.pack.kinds)}
        self.kinds = kinds
        self.masks: dict[str, set[int]] = {}
        self.joins: dict[str, set[str]] = {}
        self.atoms: dict[str, int] = {}
        self.found: list[tuple[int, tuple[int, ...]]] = []
        rules: dict[str, Any] = {"sentinel": {"all": [{"p0": {"s": 1}}], "run": _nothing}}
        for variant in variants:
            for pattern in program.variants[variant]:
                self.masks.setdefault(pattern.kind, set()).add(pattern.mask)
                self.atoms[pattern.kind] = self.atoms.get(pattern.kind, 0) | pattern.mask
                self.joins.setdefault(pattern.kind, set()).update(field for field, _ in pattern.binds)
        fields = sorted({field for names in self.joins.values() for field in names})
        self.join_names = {field: f"j{number}" for number, field in enumerate(fields)}
        for variant in variants:
            patterns = program.variants[variant]
            rules[f"v{variant}"] = {"all": self._conditions(patterns), "run": self._recorder(variant, len(patterns))}
        self.ruleset = Ruleset("prehab", None, rules)

    def _conditions(self, patterns: tuple[RunnablePattern, ...]) -> list[dict[str, Any]]:
        first: dict[str, tuple[str, str]] = {}
        conditions = []
        for position, pattern in enumerate(patterns):
            tests: list[dict[str, Any]] = [{f"k{self.kinds[pattern.kind]}": 1}]
            tests += [{f"a{bit}": 1} for bit in range(pattern.mask.bit_length()) if pattern.mask >> bit & 1]
            for field, variable in pattern.binds:
                name = self.join_names[field]
                if variable in first:
                    where, other = first[variable]
                    tests.append({name: {where: other}})
                else:
                    first[variable] = (f"p{position}", name)
            conditions.append({f"p{position}": {"$and": tests} if len(tests) > 1 else tests[0]})
        return conditions

    def _recorder(self, variant: int, count: int) -> Any:
        found = self.found
        names = [f"p{position}" for position in range(count)]

        def record(closure: Any) -> None:
            message = closure._m
            found.append((variant, tuple(message[name]["n"] for name in names)))

        return record

    def run(self, facts: Facts, into: list[Firing]) -> bool:
        """Assert what could match, fire, forget. False when the package did not finish."""
        messages: list[dict[str, Any]] = [{"s": 1, "id": 0, "sid": SID}]
        numbers: dict[Any, int] = {}
        by_number: dict[int, Fact] = {}
        for kind, masks in self.masks.items():
            atoms = self.atoms[kind]
            for fact in facts.by_kind[kind]:
                bits = fact.bits
                if not any(bits & mask == mask for mask in masks):
                    continue
                message: dict[str, Any] = {
                    "id": fact.number + 1,
                    "sid": SID,
                    "n": fact.number,
                    f"k{self.kinds[kind]}": 1,
                }
                for atom in bits_of(bits & atoms):
                    message[f"a{atom}"] = 1
                for field in self.joins[kind]:
                    value = fact.values[field]
                    message[self.join_names[field]] = numbers.setdefault(value, len(numbers) + 1)
                messages.append(message)
                by_number[fact.number] = fact
        if len(messages) == 1:
            return True
        self.found.clear()
        finished: list[Any] = []
        ruleset = self.ruleset
        try:
            handle = ruleset.assert_facts(messages)
            ruleset.do_actions(handle, lambda error, _: finished.append(error))
        finally:
            ruleset.delete_state(SID)
        for variant, chosen in self.found:
            matched = tuple(by_number[number] for number in chosen)
            into.extend(Firing(twin, matched) for twin in self.program.twins[variant])
        return finished == [None]


def _nothing(_: Any) -> None:
    """The sentinel's action."""
