"""Bad input: a sentence, exit code 2, no traceback, and not a file in the folder changed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from safetensors.numpy import load_file, save_file

from chemtranslate.artefact import CARD, TENSORS

HOSTILE = Path(__file__).parent / "hostile"
ROAD = ("--from", "mass_spec", "--to", "mass_spec")
Refused = Callable[..., str]
Models = tuple[object, ...]


@pytest.mark.parametrize(("file", "sentence"), [
    ("missing.msp", "missing.msp: no such file"),
    ("empty.msp", "empty.msp: the file is empty"),
    ("no_records.msp", "no_records.msp: found an empty"),
    ("garbage.msp", "garbage.msp: found a NUL byte at offset"),
    ("text.msp", "text.msp: found no `Name:` field in the first record"),
    ("truncated.msp", "truncated.msp, record 1 (T1): found 3 peaks, expected the 5"),
    ("truncated.msp.gz", "truncated.msp.gz: damaged or truncated gzip data"),
    ("nan_mz.msp", "nan_mz.msp, record 1 (T1): found m/z nan at peak 2"),
    ("negative_mz.msp", "negative_mz.msp, record 1 (T1): found m/z -27 at peak 1"),
    ("zero_peaks.msp", "zero_peaks.msp, record 1 (T1): found no peaks"),
    ("heavy.msp", "none of 1 records could be used, the first because: "),
    (".", "is a folder, expected a file"),
])
@pytest.mark.parametrize("command", ["translate", "embed", "augment"])
def test_a_hostile_file_is_refused_in_its_sentence(
        refused: Refused, models: Models, lookup: Models, tmp_path: Path, command: str, file: str,
        sentence: str) -> None:
    path = HOSTILE / file
    arguments = {
        "translate": ("translate", *ROAD, path, "-o", tmp_path / "out.msp", *models),
        "embed": ("embed", "--from", "mass_spec", path, "-o", tmp_path / "table", *lookup),
        "augment": ("augment", "mass_spec", path, "-o", tmp_path / "out.msp", *models),
    }[command]
    assert sentence in refused(*arguments)


def test_a_good_file_before_a_bad_one_leaves_nothing_either(refused: Refused, models: Models,
                                                            spectra: Path, tmp_path: Path) -> None:
    assert "no such file" in refused("translate", *ROAD, spectra, tmp_path / "none.msp", "-o",
                                     tmp_path / "out.msp", "--rejects", tmp_path / "r.csv",
                                     *models)
    shutil.copy(HOSTILE / "garbage.msp", tmp_path)
    assert "NUL byte" in refused("translate", *ROAD, spectra, tmp_path / "garbage.msp", "-o",
                                 tmp_path / "out.msp", *models)


def test_an_unknown_modality_suggests_the_nearest(refused: Refused, models: Models, spectra: Path,
                                                  tmp_path: Path) -> None:
    out = tmp_path / "out.msp"
    for road in (("mas_spec", "mass_spec"), ("mass_spec", "mass-spec")):
        error = refused("translate", "--from", road[0], "--to", road[1], spectra, "-o", out,
                        *models)
        assert "unknown modality" in error
        assert "did you mean mass_spec?" in error
    assert "did you mean mass_spec?" in refused("prepare", "masspec", spectra, "-o", out)


@pytest.mark.parametrize("command", ["translate", "embed", "identify", "augment", "prepare"])
def test_an_output_that_exists_is_kept_without_force(
        refused: Refused, models: Models, lookup: Models, spectra: Path, tmp_path: Path,
        command: str) -> None:
    out = tmp_path / "out.msp"
    out.write_text("precious")
    arguments = {
        "translate": (*ROAD, spectra, *models), "augment": ("mass_spec", spectra, *models),
        "embed": ("--from", "mass_spec", spectra, *lookup),
        "identify": ("--from", "mass_spec", spectra, *lookup),
        "prepare": ("mass_spec", spectra),
    }[command]
    assert "exists already; use --force" in refused(command, *arguments, "-o", out)
    assert "does not exist" in refused(command, *arguments, "-o", tmp_path / "none" / "out.msp")


def test_an_existing_list_of_rejects_is_kept_without_force(refused: Refused, models: Models,
                                                           spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("precious")
    assert "r.csv: exists already" in refused(
        "translate", *ROAD, spectra, "-o", tmp_path / "out.msp", "--rejects", tmp_path / "r.csv",
        *models)


def test_an_existing_evaluation_is_kept_and_refused_before_the_work(
        refused: Refused, models: Models, spectra: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    from chemtranslate.translator import Translator

    def work(self: object, modality: str) -> None:
        raise AssertionError("models were loaded for an output that cannot be written")

    monkeypatch.setattr(Translator, "encoder", work)
    (tmp_path / "out.json").write_text("precious")
    assert "exists already" in refused("evaluate", *ROAD, spectra, "-o", tmp_path / "out.json",
                                       *models)


def test_force_never_replaces_a_folder_that_is_no_table(refused: Refused, lookup: Models,
                                                        spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.tex").write_text("precious")
    error = refused("embed", "--from", "mass_spec", spectra, "-o", tmp_path / "thesis", "--force",
                    *lookup)
    assert "thesis" in error


def test_a_model_made_for_another_hub_is_refused(refused: Refused, other_hub_folder: Path,
                                                 tiny_encoder_folder: Path, spectra: Path,
                                                 tmp_path: Path) -> None:
    error = refused("embed", "--from", "mass_spec", spectra, "-o", tmp_path / "table", "--hub",
                    other_hub_folder, "--encoder", tiny_encoder_folder)
    assert f"{tiny_encoder_folder}: this encoder was made for hub" in error
    assert "the hub in use is" in error


@pytest.mark.parametrize("command", ["translate", "augment", "evaluate", "train"])
def test_auto_is_refused_where_no_decoder_chooses_by_region(
        refused: Refused, models: Models, spectra: Path, tmp_path: Path, command: str,
        monkeypatch: pytest.MonkeyPatch) -> None:
    from chemtranslate.plugins import registry

    own = registry().modality("mass_spec")
    monkeypatch.setitem(registry()._specs["modality"], own.name,
                        own.model_copy(update={"auto": None}))
    out = ("-o", tmp_path / "out.msp")
    arguments = {
        "translate": (*ROAD, spectra, *out), "evaluate": (*ROAD, spectra, *out),
        "augment": ("mass_spec", spectra, *out),
        "train": ("mass_spec", spectra, *out, "--role", "decoder"),
    }[command]
    assert "modality 'mass_spec' has no decoder that chooses by region" in refused(
        command, *arguments, *models, "--decoder", "auto")


def test_a_table_made_with_another_hub_is_refused(
        run: Callable[..., object], refused: Refused, lookup: Models, other_hub_folder: Path,
        spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("CCO ethanol\n")
    run("embed", "--from", "chemception", tmp_path / "in.smi", "-o", tmp_path / "table", "--hub",
        other_hub_folder)
    error = refused("identify", "--from", "mass_spec", spectra, "--candidates", tmp_path / "table",
                    "-o", tmp_path / "hits.csv", *lookup)
    assert "its vectors were made with hub" in error


def _truncated(folder: Path) -> None:
    (folder / TENSORS).write_bytes((folder / TENSORS).read_bytes()[:-100])


def _of_another_role(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "role": "decoder"}))


def _of_other_weights(folder: Path) -> None:
    tensors = load_file(folder / TENSORS)
    name = next(name for name, tensor in tensors.items() if tensor.ndim)
    whole = {key: np.atleast_1d(tensor) for key, tensor in tensors.items()}
    save_file({**whole, name: whole[name] + 1}, folder / TENSORS)


def _of_no_card(folder: Path) -> None:
    (folder / CARD).unlink()


def _of_an_unknown_model(folder: Path) -> None:
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "name": "mass_spec/table9"}))


@pytest.mark.parametrize(("damage", "sentence"), [
    (_truncated, "model.safetensors: damaged or truncated"),
    (_of_another_role, "holds a model of role decoder, expected encoder"),
    (_of_other_weights, "its digest differs"),
    (_of_no_card, "not a model folder, expected card.json"),
    (_of_an_unknown_model, "unknown encoder 'mass_spec/table9': did you mean mass_spec/table1"),
])
def test_a_damaged_model_is_refused(
        refused: Refused, tiny_hub_folder: Path, tiny_encoder_folder: Path, spectra: Path,
        tmp_path: Path, damage: Callable[[Path], None], sentence: str) -> None:
    folder = shutil.copytree(tiny_encoder_folder, tmp_path / "model")
    damage(folder)
    assert sentence in refused("embed", "--from", "mass_spec", spectra, "-o", tmp_path / "table",
                               "--hub", tiny_hub_folder, "--encoder", folder)


@pytest.mark.parametrize(("damage", "sentence"), [
    (_truncated, "model.safetensors: damaged or truncated"),
    (_of_another_role, "holds a model of role decoder, expected a hub"),
    (_of_other_weights, "its digest differs"),
])
def test_a_damaged_hub_is_refused(refused: Refused, tiny_hub_folder: Path, tmp_path: Path,
                                  damage: Callable[[Path], None], sentence: str) -> None:
    folder = shutil.copytree(tiny_hub_folder, tmp_path / "hub")
    damage(folder)
    assert sentence in refused("hub", "info", "--hub", folder)


@pytest.mark.parametrize(("content", "sentence"), [
    ("name,cas\nethanol,64-17-5\n", "found columns name, cas, expected one named 'smiles'"),
    ("smiles\n", "found no record"),
    ("", "the file is empty"),
    ("smiles\nC1CC\nxyz\n", "found no usable candidate"),
])
def test_candidates_that_cannot_be_used_are_refused(
        refused: Refused, lookup: Models, spectra: Path, tmp_path: Path, content: str,
        sentence: str) -> None:
    (tmp_path / "candidates.csv").write_text(content)
    assert sentence in refused("identify", "--from", "mass_spec", spectra, "--candidates",
                               tmp_path / "candidates.csv", "-o", tmp_path / "hits.csv", *lookup)


@pytest.mark.parametrize(("arguments", "sentence"), [
    (("--remove", "0"), "0.0 is not in the range 0<x<1"),
    (("--remove", "1"), "1.0 is not in the range 0<x<1"),
    (("--copies", "0"), "--copies"),
    (("--seed", "-1"), "--seed"),
    (("--remove", "nan"), "nan"),
])
def test_settings_out_of_range_are_refused(refused: Refused, models: Models, spectra: Path,
                                           tmp_path: Path, arguments: tuple[str, str],
                                           sentence: str) -> None:
    assert sentence in refused("augment", "mass_spec", spectra, "-o", tmp_path / "out.msp",
                               *arguments, *models)


def test_pairs_that_nobody_measured_cannot_be_evaluated(refused: Refused, models: Models,
                                                        spectra: Path) -> None:
    assert "where the modalities differ, and only there" in refused(
        "evaluate", "--from", "mass_spec", "--to", "chemception", spectra, *models)


def test_in_a_shell_an_error_is_one_line_and_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("chemtranslate"), "translate", "--from", "mas_spec", "--to",
         "mas_spec", "in.msp", "-o", "out.msp"], cwd=tmp_path, text=True, capture_output=True,
        check=False, timeout=60, env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == 2
    assert re.fullmatch(r"Error: unknown modality 'mas_spec': did you mean mass_spec\? known are "
                        r"chemception, (.*, )?mass_spec(, .*)?\n", done.stderr)
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_rejects_cannot_be_the_output_or_an_input(
        refused: Refused, models: Models, spectra: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.msp"
    refused("translate", *ROAD, spectra, "-o", out, "--rejects", out, *models)
    refused("translate", *ROAD, spectra, "-o", out, "--rejects", spectra, "--force", *models)


@pytest.mark.parametrize("way", ["same", "link", "rejects"])
@pytest.mark.parametrize("command", [
    ("translate", *ROAD), ("augment", "mass_spec"), ("identify", "--from", "mass_spec"),
    ("prepare", "mass_spec"), ("plot", "mass_spec"), ("hub", "predict"), ("evaluate", *ROAD),
], ids=lambda command: command[0])
def test_what_a_command_reads_is_never_what_it_writes(
        refused: Refused, spectra: Path, tmp_path: Path, command: tuple[str, ...], way: str,
        tiny_hub_folder: Path) -> None:
    (tmp_path / "link.msp").symlink_to(spectra)
    written = {"same": ("-o", spectra), "link": ("-o", tmp_path / "link.msp"),
               "rejects": ("-o", tmp_path / "out.msp", "--rejects", spectra)}[way]
    if command[0] == "hub":
        (tmp_path / "spectra.msp").rename(tmp_path / "in.csv")
        spectra.symlink_to(tmp_path / "in.csv")
    hub = () if command[0] in ("prepare", "plot") else ("--hub", tiny_hub_folder)
    assert "names another file of this command" in refused(*command, spectra, *written, "--force",
                                                           *hub)


@pytest.mark.parametrize("arguments", [
    ("embed", "--from", "mass_spec", "spectra.msp"), ("index", "build", "spectra.msp"),
    ("train", "mass_spec", "spectra.msp"), ("train", "mass_spec", "spectra.msp", "--role",
                                            "encoder"), ("hub", "train", "--data", "."),
], ids=lambda arguments: arguments[0])
def test_a_folder_is_not_written_to_standard_output(
        refused: Refused, spectra: Path, tiny_hub_folder: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]) -> None:
    monkeypatch.chdir(tmp_path)
    hub = () if arguments[:2] == ("hub", "train") else ("--hub", tiny_hub_folder)
    assert "expected the name of" in refused(*arguments, "-o", "-", "--force", *hub)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_an_output_appears_only_if_the_rejects_could_be_written(
        refused: Refused, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles\nCCO\nC1CC\n")
    assert "/dev/full: cannot be written" in refused(
        "hub", "predict", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--rejects",
        "/dev/full", "--hub", tiny_hub_folder)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_standard_output_is_one_sentence(tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles\nCCO\n")
    with Path("/dev/full").open("wb") as full:
        made = subprocess.run(
            [sys.executable, "-c", "from chemtranslate.cli import main; main()", "hub", "predict",
             str(tmp_path / "in.csv"), "-o", "-", "--hub", str(tiny_hub_folder)],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert made.returncode == 2
    assert made.stderr == "Error: standard output: cannot be written: No space left on device\n"


def test_standard_input_is_called_so(run: Callable[..., Result], tiny_hub_folder: Path) -> None:
    said = run("hub", "predict", "-", "-o", "-", "--hub", tiny_hub_folder, code=2,
               stdin=b"name\nCCO\n").stderr
    assert said.startswith("Error: standard input: found columns name")


def test_json_and_an_output_do_not_share_standard_output(
        run: Callable[..., Result], tiny_hub_folder: Path) -> None:
    made = run("hub", "predict", "-", "-o", "-", "--json", "--hub", tiny_hub_folder,
               stdin=b"smiles\nCCO\n")
    assert [line.split(",")[0] for line in made.stdout.splitlines()] == ["id", "CCO"]
    assert json.loads(made.stderr.splitlines()[-1])["written"] == 1
