"""Training of Table I's encoder and Table II's general decoder.

Encoder: |h_c - E(x)|. Decoder: |x - D(E(x'))|, where x' is x with 15 % of its peaks removed and
the distance is MSE + lambda times the weighted cosine loss (Eq. 1, 3). The paper leaves lambda
open; DECODER.cosine_weight was chosen on the valid part (benchmarks/decoder_lambda.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard, halved
from chemtranslate.checkpoint import load_checkpoint, save_checkpoint
from chemtranslate.errors import InputError
from chemtranslate.files import check_output
from chemtranslate.marks import marks
from chemtranslate.protocols import Progress, Training
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.losses import weighted_cosine_loss
from chemtranslate_mass_spec.models import SpectrumEncoder
from chemtranslate_mass_spec.networks import Stack, sizes
from chemtranslate_mass_spec.similarity import weighted_cosine
from chemtranslate_mass_spec.training_data import library
from chemtranslate_mass_spec.training_folder import card_of, chosen, work_of, written

LossOf = Callable[[Tensor, torch.Generator], Tensor]
"""Rows of a batch and a source of randomness -> loss."""


class Settings(BaseModel):
    """Hyper-parameters, as in Tables I and II of the paper.

    Attributes:
        rate: learning rate.
        falling: the rate falls to zero along half a cosine. On thousands of chemicals a constant
            one leaves the decoder jumping: the paper had forty.
        cosine_weight: lambda.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(gt=0)
    epochs: int = Field(ge=1)
    batch: int = Field(32, ge=1)
    bins: int = Field(797, ge=2)
    peaks_removed: float = Field(0.0, ge=0, lt=1)
    cosine_weight: float = Field(0.0, ge=0)
    falling: bool = False
    seed: int = 0


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


def fit(
    network: nn.Module,
    rows: int,
    loss_of: LossOf,
    settings: Settings,
    work: Path | None,
    *,
    resume: bool,
    progress: Progress,
    checkpoint_every: int = 2000,
) -> None:
    """Minimise a loss with Adam.

    Args:
        rows: number of training examples; shuffled anew every epoch by seed and epoch.
        work: folder of the checkpoint, which makes the training resumable; None for a short one.
        resume: go on from the checkpoint, if there is one.

    Raises:
        ArtefactError: the checkpoint is damaged, or belongs to another training.
        OutputError: the disk refused the checkpoint.
    """
    optimizer = torch.optim.Adam(network.parameters(), settings.rate, fused=True)
    described = {
        "settings": settings.model_dump_json(),
        "rows": str(rows),
        "sizes": str([tuple(parameter.shape) for parameter in network.parameters()]),
    }
    checkpoint = work / "checkpoint.safetensors" if work else None
    step = 0
    if checkpoint and resume and checkpoint.exists():
        step = load_checkpoint(checkpoint, network, optimizer, described)
    per_epoch = -(-rows // settings.batch)
    steps, epoch = per_epoch * settings.epochs, -1
    order = torch.arange(rows)
    network.train()
    while step < steps:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = torch.randperm(rows, generator=_generator(settings.seed, 1, epoch))
        start = step % per_epoch * settings.batch
        if settings.falling:
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * (1 + math.cos(math.pi * step / steps)) / 2
        loss = loss_of(order[start : start + settings.batch], _generator(settings.seed, 2, step))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        step += 1
        progress(step, steps, float(loss.detach()))
        if checkpoint and step % checkpoint_every == 0:
            save_checkpoint(checkpoint, network, optimizer, step, described)
    if checkpoint:
        save_checkpoint(checkpoint, network, optimizer, step, described)
    network.eval()


def train_encoder(training: Training) -> ModelCard:
    """Train Table I's encoder and write its folder; a `Trainer`."""
    check_output(training.folder, training.force)
    settings = chosen(ENCODER, training)
    data = library(training.samples, training.hub, Bins(settings.bins))
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
    metrics = {}
    if len(data.valid):
        with torch.no_grad():
            predicted = network(torch.from_numpy(data.valid))
        error = F.mse_loss(predicted, torch.from_numpy(data.valid_points))
        metrics["valid part: MSE"] = round(float(error), 4)
    card = card_of(
        training,
        "encoder",
        "mass_spec/table1",
        "Table I of the GC-MS paper: fully connected, MSE to the chemical's hub vector",
        settings,
        data,
        architecture={"sizes": list(network.sizes)},
        metrics=metrics,
    )
    return written(training, _stored(network), card, marks(data.ids, data.train))


def train_decoder(training: Training) -> ModelCard:
    """Train Table II's general decoder on the vectors of `training.encoder`; a `Trainer`."""
    if training.encoder is None:
        raise InputError("a decoder is trained on the vectors of an encoder; none was given")
    check_output(training.folder, training.force)
    settings = chosen(DECODER, training)
    encoder = training.encoder
    data = library(training.samples, training.hub, Bins(settings.bins))
    work = work_of(training)
    torch.manual_seed(settings.seed)
    network = Stack(sizes(settings.bins)[::-1])
    fit(
        network,
        len(data.train),
        decoder_loss(network, encoder_network(encoder), data.train, settings),
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
        architecture={"sizes": list(network.sizes)},
        metrics={
            f"{name}: clean to clean, mean weighted cosine": similarity(spectra)
            for name, spectra in (("held-out replicates", data.known), ("valid part", data.valid))
            if len(spectra)
        },
        base=encoder.card.digest,
    )
    return written(training, _stored(network), card, marks(data.ids, data.train))


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


def encoder_network(encoder: object) -> nn.Module:
    """Return the network of an encoder, for training on its vectors without a detour."""
    network = getattr(getattr(encoder, "model", encoder), "network", None)
    if not isinstance(network, nn.Module):
        raise InputError(
            f"cannot train on the vectors of {encoder!r}: expected a {SpectrumEncoder.__name__}"
        )
    return network.eval()


def _stored(network: Stack) -> dict[str, NDArray[Any]]:
    return halved({key: tensor.numpy() for key, tensor in network.state_dict().items()})


def _generator(*numbers: int) -> torch.Generator:
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
    return torch.Generator().manual_seed(seed)
