"""Runner and graph to facts: the only place where the two meet.

What the vocabulary declares is built here and nothing else: told values, what the log answers too, careful readings of
answers that cannot all be true, aggregates, and what the graph knows of each complaint. The order in which complaints
and sessions are listed means nothing: facts are numbered by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from marshal import dumps
from math import inf
from operator import attrgetter
from typing import Any, Generic, NamedTuple, TypeVar

from prehab.dates import counted
from prehab.graph.budgets import LISTED
from prehab.graph.index import union
from prehab.graph.once import ByNeed
from prehab.graph.schema import Injury, make
from prehab.history import History
from prehab.program import Fact, Made, Program
from prehab.rules.language import CarefulReading, Pattern
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate, Field, Kind
from prehab.runner import Complaint, LoggedSession, Runner

__all__ = ["Fact", "FactBuilder", "Facts", "position_of", "presumed"]

Reader = Callable[[Any], dict[str, Any]]
Kept = TypeVar("Kept")
MOST_KEPT = 16
"""How many facts, or groups of facts, of each kind are remembered by what was told."""

PLACE = "/place"
"""How the key of a complaint ends that stands for the place beside a name from elsewhere."""


def position_of(key: str) -> int:
    """Where the complaint of a key stands in the runner file, from 0."""
    return int(key[1:].partition("/")[0]) - 1


class Facts:
    """All facts of a run, by kind; ``notes`` says what was read carefully.

    ``shared`` has the kinds of which all facts were made before; ``met`` are the patterns that some fact meets; ``log``
    holds the sessions that are recent enough to say something, ``whole`` the lists of which ``by_kind`` holds only a
    part: whoever looks for other patterns than the rules do has to look there.
    """

    __slots__ = ("_reread", "by_kind", "log", "met", "notes", "program", "shared", "whole")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_kind: dict[str, list[Fact]] = {kind: [] for kind in program.pack.kinds}
        self.shared: dict[str, Made] = {}
        self.met = 0
        self.notes: list[str] = []
        self.log: tuple[LoggedSession, ...] = ()
        self.whole: dict[str, list[Fact]] = {}
        self._reread: dict[Fact, dict[str, Any]] = {}

    def add(self, kind: str, name: str, values: dict[str, Any]) -> Fact:
        """Add a fact after those of its kind; its bits are worked out here, once."""
        found, program = self.by_kind[kind], self.program
        fact = Fact(kind, name, values, program.bits(kind, values), program.first_numbers[kind] + len(found))
        found.append(fact)
        self.met |= fact.meets
        self.shared.pop(kind, None)
        return fact

    def add_words(self, kind: str, name: str, **values: str | bool | None) -> None:
        """Add a fact of words alone; few of them are told apart, and they are made once."""
        found, program = self.by_kind[kind], self.program
        fact = program.in_words(kind, name, program.first_numbers[kind] + len(found), **values)
        found.append(fact)
        self.met |= fact.meets
        self.shared.pop(kind, None)

    def put(self, kind: str, made: Made) -> None:
        """Add facts that were made before, under the numbers that they have."""
        found = self.by_kind[kind]
        if found:
            self.shared.pop(kind, None)
        else:
            self.shared[kind] = made
        found += made.facts
        self.met |= made.met

    @property
    def lacking(self) -> int:
        """The patterns that some fact fails only for want of an answer."""
        return union([fact.possible ^ fact.meets for found in self.by_kind.values() for fact in found])

    def read(self, fact: Fact) -> dict[str, Any]:
        """The values of a fact as they are to be read: as told, unless they were read otherwise since."""
        return self._reread.get(fact, fact.values)

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
            self.shared.pop(fact.kind, None)
            found[found.index(fact)] = Fact(fact.kind, fact.name, values, met, fact.number)
        self._reread = {}
        self.met = union([fact.meets for found in self.by_kind.values() for fact in found])

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
            self.shared.pop(kind, None)


class FactBuilder:
    """Builds the facts of a runner, as the vocabulary declares them.

    What runners leave out is left out by many, and what they tell in words is told by many alike: such facts are made
    once, and are those of all of them.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.history = History(program)
        self.about: ByNeed[str, dict[str, Any]] = ByNeed(
            lambda injury: pack.catalogue.known_of(pack.catalogue.injuries[injury])
        )
        self.careful = [_Careful(pack, *one) for one in zip(pack.careful, program.careful, strict=True)]
        self.aggregates = [_Aggregates(program, kind) for kind in pack.aggregates]
        self.told: list[Callable[[Runner, Facts], None]] = []
        for name, kind in pack.kinds.items():
            joined = (kind.source or "").startswith("@")
            if joined or name == "gate" or name in pack.aggregates or name in pack.derived:
                continue
            source = name if kind.source is None else kind.source
            sources = {
                field: one.source or field
                for field, one in kind.fields.items()
                if field not in kind.keys and not (name == "complaint" and one.always)
            }
            if name == "complaint":
                self.told.append(self._complaints(sources))
            elif kind.cardinality == "one":
                self.told.append(_section(program, name, source, sources))
            elif kind.cardinality == "many":
                self.told.append(_listed(name, source, _reader(sources)))
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
            facts.settle()
        self._read_carefully(facts)
        for aggregates in self.aggregates:
            aggregates.add(facts)
        facts.shorten()
        return facts

    # -- complaints ---------------------------------------------------------------------------------------------------

    def _complaints(self, sources: Mapping[str, str]) -> Callable[[Runner, Facts], None]:
        injuries, regions = self.pack.catalogue.injuries, self.pack.catalogue.words["regions"]
        order, first = _worst_first(self.pack.kinds["complaint"]), self.program.first_numbers["complaint"]

        def make(program: Program, told: tuple[Any, ...]) -> _Complained:
            side, key, injury, *values = told
            read = dict(zip(names, values, strict=True)) | {"key": key, **self.about[injury]}
            rank = order(read, side)
            self._read_implied("complaint", read)
            return _Complained(read, rank, program.bits("complaint", read), {})

        names, read, told_lately = tuple(sources), _values_of(sources), _Lately(make)

        def tell(runner: Runner, facts: Facts) -> None:
            if not runner.complaints:
                return
            sites: dict[str, list[str]] = {}
            found = [
                (told_lately.of((complaint.side, key, injury.id, *told), facts.program), complaint, injury)
                for position, complaint in enumerate(runner.complaints, 1)
                for told in (read(complaint),)
                for key, injury in self._named(position, complaint, pregnant=runner.medical.pregnant is True)
            ]
            if len(found) > 1:
                found.sort(key=lambda one: one[0].rank)
            for number, (complained, complaint, injury) in enumerate(found, first):
                key = complained.values["key"]
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
                facts.put("complaint", complained.made(number))
                sides = ("left", "right") if complaint.side in (None, "both") else (complaint.side,)
                sites.setdefault(injury.region, []).extend(sides)
                for side in sides:
                    facts.add_words("sore_leg", f"{key}/{side}", complaint=key, side=side)
                for structure in injury.affects:
                    facts.add_words("affects", f"{key}/{structure}", complaint=key, structure=structure)
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
        for reading in self.careful:
            if facts.met & reading.needed != reading.needed:
                continue
            found, contradicted = reading.found(facts), False
            for fact in found:
                told = fact.values
                other = {name: value for name, value in reading.worst.items() if told.get(name) != value}
                if other:  # an unknown one too: who does not say may not be allowed more
                    contradicted |= any(told.get(name) is not None for name in other)
                    facts.reread(fact, other)
            facts.settle()
            if (contradicted or (found and not reading.worst)) and reading.say not in facts.notes:
                facts.notes.append(reading.say)

    def _meets(self, pattern: Pattern, values: Mapping[str, Any]) -> bool:
        parameters = self.program.parameters
        return all(test.met(values.get(test.field), parameters) for test in pattern.tests)


