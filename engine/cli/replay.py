"""``prehab replay``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from prehab.cli.common import (
    at_hand,
    folder_type,
    json_option,
    language_option,
    make_engine,
    pack_options,
    reports_faults,
    write_out,
)

__all__ = ["replay"]


@click.command()
@click.argument("record", type=click.Path())
@click.option("--then-rules", type=folder_type, metavar="FOLDER", help="The rule files that the record was made with.")
@click.option("--then-graph", type=folder_type, metavar="FOLDER", help="The graph files that it was made with.")
@pack_options
@language_option
@json_option
@reports_faults
def replay(
    record: str,
    then_rules: Path | None,
    then_graph: Path | None,
    rules: Path | None,
    graph: Path | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Repeat the decision of RECORD, which `recommend --record` wrote.

    The same pack gives the same answer byte for byte. Where the pack or the
    version of prehab is another it says so, what is decided otherwise now and
    by which rule; the files of then, where they are at hand, tell more. Exit
    status 1 where the answer is not the same, or cannot be repeated because
    what decides was masked.

    \b
    Example:
      prehab recommend my-runner.yaml --record my-record.json
      prehab replay my-record.json
      prehab replay my-record.json --then-rules my-old-rules/
    """
    from prehab.records import Record

    kept = Record.read_file(at_hand(record))
    engine = make_engine(rules=rules, graph=graph, language=language)
    then = make_engine(rules=then_rules, graph=then_graph) if then_rules or then_graph else None
    outcome = engine.replay(kept, then=then)
    if as_json:
        write_out(outcome.to_json())
    else:
        from prehab import render

        render.print_lines(render.replay(outcome, width=render.terminal_width(), messages=engine.messages))
    if outcome.outcome != "same":
        sys.exit(1)
