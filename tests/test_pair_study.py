"""Translations between modalities, measured on chemicals that both have seen."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from chemtranslate.chemical import Chemical
from chemtranslate.errors import InputError
from chemtranslate.evaluation import replicate_study
from chemtranslate.hub import Hub
from chemtranslate.pair_study import CEILING, TRANSLATED, TWO_STEPS, pair_study
from chemtranslate.sample import Sample
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from tests.conftest import ALKANES, spectra_of

TEST = [s for s in ALKANES if part(Chemical(s).standardised().key) == "test"]
TRAIN = [s for s in ALKANES if part(Chemical(s).standardised().key) == "train"][:5]


def structures(smiles: list[str]) -> list[Sample]:
    return [Sample(one, Chemical(one), chemical=Chemical(one)) for one in smiles]


@pytest.fixture
def translator(tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path) -> Translator:
    return Translator(tiny_hub, encoder={"mass_spec": tiny_encoder_folder},
                      decoder={"mass_spec": tiny_decoder_folder})


@pytest.fixture
def knowing(translator: Translator, tiny_hub: Hub) -> Translator:
    """A translator whose decoder knows each chemical's spectrum by its point."""
    form = translator.decoder("mass_spec").form
    arrays = np.stack([form.to_array(sample) for sample in spectra_of(TEST)])
    points = tiny_hub.embed(TEST)

    def decode(vectors: np.ndarray) -> np.ndarray:
        return arrays[((vectors[:, None] - points) ** 2).sum(2).argmin(1)]

    card = translator.decoder("mass_spec").card
    translator._decoders["mass_spec"] = SimpleNamespace(
        form=form, decode=decode, label="knowing", card=card,
        decode_structures=lambda vectors, smiles: decode(vectors))
    return translator


def test_a_decoder_that_knows_all_names_all(knowing: Translator) -> None:
    assert len(TEST) >= 3
    figures = pair_study(knowing, "chemception", "mass_spec", structures(TEST + TRAIN),
                         spectra_of(TEST + TRAIN))
    found = figures["ways"][TRANSLATED]
    assert (figures["unseen chemicals"], found["recall@1"]) == (len(TEST), 1.0)
    assert found["weighted cosine"]["mean"] == pytest.approx(1, abs=1e-3)
    assert figures["ways"][TWO_STEPS]["weighted cosine"]["mean"] < 0.9
    assert figures["training chemicals measured by both"] == len(TRAIN)
    assert CEILING not in figures["ways"]
    json.dumps(figures)


def test_structures_as_the_target_are_ranked_by_hub_vector(translator: Translator) -> None:
    figures = pair_study(translator, "mass_spec", "chemception", spectra_of(TEST + TRAIN),
                         structures(TEST + TRAIN))
    assert 0 <= figures["ways"]["by hub vector"]["recall@1"] <= 1
    assert figures["ways"][TRANSLATED]["recall@10"] >= figures["ways"][TRANSLATED]["recall@1"]
    json.dumps(figures)


def test_a_translation_that_says_nothing_is_right_by_chance(
        knowing: Translator, monkeypatch: pytest.MonkeyPatch) -> None:
    form = knowing.decoder("mass_spec").form
    same = form.to_array(spectra_of(TEST)[0])
    monkeypatch.setattr(knowing.decoder("mass_spec"), "decode_structures",
                        lambda vectors, smiles: np.repeat(same[None], len(vectors), 0))
    truth = spectra_of(TEST)
    alike = [Sample(s.id, truth[0].signal, chemical=s.chemical) for s in truth]
    found = pair_study(knowing, "chemception", "mass_spec", structures(TEST), alike)
    assert found["ways"][TRANSLATED]["recall@1"] == 0  # all are tied: nobody is first


def test_too_few_common_chemicals_are_an_error(translator: Translator) -> None:
    with pytest.raises(InputError, match="found 1 chemicals of the test part with samples of both"):
        pair_study(translator, "chemception", "mass_spec", structures(TEST[:1] + TRAIN),
                   spectra_of(TEST + TRAIN))


def test_a_model_that_has_learned_from_all_its_chemicals_is_refused(translator: Translator) -> None:
    decoder = translator.decoder("mass_spec")
    decoder.card = decoder.card.model_copy(update={"split": "by field batch: all train"})
    some = spectra_of(TEST)
    asked = structures(TEST)
    for study in (lambda: pair_study(translator, "chemception", "mass_spec", asked, some),
                  lambda: replicate_study(translator, some, "mass_spec")):
        with pytest.raises(InputError, match="has learned from all its chemicals"):
            study()
