"""What is made of each row: read, answered, and written as a line of JSON or as a row of a table.

A row that cannot be read as a runner has faults in the place of an answer, all of them. Every row is read, checked and
decided as ``Engine.recommend`` does it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from prehab.batch.lines import BLOCK_BYTES, CHUNK, read_line
from prehab.dates import as_of
from prehab.graph.faults import Fault, InputError, shorten
from prehab.graph.files import Document
from prehab.graph.once import Once
from prehab.graph.text import visible
from prehab.runner import Runner

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from prehab.batch.decisions import Decisions
    from prehab.engine import Engine
    from prehab.recommendation import Recommendation

__all__ = ["ROW", "SUMMARY", "TABLE_OF", "Outcome", "Rows", "What", "as_json"]

What = Literal["answer", "summary", "decisions"]
ROW = "row"
"""The name of what numbers the rows where the caller names no field of his own; counted from 1."""

TABLE_OF = "runner"
"""A column of a table that holds whole runners, as structs or as JSON text."""

MOST_LATELY = 200
"""How many answers are held, a few megabytes: of those who tell the same, as many do who have told little."""

SUMMARY = (
    "status", "urgency", "running", "sessions_per_week", "week", "daily", "stages", "referrals", "allowed",
    "provenance",
)  # fmt: skip
"""What a summary holds, in order. README.md says what each is."""

DECISIONS = ("what", "status", "urgency", "running", "phase", "stages", "referrals", "allowed", "provenance")
"""What is told of a row that was only decided about, likewise: no week is planned, and there is no dose."""

COLUMNS: Mapping[str, tuple[str, ...]] = {"answer": ("answer",), "summary": SUMMARY, "decisions": DECISIONS}
"""What is told of every row, by what is asked."""

DECIDED_ROWS, DECIDED_BYTES = 8192, 24_000_000
"""Rows that are decided about at a time, and after how many bytes of lines no more are taken: the more they are, the
less each costs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a row.

    Attributes:
        row: Its number, from 1; in JSON lines the number of its line.
        key: The caller's own name for it, or the number.
        told: The answer as JSON text, or what a table holds of it as data; nothing where there are faults. Of a row
            that is still to be decided about the runner, and then what is told of him, as data or as what stands inside
            a JSON object.
        faults: Why it could not be read.
    """

    row: int
    key: int | str | None
    told: str | dict[str, Any] | Runner | None
    faults: tuple[Fault, ...] = ()


class Rows:
    """What is asked of each row of a batch, and a function that answers a whole one.

    It can be pickled, and is small: with the bundled pack only its digest goes along, and another pack there is
    refused.

    Args:
        engine: Answers.
        what: The ``answer`` as JSON text, as ``Recommendation.to_json`` writes it; a ``summary`` in columns; or the
            ``decisions`` alone in columns, many rows at once: who may do which exercises, and no plan.
        id_field: The field of each row that names it, a whole number or text. It is no part of the runner, and passes
            through under its name. Without it, rows are numbered where they come from a file.
        on: The day that the answers are for, as ``prehab.dates.on_day`` counts it; by default what each row says.

    Raises:
        InputError: The field has the name of something that is told of every row, or of a field of the runner; or
            decisions are asked for and numpy is not installed.
    """

    def __init__(
        self, engine: Engine, *, what: What = "answer", id_field: str | None = None, on: date | None = None
    ) -> None:
        if what not in get_args(What):
            message = f"a row is given its answer, a summary or decisions, not `{shorten(what)}`"
            raise InputError([Fault("unknown-name", message, allowed=get_args(What))])
        if id_field is not None and (
            id_field in Runner.model_fields or id_field in (*COLUMNS[what], *SUMMARY, ROW, "answer", "faults", TABLE_OF)
        ):
            message = f"`{id_field}` cannot name the rows: it is told of every row, or is a field of the runner"
            raise InputError([Fault("bad-option", message, value=id_field)])
        self.engine, self.what, self.id_field, self.on = engine.for_many(), what, id_field, on
        self._lately: dict[str, str | dict[str, Any] | Runner] = {}
        self.at_once = (DECIDED_ROWS, DECIDED_BYTES) if what == "decisions" else (CHUNK, BLOCK_BYTES)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.engine, self.what, self.id_field, self.on)

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch with a row for each row of ``batch``, in its order: the column that names it, if there is one; what
        is told of it; and ``faults``, as JSON text, which is null where the row could be read.

        Raises:
            InputError: The columns are no runners; every one that does not belong there is named.
        """
        from prehab.batch.tables import answered

        return answered(self, batch)

    def schema(self, told: pa.Schema) -> pa.Schema:
        """The schema of what comes out for batches of a schema."""
        from prehab.batch.tables import answered_schema

        return answered_schema(self, told)

    @Once
    def provenance(self) -> Mapping[str, Any]:
        """What makes the answers, as each of them tells it."""
        from prehab.wire import data_of

        return data_of(self.engine.provenance)

    @Once
    def decisions(self) -> Decisions:
        """Decides about many rows at once; only made once that is asked."""
        from prehab.batch.decisions import Decisions

        return Decisions(self)

    def prepare(self) -> None:
        """Make what is needed before the first row, for processes that are started after that to share.

        Raises:
            InputError: numpy or pyarrow is not installed, or columns cannot hold what the pack concludes.
        """
        if self.what == "decisions":
            _ = self.decisions

    def of_lines(self, first: int, lines: Sequence[bytes], *, text: bool) -> list[Outcome]:
        """What comes of lines of JSON.

        Args:
            first: The number of the first.
            lines: Without their ends; of empty ones nothing comes.
            text: Whether decisions are to be told as JSON text, and not as data.
        """
        if self.what == "decisions":
            return self.decisions.of_lines(first, lines, text=text)
        return [self.of_line(first + at, line) for at, line in enumerate(lines) if line]

    # -- one row ----------------------------------------------------------------------------------------------------

    def of_line(self, row: int, line: bytes) -> Outcome:
        """What comes of a line of JSON."""
        key = row if self.id_field is None else None
        try:
            document = read_line(line)
        except InputError as error:
            return Outcome(row, key, None, error.faults)
        if self.id_field is None or not isinstance(document.data, dict):
            return self._outcome(row, key, document)
        key = document.data.pop(self.id_field, None)
        return self._outcome(row, key, document)

    def of_record(self, row: int, key: int | str | None, told: Any) -> Outcome:
        """What comes of a row of a table, as plain data or as JSON text; ``key`` names it."""
        if isinstance(told, Mapping):
            return self._outcome(row, key, Document(told))
        try:
            text = told.encode() if isinstance(told, str) else told
            return self._outcome(row, key, read_line(b"null" if text is None else text))
        except InputError as error:
            return Outcome(row, key, None, error.faults)

    def _outcome(self, row: int, key: Any, document: Document) -> Outcome:
        faults: tuple[Fault, ...] = ()
        if self.id_field is not None and (type(key) not in (int, str)):
            said = "is missing" if key is None else "must be a whole number or text"
            faults = (document.fault("missing-field" if key is None else "wrong-type",
                                     f"`{self.id_field}`, which names the row, {said}", (self.id_field,)),)  # fmt: skip
            key = None
        same = None if faults else _as_text(document.data)
        told = None if same is None else self._lately.get(same)
        if told is not None:
            return Outcome(row, key, told)
        try:
            runner = as_of(self.engine, self.engine.read(document), self.on)
        except InputError as error:
            return Outcome(row, key, None, (*faults, *error.faults))
        if faults:
            return Outcome(row, key, None, faults)
        told = self._told(runner)
        if same is not None:
            if len(self._lately) >= MOST_LATELY:
                self._lately.clear()
            self._lately[same] = told
        return Outcome(row, key, told)

    def _told(self, runner: Runner) -> str | dict[str, Any] | Runner:
        if self.what == "decisions":  # he is decided about with others
            return runner
        answer = self.engine.recommend(runner)
        return answer.to_json()[:-1] if self.what == "answer" else summary_of(answer)

    # -- as lines ---------------------------------------------------------------------------------------------------

    def as_lines(self, outcomes: Iterable[Outcome]) -> bytes:
        """Those that were answered, each as a line of JSON."""
        name = as_json(self.id_field or ROW)
        lines = []
        made = as_json(self.provenance)
        for one in outcomes:
            if isinstance(one.told, str) and self.what == "decisions":
                key = one.key if type(one.key) is int else as_json(one.key)
                lines.append(f'{{{name}:{key},{one.told},"provenance":{made}}}\n')
            elif isinstance(one.told, str):
                lines.append(f'{{{name}:{as_json(one.key)},"answer":{one.told}}}\n')
            elif isinstance(one.told, dict):
                line = {self.id_field or ROW: one.key, **one.told, "provenance": self.provenance}
                lines.append(as_json(line) + "\n")
        return "".join(lines).encode()

    def faults_as_lines(self, outcomes: Iterable[Outcome]) -> bytes:
        """Those that could not be read, each as a line of JSON: its number, its name if it has one, and every fault."""
        lines = []
        for one in outcomes:
            if one.told is None:
                named = {} if self.id_field is None or one.key is None else {self.id_field: one.key}
                line = {ROW: one.row, **named, "faults": faults_as_data(one), "provenance": self.provenance}
                lines.append(as_json(line) + "\n")
        return "".join(lines).encode()


