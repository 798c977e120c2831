"""Units at the edge: what is written with its unit, such as `12 mi`, is read in the unit that everything inside has."""

from __future__ import annotations

import re
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

__all__ = ["UNITS", "In", "in_unit"]

UNITS = {
    "kg": {"kg": 1.0, "lb": 0.45359237, "lbs": 0.45359237},
    "km": {"km": 1.0, "mi": 1.609344, "mile": 1.609344, "miles": 1.609344},
}
"""How much of a unit each unit is that may stand in its place."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_WITH_UNIT = re.compile(rf"({_NUMBER}) ?([A-Za-z]+)", re.ASCII)


def in_unit(text: str, unit: str) -> float | None:
    """The number that a text with a unit stands for, such as `12 mi`; none where it is no number with a unit.

    Raises:
        KeyError: There is no such unit here; it is named.
    """
    found = _WITH_UNIT.fullmatch(text)
    return None if found is None else float(found[1]) * UNITS[unit][found[2]]


class In:
    """Marks a number that is in a unit, and may be written as text with that unit or another one of ``UNITS``."""

    def __init__(self, unit: str) -> None:
        self.unit = unit

    def _read(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            number = in_unit(value, self.unit)
        except KeyError as error:
            said = {"word": error.args[0], "allowed": tuple(UNITS[self.unit])}
            raise PydanticCustomError("unknown_unit", "unknown unit `{word}`", said) from None
        return value if number is None else number

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A number, or text with its unit."""
        return {
            "anyOf": [
                handler(schema),
                {
                    "type": "string",
                    "pattern": f"^{_NUMBER} ?({'|'.join(UNITS[self.unit])})$",
                    "description": f"The same as text with its unit: {' or '.join(UNITS[self.unit])}.",
                },
            ]
        }
