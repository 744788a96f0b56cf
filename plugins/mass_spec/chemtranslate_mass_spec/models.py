"""The trained encoder and decoder of mass spectra, loaded from their folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from chemtranslate.artefact import ModelCard, read_model
from chemtranslate.errors import ArtefactError
from chemtranslate.hub import Hub
from chemtranslate.protocols import Array, Vectors
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.networks import Stack


class SpectrumEncoder:
    """Binned spectra -> hub vectors."""

    def __init__(self, card: ModelCard, network: Stack) -> None:
        self.card = card
        self.form = Bins(network.sizes[0])
        self.network = network.eval()

    def encode(self, arrays: Array) -> Vectors:
        """Map (n, bins), base peak 100, to (n, 512)."""
        return _run(self.network, arrays)


class SpectrumDecoder:
    """Hub vectors -> binned spectra."""

    def __init__(self, card: ModelCard, network: Stack) -> None:
        self.card = card
        self.form = Bins(network.sizes[-1])
        self.network = network.eval()

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n, bins), clipped at zero, base peak 100 (all zero stays zero)."""
        return rescaled(_run(self.network, vectors))


def rescaled(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip what a decoder gave, (n, bins), at zero and scale its base peak to 100.

    All zero stays zero.
    """
    spectra = outputs.clip(0)
    base = spectra.max(1, keepdims=True, initial=0)
    return np.where(base > 0, spectra * (100.0 / np.maximum(base, 1e-9)), 0).astype(np.float32)


def load_encoder(folder: Path | None, hub: Hub) -> SpectrumEncoder:
    """Load an encoder from its folder."""
    return SpectrumEncoder(*_load(folder))


def load_decoder(folder: Path | None, hub: Hub) -> SpectrumDecoder:
    """Load a decoder from its folder."""
    return SpectrumDecoder(*_load(folder))


def _load(folder: Path | None) -> tuple[ModelCard, Stack]:
    if folder is None:
        raise ArtefactError("a mass spectrum model needs a folder with its weights")
    tensors, card = read_model(folder)
    try:
        network = Stack(card.architecture["sizes"])
        network.load_state_dict(
            {name: torch.from_numpy(tensor.astype(np.float32)) for name, tensor in tensors.items()}
        )
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ArtefactError(f"{folder}: weights and card do not fit: {error!r}") from None
    return card, network


def _run(network: Stack, arrays: Array) -> Vectors:
    with torch.inference_mode():
        outputs: Vectors = network(torch.from_numpy(np.ascontiguousarray(arrays))).numpy()
    return outputs
