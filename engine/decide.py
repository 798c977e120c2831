"""From conclusions to decisions: what is allowed, at which dose scheme, within which bounds, at which status.

Exercises are bits, so combining is a handful of integer operations whatever the size of the catalogue, and it cannot
depend on order: permits and forbids are united, bounds take the safest, schemes the most careful.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from prehab.inference import Firing, Inference, binding
from prehab.program import Program
from prehab.rules.language import Effect

__all__ = ["STATUSES", "URGENCIES", "Bound", "Concluded", "Decider", "Decisions"]

STATUSES = ("train", "modify", "refer", "stop")
URGENCIES = ("routine", "urgent", "emergency")


@dataclass(slots=True, eq=False)
class Concluded:
    """One effect of one firing, with the exercises it is about."""

    firing: Firing
    effect: Effect
    mask: int = 0


@dataclass(slots=True, eq=False)
class Bound:
    """The safest bound on a channel for some exercises, and where it came from."""

    channel: str
    value: Any
    concluded: Concluded


@dataclass
class Decisions:
    """What was decided. Masks are over the exercises of the pack."""

    program: Program
    inference: Inference
    conclusions: dict[str, list[Concluded]]
    permitted: int
    forbidden: int
    referred: int
    undosed: int
    emptied: int
    allowed: int
    schemes: dict[str, int]
    runner_bounds: dict[str, Bound]
    status: str
    urgency: str | None
    phase: str
    equipped: int = field(default=0)

    @property
    def available(self) -> int:
        """Allowed, and the runner has what it needs."""
        return self.allowed & self.equipped

    def of(self, kind: str) -> list[Concluded]:
        """The conclusions of a kind, in a fixed order."""
        return self.conclusions.get(kind, [])

    def scheme_of(self, bit: int) -> str | None:
        """The dose scheme of an exercise: the most careful of those prescribed."""
        for name, mask in self.schemes.items():
            if mask >> bit & 1:
                return name
        return None

    @cached_property
    def _limits(self) -> list[tuple[str, Any, Concluded]]:
        """The limits on exercises."""
        return [(c.effect.data["channel"], _bound(self.program, c), c) for c in self.of("limit") if c.mask]

    @cached_property
    def _bounds(self) -> dict[int, dict[str, Bound]]:
        return {}

    def bounds_of(self, bit: int) -> dict[str, Bound]:
        """The safest bound on each channel that is bounded for an exercise, in channel order."""
        found = self._bounds.get(bit)
        if found is None:
            found = {}
            for channel, value, concluded in self._limits:
                if concluded.mask >> bit & 1:
                    _keep_safest(self.program, found, Bound(channel, value, concluded))
            found = self._bounds[bit] = dict(sorted(found.items()))
        return found


class Decider:
    """Turns conclusions into decisions for one program; what does not depend on the runner is worked out once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        pack = program.pack
        self.exercises = tuple(pack.catalogue.exercises.values())
        self.index = pack.catalogue.index
        self.caution_order = sorted(pack.schemes, key=lambda name: -pack.schemes[name].caution)
        self.gate_phases = [(gate.phase, name) for name, gate in pack.gates.items() if gate.phase is not None]
        level = program.parameters["referral.load_min"]
        self.region_masks = {
            region: self.index.loading(structures, level) for region, structures in pack.catalogue.structures_of.items()
        }
        self.health = frozenset(name for name, kind in pack.kinds.items() if kind.health)
        self._ranges = {name: _ranges(program, name) for name in pack.schemes}

    def decide(self, inference: Inference, equipment: tuple[str, ...]) -> Decisions:
        """Combine everything that was concluded."""
        conclusions: dict[str, list[Concluded]] = {}
        for concluded in self._conclusions(inference):
            conclusions.setdefault(concluded.effect.type, []).append(concluded)
        permitted = _union(conclusions.get("permit", ()))
        forbidden = _union(conclusions.get("forbid", ()))
        referred = 0
        urgency = everything = None
        for concluded in conclusions.get("refer", ()):
            data = concluded.effect.data
            if urgency is None or URGENCIES.index(data["urgency"]) > URGENCIES.index(urgency):
                urgency = data["urgency"]
            everything = everything or data.get("everything")
            referred |= concluded.mask
        prescribed, schemes, undosed = self._schemes(conclusions.get("prescribe", ()))
        emptied = self._emptied(conclusions.get("limit", ()), prescribed)
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
            schemes=schemes,
            runner_bounds=self._runner_bounds(conclusions.get("limit", ())),
            status=self._status(inference, conclusions, urgency, bool(everything)),
            urgency=urgency,
            phase=self._phase(inference),
            equipped=self.index.usable(equipment),
        )

    def _conclusions(self, inference: Inference) -> Iterator[Concluded]:
        program = self.program
        seen: set[tuple[int, int, tuple[str, ...]]] = set()
        everything = (1 << len(self.exercises)) - 1
        for firing in inference.firings:
            rule = program.source[firing.variant].rule
            bound: dict[str, str] | None = None
            for number, effect in enumerate(program.effects[rule]):
                if effect.variables:
                    bound = bound or binding(program, firing)
                    values = tuple(bound[variable] for variable in effect.variables)
                else:
                    values = ()
                mark = (rule, number, values)
                if mark in seen:
                    continue
                seen.add(mark)
                mask = effect.masks.get(values, 0)
                if effect.type == "refer":
                    if effect.data.get("everything"):
                        mask = everything
                    elif effect.data["urgency"] != "routine":
                        regions = values or tuple(effect.data["region"])
                        for region in regions:
                            mask |= self.region_masks[region]
                elif effect.masks and not mask:
                    continue
                yield Concluded(firing, effect, mask)

    def _schemes(self, prescribed: Any) -> tuple[dict[str, int], dict[str, int], int]:
        masks: dict[str, int] = {}
        for concluded in prescribed:
            name = concluded.effect.data["scheme"]
            masks[name] = masks.get(name, 0) | concluded.mask
        taken = 0
        schemes: dict[str, int] = {}
        for name in self.caution_order:
            if name in masks:
                schemes[name] = masks[name] & ~taken
                taken |= masks[name]
        return masks, schemes, ((1 << len(self.exercises)) - 1) & ~taken

    def _emptied(self, limits: Any, prescribed: dict[str, int]) -> int:
        """What is withheld because a bound leaves nothing of a scheme prescribed for it.

        Every prescribed scheme counts, not only the most careful: so a further complaint, which can only add schemes
        and bounds, can never bring an exercise back.
        """
        emptied = 0
        for concluded in limits:
            if not concluded.mask & ~emptied:
                continue
            channel, value = concluded.effect.data["channel"], _bound(self.program, concluded)
            for name, mask in prescribed.items():
                both = mask & concluded.mask & ~emptied
                if both:
                    span = self._ranges[name].get(channel)
                    if span and not _inside(self.program, channel, value, span):
                        emptied |= both
        return emptied

    def empties(self, decisions: Decisions, concluded: Concluded, bit: int) -> bool:
        """Whether a limit leaves nothing of a scheme prescribed for an exercise."""
        channel, value = concluded.effect.data["channel"], _bound(self.program, concluded)
        names = {c.effect.data["scheme"] for c in decisions.of("prescribe") if c.mask >> bit & 1}
        spans = [self._ranges[name].get(channel) for name in names]
        return any(span is not None and not _inside(self.program, channel, value, span) for span in spans)

    def _runner_bounds(self, limits: Any) -> dict[str, Bound]:
        found: dict[str, Bound] = {}
        for concluded in limits:
            channel = concluded.effect.data["channel"]
            if not self.program.pack.channels[channel].runner:
                continue
            _keep_safest(self.program, found, Bound(channel, _bound(self.program, concluded), concluded))
        return found

    def _status(self, inference: Inference, conclusions: Any, urgency: str | None, everything: bool) -> str:
        if everything:
            return "stop"
        if urgency == "urgent":
            return "refer"
        if urgency or inference.facts.by_kind["complaint"]:
            return "modify"
        for kind in ("forbid", "close", "limit", "prescribe"):
            for concluded in conclusions.get(kind, ()):
                if any(fact.kind in self.health for fact in concluded.firing.facts):
                    return "modify"
        return "train"

    def _phase(self, inference: Inference) -> str:
        order: list[str] = list(self.program.pack.catalogue.words["phases"])
        reached = order[0]
        for phase in order[1:]:
            gates = [name for of, name in self.gate_phases if of == phase]
            if not gates or not all(inference.gates[name] for name in gates):
                break
            reached = phase
        return reached


