"""A spectrum is sound from the moment that it exists."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate.errors import InputError
from chemtranslate_mass_spec.spectrum import Spectrum, number


def test_peaks_are_ordered_and_frozen() -> None:
    spectrum = Spectrum.of([43, 41], [1, 2])
    assert (spectrum.mz.tolist(), spectrum.intensities.tolist()) == ([41, 43], [2, 1])
    with pytest.raises(ValueError, match="read-only"):
        spectrum.mz[0] = 5


def test_equality_is_by_value() -> None:
    assert Spectrum.of([43, 41], [1, 2]) == Spectrum.of(np.array([41.0, 43.0]), [2, 1])
    assert Spectrum.of([41], [1]) != Spectrum.of([41], [2])


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(InputError, match=r"\(2,\) and intensities of shape \(1,\)"):
        Spectrum.of([1, 2], [1])


@pytest.mark.parametrize("value", [41.0, 0.1, 1e-300, 1e300, 1234567890123456.0, 5e14])
def test_a_number_reads_back_as_itself(value: float) -> None:
    assert float(number(value)) == value
