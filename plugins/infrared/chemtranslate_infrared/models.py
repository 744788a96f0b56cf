"""The encoder and decoder of infrared spectra: dense residual networks on the grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chemtranslate.artefact import ModelCard
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.learning.models import NetworkDecoder, NetworkEncoder
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Array, Training
from chemtranslate_infrared.grid import FORM
from chemtranslate_infrared.similarity import metrics

NAME = "infrared/dense"
TERMS = (
    "not stated; the NIST/EPA vapour-phase collection is copyright of the U.S. Secretary of "
    "Commerce, all rights reserved"
)
"""Where `--set terms=...` states none."""
ENCODER = dense.DENSE.model_copy(update={"contrast": 0.3})
"""Of the spectra of the valid part, 83 % find their chemical first by cosine; without contrast,
73 %."""


def train_encoder(training: Training) -> ModelCard:
    """Train the encoder; a `Trainer`."""
    return dense.train_encoder(
        training,
        NAME,
        FORM,
        settings=ENCODER,
        damage=damaged,
        description="residual network: MSE to the chemical's hub vector, and cross-entropy over "
        "the training chemicals",
        samples="spectra",
        terms=TERMS,
    )


def train_decoder(training: Training) -> ModelCard:
    """Train the decoder on the vectors of `training.encoder`; a `Trainer`."""
    return dense.train_decoder(
        training,
        NAME,
        FORM,
        damage=damaged,
        finish=finished,
        figures=metrics,
        description="residual network, 1 - cosine plus mean square difference",
        samples="spectra",
        terms=TERMS,
    )


def load_encoder(folder: Path | None, hub: Hub) -> NetworkEncoder[Residual]:
    """Load an encoder from its folder."""
    return dense.load_encoder(folder, hub, FORM)


def load_decoder(folder: Path | None, hub: Hub) -> NetworkDecoder[Residual]:
    """Load a decoder from its folder."""
    return dense.load_decoder(folder, hub, FORM, finished)


def finished(arrays: Array) -> NDArray[np.float32]:
    """Clip decoded spectra (n, points) at zero and scale the strongest band to 1."""
    heights = np.asarray(arrays, np.float32).clip(0)
    strongest = heights.max(1, keepdims=True, initial=0)
    scaled: NDArray[np.float32] = heights / np.maximum(strongest, 1e-9)
    return np.where(strongest > 0, scaled, 0).astype(np.float32)


def damaged(spectra: Tensor, generator: torch.Generator) -> Tensor:
    """Shift (n, points) spectra by up to one point, lift and tilt their baselines, add noise.

    A quick form, on the grid, of what the augmenter does to a spectrum.
    """
    shape, points = (len(spectra), 1), spectra.shape[1]
    part = torch.rand(shape, generator=generator) * 2 - 1
    neighbour = torch.where(part > 0, spectra.roll(1, 1), spectra.roll(-1, 1))
    moved = spectra + part.abs() * (neighbour - spectra)
    left, right = (0.03 * torch.rand(shape, generator=generator) for _ in range(2))
    along = torch.linspace(0, 1, points)
    noise = 0.005 * torch.randn(spectra.shape, generator=generator)
    made: Tensor = moved + left * (1 - along) + right * along + noise
    return made / made.amax(1, keepdim=True).clamp(min=1e-6)
