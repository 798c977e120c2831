"""What a plan leaves out: the mirror of every limit. It is only told where the judge has found how to give more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from prehab.decide import Concluded
from prehab.graph.index import bits_of, union
from prehab.judge.bounds import AMOUNTS, Asked
from prehab.judge.days import WEEK_H, most_sessions
from prehab.judge.exercises import spoken
from prehab.judge.seen import WEEKDAYS, Item, Path, Raw, Remedy, Seen, Step, hours_until
from prehab.rules.messages import capital

__all__ = ["on_delivery"]

MOST_TRIED = 3
"""So many exercises are tried for one thing that is missing in one session."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something that the week should hold, in its order of importance; ``main`` in each session."""

    name: str
    order: float
    mask: int
    sets: int
    main: bool
    by: Concluded


def on_delivery(seen: Seen) -> Iterator[Raw]:
    """Everything that may be too little, treatment first."""
    if seen.bounds.decisions.status == "stop":
        return
    wanted = _wanted(seen)
    yield from _treatment(seen)
    yield from _sessions(seen, wanted)
    for number in range(len(seen.by_session)):
        yield from _session(seen, number, wanted)
    for item in seen.items:
        yield from _item(seen, item, wanted)
    yield from _places(seen, wanted)


def _wanted(seen: Seen) -> list[Wanted]:
    """What rules ask for, by name, as far as it can be had."""
    bounds = seen.bounds
    found: dict[str, Wanted] = {}
    numbers = bounds.numbers
    for one in bounds.decisions.of("require"):
        data = one.effect.data
        if "{" in data["name"]:
            continue  # what serves a complaint: that is for its programme
        order = float(numbers[data["order"]])
        sets = int(numbers[data.get("sets", "session.accessory_sets")])
        new = Wanted(data["name"], order, one.mask, sets, bool(data.get("each_session")), one)
        old = found.get(new.name)
        if old is not None:
            first = min((old, new), key=attrgetter("order"))
            new = Wanted(new.name, first.order, old.mask | new.mask, max(old.sets, new.sets), old.main or new.main,
                         first.by)  # fmt: skip
        found[new.name] = new
    able = [one for one in found.values() if one.mask & bounds.may_fill]
    return sorted(able, key=attrgetter("order", "name"))


# -- treatment --------------------------------------------------------------------------------------------------------


def _treatment(seen: Seen) -> Iterator[Raw]:
    """What the programmes of all complaints ask for and do not get."""
    bounds = seen.bounds
    for asked in _asked(seen):
        serving = _serving(seen, asked)
        because = f"{asked.injury.name}: {asked.injury.stages[bounds.decisions.stages[asked.key]].goal}"
        if serving:
            yield from _amount(seen, asked, serving, because)
        else:
            says = seen.say("judge.untreated", what=asked.work.what)
            yield Raw("untreated", (), says, because, remedies=partial(_treat, seen, asked))


def _asked(seen: Seen) -> Iterator[Asked]:
    """What the programmes ask for and can be had, first things first, as many exercises as a week may hold of it.

    The first thing of each complaint is always asked for.
    """
    most = seen.bounds.numbers["treatment.most_exercises"]
    asked_for = [(asked, _serving(seen, asked)) for asked in seen.bounds.asked]
    enough = {
        item.bit: _days(seen, item.bit)
        for asked, items in asked_for
        for item in items
        if _is_enough(seen, item, _due(seen, asked, items))
    }
    if len(enough) >= most:  # as many as a week may hold are served: of the rest, the first thing of each complaint
        yield from (asked for asked, _ in asked_for if not asked.rank and asked.mask & seen.bounds.decisions.available)
        return
    different, counted = 0, 0
    for asked, items in asked_for:
        if not asked.mask & seen.bounds.decisions.available:
            continue
        if not seen.mask(items) & counted:
            if different >= most and asked.rank:
                continue
            different += 1
            counted |= items[0].mask if items else 0
        yield asked


def _serving(seen: Seen, asked: Asked) -> list[Item]:
    """What is done for a complaint: what is done most often is there for it, the rest perhaps by chance."""
    found = [item for item in seen.items if item.mask & asked.mask & seen.bounds.decisions.available]
    return sorted(found, key=lambda item: -_days(seen, item.bit))