class _Lately(Generic[Kept]):
    """Remembers what was made lately, by what was told: to the letter, for 4 is told otherwise than 4.0.

    Args:
        make: Makes it, for a program.
        most: At least so many are remembered, and at most twice as many.
    """

    def __init__(self, make: Callable[[Program, tuple[Any, ...]], Kept], most: int = MOST_KEPT) -> None:
        self._make = make
        self._most = most
        self._young: dict[bytes, Kept] = {}
        self._old: dict[bytes, Kept] = {}

    def of(self, told: tuple[Any, ...], program: Program) -> Kept:
        """What was made of what was told, or else is now."""
        try:
            key = dumps(told, _AS_IT_IS)
        except ValueError:  # nothing of a runner that was checked
            return self._make(program, told)
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key) or self._make(program, told)
            if len(self._young) >= self._most:
                self._old, self._young = self._young, {}
            self._young[key] = found
        return found


_AS_IT_IS = 2
"""The version of ``marshal`` that writes numbers as they are, and nothing of where else a value is used."""


class _Complained(NamedTuple):
    """A complaint: its values, how bad it is beside others, what it meets, and its fact, by the number that it has."""

    values: dict[str, Any]
    rank: Any
    met: tuple[int, int, int]
    facts: dict[int, Made]

    def made(self, number: int) -> Made:
        """Its fact of a number."""
        found = self.facts.get(number)
        if found is None:
            fact = Fact("complaint", self.values["key"], self.values, self.met, number)
            found = self.facts[number] = Made([fact])
        return found