def faults_as_data(outcome: Outcome) -> list[dict[str, Any]]:
    """The faults of a row as data; the line of each is that of the row in its file, which is told beside it."""
    return [replace(fault, line=None).as_dict() for fault in outcome.faults]


def summary_of(answer: Recommendation) -> dict[str, Any]:
    """What a table about many runners holds of an answer: ``SUMMARY``, but for what made it."""
    return {
        "status": answer.status,
        "urgency": answer.urgency,
        "running": answer.running and answer.running.mode,
        "sessions_per_week": answer.sessions_per_week,
        "week": [
            {"day": one.day, "minutes": one.minutes, "exercises": [given.exercise for given in one.exercises]}
            for one in answer.sessions
        ],
        "daily": [given.exercise for given in answer.daily.exercises] if answer.daily else [],
        "stages": [{"complaint": one.complaint, "injury": one.injury, "stage": one.stage} for one in answer.treatment],
        "referrals": [{"urgency": one.urgency, "region": one.region, "rule": one.rule} for one in answer.referrals],
        "allowed": list(answer.allowed),
    }


def _as_text(data: Any) -> str | None:
    """What is told, to be known again; nothing of what is no JSON, as a table may hold."""
    try:
        return as_json(data)
    except (TypeError, ValueError):
        return None


def as_json(data: Any) -> str:
    """Data in a line of JSON, with nothing hidden in it: names in it are a stranger's, and it may go to a terminal."""
    return visible(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


@lru_cache(maxsize=4)
def _kept(digest: str, overrides: str, language: str, evaluator: str) -> list[Engine]:
    """Where an engine is kept that came from another process: each task there brings the same one again."""
    return []


def _again(engine: Engine, what: What, id_field: str | None, on: date | None) -> Rows:
    """Rows that were pickled, with the engine that was used here before."""
    made = engine.provenance
    place = _kept(made.pack, as_json(dict(made.overrides)), made.language, engine.evaluator)
    place[:] = place or [engine]
    return Rows(place[0], what=what, id_field=id_field, on=on)
