"""Where the real spectra lie, and small samples made by hand."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.chemical import Chemical, standardise
from chemtranslate.sample import Place, Sample
from chemtranslate.splits import part
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


@pytest.fixture(scope="session")
def replicates() -> list[Sample]:
    """Spectra of some chemicals by several laboratories, which see high m/z unlike.

    Three train chemicals have seven (one is then held out), five have two, and one of the valid
    part has two.
    """
    rng = np.random.default_rng(0)
    parts: dict[str, list[str]] = {"train": [], "valid": [], "test": []}
    for carbons in range(1, 30):
        for end in ("O", "Cl", "C=O"):
            smiles = "C" * carbons + end
            parts[part(standardise(smiles)[1])].append(smiles)
    train, samples = parts["train"], []
    for smiles, spectra in (*((one, 7) for one in train[:3]), *((one, 2) for one in train[3:8]),
                            (parts["valid"][0], 2)):
        mz = np.sort(rng.choice(np.arange(15, 200), 20, replace=False))
        pattern = rng.uniform(20, 100, 20)
        for _ in range(spectra):
            heights = pattern * np.exp(-rng.uniform(0, 2) * mz / 200) * rng.uniform(0.9, 1.1, 20)
            number = len(samples)
            samples.append(Sample(f"R{number}", Spectrum.of(mz, heights), smiles, Chemical(smiles),
                                  {"License": "CC0"}, Place("replicates.msp", number + 1)))
    return samples
