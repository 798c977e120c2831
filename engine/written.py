"""What can be written as JSON and read back."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from prehab.graph.models import Made

__all__ = ["Written"]


class Written(BaseModel, metaclass=Made):  # type: ignore[metaclass]
    """A value that is written as JSON, in the shape of its schema, and read back the same."""

    model_config = ConfigDict(defer_build=True)

    def to_json(self, *, indent: int | None = None) -> str:
        """The value as JSON, as `prehab schema` describes it; the same value gives the same bytes.

        Args:
            indent: By how much what does not fit into a line is set in; without it all is one line.
        """
        from prehab.wire import to_json

        return to_json(self, indent=indent)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The value that ``to_json`` wrote. Names in it are looked up by an engine.

        Raises:
            InputError: It is not one; every fault is listed with its place.
        """
        from prehab.wire import from_json

        return from_json(cls, text)
