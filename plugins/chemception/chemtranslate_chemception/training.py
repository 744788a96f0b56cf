"""Training of the hub's network: many targets, one embedding, resumable."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.checkpoint import load_checkpoint, save_checkpoint
from chemtranslate_chemception.drawing import rasterise
from chemtranslate_chemception.network import Chemception, Heads
from chemtranslate_chemception.targets import BITS, DESCRIPTORS, TARGETS, TOX21
from chemtranslate_chemception.training_set import TrainingSet

HEADS = {"end_points": len(TARGETS), "descriptors": len(DESCRIPTORS), "fingerprint": BITS}
FREESOLV = TARGETS.index("freesolv")


class Stage(BaseModel):
    """One cycle of the learning rate, with the weights that the losses have in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int
    peak_rate: float
    tox21: float = 1.0
    hiv: float = 1.0
    freesolv: float = 1.0
    descriptors: float = 4.0
    fingerprint: float = 10.0


class HubSettings(BaseModel):
    """Hyper-parameters of a hub's training.

    The measured end points come first at full weight. They are few and noisy, so in the second
    stage what is known of every molecule (fingerprint, descriptors) leads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    filters: int = 24
    batch: int = 64
    weight_decay: float = 1e-2
    freesolv_copies: int = 4
    stages: tuple[Stage, ...] = (
        Stage(epochs=6, peak_rate=4e-3),
        Stage(epochs=3, peak_rate=2e-3, tox21=0.1, hiv=0.5, freesolv=0.2, descriptors=2.0),
    )
    seed: int = 0

    def shortened(self, epochs: int) -> HubSettings:
        """Return the same settings with this many epochs in every stage."""
        stages = tuple(stage.model_copy(update={"epochs": epochs}) for stage in self.stages)
        return self.model_copy(update={"stages": stages})


class Model(nn.Module):
    """Trunk and heads, trained together."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.trunk = Chemception(filters)
        self.heads = Heads(HEADS)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Map drawings (n, 4, 80, 80) to the raw outputs of each group of targets."""
        outputs: dict[str, Tensor] = self.heads(self.trunk(images))
        return outputs


class Scales:
    """Centre and spread of every regression target over the train part."""

    def __init__(self, data: TrainingSet, rows: NDArray[np.intp]) -> None:
        self.mean = np.nanmean(data.descriptors[rows], 0)
        self.std = np.nanstd(data.descriptors[rows], 0) + 1e-6
        self.freesolv_mean = float(np.nanmean(data.targets[rows, FREESOLV]))
        self.freesolv_std = float(np.nanstd(data.targets[rows, FREESOLV]))

    def targets(self, data: TrainingSet, rows: NDArray[np.intp]) -> dict[str, Tensor]:
        """Return the targets of some molecules, regression ones standardised."""
        ends = data.targets[rows].copy()
        ends[:, FREESOLV] = (ends[:, FREESOLV] - self.freesolv_mean) / self.freesolv_std
        described = ((data.descriptors[rows] - self.mean) / self.std).clip(-6, 6)
        bits = np.unpackbits(data.bits[rows], axis=1)
        return {
            "end_points": torch.from_numpy(ends),
            "descriptors": torch.from_numpy(described.astype(np.float32)),
            "fingerprint": torch.from_numpy(bits.astype(np.float32)),
        }


def loss_of(
    outputs: dict[str, Tensor], targets: dict[str, Tensor], expected: Tensor, stage: Stage
) -> Tensor:
    """Weighted sum of the losses, each masked to what was measured.

    Args:
        outputs, targets: per group, (n, size); NaN targets do not count.
        expected: (14,) how many molecules of a batch have each end point on average; dividing
            by it, not by the batch's own count, keeps the gradient unbiased.
        stage: holds the weights.
    """
    raw, ends = outputs["end_points"], targets["end_points"]
    known = torch.isfinite(ends)
    filled = torch.where(known, ends, torch.zeros_like(ends))
    losses = F.binary_cross_entropy_with_logits(raw, filled.clamp(0, 1), reduction="none")
    solvation = F.smooth_l1_loss(raw[:, FREESOLV], filled[:, FREESOLV], reduction="none")
    losses = torch.cat([losses[:, :FREESOLV], solvation[:, None]], 1)
    weights = torch.tensor([stage.tox21] * len(TOX21) + [stage.hiv, stage.freesolv])
    measured = ((losses * known).sum(0) / expected * weights).sum()
    described = targets["descriptors"]
    present = torch.isfinite(described)
    shape = F.smooth_l1_loss(outputs["descriptors"], described.nan_to_num(), reduction="none")
    prints = F.binary_cross_entropy_with_logits(outputs["fingerprint"], targets["fingerprint"])
    return measured + stage.descriptors * (shape * present).mean() + stage.fingerprint * prints


def rate(step: int, steps: int, peak: float) -> float:
    """One-cycle learning rate: cosine up over the first 30 % of the steps, cosine down to ~0."""
    warm = 0.3 * steps
    if step < warm:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * step / warm)) / 2)
    return peak * (1e-4 + (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2)


def stage_at(step: int, stages: Sequence[Stage], per_epoch: int) -> tuple[Stage, int]:
    """Return the stage that a step of the training falls in, and its number within that."""
    for stage in stages:
        if step < stage.epochs * per_epoch:
            return stage, step
        step -= stage.epochs * per_epoch
    raise ValueError("the training has fewer steps")


def train(
    data: TrainingSet,
    settings: HubSettings,
    folder: Path,
    *,
    resume: bool = False,
    progress: Callable[[int, int, float], None] = lambda step, steps, loss: None,
    checkpoint_every: int = 500,
) -> tuple[Model, Scales]:
    """Train trunk and heads on the train part of `data`.

    Args:
        folder: where the checkpoint is kept.
        resume: go on from the checkpoint there, if there is one.
        progress: called after each step with step, steps and loss.

    Returns:
        the model in evaluation mode, and the scales of its regression targets.
    """
    rows = np.flatnonzero(data.parts() == "train")
    scales = Scales(data, rows)
    solvated = rows[np.isfinite(data.targets[rows, FREESOLV])]
    rows = np.concatenate([rows, *[solvated] * (settings.freesolv_copies - 1)])
    share = np.isfinite(data.targets[rows]).mean(0) * settings.batch
    expected = torch.from_numpy(np.maximum(share, 1e-3).astype(np.float32))

    torch.manual_seed(settings.seed)
    model = Model(settings.filters)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=settings.weight_decay)
    per_epoch = len(rows) // settings.batch
    steps = per_epoch * sum(stage.epochs for stage in settings.stages)
    described = {"settings": settings.model_dump_json(), "molecules": str(len(rows))}
    checkpoint = folder / "checkpoint.safetensors"
    step = (
        load_checkpoint(checkpoint, model, optimizer, described)
        if resume and checkpoint.exists()
        else 0
    )
    epoch = -1
    model.train()
    while step < steps:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order, turns = shuffled(rows, settings.seed, epoch)
        place = slice((step % per_epoch) * settings.batch, (step % per_epoch + 1) * settings.batch)
        images = rasterise([data.drawing(i) for i in order[place]], turns[place])
        stage, since = stage_at(step, settings.stages, per_epoch)
        for group in optimizer.param_groups:
            group["lr"] = rate(since, stage.epochs * per_epoch, stage.peak_rate)
        loss = loss_of(
            model(torch.from_numpy(images)),
            scales.targets(data, order[place]),
            expected,
            stage,
        )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        step += 1
        progress(step, steps, float(loss.detach()))
        if step % checkpoint_every == 0:
            save_checkpoint(checkpoint, model, optimizer, step, described)
    save_checkpoint(checkpoint, model, optimizer, step, described)
    settle_statistics(model, data, shuffled(rows, settings.seed, 0)[0], settings.batch)
    return model.eval(), scales


def shuffled(
    rows: NDArray[np.intp], seed: int, epoch: int
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the order of an epoch's rows, and which way each drawing is turned in it."""
    shuffle = np.random.default_rng([seed, epoch])
    return rows[shuffle.permutation(len(rows))], shuffle.integers(0, 8, len(rows))


def settle_statistics(
    model: Model, data: TrainingSet, rows: NDArray[np.intp], batch: int, batches: int = 200
) -> None:
    """Replace the running batch statistics, which lag, by averages over unturned drawings."""
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average
    model.train()
    with torch.no_grad():
        for start in range(0, min(len(rows), batches * batch) - batch + 1, batch):
            images = rasterise([data.drawing(i) for i in rows[start : start + batch]])
            model(torch.from_numpy(images))
    for norm in norms:
        norm.momentum = 0.1
    model.eval()
