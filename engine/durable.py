"""The durable-rules evaluator. The only module that touches that package, and in one narrow way.

Used otherwise durable-rules 2.0.28 gives wrong answers, hangs or crashes the interpreter. So:

* Its compiled core is called, without the Python around it, which starts polling threads, swallows the errors of
  actions, drops results when the clock jumps and writes a state down after every firing. What fired is read off, no
  more.
* Only small integers reach it: 0/1 atoms (this test is met) and numbers for the values that patterns join on. It
  compares names and values by 32-bit hashes and across types, so no text of ours is ever compared.
* Every ruleset has a sentinel rule that always fires, on a fact asserted first; without it ``delete_state`` frees
  memory that was never initialised.
* Rulesets are split by layer and kept small: a fact may meet at most 64 distinct conditions, 513 hang the process.
* A ruleset runs for one thread at a time and under one session id, whose state is deleted after each run. Rulesets
  are never freed, so they are kept and lent out: there are as many sets as threads that ever evaluated at once.
* A ruleset runs only where some fact meets each pattern of one of its variants, and is told only of facts that meet one
  of those patterns. Which facts go together, and whether any do, is for it to find.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Any

import durable_rules_engine as rete

from prehab.facts import Fact, Facts
from prehab.graph.index import bits_of
from prehab.inference import Firing, fired
from prehab.program import Program, RunnablePattern
from prehab.reference import Reference

__all__ = ["Durable"]

MAX_VARIANTS = 40
MAX_CONDITIONS = 48
SID = 1
SENTINEL = f'{{"s":1,"id":0,"sid":{SID}}}'


class Durable:
    """Evaluates rules on durable-rules. Safe to share between threads: each run borrows rulesets of its own."""

    name = "durable"

    def __init__(self, program: Program) -> None:
        self.program = program
        self.reference = Reference(program)
        self.fallbacks = 0
        self._lock = threading.Lock()
        self._plan = [_split(program, layer) for layer in range(program.layers)]
        self._shard_of = [{v: number for number, group in enumerate(layer) for v in group} for layer in self._plan]
        self._free = [self._make()]

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which the variants of a layer are matched."""
        wanted: dict[int, int] = {}
        shard_of = self._shard_of[layer]
        for variant in self.program.plan[layer].within(facts.met):
            shard = shard_of[variant]
            wanted[shard] = wanted.get(shard, 0) | self.program.needed[variant]
        if not wanted:
            return []
        shards = self._borrow()
        found: list[Firing] = []
        if not all(shards[layer][number].run(facts, patterns, found) for number, patterns in wanted.items()):
            self.fallbacks += 1  # the rulesets are in doubt and never used again; the definition answers instead
            return self.reference.fire(layer, facts)
        with self._lock:
            self._free.append(shards)
        return found

    def _borrow(self) -> list[list[_Shard]]:
        with self._lock:
            if self._free:
                return self._free.pop()
        return self._make()

    def _make(self) -> list[list[_Shard]]:
        return [[_Shard(self.program, variants) for variants in layer] for layer in self._plan]


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
        self.kinds = {kind: number for number, kind in enumerate(program.pack.kinds)}
        self.atoms: dict[str, int] = {}
        self.joins: dict[str, set[str]] = {}
        for variant in variants:
            for pattern in program.variants[variant]:
                self.atoms[pattern.kind] = self.atoms.get(pattern.kind, 0) | pattern.mask
                self.joins.setdefault(pattern.kind, set()).update(field for field, _ in pattern.binds)
        fields = sorted({field for names in self.joins.values() for field in names})
        self.join_names = {field: f"j{number}" for number, field in enumerate(fields)}
        self.definition: dict[str, Any] = {"sentinel": {"all": [{"p0": {"s": 1}}]}}
        for variant in variants:
            self.definition[f"v{variant}"] = {"all": self._conditions(program.variants[variant])}
        self.handle = rete.create_ruleset("prehab", json.dumps(self.definition))

    def _conditions(self, patterns: tuple[RunnablePattern, ...]) -> list[dict[str, Any]]:
        first: dict[str, tuple[str, str]] = {}
        conditions = []
        for position, pattern in enumerate(patterns):
            tests: list[dict[str, Any]] = [{f"k{self.kinds[pattern.kind]}": 1}]
            tests += [{f"a{bit}": 1} for bit in bits_of(pattern.mask)]
            for field, variable in pattern.binds:
                name = self.join_names[field]
                if variable in first:
                    where, other = first[variable]
                    tests.append({name: {where: other}})
                else:
                    first[variable] = (f"p{position}", name)
            conditions.append({f"p{position}": {"$and": tests} if len(tests) > 1 else tests[0]})
        return conditions

    def run(self, facts: Facts, wanted: int, into: list[Firing]) -> bool:
        """Assert what meets one of the patterns, read off what fires, forget. False when the sentinel does not fire."""
        asserted = {fact.number + 1: fact for kind in self.atoms for fact in facts.by_kind[kind] if fact.meets & wanted}
        code, state = rete.assert_facts(self.handle, self._messages(asserted))
        started = rete.start_action_for_state(self.handle, state)
        if code or started is None:
            return False
        twins = self.program.twins
        result = started[1]
        while result is not None:
            ((rule, matched),) = json.loads(result).items()
            if rule != "sentinel":
                variant = int(rule[1:])
                chosen = tuple(asserted[matched[f"p{position}"]["id"]] for position in range(len(matched)))
                into += fired(twins[variant], chosen)
            result = rete.complete_and_start_action(self.handle, state)
        rete.delete_state(self.handle, str(SID))
        return True

    def _messages(self, asserted: dict[int, Fact]) -> str:
        """The facts as JSON, each with an id of its own, its kind, the tests that it meets, and what it joins on."""
        numbers: dict[Any, int] = {}
        texts = [SENTINEL]
        for key, fact in asserted.items():
            kind = fact.kind
            joins = ""
            for field in self.joins[kind]:
                number = numbers.setdefault(fact.values[field], len(numbers) + 1)
                joins += f',"{self.join_names[field]}":{number}'
            atoms = _met(fact.bits & self.atoms[kind])
            texts.append(f'{{"id":{key},"sid":{SID},"k{self.kinds[kind]}":1{atoms}{joins}}}')
        return f"[{','.join(texts)}]"


@lru_cache(maxsize=4096)
def _met(atoms: int) -> str:
    return "".join(f',"a{bit}":1' for bit in bits_of(atoms))
