"""The laws about one runner that hold for any pack; each is a function that yields what breaks it.

They look at what comes out and at the graph; they do not ask the rules what should have come out, and name nothing
that one pack has and another may not. The laws about two runners are in ``prehab.testing.pairs``.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prehab.decide import URGENCIES
from prehab.fact import Fact
from prehab.graph.schema import Injury
from prehab.recommendation import Given, Recommendation
from prehab.rules.checks.referrals import sign_of
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement
from prehab.statements import broken_statements
from prehab.testing.seen import Seen

__all__ = [
    "LAWS_OF_ONE",
    "Law",
    "begins_at_its_lowest",
    "everything_has_a_reason",
    "gates_for_springs",
    "high_risk_is_referred",
    "holds_are_no_bone_work",
    "is_cleared",
    "law_of",
    "red_flags_are_heard",
    "referrals_withhold",
    "same_answer_however_told",
    "screens_before_load",
    "something_is_left",
    "turned",
    "unnumbered",
]  # fmt: skip


@dataclass(frozen=True)
class Law:
    """A law about one runner.

    Attributes:
        number: What the law is called in reports: the number in the design, or a name of the author's own.
        title: The law in one sentence.
        breaks: Yields a sentence for everything that breaks the law in what one runner was answered.
    """

    number: str
    title: str
    breaks: Callable[[Seen], Iterable[str]]


def law_of(statement: Statement) -> Law:
    """A safety statement of a pack's authors, as a law."""

    def breaks(seen: Seen) -> Iterator[str]:
        yield from (words for _, words in broken_statements([statement], seen.decisions))

    return Law(f"statement {statement.id}", statement.says, breaks)


def gates_for_springs(seen: Seen) -> Iterator[str]:
    """Law 1, as far as it holds for any pack: what is allowed of jumps and sprints rests on an open gate."""
    for concluded in seen.decisions.of("permit"):
        gated = (any(f.kind == "gate" and f.values["open"] for f in firing.facts) for firing in concluded.firings)
        if all(gated):
            continue
        rule = seen.engine._program.rule(concluded.firings[0].variant).id
        for key in seen.pack.ids(concluded.mask):
            if key in seen.allowed and seen.exercise(key).explosive != "none":
                yield f"{key} is explosive and allowed, and {rule} permits it without a gate"


def screens_before_load(seen: Seen) -> Iterator[str]:
    """Law 2. What nobody has looked at may be lifted lightly, where a pack's rules take other answers for a screen."""
    patterns = seen.engine.catalogue.words["patterns"]

    def most(key: str) -> tuple[str, ...]:
        """The loads that an exercise may have, as far as screens go; none where they say nothing."""
        screen = patterns[seen.exercise(key).pattern].get("screen")
        grade = None if screen is None else getattr(seen.runner.screens, screen)
        if screen is None or grade == "competent":
            return ()
        return ("none", "light") if grade in (None, "not_assessed") else ("none",)

    waiting = {key: loads for key in sorted(seen.allowed) if (loads := most(key))}
    for key, loads in waiting.items():
        if seen.exercise(key).external_load == "required" and "light" not in loads:
            yield f"{key} needs load and is allowed"
    for one in seen.given:
        if one.dose.load not in waiting.get(one.exercise, (one.dose.load,)):
            yield f"{one.exercise} is given with {one.dose.load} load"
    loadable = [key for key in waiting if seen.exercise(key).external_load != "none"]
    for key in seen.some(loadable):
        dose = seen.engine.explain(seen.runner, key).dose
        if dose is not None and dose.load not in waiting[key]:
            yield f"{key} would be given with {dose.load} load"


