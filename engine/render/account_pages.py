"""Why something is so, as one HTML page that needs nothing else and asks for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from prehab.graph.bundled import read_bundled
from prehab.graph.text import visible
from prehab.rules.messages import Messages, capital, english

if TYPE_CHECKING:
    from prehab.accounts.models import Account, Part, Point
    from prehab.recommendation import Reason

__all__ = ["account_page"]

STYLE = Path(__file__).with_name("account.css")


def account_page(answer: Account, *, messages: Messages | None = None) -> str:
    """An account as an HTML page: it has no scripts, and its security policy permits no connection.

    Args:
        answer: What was explained.
        messages: The sentences of the language; by default English.
    """
    from base64 import b64encode
    from hashlib import sha256
    from html import escape

    from prehab import __version__

    say = messages or english()
    style = read_bundled(STYLE)
    if style is None:
        raise FileNotFoundError(STYLE)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return "\n".join([
        "<!doctype html>",
        f'<html lang="{_text(say.language)}">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(answer.name)} · prehab</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        "<main>",
        f'<p class="quiet">{_text(say("account_page.explains", about=answer.about))}</p>',
        f"<h1>{_text(answer.name)}</h1>",
        f'<p class="verdict">{_text(capital(answer.verdict))}</p>',
        f'<p class="summary">{_text(answer.summary)}</p>',
        *_parts(answer.parts, say),
        *_sources(answer, say),
        "</main>",
        f'<footer><p class="quiet">prehab {_text(__version__)} · {_text(say("account_page.what"))}</p></footer>',
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def _parts(parts: Iterable[Part], say: Messages) -> Iterator[str]:
    """Every part; of several ways to be permitted all but the nearest folded in."""
    ways = [part for part in parts if part.kind == "lacks"]
    for part in parts:
        if part.kind != "lacks":
            yield from _part(part, say)
        elif part is ways[0]:
            yield from _part(part, say)
            if len(ways) > 1:
                yield f"<details><summary>{_text(say('more.ways', count=len(ways) - 1))}</summary>"
                for way in ways[1:]:
                    yield from _part(way, say)
                yield "</details>"


def _part(part: Part, say: Messages) -> Iterator[str]:
    yield "<section>"
    yield f"<h2>{_text(part.title)}</h2>"
    if part.says is not None:
        yield f"<p>{_text(part.says)}</p>"
    if part.rule is not None:
        yield f'<p class="quiet">{_text(say("account_page.by_rule"))} <code>{_text(part.rule)}</code></p>'
    yield '<ul class="points">'
    for point in part.points:
        yield from _point(point, say)
    yield "</ul>"
    yield "</section>"


def _point(point: Point, say: Messages) -> Iterator[str]:
    said = ""
    if point.stands != "so":  # nothing is told by a colour or a sign alone
        mark = _text(say(f"point.{point.stands}"))
        said = f'<span class="mark" data-stands="{point.stands}">{mark}</span> '
    title = f"<strong>{_text(point.title)}</strong>: " if point.title else ""
    yield f"<li>{said}{title}{_text(point.says)}"
    for told in point.reasons:
        yield from _reason(told, say)
    if point.about is not None and point.about not in {told.rule for told in point.reasons}:
        yield f'<p class="quiet">{_text(say("account_page.more"))} <code>{_text(point.about)}</code></p>'
    yield "</li>"


def _reason(told: Reason, say: Messages) -> Iterator[str]:
    rests = ", ".join(f'<a href="#{_text(one)}">{_text(one)}</a>' for one in told.sources)
    yield f"<details><summary>{_text(say('account_page.rule', rule=told.rule))}</summary>"
    if told.saw:
        yield f"<p>{_text(say('account_page.saw'))}</p>"
        yield "<ul>"
        yield from (f"<li>{_text(capital(saw))}</li>" for saw in told.saw)
        yield "</ul>"
    evidence = _text(say("account_page.rests", evidence=say(f"evidence.{told.evidence}")))
    yield f"<p>{evidence} {rests or _text(say('evidence.consensus'))}.</p>"
    yield "</details>"


def _sources(answer: Account, say: Messages) -> Iterator[str]:
    if not answer.sources:
        return
    yield "<section>"
    yield f"<h2>{_text(say('account_page.sources'))}</h2>"
    yield "<ul>"
    for source in answer.sources:
        yield f'<li id="{_text(source.id)}">{_text(source.citation)}</li>'
    yield "</ul>"
    yield "</section>"


def _text(text: str) -> str:
    """A text as it stands in a page: nothing in it can steer the page, or what shows it."""
    from html import escape

    return escape(visible(text))
