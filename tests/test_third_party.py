"""Distributions of strangers, built and installed as pip does it, next to the built-in plugins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SOURCES = Path(__file__).parent / "third_party"
TOY = "a 1 2 3 4 5 6 7 8\nb -0.5 0.25 0 0 1e3 0 0 1\n"

Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return `installed(name)`: the folder into which pip has installed that source tree."""
    def _installed(name: str) -> Path:
        target = tmp_path_factory.getbasetemp() / f"target-{name}"
        if not target.exists():
            subprocess.run(
                [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation",
                 "--no-deps", "--no-index", "--disable-pip-version-check", "--target", target,
                 SOURCES / name], check=True, timeout=300)
        return target

    return _installed


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Return `shell(targets, *arguments)`: the command, with more folders to import from."""
    def _shell(targets: list[Path], *arguments: object) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join(filter(None, [*map(str, targets), os.environ.get("PYTHONPATH")]))
        return subprocess.run(
            [sys.executable, "-c", "from chemtranslate.cli import main; main()",
             *map(str, arguments)], cwd=tmp_path, text=True, capture_output=True, check=False,
            timeout=120,
            env={**os.environ, "PYTHONPATH": path})

    return _shell


def test_an_installed_sensor_translates_through_the_hub(
        installed: Callable[[str], Path], shell: Shell, tiny_hub_folder: Path, tmp_path: Path,
        ) -> None:
    (tmp_path / "in.toy").write_text(TOY)
    done = shell([installed("toy_sensor")], "translate", "--from", "toy", "--to", "toy", "in.toy",
                 "-o", "out.toy", "--hub", tiny_hub_folder, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["written"] == 2
    made = [line.partition(" #")[0].split() for line in
            (tmp_path / "out.toy").read_text().splitlines()]
    for line, (name, *numbers) in zip(TOY.splitlines(), made, strict=True):
        assert name == line.split()[0]
        assert list(map(float, numbers)) == pytest.approx(list(map(float, line.split()[1:])))


def test_an_installed_sensor_adds_its_command(installed: Callable[[str], Path], shell: Shell,
                                              ) -> None:
    target = installed("toy_sensor")
    assert "toy-hello" in shell([target], "--help").stdout
    assert shell([target], "toy-hello").stdout == "hello from the toy sensor\n"


def test_a_sensor_that_fails_on_import_is_reported_and_harms_no_other(
        installed: Callable[[str], Path], shell: Shell, tiny_hub_folder: Path, tmp_path: Path,
        ) -> None:
    targets = [installed("broken_sensor"), installed("toy_sensor")]
    listed = shell(targets, "plugins", "list", "--json")
    assert listed.returncode == 0, listed.stderr
    states = {row["name"]: row for row in json.loads(listed.stdout)}
    assert states["broken"]["state"] == "failed"
    assert states["broken"]["distribution"] == "broken-sensor"
    assert states["broken"]["reason"] == (
        "RuntimeError: the library of the instrument is not installed")
    assert {states[name]["state"] for name in ("toy", "mass_spec", "chemception")} == {"active"}
    assert (states["toy"]["distribution"], states["toy"]["version"]) == ("toy-sensor", "1.2")
    plain = shell(targets, "plugins", "list").stdout
    assert "broken  (broken-sensor 1.2)  failed  RuntimeError: the library" in plain
    (tmp_path / "in.toy").write_text(TOY)
    done = shell(targets, "translate", "--from", "toy", "--to", "toy", "in.toy", "-o", "out.toy",
                 "--hub", tiny_hub_folder)
    assert done.returncode == 0, done.stderr


def test_two_sensors_of_one_name_are_an_error_that_names_both(
        installed: Callable[[str], Path],
        install: Callable[..., Path], shell: Shell, tiny_hub_folder: Path, tmp_path: Path) -> None:
    source = (SOURCES / "toy_sensor/toy_sensor/__init__.py").read_text()
    rival = install("rival-sensor", source.replace("toy-hello", "rival-hello"), entry="rival")
    (tmp_path / "in.toy").write_text(TOY)
    done = shell([installed("toy_sensor"), rival], "translate", "--from", "toy", "--to", "toy",
                 "in.toy", "-o", "out.toy", "--hub", tiny_hub_folder)
    assert done.returncode == 2
    assert done.stderr.startswith("Error: modality 'toy' is not available: ")
    assert "rival-sensor" in done.stderr
    assert "toy-sensor" in done.stderr
    assert not (tmp_path / "out.toy").exists()


def test_one_that_claims_mass_spectra_is_refused_and_they_keep_working(
        install: Callable[..., Path], shell: Shell, tiny_hub_folder: Path,
        tiny_encoder_folder: Path, tiny_decoder_folder: Path, spectra: Path, tmp_path: Path,
        ) -> None:
    source = (SOURCES / "toy_sensor/toy_sensor/__init__.py").read_text()
    site = install("squatter", source.replace('name="toy"', 'name="mass_spec"'))
    listed = {row["name"]: row for row in
              json.loads(shell([site], "plugins", "list", "--json").stdout)}
    assert listed["squatter"]["state"] == "failed"
    assert listed["squatter"]["reason"] == (
        "modality 'mass_spec' is claimed by chemtranslate (mass_spec) and squatter (squatter); "
        "uninstall one of them")
    done = shell([site], "translate", "--from", "mass_spec", "--to", "mass_spec", spectra, "-o",
                 tmp_path / "out.msp", "--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder,
                 "--decoder", tiny_decoder_folder)
    assert done.returncode == 0, done.stderr
    assert "read 3 / written 3 / rejected 0" in done.stderr


def test_one_made_for_another_version_of_the_hooks_is_refused_in_a_sentence(
        install: Callable[..., Path], shell: Shell) -> None:
    source = (SOURCES / "toy_sensor/toy_sensor/__init__.py").read_text()
    site = install("newer-sensor", source.replace('name="toy",', 'name="toy", api=2,'),
                   entry="newer")
    done = shell([site], "plugins", "info", "newer")
    assert done.returncode == 0, done.stderr
    assert "newer, of newer-sensor 1.0: failed" in done.stdout
    assert "modality 'toy' is made for hook API 2, this chemtranslate has 1" in done.stdout


@pytest.mark.parametrize(("fault", "sentence"), [
    ("return np.zeros((len(arrays), 3), np.float32)", r"shape (2, 3) and type float32"),
    ("return np.full((len(arrays), self.dimensions), np.nan, np.float32)", "not finite"),
])
def test_an_encoder_that_breaks_its_word_ends_the_command_with_its_name(
        installed: Callable[[str], Path], install: Callable[..., Path], shell: Shell,
        tiny_hub_folder: Path, tmp_path: Path, fault: str, sentence: str) -> None:
    site = install("faulty-encoder", f"""
import numpy as np
from chemtranslate import hookimpl
from chemtranslate.specs import EncoderSpec

@hookimpl
def chemtranslate_encoders():
    return [EncoderSpec(name="toy/faulty", modality="toy", load="faulty_encoder:load")]

def load(folder, hub):
    from toy_sensor.sensor import Linear
    class Faulty(Linear):
        def encode(self, arrays):
            {fault}
    return Faulty(folder, hub)
""")
    (tmp_path / "in.toy").write_text(TOY)
    before = set(tmp_path.iterdir())
    done = shell([installed("toy_sensor"), site], "translate", "--from", "toy", "--to", "toy",
                 "in.toy", "-o", "out.toy", "--encoder", "toy/faulty", "--hub", tiny_hub_folder)
    assert done.returncode == 2
    assert "Error: toy/faulty of faulty-encoder returned hub vectors" in done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert set(tmp_path.iterdir()) == before
