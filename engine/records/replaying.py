"""Repeats a record, and says what is decided otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from prehab.graph.faults import Fault, InputError
from prehab.graph.schema import make
from prehab.recommendation import Provenance
from prehab.records.keeper import Keeper
from prehab.records.models import Decision, Differing, Record, Replay
from prehab.rules.messages import Messages
from prehab.wire import data_of

if TYPE_CHECKING:
    from prehab.engine import Engine

__all__ = ["differences", "replayed"]


def replayed(
    record: Record, engine: Engine, keeper: Keeper, notes: tuple[str, ...], then: Engine | None, say: Messages
) -> Replay:
    """What comes of repeating a record.

    Args:
        record: The record.
        engine: The engine that repeats it, with the parameters of the record as far as its pack has them.
        keeper: Makes its records.
        notes: What of the parameters could not be taken over.
        then: An engine with the pack of the record, where there is one.
        say: The sentences of the language that it is told in, whatever the language of the record.

    Raises:
        InputError: The runner names what this pack does not have, or ``then`` has another pack.
    """
    if then is not None and then.digest != record.provenance.pack:
        message = f"the pack given for then is {then.digest[:12]}, and the record was made with another"
        raise InputError([Fault("other-pack", message, value=then.digest, help=f"It is {record.provenance.pack}.")])
    here = keeper.provenance
    told = {
        "recorded": record.provenance,
        "pack": here.pack,
        "library": here.library,
        "notes": (*_told_apart(record.provenance, here, say), *notes),
    }
    if not record.can_be_repeated:
        hidden = ", ".join(one.at for one in record.masked if one.decides)
        return make(Replay, outcome="impossible", says=say("replay.impossible", places=hidden), **told)
    runner = engine.runner(record.runner)
    answer = engine.recommend(runner)
    text = answer.to_json()
    if sha256(text.encode()).hexdigest() == record.digest:
        return make(Replay, outcome="same", says=say("replay.same"), **told)
    made = data_of(answer, whole=False)
    if _but_provenance(made) == _but_provenance(record.result or {}):
        return make(Replay, outcome="same", says=say("replay.same_otherwise_made"), **told)
    advice = keeper.finder.advice(runner)
    rules = keeper.rules(advice)
    found = list(differences(record.decision, keeper.decision(advice), record.result or {}, made))
    rewritten: tuple[str, ...] = ()
    if then is not None:
        found, rewritten = _compared(record, engine, then, found)
    decided = any(one.what not in ("answer", "advice", "questions") for one in found)
    return make(
        Replay,
        outcome="differs",
        says=say("replay.other_decision" if decided else "replay.told_otherwise"),
        **told,
        differences=tuple(found),
        rules_gone=tuple(one for one in record.rules if one not in rules),
        rules_new=tuple(one for one in rules if one not in record.rules),
        rules_rewritten=tuple(one for one in rewritten if one in rules or one in record.rules),
    )


def _but_provenance(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in answer.items() if name != "provenance"}


def _told_apart(then: Provenance, now: Provenance, say: Messages) -> Iterator[str]:
    if then.pack != now.pack:
        yield say("replay.pack", then=then.pack[:12], now=now.pack[:12])
    if then.library != now.library:
        yield say("replay.library", then=then.library, now=now.library)


def _compared(
    record: Record, engine: Engine, then: Engine, found: list[Differing]
) -> tuple[list[Differing], tuple[str, ...]]:
    """The differences as two packs at hand show them, and the rules that are written otherwise."""
    from prehab.compare import Side
    from prehab.compare.changes import changes
    from prehab.compare.differences import Pair

    old = Side(then.pack, record.provenance.overrides)
    new = Side(engine.pack, engine._program.overrides)
    answers = old.answer(then.runner(record.runner)), new.answer(engine.runner(record.runner))
    between = Pair(old, new).differences(*answers)
    told = [
        make(Differing, what=one.effect, about=one.about, before=_text(one.old), after=_text(one.new), rule=None)
        for one in between
    ]
    by_exercise = {one.about: one.rule for one in found if one.what == "allowed"}
    told = [
        make(Differing, **{**vars(one), "rule": by_exercise.get(one.about)}) if one.what == "allowed" else one
        for one in told
    ]
    rewritten = [
        one.to or one.id for one in changes(old.program, new.program) if one.table == "rule" and not one.words_only
    ]
    return told or found, tuple(rewritten)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return f"{value:g}" if isinstance(value, float) else str(value)


def differences(
    then: Decision, now: Decision, before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[Differing]:
    """What two decisions differ in, and where they do not, what is told otherwise.

    Args:
        then: The decision of the record.
        now: The decision made now.
        before: The answer of the record, as it is written.
        after: The answer made now, as it is written.
    """
    found = [*_decided(then, now, before, after), *_dosed(before, after)]
    yield from found
    for name in dict.fromkeys((*before, *after)):
        if name not in ("provenance", "by_id", "schema_version") and before.get(name) != after.get(name):
            yield _differing("answer", name)
    if before.get("by_id") != after.get("by_id") and not found:
        yield _differing("answer", "by_id")


def _decided(then: Decision, now: Decision, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Differing]:
    for name in ("status", "urgency", "running"):
        old, new = getattr(then, name), getattr(now, name)
        if old != new:
            yield _differing(name, None, old, new)
    held = _held_back(before), _held_back(after)
    for key in (one for one in then.allowed if one not in now.allowed):
        yield _differing("allowed", key, "allowed", "withheld", held[1].get(key))
    for key in (one for one in now.allowed if one not in then.allowed):
        yield _differing("allowed", key, "withheld", "allowed", held[0].get(key))
    for key in (one for one in then.given if one not in now.given):
        yield _differing("given", key, "in the week", "not in the week")
    for key in (one for one in now.given if one not in then.given):
        yield _differing("given", key, "not in the week", "in the week")


def _held_back(answer: Mapping[str, Any]) -> dict[str, str | None]:
    """The rule that holds back each exercise, where one does."""
    return {key: group.get("rule") for group in answer.get("withheld", ()) for key in group["exercises"]}


def _dosed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Differing]:
    """The exercises of both weeks that are dosed otherwise."""
    rows = [answer.get("by_id", {}) for answer in (before, after)]
    given = [one.get("exercises", {}) for one in rows]
    for key in given[0]:
        if key in given[1]:
            doses = [rows[n].get("doses", {}).get(given[n][key]["dose"], {}) for n in (0, 1)]
            if doses[0] != doses[1]:
                names = [
                    name for name in dict.fromkeys((*doses[0], *doses[1])) if doses[0].get(name) != doses[1].get(name)
                ]
                told = [", ".join(f"{name} {one.get(name)}" for name in names) for one in doses]
                yield _differing("dose", key.partition("#")[0], *told)


def _differing(
    what: str, about: str | None, before: str | None = None, after: str | None = None, rule: str | None = None
) -> Differing:
    return make(Differing, what=what, about=about, before=before, after=after, rule=rule)
