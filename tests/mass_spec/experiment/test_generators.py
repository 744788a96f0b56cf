from __future__ import annotations

import numpy as np
import pytest
import torch

from chemtranslate_mass_spec.experiment.generators import (
    General,
    Real,
    Specialist,
    damaged,
    finished,
    generators,
)
from chemtranslate_mass_spec.experiment.groups import grouped
from chemtranslate_mass_spec.experiment.pretraining import ACQUAINTANCE
from chemtranslate_mass_spec.experiment.replicates import Replicates
from chemtranslate_mass_spec.experiment.sibling import FAINTEST
from chemtranslate_mass_spec.experiment.specialised import TuningSettings

FEW = TuningSettings(rank=2, epochs=2)
BRIEF = ACQUAINTANCE.model_copy(update={"epochs": 2})


@pytest.fixture
def real(replicates: Replicates, points: np.ndarray) -> Real:
    rows = np.arange(len(replicates)) % 6 < 2
    return Real(replicates.spectra[rows], replicates.own[rows], points)


def test_every_way_gives_its_copies_together_as_spectra(general: General, real: Real) -> None:
    for name, make in generators(general, FEW, BRIEF).items():
        made = make(real, 3, 1)
        assert made.shape == (3 * len(real), real.spectra.shape[1]), name
        assert np.isfinite(made).all(), name
        assert (made >= 0).all(), name
        np.testing.assert_allclose(made.max(1), 100, rtol=1e-4, err_msg=name)
        np.testing.assert_array_equal(made, make(real, 3, 1), err_msg=name)
        assert not np.array_equal(made, make(real, 3, 2)), name


def test_damage_removes_peaks_and_adds_none(real: Real) -> None:
    made = damaged(real.spectra, 2, 0)
    sources = np.repeat(real.spectra, 2, 0)
    assert ((made > 0) <= (sources > 0)).all()
    assert ((made > 0).sum(1) == (sources > 0).sum(1) - 3).all()


def test_made_spectra_have_no_traces() -> None:
    made = finished(torch.tensor([[50.0, -3.0, 0.1, 25.0]]))
    np.testing.assert_allclose(made, [[100.0, 0.0, 0.0, 50.0]])
    assert made[made > 0].min() >= FAINTEST


def test_a_chemical_is_decoded_by_its_own_decoder(general: General, real: Real) -> None:
    specialist = Specialist(general, real, FEW.model_copy(update={"rate": 0.01}))
    vectors = torch.randn(2, 512, generator=torch.Generator().manual_seed(0))
    both = specialist.decode(vectors, np.array([0, 3]))
    np.testing.assert_allclose(both[1], specialist.decode(vectors[1:], np.array([3]))[0], atol=1e-3)
    assert np.abs(both[1] - specialist.decode(vectors[1:], np.array([0]))[0]).max() > 0.1


def test_chemicals_of_a_group_share_a_decoder(general: General, real: Real) -> None:
    shared = Specialist(general, real, FEW, np.array([0, 0, 1, 1, 1, 2]))
    assert len(shared.served) == 3
    vectors = torch.randn(1, 512, generator=torch.Generator().manual_seed(0))
    np.testing.assert_array_equal(shared.decode(vectors, np.array([2])),
                                  shared.decode(vectors, np.array([4])))


def test_groups_hold_only_chemicals_that_are_all_alike() -> None:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 512))
    points = (centres.repeat(3, 0) + 0.3 * rng.normal(size=(12, 512))).astype(np.float32)
    numbers = grouped(points)
    assert len(set(numbers.tolist())) == 4
    assert all(len(set(numbers[start:start + 3].tolist())) == 1 for start in range(0, 12, 3))
