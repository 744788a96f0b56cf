from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from chemtranslate.artefact import TRAINING, read_model, write_model
from chemtranslate.marks import marks
from chemtranslate.plugins import Registry
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.msp import write_msp
from tests.conftest import SPECTRA

HOSTILE = Path(__file__).parent / "hostile"
Run = Callable[..., Result]
Refused = Callable[..., str]
Models = tuple[object, ...]
LEARNED = "has learned from 1 of the 3 held-out samples, the first being T2 ("
UNEVEN = SPECTRA + """
Name: Ethanol again
DB#: T4
SMILES: OCC
Num Peaks: 2
31 100
45 40

Name: nobody knows
DB#: T5
Num Peaks: 2
31 100
45 60
"""
"""Two spectra of ethanol, one each of acetone and toluene, one of nobody knows what."""


def _read(path: Path, modality: str = "mass_spec") -> list[Sample]:
    return list(Translator().read(path, modality=modality))


def _other(sample: Sample) -> Sample:
    """Return a sample that nothing knows, of the same chemical."""
    return replace(sample, id="Z", signal=FORM.to_signal(FORM.to_array(sample) * 0 + 1))


def _written(path: Path, *samples: Sample) -> Path:
    with path.open("wb") as stream:
        write_msp(samples, stream)
    return path


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    path = tmp_path / "uneven.msp"
    path.write_text(UNEVEN, encoding="utf-8")
    return path


@pytest.fixture
def jitter(install_jitter: Callable[[], Registry], tiny_hub_folder: Path,
           tiny_encoder_folder: Path) -> Models:
    """The options that choose the decoder that generates."""
    install_jitter()
    return ("--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder, "--decoder",
            "mass_spec/jitter")


Marked = Callable[..., Path]


@pytest.fixture
def marked(tmp_path: Path) -> Marked:
    """Return a function that copies a model, with marks of samples that it has learned from."""
    def _marked(folder: Path, *samples: Sample) -> Path:
        tensors, card = read_model(folder)
        made = tmp_path / f"marked_{card.role}"
        arrays = [FORM.to_array(sample) for sample in samples]
        write_model(made, tensors, card, marks=marks([s.id for s in samples], arrays))
        return made

    return _marked


def test_the_same_seed_gives_the_same_augmented_file_byte_for_byte(
        run: Run, models: Models, spectra: Path, tmp_path: Path) -> None:
    def augmented(name: str, seed: int) -> bytes:
        run("augment", "mass_spec", spectra, "-o", tmp_path / name, "--copies", 3, "--seed", seed,
            *models)
        return (tmp_path / name).read_bytes()

    assert augmented("a.msp", 5) == augmented("b.msp", 5)
    assert augmented("a2.msp", 6) != augmented("a3.msp", 5)


def test_augmented_spectra_say_that_they_are_synthetic_and_of_what(
        run: Run, models: Models, spectra: Path, tmp_path: Path) -> None:
    result = run("augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", "--copies", 2,
                 "--remove", 0.3, "--seed", 5, "--json", *models)
    made = _read(tmp_path / "out.msp")
    assert [(s.metadata["Source_id"], s.metadata["Copy"]) for s in made] == [
        (name, copy) for name in ("T1", "T2", "T3") for copy in ("1", "2")]
    assert {s.metadata["Spectrum_origin"] for s in made} == {"synthetic"}
    assert {s.metadata["Seed"] for s in made} == {"5"}
    outcome = json.loads(result.stdout)
    assert (outcome["read"], outcome["written"], outcome["copies"]) == (3, 6, 2)


def test_a_record_that_cannot_be_augmented_is_rejected_once(run: Run, models: Models, spectra: Path,
                                                            tmp_path: Path) -> None:
    result = run("augment", "mass_spec", spectra, HOSTILE / "heavy.msp", "-o", tmp_path / "out.msp",
                 "--copies", 4, "--rejects", tmp_path / "rejects.csv", "--json", *models)
    outcome = json.loads(result.stdout)
    assert (outcome["read"], outcome["written"], outcome["rejected"]) == (4, 12, 1)
    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 2


