"""Orders of parameters: whatever value stands in the range of one can be given to it, if its partners are moved too."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.faults import Fault
from prehab.graph.salvage import Broken
from prehab.rules.checks.places import Where
from prehab.rules.pack import Pack

__all__ = ["check_orders"]


def check_orders(pack: Pack, where: Where, broken: Broken) -> Iterator[Fault]:
    """Every range of which an order would refuse a part, whatever the other parameter is; not of those with faults."""
    for name, one in pack.parameters.items():
        if (
            one.at_most is None
            or one.at_most not in pack.parameters
            or not broken.flawed.isdisjoint((name, one.at_most))
        ):
            continue
        most, least = _span(pack, one.at_most)[1], _span(pack, name)[0]
        for key, end, beyond, words in (
            (name, one.range[1], one.range[1] > most, f"above {most:g}, the most that `{one.at_most}` may be"),
            (one.at_most, _span(pack, one.at_most)[0], pack.parameters[one.at_most].range[0] < least,
             f"below {least:g}, the least that `{name}` may be"),
        ):  # fmt: skip
            if beyond and key not in pack.fixed_parameters:
                message = f"its range goes to {end:g}, but nothing is ever accepted {words}"
                yield Fault("range-refused", message, **where("parameters", key, "range"))


def _span(pack: Pack, name: str) -> tuple[float, float]:
    """The values that a parameter may be given; one that selects exercises keeps its own."""
    one = pack.parameters[name]
    return (one.value, one.value) if name in pack.fixed_parameters else (one.range[0], one.range[1])
