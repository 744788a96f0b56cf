"""The encoders and decoders of peak lists: dense residual networks on the grids."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import ModelCard
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.learning.models import NetworkDecoder, NetworkEncoder
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Training
from chemtranslate_nmr.grid import CARBON_FORM, PROTON_FORM, Grid
from chemtranslate_nmr.similarity import metrics

TERMS = (
    "not stated; those of nmrshiftdb2 are reported to be share-alike: whoever passes on what was "
    "made of them names the source and keeps the terms"
)
"""Where `--set terms=...` states none."""
ENCODER = dense.DENSE.model_copy(update={"dropout": 0.5, "contrast": 0.3})
"""Lists of the valid part find their chemical by cosine half as often again as without contrast."""
MISSING = 0.1
"""Share of the peaks that a model does without while it learns."""
FARTHEST = 2
"""Fine bins that a peak moves at most while a model learns."""


def name_of(form: Grid) -> str:
    """Return the name of the models of a nucleus."""
    return f"{form.nucleus.modality}/dense"


def train_encoder(training: Training, form: Grid) -> ModelCard:
    """Train an encoder; a `Trainer`."""
    return dense.train_encoder(
        training,
        name_of(form),
        form,
        settings=ENCODER,
        damage=partial(damaged, form=form),
        description="residual network: MSE to the chemical's hub vector, and cross-entropy over "
        "the training chemicals",
        samples="peak lists",
        terms=TERMS,
    )


def train_decoder(training: Training, form: Grid) -> ModelCard:
    """Train a decoder on the vectors of `training.encoder`; a `Trainer`."""
    return dense.train_decoder(
        training,
        name_of(form),
        form,
        damage=partial(damaged, form=form),
        figures=partial(metrics, form=form),
        description="residual network, 1 - cosine plus mean square difference",
        samples="peak lists",
        terms=TERMS,
    )


def load_encoder(folder: Path | None, hub: Hub, form: Grid) -> NetworkEncoder[Residual]:
    """Load an encoder from its folder."""
    return dense.load_encoder(folder, hub, form)


def load_decoder(folder: Path | None, hub: Hub, form: Grid) -> NetworkDecoder[Residual]:
    """Load a decoder from its folder."""
    return dense.load_decoder(folder, hub, form)


train_carbon_encoder = partial(train_encoder, form=CARBON_FORM)
train_proton_encoder = partial(train_encoder, form=PROTON_FORM)
train_carbon_decoder = partial(train_decoder, form=CARBON_FORM)
train_proton_decoder = partial(train_decoder, form=PROTON_FORM)
load_carbon_encoder = partial(load_encoder, form=CARBON_FORM)
load_proton_encoder = partial(load_encoder, form=PROTON_FORM)
load_carbon_decoder = partial(load_decoder, form=CARBON_FORM)
load_proton_decoder = partial(load_decoder, form=PROTON_FORM)


def damaged(arrays: Tensor, generator: torch.Generator, form: Grid) -> Tensor:
    """Move the peaks of (n, fine + coarse) arrays by a few bins, together and apart; drop some.

    A quick form, on the grid, of what the augmenter does to a peak list.
    """
    counts = arrays[:, : form.bins]
    rows, nucleus = (len(counts), 1), form.nucleus
    together = torch.randn(rows, generator=generator) * nucleus.reference
    apart = torch.randn(counts.shape, generator=generator) * nucleus.jitter
    steps = ((together + apart) / form.fine).round().clamp(-FARTHEST, FARTHEST)
    kept = torch.rand(counts.shape, generator=generator) >= MISSING
    counts = torch.where((counts * kept).sum(1, keepdim=True) > 0, counts * kept, counts)
    padded = F.pad(counts, (FARTHEST, FARTHEST))
    steps = F.pad(steps, (FARTHEST, FARTHEST))
    moved = sum(
        (padded * (steps == step)).roll(step, 1) for step in range(-FARTHEST, FARTHEST + 1)
    )
    assert isinstance(moved, Tensor)
    # a peak that would leave the grid stays at its end
    moved[:, FARTHEST] += moved[:, :FARTHEST].sum(1)
    moved[:, -FARTHEST - 1] += moved[:, -FARTHEST:].sum(1)
    fine = moved[:, FARTHEST:-FARTHEST]
    coarse = fine.reshape(len(fine), -1, form.each).sum(2)
    return torch.cat([fine, coarse], 1)
