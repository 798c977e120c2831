"""What many tests share: the bundled pack, its program, and both evaluators."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from prehab.engine import evaluators
from prehab.facts import FactBuilder
from prehab.program import Program
from prehab.rules.pack import Pack
from tests.support import bundled_pack

settings.register_profile(
    "ci", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("ci")


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
def both(program: Program) -> list[Any]:
    """Both evaluators, where this Python has both."""
    return evaluators(program)
