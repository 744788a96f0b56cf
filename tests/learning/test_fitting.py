"""Fits that average their weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from chemtranslate.learning.fitting import FitSettings, fit

INPUTS = torch.linspace(-1, 1, 12)[:, None]


def line() -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(1, 1)


def fitted(averaged: float, work: Path | None = None, stop_at: int = 0,
           every: list[float] | None = None) -> nn.Linear:
    network = line()
    settings = FitSettings(rate=0.3, epochs=4, batch=3, averaged=averaged)

    def loss_of(rows: Tensor, generator: torch.Generator) -> Tensor:
        noise = torch.randn(len(rows), 1, generator=generator)
        return ((network(INPUTS[rows]) - 2 * INPUTS[rows] - noise) ** 2).mean()

    def progress(step: int, steps: int, loss: float) -> None:
        if every is not None:
            every.append(network.weight.item())
        if step == stop_at:
            raise KeyboardInterrupt

    fit(network, len(INPUTS), loss_of, settings, work, resume=True, progress=progress,
        checkpoint_every=2)
    return network


def test_the_weights_of_the_last_steps_are_averaged() -> None:
    steps: list[float] = []
    fitted(0.0, every=steps)
    assert len(steps) == 16
    assert fitted(0.25).weight.item() == pytest.approx(np.mean(steps[-4:]), rel=1e-5)
    assert fitted(1.0).weight.item() == pytest.approx(np.mean(steps), rel=1e-5)


@pytest.mark.parametrize("averaged", [0.0, 0.7])
def test_a_fit_that_was_stopped_ends_where_it_would_have(averaged: float, tmp_path: Path) -> None:
    whole = fitted(averaged)
    with pytest.raises(KeyboardInterrupt):
        fitted(averaged, tmp_path, stop_at=7)
    resumed = fitted(averaged, tmp_path)
    torch.testing.assert_close(resumed.weight, whole.weight, rtol=0, atol=0)
