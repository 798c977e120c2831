"""The pack: everything the engine needs, as plain data that a JSON file can hold, and as the compiled pack holds it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from prehab.graph.catalogue import Catalogue
from prehab.graph.frozen import Frozen, FrozenDict, frozen, unlooked
from prehab.graph.index import union
from prehab.graph.once import Once
from prehab.graph.pack_file import PackFile, written
from prehab.graph.record import Record, names_of, record
from prehab.graph.schema import Strict, make
from prehab.graph.unread import Each, Rows, Unread, thawed
from prehab.rules.language import CarefulReading, Effect, LogReading, Pattern, Rule, Test, Variant
from prehab.rules.messages import Messages, english
from prehab.rules.vocabulary import (
    Aggregate,
    AggregateKind,
    Channel,
    Derived,
    Field,
    Gate,
    Kind,
    Parameter,
    Scheme,
)

__all__ = ["Pack"]

FORMAT = 1

R = TypeVar("R", CarefulReading, LogReading)


@record()
class Resting(Record):
    """A rule, parameter or scheme that cites a source, and what else it rests on."""

    kind: str
    id: str
    says: str
    others: tuple[str, ...]
    consensus: bool

    @property
    def bare(self) -> bool:
        """Nothing else holds it."""
        return not (self.others or self.consensus)

    def as_dict(self) -> dict[str, Any]:
        """Give it as JSON-ready data."""
        return {"kind": self.kind, "id": self.id, "says": self.says, "others": list(self.others),
                "consensus": self.consensus, "bare": self.bare}  # fmt: skip


@unlooked
class Head(NamedTuple):
    """What tells of a rule whether somebody has to look at it.

    Attributes:
        side: As the rule has it.
        mask: Every exercise that it can be about.
        types: The types of its effects.
        gates: The gates that it opens or closes.
        derives: The facts that it derives.
        refers: The urgency of each of its referrals, and whether that is of everything.
    """

    side: str
    mask: int
    types: tuple[str, ...]
    gates: tuple[str, ...]
    derives: tuple[str, ...]
    refers: tuple[tuple[str, bool], ...]


@record()
class Numbering(Record):
    """The patterns of a pack and their tests, each once.

    It tells which kind of fact each pattern looks for and by which tests, which patterns each variant has and which
    each careful reading, and from which rule each variant came and in which layer it runs.
    """

    tests: tuple[Test, ...]
    patterns: Sequence[Pattern]
    kinds_of: tuple[str, ...]
    tests_of: tuple[tuple[int, ...], ...]
    patterns_of: tuple[tuple[int, ...], ...]
    careful_of: tuple[tuple[int, ...], ...]
    rules_of: tuple[int, ...]
    layers_of: tuple[int, ...]


@record(slots=False)
class Pack(Frozen):
    """Graph, vocabulary, parameters, schemes and rules, checked and compiled.

    Nothing in it can be changed: its mappings and lists refuse it. ``messages`` are the sentences of its language,
    which change no decision and are no part of the digest; ``languages`` is the folder of its own languages, if any.
    """

    catalogue: Catalogue
    kinds: Mapping[str, Kind]
    aggregates: Mapping[str, AggregateKind]
    derived: Mapping[str, Derived]
    gates: Mapping[str, Gate]
    channels: Mapping[str, Channel]
    parameters: Mapping[str, Parameter]
    schemes: Mapping[str, Scheme]
    rules: Sequence[Rule]
    variants: Sequence[Variant]
    careful: tuple[CarefulReading, ...]
    implied: tuple[tuple[Pattern, tuple[str, ...]], ...] = ()
    runs: tuple[LogReading, ...] = ()
    fixed_parameters: tuple[str, ...] = ()
    stored_digest: str | None = field(default=None, compare=False)
    messages: Messages = field(default_factory=english, compare=False)
    languages: Path | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"<Pack of {len(self.rules)} rules over {len(self.catalogue.exercises)} exercises>"

    @Once
    def by_id(self) -> Mapping[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.rules}

    @Once
    def values(self) -> Mapping[str, float]:
        """The value of each parameter."""
        return {name: one.value for name, one in self.parameters.items()}

    @Once
    def orders(self) -> tuple[tuple[str, str], ...]:
        """Of parameters that go together the lower and the higher one."""
        return tuple([(name, one.at_most) for name, one in self.parameters.items() if one.at_most is not None])

    @Once
    def heads(self) -> tuple[Head, ...]:
        """The head of each rule."""
        return tuple([_head(rule) for rule in self.rules])

    def doing(self, *types: str) -> list[int]:
        """The numbers of the rules that have effects of these types."""
        wanted = frozenset(types)
        return [number for number, head in enumerate(self.heads) if not wanted.isdisjoint(head.types)]

    @Once
    def numbering(self) -> Numbering:
        """The patterns and tests of the variants, then of the careful readings, in the order in which they come."""
        tests: dict[Test, int] = {}
        patterns: dict[Pattern, int] = {}
        patterns_of, careful_of = (
            tuple([tuple([patterns.setdefault(one, len(patterns)) for one in found]) for found in told])
            for told in ([one.patterns for one in self.variants], [one.when for one in self.careful])
        )
        tests_of = [tuple(tests.setdefault(test, len(tests)) for test in one.tests) for one in patterns]
        return Numbering(
            tests=tuple(tests),
            patterns=tuple(patterns),
            kinds_of=tuple([one.kind for one in patterns]),
            tests_of=tuple(tests_of),
            patterns_of=patterns_of,
            careful_of=careful_of,
            rules_of=tuple([one.rule for one in self.variants]),
            layers_of=tuple([one.layer for one in self.variants]),
        )

    @Once
    def ways(self) -> Mapping[str, tuple[Variant, ...]]:
        """The variants of each rule, by its id: the ways of meeting it, in the order in which the rule gives them."""
        found: dict[str, list[Variant]] = {rule.id: [] for rule in self.rules}
        for variant in self.variants:
            found[self.rules[variant.rule].id].append(variant)
        return {name: tuple(ways) for name, ways in found.items()}

    @Once
    def alternatives(self) -> tuple[int, ...]:
        """Of each variant its place among those of its rule, from 0."""
        counts: dict[int, int] = {}
        found = []
        for rule in self.numbering.rules_of:
            found.append(counts.get(rule, 0))
            counts[rule] = found[-1] + 1
        return tuple(found)

    @property
    def read_first(self) -> list[Pattern]:
        """The patterns that are looked for before any rule is: those of careful readings, and of the log."""
        careful = [pattern for reading in self.careful for pattern in reading.when]
        return careful + [pattern for reading in self.runs for pattern in reading.tests]

    @property
    def read_first_numbers(self) -> frozenset[str]:
        """The parameters that count before any rule does."""
        tested = {test.parameter for pattern in self.read_first for test in pattern.tests}
        named = {name for one in self.runs for name in (one.loads, one.within_days, one.new_days)}
        return frozenset(name for name in tested | named if name is not None)

    @Once
    def digest(self) -> str:
        """SHA-256 over everything that can change an answer."""
        return self.stored_digest or self.as_data()["digest"]

    def resting_on(self, source: str) -> tuple[Resting, ...]:
        """The rules, parameters and schemes that cite a source; what nothing else holds comes first."""
        told: list[tuple[str, str, str, Any]] = [("rule", rule.id, rule.because, rule) for rule in self.rules]
        told += [("parameter", name, f"{one.value:g} {one.unit}", one) for name, one in self.parameters.items()]
        told += [("scheme", name, one.name, one) for name, one in self.schemes.items()]
        found = [
            Resting(kind, name, says, tuple(s for s in one.sources if s != source), one.consensus)
            for kind, name, says, one in told
            if source in one.sources
        ]
        return tuple(sorted(found, key=lambda one: (not one.bare, one.kind, one.id)))

    def ids(self, mask: int) -> tuple[str, ...]:
        """The exercises of a mask, in id order."""
        return self.catalogue.index.ids(mask)

    def as_data(self) -> dict[str, Any]:
        """JSON-ready data with its digest; the catalogue, which the digest covers, is kept apart."""
        data: dict[str, Any] = {
            "format": FORMAT,
            **{name: _dump(getattr(self, name)) for name in _TABLES},
            "rules": [_rule_data(rule) for rule in self.rules],
            "variants": [[v.rule, [_pattern_data(p) for p in v.patterns], v.layer, v.origin] for v in self.variants],
            "implied": [[_pattern_data(pattern), list(names)] for pattern, names in self.implied],
            "careful": [{**_parts(one), "when": [_pattern_data(p) for p in one.when]} for one in self.careful],
            "runs": [{**_parts(one), "tests": [_pattern_data(p) for p in one.tests]} for one in self.runs],
            "fixed_parameters": list(self.fixed_parameters),
        }
        graph = self.catalogue.as_data()
        meaning = {
            **data,
            "graph": graph,
            "rules": [{k: v for k, v in r.items() if k not in ("file", "line")} for r in data["rules"]],
        }
        text = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        from hashlib import sha256

        data["digest"] = sha256(text.encode()).hexdigest()
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any], catalogue: Catalogue) -> Pack:
        """The inverse of ``as_data``. The data is trusted: it was checked when it was compiled."""
        return cls(
            catalogue=catalogue,
            **_vocabulary(data),
            rules=tuple(_rule(entry) for entry in data["rules"]),
            variants=tuple(
                Variant(rule, tuple(_pattern(p) for p in patterns), layer, origin)
                for rule, patterns, layer, origin in data["variants"]
            ),
            **_readings(data),
            stored_digest=data["digest"],
        )

    def compiled(self, files: str, more: Mapping[str, Any] | None = None) -> bytes:
        """The pack as it is kept in a file.

        Args:
            files: The digest of the files that it was made of.
            more: What else is kept with it, by the name of the part.
        """
        data, numbered = self.as_data(), self.numbering
        masks: dict[str, list[list[Any]]] = {}
        numbers_of: dict[str, int] = {}  # of tables that several effects have, one is kept
        variants = [
            [one.rule, numbers, one.layer, one.origin]
            for one, numbers in zip(self.variants, numbered.patterns_of, strict=True)
        ]
        told = [[p.kind, numbers, p.binds] for p, numbers in zip(numbered.patterns, numbered.tests_of, strict=True)]
        rules = []
        for rule in data["rules"]:
            text = rule.pop("text")
            for effect in rule["effects"]:
                if len(effect[3]) == 1 and not effect[3][0][0]:
                    effect[3] = effect[3][0][1]
                elif effect[3]:
                    number = numbers_of.setdefault(json.dumps(effect[3]), len(masks))
                    masks[str(number)] = effect[3]
                    effect[3] = [number, hex(union(int(mask, 16) for _, mask in effect[3]))]
            rules.append([*rule.values(), text])
        heads = [[head.side, hex(head.mask), *head[2:]] for head in self.heads]
        parts = {
            "words": self.catalogue.words,
            "named_injuries": self.catalogue.named_injuries,
            "index": self.catalogue.index.tables(),
            "easier": self.catalogue.easier,
            "vocabulary": {name: data[name] for name in _TABLES},
            "readings": {name: data[name] for name in ("implied", "careful", "runs", "fixed_parameters")},
            "tests": [[t.kind, t.field, t.op, t.words, t.parameter, t.unknown] for t in numbered.tests],
            "patterns": told,
            "careful": numbered.careful_of,
            "variants": variants,
            "heads": heads,
            **(more or {}),
        }
        without = {str(number): rule[:-1] for number, rule in enumerate(rules)}
        texts = {str(number): rule[-1] for number, rule in enumerate(rules)}
        entries = {**self.catalogue.entries(), "rules": without, "texts": texts, "masks": masks}
        return written(self.digest, files, parts, entries)

    @classmethod
    def of_file(cls, file: PackFile, catalogue: Catalogue) -> Pack:
        """The pack of a compiled one. What few decisions need is read when it is first asked for."""
        tests = tuple(
            [Test(kind, name, op, tuple(words), *rest) for kind, name, op, words, *rest in file.part("tests")]
        )
        parts, told = file.part("patterns"), file.part("variants")

        def pattern(_: int, one: tuple[str, list[int], list[tuple[str, str]]]) -> Pattern:
            kind, numbers, binds = one
            return Pattern(
                kind, tuple([tests[number] for number in numbers]), tuple([(name, word) for name, word in binds])
            )

        def variant(_: int, one: tuple[int, list[int], int, str | None]) -> Variant:
            rule, numbers, layer, origin = one
            return Variant(rule, tuple([patterns[number] for number in numbers]), layer, origin)

        patterns: Rows[Pattern] = Rows(parts, pattern)
        vocabulary = file.part("vocabulary")
        numbers: dict[str, dict[str, Any]] = vocabulary["parameters"]
        heads = tuple([
            Head(side, int(mask, 16), tuple(types), tuple(gates), tuple(derives), tuple(map(tuple, refers)))
            for side, mask, types, gates, derives, refers in file.part("heads")
        ])  # fmt: skip
        made = partial(_compiled_rule, file.unread("texts"), cache(file.unread("masks", _masks)))
        found = cls(
            catalogue=catalogue,
            **_vocabulary(vocabulary),
            rules=file.rows("rules", made),
            variants=Rows(told, variant),
            **_readings(file.part("readings")),
            stored_digest=file.digest,
        )
        cls.heads.known(found, heads)
        cls.values.known(found, {name: one["value"] for name, one in numbers.items()})
        orders = ((name, one.get("at_most")) for name, one in numbers.items())
        cls.orders.known(found, tuple([(name, other) for name, other in orders if other is not None]))
        cls.numbering.known(
            found,
            Numbering(
                tests=tests,
                patterns=patterns,
                kinds_of=tuple([kind for kind, *_ in parts]),
                tests_of=tuple([tuple(numbers) for _, numbers, _ in parts]),
                patterns_of=tuple([tuple(numbers) for _, numbers, *_ in told]),
                careful_of=tuple(map(tuple, file.part("careful"))),
                rules_of=tuple([rule for rule, *_ in told]),
                layers_of=tuple([layer for _, _, layer, _ in told]),
            ),
        )
        return found


_TABLES = ("kinds", "aggregates", "derived", "gates", "channels", "parameters", "schemes")


def _dump(table: Mapping[str, Strict]) -> dict[str, Any]:
    return {key: entry.model_dump(exclude_defaults=True) for key, entry in table.items()}


def _vocabulary(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of the vocabulary, parameters and schemes; a parameter is made when it is first asked for."""
    plain: dict[str, type[Strict]] = {"gates": Gate, "channels": Channel, "schemes": Scheme}
    found: dict[str, Any] = {name: _made(model, data[name]) for name, model in plain.items()}
    found["parameters"] = Each(data["parameters"], lambda one: make(Parameter, **_frozen(one)))
    holding = (("kinds", Kind, Field), ("derived", Derived, Field), ("aggregates", AggregateKind, Aggregate))
    for name, model, inside in holding:
        entries = {key: {**_frozen(one), "fields": _made(inside, one["fields"])} for key, one in data[name].items()}
        found[name] = FrozenDict({key: make(model, **one) for key, one in entries.items()})
    return found


