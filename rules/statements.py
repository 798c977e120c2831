"""Safety statements: what authors promise of their rules, in the language of the rules, to be proved and tested.

A statement says when it is about a runner, as a rule does (``when``, ``any``, ``unless``), and what then holds of
everything that is decided, whatever rule decided it. Statements decide nothing themselves and are not part of a pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict

from prehab.graph.budgets import MOST
from prehab.graph.contents import check_ids, check_most
from prehab.graph.faults import Fault, PackError, nearest
from prehab.graph.files import Document, Place
from prehab.graph.load import read_folder
from prehab.graph.models import Field
from prehab.graph.salvage import Broken, Faults, Salvaged, salvage
from prehab.graph.schema import Strict, Word
from prehab.rules.language import WHOLE_PERSON, Pattern, Test
from prehab.rules.load import RULES_FOLDER, word_lists
from prehab.rules.pack import Pack
from prehab.rules.patterns import Patterns
from prehab.rules.schema import Alternatives, ExercisesEffect, GateEffect, Limit, PatternText, Some, WordsOrVariable
from prehab.rules.select import Masks, variables_of

__all__ = ["STATEMENTS_FILE", "Promise", "Statement", "StatementFile", "load_statements", "read_statements"]

STATEMENTS_FILE = "statements.yaml"


class Referred(Strict):
    """At least so urgent a referral: of a region, of the whole person, or of everything, which covers the others."""

    urgency: Literal["routine", "urgent", "emergency"]
    region: WordsOrVariable("regions") | None = None  # type: ignore[valid-type]
    everything: Literal[True] | None = None
    whole_person: Literal[True] | None = None


class StatementText(Strict):
    """One statement of ``statements.yaml``."""

    model_config = ConfigDict(populate_by_name=True)

    says: Annotated[str, Field(min_length=10, max_length=400)]
    laws: list[Annotated[int, Field(ge=1, le=99)]] = []
    when: list[PatternText] = []
    any_of: list[Alternatives] | None = Field(default=None, alias="any")
    unless: list[PatternText] = []
    unknown: Literal["holds", "asks"] | None = None
    withheld: Some(ExercisesEffect) | None = None  # type: ignore[valid-type]
    bounded: Some(Limit) | None = None  # type: ignore[valid-type]
    closed: Some(GateEffect) | None = None  # type: ignore[valid-type]
    referred: Some(Referred) | None = None  # type: ignore[valid-type]
    kept: Some(ExercisesEffect) | None = None  # type: ignore[valid-type]
    sources: list[Annotated[str, Word("sources")]] = []
    consensus: bool = False


class StatementFile(Strict):
    """All of a ``statements.yaml``."""

    about: str
    statements: dict[str, StatementText]


PromiseKind = Literal["withheld", "bounded", "closed", "referred", "kept"]
PROMISES: tuple[PromiseKind, ...] = ("withheld", "bounded", "closed", "referred", "kept")


@dataclass(frozen=True)
class Promise:
    """What a statement says of the outcome.

    ``withheld``: none of the exercises is allowed. ``bounded``: whichever is allowed keeps to the bound. ``closed``:
    the gate is. ``referred``: there is a referral at least so urgent. ``kept``: one of the exercises is allowed, unless
    the status is ``stop``.
    """

    kind: PromiseKind
    data: Mapping[str, Any]
    variables: tuple[str, ...] = ()
    masks: Mapping[tuple[str, ...], int] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The variables that it speaks of."""
        named = self.data.get("region")
        return tuple(dict.fromkeys((*self.variables, *((named,) if isinstance(named, str) else ()))))

    def mask(self, bound: Mapping[str, str]) -> int:
        """The exercises that it is about, for what the variables stand for."""
        return (self.masks or {}).get(tuple(bound[name] for name in self.variables), 0)

    def regions(self, bound: Mapping[str, str]) -> tuple[str | None, ...]:
        """The regions of a referral; only ``None`` where it is about everything, ``WHOLE_PERSON`` about that."""
        named = self.data.get("region")
        if self.data.get("whole_person"):
            return (WHOLE_PERSON,)
        return (None,) if named is None else (bound[named],) if isinstance(named, str) else tuple(named)


