"""The engine: runner in, recommendation out. The story in five steps: facts, inference, decisions, a week, words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from prehab import __version__
from prehab.decide import Decider, Decisions
from prehab.facts import FactBuilder
from prehab.graph.faults import Fault, InputError, nearest
from prehab.graph.files import Document, read_path, read_text
from prehab.graph.schema import make
from prehab.inference import Evaluator, infer
from prehab.lacking import Lacking
from prehab.program import Program
from prehab.questions import Questions
from prehab.reasons import Reasons
from prehab.recommendation import Explanation, Provenance, Recommendation
from prehab.runner import Runner
from prehab.sessions import Planner
from prehab.writing import Writer

if TYPE_CHECKING:
    from prehab.graph.catalogue import Catalogue
    from prehab.rules.pack import Pack

__all__ = ["Engine", "evaluators", "known_words", "load_bundled_pack"]

PACK_FILE = Path(__file__).parent / "pack.json"

_HELPS = {
    "unknown-injury": "Not sure of its name? Leave `injury` out and give `region`, where it hurts.",
}

RunnerLike = Runner | Mapping[str, Any]


class Engine:
    """Recommends strength work for runners.

    An engine loads its pack once, is immutable, and is safe to share between threads.

    Args:
        rules: A folder of rule files in place of the bundled ones.
        graph: A folder of graph files in place of the bundled ones.
        pack: A pack that is loaded already, in place of both folders.
        parameters: Values that replace those of named parameters, inside their permitted ranges.
        evaluator: ``durable`` runs the rules on durable-rules, ``reference`` in plain Python. The answers are the
            same. By default durable-rules where it can be imported.

    Raises:
        PackError: The rule or graph files have faults; all of them are listed.
        InputError: A parameter does not exist, is out of range or is fixed when a pack is compiled; or the evaluator
            asked for cannot be had here.

    >>> from prehab import Engine
    >>> Engine().recommend({}).status
    'train'
    """

    def __init__(
        self,
        *,
        rules: str | Path | None = None,
        graph: str | Path | None = None,
        pack: Pack | None = None,
        parameters: Mapping[str, float] | None = None,
        evaluator: Literal["durable", "reference"] | None = None,
    ) -> None:
        if pack is not None:
            self._pack = pack
        elif rules is None and graph is None:
            self._pack = load_bundled_pack()
        else:
            from prehab.graph.load import GRAPH_FOLDER
            from prehab.rules.load import RULES_FOLDER, load_pack

            self._pack = load_pack(Path(rules or RULES_FOLDER), Path(graph or GRAPH_FOLDER))
        self._program = Program(self._pack, parameters)
        self._builder = FactBuilder(self._program)
        self._decider = Decider(self._program)
        self._planner = Planner(self._program)
        self._reasons = Reasons(self._program)
        self._lacking = Lacking(self._program, self._reasons)
        self._provenance = make(
            Provenance, pack=self._pack.digest, library=__version__, overrides=self._program.overrides
        )
        questions = Questions(self._program, self._lacking)
        self._writer = Writer(self._program, self._reasons, self._lacking, questions, self._planner, self._provenance)
        self._evaluator = _evaluator(self._program, evaluator)
        catalogue = self._pack.catalogue
        self._words = known_words(catalogue)
        self._aliases = {
            "unknown-injury": {
                a: i.id for i in catalogue.injuries.values() if not i.unnamed for a in (*i.aliases, i.name)
            },
            "unknown-exercise": {a: e.id for e in catalogue.exercises.values() for a in (*e.aliases, e.name)},
            "unknown-region": {str(r["name"]): key for key, r in catalogue.words["regions"].items()},
            "unknown-equipment": {str(e["name"]): key for key, e in catalogue.words["equipment"].items()},
        }

    # -- what everybody uses ------------------------------------------------------------------------------------------

    def recommend(self, runner: RunnerLike) -> Recommendation:
        """What the runner may do now, how much, why, what is withheld and why, and what to watch.

        Args:
            runner: A ``Runner``, or the same as plain data. What is left out is unknown.

        Raises:
            InputError: The data cannot be read as a runner; every fault is listed with its path.
        """
        runner = self.runner(runner)
        decisions = self._decide(runner)
        return self._writer.recommendation(decisions, self._planner.week(decisions, runner), runner)

    def explain(self, runner: RunnerLike, exercise: str) -> Explanation:
        """Why an exercise is given, allowed or withheld, with every reason; the hardest to lift first.

        Raises:
            InputError: The runner cannot be read, or there is no such exercise.
        """
        runner = self.runner(runner)
        if exercise not in self._pack.catalogue.exercises:
            close = nearest(exercise, self._pack.catalogue.ids, self._aliases["unknown-exercise"])
            raise InputError(
                [
                    Fault(
                        "unknown-exercise",
                        f"unknown exercise `{exercise}`",
                        did_you_mean=close,
                        help="`prehab graph find` lists them.",
                    )
                ]
            )
        decisions = self._decide(runner)
        from prehab.explain import Explainer

        explainer = Explainer(self._program, self._reasons, self._decider, self._planner, self._lacking)
        return explainer.explain(decisions, self._planner.week(decisions, runner), runner, exercise)

    def runner(self, data: RunnerLike) -> Runner:
        """Check runner data and give it back as a ``Runner``.

        Raises:
            InputError: With every fault found.
        """
        if isinstance(data, Runner):  # built in Python: its fields are checked, its names are not
            if all(name in self._words[kind] for kind, name in _names(data)):
                return data
            data = data.model_dump(exclude_unset=True)
        return self.read(Document(data))

    def read(self, document: Document) -> Runner:
        """A runner from a document; faults carry the document's file, line and column."""
        try:
            return Runner.model_validate(document.data, context=self._words)
        except ValidationError as error:
            raise InputError(document.faults(error, Runner, also=self._aliases, helps=_HELPS)) from None

    def read_file(self, path: str | Path) -> Runner:
        """A runner from a YAML or JSON file.

        Raises:
            InputError: The file cannot be read, or is not a runner; every fault has its line and column.
        """
        return self.read(read_path(path))

    def read_text(self, text: str | bytes, *, name: str | None = None) -> Runner:
        """A runner from YAML or JSON text; ``name`` is used in error messages."""
        return self.read(read_text(text, file=name))

    # -- looking inside ----------------------------------------------------------------------------------------------

    @property
    def evaluator(self) -> str:
        """``durable`` or ``reference``."""
        return self._evaluator.name

    @property
    def pack(self) -> Pack:
        """The compiled rule pack."""
        return self._pack

    @property
    def catalogue(self) -> Catalogue:
        """Exercises, injuries, sources and the word lists."""
        return self._pack.catalogue

    @property
    def digest(self) -> str:
        """SHA-256 of everything in the pack that can change an answer."""
        return self._pack.digest

    def _decide(self, runner: Runner) -> Decisions:
        inference = infer(self._program, self._builder.build(runner), self._evaluator)
        strength = runner.strength
        return self._decider.decide(inference, strength.equipment or (), strength.lacks, strength.refuses)


