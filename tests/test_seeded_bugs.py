"""Bugs put into the evaluators and into the translation to z3: the comparisons of them notice each one.

A bug is one edit of one module. The edited module is run beside the sound ones, on the packs and random runners by
which the suite holds the evaluators to each other and the formulas to the evaluators.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest

import prehab.compiled
import prehab.proof.encoding
import prehab.proof.symbols
import prehab.reference
from prehab.compiled import Compiled
from prehab.fact_builder import FactBuilder
from prehab.inference import infer
from prehab.program import Program
from prehab.reference import Reference
from prehab.rules.load import load_pack
from prehab.rules.pack import Pack
from prehab.runner import Runner
from prehab.testing import random_pack
from tests.attack import logged
from tests.support import words_context
from tests.translation import Translated

FOREIGN = Path(__file__).resolve().parent.parent / "examples" / "foreign-pack"


@pytest.fixture(scope="module")
def packs(pack: Pack) -> list[Pack]:
    """The foreign pack, random ones that use all of the language, and the bundled one."""
    made = [random_pack(random.Random(seed), pack.catalogue) for seed in range(6)]
    return [load_pack(FOREIGN / "rules", FOREIGN / "graph"), *made, pack]


def with_bug(module: ModuleType, find: str, replace: str) -> ModuleType:
    """A module with one edit; ``find`` stands in it once."""
    assert module.__file__
    source = Path(module.__file__).read_text(encoding="utf-8")
    assert source.count(find) == 1, f"{find!r} stands {source.count(find)} times in {module.__name__}"
    made = ModuleType(module.__name__)
    made.__file__ = module.__file__
    exec(compile(source.replace(find, replace), module.__file__, "exec"), made.__dict__)
    return made


def runners(pack: Pack, count: int, most: int = 3) -> Iterator[Runner]:
    """Random runners of a pack, with logs of up to six sessions."""
    rng = random.Random(count)
    for _ in range(count):
        yield Runner.model_validate(logged(rng, pack, rng.randrange(most + 1)), context=words_context(pack))


# -- the evaluators ---------------------------------------------------------------------------------------------------

Make = Callable[[Program], Any]


def evaluators_differ(packs: list[Pack], bugged: Make, sound: Make) -> bool:
    """Whether two evaluators are told apart by what they conclude, by an error, or by having to fall back."""
    for pack in packs:
        program = Program(pack)
        builder, one, other = FactBuilder(program), bugged(program), sound(program)
        for runner in runners(pack, 60):
            try:
                found, expected = (infer(program, builder.build(runner), e) for e in (one, other))
            except Exception:  # an error is noticed, too
                return True
            marks = (
                [(f.variant, tuple(fact.number for fact in f.facts)) for f in inference.firings]
                for inference in (found, expected)
            )
            if len({tuple(mark) for mark in marks}) > 1 or found.gates != expected.gates:
                return True
            if getattr(one, "fallbacks", 0):
                return True
    return False


REFERENCE = {
    "one fact may serve two patterns": ("for fact in facts if fact not in chosen]", "for fact in facts]"),
    "a variable may stand for two values": ("== chosen[place].values[other]", "!= chosen[place].values[other]"),
    "one test is enough": ("if all(test.met(", "if any(test.met("),
    "only the first layer is looked at": ("program.by_layer[layer]", "program.by_layer[0]"),
    "only the first fact is looked at": ("= [meeting[number] for number in", "= [meeting[number][:1] for number in"),
    "of facts that go together only one choice is taken": (
        "for chosen in choices(patterns, candidates)]",
        "for chosen in choices(patterns, candidates)[:1]]",
    ),
    "rules of several patterns never fire": ("if all(candidates):", "if all(candidates) and len(candidates) < 2:"),
}

COMPILED = {
    "one fact may serve two patterns": ("range(number) if kinds[other] == kind", "range(number) if False"),
    "a variable may stand for two values": (
        "[{own!r}] == fact{other}.values[{field!r}]",
        "[{own!r}] != fact{other}.values[{field!r}]",
    ),
    "values are not shared": ("for own, other, field in values]", "for own, other, field in ()]"),
    "only the first fact is looked at": ("in by_kind[kind]:", "in by_kind[kind][:1]:"),
    "the other patterns are not looked at": ("{having} & bits[{number}]", "{having} & bits[0]"),
    "twins do not fire": ("self._twins = {first: alike for", "self._twins = {first: alike[:1] for"),
    "joined patterns never fire": ("self._filed.joined(met)", "self._filed.joined(0)"),
    "the order is that of what was found": ("firings.sort(key=_variant_of)", "firings.sort(key=len)"),
}

DURABLE = {
    "joins are left out": ("if variable in first:", "if False:"),
    "a test of each pattern is left out": (
        "for bit in bits_of(pattern.mask)]",
        "for bit in bits_of(pattern.mask)[1:]]",
    ),
    "twins do not fire": ("fired(twins[variant], (chosen", "fired((variant,), (chosen"),
    "only the first result is read": ("while result is not None:", "if result is not None:"),
    "what is joined on is always the same": ("numbers.setdefault(values[f], len(numbers) + 1)", "1"),
    "the tests that a fact meets are told wrongly": (
        "atoms |= patterns[pattern].mask",
        "atoms |= patterns[pattern].mask >> 1",
    ),
    "the last runner is not forgotten": ("        rete.delete_state(handle, str(SID))\n", ""),
    "all facts are told to be of one kind": ('"k{kind}":1', '"k0":1'),
}


@pytest.mark.parametrize("bug", REFERENCE)
def test_a_bug_in_the_reference_is_noticed(bug: str, packs: list[Pack]) -> None:
    assert evaluators_differ(packs, with_bug(prehab.reference, *REFERENCE[bug]).Reference, Compiled)


@pytest.mark.parametrize("bug", COMPILED)
def test_a_bug_in_the_compiled_evaluator_is_noticed(bug: str, packs: list[Pack]) -> None:
    assert evaluators_differ(packs, with_bug(prehab.compiled, *COMPILED[bug]).Compiled, Reference)


@pytest.mark.parametrize("bug", DURABLE)
def test_a_bug_in_the_durable_evaluator_is_noticed(bug: str, packs: list[Pack]) -> None:
    durable = pytest.importorskip("prehab.durable", reason="durable-rules cannot be had here", exc_type=ImportError)
    assert evaluators_differ(packs, with_bug(durable, *DURABLE[bug]).Durable, Reference)


# -- the translation --------------------------------------------------------------------------------------------------

SYMBOLS = {
    "unknown never counts as met": ("either(no(self.known), met) if test.unknown else met", "met"),
    "at least is more than": ("return self.value >= bound", "return self.value > bound"),
    "at most is less than": ("return self.value <= bound", "return self.value < bound"),
    "is not is taken for is": ('told if test.op == "is" else no(told)', "told"),
    "a complaint of both sides is of neither": ("side != 1 - position", "side == position"),
    "contradictions are not read carefully": (
        "_choose(when, answer.at(answer.field.worst()), answer.value)",
        "answer.value",
    ),
    "the least is taken for the most": (
        'if one.take == "min" else best.below(answer)',
        'if one.take == "max" else best.below(answer)',
    ),
    "a part that is unknown does not make the whole unknown": (
        "name: replace(best, known=either(every(some, whole), empty))",
        "name: replace(best, known=either(some, empty))",
    ),
    "a complaint that is not there counts": (
        "exact(1), exact(0)) for fact in members]",
        "exact(1), exact(1)) for fact in members]",
    ),
    "words have another order": ("z3.ULT(self.value, other.value)", "z3.UGT(self.value, other.value)"),
    "there is a session less": ("for place in range(1, drawn + 1):", "for place in range(1, drawn):"),
}

SEEN_LAST = {"contradictions are not read carefully"}
"""Bugs that show in the bundled pack alone, which comes last."""

ENCODING = {
    "one fact may serve two patterns": ("if fact in chosen:", "if False:"),
    "of alike patterns one fact is passed over": ("facts.index(chosen[-1]) + 1 :", "facts.index(chosen[-1]) + 2 :"),
    "a variable may stand for two values": ("if binding.get(variable, one) == one", "if True"),
    "a closed gate is open": ("every(opened, no(closed))", "opened"),
    "no bound leaves nothing of a scheme": (
        "return no(self.as_safe(limit.channel, least, limit.place))",
        "return False",
    ),
    "a routine referral withholds": (
        "region not in (None, WHOLE_PERSON) and urgency != URGENCIES[0]",
        "region not in (None, WHOLE_PERSON)",
    ),
    "a forbid does not beat a permit": ('parts["permitted"], no(parts["forbidden"])', 'parts["permitted"]'),
    "cautions do not change the status": (
        "*(term for _, term in refers), *self._cautioned",
        "*(term for _, term in refers)",
    ),
    "a phase may be reached out of turn": ("every(reached_so_far, *gates)", "every(*gates)"),
}


def translation_differs(packs: list[Pack], encode: Callable[[Pack, int], Any]) -> bool:
    """Whether the formulas are told apart from what is decided, for some runner of some pack."""
    for pack in packs:
        translated = Translated(encode(pack, 2), Program(pack))
        for runner in runners(pack, 25, 2):
            try:
                if translated.fits(runner) and translated.differences(runner):
                    return True
            except Exception:  # an error is noticed, too
                return True
    return False


@pytest.mark.parametrize("bug", SYMBOLS)
def test_a_bug_in_the_symbols_is_noticed(bug: str, packs: list[Pack]) -> None:
    symbols = with_bug(prehab.proof.symbols, *SYMBOLS[bug])
    with patch.dict(sys.modules, {"prehab.proof.symbols": symbols}):
        encoding = with_bug(prehab.proof.encoding, "class Encoding:", "class Encoding(object):")
    assert translation_differs(packs[::-1] if bug in SEEN_LAST else packs, encoding.Encoding)


@pytest.mark.parametrize("bug", ENCODING)
def test_a_bug_in_the_encoding_is_noticed(bug: str, packs: list[Pack]) -> None:
    encoding = with_bug(prehab.proof.encoding, *ENCODING[bug])
    assert translation_differs(packs, encoding.Encoding)


def test_there_are_enough_bugs() -> None:
    assert len(REFERENCE) + len(DURABLE) + len(SYMBOLS) + len(ENCODING) >= 30
    assert min(map(len, (REFERENCE, DURABLE, SYMBOLS, ENCODING))) >= 7
