"""What a mass spectrometer measured: the signal of a sample of modality `mass_spec`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chemtranslate.errors import InputError


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Peaks in order of m/z; build one with `Spectrum.of`, which checks them.

    Attributes:
        mz: (n,) float64, m/z of the peaks, ascending, positive and finite.
        intensities: (n,) float64, on the record's own scale, finite, >= 0, at least one > 0.
    """

    mz: NDArray[np.float64]
    intensities: NDArray[np.float64]

    @classmethod
    def of(cls, mz: ArrayLike, intensities: ArrayLike) -> Spectrum:
        """Check, order and freeze peaks; peaks of equal m/z keep their order.

        Args:
            mz: (n,) numbers.
            intensities: (n,) numbers.

        Raises:
            InputError: the lengths differ, there is no peak, a number is out of its range, or no
                peak has an intensity above zero; the message gives the first such peak.
        """
        masses = np.array(mz, dtype=np.float64, ndmin=1)
        heights = np.array(intensities, dtype=np.float64, ndmin=1)
        if masses.shape != heights.shape or masses.ndim != 1:
            raise InputError(
                f"found m/z of shape {masses.shape} and intensities of shape {heights.shape}, "
                "expected two lists of one length"
            )
        if not masses.size:
            raise InputError("found no peaks, expected at least one")
        bad = ~(np.isfinite(masses) & (masses > 0))
        if bad.any():
            first = int(bad.argmax())
            raise InputError(
                f"found m/z {masses[first]:g} at peak {first + 1}, expected a finite number above 0"
            )
        bad = ~(np.isfinite(heights) & (heights >= 0))
        if bad.any():
            first = int(bad.argmax())
            raise InputError(
                f"found intensity {heights[first]:g} at peak {first + 1} (m/z {masses[first]:g}), "
                "expected a finite number of at least 0"
            )
        if not heights.any():
            raise InputError(
                f"found {heights.size} peaks of intensity 0, expected at least one above 0"
            )
        if (masses[1:] < masses[:-1]).any():
            order = np.argsort(masses, kind="stable")
            masses, heights = masses[order], heights[order]
        masses.flags.writeable = heights.flags.writeable = False
        return cls(masses, heights)

    def __len__(self) -> int:
        return self.mz.size

    def __eq__(self, other: object) -> bool:
        """Equal when all peaks are equal, bit for bit."""
        if not isinstance(other, Spectrum):
            return NotImplemented
        return np.array_equal(self.mz, other.mz) and np.array_equal(
            self.intensities, other.intensities
        )

    __hash__ = None  # type: ignore[assignment]


def number(value: float) -> str:
    """Write a number with the fewest digits that read back as the same float; 41, not 41.0."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
