"""Similarities follow Eq. 1, and the loss agrees with the figure."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate_mass_spec.similarity import cosine, metrics, mse, weighted_cosine


def test_the_weighted_cosine_is_equation_1() -> None:
    s, t = np.array([[1.0, 2.0, 0.0]]), np.array([[2.0, 1.0, 1.0]])
    expected = (1 * 2 + 2 * 2) / (np.sqrt(1 + 8) * np.sqrt(4 + 2 + 3))
    assert weighted_cosine(s, t) == pytest.approx([expected])
    assert cosine(s, t) == pytest.approx([4 / np.sqrt(5 * 6)])
    assert mse(s, t) == pytest.approx([1.0])


def test_an_empty_spectrum_is_like_nothing() -> None:
    assert weighted_cosine(np.zeros((2, 4)), np.ones((2, 4))).tolist() == [0, 0]


def test_metrics_are_one_figure_per_spectrum() -> None:
    figures = metrics(np.ones((3, 5), np.float32), np.ones((3, 5), np.float32))
    assert {name: values.tolist() for name, values in figures.items()} == {
        "weighted cosine": pytest.approx([1, 1, 1]),
        "mse": [0, 0, 0],
    }


def test_the_loss_is_one_minus_the_similarity_with_finite_gradients() -> None:
    torch = pytest.importorskip("torch")
    from chemtranslate_mass_spec.losses import weighted_cosine_loss

    rng = np.random.default_rng(0)
    s, t = rng.random((4, 9)), rng.random((4, 9))
    s[0] = 0
    predicted = torch.tensor(s, requires_grad=True)
    loss = weighted_cosine_loss(predicted, torch.tensor(t))
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == pytest.approx(1 - weighted_cosine(s, t).mean())
    assert torch.isfinite(predicted.grad).all()
