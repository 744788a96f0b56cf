from __future__ import annotations

import copy
import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import nn

from chemtranslate.errors import ArtefactError
from chemtranslate_chemception.drawing import rasterise
from chemtranslate_chemception.targets import BITS, TARGETS
from chemtranslate_chemception.training import (
    FREESOLV,
    HubSettings,
    Scales,
    Weights,
    loss_of,
    rate,
    settle_statistics,
    similarity_loss,
    train,
)
from chemtranslate_chemception.training_set import TrainingSet, build

SETTINGS = HubSettings(
    filters=4, late=4, batch=32, epochs=2, freesolv_copies=1, bfloat16=False, compiled=False,
)


class Interrupted(Exception):
    pass


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> object:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def data(labelled_folder: Path) -> TrainingSet:
    made, rejects = build(labelled_folder, ["CCCCCCCCCC", "C1CC"], processes=1)
    assert rejects == ["cannot parse SMILES 'C1CC'"]
    return made


@pytest.fixture(scope="module")
def uninterrupted(data: TrainingSet, tmp_path_factory: pytest.TempPathFactory) -> nn.Module:
    return train(data, SETTINGS, tmp_path_factory.mktemp("whole"))[0]


def _assert_same(one: nn.Module, other: nn.Module) -> None:
    for (name, tensor), same in zip(one.state_dict().items(), other.state_dict().values(),
                                    strict=True):
        assert torch.equal(tensor, same), name


@pytest.mark.parametrize("stop", [1, 3])
def test_an_interrupted_training_resumes_to_exactly_the_same_weights(
        data: TrainingSet, uninterrupted: nn.Module, tmp_path: Path, stop: int) -> None:
    def interrupt(step: int, steps: int, loss: float) -> None:
        assert np.isfinite(loss)
        if step == stop + 1:
            raise Interrupted

    with pytest.raises(Interrupted):
        train(data, SETTINGS, tmp_path, progress=interrupt, checkpoint_every=1)
    seen: list[int] = []
    resumed, _ = train(data, SETTINGS, tmp_path, resume=True,
                       progress=lambda step, steps, loss: seen.append(step))
    assert seen[0] == stop + 1
    _assert_same(uninterrupted, resumed)


def test_a_training_that_lost_only_its_last_part_resumes_to_the_same_weights(
        data: TrainingSet, uninterrupted: nn.Module, tmp_path: Path) -> None:
    train(data, SETTINGS, tmp_path)
    resumed, _ = train(data, SETTINGS, tmp_path, resume=True)
    _assert_same(uninterrupted, resumed)


def test_a_checkpoint_of_another_training_is_refused(data: TrainingSet, tmp_path: Path) -> None:
    def interrupt(step: int, steps: int, loss: float) -> None:
        raise Interrupted

    train(data, SETTINGS.model_copy(update={"weight_decay": 0.0}), tmp_path)
    with pytest.raises(ArtefactError, match="belongs to another run"):
        train(data, SETTINGS, tmp_path, resume=True, progress=interrupt)


def test_labels_of_valid_and_test_chemicals_leave_no_trace(
        data: TrainingSet, uninterrupted: nn.Module, tmp_path: Path) -> None:
    unseen = data.parts() != "train"
    assert unseen.sum() >= 3
    targets, descriptors, bits = (a.copy() for a in (data.targets, data.descriptors, data.bits))
    targets[unseen], descriptors[unseen], bits[unseen] = 1 - targets[unseen], 99.0, 255
    changed = replace(data, targets=targets, descriptors=descriptors, bits=bits)
    _assert_same(uninterrupted, train(changed, SETTINGS, tmp_path)[0])


def test_the_seed_decides_the_weights(data: TrainingSet, uninterrupted: nn.Module,
                                      tmp_path: Path) -> None:
    other, _ = train(data, SETTINGS.model_copy(update={"seed": 1}), tmp_path)
    first, second = (dict(m.state_dict())["trunk.embedding.0.weight"] for m in (uninterrupted,
                                                                                other))
    assert not torch.allclose(first, second)


def test_settled_statistics_are_those_of_the_molecules(data: TrainingSet,
                                                       uninterrupted: nn.Module) -> None:
    model, rows = copy.deepcopy(uninterrupted), np.arange(64)
    settle_statistics(model, data, rows, batch=64)
    images = torch.from_numpy(rasterise([data.drawing(i) for i in rows]))
    with torch.no_grad():
        evaluated = model(images)["descriptors"]
        trained = model.train()(images)["descriptors"]
    assert float((evaluated - trained).abs().max()) < 0.05 * float(trained.abs().max())


