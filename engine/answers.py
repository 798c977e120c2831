"""Reading an answer from what was typed, and saying what may be answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from prehab.graph.faults import Fault, InputError, nearest
from prehab.units import UNITS, in_unit

if TYPE_CHECKING:
    from prehab.recommendation import Answer

__all__ = ["NO", "YES", "allowed", "read"]

YES = ("yes", "y", "true")
NO = ("no", "n", "false", "0")


def allowed(answer: Answer) -> str:
    """What is allowed, in words."""
    if answer.type == "boolean":
        return "yes or no"
    if answer.type == "text":
        return "words of your own"
    if answer.type in ("choice", "list"):
        said = ", ".join(f"{number} {one.label}" for number, one in enumerate(answer.choices, 1))
        return f"{said}; several, or `none`" if answer.type == "list" else said
    low, high = answer.range or (0, 0)
    whole = "a whole number, " if answer.type == "integer" else ""
    return f"{whole}{answer.unit or 'a number'}, {low:g} to {high:g}"


def read(answer: Answer, text: str) -> Any:
    """The value that a text stands for.

    Raises:
        InputError: It stands for none; what is allowed is told.
    """
    said = text.strip().casefold()
    if answer.type == "text" and said:
        return text.strip()
    if answer.type == "boolean":
        if said in YES or said in NO:
            return said in YES
        raise _wrong(answer, text)
    if answer.type == "choice":
        return _chosen(answer, text, said)
    if answer.type == "list":
        return _several(answer, text, said)
    return _number(answer, text, said)


def _several(answer: Answer, text: str, said: str) -> list[str]:
    if said in (*NO, "none"):
        return []
    by_comma = said.split(",") if "," in said else None
    try:
        parts = by_comma or [said]
        return list(dict.fromkeys(_chosen(answer, part, part.strip()) for part in parts if part.strip()))
    except InputError:
        if by_comma:
            raise
    return list(dict.fromkeys(_chosen(answer, part, part) for part in said.split()))


def _number(answer: Answer, text: str, said: str) -> float:
    if said.count(",") == 1 and "." not in said:
        said = said.replace(",", ".")
    try:
        written = in_unit(said, answer.unit) if answer.unit in UNITS else None
        said = said.removesuffix((answer.unit or "").casefold()).strip()
        if written is None:
            written = float(said) if said.isascii() and "_" not in said else float("nan")
        value = written
    except (KeyError, ValueError):
        raise _wrong(answer, text) from None
    low, high = answer.range or (value, value)
    if not low <= value <= high or (answer.type == "integer" and value != int(value)):
        raise _wrong(answer, text)
    return int(value) if value == int(value) else value


def _chosen(answer: Answer, text: str, said: str) -> str:
    choices = answer.choices
    if said.isascii() and said.isdigit():
        if 0 < int(said[:9]) <= len(choices):
            return choices[int(said) - 1].value
        raise _wrong(answer, text)
    plain = _plain(said)
    for fits in (plain.__eq__, lambda word: bool(plain) and word.startswith(plain)):
        found = [one.value for one in choices if fits(one.value) or fits(_plain(one.label))]
        if len(found) == 1 or (found and fits == plain.__eq__):
            return found[0]
    raise _wrong(answer, text)


def _plain(words: str) -> str:
    return words.casefold().replace(" ", "_").replace("-", "_")


def _wrong(answer: Answer, text: str) -> InputError:
    """The error that a text is no answer."""
    close: Sequence[str] = nearest(text.strip(), [one.value for one in answer.choices]) if answer.choices else ()
    shown = text.strip()[:60]
    hint = f" Did you mean {close[0]}?" if close else ""
    return InputError([Fault("not-an-answer", f"`{shown}` is no answer here. Allowed: {allowed(answer)}.{hint}")])
