"""Reads the tables that rules refer to: dose schemes and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from prehab.graph.budgets import MOST
from prehab.graph.contents import check_ids, check_most
from prehab.graph.faults import Fault, nearest, shorten
from prehab.graph.files import Document, Place
from prehab.graph.salvage import Broken, Salvaged, salvage
from prehab.rules.vocabulary import Parameter, Scheme

__all__ = ["COUNTS", "SPANS", "Span", "Tables", "counts"]


class Span(NamedTuple):
    """What the two ends of a range of a scheme may be: from, to, and whether it counts something."""

    low: float
    high: float
    whole: bool = False

    def holds(self, told: list[Any]) -> bool:
        """Whether two ends are in order and inside."""
        return bool(self.low <= told[0] <= told[1] <= self.high)


SPANS: Mapping[str, Span] = {
    "sets": Span(1, 20, whole=True),
    "reps": Span(1, 200, whole=True),
    "hold_s": Span(1, 600),
    "contacts": Span(1, 1000, whole=True),
    "effort_rpe": Span(0, 10),
    "reps_in_reserve": Span(0, 10, whole=True),
    "rest_s": Span(0, 1800),
    "sessions_per_week": Span(0, 21),
}
"""What is plausible of a dose at all. What a channel of the vocabulary says beside it is narrower."""

LOADS = ("none", "light", "moderate", "heavy")
"""Words for outside load, from the least to the most."""

COUNTS = frozenset({"set", "repetition", "contact", "exercise"})
"""Units, in the singular, of what cannot be halved."""

_NO_SOURCE = "name `sources`, or say `consensus: true`"
_WORDS = {"name": "-", "says": "-", "load_text": "-", "progress": "-", "step_back": "-", "evidence": "consensus"}
_SCHEME: Mapping[str, Any] = {
    **_WORDS, "caution": 1, "modes": ["-"], "sets": [1, 1], "effort_rpe": [1, 1], "load": ["none", "none"],
    "rest_s": [0, 0], "sessions_per_week": [1, 1], "pain_limit": 0,
}  # fmt: skip
_PARAMETER: Mapping[str, Any] = {"value": 0, "unit": "", "range": [0, 0]}
"""What stands in for a part of a scheme, or of a parameter, that cannot be read."""


class Tables:
    """Reads schemes and parameters, and remembers where they stand.

    Args:
        faults: Where faults are collected.
        broken: Where what cannot be read is.
    """

    def __init__(self, faults: list[Fault], broken: Broken) -> None:
        self.faults = faults
        self.broken = broken
        self.places: dict[str, tuple[Document, Place]] = {}
        self.parameters: dict[str, Parameter] = {}
        self.flawed: set[str] = set()  # parameters and schemes that have faults of their own

    # -- schemes ------------------------------------------------------------------------------------------------------

    def schemes(self, document: Document, context: dict[str, Any]) -> dict[str, Scheme]:
        """All of ``schemes.yaml``, in id order."""
        told = document.data or {}
        self.faults.extend(check_ids(told, document, ()))
        self.faults.extend(check_most("schemes", len(told), document, ()))
        filler = {**_SCHEME, "modes": [next(iter(context.get("modes") or ["-"]))]}
        schemes: dict[str, Scheme] = {}
        ranks: dict[int, str] = {}
        for key, text in list(told.items())[: MOST["schemes"]]:
            before = len(self.faults)
            left = salvage(Scheme, text, document, self.faults, self.broken, at=(key,), context=context, filler=filler)
            if left.value is None:
                self.broken.add(key, text)
                continue
            schemes[key] = left.value
            self.faults.extend(self._scheme(key, left, ranks))
            if len(self.faults) > before:
                self.flawed.add(key)
        return dict(sorted(schemes.items()))

    def _scheme(self, key: str, left: Salvaged, ranks: dict[int, str]) -> Iterator[Fault]:
        scheme, document = left.value, left.document
        if not left.lacks("caution"):
            if scheme.caution in ranks:
                message = f"`{key}` and `{ranks[scheme.caution]}` have the same caution rank; the order must be total"
                yield document.fault("equal-rank", message, (key, "caution"))
            ranks[scheme.caution] = key
        if not (scheme.sources or scheme.consensus or left.lacks("sources", "consensus")):
            yield document.fault("no-source", _NO_SOURCE, (key,), key=True)
        amounts = [name for name in ("reps", "hold_s", "contacts") if getattr(scheme, name)]
        if len(amounts) != 1 and not left.lacks("reps", "hold_s", "contacts"):
            message = "a scheme gives exactly one of `reps`, `hold_s` and `contacts`"
            yield document.fault("scheme-amount", message, (key,), key=True)
        for name, span in SPANS.items():
            if getattr(scheme, name) and not left.lacks(name):
                yield from _span(name, getattr(scheme, name), span, document, (key, name))
        if not left.lacks("load") and LOADS.index(scheme.load[0]) > LOADS.index(scheme.load[1]):
            message = "`load` must go from the lighter to the heavier word"
            yield document.fault("empty-range", message, (key, "load"))

    # -- parameters ---------------------------------------------------------------------------------------------------

    def read_parameters(self, files: Iterable[tuple[Document, Mapping[str, Any]]], context: dict[str, Any]) -> None:
        """The parameters of all files, into ``parameters``, in name order."""
        found: dict[str, Parameter] = {}
        values: set[str] = set()  # of which the value is as it stands in the file
        number = 0
        for document, told in files:
            number += len(told)
            place: Place = ("parameters",)
            self.faults.extend(check_most("parameters", number, document, place))
            if number > MOST["parameters"]:
                self.broken.files.add("")
                break
            self.faults.extend(check_ids(told, document, place))
            for key, text in told.items():
                before = len(self.faults)
                place = ("parameters", key)
                left = salvage(
                    Parameter, text, document, self.faults, self.broken, at=place, context=context, filler=_PARAMETER
                )
                if key in found:
                    first = self.places[key][0].where(self.places[key][1], key=True)
                    message = f"`{key}` exists already ({first['file']}:{first['line']})"
                    self.faults.append(document.fault("repeated-id", message, place, key=True))
                    continue
                if left.value is None:
                    self.broken.add(key, text)
                    continue
                found[key] = left.value
                self.places[key] = (left.document, place)
                self.faults.extend(_parameter(left, place))
                if not left.lacks("value", "range"):
                    values.add(key)
                if len(self.faults) > before:
                    self.flawed.add(key)
        self._orders(found, values)
        self.parameters.update(sorted(found.items()))

    def _orders(self, parameters: Mapping[str, Parameter], values: set[str]) -> None:
        told: set[str] = set()
        for key, parameter in parameters.items():
            if parameter.at_most is None:
                continue
            document, place = self.places[key]
            other = parameters.get(parameter.at_most)
            if other is None:
                if not self.broken.may_declare(parameter.at_most):
                    self.faults.append(
                        document.fault(
                            "unknown-parameter",
                            f"unknown parameter `{shorten(parameter.at_most)}`",
                            (*place, "at_most"),
                            did_you_mean=nearest(parameter.at_most, parameters),
                        )
                    )
            elif key in (circle := _chain(parameters, key)):
                if not told & {*circle}:
                    message = f"the order goes in a circle: {' at most '.join([key, *circle])}"
                    self.faults.append(document.fault("order-circle", message, (*place, "at_most")))
                told.update(circle)
            elif not {key, parameter.at_most} <= values:
                continue
            elif parameter.range[0] > other.range[1]:
                message = (
                    f"no value of its range {parameter.range[0]:g} to {parameter.range[1]:g} is at most one of "
                    f"`{parameter.at_most}`, {other.range[0]:g} to {other.range[1]:g}"
                )
                self.faults.append(document.fault("impossible-order", message, (*place, "at_most")))
                self.flawed |= {key, parameter.at_most}
            elif parameter.value > other.value:
                message = f"its value {parameter.value} is above {parameter.at_most} = {other.value}"
                self.faults.append(document.fault("wrong-order", message, (*place, "value")))


def _span(name: str, told: list[Any], span: Span, document: Document, place: Place) -> Iterator[Fault]:
    """What is wrong with the two ends of a range of a scheme."""
    if told[0] > told[1]:
        yield document.fault("empty-range", f"`{name}` must go from the lower to the higher number", place)
    elif not span.holds(told):
        message = f"`{name}` goes from {told[0]:g} to {told[1]:g}, but must lie in {span.low:g} to {span.high:g}"
        yield document.fault("out-of-range", message, place)
    if span.whole and any(number != int(number) for number in told):
        yield document.fault("not-whole", f"`{name}` counts something, so both numbers must be whole", place)


def _parameter(left: Salvaged, place: Place) -> Iterator[Fault]:
    """What is wrong with a parameter by itself."""
    parameter, document = left.value, left.document
    low, high = parameter.range
    if low > high and not left.lacks("range"):
        message = "`range` must go from the lower to the higher number"
        yield document.fault("empty-range", message, (*place, "range"))
    elif not (low <= parameter.value <= high or left.lacks("range", "value")):
        message = f"the value {parameter.value} is outside its own range {low} to {high}"
        yield document.fault("out-of-range", message, (*place, "value"))
    for name, numbers in (("value", [parameter.value]), ("range", parameter.range)):
        if any(number != int(number) for number in numbers) and counts(parameter.unit):
            message = f"`{name}` is in {parameter.unit}, which only come whole"
            yield document.fault("not-whole", message, (*place, name))
    if not (parameter.sources or parameter.consensus or left.lacks("sources", "consensus")):
        yield document.fault("no-source", _NO_SOURCE, place, key=True)


def counts(unit: str) -> bool:
    """Whether a unit is of something that only comes whole: sets, repetitions, contacts in a session."""
    first = unit.casefold().split(" ")[0]
    return first.removesuffix("s") in COUNTS


def _chain(parameters: Mapping[str, Parameter], name: str) -> list[str]:
    """The parameters that one may be at most, each at most the next."""
    chain: list[str] = []
    above = parameters[name].at_most
    while above is not None and above not in chain:
        chain.append(above)
        above = parameters[above].at_most if above in parameters else None
    return chain
