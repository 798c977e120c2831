"""Proves the claims of a pack, several at a time, and shows the smallest runner that breaks one.

A claim holds when z3 finds no runner and no value of the parameters for which it would be broken. Where it finds one,
the runner is written as a runner file, put to the evaluators, and made as small as it can be. Only a runner that the
evaluators confirm breaks a claim; where none does, nothing is known, and the verdict says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import get_context
from typing import Any, Literal

import z3

from prehab.fields import section_of
from prehab.graph.catalogue import Catalogue
from prehab.proof import claims
from prehab.proof.claims import Change, Claim
from prehab.proof.confirm import Confirming, Witness
from prehab.proof.encoding import Encoding
from prehab.proof.findings import Finding, Idle, deciding, unreachable
from prehab.proof.heard import Heard
from prehab.proof.symbols import Answer, Term, either, exact
from prehab.proof.witness import is_true, parameters_of, runner_of, whole_numbers
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement

__all__ = ["MOST_COMPLAINTS", "Proof", "Prover", "Verdict", "Witness", "prove"]

MOST_COMPLAINTS = 4
PATIENCE_S = 300
"""How long z3 may think about one claim before it counts as not proved."""

TRIES = 6
"""So many runners are put to the evaluators, each breaking a claim in another way, before z3's word is not enough."""

IDLE_PARTS = 4
"""Into so many tasks the search for idle rules is divided."""

Verdict = Literal["proved", "broken", "undecided"]
Task = tuple[str, ...]


@dataclass(frozen=True)
class Proof:
    """What became of one claim; of one that is undecided, why."""

    claim: str
    laws: tuple[int, ...]
    says: str
    verdict: Verdict
    seconds: float
    witness: Witness | None = None
    why: str | None = None


