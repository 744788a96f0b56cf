"""Sibling decoder: what another laboratory would have measured of the same chemical.

Spectra of one chemical differ by instrument, settings and contamination, and they do so alike for
all chemicals: so the differences are learned from the replicates of other chemicals. The fixed hub
says which chemical it is; a small vector z, of the sensor alone, says in which way a spectrum
differs from its sibling. A conditional variational autoencoder learns both sides: z from a source
and a target spectrum of one chemical, the target from source, hub vector and z. The target is the
source times learned gains, plus learned new intensities. Sampling z gives siblings.

The sources of some training pairs are blank: without any spectrum, z gives siblings of a hub
vector.
"""

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
from chemtranslate_mass_spec.binning import FORM

FAINTEST = FORM.faintest
"""Percent of the base peak below which a bin is no peak; a forest would learn by such traces."""


class SiblingSettings(BaseModel):
    """Hyper-parameters.

    Attributes:
        z: dimensions of the sensor-specific vector.
        hidden: width of the hidden layers.
        divergence: weight of the KL divergence of z from the standard normal.
        blank: share of the training pairs whose source is left blank.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    z: int = Field(16, ge=1)
    hidden: int = Field(512, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    divergence: float = Field(0.003, ge=0)
    blank: float = Field(0.1, ge=0, lt=1)
    rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(1e-3, ge=0)
    epochs: int = Field(40, ge=1)
    batch: int = Field(64, ge=1)
    seed: int = 0


class Sibling(nn.Module):
    """Source spectrum, hub vector, z -> target spectrum; all spectra as roots, base peak 1.

    Args:
        bins: of a spectrum.
        settings: widths.
        dimensions: of a hub vector.
    """

    def __init__(self, bins: int, settings: SiblingSettings, dimensions: int = 512) -> None:
        super().__init__()
        width, z = settings.hidden, settings.z
        self.z = z
        self.posterior = nn.Sequential(
            nn.Linear(2 * bins, width), nn.ReLU(), nn.Linear(width, 2 * z)
        )
        self.hub = nn.Linear(dimensions, width)
        self.source = nn.Linear(bins, width)
        self.differing = nn.Linear(z, width)
        self.hidden = nn.Sequential(
            nn.ReLU(),
            nn.Dropout(settings.dropout),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Dropout(settings.dropout),
        )
        self.gains = nn.Linear(width, bins)
        self.new = nn.Linear(width, bins)
        nn.init.zeros_(self.gains.weight)
        nn.init.zeros_(self.gains.bias)
        nn.init.constant_(self.new.bias, -4.0)

    def infer(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and logarithm of the variance of z, (n, bins) twice -> (n, z) twice."""
        mean, log_variance = self.posterior(torch.cat([source, target - source], 1)).chunk(2, 1)
        return mean, log_variance.clamp(-12, 4)

    def decode(self, source: Tensor, points: Tensor, z: Tensor) -> Tensor:
        """Return spectra (n, bins) from sources (n, bins), hub vectors (n, 512) and z (n, z)."""
        x = self.hidden(self.source(source) + self.hub(points) + self.differing(z))
        made: Tensor = source * (2 * torch.tanh(self.gains(x))).exp() + F.softplus(self.new(x))
        return made


