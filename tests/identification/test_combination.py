"""Weights of evidence: probabilities, sets, and what they are learned from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from chemtranslate.errors import InputError
from chemtranslate.identification.combination import Combination, scores_of
from chemtranslate.identification.evidence import Library, apart, likeness, odds
from chemtranslate.identification.identifier import ALIKE, EVERYONE, SHORT
from chemtranslate.identification.training import Asked, fitted, lists_of


def combination(scores: int = 99) -> Combination:
    return Combination(np.array([2.0, 1.0]), np.array([0.0, 1.0, 0.0]),
                       np.linspace(0, 1, scores), np.linspace(0, 5, 9))


def allowed(coverage: float) -> float:
    """Return what is let into a set of candidates that no library has."""
    return float(combination().allowed(coverage, np.zeros(1, bool))[0])


def made_up(n: int, m: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Evidence of which the first kind tells the right candidate and the second tells nothing."""
    rng = np.random.default_rng(seed)
    found = rng.normal(size=(2, n, m)).astype(np.float32)
    own = rng.integers(0, m, n)
    found[0, np.arange(n), own] += 3
    return found, own


def test_probabilities_of_all_candidates_and_of_none_add_up() -> None:
    logits = combination().logits(made_up(5, 7)[0])
    shares, none = combination().probabilities(logits)
    np.testing.assert_allclose(shares.sum(1) + none, 1, atol=1e-6)
    assert (shares.argmax(1) == logits.argmax(1)).all()


def test_the_more_candidates_the_likelier_is_none_of_them() -> None:
    found = np.zeros((2, 1, 1000), np.float32)
    found[0, 0, 0] = 4
    few, many = (
        combination().probabilities(combination().logits(found[:, :, :m])) for m in (10, 1000)
    )
    assert many[1] > few[1]
    assert many[0][0, 0] < few[0][0, 0]


def test_sets_are_as_large_as_the_asked_coverage_needs() -> None:
    assert allowed(0.5) == pytest.approx(0.5, abs=0.02)
    assert allowed(0.95) > allowed(0.9)


def test_candidates_of_a_library_are_let_in_as_unknowns_were_that_it_had() -> None:
    listed = np.array([True, False])
    found = combination().allowed(0.5, listed)
    np.testing.assert_allclose(found, [2.5, 0.5], atol=0.01)
    without = replace(combination(), held=np.zeros(0))
    np.testing.assert_allclose(without.allowed(0.5, listed), [0.5, 0.5], atol=0.01)
    assert combination(19).allowed(0.9, np.array([True]))[0] == 5
    assert combination(99).allowed(0.97, np.array([False]))[0] < 1
    with pytest.raises(InputError, match=r"at most 0\.900: .* 9 unknowns that a library had"):
        combination().allowed(0.95, listed)


@pytest.mark.parametrize(("coverage", "reason"), [
    (0.0, "between 0 and 1"), (1.0, "between 0 and 1"), (0.995, "at most 0.990"),
])
def test_a_coverage_that_was_not_calibrated_is_refused(coverage: float, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        allowed(coverage)


def test_learning_finds_which_evidence_tells_and_covers_as_often_as_asked() -> None:
    found, own = made_up(400, 50)
    lists = [np.arange(50)] * 400
    learned = fitted([Asked.of(found, own, lists, missing=True)])
    assert learned.weights[0] > 5 * abs(learned.weights[1])
    asked, right = made_up(2000, 50, seed=1)
    logits = learned.logits(asked)
    below = logits.max(1) - logits[np.arange(2000), right]
    inside = below <= learned.allowed(0.95, np.zeros(1, bool))
    assert inside.mean() == pytest.approx(0.95, abs=0.03)


def test_probabilities_hold_where_the_right_one_is_missing_half_the_time() -> None:
    found, own = made_up(1000, 20)
    lists = [np.arange(20)] * 1000
    learned = fitted([Asked.of(found, own, lists, missing=True)])
    asked, right = made_up(1000, 20, seed=1)
    stated, hits = [], []
    for missing in (False, True):
        logits = learned.logits(asked)
        if missing:
            logits[np.arange(1000), right] = -np.inf
        shares, _ = learned.probabilities(logits)
        stated.append(shares.max(1))
        hits.append((shares.argmax(1) == right) & ~np.array(missing))
    assert np.mean(stated) == pytest.approx(np.mean(hits), abs=0.03)


def test_lists_hold_the_right_candidate_and_are_of_every_length() -> None:
    masses = np.arange(2000) % 50 + 100.0
    own = np.arange(0, 2000, 40)
    lists = lists_of(own, masses, np.random.default_rng(0))
    assert set(lists) == {EVERYONE, SHORT, ALIKE}
    for groups in lists.values():
        assert all(one in group for one, group in zip(own, groups, strict=True))
    assert min(map(len, lists[SHORT])) < 30
    assert max(map(len, lists[SHORT])) > 300
    assert min(map(len, lists[EVERYONE])) >= 1000
    assert {len(group) for group in lists[ALIKE]} == {40}


def test_scores_are_how_far_the_right_one_lies_below_the_best() -> None:
    logits = np.array([[3.0, 1.0], [2.0, 2.5]], np.float32)
    assert scores_of(logits, np.array([1, 1])).tolist() == [0.0, 2.0]


def test_odds_are_undone() -> None:
    similarities = np.array([0.0, 0.3, 0.97, 1.0], np.float32)
    np.testing.assert_allclose(likeness(odds(similarities)), similarities, atol=1e-5)


def test_a_library_answers_for_each_chemical_with_its_best_sample() -> None:
    signatures = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    library = Library.of(["b", "a", "b"], signatures)
    assert library.keys == ["a", "b"]
    np.testing.assert_allclose(
        library.best(np.array([[0, 1]], np.float32)), [[1.0, 0.8]], atol=1e-6)


def test_samples_that_came_off_the_column_at_another_time_are_no_match() -> None:
    signatures = np.array([[1, 0], [1, 0], [0.6, 0.8]], np.float32)
    indices = np.array([1000, np.nan, 1500], np.float32)
    library = Library.of(["a", "b", "c"], signatures, indices, 20)
    asked, unknown = np.array([[1, 0]] * 3, np.float32), np.array([1015, 1100, np.nan], np.float32)
    found = library.best(asked, unknown)
    np.testing.assert_allclose(found, [[1, 1, 0], [0, 1, 0], [1, 1, 0.6]], atol=1e-6)
    np.testing.assert_allclose(library.best(asked), [[1, 1, 0.6]] * 3, atol=1e-6)


def test_candidates_of_a_library_have_weights_of_their_own() -> None:
    found = np.array([[[1.0, 2.0]], [[0.0, 3.0]], [[0.0, 1.0]]], np.float32)  # plain, match, listed
    split = apart(found)
    assert split[:, 0].tolist() == [[1, 0], [0, 2], [0, 3], [0, 2.25], [0, 1]]
