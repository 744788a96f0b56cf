"""The paper's array form of a mass spectrum: one bin per unit of m/z, base peak 100."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.batching import finite
from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.spectrum import Spectrum


class Bins:
    """Spectrum <-> (count,) float32; fulfils `ArrayForm`.

    Index k holds the highest of the peaks that round (half up) to m/z k + 1; the base peak of the
    whole spectrum is scaled to 100. The paper gives 797 bins, but not how m/z is binned.

    Args:
        count: bins, for m/z 1 to count.
        faintest: percent of the base peak below which a bin of a decoded array is no peak. Half of
            the measured electron ionisation spectra in MassBank report nothing below 0.8 %, so
            fainter bins of a decoder are mostly its noise.
    """

    def __init__(self, count: int = 797, faintest: float = 0.5) -> None:
        self.count = count
        self.faintest = faintest
        self.shape: tuple[int, ...] = (count,)
        self.dtype = "float32"

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return the spectrum of a sample as (count,) float32; peaks out of range are dropped.

        Raises:
            InputError: the signal is no spectrum, or its base peak lies out of range.
        """
        spectrum = sample.signal
        if not isinstance(spectrum, Spectrum):
            raise InputError(
                f"found a signal of type {type(spectrum).__name__}, expected a mass spectrum"
            )
        base = int(spectrum.intensities.argmax())
        bins = np.floor(spectrum.mz + 0.5)
        inside = self._inside(bins)
        if not inside[base]:
            raise InputError(
                f"found the base peak at m/z {spectrum.mz[base]:g}, expected it between 1 and "
                f"{self.count}"
            )
        heights = spectrum.intensities[inside] / spectrum.intensities[base] * 100.0
        array = np.zeros(self.count, np.float32)
        np.maximum.at(array, bins[inside].astype(np.int64) - 1, heights.astype(np.float32))
        return array

    def to_signal(self, array: ArrayLike) -> Spectrum:
        """Return the peaks of a measured or decoded (count,) array, at whole m/z, base peak 100.

        Negative values count as zero; peaks below `faintest` percent of the base peak are dropped;
        intensities are given with two decimals.

        Raises:
            InputError: the shape is another one, a value is not finite, or none is above zero.
        """
        heights = finite(array, self.shape)
        base = heights.max()
        if base <= 0:
            raise InputError(f"found no bin above zero (highest {base:g}), expected a spectrum")
        heights = heights / base * 100.0
        peaks = np.flatnonzero((heights > 0) & (heights >= self.faintest))
        return Spectrum.of(peaks + 1.0, np.round(heights[peaks], 2))

    def left_out(self, sample: Sample) -> int:
        """Count the peaks above zero that `to_array` drops because their m/z is out of range."""
        spectrum: Spectrum = sample.signal
        outside = ~self._inside(np.floor(spectrum.mz + 0.5))
        return int((outside & (spectrum.intensities > 0)).sum())

    def _inside(self, bins: NDArray[np.float64]) -> NDArray[np.bool_]:
        return (bins >= 1) & (bins <= self.count)


class Roots(Bins):
    """Square roots of what `Bins` gives, base peak 1: faint peaks tell chemicals apart, too."""

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return the spectrum of a sample as (count,) float32; InputError as `Bins.to_array`."""
        roots: NDArray[np.float32] = np.sqrt(super().to_array(sample) / 100)
        return roots

    def to_signal(self, array: ArrayLike) -> Spectrum:
        """Return the peaks of a (count,) array of roots; InputError as `Bins.to_signal`."""
        return super().to_signal(finite(array, self.shape).clip(0) ** 2 * 100)


FORM = Bins()
"""The form of the paper, which the shipped models use."""
ROOTS = Roots()
