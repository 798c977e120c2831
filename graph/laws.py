"""What must hold of every graph, beyond the shape of its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from prehab.graph.catalogue import TELLS, Catalogue
from prehab.graph.faults import Fault
from prehab.graph.files import Document, Place
from prehab.graph.schema import Exercise, Injury

__all__ = ["check"]

MAX_IMPACT_STEP = 1
MAX_LOAD_STEP = 2
LANDING_IMPACT = 2
LOADED_LEVEL = 2
STANDING = "standing"
LYING = ("lying", "side_lying")
EXPLOSIVE_MODES = frozenset({"ballistic", "plyometric", "sprint"})

Finding = tuple[str, str, Place]


def check(catalogue: Catalogue, places: Mapping[tuple[str, str], Document], words: Document) -> Iterator[Fault]:
    """Every broken law, with the file and line of what breaks it.

    Muscle groups and ladders do not run in circles; exercises agree with themselves and load what they cannot spare;
    what needs outside load states its loads with it; ladders climb in steps, and every exercise is on one or says why
    not; every injury can be treated at every stage without bought equipment; levels agree with the published orders;
    everything has a source or says that it is consensus.

    Args:
        catalogue: Contents whose shape and names were checked.
        places: The document of each exercise and injury.
        words: The document of the word lists.
    """
    muscles = catalogue.words["muscles"]
    if circle := _circle({name: [muscle["parent"]] for name, muscle in muscles.items() if "parent" in muscle}):
        message = "the parents of these muscles run in a circle: " + " -> ".join(circle)
        yield words.fault("muscle-circle", message, ("muscles", circle[0], "parent"))
        return  # whose member a muscle is, nobody can say then
    for name, about in catalogue.words["structures"].items():
        if "loaded_as" in catalogue.words["structures"].get(about.get("loaded_as"), {}):
            message = f"`{about['loaded_as']}` itself borrows its load; name a structure that exercises state"
            yield words.fault("borrowed-twice", message, ("structures", name, "loaded_as"))
    if circle := _circle({key: exercise.progresses_to for key, exercise in catalogue.exercises.items()}):
        message = "the progressions run in a circle: " + " -> ".join(circle)
        yield places["exercises", circle[0]].fault("ladder-circle", message, (circle[0], "progresses_to"), key=True)
    for key, exercise in catalogue.exercises.items():
        for code, message, place in _exercise(catalogue, exercise):
            yield places["exercises", key].fault(code, message, (key, *place), key=True)
        if not (exercise.progresses_to or catalogue.easier[key] or exercise.free_standing):
            message = "it is on no ladder: let another progress to it, or say why it stands alone in `free_standing`"
            yield places["exercises", key].fault("no-ladder", message, (key,), key=True)
        if exercise.free_standing and (exercise.progresses_to or catalogue.easier[key]):
            message = "`free_standing` says that it is on no ladder, but it is on one"
            yield places["exercises", key].fault("no-ladder", message, (key, "free_standing"), key=True)
    for key, order in catalogue.orders.items():
        agreement = order.agreement(catalogue.exercises)
        if agreement < order.agrees_at_least:
            about = f"load on {order.structure}" if order.structure else "impact"
            message = (
                f"our levels of {about} agree with this published order only to {agreement:.2f} (Spearman), "
                f"which is less than {order.agrees_at_least:g}"
            )
            yield places["orders", key].fault("order-disagrees", message, (key, "agrees_at_least"), key=True)
    for item, about in catalogue.words["equipment"].items():
        for stood in about.get("stands_in_for", {}):
            if not any({item, stood} <= set(options) for e in catalogue.exercises.values() for options in e.needs):
                message = f"no exercise may be done with `{item}` in place of `{stood}`"
                yield words.fault("idle-stand-in", message, ("equipment", item, "stands_in_for", stood), key=True)
    for key, injury in catalogue.injuries.items():
        for code, message, place in _injury(catalogue, injury):
            yield places["injuries", key].fault(code, message, (key, *place), key=True)


def _circle(links: Mapping[str, Sequence[str]]) -> list[str]:
    """Follow the links round a circle, where there is one, from the first of its names back to itself."""
    try:
        TopologicalSorter(links).prepare()
    except CycleError as error:
        circle = error.args[1][:0:-1]
        first = circle.index(min(circle))
        return [*circle[first:], *circle[: first + 1]]
    return []


def _exercise(catalogue: Catalogue, exercise: Exercise) -> Iterator[Finding]:
    modes = set(exercise.modes)
    if not (exercise.sources or exercise.consensus):
        yield "no-source", "name `sources`, or say `consensus: true`", ()
    if (exercise.explosive != "none") != bool(modes & EXPLOSIVE_MODES):
        message = "`explosive` must be low, moderate or high exactly when a mode is ballistic, plyometric or sprint"
        yield "explosive-class", message, ("explosive",)
    if modes == {"isometric"} and exercise.osteogenic:
        message = "a purely isometric exercise is no stimulus to bone; osteogenic must be 0"
        yield "isometric-osteogenic", message, ("osteogenic",)
    if exercise.position in LYING and exercise.osteogenic:
        message = "what is done lying down is no stimulus to bone; osteogenic must be 0"
        yield "lying-osteogenic", message, ("osteogenic",)
    for code, who, structure in _unloaded(catalogue, exercise):
        yield code, f"who {who} loads `{structure}`; a missing load counts as none, so say at least 1", ("loads",)
    for muscle, structure in _understated(catalogue, exercise):
        message = (
            f"it needs outside load and trains `{muscle}` first of all, so it loads `{structure}` at {LOADED_LEVEL} or "
            "more: say the level with that load"
        )
        yield "understated-load", message, ("loads", structure)
    for structure in exercise.load_basis:
        if structure not in exercise.loads:
            message = f"`load_basis` names `{structure}`, which `loads` does not"
            yield "basis-without-load", message, ("load_basis", structure)
    for harder in exercise.step_notes:
        if harder not in exercise.progresses_to:
            message = f"`step_notes` is about `{harder}`, to which it does not progress"
            yield "idle-step-note", message, ("step_notes", harder)
    for position, harder in enumerate(exercise.progresses_to):
        step: Place = ("progresses_to", position)
        if harder in exercise.substitutes:
            yield "step-and-substitute", f"`{harder}` cannot be both a progression and a substitute", step
        if harder in exercise.step_notes:
            continue
        target = catalogue.exercises[harder]
        if target.impact - exercise.impact > MAX_IMPACT_STEP:
            raises = f"impact from {exercise.impact} to {target.impact}"
            yield "steep-step", f"the step to `{harder}` raises {raises}; say why in `step_notes`", step
        for structure, level in target.loads.items():
            if level - exercise.loads.get(structure, 0) > MAX_LOAD_STEP:
                raises = f"load on {structure} from {exercise.loads.get(structure, 0)} to {level}"
                yield "steep-step", f"the step to `{harder}` raises {raises}; say why in `step_notes`", step


def _unloaded(catalogue: Catalogue, exercise: Exercise) -> Iterator[tuple[str, str, str]]:
    """Each structure that the exercise cannot help loading and does not name: code, what loads it, structure."""
    primary = {muscle for muscle, role in exercise.trains.items() if role == "primary"}
    for structure, about in catalogue.words["structures"].items():
        if structure in exercise.loads:
            continue
        if about.get("weight_bearing") and exercise.position == STANDING:
            yield "missing-bone-load", "stands", structure
        if about.get("landing") and exercise.impact >= LANDING_IMPACT:
            yield "missing-landing-load", "lands", structure
        for group in about.get("of", ()):
            for muscle in sorted(primary & catalogue.muscle_family[group]):
                yield "missing-muscle-load", f"trains `{muscle}` first of all", structure
        for feature in about.get("bears", ()):
            if feature in exercise.features:
                yield "missing-feature-load", f"does it with `{feature}`", structure


def _understated(catalogue: Catalogue, exercise: Exercise) -> Iterator[tuple[str, str]]:
    """What an exercise that makes no sense without outside load must load, and says too little of: muscle, structure.

    Else what is withheld from a place by its load would leave the loaded exercise there.
    """
    if exercise.external_load != "required":
        return
    primary = {muscle for muscle, role in exercise.trains.items() if role == "primary"}
    for structure, about in catalogue.words["structures"].items():
        if 0 < exercise.loads.get(structure, 0) < LOADED_LEVEL:
            groups = (catalogue.muscle_family[group] for group in about.get("of", ()))
            for muscle in sorted(primary.intersection(*[frozenset().union(*groups)])):
                yield muscle, structure
                break


def _injury(catalogue: Catalogue, injury: Injury) -> Iterator[Finding]:
    if not (injury.sources or injury.consensus):
        yield "no-source", "name `sources`, or say `consensus: true`", ()
    for field in ("implicates", "aggravated_by", "treated_by", "red_flags", "usual_signs"):
        for position, entry in enumerate(getattr(injury, field)):
            if not (entry.sources or entry.consensus or injury.consensus):
                yield "no-source", "this entry needs `sources` or `consensus: true`", (field, position)
    for position, aggravator in enumerate(injury.aggravated_by):
        if (aggravator.feature is None) == (aggravator.load is None) or (
            (aggravator.load is None) != (aggravator.at_least is None)
        ):
            message = "an entry of `aggravated_by` names a `feature`, or a `load` with `at_least`"
            yield "bad-aggravator", message, ("aggravated_by", position)
    for position, treatment in enumerate(injury.treated_by):
        if treatment.stage not in injury.stages:
            message = f"stage `{treatment.stage}` is not one of its stages ({', '.join(injury.stages)})"
            yield "stage-not-used", message, ("treated_by", position, "stage")
    tells = catalogue.words["regions"][injury.region].get("tells", {})
    for position, usual in enumerate(injury.usual_signs):
        if injury.tissue == "bone":
            message = "of a complaint of bone every sign counts, so none is usual"
            yield "idle-usual-sign", message, ("usual_signs", position)
        elif TELLS.index(usual.tells) >= TELLS.index(tells.get(usual.sign, TELLS[0])):
            message = f"`{usual.sign}` counts no sooner than that at the {injury.region}, so it makes no difference"
            yield "idle-usual-sign", message, ("usual_signs", position)
    everyday = catalogue.everyday()
    for stage, about in injury.stages.items():
        if not (about.sources or about.consensus or injury.consensus):
            yield "no-source", "this stage needs `sources` or `consensus: true`", ("stages", stage)
        without = any(
            all(everyday.intersection(options) for options in catalogue.exercises[treatment.exercise].needs)
            for treatment in injury.treated_by
            if treatment.stage == stage
        )
        if not without:
            message = f"stage `{stage}` has no exercise that can be done without bought equipment"
            yield "stage-without-exercise", message, ("stages", stage)
        yield from _programme(injury, stage)


def _programme(injury: Injury, stage: str) -> Iterator[Finding]:
    """A programme is made of what treats the injury by then, and an injury has one for every stage or for none."""
    about, order = injury.stages[stage], list(injury.stages)
    if not about.programme and any(one.programme for one in injury.stages.values()):
        yield "stage-without-programme", "other stages of this injury have a `programme`; give this one, too", (
            "stages", stage,
        )  # fmt: skip
    by_then = {edge.exercise for edge in injury.treated_by if edge.stage in order[: order.index(stage) + 1]}
    for number, work in enumerate(about.programme):
        place: Place = ("stages", stage, "programme", number)
        if not (work.sources or work.consensus):
            yield "no-source", "this work needs `sources` or `consensus: true`", place
        if sum(amount is not None for amount in (work.reps, work.hold_s, work.contacts)) > 1:
            yield "programme-amount", "a work gives one of `reps`, `hold_s` and `contacts`", place
        for name in ("sets", "days_per_week"):
            first, last = getattr(work, name)
            if first > last:
                yield "programme-order", f"`{name}` must go from the fewer to the more", (*place, name)
        for step, tools in enumerate(work.steps):
            for tool in tools:
                if tool not in by_then:
                    message = f"`{tool}` does not treat this injury by then: add it to `treated_by` for `{stage}`"
                    yield "programme-not-treating", message, (*place, "steps", step)
