"""What many runners tell, in columns: numbers as floats with NaN for unknown, words by their place, -1 for unknown.

Columns hold what rules can look at and no more. Dates are counted already: a column of days stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prehab.dates import counted
from prehab.rules.lists import listed_kinds
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field
from prehab.runner import Runner

__all__ = ["SIDES", "Array", "Columns", "Place", "Source", "Sources", "mask_words", "words_of"]

Array = NDArray[Any]
Place = tuple[str, str | None, str]
"""Where a value stands: the kind of its fact, which fact of the kind (a leg, a screen) or None, and the field."""

SIDES = ("left", "right", "both")


def words_of(about: Field) -> tuple[Any, ...] | None:
    """The values that a field may have, by their number; None for numbers."""
    if about.type == "boolean":
        return (False, True)
    return tuple(about.values) if about.type == "choice" else None


@dataclass(frozen=True)
class Source:
    """A column and where its values stand in a runner, a complaint or a logged session.

    ``listed`` is the word that is looked for where there stands a list of words: it is told, or it is not known.
    """

    place: Place
    path: str
    words: tuple[Any, ...] | None
    listed: str | None = None

    def reader(self) -> Callable[[Any], float]:
        """Reads the value off an object, as it stands in the column."""
        get = attrgetter(self.path)
        if self.listed is not None:
            word, told = self.listed, float((self.words or ()).index(True))
            return lambda one: told if word in get(one) else -1.0
        if self.words is None:
            return lambda one: np.nan if (value := get(one)) is None else value
        number = {word: float(place) for place, word in enumerate(self.words)}
        return lambda one: number.get(get(one), -1.0)

    def word(self, told: Any) -> Any:
        """What stands in the column, as it would in a runner file; None for unknown."""
        if self.words is not None:
            return None if told < 0 else self.words[told]
        if np.isnan(told):
            return None
        return int(told) if told == int(told) else float(told)

    @property
    def dtype(self) -> Any:
        """The type of the column."""
        return np.float64 if self.words is None else np.int8


class Sources:
    """The columns of a pack: of the runner himself, of each complaint, of each session of his log."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.runner: list[Source] = []
        self.complaint: list[Source] = []
        self.session: list[Source] = []
        listed = listed_kinds(pack)
        for name, kind in pack.kinds.items():
            joined = (kind.source or "").startswith("@")
            if joined or name == "gate" or name in pack.aggregates or name in pack.derived:
                continue
            source = name if kind.source is None else kind.source
            for field_name, about in kind.fields.items():
                if field_name in kind.keys or about.type == "ref":
                    continue
                own = field_name if about.source is None else about.source
                words = words_of(about)
                if name == "complaint":
                    if not about.always:
                        self.complaint.append(Source((name, None, field_name), own, words))
                elif name in listed:
                    self.session.append(Source((name, None, field_name), own, words))
                elif kind.cardinality == "one":
                    path = f"{source}.{own}" if source else own
                    self.runner.append(Source((name, None, field_name), path, words))
                else:
                    ((_, values),) = kind.keys.items()
                    in_list = isinstance(getattr(Runner(), source), tuple)
                    for key in values:
                        path = ".".join(part for part in (source, key, own) if part)
                        place = (name, key, field_name)
                        self.runner.append(Source(place, source, words, key) if in_list else Source(place, path, words))
        self.injuries = tuple(pack.catalogue.injuries)
        self.regions = tuple(pack.catalogue.words["regions"])
        self.exercises = tuple(pack.catalogue.exercises)

    @property
    def asked(self) -> tuple[Any, ...]:
        """What tells the columns of two packs apart: where values stand, and the words by their numbers."""
        places = (tuple(self.runner), tuple(self.complaint), tuple(self.session))
        return (*places, self.injuries, self.regions, self.exercises)


