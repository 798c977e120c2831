"""What would unlock something: the ways are searched, each one is tried, and what held is told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from prehab.conditions import amount, plain
from prehab.dates import counted
from prehab.decide import Decider, Decisions
from prehab.fact import Fact
from prehab.fact_builder import FactBuilder
from prehab.facts import Facts, position_of
from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.index import union
from prehab.graph.schema import altered, make
from prehab.inference import Firing
from prehab.lacking import Lacking
from prehab.named import gate_meant, plainly, stage_meant
from prehab.program import Program
from prehab.reasons import Reasons
from prehab.rules.messages import capital
from prehab.runner import Runner
from prehab.unlock.conditions import EQUIPMENT, Conditions, Fields, told_at, with_at
from prehab.unlock.formulas import Formula, Goal, Slot, State, all_of, any_of
from prehab.unlock.models import Held, Rung, Step, StepKind, Unlock, Way
from prehab.unlock.search import Search
from prehab.unlock.slices import Slice, Slices
from prehab.week.running import Mode, Running

if TYPE_CHECKING:
    from prehab.graph.called import Called

__all__ = ["MOST_WAYS", "Target", "Unlocker"]

MOST_WAYS = 3
"""So many ways are told unless more are wanted."""

MOST_TRIED = 60
"""So many ways are tried for each that is wanted; the search is cut then."""

MOST_HELD = 5
RUNGS_BELOW = 4
"""So far down a ladder rungs are looked for."""

ORDER: Mapping[StepKind, int] = {"training": 0, "test": 1, "answer": 1, "time": 2, "equipment": 3, "healing": 4}
"""How far from what a runner does himself a step is; an answer is as near as a test."""

WEIGHT = 64
"""One step of a kind weighs more than any steps of the kinds before it."""

RACE: Slot = ("running", "days_since_race")
"""What the date of a race answers too."""

DAYS = {"days": 1, "weeks": 7, "years": 365}

Kind = Literal["exercise", "gate", "stage", "running"]

MODES: tuple[Mode, ...] = ("none", "run_walk", "easy_only", "as_usual")


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be unlocked: an exercise, a gate, a stage of the complaint at a position, or running."""

    kind: Kind
    id: str
    name: str
    bit: int = 0
    position: int = 0


