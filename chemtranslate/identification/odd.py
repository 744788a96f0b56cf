"""Odd samples, made up from measured ones: what a sample looks like that is not what it should be.

Mixtures of two, values that have changed places, places that have changed; and samples of which
little but one region is left. No sample of another kind (of other ionisation, say) is needed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from chemtranslate.protocols import Array

Maker = Callable[[Array, np.random.Generator], Array]
"""Measured arrays, (n, *shape) -> odd ones."""
SHARES = (0.3, 0.7)
"""Of the first sample in a mixture of two."""
LOST, JITTER = 0.3, 0.1
"""Half of what is learned from has lost up to this share of its values; the others vary."""
REGION = 2
"""Places on either side of one that stay with it."""
REGIONS = 0.35
"""Chance that no further region is left, after each."""
FAINTEST = 0.01
"""Height that a further region has at least, as a share of the first one's."""
STRONG = 0.02
"""Share of the largest value from which a value is strong."""


def mixtures(arrays: Array, rng: np.random.Generator) -> Array:
    """Return each of (n, *shape) arrays mixed with another, the strongest value as before."""
    sums = arrays.reshape(len(arrays), -1).sum(1).reshape(-1, *[1] * (arrays.ndim - 1))
    scaled = arrays / np.where(sums > 0, sums, 1)
    share = rng.uniform(*SHARES, (len(arrays), *[1] * (arrays.ndim - 1)))
    others = np.roll(scaled, rng.integers(1, max(len(arrays), 2)), 0)  # never a sample itself
    mixed = share * scaled + (1 - share) * others
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
    """Return (n, *shape) arrays of which a few regions are left, one and what is fainter.

    Mostly late ones: as where molecules hardly break.
    """
    found = np.zeros_like(arrays.reshape(len(arrays), -1))
    for row, measured in zip(found, arrays.reshape(len(arrays), -1), strict=True):
        strong = np.flatnonzero(measured > STRONG * measured.max())
        if not strong.size:
            continue
        odds = np.linspace(0.2, 1, strong.size) ** 2
        count = min(strong.size, int(rng.geometric(REGIONS)))
        for number, place in enumerate(rng.choice(strong, count, False, odds / odds.sum())):
            near = slice(max(place - REGION, 0), place + REGION + 1)
            height = FAINTEST ** rng.uniform(0, 1) if number else 1.0
            part = measured[near] * (height * measured.max() / measured[near].max())
            row[near] = np.maximum(row[near], part)
    return found.reshape(arrays.shape)


DISORDERED = (mixtures, values_shuffled, places_shuffled)
"""Kinds that are odd by what stands beside what."""
SPARSE = (few_regions,)
"""Kinds that are odd by what is not there."""


def restless(arrays: Array, rng: np.random.Generator) -> Array:
    """Return (n, *shape) arrays of which half are as if measured again, less well."""
    flat = arrays.reshape(len(arrays), -1)
    lost = np.where(rng.random((len(flat), 1)) < 0.5, 0, rng.uniform(0, LOST, (len(flat), 1)))
    gone = (rng.random(flat.shape) < lost) & (flat < flat.max(1, keepdims=True))
    varied = np.where(lost > 0, np.exp(JITTER * rng.standard_normal(flat.shape)), 1)
    damaged: Array = np.where(gone, 0, flat * varied).astype(arrays.dtype)
    return damaged.reshape(arrays.shape)


def _as_strong(made: Array, measured: Array) -> Array:
    """Scale arrays so that the largest value of each is what it was, whatever its sign."""
    axes = tuple(range(1, made.ndim))
    largest, before = (np.abs(each).max(axes, keepdims=True) for each in (made, measured))
    scaled: Array = made * (before / np.where(largest > 0, largest, 1))
    return scaled.astype(measured.dtype)
