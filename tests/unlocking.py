"""What ``unlock`` promises, checked from outside: each way does, each step is needed, no step is unfair.

``ways_by_rc2`` finds the same ways with nothing but an engine that says yes or no, and python-sat's RC2.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.population import random_runner
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field
from prehab.runner import Runner
from prehab.unlock import Step, Unlock, Way
from prehab.unlock.unlocker import ORDER, WEIGHT
from prehab.week.running import Running

MODES = ("none", "run_walk", "easy_only", "as_usual")
Place = tuple[str, str, str]
"""The kind, the fact and the field of a value."""


def is_open(engine: Engine, runner: Runner, answer: Unlock, before: Runner) -> bool:
    """Whether what an answer is about is allowed, by all the rules of an engine."""
    decisions = engine._decide(runner)
    if answer.kind == "gate":
        return decisions.inference.gates[answer.target]
    if answer.kind == "running":
        decide = Running(engine._program).decide
        now, then = decide(decisions), decide(engine._decide(before))
        assert now is not None
        assert then is not None
        return MODES.index(now.mode) > MODES.index(then.mode)
    if answer.kind == "stage":
        for fact in decisions.inference.facts.by_kind["complaint"]:
            stages = list(engine.catalogue.injuries[fact.values["injury"]].stages)
            if fact.name not in ("c1", "c1/place") or answer.target not in stages:
                continue  # under a name from elsewhere, the first complaint counts as two
            if stages.index(decisions.stages[fact.name]) < stages.index(answer.target):
                return False
        return True
    bit = engine.catalogue.ids.index(answer.target)
    return decisions.status != "stop" and bool((decisions.allowed & decisions.equipped) >> bit & 1)


def targets(rng: random.Random, engine: Engine, runner: Runner) -> str:
    """Something to unlock: most often an exercise."""
    if rng.random() < 0.8:
        return rng.choice(engine.catalogue.ids)
    stages = ["1/load", "1/run"] if runner.complaints else []
    return rng.choice([*engine.pack.gates, "running", *stages])


def broken(engines: Sequence[Engine], data: Mapping[str, Any], target: str) -> Iterator[str]:
    """Every promise that an answer breaks."""
    first, *others = engines
    runner = first.runner(data)
    try:
        answer = first.unlock(runner, target)
    except InputError:  # no complaint of his comes to that stage
        return
    for engine in others:
        if engine.unlock(runner, target) != answer:
            yield f"{engine.evaluator} answers otherwise"
    if answer.open != (is_open(first, runner, answer, runner) if answer.kind != "running" else answer.open):
        yield f"open: {answer.open}"
    if not answer.open and not answer.ways and answer.complete and not answer.held:
        yield "neither a way nor what stands against it"
    if not answer.open and not answer.ways and not runner.recent_sessions:
        best = first.runner(at_best(first.pack, runner))
        if is_open(first, best, answer, runner):
            yield "there is a way, and none was told"
    if len({frozenset((s.at, s.needed) for s in way.steps) for way in answer.ways}) < len(answer.ways):
        yield "a way is told twice"
    for number, way in enumerate(answer.ways, 1):
        yield from (f"way {number}: {said}" for said in broken_by(first, others, runner, answer, way))


def broken_by(first: Engine, others: Sequence[Engine], runner: Runner, answer: Unlock, way: Way) -> Iterator[str]:
    """Every promise that a way breaks."""
    after = first.after(runner, way)
    if not runner.recent_sessions and runner.running.race_date is None:
        written = applied(runner, way.steps)
        if first.runner(written) != first.runner(after.model_dump(exclude_unset=True)):
            yield "the steps, written into the file, make another runner"
    for engine in (first, *others):
        if not is_open(engine, after, answer, runner):
            yield f"it does not open it ({engine.evaluator})"
    for number, step in enumerate(way.steps):
        fewer = way.model_copy(update={"steps": way.steps[:number] + way.steps[number + 1 :]})
        if is_open(first, first.after(runner, fewer), answer, runner):
            yield f"{step.at} is not needed"
        yield from unfair(first.pack, runner, step)
    for rung in way.rungs:
        for number in rung.demands:
            fewer = way.model_copy(update={"steps": way.steps[: number - 1] + way.steps[number:]})
            decisions = first._decide(first.after(runner, fewer))
            if rung.kind == "gate" and decisions.inference.gates[rung.id]:
                yield f"{rung.id} does not ask for {number}"


def unfair(pack: Pack, runner: Runner, step: Step) -> Iterator[str]:
    """What is wrong with asking for a step."""
    if step.kind == "equipment":
        return
    field = field_at(pack, step.at)
    if field is None:
        yield f"{step.at} is no value that is told"
        return
    ordered = field.worse != "neither" or field.counts_time
    if field.change == "no" or field.always:
        yield f"{step.at} cannot be changed"
    if field.change == "time" and not ordered:
        yield f"{step.at} does not change with time alone"
    if step.now is not None and (field.change == "ask" or not ordered):
        yield f"{step.at} was told already"
    if step.now is not None and ordered and not better(field, step.needed, step.now):
        yield f"{step.at} would be no better"
    if (step.now is None) != (step.kind in ("test", "answer")):
        yield f"{step.at} is {step.kind}, and was {step.now}"
    if (step.how is not None) != (step.kind == "test"):
        yield f"{step.at} is {step.kind}, and this is how it is tested: {step.how}"


def better(field: Field, one: Any, other: Any) -> bool:
    """Whether a value is better than another."""
    places = [field.values.index(v) if field.type == "choice" else v for v in (one, other)]
    return bool(places[0] < places[1] if field.worse == "higher" else places[0] > places[1])


def field_at(pack: Pack, at: str) -> Field | None:
    """The field of the vocabulary that a JSON pointer into a runner means."""
    parts = ["*" if part.isdigit() else part for part in at[1:].split("/")]
    for name, kind in pack.kinds.items():
        section = name if kind.source is None else kind.source
        if section.startswith("@") or name in pack.aggregates or name in pack.derived:
            continue
        for key, field in kind.fields.items():
            if key in kind.keys:
                continue
            place = key if field.source is None else field.source
            top = [section, "*"] if name == "complaint" else [section, parts[1]] if kind.keys else [section]
            if parts == [part for part in (*top, *place.split(".")) if part]:
                return field
    return None


def applied(runner: Runner, steps: Sequence[Step]) -> dict[str, Any]:
    """The runner's file with steps written into it."""
    data = runner.model_dump(mode="json", exclude_unset=True)
    for step in steps:
        write(data, step.at, step.needed)
    return data


