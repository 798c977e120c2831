"""What is personal taken out of a runner, so that as far as can be the same is decided of who is left.

A number becomes the least one that every rule takes alike, a word the first such word, a date a count of days. What no
other value stands in for is left out; whether the decision rested on it is tried, and said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prehab.boundaries.advice import Advice
from prehab.boundaries.finder import Finder
from prehab.boundaries.values import Spot, spots, tellable
from prehab.dates import counted
from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.schema import altered, make
from prehab.records.models import Masked
from prehab.rules.messages import english
from prehab.runner import Runner
from prehab.unlock.conditions import with_at

__all__ = ["PERSONAL", "Mask", "within"]

PERSONAL = ("/age_years", "/sex", "/today", "/running/race_date", "/recent_sessions", "/medical", "/bone", "/clot")
"""What is masked unless something else is named: the age, the sex, dates, and the history of illnesses."""

DATES = ("/today", "/running/race_date", "/recent_sessions")


class Mask:
    """Masks runners, for one program."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder

    def masked(self, runner: Runner, base: Advice, places: Iterable[str]) -> tuple[Runner, tuple[Masked, ...]]:
        """The runner with some places masked, and what became of each that was told.

        Args:
            runner: Who it is.
            base: The advice for him.
            places: JSON pointers into the runner: of values, or of sections of them.

        Raises:
            InputError: There is no such place in a runner.
        """
        wanted = tuple(places)
        self._check(wanted, runner)
        found: list[Masked] = []
        made = runner
        if any(within(date, wanted) for date in DATES):
            made, dated = _counted(made)
            found += [make(Masked, at=at, how="counted", decides=not self._alike(base, made)) for at in dated]
        for spot in spots(self.finder.fields, made):
            if within(spot.at, wanted):
                made, one = self._hidden(made, spot, base)
                found.append(one)
        if not any(one.decides for one in found) and not self._alike(base, made):  # only all of it together
            found = [one.model_copy(update={"decides": one.how == "left_out"}) for one in found]
        return made, tuple(found)

    def _hidden(self, runner: Runner, spot: Spot, base: Advice) -> tuple[Runner, Masked]:
        other = self._stand_in(spot, runner)
        if other is not None:
            made = with_at(runner, spot.slot, other)
            if self._alike(base, made):
                return made, make(Masked, at=spot.at, how="alike", decides=False)
        made = with_at(runner, spot.slot, None)
        return made, make(Masked, at=spot.at, how="left_out", decides=not self._alike(base, made))

    def _stand_in(self, spot: Spot, runner: Runner) -> Any:
        """A value that every rule takes as it takes what is told, and that gives no more away; None where none is."""
        field = spot.field
        if field.type in ("integer", "number"):
            values = [value for value, _ in self.finder.values.near(spot, runner) if value <= spot.now]
            return values[-1] if values else None
        tests = self.finder.program.fields[spot.kind].get(spot.name)
        if tests is None:
            return None
        alike = [value for value in field.values or (False, True) if tests.answer(value) == tests.answer(spot.now)]
        return alike[0] if len(alike) > 1 else None

    def _alike(self, base: Advice, runner: Runner) -> bool:
        return self.finder.advice(runner).same_as(base)

    def _check(self, places: Iterable[str], runner: Runner) -> None:
        """Every place has to be one that a runner can tell something at."""
        known = {*DATES, *(spot.at for spot in tellable(self.finder.fields, runner))}
        parts = {place.rpartition("/")[0] for place in known} | known
        faults = []
        for place in places:
            if place not in parts:
                faults.append(
                    Fault(
                        "unknown-place",
                        f"nothing that can be masked stands at `{place}`",
                        value=place,
                        did_you_mean=nearest(place, parts),
                        help="It is a JSON pointer into the runner, such as /age_years or /medical.",
                    )
                )
        if faults:
            raise InputError(faults)


def within(place: str, wanted: Iterable[str]) -> bool:
    """Whether a place is one of those wanted, or stands in one."""
    return any(place == one or place.startswith(f"{one}/") for one in wanted)


def _counted(runner: Runner) -> tuple[Runner, list[str]]:
    """The runner with days in place of dates, and where the dates stood."""
    dated = []
    if runner.today is not None:
        dated.append("/today")
    if runner.running.race_date is not None:
        dated.append("/running/race_date")
    dated += [f"/recent_sessions/{n}/date" for n, one in enumerate(runner.recent_sessions) if one.date is not None]
    if not dated:
        return runner, []
    made = counted(runner, [], english())
    log = tuple(altered(one, date=None) for one in made.recent_sessions)
    running = altered(made.running, race_date=None)
    return altered(made, today=None, running=running, recent_sessions=log), dated
