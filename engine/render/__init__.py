"""Answers as text for people: wrapped to the terminal, and the same words on a terminal and in a pipe.

``recommendation`` is the answer on one screen; ``week``, ``details`` and ``why`` are the pages behind it, each of
which follows on ``opening``;
``account``, ``boundaries``, ``explanation``, ``replay``, ``unlock`` and ``verdict`` are the other answers,
``account_page`` is an account in HTML;
``headline``, ``dose`` and ``reason`` are their smallest parts.
"""

from prehab.render.account import account
from prehab.render.account_page import account_page
from prehab.render.boundaries import boundaries
from prehab.render.explanation import explanation
from prehab.render.lines import NARROWEST, WIDEST, WIDTH, Line, print_lines, terminal_width
from prehab.render.pages import details, week, why
from prehab.render.replay import replay
from prehab.render.screen import opening, recommendation
from prehab.render.unlock import unlock
from prehab.render.verdict import verdict
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
