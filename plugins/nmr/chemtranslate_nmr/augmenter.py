"""Damage that another spectrometer or solvent could have done: peaks move or go, none is added."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial

import numpy as np

from chemtranslate.errors import InputError
from chemtranslate.sample import Sample
from chemtranslate_nmr.nucleus import CARBON, PROTON, Nucleus
from chemtranslate_nmr.peaklist import PeakList

QUATERNARY = 3.0
"""How many times as often the peak of a carbon without hydrogens is missing: it relaxes slowly."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Another measurement of the same chemical.

    Equivalent nuclei, of the same shift, stay or go and move together.

    Attributes:
        share: mean share of the peaks that are missing; one at least stays.
        jitter: standard deviation of the shift of each peak, ppm: solvent, temperature.
        reference: standard deviation of the shift of all peaks together, ppm.
    """

    share: float = 0.1
    jitter: float = 0.3
    reference: float = 0.3

    def __post_init__(self) -> None:
        for name, value in ((one.name, getattr(self, one.name)) for one in fields(self)):
            if not 0 <= value < np.inf:
                raise InputError(f"found {name} {value}, expected a number from 0")
        if self.share >= 1:
            raise InputError(f"found the share {self.share}, expected one from 0 to below 1")

    def augment(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """Return the sample as if measured again."""
        peaks: PeakList = sample.signal
        shifts, own = np.unique(peaks.shifts, return_inverse=True)
        words = np.array([word.upper() for word in peaks.multiplicities])
        quaternary = (words == "S") & (peaks.nucleus == CARBON.name)
        weights = np.ones(len(shifts))
        weights[own[quaternary]] = QUATERNARY
        missing = rng.random(len(shifts)) < self.share * weights / weights.mean()
        if missing.all():
            missing[rng.integers(len(shifts))] = False
        moved = shifts + rng.normal(0, self.reference) + rng.normal(0, self.jitter, len(shifts))
        signal = peaks.where(~missing[own], moved[own])
        return replace(sample, signal=signal)


def load(nucleus: Nucleus, **settings: float) -> Measured:
    """Return the augmenter of a nucleus; settings are the attributes of `Measured`.

    Raises:
        InputError: a setting is unknown or out of range.
    """
    known = {one.name for one in fields(Measured)}
    if unknown := sorted(set(settings) - known):
        raise InputError(f"found the setting {unknown[0]!r}, expected one of {sorted(known)}")
    usual = {"jitter": nucleus.jitter, "reference": nucleus.reference}
    return Measured(**{**usual, **settings})


load_carbon = partial(load, CARBON)
load_proton = partial(load, PROTON)
