"""What is to be proved: each claim as the terms that would break it. It holds when no runner makes one of them true."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import z3

from prehab.decide import STATUSES, URGENCIES
from prehab.proof.directions import FALLS, RISES, Pairs
from prehab.proof.encoding import Encoding, Fired, Key, Outcome
from prehab.proof.symbols import Answer, Term, either, every, no
from prehab.rules.checks.referrals import sign_of
from prehab.rules.language import WHOLE_PERSON
from prehab.rules.statements import Promise, Statement
from prehab.rules.vocabulary import Field
from prehab.statements import told_place

__all__ = [
    "Change",
    "Claim",
    "directed_fields",
    "everything_permitted_has_a_dose",
    "growing",
    "one_answer",
    "one_more",
    "primed",
    "red_flags_are_heard",
    "something_is_left",
    "statement_claim",
    "swapped",
    "within",
]


@dataclass(frozen=True)
class Change:
    """One thing that differs between two runners: an answer (by its place), or whether a complaint, say, is there.

    Then there is no ``name``, and ``before`` and ``after`` tell for which of the two it is.
    """

    kind: str
    fact: str
    name: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.kind}.{self.name}" if self.name else f"one {self.kind} more"


@dataclass(frozen=True)
class Claim:
    """Something that holds of every runner, or of every two runners that differ in one thing.

    Attributes:
        name: What it is called, such as ``law 7`` or a statement's name.
        laws: The numbers of the design's laws that it stands for.
        says: One sentence.
        broken: What would break it: in words, and when.
        assuming: What is supposed besides.
        change: For claims about two runners, what differs; ``broken`` then speaks of both.
        enough: If no runner makes this true, nothing can break the claim: a simpler question, put first.
        about: When the claim is about a runner at all.
    """

    name: str
    laws: tuple[int, ...]
    says: str
    broken: Callable[[], Sequence[tuple[str, Term]]]
    assuming: Sequence[Term] = ()
    change: Change | None = None
    enough: Callable[[], Term] = lambda: True
    about: Term = True


# -- about one runner -------------------------------------------------------------------------------------------------


def something_is_left(encoding: Encoding) -> Claim:
    """Law 7: what takes everything away also stops."""
    outcome = encoding.outcome
    nothing = every(no(outcome["status", len(STATUSES) - 1]), *(no(outcome["allowed", bit]) for bit in encoding.bits))
    return Claim(
        "something-is-left", (7,), "Unless the status is `stop`, at least one exercise is allowed.",
        lambda: [("nothing is allowed, and nothing stops", nothing)],
    )  # fmt: skip


def everything_permitted_has_a_dose(encoding: Encoding) -> Claim:
    """Law 12: nothing is withheld merely because no rule says how much of it to do."""
    ids, outcome = encoding.pack.catalogue.ids, encoding.outcome
    broken = [
        (
            f"{ids[bit]} is permitted, and only a dose is missing",
            every(
                outcome["permitted", bit],
                *(no(outcome[part, bit]) for part in ("forbidden", "referred", "dosed", "emptied")),
            ),
        )
        for bit in encoding.bits
    ]
    return Claim(
        "every-permit-has-a-dose", (12,), "Whatever is permitted and not held back has a dose.", lambda: broken
    )


def red_flags_are_heard(encoding: Encoding) -> Claim:
    """Law 16: every red flag that the graph names for an injury, told and not cleared, is referred as urgently."""
    pack, outcome = encoding.pack, encoding.outcome
    complaint = encoding.facts["complaint"][0]
    clearances = [
        complaint.values[name]
        for name, field in pack.kinds["complaint"].fields.items()
        if field.type == "boolean" and field.worse == "lower"
    ]
    uncleared = [no(every(answer.known, answer.value)) for answer in clearances]
    is_one = complaint.values["injury"].of

    def broken() -> Iterator[tuple[str, Term]]:
        for key, injury in pack.catalogue.injuries.items():
            for flag in injury.red_flags:
                sign = sign_of(pack, flag.flag)
                if sign is None:
                    continue
                told = complaint if sign.kind == "complaint" else encoding.facts[sign.kind][0]
                answer = told.values[sign.name]
                urgent = URGENCIES[URGENCIES.index(flag.urgency) :]
                referred = (outcome.get("refer", u, of) for u in urgent for of in (injury.region, WHOLE_PERSON, None))
                there = (is_one[key], answer.known, answer.value == answer.at(sign.there))
                yield f"{key} with {flag.flag} is not referred as {flag.urgency}", every(*there, no(either(*referred)))

    says = (
        "Every red flag of an injury that is told is referred at the urgency it names, unless a clinician cleared it."
    )
    return Claim("red-flags-are-heard", (16,), says, lambda: list(broken()), [complaint.exists, *uncleared])


def held_while_unknown(encoding: Encoding, kind: str, fact: str, name: str) -> Iterator[Claim]:
    """Law 6, second half: a rule that says `unknown: holds` applies to the unknown wherever it applies to the worst."""
    answer = encoding.runner.told[kind, fact, name]
    rules = encoding.pack.rules
    reading = {index for index, rule in enumerate(rules) if _holds(rule.text, kind, name, rule.unknown)}
    if answer.known is True or not reading:
        return
    fired: dict[int, list[Term]] = {}
    for number, ways in encoding.fired.items():
        if (index := encoding.pack.variants[number].rule) in reading:
            fired.setdefault(index, []).extend(way.when for way in ways)
    whole = {rules[index].id: either(*whens) for index, whens in fired.items()}
    said = Outcome({(rule,): term for rule, term in whole.items()})
    worst = replace(answer, known=True, value=answer.at(answer.field.worst()))
    unknown = replace(answer, known=False)
    one, other = said.with_other(swapped(answer, worst)), said.with_other([(answer.known, z3.BoolVal(False))])
    broken = [(f"{rule} no longer holds", every(one[rule,], no(other[rule,]))) for rule in whole]
    here = [*_there(encoding, kind), *(no(told) for told in encoding.runner.implied.get((kind, fact, name), ()))]
    says = f"A rule that says `unknown: holds` applies while `{kind}.{name}` is unknown."
    change = Change(kind, fact, name, worst, unknown)
    yield Claim(f"held {kind}.{name}", (6,), says, lambda: broken, here, change)


def _holds(text: Mapping[str, Any], kind: str, name: str, unknown: str | None) -> bool:
    """Whether a rule says, wherever it tests a field, that an unknown value counts against the runner."""
    said: list[str | None] = []
    for entry in (*text.get("when", ()), *text.get("any", ())):
        for pattern in entry if isinstance(entry, list) else [entry]:
            if pattern.get("fact") == kind and name in pattern:
                wanted = pattern[name]
                said.append(wanted.get("unknown", unknown) if isinstance(wanted, dict) else unknown)
    return bool(said) and all(word == "holds" for word in said)


def statement_claim(encoding: Encoding, statement: Statement) -> Claim:
    """A statement of the pack's authors."""
    told: dict[tuple[int, tuple[str, ...]], list[Term]] = {}
    for patterns in statement.alternatives:
        for way in encoding.ways(patterns):
            if _in_order(way):
                for number, promise in enumerate(statement.promises):
                    told.setdefault((number, tuple(way.bound[name] for name in promise.names)), []).append(way.when)

    def broken() -> Iterator[tuple[str, Term]]:
        for (number, values), whens in told.items():
            promise, when = statement.promises[number], either(*whens)
            for words, term in _violated(encoding, promise, dict(zip(promise.names, values, strict=True))):
                yield words, every(when, term)

    about = either(*(when for whens in told.values() for when in whens))
    return Claim(statement.id, statement.laws, statement.says, lambda: list(broken()), about=about)


