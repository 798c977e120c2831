"""The compiled pack: everything the engine needs, as plain data that a JSON file can hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prehab.graph.catalogue import Catalogue, bits_of
from prehab.graph.schema import Strict, make
from prehab.rules.language import Effect, Pattern, Rule, Test, Variant
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


@dataclass(frozen=True)
class Pack:
    """Graph, vocabulary, parameters, schemes and rules, checked and compiled."""

    catalogue: Catalogue
    kinds: Mapping[str, Kind]
    aggregates: Mapping[str, AggregateKind]
    derived: Mapping[str, Derived]
    gates: Mapping[str, Gate]
    channels: Mapping[str, Channel]
    parameters: Mapping[str, Parameter]
    schemes: Mapping[str, Scheme]
    rules: tuple[Rule, ...]
    variants: tuple[Variant, ...]
    careful: tuple[tuple[Pattern, tuple[str, ...], str], ...]
    runs: tuple[tuple[str, str, Pattern], ...] = ()
    fixed_parameters: tuple[str, ...] = ()
    stored_digest: str | None = field(default=None, compare=False)

    @cached_property
    def by_id(self) -> dict[str, Rule]:
        """The rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def exercise_ids(self) -> tuple[str, ...]:
        """The exercises in the order of their bits."""
        return tuple(self.catalogue.exercises)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that can change an answer."""
        return self.stored_digest or self.as_data()["digest"]

    def ids(self, mask: int) -> tuple[str, ...]:
        """The exercises of a mask, in id order."""
        return tuple(self.exercise_ids[bit] for bit in bits_of(mask))

    def as_data(self) -> dict[str, Any]:
        """JSON-ready data with its digest."""
        data: dict[str, Any] = {
            "format": FORMAT,
            "graph": self.catalogue.as_data(),
            **{name: _dump(getattr(self, name)) for name in _TABLES},
            "rules": [_rule_data(rule) for rule in self.rules],
            "variants": [[v.rule, [_pattern_data(p) for p in v.patterns], v.layer, v.origin] for v in self.variants],
            "careful": [[_pattern_data(pattern), list(names), say] for pattern, names, say in self.careful],
            "runs": [[kind, name, _pattern_data(pattern)] for kind, name, pattern in self.runs],
            "fixed_parameters": list(self.fixed_parameters),
        }
        meaning = {**data, "rules": [{k: v for k, v in r.items() if k not in ("file", "line")} for r in data["rules"]]}
        text = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        from hashlib import sha256

        data["digest"] = sha256(text.encode()).hexdigest()
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Pack:
        """The inverse of ``as_data``. The data is trusted: it was checked when it was compiled."""

        def table(name: str, model: type[Strict]) -> dict[str, Any]:
            return {key: make(model, **entry) for key, entry in data[name].items()}

        kinds = {
            key: make(Kind, **{**entry, "fields": _fields(entry["fields"])}) for key, entry in data["kinds"].items()
        }
        aggregates = {
            key: make(AggregateKind, fields={name: make(Aggregate, **one) for name, one in entry["fields"].items()})
            for key, entry in data["aggregates"].items()
        }
        derived = {
            key: make(Derived, **{**entry, "fields": _fields(entry["fields"])})
            for key, entry in data["derived"].items()
        }
        return cls(
            catalogue=Catalogue.from_data(data["graph"]),
            kinds=kinds,
            aggregates=aggregates,
            derived=derived,
            gates=table("gates", Gate),
            channels=table("channels", Channel),
            parameters=table("parameters", Parameter),
            schemes=table("schemes", Scheme),
            rules=tuple(_rule(entry) for entry in data["rules"]),
            variants=tuple(
                Variant(rule, tuple(_pattern(p) for p in patterns), layer, origin)
                for rule, patterns, layer, origin in data["variants"]
            ),
            careful=tuple((_pattern(pattern), tuple(names), say) for pattern, names, say in data["careful"]),
            runs=tuple((kind, name, _pattern(pattern)) for kind, name, pattern in data["runs"]),
            fixed_parameters=tuple(data["fixed_parameters"]),
            stored_digest=data["digest"],
        )


_TABLES = ("kinds", "aggregates", "derived", "gates", "channels", "parameters", "schemes")


def _dump(table: Mapping[str, Strict]) -> dict[str, Any]:
    return {key: entry.model_dump(exclude_defaults=True) for key, entry in table.items()}


def _fields(entries: Mapping[str, Any]) -> dict[str, Field]:
    return {key: make(Field, **entry) for key, entry in entries.items()}


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
        "text": rule.text,
    }


def _rule(data: Mapping[str, Any]) -> Rule:
    effects = tuple(
        Effect(kind, content, tuple(variables), {tuple(key): int(mask, 16) for key, mask in masks})
        for kind, content, variables, masks in data["effects"]
    )
    return Rule(**{**data, "effects": effects, "sources": tuple(data["sources"]), "seeds": tuple(data["seeds"])})
