"""Reads a folder of rule files into a checked, compiled ``Pack``. All faults of all files come together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault, PackError, nearest
from prehab.graph.files import Document, Place, read_path
from prehab.graph.load import GRAPH_FOLDER, load_catalogue, read_folder
from prehab.rules.checks import check_pack
from prehab.rules.checks.places import Where
from prehab.rules.effects import Effects
from prehab.rules.language import CAUTIONS, PERMITS, Pattern, Rule, Variant
from prehab.rules.layers import assign_layers, concluded, needed
from prehab.rules.pack import Pack
from prehab.rules.patterns import Patterns
from prehab.rules.schema import EFFECTS, Case, CaseFile, RuleFile, RuleText
from prehab.rules.select import Masks
from prehab.rules.tables import Tables
from prehab.rules.vocabulary import Vocabulary
from prehab.rules.vocabulary_check import check_vocabulary

__all__ = [
    "RULES_FOLDER", "LoadedPack", "LocatedCase", "compile_pack", "load_cases", "load_pack", "load_with_places",
    "word_lists",
]  # fmt: skip

RULES_FOLDER = Path(__file__).parent
SPECIAL = frozenset({"vocabulary.yaml", "schemes.yaml"})
BESIDE = ("statements.yaml", ".cases.yaml")
"""Files that stand beside the rules and are read apart: they change no answer."""


@dataclass(frozen=True)
class LoadedPack:
    """A pack, and where its parts stand in the files it was read from."""

    pack: Pack
    where: Where


def load_pack(rules: Path = RULES_FOLDER, graph: Path | Catalogue = GRAPH_FOLDER) -> Pack:
    """Read, check and compile a rule folder against a graph: its folder, or its contents.

    Raises:
        PackError: With every fault found in any file of either folder.
    """
    return load_with_places(rules, graph).pack


def load_with_places(rules: Path = RULES_FOLDER, graph: Path | Catalogue = GRAPH_FOLDER) -> LoadedPack:
    """As ``load_pack``, and the places too: what a check of the whole pack needs."""
    faults: list[Fault] = []
    catalogue: Catalogue | None = None
    try:
        catalogue = graph if isinstance(graph, Catalogue) else load_catalogue(graph)
    except PackError as error:
        faults.extend(error.faults)
    documents = {path.name: document for path, document in read_folder(rules, "*.yaml", faults)}
    if catalogue is None:
        raise PackError(faults)
    for name in sorted(SPECIAL - documents.keys()):
        faults.append(Fault("missing-file", f"`{name}` is missing or cannot be read", f"{rules.name}/{name}"))
    for path in sorted(rules.glob("*.yml")):
        message = "a rule file ends in `.yaml`, so nothing of this one is read"
        faults.append(Fault("ignored-file", message, f"{rules.name}/{path.name}", help="Rename it, or move it away."))
    if faults:
        raise PackError(faults)
    folder = GRAPH_FOLDER if isinstance(graph, Catalogue) else graph
    loader = _Loader(catalogue, documents, folder)
    return LoadedPack(loader.load(), loader.where)


def compile_pack(files: Mapping[str, Any], catalogue: Catalogue) -> Pack:
    """Check and compile what rule files hold, by name of file. Faults have no lines, as nothing was read from a folder.

    Raises:
        PackError: With every fault found in any of them.
    """
    return _Loader(catalogue, {name: Document(data, name) for name, data in files.items()}, GRAPH_FOLDER).load()


@dataclass(frozen=True)
class LocatedCase:
    """A case of a rule with the place where it stands."""

    case: Case
    file: str
    line: int


def load_cases(pack: Pack, rules: Path = RULES_FOLDER) -> list[LocatedCase]:
    """The cases beside the rules (``*.cases.yaml``).

    Raises:
        PackError: A case or its runner cannot be read, or names a rule that does not exist; none is skipped in silence.
    """
    from prehab.runner import Runner

    faults: list[Fault] = []
    cases: list[LocatedCase] = []
    context = word_lists(pack.catalogue, pack, pack.schemes)
    for path, document in read_folder(rules, "*.cases.yaml", faults):
        topic = path.name.removesuffix(".cases.yaml")
        if not path.with_name(f"{topic}.yaml").is_file():
            message = f"there is no `{topic}.yaml` that these cases could be about"
            faults.append(document.fault("cases-without-rules", message, did_you_mean=nearest(topic, _topics(rules))))
        try:
            found = CaseFile.model_validate(document.data, context=context)
        except ValidationError as error:
            faults.extend(document.faults(error, CaseFile))
            continue
        for position, case in enumerate(found.cases):
            place: Place = ("cases", position, "rule")
            try:
                Runner.model_validate(case.runner, context=context)
            except ValidationError as error:
                faults.extend(document.faults(error, Runner, at=("cases", position, "runner")))
            if case.rule not in pack.by_id:
                faults.append(
                    document.fault(
                        "unknown-rule",
                        f"unknown rule `{case.rule}`",
                        place,
                        did_you_mean=nearest(case.rule, pack.by_id),
                    )
                )
            where = document.where(("cases", position))
            cases.append(LocatedCase(case, str(document.file), where["line"] or 0))
    if faults:
        raise PackError(faults)
    return cases


def _topics(rules: Path) -> list[str]:
    names = {path.name for path in rules.glob("*.yaml")} - SPECIAL
    return sorted(name.removesuffix(".yaml") for name in names if not name.endswith(BESIDE))


def word_lists(catalogue: Catalogue, vocabulary: Vocabulary | Pack | None, schemes: Iterable[str]) -> dict[str, Any]:
    """The words that a file about rules may use, by what they name."""
    context: dict[str, Any] = {k: tuple(v) for k, v in catalogue.words.items() if isinstance(v, dict)}
    for kind in ("exercises", "injuries", "sources", "claims"):
        context[kind] = tuple(getattr(catalogue, kind))
    for table in ("gates", "channels", "derived"):
        context[table] = tuple(getattr(vocabulary, table, ()))
    return {**context, "schemes": tuple(schemes)}


class _Loader:
    def __init__(self, catalogue: Catalogue, documents: Mapping[str, Document], graph: Path) -> None:
        self.catalogue = catalogue
        self.documents = documents
        self.graph = graph
        self.faults: list[Fault] = []
        self.tables = Tables(self.faults)
        self.rule_places: dict[str, tuple[Document, Place]] = {}

    def load(self) -> Pack:
        document = self.documents["vocabulary.yaml"]
        words = word_lists(self.catalogue, None, ())
        try:
            self.vocabulary = Vocabulary.model_validate(document.data, context=words)
        except ValidationError as error:
            raise PackError(document.faults(error, Vocabulary)) from None
        if faults := list(check_vocabulary(self.vocabulary, self.catalogue, document)):
            raise PackError(faults)
        self.patterns = Patterns(self.vocabulary, self.catalogue, self.faults, self._use)
        self.kinds = self.patterns.kinds
        self.schemes = schemes = self.tables.schemes(self.documents["schemes.yaml"], words)
        context = word_lists(self.catalogue, self.vocabulary, schemes)
        files: list[tuple[str, Document, RuleFile]] = []
        for name, document in self.documents.items():
            if name in SPECIAL or name.endswith(BESIDE):
                continue
            try:
                files.append((name, document, RuleFile.model_validate(document.data, context=context)))
            except ValidationError as error:
                self.faults.extend(document.faults(error, RuleFile))
                told = document.data.get("parameters")
                self.tables.broken.update(told if isinstance(told, dict) else ())
        parameters = self.tables.parameters(files)
        self.values = {name: float(p.value) for name, p in parameters.items()}
        masks = Masks(self.catalogue, self.values)
        self.effects = Effects(self.vocabulary, schemes, masks, self._use, self._unknown_parameter)
        self.uses: dict[str, list[str]] = {name: [] for name in parameters}
        rules: list[Rule] = []
        variants: list[Variant] = []
        seen: dict[str, str] = {}
        entries: list[tuple[str, RuleText, Document, Place]] = []
        for name, document, file in files:
            for key, text in file.rules.items():
                place: Place = ("rules", key)
                if key in seen:
                    message = f"`{key}` exists already ({seen[key]})"
                    self.faults.append(document.fault("repeated-id", message, place, key=True))
                    continue
                self.rule_places[key] = (document, place)
                first = document.where(place, key=True)
                seen[key] = f"{first['file']}:{first['line']}"
                stem = name.removesuffix(".yaml")
                if not re.fullmatch(re.escape(stem) + r"\.[a-z0-9][a-z0-9-]*", key):
                    message = f"a rule of {name} is called `{stem}.some-words` (lower case, digits, hyphens)"
                    self.faults.append(document.fault("bad-rule-name", message, place, key=True))
                entries.append((key, text, document, place))
        entries.sort(key=lambda entry: entry[0])  # the order of files and of rules in them changes nothing
        for key, text, document, place in entries:
            rule, made = self._rule(key, text, document, place, len(rules))
            rules.append(rule)
            variants.extend(made)
        careful = self._careful()
        runs = self._runs()
        for used in masks.used:
            self.uses.get(used, []).append("a selector")
        pack = Pack(
            catalogue=self.catalogue,
            kinds=self.kinds,
            aggregates=self.vocabulary.aggregates,
            derived=self.vocabulary.derived,
            gates=self.vocabulary.gates,
            channels=self.vocabulary.channels,
            parameters=parameters,
            schemes=schemes,
            rules=tuple(rules),
            variants=tuple(variants),
            careful=tuple(careful),
            runs=tuple(runs),
            fixed_parameters=tuple(sorted(masks.used)),
        )
        if not self.faults:
            laid, cycle = assign_layers(pack)
            if cycle:
                self.faults.append(_recursion(pack, cycle))
            else:
                pack = replace(pack, variants=laid)
                self.faults.extend(check_pack(pack, self.uses, self.where))
        if self.faults:
            raise PackError(self.faults)
        return pack

    def where(self, table: str, name: str, *inside: str | int) -> dict[str, Any]:
        """Where something stands that a fault is about: a named thing of a table, or a part of it."""
        document = self.documents["vocabulary.yaml"]
        place: Place = (table, name)
        if table == "exercises":
            path = self.graph / "exercises" / f"{self.catalogue.exercises[name].family}.yaml"
            where = read_path(path).where((name,), key=True)
            return {**where, "file": path.relative_to(self.graph.parent).as_posix()}
        if table == "injuries":
            paths = sorted((self.graph / "injuries").glob("*.yaml"))
            path = next(path for path in paths if name in read_path(path).data)
            where = read_path(path).where((name, *inside), key=not inside)
            return {**where, "file": path.relative_to(self.graph.parent).as_posix()}
        if table == "parameters" and name not in self.tables.places:  # the file that it would stand in
            topic = f"{name.partition('.')[0]}.yaml"
            known = self.documents.get(topic, document)
            return {**known.where(()), "path": "/parameters"}
        if table == "parameters":
            document, place = self.tables.places[name]
        elif table == "rules":
            document, place = self.rule_places[name]
        elif table == "schemes":
            document, place = self.documents["schemes.yaml"], (name,)
        return document.where((*place, *inside), key=not inside)

    # -- the other files --------------------------------------------------------------------------------------------

    def _careful(self) -> Iterator[tuple[Pattern, tuple[str, ...], str]]:
        document = self.documents["vocabulary.yaml"]
        for position, entry in enumerate(self.vocabulary.careful):
            place: Place = ("careful", position)
            pattern = self.patterns.read(entry.when, document, (*place, "when"), None)
            if pattern.kind in self.kinds and pattern.kind != "complaint":
                message = "only what is said of a complaint is read carefully"
                self.faults.append(document.fault("bad-careful", message, (*place, "when", "fact")))
            fields = self.kinds["complaint"].fields if "complaint" in self.kinds else {}
            for i, name in enumerate(entry.read_worst):
                if name not in fields or fields[name].worst() is None:
                    message = f"`{name}` is not a field of a complaint with a worse direction"
                    self.faults.append(document.fault("unknown-fact-field", message, (*place, "read_worst", i)))
            yield pattern, tuple(entry.read_worst), entry.say

    def _runs(self) -> Iterator[tuple[str, str, Pattern]]:
        document = self.documents["vocabulary.yaml"]
        for position, entry in enumerate(self.vocabulary.runs):
            place: Place = ("runs", position)
            pattern = self.patterns.read(entry.test, document, (*place, "while"), None)
            kind, _, field = entry.into.partition(".")
            if kind not in self.kinds or field not in self.kinds[kind].fields:
                message = f"there is no `{entry.into}`"
                self.faults.append(document.fault("unknown-fact-field", message, (*place, "into")))
            elif kind != "complaint":
                message = "what is counted from the log belongs to a complaint"
                self.faults.append(document.fault("bad-run", message, (*place, "into")))
            if pattern.kind in self.kinds and not entry.of == pattern.kind == "session":
                message = "only logged sessions are counted: `of` and `fact` are `session`"
                self.faults.append(document.fault("bad-run", message, (*place, "of")))
            yield kind, field, pattern

    # -- one rule ---------------------------------------------------------------------------------------------------

    def _rule(
        self, key: str, text: RuleText, document: Document, place: Place, index: int
    ) -> tuple[Rule, list[Variant]]:
        def fault(code: str, message: str, *path: str | int, **more: Any) -> None:
            self.faults.append(document.fault(code, message, (*place, *path), key=not path, **more))

        if not (text.sources or text.consensus):
            fault("no-source", "name `sources`, or say `consensus: true`")
        if text.evidence != "consensus" and not text.sources:
            fault("no-source", f"evidence is `{text.evidence}`, so `sources` must name it", "evidence")
        types = [name for name in EFFECTS if getattr(text, name)]
        if not types:
            fault("no-effect", "the rule concludes nothing; give one of " + ", ".join(EFFECTS))
        derived = {self.vocabulary.derived[d.fact].side for d in text.derive or ()}
        sides = {"permit" for t in types if t in PERMITS} | {"caution" for t in types if t in CAUTIONS} | derived
        if len(sides) > 1:
            message = "a rule either permits (permit, open) or cautions (forbid, close, limit, refer, prescribe)"
            fault("two-sides", message)
        side: Any = sides.pop() if len(sides) == 1 else "other"
        if text.unless and side != "caution":
            message = "`unless` belongs to rules that caution; write what is needed under `when`"
            fault("unless-on-permit", message, "unless")

        asks = side == "caution"  # also where a single test says so against `unknown: holds`
        holds = text.unknown == "holds"
        alternatives = self.patterns.expand(text, document, place, holds, asks)
        variants = [Variant(index, tuple(patterns), origin=origin) for origin, patterns in alternatives]
        for variant in variants:
            self._check_variant(variant, fault)

        effects = [e for name in types for e in self.effects.read(name, getattr(text, name), fault)]
        bound = {variable for variant in variants for p in variant.patterns for _, variable in p.binds}
        for variant in variants:
            bound &= {variable for p in variant.patterns for _, variable in p.binds}
        stands = self._stands_for([p for variant in variants for p in variant.patterns], fault)
        for effect in effects:
            for variable in effect.variables:
                if variable not in bound:
                    fault("unbound-variable", f"`{variable}` is not bound by a pattern under `when`", effect.type)
        for name in types:
            for entry in getattr(text, name):
                for variable, wanted in self.effects.wanted(name, entry).items():
                    if stands.get(variable, wanted) != wanted:
                        message = f"`{variable}` stands for one {stands[variable]}, and one {wanted} is needed here"
                        fault("bad-variable", message, name)
        for name in re.findall(r"\{(\w+)\}", text.because):
            if f"${name}" not in bound:
                fault("unbound-variable", f"the sentence names `{{{name}}}`, which no pattern binds", "because")
        where = document.where(place, key=True)
        rule = Rule(
            id=key,
            because=" ".join(text.because.split()),
            effects=tuple(effects),
            side=side,
            evidence=text.evidence,
            sources=tuple(text.sources),
            consensus=text.consensus,
            seeds=tuple(text.seeds),
            unknown=text.unknown,
            file=str(document.file),
            line=where["line"] or 0,
            text=_plain(document.data, place),
        )
        return rule, variants

    def _stands_for(self, patterns: list[Pattern], fault: Any) -> dict[str, str]:
        """What each variable stands for."""
        stands: dict[str, str] = {}
        for pattern in patterns:
            fields = self.kinds[pattern.kind].fields if pattern.kind in self.kinds else {}
            for name, variable in pattern.binds:
                to = str(fields[name].to)
                if stands.setdefault(variable, to) != to:
                    message = f"`{variable}` stands for one {stands[variable]}, and `{name}` is one {to}"
                    fault("bad-variable", message, "when")
        return stands

    def _use(self, name: str, fault: Any, *path: str | int) -> None:
        if name in self.uses:
            self.uses[name].append("a rule")
        else:
            self._unknown_parameter(name, fault, *path)

    def _unknown_parameter(self, name: str, fault: Any, *path: str | int) -> None:
        if name in self.tables.broken:
            return
        help_text = "A number in a rule has a name: add it under `parameters:` of a rule file."
        fault(
            "unknown-parameter",
            f"unknown parameter `{name}`",
            *path,
            did_you_mean=nearest(name, self.values),
            help=help_text,
        )

    # -- patterns together --------------------------------------------------------------------------------------------

    def _check_variant(self, variant: Variant, fault: Any) -> None:
        if not variant.patterns:
            fault("no-condition", "a rule needs a pattern under `when`; {fact: runner} is always there")
        seen: set[Any] = set()
        for pattern in variant.patterns:
            kind = self.kinds.get(pattern.kind)
            if kind is None:
                continue
            keys = self.patterns.key_fields(pattern.kind)
            which = tuple(sorted((t.field, t.words) for t in pattern.tests if t.field in keys))
            if kind.cardinality == "one" or (kind.cardinality == "fixed" and which):
                if (pattern.kind, which) in seen:
                    fault("same-fact-twice", f"two patterns are about the same `{pattern.kind}`; write them as one")
                seen.add((pattern.kind, which))


def _recursion(pack: Pack, circle: list[str]) -> Fault:
    """The fault of rules that need what they conclude, at the first of them."""
    rules = [
        next(
            rule
            for variant in pack.variants
            if made in concluded(rule := pack.rules[variant.rule]) and read in needed(variant, pack)
        )
        for made, read in pairwise(circle)
    ]
    names = ", ".join(f"`{rule.id}`" for rule in rules)
    message = f"rules depend on one another in a circle: {' -> '.join(circle)}, by {names}"
    return Fault("recursion", message, rules[0].file, rules[0].line, path=f"/rules/{rules[0].id}")


def _plain(data: Any, place: Place) -> dict[str, Any]:
    for part in place:
        data = data[part]
    return dict(data)
