from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import ModelCard, read_card, read_model, write_model
from chemtranslate.errors import ArtefactError, HubMismatchError, InputError
from chemtranslate.hub import Hub, load_hub
from chemtranslate.marks import marks, refuse_learned
from chemtranslate.models import GuardedDecoder, GuardedEncoder, load_decoder, load_encoder
from chemtranslate.plugins import registry
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.splits import held_out
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.table3_training import train_table3

NAME = "mass_spec/table3"


@pytest.fixture(scope="module")
def arrays(replicates: list[Sample]) -> np.ndarray:
    return np.stack([FORM.to_array(sample) for sample in replicates])


@pytest.fixture(scope="module")
def points(replicates: list[Sample], tiny_hub: Hub) -> np.ndarray:
    return tiny_hub.embed([sample.chemical for sample in replicates if sample.chemical])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def encoder(home: Path, tiny_hub: Hub, arrays: np.ndarray, points: np.ndarray) -> GuardedEncoder:
    """An encoder that leads nearly to the chemicals' points: one layer, fitted by least squares."""
    tiny = np.eye(arrays.shape[1]) * 3e4
    weight = np.linalg.solve(arrays.T @ arrays + tiny, arrays.T @ points).T.astype(np.float32)
    card = ModelCard(role="encoder", name="mass_spec/table1", modality="mass_spec",
                     hub=tiny_hub.id, data_licence="none", split="none",
                     architecture={"sizes": list(weight.shape[::-1])})
    write_model(home / "encoder", {"layers.0.weight": weight,
                                   "layers.0.bias": np.zeros(len(weight), np.float32)}, card)
    return load_encoder(home / "encoder", "mass_spec", tiny_hub, registry())


@pytest.fixture(scope="module")
def base(home: Path, encoder: GuardedEncoder, tiny_decoder_folder: Path,
         replicates: list[Sample]) -> Path:
    """A general decoder of that encoder's vectors, which has learned from one more spectrum."""
    tensors, card = read_model(tiny_decoder_folder)
    learned = marks(["elsewhere"], np.eye(797, dtype=np.float32)[:1])
    write_model(home / "decoder", tensors, card.model_copy(update={"base": encoder.card.digest}),
                marks=learned)
    return home / "decoder"


