"""Puts a pack under the laws over as many runners as one likes, in columns (``prehab.columns.laws``)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prehab.columns.laws import ColumnLaws, Left, Tally
from prehab.columns.plan import Plan
from prehab.columns.told import Sources
from prehab.engine import Engine
from prehab.population import with_numbers
from prehab.program import Program
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement
from prehab.testing.check import LAWS, AnyLaw, Bench, Breach, with_statements

__all__ = ["ManyChecked", "check_many"]


@dataclass(frozen=True)
class ManyChecked:
    """What came of a pack under the laws over many runners.

    Attributes:
        runners: How many there were.
        seed: Which.
        laws: Each law and statement that was tried: on how many, and how many broke it.
        breaches: Those that are broken, each with the smallest runner found, as ``check_laws`` tells them.
        left: The statements of which columns cannot tell all.
    """

    runners: int
    seed: int
    laws: tuple[Tally, ...]
    breaches: tuple[Breach, ...]
    left: tuple[Left, ...]


def check_many(
    rules: Pack | str | Path,
    *,
    graph: str | Path | None = None,
    runners: int = 1_000_000,
    seed: int = 0,
    laws: Iterable[AnyLaw] = LAWS,
    statements: Sequence[Statement] = (),
    parameters: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> ManyChecked:
    """The laws that can be said of decisions alone, and the statements of authors, tried on many random runners.

    Each runner also goes one step further, for the laws about two runners. Whoever breaks a law in columns is looked at
    by himself, too, and made smaller while he still breaks it.

    Args:
        rules: A pack, or a folder of rule files; the statements beside them are then tried, too.
        graph: A folder of graph files in place of the bundled ones; not with a pack.
        runners: How many random runners to try all laws on.
        seed: Where the random runners come from; the same seed gives the same ones.
        laws: The laws; by default all of which columns can tell something.
        statements: More statements about the pack.
        parameters: Values that replace those of named parameters.
        progress: Told how many of all runners have been tried.

    Raises:
        PackError: The rule or graph files have faults.
        InputError: A parameter does not exist or is out of range; numpy is not installed; or columns cannot hold what
            the pack derives.
        RuntimeError: A law is broken in columns by a runner who keeps it by himself, which is a fault of prehab.

    >>> from prehab.engine import load_bundled_pack
    >>> from prehab.testing import check_many
    >>> check_many(load_bundled_pack(), runners=100).breaches
    ()
    """
    pack, beside = with_statements(rules, graph)
    program = Program(pack, parameters)
    drawn = Sources(with_numbers(pack, program.parameters))
    laid_out = ColumnLaws(Plan(program), (*beside, *statements), chosen=laws, drawn=drawn)
    found = laid_out.tried(runners, seed, progress)
    bench = Bench(Engine(pack=pack, parameters=parameters, evaluator="compiled"))
    breaches = tuple(_smallest(bench, one, one.runner) for one in found if one.runner is not None)
    return ManyChecked(runners, seed, tuple(found), breaches, tuple(laid_out.left))


def _smallest(bench: Bench, tally: Tally, runner: Mapping[str, Any]) -> Breach:
    """The smallest runner who breaks a law by himself, as one does in columns."""
    if not bench.breaks(tally.law, bench.seen(runner), tally.step):
        told = json.dumps({"runner": runner, "step": tally.step and vars(tally.step)})
        raise RuntimeError(f"law {tally.law.number} is broken in columns and not one by one: {told}")
    return bench.smallest(tally.law, runner, tally.step)
