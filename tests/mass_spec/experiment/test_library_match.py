from __future__ import annotations

import numpy as np
import pytest

from chemtranslate_mass_spec.experiment.library_match import (
    INTENSITY_POWER,
    MASS_POWER,
    Library,
    scored,
)


def score(one: np.ndarray, other: np.ndarray) -> float:
    masses = np.arange(1, len(one) + 1) ** MASS_POWER
    one, other = (spectrum.astype(float) ** INTENSITY_POWER * masses for spectrum in (one, other))
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


@pytest.fixture
def spectra() -> np.ndarray:
    rng = np.random.default_rng(0)
    return (rng.random((300, 80)) * (rng.random((300, 80)) < 0.2) * 100).astype(np.float32)


def test_products_are_match_scores(spectra: np.ndarray) -> None:
    products = (scored(spectra[:20]) * scored(spectra[20:40])).sum(1)
    expected = [score(*both) for both in zip(spectra[:20], spectra[20:40], strict=True)]
    np.testing.assert_allclose(products, expected, atol=1e-5)


def test_heavy_fragments_count_more_than_tall_ones() -> None:
    library = np.zeros((2, 80), np.float32)
    library[0, [9, 70]], library[1, [9, 60]] = (100, 20), (100, 20)
    query = np.zeros((1, 80), np.float32)
    query[0, [8, 70]] = 100, 20
    rows, scores = Library(library, np.arange(2)).best(query, [()])
    assert rows.tolist() == [0]
    assert scores[0] > 0.8


def test_the_best_is_what_comparing_every_pair_finds(spectra: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    library = Library(spectra, np.arange(300) // 3)
    queries = spectra[:50] * rng.uniform(0.3, 1, (50, 80)).astype(np.float32)
    excluded = [[row, (row + 1) % 300][: row % 3] for row in range(50)]
    rows, scores = library.best(queries, excluded)
    for number in range(50):
        every = np.array([score(queries[number], one) for one in spectra])
        every[excluded[number]] = -1
        assert rows[number] == every.argmax()
        assert scores[number] == pytest.approx(every.max(), abs=1e-5)


def test_a_spectrum_is_identified_by_another_of_its_chemical(spectra: np.ndarray) -> None:
    noise = np.random.default_rng(2).uniform(0.8, 1.2, spectra.shape)
    library = Library(np.concatenate([spectra, spectra * noise]), np.tile(np.arange(300), 2))
    own = np.arange(300)
    assert library.identified(spectra, own, [[row] for row in range(300)]).all()
    alone = Library(spectra, own)
    assert not alone.identified(spectra, own, [[row] for row in range(300)]).any()


def test_with_everything_excluded_nothing_is_identified(spectra: np.ndarray) -> None:
    library = Library(spectra[:2], np.array([0, 1]))
    rows, scores = library.best(spectra[:1], [[0, 1]])
    assert (rows.tolist(), scores.tolist()) == ([-1], [0.0])
    assert library.identified(spectra[:1], np.array([1]), [[0, 1]]).tolist() == [False]
