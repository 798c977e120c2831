"""What must hold of a rule pack, decided without any search.

The polarity check is the proof of two laws, for any number of complaints and for anyone's pack: what earns a permit
is tested only in the better direction, what calls for caution only in the worse one. So a runner who gets worse, or
says less, can never be allowed more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from prehab.graph.faults import Fault
from prehab.rules.language import Pattern, Rule, Test
from prehab.rules.layers import concluded, needed
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field

__all__ = ["ENGINE_PARAMETERS", "check_pack", "direction"]

ENGINE_PARAMETERS = (
    "referral.load_min",
    "session.default_minutes",
    "session.change_over_s",
    "session.rep_s",
    "session.contact_s",
    "session.most_exercises",
    "prefer.slight",
)
"""The parameters that the engine itself reads; every pack must have them."""

Direction = Literal["better", "worse", "neither", "fixed", "mixed"]
Where = Callable[[str, str], Mapping[str, Any]]
"""The place of a named thing of a pack: which table it is in, and its name."""


def direction(test: Test, field: Field) -> Direction:
    """Which way a value must move to come to meet a test.

    ``fixed`` means that the value is an identity (a key, an injury) and does not move; ``mixed`` that it would have
    to move one way from some values and the other way from others.
    """
    if field.type == "ref" or (field.always and field.worse == "neither"):
        return "fixed"
    if test.op == "known":
        return "better"
    if test.op == "unknown":
        return "worse"
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


def check_pack(pack: Pack, uses: Mapping[str, list[str]], where: Where) -> Iterator[Fault]:
    """Every finding: polarity, unknowns, unused or unreachable parts.

    Args:
        pack: A pack whose names all exist.
        uses: For each parameter, what uses it.
        where: Tells the place of a parameter, a derived fact, a gate or an exercise.
    """
    by_rule: dict[int, list[Pattern]] = {}
    for variant in pack.variants:
        by_rule.setdefault(variant.rule, []).extend(variant.patterns)
    for index, rule in enumerate(pack.rules):
        found = {fault.message: fault for fault in _check_rule(pack, rule, by_rule.get(index, []))}
        yield from found.values()
    for name in ENGINE_PARAMETERS:
        if name not in pack.parameters:
            yield Fault("missing-parameter", f"the engine needs the parameter `{name}`", **where("parameters", name))
    yield from _check_derived(pack, where)
    yield from _check_reach(pack, where)
    for name, users in uses.items():
        if not users and name not in ENGINE_PARAMETERS:
            yield Fault("unused-parameter", f"parameter `{name}` is used by no rule", **where("parameters", name))


def _fault(rule: Rule, code: str, message: str, help_text: str | None = None) -> Fault:
    return Fault(code, message, rule.file, rule.line, path=f"/rules/{rule.id}", help=help_text)


def _check_rule(pack: Pack, rule: Rule, patterns: list[Pattern]) -> Iterator[Fault]:
    asked = False
    for pattern in patterns:
        kind = pack.kinds[pattern.kind]
        if rule.side == "permit" and (kind.health or kind.more == "worse"):
            yield _fault(
                rule,
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
                yield _fault(
                    rule,
                    "polarity",
                    f"a permit may test `{name}` only in its better direction",
                    "Write the exception as a forbid, or test the other way round.",
                )
            elif rule.side == "permit" and test.unknown:
                yield _fault(
                    rule,
                    "permit-on-unknown",
                    f"a permit must not hold while `{name}` is unknown",
                    "Leave `unknown` out: what is not known earns no permit.",
                )
            if rule.side == "caution":
                if way in ("better", "mixed"):
                    yield _fault(
                        rule,
                        "polarity",
                        f"a caution may test `{name}` only in its worse direction",
                        "Put what lifts the caution under `unless`.",
                    )
                if not (field.always or test.unknown or test.op in ("unknown", "known")):
                    asked = True
            if not field.always and not field.ask and pattern.kind not in pack.aggregates:
                yield _fault(rule, "no-question", f"`{name}` can be unknown but has no `ask` in the vocabulary")
    if asked and rule.unknown is None:
        yield _fault(
            rule,
            "unknown-undeclared",
            "say what an unknown value does: `unknown: holds` or `unknown: asks`",
            "holds: it applies until answered. asks: it does not, and the question is put first.",
        )


def _check_derived(pack: Pack, where: Where) -> Iterator[Fault]:
    makers: dict[str, list[Rule]] = {}
    readers: dict[str, list[Rule]] = {}
    for rule in pack.rules:
        for thing in concluded(rule):
            makers.setdefault(thing, []).append(rule)
    for variant in pack.variants:
        for thing in needed(variant, pack):
            readers.setdefault(thing, []).append(pack.rules[variant.rule])
    for name, derived in pack.derived.items():
        if name not in makers:
            yield Fault("never-derived", f"no rule derives `{name}`", **where("derived", name))
        if name not in readers:
            yield Fault("never-read", f"no rule reads `{name}`", **where("derived", name))
        for rule in readers.get(name, ()):
            if rule.side not in (derived.side, "other"):
                yield _fault(rule, "wrong-side", f"`{name}` serves {derived.side}s only")
    for gate in pack.gates:
        opened = any(e.type == "open" and e.data["gate"] == gate for rule in pack.rules for e in rule.effects)
        if not opened:
            yield Fault("never-open", f"no rule opens the gate `{gate}`", **where("gates", gate))


def _check_reach(pack: Pack, where: Where) -> Iterator[Fault]:
    permitted = dosed = 0
    for rule in pack.rules:
        for effect in rule.effects:
            if effect.type == "permit":
                permitted |= effect.mask
            elif effect.type == "prescribe":
                dosed |= effect.mask
    every = (1 << len(pack.catalogue.ids)) - 1
    for missing, code, words in (
        (every & ~permitted, "never-permitted", "no rule permits"),
        (every & ~dosed, "never-dosed", "no rule prescribes a dose for"),
    ):
        by_file: dict[str, list[str]] = {}
        for name in pack.ids(missing):
            by_file.setdefault(pack.catalogue.exercises[name].family, []).append(name)
        for names in by_file.values():
            first = min(names, key=lambda name: where("exercises", name)["line"] or 0)
            yield Fault(code, f"{words} " + ", ".join(names), **where("exercises", first))