@dataclass(frozen=True)
class Statement:
    """A statement ready to be tried: about whom (any one of the alternatives), and what it promises of them."""

    id: str
    says: str
    laws: tuple[int, ...]
    alternatives: tuple[tuple[Pattern, ...], ...]
    promises: tuple[Promise, ...]
    file: str
    line: int


def load_statements(pack: Pack, rules: Path = RULES_FOLDER) -> tuple[Statement, ...]:
    """The statements beside the rules of a pack; none where the folder has no ``statements.yaml``.

    Raises:
        PackError: The file cannot be read as statements about this pack; every fault is listed.
    """
    faults = Faults()
    found: tuple[Statement, ...] = ()
    with faults.enough():
        for _, document in read_folder(rules, STATEMENTS_FILE, faults, what="a file of statements"):
            found = read_statements(pack, document, faults, Broken())
    if faults:
        raise PackError(faults)
    return found


def read_statements(pack: Pack, document: Document, faults: list[Fault], broken: Broken) -> tuple[Statement, ...]:
    """The statements of a file; what is wrong is added to ``faults``. What is broken of the pack may still exist."""
    context = word_lists(pack.catalogue, pack, pack.schemes, broken)
    outline = salvage(_Outline, document.data, document, faults, Broken(), filler={"about": "", "statements": {}}).value
    faults.extend(check_ids(outline.statements, document, ("statements",)))
    faults.extend(check_most("statements", len(outline.statements), document, ("statements",)))
    found = []
    masks = Masks(pack.catalogue, {name: float(one.value) for name, one in pack.parameters.items()})
    for key, told in list(outline.statements.items())[: MOST["statements"]]:
        left = salvage(
            StatementText, told, document, faults, Broken(), at=("statements", key), context=context, filler=_STATEMENT
        )
        if left.value is not None:
            found.append(_Reader(pack, masks, left, faults, broken).statement(key, left.value))
    return tuple(found)


_STATEMENT = {"says": "What is said here cannot be read."}


class _Outline(Strict):
    """A file of statements, before each of them is read."""

    about: str
    statements: dict[str, Any]


