"""What somebody means by a name that is no exercise's: a gate, or a stage of what hurts."""

from __future__ import annotations

from collections.abc import Callable

from prehab.fact import Fact
from prehab.facts import position_of
from prehab.graph.faults import Fault, InputError
from prehab.rules.pack import Pack

__all__ = ["gate_meant", "plainly", "stage_meant"]


def plainly(text: str) -> str:
    """A name without what people write in different ways: capitals, spaces, dashes."""
    return "_".join(text.strip().lower().replace("-", " ").split())


def gate_meant(pack: Pack, text: str) -> str | None:
    """The gate of an id, a name or a phase."""
    said = plainly(text)
    return next((n for n, gate in pack.gates.items() if said in {plainly(n), plainly(gate.name), gate.phase}), None)


def stage_meant(pack: Pack, complaints: Callable[[], list[Fact]], text: str) -> tuple[list[Fact], str] | None:
    """What is sore and the stage that a name means; none where it is no stage.

    An injury that is named beside another place counts as two complaints, which are told together.

    Args:
        pack: The pack.
        complaints: What is sore.
        text: The stage (``load``), or that of a complaint by its number from 1 (``2/load``).

    Raises:
        InputError: No complaint has such a stage, or more than one.
    """
    number, slash, stage = plainly(text).rpartition("/")
    if stage not in pack.catalogue.words["stages"] or (slash and not number.isdigit()):
        return None
    injuries = pack.catalogue.injuries
    having: dict[int, list[Fact]] = {}
    for fact in complaints():
        place = position_of(fact.name)
        if stage in injuries[fact.values["injury"]].stages and (not slash or place == int(number) - 1):
            having.setdefault(place, []).append(fact)
    if len(having) == 1:
        return next(iter(having.values())), stage
    told = [f"{place + 1}/{stage}" for place in having]
    if told:
        message, said = f"`{text}` is a stage of more than one complaint", f"Name one: {', '.join(told)}."
    else:
        message, said = f"no complaint here comes to a stage `{text}`", "`prehab recommend` names the stages."
    raise InputError([Fault("unknown-target", message, value=text, allowed=tuple(told), help=said)])
