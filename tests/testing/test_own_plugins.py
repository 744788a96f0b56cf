"""The plugins of this tree pass the checks that any author's must pass."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import pytest

from chemtranslate.artefact import ModelCard, write_model
from chemtranslate.hub import Hub
from chemtranslate.plugins import registry
from chemtranslate.testing import check_plugin
from chemtranslate_mass_spec.two_sided import TwoSided

Role = Literal["encoder", "decoder"]
TO_BE_TRAINED = ("encoder mass_spec/dense",)


def untrained(name: str, role: Role, signals: int, hub: Hub,
              folder: Path) -> Path:
    """Write a dense model of a modality that has learned nothing."""
    import torch

    from chemtranslate.learning.models import weights_of
    from chemtranslate.learning.networks import Residual

    torch.manual_seed(signals)
    sizes = (signals, hub.dimensions) if role == "encoder" else (hub.dimensions, signals)
    network: Residual | TwoSided = Residual(*sizes, 8, 1, 0.0)
    if (name, role) == ("mass_spec/open", "decoder"):
        network = TwoSided(*sizes, 8, 1, 0.0)
    write_model(folder, weights_of(network), ModelCard(
        role=role, name=name, modality=name.partition("/")[0], hub=hub.id, data_licence="none",
        split="none", architecture=network.architecture))
    return folder


def test_mass_spectra_pass(tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path,
                           tmp_path: Path) -> None:
    others: list[tuple[str, Role, int]] = [
        ("mass_spec/dense", "encoder", 797), ("mass_spec/open", "encoder", 1800),
        ("mass_spec/open", "decoder", 797)]
    models = [untrained(*each, tiny_hub, tmp_path / str(n)) for n, each in enumerate(others)]
    report = check_plugin("mass_spec", hub=tiny_hub,
                          models=[tiny_encoder_folder, tiny_decoder_folder, *models])
    assert report, report.table()
    unchecked = {finding.subject for finding in report.of("not checked")
                 if finding.check != "training"}
    assert unchecked <= {"decoder mass_spec/table3", "decoder mass_spec/sibling"}, report.table()


@pytest.mark.parametrize("name", ["mass_spec", "chemception"])
def test_the_models_that_ship_pass(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = registry()
    specs = [known.hub(known.names("hub")[0]), *known.plugin(name).specs["encoder"],
             *known.plugin(name).specs["decoder"]]
    if not all((spec.folder / "card.json").is_file() for spec in specs if spec.folder):
        pytest.skip("no shipped weights (make weights)")
    monkeypatch.setattr("chemtranslate.testing.malformed.try_all", lambda task, sound: 0)
    report = check_plugin(name)
    assert report, report.table()
    unchecked = {(finding.check, finding.said) for finding in report.of("not checked")
                 if finding.check != "training" and finding.subject not in TO_BE_TRAINED}
    assert unchecked <= {("no signal", "the arrays are texts"),
                         ("parts left out", "the array form does not count them"),
                         ("commands", "the plugin adds none")}, report.table()


def test_files_of_structures_pass() -> None:
    report = check_plugin("chemception")
    assert report, report.table()
    assert "there is no example of this format" not in report.table()


@pytest.mark.parametrize(("plugin", "points"), [
    ("infrared", {"infrared/dense": 824}),
    ("nmr", {"nmr_13c/dense": 156, "nmr_1h/dense": 108}),
])
def test_separate_sensors_pass_with_models_trained_for_them(
        plugin: str, points: dict[str, int], tiny_hub: Hub, tmp_path: Path) -> None:
    models = [untrained(name, role, signals, tiny_hub, tmp_path / f"{name[:6]}{role}")
              for name, signals in points.items() for role in get_args(Role)]
    report = check_plugin(plugin, hub=tiny_hub, models=models)
    assert report, report.table()
    assert {finding.check for finding in report.of("not checked")} <= {
        "parts left out", "commands", "training"}, report.table()


def test_sensor_arrays_pass_with_the_models_that_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chemtranslate.testing.malformed.try_all", lambda task, sound: 0)
    report = check_plugin("sensor_array")
    assert report, report.table()
    unchecked = {finding.check for finding in report.of("not checked")
                 if finding.subject != "encoder sensor_array/plain"}
    assert unchecked == {"parts left out", "commands", "training"}, report.table()
