"""How alike two readings are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemtranslate.protocols import Array
from chemtranslate.search import cosine


def correlation(one: Array, other: Array) -> NDArray[np.float64]:
    """Return Pearson's correlation of (..., channels) arrays, pair by pair; 0 where one is flat."""
    centred = (
        np.asarray(each, np.float64) - np.mean(each, -1, dtype=np.float64, keepdims=True)
        for each in (one, other)
    )
    return cosine(*centred)


def metrics(predicted: Array, measured: Array) -> Mapping[str, NDArray[np.float64]]:
    """Return correlation and root mean square difference of (n, channels) arrays, (n,) each.

    Of logs, a difference of 0.1 is about 10 % of the response.
    """
    difference = np.asarray(predicted, np.float64) - np.asarray(measured, np.float64)
    return {
        "correlation": correlation(predicted, measured),
        "RMS log difference": np.sqrt((difference**2).mean(-1)),
    }
