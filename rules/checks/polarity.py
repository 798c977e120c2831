"""Polarity and unknowns: which way each test looks, and what it does with an answer that is missing.

This is the proof of two laws, for any number of complaints and for anyone's pack: what earns a permit is tested only
in the better direction, what calls for caution only in the worse one. So a runner who gets worse, or says less, can
never be allowed more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from prehab.graph.faults import Fault
from prehab.rules.checks.places import Where, rule_fault
from prehab.rules.language import Pattern, Rule, Test
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field

__all__ = ["check_polarity", "direction"]

Direction = Literal["better", "worse", "neither", "fixed", "mixed"]


def direction(test: Test, field: Field) -> Direction:
    """Which way a value must move to come to meet a test.

    ``fixed`` means that the value is an identity (a key, an injury) and does not move; ``mixed`` that it would have
    to move one way from some values and the other way from others. Of a sign or a risk (a boolean that is worse when
    true) nobody may ask merely whether it is known: to say that it is so would then lift a caution, or earn a permit.
    """
    if field.type == "ref" or (field.always and field.worse == "neither"):
        return "fixed"
    if test.op in ("known", "unknown"):
        if field.type == "boolean" and field.worse == "higher":
            return "mixed"
        return "better" if test.op == "known" else "worse"
    if field.worse == "neither":
        return "neither"
    if test.parameter is not None:
        upward = test.op in ("at_least", "above")
        return "worse" if upward == (field.worse == "higher") else "better"
    order: list[str | bool] = [False, True] if field.type == "boolean" else list(field.values)
    chosen = [value in test.words for value in order]
    if test.op == "is_not":
        chosen = [not one for one in chosen]
    upward = chosen == sorted(chosen)
    downward = chosen == sorted(chosen, reverse=True)
    if upward == downward:
        return "mixed"
    return "worse" if upward == (field.worse == "higher") else "better"


def _met_by_best(pack: Pack, test: Test, field: Field) -> bool:
    """Whether the best value meets a comparison, at some permitted value of its parameter.

    Whoever leaves the answer out would then be allowed more than with the best one.
    """
    if test.parameter is None or test.op not in ("at_least", "at_most"):
        return False
    low, high = pack.parameters[test.parameter].range
    return bool(low <= field.best()) if test.op == "at_least" else bool(high >= field.best())


def _reread(pack: Pack) -> set[tuple[str, str]]:
    """The answers that are read as their worst where others are worse, and what is worked out of these."""
    found = {(reading.of, name) for reading in pack.careful for name in reading.fields}
    for kind, about in pack.aggregates.items():
        for name, one in about.fields.items():
            of, _, field = one.of.partition(".")
            if (of, field) in found:
                found |= {(kind, name), (kind, f"{name}_so_far")}
    return found


def _freed_by_reading(pack: Pack, rule: Rule, test: Test, field: Field) -> bool:
    """Whether an answer that nobody gave earns a permit, or no longer cautions, once it is read as the worst one.

    As it is where other answers are worse: so what is worse would allow more.
    """
    numbers = (None,) if test.parameter is None else pack.parameters[test.parameter].range
    met = {test.met(field.worst(), {} if number is None else {str(test.parameter): number}) for number in numbers}
    if rule.side == "permit":
        return True in met
    return rule.side == "caution" and False in met and test.met(None, {})


def check_polarity(pack: Pack, where: Where) -> Iterator[Fault]:
    """Every test that looks the wrong way, and every unknown about which nothing is said."""
    by_rule: dict[int, list[Pattern]] = {}
    for variant in pack.variants:
        by_rule.setdefault(variant.rule, []).extend(variant.patterns)
    for index, rule in enumerate(pack.rules):
        found = {fault.message: fault for fault in _check_rule(pack, rule, by_rule.get(index, []), where)}
        yield from found.values()


def _check_rule(pack: Pack, rule: Rule, patterns: list[Pattern], where: Where) -> Iterator[Fault]:
    def fault(code: str, message: str, help_text: str | None = None, **more: Any) -> Fault:
        return rule_fault(where, rule, code, message, help=help_text, **more)

    asked = False
    reread = _reread(pack)
    for pattern in patterns:
        kind = pack.kinds[pattern.kind]
        if rule.side == "permit" and (kind.health or kind.more == "worse"):
            yield fault(
                "permit-on-complaint",
                f"a permit must not depend on `{pattern.kind}`",
                "Permit broadly, and write the caution as forbid, limit or prescribe.",
            )
        for test in pattern.tests:
            field = kind.fields[test.field]
            way = direction(test, field)
            if way == "fixed":
                continue
            name = f"{pattern.kind}.{test.field}"
            if rule.side == "permit" and way != "better":
                yield fault(
                    "polarity",
                    f"a permit may test `{name}` only in its better direction",
                    "Write the exception as a forbid, or test the other way round.",
                )
            elif rule.side == "permit" and test.unknown:
                yield fault(
                    "permit-on-unknown",
                    f"a permit must not hold while `{name}` is unknown",
                    "Leave `unknown` out: what is not known earns no permit.",
                )
            elif (pattern.kind, test.field) in reread and _freed_by_reading(pack, rule, test, field):
                yield fault(
                    "met-by-worst",
                    f"`{name}` is read as its worst value where other answers are worse, and that may allow more here",
                    "Let the worst value earn nothing and lift nothing, whatever its parameter is set to.",
                )
            if rule.side == "earned" and (way in ("worse", "mixed") or test.met_unknown):
                yield fault(
                    "polarity",
                    f"what is earned may test `{name}` only in its better direction, and only when it is known",
                    "Test the other way round; what is not known earns nothing.",
                )
            if rule.side == "caution":
                if way in ("better", "mixed"):
                    yield fault(
                        "polarity",
                        f"a caution may test `{name}` only in its worse direction",
                        "Put what lifts the caution under `unless`.",
                    )
                if not (field.always or test.unknown or test.op in ("unknown", "known")):
                    asked = True
                    if way == "worse" and _met_by_best(pack, test, field):
                        yield fault(
                            "met-by-best",
                            f"even the best value of `{name}` may meet this, and an unknown one does not",
                            f"Let `{test.parameter}` stop short of {field.best():g}, or say `unknown: holds`.",
                        )
            if not field.always and not field.ask and pattern.kind not in pack.aggregates:
                yield fault("no-question", f"`{name}` can be unknown but has no `ask` in the vocabulary")
    if asked and rule.unknown is None:
        yield fault(
            "unknown-undeclared",
            "say what an unknown value does: `unknown: holds` or `unknown: asks`",
            "holds: it applies until answered. asks: it does not, and the question is put first.",
        )
