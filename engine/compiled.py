"""The compiled evaluator: what the reference answers, by code that is made for the rules.

Variants are filed by the patterns that they need, so rules about what a runner does not have are not looked at. How the
facts of several patterns go together depends on the kinds alone and on the values that they share: for each such shape
a function is generated, in which it is loops inside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Literal

from prehab.facts import Fact, Facts
from prehab.graph.once import ByNeed, SharedBy
from prehab.inference import Firing, fired
from prehab.program import Filed, Layout, Program, Shared

__all__ = ["Compiled", "Joins", "Some", "joins_of"]

Chosen = list[tuple[Fact, ...]]
Join = Callable[[Mapping[str, Sequence[Fact]], tuple[int, ...]], Chosen]
"""The choices of facts of which each has one of some bits, in order."""

Having = Literal["meets", "possible"]
"""The patterns of a fact that count: those that it meets, or those that no known value of it fails."""


class Joins:
    """How the facts of a variant's patterns go together, for each variant of a layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.bits = [tuple(pattern.bit for pattern in patterns) for patterns in layout.variants]
        self._made: dict[Having, ByNeed[int, Join]] = {
            "meets": ByNeed(partial(self._made_for, "meets")), "possible": ByNeed(partial(self._made_for, "possible"))
        }  # fmt: skip

    def choices(self, variant: int, facts: Facts, having: Having = "meets") -> Chosen:
        """Every choice of one fact for each pattern: no fact twice, and each variable standing for one value."""
        return self._made[having][variant](facts.by_kind, self.bits[variant])

    def _made_for(self, having: Having, variant: int) -> Join:
        kinds = tuple(pattern.kind for pattern in self.layout.variants[variant])
        return _join(kinds, self.layout.shared[variant], having)


joins_of = SharedBy(Joins)
"""The joins of a layout."""


class Some:
    """Some variants of one layer, ready to be matched.

    Args:
        layout: Where they are from.
        variants: The variants.
    """

    def __init__(self, layout: Layout, variants: Iterable[int]) -> None:
        wanted = frozenset(variants)
        twins = ((first, tuple(one for one in alike if one in wanted)) for first, alike in layout.twins.items())
        self._twins = {first: alike for first, alike in twins if alike}
        self._filed = Filed(layout, self._twins)
        self._joins = joins_of(layout)

    def fire(self, facts: Facts) -> list[Firing]:
        """Every way in which they are matched, in order."""
        found: dict[int, Chosen] = {}
        by_kind, twins, choices = facts.by_kind, self._twins, self._joins.choices
        for pattern, (variant,) in self._filed.alone(facts.met):
            bit = pattern.bit
            chosen: Chosen = [(fact,) for fact in by_kind[pattern.kind] if fact.meets & bit]
            for one in twins[variant]:
                found[one] = chosen
        for variant in self._filed.joined(facts.met):
            together = choices(variant, facts)
            if together:
                for one in twins[variant]:
                    found[one] = together
        firings: list[Firing] = []
        for variant in sorted(found):
            firings += fired((variant,), found[variant])
        return firings


class Compiled:
    """Evaluates rules by code that was made for them. Holds no state between runs, so threads may share it."""

    name = "compiled"

    def __init__(self, program: Program) -> None:
        self._layers = layers_of(program.layout).layers

    def fire(self, layer: int, facts: Facts) -> list[Firing]:
        """Every way in which the variants of a layer are matched, in order."""
        return self._layers[layer].fire(facts)


class _Layers:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.layers = [Some(layout, variants) for variants in layout.by_layer]


layers_of = SharedBy(_Layers)


@lru_cache(maxsize=1024)
def _join(kinds: tuple[str, ...], shared: tuple[Shared, ...], having: Having) -> Join:
    """The function for all variants whose patterns are of these kinds and share these values."""
    lines = []
    for number, (kind, values) in enumerate(zip(kinds, shared, strict=True)):
        asked = [f"fact{number}.{having} & bits[{number}]"]
        asked += [f"fact{number} is not fact{other}" for other in range(number) if kinds[other] == kind]
        asked += [f"fact{number}.values[{own!r}] == fact{other}.values[{field!r}]" for own, other, field in values]
        lines.append(f"for fact{number} in by_kind[{kind!r}] if {' and '.join(asked)}")
    facts = ", ".join(f"fact{number}" for number in range(len(kinds)))
    made: dict[str, Join] = {}
    exec(f"def join(by_kind, bits):\n return [({facts},)\n  " + "\n  ".join(lines) + "]", {}, made)
    return made["join"]
