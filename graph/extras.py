"""What is only installed with an extra of prehab, and how to install it where it is not."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from prehab.graph.faults import Fault, InputError

__all__ = ["needed"]


def needed(name: str, extra: str, by: str) -> Any:
    """A package that an extra brings.

    Args:
        name: What it is imported as.
        extra: The extra.
        by: What needs it, as it begins a sentence.

    Raises:
        InputError: It cannot be imported.
    """
    try:
        return import_module(name)
    except ImportError as error:
        message = f"{by} need {name}, which cannot be imported here ({error})"
        told = f"Install it with: pip install 'prehab[{extra}]'"
        raise InputError([Fault(f"no-{name}", message, help=told)]) from None
