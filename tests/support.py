"""Small helpers of the tests."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from prehab.engine import Engine
from prehab.rules.language import OPPOSITE, Pattern, Rule, Test, Variant
from prehab.rules.load import load_pack
from prehab.rules.pack import Pack

__all__ = [
    "USUAL", "bundled_pack", "engine_of", "flipped", "most_memory", "of_rules", "retested", "tries", "with_rule",
    "without", "words_context",
]  # fmt: skip

USUAL = 500
"""What PREHAB_RUNNERS is where nobody sets it: of the tries that tests name, the suite makes half."""


def tries(usual: int, least: int = 1) -> int:
    """So many random tries as a test makes where PREHAB_RUNNERS is 1000; as many times more or fewer as that differs.

    Args:
        usual: How many they are while something is being worked on.
        least: No fewer than these, whatever is asked for.
    """
    return max(least, usual * int(os.environ.get("PREHAB_RUNNERS", USUAL)) // 1000)


@cache
def bundled_pack() -> Pack:
    """The bundled pack, compiled from its files once in each process."""
    return load_pack()


def most_memory() -> int:
    """The most bytes that this process has had at once; on Linux without what its parent had before it was forked."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << (0 if sys.platform == "darwin" else 10)


def words_context(pack: Pack) -> dict[str, Any]:
    """The word lists that a runner file is checked against."""
    return {
        "injuries": tuple(pack.catalogue.injuries),
        "regions": tuple(pack.catalogue.words["regions"]),
        "equipment": tuple(pack.catalogue.words["equipment"]),
        "faults": tuple(pack.catalogue.words["faults"]),
        "exercises": tuple(pack.catalogue.exercises),
    }


def engine_of(pack: Pack, evaluator: str = "compiled", parameters: Mapping[str, float] | None = None) -> Engine:
    """An engine for a pack that was made in the test, not read from files."""
    return Engine(pack=pack, evaluator=evaluator, parameters=parameters)  # type: ignore[arg-type]


def without(pack: Pack, *rules: str) -> Pack:
    """A pack without some of its rules: what a law's check must notice."""
    missing = set(rules) - set(pack.by_id)
    assert not missing, f"no such rule: {missing}"
    return of_rules(pack, [i for i, rule in enumerate(pack.rules) if rule.id not in rules])


def of_rules(pack: Pack, order: Sequence[int], variants: Sequence[Variant] | None = None) -> Pack:
    """A pack with only these rules, in this order; the variants in the order given, or in their own."""
    place = {old: new for new, old in enumerate(order)}
    kept = [replace(v, rule=place[v.rule]) for v in variants or pack.variants if v.rule in place]
    return replace(pack, rules=tuple(pack.rules[i] for i in order), variants=tuple(kept), stored_digest="0" * 64)


def with_rule(pack: Pack, rule: Rule) -> Pack:
    """A pack in which a rule of the same id is replaced; its conditions stay."""
    return replace(pack, rules=tuple(rule if one.id == rule.id else one for one in pack.rules), stored_digest="0" * 64)


def retested(pack: Pack, rule: str, change: Callable[[Test], Test | None]) -> Pack:
    """A pack in which each test of a rule is changed, or left out where ``change`` gives None."""
    index = next(i for i, one in enumerate(pack.rules) if one.id == rule)

    def pattern(one: Pattern) -> Pattern:
        made = (change(test) for test in one.tests)
        return replace(one, tests=tuple(test for test in made if test is not None))

    return replace(
        pack,
        variants=tuple(
            replace(v, patterns=tuple(map(pattern, v.patterns))) if v.rule == index else v for v in pack.variants
        ),
        stored_digest="0" * 64,
    )


def flipped(pack: Pack, rule: str) -> Pack:
    """A pack in which a rule tests its numbers the wrong way round."""
    return retested(pack, rule, lambda t: replace(t, op=OPPOSITE[t.op]) if t.parameter else t)
