"""Answers as text for people: wrapped to the terminal, and the same words on a terminal and in a pipe.

``recommendation`` is the answer on one screen; ``week``, ``details`` and ``why`` are the pages behind it, each of
which follows on ``opening``;
``account``, ``boundaries``, ``explanation``, ``replay``, ``unlock`` and ``verdict`` are the other answers,
``account_page`` is an account in HTML;
``headline``, ``dose`` and ``reason`` are their smallest parts. Each stands in a module of its own, which is
imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from prehab.render.account_pages import account_page
    from prehab.render.accounts import account
    from prehab.render.bounds import boundaries
    from prehab.render.explanations import explanation
    from prehab.render.lines import NARROWEST, WIDEST, WIDTH, Line, print_lines, terminal_width
    from prehab.render.pages import details, week, why
    from prehab.render.replays import replay
    from prehab.render.screen import opening, recommendation
    from prehab.render.unlocks import unlock
    from prehab.render.verdicts import verdict
    from prehab.render.words import dose, headline, reason

__all__ = [
    "NARROWEST",
    "WIDEST",
    "WIDTH",
    "Line",
    "account",
    "account_page",
    "boundaries",
    "details",
    "dose",
    "explanation",
    "headline",
    "opening",
    "print_lines",
    "reason",
    "recommendation",
    "replay",
    "terminal_width",
    "unlock",
    "verdict",
    "week",
    "why",
]

_HOMES = {
    "accounts": ("account",),
    "account_pages": ("account_page",),
    "bounds": ("boundaries",),
    "explanations": ("explanation",),
    "lines": (
        "NARROWEST",
        "WIDEST",
        "WIDTH",
        "Line",
        "print_lines",
        "terminal_width",
    ),
    "pages": (
        "details",
        "week",
        "why",
    ),
    "replays": ("replay",),
    "screen": (
        "opening",
        "recommendation",
    ),
    "unlocks": ("unlock",),
    "verdicts": ("verdict",),
    "words": (
        "dose",
        "headline",
        "reason",
    ),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}


if not TYPE_CHECKING:  # or else a type checker would take any name that is misspelt

    def __getattr__(name: str) -> Any:
        """What is asked for, out of its module: a page is only imported where it is shown."""
        if name not in _MODULES:
            raise AttributeError(name)
        value = globals()[name] = getattr(import_module(f"prehab.render.{_MODULES[name]}"), name)
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
