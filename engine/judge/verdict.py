"""What the judge says: each finding with its place, its rule, its reason and its smallest repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from prehab.graph.models import Field
from prehab.graph.schema import Strict
from prehab.written import Written

__all__ = ["CODES", "Change", "Code", "Finding", "Repair", "Verdict"]

Severity = Literal["breach", "thin"]


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: how bad it is, the law of the design that it belongs to, and what it means.

    Of what is too little ``weight`` says how much it matters beside the rest: a repair may cost what weighs less. What
    is ``lesser`` among the breaches may come of putting another right, and is seen to after it.
    """

    severity: Severity
    law: int | None
    means: str
    weight: int = 0
    lesser: bool = False


def _breach(law: int | None, means: str, *, lesser: bool = False) -> Code:
    return Code("breach", law, means, lesser=lesser)


def _thin(weight: int, means: str) -> Code:
    return Code("thin", None, means, weight)


CODES: dict[str, Code] = {
    "stopped": _breach(3, "Nothing is to be trained: somebody has to look at the runner first."),
    "unknown-exercise": _breach(12, "The exercise has no entry, so nothing can be said for it."),
    "referred": _breach(3, "It loads a place that somebody should look at first."),
    "forbidden": _breach(12, "A rule holds it back."),
    "not-open": _breach(12, "No rule permits it yet."),
    "no-dose": _breach(10, "What bounds it leaves no dose."),
    "refused": _breach(None, "The runner does not want it."),
    "new-before-the-race": _breach(None, "The race is this week, and the log does not know the exercise."),
    "no-equipment": _breach(None, "It needs equipment that was not named."),
    "twice": _breach(None, "It stands twice in one session."),
    "dose-missing": _breach(10, "Its sets, or its amount, are not said."),
    "wrong-unit": _breach(10, "It is dosed in another unit: repetitions, seconds or contacts."),
    "too-much": _breach(10, "It is above the most that may be given."),
    "too-soon": _breach(15, "It begins above its lowest, and nothing shows that it was trained before."),
    "not-bounded": _breach(10, "A bound that counts here is not in the plan."),
    "load-unclear": _breach(10, "Its load is bounded, and the plan does not say it in a word."),
    "rest-too-short": _breach(10, "The rest between its sets is too short."),
    "too-often": _breach(10, "It is done on too many days, or too often on a day."),
    "too-many-sessions": _breach(10, "There are more sessions than the rules allow, or than the runner has time for."),
    "too-long": _breach(None, "A session takes longer than the runner has."),
    "minutes-wrong": _breach(18, "A session takes longer than the plan says."),
    "too-many-exercises": _breach(None, "A session holds more exercises than its time allows."),
    "too-many-contacts": _breach(10, "A session holds too many landings."),
    "before-a-key-run": _breach(11, "Heavy or springy leg work stands too near before a key run or a race."),
    "no-day": _breach(11, "There are key runs, and heavy or springy leg work without a day."),
    "not-a-day": _breach(None, "A session stands on a day that the runner does not have."),
    "same-day": _breach(None, "Two sessions stand on one day."),
    "no-rest-day": _breach(
        None, "Heavy or springy leg work stands on two days in a row, and could stand apart.", lesser=True
    ),
    "too-close": _breach(10, "Springy or slow lowering work comes back too soon."),
    "near-the-race": _breach(11, "A session stands in the last days before a race."),
    "running": _breach(18, "A run is not what is decided about running."),
    "untreated": _thin(1000, "What a sore place needs now is missing."),
    "too-few-sets": _thin(10, "A sore place gets fewer sets a week than its stage asks for."),
    "too-seldom": _thin(20, "A sore place is trained on fewer days than its stage asks for."),
    "fewer-sessions": _thin(30, "There are fewer sessions than the runner has time for."),
    "thinned": _thin(10, "It has fewer sets than are of use."),
    "empty-session": _thin(9, "A session holds nothing."),
    "no-main-lift": _thin(8, "A session has no main lift."),
    "treatment-not-first": _thin(3, "What treats does not come first."),
    "too-few-exercises": _thin(2, "A session holds few exercises for its time."),
    "place-missing": _thin(2, "The week holds nothing for something that it should train."),
    "too-little": _thin(1, "An amount is below the least that is of use."),
    "no-warm-up": _thin(1, "The warm-up is too short."),
    "no-ramp": _thin(1, "The lighter sets before the first heavy one are missing."),
}


class Change(Strict):
    """One step of a repair, as in JSON Patch.

    ``add`` puts a value at a place, ``remove`` takes out what stands there, ``move`` brings there what stands at
    ``origin``.
    """

    op: Literal["add", "remove", "move"] = Field(description="What to do.")
    path: str = Field(description="The place, as a JSON pointer.")
    value: Any = Field(None, description="What to put there.")
    origin: str | None = Field(None, description="Where it stands before it is moved, as a JSON pointer.")


class Repair(Strict):
    """What would put it right with the least change."""

    says: str = Field(description="The repair in a sentence.")
    changes: tuple[Change, ...] = Field(description="Its steps, one after the other.")


class Finding(Strict):
    """One thing that is wrong with a plan.

    Attributes:
        code: A stable word for it, out of ``CODES``.
        severity: ``breach``: it is unsafe, or not what was decided. ``thin``: it is too little, and could be more.
        at: Where in the plan, as a JSON pointer; an empty one means the whole.
        says: What is wrong.
        because: Why that matters: the reason of the rule, or what the judge holds against.
        rule: The rule, if one decides it.
        law: The law of the design that it belongs to, if any.
        did_you_mean: The nearest names of an exercise that is not known.
        repair: The smallest change that puts it right.
    """

    code: str = Field(description="A stable word for what is wrong.")
    severity: Severity = Field(
        description="`breach`: it is unsafe, or not what was decided. `thin`: it is too little, and could be more."
    )
    at: str = Field(description="Where in the plan, as a JSON pointer; an empty one means the whole.")
    says: str = Field(description="What is wrong.")
    because: str = Field(description="Why that matters: the reason of the rule, or what the judge holds against.")
    rule: str | None = Field(None, description="The rule, if one decides it.")
    law: int | None = Field(None, description="The law of the design that it belongs to, if any.")
    did_you_mean: tuple[str, ...] = Field((), description="The nearest names of an exercise that is not known.")
    repair: Repair | None = Field(None, description="The smallest change that puts it right.")


class Verdict(Strict, Written):
    """What a judge found in a plan, breaches first, each in the order of the plan. A clean plan has no findings."""

    clean: bool = Field(description="Whether nothing was found.")
    findings: tuple[Finding, ...] = Field(
        (), description="What was found, breaches first, each in the order of the plan."
    )

    @property
    def breaches(self) -> tuple[Finding, ...]:
        """What is unsafe, or not what was decided."""
        return tuple(one for one in self.findings if one.severity == "breach")

    @property
    def thin(self) -> tuple[Finding, ...]:
        """What is too little, and could be more."""
        return tuple(one for one in self.findings if one.severity == "thin")
