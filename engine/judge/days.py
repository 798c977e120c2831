"""What is wrong with the days and the sessions of a plan: how many, how long, on which days, how far apart."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

from prehab.decide import Bound
from prehab.judge.exercises import swapped
from prehab.judge.seen import WEEKDAYS, Item, Path, Raw, Remedy, Seen, Step, hours_until

__all__ = ["most_sessions", "on_days"]

REST_UP_TO = 3
"""Up to so many sessions a week there is room for a day of rest between two."""

WEEK_H = 24 * len(WEEKDAYS)


def on_days(seen: Seen) -> Iterator[Raw]:
    """The breaches of sessions and days."""
    yield from _count(seen)
    for number in range(len(seen.by_session)):
        yield from _size(seen, number)
        yield from _day(seen, number)
    yield from _often(seen)
    yield from _before_key_runs(seen)
    yield from _in_a_row(seen)
    yield from _spacing(seen)


# -- sessions ---------------------------------------------------------------------------------------------------------


def most_sessions(seen: Seen) -> tuple[int, Bound | None]:
    """How many sessions a week there may be, and the bound that says so; None where it is the runner's time."""
    bound = seen.bounds.decisions.runner_bounds.get("sessions_per_week")
    most = len(WEEKDAYS) if bound is None else int(bound.value)
    told = seen.bounds.runner.strength.sessions_per_week
    return (told, None) if told is not None and told < most else (most, bound)


def _count(seen: Seen) -> Iterator[Raw]:
    """More sessions than there may be; work on other days that is no treatment counts as sessions of its own."""
    most, bound = most_sessions(seen)
    extra = [item for item in seen.others if _is_strength(seen, item)]
    days = max((item.often[1] for item in extra), default=0)
    count = len(seen.by_session) + days
    near = not seen.free_days() and seen.bounds.race_is_near
    if near:
        left = seen.bounds.days_to_race
        for number in range(len(seen.by_session)):
            says = seen.say("judge.race_near", count=left)
            yield Raw(
                "near-the-race", ("sessions", number), says, _before_race(seen), remedies=partial(_drop, seen, number)
            )
    if count <= most:
        return
    why = seen.bounds.reason(bound.concluded) if bound else None
    because = why.because if why else seen.say("judge.sessions_told")
    for number in range(most, 0 if near else len(seen.by_session)):
        says = seen.say("judge.session_extra", number=number + 1, most=most)
        yield Raw("too-many-sessions", ("sessions", number), says, because, why.rule if why else None,
                  remedies=partial(_drop, seen, number))  # fmt: skip
    for item in extra:
        says = seen.say("judge.other_days_extra", name=seen.name(item), days=item.often[1], most=most)
        yield Raw("too-many-sessions", item.path, says, because, why.rule if why else None,
                  remedies=partial(_without, seen, item))  # fmt: skip


def _is_strength(seen: Seen, item: Item) -> bool:
    """Whether work on other days is training like that of a session, and not treatment or a few daily minutes."""
    if item.bit is None or seen.treats(item) or not item.mask & seen.bounds.decisions.available:
        return False
    scheme = seen.bounds.decisions.scheme_of(item.bit)
    return scheme is not None and not seen.bounds.pack.schemes[scheme].daily


def _drop(seen: Seen, number: int) -> Iterator[Remedy]:
    yield Remedy(seen.say("judge.leave_out_session"), (("remove", ("sessions", number), None),))


def _without(seen: Seen, item: Item) -> Iterator[Remedy]:
    yield Remedy(seen.say("judge.leave_it_out"), (item.drop(),))


def _size(seen: Seen, number: int) -> Iterator[Raw]:
    """A session that is too long, holds too much, or takes longer than the plan says."""
    numbers, items, at = seen.bounds.numbers, seen.by_session[number], ("sessions", number)
    length, told = seen.length(number), seen.told_minutes
    said = seen.plan.sessions[number].minutes
    if told is not None and length > told:
        says = seen.say("judge.too_long", length=length, told=told)
        yield Raw("too-long", at, says, seen.say("judge.too_long_because"),
                  remedies=partial(_shorter, seen, number, told))  # fmt: skip
    if said is not None and said < length:
        says = seen.say("judge.minutes_wrong", length=length, said=said)
        fix = Remedy(seen.say("judge.write_minutes", length=length), (("add", (*at, "minutes"), length),))
        yield Raw("minutes-wrong", (*at, "minutes"), says, seen.say("judge.minutes_because"),
                  remedies=partial(tuple, (fix,)))  # fmt: skip
    most = int(numbers["session.most_exercises"]) if told is None else seen.most_exercises(told)
    if len(items) > most:
        says = seen.say("judge.too_many_exercises", count=len(items), most=most)
        extra = list(seen.spare(number))[: len(items) - most]
        yield Raw("too-many-exercises", at, says, seen.say("judge.too_many_because"),
                  remedies=partial(_leaving_out, seen, number, extra))  # fmt: skip
    contacts = sum(item.planned.contacts or 0 for item in items)
    if contacts > numbers["session.most_contacts"]:
        says = seen.say("judge.too_many_contacts", contacts=contacts, most=numbers["session.most_contacts"])
        yield Raw("too-many-contacts", at, says, seen.say("judge.contacts_because"),
                  remedies=partial(_fewer_contacts, seen, number))  # fmt: skip