@dataclass
class Columns:
    """Many runners, column by column.

    Attributes:
        sources: The columns that the pack asks for.
        count: How many runners.
        runner: The columns of the runners themselves, by where the value stands.
        pregnant: Whether each says that she is pregnant.
        complaint: The columns of the complaints, by field; those of one runner stand together, runners in order.
        complaint_of: Whose each complaint is.
        injury: Its injury by number, -1 where none is named.
        region: Its region by number, -1 where none is told.
        side: Its side by number (``SIDES``), -1 where none is told.
        session: The columns of the logged sessions, by kind and field; in the order of the runners.
        session_of: Whose each session is.
        days_ago: How many days ago it was.
        done: Which exercises it names, as a mask in words of 64 bits.
        hurt: Which regions hurt in it, likewise.
    """

    sources: Sources
    count: int
    runner: dict[Place, Array]
    pregnant: Array
    complaint: dict[str, Array]
    complaint_of: Array
    injury: Array
    region: Array
    side: Array
    session: dict[tuple[str, str], Array]
    session_of: Array
    days_ago: Array
    done: Array
    hurt: Array

    @classmethod
    def of(cls, sources: Sources, runners: Iterable[Runner]) -> Columns:
        """The columns of runners that are at hand one by one.

        Args:
            sources: The columns that the pack asks for.
            runners: The runners, checked against the words of the pack's graph.
        """
        people = [counted(one, [], sources.pack.messages) for one in runners]
        complaints = [(number, one) for number, told in enumerate(people) for one in told.complaints]
        sessions = [(number, one) for number, told in enumerate(people) for one in told.recent_sessions]
        hurting = [one for _, one in complaints]
        logged = [one for _, one in sessions]
        exercise = {name: number for number, name in enumerate(sources.exercises)}
        place = {name: number for number, name in enumerate(sources.regions)}
        injury = {name: number for number, name in enumerate(sources.injuries)}
        return cls(
            sources=sources,
            count=len(people),
            runner={one.place: _column(one, people) for one in sources.runner},
            pregnant=np.array([one.medical.pregnant is True for one in people], bool),
            complaint={one.place[2]: _column(one, hurting) for one in sources.complaint},
            complaint_of=np.array([number for number, _ in complaints], np.int64),
            injury=np.array([-1 if one.injury is None else injury[one.injury] for one in hurting], np.int16),
            region=np.array([-1 if one.region is None else place[one.region] for one in hurting], np.int16),
            side=np.array([-1 if one.side is None else SIDES.index(one.side) for one in hurting], np.int8),
            session={(one.place[0], one.place[2]): _column(one, logged) for one in sources.session},
            session_of=np.array([number for number, _ in sessions], np.int64),
            days_ago=np.array([one.days_ago or 0 for one in logged], np.int64),
            done=_masks((one.exercises for one in logged), exercise, len(logged)),
            hurt=_masks((one.pain_where for one in logged), place, len(logged)),
        )

    @classmethod
    def joined(cls, parts: Sequence[Columns]) -> Columns:
        """The runners of several columns, one after another.

        Args:
            parts: At least one.
        """
        if len(parts) == 1:
            return parts[0]
        before = np.cumsum([0, *(one.count for one in parts)])
        joined: dict[str, Any] = {"sources": parts[0].sources, "count": int(before[-1])}
        for name, first in vars(parts[0]).items():
            told = [getattr(one, name) for one in parts]
            if isinstance(first, dict):
                joined[name] = {place: np.concatenate([one[place] for one in told]) for place in first}
            elif name.endswith("_of"):
                joined[name] = np.concatenate([one + start for one, start in zip(told, before, strict=False)])
            elif name not in joined:
                joined[name] = np.concatenate(told)
        return cls(**joined)

    def told(self, number: int) -> dict[str, Any]:
        """What one of them tells, as it would stand in a runner file.

        Args:
            number: Which runner, from 0.
        """
        data: dict[str, Any] = {}
        blank = Runner()
        for one in self.sources.runner:
            value = one.word(self.runner[one.place][number])
            if one.listed is not None:
                if value is True:
                    data.setdefault(one.path, []).append(one.listed)
            elif value is not None and value != attrgetter(one.path)(blank):
                _put(data, one.path, value)
        if self.pregnant[number]:
            _put(data, "medical.pregnant", True)
        complaints = [self._complaint(int(row)) for row in np.flatnonzero(self.complaint_of == number)]
        sessions = [self._session(int(row)) for row in np.flatnonzero(self.session_of == number)]
        return (
            data
            | ({"complaints": complaints} if complaints else {})
            | ({"recent_sessions": sessions} if sessions else {})
        )

    def _complaint(self, row: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for name, told, words in (
            ("injury", self.injury, self.sources.injuries),
            ("region", self.region, self.sources.regions),
            ("side", self.side, SIDES),
        ):
            if told[row] >= 0:
                data[name] = words[told[row]]
        for one in self.sources.complaint:
            if (value := one.word(self.complaint[one.place[2]][row])) is not None:
                _put(data, one.path, value)
        return data

    def _session(self, row: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for one in self.sources.session:
            if (value := one.word(self.session[one.place[0], one.place[2]][row])) is not None:
                _put(data, one.path, value)
        for name, told, words in (
            ("exercises", self.done, self.sources.exercises),
            ("pain_where", self.hurt, self.sources.regions),
        ):
            if named := [word for place, word in enumerate(words) if int(told[row, place >> 6]) >> (place & 63) & 1]:
                data[name] = named
        return data | {"days_ago": int(self.days_ago[row])}


def _put(data: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = path.split(".")
    for part in parts:
        data = data.setdefault(part, {})
    data[last] = value


def mask_words(mask: int, wide: int) -> list[int]:
    """A mask in so many words of 64 bits, the lowest first."""
    return [mask >> 64 * place & (1 << 64) - 1 for place in range(wide)]


def _masks(told: Iterable[Iterable[str]], number: Mapping[str, int], count: int) -> Array:
    """For each of some lists of words the words in it, as a mask."""
    wide = -(-len(number) // 64)
    made = np.zeros((count, wide), np.uint64)
    for row, words in enumerate(told):
        mask = 0
        for word in words:
            mask |= 1 << number[word]
        if mask:
            made[row] = mask_words(mask, wide)
    return made


def _column(source: Source, told: Sequence[Any]) -> Array:
    return np.fromiter(map(source.reader(), told), np.float64, len(told)).astype(source.dtype)
