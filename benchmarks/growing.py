"""Packs that are the bundled one many times over: more exercises, more rules."""

from __future__ import annotations

from dataclasses import replace

from prehab.graph.catalogue import Catalogue
from prehab.rules.language import Pattern, Test
from prehab.rules.pack import Pack

__all__ = ["more_exercises", "more_rules"]


def more_exercises(catalogue: Catalogue, times: int) -> Catalogue:
    """The catalogue with every exercise so many times, under ids of their own."""
    made = {}
    for number in range(times):
        for key, exercise in catalogue.exercises.items():
            mine = f"{key}_{number:02}" if number else key
            steps = [f"{harder}_{number:02}" if number else harder for harder in exercise.progresses_to]
            made[mine] = exercise.model_copy(update={"id": mine, "progresses_to": steps})
    return replace(catalogue, exercises=dict(sorted(made.items())))


def more_rules(pack: Pack, times: int) -> Pack:
    """The pack with every rule so many times: each copy is about an injury of its own, which no runner has.

    So it is where a pack grows: by injuries, and by rules about them.
    """
    rules, variants = list(pack.rules), list(pack.variants)
    for number in range(1, times):
        only = Pattern("complaint", (Test("complaint", "injury", "is", (f"another_{number}",)),))
        rules += [replace(rule, id=f"{rule.id}-{number}") for rule in pack.rules]
        for variant in pack.variants:
            patterns = [
                replace(pattern, tests=(*pattern.tests, *only.tests)) if pattern.kind == "complaint" else pattern
                for pattern in variant.patterns
            ]
            if patterns == list(variant.patterns):
                patterns.append(only)
            moved = variant.rule + number * len(pack.rules)
            variants.append(replace(variant, rule=moved, patterns=tuple(patterns)))
    return replace(pack, rules=tuple(rules), variants=tuple(variants))
