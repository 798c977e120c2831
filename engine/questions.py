"""The questions worth putting to a runner, in the order in which the answers would matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from typing import NamedTuple

from prehab.asking import Asking
from prehab.decide import URGENCIES, Decisions
from prehab.facts import Fact
from prehab.graph.schema import make
from prehab.inference import Inference
from prehab.lacking import Lacking
from prehab.program import Program
from prehab.recommendation import Ask

__all__ = ["Questions"]

MOST_ASKS = 12
FIRST_SAFETY = 4

AskIf = tuple[tuple[str, str, Sequence[str]], ...]
"""The kind and field of what a runner may not have told otherwise, for a question to concern him, and its words."""


class _Concern(NamedTuple):
    """What a missing value matters for: how urgent a referral, the rule that asks, the exercises that it may touch.

    Of several rules the most urgent asks; of equally urgent ones those that fail for want of the value come before
    those that hold, and then the one whose turn is first.
    """

    urgency: int
    turn: tuple[int, int, int]
    rule: int
    mask: int


class Questions:
    """Asks for one program; what does not depend on the runner is worked out once."""

    def __init__(self, program: Program, lacking: Lacking) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.asking = Asking(program)
        gates = dict.fromkeys(pack.gates, 0)
        for index, names in lacking.gates_read.items():
            for name in names:
                gates[name] |= pack.rules[index].mask
        self._leads_to: dict[str, int] = {}
        for variant in sorted(pack.variants, key=lambda variant: -variant.layer):
            urgency, _ = self._concern(variant.rule, gates)
            for kind in {pattern.kind for pattern in variant.patterns} & pack.derived.keys():
                self._leads_to[kind] = max(urgency, self._leads_to.get(kind, 0))
        concerns = [self._concern(index, gates) for index in range(len(pack.rules))]
        rules = [variant.rule for variant in program.source]
        layers = [variant.layer for variant in program.source]
        self.near = [_Concern(concerns[rule][0], (1, 0, -v), rule, concerns[rule][1]) for v, rule in enumerate(rules)]
        self.held = [
            _Concern(concerns[rule][0], (0, -layers[v], -v), rule, concerns[rule][1]) for v, rule in enumerate(rules)
        ]
        self.feared = {
            key: [one.flag for one in injury.red_flags if one.urgency == "emergency"]
            for key, injury in pack.catalogue.injuries.items()
        }
        self.ask = lru_cache(maxsize=4096)(_ask)
        self.alone = lru_cache(maxsize=4096)(self._alone)
        self.wording = lru_cache(maxsize=4096)(self._wording)
        self.why = [rule.because if "{" not in rule.because else "It decides what is safe here." for rule in pack.rules]

    def asks(self, decisions: Decisions) -> Iterator[Ask]:
        """The first few questions of safety, then those that concern most exercises, then the other ones of safety.

        Of equally urgent ones those come first that the graph calls an emergency for what hurts here.
        """
        inference = decisions.inference
        feared = {flag for fact in inference.facts.by_kind["complaint"] for flag in self.feared[fact.values["injury"]]}
        ranked = [
            (-concern.urgency, field not in feared, -concern.mask.bit_count(), fact.number, field, fact, concern)
            for (fact, field), concern in self._found(inference).items()
        ]
        ranked.sort()
        safety: dict[str, tuple[str, _Concern]] = {}
        others: dict[str, tuple[str, _Concern]] = {}
        for *_, name, missed, concern in ranked:
            into = safety if concern.urgency else others
            if len(into) >= MOST_ASKS:
                if into is others:
                    break
                continue
            parts = self._parts(missed, name, inference) if missed.kind in self.pack.aggregates else ((missed, name),)
            for fact, field in parts:
                about, question, ask_if = self.wording(fact.kind, fact.name, field)
                if about not in safety and about not in others and self._concerned(fact, ask_if, inference):
                    into[about] = question, concern
        first = list(safety.items())
        for about, (question, concern) in [*first[:FIRST_SAFETY], *others.items(), *first[FIRST_SAFETY:]][:MOST_ASKS]:
            yield self.ask(question, about, self.why[concern.rule], concern.urgency > 0, concern.mask.bit_count())

    def _found(self, inference: Inference) -> dict[tuple[Fact, str], _Concern]:
        """Each value that is missed, with what it concerns."""
        found = {(fact, field): self.alone(patterns) for fact, field, patterns in self.asking.near_alone(inference)}
        for concerns, missing in (
            (self.near, self.asking.near_joined(inference)),
            (self.held, self.asking.held(inference)),
        ):
            for variant, fact, field in missing:
                key, concern = (fact, field), concerns[variant]
                before = found.get(key)
                found[key] = concern if before is None else _both(before, concern)
        return found

    def _alone(self, patterns: int) -> _Concern:
        """What a value matters for that these patterns miss. They come back: many runners leave out the same."""
        readers = self.asking.readers.alone(patterns)
        return reduce(_both, (self.near[variant] for _, variants in readers for variant in variants))

    def _concern(self, index: int, gates: dict[str, int]) -> tuple[int, int]:
        """How urgent a referral a rule leads to, itself or by what it derives (0: none), and what it touches."""
        rule = self.pack.rules[index]
        every = (1 << len(self.pack.catalogue.ids)) - 1
        mask, urgency = rule.mask, 0
        for effect in rule.effects:
            if effect.type == "refer":
                urgency = max(urgency, 1 + URGENCIES.index(effect.data["urgency"]))
            elif effect.type == "derive":
                urgency = max(urgency, self._leads_to.get(effect.data["fact"], 0))
            if effect.type in ("refer", "derive"):
                mask = every
            elif effect.type in ("open", "close"):
                mask |= gates[effect.data["gate"]]
        return urgency, mask

    def _parts(self, fact: Fact, name: str, inference: Inference) -> list[tuple[Fact, str]]:
        """What is really to be asked about an aggregate: the parts that are unknown."""
        kind, _, field = self.pack.aggregates[fact.kind].fields[name.removesuffix("_so_far")].of.partition(".")
        return [(part, field) for part in inference.facts.by_kind[kind] if part.values.get(field) is None]

    def _concerned(self, fact: Fact, ask_if: AskIf, inference: Inference) -> bool:
        """Whether the question can concern this runner at all (nobody asks a man whether he is pregnant)."""
        for kind, name, words in ask_if:
            owner = fact if kind == fact.kind else inference.facts.by_kind[kind][0]
            value = owner.values.get(name)
            if value is not None and value not in words:
                return False
        return True

    def _wording(self, kind: str, fact: str, field: str) -> tuple[str, str, AskIf]:
        """Where the answer about a field of a fact belongs in the runner file, the question, and whom to ask."""
        asked = self.pack.kinds[kind].fields[field]
        key = fact.replace("_", "-")
        if kind == "fault":
            key = str(self.pack.catalogue.words["faults"][fact]["name"]).lower()
        ask_if = tuple((*path.partition(".")[::2], words) for path, words in asked.ask_if.items())
        return self._about(kind, fact, field), (asked.ask or field).replace("{key}", key), ask_if

    def _about(self, name: str, fact: str, asked: str) -> str:
        kind = self.pack.kinds[name]
        section = name if kind.source is None else kind.source
        field = kind.fields[asked].source
        field = asked if field is None else field
        if name == "complaint":
            section = f"complaints/{int(fact[1:]) - 1}"
        elif kind.keys:
            section = f"{section}/{fact}"
        return "/" + "/".join(part for part in (section, field.replace(".", "/")) if part)


def _both(one: _Concern, other: _Concern) -> _Concern:
    if one is other:
        return one
    urgency, turn, rule, _ = max(one, other)
    return _Concern(urgency, turn, rule, one.mask | other.mask)


def _ask(question: str, about: str, why: str, safety: bool, concerns: int) -> Ask:
    return make(Ask, question=question, about=about, why=why, safety=safety, concerns=concerns)
