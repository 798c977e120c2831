"""Why the status is what it is, who should look at what, what a rule says of this runner, and what bounds an amount."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from prehab.accounts.case import Case, bounded, capital, channel_name, counted, listed, say, some
from prehab.accounts.models import Part, Point
from prehab.decide import Concluded
from prehab.facts import Fact
from prehab.graph.schema import make
from prehab.recommendation import Reason, Referral
from prehab.rules.language import Pattern

__all__ = ["Ruling", "limit_parts", "referral_parts", "running_parts", "status_parts"]

MOST_ASKED = 4
"""How many open questions about safety are told."""


# -- status ------------------------------------------------------------------------------------------------------------


def status_parts(case: Case) -> Iterator[Part]:
    """What makes the status what it is, where the runner stands, and what was not told yet."""
    decisions = case.decisions
    sore = [
        say(
            f"You told of the {case.place(fact)}: {case.catalogue.injuries[fact.values['injury']].plain}.",
            about=_stage_of(case, fact),
        )
        for fact in decisions.inference.facts.by_kind["complaint"]
    ]
    deciding = case.decider.deciding(decisions)
    referring = [one for one in deciding if one.effect.type == "refer"]
    yield from case.part("because", "Who should look", case.ruled(referring))
    if decisions.status == "modify":
        yield from case.part("because", "What you told of", sore)
        others = [one for one in deciding if one.effect.type != "refer"]
        yield from case.part("because", "What is held back or bounded for it", case.ruled(others))
    if decisions.status == "train":
        nothing = "You told of nothing that hurts, and no rule holds anything back or bounds it for your health."
        yield from case.part("because", "Why nothing calls for special care", [say(nothing)])
    if not case.stopped:
        yield from case.part("next", "Where you stand", _standing(case))
    yield from case.part("next", "Not told yet, and it matters", _asked(case))


def _phase(case: Case, phase: str) -> str:
    return f"{phase.replace('_', ' ')}. {case.catalogue.words['phases'][phase]}."


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
    when = "In general, and today" if overall == today else "In general"
    yield say(f"{when}: {_phase(case, overall)}", about=_gate_of(case, overall))
    if overall != today:
        yield say(f"Today: {_phase(case, today)}", about=_gate_of(case, today))
    yield from _next_phase(case)


def _next_phase(case: Case) -> Iterator[Point]:
    order = list(case.catalogue.words["phases"])
    for phase in order[order.index(case.decisions.phase) + 1 :]:
        for name, gate in case.pack.gates.items():
            if gate.phase == phase and not case.decisions.inference.gates[name]:
                yield say(f"Next: {gate.name}.", about=name)
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
        yield from case.part(
            "because", "Why nobody needs to look", [say("Nothing that you told is a sign that a rule refers for.")]
        )
        yield from case.part("next", "Not told yet, and it matters", _asked(case))


def _referred(case: Case, rule: str, ones: list[Referral]) -> Iterator[Part]:
    regions = [str(case.catalogue.words["regions"][one.region]["name"]) for one in ones if one.region]
    where = f" ({listed(regions)})" if regions else ""
    concluded = [c for c in case.decisions.of("refer") if case.reasons.rule(c).id == rule]
    first = ones[0]
    points = [
        *case.ruled(concluded),
        say(first.who, title="Who"),
        say(first.tell, title="What to tell them"),
    ]
    yield from case.part("because", f"{first.urgency.capitalize()}{where}", points)
    yield from case.part("next", "What would lift it", _lifting(case, concluded))


def _lifting(case: Case, concluded: list[Concluded]) -> list[Point]:
    """What would lift conclusions; of what somebody has to look at soon, nobody is told how to be rid of it."""
    routine = [c for c in concluded if c.effect.type != "refer" or c.effect.data["urgency"] == "routine"]
    needs = dict.fromkeys(need for one in routine for need in case.reasons.until(one))
    return [say(f"{need}.") for need in needs] if len(routine) == len(concluded) else []


# -- a rule ------------------------------------------------------------------------------------------------------------

DOES = {
    "permit": "permits", "forbid": "holds back", "open": "opens", "close": "closes",
    "limit": "bounds", "prescribe": "says how to do", "prefer": "prefers", "require": "asks for one of",
    "reach": "moves a complaint on to a stage", "stay": "keeps a complaint in a stage", "familiar": "counts as known",
}  # fmt: skip
"""What an effect does, as a word before what it does it to."""


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
        return "It does not apply to you now."

    def parts(self) -> Iterator[Part]:
        """What it saw and what it does; or what it lacks, the nearest way first."""
        case, rule = self.case, self.case.pack.by_id[self.rule]
        index = case.pack.rules.index(rule)
        firings = [
            f for f in case.decisions.inference.firings if case.decisions.program.source[f.variant].rule == index
        ]
        told = list(dict.fromkeys(map(case.reasons.reason, firings)))
        yield from case.part("because", "Why it applies", map(self._saw, told))
        yield from case.part("because", "What it does", self._does())
        yield from case.part("next", "What would lift it", _lifting(case, self.concluded))
        if firings:
            return
        variants = list(self._about_you(index))
        title = "Why it does not apply" if rule.side == "caution" else "To apply it lacks this"
        ways = case.ways(title, variants)
        yield from ways
        if not ways:
            said = "What you told does not meet it." if variants else "Nothing that you told of is what it is about."
            yield from case.part("because", "Why it does not apply", [say(said)])

    @staticmethod
    def _saw(told: Reason) -> Point:
        """What a rule saw; it tells apart the ways in which it was met."""
        return say("; ".join(told.saw) + "." if told.saw else told.because, reasons=(told,))

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
        for one in self.concluded:
            data = one.effect.data
            about = some(self.case, one.mask)
            what = DOES.get(one.effect.type, one.effect.type)
            if one.effect.type in ("open", "close"):
                yield say(f"It {what} {self.case.pack.gates[data['gate']].name}.", about=data["gate"])
            elif one.effect.type == "limit":
                bound = next((b for b in self.case.decisions.limits if b.concluded is one), None)
                if bound is not None:
                    said = f"{channel_name(bound.channel)}: {bounded(self.case, bound)}"
                    yield say(f"It bounds {said}{f', for {about}' if about else ''}.", about=f"limit {bound.channel}")
            elif one.effect.type == "advise":
                yield say(str(data["say"]))
            elif one.effect.type == "refer":
                held = f" Until then it withholds {about}." if about else ""
                yield say(f"{data['urgency'].capitalize()}: {data['who'].removesuffix('.')}.{held}")
            elif one.effect.type == "derive":
                yield say(f"It concludes of a complaint: it {self.case.pack.derived[data['fact']].says}.")
            elif one.effect.type in ("reach", "stay"):
                stages = data["stage"] if isinstance(data["stage"], (list, tuple)) else [data["stage"]]
                yield say(f"It {what}: {listed([stage.replace('_', ' ') for stage in stages], 'or')}.")
            elif about:
                yield say(f"It {what} {about}.")


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
        about = (
            ""
            if case.pack.channels[channel].runner
            else f" For {counted(mask.bit_count(), 'exercise')}, {here} of them in this week."
        )
        points.append(say(f"{capital(bounded(case, bound))}: {told.because}{about}", about=told.rule, reasons=[told]))
    yield from case.part("holds", "What bounds it, the safest first", dict.fromkeys(points))
    if channel == "sessions_per_week" and case.runner.strength.sessions_per_week is not None:
        told_by = counted(case.runner.strength.sessions_per_week, "session")
        yield from case.part("because", "What you told", [say(f"You have time for {told_by} a week.", about="week")])
    if not points:
        yield from case.part(
            "because",
            "Why it is not bounded",
            [say("No rule that applies to you bounds it: what the way of dosing gives, counts.")],
        )


def limit_summary(case: Case, channel: str) -> str:
    """The safest bound, in a sentence."""
    bounds = [bound for bound in case.decisions.limits if bound.channel == channel]
    if not bounds:
        return "No rule bounds it."
    if case.pack.channels[channel].runner:
        return f"{bounded(case, bounds[0]).capitalize()}."
    values = list(dict.fromkeys(bounded(case, bound) for bound in bounds))
    return (
        f"{counted(len(values), 'bound')}, for different exercises: {listed(values)}."
        if len(values) > 1
        else f"{values[0].capitalize()}."
    )


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
            yield from case.ways("To be permitted it lacks this", case.explainer.permitting(bit))
    yield from case.part("holds", "What holds it back", [case.because(one) for one in run.reasons])
    if run.mode == "as_usual":
        yield from case.part(
            "because",
            "Why nothing holds it back",
            [say("No rule that applies to you refers or forbids easy or fast running.")],
        )
    yield from case.part("next", "What would change it", [say(f"{need}.") for need in run.until])
    amounts = []
    if run.minutes is not None:
        amounts.append(
            say(
                f"Begin with {run.minutes[0]:g} minutes, {run.minutes[1]:g} at most for now.",
                about=f"dose {_runs(case)}",
            )
        )
    if run.days_per_week is not None:
        low, high = run.days_per_week
        amounts.append(say(f"On {low:g} to {high:g} days a week.", about=f"dose {_runs(case)}"))
    if run.pain_limit is not None:
        amounts.append(say(f"Pain up to {run.pain_limit:g} of 10.", about="limit pain_limit"))
    yield from case.part("amounts", "How much", amounts)
    yield from case.part("because", "What goes with it", [case.because(one) for one in run.rules])


def _runs(case: Case) -> str:
    run = case.explainer.running.decide(case.decisions)
    assert run is not None
    assert run.bit is not None
    return case.catalogue.ids[run.bit]