def _union(concluded: Any) -> int:
    mask = 0
    for one in concluded:
        mask |= one.mask
    return mask


def _bound(program: Program, concluded: Concluded) -> Any:
    data = concluded.effect.data
    named = data.get("at_most", data.get("at_least"))
    return program.parameters.get(named, named)


def _order(program: Program, channel: str, value: Any) -> float:
    words = program.pack.channels[channel].values
    return words.index(value) if words else float(value)


def _keep_safest(program: Program, found: dict[str, Bound], bound: Bound) -> None:
    """Keep a bound unless its channel has one that is as safe already."""
    channel, before = bound.channel, found.get(bound.channel)
    if before is not None:
        one, other = (_order(program, channel, b.value) for b in (bound, before))
        if one >= other if program.pack.channels[channel].safe == "cap" else one <= other:
            return
    found[channel] = bound


def _inside(program: Program, channel: str, value: Any, span: tuple[float, float]) -> bool:
    place = _order(program, channel, value)
    return place >= span[0] if program.pack.channels[channel].safe == "cap" else place <= span[1]


def _ranges(program: Program, scheme: str) -> dict[str, tuple[float, float]]:
    """The range of each channel that a scheme itself speaks about."""
    one = program.pack.schemes[scheme]
    ranges: dict[str, tuple[float, float]] = {}
    for channel in ("sets", "effort_rpe", "reps_in_reserve", "contacts", "hold_s"):
        span = getattr(one, channel)
        if span:
            ranges[channel] = (span[0], span[1])
    if "external_load" in program.pack.channels:
        low, high = (_order(program, "external_load", word) for word in one.load)
        ranges["external_load"] = (low, high)
    return ranges
