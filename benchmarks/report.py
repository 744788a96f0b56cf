"""What the benchmarks share: timing, and writing what they found."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def fastest(function: Callable[[], object], repeats: int) -> float:
    """Return the shortest time of several runs, in seconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        times.append(time.perf_counter() - started)
    return min(times)


def save(results: Any, output: Path | None) -> None:
    """Write results as JSON, if a file was asked for."""
    if output:
        output.write_text(json.dumps(results, indent=2, allow_nan=False) + "\n", encoding="utf-8")
