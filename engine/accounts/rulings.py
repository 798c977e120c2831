"""Why the status is what it is, who should look at what, what a rule says of this runner, and what bounds an amount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prehab.accounts.case import Case, point
from prehab.accounts.models import Part, Point
from prehab.decide import Concluded
from prehab.fact import Fact
from prehab.graph.schema import make
from prehab.recommendation import Reason, Referral
from prehab.rules.language import Pattern
from prehab.rules.messages import capital

__all__ = ["Ruling", "limit_parts", "referral_parts", "running_parts", "status_parts"]

MOST_ASKED = 4
"""How many open questions about safety are told."""


# -- status ------------------------------------------------------------------------------------------------------------


def status_parts(case: Case) -> Iterator[Part]:
    """What makes the status what it is, where the runner stands, and what was not told yet."""
    decisions = case.decisions
    sore = [
        point(
            case.say(
                "account_status.told",
                place=case.place(fact),
                injury=case.catalogue.injuries[fact.values["injury"]].plain,
            ),
            about=_stage_of(case, fact),
        )
        for fact in decisions.inference.facts.by_kind["complaint"]
    ]
    deciding = case.decider.deciding(decisions)
    referring = [one for one in deciding if one.effect.type == "refer"]
    yield from case.part("because", case.say("account_status.who"), case.ruled(referring))
    if decisions.status == "modify":
        yield from case.part("because", case.say("account_status.told_of"), sore)
        others = [one for one in deciding if one.effect.type != "refer"]
        yield from case.part("because", case.say("account_status.held"), case.ruled(others))
    if decisions.status == "train":
        nothing = point(case.say("account_status.nothing"))
        yield from case.part("because", case.say("account_status.why_nothing"), [nothing])
    if not case.stopped:
        yield from case.part("next", case.say("account_status.standing"), _standing(case))
    yield from case.part("next", case.say("account.not_told"), _asked(case))


def _phase(case: Case, phase: str) -> str:
    return f"{case.say.word(phase)}. {case.catalogue.words['phases'][phase]}."


def _stage_of(case: Case, fact: Fact) -> str | None:
    alike = [
        f for f in case.decisions.inference.facts.by_kind["complaint"] if f.values["injury"] == fact.values["injury"]
    ]
    return f"stage {fact.values['injury']}" if len(alike) == 1 else None


def _gate_of(case: Case, phase: str) -> str | None:
    return next((name for name, gate in case.pack.gates.items() if gate.phase == phase), None)


def _standing(case: Case) -> Iterator[Point]:
    """What the runner is trained for, what is open today, and what comes next."""
    overall, today = case.decisions.phase, case.answer.phase.today
    when = case.say("account_status.general_and_today" if overall == today else "account_status.general")
    yield point(f"{when}: {_phase(case, overall)}", about=_gate_of(case, overall))
    if overall != today:
        yield point(case.say("account_status.today", phase=_phase(case, today)), about=_gate_of(case, today))
    yield from _next_phase(case)


def _next_phase(case: Case) -> Iterator[Point]:
    order = list(case.catalogue.words["phases"])
    for phase in order[order.index(case.decisions.phase) + 1 :]:
        for name, gate in case.pack.gates.items():
            if gate.phase == phase and not case.decisions.inference.gates[name]:
                yield point(case.say("account_status.next", gate=gate.name), about=name)
                return


def _asked(case: Case) -> Iterator[Point]:
    for number, ask in enumerate(case.answer.asks):
        if ask.safety and number < MOST_ASKED:
            yield make(Point, says=ask.question, stands="unknown", about=f"/asks/{number}")


# -- referrals ---------------------------------------------------------------------------------------------------------


def referral_parts(case: Case) -> Iterator[Part]:
    """Who should look at what, why, what to tell them, and what would lift it."""
    told: dict[str, list[Referral]] = {}
    for one in case.answer.referrals:
        told.setdefault(one.rule, []).append(one)
    for rule, ones in told.items():
        yield from _referred(case, rule, ones)
    if not told:
        nothing = point(case.say("account_referral.nothing"))
        yield from case.part("because", case.say("account_referral.why_nobody"), [nothing])
        yield from case.part("next", case.say("account.not_told"), _asked(case))


def _referred(case: Case, rule: str, ones: list[Referral]) -> Iterator[Part]:
    regions = [str(case.catalogue.words["regions"][one.region]["name"]) for one in ones if one.region]
    where = f" ({case.listed(regions)})" if regions else ""
    concluded = [c for c in case.decisions.of("refer") if case.reasons.rule(c).id == rule]
    first = ones[0]
    points = [
        *case.ruled(concluded),
        point(first.who, title=case.say("account_referral.who")),
        point(first.tell, title=case.say("account_referral.tell")),
    ]
    urgency = case.say(f"urgency.{first.urgency}")
    yield from case.part("because", f"{urgency}{where}", points)
    yield from case.part("next", case.say("account.lifting"), _lifting(case, concluded))


def _lifting(case: Case, concluded: list[Concluded]) -> list[Point]:
    """What would lift conclusions; of what somebody has to look at soon, nobody is told how to be rid of it."""
    routine = [c for c in concluded if c.effect.type != "refer" or c.effect.data["urgency"] == "routine"]
    if len(routine) < len(concluded):
        return []
    return [point(f"{need}.") for need in case.reasons.until(*routine, places=case.places)]


# -- a rule ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ruling:
    """A rule, and what it concluded of this runner."""

    case: Case
    rule: str

    @property
    def concluded(self) -> list[Concluded]:
        """What it concludes, in the order of its effects."""
        rules = self.case.reasons.rule
        return [c for ones in self.case.decisions.conclusions.values() for c in ones if rules(c).id == self.rule]

    @property
    def fires(self) -> bool:
        """Whether it applies."""
        program = self.case.decisions.program
        return any(program.rule(firing.variant).id == self.rule for firing in self.case.decisions.inference.firings)

    def summary(self) -> str:
        """Whether it applies, in a sentence."""
        because = self.case.pack.by_id[self.rule].because
        if self.fires:
            first = next(iter(self.concluded), None)
            return self.case.reasons.of(first).because if first is not None else because
        return self.case.say("account_rule.not_now")

    def parts(self) -> Iterator[Part]:
        """What it saw and what it does; or what it lacks, the nearest way first."""
        case, rule = self.case, self.case.pack.by_id[self.rule]
        index = case.pack.rules.index(rule)
        firings = [
            f for f in case.decisions.inference.firings if case.decisions.program.source[f.variant].rule == index
        ]
        told = list(dict.fromkeys(map(case.reasons.reason, firings)))
        yield from case.part("because", case.say("account_rule.why"), map(self._saw, told))
        yield from case.part("because", case.say("account_rule.does"), self._does())
        yield from case.part("next", case.say("account.lifting"), _lifting(case, self.concluded))
        if firings:
            return
        variants = list(self._about_you(index))
        title = case.say("account_rule.why_not" if rule.side == "caution" else "account_rule.lacks")
        ways = case.ways(title, variants)
        yield from ways
        if not ways:
            said = point(case.say("account_rule.not_met" if variants else "account_rule.not_about"))
            yield from case.part("because", case.say("account_rule.why_not"), [said])

    @staticmethod
    def _saw(told: Reason) -> Point:
        """What a rule saw; it tells apart the ways in which it was met."""
        return point("; ".join(told.saw) + "." if told.saw else told.because, reasons=(told,))

    def _about_you(self, index: int) -> Iterator[tuple[int, dict[str, str]]]:
        """The variants of a rule that are about something that hurts here, or about no such thing.

        Each comes with what its variables then stand for.
        """
        program = self.case.decisions.program
        sore = self.case.decisions.inference.facts.by_kind["complaint"]
        for number, variant in enumerate(program.source):
            if variant.rule != index:
                continue
            patterns = [pattern for pattern in variant.patterns if pattern.kind == "complaint"]
            fitting = [[fact for fact in sore if self._fits(pattern, fact)] for pattern in patterns]
            if all(fitting):
                firsts = [facts[0] for facts in fitting]
                named = [(dict(one.binds).get("key"), fact.name) for one, fact in zip(patterns, firsts, strict=True)]
                bound = {variable: name for variable, name in named if variable is not None}
                if bound or all(fact is sore[0] for fact in firsts):
                    yield number, bound

    def _fits(self, pattern: Pattern, complaint: Fact) -> bool:
        """Whether a pattern is about what a complaint is, whatever is told of it."""
        fields = self.case.pack.kinds["complaint"].fields
        parameters = self.case.decisions.program.parameters
        return all(t.met(complaint.values[t.field], parameters) for t in pattern.tests if fields[t.field].always)

    def _does(self) -> Iterator[Point]:
        case, say = self.case, self.case.say
        for one in self.concluded:
            data = one.effect.data
            about = case.some(one.mask)
            if one.effect.type in ("open", "close"):
                yield point(say(f"does.{one.effect.type}", what=case.pack.gates[data["gate"]].name), about=data["gate"])
            elif one.effect.type == "limit":
                bound = next((b for b in case.decisions.limits if b.concluded is one), None)
                if bound is not None:
                    what = f"{case.channel(bound.channel)}: {case.bounded(bound)}"
                    said = say("account_rule.bounds_for", what=what, exercises=about) if about else None
                    yield point(said or say("account_rule.bounds", what=what), about=f"limit {bound.channel}")
            elif one.effect.type == "advise":
                yield point(str(data["say"]))
            elif one.effect.type == "refer":
                held = f" {say('account_rule.withholds', what=about)}" if about else ""
                urgency = say(f"urgency.{data['urgency']}")
                yield point(f"{urgency}: {data['who'].removesuffix('.')}.{held}")
            elif one.effect.type == "derive":
                yield point(say("account_rule.concludes", what=case.pack.derived[data["fact"]].says))
            elif one.effect.type in ("reach", "stay"):
                stages = data["stage"] if isinstance(data["stage"], (list, tuple)) else [data["stage"]]
                yield point(say(f"does.{one.effect.type}", what=say("joining.or").join(map(say.word, stages))))
            elif about:
                yield point(say(f"does.{one.effect.type}", what=about))


# -- limits ------------------------------------------------------------------------------------------------------------


def limit_parts(case: Case, channel: str) -> Iterator[Part]:
    """Every bound on a channel, the safest first: whose it is, and how many exercises of the week it is about."""
    bounds = [bound for bound in case.decisions.limits if bound.channel == channel]
    given = {pick.bit for _, _, pick in case.given()}
    points = []
    for bound in bounds:
        told = case.reasons.of(bound.concluded)
        mask = bound.concluded.mask
        here = sum(1 for bit in given if mask >> bit & 1)
        about = ""
        if not case.pack.channels[channel].runner:
            about = f" {case.say('account_limit.exercises', count=mask.bit_count(), here=here)}"
        said = f"{capital(case.bounded(bound))}: {told.because}{about}"
        points.append(point(said, about=told.rule, reasons=[told]))
    yield from case.part("holds", case.say("account_limit.bounds"), dict.fromkeys(points))
    if channel == "sessions_per_week" and case.runner.strength.sessions_per_week is not None:
        have = case.say("account_week.have_time", count=case.runner.strength.sessions_per_week)
        yield from case.part("because", case.say("account_limit.told"), [point(have, about="week")])
    if not points:
        free = point(case.say("account_limit.no_bound"))
        yield from case.part("because", case.say("account_limit.why_not"), [free])


def limit_summary(case: Case, channel: str) -> str:
    """The safest bound, in a sentence."""
    bounds = [bound for bound in case.decisions.limits if bound.channel == channel]
    if not bounds:
        return case.say("account_limit.none")
    values = list(dict.fromkeys(map(case.bounded, bounds)))
    if case.pack.channels[channel].runner or len(values) == 1:
        return f"{capital(values[0])}."
    return case.say("account_limit.different", number=len(values), bounds=case.listed(values))


# -- running -----------------------------------------------------------------------------------------------------------


def running_parts(case: Case) -> Iterator[Part]:
    """What holds running back, what the next step lacks, how much of it, and the sentences that go with it."""
    run = case.answer.running
    assert run is not None
    decider = case.explainer.running
    if run.mode in ("none", "run_walk"):
        bit = decider.in_turns if run.mode == "none" else decider.continuous
        assert bit is not None
        if not case.decisions.permitted >> bit & 1:
            yield from case.ways(case.say("account.lacks"), case.explainer.permitting(bit))
    yield from case.part("holds", case.say("account.held"), [case.because(one) for one in run.reasons])
    if run.mode == "as_usual":
        nothing = point(case.say("account_running.nothing"))
        yield from case.part("because", case.say("account_running.why_nothing"), [nothing])
    yield from case.part("next", case.say("account_running.change"), [point(f"{need}.") for need in run.until])
    amounts = []
    if run.minutes is not None:
        least, most = run.minutes
        amounts.append(point(case.say("account_running.minutes", least=least, most=most), about=f"dose {_runs(case)}"))
    if run.days_per_week is not None:
        least, most = run.days_per_week
        amounts.append(point(case.say("account_running.days", least=least, most=most), about=f"dose {_runs(case)}"))
    if run.pain_limit is not None:
        amounts.append(point(case.say("account_running.pain", most=run.pain_limit), about="limit pain_limit"))
    yield from case.part("amounts", case.say("account.how_much"), amounts)
    yield from case.part("because", case.say("account_running.with_it"), [case.because(one) for one in run.rules])


def _runs(case: Case) -> str:
    run = case.explainer.running.decide(case.decisions)
    assert run is not None
    assert run.bit is not None
    return case.catalogue.ids[run.bit]
