from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chemtranslate.artefact import CARD
from chemtranslate.errors import (
    ArtefactError,
    HubMismatchError,
    PluginError,
    UnknownNameError,
)
from chemtranslate.hub import Hub
from chemtranslate.models import load_decoder, load_encoder
from chemtranslate.plugins import Registry, registry
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator

FAULTY = """
import numpy as np
from toy_sensor.sensor import Back, Linear
from chemtranslate import hookimpl
from chemtranslate.specs import DecoderSpec, EncoderSpec

class Short(Linear):
    def encode(self, arrays): return super().encode(arrays)[:, 1:]
    def decode(self, vectors): return vectors[:, :7]
class Fewer(Linear):
    def encode(self, arrays): return super().encode(arrays)[1:]
    def decode(self, vectors): return vectors[1:, :8]
class Nan(Linear):
    def encode(self, arrays): return super().encode(arrays) * np.float32("nan")
    def decode(self, vectors): return np.full_like(vectors[:, :8], np.inf)
class Double(Linear):
    def encode(self, arrays): return super().encode(arrays).astype(float)
    def decode(self, vectors): return vectors[:, :8].astype(float)
class Nothing(Linear):
    def encode(self, arrays): return None
    def decode(self, vectors): return None

class Generating(Back):
    def generate(self, arrays, vectors, rngs): return self.made(arrays)
class GenShort(Generating):
    def made(self, arrays): return arrays[:, 1:]
class GenFewer(Generating):
    def made(self, arrays): return arrays[1:]
class GenNan(Generating):
    def made(self, arrays): return arrays * np.float32("nan")
class GenDouble(Generating):
    def made(self, arrays): return arrays.astype(float)
class GenNothing(Generating):
    def made(self, arrays): return None
class Regional(Back):
    def regions(self, vectors): return self.parts(len(vectors))
class RegFewer(Regional):
    def parts(self, n): return ["a"] * (n - 1)
class RegText(Regional):
    def parts(self, n): return "a" * n
class RegNumbers(Regional):
    def parts(self, n): return list(range(n))
class RegNothing(Regional):
    def parts(self, n): return None

NAMES = ("short", "fewer", "nan", "double", "nothing")
PARTS = ("GenShort", "GenFewer", "GenNan", "GenDouble", "GenNothing",
         "RegFewer", "RegText", "RegNumbers", "RegNothing")

@hookimpl
def chemtranslate_encoders():
    return [EncoderSpec(name=f"toy/{n}", modality="toy", load=f"faulty_models:{n.title()}")
            for n in NAMES]

@hookimpl
def chemtranslate_decoders():
    return [DecoderSpec(name=f"toy/{n.lower()}", modality="toy", load=f"faulty_models:{n}")
            for n in (*map(str.title, NAMES), *PARTS)]
"""
SAMPLES = [Sample(f"S{i}", np.arange(8, dtype=np.float32) + i) for i in range(3)]


@pytest.fixture
def known(install: Callable[..., Path], install_toy: Callable[[], Path],
          found: Callable[[], Registry]) -> Registry:
    install_toy()
    install("faulty-models", FAULTY)
    return found()


@pytest.mark.parametrize("fault", ["short", "fewer", "nan", "double", "nothing"])
@pytest.mark.parametrize("role", ["encoder", "decoder"])
def test_a_model_that_breaks_its_word_is_named_with_its_plugin(
        tiny_hub: Hub, known: Registry, role: str, fault: str) -> None:
    translator = Translator(tiny_hub, plugins=known, **{role: f"toy/{fault}"})
    with pytest.raises(PluginError, match=f"toy/{fault} of faulty-models returned"):
        list(translator.translate(SAMPLES, source="toy", target="toy"))


@pytest.mark.parametrize("fault", ["genshort", "genfewer", "gennan", "gendouble", "gennothing"])
def test_a_generator_that_breaks_its_word_is_named_with_its_plugin(
        tiny_hub: Hub, known: Registry, fault: str) -> None:
    translator = Translator(tiny_hub, plugins=known, decoder=f"toy/{fault}")
    with pytest.raises(PluginError,
                       match=f"toy/{fault} of faulty-models returned generated arrays"):
        list(translator.augment(SAMPLES, modality="toy", copies=2))