def referrals_withhold(seen: Seen) -> Iterator[str]:
    """Law 3."""
    answer = seen.answer
    everything = [r for r in answer.referrals if r.region is None and not r.whole_person]
    if answer.status == "stop" and (answer.allowed or answer.sessions or answer.daily):
        yield "a stop that gives exercises"
    if (answer.urgency == "emergency" or everything) and answer.status != "stop":
        yield f"{answer.urgency} about everything, and the status is {answer.status}"
    if answer.urgency == "urgent" and answer.status not in ("refer", "stop"):
        yield f"an urgent referral, and the status is {answer.status}"
    if answer.referrals and answer.status == "train":
        yield "a referral, and the status is train"
    if (answer.urgency is None) != (not answer.referrals):
        yield "urgency and referrals disagree"
    level = seen.number("referral.load_min")
    for region in sorted(seen.urgent_regions()):
        structures = set(seen.engine.catalogue.structures_of[region])
        for key in sorted(seen.allowed | {one.exercise for one in seen.given}):
            if any(load >= level for name, load in seen.exercise(key).loads.items() if name in structures):
                yield f"{key} is allowed and loads the {region}, which is referred"


def something_is_left(seen: Seen) -> Iterator[str]:
    """Law 7."""
    answer = seen.answer
    if answer.status == "stop":
        return
    if not answer.allowed:
        yield f"nothing is allowed and the status is {answer.status}"
    withheld = {key for entry in answer.withheld for key in entry.exercises if entry.because}
    uncovered = {entry.what for entry in answer.uncovered if entry.because}
    for complaint, injury in seen.complaints():
        if injury.region in seen.urgent_regions():
            continue
        treating = {treatment.exercise for treatment in injury.treated_by}
        if not treating & seen.allowed and not uncovered & _places_for(seen, injury) and not treating <= withheld:
            yield f"{complaint.injury or complaint.region}: nothing treats it, and no reason is given"
    if not answer.sessions and not answer.daily:
        left = [step.left for step in answer.filters]
        removed = [step.removed for step in answer.filters]
        if left[-1] != 0 or any(a - b != r for a, b, r in zip(left, left[1:], removed[1:], strict=False)):
            yield f"nothing is given, and the steps do not say why: {answer.filters}"
        if left[-2]:
            yield f"{left[-2]} exercises are there to choose from, and nothing is given"
        for step in answer.filters:
            if step.because is not None and step.because not in answer.notes:
                yield f"no session is given, and why is not said: {step.because}"


def _places_for(seen: Seen, injury: Injury) -> set[str]:
    """The places in a session that are about what treats an injury, and nothing else."""
    treating = seen.engine.catalogue.index.treating([injury.id])
    effects = (effect for rule in seen.pack.rules for effect in rule.effects if effect.type == "require")
    return {str(effect.data["name"]) for effect in effects if effect.masks.get((injury.id,)) == treating}


def holds_are_no_bone_work(seen: Seen) -> Iterator[str]:
    """Law 8, as far as it holds for any pack."""
    for key in sorted(seen.allowed):
        exercise = seen.exercise(key)
        if exercise.modes == ["isometric"] and exercise.osteogenic:
            yield f"{key} is isometric and counts as bone loading"


def high_risk_is_referred(seen: Seen) -> Iterator[str]:
    """Law 9, as far as it holds for any pack: always referred, in haste while nobody has cleared it."""
    for fact in seen.decisions.inference.facts.by_kind["complaint"]:
        injury = seen.engine.catalogue.injuries[fact.values["injury"]]
        if injury.high_risk:
            least = "routine" if is_cleared(seen.pack, fact) else "urgent"
            if not _referred(seen, injury.region, least):
                yield f"{injury.id} is not referred, at least as {least}"


def red_flags_are_heard(seen: Seen) -> Iterator[str]:
    """Law 16, as far as it holds for any pack.

    A red flag counts as told when the answer is at its worst: yes, or the highest pain. Of a complaint that a clinician
    has cleared nothing is asked.
    """
    facts = seen.decisions.inference.facts
    for fact in facts.by_kind["complaint"]:
        injury = seen.engine.catalogue.injuries[fact.values["injury"]]
        if is_cleared(seen.pack, fact):
            continue
        for flag in injury.red_flags:
            sign = sign_of(seen.pack, flag.flag)
            if sign is None:
                continue
            told = fact if sign.kind == "complaint" else facts.by_kind[sign.kind][0]
            if told.values.get(sign.name) == sign.there and not _referred(seen, injury.region, flag.urgency):
                yield f"{injury.id}: `{flag.flag}` is told and not referred, at least as {flag.urgency}"