class _Reader:
    def __init__(self, pack: Pack, masks: Masks, left: Salvaged, faults: list[Fault], broken: Broken) -> None:
        self.pack = pack
        self.left = left
        self.document = left.document
        self.faults = faults
        self.broken = broken
        self.patterns = Patterns(pack, pack.catalogue, faults, self._use, broken)
        self.masks = masks

    def statement(self, key: str, text: StatementText) -> Statement:
        place: Place = ("statements", key)
        if not (text.sources or text.consensus or self.left.lacks("sources", "consensus")):
            self._fault("no-source", "name `sources`, or say `consensus: true`", place)
        holds, asks = text.unknown == "holds", text.unknown == "asks"
        before = len(self.faults)
        alternatives = self.patterns.expand(text, self.document, place, holds, asks)
        sound = len(self.faults) == before and not self.left.lacks("when", "any", "unless")
        tests = (test for _, patterns in alternatives for pattern in patterns for test in pattern.tests)
        if text.unknown is None and not self.left.lacks("unknown") and any(map(self._open, tests)):
            message = "say what an unknown value does: `unknown: holds` or `unknown: asks`"
            remedy = "holds: it is about the unknown, too. asks: it is not."
            self._fault("unknown-undeclared", message, place, help=remedy)
        promises = [p for kind in PROMISES for p in self._promises(kind, getattr(text, kind) or (), place)]
        if not promises and not self.left.lacks(*PROMISES):
            self._fault("no-promise", "the statement promises nothing; give one of " + ", ".join(PROMISES), place)
        bound = [{name for pattern in patterns for _, name in pattern.binds} for _, patterns in alternatives]
        for promise in promises if sound else ():
            for variable in promise.names:
                if not all(variable in names for names in bound):
                    message = f"`{variable}` is not bound by a pattern under `when`"
                    self._fault("unbound-variable", message, (*place, promise.kind))
        line = self.document.where(place, key=True)["line"] or 0
        patterns = tuple(tuple(patterns) for _, patterns in alternatives)
        says = " ".join(text.says.split())
        return Statement(key, says, tuple(text.laws), patterns, tuple(promises), str(self.document.file), line)

    def _open(self, test: Test) -> bool:
        """Whether a test may meet an unknown value, and nobody has said what then."""
        if test.kind not in self.pack.kinds or test.unknown or test.op in ("known", "unknown"):
            return False
        return not self.pack.kinds[test.kind].fields[test.field].always

    def _promises(self, kind: PromiseKind, entries: Any, place: Place) -> Iterator[Promise]:
        for entry in entries:
            data = entry.model_dump(exclude_none=True, exclude={"exercises"})
            selector = getattr(entry, "exercises", None)
            variables: tuple[str, ...] = ()
            masks: Mapping[tuple[str, ...], int] | None = None
            if selector is not None and (said := self.masks.too_much(selector)):
                self._fault("too-many", said, (*place, kind))
                continue
            if selector is not None:
                self.masks.used.clear()
                variables, masks = tuple(sorted(variables_of(selector))), self.masks.table(selector)[1]
                if not (masks or self.masks.unknown or self.broken or self.left.lacks(kind)):
                    self._fault("selects-nothing", f"`{kind}` selects no exercise", (*place, kind))
                self._check_numbers((*place, kind))
            if kind == "bounded":
                self._check_bound(data, selector is not None, (*place, kind))
            if kind == "referred":
                about = (entry.region, entry.everything, entry.whole_person)
                if sum(one is not None for one in about) != 1:
                    message = "`referred` names a `region`, or says `everything: true` or `whole_person: true`"
                    self._fault("refer-what", message, (*place, kind))
            yield Promise(kind, data, variables, masks)

    def _check_numbers(self, place: Place) -> None:
        """A selector's numbers must exist, and be fixed: a proof is about every value that may be set."""
        for name in sorted(self.masks.unknown):
            self._unknown_parameter(name, place)
        self.masks.unknown.clear()
        for name in sorted(self.masks.used & self.pack.parameters.keys() - set(self.pack.fixed_parameters)):
            if self.broken.may_use(name):
                continue
            message = f"`{name}` may be overridden, so it cannot select exercises here"
            self._fault("free-parameter", message, place, help="Use a parameter that a rule selects exercises by.")

    def _check_bound(self, data: Mapping[str, Any], selects: bool, place: Place) -> None:
        channel = self.pack.channels.get(data["channel"])
        if channel is None:  # it stands in what could not be read
            return
        word = "at_most" if channel.safe == "cap" else "at_least"
        bound = data.get(word)
        if bound is None or len(data) != 2:
            message = f"`{data['channel']}` is a {channel.safe}: give `{word}` and nothing else"
            self._fault("limit-direction", message, place)
        elif channel.runner == selects:
            what = "no `exercises`, it bounds the runner's week" if channel.runner else "`exercises`"
            self._fault("limit-scope", f"`{data['channel']}` takes {what}", place)
        elif channel.values and bound not in channel.values:
            self._fault("unknown-word", f"`{bound}` is not one of {', '.join(channel.values)}", place)
        elif not channel.values and bound not in self.pack.parameters:
            self._unknown_parameter(bound, place)

    def _use(self, name: str, fault: Any, *path: str | int) -> None:
        if name not in self.pack.parameters and not self.broken.may_declare(name):
            fault("unknown-parameter", f"unknown parameter `{name}`", *path,
                  did_you_mean=nearest(name, self.pack.parameters))  # fmt: skip

    def _unknown_parameter(self, name: str, place: Place) -> None:
        if self.broken.may_declare(name):
            return
        close = nearest(name, self.pack.parameters)
        self._fault("unknown-parameter", f"unknown parameter `{name}`", place, did_you_mean=close)

    def _fault(self, code: str, message: str, place: Place, **more: Any) -> None:
        self.faults.append(self.document.fault(code, message, place, key=True, **more))
