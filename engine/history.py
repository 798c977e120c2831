"""What the log answers: of each complaint how calm its sessions were, how the last one felt, how often it flared.

A session counts for a complaint if it loaded what hurts, since it hurts, and not long ago. One that names no exercises
earns nothing, for nobody knows what it loaded; but where it hurt, it speaks against whatever it may have loaded.
The vocabulary declares what is read and how (``runs``); what is told and what the log shows are both heard, and the
worse one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from prehab.program import Program
from prehab.rules.language import LogReading, Pattern
from prehab.runner import LoggedSession, Runner

if TYPE_CHECKING:
    from prehab.facts import Fact, Facts

__all__ = ["History"]

Concern = Literal["loaded", "named", "maybe"]
"""How a session concerns a complaint: it loaded what is sore, it names the place as one that hurt, it says neither."""

Told = dict[str, Any]
Days = Mapping[int, Sequence[LoggedSession]]


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
        self._best = {name: field.best() for name, field in logged.items() if field.worse == "higher"}

    def read(self, runner: Runner, facts: Facts) -> None:
        """Let the log answer what it can."""
        days: dict[int, list[LoggedSession]] = {}
        for session in runner.recent_sessions:
            days.setdefault(session.days_ago or 0, []).append(session)
        latest = dict(sorted(days.items()))
        for reading in self.pack.runs:
            for fact in facts.by_kind[reading.kind]:
                self._answer(reading, fact, latest, facts)
        ends = [self._number(one.within_days) for one in self.pack.runs if one.within_days is not None]
        facts.log = tuple(one for day, done in latest.items() if day <= max(ends, default=day) for one in done)
        if latest and not facts.log:
            facts.notes.append(self.pack.messages("notes.log_ended", days=min(latest)))
        self._unheard(runner, facts)

    def _answer(self, reading: LogReading, fact: Fact, days: Days, facts: Facts) -> None:
        about = self.pack.kinds[reading.kind].fields[reading.field]
        shown, lacking = self._shown(reading, fact, days)
        told = facts.read(fact).get(reading.field)
        if lacking and reading.lacks:
            self._say(reading.lacks, fact, facts)
        if shown is None:
            return
        counts = shown if told is None else about.worse_of(told, shown)
        if counts == told:
            return
        if told is not None:
            self._say(reading.say, fact, facts, log=f"{shown:g}", told=f"{told:g}")
        elif shown != about.best() and "{told}" not in reading.say:
            self._say(reading.say, fact, facts, log=f"{shown:g}")
        facts.reread(fact, {reading.field: counts})

    def _shown(self, reading: LogReading, fact: Fact, days: Days) -> tuple[float | None, bool]:
        """What the log shows, and whether a session said too little to count."""
        window = {day: told for day, told in days.items() if day <= self._number(reading.within_days)}
        if not window:
            return None, False
        if reading.take == "weeks_since":
            return round(min(window) / 7, 1), False
        since = self._since(reading, fact)
        told = [(day, list(self._told(reading, fact, day, window[day]))) for day in window if day <= since]
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

    def _in_row(self, reading: LogReading, told: Sequence[tuple[int, list[tuple[Concern, Told]]]]) -> tuple[int, bool]:
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
        self, reading: LogReading, fact: Fact, day: int, sessions: Sequence[LoggedSession]
    ) -> Iterator[tuple[Concern, Told]]:
        """What the sessions of a day say of a fact. What cannot be known on that day yet is left out of account."""
        for session in sessions:
            how = self._concerns(reading, fact, session)
            if how is None:
                continue
            values = {name: getattr(session, name) for name in self._fields}
            if reading.loads and session.pain_where and fact.values["region"] not in session.pain_where:
                values |= {name: best for name, best in self._best.items() if values[name] is not None}
            early = day == 0 and any(values[name] is None for name in reading.next_day)
            if early and not self._fails(reading, values):
                continue
            yield how, values

    def _concerns(self, reading: LogReading, fact: Fact, session: LoggedSession) -> Concern | None:
        if reading.loads is None:
            return "loaded"
        loading = self._loading(fact.values["injury"], self.program.parameters[reading.loads])
        if any(loading & self._bit_of[key] for key in session.exercises):
            return "loaded"
        if fact.values["region"] in session.pain_where:
            return "named"
        return None if session.exercises else "maybe"

    def _since(self, reading: LogReading, fact: Fact) -> float:
        """For how many days back sessions can have loaded what hurts now."""
        if reading.loads is None:
            return float("inf")
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
        return float("inf") if name is None else self.program.parameters[name]

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
