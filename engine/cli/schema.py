"""``prehab schema``."""

from __future__ import annotations

from pathlib import Path

import click

from prehab.cli.common import json_option, make_engine, pack_options, print_json, reports_faults

__all__ = ["schema"]

WHAT = (
    "runner",
    "recommendation",
    "explanation",
    "account",
    "unlock",
    "boundaries",
    "record",
    "replay",
    "plan",
    "verdict",
)


@click.command()
@click.argument("what", type=click.Choice(WHAT), metavar="WHAT")
@pack_options
@json_option
@reports_faults
def schema(what: str, rules: Path | None, graph: Path | None, as_json: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of WHAT: runner, recommendation,
    explanation, account, unlock, boundaries, record, replay, plan or verdict.

    Every field is described, with its unit and range; ids are those of the
    pack. Fields are only added within a major version: CHANGELOG.md.

    \b
    Example:
      prehab schema runner > runner.schema.json
      prehab schema recommendation --rules my-rules/ --graph my-graph/
    """
    from prehab.schemas import schema_of

    print_json(schema_of(what, make_engine(rules=rules, graph=graph).pack))
