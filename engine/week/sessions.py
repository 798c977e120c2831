"""One session: the places of the week in the order of what matters, each with its best exercise, as time allows.

The order that is kept, exactly:

1. What treats comes first, with all its sets.
2. Then each place in turn takes its best exercise that fits, with the fewest sets that are of use. Where none fits as
   far as the runner has grown into it, it takes the best that fits as it begins. A place for which no exercise fits is
   left out; nothing is thinned to make room for it.
3. Then sets are added, place by place in the same order, as far as the runner has grown and the week asks for.

An exercise fills one place. Since each step takes the best that is left, no session is better by this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from typing import Literal

from prehab.decide import Concluded
from prehab.graph.index import union
from prehab.graph.record import Record, Struct, record, struct
from prehab.recommendation import Dose
from prehab.week.ranking import Ranking
from prehab.week.treatment import Asked

__all__ = ["Offer", "Pick", "Place", "Room", "Short", "fill"]

Short = Literal["exercises", "minutes", "contacts", "choice"]
"""What a place lacked: as many exercises as fit stood there; no minutes, no contacts left; nothing to choose from."""


@record(eq=False)
class Place(Record):
    """Something that the week should hold, in order of importance.

    Several rules may ask for one place, by its name. ``sets`` are the working sets a week that it asks for.
    """

    order: float
    name: str
    mask: int
    sets: int
    each_session: bool
    concluded: tuple[Concluded, ...]


@struct()
class Pick(Struct):
    """An exercise that was chosen: its dose, its minutes, and what it is there for, a place or complaints.

    ``instead`` is the next best for the same purpose.
    """

    bit: int
    dose: Dose
    minutes: int
    place: Place | None = None
    treats: tuple[Asked, ...] = ()
    ramp_pct: tuple[int, ...] = ()
    instead: int | None = None


@record()
class Offer(Record):
    """How an exercise would be done: with the fewest sets that are of use, and with how many at most so far.

    ``share`` is how far the runner has grown into it, or 0, where it begins.
    """

    dose: Dose
    most_sets: int
    share: float = 0.0


@struct()
class Room(Struct):
    """What a session has room for: minutes, exercises, contacts of jumps.

    ``skipped`` are the places that were left out, ``short`` what each of them lacked, by its name.
    """

    minutes: int
    exercises: int
    contacts: float
    skipped: list[Place] = field(default_factory=list)
    short: dict[str, Short] = field(default_factory=dict)

    def skip(self, place: Place, lacks: Short) -> None:
        """Leave a place out, for want of this unless something that could fill it did not fit."""
        self.skipped.append(place)
        self.short.setdefault(place.name, lacks)


def fill(
    room: Room,
    begun: Sequence[Pick],
    places: Iterable[tuple[Place, int, int]],
    ranking: Ranking,
    offer: Callable[[int, bool], Offer | None],
    dosed: Callable[[int, int, float], tuple[Dose, int]],
) -> list[Pick]:
    """The picks of a session, in the order in which they were made.

    Args:
        room: What there is room for; it is used up, and tells what was skipped.
        begun: What is in the session already.
        places: Each place with the exercises that may fill it here, and the sets that it still asks for this week.
        ranking: Which exercise comes first.
        offer: How an exercise would be done as far as the runner has grown, or as it begins where that is less. None
            when it has no dose, or when that is no less.
        dosed: How an exercise is done with so many sets and so far grown, and its minutes.
    """
    picks = list(begun)
    chosen: list[tuple[Pick, Offer, int]] = []
    taken = union(1 << pick.bit for pick in picks)

    def first_that_fits(place: Place, rivals: int, *, begins: bool) -> Offer | None:
        while rivals:
            bit = ranking.best(rivals)
            rivals &= ~(1 << bit)
            offered = offer(bit, begins)
            if offered is None:
                continue
            dose, minutes = dosed(bit, offered.dose.start.sets, offered.share)
            contacts = dose.start.contacts or 0
            if minutes > room.minutes or contacts > room.contacts:
                room.short[place.name] = "minutes" if minutes > room.minutes else "contacts"
                continue
            picks.append(Pick(bit, dose, minutes, place))
            room.minutes -= minutes
            room.contacts -= contacts
            return offered
        return None

    for place, able, sets in places:
        rivals = able & ~taken if len(picks) < room.exercises else 0
        offered = None
        if rivals:
            offered = first_that_fits(place, rivals, begins=False) or first_that_fits(place, rivals, begins=True)
        if offered is None:
            room.skip(place, "exercises" if len(picks) >= room.exercises else "choice")
            continue
        taken |= 1 << picks[-1].bit
        chosen.append((picks[-1], offered, min(offered.most_sets, sets)))
    for pick, offered, most in chosen:
        for sets in range(pick.dose.start.sets + 1, most + 1):
            dose, minutes = dosed(pick.bit, sets, offered.share)
            if minutes - pick.minutes > room.minutes:
                break
            room.minutes -= minutes - pick.minutes
            pick.dose, pick.minutes = dose, minutes
    return picks