def write(data: dict[str, Any], at: str, value: Any) -> None:
    """Write a value into a runner's file."""
    *parents, last = at[1:].split("/")
    if parents == ["strength", "equipment"]:
        strength = data.setdefault("strength", {})
        if last in (strength.get("lacks") or ()):
            strength["lacks"] = [item for item in strength["lacks"] if item != last]
        else:
            strength["equipment"] = [*(strength.get("equipment") or ()), last]
    elif parents == ["faults"]:
        data["faults"] = [fault for fault in data["faults"] if fault != last]
    else:
        there: Any = data
        for part in parents:
            there = there[int(part)] if part.isdigit() else there.setdefault(part, {})
        there[last] = value


def at_best(pack: Pack, runner: Runner) -> dict[str, Any]:
    """The runner's file with everything at its best that can honestly change and has a better end."""
    data = runner.model_dump(mode="json", exclude_unset=True)
    data["faults"] = []
    for at, field in tellable(pack, runner):
        told = _told(data, at)
        if field.worse != "neither" and field.change != "no" and not (told is not None and field.change == "ask"):
            write(data, at, field.best())
    data["strength"] = {**data.get("strength", {}), "equipment": list(pack.catalogue.words["equipment"]), "lacks": []}
    return data


def tellable(pack: Pack, runner: Runner) -> Iterator[tuple[str, Field]]:
    """Every value that a runner can tell, lists of words apart: where it stands, and its field."""
    for name, kind in pack.kinds.items():
        section = name if kind.source is None else kind.source
        made = section.startswith("@") or name in pack.aggregates or name in pack.derived
        if made or name in ("gate", "fault", "session"):
            continue
        keys: list[Any] = [()]
        if name == "complaint":
            keys = [(str(number),) for number in range(len(runner.complaints))]
        elif kind.keys:
            (words,) = kind.keys.values()
            keys = [(word,) for word in words]
        for label, field in kind.fields.items():
            if field.always or label in kind.keys:
                continue
            place = label if field.source is None else field.source
            for key in keys:
                yield "/" + "/".join(part for part in (section, *key, *place.split(".")) if part), field