class Prover:
    """Proves the claims of one pack, for runners with up to so many complaints, in one process.

    Args:
        pack: The pack.
        statements: What its authors promise besides.
        complaints: How many complaints a runner may have.
    """

    def __init__(self, pack: Pack, statements: Sequence[Statement] = (), complaints: int = MOST_COMPLAINTS) -> None:
        self.pack = pack
        self.statements = {statement.id: statement for statement in statements}
        self._apart = {
            mask for one in statements for promise in one.promises for mask in (promise.masks or {}).values()
        }
        self._also = [patterns for one in statements for patterns in one.alternatives]
        self.encoding = self.encoded(complaints)
        self._solver = _solver(self.encoding)
        self._idle: Idle | None = None

    def encoded(self, complaints: int) -> Encoding:
        """The formulas for runners with up to so many complaints."""
        return Encoding(self.pack, complaints, self._apart, also=self._also)

    def tasks(self) -> list[Task]:
        """What is to be done, the longest first."""
        encoding = self.encoding
        fields = sorted(claims.directed_fields(encoding), key=lambda field: field[0] != "complaint")
        more: list[Task] = [("more", kind) for kind in claims.growing(encoding)]
        more += [("flags",)] if encoding.runner.complaints else []
        return [
            *(("idle", *part) for part in _parts(deciding(self.pack), IDLE_PARTS)),
            *more,
            *(("answer", *field) for field in fields),
            *(("statement", name) for name in self.statements),
            ("left",),
            ("dosed",),
            ("asked",),
            ("unreachable",),
        ]

    def laws(self, task: Task) -> tuple[int, ...]:
        """The laws that a task is about."""
        kind, *about = task
        if kind == "statement":
            return self.statements[about[0]].laws
        return {
            "more": (4, 5, 14),
            "answer": (4, 5, 6, 14),
            "left": (7,),
            "dosed": (12,),
            "flags": (16,),
            "asked": (17,),
        }.get(kind, ())

    def claims(self, task: Task, encoding: Encoding) -> Iterator[Claim]:
        """The claims of a task."""
        kind, *about = task
        if kind == "answer":
            yield from claims.one_answer(encoding, *about)
        elif kind == "statement":
            yield claims.statement_claim(encoding, self.statements[about[0]])
        elif kind == "more":
            yield from claims.one_more(encoding, about[0])
        elif kind == "left":
            yield claims.something_is_left(encoding)
        elif kind == "flags":
            yield claims.red_flags_are_heard(encoding)
        elif kind == "dosed":
            yield claims.everything_permitted_has_a_dose(encoding)

    def work(self, task: Task) -> list[Proof | Finding]:
        """Do one task."""
        if task[0] == "unreachable":
            return list(unreachable(self.pack))
        if task[0] == "idle":
            self._idle = self._idle or Idle(self.pack)
            return list(self._idle.among(task[1:]))
        if task[0] == "asked":
            return list(self._asked())
        return [self._prove(task, claim) for claim in self.claims(task, self.encoding)]

    def _asked(self) -> Iterator[Proof]:
        """Law 17, answer by answer: whether it matters to somebody with one complaint, or else with more."""
        most = len(self.encoding.runner.complaints)
        heard = Heard(self.encoded(min(1, most)))
        for place in heard.asked():
            start = time.perf_counter()
            found = heard.matters(place)
            if not found and most > 1:
                found = Heard(self.encoding).matters(place)
            name = f"{place[0]}.{place[2]}"
            verdict: Verdict = "proved" if found else "undecided" if found is None else "broken"
            says, seconds = f"For one answer to `{name}` a rule speaks that else does not.", time.perf_counter() - start
            why = None if found else f"no runner with up to {most} complaints is found whom the evaluators confirm"
            yield Proof(f"asked {name}", (17,), says, verdict, round(seconds, 3), None, why)

    def _prove(self, task: Task, claim: Claim) -> Proof:
        start = time.perf_counter()
        verdict, why, witness = self._verdict(claim), None, None
        if verdict == "broken":
            verdict, why, witness = self._shown(task, claim)
        elif verdict == "undecided":
            why = "z3 gave up; nothing is known either way"
        elif claim.about is not True and self._nobody(claim.about):
            drawn = len(self.encoding.runner.complaints)
            verdict, why = "undecided", f"it is about no runner with up to {drawn} complaints, so it says nothing"
        return Proof(claim.name, claim.laws, claim.says, verdict, round(time.perf_counter() - start, 3), witness, why)

    def _verdict(self, claim: Claim) -> Verdict:
        solver = self._solver
        solver.push()
        try:
            solver.add(*(term for term in claim.assuming if term is not True))
            if _check(solver, claim.enough()) == z3.unsat and (claim.change is None or self._doses_hold):
                return "proved"
            found = _check(solver, either(*(term for _, term in claim.broken())))
            return "proved" if found == z3.unsat else "broken" if found == z3.sat else "undecided"
        finally:
            solver.pop()

    def _nobody(self, about: Term) -> bool:
        return bool(_check(self._solver, about) == z3.unsat)

    @cached_property
    def _doses_hold(self) -> bool:
        """Whether whatever is permitted has a dose: else the simpler question about two runners says too little."""
        broken = claims.everything_permitted_has_a_dose(self.encoding).broken()
        return bool(_check(_solver(self.encoding), either(*(term for _, term in broken))) == z3.unsat)

    # -- the smallest runner ------------------------------------------------------------------------------------------

    def _shown(self, task: Task, claim: Claim) -> tuple[Verdict, str | None, Witness | None]:
        """A runner that breaks a claim, with as few complaints as will do, and the pack's own numbers where they will.

        Numbers that count are whole here, which the first question did not ask for: where that leaves no runner, the
        claim holds after all.
        """
        confirming = Confirming(self.pack, claim, self.statements.get(claim.name))
        doubtful: Witness | None = None
        exhausted = False
        most = len(self.encoding.runner.complaints)
        for complaints in range(most + 1):
            encoding = self.encoding if complaints == most else self.encoded(complaints)
            try:
                same = next((one for one in self.claims(task, encoding) if one.name == claim.name), None)
            except LookupError:  # a claim about a complaint, and there is none
                continue
            if same is None:
                continue
            search = _Search(encoding, same)
            for witness in search:
                found = confirming.smallest(witness)
                if found.confirmed_by:
                    return "broken", None, found
                doubtful = doubtful or found
            exhausted = search.exhausted
        if doubtful is not None:
            return "undecided", "z3 finds a runner whom no evaluator confirms: the formulas allow for more", doubtful
        if exhausted:
            return "proved", None, None
        return "undecided", "z3 finds a runner only with counts that are not whole, and none with whole ones", None