def is_cleared(pack: Pack, complaint: Fact) -> bool:
    """Whether somebody has cleared a complaint: a yes that is better than a no."""
    fields = pack.kinds["complaint"].fields
    return any(
        field.type == "boolean" and field.worse == "lower" and complaint.values.get(name)
        for name, field in fields.items()
    )


def _referred(seen: Seen, region: str, least: str) -> bool:
    """Whether there is a referral at least so urgent, of a region, of the whole person or of everything."""
    enough = URGENCIES[URGENCIES.index(least) :]
    return any(one.urgency in enough and one.region in (None, region) for one in seen.answer.referrals)


def everything_has_a_reason(seen: Seen) -> Iterator[str]:
    """Law 12."""
    answer, pack = seen.answer, seen.pack
    for one in seen.given:
        rules = [pack.by_id[reason.rule] for reason in one.reasons]
        if not any(rule.side == "permit" and (rule.sources or rule.consensus) for rule in rules):
            yield f"{one.exercise} is given without a permit that has a source"
        if any(not (rule.sources or rule.consensus) for rule in rules):
            yield f"{one.exercise} has a reason without a source"
    listed = [key for entry in answer.withheld for key in entry.exercises]
    yield from (f"{key} is withheld twice" for key in sorted({key for key in listed if listed.count(key) > 1}))
    wanting = {key for entry in answer.withheld if entry.kind in ("refused", "equipment") for key in entry.exercises}
    yield from (f"{key} is withheld and allowed" for key in sorted((set(listed) - wanting) & seen.allowed))
    yield from (f"{key} is withheld without a word" for e in answer.withheld for key in e.exercises if not e.because)
    missing = sorted(set(pack.catalogue.ids) - seen.allowed - set(listed))
    sampled = sorted(set(pack.catalogue.ids) - seen.allowed)
    for key in sorted({*missing, *seen.some(sampled)}):
        told = seen.engine.explain(seen.runner, key)
        if told.verdict in ("given", "allowed"):
            yield f"{key} is not allowed, and explained as {told.verdict}"
        elif not told.reasons and not any(missed.unmet for missed in told.missed):
            yield f"{key} is not allowed, and no reason is given ({told.summary})"
        if any(not (pack.by_id[r.rule].sources or pack.by_id[r.rule].consensus) for r in told.reasons):
            yield f"{key} is withheld for a reason without a source"


def begins_at_its_lowest(seen: Seen) -> Iterator[str]:
    """Law 15. How far a runner has come is counted anew, from the log and from what rules call familiar."""
    catalogue = seen.engine.catalogue
    for one in seen.given:
        come = _come(seen, {one.exercise, *catalogue.above(one.exercise)})
        works = [
            work
            for treats in one.treats
            for work in catalogue.injuries[treats.injury].stages[treats.stage].programme
            if work.what == treats.what
        ]
        for name in ("sets", "reps", "hold_s", "contacts", "effort_rpe"):
            span, value = getattr(one.dose, name), getattr(one.dose.start, name)
            if span is None:
                continue
            begins, ends = _way(seen, one, name, span)
            saying = works if name == "sets" else works[:1]  # of several programmes the first says how it is done
            asked = [amounts for work in saying if (amounts := getattr(work, name, None)) is not None]
            if asked:  # a programme says itself where it begins
                begins, ends = map(max, zip(*asked, strict=True))
            lowest, most = (max(span[0], min(n, span[1])) for n in (begins, begins + (ends - begins) * come))
            if (value < math.floor(most)) if ends < begins else (value > math.ceil(most)):
                yield f"{one.exercise}: {name} begins at {value:g}, not at {lowest:g}"


