from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
from click.testing import Result

from chemtranslate.hub import Hub
from chemtranslate.table import EmbeddingTable

HOSTILE = Path(__file__).parent / "hostile"
Run = Callable[..., Result]
Models = tuple[object, ...]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_identify_ranks_the_reference_chemicals_for_each_record(
        run: Run, lookup: Models, spectra: Path, tmp_path: Path, tiny_hub: Hub) -> None:
    result = run("identify", "--from", "mass_spec", spectra, "--top-k", 3, "-o",
                 tmp_path / "hits.csv", *lookup)
    rows = _rows(tmp_path / "hits.csv")
    assert list(rows[0]) == ["query", "rank", "name", "smiles", "inchikey", "similarity"]
    assert [(row["query"], row["rank"]) for row in rows] == [
        (name, rank) for name in ("T1", "T2", "T3") for rank in ("1", "2", "3")]
    known = {(e.name, e.smiles, e.inchikey) for e in tiny_hub.reference.entries}
    assert {(row["name"], row["smiles"], row["inchikey"]) for row in rows} <= known
    assert "read 3 / written 3 / rejected 0" in result.stderr


def test_a_structure_is_its_own_first_hit(run: Run, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("ethanol\n108-95-2\nCOc1cc(C=O)ccc1O\n")
    run("identify", "--from", "chemception", tmp_path / "in.txt", "--top-k", 1, "-o",
        tmp_path / "hits.csv", "--hub", tiny_hub_folder)
    rows = _rows(tmp_path / "hits.csv")
    assert [(row["query"], row["name"]) for row in rows] == [
        ("ethanol", "ethanol"), ("108-95-2", "phenol"), ("COc1cc(C=O)ccc1O", "vanillin")]
    assert all(float(row["similarity"]) > 0.999 for row in rows)


def test_candidates_of_ones_own_replace_the_reference_chemicals(
        run: Run, lookup: Models, spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "Name,SMILES,inchikey,colour\nours,CCCCO,LRHPLDYGYMQRHN-UHFFFAOYSA-N,red\n,CCCl,,blue\n")
    run("identify", "--from", "mass_spec", spectra, "--candidates", tmp_path / "mine.csv",
        "--top-k", 9, "-o", tmp_path / "hits.csv", *lookup)
    rows = _rows(tmp_path / "hits.csv")
    assert len(rows) == 6
    assert {(row["name"], row["smiles"], row["inchikey"][:14]) for row in rows} == {
        ("ours", "CCCCO", "LRHPLDYGYMQRHN"), ("CCCl", "CCCl", "HRYZWHHZPQKTII")}


def test_candidates_are_told_apart_by_structure_whatever_key_stands_beside_it(
        run: Run, lookup: Models, spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("smiles,name,inchikey\nCCO,ethanol,n/a\nCCC,propane,n/a\n"
                                       "c1ccccc1,benzene,\nCCO.c1ccccc1,mixture,\n")
    run("identify", "--from", "mass_spec", spectra, "--candidates", tmp_path / "mine.csv",
        "--top-k", 9, "-o", tmp_path / "hits.csv", *lookup)
    hits = [row["name"] for row in _rows(tmp_path / "hits.csv") if row["query"] == "T1"]
    assert sorted(hits) == ["benzene", "ethanol", "propane"]


def test_a_candidate_without_a_structure_is_listed_and_the_others_are_used(
        run: Run, lookup: Models, spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("smiles,name\nCCCCO,butanol\nC1CC,broken\nCCCl,good\n,no\n")
    result = run("identify", "--from", "mass_spec", spectra, "--candidates", tmp_path / "mine.csv",
                 "-o", tmp_path / "hits.csv", "--rejects", tmp_path / "rejects.csv", *lookup)
    assert {row["name"] for row in _rows(tmp_path / "hits.csv")} == {"butanol", "good"}
    rejects = _rows(tmp_path / "rejects.csv")
    assert [(row["file"], row["record"], row["name"]) for row in rejects] == [
        (str(tmp_path / "mine.csv"), "2", "broken"), (str(tmp_path / "mine.csv"), "4", "no")]
    assert "cannot parse SMILES 'C1CC'" in rejects[0]["reason"]
    assert "2 candidates" in result.stderr


def test_rejected_candidates_do_not_upset_the_books_of_the_input(
        run: Run, lookup: Models, spectra: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("smiles\nCCCCO\nC1CC\n")
    result = run("identify", "--from", "mass_spec", spectra, "--candidates", tmp_path / "mine.csv",
                 "-o", tmp_path / "hits.csv", "--rejects", tmp_path / "rejects.csv", "--json",
                 *lookup)
    outcome = json.loads(result.stdout)
    assert outcome["written"] == 3
    assert outcome["read"] == outcome["written"] + outcome["rejected"]


def test_an_embedding_table_holds_every_record_and_serves_as_candidates(
        run: Run, lookup: Models, tiny_hub: Hub, spectra: Path, tmp_path: Path) -> None:
    result = run("embed", "--from", "mass_spec", spectra, "-o", tmp_path / "table", "--json",
                 *lookup)
    assert json.loads(result.stdout)["written"] == 3
    table = EmbeddingTable.open(tmp_path / "table", tiny_hub.id)
    assert [entry.id for entry in table.entries] == ["T1", "T2", "T3"]
    assert table.entries[0].smiles == "CCO"
    assert np.isfinite(table.vectors).all()
    run("identify", "--from", "mass_spec", spectra, "--candidates", tmp_path / "table", "--top-k",
        1, "-o", tmp_path / "hits.csv", *lookup)
    assert [(row["query"], row["name"]) for row in _rows(tmp_path / "hits.csv")] == [
        ("T1", "Ethanol"), ("T2", "Acetone"), ("T3", "Toluene")]


def test_a_table_of_structures_holds_their_points_to_float16(
        run: Run, tiny_hub: Hub, tiny_hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "in.smi").write_text("CCO a\nCC(C)=O b\n")
    run("embed", "--from", "chemception", tmp_path / "in.smi", "-o", tmp_path / "table", "--hub",
        tiny_hub_folder)
    table = EmbeddingTable.open(tmp_path / "table")
    np.testing.assert_allclose(table.vectors, tiny_hub.embed(["CCO", "CC(C)=O"]), rtol=1e-3,
                               atol=1e-3)


def test_identify_and_embed_keep_books_of_rejects(run: Run, lookup: Models, tmp_path: Path) -> None:
    path = shutil.copy(HOSTILE / "mixed.msp", tmp_path)
    for number, command in enumerate(("identify", "embed")):
        result = run(command, "--from", "mass_spec", path, "-o", tmp_path / f"out{number}",
                     "--rejects", tmp_path / f"rejects{number}.csv", "--json", *lookup)
        outcome = json.loads(result.stdout)
        assert (outcome["read"], outcome["written"], outcome["rejected"]) == (6, 2, 4)
        assert len(_rows(tmp_path / f"rejects{number}.csv")) == 4
