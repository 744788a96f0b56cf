from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import nn

from chemtranslate.learning.networks import Stack
from chemtranslate_mass_spec.experiment.specialised import (
    TUNED,
    Specialised,
    TuningSettings,
    decoders,
    padded,
    tune,
    tuning_loss,
)
from chemtranslate_mass_spec.losses import weighted_cosine_loss
from chemtranslate_mass_spec.networks import sizes

BINS, WIDTH = 40, 512


@dataclass
class Case:
    general: Stack
    spectra: np.ndarray
    own: np.ndarray
    encode: nn.Module


@pytest.fixture
def case() -> Case:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    spectra = (rng.random((7, BINS)) * (rng.random((7, BINS)) < 0.4) * 100).astype(np.float32)
    return Case(Stack(sizes(BINS)[::-1]), spectra, np.array([0, 0, 0, 1, 2, 2, 2]),
                Stack((BINS, WIDTH)).requires_grad_(False))


def settings(rank: int | None, **more: float) -> TuningSettings:
    return TuningSettings(rank=rank, **{"epochs": 6, "rate": 1e-3, **more})


def tuned(case: Case, **more: object) -> dict[str, np.ndarray]:
    return tune(case.general, case.encode, case.spectra, case.own, settings(**more))


@pytest.mark.parametrize("rank", [None, 4])
def test_before_any_step_every_chemical_has_the_general_decoder(case: Case,
                                                                rank: int | None) -> None:
    vectors = torch.randn(3, 2, WIDTH)
    with torch.no_grad():
        torch.testing.assert_close(Specialised(case.general, 3, rank)(vectors),
                                   case.general(vectors), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("rank", [None, 4])
def test_tuning_brings_each_chemicals_decoder_closer_to_its_spectra(case: Case,
                                                                    rank: int | None) -> None:
    found = tuned(case, rank=rank, epochs=40)
    model = decoders(case.general, found, np.arange(3))
    rows, present = padded([np.flatnonzero(case.own == c) for c in range(3)])
    target = torch.from_numpy(case.spectra)[rows]
    vectors = case.encode(target)
    with torch.no_grad():
        after = tuning_loss(model(vectors), target, present, 10.0)
        before = tuning_loss(case.general(vectors), target, present, 10.0)
    assert after < 0.8 * before


@pytest.mark.parametrize("rank", [None, 4])
def test_only_the_first_layers_are_tuned(case: Case, rank: int | None) -> None:
    weights = {name: value.clone() for name, value in case.general.state_dict().items()}
    found = tuned(case, rank=rank)
    assert {int(name[-1]) for name in found} == set(range(TUNED))
    assert all(len(value) == 3 for value in found.values())
    for name, value in case.general.state_dict().items():
        torch.testing.assert_close(value, weights[name], atol=0, rtol=0)


def test_chemicals_do_not_feel_each_other(case: Case) -> None:
    together = tuned(case, rank=None, peaks_removed=0.0)
    alone = tune(case.general, case.encode, case.spectra[3:4], np.array([0]),
                 settings(None, peaks_removed=0.0))
    for name, value in alone.items():
        np.testing.assert_allclose(together[name][1], value[0], atol=1e-5)


def test_how_many_are_trained_at_once_makes_no_difference(case: Case) -> None:
    together, apart = (tuned(case, rank=None, peaks_removed=0.0, at_once=n) for n in (64, 1))
    vectors = torch.randn(3, 2, WIDTH)
    with torch.no_grad():
        one, other = (decoders(case.general, found, np.arange(3))(vectors)
                      for found in (together, apart))
    torch.testing.assert_close(one, other, atol=0.05, rtol=1e-2)


def test_adapters_of_the_papers_decoder_take_a_fiftieth_of_its_room() -> None:
    general = Stack(sizes(797)[::-1])
    spectra = np.eye(797, dtype=np.float32)[:1] * 100
    found = tune(general, Stack((797, 512)).requires_grad_(False), spectra, np.array([0]),
                 TuningSettings(epochs=1))
    whole = sum(parameter.numel() for parameter in general.parameters())
    assert sum(value.size for value in found.values()) < 0.02 * whole


def test_the_loss_is_table_iis_for_each_chemical() -> None:
    decoded, target = torch.rand(1, 5, 30), torch.rand(1, 5, 30)
    every = torch.ones(1, 5, dtype=torch.bool)
    expected = ((decoded - target) ** 2).mean() + 10 * weighted_cosine_loss(decoded[0], target[0])
    torch.testing.assert_close(tuning_loss(decoded, target, every, 10.0), expected)


def test_short_chemicals_are_padded_and_the_padding_does_not_count() -> None:
    rows, present = padded([np.array([4, 5, 6]), np.array([9])])
    assert rows.tolist() == [[4, 5, 6], [9, 9, 9]]
    assert present.tolist() == [[True] * 3, [True, False, False]]