def trained(samples: list[Sample], hub: Hub, folder: Path, encoder: GuardedEncoder, base: Path,
            settings: Mapping[str, object] | None = None, **more: object) -> ModelCard:
    asked = {"base": base, "rank": 2, "epochs": 30, "rate": 0.01, **(settings or {})}
    return train_table3(Training(samples, hub, folder, encoder=encoder, settings={
        name: str(value) for name, value in asked.items()}, **more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(home: Path, replicates: list[Sample], tiny_hub: Hub, encoder: GuardedEncoder,
           base: Path) -> Path:
    trained(replicates, tiny_hub, home / "table3", encoder, base)
    return home / "table3"


@pytest.fixture(scope="module")
def decoder(folder: Path, tiny_hub: Hub) -> GuardedDecoder:
    return load_decoder(folder, "mass_spec", tiny_hub, registry())


@pytest.fixture(scope="module")
def general(base: Path, tiny_hub: Hub) -> GuardedDecoder:
    return load_decoder(base, "mass_spec", tiny_hub, registry())


def test_the_card_says_of_which_chemicals_on_which_decoder_and_of_which_vectors_it_is_made(
        folder: Path, base: Path, encoder: GuardedEncoder) -> None:
    card = read_card(folder)
    assert card.base == read_card(base).digest
    assert card.architecture["encoder"] == f"mass_spec/table1 {encoder.card.digest}"
    assert card.architecture["regions"] == card.data["chemicals"] == 3
    assert card.data["spectra"] == 18
    assert "4 or more training spectra" in card.description
    assert card.data_licence == "18 spectra CC0; the general decoder that it tunes: none"
    assert card.metrics["held-out replicates: by region, mean weighted cosine"] > card.metrics[
        "held-out replicates: general decoder, mean weighted cosine"]


def test_an_adapter_takes_a_tenth_of_a_megabyte(
        home: Path, replicates: list[Sample], tiny_hub: Hub, encoder: GuardedEncoder, base: Path,
        ) -> None:
    trained(replicates, tiny_hub, home / "paper", encoder, base, {"rank": 8, "epochs": 1})
    assert (home / "paper/model.safetensors").stat().st_size / 3 < 105_000


def test_a_vector_belongs_to_the_nearest_chemical_or_to_none(
        decoder: GuardedDecoder, replicates: list[Sample], points: np.ndarray) -> None:
    names = [sample.name for sample in replicates]
    centres = points[[0, 7, 14]]
    assert decoder.regions(centres * 2) == [names[0], names[7], names[14]]
    assert decoder.regions(-points) == ["general"] * len(points)
    assert decoder.regions(points[:0]) == []


def test_as_many_training_spectra_as_chosen_lie_in_their_region(
        home: Path, replicates: list[Sample], tiny_hub: Hub, encoder: GuardedEncoder, base: Path,
        arrays: np.ndarray) -> None:
    found = []
    for percentile in (0, 50):
        path = home / f"percentile{percentile}"
        trained(replicates, tiny_hub, path, encoder, base, {"percentile": percentile, "epochs": 1})
        regions = load_decoder(path, "mass_spec", tiny_hub, registry()).regions(
            encoder.encode(arrays[:21]))
        assert regions is not None
        found.append(sum(one == sample.name
                         for one, sample in zip(regions, replicates, strict=False)))
    assert found[0] >= 18
    assert 8 <= found[1] <= 13


def test_outside_all_regions_it_is_the_general_decoder_and_inside_another(
        decoder: GuardedDecoder, general: GuardedDecoder, points: np.ndarray) -> None:
    np.testing.assert_allclose(decoder.decode(-points), general.decode(-points), atol=1e-3)
    inside = points[[0, 7, 14]]
    assert (np.abs(decoder.decode(inside) - general.decode(inside)).max(1) > 1).all()


def test_a_batch_of_mixed_regions_decodes_as_its_rows_would_alone(
        decoder: GuardedDecoder, points: np.ndarray) -> None:
    mixed = np.concatenate([points, -points])[np.random.default_rng(0).permutation(66)]
    whole = decoder.decode(mixed)
    alone = np.concatenate([decoder.decode(row[None]) for row in mixed])
    np.testing.assert_allclose(whole, alone, atol=0.01)
    many = np.tile(mixed, (20, 1))
    np.testing.assert_allclose(decoder.decode(many)[-66:], whole, atol=0.01)
    assert decoder.decode(points[:0]).shape == (0, 797)


def test_tuning_brings_spectra_closer_to_those_of_the_chemical(
        decoder: GuardedDecoder, general: GuardedDecoder, encoder: GuardedEncoder,
        arrays: np.ndarray) -> None:
    vectors = encoder.encode(arrays[:21])
    inside = np.array([region != "general" for region in decoder.regions(vectors) or ()])

    def error(one: GuardedDecoder) -> float:
        return float(((one.decode(vectors) - arrays[:21])[inside] ** 2).mean())

    assert error(decoder) < 0.5 * error(general)


def test_chemicals_of_one_name_are_told_apart_by_their_keys(
        home: Path, replicates: list[Sample], tiny_hub: Hub, encoder: GuardedEncoder, base: Path,
        points: np.ndarray) -> None:
    same = [replace(sample, name="general" if row < 7 else "x")
            for row, sample in enumerate(replicates)]
    trained(same, tiny_hub, home / "same", encoder, base, {"epochs": 1})
    found = load_decoder(home / "same", "mass_spec", tiny_hub, registry()).regions(
        points[[0, 7, 14]])
    keys = [sample.chemical.standardised().key for sample in replicates if sample.chemical]
    assert found == [keys[0], keys[7], keys[14]]


def test_it_has_learned_from_what_its_general_decoder_has_learned_from_too(
        decoder: GuardedDecoder, replicates: list[Sample]) -> None:
    kept = held_out([sample.id for sample in replicates[:7]])
    refuse_learned([decoder], [sample for sample in replicates if sample.id == kept])
    for sample in (replicates[0 if kept != replicates[0].id else 1],
                   replace(replicates[-1], id="elsewhere")):
        with pytest.raises(InputError, match="mass_spec/table3 .* has learned from 1 of the 1"):
            refuse_learned([decoder], [sample])


def test_without_the_marks_of_its_general_decoder_it_does_not_claim_to_know_all(
        tmp_path: Path, replicates: list[Sample], tiny_hub: Hub, encoder: GuardedEncoder,
        tiny_decoder_folder: Path) -> None:
    card = trained(replicates, tiny_hub, tmp_path / "new", encoder, tiny_decoder_folder,
                   {"epochs": 1})
    assert card.marks == ""


def test_adapters_and_their_general_decoder_can_be_moved_together(
        folder: Path, base: Path, tiny_hub: Hub, tmp_path: Path, decoder: GuardedDecoder,
        points: np.ndarray) -> None:
    for each in (folder, base):
        shutil.copytree(each, tmp_path / each.name)
    moved = load_decoder(tmp_path / "table3", "mass_spec", tiny_hub, registry())
    assert np.array_equal(moved.decode(points), decoder.decode(points))


def test_a_general_decoder_of_another_digest_is_refused_and_the_right_one_named(
        folder: Path, base: Path, tiny_hub: Hub, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "table3")
    needed = rf"table3: tunes the general decoder with digest {read_card(base).digest}.*none of"
    with pytest.raises(ArtefactError, match=needed):
        load_decoder(tmp_path / "table3", "mass_spec", tiny_hub, registry())
    tensors, card = read_model(base)
    tensors["layers.0.bias"] = tensors["layers.0.bias"] + 1
    write_model(tmp_path / "decoder", tensors, card)
    with pytest.raises(ArtefactError, match=needed):
        load_decoder(tmp_path / "table3", "mass_spec", tiny_hub, registry())


def test_the_general_decoder_that_ships_is_found_without_a_word_on_the_card(
        tmp_path: Path, base: Path, replicates: list[Sample], tiny_hub: Hub,
        encoder: GuardedEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = registry()
    spec = plugins.decoder("mass_spec/table2").model_copy(update={"folder": base})
    monkeypatch.setitem(plugins._specs["decoder"], "mass_spec/table2", spec)
    asked = {"rank": "1", "epochs": "1"}
    card = train_table3(Training(replicates, tiny_hub, tmp_path / "new", encoder=encoder,
                                 settings=asked))
    assert "base" not in card.architecture
    load_decoder(tmp_path / "new", "mass_spec", tiny_hub, plugins)


def test_a_general_decoder_of_another_encoders_vectors_is_refused(
        tmp_path: Path, base: Path, replicates: list[Sample], tiny_hub: Hub,
        tiny_encoder_folder: Path) -> None:
    other = load_encoder(tiny_encoder_folder, "mass_spec", tiny_hub, registry())
    with pytest.raises(InputError, match=r"decodes the vectors of the encoder with digest .*--set"):
        trained(replicates, tiny_hub, tmp_path / "new", other, base)
    assert list(tmp_path.iterdir()) == []


def test_chemicals_with_too_few_spectra_are_refused_in_one_sentence(
        tmp_path: Path, base: Path, replicates: list[Sample], tiny_hub: Hub,
        encoder: GuardedEncoder) -> None:
    with pytest.raises(InputError, match="no chemical of the train part with 7 spectra to learn"):
        trained(replicates, tiny_hub, tmp_path / "new", encoder, base, {"spectra": 7})
    assert list(tmp_path.iterdir()) == []


def test_adapters_are_no_general_decoder(
        tmp_path: Path, folder: Path, replicates: list[Sample], tiny_hub: Hub,
        encoder: GuardedEncoder) -> None:
    with pytest.raises(ArtefactError, match="found mass_spec/table3, expected a general decoder"):
        trained(replicates, tiny_hub, tmp_path / "new", encoder, folder)


def test_a_resumed_training_equals_an_uninterrupted_one(
        tmp_path: Path, base: Path, replicates: list[Sample], tiny_hub: Hub,
        encoder: GuardedEncoder) -> None:
    def stop(step: int, steps: int, loss: float) -> None:
        if step == 7:
            raise KeyboardInterrupt

    settings = {"epochs": 4, "at_once": 1}
    whole = trained(replicates, tiny_hub, tmp_path / "whole", encoder, base, settings)
    with pytest.raises(KeyboardInterrupt):
        trained(replicates, tiny_hub, tmp_path / "new", encoder, base, settings, progress=stop)
    with pytest.raises(ArtefactError, match="belongs to another run"):
        trained(replicates, tiny_hub, tmp_path / "new", encoder, base, {**settings, "rank": 3},
                resume=True)
    seen: list[int] = []
    again = trained(replicates, tiny_hub, tmp_path / "new", encoder, base, settings, resume=True,
                    progress=lambda step, steps, loss: seen.append(step))
    assert seen == list(range(5, 13))
    assert again.digest == whole.digest
    assert not (tmp_path / "new.training").exists()


def test_another_hub_is_refused(folder: Path, other_hub_folder: Path) -> None:
    with pytest.raises(HubMismatchError):
        load_decoder(folder, "mass_spec", load_hub(other_hub_folder), registry())


@pytest.mark.parametrize("tensor", ["down1", "up0", "bias4", "centres", "chemicals"])
def test_a_folder_that_lacks_a_part_is_refused(
        tensor: str, folder: Path, base: Path, tiny_hub: Hub, tmp_path: Path) -> None:
    tensors, card = read_model(folder)
    shutil.copytree(base, tmp_path / "decoder")
    for number, damaged in enumerate(({k: v for k, v in tensors.items() if k != tensor},
                                      {**tensors, tensor: tensors[tensor][:-1]})):
        if tensor == "bias4" and not number:
            continue  # four layers are tuned as well as five
        write_model(tmp_path / f"table{number}", damaged, card)
        with pytest.raises(ArtefactError, match="weights and card do not fit"):
            load_decoder(tmp_path / f"table{number}", "mass_spec", tiny_hub, registry())
