"""A rule pack as formulas: when each conclusion holds, and what is decided, for every runner at once.

The translation follows ``prehab.inference`` and ``prehab.decide`` step by step, with conditions in place of facts; a
test holds it to them on random runners. Exercises about which all rules and statements say the same are looked at
together, under the first of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import z3

from prehab.decide import STATUSES, URGENCIES
from prehab.graph.index import bits_of
from prehab.proof.directions import Directions
from prehab.proof.symbols import Cases, SymbolicFact, SymbolicRunner, Term, either, every, no
from prehab.rules.language import WHOLE_PERSON, Effect, Pattern, Variant
from prehab.rules.layers import gate_layers
from prehab.rules.pack import Pack

__all__ = ["Encoding", "Fired", "Key", "Limited", "Outcome"]

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Fired:
    """One way in which a variant can fire: what its variables stand for, the facts, and when."""

    bound: Mapping[str, str]
    facts: tuple[SymbolicFact, ...]
    when: Any


@dataclass(frozen=True)
class Limited:
    """A bound that some rules put on a channel: its name, its place (a number, or of a word its position), on what."""

    channel: str
    bound: str
    place: Any
    mask: int


@dataclass(frozen=True)
class Outcome:
    """What is decided, as terms by key.

    What rules say: ``("permit", mask)``, ``("forbid", mask)``, ``("prescribe", scheme, mask)``, ``("limit", number)``,
    ``("refer", urgency, region)`` (None: everything), ``("gate", name)``, ``("cautioned",)``. What follows:
    ``("allowed", bit)`` and its
    parts ``permitted``, ``forbidden``, ``referred``, ``dosed``, ``emptied``; ``given``, allowed while nothing stops
    everything; ``("prescribed", scheme, bit)``; ``("status", n)``, ``("urgency", n)``, ``("phase", n)``: at least the
    n-th.
    """

    terms: Mapping[Key, Term]

    def __getitem__(self, key: Key) -> Any:
        return self.terms[key]

    def get(self, *key: Any) -> Any:
        """A term; false where there is none."""
        return self.terms.get(key, False)

    @property
    def said(self) -> Outcome:
        """Only what rules say."""
        return Outcome({key: term for key, term in self.terms.items() if key[0] in _SAID})

    def with_other(self, pairs: Sequence[tuple[Any, Any]]) -> Outcome:
        """The outcome for a runner some of whose answers are other variables."""
        open_terms = {key: term for key, term in self.terms.items() if not isinstance(term, bool)}
        if not open_terms:
            return self
        whole = z3.substitute(z3.And(*open_terms.values()), *pairs)
        return Outcome({**self.terms, **dict(zip(open_terms, whole.children(), strict=True))})


class Encoding:
    """The formulas of one pack for runners with up to so many complaints.

    They may tell apart what other patterns (``also``) look for, and have a switch for some rules (``switched``): a rule
    that is switched off says nothing.

    Attributes:
        masks: The sets of exercises that rules, and whoever asks, tell apart.
        bits: The first exercise of each class of exercises that nothing tells apart, with the class as a mask.
        fired: For each variant every way in which it can fire.
        limits: The bounds; ``outcome["limit", n]`` says when the n-th is put.
        outcome: What is decided.
        switches: The switches, by the place of their rule.
    """

    def __init__(self, pack: Pack, complaints: int, apart: Iterable[int] = (), *, switched: Iterable[int] = (),
                 also: Iterable[Sequence[Pattern]] = ()) -> None:  # fmt: skip
        self.pack = pack
        self.switches = {place: z3.Bool(f"rule {place} counts") for place in switched}
        self._exercises = tuple(pack.catalogue.exercises.values())
        self.runner = SymbolicRunner(pack, complaints, also)
        self.parameters = self.runner.parameters
        self.facts = {kind: list(facts) for kind, facts in self.runner.facts.items()}
        self.fired: dict[int, list[Fired]] = {}
        self.limits: list[Limited] = []
        self._met = self.runner.met
        self._said: dict[str, dict[Key, list[Any]]] = {
            kind: {} for kind in ("permit", "forbid", "prescribe", "limit", "refer", "open", "close", "derive")
        }
        self._cautioned: list[Any] = []
        self.gates: dict[str, Any] = {}
        self._run()
        said = (key[-1] for kind in ("permit", "forbid", "prescribe", "limit") for key in self._said[kind])
        self.masks = sorted({*apart, *said})
        self.bits = self._classes()
        self.outcome = Outcome(dict(self._decide()))

    @property
    def constraints(self) -> list[Any]:
        """What holds of every runner and every choice of parameters."""
        return self.runner.constraints

    @cached_property
    def directions(self) -> Directions:
        """How all that rules say turns by a change."""
        said = (term for term in self.outcome.said.terms.values() if not isinstance(term, bool))
        return Directions(said, (term for term in self.constraints if not isinstance(term, bool)))

    # -- what fires ---------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        pack = self.pack
        layers: dict[int, list[int]] = {}
        for number, variant in enumerate(pack.variants):
            layers.setdefault(variant.layer, []).append(number)
        gate_layer = gate_layers(pack)
        for layer in range(max(layers, default=0) + 1):
            for name in pack.gates:
                if gate_layer[name] == layer:
                    self._decide_gate(name)
            for number in layers.get(layer, ()):
                self.fired[number] = list(self.ways(pack.variants[number].patterns))
                self._conclude(pack.variants[number], self.fired[number])
            self._derive()
        for name in pack.gates:
            if name not in self.gates:
                self._decide_gate(name)

    def _derive(self) -> None:
        """The facts that rules have concluded so far; who reads them runs after all who make them."""
        for kind in self.pack.derived:
            self.facts[kind] = []
        for (kind, *given), whens in self._said["derive"].items():
            values = dict(zip(self.pack.kinds[kind].fields, given, strict=True))
            self.facts[kind].append(SymbolicFact(kind, "/".join(given), either(*whens), values))

    def _decide_gate(self, name: str) -> None:
        opened, closed = (either(*self._said[kind].get((name,), ())) for kind in ("open", "close"))
        self.gates[name] = every(opened, no(closed))
        told = Cases({True: self.gates[name], False: no(self.gates[name])})
        self.facts["gate"].append(SymbolicFact("gate", name, True, {"gate": name, "open": told}))

    def ways(self, patterns: Sequence[Pattern]) -> Iterator[Fired]:
        """Every choice of one fact for each pattern, no fact twice, variables standing for one value; and when."""
        yield from self._join(patterns, (), {}, True)

    def _join(
        self, patterns: Sequence[Pattern], chosen: tuple[SymbolicFact, ...], bound: Mapping[str, str], when: Any
    ) -> Iterator[Fired]:
        if len(chosen) == len(patterns):
            yield Fired(bound, chosen, when)
            return
        pattern = patterns[len(chosen)]
        facts = self.facts[pattern.kind]
        if chosen and pattern == patterns[len(chosen) - 1] and not pattern.binds:  # in which order means nothing
            facts = facts[facts.index(chosen[-1]) + 1 :]
        for fact in facts:
            if fact in chosen:
                continue
            here = every(when, self._meets(pattern, fact))
            if here is not False:
                for binding, condition in _bindings(pattern, fact, bound):
                    yield from self._join(patterns, (*chosen, fact), binding, every(here, condition))

    def _meets(self, pattern: Pattern, fact: SymbolicFact) -> Any:
        key = pattern, fact
        if key not in self._met:
            self._met[key] = fact.meets(pattern, self.parameters)
        return self._met[key]

    def _conclude(self, variant: Variant, fired: Sequence[Fired]) -> None:
        pack = self.pack
        effects = pack.rules[variant.rule].effects
        kinds = pack.kinds
        health = any(
            kinds[pattern.kind].health or any(kinds[pattern.kind].fields[test.field].health for test in pattern.tests)
            for pattern in variant.patterns
        )
        switch = self.switches.get(variant.rule, True)
        for way in fired:
            when = every(switch, way.when)
            for effect in effects:
                values = tuple(way.bound[variable] for variable in effect.variables)
                mask = effect.masks.get(values, 0)
                if effect.masks and not mask:
                    continue
                if health and effect.type in ("forbid", "close", "limit", "prescribe"):
                    self._cautioned.append(when)
                for key in _keys(effect, mask, values, way.bound):
                    self._said[effect.type].setdefault(key, []).append(when)

    # -- what is decided ----------------------------------------------------------------------------------------------

    def _classes(self) -> dict[int, int]:
        """The first exercise of each class, with the whole class as a mask."""
        regions = sorted({key[1] for key in self._said["refer"]} - {None, WHOLE_PERSON})
        structures = [self.pack.catalogue.structures_of[region] for region in regions]
        classes: dict[Key, int] = {}
        for bit, exercise in enumerate(self._exercises):
            loads = (max((exercise.loads.get(s, 0) for s in of), default=0) for of in structures)
            mark = (tuple(mask >> bit & 1 for mask in self.masks), tuple(loads))
            classes[mark] = classes.get(mark, 0) | 1 << bit
        return {bits_of(mask)[0]: mask for mask in classes.values()}

    def _decide(self) -> Iterator[tuple[Key, Term]]:
        said = {kind: [(key, either(*whens)) for key, whens in keys.items()] for kind, keys in self._said.items()}
        stop = either(*(term for (_, region), term in said["refer"] if region is None))
        for name, gate in self.gates.items():
            yield ("gate", name), gate
        yield ("cautioned",), either(*self._cautioned)
        for kind in ("permit", "forbid", "prescribe", "refer"):
            for key, term in said[kind]:
                yield (kind, *key), term
        for number, ((channel, bound, mask), term) in enumerate(said["limit"]):
            self.limits.append(Limited(channel, bound, self.place(channel, bound), mask))
            yield ("limit", number), term
        emptying = list(self._emptying([term for _, term in said["limit"]]))
        for bit in self.bits:
            prescribed = {
                scheme: either(
                    *(term for (name, mask), term in said["prescribe"] if name == scheme and mask >> bit & 1)
                )
                for scheme in self.pack.schemes
            }
            parts = {
                "permitted": either(*(term for (mask,), term in said["permit"] if mask >> bit & 1)),
                "forbidden": either(*(term for (mask,), term in said["forbid"] if mask >> bit & 1)),
                "referred": either(stop, *self._referred(bit, said["refer"])),
                "dosed": either(*prescribed.values()),
                "emptied": either(
                    *(every(term, prescribed[scheme]) for mask, scheme, term in emptying if mask >> bit & 1)
                ),
            }
            allowed = every(
                parts["permitted"], no(parts["forbidden"]), no(parts["referred"]), parts["dosed"], no(parts["emptied"])
            )
            for name, term in {**parts, "allowed": allowed, "given": every(allowed, no(stop))}.items():
                yield (name, bit), term
            for scheme, term in prescribed.items():
                if term is not False:
                    yield ("prescribed", scheme, bit), term
        yield from self._statuses(stop, said["refer"])

    def _emptying(self, whens: Sequence[Term]) -> Iterator[tuple[int, str, Term]]:
        """For each bound and each scheme of which it may leave nothing: the exercises, the scheme, and when."""
        for limit, when in zip(self.limits, whens, strict=True):
            for scheme in self.pack.schemes if limit.mask else ():
                term = every(when, self.empties(limit, scheme))
                if term is not False:
                    yield limit.mask, scheme, term

    def _referred(self, bit: int, refers: Sequence[tuple[Key, Term]]) -> Iterator[Term]:
        exercise = self._exercises[bit]
        for (urgency, region), term in refers:
            if region not in (None, WHOLE_PERSON) and urgency != URGENCIES[0]:
                load = max((exercise.loads.get(s, 0) for s in self.pack.catalogue.structures_of[region]), default=0)
                if load >= self.pack.parameters["referral.load_min"].range[0]:  # level 0 is met by all
                    yield every(term, self.parameters["referral.load_min"] <= load)

    def _statuses(self, stop: Term, refers: Sequence[tuple[Key, Term]]) -> Iterator[tuple[Key, Term]]:
        for level in range(1, len(URGENCIES) + 1):
            reached = (term for (urgency, _), term in refers if URGENCIES.index(urgency) >= level - 1)
            yield ("urgency", level), either(*reached)
        urgent, emergency = (
            either(*(term for (urgency, _), term in refers if urgency == name)) for name in URGENCIES[1:]
        )
        sore = either(*(exists for exists, _, _ in self.runner.complaints))
        refer = either(stop, every(urgent, no(emergency)))
        levels = (either(refer, sore, *(term for _, term in refers), *self._cautioned), refer, stop)
        for level, term in zip(range(1, len(STATUSES)), levels, strict=True):
            yield ("status", level), term
        reached_so_far = True
        for level, phase in enumerate(list(self.pack.catalogue.words["phases"])[1:], 1):
            gates = [self.gates[name] for name, gate in self.pack.gates.items() if gate.phase == phase]
            reached_so_far = every(reached_so_far, *gates) if gates else False
            yield ("phase", level), reached_so_far

    # -- bounds and schemes -------------------------------------------------------------------------------------------

    def place(self, channel: str, bound: str | float) -> Any:
        """A bound as a number: that of its parameter, itself, or the place of a word among the channel's."""
        words = self.pack.channels[channel].values
        if words:
            return z3.RealVal(words.index(str(bound)))
        return self.parameters[bound] if isinstance(bound, str) else z3.RealVal(str(bound))

    def as_safe(self, channel: str, one: Any, other: Any) -> Any:
        """When a place on a channel is at least as safe as another."""
        safe = z3.simplify(one <= other if self.pack.channels[channel].safe == "cap" else one >= other)
        return True if z3.is_true(safe) else False if z3.is_false(safe) else safe

    def empties(self, limit: Limited, scheme: str) -> Any:
        """When a bound leaves nothing of a scheme."""
        span = self.pack.schemes[scheme].span(limit.channel)
        if span is None:
            return False
        least = self.place(limit.channel, span[0] if self.pack.channels[limit.channel].safe == "cap" else span[1])
        return no(self.as_safe(limit.channel, least, limit.place))

    def with_mask(self, mask: int) -> list[int]:
        """The classes of which some exercise is in a mask."""
        return [bit for bit, whole in self.bits.items() if whole & mask]


