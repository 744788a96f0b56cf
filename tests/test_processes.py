"""Processes that work for another one."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest
from rdkit.Chem import MolFromSmiles

from chemtranslate.errors import ProcessError
from chemtranslate.processes import processes


def test_results_come_in_order_or_as_they_are_done() -> None:
    with processes(2, "waits") as several:
        assert list(several.in_order(abs, [-3, -1, -2])) == [3, 1, 2]
        assert sorted(several.as_done(abs, [-3, -1, -2])) == [1, 2, 3]


def test_work_ends_at_once_when_it_is_stopped() -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), processes(2, "waits") as several:
        for _ in several.as_done(time.sleep, [0.0, 600.0]):
            raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt), processes(1, "waits", time.sleep, [600.0]):
        raise KeyboardInterrupt  # also before it has begun
    assert time.monotonic() - started < 300


def test_a_process_that_is_killed_is_one_sentence() -> None:
    with (pytest.raises(ProcessError, match="a process that waits was ended from outside"),
          processes(1, "waits") as several):
        list(several.in_order(os._exit, [1]))


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="Windows")
def test_they_hear_no_ctrl_c() -> None:
    with processes(1, "waits") as several:
        (blocked,) = several.as_done(blocked_signals, [0])
    assert signal.SIGINT in blocked


@pytest.mark.skipif(not hasattr(signal, "siginterrupt"), reason="Windows")
def test_ctrl_c_is_heard_while_waiting_after_rdkit_was_used() -> None:
    MolFromSmiles("CCO").GetSubstructMatches(MolFromSmiles("C"))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.siginterrupt(signal.SIGINT, False)  # as RDKit leaves it, in some functions
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), processes(1, "waits") as several:
        threading.Timer(1.0, os.kill, [os.getpid(), signal.SIGINT]).start()
        list(several.as_done(time.sleep, [600.0]))
    assert time.monotonic() - started < 300


def blocked_signals(_: int) -> set[int]:
    return {int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, [])}
