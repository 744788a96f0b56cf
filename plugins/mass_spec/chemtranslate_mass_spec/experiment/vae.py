"""The paper's baseline: a variational autoencoder with the same layers, without a prescribed space.

Loss: MSE + KL (Table IV). Its space is learned from the spectra alone, so nothing tells it which
spectra are of one chemical.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.networks import sizes


class VaeSettings(BaseModel):
    """Hyper-parameters: those of Table II, and the weight of the KL divergence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: float = Field(1e-3, gt=0)
    epochs: int = Field(500, ge=1)
    batch: int = Field(32, ge=1)
    divergence: float = Field(1.0, ge=0)
    seed: int = 0


TUNING = VaeSettings(rate=1e-4, epochs=30)
"""How the VAE of other chemicals is tuned to the few spectra of the experiment's."""
ALONE = VaeSettings(epochs=200)
"""How it is trained where there are no other chemicals."""


class Vae(nn.Module):
    """Spectra -> normal distributions in 512 dimensions -> spectra.

    Args:
        bins: of a spectrum.
    """

    def __init__(self, bins: int) -> None:
        super().__init__()
        widths = sizes(bins)
        self.latent = widths[-1]
        self.encoder = Stack((*widths[:-1], 2 * self.latent))
        self.decoder = Stack(widths[::-1])

    def encode(self, spectra: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and logarithms of variances, (n, bins) -> (n, 512) each."""
        mean, log_variance = self.encoder(spectra).chunk(2, 1)
        return mean, log_variance.clamp(-20, 10)

    def forward(self, spectra: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Return reconstructions (n, bins), means and logarithms of variances (n, 512)."""
        mean, log_variance = self.encode(spectra)
        noise = torch.randn(mean.shape, generator=generator)
        return self.decoder(mean + noise * (log_variance / 2).exp()), mean, log_variance

    def vary(self, spectra: Tensor, copies: int, seed: int) -> Tensor:
        """Decode draws from each spectrum's distribution, (n, bins) -> (n * copies, bins)."""
        with torch.inference_mode():
            repeated = spectra.repeat_interleave(copies, 0)
            made: Tensor = self(repeated, torch.Generator().manual_seed(seed))[0]
        return made

    def reconstruct(self, spectra: Tensor) -> Tensor:
        """Decode the mean of each spectrum's distribution, (n, bins) -> (n, bins)."""
        with torch.inference_mode():
            made: Tensor = self.decoder(self.encode(spectra)[0])
        return made


def vae_loss(
    decoded: Tensor, target: Tensor, mean: Tensor, log_variance: Tensor, divergence: float
) -> Tensor:
    """MSE summed over the bins, plus the KL divergence from the standard normal; batch mean."""
    distance = ((decoded - target) ** 2).sum(1).mean()
    kl = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1).mean()
    return distance + divergence * kl


def fit_vae(
    spectra: NDArray[np.float32],
    settings: VaeSettings,
    progress: Callable[[int, int, float], None] = lambda step, steps, loss: None,
    start: Vae | None = None,
) -> Vae:
    """Train on (n, bins) spectra, base peak 100; from the weights of `start`, or from nothing."""
    torch.manual_seed(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    model = Vae(spectra.shape[1])
    if start is not None:
        model.load_state_dict(start.state_dict())
    optimizer = torch.optim.Adam(model.parameters(), settings.rate)
    every = torch.from_numpy(spectra)
    per_epoch = -(-len(every) // settings.batch)
    steps = settings.epochs * per_epoch
    model.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * (1 + math.cos(math.pi * step / steps)) / 2
        if step % per_epoch == 0:
            order = torch.randperm(len(every), generator=generator)
        first = step % per_epoch * settings.batch
        target = every[order[first : first + settings.batch]]
        decoded, mean, log_variance = model(target, generator)
        loss = vae_loss(decoded, target, mean, log_variance, settings.divergence)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        progress(step + 1, steps, float(loss.detach()))
    return model.eval()


def tuned_vae(
    general: Vae | None, spectra: NDArray[np.float32], seed: int, tuning: VaeSettings = TUNING
) -> Vae:
    """Tune a VAE to (n, bins) spectra, or train one from nothing; the one given stays as it is."""
    settings = ALONE if general is None else tuning
    return fit_vae(spectra, settings.model_copy(update={"seed": seed}), start=general)
