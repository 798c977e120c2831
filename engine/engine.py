"""The engine: runner in, recommendation out. The story in five steps: facts, inference, decisions, a week, words."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from pydantic import ValidationError

from prehab import __version__
from prehab.graph.called import Called
from prehab.graph.faults import Fault, InputError, PrehabError, nearest, shorten
from prehab.graph.files import Document, read_path, read_text
from prehab.graph.frozen import frozen, is_sealed
from prehab.graph.once import Once, SharedBy
from prehab.graph.pack_file import bundled_pack_file
from prehab.graph.schema import altered, make, validated
from prehab.program import Layout, Program, checked_values, layout_of
from prehab.rules.messages import ENGLISH
from prehab.runner import Runner
from prehab.validator import runner_validator

if TYPE_CHECKING:
    from datetime import date

    from prehab.accounts import Account
    from prehab.accounts.accountant import Accountant
    from prehab.boundaries import Boundaries
    from prehab.boundaries.finder import Finder
    from prehab.columns.plan import Plan as ColumnPlan
    from prehab.decide import Decisions
    from prehab.explain import Explainer
    from prehab.graph.catalogue import Catalogue
    from prehab.graph.naming import Naming
    from prehab.inference import Evaluator
    from prehab.judge import Judge, Plan, Verdict
    from prehab.recommendation import Explanation, Provenance, Recommendation
    from prehab.records import Record, Replay
    from prehab.records.keeper import Keeper
    from prehab.rules.messages import Messages
    from prehab.rules.pack import Pack
    from prehab.unlock import Unlock, Way
    from prehab.unlock.unlocker import Unlocker
    from prehab.week import Week

__all__ = ["Engine", "evaluators", "known_words", "load_bundled_pack"]

_HELPS = {
    "unknown-injury": "Not sure of its name? Leave `injury` out and give `region`, where it hurts.",
}

_SEVERE = "See a clinician first; no plan here fits it."
_NOWHERE = "No entry fits it, and no region here covers that place."

RunnerLike = Runner | Mapping[str, Any]
OneOfAKind = Literal["status", "week", "running", "referral", "daily", "mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""What can be explained of every runner, and is no exercise."""


