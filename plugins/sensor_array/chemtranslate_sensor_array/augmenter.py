"""Damage that time and electronics do to a reading; no sensor responds that has not responded."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_sensor_array.reading import Reading

STEADY = 2
"""The first features are changes from the baseline; the others are rates, which it leaves alone."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Another measurement of the same gas, some months apart.

    Attributes:
        gain: standard deviation of the logarithm of each sensor's sensitivity.
        offset: standard deviation of each sensor's baseline, as a share of its steady change.
        noise: standard deviation of the noise of each value, as a share of it.
    """

    gain: float = 0.2
    offset: float = 0.02
    noise: float = 0.02

    def __post_init__(self) -> None:
        for name, value in ((one.name, getattr(self, one.name)) for one in fields(self)):
            if not 0 <= value < np.inf:
                raise InputError(f"found {name} {value}, expected a number from 0")

    def augment(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Return the sample as if measured again; InputError if its signal is no reading."""
        if not isinstance(sample.signal, Reading):
            raise InputError(f"{sample.id}: found no sensor array's reading to damage")
        values = sample.signal.values
        sensors = (len(values), 1)
        factors = 1 + rng.normal(0, self.noise, values.shape)
        factors[:, :STEADY] += rng.normal(0, self.offset, sensors)
        drifted = values * factors * np.exp(rng.normal(0, self.gain, sensors))
        return replace(sample, signal=Reading.of(drifted))


DRIFT = Drift()


def load(**settings: float) -> Drift:
    """Return the augmenter.

    Raises:
        InputError: a setting is unknown or out of range.
    """
    known = [one.name for one in fields(Drift)]
    if unknown := sorted(set(settings) - set(known)):
        raise InputError(f"found the setting {unknown[0]!r}, expected {', '.join(known)}")
    return Drift(**settings)
