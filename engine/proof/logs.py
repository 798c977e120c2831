"""How many facts of a log, or of any list that a runner tells, rules can tell apart.

A list may be long, and a proof draws only some of it. Enough are drawn when for every list there is a part of it, so
short, about which the rules conclude the same. Rules are positive: each looks for different facts, one for each of its
patterns. So for the rules it is enough to keep of every list, for each set of patterns that stand together in a rule,
the facts of a largest choice that meets them (the rule fires for the part if it does for the whole, also after any one
other fact was added or changed); or, which may be fewer, for each pattern as many facts as stand together with it at
the most. For an aggregate it is enough to keep a fact with the value taken, and one of which it is unknown. One more is
drawn: the fact in which two runners differ. How many facts there are is a number of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from prehab.fact import Fact
from prehab.rules.language import Pattern
from prehab.rules.lists import Group, groups, together
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate

__all__ = ["aggregates_of", "enough", "kept"]


def enough(pack: Pack, kind: str, also: Iterable[Sequence[Pattern]] = ()) -> int:
    """How many facts of a kind have to be drawn for any number of them; none where nothing looks at them.

    Args:
        pack: The pack.
        kind: A kind of which a runner tells a list.
        also: What else is looked for together, such as the patterns of statements.
    """
    found = _groups(pack, kind, also)
    taken = _taken(pack, kind)
    if not (found or aggregates_of(pack, kind)):
        return 0
    values = sum(len(takes) + 1 for takes in taken.values())
    return 1 + min(sum(map(len, found)), sum(together(found).values())) + values


def aggregates_of(pack: Pack, kind: str) -> list[Aggregate]:
    """What is worked out over a kind."""
    every = (one for about in pack.aggregates.values() for one in about.fields.values())
    return [one for one in every if one.of.partition(".")[0] == kind]


def _groups(pack: Pack, kind: str, also: Iterable[Sequence[Pattern]]) -> set[Group]:
    return groups((*(variant.patterns for variant in pack.variants), *also), kind)


def _taken(pack: Pack, kind: str) -> Mapping[str, set[str]]:
    """For each field of a kind what aggregates take of it."""
    taken: dict[str, set[str]] = {}
    for one in aggregates_of(pack, kind):
        if one.take != "count":
            taken.setdefault(one.of.partition(".")[2], set()).add(one.take)
    return taken


def kept(
    pack: Pack, kind: str, facts: Sequence[Fact], meets: Callable[[Pattern, Fact], bool],
    also: Iterable[Sequence[Pattern]] = (),
) -> list[Fact]:  # fmt: skip
    """A part of a list, no longer than ``enough``, about which rules conclude the same as about the whole.

    Args:
        pack: The pack.
        kind: The kind.
        facts: All facts of the kind.
        meets: Whether a fact meets a pattern.
        also: What else is looked for together.
    """
    most = enough(pack, kind, also)
    if not most or len(facts) <= most:
        return list(facts) if most else []
    combined = _groups(pack, kind, also)
    most_of = together(combined)
    found: dict[str, Fact] = {}
    if sum(map(len, combined)) <= sum(most_of.values()):
        for group in combined:
            found.update((fact.name, fact) for fact in _largest(group, facts, meets))
    else:
        for pattern, most in most_of.items():
            found.update((fact.name, fact) for fact in [f for f in facts if meets(pattern, f)][:most])
    for name, takes in _taken(pack, kind).items():
        found.update((fact.name, fact) for fact in _decisive(pack, kind, name, takes, facts))
    some = dict.fromkeys((*found.values(), *facts[:1]))
    return sorted(some)


def _largest(group: Group, facts: Sequence[Fact], meets: Callable[[Pattern, Fact], bool]) -> list[Fact]:
    """The facts of a largest choice of different ones for the patterns, found by making way for one another."""
    holder: dict[str, int] = {}

    def place(number: int, tried: set[str]) -> bool:
        for fact in facts:
            if fact.name not in tried and meets(group[number], fact):
                tried.add(fact.name)
                if fact.name not in holder or place(holder[fact.name], tried):
                    holder[fact.name] = number
                    return True
        return False

    for number in range(len(group)):
        place(number, set())
    return [fact for fact in facts if fact.name in holder]


def _decisive(pack: Pack, kind: str, name: str, takes: set[str], facts: Sequence[Fact]) -> Iterator[Fact]:
    """The facts that decide what an aggregate takes: one with the value, and one without any."""
    field = pack.kinds[kind].fields[name]

    def place(fact: Fact) -> Any:
        value = fact.values[name]
        return field.values.index(value) if field.type == "choice" else value

    known = [fact for fact in facts if fact.values.get(name) is not None]
    if known and "min" in takes:
        yield min(known, key=place)
    if known and takes & {"max", "any"}:
        yield max(known, key=place)
    yield from [fact for fact in facts if fact.values.get(name) is None][:1]