class Engine:
    """Recommends strength work for runners.

    An engine is immutable, and safe to share between threads. It is light: engines of one pack share what does not
    depend on their parameters. A copy of an engine is the engine itself. It can be pickled, for a process pool say: the
    bundled pack is then loaded there, another one goes along.

    Args:
        rules: A folder of rule files in place of the bundled ones.
        graph: A folder of graph files in place of the bundled ones.
        pack: A pack that is loaded already, in place of both folders.
        parameters: Values that replace those of named parameters, inside their permitted ranges.
        evaluator: ``durable`` runs the rules on durable-rules, ``compiled`` by Python that is made for them, and
            ``reference`` by their definition, which judges the others and takes its time. The answers are the same.
            By default durable-rules where it can be imported, or else ``compiled``.
        language: The language of every text, such as ``de``; by default English, or that of ``pack``. Ids, numbers and
            decisions are the same in every language.

    Raises:
        PackError: The rule or graph files have faults; all of them are listed.
        InputError: A parameter does not exist, is out of range or is fixed when a pack is compiled; or the evaluator
            or the language asked for cannot be had here.

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
        evaluator: Literal["durable", "compiled", "reference"] | None = None,
        language: str | None = None,
    ) -> None:
        if pack is not None:
            self._pack = pack
        elif rules is None and graph is None:
            self._pack = load_bundled_pack()
        else:
            from prehab.graph.bundled import bundled_folder
            from prehab.graph.catalogue import bundled_catalogue
            from prehab.rules.load import RULES_FOLDER, load_pack

            folder = bundled_folder(RULES_FOLDER) if rules is None else Path(rules)
            self._pack = load_pack(folder, bundled_catalogue() if graph is None else Path(graph))
        self._bundled = rules is None and graph is None and pack is None
        self._plain, self._language = self._pack, language
        if language is None and self._pack.languages is not None and self._pack.catalogue.origin is None:
            language = ENGLISH  # of which the pack may have sentences of its own
        if language is not None:
            self._languages = languages_of(self._pack)
            self._pack = self._languages.said(language)
        self._overrides = json.dumps(checked_values(self._pack, parameters)[0])
        self._asked = evaluator
        self._evaluates = _evaluator(evaluator)
        self._shared = _shared_by(self._pack)

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
        parts = self._parts
        return parts.writer.recommendation(decisions, parts.planner.week(decisions, runner), runner)

    def recommend_many(
        self, runners: Iterable[RunnerLike], *, processes: int = 1
    ) -> Iterator[Recommendation | InputError]:
        """The same for many runners, as a stream: an answer for each, in their order, made as it is asked for.

        A runner that cannot be read does not end the stream: in the place of his answer comes the ``InputError`` that
        ``recommend`` would have raised, with every fault.

        Args:
            runners: Each a ``Runner``, or the same as plain data. No more of them are held than are worked on.
            processes: Over how many processes to spread the work, from 1, which is this one. They are started as
                ``multiprocessing`` starts processes here, and get 32 runners at a time.

        Raises:
            InputError: ``processes`` is less than 1.

        >>> from prehab import Engine
        >>> [type(one).__name__ for one in Engine().recommend_many([{}, {"age_years": -1}])]
        ['Recommendation', 'InputError']
        """
        from prehab.batch.many import recommend_many

        return recommend_many(self.for_many(), runners, processes)

    @overload
    def explain(self, runner: RunnerLike, about: OneOfAKind) -> Account: ...

    @overload
    def explain(self, runner: RunnerLike, about: str) -> Explanation | Any: ...

    @overload
    def explain(self, runner: RunnerLike, *, exercise: str) -> Explanation: ...

    def explain(
        self, runner: RunnerLike, about: str | None = None, *, exercise: str | None = None
    ) -> Explanation | Account:
        """Why something that is said of a runner is so, with every reason; the hardest to lift first.

        Args:
            runner: A ``Runner``, or the same as plain data.
            about: An exercise, which gives an ``Explanation``; of anything else an ``Account``: ``status``, ``week``, a
                day (``mon``), ``running``, ``referral``, ``daily``, ``stage`` of an injury, ``dose`` of an exercise, a
                ``limit`` such as ``limit sessions_per_week``, ``A vs B``, a gate, a rule, or a place of the answer such
                as ``/sessions/0/exercises/1/dose``.
            exercise: An exercise, and nothing else.

        Raises:
            InputError: The runner cannot be read, or there is nothing by that name to explain.
        """
        runner = self.runner(runner)
        key = self._named(exercise) if exercise is not None else self._shared.words["exercises"].meant(about or "")
        if key is None:
            accountant = self._accountant(runner)
            asked = accountant.asking.meant(about or "")
            if asked.kind != "exercise":
                return accountant.account(asked)
            key = asked.key
        return self._parts.explainer.explain(*self._week(runner), runner, key)

    def account(self, runner: RunnerLike, about: str) -> Account:
        """The same in parts whatever is asked, an exercise too, as text and pages show it.

        Raises:
            InputError: As of ``explain``.
        """
        accountant = self._accountant(self.runner(runner))
        return accountant.account(accountant.asking.meant(about))

    def unlock(self, runner: RunnerLike, target: str, *, most: int = 3) -> Unlock:
        """What would unlock something: the smallest honest changes after which it is allowed, each way tried.

        Args:
            runner: A ``Runner``, or the same as plain data.
            target: An exercise, a gate such as ``plyo/low``, a stage of a complaint (``load``; ``2/load`` for that of
                the second complaint), or ``running``.
            most: How many ways are told at the most, from 1.

        Raises:
            InputError: The runner cannot be read, or there is no such thing to unlock.
        """
        if most < 1:
            raise InputError([Fault("out-of-range", f"at least one way has to be told, not {most}")])
        runner = self.runner(runner)
        words, unlocker = self._shared.words["exercises"], self._parts.unlocker
        meant = unlocker.target(target, words, runner, lambda name: self._shared.naming.exercise(name))
        answer = unlocker.unlock(runner, meant, most)
        if not answer.open or meant.kind != "exercise":
            return answer
        return altered(answer, choice=self._parts.explainer.choice(*self._week(runner), meant.bit))

    def boundaries(self, runner: RunnerLike) -> Boundaries:
        """What would change the advice: of everything told the nearest value, up and down, at which it is another.

        Each value was tried alone. First stands what would stop everything, then what refers, what opens, and the rest.
        What nobody can change is not shown, such as an age or a diagnosis; ``left_out`` names it.

        Raises:
            InputError: The runner cannot be read; every fault is listed with its path.
        """
        runner = self.runner(runner)
        with _no_collecting():
            return self._parts.boundaries.find(runner)

    def record(self, runner: RunnerLike, *, mask: bool | Iterable[str] = False, day: date | None = None) -> Record:
        """A record of what is decided of the runner, to be kept and repeated: ``replay``.

        Args:
            runner: A ``Runner``, or the same as plain data.
            mask: Whether to mask the age, the sex, dates and the history of illnesses; or JSON pointers to what else is
                to be masked, such as ``/age_years``. Numbers and words become others that every rule takes alike; what
                nothing can stand in for is left out, and if the decision rests on that, the record says so.
            day: The day that it is for; by default what the runner tells as ``today``.

        Raises:
            InputError: The runner cannot be read, or there is nothing to mask at such a place.
        """
        if isinstance(mask, str):
            mask = (mask,)
        return self._parts.keeper.record(self.runner(runner), self.recommend, mask, day)

    def replay(self, record: Record, *, then: Engine | None = None) -> Replay:
        """Repeat a record with its own parameters: the same byte for byte, or what is decided otherwise now.

        Args:
            record: The record, as ``Record.from_json`` reads it.
            then: An engine with the pack that the record was made with, where that is at hand: then the differences are
                told effect by effect, and which of the rules were rewritten.

        Raises:
            InputError: The runner names what this pack does not have, or ``then`` is not of that pack.
        """
        from prehab.records.replaying import replayed

        engine, notes = self._as_recorded(record.provenance)
        return replayed(record, engine, engine._parts.keeper, notes, then, self.messages)

    def _as_recorded(self, provenance: Provenance) -> tuple[Engine, tuple[str, ...]]:
        """An engine of the same pack with the parameters and the language of a record, and what it could not take."""
        taken, notes, language = dict(provenance.overrides), [], provenance.language
        for name, value in provenance.overrides.items():
            try:
                checked_values(self._pack, {name: value})
            except InputError as error:
                notes.append(self.messages("replay.parameter", why=error.faults[0].message))
                del taken[name]
        try:
            languages_of(self._plain).said(language)
        except PrehabError as error:
            notes.append(self.messages("replay.language", why=error.faults[0].message))
            language = ENGLISH
        engine = Engine(pack=self._plain, parameters=taken, evaluator=self._asked, language=language)
        return engine, tuple(notes)

    def after(self, runner: RunnerLike, way: Way) -> Runner:
        """The runner once the steps of a way that ``unlock`` found are done."""
        return self._parts.unlocker.after(self.runner(runner), way.steps)

    def check_plan(self, runner: RunnerLike, plan: Plan | Mapping[str, Any]) -> Verdict:
        """What is unsafe in a week that somebody planned for the runner, and what is too little of it.

        Args:
            runner: A ``Runner``, or the same as plain data.
            plan: A ``Plan``, or the same as plain data. ``Plan.of(answer)`` is the week of an answer.

        Raises:
            InputError: The runner or the plan cannot be read; every fault is listed with its path.
        """
        runner = self.runner(runner)
        return self._parts.judge.verdict(self._decide(runner), runner, self.plan(plan))

    def repair_plan(self, runner: RunnerLike, plan: Plan | Mapping[str, Any]) -> Plan:
        """The same week with what is wrong put right, by as small changes as can be: ``check_plan`` finds it clean.

        Raises:
            InputError: The runner or the plan cannot be read; every fault is listed with its path.
        """
        runner = self.runner(runner)
        return self._parts.judge.repaired(self._decide(runner), runner, self.plan(plan))

    def plan(self, data: Plan | Mapping[str, Any] | Document) -> Plan:
        """Check the data of a plan and give it back as a ``Plan``.

        Raises:
            InputError: With every fault found, in the lines of the file where it came from one.
        """
        from prehab.judge import Plan

        if isinstance(data, Plan):
            return data
        document = data if isinstance(data, Document) else Document(data)
        try:
            plan = validated(Plan, document.data)
        except ValidationError as error:
            raise InputError(document.faults(error, Plan)) from None
        return plan

    def without(self, runner: RunnerLike, *exercises: str) -> Runner:
        """The runner who does not want these exercises either: the week then holds another one of the same purpose.

        Raises:
            InputError: The runner cannot be read, or there is no such exercise.
        """
        runner = self.runner(runner)
        named = map(self._named, exercises)
        told = runner.model_dump(exclude_unset=True, warnings=False)
        refused = list(dict.fromkeys([*runner.strength.refuses, *named]))
        return self.runner({**told, "strength": {**told.get("strength", {}), "refuses": refused}})

    def _named(self, exercise: str) -> str:
        """The id of an exercise that may go by any of its names."""
        found = self._shared.words["exercises"].meant(exercise)
        if found is None:
            close = self._shared.naming.exercise(exercise)
            message, lists = f"unknown exercise `{exercise}`", "`prehab list exercises` names them all."
            raise InputError([Fault("unknown-exercise", message, did_you_mean=close, help=lists)])
        return found

    def runner(self, data: RunnerLike) -> Runner:
        """Check runner data and give it back as a ``Runner``, which nobody can change any more.

        Raises:
            InputError: With every fault found.
        """
        if not isinstance(data, Runner):
            return self.read(Document(data))
        if is_sealed(data) or _is_whole(data):  # built in Python: its fields are checked, its names are not
            words = self._shared.words
            if all(name in words[kind] for kind, name in _names(data)):
                return data if is_sealed(data) else frozen(data)
        return self.read(Document(data.model_dump(exclude_unset=True, warnings=False)))

    def read(self, document: Document) -> Runner:
        """A runner from a document; faults carry the document's file, line and column."""
        try:
            runner: Runner = frozen(runner_validator().validate_python(document.data, context=self._shared.words))
        except ValidationError as error:
            faults = document.faults(error, Runner, also=self._shared.aliases, helps=_HELPS)
            raise InputError(map(self._shared.suggest, faults)) from None
        return runner

    def read_file(self, path: str | Path) -> Runner:
        """A runner from a YAML or JSON file.

        Raises:
            InputError: The file cannot be read, or is not a runner; every fault has its line and column.
        """
        return self.read(read_path(path, what="a runner file"))

    def read_text(self, text: str | bytes, *, name: str | None = None) -> Runner:
        """A runner from YAML or JSON text; ``name`` is used in error messages."""
        return self.read(read_text(text, file=name, what="a runner file"))

    # -- looking inside ----------------------------------------------------------------------------------------------

    @property
    def evaluator(self) -> str:
        """``durable``, ``compiled`` or ``reference``."""
        return self._evaluates

    @property
    def pack(self) -> Pack:
        """The compiled rule pack. Nothing in it can be changed."""
        return self._pack

    @property
    def catalogue(self) -> Catalogue:
        """Exercises, injuries, sources and the word lists. Nothing in it can be changed."""
        return self._pack.catalogue

    @property
    def digest(self) -> str:
        """SHA-256 of everything in the pack that can change an answer."""
        return self._pack.digest

    @property
    def provenance(self) -> Provenance:
        """What makes the answers, as each of them tells it: pack, version, parameters, language."""
        return self._parts.provenance

    @property
    def messages(self) -> Messages:
        """The sentences of the engine's language; the functions of ``prehab.render`` take them."""
        return self._pack.messages

    def __copy__(self) -> Engine:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Engine:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (*self._made_of, self._asked, self._language)

    @property
    def _made_of(self) -> tuple[Pack | str, str]:
        """The pack, of the bundled one its digest, and the parameters."""
        return self.digest if self._bundled else self._plain, self._overrides

    def for_many(self) -> Engine:
        """The same engine for many runners: compiled, unless an evaluator was asked for. The answers are the same."""
        if self._asked is not None or self._evaluates == "compiled":
            return self
        return _again(*self._made_of, "compiled", self._language)

    @property
    def _parts(self) -> _Parts:
        return self._shared.parts(self._overrides, self._evaluates)

    @property
    def _program(self) -> Program:
        return self._parts.program

    def _accountant(self, runner: Runner) -> Accountant:
        from prehab.accounts.accountant import Accountant
        from prehab.accounts.case import Case

        parts, (decisions, week) = self._parts, self._week(runner)
        answer = parts.writer.recommendation(decisions, week, runner)
        case = Case(parts.explainer, parts.decider, parts.planner, decisions, week, answer, runner)
        words = self._shared.words
        return Accountant(case, words["exercises"], words["injuries"], lambda name: self._shared.naming.exercise(name))

    def _week(self, runner: Runner) -> tuple[Decisions, Week]:
        decisions = self._decide(runner)
        return decisions, self._parts.planner.week(decisions, runner)

    def _decide(self, runner: Runner) -> Decisions:
        from prehab.inference import infer

        parts = self._parts
        return parts.decider.decided_of(runner, infer(parts.program, parts.builder.build(runner), parts.evaluator))