_SAID = frozenset({"permit", "forbid", "prescribe", "limit", "refer", "gate", "cautioned"})


def _bindings(pattern: Pattern, fact: SymbolicFact, bound: Mapping[str, str]) -> Iterator[tuple[dict[str, str], Any]]:
    """What the variables of a pattern stand for in a fact, added to what they stand for already; and when."""
    found: list[tuple[dict[str, str], Any]] = [(dict(bound), True)]
    for field, variable in pattern.binds:
        value = fact.values[field]
        cases = value.of if isinstance(value, Cases) else {value: True}
        found = [
            ({**binding, variable: one}, every(condition, when))
            for binding, condition in found
            for one, when in cases.items()
            if binding.get(variable, one) == one
        ]
    yield from found


def _keys(effect: Effect, mask: int, values: tuple[str, ...], bound: Mapping[str, str]) -> Iterator[Key]:
    """Under which keys an effect is kept."""
    data = effect.data
    if effect.type in ("permit", "forbid"):
        yield (mask,)
    elif effect.type == "prescribe":
        yield data["scheme"], mask
    elif effect.type == "limit":
        yield data["channel"], data.get("at_most", data.get("at_least")), mask
    elif effect.type in ("open", "close"):
        yield (data["gate"],)
    elif effect.type == "refer":
        whole = [None] if data.get("everything") else [WHOLE_PERSON] if data.get("whole_person") else None
        for region in whole or values or data["region"]:
            yield data["urgency"], region
    elif effect.type == "derive":
        yield data["fact"], *(bound.get(value, value) for key, value in data.items() if key != "fact")
