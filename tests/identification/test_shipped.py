"""The models that ship name chemicals that they have not learned from, and know what is odd."""

from __future__ import annotations

import numpy as np
import pytest

from chemtranslate.candidates import Candidates
from chemtranslate.hub import load_hub
from chemtranslate.identification.identifier import Identifier
from chemtranslate.identification.naming import identifier_of
from chemtranslate.plugins import registry
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.spectrum import Spectrum

pytestmark = pytest.mark.skipif(
    registry().modality("mass_spec").identifier is None, reason="no shipped identifier"
)


@pytest.fixture(scope="module")
def translator() -> Translator:
    return Translator(load_hub())


@pytest.fixture(scope="module")
def identifier(translator: Translator) -> Identifier:
    return identifier_of(translator, "mass_spec")


def butanone() -> Sample:
    """A spectrum as textbooks give it; butanone is of the test part."""
    peaks = {15: 5, 27: 8, 28: 3, 29: 18, 39: 2, 41: 1, 42: 4, 43: 100, 44: 2, 57: 8, 72: 23, 73: 1}
    return Sample("butanone", Spectrum.of(np.array(list(peaks), float),
                                          np.array(list(peaks.values()), float)))


def noise() -> Sample:
    rng = np.random.default_rng(0)
    mz = np.sort(rng.choice(np.arange(20, 400), 60, replace=False)).astype(float)
    return Sample("noise", Spectrum.of(mz, rng.uniform(1, 100, 60)))


def test_butanone_is_named_among_chemicals_of_its_mass(
        translator: Translator, identifier: Identifier) -> None:
    lineup = identifier.lineup(Candidates.of(translator.hub.reference).of_mass(72.06))
    (answer,) = identifier.answers([butanone()], lineup, coverage=0.9)
    assert len(lineup) >= 5
    assert answer.guesses[0].chemical.smiles == "CCC(C)=O"
    assert answer.guesses[0].inside
    assert answer.familiarity > 0.5


def test_noise_is_like_nothing_seen(translator: Translator, identifier: Identifier) -> None:
    lineup = identifier.lineup(Candidates.of(translator.hub.reference).of_mass(72.06))
    sound, odd = identifier.answers([butanone(), noise()], lineup)
    assert odd.familiarity < 0.5 < sound.familiarity


def test_the_encoder_is_surer_of_a_sound_spectrum_than_of_noise(
        translator: Translator, identifier: Identifier) -> None:
    lineup = identifier.lineup(Candidates.of(translator.hub.reference).of_mass(72.06))
    sound, odd = identifier.answers([butanone(), noise()], lineup)
    assert sound.expected is not None
    assert odd.expected is not None
    assert sound.expected > odd.expected
