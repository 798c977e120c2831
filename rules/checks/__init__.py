"""What must hold of a rule pack, decided without search.

``check_pack`` is what every load of a pack does: what keeps the laws (polarity, unknowns) and what makes no sense by
itself (units, ranges, unused or missing parts). It takes hundredths of a second. ``check_whole`` asks whether each
condition can be met at all, compares rules with one another and looks into every selector; `prehab rules check` and the
tests do that, loading does not: what it finds are slips of the author, and no law rests on them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prehab.graph.faults import Fault
from prehab.graph.salvage import Broken
from prehab.rules.checks.aggregates import check_aggregates
from prehab.rules.checks.lists import check_lists
from prehab.rules.checks.numbers import ENGINE_PARAMETERS, check_numbers
from prehab.rules.checks.orders import check_orders
from prehab.rules.checks.places import Where
from prehab.rules.checks.polarity import check_polarity, direction
from prehab.rules.checks.reach import check_derived, check_exercises
from prehab.rules.checks.referrals import check_consequences, check_red_flags
from prehab.rules.pack import Pack

__all__ = ["ENGINE_PARAMETERS", "check_pack", "check_whole", "direction"]


def check_pack(pack: Pack, uses: Mapping[str, list[str]], where: Where, broken: Broken) -> Iterator[Fault]:
    """Every error that can be told of one rule, parameter or exercise at a time.

    Args:
        pack: A pack whose names all exist; what could not be read has been left out of it.
        uses: For each parameter, what uses it.
        where: Tells the place of a rule, a parameter, a derived fact, a gate, a scheme or an exercise.
        broken: What was left out: nothing that might stand there is missed.
    """
    yield from check_aggregates(pack, where)
    yield from check_lists(pack, where)
    yield from check_polarity(pack, where)
    yield from check_numbers(pack, uses, where, broken)
    yield from check_orders(pack, where, broken)
    yield from check_derived(pack, where, broken)
    yield from check_exercises(pack, where, broken)
    yield from check_consequences(pack, where, broken)


def check_whole(pack: Pack, where: Where, broken: Broken | None = None) -> Iterator[Fault]:
    """Every error and remark that takes the graph behind a condition, a selector or more than one rule to tell.

    Args:
        pack: A pack that passes the other checks, or the rules of one that do.
        where: As for ``check_pack``.
        broken: What could not be read: what may rest on it is not told.
    """
    from prehab.rules.checks.doses import check_limits
    from prehab.rules.checks.logic import Logic
    from prehab.rules.checks.overlaps import check_overlaps
    from prehab.rules.checks.questions import check_questions
    from prehab.rules.checks.reach import check_conditions, idle_now
    from prehab.rules.checks.selectors import check_selectors

    broken = broken or Broken()
    logic = Logic(pack, all_derived=broken.may_say("derive"))
    yield from check_conditions(pack, logic, where)
    yield from check_selectors(pack, logic, where)
    yield from check_overlaps(pack, logic, where)
    if not broken.may_say("prescribe"):
        yield from check_limits(pack, logic, where)
    yield from idle_now(pack, logic, where)
    yield from check_questions(pack, where, broken)
    if not broken.may_say("refer", "derive"):
        yield from check_red_flags(pack, where)
