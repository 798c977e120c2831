"""Why something is so, as one HTML page that needs nothing else and asks for nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from prehab.graph.bundled import read_bundled
from prehab.graph.text import visible

if TYPE_CHECKING:
    from prehab.accounts.models import Account, Part, Point
    from prehab.recommendation import Reason

__all__ = ["account_page"]

STYLE = Path(__file__).with_name("account.css")

STANDS = {"met": "met", "unmet": "not met", "unknown": "not known"}
"""What a mark says, for nothing is told by a colour or a sign alone."""


def account_page(answer: Account) -> str:
    """An account as an HTML page: it has no scripts, and its security policy permits no connection.

    Args:
        answer: What was explained.
    """
    from prehab import __version__

    style = read_bundled(STYLE)
    if style is None:
        raise FileNotFoundError(STYLE)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join([
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(answer.name)} · prehab</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        "<main>",
        f'<p class="quiet">prehab explains: {_text(answer.about)}</p>',
        f"<h1>{_text(answer.name)}</h1>",
        f'<p class="verdict">{_text(_capital(answer.verdict))}</p>',
        f'<p class="summary">{_text(answer.summary)}</p>',
        *_parts(answer.parts),
        *_sources(answer),
        "</main>",
        f'<footer><p class="quiet">prehab {_text(__version__)} · guidance for training, not a diagnosis</p></footer>',
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def _parts(parts: Iterable[Part]) -> Iterator[str]:
    """Every part; of several ways to be permitted all but the nearest folded in."""
    ways = [part for part in parts if part.kind == "lacks"]
    for part in parts:
        if part.kind != "lacks":
            yield from _part(part)
        elif part is ways[0]:
            yield from _part(part)
            if len(ways) > 1:
                count = len(ways) - 1
                yield f"<details><summary>{count} more {'ways' if count > 1 else 'way'}</summary>"
                for way in ways[1:]:
                    yield from _part(way)
                yield "</details>"


def _part(part: Part) -> Iterator[str]:
    yield "<section>"
    yield f"<h2>{_text(part.title)}</h2>"
    if part.says is not None:
        yield f"<p>{_text(part.says)}</p>"
    if part.rule is not None:
        yield f'<p class="quiet">Rule <code>{_text(part.rule)}</code></p>'
    yield '<ul class="points">'
    for point in part.points:
        yield from _point(point)
    yield "</ul>"
    yield "</section>"


def _point(point: Point) -> Iterator[str]:
    mark = STANDS.get(point.stands)
    said = f'<span class="mark" data-stands="{point.stands}">{mark}</span> ' if mark else ""
    title = f"<strong>{_text(point.title)}</strong>: " if point.title else ""
    yield f"<li>{said}{title}{_text(point.says)}"
    for told in point.reasons:
        yield from _reason(told)
    if point.about is not None and point.about not in {told.rule for told in point.reasons}:
        yield f'<p class="quiet">More: <code>{_text(point.about)}</code></p>'
    yield "</li>"


def _reason(told: Reason) -> Iterator[str]:
    rests = ", ".join(f'<a href="#{_text(one)}">{_text(one)}</a>' for one in told.sources) or "consensus"
    yield f"<details><summary>Rule {_text(told.rule)}</summary>"
    if told.saw:
        yield "<p>What it saw:</p>"
        yield "<ul>"
        yield from (f"<li>{_text(_capital(saw))}</li>" for saw in told.saw)
        yield "</ul>"
    yield f"<p>Evidence: {told.evidence}. It rests on {rests}.</p>"
    yield "</details>"


def _sources(answer: Account) -> Iterator[str]:
    if not answer.sources:
        return
    yield "<section>"
    yield "<h2>Sources</h2>"
    yield "<ul>"
    for source in answer.sources:
        yield f'<li id="{_text(source.id)}">{_text(source.citation)}</li>'
    yield "</ul>"
    yield "</section>"


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _text(text: str) -> str:
    """A text as it stands in a page: nothing in it can steer the page, or what shows it."""
    return escape(visible(text))
