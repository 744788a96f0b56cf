"""The array form of an infrared spectrum: absorbance on an even grid, the strongest band 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.batching import finite
from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_infrared.spectrum import InfraredSpectrum

GAP = 20.0
"""1/cm: points of a spectrum farther apart than this leave something unmeasured between them."""


class Grid:
    """Spectrum <-> (count,) float32; fulfils `ArrayForm`.

    A spectrum with points nearer together than the grid's is averaged around each grid point, by
    a triangle as wide as two steps; a coarser one is interpolated.

    Args:
        first, last, step: of the grid, 1/cm. The default lies within what each of the three usual
            vapour-phase collections has measured (450-3966, 550-3846 and 550-4000 1/cm).
    """

    def __init__(self, first: float = 552.0, last: float = 3844.0, step: float = 4.0) -> None:
        self.wavenumbers = np.arange(first, last + step / 2, step)
        self.step = step
        self.shape: tuple[int, ...] = (len(self.wavenumbers),)
        self.dtype = "float32"

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return the spectrum of a sample as (count,) float32; what lies outside is dropped.

        Raises:
            InputError: the signal is no infrared spectrum, does not cover the grid, or has no
                band on it.
        """
        spectrum = sample.signal
        if not isinstance(spectrum, InfraredSpectrum):
            raise InputError(
                f"found a signal of type {type(spectrum).__name__}, expected an infrared spectrum"
            )
        known = np.isfinite(spectrum.absorbances)
        x, y = spectrum.wavenumbers[known], spectrum.absorbances[known]
        first, last = self.wavenumbers[0], self.wavenumbers[-1]
        if not len(x) or x[0] > first + GAP or x[-1] < last - GAP:
            covered = f"{x[0]:g} to {x[-1]:g}" if len(x) else "none"
            raise InputError(
                f"found {covered} 1/cm, expected a spectrum from {first:g} to {last:g} 1/cm"
            )
        wide = np.flatnonzero((np.diff(x) > GAP) & (x[:-1] < last) & (x[1:] > first))
        if wide.size:
            near = x[wide[0] : wide[0] + 2]
            raise InputError(
                f"found nothing between {near[0]:g} and {near[1]:g} 1/cm, expected points at most "
                f"{GAP:g} 1/cm apart"
            )
        array = self._resampled(x, y)
        strongest = array.max()
        if strongest <= 0:
            raise InputError(
                f"found no absorbance above zero between {first:g} and {last:g} 1/cm"
            )
        scaled: NDArray[np.float32] = (array / strongest).astype(np.float32)
        return scaled

    def to_signal(self, array: ArrayLike) -> InfraredSpectrum:
        """Return a measured or decoded (count,) array as a spectrum; negative values count as zero.

        Absorbances are given with four decimals, the strongest band being 1.

        Raises:
            InputError: the shape is another one, a value is not finite, or none is above zero.
        """
        heights = finite(array, self.shape)
        strongest = heights.max()
        if strongest <= 0:
            raise InputError(f"found no band above zero (highest {strongest:g})")
        return InfraredSpectrum(
            self.wavenumbers.copy(), np.round(heights.clip(0) / strongest, 4)
        )

    def _resampled(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        even = np.interp(self.wavenumbers, x, y)
        weight = np.zeros_like(even)
        total = np.zeros_like(even)
        place = (x - self.wavenumbers[0]) / self.step
        low = np.floor(place).astype(np.intp)
        for side in (low, low + 1):
            share = 1 - np.abs(place - side)
            fits = (side >= 0) & (side < len(even)) & (share > 0)
            np.add.at(total, side[fits], share[fits] * y[fits])
            np.add.at(weight, side[fits], share[fits])
        fine = weight > 1
        resampled: NDArray[np.float64] = np.where(fine, total / np.maximum(weight, 1e-9), even)
        return resampled


FORM = Grid()
