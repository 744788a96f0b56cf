from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import ModelCard, read_card, read_model, write_model
from chemtranslate.errors import ArtefactError, HubMismatchError, InputError
from chemtranslate.hub import Hub, load_hub
from chemtranslate.marks import refuse_learned
from chemtranslate.models import GuardedDecoder, load_decoder
from chemtranslate.plugins import registry
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.splits import held_out
from chemtranslate.translator import Translator
from chemtranslate_mass_spec import sibling_training
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment.sibling import FAINTEST
from chemtranslate_mass_spec.sibling_training import train_sibling
from chemtranslate_mass_spec.similarity import weighted_cosine

NAME = "mass_spec/sibling"
SMALL = {"hidden": "64", "z": "3", "batch": "16", "epochs": "10", "fewest": "5"}


def trained(samples: list[Sample], hub: Hub, folder: Path, **more: object) -> ModelCard:
    settings = {**SMALL, **{k: str(v) for k, v in more.pop("settings", {}).items()}}  # type: ignore[attr-defined]
    return train_sibling(Training(samples, hub, folder, settings=settings, **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(replicates: list[Sample], tiny_hub: Hub,
           tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "sibling"
    trained(replicates, tiny_hub, path)
    return path


@pytest.fixture(scope="module")
def decoder(folder: Path, tiny_hub: Hub) -> GuardedDecoder:
    return load_decoder(folder, "mass_spec", tiny_hub, registry())


@pytest.fixture(scope="module")
def arrays(replicates: list[Sample]) -> np.ndarray:
    return np.stack([FORM.to_array(sample) for sample in replicates])


@pytest.fixture(scope="module")
def points(replicates: list[Sample], tiny_hub: Hub) -> np.ndarray:
    return tiny_hub.embed([sample.chemical for sample in replicates if sample.chemical])


def _rngs(count: int, seed: int = 0) -> list[np.random.Generator]:
    return [np.random.default_rng([seed, row]) for row in range(count)]


def test_it_is_found_by_its_folder_and_says_what_it_learned_from(
        folder: Path, decoder: GuardedDecoder, replicates: list[Sample]) -> None:
    assert decoder.name == NAME
    assert decoder.generates
    card = read_card(folder)
    assert (card.data["chemicals"], card.data["spectra"]) == (8, 3 * 6 + 5 * 2)
    assert card.data_licence == "28 spectra CC0"
    assert 0 < card.metrics["valid part: from the hub point alone, mean weighted cosine"] <= 1
    assert card.metrics["training spectra: diversity of outputs over inputs, median"] > 0
    assert not folder.with_name("sibling.training").exists()


def test_siblings_are_spectra_like_their_sources_and_without_faint_peaks(
        decoder: GuardedDecoder, arrays: np.ndarray, points: np.ndarray) -> None:
    made = decoder.generate(arrays, points, _rngs(len(arrays)))
    np.testing.assert_allclose(made.max(1), 100, rtol=1e-5)
    assert not ((made > 0) & (made < FAINTEST)).any()
    assert weighted_cosine(made, arrays).mean() > 0.6
    assert not np.allclose(made, arrays, atol=1)


def test_a_sibling_does_not_depend_on_its_batch_and_the_rows_own_generator_decides_it(
        decoder: GuardedDecoder, arrays: np.ndarray, points: np.ndarray) -> None:
    whole = decoder.generate(arrays, points, _rngs(len(arrays)))
    for first in range(0, len(arrays), 3):
        rows = slice(first, first + 3)
        few = decoder.generate(arrays[rows], points[rows], _rngs(len(arrays))[rows])
        np.testing.assert_allclose(few, whole[rows], atol=1e-3)
    other = decoder.generate(arrays, points, _rngs(len(arrays), seed=1))
    assert (other != whole).any(1).all()
    assert decoder.generate(arrays[:0], points[:0], []).shape == (0, 797)


def test_a_hub_point_alone_decodes_to_one_spectrum_of_its_chemical(
        decoder: GuardedDecoder, points: np.ndarray) -> None:
    made = decoder.decode(points)
    np.testing.assert_allclose(made.max(1), 100, rtol=1e-5)
    assert not ((made > 0) & (made < FAINTEST)).any()
    np.testing.assert_allclose(decoder.decode(points[:1]), made[:1], atol=1e-3)


def test_replicates_of_valid_and_test_chemicals_and_held_out_ones_are_not_learned_from(
        decoder: GuardedDecoder, replicates: list[Sample]) -> None:
    first = [sample for sample in replicates if sample.name == replicates[0].name]
    kept = held_out([sample.id for sample in first])
    unknown = [sample for sample in (*first, *replicates[-2:])
               if sample.id == kept or sample in replicates[-2:]]
    assert len(unknown) == 3
    refuse_learned([decoder], unknown)
    with pytest.raises(InputError, match=r"mass_spec/sibling .* has learned from 28 of the 33"):
        refuse_learned([decoder], replicates)


def test_a_resumed_training_equals_an_uninterrupted_one(
        folder: Path, replicates: list[Sample], tiny_hub: Hub, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(step: int, steps: int, loss: float) -> None:
        if step == 15:
            raise KeyboardInterrupt

    monkeypatch.setattr(sibling_training, "fit_sibling",
                        partial(sibling_training.fit_sibling, checkpoint_every=4))
    with pytest.raises(KeyboardInterrupt):
        trained(replicates, tiny_hub, tmp_path / "new", progress=stop)
    seen: list[int] = []
    again = trained(replicates, tiny_hub, tmp_path / "new", resume=True,
                    progress=lambda step, steps, loss: seen.append(step))
    assert seen[0] == 13
    assert again.digest == read_card(folder).digest


def test_a_checkpoint_of_another_training_is_refused(
        replicates: list[Sample], tiny_hub: Hub, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(step: int, steps: int, loss: float) -> None:
        if step == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(sibling_training, "fit_sibling",
                        partial(sibling_training.fit_sibling, checkpoint_every=4))
    with pytest.raises(KeyboardInterrupt):
        trained(replicates, tiny_hub, tmp_path / "new", progress=stop)
    with pytest.raises(ArtefactError, match="belongs to another run: settings differ"):
        trained(replicates, tiny_hub, tmp_path / "new", resume=True, seed=1)


def test_too_few_chemicals_with_replicates_are_refused_in_one_sentence(
        replicates: list[Sample], tiny_hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found 8 chemicals .*two spectra or more.* least 9 \("):
        trained(replicates, tiny_hub, tmp_path / "new", settings={"fewest": 9})
    with pytest.raises(InputError, match="setting 'colour'.*known are z, hidden"):
        trained(replicates, tiny_hub, tmp_path / "new", settings={"colour": 9})
    assert list(tmp_path.iterdir()) == []


def test_another_hub_is_refused(folder: Path, other_hub_folder: Path) -> None:
    with pytest.raises(HubMismatchError):
        load_decoder(folder, "mass_spec", load_hub(other_hub_folder), registry())


def test_weights_that_do_not_fit_the_card_are_refused(folder: Path, tiny_hub: Hub,
                                                      tmp_path: Path) -> None:
    tensors, card = read_model(folder)
    wide = card.model_copy(update={"architecture": {**card.architecture, "hidden": 17}})
    write_model(tmp_path / "wide", tensors, wide)
    with pytest.raises(ArtefactError, match="weights and card do not fit"):
        load_decoder(tmp_path / "wide", "mass_spec", tiny_hub, registry())


def test_augment_makes_siblings_unless_another_decoder_is_named(
        folder: Path, replicates: list[Sample], tiny_hub: Hub, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = registry()
    for name, place in ((NAME, folder), ("mass_spec/table2", tiny_decoder_folder)):
        spec = plugins.decoder(name).model_copy(update={"folder": place})
        monkeypatch.setitem(plugins._specs["decoder"], name, spec)
    translator = Translator(tiny_hub, encoder=tiny_encoder_folder)
    made = list(translator.augment(replicates[:2], modality="mass_spec", copies=2, seed=3))
    assert [sample.metadata["Decoder"].split()[0] for sample in made] == [NAME] * 4
    assert {sample.metadata["Hub_vector"] for sample in made} == {"structure"}
    assert translator.decoder("mass_spec").name == "mass_spec/table2"


def test_where_the_shipped_folder_is_missing_one_sentence_says_so(
        tiny_hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = registry()
    spec = plugins.decoder(NAME).model_copy(update={"folder": tmp_path / "sibling"})
    monkeypatch.setitem(plugins._specs["decoder"], NAME, spec)
    with pytest.raises(ArtefactError, match=r"sibling: not a model folder, expected card.json"):
        load_decoder(NAME, "mass_spec", tiny_hub, plugins)
