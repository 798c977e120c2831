"""What the log answers: of each complaint how calm its sessions were, how the last one felt, how often it flared.

A session counts for a complaint if it loaded what hurts, since it hurts, and not long ago. One that names no exercises
earns nothing, for nobody knows what it loaded; but where it hurt, it speaks against whatever it may have loaded.
The vocabulary declares what is read and how (``runs``); what is told and what the log shows are both heard, and the
worse one counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import inf
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from prehab.graph.index import union
from prehab.program import Program
from prehab.rules.language import LogReading, Pattern
from prehab.runner import LoggedSession, Runner

if TYPE_CHECKING:
    from prehab.fact import Fact
    from prehab.facts import Facts

__all__ = ["History"]

Concern = Literal["loaded", "named", "maybe"]
"""How a session concerns a complaint: it loaded what is sore, it names the place as one that hurt, it says neither."""

Told = dict[str, Any]


class _Session(NamedTuple):
    """A session of the log: what it says, the exercises that it names, as bits, and where it hurt."""

    values: Told
    exercises: int
    named: bool
    pain_where: Sequence[str]


Days = Mapping[int, Sequence[_Session]]
"""The sessions by how many days ago they were, the latest first."""

Heard = Sequence[tuple[int, Sequence[tuple[Concern, Told]]]]
"""What the sessions of each day that counts say of a fact, the latest first."""


class History:
    """Reads logs for one program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.pack = program.pack
        catalogue = self.pack.catalogue
        self._bit_of = {key: 1 << bit for bit, key in enumerate(catalogue.exercises)}
        self._loading = lru_cache(maxsize=1024)(
            lambda injury, level: catalogue.index.loading(catalogue.injuries[injury].affects, level)
        )
        logged = self.pack.kinds["session"].fields if "session" in self.pack.kinds else {}
        self._fields = tuple(logged)
        counted = [one.within_days for one in self.pack.runs if one.take != "weeks_since"]
        self._oldest = max(map(self._number, counted), default=0.0)
        self._best = {name: field.best() for name, field in logged.items() if field.worse == "higher"}

    def read(self, runner: Runner, facts: Facts) -> None:
        """Let the log answer what it can."""
        days: dict[int, list[LoggedSession]] = {}
        for session in runner.recent_sessions:
            days.setdefault(session.days_ago or 0, []).append(session)
        latest = dict(sorted(days.items()))
        prepared = {
            day: [self._prepared(session) for session in done] for day, done in latest.items() if day <= self._oldest
        }
        heard: dict[tuple[Fact, str | None], Heard] = {}
        for reading in self.pack.runs:
            for fact in facts.by_kind[reading.kind]:
                mark = fact, reading.loads
                if mark not in heard:
                    heard[mark] = self._heard(reading.loads, fact, prepared)
                self._answer(reading, fact, heard[mark], facts, min(latest, default=None))
        ends = [self._number(one.within_days) for one in self.pack.runs if one.within_days is not None]
        facts.log = tuple(one for day, done in latest.items() if day <= max(ends, default=day) for one in done)
        if latest and not facts.log:
            facts.notes.append(self.pack.messages("notes.log_ended", days=min(latest)))
        self._unheard(runner, facts)

    def _prepared(self, session: LoggedSession) -> _Session:
        exercises = union([self._bit_of[key] for key in session.exercises])
        values = {name: getattr(session, name) for name in self._fields}
        return _Session(values, exercises, bool(session.exercises), session.pain_where)

    def _answer(self, reading: LogReading, fact: Fact, heard: Heard, facts: Facts, latest: int | None) -> None:
        about = self.pack.kinds[reading.kind].fields[reading.field]
        shown, lacking = self._shown(reading, fact, heard, latest)
        told = facts.read(fact).get(reading.field)
        if lacking and reading.lacks:
            self._say(reading.lacks, fact, facts)
        if shown is None:
            return
        counts = shown if told is None else about.worse_of(told, shown)
        if counts == told:
            return
        if told is not None:
            self._say(reading.say, fact, facts, log=f"{shown:g}", told=f"{told + 0.0:g}")
        elif shown != about.best() and "{told}" not in reading.say:
            self._say(reading.say, fact, facts, log=f"{shown:g}")
        facts.reread(fact, {reading.field: counts})

    def _shown(self, reading: LogReading, fact: Fact, heard: Heard, latest: int | None) -> tuple[float | None, bool]:
        """What the log shows, and whether a session said too little to count; ``latest`` is the day of the last one."""
        within = self._number(reading.within_days)
        if latest is None or latest > within:
            return None, False
        if reading.take == "weeks_since":
            return round(latest / 7, 1), False
        last = min(within, self._since(reading, fact))
        told = [(day, self._told(reading, day, sessions)) for day, sessions in heard if day <= last]
        if reading.take == "days_in_row":
            return self._in_row(reading, told)
        if reading.take == "days":
            return sum(any(self._meets(reading, values) for _, values in sessions) for _, sessions in told), False
        for _, sessions in told:
            known = [values[reading.of] for how, values in sessions if how != "maybe"]
            if known:
                about = self.pack.kinds[reading.kind].fields[reading.field]
                values = [value for value in known if value is not None]
                return (max(values) if about.worse == "higher" else min(values)) if values else None, False
        return None, False

    def _in_row(self, reading: LogReading, told: Heard) -> tuple[int, bool]:
        count = 0
        for _, sessions in told:
            loaded = [values for how, values in sessions if how == "loaded"]
            if any(self._fails(reading, values) for _, values in sessions):
                return count, False
            if not all(self._meets(reading, values) for values in loaded):
                return count, True
            count += bool(loaded)
        return count, False

    def _told(
        self, reading: LogReading, day: int, sessions: Sequence[tuple[Concern, Told]]
    ) -> Sequence[tuple[Concern, Told]]:
        """What the sessions of a day say that counts: what cannot be known on that day yet does not."""
        if day or not reading.next_day:
            return sessions
        return [
            (how, values)
            for how, values in sessions
            if all(values[name] is not None for name in reading.next_day) or self._fails(reading, values)
        ]

    def _heard(self, loads: str | None, fact: Fact, days: Days) -> Heard:
        """What the sessions of each day say of a fact, if loads of so much count for it, or any session."""
        if loads is None:
            return [(day, [("loaded", one.values) for one in sessions]) for day, sessions in days.items()]
        region = fact.values["region"]
        loading = self._loading(fact.values["injury"], self.program.parameters[loads])
        found: list[tuple[int, list[tuple[Concern, Told]]]] = []
        for day, sessions in days.items():
            said: list[tuple[Concern, Told]] = []
            for one in sessions:
                values, hurts_here = one.values, region in one.pain_where
                if one.pain_where and not hurts_here:
                    best = {name: best for name, best in self._best.items() if values[name] is not None}
                    values = values | best
                if loading & one.exercises:
                    said.append(("loaded", values))
                elif hurts_here or not one.named:
                    said.append(("named" if hurts_here else "maybe", values))
            found.append((day, said))
        return found

    def _since(self, reading: LogReading, fact: Fact) -> float:
        """For how many days back sessions can have loaded what hurts now."""
        if reading.loads is None:
            return inf
        weeks = fact.values.get("weeks")
        return self._number(reading.new_days) if weeks is None else weeks * 7

    def _meets(self, reading: LogReading, values: Told) -> bool:
        return any(self._met(pattern, values) for pattern in reading.tests)

    def _met(self, pattern: Pattern, values: Told) -> bool:
        return all(test.met(values[test.field], self.program.parameters) for test in pattern.tests)

    def _fails(self, reading: LogReading, values: Told) -> bool:
        """Whether what is known of a session fails every pattern, whatever the rest would be."""
        if not reading.tests:
            return False
        return all(
            any(
                values[test.field] is not None and not test.met(values[test.field], self.program.parameters)
                for test in pattern.tests
            )
            for pattern in reading.tests
        )

    def _number(self, name: str | None) -> float:
        return inf if name is None else self.program.parameters[name]

    def _say(self, text: str, fact: Fact, facts: Facts, **values: str) -> None:
        region = fact.values.get("region")
        if region is not None:
            values["place"] = str(self.pack.catalogue.words["regions"][region]["name"])
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        if text not in facts.notes:
            facts.notes.append(text)

    def _unheard(self, runner: Runner, facts: Facts) -> None:
        """Places that hurt in a session, and of which no complaint speaks."""
        regions = self.pack.catalogue.words["regions"]
        told = {fact.values["region"] for fact in facts.by_kind["complaint"]}
        hurt = {region for session in runner.recent_sessions for region in session.pain_where if _hurt(session)}
        for region in sorted(hurt - told):
            facts.notes.append(self.pack.messages("notes.log_hurt", place=regions[region]["name"]))


def _hurt(session: LoggedSession) -> bool:
    return bool(session.pain_during or session.pain_next_morning)
