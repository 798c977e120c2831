"""The command line. Each command lives in a file of its own and is imported only when it is used."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from prehab import __version__

__all__ = ["main", "run"]

COMMANDS = {
    "intake": "Ask what matters, one question a line, and write a runner's file.",
    "recommend": "What this runner may do now, how much, why, and what is withheld.",
    "batch": "The same for a file of runners: JSON lines, Parquet or Arrow.",
    "explain": "Why an exercise, a dose, a day, a stage, anything that is said, is so.",
    "unlock": "The smallest honest changes after which something is allowed.",
    "boundaries": "What would change the advice: the nearest value at which it is another.",
    "replay": "Repeat a recorded decision, and say what is decided otherwise now.",
    "check-plan": "What is unsafe in a week that somebody planned, and what is too little.",
    "list": "All names there are: injuries, regions, equipment, exercises, ...",
    "graph": "Look things up in the knowledge graph: exercises, injuries, sources.",
    "rules": "Read and check the rules.",
    "schema": "JSON Schema of the inputs and outputs.",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are called, not when help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        name = "list_names" if name == "list" else name  # a module `list` would hide the type here
        command: click.Command = getattr(import_module(f"prehab.cli.{name}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _plain_messages():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _plain_messages():
            return super().invoke(ctx)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from prehab.graph.faults import nearest

            close = nearest(args[0], COMMANDS)
            hint = f" Did you mean `{close[0]}`?" if close else ""
            ctx.fail(f"no command `{args[0]}`.{hint}")
        return super().resolve_command(ctx, args)


class _Misuse(click.ClickException):
    """What is wrong with the words of a command line, in a line, and in another how the command is used."""

    exit_code = 2

    @classmethod
    def of(cls, error: click.UsageError) -> _Misuse:
        """What click found wrong, without signs that would steer a terminal."""
        from prehab.graph.text import visible

        message = visible(" ".join(error.format_message().split()))
        if error.ctx is not None:
            usage = " ".join(error.ctx.get_usage().split()).removeprefix("Usage: ")
            message += f"\n  {usage} (`{error.ctx.command_path} --help` says more)"
        return cls(message)

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


@contextmanager
def _plain_messages() -> Iterator[None]:
    """What click says of the words of a command line repeats them: signs that would steer a terminal are shown."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        raise _Misuse.of(error) from None
    except click.ClickException as error:
        from prehab.graph.text import visible

        vars(error)["message"] = visible(error.message)
        raise


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(__version__, "-V", "--version", prog_name="prehab")
def main() -> None:
    """Which strength work is safe and useful for a runner now, and why.

    It is software for training, not a medical device: it gives guidance, not a
    diagnosis, and says when somebody should look at you.

    \b
    Example:
      prehab intake my-runner.yaml
      prehab recommend runner.yaml
      prehab explain runner.yaml pogo_hops
    """


def run() -> None:
    """The ``prehab`` program: ``main`` in a process of its own, too short to be worth collecting garbage in.

    Nor at its end, when Python would look through all that there is, for a fifth of the time. And it looks for no
    plugins of pydantic among everything that is installed, as pydantic does by itself.
    """
    from prehab.cli.streams import whole_streams

    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        with whole_streams():
            main()
    finally:
        gc.freeze()
