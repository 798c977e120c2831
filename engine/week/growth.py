"""How far a runner has come with an exercise: nowhere until it is known, further with every calm session that was done.

What has just opened begins at its lowest. Neither the phase nor the weeks of training move it on, only sessions of the
exercise itself, or of a harder one on its ladder, and what rules call familiar.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prehab.decide import Decisions
from prehab.graph.index import union
from prehab.graph.once import ByNeed
from prehab.graph.schema import altered
from prehab.program import Program
from prehab.recommendation import Dose
from prehab.runner import LoggedSession, Runner

if TYPE_CHECKING:
    from prehab.graph.catalogue import Catalogue

__all__ = ["Growth", "Ladders", "grown"]


class Ladders:
    """For each exercise itself and all that its ladder leads up to, as a mask."""

    def __init__(self, program: Program) -> None:
        catalogue = program.pack.catalogue
        self.bits = {key: 1 << bit for bit, key in enumerate(catalogue.ids)}
        self.at_least: ByNeed[int, int] = ByNeed(lambda bit: catalogue.index.named(_upwards(catalogue, bit)))


def _upwards(catalogue: Catalogue, bit: int) -> Iterator[str]:
    """An exercise and all that its ladder leads up to."""
    yield catalogue.ids[bit]
    yield from catalogue.above(catalogue.ids[bit])


class Growth:
    """How far one runner has come.

    Args:
        ladders: The ladders of the program.
        decisions: What was decided.
        runner: The runner, whose log counts.
    """

    def __init__(self, ladders: Ladders, decisions: Decisions, runner: Runner) -> None:
        self._ladders = ladders
        self._familiar = decisions.familiar
        numbers = decisions.program.parameters
        self._top = numbers["growth.sessions_to_top"]
        self._share = min(1.0, numbers["growth.familiar_share"])
        recent, calm = numbers["growth.recent_days"], numbers["growth.calm_pain"]
        sore = bool(runner.complaints)
        lately = [
            (union(ladders.bits[key] for key in session.exercises), session)
            for session in decisions.inference.facts.log
            if session.exercises and (session.days_ago or 0) <= recent
        ]
        self._tried = union(mask for mask, _ in lately)
        self._done = [mask for mask, session in lately if _calm(session, calm, sore=sore)]
        self._shares: dict[int, float] = {}

    def sessions(self, bit: int) -> int:
        """The calm sessions of the exercise, or of a harder one on its ladder."""
        at_least = self._ladders.at_least[bit]
        return sum(1 for done in self._done if done & at_least)

    def untried(self) -> int:
        """What the log of the last weeks holds no session of, nor of a harder form; nothing where it names nothing."""
        if not self._tried:
            return 0
        done = self._tried | self._familiar
        at_least = self._ladders.at_least
        return union(mask for bit, mask in enumerate(self._ladders.bits.values()) if not done & at_least[bit])

    def share(self, bit: int) -> float:
        """From 0, where it begins, to 1, the most that may be given."""
        found = self._shares.get(bit)
        if found is None:
            found = self._share if self._familiar & self._ladders.at_least[bit] else 0.0
            if self._done:
                found = max(found, min(1.0, self.sessions(bit) / self._top))
            self._shares[bit] = found
        return found

    def known(self, bit: int) -> bool:
        """Whether anything speaks for having done it."""
        return self.share(bit) > 0

    def amount(self, begin: float, end: float, bit: int) -> int:
        """A number on the way from where it begins to where it ends."""
        return _on_the_way(begin, end, self.share(bit))


def grown(dose: Dose, share: float) -> Dose:
    """A dose as far as a runner has come with it; sets are added by who builds the session.

    Args:
        dose: The dose where it begins.
        share: How far he has come, from 0 to 1.
    """
    if not share > 0:
        return dose
    start = dose.start

    def moved(value: int | None, span: tuple[float, float] | None) -> int | None:
        return None if value is None or span is None else _on_the_way(value, span[1], share)

    reps = start.reps
    if reps is not None and dose.reps is not None:
        falls = reps > dose.reps[0]  # they begin with a light weight, and fall while it grows
        reps = _on_the_way(reps, dose.reps[0] if falls else dose.reps[1], share)
    return altered(
        dose,
        start=altered(
            start,
            reps=reps,
            hold_s=moved(start.hold_s, dose.hold_s),
            contacts=moved(start.contacts, dose.contacts),
            effort_rpe=_on_the_way(dose.effort_rpe[0], dose.effort_rpe[1], share),
        ),
    )


def _on_the_way(begin: float, end: float, share: float) -> int:
    return int(begin + (end - begin) * share)


def _calm(session: LoggedSession, calm: float, *, sore: bool) -> bool:
    """Whether a session hurt little, then and the next morning; who is sore has to have said so."""
    told = (session.pain_during, session.pain_next_morning)
    return all(pain is not None and pain <= calm if sore else pain is None or pain <= calm for pain in told)
