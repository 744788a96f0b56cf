"""Naming unknowns by all evidence: training, answers, and the command."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from chemtranslate.artefact import read_card
from chemtranslate.candidates import Candidates
from chemtranslate.chemical import standardise
from chemtranslate.cli import main
from chemtranslate.errors import ArtefactError, InputError
from chemtranslate.hub import Hub
from chemtranslate.identification import training as trainer
from chemtranslate.identification.combination import Combination
from chemtranslate.identification.naming import Measured, identifier_of
from chemtranslate.protocols import Training
from chemtranslate.sample import Sample
from chemtranslate.splits import part
from chemtranslate.translator import Translator
from tests.conftest import ALKANES, spectra_of

VALID = [one for one in ALKANES if part(standardise(one)[1]) == "valid"]


def spectra() -> list[Sample]:
    """Made-up spectra; chemicals of the valid part are measured twice."""
    again = [Sample(f"{sample.id} again", sample.signal, chemical=sample.chemical)
             for sample in spectra_of(VALID)]
    return [*spectra_of(ALKANES), *again]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, tiny_hub_folder: Path,
           tiny_encoder_folder: Path, tiny_decoder_folder: Path) -> dict[str, Path]:
    """An encoder that states odds, a decoder, and an identifier trained with both."""
    from chemtranslate.hub import load_hub

    folder = tmp_path_factory.mktemp("models")
    encoder = shutil.copytree(tiny_encoder_folder, folder / "encoder")
    card = json.loads((encoder / "card.json").read_text())
    (encoder / "card.json").write_text(json.dumps({**card, "temperature": 0.1}))
    translator = Translator(load_hub(tiny_hub_folder), encoder=encoder,
                            decoder=tiny_decoder_folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "FEWEST", 5)
        trainer.train(Training(
            samples=spectra(), hub=translator.hub, folder=folder / "identifier",
            encoder=translator.encoder("mass_spec"), decoder=translator.decoder("mass_spec")))
    return {"hub": tiny_hub_folder, "encoder": encoder, "decoder": tiny_decoder_folder,
            "identifier": folder / "identifier"}


@pytest.fixture
def translator(models: dict[str, Path], tiny_hub: Hub) -> Translator:
    return Translator(tiny_hub, encoder={"mass_spec": models["encoder"]},
                      decoder={"mass_spec": models["decoder"]})


def library_of(path: Path, samples: list[Sample]) -> Path:
    records = []
    for sample in samples:
        peaks = "\n".join(f"{mz:g} {height:.3f}" for mz, height in zip(
            sample.signal.mz, sample.signal.intensities, strict=True))
        assert sample.chemical
        records.append(f"Name: {sample.id}\nDB#: {sample.id}\nSMILES: {sample.chemical.smiles}\n"
                       f"Num Peaks: {len(sample.signal.mz)}\n{peaks}\n")
    path.write_text("\n".join(records))
    return path


def test_the_card_says_what_was_weighed_and_with_which_models(models: dict[str, Path]) -> None:
    card = read_card(models["identifier"])
    assert (card.role, card.modality) == ("identifier", "mass_spec")
    assert card.architecture["encoder digest"] == read_card(models["encoder"]).digest
    assert card.architecture["evidence"][-1] == "is in the library"
    assert card.data["unknowns"] == card.data["of them measured several times"] == len(VALID)


def test_an_unknown_that_a_library_holds_is_named(
        translator: Translator, models: dict[str, Path]) -> None:
    identifier = identifier_of(translator, "mass_spec", models["identifier"])
    measured = Measured.of(identifier, spectra_of(ALKANES[:40]))
    table = translator.table(
        [Sample(s.id, s.chemical, chemical=s.chemical) for s in spectra_of(ALKANES[:40])],
        source="chemception")
    lineup = identifier.lineup(Candidates.of(table), measured.library(identifier))
    answers = list(identifier.answers(spectra_of(ALKANES[:5]), lineup, k=3))
    for smiles, answer in zip(ALKANES, answers, strict=False):
        assert answer.guesses[0].chemical.smiles == smiles
        assert answer.guesses[0].library == pytest.approx(1, abs=1e-3)
        shares = [guess.probability for guess in answer.guesses]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) + answer.none <= 1 + 1e-6
        assert 0 <= answer.familiarity <= 1


def test_answers_do_not_depend_on_how_many_are_asked_at_once(
        translator: Translator, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    identifier = identifier_of(translator, "mass_spec", models["identifier"])
    lineup = identifier.lineup(Candidates.of(translator.hub.reference))
    together = list(identifier.answers(spectra_of(ALKANES[:6]), lineup))
    monkeypatch.setattr("chemtranslate.identification.evidence.NUMBERS", 1)
    alone = list(identifier.answers(spectra_of(ALKANES[:6]), lineup))
    for one, other in zip(together, alone, strict=True):
        assert [g.row for g in one.guesses] == [g.row for g in other.guesses]
        assert one.none == pytest.approx(other.none, abs=1e-5)
        assert one.familiarity == pytest.approx(other.familiarity, abs=1e-4)


def test_the_whole_set_is_there_though_likelier_candidates_are_outside(
        translator: Translator, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    identifier = identifier_of(translator, "mass_spec", models["identifier"])
    lineup = identifier.lineup(Candidates.of(translator.hub.reference))
    let_in = np.where(np.arange(len(lineup)) % 3, 0, 1000).astype(np.float32)
    monkeypatch.setattr(Combination, "allowed", lambda self, coverage, listed: let_in)
    (answer,) = identifier.answers(spectra_of(ALKANES[:1]), lineup, k=1, coverage=0.5)
    inside = {guess.row for guess in answer.guesses if guess.inside}
    assert len(inside) == answer.size
    assert inside >= set(range(0, len(lineup), 3))
    assert answer.guesses[-1].inside
    shares = [guess.probability for guess in answer.guesses]
    assert shares == sorted(shares, reverse=True)


def test_other_orders_have_no_sets_and_that_of_a_library_needs_one(
        translator: Translator, models: dict[str, Path]) -> None:
    identifier = identifier_of(translator, "mass_spec", models["identifier"])
    lineup = identifier.lineup(Candidates.of(translator.hub.reference))
    with pytest.raises(InputError, match="by all evidence, not by predicted"):
        list(identifier.answers(spectra_of(ALKANES[:1]), lineup, by="predicted", coverage=0.5))
    with pytest.raises(InputError, match="needs a library"):
        list(identifier.answers(spectra_of(ALKANES[:1]), lineup, by="library"))


def test_too_few_unknowns_to_learn_from_are_an_error(
        translator: Translator, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="chemicals of the valid part, expected at least 20"):
        trainer.train(Training(
            samples=spectra_of(ALKANES), hub=translator.hub, folder=tmp_path / "x",
            encoder=translator.encoder("mass_spec"), decoder=translator.decoder("mass_spec")))
    assert not (tmp_path / "x").exists()


def test_an_identifier_is_refused_with_other_models(
        tiny_hub: Hub, models: dict[str, Path], tiny_encoder_folder: Path) -> None:
    with pytest.raises(ArtefactError, match="no identifier: train one"):
        identifier_of(Translator(tiny_hub), "chemception")
    with pytest.raises(ArtefactError, match="role decoder for mass_spec, expected an identifier"):
        identifier_of(Translator(tiny_hub), "mass_spec", models["decoder"])


Asking = Callable[..., Result]


@pytest.fixture
def ask(models: dict[str, Path], tmp_path: Path) -> Asking:
    unknowns = library_of(tmp_path / "unknowns.msp", spectra_of(ALKANES[:3]))

    def _ask(*options: object) -> Result:
        command = ["identify", "--from", "mass_spec", str(unknowns), "-o",
                   str(tmp_path / "hits.csv"), "--force"]
        for name, folder in models.items():
            if "--by" in options or name in ("hub", "encoder"):
                command += [f"--{name}", str(folder)]
        return CliRunner().invoke(main, [*command, *map(str, options)])

    return _ask


def test_the_command_writes_guesses_and_none_with_probabilities(
        ask: Asking, tmp_path: Path) -> None:
    library = library_of(tmp_path / "library.msp", spectra_of(ALKANES[:9]))
    result = ask("--by", "evidence", "--library", library, "--top-k", 2, "--coverage", 0.5)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "hits.csv").open()))
    for number in range(3):
        own = [row for row in rows if row["query"] == f"{ALKANES[number]} measured"]
        assert [row["rank"] for row in own] == [str(n) for n in range(1, len(own) + 1)]
        (none,) = (row for row in own if row["name"] == "none of these")
        assert none["smiles"] == none["in_set"] == ""
        shares = [float(row["probability"]) for row in own]
        assert shares == sorted(shares, reverse=True)
        best = next(row for row in own if row["smiles"])
        assert best["smiles"] == standardise(ALKANES[number])[0]
        assert best["in_set"] == "yes"
    assert "read 3 / written 3 / rejected 0" in result.output


@pytest.mark.parametrize(("by", "column"), [
    ("predicted", "predicted_match"), ("library", "library_match"),
])
def test_candidates_can_be_ranked_by_one_match_alone(
        ask: Asking, tmp_path: Path, by: str, column: str) -> None:
    library = library_of(tmp_path / "library.msp", spectra_of(ALKANES[:9]))
    result = ask("--by", by, "--library", library, "--top-k", 20)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader((tmp_path / "hits.csv").open()))
    for number in range(3):
        own = [row for row in rows if row["query"] == f"{ALKANES[number]} measured"]
        assert [row["rank"] for row in own] == [str(n) for n in range(1, len(own) + 1)]
        matches = [float(row[column]) for row in own]
        assert matches == sorted(matches, reverse=True)
        assert all(row["smiles"] for row in own)  # "none of these" has no rank among them
        assert len(own) == (9 if by == "library" else 20)
        if by == "library":
            assert own[0]["smiles"] == standardise(ALKANES[number])[0]


def test_probabilities_can_be_calibrated_on_ones_own_samples(
        ask: Asking, tmp_path: Path) -> None:
    stated = []
    for calibrate in (False, True):
        known = library_of(tmp_path / "known.msp", spectra_of(ALKANES[5:30]))
        result = ask("--by", "evidence", *(("--calibrate", known) if calibrate else ()))
        assert result.exit_code == 0, result.output
        assert ("calibrated on 25 samples" in result.output) == calibrate
        rows = list(csv.DictReader((tmp_path / "hits.csv").open()))
        stated.append([(row["query"], row["smiles"], row["probability"]) for row in rows])
    assert {row[:2] for row in stated[0]} == {row[:2] for row in stated[1]}
    assert stated[0] != stated[1]


def test_a_retention_index_speaks_against_what_came_at_another_time(
        ask: Asking, tmp_path: Path) -> None:
    library = library_of(tmp_path / "library.msp", spectra_of(ALKANES[:9]))
    unknowns = tmp_path / "unknowns.msp"
    matches = []
    for indices in ("RI: 1000\n", "RI: 1200\n"):
        for file, own in ((library, "RI: 1000\n"), (unknowns, indices)):
            plain = file.read_text().replace("RI: 1000\n", "").replace("RI: 1200\n", "")
            file.write_text(plain.replace("Num Peaks", own + "Num Peaks"))
        result = ask("--by", "evidence", "--library", library, "--retention-index", 20)
        assert result.exit_code == 0, result.output
        rows = list(csv.DictReader((tmp_path / "hits.csv").open()))
        matches.append(max(float(row["library_match"] or 0) for row in rows))
    assert matches[0] > 0.99
    assert matches[1] < 0.01


def test_a_retention_index_needs_a_library(ask: Asking) -> None:
    result = ask("--by", "evidence", "--retention-index", 20)
    assert result.exit_code == 2
    assert "needs --library" in result.output


def test_few_samples_are_nothing_to_calibrate_on(ask: Asking, tmp_path: Path) -> None:
    known = library_of(tmp_path / "known.msp", spectra_of(ALKANES[:3]))
    result = ask("--by", "evidence", "--calibrate", known)
    assert result.exit_code == 2
    assert "found samples of 3 known chemicals to calibrate on, expected at least 20" in (
        result.output)
    result = ask("--calibrate", known)
    assert result.exit_code == 2
    assert "--calibrate needs --by evidence" in result.output


@pytest.mark.parametrize(("options", "reason"), [
    (("--mass", "nan"), "--mass nan: expected a finite number"),
    (("--retention-index", "inf", "--library", "x.msp"), "--retention-index inf: expected"),
])
def test_numbers_that_are_none_are_refused(
        ask: Asking, options: tuple[str, ...], reason: str) -> None:
    result = ask("--by", "evidence", *options)
    assert result.exit_code == 2
    assert reason in result.output


def test_among_isomers_there_is_nothing_to_calibrate(ask: Asking, tmp_path: Path) -> None:
    known = library_of(tmp_path / "known.msp", spectra_of(ALKANES[5:30]))
    result = ask("--by", "evidence", "--calibrate", known, "--formula", "C2H6O")
    assert result.exit_code == 2
    assert "--calibrate has no say among candidates of one formula or mass" in result.output


def test_formula_and_mass_leave_fewer_candidates(ask: Asking, tmp_path: Path) -> None:
    for options in (("--by", "evidence"), ()):
        result = ask(*options, "--formula", "C2H6O", "--mass", 46.04)
        assert result.exit_code == 0, result.output
        rows = list(csv.DictReader((tmp_path / "hits.csv").open()))
        assert {row["smiles"] for row in rows} - {""} == {"CCO"}


@pytest.mark.parametrize(("options", "reason"), [
    (("--library", "x.msp"), "--library needs --by evidence"),
    (("--coverage", "0.9"), "--coverage needs --by evidence"),
    (("--by", "predicted", "--coverage", "0.9"), "--coverage needs --by evidence"),
    (("--by", "library"), "--by library needs --library"),
    (("--by", "predicted", "--with", "infrared=x.jdx"), "--by predicted looks at samples of one"),
    (("--by", "evidence", "--formula", "C99H2"), "no candidate of the formula C99H2"),
    (("--by", "evidence", "--formula", "banana"), "found the formula 'banana'"),
    (("--by", "evidence", "--mass", "3000"), "no candidate of a mass of 3000"),
    (("--by", "evidence", "--with", "infrared=x.jdx"), "--with names others"),
    (("--by", "evidence", "--library", "missing.msp"), "no such file"),
    (("--by", "evidence", "--coverage", "0.9999"), "found a coverage of 0.9999, expected at most"),
])
def test_what_cannot_be_asked_is_an_error_and_writes_nothing(
        ask: Asking, tmp_path: Path, options: tuple[str, ...], reason: str) -> None:
    result = ask(*options)
    assert result.exit_code == 2
    assert reason in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "hits.csv").exists()