def test_a_decoder_that_generates_makes_the_copies_by_itself(
        run: Run, jitter: Models, uneven: Path, tmp_path: Path) -> None:
    result = run("augment", "mass_spec", uneven, "-o", tmp_path / "out.msp", "--copies", 2,
                 "--seed", 3, *jitter)
    made = _read(tmp_path / "out.msp")
    assert "mass_spec -> mass_spec: hub" in result.stderr
    assert "decoder mass_spec/jitter" in result.stderr
    assert "2 copies of each, seed 3" in result.stderr
    assert [s.id for s in made] == [f"T{n}#{c}" for n in range(1, 6) for c in (1, 2)]
    assert [s.metadata["Hub_vector"] for s in made] == ["structure"] * 8 + ["encoder"] * 2
    for sample in made:
        assert {"Spectrum_origin", "Source_id", "Copy", "Seed", "Hub", "Encoder", "Decoder",
                "Decoder_region"} <= set(sample.metadata)
    run("augment", "mass_spec", uneven, "-o", tmp_path / "again.msp", "--copies", 2, "--seed", 3,
        *jitter)
    assert (tmp_path / "again.msp").read_bytes() == (tmp_path / "out.msp").read_bytes()


def test_a_share_to_remove_is_refused_by_a_decoder_that_generates(
        refused: Refused, jitter: Models, spectra: Path, tmp_path: Path) -> None:
    error = refused("augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", "--remove", 0.3,
                    "--rejects", tmp_path / "rejects.csv", *jitter)
    assert "mass_spec/jitter generates new samples and removes nothing" in error


@pytest.mark.parametrize("decoder", ["models", "jitter"])
def test_balance_brings_every_chemical_up_to_the_number(
        run: Run, request: pytest.FixtureRequest, uneven: Path, tmp_path: Path, decoder: str,
        ) -> None:
    options = request.getfixturevalue(decoder)

    def balanced(name: str, *more: object) -> Result:
        return run("augment", "mass_spec", uneven, "-o", tmp_path / name, "--balance", 5, "--seed",
                   2, "--rejects", tmp_path / f"{name}.csv", "--json", *more, *options)

    result = balanced("out.msp")
    made = _read(tmp_path / "out.msp")
    assert Counter(s.metadata["Source_id"] for s in made) == {"T1": 2, "T2": 4, "T3": 4, "T4": 1}
    assert [s.id for s in made][:2] == ["T1#1", "T1#2"]
    assert {s.metadata["Spectrum_origin"] for s in made} == {"synthetic"}
    assert "3 chemicals brought up to 5 samples, 0 had enough; seed 2" in result.stderr
    outcome = json.loads(result.stdout)
    assert (outcome["read"], outcome["written"], outcome["rejected"]) == (5, 11, 1)
    assert (outcome["balance"], outcome["brought_up"], outcome["had_enough"]) == (5, 3, 0)
    with (tmp_path / "out.msp.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["name"], "no structure" in row["reason"]) == ("T5", True)
    balanced("again.msp")
    assert (tmp_path / "again.msp").read_bytes() == (tmp_path / "out.msp").read_bytes()


@pytest.mark.parametrize("how", [("--balance", 3), ("--copies", 2)])
def test_synthetic_records_are_rejected_and_not_counted_as_measured(
        run: Run, jitter: Models, spectra: Path, tmp_path: Path, how: tuple[object, ...]) -> None:
    run("augment", "mass_spec", spectra, "-o", tmp_path / "once.msp", "--copies", 4, *jitter)
    mixed = (spectra, tmp_path / "once.msp", spectra)
    result = run("augment", "mass_spec", *mixed, "-o", tmp_path / "twice.msp", *how, "--rejects",
                 tmp_path / "rejects.csv", "--json", *jitter)
    outcome = json.loads(result.stdout)
    assert (outcome["read"], outcome["rejected"]) == (18, 12)
    assert outcome["rejects"] == {"synthetic": 12}
    made = Counter(s.metadata["Source_id"] for s in _read(tmp_path / "twice.msp"))
    assert made == dict.fromkeys(("T1", "T2", "T3"), 1 if "--balance" in how else 4)
    with (tmp_path / "rejects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"] for row in rows] == [f"T{n}#{c}" for n in (1, 2, 3) for c in (1, 2, 3, 4)]


