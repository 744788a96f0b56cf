"""Whether a sample is like any that was seen: an unknown of another kind is not to be named.

Odd samples are made up from measured ones (`chemtranslate.identification.odd`). A network learns to
tell the arrays of disordered ones from measured ones: by convolutions, as what is odd about values
that have changed places is how they stand beside their neighbours, wherever these are. A logistic
regression of several kinds, fitted on the valid part, weighs what it says beside how near to known
chemicals the encoder places a sample, how like the sample is what is decoded from there, and of how
many parts it consists. Candidates have no say: a sample is no odder for being looked for among few.

Whether a sample is sparse, the network does not say. It would learn to know made-up ones by
how empty they are between their regions, and swear by all others, as by those of soft ionisation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import Tensors
from chemtranslate.errors import InputError
from chemtranslate.identification.evidence import Evidence, Seen, unprefixed
from chemtranslate.identification.odd import DISORDERED, restless
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout
from chemtranslate.learning.models import state_of, through, weights_of
from chemtranslate.protocols import Array, ArrayForm, Progress
from chemtranslate.sample import Sample

Floats = NDArray[np.float32]
CHANNELS = 32
SETTINGS = FitSettings(rate=2e-3, epochs=20, batch=26, falling=True, decay=0.05)
"""Of each measured sample in a batch, one disordered one of each kind is in it, too."""
PART = 0.005
"""Share of the largest value from which a value is a part at all."""
ODD = 0.2
"""Share of the unknowns that are taken to be odd, before one has looked at them."""
PENALTY = 1e-3
"""On the squares of the weights: where, in cross-validation, the log loss falls no further."""
LIMIT = 4.0
"""Deviations from the mean beyond which an input says no more."""
_EMPTY = Sample("", None)


class Layer(nn.Sequential):
    """A convolution of (n, inputs, places) with normalisation of its channels."""

    def __init__(self, inputs: int, outputs: int, width: int, stride: int) -> None:
        super().__init__(
            nn.Conv1d(inputs, outputs, width, stride, width // 2),
            nn.BatchNorm1d(outputs),
            nn.GELU(),
        )


class Discriminator(nn.Module):
    """Arrays -> log odds of being measured.

    Args:
        size: numbers of an array.
        channels: of the first layers; the later ones have twice as many.
    """

    FAINTEST = 1e-4
    """Share of the largest value below which all values are alike."""
    MARKS = 4
    """Numbers that are learned for each place."""

    def __init__(self, size: int, channels: int = CHANNELS) -> None:
        super().__init__()
        self.places = nn.Parameter(0.1 * torch.randn(self.MARKS, size))
        self.body = nn.Sequential(
            Layer(3 + self.MARKS, channels, 9, 1),
            Layer(channels, channels, 7, 2),
            Layer(channels, 2 * channels, 7, 2),
            Layer(2 * channels, 2 * channels, 5, 2),
            Layer(2 * channels, 2 * channels, 5, 1),
        )
        self.head = nn.Sequential(
            nn.Dropout(0.2),
            nn.Linear(6 * channels, 64),
            nn.GELU(),
            nn.Dropout(0.2),
            nn.Linear(64, 1),
        )

    def forward(self, arrays: Tensor) -> Tensor:
        """Map (n, ..., places) of `size` numbers to (n, 1)."""
        flat = arrays.flatten(1)
        share = flat.abs() / flat.abs().amax(1, keepdim=True).clamp(min=1e-12)
        magnitude = (1 + share / self.FAINTEST).log() / 10
        scaled = torch.stack([3 * share.sqrt() * flat.sign(), magnitude], 1)
        place = torch.linspace(0, 2, flat.shape[1])
        known = torch.cat([place[None], self.places]).expand(len(flat), -1, -1)
        found = self.body(torch.cat([scaled, known], 1))
        weighed = (found * found.softmax(2)).sum(2)
        odds: Tensor = self.head(torch.cat([found.mean(2), found.amax(2), weighed], 1))
        return odds


@dataclass(frozen=True)
class Familiarity:
    """How like samples of its kind a sample is.

    Attributes:
        network: tells disordered arrays from measured ones; log odds of being measured.
        means, deviations: (5,) of what samples are judged by.
        weights: (21, kinds + 1) of the regression: of these, their products, and 1.
    """

    network: Discriminator
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def of_tensors(cls, tensors: Tensors) -> Familiarity:
        """Return it from the tensors that `tensors` gave.

        Raises:
            KeyError, RuntimeError: they are others.
        """
        weights = state_of(unprefixed(tensors, "network."))
        network = Discriminator(weights["places"].shape[1], len(weights["body.0.0.weight"]))
        network.load_state_dict(weights)
        own = (tensors[name] for name in ("means", "deviations", "weights"))
        return cls(network.eval(), *own)

    def tensors(self) -> Mapping[str, NDArray[Any]]:
        """Return all of it as tensors."""
        weights = {f"network.{name}": value for name, value in weights_of(self.network).items()}
        own = {"means": self.means, "deviations": self.deviations, "weights": self.weights}
        return {**weights, **own}

    def of(self, inputs: Floats) -> Floats:
        """Map (n, 5) `inputs_of` to (n,): 1 is familiar, near 0 like nothing seen."""
        logits = expanded(inputs, self.means, self.deviations) @ self.weights
        odds = np.exp(logits - logits.max(1, keepdims=True))
        found: Floats = (odds[:, 0] / odds.sum(1)).astype(np.float32)
        return found


def inputs_of(network: nn.Module, evidence: Evidence, seen: Seen) -> Floats:
    """Return what n samples are judged by, (n, 5), whatever the candidates are.

    Args:
        network: that of `Familiarity`.
    """
    made = evidence.signature(evidence.decoder.decode(seen.vectors))
    flat = np.abs(seen.arrays.reshape(len(seen.arrays), -1)).astype(np.float64)
    shares = flat / flat.sum(1, keepdims=True).clip(1e-12)
    columns = (
        through(network, seen.arrays)[:, 0],
        evidence.encoder.hub.nearness(seen.vectors),
        (made * seen.signatures).sum(1),
        -(shares * np.log(shares + 1e-12)).sum(1),
        np.log1p((flat > PART * flat.max(1, keepdims=True)).sum(1)),
    )
    return np.stack(columns, 1).astype(np.float32)


def expanded(
    inputs: NDArray[np.floating], means: NDArray[np.float64], deviations: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (n, k) inputs in units of their deviations, all products of two of them, and 1."""
    z = ((inputs - means) / deviations).clip(-LIMIT, LIMIT)
    one, other = np.triu_indices(z.shape[1])
    return np.concatenate([z, z[:, one] * z[:, other], np.ones((len(z), 1))], 1)


