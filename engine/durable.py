"""The durable-rules evaluator. The only module that touches that package, and in one narrow way.

Used otherwise durable-rules 2.0.28 gives wrong answers, hangs or crashes the interpreter. So:

* Its compiled core is called, without the Python around it, which starts polling threads, swallows the errors of
  actions, drops results when the clock jumps and writes a state down after every firing. What fired is read off, no
  more.
* Only small integers reach it: 0/1 atoms (this test is met) and numbers for the values that patterns join on. It
  compares names and values by 32-bit hashes and across types, so no text of ours is ever compared.
* Every ruleset has a sentinel rule that always fires, on a fact asserted first, and is run on it alone once, as soon as
  it is compiled; before that ``delete_state`` would free memory that was never initialised.
* Rulesets are split by layer and kept small: a fact may meet at most 64 distinct conditions, 513 hang the process.
* A ruleset runs for one thread at a time and under one session id, whose state is deleted after each run.
* A ruleset runs only where some fact meets each pattern of one of its variants, and is told only of facts that meet one
  of those patterns. Which facts go together, and whether any do, is for it to find.

Rulesets hold no parameter values. So all engines of a process whose rules are laid out alike share them: each is
compiled when it is first needed, lent out, and freed with the last of those engines. There are as many of one kind as
threads that ever ran it at once. Lending takes no lock, which a forked process might find held for ever. Whatever
interrupts a run, at worst its ruleset is not given back but freed, and one given back before its state was deleted is
cleaned when it is next lent.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any
from weakref import WeakValueDictionary

import durable_rules_engine as rete

from prehab.facts import Fact, Facts
from prehab.graph.index import bits_of
from prehab.graph.once import SharedBy
from prehab.inference import Firing, fired
from prehab.program import Layout, Program, RunnablePattern
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
        self._plan = _plan_of(program.layout)

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which the variants of a layer are matched."""
        wanted: dict[int, int] = {}
        shard_of = self._plan.shard_of[layer]
        for variant in self.program.plan[layer].within(facts.met):
            shard = shard_of[variant]
            wanted[shard] = wanted.get(shard, 0) | self.program.needed[variant]
        found: list[Firing] = []
        shards = self._plan.shards[layer]
        if not all(
            shards[number].run(facts, patterns, self.program.twins, found) for number, patterns in wanted.items()
        ):
            self.fallbacks += 1
            return self.reference.fire(layer, facts)
        return found


class _Plan:
    """How the variants of a layout are split into rulesets."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        split = [_split(layout, layer) for layer in range(layout.layers)]
        self.shards = [[_Shard(layout, variants) for variants in layer] for layer in split]
        self.shard_of = [{v: number for number, group in enumerate(layer) for v in group} for layer in split]


_plan_of = SharedBy(_Plan)


def _split(program: Layout, layer: int) -> list[list[int]]:
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


class _Ruleset:
    """One compiled ruleset. It is freed with the object that stands for it, however that is lost."""

    handles: Sequence[int] = ()
    _warm = False
    _begun = False
    _delete_state = staticmethod(rete.delete_state)  # kept here, for modules are emptied before the last objects go
    _delete_ruleset = staticmethod(rete.delete_ruleset)

    def __init__(self, definition: str) -> None:
        handles: list[int] = []
        self.handles = handles
        handles.extend(map(rete.create_ruleset, ("prehab",), (definition,)))  # no interrupt can come between the two
        self._warm = self._run(f"[{SENTINEL}]") is not None

    def run(self, messages: str) -> list[str] | None:
        """Assert facts, read off what fires, forget. None when nothing did, not even the sentinel."""
        return self._run(messages) if self._warm else None

    def _run(self, messages: str) -> list[str] | None:
        handle = self.handles[0]
        if self._begun:  # by a run that was interrupted
            self._clean()
        self._begun = True
        code, state = rete.assert_facts(handle, messages)
        started = rete.start_action_for_state(handle, state)
        if code or started is None:
            return None
        results = []
        result = started[1]
        while result is not None:
            results.append(result)
            result = rete.complete_and_start_action(handle, state)
        rete.delete_state(handle, str(SID))
        self._begun = False
        return results

    def _clean(self) -> None:
        """Delete the state that an interrupted run may have left."""
        with suppress(Exception):  # all that is said where there is none
            self._delete_state(self.handles[0], str(SID))

    def __del__(self) -> None:
        if self._begun and self._warm:
            self._clean()
        for handle in self.handles:
            self._delete_ruleset(handle)


class _Rulesets:
    """The compiled rulesets of one definition that nobody is running."""

    def __init__(self, definition: str) -> None:
        self.definition = definition
        self.free: deque[_Ruleset] = deque()

    @classmethod
    def of(cls, definition: str) -> _Rulesets:
        """The rulesets of a definition: shared in the process by all that use it, and freed with the last of them."""
        found = _rulesets.get(definition)
        if found is None:
            found = _rulesets[definition] = cls(definition)
        return found

    def run(self, messages: str) -> list[str] | None:
        """Run one of them; one that drops its results is in doubt, and never used again."""
        ruleset = self._borrow()
        results: list[str] | None = []
        try:
            results = ruleset.run(messages)
        finally:
            if results is not None:
                self.free.append(ruleset)
        return results

    def _borrow(self) -> _Ruleset:
        try:
            return self.free.pop()
        except IndexError:
            return _Ruleset(self.definition)


_rulesets: WeakValueDictionary[str, _Rulesets] = WeakValueDictionary()


class _Shard:
    """Some variants of a layer as one ruleset, and what to assert into it."""

    def __init__(self, layout: Layout, variants: list[int]) -> None:
        self.kinds = {kind: number for number, kind in enumerate(layout.pack.kinds)}
        self.atoms: dict[str, int] = {}
        self.joins: dict[str, set[str]] = {}
        for variant in variants:
            for pattern in layout.variants[variant]:
                self.atoms[pattern.kind] = self.atoms.get(pattern.kind, 0) | pattern.mask
                self.joins.setdefault(pattern.kind, set()).update(field for field, _ in pattern.binds)
        fields = sorted({field for names in self.joins.values() for field in names})
        self.join_names = {field: f"j{number}" for number, field in enumerate(fields)}
        self.definition: dict[str, Any] = {"sentinel": {"all": [{"p0": {"s": 1}}]}}
        for variant in variants:
            self.definition[f"v{variant}"] = {"all": self._conditions(layout.variants[variant])}
        self.rulesets = _Rulesets.of(json.dumps(self.definition))

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

    def run(self, facts: Facts, wanted: int, twins: Mapping[int, tuple[int, ...]], into: list[Firing]) -> bool:
        """What fires among the facts that meet one of the patterns. False when that cannot be known."""
        asserted = {fact.number + 1: fact for kind in self.atoms for fact in facts.by_kind[kind] if fact.meets & wanted}
        results = self.rulesets.run(self._messages(asserted))
        if results is None:
            return False
        for result in results:
            ((rule, matched),) = json.loads(result).items()
            if rule != "sentinel":
                chosen = tuple(asserted[matched[f"p{position}"]["id"]] for position in range(len(matched)))
                into += fired(twins[int(rule[1:])], chosen)
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
