"""Damage that a real instrument could have done: peaks go missing, none is invented."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.spectrum import Spectrum


@dataclass(frozen=True, slots=True)
class PeakRemoval:
    """Removes a random share of the peaks, as the paper does; an added one would be a lie.

    Attributes:
        share: of the peaks above zero that go, rounded half up; at least one goes where there are
            two or more, and at least one stays.
    """

    share: float = 0.15

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise InputError(f"found the share {self.share}, expected one between 0 and 1")

    def augment(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Return the sample without a random share of its peaks; the other peaks are untouched."""
        spectrum: Spectrum = sample.signal
        peaks = np.flatnonzero(spectrum.intensities > 0)
        gone = min(max(int(peaks.size * self.share + 0.5), 1), peaks.size - 1)
        stay = np.ones(len(spectrum), dtype=bool)
        stay[rng.choice(peaks, size=gone, replace=False)] = False
        return replace(sample, signal=Spectrum.of(spectrum.mz[stay], spectrum.intensities[stay]))


def load(**settings: float) -> PeakRemoval:
    """Return the augmenter; the only setting is `share`.

    Raises:
        InputError: a setting is unknown or out of range.
    """
    unknown = sorted(set(settings) - {"share"})
    if unknown:
        raise InputError(f"found the setting {unknown[0]!r}, expected none but 'share'")
    return PeakRemoval(**settings)
