"""A training writes checkpoints where it is told to, and a short one writes none."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
import torch

from chemtranslate.learning import fitting
from chemtranslate.learning.fitting import fit
from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.experiment.pretraining import acquainted, acquainted_alone
from chemtranslate_mass_spec.networks import sizes
from chemtranslate_mass_spec.training import Settings, encoder_loss

SPECTRA = np.random.default_rng(0).uniform(0, 100, (6, 20)).astype(np.float32)
POINTS = np.random.default_rng(1).normal(size=(6, 512)).astype(np.float32)
SETTINGS = Settings(rate=1e-3, epochs=2, batch=4, bins=20)


def _ignore(step: int, steps: int, loss: float) -> None:
    pass


def test_without_a_folder_no_checkpoint_is_written_and_the_outcome_is_the_same(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = Stack(sizes(20))
    unkept = deepcopy(kept)
    for network, work in ((unkept, None), (kept, tmp_path)):
        assert not list(tmp_path.iterdir())
        fit(network, 6, encoder_loss(network, SPECTRA, POINTS), SETTINGS, work, resume=True,
            progress=_ignore, checkpoint_every=1)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    for name, tensor in kept.state_dict().items():
        assert torch.equal(tensor, unkept.state_dict()[name]), name


def test_a_short_tuning_writes_no_checkpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise AssertionError("written")

    monkeypatch.setattr(fitting, "save_checkpoint", refuse)
    encoder = Stack(sizes(20))
    before = deepcopy(encoder.state_dict())
    alone = acquainted_alone(encoder, SPECTRA, POINTS, SETTINGS)
    pair = acquainted(encoder, Stack(sizes(20)[::-1]), SPECTRA, POINTS, SETTINGS)
    for tuned in (alone, pair.encoder):
        assert not torch.equal(next(tuned.parameters()), next(encoder.parameters()))
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())
