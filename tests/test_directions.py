"""Which way formulas turn: what is read off them is true, and bugs put into the reading are noticed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
import z3

import prehab.proof.directions
from prehab.proof.directions import FALLS, RISES, Directions
from tests.test_seeded_bugs import with_bug

FLAGS = [z3.Bool(f"flag {number}") for number in range(4)]
NUMBERS = [z3.Real(f"number {number}") for number in range(3)]
LIMITS = [z3.Real(f"limit {number}") for number in range(2)]
WORDS = [z3.BitVec(f"word {number}", 2) for number in range(2)]
BOUNDS = [term for one in (*NUMBERS, *LIMITS) for term in (one >= 0, one <= 10)]
CHANGED = (FLAGS[0], NUMBERS[0], WORDS[0])
PAIRS = [(one, z3.Const(f"{one}'", one.sort())) for one in CHANGED]
(_, FLAG), (_, NUMBER), (_, WORD) = PAIRS
SUPPOSED = [
    [z3.Implies(FLAGS[0], FLAG), NUMBERS[0] <= NUMBER, NUMBER <= 10, z3.UGE(WORD, WORDS[0])],
    [FLAGS[0], z3.Not(FLAG), NUMBERS[0] == NUMBER, WORDS[0] == WORD],
    [NUMBERS[0] == 0, NUMBER == 10, FLAGS[0] == FLAG],
]


def formula(rng: random.Random, depth: int) -> Any:
    """A condition such as rules are made of, and worse."""
    if depth == 0 or rng.random() < 0.1:
        number, limit = rng.choice(NUMBERS), rng.choice(LIMITS)
        word = rng.choice(WORDS)
        return rng.choice([
            rng.choice(FLAGS), number >= limit, number < limit, number > 10, word == 2, z3.ULT(word, rng.choice(WORDS)),
        ])  # fmt: skip
    parts = [formula(rng, depth - 1) for _ in range(rng.randint(2, 3))]
    number = z3.If(parts[0], z3.RealVal(rng.choice((0, 10))), z3.If(parts[1], *rng.sample(NUMBERS, 2)))
    word = z3.If(parts[0], z3.BitVecVal(0, 2), rng.choice(WORDS))
    counted = z3.Sum([z3.If(part, z3.RealVal(1), z3.RealVal(0)) for part in parts])
    ways: list[Any] = [
        z3.And(parts), z3.Or(parts), z3.And(parts), z3.Or(parts), z3.Not(parts[0]), number <= rng.choice(LIMITS),
        number > rng.choice(NUMBERS), z3.Or(word == 1, word == 2), counted >= 2, z3.If(parts[0], False, parts[1]),
    ]  # fmt: skip
    return rng.choice(ways)


def wrong(module: ModuleType, seed: int) -> Iterator[Any]:
    """Formulas that turn another way than is said."""
    rng = random.Random(seed)
    terms = [
        z3.And(formula(rng, depth), FLAGS[0]) if rng.random() < 0.2 else formula(rng, depth) for depth in (1, 2, 3)
    ]
    terms += [z3.Or(*terms), z3.And(terms[0], z3.Not(terms[1]), z3.Or(terms[2], FLAGS[1]))]
    directions = module.Directions(terms, BOUNDS)
    for supposed in SUPPOSED:
        turned = directions.turned(PAIRS, supposed)
        solver = z3.Solver()
        solver.add(*BOUNDS, *supposed)
        for term in terms:
            other = z3.substitute(term, *PAIRS)
            for mark, way in ((RISES, z3.And(other, z3.Not(term))), (FALLS, z3.And(term, z3.Not(other)))):
                if not turned.of(term) & mark and solver.check(way) != z3.unsat:
                    yield term


@pytest.mark.parametrize("seed", range(40))
def test_a_formula_turns_no_other_way_than_is_said(seed: int) -> None:
    assert not list(wrong(prehab.proof.directions, seed))


def test_what_is_plain_is_said() -> None:
    """Else all of it would be searched, and a proof would take ten times as long."""
    grown = z3.And(FLAGS[1], z3.Or(NUMBERS[0] >= LIMITS[0], FLAGS[0]))
    sore = z3.Or(*(z3.And(FLAGS[1], flag) for flag in (FLAGS[0], FLAGS[3])))
    read = z3.If(sore, z3.RealVal(0), NUMBERS[1])
    tests = z3.And(z3.Or(FLAGS[2], sore), read >= LIMITS[1])
    same = z3.Or(FLAGS[1], NUMBERS[1] > NUMBERS[2])
    terms = [grown, z3.Not(grown), read <= LIMITS[1], z3.Or(z3.Not(z3.Or(FLAGS[2], sore)), read < LIMITS[1]), same]
    directions = Directions([*terms, tests], BOUNDS)
    turned = directions.turned(PAIRS, [*SUPPOSED[0], LIMITS[1] > 0])
    assert [turned.of(term) for term in terms[:3]] == [RISES, FALLS, RISES]
    assert turned.of(tests) == FALLS
    assert turned.of(same) == 0


BUGS = {
    "a negation turns as what it negates": (
        "if kind == z3.Z3_OP_NOT:\n            return TURNED[marks[0]]",
        "if kind == z3.Z3_OP_NOT:\n            return marks[0]",
    ),
    "what grows on the right makes more": ("return marks[0] | TURNED[marks[1]]", "return marks[0] | marks[1]"),
    "what grows on the left stays below": ("return TURNED[marks[0]] | marks[1]", "return marks[0] | marks[1]"),
    "a condition that turns means nothing": ("z3.Z3_OP_ITE and not marks[0]", "z3.Z3_OP_ITE"),
    "whatever else turns stays": ("return EITHER if any(marks) else 0", "return 0"),
    "what rises falls": ("z3.Implies(one, other) if mark == RISES", "z3.Implies(one, other) if mark == FALLS"),
    "what turns and is not looked at stays": ("""z3.Bool(f"part {part}'") if mark else one""", "one"),
    "only one of the parts turns": ("found |= mark", "found = mark"),
    "only what stands next to a variable turns": ("                    left.append(parent)\n", ""),
}  # fmt: skip


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_the_directions_is_noticed(bug: str) -> None:
    bugged = with_bug(prehab.proof.directions, *BUGS[bug])

    def noticed(look: Callable[[], Iterator[Any]]) -> bool:
        try:
            return any(True for _ in look())
        except Exception:  # an error is noticed, too
            return True

    assert any(noticed(lambda seed=seed: wrong(bugged, seed)) for seed in range(200))  # type: ignore[misc]
