from __future__ import annotations

import numpy as np
import pytest
import torch

from chemtranslate_mass_spec.experiment import quality as q
from chemtranslate_mass_spec.experiment.generators import (
    SPECIALISED,
    VAE,
    General,
    Real,
    Specialist,
    generators,
    met,
)
from chemtranslate_mass_spec.experiment.plan import Plan
from chemtranslate_mass_spec.experiment.pretraining import ACQUAINTANCE
from chemtranslate_mass_spec.experiment.replicates import Replicates
from chemtranslate_mass_spec.experiment.specialised import SCRATCH, TuningSettings
from chemtranslate_mass_spec.experiment.vae import tuned_vae

FEW = TuningSettings(rank=2, epochs=2)
BRIEF = ACQUAINTANCE.model_copy(update={"epochs": 2})


@pytest.fixture
def case(replicates: Replicates, points: np.ndarray, general: General) -> q.Case:
    others = np.roll(replicates.spectra[:5], 3, 1)
    return q.Case(replicates, points, np.array([0, 0, 1, 2, 3, 4]), others, general)


def test_a_draw_measures_every_way_on_every_test_spectrum(case: q.Case) -> None:
    ways = generators(case.general, FEW, BRIEF)
    plan = Plan(tuning=FEW, acquaintance=BRIEF, whole=FEW.model_copy(update={"rank": None}),
                scratch=SCRATCH.model_copy(update={"epochs": 2}), scratch_chemicals=2)
    found = q.quality(case, ways, plan, 0)
    tested = len(found["own"])
    assert tested == len(case.replicates) - 4 * 6
    for way in (q.ADAPTER, q.FULL, q.GROUPED, q.AUTO, q.GENERAL, VAE, q.COPY, q.NEAREST, q.MEAN):
        assert found[f"weighted cosine|{way}"].shape == (tested,)
        assert np.isfinite(found[f"similarity ratio, by difference|{way}"]).all()
    assert found[f"weighted cosine|{q.COPY}"].mean() > found[f"weighted cosine|{q.GENERAL}"].mean()
    made = len(found["made own"])
    for way in (*ways, q.AUTO):
        assert found[f"identified|{way}"].shape == (made,)
        assert (found[f"identified, strict|{way}"] <= 1).all()
    assert found[f"memorisation|{q.FROM_SCRATCH}"].size


def test_copies_of_real_spectra_are_identified_and_those_of_others_are_not(case: q.Case) -> None:
    replicates = case.replicates
    train, test = (np.flatnonzero(np.arange(len(replicates)) % 6 < 4),
                   np.flatnonzero(np.arange(len(replicates)) % 6 >= 4))
    real = replicates.spectra[train]
    found = q.matched(case, train, test, {"right": np.repeat(real, q.COPIES, 0),
                                          "wrong": np.repeat(np.roll(real, 8, 0), q.COPIES, 0)})
    assert found["identified|right"].mean() > 0.9
    assert found["identified, strict|right"].mean() > 0.9
    assert found["identified|wrong"].mean() < 0.1
    assert found[f"identified|{q.HELD_OUT}"].mean() > 0.9


def test_decoders_at_hand_make_what_their_generator_would(case: q.Case) -> None:
    replicates = case.replicates
    real = Real(replicates.spectra, replicates.own, case.points)
    ways = generators(case.general, FEW, BRIEF)
    specialist = Specialist(met(case.general, real, BRIEF), real, FEW)
    vae = tuned_vae(case.general.vae, real.spectra, 0)
    made = q.synthetic(real, ways, specialist, q.Auto(specialist), vae, 0)
    assert set(made) == {*ways, q.AUTO}
    for way in (SPECIALISED, VAE):
        np.testing.assert_allclose(made[way], ways[way](real, q.COPIES, 0), atol=1e-3)


def test_a_vector_near_no_region_is_decoded_by_the_general_decoder(case: q.Case) -> None:
    replicates = case.replicates
    real = Real(replicates.spectra, replicates.own, case.points)
    by_region = q.Auto(Specialist(case.general, real, FEW.model_copy(update={"rate": 0.01})))
    by_region.least = 0.9
    near, far = case.points[2], -case.points.sum(0)
    made = by_region.decode(torch.from_numpy(np.stack([near, far])))
    with torch.inference_mode():
        plain = q.finished(case.general.decoder(torch.from_numpy(np.stack([near, far]))))
    np.testing.assert_allclose(made[1], plain[1], atol=1e-3)
    assert np.abs(made[0] - plain[0]).max() > 0.1
