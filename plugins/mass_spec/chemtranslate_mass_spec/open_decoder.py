"""The decoder for chemicals that nobody has measured: hub, and structure, -> spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard
from chemtranslate.files import check_output
from chemtranslate.hub import Hub
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout
from chemtranslate.learning.folder import card_of, chosen, work_of, written
from chemtranslate.learning.library import library
from chemtranslate.learning.models import load_network, weights_of
from chemtranslate.marks import marks
from chemtranslate.protocols import Array, Progress, Training, Vectors
from chemtranslate_mass_spec.binning import ROOTS, Bins
from chemtranslate_mass_spec.fragments import Structures, commonest
from chemtranslate_mass_spec.models import rescaled
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.similarity import cosine, weighted_cosine
from chemtranslate_mass_spec.two_sided import Known, TwoSided

NAME = "mass_spec/open"
BLOCK = 1024
"""Points decoded, and structures read, at once."""


class Settings(FitSettings):
    """Hyper-parameters.

    Attributes:
        width, blocks, dropout: of the network.
        jitter: standard deviation of the noise on each dimension of a point; hub vectors vary by 1.
        unknown: share of the examples whose structure is withheld, so that the decoder also serves
            vectors of other sensors.
        unplaced: share of the others whose point is withheld, so that there are two predictions of
            a structure, which err differently.
        substructures: how many are counted of a structure: the commonest of the training chemicals.
        judging: width of what judges fragments.
    """

    width: int = Field(384, ge=1)
    blocks: int = Field(2, ge=0)
    dropout: float = Field(0.2, ge=0, lt=1)
    jitter: float = Field(0.2, ge=0)
    unknown: float = Field(0.2, ge=0, lt=1)
    unplaced: float = Field(0.5, gt=0, lt=1)
    substructures: int = Field(768, ge=0)
    judging: int = Field(64, ge=1)


SETTINGS = Settings(rate=1e-3, epochs=30, batch=128, falling=True, decay=0.05, averaged=0.9)


class OpenDecoder:
    """Hub vectors, and structures where they are known -> binned spectra; fulfils `Informed`."""

    def __init__(self, card: ModelCard, network: TwoSided) -> None:
        self.card = card
        self.form = Bins(network.bins)
        self.network = network.eval()

    def decode(self, vectors: Vectors) -> Array:
        """Map (n, 512) to (n, bins), base peak 100, of molecules of unknown structure."""
        return rescaled(predicted(self.network, vectors) ** 2)

    def decode_structures(self, vectors: Vectors, smiles: Sequence[str]) -> Array:
        """Map (n, 512) and n structures to (n, bins); nothing lies above a molecule's isotopes."""
        made = [np.zeros((0, self.network.bins), np.float32)]
        for start in range(0, len(vectors), BLOCK):
            block = slice(start, start + BLOCK)
            known = self.network.read(smiles[block])
            made.append(of_structures(self.network, vectors[block], known))
        return rescaled(np.concatenate(made) ** 2)


def predicted(network: TwoSided, points: Vectors, known: Known | None = None) -> Array:
    """Return the roots of intensities, (n, bins), none below zero.

    Args:
        points: (n, dimensions); zeros where they are not known.
        known: of the n structures, if they are known.
    """
    made = [np.zeros((0, network.bins), np.float32)]
    for start in range(0, len(points), BLOCK):
        rows = torch.arange(start, min(start + BLOCK, len(points)))
        inputs = torch.from_numpy(np.ascontiguousarray(points[rows.numpy()], np.float32))
        told = network.nothing(len(rows)) if known is None else known.of_rows(rows)
        with torch.inference_mode():
            made.append(network(inputs, told).clamp(min=0).numpy())
    return np.concatenate(made)


def of_structures(network: TwoSided, points: Vectors, known: Known) -> Array:
    """Return the mean of what is `predicted` of structures with their points and without."""
    both = predicted(network, points, known) + predicted(network, np.zeros_like(points), known)
    mean: Array = both / 2
    return mean


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
    substructures = commonest(data.structures, settings.substructures)
    structures = Structures.of(data.structures, substructures, data.train.shape[1])
    network = learned(
        data.points,
        Known.of(structures),
        data.train,
        data.own,
        settings,
        work_of(training),
        resume=training.resume,
        progress=training.progress,
    )
    network.substructures.copy_(torch.from_numpy(substructures))
    card = card_of(
        training,
        "decoder",
        NAME,
        "residual network from a chemical's own point, its substructures and the fragments that "
        "breaking bonds can give, 1 - cosine of roots of intensities, plain and weighted by m/z",
        settings,
        data,
        samples="spectra",
        architecture=network.architecture,
        metrics=_measured(network, data.valid, data.valid_points, data.valid_structures),
    )
    return written(training, weights_of(network), card, marks(data.ids, data.train))


def learned(
    points: Vectors,
    known: Known,
    roots: Array,
    own: NDArray[np.intp],
    settings: Settings,
    work: Path | None,
    *,
    resume: bool,
    progress: Progress,
) -> TwoSided:
    """Return the network, trained; it does not know yet which substructures are counted.

    Args:
        points: (m, dimensions) of the chemicals.
        known: of their m structures.
        roots: (n, bins) of intensities.
        own: (n,) numbers of the chemicals of the spectra.
        work, resume, progress: as of `fit`.
    """
    spectra, places = torch.from_numpy(roots), torch.from_numpy(points)
    chemicals = torch.from_numpy(own)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(settings.seed)
        network = TwoSided(
            points.shape[1],
            roots.shape[1],
            settings.width,
            settings.blocks,
            settings.dropout,
            known.counts.shape[1],
            settings.judging,
        )

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        which = chemicals[rows]
        noise = torch.randn((len(rows), places.shape[1]), generator=generator)
        told = torch.rand((len(rows), 1), generator=generator) >= settings.unknown
        placed = torch.rand((len(rows), 1), generator=generator) >= settings.unplaced
        seen = (places[which] + settings.jitter * noise) * (placed | ~told)
        return unlikeness(network(seen, known.of_rows(which).where(told)), spectra[rows])

    fit_with_dropout(network, len(roots), loss_of, settings, work, resume=resume, progress=progress)
    return network


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
    ways = {
        "structures": of_structures(network, points, network.read(smiles)),
        "points alone": predicted(network, points),
    }
    truth = roots**2
    for what, made in ways.items():
        for name, alike in (("weighted cosine", weighted_cosine), ("cosine", cosine)):
            mean = float(alike(made**2, truth).mean())
            figures[f"valid part, from {what}: mean {name}"] = round(mean, 4)
    return figures
