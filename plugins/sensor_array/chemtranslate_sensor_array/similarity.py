"""How alike two readings are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemtranslate.protocols import Array


def correlation(one: Array, other: Array) -> NDArray[np.float64]:
    """Return Pearson's correlation of (..., channels) arrays, pair by pair; 0 where one is flat."""
    a, b = (np.asarray(x, np.float64) - np.mean(x, -1, dtype=np.float64, keepdims=True)
            for x in (one, other))
    product = (a * b).sum(-1)
    lengths = np.sqrt((a**2).sum(-1) * (b**2).sum(-1))
    alike: NDArray[np.float64] = np.divide(
        product, lengths, out=np.zeros_like(product), where=lengths > 0
    )
    return alike


def metrics(predicted: Array, measured: Array) -> Mapping[str, NDArray[np.float64]]:
    """Return correlation and root mean square difference of (n, channels) arrays, (n,) each.

    Of logs, a difference of 0.1 is about 10 % of the response.
    """
    difference = np.asarray(predicted, np.float64) - np.asarray(measured, np.float64)
    return {
        "correlation": correlation(predicted, measured),
        "RMS log difference": np.sqrt((difference**2).mean(-1)),
    }