class Unlocker:
    """Finds what unlocks things, for one program."""

    def __init__(
        self, program: Program, reasons: Reasons, builder: FactBuilder, decider: Decider, lacking: Lacking
    ) -> None:
        self.program = program
        self.pack = program.pack
        self.reasons = reasons
        self.builder = builder
        self.decider = decider
        self.lacking = lacking
        self.fields = Fields(program)
        self.slices = Slices(program, builder, decider)
        self.running = Running(program)
        self._slice = lru_cache(maxsize=128)(self._slice_for)
        self._bits = {key: bit for bit, key in enumerate(self.pack.catalogue.ids)}

    # -- what is asked for --------------------------------------------------------------------------------------------

    def target(self, text: str, exercises: Called, runner: Runner, close: Callable[[str], tuple[str, ...]]) -> Target:
        """What somebody means by a name.

        Args:
            text: The name: of an exercise, a gate or a phase, a stage (``load``, or ``2/load`` for that of the second
                complaint), or ``running``.
            exercises: The exercises and what they are called.
            runner: Who asks.
            close: What exercises come close to a name that is not known.

        Raises:
            InputError: There is no such thing, or no complaint that has such a stage, or more than one.
        """
        key = exercises.meant(text)
        if key is not None:
            return Target("exercise", key, self.pack.catalogue.exercises[key].name, self._bits[key])
        said = plainly(text)
        if said == "running" and self.running.continuous is not None:
            return Target("running", "running", self.pack.messages("opens.running"))
        gate = gate_meant(self.pack, text)
        if gate is not None:
            return Target("gate", gate, self.pack.gates[gate].name)
        found = stage_meant(self.pack, lambda: self.builder.build(runner).by_kind["complaint"], text)
        if found is not None:
            (*_, fact), stage = found
            name = self.pack.catalogue.injuries[fact.values["injury"]].name
            return Target("stage", stage, f"{name}: {self.pack.messages.word(stage)}", position=position_of(fact.name))
        names = [*self.pack.gates, *self.pack.catalogue.words["stages"], "running"]
        raise InputError([
            Fault(
                "unknown-target",
                f"nothing to unlock is called `{text}`",
                value=text,
                did_you_mean=(*nearest(said, names), *close(text)),
                help=f"It is an exercise (`prehab list exercises`), a gate ({', '.join(self.pack.gates)}), "
                f"a stage ({', '.join(self.pack.catalogue.words['stages'])}) or `running`.",
            )
        ])  # fmt: skip

    # -- the answer ---------------------------------------------------------------------------------------------------

    def unlock(self, runner: Runner, target: Target, most: int = MOST_WAYS) -> Unlock:
        """What would unlock something; ``choice`` of what is open already is left to whoever makes the week.

        Args:
            runner: Who asks.
            target: What for.
            most: How many ways are told.
        """
        task = _Task(self, runner, target)
        if task.is_open:
            return self._answer(target, task, (), complete=True)
        ways, complete = task.ways(most)
        return self._answer(target, task, ways, complete=complete)

    def after(self, runner: Runner, steps: Iterable[Step]) -> Runner:
        """The runner once some steps are done. Steps about what the log answers too stand for newer sessions."""
        way = {_slot_of(step): Goal(step.needed, None) for step in steps}
        return self.applied(runner, self.settled(runner), way)

    def applied(self, runner: Runner, settled: Runner, way: State) -> Runner:
        """The runner with other values; ``settled`` is the one who tells what his log and his dates say."""
        if any(slot == RACE or self.fields.reading(slot) is not None for slot in way):
            runner = settled
        strength = runner.strength
        for slot in way:
            if slot[0] == EQUIPMENT and slot[1] in strength.lacks:
                strength = altered(strength, lacks=tuple(item for item in strength.lacks if item != slot[1]))
            elif slot[0] == EQUIPMENT:
                strength = altered(strength, equipment=(*(strength.equipment or ()), str(slot[1])))
        if strength is not runner.strength:
            runner = altered(runner, strength=strength)
        for slot, goal in way.items():
            if slot[0] != EQUIPMENT:
                runner = with_at(runner, slot, goal.value)
        return runner

    def settled(self, runner: Runner) -> Runner:
        """The same runner, who tells what his log and the date of a race answer, in place of these."""
        if not runner.recent_sessions and runner.running.race_date is None:
            return runner
        made = counted(runner, [], self.pack.messages)
        facts = Facts(self.program)
        for tell in self.builder.told:
            tell(made, facts)
        self.builder.history.read(made, facts)
        facts.settle()
        found: dict[Slot, Any] = {}
        for reading in self.pack.runs:
            field = self.fields.kinds[reading.kind].fields[reading.field]
            for fact in facts.by_kind[reading.kind]:
                slot, value = self.fields.slot(reading.kind, fact.name, reading.field), fact.values[reading.field]
                if value is not None:
                    found[slot] = field.worse_of(value, found[slot]) if slot in found else value
        made = altered(made, recent_sessions=(), running=altered(made.running, race_date=None))
        for slot, value in found.items():
            if value != told_at(made, slot):
                made = with_at(made, slot, value)
        return made

    def _slice_for(self, target: Target, ladder: int) -> Slice:
        if target.kind == "exercise":
            return self.slices.about(1 << target.bit | ladder)
        if target.kind == "gate":
            return self.slices.about(gates=(target.id,))
        if target.kind == "stage":
            return self.slices.about(stages=True)
        bits = (self.running.continuous, self.running.in_turns)
        return self.slices.about(union(1 << bit for bit in bits if bit is not None) | self.running.fast)

    def _answer(self, target: Target, task: _Task, ways: tuple[Way, ...], *, complete: bool) -> Unlock:
        held: tuple[Held, ...] = ()
        say = self.pack.messages
        name = capital(target.name)
        if task.is_open:
            summary = (
                say("unlock.open_already", name=name) if target.kind != "exercise" else say("unlock.allowed", name=name)
            )
        elif ways:
            opens = self.pack.messages(f"opens.{task.mode}") if task.mode else target.name
            summary = say("unlock.ways", count=len(ways), opens=opens)
        elif complete:
            held = tuple(dict.fromkeys(map(self._held, task.held)))[:MOST_HELD]
            summary = say("unlock.not_while")
        else:
            summary = say("unlock.cut")
        return make(
            Unlock,
            target=target.id,
            kind=target.kind,
            name=target.name,
            open=task.is_open,
            summary=summary,
            ways=ways,
            complete=complete,
            held=held,
            choice=None,
        )

    def _held(self, against: Any) -> Held:
        if isinstance(against, Firing):
            return make(Held, says=self.reasons.because(against), rule=self.program.rule(against.variant).id)
        if isinstance(against, str):
            return make(Held, says=capital(against) + ".", rule=None)
        fact, test, wanted = against
        need = self.reasons.need(fact, test if wanted else test.opposite())
        return make(Held, says=capital(need) + ".", rule=None)


