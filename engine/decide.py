"""From conclusions to decisions: what is allowed, at which dose scheme, within which bounds, at which status.

Exercises are bits, so combining is a handful of integer operations whatever the size of the catalogue, and it cannot
depend on order: permits and forbids are united, bounds take the safest, schemes the most careful.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from prehab.fact import Fact
from prehab.graph.index import union
from prehab.graph.once import ByNeed, OfEach, Once
from prehab.graph.record import Struct, struct
from prehab.inference import Firing, Inference, binding
from prehab.program import Program
from prehab.rules.language import WHOLE_PERSON, Effect

if TYPE_CHECKING:
    from prehab.graph.schema import Injury
    from prehab.runner import Runner

__all__ = [
    "STATUSES", "URGENCIES", "Bound", "Concluded", "Decider", "Decisions", "Dosing",
    "most_urgent_first", "within_h",
]  # fmt: skip

STATUSES = ("train", "modify", "refer", "stop")
URGENCIES = ("routine", "urgent", "emergency")
PROTECT = "protect"
"""The stage whose programme keeps load off what must heal."""
WITHIN_H = {"emergency": 12, "urgent": 120, "routine": 672}
"""In how many hours a clinician should look, where a rule does not say."""


def within_h(data: Mapping[str, Any]) -> float:
    """In how many hours a clinician should look, by what a rule says of a referral."""
    told: float | None = data.get("within_h")
    return WITHIN_H[data["urgency"]] if told is None else told


def most_urgent_first(urgency: str, soon: float, region: str | None, rule: str) -> tuple[int, float, bool, str, str]:
    """The place of a referral among others, of which the sooner are told first."""
    return -URGENCIES.index(urgency), soon, region is not None, rule, region or ""


@struct(eq=False)
class Concluded(Struct):
    """One effect of a rule, with the exercises it is about, and every firing that concludes it.

    There is at least one firing; which of them comes first means nothing.
    """

    firings: list[Firing]
    effect: Effect
    mask: int = 0

    def regions(self, program: Program) -> tuple[str, ...]:
        """The regions of a referral; none where it is about everything."""
        named = self.effect.data.get("region")
        return (binding(program, self.firings[0])[named],) if isinstance(named, str) else tuple(named or ())

    def heeds_health(self, program: Program) -> bool:
        """Whether it is concluded because of how the runner is, not only because of what the runner can do or wants."""
        return any(firing.variant in program.heeding_health for firing in self.firings)


@struct(eq=False)
class Bound(Struct):
    """A bound on a channel for some exercises, and where it came from; of two the less dangerous counts."""

    channel: str
    danger: float
    value: Any
    concluded: Concluded


@struct(eq=False)
class Dosing(Struct):
    """What decides a dose: the schemes, the most careful first, and the safest bound on each channel, in channel order.

    The first scheme says how the work is done; all of them say how much at most. Exercises that share all of it share
    the object.
    """

    schemes: tuple[str, ...]
    bounds: dict[str, Bound]

    @property
    def scheme(self) -> str | None:
        """The most careful of the schemes prescribed."""
        return self.schemes[0] if self.schemes else None

    def values(self) -> tuple[tuple[str, Any], ...]:
        """What each channel is bounded to."""
        return tuple([(channel, bound.value) for channel, bound in self.bounds.items()])


@struct(slots=False)
class Decisions(Struct):
    """What was decided. Masks are over the exercises of the pack; ``limits`` by channel, of each the safest first."""

    program: Program
    inference: Inference
    conclusions: dict[str, list[Concluded]]
    permitted: int
    forbidden: int
    referred: int
    undosed: int
    emptied: int
    allowed: int
    prescribed: dict[str, int]
    limits: list[Bound]
    runner_bounds: dict[str, Bound]
    status: str
    urgency: str | None
    phase: str
    stages: dict[str, str]
    familiar: int
    equipped: int
    refused: int = 0
    _dosings: dict[tuple[tuple[str, ...], tuple[int, ...]], Dosing] = field(default_factory=dict)
    _dosing_of: dict[int, Dosing] = field(default_factory=dict)

    @property
    def referrals(self) -> dict[tuple[str, str], frozenset[tuple[str, str]]]:
        """By place (or ``everything``, or the whole person) and urgency, who should look and what to say there."""
        found: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for concluded in self.of("refer"):
            data = concluded.effect.data
            whole = [WHOLE_PERSON] if data.get("whole_person") else None
            for region in whole or concluded.regions(self.program) or ("everything",):
                found.setdefault((region, data["urgency"]), set()).add((data["who"], data["tell"]))
        return {key: frozenset(said) for key, said in found.items()}

    @property
    def looked_at(self) -> frozenset[str]:
        """The places that somebody must look at before they are loaded or treated."""
        urgent = (one for one in self.of("refer") if one.effect.data["urgency"] != "routine")
        return frozenset(region for one in urgent for region in one.regions(self.program))

    def treated(self) -> Iterator[tuple[Fact, Injury, str]]:
        """The complaints whose programme goes on, each with its injury and its stage.

        Where somebody must look first, only what protects the place goes on.
        """
        injuries, looked_at = self.program.pack.catalogue.injuries, self.looked_at
        for fact in self.inference.facts.by_kind["complaint"]:
            injury, stage = injuries[fact.values["injury"]], self.stages[fact.name]
            if stage == PROTECT or injury.region not in looked_at:
                yield fact, injury, stage

    @property
    def available(self) -> int:
        """Allowed, not refused, and the runner has what it needs."""
        return self.allowed & self.equipped & ~self.refused

    @property
    def schemes(self) -> dict[str, int]:
        """The exercises that each scheme says how to do: of those prescribed the most careful."""
        taken = 0
        found: dict[str, int] = {}
        for name, mask in self.prescribed.items():
            found[name] = mask & ~taken
            taken |= mask
        return found

    def of(self, kind: str) -> list[Concluded]:
        """The conclusions of a kind, in a fixed order."""
        return self.conclusions.get(kind, [])

    def dosing(self, bit: int) -> Dosing:
        """What decides the dose of an exercise; worked out once for all that share it."""
        found = self._dosing_of.get(bit)
        if found is None:
            one = 1 << bit
            schemes = tuple([name for name, mask in self.prescribed.items() if mask & one])
            limits = tuple([number for number, mask in enumerate(self._limited) if mask & one])
            found = self._dosings.get((schemes, limits))
            if found is None:
                bounds: dict[str, Bound] = {}
                for number in limits:
                    bounds.setdefault(self.limits[number].channel, self.limits[number])
                found = self._dosings[schemes, limits] = Dosing(schemes, bounds)
            self._dosing_of[bit] = found
        return found

    @Once
    def _limited(self) -> tuple[int, ...]:
        """The exercises that each limit is about."""
        return tuple([bound.concluded.mask for bound in self.limits])

    def scheme_of(self, bit: int) -> str | None:
        """The dose scheme of an exercise: the most careful of those prescribed."""
        return self.dosing(bit).scheme

    def bounds_of(self, bit: int) -> dict[str, Bound]:
        """The safest bound on each channel that is bounded for an exercise, in channel order."""
        return self.dosing(bit).bounds


Certain = tuple[tuple[str, Concluded], ...]
"""What is concluded of everybody, by kind."""
Plain = tuple[tuple[Effect, int], ...]
"""Effects with their exercises, which are the same whatever is found."""
Places = list[tuple[Effect, list[tuple[int, str]]]]
"""Effects, and where the values of their variables are found."""


class Decider:
    """Turns conclusions into decisions for one program; what does not depend on the runner is worked out once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises = ByNeed(pack.catalogue.exercise_at)
        self.index = pack.catalogue.index
        self.caution_order = sorted(pack.schemes, key=lambda name: -pack.schemes[name].caution)
        self.phases: dict[str, list[str]] = {
            phase: [name for name, gate in pack.gates.items() if gate.phase == phase]
            for phase in pack.catalogue.words["phases"]
        }
        self.stage_order = list(pack.catalogue.words["stages"])
        level = program.parameters["referral.load_min"]
        self.region_masks = {
            region: self.index.loading(structures, level) for region, structures in pack.catalogue.structures_of.items()
        }
        self.everything = self.index.everything
        self.plain_effects: ByNeed[int, Plain | None] = ByNeed(lambda rule: self._plain(program.effects[rule]))
        self.rule_of = program.rule_of
        self._ways = Counter(self.rule_of)
        self.saying = ByNeed(self._saying)
        self._ranges = {name: _ranges(program, name) for name in pack.schemes}
        self.emptied_by = cache(self._emptied_by)
        self.usable = lru_cache(maxsize=512)(self.index.usable)
        self.bounding = OfEach(partial(_bounding, program))

    def decided_of(self, runner: Runner, inference: Inference) -> Decisions:
        """What is decided of a runner, with what he has at home and does not want."""
        strength = runner.strength
        return self.decide(inference, strength.equipment or (), strength.lacks, strength.refuses)

    def decide(
        self,
        inference: Inference,
        equipment: Sequence[str],
        lacks: Sequence[str] = (),
        refuses: Sequence[str] = (),
    ) -> Decisions:
        """Combine everything that was concluded.

        Args:
            inference: What was concluded of the runner.
            equipment: What he owns.
            lacks: What every other home has and his has not.
            refuses: Exercises that he does not want. That changes nothing of what is allowed, only of what is given.
        """
        conclusions = self._conclusions(inference)
        permitted = union(one.mask for one in conclusions.get("permit", ()))
        forbidden = union(one.mask for one in conclusions.get("forbid", ()))
        referred = 0
        urgency = everything = None
        for concluded in conclusions.get("refer", ()):
            data = concluded.effect.data
            if urgency is None or URGENCIES.index(data["urgency"]) > URGENCIES.index(urgency):
                urgency = data["urgency"]
            everything = everything or data.get("everything")
            referred |= concluded.mask
        prescribed = self._prescribed(conclusions.get("prescribe", ()))
        undosed = self.everything & ~union(prescribed.values())
        limits = [Bound(*self.bounding(c.effect), c) for c in conclusions.get("limit", ())]
        limits.sort(key=attrgetter("channel", "danger"))
        emptied = self._emptied(limits, prescribed)
        allowed = permitted & ~forbidden & ~referred & ~undosed & ~emptied
        return Decisions(
            program=self.program,
            inference=inference,
            conclusions=conclusions,
            permitted=permitted,
            forbidden=forbidden,
            referred=referred,
            undosed=undosed,
            emptied=emptied,
            allowed=allowed,
            prescribed=prescribed,
            limits=limits,
            runner_bounds=self._runner_bounds(limits),
            status=self._status(inference, conclusions, urgency, bool(everything)),
            urgency=urgency,
            phase=self._phase(inference),
            stages=self._stages(inference, conclusions),
            familiar=union(one.mask for one in conclusions.get("familiar", ())),
            equipped=self.usable(equipment, lacks),
            refused=self.index.named(refuses),
        )

    def _conclusions(self, inference: Inference) -> dict[str, list[Concluded]]:
        """What each effect of each rule that fired says, once for each of the values that its variables stood for."""
        saying = self.saying
        found: dict[str, list[Concluded]] = defaultdict(list)
        told: dict[object, list[Firing]] = {}
        for firing in inference.firings:
            rule, certain, plain, places = saying[firing[0]]
            if certain is not None:
                for kind, concluded in certain:
                    found[kind].append(concluded)
            elif plain is not None:
                if rule in told:
                    told[rule].append(firing)
                    continue
                told[rule] = firings = [firing]
                for effect, mask in plain:
                    found[effect.type].append(Concluded(firings, effect, mask))
            else:
                facts = firing[1]
                for effect, bound in places:
                    values = tuple([facts[place].values[field] for place, field in bound])
                    mark = (id(effect), values)
                    if mark in told:
                        told[mark].append(firing)
                        continue
                    told[mark] = firings = [firing]
                    about = self.about(effect, values)
                    if about is not None:
                        found[effect.type].append(Concluded(firings, effect, about))
        return found

    def _saying(self, variant: int) -> tuple[int, Certain | None, Plain | None, Places]:
        """The rule of a variant, and what it says: to everybody, of the same exercises, or by what it found."""
        rule = self.rule_of[variant]
        return rule, self._certain(variant), self.plain_effects[rule], self._places(variant)

    def _certain(self, variant: int) -> Certain | None:
        """What a rule says that looks at nothing. It is the same for everybody, so it is made once."""
        program, rule = self.program, self.rule_of[variant]
        pattern, *others = program.variants[variant]
        plain = self.plain_effects[rule]
        looks = others or pattern.binds or program.pattern_tests[pattern.index]
        if plain is None or looks or self._ways[rule] > 1 or program.pack.kinds[pattern.kind].cardinality != "one":
            return None
        firing = Firing(variant, (Fact(pattern.kind, pattern.kind, {}, (0, 0, 0)),))
        return tuple((effect.type, Concluded([firing], effect, mask)) for effect, mask in plain)

    def _places(self, variant: int) -> Places:
        """Each effect, and where its variables are bound: the place of the fact and its field."""
        bound = {
            name: (place, field)
            for place, pattern in enumerate(self.program.variants[variant])
            for field, name in pattern.binds
        }
        effects = self.program.effects[self.rule_of[variant]]
        return [(effect, [bound[variable] for variable in effect.variables]) for effect in effects]

    def _plain(self, effects: tuple[Effect, ...]) -> Plain | None:
        """The effects of a rule with their exercises; None where those depend on what its variables stand for."""
        if any(effect.variables for effect in effects):
            return None
        about = ((effect, self.about(effect, ())) for effect in effects)
        return tuple((effect, mask) for effect, mask in about if mask is not None)

    def about(self, effect: Effect, values: tuple[str, ...]) -> int | None:
        """The exercises that an effect is about; None where it selects exercises and finds none."""
        mask = effect.masks.get(values, 0)
        if effect.type == "refer":
            if effect.data.get("everything"):
                return self.everything
            if effect.data["urgency"] != "routine" and not effect.data.get("whole_person"):
                mask |= union(self.region_masks[region] for region in values or effect.data["region"])
        elif effect.masks and not mask:
            return None
        return mask

    def _prescribed(self, concluded: Any) -> dict[str, int]:
        """The exercises of each scheme that is prescribed, the most careful scheme first."""
        masks: dict[str, int] = {}
        for one in concluded:
            name = one.effect.data["scheme"]
            masks[name] = masks.get(name, 0) | one.mask
        return {name: masks[name] for name in self.caution_order if name in masks}

    def _emptied(self, limits: list[Bound], prescribed: dict[str, int]) -> int:
        """What is withheld because a bound leaves nothing of a scheme prescribed for it.

        Every prescribed scheme counts, not only the most careful: so a further complaint, which can only add schemes
        and bounds, can never bring an exercise back.
        """
        emptied = 0
        for bound in limits:
            for name in self.emptied_by(bound.channel, bound.value):
                emptied |= prescribed.get(name, 0) & bound.concluded.mask
        return emptied

    def _emptied_by(self, channel: str, value: Any) -> frozenset[str]:
        """The schemes of which a bound leaves nothing."""
        spans = ((name, ranges.get(channel)) for name, ranges in self._ranges.items())
        return frozenset(name for name, span in spans if span and not _inside(self.program, channel, value, span))

    def empties(self, decisions: Decisions, concluded: Concluded, bit: int) -> bool:
        """Whether a limit leaves nothing of a scheme prescribed for an exercise."""
        channel, _, value = self.bounding(concluded.effect)
        names = {c.effect.data["scheme"] for c in decisions.of("prescribe") if c.mask >> bit & 1}
        return not names.isdisjoint(self.emptied_by(channel, value))

    def _runner_bounds(self, limits: list[Bound]) -> dict[str, Bound]:
        """The safest bound on each channel that is about the runner, not about exercises."""
        channels = self.program.pack.channels
        found: dict[str, Bound] = {}
        for bound in limits:
            if channels[bound.channel].runner:
                found.setdefault(bound.channel, bound)
        return found

    def _status(self, inference: Inference, conclusions: Any, urgency: str | None, everything: bool) -> str:
        if everything:
            return "stop"
        if urgency == "urgent":
            return "refer"
        if urgency or inference.facts.by_kind["complaint"]:
            return "modify"
        return "train" if next(self._heeding(conclusions), None) is None else "modify"

    def deciding(self, decisions: Decisions) -> list[Concluded]:
        """What makes the status what it is, besides complaints: each of these alone would make it no milder."""
        refer = decisions.of("refer")
        if decisions.status == "stop":
            return [one for one in refer if one.effect.data.get("everything")]
        if decisions.status == "refer":
            return [one for one in refer if one.effect.data["urgency"] == "urgent"]
        if decisions.status == "train":
            return []
        return [*refer, *self._heeding(decisions.conclusions)]

    def _heeding(self, conclusions: Any) -> Iterator[Concluded]:
        """What holds back or bounds something because of how the runner is."""
        for kind in ("forbid", "close", "limit", "prescribe"):
            for concluded in conclusions.get(kind, ()):
                if concluded.heeds_health(self.program):
                    yield concluded

    def _stages(self, inference: Inference, conclusions: Any) -> dict[str, str]:
        """The stage of each complaint: the last of an unbroken run of stages that it has come to and may go to."""
        reached = self._told_of(conclusions.get("reach", ()))
        held = self._told_of(conclusions.get("stay", ()))
        found: dict[str, str] = {}
        for fact in inference.facts.by_kind["complaint"]:
            key, (first, *later) = fact.name, self.program.pack.catalogue.injuries[fact.values["injury"]].stages
            last = min((self.stage_order.index(stage) for stage in held[key]), default=len(self.stage_order))
            found[key] = first
            for stage in later:
                if stage not in reached[key] or self.stage_order.index(stage) > last:
                    break
                found[key] = stage
        return found

    def _told_of(self, concluded: Any) -> dict[str, set[str]]:
        """The stages that conclusions name, by complaint."""
        told: dict[str, set[str]] = defaultdict(set)
        for one in concluded:
            stages = one.effect.data["stage"]
            for firing in one.firings:
                key = binding(self.program, firing)[one.effect.data["complaint"]]
                told[key].update([stages] if isinstance(stages, str) else stages)
        return told

    def _phase(self, inference: Inference) -> str:
        reached, *higher = self.phases
        for phase in higher:
            gates = self.phases[phase]
            if not gates or not all(inference.gates[name] for name in gates):
                break
            reached = phase
        return reached


def _bounding(program: Program, effect: Effect) -> tuple[str, float, Any]:
    """The channel that a limit bounds, how dangerous the bound is beside others on that channel, and its value."""
    data = effect.data
    channel = data["channel"]
    named = data.get("at_most", data.get("at_least"))
    value = program.parameters.get(named, named)
    place = _order(program, channel, value)
    return channel, place if program.pack.channels[channel].safe == "cap" else -place, value


def _order(program: Program, channel: str, value: Any) -> float:
    words = program.pack.channels[channel].values
    return words.index(value) if words else float(value)


def _inside(program: Program, channel: str, value: Any, span: tuple[float, float]) -> bool:
    place = _order(program, channel, value)
    return place >= span[0] if program.pack.channels[channel].safe == "cap" else place <= span[1]


def _ranges(program: Program, scheme: str) -> dict[str, tuple[float, float]]:
    """The range of each channel that a scheme itself speaks about."""
    spans = ((channel, program.pack.schemes[scheme].span(channel)) for channel in program.pack.channels)
    return {name: (_order(program, name, span[0]), _order(program, name, span[1])) for name, span in spans if span}
