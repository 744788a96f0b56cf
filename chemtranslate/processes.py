"""Processes that work for this one: they end with it, and at once where it stops."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from chemtranslate.errors import ProcessError

T = TypeVar("T")
R = TypeVar("R")


class Processes:
    """The processes, started."""

    def __init__(self, pool: ProcessPoolExecutor, task: str) -> None:
        self._pool, self._task = pool, task

    def in_order(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield what a function returns for each item, in their order; it is worked ahead.

        Raises:
            ProcessError: a process was ended from outside.
        """
        with self.unbroken():
            waiting = deque(self._submitted(function, items))
            while waiting:
                _listen()
                yield waiting.popleft().result()

    def as_done(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Yield what a function returns for each item, in the order in which they are done.

        Raises:
            ProcessError: a process was ended from outside.
        """
        with self.unbroken():
            waiting = set(self._submitted(function, items))
            while waiting:
                _listen()
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()

    def _submitted(self, function: Callable[[T], R], items: Iterable[T]) -> list[Future[R]]:
        with _without_interrupts():
            return [self._pool.submit(function, item) for item in items]

    @contextmanager
    def unbroken(self) -> Iterator[None]:
        """Expect that no process is ended from outside, as long as the context lasts.

        Raises:
            ProcessError: one was.
        """
        try:
            yield
        except BrokenProcessPool:
            raise ProcessError(
                f"a process that {self._task} was ended from outside: is memory short, or does the "
                'main script do its work outside `if __name__ == "__main__":`?'
            ) from None


@contextmanager
def processes(
    count: int,
    task: str,
    initializer: Callable[..., None] | None = None,
    initargs: Iterable[Any] = (),
) -> Iterator[Processes]:
    """Start processes, and end them with the context: where it fails, in the midst of their work.

    Each imports the main script anew: one that uses this needs `if __name__ == "__main__":`.

    Args:
        count: how many.
        task: what each does, for the error: "draws structures".
        initializer: prepares a process, with `initargs`.
    """
    before = active_children()
    pool = ProcessPoolExecutor(
        count, get_context("spawn"), _begin, (initializer, tuple(initargs))
    )
    started = Processes(pool, task)
    try:
        with started.unbroken(), _without_interrupts():
            for _ in range(count):
                pool.submit(int)
        yield started
    except BaseException:
        for process in set(active_children()).difference(before):
            process.terminate()  # one that still imports would end only when it has done so
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(initializer: Callable[..., None] | None, initargs: Iterable[Any]) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    if initializer is not None:
        initializer(*initargs)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _listen() -> None:
    """Let Ctrl-C interrupt this process where it waits.

    RDKit sets its own handler of Ctrl-C at times, and restores the former one so that waiting is
    no longer interrupted.
    """
    if hasattr(signal, "siginterrupt"):
        signal.siginterrupt(signal.SIGINT, True)


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C back; a process that is started meanwhile never hears it: the parent acts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
