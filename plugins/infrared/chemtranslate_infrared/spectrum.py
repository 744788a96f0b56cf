"""An infrared spectrum: absorbance by wavenumber."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.errors import InputError

OPAQUE = 1e-3
"""Transmittance below which a band counts as opaque: absorbance 3, beyond most detectors."""


@dataclass(frozen=True, slots=True, eq=False)
class InfraredSpectrum:
    """Absorbance (decadic) at points of the wavenumber axis.

    Attributes:
        wavenumbers: (n,) float64, 1/cm, strictly ascending; need not be evenly spaced.
        absorbances: (n,) float64, finite; NaN where the instrument gave none.
    """

    wavenumbers: NDArray[np.float64]
    absorbances: NDArray[np.float64]

    @classmethod
    def of(cls, wavenumbers: ArrayLike, absorbances: ArrayLike) -> InfraredSpectrum:
        """Return the spectrum of any axis, ascending or descending.

        Raises:
            InputError: fewer than two points, lengths differ, a wavenumber is not positive and
                finite or occurs twice, or an absorbance is infinite.
        """
        x = np.asarray(wavenumbers, np.float64)
        y = np.asarray(absorbances, np.float64)
        if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
            raise InputError(
                f"found {x.size} wavenumbers and {y.size} absorbances, expected as many, at least 2"
            )
        if not (np.isfinite(x).all() and (x > 0).all()):
            worst = x[~(np.isfinite(x) & (x > 0))][0]
            raise InputError(f"found the wavenumber {worst:g}, expected a positive number of 1/cm")
        if np.isinf(y).any():
            raise InputError(f"found an infinite absorbance at {x[np.isinf(y)][0]:g} 1/cm")
        order = np.argsort(x, kind="stable")
        x, y = x[order], y[order]
        if (twice := np.flatnonzero(np.diff(x) <= 0)).size:
            raise InputError(f"found {x[twice[0]]:g} 1/cm twice, expected each wavenumber once")
        return cls(x, y)

    def __len__(self) -> int:
        return len(self.wavenumbers)


def absorbance_of(transmittance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return -log10 of a transmittance between 0 and 1; what is below OPAQUE counts as that."""
    absorbance: NDArray[np.float64] = -np.log10(np.maximum(transmittance, OPAQUE))
    return absorbance
