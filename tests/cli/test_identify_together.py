"""Identification by several sensors' samples of the same unknowns."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from tests.cli.conftest import Run, counted

Refused = Callable[..., str]
RECORD = "NAME: {name}\nNum Peaks: 3\n31 100\n45 50\n46 20\n\n"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def unknowns(tmp_path: Path) -> Path:
    path = tmp_path / "unknowns.msp"
    path.write_text("".join(RECORD.format(name=name) for name in ("u1", "u2", "u3")))
    return path


@pytest.fixture
def asked(lookup: tuple[object, ...], unknowns: Path, tmp_path: Path) -> tuple[object, ...]:
    return ("identify", "--from", "mass_spec", unknowns, "-o", tmp_path / "hits.csv",
            "--top-k", 2, *lookup)


def test_samples_of_one_id_are_of_one_unknown(
        run: Run, asked: tuple[object, ...], tmp_path: Path) -> None:
    structures = tmp_path / "structures.csv"
    structures.write_text("id,smiles\nu3,CCO\nu1,CCCCO\nelse,CCCl\nbad,C(C\n")
    result = run(*asked, "--with", f"chemception={structures}", "--rejects", tmp_path / "r.csv")
    hits = rows_of(tmp_path / "hits.csv")
    assert {row["query"]: row["sensors"] for row in hits} == {
        "u1": "mass_spec+chemception", "u2": "mass_spec", "u3": "mass_spec+chemception"}
    assert counted(result) == (7, 5, 2)
    assert {row["name"]: row["kind"] for row in rows_of(tmp_path / "r.csv")} == {
        "else": "no partner", "bad": "unusable"}
    assert "2 unknowns by mass_spec and chemception\n1 unknown by mass_spec\n" in result.stderr
    assert "does not state how far it is off" in result.stderr


def test_samples_without_a_common_id_go_by_order(
        run: Run, asked: tuple[object, ...], tmp_path: Path) -> None:
    structures = tmp_path / "structures.csv"
    structures.write_text("id,smiles\na,CCO\nb,CCCCO\nc,CCCl\n")
    result = run(*asked, "--with", f"chemception={structures}")
    assert counted(result) == (6, 6, 0)
    assert all("chemception" in row["sensors"] for row in rows_of(tmp_path / "hits.csv"))


@pytest.mark.parametrize(("text", "reason"), [
    ("id,smiles\na,CCO\nb,CCCCO\n", "3 mass_spec and 2 chemception samples without a common id"),
    ("id,smiles\na,CCO\nb,CCCCO\nc,CC\nd,[*]\n", "without a common id, 1 more unusable"),
    ("id,smiles\nu1,CCO\nu1,CCCCO\nu2,CC\n", "2 chemception samples with the id 'u1'"),
])
def test_samples_that_cannot_be_told_apart_are_an_error(
        refused: Refused, asked: tuple[object, ...], tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "structures.csv").write_text(text)
    assert reason in refused(*asked, "--with", f"chemception={tmp_path / 'structures.csv'}")


@pytest.mark.parametrize(("option", "value", "reason"), [
    ("--with", "chemception", "expected MODALITY=FILE"),
    ("--with", "mass_spec=x.msp", "there are mass_spec samples already"),
    ("--with", "mass_spek=x.msp", "unknown modality 'mass_spek'"),
    ("--with", "chemception=none.csv", "none.csv: no such file"),
    ("--with-encoder", "chemception", "expected MODALITY=NAME"),
    ("--with-encoder", "chemception=chemception/hub", "--with names no chemception samples"),
])
def test_what_cannot_be_meant_is_an_error(refused: Refused, asked: tuple[object, ...],
                                          option: str, value: str, reason: str) -> None:
    assert reason in refused(*asked, option, value)


def test_an_error_that_is_not_the_hubs_is_refused(
        refused: Refused, asked: tuple[object, ...], tiny_encoder_folder: Path, tmp_path: Path
) -> None:
    *others, encoder = asked
    assert encoder == tiny_encoder_folder
    sure = tmp_path / "sure"
    shutil.copytree(tiny_encoder_folder, sure)
    (tmp_path / "s.csv").write_text("id,smiles\nu1,CCO\n")
    for stored, reason in (([0.0] * 3, "errors along 3 axes, the hub has 512"),
                           ([np.nan] * 512, "expected errors, one number an axis")):
        save_file({"error": np.array(stored, np.float32)}, sure / "error.safetensors")
        assert reason in refused(*others, sure, "--with", f"chemception={tmp_path / 's.csv'}")