def _targets(rows: int = 6) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    outputs = {"end_points": torch.randn(rows, len(TARGETS), generator=generator),
               "descriptors": torch.randn(rows, 16, generator=generator),
               "fingerprint": torch.randn(rows, BITS, generator=generator)}
    targets = {"end_points": torch.rand(rows, len(TARGETS), generator=generator).round(),
               "descriptors": torch.randn(rows, 16, generator=generator),
               "fingerprint": torch.rand(rows, BITS, generator=generator).round()}
    return {name: value.requires_grad_() for name, value in outputs.items()}, targets


def test_what_was_not_measured_has_no_gradient() -> None:
    outputs, targets = _targets()
    targets["end_points"][2, 3] = targets["end_points"][4, FREESOLV] = float("nan")
    targets["descriptors"][1, 5] = float("nan")
    loss = loss_of(torch.randn(6, 512), outputs, targets, torch.full((len(TARGETS),), 6.0),
                   Weights())
    loss.backward()
    assert torch.isfinite(loss)
    ends, described = outputs["end_points"].grad, outputs["descriptors"].grad
    assert ends is not None
    assert described is not None
    assert sorted(map(tuple, (ends == 0).nonzero().tolist())) == [(2, 3), (4, FREESOLV)]
    assert (described == 0).nonzero().tolist() == [[1, 5]]


def test_vectors_as_alike_as_their_fingerprints_cost_least() -> None:
    generator = torch.Generator().manual_seed(0)
    core = torch.rand(40, BITS, generator=generator)
    bits = (core + torch.repeat_interleave(core[:10], 4, 0) > 1.4).float()
    alike = bits @ torch.randn(BITS, 512, generator=generator)
    apart = alike[torch.randperm(40, generator=generator)]
    assert float(similarity_loss(alike, bits)) < 0.5 * float(similarity_loss(apart, bits))


def test_the_similarity_loss_is_finite_for_chemicals_that_are_the_same() -> None:
    vectors = torch.ones(5, 512, requires_grad=True)
    loss = similarity_loss(vectors, torch.ones(5, BITS))
    loss.backward()
    assert torch.isfinite(loss)
    assert vectors.grad is not None
    assert torch.isfinite(vectors.grad).all()


def test_the_rate_rises_to_its_peak_and_falls_to_nothing() -> None:
    rates = [rate(step, 100, 4e-3) for step in range(100)]
    assert max(rates) == pytest.approx(4e-3, rel=1e-3)
    assert np.argmax(rates) == 30
    assert rates[0] < 0.05 * max(rates)
    assert rates[-1] < 0.01 * max(rates)
    assert all(a < b for a, b in itertools.pairwise(rates[:31]))


def test_molecules_of_one_key_are_one_and_their_labels_average(labelled_folder: Path,
                                                               tmp_path: Path) -> None:
    for name in ("tox21.csv", "hiv.csv"):
        header = (labelled_folder / name).read_text().split("\n", 1)[0]
        (tmp_path / name).write_text(f"{header}\nCCO{',' * header.count(',')}\n")
    (tmp_path / "freesolv.csv").write_text("smiles,freesolv\nCCO,-4\nOCC,-6\n[13CH3]CO,-5.6\nC,2\n")
    made, rejects = build(tmp_path, ["C(C)O", "[Xx]"], processes=1)
    assert made.smiles.tolist() == ["CCO", "C"]
    assert made.targets[:, FREESOLV].tolist() == pytest.approx([-5.2, 2.0])
    assert np.isnan(made.targets[:, :FREESOLV]).all()
    assert len(rejects) == 1


def test_a_training_set_reads_back_as_it_was_saved(data: TrainingSet, tmp_path: Path) -> None:
    data.save(tmp_path / "set.npz")
    again = TrainingSet.load(tmp_path / "set.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["set.npz"]
    for index in (0, 1, len(data) - 1):
        np.testing.assert_array_equal(again.drawing(index).points, data.drawing(index).points)
        np.testing.assert_array_equal(again.drawing(index).values, data.drawing(index).values)
    np.testing.assert_array_equal(again.targets, data.targets)


def test_scales_standardise_over_the_rows_given(data: TrainingSet) -> None:
    rows: NDArray[np.intp] = np.arange(40)
    targets = Scales(data, rows).targets(data, rows)
    solvation = targets["end_points"][:, FREESOLV]
    assert float(solvation.nanmean()) == pytest.approx(0, abs=1e-4)
    described = targets["descriptors"]
    assert float(described.mean()) == pytest.approx(0, abs=0.05)
    assert float(described.abs().max()) <= 6


def test_settings_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValidationError):
        HubSettings(stages=2)
    with pytest.raises(ValidationError):
        Weights(tox=0.1)


@pytest.mark.parametrize(("capability", "fast"), [("AVX512", True), ("AVX2", False)])
def test_bfloat16_is_used_where_the_processor_is_fast_at_it(
        monkeypatch: pytest.MonkeyPatch, capability: str, fast: bool) -> None:
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert HubSettings().bfloat16 is fast
    assert HubSettings(bfloat16=not fast).bfloat16 is not fast