@pytest.mark.parametrize("fault", ["regfewer", "regtext", "regnumbers", "regnothing"])
def test_regions_that_are_not_a_name_for_each_vector_are_refused_with_the_plugin(
        tiny_hub: Hub, known: Registry, fault: str) -> None:
    translator = Translator(tiny_hub, plugins=known, decoder=f"toy/{fault}")
    with pytest.raises(PluginError,
                       match=f"toy/{fault} of faulty-models returned regions.*expected 3 names"):
        list(translator.translate(SAMPLES, source="toy", target="toy"))


def test_a_decoder_that_cannot_generate_says_so(tiny_hub: Hub, known: Registry) -> None:
    decoder = load_decoder(None, "toy", tiny_hub, known)
    assert not decoder.generates
    with pytest.raises(PluginError, match="toy/linear of toy-sensor does not generate"):
        decoder.generate(np.zeros((1, 8), np.float32), np.zeros((1, 512), np.float32), [])


def test_auto_is_the_decoder_that_the_modality_names_for_it(
        tiny_hub: Hub, known: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownNameError, match="modality 'toy' has no decoder that chooses"):
        load_decoder("auto", "toy", tiny_hub, known)
    own = known.modality("toy")
    monkeypatch.setitem(known._specs["modality"], "toy",
                        own.model_copy(update={"auto": "toy/regfewer"}))
    assert load_decoder("auto", "toy", tiny_hub, known).name == "toy/regfewer"
    assert load_decoder(None, "toy", tiny_hub, known).name == "toy/linear"


def test_a_sound_model_of_a_stranger_passes_its_samples_on(tiny_hub: Hub, known: Registry) -> None:
    translated = list(Translator(tiny_hub, plugins=known).translate(SAMPLES, source="toy",
                                                                    target="toy"))
    for before, after in zip(SAMPLES, translated, strict=True):
        assert np.array_equal(before.signal, after.signal)


def test_a_folder_is_used_exactly_like_a_registered_name(
        tiny_hub: Hub, tiny_encoder_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = registry().encoder("mass_spec/table1")
    monkeypatch.setitem(registry()._specs["encoder"], own.name,
                        own.model_copy(update={"folder": tiny_encoder_folder}))
    arrays = np.eye(797, dtype=np.float32)[:3] * 100
    by_default, by_name, by_folder = (
        load_encoder(reference, "mass_spec", tiny_hub, registry())
        for reference in (None, own.name, tiny_encoder_folder))
    assert np.array_equal(by_default.encode(arrays), by_folder.encode(arrays))
    assert np.array_equal(by_name.encode(arrays), by_folder.encode(arrays))
    assert by_default.name == by_folder.name


def test_a_model_of_another_hub_is_refused_with_both_ids(
        tiny_encoder_folder: Path, other_hub_folder: Path, tiny_hub: Hub) -> None:
    from chemtranslate.hub import load_hub

    other = load_hub(other_hub_folder)
    with pytest.raises(HubMismatchError, match=f"made for hub {tiny_hub.id}.*{other.id}"):
        load_encoder(tiny_encoder_folder, "mass_spec", other, registry())


def test_a_model_of_another_role_or_modality_is_refused(
        tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path) -> None:
    with pytest.raises(ArtefactError, match="role encoder, expected decoder"):
        load_decoder(tiny_encoder_folder, "mass_spec", tiny_hub, registry())
    with pytest.raises(ArtefactError, match="to modality 'mass_spec', not to 'chemception'"):
        load_decoder(tiny_decoder_folder, "chemception", tiny_hub, registry())


def test_what_is_neither_a_model_nor_a_folder_suggests_names(tiny_hub: Hub) -> None:
    with pytest.raises(UnknownNameError, match=r"no such model folder.*you mean mass_spec/table2"):
        load_decoder("mass_spec/tabel2", "mass_spec", tiny_hub, registry())


@pytest.mark.parametrize("sizes", [None, [797, 10, 512], [797], "797", [0, 512]])
def test_a_card_whose_architecture_is_not_that_of_the_weights_is_refused(
        tiny_hub: Hub, tiny_encoder_folder: Path, tmp_path: Path, sizes: object) -> None:
    folder = shutil.copytree(tiny_encoder_folder, tmp_path / "model")
    card = json.loads((folder / CARD).read_text())
    card["architecture"] = {} if sizes is None else {"sizes": sizes}
    (folder / CARD).write_text(json.dumps(card))
    with pytest.raises(ArtefactError, match=str(folder)):
        load_encoder(folder, "mass_spec", tiny_hub, registry())
