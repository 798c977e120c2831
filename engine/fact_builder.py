"""Runner and graph to facts: the only place where the two meet.

What the vocabulary declares is built here and nothing else: told values, what the log answers too, careful readings of
answers that cannot all be true, aggregates, and what the graph knows of each complaint. The order in which complaints
and sessions are listed means nothing: facts are numbered by what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from math import inf
from typing import Any, NamedTuple

from prehab.dates import counted
from prehab.fact import Fact, Made
from prehab.facts import PLACE, Facts
from prehab.graph.index import union
from prehab.graph.once import ByNeed
from prehab.graph.schema import Injury
from prehab.history import History
from prehab.program import Program
from prehab.rules.language import CarefulReading, Pattern
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Aggregate, Field, Kind
from prehab.runner import Complaint, Runner
from prehab.sections import Lately, alone, in_order, keyed_of, listed_of, reader, section_of, values_of, words_of

__all__ = ["FactBuilder", "presumed"]


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
                self.told.append(section_of(program, name, source, sources))
            elif kind.cardinality == "many":
                self.told.append(listed_of(name, source, reader(sources)))
            else:
                key = next(iter(kind.keys))
                others = [field.source for name, field in kind.fields.items() if name != key]
                make = words_of if others == [""] else keyed_of
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

        names, read, told_lately = tuple(sources), values_of(sources), Lately(make)

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
        self._lately = Lately(self._made)

    def add(self, facts: Facts) -> None:
        """Add it to the facts that it is about."""
        facts.put(self.kind, self._lately.of(self._told(facts.by_kind), facts.program))

    def _made(self, program: Program, told: tuple[Any, ...]) -> Made:
        return alone(program, self.kind, dict(zip(self._names, told, strict=True)))

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
        return worst, in_order({name: values[name] for name in rest}), side or ""

    return order


def _rank(field: Field) -> Callable[[Any], float]:
    """How a value of a field is ordered: what is worse first, and what is not known last."""
    sign = -1 if field.worse == "higher" else 1
    if field.type in ("choice", "boolean"):
        ranks = {value: sign * number for number, value in enumerate(field.values or (False, True))}
        return {**ranks, None: inf}.__getitem__
    return lambda value: inf if value is None else sign * value
