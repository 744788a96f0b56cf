"""Vectors of several sensors, combined along the principal axes of a hub."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate.axes import Axes


@pytest.fixture
def points() -> np.ndarray:
    rng = np.random.default_rng(0)
    turned, _ = np.linalg.qr(rng.normal(size=(6, 6)))
    spread = np.array([3.0, 2.0, 1.0, 1.0, 0.5, 0.3])
    return ((rng.normal(size=(5000, 6)) * spread) @ turned + 1).astype(np.float32)


def seen(points: np.ndarray, axes: Axes, noise: np.ndarray, seed: int) -> np.ndarray:
    """Return what an ideal encoder would give: the mean of what is left possible."""
    rng = np.random.default_rng(seed)
    along = (points - axes.mean) @ axes.axes
    measured = along + rng.normal(size=along.shape) * np.sqrt(noise)
    shrunk = measured * axes.variance / (axes.variance + noise)
    return (shrunk @ axes.axes.T + axes.mean).astype(np.float32)


def test_two_sensors_together_err_as_little_as_bayes_rule_allows(points: np.ndarray) -> None:
    axes = Axes.of(points)
    noises = np.array([0.1, 5, 1, 0.1, 9, 9]), np.array([5, 0.1, 1, 9, 0.1, 9])
    vectors = [seen(points, axes, noise, seed) for seed, noise in enumerate(noises)]
    errors = [axes.error(each, points) for each in vectors]
    together = axes.error(axes.fused(vectors, errors), points)
    possible = 1 / (1 / axes.variance + sum(1 / noise for noise in noises))
    np.testing.assert_allclose(together, possible, rtol=0.1)
    assert together.sum() < min(error.sum() for error in errors)
    assert together.sum() < axes.error(axes.fused(vectors, [None, None]), points).sum()


def test_a_sensor_alone_stays_as_it_is_and_one_that_knows_nothing_changes_nothing(
        points: np.ndarray) -> None:
    axes = Axes.of(points)
    one = seen(points, axes, np.ones(6), 0)
    error = axes.error(one, points)
    np.testing.assert_allclose(axes.fused([one], [error]), one, atol=1e-4)
    blind = np.broadcast_to(axes.mean, one.shape)
    worse = axes.variance * 1.2
    np.testing.assert_allclose(axes.fused([one, blind], [error, worse]), one, atol=1e-4)


def test_where_an_error_is_not_stated_all_count_alike(points: np.ndarray) -> None:
    axes = Axes.of(points)
    together = axes.fused([points, points + 2], [None, axes.variance])
    np.testing.assert_allclose(together, points + 1, atol=1e-5)