def _in_order(way: Fired) -> bool:
    """Whether the first complaint looked at is the first of all, the next one the second: the rest says the same."""
    keys = [fact.values.get("key", fact.values.get("complaint")) for fact in way.facts]
    seen = list(dict.fromkeys(key for key in keys if key is not None))
    return seen == [f"c{number}" for number in range(1, len(seen) + 1)]


def _violated(encoding: Encoding, promise: Promise, bound: Mapping[str, str]) -> Iterator[tuple[str, Term]]:
    """What would break a promise; ``prehab.statements`` says the same of one runner."""
    outcome, ids, data = encoding.outcome, encoding.pack.catalogue.ids, promise.data
    stop = outcome["status", len(STATUSES) - 1]
    if promise.kind == "withheld":
        for bit in encoding.with_mask(promise.mask(bound)):
            yield f"{ids[bit]} is allowed", outcome["given", bit]
    elif promise.kind == "kept":
        kept = (outcome["allowed", bit] for bit in encoding.with_mask(promise.mask(bound)))
        yield "none of what should be kept is allowed", every(no(stop), no(either(*kept)))
    elif promise.kind == "closed":
        yield f"the gate {data['gate']} is open", outcome["gate", data["gate"]]
    elif promise.kind == "referred":
        urgent = URGENCIES[URGENCIES.index(data["urgency"]) :]
        everything = [outcome.get("refer", urgency, None) for urgency in urgent]
        for region in promise.regions(bound):
            there = (outcome.get("refer", urgency, region) for urgency in urgent)
            words = f"there is no {data['urgency']} referral of {told_place(region)}"
            yield words, no(either(*everything, *there))
    else:
        yield from _unbounded(encoding, promise, bound)


