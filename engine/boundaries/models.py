"""The answer to what would change an answer."""

from __future__ import annotations

from typing import Literal

from prehab.graph.models import Field
from prehab.graph.schema import Strict
from prehab.recommendation import ExerciseId
from prehab.written import Written

__all__ = ["KINDS", "Boundaries", "Boundary", "Changed", "Crossing", "Kind", "LeftOut", "Value"]

Kind = Literal["stops", "refers", "opens", "withholds", "doses", "week"]

KINDS: tuple[Kind, ...] = ("stops", "refers", "opens", "withholds", "doses", "week")
"""What a change comes to, the most important first."""

Value = bool | int | float | str


class Crossing(Strict):
    """A value at which the advice becomes another, counted from what is told now."""

    at: str = Field(description="Where it stands in the runner file, as a JSON pointer; of a fault, its name.")
    label: str = Field(description="What it is about.")
    now: Value | None = Field(None, description="What is told now; none where nothing is.")
    way: Literal["up", "down", "other"] = Field(
        description="Whether it lies above or below what is told now, in the order of the values; `other` where they "
        "have no order. Where nothing is told: whether it holds from there up, from there down, or for this alone."
    )
    value: Value = Field(description="The nearest value at which the advice is the other one.")
    before: Value | None = Field(
        None, description="The last value before it; none of words without an order, and where nothing is told."
    )
    says: str = Field(description="The same in words.")


class Changed(Strict):
    """One thing of the advice that becomes another."""

    kind: Literal["status", "urgency", "referral", "running", "stage", "opened", "withheld", "dose", "week"] = Field(
        description="What it is."
    )
    says: str = Field(description="What becomes of it.")
    before: str | None = Field(None, description="What it is now, where that is a word.")
    after: str | None = Field(None, description="What it becomes, where that is a word.")
    exercises: tuple[ExerciseId, ...] = Field((), description="The exercises, where it is about some.")


class Boundary(Strict):
    """One other advice, and everything that leads to it by itself."""

    kind: Kind = Field(
        description="What it comes to: all `stops`; it `refers`, more or sooner than now; more `opens`; it `withholds` "
        "more; only `doses` are others; only the `week` holds something else."
    )
    says: str = Field(description="What changes, in a sentence.")
    changes: tuple[Changed, ...] = Field(description="What changes, the most important first.")
    crossings: tuple[Crossing, ...] = Field(description="Each of them alone leads to it; the nearest first.")


class LeftOut(Strict):
    """Something told of which no boundary is shown, or none in one direction."""

    at: str = Field(description="Where it stands in the runner file, as a JSON pointer.")
    label: str = Field(description="What it is about.")
    why: str = Field(description="Why it is left out.")


class Boundaries(Strict, Written):
    """What would change an answer, the most important first: what would stop it, what refers, what opens, the rest.

    Every number and word that is told was tried alone in each direction, and what the answer asks for with every
    answer; the rest of the runner stayed as it is.
    """

    boundaries: tuple[Boundary, ...] = Field((), description="The other advice nearest by.")
    left_out: tuple[LeftOut, ...] = Field((), description="What is told and not shown as something to change.")
