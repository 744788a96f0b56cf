"""Damage that a spectrometer could have done; it shifts, blurs and lifts bands, and adds none."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_infrared.spectrum import InfraredSpectrum


@dataclass(frozen=True, slots=True)
class Measured:
    """Another measurement of the same gas.

    Attributes:
        shift: greatest error of the wavenumber scale, 1/cm, either way.
        blur: greatest standard deviation, 1/cm, of a Gaussian that lowers the resolution.
        drift: greatest height of a slowly bent baseline, as a share of the strongest band.
        noise: standard deviation of the noise of each point, as a share of the strongest band.
    """

    shift: float = 4.0
    blur: float = 8.0
    drift: float = 0.03
    noise: float = 0.005

    def __post_init__(self) -> None:
        for name, value in ((one.name, getattr(self, one.name)) for one in fields(self)):
            if not 0 <= value < np.inf:
                raise InputError(f"found {name} {value}, expected a number from 0")

    def augment(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Return the sample as if measured again; missing points stay missing."""
        spectrum: InfraredSpectrum = sample.signal
        x, y = spectrum.wavenumbers, spectrum.absorbances
        known = np.isfinite(y)
        strongest = float(y[known].max(initial=0.0))
        filled = np.interp(x, x[known], y[known])
        moved = np.interp(x, x + rng.uniform(-self.shift, self.shift), filled)
        blurred = _blurred(x, moved, rng.uniform(0, self.blur))
        u = (x - x[0]) / (x[-1] - x[0])
        ends, bend = rng.uniform(0, self.drift, 2), rng.uniform(-self.drift, self.drift)
        baseline = np.maximum(ends[0] * (1 - u) + ends[1] * u + bend * 4 * u * (1 - u), 0)
        noisy = blurred + strongest * (baseline + rng.normal(0, self.noise, len(x)))
        return replace(sample, signal=InfraredSpectrum(x, np.where(known, noisy, np.nan)))


def _blurred(
    x: NDArray[np.float64], y: NDArray[np.float64], width: float
) -> NDArray[np.float64]:
    """Return y under a Gaussian of standard deviation `width`, on the mean spacing of x."""
    step = (x[-1] - x[0]) / (len(x) - 1)
    reach = int(np.ceil(4 * width / step))
    if reach < 1:
        return y
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    padded = np.pad(y, reach, mode="edge")
    blurred: NDArray[np.float64] = np.convolve(padded, kernel / kernel.sum(), mode="valid")
    return blurred


def load(**settings: float) -> Measured:
    """Return the augmenter.

    Raises:
        InputError: a setting is unknown or out of range.
    """
    known = [one.name for one in fields(Measured)]
    if unknown := sorted(set(settings) - set(known)):
        raise InputError(f"found the setting {unknown[0]!r}, expected {', '.join(known)}")
    return Measured(**settings)
