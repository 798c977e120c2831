"""From decisions and a week to the recommendation: every statement with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.decide import URGENCIES, Concluded, Decisions
from prehab.graph.schema import altered, make
from prehab.inference import Firing
from prehab.lacking import Lacking
from prehab.outlines import Outlines
from prehab.program import Program
from prehab.questions import Questions
from prehab.reasons import Reasons
from prehab.recommendation import (
    Block,
    Daily,
    Filter,
    Given,
    Phase,
    Provenance,
    Reason,
    Recommendation,
    Referral,
    Session,
    Uncovered,
    Withheld,
)
from prehab.runner import Runner
from prehab.sessions import Pick, Planner, Requirement, Week, WeekSession

__all__ = ["Writer"]


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
        self.every = (1 << len(self.exercises)) - 1
        self.sore_kinds = frozenset(("complaint", *pack.derived))
        self.outlines = Outlines(program)
        words = pack.catalogue.words
        self.words = words
        self.slots: list[str] = [words["patterns"][e.pattern]["slot"] for e in self.exercises]
        self.order: list[str] = list(words["phases"])
        index = pack.catalogue.index
        self.phase_masks = [index.having("phase", *self.order[least:]) for least in range(len(self.order))]
        self.screen_masks = {screen: index.screened(screen) for screen in words["screens"]}
        self.region_masks = {
            region: index.loading(structures, 1) for region, structures in pack.catalogue.structures_of.items()
        }
        complaint = pack.kinds["complaint"].fields if "complaint" in pack.kinds else {}
        self.signs = [
            name for name, field in complaint.items()
            if field.type == "boolean" and field.worse == "higher" and not field.always
        ]  # fmt: skip
        self.permit_rules = [
            (index, rule.mask) for index, rule in enumerate(pack.rules) if any(e.type == "permit" for e in rule.effects)
        ]

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
        self.ids = writer.pack.ids
        self.equipment = runner.strength.equipment or ()
        self._reason: dict[int, Reason] = {}
        self._bounding: dict[int, list[Reason]] = {}
        self._given: dict[int, Given] = {}
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
            sessions_per_week=week.count,
            sessions=sessions,
            daily=daily,
            withheld=tuple(self.withheld()),
            uncovered=tuple(self.uncovered()),
            filters=self.filters(),
            asks=tuple(self.writer.questions.asks(decisions)),
            advice=advice,
            notes=tuple(self.notes()),
            allowed=self.ids(0 if decisions.status == "stop" else decisions.allowed),
            sources=self.reasons.cite((*self._reason.values(), *referrals, *advice)),
            provenance=self.writer.provenance,
            runner=self.runner,
        )

    def reason(self, firing: Firing) -> Reason:
        """The reason of a firing; written once however many exercises share it."""
        found = self._reason.get(id(firing))
        if found is None:
            found = self._reason[id(firing)] = self.reasons.reason(firing)
        return found

    # -- headline, phase, referrals, advice ---------------------------------------------------------------------------

    def headline(self) -> str:
        """The status in one sentence; the status word itself stands before it."""
        decisions = self.decisions
        if decisions.status == "stop":
            return "This needs a person, not a plan."
        if decisions.status == "refer":
            urgent = [c.effect.data for c in decisions.of("refer") if c.effect.data["urgency"] == decisions.urgency]
            if all(data.get("whole_person") for data in urgent):
                return "See somebody about this soon. What is listed here may go on until then."
            return "Have this looked at first. What does not load it may go on."
        if decisions.status == "modify":
            sore = decisions.inference.facts.by_kind["complaint"]
            return (
                "Adapted to what is sore; the rest of you trains on." if sore else "With care, for the reasons below."
            )
        return str(self.writer.words["phases"][decisions.phase]) + "."

    def phase(self) -> Phase:
        """Where the runner stands: names for what is allowed today, nothing more."""
        writer, allowed = self.writer, self.decisions.allowed
        top = writer.order.index(self.decisions.phase)

        def reached(mask: int) -> str:
            for level in range(top, 0, -1):
                if mask & allowed & writer.phase_masks[level]:
                    return writer.order[level]
            return writer.order[0]

        regions = {fact.values["region"] for fact in self.decisions.inference.facts.by_kind["complaint"]}
        return make(
            Phase,
            overall=self.decisions.phase,
            patterns={s: reached(mask) for s, mask in writer.screen_masks.items() if mask & allowed},
            regions={region: reached(writer.region_masks[region]) for region in sorted(regions)},
        )

    def referrals(self) -> Iterator[Referral]:
        """Who should look at what, the most urgent first."""
        made: list[Referral] = []
        for concluded in self.decisions.of("refer"):
            data = concluded.effect.data
            rule = self.writer.program.rule(concluded.firing.variant)
            regions: list[str | None] = [*self.regions(concluded)] or [None]
            made += [
                make(
                    Referral,
                    urgency=data["urgency"],
                    region=region,
                    whole_person=bool(data.get("whole_person")),
                    because=self.reasons.because(concluded.firing),
                    who=data["who"],
                    tell=data["tell"],
                    rule=rule.id,
                    evidence=rule.evidence,
                    sources=rule.sources,
                )
                for region in regions
            ]
        made.sort(key=lambda r: (-URGENCIES.index(r.urgency), r.region is not None, r.rule, r.region or ""))
        yield from {(r.rule, r.region): r for r in made}.values()

    def advice(self) -> Iterator[Reason]:
        """Sentences for the runner, each once; how to train on is kept back where somebody must look first."""
        looked_at = {
            region
            for concluded in self.decisions.of("refer")
            if concluded.effect.data["urgency"] != "routine"
            for region in self.regions(concluded)
        }
        seen: set[str] = set()
        for concluded in self.decisions.of("advise"):
            data = concluded.effect.data
            places = {fact.values["region"] for fact in concluded.firing.facts if fact.kind == "complaint"}
            stopped = self.decisions.status == "stop"
            if data.get("training") and (stopped or places & looked_at):
                continue
            if data.get("running") and (stopped or looked_at):
                continue
            if data["say"] not in seen:
                seen.add(data["say"])
                yield self.reasons.saying(concluded.firing, data["say"])

    def regions(self, concluded: Concluded) -> list[str]:
        """The regions of a referral; none when it is about the whole runner."""
        named = concluded.effect.data.get("region")
        if isinstance(named, str):
            return [next(fact for fact in concluded.firing.facts if fact.kind == "complaint").values["region"]]
        return list(named or ())

    # -- sessions -----------------------------------------------------------------------------------------------------

    def daily(self) -> Daily | None:
        if not self.week.daily:
            return None
        spans = [self.pack.schemes[pick.dose.scheme].sessions_per_week for pick in self.week.daily]
        most: float = max(span[1] for span in spans)
        bound = self.decisions.runner_bounds.get("daily_blocks")
        if bound is not None:
            most = min(most, bound.value)
        least = min(min(span[0] for span in spans), most)
        given = tuple(self.given(pick) for pick in self.week.daily)
        return make(Daily, days_per_week=(least, most), exercises=given)

    def session(self, number: int, session: WeekSession) -> Session:
        blocks: dict[str, list[Given]] = {}
        for pick in session.picks:
            blocks.setdefault(self.writer.slots[pick.bit], []).append(self.given(pick))
        note = "A key run is near, so heavy and springy leg work is left out." if session.kept_clear else None
        return make(
            Session,
            name="ABCDEFG"[number],
            days=tuple(session.days),
            minutes=round(session.minutes),
            note=note,
            blocks=tuple(
                make(Block, slot=slot, name=str(self.writer.words["slots"][slot]), exercises=tuple(exercises))
                for slot, exercises in blocks.items()
            ),
        )

    def given(self, pick: Pick) -> Given:
        """One exercise with its dose, its reasons and its neighbours on the ladder."""
        writer, decisions, bit = self.writer, self.decisions, pick.bit
        known = self._given.get(bit)
        if known is not None:
            return known if known.dose is pick.dose else altered(known, dose=pick.dose, minutes=pick.minutes)
        filled, serves = self.week.places.of(bit)
        firings = [self.week.requirements[place].concluded.firing for place in filled[:2]]
        firings.append(_about(decisions.of("permit"), bit))
        dosed = _about(self.prescribed[pick.dose.scheme], bit)
        if not writer.sore_kinds.isdisjoint([fact.kind for fact in dosed.facts]):
            firings.insert(0, dosed)  # what hurts decides how it is done, which tells more than its place
        else:
            firings.append(dosed)
        told = [*map(self.reason, firings), *self.bounding(bit)]
        reasons = tuple(dict(zip(map(id, told), told, strict=True)).values())  # each once
        harder, easier = writer.outlines.steps(bit, decisions.allowed)
        made = self._given[bit] = altered(
            writer.outlines.outline(bit, pick.dose.scheme),
            equipment=writer.planner.doses.equipment_for(self.writer.exercises[bit].id, self.equipment),
            dose=pick.dose,
            serves=serves,
            because=reasons[0].because,
            reasons=reasons,
            progress_to=harder,
            step_back_to=easier,
            minutes=pick.minutes,
        )
        return made

    def bounding(self, bit: int) -> list[Reason]:
        """Why the dose of an exercise is bounded; the same for all that are dosed alike."""
        dosing = self.decisions.dosing(bit)
        found = self._bounding.get(dosing.alike)
        if found is None:
            found = [self.reason(bound.concluded.firing) for bound in dosing.bounds.values()]
            self._bounding[dosing.alike] = found
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
        missing = left & decisions.allowed & ~decisions.equipped
        if missing:
            yield make(
                Withheld,
                kind="equipment",
                because="These need equipment that was not named.",
                rule=None,
                exercises=self.ids(missing),
            )

    def held(self, kind: str, concluded: Concluded, mask: int) -> Withheld:
        until = self.reasons.until(concluded.firing)
        return make(
            Withheld,
            kind=kind,
            because=self.reasons.because(concluded.firing),
            rule=self.writer.program.rule(concluded.firing.variant).id,
            exercises=self.ids(mask),
            until=(until,) if until else (),
        )

    def not_permitted(self, left: int) -> Iterator[Withheld]:
        """What no rule permits yet, by the first gate that is closed on the way to it."""
        gates = self.decisions.inference.gates
        by_gate: dict[str, int] = {}
        for index, mask in self.writer.permit_rules:
            if mask & left:
                closed = next((g for g in self.writer.lacking.gates_read[index] if not gates[g]), None)
                if closed is not None:
                    by_gate[closed] = by_gate.get(closed, 0) | mask & left
                    left &= ~mask
        for name, gate in self.pack.gates.items():
            if name in by_gate:
                yield make(
                    Withheld,
                    kind="gate",
                    because=f"Not open yet: {gate.name}.",
                    rule=None,
                    exercises=self.ids(by_gate[name]),
                    until=tuple(self.writer.lacking.gate(name, self.decisions)),
                )
        if left:
            yield make(
                Withheld,
                kind="not_permitted",
                because="Not open yet: the movement has not passed its screen.",
                rule=None,
                exercises=self.ids(left),
            )

    def uncovered(self) -> Iterator[Uncovered]:
        """What a session should cover and does not, and what stood in the way."""
        if self.decisions.status == "stop":
            return
        whys: dict[str, str] = {}
        for requirement in self.week.uncovered:
            whys.setdefault(requirement.name, self.why_uncovered(requirement))
        for session in self.week.sessions:
            for requirement in session.skipped:
                whys.setdefault(requirement.name, "There was no time or room left for it.")
        for name, why in whys.items():
            yield make(Uncovered, what=name, because=why)

    def why_uncovered(self, requirement: Requirement) -> str:
        decisions, mask = self.decisions, requirement.mask
        held = decisions.forbidden | decisions.referred | decisions.emptied
        counts = (
            (mask & ~decisions.permitted & ~held, "not open yet"),
            (mask & held, "held back"),
            (mask & decisions.allowed & ~decisions.equipped, "without the equipment"),
        )
        parts = [f"{part.bit_count()} {words}" for part, words in counts if part]
        total = mask.bit_count()
        return f"Of {total} exercise{'s' if total != 1 else ''}: {', '.join(parts)}."

    def filters(self) -> tuple[Filter, ...]:
        """How many exercises each step left."""
        decisions = self.decisions
        left = self.writer.every
        made = [make(Filter, step="in the catalogue", removed=0, left=left.bit_count())]
        for step, mask in (
            ("permitted by a rule", decisions.permitted),
            ("not held back by a rule", ~decisions.forbidden),
            ("not waiting for a clinician", ~decisions.referred),
            ("with a dose inside every bound", ~(decisions.undosed | decisions.emptied)),
            ("possible with the equipment named", decisions.equipped),
        ):
            removed = (left & ~mask).bit_count()
            left &= mask
            made.append(make(Filter, step=step, removed=removed, left=left.bit_count()))
        chosen = len({pick.bit for pick in self.week.picks()})
        made.append(make(Filter, step="chosen for this week", removed=left.bit_count() - chosen, left=chosen))
        return tuple(made)

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
        for read, _, _ in self.pack.careful:
            for fact in complaints if read.kind == "complaint" else ():
                if all(test.met(fact.values.get(test.field), program.parameters) for test in read.tests):
                    told -= {(fact.name, test.field) for test in read.tests}
        regions = self.writer.words["regions"]
        for fact in complaints:
            for field in self.writer.signs:
                if (fact.name, field) in told:
                    place = regions[fact.values["region"]]["name"]
                    label = self.reasons.label("complaint", fact.name, field)
                    yield f"'{label}' was told of the {place}; it means nothing there and was not used."

    def notes(self) -> Iterator[str]:
        """Remarks on what was assumed, read carefully, or could not be done."""
        yield from self.decisions.inference.facts.notes
        yield from self.unused_signs()
        if self.decisions.status == "stop":
            return
        week, strength = self.week, self.runner.strength
        bound = self.decisions.runner_bounds.get("sessions_per_week")
        told = strength.sessions_per_week
        if told is not None and bound is not None and told > bound.value:
            because = self.reasons.because(bound.concluded.firing)
            yield f"You have room for {told} sessions; at most {int(bound.value)} a week are planned. {because}"
        if week.crowded:
            yield "Your key runs leave too few free days, so some sessions leave out heavy and springy leg work."
        if week.count and not self.runner.running.key_days:
            yield (
                "Name your key running days (hard or long runs) and the sessions will keep clear of them. Until then "
                "keep a day between sessions, and none on the day before a key run."
            )
        if strength.equipment is None:
            yield "No equipment was named, so only what every home has is used."
        if not week.sessions and not week.daily:
            yield "Nothing could be planned. The steps below say what removed how many exercises."


def _about(concluded: list[Concluded], bit: int) -> Firing:
    """The first firing that concludes something about an exercise."""
    for one in concluded:
        if one.mask >> bit & 1:
            return one.firing
    raise LookupError(f"nothing was concluded about exercise {bit}")
