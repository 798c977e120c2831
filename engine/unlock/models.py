"""The answer to what would unlock something."""

from __future__ import annotations

from datetime import date
from typing import Literal

from prehab.graph.models import Field
from prehab.graph.schema import Strict
from prehab.recommendation import ExerciseId, RuleId
from prehab.written import Written

__all__ = ["Choice", "Held", "Rung", "Step", "StepKind", "Unlock", "Value", "Way"]

StepKind = Literal["training", "test", "answer", "time", "equipment", "healing"]
"""What a step takes, the most honest first."""

Value = bool | int | float | str


class Step(Strict):
    """One thing that has to become so. Nobody can change an age, a sex or a diagnosis, so no step asks for it."""

    kind: StepKind = Field(
        description="What it takes: `training`; where nobody told whether it is so already, a `test` or, of what needs "
        "none, an `answer`; `time`; `equipment`; or `healing`, which nobody can hurry."
    )
    at: str = Field(description="Where it stands in the runner file, as a JSON pointer.")
    label: str = Field(description="What it is about.")
    now: Value | None = Field(None, description="What is told now, if anything is.")
    needed: Value = Field(description="What is needed.")
    says: str = Field(description="The step in a sentence.")
    how: str | None = Field(None, description="How to test it.")
    days: int | None = Field(
        None,
        description="The days it takes at least, where that is known: a floor, no promise. Unit: days.",
    )


class Rung(Strict):
    """A gate or an exercise that opens on the way. Each demand was checked: without that step it stays closed."""

    kind: Literal["gate", "exercise"] = Field(description="A gate, or an exercise of the ladder that leads there.")
    id: str = Field(description="Its id.")
    name: str = Field(description="What it is called.")
    demands: tuple[int, ...] = Field(description="The steps that it asks for, by their numbers, from 1.")


class Way(Strict):
    """Steps after which it is allowed, while without any one of them it is not. Both were tried."""

    steps: tuple[Step, ...] = Field(description="The steps, the most honest first.")
    rungs: tuple[Rung, ...] = Field((), description="What opens on the way, in the order in which it does.")
    days: int | None = Field(
        None,
        description="The days it takes at least, where that is known: a floor, no promise. Unit: days.",
    )
    not_before: date | None = Field(None, description="The day after so many days, where `today` is told.")


class Held(Strict):
    """What stands against it as long as it is so, and what nothing honest changes."""

    says: str = Field(description="What it is, in a sentence.")
    rule: RuleId | None = Field(None, description="The rule, where one holds it back.")


class Choice(Strict):
    """What decides whether something that is allowed is given."""

    kind: Literal["given", "refused", "time", "days", "better", "unasked"] = Field(
        description="It is given; it is not wanted; there is no time left, or no day for any; another one came first; "
        "or nothing in the week asks for it."
    )
    says: str = Field(description="The same in a sentence.")
    exercise: ExerciseId | None = Field(None, description="The one that came first.")


class Unlock(Strict, Written):
    """What would have to change for something to be allowed: the smallest ways, the most honest first."""

    target: str = Field(description="What was asked for: the id of an exercise or a gate, a stage, or `running`.")
    kind: Literal["exercise", "gate", "stage", "running"] = Field(description="What kind of thing that is.")
    name: str = Field(description="What it is called.")
    open: bool = Field(description="Whether it is allowed already.")
    summary: str = Field(description="The answer in a sentence.")
    ways: tuple[Way, ...] = Field(
        (), description="The ways there: first those that rest least on healing, then on equipment, on time, on tests."
    )
    complete: bool = Field(
        True, description="Whether these are all the ways there are; else there are more, or the search was cut short."
    )
    held: tuple[Held, ...] = Field((), description="What nothing honest changes, where there is no way.")
    choice: Choice | None = Field(None, description="Of an exercise that is allowed: whether it is given, and why.")