def _leaving_out(seen: Seen, number: int, items: list[Item]) -> Iterator[Remedy]:
    names = ", ".join(seen.name(item) for item in items)
    drops = [item.drop() for item in sorted(items, key=lambda item: item.path, reverse=True)]
    yield Remedy(seen.say("judge.leave_out_several", names=names), tuple(drops))


def _shorter(seen: Seen, number: int, told: float) -> Iterator[Remedy]:
    """As much left out as does not fit, from the end."""
    out: list[Item] = []
    for item in seen.spare(number):
        if seen.length(number) - sum(one.minutes for one in out) <= told:
            break
        out.append(item)
    if len(out) < len(seen.by_session[number]):
        yield from _leaving_out(seen, number, out)
    if seen.warm_up(number) > seen.usual_warm_up():
        usual = seen.usual_warm_up()
        yield Remedy(seen.say("judge.warm_up", minutes=usual), (("add", ("sessions", number, "warm_up_min"), usual),))
    yield from _drop(seen, number)


def _fewer_contacts(seen: Seen, number: int) -> Iterator[Remedy]:
    most = seen.bounds.numbers["session.most_contacts"]
    out: list[Item] = []
    for item in seen.spare(number):
        if sum(one.planned.contacts or 0 for one in seen.by_session[number] if one not in out) <= most:
            break
        if item.planned.contacts:
            out.append(item)
    yield from _leaving_out(seen, number, out)


# -- which day --------------------------------------------------------------------------------------------------------


def _before_race(seen: Seen) -> str:
    return seen.say("judge.before_race", days=seen.bounds.numbers["session.days_before_race"])


def _day(seen: Seen, number: int) -> Iterator[Raw]:
    """A session on a day that is taken, that the runner does not have, or that is too near to the race."""
    session, at = seen.plan.sessions[number], ("sessions", number, "day")
    if session.day is None:
        return
    moves = partial(_moved, seen, number)
    if session.day in [other.day for other in seen.plan.sessions[:number]]:
        yield Raw("same-day", at, seen.say("judge.same_day"), seen.say("judge.same_day_because"), remedies=moves)
    free, told = seen.free_days(), seen.bounds.runner.strength.days
    if session.day in free or (not free and seen.bounds.race_is_near):
        return
    if told and session.day not in told:
        says = seen.say("judge.no_time_on_day", day=seen.spoken(session.day))
        yield Raw("not-a-day", at, says, seen.say("judge.your_days", days=seen.spoken(*told)), remedies=moves)
    else:
        says = seen.say("judge.near_race_day", day=seen.spoken(session.day))
        yield Raw("near-the-race", at, says, _before_race(seen), remedies=moves)


def _moved(seen: Seen, number: int) -> Iterator[Remedy]:
    """The session on another free day; else it is left out."""
    taken = {session.day for session in seen.plan.sessions}
    for day in seen.free_days():
        if day not in taken:
            yield Remedy(
                seen.say("judge.move_to_day", day=seen.spoken(day)), (("add", ("sessions", number, "day"), day),)
            )
    yield from _drop(seen, number)


# -- how often --------------------------------------------------------------------------------------------------------


def _often(seen: Seen) -> Iterator[Raw]:
    """What is done on more days a week, or more often a day, than its schemes and the ceiling for daily work allow."""
    bounds = seen.bounds
    ceiling = bounds.decisions.runner_bounds.get("daily_blocks")
    for bit in sorted({item.bit for item in seen.able() if item.bit is not None}):
        dosage = bounds.dosage(bit)
        if dosage is None:
            continue
        items, days = [item for item in seen.items if item.bit == bit], 0
        for item in items:
            room, days = dosage.days - days, days + item.often[1]
            if days > dosage.days:
                why = bounds.reason(dosage.by)
                says = seen.say("judge.too_many_days", days=days, name=seen.name(item), most=dosage.days)
                yield Raw(
                    "too-often", item.path, says, why.because, why.rule, remedies=partial(_seldomer, seen, item, room)
                )
        for item in items:
            if item.times > dosage.times_per_day:
                why = bounds.reason(dosage.by)
                says = seen.say(
                    "judge.too_often_a_day", name=seen.name(item), times=item.times, most=dosage.times_per_day
                )
                fix = Remedy(seen.say("judge.times_a_day", times=dosage.times_per_day),
                             (("add", (*item.path, "times_per_day"), dosage.times_per_day),))  # fmt: skip
                yield Raw("too-often", (*item.path, "times_per_day"), says, why.because, why.rule,
                          remedies=partial(tuple, (fix,)))  # fmt: skip
    for item in seen.others:
        if ceiling is not None and item.often[1] > ceiling.value:
            why = bounds.reason(ceiling.concluded)
            says = seen.say("judge.daily_ceiling", name=seen.name(item), days=item.often[1], most=ceiling.value)
            yield Raw("too-often", item.path, says, why.because, why.rule,
                      remedies=partial(_seldomer, seen, item, int(ceiling.value)))  # fmt: skip


