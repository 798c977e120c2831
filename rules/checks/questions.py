"""Questions whose answer nothing looks at: what is asked of a runner must be able to change what he is told."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.faults import Fault
from prehab.graph.salvage import Broken
from prehab.rules.checks.places import Where
from prehab.rules.language import Pattern
from prehab.rules.pack import Pack

__all__ = ["ENGINE_FIELDS", "check_questions", "fields_read"]

ENGINE_FIELDS = frozenset({("strength", "sessions_per_week"), ("strength", "minutes_per_session")})
"""The answers that the engine itself reads, when it builds the week."""


def fields_read(pack: Pack) -> set[tuple[str, str]]:
    """The kind and field of every answer that something looks at.

    A rule, or an aggregate that a rule looks at; a reading of other answers in its light; a count over the log; another
    question, which is put only to those who answered so; the week.
    """
    patterns: list[Pattern] = [pattern for variant in pack.variants for pattern in variant.patterns]
    patterns += [pattern for pattern, _ in pack.implied]
    patterns += [pattern for reading in pack.careful for pattern in reading.when]
    patterns += [pattern for run in pack.runs for pattern in run.tests]
    found = set(ENGINE_FIELDS) | {("session", run.of) for run in pack.runs}
    found |= {("session", name) for run in pack.runs for name in run.next_day}
    for pattern in patterns:
        for test in pattern.tests:
            aggregate = pack.aggregates.get(pattern.kind)
            if aggregate is None:
                found.add((pattern.kind, test.field))
            else:
                found.add(_split(aggregate.fields[test.field.removesuffix("_so_far")].of))
    for about in pack.kinds.values():
        found |= {_split(path) for field in about.fields.values() for path in field.ask_if}
    return found


def _split(path: str) -> tuple[str, str]:
    kind, _, name = path.partition(".")
    return kind, name


def check_questions(pack: Pack, where: Where, broken: Broken) -> Iterator[Fault]:
    """Every question that is put for nothing; not of a field that is named in what could not be read."""
    read = fields_read(pack)
    for kind, about in pack.kinds.items():
        if kind in pack.aggregates:
            continue
        for name, field in about.fields.items():
            if field.ask and (kind, name) not in read and not broken.may_say(name):
                message = f"`{kind}.{name}` has a question, and nothing looks at the answer"
                yield Fault("asked-for-nothing", message, **where("kinds", kind, "fields", name, "ask"))
