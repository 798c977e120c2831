"""Dependency layers: what is derived or gated is decided before the rules that read it run."""

from __future__ import annotations

from dataclasses import replace

from prehab.rules.language import Rule, Variant
from prehab.rules.pack import Pack

__all__ = ["assign_layers", "concluded", "gate_layers", "needed"]


def needed(variant: Variant, pack: Pack) -> frozenset[str]:
    """The gates (as ``gate/NAME``) and derived kinds that a variant reads."""
    found: set[str] = set()
    for pattern in variant.patterns:
        if pattern.kind == "gate":
            named = [str(w) for t in pattern.tests if t.field == "gate" and t.op == "is" for w in t.words]
            found.update(f"gate/{name}" for name in named or pack.gates)
        elif pattern.kind in pack.derived:
            found.add(pattern.kind)
    return frozenset(found)


def concluded(rule: Rule) -> frozenset[str]:
    """The gates and derived kinds that a rule concludes."""
    found = {f"gate/{e.data['gate']}" for e in rule.effects if e.type in ("open", "close")}
    found.update(str(e.data["fact"]) for e in rule.effects if e.type == "derive")
    return frozenset(found)


def gate_layers(pack: Pack) -> dict[str, int]:
    """For each gate the first layer whose rules may read it."""
    layers = dict.fromkeys(pack.gates, 0)
    heads, numbered = pack.heads, pack.numbering
    for rule, layer in zip(numbered.rules_of, numbered.layers_of, strict=True):
        for name in heads[rule].gates:
            layers[name] = max(layers[name], layer + 1)
    return layers


def assign_layers(pack: Pack) -> tuple[tuple[Variant, ...], list[str]]:
    """Each variant with its layer; or the circle, when rules depend on one another in one."""
    from graphlib import CycleError, TopologicalSorter

    reads: dict[str, set[str]] = {}
    read_by: list[frozenset[str]] = [needed(variant, pack) for variant in pack.variants]
    for variant, things in zip(pack.variants, read_by, strict=True):
        for thing in concluded(pack.rules[variant.rule]):
            reads.setdefault(thing, set()).update(things)
    order = TopologicalSorter({thing: sorted(things) for thing, things in sorted(reads.items())})
    try:
        in_order = tuple(order.static_order())
    except CycleError as error:
        return (), _from_the_first(error.args[1][::-1])
    layer: dict[str, int] = {}
    for thing in in_order:
        makers = reads.get(thing)
        layer[thing] = 0 if makers is None else 1 + max((layer.get(read, 0) for read in makers), default=0)
    return tuple(
        replace(variant, layer=max((layer.get(thing, 0) for thing in things), default=0))
        for variant, things in zip(pack.variants, read_by, strict=True)
    ), []


def _from_the_first(circle: list[str]) -> list[str]:
    """A circle that begins, and ends, with the first of its names."""
    around = circle[:-1]
    first = around.index(min(around))
    return [*around[first:], *around[: first + 1]]