def _seldomer(seen: Seen, item: Item, room: int) -> Iterator[Remedy]:
    """On fewer days; else left out."""
    if item.session is None and room > 0:
        steps: list[Step] = [("add", (*item.path, "days_per_week"), [min(item.often[0], room), room])]
        if len(item.days) > room:
            steps.append(("add", (*item.path, "days"), list(item.days[:room])))
        yield Remedy(seen.say("judge.days_a_week", count=room), tuple(steps))
    yield from _without(seen, item)


# -- around runs ------------------------------------------------------------------------------------------------------


def _before_key_runs(seen: Seen) -> Iterator[Raw]:
    """Law 11: no heavy or springy leg work in the hours before a key run or a race."""
    keys = seen.key_days()
    if not keys:
        return
    for item in seen.able():
        hours = seen.protected(item)
        if not hours:
            continue
        why = _why(seen, item, "hours_before_key_run")
        clear = [day for day in WEEKDAYS if all(hours_until(day, key) >= hours for key in keys)]
        for day in item.days:
            if day not in clear:
                key = min(keys, key=lambda one: hours_until(day, one))
                says = seen.say(
                    "judge.before_key_run",
                    name=seen.name(item),
                    day=seen.spoken(day),
                    hours=hours,
                    what=keys[key],
                    key=seen.spoken(key),
                )
                yield Raw(
                    "before-a-key-run", _day_path(item), says, *why, remedies=partial(_clearer, seen, item, clear)
                )
                break
        if item.days:
            continue
        if item.session is not None:
            says = seen.say("judge.no_day", name=seen.name(item))
            moves = partial(_clearer, seen, item, clear)
            yield Raw("no-day", ("sessions", item.session), says, *why, remedies=moves)
        elif item.bit is not None and (days := seen.days_of(item.bit)) > len(clear):
            says = seen.say("judge.few_clear_days", name=seen.name(item), days=days, clear=len(clear))
            yield Raw("before-a-key-run", item.path, says, *why, remedies=partial(_seldomer, seen, item, len(clear)))


def _day_path(item: Item) -> Path:
    return item.path if item.session is not None else (*item.path, "days")


def _why(seen: Seen, item: Item, channel: str) -> tuple[str, str]:
    """The reason and the rule of a bound on an exercise."""
    assert item.bit is not None
    why = seen.bounds.reason(seen.bounds.decisions.bounds_of(item.bit)[channel].concluded)
    return why.because, why.rule


def _clearer(seen: Seen, item: Item, clear: list[str]) -> Iterator[Remedy]:
    """On a day that is clear; or another exercise that may stand there; or left out."""
    if item.session is None:
        kept = [day for day in item.days if day in clear]
        kept += [day for day in clear if day not in kept][: len(item.days) - len(kept)]
        if kept:
            steps = (
                ("add", (*item.path, "days"), sorted(kept, key=WEEKDAYS.index)),
                ("add", (*item.path, "days_per_week"), [len(kept), max(len(kept), min(item.often[1], len(clear)))]),
            )
            yield Remedy(seen.say("judge.do_it_on", days=seen.spoken(*kept)), steps)
    else:
        taken = {session.day for session in seen.plan.sessions}
        for day in seen.free_days():
            if day in clear and day not in taken:
                move = ("add", ("sessions", item.session, "day"), day)
                yield Remedy(seen.say("judge.move_session", day=seen.spoken(day)), (move,))
    yield from swapped(seen, item)


# -- apart ------------------------------------------------------------------------------------------------------------