@pytest.mark.parametrize("how", [("--balance", 3), ("--copies", 2)])
def test_of_nothing_but_synthetic_records_nothing_is_made(
        run: Run, refused: Refused, jitter: Models, spectra: Path, tmp_path: Path,
        how: tuple[object, ...]) -> None:
    run("augment", "mass_spec", spectra, "-o", tmp_path / "once.msp", *jitter)
    assert "none of 3 records could be used, the first because: " in refused(
        "augment", "mass_spec", tmp_path / "once.msp", "-o", tmp_path / "twice.msp", *how, *jitter)


def test_a_chemical_with_enough_samples_gets_none(run: Run, models: Models, uneven: Path,
                                                  tmp_path: Path) -> None:
    result = run("augment", "mass_spec", uneven, "-o", tmp_path / "out.msp", "--balance", 2,
                 *models)
    assert [s.id for s in _read(tmp_path / "out.msp")] == ["T2#1", "T3#1"]
    assert "2 chemicals brought up to 2 samples, 1 had enough" in result.stderr


def test_a_chemical_whose_samples_cannot_be_used_is_said_to_fall_short(
        run: Run, models: Models, uneven: Path, tmp_path: Path) -> None:
    heavy = tmp_path / "heavy.msp"
    heavy.write_text("Name: heavy\nDB#: H\nSMILES: c1ccccc1\nNum Peaks: 1\n900 100\n")
    result = run("augment", "mass_spec", uneven, heavy, "-o", tmp_path / "out.msp", "--balance", 3,
                 *models)
    assert "3 chemicals brought up to 3 samples, 0 had enough, 1 fell short" in result.stderr
    assert "read 6 / written 5 / rejected 2" in result.stderr


def test_standard_input_is_balanced_like_a_file(run: Run, models: Models, uneven: Path,
                                                tmp_path: Path) -> None:
    arguments = ("--balance", 4, "--rejects", tmp_path / "r.csv", "--force", *models)
    run("augment", "mass_spec", uneven, "-o", tmp_path / "file.msp", *arguments)
    run("augment", "mass_spec", "-", "-o", tmp_path / "piped.msp", *arguments,
        stdin=UNEVEN.encode())
    assert (tmp_path / "piped.msp").read_bytes() == (tmp_path / "file.msp").read_bytes()


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("--balance", 3, "--copies", 2), "found --copies and --balance, expected one of them"),
    (("--balance", 0), "--balance"),
    (("--balance", 1), "no output: found no chemical with fewer than 1 samples among 3"),
])
def test_a_balance_that_asks_for_nothing_or_for_two_things_is_refused(
        refused: Refused, models: Models, spectra: Path, tmp_path: Path,
        arguments: tuple[object, ...], sentence: str) -> None:
    assert sentence in refused("augment", "mass_spec", spectra, "-o", tmp_path / "out.msp",
                               "--rejects", tmp_path / "rejects.csv", *arguments, *models)


def test_nothing_can_be_balanced_where_no_record_states_a_structure(
        refused: Refused, models: Models, tmp_path: Path) -> None:
    (tmp_path / "in.msp").write_text("Name: x\nDB#: X\nNum Peaks: 1\n31 100\n")
    error = refused("augment", "mass_spec", tmp_path / "in.msp", "-o", tmp_path / "out.msp",
                    "--balance", 3, *models)
    assert "none of 1 records could be used, the first because: " in error
    assert "no structure" in error


def test_models_that_have_learned_from_no_held_out_sample_go_on(
        run: Run, marked: Marked, tiny_hub_folder: Path, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path, uneven: Path, tmp_path: Path) -> None:
    *_, known, unknown = _read(uneven)
    held_out = _written(tmp_path / "test.msp", _other(known))
    run("augment", "mass_spec", uneven, "-o", tmp_path / "out.msp", "--held-out", held_out, "--hub",
        tiny_hub_folder, "--encoder", marked(tiny_encoder_folder, known), "--decoder",
        marked(tiny_decoder_folder, known, unknown))
    assert len(_read(tmp_path / "out.msp")) == 5


