"""What the graph is made of, as plain lists: nodes of a few kinds, and edges whose meaning has a sentence both ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from prehab.graph.catalogue import Catalogue
from prehab.graph.schema import Exercise, Injury, Order, Sourced

__all__ = ["KINDS", "RELATIONS", "Edge", "Node", "Relation", "edges_of", "nodes_of"]

# each kind of node, and the table or word list that holds it
KINDS = {
    "exercise": "exercises", "injury": "injuries", "structure": "structures", "muscle": "muscles",
    "pattern": "patterns", "fault": "faults", "phase": "phases", "equipment": "equipment",
    "adaptation": "adaptations", "feature": "features", "region": "regions", "stage": "stages", "dose": "doses",
    "test": "tests", "red_flag": "red_flags", "order": "orders", "source": "sources", "claim": "claims",
}  # fmt: skip


@dataclass(frozen=True)
class Relation:
    """A kind of edge.

    Attributes:
        says: What stands between the two names, read from start to end.
        reverse: The same, read from end to start.
        starts: The kinds of node it may start from.
        ends: The kinds of node it may lead to.
        detail: What its attributes add to the sentence; left out when one that it names is not there.
        layout: How a sheet lists it: under each ``detail``, under each ``name``, one after the other (``inline``),
            or as ``alternatives``.
    """

    says: str
    reverse: str
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    detail: str = ""
    layout: Literal["detail", "name", "inline", "alternatives"] = "inline"


_EXERCISE, _INJURY = ("exercise",), ("injury",)

RELATIONS = {
    "of_pattern": Relation("follows the pattern", "is the pattern of", _EXERCISE, ("pattern",)),
    "in_phase": Relation("is useful from the phase", "is the first phase for", _EXERCISE, ("phase",)),
    "trains": Relation("trains", "is trained by", _EXERCISE, ("muscle",), "{role}", "detail"),
    "loads": Relation("loads", "is loaded by", _EXERCISE, ("structure",), "level {level} of 5, {basis}", "detail"),
    "needs": Relation("needs", "is needed for", _EXERCISE, ("equipment",), "or {instead}", "alternatives"),
    "builds": Relation("builds", "is built by", _EXERCISE, ("adaptation",)),
    "has_feature": Relation("has the feature", "is a feature of", _EXERCISE, ("feature",)),
    "progresses_to": Relation("progresses to", "is a progression of", _EXERCISE, _EXERCISE, "{note}"),
    "substitutes": Relation("can be replaced by", "can replace", _EXERCISE, _EXERCISE),
    "at_region": Relation("is felt at the", "is where one feels", _INJURY, ("region",)),
    "affects": Relation("affects", "is affected by", _INJURY, ("structure",), "{role}", "detail"),
    "implicates": Relation("implicates", "is implicated in", _INJURY, ("muscle",), "{role}", "detail"),
    "aggravated_by": Relation(
        "is aggravated by", "aggravates", _INJURY, ("feature", "structure"), "loaded at level {at_least} or more"
    ),
    "treated_by": Relation("is treated by", "treats", _INJURY, _EXERCISE, "stage {stage}", "detail"),
    "has_stage": Relation(
        "has the stage",
        "is a stage of",
        _INJURY,
        ("stage",),
        "{goal} Moving on: {move_on} Stepping back: {step_back}",
        "name",
    ),
    "dosed_by": Relation("is dosed by", "is a dose for", _INJURY, ("dose",), "stage {stage}", "detail"),
    "judged_by": Relation("is judged by", "judges", _INJURY, ("test",), "stage {stage}", "detail"),
    "warned_by": Relation(
        "goes to a clinician if", "sends to a clinician", _INJURY, ("red_flag",), "{urgency}: {why}", "name"
    ),
    "usual_sign": Relation(
        "has by itself", "belongs to", _INJURY, ("red_flag",), "{tells} of it counts for the bone: {why}", "name"
    ),
    "tells": Relation(
        "thinks of the bone when", "speaks for the bone at", ("region",), ("red_flag",), "{tells}", "detail"
    ),
    "told_apart_from": Relation("is told apart from", "is also told apart from", _INJURY, _INJURY, "{how}", "name"),
    "presumes": Relation("pain is handled as", "is what is assumed for", ("region",), _INJURY),
    "in_region": Relation("lies in the region", "is the region of", ("structure",), ("region",)),
    "part_of": Relation("is part of", "includes", ("muscle",), ("muscle",)),
    "measures": Relation("measures", "is measured by", ("test",), ("muscle",)),
    "stands_in_for": Relation(
        "can stand in for", "can be stood in for by", ("equipment",), ("equipment",), "{how}", "name"
    ),
    "ranks": Relation("ranks", "is ranked by", ("order",), _EXERCISE, "{value:g}; our level {level}", "detail"),
    "ranks_by": Relation("ranks by load on", "has a published order in", ("order",), ("structure",)),
    "points_at": Relation("points at", "is pointed at by", ("fault",), ("muscle",)),
    "supports": Relation(
        "supports", "is supported by", ("source",), ("exercise", "injury", "order"), "{statement}", "name"
    ),
    "carried_by": Relation("is carried by", "carries", ("claim",), ("exercise", "injury")),
}


@dataclass(frozen=True)
class Node:
    """A thing in the graph. ``key`` is ``kind:id``: an id may stand in several kinds, a key is unique."""

    kind: str
    id: str
    name: str
    fields: dict[str, Any]

    @property
    def key(self) -> str:
        """The name of the node in the network."""
        return f"{self.kind}:{self.id}"

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that people use."""
        return tuple(self.fields.get("aliases", ()))


