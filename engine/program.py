"""The pack made ready to run: parameters fixed, tests numbered as bits, rules laid out by layer.

Each kind's tests are numbered, so that what a fact meets is one integer, and a pattern is met when its bits are among
them. A number matters only through the bounds it is compared with, so the bits are kept per interval between bounds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from prehab.graph.faults import Fault, InputError, nearest
from prehab.rules.language import Effect, Pattern, Rule, Test, Variant
from prehab.rules.layers import gate_layers
from prehab.rules.pack import Pack

__all__ = ["FieldTests", "Program", "RunnablePattern"]


class FieldTests:
    """The tests of one field, answered for a value as two sets of bits: met, and met if it were known to be."""

    def __init__(self, numbered: list[tuple[int, Test]], parameters: Mapping[str, float]) -> None:
        self.numbered = numbered
        self.parameters = parameters
        self.cuts = sorted({parameters[t.parameter] for _, t in numbered if t.parameter is not None})
        self.cells: dict[Any, int] = {}
        self.all = sum(1 << bit for bit, test in numbered if test.op != "unknown" and not test.unknown)
        self.when_unknown = sum(1 << bit for bit, test in numbered if test.met(None, parameters))

    def bits(self, value: Any) -> int:
        """The tests that a known value meets."""
        cell: Any = (bisect_left(self.cuts, value), bisect_right(self.cuts, value)) if self.cuts else value
        found = self.cells.get(cell)
        if found is None:
            found = sum(1 << bit for bit, test in self.numbered if test.met(value, self.parameters))
            self.cells[cell] = found
        return found


@dataclass(slots=True, eq=False)
class RunnablePattern:
    """A pattern as bits. ``index`` is the same for equal patterns, whatever rule they stand in."""

    index: int
    kind: str
    mask: int
    binds: tuple[tuple[str, str], ...]


class Program:
    """A pack with its parameters, ready for the evaluators. Immutable once made.

    Variants of a layer with the same patterns are ``twins``: matched once, under the first of them, for all.

    Args:
        pack: The compiled pack.
        overrides: Parameter values that replace the pack's, inside their permitted ranges and orders.

    Raises:
        InputError: An override names no parameter, is out of range, breaks an order, or is fixed by compilation.
    """

    def __init__(self, pack: Pack, overrides: Mapping[str, float] | None = None) -> None:
        self.pack = pack
        self.overrides = dict(sorted((overrides or {}).items()))
        self.parameters = _values(pack, self.overrides)
        self.numbers: dict[str, dict[Test, int]] = {kind: {} for kind in pack.kinds}
        self.patterns: list[RunnablePattern] = []
        self.pattern_tests: list[tuple[Test, ...]] = []
        seen: dict[Pattern, int] = {}
        variants: list[tuple[RunnablePattern, ...]] = []
        for variant in pack.variants:
            made = []
            for pattern in variant.patterns:
                if pattern not in seen:
                    seen[pattern] = len(self.patterns)
                    self.pattern_tests.append(pattern.tests)
                    self.patterns.append(
                        RunnablePattern(seen[pattern], pattern.kind, self.mask(pattern), pattern.binds)
                    )
                made.append(self.patterns[seen[pattern]])
            variants.append(tuple(made))
        for pattern, _, _ in pack.careful:
            self.mask(pattern)
        for _, _, pattern in pack.runs:
            self.mask(pattern)
        self.variants: tuple[tuple[RunnablePattern, ...], ...] = tuple(variants)
        self.source: tuple[Variant, ...] = pack.variants
        self.layers = max((v.layer for v in pack.variants), default=0) + 1
        self.by_layer: list[list[int]] = [
            [i for i, v in enumerate(pack.variants) if v.layer == layer] for layer in range(self.layers)
        ]
        self.needed = [sum({1 << p.index for p in patterns}) for patterns in self.variants]
        self.twins: dict[int, tuple[int, ...]] = {}
        for layer in self.by_layer:
            alike: dict[tuple[int, ...], list[int]] = {}
            for i in layer:
                alike.setdefault(tuple(p.index for p in self.variants[i]), []).append(i)
            self.twins.update({same[0]: tuple(same) for same in alike.values()})
        self.plan = [[(i, self.needed[i]) for i in layer if i in self.twins] for layer in self.by_layer]
        self.kind_patterns: dict[str, list[tuple[int, int]]] = {kind: [] for kind in pack.kinds}
        for made_pattern in self.patterns:
            self.kind_patterns[made_pattern.kind].append((made_pattern.index, made_pattern.mask))
        self.growing_kinds = ("gate", *pack.derived)
        self.gate_layer = gate_layers(pack)
        self.fields: dict[str, dict[str, FieldTests]] = {}
        for kind, numbered in self.numbers.items():
            by_field: dict[str, list[tuple[int, Test]]] = {}
            for test, bit in numbered.items():
                by_field.setdefault(test.field, []).append((bit, test))
            self.fields[kind] = {name: FieldTests(tests, self.parameters) for name, tests in by_field.items()}
        self.effects: tuple[tuple[Effect, ...], ...] = tuple(rule.effects for rule in pack.rules)

    def rule(self, variant: int) -> Rule:
        """The rule that a variant came from."""
        return self.pack.rules[self.source[variant].rule]

    def bits(self, kind: str, values: Mapping[str, Any]) -> tuple[int, int]:
        """The tests that a fact meets, and those that it fails only for want of an answer."""
        met = wanting = 0
        for name, tests in self.fields[kind].items():
            value = values.get(name)
            if value is None:
                met |= tests.when_unknown
                wanting |= tests.all
            else:
                met |= tests.bits(value)
        return met, wanting

    def mask(self, pattern: Pattern) -> int:
        """The bits of a pattern's tests."""
        numbers = self.numbers[pattern.kind]
        mask = 0
        for test in pattern.tests:
            mask |= 1 << numbers.setdefault(test, len(numbers))
        return mask


def _values(pack: Pack, overrides: Mapping[str, float]) -> dict[str, float]:
    faults: list[Fault] = []

    def fault(code: str, message: str, name: str, **more: Any) -> None:
        faults.append(Fault(code, message, path=f"/parameters/{name}", **more))

    values: dict[str, float] = {name: p.value for name, p in pack.parameters.items()}
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
            fault("out-of-range", f"`{name}` may go from {low} to {high} {parameter.unit}, not {value}", name)
        elif name in pack.fixed_parameters:
            fault(
                "fixed-parameter",
                f"`{name}` selects exercises, which is fixed when a pack is compiled",
                name,
                help="Change it in the rule files and load them with Engine(rules=...).",
            )
        else:
            values[name] = value
    for name, parameter in pack.parameters.items():
        if parameter.at_most is not None and values[name] > values[parameter.at_most]:
            fault(
                "wrong-order",
                f"`{name}` = {values[name]} is above `{parameter.at_most}` = {values[parameter.at_most]}",
                name,
            )
    if faults:
        raise InputError(faults)
    return values
