"""The decoder for chemicals that nobody has measured: hub -> spectrum, from both ends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard
from chemtranslate.files import check_output
from chemtranslate.hub import Hub
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout
from chemtranslate.learning.folder import card_of, chosen, work_of, written
from chemtranslate.learning.library import library
from chemtranslate.learning.models import load_network, weights_of
from chemtranslate.marks import marks
from chemtranslate.protocols import Array, Training, Vectors
from chemtranslate_mass_spec.binning import ROOTS, Bins
from chemtranslate_mass_spec.models import rescaled
from chemtranslate_mass_spec.molecules import mass_and_reach
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.similarity import cosine, weighted_cosine
from chemtranslate_mass_spec.two_sided import TwoSided

NAME = "mass_spec/open"
BLOCK = 2048
"""Points decoded at once."""


class Settings(FitSettings):
    """Hyper-parameters.

    Attributes:
        width, blocks, dropout: of the network.
        jitter: standard deviation of the noise on each dimension of a point; hub vectors vary by 1.
        unknown: share of the examples whose molecular mass is withheld, so that the decoder also
            serves vectors of other sensors.
    """

    width: int = Field(384, ge=1)
    blocks: int = Field(2, ge=0)
    dropout: float = Field(0.2, ge=0, lt=1)
    jitter: float = Field(0.2, ge=0)
    unknown: float = Field(0.2, ge=0, lt=1)


SETTINGS = Settings(rate=1e-3, epochs=30, batch=128, falling=True, decay=0.05)


class OpenDecoder:
    """Hub vectors, and structures where they are known -> binned spectra; fulfils `Informed`."""

    def __init__(self, card: ModelCard, network: TwoSided) -> None:
        self.card = card
        self.form = Bins(network.bins)
        self.network = network.eval()

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n, bins), base peak 100, of molecules of unknown mass."""
        return self._decoded(vectors, np.zeros((len(vectors), 2), np.int64))

    def decode_structures(self, vectors: Vectors, smiles: Sequence[str]) -> Array:
        """Map (n, 512) and n structures to (n, bins); nothing lies above a molecule's isotopes."""
        return self._decoded(vectors, mass_and_reach(smiles))

    def _decoded(self, vectors: Vectors, ends: NDArray[np.int64]) -> Array:
        roots = predicted(self.network, vectors, ends)
        return rescaled(roots**2)


def predicted(network: nn.Module, points: Vectors, ends: NDArray[np.int64]) -> Array:
    """Return the roots of intensities, (n, bins), none below zero."""
    made = []
    with torch.inference_mode():
        for start in range(0, len(points), BLOCK):
            block = slice(start, start + BLOCK)
            inputs = torch.from_numpy(np.ascontiguousarray(points[block], np.float32))
            made.append(network(inputs, torch.from_numpy(ends[block])).clamp(min=0).numpy())
    bins: int = network.bins  # type: ignore[assignment]
    return np.concatenate([np.zeros((0, bins), np.float32), *made])


def load(folder: Path | None, hub: Hub) -> OpenDecoder:
    """Load the decoder from its folder."""
    return OpenDecoder(*load_network(folder, lambda architecture: TwoSided(**architecture)))


def train(training: Training) -> ModelCard:
    """Train the decoder on points and spectra of the train part; a `Trainer`.

    It learns from the chemicals' own points, so an encoder has no part in it.
    """
    check_output(training.folder, training.force)
    settings = chosen(SETTINGS, training)
    data = library(training.samples, training.hub, ROOTS, lower_case)
    spectra, points = torch.from_numpy(data.train), torch.from_numpy(data.train_points)
    ends = torch.from_numpy(mass_and_reach(data.structures)[data.own])
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(settings.seed)
        network = TwoSided(
            training.hub.dimensions,
            data.train.shape[1],
            settings.width,
            settings.blocks,
            settings.dropout,
        )

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn((len(rows), points.shape[1]), generator=generator)
        withheld = torch.rand((len(rows), 1), generator=generator) < settings.unknown
        known = torch.where(withheld, 0, ends[rows])
        made = network(points[rows] + settings.jitter * noise, known)
        return unlikeness(made, spectra[rows])

    fit_with_dropout(
        network,
        len(data.train),
        loss_of,
        settings,
        work_of(training),
        resume=training.resume,
        progress=training.progress,
    )
    card = card_of(
        training,
        "decoder",
        NAME,
        "two-sided residual network from a chemical's own point and molecular mass, 1 - cosine of "
        "roots of intensities, plain and weighted by m/z",
        settings,
        data,
        samples="spectra",
        architecture=network.architecture,
        metrics=_measured(network, data.valid, data.valid_points, data.valid_structures),
    )
    return written(training, weights_of(network), card, marks(data.ids, data.train))


def unlikeness(made: Tensor, roots: Tensor) -> Tensor:
    """Return the mean of 1 - cosine of (n, bins) roots, as they are and weighted by m/z."""
    mz = torch.arange(1, roots.shape[1] + 1, dtype=torch.float32) / 100
    plain = F.cosine_similarity(made, roots).mean()
    weighted = F.cosine_similarity(made * mz, roots * mz).mean()
    return 2 - plain - weighted


def _measured(
    network: TwoSided, roots: Array, points: Vectors, smiles: Sequence[str]
) -> dict[str, float]:
    """Return how alike predictions and spectra of the valid part are; nothing where it is empty."""
    if not len(roots):
        return {}
    figures: dict[str, float] = {}
    ends = mass_and_reach(smiles)
    for what, known in (("structures", ends), ("points alone", np.zeros_like(ends))):
        made, truth = predicted(network, points, known) ** 2, roots**2
        for name, alike in (("weighted cosine", weighted_cosine), ("cosine", cosine)):
            mean = float(alike(made, truth).mean())
            figures[f"valid part, from {what}: mean {name}"] = round(mean, 4)
    return figures