def _way(seen: Seen, one: Given, name: str, span: tuple[float, float]) -> tuple[float, float]:
    """Where a channel of a dose begins and ends; repetitions may begin high, with a light weight, and fall."""
    high = seen.pack.schemes[one.dose.scheme].start_reps if name == "reps" else None
    return span if high is None or high <= span[0] else (min(high, span[1]), span[0])


def _come(seen: Seen, exercises: set[str]) -> float:
    """How far a runner has come with an exercise, or a harder one on its ladder: from 0 to 1."""
    decisions, calm = seen.decisions, seen.number("growth.calm_pain")
    familiar = not exercises.isdisjoint(seen.pack.ids(decisions.familiar))
    sore = bool(seen.runner.complaints)
    done = 0
    for session in decisions.inference.facts.log:
        pains = (session.pain_during, session.pain_next_morning)
        settled = all(not sore if pain is None else pain <= calm for pain in pains)
        late = (session.days_ago or 0) <= seen.number("growth.recent_days")
        done += settled and late and not exercises.isdisjoint(session.exercises)
    return max(seen.number("growth.familiar_share") * familiar, min(1.0, done / seen.number("growth.sessions_to_top")))


def same_answer_however_told(seen: Seen) -> Iterator[str]:
    """Law 13: for the runner told in another order, and for every other engine of the same pack."""
    told = _told(seen.answer)
    if _told(seen.engine.recommend(turned(seen.data))) != told:
        yield "the answer changes with the order in which the runner is told"
    complaints = list(seen.data.get("complaints") or ())
    if len(complaints) > 1:
        listed = {**seen.data, "complaints": [*complaints[1:], complaints[0]]}
        if unnumbered(seen.engine.recommend(listed)) != unnumbered(seen.answer):
            yield "the answer changes with the order in which the complaints are told"
    for other in seen.others:
        if _told(other.recommend(seen.data)) != told:
            yield f"the {other.evaluator} evaluator answers otherwise than the {seen.engine.evaluator} one"


def _told(answer: Recommendation) -> str:
    """All that an answer says; it also holds what was told to it."""
    return answer.model_dump_json(exclude={"runner"})


def unnumbered(answer: Recommendation) -> Any:
    """An answer without what follows from the order of complaints: their numbers, the order of what is about each."""
    told = json.loads(re.sub(r'(/complaints/|"complaint":|"fact":"c)\d+', r"\g<1>0", _told(answer)))
    for part in ("asks", "treatment"):
        told[part] = sorted({json.dumps(one) for one in told[part]})
    return told


def turned(data: Any) -> Any:
    """The same runner, said the other way round: keys, and lists that have no order of their own."""
    if isinstance(data, Mapping):
        return {
            key: list(reversed(data[key]))
            if key in ("equipment", "lacks", "refuses", "faults", "key_days", "recent_sessions", "exercises")
            else turned(data[key])
            for key in reversed(data)
        }
    return [turned(one) for one in data] if isinstance(data, list) else data


LAWS_OF_ONE = (
    Law("1", "No jump, throw or sprint is permitted except through an open gate.", gates_for_springs),
    Law(
        "2",
        "A movement that failed its screen gets no outside load; one that nobody looked at, a light one at most.",
        screens_before_load,
    ),
    Law("3", "A stop gives nothing; an urgent referral gives nothing that loads its region.", referrals_withhold),
    Law("7", "Unless everything stops, something is left, and treats what hurts, or a reason.", something_is_left),
    Law("8", "Holds never count as loading for bone.", holds_are_no_bone_work),
    Law("9", "An injury at a high-risk site is always referred, in haste while not cleared.", high_risk_is_referred),
    Law("12", "What is given has a permit with a source; what is withheld, a reason.", everything_has_a_reason),
    Law("13", "The same runner gets the same bytes, in any order and on every evaluator.", same_answer_however_told),
    Law("15", "What has just opened begins at its lowest, and grows by calm sessions of it.", begins_at_its_lowest),
    Law("16", "Every red flag of an injury that is told is referred at the urgency it names.", red_flags_are_heard),
)
