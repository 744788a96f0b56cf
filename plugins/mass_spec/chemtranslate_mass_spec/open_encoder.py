"""The encoder for chemicals that nobody has measured: it sees losses as well as fragments.

A fragment's m/z says what it is; its distance from the end of the spectrum says what the molecule
has lost. The molecular ion is not known, but the highest peak that is not faint is it, or near it,
in most spectra: losses are counted from there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from chemtranslate.artefact import ModelCard
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.learning.models import NetworkEncoder
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import ROOTS, Roots
from chemtranslate_mass_spec.dense import damaged
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.spectrum import Spectrum

NAME = "mass_spec/open"
STRONG = 0.1
"""Root of the share of the base peak above which a peak is not faint: 1 %."""
ABOVE, LOSSES = 6, 200
"""Losses counted from the highest peak that is not faint: from -ABOVE, for isotopes, to LOSSES."""
WIDTH = 1.5
"""m/z by which the place of that peak is blurred, so that neighbours learn from each other."""
TILT = 0.3
"""Standard deviation of the logarithm by which intensities change every 100 m/z."""
CUT = 0.02
"""Share of the base peak below which peaks are lost at most."""
SETTINGS = dense.DENSE.model_copy(update={"width": 448, "dropout": 0.5, "contrast": 0.3})


class PeaksAndLosses(Roots):
    """Roots of intensities, those by loss, and where the losses begin; fulfils `ArrayForm`."""

    def __init__(self) -> None:
        super().__init__()
        self.shape = (2 * self.count + ABOVE + LOSSES,)

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return (2 * count + 206,) float32; InputError as `Bins.to_array`."""
        roots = torch.from_numpy(ROOTS.to_array(sample))
        array: NDArray[np.float32] = with_losses(roots[None])[0].numpy()
        return array

    def to_signal(self, array: ArrayLike) -> Spectrum:
        """Return the peaks; the losses say nothing that they do not say."""
        return ROOTS.to_signal(np.asarray(array)[: self.count])


def with_losses(roots: Tensor) -> Tensor:
    """Map (n, bins) roots to (n, 2 * bins + 206): roots, by loss, and where losses begin."""
    places = torch.arange(roots.shape[1])
    highest = torch.where(roots > STRONG, places, 0).amax(1, keepdim=True)
    by_loss = highest - torch.arange(-ABOVE, LOSSES)
    there = (by_loss >= 0) & (by_loss < roots.shape[1])
    losses = torch.where(there, roots.gather(1, by_loss.clamp(0, roots.shape[1] - 1)), 0.0)
    begin = torch.exp(-(((places - highest) / WIDTH) ** 2))
    return torch.cat([roots, losses, begin], 1)


def of_other_laboratories(roots: Tensor, generator: torch.Generator) -> Tensor:
    """Damage (n, bins) roots as if measured by an instrument of another make.

    As those of `mass_spec/dense`; then heavy ions come through better or worse than light ones, and
    faint peaks are not recorded.
    """
    spectra = damaged(roots, generator) ** 2
    tilt = TILT * torch.randn((len(roots), 1), generator=generator)
    spectra = spectra * torch.exp(tilt * torch.arange(roots.shape[1]) / 100)
    spectra = spectra / spectra.amax(1, keepdim=True).clamp(min=1e-9)
    cut = CUT * torch.rand((len(roots), 1), generator=generator) ** 2
    return torch.where(spectra >= cut, spectra, 0.0).sqrt()


def damaged_with_losses(arrays: Tensor, generator: torch.Generator) -> Tensor:
    """Damage (n, *shape) arrays as if measured elsewhere, and count losses anew."""
    return with_losses(of_other_laboratories(arrays[:, : ROOTS.count], generator))


FORM = PeaksAndLosses()


def train(training: Training) -> ModelCard:
    """Train the encoder; a `Trainer`."""
    return dense.train_encoder(
        training,
        NAME,
        FORM,
        settings=SETTINGS,
        damage=damaged_with_losses,
        description="residual network on roots of intensities by m/z and by loss: MSE to the "
        "chemical's hub vector, and cross-entropy over the training chemicals",
        samples="spectra",
        fields=lower_case,
    )


def load(folder: Path | None, hub: Hub) -> NetworkEncoder[Residual]:
    """Load the encoder from its folder."""
    return dense.load_encoder(folder, hub, FORM)
