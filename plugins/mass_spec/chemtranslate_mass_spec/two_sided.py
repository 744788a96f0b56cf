"""A network that predicts a spectrum from both of its ends.

Fragments lie at fixed m/z (77 of benzene rings) or at fixed losses from the molecule (M - 15 of
methyl groups). So, as in NEIMS (Wei et al. 2019, 1811.08545), one output counts up from zero,
another down from the molecular ion, and a third weighs the two in every bin. That needs the mass of
the molecule; where it is not known, the first output stands alone.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from chemtranslate.learning.networks import Residual

ABOVE = 8
"""m/z above the molecular ion at which the second output begins, for isotopes."""
LEAK = 0.02
"""Slope below zero: so that an output that fell there can come back."""


class TwoSided(nn.Module):
    """Points and masses -> roots of intensities.

    Args:
        dimensions: of the hub.
        bins: of the spectra, for m/z 1 to `bins`.
        width, blocks, dropout: as of `Residual`.
    """

    def __init__(
        self, dimensions: int, bins: int, width: int = 384, blocks: int = 2, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.bins = bins
        self.architecture: dict[str, Any] = {
            "dimensions": dimensions,
            "bins": bins,
            "width": width,
            "blocks": blocks,
            "dropout": dropout,
        }
        self.body = Residual(dimensions, 3 * bins, width, blocks, dropout)

    def forward(self, points: Tensor, ends: Tensor) -> Tensor:
        """Map (n, dimensions) and (n, 2) to (n, bins).

        Args:
            ends: whole m/z of the molecular ion and of its last isotope peak, as of
                `mass_and_reach`; both 0 where they are not known.
        """
        upward, downward, weight = self.body(points).split(self.bins, 1)
        mass, last = ends[:, :1], ends[:, 1:]
        mz = torch.arange(1, self.bins + 1)
        loss = mass - mz + ABOVE
        there = (loss >= 0) & (loss < self.bins) & (mass > 0)
        downward = downward.gather(1, loss.clamp(0, self.bins - 1))
        share = torch.where(mass > 0, torch.sigmoid(weight), 1.0)
        both = share * upward + (1 - share) * torch.where(there, downward, 0.0)
        made = both.clamp(min=0) + LEAK * both.clamp(max=0)
        return torch.where((mz <= last) | (mass == 0), made, 0.0)
