from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from chemtranslate.hub import Hub
from chemtranslate.plugins import Registry
from chemtranslate.sample import Sample
from chemtranslate.translator import Translator
from tests.conftest import SPECTRA

HOSTILE = Path(__file__).parent / "hostile"
ROAD = ("--from", "mass_spec", "--to", "mass_spec")
Run = Callable[..., Result]
Models = tuple[object, ...]


def _read(path: Path, modality: str = "mass_spec") -> list[Sample]:
    return list(Translator().read(path, modality=modality))


def test_every_record_is_translated_and_names_its_origin(run: Run, models: Models, spectra: Path,
                                                         tiny_hub: Hub, tmp_path: Path) -> None:
    before = spectra.read_bytes()
    result = run("translate", *ROAD, spectra, "-o", tmp_path / "out.msp", *models)
    made = _read(tmp_path / "out.msp")
    assert [sample.id for sample in made] == ["T1", "T2", "T3"]
    assert [sample.metadata["Source_id"] for sample in made] == ["T1", "T2", "T3"]
    assert {sample.metadata["Hub"] for sample in made} == {tiny_hub.id}
    assert all(float(mz).is_integer() for sample in made for mz in sample.signal.mz)
    assert {float(sample.signal.intensities.max()) for sample in made} == {100.0}
    assert f"read 3 / written 3 / rejected 0 -> {tmp_path / 'out.msp'}" in result.stderr
    assert tiny_hub.id in result.stderr
    assert result.stdout == ""
    assert spectra.read_bytes() == before


def test_rejects_are_listed_and_everything_read_is_written_or_rejected(
        run: Run, models: Models, tmp_path: Path) -> None:
    path = shutil.copy(HOSTILE / "mixed.msp", tmp_path)
    result = run("translate", *ROAD, path, "-o", tmp_path / "out.msp", "--rejects",
                 tmp_path / "rejects.csv", "--json", *models)
    outcome = json.loads(result.stdout)
    assert (outcome["read"], outcome["written"], outcome["rejected"]) == (6, 2, 4)
    assert sum(outcome["rejects"].values()) == 4
    assert outcome["output"] == str(tmp_path / "out.msp")
    assert [sample.id for sample in _read(tmp_path / "out.msp")] == ["T1", "T5"]
    with (tmp_path / "rejects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["file", "record", "name", "kind", "reason"]
    assert sorted((row["record"], row["name"]) for row in rows) == [
        ("2", "T2"), ("3", "T3"), ("4", "T4"), ("6", "T6")]
    assert {row["file"] for row in rows} == {str(path)}
    assert all(row["kind"] and row["reason"] for row in rows)


def test_a_sound_record_that_does_not_fit_is_rejected_on_stderr_and_the_rest_goes_on(
        run: Run, models: Models, spectra: Path, tmp_path: Path) -> None:
    result = run("translate", *ROAD, HOSTILE / "heavy.msp", spectra, "-o", tmp_path / "out.msp",
                 *models)
    assert "rejected: " in result.stderr
    assert "heavy.msp, record 1 (T1)" in result.stderr
    assert "read 4 / written 3 / rejected 1" in result.stderr


def test_the_list_of_rejects_stays_when_nothing_could_be_used(run: Run, models: Models,
                                                              tmp_path: Path) -> None:
    run("translate", *ROAD, HOSTILE / "nan_mz.msp", "-o", tmp_path / "out.msp", "--rejects",
        tmp_path / "rejects.csv", *models, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["rejects.csv"]
    assert "m/z nan" in (tmp_path / "rejects.csv").read_text()


def test_files_gzip_standard_input_and_output_carry_the_same(run: Run, models: Models,
                                                             spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "in.msp.gz").write_bytes(gzip.compress(spectra.read_bytes()))
    run("translate", *ROAD, spectra, "-o", tmp_path / "a.msp", *models)
    run("translate", *ROAD, tmp_path / "in.msp.gz", "-o", tmp_path / "b.msp.gz", *models)
    piped = run("translate", *ROAD, "-", "-o", "-", *models, stdin=SPECTRA.encode())
    plain = (tmp_path / "a.msp").read_bytes()
    assert gzip.decompress((tmp_path / "b.msp.gz").read_bytes()) == plain
    assert piped.stdout_bytes == plain


def test_force_replaces_the_output(run: Run, models: Models, spectra: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.msp"
    out.write_text("old")
    run("translate", *ROAD, spectra, "-o", out, "--force", *models)
    assert len(_read(out)) == 3


def test_structures_become_spectra_and_spectra_structures(
        run: Run, tiny_hub_folder: Path, tiny_hub: Hub, tiny_encoder_folder: Path,
        tiny_decoder_folder: Path, spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("CCO ethanol\nCC(=O)[O-].[Na+] acetate\n")
    run("translate", "--from", "chemception", "--to", "mass_spec", tmp_path / "in.smi", "-o",
        tmp_path / "out.msp", "--hub", tiny_hub_folder, "--decoder", tiny_decoder_folder)
    assert [sample.id for sample in _read(tmp_path / "out.msp")] == ["ethanol", "acetate"]
    run("translate", "--from", "mass_spec", "--to", "chemception", spectra, "-o",
        tmp_path / "out.csv", "--hub", tiny_hub_folder, "--encoder", tiny_encoder_folder)
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["T1", "T2", "T3"]
    known = {entry.smiles for entry in tiny_hub.reference.entries}
    assert {row["smiles"] for row in rows} <= known
    again = _read(tmp_path / "out.csv", "chemception")
    assert [sample.signal.smiles for sample in again] == [row["smiles"] for row in rows]


def test_auto_chooses_by_region_and_each_record_says_which(
        run: Run, models: Models, install_jitter: Callable[[], Registry], spectra: Path,
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = install_jitter()
    own = plugins.modality("mass_spec")
    monkeypatch.setitem(plugins._specs["modality"], own.name,
                        own.model_copy(update={"auto": "mass_spec/jitter"}))
    result = run("translate", *ROAD, spectra, "-o", tmp_path / "out.msp", *models, "--decoder",
                 "auto")
    assert "decoder mass_spec/jitter" in result.stderr
    for sample in _read(tmp_path / "out.msp"):
        assert sample.metadata["Decoder"].startswith("mass_spec/jitter ")
        assert sample.metadata["Decoder_region"] in ("few", "many")
    result = run("evaluate", *ROAD, spectra, "--json", *models, "--decoder", "auto")
    assert json.loads(result.stdout)["decoder"] == "mass_spec/jitter"
    result = run("augment", "mass_spec", spectra, "-o", tmp_path / "more.msp", *models, "--decoder",
                 "auto")
    assert {s.metadata["Hub_vector"] for s in _read(tmp_path / "more.msp")} == {"structure"}
    assert all("Decoder_region" in s.metadata for s in _read(tmp_path / "more.msp"))


@pytest.mark.parametrize("name", ["out.msp", "out.mgf"])
def test_what_was_written_can_be_translated_again(run: Run, models: Models, spectra: Path,
                                                  tmp_path: Path, name: str) -> None:
    run("translate", *ROAD, spectra, "-o", tmp_path / name, *models)
    result = run("translate", *ROAD, tmp_path / name, "-o", tmp_path / "again.msp", *models)
    assert "read 3 / written 3 / rejected 0" in result.stderr
    assert [sample.id for sample in _read(tmp_path / "again.msp")] == ["T1", "T2", "T3"]
