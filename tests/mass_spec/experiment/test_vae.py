from __future__ import annotations

import numpy as np
import torch

from chemtranslate_mass_spec.experiment.vae import Vae, VaeSettings, fit_vae, vae_loss


def test_the_divergence_is_zero_for_the_standard_normal_and_grows_away_from_it() -> None:
    same, zeros = torch.rand(3, 10), torch.zeros(3, 4)
    assert vae_loss(same, same, zeros, zeros, 1.0) == 0
    assert vae_loss(same, same, zeros + 1, zeros, 1.0) == 2  # 4 dimensions, half a square each
    assert vae_loss(same, same, zeros, zeros - 1, 1.0) > 0


def test_a_trained_one_reconstructs_better_than_an_untrained_one() -> None:
    rng = np.random.default_rng(0)
    spectra = (rng.random((12, 40)) * (rng.random((12, 40)) < 0.4) * 100).astype(np.float32)
    steps: list[int] = []
    model = fit_vae(spectra, VaeSettings(epochs=30), lambda step, of, loss: steps.append(step))
    assert steps[-1] == 30
    torch.manual_seed(0)
    every, generator = torch.from_numpy(spectra), torch.Generator().manual_seed(1)
    with torch.no_grad():
        after, before = (((one(every, generator)[0] - every) ** 2).mean()
                         for one in (model, Vae(40)))
    assert after < 0.8 * before


def test_the_same_seed_gives_the_same_model() -> None:
    spectra = np.random.default_rng(0).random((4, 30)).astype(np.float32)
    one, other = (fit_vae(spectra, VaeSettings(epochs=2)) for _ in range(2))
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
