"""What is decided of many runners at once, without planning a week: rows in, decisions out, by way of columns.

A row that ``prehab.columns`` finds right is read in columns. Any other is read by itself, as those of every other kind
are, and stands beside them then, or is set aside with its faults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from prehab.batch.rows import TABLE_OF, Outcome, Rows, as_json
from prehab.columns import Columns, Decided, decide_columns
from prehab.columns.arrow import columns_of_arrow
from prehab.columns.decided import MODES, in_order, referred_anywhere, referred_there
from prehab.columns.json_lines import LineReader, Read, as_structs
from prehab.columns.told import Array
from prehab.decide import STATUSES, URGENCIES
from prehab.runner import Runner

import numpy as np  # isort: skip - `prehab.columns` says how to install it

if TYPE_CHECKING:
    import pyarrow as pa

    from prehab.columns.plan import Plan

__all__ = ["Decisions"]

MOST_KEPT = 1 << 14
"""How many different lists of exercises are kept as they are written, some tens of megabytes."""

_DATA_KEPT = 1 << 10


class Decisions:
    """Decides about rows.

    Args:
        rows: What is asked.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.plan = rows.engine._parts.columns
        self._reader = LineReader(self.plan.sources, rows.id_field, rows.on)
        self._as_text, self._as_data = _Telling(self.plan, text=True), _Telling(self.plan, text=False)

    def of_lines(self, first: int, lines: Sequence[bytes], *, text: bool) -> list[Outcome]:
        """What comes of lines of JSON.

        Args:
            first: The number of the first.
            lines: Without their ends; of empty ones nothing comes.
            text: Whether what is told is to be JSON text, and not data.
        """
        numbers = [place for place, line in enumerate(lines) if line]
        told = [lines[place] for place in numbers]
        return self._outcomes(
            [first + place for place in numbers],
            self._reader.read(told),
            lambda place: self._rows.of_line(first + numbers[place], told[place]),
            text,
        )

    def of_batch(self, first: int, batch: pa.RecordBatch, *, text: bool) -> list[Outcome]:
        """The same of the rows of a table; ``first`` is the number of the first."""
        from prehab.batch.tables import records

        numbers = list(range(first, first + batch.num_rows))
        keys, record = records(self._rows, batch, first)
        return self._outcomes(
            numbers,
            self._tables(batch, keys),
            lambda place: self._rows.of_record(numbers[place], keys[place], record(place)),
            text,
        )

    def _tables(self, batch: pa.RecordBatch, keys: Sequence[Any]) -> Iterator[Read]:
        """The runners of a table that are found right."""
        import pyarrow as pa

        named = np.array([type(key) in (int, str) for key in keys], bool)
        if TABLE_OF in batch.schema.names:
            told = batch.column(TABLE_OF)
            if pa.types.is_dictionary(told.type):
                told = told.cast(told.type.value_type)
            if not pa.types.is_struct(told.type):
                texts = [one.encode() if isinstance(one, str) else one or b"" for one in told.to_pylist()]
                for part in LineReader(self.plan.sources, None, self._rows.on).read(texts):
                    kept = np.flatnonzero(named[part.rows])
                    if len(kept) == len(part.rows):
                        yield replace(part, keys=[keys[row] for row in part.rows.tolist()])
                return
            array, right = told, named & told.is_valid().to_numpy(zero_copy_only=False)
        else:
            names = [name for name in batch.schema.names if name != self._rows.id_field]
            array, right = as_structs(pa.Table.from_batches([batch]).select(names), batch.num_rows), named
        rows = np.flatnonzero(right)
        if len(rows) < len(array):
            array = array.take(pa.array(rows))
        columns, found = columns_of_arrow(self.plan.sources, array, on=self._rows.on)
        rows = rows[found]
        yield Read(columns, rows, [keys[row] for row in rows.tolist()])

    def _outcomes(
        self, numbers: list[int], read: Iterable[Read], alone: Callable[[int], Outcome], text: bool
    ) -> list[Outcome]:
        """What comes of rows: those that were read, and those that are left, each of which is read alone."""
        parts = list(read)
        places = [row for part in parts for row in part.rows.tolist()]
        names = [key for part in parts for key in part.keys or [numbers[row] for row in part.rows.tolist()]]
        columns = [part.columns for part in parts]
        found: list[Any] = [None] * len(numbers)
        people: list[Runner] = []
        left = np.ones(len(numbers), bool)
        left[places] = False
        for place in np.flatnonzero(left).tolist():
            one = found[place] = alone(place)
            if isinstance(one.told, Runner):
                people.append(one.told)
                places.append(place)
                names.append(one.key)
        if people:
            columns.append(Columns.of(self.plan.sources, people))
        if columns:
            telling = self._as_text if text else self._as_data
            decided = decide_columns(self.plan, Columns.joined(columns))
            for place, name, told in zip(places, names, telling.told(decided), strict=True):
                found[place] = Outcome(numbers[place], name, told)
        return found


