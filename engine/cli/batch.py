"""``prehab batch``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

import click

from prehab.cli.common import (
    at_hand,
    date_option,
    json_option,
    language_option,
    make_engine,
    pack_options,
    parameter_option,
    reports_faults,
    write_out,
)
from prehab.graph.text import visible

if TYPE_CHECKING:
    from rich.progress import Progress

    from prehab.batch.files import Summary

__all__ = ["batch"]

_format = click.Choice(["jsonl", "parquet", "arrow", "arrows"])


@click.command()
@click.argument("source", metavar="IN")
@click.argument("out", metavar="OUT")
@click.option(
    "--what",
    type=click.Choice(["answer", "summary", "decisions"]),
    default="answer",
    show_default=True,
    help="What is written of each row: the answer as --json prints it, a summary in columns, or decisions alone "
    "(status, referrals, exercises allowed), which are no plan and hold no doses, but cost less than a twentieth.",
)
@click.option("--id", "id_field", metavar="FIELD", help="The field that names a row; without it, rows are numbered.")
@click.option(
    "--faults",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where rows go that cannot be read, as JSON lines; by default OUT.faults.jsonl.",
)
@click.option("--from", "source_format", type=_format, help="The format of IN, where its name does not tell it.")
@click.option("--to", "out_format", type=_format, help="The format of OUT, where its name does not tell it.")
@click.option("--processes", type=click.IntRange(1, 1024), help="How many to work in; by default one a core.")
@click.option("--restart", is_flag=True, help="Forget what an earlier run wrote, and begin anew.")
@date_option
@pack_options
@parameter_option
@language_option
@json_option
@reports_faults
def batch(
    source: str,
    out: str,
    what: Literal["answer", "summary", "decisions"],
    id_field: str | None,
    faults: Path | None,
    source_format: str | None,
    out_format: str | None,
    processes: int | None,
    restart: bool,
    on: datetime | None,
    rules: Path | None,
    graph: Path | None,
    parameters: tuple[str, ...],
    language: str | None,
    as_json: bool,
) -> None:
    """Answer every runner of the file IN, and write the answers to OUT.

    A row is a runner. JSON lines (.jsonl), Parquet (.parquet), Arrow files
    (.arrow) and streams (.arrows) are told by their names; - is standard input
    or output, of JSON lines. Tables and decisions need pip install
    "prehab[batch]".

    OUT gets its name once it is whole. A run that ended early, however it did,
    is gone on with by the same command: OUT.part holds what was answered.

    Rows that cannot be read are set aside in a file with their number and every
    fault; where OUT is -, on standard error. Exit status 0: every row was
    answered; 1: some were set aside; 2: bad usage, or IN or OUT failed.

    JSON keys: answered, set_aside, before, out, faults, provenance.

    \b
    Example:
      prehab batch my-runners.jsonl my-answers.jsonl
      prehab batch my-runners.parquet my-answers.parquet --id runner_id
      prehab batch my-runners.jsonl my-week.parquet --what summary
      prehab batch my-runners.jsonl my-decisions.jsonl --what decisions
      echo '{"complaints": [{"region": "knee"}]}' | prehab batch - - --processes 1
    """
    from prehab.batch.files import Batch
    from prehab.batch.spread import every_core

    engine = make_engine(parameters, rules=rules, graph=graph, language=language)
    made = Batch(
        engine,
        source if source == "-" else at_hand(source),
        out,
        today=date.today(),
        faults=faults,
        what=what,
        id_field=id_field,
        on=on.date() if on else None,
        source_format=source_format,
        out_format=out_format,
    )
    begun, shown = monotonic(), _Shown()
    try:
        found = made.run(
            processes=processes or every_core(),
            restart=restart,
            progress=shown,
            say=lambda text: click.echo(visible(text), err=True),
            write=lambda data: click.echo(data, nl=False),
            tell=lambda data: click.echo(visible(data.decode()), err=True, nl=False),
        )
    except KeyboardInterrupt:
        shown.clear()
        kept = "" if made.part is None else f" `{made.part.folder}` keeps what was answered; the same command goes on."
        click.echo(visible(f"Interrupted.{kept}"), err=True)
        sys.exit(130)
    finally:
        shown.clear()
    provenance = made.rows.provenance
    places = {"out": out, "faults": None if made.faults is None else str(made.faults)}
    if as_json:
        told = {"answered": found.answered, "set_aside": found.set_aside, "before": found.before, **places}
        _say_all(json.dumps({**told, "provenance": provenance}, indent=2, ensure_ascii=False), out)
    else:
        _say_all("\n".join(_telling(found, places, provenance, monotonic() - begun)), out)
    if found.set_aside:
        sys.exit(1)


def _telling(
    found: Summary, places: Mapping[str, str | None], provenance: Mapping[str, Any], took: float
) -> Iterator[str]:
    """What was done, in lines."""
    now = found.answered + found.set_aside - found.before
    pace = f", {now / took:,.0f} rows a second" if now and took > 1 else ""
    yield f"{_rows(found.answered)} answered{pace}; pack {provenance['pack'][:12]}"
    if found.set_aside:
        where = f": {places['faults']}" if places["faults"] else ""
        yield f"{_rows(found.set_aside)} set aside{where}"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _say_all(text: str, out: str) -> None:
    """Print what was done: on standard error where standard output holds the answers."""
    if out == "-":
        click.echo(visible(text), err=True)
    else:
        write_out(text + "\n")


class _Shown:
    """A bar on standard error, where that is a terminal and it takes longer than a second."""

    def __init__(self) -> None:
        self._begun = monotonic()
        self._next = self._begun + 1 if sys.stderr.isatty() else float("inf")
        self._bar: Progress | None = None

    def __call__(self, rows: int, done: int, total: int) -> None:
        if monotonic() < self._next:
            return
        self._next = monotonic() + 0.2
        from rich.progress import TaskID

        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task("", total=total or None, completed=done, rows="")
        self._bar.update(TaskID(0), completed=done, rows=f"{rows:,} rows")
        self._bar.refresh()

    def clear(self) -> None:
        """Leave the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._next = float("inf")


def _bar() -> Progress:
    """A bar, the rows, and the time that is left; it draws itself only when it is told something."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TextColumn("{task.fields[rows]}"), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), auto_refresh=False, transient=True, redirect_stdout=False)