class _Careful:
    """A careful reading: ``needed`` are the patterns without which it looks at nothing, ``worst`` what is read then."""

    def __init__(self, pack: Pack, reading: CarefulReading, bits: Sequence[int]) -> None:
        self.needed = union(bits)
        self.say = reading.say
        self.of = reading.of
        self.worst = {name: pack.kinds[reading.of].fields[name].worst() for name in reading.fields}
        told = list(zip(reading.when, bits, strict=True))
        self.own = next((bit for pattern, bit in told if pattern.kind == reading.of), None)
        self.others = [(pattern.kind, bit) for pattern, bit in told if pattern.kind != reading.of]

    def found(self, facts: Facts) -> list[Fact]:
        """The facts that are to be read carefully; of legs, those that the complaints in question are about."""
        by_kind, own = facts.by_kind, self.own
        found = [fact for fact in by_kind[self.of] if own is None or fact.meets & own]
        for kind, bit in self.others:
            there = [fact for fact in by_kind[kind] if fact.meets & bit]
            if not there or not found:
                return []
            if kind == "complaint" and "side" in found[0].values:
                keys = {fact.name for fact in there}
                sore = {leg.values["side"] for leg in by_kind["sore_leg"] if leg.values["complaint"] in keys}
                found = [fact for fact in found if fact.values["side"] in sore]
        return found


class _Aggregates:
    """Works out the fact of a kind that is about all facts of others."""

    def __init__(self, program: Program, kind: str) -> None:
        pack = program.pack
        self.kind = kind
        fields = pack.aggregates[kind].fields
        self._fields = [(*one.of.partition(".")[::2], one, _order(pack, one)) for one in fields.values()]
        self._names = [each for name in fields for each in (name, f"{name}_so_far")]
        self._lately = _Lately(self._made)

    def add(self, facts: Facts) -> None:
        """Add it to the facts that it is about."""
        facts.put(self.kind, self._lately.of(self._told(facts.by_kind), facts.program))

    def _made(self, program: Program, told: tuple[Any, ...]) -> Made:
        return _alone(program, self.kind, dict(zip(self._names, told, strict=True)))

    def _told(self, by_kind: Mapping[str, Sequence[Fact]]) -> tuple[Any, ...]:
        """Each value as far as everything is known, and after it as far as anything is."""
        told: list[Any] = []
        for of_kind, field, one, order in self._fields:
            members = by_kind[of_kind]
            if one.take == "count" or not members:
                told += [len(members) if one.take == "count" else one.empty] * 2
                continue
            known = [value for fact in members if (value := fact.values.get(field)) is not None]
            if not known:
                told += (None, None)
            elif one.take == "any":
                so_far = True in known or None
                told += (so_far if so_far or len(known) < len(members) else False, so_far)
            else:
                so_far = (min if one.take == "min" else max)(known, key=order)
                told += (so_far if len(known) == len(members) else None, so_far)
        return tuple(told)


def _alone(program: Program, kind: str, values: dict[str, Any]) -> Made:
    """The fact of a kind of which there is one."""
    return Made([Fact(kind, kind, values, program.bits(kind, values), program.first_numbers[kind])])


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


def _worst_first(kind: Kind) -> Callable[[dict[str, Any], str | None], Any]:
    """An order of complaints by what they say: field by field, what is worse first, then the injury and the side."""
    directed = [(name, _rank(field)) for name, field in kind.fields.items() if field.worst() is not None]
    rest = [name for name, field in kind.fields.items() if field.worst() is None and name != "key"]

    def order(values: dict[str, Any], side: str | None) -> Any:
        worst = [rank(values[name]) for name, rank in directed]
        return worst, _in_order({name: values[name] for name in rest}), side or ""

    return order


def _rank(field: Field) -> Callable[[Any], float]:
    """How a value of a field is ordered: what is worse first, and what is not known last."""
    sign = -1 if field.worse == "higher" else 1
    if field.type in ("choice", "boolean"):
        ranks = {value: sign * number for number, value in enumerate(field.values or (False, True))}
        return {**ranks, None: inf}.__getitem__
    return lambda value: inf if value is None else sign * value


