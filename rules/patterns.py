"""Patterns of a rule: from the text of a file to tests of fields, and which facts there are to be tested."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from prehab.graph.budgets import ALTERNATIVES, PATTERNS
from prehab.graph.catalogue import Catalogue
from prehab.graph.faults import Fault, nearest, shorten
from prehab.graph.files import Document, Place
from prehab.graph.salvage import Broken
from prehab.rules.language import Pattern, Test
from prehab.rules.pack import Pack
from prehab.rules.vocabulary import Field, Kind, Vocabulary

__all__ = ["Patterns", "fact_kinds"]

MOST_SPARE = 20
"""Words more than there are values that are looked at one by one, to tell which of them are none."""
_COMPARE = ("at_least", "above", "at_most", "below")


class Conditions(Protocol):
    """What says to whom something applies: a rule or a statement, as its author wrote it."""

    @property
    def when(self) -> Sequence[Any]: ...

    @property
    def any_of(self) -> Sequence[Sequence[Any]] | None: ...

    @property
    def unless(self) -> Sequence[Any]: ...


class Patterns:
    """Reads patterns against one vocabulary and one graph.

    Args:
        vocabulary: The vocabulary, or a compiled pack with its own.
        catalogue: The graph's contents.
        faults: Where faults are collected.
        use: Told of every parameter that a test names, with the reporter of faults and the path to the name.
        broken: What of the vocabulary and the graph could not be read: names that may stand there are not unknown.
    """

    def __init__(
        self,
        vocabulary: Vocabulary | Pack,
        catalogue: Catalogue,
        faults: list[Fault],
        use: Callable[..., None],
        broken: Broken | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self.catalogue = catalogue
        self.kinds = vocabulary.kinds if isinstance(vocabulary, Pack) else fact_kinds(vocabulary, catalogue)
        self.faults = faults
        self.use = use
        self.broken = broken or Broken()
        self.skipped = 0  # names that may stand in what is broken, and so were neither read nor told

    def key_fields(self, kind: str) -> frozenset[str]:
        """The fields that say which fact of a kind is meant."""
        found = self.kinds.get(kind)
        if found is None:
            return frozenset()
        if kind == "complaint":
            return frozenset({"key"})
        return frozenset(found.keys)

    def same_fact(self, one: Pattern, other: Pattern) -> bool:
        """Whether two patterns are about the same fact."""
        kind = self.kinds.get(one.kind)
        if kind is None or one.kind != other.kind:
            return False
        if kind.cardinality == "one":
            return True
        keys = self.key_fields(one.kind)
        if any(field in keys for field, _ in set(one.binds) & set(other.binds)):
            return True
        return any(t.field in keys and t in one.tests for t in other.tests)

    def read(self, text: Any, document: Document, place: Place, holds: bool | None, asks: bool = False) -> Pattern:
        """A pattern from its text; what is wrong with it is added to the faults.

        Args:
            text: The pattern as it stands in the file.
            document: The file.
            place: Where in the file.
            holds: Whether an unknown value meets the tests.
            asks: Whether the tests are those of a caution. One that does not hold the unknown against the runner
                reads of an aggregate what is known so far.
        """

        def fault(code: str, message: str, *path: str | int, **more: Any) -> None:
            self.faults.append(document.fault(code, message, (*place, *path), **more))

        if not isinstance(text, dict) or not isinstance(text.get("fact"), str):
            fault("bad-pattern", "a pattern is a mapping that names its `fact`, such as {fact: leg, side: left}")
            return Pattern("")
        kind_name = text["fact"]
        kind = self.kinds.get(kind_name)
        if kind is None:
            if self.broken.may_declare(kind_name):
                self.skipped += 1
            else:
                fault(
                    "unknown-fact",
                    f"unknown fact `{shorten(kind_name)}`",
                    "fact",
                    allowed=tuple(self.kinds),
                    did_you_mean=nearest(kind_name, self.kinds),
                )
            return Pattern(kind_name)
        tests: list[Test] = []
        binds: list[tuple[str, str]] = []
        told = self.vocabulary.aggregates.get(kind_name)
        # what is known so far of an aggregate is read where it is due, and never by its name
        fields = {key: kind.fields[key] for key in told.fields} if told else kind.fields
        for name, wanted in text.items():
            if name == "fact":
                continue
            field = fields.get(name)
            if field is None:
                if self.broken.may_declare(name):
                    self.skipped += 1
                else:
                    fault(
                        "unknown-fact-field",
                        f"`{kind_name}` has no field `{shorten(name)}`",
                        name,
                        allowed=tuple(fields),
                        did_you_mean=nearest(name, fields),
                    )
                continue
            if isinstance(wanted, str) and wanted.startswith("$"):
                if field.type != "ref":
                    message = f"a variable can stand only for a reference, and `{name}` is a {field.type}"
                    fault("bad-variable", message, name)
                elif not re.fullmatch(r"\$[a-z][a-z0-9_]*", wanted):
                    fault("bad-variable", f"a variable is written like $c, not `{shorten(wanted)}`", name)
                elif wanted in (variable for _, variable in binds):
                    fault("bad-variable", f"`{wanted}` stands twice in one pattern", name)
                else:
                    binds.append((name, wanted))
                continue
            tests.extend(self._tests(kind_name, name, field, wanted, bool(holds), asks, fault))
        return Pattern(kind_name, tuple(tests), tuple(binds))

    def _tests(
        self, kind: str, name: str, field: Field, wanted: Any, holds: bool, asks: bool, fault: Any
    ) -> Iterator[Test]:
        unknown = holds and not field.always
        target = name
        if isinstance(wanted, dict) and "unknown" in wanted:
            word = wanted["unknown"]
            if word not in ("holds", "asks"):
                fault("unknown-word", "`unknown` is `holds` or `asks`", name, "unknown")
            unknown = word == "holds" and not field.always
            wanted = {k: v for k, v in wanted.items() if k != "unknown"}
        if isinstance(wanted, dict) and set(wanted) == {"is"}:
            wanted = wanted["is"]
        if asks and not unknown and kind in self.vocabulary.aggregates:
            target = f"{name}_so_far"
        if not isinstance(wanted, dict):
            words = tuple(wanted if isinstance(wanted, list) else [wanted])
            if self._check_words(field, name, words, fault):
                yield Test(kind, target, "is", words, unknown=unknown)
            return
        if set(wanted) == {"known"} and isinstance(wanted["known"], bool):
            yield Test(kind, name, "known" if wanted["known"] else "unknown")  # whether all of it is
            return
        if not wanted:
            fault("unknown-test", f"say what `{name}` is tested for", name, allowed=(*_COMPARE, "known", "is"))
        for op, operand in wanted.items():
            if op == "known":
                fault("unknown-test", "`known` stands alone and is true or false", name, op)
            elif op not in _COMPARE:
                fault(
                    "unknown-test",
                    f"unknown test `{shorten(op)}`",
                    name,
                    op,
                    allowed=(*_COMPARE, "known", "is", "unknown"),
                    did_you_mean=nearest(op, (*_COMPARE, "known")),
                )
            elif field.type == "choice":
                if operand not in field.values:
                    self._check_words(field, name, (operand,), fault)
                    continue
                at = field.values.index(operand)
                chosen = {
                    "at_least": field.values[at:],
                    "above": field.values[at + 1 :],
                    "at_most": field.values[: at + 1],
                    "below": field.values[:at],
                }[op]
                if not chosen:
                    said = f"{op.replace('_', ' ')} `{shorten(str(operand))}`"
                    fault("never-met", f"no value of `{name}` is {said}", name, op)
                    continue
                yield Test(kind, target, "is", tuple(chosen), unknown=unknown)
            elif field.type in ("integer", "number"):
                if not isinstance(operand, str):
                    shown = operand if isinstance(operand, int | float) else "it"
                    message = f"a number in a rule has a name: put {shown} under `parameters:` and write the name here"
                    fault("bare-number", message, name, op)
                    continue
                self.use(operand, fault, name, op)
                yield Test(kind, target, op, parameter=operand, unknown=unknown)
            else:
                fault("unknown-test", f"`{name}` is a {field.type} and has no order; write its value", name, op)

    def _check_words(self, field: Field, name: str, words: tuple[Any, ...], fault: Any) -> bool:
        if field.type == "boolean":
            allowed: tuple[Any, ...] = (True, False)
        elif field.type == "choice":
            allowed = tuple(field.values)
        elif field.type == "ref":
            allowed = self._refs(str(field.to))
        else:
            fault("bare-number", f"compare `{name}` by at_least, above, at_most or below with a named parameter", name)
            return False
        right = bool(words)
        if not words:
            fault("never-met", f"`{name}` can be none of no values", name)
        if len(words) > max(len(allowed), 1) + MOST_SPARE:
            fault("too-many", f"there are {len(words):,} words, and `{name}` has only {len(allowed):,} values", name)
            return False
        for word in words:
            if isinstance(word, str) and word not in allowed and self._may_be(word, field):
                self.skipped += 1
                right = False
            elif word not in allowed or (isinstance(word, bool) != (field.type == "boolean")):
                shown = tuple(str(w).lower() if isinstance(w, bool) else str(w) for w in allowed)
                code = "unknown-" + (str(field.to) if field.type == "ref" else "word")
                fault(
                    code,
                    f"`{shorten(str(word))}` is not a value of `{name}`",
                    name,
                    allowed=shown,
                    did_you_mean=nearest(str(word)[:200], shown),
                )
                right = False
        return right

    def _may_be(self, word: str, field: Field) -> bool:
        """Whether a word could be one that stands in what was not read."""
        return self.broken.may_declare(word) or (field.to == "injury" and "injuries" in self.broken.kinds)

    def _refs(self, to: str) -> tuple[str, ...]:
        if to == "injury":
            return tuple(self.catalogue.injuries)
        if to == "gate":
            return tuple(self.vocabulary.gates)
        for kind in self.kinds.values():
            if to in kind.keys:
                return tuple(kind.keys[to])
        return tuple(self.catalogue.words.get(f"{to}s", ()))

    def expand(
        self, text: Conditions, document: Document, place: Place, holds: bool, asks: bool
    ) -> list[tuple[str | None, list[Pattern]]]:
        """The plain conjunctions that ``when``, ``any`` and ``unless`` stand for, each with the entry that made it.

        Each test of an ``unless`` entry that is not known to be met is an alternative of its own. Where there are more
        of them than a rule may have, that is told, and none is made.
        """
        if self._too_many(text, document, place):
            return []
        base = [self.read(p, document, (*place, "when", i), holds, asks) for i, p in enumerate(text.when)]
        alternatives: list[tuple[str | None, list[Pattern]]] = [(None, base)]
        if text.any_of:
            alternatives = []
            for i, option in enumerate(text.any_of):
                extra = [self.read(p, document, (*place, "any", i, j), holds, asks) for j, p in enumerate(option)]
                alternatives.append((f"any/{i}", self.merge(base, extra)))
        if not text.unless:
            return alternatives
        lifted: list[tuple[str | None, list[Pattern]]] = []
        for i, entry in enumerate(text.unless):
            before = len(self.faults), self.skipped
            item = self.read(entry, document, (*place, "unless", i), None)
            if before == (len(self.faults), self.skipped):
                self._check_unless(item, base, document, (*place, "unless", i))
            keys = self.key_fields(item.kind)
            kept = tuple(t for t in item.tests if t.field in keys)
            for test in item.tests:
                if test.field in keys:
                    continue
                violated = Pattern(item.kind, (*kept, test.opposite()), item.binds)
                for origin, patterns in alternatives:
                    name = f"{origin}+unless/{i}/{test.field}" if origin else f"unless/{i}/{test.field}"
                    lifted.append((name, self.merge(patterns, [violated])))
        return lifted

    def _too_many(self, text: Conditions, document: Document, place: Place) -> bool:
        """Whether a rule has more alternatives, or in one of them more patterns, than it may; told where that is so."""
        options = [len(option) for option in text.any_of or ()] or [0]
        tests = sum(self._tests_of(entry) for entry in text.unless)
        alternatives, patterns = len(options) * max(1, tests), len(text.when) + max(options) + bool(text.unless)
        if alternatives > ALTERNATIVES:
            said = f"{len(options):,} under `any`" + (f" times {tests:,} tests under `unless`" if tests else "")
            message = f"{said} make {alternatives:,} alternatives, and a rule has at most {ALTERNATIVES}"
            self.faults.append(document.fault("too-many", message, (*place, "any" if text.any_of else "unless")))
        if patterns > PATTERNS + bool(text.unless):
            message = f"one alternative joins {patterns:,} patterns, and a rule at most {PATTERNS}"
            self.faults.append(document.fault("too-many", message, (*place, "when")))
        return alternatives > ALTERNATIVES or patterns > PATTERNS + bool(text.unless)

    def _tests_of(self, entry: Any) -> int:
        """How many alternatives an entry of ``unless`` makes: a field may be tested twice."""
        keys = self.key_fields(str(entry.get("fact"))) if isinstance(entry, dict) else frozenset()
        tested = [tests for name, tests in entry.items() if name != "fact" and name not in keys]
        return sum(len(tests) if isinstance(tests, dict) and len(tests) > 1 else 1 for tests in tested)

    def _check_unless(self, item: Pattern, base: list[Pattern], document: Document, place: Place) -> None:
        kind = self.kinds.get(item.kind)
        if kind is None:
            return

        def fault(code: str, message: str) -> None:
            self.faults.append(document.fault(code, message, place))

        keys = self.key_fields(item.kind)
        if not [t for t in item.tests if t.field not in keys]:
            fault("unless-tests-nothing", "an `unless` entry must test a value")
        named = {f for f, _ in item.binds} | {t.field for t in item.tests}
        missing = [k for k in keys if k not in named]
        if kind.cardinality == "many":
            bound = [variable for p in base if p.kind == item.kind for f, variable in p.binds if f in keys]
            if not any(v in bound for f, v in item.binds if f in keys):
                fault("unless-unbound", f"an `unless` about a {item.kind} needs one that `when` binds")
        elif missing:
            fault("unless-unbound", f"an `unless` about `{item.kind}` must name its {missing[0]}")
        variables = {variable for p in base for _, variable in p.binds}
        for _, variable in item.binds:
            if variable not in variables:
                fault("unbound-variable", f"`{variable}` is not bound by `when`")

    def merge(self, base: list[Pattern], extra: list[Pattern]) -> list[Pattern]:
        """Add patterns; one about a fact that is there already joins the pattern that is about it."""
        result = list(base)
        for added in extra:
            for position, pattern in enumerate(result):
                if self.same_fact(pattern, added):
                    tests = tuple(dict.fromkeys((*pattern.tests, *added.tests)))
                    binds = tuple(dict.fromkeys((*pattern.binds, *added.binds)))
                    result[position] = Pattern(pattern.kind, tests, binds)
                    break
            else:
                result.append(added)
        return result


def fact_kinds(vocabulary: Vocabulary, catalogue: Catalogue) -> dict[str, Kind]:
    """Every kind of fact a pattern may name, with the keys resolved: told, aggregated, derived and gates."""
    kinds: dict[str, Kind] = {}
    for name, kind in vocabulary.kinds.items():
        keys = {k: list(catalogue.words[v]) if isinstance(v, str) else v for k, v in kind.keys.items()}
        fields = {k: Field.model_validate({"type": "ref", "to": k, "always": True}) for k in keys}
        kinds[name] = kind.model_copy(update={"keys": keys, "fields": {**fields, **kind.fields}})
    for name, aggregate in vocabulary.aggregates.items():
        fields = {}
        for key, one in aggregate.fields.items():
            of_kind, _, of_field = one.of.partition(".")
            if one.take == "count":
                made = Field.model_validate(
                    {"type": "integer", "unit": f"{of_kind}s", "range": [0, 1000], "worse": one.worse}
                )
            else:
                made = kinds[of_kind].fields[of_field].model_copy(update={"worse": one.worse})
            fields[key] = fields[f"{key}_so_far"] = made
        kinds[name] = Kind.model_validate({"is": "one", "fields": {}}).model_copy(update={"fields": fields})
    for name, derived in vocabulary.derived.items():
        kinds[name] = Kind.model_validate({"is": "many", "fields": {}}).model_copy(update={"fields": derived.fields})
    gate_fields = {
        "gate": Field.model_validate({"type": "ref", "to": "gate", "always": True}),
        "open": Field.model_validate({"type": "boolean", "always": True, "worse": "lower"}),
    }
    gate = Kind.model_validate({"is": "fixed", "keys": {"gate": list(vocabulary.gates)}, "fields": {}})
    kinds["gate"] = gate.model_copy(update={"fields": gate_fields})
    return kinds