@dataclass(frozen=True)
class Edge:
    """A relation between two nodes, given by their keys; ``sources`` and ``consensus`` say what it rests on."""

    start: str
    relation: str
    end: str
    attributes: dict[str, Any] = field(default_factory=dict)
    sources: tuple[str, ...] = ()
    consensus: bool = False

    @property
    def detail(self) -> str:
        """What the attributes add to the sentence, or ``""``."""
        shown = {
            name: " or ".join(value).replace("_", " ") if isinstance(value, tuple) else value
            for name, value in self.attributes.items()
            if value not in (None, ())
        }
        try:
            return RELATIONS[self.relation].detail.format(**shown)
        except KeyError:
            return ""

    def sentence(self, start: str, end: str, *, reverse: bool = False) -> str:
        """Say the edge between the names of its two ends, from the end's side when ``reverse``."""
        relation = RELATIONS[self.relation]
        said = f"{end} {relation.reverse} {start}" if reverse else f"{start} {relation.says} {end}"
        return f"{said} ({self.detail})" if self.detail else said


# what a sheet tells as edges, and so not again as a field
_TOLD_BY_EDGES = {
    "id", "name", "pattern", "phase", "needs", "trains", "loads", "load_basis", "features", "builds", "progresses_to",
    "step_notes", "substitutes", "sources", "seeds", "region", "affects", "implicates", "aggravated_by", "treated_by",
    "told_apart_from", "parent", "points_at", "presume", "in_pregnancy", "stages", "red_flags", "usual_signs", "tells",
    "measures", "stands_in_for", "values", "source", "structure",
}  # fmt: skip


def nodes_of(catalogue: Catalogue) -> Iterator[Node]:
    """Yield every node, kind by kind, in the order of its table or word list."""
    for kind, table in KINDS.items():
        if table in catalogue.words:
            for key, entry in catalogue.words[table].items():
                fields = dict(entry) if isinstance(entry, dict) else {"says": entry}
                name = fields.get("name", key.replace("_", " "))
                yield Node(kind, key, name, {k: v for k, v in fields.items() if k not in _TOLD_BY_EDGES})
        else:
            for key, node in getattr(catalogue, table).items():
                yield Node(kind, key, getattr(node, "name", key), node.model_dump(exclude=_TOLD_BY_EDGES))


def edges_of(catalogue: Catalogue) -> Iterator[Edge]:
    """Yield every edge. An edge that names no source of its own rests on what its exercise or injury rests on."""
    for exercise in catalogue.exercises.values():
        yield from _of_exercise(exercise)
    names = {node.key: node.name for node in nodes_of(catalogue)}
    for injury in catalogue.injuries.values():
        yield from _of_injury(injury, names)
    words = catalogue.words
    for key, structure in words["structures"].items():
        yield Edge(f"structure:{key}", "in_region", f"region:{structure['region']}")
    for key, region in words["regions"].items():
        yield Edge(f"region:{key}", "presumes", f"injury:{region['presume']}")
        for sign, tells in region.get("tells", {}).items():
            yield Edge(f"region:{key}", "tells", f"red_flag:{sign}", {"tells": tells})
    for key, muscle in words["muscles"].items():
        if "parent" in muscle:
            yield Edge(f"muscle:{key}", "part_of", f"muscle:{muscle['parent']}")
    for key, test in words["tests"].items():
        for name in test.get("measures", ()):
            yield Edge(f"test:{key}", "measures", f"muscle:{name}")
    for key, item in words["equipment"].items():
        for name, how in item.get("stands_in_for", {}).items():
            yield Edge(f"equipment:{key}", "stands_in_for", f"equipment:{name}", {"how": how})
    for order in catalogue.orders.values():
        yield from _of_order(catalogue, order)
    for key, fault in words["faults"].items():
        for name in fault["points_at"]:
            yield Edge(f"fault:{key}", "points_at", f"muscle:{name}")


