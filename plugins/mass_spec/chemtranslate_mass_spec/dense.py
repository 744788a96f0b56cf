"""An encoder that tells chemicals apart better than the paper's, from roots of intensities."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from chemtranslate.artefact import ModelCard
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.learning.models import NetworkEncoder
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Training
from chemtranslate_mass_spec.binning import ROOTS
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.training import remove_peaks

NAME = "mass_spec/dense"
PEAKS_REMOVED = 0.15
SETTINGS = dense.DENSE.model_copy(update={"dropout": 0.5, "contrast": 0.3})


def train(training: Training) -> ModelCard:
    """Train the encoder; a `Trainer`."""
    return dense.train_encoder(
        training,
        NAME,
        ROOTS,
        settings=SETTINGS,
        damage=damaged,
        description="residual network on roots of intensities: MSE to the chemical's hub vector, "
        "and cross-entropy over the training chemicals",
        samples="spectra",
        fields=lower_case,
    )


def load(folder: Path | None, hub: Hub) -> NetworkEncoder[Residual]:
    """Load the encoder from its folder."""
    return dense.load_encoder(folder, hub, ROOTS)


def damaged(roots: Tensor, generator: torch.Generator) -> Tensor:
    """Remove peaks of (n, bins) spectra at random, and vary the intensities of the others."""
    left = remove_peaks(100 * roots**2, PEAKS_REMOVED, generator) / 100
    varied = left.sqrt() * (1 + 0.1 * torch.randn(left.shape, generator=generator)).clamp(min=0)
    return varied / varied.amax(1, keepdim=True).clamp(min=1e-6)
