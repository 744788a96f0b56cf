from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from chemtranslate.artefact import read_card
from chemtranslate.cli.ledger import TrainingBar
from chemtranslate.hub import Hub
from chemtranslate.splits import held_out
from chemtranslate_mass_spec import training

Run = Callable[..., Result]


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A few spectra of five train chemicals."""
    rng = np.random.default_rng(0)
    path, records = tmp_path / "prepared.msp", []
    for number, smiles in enumerate(["CCO"] * 6 + ["c1ccccc1", "CC(C)=O", "Cc1ccccc1", "CC(=O)O"]):
        peaks = sorted(rng.choice(np.arange(15, 90), 12, replace=False))
        lines = "\n".join(f"{mz} {rng.integers(5, 100)}" for mz in peaks)
        records.append(f"Name: x\nDB#: E{number}\nSMILES: {smiles}\nLicense: CC0\nNum Peaks: 12\n"
                       f"{lines}\n")
    path.write_text("\n".join(records))
    return path


def test_encoder_and_decoder_are_trained_and_then_used_by_their_folders(
        run: Run, prepared: Path, tiny_hub: Hub, tiny_hub_folder: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    run("train", "mass_spec", prepared, "-o", models, "--epochs", 1, "--hub", tiny_hub_folder)
    encoder, decoder = (read_card(models / role) for role in ("encoder", "decoder"))
    assert encoder.hub == decoder.hub == tiny_hub.id
    assert (encoder.role, decoder.role) == ("encoder", "decoder")
    assert "CC0" in encoder.data_licence
    assert sorted(path.name for path in models.iterdir()) == ["decoder", "encoder"]
    result = run("translate", "--from", "mass_spec", "--to", "mass_spec", prepared, "-o",
                 tmp_path / "out.msp", "--hub", tiny_hub_folder, "--encoder", models / "encoder",
                 "--decoder", models / "decoder", "--json")
    assert json.loads(result.stdout)["written"] == 10


def test_trained_models_know_the_samples_that_they_have_learned_from(
        run: Run, prepared: Path, tiny_hub_folder: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    run("train", "mass_spec", prepared, "-o", models, "--epochs", 1, "--hub", tiny_hub_folder)
    records = prepared.read_text().split("\n\n")
    kept = held_out([f"E{number}" for number in range(6)])
    (tmp_path / "kept.msp").write_text(next(r for r in records if f"DB#: {kept}\n" in r))
    arguments = ("--hub", tiny_hub_folder, "--encoder", models / "encoder", "--decoder",
                 models / "decoder")
    run("augment", "mass_spec", prepared, "-o", tmp_path / "out.msp", "--held-out",
        tmp_path / "kept.msp", *arguments)
    result = run("augment", "mass_spec", prepared, "-o", tmp_path / "none.msp", "--held-out",
                 prepared, *arguments, code=2)
    assert "has learned from 9 of the 10 held-out samples, the first being E" in result.stderr


def test_a_model_is_retrained_only_with_force(run: Run, prepared: Path, tiny_hub_folder: Path,
                                              tiny_encoder_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "decoder"
    arguments = ("train", "mass_spec", prepared, "-o", folder, "--role", "decoder", "--epochs", 1,
                 "--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder)
    run(*arguments, "--seed", 1)
    first = read_card(folder)
    result = run(*arguments, "--seed", 2, code=2)
    assert "exists already" in result.stderr
    assert read_card(folder) == first
    run(*arguments, "--seed", 2, "--force")
    assert read_card(folder).digest != first.digest
    run(*arguments, "--seed", 1, "--force")
    assert read_card(folder).digest == first.digest
    assert not list(tmp_path.glob("*.training"))


def test_an_interrupted_training_resumes_to_exactly_the_same_model(
        run: Run, prepared: Path, tiny_hub_folder: Path, tiny_encoder_folder: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupt(TrainingBar):
        def __call__(self, step: int, steps: int, loss: float) -> None:
            if step == 5:
                raise KeyboardInterrupt

    def arguments(folder: str) -> tuple[object, ...]:
        return ("train", "mass_spec", prepared, "-o", tmp_path / folder, "--role", "decoder",
                "--epochs", 6, "--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder)

    monkeypatch.setattr(training, "fit", partial(training.fit, checkpoint_every=2))
    run(*arguments("whole"))
    with monkeypatch.context() as interrupted:
        interrupted.setattr("chemtranslate.cli.train.TrainingBar", Interrupt)
        run(*arguments("stopped"), code=1)
    assert not (tmp_path / "stopped").exists()
    seen: list[int] = []
    monkeypatch.setattr(TrainingBar, "__call__", lambda self, step, steps, loss: seen.append(step))
    run(*arguments("stopped"), "--resume")
    assert seen == [5, 6]
    assert read_card(tmp_path / "stopped").digest == read_card(tmp_path / "whole").digest


def test_data_without_structures_is_refused_and_leaves_no_folder(run: Run, tiny_hub_folder: Path,
                                                                 tmp_path: Path) -> None:
    path = tmp_path / "in.msp"
    path.write_text("Name: x\nNum Peaks: 1\n31 100\n")
    result = run("train", "mass_spec", path, "-o", tmp_path / "encoder", "--role", "encoder",
                 "--hub", tiny_hub_folder, code=2)
    assert "record 1" in result.stderr
    assert "chemtranslate prepare" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["in.msp"]


def test_a_training_that_is_refused_leaves_no_folder(run: Run, prepared: Path,
                                                     tiny_hub_folder: Path, tmp_path: Path) -> None:
    arguments = ("train", "mass_spec", "-o", tmp_path / "models", "--hub", tiny_hub_folder)
    run(*arguments, tmp_path / "none.msp", code=2)
    run(*arguments, prepared, "--set", "colour=red", code=2)
    assert list(tmp_path.iterdir()) == [prepared]
