from __future__ import annotations

import numpy as np
import pytest
import torch

from chemtranslate_mass_spec.experiment.sibling import (
    Sibling,
    SiblingSettings,
    fit_sibling,
    pairs,
    roots,
    siblings,
)
from chemtranslate_mass_spec.similarity import cosine

BINS = 40
SMALL = SiblingSettings(hidden=32, z=3, epochs=60, batch=16, dropout=0.0)


def test_pairs_are_ordered_and_within_a_chemical() -> None:
    found = pairs(np.array([0, 1, 0, 2, 0, 1]))
    assert sorted(map(tuple, found)) == [(0, 2), (0, 4), (1, 5), (2, 0), (2, 4), (4, 0), (4, 2),
                                         (5, 1)]
    assert pairs(np.array([0, 1])).shape == (0, 2)


def test_before_training_a_sibling_is_nearly_its_source() -> None:
    source = roots(torch.rand(3, BINS) * 100)
    with torch.no_grad():
        made = Sibling(BINS, SMALL, 8).eval().decode(source, torch.zeros(3, 8), torch.zeros(3, 3))
    torch.testing.assert_close(made, source, atol=0.1, rtol=0.01)


@pytest.fixture(scope="module")
def laboratories() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spectra of 20 chemicals by two laboratories, one of which sees little above bin 20."""
    rng = np.random.default_rng(0)
    patterns = rng.uniform(10, 100, (20, BINS)) * (rng.random((20, BINS)) < 0.5)
    patterns[:, 3] = 100
    weak = patterns * np.where(np.arange(BINS) < 20, 1, 0.15)
    spectra = np.stack([patterns, weak, patterns * 0.97, weak * 0.97], 1).reshape(-1, BINS)
    spectra = 100 * spectra / spectra.max(1, keepdims=True)
    points = rng.normal(size=(20, 8)).repeat(4, 0)
    return spectra.astype(np.float32), points.astype(np.float32), np.arange(20).repeat(4)


def test_siblings_show_how_the_laboratories_differ(
        laboratories: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    spectra, points, own = laboratories
    known = own < 16
    model = fit_sibling(spectra[known], points[known], own[known], SMALL)
    source = np.flatnonzero(own == 18)[:1]
    made = siblings(model, spectra[source], points[source], 50, np.random.default_rng(0))
    assert made.shape == (1, 50, BINS)
    np.testing.assert_allclose(made.max(2), 100, rtol=1e-5)
    high = made[0, :, 20:].sum(1) / made[0].sum(1)
    plain, weak = (spectra[row, 20:].sum() / spectra[row].sum() for row in source[0] + [0, 1])
    assert high.max() > plain * 0.8
    assert high.min() < weak + 0.3 * (plain - weak)
    assert cosine(made[0], np.repeat(spectra[source], 50, 0)).mean() > 0.6


def test_the_same_seed_gives_the_same_siblings(
        laboratories: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    spectra, points, own = laboratories
    settings = SMALL.model_copy(update={"epochs": 1})
    made = [siblings(fit_sibling(spectra, points, own, settings), spectra[:2], points[:2], 3,
                     np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(*made)
