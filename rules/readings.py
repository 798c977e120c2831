"""What is read before the rules are: answers that cannot all be true, and what the log shows. From text to patterns.

Both keep the laws: a careful reading looks only for what is worse and reads only what is worse still, and of what is
told and logged the worse one counts. So a runner who gets worse, or says less, is never allowed more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prehab.graph.faults import Fault, nearest
from prehab.graph.files import Document, Place
from prehab.rules.checks.numbers import same_unit
from prehab.rules.checks.polarity import direction
from prehab.rules.language import CarefulReading, LogReading, Pattern
from prehab.rules.patterns import Patterns
from prehab.rules.select import SCALES
from prehab.rules.vocabulary import Careful, Field, Parameter, Run, Vocabulary

__all__ = ["Readings"]

_JOINED = frozenset({"affects", "sore_leg", "gate"})
_DAYS = "days"


class Readings:
    """Reads the parts ``careful`` and ``runs`` of one vocabulary.

    Args:
        vocabulary: The vocabulary.
        document: Its file, for the places of faults.
        patterns: Reads patterns against the vocabulary.
        parameters: The named numbers.
        faults: Where faults are collected.
        use: Told of every parameter that is named, with the reporter of faults and the path to the name.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        document: Document,
        patterns: Patterns,
        parameters: Mapping[str, Parameter],
        faults: list[Fault],
        use: Callable[..., None],
    ) -> None:
        self.vocabulary = vocabulary
        self.document = document
        self.patterns = patterns
        self.kinds = patterns.kinds
        self.parameters = parameters
        self.faults = faults
        self.use = use
        made = {*vocabulary.aggregates, *vocabulary.derived, *_JOINED}
        self.readable = tuple(
            name
            for name, kind in vocabulary.kinds.items()
            if name not in made and (kind.cardinality != "many" or name == "complaint")
        )

    # -- careful readings ---------------------------------------------------------------------------------------------

    def careful(self) -> Iterator[CarefulReading]:
        """The careful readings, in the order in which they are applied."""
        for position, entry in enumerate(self.vocabulary.careful):
            place: Place = ("careful", position)
            several = len(entry.when) > 1
            when = tuple(
                self.patterns.read(text, self.document, (*place, "when", *([i] if several else [])), None)
                for i, text in enumerate(entry.when)
            )
            of = entry.of or when[0].kind
            if all(pattern.kind in self.kinds for pattern in when):
                self._check_careful(entry, when, of, place)
            yield CarefulReading(when, of, tuple(entry.read_worst), entry.say)

    def _check_careful(self, entry: Careful, when: tuple[Pattern, ...], of: str, place: Place) -> None:
        for pattern in when:
            if pattern.kind not in self.readable:
                self._fault("bad-careful", f"`{pattern.kind}` is no answer that could be read carefully", place, "when")
            for test in pattern.tests:
                way = direction(test, self.kinds[pattern.kind].fields[test.field])
                if way in ("better", "mixed"):
                    message = f"a careful reading may look at `{pattern.kind}.{test.field}` only in its worse direction"
                    self._fault("bad-careful", message, place, "when")
        if len({pattern.kind for pattern in when}) < len(when):
            self._fault("bad-careful", "two patterns are about the same kind; write them as one", place, "when")
        if of not in self.readable:
            message = f"`{of}` is no kind whose answers could be read carefully"
            self._fault("bad-careful", message, place, "of", did_you_mean=nearest(of, self.readable))
            return
        fields = self.kinds[of].fields
        for i, name in enumerate(entry.read_worst):
            if name not in fields or fields[name].worst() is None:
                message = f"`{name}` is not a field of a `{of}` with a worse direction"
                self._fault("unknown-fact-field", message, place, "read_worst", i)

    # -- the log ------------------------------------------------------------------------------------------------------

    def runs(self) -> Iterator[LogReading]:
        """What the log answers."""
        for position, entry in enumerate(self.vocabulary.runs):
            place: Place = ("runs", position)
            several = len(entry.test) > 1
            tests = tuple(
                self.patterns.read(text, self.document, (*place, "while", *([i] if several else [])), None)
                for i, text in enumerate(entry.test)
            )
            kind, _, name = entry.into.partition(".")
            of, _, source = entry.of.partition(".")
            self._check_run(entry, kind, name, of, source, tests, place)
            yield LogReading(
                kind=kind,
                field=name,
                take=entry.take,
                of=source,
                tests=tests,
                loads=entry.loads,
                within_days=entry.within_days,
                new_days=entry.new_days,
                next_day=tuple(entry.next_day),
                say=entry.say,
                lacks=entry.lacks,
            )

    def _check_run(
        self, entry: Run, kind: str, name: str, of: str, source: str, tests: tuple[Pattern, ...], place: Place
    ) -> None:
        into = self.kinds[kind].fields.get(name) if kind in self.kinds else None
        logged = self.kinds["session"].fields if "session" in self.kinds else {}
        numbers = {"loads": SCALES["loads"].unit, "within_days": _DAYS, "new_days": _DAYS}
        for key, unit in numbers.items():
            if (parameter := getattr(entry, key)) is not None:
                self.use(parameter, self._at(place), key)
                if parameter in self.parameters and not same_unit(self.parameters[parameter].unit, unit):
                    message = f"`{key}` is counted in {unit}, not in {self.parameters[parameter].unit}"
                    self._fault("unit-differs", message, place, key)
        for i, one in enumerate(entry.next_day):
            if one not in logged:
                message = f"`session` has no field `{one}`"
                self._fault("unknown-fact-field", message, place, "next_day", i, did_you_mean=nearest(one, logged))
        if into is None:
            self._fault("unknown-fact-field", f"there is no `{entry.into}`", place, "into")
            return
        if kind not in self.readable or self.kinds[kind].cardinality == "fixed":
            message = "what the log shows belongs to a complaint, or to a kind of which there is one fact"
            self._fault("bad-run", message, place, "into")
        if into.worst() is None:
            self._fault("bad-run", f"`{name}` has no worse direction, so nobody could say what counts", place, "into")
        if entry.loads and kind != "complaint":
            self._fault("bad-run", "only a complaint is loaded by a session", place, "loads")
        known = [pattern for pattern in tests if pattern.kind in self.kinds]
        if of != "session" or any(pattern.kind != "session" for pattern in known):
            message = "only logged sessions are counted: `of` and `fact` are `session`"
            self._fault("bad-run", message, place, "of")
        elif entry.take in ("days_in_row", "days") and not tests:
            self._fault("bad-run", f"`{entry.take}` counts sessions that meet a test: give `while`", place, "take")
        elif entry.take == "latest" and source not in logged:
            message = f"`latest` takes a field of a session, such as `session.{next(iter(logged))}`"
            self._fault("bad-run", message, place, "of", did_you_mean=nearest(source, logged))
        else:
            self._check_directions(entry, into, known, logged.get(source), place)

    def _check_directions(
        self, entry: Run, into: Field, tests: list[Pattern], source: Field | None, place: Place
    ) -> None:
        """A worse session must never lead to a better answer."""
        earned = entry.take == "days_in_row"
        if entry.take in ("days_in_row", "days"):
            right = "better" if earned else "worse"
            for pattern in tests:
                for test in pattern.tests:
                    if direction(test, self.kinds["session"].fields[test.field]) not in (right, "fixed"):
                        message = f"`{entry.take}` may test `session.{test.field}` only in its {right} direction"
                        self._fault("bad-run", message, place, "while")
            if (into.worse == "lower") != earned:
                message = f"`{entry.take}` fits a field that is worse {'lower' if earned else 'higher'}"
                self._fault("bad-run", message, place, "into")
        elif entry.take == "weeks_since" and into.worse != "higher":
            self._fault("bad-run", "`weeks_since` fits a field that is worse higher", place, "into")
        elif source is not None and source.worse not in ("neither", into.worse):
            self._fault("bad-run", f"`{entry.of}` and `{entry.into}` are worse in opposite directions", place, "of")

    def _at(self, place: Place) -> Callable[..., None]:
        return lambda code, message, *path, **more: self._fault(code, message, place, *path, **more)

    def _fault(self, code: str, message: str, place: Place, *path: str | int, **more: Any) -> None:
        self.faults.append(self.document.fault(code, message, (*place, *path), **more))
