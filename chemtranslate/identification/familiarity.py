"""Whether a sample is like any that was seen: an unknown of another kind is not to be named.

Odd samples are made up from measured ones: mixtures of two, values that have changed places, places
that have changed, all but a few regions missing. A network learns to tell their arrays from
measured ones. A logistic regression, fitted on the valid part, weighs what it says beside how near
to known chemicals the encoder places a sample, how like the sample is what is decoded from there,
and of how many parts it consists. Candidates have no say: a sample is no odder for being looked for
among few. No sample of another kind (of other ionisation, say) is learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional as F  # noqa: N812

from chemtranslate.artefact import Tensors
from chemtranslate.errors import InputError
from chemtranslate.identification.evidence import Evidence, Seen
from chemtranslate.learning.fitting import FitSettings, fit_with_dropout
from chemtranslate.learning.models import through, weights_of
from chemtranslate.learning.networks import Residual
from chemtranslate.protocols import Array, ArrayForm
from chemtranslate.sample import Sample

Floats = NDArray[np.float32]
WIDTH = 192
SETTINGS = FitSettings(rate=1e-3, epochs=12, batch=256, falling=True, decay=0.1)
DRAWS = 4
"""Odd samples of each kind, and damaged ones, that are made of each measured one."""
SHARES = (0.3, 0.7)
"""Of the first sample in a mixture of two."""
LOST, JITTER = 0.3, 0.1
"""Half of what the network learns from has lost up to this share of its values; the others vary."""
REGION = 2
"""Places on either side of one that stay with it."""
REGIONS = 0.35
"""Chance that no further region is left, after each."""
STRONG, PART = 0.02, 0.005
"""Shares of the largest value from which a value is strong, and from which it is a part at all."""
PENALTY = 0.005
LIMIT = 4.0
"""Deviations from the mean beyond which an input says no more."""
_EMPTY = Sample("", None)


def network_for(size: int, width: int = WIDTH) -> Residual:
    """Return the network that tells odd arrays of `size` numbers from measured ones."""
    return Residual(size, 1, width, 1, 0.5)


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


def few_regions(arrays: Array, rng: np.random.Generator) -> Array:
    """Return (n, *shape) arrays of which a few regions are left, mostly late ones."""
    found = np.zeros_like(arrays.reshape(len(arrays), -1))
    for row, measured in zip(found, arrays.reshape(len(arrays), -1), strict=True):
        strong = np.flatnonzero(measured > STRONG * measured.max())
        if not strong.size:
            continue
        odds = np.linspace(0.2, 1, strong.size) ** 2
        count = min(strong.size, int(rng.geometric(REGIONS)))
        for number, place in enumerate(rng.choice(strong, count, False, odds / odds.sum())):
            near = slice(max(place - REGION, 0), place + REGION + 1)
            height = 1.0 if number == 0 else rng.uniform(0.03, 1)
            part = measured[near] * (height * measured.max() / measured[near].max())
            row[near] = np.maximum(row[near], part)
    return found.reshape(arrays.shape)


KINDS = (mixtures, values_shuffled, places_shuffled, few_regions)


def restless(arrays: Array, rng: np.random.Generator) -> Array:
    """Return (n, *shape) arrays of which half are as if measured again, less well."""
    flat = arrays.reshape(len(arrays), -1)
    lost = np.where(rng.random((len(flat), 1)) < 0.5, 0, rng.uniform(0, LOST, (len(flat), 1)))
    gone = (rng.random(flat.shape) < lost) & (flat < flat.max(1, keepdims=True))
    varied = np.where(lost > 0, np.exp(JITTER * rng.standard_normal(flat.shape)), 1)
    damaged: Array = np.where(gone, 0, flat * varied).astype(arrays.dtype)
    return damaged.reshape(arrays.shape)


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
        means, deviations: (5,) of what samples are judged by.
        weights: (21, kinds + 1) of the regression: of these, their products, and 1.
    """

    network: Residual
    means: NDArray[np.float64]
    deviations: NDArray[np.float64]
    weights: NDArray[np.float64]

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
        width, size = weights["first.weight"].shape
        network = network_for(size, width)
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
        through(network, seen.encodable.reshape(len(seen.encodable), -1))[:, 0],
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


def learned_network(arrays: Array, form: ArrayForm, seen_by: ArrayForm, seed: int) -> Residual:
    """Train the network on measured arrays, and on odd ones made of them.

    Args:
        arrays: (n, *shape) of the train part, in the decoder's form.
        form: that form.
        seen_by: the encoder's form.
    """
    rng = np.random.default_rng(seed)
    size = int(np.prod(seen_by.shape))

    def drawn(kind: Callable[[Array, np.random.Generator], Array]) -> torch.Tensor:
        made = restless(kind(arrays, rng), rng)
        inputs = as_seen(made, form, seen_by)[1].reshape(-1, size)
        return torch.from_numpy(inputs.astype(np.float16))

    measured = [drawn(lambda found, rng: found) for _ in range(DRAWS)]
    odd = [drawn(kind) for kind in KINDS * DRAWS]
    inputs = torch.cat([*measured, *odd])
    real = torch.zeros(len(inputs))
    real[: sum(map(len, measured))] = 1
    balance = torch.where(real > 0, float(len(KINDS)), 1.0)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        network = network_for(size)

    def loss_of(rows: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(
            network(inputs[rows].float())[:, 0], real[rows], weight=balance[rows]
        )

    settings = SETTINGS.model_copy(update={"seed": seed, "epochs": SETTINGS.epochs // DRAWS})
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


def regression(network: Residual, groups: list[Floats]) -> Familiarity:
    """Return the regression of (n, 5) inputs of measured samples, and of odd ones of each kind.

    Measured and odd samples count alike, and so do the kinds.

    Args:
        groups: the measured ones first.
    """
    inputs = np.concatenate(groups).astype(np.float64)
    means, deviations = inputs.mean(0), inputs.std(0).clip(1e-6)
    products = torch.from_numpy(expanded(inputs, means, deviations))
    kinds = torch.cat([torch.full((len(group),), n) for n, group in enumerate(groups)])
    shares = [0.5, *[0.5 / (len(groups) - 1)] * (len(groups) - 1)]
    balance = torch.tensor([share / len(g) for share, g in zip(shares, groups, strict=True)])
    weights = torch.zeros((products.shape[1], len(groups)), dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        losses = F.cross_entropy(products @ weights, kinds, reduction="none")
        loss = (losses * balance[kinds]).sum() + PENALTY * (weights[:-1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return Familiarity(network, means, deviations, weights.detach().numpy())
