"""What a run has written so far, beside the place that it will have: kept through a crash, and gone on with."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from prehab.batch.lines import Place
from prehab.graph.faults import Fault, InputError

__all__ = ["Part", "Reached"]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run has come.

    Attributes:
        place: How far the input is read: a place in lines, or rows of a table.
        rows: Bytes of what was answered.
        faults: Bytes about what could not be read.
        answered: How many rows were answered.
        set_aside: How many could not be read.
        over: Whether that was all of them.
    """

    place: Place = field(default_factory=Place)
    rows: int = 0
    faults: int = 0
    answered: int = 0
    set_aside: int = 0
    over: bool = False


class Part:
    """A folder beside the output, its name with ``.part`` behind it, that holds what is written of it.

    ``rows`` and ``faults`` grow by whole chunks. A line of ``journal`` follows each chunk once its bytes are on the
    disk: it tells how long both files are then, so what was written behind that, when a run ended in the midst of it,
    is cut off. The first line tells what was asked.

    Args:
        out: The output.
        faults: The file about what could not be read.
    """

    def __init__(self, out: Path, faults: Path) -> None:
        self.out, self.faults_out = out, faults
        self.folder = out.with_name(f"{out.name}.part")
        self.rows, self.faults, self.journal = (self.folder / name for name in ("rows", "faults", "journal"))
        self.reached = Reached()
        self._files: list[IO[Any]] = []

    def kept(self) -> dict[str, Any] | None:
        """What was asked of the run that is to be gone on with; nothing where there is none."""
        lines = self._lines()
        return lines[0] if lines else None

    def _lines(self) -> list[dict[str, Any]]:
        """What the journal tells, as far as it is whole."""
        lines = []
        with suppress(FileNotFoundError, ValueError):
            for line in self.journal.read_bytes().split(b"\n")[:-1]:
                lines.append(json.loads(line))
        return lines

    def begin(self, asked: dict[str, Any], head: bytes) -> None:
        """Begin, or go on where the journal says.

        Args:
            asked: What is asked.
            head: What stands before the rows.

        Raises:
            InputError: Another run is writing there.
            OSError: The folder cannot be made, or its files cannot be opened.
        """
        self.folder.mkdir(exist_ok=True)
        self._open(self.folder / "lock", "ab")
        self._lock()
        lines = self._lines()
        if not lines:
            self.rows.write_bytes(head)
            self.faults.write_bytes(b"")
        begun = Reached(rows=len(head))
        told = (Reached(**{**line, "place": Place(**line["place"])}) for line in reversed(lines[1:]))
        self.reached = next((one for one in told if one.over or self._holds(one)), begun)
        self.journal.write_text("".join(f"{json.dumps(one)}\n" for one in lines or [asked]), encoding="utf-8")
        self._open(self.journal, "ab")
        for path, size in ((self.rows, self.reached.rows), (self.faults, self.reached.faults)):
            if path.exists():  # else it is in its place already
                self._open(path, "r+b")
                self._files[-1].truncate(size)
                self._files[-1].seek(size)

    def _open(self, path: Path, how: str) -> None:
        self._files.append(open(path, how))  # noqa: PTH123, SIM115  (closed by `close`)

    def _holds(self, reached: Reached) -> bool:
        """Whether what is to be there is there."""
        sizes = ((self.rows, reached.rows), (self.faults, reached.faults))
        return all(path.exists() and path.stat().st_size >= size for path, size in sizes)

    def _lock(self) -> None:
        """Take the folder for this process alone, where the system knows such a thing."""
        try:
            from fcntl import LOCK_EX, LOCK_NB, lockf
        except ImportError:
            return
        try:
            lockf(self._files[0], LOCK_EX | LOCK_NB)
        except OSError:
            message = f"another process is writing `{self.out}` just now"
            raise InputError([Fault("in-use", message, value=str(self.out))]) from None

    def _note(self, text: str) -> None:
        self._files[1].write(f"{text}\n".encode())
        self._files[1].flush()

    def add(self, rows: bytes, faults: bytes, reached: Reached) -> None:
        """Put a chunk behind what there is.

        Raises:
            OSError: It cannot be written.
        """
        for file, data in zip(self._files[2:], (rows, faults), strict=True):
            if data:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        self.reached = reached
        self._note(json.dumps(asdict(reached)))

    def finish(self, convert: Callable[[Path, Path], None] | None) -> None:
        """Put both files into their places, and remove the folder. What ends in the midst of it can be gone on with.

        Args:
            convert: Makes another file of the rows first.

        Raises:
            OSError: Something cannot be written.
        """
        for file in self._files[2:]:
            file.close()
        made = self.rows
        if convert is not None and self.rows.exists():
            made = self.folder / "converted"
            convert(self.rows, made)
            with made.open("rb+") as file:
                os.fsync(file.fileno())
        if self.faults.exists():
            self.faults.replace(self.faults_out)
        if made.exists():
            made.replace(self.out)
        self.rows.unlink(missing_ok=True)  # the journal goes last: it says that all is done
        self.close()
        shutil.rmtree(self.folder)

    def close(self) -> None:
        """Leave the folder as it is."""
        for file in self._files:
            file.close()
        self._files.clear()

    def remove(self) -> None:
        """Forget what was written."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.folder)
