"""What many tests share: the bundled pack, its program, and both evaluators."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from prehab.engine import evaluators
from prehab.fact_builder import FactBuilder
from prehab.program import Program
from prehab.rules.pack import Pack
from tests.support import bundled_pack

settings.register_profile(
    "ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("ci")

gc.set_threshold(10_000, 10, 10)  # packs are many objects that stay: looking through them took a quarter of the time


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The bundled pack, compiled from its files."""
    return bundled_pack()


@pytest.fixture(scope="session")
def program(pack: Pack) -> Program:
    """The bundled pack, ready to run."""
    return Program(pack)


@pytest.fixture(scope="session")
def builder(program: Program) -> FactBuilder:
    """Builds facts for the bundled pack."""
    return FactBuilder(program)


@pytest.fixture(scope="session")
def able(program: Program) -> list[Any]:
    """Every evaluator that this Python has."""
    return evaluators(program)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which the first bytes of a file find room, and no more."""

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
