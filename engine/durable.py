"""The durable-rules evaluator. The only module that touches that package, and in one narrow way.

Used otherwise durable-rules 2.0.28 gives wrong answers, hangs or crashes the interpreter. So:

* Its compiled core is called, without the Python around it, which starts polling threads, swallows the errors of
  actions, drops results when the clock jumps and writes a state down after every firing. What fired is read off, no
  more.
* Only small integers reach it: 0/1 atoms (this test is met) and numbers for the values that patterns join on. It
  compares names and values by 32-bit hashes and across types, so no text of ours is ever compared.
* Every ruleset has a sentinel rule that always fires, after all others: where it is not the last that is read off,
  results were dropped. It is run alone once, as soon as the ruleset is compiled; before that ``delete_state`` would
  free memory that was never initialised.
* Rulesets are split by layer and kept small: a fact may meet at most 64 distinct conditions, 513 hang the process.
* A ruleset runs for one thread at a time and under one session id, whose state is deleted after each run.
* A ruleset runs only where some fact meets each pattern of one of its variants, and is told only of facts that meet one
  of those patterns, and no more of them than that they do and what they join on. Which facts go together, and whether
  any do, is for it to find. What it found is kept, for many runners are alike in what one ruleset is told.
* To compile a ruleset takes as long as to run it dozens of times. So for the first runners of a process they are made
  of the variants that those need, a tenth of all; once there are more runners, of all variants, each when it is needed.

Rulesets hold no parameter values. So all engines of a process whose rules are laid out alike share them: each is
compiled when it is first needed, lent out, and freed with the last of those engines. There are as many of one kind as
threads that ever ran it at once. Lending takes no lock, which a forked process might find held for ever. Whatever
interrupts a run, at worst its ruleset is not given back but freed, and one given back before its state was deleted is
cleaned when it is next lent.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any
from weakref import WeakValueDictionary

import durable_rules_engine as rete

from prehab.compiled import Compiled
from prehab.fact import Fact
from prehab.facts import Facts
from prehab.graph.index import bits_of
from prehab.graph.once import ByNeed, SharedBy
from prehab.inference import Firing, fired
from prehab.program import Filed, Layout, Program, RunnablePattern

__all__ = ["Durable"]

MAX_VARIANTS = 40
MAX_CONDITIONS = 48
SID = 1
SENTINEL = f'{{"s":1,"id":0,"sid":{SID}}}'
LAST = 1000
"""The priority of the rule of the sentinel: a lower number fires sooner. The others have none, which is 0."""
MOST_OWN = 16
"""So many sets of variants, the first that are asked for, have rulesets of their own; each runner asks for a few."""
EVERY = -1
"""The mask of all patterns."""
MOST_KEPT = 256
"""How many results of a ruleset are kept."""
MOST_TEXTS = 2048
"""How many texts are kept: of what facts meet, and of what fired as it was read."""

Told = tuple[tuple[int, ...], ...]
"""Of each fact its kind's number, the patterns that it meets, and a number for each value that it may join on."""
Saying = Callable[[int, int], str]
"""Says of a fact its kind, by its number, and the tests of the patterns that it meets."""
Found = tuple[tuple[int, tuple[int, ...]], ...]
"""Each variant that fired, and which of the facts told matched its patterns."""

_id_of = re.compile(r'"p(\d+)":\{[^{}]*?"id":(\d+)')


