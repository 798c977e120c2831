"""The same rules in other hands: the conditions of the bundled pack, matched with the facts of a runner.

Each peer is given the facts as they are in the end, gates and derived facts among them, and says how often the variants
of rules are matched. Each answer is compared with that of the reference before anything is timed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from prehab.facts import Facts
from prehab.program import Program
from prehab.rules.language import Pattern, Test

__all__ = ["Clips", "Closures", "Peer", "Zen", "bare_rulesets", "shards_of"]

Told = Mapping[str, Sequence[Mapping[str, Any]]]
"""The values of facts, by kind."""


class Peer(Protocol):
    """Matches rules."""

    name: str
    variants: Sequence[int]
    """The variants that it was given."""

    def ready(self, facts: Facts) -> Any:
        """Facts in the form that it takes. That is not timed."""

    def count(self, ready: Any) -> int:
        """How often these variants are matched."""


class Closures:
    """A Python function for each variant: loops over facts, with the tests written out."""

    name = "Python functions"

    def __init__(self, program: Program) -> None:
        self.variants = range(len(program.source))
        self._made: list[Callable[[Told], int]] = []
        for number in self.variants:
            loops, bound = [], dict[str, str]()
            kinds = [pattern.kind for pattern in program.source[number].patterns]
            for place, pattern in enumerate(program.source[number].patterns):
                asked = [_python(test, f"f{place}", program.parameters) for test in pattern.tests]
                asked += [f"f{place} is not f{other}" for other in range(place) if kinds[other] == pattern.kind]
                for field, variable in pattern.binds:
                    mine = f"f{place}[{field!r}]"
                    if variable in bound:
                        asked.append(f"{mine} == {bound[variable]}")
                    bound.setdefault(variable, mine)
                loops.append(f"for f{place} in told[{pattern.kind!r}] if {' and '.join(asked) or 'True'}")
            made: dict[str, Any] = {}
            exec(f"def match(told):\n    return len([1 {' '.join(loops)}])", made)
            self._made.append(made["match"])

    def ready(self, facts: Facts) -> Told:
        return {kind: [fact.values for fact in found] for kind, found in facts.by_kind.items()}

    def count(self, ready: Told) -> int:
        return sum(match(ready) for match in self._made)


def _python(test: Test, fact: str, parameters: Mapping[str, float]) -> str:
    value = f"{fact}.get({test.field!r})"
    if test.op in ("known", "unknown"):
        return f"{value} is {'not ' * (test.op == 'known')}None"
    if test.parameter is not None:
        sign = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}[test.op]
        met = f"{value} {sign} {parameters[test.parameter]!r}"
    else:
        met = f"{value} {'not ' * (test.op == 'is_not')}in {test.words!r}"
    return f"({value} is None or {met})" if test.unknown else f"({value} is not None and {met})"


class Clips:
    """CLIPS, by clipspy: a template for each kind, a rule for each variant, one fact asserted after the other."""

    name = "CLIPS (clipspy)"

    def __init__(self, program: Program) -> None:
        import clips

        self.variants = range(len(program.source))
        self._environment = environment = clips.Environment()
        environment.build("(defglobal ?*matched* = 0)")
        self._fields = {kind: tuple(about.fields) for kind, about in program.pack.kinds.items()}
        for kind, fields in self._fields.items():
            environment.build(f"(deftemplate {kind} (slot prehab_id) {' '.join(f'(slot {one})' for one in fields)})")
        for number in self.variants:
            patterns = program.source[number].patterns
            parts = [_clips(pattern, place, program.parameters) for place, pattern in enumerate(patterns)]
            alike = [
                f"(test (neq ?id{one} ?id{other}))"
                for one in range(len(patterns)) for other in range(one) if patterns[one].kind == patterns[other].kind
            ]  # fmt: skip
            body = " ".join([*parts, *alike])
            environment.build(f"(defrule v{number} {body} => (bind ?*matched* (+ ?*matched* 1)))")

    def ready(self, facts: Facts) -> list[str]:
        told = []
        for kind, found in facts.by_kind.items():
            for number, fact in enumerate(found):
                slots = " ".join(f"({name} {_symbol(fact.values.get(name))})" for name in self._fields[kind])
                told.append(f"({kind} (prehab_id {number}) {slots})")
        return told

    def count(self, ready: list[str]) -> int:
        environment = self._environment
        environment.reset()
        for fact in ready:
            environment.assert_string(fact)
        environment.run()
        matched: int = environment.eval("?*matched*")
        return matched


def _symbol(value: Any) -> str:
    if value is None:
        return "nil"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _clips(pattern: Pattern, place: int, parameters: Mapping[str, float]) -> str:
    bound = {field: f"?{variable.removeprefix('$')}" for field, variable in pattern.binds}
    slots = ""
    for field in dict.fromkeys([*bound, *(test.field for test in pattern.tests)]):
        name = bound.get(field, f"?t{place}_{field}")
        asked = [_constraint(test, name, parameters) for test in pattern.tests if test.field == field]
        slots += f" ({field} {'&'.join([name, *asked])})"
    return f"({pattern.kind} (prehab_id ?id{place}){slots})"


def _constraint(test: Test, name: str, parameters: Mapping[str, float]) -> str:
    if test.op in ("known", "unknown"):
        return "nil" if test.op == "unknown" else "~nil"
    if test.parameter is not None:
        sign = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}[test.op]
        met = f"(and (numberp {name}) ({sign} {name} {parameters[test.parameter]!r}))"
    else:
        same = " ".join(f"(eq {name} {_symbol(word)})" for word in test.words)
        met = f"(or FALSE {same})" if test.op == "is" else f"(not (or FALSE (eq {name} nil) {same}))"
    return f":(or (eq {name} nil) {met})" if test.unknown else f":{met}"


class Zen:
    """ZEN, by zen-engine: an expression for each variant whose facts need not share values; whether it is met."""

    name = "ZEN (zen-engine)"

    def __init__(self, program: Program) -> None:
        import zen

        self.variants = [number for number in range(len(program.source)) if program.independent[number]]
        expressions = [
            {
                "id": f"v{number}",
                "key": f"v{number}",
                "value": " and ".join(_zen(p, program.parameters) for p in program.source[number].patterns),
            }
            for number in self.variants
        ]
        nodes = [
            {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
            {
                "id": "rules", "type": "expressionNode", "name": "rules", "position": {"x": 0, "y": 0},
                "content": {"expressions": expressions},
            },
            {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 0, "y": 0}},
        ]  # fmt: skip
        edges = [
            {"id": "one", "type": "edge", "sourceId": "in", "targetId": "rules"},
            {"id": "two", "type": "edge", "sourceId": "rules", "targetId": "out"},
        ]
        self._decision = zen.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def ready(self, facts: Facts) -> dict[str, Any]:
        names = {kind: tuple(about.fields) for kind, about in facts.program.pack.kinds.items()}
        return {
            f"k_{kind}": [{name: fact.values.get(name) for name in names[kind]} for fact in found]
            for kind, found in facts.by_kind.items()
        }

    def count(self, ready: dict[str, Any]) -> int:
        return sum(self._decision.evaluate(ready)["result"].values())


def _zen(pattern: Pattern, parameters: Mapping[str, float]) -> str:
    asked = []
    for test in pattern.tests:
        value = f"#.{test.field}"
        if test.op in ("known", "unknown"):
            asked.append(f"{value} {'!=' if test.op == 'known' else '=='} null")
            continue
        if test.parameter is not None:
            sign = {"at_least": ">=", "above": ">", "at_most": "<=", "below": "<"}[test.op]
            met = f"{value} {sign} {parameters[test.parameter]!r}"
        else:
            same = " or ".join(f"{value} == {json.dumps(word)}" for word in test.words) or "false"
            met = f"not ({same})" if test.op == "is_not" else f"({same})"
        asked.append(f"({value} == null or {met})" if test.unknown else f"({value} != null and {met})")
    return f"some(k_{pattern.kind}, {' and '.join(asked) or 'true'})"


def shards_of(evaluator: Any) -> list[Any]:
    """The rulesets of a durable evaluator, as they are once there have been some runners."""
    plan = evaluator._plan
    layers = [plan.layers[number] for number in range(plan.layout.layers)]
    kept = [layer.shards[number] for layer in layers for number in range(len(layer.groups))]
    return kept + [shard for own in plan.own.values() for shard, _ in own]


def bare_rulesets(evaluator: Any, layers: int, facts: Facts) -> Iterator[tuple[Any, str]]:
    """What durable-rules is told of some facts: each ruleset that runs, and its messages."""
    told: list[tuple[Any, str]] = []
    shards = shards_of(evaluator)
    kept = [shard.found for shard in shards]

    def telling(found: Any) -> Callable[[Any], Any]:
        rulesets, writing = found.__wrapped__.args

        def tell(what: Any) -> Any:
            told.append((rulesets, writing(what)))
            return found(what)

        return tell

    for shard, found in zip(shards, kept, strict=True):
        shard.found = telling(found)
    try:
        for layer in range(layers):
            evaluator.fire(layer, facts)
    finally:
        for shard, found in zip(shards, kept, strict=True):
            shard.found = found
    yield from told
