"""Whether a sample is like any that was seen: an unknown of another kind is not to be named.

Odd samples are made up from measured ones: mixtures of two, values that have changed places, places
that have changed, all but a few parts missing. A small network learns to tell them from measured
ones by their arrays alone; on the valid part, a logistic regression weighs what it says beside how
well any candidate fits. No sample of another kind (of other ionisation, say) is learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import Tensors
from chemtranslate.errors import InputError
from chemtranslate.identification.combination import softmax
from chemtranslate.identification.evidence import Seen
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout
from chemtranslate.learning.models import through, weights_of
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Array, ArrayForm
from chemtranslate.sample import Sample

Floats = NDArray[np.float32]
WIDTH = 256
SETTINGS = FitSettings(rate=1e-3, epochs=8, batch=256, falling=True, decay=0.05)
DRAWS = 3
"""Odd samples of each kind that are made of each measured one, for the network."""
SHARES = (0.3, 0.7)
"""Of the first sample in a mixture of two."""
FEW = 8
"""Parts that are left at most of a sample of which most is missing."""
NEAREST = 5
"""Candidates whose cosines are averaged."""
_EMPTY = Sample("", None)


def network_for(size: int) -> Residual:
    """Return the network that tells odd arrays of `size` numbers from measured ones."""
    return Residual(size, 1, WIDTH, 1, 0.5)


def mixtures(arrays: Array, rng: np.random.Generator) -> Array:
    """Return each of (n, *shape) arrays mixed with another, the strongest value as before."""
    sums = arrays.reshape(len(arrays), -1).sum(1).reshape(-1, *[1] * (arrays.ndim - 1))
    scaled = arrays / np.where(sums > 0, sums, 1)
    share = rng.uniform(*SHARES, (len(arrays), *[1] * (arrays.ndim - 1)))
    mixed = share * scaled + (1 - share) * scaled[rng.permutation(len(arrays))]
    return _as_strong(mixed, arrays)


def values_shuffled(arrays: Array, rng: np.random.Generator) -> Array:
    """Return (n, *shape) arrays whose values above zero have changed places among them."""
    found = arrays.reshape(len(arrays), -1).copy()
    for row in found:
        there = np.flatnonzero(row > 0)
        row[there] = row[rng.permutation(there)]
    return found.reshape(arrays.shape)


def places_shuffled(arrays: Array, rng: np.random.Generator) -> Array:
    """Return (n, *shape) arrays whose values lie anywhere up to the last that is above zero."""
    found = np.zeros_like(arrays.reshape(len(arrays), -1))
    for row, measured in zip(found, arrays.reshape(len(arrays), -1), strict=True):
        there = np.flatnonzero(measured > 0)
        if there.size:
            row[rng.choice(there[-1] + 1, there.size, replace=False)] = measured[there]
    return found.reshape(arrays.shape)


def mostly_missing(arrays: Array, rng: np.random.Generator) -> Array:
    """Return (n, *shape) arrays of which the last strong value and a few others are left."""
    found = np.zeros_like(arrays.reshape(len(arrays), -1))
    for row, measured in zip(found, arrays.reshape(len(arrays), -1), strict=True):
        there = np.flatnonzero(measured > 0)
        if there.size:
            last = np.flatnonzero(measured > 0.02 * measured.max())[-1]
            near = there[np.abs(there - last) <= 2]
            few = rng.choice(there, min(there.size, int(rng.integers(0, FEW))), replace=False)
            row[few] = measured[few] * rng.uniform(0.05, 1)
            row[near] = measured[near]
            row[last] = measured.max()
    return found.reshape(arrays.shape)


KINDS = (mixtures, values_shuffled, places_shuffled, mostly_missing)


def _as_strong(made: Array, measured: Array) -> Array:
    """Scale arrays so that the largest value of each is what it was."""
    axes = tuple(range(1, made.ndim))
    largest = made.max(axes, keepdims=True)
    scaled: Array = made * (measured.max(axes, keepdims=True) / np.where(largest > 0, largest, 1))
    return scaled.astype(measured.dtype)


@dataclass(frozen=True)
class Familiarity:
    """How like samples of its kind a sample is.

    Attributes:
        network: tells odd arrays from measured ones; log odds of being measured.
        means, deviations, weights: (5,) of the logistic regression's inputs.
        offset: (1,) of the logistic regression.
    """

    network: Residual
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    weights: NDArray[np.float64]
    offset: NDArray[np.float64]

    @classmethod
    def of_tensors(cls, tensors: Tensors) -> Familiarity:
        """Return it from the tensors that `tensors` gave.

        Raises:
            KeyError, RuntimeError: they are others.
        """
        weights = {
            name.removeprefix("network."): torch.from_numpy(tensor.astype(np.float32))
            for name, tensor in tensors.items()
            if name.startswith("network.")
        }
        network = network_for(weights["first.weight"].shape[1])
        network.load_state_dict(weights)
        own = (tensors[name] for name in ("means", "deviations", "weights", "offset"))
        return cls(network.eval(), *own)

    def tensors(self) -> Mapping[str, NDArray[Any]]:
        """Return all of it as tensors."""
        weights = {f"network.{name}": value for name, value in weights_of(self.network).items()}
        return {
            **weights,
            "means": self.means,
            "deviations": self.deviations,
            "weights": self.weights,
            "offset": self.offset,
        }

    def of(self, inputs: Floats) -> Floats:
        """Map (n, 5) `inputs_of` to (n,): 1 is familiar, near 0 like nothing seen."""
        standard = (inputs - self.means) / self.deviations
        logits = standard @ self.weights + self.offset
        found: Floats = (1 / (1 + np.exp(-logits))).astype(np.float32)
        return found


def inputs_of(network: nn.Module, seen: Seen, cosines: Floats, logits: Floats) -> Floats:
    """Return what n samples are judged by, (n, 5).

    Args:
        network: that of `Familiarity`.
        cosines: (n, m) of their vectors with the candidates' points.
        logits: (n, m) of the candidates, all evidence but that of a library together.
    """
    near = np.partition(cosines, max(cosines.shape[1] - NEAREST, 0), 1)[:, -NEAREST:]
    shares, together = softmax(logits)
    doubt = together - np.einsum("nm,nm->n", shares, logits)  # the entropy of the shares
    columns = (
        through(network, seen.encodable.reshape(len(seen.encodable), -1))[:, 0],
        np.linalg.norm(seen.vectors, axis=1),
        near.mean(1),
        logits.max(1),
        doubt,
    )
    return np.stack(columns, 1).astype(np.float32)


def learned_network(
    arrays: Array, form: ArrayForm, seen_by: ArrayForm, seed: int
) -> Residual:
    """Train the network on measured arrays, and on odd ones made of them.

    Args:
        arrays: (n, *shape) of the train part, in the decoder's form.
        form: that form.
        seen_by: the encoder's form.
    """
    rng = np.random.default_rng(seed)
    measured = as_seen(arrays, form, seen_by)[1]
    odd = np.concatenate(
        [as_seen(kind(arrays, rng), form, seen_by)[1] for kind in KINDS * DRAWS]
    )
    size = int(np.prod(seen_by.shape))
    inputs = torch.from_numpy(np.concatenate([measured, odd]).reshape(-1, size))
    real = torch.cat([torch.ones(len(measured)), torch.zeros(len(odd))])
    balance = torch.where(real > 0, len(odd) / max(len(measured), 1), 1.0)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        network = network_for(size)

    def loss_of(rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(
            network(inputs[rows])[:, 0], real[rows], weight=balance[rows]
        )

    settings = SETTINGS.model_copy(update={"seed": seed})
    fit_with_dropout(network, len(inputs), loss_of, settings, None, resume=False,
                     progress=lambda step, steps, loss: None)
    return network


def as_seen(
    arrays: Array, form: ArrayForm, seen_by: ArrayForm
) -> tuple[NDArray[np.intp], Array]:
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
    network: Residual, measured: Floats, odd: Floats
) -> Familiarity:
    """Return the logistic regression of (n, 5) inputs of measured samples and (m, 5) of odd ones.

    Both kinds count alike.
    """
    inputs = np.concatenate([measured, odd]).astype(np.float64)
    means, deviations = inputs.mean(0), inputs.std(0).clip(1e-6)
    standard = torch.from_numpy((inputs - means) / deviations)
    real = torch.cat([torch.ones(len(measured)), torch.zeros(len(odd))]).double()
    balance = torch.where(real > 0, len(odd) / len(measured), 1.0).double()
    weights = torch.zeros(inputs.shape[1], dtype=torch.double, requires_grad=True)
    offset = torch.zeros(1, dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, offset], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(
            standard @ weights + offset, real, weight=balance
        ) + 1e-3 * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return Familiarity(
        network, means, deviations, weights.detach().numpy(), offset.detach().numpy()
    )
