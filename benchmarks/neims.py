"""A network after NEIMS: fingerprint and mass -> spectrum, a yardstick for decoders.

Written after Wei, Belanger, Adams and Sculley 2019, "Rapid prediction of electron-ionization mass
spectrometry using neural networks" (arXiv 1811.08545), with the settings that its authors published
beside their model; none of their code is used.

As there: counts of Morgan substructures of radius 2, folded to 4,096; residual blocks of batch
normalisation, ReLU and two layers, the first half as wide, with dropout of a quarter; one output
counts up from zero, another down from 5 m/z above the molecule, gated bin by bin; ReLU, and nothing
further above the molecule; squared error of square roots of intensities, weighted by m/z; Adam at a
rate of 0.001, 100 spectra a step.

Other than there, for two cores: 3 blocks of 1,000 (there 7 of 2,000), 30 epochs, and a rate that
falls along half a cosine. Tried on the valid part alone, by the mean weighted cosine: 15, 30 and 60
epochs give 0.683, 0.709 and 0.714 (of three seeds of 30, the standard deviation is 0.005), 6 blocks
for 15 epochs 0.659.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from chemtranslate.chemical import quiet_rdkit
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout

LENGTH = 4096
BLOCK = 2048
"""Chemicals whose spectra are predicted at once."""
ABOVE = 5
"""m/z above the molecular ion up to which something is predicted."""


class Settings(FitSettings):
    width: int = 1000
    blocks: int = 3
    dropout: float = 0.25


SETTINGS = Settings(rate=1e-3, epochs=30, batch=100, falling=True)


def fingerprints(smiles: Sequence[str]) -> NDArray[np.float32]:
    """Return how often each substructure of radius 2 or less occurs, (n, LENGTH)."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=LENGTH)
    found = np.zeros((len(smiles), LENGTH), np.float32)
    with quiet_rdkit():
        for row, one in enumerate(smiles):
            found[row] = generator.GetCountFingerprintAsNumPy(Chem.MolFromSmiles(one))
    return found


class Neims(nn.Module):
    """Fingerprints and masses -> roots of intensities."""

    def __init__(self, inputs: int, bins: int, width: int, blocks: int, dropout: float) -> None:
        super().__init__()
        self.bins = bins
        self.first = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout),
                nn.Linear(width, width // 2),
                nn.BatchNorm1d(width // 2), nn.ReLU(), nn.Linear(width // 2, width),
            )
            for _ in range(blocks)
        )
        self.last = nn.Sequential(nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, 3 * bins))

    def forward(self, prints: Tensor, ends: Tensor) -> Tensor:
        """Map (n, inputs) and (n, 2), as of `mass_and_reach`, to (n, bins)."""
        hidden = self.first(prints).relu()
        for block in self.blocks:
            hidden = hidden + block(hidden)
        upward, downward, gate = self.last(hidden).split(self.bins, 1)
        below = ends[:, :1] + ABOVE - torch.arange(1, self.bins + 1)
        there = (below >= 0) & (below < self.bins)
        downward = torch.where(there, downward.gather(1, below.clamp(0, self.bins - 1)), 0.0)
        share = gate.sigmoid()
        made = (share * upward + (1 - share) * downward).relu()
        return torch.where(below >= 0, made, 0.0)


def learned(prints: NDArray[np.float32], ends: NDArray[np.int64], roots: NDArray[np.float32],
            own: NDArray[np.intp], settings: Settings, work: Path | None) -> Neims:
    """Return the network, trained.

    Args:
        prints, ends: (m, LENGTH) and (m, 2) of chemicals.
        roots: (n, bins) of the spectra.
        own: (n,) numbers of their chemicals.
    """
    inputs, masses, spectra = map(torch.from_numpy, (prints, ends, roots))
    chemicals = torch.from_numpy(own)
    weights = torch.arange(1, roots.shape[1] + 1) / roots.shape[1]

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        made = network(inputs[chemicals[rows]], masses[chemicals[rows]])
        return ((made - spectra[rows]) ** 2 * weights).sum(1).mean()

    with torch.random.fork_rng(devices=()):
        torch.manual_seed(settings.seed)
        network = Neims(prints.shape[1], roots.shape[1], settings.width, settings.blocks,
                        settings.dropout)
    fit_with_dropout(network, len(roots), loss_of, settings, work, resume=True,
                     progress=lambda step, steps, loss: None)
    return network


def predicted(network: Neims, prints: NDArray[np.float32], ends: NDArray[np.int64],
              ) -> NDArray[np.float32]:
    """Return the roots of intensities of m chemicals, (m, bins)."""
    inputs, masses = torch.from_numpy(prints), torch.from_numpy(ends)
    with torch.inference_mode():
        return torch.cat([network(*pair) for pair in zip(
            inputs.split(BLOCK), masses.split(BLOCK), strict=True)]).numpy()
