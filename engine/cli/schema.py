"""``prehab schema``."""

from __future__ import annotations

import click

from prehab.cli.common import json_option, print_json, reports_faults

__all__ = ["schema"]


@click.command()
@click.argument("what", type=click.Choice(["runner", "recommendation", "explanation", "plan", "verdict"]))
@json_option
@reports_faults
def schema(what: str, as_json: bool) -> None:
    """Print the JSON Schema of WHAT.

    \b
    Example:
      prehab schema runner > runner.schema.json
    """
    from pydantic import BaseModel

    from prehab.judge import Plan, Verdict
    from prehab.recommendation import Explanation, Recommendation
    from prehab.runner import Runner

    models: dict[str, type[BaseModel]] = {
        "runner": Runner,
        "recommendation": Recommendation,
        "explanation": Explanation,
        "plan": Plan,
        "verdict": Verdict,
    }
    print_json({"$schema": "https://json-schema.org/draft/2020-12/schema", **models[what].model_json_schema()})
