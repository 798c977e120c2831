"""What the commands share: errors, input, output, completion."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, wraps
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from prehab.graph.faults import Fault, InputError, PackError, PrehabError
from prehab.graph.files import MAX_BYTES
from prehab.graph.record import Struct, struct
from prehab.graph.text import visible

if TYPE_CHECKING:
    from datetime import datetime

    from click.shell_completion import CompletionItem

    from prehab.engine import Engine
    from prehab.judge import Plan
    from prehab.runner import Runner

__all__ = [
    "About",
    "Progress",
    "about_runner",
    "at_hand",
    "complete",
    "date_option",
    "fail_check",
    "folder_argument",
    "folder_type",
    "from_here",
    "graph_option",
    "json_option",
    "make_engine",
    "pack_folders",
    "pack_options",
    "parameter_option",
    "print_json",
    "read_numbers",
    "read_plan",
    "read_runner",
    "reports_faults",
    "say_bundled_pack",
    "say_pack",
    "tell_faults",
    "write_file",
    "write_out",
]

STANDARD_INPUT = "<standard input>"

F = TypeVar("F", bound=Callable[..., Any])


def complete(kind: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Shell completion: a table or word list of the graph, every node; rules, topics, parameters; what is explained."""

    def offer(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        if kind in ("rules", "topics", "parameters"):
            from prehab.engine import load_bundled_pack

            pack = load_bundled_pack()
            names = {rule.id: rule.because for rule in pack.rules} if kind == "rules" else {}
            if kind == "topics":
                names = dict.fromkeys((rule.id.partition(".")[0] for rule in pack.rules), "")
            elif kind == "parameters":
                names = {f"{name}=": f"{one.value:g} {one.unit}" for name, one in pack.parameters.items()}
        elif kind == "explained":
            from prehab.accounts.asked import words_after
            from prehab.engine import load_bundled_pack

            names = words_after(tuple(ctx.params.get(param.name or "") or ()), load_bundled_pack())
        else:
            from prehab.graph.catalogue import bundled_catalogue
            from prehab.graph.relations import KINDS

            names = {}
            for table in KINDS.values() if kind == "nodes" else (kind,):
                names |= bundled_catalogue().names(table)
        return [CompletionItem(name, help=text) for name, text in sorted(names.items()) if name.startswith(incomplete)]

    return offer


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
parameter_option = click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete("parameters"),
    help="Use another value for a parameter, inside its permitted range.",
)


def at_hand(path: str) -> str:
    """A path; of an example that is not here, that of the one that came with prehab, and that is said."""
    if not path.startswith("examples/") or Path(path).exists():
        return path
    from prehab.graph.bundled import examples_folder

    folder = examples_folder()
    ours = None if folder is None else folder / path.removeprefix("examples/")
    if ours is None or not ours.exists():
        return path
    click.echo(visible(f"note: {path} is the one that came with prehab: {ours}"), err=True)
    return str(ours)


class Progress:
    """Counts on standard error, where that is a terminal and it takes longer than a second."""

    def __init__(self) -> None:
        self.begun = monotonic()
        self.shown = False

    def __call__(self, done: int, total: int) -> None:
        if sys.stderr.isatty() and monotonic() - self.begun > 1:
            self.shown = True
            click.echo(f"\r{done:,} of {total:,} runners", err=True, nl=False)

    def clear(self) -> None:
        """Leave the line as it was."""
        if self.shown:
            click.echo("\r" + " " * 40 + "\r", err=True, nl=False)


