"""What the reference decides of runners one by one, to be compared with what is decided of them in columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prehab.columns import Columns, Plan, decide_columns
from prehab.decide import URGENCIES, Decisions
from prehab.fact_builder import FactBuilder
from prehab.inference import infer
from prehab.reference import Reference
from prehab.runner import Runner
from prehab.week.running import Running
from tests.support import words_context

__all__ = ["alone", "differing", "told"]


def told(plan: Plan, people: Sequence[Any]) -> list[Runner]:
    """Runners, read by the words of a pack."""
    words = words_context(plan.pack)
    return [Runner.model_validate(data, context=words) for data in people]


def alone(plan: Plan, people: Sequence[Runner]) -> Iterator[dict[str, Any]]:
    """What the reference decides of each runner by himself, in the words of ``Decided.of``."""
    program, pack = plan.program, plan.pack
    builder, reference, running = FactBuilder(program), Reference(program), Running(program)
    for runner in people:
        inference = infer(program, builder.build(runner), reference)
        decided = plan.decider.decided_of(runner, inference)
        rules = sorted({program.source[firing.variant].rule for firing in inference.firings})
        yield {
            "status": decided.status,
            "urgency": decided.urgency,
            "phase": decided.phase,
            "running": run.mode if (run := running.decide(decided)) else None,
            "allowed": pack.ids(decided.allowed),
            "gates": inference.gates,
            "bounds": {channel: bound.value for channel, bound in decided.runner_bounds.items()},
            "referrals": decided.referrals,
            "referred_by": referred_by(decided),
            "stages": decided.stages,
            "rules": tuple(pack.rules[number].id for number in rules),
        }


def referred_by(decided: Decisions) -> tuple[tuple[str, str | None, str], ...]:
    """How urgently, for which region and by which rule each referral of an answer is, in its order."""
    program = decided.program
    usual = {"emergency": 12, "urgent": 120, "routine": 672}
    found = [
        (data["urgency"], usual[data["urgency"]] if data.get("within_h") is None else data["within_h"], region,
         program.rule(one.firings[0].variant).id)
        for one in decided.of("refer")
        for data in (one.effect.data,)
        for region in one.regions(program) or (None,)
    ]  # fmt: skip
    found.sort(key=lambda one: (-URGENCIES.index(one[0]), one[1], one[2] is not None, one[3], one[2] or ""))
    return tuple({(rule, region): (urgency, region, rule) for urgency, _, region, rule in found}.values())


def differing(plan: Plan, people: Sequence[Mapping[str, Any]], block: int) -> Iterator[tuple[Any, list[str]]]:
    """The runners of whom columns decide anything else than the reference, and what."""
    runners = told(plan, people)
    decided = decide_columns(plan, Columns.of(plan.sources, runners), block=block)
    assert len(decided) == len(runners)
    for number, (data, other) in enumerate(zip(people, alone(plan, runners), strict=True)):
        one = decided.of(number)
        if one != other:
            yield data, [what for what in other if one[what] != other[what]]
