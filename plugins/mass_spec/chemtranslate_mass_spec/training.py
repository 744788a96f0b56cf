"""Training of Table I's encoder and Table II's general decoder.

Encoder: |h_c - E(x)|. Decoder: |x - D(E(x'))|, where x' is x with 15 % of its peaks removed and
the distance is MSE + lambda times the weighted cosine loss (Eq. 1, 3). The paper leaves lambda
open; DECODER.cosine_weight was chosen on the valid part (benchmarks/decoder_lambda.py).
"""

from __future__ import annotations

import math
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import (
    ModelCard,
    digest_of_records,
    halved,
    versions,
    write_model,
)
from chemtranslate.checkpoint import load_checkpoint, save_checkpoint, work_folder
from chemtranslate.chemical import standardise
from chemtranslate.errors import ChemTranslateError, InputError
from chemtranslate.files import check_output
from chemtranslate.hub import Hub
from chemtranslate.marks import marks
from chemtranslate.protocols import Progress, Training
from chemtranslate.sample import Sample
from chemtranslate.splits import SCHEME, held_out, part
from chemtranslate_mass_spec.binning import Bins
from chemtranslate_mass_spec.losses import weighted_cosine_loss
from chemtranslate_mass_spec.models import SpectrumEncoder
from chemtranslate_mass_spec.networks import Stack, sizes
from chemtranslate_mass_spec.similarity import weighted_cosine

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


@dataclass(frozen=True)
class Library:
    """Prepared spectra of the train part (held-out replicates left out) and of the valid part.

    Attributes:
        train, valid: (n, bins) float32, base peak 100.
        train_points, valid_points: (n, 512) hub vectors of their chemicals.
        known: (m, bins) the held-out replicates of training chemicals.
        ids: ids of the training spectra.
        licences: how many training spectra came under which terms.
    """

    train: NDArray[np.float32]
    train_points: NDArray[np.float32]
    valid: NDArray[np.float32]
    valid_points: NDArray[np.float32]
    known: NDArray[np.float32]
    ids: tuple[str, ...]
    licences: dict[str, int]


def library(samples: Iterable[Sample], hub: Hub, form: Bins) -> Library:
    """Split prepared samples by chemical and bin them.

    Raises:
        InputError: a sample has no usable structure or spectrum, or nothing is left to train on.
    """
    by_key: dict[str, list[tuple[Sample, NDArray[np.float32]]]] = defaultdict(list)
    structures: dict[str, str] = {}
    for sample in samples:
        try:
            smiles, key = standardise(sample.chemical.smiles if sample.chemical else "")
            by_key[key].append((sample, form.to_array(sample)))
        except ChemTranslateError as error:
            raise InputError(
                f"{sample.place} ({sample.id}): {error}; `chemtranslate prepare` "
                "sets such records aside"
            ) from None
        structures[key] = smiles
    chosen: dict[str, list[tuple[Sample, NDArray[np.float32], str]]] = defaultdict(list)
    for key, spectra in by_key.items():
        own = part(key)
        out = held_out([sample.id for sample, _ in spectra]) if own == "train" else None
        for sample, array in spectra:
            chosen["known" if sample.id == out else own].append((sample, array, key))
    if not chosen["train"]:
        raise InputError("found no spectrum of a chemical of the train part, nothing to train on")
    keys = list(structures)
    points = dict(zip(keys, hub.model.embed([structures[key] for key in keys]), strict=True))

    def spectra_of(name: str) -> NDArray[np.float32]:
        return np.array([array for _, array, _ in chosen[name]], np.float32).reshape(
            -1, *form.shape
        )

    def points_of(name: str) -> NDArray[np.float32]:
        return np.array([points[key] for _, _, key in chosen[name]], np.float32).reshape(
            -1, hub.dimensions
        )

    train = [sample for sample, _, _ in chosen["train"]]
    return Library(
        spectra_of("train"),
        points_of("train"),
        spectra_of("valid"),
        points_of("valid"),
        spectra_of("known"),
        tuple(s.id for s in train),
        dict(Counter(s.metadata.get("License", "not stated") for s in train)),
    )


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
    work: Path,
    *,
    resume: bool,
    progress: Progress,
    checkpoint_every: int = 2000,
) -> None:
    """Minimise a loss with Adam; the checkpoint in `work` makes it resumable.

    Args:
        rows: number of training examples; shuffled anew every epoch by seed and epoch.
    """
    optimizer = torch.optim.Adam(network.parameters(), settings.rate, fused=True)
    described = {
        "settings": settings.model_dump_json(),
        "rows": str(rows),
        "sizes": str([tuple(parameter.shape) for parameter in network.parameters()]),
    }
    checkpoint = work / "checkpoint.safetensors"
    step = (
        load_checkpoint(checkpoint, network, optimizer, described)
        if resume and checkpoint.exists()
        else 0
    )
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
        if step % checkpoint_every == 0:
            save_checkpoint(checkpoint, network, optimizer, step, described)
    save_checkpoint(checkpoint, network, optimizer, step, described)
    network.eval()


