"""Bins hold what the spectrum says, and decoded bins become spectra again."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate.errors import InputError
from chemtranslate.protocols import ArrayForm
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import FORM, Bins
from chemtranslate_mass_spec.spectrum import Spectrum


def sample(mz: list[float], intensities: list[float]) -> Sample:
    return Sample("s", Spectrum.of(mz, intensities))


def test_the_form_fulfils_the_protocol() -> None:
    assert isinstance(FORM, ArrayForm)
    assert (FORM.shape, FORM.dtype) == ((797,), "float32")


def test_m_z_is_rounded_half_up_the_highest_peak_counts_and_the_base_peak_is_100() -> None:
    array = FORM.to_array(sample([1, 40.5, 41.2, 41.49, 41.5, 797.4], [1, 30, 50, 20, 5, 2]))
    assert array.dtype == np.float32
    assert {int(k) + 1: float(array[k]) for k in np.flatnonzero(array)} == {
        1: 2,
        41: 100,
        42: 10,
        797: 4,
    }


def test_peaks_out_of_range_are_dropped_and_counted() -> None:
    one = sample([0.2, 41, 797.5, 1e308], [1, 10, 2, 3])
    assert np.flatnonzero(FORM.to_array(one)).tolist() == [40]
    assert FORM.left_out(one) == 3


@pytest.mark.parametrize("base", [0.3, 797.5, 1e300])
def test_a_base_peak_out_of_range_is_refused(base: float) -> None:
    with pytest.raises(InputError, match="expected it between 1 and 797"):
        FORM.to_array(sample([41, base], [1, 2]))


def test_decoded_noise_is_no_peak() -> None:
    assert Bins(4, faintest=0.5).to_signal([-3, 0.9, 200, 1]) == Spectrum.of([3, 4], [100, 0.5])


def test_measured_bins_come_back() -> None:
    array = FORM.to_array(sample([41, 43], [5, 10]))
    assert FORM.to_signal(array) == Spectrum.of([41, 43], [50, 100])


@pytest.mark.parametrize("array", [[0, 0], [-1, 0], [np.nan, 1], [1, 2, 3]])
def test_an_array_without_a_spectrum_is_refused(array: list[float]) -> None:
    with pytest.raises(InputError, match="expected"):
        Bins(2).to_signal(array)
