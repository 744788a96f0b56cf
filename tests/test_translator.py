from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.errors import InputError, UnknownNameError
from chemtranslate.hub import Hub
from chemtranslate.plugins import Registry
from chemtranslate.sample import Reject, Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.spectrum import Spectrum


def _library(count: int) -> list[Sample]:
    rng = np.random.default_rng(0)
    return [Sample(f"S{i}", Spectrum.of(rng.choice(np.arange(15, 300), 20, replace=False),
                                        rng.uniform(1, 999, 20)), f"name {i}")
            for i in range(count)]


def _translated(translator: Translator, samples: list[Sample]) -> list[Sample]:
    return list(translator.translate(samples, source="mass_spec", target="mass_spec"))


def test_translation_is_decoder_of_encoder_of_the_undamaged_sample(translator: Translator) -> None:
    samples = _library(5)
    encoder, decoder = translator.encoder("mass_spec"), translator.decoder("mass_spec")
    arrays = np.stack([encoder.form.to_array(sample) for sample in samples])
    expected = decoder.model.decode(encoder.model.encode(arrays))
    for sample, array in zip(_translated(translator, samples), expected, strict=True):
        assert sample.signal == decoder.form.to_signal(array)


def test_every_output_names_its_source_hub_and_models(translator: Translator, spectra: Path,
                                                      ) -> None:
    samples = list(translator.read(spectra, modality="mass_spec"))
    for sample, made in zip(samples, _translated(translator, samples), strict=True):
        assert (made.id, made.name, made.chemical) == (sample.id, sample.name, sample.chemical)
        assert made.metadata["Source_id"] == sample.id
        assert made.metadata["Hub"] == translator.hub.id
        for role in ("encoder", "decoder"):
            model = getattr(translator, role)("mass_spec")
            assert made.metadata[role.title()] == f"{model.name} {model.card.digest}"


def test_a_stale_source_id_does_not_outlive_the_next_translation(translator: Translator) -> None:
    (sample,) = _library(1)
    stale = replace(sample, metadata={"Source_id": "something else", "Hub": "old"})
    (made,) = _translated(translator, [stale])
    assert made.metadata["Source_id"] == sample.id
    assert made.metadata["Hub"] == translator.hub.id


def test_batch_size_does_not_change_translations_or_vectors(
        translator: Translator, tiny_hub: Hub, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path) -> None:
    samples = _library(7)
    vectors, signals = [], []
    for batch in (1, 3, 256):
        each = Translator(tiny_hub, encoder=tiny_encoder_folder, decoder=tiny_decoder_folder,
                          batch=batch)
        table = each.table(samples, source="mass_spec")
        assert [entry.id for entry in table.entries] == [sample.id for sample in samples]
        vectors.append(table.vectors)
        form = each.decoder("mass_spec").form
        signals.append(np.stack([form.to_array(made) for made in _translated(each, samples)]))
    for other in (1, 2):
        np.testing.assert_allclose(vectors[other], vectors[0], atol=1e-4, rtol=1e-4)
        close = np.isclose(signals[other], signals[0], atol=0.02, rtol=0)  # written to 0.01
        assert close.mean() > 0.999  # a bin at the threshold of faint peaks may fall either way


def test_translation_streams_and_reads_no_more_than_a_batch_ahead(translator: Translator) -> None:
    (sample,) = _library(1)
    taken = itertools.count()

    def endless() -> Iterator[Sample]:
        for number in taken:
            yield replace(sample, id=str(number))

    made = translator.translate(endless(), source="mass_spec", target="mass_spec")
    assert [one.id for one in itertools.islice(made, 300)] == [str(n) for n in range(300)]
    assert next(taken) <= 2 * translator.batch + 1


def test_a_sample_out_of_range_is_rejected_with_its_place_and_the_others_go_on(
        translator: Translator, tmp_path: Path) -> None:
    path = tmp_path / "in.msp"
    path.write_text("Name: heavy\nNum Peaks: 1\n900 100\n\nName: light\nNum Peaks: 1\n90 100\n")
    rejects: list[Reject] = []
    samples = translator.read(path, modality="mass_spec")
    made = list(translator.translate(samples, source="mass_spec", target="mass_spec",
                                     on_reject=rejects.append))
    assert [sample.name for sample in made] == ["light"]
    assert [(r.place.record, r.name, r.malformed) for r in rejects] == [(1, "heavy", False)]
    assert "base peak at m/z 900" in rejects[0].reason


def test_by_default_the_first_reject_is_raised_with_its_place(translator: Translator,
                                                              tmp_path: Path) -> None:
    path = tmp_path / "in.msp"
    path.write_text("Name: heavy\nNum Peaks: 1\n900 100\n")
    with pytest.raises(InputError, match=r"in.msp, record 1 \(heavy\): .*m/z 900"):
        _translated(translator, list(translator.read(path, modality="mass_spec")))


