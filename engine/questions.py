"""The questions worth putting to a runner, in the order in which the answers would matter."""

from __future__ import annotations

from collections.abc import Iterator

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
        self.concerns = [self._concern(index, gates) for index in range(len(pack.rules))]
        self.why = [rule.because if "{" not in rule.because else "It decides what is safe here." for rule in pack.rules]

    def asks(self, decisions: Decisions) -> Iterator[Ask]:
        """The first few questions of safety, then those that concern most exercises, then the other ones of safety."""
        inference = decisions.inference
        found = self._found(inference)
        ranked = sorted(found, key=lambda key: (-found[key][0], -found[key][1].bit_count(), key[0].number, key[1]))
        safety: list[Ask] = []
        others: list[Ask] = []
        asked: set[str] = set()
        for key in ranked:
            urgency, mask, rule = found[key]
            into = safety if urgency else others
            for fact, field in self._parts(*key, inference) if len(into) < MOST_ASKS else ():
                about = self._about(fact, field)
                if about in asked or not self._concerned(fact, field, inference):
                    continue
                asked.add(about)
                question = (self.pack.kinds[fact.kind].fields[field].ask or field).replace("{key}", self._key(fact))
                into.append(
                    make(
                        Ask,
                        question=question,
                        about=about,
                        why=self.why[rule],
                        safety=urgency > 0,
                        concerns=mask.bit_count(),
                    )
                )
            if len(others) >= MOST_ASKS:
                break
        yield from [*safety[:FIRST_SAFETY], *others, *safety[FIRST_SAFETY:]][:MOST_ASKS]

    def _found(self, inference: Inference) -> dict[tuple[Fact, str], tuple[int, int, int]]:
        """Each value that is missed: how urgent a referral it may lead to, what it concerns, and the rule that asks."""
        found: dict[tuple[Fact, str], tuple[int, int, int]] = {}
        for fired, firings in ((False, self.asking.near(inference)), (True, inference.firings)):
            for firing in firings:
                for key in self.asking.unanswered(firing, fired=fired):
                    rule = self.program.source[firing.variant].rule
                    urgency, mask = self.concerns[rule]
                    before = found.get(key, (-1, 0, rule))
                    if urgency > before[0]:
                        found[key] = (urgency, before[1] | mask, rule)
                    else:
                        found[key] = (before[0], before[1] | mask, before[2])
        return found

    def _concern(self, index: int, gates: dict[str, int]) -> tuple[int, int]:
        """How urgent a referral a rule can lead to (0: none), and the exercises whose fate it can touch."""
        rule = self.pack.rules[index]
        every = (1 << len(self.pack.catalogue.ids)) - 1
        mask, urgency = rule.mask, 0
        for effect in rule.effects:
            if effect.type == "refer":
                urgency = max(urgency, 1 + URGENCIES.index(effect.data["urgency"]))
            if effect.type in ("refer", "derive"):
                mask = every
            elif effect.type in ("open", "close"):
                mask |= gates[effect.data["gate"]]
        return urgency, mask

    def _parts(self, fact: Fact, name: str, inference: Inference) -> list[tuple[Fact, str]]:
        """What is really to be asked: of an aggregate, the parts that are unknown."""
        aggregate = self.pack.aggregates.get(fact.kind)
        if aggregate is None:
            return [(fact, name)]
        kind, _, field = aggregate.fields[name.removesuffix("_so_far")].of.partition(".")
        return [(part, field) for part in inference.facts.by_kind[kind] if part.values.get(field) is None]

    def _concerned(self, fact: Fact, field: str, inference: Inference) -> bool:
        """Whether the question can concern this runner at all (nobody asks a man whether he is pregnant)."""
        for path, words in self.pack.kinds[fact.kind].fields[field].ask_if.items():
            kind, _, name = path.partition(".")
            owner = fact if kind == fact.kind else inference.facts.by_kind[kind][0]
            value = owner.values.get(name)
            if value is not None and value not in words:
                return False
        return True

    def _key(self, fact: Fact) -> str:
        """The key of a fact as it is said in a question."""
        if fact.kind == "fault":
            return str(self.pack.catalogue.words["faults"][fact.name]["name"]).lower()
        return fact.name.replace("_", "-")

    def _about(self, fact: Fact, name: str) -> str:
        """Where the answer belongs in the runner file."""
        kind = self.pack.kinds[fact.kind]
        section = fact.kind if kind.source is None else kind.source
        field = kind.fields[name].source
        field = name if field is None else field
        if fact.kind == "complaint":
            section = f"complaints/{int(fact.name[1:]) - 1}"
        elif kind.keys:
            section = f"{section}/{fact.name}"
        return "/" + "/".join(part for part in (section, field.replace(".", "/")) if part)
