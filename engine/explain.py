"""Why an exercise is given, allowed or withheld: every reason, down to the sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from prehab.decide import Concluded, Decider, Decisions
from prehab.graph.index import bits_of
from prehab.graph.schema import make
from prehab.graph.substitutes import substitutes
from prehab.lacking import Lacking
from prehab.program import Program
from prehab.reasons import Reasons
from prehab.recommendation import Explanation, Missed, Reason
from prehab.runner import Runner
from prehab.unlock.models import Choice
from prehab.week import Pick, Planner, Running, Week

__all__ = ["Explainer"]


class Explainer:
    """Explains decisions of one program."""

    def __init__(
        self, program: Program, reasons: Reasons, decider: Decider, planner: Planner, lacking: Lacking
    ) -> None:
        self.program = program
        self.pack = program.pack
        self.say = program.pack.messages
        self.reasons = reasons
        self.decider = decider
        self.planner = planner
        self.lacking = lacking
        self.running = Running(program)
        self.bits = {key: bit for bit, key in enumerate(self.pack.catalogue.ids)}

    def explain(self, decisions: Decisions, week: Week, runner: Runner, exercise: str) -> Explanation:
        """The decision about one exercise."""
        bit = self.bits[exercise]
        node = self.pack.catalogue.exercises[exercise]
        against = [
            *(c for c in decisions.of("refer") if c.effect.data["urgency"] != "routine"),
            *decisions.of("forbid"),
        ]
        reasons = [self.reasons.of(c) for c in self._about(against, bit)]
        if decisions.emptied >> bit & 1:
            reasons += [self.reasons.of(c) for c in self._emptying(decisions, bit)]
        permits = [self.reasons.of(c) for c in self._about(decisions.of("permit"), bit)]
        lacking = () if permits else self._missed(decisions, bit)
        missed = tuple(sorted(lacking, key=lambda one: len(one.unmet)))
        given = [pick for pick in week.picks() if pick.bit == bit]
        stopped = decisions.status == "stop"
        if given:
            verdict, summary, choice = (
                "given",
                self.say("verdict.given"),
                self._chosen(week, given[0], decisions.available),
            )
        elif decisions.available >> bit & 1 and not stopped:
            verdict, summary, choice = "allowed", self.say("verdict.allowed"), self._not_chosen(week, bit).says
        elif decisions.allowed & decisions.refused & 1 << bit and not stopped:
            verdict, summary, choice = "refused", self.say("verdict.refused"), None
        elif decisions.allowed >> bit & 1 and not stopped:
            verdict, summary = (
                "no_equipment",
                self.say("verdict.no_equipment", equipment=self._lacking(bit, runner.strength.lacks)),
            )
            choice = None
        else:
            verdict, choice = "withheld", None
            summary = self._summary(reasons, missed)
        dose = self.planner.dose(decisions, bit, runner) if verdict != "withheld" else None
        shown = [*reasons, *permits, *(self._dosing(decisions, bit) if dose else ())]
        allowed = 0 if stopped else decisions.available
        return make(
            Explanation,
            exercise=exercise,
            name=node.name,
            verdict=verdict,
            summary=summary,
            reasons=tuple(reasons),
            missed=missed,
            permits=tuple(permits),
            dose=dose,
            choice=choice,
            easier=tuple(k for k in self.pack.catalogue.easier[exercise] if allowed >> self.bits[k] & 1),
            instead=tuple(self._instead(bit, allowed)) if verdict == "withheld" else (),
            sources=self.reasons.cite(shown),
        )

    def choice(self, decisions: Decisions, week: Week, bit: int) -> Choice:
        """What decides whether an allowed exercise is given."""
        given = next((pick for pick in week.picks() if pick.bit == bit), None)
        if given is not None:
            return make(Choice, kind="given", says=self._chosen(week, given, decisions.available), exercise=None)
        if decisions.refused >> bit & 1:
            return make(Choice, kind="refused", says=self.say("choice.refused"), exercise=None)
        return self._not_chosen(week, bit)

    def _about(self, concluded: list[Concluded], bit: int) -> list[Concluded]:
        """The conclusions about an exercise, the hardest to lift first; those that read the same, once."""
        found: dict[tuple[str, str, tuple[str, ...]], Concluded] = {}
        for one in self.reasons.ordered([c for c in concluded if c.mask >> bit & 1]):
            told = self.reasons.of(one)
            found.setdefault((told.rule, told.because, told.saw), one)
        return list(found.values())

    def _emptying(self, decisions: Decisions, bit: int) -> Iterator[Concluded]:
        for concluded in self.reasons.ordered(decisions.of("limit")):
            if concluded.mask >> bit & 1 and self.decider.empties(decisions, concluded, bit):
                yield concluded

    def _dosing(self, decisions: Decisions, bit: int) -> Iterator[Reason]:
        scheme = decisions.scheme_of(bit)
        for concluded in decisions.of("prescribe"):
            if concluded.mask >> bit & 1 and concluded.effect.data["scheme"] == scheme:
                yield self.reasons.of(concluded)

    def _summary(self, reasons: list[Reason], missed: tuple[Missed, ...]) -> str:
        if reasons:
            return self.say("verdict.withheld", because=reasons[0].because)
        if missed:
            count = min(len(m.unmet) for m in missed)
            return self.say("verdict.unmet", count=count)
        return self.say("verdict.no_permit")

    def _missed(self, decisions: Decisions, bit: int) -> Iterator[Missed]:
        """Each rule that would permit it, with the conditions that it lacks, down to the runner's own values."""
        for number, bound in self.permitting(bit):
            yield self.lacking.missed(number, decisions, bound)

    def permitting(self, bit: int) -> Iterator[tuple[int, dict[str, str]]]:
        """The variants that would permit an exercise, with what their variables would stand for."""
        for index, rule in enumerate(self.pack.rules):
            for effect in rule.effects:
                values = next((v for v, mask in effect.masks.items() if mask >> bit & 1), None)
                if effect.type != "permit" or values is None:
                    continue
                bound = dict(zip(effect.variables, values, strict=True))
                for number, variant in enumerate(self.program.source):
                    if variant.rule == index:
                        yield number, bound

    def _chosen(self, week: Week, pick: Pick, available: int) -> str:
        """For which places it was chosen, and what stood next in line for the first."""
        places = week.serves(pick.bit)
        if not places:
            return self.say("choice.for_what_hurts")
        rivals = [b for b in bits_of(places[0].mask & available) if b != pick.bit]
        rivals.sort(key=lambda bit: (-week.ranking.weight(bit), bit))
        said = ", ".join(dict.fromkeys(self.say.word(place.name) for place in places))
        if not rivals:
            return self.say("choice.chosen", places=said)
        others = ", ".join(self.planner.exercises[bit].name for bit in rivals[:3])
        return self.say("choice.chosen_before", places=said, others=others)

    def _not_chosen(self, week: Week, bit: int) -> Choice:
        places = week.serves(bit)
        if not places:
            return make(Choice, kind="unasked", says=self.say("choice.unasked"), exercise=None)
        picks = list(week.picks())
        if not picks:
            return make(Choice, kind="days", says=self.say("choice.no_session"), exercise=None)
        rivals = [p for p in picks if any(r.mask >> p.bit & 1 for r in places)]
        if not rivals:
            return make(Choice, kind="time", says=self.say("choice.no_time"), exercise=None)
        best = rivals[0]
        name = self.planner.exercises[best.bit].name
        mine, theirs = week.ranking.weight(bit), week.ranking.weight(best.bit)
        place = self.say.word(next(r.name for r in places if r.mask >> best.bit & 1))
        why = self.say("choice.weight", theirs=theirs, mine=mine) if theirs > mine else self.say("choice.fits")
        says = self.say("choice.better", name=name, place=place, why=why)
        return make(Choice, kind="better", says=says, exercise=self.pack.catalogue.ids[best.bit])

    def _lacking(self, bit: int, lacks: Sequence[str]) -> str:
        catalogue = self.pack.catalogue
        words, everyday = catalogue.words["equipment"], catalogue.everyday().difference(lacks)
        return "; ".join(
            self.say("joining.or").join(str(words[o]["name"]) for o in sorted(options))
            for options in self.planner.exercises[bit].needs
            if everyday.isdisjoint(options)
        )

    def _instead(self, bit: int, allowed: int) -> list[str]:
        """Allowed exercises for the same purpose."""
        catalogue = self.pack.catalogue
        return [s.exercise for s in substitutes(catalogue, catalogue.ids[bit], within=allowed)[:5]]
