"""``prehab intake``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prehab.cli.common import (
    date_option,
    json_option,
    make_engine,
    pack_options,
    parameter_option,
    print_json,
    read_runner,
    reports_faults,
    write_file,
    write_out,
)
from prehab.graph.faults import InputError
from prehab.graph.text import visible

if TYPE_CHECKING:
    from prehab.intake import Intake

__all__ = ["intake"]

MOST_ANSWERS = 12
MOST_BYTES = 4096
QUIT = ("q", "quit", "exit")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--most", type=click.IntRange(1, 1000), default=MOST_ANSWERS, show_default=True,
              help="End after so many answers.")  # fmt: skip
@date_option
@pack_options
@parameter_option
@json_option
@reports_faults
def intake(
    file: Path | None, most: int, on: datetime | None, rules: Path | None, graph: Path | None,
    parameters: tuple[str, ...], as_json: bool,
) -> None:  # fmt: skip
    """Ask what matters, one question a line, and write the runner's FILE.

    Each answer is one line: Enter skips the question, ? tells why it is asked
    and how to find out, q ends. FILE is written whole after every answer, and
    one that exists is gone on with (comments in it are lost); without FILE the
    answers are printed at the end. The questions that may change the advice
    most come first; where none can change it any more, it ends.

    \b
    Example:
      prehab intake my-runner.yaml
      echo "left achilles" | prehab intake
    """
    from prehab.intake import Intake

    engine = make_engine(parameters, rules=rules, graph=graph)
    data: dict[str, Any] = {}
    if file is not None and file.exists():
        data = read_runner(engine, str(file), on).model_dump(mode="json", exclude_unset=True)
    data["today"] = max(data.get("today") or "", (on.date() if on else date.today()).isoformat())
    asking = Intake(engine, data)
    ended = False
    while asking.answers < most and not ended and (question := asking.next()) is not None:
        _say([f"{asking.answers + 1}. {question.lines[0]}", *question.lines[1:]])
        while True:
            typed = _line()
            if typed is None or typed.casefold() in QUIT:
                ended = True
                break
            if not typed:
                asking.skip(question)
                break
            if typed == "?":
                _say(question.reasons)
                continue
            try:
                asking.answer(question, typed)
            except InputError as error:
                _say(str(fault.message) for fault in error.faults)
                continue
            if file is not None:
                write_file(file, _text(asking))
            break
    if file is not None and not asking.answers:
        write_file(file, _text(asking))
    _say(_ending(asking, file))
    if file is None and as_json:
        print_json(asking.data)
    elif file is None:
        write_out(_text(asking))


def _ending(asking: Intake, file: Path | None) -> Iterable[str]:
    """What was done, and what could still change the advice."""
    yield f"{asking.answers} answer{'' if asking.answers == 1 else 's'}."
    left = asking.open()
    if left:
        yield "Not told, and it may still change the advice, the first the most:"
        for question in left:
            yield f"  {', '.join(part.about for part in question.parts) or '/complaints'}"
    else:
        yield "Nothing more that you could tell would change the advice."
    if file is not None:
        yield f"Now: prehab recommend {file}"


def _text(asking: Intake) -> str:
    import yaml

    return yaml.safe_dump(asking.data, sort_keys=False, allow_unicode=True, width=120)


def _say(lines: Iterable[str]) -> None:
    """Print lines to standard error, which leaves standard output to the answers."""
    for line in lines:
        click.echo(visible(line), err=True)


def _line() -> str | None:
    """One line that was typed; None at the end."""
    try:
        if sys.stdin is None:
            return None
        raw: bytes = sys.stdin.buffer.readline(MOST_BYTES)
    except (KeyboardInterrupt, OSError):
        return None
    return raw.decode("utf-8", errors="replace").strip() if raw else None