def known_words(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """The names that a runner may use, by word list."""
    return {
        "injuries": tuple(key for key, injury in catalogue.injuries.items() if not injury.unnamed),
        "regions": tuple(catalogue.words["regions"]),
        "equipment": tuple(catalogue.words["equipment"]),
        "faults": tuple(catalogue.words["faults"]),
        "exercises": tuple(catalogue.exercises),
    }


@cache
def load_bundled_pack() -> Pack:
    """The pack that comes with prehab, loaded once: compiled at the install, or from its files in a source checkout."""
    from prehab.graph.catalogue import bundled_catalogue
    from prehab.rules.pack import Pack

    try:
        text = PACK_FILE.read_text(encoding="utf-8")
    except FileNotFoundError:
        from prehab.rules.load import load_pack

        return load_pack()
    return Pack.from_data(json.loads(text), bundled_catalogue())


def evaluators(program: Program) -> list[Evaluator]:
    """Every evaluator that runs here: the reference, and durable-rules where it can be imported."""
    from prehab.reference import Reference

    found: list[Evaluator] = [Reference(program)]
    with suppress(ImportError):
        from prehab.durable import Durable

        found.append(Durable(program))
    return found


def _evaluator(program: Program, wanted: str | None) -> Evaluator:
    from prehab.reference import Reference

    if wanted not in (None, "durable", "reference"):
        raise InputError(
            [Fault("unknown-evaluator", f"unknown evaluator `{wanted}`", allowed=("durable", "reference"))]
        )
    if wanted == "reference":
        return Reference(program)
    try:
        from prehab.durable import Durable
    except ImportError as error:
        if wanted == "durable":
            message = f"durable-rules cannot be imported here ({error}); the reference evaluator answers the same"
            raise InputError([Fault("no-durable-rules", message)]) from None
        return Reference(program)
    return Durable(program)


def _names(runner: Runner) -> Iterator[tuple[str, str]]:
    """The names in a runner that could be misspelt, each with its word list."""
    for complaint in runner.complaints:
        if complaint.injury is not None:
            yield "injuries", complaint.injury
        if complaint.region is not None:
            yield "regions", complaint.region
    for name in (*(runner.strength.equipment or ()), *runner.strength.lacks):
        yield "equipment", name
    for name in runner.strength.refuses:
        yield "exercises", name
    for name in runner.faults:
        yield "faults", name
    for session in runner.recent_sessions:
        for name in session.exercises:
            yield "exercises", name
