"""Lines of text: wrapped, titled, numbered, and printed."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from prehab.graph.text import visible
from prehab.rules.messages import Messages, english

__all__ = ["KEPT", "NARROWEST", "WIDEST", "WIDTH", "Line", "Page", "print_lines", "terminal_width"]

WIDTH = 80
KEPT = "\u00a0"
"""A space at which no line ends."""
NARROWEST = 40
WIDEST = 120


class Line(NamedTuple):
    """A line of text and how it may be emphasised; the emphasis never carries meaning of its own."""

    text: str
    style: str = ""


class Page:
    """Wraps text to one width: columns, from ``NARROWEST`` to ``WIDEST``.

    Args:
        width: The columns.
        messages: The sentences of its language; by default English.
    """

    def __init__(self, width: int = WIDTH, messages: Messages | None = None) -> None:
        self.width = min(max(width, NARROWEST), WIDEST)
        self.say = english() if messages is None else messages

    def wrapped(self, text: str, *, indent: int = 0, hang: int = 0, style: str = "") -> Iterator[Line]:
        """A text; lines after its first one stand ``hang`` columns further in."""
        lead = " " * indent
        for line in textwrap.wrap(
            text, self.width, initial_indent=lead, subsequent_indent=lead + " " * hang, break_on_hyphens=False
        ):
            yield Line(line.replace(KEPT, " "), style)

    def entries(self, texts: Iterable[str]) -> Iterator[Line]:
        """A list, each entry behind a dash."""
        for text in texts:
            yield from self.wrapped(f"- {text}", indent=1, hang=2)

    def section(self, title: str, texts: Iterable[str]) -> Iterator[Line]:
        """A list with its title; nothing where the list is empty."""
        told = list(self.entries(texts))
        if told:
            yield Line("")
            yield from self.wrapped(title, style="bold")
            yield from told

    def titled(self, title: str, text: str) -> Iterator[Line]:
        """A title in capitals with its text on the same line."""
        yield from self.wrapped(f"{title} · {text}", hang=2)


def terminal_width() -> int:
    """Columns of the terminal that standard output is; ``WIDTH`` where it is none."""
    if not sys.stdout.isatty():
        return WIDTH
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines: with emphasis on a terminal that wants it, as plain UTF-8 text everywhere else."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        from rich.console import Console
        from rich.text import Text

        console = Console(highlight=False)
        for line in lines:
            console.print(Text(visible(line.text), style=line.style), soft_wrap=True)
    else:
        from prehab.cli.common import write_out

        write_out("".join(f"{line.text}\n" for line in lines))