def _is_enough(seen: Seen, item: Item, due: tuple[int, int]) -> bool:
    """Whether an exercise alone is what is due for a complaint: on so many days, with so many sets."""
    sets = [one.planned.sets or 0 for one in seen.items if one.bit == item.bit]
    return _days(seen, item.bit) >= due[0] and min(sets) >= due[1]


def _is_served(seen: Seen, asked: Asked) -> bool:
    """Whether some exercise alone is what is due for a complaint."""
    serving = _serving(seen, asked)
    return bool(serving) and any(_is_enough(seen, item, _due(seen, asked, serving)) for item in serving)


def _days(seen: Seen, bit: int | None) -> int:
    """On how many days a week an exercise is done at least."""
    return sum(item.often[0] for item in seen.items if item.bit == bit)


def _due(seen: Seen, asked: Asked, serving: list[Item]) -> tuple[int, int]:
    """The days a week and the sets a bout that are due of what serves a complaint: the fewest that would do."""
    bits = sorted({item.bit for item in serving if item.bit is not None})
    return min((_due_of(seen, asked, bit) for bit in bits), key=lambda due: due[0] * due[1])


def _due_of(seen: Seen, asked: Asked, bit: int) -> tuple[int, int]:
    """The days a week and the sets a bout that are due of an exercise for a complaint, as far as it may be given."""
    dosage = seen.bounds.dosage(bit)
    assert dosage is not None
    ceiling = seen.bounds.decisions.runner_bounds.get("daily_blocks")
    most = len(WEEKDAYS) if ceiling is None else int(ceiling.value)
    hours = dosage.hours("spacing_h")
    apart = int(WEEK_H // hours) if hours else most
    days = min(asked.work.days_per_week[0], dosage.days, most, apart, len(_clear_days(seen, bit)))
    sets = dosage.spans["sets"]
    return days, int(max(sets.least, min(asked.work.sets[0], sets.most)))


def _amount(seen: Seen, asked: Asked, serving: list[Item], because: str) -> Iterator[Raw]:
    """Too few days or too few sets for a complaint."""
    days, sets = _due(seen, asked, serving)
    first = serving[0]
    on = sum(item.often[0] for item in serving)
    tries = partial(_more, seen, asked, serving)
    if on < days:
        says = seen.say("judge.too_seldom", name=seen.name(first), on=on, days=days)
        yield Raw("too-seldom", first.path, says, because, short=days - on, remedies=tries)
    due = days * sets * asked.work.times_per_day
    got = sum((item.planned.sets or 0) * item.often[0] * item.times for item in serving)
    if got < due:
        says = seen.say("judge.too_few_sets", what=capital(asked.work.what), got=got, due=due)
        yield Raw("too-few-sets", first.path, says, because, short=due - got, remedies=tries)


def _treat(seen: Seen, asked: Asked) -> Iterator[Remedy]:
    """The exercise on days of its own, or in as many sessions as it is due in."""
    count = len(seen.by_session)
    for bit in _steps(seen, asked):
        days, _ = _due_of(seen, asked, bit)
        fields = seen.bounds.begun(bit)
        name = seen.bounds.exercises[bit].name
        if not count or days > max(count, _sessions_due(seen)):
            yield from _beside(seen, asked, bit, fields, days)
        else:
            added = [
                remedy
                for number in range(count)
                for remedy in _put(
                    seen, number, fields, seen.say("judge.add_first", name=name, number=number + 1), first=True
                )
            ]
            for often in range(min(days, len(added)), 0, -1):
                together = added[:often]
                steps = tuple(step for remedy in together for step in remedy.steps)
                yield Remedy(" ".join(remedy.says for remedy in together), steps)


def _steps(seen: Seen, asked: Asked) -> Iterator[int]:
    """The exercises of a programme that may be done, from the easiest step on."""
    able = asked.mask & seen.bounds.decisions.available
    ids = {key: bit for bit, key in enumerate(seen.bounds.catalogue.ids)}
    for step in asked.work.steps:
        yield from (ids[key] for key in step if able >> ids[key] & 1 and seen.bounds.dosage(ids[key]) is not None)


def _beside(seen: Seen, asked: Asked, bit: int, fields: dict[str, Any], days: int) -> Iterator[Remedy]:
    """On other days: as many as are due, or as many of them as there is room for."""
    name, at = seen.bounds.exercises[bit].name, ("other_days", len(seen.others))
    if asked.work.times_per_day > 1:
        fields = fields | {"times_per_day": asked.work.times_per_day}
    taken = {day for item in seen.items if item.bit == bit for day in item.days}
    clear = [day for day in _clear_days(seen, bit) if day not in taken]
    for often in range(min(days, len(clear)), 0, -1):
        on: dict[str, Any] = {"days_per_week": [often, often]}
        if len(clear) < len(WEEKDAYS):
            on["days"] = _spread(clear, often)
        says = seen.say("judge.add_days", name=name, often=often)
        yield Remedy(says, (("add", at, fields | on),))


def _clear_days(seen: Seen, bit: int) -> list[str]:
    """The days on which no key run is too near for an exercise, but for the day of a race and the day after it."""
    dosage, keys, raced = seen.bounds.dosage(bit), seen.key_days(), seen.raced()
    hours = dosage.hours("hours_before_key_run") if dosage else 0.0
    return [day for day in WEEKDAYS if day not in raced and all(hours_until(day, key) >= hours for key in keys)]


def _spread(days: list[str], often: int) -> list[str]:
    """So many of some days, evenly."""
    return [days[place * len(days) // often] for place in range(often)]


def _more(seen: Seen, asked: Asked, serving: list[Item]) -> Iterator[Remedy]:
    """More sets, more days, or the same in a session more."""
    for item in serving:
        assert item.bit is not None
        dosage, name = seen.bounds.dosage(item.bit), seen.name(item)
        assert dosage is not None
        days, sets = _due_of(seen, asked, item.bit)
        sets = min(sets, int(dosage.spans["sets"].now))
        if (item.planned.sets or 0) < sets:
            says = seen.say("judge.more_sets", sets=sets, name=name)
            yield from _with_room(seen, item, says, (("add", (*item.path, "sets"), sets),))
        if item.times < asked.work.times_per_day:
            times = min(asked.work.times_per_day, dosage.times_per_day)
            yield Remedy(seen.say("judge.times_a_day", times=times), (("add", (*item.path, "times_per_day"), times),))
        if item.session is None and item.often[0] < days:
            clear = [*item.days, *(day for day in _clear_days(seen, item.bit) if day not in item.days)]
            for often in range(min(days, len(clear)), item.often[0], -1):
                steps: list[Step] = [("add", (*item.path, "days_per_week"), [often, max(often, item.often[1])])]
                if item.days:
                    steps.append(("add", (*item.path, "days"), sorted(clear[:often], key=WEEKDAYS.index)))
                yield Remedy(seen.say("judge.days_a_week", count=often), tuple(steps))
    bits = [item.bit for item in serving if item.bit is not None]
    count = len(seen.by_session)
    for bit in dict.fromkeys(bits):
        fields, name = seen.bounds.begun(bit), seen.bounds.exercises[bit].name
        if asked.work.days_per_week[0] > max(count, _sessions_due(seen)):
            yield from _beside(seen, asked, bit, fields, asked.work.days_per_week[0])
        for number, items in enumerate(seen.by_session):
            if not seen.mask(items) >> bit & 1:
                yield from _put(
                    seen, number, fields, seen.say("judge.add_first", name=name, number=number + 1), first=True
                )


# -- room -------------------------------------------------------------------------------------------------------------


def _with_room(seen: Seen, item: Item, says: str, steps: tuple[Step, ...]) -> Iterator[Remedy]:
    """A change to an exercise; where it takes more time than there is, something else is left out for it."""
    yield Remedy(says, steps)
    if item.session is not None:
        for out in seen.spare(item.session):
            if out.path != item.path and not seen.treats(out):
                more = seen.say("judge.and_leave_out", says=says, names=seen.name(out))
                yield Remedy(more, (*steps, out.drop()))


def _put(seen: Seen, number: int, fields: dict[str, Any], says: str, *, first: bool = False) -> Iterator[Remedy]:
    """An exercise added to a session where there is room; what treats takes the place of what does not."""
    items = seen.by_session[number]
    at = ("sessions", number, "exercises", 0 if first else len(items))
    bit = seen.names.bit(fields["exercise"])
    minutes = seen.minutes_of(fields, bit)
    left = seen.left(seen.plan.sessions[number].day)
    most = seen.most_exercises(left)
    out: list[Item] = []
    spare = [item for item in seen.spare(number) if not seen.treats(item)] if first else []
    while len(items) - len(out) >= most or seen.length(number) - sum(i.minutes for i in out) + minutes > left:
        if not spare:
            return
        out.append(spare.pop(0))
    drops = [item.drop() for item in sorted(out, key=attrgetter("path"), reverse=True)]
    if out:
        says = seen.say("judge.and_leave_out", says=says, names=", ".join(seen.name(item) for item in out))
    yield Remedy(says, (*drops, ("add", at, fields)))


# -- sessions ---------------------------------------------------------------------------------------------------------


def _sessions_due(seen: Seen) -> int:
    """How many sessions there is time for; those that are usual where the runner does not say."""
    bounds = seen.bounds
    told, usual = bounds.runner.strength.sessions_per_week, bounds.decisions.runner_bounds.get("usual_sessions")
    most = min(most_sessions(seen)[0], len(seen.free_days()))
    return min(most, told if told is not None else most if usual is None else int(usual.value))


def _sessions(seen: Seen, wanted: list[Wanted]) -> Iterator[Raw]:
    """Fewer sessions than there is time for, while another one could hold something."""
    due = _sessions_due(seen)
    count = len(seen.by_session)
    if count < due and next(_one_more(seen, wanted), None) is not None:
        says = seen.say("judge.fewer_sessions", count=count, due=due)
        yield Raw("fewer-sessions", (), says, seen.say("judge.fewer_because"), short=due - count,
                  remedies=partial(_one_more, seen, wanted))  # fmt: skip


def _one_more(seen: Seen, wanted: list[Wanted]) -> Iterator[Remedy]:
    """Another session with what matters most, on each day that is free."""
    taken = {session.day for session in seen.plan.sessions}
    free = [day for day in seen.free_days() if day not in taken]
    named = bool(seen.key_days()) or bool(seen.bounds.runner.strength.days)
    for day in free if named else [None]:
        exercises = list(_filled(seen, wanted, day))
        if exercises:
            made: dict[str, Any] = {"exercises": exercises} | ({"day": day} if day else {})
            yield Remedy(seen.say("judge.add_session"), (("add", ("sessions", len(seen.by_session)), made),))


def _filled(seen: Seen, wanted: list[Wanted], day: str | None) -> Iterator[dict[str, Any]]:
    """The exercises of a new session, as time allows: what treats, what every session holds, then the rest."""
    bounds = seen.bounds
    left = seen.left(None) - seen.usual_warm_up()
    most, used = seen.most_exercises(seen.left(None)), 0
    treating = [asked.mask & seen.mask() for asked in bounds.asked if not _is_served(seen, asked)]
    done = seen.mask(seen.others)
    lacking = [one for one in wanted if not one.mask & done and _sets(seen, one.mask) < one.sets]
    for mask in [*treating, *(one.mask for one in sorted(lacking, key=lambda one: not one.main))]:
        if used.bit_count() >= most:
            return
        for bit in _fitting(seen, mask & ~used, day)[:MOST_TRIED]:
            fields = bounds.begun(bit)
            minutes = seen.minutes_of(fields, bit)
            if minutes <= left:
                left -= minutes
                used |= 1 << bit
                yield fields
                break


def _fitting(seen: Seen, mask: int, day: str | None) -> list[int]:
    """What may be done of some exercises on a day, those that stand in the week first, then the quickest."""
    bounds, there = seen.bounds, seen.mask()
    keys = seen.key_days()

    def may(bit: int) -> bool:
        dosage = bounds.dosage(bit)
        if dosage is None or dosage.hours("spacing_h"):
            return False
        programme = max((one.work.days_per_week[1] for one in bounds.treating(bit)), default=dosage.days)
        if seen.days_of(bit) >= min(dosage.days, programme):
            return False
        hours = dosage.hours("hours_before_key_run")
        if not (hours and keys):
            return True
        return day is not None and all(hours_until(day, key) >= hours for key in keys)

    able = [bit for bit in bits_of(mask & bounds.may_fill & ~seen.mask(seen.others)) if may(bit)]
    return sorted(able, key=lambda bit: (not there >> bit & 1, seen.minutes_of(bounds.begun(bit), bit), bit))


# -- each session -----------------------------------------------------------------------------------------------------


def _session(seen: Seen, number: int, wanted: list[Wanted]) -> Iterator[Raw]:
    """What one session lacks."""
    items, at = seen.by_session[number], ("sessions", number)
    if not items:
        yield Raw("empty-session", at, seen.say("judge.empty"), seen.say("judge.empty_because"),
                  remedies=partial(_nothing, seen, number))  # fmt: skip
        return
    yield from _order(seen, number)
    yield from _main_lift(seen, number, wanted)
    few = seen.most_exercises(seen.left(seen.plan.sessions[number].day)) // 2
    if len(items) < few:
        says = seen.say("judge.few_exercises", count=len(items), minutes=seen.usual_minutes)
        yield Raw("too-few-exercises", at, says, seen.say("judge.few_because"),
                  short=few - len(items), remedies=partial(_fuller, seen, number, wanted))  # fmt: skip
    said, least = seen.plan.sessions[number].warm_up_min, seen.bounds.numbers["session.short_warm_up_min"]
    if said is not None and said < least:
        says = seen.say("judge.short_warm_up", said=said, least=least)
        fix = Remedy(seen.say("judge.warm_up", minutes=least), (("add", (*at, "warm_up_min"), least),))
        yield Raw("no-warm-up", (*at, "warm_up_min"), says, seen.say("judge.warm_up_because"),
                  remedies=partial(tuple, (fix,)))  # fmt: skip


def _nothing(seen: Seen, number: int) -> Iterator[Remedy]:
    yield Remedy(seen.say("judge.leave_out_session"), (("remove", ("sessions", number), None),))


def _order(seen: Seen, number: int) -> Iterator[Raw]:
    """What treats, and is not done on other days, comes first."""
    items = seen.by_session[number]
    first = next((item for item in items if _is_due(seen, item, number)), None)
    if first is not None and not seen.treats(items[0]):
        says = seen.say("judge.not_first", name=seen.name(first), before=seen.name(items[0]))
        steps = (("move", items[0].path, first.path),)
        yield Raw("treatment-not-first", first.path, says, seen.say("judge.not_first_because"),
                  remedies=partial(tuple, (Remedy(seen.say("judge.do_first"), steps),)))  # fmt: skip


def _is_due(seen: Seen, item: Item, number: int) -> bool:
    """Whether an exercise is there for what hurts: done no more often than is due, or other days do too little."""
    for asked in _asked(seen):
        if item.mask & asked.mask & seen.bounds.decisions.available:
            serving = _serving(seen, asked)
            due = _due(seen, asked, serving)
            if any(one.bit != item.bit and _is_enough(seen, one, due) and _is_first(seen, one) for one in serving):
                continue  # that is what treats, and this one is there for something else
            meant = serving[0].bit == item.bit and _days(seen, item.bit) <= asked.work.days_per_week[1]
            others = sum(one.often[0] for one in serving if one.session != number)
            if meant or others < due[0]:
                return True
    return False


def _is_first(seen: Seen, item: Item) -> bool:
    """Whether nothing that does not treat stands before an exercise in any session."""
    return all(
        seen.treats(before)
        for items in seen.by_session
        for place, one in enumerate(items)
        if one.bit == item.bit
        for before in items[:place]
    )


def _sets(seen: Seen, mask: int) -> int:
    """The sets a week of some exercises in sessions."""
    return sum(item.planned.sets or 0 for items in seen.by_session for item in items if item.mask & mask)


def _main_lift(seen: Seen, number: int, wanted: list[Wanted]) -> Iterator[Raw]:
    """A session without any of what each session should hold, while the week still lacks sets of it."""
    there = seen.mask(seen.by_session[number]) | seen.mask(seen.others)
    main = [one for one in wanted if one.main]
    lacking = [one for one in main if _sets(seen, one.mask) < one.sets]
    if not lacking or any(one.mask & there for one in main):
        return
    why = seen.bounds.reason(lacking[0].by)
    says = seen.say(
        "judge.no_main_lift", names=seen.say("judge.and_no").join(seen.say.word(one.name) for one in lacking)
    )
    yield Raw("no-main-lift", ("sessions", number), says, why.because, why.rule,
              remedies=partial(_added, seen, number, lacking))  # fmt: skip


def _added(seen: Seen, number: int, wanted: Iterable[Wanted]) -> Iterator[Remedy]:
    """An exercise for one of the places, where the session has room for it."""
    there = seen.mask(seen.by_session[number]) | seen.mask(seen.others)
    day = seen.plan.sessions[number].day
    for one in wanted:
        for bit in _fitting(seen, one.mask & ~there, day)[:MOST_TRIED]:
            name = seen.bounds.exercises[bit].name
            yield from _put(
                seen, number, seen.bounds.begun(bit), seen.say("judge.add_to", name=name, number=number + 1)
            )


def _fuller(seen: Seen, number: int, wanted: list[Wanted]) -> Iterator[Remedy]:
    there = seen.mask(seen.by_session[number]) | seen.mask(seen.others)
    lacking = [one for one in wanted if not one.mask & there and _sets(seen, one.mask) < one.sets]
    yield from _added(seen, number, lacking)


def _places(seen: Seen, wanted: list[Wanted]) -> Iterator[Raw]:
    """What the whole week holds nothing for."""
    if not seen.by_session:
        return
    there = seen.mask()
    for one in wanted:
        if not one.mask & there:
            why = seen.bounds.reason(one.by)
            says = seen.say("judge.place_missing", name=seen.say.word(one.name))
            yield Raw("place-missing", (), says, why.because, why.rule, remedies=partial(_anywhere, seen, one))


def _anywhere(seen: Seen, one: Wanted) -> Iterator[Remedy]:
    for number in range(len(seen.by_session)):
        yield from _added(seen, number, (one,))


# -- each exercise ----------------------------------------------------------------------------------------------------


def _item(seen: Seen, item: Item, wanted: list[Wanted]) -> Iterator[Raw]:
    """Less of an exercise than is of use."""
    dosage = None if item.bit is None else seen.bounds.dosage(item.bit)
    if dosage is None or not item.mask & seen.bounds.decisions.available:
        return
    planned, name = item.planned, seen.name(item)
    sets = int(dosage.spans["sets"].least)
    if planned.sets is not None and planned.sets < sets:
        says = seen.say("judge.thin", count=planned.sets, name=name, least=sets)
        because = seen.say("judge.thin_because")
        yield Raw("thinned", (*item.path, "sets"), says, because,
                  short=sets - planned.sets, remedies=partial(_thicker, seen, item, sets))  # fmt: skip
    for channel in (*AMOUNTS, "effort_rpe"):
        span, value = dosage.spans.get(channel), getattr(planned, channel)
        if span is not None and value is not None and value < span.least:
            yield from _raised(seen, item, channel, value, span.least)
    words, load = seen.bounds.words, planned.load
    if load is not None and words.index(load) < dosage.loads[0]:
        yield from _raised(seen, item, "load", load, words[dosage.loads[0]])
    main = union(one.mask for one in wanted if one.main)
    if (
        main & item.mask
        and dosage.ramp_sets
        and not planned.ramp_sets
        and load in words[2:]
        and item.session is not None
    ):
        lighter = seen.say("judge.lighter_sets", count=dosage.ramp_sets)
        says = seen.say("judge.no_ramp", name=name, lighter=lighter)
        steps = (("add", (*item.path, "ramp_sets"), dosage.ramp_sets),)
        yield Raw("no-ramp", item.path, says, seen.say("judge.ramp_because"),
                  remedies=partial(_with_room, seen, item, seen.say("judge.add_them"), steps))  # fmt: skip


def _raised(seen: Seen, item: Item, channel: str, value: Any, least: Any) -> Iterator[Raw]:
    """Something brought up to the least that is of use."""
    if channel == "load":
        said, new = seen.say("judge.load_is", load=value), least
    else:
        said, new = spoken(seen, channel, value), least if channel == "effort_rpe" else int(least)
    says = seen.say("judge.below_least", name=seen.name(item), said=said, least=new)
    at: Path = (*item.path, channel)
    steps = (("add", at, new),)
    yield Raw("too-little", at, says, seen.say("judge.below_because"),
              remedies=partial(_with_room, seen, item, seen.say("judge.make_it", value=new), steps))  # fmt: skip


def _thicker(seen: Seen, item: Item, sets: int) -> Iterator[Remedy]:
    """Enough sets, with something else left out where time is short; else it is left out itself."""
    yield from _with_room(seen, item, seen.say("judge.do_sets", sets=sets), (("add", (*item.path, "sets"), sets),))
    yield Remedy(seen.say("judge.leave_it_out"), (item.drop(),))
