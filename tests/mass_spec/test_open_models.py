"""The models of mass spectra for chemicals in no library, and the clues of molecular mass."""

from __future__ import annotations

from math import exp, log
from pathlib import Path

import numpy as np
import pytest
import torch

from chemtranslate.candidates import Candidates
from chemtranslate.hub import Hub
from chemtranslate.models import load_decoder, load_encoder
from chemtranslate.plugins import registry
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.table import EmbeddingTable, Entry, TableCard
from chemtranslate_mass_spec import open_decoder, open_encoder
from chemtranslate_mass_spec.binning import ROOTS
from chemtranslate_mass_spec.clues import LOWEST, MASS, highest
from chemtranslate_mass_spec.fragments import WAYS, Structures
from chemtranslate_mass_spec.molecules import mass_and_reach
from chemtranslate_mass_spec.open_decoder import of_structures, predicted
from chemtranslate_mass_spec.open_encoder import ABOVE, FORM, LOSSES, with_losses
from chemtranslate_mass_spec.similarity import signature
from chemtranslate_mass_spec.spectrum import Spectrum
from chemtranslate_mass_spec.two_sided import FURTHER, LEAK, SHIFTS, Known, TwoSided
from tests.conftest import ALKANES, spectra_of


def spectrum(**peaks: float) -> np.ndarray:
    """Return (1, 797) intensities: spectrum(m43=100, m58=20)."""
    array = np.zeros((1, 797), np.float32)
    for name, height in peaks.items():
        array[0, int(name[1:]) - 1] = height
    return array


def among(*smiles: str) -> Candidates:
    card = TableCard(hub="a hub", dimensions=2)
    entries = [Entry(one, one, one, one) for one in smiles]
    return Candidates.of(EmbeddingTable(card, entries, np.ones((len(smiles), 2), np.float32)))


def test_the_last_isotope_of_chlorine_and_bromine_lies_further() -> None:
    found = mass_and_reach(["CCO", "ClCCl", "BrCCl", "nonsense("])
    assert found.tolist() == [[46, 48], [84, 90], [128, 134], [0, 0]]


def small() -> TwoSided:
    torch.manual_seed(0)
    return TwoSided(8, 100, width=16, blocks=1, substructures=5, judging=4).eval()


def ending(network: TwoSided, *ends: tuple[int, int]) -> Known:
    """Return what is known of molecules of which nothing is known but where they end."""
    return network.nothing(len(ends))._replace(ends=torch.tensor(ends))


def test_nothing_is_predicted_above_the_isotopes_of_the_molecule() -> None:
    network = small()
    with torch.inference_mode():
        made = network(torch.randn(2, 8), ending(network, (46, 48), (84, 90)))
    assert (made[0, 48:] == 0).all()
    assert (made[1, 90:] == 0).all()
    assert (made[1, 80:90] != 0).any()


def test_the_backward_half_moves_with_the_mass_and_not_where_it_is_unknown() -> None:
    network = small()
    points = torch.randn(1, 8).repeat(3, 1)
    with torch.inference_mode():
        light, heavy, unknown = network(points, ending(network, (50, 99), (51, 99), (0, 0)))
        upward = network.body(torch.cat([points, torch.zeros(3, 5)], 1))[0, :100]
    assert not torch.equal(light[:45], heavy[:45])
    torch.testing.assert_close(unknown, torch.where(upward > 0, upward, 0.02 * upward))


