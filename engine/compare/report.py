"""Two packs, or two sets of numbers, compared over many runners: the verdict, for whom, by which rule, an example."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from prehab.compare.changes import Change, changes, promised
from prehab.compare.differences import EFFECTS, Difference, Pair, Way
from prehab.compare.laws import LAWS, Broken, Law, broken
from prehab.compare.people import case_runners, placed_runners, random_runners
from prehab.compare.screening import Screening
from prehab.compare.sides import Answer, Side
from prehab.facts import Facts
from prehab.graph.faults import Fault, InputError, nearest
from prehab.population import changed, places, random_runner, shrunk
from prehab.runner import Runner

if TYPE_CHECKING:
    from prehab.columns.compared import Many

__all__ = ["Comparison", "Example", "Tally", "Verdict", "compare", "firing_share"]

Verdict = Literal["equivalent", "stricter", "looser", "mixed", "other"]
Progress = Callable[[int, int], None]

RUNNERS = 10_000
_TRIED_FOR_LAWS = 20
_SHRUNK = 3


@dataclass
class Tally:
    """What came out over one population.

    Attributes:
        tried: Runners decided about on both sides.
        skipped: Runners that name what only one of the packs knows.
        changed: Runners with other advice.
        sooner: Runners who may do some exercise that they might not.
        later: Runners who may no longer do some exercise.
    """

    tried: int = 0
    skipped: int = 0
    changed: int = 0
    sooner: int = 0
    later: int = 0

    def as_dict(self) -> dict[str, int]:
        """The counts as JSON-ready data."""
        return {**vars(self), "same": self.tried - self.changed}


@dataclass(frozen=True)
class Example:
    """A runner for whom the advice changes, as small as it can be, and how."""

    runner: Mapping[str, Any]
    differences: tuple[Difference, ...]


@dataclass
class Comparison:
    """What a change means.

    Attributes:
        old: The old side.
        new: The new side.
        seed: Which random runners were drawn.
        changes: What differs as it is written.
        exact: Only words differ, or nothing: the same for every runner, and known without trying one.
        effects: For each effect, which way it changed.
        cases: Over the runners of the cases of the rules concerned.
        placed: Over runners placed around whatever those rules test.
        random: Over random runners.
        exercises: For each exercise, how many runners may do it sooner, later, or do it otherwise.
        injuries: For each injury, how many runners with it get other advice, and how many have it.
        rules: For each rule, in how many of the runners with other advice it has a part.
        smallest: For each direction found, the smallest runner.
        laws: What the new side breaks and the old one does not.
        laws_tried: On how many runners the laws were tried.
        many: Over many more random runners, of whom only part of what is decided was compared; none if not asked for.
    """

    old: Side
    new: Side
    seed: int
    changes: tuple[Change, ...]
    exact: bool
    effects: dict[str, Verdict] = field(default_factory=lambda: dict.fromkeys(EFFECTS, "equivalent"))
    cases: Tally = field(default_factory=Tally)
    placed: Tally = field(default_factory=Tally)
    random: Tally = field(default_factory=Tally)
    exercises: dict[str, Counter[str]] = field(default_factory=dict)
    injuries: dict[str, tuple[int, int]] = field(default_factory=dict)
    rules: Counter[str] = field(default_factory=Counter)
    smallest: dict[Way, Example] = field(default_factory=dict)
    laws: tuple[Broken, ...] = ()
    laws_tried: int = 0
    many: Many | None = None

    @property
    def verdict(self) -> Verdict:
        """All effects together. ``other`` says that something differs, and nothing that is stricter or looser."""
        return _together([*self.effects.values(), *(() if self.many is None else self.many.ways)])

    def as_dict(self) -> dict[str, Any]:
        """The comparison as JSON-ready data."""
        sides = {
            name: {"name": side.name, "digest": side.pack.digest, "parameters": side.program.overrides}
            for name, side in (("old", self.old), ("new", self.new))
        }
        tallies = {name: getattr(self, name).as_dict() for name in ("cases", "placed", "random")}
        tallies["random"]["seed"] = self.seed
        return {
            **sides,
            "verdict": self.verdict,
            "exact": self.exact,
            "effects": self.effects,
            "changes": [one.as_dict() for one in self.changes],
            "runners": tallies,
            "exercises": {key: dict(count) for key, count in self.most_touched().items()},
            "injuries": {key: {"changed": n, "having_it": of} for key, (n, of) in self.most_concerned().items()},
            "rules": dict(self.rules.most_common()),
            "smallest": {
                way: {"runner": one.runner, "differences": [difference.as_dict() for difference in one.differences]}
                for way, one in self.smallest.items()
            },
            "laws": {"tried_on": self.laws_tried, "broken": [vars(one) for one in self.laws]},
            **({} if self.many is None else {"many": self.many.as_dict()}),
        }

    def most_touched(self) -> dict[str, Counter[str]]:
        """The exercises, those that differ for most runners first."""
        return dict(sorted(self.exercises.items(), key=lambda one: (-one[1].total(), one[0])))

    def most_concerned(self) -> dict[str, tuple[int, int]]:
        """The injuries with which the advice changes, those with which it changes most often first."""
        return dict(sorted(self.injuries.items(), key=lambda one: (-one[1][0] / one[1][1], one[0])))


def compare(
    old: Side,
    new: Side,
    *,
    runners: int = RUNNERS,
    many: int = 0,
    seed: int = 0,
    laws: Iterable[Law] = LAWS,
    progress: Progress | None = None,
) -> Comparison:
    """Compare two sides over the runners of the cases, runners around every number concerned, and random ones.

    Nothing is written out for a runner: what is compared is what is decided. The same sides, seed and number of
    runners give the same comparison; with the sides exchanged it says the opposite.

    Args:
        old: The pack as it was.
        new: The pack as it would be.
        runners: How many random runners to try.
        many: How many more to try in columns (``prehab.columns``), where less is compared, far quicker.
        seed: Which.
        laws: What must hold for the runners whose advice changes.
        progress: Told how many of all runners have been tried.

    Raises:
        InputError: Many are asked for, and numpy is not installed or columns cannot hold what both packs decide.
    """
    told = (*changes(old.program, new.program), *promised(old.statements, new.statements))
    exact = all(one.words_only for one in told)
    found = Comparison(old, new, seed, told, exact)
    if many and not exact:
        from prehab.columns.compared import compare_many

        sides = [(side.program, side.drawn_from) for side in (old, new)]
        found.many = compare_many(sides[0], sides[1], many, seed, progress)
    if not exact:
        _Comparing(found, progress).run(runners, tuple(laws))
    return found


def firing_share(side: Side, rule: str, *, runners: int = 1000, seed: int = 0) -> float:
    """The share of random runners for whom a rule fires.

    Raises:
        InputError: There is no such rule.
    """
    if rule not in side.pack.by_id:
        raise InputError([Fault("unknown-rule", f"unknown rule `{rule}`", did_you_mean=nearest(rule, side.pack.by_id))])
    rng = random.Random(seed)
    fired = 0
    for _ in range(runners):
        runner = side.runner(random_runner(rng, side.drawn_from))
        if runner is not None:
            firings = side.infer(side.builder.build(runner)).firings
            fired += any(side.program.rule(firing.variant).id == rule for firing in firings)
    return fired / runners


class _Comparing:
    """One comparison in the making."""

    def __init__(self, found: Comparison, progress: Progress | None) -> None:
        self.found = found
        self.old, self.new = found.old, found.new
        self.progress = progress
        self.pair = Pair(self.old, self.new)
        self.screening = Screening(self.old, self.new, found.changes)
        self.one_reading = self.old.words == self.new.words
        self.ways: dict[str, set[Way]] = {effect: set() for effect in EFFECTS}
        self.changed: list[tuple[Mapping[str, Any], frozenset[tuple[str, Way]]]] = []
        self.having: Counter[str] = Counter()
        self.concerned: Counter[str] = Counter()
        dosing = {
            rule.id
            for rule in self.new.pack.rules
            for effect in rule.effects
            if effect.type == "prescribe" and effect.data["scheme"] in self.pair.altered
        }
        self.rules = self.screening.rules | dosing
        self.altered = dosing | {one.id for one in found.changes if one.table == "rule" and one.how == "changed"}

    def run(self, runners: int, laws: tuple[Law, ...]) -> None:
        found, sides = self.found, (self.old, self.new)
        cases = case_runners(sides, self.rules)
        placed = placed_runners(sides, self.rules, found.seed)
        total, done = len(cases) + len(placed) + runners, 0
        for tally, people in (
            (found.cases, cases),
            (found.placed, placed),
            (found.random, random_runners(sides, runners, found.seed)),
        ):
            for data in people:
                self._try(data, tally)
                done += 1
                if self.progress is not None and done % 100 == 0:
                    self.progress(done, total)
        found.effects = {effect: _together(ways) for effect, ways in self.ways.items()}
        found.injuries = {key: (count, self.having[key]) for key, count in self.concerned.items()}
        for way in ("looser", "stricter", "other"):
            if way != "other" or not found.smallest:
                self._shrink(way)
        tried = [example.runner for example in found.smallest.values()]
        tried += [data for data, _ in self._by_size(self.changed)[:_TRIED_FOR_LAWS]]
        found.laws, found.laws_tried = tuple(broken(laws, self.old, self.new, tried)), len(tried)

    def _try(self, data: Mapping[str, Any], tally: Tally) -> None:
        read = self._read(data)
        if read is None:
            tally.skipped += 1
            return
        tally.tried += 1
        injuries = {fact.values["injury"] for fact in read[2].by_kind["complaint"]}
        self.having.update(injuries)
        answers = self._answers(*read)
        differences = self._differences(answers)
        if answers is None or not differences:
            return
        allowed = {one.way for one in differences if one.effect == "allowed"}
        tally.changed += 1
        tally.sooner += "looser" in allowed
        tally.later += "stricter" in allowed
        marks = frozenset((one.effect, one.way) for one in differences)
        for effect, way in marks:
            self.ways[effect].add(way)
        self.changed.append((data, marks))
        self.concerned.update(injuries)
        self._count(differences, *answers)

    def _read(self, data: Any) -> tuple[Runner, Runner, Facts] | None:
        """The runner as both sides read it, and its facts; None where one of them cannot."""
        runner = self.old.runner(data)
        other = runner if self.one_reading else self.new.runner(data)
        if runner is None or other is None:
            return None
        return runner, other, self.old.builder.build(runner)

    def _answers(self, runner: Runner, other: Runner, facts: Facts) -> tuple[Answer, Answer] | None:
        """What both sides decide; None where they must decide the same."""
        screening = self.screening
        passed = screening.passed(facts)
        if not passed and not screening.within_reach(facts):
            return None
        inference = self.old.infer(facts)
        if not passed and not screening.within_reach(facts, inference.gates):
            return None
        return self.old.decide(runner, inference), self.new.answer(other)

    def _differences(self, answers: tuple[Answer, Answer] | None, *, asked: bool = True) -> list[Difference]:
        if answers is None:
            return []
        planned = asked and self.screening.sessions
        asked = asked and not self.screening.same_questions(*answers)
        return self.pair.differences(*answers, asked=asked, planned=planned)

    def _count(self, differences: list[Difference], old: Answer, new: Answer) -> None:
        words = {"looser": "sooner", "stricter": "later"}
        touched: dict[str, str] = {}
        for one in differences:
            key = one.about.partition(":")[0]
            if one.effect == "allowed":
                touched[key] = words[one.way]
            elif one.effect in ("scheme", "bounds") and key in self.pair.ids:
                touched.setdefault(key, "otherwise")
        for key, word in touched.items():
            self.found.exercises.setdefault(key, Counter())[word] += 1
        fired = self.old.fired(old, self.rules), self.new.fired(new, self.rules)
        part = {rule for rule, _ in fired[0] ^ fired[1]} | {rule for rule, _ in fired[0] if rule in self.altered}
        self.found.rules.update(part)

    # -- the smallest runner ------------------------------------------------------------------------------------------

    def _by_size(self, runners: Iterable[tuple[Mapping[str, Any], Any]]) -> list[tuple[Mapping[str, Any], Any]]:
        return sorted(runners, key=lambda one: _size(one[0]))

    def _shrink(self, way: Way) -> None:
        """Find the smallest runner whose advice changes this way: by what may be done, if that changes at all."""
        effect = next((effect for effect in EFFECTS if way in self.ways[effect]), None)
        if effect is None:
            return

        asked = effect in ("questions", "session")  # looked for last: else they need not be worked out

        def differences(data: Any, *, asked: bool = True) -> list[Difference]:
            read = self._read(data)
            return [] if read is None else self._differences(self._answers(*read), asked=asked)

        def still(data: Any) -> bool:
            return any((one.effect, one.way) == (effect, way) for one in differences(data, asked=asked))

        begin = self._by_size(one for one in self.changed if (effect, way) in one[1])[:_SHRUNK]
        small = min((shrunk(data, still) for data, _ in begin), key=_size)
        small = shrunk(self._plainer(small, still), still)
        self.found.smallest[way] = Example(small, tuple(differences(small)))

    def _plainer(self, data: Any, still: Callable[[Any], bool]) -> Any:
        """The same with each number as small as it can be among those at the bounds."""
        for place in places(self.old.drawn_from, data):
            if isinstance(place.value, int | float) and not isinstance(place.value, bool):
                smaller = (value for value in place.question.values if value < place.value)
                tried = (changed(data, place.path, value) for value in smaller)
                data = next((one for one in tried if still(one)), data)
        return data


def _size(data: Any) -> int:
    """How much a runner tells."""
    inside = data.values() if isinstance(data, Mapping) else data if isinstance(data, list | tuple) else ()
    return 1 + sum(map(_size, inside))


def _together(ways: Iterable[str]) -> Verdict:
    found = set(ways) - {"equivalent"}
    if "mixed" in found or {"looser", "stricter"} <= found:
        return "mixed"
    if found & {"looser", "stricter"}:
        return "looser" if "looser" in found else "stricter"
    return "other" if found else "equivalent"
