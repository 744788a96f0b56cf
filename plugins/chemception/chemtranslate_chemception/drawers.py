"""Another process that draws while this one runs the network; it ends with this one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

from chemtranslate.errors import ProcessError
from chemtranslate_chemception.drawing import Drawing, draw_all


class Drawers:
    """The process, started."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool

    def drawn(self, batches: Iterable[Sequence[str]]) -> Iterator[list[Drawing]]:
        """Yield the drawings of each batch of SMILES, drawn ahead.

        Raises:
            ProcessError: the process was ended from outside.
            StructureError: a structure cannot be drawn.
        """
        try:
            yield from self._pool.map(draw_all, batches)
        except BrokenProcessPool:
            raise ProcessError(
                "the process that draws structures was ended from outside; is memory short?"
            ) from None


@contextmanager
def drawers() -> Iterator[Drawers]:
    """Start the process, and end it with the context.

    It imports the main script anew: one that uses this needs `if __name__ == "__main__":`.
    """
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_end_with_parent)
    try:
        with _without_interrupts():
            pool.submit(int)
        yield Drawers(pool)
    finally:
        pool.shutdown(cancel_futures=True)


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


def _end_with_parent() -> None:
    def watch() -> None:
        parent = parent_process()
        assert parent is not None
        parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
