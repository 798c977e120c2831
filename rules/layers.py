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
    for variant in pack.variants:
        for thing in concluded(pack.rules[variant.rule]):
            if thing.startswith("gate/"):
                name = thing.removeprefix("gate/")
                layers[name] = max(layers[name], variant.layer + 1)
    return layers


def assign_layers(pack: Pack) -> tuple[tuple[Variant, ...], list[str]]:
    """Each variant with its layer; or the circle, when rules depend on one another in one."""
    makers: dict[str, list[Variant]] = {}
    for variant in pack.variants:
        for thing in concluded(pack.rules[variant.rule]):
            makers.setdefault(thing, []).append(variant)
    layer_of: dict[str, int] = {}
    path: list[str] = []

    def thing_layer(thing: str) -> int:
        if thing in layer_of:
            return layer_of[thing]
        if thing in path:
            raise _CircleError([*path[path.index(thing) :], thing])
        path.append(thing)
        layer = max((variant_layer(v) + 1 for v in makers.get(thing, ())), default=0)
        path.pop()
        layer_of[thing] = layer
        return layer

    def variant_layer(variant: Variant) -> int:
        return max((thing_layer(thing) for thing in needed(variant, pack)), default=0)

    try:
        return tuple(replace(v, layer=variant_layer(v)) for v in pack.variants), []
    except _CircleError as circle:
        return (), circle.things


class _CircleError(Exception):
    def __init__(self, things: list[str]) -> None:
        super().__init__(things)
        self.things = things
