"""Training of Table I's encoder and Table II's general decoder.

Encoder: |h_c - E(x)|. Decoder: |x - D(E(x'))|, where x' is x with 15 % of its peaks removed and
the distance is MSE + lambda times the weighted cosine loss (Eq. 1, 3). The paper leaves lambda
open; DECODER.cosine_weight was chosen on the valid part (benchmarks/decoder_lambda.py).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard
from chemtranslate.errors import InputError
from chemtranslate.files import check_output
from chemtranslate.learning.fitting import FitSettings, LossOf, fit
from chemtranslate.learning.folder import card_of, chosen, doubts_of, work_of, written
from chemtranslate.learning.library import library
from chemtranslate.learning.models import network_of, weights_of
from chemtranslate.learning.networks import Stack
from chemtranslate.marks import marks
from chemtranslate.protocols import Training
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.losses import weighted_cosine_loss
from chemtranslate_mass_spec.networks import sizes
from chemtranslate_mass_spec.record_fields import lower_case
from chemtranslate_mass_spec.similarity import weighted_cosine


class Settings(FitSettings):
    """Hyper-parameters, as in Tables I and II of the paper.

    Attributes:
        falling: on thousands of chemicals a constant rate leaves the decoder jumping: the paper had
            forty.
        cosine_weight: lambda.
    """

    bins: int = Field(797, ge=2)
    peaks_removed: float = Field(0.0, ge=0, lt=1)
    cosine_weight: float = Field(0.0, ge=0)


ENCODER = Settings(rate=1e-5, epochs=300)
DECODER = Settings(rate=1e-3, epochs=500, peaks_removed=0.15, cosine_weight=10.0, falling=True)


def remove_peaks(spectra: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Remove a random share of the peaks of each of (n, bins) spectra; base peak 100 again.

    As many peaks as the augmenter removes of a spectrum; at least one stays.
    """
    present = spectra > 0
    count = present.sum(1)
    removed = (count * share + 0.5).floor().long().clamp(min=1).minimum(count - 1)
    scores = torch.rand(spectra.shape, generator=generator).masked_fill(~present, 2.0)
    limit = scores.sort(1).values.gather(1, (removed[:, None] - 1).clamp(min=0))
    gone = (scores <= limit) & (removed[:, None] > 0)
    left = spectra.masked_fill(gone, 0.0)
    return left * (100.0 / left.amax(1, keepdim=True).clamp(min=1e-6))


def train_encoder(training: Training) -> ModelCard:
    """Train Table I's encoder and write its folder; a `Trainer`."""
    check_output(training.folder, training.force)
    settings = chosen(ENCODER, training)
    data = library(training.samples, training.hub, Bins(settings.bins), lower_case)
    work = work_of(training)
    torch.manual_seed(settings.seed)
    network = Stack(sizes(settings.bins))
    fit(
        network,
        len(data.train),
        encoder_loss(network, data.train, data.train_points),
        settings,
        work,
        resume=training.resume,
        progress=training.progress,
    )
    doubts = doubts_of(training.hub, network, data)
    card = card_of(
        training,
        "encoder",
        "mass_spec/table1",
        "Table I of the GC-MS paper: fully connected, MSE to the chemical's hub vector",
        settings,
        data,
        samples="spectra",
        architecture={"sizes": list(network.sizes)},
        metrics=doubts.metrics,
        doubts=doubts,
    )
    return written(training, weights_of(network), card, marks(data.ids, data.train), doubts.error)


def train_decoder(training: Training) -> ModelCard:
    """Train Table II's general decoder on the vectors of `training.encoder`; a `Trainer`."""
    if training.encoder is None:
        raise InputError("a decoder is trained on the vectors of an encoder; none was given")
    check_output(training.folder, training.force)
    settings = chosen(DECODER, training)
    encoder = training.encoder
    data = library(training.samples, training.hub, Bins(settings.bins), lower_case)
    work = work_of(training)
    torch.manual_seed(settings.seed)
    network = Stack(sizes(settings.bins)[::-1])
    fit(
        network,
        len(data.train),
        decoder_loss(network, network_of(encoder), data.train, settings),
        settings,
        work,
        resume=training.resume,
        progress=training.progress,
    )

    def similarity(spectra: NDArray[np.float32]) -> float:
        with torch.no_grad():
            decoded = network(torch.from_numpy(encoder.encode(spectra))).clamp(min=0).numpy()
        return round(float(weighted_cosine(decoded, spectra).mean()), 4)

    card = card_of(
        training,
        "decoder",
        "mass_spec/table2",
        "Table II of the GC-MS paper: fully connected, MSE + lambda * weighted cosine "
        "loss, 15 % of the peaks removed",
        settings,
        data,
        samples="spectra",
        architecture={"sizes": list(network.sizes)},
        metrics={
            f"{name}: clean to clean, mean weighted cosine": similarity(spectra)
            for name, spectra in (("held-out replicates", data.known), ("valid part", data.valid))
            if len(spectra)
        },
        base=encoder.card.digest,
    )
    return written(training, weights_of(network), card, marks(data.ids, data.train))


def encoder_loss(network: Stack, train: NDArray[np.float32], points: NDArray[np.float32]) -> LossOf:
    """Return the loss of Table I on rows of (n, bins) spectra and their (n, 512) hub vectors."""
    spectra, aims = torch.from_numpy(train), torch.from_numpy(points)

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        return F.mse_loss(network(spectra[rows]), aims[rows])

    return loss_of


def decoder_loss(
    network: Stack, encoder: nn.Module, train: NDArray[np.float32], settings: Settings
) -> LossOf:
    """Return the loss of Table II on rows of (n, bins) spectra, on the vectors of an encoder."""
    spectra = torch.from_numpy(train)

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        target = spectra[rows]
        with torch.no_grad():
            vectors = encoder(remove_peaks(target, settings.peaks_removed, generator))
        decoded = network(vectors)
        loss = F.mse_loss(decoded, target)
        cosine: Tensor = weighted_cosine_loss(decoded, target)
        return loss + settings.cosine_weight * cosine

    return loss_of
