"""Puts a pack under the laws, and says what breaks them with the smallest runner that does."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from prehab.engine import Engine
from prehab.graph.faults import InputError
from prehab.population import random_runner, shrunk
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement, load_statements
from prehab.testing.laws import LAWS_OF_ONE, Law, law_of
from prehab.testing.pairs import LAWS_OF_TWO, PairLaw, Step
from prehab.testing.seen import Seen

__all__ = ["LAWS", "AnyLaw", "Bench", "Breach", "check_laws", "with_statements"]

AnyLaw = Law | PairLaw


def _place(law: AnyLaw) -> int:
    return int(law.number.partition(",")[0])


LAWS: tuple[AnyLaw, ...] = tuple(sorted((*LAWS_OF_ONE, *LAWS_OF_TWO), key=_place))
"""The laws that hold for every pack, by number."""

MOST_SENTENCES = 5
STEPS_EACH = 3
WRITTEN_EVERY = 4


@dataclass(frozen=True)
class Breach:
    """A broken law, and the smallest runner found that breaks it.

    Attributes:
        law: The law.
        runner: The runner, as it would stand in a runner file.
        step: For a law about two runners, what makes the second of the first.
        sentences: What breaks the law.
    """

    law: AnyLaw
    runner: Mapping[str, Any]
    step: Step | None
    sentences: tuple[str, ...]

    def __str__(self) -> str:
        """The breach as a runner file: the law and what breaks it stand above the runner as comments."""
        lines = [f"law {self.law.number}: {self.law.title}", *self.sentences[:MOST_SENTENCES]]
        if len(self.sentences) > MOST_SENTENCES:
            lines.append(f"and {len(self.sentences) - MOST_SENTENCES} more")
        if self.step is not None:
            lines.append(f"where {self.step.told(self.runner)}")
        comments = "".join(f"# {line}\n" for line in lines)
        return comments + yaml.safe_dump(dict(self.runner), sort_keys=False, allow_unicode=True)


@dataclass(frozen=True)
class Bench:
    """Where laws are tried on a pack: the engine that answers, and others of the same pack that must answer alike."""

    engine: Engine
    others: tuple[Engine, ...] = ()

    @classmethod
    def of(cls, pack: Pack, parameters: Mapping[str, float] | None = None) -> Bench:
        """The compiled evaluator, and beside it a second engine and, where it can be had, durable-rules."""
        others = [Engine(pack=pack, parameters=parameters, evaluator="compiled")]
        with suppress(InputError):  # durable-rules cannot be imported everywhere
            others.append(Engine(pack=pack, parameters=parameters, evaluator="durable"))
        return cls(Engine(pack=pack, parameters=parameters, evaluator="compiled"), tuple(others))

    @property
    def pack(self) -> Pack:
        """The pack on trial."""
        return self.engine.pack

    def seen(self, data: Mapping[str, Any]) -> Seen:
        """A runner and all that is answered."""
        return Seen(self.engine, data, self.others)

    def breaks(self, law: AnyLaw, seen: Seen, step: Step | None = None, *, written: bool = True) -> list[str]:
        """What breaks a law for a runner; for a law about two, with the step between them."""
        if isinstance(law, Law):
            return list(law.breaks(seen))
        assert step is not None
        return list(law.breaks(seen, self.seen(step.taken(seen.data)), step, written))

    def try_law(self, law: AnyLaw, runners: int, seed: int = 0) -> Breach | None:
        """The first breach of a law among so many random runners, or steps of runners, made small.

        Each law has runners of its own, whichever other laws are tried.
        """
        rng = random.Random(f"{seed}/{law.number}")
        for number in range(runners):
            if isinstance(law, Law) or number % STEPS_EACH == 0:
                seen = self.seen(random_runner(rng, self.pack))
            start, step = seen, None
            if isinstance(law, PairLaw):
                drawn = law.draw(rng, self.pack, dict(seen.data))
                if drawn is None:
                    continue
                data, step = drawn
                start = seen if data == seen.data else self.seen(data)
            if self.breaks(law, start, step, written=number % WRITTEN_EVERY == 0):
                return self.smallest(law, start.data, step)
        return None

    def smallest(self, law: AnyLaw, data: Mapping[str, Any], step: Step | None = None) -> Breach:
        """The smallest runner found that breaks a law as this one does."""
        written = not self.breaks(law, self.seen(data), step, written=False)  # slow: only where nothing less shows it

        def broken(smaller: Any) -> bool:
            if isinstance(law, PairLaw) and not (step and law.fits(self.pack, smaller, step)):
                return False
            try:
                return bool(self.breaks(law, self.seen(smaller), step, written=written))
            except InputError:  # what was left out made it no runner
                return False

        small = shrunk(data, broken)
        return Breach(law, small, step, tuple(self.breaks(law, self.seen(small), step)))


def check_laws(
    rules: Pack | str | Path,
    *,
    graph: str | Path | None = None,
    runners: int = 300,
    seed: int = 0,
    laws: Iterable[AnyLaw] = LAWS,
    also: Iterable[AnyLaw] = (),
    parameters: Mapping[str, float] | None = None,
) -> list[Breach]:
    """The laws that a pack breaks, and the statements of its authors, each with the smallest runner found.

    Args:
        rules: A pack, or a folder of rule files; the statements beside them are then tried, too.
        graph: A folder of graph files in place of the bundled ones; not with a pack.
        runners: How many random runners to try each law on.
        seed: Where the random runners come from; the same seed gives the same ones.
        laws: The laws; by default all that hold for every pack.
        also: Laws of the author's own.
        parameters: Values that replace those of named parameters.

    Raises:
        PackError: The rule or graph files have faults.
        InputError: A parameter does not exist or is out of range.

    >>> from prehab.engine import load_bundled_pack
    >>> from prehab.testing import check_laws
    >>> check_laws(load_bundled_pack(), runners=2)
    []
    """
    pack, statements = with_statements(rules, graph)
    bench = Bench.of(pack, parameters)
    found = (bench.try_law(law, runners, seed) for law in (*laws, *also, *map(law_of, statements)))
    return [breach for breach in found if breach is not None]


def with_statements(rules: Pack | str | Path, graph: str | Path | None) -> tuple[Pack, tuple[Statement, ...]]:
    """A pack, and what stands beside it where it is read from a folder: the statements of its authors.

    Args:
        rules: A pack, or a folder of rule files.
        graph: A folder of graph files in place of the bundled ones; not with a pack.

    Raises:
        PackError: The rule or graph files have faults.
    """
    if isinstance(rules, Pack):
        return rules, ()
    from prehab.graph.load import GRAPH_FOLDER
    from prehab.rules.load import load_pack

    pack = load_pack(Path(rules), Path(graph or GRAPH_FOLDER))
    return pack, load_statements(pack, Path(rules))