def _unbounded(encoding: Encoding, promise: Promise, bound: Mapping[str, str]) -> Iterator[tuple[str, Term]]:
    pack, outcome, channel = encoding.pack, encoding.outcome, promise.data["channel"]
    cap = pack.channels[channel].safe == "cap"
    told = encoding.place(channel, promise.data.get("at_most", promise.data.get("at_least")))
    rivals = [(n, limit) for n, limit in enumerate(encoding.limits) if limit.channel == channel]

    def kept(bit: int | None) -> Term:
        about = [(n, limit) for n, limit in rivals if bit is None or limit.mask >> bit & 1]
        return either(*(every(outcome["limit", n], encoding.as_safe(channel, limit.place, told)) for n, limit in about))

    if pack.channels[channel].runner:
        yield f"the week keeps to no such bound on {channel}", no(kept(None))
        return
    order = sorted(pack.schemes, key=lambda name: -pack.schemes[name].caution)
    for bit in encoding.with_mask(promise.mask(bound)):
        within: Term = False
        for scheme in reversed(order):  # the most careful of those prescribed counts
            span = pack.schemes[scheme].span(channel)
            inside = span is not None and encoding.as_safe(
                channel, encoding.place(channel, span[1 if cap else 0]), told
            )
            prescribed = outcome.get("prescribed", scheme, bit)
            within = either(every(prescribed, inside), every(no(prescribed), within))
        words = f"{pack.catalogue.ids[bit]} keeps to no such bound on {channel}"
        yield words, every(outcome["given", bit], no(within), no(kept(bit)))


# -- about two runners ------------------------------------------------------------------------------------------------


def directed_fields(encoding: Encoding) -> Iterator[tuple[str, str, str]]:
    """Every answer that has a direction; of lists only the first's, since their order means nothing."""
    for (kind, fact, name), answer in encoding.runner.told.items():
        several = encoding.pack.kinds[kind].cardinality == "many"
        if answer.field.worse != "neither" and (not several or fact == encoding.facts[kind][0].name):
            yield kind, fact, name


def one_answer(encoding: Encoding, kind: str, fact: str, name: str) -> Iterator[Claim]:
    """Laws 4 to 6 for one answer: what is worse, or no longer known, softens nothing."""
    before = encoding.runner.told[kind, fact, name]
    after = primed(before)
    here = _there(encoding, kind)
    change = Change(kind, fact, name, before, after)
    pairs = swapped(before, after)
    if not encoding.directions.above(pairs):  # no rule looks at it
        return

    def broken() -> list[tuple[str, Term]]:
        return list(softer(encoding, encoding.outcome, encoding.outcome.with_other(pairs)))

    def more() -> list[tuple[str, Term]]:
        return list(wider(encoding, encoding.outcome, encoding.outcome.with_other(pairs)))

    def claim(way: str, laws: tuple[int, ...], says: str, assuming: list[Term], enough: Callable[[], Term]) -> Claim:
        return Claim(f"{way} {kind}.{name}", laws, says, broken, assuming, change, enough)

    yield from held_while_unknown(encoding, kind, fact, name)
    here = [*here, *within(before, after)]
    worse = every(before.known, after.known, after.worse_than(before))
    is_sign = before.known is not True and before.field.type == "boolean" and before.field.worse == "higher"
    told = every(no(before.known), after.known, after.value) if is_sign else False
    said = cache(lambda: _says_less(encoding, pairs, [*here, either(worse, told)]))
    says = f"A worse `{kind}.{name}` softens nothing."
    yield claim("worse", _laws(encoding, kind), says, [*here, worse], said)
    says = f"A worse `{kind}.{name}` widens no dose, on any channel."
    yield replace(claim("wider", (14,), says, [*here, either(worse, told)], said), broken=more)
    if before.known is True:
        return
    best = before.value == before.at(before.field.best())
    says = f"Not to know `{kind}.{name}` allows nothing that its best value does not."
    unknown = [*here, before.known, best, no(after.known)]
    yield claim("unknown", (6,), says, unknown, lambda: _says_less(encoding, pairs, unknown))
    if is_sign:
        says = f"To say that `{kind}.{name}` is so softens nothing."
        yield claim("told", (4,), says, [*here, told], said)


