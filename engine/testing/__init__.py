"""What it takes to put a rule pack under test: random runners, the laws, and a pytest plugin (``prehab[testing]``).

>>> from prehab.engine import load_bundled_pack
>>> from prehab.testing import check_laws
>>> check_laws(load_bundled_pack(), runners=1)
[]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__all__ = [
    "LAWS", "Bench", "Breach", "Law", "PairLaw", "Seen", "Step", "Witness", "asked_fields", "census", "check_laws",
    "check_many", "complaints", "find_witness", "graphs", "logs", "random_graph", "random_pack", "rule_packs",
    "runners",
]  # fmt: skip

if TYPE_CHECKING:
    from prehab.testing.asked import Witness, asked_fields, find_witness
    from prehab.testing.check import LAWS, Bench, Breach, check_laws
    from prehab.testing.graph_files import random_graph
    from prehab.testing.laws import Law
    from prehab.testing.many import check_many
    from prehab.testing.packs import census, random_pack
    from prehab.testing.pairs import PairLaw, Step
    from prehab.testing.seen import Seen
    from prehab.testing.strategies import complaints, graphs, logs, rule_packs, runners

_HOMES = {
    **dict.fromkeys(("LAWS", "Bench", "Breach", "check_laws"), "check"),
    **dict.fromkeys(("PairLaw", "Step"), "pairs"),
    **dict.fromkeys(("Witness", "asked_fields", "find_witness"), "asked"),
    **dict.fromkeys(("census", "random_pack"), "packs"),
    **dict.fromkeys(("complaints", "graphs", "logs", "rule_packs", "runners"), "strategies"),
    "Law": "laws",
    "check_many": "many",
    "Seen": "seen",
    "random_graph": "graph_files",
}


if not TYPE_CHECKING:  # or else a type checker would take any name that is misspelt

    def __getattr__(name: str) -> Any:
        """Names are imported when first used: a test run that has no pack to test does not pay for hypothesis."""
        if name not in _HOMES:
            raise AttributeError(f"module 'prehab.testing' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f"prehab.testing.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
