"""The trained encoder and decoder of mass spectra, loaded from their folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemtranslate.artefact import ModelCard
from chemtranslate.hub import Hub
from chemtranslate.learning.models import NetworkDecoder, NetworkEncoder, load_network
from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.binning import Bins


class SpectrumEncoder(NetworkEncoder[Stack]):
    """Binned spectra, (n, bins) with base peak 100 -> hub vectors."""

    def __init__(self, card: ModelCard, network: Stack) -> None:
        super().__init__(card, network, Bins(network.sizes[0]))


class SpectrumDecoder(NetworkDecoder[Stack]):
    """Hub vectors -> binned spectra, clipped at zero, base peak 100 (all zero stays zero)."""

    def __init__(self, card: ModelCard, network: Stack) -> None:
        super().__init__(card, network, Bins(network.sizes[-1]), rescaled)


def rescaled(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Clip what a decoder gave, (n, bins), at zero and scale its base peak to 100.

    All zero stays zero.
    """
    spectra = outputs.clip(0)
    base = spectra.max(1, keepdims=True, initial=0)
    return np.where(base > 0, spectra * (100.0 / np.maximum(base, 1e-9)), 0).astype(np.float32)


def load_encoder(folder: Path | None, hub: Hub) -> SpectrumEncoder:
    """Load an encoder from its folder."""
    return SpectrumEncoder(*load_network(folder, _stack))


def load_decoder(folder: Path | None, hub: Hub) -> SpectrumDecoder:
    """Load a decoder from its folder."""
    return SpectrumDecoder(*load_network(folder, _stack))


def _stack(architecture: Mapping[str, Any]) -> Stack:
    return Stack(architecture["sizes"])
