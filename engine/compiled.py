"""The compiled evaluator: what the reference answers, by code that is made for the rules.

Variants are filed by the patterns that they need, so rules about what a runner does not have are not looked at. How the
facts of several patterns go together depends on the kinds alone and on the values that they share: for each such shape
a function is generated, in which it is loops inside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Literal

from prehab.fact import Fact
from prehab.facts import Facts
from prehab.graph.once import ByNeed, SharedBy
from prehab.inference import Firing, fired
from prehab.program import Filed, Layout, Program, Shared

__all__ = ["Compiled", "Joins", "Some", "joins_of"]

MOST_KEPT = 64
"""For how many combinations of patterns that a fact meets its variants are remembered, of each kind and layer."""

Chosen = list[tuple[Fact, ...]]
Join = Callable[[Mapping[str, Sequence[Fact]], tuple[int, ...]], Chosen]
"""Every choice of one fact for each of some bits, in order: no fact twice, and each variable standing for one value."""

Ready = tuple[Join, tuple[int, ...]]
"""What makes the choices for a variant, and the bits of its patterns, which it is to be called with."""

Having = Literal["meets", "possible"]
"""The patterns of a fact that count: those that it meets, or those that no known value of it fails."""


class Joins:
    """How the facts of a variant's patterns go together, for each variant of a layout.

    ``meeting`` and ``possible`` make the choices of facts that meet the patterns of a variant, or may.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.meeting: ByNeed[int, Ready] = ByNeed(partial(self._made_for, "meets"))
        self.possible: ByNeed[int, Ready] = ByNeed(partial(self._made_for, "possible"))

    def _made_for(self, having: Having, variant: int) -> Ready:
        patterns = self.layout.variants[variant]
        join = _join(tuple([pattern.kind for pattern in patterns]), self.layout.shared[variant], having)
        return join, tuple([pattern.bit for pattern in patterns])


joins_of = SharedBy(Joins)
"""The joins of a layout."""


class Some:
    """Some variants of one layer, ready to be matched.

    Those that one fact meets by itself are found by the patterns that it meets: they are remembered, for runners differ
    less in what their facts meet than in what they tell.

    Args:
        layout: Where they are from.
        variants: The variants.
        remembers: Whether what fires for one fact alone is remembered with facts that many runners share.
    """

    def __init__(self, layout: Layout, variants: Iterable[int], *, remembers: bool = False) -> None:
        self._remembers = remembers
        wanted = frozenset(variants)
        twins = ((first, tuple(one for one in alike if one in wanted)) for first, alike in layout.twins.items())
        self._twins = {first: alike for first, alike in twins if alike}
        self._filed = filed = Filed(layout, self._twins)
        self._alone = [
            (kind, patterns, lru_cache(maxsize=MOST_KEPT)(partial(_alone, filed, self._twins)))
            for kind, patterns in filed.alone_of.items()
        ]
        self._joins = joins_of(layout).meeting

    def fire(self, facts: Facts) -> list[Firing]:
        """Every way in which they are matched, in order."""
        firings: list[Firing] = []
        by_kind, shared, met, twins = facts.by_kind, facts.shared, facts.met, self._twins
        for kind, patterns, alone in self._alone:
            if not met & patterns:
                continue
            made = shared.get(kind)
            known = None if made is None else made.firings.get(self)
            if known is not None:
                firings += known
                continue
            begun = len(firings)
            for fact in by_kind[kind]:
                meets = fact.meets & patterns
                if meets:
                    firings += fired(alone(meets), ((fact,),))
            if made is not None and self._remembers:
                made.firings[self] = tuple(firings[begun:])
        for variant in self._filed.joined(met):
            join, bits = self._joins[variant]
            together = join(by_kind, bits)
            if together:
                firings += fired(twins[variant], together)
        firings.sort(key=_variant_of)  # those of one variant stay in the order of their facts
        return firings


_variant_of = itemgetter(0)


def _alone(filed: Filed, twins: Mapping[int, tuple[int, ...]], patterns: int) -> tuple[int, ...]:
    """The variants that need no more than one fact that meets these patterns, in order."""
    return tuple(sorted([one for (variant,) in filed.alone(patterns) for one in twins[variant]]))


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
        self.layers = [Some(layout, variants, remembers=True) for variants in layout.by_layer]


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
