"""Asks a runner, question by question, for as long as an answer can change the advice.

A question holds one value or several that are told in one breath: the signs of danger, the pains of a complaint, both
legs, the movement screens. Which comes next is found by trying: what would be decided if it were answered at its best,
at its worst, one by one, or once all else were known at its best?
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal

from prehab.answers import NO, YES
from prehab.fields import answer_to
from prehab.graph.called import Called
from prehab.graph.faults import Fault, InputError, pointer
from prehab.graph.schema import altered, make
from prehab.population import WEEKDAYS, changed, shape_of
from prehab.population import Question as Told
from prehab.questions import questions_of
from prehab.recommendation import Answer, Ask, Choice

if TYPE_CHECKING:
    from prehab.decide import Decisions
    from prehab.engine import Engine

__all__ = ["Intake", "Question", "decided"]

MOST_ANSWERS = 12
FEW = 3
"""Of so few values in a question every value is tried, of more only the best and the worst."""

MOST_TRIED = 5
UNKNOWN = ("-", "?")

Data = dict[str, Any]
Path = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """One question: a line of text, answered with one line.

    Attributes:
        text: The question, with what may be answered.
        parts: The values that it asks for; none where it asks for what hurts.
        form: ``one`` value; a ``row`` of values in the order of the parts; ``signs``: those of the parts that are so.
    """

    text: str
    parts: tuple[Ask, ...]
    form: str = "one"

    @property
    def key(self) -> str:
        """What tells questions apart: the places they ask for."""
        return " ".join(part.about for part in self.parts) or self.text

    @property
    def safety(self) -> bool:
        """Whether an answer may call for a referral."""
        return any(part.safety for part in self.parts)

    @property
    def lines(self) -> list[str]:
        """The question as lines, the last of which asks; signs are numbered, each on a line."""
        if self.form != "signs":
            return [self.text]
        signs = [f"  {number}. {part.question}" for number, part in enumerate(self.parts, 1)]
        return ["Is any of these so?", *signs, self.text]

    @property
    def reasons(self) -> list[str]:
        """Why it matters and how to find out, a line each."""
        found = [part.why for part in self.parts]
        found += [f"{_short(part)}: {part.how}" if self.form == "row" else part.how for part in self.parts if part.how]
        return list(dict.fromkeys(found)) or ["What hurts decides everything else."]

    def read(self, text: str) -> dict[Path, Any]:
        """The values that a text stands for, by place; what it leaves open is not in it.

        Raises:
            InputError: It is no answer; what is allowed is told.
        """
        if self.form == "signs":
            return self._signs(text)
        if self.form == "row":
            return self._row(text)
        (part,) = self.parts
        return {part.place: part.answer.read(text)}

    def _signs(self, text: str) -> dict[Path, Any]:
        said = text.strip().casefold()
        if said in (*NO, "none"):
            return dict.fromkeys((part.place for part in self.parts), False)
        if len(self.parts) == 1 and said in YES:
            return {self.parts[0].place: True}
        words = said.replace(",", " ").split()
        numbers = [int(word[:9]) for word in words if word.isascii() and word.isdigit()]
        if not words or len(numbers) < len(words) or not all(0 < one <= len(self.parts) for one in numbers):
            said = f"`{text.strip()[:60]}` is no answer here. Allowed: none, or the numbers of those that are so"
            raise InputError([Fault("not-an-answer", f"{said}, 1 to {len(self.parts)}, such as: 1 3.")])
        return {part.place: number in numbers for number, part in enumerate(self.parts, 1)}

    def _row(self, text: str) -> dict[Path, Any]:
        words = text.replace(",", " ").split()
        if len(words) == 1 and len(words[0]) == len(self.parts) and all(one.answer.choices for one in self.parts):
            words = list(words[0])
        if len(words) == 1 and len({part.answer for part in self.parts}) == 1:
            words *= len(self.parts)
        if len(words) != len(self.parts):
            order = ", ".join(map(_short, self.parts))
            said = f"{len(self.parts)} answers are wanted and {len(words)} given, in this order: {order}"
            raise InputError([Fault("not-an-answer", f"{said}. A - stands for what you do not know.")])
        told = zip(self.parts, words, strict=True)
        return {part.place: part.answer.read(word) for part, word in told if word not in UNKNOWN}


class Intake:
    """The questions to one runner, and the data of the file that the answers make.

    Args:
        engine: Decides what the answers are worth.
        data: What is known already, as it would stand in a runner file.

    Raises:
        InputError: What is known already is no runner.
    """

    def __init__(self, engine: Engine, data: Mapping[str, Any] | None = None) -> None:
        self.engine = engine
        self.data: Data = copy.deepcopy(dict(data or {}))
        engine.runner(self.data)
        self.questions = questions_of(engine._program.layout)
        self.skipped: set[str] = set()
        self._answered: set[Path] = set()
        self.answers = 0
        shape = shape_of(engine.pack)
        told = [one for _, section in (*shape.sections, *shape.groups) for one in section]
        self._told: dict[tuple[str, str], Told] = {(one.kind, one.name): one for one in told}
        self._tried: dict[str, tuple[Any, ...]] = {}
        self._regions = Called(engine.catalogue, "regions")
        named = engine.catalogue.named_injuries
        self._injuries = Called(engine.catalogue, "injuries", named)

    # -- what is asked ------------------------------------------------------------------------------------------------

    def next(self) -> Question | None:
        """The question whose answer may change most; None where none would change the advice any more."""
        for question in self._first():
            if question.key not in self.skipped:
                return question
        now = self._decide(self.data)
        if now.status == "stop":
            return None
        return next(self._ranked(now), None)

    def open(self) -> list[Question]:
        """All that was not told and could still change the advice, skipped or not, what matters most first."""
        skipped, self.skipped = self.skipped, set()
        try:
            now = self._decide(self.data)
            return [*self._first(), *(self._ranked(now) if now.status != "stop" else ())]
        finally:
            self.skipped = skipped

    def skip(self, question: Question) -> None:
        """Leave a question open; it does not come again, nor do its parts."""
        self.skipped.add(question.key)
        self.skipped.update(part.about for part in question.parts)

    def answer(self, question: Question, text: str) -> None:
        """Take an answer.

        Raises:
            InputError: It is no answer; what is allowed is told, and the question stays.
        """
        data = self._hurting(text) if not question.parts else _with(self.data, question.read(text))
        self.engine.runner(data)
        self.data = data
        self.answers += 1
        self.skip(question)

    def change(self, question: Question) -> int:
        """For how many exercises an answer could change whether they are allowed, at the most."""
        now = decided(self._decide(self.data))
        return max((_apart(now, decided(self._decide(data))) for data in self._trials(question)), default=0)

    def _first(self) -> Iterator[Question]:
        """What comes before all else: what hurts, what it is called, what is dangerous; then what there is to train."""
        if "complaints" not in self.data:
            yield Question(
                "Where does it hurt? A place, with left, right or both, such as: left achilles. Several by commas; "
                "none if nothing does.", (),
            )  # fmt: skip
        for number, complaint in enumerate(self.data.get("complaints", ())):
            if "injury" not in complaint:
                injuries = self.engine.catalogue.injuries
                here = [key for key in self._injuries if injuries[key].region == complaint["region"]]
                if here:
                    text, place = f"Has the {self._place(number)} a name?", ("complaints", number, "injury")
                    answer = _choosing("choice", {key: injuries[key].name for key in here})
                    part = self._own(place, text, "name", answer, "A name tells which treatment helps.")
                    yield Question(f"{text} Skip it if not: {answer.allowed}", (part,))
        missing = [part for part in self._missing(self.data) if part.safety]
        if signs := self._signs(missing):
            yield signs
        strength = self.data.get("strength", {})
        if "equipment" not in strength:
            words = self.engine.catalogue.words["equipment"]
            owned = {key: str(entry["name"]) for key, entry in words.items() if not entry.get("everyday")}
            text, answer = "What equipment have you?", _choosing("list", owned)
            why = "What you have decides what you can do."
            part = self._own(("strength", "equipment"), text, "equipment", answer, why)
            yield Question(f"{text} {answer.allowed}", (part,))
        labels = {"sessions_per_week": "sessions a week", "minutes_per_session": "minutes for each"}
        if week := [self._of_week(name, label) for name, label in labels.items() if name not in strength]:
            yield _row("How much strength work fits into your week", week)
        if "key_days" not in self.data.get("running", {}):
            text, answer = "On which days are your key runs?", _choosing("list", {day: day for day in WEEKDAYS})
            why = "Hard strength work keeps away from them."
            part = self._own(("running", "key_days"), text, "key days", answer, why)
            yield Question(f"{text} {answer.allowed}", (part,))

    def _of_week(self, name: str, label: str) -> Ask:
        told = self._told["strength", name]
        why = "It decides how much there is in your week."
        return self._own(
            told.path, told.field.ask or name, label, answer_to(told.field, self.engine.pack.messages), why
        )

    def _own(self, place: Path, question: str, label: str, answer: Answer, why: str) -> Ask:
        """A question that no rule asks: it decides what of all that is allowed is given."""
        concerns = len(self.engine.catalogue.ids)
        return make(
            Ask, question=question, about=pointer(place), label=label, answer=answer, why=why, concerns=concerns
        )

    def _ranked(self, now: Decisions) -> Iterator[Question]:
        """The questions that may change what is decided: signs of danger, then what opens most, then what changes most.

        An answer opens what would be withheld without it if all else were as good as can be. What costs most to find
        out is found out last: only ``next`` is asked for mostly.
        """
        groups = [one for one in self._groups(self._missing(self.data, now)) if one.key not in self.skipped]
        today = decided(now)

        def may_change(group: Question) -> int:
            return max((_apart(today, decided(self._decide(data))) for data in self._trials(group)), default=0)

        first = [one for one in groups if one.safety and one.form == "signs"]
        yield from (one for one in first if may_change(one))
        groups = [one for one in groups if one not in first]
        then = decided(self._decide(_with(self.data, self._ends(groups, 0)))) if groups else today
        opening: list[tuple[int, int]] = []
        for number, group in enumerate(groups):
            without = _with(self.data, self._ends((one for one in groups if one is not group), 0))
            opening.append((-_apart(then, decided(self._decide(without))), number))
        yield from (groups[number] for opens, number in sorted(opening) if opens)
        changing = [(-may_change(groups[number]), number) for opens, number in opening if not opens]
        yield from (groups[number] for changes, number in sorted(changing) if changes)
        alone = any(opens for opens, _ in opening) or any(changes for changes, _ in changing)
        if not alone and then != today:  # only together, and no single one is needed for it
            yield from groups

    def _trials(self, question: Question) -> Iterator[Data]:
        """What the runner may have told once the question is answered."""
        tried = {part.place: good for part in question.parts if (good := self._tried.get(part.about))}
        for end in (0, -1):
            yield _with(self.data, {place: good[end] for place, good in tried.items()})
        for place, good in tried.items():
            if len(tried) > 1 or len(good) > 2:
                for value in good if len(tried) <= FEW else (good[0], good[-1]):
                    yield _with(self.data, {place: value})

    def _ends(self, groups: Iterable[Question], end: int) -> dict[Path, Any]:
        """The best value (end 0) of all that some questions ask for, or the worst (-1)."""
        asked = (part for group in groups for part in group.parts)
        return {part.place: self._tried[part.about][end] for part in asked if part.about in self._tried}

    # -- questions of what is missing ---------------------------------------------------------------------------------

    def _missing(self, data: Data, decisions: Decisions | None = None) -> list[Ask]:
        """Every value that some rule misses, apart from those that were skipped."""
        runner = self.engine.runner(data)
        found = []
        for fact, name, ask in self.questions.missing(decisions or self.engine._decide(runner), runner.complaints):
            told = self._told.get((fact.kind, name))
            if (told is None and fact.kind != "fault") or ask.about in self.skipped:
                continue
            self._tried[ask.about] = (False, True) if told is None else _good(told)
            if ask.complaint is not None and len(runner.complaints) > 1:
                ask = altered(ask, question=f"{self._place(ask.complaint).capitalize()}: {ask.question}")
            found.append(ask)
        return found

    def _groups(self, parts: Sequence[Ask]) -> list[Question]:
        """The questions that ask for some values, those together that are told in one breath."""
        rows: dict[Any, list[Ask]] = {}
        others: list[Question] = []
        signs: list[Ask] = []
        for part in parts:
            if _is_sign(part):
                signs.append(part)
            elif part.place[0] == "complaints" and part.place[2] == "pain":
                rows.setdefault(("pain", part.place[1]), []).append(part)
            elif part.place[0] == "legs":
                rows.setdefault(("legs", part.place[2]), []).append(part)
            elif part.place[0] == "screens":
                rows.setdefault(("screens",), []).append(part)
            else:
                others.append(Question(f"{part.question} ({part.answer.allowed})", (part,)))
        found = [self._signs([one for one in signs if one.safety]), self._signs([o for o in signs if not o.safety])]
        for key, row in rows.items():
            title = f"Pain at the {self._place(key[1])}" if key[0] == "pain" else row[0].question
            if key[0] == "legs":
                title = row[0].question.replace(f"the {row[0].side} leg", "each leg")
            elif key[0] == "screens":
                title = "How do these movements look"
            found.append(_row(title, row))
        return [one for one in (*found, *others) if one is not None]

    def _signs(self, parts: Sequence[Ask]) -> Question | None:
        signs = tuple(part for part in parts if _is_sign(part))
        return Question("none, or the numbers of those that are so", signs, "signs") if signs else None

    def _place(self, number: int) -> str:
        """A complaint in words: the side and where it is."""
        complaint = self.data["complaints"][number]
        injuries, regions = self.engine.catalogue.injuries, self.engine.catalogue.names("regions")
        region = complaint.get("region") or injuries[complaint["injury"]].region
        side = {"left": "left ", "right": "right "}.get(complaint.get("side", ""), "")
        return side + regions[region]

    def _hurting(self, text: str) -> Data:
        """The data with what hurts, as told: places or names, each with its side."""
        said = text.strip()
        if said.casefold() in (*NO, "none", "nothing"):
            return {**self.data, "complaints": []}
        told = [self._complaint(part.strip()) for part in said.split(",") if part.strip()]
        return {**self.data, "complaints": told}

    def _complaint(self, said: str) -> Data:
        sides = {"left": "left", "l": "left", "right": "right", "r": "right", "both": "both", "b": "both"}
        words = said.casefold().split()
        found: Data = {}
        side = next((sides[word] for word in words if word in sides), None)
        if side is not None:
            found["side"] = side
        name = " ".join(word for word in words if word not in {*sides, "sides", "my", "the", "in", "pain"})
        if region := self._regions.meant(name):
            return {"region": region, **found}
        if injury := self._injuries.meant(name):
            return {"injury": injury, **found}
        from prehab.graph.naming import Naming

        meant = Naming(self.engine.catalogue).injury(name)
        if meant.regions and len(meant.regions) == 1 and not meant.severe and not meant.names:
            return {"region": meant.regions[0], **found}
        begun = [key for key in self._regions if len(name) > 2 and key.startswith(name.replace(" ", "_"))]
        if len(begun) == 1 and meant.regions is None and not meant.names and not meant.severe:
            return {"region": begun[0], **found}
        options = meant.names or meant.regions or ()
        hint = f" Did you mean {' or '.join(options)}?" if options else ""
        if meant.severe and not meant.names:
            hint = " See a clinician first; no plan here fits it."
        allowed = ", ".join(self._regions)
        raise InputError([Fault("not-an-answer", f"`{said[:60]}` is no place known here.{hint} Allowed: {allowed}.")])

    def _decide(self, data: Data) -> Decisions:
        return self.engine._decide(self.engine.runner(data))


@dataclass(frozen=True)
class _Decided:
    allowed: int
    rest: tuple[Any, ...] = field(default=())


def decided(decisions: Decisions) -> _Decided:
    """What was decided, to be compared: status, referrals, stages, what is allowed, its dose and its bounds."""
    stopped = decisions.status == "stop"
    referrals = tuple(sorted({str(sorted(one.effect.data.items())) for one in decisions.of("refer")}))
    if stopped:
        return _Decided(0, ("stop", decisions.urgency, referrals))
    bounds = tuple(sorted((one.channel, str(one.value), one.concluded.mask) for one in decisions.limits))
    rest = (
        decisions.status, decisions.urgency, referrals, decisions.phase, tuple(sorted(decisions.stages.items())),
        tuple(decisions.schemes.items()), bounds,
        tuple(sorted((name, str(one.value)) for name, one in decisions.runner_bounds.items())),
    )  # fmt: skip
    return _Decided(decisions.allowed, rest)


def _apart(one: _Decided, other: _Decided) -> int:
    """How far two decisions are apart: the exercises allowed in one alone; at least 1 where anything differs."""
    return max((one.allowed ^ other.allowed).bit_count(), one != other)


def _row(title: str, parts: Sequence[Ask]) -> Question:
    if len(parts) == 1:
        return Question(f"{parts[0].question} ({parts[0].answer.allowed})", tuple(parts))
    labels = ", ".join(map(_short, parts))
    allowed = {part.answer.allowed for part in parts}
    shown = f"({allowed.pop()}; one stands for all, or " if len(allowed) == 1 else "("
    return Question(f"{title.rstrip('?')}: {labels}? {shown}{len(parts)} in a row, - for unknown)", tuple(parts), "row")


def _short(part: Ask) -> str:
    """What a value is called beside others of its kind: of a leg its side, of a screen the movement."""
    return str(part.place[1]).replace("_", " ") if part.place[0] in ("legs", "screens") else part.label


def _is_sign(part: Ask) -> bool:
    """Whether it is a sign of something bad: there or not."""
    return part.answer.type == "boolean" and part.answer.worse == "higher"


def _choosing(kind: Literal["choice", "list"], labels: Mapping[str, str]) -> Answer:
    """The answer that is one of some words, or several of them."""
    choices = tuple(make(Choice, value=word, label=label) for word, label in labels.items())
    return make(Answer, type=kind, choices=choices)


def _good(told: Told) -> tuple[Any, ...]:
    """A few values, the best first and the worst last; of what has no direction, some of all, a middling one first."""
    values = [one for one in told.values if one != "not_assessed"]
    if told.field.worse == "lower":
        values = values[::-1]
    elif told.field.worse == "neither" and told.field.type != "boolean":
        middle = len(values) // 2
        values = [*values[middle:], *values[:middle]]
    step = max(1, (len(values) + MOST_TRIED - 1) // MOST_TRIED)
    return tuple(dict.fromkeys([*values[::step], values[-1]]))


def _with(data: Data, values: Mapping[Path, Any]) -> Data:
    """The data with other values; faults are a list, in which one stands or does not."""

    def told(data: Data, item: tuple[Path, Any]) -> Data:
        path, value = item
        if path[0] != "faults":
            made: Data = changed(data, path, value)
            return made
        listed = [name for name in data.get("faults", ()) if name != path[1]]
        return {**data, "faults": [*listed, path[1]] if value else listed}

    return reduce(told, values.items(), data)
