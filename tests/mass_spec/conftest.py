"""Where the real spectra lie, and small samples made by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chemtranslate.sample import Sample
from chemtranslate_mass_spec.spectrum import Spectrum


@pytest.fixture(scope="session")
def massbank_file() -> Path:
    """The MassBank GC-MS library, where it is there."""
    default = Path(__file__).parents[2] / "data"
    path = Path(os.environ.get("CHEMTRANSLATE_DATA", default)) / "mass_spec/massbank_gcms.msp.gz"
    if not path.is_file():
        pytest.skip(f"the real data are not there: no {path} (set CHEMTRANSLATE_DATA)")
    return path


@pytest.fixture
def ethanol() -> Sample:
    """A made-up spectrum of six peaks."""
    spectrum = Spectrum.of([15, 27, 29, 31, 45, 46], [8, 20, 30, 100, 50, 22])
    return Sample("X1", spectrum, "ethanol")
