"""Odd samples that are made up, and what is judged by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chemtranslate.identification.familiarity import (
    Discriminator,
    Familiarity,
    expanded,
    learned_network,
    regression,
)
from chemtranslate.identification.odd import (
    DISORDERED,
    SPARSE,
    few_regions,
    mixtures,
    places_shuffled,
    restless,
    values_shuffled,
)
from chemtranslate.learning.models import through


def measured(n: int = 40, seed: int = 0) -> np.ndarray:
    """Made-up samples of 30 parts in 200 places, the largest 100."""
    rng = np.random.default_rng(seed)
    arrays = np.zeros((n, 200), np.float32)
    for row in arrays:
        row[rng.choice(200, 30, replace=False)] = rng.uniform(1, 90, 30)
        row[rng.integers(150, 200)] = 100
    return arrays


@pytest.mark.parametrize("kind", [*DISORDERED, *SPARSE])
def test_odd_samples_are_as_strong_as_measured_ones_and_others(kind) -> None:  # type: ignore[no-untyped-def]
    arrays = measured()
    before = arrays.copy()
    odd = kind(arrays, np.random.default_rng(1))
    assert odd.shape == arrays.shape
    assert np.isfinite(odd).all()
    assert (odd >= 0).all()
    assert (np.abs(odd - arrays).sum(1) > 0).all()
    np.testing.assert_array_equal(arrays, before)


def test_a_mixture_has_the_parts_of_both() -> None:
    arrays = measured(2)
    for seed in range(5):  # with the other one, whatever is drawn
        mixed = mixtures(arrays, np.random.default_rng(seed))
        assert ((mixed > 0).sum(1) == (arrays > 0).any(0).sum()).all()
    assert ((mixed > 0).sum(1) >= (arrays > 0).sum(1)).all()
    np.testing.assert_allclose(mixed.max(1), 100, rtol=1e-5)


def test_shuffling_keeps_values_or_places() -> None:
    arrays, rng = measured(), np.random.default_rng(1)
    values, places = values_shuffled(arrays, rng), places_shuffled(arrays, rng)
    np.testing.assert_array_equal(values > 0, arrays > 0)
    for odd in (values, places):
        np.testing.assert_array_equal(np.sort(odd, 1), np.sort(arrays, 1))


def test_of_few_regions_little_else_is_left() -> None:
    arrays = measured(200)
    odd = few_regions(arrays, np.random.default_rng(1))
    assert ((odd > 0) <= (arrays > 0)).all()
    assert np.median((odd > 0).sum(1)) < 12
    np.testing.assert_allclose(odd.max(1), 100, rtol=1e-5)
    assert np.median((arrays > 0).sum(1)) > 25


def test_half_are_measured_again_and_keep_their_strongest_part() -> None:
    arrays = measured(400)
    again = restless(arrays, np.random.default_rng(1))
    same = (again == arrays).all(1).mean()
    assert 0.4 < same < 0.6
    assert (again[np.arange(400), arrays.argmax(1)] > 50).all()


def test_arrays_of_either_sign_keep_their_signs() -> None:
    mixed = mixtures(-measured(5), np.random.default_rng(1))
    assert (mixed <= 0).all()
    np.testing.assert_allclose(mixed.min(1), -100, rtol=1e-5)


def waves(n: int, seed: int, starts: tuple[int, int]) -> np.ndarray:
    """Made-up samples with order: each part is half of the one before, from somewhere on."""
    rng = np.random.default_rng(seed)
    arrays = np.zeros((n, 60), np.float32)
    for row in arrays:
        start = rng.integers(*starts)
        row[start : start + 8] = 100 * 0.5 ** np.arange(8)
    return arrays


def learned(arrays: np.ndarray, work: Path | None = None, stop_at: int = 0) -> Discriminator:
    def progress(step: int, steps: int, loss: float) -> None:
        if step == stop_at:
            raise KeyboardInterrupt

    return learned_network(arrays, 0, work, resume=True, progress=progress)


def test_the_network_learns_what_order_there_is_wherever_it_is() -> None:
    network = learned(waves(200, 0, (0, 40)))
    new = waves(100, 1, (41, 50))  # where it has seen none
    sound = through(network, new)[:, 0]
    odd = through(network, values_shuffled(new, np.random.default_rng(2)))[:, 0]
    assert (sound[:, None] > odd).mean() > 0.9


def test_the_same_network_comes_of_the_same_samples(tmp_path: Path) -> None:
    arrays = waves(30, 0, (0, 40))
    whole = through(learned(arrays), arrays)
    with pytest.raises(KeyboardInterrupt):
        learned(arrays, tmp_path, stop_at=20)
    np.testing.assert_array_equal(through(learned(arrays, tmp_path), arrays), whole)


@pytest.mark.parametrize("shape", [(1,), (5,), (2, 9)])
def test_the_network_takes_arrays_of_any_shape(shape: tuple[int, ...]) -> None:
    network = Discriminator(int(np.prod(shape)), 4).eval()
    arrays = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    arrays[2] = 0
    found = through(network, arrays)
    assert found.shape == (3, 1)
    assert np.isfinite(found).all()


def test_judging_learns_kinds_that_lie_on_both_sides() -> None:
    """Few parts are as odd as many: no straight line tells that."""
    rng = np.random.default_rng(0)
    groups = [rng.normal(centre, 1, (300, 5)).astype(np.float32) for centre in (0, 4, -4)]
    found = regression(Discriminator(3, 4), groups[0], groups[1:], [])
    real, *odd = (found.of(group) for group in groups)
    assert real.mean() > 0.9
    assert all(one.mean() < 0.1 for one in odd)


def test_the_network_has_no_say_in_what_is_sparse() -> None:
    """Though it tells the sparse ones at once, they are known by the rest, and others by it."""
    rng = np.random.default_rng(0)
    measured, disordered, sparse = rng.normal(0, 1, (3, 300, 5)).astype(np.float32)
    disordered[:, 0] -= 6
    sparse[:, 0] += 6
    sparse[:, 4] -= 6
    found = regression(Discriminator(3, 4), measured, [disordered], [sparse])
    new = np.zeros((4, 5), np.float32)
    new[1:, 0] = -6, 6, 6
    new[3, 4] = -6
    assert (found.of(new) > 0.5).tolist() == [True, False, True, False]
    np.testing.assert_allclose(found.of(new)[3], found.of(new - [[6, 0, 0, 0, 0]])[3], atol=0.05)


def test_it_is_the_same_when_it_is_read_again() -> None:
    rng = np.random.default_rng(0)
    groups = [rng.normal(centre, 1, (50, 5)).astype(np.float32) for centre in (0, 3)]
    arrays = waves(30, 0, (0, 40))
    found = regression(learned(arrays), groups[0], [], groups[1:])
    again = Familiarity.of_tensors(found.tensors())
    np.testing.assert_array_equal(again.of(groups[0]), found.of(groups[0]))
    np.testing.assert_allclose(
        through(again.network, arrays), through(found.network, arrays), rtol=0.05, atol=0.05)


def test_far_away_says_no_more_than_far() -> None:
    means, deviations = np.zeros(5), np.ones(5)
    far, farther = (expanded(np.full((1, 5), size), means, deviations) for size in (1e3, 1e6))
    np.testing.assert_array_equal(far, farther)