class Durable:
    """Evaluates rules on durable-rules. Safe to share between threads: each run borrows rulesets of its own."""

    name = "durable"

    def __init__(self, program: Program) -> None:
        self.program = program
        self.fallbacks = 0
        self._plan = _plan_of(program.layout)

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which the variants of a layer are matched, in order."""
        found: list[Firing] = []
        try:
            for shard, patterns in self._plan.asked(layer, facts.met):
                shard.run(facts, patterns, self.program.twins, found)
        except _DroppedError:
            self.fallbacks += 1
            return Compiled(self.program).fire(layer, facts)
        return sorted(found)


class _DroppedError(Exception):
    """A ruleset did not tell all that fired."""


class _Plan:
    """The rulesets of a layout, whatever the parameters. Of twins only the first is compiled."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.words = words = _Words(layout)
        variants = [layout.twins.keys() & set(variants) for variants in layout.by_layer]
        self.filed = [Filed(layout, among) for among in variants]
        self.layers: ByNeed[int, _Layer] = ByNeed(lambda layer: _Layer(layout, words, variants[layer]))
        self.own: dict[tuple[int, ...], list[tuple[_Shard, int]]] = {}

    def asked(self, layer: int, met: int) -> Iterable[tuple[_Shard, int]]:
        """The rulesets to be run where these patterns are met, each with those of them that its variants need."""
        variants = tuple(self.filed[layer].within(met))
        own = self.own.get(variants)
        if own is not None:
            return own
        if len(self.own) < MOST_OWN:
            made = [_Shard(self.layout, self.words, group) for group in _split(self.layout, variants)]
            return self.own.setdefault(variants, [(shard, EVERY) for shard in made])
        wanted: dict[int, int] = {}
        split, needed = self.layers[layer], self.layout.needed
        for variant in variants:
            number = split.shard_of[variant]
            wanted[number] = wanted.get(number, 0) | needed[variant]
        return [(split.shards[number], patterns) for number, patterns in wanted.items()]


_plan_of = SharedBy(_Plan)


class _Layer:
    """All variants of a layer, split into rulesets."""

    def __init__(self, layout: Layout, words: _Words, variants: Iterable[int]) -> None:
        self.groups = groups = _split(layout, variants)
        self.shard_of = {variant: number for number, group in enumerate(groups) for variant in group}
        self.shards: ByNeed[int, _Shard] = ByNeed(lambda number: _Shard(layout, words, groups[number]))


def _split(layout: Layout, variants: Iterable[int]) -> list[list[int]]:
    """Variants in groups small enough for one ruleset; those about the same facts stay together."""
    groups: list[list[int]] = []
    conditions: dict[str, int] = {}
    for variant in sorted(variants, key=lambda v: ([p.kind for p in layout.variants[v]], v)):
        wider = _with(conditions, layout.variants[variant])
        fits = all(mask.bit_count() < MAX_CONDITIONS for mask in wider.values())
        if not groups or len(groups[-1]) >= MAX_VARIANTS or not fits:
            groups.append([])
            wider = _with({}, layout.variants[variant])
        groups[-1].append(variant)
        conditions = wider
    return groups


def _with(conditions: Mapping[str, int], patterns: Iterable[RunnablePattern]) -> dict[str, int]:
    """The conditions that facts of each kind may meet, with those of some patterns."""
    wider = dict(conditions)
    for pattern in patterns:
        wider[pattern.kind] = wider.get(pattern.kind, 0) | pattern.mask
    return wider


class _Words:
    """What variants and facts of a layout are called in rulesets; each text is made once."""

    def __init__(self, layout: Layout) -> None:
        self._variants = layout.variants
        self.kinds = {kind: number for number, kind in enumerate(layout.pack.kinds)}
        fields = sorted({field for kind in layout.pack.kinds.values() for field in kind.fields})
        self.joins = {field: f"j{number}" for number, field in enumerate(fields)}
        self.rules: ByNeed[int, str] = ByNeed(self._rule)
        self.saying = lru_cache(maxsize=MOST_TEXTS)(partial(_said, layout.patterns))

    def _rule(self, variant: int) -> str:
        """A variant as a rule, in JSON."""
        first: dict[str, tuple[str, str]] = {}
        conditions = []
        for position, pattern in enumerate(self._variants[variant]):
            tests = [f'{{"k{self.kinds[pattern.kind]}":1}}', *[f'{{"a{bit}":1}}' for bit in bits_of(pattern.mask)]]
            for field, variable in pattern.binds:
                name = self.joins[field]
                if variable in first:
                    where, other = first[variable]
                    tests.append(f'{{"{name}":{{"{where}":"{other}"}}}}')
                else:
                    first[variable] = (f"p{position}", name)
            told = f'{{"$and":[{",".join(tests)}]}}' if len(tests) > 1 else tests[0]
            conditions.append(f'{{"p{position}":{told}}}')
        return f'"v{variant}":{{"all":[{",".join(conditions)}]}}'


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
        """Assert facts, read off what fires, forget. None when not all was told: the sentinel's firing is not last."""
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
        return results if results[-1].startswith('{"sentinel"') else None

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

    def run(self, messages: str) -> list[str]:
        """Run one of them; one that drops its results is in doubt, and never used again.

        Raises:
            _DroppedError: Not all was told that fired.
        """
        ruleset = self._borrow()
        results: list[str] | None = []
        try:
            results = ruleset.run(messages)
        finally:
            if results is not None:
                self.free.append(ruleset)
        if results is None:
            raise _DroppedError
        return results

    def _borrow(self) -> _Ruleset:
        try:
            return self.free.pop()
        except IndexError:
            return _Ruleset(self.definition)