@pytest.mark.parametrize("more", [(), ("--balance", 3)])
def test_nothing_is_made_of_held_out_samples(
        run: Run, marked: Marked, tiny_hub_folder: Path, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path, uneven: Path, spectra: Path, tmp_path: Path,
        more: tuple[object, ...]) -> None:
    stranger = _other(_read(spectra)[0])
    held_out = _written(tmp_path / "test.msp", replace(_read(uneven)[0], id="under another name"))
    run("augment", "mass_spec", uneven, "-o", tmp_path / "out.msp", "--held-out", held_out,
        "--rejects", tmp_path / "rejects.csv", *more, "--hub",
        tiny_hub_folder, "--encoder", marked(tiny_encoder_folder, stranger), "--decoder",
        marked(tiny_decoder_folder, stranger))
    first = _read(uneven)[0].id
    assert first not in {made.metadata["Source_id"] for made in _read(tmp_path / "out.msp")}
    with (tmp_path / "rejects.csv").open() as stream:
        assert (first, "held out") in [(row["name"], row["kind"]) for row in csv.DictReader(stream)]


@pytest.mark.parametrize("role", ["encoder", "decoder"])
@pytest.mark.parametrize("name", ["T2", "under another name"])
def test_a_model_that_has_learned_from_a_held_out_sample_is_refused(
        refused: Refused, marked: Marked, tiny_hub_folder: Path, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path, spectra: Path, tmp_path: Path, role: str, name: str) -> None:
    known, _ = _read(spectra)[1:]
    other = _other(known)
    learned = {"encoder": other, "decoder": other, role: replace(known, id=name)}
    folders = {"encoder": marked(tiny_encoder_folder, learned["encoder"]),
               "decoder": marked(tiny_decoder_folder, learned["decoder"])}
    error = refused("augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", "--held-out",
                    spectra, "--rejects", tmp_path / "rejects.csv", "--hub", tiny_hub_folder,
                    "--encoder", folders["encoder"], "--decoder", folders["decoder"])
    assert f"Error: {role} mass_spec/" in error
    assert f"({folders[role]}) {LEARNED}{spectra}, record 2), known by its " in error


def test_a_model_that_does_not_say_from_what_it_learned_is_refused_with_held_out_samples(
        refused: Refused, models: Models, marked: Marked, tiny_encoder_folder: Path, spectra: Path,
        tmp_path: Path) -> None:
    def error(*more: object) -> str:
        return refused("augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", "--held-out",
                       spectra, *models, *more)

    assert "encoder mass_spec/table1 (" in (found := error())
    assert "its folder does not say what it was trained on" in found
    (tmp_path / "one.msp").write_text("Name: x\nNum Peaks: 1\n31 100\n")
    encoder = marked(tiny_encoder_folder, *_read(tmp_path / "one.msp"))
    assert "decoder mass_spec/table2 (" in error("--encoder", encoder)


def test_marks_that_were_altered_are_refused(refused: Refused, models: Models, marked: Marked,
                                             tiny_encoder_folder: Path, spectra: Path,
                                             tmp_path: Path) -> None:
    encoder = marked(tiny_encoder_folder, *_read(spectra))
    (encoder / TRAINING).write_bytes((encoder / TRAINING).read_bytes()[:-1] + b"\7")
    assert f"{TRAINING} is not the one that card.json describes" in refused(
        "augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", *models, "--encoder", encoder)


@pytest.mark.parametrize(("file", "sentence"), [
    ("missing.msp", "missing.msp: no such file"),
    ("empty.msp", "empty.msp: the file is empty"),
    ("truncated.msp", "truncated.msp, record 1 (T1): found 3 peaks, expected the 5"),
])
def test_held_out_samples_that_cannot_be_read_are_refused(
        refused: Refused, marked: Marked, tiny_hub_folder: Path, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path, spectra: Path, tmp_path: Path, file: str, sentence: str,
        ) -> None:
    folders = [marked(folder, *_read(spectra))
               for folder in (tiny_encoder_folder, tiny_decoder_folder)]
    assert sentence in refused(
        "augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", "--held-out", HOSTILE / file,
        "--rejects", tmp_path / "rejects.csv", "--hub", tiny_hub_folder, "--encoder", folders[0],
        "--decoder", folders[1])


def test_the_list_of_rejects_cannot_be_the_held_out_file(refused: Refused, models: Models,
                                                         spectra: Path, uneven: Path,
                                                         tmp_path: Path) -> None:
    assert "--rejects names another file" in refused(
        "augment", "mass_spec", spectra, "-o", tmp_path / "out.msp", "--held-out", uneven,
        "--rejects", uneven, "--force", *models)
