"""A runner that z3 found, put to the evaluators: whether the claim is really broken, and by how small a runner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from prehab.engine import Engine
from prehab.fields import place_of, section_of
from prehab.graph.faults import InputError
from prehab.population import changed, read_at, shrunk
from prehab.proof.claims import Claim
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement
from prehab.statements import broken_statements
from prehab.testing.laws import red_flags_are_heard
from prehab.testing.seen import Seen, softer, wider

__all__ = ["Confirming", "Witness"]

EVALUATORS = ("compiled", "reference", "durable")
"""Who confirms. While a runner is made smaller only the first is asked: a ruleset of the other is never freed."""


@dataclass(frozen=True)
class Witness:
    """A runner that breaks a claim.

    Attributes:
        before: The runner, as data of a runner file.
        after: The second runner, for a claim about two.
        parameters: Values of parameters that it takes, where they are not those of the pack.
        words: What is broken.
        confirmed_by: The evaluators for which the claim is broken by this runner, too.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any] | None
    parameters: Mapping[str, float]
    words: tuple[str, ...]
    confirmed_by: tuple[str, ...] = ()


class Confirming:
    """Puts runners to the evaluators of a pack, about one claim."""

    def __init__(self, pack: Pack, claim: Claim, statement: Statement | None) -> None:
        self.pack = pack
        self.claim = claim
        self.statement = statement
        self._engines: dict[Any, Engine] = {}

    def smallest(self, witness: Witness) -> Witness:
        """The smallest runner found that still breaks the claim, with as few numbers changed as will do.

        A runner that no evaluator confirms is given back as it is: the translation was then wrong, or too wide.
        """
        if not self._broken_by(witness):
            return witness
        witness = self._own_numbers(witness)
        smaller = shrunk(dict(witness.before), lambda data: self._still(witness, data))
        witness = self._own_numbers(self._with(witness, smaller))
        found = self._broken_by(witness, EVALUATORS)
        return replace(witness, confirmed_by=tuple(found), words=next(iter(found.values()), witness.words))

    def _still(self, witness: Witness, data: Any) -> bool:
        """Whether a smaller first runner will do. What differs between the two stays in both."""
        try:
            if witness.after is not None and self.claim.change is not None and self.claim.change.name:
                path = self._place()
                if read_at(data, path) != read_at(witness.before, path):
                    return False
            return bool(self._broken_by(self._with(witness, data)))
        except LookupError:  # the complaint that it is about was left out
            return False

    def _place(self) -> tuple[str | int, ...]:
        """Where the answer stands in which the two runners differ."""
        change = self.claim.change
        assert change is not None
        return ("faults",) if change.kind == "fault" else place_of(self.pack, change.kind, change.fact, change.name)

    def _own_numbers(self, witness: Witness) -> Witness:
        """With as many of the pack's own numbers as will do; orders between them may ask for several rounds."""
        for name in witness.parameters:
            fewer = {other: value for other, value in witness.parameters.items() if other != name}
            if self._broken_by(other := replace(witness, parameters=fewer)):
                return self._own_numbers(other)
        return witness

    def _with(self, witness: Witness, data: Any) -> Witness:
        """The witness with another first runner; what the second one says otherwise stays."""
        return replace(witness, before=data, after=None if witness.after is None else self._second(witness.after, data))

    def _second(self, after: Mapping[str, Any], data: Any) -> Any:
        change = self.claim.change
        if change is not None and not change.name:
            section = section_of(self.pack, change.kind)
            if change.after:
                return {**data, section: [*data.get(section, ()), after[section][-1]]}
            return {**data, section: data[section][:-1]}
        path = self._place()
        return changed(data, path, read_at(after, path))

    def _broken_by(self, witness: Witness, names: Sequence[str] = EVALUATORS[:1]) -> dict[str, tuple[str, ...]]:
        """For each evaluator what is broken; nothing unless all that can be had here agree that something is."""
        found: dict[str, tuple[str, ...]] = {}
        for name in names:
            try:
                engine = self._engine(name, witness.parameters)
            except InputError:  # the numbers break an order, or durable-rules cannot be had here
                continue
            with suppress(InputError, LookupError):  # what was left out made it no runner
                found[name] = tuple(self._broken(engine, witness))
            if not found.get(name):
                return {}
        return found

    def _engine(self, name: str, parameters: Mapping[str, float]) -> Engine:
        key = name, tuple(sorted(parameters.items()))
        if key not in self._engines:
            self._engines[key] = Engine(pack=self.pack, parameters=parameters, evaluator=name)  # type: ignore[arg-type]
        return self._engines[key]

    def _broken(self, engine: Engine, witness: Witness) -> Iterator[str]:
        before = Seen(engine, witness.before)
        if self.statement is not None:
            yield from (words for _, words in broken_statements([self.statement], before.decisions))
        elif witness.after is not None:
            after = Seen(engine, witness.after)
            broken = {"held": _let_go, "wider": wider}.get(self.claim.name.partition(" ")[0], softer)
            yield from broken(before, after)
        elif 7 in self.claim.laws:
            if before.decisions.status != "stop" and not before.allowed:
                yield "nothing is allowed, and nothing stops"
        elif 16 in self.claim.laws:
            yield from red_flags_are_heard(before)
        else:
            decided = before.decisions
            held = decided.forbidden | decided.referred | decided.emptied
            for key in self.pack.ids(decided.permitted & ~held & decided.undosed):
                yield f"{key} is permitted, and only a dose is missing"


def _let_go(before: Seen, after: Seen) -> Iterator[str]:
    program = before.decisions.program
    one, other = ({program.rule(f.variant).id for f in s.decisions.inference.firings} for s in (before, after))
    yield from (f"{rule} no longer holds" for rule in sorted(one - other))
