"""How alike two infrared spectra are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from chemtranslate import search
from chemtranslate.protocols import Array


def cosine(one: Array, other: Array) -> NDArray[np.float64]:
    """Return the cosine of (..., points) spectra, pair by pair; 0 where one is all zero.

    Negative absorbances count as zero.
    """
    return search.cosine(*(np.asarray(each, np.float64).clip(0) for each in (one, other)))


def metrics(predicted: Array, measured: Array) -> Mapping[str, NDArray[np.float64]]:
    """Return cosine and root mean square difference of (n, points) spectra, (n,) each."""
    difference = np.asarray(predicted, np.float64) - np.asarray(measured, np.float64)
    return {
        "cosine": cosine(predicted, measured),
        "RMS difference": np.sqrt((difference**2).mean(-1)),
    }
