from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from chemtranslate_chemception.targets import TARGETS
from tests.cli.conftest import Run, counted


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_predictions_keep_the_structure_as_stated_and_name_their_columns_as_the_data(
        run: Run, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("name,smiles\nethanol,OCC\nacid,OC(=O)c1ccccc1\n")
    result = run("hub", "predict", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--hub",
                 tiny_hub_folder)
    rows = _rows(tmp_path / "out.csv")
    assert list(rows[0]) == ["id", "smiles", *TARGETS]
    assert [row["smiles"] for row in rows] == ["OCC", "OC(=O)c1ccccc1"]
    assert all(0 <= float(row[name]) <= 1 for row in rows for name in TARGETS[:-1])
    assert counted(result) == (2, 2, 0)


def test_any_way_of_writing_a_chemical_gives_the_same_predictions(
        run: Run, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("smiles\nCC(=O)Oc1ccccc1C(=O)O\nOC(=O)c1ccccc1OC(C)=O\n"
                                     "[Na+].[O-]C(=O)c1ccccc1OC(C)=O\n")
    run("hub", "predict", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--hub",
        tiny_hub_folder)
    first, *others = (list(row.values())[2:] for row in _rows(tmp_path / "out.csv"))
    assert others == [first, first]


def test_what_cannot_be_drawn_is_rejected_with_a_reason(run: Run, tiny_hub_folder: Path,
                                                        tmp_path: Path) -> None:
    structures = ["C1CC", "*", "[13CH4]", "[CH3]", "C" * 10_000, "CCO"]
    (tmp_path / "in.csv").write_text("\n".join(["smiles", *structures]) + "\n")
    result = run("hub", "predict", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--hub",
                 tiny_hub_folder, "--rejects", tmp_path / "rejects.csv")
    assert [row["smiles"] for row in _rows(tmp_path / "out.csv")] == ["[13CH4]", "[CH3]", "CCO"]
    assert counted(result) == (6, 3, 3)
    reasons = {row["record"]: row["reason"] for row in _rows(tmp_path / "rejects.csv")}
    assert "cannot parse" in reasons["1"]
    assert "dummy atoms" in reasons["2"]
    assert "10000 heavy atoms" in reasons["5"]


def test_one_structure_that_cannot_be_laid_out_does_not_take_its_batch_with_it(
        run: Run, tiny_hub_folder: Path, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    from chemtranslate.errors import StructureError
    from chemtranslate_chemception import hub_model

    plain = hub_model.draw_all

    def draw_all(smiles: list[str]) -> object:
        if "CCN" in smiles:
            raise StructureError("cannot draw 'CCN': no finite 2-D coordinates")
        return plain(smiles)

    monkeypatch.setattr(hub_model, "draw_all", draw_all)
    (tmp_path / "in.csv").write_text("smiles\nCCO\nNCC\nCCC\n")
    result = run("hub", "predict", tmp_path / "in.csv", "-o", tmp_path / "out.csv", "--hub",
                 tiny_hub_folder)
    assert [row["smiles"] for row in _rows(tmp_path / "out.csv")] == ["CCO", "CCC"]
    assert "in.csv, record 2" in result.stderr
    assert "no finite 2-D coordinates" in result.stderr
    assert counted(result) == (3, 2, 1)


@pytest.mark.parametrize(("text", "reason"), [
    ("", "empty"), ("smiles\n", "no record"), ("structure\nCCO\n", "smiles"),
    ("smiles\n*\n", "none of 1 records"),
])
def test_bad_files_are_refused_and_leave_nothing(
        refused: Callable[..., str], tiny_hub_folder: Path, tmp_path: Path, text: str,
        reason: str) -> None:
    (tmp_path / "in.csv").write_text(text)
    assert reason in refused("hub", "predict", tmp_path / "in.csv", "-o", tmp_path / "out.csv",
                             "--hub", tiny_hub_folder)
