from __future__ import annotations

import numpy as np
import pytest

from chemtranslate_mass_spec.experiment.metrics import (
    entropy_similarity,
    means,
    memorisation,
    nearest,
    similarity_ratios,
    spread,
)
from chemtranslate_mass_spec.experiment.replicates import Replicates
from chemtranslate_mass_spec.similarity import weighted_cosine


def test_a_replicate_has_on_average_the_similarity_ratio_one(replicates: Replicates) -> None:
    one = np.flatnonzero(replicates.own == 0)
    pairs = [(a, b) for a in one for b in one if a < b]
    made, measured = (replicates.spectra[[p[i] for p in pairs]] for i in (0, 1))
    ratios = similarity_ratios(made, measured, np.zeros(len(pairs), int), replicates.spectra,
                               replicates.own)
    assert ratios["by similarity"].mean() == pytest.approx(1)
    assert (1 / ratios["by difference"]).mean() == pytest.approx(1, abs=0.1)


def test_both_similarity_ratios_fall_for_a_spectrum_of_something_else(
        replicates: Replicates) -> None:
    own = np.array([0])
    same, other = replicates.spectra[[1]], replicates.spectra[replicates.own == 1][:1]
    target = replicates.spectra[[0]]
    for reading, good in similarity_ratios(same, target, own, replicates.spectra,
                                           replicates.own).items():
        bad = similarity_ratios(other, target, own, replicates.spectra, replicates.own)[reading]
        assert good > 3 * bad, reading


def test_one_output_for_every_input_is_memorisation(replicates: Replicates) -> None:
    inputs, own = replicates.spectra, replicates.own
    by_heart = inputs[np.array([np.flatnonzero(own == c)[0] for c in own])]
    assert memorisation(by_heart, inputs, own)[1].max() < 1e-6
    chemicals, copied = memorisation(inputs, inputs, own)
    np.testing.assert_array_equal(chemicals, np.unique(own))
    np.testing.assert_allclose(copied, 1)


def test_chemicals_whose_inputs_are_one_say_nothing_of_memorisation() -> None:
    same = np.tile(np.array([1.0, 100.0, 3.0]), (3, 1))
    assert [len(found) for found in memorisation(same, same, np.zeros(3, int))] == [0, 0]


def test_spread_of_one_spectrum_is_not_a_number() -> None:
    assert np.isnan(spread(np.ones((1, 5)))).all()


def test_entropy_similarity_is_one_for_the_same_and_zero_for_strangers() -> None:
    one, other = np.zeros((1, 20)), np.zeros((1, 20))
    one[0, [3, 7]], other[0, [4, 8]] = (100, 50), (100, 50)
    assert entropy_similarity(one, one) == pytest.approx(1)
    assert entropy_similarity(one, other) == pytest.approx(0)


def test_the_nearest_is_of_the_own_chemical_and_the_most_similar(replicates: Replicates) -> None:
    rows = np.arange(len(replicates))
    known, asked = rows[rows % 3 > 0], rows[rows % 3 == 0]
    found = nearest(replicates.spectra[asked], replicates.own[asked], replicates.spectra[known],
                    replicates.own[known])
    for query, answer, own in zip(replicates.spectra[asked], found, replicates.own[asked],
                                  strict=True):
        candidates = replicates.spectra[known][replicates.own[known] == own]
        best = max(float(weighted_cosine(query[None], one[None])[0]) for one in candidates)
        assert weighted_cosine(query[None], answer[None])[0] == pytest.approx(best)


def test_mean_spectra_are_of_the_asked_chemicals(replicates: Replicates) -> None:
    found = means(replicates.spectra, replicates.own, np.array([2, 0, 2]))
    np.testing.assert_array_equal(found[0], found[2])
    np.testing.assert_allclose(found.max(1), 100)
    expected = replicates.spectra[replicates.own == 0].mean(0)
    np.testing.assert_allclose(found[1], expected * 100 / expected.max(), rtol=1e-5)
