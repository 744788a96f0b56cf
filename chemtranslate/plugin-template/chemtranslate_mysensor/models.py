"""The encoder and decoder: residual networks, as good a start as any where signals are vectors."""

from __future__ import annotations

from pathlib import Path

from chemtranslate.artefact import ModelCard
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.learning.models import NetworkDecoder, NetworkEncoder
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Training
from chemtranslate_mysensor.readings import FORM, metrics

NAME = "mysensor/dense"


def train_encoder(training: Training) -> ModelCard:
    """Train the encoder; a `Trainer`."""
    return dense.train_encoder(training, NAME, FORM, samples="readings")


def train_decoder(training: Training) -> ModelCard:
    """Train the decoder on the vectors of `training.encoder`; a `Trainer`."""
    return dense.train_decoder(training, NAME, FORM, figures=metrics, samples="readings")


def load_encoder(folder: Path | None, hub: Hub) -> NetworkEncoder[Residual]:
    """Load an encoder from its folder."""
    return dense.load_encoder(folder, hub, FORM)


def load_decoder(folder: Path | None, hub: Hub) -> NetworkDecoder[Residual]:
    """Load a decoder from its folder."""
    return dense.load_decoder(folder, hub, FORM)
