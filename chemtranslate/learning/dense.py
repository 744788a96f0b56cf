"""An encoder and a decoder for any sensor whose signals are vectors: residual networks.

Encoder: |h_c - E(x')|, decoder: |x - D(v)|, where x' is x, damaged, and v is E(x') or, for a share
of the examples, the chemical's own point h_c. So the decoder learns from both kinds of vectors that
it is given later: those of its own sensor's encoder, and those that a structure or another sensor
leads to.

An encoder may also be asked to tell chemicals apart: to have a higher cosine with h_c than with the
points of all other training chemicals (cross-entropy over them, as in van den Oord et al. 2018,
1807.03748). Squared distances alone shrink towards the mean what is uncertain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard
from chemtranslate.errors import InputError
from chemtranslate.files import check_output
from chemtranslate.hub import Hub
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout
from chemtranslate.learning.folder import card_of, chosen, doubts_of, work_of, written
from chemtranslate.learning.library import Fields, Library, library
from chemtranslate.learning.models import (
    NetworkDecoder,
    NetworkEncoder,
    load_network,
    network_of,
    through,
    weights_of,
)
from chemtranslate.learning.networks import Residual, Side
from chemtranslate.marks import marks
from chemtranslate.protocols import Array, ArrayForm, Training
from chemtranslate.splits import ByField

Damage = Callable[[Tensor, torch.Generator], Tensor]
"""Arrays (n, *shape) and a source of randomness -> the same, as if measured again."""
Loss = Callable[[Tensor, Tensor], Tensor]
"""Predicted and measured arrays (n, *shape) -> a number."""


class DenseSettings(FitSettings):
    """Hyper-parameters of an encoder or decoder.

    Attributes:
        width, blocks, dropout: of the network.
        contrast: encoder: weight of the cross-entropy over the training chemicals.
        temperature: of that: cosines are divided by it.
        points: decoder: share of the examples that are decoded from the chemical's own point.
        jitter: decoder: standard deviation of the noise on each dimension of what is decoded; hub
            vectors vary by 1.
        standardised: whether the network works on arrays less the training data's means, in units
            of their standard deviations.
        split: field of the metadata by which samples are split; by chemical where it is empty.
        train, valid: with `split`: what the field states in samples that are learned from, and in
            those that settings are chosen by, several with commas between them, as of `ByField`.
        terms: licence of the data, where records do not state it one by one.
    """

    rate: float = Field(1e-3, gt=0)
    epochs: int = Field(30, ge=1)
    batch: int = Field(128, ge=1)
    falling: bool = True
    decay: float = Field(0.05, ge=0)
    width: int = Field(1024, ge=1)
    blocks: int = Field(2, ge=0)
    dropout: float = Field(0.2, ge=0, lt=1)
    contrast: float = Field(0.0, ge=0)
    temperature: float = Field(0.05, gt=0)
    points: float = Field(0.5, ge=0, le=1)
    jitter: float = Field(0.2, ge=0)
    standardised: bool = False
    split: str = ""
    train: str = ""
    valid: str = ""
    terms: str = ""

    @property
    def by_field(self) -> ByField | None:
        """The split by a field of the metadata; None for the split by chemical.

        Raises:
            InputError: parts are named and no field, or a part is in both.
        """
        if not self.split and (self.train or self.valid):
            raise InputError("found the setting 'train' or 'valid', expected 'split', a field, too")
        return ByField(self.split, _words(self.train), _words(self.valid)) if self.split else None


DENSE = DenseSettings()


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def undamaged(arrays: Tensor, generator: torch.Generator) -> Tensor:
    """Return arrays as they are."""
    return arrays


def cosine_loss(predicted: Tensor, measured: Tensor) -> Tensor:
    """Return the mean of 1 - cosine, and the mean square difference, in equal parts."""
    alike = F.cosine_similarity(predicted.flatten(1), measured.flatten(1))
    return 1 - alike.mean() + F.mse_loss(predicted, measured)


def train_encoder(
    training: Training,
    name: str,
    form: ArrayForm,
    *,
    settings: DenseSettings = DENSE,
    damage: Damage = undamaged,
    description: str = "",
    samples: str = "samples",
    terms: str | None = None,
    fields: Fields = dict,
) -> ModelCard:
    """Train the encoder of a modality and write its folder; a `Trainer`, its first argument given.

    Args:
        name: "modality/model".
        form: the modality's array form, float32 vectors.
        damage: what another measurement could have differed by.
        description: a sentence for the card.
        samples: what the modality calls its samples.
        terms: licence of the data, where neither records nor settings state it.
        fields: as of `library`.

    Raises:
        InputError: as `library`, or a setting is unknown or out of range.
    """
    check_output(training.folder, training.force)
    settings = chosen(settings, training)
    data = library(training.samples, training.hub, form, fields, settings.by_field)
    arrays, points = torch.from_numpy(data.train), torch.from_numpy(data.train_points)
    network = _network(form.shape[0], training.hub.dimensions, settings, "inputs", arrays)
    own, aims = torch.from_numpy(data.own), F.normalize(torch.from_numpy(data.points))

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        vectors = network(damage(arrays[rows], generator))
        loss = F.mse_loss(vectors, points[rows])
        if settings.contrast:
            cosines = F.normalize(vectors) @ aims.T
            loss += settings.contrast * F.cross_entropy(cosines / settings.temperature, own[rows])
        return loss

    _fit(network, data, loss_of, settings, training)
    doubts = doubts_of(training.hub, network, data, unseen=settings.by_field is None)
    card = card_of(
        training,
        "encoder",
        name,
        description,
        settings,
        data,
        architecture=network.architecture,
        metrics=doubts.metrics,
        samples=samples,
        terms=settings.terms or terms,
        doubts=doubts,
    )
    return written(training, weights_of(network), card, marks(data.ids, data.train), doubts.error)


def train_decoder(
    training: Training,
    name: str,
    form: ArrayForm,
    *,
    settings: DenseSettings = DENSE,
    damage: Damage = undamaged,
    loss: Loss = cosine_loss,
    finish: Callable[[Array], Array] = lambda arrays: arrays,
    figures: Callable[[Array, Array], Mapping[str, Array]] | None = None,
    seen: Callable[[Tensor], Tensor] = lambda arrays: arrays,
    description: str = "",
    samples: str = "samples",
    terms: str | None = None,
) -> ModelCard:
    """Train the decoder of a modality on the vectors of `training.encoder` and write its folder.

    Args:
        loss: how far decoded arrays are from measured ones.
        finish: as of `NetworkDecoder`.
        figures: the modality's metrics, for the card.
        seen: maps arrays in the decoder's form to the encoder's, where these differ.

    The others are those of `train_encoder`.

    Raises:
        InputError: as `train_encoder`, or no encoder was given.
    """
    if training.encoder is None:
        raise InputError("a decoder is trained on the vectors of an encoder; none was given")
    check_output(training.folder, training.force)
    settings = chosen(settings, training)
    data = library(training.samples, training.hub, form, split=settings.by_field)
    encode = network_of(training.encoder)
    arrays, points = torch.from_numpy(data.train), torch.from_numpy(data.train_points)
    network = _network(training.hub.dimensions, form.shape[0], settings, "outputs", arrays)

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        with torch.no_grad():
            vectors = encode(seen(damage(arrays[rows], generator)))
        own = torch.rand(len(rows), 1, generator=generator) < settings.points
        vectors = torch.where(own, points[rows], vectors)
        noise = torch.randn(vectors.shape, generator=generator)
        made = network(vectors + settings.jitter * noise)
        return loss(network.standard(made), network.standard(arrays[rows]))

    _fit(network, data, loss_of, settings, training)
    metrics: dict[str, float] = {}
    if len(data.valid) and figures is not None:
        own_vectors = training.encoder.encode(seen(torch.from_numpy(data.valid)).numpy())
        sources = {"its own vectors": own_vectors, "points": data.valid_points}
        for source, vectors in sources.items():
            for figure, values in figures(finish(through(network, vectors)), data.valid).items():
                mean = round(float(values.mean()), 4)
                metrics[f"valid part, from {source}: mean {figure}"] = mean
    card = card_of(
        training,
        "decoder",
        name,
        description,
        settings,
        data,
        architecture=network.architecture,
        metrics=metrics,
        base=training.encoder.card.digest,
        samples=samples,
        terms=settings.terms or terms,
    )
    return written(training, weights_of(network), card, marks(data.ids, data.train))


def load_encoder(folder: Path | None, hub: Hub, form: ArrayForm) -> NetworkEncoder[Residual]:
    """Load an encoder that `train_encoder` wrote."""
    return NetworkEncoder(*load_network(folder, _built), form)


def load_decoder(
    folder: Path | None,
    hub: Hub,
    form: ArrayForm,
    finish: Callable[[Array], Array] = lambda arrays: arrays,
) -> NetworkDecoder[Residual]:
    """Load a decoder that `train_decoder` wrote."""
    return NetworkDecoder(*load_network(folder, _built), form, finish)


def _network(
    inputs: int, outputs: int, settings: DenseSettings, side: Side, arrays: Tensor
) -> Residual:
    """Return the network, untrained; `side` is that of the training `arrays`."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(settings.seed)
        network = Residual(
            inputs,
            outputs,
            settings.width,
            settings.blocks,
            settings.dropout,
            side if settings.standardised else "",
        )
    network.learn_scale(arrays)
    return network


def _built(architecture: Mapping[str, Any]) -> Residual:
    return Residual(**architecture)


def _fit(
    network: Residual,
    data: Library,
    loss_of: Callable[[Tensor, torch.Generator], Tensor],
    settings: DenseSettings,
    training: Training,
) -> None:
    fit_with_dropout(
        network,
        len(data.train),
        loss_of,
        settings,
        work_of(training),
        resume=training.resume,
        progress=training.progress,
    )