def _in_a_row(seen: Seen) -> Iterator[Raw]:
    """Heavy or springy sessions on two days in a row, where the runner's days would leave one between."""
    able = seen.able()
    hard = [
        (session.day, number)
        for number, session in enumerate(seen.plan.sessions)
        if session.day and any(seen.protected(item) for item in able if item.session == number)
    ]
    count = len(seen.plan.sessions)
    if len(hard) < 2 or count > REST_UP_TO or len({day for day, _ in hard}) < len(hard):
        return
    apart = [days for days in combinations(seen.free_days(), count) if _rested(days)]
    hard.sort(key=lambda one: WEEKDAYS.index(one[0]))
    for (day, _), (after, number) in zip(hard, (*hard[1:], hard[0]), strict=True):
        if apart and (WEEKDAYS.index(after) - WEEKDAYS.index(day)) % len(WEEKDAYS) == 1:
            says = seen.say("judge.in_a_row", day=seen.spoken(day), after=seen.spoken(after))
            yield Raw("no-rest-day", ("sessions", number, "day"), says, seen.say("judge.in_a_row_because"),
                      remedies=partial(_apart, seen, apart, number))  # fmt: skip


def _rested(days: tuple[str, ...]) -> bool:
    """Whether a day lies between any two."""
    places = {WEEKDAYS.index(day) for day in days}
    return not any((place + 1) % len(WEEKDAYS) in places for place in places)


def _apart(seen: Seen, choices: list[tuple[str, ...]], number: int) -> Iterator[Remedy]:
    """The session moved, or else all of them."""
    yield from list(_moved(seen, number))[:-1]
    for days in choices:
        steps = tuple(("add", ("sessions", place, "day"), day) for place, day in enumerate(days))
        yield Remedy(seen.say("judge.take_days", days=seen.spoken(*days)), steps)
    yield from _drop(seen, number)


def _spacing(seen: Seen) -> Iterator[Raw]:
    """What comes back before the hours are over that its bound keeps it apart from work of its kind.

    What is springy is of one kind, what only lowers of another.
    """
    spaced = [(item, hours) for item in seen.able() if (hours := _hours(seen, item))]
    for place, (item, hours) in enumerate(spaced):
        why = _why(seen, item, "spacing_h")
        if item.session is None and not item.days and item.often[1] * hours > WEEK_H:
            most = int(WEEK_H // hours)
            says = seen.say("judge.too_close_weekly", name=seen.name(item), days=item.often[1], hours=hours)
            yield Raw("too-close", item.path, says, *why, remedies=partial(_seldomer, seen, item, most))
            continue
        alike = [other for other, _ in spaced[:place] if _springy(seen, other) == _springy(seen, item)]
        before = [day for other in alike for day in other.days]
        near = next((day for day in item.days for other in before if _gap(day, other) < hours), None)
        within = next((day for day in item.days for other in item.days if _gap(day, other) < hours), None)
        if near or within:
            says = seen.say("judge.too_close", name=seen.name(item), day=seen.spoken(near or within or ""), hours=hours)
            yield Raw("too-close", _day_path(item), says, *why, remedies=partial(_farther, seen, item, within))
    yield from _without_days(
        seen, [(item, hours) for item, hours in spaced if item.session is not None and not item.days]
    )


def _springy(seen: Seen, item: Item) -> bool:
    return item.bit is not None and seen.bounds.exercises[item.bit].explosive != "none"


def _without_days(seen: Seen, loose: list[tuple[Item, float]]) -> Iterator[Raw]:
    """More sessions without a day than a week has room for, so far apart."""
    sessions = list(dict.fromkeys(item.session for item, _ in loose))
    for item, hours in loose:
        if (sessions.index(item.session) + 1) * hours > WEEK_H:
            says = seen.say("judge.too_close_sessions", name=seen.name(item), sessions=len(sessions), hours=hours)
            yield Raw(
                "too-close", item.path, says, *_why(seen, item, "spacing_h"), remedies=partial(swapped, seen, item)
            )


def _hours(seen: Seen, item: Item) -> float:
    dosage = None if item.bit is None else seen.bounds.dosage(item.bit)
    return dosage.hours("spacing_h") if dosage else 0.0


def _gap(day: str, other: str) -> float:
    """Hours between two days of a week that comes again; none between a day and itself."""
    apart = (WEEKDAYS.index(day) - WEEKDAYS.index(other)) % len(WEEKDAYS)
    return min(apart, len(WEEKDAYS) - apart) * 24 or WEEK_H


def _farther(seen: Seen, item: Item, within: str | None) -> Iterator[Remedy]:
    if item.session is None and within is not None and len(item.days) > 1:
        kept = list(item.days[: len(item.days) - 1])
        steps = (("add", (*item.path, "days"), kept), ("add", (*item.path, "days_per_week"), [len(kept)] * 2))
        yield Remedy(seen.say("judge.do_it_on", days=seen.spoken(*kept)), steps)
    if item.session is not None:
        yield from list(_moved(seen, item.session))[:-1]
    yield from swapped(seen, item)
