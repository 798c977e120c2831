"""The rules of a program laid out for columns: which columns a variant joins, and where what it concludes is gathered.

A fact is a row of one of three tables. *Runner*: one row for each runner; what he has one of, and each leg and screen.
*Complaint*: one row for each complaint, with the legs and structures it reaches and what is derived of it. *List*: what
he tells a list of, of which only counts matter. Each variable of a rule then stands for a complaint, for a word, or for
what the graph knows of a complaint's injury. Words are tried out here, once, so that a column is all that is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from prehab.columns.told import Sources
from prehab.decide import Decider, within_h
from prehab.graph.faults import Fault, InputError
from prehab.graph.index import bits_of
from prehab.program import Program
from prehab.rules.language import WHOLE_PERSON, Effect, Pattern
from prehab.rules.lists import listed_kinds
from prehab.rules.vocabulary import Field
from prehab.week.running import Running

__all__ = ["Decisive", "Key", "Parts", "Plan", "Step", "Ways"]

Key = tuple[Any, ...]
"""What a column says, or what is gathered in one."""

Word = tuple[str, Any]
"""What a variable stands for: ``("word", w)``, ``("slot", g)`` a complaint, ``("known", (g, field))`` what the graph
knows of it."""

MOST_LOOKED_AT = 256
"""Of how many sets it is seen whether they are part of another: all would take too long where there are many."""

HEEDED = frozenset({"forbid", "close", "limit", "prescribe"})


@dataclass(frozen=True)
class Way:
    """One way for a pattern to find a fact.

    Attributes:
        fact: The kind, and which of its facts; two patterns are not met by the same.
        column: The column of runners or complaints that says where it is found; None where it always is.
        of_complaint: Whether it is a column of complaints.
        values: What the fields stand for that variables bind, where something hangs on it.
    """

    fact: Key
    column: Key | None
    of_complaint: bool
    values: Mapping[str, Word]


@dataclass(frozen=True)
class Ways:
    """One way for a variant to be matched: columns to be joined.

    Attributes:
        runner: Columns of runners.
        complaints: For each complaint that it needs the columns of complaints.
        apart: The complaints that may not be the same one.
        bound: What its variables stand for.
    """

    runner: tuple[Key, ...]
    complaints: tuple[tuple[Key, ...], ...]
    apart: frozenset[tuple[int, int]]
    bound: Mapping[str, Word]


@dataclass(frozen=True)
class Step:
    """Columns to be joined, and where the result is gathered: by runner, and by complaint."""

    ways: Ways
    by_runner: tuple[int, ...]
    by_complaint: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Gathered:
    """What is gathered by complaint, and has masks that hang on its injury."""

    target: Key
    number: int
    masks: tuple[int, ...]


class Plan:
    """A program laid out for columns.

    Raises:
        InputError: The pack derives facts of two complaints, or binds a variable to what is told of one; columns cannot
            hold that.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.sources = Sources(pack)
        self.decider = Decider(program)
        self.running = Running(program)
        self.slowed: set[tuple[int, frozenset[int]]] = set()
        self.injuries = list(pack.catalogue.injuries.values())
        self.known = [pack.catalogue.known_of(injury) for injury in self.injuries]
        self.structures = sorted({structure for injury in self.injuries for structure in injury.affects})
        self.listed = frozenset(listed_kinds(pack))
        self._check_readings()
        self.numbers: dict[Key, int] = {}
        self.of_injury: dict[Key, Gathered] = {}
        self.layers: list[list[Step]] = []
        self.derived: dict[str, dict[tuple[str, ...], Key]] = {kind: {} for kind in pack.derived}
        for layer in range(program.layers):
            self.layers.append(list(self._layer(layer)))

    def _check_readings(self) -> None:
        """Raise where something is read carefully that columns do not hold."""
        joined = {name for name, kind in self.pack.kinds.items() if (kind.source or "").startswith("@")}
        for reading in self.pack.careful:
            if reading.of in joined | self.listed or any(pattern.kind in joined for pattern in reading.others):
                raise _too_much(f"{reading.of} is read carefully")

    def number(self, *key: Any) -> int:
        """The number under which something is gathered."""
        return self.numbers.setdefault(key, len(self.numbers))

    # -- the facts that a pattern can find ----------------------------------------------------------------------------

    def injuries_with(self, tests: Sequence[Any]) -> frozenset[int]:
        """The injuries of which the graph knows what some tests want."""
        parameters = self.program.parameters
        return frozenset(
            number
            for number, values in enumerate(self.known)
            if all(test.met(values.get(test.field), parameters) for test in tests)
        )

    def ways_of(self, pattern: Pattern, *, loose: bool = False, apart: Collection[str] = ()) -> list[Way]:
        """Every way for a pattern to find a fact that is not one of a list.

        Args:
            pattern: The pattern.
            loose: Whether no other pattern of the rule looks for this kind.
            apart: The variables of which each value is a way of its own.
        """
        kind = self.pack.kinds[pattern.kind]
        binds = {name for name, _ in pattern.binds}
        apart = {name for name, variable in pattern.binds if variable in apart}
        if pattern.kind == "complaint":
            return list(self._complaint(pattern, kind.fields))
        if (kind.source or "").startswith("@"):
            return self._joined(pattern, loose=loose, apart=apart)
        if pattern.kind in self.pack.derived:
            return list(self._derived(pattern))
        if pattern.kind == "gate":
            return list(self._gates(pattern))
        if kind.cardinality == "one" or pattern.kind in self.pack.aggregates:
            self._no_variables(pattern, binds)
            looking: Key | None = ("fact", pattern.kind, None, pattern.tests) if pattern.tests else None
            return [Way((pattern.kind,), looking, False, {})]
        key = next(iter(kind.keys))
        self._no_variables(pattern, binds - {key})
        found = []
        for word in kind.keys[key]:
            if self._holds(pattern, {key: word}):
                tests = tuple(test for test in pattern.tests if test.field != key)
                column = ("fact", pattern.kind, word, tests) if tests else None
                found.append(Way((pattern.kind, word), column, False, {key: ("word", word)}))
        return found

    def _holds(self, pattern: Pattern, values: Mapping[str, Any]) -> bool:
        """Whether the tests of some fields are met."""
        parameters = self.program.parameters
        return all(test.met(values[test.field], parameters) for test in pattern.tests if test.field in values)

    def _no_variables(self, pattern: Pattern, binds: set[str]) -> None:
        if binds:
            raise _too_much(f"a variable is bound to {pattern.kind}.{min(binds)}")

    def _complaint(self, pattern: Pattern, fields: Mapping[str, Field]) -> Iterator[Way]:
        values: dict[str, Word] = {}
        for name, _ in pattern.binds:
            if name != "key" and not fields[name].always:
                raise _too_much(f"a variable is bound to complaint.{name}")
            values[name] = ("slot", None) if name == "key" else ("known", name)
        if not self._holds(pattern, {"key": "c1"}):  # all that can be asked of it is that there is one
            return
        fixed = [test for test in pattern.tests if fields[test.field].always and test.field != "key"]
        injuries = self.injuries_with(fixed) if fixed else None
        others = tuple(test for test in pattern.tests if not fields[test.field].always)
        yield Way(("complaint",), ("complaint", injuries, others), True, values)

    def _joined(self, pattern: Pattern, *, loose: bool, apart: Collection[str]) -> list[Way]:
        """The legs that a complaint is about, or the structures that its injury affects."""
        field = "side" if pattern.kind == "sore_leg" else "structure"
        words = ("left", "right") if field == "side" else self.structures
        meeting = [word for word in words if self._holds(pattern, {field: word, "complaint": "c1"})]
        if loose and field not in apart:
            if field == "side" and len(meeting) == 2:  # every complaint is about some leg
                return [Way((pattern.kind,), ("injuries", None), True, {"complaint": ("slot", None)})]
            if field == "structure":
                values = {"complaint": ("slot", None), field: ("known", (field, tuple(meeting)))}
                return [Way((pattern.kind,), ("injuries", self._affected(meeting)), True, values)]
        return [
            Way(
                (pattern.kind, word),
                ("side", word) if field == "side" else ("injuries", self._affected([word])),
                True,
                {"complaint": ("slot", None), field: ("word", word)},
            )
            for word in meeting
        ]

    def _affected(self, structures: Sequence[str]) -> frozenset[int]:
        wanted = set(structures)
        return frozenset(n for n, injury in enumerate(self.injuries) if not wanted.isdisjoint(injury.affects))

    def _derived(self, pattern: Pattern) -> Iterator[Way]:
        fields = self.pack.derived[pattern.kind].fields
        slots = [name for name, about in fields.items() if about.to == "complaint"]
        others = [name for name in fields if name not in slots]
        for words, column in self.derived[pattern.kind].items():
            told = dict(zip(others, words, strict=True)) | dict.fromkeys(slots, "c1")
            if self._holds(pattern, told):
                values: dict[str, Word] = {name: ("word", told[name]) for name in others}
                values |= dict.fromkeys(slots, ("slot", None))
                yield Way((pattern.kind, *words), column, bool(slots), values)

    def _gates(self, pattern: Pattern) -> Iterator[Way]:
        for name in self.pack.gates:
            met = [state for state in (False, True) if self._holds(pattern, {"gate": name, "open": state})]
            if met:
                column = None if len(met) == 2 else ("gate", name, met[0])
                yield Way(("gate", name), column, False, {"gate": ("word", name)})

    # -- the ways to match a variant ----------------------------------------------------------------------------------

    def in_words(self, patterns: Sequence[Pattern], variables: Collection[str]) -> list[Ways]:
        """Every way to match patterns of which no rule need speak, once everything is decided.

        Args:
            patterns: The patterns.
            variables: Some of their variables, none of which names a fact: each stands for one word in each way.

        Raises:
            InputError: Columns cannot hold what the patterns look for.
        """
        return [made for ways in self.matches(patterns, frozenset(variables)) for made in self._worded(ways, variables)]

    def matches(self, told: Sequence[Pattern], used: frozenset[str]) -> list[Ways]:
        """Every way to match patterns.

        Args:
            told: The patterns.
            used: The variables that an effect needs.
        """
        kinds = [pattern.kind for pattern in told]
        times: dict[str, int] = {}
        for pattern in told:
            for _, variable in pattern.binds:
                times[variable] = times.get(variable, 0) + 1
        always: list[Key] = []
        for kind in sorted(self.listed & set(kinds)):
            alike = [pattern for pattern in told if pattern.kind == kind]
            for pattern in alike:
                self._no_variables(pattern, {name for name, _ in pattern.binds})
            always.append(("listed", kind, tuple(pattern.tests for pattern in alike)))
        others = [pattern for pattern in told if pattern.kind not in self.listed]
        groups = self._groups(others)
        joining = {variable for variable, count in times.items() if count > 1}
        among = [
            self.ways_of(
                pattern,
                loose=kinds.count(pattern.kind) == 1,
                apart=joining | used if pattern.kind == "sore_leg" else joining,
            )
            for pattern in others
        ]
        found: list[Ways] = []
        for chosen in product(*among):
            found += self._joining(others, chosen, groups, tuple(always))
        return found

    def _groups(self, patterns: Sequence[Pattern]) -> list[int]:
        """For each pattern the number of the complaint that it is about; those about the same share it."""
        seen: dict[Any, int] = {}
        found = []
        for place, pattern in enumerate(patterns):
            slots = self._slots(pattern.kind)
            bound = [variable for name, variable in pattern.binds if name in slots]
            found.append(seen.setdefault(bound[0] if bound else place, len(seen)) if slots else -1)
        return found

    def _slots(self, kind: str) -> list[str]:
        """The fields of a kind that name a complaint."""
        if kind == "complaint":
            return ["key"]
        slots = [name for name, about in self.pack.kinds[kind].fields.items() if about.to == "complaint"]
        if len(slots) > 1:
            raise _too_much(f"{kind} names two complaints")
        return slots

    def _joining(
        self, patterns: Sequence[Pattern], chosen: Sequence[Way], groups: Sequence[int], always: tuple[Key, ...]
    ) -> Iterator[Ways]:
        facts: dict[Key, list[int]] = {}
        for way, group in zip(chosen, groups, strict=True):
            facts.setdefault(way.fact, []).append(group)
        apart: set[tuple[int, int]] = set()
        for same in facts.values():
            if len(set(same)) < len(same):
                return  # no fact twice
            apart |= {(one, other) for one in same for other in same if one < other}
        runner = list(always)
        complaints: list[list[Key]] = [[] for _ in range(max(groups, default=-1) + 1)]
        for way, group in zip(chosen, groups, strict=True):
            if way.column is not None:
                (complaints[group] if way.of_complaint else runner).append(way.column)
        stands: dict[str, list[Word]] = {}
        for pattern, way, group in zip(patterns, chosen, groups, strict=True):
            for name, variable in pattern.binds:
                if name not in way.values:  # nothing hangs on it
                    continue
                what, value = way.values[name]
                stands.setdefault(variable, []).append(
                    (what, {"slot": group, "known": (group, value)}.get(what, value))
                )
        options = [self._options(variable, told) for variable, told in stands.items()]
        for picked in product(*options):
            more = [list(one) for one in complaints]
            for _, _, conditions in picked:
                for group, injuries in conditions:
                    more[group].append(("injuries", injuries))
            yield Ways(
                tuple(dict.fromkeys(runner)),
                tuple(tuple(dict.fromkeys(one)) for one in more),
                frozenset(apart),
                {variable: value for variable, value, _ in picked},
            )

    def _options(
        self, variable: str, told: Sequence[Word]
    ) -> list[tuple[str, Word, tuple[tuple[int, frozenset[int]], ...]]]:
        """What a variable may stand for so that all patterns agree, with what that asks of the injuries."""
        distinct = list(dict.fromkeys(told))
        if len(distinct) == 1:
            return [(variable, distinct[0], ())]
        words = [value for what, value in distinct if what == "word"]
        known = [value for what, value in distinct if what == "known"]
        if len(set(words)) > 1 or len(words) + len(known) < len(distinct):
            return []
        candidates = words[:1] or sorted({values[known[0][1]] for values in self.known})
        return [
            (
                variable,
                ("word", word),
                tuple(
                    (group, frozenset(n for n, values in enumerate(self.known) if values[name] == word))
                    for group, name in known
                ),
            )
            for word in candidates
        ]

    # -- what a match concludes ---------------------------------------------------------------------------------------

    def _layer(self, layer: int) -> Iterator[Step]:
        program = self.program
        pending: list[tuple[str, tuple[str, ...], Key]] = []
        for first in (i for i in program.by_layer[layer] if i in program.twins):
            twins = program.twins[first]
            effects = [(twin, effect) for twin in twins for effect in program.effects[program.source[twin].rule]]
            used = frozenset(variable for _, effect in effects for variable in effect.variables)
            patterns = [Pattern(p.kind, program.pattern_tests[p.index], p.binds) for p in program.variants[first]]
            for ways in self.matches(patterns, used):
                for one in self._told_apart(ways, effects):
                    runner = {self.number("rule", program.source[twin].rule) for twin in twins}
                    complaint: set[tuple[int, int]] = set()
                    for twin, effect in effects:
                        self._gather(twin, effect, one, runner, complaint, pending)
                    yield Step(one, tuple(sorted(runner)), tuple(sorted(complaint)))
        for kind, words, column in pending:
            self.derived[kind][words] = column

    def _told_apart(self, ways: Ways, effects: Sequence[tuple[int, Effect]]) -> list[Ways]:
        """The same, with every variable a word where an effect needs what is known of a complaint as one word."""
        needed: set[str] = set()
        for _, effect in effects:
            known = [name for name in effect.variables if ways.bound[name][0] == "known"]
            groups = {ways.bound[name][1][0] for name in known}
            slots = {ways.bound[name][1] for name in effect.variables if ways.bound[name][0] == "slot"}
            if len(groups) > 1 or effect.type == "derive":
                needed.update(known)
            if len(slots) > 1:
                raise _too_much(f"a rule concludes a {effect.type} of two complaints")
        return self._worded(ways, needed)

    def _worded(self, ways: Ways, variables: Collection[str]) -> list[Ways]:
        """The same, with each of some variables a word."""
        found = [ways]
        for variable in sorted(variables):
            found = [made for one in found for made in self._each_word(one, variable)]
        return found

    def _each_word(self, ways: Ways, variable: str) -> Iterator[Ways]:
        what, told = ways.bound[variable]
        if what == "word":
            yield ways
            return
        group, name = told
        options = [self._known(number, name) for number in range(len(self.injuries))]
        for word in sorted({word for words in options for word in words}):
            having = frozenset(number for number, words in enumerate(options) if word in words)
            complaints = list(ways.complaints)
            complaints[group] = (*complaints[group], ("injuries", having))
            yield replace(ways, complaints=tuple(complaints), bound={**ways.bound, variable: ("word", word)})

    def _known(self, injury: int, name: Any) -> tuple[str, ...]:
        """What a field of a complaint with an injury may stand for."""
        if isinstance(name, tuple):  # the structures that it affects, of those that count
            return tuple(word for word in self.injuries[injury].affects if word in name[1])
        return (self.known[injury][name],)

    def _gather(
        self,
        variant: int,
        effect: Effect,
        ways: Ways,
        runner: set[int],
        complaint: set[tuple[int, int]],
        pending: list[tuple[str, tuple[str, ...], Key]],
    ) -> None:
        """Note where it is gathered that a variant fired, for the sake of one of its effects."""
        data = effect.data
        if effect.type in ("open", "close"):
            runner.add(self.number(effect.type, data["gate"]))
        if effect.type == "derive":
            self._derive(data, ways, runner, complaint, pending)
            return
        if effect.type in ("reach", "stay"):
            group = ways.bound[data["complaint"]][1]
            stages = data["stage"]
            for stage in [stages] if isinstance(stages, str) else stages:
                complaint.add((self.number(effect.type, stage), group))
            return
        bound = [ways.bound[variable] for variable in effect.variables]
        if all(what == "word" for what, _ in bound):
            values = tuple(value for _, value in bound)
            mask = self.decider.about(effect, values)
            if mask is None:
                return
            for target in self._targets(variant, effect, values):
                runner.add(self.number(*target, mask) if target[0] == "mask" else self.number(*target))
            healthy = not ways.complaints  # whoever hurts somewhere is not told to train as usual anyway
            if healthy and variant in self.program.heeding_health and effect.type in HEEDED:
                runner.add(self.number("heeded"))
            if self._slows(variant, effect, mask):
                runner.add(self.number("slowed"))
            return
        masks = []
        slowed = []
        group = bound[0][1][0]
        for number in range(len(self.injuries)):
            options = [(value,) if what == "word" else self._known(number, value[1]) for what, value in bound]
            about = [self.decider.about(effect, values) for values in product(*options)]
            masks.append(_union(about))
            if any(self._slows(variant, effect, mask) for mask in about):
                slowed.append(number)
        if slowed:
            number = self.number("slowed there", variant, tuple(slowed))
            self.slowed.add((number, frozenset(slowed)))
            complaint.add((number, group))
        for target in self._targets(variant, effect, ()):
            if target[0] == "mask":
                key = ("masks", target, tuple(masks))
                number = self.number(*key)
                self.of_injury[key] = Gathered(target, number, tuple(masks))
                complaint.add((number, group))
            elif target[0] == "referral":
                complaint.add((self.number("referral there", *target[2:-1]), group))
            else:
                runner.add(self.number(*target))

    def _slows(self, variant: int, effect: Effect, mask: int | None) -> bool:
        """Whether an effect about some exercises holds back fast running because of how the runner is."""
        heeded = effect.type == "forbid" or (effect.type == "refer" and effect.data["urgency"] != "routine")
        fast = self.running.fast
        return bool(heeded and fast and (mask or 0) & fast == fast and variant in self.program.heeding_health)

    def _targets(self, variant: int, effect: Effect, values: tuple[str, ...]) -> Iterator[Key]:
        """Where it counts that an effect is concluded: ``("mask", what)`` for exercises, or something of the runner."""
        data = effect.data
        if effect.type in ("permit", "forbid"):
            yield "mask", effect.type
        elif effect.type == "prescribe":
            yield "mask", "prescribe", data["scheme"]
        elif effect.type == "limit":
            channel, danger, value = self.decider.bounding(effect)
            if self.pack.channels[channel].runner:
                yield "bound", channel, danger, value
            for scheme in sorted(self.decider.emptied_by(channel, value)):
                yield "mask", "empty", scheme
        elif effect.type == "refer":
            yield "mask", "refer"
            yield "urgency", data["urgency"]
            if data.get("everything"):
                yield ("stop",)
            whole = (WHOLE_PERSON,) if data.get("whole_person") else None
            named = data.get("region")
            rule, shown = self.program.rule(variant).id, values or (() if isinstance(named, str) else named or ())
            for number, region in enumerate(
                whole or values or (("",) if isinstance(named, str) else named) or ("everything",)
            ):
                told = shown if whole else shown[number : number + 1]
                for place in told or ("",):
                    yield "referral", region, data["urgency"], data["who"], data["tell"], rule, place

    def _derive(
        self,
        data: Mapping[str, Any],
        ways: Ways,
        runner: set[int],
        complaint: set[tuple[int, int]],
        pending: list[tuple[str, tuple[str, ...], Key]],
    ) -> None:
        kind = data["fact"]
        told = [ways.bound.get(value, ("word", value)) for name, value in data.items() if name != "fact"]
        slots = [value for what, value in told if what == "slot"]
        words = tuple(value for what, value in told if what == "word")
        column = ("made", kind, words)
        if slots:
            complaint.add((self.number(*column), slots[0]))
        else:
            runner.add(self.number(*column))
        pending.append((kind, words, column))

    # -- what is decided ----------------------------------------------------------------------------------------------

    @cached_property
    def bound_values(self) -> dict[str, list[tuple[float, Any]]]:
        """For each channel that bounds a runner's week the values that rules may set, with how dangerous they are; the
        safest first.
        """
        found: dict[str, set[tuple[float, Any]]] = {}
        for key in self.numbers:
            if key[0] == "bound":
                found.setdefault(key[1], set()).add(key[2:])
        return {channel: sorted(bounds) for channel, bounds in sorted(found.items())}

    @cached_property
    def referrals(self) -> list[Key]:
        """What a runner may be told to have looked at: the place, how urgently, by whom, and what to say there; the
        rule that says so, and the region that it names, if it does.
        """
        return sorted(key[1:] for key in self.numbers if key[0] == "referral")

    @cached_property
    def soon(self) -> dict[tuple[str, str], float]:
        """In how many hours a clinician should look, by the rule that says so and its urgency."""
        pack = self.pack
        said = ((pack.rules[rule].id, effect) for rule in pack.doing("refer") for effect in self.program.effects[rule])
        return {(rule, one.data["urgency"]): within_h(one.data) for rule, one in said if one.type == "refer"}

    @cached_property
    def referrals_there(self) -> list[Key]:
        """The same of the place where it hurts: how urgently, by whom, and what to say there; and the rule."""
        return sorted(key[1:] for key in self.numbers if key[0] == "referral there")

    # -- what is decided of the exercises -----------------------------------------------------------------------------

    @cached_property
    def exercises(self) -> dict[Decisive, list[int]]:
        """Of what it hangs on whether an exercise is allowed, and the exercises of which it hangs on that."""
        each = [_Hanging() for _ in self.sources.exercises]
        for key, number in self.numbers.items():
            if key[0] == "mask":
                for bit in bits_of(key[-1]):
                    each[bit].add(key[1:-1], (number, None))
        for one in self.of_injury.values():
            having: dict[int, set[int]] = {}
            for injury, mask in enumerate(one.masks):
                for bit in bits_of(mask):
                    having.setdefault(bit, set()).add(injury)
            for bit, injuries in having.items():
                each[bit].add(one.target[1:], (one.number, frozenset(injuries)))
        found: dict[Decisive, list[int]] = {}
        for bit, hanging in enumerate(each):
            found.setdefault(hanging.decisive(tuple(self.pack.schemes)), []).append(bit)
        return found

    @cached_property
    def injury_unions(self) -> Recipes:
        """How the columns of several injuries are put together out of those of fewer."""
        columns = (key for steps in self.layers for step in steps for keys in step.ways.complaints for key in keys)
        wanted = {key[1] for key in columns if key[0] in ("complaint", "injuries") and key[1]}
        wanted |= {injuries for parts in self._decisive() for _, injuries in parts if injuries}
        wanted |= {frozenset(n for n, values in enumerate(self.injuries) if tuple(values.stages) == stages)
                   for stages in {tuple(one.stages) for one in self.injuries}}  # fmt: skip
        return recipes(wanted)

    def _decisive(self) -> Iterator[Parts]:
        for one in self.exercises:
            yield one.permit
            yield one.against
            for given, empty in one.schemes:
                yield given
                yield empty


