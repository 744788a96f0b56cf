"""Minimising a loss over the rows of a training set: seeded, resumable, with checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from chemtranslate.checkpoint import load_checkpoint, save_checkpoint
from chemtranslate.protocols import Progress

LossOf = Callable[[Tensor, torch.Generator], Tensor]
"""Rows of a batch and a source of randomness -> loss."""


class FitSettings(BaseModel):
    """Hyper-parameters of a fit; those of a model add their own.

    Attributes:
        rate: learning rate.
        epochs: how often each row is seen.
        batch: rows per step.
        falling: the rate falls to zero along half a cosine.
        decay: weight decay, decoupled from the rate's gradient (AdamW); 0 is plain Adam.
        averaged: share of the steps, at the end, over which the weights are averaged (Polyak and
            Juditsky 1992); where it is 0, those of the last step are kept.
        seed: of everything random.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(gt=0)
    epochs: int = Field(ge=1)
    batch: int = Field(32, ge=1)
    falling: bool = False
    decay: float = Field(0.0, ge=0)
    averaged: float = Field(0.0, ge=0, le=1)
    seed: int = 0


def fit(
    network: nn.Module,
    rows: int,
    loss_of: LossOf,
    settings: FitSettings,
    work: Path | None,
    *,
    resume: bool,
    progress: Progress,
    checkpoint_every: int = 2000,
) -> None:
    """Minimise a loss with AdamW.

    Args:
        rows: number of training examples; shuffled anew every epoch by seed and epoch.
        work: folder of the checkpoint, which makes the training resumable; None for a short one.
        resume: go on from the checkpoint, if there is one.

    Raises:
        ArtefactError: the checkpoint is damaged, or belongs to another training.
        OutputError: the disk refused the checkpoint.
    """
    optimizer = torch.optim.AdamW(
        network.parameters(), settings.rate, weight_decay=settings.decay, fused=True
    )
    described = {
        "settings": settings.model_dump_json(),
        "rows": str(rows),
        "sizes": str([tuple(parameter.shape) for parameter in network.parameters()]),
    }
    average = AveragedModel(network) if settings.averaged else None
    kept = nn.ModuleDict({"now": network, "average": average}) if average else network
    checkpoint = work / "checkpoint.safetensors" if work else None
    step = 0
    if checkpoint and resume and checkpoint.exists():
        step = load_checkpoint(checkpoint, kept, optimizer, described)
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
        if average and step > steps * (1 - settings.averaged):
            average.update_parameters(network)
        progress(step, steps, float(loss.detach()))
        if checkpoint and step % checkpoint_every == 0:
            save_checkpoint(checkpoint, kept, optimizer, step, described)
    if checkpoint:
        save_checkpoint(checkpoint, kept, optimizer, step, described)
    if average:
        network.load_state_dict(average.module.state_dict())
    network.eval()


def fit_with_dropout(
    network: nn.Module,
    rows: int,
    loss_of: LossOf,
    settings: FitSettings,
    work: Path | None,
    *,
    resume: bool,
    progress: Progress,
) -> None:
    """Do as `fit` for networks that drop values at random: what is dropped is seeded, too.

    So a resumed fit is the same as one that was not stopped, and torch's own source of randomness
    is afterwards where it was.
    """

    def seeded(rows: Tensor, generator: torch.Generator) -> Tensor:
        torch.manual_seed(generator.initial_seed())
        return loss_of(rows, generator)

    with torch.random.fork_rng(devices=()):
        fit(network, rows, seeded, settings, work, resume=resume, progress=progress)


def _generator(*numbers: int) -> torch.Generator:
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
    return torch.Generator().manual_seed(seed)
