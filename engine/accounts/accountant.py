"""Answers what is asked about an answer: each kind of question by who knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prehab.accounts.asked import Asked, Asking
from prehab.accounts.case import Case, channel_name, say
from prehab.accounts.doses import DoseTeller
from prehab.accounts.exercises import VERDICTS, choice_parts, choice_summary, exercise_parts, rival_of
from prehab.accounts.models import Account, Part
from prehab.accounts.rulings import (
    Ruling,
    limit_parts,
    limit_summary,
    referral_parts,
    running_parts,
    status_parts,
)
from prehab.accounts.stages import gate_parts, gate_summary, stage_name, stage_parts, stage_summary, stage_verdict
from prehab.accounts.weeks import WeekTeller
from prehab.graph.called import Called
from prehab.graph.schema import make

__all__ = ["Accountant"]

CALLS = {
    "routine": "somebody to look at it when it suits", "urgent": "somebody to look at it within days",
    "stop": "a stop of everything until somebody has looked", "emergency": "help at once",
}  # fmt: skip
"""What an answer could call for, in words."""


class Accountant:
    """Gives accounts of one answer.

    Args:
        case: What was decided and said.
        exercises: The exercises and what they are called.
        injuries: The injuries and what they are called.
        close: Which exercises a name that is not known may mean.
    """

    def __init__(
        self, case: Case, exercises: Called, injuries: Called, close: Callable[[str], tuple[str, ...]]
    ) -> None:
        self.case = case
        sore = list(case.decisions.inference.facts.by_kind["complaint"])
        self.asking = Asking(case.pack, exercises, injuries, close, self._waits_for, case.answer, sore)

    def account(self, asked: Asked) -> Account:
        """Why it is so."""
        told = getattr(self, f"_{asked.kind}")(asked)
        assert isinstance(told, Account)
        return told

    def _made(self, asked: Asked, name: str, verdict: str, summary: str, parts: Iterable[Part]) -> Account:
        kept = tuple(parts)
        reasons = [one for part in kept for point in part.points for one in point.reasons]
        return make(
            Account, about=asked.about, kind=asked.kind, name=name, verdict=verdict, summary=summary, parts=kept,
            sources=self.case.reasons.cite(reasons),
        )  # fmt: skip

    def _waits_for(self, exercise: str) -> str | None:
        """The first gate that is closed on the way to an exercise."""
        bit, program = self.case.bit(exercise), self.case.decisions.program
        gates = self.case.decisions.inference.gates
        for index, rule in enumerate(self.case.pack.rules):
            if rule.mask >> bit & 1 and any(effect.type == "permit" for effect in rule.effects):
                closed = next((gate for gate in program.gates_read[index] if not gates[gate]), None)
                if closed is not None:
                    return closed
        return None

    # -- each kind of question ----------------------------------------------------------------------------------------

    def _exercise(self, asked: Asked) -> Account:
        case = self.case
        told = case.explainer.explain(case.decisions, case.week, case.runner, asked.key)
        summary = "Not for you yet." if told.verdict == "withheld" else told.summary
        return self._made(asked, told.name, VERDICTS[told.verdict], summary, exercise_parts(case, told))

    def _dose(self, asked: Asked) -> Account:
        case, name = self.case, f"Dose: {self.case.name(self.case.bit(asked.key))}"
        told = case.explainer.explain(case.decisions, case.week, case.runner, asked.key)
        if told.verdict == "withheld":
            summary = f"No dose while it is withheld. {told.summary}"
            return self._made(asked, name, "none", summary, exercise_parts(case, told))
        teller = DoseTeller(case, asked)
        return self._made(asked, name, "given" if teller.pick else "allowed", teller.summary(), teller.parts())

    def _limit(self, asked: Asked) -> Account:
        case, bounds = self.case, [one for one in self.case.decisions.limits if one.channel == asked.key]
        verdict = "bounded" if bounds else "not bounded"
        summary = limit_summary(case, asked.key)
        return self._made(asked, channel_name(asked.key), verdict, summary, limit_parts(case, asked.key))

    def _stage(self, asked: Asked) -> Account:
        case = self.case
        name, verdict = stage_name(case, asked), stage_verdict(case, asked)
        return self._made(asked, name, verdict, stage_summary(case, asked), stage_parts(case, asked))

    def _gate(self, asked: Asked) -> Account:
        case, gate = self.case, self.case.pack.gates[asked.key]
        verdict = "open" if case.decisions.inference.gates[asked.key] else "not open yet"
        name = f"{gate.name[:1].upper()}{gate.name[1:]}"
        return self._made(asked, name, verdict, gate_summary(case, asked.key), gate_parts(case, asked.key))

    def _status(self, asked: Asked) -> Account:
        answer = self.case.answer
        return self._made(asked, "Status", answer.status, answer.headline, status_parts(self.case))

    def _referral(self, asked: Asked) -> Account:
        told = self.case.answer.referrals
        summary = told[0].because if told else "Nobody needs to look at anything first."
        return self._made(asked, "Referral", told[0].urgency if told else "none", summary, referral_parts(self.case))

    def _rule(self, asked: Asked) -> Account:
        ruling = Ruling(self.case, asked.key)
        verdict = "applies" if ruling.fires else "does not apply"
        return self._made(asked, asked.key, verdict, ruling.summary(), ruling.parts())

    def _running(self, asked: Asked) -> Account:
        run = self.case.answer.running
        assert run is not None
        return self._made(asked, "Running", run.mode.replace("_", " "), run.says, running_parts(self.case))

    def _day(self, asked: Asked) -> Account:
        teller = WeekTeller(self.case)
        summary = teller.day_summary(asked)
        verdict = "free" if summary.startswith("Nothing") else "in the week"
        return self._made(asked, teller.day_name(asked), verdict, summary, teller.day(asked))

    def _week(self, asked: Asked) -> Account:
        teller = WeekTeller(self.case)
        verdict = "stopped" if self.case.stopped else "planned"
        return self._made(asked, "This week", verdict, teller.week_summary(), teller.week())

    def _daily(self, asked: Asked) -> Account:
        daily = self.case.answer.daily
        assert daily is not None
        low, high = daily.days_per_week
        often = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        summary = f"On {often} days a week, {daily.minutes} minutes: it is due more often than there are sessions."
        return self._made(asked, "Daily work", "in the week", summary, WeekTeller(self.case).daily())

    def _choice(self, asked: Asked) -> Account:
        case, one = self.case, self.case.bit(asked.key)
        other = rival_of(case, one) if asked.other is None else case.bit(asked.other)
        name = case.name(one) if other is None else f"{case.name(one)} or {case.name(other)}"
        given = any(pick.bit == one for _, _, pick in case.given())
        summary = choice_summary(case, one, other)
        return self._made(asked, name, "given" if given else "not given", summary, choice_parts(case, one, other))

    def _question(self, asked: Asked) -> Account:
        case, ask = self.case, self.case.answer.asks[int(asked.place)]
        points = [say(ask.about, title="Its place in the runner file")]
        if ask.how:
            points.append(say(ask.how))
        could = []
        if ask.calls_for:
            could.append(say(f"An answer could call for {CALLS[ask.calls_for]}."))
        if ask.opens:
            could.append(say(f"It could help to allow up to {ask.opens} exercises more."))
        could.append(say(f"It could concern {ask.concerns} exercises."))
        parts = [
            *case.part("because", "How to answer", points),
            *case.part("next", "What an answer could change", could),
        ]
        return self._made(asked, ask.question, "not told", ask.why, parts)