def growing(encoding: Encoding) -> list[str]:
    """The kinds of which one more is worse or better, and some are drawn."""
    kinds = encoding.pack.kinds
    told = ["complaint", *encoding.runner.drawn] if encoding.runner.complaints else list(encoding.runner.drawn)
    return [name for name in told if encoding.facts[name] and kinds[name].more != "neither"]


def one_more(encoding: Encoding, kind: str) -> Iterator[Claim]:
    """Laws 4 and 14 for one complaint more, 4 and 5 for any other list: the first fact of it, beside any others."""
    fact = encoding.facts[kind][0]
    pairs = [(fact.exists, z3.BoolVal(False))]
    if kind in encoding.runner.lengths:
        length = encoding.runner.lengths[kind]
        pairs.append((length, length - 1))
    better = encoding.pack.kinds[kind].more == "better"

    def broken(what: Callable[[Encoding, Outcome, Outcome], Iterator[tuple[str, Term]]]) -> list[tuple[str, Term]]:
        more, less = encoding.outcome, encoding.outcome.with_other(pairs)
        return list(what(encoding, more, less) if better else what(encoding, less, more))

    said = cache(lambda: _says_less(encoding, pairs, [fact.exists], back=not better))
    change = Change(kind, fact.name, "", better, not better)
    name, one = f"one {kind} more", f"One {kind} {'less' if better else 'more'}"
    says, laws = f"{one} softens nothing.", (5,) if better else (4,)
    yield Claim(name, laws, says, lambda: broken(softer), [fact.exists], change, said)
    if not better:
        says = f"{one} widens no dose, on any channel."
        yield Claim(f"wider by {name}", (14,), says, lambda: broken(wider), [fact.exists], change, said)


def _there(encoding: Encoding, kind: str) -> list[Term]:
    """That what an answer is about is there."""
    return [encoding.facts[kind][0].exists] if encoding.pack.kinds[kind].cardinality == "many" else []


def _says_less(encoding: Encoding, pairs: Pairs, supposed: Sequence[Term], *, back: bool = False) -> Term:
    """When some rule cautions the first runner and not the second, or permits to the second and not to the first.

    Where that never happens nothing can be softer for the second, for all that is decided grows with what rules say:
    more cautions and fewer permits never allow more. (The one exception, that a further dose scheme could allow what
    had none, is ruled out by the claim that whatever is permitted has a dose; the prover asks that first.)

    The second runner comes from the first by ``pairs``, or the first from the second where it is ``back``. What plainly
    turns no wrong way is left out.
    """
    said = encoding.outcome.said
    turned = encoding.directions.turned(pairs, supposed)
    doubtful = {}
    for key, term in said.terms.items():
        wrong = FALLS if (key[0] in ("permit", "gate")) == back else RISES
        if turned.of(term) & wrong:
            doubtful[key] = term
    one = Outcome(doubtful)
    other = one.with_other(pairs)
    before, after = (other, one) if back else (one, other)
    return either(
        *(
            every(after[key], no(before[key])) if key[0] in ("permit", "gate") else every(before[key], no(after[key]))
            for key in doubtful
        )
    )


def _laws(encoding: Encoding, kind: str) -> tuple[int, ...]:
    one = encoding.pack.kinds[kind]
    return (4,) if one.health or one.more == "worse" or kind == "fault" else (4, 5)


def primed(answer: Answer) -> Answer:
    """The same answer of a second runner."""
    known = answer.known if answer.known is True else z3.Bool(f"{answer.known}'")
    return replace(answer, known=known, value=z3.Const(f"{answer.value}'", answer.value.sort()))


def swapped(before: Answer, after: Answer) -> Pairs:
    """The variables of an answer, each with what is put in its place for a second runner."""
    known = [] if before.known is True else [(before.known, _term(after.known))]
    return [*known, (before.value, after.value)]


def _term(term: Term) -> Any:
    return z3.BoolVal(term) if isinstance(term, bool) else term


def within(before: Answer, after: Answer) -> list[Term]:
    """The second value stays in its range, too."""
    one: Field = before.field
    if one.type == "boolean":
        return []
    if one.type == "choice":
        return [z3.ULE(after.value, len(one.values) - 1)]
    low, high = one.range or (None, None)
    return [] if low is None else [after.value >= after.at(low), after.value <= after.at(high)]


def softer(encoding: Encoding, before: Outcome, after: Outcome) -> Iterator[tuple[str, Term]]:
    """What would be softer for the second runner: in words, and when. Terms that are the same are passed over."""
    yield from _softer_status(encoding, before, after)
    ids = encoding.pack.catalogue.ids
    for bit in encoding.bits:
        one, other = before["given", bit], after["given", bit]
        if not _same(one, other):
            yield f"{ids[bit]} comes to be allowed", every(other, no(one))
    yield from _softer_schemes(encoding, before, after)
    yield from _softer_bounds(encoding, before, after)


