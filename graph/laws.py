"""What must hold of every graph, beyond the shape of its files."""

from __future__ import annotations

from collections.abc import Iterator

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault
from prehab.graph.files import Document
from prehab.graph.schema import Exercise

__all__ = ["check"]

MAX_IMPACT_STEP = 1
MAX_LOAD_STEP = 2
EXPLOSIVE_MODES = frozenset({"ballistic", "plyometric", "sprint"})


def check(catalogue: Catalogue, places: dict[tuple[str, str], Document]) -> Iterator[Fault]:
    """Every broken law, with the file and line of the node that breaks it.

    The words of ``words.yaml`` refer to one another; exercises agree with themselves; ladders are acyclic and climb
    in steps; every injury can be treated at every stage without bought equipment; everything has a source or says
    that it is consensus.
    """

    def fault(kind: str, key: str, code: str, message: str, field: str | None = None) -> Fault:
        document = places[kind, key]
        return document.fault(code, message, (key, field) if field else (key,), key=True)

    yield from _words(catalogue)
    for key, exercise in catalogue.exercises.items():
        for code, message, field in _exercise(catalogue, exercise):
            yield fault("exercises", key, code, message, field)
    for cycle in _cycles(catalogue):
        yield fault("exercises", cycle[0], "cycle", "the progressions run in a circle: " + " -> ".join(cycle), "progresses_to")
    everyday = catalogue.everyday()
    for key, injury in catalogue.injuries.items():
        if not (injury.sources or injury.consensus):
            yield fault("injuries", key, "no-source", "name `sources`, or say `consensus: true`")
        for edge in (*injury.implicates, *injury.aggravated_by, *injury.treated_by):
            if not (edge.sources or edge.consensus or injury.consensus):
                words = ", ".join(str(v) for v in edge.model_dump(exclude_defaults=True).values())
                yield fault("injuries", key, "no-source", f"the entry ({words}) needs `sources` or `consensus: true`")
        for aggravator in injury.aggravated_by:
            if (aggravator.feature is None) == (aggravator.load is None) or (
                (aggravator.load is None) != (aggravator.at_least is None)
            ):
                message = "an entry of `aggravated_by` names a `feature`, or a `load` with `at_least`"
                yield fault("injuries", key, "bad-aggravator", message, "aggravated_by")
        for treatment in injury.treated_by:
            if treatment.stage not in injury.stages:
                message = f"stage `{treatment.stage}` is not one of its stages ({', '.join(injury.stages)})"
                yield fault("injuries", key, "unknown-stage", message, "treated_by")
        for stage in injury.stages:
            without = [
                t.exercise
                for t in injury.treated_by
                if t.stage == stage
                and all(everyday.intersection(options) for options in catalogue.exercises[t.exercise].needs)
            ]
            if not without and not injury.high_risk:
                message = f"stage `{stage}` has no exercise that can be done without bought equipment"
                yield fault("injuries", key, "stage-without-exercise", message, "treated_by")


def _words(catalogue: Catalogue) -> Iterator[Fault]:
    words = catalogue.words
    references = (
        ("patterns", "slot", "slots"), ("patterns", "screen", "screens"), ("structures", "tissue", "tissues"),
        ("structures", "region", "regions"), ("muscles", "parent", "muscles"), ("regions", "presume", None),
        ("faults", "points_at", "muscles"),
    )  # fmt: skip
    for kind, field, target in references:
        known = catalogue.injuries if target is None else words.get(target, {})
        for key, entry in words.get(kind, {}).items():
            named = entry.get(field)
            for name in named if isinstance(named, list) else [named]:
                if name is not None and name not in known:
                    message = f"{kind} `{key}`: `{field}` names `{name}`, which does not exist"
                    yield Fault("dangling-word", message, "graph/words.yaml", path=f"/{kind}/{key}/{field}")


def _exercise(catalogue: Catalogue, exercise: Exercise) -> Iterator[tuple[str, str, str | None]]:
    modes = set(exercise.modes)
    if not (exercise.sources or exercise.consensus):
        yield "no-source", "name `sources`, or say `consensus: true`", None
    if (exercise.explosive != "none") != bool(modes & EXPLOSIVE_MODES):
        message = "`explosive` must be low, moderate or high exactly when a mode is ballistic, plyometric or sprint"
        yield "explosive-class", message, "explosive"
    if modes == {"isometric"} and exercise.osteogenic:
        yield "isometric-osteogenic", "a purely isometric exercise is no stimulus to bone; osteogenic must be 0", "osteogenic"
    if "supine_or_prone" in exercise.features and exercise.osteogenic:
        yield "lying-osteogenic", "what is done lying down is no stimulus to bone; osteogenic must be 0", "osteogenic"
    for structure in exercise.load_basis:
        if structure not in exercise.loads:
            yield "basis-without-load", f"`load_basis` names `{structure}`, which `loads` does not", "load_basis"
    for harder in exercise.progresses_to:
        if harder in exercise.substitutes:
            yield "step-and-substitute", f"`{harder}` cannot be both a progression and a substitute", "substitutes"
        if exercise.step_note:
            continue
        target = catalogue.exercises[harder]
        if target.impact - exercise.impact > MAX_IMPACT_STEP:
            message = f"the step to `{harder}` raises impact from {exercise.impact} to {target.impact}; say why in `step_note`"
            yield "steep-step", message, "progresses_to"
        for structure, level in target.loads.items():
            if level - exercise.loads.get(structure, 0) > MAX_LOAD_STEP:
                before = exercise.loads.get(structure, 0)
                message = f"the step to `{harder}` raises load on {structure} from {before} to {level}; say why in `step_note`"
                yield "steep-step", message, "progresses_to"


def _cycles(catalogue: Catalogue) -> Iterator[list[str]]:
    done: set[str] = set()
    for start in catalogue.exercises:
        if start in done:
            continue
        path: list[str] = []
        todo: list[tuple[str, int]] = [(start, 0)]
        while todo:
            key, depth = todo.pop()
            del path[depth:]
            if key in path:
                yield [*path[path.index(key) :], key]
                return
            if key in done:
                continue
            path.append(key)
            harder = catalogue.exercises[key].progresses_to
            if harder:
                todo.extend((name, depth + 1) for name in harder)
        done.update(path)
        done.add(start)
