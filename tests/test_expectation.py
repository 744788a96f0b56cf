"""What is expected of all chemicals that a signal leaves possible."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from chemtranslate.cli import main
from chemtranslate.errors import InputError
from chemtranslate.expectation import Expectation
from chemtranslate.hub import Hub
from chemtranslate.models import GuardedDecoder, GuardedEncoder
from chemtranslate.pair_study import EXPECTED, pair_study, training_points
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from tests.conftest import ALKANES, spectra_of

POINTS = np.eye(4, dtype=np.float32)
SMILES = ["C", "CC", "CCC", "CCCC"]


def encoder(temperature: float | None = 0.1) -> GuardedEncoder:
    return cast(GuardedEncoder, SimpleNamespace(name="an encoder", temperature=temperature))


def decoder(dtype: str = "float32") -> GuardedDecoder:
    """A decoder of (2, 2) arrays: the squares of what it is given."""
    form = SimpleNamespace(shape=(2, 2), dtype=dtype)
    return cast(GuardedDecoder, SimpleNamespace(
        name="a decoder", form=form, decode=squares,
        decode_structures=lambda vectors, smiles: squares(vectors)))


def squares(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return (vectors**2).reshape(-1, 2, 2)


def test_a_vector_at_a_chemical_leaves_that_one_possible() -> None:
    expected = Expectation(encoder(), decoder(), POINTS, SMILES).decode(3 * POINTS[:2])
    np.testing.assert_allclose(expected.reshape(2, 4), POINTS[:2], atol=1e-3)
    assert (expected.shape, expected.dtype) == ((2, 2, 2), np.float32)


def test_a_vector_between_two_chemicals_gives_the_mean_of_both() -> None:
    """And not what lies between them decodes to, which is half as strong."""
    between = (POINTS[:1] + POINTS[1:2]) / 2
    made = decoder()
    expected = Expectation(encoder(), made, POINTS, SMILES).decode(between)
    np.testing.assert_allclose(expected.ravel(), [0.5, 0.5, 0, 0], atol=2e-3)
    np.testing.assert_allclose(made.decode(between).ravel(), [0.25, 0.25, 0, 0])


def test_odds_are_those_of_the_temperature() -> None:
    odds = Expectation(encoder(0.5), decoder(), POINTS, SMILES).odds(POINTS[:1])
    assert odds.sum() == pytest.approx(1)
    assert odds[0, 0] / odds[0, 1] == pytest.approx(np.exp(1 / 0.5))


def test_an_encoder_without_odds_and_a_decoder_without_a_mean_are_refused() -> None:
    with pytest.raises(InputError, match="an encoder states no odds"):
        Expectation(encoder(None), decoder(), POINTS, SMILES)
    with pytest.raises(InputError, match="a decoder makes arrays of type str, which have no mean"):
        Expectation(encoder(), decoder("str"), POINTS, SMILES)


def stated(tiny_hub: Hub, encoder_folder: Path, decoder_folder: Path,
           monkeypatch: pytest.MonkeyPatch) -> Translator:
    monkeypatch.setattr(GuardedEncoder, "temperature", 0.05)
    return Translator(tiny_hub, encoder={"mass_spec": encoder_folder},
                      decoder={"mass_spec": decoder_folder})


def test_translations_say_of_how_many_chemicals_they_are_expected(
        tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    translator = stated(tiny_hub, tiny_encoder_folder, tiny_decoder_folder, monkeypatch)
    made = list(translator.translate(spectra_of(ALKANES[:3]), source="mass_spec",
                                     target="mass_spec", expected=True))
    assert {sample.metadata["Expected_of"] for sample in made} == {
        f"{len(tiny_hub.reference)} chemicals"}


def test_a_study_expects_nothing_of_the_chemicals_it_asks_for(
        tiny_hub: Hub, tiny_encoder_folder: Path, tiny_decoder_folder: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    translator = stated(tiny_hub, tiny_encoder_folder, tiny_decoder_folder, monkeypatch)
    known = [e.chemical.key for e in tiny_hub.reference.entries]
    assert len(training_points(tiny_hub)[0]) == sum(part(key) == "train" for key in known)
    samples = spectra_of(ALKANES)
    found = pair_study(translator, "mass_spec", "mass_spec", samples, samples)
    assert 0 <= found["ways"][EXPECTED]["recall@10"] <= 1


def test_the_command_says_why_an_encoder_has_no_odds(
        tmp_path: Path, tiny_hub_folder: Path, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path) -> None:
    spectrum = tmp_path / "a.msp"
    spectrum.write_text("Name: a\nNum Peaks: 2\n41 10\n43 100\n\n")
    out = tmp_path / "b.msp"
    models = ["--hub", str(tiny_hub_folder), "--encoder", str(tiny_encoder_folder),
              "--decoder", str(tiny_decoder_folder)]
    run = CliRunner().invoke(main, ["translate", "--from", "mass_spec", "--to", "mass_spec",
                                    "--expected", str(spectrum), "-o", str(out), *models])
    assert (run.exit_code, out.exists()) == (2, False)
    assert "encoder mass_spec/table1 states no odds: its card names no temperature" in run.stderr
