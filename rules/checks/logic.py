"""What follows from the conditions of a rule alone: whether they can be met, and whether they imply another's.

Everything here holds for every permitted value of every parameter, or, with ``at_values``, for the pack's own. It is
decided without search, so it may miss what only a proof finds, but what it says is so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from prehab.rules.language import Pattern, Test
from prehab.rules.layers import concluded
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field, Kind, Parameter

__all__ = ["Domains", "Logic", "Orders", "Site", "asked", "by_field"]

Site = str
"""A variable of a rule, or the value that stands, without a name, in a field of one of its patterns."""

Words = frozenset[str | bool]
_UP, _DOWN = ("at_least", "above"), ("at_most", "below")


class Orders:
    """The range in which each parameter may lie, narrowed by the orders (`at_most`), and which is never above which."""

    def __init__(self, parameters: Mapping[str, Parameter], *, at_values: bool = False) -> None:
        self.low = {name: float(p.value if at_values else p.range[0]) for name, p in parameters.items()}
        self.high = {name: float(p.value if at_values else p.range[1]) for name, p in parameters.items()}
        self.above: dict[str, frozenset[str]] = {}
        for name in parameters:
            chain: list[str] = []
            upper = parameters[name].at_most
            while upper is not None and upper in parameters and upper not in chain:
                chain.append(upper)
                upper = parameters[upper].at_most
            self.above[name] = frozenset(chain)
            for higher in chain:
                self.high[name] = min(self.high[name], self.high[higher])
                self.low[higher] = max(self.low[higher], self.low[name])

    def never_above(self, one: str, other: str) -> bool:
        """Whether one parameter is at most the other, whatever permitted values they have."""
        return one == other or other in self.above[one] or self.high[one] <= self.low[other]

    def always_below(self, one: str, other: str) -> bool:
        """Whether one parameter is less than the other, whatever permitted values they have."""
        return self.high[one] < self.low[other]


@dataclass(frozen=True)
class Domains:
    """What the variables of a rule can stand for: injuries for a complaint, words for the rest."""

    injuries: dict[Site, frozenset[str]]
    words: dict[Site, Words]
    apart: str | None = None
    """The site at which nothing is left; then the rule can never fire."""


class Logic:
    """Decides about the conditions of one pack.

    Args:
        pack: The pack.
        at_values: Whether the parameters have the pack's own values, or any that are permitted.
        all_derived: Whether everything may be derived, of any complaint: where the rules that do are not all known.
    """

    def __init__(self, pack: Pack, *, at_values: bool = False, all_derived: bool = False) -> None:
        self.pack = pack
        self.all_derived = all_derived
        self.orders = Orders(pack.parameters, at_values=at_values)
        self._graph: dict[tuple[str, str], tuple[frozenset[str], Mapping[str | bool, frozenset[str]]]] = {}
        self._where: dict[tuple[Pattern, ...], Domains] = {}
        self._domains: dict[int, tuple[Field, Words | None]] = {}
        self._sited: dict[str, frozenset[str]] = {}
        self._having: dict[tuple[str, str, Words], frozenset[str]] = {}
        self._words: dict[tuple[str, str, frozenset[str]], Words] = {}
        self.known = tuple(
            name for name, one in pack.kinds["complaint"].fields.items() if one.always and name != "key"
        ) if "complaint" in pack.kinds else ()  # fmt: skip

    # -- one field ----------------------------------------------------------------------------------------------------

    def domain(self, of: Field) -> Words | None:
        """Every value that a field of words can have; None for numbers and for complaints, which have no list."""
        if id(of) not in self._domains:
            self._domains[id(of)] = of, self._domain(of)
        return self._domains[id(of)][1]

    def _domain(self, of: Field) -> Words | None:
        if of.type == "boolean":
            return frozenset({True, False})
        if of.type == "choice":
            return frozenset(of.values)
        if of.type != "ref" or of.to == "complaint":
            return None
        if of.to == "injury":
            return frozenset(self.pack.catalogue.injuries)
        if of.to == "gate":
            return frozenset(self.pack.gates)
        for kind in self.pack.kinds.values():
            if of.to in kind.keys:
                return frozenset(kind.keys[of.to])
        return frozenset(self.pack.catalogue.words.get(f"{of.to}s", ()))

    def left(self, of: Field, tests: Iterable[Test]) -> Words | None:
        """The words that meet all tests of a field."""
        words = self.domain(of)
        for test in tests:
            if test.op == "unknown":
                return frozenset()
            if words is not None and test.op in ("is", "is_not"):
                words = frozenset(w for w in words if (w in test.words) == (test.op == "is"))
        return words

    def met_unknown(self, of: Field, tests: Iterable[Test]) -> bool:
        """Whether a value that is not known meets all tests of a field."""
        return not of.always and all(test.met_unknown for test in tests)

    def possible(self, of: Field, tests: list[Test]) -> bool:
        """Whether some value, or none, meets all tests of a field."""
        if self.met_unknown(of, tests):
            return True
        if any(test.op == "unknown" for test in tests):
            return False
        words = self.left(of, tests)
        if words is not None:
            return bool(words)
        numbers = [test for test in tests if test.parameter is not None]
        return not (
            any(self._out_of_reach(of, test) for test in numbers)
            or any(
                self._apart(up, down) for up in numbers if up.op in _UP for down in numbers if down.op in _DOWN
            )
        )  # fmt: skip

    def _out_of_reach(self, of: Field, test: Test) -> bool:
        """Whether no value in the range of a field meets a comparison."""
        if of.range is None:
            return False
        low, high = self.orders.low[str(test.parameter)], self.orders.high[str(test.parameter)]
        return {
            "at_least": low > of.range[1],
            "above": low >= of.range[1],
            "at_most": high < of.range[0],
            "below": high <= of.range[0],
        }[test.op]

    def _apart(self, up: Test, down: Test) -> bool:
        """Whether no number is on the right side of both bounds."""
        if up.op == "at_least" and down.op == "at_most":
            return self.orders.always_below(str(down.parameter), str(up.parameter))
        return self.orders.never_above(str(down.parameter), str(up.parameter))

    def met_by_all(self, of: Field, test: Test) -> bool:
        """Whether every value of a field, once it is known, meets a test."""
        if test.op == "known":
            return True
        if test.op == "unknown":
            return False
        words = self.domain(of)
        if words is not None:
            return self.left(of, [test]) == words
        if test.parameter is None or of.range is None:
            return False
        low, high = self.orders.low[test.parameter], self.orders.high[test.parameter]
        return {
            "at_least": high <= of.range[0],
            "above": high < of.range[0],
            "at_most": low >= of.range[1],
            "below": low > of.range[1],
        }[test.op]

    def follows(self, of: Field, tests: list[Test], wanted: Test, left: Words | None = None) -> bool:
        """Whether whatever meets all tests of a field meets another one as well."""
        if self.met_unknown(of, tests) and not wanted.met_unknown:
            return False
        if any(test.op == "unknown" for test in tests) or self.met_by_all(of, wanted):
            return True
        words = self.left(of, tests) if left is None else left
        if words is not None:
            return words <= (self.left(of, [wanted]) or frozenset())
        return any(self._within(test, wanted) for test in tests if test.parameter and wanted.parameter)

    def _within(self, test: Test, wanted: Test) -> bool:
        """Whether a comparison is at least as narrow as another."""
        one, other = str(test.parameter), str(wanted.parameter)
        if test.op in _UP and wanted.op in _UP:
            strict = wanted.op == "above" and test.op == "at_least"
            return self.orders.always_below(other, one) if strict else self.orders.never_above(other, one)
        if test.op in _DOWN and wanted.op in _DOWN:
            strict = wanted.op == "below" and test.op == "at_most"
            return self.orders.always_below(one, other) if strict else self.orders.never_above(one, other)
        return False

    # -- one rule -----------------------------------------------------------------------------------------------------

    def clash(self, pattern: Pattern) -> str | None:
        """The field of a pattern whose tests no fact can meet together."""
        kind = self.pack.kinds[pattern.kind]
        tests_of = by_field(pattern)
        return next((name for name, tests in tests_of.items() if not self.possible(kind.fields[name], tests)), None)

    @cached_property
    def derivable(self) -> dict[str, frozenset[str]]:
        """For each derived kind the injuries of the complaints that it can be concluded about."""
        every = frozenset(self.pack.catalogue.injuries)
        found: dict[str, frozenset[str]] = dict.fromkeys(self.pack.derived, every)
        if self.all_derived:
            return found
        for layer in sorted({variant.layer for variant in self.pack.variants}):
            made: dict[str, frozenset[str]] = {}
            for variant in self.pack.variants:
                rule = self.pack.rules[variant.rule]
                names = [thing for thing in concluded(rule) if thing in found]
                if variant.layer > layer or not names:
                    continue
                where = self.where(variant.patterns, found)
                for effect in rule.effects:
                    name = str(effect.data.get("fact"))
                    if effect.type == "derive" and name in found:
                        about = frozenset().union(*(where.injuries.get(v, every) for v in effect.variables))
                        made[name] = made.get(name, frozenset()) | (about if where.apart is None else frozenset())
            found.update(made)
        return found

    def where(self, patterns: tuple[Pattern, ...], derivable: Mapping[str, frozenset[str]] | None = None) -> Domains:
        """What the variables of a rule can stand for, as far as the graph tells."""
        if derivable is not None:
            return self._reached(patterns, derivable)
        if patterns not in self._where:
            self._where[patterns] = self._reached(patterns, self.derivable)
        return self._where[patterns]

    def _reached(self, patterns: tuple[Pattern, ...], reach: Mapping[str, frozenset[str]]) -> Domains:
        found = Domains({}, {})
        sites = [self.sites(number, pattern) for number, pattern in enumerate(patterns)]
        for _ in range(2 * len(patterns) + 1):  # each pattern may narrow what the others leave
            before = dict(found.injuries), dict(found.words)
            for pattern, at in zip(patterns, sites, strict=True):
                self._narrow(pattern, at, found, reach)
            if (found.injuries, found.words) == before:
                break
        empty = [site for table in (found.injuries, found.words) for site, left in table.items() if not left]
        return replace(found, apart=min(empty)) if empty else found

    def _narrow(
        self, pattern: Pattern, at: dict[str, Site], found: Domains, reach: Mapping[str, frozenset[str]]
    ) -> None:
        """Take out what a pattern does not leave: by its tests, and by what the graph knows of its complaint."""
        fields, words = self.pack.kinds[pattern.kind].fields, found.words
        for name, site in at.items():
            tests = [test for test in pattern.tests if test.field == name]
            here = self.left(fields[name], tests)
            if here is not None and (fields[name].always or not self.met_unknown(fields[name], tests)):
                words[site] = words.get(site, here) & here
        complaint = next((at[name] for name, field in fields.items() if name in at and field.to == "complaint"), None)
        if complaint is None:
            return
        every = frozenset(self.pack.catalogue.injuries)
        left = found.injuries.get(complaint, every) & reach.get(pattern.kind, every)
        found.injuries[complaint] = kept = self._kept(pattern.kind, at, words, left)
        for name, site in at.items():
            untold, by_word = self._told(pattern.kind, name)
            if kept.isdisjoint(untold):
                key = (pattern.kind, name, kept)
                if key not in self._words:
                    having = by_word.items()
                    self._words[key] = frozenset(word for word, those in having if not kept.isdisjoint(those))
                words[site] = words.get(site, self._words[key]) & self._words[key]

    def sites(self, number: int, pattern: Pattern) -> dict[str, Site]:
        """For each field of words of a pattern, its variable or, without one, a name for the place."""
        fields = self.pack.kinds[pattern.kind].fields
        if pattern.kind not in self._sited:
            self._sited[pattern.kind] = frozenset(
                name
                for name, one in fields.items()
                if one.to == "complaint" or (one.always and self.domain(one) is not None)
            )
        bound, sited = dict(pattern.binds), self._sited[pattern.kind]
        return {
            name: bound.get(name) or f"{pattern.kind}.{name} ({number + 1})"
            for name in fields
            if name in bound or name in sited
        }

    def _told(self, kind: str, name: str) -> tuple[frozenset[str], Mapping[str | bool, frozenset[str]]]:
        """The injuries of which the graph does not tell a field; and which have it for each word, where it tells."""
        key = (kind, name)
        if key not in self._graph:
            injuries = self.pack.catalogue.injuries
            by_word: dict[str | bool, frozenset[str]] = {}
            if kind == "affects" and name == "structure":
                told = {injury: frozenset(known.affects) for injury, known in injuries.items()}
            elif kind == "complaint" and name in self.known:
                told = {i: frozenset({self.pack.catalogue.known_of(known)[name]}) for i, known in injuries.items()}
            else:
                told = {}
            for word in frozenset().union(*told.values()):
                by_word[word] = frozenset(injury for injury, words in told.items() if word in words)
            self._graph[key] = frozenset(injuries) - told.keys(), by_word
        return self._graph[key]

    def _kept(
        self, kind: str, at: dict[str, Site], words: Mapping[Site, Words], injuries: frozenset[str]
    ) -> frozenset[str]:
        """The injuries that have one of the words left at every place of a fact."""
        for name, site in at.items():
            left = words.get(site)
            if left is not None:
                key = (kind, name, left)
                if key not in self._having:
                    untold, by_word = self._told(kind, name)
                    self._having[key] = untold.union(*(by_word[word] for word in left if word in by_word))
                injuries &= self._having[key]
        return injuries

    # -- two rules ----------------------------------------------------------------------------------------------------

    def implies(
        self, one: tuple[Pattern, ...], other: tuple[Pattern, ...], here: Domains | None = None
    ) -> dict[str, Site] | None:
        """Whether another rule's patterns find facts whenever one's do: then what its variables stand for there.

        Args:
            one: The patterns that are met.
            other: The patterns that may follow from them.
            here: What ``where`` says of the first, where that is known already.
        """
        here = here or self.where(one)
        return next(self._cover(one, other, here, (), {}), None) if here.apart is None else None

    def _cover(
        self,
        one: tuple[Pattern, ...],
        other: tuple[Pattern, ...],
        here: Domains,
        used: tuple[int, ...],
        bound: dict[str, Site],
    ) -> Iterator[dict[str, Site]]:
        if len(used) == len(other):
            yield bound
            return
        wanted = other[len(used)]
        if self._always_there(wanted, other):
            yield from self._cover(one, other, here, (*used, -1), bound)
        for number, pattern in enumerate(one):
            if number in used or pattern.kind != wanted.kind or not self._meets(pattern, number, wanted, here):
                continue
            sites = self.sites(number, pattern)
            added = {variable: sites[name] for name, variable in wanted.binds}
            if all(bound.get(variable, site) == site for variable, site in added.items()):
                yield from self._cover(one, other, here, (*used, number), {**bound, **added})

    def needs(self, patterns: tuple[Pattern, ...]) -> frozenset[str]:
        """Kinds, and fields of kinds, that whatever implies these patterns has to ask about."""
        found: set[str] = set()
        for pattern in patterns:
            if not self._always_there(pattern, patterns):
                fields = self.pack.kinds[pattern.kind].fields
                found.add(pattern.kind)
                found |= {f"{pattern.kind}.{t.field}" for t in pattern.tests if not self._untold(fields[t.field], t)}
        return frozenset(found)

    def _untold(self, of: Field, test: Test) -> bool:
        """Whether a test may be met without another test of its field."""
        return of.always or (self.met_by_all(of, test) and test.unknown)

    def _always_there(self, wanted: Pattern, other: tuple[Pattern, ...]) -> bool:
        """Whether every runner has a fact for a pattern, and one that no other pattern needs."""
        kind: Kind = self.pack.kinds[wanted.kind]
        alone = sum(pattern.kind == wanted.kind for pattern in other) == 1
        return kind.cardinality != "many" and alone and not wanted.binds and all(
            (self.met_by_all(kind.fields[t.field], t) and (t.unknown or kind.fields[t.field].always))
            or (t.field in kind.keys and t.op == "is")
            for t in wanted.tests
        )  # fmt: skip

    def _meets(self, pattern: Pattern, number: int, wanted: Pattern, here: Domains) -> bool:
        """Whether every fact that meets one pattern meets the other's tests."""
        fields = self.pack.kinds[pattern.kind].fields
        tests_of, sites = by_field(pattern), self.sites(number, pattern)
        return all(
            self.follows(fields[t.field], tests_of.get(t.field, []), t, here.words.get(sites.get(t.field, "")))
            if tests_of.get(t.field) or fields[t.field].always
            else self._untold(fields[t.field], t)
            for t in wanted.tests
        )


def asked(patterns: tuple[Pattern, ...]) -> frozenset[str]:
    """The kinds, and fields of kinds, that patterns ask about."""
    fields = {f"{pattern.kind}.{test.field}" for pattern in patterns for test in pattern.tests}
    return frozenset(fields | {pattern.kind for pattern in patterns})


def by_field(pattern: Pattern) -> dict[str, list[Test]]:
    """The tests of a pattern, by the field that they test."""
    found: dict[str, list[Test]] = {}
    for test in pattern.tests:
        found.setdefault(test.field, []).append(test)
    return found
