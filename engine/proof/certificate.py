"""What a proof leaves behind: a record that says what was proved of which pack, and can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from prehab import __version__
from prehab.proof.confirm import Witness
from prehab.proof.findings import Finding
from prehab.proof.logs import enough
from prehab.proof.prover import Proof
from prehab.proof.symbols import MOST_LISTED
from prehab.rules.lists import listed_kinds
from prehab.rules.pack import Pack
from prehab.rules.statements import Statement

__all__ = ["certificate", "reach"]

FORMAT = 2


def reach(pack: Pack, statements: Sequence[Statement], *, complaints: int) -> dict[str, Any]:
    """For whom the claims are proved: up to how many complaints, how long lists, and which numbers are held fixed.

    A list has no bound (``most`` is None) where rules cannot tell more of it apart than is drawn.
    """
    also = [patterns for one in statements for patterns in one.alternatives]
    needed = {kind: enough(pack, kind, also) for kind in listed_kinds(pack)}
    free = [name for name in pack.parameters if name not in pack.fixed_parameters]
    return {
        "complaints": complaints,
        "lists": {kind: {"most": None if most <= MOST_LISTED else MOST_LISTED} for kind, most in needed.items()},
        "parameters": {
            "every_value": len(free),
            "fixed": {name: pack.parameters[name].value for name in pack.fixed_parameters},
        },
    }


def certificate(
    pack: Pack, found: Sequence[Proof | Finding], statements: Sequence[Statement] = (), *, complaints: int,
    seconds: float,
) -> dict[str, Any]:  # fmt: skip
    """The record of a proof as JSON-ready data.

    Everything in it but the times (``seconds``) is the same whenever the same pack is proved by the same versions.
    """
    proofs = [one for one in found if isinstance(one, Proof)]
    return {
        "format": FORMAT,
        "pack": pack.digest,
        "library": __version__,
        "z3": z3.get_version_string(),
        **reach(pack, statements, complaints=complaints),
        "proved": all(one.verdict == "proved" for one in proofs),
        "claims": [_proof(one) for one in proofs],
        "findings": [vars(one) for one in found if isinstance(one, Finding)],
        "seconds": round(seconds, 1),
    }


def _proof(one: Proof) -> dict[str, Any]:
    told: dict[str, Any] = {
        "claim": one.claim, "laws": list(one.laws), "says": one.says, "verdict": one.verdict, "seconds": one.seconds,
    }  # fmt: skip
    if one.why is not None:
        told["why"] = one.why
    return {**told, "witness": _witness(one.witness)} if one.witness is not None else told


def _witness(one: Witness) -> dict[str, Any]:
    return {
        "broken": list(one.words),
        "runner": one.before,
        "second_runner": one.after,
        "parameters": dict(one.parameters),
        "confirmed_by": list(one.confirmed_by),
    }
