"""The defaults of the fields of models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["REQUIRED", "default_of"]

REQUIRED: Any = object()
"""In place of the default of a field that has none."""


def default_of(field: FieldInfo) -> Any:
    """The default of a field as pydantic knows it, or ``REQUIRED``."""
    return REQUIRED if field.is_required() else field.get_default(call_default_factory=True, validated_data={})