def train_encoder(training: Training) -> ModelCard:
    """Train Table I's encoder and write its folder; a `Trainer`."""
    check_output(training.folder, training.force)
    settings = _chosen(ENCODER, training)
    data = library(training.samples, training.hub, Bins(settings.bins))
    work = _work(training)
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
    return _write(
        training,
        "encoder",
        "mass_spec/table1",
        "Table I of the GC-MS paper: fully connected, MSE to the chemical's hub vector",
        network,
        settings,
        data,
        metrics,
    )


def train_decoder(training: Training) -> ModelCard:
    """Train Table II's general decoder on the vectors of `training.encoder`; a `Trainer`."""
    if training.encoder is None:
        raise InputError("a decoder is trained on the vectors of an encoder; none was given")
    check_output(training.folder, training.force)
    settings = _chosen(DECODER, training)
    encoder = training.encoder
    data = library(training.samples, training.hub, Bins(settings.bins))
    work = _work(training)
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

    return _write(
        training,
        "decoder",
        "mass_spec/table2",
        "Table II of the GC-MS paper: fully connected, MSE + lambda * weighted cosine "
        "loss, 15 % of the peaks removed",
        network,
        settings,
        data,
        {
            f"{name}: clean to clean, mean weighted cosine": similarity(spectra)
            for name, spectra in (("held-out replicates", data.known), ("valid part", data.valid))
            if len(spectra)
        },
    )


def encoder_loss(
    network: Stack, train: NDArray[np.float32], points: NDArray[np.float32]
) -> LossOf:
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


def _chosen(settings: Settings, training: Training) -> Settings:
    asked: dict[str, object] = {**training.settings, "seed": training.seed}
    if training.epochs is not None:
        asked["epochs"] = training.epochs
    try:
        return Settings.model_validate({**settings.model_dump(), **asked})
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"setting {first['loc'][0]!r}: {first['msg']}; known are "
            f"{', '.join(Settings.model_fields)}"
        ) from None


def _work(training: Training) -> Path:
    work = work_folder(training.folder)
    work.mkdir(parents=True, exist_ok=True)
    return work


def _write(
    training: Training,
    role: str,
    name: str,
    description: str,
    network: Stack,
    settings: Settings,
    data: Library,
    metrics: dict[str, float],
) -> ModelCard:
    tensors = halved({key: tensor.numpy() for key, tensor in network.state_dict().items()})
    card = ModelCard(
        role=role,
        name=name,
        modality="mass_spec",
        hub=training.hub.id,
        base=training.encoder.card.digest if training.encoder else None,
        description=description,
        architecture={"sizes": list(network.sizes)},
        settings=settings.model_dump(),
        data={
            "spectra": len(data.train),
            "digest": digest_of_records(data.ids),
            "held-out replicates": len(data.known),
            "licences": data.licences,
        },
        data_licence="; ".join(f"{n} spectra {terms}" for terms, n in data.licences.items()),
        split=f"{SCHEME}: train part less one replicate of chemicals with 5 or more",
        seed=settings.seed,
        versions=versions("torch", "numpy", "rdkit"),
        metrics=metrics,
        command=training.command,
    )
    card = write_model(
        training.folder, tensors, card, force=training.force, marks=marks(data.ids, data.train)
    )
    shutil.rmtree(work_folder(training.folder))
    return card


def _generator(*numbers: int) -> torch.Generator:
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
    return torch.Generator().manual_seed(seed)
