"""Reads a folder of rule files into a checked, compiled ``Pack``. All faults of all files come together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from prehab.graph.budgets import EFFECTS as MOST_EFFECTS
from prehab.graph.budgets import JOINED, JOINED_IN_ALL, MOST, VARIANTS
from prehab.graph.catalogue import Catalogue
from prehab.graph.contents import check_contents, check_most
from prehab.graph.faults import Fault, PackError, nearest, shorten
from prehab.graph.files import Document, Place
from prehab.graph.load import GRAPH_FOLDER, GraphRead, read_folder, read_graph
from prehab.graph.salvage import Broken, Faults, Salvaged, salvage, words_in
from prehab.graph.schema import Strict
from prehab.graph.text import is_id
from prehab.rules.checks import check_pack
from prehab.rules.checks.places import Where
from prehab.rules.effects import Effects
from prehab.rules.joins import Joins
from prehab.rules.language import CAUTIONS, EARNS, PERMITS, Effect, Pattern, Rule, Test, Variant
from prehab.rules.layers import assign_layers, concluded, needed
from prehab.rules.messages import LANGUAGES_FOLDER
from prehab.rules.pack import Pack
from prehab.rules.patterns import Patterns
from prehab.rules.readings import Readings
from prehab.rules.schema import EFFECTS, Case, Outline, RuleText
from prehab.rules.select import Masks
from prehab.rules.tables import Tables
from prehab.rules.vocabulary import Vocabulary
from prehab.rules.vocabulary_check import check_vocabulary, unusable

__all__ = [
    "RULES_FOLDER", "LoadedPack", "LocatedCase", "compile_pack", "load_cases", "load_pack",
    "load_with_places", "read_cases", "read_pack", "word_lists",
]  # fmt: skip

RULES_FOLDER = Path(__file__).parent
SPECIAL = frozenset({"vocabulary.yaml", "schemes.yaml"})
BESIDE = ("statements.yaml", ".cases.yaml")
"""Files that stand beside the rules and are read apart: they change no answer."""


@dataclass(frozen=True)
class LoadedPack:
    """A pack, and where its parts stand in the files it was read from.

    Attributes:
        pack: The pack; where there are faults, what could be read of it, consistent in itself.
        where: Tells the place of a thing of a table.
        faults: What is wrong. A pack with faults is for telling more of them, and for nothing else.
        broken: What could not be read.
        flawed: The rules about which something was told, or of which something could not be read.
        documents: The files of the folder, by name, those beside the rules too.
    """

    pack: Pack
    where: Where
    faults: tuple[Fault, ...] = ()
    broken: Broken = field(default_factory=Broken)
    flawed: frozenset[str] = frozenset()
    documents: Mapping[str, Document] = field(default_factory=dict)


def load_pack(rules: Path = RULES_FOLDER, graph: Path | Catalogue = GRAPH_FOLDER) -> Pack:
    """Read, check and compile a rule folder against a graph: its folder, or its contents.

    Raises:
        PackError: With every fault found in any file of either folder.
    """
    return load_with_places(rules, graph).pack


def load_with_places(rules: Path = RULES_FOLDER, graph: Path | Catalogue = GRAPH_FOLDER) -> LoadedPack:
    """As ``load_pack``, and the places too: what a check of the whole pack needs."""
    loaded = read_pack(rules, graph)
    if loaded.faults:
        raise PackError(loaded.faults)
    return loaded


def read_pack(rules: Path = RULES_FOLDER, graph: Path | Catalogue = GRAPH_FOLDER) -> LoadedPack:
    """As ``load_with_places``, but what is wrong stands in the result: then more can be told of the rest.

    Raises:
        PackError: Nothing can be read without what is missing: the vocabulary, or the graph's word lists.
    """
    read = GraphRead(graph) if isinstance(graph, Catalogue) else read_graph(graph)
    faults, broken = Faults(read.faults), Broken()
    folder = GRAPH_FOLDER if isinstance(graph, Catalogue) else graph
    documents: dict[str, Document] = {}
    with faults.enough():
        for path, document in read_folder(rules, "*.yaml", faults, what="a rule file", unread=broken.files):
            documents[path.name] = document
        for name in sorted(SPECIAL - documents.keys()):
            if not (rules / name).is_file():
                faults.append(Fault("missing-file", f"`{name}` is missing or cannot be read", f"{rules.name}/{name}"))
                broken.files.add(name.removesuffix(".yaml"))
        for path in sorted(rules.glob("*.yml")):
            message = "a rule file ends in `.yaml`, so nothing of this one is read"
            help_text = "Rename it, or move it away."
            faults.append(Fault("ignored-file", message, f"{rules.name}/{path.name}", help=help_text))
            broken.files.add(path.name.partition(".")[0])
    if faults.full:
        raise PackError(faults)
    loaded = _Loader(read, documents, folder, faults, broken).read()
    own = rules / "languages"
    if own == LANGUAGES_FOLDER or not own.is_dir():
        return loaded
    return replace(loaded, pack=replace(loaded.pack, languages=own))


def compile_pack(files: Mapping[str, Any], catalogue: Catalogue) -> Pack:
    """Check and compile what rule files hold, by name of file. Faults have no lines, as nothing was read from a folder.

    Raises:
        PackError: With every fault found in any of them.
    """
    documents = {name: Document(data, name) for name, data in files.items()}
    loader = _Loader(GraphRead(catalogue), documents, GRAPH_FOLDER)
    with loader.faults.enough():
        loader.faults.extend(fault for document in documents.values() for fault in check_contents(document))
    return loader.load()


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
    faults, cases = Faults(), []
    with faults.enough():
        read = {path.name: document for path, document in read_folder(rules, "*.cases.yaml", faults, what=_OF_CASES)}
        cases = read_cases(pack, rules, read, faults, Broken())
    if faults:
        raise PackError(faults)
    return cases


def read_cases(
    pack: Pack, rules: Path, documents: Mapping[str, Document], faults: list[Fault], broken: Broken
) -> list[LocatedCase]:
    """The cases in the documents of a folder, by name of file.

    Args:
        pack: The pack, as far as it could be read.
        rules: The folder.
        documents: Its files; those that hold no cases are left alone.
        faults: Where what is wrong is added.
        broken: What of the pack could not be read, and may still exist.
    """
    from prehab.runner import Runner

    cases: list[LocatedCase] = []
    context = word_lists(pack.catalogue, pack, pack.schemes, broken)
    for name, document in documents.items():
        topic = name.removesuffix(".cases.yaml")
        if topic == name:
            continue
        if not (rules / f"{topic}.yaml").is_file():
            message = f"there is no `{topic}.yaml` that these cases could be about"
            faults.append(document.fault("cases-without-rules", message, did_you_mean=nearest(topic, _topics(rules))))
        outline = salvage(_CaseOutline, document.data, document, faults, Broken())
        entries = outline.value.cases if outline.value else []
        faults.extend(check_most("cases", len(entries), document, ("cases",)))
        for position, entry in enumerate(entries[: MOST["cases"]]):
            place: Place = ("cases", position)
            left = salvage(Case, entry, outline.document, faults, Broken(), at=place, context=context, filler=_CASE)
            case: Case | None = left.value
            if case is None:
                continue
            salvage(Runner, case.runner, left.document, faults, Broken(), at=(*place, "runner"), context=context)
            if case.rule not in pack.by_id and not left.lacks("rule") and not broken.may_declare(case.rule):
                faults.append(
                    left.document.fault(
                        "unknown-rule",
                        f"unknown rule `{shorten(case.rule)}`",
                        (*place, "rule"),
                        did_you_mean=nearest(case.rule, pack.by_id),
                    )
                )
            where = left.document.where(place)
            cases.append(LocatedCase(case, str(document.file), where["line"] or 0))
    return cases


_OF_CASES = "a file of cases"
_CASE = {"case": "", "rule": "", "runner": {}, "outcome": "fires"}
"""What stands in for a part of a case that cannot be read."""


class _CaseOutline(Strict):
    """A file of cases, before each of them is read."""

    cases: list[Any]


def _topics(rules: Path) -> list[str]:
    names = {path.name for path in rules.glob("*.yaml")} - SPECIAL
    return sorted(name.removesuffix(".yaml") for name in names if not name.endswith(BESIDE))


def word_lists(
    catalogue: Catalogue, vocabulary: Vocabulary | Pack | None, schemes: Iterable[str], broken: Broken | None = None
) -> dict[str, Any]:
    """The words that a file about rules may use, by what they name; those too that may stand in what is broken."""
    context: dict[str, Any] = {k: tuple(v) for k, v in catalogue.words.items() if isinstance(v, dict)}
    for kind in ("exercises", "injuries", "sources", "claims"):
        context[kind] = tuple(getattr(catalogue, kind))
    for table in ("gates", "channels", "derived"):
        context[table] = tuple(getattr(vocabulary, table, ()))
    context["schemes"] = tuple(schemes)
    if broken:
        return {kind: Names(words, broken) for kind, words in context.items() if kind not in broken.kinds}
    return context


class Names(tuple[str, ...]):
    """Names that exist, where more may stand in what could not be read."""

    broken: Broken

    def __new__(cls, names: Iterable[str], broken: Broken) -> Names:
        made = super().__new__(cls, names)
        made.broken = broken
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and self.broken.may_declare(name))


class _Loader:
    """Reads the documents of a rule folder, as far as each of them goes."""

    def __init__(
        self,
        graph: GraphRead,
        documents: Mapping[str, Document],
        folder: Path,
        faults: Faults | None = None,
        broken: Broken | None = None,
    ) -> None:
        self.graph = graph
        self.catalogue = graph.catalogue
        self.documents = documents
        self.folder = folder
        self.faults = Faults() if faults is None else faults
        self.broken = broken or Broken()
        self.broken.join(graph.broken)
        if "schemes.yaml" not in documents:
            self.broken.kinds.add("schemes")
        self.tables = Tables(self.faults, self.broken)
        self.rule_places: dict[str, tuple[Document, Place]] = {}
        self.flawed: set[str] = set()
        self.graph_places = dict(graph.places)

    def load(self) -> Pack:
        """The pack.

        Raises:
            PackError: With every fault found.
        """
        read = self.read()
        if read.faults:
            raise PackError(read.faults)
        return read.pack

    def read(self) -> LoadedPack:
        """The pack as far as it can be read, with every fault found."""
        missing = [name for name in sorted(SPECIAL) if name not in self.documents]
        if "vocabulary.yaml" in missing or not self.catalogue.words.get("patterns", True):
            raise PackError(self.faults)  # nothing means anything without them
        pack = Pack(self.catalogue, {}, {}, {}, {}, {}, {}, {}, (), (), ())
        with self.faults.enough():
            pack = self._pack()
        if self.faults.full:
            self.broken.files.add("")  # what was not looked at any more
        return LoadedPack(pack, self.where, tuple(self.faults), self.broken, frozenset(self.flawed), self.documents)

    def _pack(self) -> Pack:
        words = word_lists(self.catalogue, None, (), self.broken)
        self.vocabulary = self._vocabulary(words)
        self.patterns = Patterns(self.vocabulary, self.catalogue, self.faults, self._use, self.broken)
        self.kinds = self.patterns.kinds
        self.joins = Joins(self.kinds, self.catalogue)
        self.schemes = self.tables.schemes(self.documents.get("schemes.yaml", Document({})), words)
        context = word_lists(self.catalogue, self.vocabulary, self.schemes, self.broken)
        entries = self._outlines(context)
        parameters = self.tables.parameters
        self.values = {name: float(p.value) for name, p in parameters.items()}
        masks = Masks(self.catalogue, self.values)
        self.effects = Effects(
            self.vocabulary,
            self.schemes,
            masks,
            self._use,
            self._unknown_parameter,
            whole=self.graph.whole,
            unsure=self.tables.flawed,
        )
        self.uses: dict[str, list[str]] = {name: [] for name in parameters}
        rules: list[Rule] = []
        variants: list[Variant] = []
        joined = 0
        for key, left, place in sorted(entries, key=lambda entry: entry[0]):  # the order of files and rules is nothing
            before = len(self.faults)
            rule, made = self._rule(key, left, place, len(rules))
            if len(self.faults) > before or left.without:
                self.flawed.add(key)
                self.broken.words.update(words_in(left.data))
            joined += sum(self.joins.ways(variant.patterns) for variant in made)
            if len(variants) + len(made) > VARIANTS or joined > JOINED_IN_ALL:
                self.faults.append(self._too_many(left.document, place, len(variants) + len(made), joined))
                self.broken.files.add("")  # what comes after this is not read
                break
            rules.append(rule)
            variants.extend(made)
        implied = self._implied()
        readings = Readings(
            self.vocabulary, self.vocabulary_document, self.patterns, parameters, self.faults, self._use
        )
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
            schemes=self.schemes,
            rules=tuple(rules),
            variants=tuple(variants),
            implied=tuple(implied),
            careful=tuple(readings.careful()),
            runs=tuple(readings.runs()),
            fixed_parameters=tuple(sorted(masks.used)),
        )
        for rule in rules:
            if not (self.tables.flawed | self.broken.names).isdisjoint(words_in(rule.text)):
                self.flawed.add(rule.id)
                self.broken.words.update(words_in(rule.text))
        pack = self._in_layers(pack)
        for fault in self.faults:
            if fault.code in _MISNAMED:  # what it should have named is used, though nobody can tell
                self.broken.words.update(fault.did_you_mean)
                self.broken.misnamed.add(Path(str(fault.file)).name.partition(".")[0])
        self.broken.flawed |= self.tables.flawed
        self.faults.extend(check_pack(pack, self.uses, self.where, self.broken))
        return pack

    def _in_layers(self, pack: Pack) -> Pack:
        """The pack with the layer of each rule; those with faults have none, since what they need is not certain."""
        sound = [variant for variant in pack.variants if pack.rules[variant.rule].id not in self.flawed]
        laid, cycle = assign_layers(replace(pack, variants=tuple(sound)))
        if cycle:
            self.faults.append(_recursion(pack, cycle))
            self.broken.words.update(("derive", "refer"))  # in which order they would is not known
            return pack
        layers = {id(variant): one for variant, one in zip(sound, laid, strict=True)}
        return replace(pack, variants=tuple(layers.get(id(variant), variant) for variant in pack.variants))

    def _too_many(self, document: Document, place: Place, variants: int, joined: int) -> Fault:
        if variants > VARIANTS:
            message = f"with this rule there are {variants:,} alternatives in all, and a pack has at most {VARIANTS:,}"
        else:
            message = (
                f"with this rule the facts of one runner may meet the rules in {joined:,} ways, "
                f"and those of a pack in at most {JOINED_IN_ALL:,}"
            )
        return document.fault("too-many", message, place, key=True)

    def _vocabulary(self, words: dict[str, Any]) -> Vocabulary:
        """The vocabulary; what is wrong in it is told and left out."""
        document = self.documents["vocabulary.yaml"]
        data: Any = document.data
        empty: dict[str, Any] = {name: [] if name in ("runs", "careful") else {} for name in Vocabulary.model_fields}
        for _ in range(5):
            left = salvage(
                Vocabulary, data, document, self.faults, self.broken,
                context=words, filler=empty, declares=True, quiet=data is not document.data,
            )  # fmt: skip
            if left.value is None:
                raise PackError(self.faults)  # nothing of it can be read
            found = list(check_vocabulary(left.value, self.catalogue, left.document))
            if data is document.data:
                self.faults.extend(fault for fault in found if not self.broken.may_declare(fault.value or "/"))
            data, taken = unusable(left.data, found, self.broken)
            if not taken:
                break
        self.vocabulary_document = left.document
        vocabulary: Vocabulary = left.value
        return vocabulary

    def _outlines(self, context: dict[str, Any]) -> list[tuple[str, Salvaged, Place]]:
        """The parameters of all rule files, into the tables, and their rules, each read as far as it goes."""
        outlines: list[tuple[str, Document, Outline]] = []
        for name, document in self.documents.items():
            if name in SPECIAL or name.endswith(BESIDE):
                continue
            left = salvage(Outline, document.data, document, self.faults, self.broken, filler={"about": ""})
            outlines.append((name, document, left.value or Outline(about="")))
        self.tables.read_parameters([(document, one.parameters) for _, document, one in outlines], context)
        entries: list[tuple[str, Salvaged, Place]] = []
        seen: dict[str, str] = {}
        number = 0
        for name, document, outline in outlines:
            number += len(outline.rules)
            self.faults.extend(check_most("rules", number, document, ("rules",)))
            if number > MOST["rules"]:
                self.broken.files.add("")
                return entries
            for key, text in outline.rules.items():
                place: Place = ("rules", key)
                left = salvage(
                    RuleText, text, document, self.faults, self.broken, at=place, context=context, filler=_RULE
                )
                if key in seen:
                    message = f"`{key}` exists already ({seen[key]})"
                    self.faults.append(document.fault("repeated-id", message, place, key=True))
                    continue
                first = document.where(place, key=True)
                seen[key] = f"{first['file']}:{first['line']}"
                stem = name.removesuffix(".yaml")
                if not re.fullmatch(re.escape(stem) + r"\.[a-z0-9][a-z0-9-]*", key) or not is_id(key):
                    message = f"a rule of {name} is called `{stem}.some-words` (lower case, digits, hyphens)"
                    self.faults.append(document.fault("bad-rule-name", message, place, key=True))
                    self.broken.names.add(f"{stem}.{key.rpartition('.')[2]}")  # what others may call it
                if left.value is None:
                    self.broken.add(key, text)
                    continue
                self.rule_places[key] = (left.document, place)
                entries.append((key, left, place))
        return entries

    def where(self, table: str, name: str, *inside: str | int) -> dict[str, Any]:
        """Where something stands that a fault is about: a named thing of a table, or a part of it."""
        document = self.documents["vocabulary.yaml"]
        place: Place = (table, name)
        if table in ("exercises", "injuries"):
            return self._in_graph(table, name).where((name, *inside), key=not inside)
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

    def _in_graph(self, table: str, name: str) -> Document:
        """The file of the graph in which an entry stands; a graph that was handed over whole is read for that."""
        if (table, name) not in self.graph_places:
            for _, document in read_folder(self.folder, f"{table}/*.yaml", []):
                self.graph_places.update(((table, key), document) for key in document.data)
        return self.graph_places[table, name]

    # -- the other files --------------------------------------------------------------------------------------------

    def _implied(self) -> Iterator[tuple[Pattern, tuple[str, ...]]]:
        for position, entry in enumerate(self.vocabulary.implied):
            pattern = self._reading(entry.when, entry.read_best, ("implied", position), "read_best")
            yield pattern, tuple(entry.read_best)

    def _reading(self, when: dict[str, Any], names: list[str], place: Place, part: str) -> Pattern:
        """When answers about a complaint are read otherwise than they were told; the fields need a direction."""
        document = self.vocabulary_document
        pattern = self.patterns.read(when, document, (*place, "when"), None)
        if pattern.kind in self.kinds and pattern.kind != "complaint":
            message = "only what is said of a complaint is read carefully"
            self.faults.append(document.fault("bad-careful", message, (*place, "when", "fact")))
        fields = self.kinds["complaint"].fields if "complaint" in self.kinds else {}
        for i, name in enumerate(names):
            if name not in fields or fields[name].worst() is None:
                message = f"`{name}` is not a field of a complaint with a worse direction"
                self.faults.append(document.fault("unknown-fact-field", message, (*place, part, i)))
        return pattern

    # -- one rule ---------------------------------------------------------------------------------------------------

    def _rule(self, key: str, left: Salvaged, place: Place, index: int) -> tuple[Rule, list[Variant]]:
        text: RuleText = left.value
        document = left.document

        def fault(code: str, message: str, *path: str | int, **more: Any) -> None:
            inside = path[:1] if code in _OF_AN_EFFECT else ()
            if not left.lacks(*_RESTS_ON.get(code, ()), *map(str, inside)):
                self.faults.append(document.fault(code, message, (*place, *path), key=not path, **more))

        if not (text.sources or text.consensus):
            fault("no-source", "name `sources`, or say `consensus: true`")
        if text.evidence != "consensus" and not text.sources:
            fault("no-source", f"evidence is `{text.evidence}`, so `sources` must name it", "evidence")
        types = [name for name in EFFECTS if getattr(text, name)]
        if not types:
            fault("no-effect", "the rule concludes nothing; give one of " + ", ".join(EFFECTS))
        number = sum(len(getattr(text, name)) for name in types)
        if number > MOST_EFFECTS:
            fault("too-many", f"the rule has {number:,} effects, and one has at most {MOST_EFFECTS}")
            types = []
        derived = {self.vocabulary.derived[d.fact].side for d in text.derive or () if d.fact in self.vocabulary.derived}
        sides = {"permit" for t in types if t in PERMITS} | {"caution" for t in types if t in CAUTIONS}
        sides |= {"earned" for t in types if t in EARNS} | derived
        if len(sides) > 1:
            message = (
                "a rule either permits (permit, open), cautions (forbid, close, limit, refer, prescribe, stay) or "
                "earns (reach, familiar)"
            )
            fault("two-sides", message)
        side: Any = sides.pop() if len(sides) == 1 else "other"
        if text.unless and side != "caution":
            message = "`unless` belongs to rules that caution; write what is needed under `when`"
            fault("unless-on-permit", message, "unless")

        asks = side == "caution"  # also where a single test says so against `unknown: holds`
        holds = text.unknown == "holds"
        before, skipped = len(self.faults), self.patterns.skipped
        alternatives = self.patterns.expand(text, document, place, holds, asks)
        variants = [Variant(index, tuple(patterns), origin=origin) for origin, patterns in alternatives]
        kept = [self._sound(variant) for variant in variants]
        # else what binds a variable, say, is not certain
        sound = len(self.faults) == before and self.patterns.skipped == skipped and kept == variants
        if not sound:
            self.flawed.add(key)
            variants = kept
        for variant in variants:
            self._check_variant(variant, fault if sound else _unsaid)
        if sound:
            self._check_ways(variants, document, place)

        effects: list[Effect] = []
        for name in types:
            before = len(self.faults)
            found = list(self.effects.read(name, getattr(text, name), fault, isinstance(left.data.get(name), list)))
            named = [effect for effect in found if self._names_what_is_there(effect)]
            if len(self.faults) == before:
                effects += named
            if len(named) < len(getattr(text, name)) and len(self.faults) == before:
                self.flawed.add(key)
        bound = {variable for variant in variants for p in variant.patterns for _, variable in p.binds}
        for variant in variants:
            bound &= {variable for p in variant.patterns for _, variable in p.binds}
        stands = self._stands_for([p for variant in variants for p in variant.patterns], fault)
        for effect in effects if sound else ():
            for variable in effect.variables:
                if variable not in bound:
                    fault("unbound-variable", f"`{variable}` is not bound by a pattern under `when`", effect.type)
        for name in types:
            for entry in getattr(text, name):
                for variable, wanted in self.effects.wanted(name, entry).items():
                    if stands.get(variable, wanted) != wanted:
                        message = f"`{variable}` stands for one {stands[variable]}, and one {wanted} is needed here"
                        fault("bad-variable", message, name)
        for name in re.findall(r"\{(\w+)\}", text.because) if sound else ():
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
            unknown="asks" if left.lacks("unknown") else text.unknown,
            file=str(document.file),
            line=where["line"] or 0,
            text=dict(left.data),
        )
        return rule, variants

    def _check_ways(self, variants: list[Variant], document: Document, place: Place) -> None:
        """The facts of one runner may meet an alternative in so many ways, and no more."""
        ways = max(((self.joins.ways(v.patterns), v.origin or "") for v in variants), default=(0, ""))
        if ways[0] > JOINED:
            message = (
                f"the facts of one runner may meet this in {ways[0]:,} ways, and a rule in at most {JOINED:,}: "
                "patterns of which there may be many are joined by no variable"
            )
            self.faults.append(document.fault("too-many-ways", message, (*place, "when")))

    def _sound(self, variant: Variant) -> Variant:
        """A variant without the patterns and tests in it that mean nothing."""
        if all(p.kind in self.kinds and all(map(self._means, p.tests)) for p in variant.patterns):
            return variant
        patterns = (p for p in variant.patterns if p.kind in self.kinds)
        kept = (replace(p, tests=tuple(t for t in p.tests if self._means(t))) for p in patterns)
        return replace(variant, patterns=tuple(kept))

    def _names_what_is_there(self, effect: Effect) -> bool:
        """Whether what an effect names could be read."""
        tables: dict[str, Mapping[str, Any]] = {
            "scheme": self.schemes, "gate": self.vocabulary.gates, "channel": self.vocabulary.channels,
            "fact": self.vocabulary.derived,
        }  # fmt: skip
        channel = self.vocabulary.channels.get(str(effect.data.get("channel")))
        if channel is None or not channel.values:
            tables |= dict.fromkeys(("at_most", "at_least", "weight", "order"), self.values)
        return all(effect.data[name] in table for name, table in tables.items() if name in effect.data)

    def _means(self, test: Test) -> bool:
        return test.parameter is None or test.parameter in self.values

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
        if self.broken.may_declare(name):
            return
        help_text = "A number in a rule has a name: add it under `parameters:` of a rule file."
        fault(
            "unknown-parameter",
            f"unknown parameter `{shorten(name)}`",
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


_RULE = {"because": "What is said here cannot be read.", "evidence": "consensus"}
"""What stands in for a part of a rule that cannot be read."""

_CONDITIONS = ("when", "any", "unless")
_RESTS_ON: Mapping[str, tuple[str, ...]] = {
    "no-source": ("sources", "consensus", "evidence"),
    "no-effect": EFFECTS,
    "two-sides": EFFECTS,
    "unless-on-permit": EFFECTS,
    "no-condition": _CONDITIONS,
    "unbound-variable": (*_CONDITIONS, "because"),
    "same-fact-twice": _CONDITIONS,
}
"""What is not told of a rule in which something else could not be read: it may follow from that."""


_OF_AN_EFFECT = frozenset({
    "selects-nothing", "scheme-misfit", "limit-direction", "limit-scope", "refer-what", "derive-fields",
})  # fmt: skip
"""What is not told of an effect in which something else could not be read."""

_MISNAMED = frozenset({"unknown-parameter", "bare-number", "wrong-form", "no-effect", "no-condition"})
"""Faults that stand where the name of a parameter could."""


def _unsaid(*_: Any, **__: Any) -> None:
    """What would be said of a rule of which something could not be read."""