def _made(model: type[Strict], entries: Mapping[str, Any]) -> FrozenDict[str, Any]:
    """Models of entries that hold no other models."""
    return FrozenDict({key: make(model, **_frozen(one)) for key, one in entries.items()})


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: frozen(value) for name, value in entry.items()}


def _readings(data: Mapping[str, Any]) -> dict[str, Any]:
    """What is read before any rule is, and the parameters that were fixed."""
    return {
        "implied": tuple((_pattern(pattern), tuple(names)) for pattern, names in data["implied"]),
        "careful": tuple(_reading(CarefulReading, "when", entry) for entry in data["careful"]),
        "runs": tuple(_reading(LogReading, "tests", entry) for entry in data["runs"]),
        "fixed_parameters": tuple(data["fixed_parameters"]),
    }


def _slots(kind: type[Any]) -> list[Callable[[Any, Any], None]]:
    return [getattr(kind, name).__set__ for name in names_of(kind)]


_EFFECT, _RULE = _slots(Effect), _slots(Rule)


def _filled(kind: type[Any], slots: Iterable[Callable[[Any, Any], None]], values: Iterable[Any]) -> Any:
    """A record of values that are frozen already: nothing looks into them."""
    made = object.__new__(kind)
    for put, value in zip(slots, values, strict=True):
        put(made, value)
    return made


