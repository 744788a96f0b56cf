"""Training of the hub's network: many targets, one embedding, resumable."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.checkpoint import load_checkpoint, save_checkpoint
from chemtranslate_chemception.drawing import rasterise
from chemtranslate_chemception.network import Chemception, Heads
from chemtranslate_chemception.targets import BITS, TARGETS, TOX21
from chemtranslate_chemception.training_set import TrainingSet

FREESOLV = TARGETS.index("freesolv")
RARE = 0.05
"""Least spread by which a descriptor is divided: groups that hardly occur do not count more."""


def fast_at_bfloat16() -> bool:
    """Say whether bfloat16 saves time here: without AVX-512 a step takes nine times as long."""
    return torch.backends.cpu.get_cpu_capability().startswith("AVX512")


class Weights(BaseModel):
    """What each loss counts.

    The measured end points are few and noisy. At full weight they crowd the molecules that share
    them onto one point, and a long training learns them by heart; what is known of every molecule
    leads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tox21: float = 0.12
    hiv: float = 0.6
    freesolv: float = 0.2
    descriptors: float = 4.0
    fingerprint: float = 20.0
    similarity: float = 3.0


class HubSettings(BaseModel):
    """Hyper-parameters of a hub's training.

    Attributes:
        filters, late: widths of the network.
        peak_rate: highest learning rate of the one cycle.
        freesolv_copies: how often FreeSolv's few molecules come up in an epoch.
        dropout: share of the embedding that is hidden from the head of the measured end points.
        bfloat16: convolutions of the training (never of the hub that ships) in bfloat16; by
            default where the processor is fast at it.
        compiled: through torch.compile, which needs a C++ compiler.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    filters: int = 32
    late: int = 64
    batch: int = 64
    epochs: int = 24
    peak_rate: float = 4e-3
    weight_decay: float = 1e-2
    freesolv_copies: int = 4
    dropout: float = 0.3
    weights: Weights = Weights()
    bfloat16: bool = Field(default_factory=fast_at_bfloat16)
    compiled: bool = True
    seed: int = 0


class Model(nn.Module):
    """Trunk and heads, trained together."""

    def __init__(self, settings: HubSettings, described: int) -> None:
        super().__init__()
        self.trunk = Chemception(settings.filters, settings.late)
        self.heads = Heads(
            {"end_points": len(TARGETS), "descriptors": described, "fingerprint": BITS}
        )

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Map drawings (n, 4, 32, 64) to the raw outputs of each group of targets."""
        outputs: dict[str, Tensor] = self.heads(self.trunk(images))
        return outputs

    def read(self, embedded: Tensor, shown: Tensor) -> dict[str, Tensor]:
        """Map embeddings (n, 512) to the raw outputs of each group of targets.

        Args:
            embedded: outputs of the embedding layer.
            shown: (n, 512) what the head of the measured end points sees of them.
        """
        outputs: dict[str, Tensor] = self.heads(embedded)
        outputs["end_points"] = self.heads.head("end_points")(embedded * shown)
        return outputs


class Scales:
    """Centre and spread of every regression target over the train part."""

    def __init__(self, data: TrainingSet, rows: NDArray[np.intp]) -> None:
        self.mean = np.nanmean(data.descriptors[rows], 0)
        self.std = np.nanstd(data.descriptors[rows], 0).clip(RARE)
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
    embedded: Tensor,
    outputs: dict[str, Tensor],
    targets: dict[str, Tensor],
    expected: Tensor,
    weights: Weights,
) -> Tensor:
    """Weighted sum of the losses, each masked to what was measured.

    Args:
        embedded: (n, 512) outputs of the embedding layer.
        outputs, targets: per group, (n, size); NaN targets do not count.
        expected: (14,) how many molecules of a batch have each end point on average; dividing
            by it, not by the batch's own count, keeps the gradient unbiased.
        weights: what each loss counts.
    """
    raw, ends = outputs["end_points"], targets["end_points"]
    known = torch.isfinite(ends)
    filled = torch.where(known, ends, torch.zeros_like(ends))
    losses = F.binary_cross_entropy_with_logits(raw, filled.clamp(0, 1), reduction="none")
    solvation = F.smooth_l1_loss(raw[:, FREESOLV], filled[:, FREESOLV], reduction="none")
    losses = torch.cat([losses[:, :FREESOLV], solvation[:, None]], 1)
    each = torch.tensor([weights.tox21] * len(TOX21) + [weights.hiv, weights.freesolv])
    measured = ((losses * known).sum(0) / expected * each).sum()
    described = targets["descriptors"]
    present = torch.isfinite(described)
    shape = F.smooth_l1_loss(outputs["descriptors"], described.nan_to_num(), reduction="none")
    prints = F.binary_cross_entropy_with_logits(outputs["fingerprint"], targets["fingerprint"])
    return (
        measured
        + weights.descriptors * (shape * present).mean()
        + weights.fingerprint * prints
        + weights.similarity * similarity_loss(embedded, targets["fingerprint"])
    )