def _of_exercise(exercise: Exercise) -> Iterator[Edge]:
    def edge(relation: str, end: str, **attributes: Any) -> Edge:
        return Edge(me, relation, end, attributes, tuple(exercise.sources), exercise.consensus)

    me = f"exercise:{exercise.id}"
    yield edge("of_pattern", f"pattern:{exercise.pattern}")
    yield edge("in_phase", f"phase:{exercise.phase}")
    for muscle, role in exercise.trains.items():
        yield edge("trains", f"muscle:{muscle}", role=role)
    for structure, level in sorted(exercise.loads.items(), key=lambda load: -load[1]):
        basis = exercise.load_basis.get(structure, "judged")
        yield edge("loads", f"structure:{structure}", level=level, basis=basis)
    for group, options in enumerate(exercise.needs):
        for item in options:
            instead = tuple(other for other in options if other != item)
            yield edge("needs", f"equipment:{item}", group=group, instead=instead)
    for adaptation in exercise.builds:
        yield edge("builds", f"adaptation:{adaptation}")
    for feature in exercise.features:
        yield edge("has_feature", f"feature:{feature}")
    for harder in exercise.progresses_to:
        note = {"note": exercise.step_notes[harder]} if harder in exercise.step_notes else {}
        yield edge("progresses_to", f"exercise:{harder}", **note)
    for other in exercise.substitutes:
        yield edge("substitutes", f"exercise:{other}")
    yield from _backing(me, exercise)


def _of_order(catalogue: Catalogue, order: Order) -> Iterator[Edge]:
    me, backing = f"order:{order.id}", (order.source,)
    if order.structure:
        yield Edge(me, "ranks_by", f"structure:{order.structure}", {}, backing)
    levels = order.levels(catalogue.exercises)
    for exercise, value in sorted(order.values.items(), key=lambda pair: pair[1]):
        yield Edge(me, "ranks", f"exercise:{exercise}", {"value": value, "level": levels[exercise]}, backing)
    yield Edge(f"source:{order.source}", "supports", me, {"others": ()}, backing)


def _of_injury(injury: Injury, names: dict[str, str]) -> Iterator[Edge]:
    def edge(relation: str, end: str, entry: Any = None, **attributes: Any) -> Edge:
        own = entry is not None and (entry.sources or entry.consensus)
        rests_on = entry if own else injury
        return Edge(me, relation, end, attributes, tuple(rests_on.sources), rests_on.consensus)

    me = f"injury:{injury.id}"
    yield edge("at_region", f"region:{injury.region}")
    for structure, role in injury.affects.items():
        yield edge("affects", f"structure:{structure}", role=role)
    for contrast in injury.told_apart_from:
        yield edge("told_apart_from", f"injury:{contrast.injury}", how=contrast.how)
    yield from _backing(me, injury)
    argued: list[tuple[Any, Edge]] = []
    for stage, about in injury.stages.items():
        told = {"goal": about.goal, "move_on": about.move_on, "step_back": about.step_back}
        argued.append((about, edge("has_stage", f"stage:{stage}", about, **told)))
        for dose in about.doses:
            yield edge("dosed_by", f"dose:{dose}", about, stage=stage)
        for test in about.tests:
            yield edge("judged_by", f"test:{test}", about, stage=stage)
    for warning in injury.red_flags:
        end = f"red_flag:{warning.flag}"
        argued.append((warning, edge("warned_by", end, warning, urgency=warning.urgency, why=warning.why)))
    for sign in injury.usual_signs:
        end = f"red_flag:{sign.sign}"
        argued.append((sign, edge("usual_sign", end, sign, tells=sign.tells, why=sign.why)))
    for entry in injury.implicates:
        argued.append((entry, edge("implicates", f"muscle:{entry.muscle}", entry, role=entry.role)))
    for cause in injury.aggravated_by:
        end = f"feature:{cause.feature}" if cause.feature else f"structure:{cause.load}"
        argued.append((cause, edge("aggravated_by", end, cause, at_least=cause.at_least)))
    for treatment in injury.treated_by:
        end = f"exercise:{treatment.exercise}"
        argued.append((treatment, edge("treated_by", end, treatment, stage=treatment.stage)))
    for argument, one in argued:
        yield one
        statement = one.sentence("", names.get(one.end, one.end)).strip()
        yield from _supports(me, argument, statement, consensus=injury.consensus)
    for stage, about in injury.stages.items():
        for work in about.programme:
            yield from _supports(me, work, f"is trained in the stage {stage} with this work: {work.what}")


def _backing(me: str, node: Exercise | Injury) -> Iterator[Edge]:
    yield from _supports(me, node)
    for claim in node.seeds:
        yield Edge(f"claim:{claim}", "carried_by", me)


def _supports(me: str, argument: Sourced, statement: str = "", *, consensus: bool = False) -> Iterator[Edge]:
    consensus = consensus or argument.consensus
    said = {"statement": statement} if statement else {}
    for source in argument.sources:
        others = tuple(other for other in argument.sources if other != source)
        yield Edge(f"source:{source}", "supports", me, {**said, "others": others}, (source,), consensus)