Late = Callable[..., Unread[Any, Any]]
"""What is read late, by its number, with what is known of it before."""


def _compiled_rule(text_of: Late, masks_of: Late, number: int, told: list[Any]) -> Rule:
    """A rule of a compiled pack: its masks are one for whoever it is about, or a table of their own, or none."""
    name, because, effects, side, evidence, sources, consensus, seeds, *rest = told
    made = []
    for kind, content, variables, mask in effects:
        if isinstance(mask, str):
            masks: Mapping[Any, int] = FrozenDict({(): int(mask, 16)})
        else:
            masks = masks_of(str(mask[0]), int(mask[1], 16)) if mask else FrozenDict()
        made.append(_filled(Effect, _EFFECT, (kind, frozen(content), tuple(variables), masks)))
    text = text_of(str(number))
    values = (name, because, tuple(made), side, evidence, tuple(sources), consensus, tuple(seeds), *rest, text)
    rule: Rule = _filled(Rule, _RULE, values)
    return rule


def _head(rule: Rule) -> Head:
    effects = [(effect.type, effect.data) for effect in rule.effects]
    return Head(
        side=rule.side,
        mask=rule.mask,
        types=tuple(dict.fromkeys(kind for kind, _ in effects)),
        gates=tuple(str(data["gate"]) for kind, data in effects if kind in ("open", "close")),
        derives=tuple(str(data["fact"]) for kind, data in effects if kind == "derive"),
        refers=tuple((str(data["urgency"]), bool(data.get("everything"))) for kind, data in effects if kind == "refer"),
    )