def _again(pack: Pack | str, overrides: str, evaluator: Any, language: str | None) -> Engine:
    """An engine that was pickled; the bundled pack is known by its digest."""
    if isinstance(pack, str):
        bundled = load_bundled_pack()
        if bundled.digest != pack:
            message = (
                f"this engine was pickled with another bundled pack ({pack[:12]} there, {bundled.digest[:12]} here)"
            )
            raise InputError([Fault("other-pack", message, help="Use the same version of prehab in both places.")])
        return Engine(parameters=json.loads(overrides), evaluator=evaluator, language=language)
    return Engine(pack=pack, parameters=json.loads(overrides), evaluator=evaluator, language=language)


MOST_PARTS = 16
"""Of how many sets of parameters, the latest used, an engine's parts are kept ready for each pack."""


class _Parts:
    """What answers for one pack with its parameters. Much of it remembers what it worked out."""

    def __init__(self, layout: Layout, overrides: Mapping[str, float], evaluator: str) -> None:
        from prehab.decide import Decider
        from prehab.fact_builder import FactBuilder
        from prehab.lacking import Lacking
        from prehab.questions import questions_of
        from prehab.reasons import Reasons
        from prehab.recommendation import Provenance
        from prehab.week import Planner
        from prehab.writing import Writer

        pack = layout.pack
        self.program = program = Program(pack, overrides)
        self.evaluator = _EVALUATORS[evaluator](program)
        self.builder = FactBuilder(program)
        self.decider = Decider(program)
        self.planner = Planner(program)
        self.reasons = Reasons(program)
        self.lacking = Lacking(program, self.reasons)
        provenance = make(
            Provenance,
            pack=pack.digest,
            library=__version__,
            overrides=program.overrides,
            language=pack.messages.language,
        )
        questions = questions_of(program.layout)
        self.writer = Writer(program, self.reasons, self.lacking, questions, self.planner, provenance)
        self.provenance = provenance

    @Once
    def judge(self) -> Judge:
        """Judges plans; only made once one is to be judged."""
        from prehab.judge import Judge

        return Judge(self.program, self.reasons)

    @Once
    def columns(self) -> ColumnPlan:
        """The program laid out for columns; only made once many are to be decided about.

        Raises:
            InputError: numpy is not installed, or columns cannot hold what the pack concludes.
        """
        from prehab.columns import Plan

        return Plan(self.program)

    @Once
    def explainer(self) -> Explainer:
        """Explains decisions; only made once that is asked."""
        from prehab.explain import Explainer

        return Explainer(self.program, self.reasons, self.decider, self.planner, self.lacking)

    @Once
    def unlocker(self) -> Unlocker:
        """Finds what unlocks things; only made once that is asked."""
        from prehab.unlock.unlocker import Unlocker

        return Unlocker(self.program, self.reasons, self.builder, self.decider, self.lacking)

    @Once
    def boundaries(self) -> Finder:
        """Finds the boundaries of answers; only made once that is asked."""
        from prehab.boundaries.finder import Finder
        from prehab.questions import questions_of

        questions = questions_of(self.program.layout)
        return Finder(self.program, self.builder, self.decider, self.planner, questions)

    @Once
    def keeper(self) -> Keeper:
        """Makes records; only made once one is asked for."""
        from prehab.records.keeper import Keeper

        return Keeper(self.program, self.boundaries, self.provenance)


