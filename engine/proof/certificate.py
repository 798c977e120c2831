"""What a proof leaves behind: a record that says what was proved of which pack, and can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import z3

from prehab import __version__
from prehab.proof.confirm import Witness
from prehab.proof.findings import Finding
from prehab.proof.prover import Proof
from prehab.rules.pack import Pack

__all__ = ["certificate"]

FORMAT = 1


def certificate(pack: Pack, found: Sequence[Proof | Finding], *, complaints: int, seconds: float) -> dict[str, Any]:
    """The record of a proof as JSON-ready data.

    Everything in it but the times (``seconds``) is the same whenever the same pack is proved by the same versions.
    """
    proofs = [one for one in found if isinstance(one, Proof)]
    numbers = [name for name in pack.parameters if name not in pack.fixed_parameters]
    return {
        "format": FORMAT,
        "pack": pack.digest,
        "library": __version__,
        "z3": z3.get_version_string(),
        "complaints": complaints,
        "parameters": {"symbolic": len(numbers), "fixed": len(pack.fixed_parameters)},
        "proved": all(one.verdict == "proved" for one in proofs),
        "claims": [_proof(one) for one in proofs],
        "findings": [vars(one) for one in found if isinstance(one, Finding)],
        "seconds": round(seconds, 1),
    }


def _proof(one: Proof) -> dict[str, Any]:
    told: dict[str, Any] = {
        "claim": one.claim, "laws": list(one.laws), "says": one.says, "verdict": one.verdict, "seconds": one.seconds,
    }  # fmt: skip
    return {**told, "witness": _witness(one.witness)} if one.witness is not None else told


def _witness(one: Witness) -> dict[str, Any]:
    return {
        "broken": list(one.words),
        "runner": one.before,
        "second_runner": one.after,
        "parameters": dict(one.parameters),
        "confirmed_by": list(one.confirmed_by),
    }
