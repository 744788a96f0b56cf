"""Evidence is trusted on the candidates in question as far as it was right among them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chemtranslate.identification.calibration import Calibration
from chemtranslate.identification.combination import Combination

KNOWN = 800
WEIGHTS = np.array([1.0])


class Made:
    """Stands for the evidence: the arrays of unknowns are what they say of each candidate."""

    def signature(self, arrays: np.ndarray) -> np.ndarray:
        return arrays

    def at_once(self, lineup: Any) -> int:
        return 50

    def of(self, seen: Any, lineup: Any) -> np.ndarray:
        found = np.zeros((3, len(seen.arrays), len(lineup.candidates.keys)), np.float32)
        found[0] = seen.arrays
        return found


def lineup(count: int, first: str = "candidate") -> Any:
    keys = [first, *(f"{number:014}" for number in range(1, count))]
    return SimpleNamespace(candidates=SimpleNamespace(keys=keys), library=None)


def unknowns(n: int, count: int, seed: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return evidence for their own chemicals, (n,), and for others, (n, count)."""
    rng = np.random.default_rng(seed)
    own, others = rng.normal(3, 1.5, n), rng.normal(0, 1, (n, count))
    return (own * scale).astype(np.float32), (others * scale).astype(np.float32)


def calibration(count: int, scale: float = 1.0) -> Calibration:
    own, others = unknowns(KNOWN, count, 0, scale)
    lacking = np.stack([own, np.zeros(KNOWN), np.zeros(KNOWN)]).astype(np.float32)
    keys = np.array([f"UNKNOWN{number:07}".encode() for number in range(KNOWN)])
    return Calibration(keys, others, np.zeros((KNOWN, 2), np.float32), lacking,
                       np.full_like(lacking, np.nan))


def on(known: Calibration, count: int, first: str = "candidate") -> Combination:
    evidence: Any = Made()
    return known.on(evidence, lineup(count, first), WEIGHTS)


@pytest.mark.parametrize("count", [3, 50, 600])
def test_sets_hold_the_right_one_as_often_as_asked_however_long_the_list_is(count: int) -> None:
    combination = on(calibration(count), count)
    own, others = unknowns(4000, count, 1)
    own, others = (combination.logits(each.reshape(1, 4000, -1)) for each in (own, others))
    for coverage in (0.5, 0.9):
        (allowed,) = combination.allowed(coverage, np.zeros(1, bool))
        inside = others.max(1) - own[:, 0] <= allowed + 1e-6
        assert inside.mean() >= coverage - 0.03
        if allowed > 0:
            assert inside.mean() <= coverage + 0.03


@pytest.mark.parametrize("scale", [0.2, 1.0, 5.0])
def test_probabilities_hold_for_evidence_that_says_too_much_or_too_little(scale: float) -> None:
    count = 50
    combination = on(calibration(count, scale), count)
    own, others = unknowns(4000, count, 1, scale)
    both = np.concatenate([own[:, None], others], 1)
    with_own = combination.probabilities(combination.logits(both[None]))[0]
    without = combination.probabilities(combination.logits(others[None]))[0]
    stated = np.concatenate([with_own.max(1), without.max(1)]).mean()
    assert stated == pytest.approx((with_own.argmax(1) == 0).mean() / 2, abs=0.02)


def test_unknowns_that_the_library_has_score_apart() -> None:
    known = calibration(40)
    held = known.lacking.copy()
    held[0] += 5  # their own samples match better than predictions do
    held[:, 100:] = np.nan
    listed = SimpleNamespace(**vars(lineup(40)) | {"library": "some", "listed": np.arange(40) - 30})
    some = Calibration(known.keys, known.arrays, known.vectors, known.lacking, held)
    evidence: Any = Made()
    weights = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    combination = some.on(evidence, listed, weights)
    assert (len(combination.scores), len(combination.held)) == (KNOWN, 100)
    assert (np.diff(combination.held) >= 0).all()
    lacked, had = (float(combination.allowed(0.9, np.array([one]))[0]) for one in (False, True))
    assert had < lacked
    none = replace(some, held=np.full_like(held, np.nan)).on(evidence, listed, weights)
    assert not len(none.held)
    assert len(set(none.allowed(0.9, np.array([False, True])).tolist())) == 1


def test_who_comes_first_stays_as_it_was() -> None:
    known = calibration(40)
    worthless = Calibration(known.keys, known.arrays, known.vectors, -known.lacking, known.held)
    assert on(worthless, 40).weights[0] > 0


def test_the_own_chemical_of_an_unknown_among_the_candidates_is_not_one_of_the_others() -> None:
    known = calibration(40)
    sure = known.arrays.copy()
    sure[0, 0] = 1000  # the candidate that is the first unknown's own chemical
    marked = Calibration(known.keys, sure, known.vectors, known.lacking, known.held)
    beside = on(marked, 40, first=known.keys[0].decode())
    assert beside.scores.max() < 100 < on(marked, 40).scores.max()


def test_a_calibration_is_the_same_when_it_is_read_again() -> None:
    known = calibration(10)
    again = Calibration.of_tensors(known.tensors())
    assert (again.keys == known.keys).all()
    np.testing.assert_allclose(again.arrays, known.arrays, atol=0.01)
    np.testing.assert_array_equal(again.lacking, known.lacking)
