"""Runner and graph to facts: the only place where the two meet.

What the vocabulary declares is built here and nothing else: told values, aggregates, runs from the log, careful
readings of answers that cannot both be true, and what the graph knows of each complaint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

from prehab.program import Program, RunnablePattern
from prehab.rules.language import Pattern
from prehab.runner import Runner

__all__ = ["Fact", "FactBuilder", "Facts"]

Reader = Callable[[Any], dict[str, Any]]


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


class Facts:
    """All facts of a run, by kind; ``notes`` says what was read carefully.

    ``met`` are the patterns that some fact meets, ``lacking`` those that some fact fails only for want of an answer.
    """

    __slots__ = ("by_kind", "lacking", "met", "notes", "program", "total")

    def __init__(self, program: Program) -> None:
        self.program = program
        self.by_kind: dict[str, list[Fact]] = {kind: [] for kind in program.pack.kinds}
        self.met = 0
        self.lacking = 0
        self.notes: list[str] = []
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

    def meeting(self, pattern: RunnablePattern) -> Sequence[Fact]:
        """The facts that meet a pattern."""
        bit, facts = pattern.bit, self.by_kind[pattern.kind]
        if len(facts) == 1:  # as of most kinds
            return facts if facts[0].meets & bit else []
        return [fact for fact in facts if fact.meets & bit]

    def nearly_meeting(self, pattern: RunnablePattern) -> Sequence[Fact]:
        """The facts that meet a pattern, or would if what is unknown of them were known to be so."""
        bit, facts = pattern.bit, self.by_kind[pattern.kind]
        if len(facts) == 1:
            return facts if facts[0].possible & bit else []
        return [fact for fact in facts if fact.possible & bit]


class FactBuilder:
    """Builds the facts of a runner, as the vocabulary declares them."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.aggregates = [
            (kind, [(name, *one.of.partition(".")[::2], one) for name, one in aggregate.fields.items()])
            for kind, aggregate in pack.aggregates.items()
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

    def build(self, runner: Runner) -> Facts:
        """The facts of a runner."""
        facts = Facts(self.program)
        runner = _count_days(runner, facts)
        for tell in self.told:
            tell(runner, facts)
        for kind, made in self._aggregates(facts):
            facts.add(kind, kind, made)
        return facts

    def _complaints(self, read: Reader) -> Callable[[Runner, Facts], None]:
        injuries, regions = self.pack.catalogue.injuries, self.pack.catalogue.words["regions"]
        known = {key: self.pack.catalogue.known_of(injury) for key, injury in injuries.items()}

        def tell(runner: Runner, facts: Facts) -> None:
            sites: dict[str, list[str]] = {}
            for position, complaint in enumerate(runner.complaints, 1):
                key = f"c{position}"
                injury = injuries[complaint.injury or regions[complaint.region]["presume"]]
                values = read(complaint) | known[injury.id] | {"key": key}
                if complaint.injury and complaint.region and complaint.region != injury.region:
                    facts.notes.append(
                        f"{injury.name}: this name belongs to the {regions[injury.region]['name']}, but you say it "
                        f"hurts at the {regions[complaint.region]['name']}. The name counts. If you are not sure of "
                        "it, leave it out and give only the place."
                    )
                self._read_runs(values, runner, facts)
                self._read_carefully("complaint", values, facts)
                facts.add("complaint", key, values)
                sides = ("left", "right") if complaint.side in (None, "both") else (complaint.side,)
                sites.setdefault(injury.region, []).extend(sides)
                for side in sides:
                    facts.add("sore_leg", f"{key}/{side}", {"complaint": key, "side": side})
                for structure in injury.affects:
                    facts.add("affects", f"{key}/{structure}", {"complaint": key, "structure": structure})
            for region, told in sites.items():
                if len(told) > len(set(told)):
                    facts.notes.append(
                        f"There is more than one complaint about the {regions[region]['name']}; each counts, and the "
                        "most careful of them decides."
                    )

        return tell

    def _read_carefully(self, kind: str, values: dict[str, Any], facts: Facts) -> None:
        fields = self.pack.kinds[kind].fields
        for pattern, names, say in self.pack.careful:
            if pattern.kind != kind or not self._meets(pattern, values):
                continue
            for name in names:
                worst = fields[name].worst()
                if values.get(name) not in (None, worst):
                    facts.notes.append(say)
                values[name] = worst  # an unknown one too: who does not say may not be allowed more

    def _read_runs(self, values: dict[str, Any], runner: Runner, facts: Facts) -> None:
        if not runner.recent_sessions:
            return
        for into, name, pattern in self.pack.runs:
            if into != "complaint":
                continue
            fields = self.pack.kinds[pattern.kind].fields
            log = [(s.days_ago, {field: getattr(s, field) for field in fields}) for s in runner.recent_sessions]
            # the latest first; of one day's sessions those that fail the test, whatever order they were listed in
            latest = sorted((day, self._meets(pattern, told)) for day, told in log)
            count = next((number for number, (_, met) in enumerate(latest) if not met), len(latest))
            said = values.get(name)
            if said is not None and said > count:
                facts.notes.append(f"You count {said} calm sessions in a row, the log shows {count}; the log counts.")
            values[name] = count if said is None else min(said, count)

    def _meets(self, pattern: Pattern, values: Mapping[str, Any]) -> bool:
        return all(test.met(values.get(test.field), self.program.parameters) for test in pattern.tests)

    def _aggregates(self, facts: Facts) -> Iterator[tuple[str, dict[str, Any]]]:
        for kind, fields in self.aggregates:
            values: dict[str, Any] = {}
            for name, of_kind, field, one in fields:
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
                    so_far = pick(known) if known else None
                    complete = so_far if len(known) == len(members) else None
                if not members:
                    so_far = complete = one.empty
                values[name], values[f"{name}_so_far"] = complete, so_far
            yield kind, values


def _count_days(runner: Runner, facts: Facts) -> Runner:
    """Days to the race, from its date; of two different answers the nearer race counts."""
    running = runner.running
    if running.race_date is None:
        return runner
    if runner.today is None:
        if running.days_to_race is None:
            facts.notes.append("A race date is known but not today's date, so the race could not be counted in.")
        return runner
    days = (running.race_date - runner.today).days
    if days < 0:
        facts.notes.append("The race date has passed, so it was left out.")
        return runner
    if running.days_to_race not in (None, days):
        facts.notes.append("The race date and the days to the race differ; the nearer one counts.")
        days = min(days, running.days_to_race)
    return runner.model_copy(update={"running": running.model_copy(update={"days_to_race": days})})


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

    nothing = read(get_section(Runner()))

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