def _values_of(sources: Mapping[str, str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads the values of fields off an object, each from its own place there; from a part of it, all in one go."""
    parts: list[tuple[str, list[str]]] = []
    for source in sources.values():
        part, _, name = source.rpartition(".")
        if not parts or parts[-1][0] != part:
            parts.append((part, []))
        parts[-1][1].append(name)
    readers = [(attrgetter(part) if part else None, _attributes(names)) for part, names in parts]
    if len(readers) == 1 and readers[0][0] is None:
        return readers[0][1]

    def read(told: Any) -> tuple[Any, ...]:
        found: tuple[Any, ...] = ()
        for get_part, get in readers:
            found += get(told if get_part is None else get_part(told))
        return found

    return read


def _attributes(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Reads attributes off an object, of which there may be one."""
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda told: (get(told),)


def _reader(sources: Mapping[str, str]) -> Reader:
    """The same, by the names of the fields."""
    names, read = tuple(sources), _values_of(sources)
    return lambda told: dict(zip(names, read(told), strict=True))


def _section(program: Program, kind: str, source: str, sources: Mapping[str, str]) -> Callable[[Runner, Facts], None]:
    """The fact of a section."""
    get_section: Callable[[Any], Any] = attrgetter(source) if source else lambda runner: runner
    names, read = tuple(sources), _values_of(sources)
    blank = get_section(make(Runner))

    def made(program: Program, told: tuple[Any, ...]) -> Made:
        return _alone(program, kind, dict(zip(names, told, strict=True)))

    untold: ByNeed[str, Made] = ByNeed(lambda _: made(program, read(blank)))
    lately = _Lately(made)

    def tell(runner: Runner, facts: Facts) -> None:
        section = get_section(runner)
        facts.put(kind, untold[kind] if section is blank else lately.of(read(section), facts.program))

    return tell


def _listed(kind: str, source: str, read: Reader) -> Callable[[Runner, Facts], None]:
    def tell(runner: Runner, facts: Facts) -> None:
        if entries := getattr(runner, source):
            told = sorted(map(read, entries), key=_in_order)  # whatever order they were listed in
            for position, values in enumerate(told, 1):
                facts.add(kind, f"{kind}{position}", values)

    return tell


def _in_order(values: dict[str, Any]) -> list[tuple[bool, Any]]:
    return [(value is None, 0 if value is None else value) for value in values.values()]


def _keyed(program: Program, kind: str, source: str, key: str) -> Callable[[Runner, Facts], None]:
    """Facts of a kind that has one for each of some words, each with a section of its own."""
    about = program.pack.kinds[kind]
    names = tuple(name for name in about.fields if name != key)
    words, first = tuple(about.keys[key]), program.first_numbers[kind]
    readers = [(attrgetter(f"{source}.{word}"), _values_of({name: name for name in names})) for word in words]

    def made(program: Program, told: tuple[tuple[Any, ...], ...]) -> Made:
        facts = []
        for number, (word, one) in enumerate(zip(words, told, strict=True), first):
            values = {key: word, **dict(zip(names, one, strict=True))}
            facts.append(Fact(kind, word, values, program.bits(kind, values), number))
        return Made(facts)

    lately = _Lately(made)

    def tell(runner: Runner, facts: Facts) -> None:
        told = tuple([read(get_section(runner)) for get_section, read in readers])
        facts.put(kind, lately.of(told, facts.program))

    return tell


def _words(program: Program, kind: str, source: str, key: str) -> Callable[[Runner, Facts], None]:
    """Facts of one word each."""
    about = program.pack.kinds[kind]
    words = tuple(about.keys[key])
    (name,) = about.fields.keys() - {key}

    def made(program: Program, told: tuple[str | bool | None, ...]) -> Made:
        facts = Facts(program)
        for word, value in zip(words, told, strict=True):
            facts.add_words(kind, word, **{key: word, name: None if value == "not_assessed" else value})
        return Made(facts.by_kind[kind])

    lately = _Lately(made, 4 * MOST_KEPT)

    def tell(runner: Runner, facts: Facts) -> None:
        section = getattr(runner, source)
        if isinstance(section, tuple):
            told = tuple([word in section or None for word in words])
        else:
            told = tuple([getattr(section, word) for word in words])
        facts.put(kind, lately.of(told, facts.program))

    return tell
