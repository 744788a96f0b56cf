"""The plugin keeps what the protocols promise, and what it promises besides."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from chemtranslate.sample import Reject, Sample
from chemtranslate_mysensor.readings import CHANNELS, read_csv


def test_the_plugin_passes_the_checks(check_plugin: Callable[..., Any]) -> None:
    check_plugin("mysensor")


def test_a_line_that_is_cut_short_is_rejected_and_the_next_one_read() -> None:
    text = f"id,{','.join(CHANNELS)}\nr1,1,2,3\nr2,1,2,3,4,5,6,7,8\n"
    first, second = read_csv(io.BytesIO(text.encode()), "readings.csv")
    assert isinstance(first, Reject)
    assert first.reason == "line 2: found 4 cells, expected 9 as in the header"
    assert isinstance(second, Sample)
    assert second.id == "r2"