class _Search:
    """The runners that break a claim, each in a way that those before did not.

    ``exhausted`` tells, after the search, that there are no others.
    """

    def __init__(self, encoding: Encoding, claim: Claim) -> None:
        self.encoding = encoding
        self.claim = claim
        self.exhausted = False

    def __iter__(self) -> Iterator[Witness]:
        encoding, change = self.encoding, self.claim.change
        others = [one for one in (change.before, change.after) if isinstance(one, Answer)] if change else []
        broken = list(self.claim.broken())
        solver = _solver(encoding)
        solver.add(*(term for term in self.claim.assuming if term is not True), *whole_numbers(encoding, *others))
        numbers = encoding.parameters.free.items()
        solver.push()
        solver.add(*(term == exact(encoding.pack.parameters[name].value) for name, term in numbers))
        yield from self._found(solver, broken)
        solver.pop()
        yield from self._found(solver, broken)

    def _found(self, solver: Any, broken: Sequence[tuple[str, Term]]) -> Iterator[Witness]:
        left = list(broken)
        for _ in range(TRIES):
            found = _check(solver, either(*(term for _, term in left)))
            self.exhausted = bool(found == z3.unsat)
            if found != z3.sat:
                return
            model = solver.model()
            yield from _read(self.encoding, self.claim.change, left, model)
            left = [(says, term) for says, term in left if not is_true(model, term)]


def _read(
    encoding: Encoding, change: Change | None, broken: Sequence[tuple[str, Any]], model: Any
) -> Iterator[Witness]:
    """The runner, or both runners, of a model; a list longer than what is drawn is filled up in several ways."""
    words = tuple(dict.fromkeys(says for says, term in broken if is_true(model, term)))
    fillers = max((len(encoding.facts[kind]) for kind in encoding.runner.lengths), default=1)
    for filler in range(fillers):
        before, after = runner_of(encoding, model, filler=filler), None
        if change is not None and change.name:
            place = change.kind, change.fact, change.name
            pair = (runner_of(encoding, model, {place: one}, filler) for one in (change.before, change.after))
            before, after = pair
        elif change is not None:
            section = section_of(encoding.pack, change.kind)
            less = {**before, section: before[section][1:]}
            more = {**before, section: [*before[section][1:], before[section][0]]}
            before, after = (less, more) if change.after else (more, less)
        yield Witness(before, after, parameters_of(encoding, model), words)


def _solver(encoding: Encoding) -> Any:
    solver = z3.Solver()
    solver.set("timeout", PATIENCE_S * 1000)
    solver.add(*(term for term in encoding.constraints if term is not True))
    return solver


def _check(solver: Any, term: Any) -> Any:
    if term is False:
        return z3.unsat
    return solver.check() if term is True else solver.check(term)


def _parts(names: Sequence[str], count: int) -> list[Sequence[str]]:
    return [part for part in (names[number::count] for number in range(count)) if part]


# -- several processes ------------------------------------------------------------------------------------------------

_worker: Prover | None = None


def _begin(data: Mapping[str, Any], graph: dict[str, Any], statements: Sequence[Statement], complaints: int) -> None:
    global _worker
    _worker = Prover(Pack.from_data(data, Catalogue.from_data(graph)), statements, complaints)


def _work(task: Task) -> list[Proof | Finding]:
    assert _worker is not None
    return _worker.work(task)


def prove(
    pack: Pack,
    statements: Sequence[Statement] = (),
    *,
    complaints: int = MOST_COMPLAINTS,
    processes: int = 2,
    only: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Proof | Finding]:
    """Prove every claim of a pack.

    Args:
        pack: The pack.
        statements: What its authors promise besides the laws.
        complaints: How many complaints a runner may have.
        processes: How many processes share the work.
        only: A part of the names of the claims that are wanted; by default all, and what else can be found.
        progress: Told how many tasks of how many are done.

    Returns:
        What became of each claim, and what else was found, in a fixed order.
    """
    tasks = Prover(pack, statements, min(1, complaints)).tasks()
    if only is not None:
        tasks = [task for task in tasks if only in _named(task)]
    found: list[Proof | Finding] = []
    for done, results in enumerate(_results(pack, statements, tasks, complaints, min(processes, len(tasks))), 1):
        found += results
        if progress is not None:
            progress(done, len(tasks))
    return found


def _results(
    pack: Pack, statements: Sequence[Statement], tasks: Sequence[Task], complaints: int, processes: int
) -> Iterator[list[Proof | Finding]]:
    if processes <= 1:
        prover = Prover(pack, statements, complaints)
        yield from map(prover.work, tasks)
        return
    given = pack.as_data(), pack.catalogue.as_data(), statements, complaints
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, given) as pool:
        yield from pool.map(_work, tasks)


def _named(task: Task) -> str:
    """A task by the name of its claims."""
    names = {
        "left": "something-is-left",
        "dosed": "every-permit-has-a-dose",
        "flags": "red-flags-are-heard",
        "asked": "asked",
    }
    kind, *about = task
    if kind == "answer":
        return f"{about[0]}.{about[2]}"
    if kind == "more":
        return f"one {about[0]} more"
    return about[0] if kind == "statement" else names.get(kind, "")
