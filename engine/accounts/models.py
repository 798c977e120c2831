"""The account of why something is so."""

from __future__ import annotations

from typing import Literal

from prehab.graph.models import Field
from prehab.graph.schema import Strict
from prehab.recommendation import Condition, Reason, RuleId, SourceText
from prehab.written import Written

__all__ = ["Account", "AccountKind", "Part", "PartKind", "Point", "Stands"]

AccountKind = Literal[
    "exercise", "dose", "limit", "stage", "gate", "status", "referral", "rule", "running", "day", "week", "daily",
    "choice", "question",
]  # fmt: skip
"""What kind of thing was asked about."""

PartKind = Literal["lacks", "holds", "because", "amounts", "on", "back", "days", "holds_what", "given_up", "next"]
"""What a part tells."""

Stands = Literal["met", "unmet", "unknown", "so"]
"""Whether a condition is met, is not, or is not known to be; or something is simply so."""


class Point(Strict):
    """One thing that is said, with what it rests on."""

    says: str = Field(description="The sentence.")
    stands: Stands = Field(
        "so", description="Whether it is a condition that is met, unmet or unknown, or something that is so."
    )
    title: str | None = Field(None, description="What it is about, in a word or two.")
    about: str | None = Field(None, description="What to ask, to hear more of it.")
    conditions: tuple[Condition, ...] = Field((), description="The conditions that it tells of, as data.")
    reasons: tuple[Reason, ...] = Field((), description="The rules that decide it, each with what it saw.")


class Part(Strict):
    """Points that belong together."""

    kind: PartKind = Field(
        description="What it tells: a permit and what it lacks, the nearest such part first; what holds it back, the "
        "hardest to lift first; why it is so; amounts; what moves it on, or back; days; what it holds; what was given "
        "up; or what comes next."
    )
    title: str = Field(description="What it is called.")
    says: str | None = Field(None, description="What it says before its points.")
    rule: RuleId | None = Field(None, description="The rule that it tells of, where it is one rule's.")
    points: tuple[Point, ...] = Field((), description="The points, what matters most first.")


class Account(Strict, Written):
    """Why something that was said is so, for one runner."""

    about: str = Field(description="What was asked, in the words that ask for it again.")
    kind: AccountKind = Field(description="What kind of thing that is.")
    name: str = Field(description="What it is called.")
    verdict: str = Field(description="How it stands, in a word or two.")
    summary: str = Field(description="The answer in a sentence.")
    parts: tuple[Part, ...] = Field((), description="Everything else, what matters most first.")
    sources: tuple[SourceText, ...] = Field((), description="The publications that the reasons name.")
