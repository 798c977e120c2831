"""Work spread over processes, in chunks, its order kept."""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from prehab.graph.faults import Fault, InputError

__all__ = ["checked_processes", "every_core", "spread"]

Chunk = TypeVar("Chunk")
Done = TypeVar("Done")


def every_core() -> int:
    """How many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked_processes(processes: int) -> int:
    """The number of processes, which must be one at least.

    Raises:
        InputError: It is not.
    """
    if processes < 1:
        raise InputError([Fault("out-of-range", f"at least one process has to work, not {processes}")])
    return processes


def spread(work: Callable[[Chunk], Done], chunks: Iterable[Chunk], processes: int) -> Iterator[Done]:
    """What ``work`` makes of each chunk, in their order. A few chunks a process are read ahead, and no more.

    Args:
        work: It is pickled once for each process, which then works off one chunk after another.
        chunks: Read here, as the results are asked for. What reading them raises comes after the results before it.
        processes: With one, all is done in this process.

    Raises:
        BrokenProcessPool: A process was killed.
    """
    if processes == 1:
        for chunk in chunks:
            yield work(chunk)
        return
    pool = ProcessPoolExecutor(processes, initializer=_begin, initargs=(work,))
    waiting: deque[Future[Done]] = deque()
    failed: BaseException | None = None
    reading = iter(chunks)
    try:
        with _interrupts_held():
            pool.submit(_nothing)  # a fork comes before whatever reading starts, threads above all
        while failed is None:
            try:
                chunk = next(reading)
            except StopIteration:
                break
            except Exception as error:
                failed = error
                break
            with _interrupts_held():
                waiting.append(pool.submit(_work, chunk))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
        if failed is not None:
            raise failed
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """An interrupt waits until processes have started. They never hear of it: whoever started them ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_kept: list[Callable[[Any], Any]] = []
"""The work of this process, if it was started to do some."""


def _work(chunk: Any) -> Any:
    return _kept[0](chunk)


def _begin(work: Callable[[Any], Any]) -> None:
    """What a process does first: keep the work, ignore interrupts, and end when whoever started it has ended."""
    import threading
    from multiprocessing import parent_process
    from multiprocessing.connection import wait

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    _kept[:] = [work]
    started_by = parent_process()
    if started_by is not None:
        sentinel = started_by.sentinel

        def watch() -> None:
            wait([sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def _nothing() -> None:
    """The first thing that is asked of a process."""
