"""The tutorial runs as written."""

from __future__ import annotations

from pathlib import Path

import pytest
from documented import DOCS, run, steps


@pytest.mark.usefixtures("shipped_weights")
def test_the_tutorial_runs_as_written(tmp_path: Path) -> None:
    found = list(steps((DOCS / "tutorial.md").read_text(encoding="utf-8")))
    assert len(found) > 10
    for step in found:
        run(step, tmp_path)
