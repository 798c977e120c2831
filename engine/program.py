"""The pack made ready to run: parameters fixed, tests numbered as bits, rules laid out by layer.

Each kind's tests are numbered, and so are all patterns, so that the tests and the patterns that a fact meets are one
integer each (``prehab.tested`` says how these are found). What is found for a fact therefore costs as much as the kind
has fields, however many rules look at them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache, partial
from typing import Any, Protocol

from prehab.fact import Fact, Made
from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.frozen import FrozenDict
from prehab.graph.index import bits_of, union
from prehab.graph.once import ByNeed, SharedBy
from prehab.graph.record import Struct, struct
from prehab.rules.language import Effect, Rule, Test, Variant
from prehab.rules.layers import gate_layers
from prehab.rules.lists import groups, listed_kinds, together
from prehab.rules.pack import Pack
from prehab.tested import FieldTests, TestedField, grouped

__all__ = [
    "Binding", "Filed", "Layout", "Program", "RunnablePattern", "Shared", "checked_values", "shared",
]  # fmt: skip


MOST_MET = 32
"""For so many facts of each kind, the latest, it is remembered what they meet."""

MOST_JOINED = 64
"""For so many combinations of patterns that are met the variants of several patterns are remembered."""

CONCLUDING = ("open", "close", "derive")
"""The types of effects that later layers look at."""

MOST_FACTS = 1 << 20
"""Of a kind; the facts of the next kind are numbered from there."""


@struct(eq=False)
class RunnablePattern(Struct):
    """A pattern as bits: its own, and those of its tests. Equal patterns are one, whatever rules they stand in."""

    index: int
    bit: int
    kind: str
    mask: int
    binds: tuple[tuple[str, str], ...]


class Filed:
    """Variants, to be found again by the patterns that facts meet.

    Those with one pattern stand under it. The others are filed under the name (of an injury, a region, a gate) that one
    of their patterns asks for, or its kind. A rule about one injury is then not even looked at for a runner who does
    not have it. ``alone_of`` are the patterns of each kind that some variant needs no other beside.
    """

    def __init__(self, program: Layout, variants: Iterable[int]) -> None:
        numbered, names = program.pack.numbering, program.names
        kinds = numbered.kinds_of
        self._by_pattern: dict[int, list[int]] = {}
        files: dict[object, list[tuple[int, int]]] = {}
        masks: dict[object, int] = {}
        for variant in variants:
            patterns = numbered.patterns_of[variant]
            if len(patterns) == 1:
                self._by_pattern.setdefault(patterns[0], []).append(variant)
                continue
            named = next((pattern for pattern in patterns if pattern in names), None)
            pattern = patterns[0] if named is None else named
            name = kinds[pattern] if named is None else names[pattern]
            files.setdefault(name, []).append((variant, program.needed[variant]))
            masks[name] = masks.get(name, 0) | 1 << pattern
        self._files = [(masks[name], filed) for name, filed in files.items()]
        self._joined = union(needed for filed in files.values() for _, needed in filed)
        self._needing = lru_cache(maxsize=MOST_JOINED)(self._found)
        self.alone_of: dict[str, int] = {}
        for pattern in self._by_pattern:
            self.alone_of[kinds[pattern]] = self.alone_of.get(kinds[pattern], 0) | 1 << pattern
        self._alone = union(self.alone_of.values())

    def alone(self, patterns: int) -> list[list[int]]:
        """The variants of each of these patterns that is all that some need."""
        return [self._by_pattern[index] for index in bits_of(patterns & self._alone)]

    def joined(self, patterns: int) -> Sequence[int]:
        """The variants with more than one pattern that need none but these; remembered, for many runners are alike."""
        asked = patterns & self._joined
        return self._needing(asked) if asked else ()

    def _found(self, patterns: int) -> tuple[int, ...]:
        return tuple([
            variant
            for mask, filed in self._files
            if patterns & mask
            for variant, needed in filed
            if patterns & needed == needed
        ])  # fmt: skip

    def within(self, patterns: int) -> Iterator[int]:
        """The variants that need none but these patterns."""
        for variants in self.alone(patterns):
            yield from variants
        yield from self.joined(patterns)


class Layout:
    """The rules of a pack laid out to be run, whatever the values of its parameters: all its programs share it.

    Variants of a layer with the same patterns are ``twins``: matched once, under the first of them, for all.
    ``gates_read`` are the gates that each rule names in its conditions, ``listed`` the patterns over each list that a
    runner tells, with how many stand together with each, ``taken`` what aggregates take of such a list; ``careful`` are
    the patterns of the pack's careful readings, by their bits. ``test_numbers`` are those of the tests of the pack's
    numbering among the tests of their kind, of which there are as many as ``widths`` says. ``first_numbers`` are those
    of the first fact of each kind: what runners tell comes before what is worked out over it, and that before what is
    concluded.
    """

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        numbered = pack.numbering
        self.widths = dict.fromkeys(pack.kinds, 0)
        self.test_numbers: list[int] = []
        for test in numbered.tests:
            self.test_numbers.append(self.widths[test.kind])
            self.widths[test.kind] += 1
        bits = [1 << number for number in self.test_numbers]
        self.pattern_tests: ByNeed[int, tuple[Test, ...]] = ByNeed(lambda index: numbered.patterns[index].tests)
        self.patterns: ByNeed[int, RunnablePattern] = ByNeed(
            lambda index: RunnablePattern(
                index,
                1 << index,
                numbered.kinds_of[index],
                union([bits[test] for test in numbered.tests_of[index]]),
                numbered.patterns[index].binds,
            )
        )
        self.variants: ByNeed[int, tuple[RunnablePattern, ...]] = ByNeed(
            lambda number: tuple([self.patterns[index] for index in numbered.patterns_of[number]])
        )
        self.careful = [[1 << index for index in indexes] for indexes in numbered.careful_of]
        self.source: Sequence[Variant] = pack.variants
        self.layers = max(numbered.layers_of, default=0) + 1
        self.names = self._names()
        self.by_layer: list[list[int]] = [[] for _ in range(self.layers)]
        for number, layer in enumerate(numbered.layers_of):
            self.by_layer[layer].append(number)
        self.listed: ByNeed[str, tuple[tuple[int, int], ...]] = ByNeed(self._listed)
        taken = [one.of.partition(".") for about in pack.aggregates.values() for one in about.fields.values()]
        self.taken = {
            kind: frozenset(name for of, _, name in taken if of == kind and name) for kind in listed_kinds(pack)
        }
        own = [1 << index for index in range(len(numbered.patterns))]
        self.needed = [
            own[indexes[0]] if len(indexes) == 1 else union([own[index] for index in indexes])
            for indexes in numbered.patterns_of
        ]
        self.independent: ByNeed[int, bool] = ByNeed(lambda number: _independent(self.variants[number]))
        self.shared: ByNeed[int, tuple[Shared, ...]] = ByNeed(lambda number: shared(self.variants[number]))
        self.twins: dict[int, tuple[int, ...]] = {}
        for numbers in self.by_layer:
            alike: dict[tuple[int, ...], list[int]] = {}
            for i in numbers:
                alike.setdefault(numbered.patterns_of[i], []).append(i)
            self.twins.update({same[0]: tuple(same) for same in alike.values()})
        self.kind_patterns = dict.fromkeys(pack.kinds, 0)
        having = [0] * len(numbered.tests)
        for bit, kind, tests in zip(own, numbered.kinds_of, numbered.tests_of, strict=True):
            self.kind_patterns[kind] |= bit
            for place in tests:
                having[place] |= bit
        self.heeding_health = frozenset(self._needing_any(self._of_health(having)))
        decided = gate_layers(pack)
        self.gates_of = [[name for name in pack.gates if decided[name] == layer] for layer in range(self.layers)]
        looked_at: dict[str, dict[str, list[int]]] = {kind: {} for kind in pack.kinds}
        for place, test in enumerate(numbered.tests):
            looked_at[test.kind].setdefault(test.field, []).append(place)
        self.tested: dict[str, dict[str, TestedField]] = {}
        for kind, by_field in looked_at.items():
            fields, width = pack.kinds[kind].fields, self.widths[kind]
            tested = {
                name: TestedField(
                    [(self.test_numbers[place], numbered.tests[place]) for place in places],
                    fields[name],
                    [having[place] for place in places],
                    width,
                )
                for name, places in by_field.items()
            }
            self.tested[kind] = dict(sorted(tested.items(), key=lambda one: not one[1].ways))  # groups come first
        made = (pack.aggregates.keys(), {*pack.derived, "gate"})
        order = sorted(pack.kinds, key=lambda kind: [kind in kinds for kinds in made[::-1]])
        self.first_numbers = {kind: place * MOST_FACTS for place, kind in enumerate(order)}
        self.rule_of = numbered.rules_of
        self._rules: ByNeed[int, Rule] = ByNeed(lambda variant: pack.rules[numbered.rules_of[variant]])
        self.effects: ByNeed[int, tuple[Effect, ...]] = ByNeed(lambda rule: pack.rules[rule].effects)
        concluding = frozenset(pack.doing(*CONCLUDING))
        self.concluding = frozenset([number for number, rule in enumerate(numbered.rules_of) if rule in concluding])
        self.concluded: ByNeed[int, tuple[Concluded, ...]] = ByNeed(self._concluded)
        gates = {
            index: [str(word) for place in tests if numbered.tests[place].field == "gate"
                    for word in numbered.tests[place].words]
            for index, (kind, tests) in enumerate(zip(numbered.kinds_of, numbered.tests_of, strict=True))
            if kind == "gate"
        }  # fmt: skip
        read: dict[int, dict[str, None]] = {}
        for rule, indexes in zip(numbered.rules_of, numbered.patterns_of, strict=True):
            named = read.setdefault(rule, {})
            for index in indexes:
                if index in gates:
                    named.update(dict.fromkeys(gates[index]))
        self.gates_read: dict[int, tuple[str, ...]] = {rule: tuple(names) for rule, names in read.items()}

    def _names(self) -> dict[int, Test]:
        """Of each pattern that asks for a name the test that does."""
        numbered, kinds = self.pack.numbering, self.pack.kinds
        naming = {
            place: test
            for place, test in enumerate(numbered.tests)
            if test.op == "is" and kinds[test.kind].fields[test.field].type == "ref"
        }
        found: dict[int, Test] = {}
        for index, tests in enumerate(numbered.tests_of):
            for place in tests:
                if place in naming:
                    found[index] = naming[place]
                    break
        return found

    def rule(self, variant: int) -> Rule:
        """The rule that a variant came from."""
        return self._rules[variant]

    def _concluded(self, variant: int) -> tuple[Concluded, ...]:
        """What a variant tells later layers."""
        source = self.source[variant]
        effects = (effect for effect in self.effects[source.rule] if effect.type in CONCLUDING)
        return tuple([_concluded(effect, source.patterns) for effect in effects])

    def about(self, kinds: Iterable[str]) -> Iterator[int]:
        """The variants that look at a fact of one of some kinds."""
        return self._needing_any(union([self.kind_patterns[kind] for kind in kinds if kind in self.kind_patterns]))

    def _needing_any(self, patterns: int) -> Iterator[int]:
        return (variant for variant, needed in enumerate(self.needed) if needed & patterns)

    def _of_health(self, having: Sequence[int]) -> int:
        """The patterns that look at how the runner is: at a kind that counts as health, or at such a field of another.

        Args:
            having: For each test the patterns that have it.
        """
        kinds, tests = self.pack.kinds, self.pack.numbering.tests
        whole = [self.kind_patterns[name] for name, kind in kinds.items() if kind.health]
        return union(
            [*whole, *(having[i] for i, test in enumerate(tests) if kinds[test.kind].fields[test.field].health)]
        )

    def _listed(self, kind: str) -> tuple[tuple[int, int], ...]:
        """The patterns over a list, each with how many stand together with it at the most."""
        places = {pattern: index for index, pattern in enumerate(self.pack.numbering.patterns) if pattern.kind == kind}
        told = [variant.patterns for variant in self.pack.variants]
        return tuple((1 << places[pattern], most) for pattern, most in together(groups(told, kind)).items())


layout_of = SharedBy(Layout)
"""The layout of a pack."""


class Program(Layout):
    """A pack with its parameters, ready for the evaluators. Immutable once made.

    Args:
        pack: The compiled pack.
        overrides: Parameter values that replace the pack's, inside their permitted ranges and orders.

    Raises:
        InputError: An override names no parameter, is out of range, breaks an order, or is fixed by compilation.
    """

    def __init__(self, pack: Pack, overrides: Mapping[str, float] | None = None) -> None:
        self.overrides, self.parameters = checked_values(pack, overrides)
        self.layout = layout_of(pack)
        vars(self).update(vars(self.layout))
        self.fields = {
            kind: {name: FieldTests(field, self.parameters) for name, field in fields.items()}
            for kind, fields in self.tested.items()
        }
        self._asked = {
            kind: (
                [(one.first, one.last, one.cells.get, one.answer) for one in groups],
                [(place, one.cells.get, one.answer, one.field.when_unknown) for place, one in alone],
                self.widths[kind],
                (1 << self.widths[kind]) - 1,
                self.kind_patterns[kind],
            )
            for kind, fields in self.fields.items()
            for groups, alone in (grouped(list(fields.values())),)
        }
        self.in_words = lru_cache(maxsize=256)(self._in_words)
        self.gate_facts = lru_cache(maxsize=256)(self._gate_facts)
        self._met = self._remembered(MOST_MET)

    def _remembered(self, most: int) -> dict[str, Callable[..., tuple[int, int, int]]]:
        """What facts of each kind meet, by the values that are tested, remembered for so many."""
        return {kind: lru_cache(maxsize=most)(partial(self._bits, kind)) for kind in self.fields}

    def remembering(self) -> Program:
        """The same program for who asks about the same facts again and again: so many are remembered that there is
        hardly an end to that memory, and whoever asks has to let go of it.
        """
        made = copy(self)
        made._met = self._remembered(1 << 16)
        return made

    def _in_words(self, kind: str, name: str, number: int, **values: str | bool | None) -> Fact:
        """A fact of words alone; remembered, for these come back."""
        return Fact(kind, name, values, self.bits(kind, values), number)

    def _gate_facts(self, layer: int, *opened: bool) -> Made:
        """The facts of the gates that are decided before a layer."""
        before = self.first_numbers.get("gate", 0) + sum(map(len, self.gates_of[:layer]))
        facts = []
        for number, (name, is_open) in enumerate(zip(self.gates_of[layer], opened, strict=True), before):
            values = {"gate": name, "open": is_open}
            facts.append(Fact("gate", name, values, self.bits("gate", values), number))
        return Made(facts)

    def bits(self, kind: str, values: Mapping[str, Any]) -> tuple[int, int, int]:
        """The tests that a fact meets, the patterns that it meets, and those that it does not fail by a known value."""
        return self._met[kind](*map(values.get, self.fields[kind]))

    def _bits(self, kind: str, *told: Any) -> tuple[int, int, int]:
        groups, alone, width, every, patterns = self._asked[kind]
        answer = untold = 0
        for first, last, remembered, worked_out in groups:
            values = told[first:last]
            known, unknown = remembered(values) or worked_out(values)
            answer |= known
            untold |= unknown
        for place, known_answer, answer_of, when_unknown in alone:
            value = told[place]
            if value is None:
                untold |= when_unknown
            else:
                found = known_answer(value)
                answer |= answer_of(value) if found is None else found
        possible = patterns & ~(answer >> width)
        return (answer | untold) & every, possible & ~(untold >> width), possible


Concluded = tuple[str, str, tuple[tuple[str, str, int], ...]]
"""``open`` or ``close`` and a gate, or ``derive`` and the kind of a fact with its values: the name of each, and the
word that it is, or the field that it is read from; then the place of the fact that has the field, or -1.
"""


def _concluded(effect: Effect, patterns: Sequence[Binding]) -> Concluded:
    """What a variant concludes by an effect."""
    if effect.type != "derive":
        return effect.type, effect.data["gate"], ()
    bound = {variable: (field, place) for place, pattern in enumerate(patterns) for field, variable in pattern.binds}
    values = ((name, *bound.get(str(word), (str(word), -1))) for name, word in effect.data.items() if name != "fact")
    return effect.type, effect.data["fact"], tuple(values)


class Binding(Protocol):
    """A pattern as far as joining goes: the variables that it binds (field, variable)."""

    @property
    def binds(self) -> tuple[tuple[str, str], ...]: ...


Shared = tuple[tuple[str, int, str], ...]
"""What a fact has to share with those chosen before it: its field, their position, their field."""


def shared(patterns: Sequence[Binding]) -> tuple[Shared, ...]:
    """For each pattern, the values that its variables make its fact share with the facts of patterns before it."""
    first: dict[str, tuple[int, str]] = {}
    found = []
    for position, pattern in enumerate(patterns):
        found.append(tuple((field, *first[variable]) for field, variable in pattern.binds if variable in first))
        first.update((variable, (position, field)) for field, variable in pattern.binds if variable not in first)
    return tuple(found)


def _independent(patterns: tuple[RunnablePattern, ...]) -> bool:
    """Whether any facts that meet the patterns go together: no two could be one fact, and none must share a value."""
    variables = [variable for pattern in patterns for _, variable in pattern.binds]
    kinds = [pattern.kind for pattern in patterns]
    return len(set(variables)) == len(variables) and len(set(kinds)) == len(kinds)


def checked_values(
    pack: Pack, overrides: Mapping[str, float] | None
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """The overrides, in order of their names, and every parameter with the value that it then has.

    Raises:
        InputError: An override cannot be; every fault is listed.
    """
    overrides = FrozenDict(sorted((overrides or {}).items()))
    faults: list[Fault] = []

    def fault(code: str, message: str, name: str, **more: Any) -> None:
        faults.append(Fault(code, message, path=f"/parameters/{name}", **more))

    values = dict(pack.values)
    for name, value in overrides.items():
        parameter = pack.parameters.get(name)
        if parameter is None:
            fault("unknown-parameter", f"unknown parameter `{name}`", name, did_you_mean=nearest(name, pack.parameters))
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            fault("wrong-type", f"parameter `{name}` must be a number, not {value!r}", name)
            continue
        low, high = parameter.range
        if not low <= value <= high:
            fault("out-of-range", f"`{name}` may go from {low:g} to {high:g} {parameter.unit}, not {value:g}", name)
        elif name in pack.fixed_parameters and value != parameter.value:
            fault(
                "fixed-parameter",
                f"`{name}` selects exercises, which is fixed when a pack is compiled",
                name,
                help="Change it in the rule files and load them with Engine(rules=...).",
            )
        else:
            values[name] = value
    for name, other in pack.orders:
        if values[name] > values[other]:
            fault("wrong-order", f"`{name}` = {values[name]} is above `{other}` = {values[other]}", name)
    if faults:
        raise InputError(faults)
    return overrides, FrozenDict(values)
