"""Encoders and the decoder of readings: dense networks in units of the training data's spread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from chemtranslate.artefact import ModelCard
from chemtranslate.errors import InputError
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.learning.models import NetworkDecoder, NetworkEncoder
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Training
from chemtranslate_sensor_array.augmenter import STEADY, Drift
from chemtranslate_sensor_array.channels import FLOORS, LOGS, RATIOS, SHAPE, SIGNS, VALUES, Channels
from chemtranslate_sensor_array.reading import BATCH
from chemtranslate_sensor_array.similarity import metrics

DRIFT_AWARE, PLAIN = "sensor_array/drift-aware", "sensor_array/plain"
FORMS = {DRIFT_AWARE: RATIOS, PLAIN: VALUES}
DECODER = "sensor_array/dense"
SETTINGS = dense.DenseSettings(standardised=True, width=192, blocks=1, split=BATCH)
DAMAGE = Drift(gain=0.0)
"""Of readings that are learned from. Gain cancels from ratios, and values are better off without it
(benchmarks/choose.py)."""


def train_encoder(training: Training, name: str = DRIFT_AWARE) -> ModelCard:
    """Train the drift-aware encoder, or another by its name; a `Trainer`."""
    form = FORMS[name]
    return dense.train_encoder(
        training,
        name,
        form,
        settings=SETTINGS,
        damage=damage_of(form),
        description=f"residual network on {form.kind}, standardised by what it learned from; MSE "
        "to the chemical's hub vector",
        samples="readings",
    )


def train_plain(training: Training) -> ModelCard:
    """Train the encoder of plain values; a `Trainer`."""
    return train_encoder(training, PLAIN)


def train_decoder(training: Training) -> ModelCard:
    """Train the decoder on the vectors of `training.encoder`; a `Trainer`."""
    form = training.encoder.form if training.encoder else None
    if not isinstance(form, Channels):
        raise InputError(f"found an encoder of {form!r}, expected one of sensor array readings")
    return dense.train_decoder(
        training,
        DECODER,
        LOGS,
        settings=SETTINGS,
        damage=damage_of(LOGS),
        seen=seen_by(form),
        figures=metrics,
        description="residual network to logs, standardised by what it learned from; 1 - cosine "
        "plus mean square difference",
        samples="readings",
    )


def load_drift_aware(folder: Path | None, hub: Hub) -> NetworkEncoder[Residual]:
    """Load an encoder of ratios from its folder."""
    return dense.load_encoder(folder, hub, RATIOS)


def load_plain(folder: Path | None, hub: Hub) -> NetworkEncoder[Residual]:
    """Load an encoder of values from its folder."""
    return dense.load_encoder(folder, hub, VALUES)


def load_decoder(folder: Path | None, hub: Hub) -> NetworkDecoder[Residual]:
    """Load a decoder from its folder."""
    return dense.load_decoder(folder, hub, LOGS)


def damage_of(form: Channels, drift: Drift = DAMAGE) -> dense.Damage:
    """Return what the augmenter does, for (n, 128) arrays of a form: gains, offsets and noise."""
    projection = torch.from_numpy(form.projection.astype(np.float32))

    def damaged(arrays: Tensor, generator: torch.Generator) -> Tensor:
        change = _change(drift, len(arrays), generator).flatten(1)
        return arrays * change.exp() if form.kind == "values" else arrays + change @ projection

    return damaged


def _change(drift: Drift, count: int, generator: torch.Generator) -> Tensor:
    """Return logarithms of the factors of n readings, (n, sensors, features)."""
    sensors, features = SHAPE
    gain = drift.gain * torch.randn((count, sensors, 1), generator=generator)
    offset = drift.offset * torch.randn((count, sensors, 1), generator=generator)
    noise = drift.noise * torch.randn((count, sensors, features), generator=generator)
    steady = (torch.arange(features) < STEADY).float()
    return gain + offset * steady + noise


def seen_by(form: Channels) -> Callable[[Tensor], Tensor]:
    """Return what maps (n, 128) logs to arrays of a form."""
    if form.kind == "values":
        scale = torch.from_numpy(np.tile(FLOORS * SIGNS, SHAPE[0]).astype(np.float32))
        return lambda logs: torch.sinh(logs) * scale
    projection = torch.from_numpy(form.projection.astype(np.float32))
    return lambda logs: logs @ projection