class _Shared:
    """What all engines of a pack share."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.words = known_words(pack.catalogue)
        self.parts = lru_cache(maxsize=MOST_PARTS)(self._make_parts)

    @Once
    def layout(self) -> Layout:
        """The pack laid out to be run; kept here for as long as any engine of the pack is used."""
        return layout_of(self.pack)

    def _make_parts(self, overrides: str, evaluator: str) -> _Parts:
        with _no_collecting():
            return _Parts(self.layout, json.loads(overrides), evaluator)

    @Once
    def aliases(self) -> dict[str, dict[str, str]]:
        """What people call things, by the fault of not knowing it."""
        catalogue = self.pack.catalogue
        return {
            "unknown-region": {str(r["name"]): key for key, r in catalogue.words["regions"].items()},
            "unknown-equipment": {str(e["name"]): key for key, e in catalogue.words["equipment"].items()},
        }

    @Once
    def naming(self) -> Naming:
        """What people call injuries and exercises; only made once a name is not known."""
        from prehab.graph.naming import Naming

        return Naming(self.pack.catalogue)

    @Once
    def units(self) -> dict[tuple[str, ...], str]:
        """The unit of every number in a runner file but scores, by its place; only made once one is wrong."""
        from prehab.schemas import told_fields

        return {
            path: field.unit for path, field, _ in told_fields(self.pack) if field.unit and "0-10" not in field.unit
        }

    def suggest(self, fault: Fault) -> Fault:
        """The fault of an unknown name with what was meant, of a number with its unit; any other as it is."""
        if fault.code in ("out-of-range", "wrong-type") and (unit := self.units.get(_without_numbers(fault.path))):
            return (
                fault
                if unit in (fault.help or "")
                else replace(fault, help=f"{fault.help or ''} Its unit: {unit}.".strip())
            )
        if fault.code == "unknown-exercise":
            return replace(fault, did_you_mean=self.naming.exercise(fault.value or ""))
        if fault.code != "unknown-injury":
            return fault
        meant = self.naming.injury(fault.value or "")
        if meant.names:
            return replace(fault, did_you_mean=meant.names)
        if meant.severe:  # a list of what there is would lead to something milder
            return replace(fault, did_you_mean=(), allowed=(), help=_SEVERE)
        if meant.regions is None:
            return replace(fault, did_you_mean=())
        there = [key for key in fault.allowed if self.pack.catalogue.injuries[key].region in meant.regions]
        places = " or ".join(f"`region: {region}`" for region in meant.regions)
        told = (
            f"No entry goes by that name. Leave `injury` out and give {places}, where it hurts." if places else _NOWHERE
        )
        return replace(fault, did_you_mean=(), allowed=tuple(there), help=told)


class _Languages:
    """A pack in each language that was asked for."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        self.said = cache(self._said)

    def _said(self, language: str) -> Pack:
        from prehab.rules.languages import languages, translated

        known = languages(self.pack)
        if language not in known:
            message = f"unknown language `{shorten(language)}`"
            raise InputError([Fault("unknown-language", message, allowed=known, did_you_mean=nearest(language, known))])
        return translated(self.pack, language)


