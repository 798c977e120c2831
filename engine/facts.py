"""Runner and graph to facts: the only place where the two meet.

What the vocabulary declares is built here and nothing else: told values, what the log answers too, careful readings of
answers that cannot all be true, aggregates, and what the graph knows of each complaint. The order in which complaints
and sessions are listed means nothing: facts are numbered by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import lru_cache
from operator import attrgetter
from typing import Any

from prehab.dates import counted
from prehab.graph.budgets import LISTED
from prehab.graph.index import union
from prehab.graph.once import ByNeed
from prehab.graph.schema import Injury, make
from prehab.history import History
from prehab.program import Program
from prehab.rules.language import Pattern
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate, Kind
from prehab.runner import Complaint, LoggedSession, Runner

__all__ = ["Fact", "FactBuilder", "Facts", "position_of", "presumed"]

Reader = Callable[[Any], dict[str, Any]]

PLACE = "/place"
"""How the key of a complaint ends that stands for the place beside a name from elsewhere."""


class Fact:
    """One fact: its kind, a name that is unique within the run, and its values. Facts are ordered by their numbers.

    ``bits`` are the tests that it meets, ``meets`` the patterns, ``possible`` those that no known value of it fails.
    """

    __slots__ = ("bits", "kind", "meets", "name", "number", "possible", "values")

    def __init__(
        self, kind: str, name: str, values: dict[str, Any], met: tuple[int, int, int], number: int = 0
    ) -> None:
        self.kind = kind
        self.name = name
        self.values = values
        self.bits, self.meets, self.possible = met
        self.number = number

    def __lt__(self, other: Fact) -> bool:
        return self.number < other.number

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name} {self.values}>"


def position_of(key: str) -> int:
    """Where the complaint of a key stands in the runner file, from 0."""
    return int(key[1:].partition("/")[0]) - 1


class Facts:
    """All facts of a run, by kind; ``notes`` says what was read carefully.

    ``met`` are the patterns that some fact meets, ``lacking`` those that some fact fails only for want of an answer;
    ``log`` holds the sessions that are recent enough to say something, ``whole`` the lists of which ``by_kind`` holds
    only a part: whoever looks for other patterns than the rules do has to look there.
    """

    __slots__ = ("_reread", "by_kind", "lacking", "log", "met", "notes", "program", "total", "whole")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_kind: dict[str, list[Fact]] = {kind: [] for kind in program.pack.kinds}
        self.met = 0
        self.lacking = 0
        self.notes: list[str] = []
        self.log: tuple[LoggedSession, ...] = ()
        self.whole: dict[str, list[Fact]] = {}
        self._reread: dict[Fact, dict[str, Any]] = {}
        self.total = 0

    def add(self, kind: str, name: str, values: dict[str, Any]) -> Fact:
        """Add a fact; its bits are worked out here, once."""
        fact = Fact(kind, name, values, self.program.bits(kind, values), self.total)
        self.put(fact)
        return fact

    def put(self, fact: Fact) -> None:
        """Add a fact that was made before, under the next number."""
        self.total += 1
        self.met |= fact.meets
        self.lacking |= fact.possible ^ fact.meets
        self.by_kind[fact.kind].append(fact)

    def read(self, fact: Fact) -> dict[str, Any]:
        """The values of a fact as they are to be read: as told, unless they were read otherwise since."""
        return self._reread.get(fact, fact.values)

    @property
    def is_reread(self) -> bool:
        """Whether something is to be read otherwise than it was told: then ``met`` does not count until ``settle``."""
        return bool(self._reread)

    def reread(self, fact: Fact, values: dict[str, Any]) -> None:
        """Read other values in place of some of a fact's; they count after ``settle``."""
        self._reread[fact] = {**self.read(fact), **values}

    def settle(self) -> None:
        """Put facts with the values that are to be read in place of those that were told."""
        if not self._reread:
            return
        for fact, values in self._reread.items():
            found = self.by_kind[fact.kind]
            met = self.program.bits(fact.kind, values)
            found[found.index(fact)] = Fact(fact.kind, fact.name, values, met, fact.number)
        self._reread = {}
        self.met = self.lacking = 0
        for found in self.by_kind.values():
            for fact in found:
                self.met |= fact.meets
                self.lacking |= fact.possible ^ fact.meets

    def shorten(self) -> None:
        """Leave of each long list as many facts as rules can tell apart, the first ones (``prehab.rules.lists``).

        For each pattern enough are left that meet it, and that may, once more is known; for each aggregate one that is
        to be asked for.
        """
        for kind, wanted in self.program.listed.items():
            facts = self.by_kind[kind]
            if len(facts) <= LISTED:
                continue
            left = [[most, most] for _, most in wanted]
            unsaid = set(self.program.taken[kind])
            kept: list[Fact] = []
            for fact in facts:
                ways = [2 if fact.meets & bit else 1 if fact.possible & bit else 0 for bit, _ in wanted]
                serving = [(number, way - 1) for number, way in enumerate(ways) if way and left[number][way - 1]]
                for number, way in serving:
                    left[number][way] -= 1
                lacking = {name for name in unsaid if fact.values.get(name) is None}
                unsaid -= lacking
                if serving or lacking:
                    kept.append(fact)
            self.whole[kind], self.by_kind[kind] = facts, kept


