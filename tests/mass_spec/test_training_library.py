"""Only measured spectra of known structure are trained on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chemtranslate.errors import InputError
from chemtranslate.learning.library import by_chemical
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import FORM


def test_a_synthetic_sample_is_refused_and_named(replicates: list[Sample]) -> None:
    first, second, *others = replicates
    made = replace(second, metadata={"License": "CC0", "SPECTRUM_ORIGIN": "synthetic"})
    assert sum(map(len, by_chemical([first, *others], FORM)[0].values())) == len(replicates) - 1
    with pytest.raises(InputError, match=r"^replicates.msp, record 2 \(R1\): found "
                                         r"Spectrum_origin: synthetic, expected a measured"):
        by_chemical([first, made, *others], FORM)