def similarity_loss(embedded: Tensor, bits: Tensor) -> Tensor:
    """Mean squared difference between the pairs' cosines and their Tanimoto similarities.

    The vectors are standardised over the batch first, as the hub's linear map will do over the
    reference chemicals; the similarities are scaled to mean 0 and highest 1 to match.

    Args:
        embedded: (n, 512).
        bits: (n, BITS) of 0 and 1.
    """
    spread = (embedded - embedded.mean(0)) / (embedded.std(0) + 1e-3)
    unit = F.normalize(spread, dim=1)
    shared = bits @ bits.T
    counts = bits.sum(1)
    tanimoto = shared / (counts[:, None] + counts[None, :] - shared).clamp(min=1)
    pairs = ~torch.eye(len(bits), dtype=torch.bool)
    wanted = tanimoto[pairs]
    wanted = (wanted - wanted.mean()) / (1 - wanted.mean()).clamp(min=1e-3)
    return F.mse_loss((unit @ unit.T)[pairs], wanted)


def dropout(shape: torch.Size, settings: HubSettings, step: int) -> Tensor:
    """Return the mask of a step: 0 for the share that is hidden, else what makes up for it."""
    generator = torch.Generator().manual_seed(settings.seed << 32 | step)
    hidden = torch.rand(shape, generator=generator) < settings.dropout
    return (~hidden).float() / (1 - settings.dropout)


def rate(step: int, steps: int, peak: float) -> float:
    """One-cycle learning rate: cosine up over the first 30 % of the steps, cosine down to ~0."""
    warm = 0.3 * steps
    if step < warm:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * step / warm)) / 2)
    return peak * (1e-4 + (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2)


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
    model = Model(settings, data.descriptors.shape[1])
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=settings.weight_decay)
    per_epoch = len(rows) // settings.batch
    steps = per_epoch * settings.epochs
    described = {"settings": settings.model_dump_json(), "molecules": str(len(rows))}
    checkpoint = folder / "checkpoint.safetensors"
    step = (
        load_checkpoint(checkpoint, model, optimizer, described)
        if resume and checkpoint.exists()
        else 0
    )
    epoch = -1
    features = torch.compile(model.trunk.features) if settings.compiled else model.trunk.features
    model.train()
    while step < steps:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order, mirrors = shuffled(rows, settings.seed, epoch)
        place = slice((step % per_epoch) * settings.batch, (step % per_epoch + 1) * settings.batch)
        images = rasterise([data.drawing(i) for i in order[place]], mirrors[place])
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps, settings.peak_rate)
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.bfloat16):
            pooled = features(torch.from_numpy(images))
        embedded = model.trunk.embedding(pooled.float())
        loss = loss_of(
            embedded,
            model.read(embedded, dropout(embedded.shape, settings, step)),
            scales.targets(data, order[place]),
            expected,
            settings.weights,
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
    """Return the order of an epoch's rows, and how each drawing is mirrored in it."""
    shuffle = np.random.default_rng([seed, epoch])
    return rows[shuffle.permutation(len(rows))], shuffle.integers(0, 4, len(rows))


def settle_statistics(
    model: Model, data: TrainingSet, rows: NDArray[np.intp], batch: int, batches: int = 200
) -> None:
    """Replace the running batch statistics, which lag, by averages over unmirrored drawings."""
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