def _told(data: Any, at: str) -> Any:
    for part in at[1:].split("/"):
        data = data[int(part)] if part.isdigit() else (data or {}).get(part)
        if data is None:
            return None
    return None if data == "not_assessed" else data


# -- the oracle --------------------------------------------------------------------------------------------------------


def without_clocks(pack: Pack) -> Pack:
    """A pack in which no value without a better end grows with time: so what is better never hurts."""
    kinds = {
        name: kind.model_copy(
            update={
                "fields": {
                    key: field.model_copy(update={"counts_time": field.counts_time and field.worse != "neither"})
                    for key, field in kind.fields.items()
                }
            }
        )
        for name, kind in pack.kinds.items()
    }
    return replace(pack, kinds=kinds)


class Oracle:
    """Finds all least ways to something by asking an engine about runners, and RC2 what to ask next.

    Args:
        engine: It says whether something is allowed.
        data: Who asks: a runner of whom every value is told that a caution asks for.
        answer: What ``unlock`` said, for what it is about.
    """

    def __init__(self, engine: Engine, data: dict[str, Any], answer: Unlock) -> None:
        self.engine = engine
        self.data = data
        self.answer = answer
        self.runner = engine.runner(data)
        self.levels: dict[str, list[Any]] = {}
        self.kinds: dict[str, str] = {}
        self.cuts = cuts_of(engine.pack)
        for at, field in tellable(engine.pack, self.runner):
            self._add(at, field, _told(data, at))
        for fault in data.get("faults") or ():
            self.levels[f"/faults/{fault}"], self.kinds[f"/faults/{fault}"] = [False], "training"
        bit = engine.catalogue.exercises[answer.target] if answer.kind == "exercise" else None
        owned = engine.catalogue.everyday().difference(self.runner.strength.lacks)
        owned = owned.union(self.runner.strength.equipment or ())
        for item in {item for options in (bit.needs if bit else ()) for item in options} - owned:
            self.levels[f"/strength/equipment/{item}"] = [True]
            self.kinds[f"/strength/equipment/{item}"] = "equipment"

    def _add(self, at: str, field: Field, told: Any) -> None:
        place = self.place(at)
        if place not in self.cuts:
            return
        if field.change == "no" or (told is not None and field.change == "ask") or field.worse == "neither":
            return
        values = sorted(self.cuts[place], key=lambda value: _goodness(field, value))
        self.levels[at] = [value for value in values if told is None or better(field, value, told)]
        if not self.levels[at]:
            del self.levels[at]
            return
        pain = at.startswith("/complaints/") and field.worse == "higher"
        kind = "test" if told is None else "healing" if pain else "time" if field.change == "time" else "training"
        self.kinds[at] = kind

    def place(self, at: str) -> str:
        """The kind and the field that stand at a place of a runner."""
        parts = at[1:].split("/")
        for name, kind in self.engine.pack.kinds.items():
            section = name if kind.source is None else kind.source
            for key, field in kind.fields.items():
                of = key if field.source is None else field.source
                top = [section, parts[1]] if (name == "complaint" or kind.keys) and len(parts) > 1 else [section]
                if parts == [part for part in (*top, *of.split(".")) if part] and key not in kind.keys:
                    return f"{name}.{key}"
        raise AssertionError(at)

    def allows(self, state: Mapping[str, int]) -> bool:
        """Whether it is allowed once each slot has come to its level."""
        data = copy.deepcopy(self.data)
        for at, level in state.items():
            if level:
                write(data, at, self.levels[at][level - 1])
        return is_open(self.engine, self.engine.runner(data), self.answer, self.runner)

    def ways(self) -> list[frozenset[tuple[str, int]]]:
        """All least ways, the cheapest first."""
        from pysat.examples.rc2 import RC2
        from pysat.formula import WCNF

        number = {}
        formula = WCNF()
        for at, values in self.levels.items():
            for level in range(1, len(values) + 1):
                number[at, level] = len(number) + 1
                if level > 1:
                    formula.append([-number[at, level], number[at, level - 1]])
            weight = WEIGHT ** ORDER[self.kinds[at]]
            for level in range(1, len(values) + 1):
                formula.append([-number[at, level]], weight=(weight * 100 if level == 1 else 0) + 1)
        top = {at: len(values) for at, values in self.levels.items()}
        found: list[frozenset[tuple[str, int]]] = []
        if not self.allows(top):
            return found
        with RC2(formula) as solver:
            while (model := solver.compute()) is not None:
                chosen = {value for value in model if value > 0}
                state = {at: sum(number[at, k] in chosen for k in range(1, top[at] + 1)) for at in top}
                if self.allows(state):
                    found.append(frozenset((at, level) for at, level in state.items() if level))
                    solver.add_clause([-number[at, level] for at, level in state.items() if level])
                    continue
                for at in top:  # as far as it is not allowed still
                    for level in range(top[at], state[at], -1):
                        if not self.allows({**state, at: level}):
                            state[at] = level
                            break
                solver.add_clause([number[at, level + 1] for at, level in state.items() if level < top[at]])
        return found

    def level(self, step: Step) -> int:
        """The level that a step comes to."""
        if step.at not in self.levels:
            return 0
        values = self.levels[step.at]
        if step.needed in values:
            return values.index(step.needed) + 1
        return 0


