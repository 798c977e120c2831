"""The questions worth putting to a runner, in the order in which the answers would matter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce
from itertools import chain
from typing import Any, NamedTuple

from prehab.asking import Asking
from prehab.decide import URGENCIES, Decisions
from prehab.fact import Fact
from prehab.facts import position_of
from prehab.fields import fields_of
from prehab.graph.index import union
from prehab.graph.once import ByNeed, SharedBy
from prehab.graph.schema import make
from prehab.inference import Inference
from prehab.program import Layout
from prehab.recommendation import Ask
from prehab.runner import Complaint

__all__ = ["Questions", "questions_of"]

MOST_ASKS = 12
FIRST_SAFETY = 4
FIRST_OTHERS = 3
STOPS = len(URGENCIES)
"""The rank of an urgent referral that stops everything; an emergency ranks above it."""
RANKED = (None, "routine", "urgent", "stop", "emergency")
"""What each rank calls for."""

AskIf = tuple[tuple[str, str, Sequence[str | bool]], ...]
"""The kind and field of what a runner may not have told otherwise, for a question to concern him, and its words."""


class _Concern(NamedTuple):
    """What a missing value matters for: how urgent a referral, the rule that asks, the exercises that it may touch.

    Of several rules the most urgent asks; of equally urgent ones those that fail for want of the value come before
    those that hold, and then the one whose turn is first. ``fits`` says that the rule looks at something that hurts,
    ``opens`` that an answer may allow more, not only less; ``withholds`` are the exercises that cautions hold back.
    An answer can touch the fate of these, and of those in ``mask`` that are not held back anyway: a permit changes
    nothing for the others. ``earns`` are the exercises that permits may lead to, and ``frees`` those that the cautions
    may have held back, by whatever gates they open or close one after the other.
    """

    urgency: int
    turn: tuple[int, int, int]
    rule: int
    mask: int
    fits: bool
    opens: bool
    withholds: int
    earns: int
    frees: int


class _Worded(NamedTuple):
    """A question: where its answer belongs in the runner file, its words, how to find out, and whom it concerns.

    ``tries`` is the exercise that finding out comes to, if it does.
    """

    about: str
    question: str
    how: str | None
    ask_if: AskIf
    tries: int


_Wanted = tuple[Fact, str, _Worded, _Concern]
"""The value that is asked for, by its fact and field, with its question, and what it matters for."""


class Questions:
    """Asks for a layout, whatever the parameters; what does not depend on the runner is worked out once."""

    def __init__(self, program: Layout) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.fields = fields_of(pack)
        self.asking = Asking(program)
        gates = dict.fromkeys(pack.gates, 0)
        for index, names in program.gates_read.items():
            for name in names:
                gates[name] |= pack.heads[index].mask
        self._behind = gates
        self._leads_to: dict[str, int] = {}
        numbered = pack.numbering
        for number in sorted(program.about(pack.derived), key=lambda variant: -numbered.layers_of[variant]):
            for kind in [numbered.kinds_of[index] for index in numbered.patterns_of[number]]:
                if kind in pack.derived:
                    urgency, _ = self._leading_to(numbered.rules_of[number], gates)
                    self._leads_to[kind] = max(urgency, self._leads_to.get(kind, 0))
        beyond = self._beyond(gates)
        self._concerns: ByNeed[int, tuple[int, int, int]] = ByNeed(
            lambda rule: (*self._leading_to(rule, gates), self._leading_to(rule, beyond)[1])
        )
        self.near = ByNeed(self._near)
        self.held = ByNeed(self._held)
        self.places = {
            (kind, name): (place, len(field.ask_if.get("complaint.region", ())) == 1)
            for kind, about in pack.kinds.items()
            for place, (name, field) in enumerate(about.fields.items())
        }
        """The turn of each field among those of its kind, and whether it is asked of one place of the body only."""
        self.feared = ByNeed(self._feared)
        self.ask = lru_cache(maxsize=2048)(self._ask)
        self.concern = lru_cache(maxsize=4096)(self._concern)
        self.wording = lru_cache(maxsize=4096)(self._wording)

    def asks(self, decisions: Decisions, complaints: Sequence[Complaint] = ()) -> Iterator[Ask]:
        """An emergency that fits what was told, then what changes most, then the other questions of safety.

        Of what fits, that comes first which the graph calls an emergency for what hurts here, and what is asked of
        this one place. Of the others, what may allow more comes before what can only allow less. What is found out by
        an exercise that waits is not asked. A stop ends it.

        Args:
            decisions: What was decided.
            complaints: What the runner told of what hurts, which says on which side it is.
        """
        if decisions.status == "stop":
            return
        inference = decisions.inference
        feared = {flag for fact in inference.facts.by_kind["complaint"] for flag in self.feared[fact.values["injury"]]}
        fits: list[_Wanted] = []
        safety: list[_Wanted] = []
        others: list[_Wanted] = []
        live = ~(decisions.forbidden | decisions.referred)
        untried = ~live | union([self._behind[one.effect.data["gate"]] for one in decisions.of("close")])
        known: set[str] = set()
        aggregates = self.pack.aggregates
        for *_, missed, name, concern in self._ranked(inference, feared, live):
            sore = concern.fits or name in feared
            into = others if not concern.urgency else fits if sore and concern.urgency > 1 else safety
            if len(into) >= MOST_ASKS:
                continue
            parts = self._parts(missed, name, inference) if missed.kind in aggregates else ((missed, name),)
            for fact, field in parts:
                worded = self.wording(fact.kind, fact.name, field)
                if worded.about in known or worded.tries & untried:
                    continue
                if not worded.ask_if or self._concerned(fact, worded.ask_if, inference):
                    known.add(worded.about)
                    into.append((fact, field, worded, concern))
        most = [one for one in others if one[3].opens and one[3].mask & live | one[3].withholds][:FIRST_OTHERS]
        rest = [one for one in others if one not in most]
        order = [*fits[:FIRST_SAFETY], *most, *fits[FIRST_SAFETY:], *safety, *rest]
        for fact, field, _, concern in order[:MOST_ASKS]:
            yield self._asked(fact, field, concern, decisions, complaints)

    def missing(self, decisions: Decisions, complaints: Sequence[Complaint] = ()) -> Iterator[tuple[Fact, str, Ask]]:
        """Every value that some rule misses and this runner can be asked for, however many there are; unordered."""
        inference = decisions.inference
        told: set[str] = set()
        for (missed, name), concern in self._found(inference).items():
            parts = self._parts(missed, name, inference) if missed.kind in self.pack.aggregates else ((missed, name),)
            for fact, field in parts:
                worded = self.wording(fact.kind, fact.name, field)
                if worded.about not in told and self._concerned(fact, worded.ask_if, inference):
                    told.add(worded.about)
                    yield fact, field, self._asked(fact, field, concern, decisions, complaints)

    def _asked(
        self, fact: Fact, field: str, concern: _Concern, decisions: Decisions, complaints: Sequence[Complaint]
    ) -> Ask:
        """The question for a value, with what the answer could change of what was decided."""
        number = region = None
        side: str | None = None
        if fact.kind == "complaint":
            number, region = position_of(fact.name), fact.values["region"]
            side = complaints[number].side if number < len(complaints) else None
        elif fact.kind == "leg":
            side = fact.name
        live = ~(decisions.forbidden | decisions.referred)
        opens = (concern.earns & live | concern.frees) & ~decisions.allowed
        sizes = concern.mask.bit_count(), opens.bit_count()
        return self.ask(fact.kind, fact.name, field, concern.rule, concern.urgency, *sizes, number, region, side)

    def _ask(
        self, kind: str, fact: str, field: str, rule: int, urgency: int, concerns: int, opens: int,
        complaint: int | None, region: str | None, side: str | None,
    ) -> Ask:  # fmt: skip
        worded = self.wording(kind, fact, field)
        return make(
            Ask,
            question=worded.question,
            about=worded.about,
            label=self.fields.label(kind, fact, field),
            answer=self.fields.answer(kind, field),
            complaint=complaint,
            region=region,
            side=side,
            how=worded.how,
            why=self._why(rule),
            safety=urgency > 0,
            calls_for=RANKED[urgency],
            opens=opens,
            concerns=concerns,
        )

    def _ranked(self, inference: Inference, feared: set[str], live: int) -> list[tuple[Any, ...]]:
        """Each value that is missed with its rank: the lower, the sooner it is asked for. No two have the same."""
        places, nowhere = self.places, (0, False)
        ranked: list[tuple[Any, ...]] = []
        for (fact, field), concern in self._found(inference).items():
            urgency, _, _, mask, _, opens, withholds, _, _ = concern
            kind = fact.kind
            place, here = places.get((kind, field), nowhere)
            touches = -(mask & live | withholds).bit_count()
            if urgency:
                sign, fears = kind == "complaint", field in feared
                near = 0 if fears and not sign else 1 if here else 2 if fears else 3 if sign else 4
                rank = -min(urgency, STOPS), near, -urgency, touches, fact.number, place, fact, field, concern
            else:
                rank = 0, not opens, touches, touches, fact.number, place, fact, field, concern
            ranked.append(rank)
        ranked.sort()
        return ranked

    def _found(self, inference: Inference) -> dict[tuple[Fact, str], _Concern]:
        """Each value that is missed, with what it concerns."""
        others: dict[tuple[Fact, str], list[int]] = {}
        for variant, fact, field in self.asking.near_joined(inference):
            others.setdefault((fact, field), []).append(variant)
        for variant, fact, field in self.asking.held(inference):
            others.setdefault((fact, field), []).append(~variant)
        found: dict[tuple[Fact, str], _Concern] = {}
        concern, nothing = self.concern, ()
        for fact, field, patterns in self.asking.near_alone(inference):
            key = fact, field
            found[key] = concern(patterns, tuple(others.pop(key)) if key in others else nothing)
        found.update((key, concern(0, tuple(variants))) for key, variants in others.items())
        return found

    def _concern(self, patterns: int, variants: tuple[int, ...]) -> _Concern:
        """What a value matters for. It comes back: many runners leave out the same.

        Args:
            patterns: The patterns that miss it and are all that some variants need.
            variants: The others that fail for want of it, and of those that hold for want of it the complements.
        """
        readers = self.asking.readers.alone(patterns)
        near = (self.near[variant] for among in readers for variant in among)
        return reduce(_both, chain(near, (self.near[v] if v >= 0 else self.held[~v] for v in variants)))

    def _beyond(self, gates: dict[str, int]) -> dict[str, int]:
        """The exercises behind each gate, and behind the gates that open only after it."""
        reached = dict(gates)
        heads = self.pack.heads
        ways = [
            (name, gate)
            for index, names in self.program.gates_read.items()
            for gate in heads[index].gates
            for name in names
        ]
        for _ in gates:
            for before, after in ways:
                reached[before] |= reached[after]
        return reached

    def _leading_to(self, index: int, gates: dict[str, int]) -> tuple[int, int]:
        """How urgent a referral a rule leads to, itself or by what it derives (0: none), and what it touches."""
        head = self.pack.heads[index]
        mask, urgency = head.mask, 0
        for name, everything in head.refers:
            rank = 1 + URGENCIES.index(name)
            urgency = max(urgency, STOPS + (rank == STOPS) if rank == STOPS or everything else rank)
        for fact in head.derives:
            urgency = max(urgency, self._leads_to.get(fact, 0))
        for gate in head.gates:
            mask |= gates[gate]
        if head.refers or head.derives:
            mask = (1 << len(self.pack.catalogue.ids)) - 1
        return urgency, mask

    def _near(self, number: int) -> _Concern:
        """What a value matters for that keeps a variant from firing."""
        rule = self.program.rule_of[number]
        urgency, mask, far = self._concerns[rule]
        opens = self.pack.heads[rule].side == "permit"
        held, earns = (0, far) if opens else (mask, 0)
        return _Concern(urgency, (1, 0, -number), rule, mask, self._sore(number), opens, held, earns, 0)

    def _held(self, number: int) -> _Concern:
        """What a value matters for, for want of which a variant fires."""
        rule = self.program.rule_of[number]
        urgency, mask, far = self._concerns[rule]
        turn = (0, -self.pack.numbering.layers_of[number], -number)
        return _Concern(urgency, turn, rule, mask, self._sore(number), True, mask, 0, far)

    def _sore(self, number: int) -> bool:
        """Whether a variant looks at something that hurts."""
        return bool(self.program.needed[number] & self.program.kind_patterns.get("complaint", 0))

    def _feared(self, injury: str) -> list[str]:
        """The signs that the graph calls an emergency where this injury is what hurts."""
        return [one.flag for one in self.pack.catalogue.injuries[injury].red_flags if one.urgency == "emergency"]

    def _why(self, rule: int) -> str:
        because = self.pack.rules[rule].because
        return self.pack.messages("ask.safe") if "{" in because else because

    def _parts(self, fact: Fact, name: str, inference: Inference) -> list[tuple[Fact, str]]:
        """What is really to be asked about an aggregate: the parts that are unknown."""
        kind, _, field = self.pack.aggregates[fact.kind].fields[name.removesuffix("_so_far")].of.partition(".")
        return [(part, field) for part in inference.facts.by_kind[kind] if part.values.get(field) is None]

    def _concerned(self, fact: Fact, ask_if: AskIf, inference: Inference) -> bool:
        """Whether the question can concern this runner at all (nobody asks a man whether he is pregnant)."""
        for kind, name, words in ask_if:
            owners = [fact] if kind == fact.kind else inference.facts.by_kind[kind]
            told = [owner.values.get(name) for owner in owners]
            if not any(value is None or value in words for value in told):
                return False
        return True

    def _wording(self, kind: str, fact: str, field: str) -> _Worded:
        """Where an answer belongs in the runner file, the question, how to find out, and whom to ask."""
        asked = self.pack.kinds[kind].fields[field]
        say = self.pack.messages
        key = say.word(fact, "-")
        if kind == "fault":
            key = say.words.get(fact) or str(self.pack.catalogue.words["faults"][fact]["name"]).lower()
        ask_if = tuple((*path.partition(".")[::2], tuple(words)) for path, words in asked.ask_if.items())
        how = asked.how.get(fact) if isinstance(asked.how, dict) else asked.how
        about = self.fields.about(kind, fact, field)
        tried = asked.tried_by.get(fact) if isinstance(asked.tried_by, dict) else asked.tried_by
        tries = 0 if tried is None else self.pack.catalogue.index.named([tried])
        return _Worded(about, (asked.ask or field).replace("{key}", key), how, ask_if, tries)


questions_of = SharedBy(Questions)
"""The questions of a layout."""


def _both(one: _Concern, other: _Concern) -> _Concern:
    if one is other:
        return one
    first, second = (one, other) if one > other else (other, one)
    return _Concern(
        first.urgency,
        first.turn,
        first.rule,
        one.mask | other.mask,
        first.fits or (second.fits and second.urgency == first.urgency),
        one.opens or other.opens,
        one.withholds | other.withholds,
        one.earns | other.earns,
        one.frees | other.frees,
    )