class _Task:
    """One runner and one target."""

    def __init__(self, unlocker: Unlocker, runner: Runner, target: Target) -> None:
        self.unlocker = unlocker
        self.target = target
        self.runner = runner
        self.settled = unlocker.settled(runner)
        self.held: tuple[Any, ...] = ()
        self._owners: dict[Slot, tuple[Fact, str]] = {}
        self._without: dict[frozenset[tuple[Slot, Goal]], Decisions] = {}
        self._ladder = self._below() if target.kind == "exercise" else ()
        self._slice = unlocker._slice(target, union(1 << bit for bit in self._ladder))
        self.base = unlocker.slices.decide(self._slice, runner)
        run = unlocker.running.decide(self.base) if target.kind == "running" else None
        self.mode: Mode | None = MODES[min(MODES.index(run.mode) + 1, 3)] if run else None
        self._before = run.mode if run else None
        self.is_open = self._before == "as_usual" or self._met(self.base)

    # -- the search ---------------------------------------------------------------------------------------------------

    def ways(self, most: int) -> tuple[tuple[Way, ...], bool]:
        """The ways, and whether these are all."""
        formula = self._formula(self.base, self.runner)
        search = Search(formula, self._goal_told, self._cost)
        found: dict[frozenset[tuple[Slot, Goal]], tuple[dict[Slot, Goal], list[Decisions]]] = {}
        against: dict[Any, None] = dict.fromkeys(getattr(formula, "because", ()))
        tried = 0
        for way in search:
            tried += 1
            if tried > MOST_TRIED * most:
                search.cut = True
                break
            after = self._after(way)
            if not self._met(self._decided(after)):
                missing = self._formula(self._decided(after), after)
                against.update(dict.fromkeys(getattr(missing, "because", ())))
                search.refine(way, missing)
                continue
            if len(found) == most:
                search.cut = True
                break
            least, without = self._needed(way)
            found.setdefault(frozenset(least.items()), (least, without))
        if not found:
            self.held = tuple(against)
        ranked = sorted(found.values(), key=lambda one: self._order(one[0]))
        return tuple(self._way(way, without) for way, without in ranked), not search.cut

    def _needed(self, way: dict[Slot, Goal]) -> tuple[dict[Slot, Goal], list[Decisions]]:
        """A way without what turns out not to be needed, and what is decided without each of its steps."""
        for slot in sorted(way, key=self._cost, reverse=True):
            fewer = {name: goal for name, goal in way.items() if name != slot}
            decisions = self._decided(self._after(fewer))
            if self._met(decisions):
                return self._needed(fewer)
            self._without[frozenset(fewer.items())] = decisions
        ordered = dict(sorted(way.items(), key=lambda one: (self._cost(one[0]), self._place(one[0]))))
        apart = [frozenset((n, g) for n, g in ordered.items() if n != slot) for slot in ordered]
        return ordered, [self._without[one] for one in apart]

    def _after(self, way: State) -> Runner:
        return self.unlocker.applied(self.runner, self.settled, way)

    def _decided(self, runner: Runner) -> Decisions:
        return self.unlocker.slices.decide(self._slice, runner)

    def _met(self, decisions: Decisions) -> bool:
        target = self.target
        if target.kind == "exercise":
            given = 0 if decisions.status == "stop" else decisions.allowed & decisions.equipped
            return bool(given >> target.bit & 1)
        if target.kind == "gate":
            return decisions.inference.gates[target.id]
        if target.kind == "stage":
            return all(self._has_come(decisions, fact) for fact in self._complaints(decisions))
        run = self.unlocker.running.decide(decisions)
        assert self._before is not None
        return run is not None and MODES.index(run.mode) > MODES.index(self._before)

    def _has_come(self, decisions: Decisions, complaint: Fact) -> bool:
        stages = list(self.unlocker.pack.catalogue.injuries[complaint.values["injury"]].stages)
        return stages.index(decisions.stages[complaint.name]) >= stages.index(self.target.id)

    def _formula(self, decisions: Decisions, runner: Runner) -> Formula:
        """What has to become so, by what is decided now."""
        unlocker, target = self.unlocker, self.target
        strength = runner.strength
        owned = unlocker.pack.catalogue.everyday().difference(strength.lacks).union(strength.equipment or ())
        conditions = Conditions(
            unlocker.fields, unlocker.lacking, unlocker.decider, decisions, self._told, owned, self._owners
        )
        if target.kind == "exercise":
            return conditions.exercise(target.bit)
        if target.kind == "gate":
            return conditions.gate(target.id)
        if target.kind == "stage":
            return all_of(conditions.stage(fact, target.id) for fact in self._complaints(decisions))
        running = unlocker.running
        assert running.continuous is not None
        assert running.in_turns is not None
        easy = conditions.allowed(running.continuous)
        if self._before == "none":
            return any_of([conditions.allowed(running.in_turns), easy])
        if self._before == "run_walk":
            return easy
        run = running.decide(decisions)
        held = run.because if run is not None and run.mode == "easy_only" else ()
        return all_of([easy, *(conditions.without(one) for one in held)])

    def _complaints(self, decisions: Decisions) -> list[Fact]:
        injuries = self.unlocker.pack.catalogue.injuries
        return [
            fact
            for fact in decisions.inference.facts.by_kind["complaint"]
            if position_of(fact.name) == self.target.position
            and self.target.id in injuries[fact.values["injury"]].stages
        ]

    def _below(self) -> tuple[int, ...]:
        """The exercises of the ladder below the target, the nearest first."""
        easier, bits = self.unlocker.pack.catalogue.easier, self.unlocker._bits
        found: dict[str, None] = {}
        level = [self.target.id]
        for _ in range(RUNGS_BELOW):
            level = [key for one in level for key in easier[one] if key not in found and key != self.target.id]
            found.update(dict.fromkeys(level))
        return tuple(bits[key] for key in found)

    # -- single steps -------------------------------------------------------------------------------------------------

    def _told(self, slot: Slot) -> Any:
        return told_at(self.settled, slot)

    def _goal_told(self, slot: Slot) -> Goal | None:
        if slot[0] == EQUIPMENT:
            return None
        value = self._told(slot)
        return None if value is None else Goal(value, self.unlocker.fields.rank(self._field(slot), value))

    def _field(self, slot: Slot) -> Any:
        fact, name = self._owners[slot]
        return self.unlocker.fields.kinds[fact.kind].fields[name]

    def _kind(self, slot: Slot) -> StepKind:
        if slot[0] == EQUIPMENT:
            return "equipment"
        fact, _ = self._owners[slot]
        field = self._field(slot)
        if self._told(slot) is None:
            return "test" if _how(field, fact.name) else "answer"
        if fact.kind == "complaint" and field.worse == "higher":
            return "healing"
        return "time" if field.change == "time" else "training"

    def _cost(self, slot: Slot) -> int:
        return int(WEIGHT ** ORDER[self._kind(slot)])

    def _place(self, slot: Slot) -> tuple[Any, ...]:
        """The order of steps of one kind: as the vocabulary lists them."""
        if slot[0] == EQUIPMENT:
            return (0, str(slot[1]))
        fact, name = self._owners[slot]
        kinds = self.unlocker.fields.kinds
        return list(kinds).index(fact.kind), list(kinds[fact.kind].fields).index(name), fact.number

    def _order(self, way: Mapping[Slot, Goal]) -> tuple[Any, ...]:
        days = [self._days(slot, goal) or 0 for slot, goal in way.items()]
        return sum(map(self._cost, way)), len(way), max(days, default=0), sorted(map(self._place_of_any, way))

    def _place_of_any(self, slot: Slot) -> tuple[str, ...]:
        return tuple(map(str, slot))

    def _days(self, slot: Slot, goal: Goal) -> int | None:
        """How many days a step takes at least: of what counts time, or days in a row; nothing else has a known rate."""
        now = self._told(slot) if slot[0] != EQUIPMENT else None
        if now is None:
            return None
        field, reading = self._field(slot), self.unlocker.fields.reading(slot)
        if field.counts_time and field.unit in DAYS:
            return -int(-(goal.value - now) * DAYS[field.unit] // 1)
        return int(goal.value - now) if reading is not None and reading.take == "days_in_row" else None

    # -- words --------------------------------------------------------------------------------------------------------

    def _way(self, way: dict[Slot, Goal], without: list[Decisions]) -> Way:
        steps = tuple(self._step(slot, goal) for slot, goal in way.items())
        days = max((step.days for step in steps if step.days is not None), default=None)
        today = self.runner.today
        return make(
            Way,
            steps=steps,
            rungs=tuple(self._rungs(self._decided(self._after(way)), without)),
            days=days,
            not_before=today + timedelta(days=days) if today is not None and days is not None else None,
        )

    def _rungs(self, after: Decisions, without: list[Decisions]) -> Iterator[Rung]:
        """What opens on the way: each with the steps without which it does not."""
        gates, pack = self.base.inference.gates, self.unlocker.pack
        resting = self._resting_on(after)
        for name, gate in pack.gates.items():
            if name in resting and not gates[name]:
                demands = [n for n, one in enumerate(without, 1) if not one.inference.gates[name]]
                if demands:
                    yield make(Rung, kind="gate", id=name, name=gate.name, demands=tuple(demands))
        opened = after.allowed & ~self.base.allowed
        for bit in self._path():
            demands = [n for n, one in enumerate(without, 1) if not one.allowed >> bit & 1]
            key = pack.catalogue.ids[bit]
            if demands and opened >> bit & 1:
                name = pack.catalogue.exercises[key].name
                yield make(Rung, kind="exercise", id=key, name=name, demands=tuple(demands))

    def _resting_on(self, decisions: Decisions) -> set[str]:
        """The gates that the target rests on, in the end, where it is allowed."""
        found: set[str] = set()
        wanted = {bit for bit in (self.unlocker.running.continuous, self.unlocker.running.in_turns) if bit is not None}
        bits = union(1 << bit for bit in (wanted if self.target.kind == "running" else {self.target.bit}))
        if self.target.kind == "gate":
            left = self._opening(decisions, self.target.id)
        elif self.target.kind == "stage":
            left = []
        else:
            left = [firing for one in decisions.of("permit") if one.mask & bits for firing in one.firings]
        while left:
            new = {fact.name for fact in left.pop().facts if fact.kind == "gate"} - found
            found |= new
            left += [firing for name in new for firing in self._opening(decisions, name)]
        return found

    @staticmethod
    def _opening(decisions: Decisions, gate: str) -> list[Firing]:
        return [firing for one in decisions.of("open") if one.effect.data["gate"] == gate for firing in one.firings]

    def _path(self) -> list[int]:
        """The rungs between the nearest exercise below that is allowed already and the target, from below."""
        if self.target.kind != "exercise":
            return []
        catalogue, bits = self.unlocker.pack.catalogue, self.unlocker._bits
        level, before = [self.target.id], dict[str, str]()
        for _ in range(RUNGS_BELOW):
            level = [
                key
                for one in level
                for key in catalogue.easier[one]
                if key != self.target.id and before.setdefault(key, one) == one
            ]
            reached = next((key for key in level if self.base.allowed >> bits[key] & 1), None)
            if reached is not None:
                path = []
                while (reached := before[reached]) != self.target.id:
                    path.append(bits[reached])
                return path
        return []

    def _step(self, slot: Slot, goal: Goal) -> Step:
        kind, days = self._kind(slot), self._days(slot, goal)
        if slot[0] == EQUIPMENT:
            name = str(self.unlocker.pack.catalogue.words["equipment"][str(slot[1])]["name"])
            return make(
                Step, kind=kind, at=f"/strength/equipment/{slot[1]}", label=name, now=None, needed=True,
                says=self.unlocker.pack.messages("unlock.equipment", name=name), how=None, days=None,
            )  # fmt: skip
        fact, name = self._owners[slot]
        field, now = self._field(slot), self._told(slot)
        label = self._label(fact, name)
        return make(
            Step, kind=kind, at="/" + "/".join(map(str, slot)), label=label, now=now, needed=goal.value,
            says=self._says(label, fact, name, now, goal.value), how=_how(field, fact.name) if now is None else None,
            days=days,
        )  # fmt: skip

    def _label(self, fact: Fact, name: str) -> str:
        label = self.unlocker.reasons.label(fact.kind, fact.name, name)
        if fact.kind == "fault":
            return str(self.unlocker.pack.catalogue.words["faults"][fact.name]["name"])
        if fact.kind == "complaint" and len(self.runner.complaints) > 1:
            return f"{self.unlocker.pack.catalogue.words['regions'][fact.values['region']]['name']}: {label}"
        return label

    def _says(self, label: str, fact: Fact, name: str, now: Any, needed: Any) -> str:
        field = self._field(self.unlocker.fields.slot(fact.kind, fact.name, name))
        say = self.unlocker.pack.messages
        wanted = amount(needed, field.unit, say)
        told = say("unlock.not_known") if now is None else say("need.now", value=plain(now, say))
        label = capital(label)
        if field.type == "boolean":
            way = "plain"
        elif field.type == "choice":
            way = "plain" if field.worse == "neither" else "or_better"
        elif field.worse == "higher":
            way = "at_most"
        else:
            way = "at_least" if field.worse == "lower" or field.counts_time else "plain"
        return say(f"step.{way}", label=label, wanted=wanted, told=told)


def _how(field: Any, key: str) -> str | None:
    how = field.how
    return how.get(key) if isinstance(how, Mapping) else how


def _slot_of(step: Step) -> Slot:
    """The slot that a step is about."""
    parts = step.at[1:].split("/")
    if parts[:2] == ["strength", "equipment"]:
        return EQUIPMENT, parts[2]
    return tuple(int(part) if part.isdigit() else part for part in parts)
