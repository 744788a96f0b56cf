"""A small library of replicates that are made up, and models that have learned nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from chemtranslate.chemical import Chemical
from chemtranslate.learning.networks import Stack
from chemtranslate.sample import Place, Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment.generators import General
from chemtranslate_mass_spec.experiment.replicates import Replicates, collect
from chemtranslate_mass_spec.experiment.sibling import Sibling, SiblingSettings
from chemtranslate_mass_spec.experiment.vae import Vae
from chemtranslate_mass_spec.networks import TABLE_1
from chemtranslate_mass_spec.spectrum import Spectrum

STRUCTURES = ("CCCCCCCCO", "CCCCCCC(C)=O", "COC(=O)c1ccccc1C", "CCCCCCCC(=O)O", "CCN(CC)c1ccccc1",
              "Clc1ccc(Cl)cc1Cl")
INSTRUMENTS = ("GC-EI-TOF", "GC-EI-QUADRUPOLE")


def replicate(smiles: str, number: int, spread: float = 0.3) -> Sample:
    """A made-up spectrum: peaks of the chemical, heights of the replicate."""
    own = np.random.default_rng(list(smiles.encode()))
    mz = np.sort(own.choice(np.arange(12, 115), 20, replace=False)).astype(float)
    heights = own.uniform(5, 100, 20) ** 1.5
    rng = np.random.default_rng([*smiles.encode(), number])
    spectrum = Spectrum.of(mz, heights * np.exp(spread * rng.normal(size=20)))
    metadata = {"Instrument_type": INSTRUMENTS[number % 2], "Formula": ""}
    return Sample(f"{smiles}-{number}", spectrum, smiles, Chemical(smiles), metadata,
                  Place("library.msp", number + 1))


@pytest.fixture(scope="session")
def library_samples() -> list[Sample]:
    """Six chemicals with six spectra each."""
    return [replicate(smiles, number) for smiles in STRUCTURES for number in range(6)]


@pytest.fixture(scope="session")
def replicates(library_samples: list[Sample]) -> Replicates:
    return collect(library_samples, FORM)


@pytest.fixture(scope="session")
def points() -> np.ndarray:
    """Hub vectors of the six chemicals."""
    return np.random.default_rng(0).normal(size=(6, 512)).astype(np.float32)


@pytest.fixture(scope="session")
def general() -> General:
    """Models with random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return General(Stack(TABLE_1).eval(), Stack(TABLE_1[::-1]).eval(), Stack(TABLE_1).eval(),
                       Vae(TABLE_1[0]).eval(),
                       Sibling(TABLE_1[0], SiblingSettings(hidden=32)).eval())
