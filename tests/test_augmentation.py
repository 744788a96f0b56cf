from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError, StructureError
from chemtranslate.hub import Hub
from chemtranslate.plugins import Registry
from chemtranslate.sample import Reject, Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.spectrum import Spectrum

SMILES = ("CCO", "Cc1ccccc1", "OCC", "CC(C)=O", "CCO")


def _measured(number: int, smiles: str | None) -> Sample:
    rng = np.random.default_rng(number)
    spectrum = Spectrum.of(rng.choice(np.arange(15, 90), 12, replace=False),
                           rng.uniform(5, 99, 12))
    return Sample(f"S{number}", spectrum, f"name {number}",
                  None if smiles is None else Chemical(smiles), {"Author": "A"})


MEASURED = [_measured(number, smiles) for number, smiles in enumerate(SMILES)]


@pytest.fixture
def plugins(install_jitter: Callable[[], Registry]) -> Registry:
    return install_jitter()


@pytest.fixture
def jittering(plugins: Registry, tiny_hub: Hub, tiny_encoder_folder: Path) -> Translator:
    """A translator whose decoder generates."""
    return Translator(tiny_hub, encoder=tiny_encoder_folder, decoder="mass_spec/jitter",
                      plugins=plugins)


def _augmented(translator: Translator, samples: list[Sample], copies: Any = 2, seed: int = 4,
               **more: Any) -> list[Sample]:
    return list(translator.augment(samples, modality="mass_spec", copies=copies, seed=seed, **more))


def _arrays(samples: list[Sample]) -> np.ndarray[Any, Any]:
    return np.stack([FORM.to_array(sample) for sample in samples])


def test_a_copy_is_generated_from_the_undamaged_sample_and_the_point_of_its_chemical(
        jittering: Translator, tiny_hub: Hub) -> None:
    made = _augmented(jittering, MEASURED)
    assert [sample.id for sample in made] == [f"S{n}#{c}" for n in range(5) for c in (1, 2)]
    decoder = jittering.generator("mass_spec").model
    for row, sample in enumerate(made):
        number, copy = row // 2, row % 2 + 1
        expected = decoder.generate(  # type: ignore[attr-defined]
            _arrays([MEASURED[number]]), tiny_hub.embed([SMILES[number]]),
            [np.random.default_rng([4, number, copy])])
        np.testing.assert_allclose(FORM.to_array(sample),
                                   FORM.to_array(replace(sample, signal=FORM.to_signal(*expected))),
                                   atol=0.011)


def test_a_copy_does_not_depend_on_batches_and_the_seed_decides_it(
        plugins: Registry, jittering: Translator, tiny_hub: Hub, tiny_encoder_folder: Path) -> None:
    whole = _augmented(jittering, MEASURED, 3)
    for batch in (1, 2, 4):
        small = Translator(tiny_hub, encoder=tiny_encoder_folder, decoder="mass_spec/jitter",
                           plugins=plugins, batch=batch)
        again = _augmented(small, MEASURED, 3)
        assert [s.metadata for s in again] == [s.metadata for s in whole]
        np.testing.assert_allclose(_arrays(again), _arrays(whole), atol=0.011)
    arrays = _arrays(whole)[:, :-1]
    assert len(np.unique(arrays, axis=0)) == len(whole)
    assert not np.array_equal(_arrays(_augmented(jittering, MEASURED, 3, seed=5))[:, :-1], arrays)


def test_every_generated_record_says_from_what_and_by_what_it_was_made(
        jittering: Translator, tiny_hub: Hub) -> None:
    stale = {"Author": "A", "Source_id": "old", "Hub": "old", "Left_out": "7",
             "Hub_vector": "encoder", "Decoder_region": "old"}
    (made,) = _augmented(jittering, [replace(MEASURED[0], metadata=stale)], 1)
    vector = tiny_hub.embed([SMILES[0]])
    encoder = jittering.encoder("mass_spec")
    assert made.metadata == {
        "Author": "A", "Source_id": "S0", "Hub": tiny_hub.id, "Spectrum_origin": "synthetic",
        "Copy": "1", "Seed": "4", "Encoder": f"{encoder.name} {encoder.card.digest}",
        "Decoder": "mass_spec/jitter 0123", "Hub_vector": "structure",
        "Decoder_region": "few" if vector[0, 0] < 0 else "many"}
    assert (made.name, made.chemical) == (MEASURED[0].name, MEASURED[0].chemical)


@pytest.mark.parametrize("smiles", [None, "", "C1CC", "*"])
def test_where_no_structure_can_be_placed_the_vector_is_the_encoders(
        jittering: Translator, smiles: str | None) -> None:
    samples = [MEASURED[0], _measured(1, smiles), MEASURED[2]]
    made = _augmented(jittering, samples, 1)
    assert [s.metadata["Hub_vector"] for s in made] == ["structure", "encoder", "structure"]
    vector = jittering.encoder("mass_spec").encode(_arrays([samples[1]]))
    told = 50 + 40 * np.tanh(vector[0, 0])
    assert FORM.to_array(made[1])[-1] == pytest.approx(told, abs=0.011)


