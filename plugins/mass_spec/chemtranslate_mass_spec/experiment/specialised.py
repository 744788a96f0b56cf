"""Specialised decoders (Table III): the general decoder, tuned to one chemical or a few.

The last four layers stay as they are in the general decoder; trained from nothing, a decoder of one
chemical learns its spectra by heart (Figure 8). Two forms: the paper's, in which the first five
layers are trained whole, and low-rank adapters, which add a product of two narrow matrices to each
of them and take a hundredth of the room. All chemicals are trained side by side, each step being
one batched product per layer; the chemicals do not feel each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from chemtranslate.learning.networks import Stack
from chemtranslate.search import nearest_rows
from chemtranslate_mass_spec.training import remove_peaks

TUNED = 5
"""First layers that are trained; the others are frozen (Table III)."""
LAYERS = 9
"""Of a decoder in all."""


class TuningSettings(BaseModel):
    """Hyper-parameters, as in Table III of the paper.

    Attributes:
        rank: width of the adapters; None trains the layers whole.
        tuned: first layers that are trained.
        rate: learning rate; adapters, which start from nothing, take a higher one.
        epochs: steps, each over all spectra of every chemical (the paper's batch of 32 holds them).
        peaks_removed: share of the peaks removed from the input.
        cosine_weight: lambda.
        at_once: chemicals trained side by side; bounds the memory.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rank: int | None = Field(4, ge=1)
    tuned: int = Field(TUNED, ge=1, le=LAYERS)
    rate: float = Field(1e-3, gt=0)
    epochs: int = Field(300, ge=1)
    peaks_removed: float = Field(0.15, ge=0, lt=1)
    cosine_weight: float = Field(10.0, ge=0)
    at_once: int = Field(64, ge=1)
    seed: int = 0


ADAPTERS = TuningSettings()
WHOLE = TuningSettings(rank=None, rate=1e-4, at_once=16)
SCRATCH = TuningSettings(rank=None, tuned=LAYERS, rate=1e-4, at_once=8)
"""Table III's settings for a decoder of random weights: what Figure 8 warns of."""


class Specialised(nn.Module):
    """Decoders of c chemicals on one general decoder.

    Args:
        general: the decoder they start from; its weights are shared and never change.
        chemicals: how many.
        rank: width of the adapters; None gives every chemical its own first layers.
        layers: how many first layers are each chemical's own.
    """

    def __init__(
        self, general: Stack, chemicals: int, rank: int | None, layers: int = TUNED
    ) -> None:
        super().__init__()
        self.rank, self.own_layers = rank, layers
        linear = [layer for layer in general.layers if isinstance(layer, nn.Linear)]
        self.general = [(one.weight.detach(), one.bias.detach()) for one in linear]
        self.slope = next(
            layer.negative_slope for layer in general.layers if isinstance(layer, nn.LeakyReLU)
        )
        tuned: dict[str, nn.Parameter] = {}
        for layer, (weight, bias) in enumerate(self.general[:layers]):
            outputs, inputs = weight.shape
            if rank is None:
                tuned[f"weight{layer}"] = nn.Parameter(weight.T.repeat(chemicals, 1, 1))
            else:
                down = torch.randn(chemicals, inputs, rank) / inputs**0.5
                tuned[f"down{layer}"] = nn.Parameter(down)
                tuned[f"up{layer}"] = nn.Parameter(torch.zeros(chemicals, rank, outputs))
            tuned[f"bias{layer}"] = nn.Parameter(bias.repeat(chemicals, 1))
        self.tuned = nn.ParameterDict(tuned)

    def forward(self, vectors: Tensor) -> Tensor:
        """Decode b hub vectors with each chemical's decoder, (c, b, 512) -> (c, b, bins)."""
        x = vectors
        for layer, (weight, bias) in enumerate(self.general):
            if layer:
                x = nn.functional.leaky_relu(x, self.slope)
            if layer >= self.own_layers:
                x = nn.functional.linear(x, weight, bias)
                continue
            if self.rank is None:
                x = torch.baddbmm(
                    self.tuned[f"bias{layer}"][:, None], x, self.tuned[f"weight{layer}"]
                )
            else:
                added = torch.bmm(
                    torch.bmm(x, self.tuned[f"down{layer}"]), self.tuned[f"up{layer}"]
                )
                x = nn.functional.linear(x, weight) + added + self.tuned[f"bias{layer}"][:, None]
        return x


def tune(
    general: Stack,
    encode: Callable[[Tensor], Tensor],
    spectra: NDArray[np.float32],
    own: NDArray[np.intp],
    settings: TuningSettings,
    progress: Callable[[int, int, float], None] = lambda step, steps, loss: None,
) -> dict[str, NDArray[np.float32]]:
    """Tune the general decoder to each of c chemicals, from its own spectra alone.

    Args:
        general: the decoder to start from.
        encode: maps (n, bins) spectra to (n, 512).
        spectra: (n, bins), base peak 100.
        own: (n,) the chemical of each, 0 to c - 1; every chemical has at least one.
        settings: how.
        progress: called after each step.

    Returns:
        the tuned parameters, each (c, ...), by name; see `decoders`.
    """
    chemicals = int(own.max()) + 1
    parts: list[dict[str, NDArray[np.float32]]] = []
    blocks = range(0, chemicals, settings.at_once)
    for number, first in enumerate(blocks):
        torch.manual_seed(settings.seed + first)
        here = [
            np.flatnonzero(own == c) for c in range(first, min(first + settings.at_once, chemicals))
        ]
        rows, present = padded(here)
        target = torch.from_numpy(spectra)[rows]
        model = Specialised(general, len(here), settings.rank, settings.tuned)
        optimizer = torch.optim.Adam(model.parameters(), settings.rate)
        generator = torch.Generator().manual_seed(settings.seed * 7919 + first)
        for step in range(settings.epochs):
            with torch.no_grad():
                damaged = target.flatten(0, 1)
                if settings.peaks_removed:
                    damaged = remove_peaks(damaged, settings.peaks_removed, generator)
                vectors = encode(damaged).reshape(*rows.shape, -1)
            loss = tuning_loss(model(vectors), target, present, settings.cosine_weight)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            progress(
                number * settings.epochs + step + 1,
                len(blocks) * settings.epochs,
                float(loss.detach()) / len(here),
            )
        parts.append({name: value.detach().numpy() for name, value in model.tuned.items()})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def decoders(
    general: Stack, tuned: Mapping[str, NDArray[np.floating]], chemicals: NDArray[np.intp]
) -> Specialised:
    """Return the decoders of some chemicals from what `tune` returned."""
    rank = tuned["down0"].shape[2] if "down0" in tuned else None
    layers = sum(name.startswith("bias") for name in tuned)
    model = Specialised(general, len(chemicals), rank, layers)
    for name, parameter in model.tuned.items():
        parameter.data = torch.from_numpy(np.asarray(tuned[name])[chemicals].astype(np.float32))
    return model.eval()


def padded(rows: list[NDArray[np.intp]]) -> tuple[Tensor, Tensor]:
    """Return rows of c chemicals as (c, b), the short ones repeated, and which are their own."""
    most = max(map(len, rows))
    indices = torch.from_numpy(np.stack([np.resize(one, most) for one in rows]))
    present = torch.tensor([[i < len(one) for i in range(most)] for one in rows])
    return indices, present


def tuning_loss(decoded: Tensor, target: Tensor, present: Tensor, cosine_weight: float) -> Tensor:
    """Sum over the chemicals of their mean MSE + lambda (1 - weighted cosine).

    A sum, so that one chemical's gradient does not depend on how many are trained beside it.

    Args:
        decoded, target: (c, b, bins).
        present: (c, b) which of them count.
    """
    weights = torch.arange(1, target.shape[-1] + 1, dtype=target.dtype)
    squares = (weights * decoded**2).sum(-1) * (weights * target**2).sum(-1)
    similarity = (weights * decoded * target).sum(-1) / squares.clamp(min=1e-12).sqrt()
    each = ((decoded - target) ** 2).mean(-1) + cosine_weight * (1 - similarity)
    total: Tensor = ((each * present).sum(1) / present.sum(1)).sum()
    return total


def nearest_regions(
    vectors: NDArray[np.floating], centres: NDArray[np.floating], least: float
) -> NDArray[np.intp]:
    """Return the region of the hub that each vector belongs to.

    Args:
        vectors: (n, 512).
        centres: (r, 512), one or more per region: the hub points of its chemicals.
        least: cosine to the nearest centre below which a vector belongs to none.

    Returns:
        (n,) rows of `centres`, -1 for none.
    """
    rows, cosines = nearest_rows(vectors, centres, 1)
    chosen: NDArray[np.intp] = np.where(cosines[:, 0] >= least, rows[:, 0], -1)
    return chosen
