"""How a question is answered: the type, unit, range and choices of a value, and reading it from what was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from prehab.graph.faults import Fault, InputError, nearest

__all__ = ["Answer"]

YES = ("yes", "y", "true")
NO = ("no", "n", "false", "0")


@dataclass(frozen=True)
class Answer:
    """What may be answered.

    Attributes:
        type: ``integer``, ``number``, ``boolean``, ``choice``, or ``list``: some of the choices, or none of them.
        unit: The unit of a number, such as ``km``.
        range: The least and the greatest number.
        choices: The words of a choice or a list, in their order; each may be answered by its number, from 1.
        names: What each choice is called, where that is more than the word itself.
    """

    type: Literal["integer", "number", "boolean", "choice", "list"]
    unit: str | None = None
    range: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.type == "boolean":
            return "yes or no"
        if self.type in ("choice", "list"):
            shown = self.names or tuple(word.replace("_", " ") for word in self.choices)
            said = ", ".join(f"{number} {name}" for number, name in enumerate(shown, 1))
            return f"{said}; several, or `none`" if self.type == "list" else said
        low, high = self.range or (0, 0)
        whole = "a whole number, " if self.type == "integer" else ""
        return f"{whole}{self.unit or 'a number'}, {low:g} to {high:g}"

    def read(self, text: str) -> Any:
        """The value that a text stands for.

        Raises:
            InputError: It stands for none; what is allowed is told.
        """
        said = text.strip().casefold()
        if self.type == "boolean":
            if said in YES or said in NO:
                return said in YES
            raise self.wrong(text)
        if self.type == "choice":
            return self._chosen(text, said)
        if self.type == "list":
            if said in (*NO, "none"):
                return []
            by_comma = said.split(",") if "," in said else None
            try:
                parts = by_comma or [said]
                return list(dict.fromkeys(self._chosen(part, part.strip()) for part in parts if part.strip()))
            except InputError:
                if by_comma:
                    raise
            return list(dict.fromkeys(self._chosen(part, part) for part in said.split()))
        return self._number(text, said)

    def _number(self, text: str, said: str) -> float:
        said = said.removesuffix((self.unit or "").casefold()).strip()
        if said.count(",") == 1 and "." not in said:
            said = said.replace(",", ".")
        try:
            value = float(said) if said.isascii() and "_" not in said else float("nan")
        except ValueError:
            raise self.wrong(text) from None
        low, high = self.range or (value, value)
        if not low <= value <= high or (self.type == "integer" and value != int(value)):
            raise self.wrong(text)
        return int(value) if value == int(value) else value

    def _chosen(self, text: str, said: str) -> str:
        if said.isascii() and said.isdigit():
            if 0 < int(said[:9]) <= len(self.choices):
                return self.choices[int(said) - 1]
            raise self.wrong(text)
        plain = said.replace(" ", "_").replace("-", "_")
        spoken = [(word, (word, *((name.casefold().replace(" ", "_").replace("-", "_"),) if name else ())))
                  for word, name in zip(self.choices, self.names or [""] * len(self.choices), strict=True)]  # fmt: skip
        for fits in (plain.__eq__, lambda word: bool(plain) and word.startswith(plain)):
            found = [word for word, names in spoken if any(map(fits, names))]
            if len(found) == 1 or (found and fits == plain.__eq__):
                return found[0]
        raise self.wrong(text)

    def wrong(self, text: str) -> InputError:
        """The error that a text is no answer."""
        close: Sequence[str] = nearest(text.strip(), self.choices) if self.choices else ()
        shown = text.strip()[:60]
        hint = f" Did you mean {close[0]}?" if close else ""
        return InputError([Fault("not-an-answer", f"`{shown}` is no answer here. Allowed: {self.allowed}.{hint}")])
