"""Standard streams that are closed, full or gone: said in one line, or not at all, never by a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

__all__ = ["whole_streams"]


class _UnwrittenError(Exception):
    """Something could not be written; no OSError, of which others make what they like on its way here."""

    def __init__(self, number: int, error: OSError) -> None:
        super().__init__(number, error)
        self.number = number
        self.error = error


class _Guarded:
    """A stream as it is, but that what cannot be written is told by an error of our own."""

    def __init__(self, stream: Any, number: int) -> None:
        self._stream = stream
        self._number = number

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._stream, name)
        return _Guarded(found, self._number) if name == "buffer" else found

    def write(self, data: Any) -> Any:
        return self._try(self._stream.write, data)

    def flush(self) -> None:
        self._try(self._stream.flush)

    def _try(self, work: Callable[..., Any], *data: Any) -> Any:
        try:
            return work(*data)
        except OSError as error:
            raise _UnwrittenError(self._number, error) from None


class _Closed:
    """Stands for an output that was closed before the program began."""

    encoding = "utf-8"
    errors = "strict"

    def isatty(self) -> bool:
        return False

    def flush(self) -> None:
        pass

    def write(self, data: Any) -> int:
        if data:
            raise OSError("it is closed")
        if isinstance(data, str):
            return 0
        raise TypeError("text, not bytes")

    @property
    def buffer(self) -> _ClosedBytes:
        return _ClosedBytes()


class _ClosedBytes(_Closed):
    def write(self, data: Any) -> int:
        if data:
            raise OSError("it is closed")
        return 0


@contextmanager
def whole_streams() -> Iterator[None]:
    """Run a program to its end: what it wrote is out, or it is said why not, and the status is 2.

    Nothing is said when whoever read the output has gone, as ``head`` does when it has enough; the status is 0.
    """
    for number in range(3):  # a file opened later must not come to stand for a stream that was closed
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = _Guarded(_Closed() if sys.stdout is None else sys.stdout, 1)
    sys.stderr = _Guarded(_Closed() if sys.stderr is None else sys.stderr, 2)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
    except _UnwrittenError as unwritten:
        sys.exit(_unwritten(unwritten))


def _unwritten(unwritten: _UnwrittenError) -> int:
    """Say on standard error what could not be written; the exit status."""
    number, error = unwritten.number, unwritten.error
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)  # what is left to be written goes there when Python ends
    if number == 1 and isinstance(error, BrokenPipeError):
        return 0
    if number == 1:
        with suppress(_UnwrittenError):
            reason = (error.strerror or str(error)).lower()
            sys.stderr.write(f"standard output cannot be written: {reason}\n")
            sys.stderr.flush()
            return 2
        os.dup2(nowhere, 2)
    return 2
