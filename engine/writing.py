"""From decisions and a week to the recommendation: every statement with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.asking import Asking, unanswered
from prehab.decide import Concluded, Decisions
from prehab.facts import Fact
from prehab.inference import Firing
from prehab.program import Program
from prehab.reasons import Reasons
from prehab.recommendation import (
    Ask, Block, Daily, Filter, Given, Phase, Provenance, Reason, Recommendation, Referral, Session, Uncovered, Withheld,
)  # fmt: skip
from prehab.runner import Runner
from prehab.sessions import Pick, Planner, Requirement, Week, WeekSession

__all__ = ["Writer"]

MOST_ASKS = 12


class Writer:
    """Writes recommendations for one program."""

    def __init__(
        self, program: Program, reasons: Reasons, asking: Asking, planner: Planner, provenance: Provenance
    ) -> None:
        self.program = program
        self.pack = program.pack
        self.reasons = reasons
        self.asking = asking
        self.planner = planner
        self.provenance = provenance
        self.exercises = planner.exercises
        self.easier = self.pack.catalogue.easier
        self.slots = self.pack.catalogue.words["slots"]
        self.patterns = self.pack.catalogue.words["patterns"]
        self.order = list(self.pack.catalogue.words["phases"])
        self.everyday = self.pack.catalogue.everyday()
        sides = [rule.side for rule in self.pack.rules]
        self.asking_variants = [
            i for i, v in enumerate(program.source)
            if sides[v.rule] != "other" and asking.wanting_possible[i]
        ]  # fmt: skip
        self.gate_concerns = self._gate_concerns()
        self.region_structures = {r: self.pack.catalogue.structures_of(r) for r in self.pack.catalogue.words["regions"]}
        self.gate_rules = {
            name: next(i for i, rule in enumerate(self.pack.rules) for e in rule.effects
                       if e.type == "open" and e.data["gate"] == name)
            for name in self.pack.gates
        }  # fmt: skip

    def recommendation(self, decisions: Decisions, week: Week, runner: Runner) -> Recommendation:
        """Everything there is to say."""
        permit_of = self._permits(decisions)
        daily = self._daily(decisions, week, permit_of, runner)
        sessions = tuple(
            self._session(number, session, decisions, permit_of, runner)
            for number, session in enumerate(week.sessions)
        )  # fmt: skip
        referrals = tuple(self._referrals(decisions))
        advice = tuple(self.reasons.reason(c.firing) for c in decisions.of("advise"))
        advice = tuple(
            reason.model_copy(update={"because": c.effect.data["say"]})
            for reason, c in zip(advice, decisions.of("advise"), strict=True)
        )
        cited = [r for s in sessions for given in s.exercises for r in given.reasons]
        cited += [r for given in (daily.exercises if daily else ()) for r in given.reasons]
        cited += [*advice]
        cited += [Reason.model_construct(sources=referral.sources) for referral in referrals]
        return Recommendation.model_construct(
            status=decisions.status, urgency=decisions.urgency, headline=self._headline(decisions, week, runner),
            referrals=referrals, phase=self._phase(decisions, runner), sessions_per_week=week.count, sessions=sessions,
            daily=daily, withheld=tuple(self._withheld(decisions)),
            uncovered=tuple(self._uncovered(decisions, week)), filters=self._filters(decisions, week),
            asks=tuple(self._asks(decisions)), advice=advice, notes=tuple(self._notes(decisions, week, runner)),
            allowed=self.pack.ids(0 if decisions.status == "stop" else decisions.allowed),
            sources=self.reasons.cite(iter(cited)), provenance=self.provenance, runner=runner,
        )  # fmt: skip

    # -- headline, phase, referrals -----------------------------------------------------------------------------------

    def _headline(self, decisions: Decisions, week: Week, runner: Runner) -> str:
        if decisions.status == "stop":
            return "Stop. This needs a person, not a plan."
        phase = self.pack.catalogue.words["phases"][decisions.phase]
        name = decisions.phase.replace("_", " ")
        if decisions.status == "refer":
            return "Have this looked at first. What does not load it may go on."
        if decisions.status == "modify":
            if decisions.inference.facts.by_kind["complaint"]:
                return f"Train, but differently: work around and with what is sore. Phase: {name}."
            return f"Train, with care. Phase: {name}."
        return f"Train. Phase: {name} - {phase[:1].lower()}{phase[1:]}."

    def _phase(self, decisions: Decisions, runner: Runner) -> Phase:
        top = self.order.index(decisions.phase)
        patterns: dict[str, int] = {}
        regions: dict[str, int] = {f.values["region"]: 0 for f in decisions.inference.facts.by_kind["complaint"]}
        allowed = decisions.allowed
        for bit, exercise in enumerate(self.exercises):
            if not allowed >> bit & 1:
                continue
            level = min(self.order.index(exercise.phase), top)
            screen = self.patterns[exercise.pattern].get("screen")
            if screen is not None:
                patterns[screen] = max(level, patterns.get(screen, 0))
            for region in regions:
                if any(s in exercise.loads for s in self.region_structures[region]):
                    regions[region] = max(level, regions[region])
        return Phase.model_construct(
            overall=decisions.phase,
            patterns={screen: self.order[level] for screen, level in sorted(patterns.items())},
            regions={region: self.order[level] for region, level in sorted(regions.items())},
        )

    def _referrals(self, decisions: Decisions) -> Iterator[Referral]:
        ranks = {"emergency": 0, "urgent": 1, "routine": 2}
        made: list[tuple[int, Referral]] = []
        for concluded in decisions.of("refer"):
            data = concluded.effect.data
            rule = self.program.rule(concluded.firing.variant)
            regions: list[str | None] = [None]
            if not data.get("everything"):
                complaint = next((f for f in concluded.firing.facts if f.kind == "complaint"), None)
                named = data["region"]
                regions = [complaint.values["region"]] if isinstance(named, str) and complaint else list(named)
            for region in regions:
                made.append((ranks[data["urgency"]], Referral.model_construct(
                    urgency=data["urgency"], region=region, because=self.reasons.because(concluded.firing),
                    who=data["who"], tell=data["tell"], rule=rule.id, evidence=rule.evidence, sources=rule.sources,
                )))  # fmt: skip
        yield from (referral for _, referral in sorted(made, key=lambda pair: (pair[0], pair[1].rule, pair[1].region or "")))

    # -- sessions -----------------------------------------------------------------------------------------------------

    def _permits(self, decisions: Decisions) -> list[tuple[int, Firing]]:
        return [(c.mask, c.firing) for c in decisions.of("permit")]

    def _daily(self, decisions: Decisions, week: Week, permits: list[tuple[int, Firing]], runner: Runner) -> Daily | None:
        if not week.daily:
            return None
        spans = [self.pack.schemes[pick.dose.scheme].sessions_per_week for pick in week.daily]
        most: float = max(span[1] for span in spans)
        bound = decisions.runner_bounds.get("daily_blocks")
        if bound is not None:
            most = min(most, bound.value)
        least = min(min(span[0] for span in spans), most)
        given = tuple(self._given(pick, decisions, permits, runner) for pick in week.daily)
        return Daily.model_construct(days_per_week=(least, most), exercises=given)

    def _session(
        self, number: int, session: WeekSession, decisions: Decisions, permits: list[tuple[int, Firing]], runner: Runner
    ) -> Session:
        blocks: dict[str, list[Given]] = {}
        for pick in session.picks:
            slot = self.patterns[self.exercises[pick.bit].pattern]["slot"]
            blocks.setdefault(slot, []).append(self._given(pick, decisions, permits, runner))
        note = "A key run is near, so heavy and springy leg work is left out." if session.kept_clear else None
        return Session.model_construct(
            name="ABCDEFG"[number], days=tuple(session.days), minutes=round(session.minutes), note=note,
            blocks=tuple(
                Block.model_construct(slot=slot, name=str(self.slots[slot]), exercises=tuple(exercises))
                for slot, exercises in blocks.items()
            ),
        )  # fmt: skip

    def _given(self, pick: Pick, decisions: Decisions, permits: list[tuple[int, Firing]], runner: Runner) -> Given:
        exercise = self.exercises[pick.bit]
        scheme = self.pack.schemes[pick.dose.scheme]
        allowed = decisions.allowed
        main = pick.serves[0] if pick.serves else None
        firings: list[Firing] = [r.concluded.firing for r in pick.serves[:2]]
        firings += [next(firing for mask, firing in permits if mask >> pick.bit & 1)]
        firings += [
            c.firing for c in decisions.of("prescribe")
            if c.mask >> pick.bit & 1 and c.effect.data["scheme"] == pick.dose.scheme
        ][:1]  # fmt: skip
        bounds = decisions.bounds_of(pick.bit)
        firings += [bound.concluded.firing for _, bound in sorted(bounds.items())]
        reasons = {self.program.rule(f.variant).id: f for f in reversed(firings)}
        owned = set(runner.strength.equipment or ()) | self.everyday
        return Given.model_construct(
            exercise=exercise.id, name=exercise.name, sides=exercise.sides,
            equipment=tuple(next((o for o in options if o in (runner.strength.equipment or ())),
                                 next(o for o in options if o in owned)) for options in exercise.needs),
            dose=pick.dose, says=scheme.says, cues=tuple(exercise.cues),
            serves=tuple(dict.fromkeys(r.name for r in pick.serves)),
            because=self.reasons.because(main.concluded.firing) if main else "",
            reasons=tuple(self.reasons.reason(f) for f in reversed(reasons.values())),
            progress=scheme.progress,
            progress_to=tuple(k for k in exercise.progresses_to if self._bit(k) is not None and allowed >> self._bit(k) & 1),
            step_back=scheme.step_back,
            step_back_to=tuple(k for k in self.easier[exercise.id] if allowed >> self._bit(k) & 1),
            minutes=pick.minutes,
        )  # fmt: skip

    def _bit(self, exercise: str) -> int:
        return self._bits[exercise]

    @property
    def _bits(self) -> dict[str, int]:
        found: dict[str, int] | None = self.__dict__.get("_bit_table")
        if found is None:
            found = {e.id: bit for bit, e in enumerate(self.exercises)}
            self.__dict__["_bit_table"] = found
        return found

    # -- what is not given --------------------------------------------------------------------------------------------

    def _withheld(self, decisions: Decisions) -> Iterator[Withheld]:
        told = 0
        for concluded in decisions.of("refer"):
            mask = concluded.mask & ~told
            if concluded.effect.data["urgency"] != "routine" and mask:
                told |= mask
                yield self._held("referred", concluded, mask)
        for concluded in self.reasons.ordered(decisions.of("forbid")):
            mask = concluded.mask & ~told & decisions.permitted
            if mask:
                told |= mask
                yield self._held("forbidden", concluded, mask)
        rest = (1 << len(self.exercises)) - 1 & ~told
        for concluded in self.reasons.ordered(decisions.of("limit")):
            mask = concluded.mask & decisions.emptied & decisions.permitted & rest
            if mask:
                rest &= ~mask
                yield self._held("dose", concluded, mask)
        yield from self._not_permitted(decisions, rest & ~decisions.permitted)
        missing = decisions.allowed & ~decisions.equipped & rest
        if missing and decisions.status != "stop":
            yield Withheld.model_construct(
                kind="equipment", because="These need equipment that was not named.", rule=None,
                exercises=self.pack.ids(missing), until=(),
            )  # fmt: skip

    def _held(self, kind: str, concluded: Concluded, mask: int) -> Withheld:
        return Withheld.model_construct(
            kind=kind, because=self.reasons.because(concluded.firing),
            rule=self.program.rule(concluded.firing.variant).id, exercises=self.pack.ids(mask),
            until=tuple(self.until(concluded.firing)),
        )  # fmt: skip

    def until(self, firing: Firing) -> Iterator[str]:
        """What an `unless` of the rule still asks for."""
        origin = self.program.source[firing.variant].origin or ""
        if "unless/" not in origin:
            return
        _, _, path = origin.rpartition("unless/")
        _, _, field = path.partition("/")
        source = self.program.source[firing.variant]
        for pattern, fact in zip(source.patterns, firing.facts, strict=True):
            for test in pattern.tests:
                if test.field == field and test.unknown:
                    yield self.reasons.need(fact, test.opposite())
                    return

    def _not_permitted(self, decisions: Decisions, mask: int) -> Iterator[Withheld]:
        by_gate: dict[str, int] = {}
        other = 0
        for low in _lows(mask):
            gate = self._first_closed_gate(low.bit_length() - 1, decisions)
            if gate is None:
                other |= low
            else:
                by_gate[gate] = by_gate.get(gate, 0) | low
        for gate in self.pack.gates:
            if gate in by_gate:
                yield Withheld.model_construct(
                    kind="gate", because=f"Not yet: {self.pack.gates[gate].name} is not open.",
                    rule=self.pack.rules[self.gate_rules[gate]].id, exercises=self.pack.ids(by_gate[gate]),
                    until=tuple(self.missing(gate, decisions)),
                )  # fmt: skip
        if other:
            yield Withheld.model_construct(
                kind="not_permitted", because="Not yet: the movement has not passed its screen.", rule=None,
                exercises=self.pack.ids(other), until=(),
            )  # fmt: skip

    def _first_closed_gate(self, bit: int, decisions: Decisions) -> str | None:
        for index, rule in enumerate(self.pack.rules):
            if rule.side != "permit":
                continue
            if not any(e.type == "permit" and any(m >> bit & 1 for m in e.masks.values()) for e in rule.effects):
                continue
            for gate in self.rule_gates[index]:
                if not decisions.inference.gates[gate]:
                    return gate
        return None

    @property
    def rule_gates(self) -> dict[int, tuple[str, ...]]:
        """The gates that each rule reads."""
        found: dict[int, tuple[str, ...]] | None = self.__dict__.get("_rule_gates")
        if found is None:
            found = {}
            for variant in self.program.source:
                gates = [
                    str(w) for p in variant.patterns if p.kind == "gate" for t in p.tests if t.field == "gate"
                    for w in t.words
                ]  # fmt: skip
                found[variant.rule] = tuple(dict.fromkeys((*found.get(variant.rule, ()), *gates)))
            self.__dict__["_rule_gates"] = found
        return found

    def missing(self, gate: str, decisions: Decisions) -> Iterator[str]:
        """What a closed gate still lacks: the unmet tests of the way in that lacks least, or what closed it."""
        closing = [c for c in decisions.of("close") if c.effect.data["gate"] == gate]
        for concluded in self.reasons.ordered(closing):
            yield self.reasons.because(concluded.firing)
        ways = [
            list(self._unmet(i, decisions)) for i, v in enumerate(self.program.source)
            if any(e.type == "open" and e.data["gate"] == gate for e in self.pack.rules[v.rule].effects)
        ]  # fmt: skip
        if ways:
            yield from min(ways, key=len)

    def _unmet(self, variant: int, decisions: Decisions) -> Iterator[str]:
        for pattern in self.program.source[variant].patterns:
            keys = self.pack.kinds[pattern.kind].keys
            for fact in decisions.inference.facts.by_kind[pattern.kind]:
                if any(not t.met(fact.values.get(t.field), self.program.parameters) for t in pattern.tests if t.field in keys):
                    continue
                for test in pattern.tests:
                    if not test.met(fact.values.get(test.field), self.program.parameters):
                        yield self.reasons.need(fact, test)
                break

    def _uncovered(self, decisions: Decisions, week: Week) -> Iterator[Uncovered]:
        if decisions.status == "stop":
            return
        seen: set[str] = set()
        skipped = [(r, True) for s in week.sessions for r in s.skipped]
        missed: list[tuple[Requirement, bool]] = [*((r, False) for r in week.uncovered), *skipped]
        for requirement, for_time in missed:
            if requirement.name in seen:
                continue
            seen.add(requirement.name)
            yield Uncovered.model_construct(
                what=requirement.name,
                because="No time left for it." if for_time else self._why_uncovered(requirement.mask, decisions),
            )  # fmt: skip

    def _why_uncovered(self, mask: int, decisions: Decisions) -> str:
        parts = []
        for part, words in (
            (mask & ~decisions.permitted, "not open yet"),
            (mask & decisions.permitted & (decisions.forbidden | decisions.referred | decisions.emptied), "held back"),
            (mask & decisions.allowed & ~decisions.equipped, "without the equipment"),
        ):
            if part:
                parts.append(f"{part.bit_count()} {words}")
        return f"Of {mask.bit_count()} exercises " + ", ".join(parts) + "." if parts else "Nothing in the catalogue fits."

    def _filters(self, decisions: Decisions, week: Week) -> tuple[Filter, ...]:
        left = (1 << len(self.exercises)) - 1
        made = [Filter.model_construct(step="in the catalogue", removed=0, left=left.bit_count())]
        steps = (
            ("permitted by a rule", decisions.permitted), ("not held back by a rule", ~decisions.forbidden),
            ("not waiting for a clinician", ~decisions.referred),
            ("with a dose inside every bound", ~(decisions.undosed | decisions.emptied)),
            ("possible with the equipment named", decisions.equipped),
        )  # fmt: skip
        for step, mask in steps:
            after = left & mask
            made.append(Filter.model_construct(step=step, removed=(left & ~after).bit_count(), left=after.bit_count()))
            left = after
        chosen = {p.bit for s in week.sessions for p in s.picks} | {p.bit for p in week.daily}
        made.append(Filter.model_construct(step="chosen", removed=left.bit_count() - len(chosen), left=len(chosen)))
        return tuple(made)

    # -- questions and remarks ----------------------------------------------------------------------------------------

    def _gate_concerns(self) -> dict[str, int]:
        concerns: dict[str, int] = {name: 0 for name in self.pack.gates}
        for index, gates in self.rule_gates.items():
            for effect in self.pack.rules[index].effects:
                for mask in effect.masks.values():
                    for gate in gates:
                        concerns[gate] |= mask
        return concerns

    def _asks(self, decisions: Decisions) -> Iterator[Ask]:
        """What to ask first: safety, then what concerns most exercises."""
        found: dict[tuple[str, str], tuple[Fact, str, bool, int, int]] = {}
        everything = (1 << len(self.exercises)) - 1

        def note(firing: Firing) -> None:
            rule_index = self.program.source[firing.variant].rule
            rule = self.pack.rules[rule_index]
            mask, safety = 0, False
            for effect in rule.effects:
                if effect.type == "refer":
                    mask, safety = everything, True
                elif effect.type in ("open", "close"):
                    mask |= self.gate_concerns[effect.data["gate"]]
                elif effect.type == "derive":
                    mask |= everything
                else:
                    for one in effect.masks.values():
                        mask |= one
            for fact, name in unanswered(self.program, firing):
                before = found.get((fact.name, name))
                concerns = mask | (before[3] if before else 0)
                found[fact.name, name] = (
                    fact, name, safety or bool(before and before[2]), concerns, before[4] if before else firing.variant
                )  # fmt: skip

        for firing in self.asking.near(decisions.inference, self.asking_variants):
            note(firing)
        for firing in decisions.inference.firings:
            if self.asking.wanting_possible[firing.variant]:
                note(firing)
        kinds = self.pack.kinds
        merged: dict[str, Ask] = {}
        for fact, name, safety, concerns, variant in sorted(
            found.values(), key=lambda item: (not item[2], -item[3].bit_count(), item[0].number, item[1])
        ):
            field = kinds[fact.kind].fields[name]
            if fact.kind in self.pack.aggregates:
                of_kind, _, of_field = self.pack.aggregates[fact.kind].fields[name.removesuffix("_so_far")].of.partition(".")
                parts = [f for f in decisions.inference.facts.by_kind[of_kind] if f.values.get(of_field) is None]
                field = kinds[of_kind].fields[of_field]
                asked = [(part, of_field) for part in parts]
            else:
                asked = [(fact, name)]
            for part, part_name in asked:
                question = (field.ask or part_name).replace("{key}", self.asked_key(part))
                about = self._about(part, part_name)
                if about not in merged:
                    merged[about] = Ask.model_construct(
                        question=question, about=about, why=self.program.rule(variant).because
                        if "{" not in self.program.rule(variant).because else "It decides what is safe here.",
                        safety=safety, concerns=concerns.bit_count(),
                    )  # fmt: skip
        yield from list(merged.values())[:MOST_ASKS]

    def asked_key(self, fact: Fact) -> str:
        """The key of a fixed fact as it is said in a question."""
        if fact.kind == "fault":
            return str(self.pack.catalogue.words["faults"][fact.name]["name"]).lower()
        return fact.name.replace("_", "-")

    def _about(self, fact: Fact, name: str) -> str:
        source = self.pack.kinds[fact.kind].source
        section = fact.kind if source is None else source
        field = self.pack.kinds[fact.kind].fields[name].source
        field = name if field is None else field
        if fact.kind == "complaint":
            section = f"complaints/{int(fact.name[1:]) - 1}"
        elif self.pack.kinds[fact.kind].keys:
            section = f"{section}/{fact.name}"
        return "/" + "/".join(part for part in (section, field.replace(".", "/")) if part)

    def _notes(self, decisions: Decisions, week: Week, runner: Runner) -> Iterator[str]:
        yield from decisions.inference.facts.notes
        if decisions.status == "stop":
            return
        told, bound = runner.strength.sessions_per_week, decisions.runner_bounds.get("sessions_per_week")
        if told is not None and bound is not None and told > bound.value:
            yield (
                f"You have room for {told} sessions; {int(bound.value)} are planned. "
                + self.reasons.because(bound.concluded.firing)
            )  # fmt: skip
        if week.crowded:
            yield "Your key runs leave too few free days, so some sessions leave out heavy and springy leg work."
        if week.count and not runner.running.key_days:
            yield "Tell your key running days (hard or long runs) and the sessions will keep clear of them. Until then: a day of rest between sessions, none the day before a key run."
        if runner.strength.equipment is None:
            yield "No equipment was named, so only what every home has is used."
        if not week.sessions and not week.daily:
            yield "Nothing could be planned; the list of steps says what removed how many exercises."


def _lows(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low
        mask ^= low
