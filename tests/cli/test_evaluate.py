from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from chemtranslate.chemical import standardise
from chemtranslate.splits import part

HOSTILE = Path(__file__).parent / "hostile"
ROAD = ("--from", "mass_spec", "--to", "mass_spec")
Run = Callable[..., Result]
Models = tuple[object, ...]


def test_figures_are_given_for_each_record_and_on_average(run: Run, models: Models, spectra: Path,
                                                          tmp_path: Path) -> None:
    result = run("evaluate", *ROAD, spectra, "--json", "-o", tmp_path / "figures.json", *models)
    figures = json.loads(result.stdout)
    assert json.loads((tmp_path / "figures.json").read_text()) == figures
    assert [row["id"] for row in figures["records"]] == ["T1", "T2", "T3"]
    assert {"weighted cosine", "mse"} <= set(figures["mean"])
    for name, mean in figures["mean"].items():
        values = [row[name] for row in figures["records"]]
        assert mean == pytest.approx(np.mean(values), abs=1e-3)
        assert figures["median"][name] == pytest.approx(np.median(values), abs=1e-3)


def test_without_json_the_same_figures_are_a_table(run: Run, models: Models, spectra: Path) -> None:
    lines = run("evaluate", *ROAD, spectra, *models).stdout.splitlines()
    assert lines[0].startswith("id\t")
    assert [line.split("\t")[0] for line in lines] == ["id", "T1", "T2", "T3", "mean", "median"]


def test_everything_read_is_measured_or_rejected(run: Run, models: Models, tmp_path: Path) -> None:
    path = shutil.copy(HOSTILE / "mixed.msp", tmp_path)
    result = run("evaluate", *ROAD, path, "--rejects", tmp_path / "rejects.csv", "--json", *models)
    assert len(json.loads(result.stdout)["records"]) == 2
    assert "read 6 / written 2 / rejected 4" in result.stderr
    assert len((tmp_path / "rejects.csv").read_text().splitlines()) == 5


def test_structures_are_evaluated_by_whether_they_come_back(run: Run, tiny_hub_folder: Path,
                                                            tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("CCO in\nCCCCCl out\n")
    result = run("evaluate", "--from", "chemception", "--to", "chemception", tmp_path / "in.smi",
                 "--json", "--hub", tiny_hub_folder)
    rows = json.loads(result.stdout)["records"]
    assert [row["same chemical"] for row in rows] == [1, 0]


def test_the_study_of_held_out_replicates_prints_json(run: Run, models: Models, tmp_path: Path,
                                                      ) -> None:
    rng = np.random.default_rng(0)
    records = []
    for number in range(6):
        peaks = sorted(rng.choice(np.arange(15, 90), 12, replace=False))
        lines = "\n".join(f"{mz} {rng.integers(5, 100)}" for mz in peaks)
        records.append(f"Name: ethanol\nDB#: E{number}\nSMILES: CCO\nNum Peaks: 12\n{lines}\n")
    (tmp_path / "in.msp").write_text("\n".join(records))
    result = run("evaluate", *ROAD, tmp_path / "in.msp", "--held-out", "--seed", 2, "--json",
                 *models)
    figures = json.loads(result.stdout)
    assert figures["known chemicals"] == 1
    assert figures["their training samples"] == 5


@pytest.fixture
def paired(tmp_path: Path) -> tuple[Path, Path]:
    """Structures and their spectra: chemicals of the test part, and one to learn from."""
    smiles = [f"{'C' * n}{end}" for n in range(1, 19) for end in ("O", "N", "Cl", "Br", "C#N")]
    chosen = [one for one in smiles if part(standardise(one)[1]) == "test"] + ["CCO"]
    assert len(chosen) > 3
    rng = np.random.default_rng(0)
    records = []
    for one in chosen:
        peaks = "\n".join(f"{mz} {rng.integers(5, 100)}"
                          for mz in sorted(rng.choice(np.arange(15, 90), 12, replace=False)))
        records.append(f"NAME: {one}\nSMILES: {one}\nNum Peaks: 12\n{peaks}\n\n")
    (tmp_path / "spectra.msp").write_text("".join(records))
    (tmp_path / "chemicals.smi").write_text("".join(f"{one} {one}\n" for one in chosen))
    return tmp_path / "chemicals.smi", tmp_path / "spectra.msp"


def test_two_modalities_are_compared_where_both_have_measured(
        run: Run, paired: tuple[Path, Path], tmp_path: Path, tiny_hub_folder: Path,
        tiny_decoder_folder: Path) -> None:
    decoder = shutil.copytree(tiny_decoder_folder, tmp_path / "decoder")
    asked = ("evaluate", "--from", "chemception", "--to", "mass_spec", paired[0], "--against",
             paired[1], "--hub", tiny_hub_folder, "--decoder", decoder)
    figures = json.loads(run(*asked, "--json", "--on-card").stdout)
    assert figures["training chemicals measured by both"] == 1
    shown = run(*asked).stdout
    for way in figures["ways"]:
        assert way[:12] in shown
    (stated,) = json.loads((decoder / "card.json").read_text())["metrics"]["translations"].items()
    assert stated[0] == "chemception"
    assert stated[1]["recall@10"] == figures["ways"]["translated"]["recall@10"]
    assert stated[1]["unseen chemicals"] == figures["unseen chemicals"]


def test_what_finds_structures_is_on_the_card_of_the_encoder(
        run: Run, paired: tuple[Path, Path], tmp_path: Path, tiny_hub_folder: Path,
        tiny_encoder_folder: Path) -> None:
    encoder = shutil.copytree(tiny_encoder_folder, tmp_path / "encoder")
    figures = json.loads(run(
        "evaluate", "--from", "mass_spec", "--to", "chemception", paired[1], "--against",
        paired[0], "--hub", tiny_hub_folder, "--encoder", encoder, "--json", "--on-card").stdout)
    stated = json.loads((encoder / "card.json").read_text())["metrics"]["translations"]
    assert stated == {"chemception": {**figures["ways"]["by hub vector"],
                                      "unseen chemicals": figures["unseen chemicals"]}}


@pytest.mark.parametrize(("options", "reason"), [
    (("--to", "chemception"), "without --against"),
    (("--to", "mass_spec", "--against", "x.msp"), "with --against"),
    (("--to", "mass_spec", "--on-card"), "give one of them"),
    (("--to", "chemception", "--against", "x.smi", "--held-out"), "between two"),
])
def test_options_that_cannot_be_meant_together_are_an_error(
        refused: Callable[..., str], paired: tuple[Path, Path], options: tuple[str, ...],
        reason: str) -> None:
    assert reason in refused("evaluate", "--from", "mass_spec", paired[1], *options)


def test_the_matrix_of_modalities_says_how_well_each_translates(run: Run) -> None:
    cells = json.loads(run("modalities", "--json").stdout)
    assert cells["chemception"]["mass_spec"]["state"] in ("measured", "not measured")
    if "infrared" in cells:
        assert cells["mass_spec"]["infrared"]["state"] == "to be trained"
    shown = run("modalities").stdout
    for name in cells:
        assert name in shown
