"""Dense models: they learn, write their cards, load again, and resume to the same weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import read_error
from chemtranslate.chemical import Chemical, standardise
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.hub import Hub
from chemtranslate.learning import dense
from chemtranslate.protocols import Training
from chemtranslate.sample import Place, Sample
from chemtranslate.splits import part


class Ten:
    shape: tuple[int, ...] = (10,)
    dtype = "float32"

    def to_array(self, sample: Sample) -> np.ndarray:
        return np.asarray(sample.signal, np.float32)

    def to_signal(self, array: np.ndarray) -> np.ndarray:
        return array


FORM = Ten()
SMALL = {"width": "64", "blocks": "1", "batch": "8", "dropout": "0", "decay": "0",
         "jitter": "0"}


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    rng = np.random.default_rng(0)
    found = []
    for smiles in ("C" * n + end for n in range(1, 7) for end in ("O", "N", "Cl", "C#N", "C(=O)O")):
        mean = rng.uniform(size=10)
        for _ in range(2):
            number = len(found)
            found.append(Sample(f"S{number}", mean + 0.01 * rng.normal(size=10), smiles,
                                Chemical(smiles), {"License": "CC0"}, Place("s", number + 1)))
    return found


def training(hub: Hub, samples: list[Sample], folder: Path, **more: object) -> Training:
    settings = {"settings": SMALL, "epochs": 100, **more}
    return Training(samples=samples, hub=hub, folder=folder, **settings)


def figures(predicted: np.ndarray, measured: np.ndarray) -> dict[str, np.ndarray]:
    return {"MSE": ((predicted - measured) ** 2).mean(1)}


def test_encoder_and_decoder_learn_and_load(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path) -> None:
    card = dense.train_encoder(
        training(tiny_hub, samples, tmp_path / "encoder"), "toy/dense", FORM, samples="readings")
    known = sum(part(standardise(s.chemical.smiles)[1]) == "train" for s in samples if s.chemical)
    assert (card.modality, card.data["readings"]) == ("toy", known)
    assert card.data_licence == f"{known} readings CC0"
    encoder = dense.load_encoder(tmp_path / "encoder", tiny_hub, FORM)
    card = dense.train_decoder(
        training(tiny_hub, samples, tmp_path / "decoder", encoder=encoder), "toy/dense", FORM,
        figures=figures, terms="ours")
    assert (card.base, card.data_licence) == (encoder.card.digest, "ours")
    decoder = dense.load_decoder(tmp_path / "decoder", tiny_hub, FORM)
    own = [s for s in samples if s.chemical and part(standardise(s.chemical.smiles)[1]) == "train"]
    arrays = np.stack([FORM.to_array(sample) for sample in own])
    points = tiny_hub.embed([sample.chemical.smiles for sample in own if sample.chemical])
    spread = ((arrays - arrays.mean(0)) ** 2).mean()
    for vectors in (encoder.encode(arrays), points):
        assert ((decoder.decode(vectors) - arrays) ** 2).mean() < 0.5 * spread


def test_an_encoder_states_how_far_it_is_off_on_chemicals_it_has_not_learned_from(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    dense.train_encoder(training(tiny_hub, samples, tmp_path / "few", epochs=1), "toy/dense", FORM)
    assert read_error(tmp_path / "few") is None
    monkeypatch.setattr("chemtranslate.learning.folder.FEWEST", 1)
    dense.train_encoder(
        training(tiny_hub, samples, tmp_path / "many", epochs=1), "toy/dense", FORM)
    unseen = [s for s in samples
              if s.chemical and part(standardise(s.chemical.smiles)[1]) == "valid"]
    encoder = dense.load_encoder(tmp_path / "many", tiny_hub, FORM)
    predicted = encoder.encode(np.stack([FORM.to_array(sample) for sample in unseen]))
    points = tiny_hub.embed([sample.chemical.smiles for sample in unseen if sample.chemical])
    error = read_error(tmp_path / "many")
    assert error is not None
    found = tiny_hub.axes.error(predicted, points)  # of weights that were rounded to 16 bits
    np.testing.assert_allclose(error, found, atol=0.02 * found.max())


def test_an_interrupted_training_resumes_to_the_same_weights(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(step: int, steps: int, loss: float) -> None:
        if step == 30:
            raise KeyboardInterrupt

    def trained(name: str, **more: object) -> str:
        asked = training(tiny_hub, samples, tmp_path / name, epochs=10, **more)
        return dense.train_encoder(asked, "toy/dense", FORM).digest

    whole = trained("whole")
    monkeypatch.setattr("chemtranslate.learning.fitting.fit.__kwdefaults__",
                        {"checkpoint_every": 20}, raising=False)
    with pytest.raises(KeyboardInterrupt):
        trained("parts", progress=stop)
    assert trained("parts", resume=True) == whole


def test_what_cannot_be_trained_or_loaded_says_why(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none was given"):
        dense.train_decoder(training(tiny_hub, samples, tmp_path / "d"), "toy/dense", FORM)
    with pytest.raises(InputError, match="setting 'depth'"):
        dense.train_encoder(training(tiny_hub, samples, tmp_path / "e", settings={"depth": "3"}),
                            "toy/dense", FORM)
    with pytest.raises(ArtefactError, match="ships without weights: train it"):
        dense.load_encoder(None, tiny_hub, FORM)


def test_samples_split_by_a_field_are_learned_from_whatever_their_chemical(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path) -> None:
    months = [replace(one, metadata={"month": str(number % 3)})
              for number, one in enumerate(samples)]
    settings = {**SMALL, "split": "month", "train": "0", "valid": "1", "terms": "ours"}
    card = dense.train_encoder(
        training(tiny_hub, months, tmp_path / "encoder", settings=settings, epochs=1),
        "toy/dense", FORM)
    assert card.data["samples"] == len(samples) / 3
    assert card.split == "by field month: train 0; valid 1"
    assert card.data_licence == "ours"
    assert "valid part: MSE" in card.metrics
    assert read_error(tmp_path / "encoder") is None
    for wrong, reason in (({"train": "1"}, "expected 'split', a field, too"),
                          ({"split": "week"}, "states no week"),
                          ({"split": "month", "train": "7"}, "found no sample of the train part")):
        with pytest.raises(InputError, match=reason):
            dense.train_encoder(
                training(tiny_hub, months, tmp_path / "other", settings={**SMALL, **wrong}),
                "toy/dense", FORM)


def test_a_standardised_network_works_alike_in_any_unit(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path) -> None:
    units = np.geomspace(1e-3, 1e4, 10)
    large = [replace(one, signal=5 + one.signal * units) for one in samples]
    settings = {**SMALL, "standardised": "1"}
    encoders, decoders = [], []
    for name, some in (("small", samples), ("large", large)):
        more = training(tiny_hub, some, tmp_path / name, settings=settings, epochs=20)
        dense.train_encoder(more, "toy/dense", FORM)
        encoders.append(dense.load_encoder(more.folder, tiny_hub, FORM))
        more = replace(more, folder=tmp_path / f"{name} decoder", encoder=encoders[-1])
        dense.train_decoder(more, "toy/dense", FORM)
        decoders.append(dense.load_decoder(more.folder, tiny_hub, FORM))
    vectors = [one.encode(np.array([s.signal for s in some], np.float32))
               for one, some in zip(encoders, (samples, large), strict=True)]
    np.testing.assert_allclose(vectors[0], vectors[1], atol=0.02)
    small, big = (one.decode(vectors[0]) for one in decoders)
    np.testing.assert_allclose(small, (big - 5) / units, atol=0.02)


def test_a_decoder_may_have_another_form_than_its_encoder(
        samples: list[Sample], tiny_hub: Hub, tmp_path: Path) -> None:
    class Doubled(Ten):
        def to_array(self, sample: Sample) -> np.ndarray:
            return 2 * super().to_array(sample)

    dense.train_encoder(training(tiny_hub, samples, tmp_path / "encoder"), "toy/dense", Doubled())
    encoder = dense.load_encoder(tmp_path / "encoder", tiny_hub, Doubled())
    dense.train_decoder(training(tiny_hub, samples, tmp_path / "decoder", encoder=encoder),
                        "toy/dense", FORM, seen=lambda arrays: 2 * arrays)
    decoder = dense.load_decoder(tmp_path / "decoder", tiny_hub, FORM)
    own = [s for s in samples if s.chemical and part(standardise(s.chemical.smiles)[1]) == "train"]
    arrays = np.stack([FORM.to_array(sample) for sample in own])
    decoded = decoder.decode(encoder.encode(2 * arrays))
    assert ((decoded - arrays) ** 2).mean() < 0.5 * ((arrays - arrays.mean(0)) ** 2).mean()
