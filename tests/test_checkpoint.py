from __future__ import annotations

import errno
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from torch import nn

from chemtranslate.checkpoint import load_checkpoint, save_checkpoint
from chemtranslate.errors import ArtefactError, OutputError

SETTINGS = {"settings": '{"rate": 0.1}', "rows": "7"}


def _run(seed: int) -> tuple[nn.Module, torch.optim.Optimizer]:
    generator = torch.Generator().manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    for parameter in model.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)
    return model, torch.optim.AdamW(model.parameters(), 0.1)


def _step(model: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    images = torch.randn(4, 1, 5, 5, generator=torch.Generator().manual_seed(step))
    optimizer.zero_grad()
    model(images).square().sum().backward()
    optimizer.step()


def test_a_run_goes_on_from_its_checkpoint_exactly(tmp_path: Path) -> None:
    model, optimizer = _run(0)
    for step in range(3):
        _step(model, optimizer, step)
    save_checkpoint(tmp_path / "c", model, optimizer, 3, SETTINGS)
    other, other_optimizer = _run(1)
    assert load_checkpoint(tmp_path / "c", other, other_optimizer, SETTINGS) == 3
    for step in range(3, 6):
        _step(model, optimizer, step)
        _step(other, other_optimizer, step)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


def test_a_checkpoint_of_other_settings_is_refused_and_names_them(tmp_path: Path) -> None:
    model, optimizer = _run(0)
    save_checkpoint(tmp_path / "c", model, optimizer, 3, SETTINGS)
    with pytest.raises(ArtefactError, match="belongs to another run: rows differ"):
        load_checkpoint(tmp_path / "c", model, optimizer, {**SETTINGS, "rows": "8"})


def test_a_truncated_checkpoint_is_refused_in_a_sentence(tmp_path: Path) -> None:
    model, optimizer = _run(0)
    save_checkpoint(tmp_path / "c", model, optimizer, 3, SETTINGS)
    (tmp_path / "c").write_bytes((tmp_path / "c").read_bytes()[:-9])
    with pytest.raises(ArtefactError, match="cannot read checkpoint"):
        load_checkpoint(tmp_path / "c", model, optimizer, SETTINGS)


@pytest.mark.parametrize("error", [
    OSError(errno.ENOSPC, "No space left on device"),
    SafetensorError("I/O error: No space left on device (os error 28)"),
])
def test_a_full_disk_is_said_in_a_sentence_and_keeps_the_checkpoint_before(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    model, optimizer = _run(0)
    save_checkpoint(tmp_path / "c", model, optimizer, 3, SETTINGS)

    def fill(tensors: object, path: Path, **kwargs: object) -> None:
        path.write_bytes(b"half")
        raise error

    monkeypatch.setattr("safetensors.torch.save_file", fill)
    with pytest.raises(OutputError, match=r"/c: cannot be written: .*No space left on device"):
        save_checkpoint(tmp_path / "c", model, optimizer, 4, SETTINGS)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert load_checkpoint(tmp_path / "c", model, optimizer, SETTINGS) == 3


def test_a_folder_that_went_away_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"gone/c: cannot be written: .*No such file"):
        save_checkpoint(tmp_path / "gone/c", *_run(0), 1, SETTINGS)
    (tmp_path / "gone").write_text("a file")
    with pytest.raises(OutputError, match=r"gone/c: cannot be written"):
        save_checkpoint(tmp_path / "gone/c", *_run(0), 1, SETTINGS)
