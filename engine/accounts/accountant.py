"""Answers what is asked about an answer: each kind of question by who knows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prehab.accounts.asked import Asked, Asking
from prehab.accounts.case import Case, point
from prehab.accounts.doses import DoseTeller
from prehab.accounts.exercises import choice_parts, choice_summary, exercise_parts, rival_of
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
from prehab.rules.messages import capital

__all__ = ["Accountant"]


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
        self.say = case.say
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
        summary = self.say("explain.not_yet") if told.verdict == "withheld" else told.summary
        verdict = self.say(f"stands.{told.verdict}")
        return self._made(asked, told.name, verdict, summary, exercise_parts(case, told))

    def _dose(self, asked: Asked) -> Account:
        case, name = self.case, self.say("account.dose", exercise=self.case.name(self.case.bit(asked.key)))
        told = case.explainer.explain(case.decisions, case.week, case.runner, asked.key)
        if told.verdict == "withheld":
            summary = self.say("account.no_dose_while", summary=told.summary)
            return self._made(asked, name, self.say("stands.none"), summary, exercise_parts(case, told))
        teller = DoseTeller(case, asked)
        verdict = self.say("stands.given" if teller.pick else "stands.allowed")
        return self._made(asked, name, verdict, teller.summary(), teller.parts())

    def _limit(self, asked: Asked) -> Account:
        case, bounds = self.case, [one for one in self.case.decisions.limits if one.channel == asked.key]
        verdict = self.say("stands.bounded" if bounds else "stands.not_bounded")
        summary = limit_summary(case, asked.key)
        return self._made(asked, case.channel(asked.key), verdict, summary, limit_parts(case, asked.key))

    def _stage(self, asked: Asked) -> Account:
        case = self.case
        name, verdict = stage_name(case, asked), stage_verdict(case, asked)
        return self._made(asked, name, verdict, stage_summary(case, asked), stage_parts(case, asked))

    def _gate(self, asked: Asked) -> Account:
        case, gate = self.case, self.case.pack.gates[asked.key]
        verdict = self.say("stands.open" if case.decisions.inference.gates[asked.key] else "stands.closed")
        return self._made(
            asked, capital(gate.name), verdict, gate_summary(case, asked.key), gate_parts(case, asked.key)
        )

    def _status(self, asked: Asked) -> Account:
        answer = self.case.answer
        verdict = self.say(f"stands.{answer.status}")
        return self._made(asked, self.say("account.status"), verdict, answer.headline, status_parts(self.case))

    def _referral(self, asked: Asked) -> Account:
        told = self.case.answer.referrals
        summary = told[0].because if told else self.say("account.nobody")
        verdict = self.say(f"stands.{told[0].urgency}") if told else self.say("stands.none")
        return self._made(asked, self.say("account.referral"), verdict, summary, referral_parts(self.case))

    def _rule(self, asked: Asked) -> Account:
        ruling = Ruling(self.case, asked.key)
        verdict = self.say("stands.applies" if ruling.fires else "stands.does_not_apply")
        return self._made(asked, asked.key, verdict, ruling.summary(), ruling.parts())

    def _running(self, asked: Asked) -> Account:
        run = self.case.answer.running
        assert run is not None
        verdict = self.say(f"run_mode.{run.mode}")
        return self._made(asked, self.say("page.running"), verdict, run.says, running_parts(self.case))

    def _day(self, asked: Asked) -> Account:
        teller = WeekTeller(self.case)
        verdict = self.say("stands.in_the_week" if teller.standing(asked) else "stands.free")
        return self._made(asked, teller.day_name(asked), verdict, teller.day_summary(asked), teller.day(asked))

    def _week(self, asked: Asked) -> Account:
        teller = WeekTeller(self.case)
        verdict = self.say("stands.stopped" if self.case.stopped else "stands.planned")
        return self._made(asked, self.say("account.week"), verdict, teller.week_summary(), teller.week())

    def _daily(self, asked: Asked) -> Account:
        daily = self.case.answer.daily
        assert daily is not None
        often = self.case.span(daily.days_per_week)
        summary = self.say("account_daily.summary", often=often, minutes=daily.minutes)
        name, verdict = self.say("account.daily"), self.say("stands.in_the_week")
        return self._made(asked, name, verdict, summary, WeekTeller(self.case).daily())

    def _choice(self, asked: Asked) -> Account:
        case, one = self.case, self.case.bit(asked.key)
        other = rival_of(case, one) if asked.other is None else case.bit(asked.other)
        name = self.say("joining.or").join(case.name(bit) for bit in (one, other) if bit is not None)
        given = any(pick.bit == one for _, _, pick in case.given())
        verdict = self.say("stands.given" if given else "stands.not_given")
        return self._made(asked, name, verdict, choice_summary(case, one, other), choice_parts(case, one, other))

    def _question(self, asked: Asked) -> Account:
        case, ask = self.case, self.case.answer.asks[int(asked.place)]
        points = [point(ask.about, title=self.say("account_question.place"))]
        if ask.how:
            points.append(point(ask.how))
        could = []
        if ask.calls_for:
            could.append(point(self.say(f"calls_for.{ask.calls_for}")))
        if ask.opens:
            could.append(point(self.say("account_question.opens", count=ask.opens)))
        could.append(point(self.say("account_question.concerns", count=ask.concerns)))
        parts = [
            *case.part("because", self.say("account_question.how"), points),
            *case.part("next", self.say("account_question.change"), could),
        ]
        return self._made(asked, ask.question, self.say("stands.not_told"), ask.why, parts)
