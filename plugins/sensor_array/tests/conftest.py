"""The real readings, where they lie beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def gas_drift() -> Path:
    """The archive of the drift data set; the test is skipped without it."""
    default = ROOT / "data"
    path = Path(os.environ.get("CHEMTRANSLATE_DATA", default)) / "sensor_array/gas_drift.zip"
    if not path.is_file():
        pytest.skip(f"the real data are not there: no {path} (set CHEMTRANSLATE_DATA)")
    return path