def test_a_structure_that_cannot_be_drawn_leaves_the_others_of_its_batch_their_points(
        jittering: Translator, tiny_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    embed = tiny_hub.model.embed

    def without_toluene(smiles: list[str]) -> Any:
        if "Cc1ccccc1" in smiles:
            raise StructureError("cannot be drawn")
        return embed(smiles)

    monkeypatch.setattr(tiny_hub.model, "embed", without_toluene)
    made = _augmented(jittering, MEASURED, 1)
    assert [s.metadata["Hub_vector"] for s in made] == [
        "structure", "encoder", "structure", "structure", "structure"]


def test_each_distinct_structure_of_a_batch_is_placed_once(
        jittering: Translator, tiny_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    embed, placed = tiny_hub.model.embed, []

    def counting(smiles: list[str]) -> Any:
        placed.extend(smiles)
        return embed(smiles)

    monkeypatch.setattr(tiny_hub.model, "embed", counting)
    _augmented(jittering, MEASURED, 3)
    assert sorted(placed) == ["CC(C)=O", "CCO", "Cc1ccccc1"]


def test_a_sample_out_of_range_is_rejected_once_and_the_others_go_on(jittering: Translator) -> None:
    heavy = Sample("H", Spectrum.of([900], [100]), chemical=Chemical("CCO"))
    rejects: list[Reject] = []
    made = _augmented(jittering, [MEASURED[0], heavy, MEASURED[1]], on_reject=rejects.append)
    assert [s.metadata["Source_id"] for s in made] == ["S0", "S0", "S1", "S1"]
    assert [(r.name, "m/z 900" in r.reason) for r in rejects] == [("H", True)]


def test_a_synthetic_sample_is_rejected_and_the_others_get_their_own_copies(
        jittering: Translator, translator: Translator) -> None:
    for each in (jittering, translator):
        (first, *_) = _augmented(each, MEASURED[:1], 1)
        rejects: list[Reject] = []
        made = _augmented(each, [first, *MEASURED[1:3]], [3, 0, 2], on_reject=rejects.append)
        assert [sample.id for sample in made] == ["S2#1", "S2#2"]
        assert [(r.name, r.kind) for r in rejects] == [("S0#1", "synthetic")]
        with pytest.raises(InputError, match=r"S0#1\): found Spectrum_origin: synthetic"):
            _augmented(each, [first])


def test_what_is_generated_to_nothing_is_rejected(jittering: Translator,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = jittering.generator("mass_spec").model
    monkeypatch.setattr(type(decoder), "generate", lambda self, arrays, vectors, rngs: arrays * 0)
    with pytest.raises(InputError, match="S0.*generated nothing: found no bin above zero"):
        _augmented(jittering, MEASURED)


def test_peaks_that_do_not_fit_are_counted_in_the_record(jittering: Translator) -> None:
    wide = Sample("W", Spectrum.of([50, 900], [100, 10]), chemical=Chemical("CCO"))
    made = _augmented(jittering, [wide, MEASURED[0]], 1)
    assert [s.metadata.get("Left_out") for s in made] == ["1", None]
    assert jittering.left_out == 1


def test_the_number_of_copies_can_be_told_for_each_sample(jittering: Translator,
                                                          translator: Translator) -> None:
    for each in (jittering, translator):
        made = _augmented(each, MEASURED, [0, 2, 0, 1, 0])
        assert [s.id for s in made] == ["S1#1", "S1#2", "S3#1"]
    whole = {s.id: s for s in _augmented(jittering, MEASURED)}
    assert [s.signal for s in _augmented(jittering, MEASURED, [0, 2, 0, 1, 0])] == [
        whole[name].signal for name in ("S1#1", "S1#2", "S3#1")]


def test_a_generator_takes_no_settings_of_the_augmenter(jittering: Translator) -> None:
    with pytest.raises(InputError, match=r"\(share 0.3\).*mass_spec/jitter generates new samples"):
        jittering.augment(MEASURED, modality="mass_spec", copies=1, share=0.3)


def test_a_modality_may_name_its_generator_and_the_user_another_decoder(
        plugins: Registry, tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def names(decoder: object) -> tuple[str, str, str]:
        each = Translator(tiny_hub, encoder=tiny_encoder_folder, decoder=decoder,  # type: ignore[arg-type]
                          plugins=plugins)
        (made,) = _augmented(each, MEASURED[:1], 1)
        return (each.generator("mass_spec").name, made.metadata["Decoder"].split()[0],
                made.metadata["Hub_vector"])

    own = plugins.modality("mass_spec")
    general = own.decoder
    shipped = plugins.decoder(general).model_copy(update={"folder": tiny_decoder_folder})
    monkeypatch.setitem(plugins._specs["decoder"], general, shipped)
    monkeypatch.setitem(plugins._specs["modality"], "mass_spec",
                        own.model_copy(update={"generator": None}))
    assert names(None) == (general, general, "encoder")
    monkeypatch.setitem(plugins._specs["modality"], "mass_spec",
                        own.model_copy(update={"generator": "mass_spec/jitter"}))
    assert names(None) == ("mass_spec/jitter", "mass_spec/jitter", "structure")
    assert names(tiny_decoder_folder) == (general, general, "encoder")
    plain = Translator(tiny_hub, encoder=tiny_encoder_folder, plugins=plugins)
    assert plain.decoder("mass_spec").name == general


def test_a_record_names_the_region_of_its_decoder_where_it_has_regions(
        jittering: Translator, translator: Translator, tiny_hub: Hub) -> None:
    for sample in jittering.translate(MEASURED, source="mass_spec", target="mass_spec"):
        vector = jittering.encoder("mass_spec").encode(_arrays(MEASURED[:1]))
        assert sample.metadata["Decoder_region"] in ("few", "many")
        if sample.id == "S0":
            assert sample.metadata["Decoder_region"] == ("few" if vector[0, 0] < 0 else "many")
        (again,) = translator.translate([sample], source="mass_spec", target="mass_spec")
        assert "Decoder_region" not in again.metadata
    assert "Decoder_region" not in _augmented(translator, MEASURED[:1], 1)[0].metadata