Parts = frozenset[tuple[int, frozenset[int] | None]]
"""Columns of runners: gathered as they are, or by complaint and then only for some injuries."""

Recipes = Mapping[frozenset[Any], tuple[frozenset[Any], ...]]
"""Sets, and smaller ones of which each is the union; those of one member are there anyway."""


@dataclass(frozen=True)
class Decisive:
    """What decides whether an exercise is allowed.

    Attributes:
        permit: One of these has to be so.
        against: None of these may be.
        schemes: Of each scheme what prescribes it, and what leaves nothing of it. One has to be prescribed, and none
            that is may be left empty.
    """

    permit: Parts
    against: Parts
    schemes: tuple[tuple[Parts, Parts], ...]


class _Hanging:
    """What one exercise hangs on."""

    def __init__(self) -> None:
        self._parts: dict[Key, set[Any]] = {}

    def add(self, what: Key, part: tuple[int, frozenset[int] | None]) -> None:
        self._parts.setdefault(what, set()).add(part)

    def _of(self, *what: str) -> Parts:
        return frozenset(self._parts.get(what, ()))

    def decisive(self, schemes: Sequence[str]) -> Decisive:
        each = [(self._of("prescribe", scheme), self._of("empty", scheme)) for scheme in schemes]
        return Decisive(
            self._of("permit"), self._of("forbid") | self._of("refer"), tuple(one for one in each if one[0])
        )