def _masks(told: list[list[Any]]) -> FrozenDict[tuple[str, ...], int]:
    return FrozenDict({tuple(key): int(mask, 16) for key, mask in told})


def _parts(reading: CarefulReading | LogReading) -> dict[str, Any]:
    return {name: getattr(reading, name) for name in names_of(type(reading))}


def _reading(made: Callable[..., R], patterns: str, entry: Mapping[str, Any]) -> R:
    told = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return made(**{**told, patterns: tuple(_pattern(one) for one in entry[patterns])})


def _pattern_data(pattern: Pattern) -> list[Any]:
    tests = [[t.field, t.op, list(t.words), t.parameter, t.unknown] for t in pattern.tests]
    return [pattern.kind, tests, [list(pair) for pair in pattern.binds]]


def _pattern(data: Any) -> Pattern:
    kind, tests, binds = data
    made = tuple(
        Test(kind, name, op, tuple(words), parameter, unknown) for name, op, words, parameter, unknown in tests
    )
    return Pattern(kind, made, tuple((name, variable) for name, variable in binds))


def _rule_data(rule: Rule) -> dict[str, Any]:
    effects = [
        [e.type, dict(e.data), list(e.variables), [[list(key), hex(mask)] for key, mask in e.masks.items()]]
        for e in rule.effects
    ]
    return {
        "id": rule.id,
        "because": rule.because,
        "effects": effects,
        "side": rule.side,
        "evidence": rule.evidence,
        "sources": list(rule.sources),
        "consensus": rule.consensus,
        "seeds": list(rule.seeds),
        "unknown": rule.unknown,
        "file": rule.file,
        "line": rule.line,
        "text": thawed(rule.text),
    }


def _rule(data: Mapping[str, Any]) -> Rule:
    effects = tuple(
        Effect(kind, content, tuple(variables), _masks(masks)) for kind, content, variables, masks in data["effects"]
    )
    return Rule(**{**data, "effects": effects, "sources": tuple(data["sources"]), "seeds": tuple(data["seeds"])})
