"""Why a complaint is at its stage, what moves it on and back; why a gate is open or closed, and what it opens."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.accounts.asked import Asked
from prehab.accounts.case import Case, capital, counted, ends, say, some
from prehab.accounts.models import Part, Point
from prehab.decide import Concluded
from prehab.facts import Fact
from prehab.inference import Firing, binding
from prehab.recommendation import Reason

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
    return f"{injury}: {_plain(asked.key)}" if asked.key else injury


def stage_verdict(case: Case, asked: Asked) -> str:
    """The stage now; of a stage that was asked for, whether it is reached."""
    now = [case.decisions.stages[fact.name] for fact in asked.sore]
    if not asked.key:
        return _plain(now[-1])
    reached = all(
        _place(case, fact, stage) >= _place(case, fact, asked.key) for fact, stage in zip(asked.sore, now, strict=True)
    )
    return "reached" if reached else "not reached"


def stage_summary(case: Case, asked: Asked) -> str:
    """The stage in a sentence."""
    fact = asked.sore[-1]
    injury = case.catalogue.injuries[fact.values["injury"]]
    stage = case.decisions.stages[fact.name]
    number, stages = _place(case, fact, stage) + 1, len(injury.stages)
    said = f"The {case.place(fact)} is in stage {number} of {stages}, {_plain(stage)}: {injury.stages[stage].goal}"
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
        title = f"To come to stage {_plain(stages[place + 1])} it lacks this"
        yield from case.ways(title, case.lacking.reaches(fact.name, stages[place + 1], decisions))
        yield from case.part("holds", "What holds it back", [case.because(one) for one in dict.fromkeys(held)])
    about, reaching = injury.stages[stage], dict.fromkeys(_reaching(case, fact, stage) if place else ())
    if place:
        yield from case.part("because", "Why it has come this far", [case.because(one) for one in reaching])
    else:
        first = say("It is the first stage: every treatment begins with it.")
        yield from case.part("because", "Why it begins here", [first])
    if place + 1 < len(stages):
        yield from case.part("on", "What moves it on", [say(about.move_on)])
    conditions = [one for told in reaching for one in told.conditions]
    yield from case.part("back", "What moves it back", [say(about.step_back), *case.kept(conditions)])
    yield from case.part("holds_what", "What it is trained with", _programme(case, fact))


def _programme(case: Case, fact: Fact) -> Iterator[Point]:
    """Each work of the programme of a stage, with the exercise that serves it, or that none does."""
    week, injury = case.week, case.catalogue.injuries[fact.values["injury"]]
    stage = case.decisions.stages[fact.name]
    for rank, work in enumerate(injury.stages[stage].programme):
        picks = [p for p in week.picks() for one in p.treats if one.complaint == fact.name and one.rank == rank]
        often = f"{ends(work.sets)} sets, {ends(work.days_per_week)} days a week"
        if picks:
            bit = picks[0].bit
            yield say(f"{case.name(bit)}, {often}.", title=capital(work.what), about=case.catalogue.ids[bit])
        elif case.stopped:
            yield say(
                "nothing is given: everything stops until somebody has looked.",
                title=capital(work.what),
                about="status",
            )
        else:
            first = work.steps[0][0]
            text = f"Not this week: no step of it is allowed, equipped and has room. It would be {often}."
            yield say(text, title=capital(work.what), about=first)


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


def _plain(word: str) -> str:
    return word.replace("_", " ")


# -- gates -------------------------------------------------------------------------------------------------------------


def gate_summary(case: Case, gate: str) -> str:
    """Whether a gate is open, in a sentence."""
    if case.decisions.inference.gates[gate]:
        return "Open: a rule opens it, and none closes it."
    closing, tests = case.lacking.gate_leaves(gate, case.decisions)
    count = len(dict.fromkeys(map(str, closing))) + len(dict.fromkeys(tests, None))
    return f"Not open yet: {counted(count, 'thing')} {'is' if count == 1 else 'are'} missing on the nearest way."


def gate_parts(case: Case, gate: str) -> Iterator[Part]:
    """What opens a gate, or what it lacks and what closes it; and what it opens."""
    decisions = case.decisions
    opening = [c for c in decisions.of("open") if c.effect.data["gate"] == gate]
    closing = [c for c in decisions.of("close") if c.effect.data["gate"] == gate]
    if not opening:
        openers: list[tuple[int, dict[str, str]]] = [(variant, {}) for variant in case.lacking.openers[gate]]
        yield from case.ways("To open it lacks this", openers)
    yield from case.part("holds", "What closes it", case.ruled(closing))
    yield from case.part("because", "What opens it", case.ruled(opening))
    conditions = [one for concluded in opening for one in case.reasons.of(concluded).conditions]
    yield from case.part("back", "It stays open while this is so", case.kept(conditions))
    yield from case.part("next", "What it opens", _opens(case, gate))


def _opens(case: Case, gate: str) -> Iterator[Point]:
    """The gates that rest on a gate, and the exercises that a rule permits which reads it."""
    program = case.decisions.program
    for name, about in case.pack.gates.items():
        if any(gate in program.gates_read[program.source[variant].rule] for variant in case.lacking.openers[name]):
            yield say(
                f"{about.name}: {'open' if case.decisions.inference.gates[name] else 'not open yet'}.", about=name
            )
    mask = 0
    for index, rule in enumerate(case.pack.rules):
        if gate in program.gates_read.get(index, ()) and any(effect.type == "permit" for effect in rule.effects):
            mask |= rule.mask
    if mask:
        yield say(f"{some(case, mask, NAMED)}.")
