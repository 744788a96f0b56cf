"""How alike two spectra are: the figures by which decoders are judged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.search import unit

Figures = NDArray[np.float64]


def weighted_cosine(predicted: ArrayLike, measured: ArrayLike) -> Figures:
    """Return the weighted cosine similarity (Eq. 1 of the paper), m/z being the weight.

    Sim(s, t) = sum m s t / (sqrt(sum m s^2) sqrt(sum m t^2)), m = index + 1.

    Args:
        predicted: (n, bins).
        measured: (n, bins).

    Returns:
        (n,) float64; 0 where a spectrum is all zero.
    """
    weights = np.arange(1, np.shape(predicted)[-1] + 1, dtype=np.float64)
    return _similarity(predicted, measured, weights)


def cosine(predicted: ArrayLike, measured: ArrayLike) -> Figures:
    """Return the plain cosine similarity of (n, bins) with (n, bins): (n,), 0 for zero spectra."""
    return _similarity(predicted, measured, np.ones(np.shape(predicted)[-1]))


def mse(predicted: ArrayLike, measured: ArrayLike) -> Figures:
    """Return the mean over the bins of the squared difference, (n, bins) -> (n,)."""
    difference = np.asarray(predicted, np.float64) - np.asarray(measured, np.float64)
    figures: Figures = np.mean(difference**2, axis=-1)
    return figures


def metrics(predicted: ArrayLike, measured: ArrayLike) -> Mapping[str, Figures]:
    """Return the figures of Table IV for (n, bins) spectra with base peak 100; each (n,)."""
    return {
        "weighted cosine": weighted_cosine(predicted, measured),
        "mse": mse(predicted, measured),
    }


def _similarity(predicted: ArrayLike, measured: ArrayLike, weights: Figures) -> Figures:
    s = np.asarray(predicted, np.float64)
    t = np.asarray(measured, np.float64)
    product = (s * t) @ weights
    norms = np.sqrt((s * s) @ weights) * np.sqrt((t * t) @ weights)
    figures: Figures = np.divide(product, norms, out=np.zeros_like(product), where=norms > 0)
    return figures


def signature(spectra: ArrayLike) -> NDArray[np.float32]:
    """Return what is compared of (n, bins) spectra: roots of intensities times m/z, of length 1.

    Their products are the weighted cosine of library searches in its usual form (Stein and Scott
    1994, 10.1016/1044-0305(94)87009-8), with a square root where that has a power of 0.6 or 0.5.
    """
    roots = np.sqrt(np.asarray(spectra, np.float32).clip(0))
    return unit(roots * np.arange(1, roots.shape[1] + 1, dtype=np.float32))