class FactBuilder:
    """Builds the facts of a runner, as the vocabulary declares them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.history = History(program)
        self.about: ByNeed[str, dict[str, Any]] = ByNeed(
            lambda injury: pack.catalogue.known_of(pack.catalogue.injuries[injury])
        )
        self.careful = [
            (one, union(bits), {name: pack.kinds[one.of].fields[name].worst() for name in one.fields})
            for one, bits in zip(pack.careful, program.careful, strict=True)
        ]
        self.aggregates = [
            (kind, [(name, *one.of.partition(".")[::2], one, _order(pack, one)) for name, one in about.fields.items()])
            for kind, about in pack.aggregates.items()
        ]
        self.told: list[Callable[[Runner, Facts], None]] = []
        for name, kind in pack.kinds.items():
            joined = (kind.source or "").startswith("@")
            if joined or name == "gate" or name in pack.aggregates or name in pack.derived:
                continue
            source = name if kind.source is None else kind.source
            read = _reader({
                field: one.source or field
                for field, one in kind.fields.items()
                if field not in kind.keys and not (name == "complaint" and one.always)
            })  # fmt: skip
            if name == "complaint":
                self.told.append(self._complaints(read))
            elif kind.cardinality == "one":
                self.told.append(_section(program, name, source, read))
            elif kind.cardinality == "many":
                self.told.append(_listed(name, source, read))
            else:
                key = next(iter(kind.keys))
                others = [field.source for name, field in kind.fields.items() if name != key]
                make = _words if others == [""] else _keyed
                self.told.append(make(program, name, source, key))

    def remembering(self) -> FactBuilder:
        """The same builder for runners who differ in little; it is to be let go of soon (``Program.remembering``)."""
        made = copy(self)
        made.program = self.program.remembering()
        return made

    def build(self, runner: Runner) -> Facts:
        """The facts of a runner."""
        facts = Facts(self.program)
        runner = counted(runner, facts.notes, self.pack.messages)
        for tell in self.told:
            tell(runner, facts)
        if runner.recent_sessions:
            self.history.read(runner, facts)
        self._read_carefully(facts)
        facts.settle()
        for kind, made in self._aggregates(facts):
            facts.add(kind, kind, made)
        facts.shorten()
        return facts

    # -- complaints ---------------------------------------------------------------------------------------------------

    def _complaints(self, read: Reader) -> Callable[[Runner, Facts], None]:
        injuries, regions = self.pack.catalogue.injuries, self.pack.catalogue.words["regions"]
        order = _worst_first(self.pack.kinds["complaint"])

        def tell(runner: Runner, facts: Facts) -> None:
            sites: dict[str, list[str]] = {}
            found = [
                (read(complaint) | {"key": key, **self.about[injury.id]}, complaint)
                for position, complaint in enumerate(runner.complaints, 1)
                for key, injury in self._named(position, complaint, pregnant=runner.medical.pregnant is True)
            ]
            if len(found) > 1:
                found.sort(key=lambda one: order(*one))
            for values, complaint in found:
                key, injury = values["key"], injuries[values["injury"]]
                if key.endswith(PLACE):
                    named = injuries[str(complaint.injury)]
                    facts.notes.append(
                        self.pack.messages(
                            "notes.name_and_place",
                            name=named.name,
                            named=regions[named.region]["name"],
                            told=regions[injury.region]["name"],
                        )
                    )
                elif complaint.injury is None and not injury.unnamed:
                    facts.notes.append(
                        self.pack.messages("notes.pregnancy", place=regions[complaint.region]["name"], name=injury.name)
                    )
                self._read_implied("complaint", values)
                facts.add("complaint", key, values)
                sides = ("left", "right") if complaint.side in (None, "both") else (complaint.side,)
                sites.setdefault(injury.region, []).extend(sides)
                for side in sides:
                    facts.add("sore_leg", f"{key}/{side}", {"complaint": key, "side": side})
                for structure in injury.affects:
                    facts.add("affects", f"{key}/{structure}", {"complaint": key, "structure": structure})
            for region, told in sites.items():
                if len(told) > len(set(told)):
                    facts.notes.append(self.pack.messages("notes.more_complaints", place=regions[region]["name"]))

        return tell

    def _read_implied(self, kind: str, values: dict[str, Any]) -> None:
        """What was not told, but follows from what was."""
        fields = self.pack.kinds[kind].fields
        for pattern, names in self.pack.implied:
            if pattern.kind == kind and self._meets(pattern, values):
                values.update({name: fields[name].best() for name in names if values.get(name) is None})

    def _named(self, position: int, complaint: Complaint, *, pregnant: bool) -> Iterator[tuple[str, Injury]]:
        """The injuries that a complaint stands for, each with its key.

        A name beside another place counts as two complaints, the injury and what the place alone stands for: so a name
        never softens what the place would call for.
        """
        injuries, region = self.pack.catalogue.injuries, complaint.region
        key = f"c{position}"
        if complaint.injury is not None:
            named = injuries[complaint.injury]
            yield key, named
            if region in (None, named.region):
                return
            key += PLACE
        yield key, injuries[presumed(self.pack.catalogue.words["regions"][region], complaint, pregnant=pregnant)]

    # -- answers that cannot all be true ------------------------------------------------------------------------------

    def _read_carefully(self, facts: Facts) -> None:
        """Read the more careful of answers that cannot all be true, and say so where one was contradicted."""
        for reading, needed, worst in self.careful:
            if facts.met & needed != needed and not facts.is_reread:
                continue
            own, others, found = reading.own, reading.others, facts.by_kind[reading.of]
            if own is not None:
                found = [fact for fact in found if self._meets(own, facts.read(fact))]
            if others and found:
                found = self._upset(found, others, facts)
            contradicted = bool(found) and not worst
            for fact in found:
                told = facts.read(fact)
                other = {name: value for name, value in worst.items() if told.get(name) != value}
                if other:  # an unknown one too: who does not say may not be allowed more
                    contradicted |= any(told.get(name) is not None for name in other)
                    facts.reread(fact, other)
            if contradicted and reading.say not in facts.notes:
                facts.notes.append(reading.say)

    def _upset(self, found: list[Fact], others: Sequence[Pattern], facts: Facts) -> list[Fact]:
        """Which of some facts are to be read carefully because of others; of legs, those that these are about."""
        for pattern in others:
            there = [fact for fact in facts.by_kind[pattern.kind] if self._meets(pattern, facts.read(fact))]
            if not there or not found:
                return []
            if pattern.kind == "complaint" and "side" in found[0].values:
                keys = {fact.name for fact in there}
                legs = facts.by_kind["sore_leg"]
                sore = {leg.values["side"] for leg in legs if leg.values["complaint"] in keys}
                found = [fact for fact in found if fact.values["side"] in sore]
        return found

    def _meets(self, pattern: Pattern, values: Mapping[str, Any]) -> bool:
        parameters = self.program.parameters
        return all(test.met(values.get(test.field), parameters) for test in pattern.tests)

    # -- aggregates ---------------------------------------------------------------------------------------------------

    def _aggregates(self, facts: Facts) -> Iterator[tuple[str, dict[str, Any]]]:
        for kind, fields in self.aggregates:
            values: dict[str, Any] = {}
            for name, of_kind, field, one, order in fields:
                members = facts.by_kind[of_kind]
                if one.take == "count":
                    values[name] = values[f"{name}_so_far"] = len(members)
                    continue
                known = [fact.values[field] for fact in members if fact.values.get(field) is not None]
                if one.take == "any":
                    so_far: Any = True if True in known else None
                    complete = so_far if so_far or len(known) < len(members) else False
                else:
                    pick = min if one.take == "min" else max
                    so_far = pick(known, key=order) if known else None
                    complete = so_far if len(known) == len(members) else None
                if not members:
                    so_far = complete = one.empty
                values[name], values[f"{name}_so_far"] = complete, so_far
            yield kind, values


def _order(pack: Pack, one: Aggregate) -> Callable[[Any], Any] | None:
    """How the values that an aggregate compares are ordered: words as the vocabulary lists them, the rest by itself."""
    kind, _, name = one.of.partition(".")
    field = None if one.take == "count" else pack.kinds[kind].fields[name]
    return field.values.index if field is not None and field.type == "choice" else None


def presumed(place: Mapping[str, Any], complaint: Complaint, *, pregnant: bool) -> str:
    """The injury that pain without a name is handled as.

    Args:
        place: The region as the word lists have it.
        complaint: What hurts. In a pregnancy pain on both sides may stand for another injury (``in_pregnancy``), unless
            something else is named too.
        pregnant: Whether the runner says that she is.
    """
    common = place.get("in_pregnancy")
    if common and pregnant and complaint.side == "both" and complaint.injury is None:
        return str(common)
    return str(place["presume"])


def _worst_first(kind: Kind) -> Callable[[dict[str, Any], Complaint], Any]:
    """An order of complaints by what they say: field by field, what is worse first, then the injury and the side."""
    directed = [
        (name, field, field.worse == "higher") for name, field in kind.fields.items() if field.worst() is not None
    ]
    rest = [name for name, field in kind.fields.items() if field.worst() is None and name != "key"]

    def order(values: dict[str, Any], complaint: Complaint) -> Any:
        worst = []
        for name, field, higher in directed:
            value = values[name]
            if field.type == "choice" and value is not None:
                value = field.values.index(value)
            worst.append((value is None, 0 if value is None else -value if higher else value))
        return worst, _in_order({name: values[name] for name in rest}), complaint.side or ""

    return order


def _reader(sources: Mapping[str, str]) -> Reader:
    """Reads the fields off an object, each from its own place there."""
    if len(sources) < 2:
        getters = {name: attrgetter(source) for name, source in sources.items()}
        return lambda told: {name: get(told) for name, get in getters.items()}
    names, get_all = tuple(sources), attrgetter(*sources.values())
    return lambda told: dict(zip(names, get_all(told), strict=True))


def _section(program: Program, kind: str, source: str, read: Reader) -> Callable[[Runner, Facts], None]:
    """The fact of a section. Many sections are left out, and the fact that nothing is told is made once."""
    get_section: Callable[[Any], Any] = attrgetter(source) if source else lambda runner: runner

    nothing = read(get_section(make(Runner)))

    @lru_cache(maxsize=256)
    def untold(number: int) -> Fact:
        return Fact(kind, kind, nothing, program.bits(kind, nothing), number)

    def tell(runner: Runner, facts: Facts) -> None:
        values = read(get_section(runner))
        if values == nothing:
            facts.put(untold(facts.total))
        else:
            facts.add(kind, kind, values)

    return tell


def _listed(kind: str, source: str, read: Reader) -> Callable[[Runner, Facts], None]:
    def tell(runner: Runner, facts: Facts) -> None:
        for position, values in enumerate(
            sorted(map(read, getattr(runner, source)), key=_in_order), 1
        ):  # whatever order they were listed in
            facts.add(kind, f"{kind}{position}", values)

    return tell


def _in_order(values: dict[str, Any]) -> list[tuple[bool, Any]]:
    return [(value is None, 0 if value is None else value) for value in values.values()]


def _keyed(program: Program, kind: str, source: str, key: str) -> Callable[[Runner, Facts], None]:
    about = program.pack.kinds[kind]
    read = _reader({name: name for name in about.fields if name != key})

    def tell(runner: Runner, facts: Facts) -> None:
        section = getattr(runner, source)
        for value in about.keys[key]:
            facts.add(kind, value, {key: value, **read(getattr(section, value))})

    return tell


def _words(program: Program, kind: str, source: str, key: str) -> Callable[[Runner, Facts], None]:
    """Facts of one word each. There are few of them, and they are made once."""
    about = program.pack.kinds[kind]
    (name,) = about.fields.keys() - {key}

    @lru_cache(maxsize=1024)
    def made(number: int, value: str, word: str | bool | None) -> Fact:
        values = {key: value, name: word}
        return Fact(kind, value, values, program.bits(kind, values), number)

    def tell(runner: Runner, facts: Facts) -> None:
        section = getattr(runner, source)
        for value in about.keys[key]:
            word = (value in section or None) if isinstance(section, tuple) else getattr(section, value)
            facts.put(made(facts.total, value, None if word == "not_assessed" else word))

    return tell