def recipes(wanted: Collection[frozenset[Any]]) -> Recipes:
    """How some sets are put together out of each other, with few unions: each of the largest found inside it.

    Args:
        wanted: The sets.
    """
    place: dict[Any, int] = {}
    for one in wanted:
        for member in one:
            place.setdefault(member, len(place))
    members = list(place)
    made: list[tuple[int, frozenset[Any]]] = []
    found: dict[frozenset[Any], tuple[frozenset[Any], ...]] = {}
    for one in sorted(wanted, key=len):
        if len(one) < 2:
            continue
        whole = left = sum(1 << place[member] for member in one)
        inside = [(mask, other) for mask, other in made[-MOST_LOOKED_AT:] if not mask & ~whole]
        parts: list[frozenset[Any]] = []
        while left:
            mask, best = max(inside, key=lambda pair: (pair[0] & left).bit_count(), default=(0, frozenset()))
            if (mask & left).bit_count() < 2:
                break
            parts.append(best)
            left &= ~mask
        parts += [frozenset([members[bit]]) for bit in bits_of(left)]
        found[one] = tuple(parts)
        made.append((whole, one))
    return found


def _union(masks: Sequence[int | None]) -> int:
    made = 0
    for mask in masks:
        made |= mask or 0
    return made


def _too_much(what: str) -> InputError:
    help_text = "Decide about these runners one by one."
    return InputError([Fault("not-in-columns", f"columns cannot hold that {what}", help=help_text)])
