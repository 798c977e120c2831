"""Safety statements tried on a runner: whether what was decided keeps what the authors of the rules promised.

(``prehab.proof`` proves the same statements for every runner at once.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from prehab.decide import STATUSES, URGENCIES, Decisions
from prehab.graph.index import bits_of
from prehab.reference import found_by
from prehab.rules.language import WHOLE_PERSON
from prehab.rules.statements import Promise, Statement
from prehab.rules.vocabulary import Channel

__all__ = ["as_safe", "broken_statements", "told_place"]


def broken_statements(statements: Sequence[Statement], decisions: Decisions) -> Iterator[tuple[Statement, str]]:
    """Each statement that does not hold of a runner, with what breaks it."""
    program, facts = decisions.program, decisions.inference.facts
    for statement in statements:
        told: set[str] = set()
        for patterns in statement.alternatives:
            for bound in found_by(patterns, facts, program.parameters):
                for promise in statement.promises:
                    told.update(_broken(promise, bound, decisions))
        yield from ((statement, words) for words in sorted(told))


def _broken(promise: Promise, bound: Mapping[str, str], decisions: Decisions) -> Iterator[str]:
    data = promise.data
    given = 0 if decisions.status == STATUSES[-1] else decisions.allowed
    if promise.kind == "withheld":
        for key in decisions.program.pack.ids(promise.mask(bound) & given):
            yield f"{key} is allowed"
    elif promise.kind == "kept":
        if decisions.status != STATUSES[-1] and not promise.mask(bound) & given:
            yield "none of what should be kept is allowed"
    elif promise.kind == "closed":
        if decisions.inference.gates[data["gate"]]:
            yield f"the gate {data['gate']} is open"
    elif promise.kind == "referred":
        for region in promise.regions(bound):
            if not any(_refers(decisions, data["urgency"], region)):
                yield f"there is no {data['urgency']} referral of {told_place(region)}"
    else:
        yield from _unbounded(promise, bound, given, decisions)


def _refers(decisions: Decisions, urgency: str, region: str | None) -> Iterator[bool]:
    """For each referral that is urgent enough: whether it is of the region, or of everything."""
    for concluded in decisions.of("refer"):
        data = concluded.effect.data
        if URGENCIES.index(data["urgency"]) >= URGENCIES.index(urgency):
            whole = region == WHOLE_PERSON and bool(data.get("whole_person"))
            yield bool(data.get("everything")) or whole or region in concluded.regions(decisions.program)


def told_place(region: str | None) -> str:
    """What a referral is about, in words."""
    return "everything" if region is None else f"the {region.replace('_', ' ')}"


def as_safe(channel: Channel, parameters: Mapping[str, float], promise: Promise, value: str | float) -> bool:
    """Whether a bound on a channel is as safe as a promise says.

    Args:
        channel: The channel.
        parameters: The values of the parameters.
        promise: The promise, which is one about a bound.
        value: The bound: a number, or the name of a parameter or of a word of the channel.
    """

    def place(one: Any) -> float:
        return channel.values.index(one) if channel.values else float(parameters.get(one, one))

    least = place(promise.data.get("at_most", promise.data.get("at_least")))
    return place(value) <= least if channel.safe == "cap" else place(value) >= least


def _unbounded(promise: Promise, bound: Mapping[str, str], given: int, decisions: Decisions) -> Iterator[str]:
    pack, parameters = decisions.program.pack, decisions.program.parameters
    name = promise.data["channel"]
    channel = pack.channels[name]
    safe = partial(as_safe, channel, parameters, promise)
    if channel.runner:
        week = decisions.runner_bounds.get(name)
        if week is None or not safe(week.value):
            yield f"the week keeps to no such bound on {name}"
        return
    for bit in bits_of(promise.mask(bound) & given):
        one = decisions.bounds_of(bit).get(name)
        scheme = decisions.scheme_of(bit)
        span = pack.schemes[scheme].span(name) if scheme else None
        within = span is not None and safe(span[1] if channel.safe == "cap" else span[0])
        if not within and (one is None or not safe(one.value)):
            yield f"{pack.catalogue.ids[bit]} keeps to no such bound on {name}"