class _Telling:
    """Tells what is decided, as data or as JSON text; what is told of many is made once."""

    def __init__(self, plan: Plan, *, text: bool) -> None:
        self._plan = plan
        self._exercises: dict[bytes, Any] = {}
        self._referrals: dict[Any, Any] = {}
        self._most = MOST_KEPT if text else _DATA_KEPT
        self._text = text
        self._made: Callable[[Any], Any] = as_json if text else lambda data: data
        self._head = cache(self._headed)
        self._stage = cache(self._staged)
        some = lru_cache(maxsize=self._most)
        self._anywhere = some(lambda mask: referred_anywhere(plan, int.from_bytes(mask, "little")))
        self._there = some(lambda injury, mask: referred_there(plan, injury, int.from_bytes(mask, "little")))
        self._referral = cache(self._one_referral)
        self._phases = list(plan.pack.catalogue.words["phases"])
        self._stages = list(plan.pack.catalogue.words["stages"])
        ids = [as_json(one) for one in plan.sources.exercises] if text else []
        self._bytes = [
            [",".join(some[bit] for bit in range(len(some)) if byte >> bit & 1) for byte in range(1 << len(some))]
            for at in range(0, len(ids), 8)
            for some in (ids[at : at + 8],)
        ]

    def _one_referral(self, one: tuple[Any, ...]) -> Any:
        return self._made(dict(zip(("urgency", "region", "rule"), one, strict=True)))

    def told(self, decided: Decided) -> list[Any]:
        """What is told of each runner."""
        stopped = decided.status == STATUSES.index("stop")
        exercises = _masks(np.where(stopped[:, None], np.uint64(0), decided.allowed))
        referred = _masks(decided.referred)
        heads = zip(*(getattr(decided, name).tolist() for name in _HEAD), strict=True)
        begins = np.searchsorted(decided.fact_of, np.arange(len(decided) + 1)).tolist()
        first = decided.fact_told[decided.fact_of.searchsorted(decided.fact_of)] if len(decided.fact_of) else 0
        facts = ((decided.fact_told - first).tolist(), decided.injury.tolist(), decided.stage.tolist())
        stages = list(map(self._stage, *facts))
        there = list(zip(facts[1], _masks(decided.referred_there), strict=True))
        quiet, stops = (decided.urgency < 0).tolist(), stopped.tolist()
        nobody = self._made([])
        found = []
        for number, head in enumerate(heads):
            begin, end = begins[number], begins[number + 1]
            allowed = self._listed(exercises[number])
            told = stages[begin:end] if begin < end and not stops[number] else ()
            if quiet[number]:
                referrals = nobody
            else:
                key = referred[number], tuple(there[begin:end])
                referrals = self._referrals.get(key)
                if referrals is None:
                    referrals = self._keep(self._referrals, key, self._referred(*key))
            if self._text:
                one: Any = f'{self._head(*head)}"stages":[{",".join(told)}],"referrals":{referrals},"allowed":{allowed}'
            else:
                one = {**self._head(*head), "stages": list(told), "referrals": referrals, "allowed": allowed}
            found.append(one)
        return found

    def _keep(self, kept: dict[Any, Any], key: Any, made: Any) -> Any:
        """Keep what was made; once there is much of it, that is forgotten."""
        if len(kept) >= self._most:
            kept.clear()
        kept[key] = made
        return made

    def _headed(self, status: int, urgency: int, running: int, phase: int) -> Any:
        data = {
            "what": "decisions",
            "status": STATUSES[status],
            "urgency": None if urgency < 0 else URGENCIES[urgency],
            "running": None if running < 0 else MODES[running],
            "phase": self._phases[phase],
        }
        return f"{as_json(data)[1:-1]}," if self._text else data

    def _staged(self, complaint: int, injury: int, stage: int) -> Any:
        about = self._plan.injuries[injury]
        return self._made({"complaint": complaint, "injury": about.id, "stage": self._stages[stage]})

    def _listed(self, mask: bytes) -> Any:
        """The exercises of a mask."""
        found = self._exercises.get(mask)
        if found is None:
            if self._text:
                parts = [texts[byte] for texts, byte in zip(self._bytes, mask, strict=False) if byte]
                found = self._keep(self._exercises, mask, f"[{','.join(parts)}]")
            else:
                ids = list(self._plan.pack.ids(int.from_bytes(mask, "little")))
                found = self._keep(self._exercises, mask, ids)
        return found

    def _referred(self, anywhere: bytes, there: Iterable[tuple[int, bytes]]) -> Any:
        """Who should have what looked at."""
        found = list(self._anywhere(anywhere))
        for injury, mask in there:
            found += self._there(injury, mask)
        told = list(map(self._referral, in_order(self._plan, found)))
        return f"[{','.join(told)}]" if self._text else told


def _masks(words: Array) -> list[bytes]:
    """The words of each row as bytes, the lowest first."""
    wide = words.shape[1] * 8
    told = words.astype("<u8").tobytes()
    return [told[at : at + wide] for at in range(0, len(told), wide)] if wide else [b""] * len(words)


_HEAD = ("status", "urgency", "running", "phase")
