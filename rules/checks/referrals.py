"""Referrals: what an urgent one of the whole person withholds, and whether each red flag of the graph is heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prehab.graph.faults import Fault
from prehab.graph.salvage import Broken
from prehab.graph.schema import Injury
from prehab.rules.checks.places import Where, rule_fault
from prehab.rules.language import Pattern, Variant
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field

__all__ = ["URGENCIES", "Sign", "check_consequences", "check_red_flags", "sign_of"]

URGENCIES = ("routine", "urgent", "emergency")

SEVERE = "severe_"
"""A red flag of this name is the answer of the name without it, at its worst."""

WITHHOLDS = frozenset({"forbid", "close", "limit"})


def check_consequences(pack: Pack, where: Where, broken: Broken) -> Iterator[Fault]:
    """Urgent referrals of the whole person in whose rule nothing is said of the training until then."""
    if broken.may_say(*WITHHOLDS):
        return
    for rule in pack.rules:
        kinds = {effect.type for effect in rule.effects}
        for effect in rule.effects:
            urgent = effect.type == "refer" and effect.data["urgency"] != URGENCIES[0]
            if urgent and effect.data.get("whole_person") and kinds.isdisjoint(WITHHOLDS):
                message = "an urgent referral of the whole person, and nothing waits until then"
                yield rule_fault(where, rule, "refer-without-consequence", message, "refer")


def check_red_flags(pack: Pack, where: Where) -> Iterator[Fault]:
    """Red flags that nobody can tell, or that no rule refers at the urgency that the graph names.

    Tried with a runner who has the injury, whose pains are at their best, and who says nothing else but this one sign.
    """
    variants = sorted((v for v in pack.variants if _refers_or_derives(pack, v.rule)), key=lambda variant: variant.layer)
    parameters = {name: float(value) for name, value in pack.values.items()}
    hearing: dict[str, list[Variant]] = {}
    for key, injury in pack.catalogue.injuries.items():
        for position, flag in enumerate(injury.red_flags):
            place = ("injuries", key, "red_flags", position)
            sign = sign_of(pack, flag.flag)
            if sign is None:
                message = f"`{key}` has the red flag `{flag.flag}`, and no answer is called that, so nobody can tell it"
                yield Fault("red-flag-unheard", message, **where(*place))
                continue
            if sign.said not in hearing:
                hearing[sign.said] = [variant for variant in variants if _may_hear(pack, variant, sign)]
            told = _World(pack, parameters, injury, sign).urgency(hearing[sign.said])
            if told is None or URGENCIES.index(told) < URGENCIES.index(flag.urgency):
                heard = "no rule refers" if told is None else f"the rules refer only as {told}"
                message = f"`{key}` has the red flag `{flag.flag}` ({flag.urgency}), for which {heard}"
                yield Fault("red-flag-unheard", message, **where(*place))


@dataclass(frozen=True)
class Sign:
    """The answer that a red flag is about: its kind of fact and its field."""

    kind: str
    name: str
    field: Field

    @property
    def said(self) -> str:
        """The name of the answer."""
        return f"{self.kind}.{self.name}"

    @property
    def there(self) -> Any:
        """The value at which it is there for certain."""
        return self.field.worst()


def sign_of(pack: Pack, flag: str) -> Sign | None:
    """The answer that a red flag is about: of a complaint, or of what is told once."""
    name = flag.removeprefix(SEVERE)
    for kind, about in pack.kinds.items():
        told = about.cardinality == "one" or kind == "complaint"
        if told and kind not in pack.aggregates and kind not in pack.derived and name in about.fields:
            return Sign(kind, name, about.fields[name])
    return None


def _refers_or_derives(pack: Pack, rule: int) -> bool:
    return any(effect.type in ("refer", "derive") for effect in pack.rules[rule].effects)


def _may_hear(pack: Pack, variant: Variant, sign: Sign) -> bool:
    """Whether a variant looks at a sign, or at a derived fact, which may rest on it."""
    return any(
        pattern.kind in pack.derived
        or (pattern.kind == sign.kind and any(test.field == sign.name for test in pattern.tests))
        for pattern in variant.patterns
    )


@dataclass(frozen=True)
class _Seen:
    """A fact of the runner, and whether the sign was what made it."""

    values: Mapping[str, Any]
    by_sign: bool = False


class _World:
    """The facts of a runner with one injury and one sign, as far as rules that refer can look at them."""

    def __init__(self, pack: Pack, parameters: Mapping[str, float], injury: Injury, sign: Sign) -> None:
        self.pack = pack
        self.injury = injury
        self.sign = sign
        self.parameters = parameters
        self.facts: dict[str, list[_Seen]] = {kind: [] for kind in pack.kinds}
        for name, kind in pack.kinds.items():
            joined = (kind.source or "").startswith("@") or name == "gate" or name in pack.derived
            if name == "complaint" or joined or kind.cardinality == "many":
                continue
            keyed = [{key: str(word)} for key, words in kind.keys.items() for word in words] or [{}]
            self.facts[name] = [_Seen(values) for values in keyed]
        pains = {
            name: field.best()
            for name, field in pack.kinds["complaint"].fields.items()
            if field.type == "number" and field.worse == "higher" and (field.unit or "").startswith("pain")
        }
        known = pack.catalogue.known_of(injury)
        self.facts["complaint"] = [_Seen({**pains, **known, "key": "c1"})]
        self.facts["sore_leg"] = [_Seen({"complaint": "c1", "side": "left"})]
        self.facts["affects"] = [_Seen({"complaint": "c1", "structure": name}) for name in injury.affects]
        (told,) = self.facts[sign.kind]
        self.facts[sign.kind] = [_Seen({**told.values, sign.name: sign.there})]

    def urgency(self, variants: Sequence[Variant]) -> str | None:
        """The most urgent referral that the sign brings about: of its place, the whole person or everything."""
        urgency: str | None = None
        for variant in variants:
            for bound, by_sign in self._ways(variant.patterns, {}, ()):
                for effect in self.pack.rules[variant.rule].effects if by_sign else ():
                    data = effect.data
                    if effect.type == "derive":
                        values = {key: bound.get(value, value) for key, value in data.items() if key != "fact"}
                        self.facts[data["fact"]].append(_Seen(values, by_sign))
                    elif effect.type == "refer" and self._about(data, bound):
                        urgency = max(
                            (urgency, data["urgency"]), key=lambda one: -1 if one is None else URGENCIES.index(one)
                        )
        return urgency

    def _about(self, data: Mapping[str, Any], bound: Mapping[str, str]) -> bool:
        named = data.get("region")
        regions = [bound[named]] if isinstance(named, str) else named or [self.injury.region]
        return self.injury.region in regions

    def _ways(
        self, patterns: Sequence[Pattern], bound: Mapping[str, str], chosen: tuple[_Seen, ...], by_sign: bool = False
    ) -> Iterator[tuple[Mapping[str, str], bool]]:
        """Every choice of a fact for each pattern; and whether the sign mattered for it."""
        if not patterns:
            yield bound, by_sign
            return
        pattern, *rest = patterns
        for fact in self.facts.get(pattern.kind, ()):
            if any(fact is one for one in chosen):
                continue
            if not all(test.met(fact.values.get(test.field), self.parameters) for test in pattern.tests):
                continue
            here = {variable: fact.values[field] for field, variable in pattern.binds}
            if any(bound.get(variable, value) != value for variable, value in here.items()):
                continue
            looked = pattern.kind == self.sign.kind and any(test.field == self.sign.name for test in pattern.tests)
            yield from self._ways(rest, {**bound, **here}, (*chosen, fact), by_sign or looked or fact.by_sign)