@pytest.mark.parametrize("shift", [0, 1, -2])
@pytest.mark.parametrize("multiplies", [False, True])
@pytest.mark.parametrize("by_number", [False, True])
def test_fragments_change_the_bins_about_their_masses(
    shift: int, multiplies: bool, by_number: bool
) -> None:
    network = small()
    shifts = 2 * FURTHER + 1 if by_number else SHIFTS[1] - SHIFTS[0] + 1
    bias = network.counted.bias if by_number else network.judged[-1].bias
    place = shift + FURTHER if by_number else shift - SHIFTS[0]
    known = network.read(["CCCO"]).of_rows(torch.arange(1))
    points = torch.randn(1, 8)

    def made() -> torch.Tensor:
        with torch.inference_mode():
            found = network(points, known)[0]
        return torch.where(found > 0, found, found / LEAK)

    before = made()
    with torch.no_grad():
        bias[place + (WAYS * shifts if by_number else shifts) * multiplies] = 1
    changed = made()
    where = 1 + (changed != before).nonzero()[:, 0]
    assert set(where.tolist()) == {mass + shift for mass in (15, 45, 29, 31, 43, 17)}
    ratio, difference = changed / before, changed - before
    strength = log(2) if by_number else 1.0  # one fragment of each mass: log(1 + 1)
    if multiplies:
        torch.testing.assert_close(ratio[where - 1], torch.full((6,), exp(strength)), rtol=1e-3,
                                   atol=0)
    else:
        torch.testing.assert_close(difference[where - 1], torch.full((6,), strength), rtol=1e-3,
                                   atol=1e-4)


def test_what_is_withheld_leaves_the_spectrum_of_a_bare_point() -> None:
    network = small()
    torch.nn.init.normal_(network.judged[-1].weight)
    torch.nn.init.normal_(network.counted.weight)
    points = torch.randn(2, 8)
    known = network.read(["CCCO", "c1ccccc1C"]).of_rows(torch.arange(2))
    with torch.inference_mode():
        bare = network(points, network.nothing(2))
        withheld = network(points, known.where(torch.tensor([[False], [True]])))
    torch.testing.assert_close(withheld[0], bare[0])
    assert not torch.allclose(withheld[1], bare[1])


def test_of_structures_the_mean_with_and_without_points_is_predicted() -> None:
    network = small()
    points = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    known = network.read(["CCCO", "c1ccccc1C", "CCO"])
    placed, unplaced = (predicted(network, p, known) for p in (points, np.zeros_like(points)))
    assert not np.allclose(placed, unplaced)
    made = of_structures(network, points, known)
    np.testing.assert_allclose(made, (placed + unplaced) / 2, rtol=1e-5)