_rulesets: WeakValueDictionary[str, _Rulesets] = WeakValueDictionary()


class _Shard:
    """Some variants of a layer as one ruleset, and what to assert into it."""

    def __init__(self, layout: Layout, words: _Words, variants: Sequence[int]) -> None:
        joins: dict[str, set[str]] = {}
        patterns: dict[str, int] = {}
        for variant in variants:
            for pattern in layout.variants[variant]:
                joins.setdefault(pattern.kind, set()).update(field for field, _ in pattern.binds)
                patterns[pattern.kind] = patterns.get(pattern.kind, 0) | pattern.bit
        self._told = [(kind, patterns[kind], words.kinds[kind], tuple(sorted(names))) for kind, names in joins.items()]
        """The kinds of facts that it is told of, their patterns and numbers, and what facts of a kind may join on."""
        rules = [f'"sentinel":{{"pri":{LAST},"all":[{{"p0":{{"s":1}}}}]}}', *[words.rules[one] for one in variants]]
        self.rulesets = _Rulesets.of(f"{{{','.join(rules)}}}")
        names = {number: [words.joins[field] for field in joined] for _, _, number, joined in self._told}
        writing = partial(_messages, words.saying, names)
        self.found = lru_cache(maxsize=MOST_KEPT)(partial(_found, self.rulesets, writing))

    def run(self, facts: Facts, wanted: int, twins: Mapping[int, tuple[int, ...]], into: list[Firing]) -> None:
        """What fires among the facts that meet one of the patterns that are wanted.

        Raises:
            _DroppedError: That cannot be known.
        """
        told: list[tuple[int, ...]] = []
        asserted: list[Fact] = []
        numbers: dict[Any, int] = {}
        by_kind = facts.by_kind
        for kind, patterns, number, joins in self._told:
            asked = patterns & wanted
            if not asked:
                continue
            for fact in by_kind[kind]:
                meets = fact.meets & asked
                if not meets:
                    continue
                asserted.append(fact)
                if joins:
                    values = fact.values
                    told.append((number, meets, *[numbers.setdefault(values[f], len(numbers) + 1) for f in joins]))
                else:
                    told.append((number, meets))
        for variant, places in self.found(tuple(told)):
            chosen = (asserted[places[0]],) if len(places) == 1 else tuple([asserted[place] for place in places])
            into += fired(twins[variant], (chosen,))


def _found(rulesets: _Rulesets, writing: Callable[[Told], str], told: Told) -> Found:
    """What fires when a ruleset is told of facts."""
    results = rulesets.run(writing(told))
    return tuple(map(_read, results[:-1]))


def _messages(saying: Saying, names: Mapping[int, Sequence[str]], told: Told) -> str:
    """The facts as JSON, each with an id of its own, its kind, the tests that it meets, and what it joins on."""
    texts = [SENTINEL]
    for key, (kind, meets, *joins) in enumerate(told, 1):
        joined = ""
        if joins:
            joined = "".join([f',"{name}":{number}' for name, number in zip(names[kind], joins, strict=True)])
        texts.append(f'{{"id":{key},{saying(kind, meets)}{joined}}}')
    return f"[{','.join(texts)}]"


def _said(patterns: Mapping[int, RunnablePattern], kind: int, meets: int) -> str:
    atoms = 0
    for pattern in bits_of(meets):
        atoms |= patterns[pattern].mask
    return f'"sid":{SID},"k{kind}":1' + "".join([f',"a{bit}":1' for bit in bits_of(atoms)])


@lru_cache(maxsize=MOST_TEXTS)
def _read(result: str) -> tuple[int, tuple[int, ...]]:
    """A variant that fired, and which of the facts told matched its patterns; remembered, for few are told apart."""
    rule = result[3 : result.index('"', 3)]
    places = _id_of.findall(result)
    if len(places) > 1:
        places.sort(key=_position)
    return int(rule), tuple([int(key) - 1 for _, key in places])


def _position(told: tuple[str, str]) -> int:
    return int(told[0])
