"""A network that predicts a spectrum from both of its ends, and from where a molecule can break.

Fragments lie at fixed m/z (77 of benzene rings) or at fixed losses from the molecule (M - 15 of
methyl groups). So, as in NEIMS (Wei et al. 2019, 1811.08545), one output counts up from zero,
another down from the molecular ion, and a third weighs the two in every bin.

NEIMS does not know where a molecule can break; this network does. Each fragment that one cut gives
is judged by what it consists of, by its ends and by the whole molecule: it adds to the bins about
its own mass, as it may take or leave hydrogens, and multiplies what is there. How many fragments
there are of each mass does the same once more. Where nothing is known of the molecule, the first
output stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.learning.networks import Residual
from chemtranslate_mass_spec.fragments import DESCRIBED, WAYS, Structures

ABOVE = 8
"""m/z above the molecular ion at which the second output begins, for isotopes."""
LEAK = 0.02
"""Slope below zero: so that an output that fell there can come back."""
SHIFTS = (-5, 3)
"""m/z by which the ion of a fragment lies above its mass, least and most."""
FURTHER = 4
"""The same for how many fragments there are, either way."""
STEEPEST = 3.0
"""Log of the factor by which either of these multiplies a bin, at most."""


class Known(NamedTuple):
    """What is known of n structures, as of `Structures`; zeros where nothing is."""

    ends: Tensor
    counts: Tensor
    masses: Tensor
    about: Tensor
    numbers: Tensor

    @classmethod
    def of(cls, structures: Structures) -> Known:
        """Return it as tensors that share the memory of arrays."""
        return cls(*(torch.from_numpy(getattr(structures, name)) for name in cls._fields))

    def of_rows(self, rows: Tensor) -> Known:
        """Return what is known of some of the structures, as the network takes it."""
        ends, counts, masses, about, numbers = (one[rows] for one in self)
        return Known(ends, counts, masses, about.float(), numbers.float())

    def where(self, told: Tensor) -> Known:
        """Withhold the structures that are not told of, (n, 1).

        What describes their fragments stays, but there is no fragment left that it describes.
        """
        return self._replace(
            ends=self.ends * told,
            counts=self.counts * told,
            masses=self.masses * told,
            numbers=self.numbers * told[..., None],
        )


class TwoSided(nn.Module):
    """Points, and what is known of structures -> roots of intensities.

    Args:
        dimensions: of the hub.
        bins: of the spectra, for m/z 1 to `bins`.
        width, blocks, dropout: as of `Residual`.
        substructures: how many are counted.
        judging: width of what judges fragments.
    """

    substructures: Tensor

    def __init__(
        self,
        dimensions: int,
        bins: int,
        width: int = 384,
        blocks: int = 2,
        dropout: float = 0.2,
        substructures: int = 768,
        judging: int = 64,
    ) -> None:
        super().__init__()
        self.bins = bins
        self.architecture: dict[str, Any] = {
            "dimensions": dimensions,
            "bins": bins,
            "width": width,
            "blocks": blocks,
            "dropout": dropout,
            "substructures": substructures,
            "judging": judging,
        }
        self.register_buffer("substructures", torch.zeros(substructures, dtype=torch.long))
        self.body = Residual(dimensions + substructures, 3 * bins, width, blocks, dropout)
        shifts = SHIFTS[1] - SHIFTS[0] + 1
        self.fragment = nn.Linear(DESCRIBED, judging)
        self.molecule = nn.Linear(width, judging, bias=False)
        self.judged = nn.Sequential(
            nn.GELU(), nn.Linear(judging, judging), nn.GELU(), _silent(judging, 2 * shifts)
        )
        self.counted = _silent(width, 2 * WAYS * (2 * FURTHER + 1))

    def read(self, smiles: Sequence[str]) -> Known:
        """Return what is to be known of n structures."""
        return Known.of(Structures.of(smiles, self.substructures.numpy(), self.bins))

    def nothing(self, n: int) -> Known:
        """Return what is known of n structures that are not known."""
        return Known(
            torch.zeros((n, 2), dtype=torch.long),
            torch.zeros((n, len(self.substructures))),
            torch.zeros((n, 0), dtype=torch.long),
            torch.zeros((n, 0, DESCRIBED)),
            torch.zeros((n, WAYS, self.bins)),
        )

    def forward(self, points: Tensor, known: Known) -> Tensor:
        """Map (n, dimensions) and what is known of n structures to (n, bins)."""
        ends, counts, masses, about, numbers = known
        normalise, last = self.body.last
        hidden = normalise(self.body.hidden(torch.cat([points, counts], 1)))
        made = from_both_ends(last(hidden), ends)
        if masses.shape[1]:
            for added, factor in (
                self._of_fragments(hidden, masses, about),
                self._of_numbers(hidden, numbers),
            ):
                made = (made + added) * factor.clamp(-STEEPEST, STEEPEST).exp()
        mz = torch.arange(1, self.bins + 1)
        made = made.clamp(min=0) + LEAK * made.clamp(max=0)
        return torch.where((mz <= ends[:, 1:]) | (ends[:, :1] == 0), made, 0.0)

    def _of_fragments(self, hidden: Tensor, masses: Tensor, about: Tensor) -> tuple[Tensor, Tensor]:
        """Return what fragments add, and logs of their factors, 2 times (n, bins)."""
        judged = self.judged(self.fragment(about) + self.molecule(hidden)[:, None])
        places = masses[..., None] - 1 + torch.arange(SHIFTS[0], SHIFTS[1] + 1)
        there = (masses[..., None] > 0) & (places >= 0) & (places < self.bins)
        places = places.clamp(0, self.bins - 1).flatten(1)
        nothing = hidden.new_zeros(len(hidden), self.bins)
        added, factor = (
            nothing.scatter_add(1, places, torch.where(there, half, 0.0).flatten(1))
            for half in judged.chunk(2, -1)
        )
        return added, factor

    def _of_numbers(self, hidden: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Return the same of how many fragments there are, whatever they are."""
        padded = F.pad(numbers, (FURTHER, FURTHER))
        shifted = padded.unfold(2, self.bins, 1).flip(2)  # (n, ways, shifts, bins), rising
        weights = self.counted(hidden).unflatten(1, (2, -1))
        added, factor = (weights @ shifted.flatten(1, 2)).unbind(1)
        return added, factor


def from_both_ends(outputs: Tensor, ends: Tensor) -> Tensor:
    """Weigh two outputs in every bin, one that counts up and one that counts down.

    Args:
        outputs: (n, 3 bins): either, and the weight of the first.
        ends: (n, 2), as of `mass_and_reach`; both 0 where they are not known.

    Returns:
        (n, bins)
    """
    upward, downward, weight = outputs.chunk(3, 1)
    bins, mass = upward.shape[1], ends[:, :1]
    loss = mass - torch.arange(1, bins + 1) + ABOVE
    there = (loss >= 0) & (loss < bins) & (mass > 0)
    downward = downward.gather(1, loss.clamp(0, bins - 1))
    share = torch.where(mass > 0, torch.sigmoid(weight), 1.0)
    return share * upward + (1 - share) * torch.where(there, downward, 0.0)


def _silent(inputs: int, outputs: int) -> nn.Linear:
    """Return a layer that says nothing until it has learned."""
    layer = nn.Linear(inputs, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
