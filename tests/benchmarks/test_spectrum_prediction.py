"""What predictions of spectra are measured with: the yardsticks, and the ranks of candidates."""

from __future__ import annotations

from pathlib import Path

import neims
import numpy as np
import torch
from measures import difference, ranks
from spectrum_prediction import OURS, compared, tanimoto

from chemtranslate_mass_spec.molecules import mass_and_reach


def test_fingerprints_count_substructures() -> None:
    prints = neims.fingerprints(["CCO", "CCCCCCO"])
    assert prints.shape == (2, neims.LENGTH)
    assert prints[0].sum() < prints[1].sum()
    assert prints[1].max() > 1


def test_the_yardstick_predicts_nothing_above_the_molecule_or_below_zero() -> None:
    torch.manual_seed(0)
    network = neims.Neims(neims.LENGTH, 100, width=16, blocks=1, dropout=0.25).eval()
    smiles = ["CCO", "CCCO"]
    with torch.inference_mode():
        made = network(torch.from_numpy(neims.fingerprints(smiles)),
                       torch.from_numpy(mass_and_reach(smiles)))
    assert (made >= 0).all()
    for row, mass in enumerate((46, 60)):
        assert (made[row, mass + neims.ABOVE :] == 0).all()
        assert (made[row, : mass + neims.ABOVE] > 0).any()


def test_the_yardstick_learns_and_what_it_learned_is_kept(tmp_path: Path) -> None:
    smiles = ["CCO", "CCCO", "CCCCO", "CCCCCO"]
    prints, ends = neims.fingerprints(smiles), mass_and_reach(smiles)
    roots = np.zeros((4, 100), np.float32)
    roots[np.arange(4), ends[:, 0] - 16] = 1
    settings = neims.SETTINGS.model_copy(
        update={"epochs": 60, "width": 32, "blocks": 1, "batch": 4, "dropout": 0.0})
    made = [neims.learned(prints, ends, roots, np.arange(4), settings, tmp_path).eval()
            for _ in range(2)]
    with torch.inference_mode():
        one, other = (n(torch.from_numpy(prints), torch.from_numpy(ends)).numpy() for n in made)
    assert (one == other).all()
    assert one[roots == 1].mean() > 5 * one[roots == 0].mean()


def test_of_equal_candidates_half_come_before_the_right_one() -> None:
    scores = np.array([[3, 1, 2], [1, 1, 1]], np.float32)
    own = np.array([2, 0])
    assert ranks(scores, own, np.arange(3)).tolist() == [1, 1]
    assert ranks(scores, own, np.array([0, 2])).tolist() == [1, 0.5]


def test_tanimoto_similarity_is_of_what_occurs() -> None:
    prints = np.array([[2, 1, 0, 0], [0, 3, 1, 0]], np.float32)
    np.testing.assert_allclose(tanimoto(prints, prints), [[1, 1 / 3], [1 / 3, 1]])


def test_the_interval_of_a_difference_holds_its_mean() -> None:
    rng = np.random.default_rng(0)
    mean, low, high = difference(rng.normal(1, 1, 400), rng.normal(0, 1, 400))
    assert 0.8 < low < mean < high < 1.2


def test_compared_ways_state_spread_and_difference() -> None:
    ours = {"cosine": np.array([0.5, 0.7])}
    two_seeds = [{"cosine": np.array([0.6, 0.8])}, {"cosine": np.array([0.8, 1.0])}]
    found = compared({OURS: [ours], "another": two_seeds}, ours, medians=False)
    means, spread, apart = found.values()
    assert means == {OURS: {"cosine": 0.6}, "another": {"cosine": 0.8}}
    assert spread == {"another": {"cosine": 0.1414}}
    assert apart == {"another": {"cosine": [0.2, 0.2, 0.2]}}
