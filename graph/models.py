"""How the models of prehab are made: late, with a pydantic of which that is known to work, or else at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import VERSION, BaseModel

from prehab.graph.defaults import REQUIRED, default_of

if TYPE_CHECKING:
    from pydantic import Field

__all__ = ["REQUIRED", "TRIED", "Field", "Made", "declared"]

TRIED = (2, 10), (2, 14)
"""The oldest and the newest pydantic with which models were tried that are completed late (``prehab.graph.late``)."""

Made: Any
"""The metaclass of models."""

if TRIED[0] <= tuple(int(part) for part in VERSION.split(".")[:2]) <= TRIED[1]:
    from prehab.graph.late import Late, Said, declared

    Made = Late
    if not TYPE_CHECKING:  # a type checker knows pydantic's
        Field = Said
else:
    if not TYPE_CHECKING:
        from pydantic import Field

    Made = type(BaseModel)

    def declared(model: type[BaseModel]) -> dict[str, Any]:
        """Every field of a model with its default, or ``REQUIRED``, in order."""
        return {name: default_of(field) for name, field in model.model_fields.items()}
