"""Reads the tables that rules refer to: dose schemes and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from prehab.graph.faults import Fault, nearest
from prehab.graph.files import Document, Place
from prehab.graph.schema import make
from prehab.rules.schema import RuleFile
from prehab.rules.vocabulary import Parameter, Scheme

__all__ = ["Tables"]

_SPANS = ("sets", "reps", "hold_s", "contacts", "effort_rpe", "reps_in_reserve", "rest_s", "sessions_per_week")
_NO_SOURCE = "name `sources`, or say `consensus: true`"


class Tables:
    """Reads schemes and parameters, and remembers where they stand.

    Args:
        faults: Where faults are collected.
    """

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.places: dict[str, tuple[Document, Place]] = {}
        self.broken: set[str] = set()  # parameters of files that cannot be read: said once, not where they are used

    def schemes(self, document: Document, context: dict[str, Any]) -> dict[str, Scheme]:
        """All of ``schemes.yaml``, in id order."""
        adapter = TypeAdapter(dict[str, Scheme])
        try:
            schemes = adapter.validate_python(document.data, context=context)
        except ValidationError as error:
            self.faults.extend(document.faults(error, dict[str, Scheme]))
            return {str(key): make(Scheme) for key in document.data}
        ranks: dict[int, str] = {}
        for key, scheme in schemes.items():
            if scheme.caution in ranks:
                message = f"`{key}` and `{ranks[scheme.caution]}` have the same caution rank; the order must be total"
                self.faults.append(document.fault("equal-rank", message, (key, "caution")))
            ranks[scheme.caution] = key
            if not (scheme.sources or scheme.consensus):
                self.faults.append(document.fault("no-source", _NO_SOURCE, (key,), key=True))
            amounts = [name for name in ("reps", "hold_s", "contacts") if getattr(scheme, name)]
            if len(amounts) != 1:
                message = "a scheme gives exactly one of `reps`, `hold_s` and `contacts`"
                self.faults.append(document.fault("scheme-amount", message, (key,), key=True))
            for name in _SPANS:
                span = getattr(scheme, name)
                if span and span[0] > span[1]:
                    message = f"`{name}` must go from the lower to the higher number"
                    self.faults.append(document.fault("empty-range", message, (key, name)))
        return dict(sorted(schemes.items()))

    def parameters(self, files: list[tuple[str, Document, RuleFile]]) -> dict[str, Parameter]:
        """The parameters of all files, in name order."""
        parameters: dict[str, Parameter] = {}
        for _, document, file in files:
            for key, parameter in file.parameters.items():
                place: Place = ("parameters", key)
                if key in parameters:
                    first = self.places[key][0].where(self.places[key][1], key=True)
                    message = f"`{key}` exists already ({first['file']}:{first['line']})"
                    self.faults.append(document.fault("repeated-id", message, place, key=True))
                    continue
                parameters[key] = parameter
                self.places[key] = (document, place)
                low, high = parameter.range
                if low > high:
                    message = "`range` must go from the lower to the higher number"
                    self.faults.append(document.fault("empty-range", message, (*place, "range")))
                elif not low <= parameter.value <= high:
                    message = f"the value {parameter.value} is outside its own range {low} to {high}"
                    self.faults.append(document.fault("out-of-range", message, (*place, "value")))
                if not (parameter.sources or parameter.consensus):
                    self.faults.append(document.fault("no-source", _NO_SOURCE, place, key=True))
        self._orders(parameters)
        return dict(sorted(parameters.items()))

    def _orders(self, parameters: Mapping[str, Parameter]) -> None:
        told: set[str] = set()
        for key, parameter in parameters.items():
            if parameter.at_most is None:
                continue
            document, place = self.places[key]
            other = parameters.get(parameter.at_most)
            if other is None and parameter.at_most in self.broken:
                continue
            if other is None:
                self.faults.append(
                    document.fault(
                        "unknown-parameter",
                        f"unknown parameter `{parameter.at_most}`",
                        (*place, "at_most"),
                        did_you_mean=nearest(parameter.at_most, parameters),
                    )
                )
            elif key in (circle := _chain(parameters, key)):
                if not told & {*circle}:
                    message = f"the order goes in a circle: {' at most '.join([key, *circle])}"
                    self.faults.append(document.fault("order-circle", message, (*place, "at_most")))
                told.update(circle)
            elif parameter.range[0] > other.range[1]:
                message = (
                    f"no value of its range {parameter.range[0]:g} to {parameter.range[1]:g} is at most one of "
                    f"`{parameter.at_most}`, {other.range[0]:g} to {other.range[1]:g}"
                )
                self.faults.append(document.fault("impossible-order", message, (*place, "at_most")))
            elif parameter.value > other.value:
                message = f"its value {parameter.value} is above {parameter.at_most} = {other.value}"
                self.faults.append(document.fault("wrong-order", message, (*place, "value")))


def _chain(parameters: Mapping[str, Parameter], name: str) -> list[str]:
    """The parameters that one may be at most, each at most the next."""
    chain: list[str] = []
    above = parameters[name].at_most
    while above is not None and above not in chain:
        chain.append(above)
        above = parameters[above].at_most if above in parameters else None
    return chain
