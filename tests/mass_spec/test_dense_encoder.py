"""The encoder that sees roots of intensities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.hub import Hub
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate_mass_spec import dense
from chemtranslate_mass_spec.binning import FORM, ROOTS
from chemtranslate_mass_spec.spectrum import Spectrum


def test_roots_and_back(ethanol: Sample) -> None:
    array = ROOTS.to_array(ethanol)
    assert array.max() == 1
    np.testing.assert_allclose(array**2 * 100, FORM.to_array(ethanol), atol=1e-4)
    back = ROOTS.to_signal(array)
    np.testing.assert_allclose(back.intensities, FORM.to_signal(FORM.to_array(ethanol)).intensities,
                               atol=0.011)


def test_damage_adds_no_peak_and_keeps_the_base_peak_at_1() -> None:
    rng = np.random.default_rng(0)
    roots = torch.from_numpy((rng.uniform(size=(20, 50)) * (rng.uniform(size=(20, 50)) > 0.7))
                             .astype(np.float32))
    made = dense.damaged(roots, torch.Generator().manual_seed(1))
    assert not ((made > 0) & (roots == 0)).any()
    assert ((made > 0).sum(1) < (roots > 0).sum(1)).all()
    torch.testing.assert_close(made.amax(1), torch.ones(20))


def test_it_learns_to_tell_chemicals_apart(tiny_hub: Hub, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    smiles = [f"{'C' * n}{end}" for n in range(1, 7) for end in ("O", "N", "Cl")]
    samples = []
    for one in smiles:
        mz, heights = rng.choice(np.arange(15, 200), 15, replace=False), rng.uniform(5, 99, 15)
        samples += [Sample(f"{one} {i}", Spectrum.of(mz, heights + rng.uniform(0, 1, 15)),
                           chemical=Chemical(one)) for i in range(3)]
    asked = Training(samples=samples, hub=tiny_hub, folder=tmp_path / "encoder", epochs=60,
                     settings={"width": "128", "blocks": "1", "batch": "16"})
    assert dense.train(asked).name == "mass_spec/dense"
    encoder = dense.load(tmp_path / "encoder", tiny_hub)
    vectors = encoder.encode(np.stack([ROOTS.to_array(sample) for sample in samples]))
    nearest = tiny_hub.distance(np.repeat(vectors, len(smiles), 0),
                                np.tile(tiny_hub.embed(smiles), (len(samples), 1)))
    named = nearest.reshape(len(samples), -1).argmin(1)
    assert (named == np.repeat(np.arange(len(smiles)), 3)).mean() > 0.7


def test_synthetic_spectra_are_refused_wherever_the_record_says_so(
        ethanol: Sample, tiny_hub: Hub, tmp_path: Path) -> None:
    made = Sample("a", ethanol.signal, chemical=Chemical("CCO"),
                  metadata={"Comments": '"Spectrum_origin=synthetic"'})
    with pytest.raises(InputError, match="synthetic"):
        dense.train(Training(samples=[made], hub=tiny_hub, folder=tmp_path / "encoder"))