def _of_network(inputs: int) -> NDArray[np.bool_]:
    """Return in which columns of `expanded` the first input is, what the network says."""
    one, _ = np.triu_indices(inputs)
    return np.concatenate([np.arange(inputs) == 0, one == 0, [False]])


def learned_network(
    arrays: Array, seed: int, work: Path | None, *, resume: bool, progress: Progress
) -> Discriminator:
    """Train the network on measured arrays, and on disordered ones made of them.

    Args:
        arrays: (n, *shape) of the train part.
        work, resume, progress: as of `fit`.
    """
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        network = Discriminator(int(np.prod(arrays.shape[1:])))

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        rng = np.random.default_rng(generator.initial_seed())
        own = arrays[rows.numpy()]
        made = [own, *(kind(own, rng) for kind in DISORDERED)]
        inputs = torch.from_numpy(np.concatenate([restless(one, rng) for one in made]))
        real = torch.zeros(len(inputs))
        real[: len(own)] = 1
        balance = torch.where(real > 0, float(len(DISORDERED)), 1.0)
        odds = network(inputs)[:, 0]
        return F.binary_cross_entropy_with_logits(odds, real, weight=balance)

    settings = SETTINGS.model_copy(update={"seed": seed})
    fit_with_dropout(
        network, len(arrays), loss_of, settings, work, resume=resume, progress=progress
    )
    return network


def as_seen(arrays: Array, form: ArrayForm, seen_by: ArrayForm) -> tuple[NDArray[np.intp], Array]:
    """Return arrays in another form, those that make a signal.

    Args:
        arrays: (n, *shape), in `form`.

    Returns:
        which of them do, (m,), and these, (m, *shape) in the other form.
    """
    rows, found = [], []
    for row, array in enumerate(arrays):
        try:
            found.append(seen_by.to_array(replace(_EMPTY, signal=form.to_signal(array))))
        except InputError:
            continue
        rows.append(row)
    return np.array(rows, np.intp), np.array(found, np.float32).reshape(-1, *seen_by.shape)


def regression(
    network: Discriminator, measured: Floats, disordered: list[Floats], sparse: list[Floats]
) -> Familiarity:
    """Return the regression of (n, 5) inputs of measured samples, and of odd ones of each kind.

    The kinds of odd samples count alike, and all of them together as ODD says. What the network
    says has a part in the odds of the disordered ones alone.
    """
    groups = [measured, *disordered, *sparse]
    inputs = np.concatenate(groups).astype(np.float64)
    means, deviations = inputs.mean(0), inputs.std(0).clip(1e-6)
    products = torch.from_numpy(expanded(inputs, means, deviations))
    kinds = torch.cat([torch.full((len(group),), n) for n, group in enumerate(groups)])
    shares = [1 - ODD, *[ODD / (len(groups) - 1)] * (len(groups) - 1)]
    balance = torch.tensor([share / len(g) for share, g in zip(shares, groups, strict=True)])
    free = torch.ones((products.shape[1], len(groups)), dtype=torch.double)
    by_network = torch.from_numpy(_of_network(inputs.shape[1]))
    free[by_network, 0] = 0
    free[by_network, 1 + len(disordered) :] = 0
    weights = torch.zeros_like(free, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = F.cross_entropy(products @ (weights * free), kinds, reduction="none")
        loss = (losses * balance[kinds]).sum() + PENALTY * (weights[:-1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return Familiarity(network, means, deviations, weights.detach().numpy())
