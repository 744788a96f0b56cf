"""What the sensor does to a reading from one time to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.sample import Sample


@dataclass(frozen=True, slots=True)
class Gain:
    """Each channel's gain is off by up to a share; a silent channel stays silent.

    Attributes:
        share: greatest error of the gain, either way.
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise InputError(f"found the share {self.share}, expected one between 0 and 1")

    def augment(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Return a damaged copy."""
        gains = 1 + self.share * rng.uniform(-1, 1, len(sample.signal))
        return replace(sample, signal=sample.signal * gains)


def load(**settings: float) -> Gain:
    """Return the augmenter; the only setting is `share`.

    Raises:
        InputError: a setting is unknown or out of range.
    """
    if unknown := sorted(set(settings) - {"share"}):
        raise InputError(f"found the setting {unknown[0]!r}, expected none but 'share'")
    return Gain(**settings)