class _Folder(click.Path):
    """A folder that is there."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(at_hand(value) if isinstance(value, str) else value, param, ctx)


def _day(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    """A day such as 2026-11-28."""
    from datetime import datetime

    try:
        return None if value is None else datetime.strptime(value, "%Y-%m-%d")
    except ValueError:
        raise click.BadParameter(f"`{value}` is not a day; write it as 2026-11-28.", ctx, param) from None


folder_type = _Folder(exists=True, file_okay=False, path_type=Path)
folder_argument = click.argument("folder", type=folder_type, required=False)
graph_option = click.option("--graph", type=folder_type, metavar="FOLDER", help="Graph files instead of the bundled.")
_rules_option = click.option("--rules", type=folder_type, metavar="FOLDER", help="Rule files instead of the bundled.")


def pack_options(command: F) -> F:
    """The options ``--rules`` and ``--graph``, for another pack than the bundled one."""
    return _rules_option(graph_option(command))


def reports_faults(command: F) -> F:
    """Turn every fault into a message and exit status: 2 for bad input, 1 when a check of rules or graph found some.

    With ``--json`` the faults are printed as JSON on standard output.
    """

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except PrehabError as error:
            tell_faults(error, as_json=bool(kwargs.get("as_json")))
            if isinstance(error, PackError) and not kwargs.get("as_json"):
                click.echo(f"{_count(error)}; nothing was loaded.", err=True)
            sys.exit(2)

    return run  # type: ignore[return-value]


def tell_faults(error: PrehabError, *, as_json: bool) -> None:
    """Print every fault: as JSON on standard output, or as text on standard error. Their files open from here."""
    error = type(error)(map(from_here, error.faults))
    click.echo(error.to_json() if as_json else str(error), err=not as_json)


def from_here(fault: Fault) -> Fault:
    """A fault in a folder of the command line, or in a bundled one, with the path of its file as it opens from here."""
    from prehab.graph.load import GRAPH_FOLDER
    from prehab.rules.load import RULES_FOLDER

    context = click.get_current_context(silent=True)
    given = [value for value in context.params.values() if isinstance(value, Path)] if context else []
    for folder in (*given, RULES_FOLDER, GRAPH_FOLDER):
        if fault.file and folder.name and fault.file.startswith(f"{folder.name}/"):
            path = folder.parent / fault.file
            if path.exists():
                return replace(fault, file=str(path))
    return fault


def fail_check(error: PackError, *, as_json: bool) -> NoReturn:
    """End a check that found faults: tell them, with their number, and leave with status 1."""
    tell_faults(error, as_json=as_json)
    if not as_json:
        click.echo(_count(error), err=True)
    sys.exit(1)


def _count(error: PrehabError) -> str:
    count = len(error.faults)
    return f"{count} fault{'s' if count != 1 else ''}"


language_option = click.option(
    "--language",
    metavar="LANGUAGE",
    help="The language of the answer, such as de; `prehab list languages` names them.",
)


def make_engine(
    parameters: tuple[str, ...] = (),
    *,
    rules: Path | None = None,
    graph: Path | None = None,
    language: str | None = None,
) -> Engine:
    """An engine with the overrides, rules, graph and language given on the command line."""
    from prehab.engine import Engine

    numbers = read_numbers(parameters, "--parameter ")
    return Engine(rules=rules, graph=graph, parameters=numbers, language=language)


def pack_folders(rules: Path | None, graph: Path | None) -> tuple[Path, Path]:
    """The folders of a pack: those given on the command line, or else the bundled ones."""
    from prehab.graph.bundled import bundled_folder
    from prehab.graph.load import GRAPH_FOLDER
    from prehab.rules.load import RULES_FOLDER

    return rules or bundled_folder(RULES_FOLDER), graph or bundled_folder(GRAPH_FOLDER)


def say_pack(folder: Path, digest: str) -> None:
    """Say on standard error which rules were looked at: where they are, and their digest."""
    click.echo(visible(f"pack: {folder}, digest {digest[:12]}"), err=True)


def say_bundled_pack() -> None:
    """The same of the rules that come with prehab."""
    from prehab.engine import load_bundled_pack
    from prehab.rules.load import RULES_FOLDER

    say_pack(RULES_FOLDER, load_bundled_pack().digest)


def read_numbers(texts: tuple[str, ...], option: str = "") -> dict[str, float]:
    """Parameters and their values from texts such as ``plyo.calf_raises=25``; ``option`` stands before them."""
    values: dict[str, float] = {}
    faults = []
    for text in texts:
        name, _, number = text.partition("=")
        name = name.strip()
        if name in values:
            faults.append(Fault("bad-option", f"`{option}{text}`: `{name}` was given already"))
        try:
            values[name] = float(number)
        except ValueError:
            faults.append(Fault("bad-option", f"`{option}{text}` is not NAME=NUMBER"))
    if faults:
        raise InputError(faults)
    return values


def date_option(command: F) -> F:
    """The option ``--on``: the day that an answer is for."""
    said = "The day that the answer is for; by default this machine's date."
    return click.option("--on", callback=_day, metavar="YYYY-MM-DD", help=said)(command)


def read_runner(engine: Engine, path: str, on: datetime | None = None) -> Runner:
    """The runner of a file, or of standard input when the path is ``-``, as of a day: by default this machine's date.

    A file with an older ``today`` has aged since; one with a later ``today`` is taken at its word, and that is said.
    """
    from datetime import date

    from prehab.dates import as_of

    standard = path == "-"
    runner = engine.read_text(_standard_input(), name=STANDARD_INPUT) if standard else engine.read_file(at_hand(path))
    day = date.today() if on is None else on.date()
    if runner.today is not None and runner.today > day:
        click.echo(
            f"note: `today` is {runner.today} in the file, which is after {day}; the file is believed.", err=True
        )
    return as_of(engine, runner, day)


@struct(slots=False)
class About(Struct):
    """The runner that a command is about, and the engine that it asks; each is made when it is first needed.

    Attributes:
        path: The runner's file, or ``-``.
        on: The day that it is for; by default this machine's date.
        as_json: Whether the answer is printed as JSON.
    """

    path: str
    on: datetime | None
    rules: Path | None
    graph: Path | None
    parameters: tuple[str, ...]
    language: str | None
    as_json: bool

    @cached_property
    def engine(self) -> Engine:
        """The engine, with the pack, the parameters and the language that were given."""
        return make_engine(self.parameters, rules=self.rules, graph=self.graph, language=self.language)

    @cached_property
    def runner(self) -> Runner:
        """The runner, as of that day."""
        return read_runner(self.engine, self.path, self.on)


def about_runner(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command about one runner: the day, another pack, parameters, the language, JSON.

    The command has RUNNER as its first argument, and gets it with these as an ``About``. Faults are told.
    """

    @wraps(command)
    def run(
        runner: str,
        on: datetime | None,
        rules: Path | None,
        graph: Path | None,
        parameters: tuple[str, ...],
        language: str | None,
        as_json: bool,
        **own: Any,
    ) -> Any:
        return command(About(runner, on, rules, graph, parameters, language, as_json), **own)

    return date_option(pack_options(parameter_option(language_option(json_option(reports_faults(run))))))