@pytest.mark.parametrize("unplaced", [0.0, 0.5])
def test_points_are_withheld_from_structures_that_are_told_alone(
    unplaced: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def spy(network: TwoSided, points: torch.Tensor, known: Known) -> torch.Tensor:
        seen.append((points.abs().sum(1) > 0, known.ends[:, 0] > 0))
        return TwoSided.forward(network, points, known)

    monkeypatch.setattr(TwoSided, "__call__", spy)
    settings = open_decoder.SETTINGS.model_copy(
        update={"width": 8, "blocks": 1, "epochs": 1, "unknown": 0.5, "unplaced": unplaced})
    rng = np.random.default_rng(0)
    structures = Structures.of(["CCCO"], np.zeros(5, np.int64), 100)
    open_decoder.learned(
        rng.normal(size=(1, 8)).astype(np.float32), Known.of(structures),
        rng.random((400, 100)).astype(np.float32), np.zeros(400, np.intp), settings, None,
        resume=False, progress=lambda step, steps, loss: None)
    placed, told = (torch.cat(each) for each in zip(*seen, strict=True))
    assert placed[~told].all()
    assert abs(placed[told].float().mean() - (1 - unplaced)) < 0.1
    assert 0.4 < told.float().mean() < 0.6


def test_losses_are_counted_from_the_highest_peak_that_is_not_faint() -> None:
    roots = torch.from_numpy(np.sqrt(spectrum(m43=100, m58=20, m60=0.5) / 100))
    found = with_losses(roots)[0]
    losses = found[797 : 797 + ABOVE + LOSSES]
    assert losses[ABOVE] == pytest.approx(np.sqrt(0.2))  # m/z 58 itself
    assert losses[ABOVE + 15] == 1  # 58 - 43
    assert losses[ABOVE - 2] == pytest.approx(np.sqrt(0.005))
    assert int(found[797 + ABOVE + LOSSES :].argmax()) == 57
    assert found.shape == FORM.shape


def test_the_encoder_sees_peaks_and_writes_them_again() -> None:
    sample = Sample("x", Spectrum.of([43.0, 58.0], [100.0, 25.0]))
    array = FORM.to_array(sample)
    np.testing.assert_array_equal(array[:797], ROOTS.to_array(sample))
    again = FORM.to_signal(array)
    assert again.mz.tolist() == [43, 58]
    np.testing.assert_allclose(again.intensities, [100, 25], atol=0.01)


def test_a_molecule_lighter_than_its_ions_is_unlikely() -> None:
    clues = MASS.weigh(MASS.learn(spectrum(m58=100), ["CCCC"]), spectrum(m43=50, m100=50),
                       among("CCO", "CCCCCCC", ""))
    assert clues.shape == (3, 1, 3)
    assert clues[0, 0, 1] > clues[0, 0, 0]
    assert (clues[:, :, 2] == 0).all()  # of what has no structure nothing is said


def test_gaps_that_training_spectra_showed_are_likelier_than_others() -> None:
    arrays = np.concatenate([spectrum(m43=100, m58=20), spectrum(m57=100, m72=20)])
    learned = MASS.learn(arrays, ["CCCC", "CCCCC"])
    assert learned["gaps"][0].argmax() == -LOWEST  # the molecular ions themselves
    assert highest(arrays, 0.01).tolist() == [58, 72]
    asked = spectrum(m71=100, m86=30)
    fits, does_not = MASS.weigh(learned, asked, among("CCCCCC", "CCCCCCC"))[1, 0]
    assert fits > does_not


def test_signatures_are_what_library_searches_compare() -> None:
    found = signature(np.concatenate([spectrum(m10=100, m20=25), spectrum(m20=50)]))
    assert (found[0] @ found[1]) == pytest.approx(np.sqrt(0.5))  # 20 * 5 of (10 * 10, 20 * 5)
    np.testing.assert_allclose((found**2).sum(1), 1, atol=1e-6)


def test_both_models_are_trained_and_loaded(tmp_path: Path, tiny_hub: Hub) -> None:
    samples = spectra_of(ALKANES[:40])
    small = {"width": "8", "blocks": "1"}
    for number in range(2):
        cards = [
            train(Training(samples=samples, hub=tiny_hub, folder=tmp_path / f"{name}{number}",
                           epochs=2, settings=small))
            for name, train in (("encoder", open_encoder.train), ("decoder", open_decoder.train))
        ]
        assert [card.name for card in cards] == ["mass_spec/open"] * 2
    first, second = ((tmp_path / f"decoder{n}/model.safetensors").read_bytes() for n in (0, 1))
    assert first == second
    encoder = load_encoder(tmp_path / "encoder0", "mass_spec", tiny_hub, registry())
    decoder = load_decoder(tmp_path / "decoder0", "mass_spec", tiny_hub, registry())
    vectors = encoder.encode(np.stack([encoder.form.to_array(one) for one in samples[:3]]))
    assert decoder.informed
    plain, informed = decoder.decode(vectors), decoder.decode_structures(vectors, ALKANES[:3])
    assert plain.shape == informed.shape == (3, 797)
    assert (informed[0, 34:] == 0).all()  # methanol, 32, and its isotopes
    network = decoder.model.network
    assert (network.substructures > 0).sum() > 3
    known = network.read(ALKANES[:3])
    assert (known.counts > 0).any()
    without = network.read(ALKANES[:3])._replace(counts=torch.zeros_like(known.counts))
    assert not np.array_equal(
        predicted(network, vectors, known), predicted(network, vectors, without))
    assert (plain[0, 34:] > 0).any()
