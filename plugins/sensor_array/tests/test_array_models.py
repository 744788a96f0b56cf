"""Models of readings: they learn from some batches, name gases of another, and load again."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chemtranslate.chemical import standardise
from chemtranslate.errors import InputError
from chemtranslate.files import inputs_of
from chemtranslate.protocols import Training
from chemtranslate.sample import Reject, Sample
from chemtranslate_sensor_array import models, plugin
from chemtranslate_sensor_array.channels import FLOORS, LOGS, SIGNS
from chemtranslate_sensor_array.gases import GASES
from chemtranslate_sensor_array.libsvm import read_libsvm
from chemtranslate_sensor_array.reading import Reading
from chemtranslate_sensor_array.similarity import correlation

POINTS = {gas.key: np.random.default_rng(number).normal(size=512).astype(np.float32)
          for number, gas in enumerate(GASES.values())}
SMALL = {"width": "32", "train": "1,2", "valid": "3"}


def embed(smiles: list[str]) -> np.ndarray:
    return np.stack([POINTS[standardise(one)[1]] for one in smiles])


HUB: Any = SimpleNamespace(id="six", dimensions=512, model=SimpleNamespace(embed=embed))


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Readings of six gases in four batches, each sensor of each batch of its own sensitivity."""
    rng = np.random.default_rng(0)
    responses = {code: rng.uniform(3, 7, (16, 8)) for code in GASES}
    found = []
    for batch in range(1, 5):
        drift = rng.normal(0, 0.2 * batch, (16, 1))
        for code, gas in GASES.items():
            for number in range(10):
                logs = responses[code] + drift + rng.normal(0, 0.1, (16, 8)) + rng.uniform(-1, 1)
                found.append(Sample(
                    f"{batch}/{code}/{number}", Reading.of(FLOORS * SIGNS * np.exp(logs)), gas.name,
                    gas, {"batch": str(batch), "ppmv": "50"}))
    return found


@pytest.fixture(scope="module")
def encoder_folder(samples: list[Sample], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "encoder"
    card = models.train_encoder(Training(samples, HUB, folder, epochs=20, settings=SMALL))
    assert card.data["readings"] == 120
    assert card.split == "by field batch: train 1, 2; valid 3"
    return folder


def test_gases_of_a_batch_that_has_drifted_are_named(
        samples: list[Sample], encoder_folder: Path) -> None:
    encoder = models.load_drift_aware(encoder_folder, HUB)
    later = [sample for sample in samples if sample.metadata["batch"] == "4"]
    vectors = encoder.encode(np.stack([encoder.form.to_array(sample) for sample in later]))
    named = (vectors @ np.stack(list(POINTS.values())).T).argmax(1)
    assert (named == np.repeat(np.arange(6), 10)).mean() > 0.9


def test_readings_become_readings_again(
        samples: list[Sample], encoder_folder: Path, tmp_path: Path) -> None:
    encoder: Any = models.load_drift_aware(encoder_folder, HUB)
    training = Training(samples, HUB, tmp_path / "decoder", encoder, 100, SMALL)
    card = models.train_decoder(training)
    assert card.base == encoder.card.digest
    decoder = models.load_decoder(tmp_path / "decoder", HUB)
    known = samples[:60]
    decoded = decoder.decode(encoder.encode(np.stack([encoder.form.to_array(s) for s in known])))
    measured = np.stack([LOGS.to_array(sample) for sample in known])
    assert correlation(decoded, measured).mean() > 0.9
    assert decoder.form.to_signal(decoded[0]).values.shape == (16, 8)


def test_a_decoder_is_trained_on_an_encoder_of_readings(samples: list[Sample]) -> None:
    for encoder in (None, SimpleNamespace(form=None)):
        training: Any = Training(samples, HUB, Path("nowhere"), encoder)
        with pytest.raises(InputError, match="expected one of sensor array readings"):
            models.train_decoder(training)


def test_a_reading_without_a_batch_is_not_learned_from(
        samples: list[Sample], tmp_path: Path) -> None:
    lacking = [replace(samples[0], metadata={"ppmv": "1"})]
    with pytest.raises(InputError, match="states no batch, by which samples are split"):
        models.train_plain(Training(lacking, HUB, tmp_path / "encoder", settings=SMALL))


def test_what_ships_is_small_and_says_what_it_has_learned_from() -> None:
    folders = [spec.folder for spec in (*plugin.chemtranslate_encoders(),
                                        *plugin.chemtranslate_decoders()) if spec.folder]
    if not folders:
        pytest.skip("no weights are in the source tree yet")
    assert sum(file.stat().st_size for folder in folders for file in folder.iterdir()) < 2e6
    for folder in folders:
        card = (folder / "card.json").read_text(encoding="utf-8")
        assert "by field batch: train 1, 2, 3" in card
        assert "CC BY 4.0" in card


def test_importing_the_plugin_imports_nothing_heavy() -> None:
    code = ("import sys; import chemtranslate_sensor_array.plugin; "
            "print(sorted({'torch', 'rdkit', 'matplotlib', 'sklearn'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.real_data
def test_every_reading_of_the_drift_data_is_read(gas_drift: Path) -> None:
    counts = {}
    for name, opened in inputs_of(str(gas_drift)):
        if name.endswith("batch1.dat"):
            with opened as stream:
                found = list(read_libsvm(stream, name))
            counts[name.rpartition(":")[2]] = len(found)
            assert not [one for one in found if isinstance(one, Reject)]
            assert {one.metadata["batch"] for one in found if isinstance(one, Sample)} == {"1"}
    assert counts == {"batch1.dat": 445}
