"""From decisions and a week to the recommendation: every statement with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

from prehab.conditions import places_of
from prehab.decide import Concluded, Decisions, most_urgent_first, within_h
from prehab.facts import position_of
from prehab.graph.frozen import FrozenDict
from prehab.graph.once import ByNeed, Once
from prehab.graph.schema import altered, make
from prehab.inference import Firing
from prehab.lacking import Lacking
from prehab.outlines import Outlines
from prehab.program import Program
from prehab.questions import Questions
from prehab.reasons import Reasons, each_once
from prehab.recommendation import (
    Block,
    Daily,
    Dose,
    Filter,
    Given,
    Phase,
    Provenance,
    Reason,
    Recommendation,
    Referral,
    Running,
    Session,
    Treatment,
    Treats,
    Uncovered,
    Withheld,
)
from prehab.runner import Runner
from prehab.steps import last_step
from prehab.week import WEEKDAYS, DailyWork, Pick, Place, Planner, Week, WeekSession
from prehab.week import Running as RunningDecider
from prehab.week.doses import owned_by
from prehab.week.treatment import Asked

__all__ = ["Writer"]

TREATMENT = "treatment"

MOST_SORE = 2
"""How many sore places are named in one sentence."""


class Writer:
    """Writes recommendations for one program; what does not depend on the runner is worked out once."""

    def __init__(
        self,
        program: Program,
        reasons: Reasons,
        lacking: Lacking,
        questions: Questions,
        planner: Planner,
        provenance: Provenance,
    ) -> None:
        self.program = program
        self.pack = pack = program.pack
        self.reasons = reasons
        self.lacking = lacking
        self.questions = questions
        self.planner = planner
        self.provenance = provenance
        self.exercises = planner.exercises
        self.every = pack.catalogue.index.everything
        self.sore = frozenset(program.about(("complaint", *pack.derived)))
        self.outlines = Outlines(program)
        self.running = RunningDecider(program)
        words = pack.catalogue.words
        self.words = words
        self.slots: ByNeed[int, str] = ByNeed(lambda bit: words["patterns"][self.exercises[bit].pattern]["slot"])
        self.order: list[str] = list(words["phases"])
        index = pack.catalogue.index
        self.phase_masks = [index.having("phase", phase) for phase in self.order]
        self.screen_masks = {screen: index.screened(screen) for screen in words["screens"]}
        self.region_masks = {
            region: index.loading(structures, 1) for region, structures in pack.catalogue.structures_of.items()
        }
        carrying = [name for name, about in words["structures"].items() if about.get("weight_bearing")]
        self.carried = index.loading(carrying, program.parameters["referral.load_min"])
        complaint = pack.kinds["complaint"].fields if "complaint" in pack.kinds else {}
        self.signs = [
            name for name, field in complaint.items()
            if field.type == "boolean" and field.worse == "higher" and not field.always
        ]  # fmt: skip
        self.permit_rules = [(number, pack.heads[number].mask) for number in pack.doing("permit")]

    def recommendation(self, decisions: Decisions, week: Week, runner: Runner) -> Recommendation:
        """Everything there is to say."""
        return _Page(self, decisions, week, runner).recommendation()


class _Page:
    """One recommendation in the making."""

    def __init__(self, writer: Writer, decisions: Decisions, week: Week, runner: Runner) -> None:
        self.writer = writer
        self.decisions = decisions
        self.week = week
        self.runner = runner
        self.reasons = writer.reasons
        self.pack = writer.pack
        self.say = writer.pack.messages
        self.ids = writer.pack.ids
        self.equipment = owned_by(runner)
        self._reason: dict[int, Reason] = {}
        self._reasons: dict[tuple[int, ...], tuple[Reason, ...]] = {}
        self.numbers = {f.name: position_of(f.name) for f in decisions.inference.facts.by_kind["complaint"]}
        self.prescribed: dict[str, list[Concluded]] = {}
        for concluded in decisions.of("prescribe"):
            self.prescribed.setdefault(concluded.effect.data["scheme"], []).append(concluded)

    def recommendation(self) -> Recommendation:
        decisions, week = self.decisions, self.week
        daily = self.daily()
        sessions = tuple(self.session(number, session) for number, session in enumerate(week.sessions))
        referrals = tuple(self.referrals())
        advice = tuple(self.advice())
        return make(
            Recommendation,
            status=decisions.status,
            urgency=decisions.urgency,
            headline=self.headline(),
            referrals=referrals,
            phase=self.phase(),
            running=self.running(),
            treatment=tuple(self.treatment()),
            sessions_per_week=len(week.sessions),
            sessions=sessions,
            daily=daily,
            withheld=tuple(self.withheld()),
            uncovered=tuple(self.uncovered()),
            filters=self.filters(),
            asks=tuple(self.writer.questions.asks(decisions, self.runner.complaints)),
            advice=advice,
            notes=tuple(self.notes()),
            allowed=self.ids(0 if decisions.status == "stop" else decisions.allowed),
            sources=self.reasons.cite((*self._reason.values(), *referrals, *advice)),
            provenance=self.writer.provenance,
            runner=self.runner,
        )

    def reason(self, concluded: Concluded) -> Reason:
        """The reason for a conclusion; written once however many exercises share it."""
        found = self._reason.get(id(concluded.firings))
        if found is None:
            found = self._reason[id(concluded.firings)] = self.reasons.of(concluded)
        return found

    # -- headline, phase, referrals, advice ---------------------------------------------------------------------------

    def headline(self) -> str:
        """The status in one sentence; the status word itself stands before it."""
        decisions = self.decisions
        if decisions.status == "stop":
            return self.say("headline.stop")
        if decisions.status == "refer":
            urgent = [c.effect.data for c in decisions.of("refer") if c.effect.data["urgency"] == decisions.urgency]
            if all(data.get("whole_person") for data in urgent):
                return self.say("headline.refer_whole")
            return self.say("headline.refer")
        if decisions.status == "modify":
            sore = self.sore()
            return self.say("headline.modify", sore=sore) if sore else self.say("headline.modify_told")
        today = self.reached(self.writer.carried)
        if today != decisions.phase:
            return self.say("headline.lighter")
        return self.say("headline.train", phase=self.writer.words["phases"][today])

    def sore(self) -> str:
        """What hurts, with its name where it is one place or two; nothing where nothing does."""
        places = dict.fromkeys(self.places.values())
        if not places:
            return ""
        if len(places) > MOST_SORE:
            return self.say("headline.sore")
        return self.say("headline.sore_places", places=self.say("joining.and").join(places))

    @Once
    def places(self) -> dict[str, str]:
        """Where each complaint is, by the name of its fact."""
        complaints = self.decisions.inference.facts.by_kind["complaint"]
        return places_of(self.say, self.writer.words, complaints, self.runner.complaints)

    def phase(self) -> Phase:
        """Where the runner stands: names for what is allowed today, nothing more."""
        writer, allowed, reached = self.writer, self.decisions.allowed, self.reached
        regions = {fact.values["region"] for fact in self.decisions.inference.facts.by_kind["complaint"]}
        return make(
            Phase,
            overall=self.decisions.phase,
            today=reached(writer.carried),
            patterns=FrozenDict((s, reached(mask)) for s, mask in writer.screen_masks.items() if mask & allowed),
            regions=FrozenDict((region, reached(writer.region_masks[region])) for region in sorted(regions)),
        )

    def reached(self, mask: int) -> str:
        """The highest phase that is open and of which some of these exercises are allowed."""
        writer = self.writer
        for level in range(writer.order.index(self.decisions.phase), 0, -1):
            if mask & self.decisions.allowed & writer.phase_masks[level]:
                return writer.order[level]
        return writer.order[0]

    def referrals(self) -> Iterator[Referral]:
        """Who should look at what, the most urgent first."""
        made: list[tuple[tuple[Any, ...], Referral]] = []
        for concluded in self.decisions.of("refer"):
            data, leading = concluded.effect.data, self.reasons.leading(concluded)
            told = self.reasons.reason(leading)
            regions: Sequence[str | None] = concluded.regions(self.writer.program) or (None,)
            made += [
                (
                    most_urgent_first(data["urgency"], within_h(data), region, told.rule),
                    make(
                        Referral,
                        urgency=data["urgency"],
                        region=region,
                        whole_person=bool(data.get("whole_person")),
                        because=told.because,
                        who=data["who"],
                        tell=data["tell"],
                        rule=told.rule,
                        evidence=told.evidence,
                        sources=told.sources,
                        alternative=told.alternative,
                        conditions=told.conditions,
                    ),
                )
                for region in regions
            ]
        made.sort(key=itemgetter(0))
        yield from {(r.rule, r.region): r for _, r in made}.values()

    def running(self) -> Running | None:
        """What was decided about running, with the sentences that go with it."""
        run = self.writer.running.decide(self.decisions)
        if run is None:
            return None
        dose = None if run.bit is None else self.writer.planner.dose(self.decisions, run.bit, self.runner)
        sore = bool(self.decisions.inference.facts.by_kind["complaint"])  # nobody else comes back to running
        slowed = run.mode == "run_walk" or (run.mode == "easy_only" and sore)
        paced = dose if slowed and dose is not None and dose.reps is not None else None
        held = self.reasons.ordered(list(run.because))
        return make(
            Running,
            mode=run.mode,
            says=self.say(f"running.{run.mode}"),
            minutes=None if paced is None or paced.reps is None else (paced.start.reps, paced.reps[1]),
            days_per_week=None if paced is None else paced.sessions_per_week,
            pain_limit=None if dose is None else dose.pain_limit,
            reasons=each_once(map(self.reason, held)),
            until=() if self.decisions.status == "stop" else self.reasons.until(*held, places=self.places),
            rules=() if run.mode == "none" else tuple(self.advice(running=True)),
        )

    def advice(self, *, running: bool = False) -> Iterator[Reason]:
        """Sentences for the runner, each once; how to train on is kept back where somebody must look first."""
        looked_at = self.decisions.looked_at
        seen: set[str] = set()
        for concluded in self.decisions.of("advise"):
            data = concluded.effect.data
            if data.get("training"):
                if self.decisions.status == "stop":
                    continue
                firings = [firing for firing in concluded.firings if looked_at.isdisjoint(_places(firing))]
                if not firings:
                    continue
                concluded = replace(concluded, firings=firings)
            if data.get("running") and (looked_at or self.decisions.status == "stop"):
                continue
            if data["say"] not in seen and bool(data.get("running")) == running:
                seen.add(data["say"])
                yield self.reasons.saying(self.reasons.leading(concluded), data["say"])

    # -- sessions -----------------------------------------------------------------------------------------------------

    def treatment(self) -> Iterator[Treatment]:
        """Where each complaint stands, and what its programme does this week."""
        decisions, week = self.decisions, self.week
        if decisions.status == "stop":
            return
        injuries = self.pack.catalogue.injuries
        for fact in sorted(decisions.inference.facts.by_kind["complaint"], key=lambda fact: self.numbers[fact.name]):
            injury, stage = injuries[fact.values["injury"]], decisions.stages[fact.name]
            about, stages = injury.stages[stage], tuple(injury.stages)
            later = stages[stages.index(stage) + 1 :]
            yield make(
                Treatment,
                complaint=self.numbers[fact.name],
                injury=injury.id,
                name=injury.name,
                stage=stage,
                stages=stages,
                goal=about.goal,
                weeks=(about.weeks[0], about.weeks[1]) if about.weeks else None,
                sets_per_week=week.sets_for(fact.name),
                move_on=about.move_on,
                until=tuple(self.writer.lacking.stage(fact.name, later[0], decisions)) if later else (),
                step_back=about.step_back,
                missing=tuple(asked.work.what for asked in week.untreated if asked.complaint == fact.name),
            )

    def daily(self) -> Daily | None:
        """What is due on other days than the sessions."""
        if not self.week.daily:
            return None
        given = tuple(self.on_days(work) for work in self.week.daily)
        return make(
            Daily,
            days_per_week=(
                min(work.days_per_week[0] for work in self.week.daily),
                max(work.days_per_week[1] for work in self.week.daily),
            ),
            minutes=sum(work.pick.minutes * work.times_per_day for work in self.week.daily),
            exercises=given,
        )

    def on_days(self, work: DailyWork) -> Given:
        """An exercise with the days that it is due on."""
        return altered(
            self.given(work.pick), days_per_week=work.days_per_week, times_per_day=work.times_per_day, days=work.days
        )

    def session(self, number: int, session: WeekSession) -> Session:
        blocks: dict[str, list[Given]] = {}
        for pick in session.picks:
            slot = TREATMENT if pick.treats else self.writer.slots[pick.bit]
            blocks.setdefault(slot, []).append(self.given(pick))
        notes = [self.say("session.kept_clear")] if session.kept_clear else []
        if session.after_run is not None:
            notes.append(self.say("session.after_run", hours=session.after_run))
        names = self.writer.words["slots"]
        return make(
            Session,
            name="ABCDEFG"[number],
            day=session.day,
            minutes=session.minutes,
            warm_up_min=session.warm_up,
            note=" ".join(notes) or None,
            blocks=tuple(
                make(
                    Block,
                    slot=slot,
                    name=str(names.get(slot, self.say("session.treatment"))),
                    exercises=tuple(exercises),
                )
                for slot, exercises in blocks.items()
            ),
        )

    def given(self, pick: Pick) -> Given:
        """One exercise with its dose, its reasons and its neighbours on the ladder."""
        writer, decisions, bit = self.writer, self.decisions, pick.bit
        reasons = self.reasons_of(pick)
        harder, easier = writer.outlines.steps(bit, decisions.allowed)
        return altered(
            writer.outlines.outline(bit, pick.dose.scheme),
            equipment=writer.planner.doses.equipment_for(self.writer.exercises[bit].id, self.equipment),
            dose=pick.dose,
            serves=() if pick.place is None else (self.say.word(pick.place.name),),
            treats=tuple([self.treats(asked) for asked in pick.treats]),
            ramp_pct=pick.ramp_pct,
            because=reasons[0].because,
            reasons=reasons,
            progress_to=harder,
            step_back_to=easier,
            minutes=pick.minutes,
            instead=None if pick.instead is None else self.writer.exercises[pick.instead].id,
            last=self.last(bit, pick.dose),
        )

    def treats(self, asked: Asked) -> Treats:
        """What an exercise does for a complaint."""
        return make(
            Treats,
            complaint=self.numbers[asked.complaint],
            injury=asked.injury.id,
            stage=asked.stage,
            what=asked.work.what,
        )

    def last(self, bit: int, dose: Dose) -> str | None:
        """What the log says of an exercise that was done lately."""
        facts = self.decisions.inference.facts
        if not facts.log:
            return None
        calm = self.writer.program.parameters["growth.calm_pain"]
        sore = bool(facts.by_kind["complaint"])
        step = last_step(facts.log, self.writer.exercises[bit].id, dose, calm=calm, sore=sore, say=self.say)
        return step.says if step else None

    def reasons_of(self, pick: Pick) -> tuple[Reason, ...]:
        """Why an exercise is in the week and why it is dosed so; worked out once for all that have the same reasons."""
        bit, decisions = pick.bit, self.decisions
        dosed, permits = _about(self.prescribed[pick.dose.scheme], bit), _about(decisions.of("permit"), bit)
        placed = [] if pick.place is None else [_about(pick.place.concluded, bit)]
        dosing = decisions.dosing(bit)
        key = id(dosing), *map(id, placed), id(permits), id(dosed)
        found = self._reasons.get(key)
        if found is None:
            why = [*placed, permits]
            if any(firing.variant in self.writer.sore for firing in dosed.firings):
                why.insert(0, dosed)  # what hurts decides how it is done, which tells more than its place
            else:
                why.append(dosed)
            bounding = [bound.concluded for bound in dosing.bounds.values()]
            found = self._reasons[key] = each_once(map(self.reason, (*why, *bounding)))
        return found

    # -- what is not given --------------------------------------------------------------------------------------------

    def withheld(self) -> Iterator[Withheld]:
        """Every exercise that is not allowed or has no equipment, once, under the reason that is hardest to lift."""
        decisions = self.decisions
        left = self.writer.every
        for concluded in decisions.of("refer"):
            mask = concluded.mask & left
            if mask and concluded.effect.data["urgency"] != "routine":
                left &= ~mask
                yield self.held("referred", concluded, mask)
        for kind, of, among in (("forbidden", "forbid", -1), ("dose", "limit", decisions.emptied)):
            among &= left & decisions.permitted
            for concluded in self.reasons.ordered([c for c in decisions.of(of) if c.mask & among]):
                mask = concluded.mask & among
                if mask:
                    among &= ~mask
                    left &= ~mask
                    yield self.held(kind, concluded, mask)
        yield from self.not_permitted(left & ~decisions.permitted)
        refused = left & decisions.allowed & decisions.refused
        if refused:
            yield make(
                Withheld, kind="refused", because=self.say("withheld.refused"), rule=None, exercises=self.ids(refused)
            )
        missing = left & decisions.allowed & ~decisions.equipped & ~refused
        if missing:
            yield make(
                Withheld,
                kind="equipment",
                because=self.say("withheld.equipment"),
                rule=None,
                exercises=self.ids(missing),
            )

    def held(self, kind: str, concluded: Concluded, mask: int) -> Withheld:
        return make(
            Withheld,
            kind=kind,
            because=self.reasons.because(self.reasons.leading(concluded)),
            rule=self.reasons.rule(concluded).id,
            exercises=self.ids(mask),
            until=self.reasons.until(concluded, places=self.places),
        )

    def not_permitted(self, left: int) -> Iterator[Withheld]:
        """What no rule permits yet, by the first gate that is closed on the way to it."""
        gates = self.decisions.inference.gates
        by_gate: dict[str, int] = {}
        for index, mask in self.writer.permit_rules:
            if mask & left:
                closed = next((g for g in self.writer.program.gates_read[index] if not gates[g]), None)
                if closed is not None:
                    by_gate[closed] = by_gate.get(closed, 0) | mask & left
                    left &= ~mask
        for name, gate in self.pack.gates.items():
            if name in by_gate:
                yield make(
                    Withheld,
                    kind="gate",
                    because=self.say("withheld.gate", gate=gate.name),
                    rule=None,
                    exercises=self.ids(by_gate[name]),
                    until=tuple(self.writer.lacking.gate(name, self.decisions)),
                )
        if left:
            yield make(
                Withheld,
                kind="not_permitted",
                because=self.say("withheld.not_permitted"),
                rule=None,
                exercises=self.ids(left),
            )

    def uncovered(self) -> Iterator[Uncovered]:
        """What a session should cover and does not, and what stood in the way."""
        if self.decisions.status == "stop":
            return
        whys: dict[str, str] = {}
        chosen = sum({1 << pick.bit for pick in self.week.picks()})
        for place in self.week.uncovered:
            if not place.mask & chosen:  # else something of the week trains it, whatever it was chosen for
                whys.setdefault(place.name, self.why_uncovered(place))
        for place in self.week.skipped:
            if place.mask & chosen:
                continue
            new = place.mask & self.decisions.available
            only_new = new and not new & ~self.week.new
            whys.setdefault(place.name, self.say("week.nothing_new") if only_new else self.say("uncovered.no_room"))
        for name, why in whys.items():
            yield make(Uncovered, what=self.say.word(name), because=why)

    def why_uncovered(self, place: Place) -> str:
        decisions, mask = self.decisions, place.mask
        held = decisions.forbidden | decisions.referred | decisions.emptied
        counts = (
            (mask & ~decisions.permitted & ~held, self.say("uncovered.not_open")),
            (mask & held, self.say("uncovered.held")),
            (mask & decisions.allowed & decisions.refused, self.say("uncovered.refused")),
            (mask & decisions.allowed & ~decisions.equipped & ~decisions.refused, self.say("uncovered.equipment")),
        )
        return self.say("uncovered.what", why=self.say("joining.or").join(words for part, words in counts if part))

    def filters(self) -> tuple[Filter, ...]:
        """How many exercises each step left."""
        decisions = self.decisions
        left = self.writer.every
        made = [make(Filter, step=self.say("filter.catalogue"), removed=0, left=left.bit_count())]
        for step, mask in (
            (self.say("filter.permitted"), decisions.permitted),
            (self.say("filter.not_held"), ~decisions.forbidden),
            (self.say("filter.not_referred"), ~decisions.referred),
            (self.say("filter.dosed"), ~(decisions.undosed | decisions.emptied)),
            (self.say("filter.not_refused"), ~decisions.refused),
            (self.say("filter.equipped"), decisions.equipped),
        ):
            removed = (left & ~mask).bit_count()
            left &= mask
            made.append(make(Filter, step=step, removed=removed, left=left.bit_count()))
        chosen = len({pick.bit for pick in self.week.picks()})
        no_session = self.no_session
        if no_session is not None:
            step, removed = self.say("filter.session"), left.bit_count() - chosen
            made.append(make(Filter, step=step, removed=removed, left=chosen, because=no_session))
            left = (1 << chosen) - 1
        made.append(make(Filter, step=self.say("filter.chosen"), removed=left.bit_count() - chosen, left=chosen))
        return tuple(made)

    @Once
    def no_session(self) -> str | None:
        """Why the week has no session at all; None where it has some, or could have."""
        when = self.week.when
        if when is None or self.week.sessions:
            return None
        if when.count:
            return self.say("week.no_session_of_new") if self.week.new & self.decisions.available else None
        if when.wanted:
            return self.say("week.race_near")
        bound = self.decisions.runner_bounds.get("sessions_per_week")
        if bound is not None and bound.value < 1:
            return self.reasons.because(self.reasons.leading(bound.concluded))
        return self.say("week.no_time")

    # -- remarks ------------------------------------------------------------------------------------------------------

    def unused_signs(self) -> Iterator[str]:
        """Each sign that was told of a complaint and that no rule which fired looks at: it means nothing there."""
        inference, program = self.decisions.inference, self.writer.program
        complaints = inference.facts.by_kind["complaint"]
        told = {(c.name, f) for c in complaints for f in self.writer.signs if c.values.get(f) is True}
        if not told:
            return
        for firing in inference.firings:
            for pattern, fact in zip(program.variants[firing.variant], firing.facts, strict=True):
                if fact.kind == "complaint":
                    told -= {(fact.name, test.field) for test in program.pattern_tests[pattern.index]}
        for read in (
            pattern for reading in self.pack.careful for pattern in reading.when if pattern.kind == "complaint"
        ):
            for fact in complaints:
                if all(test.met(fact.values.get(test.field), program.parameters) for test in read.tests):
                    told -= {(fact.name, test.field) for test in read.tests}
        regions = self.writer.words["regions"]
        for fact in complaints:
            for field in self.writer.signs:
                if (fact.name, field) in told:
                    place = regions[fact.values["region"]]["name"]
                    label = self.reasons.label("complaint", fact.name, field)
                    yield self.say("notes.unused_sign", label=label, place=place)

    def notes(self) -> Iterator[str]:
        """Remarks on what was assumed, read carefully, or could not be done."""
        yield from self.decisions.inference.facts.notes
        yield from self.unused_signs()
        if self.decisions.status == "stop":
            return
        week, strength = self.week, self.runner.strength
        bound = self.decisions.runner_bounds.get("sessions_per_week")
        told = strength.sessions_per_week
        if told is not None and bound is not None and told > bound.value >= 1:
            because = self.reasons.because(self.reasons.leading(bound.concluded))
            yield self.say("notes.most_sessions", told=told, most=int(bound.value), because=because)
        no_session = self.no_session
        if no_session is not None:
            yield no_session
        yield from self.given_up()
        if week.sessions and not self.runner.running.key_days:
            yield (self.say("notes.key_days"))
        if strength.equipment is None:
            yield self.say("notes.no_equipment")
        if not week.sessions and not week.daily and no_session is None:
            yield self.say("notes.nothing")

    def given_up(self) -> Iterator[str]:
        """What the days of this week did not allow."""
        when = self.week.when
        if when is None:
            return
        if when.crowded:
            yield self.say("notes.crowded")
        if 0 < when.count < when.wanted:
            yield self.say("notes.fewer", have=when.count, wanted=when.wanted)
        places = [WEEKDAYS.index(day) for day in when.days]
        if len(places) in (2, 3) and any((one + 1) % 7 in places for one in places):
            yield self.say("notes.no_rest")
        had: dict[int, float] = {work.pick.bit: work.days_per_week[0] for work in self.week.daily}
        treating = {work.pick.bit: work.pick for work in self.week.daily}
        for session in self.week.sessions:
            for pick in session.picks:
                if pick.treats:
                    had[pick.bit] = had.get(pick.bit, 0) + 1
                    treating[pick.bit] = pick
        for bit, pick in treating.items():
            asked = max(one.work.days_per_week[0] for one in pick.treats)
            if had[bit] < asked:
                name = self.writer.exercises[bit].name
                yield self.say("notes.less_often", name=name, asked=asked, count=had[bit])


def _places(firing: Firing) -> set[str]:
    """The regions of the complaints that a firing is about."""
    return {fact.values["region"] for fact in firing.facts if fact.kind == "complaint"}


def _about(concluded: Iterable[Concluded], bit: int) -> Concluded:
    """The first conclusion about an exercise."""
    exercise = 1 << bit
    for one in concluded:
        if one.mask & exercise:
            return one
    raise LookupError(f"nothing was concluded about exercise {bit}")
