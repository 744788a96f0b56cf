"""The experiment from a file to a report, with models that hardly learn anything."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from chemtranslate.cli import main
from chemtranslate.errors import InputError, MissingExtraError, OutputError
from chemtranslate.sample import Sample
from chemtranslate_mass_spec.binning import FORM
from chemtranslate_mass_spec.experiment import pretraining, stages, whole
from chemtranslate_mass_spec.experiment.library import gathered
from chemtranslate_mass_spec.experiment.plan import Plan, quick
from chemtranslate_mass_spec.experiment.replicates import collect
from chemtranslate_mass_spec.experiment.sibling import SiblingSettings
from chemtranslate_mass_spec.msp import write_msp
from chemtranslate_mass_spec.spectrum import Spectrum

from .conftest import STRUCTURES, replicate

OTHERS = ("CCCCCCCCN", "CCCCCCCCl", "c1ccc2ccccc2c1", "CCCCOCCCC")
TINY = quick(Plan()).model_copy(update={
    "seeds": 1, "regimes": (1,), "quality_seeds": 2, "paper_draws": 1, "copies": 1,
    "ratios": (1.0,), "sibling": SiblingSettings(hidden=16, epochs=1),
    **{name: getattr(quick(Plan()), name).model_copy(update={"epochs": 1})
       for name in ("encoder", "pair", "vae", "acquaintance", "tuning", "whole", "scratch")},
})
TABLES = {"library", "table-1", "table-2", "table-3", "table-4", "library-match", "memorisation",
          "table-5", "draws", "ratio", "accuracies", "adapters"}
FIGURES = {"figure-2", "figure-3", "figure-4", "figure-6", "figure-7", "figure-8", "figure-9",
           "figure-10", "accuracy", "ratio", "siblings", "z-instrument"}


def refused(*arguments: object) -> str:
    """Return the one sentence with which the command ends."""
    result = CliRunner().invoke(main, list(map(str, arguments)))
    assert result.exit_code == 2, result.output
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1, result.stderr
    return errors[0]


def library(path: Path, samples: Iterable[Sample]) -> Path:
    with path.open("wb") as stream:
        write_msp(samples, stream)
    return path


@pytest.fixture
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretraining, "FEWEST", 4)
    monkeypatch.setattr(pretraining, "FEWEST_REPLICATED", 2)


def test_a_report_is_made_resumed_and_protected(
        tmp_path: Path, library_samples: list[Sample], tiny_hub_folder: Path,
        few_are_enough: None, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [replicate(smiles, number) for smiles in OTHERS for number in range(2)]
    unusable = replace(library_samples[0], id="nobody", chemical=None)
    file = library(tmp_path / "library.msp", [*library_samples, *others, unusable])
    folder = tmp_path / "report"
    request = whole.Request((str(file),), folder, hub=str(tiny_hub_folder))
    whole.conduct(request, TINY)

    results = json.loads((folder / "results.json").read_text())
    assert {table["name"] for table in results["tables"]} == TABLES
    assert {figure["name"] for figure in results["figures"]} == FIGURES
    assert all((folder / f"figures/{name}.png").stat().st_size > 5000 for name in FIGURES)
    read = {row[0]: row[1] for row in results["tables"][0]["rows"]}
    assert read["records read"] == len(library_samples) + len(others) + 1
    assert read["records set aside, each with a reason in rejects.csv"] == 1
    with (folder / "rejects.csv").open() as stream:
        assert [row["name"] for row in csv.DictReader(stream)] == ["nobody"]
    ways = [row[0] for row in next(t for t in results["tables"] if t["name"] == "table-4")["rows"]]
    assert any("baseline" in way for way in ways)

    def refuse(*args: object) -> None:
        raise AssertionError("trained again")

    def written() -> dict[Path, int]:
        return {one: one.stat().st_mtime_ns for one in (folder / "stages").rglob("*.*")
                if one.name != "time.json"}

    before = written()
    monkeypatch.setattr(whole.run, "_do", refuse)
    monkeypatch.setattr(whole, "tables", lambda *of: [])
    monkeypatch.setattr(whole, "figures", lambda *of: [])
    whole.conduct(request, TINY)
    assert written() == before

    asked = []
    monkeypatch.setattr(whole.run, "drawn", lambda stages, case, plan, done: asked.append(plan))
    whole.conduct(request, TINY.model_copy(update={"seeds": 5}))
    assert [plan.seeds for plan in asked] == [5]  # more draws go on in the same folder

    with pytest.raises(OutputError, match="report of 5 draws, this one would have 2; use --force"):
        whole.conduct(request, TINY)
    with pytest.raises(OutputError, match="other plan; use --force"):
        whole.conduct(request, TINY.model_copy(update={"copies": 2, "seeds": 5}))

    def stop(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(whole.run, "pretrained", stop)
    forced = replace(request, force=True)
    with pytest.raises(KeyboardInterrupt):
        whole.conduct(forced, TINY.model_copy(update={"copies": 2}))
    assert {one.name for one in folder.rglob("*") if one.is_file()} == {
        "rejects.csv", "run.json", "time.json", "points.safetensors"}  # nothing of the old report


def test_a_refused_run_leaves_the_rejects_of_the_other(
        tmp_path: Path, library_samples: list[Sample], tiny_hub_folder: Path,
        few_are_enough: None) -> None:
    folder = tmp_path / "report"
    stages.Stages(folder / "stages", {"library": "another"})
    (folder / "rejects.csv").write_text("of the other run")
    others = [replicate(smiles, number) for smiles in OTHERS for number in range(2)]
    file = library(tmp_path / "library.msp", [*library_samples, *others])
    request = whole.Request((str(file),), folder, hub=str(tiny_hub_folder))
    with pytest.raises(OutputError, match="holds a run with other"):
        whole.conduct(request, TINY)
    assert (folder / "rejects.csv").read_text() == "of the other run"


def test_a_run_killed_while_reading_can_be_given_again(tmp_path: Path) -> None:
    (tmp_path / ".rejects.csv.abc.part").write_text("half")
    whole._expect_ours(tmp_path)


def test_regimes_that_no_chemical_allows_are_left_out_with_a_sentence(
        library_samples: list[Sample], capsys: pytest.CaptureFixture[str]) -> None:
    replicates = collect(library_samples, FORM)
    few = np.arange(len(replicates)) // 3  # two groups of three each
    plan = whole.feasible(Plan(), replace(replicates, groups=few))
    assert (plan.regimes, plan.training) == ((1, 2, 3), 3)
    assert "left out: 4 training spectra" in capsys.readouterr().err
    one = replace(replicates, groups=replicates.own)
    with pytest.raises(InputError, match="no chemical with a spectrum to train on and another"):
        whole.feasible(Plan(), one)


def test_what_a_run_needs_is_missed_before_it_begins(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "EXTRAS", ("sklearn", "no_such_package"))
    with pytest.raises(MissingExtraError, match="experiment"):
        whole.conduct(whole.Request(("nothing.msp",), tmp_path / "report"))


def test_time_left_follows_what_was_done_now(capsys: pytest.CaptureFixture[str]) -> None:
    with whole.counted("draws", {"a": 5.0, "b": 1.0, "c": 1.0}) as done:
        done("a", was_there=True)
        done("b")
        done("c")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "draws: 1 of 3 (a), was there"
    assert lines[2].startswith("draws: 3 of 3 (c)")
    assert lines[2].endswith("about 0.0 min left")


def test_a_run_is_known_by_its_spectra_and_their_order(
        library_samples: list[Sample]) -> None:
    digests = {gathered(samples, ()).digest for samples in (
        library_samples, library_samples[::-1],
        [changed(library_samples[0], np.arange(50.0, 60.0), np.arange(1.0, 11.0)),
         *library_samples[1:]])}
    assert len(digests) == 3
    again = gathered(library_samples, library_samples)
    assert again.digest in digests


def changed(sample: Sample, mz: np.ndarray, intensities: np.ndarray) -> Sample:
    return replace(sample, signal=Spectrum.of(mz, intensities))


CHEMICAL = STRUCTURES[0]
BAD = {
    "one spectrum of each chemical": (
        [replicate(smiles, 0) for smiles in STRUCTURES],
        r"no chemical with 5 different spectra \(the most of one chemical: 1\)"),
    "one chemical": (
        [replicate(CHEMICAL, number) for number in range(6)],
        r"found one chemical .*expected at least two"),
    "no structures": (
        [replace(replicate(CHEMICAL, number), chemical=None) for number in range(6)],
        r"none of 6 records could be used, the first because: .*record 1 .*no?.*structure"),
    "all identical": (
        [replace(replicate(CHEMICAL, 0), id=f"same-{number}") for number in range(6)],
        r"the most of one chemical: 1"),
    "peaks far out of range": (
        [changed(replicate(CHEMICAL, number), np.linspace(900, 2000, 12), np.arange(1.0, 13.0))
         for number in range(6)],
        r"none of 6 records could be used, the first because: .*base peak"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_library_that_allows_no_experiment_is_told_why(
        case: str, tmp_path: Path, tiny_hub_folder: Path) -> None:
    samples, message = BAD[case]
    file = library(tmp_path / "library.msp", samples)
    error = refused("experiment", "mass_spec", file, "-o", tmp_path / "report", "--hub",
                    tiny_hub_folder)
    assert re.search(message, error)
    assert str(file) in error
    left = {one.name for one in (tmp_path / "report").glob("*")}
    assert left == ({"rejects.csv"} if "could be used" in error else set())


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, spectra: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    for more in ((), ("--force",)):
        error = refused("experiment", "mass_spec", spectra, "-o", tmp_path / "mine", *more)
        assert "holds something else than an experiment" in error
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_full_disk_is_one_sentence_and_the_run_goes_on_later(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = stages.Stages(tmp_path / "run", {})

    def full(*args: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("chemtranslate.files.os.replace", full)
        with pytest.raises(OutputError, match=r"a\.json: cannot be written: No space left"):
            made.data("a", lambda: 1)
    assert not made.done("a")
    assert made.data("a", lambda: 2) == 2