def _softer_status(encoding: Encoding, before: Outcome, after: Outcome) -> Iterator[tuple[str, Term]]:
    phases = list(encoding.pack.catalogue.words["phases"])
    for what, names, up in (
        ("status", STATUSES, False),
        ("urgency", (None, *URGENCIES), False),
        ("phase", phases, True),
    ):
        for level in range(1, len(names)):
            one, other = before[what, level], after[what, level]
            if not _same(one, other):
                words = f"the {what} comes to be {'at least' if up else 'less than'} {names[level]}"
                yield words, every(other, no(one)) if up else every(one, no(other))


def _softer_schemes(encoding: Encoding, before: Outcome, after: Outcome) -> Iterator[tuple[str, Term]]:
    ids, schemes = encoding.pack.catalogue.ids, encoding.pack.schemes
    order = sorted(schemes, key=lambda name: -schemes[name].caution)
    for bit in encoding.bits:
        if all(_same(before.get("prescribed", s, bit), after.get("prescribed", s, bit)) for s in order):
            continue
        both = before["given", bit], after["given", bit]
        for last in range(1, len(order) + 1):
            one, other = (either(*(o.get("prescribed", s, bit) for s in order[:last])) for o in (before, after))
            if not _same(one, other):
                words = f"{ids[bit]} is dosed less carefully than by {order[last - 1]}"
                yield words, every(*both, one, no(other))


def _softer_bounds(encoding: Encoding, before: Outcome, after: Outcome) -> Iterator[tuple[str, Term]]:
    for number, limit in enumerate(encoding.limits):
        one = before["limit", number]
        if _same(one, after["limit", number]):
            continue
        groups: dict[tuple[int, ...], list[int]] = {}
        rivals = [n for n, other in enumerate(encoding.limits) if other.channel == limit.channel]
        for bit in encoding.with_mask(limit.mask) if limit.mask else (None,):
            about = (n for n in rivals if bit is None or encoding.limits[n].mask >> bit & 1)
            groups.setdefault(tuple(about), []).append(-1 if bit is None else bit)
        for numbers, bits in groups.items():
            kept = either(
                *(every(after["limit", n], encoding.as_safe(limit.channel, encoding.limits[n].place, limit.place))
                  for n in numbers)
            )  # fmt: skip
            both = either(*(every(before["given", bit], after["given", bit]) for bit in bits)) if limit.mask else True
            yield f"the bound on {limit.channel} becomes looser", every(both, one, no(kept))


def wider(encoding: Encoding, before: Outcome, after: Outcome) -> Iterator[tuple[str, Term]]:
    """What the second runner might be given more of: in words, and when. Who has no bound has any."""
    pack = encoding.pack
    ends: dict[str, list[tuple[int | None, Key, Any]]] = {}
    for scheme in pack.schemes:
        for channel, end in pack.schemes[scheme].most().items():
            ends.setdefault(channel, []).append((None, ("prescribed", scheme), _end(encoding, channel, end)))
    for number, limit in enumerate(encoding.limits):
        if limit.mask and pack.channels[limit.channel].safe == "cap":
            ends.setdefault(limit.channel, []).append((limit.mask, ("limit", number), limit.place))
    for bit in encoding.bits:
        both = every(before["given", bit], after["given", bit])
        for channel, sources in ends.items():
            kept = [
                (before.get(*key), after.get(*key), place)
                for key, place in (
                    (key if mask is not None else (*key, bit), place)
                    for mask, key, place in sources
                    if mask is None or mask >> bit & 1
                )
            ]
            if all(_same(one, other) for one, other, _ in kept):
                continue
            looser = (
                every(one, no(either(*(every(held, _plain(least <= place)) for _, held, least in kept))))
                for one, _, place in kept
            )
            yield f"{pack.catalogue.ids[bit]} may be given more {channel}", every(both, either(*looser))


def _end(encoding: Encoding, channel: str, end: Any) -> Any:
    """The end of a range as a number; not all that a scheme bounds is a channel of its own."""
    return encoding.place(channel, end) if channel in encoding.pack.channels else z3.RealVal(str(end))


def _plain(term: Any) -> Term:
    """A comparison that is plainly so, or not, as that."""
    simple = z3.simplify(term)
    return True if z3.is_true(simple) else False if z3.is_false(simple) else simple


def _same(one: Term, other: Term) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one.eq(other))
