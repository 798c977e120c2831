"""A record of a decision, and what comes of repeating it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

from prehab.graph.faults import InputError
from prehab.graph.files import Document, read_path, read_text
from prehab.graph.frozen import Table
from prehab.graph.models import Field
from prehab.graph.schema import Strict
from prehab.recommendation import ExerciseId, Provenance, Status, Urgency
from prehab.runner import Day, Runner
from prehab.written import Written

__all__ = ["Decision", "Differing", "Masked", "Record", "Replay", "seal_of"]

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Masked(Strict):
    """Something that was told, and does not stand in the record as it was told."""

    at: str = Field(description="Where it stands in the runner file, as a JSON pointer.")
    how: Literal["alike", "counted", "left_out"] = Field(
        description="A value stands there that every rule takes alike; a date was counted in days; or it was left out."
    )
    decides: bool = Field(False, description="Whether the decision rests on it, so that it cannot be repeated without.")


class Decision(Strict):
    """What was decided, without sentences."""

    status: Status = Field(description="Whether to train, to adapt, to have it looked at, or to stop.")
    urgency: Urgency | None = Field(None, description="The most urgent referral, if any.")
    running: Literal["as_usual", "easy_only", "run_walk", "none"] | None = Field(
        None, description="What to do about running."
    )
    allowed: tuple[ExerciseId, ...] = Field((), description="Every exercise that the rules allow.")
    given: tuple[ExerciseId, ...] = Field((), description="The exercises of the week.")


class Record(Strict, Written):
    """A decision with all that it takes to repeat it. The same decision gives the same bytes, whatever ran it."""

    schema_version: str = Field(
        pattern=r"^2\.[0-9]+$",
        description="The version of this shape: fields are only added within the number before the point.",
    )
    day: Day | None = Field(None, description="The day that it was for, where that was told and is not masked.")
    provenance: Provenance = Field(description="The pack, the version of prehab and the parameters that decided.")
    runner: Runner = Field(description="What was told; without what is masked.")
    masked: tuple[Masked, ...] = Field((), description="What was told and does not stand here as it was told.")
    decision: Decision = Field(description="What was decided.")
    rules: tuple[str, ...] = Field(
        (), description="The rules that had something to say, in order; of a masked record those that still have."
    )
    result: Table[str, Any] | None = Field(
        None,
        description="The answer with its reasons, as `prehab schema recommendation` describes it; none where it would "
        "give away what is masked.",
    )
    digest: Digest | None = Field(None, description="SHA-256 of the bytes of `result` as `to_json` writes it.")
    seal: Digest = Field(description="SHA-256 of all the rest of the record, its fields in alphabetical order.")

    @property
    def can_be_repeated(self) -> bool:
        """Whether all that the decision rests on stands in it."""
        return self.result is not None

    @classmethod
    def from_json(cls, text: str | bytes) -> Record:
        """The record that ``to_json`` wrote.

        Raises:
            InputError: It is none, it is of another major version, or it was changed since it was written.
        """
        return cls.read(read_text(text, what="a record"))

    @classmethod
    def read_file(cls, path: str | Path) -> Record:
        """The record of a file; faults carry its line and column.

        Raises:
            InputError: It cannot be read, it is no record, or it was changed since it was written.
        """
        return cls.read(read_path(path, what="a record"))

    @classmethod
    def read(cls, document: Document) -> Record:
        """A record from a document."""
        from prehab.wire import check_version, from_document

        if isinstance(document.data, Mapping):
            check_version(document)
        record = from_document(cls, document)
        if record.seal != seal_of(record):
            message = "this record is not as it was written: its seal does not fit"
            help_ = "Take an unchanged copy; what was changed by hand proves nothing."
            raise InputError([document.fault("broken-seal", message, ("seal",), value=record.seal, help=help_)])
        return record


def seal_of(record: Record) -> str:
    """The seal of a record: of all but the seal itself, whatever the order of its fields."""
    from prehab.wire import data_of

    told = {name: one for name, one in data_of(record).items() if name != "seal"}
    return sha256(json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class Differing(Strict):
    """One thing that is decided otherwise when a record is repeated."""

    what: str = Field(
        description="What it is about: the status, urgency, running, what is `allowed` or `given`, a dose, or a part "
        "of the answer; with the pack of the record at hand, an effect as `prehab rules diff` names it."
    )
    about: str | None = Field(None, description="Which exercise, gate or part it is, where it is about one.")
    before: str | None = Field(None, description="What it was.")
    after: str | None = Field(None, description="What it is now.")
    rule: str | None = Field(None, description="The rule that holds back, then or now, where one does.")


class Replay(Strict, Written):
    """What came of repeating a record."""

    outcome: Literal["same", "differs", "impossible"] = Field(
        description="The same answer byte for byte; another one; or the record does not hold what it takes."
    )
    says: str = Field(description="The same in a sentence.")
    recorded: Provenance = Field(description="What decided then.")
    pack: Digest = Field(description="SHA-256 of the pack that decided now.")
    library: str = Field(description="The version of prehab that decided now.")
    notes: tuple[str, ...] = Field((), description="What else is to be known of the two: pack, version, parameters.")
    differences: tuple[Differing, ...] = Field((), description="What is decided otherwise.")
    rules_gone: tuple[str, ...] = Field((), description="The rules that had something to say then, and have not now.")
    rules_new: tuple[str, ...] = Field((), description="The rules that have something to say now, and had not then.")
    rules_rewritten: tuple[str, ...] = Field(
        (), description="Of these and the other rules that have something to say, those that are written otherwise "
        "now; only with the pack of the record at hand."
    )  # fmt: skip
