"""What it takes to put a rule pack under test: random runners, the laws, and a pytest plugin (``prehab[testing]``)."""

from prehab.testing.strategies import runner_data

__all__ = ["runner_data"]
