from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemtranslate import search as search_module
from chemtranslate.search import nearest_rows, search, unit


def _sorted(queries: np.ndarray, table: np.ndarray, k: int) -> np.ndarray:
    return np.argsort(-(queries @ table.T), axis=1, kind="stable")[:, :k]


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(1, 3000), queries=st.integers(1, 40), k=st.integers(1, 50),
       cuts=st.lists(st.integers(0, 3000), max_size=3), seed=st.integers(0, 9))
def test_search_finds_what_sorting_everything_finds(rows: int, queries: int, k: int,
                                                    cuts: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    table, asked = unit(rng.normal(size=(rows, 6))), unit(rng.normal(size=(queries, 6)))
    found, cosines = search(asked, np.split(table, sorted(cuts)), k)
    expected = _sorted(asked, table, k)
    assert found.shape == (queries, min(k, rows))
    np.testing.assert_allclose(cosines, np.take_along_axis(asked @ table.T, expected, 1),
                               atol=1e-6)
    np.testing.assert_allclose(cosines, np.take_along_axis(asked @ table.T, found, 1), atol=1e-6)


def test_ties_go_to_the_earlier_row_across_chunks_and_blocks() -> None:
    table = unit(np.tile(np.eye(4), (700, 1)))
    rows, _ = search(np.eye(4, dtype=np.float32)[1:2], [table[:900], table[900:]], 6)
    assert rows.tolist() == [[1, 5, 9, 13, 17, 21]]


def test_many_queries_are_answered_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    table, asked = rng.normal(size=(2000, 5)), rng.normal(size=(30, 5))
    whole = nearest_rows(asked, table, 4)[0]
    monkeypatch.setattr(search_module, "_QUERIES", 7)
    monkeypatch.setattr(search_module, "_PRODUCTS", 1000)
    np.testing.assert_array_equal(nearest_rows(asked, table, 4)[0], whole)


@pytest.mark.parametrize("candidates", [1, 60, 500])
def test_many_candidates_are_ranked_in_parts(candidates: int,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    asked = unit(rng.normal(size=(9, 5)))
    table = unit(rng.normal(size=(2000, 5)))
    table = table[np.argsort(table @ asked[0])]  # the best come last, so that all are candidates
    monkeypatch.setattr(search_module, "_CANDIDATES", candidates)
    np.testing.assert_array_equal(search(asked, [table], 4)[0], _sorted(asked, table, 4))


def test_negative_zero_is_zero() -> None:
    table = np.array([[-0.0, 1.0], [0.0, 1.0], [1.0, 0.0]], np.float32)
    rows, _ = search(np.array([[1.0, 0.0]], np.float32), [table], 3)
    assert rows.tolist() == [[2, 0, 1]]


def test_nothing_is_found_in_nothing() -> None:
    assert nearest_rows(np.ones((2, 3)), np.zeros((0, 3)), 5)[0].shape == (2, 0)
    assert nearest_rows(np.ones((0, 3)), np.ones((4, 3)), 2)[0].shape == (0, 2)


def test_vectors_keep_their_values_when_they_are_scaled() -> None:
    vectors = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(unit(vectors), [[0.6, 0.8], [0.0, 0.0]])
    assert vectors[0, 0] == 3.0
