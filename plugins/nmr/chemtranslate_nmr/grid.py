"""The array form of a peak list: how many nuclei resonate in each bin of the scale.

Two grids stand one after the other in the array, a fine and a coarse one whose bins are whole
numbers of fine ones. A model that is not sure where a peak lies can still be sure of the coarse
bin: decoding takes the number of nuclei from there, and their places from the fine grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.batching import finite
from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_nmr.nucleus import CARBON, PROTON, Nucleus
from chemtranslate_nmr.peaklist import PeakList

MOST = 10_000
"""Nuclei of a peak list that is decoded."""
EDGE = 1e-6
"""Share of a bin by which a shift may lie below its edge: rounding, not measurement."""


class Grid:
    """Peak list <-> (fine + coarse,) float32; fulfils `ArrayForm`.

    A value is the number of nuclei in a bin, not its root: what a model expects of a number is
    right on average, where the square of what it expects of a root is too small.

    Args:
        nucleus: whose peak lists these are.
        fine, coarse: widths of the bins, ppm; the nucleus's own by default.

    Attributes:
        bins: number of fine bins; the array begins with them.
        each: fine bins in a coarse one.
        centres: (bins,) float64, ppm, of the fine bins.
    """

    def __init__(
        self, nucleus: Nucleus, fine: float | None = None, coarse: float | None = None
    ) -> None:
        self.nucleus = nucleus
        self.fine = fine or nucleus.fine
        self.each = round((coarse or nucleus.coarse) / self.fine)
        coarse_bins = round((nucleus.last - nucleus.first) / (self.fine * self.each))
        self.bins = coarse_bins * self.each
        self.centres = np.round(nucleus.first + self.fine * (np.arange(self.bins) + 0.5), 6)
        self.shape: tuple[int, ...] = (self.bins + coarse_bins,)
        self.dtype = "float32"

    def to_array(self, sample: Sample) -> NDArray[np.float32]:
        """Return the peak list of a sample as an array; what lies beyond the grid is left out.

        Raises:
            InputError: the signal is no peak list of the nucleus, or all of it lies beyond.
        """
        places = self._places(sample)
        within = places[(places >= 0) & (places < self.bins)]
        if not within.size:
            first, last = self.nucleus.first, self.nucleus.last
            raise InputError(f"found no shift between {first:g} and {last:g} ppm")
        return self.of_counts(np.bincount(within, minlength=self.bins))

    def left_out(self, sample: Sample) -> int:
        """Count the nuclei of a sample whose shifts lie beyond the grid."""
        places = self._places(sample)
        return int(((places < 0) | (places >= self.bins)).sum())

    def to_signal(self, array: ArrayLike) -> PeakList:
        """Return a measured or decoded array as a peak list.

        The number of nuclei is that of all coarse bins, rounded; there, what a model says below
        zero makes up for what it says above. Of n nuclei the k-th lies where, up the scale, the
        numbers above zero have come to a share of (k - 1/2) / n. Shifts are centres of fine bins.

        Raises:
            InputError: the shape is another one, a value is not finite, or it is less than half a
                nucleus in all.
        """
        numbers = finite(array, self.shape)
        total = numbers[self.bins :].sum()
        if not 0.5 <= total <= MOST:
            raise InputError(f"found {total:.3g} nuclei in all, expected 1 to {MOST:,}")
        number = int(total + 0.5)
        reached = self.to_counts(numbers).cumsum()
        wanted = (np.arange(number) + 0.5) * (reached[-1] / number)
        places = np.searchsorted(reached, wanted * (1 - EDGE)).clip(max=self.bins - 1)
        return PeakList.of(self.nucleus.name, self.centres[places])

    def to_counts(self, array: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers of nuclei, (..., bins), that an array (..., fine + coarse) states.

        A coarse bin says how many, its fine bins say where; where they are empty, in its middle.
        """
        numbers = array.clip(0)
        fine = numbers[..., : self.bins].reshape(*numbers.shape[:-1], -1, self.each)
        coarse = numbers[..., self.bins :, None]
        within = fine.sum(-1, keepdims=True)
        middle = np.zeros(self.each)
        middle[self.each // 2] = 1
        share = np.where(within > 0, fine / np.where(within > 0, within, 1), middle)
        counts: NDArray[np.float64] = (share * coarse).reshape(*numbers.shape[:-1], self.bins)
        return counts

    def of_counts(self, counts: ArrayLike) -> NDArray[np.float32]:
        """Return the array of numbers of nuclei in the fine bins, (..., bins)."""
        fine = np.asarray(counts, np.float64)
        coarse = fine.reshape(*fine.shape[:-1], -1, self.each).sum(-1)
        array: NDArray[np.float32] = np.concatenate([fine, coarse], -1).astype(np.float32)
        return array

    def _places(self, sample: Sample) -> NDArray[np.intp]:
        """Return the number of the fine bin of each nucleus; beyond the grid it is none of them."""
        peaks = sample.signal
        if not isinstance(peaks, PeakList):
            raise InputError(
                f"found a signal of type {type(peaks).__name__}, expected an NMR peak list"
            )
        if peaks.nucleus != self.nucleus.name:
            raise InputError(
                f"found a peak list of {peaks.nucleus}, expected one of {self.nucleus.name}"
            )
        bins = (peaks.shifts - self.nucleus.first) / self.fine
        places: NDArray[np.intp] = np.floor(bins + EDGE).astype(np.intp)
        return places


CARBON_FORM = Grid(CARBON)
PROTON_FORM = Grid(PROTON)
FORMS = {form.nucleus.name: form for form in (CARBON_FORM, PROTON_FORM)}
