"""Selectors: alternatives and exclusions that select nothing, words that stand twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prehab.graph.faults import Fault
from prehab.graph.index import union
from prehab.rules.checks.logic import Logic
from prehab.rules.checks.places import Where, alternative, rule_fault
from prehab.rules.language import Rule
from prehab.rules.pack import Pack
from prehab.rules.schema import Selector
from prehab.rules.select import Masks

__all__ = ["check_selectors"]


def check_selectors(pack: Pack, logic: Logic, where: Where) -> Iterator[Fault]:
    """Every part of a selector that does nothing, and every alternative of a rule for which nothing is selected."""
    masks = Masks(pack.catalogue, {name: float(value) for name, value in pack.values.items()})
    for rule in pack.rules:
        for kind in dict.fromkeys(effect.type for effect in rule.effects):
            told = rule.text[kind]
            for number, entry in enumerate(told if isinstance(told, list) else [told]):
                if isinstance(entry, dict) and "exercises" in entry:
                    place = (kind, number) if isinstance(told, list) else (kind,)
                    yield from _selector(masks, rule, entry["exercises"], (*place, "exercises"), where)
    yield from _alternatives(pack, logic, where)


def _alternatives(pack: Pack, logic: Logic, where: Where) -> Iterator[Fault]:
    for variant in pack.variants:
        rule = pack.rules[variant.rule]
        domains = None
        for effect in rule.effects:
            if not effect.masks or not effect.variables:
                continue
            domains = domains or logic.where(variant.patterns)
            if domains.apart is None and not any(
                all(v in domains.words.get(s, {v}) for s, v in zip(effect.variables, values, strict=True))
                for values in effect.masks
            ):
                message = f"`{effect.type}` selects no exercise for anything that this is about"
                yield rule_fault(where, rule, "selects-nothing", message, *(alternative(variant) or (effect.type,)))


def _selector(masks: Masks, rule: Rule, text: Any, place: tuple[str | int, ...], where: Where) -> Iterator[Fault]:
    text = {name: words for name, words in text.items() if words is not None}  # what stands empty says nothing
    for name, words in text.items():
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            twice = sorted({word for word in words if words.count(word) > 1})
            for word in twice:
                yield _remark(where, rule, f"`{word}` stands twice in `{name}`", *place, name)
    if "not" in text:
        without = {name: value for name, value in text.items() if name != "not"} or {"everything": True}
        if _table(masks, text) == _table(masks, without):
            message = "`not` takes nothing out: nothing it names is selected by the rest"
            yield _remark(where, rule, message, *place, "not")
        yield from _selector(masks, rule, text["not"], (*place, "not"), where)
    options = text.get("any", [])
    rest = {name: value for name, value in text.items() if name != "any"}
    found = [_mask(masks, {**rest, "any": [option]}) for option in options]
    kept = set(range(len(options)))
    for number, (option, mask) in enumerate(zip(options, found, strict=True)):
        here = (*place, "any", number)
        if not mask:
            message = "this alternative of the selector selects no exercise"
            yield rule_fault(where, rule, "selects-nothing", message, *here)
        elif not mask & ~union(found[other] for other in kept - {number}) and not _variables(text):
            kept.discard(number)
            yield _remark(where, rule, "what this alternative selects, the others select too", *here)
        yield from _selector(masks, rule, option, here, where)


def _table(masks: Masks, text: dict[str, Any]) -> dict[tuple[str, ...], int]:
    return masks.table(Selector.model_validate(text))[1]


def _mask(masks: Masks, text: dict[str, Any]) -> int:
    return union(_table(masks, text).values())


def _variables(text: Any) -> bool:
    """Whether a variable stands anywhere in a selector."""
    if isinstance(text, dict):
        return any(_variables(value) for value in text.values())
    if isinstance(text, list):
        return any(_variables(value) for value in text)
    return isinstance(text, str) and text.startswith("$")


def _remark(where: Where, rule: Rule, message: str, *place: str | int) -> Fault:
    return rule_fault(where, rule, "selects-twice", message, *place, severity="remark")
