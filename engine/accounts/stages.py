"""Why a complaint is at its stage, what moves it on and back; why a gate is open or closed, and what it opens."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, point
from prehab.accounts.models import Part, Point
from prehab.decide import Concluded
from prehab.fact import Fact
from prehab.inference import Firing, binding
from prehab.recommendation import Reason
from prehab.rules.messages import capital

__all__ = ["gate_parts", "gate_summary", "stage_name", "stage_parts", "stage_summary", "stage_verdict"]

NAMED = 6
"""Of how many exercises that wait for something the names are told."""


def stage_parts(case: Case, asked: Asked) -> Iterator[Part]:
    """What led a complaint to its stage, what holds it there, what moves it on and back."""
    for fact in asked.sore:
        yield from _stage(case, fact, asked.key)


def stage_name(case: Case, asked: Asked) -> str:
    """What the account of a stage is about."""
    injury = case.catalogue.injuries[asked.sore[-1].values["injury"]].name
    return f"{injury}: {case.say.word(asked.key)}" if asked.key else injury


def stage_verdict(case: Case, asked: Asked) -> str:
    """The stage now; of a stage that was asked for, whether it is reached."""
    now = [case.decisions.stages[fact.name] for fact in asked.sore]
    if not asked.key:
        return case.say.word(now[-1])
    reached = all(
        _place(case, fact, stage) >= _place(case, fact, asked.key) for fact, stage in zip(asked.sore, now, strict=True)
    )
    return case.say("stands.reached" if reached else "stands.not_reached")


def stage_summary(case: Case, asked: Asked) -> str:
    """The stage in a sentence."""
    fact = asked.sore[-1]
    injury = case.catalogue.injuries[fact.values["injury"]]
    stage = case.decisions.stages[fact.name]
    number, stages = _place(case, fact, stage) + 1, len(injury.stages)
    said = case.say(
        "account_stage.summary",
        place=case.place(fact),
        number=number,
        stages=stages,
        stage=case.say.word(stage),
        goal=injury.stages[stage].goal,
    )
    return said if said.endswith(".") else f"{said}."


def _stage(case: Case, fact: Fact, wanted: str) -> Iterator[Part]:
    decisions = case.decisions
    injury = case.catalogue.injuries[fact.values["injury"]]
    stages, stage = list(injury.stages), decisions.stages[fact.name]
    place = stages.index(stage)
    goal = stages.index(wanted) if wanted in stages else min(place + 1, len(stages) - 1)
    held = [
        case.reasons.reason(firing)
        for one in decisions.of("stay")
        if _order(case, one.effect.data["stage"]) < _order(case, stages[goal])
        for firing in _about(case, one, fact)
    ]
    if goal > place:
        title = case.say("account_stage.lacks", stage=case.say.word(stages[place + 1]))
        yield from case.ways(title, case.lacking.reaches(fact.name, stages[place + 1], decisions))
        yield from case.part("holds", case.say("account.held"), [case.because(one) for one in dict.fromkeys(held)])
    about, reaching = injury.stages[stage], dict.fromkeys(_reaching(case, fact, stage) if place else ())
    if place:
        yield from case.part("because", case.say("account_stage.this_far"), [case.because(one) for one in reaching])
    else:
        first = point(case.say("account_stage.first"))
        yield from case.part("because", case.say("account_stage.begins"), [first])
    if place + 1 < len(stages):
        yield from case.part("on", case.say("account_stage.move_on"), [point(about.move_on)])
    conditions = [one for told in reaching for one in told.conditions]
    back = [point(about.step_back), *case.kept(conditions)]
    yield from case.part("back", case.say("account_stage.move_back"), back)
    yield from case.part("holds_what", case.say("account_stage.trained_with"), _programme(case, fact))


def _programme(case: Case, fact: Fact) -> Iterator[Point]:
    """Each work of the programme of a stage, with the exercise that serves it, or that none does."""
    week, injury = case.week, case.catalogue.injuries[fact.values["injury"]]
    stage = case.decisions.stages[fact.name]
    for rank, work in enumerate(injury.stages[stage].programme):
        picks = [p for p in week.picks() for one in p.treats if one.complaint == fact.name and one.rank == rank]
        often = case.say("account_stage.often", sets=case.span(work.sets), days=case.span(work.days_per_week))
        if picks:
            bit = picks[0].bit
            yield point(f"{case.name(bit)}, {often}.", title=capital(work.what), about=case.catalogue.ids[bit])
        elif case.stopped:
            yield point(case.say("account_stage.stopped"), title=capital(work.what), about="status")
        else:
            first = work.steps[0][0]
            text = case.say("account_stage.not_this_week", often=often)
            yield point(text, title=capital(work.what), about=first)


def _reaching(case: Case, fact: Fact, stage: str) -> Iterator[Reason]:
    for one in case.decisions.of("reach"):
        if stage in one.effect.data["stage"]:
            yield from (case.reasons.reason(firing) for firing in _about(case, one, fact))


def _about(case: Case, concluded: Concluded, fact: Fact) -> Iterator[Firing]:
    """The firings of a conclusion that are about a complaint."""
    named = concluded.effect.data["complaint"]
    for firing in concluded.firings:
        if binding(case.decisions.program, firing)[named] == fact.name:
            yield firing


def _place(case: Case, fact: Fact, stage: str) -> int:
    return list(case.catalogue.injuries[fact.values["injury"]].stages).index(stage)


def _order(case: Case, stage: str) -> int:
    return list(case.catalogue.words["stages"]).index(stage)


# -- gates -------------------------------------------------------------------------------------------------------------


def gate_summary(case: Case, gate: str) -> str:
    """Whether a gate is open, in a sentence."""
    if case.decisions.inference.gates[gate]:
        return case.say("account_gate.open")
    closing, tests = case.lacking.gate_leaves(gate, case.decisions)
    count = len(dict.fromkeys(map(str, closing))) + len(dict.fromkeys(tests, None))
    return case.say("account_gate.missing", count=count)


def gate_parts(case: Case, gate: str) -> Iterator[Part]:
    """What opens a gate, or what it lacks and what closes it; and what it opens."""
    decisions = case.decisions
    opening = [c for c in decisions.of("open") if c.effect.data["gate"] == gate]
    closing = [c for c in decisions.of("close") if c.effect.data["gate"] == gate]
    if not opening:
        openers: list[tuple[int, dict[str, str]]] = [(variant, {}) for variant in case.lacking.openers[gate]]
        yield from case.ways(case.say("account_gate.lacks"), openers)
    yield from case.part("holds", case.say("account_gate.closes"), case.ruled(closing))
    yield from case.part("because", case.say("account_gate.opened_by"), case.ruled(opening))
    conditions = [one for concluded in opening for one in case.reasons.of(concluded).conditions]
    yield from case.part("back", case.say("account_gate.stays"), case.kept(conditions))
    yield from case.part("next", case.say("account_gate.opens"), _opens(case, gate))


def _opens(case: Case, gate: str) -> Iterator[Point]:
    """The gates that rest on a gate, and the exercises that a rule permits which reads it."""
    program = case.decisions.program
    for name, about in case.pack.gates.items():
        if any(gate in program.gates_read[program.source[variant].rule] for variant in case.lacking.openers[name]):
            is_open = case.decisions.inference.gates[name]
            said = case.say("account.gate_open" if is_open else "account.gate_closed", gate=about.name)
            yield point(said, about=name)
    mask = 0
    for index, rule in enumerate(case.pack.rules):
        if gate in program.gates_read.get(index, ()) and any(effect.type == "permit" for effect in rule.effects):
            mask |= rule.mask
    if mask:
        yield point(f"{case.some(mask, NAMED)}.")