languages_of = SharedBy(_Languages)
"""The languages of a pack."""


def _without_numbers(path: str) -> tuple[str, ...]:
    """A place without the numbers of entries in lists."""
    return tuple(part for part in path.split("/")[1:] if not part.isdigit())


_shared_by = SharedBy(_Shared)


def known_words(catalogue: Catalogue) -> dict[str, Called]:
    """The names that a runner may use, by word list."""
    return {
        "injuries": Called(catalogue, "injuries", catalogue.named_injuries),
        **{table: Called(catalogue, table) for table in ("regions", "equipment", "faults", "exercises")},
    }


@cache
def load_bundled_pack() -> Pack:
    """The pack that comes with prehab, loaded once: compiled at the install, or from its files in a source checkout.

    Raises:
        PackError: The compiled pack is damaged, or was made of something else.
    """
    file = bundled_pack_file()
    if file is None:
        from prehab.rules.load import load_pack

        return load_pack()
    from prehab.graph.catalogue import bundled_catalogue
    from prehab.rules.pack import Pack

    with _no_collecting():
        return Pack.of_file(file, bundled_catalogue())


@contextmanager
def _no_collecting() -> Iterator[None]:
    """No search for garbage while tens of thousands of objects are made that all stay."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def evaluators(program: Program) -> list[Evaluator]:
    """Every evaluator that runs here: the reference, the compiled one, and durable-rules where it can be imported."""
    found: list[Evaluator] = [_EVALUATORS["reference"](program), _EVALUATORS["compiled"](program)]
    with suppress(ImportError):
        found.append(_EVALUATORS["durable"](program))
    return found


def _reference(program: Program) -> Evaluator:
    from prehab.reference import Reference

    return Reference(program)


def _compiled(program: Program) -> Evaluator:
    from prehab.compiled import Compiled

    return Compiled(program)


def _durable(program: Program) -> Evaluator:
    from prehab.durable import Durable

    return Durable(program)


_EVALUATORS: Mapping[str, Callable[[Program], Evaluator]] = {
    "durable": _durable,
    "compiled": _compiled,
    "reference": _reference,
}


def _evaluator(wanted: str | None) -> str:
    """The evaluator to use: the one that is wanted, or else durable-rules where it can be imported."""
    if wanted not in (None, *_EVALUATORS):
        raise InputError([Fault("unknown-evaluator", f"unknown evaluator `{wanted}`", allowed=tuple(_EVALUATORS))])
    if wanted is not None and wanted != "durable":
        return wanted
    try:
        import_module("durable_rules_engine")  # which only `prehab.durable` touches
    except ImportError as error:
        if wanted == "durable":
            message = f"durable-rules cannot be imported here ({error}); the compiled evaluator answers the same"
            raise InputError([Fault("no-durable-rules", message)]) from None
        return "compiled"
    return "durable"


def _is_whole(runner: Runner) -> bool:
    """Whether there is nothing in a runner that can be changed, as ``model_construct`` lets there be."""
    try:
        hash(runner)
    except TypeError:
        return False
    return True


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
        for name in session.pain_where:
            yield "regions", name