def read_plan(engine: Engine, path: str) -> Plan:
    """The plan of a file, or of standard input when the path is ``-``."""
    from prehab.graph.files import read_path, read_text

    what = "a plan"
    standard = path == "-"
    return engine.plan(
        read_text(_standard_input(), file=STANDARD_INPUT, what=what)
        if standard
        else read_path(at_hand(path), what=what)
    )


def _standard_input() -> bytes:
    try:
        if sys.stdin is None:
            raise OSError("it is closed")
        raw: bytes = sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        said = f"cannot read it: {(error.strerror or str(error)).lower()}"
        raise InputError([Fault("unreadable-file", said, file=STANDARD_INPUT)]) from None
    return raw


def print_json(data: Any) -> None:
    """Print data as JSON."""
    import json

    write_out(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def write_out(text: str, *, as_it_is: bool = False) -> None:
    """Print text as UTF-8, whatever the locale says; signs in it that would steer a terminal are shown, not obeyed.

    Args:
        text: What to print.
        as_it_is: Whether it is a page for other programs, which sees to that itself.
    """
    click.echo((text if as_it_is else visible(text)).encode("utf-8", errors="replace"), nl=False)


def write_file(path: Path, text: str) -> int:
    """Write a file whole or not at all: beside its place first, then moved there. Gives its size."""
    data = text.encode("utf-8")
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.exists() and not path.is_file():  # it can only be written to; a folder says that it is one
            _write_into(path, data)
            return len(data)
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except FileNotFoundError:
        fault = Fault("no-folder", f"there is no folder `{path.parent}` to write `{path.name}` into",
                      value=str(path), help="Make the folder first, or name another one.")  # fmt: skip
        raise InputError([fault]) from None
    except OSError as error:
        unread = error.errno == errno.ENXIO and path.is_fifo()
        reason = "it is a pipe that nobody reads" if unread else (error.strerror or str(error)).lower()
        said = f"`{path}` cannot be written: {reason}"
        raise InputError([Fault("cannot-write", said, value=str(path))]) from None
    return len(data)


def _write_into(path: Path, data: bytes) -> None:
    """Write to a pipe or a device. To a pipe that nobody reads would be to wait for ever."""
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0))
    if hasattr(os, "set_blocking"):
        os.set_blocking(descriptor, True)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
