"""Where a finding about a rule stands: the condition in its file, not only the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prehab.graph.faults import Fault
from prehab.graph.files import Place
from prehab.rules.language import Rule, Variant

__all__ = ["Where", "alternative", "condition", "rule_fault"]

Where = Callable[..., Mapping[str, Any]]
"""The place of a named thing of a pack: the table it is in, its name, and the way to a part of it."""


def rule_fault(where: Where, rule: Rule, code: str, message: str, *inside: str | int, **more: Any) -> Fault:
    """A fault of a rule, at a part of it or at its name."""
    return Fault(code, message, **{**where("rules", rule.id, *inside), **more})


def alternative(variant: Variant) -> Place:
    """The way from a rule to the entry of `any` or `unless` that made a variant; none where there is no such entry."""
    if variant.origin is None:
        return ()
    last = variant.origin.rpartition("+")[2].split("/")
    return (last[0], int(last[1]), *last[2:])


def condition(rule: Rule, variant: Variant, kind: str, field: str) -> Place:
    """The way from a rule to the test of a field of a kind; to the rule's conditions where it cannot be told."""
    field = field.removesuffix("_so_far")
    patterns = list(_patterns(rule, variant))
    for place, pattern in patterns:
        if isinstance(pattern, dict) and pattern.get("fact") == kind and field in pattern:
            return (*place, field)
    return patterns[0][0] if patterns else ()


def _patterns(rule: Rule, variant: Variant) -> Iterator[tuple[Place, Any]]:
    """The patterns of a variant as they are written, the entry that made it first."""
    for origin in reversed((variant.origin or "").split("+")):
        part, *rest = origin.split("/")
        if not rest:
            continue
        entry = rule.text[part][int(rest[0])]
        if isinstance(entry, list):
            yield from (((part, int(rest[0]), i), one) for i, one in enumerate(entry))
        else:
            yield (part, int(rest[0])), entry
    yield from ((("when", i), one) for i, one in enumerate(rule.text.get("when", ())))
