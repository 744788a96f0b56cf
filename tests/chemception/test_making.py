from __future__ import annotations

import json
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from chemtranslate.catalogue import organics
from chemtranslate.errors import InputError
from chemtranslate.hub import Hub, load_hub
from chemtranslate.protocols import HubTraining
from chemtranslate.search import unit
from chemtranslate.splits import part
from chemtranslate_chemception import making
from chemtranslate_chemception.making import (
    bits_of,
    coinciding,
    effective_rank,
    evaluate_hub,
    linear_map,
    tanimoto,
    train_hub,
)
from chemtranslate_chemception.targets import END_POINTS
from chemtranslate_chemception.training import HubSettings


def some_bits(n: int, seed: int = 1) -> np.ndarray:
    return (np.random.default_rng(seed).random((n, 64)) < 0.2).astype(np.float32)


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
def test_the_linear_map_scales_to_mean_variance_one_and_keeps_dead_dimensions_dead(
        alike: float) -> None:
    rng = np.random.default_rng(0)
    outputs = (rng.normal(size=(400, 12)) * np.geomspace(10, 0.1, 12) + 3).astype(np.float32)
    outputs[:, 5] = 7.0
    mean, matrix = linear_map(outputs, some_bits(400), alike=alike)
    vectors = (outputs - mean) @ matrix
    np.testing.assert_allclose(vectors.mean(0), 0, atol=1e-3)
    assert vectors.var(0).mean() == pytest.approx(1, rel=1e-2)
    shifted = outputs.copy()
    shifted[:, 5] += 100
    np.testing.assert_allclose((shifted - mean) @ matrix, vectors, atol=1e-2)


def test_whitening_evens_out_the_axes_without_turning_them() -> None:
    rng = np.random.default_rng(0)
    outputs = (rng.normal(size=(2000, 4)) * [10, 5, 2, 1]).astype(np.float32)
    mean, matrix = linear_map(outputs, some_bits(2000), whitening=0.25, alike=0.0)
    spread = ((outputs - mean) @ matrix).std(0)
    assert (np.diff(spread) < 0).all()
    assert spread[0] / spread[-1] < 10 ** 0.75
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-5)


def test_the_alike_part_finds_the_directions_in_which_similar_chemicals_are_close() -> None:
    rng = np.random.default_rng(0)
    family = rng.integers(0, 5, 600)
    bits = np.concatenate([np.eye(5)[family].repeat(8, 1), rng.random((600, 20)) < 0.1], 1)
    outputs = rng.normal(size=(600, 16))
    outputs[:, 8:] *= 10  # loud, and nothing to do with the families
    outputs[:, :5] += 3 * np.eye(5)[family]
    cosines = {}
    for alike in (0.0, 1.0):
        mean, matrix = linear_map(outputs.astype(np.float32), bits.astype(np.float32), alike=alike)
        vectors = unit((outputs - mean).astype(np.float32) @ matrix)
        upper = np.triu_indices(600, 1)
        cosines[alike] = np.corrcoef((vectors @ vectors.T)[upper],
                                     tanimoto(bits, bits)[upper])[0, 1]
    assert cosines[1.0] > 0.4 > 0.2 > cosines[0.0]


def test_tanimoto_is_that_of_rdkit() -> None:
    smiles = [chemical.smiles for chemical in islice(organics(), 12)]
    made = [rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048).GetFingerprint(
        Chem.MolFromSmiles(text)) for text in smiles]
    expected = [DataStructs.BulkTanimotoSimilarity(one, made) for one in made]
    np.testing.assert_allclose(tanimoto(bits_of(smiles), bits_of(smiles)), expected, atol=1e-6)


def test_the_effective_rank_counts_the_dimensions_in_use() -> None:
    rng = np.random.default_rng(0)
    cloud = rng.normal(size=(5000, 6))
    assert effective_rank(cloud.astype(np.float32)) == pytest.approx(6, abs=0.1)
    line = rng.normal(size=(500, 1)) * np.ones(6)
    assert effective_rank(line.astype(np.float32)) == pytest.approx(1, abs=0.1)


def test_coinciding_counts_each_pair_once_across_blocks() -> None:
    vectors = np.random.default_rng(0).normal(size=(1500, 8)).astype(np.float32)
    before = coinciding(vectors)
    vectors[1400] = vectors[3] * 2
    vectors[1401] = vectors[3]
    assert coinciding(vectors) == before + 3


def test_a_hub_is_trained_written_and_measured_in_one_go(
        labelled_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    monkeypatch.setattr(making, "organics", lambda: islice(organics(), 60))
    monkeypatch.setattr(making, "REFERENCE_CHEMICALS", 30)
    monkeypatch.setattr(making, "HubSettings", partial(
        HubSettings, filters=4, late=4, batch=32, compiled=False))
    steps: list[int] = []
    card = train_hub(HubTraining(data=labelled_folder, folder=tmp_path / "hub", epochs=1, seed=3,
                                 structures=["CCCCCCCCCCO"], command="make weights",
                                 progress=lambda step, of, loss: steps.append(step)))
    assert [p.name for p in tmp_path.iterdir()] == ["hub"]
    hub = load_hub(tmp_path / "hub")
    assert hub.card == card
    assert steps
    assert (card.seed, card.command, card.hub) == (3, "make weights", hub.id)
    assert len(hub.reference) == 30
    vectors = hub.embed([entry.smiles for entry in hub.reference.entries])
    np.testing.assert_allclose(vectors, hub.reference.vectors, rtol=2e-3, atol=2e-2)
    assert card.metrics["chemicals"] >= 3
    json.dumps(card.metrics, allow_nan=False)


@pytest.mark.parametrize(("smiles", "sentence"), [
    ([], "no chemical of the test part"), (["test"], "expected active and inactive ones")])
def test_a_hub_is_not_measured_on_too_few_labels(
        tiny_hub: Hub, tmp_path: Path, smiles: list[str], sentence: str) -> None:
    chemicals = {part(chemical.key): chemical.smiles for chemical in islice(organics(), 90)}
    for name, columns in END_POINTS.items():
        lines = [f"{chemicals[one]}{',1' * len(columns)}" for one in ["train", *smiles]]
        (tmp_path / name).write_text("\n".join([f"smiles,{','.join(columns)}", *lines]) + "\n")
    with pytest.raises(InputError, match=sentence):
        evaluate_hub(tiny_hub, tmp_path)