def test_structures_translate_to_spectra_and_back_to_reference_chemicals(
        tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path, spectra: Path,
        tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("[Na+].CC(=O)[O-] acetate\nOCC ethanol\n")
    to_spectra = Translator(tiny_hub, decoder=tiny_decoder_folder)
    made = list(to_spectra.translate(to_spectra.read(tmp_path / "in.smi", modality="chemception"),
                                     source="chemception", target="mass_spec"))
    assert [sample.id for sample in made] == ["acetate", "ethanol"]
    assert all(isinstance(sample.signal, Spectrum) for sample in made)
    to_chemicals = Translator(tiny_hub, encoder=tiny_encoder_folder)
    keys = {entry.inchikey for entry in tiny_hub.reference.entries}
    for sample in to_chemicals.translate(to_chemicals.read(spectra, modality="mass_spec"),
                                         source="mass_spec", target="chemception"):
        assert sample.signal.key in keys
    (tmp_path / "in.csv").write_text("smiles\nOCC\nOc1ccccc1\n")
    plain = Translator(tiny_hub)
    again = list(plain.translate(plain.read(tmp_path / "in.csv", modality="chemception"),
                                 source="chemception", target="chemception"))
    assert [(s.signal.smiles, s.signal.name) for s in again] == [
        ("CCO", "ethanol"), ("Oc1ccccc1", "phenol")]


def _augmented(translator: Translator, samples: list[Sample], seed: int, **more: object,
               ) -> list[Sample]:
    return list(translator.augment(samples, modality="mass_spec", copies=2, seed=seed, **more))


def test_the_seed_decides_every_copy_and_copies_differ(translator: Translator) -> None:
    samples = _library(3)
    once, again, other = (_augmented(translator, samples, seed) for seed in (4, 4, 5))
    assert [s.signal for s in once] == [s.signal for s in again]
    assert not any(a.signal == b.signal for a, b in zip(once, other, strict=True))
    assert not any(a.signal == b.signal for a, b in itertools.pairwise(once))
    assert [(s.metadata["Source_id"], s.metadata["Copy"], s.metadata["Seed"]) for s in once] == [
        (f"S{i}", str(copy), "4") for i in range(3) for copy in (1, 2)]
    assert {s.metadata["Spectrum_origin"] for s in once} == {"synthetic"}


def test_augmentation_of_one_sample_does_not_depend_on_batches(
        translator: Translator, tiny_hub: Hub, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path) -> None:
    small = Translator(tiny_hub, encoder=tiny_encoder_folder, decoder=tiny_decoder_folder, batch=1)
    form = small.decoder("mass_spec").form
    for one, other in zip(_augmented(translator, _library(3), 4),
                          _augmented(small, _library(3), 4), strict=True):
        np.testing.assert_allclose(form.to_array(one), form.to_array(other), atol=0.02)


def test_augmentation_leaves_the_samples_it_was_given_alone(translator: Translator) -> None:
    samples = _library(2)
    before = [(s.signal.mz.copy(), s.signal.intensities.copy(), dict(s.metadata)) for s in samples]
    _augmented(translator, samples, 0, share=0.5)
    for sample, (mz, intensities, metadata) in zip(samples, before, strict=True):
        assert np.array_equal(sample.signal.mz, mz)
        assert np.array_equal(sample.signal.intensities, intensities)
        assert sample.metadata == metadata


def test_identify_finds_the_chemical_among_candidates_by_its_own_structure(tiny_hub: Hub,
                                                                           tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("CCO a\nc1ccccc1 b\n")
    (tmp_path / "among.smi").write_text("CC(C)=O acetone\nC1=CC=CC=C1 benzene\nOCC ethanol\n")
    translator = Translator(tiny_hub)
    table = translator.table(translator.read(tmp_path / "among.smi", modality="chemception"),
                             source="chemception")
    samples = translator.read(tmp_path / "in.smi", modality="chemception")
    found = list(translator.identify(samples, source="chemception", k=9, among=table))
    assert [matches[0].chemical.name for _, matches in found] == [
        "ethanol", "benzene"]
    assert [len(matches) for _, matches in found] == [3, 3]
    for _, matches in found:
        assert matches[0].similarity == pytest.approx(1, abs=1e-5)
        similarities = [match.similarity for match in matches]
        assert similarities == sorted(similarities, reverse=True)


@pytest.mark.parametrize(("name", "format_", "chosen"), [
    ("x.MSP", None, "msp"), ("x.mgf.gz", None, "mgf"), ("x", None, "msp"), ("-", None, "msp"),
    ("x.txt", None, "massbank"), ("x.unknown", "mgf", "mgf"),
])
def test_the_format_is_the_named_one_else_by_ending_else_the_first(
        translator: Translator, name: str, format_: str | None, chosen: str) -> None:
    from chemtranslate.formats import format_for

    spec = translator.plugins.modality("mass_spec")
    assert format_for(spec, name, format_, "read").name == chosen


def test_an_unknown_format_or_ending_is_refused_with_those_that_exist(translator: Translator,
                                                                      tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"'\.xlsx', expected one of \.msp, \.mgf"):
        list(translator.read(tmp_path / "a.xlsx", modality="mass_spec"))
    with pytest.raises(UnknownNameError, match="to read for mass_spec 'mps': did you mean msp"):
        list(translator.read(tmp_path / "a.msp", modality="mass_spec", format="mps"))


def test_any_two_registered_sensors_translate_into_each_other(
        tiny_hub: Hub, install_toy: Callable[[], Path], found: Callable[[], Registry],
        tiny_decoder_folder: Path) -> None:
    install_toy()
    rng = random.Random(0)
    toys = [Sample(f"S{i}", np.array([rng.random() for _ in range(8)], np.float32))
            for i in range(3)]
    to_spectra = Translator(tiny_hub, decoder=tiny_decoder_folder, plugins=found())
    made = list(to_spectra.translate(toys, source="toy", target="mass_spec"))
    assert [sample.id for sample in made] == ["S0", "S1", "S2"]
    assert all(isinstance(sample.signal, Spectrum) for sample in made)