def pairs(own: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return all ordered pairs of different spectra of one chemical, (p, 2) rows."""
    found = [
        (one, other)
        for chemical in np.unique(own)
        for rows in [np.flatnonzero(own == chemical)]
        for one in rows
        for other in rows
        if one != other
    ]
    return np.array(found, np.intp).reshape(-1, 2)


def fit_sibling(
    spectra: NDArray[np.float32],
    points: NDArray[np.float32],
    own: NDArray[np.intp],
    settings: SiblingSettings,
    progress: Callable[[int, int, float], None] = lambda step, steps, loss: None,
    *,
    work: Path | None = None,
    resume: bool = False,
    checkpoint_every: int = 2000,
) -> Sibling:
    """Train on the replicates of many chemicals.

    Every chemical counts the same in an epoch, however many pairs it has.

    Args:
        spectra: (n, bins), base peak 100.
        points: (n, 512) hub vectors of their chemicals.
        own: (n,) the chemical of each; those with one spectrum teach nothing.
        work: folder of the checkpoint, which makes the training resumable; none by default.
        resume: go on from the checkpoint, if there is one.

    Raises:
        ArtefactError: the checkpoint is damaged, or belongs to another training.
    """
    torch.manual_seed(settings.seed)
    model = Sibling(spectra.shape[1], settings, points.shape[1])
    every, hub = roots(torch.from_numpy(spectra)), torch.from_numpy(points)
    couples = pairs(own)
    counts = np.bincount(own[couples[:, 0]])
    chance = 1.0 / counts[own[couples[:, 0]]]
    chance /= chance.sum()
    optimizer = torch.optim.AdamW(
        model.parameters(), settings.rate, weight_decay=settings.weight_decay
    )
    steps = settings.epochs * max(1, len(couples) // settings.batch)
    described = {"settings": settings.model_dump_json(), "pairs": str(len(couples))}
    checkpoint = work / "checkpoint.safetensors" if work else None
    step = 0
    if checkpoint and resume and checkpoint.exists():
        step = load_checkpoint(checkpoint, model, optimizer, described)
    model.train()
    while step < steps:
        rng = np.random.default_rng([settings.seed, step])  # of this step, not of a run
        generator = torch.Generator().manual_seed(int(rng.integers(1 << 62)))
        torch.manual_seed(int(rng.integers(1 << 62)))  # of the dropout
        rate, momentum = one_cycle(step / max(1, steps - 1))
        for group in optimizer.param_groups:
            group["lr"], group["betas"] = settings.rate * rate, (momentum, group["betas"][1])
        drawn = couples[rng.choice(len(couples), settings.batch, p=chance)]
        target, where = every[drawn[:, 1]], hub[drawn[:, 0]]
        blank = torch.rand(len(drawn), 1, generator=generator) < settings.blank
        source = every[drawn[:, 0]].masked_fill(blank, 0.0)
        mean, log_variance = model.infer(source, target)
        noise = torch.randn(mean.shape, generator=generator)
        made = model.decode(source, where, mean + noise * (log_variance / 2).exp())
        kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
        loss = distance(made, target) + settings.divergence * kl
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        step += 1
        progress(step, steps, float(loss.detach()))
        if checkpoint and step % checkpoint_every == 0:
            save_checkpoint(checkpoint, model, optimizer, step, described)
    if checkpoint:
        save_checkpoint(checkpoint, model, optimizer, step, described)
    return model.eval()


def one_cycle(done: float) -> tuple[float, float]:
    """Return learning rate (share of the highest) and momentum of Smith's one-cycle policy.

    The rate rises from 1/25 to 1 over the first 30 % and falls to nearly nothing over the rest,
    each along half a cosine; the momentum goes from .95 to .85 and back (1708.07120).

    Args:
        done: share of the training that is done, 0 to 1.
    """
    rising = done <= 0.3
    way = (1 - math.cos(math.pi * (done / 0.3 if rising else (done - 0.3) / 0.7))) / 2
    if rising:
        return 0.04 + 0.96 * way, 0.95 - 0.1 * way
    return 1 - (1 - 4e-6) * way, 0.85 + 0.1 * way


def siblings(
    model: Sibling,
    spectra: NDArray[np.float32],
    points: NDArray[np.float32],
    count: int,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Sample siblings of spectra.

    Args:
        spectra: (n, bins), base peak 100; all zero for siblings of a hub vector.
        points: (n, 512).
        count: of each.

    Returns:
        (n, count, bins) float32, base peak 100, without bins fainter than FAINTEST.
    """
    z = rng.normal(0, 1, (len(spectra) * count, model.z)).astype(np.float32)
    made = differing(model, spectra.repeat(count, 0), points.repeat(count, 0), z)
    return made.reshape(len(spectra), count, -1)


def differing(
    model: Sibling,
    spectra: NDArray[np.float32],
    points: NDArray[np.float32],
    z: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the siblings that differ from their sources in the way that z says.

    Args:
        spectra: (n, bins), base peak 100; all zero for siblings of a hub vector.
        points: (n, 512).
        z: (n, z).

    Returns:
        (n, bins) float32, base peak 100, without bins fainter than FAINTEST.
    """
    with torch.inference_mode():
        source, where, way = map(torch.from_numpy, (spectra, points, z))
        made = model.decode(roots(source), where, way).clamp(min=0) ** 2
        made = made * (100 / made.amax(1, keepdim=True).clamp(min=1e-9))
        made[made < FAINTEST] = 0.0
    found: NDArray[np.float32] = made.numpy()
    return found


def inferred(
    model: Sibling, spectra: NDArray[np.float32], own: NDArray[np.intp]
) -> NDArray[np.float32]:
    """Return for each spectrum the mean of the z that lead to it from its siblings.

    Args:
        spectra: (n, bins), base peak 100.
        own: (n,) the chemical of each; every chemical has at least two.

    Returns:
        (n, z) float32.
    """
    couples = pairs(own)
    every = roots(torch.from_numpy(spectra))
    with torch.inference_mode():
        found = model.infer(every[couples[:, 0]], every[couples[:, 1]])[0].numpy()
    total = np.zeros((len(spectra), found.shape[1]))
    np.add.at(total, couples[:, 1], found)
    return (total / np.bincount(couples[:, 1])[:, None]).astype(np.float32)


def roots(spectra: Tensor) -> Tensor:
    """Return the square roots of (n, bins) intensities, base peak 100 -> 1."""
    return (spectra.clamp(min=0) / 100).sqrt()


def distance(made: Tensor, target: Tensor) -> Tensor:
    """Squared error of root spectra, summed over the bins, plus 1 - cosine; batch mean."""
    squared = ((made - target) ** 2).sum(1).mean()
    return squared + (1 - F.cosine_similarity(made, target, eps=1e-6)).mean()