def _goodness(field: Field, value: Any) -> float:
    place = field.values.index(value) if field.type == "choice" else float(value)
    return -place if field.worse == "higher" else place


def cuts_of(pack: Pack) -> dict[str, list[Any]]:
    """Of each kind and field that anything tests, one value for each interval that can be told apart."""
    from prehab.unlock.conditions import STEPS

    bounds: dict[str, set[float]] = {}
    tests = [t for v in pack.variants for p in v.patterns for t in p.tests]
    tests += [t for p in pack.read_first for t in p.tests] + [t for p, _ in pack.implied for t in p.tests]
    for test in tests:
        about = pack.aggregates.get(test.kind)
        of = about.fields[test.field.removesuffix("_so_far")].of if about else f"{test.kind}.{test.field}"
        bounds.setdefault(of, set()).update([pack.parameters[test.parameter].value] if test.parameter else [])
    found: dict[str, list[Any]] = {}
    for of, numbers in bounds.items():
        kind, _, name = of.partition(".")
        if name not in pack.kinds[kind].fields:
            continue
        field = pack.kinds[kind].fields[name]
        if field.type in ("choice", "boolean"):
            found[of] = list(field.values) if field.type == "choice" else [False, True]
        elif field.range is not None:
            low, high = field.range
            values = {low, high} if not numbers else set()
            for bound in numbers:
                values.add(bound)
                for way in (1, -1):
                    steps = [1] if field.type == "integer" else STEPS
                    near = (round(bound + way * step, 4) for step in steps)
                    values.update([
                        next(
                            v for v in near
                            if field.type == "integer"
                            or not any(min(bound, v) <= cut <= max(bound, v) for cut in numbers - {bound})
                        )
                    ])  # fmt: skip
            cast = int if field.type == "integer" else float
            found[of] = sorted({cast(v) for v in values if low <= v <= high and cast(v) == v})
    return found


def told_in_full(rng: random.Random, pack: Pack) -> dict[str, Any]:
    """A random runner without a log or a race date, of whom everything is told that a caution asks for."""
    data = random_runner(rng, pack)
    data.pop("recent_sessions", None)
    data.get("running", {}).pop("race_date", None)
    asked = {
        (test.kind, test.field)
        for variant in pack.variants
        if pack.rules[variant.rule].side == "caution"
        for pattern in variant.patterns
        for test in pattern.tests
        if not test.unknown
    }
    asked |= {(p.kind, t.field) for p in pack.read_first for t in p.tests}
    asked |= {(reading.of, name) for reading in pack.careful for name in reading.fields}
    for kind, name in list(asked):
        if kind in pack.aggregates:
            of = pack.aggregates[kind].fields[name.removesuffix("_so_far")].of
            asked.add((of.partition(".")[0], of.partition(".")[2]))
    runner = Runner.model_validate(data, strict=False)
    asked |= {(pattern.kind, name) for pattern, names in pack.implied for name in names}
    asked |= {
        (kind, name) for kind, about in pack.kinds.items() for name, f in about.fields.items() if f.worse == "neither"
    }
    fields = {id(pack.kinds[kind].fields[name]) for kind, name in asked if name in pack.kinds[kind].fields}
    cuts = cuts_of(pack)
    places = {id(f): f"{k}.{n}" for k, kind in pack.kinds.items() for n, f in kind.fields.items()}
    for at, field in tellable(pack, runner):
        if id(field) in fields and _told(data, at) is None and places[id(field)] in cuts:
            write(data, at, rng.choice(cuts[places[id(field)]]))
    return data
