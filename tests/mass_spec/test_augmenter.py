"""Peak removal damages a spectrum without ever lying about the chemical."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemtranslate.errors import InputError
from chemtranslate.protocols import Augmenter
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.augmenter import PeakRemoval, load
from chemtranslate_mass_spec.spectrum import Spectrum


@given(
    count=st.integers(1, 60),
    zeros=st.integers(0, 3),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 99),
)
def test_no_peak_is_added_and_one_stays(count: int, zeros: int, share: float, seed: int) -> None:
    mz = np.arange(1, count + zeros + 1)
    sample = Sample("s", Spectrum.of(mz, [5] * count + [0] * zeros), "n")
    damaged = PeakRemoval(share).augment(sample, np.random.default_rng(seed))
    before = set(zip(sample.signal.mz, sample.signal.intensities, strict=True))
    after = set(zip(damaged.signal.mz, damaged.signal.intensities, strict=True))
    assert after <= before
    left = sum(intensity > 0 for _, intensity in after)
    gone = 0 if count == 1 else min(max(int(count * share + 0.5), 1), count - 1)
    assert left == count - gone >= 1
    assert damaged.id == sample.id


def test_the_generator_decides(ethanol: Sample) -> None:
    augmenter = load(share=0.5)
    assert isinstance(augmenter, Augmenter)
    one, same = (augmenter.augment(ethanol, np.random.default_rng(3)) for _ in range(2))
    assert one.signal == same.signal != ethanol.signal


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        load(share=1.0)
    with pytest.raises(InputError, match="'shre'"):
        load(shre=0.2)
