"""On which days of the week: clear of key runs and races, with rest between, on the days that the runner has."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Any, NamedTuple

__all__ = ["WEEKDAYS", "Suits", "choose_days", "free_among", "hours_until", "spread", "suits"]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Suits(NamedTuple):
    """How well days suit, what counts most first: of two sets of days the greater is taken.

    ``rested``: a day of rest lies between any two, where there are no more than three. ``clear``, ``no_run``: how many
    have no key run too near after them, and none on them. ``gap``: the days between the nearest two. ``early``: the
    days themselves, the later the less.
    """

    rested: bool
    clear: int
    no_run: int
    gap: int
    early: tuple[int, ...]


def suits(days: tuple[int, ...], key_days: tuple[str, ...], hours: float) -> Suits:
    """How well days (0 is Monday) suit, with so many hours before a key run to be kept clear."""
    clear = sum(1 for day in days if all(hours_until(day, key) >= hours for key in key_days))
    free = sum(1 for day in days if WEEKDAYS[day] not in key_days)
    gap = min((days[(i + 1) % len(days)] - day) % 7 or 7 for i, day in enumerate(days))
    return Suits(len(days) > 3 or gap >= 2, clear, free, gap, tuple(-day for day in days))


def free_among(free_days: tuple[str, ...]) -> list[int]:
    """The days that may be taken (0 is Monday): those that the runner has, or all where he names none."""
    return [day for day, name in enumerate(WEEKDAYS) if not free_days or name in free_days]


@lru_cache(maxsize=512)
def choose_days(
    count: int, key_days: tuple[str, ...], free_days: tuple[str, ...], hours: float
) -> tuple[tuple[str, ...], bool]:
    """The best days for a number of sessions, and whether some had to stand too near to a key run.

    A day of rest between sessions counts first (up to three a week), then days clear of key runs, then days without
    one, then the widest gaps; of equal choices the earliest in the week. Where there are fewer free days than
    sessions, all of them are taken.

    Args:
        count: How many sessions.
        key_days: Days of hard or long runs.
        free_days: Days that the runner has for strength work; all of them when empty.
        hours: So many hours before a key run are to be kept clear.
    """
    among = free_among(free_days)
    if not count:
        return (), False
    best = max(combinations(among, min(count, len(among))), key=lambda days: suits(days, key_days, hours))
    crowded = not all(hours_until(day, key) >= hours for day in best for key in key_days)
    return tuple(WEEKDAYS[day] for day in best), crowded


def hours_until(day: int, key: str) -> float:
    """Hours from a session to the next key run; a key run on the same day comes first, so it is a week away."""
    return ((WEEKDAYS.index(key) - day) % 7 or 7) * 24


@lru_cache(maxsize=512)
def spread(
    count: int, taken: tuple[str, ...], avoid: tuple[str, ...] = (), among: tuple[str, ...] = WEEKDAYS
) -> tuple[str, ...]:
    """Days for work that is due more often than there are sessions: with those sessions, and evenly between them.

    Args:
        count: On how many days.
        taken: The days of the sessions, which it is done on as well.
        avoid: Days that are taken last.
        among: The days that may be taken; where they are fewer, all of them.
    """
    if count >= len(among):
        return among

    def quality(days: Sequence[int]) -> tuple[Any, ...]:
        names = [WEEKDAYS[day] for day in days]
        gaps = [(days[(i + 1) % len(days)] - day) % 7 or 7 for i, day in enumerate(days)]
        return (
            min(gaps), -max(gaps), sum(name in taken for name in names), -sum(name in avoid for name in names),
            tuple(-day for day in days),
        )  # fmt: skip

    best = max(combinations([WEEKDAYS.index(day) for day in among], count), key=quality)
    return tuple(WEEKDAYS[day] for day in best)
