"""The formulas of a pack and what the evaluators decide, said in the same words, to be compared runner by runner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import z3

from prehab.compiled import Compiled
from prehab.decide import STATUSES, URGENCIES, Decider, Decisions
from prehab.fact_builder import FactBuilder
from prehab.inference import infer
from prehab.program import Program
from prehab.proof.witness import values_of
from prehab.rules.language import WHOLE_PERSON, Pattern
from prehab.runner import Runner

__all__ = ["Translated"]


class Translated:
    """One encoding beside the program of the same pack."""

    def __init__(self, encoding: Any, program: Program) -> None:
        self.encoding = encoding
        self.program = program
        self.pack = program.pack
        self._builder = FactBuilder(program)
        self._told = FactBuilder(Program(replace(program.pack, careful=()), program.overrides))
        self._decider = Decider(program)
        self._evaluator = Compiled(program)
        outcome = encoding.outcome.terms
        self.terms = {key: term for key, term in outcome.items() if not isinstance(term, bool)}
        self.plain = {key: term for key, term in outcome.items() if isinstance(term, bool)}
        fired = {("fires", n): z3.Or(False, *(way.when for way in ways)) for n, ways in encoding.fired.items()}
        self.terms |= fired

    def fits(self, runner: Runner) -> bool:
        """Whether there are no more complaints than formulas; a name beside another place counts as two."""
        return len(self._told.build(runner).by_kind["complaint"]) <= len(self.encoding.runner.complaints)

    def differences(self, runner: Runner) -> list[Any]:
        """The keys about which formulas and evaluator do not say the same of a runner."""
        facts = self._builder.build(runner)
        inference = infer(self.program, facts, self._evaluator)
        decided = self._decider.decide(inference, ())
        pairs = values_of(self.encoding, runner, self._told.build(runner), self.program.parameters)
        whole = z3.substitute(z3.And(*self.terms.values()), *pairs)
        said = dict(self.plain)
        for key, term in zip(self.terms, whole.children(), strict=True):
            simple = z3.simplify(term)
            said[key] = z3.is_true(simple) if z3.is_true(simple) or z3.is_false(simple) else str(simple)
        told = self._decided(decided)
        return sorted((key for key in said if said[key] != told.get(key, False)), key=str)

    def _decided(self, decided: Decisions) -> dict[Any, bool]:
        """What was decided, by the keys of an outcome."""
        told: dict[Any, bool] = {("gate", name): is_open for name, is_open in decided.inference.gates.items()}
        given = 0 if decided.status == STATUSES[-1] else decided.allowed
        every = (1 << len(self.pack.catalogue.ids)) - 1
        for bit, whole in self.encoding.bits.items():
            masks = {
                "permitted": decided.permitted, "forbidden": decided.forbidden, "referred": decided.referred,
                "dosed": every & ~decided.undosed, "emptied": decided.emptied,
                "allowed": decided.allowed, "given": given,
            }  # fmt: skip
            for name, mask in masks.items():
                assert mask & whole in (0, whole), f"a class is torn apart by {name}"
                told[name, bit] = bool(mask >> bit & 1)
        for kind in ("permit", "forbid", "prescribe"):
            for one in decided.of(kind):
                told[(kind, *([one.effect.data["scheme"]] if kind == "prescribe" else []), one.mask)] = True
                for bit in self.encoding.bits if kind == "prescribe" else ():
                    if one.mask >> bit & 1:
                        told["prescribed", one.effect.data["scheme"], bit] = True
        bounds = {
            (c.effect.data["channel"], c.effect.data.get("at_most", c.effect.data.get("at_least")), c.mask)
            for c in decided.of("limit")
        }
        for number, limit in enumerate(self.encoding.limits):
            told["limit", number] = (limit.channel, limit.bound, limit.mask) in bounds
        for one in decided.of("refer"):
            data = one.effect.data
            regions = one.regions(self.program) or (WHOLE_PERSON if data.get("whole_person") else None,)
            told |= {("refer", data["urgency"], region): True for region in regions}
        told["cautioned",] = any(
            self._of_health(pattern) for kind in ("forbid", "close", "limit", "prescribe") for c in decided.of(kind)
            for firing in c.firings for pattern in self.pack.variants[firing.variant].patterns
        )  # fmt: skip
        ladders = (("status", STATUSES, decided.status), ("urgency", ("none", *URGENCIES), decided.urgency or "none"),
                   ("phase", tuple(self.pack.catalogue.words["phases"]), decided.phase))  # fmt: skip
        for what, names, here in ladders:
            told |= {(what, level): names.index(here) >= level for level in range(1, len(names))}
        told |= {("fires", firing.variant): True for firing in decided.inference.firings}
        return told

    def _of_health(self, pattern: Pattern) -> bool:
        kind = self.pack.kinds[pattern.kind]
        return kind.health or any(kind.fields[test.field].health for test in pattern.tests)
