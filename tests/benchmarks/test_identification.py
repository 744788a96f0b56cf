"""What naming unknowns is measured with: sets, and what each chemical counts."""

from __future__ import annotations

import numpy as np
from identification import covered, damaged, shares_of

from chemtranslate.identification.combination import Combination


def test_sets_are_counted_by_the_threshold_of_each_candidate() -> None:
    combination = Combination(np.ones(1), np.zeros(3), np.full(9, 0.5), np.full(9, 3.0))
    scores = np.array([[0, -1, -2], [0, -1, -2]], np.float32)
    own, lists = np.array([1, 1]), [np.arange(3)] * 2
    plain = covered(combination, scores, own, lists, [0.5])
    assert plain["asked 0.5"] == {
        "coverage": 0, "candidates in the set, median": 1, "mean": 1}
    listed = np.array([[False, True, False], [False, False, True]])
    found = covered(combination, scores, own, lists, [0.5], listed)
    assert found["asked 0.5"] == {
        "coverage": 0.5, "candidates in the set, median": 2, "mean": 2}


def test_each_chemical_counts_once() -> None:
    hits = np.array([True, False, True, True])
    assert shares_of(hits, np.array([0, 0, 0, 1])).tolist() == [2 / 3, 1]


def test_damaged_spectra_have_lost_peaks() -> None:
    clean = np.ones((20, 200), np.float32)
    made = dict(damaged(clean, np.random.default_rng(0)))
    assert (made["clean"] == 1).all()
    assert 0.45 < made["half of the peaks removed"].mean() < 0.55
    assert made["cut below m/z 100"].sum(0).tolist() == [0] * 99 + [20] * 101
