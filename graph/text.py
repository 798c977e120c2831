"""Text that can be trusted to show what it says: no hidden signs in it, and none on its way out.

What is read from a pack is refused where it holds a sign that cannot be seen or steers what shows it. Whatever else
goes to a terminal, into JSON, GraphML or HTML (names made in Python, what somebody typed) has such signs escaped at the
border, by ``visible``.
"""

from __future__ import annotations

import json
import re
import unicodedata

__all__ = ["ID", "ID_FORM", "LONGEST_ID", "escape", "hidden", "is_id", "spoken_sign", "visible"]

LONGEST_ID = 80
ID = re.compile(r"[a-z0-9]+(?:[_./-][a-z0-9]+)*", re.ASCII)
ID_FORM = "lower-case letters and digits, in parts joined by `_`, `-`, `.` or `/`"
"""The one grammar of ids: of exercises, injuries, words, kinds, fields, parameters, schemes, gates, sources, rules."""

_HIDDEN = (  # compiled where there may be some, which is seldom
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join([f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(1, 17)])
    + "]"
)
_SEEN = frozenset("\n·×–—’“”„…→−≤≥äöüÄÖÜß°½").union(map(chr, range(0x20, 0x7F)))
"""The signs that nearly all our texts are made of: none of them is hidden."""
_JOINERS = "\u200c\u200d"
_JOINED = frozenset({"Lo", "Mn", "Mc", "So", "Sk"})
"""What a joiner may stand between: letters of scripts that need it, and the parts of an emoji."""

_KINDS = (
    ("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", "changes the direction of the text"),
    ("\u0085\u2028\u2029", "breaks the line"),
    ("\x1b\x9b", "begins a command to the terminal"),
)


def is_id(name: str) -> bool:
    """Whether a name is an id."""
    return len(name) <= LONGEST_ID and ID.fullmatch(name) is not None


def hidden(text: str) -> int | None:
    """Where the first sign stands that is not seen, or steers what shows it: controls, directions, zero widths."""
    if _SEEN.issuperset(text):
        return None  # nearly always so
    return next((found.start() for found in re.finditer(_HIDDEN, text) if not _joins(text, found.start())), None)


def visible(text: str) -> str:
    """Text as it may go out: its hidden signs as JSON would escape them, so that JSON stays the same data."""
    if _SEEN.issuperset(text):
        return text
    return re.sub(_HIDDEN, lambda found: found[0] if _joins(text, found.start()) else escape(found[0]), text)


def escape(sign: str) -> str:
    """A sign as JSON would escape it."""
    return json.dumps(sign)[1:-1] if ord(sign) > 0xFFFF else f"\\u{ord(sign):04x}"


def spoken_sign(sign: str) -> str:
    """A hidden sign by its number, and what it does."""
    does = next((words for signs, words in _KINDS if sign in signs), "cannot be seen")
    if unicodedata.category(sign) == "Cc" and does == "cannot be seen":
        does = "is a control character"
    return f"U+{ord(sign):04X}, which {does}"


def _joins(text: str, at: int) -> bool:
    """Whether a joiner stands where a script or an emoji needs one."""
    return text[at] in _JOINERS and 0 < at < len(text) - 1 and all(
        unicodedata.category(text[place]) in _JOINED for place in (at - 1, at + 1)
    )  # fmt: skip
